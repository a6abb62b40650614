"""Carries what was asked for to the sources: each record's entries in order, different records side by side."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ppstui.desk.channels import jittered
from ppstui.desk.events import OutboxChanged, Said, SourceChanged
from ppstui.errors import BackendError, ConfigError, Conflict, Gone, NotAuthorised, PpsError, StoreError, Unreachable
from ppstui.model import (
    REGISTRY_KINDS,
    WHATEVER,
    KeepPublication,
    Kind,
    Pilot,
    Poll,
    Publish,
    Ref,
    Rollout,
    SaveBulletin,
    State,
    about_bulletins,
    about_registry,
)
from ppstui.store import Holder
from ppstui.store.asked import ANYWAY
from ppstui.store.outbox import LONGEST_WAIT, REST
from ppstui.store.rows import NEW, about

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from ppstui.desk.aside import Aside
    from ppstui.desk.board import Board
    from ppstui.desk.channels import Channel
    from ppstui.desk.events import Event
    from ppstui.desk.posting import Post
    from ppstui.desk.reading import Reader
    from ppstui.model import Command, Entry, Receipt, Record
    from ppstui.port import Backend, Mailer
    from ppstui.rules.policy import Policy
    from ppstui.store import Claim, Lease, Outbox, Wanted

_T = TypeVar("_T")

SIDE_BY_SIDE = 4
"""How many deliveries one source gets at once."""

_FIRST_WAIT = 5.0
_LONGEST_BACKOFF = 1800.0


class Courier:
    """Delivers what is due, as long as this desk holds the home's lease."""

    def __init__(  # noqa: PLR0913  what a courier is made of, each named where it is made
        self,
        *,
        outbox: Outbox,
        board: Board,
        reader: Reader,
        aside: Aside,
        mailer: Callable[[], Mailer] | None,
        mail_source: str,
        policy: Policy,
        against: Callable[[Entry], str],
        channels: Mapping[str, Channel],
        nudge: Callable[[], None],
        clock: Callable[[], dt.datetime],
        emit: Callable[[Event], None],
        patience: float,
    ) -> None:
        """`patience`: seconds one delivery may take. `against`: which rules stand against an entry, "" for none.

        `channels` are all sources. `nudge` is called when there is something for another of them.
        """
        self._outbox = outbox
        self._board = board
        self._reader = reader
        self._aside = aside
        self._mailer = mailer
        self._mail_source = mail_source
        self._policy = policy
        self._against = against
        self._channels = channels
        self._nudge = nudge
        self._clock = clock
        self._emit = emit
        self._patience = patience
        self._me = Holder.this()
        self._sending: set[int] = set()
        """What is under way here; added to in the store's thread, so that no election sees it late."""
        self._keeping: set[object] = set()
        self.lease: Lease | None = None

    def ready(self, channel: Channel, only: Ref | None = None) -> bool:
        """Whether something may go to that source now, as far as the board knows.

        That includes what another courier holds or was sending: it may have ended without a word.
        """
        now = self._clock()
        blocked: set[str] = set()
        for entry in reversed(self._board.entries()):
            target, line = entry.command.target, about(entry.command, entry.key)
            if target.source != channel.name or not entry.state.pending:
                continue
            free = line not in blocked
            due = entry.due is None or entry.due <= now or entry.due > now + LONGEST_WAIT
            left = entry.state is State.HELD or (entry.state is State.SENDING and entry.id not in self._sending)
            goes = (free and due and entry.state is State.WAITING) or (left and not channel.held)
            if goes and only in (None, target):
                return True
            blocked.add(line)
        return False

    async def elect(self) -> bool:
        """Whether this desk delivers; a new courier takes up what the last one left."""
        return await self._surely(self._elect())

    async def _elect(self) -> bool:
        self.lease = await self._aside.run(lambda: self._outbox.elect(self._me, under_way=self._sending))
        taken_up = any(
            entry.state is State.SENDING and entry.id not in self._sending for entry in self._board.entries()
        )
        if self.lease.new or taken_up:
            self.tell(await self._aside.run(lambda: self._outbox.entries(0)))
        return self.lease.mine

    def resign(self) -> None:
        """Lets another be the courier. Runs in the store's thread."""
        self._outbox.resign(self._me)

    async def carry(self, channel: Channel, only: Ref | None = None) -> None:
        """Carries what is due to one source; ends at the first sign that nobody is there, or that we are not known."""
        if not self.ready(channel, only):
            return
        try:
            backend = await self._opened(channel)
            if backend is not None:
                async with asyncio.TaskGroup() as group:
                    for _ in range(SIDE_BY_SIDE):
                        group.create_task(self._carry_in_turn(channel, backend, only))
        except* StoreError as errors:
            # What was being sent stays so in the file and goes again under the same key.
            channel.delivered_badly(self._clock())
            self._emit(Said(str(errors.exceptions[0]), bad=True))

    async def release(self, channel: Channel) -> None:
        """The source knows us again: what was held may go."""
        if channel.held:
            channel.held = ""
            self._emit(SourceChanged(channel.name))
        self.tell(await self._aside.run(lambda: self._outbox.release(channel.name)))

    def tell(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Puts entries onto the board and tells which of them differ; returns those."""
        differing = self._board.put_entries(entries)
        for entry in differing:
            self._emit(OutboxChanged(entry))
            record = self._board.known(entry.command.target)
            if record is not None:
                self._reader.changed(record.kind, record.ref)
            elif about_registry(entry.command):
                for kind in REGISTRY_KINDS:
                    self._reader.changed(kind)
            elif about_bulletins(entry.command):
                command = entry.command
                self._reader.changed(Kind.BULLETIN, command.of if isinstance(command, Publish) else command.target)
        return differing

    def unwritten(self) -> tuple[Ref, ...]:
        """The issues for which there is a target's answer to write down, now."""
        return tuple(
            entry.command.target
            for entry in self._board.entries()
            if isinstance(entry.command, KeepPublication) and entry.state is State.WAITING and entry.due is None
        )

    async def _opened(self, channel: Channel) -> Backend | None:
        if channel.held:
            self.tell(await self._aside.run(lambda: self._outbox.hold_all(channel.name)))
            return None
        try:
            return await channel.backend()
        except PpsError as error:
            await self._hold(channel, str(error))
            return None

    async def _hold(self, channel: Channel, why: str) -> None:
        channel.held = why
        self.tell(await self._aside.run(lambda: self._outbox.hold_all(channel.name)))
        self._emit(SourceChanged(channel.name))

    async def _carry_in_turn(self, channel: Channel, backend: Backend, only: Ref | None) -> None:
        going = True
        while going and not channel.held:
            claim = await self._claimed(channel, only)
            if claim is None:
                return
            self.tell((claim.entry,))
            if isinstance(claim.command, Poll) or _leaves_no_trace(channel, claim.command):
                # To its end, also when nobody waits any more: half a mail cannot be put back.
                going = await self._surely(self._send(channel, backend, claim))
            else:
                going = await self._send(channel, backend, claim)

    async def _claimed(self, channel: Channel, only: Ref | None) -> Claim | None:
        def claim() -> Claim | None:
            found = self._outbox.claim(channel.name, self._me, only=only)
            if found is not None:
                self._sending.add(found.entry.id)
            return found

        claiming = asyncio.ensure_future(self._aside.run(claim))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            claiming.add_done_callback(self._claimed_for_nobody)
            raise

    def _claimed_for_nobody(self, claiming: asyncio.Future[Claim | None]) -> None:
        if not claiming.cancelled() and not claiming.exception() and (claim := claiming.result()) is not None:
            self._put_back(claim.entry, dt.timedelta())  # nothing of it has left
            self._sending.discard(claim.entry.id)

    async def _send(self, channel: Channel, backend: Backend, claim: Claim) -> bool:
        """Carries one entry. Whether the next may follow: somebody was there and knew us.

        Only the carrying can be interrupted; what came of it is written down whoever has stopped waiting.
        """
        try:
            return await self._carried(channel, backend, claim)
        finally:
            self._sending.discard(claim.entry.id)

    async def _carried(self, channel: Channel, backend: Backend, claim: Claim) -> bool:
        entry = claim.entry
        try:
            stopped = await self._judged(channel, claim)
            if stopped:
                self.tell((await self._aside.run(lambda: self._outbox.park(entry, self._me, stopped)),))
                return True
            if isinstance(claim.command, Poll) and not entry.mail:
                backoff = self._backoff(entry)
                gone = await self._post.send(entry, claim.command, self._me, backoff, lambda told: self.tell((told,)))
                if gone is None:
                    return True
                entry = gone
            await self._note_before(entry)
            if _leaves_no_trace(channel, claim.command):
                receipt = await self._published(backend, claim)
                if receipt is None:
                    return True
            else:
                async with asyncio.timeout(self._patience):
                    receipt = await backend.apply(_based(claim), entry.key, claim.seen)
        except asyncio.CancelledError:
            self._put_back(entry, REST)
            raise
        except (BackendError, ConfigError, TimeoutError) as error:
            return await self._surely(self._fail(channel, entry, error))
        channel.delivered_well()
        return await self._surely(self._settle(channel, entry, receipt))

    async def _published(self, backend: Backend, claim: Claim) -> Receipt | None:
        """What a target said that leaves no trace; None when nobody knows, or another courier has it."""
        entry = claim.entry
        return await self._post.publish(
            entry, self._me, lambda told: self.tell((told,)), lambda: backend.apply(claim.command, entry.key)
        )

    @cached_property
    def _post(self) -> Post:
        from ppstui.desk.posting import Post  # nobody polls before the first frame

        return Post(self._outbox, self._aside, self._clock, self._patience, self._mailer, self._mail_source)

    async def _judged(self, channel: Channel, claim: Claim) -> str:
        """What stands against an entry that was asked for when only the list's columns of its record were known.

        Asking waits for no server, so the rules that need the whole record are asked before it goes; once, because
        later its own effect may be there.
        """
        entry, seen = claim.entry, claim.seen
        if isinstance(entry.command, Publish):
            return await self._told_meanwhile(entry, entry.command)
        if not isinstance(seen, Rollout | Pilot) or seen.whole:
            return ""
        before = await self._aside.run(lambda: self._outbox.record_before(entry.id))
        if isinstance(before, Rollout) and before.whole:
            return ""
        async with asyncio.timeout(self._patience / 3):  # the lease must outlast this and the delivery
            record = await self._reader.look(channel, entry.command.target)
        against = self._against(entry)
        if not against:
            await self._aside.run(lambda: self._outbox.note_before(entry.id, record))
        return against

    async def _told_meanwhile(self, entry: Entry, command: Publish) -> str:
        """What stands against publishing an issue now: a colleague may have been quicker, on another machine.

        Where its record cannot be read what is known of it must do.
        """
        home = self._channels.get(command.of.source)
        with contextlib.suppress(PpsError, TimeoutError):
            async with asyncio.timeout(self._patience / 3):  # the lease must outlast this and the delivery
                if home is not None and Kind.BULLETIN in home.source.kinds:
                    await self._reader.look(home, command.of)
        return self._against(entry)

    async def _fail(self, channel: Channel, entry: Entry, error: BackendError | ConfigError | TimeoutError) -> bool:
        # Of what leaves no trace only what says that nothing has left comes here.
        mail = "" if _leaves_no_trace(channel, entry.command) else None
        if isinstance(error, (Unreachable, TimeoutError)):
            why, after = self._unreachable(channel, error)
            due = self._clock() + (after or self._backoff(entry))
            channel.delivered_badly(self._clock())
            self.tell((await self._aside.run(lambda: self._outbox.wait(entry, self._me, why, due, mail=mail)),))
            return False
        if isinstance(error, NotAuthorised | ConfigError):
            due, why = self._clock() + self._backoff(entry), str(error)
            self.tell((await self._aside.run(lambda: self._outbox.hold(entry, self._me, why, due, mail=mail)),))
            await self._hold(channel, why)
            return False
        channel.delivered_well()
        await self._park(channel, entry, error, mail)
        return True

    async def _settle(self, channel: Channel, entry: Entry, receipt: Receipt) -> bool:
        record = receipt.record
        if about_registry(entry.command):
            await self._reader.read_again(channel, REGISTRY_KINDS)
        elif record is None:
            record = await self._read_back(channel, entry, receipt)
        if record is not None:
            # First, so that whoever sees the entry done finds the record as it is now.
            await self._reader.store(channel.name, record.kind, (record,))
        from ppstui.desk.seeing import happened  # nothing is sent before the first frame

        rebase = happened(record, self._policy, at_once=entry.tries == 1)
        mail = receipt.text if _leaves_no_trace(channel, entry.command) else None
        then = self._to_be_kept(entry, receipt)
        changed = await self._aside.run(lambda: self._outbox.done(entry, receipt.text, rebase, mail=mail, then=then))
        self.tell(changed)
        if then is not None:
            self._nudge()
        return True

    def _to_be_kept(self, entry: Entry, receipt: Receipt) -> Wanted | None:
        """What writes down that an issue was published: with its entry it is done, and asked for, or neither."""
        if not isinstance(entry.command, Publish):
            return None
        from ppstui.desk.publishing import kept  # nothing is published before the first frame

        return kept(entry, receipt, self._clock())

    async def _read_back(self, channel: Channel, entry: Entry, receipt: Receipt) -> Record | None:
        """The record after the command; None when it could not be read: the next reading will bring it."""
        target = entry.command.target
        if isinstance(entry.command, Publish):
            return None  # nothing is read from a target
        if entry.command.makes and target.id == NEW:
            target = Ref(target.source, receipt.id)
        try:
            return await self._reader.look(channel, target) if target.id else None
        except PpsError:
            channel.next_reading = None
            return None

    async def _park(self, channel: Channel, entry: Entry, error: BackendError, mail: str | None) -> None:
        conflict = isinstance(error, Conflict)
        parked = await self._aside.run(
            lambda: self._outbox.park(entry, self._me, str(error), conflict=conflict, mail=mail)
        )
        self.tell((parked,))
        if isinstance(error, Conflict) and error.current is not None:
            await self._reader.store(channel.name, error.current.kind, (error.current,))
        elif isinstance(error, Gone):
            known = self._board.known(entry.command.target)
            if known is not None:
                await self._reader.store(channel.name, known.kind, (), gone=(known.ref,))
        else:
            channel.next_reading = None  # what was refused may have left something behind, and is no colleague's change

    async def _note_before(self, entry: Entry) -> None:
        """Before the first attempt only: later the effect may be in the record already."""
        if entry.tries != 1:
            return
        target = entry.command.target
        registry = self._board.known_registry(target.source) if about_registry(entry.command) else None
        before = registry or self._board.known(target)
        if before is not None:
            await self._aside.run(lambda: self._outbox.note_before(entry.id, before))

    async def _surely(self, work: Coroutine[object, object, bool]) -> bool:
        """Does it to its end, whoever has stopped waiting."""
        task = asyncio.ensure_future(work)
        self._keep(task)
        return await asyncio.shield(task)

    def _keep(self, task: asyncio.Future[_T]) -> None:
        """Holds on to work that nobody may be waiting for."""
        self._keeping.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[_T]) -> None:
        self._keeping.discard(task)
        if not task.cancelled():
            # Looked at here, or asyncio complains when nobody is left to wait; who waits is told all the same.
            task.exception()

    def _put_back(self, entry: Entry, rest: dt.timedelta) -> None:
        """An interrupted delivery goes again; nobody may be left to wait for that, so it is only asked for."""
        again, why = (
            self._clock() + rest,
            "it was interrupted, perhaps after it had its effect; it goes again under the same key",
        )
        back = asyncio.wrap_future(self._aside.post(lambda: self._outbox.wait(entry, self._me, why, again)))
        self._keep(back)
        back.add_done_callback(
            lambda done: None if done.cancelled() or done.exception() else self.tell([done.result()])
        )

    def _unreachable(self, channel: Channel, error: Unreachable | TimeoutError) -> tuple[str, dt.timedelta | None]:
        if isinstance(error, Unreachable):
            after = error.retry_after
            return str(error), None if after is None else min(dt.timedelta(seconds=max(after, 0)), LONGEST_WAIT)
        return f"{channel.name}: no answer for {self._patience:g} s; it goes again under the same key", None

    def _backoff(self, entry: Entry) -> dt.timedelta:
        seconds = min(2 ** min(entry.tries, 20) * _FIRST_WAIT, _LONGEST_BACKOFF)
        return jittered(dt.timedelta(seconds=seconds))


def _leaves_no_trace(channel: Channel, command: Command) -> bool:
    """Whether it cannot be found again by its key, so that it is handed over at most once."""
    return isinstance(command, Publish) and not channel.source.traces


def _based(claim: Claim) -> Command:
    """The command; a draft says what it was made from by what its person knows by now, an issue whether over others."""
    command = claim.command
    if isinstance(command, Publish) and claim.entry.base_rev == ANYWAY:
        return msgspec.structs.replace(command, found=WHATEVER)
    return msgspec.structs.replace(command, base=claim.entry.base_rev) if isinstance(command, SaveBulletin) else command
