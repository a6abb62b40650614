"""Regular meetings as data: weekly, on the nth weekday of a month, or every so many weeks from an anchor (DOMAIN §7).

Wall time is fixed: a meeting at 14:30 is at 12:30 UTC in summer and at 13:30 in winter. Where an agenda server lists a
meeting, it knows better: `appointments` lays its agendas over the times that follow from the rule.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from ppstui.errors import UsageError
from ppstui.model import Agenda
from ppstui.rules.clocks import instant, local_day
from ppstui.rules.titles import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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


# ----------------------------------------------------------------------------------------------------------- agendas

_WORD = re.compile(r"[^\W_]+")
_OFF = r"(?:cancell?ed|annul\w{1,4}|abgesagt)"
_SAID_OFF = re.compile(
    rf"[\W_]*(?:(?i:{_OFF})\s*(?:[-:\])!\u2013\u2014]|\Z)|CANCELL?ED\b)"
    rf"|.{{0,500}}[-:(\[\u2013\u2014]\s*(?i:{_OFF})[\W_]*\Z",
    re.DOTALL,
)
_ANY = frozenset({"meeting", "weekly", "monthly", "regular", "the", "of", "and", "for"})
"""Words that tell no meeting from another."""
_LONG = dt.timedelta(hours=1)
"""What a meeting takes of which nobody says when it ends."""
_MOVED = dt.timedelta(days=14)
"""A meeting is not moved further than that."""
_NEAR = dt.timedelta(hours=24)
"""Up to so long before it a meeting is counted down to; before that its day says more."""
_MINUTES = 119
"""Up to so many minutes are told as minutes."""


class Appointment(Struct, frozen=True, kw_only=True):
    """One time that a meeting takes place: as its rule says, or as an agenda server has it."""

    name: str
    """The meeting's name in the configuration; of one that is not there what its server calls it."""
    start: dt.datetime
    """In UTC."""
    end: dt.datetime
    configured: bool = True
    """Whether it is a meeting of the configuration."""
    agenda: Agenda | None = None
    """None where no server lists it."""

    @property
    def title(self) -> str:
        """What its server calls it, else its name."""
        return self.agenda.title if self.agenda else self.name

    @property
    def cancelled(self) -> bool:
        """Whether its server says that it does not take place."""
        return self.agenda is not None and self.agenda.cancelled

    @property
    def url(self) -> str:
        """Where its agenda is; "" when nobody knows."""
        return self.agenda.url if self.agenda else ""


def says_cancelled(title: str) -> bool:
    """Whether a title itself says that the meeting does not take place: `Cancelled: EMT`, `EMT (CANCELLED)`."""
    return _SAID_OFF.match(title) is not None


def _words(text: str) -> frozenset[str]:
    """What tells it from others: its words, of several things one."""
    found = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word.removesuffix("s") if len(word) > 3 else word for word in found) - _ANY  # noqa: PLR2004


def _initials(text: str) -> str:
    """`t1scm` of `Tier1 Service Coordination Meeting`: first letters, and every figure."""
    return "".join(
        word[0] + "".join(filter(str.isdigit, word[1:])) for word in _WORD.findall(text.partition("(")[0])
    ).casefold()


def is_called(name: str, title: str, category: str = "") -> bool:
    """Whether a meeting of that title in that series is the one that goes by this name.

    It is when every word of the name is found, or when the name is made of first letters. `EMT` is the `EMT meeting
    (Monday)`, `EGEE Operations` the `Weekly Operations meeting` among the `EGEE Operations meetings`, `T1SCM` the
    `Tier1 Service Coordination Meeting`.
    """
    short = "".join(_WORD.findall(name)).casefold()
    wanted = _words(name)
    if (short and short == _slug(title)) or (wanted and wanted <= _words(title) | _words(category)):
        return True
    return len(short) > 2 and short in (_initials(title), _initials(category))  # noqa: PLR2004 - two letters are anybody's


