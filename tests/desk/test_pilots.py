"""Pilots on a desk: planned when they are asked for, shown at once, held to their rules, compared and taken back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest

from ppstui.errors import NoSuchRecord, Objected, UsageError
from ppstui.model import (
    Comment,
    Ending,
    EndKind,
    Event,
    Kind,
    NewPilot,
    Pilot,
    PilotCancel,
    PilotEdit,
    PilotStep,
    Ref,
    State,
    StepState,
    Update,
)
from ppstui.rules.pilots import PilotCode, PilotState
from tests.desk.world import START, World, rollout
from tests.rules.pilots.make import CNAF

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.desk import Desk

NEW = Ref("rt", "new")
KINDS = (Kind.ROLLOUT, Kind.PILOT)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


async def ready(world: World) -> tuple[Desk, Pilot]:
    """A desk, and a minor pilot on its board that was asked for by it."""
    world.tracker("rt", kinds=KINDS)
    desk = world.desk()
    await desk.settle((await desk.submit(wanted())).id, 5)
    (line,) = desk.board.lines(Kind.PILOT)
    pilot = desk.board.pilot(line.ref)
    assert pilot is not None
    return desk, pilot


def wanted(**more: object) -> NewPilot:
    command = NewPilot(target=NEW, title="WMS 3.1", update=Update.MINOR, sites=(CNAF,), coordinator="Antonio")
    return msgspec.structs.replace(command, **more)


def sign(pilot: Pilot, number: int, state: StepState = StepState.DONE) -> PilotStep:
    return PilotStep(target=pilot.ref, number=number, state=state)


def step_of(pilot: Pilot | None, number: int) -> StepState:
    assert pilot is not None
    return next(step.state for step in pilot.steps if step.number == number)


def changed(world: World, pilot: Pilot, text: str, **fields: object) -> Pilot:
    """The pilot after a colleague's change, with the line that the history has of it."""
    tracker = world.trackers["rt"]
    known = tracker.records[pilot.ref]
    assert isinstance(known, Pilot)
    event = Event(id=f"colleague-{tracker.counter}", at=world.clock(), author="maria", text=text)
    after = msgspec.structs.replace(known, events=(*known.events, event), **fields)
    tracker.has(after)
    return after


def with_step(pilot: Pilot, number: int, **fields: object) -> dict[str, object]:
    steps = tuple(msgspec.structs.replace(step, **fields) if step.number == number else step for step in pilot.steps)
    return {"steps": steps}


async def test_the_plan_is_in_the_command_before_it_is_queued(world: World) -> None:
    world.tracker("rt", kinds=KINDS)
    desk = world.desk()
    plan = desk.plan(wanted())
    assert isinstance(plan.command, NewPilot)
    assert [step.number for step in plan.command.steps] == [1, 2, 3, 6, 7, 8, 9, 10]
    entry = await desk.submit(wanted())
    assert entry.command == plan.command, "so that every source makes the same"


async def test_a_pilot_is_made_and_read_back(world: World) -> None:
    desk, pilot = await ready(world)
    assert pilot.title == "WMS 3.1"
    standing = desk.board.pilot_standing(pilot.ref)
    assert standing is not None
    assert standing.state is PilotState.REQUESTED
    assert desk.board.rollout(pilot.ref) is None
    assert desk.board.standing(pilot.ref) is None


async def test_what_is_asked_is_on_the_board_before_it_is_sent(world: World) -> None:
    desk, pilot = await ready(world)
    text = desk.board.lines(Kind.PILOT)[0].text
    await desk.submit(sign(pilot, 2))
    assert step_of(desk.board.pilot(pilot.ref), 2) is StepState.DONE
    standing = desk.board.pilot_standing(pilot.ref)
    assert standing is not None
    assert standing.state is PilotState.PRESCREEN
    assert desk.board.lines(Kind.PILOT)[0].text != text, "and is found by it"
    await desk.undo()
    assert step_of(desk.board.pilot(pilot.ref), 2) is StepState.OPEN


async def test_a_step_that_was_signed_is_opened_again(world: World) -> None:
    desk, pilot = await ready(world)
    entry = await desk.settle((await desk.submit(sign(pilot, 2))).id, 5)
    assert entry.state is State.DONE
    back = await desk.undo(entry.id)
    assert isinstance(back.command, PilotStep)
    assert back.command.state is StepState.OPEN
    await desk.settle(back.id, 5)
    assert step_of(desk.board.pilot(pilot.ref), 2) is StepState.OPEN
    assert (await desk.settle(entry.id, 5)).state is State.UNDONE


async def test_what_cannot_be_taken_back_says_so_in_the_words_of_pilots(world: World) -> None:
    desk, _ = await ready(world)
    with pytest.raises(Objected, match="the pilot is there for others to see; cancel it"):
        await desk.undo(1)


async def test_a_rule_stands_against_a_step_whose_predecessor_is_open(world: World) -> None:
    desk, pilot = await ready(world)
    with pytest.raises(Objected):
        await desk.submit(sign(pilot, 7))
    entry = await desk.submit(sign(pilot, 7), reason="it was installed already")
    assert entry.reason == "it was installed already"
    note = next(
        each.command for each in desk.board.entries() if each.id != entry.id and isinstance(each.command, Comment)
    )
    assert "it was installed already" in note.text


async def test_a_colleague_who_signed_the_same_step_is_a_conflict(world: World) -> None:
    desk, pilot = await ready(world)
    entry = await desk.submit(sign(pilot, 2))
    changed(world, pilot, "step 2 failed by maria", **with_step(pilot, 2, state=StepState.FAILED, by="maria"))
    parked = await desk.settle(entry.id, 5)
    assert (parked.state, parked.conflict) == (State.PARKED, True)
    (difference,) = await desk.differences(entry.id)
    assert (difference.what, difference.theirs, difference.by) == ("step 2", "failed by maria", "maria")
    standing = desk.board.pilot_standing(pilot.ref)
    assert standing is not None
    assert standing.attention[0].code is PilotCode.CONFLICT
    assert step_of(desk.board.pilot(pilot.ref), 2) is StepState.FAILED, "what is parked is not shown as done"


