"""Working days and deadlines (DOMAIN §3). Instants are aware datetimes, results in UTC; days are local days."""

from __future__ import annotations

import datetime as dt
import re

from msgspec import Struct

from ppstui.errors import UsageError

_DAY = dt.timedelta(days=1)
_SECOND = dt.timedelta(seconds=1)
_PATIENCE = 3700
"""Days to look for a working day before the calendar is taken for a mistake; a little over ten years."""
_SHOWN = 40
_LONGEST = 36_525
"""Days in a hundred years: longer spans are slips of the keyboard."""

_UNITS = {
    "s": _SECOND,
    "m": dt.timedelta(minutes=1),
    "h": dt.timedelta(hours=1),
    "d": _DAY,
    "w": dt.timedelta(weeks=1),
}
_PART = re.compile(r"\s*([0-9]{1,9})\s*([Ww][Dd]|[SMHDWsmhdw])")
_SPAN_FORMS = "write 90s, 15m, 4h, 5d, 2w, or 1wd for working days"


class Calendar(Struct, frozen=True, kw_only=True):
    """Which days count: weekdays minus holidays and closures."""

    weekend: frozenset[int] = frozenset({5, 6})
    """Monday is 0."""
    closures: frozenset[dt.date] = frozenset()
    """Public holidays and days the house is closed."""

    def working(self, day: dt.date) -> bool:
        """Whether anybody works on that day."""
        return day.weekday() not in self.weekend and day not in self.closures

    def shift(self, day: dt.date, days: int) -> dt.date:
        """The working day that many working days after `day`, or before it when negative; 0: the first not before it.

        Raises UsageError when the calendar has no working day for ten years.
        """
        step = -_DAY if days < 0 else _DAY
        left, idle = abs(days), 0
        if days == 0 and self.working(day):
            return day
        while left or not self.working(day):
            day += step
            if self.working(day):
                left, idle = max(left - 1, 0), 0
            else:
                idle += 1
            if idle > _PATIENCE:
                raise UsageError(f"the calendar has no working day in the ten years around {day}; check its closures")
        return day


class Span(Struct, frozen=True, kw_only=True):
    """A length of time as the rule book writes it: working days, or calendar time."""

    working_days: int = 0
    calendar: dt.timedelta = dt.timedelta(0)

    @classmethod
    def parse(cls, text: str) -> Span:
        """Reads `90s 15m 4h 5d 2w 1wd`, also several parts as in `1wd 4h`. Raises UsageError."""
        working, calendar, at = 0, dt.timedelta(0), 0
        written = text.strip()
        while at < len(written):
            part = _PART.match(written, at)
            if part is None:
                break
            number, unit, at = int(part[1]), part[2].lower(), part.end()
            if number * (_UNITS[unit] / _DAY if unit in _UNITS else 1) > _LONGEST:
                raise UsageError(f"{_short(text)} is longer than a hundred years; {_SPAN_FORMS}")
            if unit in _UNITS:
                calendar += number * _UNITS[unit]
            else:
                working += number
        if at == 0 or at < len(written):
            raise UsageError(f"{_short(text)} is no length of time; {_SPAN_FORMS}")
        return cls(working_days=working, calendar=calendar)

    def __str__(self) -> str:
        parts = [f"{self.working_days}wd"] if self.working_days else []
        if self.calendar or not parts:
            unit = next((unit for unit in "dhm" if self.calendar and not self.calendar % _UNITS[unit]), "s")
            parts.append(f"{self.calendar // _UNITS[unit]}{unit}")
        return " ".join(parts)


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def is_working(day: dt.date, calendar: Calendar) -> bool:
    """Whether that day is a working day."""
    return calendar.working(day)


def local_day(at: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The day that people in `zone` write at that instant."""
    return at.astimezone(zone).date()


def instant(day: dt.date, wall: dt.time, zone: dt.tzinfo) -> dt.datetime:
    """The UTC instant at which clocks in `zone` show `wall` on `day`.

    A wall time that the clocks skip counts as if they had not been changed yet (02:30 becomes 03:30); of a wall time
    that comes twice the later one counts, so that nobody is late an hour early.
    """
    earlier = dt.datetime.combine(day, wall.replace(fold=0), tzinfo=zone)
    later = earlier.replace(fold=1)
    return max(earlier.astimezone(dt.UTC), later.astimezone(dt.UTC))


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first instant of a local day, in UTC, also where clocks are changed at midnight."""
    return dt.datetime.combine(day, dt.time(0), tzinfo=zone).astimezone(dt.UTC)


def add(start: dt.datetime, span: Span, zone: dt.tzinfo, calendar: Calendar) -> dt.datetime:
    """The deadline `span` after `start`, in UTC (DOMAIN §3).

    A start that is not on a working day of `zone` moves to 00:00 of the next one; then the working days are added,
    keeping the wall-clock time; then the calendar part, as elapsed time. Without working days the start is not moved.
    For wall times that are skipped or come twice, see `instant`. Raises UsageError when the calendar never has a
    working day.
    """
    end = start.astimezone(dt.UTC)
    if span.working_days:
        local = start.astimezone(zone)
        day, wall = local.date(), local.time()
        if not calendar.working(day):
            day, wall = calendar.shift(day, 0), dt.time(0)
        end = instant(calendar.shift(day, span.working_days), wall, zone)
    return end + span.calendar


def working_days_between(a: dt.date, b: dt.date, calendar: Calendar) -> int:
    """How many working days lie after `a` up to and including `b`; negative when `b` is before `a`."""
    if b < a:
        return -working_days_between(b, a, calendar)
    weeks, rest = divmod((b - a).days, 7)
    days = weeks * (7 - len(calendar.weekend))
    days += sum((b.weekday() - back) % 7 not in calendar.weekend for back in range(rest))
    return days - sum(a < day <= b and day.weekday() not in calendar.weekend for day in calendar.closures)


def working_time_between(a: dt.datetime, b: dt.datetime, zone: dt.tzinfo, calendar: Calendar) -> dt.timedelta:
    """The time from `a` to `b` that lies on working days of `zone`; negative when `b` is before `a`.

    A working day counts whole, all 24 hours of it: the rule book knows no office hours, and a deadline keeps the
    wall-clock time of the notification, also at night. So 4 h are left until Monday 02:00 since Friday 22:00. Whole
    days in between count 24 h each, also where clocks are changed on a working day.
    """
    if b < a:
        return -working_time_between(b, a, zone, calendar)
    first, last = local_day(a, zone), local_day(b, zone)
    if first == last:
        return b - a if calendar.working(first) else dt.timedelta(0)
    total = dt.timedelta(0)
    if calendar.working(first):
        total += _midnight(first + _DAY, zone) - a
    if calendar.working(last):
        total += b - _midnight(last, zone)
    return total + working_days_between(first, last - _DAY, calendar) * _DAY


def end_of_day(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The last second of an inclusive day in `zone`, as a UTC instant."""
    return _midnight(day + _DAY, zone) - _SECOND
