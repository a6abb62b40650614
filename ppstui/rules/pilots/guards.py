"""The rules that stand against a command to a pilot (DOMAIN §3, §5): a sentence each, and what would lift it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ppstui.model import (
    Comment,
    EndKind,
    Level,
    NewPilot,
    Objection,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Remind,
    Reply,
    Software,
    StepState,
    Update,
)
from ppstui.rules import clocks
from ppstui.rules.clocks import local_day
from ppstui.rules.horizon import day_name, moment, plausible
from ppstui.rules.pilots import pilot_standing, workflow
from ppstui.rules.pilots.commands import edited, signed
from ppstui.rules.pilots.reckoning import find, sworn
from ppstui.rules.pilots.standings import PilotPhase, PilotState
from ppstui.rules.pilots.workflow import MIRROR, POST_MORTEM, PRESCREEN, RUN, SET_UP, begin_step
from ppstui.rules.registry import holds_level, in_force
from ppstui.rules.teams import team_key
from ppstui.rules.titles import cut

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from ppstui.model import Commitment, Pilot, PilotCommand
    from ppstui.rules.pilots.commands import Spoken
    from ppstui.rules.pilots.standings import PilotStanding
    from ppstui.rules.policy import Policy


def pilot_objections(
    command: PilotCommand | Spoken,
    pilot: Pilot | None,
    policy: Policy,
    now: dt.datetime,
    commitments: Sequence[Commitment] | None = None,
) -> tuple[Objection, ...]:
    """The rules that stand against the command now, blocking ones first; () when it may go.

    `pilot` is None for one that is to be made. `commitments` are those of the registry; None when there is none to ask,
    and then no site is held to a level.
    """
    if isinstance(command, NewPilot):
        found = list(_against_new(command, policy, now, commitments))
    elif pilot is None:
        return ()
    else:
        found = list(_against_ended(command, pilot))
        today = local_day(now, policy.zone)
        match command:
            case PilotStep():
                found += _against_step(command, pilot, policy, now)
            case PilotProlong():
                found += _against_prolong(command, pilot_standing(pilot, policy, now), today)
            case PilotRollBack() | PilotCancel():
                found += _against_giving_up(command, pilot_standing(pilot, policy, now), today)
            case PilotClose():
                found += _against_close(command, pilot, pilot_standing(pilot, policy, now), today)
            case PilotEdit():
                found += _against_edit(command, pilot, policy, now, commitments)
            case Remind():
                found += _against_remind(command, pilot_standing(pilot, policy, now), policy, now)
            case Comment() | Reply():
                found += _against_empty(command.text, "comment" if isinstance(command, Comment) else "reply")
    return tuple(sorted(found, key=lambda objection: not objection.blocking))


def _stop(rule: str, text: str, *, overridable: bool = False) -> Objection:
    return Objection(rule=rule, text=text, overridable=overridable)


def _warn(rule: str, text: str) -> Objection:
    return Objection(rule=rule, text=text, blocking=False)


def _against_empty(text: str, what: str) -> Iterator[Objection]:
    if not text.strip():
        yield _stop("empty", f"the {what} has no text; write one")


def _against_ended(command: PilotCommand | Spoken, pilot: Pilot) -> Iterator[Objection]:
    if pilot.ending is None or isinstance(command, Comment):
        return
    said = f"{pilot.ref} is {pilot.ending.how.value.replace('-', ' ')}"
    if pilot.ending.on:
        said += f" since {day_name(pilot.ending.on)}"
    if isinstance(command, Reply | Remind):
        yield _warn("closed", f"{said}; nobody owes anything for it any more")
    elif isinstance(command, PilotClose) and pilot.ending.how is EndKind.CLOSED:
        yield _stop("closed", f"{said}; there is nothing to do")
    elif isinstance(command, PilotStep | PilotEdit | PilotClose):
        yield _stop("closed", f"{said}; give a reason to complete its record all the same", overridable=True)
    else:
        yield _stop("closed", f"{said}; make a new pilot instead")


# -------------------------------------------------------------------------------------------------------- a new pilot


def _against_new(
    command: NewPilot, policy: Policy, now: dt.datetime, commitments: Sequence[Commitment] | None
) -> Iterator[Objection]:
    yield from _against_empty(command.title, "title of the pilot")
    yield from _against_lengths(command.setup_days, command.feedback_days, command.run_weeks)
    today = local_day(now, policy.zone)
    level = command.level or workflow.level_needed(command.software, incompatible=command.incompatible)
    yield from _against_sites(command.sites, level, commitments, command.start)
    if not command.sites:
        yield _warn("sites-missing", f"no site is named yet; it needs {workflow.level_words(level)}")
    if command.update is Update.MAJOR and not command.vos:
        yield _warn("vos-missing", "a major pilot is for its VOs, and none is named")
    if command.software is Software.CLIENT:
        yield _warn("semi-automatic", "an update of a client goes out by itself as a rule; it needs no pilot on demand")
    if command.software is Software.SERVER and command.incompatible and command.update is Update.MINOR:
        yield _warn("update", "a server that breaks what was there takes a major pilot")
    fixed = policy.pilots.minor_weeks if command.update is Update.MINOR else policy.pilots.major_weeks
    if command.run_weeks not in (0, fixed):
        yield _warn("run-length", f"a {command.update.value} pilot runs {_weeks(fixed)} as a rule")
    if command.start:
        yield from _against_start(command.start, today, policy)


def _weeks(number: int) -> str:
    return f"{number} week" + "s" * (number != 1)


def _against_start(start: dt.date, today: dt.date, policy: Policy) -> Iterator[Objection]:
    if start < today:
        yield _warn("past", f"{day_name(start)} is past already")
    if not policy.calendar.working(start):
        yield _warn("not-working", f"nobody works on {day_name(start)}")


def _against_lengths(setup: int | None, feedback: int | None, weeks: int | None) -> Iterator[Objection]:
    for what, number, least in (("set-up time", setup, 0), ("feedback time", feedback, 0), ("run", weeks, 0)):
        if number is not None and not least <= number <= _LONGEST:
            yield _stop("dates", f"a {what} of {number} ends before it begins, or never; name a length in its unit")


_LONGEST = 1000


def _against_sites(
    sites: Sequence[str], level: Level, commitments: Sequence[Commitment] | None, on: dt.date | None
) -> Iterator[Objection]:
    seen: set[str] = set()
    for site in sites:
        if not site.strip() or any(sign.isspace() or not sign.isprintable() for sign in site):
            yield _stop("site-name", f"{cut(site)} is no site's name; write <NGI>-<Site-name>")
            continue
        if team_key(site) in seen:
            yield _stop("site-twice", f"{site} is named twice")
        seen.add(team_key(site))
        if commitments is None or level is Level.NONE or holds_level(site, level, commitments, on):
            continue
        yield _without_level(site, level, commitments, on)


def _without_level(site: str, level: Level, commitments: Sequence[Commitment], on: dt.date | None) -> Objection:
    """Volunteers are for when nobody holds the level (DOMAIN §5); a site that committed itself otherwise is none."""
    name = level.value.capitalize()
    held = [each.value for each in Level if each is not Level.NONE and holds_level(site, each, commitments, on)]
    if not held and not any(each.level is level and in_force(each, on) for each in commitments):
        return _warn("level", f"no site is committed as {name}; {site} is taken as a volunteer")
    has = f"; it is {' and '.join(held)}" if held else "; it has committed itself to no level"
    text = f"{site} is no {name} site{has}: commit it first, or give a reason to take it as a volunteer"
    return _stop("level", text, overridable=True)


# -------------------------------------------------------------------------------------------------------------- steps


def _against_step(command: PilotStep, pilot: Pilot, policy: Policy, now: dt.datetime) -> Iterator[Objection]:
    numbers = sorted({each.number for each in workflow.template(pilot.update)} | {step.number for step in pilot.steps})
    if command.number not in numbers:
        has = ", ".join(map(str, numbers))
        yield _stop("no-step", f"a {pilot.update.value} pilot has no step {command.number}; it has {has}")
        return
    step = find(pilot, command.number)
    yield from _against_effort(command, pilot)
    state = step.state if step else StepState.OPEN
    if command.state is StepState.OPEN:
        yield from _against_opening(command, pilot, state)
        return
    if state is not StepState.OPEN:
        yield _warn("signed", f"step {command.number} is {signed(step)} already; this replaces it")
    today = local_day(now, policy.zone)
    yield from _against_day(command, pilot, today)
    yield from _against_order(command, pilot, pilot_standing(pilot, policy, now))
    yield from _against_content(command, pilot, pilot_standing(pilot, policy, now), today)


def _against_effort(command: PilotStep, pilot: Pilot) -> Iterator[Objection]:
    step = find(pilot, command.number)
    for each in command.spent:
        booked = sum(
            old.minutes for old in (step.spent if step else ()) if (old.role, old.site) == (each.role, each.site)
        )
        if each.minutes == 0:
            yield _stop("effort", "no time is named; write as much as 4PH or 0.5PD")
        elif booked + each.minutes < 0:
            yield _stop("effort", f"more would be taken back than {each.role.value} has recorded on this step")


def _against_opening(command: PilotStep, pilot: Pilot, state: StepState) -> Iterator[Objection]:
    if state is StepState.OPEN and not command.spent and not command.note:
        yield _stop("idle", f"step {command.number} is open already; there is nothing to do")
    later = [step.number for step in pilot.steps if step.number > command.number and step.state.settled]
    if state is not StepState.OPEN and later:
        names = ", ".join(map(str, later))
        yield _warn("later-steps", f"later steps stay as they are signed: {names}")


def _against_day(command: PilotStep, pilot: Pilot, today: dt.date) -> Iterator[Objection]:
    """A step is finished neither in future, nor before the one it follows, nor after the one that follows it."""
    on = command.on or today
    if on > today:
        yield _stop("dates", f"{day_name(on)} is still to come; sign the step off when it is finished")
    if command.number == MIRROR:
        return
    for step in pilot.steps:
        if step.number in (command.number, MIRROR) or step.done is None or not sworn(step):
            continue
        if step.number < command.number and on < step.done:
            yield _stop("dates", _wrong(command.number, on, "before", step.number, step.done))
        elif step.number > command.number and on > step.done:
            yield _stop("dates", _wrong(command.number, on, "after", step.number, step.done))


def _wrong(number: int, on: dt.date, word: str, other: int, done: dt.date) -> str:
    return f"step {number} cannot be finished on {day_name(on)}, {word} step {other} was, on {day_name(done)}"


def _against_order(command: PilotStep, pilot: Pilot, standing: PilotStanding) -> Iterator[Objection]:
    """A step follows those before it; what the workflow lets be left out need not be waited for (DOMAIN §5.1)."""
    this = standing.step(command.number)
    if command.state is StepState.SKIPPED and this and not this.optional:
        text = f"step {command.number}, {this.what}, belongs to a {pilot.update.value} pilot; give a reason to skip it"
        yield _stop("skipped", text, overridable=True)
    before = [step for step in standing.steps if step.number < command.number and not step.settled]
    owed = [step for step in before if not step.optional]
    if owed:
        names = ", ".join(f"{step.number} ({step.what})" for step in owed)
        text = (
            f"step {command.number} follows {names}, not settled yet; sign that first, or give a reason to pass it over"
        )
        yield _stop("predecessor", text, overridable=True)
    for step in before:
        if step.optional and command.number >= SET_UP:
            yield _warn("optional-open", f"step {step.number}, {step.what}, is not signed; it counts as not needed")


def _against_content(command: PilotStep, pilot: Pilot, standing: PilotStanding, today: dt.date) -> Iterator[Objection]:
    on, done = command.on or today, command.state is StepState.DONE
    if command.number == SET_UP and done and not pilot.sites:
        yield _stop(
            "sites-missing", "no site is named that could have set it up; name one, or give a reason", overridable=True
        )
    if command.number == PRESCREEN and done:
        if not pilot.sites:
            yield _warn("sites-missing", f"no site is named; it needs {workflow.level_words(standing.level)}")
        if not pilot.documentation:
            yield _warn("documentation-missing", "the home page does not say where the documentation is")
    if command.number == begin_step(pilot.update) and done and not (pilot.objectives and pilot.metrics):
        yield _warn("objectives-missing", "the home page names no measurable objectives and success metrics")
    if command.number == RUN and done and standing.end and on < standing.end:
        yield _warn("run-short", f"the run was to end on {day_name(standing.end)}")
    if command.number == POST_MORTEM and done and not pilot.attachments and not pilot.links and not command.note:
        yield _warn("report-missing", "no report is attached or linked; say in a note where it is")


# -------------------------------------------------------------------------------------------------------- run and end


def _against_prolong(command: PilotProlong, standing: PilotStanding, today: dt.date) -> Iterator[Objection]:
    if not command.reason.strip():
        yield _stop("reason-missing", "a run is prolonged with a reason; give one")
    if standing.run_start is None or standing.end is None:
        yield _stop("not-running", "the run has not begun; change its plan instead")
        return
    until = plausible(command.until)
    if until < standing.run_start:
        yield _stop(
            "dates",
            f"the run cannot end on {day_name(command.until)}, before it began on {day_name(standing.run_start)}",
        )
    elif until <= standing.end:
        yield _stop("dates", f"the run lasts to {day_name(standing.end)} already; name a later day to prolong it")
    elif standing.first_end and until <= standing.first_end:
        text = f"the run was to last to {day_name(standing.first_end)} and was signed off before"
        yield _stop("dates", f"{text}; open step {RUN} again instead")
    elif command.until < today:
        yield _warn("past", f"{day_name(command.until)} is past already")


def _against_giving_up(
    command: PilotRollBack | PilotCancel, standing: PilotStanding, today: dt.date
) -> Iterator[Objection]:
    back = isinstance(command, PilotRollBack)
    if not command.reason.strip():
        yield _stop("reason-missing", f"a pilot is {'rolled back' if back else 'cancelled'} with a reason; give one")
    on = command.on or today
    yield from _against_end_day(on, standing, today)
    if back and standing.run_start is None:
        yield _stop("not-running", "nothing is installed that could be rolled back; cancel the pilot instead")
    elif not back and standing.run_start is not None and standing.phase is PilotPhase.RUN:
        yield _warn("running", "the version is installed; a roll-back says that it is taken out again")


def _against_end_day(on: dt.date, standing: PilotStanding, today: dt.date) -> Iterator[Objection]:
    if on > today:
        yield _stop("dates", f"{day_name(on)} is still to come; end the pilot when it ends")
    last = max((step.done for step in standing.steps if step.step and step.done and sworn(step.step)), default=None)
    if last and on < last:
        yield _stop("dates", f"the pilot cannot end on {day_name(on)}, before its last step, on {day_name(last)}")


def _against_close(command: PilotClose, pilot: Pilot, standing: PilotStanding, today: dt.date) -> Iterator[Objection]:
    if pilot.ending:
        return
    yield from _against_end_day(command.on or today, standing, today)
    owed = [step for step in standing.steps if not step.settled and not step.optional]
    if owed:
        names = ", ".join(f"{step.number} ({step.what})" for step in owed)
        text = f"not settled yet: {names}; sign that first, or give a reason to close it all the same"
        yield _stop("steps-open", text, overridable=True)
    if standing.state in (PilotState.RUNNING, PilotState.PROLONGED) and standing.end:
        yield _warn("running", f"the run lasts to {day_name(standing.end)}")
    if not command.reason.strip():
        yield _warn("assessment-missing", "the wrap-up is closed without a word of assessment")


# ------------------------------------------------------------------------------------------------------------- editing


def _against_edit(
    command: PilotEdit, pilot: Pilot, policy: Policy, now: dt.datetime, commitments: Sequence[Commitment] | None
) -> Iterator[Objection]:
    after = edited(command, pilot, policy)
    if after == pilot:
        yield _stop("idle", "nothing would change; there is nothing to do")
    if command.title is not None:
        yield from _against_empty(command.title, "title of the pilot")
    yield from _against_lengths(command.setup_days, command.feedback_days, command.run_weeks)
    standing = pilot_standing(pilot, policy, now)
    if command.sites is not None:
        new = [site for site in command.sites if site not in pilot.sites]
        yield from _against_sites(new, standing.level, commitments, standing.run_start or standing.start)
        gone = [site for site in pilot.sites if site not in command.sites]
        if gone and standing.run_start:
            yield _warn("installed", f"the version is installed at {', '.join(gone)}; who takes it out again?")
    yield from _against_moving(command, pilot, standing)
    yield from _against_plan(command, pilot, after)
    today = local_day(now, policy.zone)
    if command.start and not standing.started:
        yield from _against_start(command.start, today, policy)
    if command.run_weeks is not None and standing.run_start:
        end = pilot_standing(after, policy, now).end
        if end and end < today and standing.end and standing.end >= today:
            yield _warn("past", f"the run would have ended on {day_name(end)} already")


def _against_moving(command: PilotEdit, pilot: Pilot, standing: PilotStanding) -> Iterator[Objection]:
    days = dict(command.planned)
    begin = begin_step(pilot.update)
    if (command.start or begin in days) and standing.started and standing.start:
        text = f"set-up began on {day_name(standing.start)}; sign step {begin} with another day if that is wrong"
        yield _stop("dates", text)
    if (command.setup_days is not None or SET_UP in days) and standing.run_start:
        yield _stop("dates", f"the installation was complete on {day_name(standing.run_start)}; its time is over")
    start = command.start or days.get(begin) or standing.start
    if SET_UP in days and start and days[SET_UP] < start:
        text = f"the installation cannot be complete on {day_name(days[SET_UP])}, before set-up begins on"
        yield _stop("dates", f"{text} {day_name(start)}")
    if SET_UP in days and start is None:
        yield _stop("dates", "the installation is planned from the start of set-up; name that first")
    if RUN in days:
        yield _stop("dates", "the run ends a number of weeks after the installation; change the weeks, or prolong it")


def _against_plan(command: PilotEdit, pilot: Pilot, after: Pilot) -> Iterator[Objection]:
    """Planned days keep the order of the steps; the mirror may come at any time before the installation."""
    numbers = {step.number for step in pilot.steps}
    for number in sorted({number for number, _ in (*command.planned, *command.owners)} - numbers):
        yield _stop("no-step", f"this pilot has no step {number}")
    old = {step.number: step.planned for step in pilot.steps}
    in_order = sorted(after.steps, key=lambda step: step.number)
    dated = [step for step in in_order if step.planned and step.number != MIRROR]
    for one, other in itertools.pairwise(dated):
        moved = any(old.get(step.number) != step.planned for step in (one, other))
        if moved and one.planned and other.planned and other.planned < one.planned:
            text = f"step {other.number} would be planned on {day_name(other.planned)},"
            yield _stop("dates", f"{text} before step {one.number} on {day_name(one.planned)}")


# ----------------------------------------------------------------------------------------------------------- reminding


def _against_remind(command: Remind, standing: PilotStanding, policy: Policy, now: dt.datetime) -> Iterator[Objection]:
    yield from _against_empty(command.text, "reminder")
    if standing.current is None:
        yield _stop("owes-nothing", "no step is open; nobody owes anything", overridable=True)
    if standing.reminded:
        again = clocks.add(standing.reminded, policy.reminder_cooldown, policy.zone, policy.calendar)
        if now < again:
            text = (
                f"a reminder went out on {moment(standing.reminded, policy.zone)};"
                f" the next one may go on {moment(again, policy.zone)}"
            )
            yield _stop("cooldown", text, overridable=True)
