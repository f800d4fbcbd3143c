"""One check in a process of its own; see ``job_process``."""

from __future__ import annotations

import shutil
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posecheck.core.errors import PosecheckError
from posecheck.ui.job_process import Teller, run

if TYPE_CHECKING:
    from posecheck.core.result import Result
    from posecheck.progress import Step


def main() -> None:
    """Do the check that is ordered on stdin."""
    run(_work)


def _work(order: dict[str, Any], teller: Teller) -> str:
    """Check, keep, remember; gives what could not be remembered, in a sentence, or nothing."""
    teller.step("libraries")
    from posecheck import tracking  # noqa: F401  # loaded now, while that is what is told
    from posecheck.pipeline import check

    teller.step("model")
    begun = False

    def on_step(step: Step) -> None:
        nonlocal begun
        if not begun:
            begun = True
            threading.Thread(target=_load_ahead, daemon=True).start()
        teller.step(step.stage, step.done, step.total, step.fps)

    clip, out = Path(order["clip"]), Path(order["out"])
    result = check(
        clip, order["move"], order["side"], out=out, mirrored=order["mirrored"],
        name=order["name"], page=True, on_step=on_step,
    )  # fmt: skip
    teller.keeping()
    kept_in = _keep(out / clip.stem, order["kept_in"])
    return _remember(result, clip, kept_in, order["person"])


def _load_ahead() -> None:
    """What the end of a check needs, a second of loading, while the model works outside Python."""
    for name in ("render.chart_page", "saving", "store.reading", "store.writing"):
        import_module(f"posecheck.{name}")


def _keep(done: Path, kept_in: str | None) -> Path | None:
    """Put the finished folder where this person's results are kept, as a whole or not at all."""
    from posecheck.staging import staged_folder

    if kept_in is None:
        return None
    place = Path(kept_in)
    with staged_folder(place.parent, place.name) as folder:
        shutil.copytree(done, folder, dirs_exist_ok=True)
    return place


def _remember(result: Result, clip: Path, folder: Path | None, person: str | None) -> str:
    """Put the result into the history; the check itself stands even where that fails."""
    from posecheck.saving import save_result
    from posecheck.store.opening import Store
    from posecheck.ui.keeping import make_known

    if person is None:
        return ""
    try:
        with Store() as store:
            # The name was chosen on the page "Settings": its first result brings it in.
            make_known(store, person)
            save_result(result, clip=clip, folder=folder, person=person, store=store)
    except PosecheckError as error:
        return f"The result is not in the history: {error}"
    return ""


if __name__ == "__main__":
    main()
