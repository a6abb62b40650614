"""Hypothesis looks for a row of wishes, faults and second thoughts after which the server and the model disagree.

The model knows of every action only this: it cannot be there yet, it may be there, it is there, it never will be. What
the desk says and what the server has must fit that after every step.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ppstui.backends.rt import RT
from ppstui.errors import Objected, PpsError
from ppstui.model import State, command_name
from ppstui.testing.reading import NOON
from tests.faults.asking import Asking
from tests.faults.fake_ground import MEMORY, TEAMS, FakeGround, ended
from tests.faults.laws import Book, broken
from tests.faults.play import Play
from tests.faults.schedule import Fault
from tests.faults.truth import due_of
from tests.faults.turning import TurningLoop

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ppstui.model import Command, Entry
    from tests.faults.seat import Seat

KINDS = {command_name(kind): kind for kind in sorted(RT.offer.writes, key=command_name)}
who = st.integers(0, 1)
where = st.integers(0, 2)
faults = st.lists(st.sampled_from(list(Fault)), min_size=1, max_size=6)


class Presence(Enum):
    """What the model knows of an action's effect."""

    NOT_YET = "not yet"
    PERHAPS = "perhaps"
    THERE = "there"
    NEVER = "never"


FEWEST = {Presence.THERE: 1}
MOST = {Presence.PERHAPS: 1, Presence.THERE: 1}


class FaultMachine(RuleBasedStateMachine):
    """Two coordinators, their homes, an RT with a memory, and whatever may come between."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = TurningLoop()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.ground = FakeGround(0, self.loop)
        self.ground.schedule.over = True
        home = Path(self.folder.name)
        self.seats = [
            self.ground.sit("anna", home / "anna", "sro-manager", Book("sro-manager")),
            self.ground.sit("bert", home / "bert", "sro-manager2", Book("sro-manager2")),
        ]
        self.asking = Asking(random.Random("machine"), TEAMS, NOON.date())
        self.play = Play(0, self.ground, self.seats, self.asking, steps=0)
        self.model: dict[str, tuple[Command, Presence]] = {}
        for seat in self.seats:
            self.does(seat.desk.refresh())

    def does(self, work: Coroutine[object, object, object]) -> None:
        self.loop.run_until_complete(work)

    def presume(self, key: str, presence: Presence) -> None:
        self.model[key] = self.model[key][0], presence

    def entries(self, seat: Seat) -> tuple[Entry, ...]:
        return seat.desk._outbox.entries()

    def settle_model(self, seat: Seat) -> None:
        """After something may have left: what is done is there, what has not been tried is not."""
        for entry in self.entries(seat):
            presence = self.model.get(entry.key, (entry.command, Presence.NOT_YET))[1]
            if entry.state is State.DONE:
                presence = Presence.THERE
            elif entry.tries and presence is Presence.NOT_YET:
                presence = Presence.PERHAPS
            self.model[entry.key] = entry.command, presence

    # ---------------------------------------------------------------------------------------------------- what happens

    @rule(who=who, where=where, kind=st.sampled_from(sorted(KINDS)), reason=st.booleans())
    def ask(self, who: int, where: int, kind: str, *, reason: bool) -> None:
        seat, ref = self.seats[who], self.ground.tickets[where]
        rollout = seat.desk.board.rollout(ref)
        if rollout is None:
            return
        command = self.asking.of(KINDS[kind], ref, rollout.title)

        async def submit() -> None:
            entry = await seat.desk.submit(command, reason="it must be" if reason else "")
            seat.book.told[entry.id] = entry.command

        before = len(self.entries(seat))
        try:
            self.does(submit())
        except Objected:
            assert len(self.entries(seat)) == before, "what is objected to is not queued"
        else:
            assert len(self.entries(seat)) > before, "what is told to be queued is on the disk"
            self.settle_model(seat)

    @rule(who=who, coming=faults)
    def deliver(self, who: int, coming: list[Fault]) -> None:
        self.ground.schedule.over, self.ground.schedule.coming = False, list(coming)
        self.does(self.seats[who].desk.deliver())
        self.ground.schedule.over = True
        self.does(self.ground.arrive())
        self.settle_model(self.seats[who])

    @rule(who=who, coming=faults, turns=st.integers(1, 25), dies=st.booleans())
    def deliver_interrupted(self, who: int, coming: list[Fault], turns: int, *, dies: bool) -> None:
        seat = self.seats[who]

        async def interrupted() -> None:
            task = asyncio.ensure_future(seat.desk.deliver())
            for _ in range(turns):
                await asyncio.sleep(0.002)
            if dies:
                await self.ground.restart(seat)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self.ground.schedule.over, self.ground.schedule.coming = False, list(coming)
        self.does(interrupted())
        self.ground.schedule.over = True
        self.does(self.ground.arrive())
        self.settle_model(seat)

    @rule(who=who)
    def read(self, who: int) -> None:
        self.does(self.seats[who].desk.refresh())

    @rule(seconds=st.sampled_from([1, 30, 200, 2100, 30_000, -500]))
    def time_passes(self, seconds: int) -> None:
        self.ground.turn(seconds)

    @rule(number=st.integers(0, 1_000))
    def a_colleague_changes(self, number: int) -> None:
        self.does(self.ground.colleague(random.Random(number)))

    @rule(who=who, pick=st.integers(0, 30), what=st.sampled_from(["undo", "retry", "discard", "keep_comment"]))
    def a_person_decides(self, who: int, pick: int, what: str) -> None:
        seat = self.seats[who]
        entries = self.entries(seat)
        if not entries:
            return
        entry = entries[pick % len(entries)]
        if what == "retry":
            seat.book.let_go[entry.id] += 1
        try:
            self.does(getattr(seat.desk, what)(entry.id))
        except PpsError:
            return
        if what in ("undo", "discard", "keep_comment") and self.model[entry.key][1] is Presence.NOT_YET:
            self.presume(entry.key, Presence.NEVER)
        self.settle_model(seat)

    # ------------------------------------------------------------------------------------------------ what always holds

    @invariant()
    def the_laws_hold(self) -> None:
        books = self.play.books()
        for seat in self.seats:
            seat.book.entries = self.entries(seat)
        assert broken(books, self.ground.truth(), settled=False) == []

    @invariant()
    def the_server_fits_the_model(self) -> None:
        truth = self.ground.truth()
        for key, (command, presence) in self.model.items():
            count = len(truth.marked(key))
            assert count <= MOST.get(presence, 0), f"{key} is {presence.name} and there {count} times"
            if due_of(command).texts and command.target.id not in truth.gone:
                assert count >= FEWEST.get(presence, 0), f"{key} is {presence.name} and there {count} times"

    def teardown(self) -> None:
        """When all is well again, everything that is still wanted gets there."""
        self.does(self.play.quiet())
        self.the_laws_hold()
        for seat in self.seats:
            self.settle_model(seat)
        self.the_server_fits_the_model()
        assert broken(self.play.books(), self.ground.truth(), settled=True) == []
        ended(self.loop, self.ground)
        self.folder.cleanup()


FaultMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestFaults = FaultMachine.TestCase
