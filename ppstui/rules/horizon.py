"""Comparing with now so that the answer also says how long it will hold."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.rules.clocks import is_working, local_day

if TYPE_CHECKING:
    from ppstui.rules.clocks import Calendar

_TICK = dt.timedelta(microseconds=1)
_DAY = dt.timedelta(days=1)


class Horizon:
    """One instant, and the nearest later one at which any comparison made here would turn out differently.

    Every rule that depends on the time asks here, so `changes_at` cannot forget one: what was derived holds for every
    instant from `now` up to, and without, `changes_at`.
    """

    __slots__ = ("changes_at", "now")

    def __init__(self, now: dt.datetime) -> None:
        """`now` must be aware; it is taken to UTC, because Python compares wall clocks within one zone."""
        self.now = now.astimezone(dt.UTC)
        self.changes_at: dt.datetime | None = None

    def past(self, due: dt.datetime) -> bool:
        """Whether a deadline is missed: at the very due instant it is still in time (DOMAIN §3)."""
        return self._turned(due + _TICK)

    def reached(self, start: dt.datetime) -> bool:
        """Whether something has begun: at its very first instant it has."""
        return self._turned(start)

    def _turned(self, turn: dt.datetime) -> bool:
        if turn <= self.now:
            return True
        if self.changes_at is None or turn < self.changes_at:
            self.changes_at = turn
        return False


_FIRST, _LAST = dt.date(1900, 1, 1), dt.date(9000, 1, 1)


def plausible(day: dt.date) -> dt.date:
    """The day, or the nearest one to reckon with: fields hold 9999-12-31, and no calendar goes on from there."""
    return min(max(day, _FIRST), _LAST)


def midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first instant of a day in a zone, in UTC, also where that day has no 00:00."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(dt.UTC)


def over(last_day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The instant at which an inclusive last day is over: the first one of the next day."""
    return midnight(last_day + _DAY, zone)


def amber_from(due: dt.datetime, left: dt.timedelta, zone: dt.tzinfo, calendar: Calendar) -> dt.datetime:
    """The earliest instant with at most `left` of working time before `due` (DOMAIN §3: amber <= 4 h), in UTC.

    Working time runs around the clock on working days and stands still on others. A calendar without working days
    within a year gives up and answers `due`.
    """
    end = due.astimezone(dt.UTC)
    day = local_day(due, zone)
    for _ in range(366):
        start = midnight(day, zone)
        if is_working(day, calendar) and end > start:
            if end - start > left:
                return end - left
            left -= end - start
        end, day = start, day - _DAY
    return due.astimezone(dt.UTC)


def last_working_day(day: dt.date, calendar: Calendar) -> dt.date:
    """The last working day up to and with `day`; `day` itself when there is none in the year before."""
    for back in range(366):
        candidate = day - dt.timedelta(days=back)
        if is_working(candidate, calendar):
            return candidate
    return day


def moment(at: dt.datetime, zone: dt.tzinfo) -> str:
    """An instant as texts of the rules tell it, with its offset: `Mon 2026-11-23 16:40 +01:00`."""
    local = at.astimezone(zone)
    offset = local.isoformat()[-6:]
    return f"{_WEEKDAYS[local.weekday()]} {local:%Y-%m-%d %H:%M} {offset}"


def day_name(day: dt.date) -> str:
    """A day as texts of the rules tell it: `Mon 2026-11-23`."""
    return f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}"


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""Not strftime's, which speaks the language of the process."""