def meeting_of(agenda: Agenda, meetings: Iterable[Meeting]) -> Meeting | None:
    """Which of these an agenda is of: the one whose name says most of it; None when it is of none."""
    called = [each for each in meetings if is_called(each.name, agenda.title, agenda.category)]
    return max(called, key=lambda each: len(_words(each.name)), default=None)


def appointments(
    meetings: Sequence[Meeting], agendas: Iterable[Agenda], first: dt.date, last: dt.date, zone: dt.tzinfo
) -> tuple[Appointment, ...]:
    """Every time that somebody meets from `first` to `last`, inclusive, in order; cancelled ones too.

    An agenda takes the place of the time that the rule has nearest to it, so that a meeting that was moved is there
    once; where it lists what takes place every so many weeks, the weeks are counted from there, not from the anchor
    (DOMAIN §7: Indico wins). The same meeting on two servers is there once, the more telling one.
    """

    def within(start: dt.datetime) -> bool:
        return first <= local_day(start, zone) <= last

    listed: dict[str, list[Agenda]] = {}
    found: list[Appointment] = []
    for owner, each in _once(agendas, meetings):
        if owner is not None:
            listed.setdefault(owner.name, []).append(each)
        elif within(each.start):
            found.append(_of_agenda(each, each.title, configured=False))
    for name, meeting in {each.name: each for each in meetings}.items():
        mine = listed.get(name, [])
        ruled = _ruled(_anchored(meeting, mine, zone), first, last, zone)
        left = set(ruled) - _taken(ruled, [each.start for each in mine])
        lasts = dt.timedelta(minutes=meeting.minutes)
        found += [Appointment(name=name, start=start, end=start + lasts) for start in left if within(start)]
        found += [_of_agenda(each, name, lasts=lasts) for each in mine if within(each.start)]
    return tuple(sorted(found, key=lambda each: (each.start, each.name.casefold(), each.title)))


def appointment_of(agenda: Agenda, meetings: Sequence[Meeting]) -> Appointment:
    """What an agenda is of: by the name that the configuration has for it, else by its own."""
    owner = meeting_of(agenda, meetings)
    if owner is None:
        return _of_agenda(agenda, agenda.title, configured=False)
    return _of_agenda(agenda, owner.name, lasts=dt.timedelta(minutes=owner.minutes))


def _of_agenda(agenda: Agenda, name: str, *, configured: bool = True, lasts: dt.timedelta = _LONG) -> Appointment:
    end = agenda.end if agenda.end and agenda.end > agenda.start else agenda.start + lasts
    return Appointment(name=name, start=agenda.start, end=end, configured=configured, agenda=agenda)


def _once(agendas: Iterable[Agenda], meetings: Sequence[Meeting]) -> Iterator[tuple[Meeting | None, Agenda]]:
    """Each meeting once, however many servers list it, and whose it is: as the server has it that tells most."""
    servers: dict[tuple[dt.datetime, str], dict[str, list[tuple[Meeting | None, Agenda]]]] = {}
    for each in sorted(agendas, key=lambda each: each.ref):
        owner = meeting_of(each, meetings)
        what = owner.name if owner else " ".join(sorted(_words(each.title))) or each.title
        servers.setdefault((each.start, what), {}).setdefault(each.ref.source, []).append((owner, each))
    for of_servers in servers.values():
        yield from max(of_servers.values(), key=lambda mine: max(_tells(each) for _, each in mine))


def _tells(agenda: Agenda) -> tuple[bool, int, int]:
    return agenda.cancelled, len(agenda.agenda), len(agenda.minutes)


def _anchored(meeting: Meeting, mine: Iterable[Agenda], zone: dt.tzinfo) -> Meeting:
    """The meeting with its weeks counted from where it was listed last."""
    weekdays = {slot.weekday for slot in meeting.slots if slot.weeks > 1}
    days = [day for each in mine if (day := local_day(each.start, zone)).weekday() in weekdays]
    return replace(meeting, anchor=max(days)) if days else meeting


