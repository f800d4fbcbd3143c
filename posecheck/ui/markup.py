"""Pieces of the result as HTML: what Streamlit's own tables cannot show on a phone.

Every text that is not ours passes through ``escape``.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from posecheck.core import words

if TYPE_CHECKING:
    from posecheck.core.result import Note, Result
    from posecheck.page_data import PageData, Shot
    from posecheck.render.report_view import FaultBlock, MeasureRow, PhaseBlock, RepetitionBlock

#: What the drawings' inks become on a dark page.
_LIGHT_INK = {
    "#22303c": "#e6e9ec", "#b4570e": "#f0a050", "#8a949e": "#a5afb8", "#c3cad1": "#5a646e",
}  # fmt: skip
_MAX_NAME = 60
_SIGN = {"met": "✓", "borderline": "≈", "not_met": "✗", "not_measured": "–", "info": "·"}


def chip(status: str, text: str) -> str:
    """A status in words, with a sign and a colour that only repeat it."""
    return (
        f'<span class="chip {escape(status)}"><span aria-hidden="true">{_SIGN.get(status, "·")} '
        f"</span>{escape(text)}</span>"
    )


def text(value: str) -> str:
    """A text that may be somebody's own, for a place in HTML."""
    return escape(value)


def heading(words_: str) -> str:
    return f'<div class="pc"><h3>{escape(words_)}</h3></div>'


def paragraph(words_: str) -> str:
    return f'<div class="pc"><p>{escape(words_)}</p></div>'


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """What and how much, in two columns."""
    items = "".join(f"<dt>{escape(what)}</dt><dd>{escape(value)}</dd>" for what, value in rows)
    return f'<div class="pc"><dl>{items}</dl></div>'


def kept_table(rows: Iterable[tuple[str, str]]) -> str:
    """What is kept: kind, then how much and where, each on a line."""
    items = ""
    for what, value in rows:
        amount, _, place = value.partition("\n")
        items += (
            f"<li><b>{escape(what)}</b><span>{escape(amount)}</span>"
            f'<span class="soft num-wrap">{escape(place)}</span></li>'
        )
    return f'<div class="pc"><ul class="pc-kept">{items}</ul></div>'


def picture(svg: str, label: str, css_class: str, *, dark: bool) -> str:
    """A drawing of ours as a picture: its dark ink turns light on a dark page."""
    if dark:
        for ink, light in _LIGHT_INK.items():
            svg = svg.replace(ink, light)
    address = b64encode(svg.encode()).decode()
    return (
        f'<img class="{escape(css_class)}" alt="{escape(label)}" '
        f'src="data:image/svg+xml;base64,{address}">'
    )


def photo(address: str, label: str) -> str:
    """A picture with its words below; st.image has none for who cannot see it."""
    return (
        f'<figure class="pc pc-photo"><img alt="{escape(label)}" src="{escape(address)}">'
        f'<figcaption class="soft" aria-hidden="true">{text(label)}</figcaption></figure>'
    )


def scrolling(inner: str, label: str) -> str:
    """HTML of ours in a row that scrolls sideways, by keyboard too."""
    return (
        f'<div class="pc"><div class="pc-figures" role="group" tabindex="0" '
        f'aria-label="{escape(label)}">{inner}</div></div>'
    )


