"""Reminders of a rollout that stand on another record: one digest to a team goes to one of those it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Kind
from ppstui.rules.reminders import reminded_in
from ppstui.rules.teams import team_key

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.desk.board import Board
    from ppstui.model import Remind


def digested(board: Board, command: Remind) -> tuple[tuple[str, dt.datetime], ...]:
    """When the teams of a reminder were reminded of its rollout by messages on other records of its source.

    Only live records on which one of these teams is to be found are looked into: a digest stands on one of them.
    """
    rollout = board.rollout(command.target)
    if rollout is None:
        return ()
    teams = [team_key(team) for team in command.teams]
    elsewhere = (
        board.rollout(line.ref)
        for line in board.lines(Kind.ROLLOUT)
        if line.ref.source == rollout.ref.source
        and line.ref != rollout.ref
        and any(team in line.text for team in teams)
    )
    return reminded_in(rollout, (other for other in elsewhere if other is not None))
