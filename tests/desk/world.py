"""A world for tests of everything above the port: trackers that remember, a clock turned by hand, desks on one home.

    world = World(tmp_path)
    rt = world.tracker("rt")
    rt.has(rollout("rt:1"))
    desk = world.desk()
    await desk.refresh()

A tracker is idempotent by key, as the port demands, and counts effects, so that a test can say "once". Its faults are
plain attributes. Nothing here opens a connection or sleeps.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, TypeVar, get_args

import msgspec

from ppstui.desk import Changed, Desk, OutboxChanged, Said, Source
from ppstui.errors import Conflict, Doubtful, Gone, NotAuthorised, Refused, Unreachable, Unsupported
from ppstui.model import (
    Assignment,
    Attachment,
    Command,
    Event,
    Kind,
    Message,
    NewRollout,
    Phase,
    Receipt,
    Ref,
    Rollout,
    Team,
    command_name,
)
from ppstui.port import Batch, Exchange, Health, Offer
from ppstui.rules import commands
from ppstui.rules.conflicts import differences
from ppstui.rules.policy import Policy
from ppstui.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from ppstui.desk import Event as Told
    from ppstui.model import Record
    from ppstui.port import Letter, Mailer, Since

_Numbered = TypeVar("_Numbered", Message, Event, Attachment)

START = dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)
"""A Monday morning."""

WRITES: frozenset[type[Command]] = frozenset(get_args(Command))


def rollout(ref: str, title: str = "", *, teams: Iterable[str] = (), phase: Phase = Phase.OPEN) -> Rollout:
    """A rollout of the default kind; `teams` were told on Monday morning."""
    return Rollout(
        ref=Ref.parse(ref),
        rev="1",
        title=title or "Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64",
        status=phase.value,
        phase=phase,
        created=START - dt.timedelta(days=3),
        updated=START - dt.timedelta(days=1),
        assignments=tuple(Assignment(team=team, notified=START) for team in teams),
    )


class Clock:
    """The time, turned by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now

    def turn(self, **span: float) -> None:
        """Lets time pass: `turn(hours=2)`; backwards too."""
        self.now += dt.timedelta(**span)


