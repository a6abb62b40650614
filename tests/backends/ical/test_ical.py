from __future__ import annotations

import base64
import datetime as dt
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ppstui.backends.ical import Options
from ppstui.backends.ical.calendar import Feed, read_calendar
from ppstui.errors import Garbled, NotAuthorised, Unreachable
from ppstui.model import Agenda, Kind
from ppstui.testing import read
from tests.backends.ical.feeds import FeedWorld, calendar

SAMPLES = Path(__file__).parent / "samples"
ZURICH = ZoneInfo("Europe/Zurich")
SPAN = (dt.datetime(2026, 10, 1, tzinfo=dt.UTC), dt.datetime(2026, 12, 1, tzinfo=dt.UTC))

WEEKLY = """
UID:emt
SUMMARY:EMT
DTSTART;TZID=Europe/Zurich:20261005T143000
DTEND;TZID=Europe/Zurich:20261005T153000
RRULE:FREQ=WEEKLY;UNTIL=20261110T000000Z
EXDATE;TZID=Europe/Zurich:20261019T143000
"""
MOVED = """
UID:emt
RECURRENCE-ID;TZID=Europe/Zurich:20261026T143000
SUMMARY:EMT
DTSTART;TZID=Europe/Zurich:20261027T100000
DTEND;TZID=Europe/Zurich:20261027T110000
"""
OFF = """
UID:emt
RECURRENCE-ID;TZID=Europe/Zurich:20261102T143000
SUMMARY:EMT
STATUS:CANCELLED
DTSTART;TZID=Europe/Zurich:20261102T143000
DTEND;TZID=Europe/Zurich:20261102T153000
"""


def feed(*entries: str, head: str = "", category: str = "") -> Feed:
    return read_calendar(calendar(*entries, head=head), "cal", ZURICH, SPAN, category)


def only(*entries: str, head: str = "") -> Agenda:
    (found,) = feed(*entries, head=head).meetings
    return found


def starts(found: Feed) -> list[str]:
    return [f"{each.start:%m-%dT%H:%MZ}" for each in found.meetings]


# ---------------------------------------------------------------------------------------------------------- samples


def test_indicos_own_calendar_crosses_the_end_of_summer_time() -> None:
    found = read_calendar((SAMPLES / "categ.ics").read_bytes(), "cal", ZURICH, SPAN)
    told = {f"{each.start:%m-%dT%H:%MZ}": (each.title, each.url, each.room) for each in found.meetings}
    assert told["10-19T12:30Z"] == ("EMT meeting (Monday)", "https://indico.example.org/event/7/", "28-R-06 (CERN)")
    assert told["10-26T13:30Z"] == ("EMT meeting (Monday)", "https://indico.example.org/event/9/", "28-R-06 (CERN)")
    assert [each.title for each in found.meetings if each.cancelled] == ["EMT meeting (Wednesday) [Cancelled]"]
    assert (len(found.meetings), found.unread) == (8, 0)
    assert {each.description for each in found.meetings} == {""}, "an address that stands alone is no description"


def test_contributions_of_one_event_are_one_meeting_with_an_agenda() -> None:
    (found,) = read_calendar((SAMPLES / "event-contributions.ics").read_bytes(), "cal", ZURICH, SPAN).meetings
    assert (found.title, found.url) == ("Meeting 5", "https://indico.example.org/event/5/")
    assert [(item.title, item.minutes) for item in found.agenda] == [
        ("gLite release status", 15),
        ("Pilot services", 10),
        ("Vacancies", 5),
    ]
    assert found.end is not None
    assert found.end - found.start == dt.timedelta(minutes=30)


# ------------------------------------------------------------------------------------------------------- repetitions


def test_a_weekly_meeting_keeps_its_wall_time_its_exceptions_and_its_names() -> None:
    found = feed(WEEKLY, MOVED, OFF)
    assert starts(found) == ["10-05T12:30Z", "10-12T12:30Z", "10-27T09:00Z", "11-02T13:30Z", "11-09T13:30Z"]
    assert [each.cancelled for each in found.meetings] == [False, False, False, True, False]
    names = [each.ref.id.partition("-")[2] for each in found.meetings]
    assert names == ["20261005T1230", "20261012T1230", "20261026T1330", "20261102T1330", "20261109T1330"]
    before = {each.ref for each in feed(WEEKLY).meetings}
    assert {each.ref for each in found.meetings} <= before, "one that is moved stays the same meeting"


