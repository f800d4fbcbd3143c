"""The desktop window, by OpenCV."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from posecheck.core.errors import InputError
from posecheck.core.live_view import Command

_KEYS = {
    ord(" "): Command.PAUSE, ord("n"): Command.NEXT, ord("s"): Command.SIDE,
    ord("q"): Command.STOP, 27: Command.STOP,
}  # fmt: skip
_FULL_SCREEN = ord("f")
#: Most of a laptop's screen.
_SIZE = (1280, 880)


class Window:
    """One window that shows pictures and reads keys; use it as a context manager.

    Raises:
        InputError: from ``__enter__``, where there is no screen.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._full = False
        self._shown = False

    def __enter__(self) -> Self:
        # Without a display Qt would end the whole process.
        displays = ("DISPLAY", "WAYLAND_DISPLAY")
        if sys.platform == "linux" and not any(os.environ.get(name) for name in displays):
            raise InputError("no screen here to open a window on; add --headless")
        # Qt tells every start that its own fonts are missing; no text here is Qt's.
        os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
        flags = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
        try:
            cv2.namedWindow(self._title, flags)
        except cv2.error as error:
            raise InputError("this OpenCV has no windows (opencv-python-headless is installed "
                             "over opencv-python); add --headless") from error  # fmt: skip
        cv2.resizeWindow(self._title, *_SIZE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        cv2.destroyAllWindows()
        cv2.waitKey(1)

    def greet(self, picture: npt.NDArray[np.uint8]) -> None:
        """Show a first picture until the next one is there, seconds later perhaps."""
        self.show(picture)
        cv2.waitKey(50)

    def show(self, picture: npt.NDArray[np.uint8]) -> None:
        """Show one picture, (h, w, 3) BGR."""
        cv2.imshow(self._title, picture)
        self._shown = True

    def key(self) -> int | None:
        """The key pressed since the last call, or None."""
        code = cv2.waitKey(1)
        return None if code < 0 else code & 0xFF

    @property
    def closed(self) -> bool:
        """Whether the person has closed the window."""
        return self._shown and cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1

    def command(self) -> Command | None:
        """What a key asks for; closing the window stops."""
        code = self.key()
        if code is not None and code == _FULL_SCREEN:
            self._full = not self._full
            mode = cv2.WINDOW_FULLSCREEN if self._full else cv2.WINDOW_NORMAL
            cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, mode)
        if self.closed:
            return Command.STOP
        return None if code is None else _KEYS.get(ord(chr(code).lower()))
