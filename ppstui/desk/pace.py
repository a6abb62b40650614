"""The rhythm of a running desk: when each source is read, when deliveries go, when time alone changes the board."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from ppstui.desk.board import ageing
from ppstui.desk.events import Changed, Said
from ppstui.desk.judging import place, stamp
from ppstui.errors import StoreError
from ppstui.model import Kind, State
from ppstui.store import Placed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ppstui.desk.aside import Aside
    from ppstui.desk.channels import Channel
    from ppstui.desk.desk import Desk
    from ppstui.desk.events import Event
    from ppstui.desk.judging import Scene
    from ppstui.model import Ref
    from ppstui.store import Cache, Outbox

_TICK = 30.0
"""Seconds; nothing wakes a desk at rest more often but the look at what another ppstui queued."""

_WATCH = 5.0
"""Seconds between two looks at whether another ppstui wrote to the outbox."""

_CHUNK = 50
"""Records judged between two looks at other work."""

_STAMP = "judged"


class Pace:
    """Keeps a desk going until it is cancelled."""

    def __init__(
        self,
        desk: Desk,
        aside: Aside,
        cache: Cache,
        outbox: Outbox,
        clock: Callable[[], dt.datetime],
        emit: Callable[[Event], None],
    ) -> None:
        self._desk = desk
        self._aside = aside
        self._cache = cache
        self._outbox = outbox
        self._clock = clock
        self._emit = emit
        self._nudged = asyncio.Event()

    async def run(self) -> None:
        """Everything that happens by itself, side by side, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_judging())
            group.create_task(self._keep_watching())
            if not self._desk.offline:
                for channel in self._desk.channels():
                    group.create_task(self._keep_reading(channel))
                    group.create_task(self._keep_carrying(channel))

    def nudge(self) -> None:
        """Wakes everybody who naps."""
        nudged, self._nudged = self._nudged, asyncio.Event()
        nudged.set()

    async def nap(self, seconds: float, nudged: asyncio.Event | None = None) -> None:
        """Until the time is up or something happens; with `nudged`, what happened since that was taken counts too."""
        waiting = asyncio.ensure_future((nudged or self._nudged).wait())
        try:
            await asyncio.wait((waiting,), timeout=max(seconds, 0.0))
        finally:
            waiting.cancel()

    async def tick(self) -> None:
        """Judges again what time has changed, and tells of what looks different."""
        for kind in Kind:
            lines = self._desk.board.lines(kind, closed=True)
            now = self._clock()
            refs = await self._aside.run(lambda lines=lines, now=now: ageing(lines, now))  # type: ignore[misc]
            await self._judge(kind, refs)
        await self.settle()

    async def settle(self) -> None:
        """Judges the pilots again when what they are held to has changed."""
        await self._judge(Kind.PILOT, self._desk.board.unsettled())

    async def judge_anew(self) -> None:
        """Judges everything again when deadlines, holidays or the version are not those it was judged with."""
        wanted = stamp(self._desk.policy)
        try:
            if await self._aside.run(lambda: self._cache.note(_STAMP)) != wanted:
                for kind in Kind:
                    await self._judge(kind, [line.ref for line in self._desk.board.lines(kind, closed=True)])
                await self._aside.run(lambda: self._cache.keep_note(_STAMP, wanted))
        except StoreError as error:
            self._emit(Said(str(error), bad=True))

    async def _judge(self, kind: Kind, refs: Sequence[Ref]) -> None:
        for start in range(0, len(refs), _CHUNK):
            some = refs[start : start + _CHUNK]
            scene = self._desk.board.scene(kind)
            try:
                placed = await self._aside.run(lambda some=some, scene=scene: self._placed(kind, some, scene))  # type: ignore[misc]
            except StoreError as error:
                self._emit(Said(str(error), bad=True))
                return
            moved = frozenset([ref for ref, at in placed if self._desk.board.moved(kind, ref, at)])
            if moved:
                self._emit(Changed(kind, moved))

    def _placed(self, kind: Kind, refs: Sequence[Ref], scene: Scene) -> tuple[Placed, ...]:
        """In the store's thread."""
        found = ((ref, self._cache.get(kind, ref)) for ref in refs)
        placed = tuple(Placed(ref, place(record, scene)) for ref, record in found if record)
        self._cache.move(kind, placed)
        return placed

    async def _keep_judging(self) -> None:
        while True:
            nudged = self._nudged
            await self.tick()
            await self.nap(_TICK, nudged)

    async def _keep_watching(self) -> None:
        seen: tuple[int, int] | None = None
        while True:
            try:
                version = await self._aside.run(lambda: (self._outbox.version(), self._cache.version()))
            except StoreError:
                version = seen or (0, 0)
            if seen is not None and version != seen:
                await self._desk.catch_up()
                self.nudge()
            seen = version
            await asyncio.sleep(_WATCH)

    async def _keep_reading(self, channel: Channel) -> None:
        while True:
            nudged = self._nudged
            left = self._left(channel.next_reading, channel.source.refresh * 2)
            if left <= 0:
                await self._desk.read(channel)
                left = max(self._left(channel.next_reading, channel.source.refresh * 2), 1.0)
            await self.nap(min(left, _TICK), nudged)

    async def _keep_carrying(self, channel: Channel) -> None:
        while True:
            nudged = self._nudged
            if not channel.held and self._left(channel.paused_until, dt.timedelta(minutes=2)) <= 0:
                await self._desk.carry(channel)
            await self.nap(self._rest(channel), nudged)

    def _rest(self, channel: Channel) -> float:
        """Seconds until there may be something to carry; whatever is queued here wakes it before."""
        if channel.held:
            return _TICK
        paused = self._left(channel.paused_until, dt.timedelta(minutes=2))
        if paused > 0:
            return min(paused, _TICK)
        now = self._clock()
        waits = [
            (entry.due - now).total_seconds()
            for entry in self._desk.board.entries()
            if entry.state is State.WAITING and entry.command.target.source == channel.name and entry.due
        ]
        # What is due and was not carried is another courier's affair, or waits behind what is.
        return min([_TICK, *(max(wait, _WATCH) if wait <= 0 else wait for wait in waits)])

    def _left(self, until: dt.datetime | None, longest: dt.timedelta) -> float:
        """Seconds until then; 0 when it is past, or so far away that a clock must have been wrong."""
        if until is None:
            return 0.0
        left = until - self._clock()
        return 0.0 if left > max(longest, dt.timedelta(hours=1)) else left.total_seconds()
