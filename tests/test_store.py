"""The history: what goes in comes out, whatever happens to the file or the process."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from posecheck.core.errors import InputError
from posecheck.store import reading, writing
from posecheck.store.backup import backups, restore
from posecheck.store.opening import Store, migrate
from posecheck.store.records import Filter, MeasureRecord, RepetitionRecord, SessionRecord
from posecheck.store.tables import SCHEMA, SCHEMAS, TABLES, metadata

DAY = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def reading_of(value: float, side: str = "left", **changes: object) -> MeasureRecord:
    name = f"toe_to_wall_{side}_cm"
    record = MeasureRecord(name, side, f"Toe to wall, {side}", "cm", value, 0.6)
    return replace(record, **changes)  # type: ignore[arg-type]


def session_of(day: int, *values: MeasureRecord, **changes: object) -> SessionRecord:
    tries = tuple(
        RepetitionRecord(k, value.side, float(k), k + 1.0, True, met=1, faults=("heel_up",),
                         measures=(value,))
        for k, value in enumerate(values, start=1)
    )  # fmt: skip
    record = SessionRecord(
        taken_at=DAY + timedelta(days=day), kind="measure", move_id="knee-to-wall",
        move_name="Knee to wall", measures=values, repetitions=tries, pain=2, note="änd — ok",
    )  # fmt: skip
    return replace(record, **changes)  # type: ignore[arg-type]


@pytest.fixture
def url(tmp_path: Path) -> URL:
    return make_url(f"sqlite:///{tmp_path}/data/history.db")


@pytest.fixture
def path(url: URL) -> Path:
    assert url.database is not None
    return Path(url.database)


@pytest.fixture
def store(url: URL) -> Iterator[Store]:
    with Store(url) as opened:
        yield opened


# --- what goes in comes out ---


def test_a_session_comes_back_as_it_was(store: Store) -> None:
    kept = session_of(0, reading_of(11.25), reading_of(9.5, "right", valid=False, reason="heel up"))
    uid = writing.save(store, kept)
    (row,) = reading.sessions(store, Filter())
    assert (row.uid, row.person, row.taken_at, row.kind) == (uid, "me", DAY, "measure")
    assert (row.pain, row.note, row.repetitions) == (2, "änd — ok", 2)
    assert row.measures == kept.measures


def test_several_people_are_kept_apart(store: Store) -> None:
    writing.add_person(store, "Anna")
    writing.save(store, session_of(0, reading_of(10.0)), "Anna")
    writing.save(store, session_of(1, reading_of(12.0)))
    assert [p.value for p in reading.points(store, "toe_to_wall_left_cm", "Anna")] == [10.0]
    assert [p.value for p in reading.points(store, "toe_to_wall_left_cm")] == [12.0]
    assert reading.people(store) == [("Anna", 1), ("me", 1)]
    writing.rename_person(store, "Anna", "Anna K.")
    assert [row.person for row in reading.sessions(store, Filter(person="Anna K."))] == ["Anna K."]


def test_an_unknown_person_is_refused_and_nothing_is_lost(store: Store) -> None:
    writing.save(store, session_of(0, reading_of(10.0)))
    with pytest.raises(InputError, match=r'no person "Anan" .*known: me.*people --add'):
        writing.save(store, session_of(1, reading_of(11.0)), "Anan")
    with pytest.raises(InputError, match='no person "Anan"'):
        reading.sessions(store, Filter(person="Anan"))
    assert reading.people(store) == [("me", 1)]
    with pytest.raises(InputError, match="already"):
        writing.add_person(store, "me")
    with pytest.raises(InputError, match="1 to 80 characters"):
        writing.add_person(store, "  ")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (session_of(0, reading_of(-2.0)), "a distance cannot be negative, got -2"),
        (session_of(0, reading_of(9.0, error=-0.1)), "the ± cannot be negative"),
        (session_of(0, pain=11), "expected 0 to 10, got 11"),
    ],
)
def test_impossible_values_are_refused(store: Store, bad: SessionRecord, says: str) -> None:
    with pytest.raises(InputError, match=says):
        writing.save_all(store, [session_of(0, reading_of(9.0)), bad])
    assert reading.sessions(store, Filter()) == []


def test_filters_and_points_are_in_order_and_leave_out_what_does_not_count(store: Store) -> None:
    for day, value in ((3, 11.0), (1, 10.0), (2, 10.5)):
        writing.save(store, session_of(day, reading_of(value)))
    writing.save(store, session_of(4, reading_of(19.0, valid=False, reason="heel up")))
    writing.save(store, session_of(5, move_id="standing-hip"))
    points = reading.points(store, "toe_to_wall_left_cm")
    assert [p.value for p in points] == [10.0, 10.5, 11.0]
    assert [p.taken_at for p in points] == [DAY + timedelta(days=d) for d in (1, 2, 3)]

    def days(**wanted: object) -> list[int]:
        found = reading.sessions(store, Filter(**wanted))  # type: ignore[arg-type]
        return [(row.taken_at - DAY).days for row in found]

    assert days() == [5, 4, 3, 2, 1]
    assert days(move="knee-to-wall", limit=2) == [4, 3]
    assert days(since=DAY + timedelta(days=2), until=DAY + timedelta(days=4)) == [4, 3, 2]
    assert days(measure="toe_to_wall_cm") == [4, 3, 2, 1]
    assert days(side="right") == []
    assert reading.count_sessions(store, Filter(move="knee-to-wall")) == 4
    assert reading.measured_names(store) == [("toe_to_wall_left_cm", "Toe to wall, left", "cm", 3)]


def test_the_same_clip_again_replaces_its_session(store: Store) -> None:
    for value in (9.0, 10.0):
        writing.save(store, session_of(0, reading_of(value), clip_key="abc"))
    writing.save(store, session_of(0, reading_of(11.0), clip_key="abc", move_id="other"))
    assert [p.value for p in reading.points(store, "toe_to_wall_left_cm")] == [10.0, 11.0]


def test_what_a_person_told_once_is_remembered_until_told_again(store: Store) -> None:
    assert reading.recall(store, None, "knee") is None
    writing.remember(store, None, "knee", {"left_cm": 5.5})
    writing.remember(store, None, "knee", {"left_cm": 5.7})
    assert reading.recall(store, None, "knee") == {"left_cm": 5.7}
    writing.remember(store, None, "knee", None)
    assert reading.recall(store, None, "knee") is None


def test_a_deletion_can_be_undone_until_something_new_is_saved(store: Store) -> None:
    uids = [writing.save(store, session_of(d, reading_of(9.0 + d))) for d in range(3)]
    assert writing.delete(store, uids[:2]) == 2
    assert [row.uid for row in reading.sessions(store, Filter())] == [uids[2]]
    assert len(reading.points(store, "toe_to_wall_left_cm")) == 1
    assert writing.undo_delete(store) == 2
    assert len(reading.sessions(store, Filter())) == 3
    writing.delete(store, uids[:1])
    writing.save(store, session_of(9))
    with pytest.raises(InputError, match="nothing to undo"):
        writing.undo_delete(store)
    with store.reading() as connection:
        left = connection.execute(sa.text("SELECT count(*) FROM measure")).scalar()
    assert left == 2 * 2


# --- schema ---


def earlier_database(path: Path, version: str) -> None:
    """A history as a posecheck of that schema wrote it, with something in it."""
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            (Path(__file__).parent / "data" / f"history-{version}.sql").read_text()
        )


@pytest.mark.parametrize("version", SCHEMAS)
def test_every_earlier_schema_is_brought_up_to_date(version: str, url: URL, path: Path) -> None:
    earlier_database(path, version)
    with Store(url) as store:
        (row,) = reading.sessions(store, Filter())
        assert row.person == "me"
        assert [m.value for m in row.measures] == [11.5]
        assert row.taken_at == DAY
        writing.save(store, session_of(1, reading_of(12.0)))
        assert len(reading.sessions(store, Filter())) == 2
    made = [p for p in backups(path) if "before-schema" in p.name]
    assert len(made) == (0 if version == SCHEMA else 1)


def test_migrations_make_the_tables_that_the_program_uses(store: Store) -> None:
    found = sa.MetaData()
    with store.reading() as connection:
        found.reflect(connection)
    for table in TABLES:
        made = found.tables[table.name]
        assert {c.name: c.nullable for c in made.columns} == {
            c.name: c.nullable for c in table.columns
        }
        assert {i.name for i in made.indexes} == {i.name for i in table.indexes}
    assert set(found.tables) == {*metadata.tables, "alembic_version"}


def test_a_newer_schema_is_left_alone(url: URL, path: Path) -> None:
    Store(url).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"newer posecheck \(schema 9999"):
        Store(url)
    assert path.read_bytes() == before


# --- trouble with the file ---


def test_a_damaged_file_offers_its_backup_and_comes_back(url: URL, path: Path) -> None:
    with Store(url) as store:
        writing.save(store, session_of(0, reading_of(10.0)))
        writing.save(store, session_of(1, reading_of(11.0)))
    for old in backups(path):
        old.unlink()
    with Store(url) as store:
        writing.save(store, session_of(2, reading_of(12.0)))  # the day's backup comes before it
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(InputError, match=r"is damaged: put its newest backup .*--restore-backup"):
        Store(url)
    _, kept = restore(path)
    assert kept is not None
    assert kept.read_bytes().startswith(b"not a database")
    with Store(url) as store:
        assert [p.value for p in reading.points(store, "toe_to_wall_left_cm")] == [10.0, 11.0]


def test_a_damaged_file_without_a_backup_says_so(url: URL, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"rubbish" * 1000)
    with pytest.raises(InputError, match="is damaged: it has no backup yet"):
        Store(url)
    with pytest.raises(InputError, match="no usable backup"):
        restore(path)


def test_a_locked_history_says_who_to_ask(
    url: URL, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posecheck.store.opening.BUSY_S", 0.2)
    with Store(url) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        writing.save(store, session_of(0))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InputError, match="another program has kept the history busy"):
            writing.save(store, session_of(1))
        assert len(reading.sessions(store, Filter())) == 1  # reading still works


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_history_can_be_read_and_says_why_not_written(url: URL, path: Path) -> None:
    with Store(url) as store:
        writing.save(store, session_of(0))
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        with pytest.raises(InputError, match="read-only"), Store(url) as store:
            writing.save(store, session_of(1))
    finally:
        path.parent.chmod(0o755)


def test_a_read_only_database_is_told_as_such(store: Store) -> None:
    with store.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(InputError, match="the history is read-only"), store.told_plainly():
            connection.exec_driver_sql("DELETE FROM person")


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be opened"):
        Store(make_url(f"sqlite:///{tmp_path}/file/history.db"))


def test_an_address_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSECHECK_DATABASE_URL", "my history")
    with pytest.raises(InputError, match="expected an address like postgresql://"):
        Store()
    monkeypatch.setenv("POSECHECK_DATABASE_URL", "nosuch://host/name")
    with pytest.raises(InputError, match="driver for nosuch"):
        Store()


# --- several processes, and death in the middle ---

WRITER = """
import sys
from sqlalchemy.engine import make_url
sys.path.insert(0, {tests!r})
from tests.test_store import reading_of, session_of
from posecheck.store.opening import Store
from posecheck.store.writing import save
with Store(make_url({url!r})) as store:
    for k in range({count}):
        save(store, session_of(k % 300, reading_of(5.0 + k % 10), reading_of(6.0, "right"),
             note=f"{who} {{k}}"))
        if {chatty}:
            print(k, flush=True)
