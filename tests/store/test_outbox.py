"""The outbox by itself: its lease, its numbers, and what another version or another process does to it."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import UsageError
from ppstui.model import Comment, NewRollout, Poll, Ref, Report, State
from ppstui.port import Exchange
from ppstui.store import Asked, Holder, Outbox, Wanted
from ppstui.store.asked import DOUBT, LEAVING
from ppstui.store.outbox import LONGEST_WAIT
from ppstui.store.rows import put
from tests.desk.world import Clock, rollout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ppstui.model import Record
    from ppstui.store import Claim

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
    assert (claimed.entry.state, claimed.entry.tries) == (State.SENDING, 1)


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
    assert again.entry.key == entry.key
    assert outbox.wait(claimed.entry, other, "too late", clock.now).state is State.SENDING, "it is another's by now"
    assert outbox.done(claimed.entry, "it was there")[0].state is State.DONE, "what has happened has happened"
    assert outbox.done(again.entry, "again") == ()
    assert outbox.park(again.entry, ME, "no").state is State.DONE


def test_a_conflict_is_remembered_until_somebody_lets_the_entry_go_again(outbox: Outbox, clock: Clock) -> None:
    (entry,) = outbox.add(wanted("a"))
    outbox.elect(ME)
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    assert outbox.park(claimed.entry, ME, "it moved on", conflict=True).conflict
    again = Outbox(outbox._file.path, clock, print)
    assert [each.conflict for each in again.entries()] == [True]
    assert not outbox.retry(entry.id)[0].conflict
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    assert not outbox.park(claimed.entry, ME, "no").conflict


def test_no_wait_is_longer_than_the_longest(outbox: Outbox, clock: Clock) -> None:
    outbox.add(wanted("a"))
    outbox.elect(ME)
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    outbox.wait(claimed.entry, ME, "later", clock.now + 2 * LONGEST_WAIT)
    assert outbox.claim("rt", ME) is not None


def test_what_does_not_exist_yet_waits_for_nothing(outbox: Outbox) -> None:
    for key in ("a", "b"):
        outbox.add(Wanted(command=NewRollout(target=Ref("rt", "new"), title=key), key=key, by="me"))
    outbox.elect(ME)
    first = outbox.claim("rt", ME)
    assert first is not None
    outbox.park(first.entry, ME, "no")
    second = outbox.claim("rt", ME)
    assert second is not None
    assert second.entry.key == "b"


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
    assert "entry 1 is damaged, or was asked for with another version" in said[0]
    outbox.elect(ME)
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    assert claimed.entry.key == "b"


def test_taking_back_what_may_have_arrived_says_so(outbox: Outbox, clock: Clock) -> None:
    outbox.add(wanted("a"))
    outbox.elect(ME)
    claimed = outbox.claim("rt", ME)
    assert claimed is not None
    with pytest.raises(UsageError, match="being sent right now"):
        outbox.undo(claimed.entry.id)
    outbox.wait(claimed.entry, ME, "no answer", clock.now)
    outbox.undo(claimed.entry.id)
    assert "may have reached rt" in outbox.log(claimed.entry.id)[-1].text


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


# ------------------------------------------------------------------------------------------------- what goes beside it


def claimed(outbox: Outbox) -> Claim:
    found = outbox.claim("rt", ME)
    assert found is not None
    return found


REPORT = Report(target=Ref("rt", "1"), team="ea-NGI_IT-INFN-T1", name="r.odt", size=4, digest="d", content=b"data")


def test_a_reports_file_is_kept_apart_and_handed_out_only_with_the_claim(outbox: Outbox) -> None:
    (entry,) = outbox.add(Wanted(command=REPORT, key="report-a", by="me"))
    listed = outbox.entries()[0]
    assert isinstance(listed.command, Report)
    assert (entry, listed.command.content, listed.command.size) == (listed, b"", 4)
    outbox.elect(ME)
    claim = claimed(outbox)
    assert claim.command == REPORT
    assert isinstance(claim.entry.command, Report)
    assert claim.entry.command.content == b""
    assert outbox.content(entry.id) == b"data"


@pytest.mark.parametrize("end", ["done", "undo", "discard", "keep_comment"])
def test_the_file_goes_as_soon_as_the_entry_is_settled(outbox: Outbox, end: str) -> None:
    (entry,) = outbox.add(Wanted(command=REPORT, key="report-a", by="me", seen=rollout("rt:1")))
    outbox.elect(ME)
    if end == "done":
        outbox.done(claimed(outbox).entry, "it is there")
    elif end == "keep_comment":
        outbox.keep_comment(entry.id, wanted("instead"))
    else:
        getattr(outbox, end)(entry.id)
    assert outbox.content(entry.id) == b""
    assert outbox.seen(entry.id) is None
    settled = outbox.entry(entry.id)
    assert settled is not None
    assert isinstance(settled.command, Report)
    assert (settled.command.name, settled.command.digest) == ("r.odt", "d"), "what it was stays in the log"


def test_the_file_of_what_goes_again_stays(outbox: Outbox, clock: Clock) -> None:
    outbox.add(Wanted(command=REPORT, key="report-a", by="me"))
    outbox.elect(ME)
    outbox.wait(claimed(outbox).entry, ME, "no answer", clock.now)
    claim = claimed(outbox)
    assert claim.command == REPORT
    outbox.park(claim.entry, ME, "it will not")
    outbox.retry(1)
    assert claimed(outbox).command == REPORT


def test_what_the_person_had_seen_is_handed_out_with_the_claim_and_replaced_by_a_second_look(outbox: Outbox) -> None:
    before, after = rollout("rt:1", "before"), rollout("rt:1", "after")
    outbox.add(Wanted(command=Comment(target=Ref("rt", "1"), text="hello"), key="a", by="me", seen=before))
    outbox.elect(ME)
    claim = claimed(outbox)
    assert claim.seen == before
    outbox.park(claim.entry, ME, "it moved on", conflict=True)
    (again,) = outbox.retry(1, after)
    assert again.base_rev == after.rev
    assert claimed(outbox).seen == after
    assert outbox.record_before(1) == after, "it had changed nothing so far"


def test_who_comes_later_is_told_what_came_of_who_was_first(outbox: Outbox) -> None:
    seen = rollout("rt:1")
    outbox.add(
        *(
            Wanted(command=Comment(target=Ref.parse(ref), text=key), key=key, by="me", seen=saw)
            for key, ref, saw in [("a", "rt:1", seen), ("b", "rt:1", seen), ("c", "rt:2", seen), ("d", "rt:1", None)]
        )
    )
    told: list[tuple[int, list[int]]] = []

    def rebase(first: Asked, later: Sequence[Asked]) -> Mapping[int, Record]:
        told.append((first.entry.id, [each.entry.id for each in later]))
        return {each.entry.id: rollout("rt:1", "brought up to date") for each in later}

    outbox.undo(1, rebase)
    assert told == [(1, [2])]
    assert outbox.seen(2) == rollout("rt:1", "brought up to date")
    assert outbox.seen(3) == seen


def test_keeping_only_a_comment_gives_one_up_and_queues_the_other(outbox: Outbox) -> None:
    outbox.add(wanted("a"))
    given_up, comment = outbox.keep_comment(1, wanted("b"))
    assert [(given_up.id, given_up.state), (comment.id, comment.state)] == [
        (1, State.DISCARDED),
        (2, State.WAITING),
    ]
    assert outbox.log(1)[-1].text == "discarded, but for a comment"
    with pytest.raises(UsageError, match="discarded already"):
        outbox.keep_comment(1, wanted("c"))
    assert [entry.key for entry in outbox.entries()] == ["b", "a"]


def test_requests_are_kept_with_the_entry_they_were_made_for_and_with_no_other(outbox: Outbox, clock: Clock) -> None:
    outbox.add(wanted("a"), wanted("b"))
    outbox.note_exchange(Exchange("b", "POST /ticket \ud800", "201 made"))
    outbox.note_exchange(Exchange("unknown", "POST", "200"))
    outbox.note_exchange(Exchange("b", "x" * 50_000, "200"))
    assert outbox.exchanges(1) == ()
    first, second = outbox.exchanges(2)
    assert (first.at, first.request, first.answer) == (clock.now, "POST /ticket ?", "201 made")
    assert len(second.request) == 20_000


# ------------------------------------------------------------------------------------------------------------- mails


def poll(outbox: Outbox) -> Claim:
    """A poll that is being sent."""
    command = Poll(target=Ref("rt", "1"), to="early-adopters-emi@mailman.egi.eu", subject="Who?", text="Please answer.")
    outbox.add(Wanted(command=command, key="poll-a", by="me"))
    outbox.elect(ME)
    return claimed(outbox)


def test_a_mail_that_was_leaving_when_the_program_ended_is_for_a_person(outbox: Outbox, clock: Clock) -> None:
    claim = poll(outbox)
    leaving = outbox.leaving(claim.entry, ME)
    assert leaving is not None
    assert leaving.mail == LEAVING
    clock.turn(seconds=121)
    other = Holder("other", os.getpid(), "here")
    assert outbox.elect(other).new
    (entry,) = outbox.entries()
    assert (entry.state, entry.mail, entry.last_error) == (State.PARKED, LEAVING, DOUBT)
    assert outbox.claim("rt", other) is None
    (again,) = outbox.retry(entry.id)
    assert (again.state, again.mail) == (State.WAITING, ""), "a person has decided"


def test_a_mail_that_had_not_begun_to_leave_goes_again(outbox: Outbox, clock: Clock) -> None:
    poll(outbox)
    clock.turn(seconds=121)
    outbox.elect(Holder("other", os.getpid(), "here"))
    assert [(entry.state, entry.mail) for entry in outbox.entries()] == [(State.WAITING, "")]


def test_of_a_mail_that_went_only_the_note_goes_again(outbox: Outbox, clock: Clock) -> None:
    claim = poll(outbox)
    outbox.leaving(claim.entry, ME)
    assert outbox.mailed(claim.entry, ME, "250 queued").mail == "250 queued"
    clock.turn(seconds=121)
    outbox.elect(Holder("other", os.getpid(), "here"))
    assert [(entry.state, entry.mail) for entry in outbox.entries()] == [(State.WAITING, "250 queued")]


def test_a_courier_that_was_overtaken_hands_no_mail_over(outbox: Outbox, clock: Clock) -> None:
    claim = poll(outbox)
    clock.turn(seconds=121)
    outbox.elect(Holder("other", os.getpid(), "here"))
    assert outbox.leaving(claim.entry, ME) is None
    assert outbox.entries()[0].mail == ""


def test_an_answer_that_comes_after_all_settles_the_doubt(outbox: Outbox, clock: Clock) -> None:
    claim = poll(outbox)
    outbox.leaving(claim.entry, ME)
    clock.turn(seconds=121)
    outbox.elect(Holder("other", os.getpid(), "here"))
    found = outbox.mailed(claim.entry, ME, "250 queued")
    assert (found.state, found.mail) == (State.PARKED, "250 queued")
    (again,) = outbox.retry(found.id)
    assert again.mail == "250 queued", "the mail went: only the note is tried again"


def test_quitting_while_a_mail_leaves_asks_a_person_too(outbox: Outbox) -> None:
    claim = poll(outbox)
    outbox.leaving(claim.entry, ME)
    outbox.resign(ME)
    assert [(entry.state, entry.last_error) for entry in outbox.entries()] == [(State.PARKED, DOUBT)]


def test_what_is_doubtful_never_waits_whatever_a_courier_asks_for(outbox: Outbox, clock: Clock) -> None:
    claim = poll(outbox)
    outbox.leaving(claim.entry, ME)
    assert outbox.wait(claim.entry, ME, "it was interrupted", clock.now).state is State.PARKED


def test_a_mail_that_did_not_leave_waits_and_is_sent_then(outbox: Outbox, clock: Clock) -> None:
    claim = poll(outbox)
    outbox.leaving(claim.entry, ME)
    waiting = outbox.wait(claim.entry, ME, "nobody answers", clock.now, mail="")
    assert (waiting.state, waiting.mail) == (State.WAITING, "")


@pytest.mark.parametrize(("answer", "told"), [("", "its mail may have left"), ("250", "its mail went before")])
def test_giving_up_a_poll_says_what_is_known_of_its_mail(outbox: Outbox, answer: str, told: str) -> None:
    claim = poll(outbox)
    outbox.leaving(claim.entry, ME)
    if answer:
        outbox.mailed(claim.entry, ME, answer)
    outbox.park(claim.entry, ME, "no")
    outbox.discard(claim.entry.id)
    assert told in outbox.log(claim.entry.id)[-1].text


def test_what_a_courier_could_not_write_down_goes_again_with_its_next_election(outbox: Outbox) -> None:
    outbox.add(wanted("a"), wanted("b", "rt:2"))
    outbox.elect(ME)
    first, second = claimed(outbox), claimed(outbox)
    outbox.elect(ME, under_way={second.entry.id})
    states = {entry.key: entry.state for entry in outbox.entries()}
    assert states == {first.entry.key: State.WAITING, second.entry.key: State.SENDING}


# ------------------------------------------------------------------------------------------- what this cannot read


TELEPORT = '{"do":"teleport","target":{"source":"rt","id":"1"}}'


def damage(outbox: Outbox, number: int, **cells: str | bytes | None) -> None:
    outbox._file.write(lambda connection: put(connection, number, **cells))


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"command": TELEPORT}, "'teleport', which this version does not know"),
        ({"command": '{"do":"comm'}, "what it asks for is damaged"),
        ({"command": '{"do":"comment","target":{"source":"rt","id":"1"}}'}, "missing required field `text`"),
        ({"asked_at": "yesterday"}, "yesterday"),
        ({"state": "floating"}, "floating"),
    ],
)
def test_what_cannot_be_read_is_told_of_and_once_given_up_lets_later_entries_go(
    outbox: Outbox, cells: dict[str, str], why: str
) -> None:
    outbox.add(wanted("a"), wanted("b"))
    damage(outbox, 1, **cells)
    outbox.elect(ME)
    assert outbox.claim("rt", ME) is None, "the later entry waits"
    (found,) = outbox.unread()
    assert (found.id, found.key, found.target, found.by, found.pending) == (1, "a", "rt:1", "me", True)
    assert why in found.why
    given_up = outbox.give_up(1)
    assert (given_up.state, given_up.pending) == ("discarded", False)
    assert given_up.happened[-1][1:] == ("discarded", f"discarded; {found.why}")
    gone = outbox.claim("rt", ME)
    assert gone is not None
    assert gone.entry.key == "b", "and nothing of the first is sent"
    with pytest.raises(UsageError, match=r"discarded already|no entry 1 that cannot be read"):
        outbox.give_up(1)


def test_what_was_given_up_unread_is_not_complained_of_any_more(
    outbox: Outbox, tmp_path: Path, clock: Clock, said: list[str]
) -> None:
    outbox.add(wanted("a"))
    damage(outbox, 1, command=TELEPORT)
    outbox.entries()
    assert "ppstui outbox discard 1" in said[0]
    outbox.give_up(1)
    Outbox(tmp_path / "outbox.sqlite", clock, said.append).entries()
    assert len(said) == 1


def test_only_what_cannot_be_read_is_given_up_unread(outbox: Outbox) -> None:
    outbox.add(wanted("a"))
    assert outbox.unread() == ()
    for number in (1, 2):
        with pytest.raises(UsageError, match=f"no entry {number} that cannot be read"):
            outbox.give_up(number)
    assert outbox.entries()[0].state is State.WAITING


def test_what_another_version_is_sending_right_now_is_not_given_up(outbox: Outbox, clock: Clock) -> None:
    outbox.add(wanted("a"))
    outbox.elect(ME)
    assert outbox.claim("rt", ME) is not None
    damage(outbox, 1, command=TELEPORT)
    with pytest.raises(UsageError, match="being sent right now by another"):
        outbox.give_up(1)
    clock.now += dt.timedelta(hours=1)
    assert "may have reached rt" in outbox.give_up(1).happened[-1][2], "who sent it has gone"


def test_a_mail_that_cannot_be_read_and_may_have_left_stops_no_courier(outbox: Outbox, clock: Clock) -> None:
    outbox.add(wanted("a"), wanted("b", "rt:2"))
    outbox.elect(ME)
    first = claimed(outbox)
    outbox.leaving(first.entry, ME)
    damage(outbox, 1, command=TELEPORT)
    clock.now += dt.timedelta(hours=1)
    other = Holder("other", os.getpid(), "here")
    assert outbox.elect(other).mine
    second = outbox.claim("rt", other)
    assert second is not None
    assert second.entry.key == "b"
    (found,) = outbox.unread()
    assert (found.state, found.last_error) == ("parked", DOUBT)
    assert "its mail may have left" in outbox.give_up(1).happened[-1][2]
