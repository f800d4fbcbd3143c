"""Keeping what the pages found in the history, under the name that "Settings" asks for."""

from __future__ import annotations

from posecheck.store.opening import Store
from posecheck.store.records import SessionRecord


def keep_session(record: SessionRecord, person: str) -> str:
    """Keeps the session of ``person``, who is made known to the history when first met.

    Raises:
        InputError: an impossible name or value, or the history cannot be written.
    """
    from posecheck.saving import save_session

    with Store() as store:
        make_known(store, person)
        return save_session(record, person=person, store=store)


def make_known(store: Store, person: str) -> None:
    """Adds a person whom the history does not know yet.

    Raises:
        InputError: an impossible name, or the history cannot be written.
    """
    from posecheck.store.writing import add_person

    if not is_known(store, person):
        add_person(store, person)


def is_known(store: Store, person: str) -> bool:
    """Whether the history has anybody of that name.

    Raises:
        InputError: the history cannot be read.
    """
    from posecheck.store.reading import people

    return person in {name for name, _ in people(store)}
