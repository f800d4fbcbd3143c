"""The accuracy figures as a page for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.tables import label_of

_NEAR = ("0-15", "15-35")


def page(figures: dict[str, Any]) -> str:
    """Markdown of ``lab.accuracy_report.summary``."""
    parts = (
        _head,
        _targets,
        _moves,
        _measures,
        _unmeasured,
        _repetitions,
        _faults,
        _bands,
        _people,
        _clips,
    )
    return "\n".join(line for part in parts for line in part(figures)) + "\n"


def _head(f: dict[str, Any]) -> Iterator[str]:
    split = " and ".join(f"*{s}*" for s in f["splits"])
    yield "# Accuracy"
    yield ""
    yield (
        "Rendered bodies with known joints, checked as a user would check them. Reproduce with "
        f"`{f['command']}`; the same figures for programs are in `accuracy.json`."
    )
    yield ""
    yield (
        f"{f['clips']} clips, {f['seconds']} s of video, {len(f['moves'])} moves, {split} bodies "
        f"({', '.join(f['bodies'])}). What such clips can and cannot show: "
        "[the motion lab](motion-lab.md)."
    )


def _targets(f: dict[str, Any]) -> Iterator[str]:
    yield from ("", "## Targets", "")
    yield "| what | view | asked | found | |"
    yield "|---|---|---|---|---|"
    words = {"mae": "mean error", "peak_mae": "error of the held value", "": ""}
    for row in f["targets"]:
        if row["figure"]:
            label, sign = (
                label_of(row["measure"])
                if row["found"] is not None
                else (_plain(row["measure"]), "")
            )
            what, view = f"{label}, {words[row['figure']]}", f"{row['band']}° off"
            asked = f"≤ {row['limit']:g}{sign}"
            found = "not measured" if row["found"] is None else f"{row['found']}{sign}"
        else:
            what, view, asked = row["measure"], "", f"{row['limit']:g}"
            found = "–" if row["found"] is None else f"{row['found']:g}"
        mark = {True: "reached", False: "**missed**", None: "–"}[row["reached"]]
        yield f"| {what} | {view} | {asked} | {found} | {mark} |"


def _plain(name: str) -> str:
    return name.rsplit("_", 1)[0].replace("_", " ").capitalize()


def _moves(f: dict[str, Any]) -> Iterator[str]:
    yield from ("", "## Move by move", "")
    yield (
        "Filmed from where the move's file asks, by 35° or less off (for the standing sequence "
        "from the side or the front), and from elsewhere. Asked of every move from where it asks: "
        "repetitions exact in 95% of clips, 95% of holds within 0.4 s, of the faults 90% found and "
        "90% of what is found performed; what is short of that is bold. *Withheld*: faults that "
        "the view does not show, or that were called borderline."
    )
    yield ""
    yield (
        "| move | filmed | clips | repetitions exact | holds within 0.4 s | their mean error, bias "
        "| faults found | withheld | false |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in f["by_move"]:
        holds, faults, asked = row["hold_error_s"], row["faults"], row["asked"]
        n, hit = holds["holds"], faults["hit"]
        found = [
            _share(row["exact_clips"], row["clips"], 0.95, asked),
            _share(round(n * holds.get("within_0_4_s", 0.0)), n, 0.95, asked),
            f"{holds['mae_s']} s, {holds['bias_s']:+} s" if n else "–",
            _share(hit, hit + faults["missed"], 0.9, asked),
            str(faults["not_in_view"]),
            _bold(str(faults["false"]), asked and hit < 0.9 * (hit + faults["false"])),
        ]
        where = "as asked" if asked else "elsewhere"
        yield f"| `{row['move']}` | {where} | {row['clips']} | {' | '.join(found)} |"


def _share(part: int, whole: int, least: float, asked: bool) -> str:
    if not whole:
        return "–"
    return _bold(f"{part} of {whole} ({100 * part / whole:.0f}%)", asked and part < least * whole)


def _bold(text: str, missed: bool) -> str:
    return f"**{text}**" if missed else text


def _measures(f: dict[str, Any]) -> Iterator[str]:
    yield from ("", "## Measures", "")
    yield (
        "Errors over all frames of the positions in which a move asks for the measure, on the side "
        "that works, by how far the camera really stands off the measure's plane. *Held* is the "
        "error of the median over each held position. *Covered* is "
        "the share of errors inside the printed ±. *Naive* is the same angle from three points or "
        "one line in the picture, without neutral, view or gate, on the same frames. *Withheld* is "
        "the share of frames in which there was an angle and posecheck gave no number."
    )
    yield ""
    yield (
        "| measure | off plane, ° | clips | frames | mean error | bias | 95% limits | held "
        "| ± printed | covered | withheld | naive |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for name, bands in f["measures"].items():
        label, sign = label_of(name)
        for band, cell in bands.items():
            if not cell["frames"] and "peaks" not in cell and band != "0-15":
                continue  # told of in the part on "not measured"
            yield _measure_row(label, sign, band, cell)


def _measure_row(label: str, sign: str, band: str, cell: dict[str, Any]) -> str:
    held = f"{cell['peak_mae']}{sign} (n {cell['peaks']})" if "peaks" in cell else "–"
    seen, withheld = cell["frames"], cell["not_measured_frames"]
    gap = f"{100 * withheld / (seen + withheld):.0f}%" if seen + withheld else "–"
    if "mae" not in cell:
        return (
            f"| {label} | {band} | {cell['clips']} | 0 | – | – | – | {held} | – | – | {gap} | – |"
        )
    low, high = cell["limits_of_agreement"]
    naive = f"{cell['naive_mae']}{sign}" if "naive_mae" in cell else "–"
    return (
        f"| {label} | {band} | {cell['clips']} | {seen} | {cell['mae']}{sign} "
        f"| {cell['bias']:+}{sign} | {low:+} to {high:+}{sign} | {held} | {cell['stated']}{sign} "
        f"| {100 * cell['covered']:.0f}% | {gap} | {naive} |"
    )


def _unmeasured(f: dict[str, Any]) -> Iterator[str]:
    near, beyond = [0, 0], [0, 0]
    for bands in f["measures"].values():
        for band, cell in bands.items():
            pair = near if band in _NEAR else beyond if band == "beyond" else None
            if pair is not None:
                pair[0] += cell["frames"]
                pair[1] += cell["not_measured_frames"]
    wrong = f["wrong_view"]
    yield from ("", '## When it says "not measured"', "")
    if sum(near):
        yield (
            f"- Within 35° of a measure's plane, where a number is due: given in "
            f"{100 * near[0] / sum(near):.1f}% of frames, wrongly withheld in "
            f"{100 * near[1] / sum(near):.1f}% (mostly landmarks hidden behind the body)."
        )
    if sum(beyond):
        yield (
            f"- More than 60° off, where only world landmarks could tell: rightly withheld in "
            f"{100 * beyond[1] / sum(beyond):.1f}% of frames."
        )
    yield (
        f"- Numbers given from 35° off or more: {wrong['frames']} frames; printed with no wider ± "
        f"than in plane and wrong by more than it: {wrong['unwidened']}."
    )


def _repetitions(f: dict[str, Any]) -> Iterator[str]:
    reps, holds = f["repetitions"], f["hold_error_s"]
    yield from ("", "## Repetitions and holds", "")
    yield (
        f"- Repetitions exact in {reps['exact_clips']} of {reps['clips']} clips: {reps['found']} "
        f"found, {reps['missed']} missed, {reps['extra']} extra."
    )
    if holds["holds"]:
        yield (
            f"- Hold times, {holds['holds']} holds: mean error {holds['mae_s']} s, bias "
            f"{holds['bias_s']:+} s, 95% within {holds['p95_s']} s; "
            f"{100 * holds['within_0_3_s']:.0f}% within 0.3 s, "
            f"{100 * holds['within_0_4_s']:.0f}% within 0.4 s."
        )


def _faults(f: dict[str, Any]) -> Iterator[str]:
    totals = f["fault_totals"]
    yield from ("", "## Faults", "")
    if totals["recall"] is not None:
        yield (
            f"Recall {totals['recall']:.2f} where the view can show the fault, precision "
            f"{totals['precision'] or 0:.2f}. A fault counts as hit if it is found anywhere in the "
            "clip it was performed in; one that another fault brings with it counts neither way. "
            "Withheld is what this view cannot show, or whose number was called borderline."
        )
        yield ""
    yield "| fault | hit | missed | withheld | false |"
    yield "|---|---|---|---|---|"
    for name, row in f["faults"].items():
        yield (
            f"| {name} | {row['hit']} | {row['missed']} | {row['not_in_view']} | {row['false']} |"
        )


def _bands(f: dict[str, Any]) -> Iterator[str]:
    covered = f.get("coverage")
    if not covered or covered["all"] is None:
        return
    yield from ("", "## The printed ±", "")
    yield (
        "The ± is the 95th percentile of the errors of what is held, in positions that ask for the "
        "measure, with a margin of 25%, rounded up; where a view "
        "has too few clips, the wider prior of `lab/data/bands_prior.json` stays. Offsets that "
        "change a number are learnt on *tune* bodies only. Coverage, with each test body left out "
        f"of the fit in turn: {100 * covered['all']:.1f}% of these errors lie inside the ±."
    )
    yield ""
    yield "| measure | covered, body left out |"
    yield "|---|---|"
    for name, share in covered["measures"].items():
        yield f"| {label_of(name)[0]} | {100 * share:.0f}% |"


def _people(f: dict[str, Any]) -> Iterator[str]:
    rows = f.get("people")
    if not rows:
        return
    yield from ("", "## Real people", "")
    yield (
        "Two public recordings with motion capture, no part of the project: this is made where "
        "they are present (`python -m lab accuracy --people FOLDER`). KERAAL: a trunk that leans "
        "from side to side, Vicon against the landmarks of another BlazePose run. Pose2Sim: a man "
        "balances on one leg, four cameras triangulated, against posecheck on one of them. Camera "
        "01 sees him obliquely; camera 02 from the front, until the model takes his front for his "
        "back and the view is given up. He never stands still on both feet, so what he begins with "
        "passes for his neutral: hence the oblique thigh tilt, wrong by about what that leg was "
        "lifted. What was changed because of these rows: [the motion lab](motion-lab.md)."
    )
    yield ""
    yield (
        "| recording | measure | given | range | mean error | bias | r | ± printed | covered "
        "| naive |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        side = next((f", {s}" for s in ("left", "right") if f"_{s}_" in row["measure"]), "")
        name = row["measure"].replace("_left_", "_").replace("_right_", "_")
        label, sign = label_of(name)
        naive = f"{row['naive_mae']}{sign}" if "naive_mae" in row else "–"
        yield (
            f"| {row['recording']} | {label}{side} | {100 * row['given']:.0f}% "
            f"| {row['range']}{sign} | {row['mae']}{sign} | {row['bias']:+}{sign} "
            f"| {row['r']:.2f} | {row['stated']}{sign} | {100 * row['covered']:.0f}% | {naive} |"
        )


def _clips(f: dict[str, Any]) -> Iterator[str]:
    yield from ("", "## Clip by clip", "")
    yield (
        "| clip | seen from | repetitions true / found / extra | largest hold error | performed "
        "| found |"
    )
    yield "|---|---|---|---|---|---|"
    for row in f["rows"]:
        hold = "–" if row["hold_error_s"] is None else f"{row['hold_error_s']} s"
        yield (
            f"| {row['clip']} | {row['view']} | {row['repetitions_true']} / "
            f"{row['repetitions_found']} / {row['repetitions_extra']} | {hold} "
            f"| {', '.join(row['faults_true']) or '–'} | {', '.join(row['faults_found']) or '–'} |"
        )
