"""Asking and thinking again: durable before it is told, at once, shown with what stands against it, taken back."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from ppstui.errors import Objected, StoreError, UsageError
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Document,
    NewRollout,
    Outcome,
    Phase,
    Ref,
    Remind,
    Report,
    Resolve,
    Rollout,
    SetOutcome,
    SetStatus,
    State,
)
from ppstui.port import Exchange
from ppstui.rules.tracker import Tracker as Ways
from tests.desk.world import World, rollout

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.desk import Desk
    from ppstui.model import Command, Entry

TEAM = "ea-NGI_IT-INFN-T1"
OTHER = "ea-NGI_PL-CYFRONET-LCG2"
REF = Ref("rt", "1")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


async def ready(world: World, *, whole: bool = True) -> Desk:
    world.tracker("rt").has(msgspec.structs.replace(rollout("rt:1", teams=[TEAM]), whole=whole), rollout("rt:2"))
    desk = world.desk()
    await desk.refresh()
    return desk


def outcome(wanted: Outcome | None) -> SetOutcome:
    return SetOutcome(target=REF, outcome=wanted, reason="because")


def found(desk: Desk, entry: Entry) -> Entry:
    known = desk.board.entry(entry.id)
    assert known is not None
    return known


def there(world: World) -> Rollout:
    record = world.trackers["rt"].records[REF]
    assert isinstance(record, Rollout)
    return record


def changes(world: World, **fields: object) -> None:
    """A colleague changes the record."""
    world.trackers["rt"].has(msgspec.structs.replace(there(world), **fields))


# ------------------------------------------------------------------------------------------------------------- asking


async def test_an_entry_is_on_the_disk_before_anybody_is_told(world: World) -> None:
    desk = await ready(world)
    content = b"x" * 100_000
    report = Report(
        target=REF, team=TEAM, name=f"{TEAM}-EMI-1.0-dpm-1.8.0-1.odt", size=len(content), digest="d", content=content
    )
    disk = threading.Event()
    desk._aside.post(disk.wait)
    asking = asyncio.ensure_future(desk.submit(report, reason="it has not accepted in writing"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not asking.done(), "the disk is waited for"
    assert desk.board.entries() == ()
    disk.set()
    entry = await asking
    with contextlib.closing(sqlite3.connect(world.home / "outbox.sqlite")) as other:
        assert other.execute("SELECT state FROM entry WHERE id = ?", (entry.id,)).fetchone() == ("waiting",)
        assert other.execute("SELECT content FROM blob WHERE entry = ?", (entry.id,)).fetchone() == (content,)
    assert isinstance(entry.command, Report)
    assert entry.command.content == b""
    assert all(not getattr(each.command, "content", b"") for each in desk.board.entries())


@pytest.mark.parametrize("whole", [True, False])
async def test_asking_answers_at_once_also_when_every_server_hangs(world: World, *, whole: bool) -> None:
    desk = await ready(world, whole=whole)
    rt = world.trackers["rt"]
    rt.silent = True
    asked = list(rt.asked)
    await asyncio.wait_for(desk.submit(outcome(Outcome.ACCEPT), reason="I know"), 2)
    running = asyncio.ensure_future(desk.run())
    hanging = "apply outcome" if whole else "look rt:1"
    while not {"fetch rollouts", hanging} <= set(rt.asked[len(asked) :]):
        world.clock.turn(seconds=61)
        desk.nudge()
        await asyncio.sleep(0)
    begun = time.monotonic()
    for _ in range(5):
        await desk.submit(Comment(target=REF, text="while it hangs"))
    assert time.monotonic() - begun < 2
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_on_a_full_disk_the_person_is_told_that_nothing_was_queued(world: World) -> None:
    desk = await ready(world)

    def fill(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}").fetchone()

    desk._outbox._file.read(fill)
    with pytest.raises(StoreError, match=r"the disk is full; free some space and try again\. Nothing was queued"):
        await desk.submit(Comment(target=REF, text="x" * 100_000))
    assert desk.board.entries() == ()
    desk._outbox._file.read(lambda connection: connection.execute("PRAGMA max_page_count=100000").fetchone())
    await desk.submit(Comment(target=REF, text="x" * 100_000))
    await desk.deliver()
    assert len(world.trackers["rt"].effects) == 1


async def test_what_was_asked_for_with_only_the_list_in_sight_is_judged_before_it_goes(world: World) -> None:
    desk = await ready(world, whole=False)
    reminded = await desk.submit(Remind(target=REF, teams=(TEAM,), text=f"{TEAM}: please answer"))
    changes(world, whole=True)
    world.trackers["rt"].has(
        msgspec.structs.replace(there(world), messages=(*answers(world, Answer.REJECT),)),
    )
    await desk.deliver()
    parked = found(desk, reminded)
    assert parked.state is State.PARKED
    assert parked.last_error.startswith("asked for when only the list was known; now that the record was read: ")
    assert "owes nothing" in parked.last_error
    assert world.trackers["rt"].effects == []
    await desk.retry(reminded.id)
    await desk.deliver()
    assert found(desk, reminded).state is State.DONE


def answers(world: World, answer: Answer) -> list[object]:
    from ppstui.model import Message, Voice

    text = f"{answer.value} NGI_IT-INFN-T1"
    return [Message(id="7", at=world.clock.now, author="team", voice=Voice.REPLY, text=text)]


async def test_it_is_judged_when_its_server_is_back_and_only_once(world: World) -> None:
    desk = await ready(world, whole=False)
    remind = Remind(target=REF, teams=(TEAM,), text=f"{TEAM}: please answer")
    world.trackers["rt"].down = True
    entry = await desk.submit(remind)
    await desk.deliver()
    world.trackers["rt"].down = False
    changes(world, whole=True)
    world.trackers["rt"].lose_answers = 1
    world.clock.turn(minutes=1)
    await desk.deliver()
    assert found(desk, entry).state is State.WAITING, "its answer was lost"
    world.clock.turn(minutes=1)
    await desk.deliver()
    assert found(desk, entry).state is State.DONE, "its own effect does not stand against it"
    assert len(world.trackers["rt"].effects) == 1


async def test_it_is_judged_also_when_the_first_look_failed(world: World) -> None:
    desk = await ready(world, whole=False)
    world.trackers["rt"].down = True
    entry = await desk.submit(Remind(target=REF, teams=(TEAM,), text=f"{TEAM}: please answer"))
    await desk.deliver()
    world.trackers["rt"].down = False
    changes(world, whole=True, messages=(*answers(world, Answer.REJECT),))
    world.clock.turn(minutes=1)
    await desk.deliver()
    assert found(desk, entry).state is State.PARKED
    assert "owes nothing" in found(desk, entry).last_error


async def test_what_nothing_stands_against_goes_though_only_the_list_was_in_sight(world: World) -> None:
    desk = await ready(world, whole=False)
    entry = await desk.submit(Acknowledge(target=REF, team=TEAM, answer=Answer.ACCEPT))
    changes(world, whole=True)
    await desk.deliver()
    assert found(desk, entry).state is State.DONE


async def test_a_reminder_on_another_record_counts_for_the_cooldown(world: World) -> None:
    world.tracker("rt").has(
        rollout("rt:1", teams=[TEAM]), rollout("rt:2", teams=[TEAM]), rollout("rt:3", teams=[OTHER])
    )
    desk = world.desk()
    await desk.refresh()
    world.clock.turn(days=3)
    text = f"{TEAM}: please answer on rt:1 and rt:2"
    await desk.submit(Remind(target=REF, teams=(TEAM,), text=text, also=(Ref("rt", "2"),)))
    again = Remind(target=Ref("rt", "2"), teams=(TEAM,), text=f"{TEAM}: please answer")
    assert [each.rule for each in desk.plan(again).objections if each.blocking] == ["cooldown"]
    other = Remind(target=Ref("rt", "3"), teams=(OTHER,), text=f"{OTHER}: please answer")
    assert not desk.plan(other).blocked


async def test_a_plan_uses_the_sources_own_words(world: World) -> None:
    await ready(world)
    words: dict[Phase, tuple[str, ...]] = {Phase.OPEN: ("in arbeit",), Phase.RESOLVED: ("erledigt",)}
    world.sources[0] = msgspec.structs.replace(world.sources[0], tracker=Ways(words=words, watchers=False))
    world.trackers["rt"].has(rollout("rt:9", phase=Phase.NEW))
    desk = world.desk()
    await desk.refresh()
    effects = desk.plan(Assign(target=Ref("rt", "9"), add=(TEAM,))).effects
    assert ("status", "in arbeit") in [(effect.what, effect.after) for effect in effects]
    assert "AdminCc" not in [effect.what for effect in effects]
    resolve = Resolve(target=Ref("rt", "9"), outcome=Outcome.ACCEPT, document="7")
    assert "erledigt" in [effect.after for effect in desk.plan(resolve).effects]


async def test_a_closed_record_may_be_opened_again(world: World) -> None:
    world.tracker("rt").has(rollout("rt:1", phase=Phase.RESOLVED))
    desk = world.desk()
    await desk.refresh()
    assert desk.can(SetStatus, REF) == ""
    assert "closed" in desk.can(SetOutcome, REF)
    await desk.submit(SetStatus(target=REF, status="open"))
    await desk.deliver()
    assert there(world).status == "open"


# ---------------------------------------------------------------------------------------------------------- conflicts


async def conflict(world: World, desk: Desk) -> Entry:
    """An entry that met a colleague's change."""
    entry = await desk.submit(outcome(Outcome.ACCEPT))
    changes(world, outcome="REJECT", owner="a colleague")
    await desk.deliver()
    assert found(desk, entry).conflict
    return entry


