"""One courier per home: of several ppstui that share an outbox only one delivers, the others show and queue."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import sqlite3

LENGTH = dt.timedelta(seconds=120)
"""How long a lease holds without being prolonged; longer than one delivery may take, so none is overtaken in flight."""


_ENOUGH = dt.timedelta(seconds=90)
"""While this much is left the lease is not written again; still longer than one delivery may take."""


class Holder(Struct, frozen=True):
    """One running desk."""

    id: str
    pid: int
    host: str

    @classmethod
    def this(cls) -> Holder:
        """A new holder in this process."""
        return cls(os.urandom(8).hex(), os.getpid(), os.uname().nodename)


class Lease(Struct, frozen=True):
    """Who delivers."""

    mine: bool
    new: bool
    """Whether it was just taken from nobody or from another."""
    pid: int
    host: str
    until: dt.datetime


def take(connection: sqlite3.Connection, me: Holder, now: dt.datetime) -> Lease:
    """Takes or prolongs the lease where that is allowed, inside the caller's transaction; says how it stands."""
    row = connection.execute("SELECT holder, pid, host, until FROM lease").fetchone()
    if row is not None and row[0] != me.id:
        until = dt.datetime.fromisoformat(row[3])
        # An end further away than any lease is long was written by a clock that was wrong.
        running = now < until <= now + 2 * LENGTH
        if running and not (row[2] == me.host and _gone(row[1])):
            return Lease(mine=False, new=False, pid=row[1], host=row[2], until=until)
    mine_already = row is not None and row[0] == me.id
    if mine_already and now + _ENOUGH < (until := dt.datetime.fromisoformat(row[3])) <= now + LENGTH:
        return Lease(mine=True, new=False, pid=me.pid, host=me.host, until=until)
    until = now + LENGTH
    connection.execute(
        "INSERT OR REPLACE INTO lease (one, holder, pid, host, until) VALUES (1, ?, ?, ?, ?)",
        (me.id, me.pid, me.host, until.isoformat()),
    )
    return Lease(mine=True, new=not mine_already, pid=me.pid, host=me.host, until=until)


def keep(connection: sqlite3.Connection, me: Holder, now: dt.datetime) -> bool:
    """Prolongs the lease, if it still is this holder's. Whether it is."""
    row = connection.execute("SELECT holder FROM lease").fetchone()
    return row is not None and row[0] == me.id and take(connection, me, now).mine


def held_by(connection: sqlite3.Connection, holder: str, now: dt.datetime) -> bool:
    """Whether that one delivers now, as far as anybody knows."""
    row = connection.execute("SELECT holder, until FROM lease").fetchone()
    return row is not None and row[0] == holder and now < dt.datetime.fromisoformat(row[1]) <= now + 2 * LENGTH


def give_up(connection: sqlite3.Connection, me: Holder) -> None:
    """Ends the lease, if it is this holder's."""
    connection.execute("DELETE FROM lease WHERE holder = ?", (me.id,))


def _gone(pid: int) -> bool:
    """Whether no process of this machine has that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
