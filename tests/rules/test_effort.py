from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ppstui.errors import UsageError
from ppstui.model import Pilot, Role, Spent, StepState, Update
from ppstui.rules.effort import (
    PD,
    PH,
    PM,
    PW,
    TABLE,
    By,
    beside,
    credits_of,
    effort_text,
    in_days,
    parse_effort,
    planned_effort,
    recorded_effort,
    step_effort,
    summary,
    total,
)
from ppstui.rules.policy import PilotTimes, Policy
from tests.rules.make import day
from tests.rules.pilots.make import CNAF, PIC, POLICY, after, made, new, sign, wms


def costs(pilot: Pilot) -> dict[str, float]:
    """Person days by role."""
    lines = planned_effort(pilot, POLICY)
    return {role.value: in_days(total(line for line in lines if line.role is role)) for role in {x.role for x in lines}}


def test_a_month_is_four_weeks_of_five_days_of_eight_hours() -> None:
    assert (PD, PW, PM) == (8 * PH, 40 * PH, 160 * PH)


@pytest.mark.parametrize(
    ("what", "days", "credited"),
    [
        ("pre-screen", 0.75, 6),
        ("instruct the sites", 0.25, 2),
        ("organise the kick-off", 0.25, 2),
        ("kick-off", 0.25, 2),
        ("mirror the repository", 0.5, 4),
        ("set up the service", 1.5, 12),
        ("service manager, 1 week", 1, 8),
        ("service expert, 1 week", 2, 16),
        ("post-mortem report", 0.5, 4),
        ("wrap-up", 0.25, 2),
        ("clone a sensor", 1, 8),
        ("display for a sensor", 0.5, 4),
        ("SAM-client support, 1 week", 0.5, 4),
        ("SAM-server support, 1 week", 0.5, 4),
        ("apply an update", 0.125, 1),
    ],
)
def test_the_table_is_that_of_the_document(what: str, days: float, credited: float) -> None:
    lines = [line for line in TABLE if line.what == what]
    assert lines
    assert {in_days(line.minutes) for line in lines} == {days}
    assert {credits_of(line.minutes) for line in lines} == {credited}


def test_a_minor_pilot_of_one_week_costs_what_the_rule_book_computes() -> None:
    assert costs(made(new(Update.MINOR, vos=()))) == {
        "coordinator": 1.25,
        "partner-site": 3.25,
        "service-expert": 2,
        "repository-manager": 0.5,
        "itr": 0.25,
    }


def test_a_major_pilot_of_two_weeks_costs_what_the_rule_book_computes() -> None:
    assert costs(made(new())) == {
        "coordinator": 1.5,
        "partner-site": 4.5,
        "service-expert": 4,
        "repository-manager": 0.5,
        "itr": 0.5,
        "vo": 0.5,
    }


def test_every_site_and_every_vo_counts_and_a_skipped_mirror_does_not() -> None:
    found = costs(made(new(sites=(CNAF, PIC), vos=("cms", "lhcb"), mirror=False)))
    assert (found["partner-site"], found["service-expert"], found["vo"]) == (9, 8, 1)
    assert "repository-manager" not in found
    assert found["coordinator"] == 1.5


def test_the_documents_totals_stand_beside_and_say_why_they_differ() -> None:
    major = {each.what: each for each in beside(new(weeks=3), POLICY)}
    assert [in_days(each.computed) for each in major.values()] == [1.5, 5.5, 6, 7.0, 13.0, 14.5]
    documents = [in_days(each.document) for each in major.values() if each.document is not None]
    assert documents == [1.25, 5.5, 6, 6.75, 12.75]
    assert major["coordination"].reason
    assert major["coordination and site"].reason == major["coordination"].reason
    assert (major["site"].reason, major["expert"].reason) == ("", "")
    assert "repository" in major["everybody"].reason
    minor = {each.what: each for each in beside(new(Update.MINOR, weeks=3), POLICY)}
    assert in_days(minor["site"].computed) == 5.25
    assert "kick-off" in minor["site"].reason
    assert minor["coordination"].reason == ""


def test_with_the_repository_a_major_pilot_of_three_weeks_costs_seven_and_a_half() -> None:
    lines = planned_effort(new(weeks=3), POLICY)
    ours = (Role.COORDINATOR, Role.SITE, Role.REPOSITORY_MANAGER)
    assert in_days(total(line for line in lines if line.role in ours)) == 7.5


def test_of_other_lengths_the_document_says_nothing() -> None:
    assert {each.document for each in beside(new(), POLICY)} == {None}
    assert {each.reason for each in beside(new(), POLICY)} == {""}
    longer = Policy(pilots=PilotTimes(major_weeks=3))
    assert beside(new(), longer)[0].document is not None


def test_a_changed_table_is_named_as_the_reason() -> None:
    dearer = tuple(structs.replace(line, minutes=line.minutes * 2) for line in TABLE)
    found = {each.what: each.reason for each in beside(new(weeks=3), POLICY, dearer)}
    assert "configuration" in found["expert"]


