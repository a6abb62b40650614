"""Regular meetings as data: weekly, on the nth weekday of a month, or every so many weeks from an anchor (DOMAIN §7).

Wall time is fixed: a meeting at 14:30 is at 12:30 UTC in summer and at 13:30 in winter.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.errors import UsageError
from ppstui.rules.clocks import instant, local_day
from ppstui.rules.titles import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SLOT = re.compile(
    r"(?:(?P<nth>[1-5])(?:st|nd|rd|th)\s+|(?P<last>last)\s+|every\s+(?P<weeks>[1-9][0-9]?)\s+weeks?\s+)?"
    r"(?P<day>[a-z]{3})[a-z]*\s+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})\Z",
    re.IGNORECASE,
)
_FORMS = "write Mon 14:30, 1st Thu 15:30, last Fri 10:00 or every 2 weeks Thu 15:30"
_AHEAD = 400
"""Days to look for the next one: over a year, so that a fifth weekday of a month is found."""


class Slot(Struct, frozen=True, kw_only=True):
    """One rule of when a meeting takes place."""

    weekday: int
    """Monday is 0."""
    at: dt.time
    """Wall-clock time in the desk's zone."""
    nth: int = 0
    """1 to 5: only that one in each month; -1: the last one; 0: every one."""
    weeks: int = 1
    """Every so many weeks, counted from the anchor."""


class Meeting(Struct, frozen=True, kw_only=True):
    """A regular meeting."""

    name: str
    slots: tuple[Slot, ...]
    minutes: int = 60
    anchor: dt.date | None = None
    """A day on which it took place, for what is not every week."""

    @classmethod
    def parse(cls, name: str, when: str, minutes: int = 60, anchor: dt.date | None = None) -> Meeting:
        """Reads `Mon 14:30, Wed 16:30`, `1st Thu 15:30`, `every 2 weeks Thu 15:30`. Raises UsageError."""
        slots = tuple(_slot(part.strip()) for part in when.split(","))
        if anchor is None and any(slot.weeks > 1 for slot in slots):
            raise UsageError(f"{name} is every so many weeks; name an anchor, a day on which it took place")
        return cls(name=name, slots=slots, minutes=minutes, anchor=anchor)


def _slot(text: str) -> Slot:
    found = _SLOT.match(text)
    if found is None or found["day"].lower() not in _DAYS:
        raise UsageError(f"{cut(text)} is no time of a meeting; {_FORMS}")
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour > 23 or minute > 59:  # noqa: PLR2004  a clock
        raise UsageError(f"{cut(text)} has no such time of day; {_FORMS}")
    nth = -1 if found["last"] else int(found["nth"] or 0)
    return Slot(
        weekday=_DAYS.index(found["day"].lower()), at=dt.time(hour, minute), nth=nth, weeks=int(found["weeks"] or 1)
    )


class Occurrence(Struct, frozen=True, order=True):
    """One time that a meeting takes place."""

    start: dt.datetime
    """In UTC."""
    name: str
    on: dt.date
    """The day in the desk's zone."""


def takes_place(meeting: Meeting, slot: Slot, on: dt.date) -> bool:
    """Whether a slot falls on that day."""
    if on.weekday() != slot.weekday:
        return False
    if slot.nth > 0 and (on.day + 6) // 7 != slot.nth:
        return False
    if slot.nth < 0 and (on + dt.timedelta(days=7)).month == on.month:
        return False
    if slot.weeks > 1 and meeting.anchor:
        monday = meeting.anchor - dt.timedelta(days=meeting.anchor.weekday())
        return (on - monday).days // 7 % slot.weeks == 0
    return True


def occurrences(meeting: Meeting, first: dt.date, last: dt.date, zone: dt.tzinfo) -> Iterator[Occurrence]:
    """Every time that it takes place from `first` to `last`, inclusive, in order."""
    slots = sorted(meeting.slots, key=lambda slot: slot.at)
    for number in range((last - first).days + 1):
        on = first + dt.timedelta(days=number)
        for slot in slots:
            if takes_place(meeting, slot, on):
                yield Occurrence(start=instant(on, slot.at, zone), name=meeting.name, on=on)


def next_occurrence(meeting: Meeting, now: dt.datetime, zone: dt.tzinfo) -> Occurrence | None:
    """The next time that it takes place, or the one that is going on; None when there is none within a year."""
    today = local_day(now, zone)
    lasts = dt.timedelta(minutes=meeting.minutes)
    found = occurrences(meeting, today - dt.timedelta(days=1), today + dt.timedelta(days=_AHEAD), zone)
    return next((each for each in found if each.start + lasts > now), None)


def last_occurrence(meeting: Meeting, now: dt.datetime, zone: dt.tzinfo) -> Occurrence | None:
    """The last time that it began, `now` included; None when there was none within a year."""
    today = local_day(now, zone)
    for back in range(_AHEAD):
        on = today - dt.timedelta(days=back)
        begun = [each for each in occurrences(meeting, on, on, zone) if each.start <= now]
        if begun:
            return begun[-1]
    return None
