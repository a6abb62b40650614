"""How well early-adopter teams answer, and whom to think of for a rollout: a proposal, never a choice (DOMAIN §15)."""

from __future__ import annotations

import datetime as dt
import statistics
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Answer, Level
from ppstui.rules import clocks
from ppstui.rules.horizon import day_name
from ppstui.rules.registry import committed_parties, covers, described
from ppstui.rules.standings import TeamStanding, TeamState
from ppstui.rules.teams import calendar_of, team_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ppstui.model import Rollout
    from ppstui.rules.policy import Policy
    from ppstui.rules.registry import Product, Registry
    from ppstui.rules.standings import Standing

_OPEN = frozenset(
    {
        TeamState.NOTIFIED,
        TeamState.ACK_OVERDUE,
        TeamState.ACCEPTED,
        TeamState.TESTING,
        TeamState.EXPOSING,
        TeamState.REPORT_MISSING,
    }
)
"""What a team still has to do something about."""


class TeamHealth(Struct, frozen=True, kw_only=True):
    """What the rollouts of the board say about one team."""

    team: str
    asked: int = 0
    accepted: int = 0
    declined: int = 0
    last_answered: dt.datetime | None = None
    median_response: dt.timedelta | None = None
    """From being told to answering, in working time; None while it never answered."""
    open_items: int = 0
    """Live rollouts on which it still has something to do."""
    unanswered: int = 0
    """How many calls in a row it let pass up to now; a call whose time runs still counts for nothing."""


class _Call(Struct, frozen=True):
    """One time that a team was asked."""

    team: TeamStanding
    live: bool

    @property
    def passed(self) -> bool:
        """Whether it was not answered though it should have been."""
        return self.team.answer is None and (self.team.late or not self.live)


def team_health(board: Iterable[tuple[Rollout, Standing]], policy: Policy) -> dict[str, TeamHealth]:
    """The health of every team that was ever asked, by `team_key`; what is not whole is passed over."""
    calls: dict[str, list[_Call]] = {}
    for rollout, standing in board:
        if rollout.whole:
            for team in standing.teams:
                if team.assigned:
                    calls.setdefault(team_key(team.team), []).append(_Call(team, rollout.phase.live))
    return {name: _health(found, policy) for name, found in calls.items()}


def _health(calls: list[_Call], policy: Policy) -> TeamHealth:
    calls.sort(key=lambda call: call.team.notified or _EVER)
    answered = [call.team.answered for call in calls if call.team.answered]
    times = [time.total_seconds() for call in calls if (time := _response(call.team, policy)) is not None]
    unanswered = 0
    for call in reversed(calls):
        if call.team.answer is not None:
            break
        unanswered += call.passed
    return TeamHealth(
        team=calls[-1].team.team,
        asked=len(calls),
        accepted=sum(call.team.answer is Answer.ACCEPT for call in calls),
        declined=sum(call.team.answer is Answer.REJECT for call in calls),
        last_answered=max(answered, default=None),
        median_response=dt.timedelta(seconds=statistics.median(times)) if times else None,
        open_items=sum(call.live and call.team.state in _OPEN for call in calls),
        unanswered=unanswered,
    )


_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def _response(team: TeamStanding, policy: Policy) -> dt.timedelta | None:
    if team.notified is None or team.answered is None:
        return None
    time = clocks.working_time_between(team.notified, team.answered, policy.zone, calendar_of(team, policy))
    return max(time, dt.timedelta(0))


class Proposal(Struct, frozen=True, kw_only=True):
    """A team to think of, and what speaks for or against it."""

    team: str
    committed: bool
    reasons: tuple[str, ...]
    """In plain words, what decided first."""


def propose(
    product: Product,
    teams: Sequence[str],
    assigned: Sequence[str],
    registry: Registry,
    health: dict[str, TeamHealth],
    policy: Policy,
    on: dt.date,
) -> tuple[Proposal, ...]:
    """The teams that could take a rollout, likeliest first; a person chooses.

    Committed teams come first, then those that answer, then those with least to do, then the quickest. Teams that are
    assigned already, and partners that are no longer active, are left out; `teams` are all that are known.
    """
    committed = {team_key(party): party for party in committed_parties(product, registry, on)}
    gone = {team_key(partner.name) for partner in registry.partners if not partner.active}
    out = gone | {team_key(team) for team in assigned}
    names = {team_key(team): team for team in teams} | committed
    ranked = sorted(
        (name for name in names if name not in out),
        key=lambda name: (name not in committed, *_fitness(health.get(name)), name),
    )
    return tuple(
        Proposal(
            team=names[name],
            committed=name in committed,
            reasons=_reasons(name, product, registry, health.get(name), policy),
        )
        for name in ranked
    )


def _fitness(health: TeamHealth | None) -> tuple[int, int, float]:
    """Smaller is fitter; a team that was never asked is idle, and slower than any that answered."""
    if health is None:
        return 0, 0, float("inf")
    slow = health.median_response.total_seconds() if health.median_response is not None else float("inf")
    return health.unanswered, health.open_items, slow


def _reasons(
    name: str, product: Product, registry: Registry, health: TeamHealth | None, policy: Policy
) -> tuple[str, ...]:
    words = [
        f"committed to {described(each)}"
        for each in registry.commitments
        if each.level is Level.NONE and team_key(each.party) == name and covers(each, product)
    ][:1]
    if health is None:
        return (*words, "never asked yet")
    if health.unanswered:
        words.append(f"silent {health.unanswered} times in a row" if health.unanswered > 1 else "silent the last time")
    if health.open_items:
        words.append(f"{health.open_items} open item" + "s" * (health.open_items != 1))
    if health.median_response is not None:
        hours = round(health.median_response.total_seconds() / 3600)
        words.append(f"answers within {hours} working h" if hours else "answers within the hour")
    if health.last_answered:
        words.append(f"last answered on {day_name(clocks.local_day(health.last_answered, policy.zone))}")
    return tuple(words)