class Tracker:
    """The other side of a source: what it holds, what it was asked, and how it misbehaves."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.records: dict[Ref, Record] = {}
        self.effects: list[tuple[str, Command]] = []
        """Every effect there was, with its key, in order."""
        self.found: list[Record] = []
        """The record that each effect met."""
        self.asked: list[str] = []
        """Every call, in order: `fetch rollouts`, `apply comment`, …"""
        self.touched: dict[Ref, int] = {}
        self.counter = 0
        self.page = 100
        self.down = False
        self.calls_left: int | None = None
        """After so many calls nobody answers any more; None: as long as it is up."""
        self.retry_after: float | None = None
        self.unauthorised = False
        self.refuse = 0
        """So many of the next commands are refused."""
        self.lose_answers = 0
        """So many of the next commands have their effect, and no answer arrives."""
        self.silent = False
        """Accepts and never answers."""
        self.bare_receipts = False
        """Receipts come without the record."""
        self.incremental = True
        self.gate: asyncio.Event | None = None
        """When set, every apply waits for it."""
        self.arrivals: asyncio.Queue[Command] = asyncio.Queue()
        """Every apply, as it comes in."""
        self.under_way = 0
        self.most_under_way = 0
        self.handed: list[Command] = []
        """Every command as it came, files included."""
        self.seen: list[Record | None] = []
        """What the person had seen, of every command as it came."""
        self.witness: Callable[[Exchange], None] | None = None
        """Is told of every command as a request that changes something."""
        self.breaks = False
        """The adapter has a bug."""
        self.breaks_after = False
        """The adapter has a bug that shows after the effect: as if the program ended there."""

    def has(self, *records: Record) -> None:
        """Puts records there, or other versions of them, as a colleague would."""
        for record in records:
            self.counter += 1
            self.touched[record.ref] = self.counter
            self.records[record.ref] = msgspec.structs.replace(record, rev=str(self.counter))

    def loses(self, ref: Ref) -> None:
        """The record is deleted there."""
        del self.records[ref]

    def texts(self, ref: str) -> list[str]:
        """What was written on a record, oldest first."""
        record = self.records[Ref.parse(ref)]
        assert isinstance(record, Rollout)
        return [message.text for message in record.messages]

    def keys_of(self, ref: str | None = None) -> list[str]:
        """The keys of the effects there were, on one record or on all."""
        return [key for key, command in self.effects if ref is None or str(command.target) == ref]

    async def answers(self, what: str) -> None:
        """Every call begins here."""
        self.asked.append(what)
        await asyncio.sleep(0)
        if self.silent:
            await asyncio.Event().wait()
        if self.calls_left is not None:
            self.calls_left -= 1
        if self.down or (self.calls_left is not None and self.calls_left < 0):
            message = f"{self.name}: nobody answers; check the network"
            raise Unreachable(message, source=self.name, retry_after=self.retry_after)
        if self.unauthorised:
            raise NotAuthorised(f"{self.name}: the token is not accepted; renew it", source=self.name)


class FakeBackend:
    """The adapter to a tracker."""

    def __init__(self, tracker: Tracker, offer: Offer) -> None:
        self._tracker = tracker
        self._offer = offer
        self.closed = False

    @property
    def offer(self) -> Offer:
        return self._offer

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        tracker = self._tracker
        await tracker.answers(f"fetch {kind.value}")
        after = int(since.cursor) if since and tracker.incremental else 0
        cursor = str(tracker.counter)
        records = [
            record for ref, record in tracker.records.items() if record.kind is kind and tracker.touched[ref] > after
        ]
        gone = () if not after else tuple(sorted(set(tracker.touched) - set(tracker.records)))
        pages = [records[at : at + tracker.page] for at in range(0, len(records), tracker.page)] or [[]]
        for number, page in enumerate(pages, 1):
            last = number == len(pages)
            yield Batch(
                records=tuple(page),
                gone=gone if last else (),
                complete=last and not after,
                cursor=cursor if last and tracker.incremental else "",
            )
            await tracker.answers("more")

    async def look(self, ref: Ref) -> Record:
        await self._tracker.answers(f"look {ref}")
        return self._found(ref)

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        tracker = self._tracker
        tracker.under_way += 1
        tracker.most_under_way = max(tracker.most_under_way, tracker.under_way)
        tracker.handed.append(command)
        tracker.seen.append(seen)
        tracker.arrivals.put_nowait(command)
        try:
            await tracker.answers(f"apply {command_name(command)}")
            if tracker.gate is not None:
                await tracker.gate.wait()
            receipt = self._applied(command, key, seen)
            if tracker.witness is not None:
                tracker.witness(Exchange(key, f"POST {command_name(command)}", f"200 {receipt.text}"))
            return receipt
        finally:
            tracker.under_way -= 1

    async def check(self) -> Health:
        await self._tracker.answers("check")
        return Health(text=f"{self._tracker.name} is a fake")

    async def aclose(self) -> None:
        self.closed = True

    def _found(self, ref: Ref) -> Record:
        record = self._tracker.records.get(ref)
        if record is None:
            raise Gone(f"{ref} is not there any more", source=self._tracker.name)
        return record

    def _applied(self, command: Command, key: str, seen: Record | None) -> Receipt:
        tracker = self._tracker
        if tracker.breaks:
            raise ZeroDivisionError("a bug in the adapter")
        if type(command) not in self._offer.writes:
            raise Unsupported(f"{tracker.name} does not offer that", source=tracker.name)
        if key not in tracker.keys_of():
            if tracker.refuse:
                tracker.refuse -= 1
                raise Refused(f"{tracker.name}: it will not", source=tracker.name)
            self._have_effect(command, key, seen)
        if tracker.breaks_after:
            raise ZeroDivisionError("a bug in the adapter")
        if tracker.lose_answers:
            tracker.lose_answers -= 1
            raise Unreachable(f"{tracker.name}: the answer was lost", source=tracker.name)
        record = tracker.records[self._about(command, key)]
        assert isinstance(record, Rollout)
        return Receipt(
            text=f"{record.ref} shows it", id=record.ref.id, record=None if tracker.bare_receipts else record
        )

    def _about(self, command: Command, key: str) -> Ref:
        """The record that a command is about; a new one is named after its key."""
        return Ref(command.target.source, f"made-{key[-6:]}") if isinstance(command, NewRollout) else command.target

    def _have_effect(self, command: Command, key: str, seen: Record | None) -> None:
        tracker = self._tracker
        ref = self._about(command, key)
        if isinstance(command, NewRollout):
            tracker.has(rollout(str(ref), command.title, phase=Phase.NEW))
        known = self._found(ref)
        assert isinstance(known, Rollout)
        found = differences(command, seen, known) if isinstance(seen, Rollout) else ()
        if found:
            what = ", ".join(each.what for each in found)
            raise Conflict(f"{ref} moved on: {what}", source=tracker.name, current=known)
        tracker.effects.append((key, command))
        tracker.found.append(known)
        made = commands.preview(command, known, Policy(), tracker.clock(), "desk", key)
        tracker.has(
            msgspec.structs.replace(
                made,
                messages=self._numbered(made.messages),
                events=self._numbered(made.events),
                attachments=self._numbered(made.attachments),
            )
        )

    def _numbered(self, things: tuple[_Numbered, ...]) -> tuple[_Numbered, ...]:
        """With the server's own numbers in the place of those by which they are shown before."""
        return tuple(
            msgspec.structs.replace(thing, id=f"{self._tracker.counter}.{place}")
            if thing.id.startswith("pending:")
            else thing
            for place, thing in enumerate(things)
        )


