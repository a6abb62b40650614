"""The days of a pilot, reckoned from what was planned and what was signed (DOMAIN §3, §5.1); pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ppstui.model import EndKind, Role, StepState, Update
from ppstui.rules.clocks import local_day
from ppstui.rules.horizon import Horizon, over, plausible
from ppstui.rules.pilots import workflow
from ppstui.rules.pilots.standings import PilotPhase, StepStanding, Stretch
from ppstui.rules.pilots.workflow import MIRROR, POST_MORTEM, REQUEST, RUN, SET_UP, WRAP_UP

if TYPE_CHECKING:
    from ppstui.model import Pilot, Step
    from ppstui.rules.pilots.workflow import Template
    from ppstui.rules.policy import Policy

_DAY = dt.timedelta(days=1)


class Days(Struct, frozen=True, kw_only=True):
    """What a pilot's calendar says, as far as it is known; see `PilotStanding` for each."""

    plan: dict[int, dt.date]
    """What the workflow plans from the present start, for steps that have no planned day of their own."""
    start: dt.date | None = None
    started: bool = False
    setup_due: dt.date | None = None
    run_start: dt.date | None = None
    first_end: dt.date | None = None
    end: dt.date | None = None
    feedback_due: dt.date | None = None
    report_due: dt.date | None = None
    prolonged: bool = False
    reason: str = ""


def find(pilot: Pilot, number: int) -> Step | None:
    """The pilot's own step of that number; None when its source lacks it."""
    return next((step for step in pilot.steps if step.number == number), None)


def settled_day(pilot: Pilot, number: int) -> dt.date | None:
    """The day on which a step was settled; None when it was not, or nobody says when."""
    step = find(pilot, number)
    return plausible(step.done) if step and step.state.settled and step.done else None


def sworn(step: Step) -> bool:
    """Whether somebody stands for a step's day: a request that was settled with the pilot's making has only its day."""
    return step.state.settled and (step.number != REQUEST or bool(step.by))


def reckon(pilot: Pilot, policy: Policy) -> Days:
    """The calendar of a pilot: facts where steps were signed, the plan elsewhere."""
    created = local_day(pilot.created, policy.zone) if pilot.created else dt.date.max
    begin = workflow.begin_step(pilot.update)
    first = find(pilot, begin)
    fact = settled_day(pilot, begin)
    start = fact or pilot.start or (first.planned if first else None)
    start = plausible(start) if start else None
    planned = workflow.plan(pilot, created, policy) if pilot.start else {}
    setup_due = start + workflow.setup_days(pilot) * _DAY if start else None
    run_start = settled_day(pilot, SET_UP)
    weeks = workflow.weeks_of(pilot, policy)
    base = run_start or setup_due
    first_end = workflow.run_end(base, weeks) if base else None
    end, prolonged, reason = _end(pilot, first_end, run_start)
    major = pilot.update is Update.MAJOR
    return Days(
        plan=planned,
        start=start,
        started=fact is not None,
        setup_due=setup_due,
        run_start=run_start,
        first_end=first_end,
        end=end,
        feedback_due=run_start + workflow.feedback_days(pilot) * _DAY if run_start and major else None,
        report_due=workflow.report_due(end, policy) if end else None,
        prolonged=prolonged,
        reason=reason,
    )


def _end(pilot: Pilot, first_end: dt.date | None, run_start: dt.date | None) -> tuple[dt.date | None, bool, str]:
    """The last day of the run; it ends earlier when it was signed off, rolled back or given up before."""
    if first_end is None:
        return None, False, ""
    end, reason = first_end, ""
    if pilot.prolongations and plausible(pilot.prolongations[-1].until) > first_end:
        end, reason = plausible(pilot.prolongations[-1].until), pilot.prolongations[-1].reason
    prolonged = end > first_end
    if run_start is None:
        return end, prolonged, reason
    cuts = [settled_day(pilot, RUN)]
    if pilot.ending and pilot.ending.how is not EndKind.CLOSED:
        cuts.append(pilot.ending.on)
    for day in cuts:
        if day and run_start <= plausible(day) < end:
            end = plausible(day)
    return end, prolonged, reason


# --------------------------------------------------------------------------------------------------------------- steps


def step_standings(pilot: Pilot, days: Days, policy: Policy, horizon: Horizon) -> tuple[StepStanding, ...]:
    """The steps of the workflow and any others that the source has, in the order of their numbers."""
    known = {each.number: each for each in workflow.template(pilot.update)}
    numbers = sorted({*known, *(step.number for step in pilot.steps)})
    over_run = bool(days.run_start and days.end and horizon.reached(over(days.end, policy.zone)))
    found = [_standing(pilot, number, known.get(number), days, policy, over_run=over_run) for number in numbers]
    if pilot.ending:
        return tuple(found)
    last = last_settled(tuple(found))
    current = next((step.number for step in found if step.number > last and not step.settled), None)
    return tuple(structs.replace(step, current=True) if step.number == current else step for step in found)


