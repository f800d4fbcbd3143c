"""Errors that a person can act on.

The core and the adapters raise these; only the edges (command line, web page) catch them, print one
line and choose an exit code.
"""


class PosecheckError(Exception):
    """Base of every error that posecheck raises on purpose.

    The message is one line: what was expected, what came, what to do.
    """

    exit_code = 2


class InputError(PosecheckError):
    """The person's input (path, option, video, move file) cannot be used as it is."""


class MoveError(InputError):
    """A move file is wrong: names the file, the field and the remedy."""


class NobodySeenError(PosecheckError):
    """The video was read, but no person was found in it."""

    exit_code = 3
