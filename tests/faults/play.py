"""One seeded run: people ask, faults strike, time passes; then all is well again, and the laws are checked."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Protocol

from ppstui.errors import Objected, PpsError
from ppstui.model import State
from tests.faults.laws import broken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Entry, Ref
    from tests.faults.asking import Asking
    from tests.faults.laws import Book
    from tests.faults.schedule import Schedule
    from tests.faults.seat import Seat
    from tests.faults.truth import Truth

REASON = "because the run wants it"
_ROUNDS = 40


class Ground(Protocol):
    """Where it is played: a server and its clock."""

    schedule: Schedule
    tickets: Sequence[Ref]

    def turn(self, seconds: float) -> None:
        """Puts the clock forward or back."""

    async def moment(self, dice: random.Random) -> None:
        """Lets a little happen."""

    async def time_passes(self) -> None:
        """Lets more time pass than anybody waits for an answer."""

    async def arrive(self) -> None:
        """What is late on its way gets there."""

    async def colleague(self, dice: random.Random) -> str:
        """Somebody else changes something; says what."""

    def truth(self) -> Truth:
        """One look at the server."""

    def newest(self) -> int | None:
        """The server's newest transaction, where that can be told at once."""

    async def restart(self, seat: Seat) -> None:
        """The seat's program dies without a word, and another is started on its home."""