def test_every_second_week_and_the_first_thursday_are_followed() -> None:
    second = "UID:a\nSUMMARY:x\nDTSTART:20261001T133000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"
    assert starts(feed(second))[:3] == ["10-01T13:30Z", "10-15T13:30Z", "10-29T13:30Z"]
    first = "UID:a\nSUMMARY:x\nDTSTART:20261001T133000Z\nRRULE:FREQ=MONTHLY;BYDAY=1TH"
    assert starts(feed(first)) == ["10-01T13:30Z", "11-05T13:30Z"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=99999999",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,1,2;BYSECOND=0,1",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYSETPOS=9",
        "FREQ=YEARLY;BYEASTER=1",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;BYMONTHDAY=32",
    ],
)
def test_what_repeats_as_no_meeting_does_is_shown_once_and_searched_for_nowhere(rule: str) -> None:
    begun = time.monotonic()
    found = feed(f"UID:bomb\nSUMMARY:bomb\nDTSTART:20261102T090000Z\nRRULE:{rule}", WEEKLY)
    assert time.monotonic() - begun < 5
    assert [each.title for each in found.meetings].count("bomb") <= 1
    assert found.unfollowed + found.unread == 1
    assert [each.title for each in found.meetings].count("EMT") == 5


def test_a_rule_that_began_before_the_calendar_is_not_followed_for_ever() -> None:
    found = feed("UID:old\nSUMMARY:old\nDTSTART:00010101T090000Z\nRRULE:FREQ=DAILY")
    assert (len(found.meetings), found.unfollowed) == (0, 1)


# ------------------------------------------------------------------------------------------------------------- fields


def test_times_without_a_zone_are_the_desks_and_days_are_no_meetings() -> None:
    found = feed(
        "UID:a\nSUMMARY:floating\nDTSTART:20261102T090000\nDURATION:PT30M",
        "UID:b\nSUMMARY:holiday\nDTSTART;VALUE=DATE:20261102",
        "UID:c\nSUMMARY:windows\nDTSTART;TZID=W. Europe Standard Time:20261102T110000",
    )
    assert starts(found) == ["11-02T08:00Z", "11-02T10:00Z"]
    assert found.unread == 0
    assert found.meetings[0].end == dt.datetime(2026, 11, 2, 8, 30, tzinfo=dt.UTC)


def test_a_zone_that_the_calendar_explains_itself_is_believed() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:House\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0300\n"
        "END:STANDARD\nEND:VTIMEZONE\n"
    )
    assert only("UID:a\nSUMMARY:x\nDTSTART;TZID=House:20261102T110000", head=zone).start.hour == 8


@pytest.mark.parametrize(
    ("lines", "address", "description"),
    [
        ("URL:https://indico.example.org/event/7/", "https://indico.example.org/event/7/", ""),
        ("DESCRIPTION:https://x.example.org/1", "https://x.example.org/1", ""),
        ("DESCRIPTION:Join https://x.example.org/1.\\nBring notes", "https://x.example.org/1", None),
        ("LOCATION:https://x.example.org/room", "https://x.example.org/room", ""),
        ("URL:javascript:alert(1)", "", ""),
        ("URL:file:///etc/passwd", "", ""),
        ("DESCRIPTION:<p>one</p><p>two &amp\\; three</p>", "", "one\n\ntwo & three"),
    ],
)
def test_its_address_is_one_of_the_web(lines: str, address: str, description: str | None) -> None:
    found = only(f"UID:a\nSUMMARY:x\nDTSTART:20261102T090000Z\n{lines}")
    assert found.url == address
    assert description is None or found.description == description


def test_its_series_is_what_the_configuration_says_else_a_category_else_the_calendars_name() -> None:
    entry = "UID:a\nSUMMARY:x\nDTSTART:20261102T090000Z"
    assert only(entry, head="X-WR-CALNAME:WLCG\n").category == "WLCG"
    assert only(f"{entry}\nCATEGORIES:GDB,Ops", head="X-WR-CALNAME:WLCG\n").category == "GDB, Ops"
    assert feed(f"{entry}\nCATEGORIES:GDB", category="mine").meetings[0].category == "mine"


@pytest.mark.parametrize(
    "title", ["Cancelled: EMT", "Canceled: EMT", "EMT (cancelled)", "[CANCELLED] EMT", "CANCELLED EMT"]
)
def test_a_title_may_say_that_it_does_not_take_place(title: str) -> None:
    assert only(f"UID:a\nSUMMARY:{title}\nDTSTART:20261102T090000Z").cancelled


