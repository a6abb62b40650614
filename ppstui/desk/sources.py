"""The sources as the desk is given them, and how each is doing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from msgspec import Struct, field

from ppstui.model import Command, Kind
from ppstui.port import Backend
from ppstui.rules.tracker import Tracker


class Source(Struct, frozen=True):
    """One configured source: how to open it and what it serves here. The opener is called in a thread, on first use."""

    name: str
    open: Callable[[], Backend]
    kinds: frozenset[Kind]
    refresh: dt.timedelta
    read_only: bool = False
    offers: frozenset[type[Command]] = frozenset()
    """What it can write, known without opening it."""
    tracker: Tracker = field(default_factory=Tracker)
    """Its words and ways, for the exact effect of a plan."""
    traces: bool = True
    """Whether what was written there can be found again by its key; else it is handed over at most once."""


class SourceStatus(Struct, frozen=True):
    """How a source is doing; what a pane shows as freshness."""

    name: str
    ok: bool
    """False when the last reading failed; the last good data stays on the board."""
    reading: bool = False
    as_of: dt.datetime | None = None
    """The end of the last good reading; None when there never was one."""
    error: str = ""
    note: str = ""
    held: str = ""
    """Why nothing is sent to it until a person acts; "" when deliveries flow."""
    progress: str = ""
    """How many records the reading under way has brought, "" when there is none."""
