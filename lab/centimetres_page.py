"""The tables of ``docs/knee-to-wall.md``, and their figures as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.centimetres import Measured, Row, figures
from lab.degraded import DEGRADATIONS
from lab.errors import LabError

_BEGIN, _END = "<!-- table: python -m lab centimetres -->", "<!-- end of table -->"
#: How the page names the ways to a scale.
_SCALES = {
    "sheet": "printed sheet",
    "points": "two clicked points",
    "paper": "clicked corners of a bare sheet",
}


#: What is aimed at; :func:`_reached` has the numbers in this order.
_AIMS = (
    "toe to wall, printed sheet: MAE at most 0.6 cm",
    "toe to wall, two clicked points: MAE at most 1.0 cm",
    "stated ±, printed sheet: covers 95%",
    "stated ±, two clicked points: covers 95%",
    "difference of the sides: MAE at most 0.5 cm",
    "heel lifts of 1.5 cm refused: 95%",
    "called lifted without being: at most 3%",
)


@dataclass(frozen=True)
class Study:
    """All that was measured: of test bodies by way of scaling, and by the sheet in spoiled
    pictures; of blind ones by way of scaling."""

    scales: Mapping[str, Measured]
    spoiled: Mapping[str, Measured]
    blind: Mapping[str, Measured]

    def figures(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **{name: _told(one) for name, one in self.scales.items()},
            "degraded": {name: _told(one) for name, one in self.spoiled.items()},
            "blind": {name: _told(one) for name, one in self.blind.items()},
        }


def write_page(study: Study, path: Path) -> None:
    """Renews the page's tables, and the figures beside it as JSON."""
    path.write_text(page(study, path.read_text(encoding="utf-8")), encoding="utf-8")
    values = json.dumps(study.figures(), indent=1)
    path.with_suffix(".json").write_text(values + "\n", encoding="utf-8")


def page(study: Study, around: str) -> str:
    """The page with its tables put between its marks.

    Raises:
        LabError: the page lacks them.
    """
    lines = [
        *_targets_table(study), "",
        "**Test bodies**", "", *_set_lines(study.scales), "",
        *_spoiled_table(study), "", *_tries_table(study.scales["sheet"].rows), "",
        "**Blind set**, drawn, rendered and measured after all rules were fixed", "",
        *_set_lines(study.blind), "", *_tries_table(study.blind["sheet"].rows),
    ]  # fmt: skip
    head, _, rest = around.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    if not rest or not tail:
        raise LabError(f"the page needs the marks {_BEGIN} and {_END}")
    return head + _BEGIN + "\n" + "\n".join(lines) + "\n" + _END + tail


def _told(one: Measured) -> dict[str, Any]:
    return {**figures(one.rows), "clips": one.clips, "clips_refused": one.refused}


def _targets_table(study: Study) -> Iterator[str]:
    """What is aimed at, beside what was reached."""
    columns = [_reached(scales) for scales in (study.scales, study.blind)]
    yield "| aimed at | test bodies | blind set |"
    yield "|---|---|---|"
    for k, aim in enumerate(_AIMS):
        cells = [text if good else f"{text}: missed" for text, good in (c[k] for c in columns)]
        yield f"| {aim} | {' | '.join(cells)} |"


def _reached(scales: Mapping[str, Measured]) -> list[tuple[str, bool]]:
    """What was reached of each of ``_AIMS``, in words, and whether it is enough."""
    sheet, points = (figures(scales[name].rows) for name in ("sheet", "points"))
    caught, lifts = sheet["heel_lifts_caught"], sheet["heel_lifts"]
    alarms, down = sheet["false_heel_alarms"], sheet["not_lifted"]
    return [
        (f"{sheet['mae_cm']:.2f} cm", sheet["mae_cm"] <= 0.6),
        (f"{points['mae_cm']:.2f} cm", points["mae_cm"] <= 1.0),
        *((_covered(one), one["coverage"] >= 0.95) for one in (sheet, points)),
        (f"{sheet['side_difference_mae_cm']:.2f} cm", sheet["side_difference_mae_cm"] <= 0.5),
        (f"{caught} of {lifts}", caught >= 0.95 * lifts),
        (f"{alarms} of {down}", alarms <= 0.03 * down),
    ]


