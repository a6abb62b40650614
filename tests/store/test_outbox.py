"""The outbox by itself: its lease, its numbers, and what another version or another process does to it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import UsageError
from ppstui.model import Comment, NewRollout, Ref, State
from ppstui.store import Holder, Outbox, Wanted
from ppstui.store.outbox import LONGEST_WAIT
from tests.desk.world import Clock

if TYPE_CHECKING:
    from pathlib import Path

ME = Holder("me", os.getpid(), "here")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def outbox(tmp_path: Path, clock: Clock, said: list[str]) -> Outbox:
    return Outbox(tmp_path / "outbox.sqlite", clock, said.append)


def wanted(key: str, ref: str = "rt:1") -> Wanted:
    return Wanted(command=Comment(target=Ref.parse(ref), text=key), key=key, by="me")


def no_such_process() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    return child.pid


def test_only_the_holder_of_the_lease_gets_something_to_carry(outbox: Outbox) -> None:
    outbox.add(wanted("a"))
    other = Holder("other", os.getpid(), "here")
    assert outbox.claim("rt", ME) is None
    assert outbox.elect(ME).mine
    assert not outbox.elect(other).mine
    assert outbox.claim("rt", other) is None
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    assert (claimed.state, claimed.tries) == (State.SENDING, 1)


def test_a_holder_whose_process_is_gone_is_replaced_at_once_on_the_same_machine(outbox: Outbox) -> None:
    gone = no_such_process()
    outbox.elect(Holder("gone", gone, "elsewhere"))
    assert not outbox.elect(ME).mine
    outbox.resign(Holder("gone", gone, "elsewhere"))
    outbox.elect(Holder("gone", gone, "here"))
    assert outbox.elect(ME).mine


def test_a_lease_from_a_clock_that_ran_ahead_does_not_hold_for_ever(outbox: Outbox, clock: Clock) -> None:
    clock.turn(days=3000)
    outbox.elect(Holder("other", os.getpid(), "here"))
    clock.turn(days=-3000)
    assert outbox.elect(ME).mine


def test_a_new_courier_takes_up_what_the_last_one_was_sending(outbox: Outbox, clock: Clock) -> None:
    other = Holder("other", os.getpid(), "here")
    (entry,) = outbox.add(wanted("a"))
    outbox.elect(other)
    claimed = outbox.claim("rt", other)
    assert claimed is not None
    clock.turn(seconds=121)
    assert outbox.elect(ME).new
    again = outbox.claim("rt", ME)
    assert again is not None
    assert again.key == entry.key
    assert outbox.wait(claimed, other, "too late", clock.now).state is State.SENDING, "it is another's by now"
    assert outbox.done(claimed, "it was there", "")[0].state is State.DONE, "what has happened has happened"
    assert outbox.done(again, "again", "") == ()
    assert outbox.park(again, ME, "no").state is State.DONE


def test_a_conflict_is_remembered_until_somebody_lets_the_entry_go_again(outbox: Outbox, clock: Clock) -> None:
    (entry,) = outbox.add(wanted("a"))
    outbox.elect(ME)
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    assert outbox.park(claimed, ME, "it moved on", conflict=True).conflict
    again = Outbox(outbox._file.path, clock, print)
    assert [each.conflict for each in again.entries()] == [True]
    assert not outbox.retry(entry.id, "2")[0].conflict
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    assert not outbox.park(claimed, ME, "no").conflict


def test_no_wait_is_longer_than_the_longest(outbox: Outbox, clock: Clock) -> None:
    outbox.add(wanted("a"))
    outbox.elect(ME)
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    outbox.wait(claimed, ME, "later", clock.now + 2 * LONGEST_WAIT)
    assert outbox.claim("rt", ME) is not None


def test_what_does_not_exist_yet_waits_for_nothing(outbox: Outbox) -> None:
    for key in ("a", "b"):
        outbox.add(Wanted(command=NewRollout(target=Ref("rt", "new"), title=key), key=key, by="me"))
    outbox.elect(ME)
    first = outbox.claim("rt", ME)
    assert first is not None
    outbox.park(first, ME, "no")
    second = outbox.claim("rt", ME)
    assert second is not None
    assert second.key == "b"


def test_entries_go_into_the_outbox_all_or_none(outbox: Outbox) -> None:
    outbox.add(wanted("a"))
    with pytest.raises(UsageError, match="no characters"):
        outbox.add(wanted("b"), Wanted(command=Comment(target=Ref("rt", "1"), text="\ud800"), key="c", by="me"))
    assert [entry.key for entry in outbox.entries()] == ["a"]


def test_an_entry_of_another_version_stays_and_is_mentioned_once(outbox: Outbox, said: list[str]) -> None:
    outbox.add(wanted("a"), wanted("b", "rt:2"))
    outbox._file.write(
        lambda connection: connection.execute(
            """UPDATE entry SET command = '{"do":"teleport","target":{"source":"rt","id":"1"}}' WHERE id = 1"""
        )
    )
    assert [entry.key for entry in outbox.entries()] == ["b"]
    outbox.entries()
    assert len(said) == 1
    assert "entry 1 was asked for with another version" in said[0]
    outbox.elect(ME)
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    assert claimed.key == "b"


def test_taking_back_what_may_have_arrived_says_so(outbox: Outbox, clock: Clock) -> None:
    outbox.add(wanted("a"))
    outbox.elect(ME)
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    with pytest.raises(UsageError, match="being sent right now"):
        outbox.undo(claimed.id)
    outbox.wait(claimed, ME, "no answer", clock.now)
    outbox.undo(claimed.id)
    assert "may have reached rt" in outbox.log(claimed.id)[-1].text


def test_the_number_of_settled_entries_shown_can_be_bounded(outbox: Outbox) -> None:
    for number in range(5):
        outbox.add(wanted(f"key {number}"))
    for number in (1, 2, 3):
        outbox.discard(number)
    assert [entry.id for entry in outbox.entries(2)] == [5, 4, 3, 2]
    assert [entry.id for entry in outbox.entries(0)] == [5, 4]


def test_another_process_is_noticed(outbox: Outbox, tmp_path: Path, clock: Clock) -> None:
    before = outbox.version()
    outbox.add(wanted("mine"))
    assert outbox.version() == before
    other = Outbox(tmp_path / "outbox.sqlite", clock, print)
    other.add(wanted("theirs"))
    assert outbox.version() != before