async def test_a_conflict_shows_before_theirs_and_mine(world: World) -> None:
    desk = await ready(world)
    entry = await conflict(world, desk)
    (difference,) = await desk.differences(entry.id)
    assert (difference.what, difference.before, difference.theirs, difference.mine) == (
        "outcome",
        "",
        "REJECT",
        "ACCEPT",
    )
    await desk.aclose()
    again = world.desk()
    assert await again.differences(entry.id) == (difference,), "also after the next start"
    with pytest.raises(UsageError, match="no entry 99"):
        await again.differences(99)


async def test_a_conflict_may_be_applied_anyway_and_taken_back_to_theirs(world: World) -> None:
    desk = await ready(world)
    entry = await conflict(world, desk)
    await desk.retry(entry.id)
    await desk.deliver()
    assert found(desk, entry).state is State.DONE
    assert there(world).outcome == "ACCEPT"
    await desk.undo(entry.id)
    await desk.deliver()
    assert there(world).outcome == "REJECT"
    assert found(desk, entry).state is State.UNDONE


async def test_applied_anyway_it_still_meets_what_came_after_the_second_look(world: World) -> None:
    desk = await ready(world)
    entry = await conflict(world, desk)
    await desk.retry(entry.id)
    changes(world, outcome="")
    await desk.deliver()
    assert found(desk, entry).state is State.PARKED