async def test_a_colleague_who_signed_another_step_is_in_nobodys_way(world: World) -> None:
    desk, pilot = await ready(world)
    entry = await desk.submit(sign(pilot, 2))
    changed(world, pilot, "step 6 skipped by maria", **with_step(pilot, 6, state=StepState.SKIPPED, by="maria"))
    assert (await desk.settle(entry.id, 5)).state is State.DONE
    assert step_of(desk.board.pilot(pilot.ref), 6) is StepState.SKIPPED


async def test_one_signature_after_the_other_is_no_conflict(world: World) -> None:
    desk, pilot = await ready(world)
    for number in (2, 3, 6, 7):
        await desk.submit(sign(pilot, number))
    await desk.sync()
    assert [step_of(desk.board.pilot(pilot.ref), number) for number in (2, 3, 6, 7)] == [StepState.DONE] * 4
    assert all(entry.state is State.DONE for entry in desk.board.entries())


async def test_signed_by_me_and_planned_by_a_colleague_is_still_found(world: World) -> None:
    desk, pilot = await ready(world)
    first = await desk.submit(sign(pilot, 2))
    later = await desk.submit(PilotEdit(target=pilot.ref, planned=((2, dt.date(2026, 11, 17)),)))
    theirs = dt.date(2026, 11, 18)
    changed(world, pilot, "changed plan of step 2", **with_step(pilot, 2, planned=theirs))
    assert (await desk.settle(first.id, 5)).state is State.DONE
    assert (await desk.settle(later.id, 5)).state is State.PARKED, "my own signature does not hide a colleague's plan"


async def test_retry_of_a_conflict_is_applied_all_the_same(world: World) -> None:
    desk, pilot = await ready(world)
    entry = await desk.submit(sign(pilot, 2))
    changed(world, pilot, "step 2 failed by maria", **with_step(pilot, 2, state=StepState.FAILED))
    await desk.settle(entry.id, 5)
    await desk.retry(entry.id)
    assert (await desk.settle(entry.id, 5)).state is State.DONE
    assert step_of(desk.board.pilot(pilot.ref), 2) is StepState.DONE


async def test_only_the_comment_is_kept_and_says_what_was_wanted(world: World) -> None:
    desk, pilot = await ready(world)
    entry = await desk.submit(sign(pilot, 2))
    changed(world, pilot, "step 2 failed by maria", **with_step(pilot, 2, state=StepState.FAILED))
    await desk.settle(entry.id, 5)
    kept = await desk.keep_comment(entry.id)
    assert isinstance(kept.command, Comment)
    assert kept.command.text.startswith("wanted to do pilot-step:\nstep 2")
    fresh = await desk.submit(wanted())
    with pytest.raises(UsageError, match="there is no record to write a comment on"):
        await desk.keep_comment(fresh.id)


async def test_what_the_whole_pilot_says_against_it_parks_what_was_asked_of_its_list_entry(world: World) -> None:
    rt = world.tracker("rt", kinds=KINDS)
    listed = Pilot(ref=Ref("rt", "7"), title="WMS 3.1", whole=False)
    rt.has(listed)
    desk = world.desk()
    await desk.refresh()
    entry = await desk.submit(PilotCancel(target=listed.ref, reason="no site"))
    rt.has(msgspec.structs.replace(listed, whole=True, ending=Ending(how=EndKind.CLOSED)))
    parked = await desk.settle(entry.id, 5)
    assert parked.state is State.PARKED
    assert "asked for when only the list was known" in parked.last_error
    assert rt.effects == []


async def test_what_lists_do_not_say_takes_nothing_away(world: World) -> None:
    desk, pilot = await ready(world)
    world.trackers["rt"].has(Pilot(ref=pilot.ref, title="WMS 3.2", whole=False))
    await desk.refresh()
    found = desk.board.pilot(pilot.ref)
    assert found is not None
    assert (found.title, found.whole, len(found.steps)) == ("WMS 3.2", True, 8)


async def test_commands_go_to_what_they_are_for_only(world: World) -> None:
    desk, pilot = await ready(world)
    world.trackers["rt"].has(rollout("rt:1"))
    await desk.refresh()
    (objection,) = desk.plan(PilotStep(target=Ref("rt", "1"), number=2)).objections
    assert objection.rule == "wrong-kind"
    assert objection.text == "pilot-step is for pilots; rt:1 is among the rollouts"
    assert not objection.overridable
    assert "pilot-step" in desk.can(PilotStep, Ref("rt", "1"))
    assert desk.can(PilotStep, pilot.ref) == ""
    assert desk.can(NewPilot, NEW) == ""
    with pytest.raises(NoSuchRecord):
        desk.plan(PilotStep(target=Ref("rt", "99"), number=2))


async def test_time_alone_changes_a_pilot(world: World) -> None:
    desk, pilot = await ready(world)
    standing = desk.board.pilot_standing(pilot.ref)
    assert standing is not None
    assert standing.changes_at is not None
    world.clock.now = standing.changes_at
    again = desk.board.pilot_standing(pilot.ref)
    assert again is not None
    assert again != standing


async def test_pilots_are_there_at_the_next_start(world: World) -> None:
    desk, pilot = await ready(world)
    await desk.aclose()
    later = world.desk(offline=True)
    assert later.board.count(Kind.PILOT) == 1
    assert later.board.pilot(pilot.ref) == pilot
    assert pilot.created == START
