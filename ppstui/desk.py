"""The desk without a face: the board of what is known, the refreshing of sources, delivery.

The dashboard and the command line are two faces of the same desk. It knows no backend (openers are handed in), no widget
and no configuration file. Everything that happens is told through `emit` as an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from ppstui.model import Command, Entry, Kind, Objection, Record, Ref, Rollout
    from ppstui.port import Backend
    from ppstui.rules.commands import Effect
    from ppstui.rules.policy import Policy
    from ppstui.rules.rollouts import Standing


# ----------------------------------------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class Changed:
    """Records of this kind came, went or moved; refs is None when it may be any of them."""

    kind: Kind
    refs: frozenset[Ref] | None = None


@dataclass(frozen=True, slots=True)
class OutboxChanged:
    """An entry was queued, settled, parked, held, undone or discarded."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class SourceChanged:
    """A source began or ended a reading, went down or came back."""

    source: str


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence the user should see once: a store was rebuilt, a source came back."""

    text: str
    bad: bool = False


Event = Changed | OutboxChanged | SourceChanged | Said


# ------------------------------------------------------------------------------------------------------- the sources


@dataclass(frozen=True, slots=True)
class Source:
    """One configured source: how to open it and what it serves here. The opener is called in a thread, on first use."""

    name: str
    open: Callable[[], Backend]
    kinds: frozenset[Kind]
    refresh: dt.timedelta
    read_only: bool = False
    offers: frozenset[type[Command]] = frozenset()
    """What it can write, known without opening it."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
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
    """`120 of 200` while reading, "" otherwise."""


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


class Line:
    """One record on the board, cheap to hold by the hundred thousand: decoded and judged only when somebody looks."""

    __slots__ = ("ref", "text", "urgency")

    ref: Ref
    urgency: float
    """Smaller presses more: the order of the board."""
    text: str
    """Everything shown of it, case-folded, for filtering by bare words."""


class Board:
    """What is known, and all that widgets read. Pending actions are laid over the facts."""

    def count(self, kind: Kind, *, closed: bool = False) -> int:
        """How many there are, also while not all are loaded yet."""
        raise NotImplementedError

    def lines(self, kind: Kind, *, closed: bool = False) -> Sequence[Line]:
        """The loaded ones, most pressing first; without `closed` only records somebody may still have to act on."""
        raise NotImplementedError

    def rollout(self, ref: Ref) -> Rollout | None:
        """One rollout with what is pending laid over it; None when unknown."""
        raise NotImplementedError

    def standing(self, ref: Ref) -> Standing | None:
        """Where that rollout stands now; remembered until it may change."""
        raise NotImplementedError

    def record(self, ref: Ref) -> Record | None:
        """Any record, by reference."""
        raise NotImplementedError

    def entries(self, ref: Ref | None = None) -> tuple[Entry, ...]:
        """The outbox, newest first: all, or those about one record."""
        raise NotImplementedError

    def sources(self) -> tuple[SourceStatus, ...]:
        """Every source in configured order."""
        raise NotImplementedError


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