async def test_only_the_comment_may_be_kept(world: World) -> None:
    desk = await ready(world)
    entry = await conflict(world, desk)
    waiting = await desk.submit(Comment(target=REF, text="behind it"))
    comment = await desk.keep_comment(entry.id)
    assert isinstance(comment.command, Comment)
    assert comment.command.text == "wanted to set outcome to ACCEPT (because)"
    await desk.deliver()
    assert [found(desk, each).state for each in (entry, waiting, comment)] == [
        State.DISCARDED,
        State.DONE,
        State.DONE,
    ]
    assert there(world).outcome == "REJECT"
    assert world.trackers["rt"].texts("rt:1")[-1] == comment.command.text
    with pytest.raises(UsageError, match="discarded already"):
        await desk.keep_comment(entry.id)


async def test_a_comment_is_kept_only_where_there_is_a_record_that_takes_one(world: World) -> None:
    desk = await ready(world)
    made = await desk.submit(NewRollout(target=Ref("rt", "new"), title="Staged Rollout CA 1.38"))
    with pytest.raises(UsageError, match="no record to write a comment on"):
        await desk.keep_comment(made.id)
    queued = await desk.submit(outcome(Outcome.ACCEPT))
    await desk.aclose()
    world.sources[0] = msgspec.structs.replace(world.sources[0], offers=frozenset({SetOutcome}))
    desk = world.desk()
    with pytest.raises(Objected, match="does not offer comment"):
        await desk.keep_comment(queued.id)
    assert found(desk, queued).state is State.WAITING, "nothing is given up for it"


