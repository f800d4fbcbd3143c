"""Running the command line within a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


class Outcome:
    """Exit code, stdout and stderr of one command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def complaint(self, code: int = 2) -> str:
        """The one line on stderr of a command that printed nothing else."""
        assert self.code == code
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("posecheck: ")
        return lines[0]


#: Runs `posecheck` with these words.
Run = Callable[..., Outcome]


def kept_in(folder: Path) -> dict[str, str]:
    """The environment in which history, results and settings are kept in ``folder``."""
    homes = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "CONFIG")}
    return homes | {"POSECHECK_DATABASE_URL": f"sqlite:///{folder}/history.db"}
