"""The meetings of the configuration with what agenda servers list laid over them (DOMAIN §7)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ppstui.model import Agenda, AgendaItem, Ref
from ppstui.rules.clocks import local_day
from ppstui.rules.meetings import (
    Meeting,
    appointment_of,
    appointments,
    countdown,
    is_called,
    meeting_of,
    named,
    next_appointment,
    occurrences,
    says_cancelled,
)
from tests.rules.make import ZURICH, at, day

if TYPE_CHECKING:
    from collections.abc import Sequence

EMT = Meeting.parse("EMT", "Mon 14:30, Wed 16:30")
OPS = Meeting.parse("EGEE Operations", "Mon 16:00", 75)
WLCG = Meeting.parse("WLCG Operations", "Wed 15:00", 30)
T1SCM = Meeting.parse("T1SCM", "every 2 weeks Thu 15:30", anchor=day("2026-10-08"))
ALL = (EMT, OPS, WLCG, T1SCM)


def agenda(start: str, title: str = "EMT meeting (Monday)", **more: Any) -> Agenda:
    begins = at(start)
    number = f"{begins:%m%d%H%M}{abs(hash(title)) % 97}"
    values = {"ref": Ref("indico", number), "title": title, "start": begins, **more}
    return Agenda(**values)


def told(meetings: Sequence[Meeting], agendas: Sequence[Agenda], first: str, last: str) -> list[str]:
    """`10-19 14:30 EMT`, with a star where a server lists it and a dash where it is cancelled."""
    return [
        f"{each.start.astimezone(ZURICH):%m-%d %H:%M} {each.name}" + "*" * bool(each.agenda) + "-" * each.cancelled
        for each in appointments(meetings, agendas, day(first), day(last), ZURICH)
    ]


# ------------------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "title", "category", "same"),
    [
        ("EMT", "EMT meeting (Monday)", "", True),
        ("EGEE Operations", "Weekly Operations meeting", "EGEE Operations meetings", True),
        ("WLCG Operations", "Weekly Operations meeting", "EGEE Operations meetings", False),
        ("T1SCM", "Tier1 Service Coordination Meeting", "", True),
        ("Tier1 Service Coordination", "Tier1 Service Coordination Meeting", "", True),
        ("GDB", "Grid Deployment Board", "", True),
        ("GDB", "GDB (amphitheatre)", "", True),
        ("OP", "Other people", "", False),
        ("EMT", "emtnet status", "", False),
        ("Weekly meeting", "Weekly meeting", "", True),
        ("Weekly meeting", "Weekly Operations meeting", "", False),
        ("Opération", "Opérations hebdomadaires", "", True),
        ("!", "anything", "", False),
        ("!", "", "", False),
    ],
)
def test_a_meeting_is_known_by_its_words_or_its_letters(name: str, title: str, category: str, same: bool) -> None:
    assert is_called(name, title, category) is same


def test_of_several_names_the_one_that_says_most_is_meant() -> None:
    short = Meeting.parse("Operations", "Tue 10:00")
    found = agenda("2026-10-19 16:00", "Weekly Operations meeting", category="EGEE Operations meetings")
    assert meeting_of(found, (short, OPS, WLCG)) == OPS
    assert meeting_of(found, (short, WLCG)) == short
    assert meeting_of(found, (WLCG,)) is None
    assert appointment_of(found, (OPS,)).name == "EGEE Operations"
    assert appointment_of(found, (OPS,)).end - found.start == dt.timedelta(minutes=75)
    assert not appointment_of(found, (WLCG,)).configured


def test_a_person_may_say_less_than_the_whole_name() -> None:
    agendas = [agenda("2026-10-22 10:00", "Grid Deployment Board")]
    assert named(ALL, agendas, "emt") == ("EMT",)
    assert named(ALL, agendas, "egee-operations") == ("EGEE Operations",)
    assert named(ALL, agendas, "operations") == ("EGEE Operations", "WLCG Operations")
    assert named(ALL, agendas, "gdb") == ("Grid Deployment Board",)
    assert named(ALL, agendas, "laundry") == ()
    assert named(ALL, agendas, "-") == ()


@pytest.mark.parametrize(
    ("title", "off"),
    [
        ("Cancelled: EMT", True),
        ("EMT (Wednesday) [Cancelled]", True),
        ("EMT - CANCELLED", True),
        ("CANCELED EMT", True),
        ("cancelled", True),
        ("Annulé : EMT", True),
        ("EMT abgesagt", False),
        ("Cancelled tickets of the week", False),
        ("Annual review: EMT", False),
        ("EMT", False),
        ("", False),
    ],
)
def test_a_title_that_says_that_it_is_cancelled_is_told_from_one_about_cancelling(title: str, off: bool) -> None:
    assert says_cancelled(title) is off


# ------------------------------------------------------------------------------------------------------------- times


def test_without_a_server_the_rules_say_all() -> None:
    assert told(ALL, [], "2026-10-19", "2026-10-22") == [
        "10-19 14:30 EMT",
        "10-19 16:00 EGEE Operations",
        "10-21 15:00 WLCG Operations",
        "10-21 16:30 EMT",
        "10-22 15:30 T1SCM",
    ]


def test_what_a_server_lists_takes_the_place_of_the_rule_also_when_it_was_moved() -> None:
    moved = [agenda("2026-10-20 10:00"), agenda("2026-10-21 17:00", "EMT meeting (Wednesday)")]
    assert told((EMT,), moved, "2026-10-19", "2026-10-26") == [
        "10-20 10:00 EMT*",
        "10-21 17:00 EMT*",
        "10-26 14:30 EMT",
    ]


def test_a_further_meeting_takes_nothing_away() -> None:
    extra = [agenda("2026-10-19 14:30"), agenda("2026-10-20 10:00", "EMT extra")]
    assert told((EMT,), extra, "2026-10-19", "2026-10-21") == [
        "10-19 14:30 EMT*",
        "10-20 10:00 EMT*",
        "10-21 16:30 EMT",
    ]


def test_what_is_listed_half_way_between_two_times_takes_the_place_of_one() -> None:
    between = [agenda("2026-10-20 15:30", "EMT extra")]
    assert told((EMT,), between, "2026-10-19", "2026-10-21") == ["10-20 15:30 EMT*", "10-21 16:30 EMT"]


def test_a_cancelled_meeting_is_there_and_does_not_come() -> None:
    off = [agenda("2026-10-28 16:30", "EMT meeting (Wednesday)", cancelled=True)]
    assert told((EMT,), off, "2026-10-28", "2026-10-28") == ["10-28 16:30 EMT*-"]
    coming = next_appointment((EMT,), off, at("2026-10-28 10:00"), ZURICH)
    assert coming is not None
    assert coming.start == at("2026-11-02 14:30")


def test_every_second_thursday_is_counted_from_where_a_server_lists_it_last() -> None:
    title = "Tier1 Service Coordination Meeting"
    listed = [agenda("2026-10-15 15:30", title), agenda("2026-10-29 15:30", title)]
    assert told((T1SCM,), [], "2026-10-15", "2026-11-20") == [
        "10-22 15:30 T1SCM",
        "11-05 15:30 T1SCM",
        "11-19 15:30 T1SCM",
    ]
    assert told((T1SCM,), listed, "2026-10-15", "2026-11-26") == [
        "10-15 15:30 T1SCM*",
        "10-29 15:30 T1SCM*",
        "11-12 15:30 T1SCM",
        "11-26 15:30 T1SCM",
    ]


def test_a_meeting_that_nobody_planned_is_there_under_its_own_title() -> None:
    found = appointments((EMT,), [agenda("2026-10-20 10:00", "GDB")], day("2026-10-20"), day("2026-10-20"), ZURICH)
    assert [(each.name, each.title, each.configured) for each in found] == [("GDB", "GDB", False)]
    assert found[0].end - found[0].start == dt.timedelta(hours=1), "nobody said how long it is"


def test_the_same_meeting_on_two_servers_is_there_once_and_the_one_that_says_more_counts() -> None:
    rich = agenda("2026-10-19 14:30", agenda=(AgendaItem(title="AOB"),))
    feed = replace(agenda("2026-10-19 14:30", "EMT"), ref=Ref("calendar", "1"))
    for both in ([rich, feed], [feed, rich]):
        (found,) = appointments((EMT,), both, day("2026-10-19"), day("2026-10-19"), ZURICH)
        assert found.agenda == rich
    alike = [replace(feed, ref=Ref(name, "1")) for name in ("a", "b")]
    one, other = (
        appointments((EMT,), each, day("2026-10-19"), day("2026-10-19"), ZURICH) for each in (alike, alike[::-1])
    )
    assert one == other, "the order of reading changes nothing"
    off = replace(feed, cancelled=True)
    (found,) = appointments((EMT,), [rich, off], day("2026-10-19"), day("2026-10-19"), ZURICH)
    assert found.cancelled
    two = [agenda("2026-10-20 10:00", "GDB"), replace(agenda("2026-10-20 10:00", "GDB"), ref=Ref("indico", "other"))]
    assert len(appointments((), two, day("2026-10-20"), day("2026-10-20"), ZURICH)) == 2, "of one server they are two"


DAYS = st.dates(dt.date(2026, 9, 1), dt.date(2026, 12, 31))
LISTED = st.builds(
    lambda on, hour, off: agenda(f"{on} {hour:02}:15", "EMT", cancelled=off, ref=Ref("indico", f"{on}-{hour}")),
    DAYS,
    st.integers(0, 23),
    st.booleans(),
)


@settings(max_examples=60)
@given(st.lists(LISTED, max_size=8, unique_by=lambda each: each.ref), DAYS, st.integers(0, 20), st.randoms())
def test_everything_listed_is_there_once_and_takes_at_most_one_time_each(
    agendas: list[Agenda], first: dt.date, length: int, shuffle: Any
) -> None:
    last = first + dt.timedelta(days=length)
    found = appointments((EMT,), agendas, first, last, ZURICH)
    inside = {each.ref for each in agendas if first <= local_day(each.start, ZURICH) <= last}
    assert {each.agenda.ref for each in found if each.agenda} == inside
    assert len([each for each in found if each.agenda]) == len(inside)
    ruled = {each.start for each in occurrences(EMT, first, last, ZURICH)}
    left = {each.start for each in found if each.agenda is None}
    assert left <= ruled
    assert len(ruled - left) <= len(agendas)
    assert list(found) == sorted(found, key=lambda each: each.start)
    shuffle.shuffle(agendas)
    assert appointments((EMT,), agendas, first, last, ZURICH) == found, "the order of reading changes nothing"


@settings(max_examples=60)
@given(st.lists(LISTED, max_size=8, unique_by=lambda each: each.ref), DAYS, st.integers(0, 23))
def test_what_comes_next_is_not_over_not_cancelled_and_nothing_comes_before_it(
    agendas: list[Agenda], on: dt.date, hour: int
) -> None:
    now = at(f"{on} {hour:02}:00")
    found = next_appointment((EMT,), agendas, now, ZURICH)
    assert found is not None
    assert found.end > now
    assert not found.cancelled
    early = appointments((EMT,), agendas, on - dt.timedelta(days=1), local_day(found.start, ZURICH), ZURICH)
    assert not [each for each in early if each.end > now and not each.cancelled and each.start < found.start]


# --------------------------------------------------------------------------------------------------------- countdown


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-10-19 13:48", "EMT in 42 min"),
        ("2026-10-19 13:48:59", "EMT in 41 min"),
        ("2026-10-19 14:28:30", "EMT in 1 min"),
        ("2026-10-19 14:29:30", "EMT now"),
        ("2026-10-19 15:29", "EMT now"),
        ("2026-10-19 12:31", "EMT in 119 min"),
        ("2026-10-19 12:30", "EMT in 2 h"),
        ("2026-10-19 09:00", "EMT in 5 h"),
        ("2026-10-18 22:00", "EMT Mon 14:30"),
        ("2026-10-15 09:00", "EMT Mon 14:30"),
    ],
)
def test_how_long_it_is_to_the_next_meeting(now: str, said: str) -> None:
    found = next_appointment((Meeting.parse("EMT", "Mon 14:30"),), [], at(now), ZURICH)
    assert found is not None
    assert countdown(found, at(now), ZURICH) == said


def test_a_meeting_weeks_away_is_counted_in_days() -> None:
    first = Meeting.parse("WLCG", "1st Thu 15:30")
    found = next_appointment((first,), [], at("2026-10-19 09:00"), ZURICH)
    assert found is not None
    assert countdown(found, at("2026-10-19 09:00"), ZURICH) == "WLCG in 17 d"


def test_nobody_meets_where_nothing_is_planned() -> None:
    assert next_appointment((), [], at("2026-10-19 09:00"), ZURICH) is None
    assert next_appointment((EMT,), [], at("2026-10-19 09:00"), ZURICH, "GDB") is None
