"""Which deadline stands beside a row: that of whoever is to move, never somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.rules.rollouts import TeamState

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.rules.rollouts import Standing, TeamStanding


def due_of_mover(standing: Standing) -> dt.datetime | None:
    """When whoever is to move next has to, for showing both side by side; None when only others have a deadline."""
    return next((entry.due for entry in standing.attention if entry.due and entry.mover is standing.mover), None)


def due_of_team(standing: Standing, team: TeamStanding) -> dt.datetime | None:
    """When something is due from this team: what needs attention, else its answer; None when nothing is."""
    mine = [entry.due for entry in standing.attention if entry.team == team.team and entry.due]
    waiting = team.state in (TeamState.NOTIFIED, TeamState.ACK_OVERDUE)
    return min(mine) if mine else team.due if waiting else None