class FakeMailer:
    """A mail server that keeps what it took, and how it misbehaves."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []
        self.tries = 0
        self.lose_answers = 0
        """So many of the next mails are taken, and no answer arrives."""
        self.failure: Exception | None = None
        """What the next mails end with, before they leave."""
        self.gate: asyncio.Event | None = None
        """When set, every mail waits for it before it is taken."""
        self.arrivals: asyncio.Queue[Letter] = asyncio.Queue()

    async def send(self, letter: Letter) -> str:
        self.tries += 1
        self.arrivals.put_nowait(letter)
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        if self.gate is not None:
            await self.gate.wait()
        self.sent.append(letter)
        if self.lose_answers:
            self.lose_answers -= 1
            raise Doubtful("mail: it took the whole mail and gave no answer", source="mail")
        return "250 queued"

    async def check(self) -> Health:
        return Health(text="mail is a fake")


class World:
    """One home folder, one clock, some trackers, and the desks on them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = Clock()
        self.trackers: dict[str, Tracker] = {}
        self.sources: list[Source] = []
        self.opened: list[str] = []
        """The sources that were opened, each time."""
        self.events: list[Told] = []
        self.told: asyncio.Queue[Told] = asyncio.Queue()
        """The same, for who waits for the next."""
        self.said: list[str] = []
        """What the store said, and what desks told to be said."""
        self.mailer: FakeMailer | None = FakeMailer()
        """The mail server of every desk opened from now on."""

    def tracker(
        self,
        name: str,
        *,
        kinds: Iterable[Kind] = (Kind.ROLLOUT,),
        read_only: bool = False,
        refresh: dt.timedelta = dt.timedelta(seconds=60),
        offers: frozenset[type[Command]] = WRITES,
    ) -> Tracker:
        """A new tracker, and a source of that name on every desk opened from now on."""
        tracker = self.trackers[name] = Tracker(name, self.clock)
        offer = Offer(reads=frozenset(kinds), writes=offers, incremental=True)

        def opener() -> FakeBackend:
            self.opened.append(name)
            return FakeBackend(tracker, offer)

        self.sources.append(Source(name, opener, offer.reads, refresh, read_only, offers))
        return tracker

    def desk(
        self, *, read_only: bool = False, offline: bool = False, patience: float = 5.0, policy: Policy | None = None
    ) -> Desk:
        """A desk on this home, as a new process would open it, with the stored board on it."""
        cache, outbox = open_store(self.home, self.clock, self.said.append)
        desk = Desk(
            cache=cache,
            outbox=outbox,
            sources=self.sources,
            policy=policy or Policy(),
            clock=self.clock,
            emit=self.emit,
            by="coordinator",
            read_only=read_only,
            offline=offline,
            patience=patience,
            mailer=self._mailer() if self.mailer else None,
        )
        for tracker in self.trackers.values():
            tracker.witness = desk.witness
        desk.begin()
        return desk

    def _mailer(self) -> Callable[[], Mailer]:
        return lambda: self.mailer  # type: ignore[return-value]  # there is one

    def emit(self, event: Told) -> None:
        """Keeps what desks tell."""
        self.events.append(event)
        self.told.put_nowait(event)
        if isinstance(event, Said):
            self.said.append(event.text)

    def changed(self) -> list[Ref]:
        """The records that desks told to have changed, in order, and forgets them."""
        refs = [ref for event in self.events if isinstance(event, Changed) for ref in sorted(event.refs or ())]
        self.events.clear()
        return refs

    def states(self) -> list[str]:
        """How the outbox's entries moved, as desks told it: `1 waiting`, `1 sending`, `1 done`."""
        return [
            f"{event.entry.id} {event.entry.state.value}" for event in self.events if isinstance(event, OutboxChanged)
        ]


def team(ref: str, name: str) -> Team:
    """A team of a registry."""
    return Team(ref=Ref.parse(ref), name=name)
