"""What happened in a session, a line each: commands that came in and events that came out.

A line is one JSON object. Its first field, ``crc``, is the CRC-32 of the object without it, in hex,
so that a damaged line is known as such. ``n`` is how many frames had been taken before it, which
puts commands back in their place at a replay.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from posecheck.session import private

#: "command": came in beside frames. "event": the engine's answer. "notice": of the machine
#: (camera, speed, disk), which no replay repeats.
Kind = Literal["command", "event", "notice"]
_KINDS = ("command", "event", "notice")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    n: int
    t_s: float
    kind: Kind
    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


class JournalWriter:
    """Appends entries; each is handed to the system at once. Raises OSError if that fails."""

    def __init__(self, path: Path) -> None:
        self._file = private.create(path)

    def add(self, entries: Iterable[Entry]) -> None:
        lines = [_line(entry) for entry in entries]
        if lines:
            self._file.write("".join(lines).encode("utf-8"))
            self._file.flush()

    def close(self) -> None:
        self._file.close()


def read_journal(path: Path) -> tuple[list[Entry], str | None]:
    """Entries as far as the file goes, and why it goes no further (None: to its end)."""
    raw = path.read_bytes()
    entries: list[Entry] = []
    *lines, rest = raw.split(b"\n")
    for line in lines:
        entry = _parsed(line)
        if entry is None:
            return entries, f"damaged after {len(entries)} entries"
        entries.append(entry)
    return entries, f"cut off after {len(entries)} entries" if rest else None


def _line(entry: Entry) -> str:
    body = json.dumps(
        {"n": entry.n, "t_s": entry.t_s, "kind": entry.kind, "name": entry.name,
         "data": dict(entry.data)},
        separators=(",", ":"), ensure_ascii=False,
    )  # fmt: skip
    return f'{{"crc":"{_crc(body)}",{body[1:]}\n'


def _parsed(line: bytes) -> Entry | None:
    try:
        text = line.decode("utf-8")
        data = json.loads(text)
        crc = data.pop("crc")
        body = text.replace(f'"crc":"{crc}",', "", 1)
        if crc != _crc(body) or data["kind"] not in _KINDS:
            return None
        return Entry(**data)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _crc(body: str) -> str:
    return f"{zlib.crc32(body.encode('utf-8')):08x}"
