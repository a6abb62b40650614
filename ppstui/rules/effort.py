"""What previews cost: the table of DOMAIN §6 as data, its arithmetic, and what was planned against what was recorded.

Work is counted in whole minutes of one person, so that sums are exact; a credit is an hour (PD x 8 = PH). The document
states totals of its own that do not agree with its table: `beside` puts both side by side and says why they differ.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.errors import UsageError
from ppstui.model import Role, StepState, Update
from ppstui.rules.pilots.workflow import (
    INSTRUCT,
    KICK_OFF,
    MIRROR,
    ORGANISE,
    POST_MORTEM,
    PRESCREEN,
    RUN,
    SET_UP,
    WRAP_UP,
    weeks_of,
)
from ppstui.rules.titles import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.model import NewPilot, Pilot, Spent, Step
    from ppstui.rules.policy import Policy

PH = 60
"""Minutes in a person hour."""
PD = 8 * PH
PW = 5 * PD
PM = 4 * PW

_UNITS = {"ph": PH, "pd": PD, "pw": PW, "pm": PM, "h": PH, "m": 1, "min": 1}
_AMOUNT = re.compile(
    r"\s*(?P<whole>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,6}))?\s*(?P<unit>ph|pd|pw|pm|h|min|m)", re.IGNORECASE
)
_FORMS = "write 4PH, 0.75PD, 1PW 2PD, or 90min"


def parse_effort(text: str) -> int:
    """Reads `0.75PD`, `4 PH`, `1PW 2PD`, `90min` into minutes, rounded to the nearest one. Raises UsageError."""
    total, at, written = 0, 0, text.strip()
    while at < len(written):
        found = _AMOUNT.match(written, at)
        if found is None:
            break
        part = found["part"] or ""
        unit, scale = _UNITS[found["unit"].lower()], 10 ** len(part)
        total += (int(found["whole"] + part) * unit * 2 + scale) // (2 * scale)
        at = found.end()
    if at == 0 or at < len(written):
        raise UsageError(f"{cut(text)} is no amount of work; {_FORMS}")
    return total


def effort_text(minutes: int) -> str:
    """An amount as the document writes it, in days from half a day on: `6PD`, `0.75PD`, `2PH`, `90min`, `-4PH`."""
    for unit, name, scale in ((PD, "PD", 8), (PH, "PH", 4)):
        if minutes and abs(minutes) * 2 >= unit and minutes * scale % unit == 0:
            return f"{_number(minutes * 1000 // unit)}{name}"
    return "0PH" if not minutes else f"{minutes}min"


def _number(thousandths: int) -> str:
    sign, whole, part = "-" * (thousandths < 0), *divmod(abs(thousandths), 1000)
    return f"{sign}{whole}" + f".{part:03}".rstrip("0").rstrip(".")


def in_days(minutes: int) -> float:
    """Person days, for JSON: exact for everything in the table."""
    return minutes / PD


def credits_of(minutes: int) -> float:
    """Credits: one an hour."""
    return minutes / PH


# ----------------------------------------------------------------------------------------------------------- the table


class Line(Struct, frozen=True, kw_only=True):
    """One row of the table, for one role."""

    role: Role
    what: str
    minutes: int
    step: int = 0
    """The step of the workflow it belongs to; 0 for work outside it."""
    updates: frozenset[Update] = frozenset(Update)
    weekly: bool = False
    """Counts once for each week of running."""
    optional: bool = False
    use: str = "pilot"
    """`pilot`, `mqs`, or `release-testing`."""


_MINOR, _MAJOR = frozenset({Update.MINOR}), frozenset({Update.MAJOR})
_KICK_OFF_ROLES = (Role.COORDINATOR, Role.SITE, Role.ITR, Role.VO)

TABLE: tuple[Line, ...] = (
    Line(role=Role.COORDINATOR, what="pre-screen", minutes=6 * PH, step=PRESCREEN),
    Line(role=Role.COORDINATOR, what="instruct the sites", minutes=2 * PH, step=INSTRUCT, updates=_MINOR),
    Line(role=Role.COORDINATOR, what="organise the kick-off", minutes=2 * PH, step=ORGANISE, updates=_MAJOR),
    *(Line(role=role, what="kick-off", minutes=2 * PH, step=KICK_OFF, updates=_MAJOR) for role in _KICK_OFF_ROLES),
    Line(role=Role.REPOSITORY_MANAGER, what="mirror the repository", minutes=4 * PH, step=MIRROR, optional=True),
    Line(role=Role.SITE, what="set up the service", minutes=12 * PH, step=SET_UP),
    Line(role=Role.SITE, what="service manager, 1 week", minutes=8 * PH, step=RUN, weekly=True),
    Line(role=Role.EXPERT, what="service expert, 1 week", minutes=16 * PH, step=RUN, weekly=True),
    Line(role=Role.SITE, what="post-mortem report", minutes=4 * PH, step=POST_MORTEM),
    *(Line(role=role, what="wrap-up", minutes=2 * PH, step=WRAP_UP) for role in (*_KICK_OFF_ROLES[:3],)),
    Line(role=Role.VO, what="wrap-up", minutes=2 * PH, step=WRAP_UP, updates=_MAJOR),
    Line(role=Role.SAM_CLIENT, what="clone a sensor", minutes=8 * PH, use="mqs"),
    Line(role=Role.SAM_PORTAL, what="display for a sensor", minutes=4 * PH, use="mqs"),
    Line(role=Role.SAM_CLIENT, what="SAM-client support, 1 week", minutes=4 * PH, weekly=True, use="mqs"),
    Line(role=Role.SAM_SERVER, what="SAM-server support, 1 week", minutes=4 * PH, weekly=True, use="mqs"),
    Line(role=Role.PRODUCTION_SITE, what="apply an update", minutes=1 * PH, use="release-testing"),
)
"""DOMAIN §6; a row that several take part in is written out for each, and VOs wrap up major pilots only (§5.1)."""


class Planned(Struct, frozen=True, kw_only=True):
    """Work that the table foresees in one pilot."""

    role: Role
    what: str
    minutes: int
    step: int
    site: str = ""
    """The site or VO it falls to; "" when nobody in particular."""
    on: dt.date | None = None
    """The day its step is finished, or is to be."""


def planned_effort(pilot: Pilot | NewPilot, policy: Policy, table: Sequence[Line] | None = None) -> tuple[Planned, ...]:
    """What a pilot is to cost, line by line: for each site, and each VO where VOs take part, at least one of each.

    An optional step that was skipped costs nothing; the expert's work counts for every site, whoever provides it.
    `table` None: as the policy has it, here and in the other sums.
    """
    weeks = weeks_of(pilot, policy)
    skipped = {step.number for step in pilot.steps if step.state is StepState.SKIPPED}
    days = {step.number: step.done or step.planned for step in pilot.steps}
    found: list[Planned] = []
    for line in table or policy.effort or TABLE:
        if line.use != "pilot" or pilot.update not in line.updates or line.step in skipped:
            continue
        minutes = line.minutes * (weeks if line.weekly else 1)
        found += [
            Planned(role=line.role, what=line.what, minutes=minutes, step=line.step, site=who, on=days.get(line.step))
            for who in _takers(line.role, pilot)
        ]
    return tuple(found)


def _takers(role: Role, pilot: Pilot | NewPilot) -> tuple[str, ...]:
    if role in (Role.SITE, Role.EXPERT):
        return pilot.sites or ("",)
    return (pilot.vos or ("",)) if role is Role.VO else ("",)


def total(lines: Iterable[Planned | Spent]) -> int:
    """The minutes of all these."""
    return sum(line.minutes for line in lines)


def step_effort(lines: Iterable[Planned], number: int) -> int:
    """The minutes of one step."""
    return sum(line.minutes for line in lines if line.step == number)


def recorded_effort(pilot: Pilot) -> tuple[tuple[Step, Spent], ...]:
    """What was recorded, with the step it was recorded on."""
    return tuple((step, spent) for step in pilot.steps for spent in step.spent)


# --------------------------------------------------------------------------------------------------- document's figures


class Compared(Struct, frozen=True, kw_only=True):
    """A computed sum beside what the document states."""

    what: str
    computed: int
    """Minutes."""
    document: int | None = None
    """Minutes; None where it states nothing."""
    reason: str = ""
    """Why the two differ; "" when they agree or there is nothing to compare."""


STATED_WEEKS = 3
STATED = {"coordination": PD * 5 // 4, "site": PD * 11 // 2, "expert": PD * 6}
"""The "Total SA1 effort (for a 3-week pilot)" of the document, for one site."""
_ROLES = {"coordination": Role.COORDINATOR, "site": Role.SITE, "expert": Role.EXPERT}
_WHY = {
    ("coordination", Update.MAJOR): "the document leaves one of the major pilot's four coordination rows out",
    ("site", Update.MINOR): "the document counts a kick-off, which only major pilots have",
}
_LEFT_OUT = "the document leaves repository, ITR and VO out"


def beside(pilot: Pilot | NewPilot, policy: Policy, table: Sequence[Line] | None = None) -> tuple[Compared, ...]:
    """The computed sums beside the document's: coordination, site, expert, then those two totals of its, then all.

    The document speaks of three weeks and one site only; for other pilots it states nothing, and nothing is guessed.
    """
    lines = planned_effort(pilot, policy, table)
    stated = weeks_of(pilot, policy) == STATED_WEEKS and len(pilot.sites) <= 1
    sums = {name: total(line for line in lines if line.role is role) for name, role in _ROLES.items()}
    found = [
        _compared(name, sums[name], STATED[name] if stated else None, _WHY.get((name, pilot.update), ""))
        for name in _ROLES
    ]
    pairs = {"coordination and site": ("coordination", "site"), "with expert": ("coordination", "site", "expert")}
    for what, names in pairs.items():
        document = sum(STATED[name] for name in names) if stated else None
        why = "; ".join(each.reason for each in found if each.what in names and each.reason)
        found.append(_compared(what, sum(sums[name] for name in names), document, why))
    found.append(
        Compared(
            what="everybody",
            computed=total(lines),
            reason=_LEFT_OUT if stated else "",
        )
    )
    return tuple(found)


def _compared(what: str, computed: int, document: int | None, why: str) -> Compared:
    differs = document is not None and computed != document
    reason = (why or "the table was changed by the configuration") if differs else ""
    return Compared(what=what, computed=computed, document=document, reason=reason)


# ------------------------------------------------------------------------------------------------------------ summaries


class By(Enum):
    """How effort is grouped."""

    PILOT = "pilot"
    SITE = "site"
    ROLE = "role"
    MONTH = "month"
    QUARTER = "quarter"


class Sum(Struct, frozen=True, kw_only=True):
    """One row of a summary."""

    key: str
    """The pilot's ref, the site, the role, `2026-11`, `2026-Q4`; "" for what belongs to nobody, or to no day."""
    planned: int
    """Minutes."""
    recorded: int


