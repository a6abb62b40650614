"""From the configuration to the rules: deadlines, zones and the days on which nobody works.

Public holidays come from the package `holidays`, whose import costs 120 ms and 350 modules: answers are kept in a small
file in the cache folder, the first screen is drawn with those, and the package is asked only afterwards.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec

from ppstui.config.strict import nearest, shown
from ppstui.errors import ConfigError, ConfigProblem
from ppstui.rules.clocks import Calendar, Span
from ppstui.rules.policy import STACKS, PilotTimes, Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ppstui.config.schema import Config, EffortLine, PilotTable
    from ppstui.rules.effort import Line

    Holidays = Callable[[str, str, range], frozenset[dt.date]]
    """The public holidays of a country and a subdivision ("" for all of it) in these years."""

YEARS_BACK: Final = 10
YEARS_AHEAD: Final = 2
GOOD_FOR: Final = dt.timedelta(days=30)
"""How long kept holidays are trusted: governments add days, and the package learns of them."""


def make_policy(config: Config, holidays: Holidays, today: dt.date) -> Policy:
    """The rules' settings. `today` decides which years of holidays are asked for. Raises what `holidays` raises."""
    years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    closures = frozenset(config.calendar.closures) | _free(
        config.calendar.country, config.calendar.subdivision, holidays, years
    )
    deadlines = config.deadlines
    return Policy(
        zone=ZoneInfo(config.timezone),
        calendar=Calendar(closures=closures),
        site_calendars={
            site: Calendar(closures=_free(country, "", holidays, years))
            for site, country in config.calendar.site_countries.items()
        },
        acknowledge=Span.parse(deadlines.acknowledge),
        exposure_minimum=Span.parse(deadlines.exposure.minimum).calendar.days,
        exposure_maximum=Span.parse(deadlines.exposure.maximum).calendar.days,
        report_warning=Span.parse(deadlines.report),
        soon=Span.parse(deadlines.soon).calendar,
        reminder_cooldown=Span.parse(deadlines.reminder_cooldown),
        stacks=config.names.stacks or STACKS,
        roster=config.names.teams,
        report_stack=config.names.report_stack,
        template_url=config.names.template_url,
        poll_address=config.poll.address,
        poll_lists=config.poll.lists,
        pilots=_times(config.pilots),
        effort=_effort(config.effort),
        publish={name: table.publish for name, table in config.bulletin.items()},
        hold={name: Span.parse(table.hold).calendar for name, table in config.bulletin.items()},
    )


def _times(table: PilotTable) -> PilotTimes:
    return PilotTimes(
        prescreen=Span.parse(table.prescreen).working_days,
        kick_off=Span.parse(table.kick_off).working_days,
        mirror=Span.parse(table.mirror).working_days,
        setup_days=Span.parse(table.setup).calendar.days,
        feedback_days=Span.parse(table.feedback).calendar.days,
        minor_weeks=table.minor_weeks,
        major_weeks=table.major_weeks,
        report_days=Span.parse(table.report).calendar.days,
        wrap_up=Span.parse(table.wrap_up).working_days,
    )


def _effort(lines: Iterable[EffortLine]) -> tuple[Line, ...]:
    """The effort table of this desk; () when it has none of its own, and then nothing is loaded for it."""
    if not lines:
        return ()
    from ppstui.rules.effort import Line, parse_effort

    return tuple(
        Line(
            role=line.role,
            what=line.what,
            minutes=parse_effort(line.effort),
            step=line.step,
            updates=frozenset(line.updates),
            weekly=line.weekly,
            optional=line.optional,
            use=line.use,
        )
        for line in lines
    )


def _free(country: str, subdivision: str, holidays: Holidays, years: range) -> frozenset[dt.date]:
    """The holidays of `CH`, or of `CH-GE` which names its own subdivision."""
    code, _, part = country.partition("-")
    return holidays(code.upper(), (part or subdivision).upper(), years) if code else frozenset()


