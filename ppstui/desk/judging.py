"""What a record is worth on the board: its place by the rules, and how it looks with what is pending laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

import ppstui
from ppstui.model import Rollout, State, command_name
from ppstui.rules import commands
from ppstui.rules.rollouts import Attention, Code, Mover, Severity, standing, urgency
from ppstui.store import Place

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from ppstui.model import Entry, Record, Team
    from ppstui.rules.policy import Policy
    from ppstui.rules.rollouts import Standing

_UNDER_WAY = (State.WAITING, State.SENDING, State.HELD)


def place(record: Record, policy: Policy, now: dt.datetime, entries: Iterable[Entry] = ()) -> Place:
    """Where the record stands at `now`; `entries` are those of the outbox that are about it."""
    if isinstance(record, Rollout):
        found = with_conflicts(standing(record, policy, now), entries)
        return Place(record.phase.live, urgency(found, now), found.changes_at, _folded(_words(record, found)))
    return Place(record.active, 0.0, None, _folded(_team_words(record)))


def overlaid(rollout: Rollout, entries: Iterable[Entry], policy: Policy) -> Rollout:
    """The rollout as it will look once these entries have gone through; `entries` in any order.

    Parked ones are left out: a server that refused does not have them, and showing them as done would hide what is
    still to do. An entry whose mark is on the record already has had its effect.
    """
    for entry in sorted(entries, key=lambda entry: entry.id):
        seen = any(entry.key in message.marks for message in rollout.messages)
        if entry.state in _UNDER_WAY and not seen:
            rollout = commands.preview(entry.command, rollout, policy, entry.asked_at, entry.by, entry.key)
    return rollout


def with_conflicts(found: Standing, entries: Iterable[Entry]) -> Standing:
    """The standing with what a newer change on the server stopped: nothing presses more (SURFACE §3, `conflict`).

    Also on a closed rollout it is then the coordinator's move: the entry waits, and holds up all that come after it.
    """
    stopped = sorted((each for each in entries if each.conflict and each.state is State.PARKED), key=lambda one: one.id)
    if not stopped:
        return found
    conflicts = tuple(
        Attention(
            code=Code.CONFLICT,
            severity=Severity.BLOCKED,
            text=f"{command_name(entry.command)} (entry {entry.id}) met a newer change on the server",
            mover=Mover.COORDINATOR,
        )
        for entry in stopped
    )
    return msgspec.structs.replace(found, attention=(*conflicts, *found.attention), mover=Mover.COORDINATOR)


def stamp(policy: Policy) -> str:
    """Changes when stored places must be judged anew: other deadlines, other holidays, another version."""
    import hashlib  # 1 ms, and not before the first frame

    text = msgspec.json.encode(policy, enc_hook=str, order="deterministic")
    return hashlib.sha256(ppstui.__version__.encode() + text).hexdigest()


def _words(rollout: Rollout, found: Standing) -> Iterator[str]:
    yield from (str(rollout.ref), rollout.title, rollout.status, rollout.owner, rollout.outcome, rollout.document)
    yield from (found.stage.value, found.mover.value, found.title.problem)
    if rollout.parent is not None:
        yield from (str(rollout.parent.ref), rollout.parent.title)
    for team in found.teams:
        yield from (team.team, team.state.value)
    for entry in found.attention:
        yield from (entry.code.value, entry.severity.value, entry.text)
    for name, value in rollout.fields:
        yield from (name, value)


def _team_words(team: Team) -> Iterator[str]:
    yield from (str(team.ref), team.name, team.ngi, team.site, team.contact, *team.components)


def _folded(words: Iterable[str]) -> str:
    """One text to search; each word once, on a line of its own, so that no match runs from one into the next."""
    return "\n".join(dict.fromkeys(word.casefold() for word in words if word))
