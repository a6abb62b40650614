"""Working days and deadlines: the examples of DOMAIN §3, the laws, and clocks that are changed."""

from __future__ import annotations

import contextlib
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ppstui.errors import UsageError
from ppstui.rules.clocks import (
    Calendar,
    Span,
    add,
    end_of_day,
    is_working,
    local_day,
    working_days_between,
    working_time_between,
)

ZURICH = ZoneInfo("Europe/Zurich")
WEEKDAYS = Calendar()
ONE = Span(working_days=1)
CHRISTMAS = Calendar(closures=frozenset({dt.date(2026, 12, 24), dt.date(2026, 12, 25)}))


def zurich(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZURICH)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-20T16:40+01:00", "2026-11-23T16:40+01:00"),
        ("2026-11-21T11:00+01:00", "2026-11-24T00:00+01:00"),
        ("2026-10-23T15:00+02:00", "2026-10-26T15:00+01:00"),
        ("2026-03-27T10:00+01:00", "2026-03-30T10:00+02:00"),
        ("2026-11-23T22:30+00:00", "2026-11-24T23:30+01:00"),
    ],
)
def test_one_working_day_as_the_rule_book_counts_it(start: str, due: str) -> None:
    assert add(dt.datetime.fromisoformat(start), ONE, ZURICH, WEEKDAYS) == dt.datetime.fromisoformat(due)


def test_the_day_clocks_are_changed_makes_73_or_71_hours_of_the_weekend() -> None:
    autumn, spring = zurich("2026-10-23T15:00"), zurich("2026-03-27T10:00")
    assert add(autumn, ONE, ZURICH, WEEKDAYS) - autumn.astimezone(dt.UTC) == dt.timedelta(hours=73)
    assert add(spring, ONE, ZURICH, WEEKDAYS) - spring.astimezone(dt.UTC) == dt.timedelta(hours=71)


def test_holidays_are_skipped() -> None:
    assert add(zurich("2026-12-23T12:00"), ONE, ZURICH, CHRISTMAS) == zurich("2026-12-28T12:00")


def test_a_start_on_a_holiday_moves_to_the_morning_of_the_next_working_day() -> None:
    assert add(zurich("2026-12-24T12:00"), ONE, ZURICH, CHRISTMAS) == zurich("2026-12-29T00:00")


def test_deadlines_come_in_utc() -> None:
    assert add(zurich("2026-11-20T16:40"), ONE, ZURICH, WEEKDAYS).tzinfo is dt.UTC


def test_the_calendar_part_is_added_after_the_working_days() -> None:
    due = add(zurich("2026-11-20T16:40"), Span.parse("1wd 8h"), ZURICH, WEEKDAYS)
    assert due == zurich("2026-11-24T00:40")


def test_calendar_time_alone_does_not_move_the_start() -> None:
    assert add(zurich("2026-11-21T11:00"), Span.parse("4h"), ZURICH, WEEKDAYS) == zurich("2026-11-21T15:00")


def test_a_wall_time_that_is_skipped_counts_as_if_clocks_had_not_been_changed() -> None:
    every_day = Calendar(weekend=frozenset())
    due = add(zurich("2026-03-28T02:30"), ONE, ZURICH, every_day)
    assert due.astimezone(ZURICH).isoformat() == "2026-03-29T03:30:00+02:00"


def test_of_a_wall_time_that_comes_twice_the_later_one_counts() -> None:
    every_day = Calendar(weekend=frozenset())
    due = add(zurich("2026-10-24T02:30"), ONE, ZURICH, every_day)
    assert due.astimezone(ZURICH).isoformat() == "2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize("place", ["America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Asia/Beirut"])
def test_other_zones_keep_their_own_wall_clock_and_weekdays(place: str) -> None:
    zone = ZoneInfo(place)
    start = dt.datetime(2026, 11, 20, 9, 15, tzinfo=zone)
    assert add(start, ONE, zone, WEEKDAYS).astimezone(zone) == dt.datetime(2026, 11, 23, 9, 15, tzinfo=zone)


