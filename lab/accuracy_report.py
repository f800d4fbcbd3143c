"""The accuracy figures in one dictionary, and as files for programs and people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.accuracy_page import page
from lab.counts import Counts, FaultCount, MoveCount, count
from lab.judged import BAND_NAMES, ClipResult
from lab.tables import Errors, frame_errors, unwidened
from lab.targets import compare


def summary(results: Sequence[ClipResult], command: str, **more: Any) -> dict[str, Any]:
    """All figures of judged clips, rounded; ``more`` is added as it is."""
    counts = count(results)
    table = frame_errors(results)
    figures: dict[str, Any] = {
        "command": command,
        "clips": len(results),
        "bodies": sorted({r.truth["body"] for r in results}),
        "splits": sorted({r.truth["split"] for r in results}),
        "moves": sorted({r.truth["move"] for r in results}),
        "seconds": round(sum(float(r.truth["t_s"][-1]) for r in results)),
        "measures": {
            name: cells for name, bands in sorted(table.items()) if (cells := _cells(bands))
        },
        "repetitions": _repetitions(counts),
        "hold_error_s": _holds(counts.hold_errors_s),
        "by_move": [_of_move(*key, row) for key, row in sorted(counts.by_move.items(), key=_first)],
        "faults": {name: _fault(row) for name, row in sorted(counts.faults.items())},
        "fault_totals": _fault_totals(list(counts.faults.values())),
        "wrong_view": unwidened(results),
        "rows": counts.rows,
        **more,
    }
    figures["targets"] = compare(figures)
    return figures


def _cells(bands: Sequence[Errors]) -> dict[str, Any]:
    return {
        band: cell
        for band, errors in zip(BAND_NAMES, bands, strict=True)
        if (cell := _cell(errors)) is not None
    }


def _cell(errors: Errors) -> dict[str, Any] | None:
    ours = np.concatenate(errors.ours) if errors.ours else np.empty(0)
    if not len(ours) and not errors.peaks and not errors.withheld:
        return None
    cell: dict[str, Any] = {
        "clips": len(set(errors.clips)),
        "frames": len(ours),
        "not_measured_frames": errors.withheld,
    }
    if len(ours):
        stated = np.concatenate(errors.stated)
        cell |= {
            "mae": round(float(np.abs(ours).mean()), 1),
            "bias": round(float(ours.mean()), 1),
            "limits_of_agreement": [
                round(float(ours.mean() + k * 1.96 * ours.std()), 1) for k in (-1, 1)
            ],
            "p95": round(float(np.percentile(np.abs(ours), 95)), 1),
            "stated": round(float(np.median(stated)), 1),
            "covered": round(float((np.abs(ours) <= stated).mean()), 3),
        }
    if errors.peaks:
        cell["peaks"] = len(errors.peaks)
        cell["peak_mae"] = round(float(np.abs(errors.peaks).mean()), 1)
        cell["peak_bias"] = round(float(np.mean(errors.peaks)), 1)
    if errors.naive:
        naive = np.concatenate(errors.naive)
        cell["naive_mae"] = round(float(np.nanmean(np.abs(naive))), 1)
    return cell


def _repetitions(counts: Counts) -> dict[str, Any]:
    return {
        "clips": counts.clips,
        "exact_clips": counts.exact_clips,
        "exact_share": round(counts.exact_clips / max(counts.clips, 1), 3),
        "found": counts.found,
        "missed": counts.missed,
        "extra": counts.extra,
    }


def _holds(errors_s: Sequence[float]) -> dict[str, Any]:
    if not errors_s:
        return {"holds": 0}
    absolute = np.abs(errors_s)
    return {
        "holds": len(errors_s),
        "mae_s": round(float(absolute.mean()), 2),
        "bias_s": round(float(np.mean(errors_s)), 2),
        "p95_s": round(float(np.percentile(absolute, 95)), 2),
        "within_0_3_s": round(float((absolute <= 0.3).mean()), 3),
        "within_0_4_s": round(float((absolute <= 0.4).mean()), 3),
    }


def _first(entry: tuple[tuple[str, bool], MoveCount]) -> tuple[str, bool]:
    """Moves in order, each from where it asks to be filmed first."""
    (move, asked), _ = entry
    return move, not asked


def _of_move(move: str, asked: bool, row: MoveCount) -> dict[str, Any]:
    return {
        "move": move,
        "asked": asked,
        "clips": row.clips,
        "exact_clips": row.exact_clips,
        "hold_error_s": _holds(row.hold_errors_s),
        "faults": _fault(row.faults),
    }


def _fault(row: FaultCount) -> dict[str, Any]:
    return {"hit": row.hit, "missed": row.missed, "not_in_view": row.unseen, "false": row.false}


def _fault_totals(rows: Sequence[FaultCount]) -> dict[str, Any]:
    hit, missed, false = (sum(getattr(r, n) for r in rows) for n in ("hit", "missed", "false"))
    return {
        "recall": round(hit / (hit + missed), 3) if hit + missed else None,
        "precision": round(hit / (hit + false), 3) if hit + false else None,
        "not_in_view": sum(r.unseen for r in rows),
    }


def write_report(figures: dict[str, Any], folder: Path) -> None:
    """``accuracy.md`` and ``accuracy.json``, each put in place as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("accuracy.json", json.dumps(figures, indent=1) + "\n"),
        ("accuracy.md", page(figures)),
    ):
        part = folder / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(folder / name)
