"""The application without a face: what the dashboard and the command line ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from ppstui.desk.board import Board
    from ppstui.model import Command, Entry, Objection, Record, Ref
    from ppstui.rules.commands import Effect
    from ppstui.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command would do and what stands against it, before anything is queued."""

    command: Command
    objections: tuple[Objection, ...]
    effects: tuple[Effect, ...]
    reversible: bool

    @property
    def blocked(self) -> bool:
        """Whether it cannot go without an override."""
        return any(objection.blocking for objection in self.objections)


class Desk:
    """The application without a face. Its coroutines belong to one event loop; the store has a thread of its own."""

    board: Board
    policy: Policy

    def now(self) -> dt.datetime:
        """The present instant, aware, UTC."""
        raise NotImplementedError

    def begin(self, limit: int = 200) -> None:
        """Puts the most pressing stored records on the board, before anything is asked: a few milliseconds."""
        raise NotImplementedError

    async def load(self) -> None:
        """Loads the rest of the stored records in small steps, off the event loop."""
        raise NotImplementedError

    async def run(self) -> None:
        """Refreshes every source at its own pace and delivers what is due, until cancelled."""
        raise NotImplementedError

    async def refresh(self, sources: Iterable[str] | None = None) -> None:
        """Reads these sources (all of them: None) now, side by side; failures end up in their status, not here."""
        raise NotImplementedError

    async def look(self, ref: Ref) -> Record:
        """Reads one record whole from its source, with its history. Raises BackendError, NoSuchRecord."""
        raise NotImplementedError

    def can(self, command: type[Command], ref: Ref) -> str:
        """Why this command is not offered on that record; "" when it is."""
        raise NotImplementedError

    def plan(self, command: Command) -> Plan:
        """What it would do and what stands against it; touches nothing. Raises NoSuchRecord."""
        raise NotImplementedError

    async def submit(self, command: Command, *, reason: str = "", base_rev: str | None = None) -> Entry:
        """Queues a command; when it returns the entry is on disk. Raises Objected, NoSuchRecord, StoreError.

        `reason` overrides what may be overridden and is written to the record. `base_rev` is the rev the user was
        looking at; None takes the board's.
        """
        raise NotImplementedError

    async def deliver(self, *, only: Ref | None = None) -> None:
        """Carries what is due to its sources, each record's entries in order; failures end up in the entries."""
        raise NotImplementedError

    async def undo(self, entry_id: int | None = None) -> Entry:
        """Takes back what has not left yet, or queues the reverse of what has; None: the last one that can be.

        Returns the entry undone, or the new reversing one. Raises UsageError with the reason when nothing can.
        """
        raise NotImplementedError

    async def retry(self, entry_id: int) -> Entry:
        """Lets a parked or held entry go again, now. Raises UsageError."""
        raise NotImplementedError

    async def discard(self, entry_id: int) -> Entry:
        """Gives up an entry that has not been delivered; it stays in the log. Raises UsageError."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Closes every source and the store; never takes longer than half a second."""
        raise NotImplementedError
