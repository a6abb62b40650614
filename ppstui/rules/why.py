"""Why a rollout stands still: what blocks it, whose move it is, what would unblock it (SURFACE §1, `why`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.rules.horizon import moment
from ppstui.rules.names import report_name, short, team_of
from ppstui.rules.standings import Code, Mover, Severity, Stage

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.model import Rollout
    from ppstui.rules.policy import Policy
    from ppstui.rules.standings import Attention, Standing


class Reason(Struct, frozen=True, kw_only=True):
    """One thing that holds a rollout up."""

    blocker: str
    """What blocks it, with its deadline in the desk's zone."""
    unblock: str
    """What would unblock it: what to do, or what to wait for."""
    mover: Mover
    code: Code | None = None
    """The attention entry it comes from; None when it follows from the stage alone."""
    team: str = ""


def why(standing: Standing, rollout: Rollout, policy: Policy, now: dt.datetime) -> tuple[Reason, ...]:
    """What holds the rollout up, most pressing first; () when it is closed and nothing is left to do.

    `standing` is the rollout's at `now`. Where nothing needs attention the stage says what everybody waits for.
    """
    reasons = [_reason(entry, standing, rollout, policy, now) for entry in standing.attention]
    waiting = _WAITING.get(standing.stage)
    if waiting and all(reason.code in _BESIDE for reason in reasons):
        blocker, unblock, mover = waiting if rollout.whole else _UNREAD
        reasons.insert(0, Reason(blocker=blocker, unblock=unblock, mover=mover))
    return tuple(reasons)


_BESIDE = frozenset({Code.TITLE_UNPARSED, Code.LINKS_MISSING, Code.PARENT_OUT_OF_STEP, Code.EXPOSURE_SHORT})
"""Entries that hold nothing up."""

_UNREAD = ("only its list entry is known yet", "open it to read its messages and history", Mover.NOBODY)

_WAITING = {
    Stage.NEW_UNASSIGNED: ("no team is chosen", "assign early-adopter teams", Mover.COORDINATOR),
    Stage.AWAITING_ACK: ("no team has accepted yet", "an answer of an assigned team", Mover.EARLY_ADOPTER),
    Stage.NO_EA: ("no team takes part", "poll the early-adopters list and assign another team", Mover.COORDINATOR),
    Stage.TESTING: (
        "the teams that accepted are testing",
        "their word that the service is in production, then their reports",
        Mover.EARLY_ADOPTER,
    ),
    Stage.EXPOSURE: (
        "the new version is exposed to production load",
        "the end of the exposure, then the reports",
        Mover.EARLY_ADOPTER,
    ),
    Stage.REPORTS_DUE: ("reports are missing", "the reports of the teams that accepted", Mover.EARLY_ADOPTER),
    Stage.READY_TO_CLOSE: ("nobody closed it yet", "set outcome and document, then resolve it", Mover.COORDINATOR),
    Stage.STALLED: ("it is on hold in its tracker", "open it again", Mover.COORDINATOR),
}


def _reason(entry: Attention, standing: Standing, rollout: Rollout, policy: Policy, now: dt.datetime) -> Reason:
    blocker = entry.text
    if entry.due:
        verb = "was due on" if now > entry.due else "due on"
        blocker = f"{blocker}, {verb} {moment(entry.due, policy.zone)}"
    return Reason(
        blocker=blocker,
        unblock=_unblock(entry, standing, rollout, policy),
        mover=entry.mover,
        code=entry.code,
        team=entry.team,
    )


def _unblock(entry: Attention, standing: Standing, rollout: Rollout, policy: Policy) -> str:
    """What to do about it, with the exact line or name to write where the rule book has one."""
    line = short(team_of(entry.team)) if entry.team else ""
    match entry.code:
        case Code.ACK_DUE:
            return f'the line "accept {line}" or "reject {line}" from the team'
        case Code.ACK_OVERDUE:
            team = next((team for team in standing.teams if team.team == entry.team), None)
            reminded = f" (last reminded {moment(team.reminded, policy.zone)})" if team and team.reminded else ""
            return f"remind the team{reminded}, answer on its behalf, or assign another"
        case Code.UNASSIGNED_VOLUNTEER:
            return f"assign {entry.team}, or tell it that it is not needed"
        case Code.REPORT_MISSING:
            late = entry.severity is Severity.LATE
            name = report_name(entry.team, standing.title, stack=policy.report_stack) if standing.title.parsed else ""
            what = f"the report {name}" if name else "its report"
            return f"remind the team of {what}, or waive it" if late else f"{what} attached to {rollout.ref}"
        case Code.NO_EA if standing.polled:
            asked = moment(standing.polled, policy.zone)
            return f"assign a team that answers the poll (polled on {asked}), or poll the early-adopters list again"
        case Code.PARENT_OUT_OF_STEP:
            return f"set {rollout.parent.ref} right in its tracker" if rollout.parent else "set its parent right"
        case _:
            return _REMEDIES[entry.code]


_REMEDIES = {
    Code.UNASSIGNED: "assign early-adopter teams",
    Code.NO_EA: "poll the early-adopters list and assign another team",
    Code.EXPOSURE_SHORT: "decide whether so short an exposure is enough",
    Code.EXPOSURE_ENDING: "extend the exposure, or wait for the report",
    Code.EXPOSURE_OVER: "extend the exposure with a reason, or ask for the report",
    Code.REPORT_MISNAMED: "attach the report under the right name",
    Code.OUTCOME_MISSING: "set the outcome to ACCEPT or REJECT",
    Code.DOCUMENT_MISSING: "register the reports as a document and name it here",
    Code.LINKS_MISSING: "link what is missing, or ask the technology provider for it",
    Code.INCIDENT_OPEN: "an answer on the incident ticket",
    Code.BETA_LEFT: "clear the beta flag of the service",
    Code.READY_TO_CLOSE: "set outcome and document, then resolve it",
    Code.CONFLICT: "look at the newer change, then apply your action anyway, keep only its comment, or discard it",
    Code.TITLE_UNPARSED: "correct the title in the tracker",
    Code.STALLED: "open it again in its tracker",
}