def _standing(
    pilot: Pilot, number: int, known: Template | None, days: Days, policy: Policy, *, over_run: bool
) -> StepStanding:
    step = find(pilot, number)
    lead = known.lead if known else Role.COORDINATOR
    planned = (step.planned if step else None) or days.plan.get(number)
    planned = plausible(planned) if planned else None
    state = step.state if step else StepState.OPEN
    owner = (step.owner if step else "") or holder(pilot, lead)
    return StepStanding(
        number=number,
        what=(step.what if step else "") or (known.what if known else f"step {number}"),
        state=state,
        roles=known.roles if known else (),
        lead=lead,
        owner=owner,
        optional=known.optional if known else True,
        planned=planned,
        due=_due(pilot, number, planned, days, policy),
        done=plausible(step.done) if step and step.done and state is not StepState.OPEN else None,
        assumed=number == RUN and over_run and state is StepState.OPEN,
        by=step.by if step else "",
        note=step.note if step else "",
        step=step,
    )


def _due(pilot: Pilot, number: int, planned: dt.date | None, days: Days, policy: Policy) -> dt.date | None:
    if number == SET_UP:
        return days.setup_due
    if number == RUN:
        return days.end
    if number == POST_MORTEM:
        return days.report_due
    if number == WRAP_UP:
        reported = settled_day(pilot, POST_MORTEM) or days.report_due
        return workflow.wrap_up_due(reported, policy.calendar, policy) if reported else planned
    return planned


def holder(pilot: Pilot, role: Role) -> str:
    """Who holds a role in this pilot, by name; "" when the record does not say."""
    match role:
        case Role.COORDINATOR:
            return pilot.coordinator
        case Role.SITE:
            return ", ".join(pilot.sites)
        case Role.VO:
            return ", ".join(pilot.vos)
        case _:
            return ""


def last_settled(steps: tuple[StepStanding, ...]) -> int:
    """The number of the last step that is settled and that the workflow asks for; 0 when none is."""
    return max((step.number for step in steps if step.settled and not step.optional), default=0)


# ------------------------------------------------------------------------------------------------------------ phases


def phase_of(pilot: Pilot, steps: tuple[StepStanding, ...]) -> PilotPhase:
    """The part of the timeline it is in."""
    if pilot.ending:
        return PilotPhase.OVER
    last = last_settled(steps)
    if last >= RUN:
        return PilotPhase.REPORT
    if last >= SET_UP:
        return PilotPhase.RUN
    return PilotPhase.SETUP if last >= workflow.begin_step(pilot.update) else PilotPhase.PREPARATION


def stretches(pilot: Pilot, days: Days, steps: tuple[StepStanding, ...]) -> tuple[Stretch, ...]:
    """Set-up, run and report: as planned, and as they were or will be. The day of the installation is the run's.

    The plan is what the steps' planned days say; what is still to come is reckoned from what has happened. The report
    ends with the wrap-up, or the day a pilot was closed.
    """
    plan = {step.number: step.planned for step in steps}
    begin, installed, end = plan.get(workflow.begin_step(pilot.update)), plan.get(SET_UP), plan.get(RUN)
    wrapped = plan.get(WRAP_UP) or plan.get(POST_MORTEM)
    ran = days.run_start or days.setup_due
    stop = plausible(pilot.ending.on) if pilot.ending and pilot.ending.on else None
    closing = next((step for step in steps if step.number == WRAP_UP), None)
    wrapped_up = closing.done if closing and closing.settled else None
    finish = stop or wrapped_up or (closing.due if closing else None) or days.report_due
    found = [
        Stretch(
            phase=PilotPhase.SETUP,
            planned_from=begin,
            planned_to=_before(begin, installed),
            begins=days.start,
            ends=_cut(_before(days.start, ran), stop),
            certain=days.started,
        ),
        Stretch(
            phase=PilotPhase.RUN,
            planned_from=installed,
            planned_to=end,
            begins=ran,
            ends=days.end,
            prolonged_from=days.first_end + _DAY if days.prolonged and days.first_end else None,
            certain=days.run_start is not None,
        ),
        Stretch(
            phase=PilotPhase.REPORT,
            planned_from=end + _DAY if end else None,
            planned_to=wrapped,
            begins=days.end + _DAY if days.end else None,
            ends=finish,
            certain=days.run_start is not None and any(step.number == RUN and step.settled for step in steps),
        ),
    ]
    kept = [each for each in found if not stop or (each.begins and each.begins <= stop)]
    return tuple(each for each in kept if each.begins or each.planned_from)


def _before(first: dt.date | None, day: dt.date | None) -> dt.date | None:
    """The last day of a stretch that the next one follows; its own first day when both begin on one."""
    if first is None or day is None:
        return None
    return max(first, day - _DAY)


def _cut(day: dt.date | None, stop: dt.date | None) -> dt.date | None:
    return min(day, stop) if day and stop else day


def contradictions(pilot: Pilot, days: Days) -> tuple[str, ...]:
    """What cannot be true of a pilot's days, in words; a source may hold anything."""
    found = []
    before: Step | None = None
    for step in sorted(pilot.steps, key=lambda each: each.number):
        if not step.done or step.number == MIRROR or not sworn(step):
            continue
        if before and before.done and step.done < before.done:
            found.append(f"step {step.number} was finished before step {before.number}")
        before = step
    if days.run_start and pilot.prolongations and days.first_end and not days.prolonged:
        found.append(f"it was prolonged to {pilot.prolongations[-1].until}, before the end of its run")
    if pilot.ending and pilot.ending.on and days.started and days.start and pilot.ending.on < days.start:
        found.append(f"it ended on {pilot.ending.on}, before its start")
    return tuple(found)
