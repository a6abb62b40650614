"""Why a pilot stands still: what blocks it, whose move it is, what would unblock it (SURFACE §1, `why`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Role, Update
from ppstui.rules.horizon import day_name, moment
from ppstui.rules.pilots.attention import NOTES
from ppstui.rules.pilots.standings import PilotCode, PilotPhase
from ppstui.rules.pilots.workflow import level_words

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.model import Pilot
    from ppstui.rules.pilots.standings import PilotAttention, PilotStanding
    from ppstui.rules.policy import Policy


class PilotReason(Struct, frozen=True, kw_only=True):
    """One thing that holds a pilot up, or that it waits for."""

    blocker: str
    unblock: str
    mover: Role
    code: PilotCode | None = None
    """The attention entry it comes from; None when it follows from the step whose turn it is."""
    step: int = 0


def pilot_why(standing: PilotStanding, pilot: Pilot, policy: Policy, now: dt.datetime) -> tuple[PilotReason, ...]:
    """What holds the pilot up, most pressing first; () when it is over and nothing is left to do.

    `standing` is the pilot's at `now`. Where nothing holds it up, the step whose turn it is says what all wait for.
    """
    if not standing.state.live:
        return ()
    reasons = [_reason(entry, standing, pilot, policy, now) for entry in standing.attention]
    if all(reason.code in NOTES for reason in reasons):
        reasons.insert(0, _waiting(standing, pilot))
    return tuple(reasons)


def _waiting(standing: PilotStanding, pilot: Pilot) -> PilotReason:
    if not pilot.whole:
        return PilotReason(
            blocker="only its list entry is known yet", unblock="open it to read its steps", mover=Role.NOBODY
        )
    step = standing.current
    if step is None:
        return PilotReason(blocker="every step is settled", unblock="close it", mover=Role.COORDINATOR)
    if standing.phase is PilotPhase.RUN and standing.end:
        return PilotReason(
            blocker=f"the service runs until {day_name(standing.end)}",
            unblock="the end of the run, then the post-mortem",
            mover=Role.SITE,
            step=step.number,
        )
    due = f", due on {day_name(step.due)}" if step.due else ""
    who = step.owner or step.lead.value.replace("-", " ")
    return PilotReason(
        blocker=f"step {step.number}, {step.what}, is open{due}",
        unblock=f"its sign-off by {who}",
        mover=step.lead,
        step=step.number,
    )


def _reason(
    entry: PilotAttention, standing: PilotStanding, pilot: Pilot, policy: Policy, now: dt.datetime
) -> PilotReason:
    blocker = entry.text
    if entry.due and entry.code is PilotCode.STEP_OVERDUE:
        days = (now - entry.due).days
        blocker = f"{blocker}, {days} days ago" if days > 1 else blocker
    return PilotReason(
        blocker=blocker,
        unblock=_unblock(entry, standing, pilot, policy),
        mover=entry.mover,
        code=entry.code,
        step=entry.step,
    )


def _unblock(entry: PilotAttention, standing: PilotStanding, pilot: Pilot, policy: Policy) -> str:
    step = standing.step(entry.step)
    who = (step.owner or step.lead.value.replace("-", " ")) if step else ""
    match entry.code:
        case PilotCode.SITES_MISSING:
            return f"ask {level_words(standing.level)}, and name the site"
        case PilotCode.STEP_DUE:
            return f"the sign-off of step {entry.step} by {who}"
        case PilotCode.STEP_OVERDUE | PilotCode.REPORT_OVERDUE:
            sent = f" (last reminded {moment(standing.reminded, policy.zone)})" if standing.reminded else ""
            return f"remind {who}{sent}, or sign it off"
        case PilotCode.REPORT_DUE:
            return f"the post-mortem of {who}"
        case PilotCode.WRAP_UP_DUE if pilot.update is Update.MINOR:
            return "put it on the agenda of the EMT, then sign the wrap-up off"
        case _:
            return REMEDIES[entry.code]


REMEDIES = {
    PilotCode.LEVEL_MISSING: "ask the site to commit itself, or leave it a volunteer",
    PilotCode.DATES_WRONG: "correct the days of its steps",
    PilotCode.START_MISSING: "agree with the sites on a day, and enter it",
    PilotCode.STEP_FAILED: "repeat the step, roll back, or cancel the pilot",
    PilotCode.STEP_SKIPPED: "sign it off, or mark it as skipped with a reason",
    PilotCode.RUN_ENDING: "prolong the run with a reason, or let it end",
    PilotCode.RUN_OVER: "sign the run off, or prolong it with a reason",
    PilotCode.FEEDBACK_DUE: "the word of the VOs, for the wrap-up",
    PilotCode.WRAP_UP_DUE: "hold the wrap-up, then sign it off",
    PilotCode.OBJECTIVES_MISSING: "enter measurable objectives and how success is measured",
    PilotCode.DOCUMENTATION_MISSING: "enter where the documentation is, or ask the developers for it",
    PilotCode.READY_TO_CLOSE: "close it with its assessment, or prolong it",
    PilotCode.CONFLICT: "look at the newer change, then retry or discard your action",
}
