"""What the desk answers when it is asked what would happen, and what goes into the outbox with a command then."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.desk.sources import SourceStatus
from ppstui.model import Command, Comment, Entry, Objection, command_name
from ppstui.rules.commands import Effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Record


class Plan(Struct, frozen=True):
    """What a command would do and what stands against it, before anything is queued."""

    command: Command
    objections: tuple[Objection, ...]
    effects: tuple[Effect, ...]
    reverse: Command | None = None
    """What would take it back once it has happened; None where nothing can."""

    @property
    def reversible(self) -> bool:
        """Whether it can be taken back once it has happened."""
        return self.reverse is not None

    @property
    def blocked(self) -> bool:
        """Whether it cannot go without an override."""
        return any(objection.blocking for objection in self.objections)


class Synced(Struct, frozen=True):
    """What `sync` came to."""

    sources: tuple[SourceStatus, ...]
    """Every source as it is now, in configured order."""
    delivered: tuple[Entry, ...]
    """What was delivered."""
    left: tuple[Entry, ...]
    """What was asked for and is still to be delivered or decided upon, newest first."""


NO_MAIL = (
    "there is no mail server to send a poll with; describe one in [targets] with type smtp, host and from, "
    "and name it in poll.via where there are several"
)


def new_key(command: Command) -> str:
    """A name for this write that no other write ever has, and that survives in mail subjects and URLs."""
    return f"{command_name(command)}-{base64.b32encode(os.urandom(10)).decode().lower()}"


def stripped(record: Record | None) -> Record | None:
    """The record without the texts of its messages, as an entry keeps it."""
    from ppstui.desk import seeing  # nothing is asked before the first frame

    return seeing.stripped(record)


def after_reading(entry: Entry, found: Sequence[Objection]) -> str:
    """What stands against an entry now that its record is known whole, and was not overridden; "" for nothing."""
    blocking = [objection for objection in found if objection.blocking]
    if not blocking or (entry.reason.strip() and all(objection.overridable for objection in blocking)):
        return ""
    told = "; ".join(objection.text for objection in blocking)
    return f"asked for when only the list was known; now that the record was read: {told}. Retry sends it anyway"


MEANWHILE = "since this was asked for: "
"""How it begins what stands against publishing an issue only now."""


def meanwhile(entry: Entry, found: Sequence[Objection]) -> str:
    """What stands against publishing an issue now that it was read again; "" for nothing, or where a person insists."""
    blocking = [objection.text for objection in found if objection.blocking]
    if not blocking or entry.last_error.startswith(MEANWHILE):
        return ""
    return f"{MEANWHILE}{'; '.join(blocking)}. Discard it, or retry to publish it all the same"


def override_note(command: Command, reason: str, against: Sequence[Objection]) -> Comment:
    """What is written to the record beside a command that goes although these rules stand against it."""
    rules = "\n".join(objection.text for objection in against)
    return Comment(target=command.target, text=f"{_opening(command)}{rules}\nReason: {reason}")


def explains(note: Entry | None, entry: Entry) -> bool:
    """Whether a pending entry is the note that explains that one: it was queued right behind it."""
    if note is None or note.id != entry.id + 1 or not note.state.pending or not isinstance(note.command, Comment):
        return False
    same = note.command.target == entry.command.target and bool(entry.reason) and note.reason == entry.reason
    return same and note.command.text.startswith(_opening(entry.command))


def _opening(command: Command) -> str:
    return f"{command_name(command)} although:\n"