def test_one_broken_entry_costs_nobody_the_others() -> None:
    found = feed(
        "UID:a\nSUMMARY:bad\nDTSTART:rubbish",
        "UID:b\nSUMMARY:none at all",
        "UID:c\nSUMMARY:bad rule\nDTSTART:20261102T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=XX",
        WEEKLY,
    )
    assert [each.title for each in found.meetings].count("EMT") == 5
    assert found.unread >= 2


@settings(max_examples=80)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40), max_size=8))
@example(["RRULE:FREQ=WEEKLY;INTERVAL=0"])
@example(["DTSTART:20261102T090000Z", "RRULE:", "EXDATE:x", "RECURRENCE-ID:y"])
@example(["BEGIN:VEVENT", "END:VALARM"])
def test_whatever_stands_in_an_entry_is_read_or_left_out_or_said(lines: list[str]) -> None:
    try:
        found = feed("UID:x\nDTSTART:20261102T090000Z\n" + "\n".join(lines), WEEKLY)
    except ValueError:
        return  # what is built so that nobody can tell its entries apart
    assert all(each.start.tzinfo is dt.UTC and "\n" not in each.title for each in found.meetings)


# ---------------------------------------------------------------------------------------------------------- the feed


PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Hello</body></html>"


async def refused(world: FeedWorld) -> str:
    with pytest.raises(Garbled) as raised:
        await read(world.open(), Kind.MEETING)
    assert "private-0123456789" not in str(raised.value), "the address may be a secret"
    return str(raised.value)


async def test_what_is_no_calendar_is_said_in_a_sentence() -> None:
    world = FeedWorld()
    world.wire.answer(lambda request: httpx.Response(200, html=PAGE, request=request))
    assert "the answer is a web page or plain text (text/html), not a calendar; check url" in await refused(world)


async def test_half_a_calendar_does_not_pass_for_all_there_is() -> None:
    world = FeedWorld()
    world.feed = calendar(WEEKLY)[:-30]
    assert "a part is missing" in await refused(world)


async def test_a_calendar_that_never_ends_is_left() -> None:
    world = FeedWorld()
    world.feed = b"BEGIN:VCALENDAR\r\n" + b"X" * 10_000_001
    assert "larger than 10 MB" in await refused(world)


async def test_an_empty_calendar_is_an_empty_reading_and_broken_entries_are_noted() -> None:
    world = FeedWorld()
    world.feed = b"\xef\xbb\xbf" + calendar()
    reading = await read(world.open(), Kind.MEETING)
    assert (reading.records, reading.complete, reading.notes) == ({}, True, [])
    world.feed = calendar("UID:a\nDTSTART:rubbish", "UID:b\nSUMMARY:b\nDTSTART:20261119T090000Z\nRRULE:FREQ=SECONDLY")
    reading = await read(world.open(), Kind.MEETING)
    assert len(reading.records) == 1
    assert "1 entry could not be read and is missing" in reading.notes[0]
    assert "1 entry repeats as no meeting does and is shown once" in (await world.open().check()).problems[0]


async def test_a_user_logs_in_with_a_password() -> None:
    world = FeedWorld(token="", user="anna", password="env:WORD")
    world.feed = calendar()
    with pytest.raises(NotAuthorised) as raised:
        await read(world.open(), Kind.MEETING)
    sent = world.wire.requests[-1].headers["authorization"]
    assert sent == "Basic " + base64.b64encode(b"anna:s3cret").decode()
    assert "s3cret" not in str(raised.value)


async def test_a_calendar_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "meetings.ics"
    world = FeedWorld(url="", token="", file=str(file))
    with pytest.raises(Unreachable, match="does not exist; check file"):
        await read(world.open(), Kind.MEETING)
    file.write_bytes(calendar("UID:a\nSUMMARY:EMT\nDTSTART:20261119T090000Z"))
    reading = await read(world.open(), Kind.MEETING)
    assert [record.title for record in reading.records.values() if isinstance(record, Agenda)] == ["EMT"]
    file.write_text("rubbish")
    assert "it should begin with BEGIN:VCALENDAR" in await refused(world)
    assert world.wire.requests == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "write url"),
        ({"url": "https://x.example.org/a.ics", "file": "/a.ics"}, "not both"),
        ({"url": "webcal://x.example.org/a.ics"}, "url: names no server"),
        ({"file": "a.ics"}, "write an absolute path"),
        ({"file": "/a.ics", "user": "anna"}, "go together"),
        ({"file": "/a.ics", "user": "anna", "password": "env:A", "token": "env:B"}, "not with a token"),
    ],
)
def test_options_that_name_no_feed_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Options(**options)
