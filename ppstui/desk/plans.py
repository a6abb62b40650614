"""What the desk answers when it is asked what would happen, and what did."""

from __future__ import annotations

from msgspec import Struct

from ppstui.desk.sources import SourceStatus
from ppstui.model import Command, Entry, Objection
from ppstui.rules.commands import Effect


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
