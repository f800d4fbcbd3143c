"""What each clip of the bench is taken for: shares, a confusion table, and a page of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.judged import kept_track
from lab.moves import MOVES
from lab.recognise import clips_of
from posecheck.core.recognise import MoveModel, Recognition, recognise

UNSURE = "not sure"

_PAGE = """# Which move is this?

`posecheck check clip.mp4 --move auto` finds the move by posture and motion, and says that it is not
sure rather than guess. It weighs {features} numbers: joint angles and their ranges, where hips,
knees and feet are, how far they travel. A clip is taken for the likeliest move if that is {odds:g}
times as likely as the next, and if the numbers are no further from the move's own than those of
other clips of it. The weights lie in `posecheck/data/recognise.json`; what each number means is in
`posecheck/core/posture.py`. Only posecheck's own nine moves are looked for: name a move of your own
with `--move`.

Made by {source}.

## On bodies that it was not tuned on

{clips} clips, by `{command}`:

| | share | target |
|---|---|---|
| right | {right:.1%} | at least 95% |
| not sure | {unsure:.1%} | |
| wrong | {wrong:.1%} | at most 2% |

Each row is what was done, each column what it was taken for:

{table}

{missed}
These are rendered people in the views that the moves ask for and some beside them; real people
vary more. Another exercise should come out as not sure: one that is like a part of one of the nine,
such as a leg lifted out to the side, may not.
"""


@dataclass(frozen=True)
class Taken:
    """One clip: the move that it shows, and what it was taken for."""

    clip: str
    move: str
    seen: Recognition

    @property
    def word(self) -> str:
        return self.seen.move_id or UNSURE


def taken_for(folder: Path, tracks: Path, model: MoveModel) -> list[Taken]:
    """Every clip of a test body in the folder.

    Raises:
        LabError: there is none.
    """
    return [
        Taken(path.stem, note["move"], recognise(kept_track(path, tracks), model, MOVES))
        for path, note in clips_of([folder], "test")
    ]


def shares(rows: Sequence[Taken]) -> dict[str, float]:
    """``right``, ``unsure`` and ``wrong``, 0..1."""
    right = sum(row.word == row.move for row in rows) / len(rows)
    unsure = sum(row.word == UNSURE for row in rows) / len(rows)
    return {"right": right, "unsure": unsure, "wrong": max(0.0, 1.0 - right - unsure)}


def page(rows: Sequence[Taken], command: str, model: MoveModel) -> str:
    """The figures for people, as Markdown."""
    return _PAGE.format(
        features=len(model.features),
        odds=model.least_odds,
        source=model.source,
        clips=len(rows),
        command=command,
        table=_table(rows),
        missed=_missed(rows),
        **shares(rows),
    )


def _table(rows: Sequence[Taken]) -> str:
    names = [move for move in MOVES if any(row.move == move for row in rows)]
    counts = Counter((row.move, row.word) for row in rows)
    lines = [
        "| | " + " | ".join(str(k) for k in range(1, len(names) + 1)) + f" | {UNSURE} |",
        "|---" * (len(names) + 2) + "|",
    ]
    for k, move in enumerate(names, start=1):
        cells = [str(counts[move, other] or "·") for other in (*names, UNSURE)]
        lines.append(f"| {k} `{move}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _missed(rows: Sequence[Taken]) -> str:
    lines = []
    for row in rows:
        if row.word != row.move:
            near = f" (nearest: {', '.join(row.seen.nearest)})" if row.word == UNSURE else ""
            lines.append(f"- `{row.clip}`: {row.word}{near}")
    return "Not right:\n\n" + "\n".join(lines) + "\n" if lines else ""
