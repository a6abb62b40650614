"""The workflow of a pilot as data: which partners it needs, which steps it has, when they are planned (DOMAIN §5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Level, Pilot, Role, Software, Step, StepState, Update
from ppstui.rules.clocks import local_day
from ppstui.rules.horizon import plausible

if TYPE_CHECKING:
    from ppstui.model import NewPilot
    from ppstui.rules.clocks import Calendar
    from ppstui.rules.policy import Policy

REQUEST, PRESCREEN, INSTRUCT, ORGANISE, KICK_OFF, MIRROR, SET_UP, RUN, POST_MORTEM, WRAP_UP = range(1, 11)
"""The numbers of DOMAIN §5.1."""

BOTH = frozenset(Update)
_MINOR, _MAJOR = frozenset({Update.MINOR}), frozenset({Update.MAJOR})
_SITE, _ITR, _VO, _DEVELOPER = Role.SITE, Role.ITR, Role.VO, Role.DEVELOPER
_COORDINATOR = Role.COORDINATOR


class Template(Struct, frozen=True, kw_only=True):
    """One step as the workflow has it."""

    number: int
    what: str
    about: str = ""
    """What belongs to it, where its name does not say."""
    lead: Role
    """Who is asked first."""
    roles: tuple[Role, ...]
    updates: frozenset[Update] = BOTH
    optional: bool = False


TEMPLATES = (
    Template(number=REQUEST, what="request", lead=_ITR, roles=(_ITR, _DEVELOPER, _VO)),
    Template(
        number=PRESCREEN,
        what="pre-screen",
        about="find candidates, inform the VOs, choose sites, see that there is adequate documentation",
        lead=_COORDINATOR,
        roles=(_COORDINATOR,),
    ),
    Template(
        number=INSTRUCT,
        what="instruct the sites",
        about="pointers to documentation, agreed timelines",
        lead=_COORDINATOR,
        roles=(_COORDINATOR,),
        updates=_MINOR,
    ),
    Template(number=ORGANISE, what="organise the kick-off", lead=_COORDINATOR, roles=(_COORDINATOR,), updates=_MAJOR),
    Template(
        number=KICK_OFF,
        what="kick-off",
        about="agrees the time for set-up and for the feedback of the VOs",
        lead=_COORDINATOR,
        roles=(_SITE, _ITR, _COORDINATOR, _VO, _DEVELOPER),
        updates=_MAJOR,
    ),
    Template(
        number=MIRROR,
        what="mirror the repository",
        lead=Role.REPOSITORY_MANAGER,
        roles=(Role.REPOSITORY_MANAGER,),
        optional=True,
    ),
    Template(number=SET_UP, what="set up the service", lead=_SITE, roles=(_SITE,)),
    Template(
        number=RUN,
        what="run",
        about="only the site changes the system, and tells of every change",
        lead=_SITE,
        roles=(_SITE, _ITR, _DEVELOPER),
    ),
    Template(number=POST_MORTEM, what="post-mortem report", lead=_SITE, roles=(_SITE,)),
    Template(
        number=WRAP_UP,
        what="wrap-up",
        about="assessment and follow-up; of a minor pilot in the EMT",
        lead=_COORDINATOR,
        roles=(_SITE, _ITR, Role.RELEASE_MANAGER, _COORDINATOR, _VO, _DEVELOPER),
    ),
)


def template(update: Update) -> tuple[Template, ...]:
    """The steps of a workflow, in order."""
    return tuple(step for step in TEMPLATES if update in step.updates)


def level_needed(software: Software, *, incompatible: bool) -> Level:
    """The partner level that an update asks for (DOMAIN §5).

    A new service breaks nothing that was there, so it stays Gold whatever is said of its compatibility.
    """
    match software:
        case Software.CLIENT:
            return Level.SILVER if incompatible else Level.NONE
        case Software.SERVER:
            return Level.PLATINUM if incompatible else Level.GOLD
        case Software.NEW_SERVICE:
            return Level.GOLD


def level_of(pilot: Pilot) -> Level:
    """The level that was agreed on, else the one that the table asks for."""
    return pilot.level or level_needed(pilot.software, incompatible=pilot.incompatible)


def level_words(level: Level) -> str:
    """Who may host it, as a person reads it: volunteers may always step in (DOMAIN §5)."""
    return "any site" if level is Level.NONE else f"{level.value.capitalize()} sites, or volunteers"


def usual_update(requester: Role, software: Software = Software.SERVER, *, incompatible: bool = False) -> Update:
    """Minor or major, as the requester normally decides (DOMAIN §5.1, step 1, §11.14).

    Developers ask for minor pilots, VOs for major ones; a server that breaks what was there is always major.
    """
    if software is Software.SERVER and incompatible:
        return Update.MAJOR
    return Update.MAJOR if requester is Role.VO else Update.MINOR


def begin_step(update: Update) -> int:
    """The step on whose day set-up begins: instruction of a minor pilot, kick-off of a major one (DOMAIN §3)."""
    return INSTRUCT if update is Update.MINOR else KICK_OFF


def weeks_of(pilot: Pilot | NewPilot, policy: Policy) -> int:
    """How long it runs: as agreed, else 1 week for a minor and 2 for a major update (DOMAIN §3)."""
    fixed = policy.pilots.minor_weeks if pilot.update is Update.MINOR else policy.pilots.major_weeks
    return min(max(pilot.run_weeks or fixed, 1), _MOST_WEEKS)


def setup_days(pilot: Pilot | NewPilot) -> int:
    """How many days set-up takes; sources may hold any number."""
    return min(max(pilot.setup_days, 0), _MOST_DAYS)


def feedback_days(pilot: Pilot) -> int:
    """How many days after its first one the feedback of the VOs is due; the first day counts."""
    return min(max(pilot.feedback_days, 1), _MOST_DAYS) - 1


_MOST_WEEKS, _MOST_DAYS = 520, 3650
"""Ten years: no calendar of a pilot goes on beyond, whatever somebody typed."""


def run_end(start: dt.date, weeks: int) -> dt.date:
    """The last day, inclusive, of a run that begins on `start`: `start + 7n - 1` (DOMAIN §3)."""
    return plausible(start) + dt.timedelta(days=7 * weeks - 1)


# ---------------------------------------------------------------------------------------------------------------- plan


def plan(pilot: Pilot | NewPilot, created: dt.date, policy: Policy) -> dict[int, dt.date]:
    """The day on which each step of the workflow is to be finished, when set-up begins on `pilot.start`.

    What leads to the start is counted back from it in working days; set-up and run are calendar time, as the rule book
    has them; the wrap-up is a meeting, and so on a working day. {} without a start. No step is planned before the one
    it follows, nor before the pilot was asked for; one that is entered afterwards was asked for when it was screened.
    """
    if pilot.start is None:
        return {}
    times, calendar = policy.pilots, policy.calendar
    start = plausible(pilot.start)
    days = {begin_step(pilot.update): start}
    asked = created if created <= start else dt.date.min
    lead = start
    if pilot.update is Update.MAJOR:
        lead = days[ORGANISE] = max(calendar.shift(start, -times.kick_off), asked)
    days[PRESCREEN] = max(calendar.shift(lead, -times.prescreen), asked)
    days[REQUEST] = created if created <= start else days[PRESCREEN]
    installed = start + dt.timedelta(days=setup_days(pilot))
    days[MIRROR] = min(calendar.shift(start, times.mirror), installed)
    days[SET_UP] = installed
    days[RUN] = run_end(installed, weeks_of(pilot, policy))
    days[POST_MORTEM] = report_due(days[RUN], policy)
    days[WRAP_UP] = wrap_up_due(days[POST_MORTEM], calendar, policy)
    return days


def report_due(end: dt.date, policy: Policy) -> dt.date:
    """The last day on which the post-mortem is in time, counted from the last day of the run."""
    return end + dt.timedelta(days=policy.pilots.report_days)


def wrap_up_due(reported: dt.date, calendar: Calendar, policy: Policy) -> dt.date:
    """The working day on which the wrap-up is to be held, counted from the day the report is there."""
    return calendar.shift(reported, policy.pilots.wrap_up)


def first_start(update: Update, created: dt.date, policy: Policy) -> dt.date:
    """The earliest day on which set-up can begin when nobody names one: the sites have to be chosen before."""
    times = policy.pilots
    return policy.calendar.shift(created, times.prescreen + (times.kick_off if update is Update.MAJOR else 0))


def planned_steps(command: NewPilot, policy: Policy, now: dt.datetime) -> tuple[Step, ...]:
    """The steps of a new pilot with their days: the request is done with it, a mirror that nobody needs is skipped."""
    created = local_day(now, policy.zone)
    days = plan(command, created, policy)
    steps = []
    for each in template(command.update):
        step = Step(number=each.number, what=each.what, planned=days.get(each.number))
        if each.number == REQUEST:
            step = Step(number=step.number, what=step.what, planned=created, done=created, state=StepState.DONE)
        elif each.number == MIRROR and not command.mirror:
            step = Step(number=step.number, what=step.what, state=StepState.SKIPPED, note="not needed")
        steps.append(step)
    return tuple(steps)
