"""What holds whatever happens: no effect twice, each record's order kept, nothing lost, nothing out of sight."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ppstui.errors import Objected, UsageError
from ppstui.model import Comment, Ref, State
from tests.desk.world import World, rollout

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ppstui.desk import Desk

RECORDS = ("1", "2", "3")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Thousands of commits: on a disk they take ten times as long, and show no more."""

records = st.sampled_from(RECORDS)
picks = st.integers(0, 30)


class OutboxMachine(RuleBasedStateMachine):
    """A desk, its files and a tracker, through everything that can go wrong between them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.world = World(Path(self.folder.name) / "state")
        self.rt = self.world.tracker("rt")
        self.rt.has(*(rollout(f"rt:{name}") for name in RECORDS))
        self.loop = asyncio.new_event_loop()
        self.desk: Desk
        self.asked: dict[str, int] = {}
        """The text of every comment that was told to be queued, and its entry's number."""

    def does(self, work: Coroutine[object, object, object]) -> None:
        self.loop.run_until_complete(work)

    @initialize()
    def open(self) -> None:
        self.desk = self.world.desk()
        self.does(self.desk.refresh())

    @rule(record=records)
    def ask(self, record: str) -> None:
        text = f"text {len(self.asked)}"

        async def submit() -> None:
            entry = await self.desk.submit(Comment(target=Ref("rt", record), text=text))
            self.asked[text] = entry.id

        if self.desk.board.rollout(Ref("rt", record)):
            self.does(submit())

    @rule()
    def deliver(self) -> None:
        self.does(self.desk.deliver())

    @rule()
    def sync(self) -> None:
        self.does(self.desk.sync())

    @rule(seconds=st.sampled_from([5, 30, 200, 4000, -500]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.turn(seconds=seconds)

    @rule(count=st.integers(1, 3))
    def answers_get_lost(self, count: int) -> None:
        self.rt.lose_answers = count

    @rule(count=st.integers(1, 2))
    def commands_are_refused(self, count: int) -> None:
        self.rt.refuse = count

    @rule(down=st.booleans(), unauthorised=st.booleans())
    def the_server_is(self, *, down: bool, unauthorised: bool) -> None:
        self.rt.down, self.rt.unauthorised = down, unauthorised

    @rule(record=records)
    def a_colleague_changes(self, record: str) -> None:
        self.rt.has(self.rt.records[Ref("rt", record)])

    @rule(in_the_middle=st.booleans())
    def the_program_dies(self, *, in_the_middle: bool) -> None:
        if in_the_middle:
            self.rt.breaks_after = True
            with contextlib.suppress(ExceptionGroup):
                self.does(self.desk.deliver())
            self.rt.breaks_after = False
        self.desk._outbox.close()
        self.desk._cache.close()
        self.desk._aside.stop()
        self.desk = self.world.desk()

    @rule()
    def another_desk_asks(self) -> None:
        text = f"text {len(self.asked)}"
        other = self.world.desk()

        async def submit() -> None:
            entry = await other.submit(Comment(target=Ref("rt", "1"), text=text))
            self.asked[text] = entry.id
            await other.deliver()
            await other.aclose()
            await self.desk.catch_up()

        self.does(submit())

    @rule(pick=picks, what=st.sampled_from(["undo", "retry", "discard"]))
    def a_person_decides(self, pick: int, what: str) -> None:
        entries = self.desk.board.entries()
        if entries:
            entry = entries[pick % len(entries)]
            with contextlib.suppress(Objected, UsageError):
                self.does(getattr(self.desk, what)(entry.id))

    @invariant()
    def no_effect_twice(self) -> None:
        keys = self.rt.keys_of()
        assert len(keys) == len(set(keys))

    @invariant()
    def each_record_keeps_its_order(self) -> None:
        for record in RECORDS:
            numbers = [
                self.asked[command.text]
                for _, command in self.rt.effects
                if isinstance(command, Comment) and command.target.id == record
            ]
            assert numbers == sorted(numbers)

    @invariant()
    def nothing_is_lost_or_out_of_sight(self) -> None:
        if not hasattr(self, "desk"):
            return
        entries = {entry.id: entry for entry in self.desk.board.entries()}
        assert set(entries) == set(self.asked.values())
        assert {entry.id: entry for entry in self.desk._outbox.entries()} == entries
        effects = set(self.rt.keys_of())
        for entry in entries.values():
            if entry.state is State.DONE:
                assert entry.key in effects
            if entry.state in (State.UNDONE, State.DISCARDED) and not entry.tries:
                assert entry.key not in effects

    def teardown(self) -> None:
        """When all is well again, everything that is still wanted gets there."""
        if hasattr(self, "desk"):
            self.rt.down = self.rt.unauthorised = False
            self.rt.lose_answers = self.rt.refuse = 0
            for _ in range(2 * len(self.asked) + 2):
                self.world.clock.turn(hours=1)
                for entry in self.desk.board.entries():
                    if entry.state is State.PARKED:
                        self.does(self.desk.retry(entry.id))
                self.does(self.desk.sync())
            assert [entry for entry in self.desk.board.entries() if entry.state.pending] == []
            self.no_effect_twice()
            self.each_record_keeps_its_order()
            self.does(self.desk.aclose())
        self.loop.close()
        self.folder.cleanup()


OutboxMachine.TestCase.settings = settings(
    max_examples=80, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOutbox = OutboxMachine.TestCase