async def test_keeping_the_comment_takes_its_wish_out_of_what_later_ones_saw(world: World) -> None:
    desk = await ready(world)
    first = await desk.submit(outcome(Outcome.ACCEPT))
    second = await desk.submit(outcome(Outcome.REJECT), reason="I know")
    await desk.keep_comment(first.id)
    await desk.deliver()
    assert found(desk, second).state is State.DONE


# ------------------------------------------------------------------------------------------------ notes of overriding


async def overridden(world: World) -> tuple[Desk, Entry, Entry]:
    """An action that goes although a rule stands against it, and the note that says why."""
    desk = await ready(world)
    entry = await desk.submit(
        Acknowledge(target=REF, team=OTHER, answer=Answer.ACCEPT), reason="they said so on the phone"
    )
    note, _ = desk.board.entries()
    assert isinstance(note.command, Comment)
    assert note.command.text.startswith("acknowledge although:\n")
    assert note.command.text.endswith("Reason: they said so on the phone")
    return desk, entry, note


async def test_what_may_have_had_its_effect_is_not_denied_by_a_comment(world: World) -> None:
    desk = await ready(world)
    world.trackers["rt"].lose_answers = 1
    entry = await desk.submit(SetOutcome(target=REF, outcome=Outcome.ACCEPT))
    await desk.deliver()
    with pytest.raises(UsageError, match="may have had its effect"):
        await desk.keep_comment(entry.id)
    (left,) = desk.board.entries()
    assert left.state is State.WAITING


@pytest.mark.parametrize("how", ["undo", "undo the last", "discard", "keep_comment"])
async def test_what_is_given_up_is_not_explained_either(world: World, how: str) -> None:
    desk, entry, note = await overridden(world)
    if how == "undo the last":
        assert (await desk.undo()).id == entry.id, "the action, and not its note"
    else:
        await getattr(desk, how)(entry.id)
    assert not found(desk, entry).state.pending
    assert found(desk, note).state is State.DISCARDED
    await desk.deliver()
    assert not any("although" in text for text in world.trackers["rt"].texts("rt:1"))


async def test_a_note_of_its_own_is_given_up_alone(world: World) -> None:
    desk, entry, note = await overridden(world)
    own = await desk.submit(Comment(target=REF, text="right behind it"))
    await desk.discard(note.id)
    await desk.deliver()
    assert [found(desk, each).state for each in (entry, note, own)] == [State.DONE, State.DISCARDED, State.DONE]


async def test_what_was_delivered_leaves_its_note_to_be_written(world: World) -> None:
    desk, entry, note = await overridden(world)
    await desk.deliver()
    assert [found(desk, each).state for each in (entry, note)] == [State.DONE, State.DONE]


# ------------------------------------------------------------------------------------------------------- undo and log