def test_the_effort_of_a_step_is_that_of_its_rows() -> None:
    lines = planned_effort(new(), POLICY)
    assert in_days(step_effort(lines, 5)) == 1  # four roles at the kick-off
    assert in_days(step_effort(lines, 8)) == 6
    assert sum(step_effort(lines, number) for number in range(1, 11)) == total(lines)


def booked() -> Pilot:
    """The pilot of 2009 with twelve and a half hours of set-up recorded."""
    spent = (Spent(role=Role.SITE, minutes=750, site=CNAF), Spent(role=Role.COORDINATOR, minutes=60))
    return after(wms(6), structs.replace(sign(7, "2009-02-13"), spent=spent), on="2009-02-13")


@pytest.mark.parametrize(
    ("by", "row"),
    [
        (By.PILOT, ("local:pilot-1", 11.5, 810)),
        (By.SITE, (CNAF, 8.5, 750)),
        (By.ROLE, ("partner-site", 4.5, 750)),
        (By.MONTH, ("2009-02", 10.0, 810)),
        (By.QUARTER, ("2009-Q1", 11.5, 810)),
    ],
)
def test_planned_stands_beside_recorded(by: By, row: tuple[str, float, int]) -> None:
    found = {each.key: (each.key, in_days(each.planned), each.recorded) for each in summary([booked()], by, POLICY)}
    assert found[row[0]] == row


def test_a_period_holds_what_lies_in_it() -> None:
    (only,) = summary([booked()], By.PILOT, POLICY, since=day("2009-02-13"), until=day("2009-02-13"))
    assert (in_days(only.planned), only.recorded) == (1.5, 810)
    assert summary([booked()], By.PILOT, POLICY, since=day("2010-01-01")) == ()
    dateless = made(new(start="2009-02-06"))
    dateless = structs.replace(
        dateless, steps=tuple(structs.replace(s, planned=None, done=None) for s in dateless.steps)
    )
    assert summary([dateless], By.PILOT, POLICY, since=day("2000-01-01")) == ()


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("0.75PD", 360), ("4 ph", 240), ("1PW 2PD", 3360), ("90min", 90), ("2h", 120), ("1pm", 9600), ("0.333PD", 160)],
)
def test_amounts_are_read(text: str, minutes: int) -> None:
    assert parse_effort(text) == minutes


@pytest.mark.parametrize("text", ["", "4", "PD", "-1PD", "1PD x", "1e3PD", "\uff11PD"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="amount of work"):
        parse_effort(text)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0PH"), (60, "1PH"), (360, "0.75PD"), (240, "0.5PD"), (45, "0.75PH"), (7, "7min"), (-240, "-0.5PD")],
)
def test_amounts_are_written(minutes: int, text: str) -> None:
    assert effort_text(minutes) == text


@given(minutes=st.integers(0, 10**6))
def test_what_was_written_is_read_again(minutes: int) -> None:
    assert parse_effort(effort_text(minutes)) == minutes


@st.composite
def pilots(draw: st.DrawFn) -> Pilot:
    command = new(
        draw(st.sampled_from(Update)),
        sites=draw(st.lists(st.sampled_from([CNAF, PIC]), unique=True)),
        vos=draw(st.lists(st.sampled_from(["cms", "lhcb"]), unique=True)),
        weeks=draw(st.integers(0, 5)),
    )
    spent = st.builds(
        Spent,
        role=st.sampled_from(Role),
        minutes=st.integers(1, 5000),
        site=st.sampled_from(["", CNAF, PIC]),
        on=st.one_of(st.none(), st.dates(dt.date(2009, 1, 1), dt.date(2009, 12, 31))),
    )
    steps = [
        structs.replace(step, spent=tuple(draw(st.lists(spent, max_size=3))), state=draw(st.sampled_from(StepState)))
        for step in made(command).steps
    ]
    return structs.replace(made(command), steps=tuple(steps))


@given(found=st.lists(pilots(), max_size=3), by=st.sampled_from(By), border=st.dates(dt.date(2009, 1, 1)))
def test_however_it_is_grouped_nothing_is_lost_or_counted_twice(found: list[Pilot], by: By, border: dt.date) -> None:
    planned = sum(total(planned_effort(pilot, POLICY)) for pilot in found)
    recorded = sum(spent.minutes for pilot in found for _, spent in recorded_effort(pilot))
    rows = summary(found, by, POLICY)
    assert (sum(row.planned for row in rows), sum(row.recorded for row in rows)) == (planned, recorded)
    halves = [
        *summary(found, By.ROLE, POLICY, until=border - dt.timedelta(days=1)),
        *summary(found, By.ROLE, POLICY, since=border),
    ]
    whole = summary(found, By.ROLE, POLICY, since=dt.date.min, until=dt.date.max)
    assert sum(row.recorded for row in halves) == sum(row.recorded for row in whole)
    assert sum(row.planned for row in halves) == sum(row.planned for row in whole)
