"""The accuracy table as a page for people and as JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from lab.accuracy import BAND_NAMES, Counts, Errors
from posecheck.core.catalog import BY_MOVE_NAME


def summary(errors: dict[str, list[Errors]], counts: Counts, command: str) -> dict[str, Any]:
    """All figures, rounded, in one nested dictionary."""
    return {
        "command": command,
        "measures": {
            name: {
                band: cell
                for band, errors_in in zip(BAND_NAMES, bands, strict=True)
                if (cell := _cell(errors_in)) is not None
            }
            for name, bands in sorted(errors.items())
        },
        "repetitions": {
            "clips": counts.clips,
            "exact_clips": counts.exact_clips,
            "found": counts.found,
            "missed": counts.missed,
            "extra": counts.extra,
        },
        "hold_error_s": _holds(counts.hold_errors_s),
        "faults": {name: _fault(row) for name, row in sorted(counts.faults.items())},
        "clips": counts.rows,
    }


def _cell(errors: Errors) -> dict[str, Any] | None:
    ours = np.concatenate(errors.ours) if errors.ours else np.empty(0)
    if not len(ours):
        return None
    stated = np.concatenate(errors.stated)
    cell: dict[str, Any] = {
        "clips": errors.clips,
        "frames": len(ours),
        "mae": round(float(np.abs(ours).mean()), 1),
        "bias": round(float(ours.mean()), 1),
        "limits_of_agreement": [
            round(float(ours.mean() - 1.96 * ours.std()), 1),
            round(float(ours.mean() + 1.96 * ours.std()), 1),
        ],
        "p95": round(float(np.percentile(np.abs(ours), 95)), 1),
        "stated": round(float(np.median(stated)), 1),
        "covered": round(float((np.abs(ours) <= stated).mean()), 3),
    }
    if errors.naive:
        naive = np.concatenate(errors.naive)
        cell["naive_mae"] = round(float(np.nanmean(np.abs(naive))), 1)
    return cell


def _holds(errors_s: list[float]) -> dict[str, Any]:
    if not errors_s:
        return {"holds": 0}
    absolute = np.abs(errors_s)
    return {
        "holds": len(errors_s),
        "mae_s": round(float(absolute.mean()), 2),
        "bias_s": round(float(np.mean(errors_s)), 2),
        "p95_s": round(float(np.percentile(absolute, 95)), 2),
        "within_0_3_s": round(float((absolute <= 0.3).mean()), 3),
    }


def _fault(row: list[int]) -> dict[str, Any]:
    hit, missed, false = row
    return {"hit": hit, "missed": missed, "false": false}


def write_report(figures: dict[str, Any], folder: Path) -> None:
    """``accuracy.md`` and ``accuracy.json``, each put in place as a whole."""
    for name, text in (
        ("accuracy.json", json.dumps(figures, indent=1) + "\n"),
        ("accuracy.md", markdown(figures)),
    ):
        part = folder / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(folder / name)


def markdown(figures: dict[str, Any]) -> str:
    """The page for people."""
    reps, holds = figures["repetitions"], figures["hold_error_s"]
    lines = [
        "# Accuracy",
        "",
        "Rendered bodies with known joints, checked as a user would check them. Reproduce with "
        f"`{figures['command']}`; the same figures for programs are in `accuracy.json`.",
        "",
        "## What this can and cannot show",
        "",
        f"{reps['clips']} clips are few, and their bodies are ones that the thresholds were tuned "
        "on, so these figures are a floor for the errors on people, not a promise. Rendered "
        "bodies have no skin that slides, no loose cloth and a lens without distortion. The ± that "
        "posecheck prints is the 95th percentile of these errors with a margin of 15%, rounded up; "
        "where a view has too few clips, the wider prior of `lab/data/bands_prior.json` stays.",
        "",
        "## Measures",
        "",
        "Errors over all frames that have a value, by how far the camera stands off the measure's "
        "plane. *Naive* is the same angle from three points or one line in the picture, without "
        "neutral, view or gating, on the same frames. *Covered* is the share of errors inside the "
        "printed ±.",
        "",
        "| measure | off plane | clips | frames | MAE | bias | 95% limits | ± printed | covered "
        "| naive MAE |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, bands in figures["measures"].items():
        measure = BY_MOVE_NAME[name]
        sign = {"deg": "°", "pct": "%", "cm": " cm", "degps": "°/s"}[measure.unit]
        for band, cell in bands.items():
            low, high = cell["limits_of_agreement"]
            naive = f"{cell['naive_mae']}{sign}" if "naive_mae" in cell else "–"
            lines.append(
                f"| {measure.label} | {band}° | {cell['clips']} | {cell['frames']} "
                f"| {cell['mae']}{sign} | {cell['bias']:+}{sign} | {low:+} to {high:+}{sign} "
                f"| {cell['stated']}{sign} | {100 * cell['covered']:.0f}% | {naive} |"
            )
    lines += [
        "",
        "## Repetitions and holds",
        "",
        f"- Repetitions exact in {reps['exact_clips']} of {reps['clips']} clips: {reps['found']} "
        f"found, {reps['missed']} missed, {reps['extra']} extra.",
    ]
    if holds["holds"]:
        lines.append(
            f"- Hold times, {holds['holds']} holds: mean error {holds['mae_s']} s, bias "
            f"{holds['bias_s']:+} s, 95% within {holds['p95_s']} s; "
            f"{100 * holds['within_0_3_s']:.0f}% within 0.3 s."
        )
    lines += ["", "## Faults", "", "| fault | hit | missed | false |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {row['hit']} | {row['missed']} | {row['false']} |"
        for name, row in figures["faults"].items()
    ]
    lines += [
        "",
        "A fault counts as hit if it is found anywhere in the clip it was performed in. Faults "
        "that the clip's view cannot show count as missed.",
        "",
        "## Clip by clip",
        "",
        "| clip | seen from | repetitions true / found | largest hold error | faults performed "
        "| faults found |",
        "|---|---|---|---|---|---|",
    ]
    for row in figures["clips"]:
        hold = "–" if row["hold_error_s"] is None else f"{row['hold_error_s']} s"
        lines.append(
            f"| {row['clip']} | {row['view']} | {row['repetitions_true']} / "
            f"{row['repetitions_found']} | {hold} | {', '.join(row['faults_true']) or '–'} "
            f"| {', '.join(row['faults_found']) or '–'} |"
        )
    return "\n".join(lines) + "\n"