class HolidayBook:
    """Public holidays, asked once and then read from a file. Not for use by several threads."""

    def __init__(self, file: Path, today: dt.date, ask: Holidays | None = None) -> None:
        """`ask`: who knows when the file does not; None: the package `holidays`."""
        self._file, self._today, self._ask = file, today, ask or holidays_of
        self._pages = _read_pages(file)
        self.missing = False
        """Whether `at_hand` had to leave something out, or to give something old: then make the policy anew."""

    def at_hand(self, country: str, subdivision: str, years: range) -> frozenset[dt.date]:
        """What the file holds, at once; a country never asked for has no holidays yet."""
        page = self._page(country, subdivision, years)
        if page is None or page.asked + GOOD_FOR < self._today:
            self.missing = True
        return page.days if page else frozenset()

    def days(self, country: str, subdivision: str, years: range) -> frozenset[dt.date]:
        """What the file holds, or the package after an import of 120 ms. Raises ConfigError for an unknown country."""
        page = self._page(country, subdivision, years)
        if page is not None and page.asked + GOOD_FOR >= self._today:
            return page.days
        found = self._ask(country, subdivision, years)
        self._pages[_name(country, subdivision)] = _Page(self._today, (years[0], years[-1]), found)
        _write_pages(self._file, self._pages)
        return found

    def _page(self, country: str, subdivision: str, years: range) -> _Page | None:
        page = self._pages.get(_name(country, subdivision))
        return page if page and page.years[0] <= years[0] and years[-1] <= page.years[1] else None


class _Page(msgspec.Struct):
    asked: dt.date
    years: tuple[int, int]
    days: frozenset[dt.date]


def _name(country: str, subdivision: str) -> str:
    return f"{country}-{subdivision}" if subdivision else country


def _read_pages(file: Path) -> dict[str, _Page]:
    """What is in the file; nothing when it is not there or is not ours: it can be had again."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, _Page])
    except (OSError, msgspec.DecodeError):
        return {}


def _write_pages(file: Path, pages: dict[str, _Page]) -> None:
    from ppstui.config.whole import write_whole  # once a month

    with suppress(OSError):  # a cache that cannot be written costs 120 ms the next time, no more
        write_whole(file, msgspec.json.encode(pages, order="deterministic").decode())


def holidays_of(country: str, subdivision: str, years: range) -> frozenset[dt.date]:
    """The public holidays, from the package `holidays`. Raises ConfigError that names the nearest country."""
    import holidays  # 120 ms and 350 modules; the answers are kept by HolidayBook

    wrong = country_problem(country, subdivision)
    if wrong:
        key = "calendar.subdivision" if subdivision else "calendar.country"
        raise ConfigError([ConfigProblem("configuration", None, key, *wrong)])
    spelled = {name.upper(): name for name in holidays.list_supported_countries(include_aliases=True)[country.upper()]}
    part = spelled.get(subdivision.upper())
    return frozenset(holidays.country_holidays(country.upper(), subdiv=part, years=years))


def country_problem(country: str, subdivision: str) -> tuple[str, str] | None:
    """Why no holidays are known for a country and subdivision, and the nearest that are; None when they are."""
    import holidays

    code, _, part = country.upper().partition("-")
    part = part or subdivision.upper()
    known = holidays.list_supported_countries(include_aliases=True)
    if code not in known:
        return (
            f"no public holidays are known for {shown(code)}",
            f'did you mean "{nearest(code, tuple(sorted(known)))}"?',
        )
    parts = {name.upper() for name in known[code]}
    if part and part not in parts:
        if not parts:
            return f"{code} has no subdivisions with holidays of their own", "leave the subdivision out"
        near = nearest(part, tuple(sorted(parts)))
        hint = f'did you mean "{near}"? There are: {", ".join(sorted(parts))}'
        return f"{code} has no subdivision {shown(part)}", hint
    return None
