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

_KEEP = """INSERT INTO entry (id, key, name, source, target, about, command, asked_at, asked_by, base_rev, reason,
    before, record_before, reverses, state, holder, tries, crashes, due, last_error, receipt, settled_at)
    VALUES (:id, :key, :name, :source, :target, :about, :command, :asked_at, :asked_by, :base_rev, :reason,
    :before, :record_before, :reverses, :state, :holder, :tries, :crashes, :due, :last_error, :receipt, :settled_at)"""


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
        if not readable(old.execute("SELECT * FROM shown WHERE id = ?", (number,)).fetchone()):
            return False
        into.execute(_KEEP, dict(zip(names, row, strict=True)))
    except sqlite3.Error:
        return False
    try:
        log = old.execute("SELECT entry, at, state, text FROM log WHERE entry = ? ORDER BY no", (number,)).fetchall()
    except sqlite3.DatabaseError:
        return True
    into.executemany("INSERT INTO log (entry, at, state, text) VALUES (?, ?, ?, ?)", log)
    return True


def _last_number(old: sqlite3.Connection) -> int:
    found = 0
    for question in _LAST:
        try:
            row = old.execute(question).fetchone()
        except sqlite3.DatabaseError:
            continue
        found = max(found, int(row[0] or 0) if row else 0)
    return found
