"""What stands against a command, what came of it, and how it stands in the outbox."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from msgspec import Struct

from ppstui.model.previews import Command, Record


class Objection(Struct, frozen=True, kw_only=True):
    """A rule that stands against a command."""

    rule: str
    """A stable code: `outcome-missing`, `cooldown`, `read-only`, …"""
    text: str
    """One sentence: what stands against it, and what would lift it."""
    blocking: bool = True
    """False: a warning that is shown and does not stop anything."""
    overridable: bool = False
    """Whether `--force --reason TEXT` lifts it; the reason is written to the record."""


class Receipt(Struct, frozen=True, kw_only=True):
    """What came back for a command that was applied and read back."""

    text: str
    """One sentence for the log: what the server shows now."""
    id: str = ""
    """The server's id of what was made, "" when nothing was."""
    record: Record | None = None
    """The record after the command, when the adapter read it back whole."""


class State(Enum):
    """How an entry of the outbox stands (SURFACE §3)."""

    WAITING = "waiting"
    SENDING = "sending"
    HELD = "held"
    """The whole source waits: credentials, or the user's wish."""
    PARKED = "parked"
    """Refused or in conflict: a person decides; only its own record waits behind it."""
    DONE = "done"
    UNDONE = "undone"
    DISCARDED = "discarded"

    @property
    def pending(self) -> bool:
        """Whether it may still have an effect."""
        return self in (State.WAITING, State.SENDING, State.HELD, State.PARKED)


class Entry(Struct, frozen=True, kw_only=True):
    """One write ever asked for, and how it ended."""

    id: int
    key: str
    """The idempotency key the adapter can find again on the server."""
    command: Command
    asked_at: dt.datetime
    by: str
    state: State = State.WAITING
    tries: int = 0
    due: dt.datetime | None = None
    """Not before this instant; None: at once."""
    last_error: str = ""
    receipt: str = ""
    base_rev: str = ""
    """The record's rev the user was looking at."""
    reason: str = ""
    """Why a rule was overridden, or "" when none was."""
    before: str = ""
    """What was there before, in a line, for the log and for undo."""
    settled_at: dt.datetime | None = None
    conflict: bool = False
    """It was parked because the record had moved on; False again once somebody looked and let it go."""
    mail: str = ""
    """How far its mail is, for what sends one: "" not sent, `leaving` while nobody knows, else what the server said."""
