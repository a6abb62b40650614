"""What a command would do, what stands against it, what takes it back; pure, so dry run and preview cannot differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.model import Command, Objection, Rollout
    from ppstui.rules.policy import Policy


class Effect(Struct, frozen=True, kw_only=True):
    """One thing that would change, before and after, as a person reads it."""

    what: str
    before: str
    after: str


def objections(command: Command, rollout: Rollout | None, policy: Policy, now: dt.datetime) -> tuple[Objection, ...]:
    """The rules that stand against the command now, blocking ones first; () when it may go."""
    raise NotImplementedError


def effects(command: Command, rollout: Rollout | None, policy: Policy, now: dt.datetime) -> tuple[Effect, ...]:
    """The exact effect, in the order in which it will happen; () when nothing would change."""
    raise NotImplementedError


def preview(command: Command, rollout: Rollout, policy: Policy, now: dt.datetime, by: str, key: str) -> Rollout:
    """The rollout as it will look, for showing a pending action on the board before the server has it."""
    raise NotImplementedError


def reverse(command: Command, before: Rollout) -> Command | None:
    """The command that takes it back once it has happened, given what was there before; None when nothing can."""
    raise NotImplementedError


def draft(command_name: str, rollout: Rollout, teams: tuple[str, ...], policy: Policy, now: dt.datetime) -> str:
    """The text a person starts from: the reminder to these teams, saying what each owes and since when."""
    raise NotImplementedError
