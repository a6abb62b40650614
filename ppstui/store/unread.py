"""Entries of the outbox that this version cannot read: what is known of them, and giving them up.

Nothing of them is ever sent by this version, and what was asked for later about their record waits behind them. So a
person may look at what is known, and give them up: from then on no other version sends them either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec import Struct

from ppstui.errors import UsageError
from ppstui.model import State
from ppstui.store import lease
from ppstui.store.asked import LEAVING
from ppstui.store.rows import Cell, decoded, put, text

if TYPE_CHECKING:
    import datetime as dt
    import sqlite3

Log = Callable[["sqlite3.Connection", int, str], None]
"""Writes a line into the log of the entry of that number."""

_COLUMNS = (
    "id, key, name, source, target, about, asked_at, asked_by, state, tries, last_error, mail, settled_at, holder"
)


class Unread(Struct, frozen=True, kw_only=True):
    """What the file says of an entry that cannot be read; every text is as it stands there, whatever it is."""

    id: int
    key: str
    name: str
    """The action's name."""
    source: str
    target: str
    about: str
    """What it waits in line for, and has later entries wait for."""
    asked_at: str
    by: str
    state: str
    tries: str
    last_error: str
    mail: str
    settled_at: str
    why: str
    """Why it cannot be read."""
    happened: tuple[tuple[str, str, str], ...] = ()
    """When, in which state, what: its log."""

    @property
    def pending(self) -> bool:
        """Whether later entries about its record wait for it: an unknown state ends nothing."""
        return not self.settled_at


def unread(connection: sqlite3.Connection, *, pending: bool = False) -> tuple[Unread, ...]:
    """All that cannot be read, newest first; the settled ones too, or only those that something may wait for."""
    rows = connection.execute(
        "SELECT * FROM shown WHERE settled_at IS NULL OR NOT ? ORDER BY id DESC", (pending,)
    ).fetchall()
    reasons = ((row[0], _why(row)) for row in rows)
    return tuple(_told(connection, number, why) for number, why in reasons if why)


def give_up(connection: sqlite3.Connection, number: int, now: dt.datetime, log: Log) -> Unread:
    """Settles one for good, inside the caller's transaction. Raises UsageError where there is nothing to give up."""
    row = connection.execute("SELECT * FROM shown WHERE id = ?", (number,)).fetchone()
    why = _why(row) if row else ""
    if not why:
        raise UsageError(f"there is no entry {number} that cannot be read; `ppstui outbox list` shows them")
    found = _told(connection, number, why)
    if not found.pending:
        raise UsageError(f"entry {number} is {found.state} already")
    if found.state == State.SENDING.value and lease.held_by(connection, _holder(connection, number), now):
        raise UsageError(f"entry {number} is being sent right now by another ppstui; wait for the answer")
    told = f"discarded; {why}"
    if found.mail:
        told += "; its mail may have left" if found.mail == LEAVING else "; its mail went before"
    elif found.tries != "0":
        told += f"; an earlier attempt may have reached {found.source}, look at the record"
    put(connection, number, state=State.DISCARDED.value, settled_at=text(now), seen=None, due=None)
    connection.execute("DELETE FROM blob WHERE entry = ?", (number,))
    log(connection, number, told)
    return _told(connection, number, why)


def _holder(connection: sqlite3.Connection, number: int) -> str:
    return str(connection.execute("SELECT holder FROM entry WHERE id = ?", (number,)).fetchone()[0])


def _told(connection: sqlite3.Connection, number: int, why: str) -> Unread:
    row = connection.execute(f"SELECT {_COLUMNS} FROM entry WHERE id = ?", (number,)).fetchone()  # noqa: S608 (our names)
    names = _COLUMNS.split(", ")[1:-1]
    found = dict(zip(names, (_text(cell) for cell in row[1:-1]), strict=True))
    log = connection.execute("SELECT at, state, text FROM log WHERE entry = ? ORDER BY no", (number,)).fetchall()
    happened = tuple((_text(at), _text(state), _text(told)) for at, state, told in log)
    return Unread(id=number, by=found.pop("asked_by"), why=why, happened=happened, **found)


def _text(cell: Cell) -> str:
    """Whatever a damaged cell holds, as text."""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return "" if cell is None else str(cell)


def _why(row: tuple[Cell, ...]) -> str:
    """Why a row of `shown` cannot be read; "" when it can."""
    try:
        decoded(row)
    except (msgspec.MsgspecError, ValueError) as error:
        return _reason(_text(row[2]), str(error))
    return ""


def _reason(command: str, error: str) -> str:
    try:
        found = cast("object", msgspec.json.decode(command))
    except (msgspec.MsgspecError, ValueError):
        return "what it asks for is damaged"
    name = found.get("do") if isinstance(found, dict) else None
    if not isinstance(name, str):
        return "what it asks for is damaged"
    if error.endswith("at `$.do`"):
        return f"it asks for {name!r}, which this version does not know"
    return f"it is damaged, or of another version ({error})"
