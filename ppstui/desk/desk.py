"""The application without a face: what the dashboard and the command line ask for."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from ppstui.desk.aside import Aside
from ppstui.desk.board import Board
from ppstui.desk.channels import Channel
from ppstui.desk.courier import Courier
from ppstui.desk.events import Changed, Said
from ppstui.desk.pace import Pace
from ppstui.desk.plans import Plan, Planner, Synced, explains, stripped
from ppstui.desk.reading import Reader
from ppstui.errors import Objected, PpsError, StoreError, Unreachable, UsageError
from ppstui.model import (
    Command,
    Entry,
    KeepPublication,
    Kind,
    State,
    about_registry,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from ppstui.desk.asking import Book
    from ppstui.desk.events import Event
    from ppstui.desk.sources import Source, SourceStatus
    from ppstui.model import Bulletin, Record, Ref
    from ppstui.port import Exchange, Mailer
    from ppstui.rules.conflicts import Difference
    from ppstui.rules.policy import Policy
    from ppstui.store import Cache, Exchanged, Happening, Outbox, Reading, Rebase, Wanted
    from ppstui.store.unread import Unread

_SHOWN_SETTLED = 200
"""How many settled entries are on the board before everything is loaded."""

_CLOSING = 0.4
"""Seconds the sources get to say goodbye; quitting takes less than one."""


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
        mailer: Callable[[], Mailer] | None = None,
        mail_source: str = "mail",
    ) -> None:
        """`by` is who asks, for the log. `offline` opens no source. `patience`: seconds a source may be silent.

        `mailer` is asked for a mailer when there is a mail to send, None: there is none; `mail_source` is its name.
        """
        self.policy = policy
        self.offline = offline
        self.by = by
        self._clock = clock
        self._emit = emit
        self._cache = cache
        self._outbox = outbox
        self._aside = Aside()
        self._channels = {source.name: Channel(source) for source in sources}
        registered = any(Kind.COMMITMENT in source.kinds for source in sources)
        self.board = Board(cache, policy, clock, self._statuses, self._complain, registered=registered)
        self._reader = Reader(cache, self.board, self._aside, clock, emit, patience)
        self._planner = Planner(
            self.board, self._channels, policy, clock, by, read_only=read_only, mails=mailer is not None
        )
        self._courier = Courier(
            outbox=outbox,
            board=self.board,
            reader=self._reader,
            aside=self._aside,
            mailer=mailer,
            mail_source=mail_source,
            policy=policy,
            against=self._planner.against,
            channels=self._channels,
            nudge=self.nudge,
            clock=clock,
            emit=emit,
            patience=patience,
        )
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

    def bulletin(self, ref: Ref) -> Bulletin | None:
        """One issue with what is pending laid over it, also one that is asked for and not there yet; None: unknown."""
        return self.board.bulletin(ref)

    async def look(self, ref: Ref) -> Record:
        """Reads one record whole from its source, with its history. Raises BackendError, NoSuchRecord."""
        channel = self._planner.channel(ref)
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
                await self._pace.settle()
            except StoreError as error:
                self._complain(str(error))
            self.nudge()

    def channels(self) -> tuple[Channel, ...]:
        """The sources as this desk has them, in configured order."""
        return tuple(self._channels.values())

    # -------------------------------------------------------------------------------------------------------- asking

    def can(self, command: type[Command], ref: Ref) -> str:
        """Why this command is not offered on that record; "" when it is."""
        return self._planner.can(command, ref)

    def plan(self, command: Command) -> Plan:
        """What it would do and what stands against it; touches nothing. Raises NoSuchRecord."""
        return self._planner.plan(command)

    def book(self, command: Command, record: Record | None = None) -> Book:
        """The rules for what is asked of such a record; None: of what is known of the one it is about."""
        return self._planner.book(command, record)

    async def submit(self, command: Command, *, reason: str = "", seen: Record | None = None) -> Entry:
        """Queues a command; when it returns the entry is on disk. Raises Objected, NoSuchRecord, StoreError.

        Waits for the disk and never for a server, so a key press answers at once: of a record that is known by its
        list columns only the rest is read before the entry goes, and what then stands against it parks it.

        `reason` overrides what may be overridden and is written to the record. `seen` is the record the user was
        looking at; None takes the board's.
        """
        return await self._submit(command, reason, seen, None)

    async def submit_all(self, asked: Sequence[tuple[Command, str, Record | None]]) -> tuple[Entry | PpsError, ...]:
        """Queues several, each with its reason and what was seen, in one go; of each its entry, or why it was not."""
        found: list[PpsError | int] = []
        wanted: list[Wanted] = []
        for command, reason, seen in asked:
            try:
                parts = self._planner.asked(command, reason, seen, None)
            except PpsError as error:
                found.append(error)
            else:
                found.append(len(wanted))
                wanted += parts
            await asyncio.sleep(0)  # a key pressed meanwhile is seen to
        entries = await self._kept(lambda: self._outbox.add(*wanted)) if wanted else ()
        return tuple(each if isinstance(each, PpsError) else entries[each] for each in found)

    async def deliver(self, *, only: Ref | None = None) -> None:
        """Carries what is due to its sources, each record's entries in order; failures end up in the entries."""
        async with asyncio.TaskGroup() as group:
            for channel in self._channels.values():
                group.create_task(self.carry(channel, only))
        await self.write_down()

    async def write_down(self) -> None:
        """Puts what targets have answered on the records of the issues, as far as it is queued and not there yet."""
        for ref in dict.fromkeys(self._courier.unwritten()):
            if (channel := self._channels.get(ref.source)) is not None:
                await self.carry(channel, ref)

    async def carry(self, channel: Channel, only: Ref | None = None) -> bool:
        """Carries what is due to one source. Whether there was anything, and it was for this desk to carry it."""
        if self.offline or self._planner.read_only(channel) or not self._courier.ready(channel, only):
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
        entry = await (self.undoable() if entry_id is None else self._entry(entry_id))
        return await self._undo(entry, await self._aside.run(self._outbox.reversals))

    async def undoable(self) -> Entry:
        """The entry that `undo` takes back when none is named. Raises UsageError when there is none."""
        reversals = await self._aside.run(self._outbox.reversals)
        for entry in self.board.entries():
            action = self.board.entry(entry.id - 1)
            if action is not None and action.state.pending and explains(entry, action):
                continue
            if isinstance(entry.command, KeepPublication):
                continue  # that an issue went is true whatever anybody wishes
            if entry.state.pending and entry.state is not State.SENDING:
                return entry
            done = entry.state is State.DONE and entry.id not in reversals and entry.id not in reversals.values()
            if done and await self._reverse(entry) is not None:
                return entry
        raise UsageError("there is nothing in the outbox that can be taken back")

    async def retry(self, entry_id: int) -> Entry:
        """Lets a parked or held entry go again, now. Raises UsageError.

        Of a parked one the person has looked at what the record is now, so a colleague's change is no conflict any
        more: it is applied anyway.
        """
        entry = await self._entry(entry_id)
        seen = stripped(self.board.known(entry.command.target))
        changed = await self._aside.run(lambda: self._outbox.retry(entry_id, seen))
        channel = self._channels.get(entry.command.target.source)
        if channel is not None and entry.state is State.HELD:
            await self._courier.release(channel)
        self._courier.tell(changed)
        self.nudge()
        return changed[0]

    async def discard(self, entry_id: int) -> Entry:
        """Gives up an entry that has not been delivered; it stays in the log. Raises UsageError."""
        entry = await self._entry(entry_id)
        return (await self._ended(entry, lambda: (self._outbox.discard(entry_id, self._given_up),)))[0]

    async def unread(self, *, pending: bool = False) -> tuple[Unread, ...]:
        """What is in the outbox and this version cannot read, newest first; all, or what others may wait for."""
        return await self._aside.run(lambda: self._outbox.unread(pending=pending))

    async def give_up_unread(self, entry_id: int) -> Unread:
        """Discards an entry that cannot be read, so that later ones about its record go. Raises UsageError."""
        found = await self._aside.run(lambda: self._outbox.give_up(entry_id))
        self.nudge()
        return found

    async def keep_comment(self, entry_id: int) -> Entry:
        """Gives up an entry, and queues a comment that says what it was to say or do. Returns that comment's entry.

        Of an issue that may have gone to a target: it is written down that it went, and it is not sent again.

        Raises UsageError, Objected when its record takes no comments.
        """
        entry = await self._entry(entry_id)
        command = entry.command
        try:
            comment = self.book(command).in_place_of(entry)
        except UsageError as error:
            raise UsageError(f"entry {entry_id}: {error}") from error
        blocking = tuple(objection for objection in self.plan(comment).objections if objection.blocking)
        if blocking:
            raise Objected(blocking)
        wanted = self._planner.wanted(comment, "", None)
        ended = await self._ended(entry, lambda: self._outbox.keep_comment(entry_id, wanted, rebase=self._given_up))
        return ended[1]

    def why_not_kept(self, entry: Entry) -> str:
        """Why no comment can be kept of an entry that is given up; "" when one can."""
        try:
            kept = self.book(entry.command).in_place_of(entry)
        except UsageError as error:
            return str(error)
        return self.can(type(kept), kept.target)

    async def reversal(self, entry_id: int) -> Command | None:
        """What `undo` would queue for an entry that had its effect; None where nothing takes it back, or need not."""
        entry = await self._entry(entry_id)
        return await self._reverse(entry) if entry.state is State.DONE else None

    async def differences(self, entry_id: int) -> tuple[Difference, ...]:
        """What a colleague changed that stands against a parked entry: before, theirs and mine. Raises UsageError."""
        entry = await self._entry(entry_id)
        seen = await self._aside.run(lambda: self._outbox.seen(entry_id))
        current = self.board.known(entry.command.target)
        if entry.state is not State.PARKED or seen is None or current is None:
            return ()
        return self.book(entry.command, current).differences(entry.command, seen, current, entry.key)

    async def history(self, entry_id: int) -> tuple[Happening, ...]:
        """What happened to an entry, oldest first: the action log."""
        return await self._aside.run(lambda: self._outbox.log(entry_id))

    async def exchanges(self, entry_id: int) -> tuple[Exchanged, ...]:
        """Every request that was made for an entry and what came of it, oldest first."""
        return await self._aside.run(lambda: self._outbox.exchanges(entry_id))

    def witness(self, exchange: Exchange) -> None:
        """Writes a request and its answer into the action log, soon, and before its entry is settled.

        For adapters: any thread may call, it returns at once, and a log that cannot be written is not their affair.
        """
        self._aside.post(lambda: self._outbox.note_exchange(exchange))

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
        """Of targets only those that something is amiss with: nothing is read from them."""
        shown = (each for each in self._channels.values() if each.held or each.error or not each.is_target)
        return tuple(channel.status() for channel in shown)

    def _complain(self, text: str) -> None:
        self._emit(Said(text, bad=True))

    async def _entry(self, entry_id: int) -> Entry:
        entry = await self._aside.run(lambda: self._outbox.entry(entry_id))
        if entry is None:
            raise UsageError(f"there is no entry {entry_id} in the outbox; `ppstui outbox list` shows them")
        self._courier.tell((entry,))
        return entry

    async def _submit(self, command: Command, reason: str, seen: Record | None, reverses: int | None) -> Entry:
        wanted = self._planner.asked(command, reason, seen, reverses)
        return (await self._kept(lambda: self._outbox.add(*wanted)))[0]

    async def _kept(self, work: Callable[[], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        """Does it to the outbox. Shielded: what is on the disk must be on the board, whoever has stopped waiting."""
        task = asyncio.ensure_future(self._changed(work))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        return await asyncio.shield(task)

    async def _changed(self, work: Callable[[], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        entries = await self._aside.run(work)
        self._courier.tell(entries)
        self.nudge()
        return entries

    @property
    def _given_up(self) -> Rebase:
        from ppstui.desk.seeing import given_up  # nobody thinks again before the first frame

        return given_up(self.policy)

    async def _ended(self, entry: Entry, how: Callable[[], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        """Ends an entry in that way, and the note that would explain what is not to happen any more."""
        note = self.board.entry(entry.id + 1)
        rebase = self._given_up

        def work() -> tuple[Entry, ...]:
            changed = how()
            if note is not None and explains(note, entry):
                with contextlib.suppress(UsageError):
                    changed = (*changed, self._outbox.discard(note.id, rebase))
            return changed

        return await self._kept(work)

    async def _undo(self, entry: Entry, reversals: dict[int, int]) -> Entry:
        if entry.state.pending:
            return (await self._ended(entry, lambda: (self._outbox.undo(entry.id, self._given_up),)))[0]
        if entry.state is not State.DONE:
            raise UsageError(f"entry {entry.id} is {entry.state.value}: there is nothing to take back")
        taken_back = next((new for new, old in reversals.items() if old == entry.id), None)
        if taken_back is not None:
            raise UsageError(f"entry {entry.id} is being taken back already, by entry {taken_back}")
        command = await self._reverse(entry)
        if command is None:
            raise Objected((self.book(entry.command).irreversible(entry.command),))
        return await self._submit(command, "", None, entry.id)

    async def _reverse(self, entry: Entry) -> Command | None:
        command = entry.command
        if about_registry(command):
            registry = await self._aside.run(lambda: self._outbox.registry_before(entry.id))
            return self.book(command, None).reverse(command, registry)
        record = await self._aside.run(lambda: self._outbox.record_before(entry.id))
        return self.book(command, record).reverse(command, record)

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
