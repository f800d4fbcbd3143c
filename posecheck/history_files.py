"""The history as files: out as CSV, JSON or Parquet, and tape readings in from a CSV."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posecheck.core.errors import InputError
from posecheck.core.readings import name_of
from posecheck.store.records import MeasureRecord, SessionRecord

if TYPE_CHECKING:
    from posecheck.store.opening import Store
    from posecheck.store.records import RepetitionRecord, SessionRow

FORMATS = ("csv", "json", "parquet")
_MOST_BYTES = 20_000_000
_TEXT = ("session", "person", "taken_at", "kind", "move", "move_name", "clip", "measure", "side",
         "label", "unit", "reason", "note", "phase", "faults")  # fmt: skip
COLUMNS = ("session", "person", "taken_at", "kind", "move", "move_name", "clip", "measure", "side",
           "label", "unit", "value", "error", "valid", "reason", "pain", "note",
           "repetition", "phase", "start_s", "end_s", "faults")  # fmt: skip
#: Every repetition of a session, by the session's uid.
Repetitions = Mapping[str, Sequence["RepetitionRecord"]]


# --- out ---


def exported(rows: Sequence[SessionRow], kind: str, repetitions: Repetitions) -> bytes:
    """Sessions as a file's content: a line a value (CSV, Parquet), or an object a session (JSON).

    A session's own values come first, then those of each repetition or try, with its number.

    Raises:
        InputError: an unknown format.
    """
    if kind not in FORMATS:
        raise InputError(f'--format: expected {", ".join(FORMATS)}, got "{kind}"')
    if kind == "json":
        listed = [
            {**asdict(row), "taken_at": _moment(row.taken_at),
             "each_repetition": [asdict(one) for one in repetitions.get(row.uid, ())]}
            for row in rows
        ]  # fmt: skip
        for one in listed:
            one.pop("extra")
        return (json.dumps(listed, indent=1, ensure_ascii=False) + "\n").encode()
    lines = list(_lines(rows, repetitions))
    return _as_csv(lines) if kind == "csv" else _as_parquet(lines)


def _lines(rows: Iterable[SessionRow], repetitions: Repetitions) -> Iterator[dict[str, Any]]:
    for row in rows:
        head = {
            "session": row.uid, "person": row.person, "taken_at": _moment(row.taken_at),
            "kind": row.kind, "move": row.move_id, "move_name": row.move_name, "clip": row.clip,
            "pain": row.pain, "note": row.note,
        }  # fmt: skip
        # A session without a number still took place.
        for own in row.measures or (None,):
            yield head | _value_cells(own, None)
        for repetition in repetitions.get(row.uid, ()):
            for one in repetition.measures or (None,):
                yield head | _value_cells(one, repetition)


def _value_cells(one: MeasureRecord | None, of: RepetitionRecord | None) -> dict[str, Any]:
    """The cells of one value, of a session (``of`` is None) or of a repetition."""
    return {
        "measure": one.name if one else "", "side": one.side if one else of.side if of else "",
        "label": one.label if one else "", "unit": one.unit if one else "",
        "value": one.value if one else None, "error": one.error if one else None,
        "valid": one.valid if one else None, "reason": one.reason if one else "",
        "phase": one.phase if one else "", "repetition": of.number if of else None,
        "start_s": of.start_s if of else None, "end_s": of.end_s if of else None,
        "faults": " ".join(of.faults) if of else "",
    }  # fmt: skip


def _moment(at: datetime) -> str:
    return at.astimezone().isoformat(timespec="seconds")


def _as_csv(lines: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _cell(v) for k, v in line.items()} for line in lines)
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    """A cell that a spreadsheet does not take for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def _as_parquet(lines: list[dict[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = dict.fromkeys(_TEXT, pa.string()) | {
        "value": pa.float64(), "error": pa.float64(), "valid": pa.bool_(), "pain": pa.int8(),
        "repetition": pa.int32(), "start_s": pa.float64(), "end_s": pa.float64(),
    }  # fmt: skip
    table = pa.table({c: pa.array([line[c] for line in lines], types[c]) for c in COLUMNS})
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


# --- in ---

_HEADINGS = {"date", "side", "value"}
_MORE = {"error", "note", "pain", "person"}
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right", "": ""}
_UNITS = {"cm": "cm", "deg": "°", "pct": "%"}


@dataclass(frozen=True, slots=True)
class Tape:
    """What a file of readings is of. ``measure`` is without side: ``toe_to_wall_cm``."""

    measure: str
    label: str
    move_id: str
    move_name: str


def read_tape(path: Path, tape: Tape) -> list[tuple[str | None, SessionRecord]]:
    """Readings from a CSV, each with the person it names (None where the file names none).

    The first line has headings: date (2026-03-01), side, value, and if wanted error, note, pain,
    person. Numbers have a point. The same line read again replaces itself.

    Raises:
        InputError: the file cannot be read or a cell cannot be used; names line and column.
            Nothing is taken of a file with one bad line.
    """
    lines = list(_rows_of(path))
    if not lines:
        raise InputError(f"{path}: expected a line of headings and readings below it")
    headings = [cell.strip().lower() for cell in lines[0][1]]
    missing = _HEADINGS - set(headings)
    unknown = [h for h in headings if h not in _HEADINGS | _MORE]
    if missing or unknown:
        what = f"{', '.join(sorted(missing))} missing" if missing else f'"{unknown[0]}" unknown'
        raise InputError(
            f"{path}, line {lines[0][0]}: headings: {what}; expected date,side,value and if wanted "
            f"error,note,pain,person"
        )
    found = [_record(path, number, headings, cells, tape) for number, cells in lines[1:]]
    if not found:
        raise InputError(f"{path}: there is no reading below the headings")
    return found


def _rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: too large for a file of readings")
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected a CSV text file (UTF-8)") from error
    except OSError as error:
        raise InputError(f"{path}: cannot read it: {error.strerror}") from error
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    try:
        reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: no proper CSV: {error}") from error


def _record(
    path: Path, number: int, headings: list[str], cells: list[str], tape: Tape
) -> tuple[str | None, SessionRecord]:
    where = f"{path}, line {number}"
    if len(cells) != len(headings):
        raise InputError(
            f"{where}: expected {len(headings)} cells, found {len(cells)}; a number is written "
            "with a point, 11.5, not with a comma"
        )
    row = dict(zip(headings, (cell.strip() for cell in cells), strict=True))
    day = _day(where, row["date"])
    if row["side"].lower() not in _SIDES:
        raise InputError(f'{where}: side: expected left or right, got "{row["side"]}"')
    side = _SIDES[row["side"].lower()]
    name = name_of(tape.measure)
    value = _number(where, "value", row["value"])
    # A length from a tape; an angle may well be negative.
    if name.unit == "cm" and value < 0:
        raise InputError(f"{where}: value: a distance cannot be negative, got {row['value']}")
    error = _number(where, "error", row["error"]) if row.get("error") else None
    if error is not None and error < 0:
        raise InputError(f"{where}: error: expected 0 or more, got {row['error']}")
    column = f"{name.stem}_{side}_{name.unit}" if side else tape.measure
    one = MeasureRecord(column, side, tape.label, _UNITS.get(name.unit, name.unit), value, error)
    key = hashlib.sha256(f"{day}|{column}|{row.get('person', '')}".encode()).hexdigest()[:40]
    return row.get("person") or None, SessionRecord(
        # Noon: the same day wherever the machine is.
        taken_at=datetime.combine(day, time(12)).astimezone(), kind="import",
        move_id=tape.move_id, move_name=tape.move_name, side=side or "auto", measures=(one,),
        clip=path.name, clip_key=f"import:{key}", pain=_pain(where, row.get("pain", "")),
        note=row.get("note", ""),
    )  # fmt: skip


def _day(where: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError(f'{where}: date: expected 2026-03-01, got "{text}"') from None
    if day > date.today():
        raise InputError(f"{where}: date: {text} lies in the future")
    return day


def _number(where: str, column: str, text: str) -> float:
    if "," in text:
        raise InputError(f'{where}: {column}: expected a number with a point, 11.5, got "{text}"')
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f'{where}: {column}: expected a number like 11.5, got "{text}"')
    return value


def _pain(where: str, text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) > 10:
        raise InputError(f'{where}: pain: expected 0 to 10, got "{text}"')
    return int(text)


def import_tape(store: Store, path: Path, tape: Tape, who: str | None) -> int:
    """Take a file of readings into the history, all or nothing; gives how many.

    Args:
        who: whose readings they are where the file does not say.

    Raises:
        InputError: the file cannot be used, or names a person whom the history does not know.
    """
    from posecheck.store.reading import known_person
    from posecheck.store.writing import save_all_of

    found = [(person or who, record) for person, record in read_tape(path, tape)]
    for person in {person for person, _ in found}:
        known_person(store, person)
    save_all_of(store, found)
    return len(found)
