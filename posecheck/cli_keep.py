"""What commands that save share: whose session it is, pain, a note, and keeping it at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from posecheck.core.result import Result
    from posecheck.store.records import SessionRecord

PersonOption = Annotated[
    str | None,
    typer.Option(
        "--person",
        metavar="NAME",
        envvar="POSECHECK_PERSON",
        show_default=False,
        help="Whose session it is in the history; you, if left out. `posecheck people` lists them.",
    ),
]
PainOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=10,
        metavar="0-10",
        help="Pain to remember with it.",
        show_default=False,
    ),
]
NoteOption = Annotated[
    str, typer.Option(metavar="TEXT", help="A note to remember with it.", show_default=False)
]
NoSaveOption = Annotated[bool, typer.Option("--no-save", help="Leave it out of the history.")]


class Keeper:
    """Puts results into the history; what cannot be kept is told, and never ends a run.

    Args:
        person: whose they are; None for the default person.
        tell: shows one line to the person.

    Raises:
        InputError: a person was named whom the history does not know.
    """

    def __init__(
        self,
        person: str | None,
        pain: int | None,
        note: str,
        tell: Callable[[str], None],
        *,
        saves: bool = True,
    ) -> None:
        self._person, self._pain, self._tell = person, pain, tell
        self.note = note
        self._saves = saves
        if saves and person is not None:
            from posecheck.store.opening import Store
            from posecheck.store.reading import known_person

            with Store() as store:
                known_person(store, person)

    def keep(self, result: Result, clip: Path, folder: Path | None) -> None:
        """One checked clip."""
        from posecheck.saving import session_of

        self.keep_session(
            lambda: session_of(result, clip=clip, folder=folder, pain=self._pain, note=self.note)
        )

    def keep_session(self, make: Callable[[], SessionRecord]) -> None:
        """Any session; it is made only where it is to be kept."""
        from posecheck.core.errors import PosecheckError
        from posecheck.saving import save_session

        if not self._saves:
            return
        try:
            save_session(make(), person=self._person)
        except PosecheckError as error:
            self._tell(f"the result is not in the history: {error}")