"""


def start_writer(url: URL, who: str, count: int, *, chatty: bool = False) -> subprocess.Popen[str]:
    code = WRITER.format(
        tests=str(Path(__file__).parent.parent), who=who, count=count, chatty=chatty,
        url=url.render_as_string(hide_password=False),
    )  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def assert_nothing_broken(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.slow
def test_two_processes_write_a_thousand_sessions_each(url: URL, path: Path) -> None:
    writers = [start_writer(url, who, 1000) for who in ("one", "two")]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    with Store(url) as store:
        rows = reading.sessions(store, Filter())
    assert len(rows) == 2000
    assert {row.note for row in rows} == {f"{w} {k}" for w in ("one", "two") for k in range(1000)}
    assert all(len(row.measures) == 2 and row.repetitions == 2 for row in rows)
    assert_nothing_broken(path)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_kill_in_the_middle_of_a_write_costs_at_most_that_session(url: URL, path: Path) -> None:
    Store(url).close()
    done = 0
    for k, pause_s in enumerate((0.0, 0.003, 0.011)):
        writer = start_writer(url, f"round {k}", 10_000, chatty=True)
        assert writer.stdout is not None
        for _ in range(20):
            last = writer.stdout.readline()
        time.sleep(pause_s)
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().splitlines()
        writer.wait()
        told = int(([last.strip(), *[line for line in rest if line.strip()]])[-1]) + 1
        done += told
        with Store(url) as store:
            rows = reading.sessions(store, Filter())
        kept = sum(row.note.startswith(f"round {k} ") for row in rows)
        assert told <= kept <= told + 1
        assert all(len(row.measures) == 2 and row.repetitions == 2 for row in rows)
        assert_nothing_broken(path)
    assert done >= 60


# --- PostgreSQL ---


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A PostgreSQL server of its own from the system's package, on a socket in a folder."""
    programs = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
    if programs is None or not (programs / "initdb").exists():
        pytest.skip("PostgreSQL's server is not installed (Debian: apt install postgresql)")
    pytest.importorskip("psycopg")
    folder = tmp_path_factory.mktemp("server")
    prefix: list[str] = []
    if os.geteuid() == 0:
        # The server refuses to run as root.
        if shutil.which("runuser") is None:
            pytest.skip("PostgreSQL refuses to run as root, and runuser is not there")
        prefix = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
        for parent in folder.parents:
            if parent.owner() == "root" and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)
    data = folder / "data"

    def run(*command: object) -> subprocess.CompletedProcess[str]:
        line = [*prefix, *map(str, command)]
        return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)

    made = run(programs / "initdb", "-D", data, "-A", "trust", "-U", "tester", "--no-sync")
    if made.returncode:
        pytest.skip(f"PostgreSQL cannot make a database here: {made.stderr.strip()[-200:]}")
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    began = run(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    if began.returncode:
        pytest.skip(f"PostgreSQL does not start here: {began.stdout.strip()[-200:]}")
    yield make_url(f"postgresql+psycopg://tester@/postgres?host={folder}")
    run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


@pytest.mark.slow
def test_a_postgresql_server_keeps_the_same_history(server: URL) -> None:
    with Store(server) as store:
        uid = writing.save(store, session_of(0, reading_of(11.25), reading_of(9.5, "right")))
        writing.add_person(store, "Anna")
        writing.save(store, session_of(1, reading_of(8.0), clip_key="x"), "Anna")
        writing.save(store, session_of(2, reading_of(8.5), clip_key="x"), "Anna")
        rows = reading.sessions(store, Filter())
        assert [row.person for row in rows] == ["Anna", "me"]
        assert rows[1].taken_at == DAY
        assert rows[1].measures == (reading_of(11.25), reading_of(9.5, "right"))
        assert [p.value for p in reading.points(store, "toe_to_wall_left_cm", "Anna")] == [8.5]
        writing.remember(store, "Anna", "knee", {"left_cm": 5.5})
        assert reading.recall(store, "Anna", "knee") == {"left_cm": 5.5}
        assert writing.delete(store, [uid]) == 1
        assert writing.undo_delete(store) == 1
        with pytest.raises(InputError, match='no person "Bo"'):
            writing.save(store, session_of(1), "Bo")
    writers = [start_writer(server, who, 60) for who in ("one", "two")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    with Store(server) as store:
        assert reading.count_sessions(store, Filter(person="me")) == 121
        with store.writing() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="newer posecheck"):
        Store(server)


@pytest.mark.slow
def test_a_server_that_is_not_there_is_told_in_one_line() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(InputError, match=r"the history refused: .*connect") as caught:
        Store(make_url("postgresql+psycopg://tester@127.0.0.1:9/none?connect_timeout=2"))
    assert "\n" not in str(caught.value)


def test_migrating_twice_changes_nothing(store: Store) -> None:
    with store.writing() as connection:
        migrate(connection)
    assert reading.sessions(store, Filter()) == []
