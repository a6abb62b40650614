"""Copies what can still be read of a damaged outbox into a new one, row by row."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_Cell = str | int | float | bytes | None

_PROBED = 20_000
"""How many of the newest rows are asked for one by one."""

_LAST = (
    "SELECT seq FROM sqlite_sequence WHERE name = 'entry'",
    "SELECT max(id) FROM entry",
    "SELECT max(id) FROM entry INDEXED BY standing",
    "SELECT max(entry) FROM log",
)
"""Where the highest number may be found; each reads other pages."""

_DISPENSABLE: dict[str, _Cell] = {"asked_by": "", "base_rev": "", "reason": "", "before": ""}
"""Columns without which an entry is still worth having, and what stands there instead."""

_BESIDE = {
    "log": "entry, at, state, text",
    "exchange": "entry, at, request, answer",
    "blob": "entry, content",
}
"""Tables that hold more about an entry, with their columns."""


def salvage(
    damaged: Path, into: sqlite3.Connection, *, readable: Callable[[tuple[_Cell, ...]], bool]
) -> tuple[int, int]:
    """How many entries could be copied, and how many are known to be lost. `readable` judges a row of `shown`."""
    saved = lost = 0
    old = sqlite3.connect(f"{damaged.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        last = _last_number(old)
        for number in range(max(1, last - _PROBED), last + 1):
            found = _copied(old, into, number, readable)
            saved += found is True
            lost += found is False
        if last:
            # Numbers are never used twice, so that `undo 7` cannot mean another thing tomorrow.
            into.execute("DELETE FROM sqlite_sequence WHERE name = 'entry'")
            into.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('entry', ?)", (last,))
    finally:
        old.close()
    return saved, lost


def _copied(
    old: sqlite3.Connection, into: sqlite3.Connection, number: int, readable: Callable[[tuple[_Cell, ...]], bool]
) -> bool | None:
    """Whether that entry could be copied; None when there is none of that number."""
    try:
        cursor = old.execute("SELECT * FROM entry WHERE id = ?", (number,))
        names = [column[0] for column in cursor.description]
        row = cursor.fetchone()
        if row is None:
            return None
        _kept(into, dict(zip(names, row, strict=True)))
        # Judged in the new file: the old one may be of an older version, or have lost its view.
        if not readable(into.execute("SELECT * FROM shown WHERE id = ?", (number,)).fetchone()):
            into.execute("DELETE FROM entry WHERE id = ?", (number,))
            return False
    except sqlite3.Error:
        return False
    for table, columns in _BESIDE.items():
        _copied_beside(old, into, number, table, columns)
    return True


def _copied_beside(old: sqlite3.Connection, into: sqlite3.Connection, number: int, table: str, columns: str) -> None:
    """What another table has about that entry; an entry is worth having without it."""
    places = ", ".join("?" * len(columns.split(",")))
    try:
        rows = old.execute(f"SELECT {columns} FROM {table} WHERE entry = ? ORDER BY rowid", (number,)).fetchall()  # noqa: S608 (our names)
        into.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608 (our names)
    except sqlite3.DatabaseError:
        return


def _kept(into: sqlite3.Connection, row: dict[str, _Cell]) -> None:
    """Puts a row into the new file, as far as the old one has its columns. Raises sqlite3.Error when it will not do."""
    known = [str(column[1]) for column in into.execute("PRAGMA table_info(entry)")]
    values = {name: value for name, value in (_DISPENSABLE | row).items() if name in known}
    names = ", ".join(values)
    places = ", ".join("?" * len(values))
    into.execute(f"INSERT INTO entry ({names}) VALUES ({places})", tuple(values.values()))  # noqa: S608 (our names)


def _last_number(old: sqlite3.Connection) -> int:
    found = 0
    for question in _LAST:
        try:
            row = old.execute(question).fetchone()
        except sqlite3.DatabaseError:
            continue
        found = max(found, int(row[0] or 0) if row else 0)
    return found
