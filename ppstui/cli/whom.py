"""Which teams are meant: by whole name, without `ea-`, in another case, or by the site alone where that is one team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.cli.wording import wrong
from ppstui.rules.answers import match_team
from ppstui.rules.names import known_ngi, read_team, team_of
from ppstui.rules.teams import team_key

if TYPE_CHECKING:
    from ppstui.cli.office import Office
    from ppstui.model import Ref, Rollout


def named(office: Office, ref: Ref, rollout: Rollout) -> tuple[str, ...]:
    """The teams of `--team` and of the reference, as the rollout spells them. Raises UsageError."""
    teams = [team.team for team in office.standing(rollout).teams]
    found: dict[str, None] = {}
    for name in [*office.options.team, *([ref.part] if ref.part else [])]:
        team, odd = match_team(name, teams, office.roster())
        if not team:
            known = ", ".join(teams) or "none"
            raise wrong(office, f"{name[:80]!r} is no team of {rollout.ref}: {odd}; its teams are {known}")
        found[team] = None
    return tuple(found)


def full(name: str) -> bool:
    """Whether the name can be taken as it is, without a roster."""
    return name[:3].casefold() == "ea-"


def to_assign(office: Office, ref: Ref, rollout: Rollout) -> tuple[str, ...]:
    """The full names of the teams to be chosen, each once. Raises UsageError."""
    wanted = [*office.options.team, *([ref.part] if ref.part else [])]
    return tuple(dict.fromkeys(_to_assign(office, rollout, name) for name in wanted))


def _to_assign(office: Office, rollout: Rollout, name: str) -> str:
    """The full name of a team to be chosen: from the roster by any of its names, else a full name as it is.

    Raises UsageError when a short name fits no team or several.
    """
    assigned = [assignment.team for assignment in rollout.assignments]
    roster = [*assigned, *(team for team in office.roster() if team_key(team) not in set(map(team_key, assigned)))]
    team, odd = match_team(name, roster)
    if team and team_key(team) in set(map(team_key, roster)):
        return team
    if full(name):
        return name
    if team and known_ngi(read_team(team_of(name), roster).ngi, roster):
        return team
    raise wrong(office, f"{name[:80]!r} is no team that is known here ({odd}); write ea-<NGI>-<Site-name>")


def to_remove(office: Office, rollout: Rollout) -> tuple[str, ...]:
    """The teams of `--remove`, as the rollout spells them; what is none of its teams stays as it was written."""
    assigned = [assignment.team for assignment in rollout.assignments]
    return tuple(dict.fromkeys(match_team(name, assigned)[0] or name for name in office.options.remove))