def test_a_calendar_without_working_days_is_said_and_not_searched_for_ever() -> None:
    with pytest.raises(UsageError, match="no working day"):
        add(zurich("2026-11-20T16:40"), ONE, ZURICH, Calendar(weekend=frozenset(range(7))))


# -------------------------------------------------------------------------------------------------------------- spans


@pytest.mark.parametrize(
    ("text", "working_days", "calendar"),
    [
        ("90s", 0, dt.timedelta(seconds=90)),
        ("15m", 0, dt.timedelta(minutes=15)),
        ("4h", 0, dt.timedelta(hours=4)),
        ("5d", 0, dt.timedelta(days=5)),
        ("2w", 0, dt.timedelta(weeks=2)),
        ("1wd", 1, dt.timedelta(0)),
        (" 2 WD ", 2, dt.timedelta(0)),
        ("1d12h", 0, dt.timedelta(hours=36)),
        ("0h", 0, dt.timedelta(0)),
    ],
)
def test_spans_are_read(text: str, working_days: int, calendar: dt.timedelta) -> None:
    assert Span.parse(text) == Span(working_days=working_days, calendar=calendar)


@pytest.mark.parametrize(
    "text", ["", " ", "5", "d", "wd", "-1d", "1.5h", "1d!", "5 days", "1y", "999999999w", "٣d", "\0"]
)
def test_what_is_no_span_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(UsageError, match="write 90s, 15m, 4h, 5d, 2w, or 1wd"):
        Span.parse(text)


@pytest.mark.parametrize("text", ["90s", "15m", "4h", "5d", "7d", "1wd", "36h", "1wd 4h", "0s"])
def test_spans_are_written_as_people_write_them(text: str) -> None:
    assert str(Span.parse(text)) == text


@given(st.integers(0, 3000), st.integers(0, 10**8))
def test_what_is_written_reads_back(working_days: int, seconds: int) -> None:
    span = Span(working_days=working_days, calendar=dt.timedelta(seconds=seconds))
    assert Span.parse(str(span)) == span


@given(st.text())
def test_reading_a_span_raises_nothing_but_usage_errors(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert Span.parse(str(Span.parse(text))) == Span.parse(text)


# --------------------------------------------------------------------------------------------------------------- laws

DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2040, 1, 1))
INSTANTS = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2040, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
CALENDARS = st.builds(
    Calendar,
    weekend=st.frozensets(st.integers(0, 6), max_size=5),
    closures=st.frozensets(st.dates(dt.date(2019, 12, 1), dt.date(2020, 2, 1)), max_size=20),
)
NEAR = st.dates(dt.date(2019, 11, 1), dt.date(2020, 3, 1))


@given(NEAR, st.integers(1, 30), CALENDARS)
def test_adding_lands_on_a_working_day_and_counts_back(day: dt.date, days: int, calendar: Calendar) -> None:
    landed = calendar.shift(day, days)
    assert is_working(landed, calendar)
    assert working_days_between(day, landed, calendar) == days


@given(NEAR, st.integers(1, 10), st.integers(1, 10), CALENDARS)
def test_adding_composes(day: dt.date, first: int, second: int, calendar: Calendar) -> None:
    assert calendar.shift(calendar.shift(day, first), second) == calendar.shift(day, first + second)


@given(NEAR, st.integers(1, 20), CALENDARS)
def test_going_back_undoes_going_forward_from_a_working_day(day: dt.date, days: int, calendar: Calendar) -> None:
    assume(is_working(day, calendar))
    assert calendar.shift(calendar.shift(day, days), -days) == day


@given(NEAR, NEAR, CALENDARS)
def test_between_counts_each_day_after_the_first_and_is_antisymmetric(a: dt.date, b: dt.date, cal: Calendar) -> None:
    days = (a + dt.timedelta(n) for n in range(1, (b - a).days + 1))
    if a <= b:
        assert working_days_between(a, b, cal) == sum(is_working(day, cal) for day in days)
    assert working_days_between(b, a, cal) == -working_days_between(a, b, cal)