class Play:
    """Plays one seed on a ground."""

    def __init__(self, seed: int, ground: Ground, seats: Sequence[Seat], asking: Asking, *, steps: int) -> None:
        self.dice = random.Random(f"steps {seed}")
        self.ground = ground
        self.seats = seats
        self.asking = asking
        self.steps = steps
        self.story = ground.schedule.story
        self.asked = 0

    async def run(self) -> list[str]:
        """Plays it to its end. Returns what is wrong, a sentence each."""
        self.ground.schedule.over = True
        for seat in self.seats:
            await self._tried(seat, "reads", seat.desk.refresh())
        self.ground.schedule.over = False
        for _ in range(self.steps):
            await self.ground.arrive()
            await self._step(self.dice.choice(self.seats))
        await self.ground.arrive()
        found = await self._checked(settled=False)
        self.ground.schedule.over = True
        self.story.append("--- all is well again")
        await self.quiet()
        return found + await self._checked(settled=True)

    # --------------------------------------------------------------------------------------------------- steps

    async def _step(self, seat: Seat) -> None:
        roll = self.dice.random()
        if roll < 0.28:
            await self._ask(seat)
        elif roll < 0.60:
            self._pass(self.dice.choice((0, 0, 35, 2100, 2100)))
            await self._tried(seat, "delivers", seat.desk.deliver())
        elif roll < 0.68:
            self._pass(self.dice.choice((0, 2100)))
            await self._together()
        elif roll < 0.76:
            self._pass(self.dice.choice((0, 2100)))
            await self._interrupted(seat)
        elif roll < 0.80:
            self._pass(self.dice.choice((1, 8, 4000, 30_000, 100_000, -500, -90_000)))
        elif roll < 0.86:
            self.story.append(f"--- {await self.ground.colleague(self.dice)}")
        elif roll < 0.92:
            await self._decide(seat)
        elif roll < 0.95:
            self.story.append(f"--- {seat.name} is killed and starts again")
            await self.ground.restart(seat)
        else:
            await self._tried(seat, "reads", seat.desk.refresh())

    def _pass(self, seconds: float) -> None:
        if seconds:
            self.story.append(f"--- {seconds} s pass")
            self.ground.turn(seconds)

    async def _ask(self, seat: Seat) -> None:
        ref = self.dice.choice(list(self.ground.tickets))
        rollout = seat.desk.board.rollout(ref)
        if rollout is None:
            return
        command = self.asking.one(ref, rollout.title)
        reason = REASON if self.dice.random() < 0.7 else ""
        try:
            entry = await seat.desk.submit(command, reason=reason)
        except Objected as error:
            self.story.append(f"{seat.name} may not {command}: {error}")
            return
        self._told(seat, entry)

    def _told(self, seat: Seat, entry: Entry) -> None:
        """From here on a person relies on it."""
        self.asked += 1
        seat.book.told[entry.id] = entry.command
        if (newest := self.ground.newest()) is not None:
            seat.book.told_at[entry.id] = newest
        self.story.append(f"{seat.name} was told: entry {entry.id} {entry.key} {entry.command}"[:300])

    async def _together(self) -> None:
        self.story.append("--- everybody delivers at once")
        await asyncio.gather(*(self._tried(seat, "delivers", seat.desk.deliver()) for seat in self.seats))

    async def _interrupted(self, seat: Seat) -> None:
        """Things happen while a delivery is under way; it may be broken off."""
        task = asyncio.ensure_future(seat.desk.deliver())
        await self.ground.moment(self.dice)
        what = self.dice.choice(("break off", "colleague", "ask", "decide", "kill"))
        self.story.append(f"--- {seat.name} delivers; meanwhile: {what}")
        match what:
            case "break off":
                task.cancel()
            case "colleague":
                self.story.append(f"--- {await self.ground.colleague(self.dice)}")
            case "ask":
                await self._ask(self.dice.choice(self.seats))
            case "decide":
                await self._decide(seat)
            case "kill":
                await self.ground.restart(seat)
                task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if what == "break off":
            # What is under way at the server ends in its own time, which no clock that is put forward makes shorter.
            await self.ground.time_passes()

    async def _decide(self, seat: Seat) -> None:
        """A person has second thoughts about some entry."""
        entries = seat.desk.board.entries()
        if not entries:
            return
        entry = self.dice.choice(entries)
        what = self.dice.choice(("undo", "undo", "retry", "discard", "keep_comment"))
        await self._decided(seat, entry, what)

    async def _decided(self, seat: Seat, entry: Entry, what: str) -> None:
        self.story.append(f"{seat.name}: a person wants to {what} entry {entry.id} ({entry.state.value})")
        decide = getattr(seat.desk, what, None)
        if decide is None:
            return
        if what == "retry":
            seat.book.let_go[entry.id] += 1
        try:
            made = await decide(entry.id)
        except PpsError as error:
            self.story.append(f"{seat.name}: no: {error}")
        else:
            if made.id != entry.id:
                self._told(seat, made)

    async def _tried(self, seat: Seat, what: str, work: object) -> None:
        """Whatever goes wrong ends up in the entries and the status: nothing is raised."""
        self.story.append(f"--- {seat.name} {what}")
        await work  # type: ignore[misc]

    # --------------------------------------------------------------------------------------------------- the end

    async def quiet(self) -> None:
        """Time passes and everything is tried, until nothing changes any more; people decide about what is parked."""
        for number in range(_ROUNDS):
            self.ground.turn(2100)
            for seat in self.seats:
                await seat.desk.refresh()
                await seat.desk.deliver()
                await seat.desk.catch_up()
            pending = [
                (seat, entry) for seat in self.seats for entry in seat.desk.board.entries() if entry.state.pending
            ]
            if not pending:
                return
            if number % 2:
                parked = [(seat, entry) for seat, entry in pending if entry.state is State.PARKED]
                if not parked and number > 6:
                    return
                for seat, entry in parked:
                    await self._decided(seat, entry, "retry" if number < 6 else "discard")

    async def _checked(self, *, settled: bool) -> list[str]:
        for seat in self.seats:
            await seat.desk.catch_up()
            seat.book.entries = await seat.desk._aside.run(seat.desk._outbox.entries)
        return broken(self.books(), self.ground.truth(), settled=settled)

    def books(self) -> list[Book]:
        """The book of every home."""
        return list({id(seat.book): seat.book for seat in self.seats}.values())
