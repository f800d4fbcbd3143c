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


@dataclass(frozen=True)
class Study:
    """All that was measured: by way of scaling, and by the sheet in spoiled pictures."""

    scales: Mapping[str, Measured]
    spoiled: Mapping[str, Measured]

    def figures(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **{name: _told(one) for name, one in self.scales.items()},
            "degraded": {name: _told(one) for name, one in self.spoiled.items()},
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
        *_scales_table(study.scales), "", *_sheet_lines(figures(study.scales["sheet"].rows)), "",
        *_spoiled_table(study), "", *_tries_table(study.scales["sheet"].rows),
    ]  # fmt: skip
    head, _, rest = around.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    if not rest or not tail:
        raise LabError(f"the page needs the marks {_BEGIN} and {_END}")
    return head + _BEGIN + "\n" + "\n".join(lines) + "\n" + _END + tail


def _told(one: Measured) -> dict[str, Any]:
    return {**figures(one.rows), "clips": one.clips, "clips_refused": one.refused}


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


def _sheet_lines(f: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Difference of the sides, same body, {f['side_difference_pairs']} pairs: MAE "
        f"{f['side_difference_mae_cm']:.2f} cm. Heel lifts of 1.5 cm refused: "
        f"{f['heel_lifts_caught']} of {f['heel_lifts']}; called lifted without being: "
        f"{f['false_heel_alarms']} of {f['not_lifted']} tries. Good tries refused for anything: "
        f"{f['false_refusals']} of {f['good_tries']}. Of all {f['accepted']} tries that counted, "
        f"those done wrong unseen among them, the ± covered {f['accepted_coverage']:.0%}."
    )
    yield ""
    yield "| done wrong | refused for it |"
    yield "|---|---|"
    for fault, (caught, of) in f["faults"].items():
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