def _ruled(meeting: Meeting, first: dt.date, last: dt.date, zone: dt.tzinfo) -> list[dt.datetime]:
    """When it would take place by its rule, and a little around: an agenda may have moved it in or out."""
    found = occurrences(meeting, first - _MOVED, last + _MOVED, zone)
    return sorted({each.start for each in found})


def _taken(ruled: Sequence[dt.datetime], listed: Sequence[dt.datetime]) -> frozenset[dt.datetime]:
    """The times by the rule in whose place something is listed: each the nearest, and never two for one."""
    gap = min((after - before for before, after in pairwise(ruled)), default=2 * _MOVED)
    reach = min(gap / 2, _MOVED)
    near = sorted(
        (abs(start - each), start, each) for start in ruled for each in set(listed) if abs(start - each) <= reach
    )
    taken: dict[dt.datetime, dt.datetime] = {}
    for _, start, each in near:
        if start not in taken and each not in taken.values():
            taken[start] = each
    return frozenset(taken)


def next_appointment(
    meetings: Sequence[Meeting], agendas: Sequence[Agenda], now: dt.datetime, zone: dt.tzinfo, name: str = ""
) -> Appointment | None:
    """The next meeting, or the one that is going on; `name` asks for one of them. None when there is none.

    What is cancelled does not come. A rule is followed for over a year, a little at first.
    """
    today = local_day(now, zone)
    for ahead in (8, 62, _AHEAD):
        coming = appointments(meetings, agendas, today - dt.timedelta(days=1), today + dt.timedelta(days=ahead), zone)
        for each in coming:
            if each.end > now and not each.cancelled and name in ("", each.name):
                return each
    return None


def last_appointment(
    meetings: Sequence[Meeting], agendas: Sequence[Agenda], now: dt.datetime, zone: dt.tzinfo, name: str
) -> Appointment | None:
    """The last time that this meeting began and took place, `now` included; None when it did not within a year."""
    today = local_day(now, zone)
    for back in (8, 62, _AHEAD):
        held = appointments(meetings, agendas, today - dt.timedelta(days=back), today, zone)
        for each in reversed(held):
            if each.start <= now and not each.cancelled and each.name == name:
                return each
    return None


def countdown(appointment: Appointment, now: dt.datetime, zone: dt.tzinfo) -> str:
    """How long it is to it, in a few words: `EMT in 42 min`, `EMT in 3 h`, `EMT Mon 14:30`, `EMT now`.

    Full minutes and hours are counted, so that nobody is told of more time than there is.
    """
    name = appointment.name
    left = appointment.start - now
    minutes = int(left.total_seconds() // 60)
    if minutes < 1:
        return f"{name} now"
    if minutes <= _MINUTES:
        return f"{name} in {minutes} min"
    if left < _NEAR and local_day(appointment.start, zone) == local_day(now, zone):
        return f"{name} in {minutes // 60} h"
    days = (local_day(appointment.start, zone) - local_day(now, zone)).days
    at = appointment.start.astimezone(zone)
    if days < 7:  # noqa: PLR2004 - a week, after which a weekday says too little
        return f"{name} {at:%a %H:%M}"
    return f"{name} in {days} d"


def named(meetings: Iterable[Meeting], agendas: Iterable[Agenda], text: str) -> tuple[str, ...]:
    """The names that a person may mean by this: of the configuration first, then as servers call their meetings."""
    slug = _slug(text)
    of_rules = {each.name: None for each in meetings}
    exact = [name for name in of_rules if _slug(name) == slug]
    if exact:
        return tuple(exact)
    known: Mapping[str, None] = {**of_rules, **{each.title: None for each in agendas}}
    return tuple(name for name in known if _slug(name) == slug) or tuple(
        name for name in known if slug and (slug in _slug(name) or is_called(text, name))
    )


def _slug(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