@given(INSTANTS, INSTANTS, st.integers(1, 5))
def test_who_is_told_later_is_never_due_earlier(a: dt.datetime, b: dt.datetime, days: int) -> None:
    first, second = sorted((a, b))
    span = Span(working_days=days)
    gap = dt.timedelta(hours=1)  # clocks put back: an hour may come twice
    assert add(first, span, ZURICH, WEEKDAYS) <= add(second, span, ZURICH, WEEKDAYS) + gap


@given(INSTANTS, INSTANTS, INSTANTS)
def test_working_time_adds_up_and_is_antisymmetric(a: dt.datetime, b: dt.datetime, c: dt.datetime) -> None:
    def between(x: dt.datetime, y: dt.datetime) -> dt.timedelta:
        return working_time_between(x, y, dt.UTC, WEEKDAYS)

    assert between(a, b) == -between(b, a)
    assert between(a, b) + between(b, c) == between(a, c)


@given(INSTANTS)
def test_a_working_day_later_is_a_working_day_of_time(start: dt.datetime) -> None:
    due = add(start, ONE, dt.UTC, WEEKDAYS)
    assert working_time_between(start, due, dt.UTC, WEEKDAYS) == dt.timedelta(days=1)


# ----------------------------------------------------------------------------------------------------------- the rest


@pytest.mark.parametrize(
    ("a", "b", "hours"),
    [
        ("2026-11-20T22:00", "2026-11-23T02:00", 4),
        ("2026-11-21T08:00", "2026-11-22T20:00", 0),
        ("2026-11-20T12:00", "2026-11-20T16:00", 4),
        ("2026-11-16T00:00", "2026-11-23T00:00", 120),
        ("2026-11-23T02:00", "2026-11-20T22:00", -4),
    ],
)
def test_working_time_is_the_time_on_working_days(a: str, b: str, hours: int) -> None:
    assert working_time_between(zurich(a), zurich(b), ZURICH, WEEKDAYS) == dt.timedelta(hours=hours)


def test_working_days_are_counted_after_the_first_day() -> None:
    assert working_days_between(dt.date(2026, 11, 20), dt.date(2026, 11, 23), WEEKDAYS) == 1
    assert working_days_between(dt.date(2026, 12, 23), dt.date(2026, 12, 28), CHRISTMAS) == 1


def test_a_holiday_one_starts_on_is_not_taken_off_again() -> None:
    assert working_days_between(dt.date(2026, 12, 24), dt.date(2026, 12, 28), CHRISTMAS) == 1
    assert working_days_between(dt.date(2026, 12, 25), dt.date(2026, 12, 29), CHRISTMAS) == 2


def test_a_day_ends_with_its_last_second_in_its_zone() -> None:
    assert end_of_day(dt.date(2026, 11, 22), ZURICH) == zurich("2026-11-22T23:59:59")
    assert end_of_day(dt.date(2026, 3, 29), ZURICH) == zurich("2026-03-29T23:59:59")


def test_a_day_before_a_midnight_that_does_not_exist_ends_where_clocks_are_changed() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    end = end_of_day(dt.date(2026, 3, 28), beirut)
    assert local_day(end, beirut) == dt.date(2026, 3, 28)
    assert local_day(end + dt.timedelta(seconds=1), beirut) == dt.date(2026, 3, 29)


@given(DAYS, st.sampled_from(["Europe/Zurich", "Asia/Beirut", "America/Havana", "Atlantic/Azores", "Pacific/Auckland"]))
def test_the_second_after_a_day_is_another_day(day: dt.date, place: str) -> None:
    zone = ZoneInfo(place)
    end = end_of_day(day, zone)
    assert local_day(end, zone) == day
    assert local_day(end + dt.timedelta(seconds=1), zone) == day + dt.timedelta(1)


def test_a_day_is_the_one_people_write_there() -> None:
    assert local_day(dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC), ZURICH) == dt.date(2026, 11, 23)
