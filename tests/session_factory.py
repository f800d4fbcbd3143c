"""Recorded sessions for tests: made-up tracks, real files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from synthetic import film

from posecheck.core.pose import N_LANDMARKS, PoseTrack
from posecheck.library import load_move
from posecheck.outputs import write_result_json, write_track
from posecheck.pipeline import score
from posecheck.session.checked import FILM
from posecheck.session.info import CameraUsed, ModelUsed, MoveUsed, PlanUsed, SessionInfo
from posecheck.session.recorder import Recorder
from tests.videos import picture, write_clip


def session_info(
    name: str = "a-session", move: str = "standing-hip", **more: object
) -> SessionInfo:
    loaded = load_move(move)
    return SessionInfo(
        id=name,
        software_version="0.0",
        move=MoveUsed(
            id=loaded.move.id,
            name=loaded.move.name,
            sha256=loaded.sha256,
            definition=loaded.move.model_dump(mode="json", by_alias=True),
        ),
        model=ModelUsed(name="full", sha256="0" * 64, mode="live-1"),
        camera=CameraUsed(source="0", width_px=640, height_px=480, fps=30.0),
        **{"plan": PlanUsed(), "started_at": "2026-11-22T10:00:00+01:00", **more},  # type: ignore[arg-type]
    )


def random_track(frames: int, seed: int = 0, fps: float = 30.0) -> PoseTrack:
    """Numbers that no two frames share, so that a mix-up shows."""
    rng = np.random.default_rng(seed)
    track = PoseTrack(
        t_s=np.arange(frames) / fps,
        image_px=rng.uniform(0, 640, (frames, N_LANDMARKS, 2)).astype(np.float32),
        world_m=rng.normal(0, 1, (frames, N_LANDMARKS, 3)).astype(np.float32),
        visibility=rng.uniform(0, 1, (frames, N_LANDMARKS)).astype(np.float32),
        people_seen=np.ones(frames, np.int16),
        brightness=rng.uniform(0, 255, frames).astype(np.float32),
        width_px=640,
        height_px=480,
        foot_speed_px=rng.uniform(0, 90, (frames, 2)).astype(np.float32),
    )
    track.image_px[::7], track.world_m[::7], track.visibility[::7] = np.nan, np.nan, 0.0
    track.people_seen[::7] = 0
    return track


def recorded(
    folder: Path, track: PoseTrack, *, finished: bool = True, block_s: float = 0.5,
    info: SessionInfo | None = None,
) -> Path:  # fmt: skip
    """A session of ``track`` with an event every ten frames; unfinished is as if it was killed."""
    recorder = Recorder(folder, info or session_info(folder.name), block_s=block_s)
    for i in range(len(track)):
        recorder.frame(track.slice(i, i + 1))
        if i % 10 == 9:
            recorder.entries("event", [("phase", float(track.t_s[i]), {"phase": f"p{i}"})])
    if finished:
        recorder.close("stopped", {"left": 1})
    else:
        recorder._poses.flush()
    assert recorder.failed is None
    return folder


def checked(
    folder: Path, clip: str = "mine.mp4", *, mirrored: bool = False, filmed: bool = False,
    **scene: object,
) -> Path:  # fmt: skip
    """What a check leaves, of a made-up film of the ankle move; its film's frames are numbered."""
    track = film("ankle-dorsiflexion", **scene).track  # type: ignore[arg-type]
    track = replace(track, meta={"clip": clip})
    result = score(track, load_move("ankle-dorsiflexion"), "auto", mirrored=mirrored)[1]
    folder.mkdir(parents=True)
    write_track(track, folder / "track.parquet")
    write_result_json(result, folder / "result.json")
    if filmed:
        times_ms = np.round(1000 * (track.t_s - track.t_s[0])).astype(int).tolist()
        pictures = [picture(k % 256, 320, 180) for k in range(len(track))]
        write_clip(folder / FILM, "vp9 webm", times_ms=times_ms, pictures=pictures)
    return folder


def same_frames(ours: PoseTrack, theirs: PoseTrack) -> bool:
    """Whether two tracks hold the same values, NaN included."""
    names = ("t_s", "image_px", "world_m", "visibility", "people_seen", "brightness",
             "foot_speed_px")  # fmt: skip
    return all(np.array_equal(getattr(ours, n), getattr(theirs, n), equal_nan=True) for n in names)
