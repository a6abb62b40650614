"""What a new courier takes up that the last one left in the middle of being sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from ppstui.store.asked import LEAVING
from ppstui.store.outbox import REST
from ppstui.store.rows import put, text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection

    from ppstui.store import lease

CRASHES_ALLOWED: Final = 3
"""After so many ends of the program in the middle of sending it, an entry is parked, not tried again."""

_LONGEST_DELIVERY = dt.timedelta(seconds=90)
"""No delivery takes longer, and a server works at none longer than that."""


class Hand(NamedTuple):
    """What is done to an entry of that number."""

    log: Callable[[int, str], None]
    doubt: Callable[[int], None]


def take_up(
    connection: sqlite3.Connection,
    now: dt.datetime,
    me: lease.Holder,
    under_way: Collection[int],
    hand: Hand,
    *,
    new: bool,
) -> None:
    """What was being sent goes again after a rest, under its key; what was held is tried with today's credentials.

    But no mail: that leaves no trace by which it could be found again. What is in `under_way` is still being sent.
    """
    rows = connection.execute(
        "SELECT id, crashes, mail, holder, (SELECT max(at) FROM log WHERE entry = entry.id AND text = 'sent')"
        " FROM entry WHERE state = 'sending'"
    ).fetchall()
    for number, crashes, mail, holder, sent in rows:
        mine = holder == me.id
        if mine and number in under_way:
            continue
        if mail == LEAVING:
            hand.doubt(number)
        elif not mine and crashes + 1 >= CRASHES_ALLOWED:
            error = f"ppstui ended {crashes + 1} times while sending this; see its log, then retry or discard"
            put(connection, number, state="parked", last_error=error, crashes=crashes + 1)
            hand.log(number, error)
        else:
            rested = sent is not None and sent <= text(now - _LONGEST_DELIVERY)
            due = None if rested else text(now + REST)
            put(connection, number, state="waiting", due=due, crashes=crashes + (not mine))
            hand.log(number, "found half sent; goes again under the same key")
    if new:
        connection.execute("UPDATE entry SET state = 'waiting' WHERE state = 'held'")
