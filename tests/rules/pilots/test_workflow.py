from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.model import Level, Role, Software, StepState, Update
from ppstui.rules.clocks import Calendar
from ppstui.rules.pilots import level_needed, level_words, run_end, usual_update, workflow
from ppstui.rules.policy import Policy
from tests.rules.make import day
from tests.rules.pilots.make import MAJOR_STEPS, MINOR_STEPS, POLICY, made, new


@pytest.mark.parametrize(
    ("software", "incompatible", "level"),
    [
        (Software.CLIENT, False, Level.NONE),
        (Software.CLIENT, True, Level.SILVER),
        (Software.SERVER, False, Level.GOLD),
        (Software.SERVER, True, Level.PLATINUM),
        (Software.NEW_SERVICE, False, Level.GOLD),
    ],
)
def test_the_kind_of_update_asks_for_a_level(software: Software, incompatible: bool, level: Level) -> None:
    assert level_needed(software, incompatible=incompatible) is level


def test_volunteers_may_always_step_in() -> None:
    assert level_words(Level.PLATINUM) == "Platinum sites, or volunteers"
    assert level_words(Level.NONE) == "any site"


def test_vos_ask_for_major_pilots_and_breaking_servers_are_always_major() -> None:
    assert usual_update(Role.ITR) is Update.MINOR
    assert usual_update(Role.VO) is Update.MAJOR
    assert usual_update(Role.DEVELOPER, Software.SERVER, incompatible=True) is Update.MAJOR


@pytest.mark.parametrize(("update", "numbers"), [(Update.MINOR, MINOR_STEPS), (Update.MAJOR, MAJOR_STEPS)])
def test_each_workflow_has_its_steps(update: Update, numbers: tuple[int, ...]) -> None:
    assert tuple(step.number for step in workflow.template(update)) == numbers
    assert [step.number for step in workflow.template(update) if step.optional] == [6]


def test_a_major_pilot_is_planned_around_its_kick_off() -> None:
    planned = {step.number: str(step.planned) for step in made(new()).steps}
    assert planned == {
        1: "2009-01-26",
        2: "2009-01-30",
        4: "2009-02-03",
        5: "2009-02-06",
        6: "2009-02-09",
        7: "2009-02-13",
        8: "2009-02-26",
        9: "2009-03-05",
        10: "2009-03-06",
    }


def test_a_minor_pilot_runs_one_week_and_is_instructed_instead() -> None:
    planned = {step.number: str(step.planned) for step in made(new(Update.MINOR)).steps}
    assert planned == {
        1: "2009-01-26",
        2: "2009-02-04",
        3: "2009-02-06",
        6: "2009-02-09",
        7: "2009-02-13",
        8: "2009-02-19",
        9: "2009-02-26",
        10: "2009-02-27",
    }


def test_the_request_is_done_with_the_pilot_and_a_mirror_that_nobody_needs_is_skipped() -> None:
    steps = {step.number: step for step in made(new(mirror=False)).steps}
    assert (steps[1].state, steps[1].done) == (StepState.DONE, day("2009-01-26"))
    assert (steps[6].state, steps[6].planned) == (StepState.SKIPPED, None)


def test_without_a_day_set_up_begins_when_the_sites_can_have_been_chosen() -> None:
    assert made(new(start=""), "2026-11-20").start == day("2026-11-27")  # Friday: two working days, then three
    assert made(new(Update.MINOR, start=""), "2026-11-20").start == day("2026-11-24")


def test_holidays_move_what_is_counted_in_working_days_and_nothing_else() -> None:
    closed = Policy(calendar=Calendar(closures=frozenset({day("2026-12-24"), day("2026-12-25"), day("2027-01-01")})))
    command = new(Update.MINOR, start="2026-12-28")
    plain = {step.number: step.planned for step in made(command, "2026-12-14").steps}
    kept = {step.number: step.planned for step in made(command, "2026-12-14", closed).steps}
    assert (plain[2], kept[2]) == (day("2026-12-24"), day("2026-12-22"))
    assert {number for number in plain if plain[number] != kept[number]} == {2}
    assert kept[8] == day("2027-01-10")  # ISO 2026-W53: the run of a week from Monday 4 January


def test_an_end_is_the_last_day() -> None:
    assert run_end(day("2009-02-13"), 2) == day("2009-02-26")
    assert run_end(day("2026-10-20"), 1) == day("2026-10-26")  # over the end of summer time
    assert run_end(day("2026-12-28"), 1) == day("2027-01-03")  # the whole of ISO week 53


days = st.dates(dt.date(2009, 1, 1), dt.date(2035, 12, 31))
closures = st.frozensets(st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)), max_size=20)


@given(start=days, weeks=st.integers(1, 20))
def test_a_run_of_n_weeks_has_7n_days_and_ends_on_the_weekday_before_its_first(start: dt.date, weeks: int) -> None:
    end = run_end(start, weeks)
    assert (end - start).days + 1 == 7 * weeks
    assert (end.weekday() + 1) % 7 == start.weekday()


@given(
    update=st.sampled_from(Update),
    start=st.dates(dt.date(2025, 12, 1), dt.date(2027, 2, 1)),
    asked=st.dates(dt.date(2025, 12, 1), dt.date(2027, 2, 1)),
    setup=st.integers(0, 60),
    weeks=st.integers(0, 9),
    closed=closures,
)
def test_a_plan_keeps_the_order_of_its_steps(
    update: Update, start: dt.date, asked: dt.date, setup: int, weeks: int, closed: frozenset[dt.date]
) -> None:
    policy = Policy(calendar=Calendar(closures=closed))
    pilot = made(new(update, start=str(start), setup_days=setup, weeks=weeks), str(asked), policy)
    plan = workflow.plan(pilot, asked, policy)
    in_order = [plan[step.number] for step in workflow.template(update) if not step.optional]
    assert in_order == sorted(in_order)
    assert plan[workflow.begin_step(update)] == start
    assert plan[7] == start + dt.timedelta(days=setup)
    assert in_order[0] == (asked if asked <= start else plan[2])
    assert plan[6] <= plan[7]
    assert policy.calendar.working(plan[10])


def test_lengths_nobody_agreed_on_are_those_of_the_rule_book() -> None:
    assert workflow.weeks_of(new(Update.MINOR), POLICY) == 1
    assert workflow.weeks_of(new(), POLICY) == 2
    assert workflow.weeks_of(new(weeks=3), POLICY) == 3
