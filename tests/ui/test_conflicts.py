"""A colleague was quicker: what the person sees of it, and the three ways out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from ppstui.model import Comment, Outcome, Poll, Ref, Rollout, SetOutcome, State
from tests.desk.world import rollout
from tests.ui.person import Watched

if TYPE_CHECKING:
    from pathlib import Path

    from tests.desk.world import Tracker
    from tests.ui.person import Person

ONE = "rt:1"


def outcome(tracker: Tracker) -> str:
    """As the server has it."""
    record = tracker.records[Ref.parse(ONE)]
    assert isinstance(record, Rollout)
    return record.outcome


def colleague_sets(tracker: Tracker, value: str) -> None:
    record = tracker.records[Ref.parse(ONE)]
    assert isinstance(record, Rollout)
    tracker.has(structs.replace(record, outcome=value))


async def meets_a_newer_change(me: Person, tracker: Tracker) -> None:
    """Asks for ACCEPT where a colleague has just said REJECT."""
    await me.stands_on(ONE)
    colleague_sets(tracker, "REJECT")
    await me.does("rollouts.outcome")
    await me.presses("a", "enter", "enter")
    await me.presses("y")
    await me.until(lambda: me.desk.board.entries()[0].state is State.PARKED, "it never met the change:")
    await me.sees("1 parked")


@pytest.mark.parametrize(
    ("key", "ends", "on_the_server", "written"),
    [
        ("a", State.DONE, "ACCEPT", []),
        ("c", State.DISCARDED, "REJECT", ["wanted to set outcome to ACCEPT"]),
        ("d", State.DISCARDED, "REJECT", []),
    ],
    ids=["apply-anyway", "keep-only-my-comment", "discard"],
)
async def test_theirs_and_mine_are_shown_and_each_way_out_does_what_it_says(
    tmp_path: Path, key: str, ends: State, on_the_server: str, written: list[str]
) -> None:
    world = Watched(tmp_path)
    tracker = world.tracker("rt")
    tracker.has(rollout(ONE))
    async with world.watching(ready="rt up to date") as me:
        await meets_a_newer_change(me, tracker)
        await me.does("outbox.retry")  # from the record itself
        await me.sees("met a newer change")
        await me.sees_line("what", "before", "theirs", "mine")
        await me.sees_line("outcome", "nothing", "REJECT", "ACCEPT")
        await me.presses("y", "enter", "p")  # none of them is a way
        assert len(me.app.screen_stack) == 2
        await me.presses(key)
        await me.sees("y does it")
        await me.presses("y")
        await me.until(lambda: me.desk.board.entry(1) is not None and _state(me) is ends, "another end:")
        await me.until(lambda: not any(e.state.pending for e in me.desk.board.entries()), "something still waits:")
        assert outcome(tracker) == on_the_server
        assert tracker.texts(ONE) == written
        assert sum(isinstance(command, SetOutcome) for command in me.asked) == 1


def _state(me: Person) -> State:
    entry = me.desk.board.entry(1)
    assert entry is not None
    return entry.state


async def test_the_outbox_tells_the_difference_and_offers_the_same(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    tracker = world.tracker("rt")
    tracker.has(rollout(ONE))
    async with world.watching(ready="rt up to date") as me:
        await meets_a_newer_change(me, tracker)
        await me.does("pane.outbox")
        await me.sees("Changed meanwhile", "theirs", "mine", "Log")
        await me.does("outbox.retry")
        await me.sees("met a newer change", "esc decides later")
        await me.presses("escape")
        assert _state(me) is State.PARKED
        await me.does("outbox.keep-comment")
        await me.sees("What is written instead", "wanted to set outcome to ACCEPT", "y writes it")
        await me.presses("y")
        await me.until(lambda: _state(me) is State.DISCARDED, "it is still parked:")
        assert Comment(target=Ref.parse(ONE), text="wanted to set outcome to ACCEPT") in me.asked


async def test_a_conflict_is_readable_in_a_narrow_window(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    tracker = world.tracker("rt")
    tracker.has(rollout(ONE))
    async with world.watching(ready="rt up to date") as me:
        await meets_a_newer_change(me, tracker)
        await me.does("outbox.retry")
        await me.pilot.resize_terminal(60, 15)
        await me.sees_line("before", "nothing")
        await me.sees_line("theirs", "REJECT")
        await me.sees_line("mine", "ACCEPT")
        await me.sees("a apply anyway", "d discard")


async def test_a_mail_that_may_have_left_is_not_sent_again_unasked(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    tracker = world.tracker("rt")
    tracker.has(rollout(ONE))
    assert world.mailer is not None
    world.mailer.lose_answers = 1
    async with world.watching(ready="rt up to date") as me:
        await me.stands_on(ONE)
        await me.does("rollouts.poll")
        await me.presses("ctrl+s")
        await me.sees("y queues it")
        await me.presses("y")
        await me.until(lambda: bool(me.asked) and _state(me) is State.PARKED, "it was not parked:")
        assert isinstance(me.asked[0], Poll)
        await me.does("pane.outbox")
        await me.sees("may have left")
        await me.does("outbox.retry")
        await me.sees("perhaps for the second time")
        await me.presses("p", "escape")
        assert len(world.mailer.sent) == 1
        await me.does("outbox.retry")
        await me.presses("y")
        await me.until(lambda: _state(me) is State.DONE, "it was not sent again:")
        assert len(world.mailer.sent) == 2


async def test_what_a_colleague_did_elsewhere_on_the_record_is_no_conflict(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    tracker = world.tracker("rt")
    tracker.has(rollout(ONE))
    async with world.watching(ready="rt up to date") as me:
        await me.stands_on(ONE)
        record = tracker.records[Ref.parse(ONE)]
        assert isinstance(record, Rollout)
        tracker.has(structs.replace(record, document="700"))
        await me.does("rollouts.outcome")
        await me.presses("a", "enter", "enter", "y")
        await me.has_sent("outcome")
        assert me.asked == [SetOutcome(target=Ref.parse(ONE), outcome=Outcome.ACCEPT)]
        assert outcome(tracker) == "ACCEPT"
