"""Sessions in the formats of other programs.

``trc``: OpenSim and Pose2Sim. ``movement``: the DeepLabCut layout, which movement (and every
program that reads DeepLabCut) loads with ``from_file(..., source_software="DeepLabCut")``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from posecheck.core.errors import InputError
from posecheck.core.pose import Landmark, PoseTrack
from posecheck.session import private
from posecheck.session.reader import Recording

#: Between frames further apart than this nothing is made up.
_LONGEST_GAP_S = 0.5
_NAMES = [landmark.name.lower() for landmark in Landmark]


def export(recording: Recording, form: str, target: Path) -> None:
    """Write the session as ``form`` to ``target``, readable by the owner only.

    Raises:
        InputError: unknown form, or the file cannot be written.
    """
    write = FORMS.get(form)
    if write is None:
        raise InputError(f'expected one of {", ".join(FORMS)}, got "{form}"')
    temp = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        private.create(temp).close()
        write(recording, temp)
        temp.replace(target)
    except OSError as error:
        raise InputError(f"{target}: cannot write it: {error.strerror or error}") from error
    finally:
        temp.unlink(missing_ok=True)


def _parquet(recording: Recording, path: Path) -> None:
    from posecheck.outputs import write_track

    write_track(recording.track, path)


def _csv(recording: Recording, path: Path) -> None:
    """One row a frame: time, then x, y in pixels, x, y, z in metres and visibility of each."""
    suffixes = ("x_px", "y_px", "x_m", "y_m", "z_m", "visibility")
    head = ["t_s", *(f"{name}_{suffix}" for name in _NAMES for suffix in suffixes)]
    with _text(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        track = recording.track
        for i in range(len(track)):
            values = np.column_stack(
                [track.image_px[i], track.world_m[i], track.visibility[i]]
            ).ravel()
            writer.writerow([f"{track.t_s[i]:.4f}", *_cells(values, bool(track.seen[i]))])


def _json(recording: Recording, path: Path) -> None:
    """Information, events and landmarks in one object; null where unseen."""
    track = recording.track
    with _text(path) as file:
        file.write('{"session":' + recording.info.model_dump_json())
        file.write(',"landmark_names":' + json.dumps(_NAMES) + ',"events":[')
        file.write(",".join(
            json.dumps({"t_s": e.t_s, "kind": e.kind, "name": e.name, "data": dict(e.data)})
            for e in recording.entries
        ))  # fmt: skip
        file.write('],"frames":[')
        for i in range(len(track)):
            seen = bool(track.seen[i])
            frame = {
                "t_s": float(track.t_s[i]),
                "image_px": np.round(track.image_px[i].astype(float), 2).tolist() if seen else None,
                "world_m": np.round(track.world_m[i].astype(float), 5).tolist() if seen else None,
                "visibility": np.round(track.visibility[i].astype(float), 3).tolist()
                if seen
                else None,
            }
            file.write((",\n" if i else "\n") + json.dumps(frame, allow_nan=False))
        file.write("]}\n")


def _trc(recording: Recording, path: Path) -> None:
    """Markers in metres, Y up, X towards the camera; evenly spaced in time as the format asks.

    The origin is the middle of the hips, which the pose model keeps there: how the body moves
    through the room is not in it. Unseen stretches are NaN.
    """
    t_s, world = _even(recording.track, recording.track.world_m)
    rate = even_rate_fps(recording.track)
    # Camera axes are x right, y down, z away; these are X towards it, Y up, Z to its left.
    markers = np.stack([-world[..., 2], -world[..., 1], -world[..., 0]], axis=-1)
    count = len(_NAMES)
    with _text(path) as file:
        file.write(f"PathFileType\t4\t(X/Y/Z)\t{path.name.strip('.').removesuffix('.part')}\n")
        file.write("DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\t"
                   "OrigDataStartFrame\tOrigNumFrames\n")  # fmt: skip
        file.write(f"{rate:.4f}\t{rate:.4f}\t{len(t_s)}\t{count}\tm\t{rate:.4f}\t1\t{len(t_s)}\n")
        file.write("Frame#\tTime\t" + "\t\t\t".join(_NAMES) + "\t\t\n")
        axes = "\t".join(f"X{k}\tY{k}\tZ{k}" for k in range(1, count + 1))
        file.write(f"\t\t{axes}\n\n")
        for i, (time_s, row) in enumerate(zip(t_s, markers.reshape(len(t_s), -1), strict=True)):
            # Not empty: OpenSim drops empty cells at the end of a row, then misses them.
            cells = ["NaN" if np.isnan(value) else f"{value:.6f}" for value in row]
            file.write("\t".join([str(i + 1), f"{time_s:.6f}", *cells]) + "\n")


def even_rate_fps(track: PoseTrack) -> float:
    """Frames a second of the formats that know even steps only: the recording's usual one."""
    return 1.0 / float(np.median(np.diff(track.t_s))) if len(track) > 1 else 30.0


def _even(
    track: PoseTrack, values: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Values, (n, ...), at even steps by straight lines between frames; NaN across gaps."""
    t_s = track.t_s.astype(float)
    if len(t_s) < 2:
        return t_s, values.astype(float)
    step_s = 1.0 / even_rate_fps(track)
    even_s = t_s[0] + step_s * np.arange(int((t_s[-1] - t_s[0]) / step_s + 1e-6) + 1)
    seen, rest = track.seen, values.shape[1:]
    flat = values.reshape(len(t_s), -1).astype(float)
    if not seen.any():
        return even_s, np.full((len(even_s), *rest), np.nan)
    out = np.column_stack([np.interp(even_s, t_s[seen], column[seen]) for column in flat.T])
    before = np.clip(np.searchsorted(t_s, even_s + 1e-9) - 1, 0, len(t_s) - 1)
    after = np.clip(before + (even_s > t_s[before] + 1e-9), 0, len(t_s) - 1)
    unseen = ~(seen[before] & seen[after]) | (t_s[after] - t_s[before] > _LONGEST_GAP_S)
    out[unseen] = np.nan
    return even_s, out.reshape(len(even_s), *rest)


def _movement(recording: Recording, path: Path) -> None:
    """DeepLabCut's CSV: three heading rows, then x, y in pixels and a likelihood for each.

    Its rows are evenly spaced, at :func:`even_rate_fps`, which whoever reads it has to give.
    """
    head = [name for name in _NAMES for _ in range(3)]
    track = recording.track
    marks = np.concatenate([track.image_px, track.visibility[..., None]], axis=2)
    _, values = _even(track, marks)
    with _text(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["scorer", *["posecheck"] * len(head)])
        writer.writerow(["bodyparts", *head])
        writer.writerow(["coords", *["x", "y", "likelihood"] * len(_NAMES)])
        for i, row in enumerate(values.reshape(len(values), -1)):
            writer.writerow([str(i), *_cells(row, not np.isnan(row[0]))])


def _cells(values: npt.NDArray[np.floating], seen: bool) -> Iterator[str]:
    return (f"{value:.5g}" if abs(value) < 1000 else f"{value:.1f}" for value in values) if seen \
        else ("" for _ in values)  # fmt: skip


def _text(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


#: What can be asked for, and the ending of its file.
FORMS: dict[str, Callable[[Recording, Path], None]] = {
    "csv": _csv, "parquet": _parquet, "json": _json, "trc": _trc, "movement": _movement,
}  # fmt: skip
#: Those whose rows are evenly spaced in time.
EVEN = ("trc", "movement")
ENDINGS = {"csv": ".csv", "parquet": ".parquet", "json": ".json", "trc": ".trc",
           "movement": ".dlc.csv"}  # fmt: skip
