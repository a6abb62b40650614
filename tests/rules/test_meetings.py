from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.errors import UsageError
from ppstui.rules.meetings import Meeting, last_occurrence, next_occurrence, occurrences
from tests.rules.make import ZURICH, at, day

EMT = Meeting.parse("EMT", "Mon 14:30, Wed 16:30")
T1SCM = Meeting.parse("T1SCM", "every 2 weeks Thu 15:30", anchor=day("2009-12-31"))


def days(meeting: Meeting, first: str, last: str) -> list[str]:
    return [str(each.on) for each in occurrences(meeting, day(first), day(last), ZURICH)]


def test_a_weekly_meeting_keeps_its_wall_time_across_the_clocks() -> None:
    found = [each.start for each in occurrences(EMT, day("2026-10-19"), day("2026-10-28"), ZURICH)]
    assert found == [
        at(f"{each}:00+00:00")
        for each in ("2026-10-19T12:30", "2026-10-21T14:30", "2026-10-26T13:30", "2026-10-28T15:30")
    ]


def test_every_second_thursday_is_every_fourteen_days_also_over_week_53() -> None:
    found = days(T1SCM, "2009-12-24", "2010-02-15")
    assert found == ["2009-12-31", "2010-01-14", "2010-01-28", "2010-02-11"]
    assert days(T1SCM, "2009-11-30", "2009-12-20") == ["2009-12-03", "2009-12-17"]


def test_the_nth_and_the_last_weekday_of_a_month() -> None:
    first = Meeting.parse("WLCG", "1st Thu 15:30")
    assert days(first, "2026-10-01", "2026-12-31") == ["2026-10-01", "2026-11-05", "2026-12-03"]
    last = Meeting.parse("x", "last Fri 10:00")
    assert days(last, "2026-10-01", "2026-12-31") == ["2026-10-30", "2026-11-27", "2026-12-25"]
    assert days(Meeting.parse("x", "5th Mon 10:00"), "2026-10-01", "2026-12-31") == ["2026-11-30"]


def test_the_last_minutes_of_a_day_are_times_too() -> None:
    late = Meeting.parse("x", "Sun 23:59")
    assert [each.start for each in occurrences(late, day("2026-11-22"), day("2026-11-22"), ZURICH)] == [
        at("2026-11-22 23:59")
    ]
    for wrong in ("Sun 24:00", "Sun 23:60"):
        with pytest.raises(UsageError, match="time of day"):
            Meeting.parse("x", wrong)


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("", "no time"),
        ("Mon", "no time"),
        ("Mon 25:00", "time of day"),
        ("Mux 14:30", "no time"),
        ("every 2 weeks Thu 15:30", "anchor"),
        ("6th Mon 10:00", "no time"),
        ("Mon 14:30,", "no time"),
    ],
)
def test_what_is_no_time_of_a_meeting_is_refused(when: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Meeting.parse("x", when)


def test_the_next_one_is_also_the_one_going_on() -> None:
    for when, start in (("2026-11-23 15:29", "2026-11-23 14:30"), ("2026-11-23 15:30", "2026-11-25 16:30")):
        found = next_occurrence(EMT, at(when), ZURICH)
        assert found is not None
        assert found.start == at(start)


@given(now=st.datetimes(dt.datetime(2009, 1, 1), dt.datetime(2035, 1, 1)), meeting=st.sampled_from([EMT, T1SCM]))  # noqa: DTZ001  given the zone below
def test_now_lies_between_the_last_one_and_the_next(now: dt.datetime, meeting: Meeting) -> None:
    instant = now.replace(tzinfo=dt.UTC)
    last, coming = last_occurrence(meeting, instant, ZURICH), next_occurrence(meeting, instant, ZURICH)
    assert last is not None
    assert coming is not None
    assert last.start <= instant < coming.start + dt.timedelta(hours=1)
    between = [
        each for each in occurrences(meeting, last.on, coming.on, ZURICH) if last.start < each.start < coming.start
    ]
    assert between == []
