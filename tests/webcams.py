"""A clip as Chromium's webcam, and what a live page's board says."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

#: What is written on the board, from inside its shadow.
_READ_BOARD = """() => {
  const boards = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)
    .map(root => root.querySelector('.board')).filter(Boolean);
  if (!boards.length) return null;
  const text = name => boards[0].querySelector('.' + name).textContent;
  return Object.fromEntries(['heading', 'progress', 'number', 'of', 'seconds', 'message', 'small']
    .map(name => [name, text(name)]));
}"""
STEP_MS = 250


def write_webcam(clip: Path, target: Path, *, width_px: int, height_px: int, fps: int) -> Path:
    """The clip as a raw video, which Chromium plays over and over."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("no ffmpeg on this machine")
    scale = f"scale={width_px}:{height_px},fps={fps}"
    subprocess.run(
        [ffmpeg, "-v", "error", "-i", str(clip), "-vf", scale, "-pix_fmt", "yuv420p", str(target)],
        check=True,
    )
    return target


def webcam_flags(webcam: Path) -> tuple[str, ...]:
    """Chromium's arguments: the webcam is this file, and the page may use it."""
    return (
        "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={webcam}",
    )  # fmt: skip


def read_board(page: Any) -> dict[str, str] | None:
    """The board's words; None while there is none."""
    found: dict[str, str] | None = page.evaluate(_READ_BOARD)
    return found


def wait_for_board(
    page: Any, name: str, word: str, *, gone: bool = False, within_s: float = 240
) -> dict[str, str]:
    """The board once ``word`` is, or is no longer, in one of its places.

    A machine that hardly analyses pictures may never get there: the test is skipped on it.
    """
    limit_s = time.monotonic() + within_s
    board: dict[str, str] = {}
    while time.monotonic() < limit_s:
        found = read_board(page)
        if found is not None:
            board = found
            if (word in board[name]) is not gone:
                return board
        page.wait_for_timeout(STEP_MS)
    assert "pictures a second" in board.get("small", ""), board
    pytest.skip("this machine is too busy for a webcam")
