"""``python -m lab``: render clips with exact truth. Errors are one line and exit status 2."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up when ended from outside
    try:
        options.run(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lab: stopped; the unfinished clip was removed", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab", description="Render bodies with known joints and their exact truth."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    render = commands.add_parser("render", help="one clip from a scene, a body and a camera")
    render.add_argument("--scene", required=True, help="a name from lab/data/scenes.toml")
    render.add_argument("--body", required=True, help="a name from lab/data/bodies.toml")
    render.add_argument("--camera", required=True, help="a name from lab/data/cameras.toml")
    render.add_argument("--room", default="studio", help="a name from lab/data/rooms.toml")
    render.add_argument("--out", type=Path, required=True, help="the video to write, NAME.mp4")
    render.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="change a camera field (fps=60, vfr=true, azimuth_deg=-70), "
        "or noise, gain, blur, crf; may be given again",
    )
    render.add_argument(
        "--sheet",
        action="append",
        metavar="FIELD=VALUE",
        help="stand a printed page beside the leg: image=a4|letter|blank|PNG, width_cm, height_cm, "
        "from_wall_cm, up_cm, nearer_cm, tilt_deg, turn_deg, lies; may be given again",
    )
    render.add_argument("--side", choices=("left", "right"), help="perform the scene on this side")
    render.set_defaults(run=_render)

    samples = commands.add_parser("samples", help="regenerate sample_videos/")
    samples.add_argument("--out", type=Path, default=ROOT / "sample_videos")
    samples.add_argument("--only", nargs="+", metavar="NAME", help="just these clips")
    samples.set_defaults(run=_samples)

    bench = commands.add_parser("bench", help="render the bench, kept by recipe")
    bench.add_argument("--out", type=Path, required=True)
    bench.add_argument("--limit", type=int, help="only the first N clips")
    bench.add_argument(
        "--split",
        choices=("test", "tune"),
        default="test",
        help="test: the bench that figures are reported from; tune: the clips to set thresholds by",
    )
    bench.set_defaults(run=_bench)

    check = commands.add_parser("check", help="compare clips with what MediaPipe sees in them")
    check.add_argument("folder", type=Path)
    check.add_argument("--model", type=Path, help="a pose_landmarker .task file")
    check.add_argument("--every", type=int, default=1, help="look at every Nth frame")
    check.set_defaults(run=_check)

    accuracy = commands.add_parser("accuracy", help="errors of posecheck against the clips' truth")
    accuracy.add_argument("--small", action="store_true", help="only sample_videos/, in minutes")
    accuracy.add_argument("--clips", type=Path, help="a folder of clips with truth instead")
    accuracy.add_argument("--cache", type=Path, default=ROOT / ".lab-cache")
    accuracy.add_argument(
        "--out", type=Path, help="where the report goes; docs/ for the bench, else accuracy-out/"
    )
    accuracy.add_argument(
        "--write-bands",
        action="store_true",
        help="take the ± that posecheck prints from these errors",
    )
    accuracy.add_argument(
        "--people",
        type=Path,
        default=ROOT.parent / "shared" / "testdata",
        help="recordings of real people with motion capture, a part of the report where present",
    )
    accuracy.set_defaults(run=_accuracy)

    cm = commands.add_parser("centimetres", help="knee-to-wall against its truth, in cm")
    cm.add_argument("--cache", type=Path, default=ROOT / ".lab-cache")
    cm.add_argument(
        "--tune",
        action="store_true",
        help="fit offsets and ± on the tune bodies into the data file, instead of the report",
    )
    cm.set_defaults(run=_centimetres)

    recognise = commands.add_parser(
        "recognise", help="what --move auto takes the bench's clips for, into docs/recognition.md"
    )
    recognise.add_argument("--cache", type=Path, default=ROOT / ".lab-cache")
    recognise.add_argument(
        "--fit", action="store_true", help="first learn the moves anew, from tune bodies"
    )
    recognise.set_defaults(run=_recognise)

    names = commands.add_parser("list", help="the scenes, bodies, cameras and rooms there are")
    names.set_defaults(run=lambda _: _list())
    return parser


def _accuracy(options: argparse.Namespace) -> None:
    from lab import accuracy_report, fit_bands, judged
    from lab.people import people
    from posecheck.core.bands import ErrorBands
    from posecheck.library import error_bands

    samples, bench = ROOT / "sample_videos", options.cache / "bench"
    out = options.out or (ROOT / ("accuracy-out" if options.small or options.clips else "docs"))
    folder = options.clips or (samples if options.small else bench)
    command = "make accuracy SMALL=1" if options.small else "make accuracy"
    if folder == bench:
        _render_bench(bench)
    tracks, more = options.cache / "tracks", {}
    clips = judged.read_clips([folder], tracks)
    bands = error_bands()
    if not options.small and not options.clips:
        prior_text = (ROOT / "lab" / "data" / "bands_prior.json").read_text(encoding="utf-8")
        prior = ErrorBands.model_validate_json(prior_text)
        # A measure that the prior does not know yet starts from what posecheck prints for it.
        prior = prior.model_copy(update={"bands": {**bands.bands, **prior.bands}})
        every = judged.read_clips([samples], tracks) + clips
        if options.write_bands:
            source = f"make accuracy BANDS=1, {len(every)} clips of sample_videos and the bench"
            bands = fit_bands.make_bands(every, prior, source)
            fit_bands.write_bands(bands, ROOT / "posecheck" / "data" / "error_bands.json")
        more["coverage"] = fit_bands.coverage_left_out(every, bands, prior)
        more["people"] = people(options.people, bands, tracks)
    figures = accuracy_report.summary(judged.judge(clips, bands), command, **more)
    accuracy_report.write_report(figures, out)
    missed = [t for t in figures["targets"] if t["reached"] is False]
    print(f"{len(clips)} clips, {len(missed)} targets missed: {out / 'accuracy.md'}")


def _centimetres(options: argparse.Namespace) -> None:
    from lab import centimetres
    from lab.centimetres_page import Study, write_page
    from lab.degraded import DEGRADATIONS

    folder = options.cache / "knee-to-wall"
    split = "tune" if options.tune else "test"
    centimetres.render(split, folder, _progress)

    def measured(split: str, scale: str, way: str = "") -> centimetres.Measured:
        shown = _progress(" ".join([split, "bodies,", scale, way]).strip(), "clips")
        return centimetres.measure(split, folder, scale, way, shown)

    sheet = measured(split, "sheet")
    spoiled = {way: measured(split, "sheet", way) for way in DEGRADATIONS}
    if options.tune:
        every = [row for one in (sheet, *spoiled.values()) for row in one.rows]
        fitted = centimetres.fitted(every)
        centimetres.write_errors(fitted, ROOT / "posecheck" / "data" / "knee_to_wall.toml")
        print(f"{len(every)} tries: {fitted}")
        return
    page = ROOT / "docs" / "knee-to-wall.md"
    clicked = {scale: measured(split, scale) for scale in ("points", "paper")}
    centimetres.render("blind", folder, _progress, bare=False)
    blind = {scale: measured("blind", scale) for scale in ("sheet", "points")}
    write_page(Study({"sheet": sheet, **clicked}, spoiled, blind), page)
    print(f"{len(sheet.rows) + len(blind['sheet'].rows)} tries: {page}")


def _render_bench(folder: Path, split: str = "test") -> None:
    """Render what is missing; a bench that is all there needs no renderer."""
    from lab.bench import is_current, make_bench
    from lab.recipes import bench

    if not all(is_current(recipe, folder) for recipe in bench(split)):
        make_bench(folder, None, _progress, split)


def _recognise(options: argparse.Namespace) -> None:
    from lab import confusion, recognise
    from posecheck.library import move_model

    tracks, bench = options.cache / "tracks", options.cache / "bench"
    if options.fit:
        _render_bench(options.cache / "tune", "tune")
        sticks = list(recognise.stick_examples())
        folders = [ROOT / "sample_videos", options.cache / "tune"]
        clips = recognise.clip_examples(folders, tracks, "tune")
        source = (
            f"`python -m lab recognise --fit` from {len(sticks)} stick-figure clips and "
            f"{len(clips)} rendered clips of tune bodies"
        )
        made = recognise.fit(sticks, clips, source)
        recognise.write_model(made, ROOT / "posecheck" / "data" / "recognise.json")
        move_model.cache_clear()
    model = move_model()
    rows = confusion.taken_for(bench, tracks, model)
    out = ROOT / "docs" / "recognition.md"
    out.write_text(confusion.page(rows, "python -m lab recognise", model), encoding="utf-8")
    told = ", ".join(f"{share:.1%} {name}" for name, share in confusion.shares(rows).items())
    print(f"{len(rows)} clips: {told}; {out}")


def _progress(name: str, unit: str = "frames") -> object:
    """A progress line on a terminal; nothing in a log."""
    if not sys.stderr.isatty():
        return None
    start = time.monotonic()

    def show(done: int, total: int) -> None:
        left = (time.monotonic() - start) / done * (total - done)
        end = "\n" if done == total else ""
        print(f"\r{name}: {done}/{total} {unit}, {left:4.0f} s left ", end=end, file=sys.stderr)

    return show


def _render(options: argparse.Namespace) -> None:
    from lab.clip import make_clip
    from lab.recipes import recipe

    if options.out.suffix != ".mp4":
        raise LabError(f"--out must end in .mp4, got {options.out.name!r}")
    camera_changes, rest = _changes(options.set)
    made = recipe(
        options.out.stem,
        options.scene,
        options.body,
        options.camera,
        options.room,
        camera_changes,
        sheet=_page(options.sheet),
        **rest,
    )
    if options.side:
        sides = tuple(options.side for _ in made.scene.sides)
        made = dataclasses.replace(made, scene=dataclasses.replace(made.scene, sides=sides))
    video = make_clip(made, options.out.parent, _progress(made.name))
    print(f"{video}  {video.stat().st_size / 1e6:.2f} MB")


def _page(pairs: Sequence[str] | None) -> dict[str, object] | None:
    """Fields of the printed page; None where none is asked for."""
    if pairs is None:
        return None
    images = [p.partition("=")[2] for p in pairs if p.startswith("image=")]
    fields, _ = _changes([p for p in pairs if not p.startswith("image=")])
    return fields | ({"image": images[-1]} if images else {})


def _changes(pairs: Sequence[str]) -> tuple[dict[str, object], dict[str, object]]:
    """``FIELD=VALUE`` texts split into camera fields and recipe fields, as numbers."""
    camera: dict[str, object] = {}
    rest: dict[str, object] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        try:
            value = (
                {"true": True, "false": False}[text] if text in ("true", "false") else (float(text))
            )
        except ValueError as error:
            raise LabError(f"--set {pair}: expected FIELD=NUMBER or FIELD=true|false") from error
        if name in ("noise", "gain"):
            rest[name] = value
        elif name in ("blur", "crf"):
            rest[name] = int(value)
        else:
            camera[name] = int(value) if name in ("width_px", "height_px") else value
    return camera, rest


def _samples(options: argparse.Namespace) -> None:
    from lab.samples import make_samples

    make_samples(options.out, options.only, _progress)


def _bench(options: argparse.Namespace) -> None:
    from lab.bench import make_bench

    made, kept = make_bench(options.out, options.limit, _progress, options.split)
    print(f"{made} clips rendered, {kept} already there, in {options.out}")


def _check(options: argparse.Namespace) -> None:
    from lab.check import check_folder

    check_folder(options.folder, options.model, options.every)


def _list() -> None:
    from lab.bodies import body_specs
    from lab.camera import cameras
    from lab.recipes import _table, scene_names

    bodies = [f"{n} ({b.split}, {b.height_m:g} m)" for n, b in body_specs().items()]
    for title, names in (
        ("scenes", scene_names()),
        ("bodies", bodies),
        ("cameras", list(cameras())),
        ("rooms", list(_table("rooms.toml"))),
    ):
        print(f"{title}: {', '.join(names)}")


if __name__ == "__main__":
    sys.exit(main())
