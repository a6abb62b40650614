"""What somebody has to see to on a pilot, how much it presses and whose move it is (DOMAIN §3, §5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import Role, StepState, Update
from ppstui.rules.attention import RANK
from ppstui.rules.clocks import end_of_day
from ppstui.rules.horizon import day_name, last_working_day, midnight, over
from ppstui.rules.pilots.reckoning import contradictions, last_settled
from ppstui.rules.pilots.standings import PilotAttention, PilotCode, PilotPhase
from ppstui.rules.pilots.workflow import POST_MORTEM, PRESCREEN, RUN, WRAP_UP, level_words
from ppstui.rules.standings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Pilot
    from ppstui.rules.horizon import Horizon
    from ppstui.rules.pilots.reckoning import Days
    from ppstui.rules.pilots.standings import PilotStanding, StepStanding
    from ppstui.rules.policy import Policy

NOTES = frozenset(
    {
        PilotCode.LEVEL_MISSING,
        PilotCode.DATES_WRONG,
        PilotCode.STEP_SKIPPED,
        PilotCode.RUN_OVER,
        PilotCode.FEEDBACK_DUE,
        PilotCode.OBJECTIVES_MISSING,
        PilotCode.DOCUMENTATION_MISSING,
    }
)
"""Entries that are worth knowing and hold nothing up: they do not decide whose move it is."""

_ORDER = {code: number for number, code in enumerate(PilotCode)}
_FAR = dt.datetime.max.replace(tzinfo=dt.UTC)
_BY_ITSELF = frozenset({RUN, POST_MORTEM, WRAP_UP})
"""Steps that have entries of their own."""


def attend(
    so_far: PilotStanding, pilot: Pilot, days: Days, policy: Policy, horizon: Horizon
) -> tuple[PilotAttention, ...]:
    """What needs attention, most pressing first: by severity, then by due time, then as the codes are listed.

    `so_far` is the standing less its attention. Of a pilot that is not whole nothing is said: its steps are not read.
    `conflict` is not for these rules: it needs an outbox.
    """
    if not (pilot.whole and so_far.state.live):
        return ()
    entries = [
        *_of_facts(so_far, pilot, days),
        *_of_home_page(so_far, pilot),
        *_of_steps(so_far, policy, horizon),
        *_of_run(so_far, pilot, policy, horizon),
        *_of_ending(so_far, pilot, policy, horizon),
    ]
    return tuple(sorted(entries, key=_pressing))


def _pressing(entry: PilotAttention) -> tuple[int, dt.datetime, int, int, str]:
    return RANK[entry.severity], entry.due or _FAR, _ORDER[entry.code], entry.step, entry.site


def _note(code: PilotCode, text: str, mover: Role = Role.COORDINATOR, **more: str | int) -> PilotAttention:
    step, site = more.get("step", 0), more.get("site", "")
    return PilotAttention(
        code=code, severity=Severity.INFO, text=text, mover=mover, step=int(step or 0), site=str(site or "")
    )


# ------------------------------------------------------------------------------------------------- the pilot as a whole


def _of_facts(so_far: PilotStanding, pilot: Pilot, days: Days) -> Iterator[PilotAttention]:
    for what in contradictions(pilot, days):
        yield _note(PilotCode.DATES_WRONG, what)
    if so_far.start is None:
        yield PilotAttention(
            code=PilotCode.START_MISSING,
            severity=Severity.SOON,
            text="no day is named on which set-up begins",
            mover=Role.COORDINATOR,
        )
    early = so_far.phase in (PilotPhase.PREPARATION, PilotPhase.SETUP)
    if early and not pilot.sites:
        screened = last_settled(so_far.steps) >= PRESCREEN
        yield PilotAttention(
            code=PilotCode.SITES_MISSING,
            severity=Severity.BLOCKED if screened else Severity.SOON,
            text=f"no site is chosen; it needs {level_words(so_far.level)}",
            mover=Role.COORDINATOR,
            since=pilot.created,
        )
    for site in so_far.volunteers:
        text = f"{site} hosts it without a {so_far.level.value.capitalize()} commitment, as a volunteer"
        yield _note(PilotCode.LEVEL_MISSING, text, site=site)


def _of_home_page(so_far: PilotStanding, pilot: Pilot) -> Iterator[PilotAttention]:
    """Measurable objectives and adequate documentation are looked for before it runs (DOMAIN §5.1, S2)."""
    if so_far.phase not in (PilotPhase.PREPARATION, PilotPhase.SETUP):
        return
    lacks = [name for name, text in (("objectives", pilot.objectives), ("success metrics", pilot.metrics)) if not text]
    if lacks:
        yield _note(PilotCode.OBJECTIVES_MISSING, f"the home page has no {' and no '.join(lacks)}")
    if not pilot.documentation:
        yield _note(PilotCode.DOCUMENTATION_MISSING, "the home page does not say where the documentation is")


# -------------------------------------------------------------------------------------------------------------- steps


def _of_steps(so_far: PilotStanding, policy: Policy, horizon: Horizon) -> Iterator[PilotAttention]:
    last = last_settled(so_far.steps)
    for step in so_far.steps:
        if step.state is StepState.FAILED:
            yield PilotAttention(
                code=PilotCode.STEP_FAILED,
                severity=Severity.BLOCKED,
                text=f"step {step.number}, {step.what}, failed",
                mover=Role.COORDINATOR,
                step=step.number,
            )
        elif step.number < last and not step.settled and not step.optional:
            yield _note(PilotCode.STEP_SKIPPED, f"step {step.number}, {step.what}, was passed over", step=step.number)
        elif step.current and step.number not in _BY_ITSELF:
            yield from _of_turn(step, policy, horizon)
    following = _after_optional(so_far)
    if following and following.number not in _BY_ITSELF:
        yield from _of_turn(following, policy, horizon)


def _after_optional(so_far: PilotStanding) -> StepStanding | None:
    """The step that waits for none, because the one whose turn it is may be left out."""
    current = so_far.current
    if current is None or not current.optional:
        return None
    return next(
        (
            step
            for step in so_far.steps
            if step.number > current.number and not step.settled and step.state is not StepState.FAILED
        ),
        None,
    )


def _of_turn(step: StepStanding, policy: Policy, horizon: Horizon) -> Iterator[PilotAttention]:
    if step.due is None or step.state is StepState.FAILED:
        return
    begins = midnight(last_working_day(step.due, policy.calendar), policy.zone)
    late = horizon.reached(over(step.due, policy.zone))
    if not late and not horizon.reached(begins):
        return
    pressing = late and not step.optional
    yield PilotAttention(
        code=PilotCode.STEP_OVERDUE if late else PilotCode.STEP_DUE,
        severity=Severity.LATE if pressing else Severity.SOON,
        text=f"step {step.number}, {step.what}, {'was' if late else 'is'} due on {day_name(step.due)}",
        mover=Role.COORDINATOR if late else step.lead,
        since=over(step.due, policy.zone) if late else begins,
        due=end_of_day(step.due, policy.zone),
        step=step.number,
    )


# ------------------------------------------------------------------------------------------------------ run and ending


def _of_run(so_far: PilotStanding, pilot: Pilot, policy: Policy, horizon: Horizon) -> Iterator[PilotAttention]:
    end, start, zone = so_far.end, so_far.run_start, policy.zone
    run = so_far.step(RUN)
    if start is None or end is None or run is None:
        return
    if run.assumed:
        text = f"the run ended on {day_name(end)} and was neither signed off nor prolonged"
        yield _note(PilotCode.RUN_OVER, text, step=RUN)
    elif so_far.phase is PilotPhase.RUN and run.state is StepState.OPEN:
        begins = midnight(max(start, last_working_day(end, policy.calendar)), zone)
        if horizon.reached(begins):
            yield PilotAttention(
                code=PilotCode.RUN_ENDING,
                severity=Severity.SOON,
                text=f"the run ends on {day_name(end)}",
                mover=Role.COORDINATOR,
                since=begins,
                due=end_of_day(end, zone),
                step=RUN,
            )
    wrap_up = so_far.step(WRAP_UP)
    if so_far.feedback_due and pilot.update is Update.MAJOR and not (wrap_up and wrap_up.settled):
        due = so_far.feedback_due
        gone = horizon.reached(over(due, zone))
        text = f"the feedback of the VOs {'was' if gone else 'is'} due on {day_name(due)}"
        yield PilotAttention(
            code=PilotCode.FEEDBACK_DUE,
            severity=Severity.SOON if gone else Severity.INFO,
            text=text,
            mover=Role.COORDINATOR if gone else Role.VO,
            due=end_of_day(due, zone),
        )


def _of_ending(so_far: PilotStanding, pilot: Pilot, policy: Policy, horizon: Horizon) -> Iterator[PilotAttention]:
    report, wrap_up = so_far.step(POST_MORTEM), so_far.step(WRAP_UP)
    if so_far.phase is not PilotPhase.REPORT or report is None or wrap_up is None:
        return
    if not report.settled:
        yield from _of_report(so_far, policy, horizon)
    elif not wrap_up.settled:
        late = bool(wrap_up.due and horizon.reached(over(wrap_up.due, policy.zone)))
        minor = pilot.update is Update.MINOR
        what = "its wrap-up belongs on the agenda of the EMT" if minor else "its wrap-up is to be held"
        yield PilotAttention(
            code=PilotCode.WRAP_UP_DUE,
            severity=Severity.LATE if late else Severity.SOON,
            text=f"{what} by {day_name(wrap_up.due)}" if wrap_up.due else what,
            mover=Role.COORDINATOR,
            due=end_of_day(wrap_up.due, policy.zone) if wrap_up.due else None,
            step=WRAP_UP,
        )
    else:
        yield PilotAttention(
            code=PilotCode.READY_TO_CLOSE,
            severity=Severity.SOON,
            text="every step is settled",
            mover=Role.COORDINATOR,
        )


def _of_report(so_far: PilotStanding, policy: Policy, horizon: Horizon) -> Iterator[PilotAttention]:
    due, end = so_far.report_due, so_far.end
    if due is None or end is None:
        return
    late = horizon.reached(over(due, policy.zone))
    yield PilotAttention(
        code=PilotCode.REPORT_OVERDUE if late else PilotCode.REPORT_DUE,
        severity=Severity.LATE if late else Severity.SOON,
        text=f"the post-mortem {'was' if late else 'is'} due on {day_name(due)}; the run ended on {day_name(end)}",
        mover=Role.COORDINATOR if late else Role.SITE,
        since=over(end, policy.zone),
        due=end_of_day(due, policy.zone),
        step=POST_MORTEM,
    )