def _covered(f: Mapping[str, Any]) -> str:
    counted = f["good_tries"] - f["false_refusals"]
    return f"{round(f['coverage'] * counted)} of {counted}"


def _set_lines(scales: Mapping[str, Measured]) -> Iterator[str]:
    """The figures of one set of bodies."""
    yield from _scales_table(scales)
    yield ""
    yield from _sheet_lines(scales["sheet"])


def _scales_table(scales: Mapping[str, Measured]) -> Iterator[str]:
    yield "| scale | good tries | MAE | bias | worst | stated ± (mean) | covered by it |"
    yield "|---|---|---|---|---|---|---|"
    for name, one in scales.items():
        f = figures(one.rows)
        yield (
            f"| {_SCALES[name]} | {f['good_tries']} | {f['mae_cm']:.2f} cm | "
            f"{f['bias_cm']:+.2f} cm | {f['worst_cm']:.2f} cm | {f['typical_error_cm']:.1f} cm | "
            f"{f['coverage']:.0%} |"
        )


def _sheet_lines(sheet: Measured) -> Iterator[str]:
    f = figures(sheet.rows)
    yield (
        f"Clips without a usable sheet: {len(sheet.refused)} of {sheet.clips}. Difference of the "
        f"sides, same body, {f['side_difference_pairs']} pairs: MAE "
        f"{f['side_difference_mae_cm']:.2f} cm. Heel lifts of 1.5 cm refused: "
        f"{f['heel_lifts_caught']} of {f['heel_lifts']}; called lifted without being: "
        f"{f['false_heel_alarms']} of {f['not_lifted']} tries; called turned without being: "
        f"{f['false_turns']} of {f['not_turned']}. Good tries refused for anything: "
        f"{f['false_refusals']} of {f['good_tries']}. Of all {f['accepted']} tries that counted, "
        f"those done wrong unseen among them, the ± covered {f['accepted_coverage']:.0%}."
    )
    yield ""
    yield "| done wrong | refused for it |"
    yield "|---|---|"
    for fault, (caught, of) in f["faults"].items():
        if of:
            yield f"| {fault.replace('_', ' ')} | {caught} of {of} |"


def _spoiled_table(study: Study) -> Iterator[str]:
    """The sheet in spoiled pictures, each way beside the clips as they were."""
    yield (
        "| pictures, printed sheet | px a cm | clips without a usable sheet | good tries | counted "
        "| MAE | worst | stated ± (mean) | covered by it | lifts refused |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    named = {"": ("as rendered", study.scales["sheet"])}
    named |= {name: (DEGRADATIONS[name].told, one) for name, one in study.spoiled.items()}
    for told, one in named.values():
        f = figures(one.rows)
        yield (
            f"| {told} | {f['px_per_cm']:.1f} | {len(one.refused)} of {one.clips} | "
            f"{f['good_tries']} | {f['good_tries'] - f['false_refusals']} | {f['mae_cm']:.2f} cm | "
            f"{f['worst_cm']:.2f} cm | {f['typical_error_cm']:.1f} cm | {f['coverage']:.0%} | "
            f"{f['heel_lifts_caught']} of {f['heel_lifts']} |"
        )


def _tries_table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| body, side | camera | done wrong | true | measured | ± | refused for |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        yield (
            f"| {row.body}, {row.side} | {row.camera} | {row.fault.replace('_', ' ') or '-'} | "
            f"{row.true_cm:.1f} | {row.seen_cm:.1f} | {row.error_cm:.1f} | "
            f"{', '.join(row.refusals).replace('_', ' ') or '-'} |"
        )
