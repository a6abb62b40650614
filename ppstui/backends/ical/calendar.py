"""A calendar as records. What is broken in it costs nobody the rest; what would repeat for ever is not followed.

Meetings have a time of day, so what fills whole days (holidays, shifts) is none. Times without a zone are the desk's.
A feed of Indico that lists contributions has an agenda in it: they are put together by their event.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import recurring_ical_events
from icalendar import Calendar
from msgspec import Struct
from msgspec.structs import replace

from ppstui.model import Agenda, AgendaItem, Ref
from ppstui.rules.html_mail import html_to_text
from ppstui.rules.meetings import says_cancelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from icalendar import Component

_BROKEN = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, ArithmeticError, RecursionError)
"""What the libraries raise for what they cannot read: they promise nothing."""
_BEGIN, _END = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*BEGIN:VCALENDAR\s", re.IGNORECASE), b"END:VCALENDAR"
_CONTRIBUTION = re.compile(r"indico-contribution-(?P<event>[0-9]+)-[0-9]+@")
_EVENT = re.compile(r"indico-event-(?P<event>[0-9]+)@")
_ADDRESS = re.compile(r"https?://[^\s<>\"\x00-\x1f]{1,500}")
_HTML = re.compile(r"</?(?:a|b|br|div|i|li|ol|p|span|strong|ul)\b[^<>]{0,500}>", re.IGNORECASE)
_KNOWN_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
_CALM = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_LAST_SURE = 28
"""The last day that every month has: beyond it a rule may ask for days that never come."""
_OLDEST = 1900
_MOST = 5000
_TITLE, _LONG = 300, 20_000


class Feed(Struct, frozen=True):
    """What a calendar held in a span of time."""

    meetings: tuple[Agenda, ...]
    unread: int = 0
    """Entries that could not be read."""
    unfollowed: int = 0
    """Entries that repeat in a way that no meeting does: only their first time is there."""


def is_calendar(data: bytes) -> bool:
    """Whether that is iCalendar at all."""
    return _BEGIN.match(data) is not None


def is_whole(data: bytes) -> bool:
    """Whether it has an end: a part of a calendar must not pass for all there is."""
    return data.rstrip().upper().endswith(_END)


def read_calendar(
    data: bytes, source: str, zone: dt.tzinfo, span: tuple[dt.datetime, dt.datetime], category: str = ""
) -> Feed:
    """The meetings of that span. Raises ValueError for what cannot be read at all."""
    try:
        calendars = Calendar.from_ical(data, multiple=True)
    except _BROKEN as error:
        raise ValueError(str(error)) from error
    reading = _Reading(source, zone, span)
    for calendar in calendars:
        series = category or _text(calendar.get("X-WR-CALNAME"), _TITLE)
        for group in _series(calendar):
            reading.take(calendar, group, category, series)
    return reading.feed()


def _series(calendar: Component) -> Iterator[list[Component]]:
    """The entries that belong together: one with its exceptions; an entry without a name belongs to nobody."""
    found: dict[str, list[Component]] = {}
    for number, entry in enumerate(calendar.walk("VEVENT")):
        found.setdefault(str(entry.get("UID", "")) or f"?{number}", []).append(entry)
    return iter(found.values())


class _Reading:
    """The meetings of several calendars while they are read."""

    def __init__(self, source: str, zone: dt.tzinfo, span: tuple[dt.datetime, dt.datetime]) -> None:
        self._source, self._zone, self._span = source, zone, span
        self._found: dict[Ref, Agenda] = {}
        self._events: dict[str, Ref] = {}
        self._items: dict[str, list[Agenda]] = {}
        self._unread = self._unfollowed = 0

    def take(self, calendar: Component, group: list[Component], category: str, series: str) -> None:
        """Reads one entry with its exceptions."""
        try:
            for entry in group:
                if not _calm(entry):
                    self._unfollowed += 1
                    for name in ("RRULE", "EXRULE", "RDATE"):
                        entry.pop(name, None)
            repeats = len(group) > 1 or any("RRULE" in entry or "RDATE" in entry for entry in group)
            for entry in self._times(calendar, group):
                if len(self._found) >= _MOST:
                    return
                self._add(entry, repeats=repeats, category=category, series=series)
        except _BROKEN:
            self._unread += 1

    def _times(self, calendar: Component, group: Sequence[Component]) -> Iterable[Component]:
        alone = Calendar()
        for name in ("X-WR-TIMEZONE",):
            if name in calendar:
                alone.add(name, calendar[name])
        for entry in (*calendar.walk("VTIMEZONE"), *group):
            alone.add_component(entry)
        found: list[Component] = recurring_ical_events.of(alone).between(*self._span)
        return found

    def _add(self, entry: Component, *, repeats: bool, category: str, series: str) -> None:
        start, end = _value(entry, "DTSTART"), _value(entry, "DTEND")
        if not isinstance(start, dt.datetime):
            return
        uid = str(entry.get("UID", "")) or _text(entry.get("SUMMARY"), _TITLE)
        title = _text(entry.get("SUMMARY"), _TITLE) or "(no title)"
        begins = self._instant(start)
        description = _plain(_text(entry.get("DESCRIPTION"), _LONG, lines=True))
        original = _value(entry, "RECURRENCE-ID")
        which = self._instant(original) if isinstance(original, dt.datetime) else begins
        made = Agenda(
            ref=Ref(self._source, name_of(uid) + (f"-{which:%Y%m%dT%H%M}" if repeats else "")),
            url=_url(entry, description),
            title=title,
            start=begins,
            end=self._instant(end) if isinstance(end, dt.datetime) else None,
            category=category or _categories(entry) or series,
            room=_text(entry.get("LOCATION"), _TITLE),
            cancelled=_text(entry.get("STATUS"), 20).upper() == "CANCELLED" or says_cancelled(title),
            description="" if _ADDRESS.fullmatch(description) else description,
        )
        if part := _CONTRIBUTION.match(uid):
            self._items.setdefault(part["event"], []).append(made)
            return
        if event := _EVENT.match(uid):
            self._events[event["event"]] = made.ref
        self._found[made.ref] = made

    def _instant(self, at: dt.datetime) -> dt.datetime:
        return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(dt.UTC)

    def feed(self) -> Feed:
        """What was read, in order of time."""
        for event, items in self._items.items():
            items.sort(key=lambda item: (item.start, item.ref))
            agenda = tuple(map(_item, items))
            ref = self._events.get(event) or Ref(self._source, name_of(f"indico-event-{event}"))
            if ref not in self._found:
                self._found[ref] = _whole_of(ref, event, items)
            self._found[ref] = replace(self._found[ref], agenda=agenda)
        meetings = sorted(self._found.values(), key=lambda each: (each.start, each.ref))
        return Feed(tuple(meetings), self._unread, self._unfollowed)


def _item(part: Agenda) -> AgendaItem:
    minutes = int((part.end - part.start).total_seconds() // 60) if part.end else None
    return AgendaItem(title=part.title, start=part.start, minutes=minutes, url=part.url)


def _whole_of(ref: Ref, event: str, items: Sequence[Agenda]) -> Agenda:
    """The meeting of which a feed has nothing but the contributions."""
    first = items[0]
    ends = [item.end for item in items if item.end]
    url = first.url.partition("/contributions/")[0]
    title = first.category or f"Meeting {event}"
    return Agenda(
        ref=ref,
        url=f"{url}/" if url != first.url else first.url,
        title=title,
        start=first.start,
        end=max(ends, default=None),
        category=first.category,
        room=first.room,
    )


def _calm(entry: Component) -> bool:
    """Whether it repeats as meetings do: in days or longer, by rules that cannot search in vain for ever."""
    rules = entry.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        parts = {str(name).upper(): value if isinstance(value, list) else [value] for name, value in rule.items()}
        if not set(parts) <= _KNOWN_PARTS or "EXRULE" in entry or not _finds_days(parts):
            return False
    start = _value(entry, "DTSTART")
    return not rules or (isinstance(start, dt.date) and start.year >= _OLDEST)


def _finds_days(parts: Mapping[str, Sequence[Any]]) -> bool:
    """Whether there are days as this rule wants them, not many on one day, and within a few steps."""
    often = str(parts.get("FREQ", [""])[0]).upper()
    months, days = parts.get("BYMONTH", ()), [abs(int(day)) for day in parts.get("BYMONTHDAY", ())]
    if often not in _CALM or any(int(step) < 1 for step in parts.get("INTERVAL", ())):
        return False  # a step of nothing is taken for ever
    if any(not 1 <= int(month) <= 12 for month in months) or any(not 1 <= day <= 31 for day in days):  # noqa: PLR2004
        return False
    if months and days and max(days) > _LAST_SURE:
        return False
    return "BYSETPOS" not in parts or often in ("MONTHLY", "YEARLY")


def _value(entry: Component, name: str) -> Any:
    """A day or an instant; None for neither."""
    return getattr(entry.get(name), "dt", None)


def name_of(uid: str) -> str:
    """A short name made of one that may hold anything."""
    return hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:10]


def _text(value: object, most: int, *, lines: bool = False) -> str:
    """A text; where a property stands several times, the first."""
    if isinstance(value, list):
        value = value[0] if value else ""
    text = str(value or "")[:most]
    return text.strip() if lines else " ".join(text.split())


def _plain(text: str) -> str:
    """A description as plain text: some calendars write HTML into it."""
    return unescape(html_to_text(text)) if _HTML.search(text) else text


def _categories(entry: Component) -> str:
    found = entry.get("CATEGORIES")
    names = getattr(found, "cats", None) or ()
    return ", ".join(_text(name, _TITLE) for name in names)


def _url(entry: Component, description: str) -> str:
    """Where its agenda is: what it says itself, else the first address in its description or place."""
    own = _text(entry.get("URL"), 500)
    if _ADDRESS.fullmatch(own):
        return own
    found = _ADDRESS.search(description) or _ADDRESS.search(_text(entry.get("LOCATION"), _TITLE))
    return found[0].rstrip(".,;)>") if found else ""
