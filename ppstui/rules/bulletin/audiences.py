"""Who reads a bulletin, which sections it has, and how its issues are numbered (DOMAIN §8).

An issue is a week: `2026-W47`, as ISO 8601 counts weeks.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.errors import UsageError
from ppstui.rules.clocks import local_day
from ppstui.rules.duties import week_name
from ppstui.rules.titles import cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppstui.model import Bulletin

DEFAULT_SECTIONS = ("releases", "status", "outcomes", "pilots", "vacancies", "problems", "notes")
"""What a bulletin has whose audience the rule book does not know."""

KNOWN_SECTIONS: dict[str, tuple[str, ...]] = {
    "egee-operations": (
        *("releases", "status", "table", "outcomes", "pilots", "vacancies", "problems", "carried", "beta", "notes"),
    ),
    "wlcg-operations": ("releases", "status", "outcomes", "broken", "carried", "notes"),
    "emt": ("releases", "status", "table", "outcomes", "wrap-ups", "problems", "carried", "notes"),
}
"""DOMAIN §8's columns. WLCG hears of problems only where its sites are hit: of broken releases, not of who is late."""

_TITLES = {
    "releases": "Staged rollout: what entered and left",
    "status": "Staged rollout: status",
    "table": "Status table",
    "outcomes": "Outcomes",
    "pilots": "Pilots",
    "wrap-ups": "Wrap-ups of minor pilots",
    "vacancies": "Vacancies",
    "problems": "Problems",
    "broken": "Broken releases",
    "carried": "Carried over",
    "beta": "Beta flags left on",
    "notes": "Notes",
}
GENERATED = frozenset(_TITLES)
"""The sections that are made from the board; any other one is written by hand."""

_ABBREVIATIONS = frozenset({"egee", "egi", "wlcg", "emt", "ea", "vo", "umd", "emi"})
_TWINS = {"egi-operations": "egee-operations"}
"""Audiences of another name that want the same (DOMAIN §7: EGI's operations meeting followed EGEE's)."""


class Audience(Struct, frozen=True, kw_only=True):
    """The readers of one bulletin, and what they are told."""

    name: str
    """Its key in [bulletin]: `egee-operations`."""
    title: str = ""
    """What its issues are called; "" takes the words of its name."""
    sections: tuple[str, ...] = ()
    """In this order; () takes what the rule book has for it."""
    meeting: str = ""
    """The name of the meeting it is for; "" where it has none. See `meeting_of`."""
    greeting: str = ""
    closing: str = ""
    carry_weeks: int = 4
    """How many weeks something that is carried over goes on being told."""

    @property
    def heading(self) -> str:
        """What its issues are called."""
        return self.title or f"{_words(self.name)} bulletin"

    @property
    def told(self) -> tuple[str, ...]:
        """Its sections, each once."""
        usual = KNOWN_SECTIONS.get(_TWINS.get(self.name, self.name), DEFAULT_SECTIONS)
        return tuple(dict.fromkeys(self.sections or usual))


def section_title(section: str) -> str:
    """The heading of a section; of one that is written by hand its own words: `known-issues` is "Known issues"."""
    return _TITLES.get(section) or _words(section)


def _words(name: str) -> str:
    words = [word.upper() if word in _ABBREVIATIONS else word for word in re.split(r"[-_\s]+", name) if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def meeting_of(audience: str, meeting: str, meetings: Iterable[str]) -> str:
    """The meeting a bulletin is for: the one it names, else the one that is called as its audience is; "" for none."""
    if meeting:
        return meeting
    wanted = _slug(audience)
    return next((name for name in meetings if _slug(name) == wanted), "")


def _slug(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


# -------------------------------------------------------------------------------------------------------------- issues

_ISSUE = re.compile(r"(?P<year>[0-9]{4})-?W(?P<week>[0-9]{2})\Z", re.IGNORECASE | re.ASCII)


def issue_of(day: dt.date) -> str:
    """The issue of the week that a day is in: `2026-W47`."""
    return week_name(day)


def parse_issue(text: str) -> dt.date:
    """The Monday of an issue. Raises UsageError for what is none, as week 53 of a year that has 52."""
    found = _ISSUE.match(text.strip())
    if found is None:
        raise UsageError(f"{cut(text)} is no issue of a bulletin; write its year and week, as in 2026-W47")
    try:
        return dt.date.fromisocalendar(int(found["year"]), int(found["week"]), 1)
    except ValueError:
        raise UsageError(
            f"there is no week {found['week']} in {found['year']}; write 2026-W47 for its week 47"
        ) from None


def next_issue(issue: str) -> str:
    """The issue of the week after. Raises UsageError for what is none."""
    monday = parse_issue(issue)
    if monday > dt.date.max - dt.timedelta(days=14):
        raise UsageError(f"{issue} is the last issue that can be numbered; choose an earlier one")
    return issue_of(monday + dt.timedelta(days=7))


def weeks_between(first: str, last: str) -> int:
    """How many weeks one issue is after another; 0 where either is none, and never negative."""
    try:
        return max((parse_issue(last) - parse_issue(first)).days // 7, 0)
    except UsageError:
        return 0


def settled(bulletin: Bulletin) -> bool:
    """Whether an issue gathers nothing any more: it is frozen, or some readers have it."""
    return bulletin.frozen_at is not None or bool(bulletin.publications)


def coming_issue(audience: Audience, bulletins: Iterable[Bulletin], now: dt.datetime, zone: dt.tzinfo) -> str:
    """The issue that is worked on: this week's, or the next one that is neither frozen nor published."""
    closed = {each.issue for each in bulletins if each.audience == audience.name and settled(each)}
    issue = issue_of(local_day(now, zone))
    while issue in closed:
        issue = next_issue(issue)
    return issue


def previous_issue(audience: Audience, bulletins: Iterable[Bulletin], issue: str) -> Bulletin | None:
    """The last issue before that one which readers have or will have; a draft that nobody froze is none."""
    earlier = (each for each in bulletins if each.audience == audience.name and settled(each) and each.issue < issue)
    return max(earlier, key=lambda each: each.issue, default=None)


def window(previous: Bulletin | None, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The time that an issue tells of: after the previous one, up to now; a first issue tells of seven days.

    The previous issue ends where its facts were gathered: what happened while it was still edited is in no issue yet.
    """
    until = now.astimezone(dt.UTC)
    if previous is None:
        return until - dt.timedelta(days=7), until
    ends = [each for each in (previous.gathered and previous.gathered.until, previous.frozen_at) if each]
    since = min(ends, default=until - dt.timedelta(days=7)).astimezone(dt.UTC)
    return min(since, until), until


def bulletins_evidence(
    audiences: Iterable[Audience], bulletins: Iterable[Bulletin], meetings: Iterable[str] = ()
) -> dict[str, str]:
    """The meetings that a bulletin is for, each with the issue that was published last, "" for none.

    For `rules.duties.Evidence.bulletins`. Of several bulletins for one meeting the one that is furthest behind counts.
    """
    names, issues = tuple(meetings), tuple(bulletins)
    found: dict[str, str] = {}
    for audience in audiences:
        meeting = meeting_of(audience.name, audience.meeting, names)
        if not meeting:
            continue
        mine = (each.issue for each in issues if each.audience == audience.name and each.publications)
        last = max(mine, default="")
        found[meeting] = min(found.get(meeting, last), last)
    return found