def verdict(page: PageData, name: str) -> str:
    """Who and what, the verdict's lines, and how many criteria went which way."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in page.result.verdict)
    chips = "".join(chip(status, f"{count} {word}") for status, word, count in page.tally)
    return (
        f'<div class="pc"><p class="kicker">{escape(_about(page.result, name))}</p>'
        f'<div class="pc-verdict">{lines}</div><div class="pc-chips">{chips}</div></div>'
    )


def lines(found: Sequence[str], kicker: str) -> str:
    """What is to be read first, large, under a small line that says of what."""
    said = "".join(f"<p>{escape(line)}</p>" for line in found)
    return (
        f'<div class="pc"><p class="kicker">{escape(kicker)}</p>'
        f'<div class="pc-verdict">{said}</div></div>'
    )


def _about(result: Result, name: str) -> str:
    count = len(result.repetitions)
    repetitions = {0: "no repetition", 1: "1 repetition"}.get(count, f"{count} repetitions")
    sides = " and ".join(sorted({rep.side for rep in result.repetitions}))
    side = f" ({sides})" if sides else ""
    length = words.length(result.clip.duration_s)
    move = f"Taken for: {result.move.name}" if result.move.found else result.move.name
    return f"{move}, {repetitions}{side}, {length} of {name}"


def notes(found: Sequence[Note], said: Sequence[str]) -> str:
    """What the camera did not show well; what was said already is not said again."""
    fresh = unsaid([note.text for note in found], said)
    return bullets(fresh) if fresh else ""


def unsaid(lines: Sequence[str], said: Sequence[str]) -> list[str]:
    """The lines that are no part of what was said above them."""
    return [line for line in lines if not any(line in other for other in said)]


def bullets(lines: Iterable[str], *, ordered: bool = False) -> str:
    tag = "ol" if ordered else "ul"
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<div class="pc"><{tag}>{items}</{tag}></div>'


def strip(shots: Sequence[Shot], label: str) -> str:
    """Key frames in a row that scrolls sideways, by keyboard too."""
    figures = "".join(_figure(shot) for shot in shots)
    return (
        f'<div class="pc"><div class="pc-strip" role="group" tabindex="0" '
        f'aria-label="{escape(label)}">{figures}</div></div>'
    )


def _figure(shot: Shot) -> str:
    what = f"{shot.label}, {shot.moment}" if shot.label else shot.moment
    result = f'<span class="reading">{escape(shot.reading)}</span>' if shot.reading else ""
    status = chip(shot.status, shot.word) if shot.status and shot.status != "info" else ""
    return (
        f'<figure><img src="{escape(shot.src)}" alt="{escape(shot.alt)}"><figcaption>'
        f'<b>{shot.number}. {escape(shot.name)}</b><span class="soft">{escape(what)}</span>'
        f"{result}{status}</figcaption></figure>"
    )


def repetition(block: RepetitionBlock) -> str:
    """A repetition's table: position, measure, value ± error, target, status in words."""
    head = "".join(f'<th scope="col">{h}</th>' for h in ("Measure", "Reached", "Target", "Result"))
    body = "".join(_phase(phase) for phase in block.phases)
    return (
        f'<div class="pc"><table><caption class="soft">{escape(block.when)}: '
        f"{escape(block.state)}, {escape(block.tally)}</caption><thead><tr>{head}</tr></thead>"
        f"{body}</table></div>"
    )


def _phase(phase: PhaseBlock) -> str:
    when = f', <span class="num">{escape(phase.when)}</span>' if phase.when else ""
    title = (
        f'<tr class="phase"><th scope="rowgroup" colspan="4">{phase.number}. '
        f'{escape(phase.name)}<span class="soft">{escape(phase.word)}{when}</span></th></tr>'
    )
    return f"<tbody>{title}{''.join(_row(row) for row in phase.rows)}</tbody>"


def _row(row: MeasureRow) -> str:
    note = f'<span class="note">{escape(row.note)}</span>' if row.note else ""
    return (
        f'<tr><th scope="row">{escape(row.label)}</th>'
        f'<td class="value"><span class="reading">{escape(row.reading)}</span>{note}</td>'
        f'<td class="goal">{escape(row.target)}</td>'
        f'<td class="result">{chip(row.status, row.word)}</td></tr>'
    )


def fault(block: FaultBlock) -> str:
    """One fault: what, how to change it, how to make it easier, and each of its moments."""
    moments = "".join(
        f'<li><span class="num">{escape(m.text)} to {escape(m.until)}</span>, {escape(m.where)}'
        f"{', ' + escape(m.value) if m.value else ''}</li>"
        for m in block.moments
    )
    status = "not_met" if block.severity == "fault" else "borderline"
    easier = f'<p class="soft">Easier: {escape(block.easier)}</p>' if block.easier else ""
    return (
        f'<div class="pc pc-fault"><h4>{block.number}. {escape(block.name)}</h4>'
        f"<p>{chip(status, block.severity_word)}</p>"
        f"<p>{escape(block.explain)}</p>{easier}<ul>{moments}</ul></div>"
    )


def unseen(found: Sequence[tuple[str, str, str]]) -> str:
    """What has no number, why, and in which positions."""
    return bullets(f"{label}: {reason} ({phases})" for label, reason, phases in found)


def shown_name(name: str) -> str:
    """A person's file name as text for the page: printable, and not endless."""
    text_ = "".join(c for c in re.split(r"[\\/]", name)[-1] if c.isprintable()).strip()
    return text_ if len(text_) <= _MAX_NAME else f"{text_[: _MAX_NAME - 1]}…"


def plain(text: str) -> str:
    """For Streamlit's Markdown: shown as it is, whatever signs a file's name has."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+!|<>$:~" else c for c in text)
