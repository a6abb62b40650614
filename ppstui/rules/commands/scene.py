"""What a command finds: the rollout, its teams and its source, and what of it the command would really change."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import Exposure, Objection
from ppstui.rules.answers import match_team
from ppstui.rules.rollouts import standing
from ppstui.rules.teams import team_key
from ppstui.rules.tracker import Tracker

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from ppstui.model import Assign, Document, Resolve, Rollout, SetField
    from ppstui.rules.policy import Policy
    from ppstui.rules.rollouts import Standing, TeamStanding

PROCESS = Tracker()
"""The ways of a source that nobody described."""


class Scene:
    """One rollout at one instant, as a command is held against it; what follows from it is worked out once."""

    def __init__(
        self,
        rollout: Rollout,
        policy: Policy,
        now: dt.datetime,
        tracker: Tracker = PROCESS,
        reminded: Sequence[tuple[str, dt.datetime]] = (),
    ) -> None:
        """`reminded`: which teams were reminded of this rollout when, by messages on other records."""
        self.rollout, self.policy, self.now, self.tracker, self.reminded = rollout, policy, now, tracker, reminded

    @cached_property
    def standing(self) -> Standing:
        """Where the rollout stands, as far as what is known of it tells."""
        return standing(structs.replace(self.rollout, whole=True), self.policy, self.now)

    @property
    def teams(self) -> tuple[TeamStanding, ...]:
        """Its teams, those that nobody chose among them."""
        return self.standing.teams

    def team(self, written: str) -> TeamStanding | None:
        """The team that is meant, as an answering line would be understood; None when the rollout knows none such."""
        names = [team.team for team in self.teams if team.assigned]
        name, _ = match_team(written, names, self.policy.roster)
        return next((team for team in self.teams if team_key(team.team) == team_key(name or written)), None)


def stop(rule: str, text: str, *, overridable: bool = False) -> Objection:
    """An objection that stops the command; `overridable` by a reason."""
    return Objection(rule=rule, text=text, overridable=overridable)


def warn(rule: str, text: str) -> Objection:
    """An objection that is shown and stops nothing."""
    return Objection(rule=rule, text=text, blocking=False)


def odd(text: str) -> bool:
    """Whether it holds what is no text on a line: line breaks, controls."""
    return bool(text) and not text.isprintable()


def status_of(rollout: Rollout) -> str:
    """Its status in its source's word."""
    return rollout.status or rollout.phase.value


def teams_changed(command: Assign, rollout: Rollout) -> tuple[list[str], list[str]]:
    """The teams that really come and go: the first as they were asked for, the second as the rollout spells them."""
    assigned = {team_key(assignment.team): assignment.team for assignment in rollout.assignments}
    fresh = {team_key(team): team.strip() for team in command.add if team_key(team) not in {"", *assigned}}
    out = {team_key(team) for team in command.remove} - {team_key(team) for team in command.add}
    return list(fresh.values()), [team for name, team in assigned.items() if name in out]


def said_of_exposure(exposures: Iterable[Exposure], team: str) -> Exposure:
    """What was said of a team's exposure, over what was said of all; of `team` "" only what was said of all."""
    said = tuple(exposures)
    start = until = None
    reason = ""
    for wanted in ("", team_key(team)) if team else ("",):
        for each in said:
            if (team_key(each.team) if each.team else "") == wanted:
                start = each.start or start
                if each.until:
                    until, reason = each.until, each.reason
    return Exposure(team=team, start=start, until=until, reason=reason)


def values_of(rollout: Rollout, name: str) -> tuple[str, ...]:
    """The values of a further field; a source tells several as one text with commas, or one by one."""
    values: list[str] = []
    for field, value in rollout.fields:
        if field.casefold() == name.strip().casefold():
            values += [part.strip() for part in value.split(", ") if part.strip()]
    return tuple(dict.fromkeys(values))


def values_after(command: SetField, rollout: Rollout) -> tuple[str, ...]:
    """The values that the field has once the command went through; their order is the source's affair."""
    now = values_of(rollout, command.name)
    if command.values is None:
        out = {value.strip() for value in command.remove}
        wanted = [*(value for value in now if value not in out), *command.add]
    else:
        wanted = [*command.values, *command.add]
    after = tuple(dict.fromkeys(value.strip() for value in wanted if value.strip()))
    return now if set(after) == set(now) else after


def names_document(command: Document | Resolve) -> bool:
    """Whether it says which document; a `Resolve` that does not leaves what the record has."""
    return bool(command.document.strip() or command.url.strip())