@pytest.mark.parametrize(
    ("command", "reverse"),
    [
        (outcome(Outcome.ACCEPT), SetOutcome(target=REF, outcome=None, reason="set back to what it was")),
        (Document(target=REF, document="7"), Document(target=REF, document="")),
        (SetStatus(target=REF, status="stalled"), SetStatus(target=REF, status="open")),
        (Assign(target=REF, add=(OTHER,)), Assign(target=REF, remove=(OTHER,))),
        (Acknowledge(target=REF, team=TEAM, answer=Answer.ACCEPT), None),
    ],
)
async def test_what_takes_it_back_is_shown_beforehand(world: World, command: Command, reverse: Command | None) -> None:
    desk = await ready(world)
    plan = desk.plan(command)
    assert (plan.reverse, plan.reversible) == (reverse, reverse is not None)
    entry = await desk.submit(command, reason="I know")
    assert await desk.reversal(entry.id) is None, "it is only taken out of the queue"
    await desk.deliver()
    assert await desk.reversal(entry.id) == reverse
    if reverse is None:
        with pytest.raises(Objected, match="cannot be taken back"):
            await desk.undo(entry.id)
    else:
        assert (await desk.undo(entry.id)).command == reverse


async def test_every_request_is_in_the_log_before_its_entry_is_settled(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(Comment(target=REF, text="hello"))
    rt = world.trackers["rt"]
    rt.lose_answers = 1
    await desk.deliver()
    assert await desk.exchanges(entry.id) == ()
    world.clock.turn(minutes=1)
    found_then: list[tuple[State, int]] = []
    record = rt.witness

    def look() -> None:
        then = desk._outbox.entry(entry.id)
        assert then is not None
        found_then.append((then.state, len(desk._outbox.exchanges(entry.id))))

    def witness(exchange: Exchange) -> None:
        assert record is not None
        record(exchange)
        desk._aside.post(look)

    rt.witness = witness
    await desk.deliver()
    (exchanged,) = await desk.exchanges(entry.id)
    assert (exchanged.request, exchanged.answer) == ("POST comment", "200 rt:1 shows it")
    assert found_then == [(State.SENDING, 1)]


async def test_a_log_that_cannot_be_written_is_not_the_adapters_affair(world: World) -> None:
    desk = await ready(world)
    desk._outbox._file.read(lambda connection: connection.execute("PRAGMA query_only=1"))
    from_elsewhere = threading.Thread(target=desk.witness, args=(Exchange("key", "POST", "200"),))
    from_elsewhere.start()
    from_elsewhere.join()
    desk.witness(Exchange("key", "POST", "200"))
    await desk.aclose()
    desk.witness(Exchange("key", "POST", "200"))


async def test_a_disk_that_hangs_holds_no_witness_up(world: World) -> None:
    desk = await ready(world)
    disk = threading.Event()
    desk._aside.post(disk.wait)
    desk.witness(Exchange("key", "POST", "200"))
    disk.set()
    await desk._aside.run(bool)


# --------------------------------------------------------------------------------------------------------- bad clocks


@pytest.mark.parametrize("days", [-400, -3, 3, 400])
async def test_a_clock_that_jumps_stops_no_delivery(world: World, days: int) -> None:
    desk = await ready(world)
    rt = world.trackers["rt"]
    rt.down = True
    entries = [await desk.submit(Comment(target=Ref("rt", name), text="hello")) for name in "12"]
    await desk.deliver()
    world.clock.turn(days=days)
    rt.down = False
    await desk.deliver()
    late = await desk.submit(Comment(target=REF, text="after the jump"))
    world.clock.turn(days=-days)
    world.clock.turn(minutes=1)
    await desk.deliver()
    assert [found(desk, entry).state for entry in (*entries, late)] == [State.DONE] * 3
    assert len(rt.effects) == 3


async def test_what_could_not_be_written_down_goes_again_without_a_new_start(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(Comment(target=REF, text="hello"))
    rt = world.trackers["rt"]
    rt.gate = asyncio.Event()
    delivering = asyncio.ensure_future(desk.deliver())
    await rt.arrivals.get()
    desk._outbox._file.read(lambda connection: connection.execute("PRAGMA query_only=1"))
    rt.gate.set()
    await delivering
    assert found(desk, entry).state is State.SENDING
    desk._outbox._file.read(lambda connection: connection.execute("PRAGMA query_only=0"))
    world.clock.turn(minutes=2)
    await desk.deliver()
    assert found(desk, entry).state is State.DONE
    assert rt.texts("rt:1") == ["hello"]
