"""``sample_videos/``: the clips, their contact sheet and their page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.bench import is_current
from lab.clip import Recipe, make_clip
from lab.errors import LabError, missing_extra, unknown_name
from lab.recipes import samples
from lab.truth import SUFFIX, read_truth

MAX_CLIP_BYTES, MAX_TOTAL_BYTES, MAX_TRUTH_BYTES, MAX_SHEET_BYTES = (
    1_000_000,
    14_000_000,
    500_000,
    500_000,
)
SHEET = "contact_sheet.jpg"
TILE_PX = (384, 216)


def make_samples(folder: Path, only: Sequence[str] | None, progress: Callable[[str], Any]) -> None:
    """Render what is missing or changed, then the sheet and the page; checks every size."""
    rows = samples()
    names = [recipe.name for recipe, _ in rows]
    for name in only or ():
        if name not in names:
            raise unknown_name("sample", name, names)
    for recipe, _ in rows:
        if only and recipe.name not in only:
            continue
        if not is_current(recipe, folder):
            make_clip(recipe, folder, progress(recipe.name))
        print(f"{recipe.name}: {(folder / f'{recipe.name}.mp4').stat().st_size / 1000:.0f} kB")
    present = [(r, s) for r, s in rows if (folder / f"{r.name}.mp4").exists()]
    write_sheet(folder, present)
    (folder / "README.md").write_text(page(folder, [r for r, _ in present]), encoding="utf-8")
    check_sizes(folder, [r for r, _ in present])


def check_sizes(folder: Path, recipes: Sequence[Recipe]) -> None:
    """Raise ``LabError`` if a file is too big to commit."""
    total = 0
    limits = [(folder / f"{r.name}.mp4", MAX_CLIP_BYTES) for r in recipes]
    limits += [(folder / f"{r.name}{SUFFIX}", MAX_TRUTH_BYTES) for r in recipes]
    limits += [(folder / SHEET, MAX_SHEET_BYTES)]
    for path, most in limits:
        size = path.stat().st_size
        total += size if path.suffix == ".mp4" else 0
        if size >= most:
            raise LabError(f"{path.name} has {size} bytes, at most {most}: raise its crf")
    if total >= MAX_TOTAL_BYTES:
        raise LabError(f"the sample videos have {total} bytes, at most {MAX_TOTAL_BYTES}")


def frame_at(video: Path, t_s: float) -> np.ndarray:
    """(height, width, 3) uint8 RGB of the frame shown at a time, decoded in order."""
    try:
        import av
    except ImportError as error:
        raise missing_extra("av") from error
    with av.open(str(video)) as container:
        last = None
        for frame in container.decode(video=0):
            if last is not None and frame.time > t_s:
                break
            last = frame
    if last is None:
        raise LabError(f"{video} holds no picture")
    return last.to_ndarray(format="rgb24")


def write_sheet(folder: Path, rows: Sequence[tuple[Recipe, float]]) -> None:
    """One picture a clip, three in a row, with its name."""
    try:
        import cv2
    except ImportError as error:
        raise missing_extra("opencv-python") from error
    tiles = []
    for recipe, show_s in rows:
        picture = frame_at(folder / f"{recipe.name}.mp4", show_s)
        tiles.append(_tile(cv2, picture, recipe.name))
    while len(tiles) % 3:
        tiles.append(np.full_like(tiles[0], 255))
    sheet = np.concatenate(
        [np.concatenate(tiles[i : i + 3], axis=1) for i in range(0, len(tiles), 3)], axis=0
    )
    part = folder / f".{SHEET}.part.jpg"
    try:
        if not cv2.imwrite(str(part), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82]):
            raise LabError(f"cannot write {folder / SHEET}")
        part.replace(folder / SHEET)
    finally:
        part.unlink(missing_ok=True)


def _tile(cv2: Any, picture: np.ndarray, name: str) -> np.ndarray:
    width, height = TILE_PX
    scale = min(width / picture.shape[1], height / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((height + 24, width, 3), 245, np.uint8)
    left = (width - small.shape[1]) // 2
    tile[: small.shape[0], left : left + small.shape[1]] = small[:height]
    cv2.putText(
        tile, name, (8, height + 17), cv2.FONT_HERSHEY_SIMPLEX, 0.48, (40, 40, 40), 1, cv2.LINE_AA
    )
    return tile


def page(folder: Path, recipes: Sequence[Recipe]) -> str:
    """The folder's README: what each clip shows, and how it was made."""
    lines = [
        "# Sample videos",
        "",
        "Rendered people with known joints, made by the [motion lab](../lab/README.md): nobody was",
        "filmed. Each clip has its exact truth beside it (`NAME.truth.json`): joint centres,",
        "angles, phases, holds and faults. The lab's page describes the fields.",
        "",
        f"![one picture of each clip]({SHEET})",
        "",
        "| clip | shows | camera | frames | faults |",
        "|---|---|---|---|---|",
    ]
    for recipe in recipes:
        truth = read_truth(folder / f"{recipe.name}{SUFFIX}")
        camera = recipe.camera
        rate = f"{camera.fps:g} fps" + (", variable" if camera.vfr else "")
        faults = ", ".join(dict.fromkeys(f["id"] for f in truth["faults"])) or "none"
        lines.append(
            f"| [`{recipe.name}`]({recipe.name}.mp4) | {recipe.scene.title} | "
            f"{_view(camera.azimuth_deg)}, {camera.width_px}x{camera.height_px} | "
            f"{truth['frames']} at {rate} | {faults} |"
        )
    lines += [
        "",
        "Make them again with `python -m lab samples` (needs `pip install posecheck[lab]`).",
        "Licence: Apache-2.0; the bodies come from anny (Apache-2.0), whose shapes are MakeHuman's",
        "(CC0).",
        "",
    ]
    return "\n".join(lines)


def _view(azimuth_deg: float) -> str:
    names = {0.0: "front", 90.0: "right side", -90.0: "left side"}
    if azimuth_deg in names:
        return names[azimuth_deg]
    return f"{abs(azimuth_deg):g} degrees to the {'right' if azimuth_deg > 0 else 'left'}"