def summary(
    pilots: Iterable[Pilot],
    by: By,
    policy: Policy,
    since: dt.date | None = None,
    until: dt.date | None = None,
    table: Sequence[Line] | None = None,
) -> tuple[Sum, ...]:
    """Planned against recorded work, grouped and in the order of the keys; days are inclusive.

    With a period, work whose day nobody knows is left out: it cannot be said to lie inside.
    """
    planned: dict[str, int] = {}
    recorded: dict[str, int] = {}
    for pilot in pilots:
        for line in planned_effort(pilot, policy, table):
            if _inside(line.on, since, until):
                key = _key(by, pilot, line.role, line.site, line.on)
                planned[key] = planned.get(key, 0) + line.minutes
        for on, spent in _dated(pilot):
            if _inside(on, since, until):
                key = _key(by, pilot, spent.role, spent.site, on)
                recorded[key] = recorded.get(key, 0) + spent.minutes
    keys = sorted({*planned, *recorded})
    return tuple(Sum(key=key, planned=planned.get(key, 0), recorded=recorded.get(key, 0)) for key in keys)


def _dated(pilot: Pilot) -> Iterator[tuple[dt.date | None, Spent]]:
    """Recorded work with its day: as recorded, else the day its step was finished."""
    return ((spent.on or step.done, spent) for step, spent in recorded_effort(pilot))


def _inside(day: dt.date | None, since: dt.date | None, until: dt.date | None) -> bool:
    if since is None and until is None:
        return True
    return day is not None and (since is None or day >= since) and (until is None or day <= until)


def _key(by: By, pilot: Pilot, role: Role, site: str, on: dt.date | None) -> str:
    match by:
        case By.PILOT:
            return str(pilot.ref)
        case By.SITE:
            return site
        case By.ROLE:
            return role.value
        case By.MONTH:
            return f"{on:%Y-%m}" if on else ""
        case By.QUARTER:
            return f"{on:%Y}-Q{(on.month + 2) // 3}" if on else ""
