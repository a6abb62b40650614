"""What follows from a rollout's facts: its stage, its teams' states, what needs attention and whose move it is.

The one door for everybody outside the rules: the words are declared in `standings`, read here from the facts.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import Outcome, Phase
from ppstui.rules.attention import RANK, attend, outcome_of
from ppstui.rules.horizon import Horizon
from ppstui.rules.references import incidents, links
from ppstui.rules.standings import (
    EXPLAINED,
    Attention,
    Code,
    ExposureStanding,
    LinksStanding,
    Mover,
    ReportStanding,
    Severity,
    Stage,
    Standing,
    TeamStanding,
    TeamState,
)
from ppstui.rules.teams import Window, polled, team_standings, window
from ppstui.rules.titles import TitleStanding, read_title

if TYPE_CHECKING:
    from ppstui.model import Rollout
    from ppstui.rules.policy import Policy

__all__ = [
    "EXPLAINED",
    "Attention",
    "Code",
    "ExposureStanding",
    "LinksStanding",
    "Mover",
    "ReportStanding",
    "Severity",
    "Stage",
    "Standing",
    "TeamStanding",
    "TeamState",
    "TitleStanding",
    "attention_codes",
    "standing",
    "urgency",
]

_CLOSED = frozenset({Stage.CLOSED_ACCEPT, Stage.CLOSED_REJECT, Stage.CLOSED})
_PENDING = frozenset({TeamState.NOTIFIED, TeamState.ACK_OVERDUE})
_NOTES = frozenset({Code.TITLE_UNPARSED, Code.LINKS_MISSING, Code.EXPOSURE_SHORT, Code.PARENT_OUT_OF_STEP})
"""Entries that are worth knowing and hold nothing up: they do not decide whose move it is."""

_MOVERS = {
    Stage.NEW_UNASSIGNED: Mover.COORDINATOR,
    Stage.AWAITING_ACK: Mover.EARLY_ADOPTER,
    Stage.NO_EA: Mover.COORDINATOR,
    Stage.TESTING: Mover.EARLY_ADOPTER,
    Stage.EXPOSURE: Mover.EARLY_ADOPTER,
    Stage.REPORTS_DUE: Mover.EARLY_ADOPTER,
    Stage.READY_TO_CLOSE: Mover.COORDINATOR,
    Stage.STALLED: Mover.COORDINATOR,
}


def standing(rollout: Rollout, policy: Policy, now: dt.datetime) -> Standing:
    """Says where a rollout stands at `now` (aware); it stands so until `changes_at` while the facts stay the same.

    A rollout that is not whole (only the list columns are known) gets what they can say: the title, a stage from its
    phase alone (NEW reads as new-unassigned, OPEN as awaiting-ack, the nearest names there are), no team, no clock, and
    nobody whose move it is. Raises UsageError when a calendar of the policy has no working day.
    """
    title = read_title(rollout.title, policy.stacks)
    horizon = Horizon(now)
    if not rollout.whole:
        bare = Standing(ref=rollout.ref, title=title, stage=_bare_stage(rollout))
        return structs.replace(bare, attention=attend(bare, rollout, policy, horizon))
    teams, unclaimed = team_standings(rollout, title, policy, horizon)
    so_far = Standing(
        ref=rollout.ref,
        title=title,
        stage=_stage(rollout, teams),
        teams=teams,
        unclaimed=unclaimed,
        exposure=_exposure(rollout, teams, policy),
        links=links(rollout),
        incidents=incidents(rollout),
        polled=polled(rollout.messages),
    )
    entries = attend(so_far, rollout, policy, horizon)
    first = next((entry.mover for entry in entries if entry.code not in _NOTES), None)
    mover = Mover.NOBODY if so_far.stage in _CLOSED else first or _MOVERS[so_far.stage]
    return structs.replace(so_far, attention=entries, mover=mover, changes_at=horizon.changes_at)


def urgency(standing: Standing, now: dt.datetime) -> float:
    """The board's order; smaller presses more: severity first, then the due time (or how long it has been so).

    Live rollouts without attention come after those with any, closed ones last of all. Computed at different instants
    the numbers still compare: `now` only catches a source whose clock runs ahead.
    """
    if standing.stage in _CLOSED:
        return 5 * _BAND
    if not standing.attention:
        return 4 * _BAND
    first = standing.attention[0]
    at = first.due or (min(first.since, now) if first.since else None)
    seconds = at.timestamp() if at else _BAND - 1
    return RANK[first.severity] * _BAND + min(max(seconds, 0.0), _BAND - 1)


_BAND = 1e11
"""Wider than any instant in seconds that the next millennium names, small enough for a float to tell milliseconds."""


def attention_codes() -> tuple[tuple[str, str], ...]:
    """Every attention code with its explanation, in the order of SURFACE §3: a table for help."""
    return tuple((code.value, EXPLAINED[code]) for code in Code)


# ------------------------------------------------------------------------------------------------------------- stages


def _bare_stage(rollout: Rollout) -> Stage:
    if not rollout.phase.live:
        return _closed(rollout)
    if rollout.phase is Phase.STALLED:
        return Stage.STALLED
    return Stage.NEW_UNASSIGNED if rollout.phase is Phase.NEW and not rollout.assignments else Stage.AWAITING_ACK


def _closed(rollout: Rollout) -> Stage:
    """Only a resolved rollout has an outcome; `rejected` is a faulty ticket, never the outcome REJECT (DOMAIN §2)."""
    outcome = outcome_of(rollout) if rollout.phase is Phase.RESOLVED else None
    if outcome is None:
        return Stage.CLOSED
    return Stage.CLOSED_ACCEPT if outcome is Outcome.ACCEPT else Stage.CLOSED_REJECT


def _stage(rollout: Rollout, teams: tuple[TeamStanding, ...]) -> Stage:
    """DOMAIN §2, derived.

    Volunteers count for nothing until they are chosen; a silent team past its due time is waited for while nobody
    accepted, and does not hold up closing once somebody did.
    """
    if not rollout.phase.live:
        return _closed(rollout)
    if rollout.phase is Phase.STALLED:
        return Stage.STALLED
    states = [team.state for team in teams if team.assigned]
    if not states:
        return Stage.NEW_UNASSIGNED
    taking_part = [state for state in states if state not in _PENDING and state is not TeamState.REJECTED]
    if not taking_part:
        return Stage.AWAITING_ACK if any(state in _PENDING for state in states) else Stage.NO_EA
    if all(state is TeamState.REPORTED for state in taking_part):
        return Stage.TESTING if TeamState.NOTIFIED in states else Stage.READY_TO_CLOSE
    if TeamState.EXPOSING in taking_part:
        return Stage.EXPOSURE
    busy = TeamState.ACCEPTED in taking_part or TeamState.TESTING in taking_part
    return Stage.TESTING if busy else Stage.REPORTS_DUE


def _exposure(rollout: Rollout, teams: tuple[TeamStanding, ...], policy: Policy) -> ExposureStanding | None:
    """The rollout's exposure from those of the accepted teams; before anybody accepted, from what was said for all."""
    windows = [
        Window(
            start=team.exposure_start,
            end=team.exposure_end,
            assumed=team.exposure_assumed,
            extended=team.exposure_extended,
            reason=team.exposure_reason,
        )
        for team in teams
        if team.exposure_start and team.exposure_end
    ] or [window(rollout, "", None, policy)]
    starts = [each.start for each in windows if each.start]
    if not starts:
        return None
    last = max(windows, key=lambda each: each.end or dt.date.min)
    return ExposureStanding(
        start=min(starts),
        assumed=all(each.assumed for each in windows),
        earliest_end=min(starts) + dt.timedelta(days=max(policy.exposure_minimum, 1) - 1),
        end=last.end or min(starts),
        extended=any(each.extended for each in windows),
        reason=last.reason or next((each.reason for each in windows if each.reason), ""),
    )
