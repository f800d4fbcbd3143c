"""Two recorded sessions side by side: scores, words, and a page with the two bodies."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posecheck.core import words
from posecheck.core.compare import Difference, PhasePair, RepetitionPair
from posecheck.core.engine import Assessment
from posecheck.core.errors import InputError
from posecheck.core.result import PhaseResult, Result
from posecheck.session import private
from posecheck.session.reader import Recording
from posecheck.sessions import own_move, score

_PICTURE_PX = 360


@dataclass(frozen=True, slots=True)
class Scored:
    """Both sessions scored with one move, so that only the movement differs."""

    recordings: tuple[Recording, Recording]
    assessments: tuple[Assessment, Assessment]
    results: tuple[Result, Result]


def scored(before: Recording, after: Recording) -> Scored:
    """Score both with the later session's move.

    Raises:
        InputError: they are of different moves.
        NobodySeenError: nobody is in one of them.
    """
    ids = before.info.move.id, after.info.move.id
    if ids[0] != ids[1]:
        raise InputError(f"{before.info.id} is of {ids[0]}, {after.info.id} of {ids[1]}: "
                         "give two sessions of one move")  # fmt: skip
    move = own_move(after)
    (one, first), (two, second) = score(before, move), score(after, move)
    return Scored((before, after), (one, two), (first, second))


def change_words(difference: Difference) -> tuple[str, str]:
    """The change as a number, and whether it is one: ``+12°`` and "clear"."""
    change = difference.change
    if change is None:
        return "", "cannot be compared"
    text = words.number(change, difference.unit)
    signed = text if text.startswith("\N{MINUS SIGN}") else f"+{text}"
    if difference.clear is None:
        return signed, ""
    assert difference.error is not None
    error = words.plus_minus(difference.error, difference.unit)
    return signed, f"clear ({error})" if difference.clear else f"within the error ({error})"


def write_page(pair: Scored, pairs: Sequence[RepetitionPair], target: Path) -> None:
    """One HTML file, readable by the owner only, that needs nothing from elsewhere.

    Raises:
        InputError: it cannot be written.
    """
    body = "".join(_repetition(pair, one) for one in pairs) or "<p>No repetition in either.</p>"
    heads = "".join(
        f"<p><b>{letter}</b> {html.escape(r.info.id)}, {html.escape(r.info.started_at[:16])}</p>"
        for letter, r in zip("AB", pair.recordings, strict=True)
    )
    name = html.escape(pair.recordings[1].info.move.name)
    page = _PAGE.format(title=name, heads=heads, body=body)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        private.replace_text(target, page)
    except OSError as error:
        raise InputError(f"{target}: cannot write it: {error.strerror or error}") from error


def _repetition(pair: Scored, one: RepetitionPair) -> str:
    notes = [f"No longer: {', '.join(one.faults_gone)}." if one.faults_gone else "",
             f"New: {', '.join(one.faults_new)}." if one.faults_new else ""]  # fmt: skip
    if one.before is None or one.after is None:
        notes.append(f"Only in {'B' if one.before is None else 'A'}.")
    said = "".join(f"<p>{html.escape(note)}</p>" for note in notes if note)
    phases = "".join(_phase(pair, phase, one.side) for phase in one.phases)
    return f"<h2>Repetition {one.index}, {one.side}</h2>{said}{phases}"


def _phase(pair: Scored, phase: PhasePair, side: str) -> str:
    pictures = "".join(
        f"<figure>{_picture(assessment, result, side)}<figcaption>{letter}</figcaption></figure>"
        for letter, assessment, result in zip(
            "AB", pair.assessments, (phase.before, phase.after), strict=True
        )
    )
    rows = "".join(_row(d) for d in phase.told)
    table = (
        f"<table><tr><th></th><th>A</th><th>B</th><th>Change</th><th></th></tr>{rows}</table>"
        if rows
        else ""
    )
    return (
        f"<section><h3>{html.escape(phase.name)}</h3><div class=pair>{pictures}</div>{table}"
        "</section>"
    )


def _row(difference: Difference) -> str:
    change, judgement = change_words(difference)
    numbers = [
        "–" if value is None else words.number(value, difference.unit)
        for value in (difference.before, difference.after)
    ]
    kind = "clear" if difference.clear else ""
    cells = [*numbers, change, judgement]
    return (
        f"<tr class='{kind}'><th scope=row>{html.escape(difference.label)}</th>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        + "</tr>"
    )


def _picture(assessment: Assessment, phase: PhaseResult | None, side: str) -> str:
    """The body at the phase's moment, on a dark ground, as an inline PNG."""
    if phase is None or phase.key_time_s is None:
        return "<p class=none>not reached</p>"
    import cv2

    from posecheck.render.palette import INK_BGR
    from posecheck.render.skeleton import draw_skeleton

    track = assessment.smooth
    i = int(np.argmin(np.abs(track.t_s - phase.key_time_s)))
    points = track.image_px[i].astype(float)
    if not np.isfinite(points).all():
        return "<p class=none>not seen</p>"
    low, high = points.min(axis=0), points.max(axis=0)
    scale = 0.84 * _PICTURE_PX / float(max(high - low))
    points = (points - (low + high) / 2) * scale + _PICTURE_PX / 2
    picture = np.full((_PICTURE_PX, _PICTURE_PX, 3), INK_BGR, np.uint8)
    draw_skeleton(picture, points, track.visibility[i], side, 1.0)
    png = base64.b64encode(cv2.imencode(".png", picture)[1].tobytes()).decode()
    alt = html.escape(f"{phase.name} at {words.moment(phase.key_time_s)}")
    return f'<img src="data:image/png;base64,{png}" alt="{alt}">'


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}: two sessions</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }}
section {{ margin: 1.5rem 0 2.5rem; }}
.pair {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; max-width: 46rem; }}
figure {{ margin: 0; }} figcaption {{ text-align: center; font-weight: 600; }}
img {{ width: 100%; border-radius: .6rem; display: block; }}
.none {{ aspect-ratio: 1; display: grid; place-items: center; border: 1px dashed; margin: 0;
  border-radius: .6rem; }}
table {{ border-collapse: collapse; margin-top: .8rem; }}
th, td {{ padding: .25rem .9rem .25rem 0; text-align: right; font-variant-numeric: tabular-nums; }}
th[scope=row] {{ text-align: left; font-weight: 400; }} td:last-child {{ text-align: left; }}
.clear td {{ font-weight: 650; }}
</style></head><body>
<h1>{title}</h1>
{heads}
<p>The n-th repetition stands beside the n-th, position beside position, however long each took. A
change is clear when it is larger than the ± of both values together.</p>
{body}
</body></html>
"""
