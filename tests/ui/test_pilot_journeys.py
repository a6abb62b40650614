"""Two pilots by keys from request to close: a minor one, and the major one of February 2009 day for day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import Kind, Pilot, PilotStep, Ref, State, StepState
from ppstui.rules.pilots import PilotState
from tests.rules.pilots.make import after, driven, made, new
from tests.ui.person import Person, Watched, person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ppstui.rules.pilots import PilotStanding


def standing(me: Person, ref: str) -> PilotStanding:
    found = me.desk.board.pilot_standing(Ref.parse(ref))
    assert found is not None
    return found


async def begins(me: Person, title: str, update: str, *, start: str, setup_days: str = "7") -> str:
    """Makes a pilot at INFN-T1 for alice, and goes to it."""
    await me.does("pane.pilots")
    before = set(me.rows)
    await me.does("pilots.new")
    await me.presses("enter")
    for text in (title, update, "server", "no", "NGI_IT-INFN-T1", "alice", start):
        await me.types(text)
        await me.presses("enter")
    await me.presses("ctrl+u")
    await me.types(setup_days)
    await me.presses("ctrl+s")
    await me.sees("y queues it")
    await me.presses("y")
    await me.has_sent("pilot-new")
    await me.until(lambda: len(set(me.rows) - before) == 1, "no pilot came:")
    (ref,) = set(me.rows) - before
    await me.stands_on(ref)
    return ref


async def signs(me: Person, ref: str, days: Mapping[int, str]) -> None:
    """Signs the step whose turn it is, day after day; a run whose time is over needs no signature."""
    for number, day in days.items():
        await me.stands_on(ref)
        await me.does("pilots.sign")
        await me.sees(f"Sign a step of {ref}", f"{number} ")
        current = standing(me, ref).current
        assert current is not None
        assert current.number == number
        await me.types(day)
        await me.presses("ctrl+s", "y")
        await me.until(lambda number=number: settled(me, ref, number), f"step {number} was not signed:")  # type: ignore[misc]


def settled(me: Person, ref: str, number: int) -> bool:
    step = standing(me, ref).step(number)
    return step is not None and step.state.settled


async def ends(me: Person, ref: str, assessment: str, follow_up: str, on: str) -> None:
    """Closes it, on that day."""
    await me.stands_on(ref)
    await me.does("pilots.close")
    for text in (assessment, follow_up, on):
        await me.types(text)
        await me.presses("enter")
    await me.sees("y queues it")
    await me.presses("y")
    await me.has_sent("pilot-close", ref)
    assert standing(me, ref).state is PilotState.CLOSED


async def test_a_minor_pilot_from_request_to_close(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = await begins(me, "DPM 2", "minor", start="2026-11-02", setup_days="3")
        await signs(me, ref, {2: "2026-10-30", 3: "2026-11-02", 6: "2026-11-03", 7: "2026-11-04"})
        assert standing(me, ref).end == dt.date(2026, 11, 10)
        await signs(me, ref, {9: "2026-11-16", 10: "2026-11-17"})
        await ends(me, ref, "no ticket was opened", "release it", "2026-11-17")


async def test_the_pilot_of_february_2009_ran_from_the_13th_to_the_26th(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = await begins(me, "WMS 3.1 and ICE", "major", start="2009-02-06")
        await signs(me, ref, {2: "2009-01-28", 4: "2009-02-02", 5: "2009-02-06", 6: "2009-02-09", 7: "2009-02-13"})
        found = standing(me, ref)
        assert (found.run_start, found.end) == (dt.date(2009, 2, 13), dt.date(2009, 2, 26))
        await me.stands_on(ref)
        await me.does("time.pilot")
        await me.sees("Feb 2009")
        await me.sees_line("WMS 3.1 and ICE", "░░░░░░░▐▐▐▐▐▐▐▐▐▐▐▐▐▐")
        await signs(me, ref, {9: "2009-03-03", 10: "2009-03-05"})
        await ends(me, ref, "it holds the load of CMS", "certify 3.1.100", "2009-03-05")


async def test_a_step_that_a_colleague_signed_otherwise_is_shown_before_theirs_and_mine(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    tracker = world.tracker("local", kinds=frozenset(Kind) - {Kind.MEETING})
    pilot = driven(made(new(start="2026-11-12"), on="2026-11-02"), {2: "2026-11-05", 4: "2026-11-09", 5: "2026-11-12"})
    tracker.has(pilot)
    async with world.watching(ready="local up to date") as me:
        await me.does("pane.pilots")
        await me.stands_on(str(pilot.ref))
        theirs = PilotStep(target=pilot.ref, number=6, state=StepState.SKIPPED, by="mario", note="not needed")
        tracker.has(after(pilot, theirs, on="2026-11-13"))
        await me.does("pilots.sign")
        await me.sees("6 mirror the repository")
        await me.presses("ctrl+s", "y")
        await me.until(lambda: me.desk.board.entries()[0].state is State.PARKED, "it never met the change:")
        await me.does("outbox.retry")
        await me.sees("met a newer change")
        await me.sees_line("step 6", "open", "skipped", "done")
        await me.presses("c")
        await me.sees("wanted to do pilot-step")
        await me.presses("d", "y")
        await me.until(lambda: not any(e.state.pending for e in me.desk.board.entries()), "something still waits:")
        record = tracker.records[pilot.ref]
        assert isinstance(record, Pilot)
        assert [step.state for step in record.steps if step.number == 6] == [StepState.SKIPPED]
