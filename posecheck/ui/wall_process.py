"""One knee-to-wall measurement from videos in a process of its own; see ``job_process``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posecheck.core.errors import InputError
from posecheck.ui.job_process import Teller, run

if TYPE_CHECKING:
    from posecheck.ui.wall_job import WallRequest
    from posecheck.ui.wall_measured import Look, Measured


def main() -> None:
    """Do the measurement that is ordered on stdin."""
    run(work)


def work(order: dict[str, Any], teller: Teller) -> str:
    """Measure, keep, and leave what was found for the page."""
    teller.step("libraries")
    from posecheck.ui.wall_job import ORDER, write_found
    from posecheck.ui.wall_measured import Found

    request = ORDER.validate_python(order)
    if request.only_scale:
        found = Found(looks=_looks(request, teller))
    else:
        found = Found(measured=_measured(request, teller))
    write_found(found, request.out)
    return ""


def _measured(request: WallRequest, teller: Teller) -> Measured:
    from posecheck.scaling import clip_scale
    from posecheck.ui.wall_measured import measured, recalled
    from posecheck.wall_measure import read_tries

    personal, tests = recalled(request.owner, request.typed), []
    for k, film in enumerate(request.films, start=1):
        where = {"clip": k, "clips": len(request.films)}
        teller.step("scale", **where)
        scale = clip_scale(film.path, film.given, mirrored=request.mirrored)
        teller.step("model", **where)

        def on_frame(
            done: int, total: int | None, fps: float, where: dict[str, int] = where
        ) -> None:
            teller.step("measure", done, total, fps, **where)

        tests.append(
            read_tries(
                film.path, scale, personal, name=film.name, mirrored=request.mirrored,
                on_frame=on_frame,
            )
        )  # fmt: skip
    teller.step("pictures")
    return measured(
        tests, personal, request.typed, request.owner, mirrored=request.mirrored,
        keeping=teller.keeping,
    )  # fmt: skip


def _looks(request: WallRequest, teller: Teller) -> list[Look]:
    """Each clip's scale, or why there is none; one that fails does not keep the others."""
    from posecheck.ui.wall_measured import Look, look_of

    found = []
    for k, film in enumerate(request.films, start=1):
        teller.step("scale", clip=k, clips=len(request.films))
        try:
            found.append(look_of(film.path, film.name, film.given, mirrored=request.mirrored))
        except InputError as error:
            found.append(Look(name=film.name, error=teller.named(str(error))))
    return found


if __name__ == "__main__":
    main()
