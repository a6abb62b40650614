"""From a wish to its effect: what is asked for is on the disk, goes once, in order, and ends in plain sight."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from ppstui.desk import OutboxChanged
from ppstui.errors import NoSuchRecord, Objected, UsageError
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Kind,
    NewRollout,
    Outcome,
    Phase,
    Ref,
    Remind,
    SetOutcome,
    State,
)
from ppstui.rules.rollouts import Code, Mover, Severity
from ppstui.rules.why import why
from tests.desk.world import World, rollout

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.desk import Desk
    from ppstui.model import Entry

TEAM = "ea-NGI_IT-INFN-T1"
OTHER = "ea-NGI_PL-CYFRONET-LCG2"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


async def ready(world: World, *names: str) -> Desk:
    """A desk on a tracker `rt` with these rollouts, read."""
    rt = world.tracker("rt")
    rt.has(*(rollout(f"rt:{name}", teams=[TEAM]) for name in names or ("1",)))
    desk = world.desk()
    await desk.refresh()
    world.events.clear()
    return desk


def comment(text: str, ref: str = "rt:1") -> Comment:
    return Comment(target=Ref.parse(ref), text=text)


def outcome(wanted: Outcome | None, ref: str = "rt:1") -> SetOutcome:
    return SetOutcome(target=Ref.parse(ref), outcome=wanted)


def codes(desk: Desk, ref: str) -> list[Code]:
    standing = desk.board.standing(Ref.parse(ref))
    assert standing is not None
    return [entry.code for entry in standing.attention]


def state(desk: Desk, entry: Entry) -> State:
    found = desk.board.entry(entry.id)
    assert found is not None
    return found.state


async def test_a_comment_is_queued_shown_delivered_and_shown_as_the_server_has_it(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(comment("hello"))
    assert entry.state is State.WAITING
    assert entry.by == "coordinator"
    assert entry.key.startswith("comment-")
    shown = desk.board.rollout(Ref("rt", "1"))
    assert shown is not None
    assert [message.text for message in shown.messages] == ["hello"]
    assert desk.board.entries(Ref("rt", "1")) == (entry,)

    await desk.deliver()
    (done,) = desk.board.entries()
    assert done.state is State.DONE
    assert done.receipt == "rt:1 shows it"
    assert world.trackers["rt"].texts("rt:1") == ["hello"]
    shown = desk.board.rollout(Ref("rt", "1"))
    assert shown is not None
    assert [message.text for message in shown.messages] == ["hello"]
    assert world.states() == ["1 waiting", "1 sending", "1 done"]
    assert [happening.state for happening in await desk.history(entry.id)] == [
        State.WAITING,
        State.SENDING,
        State.DONE,
    ]


async def test_what_was_queued_survives_the_end_of_the_program(world: World) -> None:
    desk = await ready(world)
    await desk.submit(comment("hello"))
    await desk.aclose()
    again = world.desk()
    assert [entry.state for entry in again.board.entries()] == [State.WAITING]
    await again.deliver()
    assert world.trackers["rt"].texts("rt:1") == ["hello"]


async def test_a_lost_answer_leads_to_a_second_try_and_one_effect(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.lose_answers = 1
    entry = await desk.submit(comment("hello"))
    await desk.deliver()
    assert state(desk, entry) is State.WAITING
    await desk.deliver()
    assert rt.asked.count("apply comment") == 1
    world.clock.turn(seconds=15)
    await desk.deliver()
    assert state(desk, entry) is State.DONE
    assert rt.texts("rt:1") == ["hello"]


async def test_waits_grow_up_to_half_an_hour(world: World) -> None:
    desk = await ready(world)
    world.trackers["rt"].down = True
    entry = await desk.submit(comment("hello"))
    waits = []
    for _ in range(12):
        await desk.deliver()
        found = desk.board.entry(entry.id)
        assert found is not None
        assert found.due is not None
        waits.append((found.due - world.clock.now).total_seconds())
        world.clock.now = found.due
    assert 9 <= waits[0] <= 11
    assert 18 <= waits[1] <= 22
    assert 1620 <= waits[-1] <= 1980


async def test_a_server_that_names_a_time_is_asked_again_then(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.down, rt.retry_after = True, 300.0
    entry = await desk.submit(comment("hello"))
    await desk.deliver()
    found = desk.board.entry(entry.id)
    assert found is not None
    assert found.due is not None
    assert (found.due - world.clock.now).total_seconds() == 300
    assert "nobody answers" in found.last_error


async def test_entries_about_one_record_keep_their_order_and_follow_its_new_revision(world: World) -> None:
    desk = await ready(world)
    for text in ("one", "two", "three"):
        await desk.submit(comment(text))
    await desk.deliver()
    assert world.trackers["rt"].texts("rt:1") == ["one", "two", "three"]
    assert {entry.state for entry in desk.board.entries()} == {State.DONE}


async def test_the_new_revision_is_read_when_a_receipt_does_not_bring_it(world: World) -> None:
    desk = await ready(world)
    world.trackers["rt"].bare_receipts = True
    for text in ("one", "two"):
        await desk.submit(comment(text))
    await desk.deliver()
    assert {entry.state for entry in desk.board.entries()} == {State.DONE}
    shown = desk.board.rollout(Ref("rt", "1"))
    assert shown is not None
    assert [message.text for message in shown.messages] == ["one", "two"]


async def test_different_records_go_side_by_side_four_at_a_time(world: World) -> None:
    desk = await ready(world, *"123456")
    rt = world.trackers["rt"]
    for name in "123456":
        await desk.submit(comment("hello", f"rt:{name}"))
    rt.gate = asyncio.Event()
    delivering = asyncio.ensure_future(desk.deliver())
    for _ in range(4):
        await rt.arrivals.get()
    rt.gate.set()
    await delivering
    assert rt.most_under_way == 4
    assert len(rt.effects) == 6


async def test_a_refused_entry_is_parked_and_only_its_record_waits(world: World) -> None:
    desk = await ready(world, "1", "2")
    rt = world.trackers["rt"]
    rt.refuse = 1
    first = await desk.submit(comment("one"))
    second = await desk.submit(comment("two"))
    other = await desk.submit(comment("other", "rt:2"))
    await desk.deliver()
    await desk.deliver()
    assert state(desk, first) is State.PARKED
    assert state(desk, second) is State.WAITING
    assert state(desk, other) is State.DONE
    found = desk.board.entry(first.id)
    assert found is not None
    assert found.last_error == "rt: it will not"
    shown = desk.board.rollout(Ref("rt", "1"))
    assert shown is not None
    assert [message.text for message in shown.messages] == ["two"], "what was refused is not shown as if it were there"

    await desk.discard(first.id)
    await desk.deliver()
    assert state(desk, second) is State.DONE
    assert state(desk, first) is State.DISCARDED


async def test_a_conflict_shows_what_the_server_has_and_a_retry_is_based_on_that(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.has(msgspec.structs.replace(rollout("rt:1", "changed by a colleague", teams=[TEAM]), outcome="REJECT"))
    entry = await desk.submit(outcome(Outcome.ACCEPT))
    await desk.deliver()
    assert state(desk, entry) is State.PARKED
    shown = desk.board.rollout(Ref("rt", "1"))
    assert shown is not None
    assert shown.title == "changed by a colleague"
    standing = desk.board.standing(Ref("rt", "1"))
    assert standing is not None
    first = standing.attention[0]
    assert (first.code, first.severity, first.mover) == (Code.CONFLICT, Severity.BLOCKED, Mover.COORDINATOR)
    assert first.text == f"outcome (entry {entry.id}) met a newer change on the server"
    assert standing.mover is Mover.COORDINATOR
    (reason,) = [each for each in why(standing, shown, desk.policy, desk.now()) if each.code is Code.CONFLICT]
    assert (
        reason.unblock
        == "look at the newer change, then apply your action anyway, keep only its comment, or discard it"
    )
    await desk.retry(entry.id)
    assert Code.CONFLICT not in codes(desk, "rt:1")
    await desk.deliver()
    assert state(desk, entry) is State.DONE


async def test_a_refusal_is_no_conflict_and_a_discarded_conflict_presses_no_more(world: World) -> None:
    desk = await ready(world, "1", "2")
    rt = world.trackers["rt"]
    rt.refuse = 1
    await desk.submit(comment("hello"))
    await desk.deliver()
    assert Code.CONFLICT not in codes(desk, "rt:1")
    rt.has(rollout("rt:2", "changed by a colleague", phase=Phase.RESOLVED))
    late = await desk.submit(Assign(target=Ref("rt", "2"), add=(OTHER,)))
    await desk.deliver()
    assert Code.CONFLICT in codes(desk, "rt:2"), "also when the colleague closed it"
    await desk.discard(late.id)
    assert Code.CONFLICT not in codes(desk, "rt:2")


async def test_a_conflict_presses_most_and_is_found_by_its_word_also_after_the_next_start(world: World) -> None:
    desk = await ready(world, *(str(number) for number in range(1, 80)))
    last = desk.board.lines(Kind.ROLLOUT)[-1].ref
    world.trackers["rt"].has(msgspec.structs.replace(rollout(str(last), teams=[TEAM]), outcome="REJECT"))
    await desk.submit(outcome(Outcome.ACCEPT, str(last)))
    await desk.deliver()
    first = desk.board.lines(Kind.ROLLOUT)[0]
    assert (first.ref, "\nconflict\n" in first.text) == (last, True)
    await desk.load()
    await desk.aclose()
    again = world.desk(offline=True)
    await again.load()
    assert again.board.lines(Kind.ROLLOUT)[0].ref == last
    assert Code.CONFLICT in codes(again, str(last))


async def test_a_record_that_is_gone_leaves_the_board_and_parks_its_entry(world: World) -> None:
    desk = await ready(world)
    world.trackers["rt"].loses(Ref("rt", "1"))
    entry = await desk.submit(comment("hello"))
    await desk.deliver()
    assert state(desk, entry) is State.PARKED
    assert desk.board.count(Kind.ROLLOUT) == 0


async def test_a_source_that_does_not_know_us_is_held_until_a_reading_succeeds(world: World) -> None:
    desk = await ready(world, "1", "2")
    rt = world.trackers["rt"]
    rt.unauthorised = True
    entries = [await desk.submit(comment("hello", ref)) for ref in ("rt:1", "rt:2")]
    await desk.deliver()
    assert [state(desk, entry) for entry in entries] == [State.HELD, State.HELD]
    assert desk.board.sources()[0].held == "rt: the token is not accepted; renew it"
    asked = rt.asked.count("apply comment")
    await desk.deliver()
    assert rt.asked.count("apply comment") == asked

    rt.unauthorised = False
    await desk.refresh()
    assert desk.board.sources()[0].held == ""
    world.clock.turn(minutes=1)
    await desk.deliver()
    assert [state(desk, entry) for entry in entries] == [State.DONE, State.DONE]


async def test_a_reading_that_is_not_let_in_holds_deliveries_too(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.unauthorised = True
    await desk.refresh()
    entry = await desk.submit(comment("hello"))
    await desk.deliver()
    assert state(desk, entry) is State.HELD
    assert "apply comment" not in rt.asked


async def test_a_retry_lets_a_held_source_go(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.unauthorised = True
    entry = await desk.submit(comment("hello"))
    await desk.deliver()
    rt.unauthorised = False
    await desk.retry(entry.id)
    await desk.deliver()
    assert state(desk, entry) is State.DONE


async def test_a_new_process_tries_held_entries_with_todays_credentials(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.unauthorised = True
    entry = await desk.submit(comment("hello"))
    await desk.deliver()
    await desk.aclose()
    rt.unauthorised = False
    world.clock.turn(minutes=1)
    again = world.desk()
    assert (await again.settle(entry.id, 5)).state is State.DONE


async def test_a_delivery_that_never_ends_is_broken_off_and_tried_again(world: World) -> None:
    desk = await ready(world)
    await desk.aclose()
    desk = world.desk(patience=0.05)
    rt = world.trackers["rt"]
    rt.silent = True
    entry = await desk.submit(comment("hello"))
    await desk.deliver()
    assert state(desk, entry) is State.WAITING
    rt.silent = False
    world.clock.turn(minutes=1)
    await desk.deliver()
    assert rt.texts("rt:1") == ["hello"]


async def test_an_interrupted_delivery_goes_again(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.gate = asyncio.Event()
    entry = await desk.submit(comment("hello"))
    settling = asyncio.ensure_future(desk.settle(entry.id, 60))
    await rt.arrivals.get()
    settling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await settling
    while state(desk, entry) is State.SENDING:
        await world.told.get()
    rt.gate = None
    await desk.deliver()
    assert state(desk, entry) is State.WAITING, "the server may still be at it"
    world.clock.turn(seconds=31)
    assert (await desk.settle(entry.id, 5)).state is State.DONE
    assert rt.texts("rt:1") == ["hello"]


async def test_what_was_claimed_for_somebody_who_gave_up_goes_again(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(comment("hello"))
    await desk._courier.elect()
    disk = threading.Event()
    desk._aside.post(disk.wait)
    carrying = asyncio.ensure_future(desk._courier.carry(desk.channels()[0]))
    for _ in range(10):
        await asyncio.sleep(0)
    carrying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await carrying
    disk.set()
    for _ in range(2):
        await desk._aside.run(bool)
    found = (await desk._aside.run(desk._outbox.entries))[0]
    assert (found.state, found.tries) == (State.WAITING, 1)
    assert (await desk.settle(entry.id, 5)).state is State.DONE


async def test_a_bug_in_an_adapter_is_not_hidden_and_the_entry_is_safe(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.breaks = True
    entry = await desk.submit(comment("hello"))
    with pytest.raises(ExceptionGroup):
        await desk.deliver()
    await desk.aclose()
    rt.breaks = False
    world.clock.turn(seconds=31)
    again = world.desk()
    await again.deliver()
    assert state(again, entry) is State.DONE


async def test_an_entry_that_ends_the_program_every_time_is_parked(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(comment("hello"))
    rt = world.trackers["rt"]
    rt.breaks = True
    for _ in range(3):
        with pytest.raises(ExceptionGroup):
            await desk.deliver()
        desk._outbox.close()  # the process ends without a word
        world.clock.turn(minutes=10)
        desk = world.desk()
    await desk.deliver()
    assert state(desk, entry) is State.PARKED


async def test_rules_stand_against_it_and_a_reason_overrides_what_may_be(world: World) -> None:
    desk = await ready(world)
    world.clock.turn(days=2)
    remind = Remind(target=Ref("rt", "1"), teams=(TEAM,), text=f"{TEAM}: please answer")
    await desk.submit(remind)
    await desk.deliver()
    await desk.refresh()
    with pytest.raises(Objected) as refused:
        await desk.submit(remind)
    assert [objection.rule for objection in refused.value.objections] == ["cooldown"]
    entry = await desk.submit(remind, reason="the release is today")
    assert entry.reason == "the release is today"
    await desk.deliver()
    assert any("the release is today" in text for text in world.trackers["rt"].texts("rt:1")), "the reason is written"
    with pytest.raises(Objected):
        await desk.submit(comment("   "), reason="because")


async def test_nothing_is_written_when_the_desk_or_the_source_is_read_only(world: World) -> None:
    await ready(world)
    world.tracker("frozen", read_only=True).has(rollout("frozen:1"))
    desk = world.desk()
    await desk.refresh()
    with pytest.raises(Objected, match="frozen is set to read only"):
        await desk.submit(comment("hello", "frozen:1"), reason="please")
    assert "read only" in desk.can(Comment, Ref("frozen", "1"))
    queued = await desk.submit(comment("hello"))
    await desk.aclose()
    looking = world.desk(read_only=True)
    with pytest.raises(Objected) as refused:
        await looking.submit(comment("hello"))
    assert [objection.rule for objection in refused.value.objections] == ["read-only"]
    await looking.deliver()
    assert state(looking, queued) is State.WAITING
    assert world.trackers["rt"].effects == []


async def test_what_can_be_done_is_said_with_the_reason_why_not(world: World) -> None:
    desk = await ready(world)
    world.trackers["rt"].has(rollout("rt:2", phase=Phase.RESOLVED))
    world.tracker("few", offers=frozenset({Comment})).has(rollout("few:1"))
    await desk.refresh()
    desk = world.desk()
    await desk.refresh()
    assert desk.can(Assign, Ref("rt", "1")) == ""
    assert desk.can(Assign, Ref("rt", "2")) == "rt:2 is closed (resolved)"
    assert desk.can(Comment, Ref("rt", "2")) == ""
    assert desk.can(NewRollout, Ref("rt", "new")) == ""
    assert desk.can(Assign, Ref("few", "1")) == "few does not offer assign"
    assert "not known" in desk.can(Comment, Ref("rt", "99"))
    assert "no source" in desk.can(Comment, Ref("gone", "1"))
    with pytest.raises(NoSuchRecord):
        desk.plan(comment("hello", "rt:99"))
    with pytest.raises(Objected, match="few does not offer assign"):
        await desk.submit(Assign(target=Ref("few", "1"), add=(TEAM,)))


async def test_a_pending_assignment_moves_the_record_on_the_board(world: World) -> None:
    rt = world.tracker("rt")
    rt.has(rollout("rt:1", phase=Phase.NEW))
    desk = world.desk()
    await desk.refresh()
    before = desk.board.standing(Ref("rt", "1"))
    await desk.submit(Assign(target=Ref("rt", "1"), add=(TEAM,)))
    after = desk.board.standing(Ref("rt", "1"))
    assert before is not None
    assert after is not None
    assert (before.stage.value, after.stage.value) == ("new-unassigned", "awaiting-ack")
    assert "awaiting-ack" in desk.board.lines(Kind.ROLLOUT)[0].text


async def test_what_has_not_left_is_taken_back(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(comment("hello"))
    undone = await desk.undo()
    assert (undone.id, undone.state) == (entry.id, State.UNDONE)
    await desk.deliver()
    assert world.trackers["rt"].effects == []
    shown = desk.board.rollout(Ref("rt", "1"))
    assert shown is not None
    assert shown.messages == ()
    with pytest.raises(UsageError, match="nothing"):
        await desk.undo()
    with pytest.raises(UsageError, match="undone"):
        await desk.undo(entry.id)


async def test_what_has_happened_is_reversed_where_it_can_be(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(Assign(target=Ref("rt", "1"), add=(OTHER,)))
    await desk.deliver()
    reversing = await desk.undo(entry.id)
    assert reversing.command == Assign(target=Ref("rt", "1"), remove=(OTHER,))
    with pytest.raises(UsageError, match="already"):
        await desk.undo(entry.id)
    await desk.deliver()
    assert state(desk, reversing) is State.DONE
    assert state(desk, entry) is State.UNDONE
    shown = desk.board.rollout(Ref("rt", "1"))
    assert shown is not None
    assert [one.team for one in shown.assignments] == [TEAM]


async def test_taking_back_leaves_what_a_colleague_did_meanwhile(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(Assign(target=Ref("rt", "1"), add=(OTHER,)))
    world.trackers["rt"].has(rollout("rt:1", teams=[TEAM, OTHER]))
    await desk.refresh()
    await desk.deliver()
    assert state(desk, entry) is State.DONE
    with pytest.raises(Objected, match="assign on rt:1 cannot be taken back: it changed no team"):
        await desk.undo(entry.id)


async def test_what_was_said_cannot_be_unsaid(world: World) -> None:
    desk = await ready(world)
    said = await desk.submit(Acknowledge(target=Ref("rt", "1"), team=TEAM, answer=Answer.ACCEPT))
    await desk.deliver()
    with pytest.raises(Objected, match=r"acknowledge on rt:1 cannot be taken back: .*acknowledge anew"):
        await desk.undo(said.id)


async def test_undo_without_a_number_finds_the_last_one_that_can_be_taken_back(world: World) -> None:
    desk = await ready(world)
    assigned = await desk.submit(Assign(target=Ref("rt", "1"), add=(OTHER,)))
    await desk.submit(comment("hello"))
    await desk.deliver()
    await desk.undo()
    await desk.deliver()
    assert state(desk, assigned) is State.UNDONE
    with pytest.raises(UsageError, match="nothing"):
        await desk.undo()


async def test_a_new_rollout_appears_when_the_source_has_made_it(world: World) -> None:
    desk = await ready(world)
    title = "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64"
    await desk.submit(NewRollout(target=Ref("rt", "new"), title=title))
    assert desk.board.count(Kind.ROLLOUT) == 1
    world.trackers["rt"].bare_receipts = True
    await desk.deliver()
    found = [desk.board.rollout(line.ref) for line in desk.board.lines(Kind.ROLLOUT)]
    assert title in [record.title for record in found if record]


async def test_sync_reads_delivers_and_says_what_is_left(world: World) -> None:
    desk = await ready(world, "1", "2")
    rt = world.trackers["rt"]
    rt.refuse = 1
    await desk.submit(comment("refused"))
    await desk.submit(comment("fine", "rt:2"))
    synced = await desk.sync()
    assert [entry.command.target for entry in synced.delivered] == [Ref("rt", "2")]
    assert [(entry.command.target, entry.state) for entry in synced.left] == [(Ref("rt", "1"), State.PARKED)]
    assert [status.ok for status in synced.sources] == [True]


async def test_two_desks_on_one_home_elect_one_courier_and_the_other_shows(world: World) -> None:
    desk = await ready(world)
    await desk.submit(comment("one"))
    await desk.deliver()
    other = world.desk()
    entry = await other.submit(comment("two"))
    await other.deliver()
    assert state(other, entry) is State.WAITING
    assert other.courier.startswith("process ")
    assert desk.courier == ""
    await desk.catch_up()
    await desk.deliver()
    await other.catch_up()
    assert state(other, entry) is State.DONE
    await desk.aclose()
    last = await other.submit(comment("three"))
    await other.deliver()
    assert state(other, last) is State.DONE


async def test_the_lease_of_a_desk_that_vanished_runs_out(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.down = True
    entry = await desk.submit(comment("one"))
    await desk.deliver()
    desk._outbox.close()
    rt.down = False
    other = world.desk()
    world.clock.turn(seconds=60)
    await other.deliver()
    assert state(other, entry) is State.WAITING
    world.clock.turn(seconds=61)
    await other.deliver()
    assert state(other, entry) is State.DONE


async def test_a_clock_that_jumps_back_neither_blocks_nor_doubles(world: World) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    world.clock.turn(days=400)
    rt.lose_answers = 1
    entry = await desk.submit(comment("one"))
    await desk.deliver()
    world.clock.turn(days=-400)
    await desk.deliver()
    assert state(desk, entry) is State.DONE
    assert rt.texts("rt:1") == ["one"]


async def test_every_move_of_an_entry_is_told(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(comment("hello"))
    await desk.discard(entry.id)
    told = [event.entry.state for event in world.events if isinstance(event, OutboxChanged)]
    assert told == [State.WAITING, State.DISCARDED]
    with pytest.raises(UsageError, match="discarded already"):
        await desk.discard(entry.id)
    with pytest.raises(UsageError, match="no entry 99"):
        await desk.retry(99)
