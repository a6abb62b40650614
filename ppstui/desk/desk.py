"""The application without a face: what the dashboard and the command line ask for."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.desk.aside import Aside
from ppstui.desk.board import Board
from ppstui.desk.channels import Channel
from ppstui.desk.courier import Courier
from ppstui.desk.events import Changed, Said
from ppstui.desk.pace import Pace
from ppstui.desk.reading import Reader
from ppstui.desk.sources import SourceStatus
from ppstui.errors import NoSuchRecord, Objected, PpsError, StoreError, Unreachable, UsageError
from ppstui.model import Command, Comment, Entry, Kind, NewRollout, Objection, Reply, Rollout, State, command_name
from ppstui.rules import commands
from ppstui.rules.commands import Effect
from ppstui.store import Wanted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from ppstui.desk.events import Event
    from ppstui.desk.sources import Source
    from ppstui.model import Record, Ref
    from ppstui.rules.policy import Policy
    from ppstui.store import Cache, Happening, Outbox, Reading

_SHOWN_SETTLED = 200
"""How many settled entries are on the board before everything is loaded."""

_CLOSING = 0.4
"""Seconds the sources get to say goodbye; quitting takes less than one."""


class Plan(Struct, frozen=True):
    """What a command would do and what stands against it, before anything is queued."""

    command: Command
    objections: tuple[Objection, ...]
    effects: tuple[Effect, ...]
    reversible: bool

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


class Desk:
    """The application without a face. Its coroutines belong to one event loop; the store has a thread of its own."""

    def __init__(  # noqa: PLR0913  what a desk is made of, each named where it is made
        self,
        *,
        cache: Cache,
        outbox: Outbox,
        sources: Sequence[Source],
        policy: Policy,
        clock: Callable[[], dt.datetime],
        emit: Callable[[Event], None],
        by: str,
        read_only: bool = False,
        offline: bool = False,
        patience: float = 60.0,
    ) -> None:
        """`by` is who asks, for the log. `offline` opens no source. `patience`: seconds a source may be silent."""
        self.policy = policy
        self.read_only = read_only
        self.offline = offline
        self._clock = clock
        self._emit = emit
        self._by = by
        self._cache = cache
        self._outbox = outbox
        self._aside = Aside()
        self._channels = {source.name: Channel(source) for source in sources}
        self.board = Board(cache, policy, clock, self._statuses, self._complain)
        self._reader = Reader(cache, self.board, self._aside, policy, clock, emit, patience)
        self._courier = Courier(outbox, self.board, self._reader, self._aside, clock, emit, patience)
        self._pace = Pace(self, self._aside, cache, outbox, clock, emit)
        self._keeping: set[asyncio.Task[tuple[Entry, ...]]] = set()
        self._closed = False

    def now(self) -> dt.datetime:
        """The present instant, aware, UTC."""
        return self._clock()

    @property
    def courier(self) -> str:
        """Who delivers, when it is another ppstui on this home: `process 4711 on HOST`; "" when it may be this one."""
        lease = self._courier.lease
        return "" if lease is None or lease.mine else f"process {lease.pid} on {lease.host}"

    # ------------------------------------------------------------------------------------------------- what is known

    def begin(self, limit: int = 60) -> None:
        """Puts the most pressing stored records on the board, a screenful, before anything is asked: milliseconds."""
        try:
            for kind in Kind:
                placed, tally = self._cache.first(kind, limit)
                self.board.fill(kind, placed, tally)
            self.board.recall(self._cache.records(Kind.ROLLOUT, limit))
            self._note_readings(self._cache.readings())
        except StoreError as error:
            self._complain(str(error))
        try:
            self.board.put_entries(self._outbox.entries(_SHOWN_SETTLED))
        except StoreError as error:
            self._complain(str(error))

    async def load(self) -> None:
        """Loads the rest of the stored records in small steps, off the event loop."""
        try:
            await self._aside.run(self._outbox.prune)
            self.board.put_entries(await self._aside.run(self._outbox.entries))
            for kind in Kind:
                for live in (True, False):
                    chunks = self._cache.lines(kind, live=live)
                    while (chunk := await self._aside.run(lambda chunks=chunks: next(chunks, None))) is not None:  # type: ignore[misc]
                        self.board.fill(kind, chunk)
                self.board.completed(kind)
                self._emit(Changed(kind))
        except StoreError as error:
            self._complain(str(error))
        await self._pace.judge_anew()

    async def look(self, ref: Ref) -> Record:
        """Reads one record whole from its source, with its history. Raises BackendError, NoSuchRecord."""
        channel = self._channel(ref)
        if self.offline:
            raise Unreachable(f"{ref}: working offline, nothing is asked", source=channel.name)
        return await self._reader.look(channel, ref.whole)

    # ------------------------------------------------------------------------------------------------------- reading

    async def run(self) -> None:
        """Refreshes every source at its own pace and delivers what is due, until cancelled."""
        await self._pace.run()

    def nudge(self) -> None:
        """Looks at the clock and the outbox again now: after a suspension, or when something was queued."""
        self._pace.nudge()

    async def refresh(self, sources: Iterable[str] | None = None) -> None:
        """Reads these sources (all of them: None) now, side by side; failures end up in their status, not here."""
        if self.offline:
            return
        names = self._channels if sources is None else dict.fromkeys(sources)
        unknown = [name for name in names if name not in self._channels]
        if unknown:
            raise UsageError(f"there is no source {unknown[0]!r}; there are {', '.join(self._channels)}")
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(self.read(self._channels[name]))

    async def read(self, channel: Channel) -> None:
        """Reads one source; what was held for it goes again when it knows us."""
        if await self._reader.read(channel):
            try:
                await self._reader.catch_up()
                await self._courier.release(channel)
            except StoreError as error:
                self._complain(str(error))
            self.nudge()

    def channels(self) -> tuple[Channel, ...]:
        """The sources as this desk has them, in configured order."""
        return tuple(self._channels.values())

    # -------------------------------------------------------------------------------------------------------- asking

    def can(self, command: type[Command], ref: Ref) -> str:
        """Why this command is not offered on that record; "" when it is."""
        channel = self._channels.get(ref.source)
        if channel is None:
            return f"there is no source {ref.source!r}"
        if (refusal := self._read_only(channel)) is not None:
            return refusal.text
        if command not in channel.source.offers:
            return f"{channel.name} does not offer {command_name(command)}"
        if command is NewRollout:
            return ""
        rollout = self.board.rollout(ref)
        if rollout is None:
            return f"{ref} is not known, or is no rollout"
        if not rollout.phase.live and command not in (Comment, Reply):
            return f"{ref} is closed ({rollout.status})"
        return ""

    def plan(self, command: Command) -> Plan:
        """What it would do and what stands against it; touches nothing. Raises NoSuchRecord."""
        channel = self._channel(command.target)
        rollout = None
        if not isinstance(command, NewRollout):
            rollout = self.board.rollout(command.target)
            if rollout is None:
                raise NoSuchRecord(f"{command.target}: no such record is known; refresh, or look at the reference")
        now = self._clock()
        ours = [self._read_only(channel)]
        if type(command) not in channel.source.offers:
            text = f"{channel.name} does not offer {command_name(command)}"
            ours.append(Objection(rule="unsupported", text=text))
        found = (*filter(None, ours), *commands.objections(command, rollout, self.policy, now))
        return Plan(
            command=command,
            objections=tuple(sorted(found, key=lambda objection: not objection.blocking)),
            effects=commands.effects(
                command,
                rollout,
                self.policy,
                now,
                opening=channel.source.opening,
                watchers=channel.source.watchers,
            ),
            reversible=rollout is not None and commands.reverse(command, rollout) is not None,
        )

    async def submit(self, command: Command, *, reason: str = "", base_rev: str | None = None) -> Entry:
        """Queues a command; when it returns the entry is on disk. Raises Objected, NoSuchRecord, StoreError.

        A record that is known by its list columns only is read whole first, where its source can be reached.

        `reason` overrides what may be overridden and is written to the record. `base_rev` is the rev the user was
        looking at; None takes the board's.
        """
        known = self.board.known(command.target)
        if isinstance(known, Rollout) and not known.whole:
            with contextlib.suppress(PpsError):
                await self.look(command.target)
        return await self._submit(command, reason, base_rev, None)

    async def deliver(self, *, only: Ref | None = None) -> None:
        """Carries what is due to its sources, each record's entries in order; failures end up in the entries."""
        async with asyncio.TaskGroup() as group:
            for channel in self._channels.values():
                group.create_task(self.carry(channel, only))

    async def carry(self, channel: Channel, only: Ref | None = None) -> bool:
        """Carries what is due to one source. Whether there was anything, and it was for this desk to carry it."""
        if self.offline or self._read_only(channel) or not self._courier.ready(channel, only):
            return False
        try:
            if not await self._courier.elect():
                return False
        except StoreError as error:
            self._complain(str(error))
            return False
        await self._courier.carry(channel, only.whole if only else None)
        return True

    async def settle(self, entry_id: int, seconds: float) -> Entry:
        """Delivers until that entry is answered or needs a person, or the time is up; returns it as it stands then.

        Raises UsageError when there is no such entry.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._until_settled(entry_id)
        return await self._entry(entry_id)

    async def sync(self) -> Synced:
        """Reads every source once and delivers what is due once."""
        await self.refresh()
        await self.catch_up()
        before = {entry.id for entry in self.board.entries() if entry.state.pending}
        await self.deliver()
        entries = self.board.entries()
        return Synced(
            sources=self.board.sources(),
            delivered=tuple(entry for entry in entries if entry.state is State.DONE and entry.id in before),
            left=tuple(entry for entry in entries if entry.state.pending),
        )

    async def catch_up(self) -> None:
        """Takes over what another ppstui on this home did: its entries, and the records it read."""
        try:
            await self._reader.catch_up()
            self._note_readings(await self._aside.run(self._cache.readings))
            self._courier.tell(await self._aside.run(lambda: self._outbox.entries(_SHOWN_SETTLED)))
        except StoreError as error:
            self._complain(str(error))

    # ------------------------------------------------------------------------------------------------- second thoughts

    async def undo(self, entry_id: int | None = None) -> Entry:
        """Takes back what has not left yet, or queues the reverse of what has; None: the last one that can be.

        Returns the entry undone, or the new reversing one. Raises Objected when the one asked for has no reverse,
        UsageError with the reason when there is nothing to take back.
        """
        await self.catch_up()
        reversals = await self._aside.run(self._outbox.reversals)
        if entry_id is not None:
            return await self._undo(await self._entry(entry_id), reversals)
        for entry in self.board.entries():
            if entry.state.pending and entry.state is not State.SENDING:
                return await self._undo(entry, reversals)
            done = entry.state is State.DONE and entry.id not in reversals and entry.id not in reversals.values()
            if done and await self._reverse(entry) is not None:
                return await self._undo(entry, reversals)
        raise UsageError("there is nothing in the outbox that can be taken back")

    async def retry(self, entry_id: int) -> Entry:
        """Lets a parked or held entry go again, now. Raises UsageError."""
        entry = await self._entry(entry_id)
        known = self.board.known(entry.command.target)
        changed = await self._aside.run(lambda: self._outbox.retry(entry_id, known.rev if known else None))
        channel = self._channels.get(entry.command.target.source)
        if channel is not None and entry.state is State.HELD:
            await self._courier.release(channel)
        self._courier.tell(changed)
        self.nudge()
        return changed[0]

    async def discard(self, entry_id: int) -> Entry:
        """Gives up an entry that has not been delivered; it stays in the log. Raises UsageError."""
        entry = await self._aside.run(lambda: self._outbox.discard(entry_id))
        self._courier.tell((entry,))
        self.nudge()
        return entry

    async def history(self, entry_id: int) -> tuple[Happening, ...]:
        """What happened to an entry, oldest first: the action log."""
        return await self._aside.run(lambda: self._outbox.log(entry_id))

    async def aclose(self) -> None:
        """Closes every source and the store; never takes longer than half a second."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await asyncio.gather(
                    *(channel.aclose() for channel in self._channels.values()),
                    self._aside.run(self._close_store),
                    return_exceptions=True,
                )
        self._aside.stop()

    # -------------------------------------------------------------------------------------------------------- inside

    def _close_store(self) -> None:
        with contextlib.suppress(StoreError):
            self._courier.resign()
        self._outbox.close()
        self._cache.close()

    def _note_readings(self, readings: Iterable[Reading]) -> None:
        """A source is as fresh as its oldest kind."""
        oldest: dict[str, Reading] = {}
        for reading in readings:
            if reading.source not in oldest or reading.at < oldest[reading.source].at:
                oldest[reading.source] = reading
        for name, reading in oldest.items():
            channel = self._channels.get(name)
            if channel is not None and (channel.as_of is None or channel.as_of < reading.at):
                channel.as_of, channel.note = reading.at, reading.note

    def _statuses(self) -> tuple[SourceStatus, ...]:
        return tuple(channel.status() for channel in self._channels.values())

    def _complain(self, text: str) -> None:
        self._emit(Said(text, bad=True))

    def _channel(self, ref: Ref) -> Channel:
        channel = self._channels.get(ref.source)
        if channel is None:
            known = ", ".join(self._channels) or "none"
            raise NoSuchRecord(f"{ref}: there is no source {ref.source!r}; configured are: {known}")
        return channel

    def _read_only(self, channel: Channel) -> Objection | None:
        if not self.read_only and not channel.source.read_only:
            return None
        what = "this ppstui" if self.read_only else channel.name
        return Objection(rule="read-only", text=f"{what} is set to read only; nothing is written")

    async def _entry(self, entry_id: int) -> Entry:
        entry = await self._aside.run(lambda: self._outbox.entry(entry_id))
        if entry is None:
            raise UsageError(f"there is no entry {entry_id} in the outbox; `ppstui outbox list` shows them")
        self._courier.tell((entry,))
        return entry

    async def _submit(self, command: Command, reason: str, base_rev: str | None, reverses: int | None) -> Entry:
        plan = self.plan(command)
        blocking = tuple(objection for objection in plan.objections if objection.blocking)
        if blocking and not (reason.strip() and all(objection.overridable for objection in blocking)):
            raise Objected(blocking)
        known = self.board.known(command.target)
        wanted = Wanted(
            command=command,
            key=_new_key(command),
            by=self._by,
            base_rev=(known.rev if known else "") if base_rev is None else base_rev,
            reason=reason,
            before="; ".join(f"{effect.what}: {effect.before}" for effect in plan.effects if effect.before),
            record=self.board.record(command.target),
            reverses=reverses,
        )
        more = self._explained(command, reason, blocking, wanted) if blocking else ()
        # Shielded: an entry that is on the disk must be on the board, whoever has stopped waiting for it.
        task = asyncio.ensure_future(self._queue(wanted, *more))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        return (await asyncio.shield(task))[0]

    async def _queue(self, *wanted: Wanted) -> tuple[Entry, ...]:
        entries = await self._aside.run(lambda: self._outbox.add(*wanted))
        self._courier.tell(entries)
        self.nudge()
        return entries

    def _explained(
        self, command: Command, reason: str, against: tuple[Objection, ...], wanted: Wanted
    ) -> tuple[Wanted, ...]:
        """The note that tells the record why a rule was overridden, where the source takes notes."""
        channel = self._channel(command.target)
        if Comment not in channel.source.offers or isinstance(command, NewRollout):
            return ()
        rules = "\n".join(objection.text for objection in against)
        note = Comment(target=command.target, text=f"{command_name(command)} although:\n{rules}\nReason: {reason}")
        return (Wanted(command=note, key=_new_key(note), by=self._by, base_rev=wanted.base_rev, reason=reason),)

    async def _undo(self, entry: Entry, reversals: dict[int, int]) -> Entry:
        if entry.state.pending:
            undone = await self._aside.run(lambda: self._outbox.undo(entry.id))
            self._courier.tell((undone,))
            self.nudge()
            return undone
        if entry.state is not State.DONE:
            raise UsageError(f"entry {entry.id} is {entry.state.value}: there is nothing to take back")
        taken_back = next((new for new, old in reversals.items() if old == entry.id), None)
        if taken_back is not None:
            raise UsageError(f"entry {entry.id} is being taken back already, by entry {taken_back}")
        command = await self._reverse(entry)
        if command is None:
            raise Objected((commands.irreversible(entry.command),))
        return await self._submit(command, "", None, entry.id)

    async def _reverse(self, entry: Entry) -> Command | None:
        before = await self._aside.run(lambda: self._outbox.record_before(entry.id))
        return commands.reverse(entry.command, before) if isinstance(before, Rollout) else None

    async def _until_settled(self, entry_id: int) -> None:
        entry = await self._entry(entry_id)
        while True:
            await self.deliver(only=entry.command.target)
            entry = await self._entry(entry_id)
            if entry.state not in (State.WAITING, State.SENDING):
                return
            await self._pace.nap(_LOOK_AGAIN)


_LOOK_AGAIN = 0.25
"""Seconds between two looks at an entry that another ppstui may be delivering."""


def _new_key(command: Command) -> str:
    """A name for this write that no other write ever has, and that survives in mail subjects and URLs."""
    return f"{command_name(command)}-{base64.b32encode(os.urandom(10)).decode().lower()}"
