"""What follows from a pilot's facts: its state, its days, what needs attention and whose move it is (DOMAIN §5).

The one door for everybody outside the rules, as `ppstui.rules.rollouts` is for rollouts: the words are declared in
`standings`, the workflow in `workflow`, the days reckoned in `reckoning`. What a command would do is in `commands`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import EndKind, Level, Role
from ppstui.rules.attention import RANK
from ppstui.rules.horizon import Horizon, over
from ppstui.rules.pilots import workflow
from ppstui.rules.pilots.attention import NOTES, attend
from ppstui.rules.pilots.reckoning import last_settled, phase_of, reckon, step_standings, stretches
from ppstui.rules.pilots.standings import (
    PILOT_EXPLAINED,
    PilotAttention,
    PilotCode,
    PilotPhase,
    PilotStanding,
    PilotState,
    StepStanding,
    Stretch,
)
from ppstui.rules.pilots.workflow import level_needed, level_of, level_words, run_end, usual_update
from ppstui.rules.registry import holds_level

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from ppstui.model import Commitment, Pilot
    from ppstui.rules.pilots.reckoning import Days
    from ppstui.rules.policy import Policy

__all__ = [
    "PILOT_EXPLAINED",
    "PilotAttention",
    "PilotCode",
    "PilotPhase",
    "PilotStanding",
    "PilotState",
    "StepStanding",
    "Stretch",
    "level_needed",
    "level_of",
    "level_words",
    "pilot_codes",
    "pilot_standing",
    "pilot_urgency",
    "run_end",
    "usual_update",
]

_ENDED = {
    EndKind.CLOSED: PilotState.CLOSED,
    EndKind.ROLLED_BACK: PilotState.ROLLED_BACK,
    EndKind.CANCELLED: PilotState.CANCELLED,
}
_AFTER = {
    0: PilotState.REQUESTED,
    workflow.REQUEST: PilotState.REQUESTED,
    workflow.PRESCREEN: PilotState.PRESCREEN,
    workflow.INSTRUCT: PilotState.INSTRUCTED,
    workflow.ORGANISE: PilotState.KICKOFF_PLANNED,
    workflow.KICK_OFF: PilotState.KICKED_OFF,
    workflow.SET_UP: PilotState.RUNNING,
    workflow.RUN: PilotState.REPORTING,
    workflow.POST_MORTEM: PilotState.WRAPUP,
    workflow.WRAP_UP: PilotState.WRAPUP,
}


def pilot_standing(
    pilot: Pilot, policy: Policy, now: dt.datetime, commitments: Sequence[Commitment] | None = None
) -> PilotStanding:
    """Says where a pilot stands at `now` (aware); it stands so until `changes_at` while the facts stay the same.

    `commitments` are those of the registry, None when no registry was asked: then nothing is said about levels. Of a
    pilot that is not whole only its state and its days are known, as far as its columns say. Raises UsageError when the
    calendar has no working day.
    """
    horizon = Horizon(now)
    days = reckon(pilot, policy)
    steps = step_standings(pilot, days, policy, horizon)
    level = level_of(pilot)
    so_far = PilotStanding(
        ref=pilot.ref,
        state=_state(pilot, steps, days, policy, horizon),
        phase=phase_of(pilot, steps),
        level=level,
        start=days.start,
        started=days.started,
        setup_due=days.setup_due,
        run_start=days.run_start,
        first_end=days.first_end,
        end=days.end,
        feedback_due=days.feedback_due,
        report_due=days.report_due,
        weeks=workflow.weeks_of(pilot, policy),
        prolonged=days.prolonged,
        prolonged_reason=days.reason,
        steps=steps,
        stretches=stretches(pilot, days, steps),
        volunteers=_volunteers(pilot, level, days, commitments),
        reminded=_reminded(pilot),
    )
    entries = attend(so_far, pilot, days, policy, horizon)
    return structs.replace(so_far, attention=entries, mover=_mover(so_far, entries), changes_at=horizon.changes_at)


def _state(pilot: Pilot, steps: tuple[StepStanding, ...], days: Days, policy: Policy, horizon: Horizon) -> PilotState:
    """DOMAIN §5.1: named by the last step that is settled; the mirror only matters once set-up has begun."""
    if pilot.ending:
        return _ENDED[pilot.ending.how]
    last = last_settled(steps)
    if last == workflow.begin_step(pilot.update):
        mirror = next((step for step in steps if step.number == workflow.MIRROR), None)
        return PilotState.SETUP if mirror is None or mirror.settled else _AFTER[last]
    if last == workflow.SET_UP and days.prolonged and days.first_end:
        return PilotState.PROLONGED if horizon.reached(over(days.first_end, policy.zone)) else PilotState.RUNNING
    return _AFTER.get(last, PilotState.WRAPUP)


def _mover(so_far: PilotStanding, entries: tuple[PilotAttention, ...]) -> Role:
    if not so_far.state.live:
        return Role.NOBODY
    first = next((entry.mover for entry in entries if entry.code not in NOTES), None)
    current = so_far.current
    return first or (current.lead if current else Role.COORDINATOR)


def _volunteers(pilot: Pilot, level: Level, days: Days, commitments: Sequence[Commitment] | None) -> tuple[str, ...]:
    if commitments is None or level is Level.NONE:
        return ()
    return tuple(
        site for site in pilot.sites if not holds_level(site, level, commitments, days.run_start or days.start)
    )


def _reminded(pilot: Pilot) -> dt.datetime | None:
    sent = (each.at for each in pilot.messages if any(mark.startswith("remind-") for mark in each.marks))
    return max(sent, default=None)


def pilot_urgency(standing: PilotStanding, now: dt.datetime) -> float:
    """The board's order; smaller presses more: severity first, then the due time, or how long it has been so.

    Live pilots without attention come after those with any, the sooner to end the earlier; ended ones last of all.
    """
    if not standing.state.live:
        return 5 * _BAND
    if not standing.attention:
        return 4 * _BAND + (standing.end.toordinal() if standing.end else _BAND / 2)
    first = standing.attention[0]
    at = first.due or (min(first.since, now) if first.since else None)
    seconds = at.timestamp() if at else _BAND - 1
    return RANK[first.severity] * _BAND + min(max(seconds, 0.0), _BAND - 1)


_BAND = 1e11
"""As in `rules.rollouts`: both kinds of numbers compare."""


def pilot_codes() -> tuple[tuple[str, str], ...]:
    """Every attention code of pilots with its explanation: a table for help."""
    return tuple((code.value, PILOT_EXPLAINED[code]) for code in PilotCode)
