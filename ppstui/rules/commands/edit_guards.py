"""What stands against plain edits: due day, owner, status, further fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Objection, SetDue, SetField, SetOwner, SetStatus
from ppstui.rules import clocks
from ppstui.rules.commands.closing_guards import against_status
from ppstui.rules.commands.scene import odd, status_of, stop, values_after, values_of, warn
from ppstui.rules.horizon import day_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.rules.commands.scene import Scene


def against(command: SetDue | SetOwner | SetStatus | SetField, scene: Scene) -> Iterator[Objection]:
    """The rules that stand against it."""
    match command:
        case SetDue():
            return _against_due(command, scene)
        case SetOwner():
            return _against_owner(command, scene)
        case SetStatus():
            return _against_status(command, scene)
        case SetField():
            return _against_field(command, scene)


def _against_due(command: SetDue, scene: Scene) -> Iterator[Objection]:
    if command.due == scene.rollout.due:
        said = day_name(command.due) if command.due else "not set"
        yield stop("idle", f"the due day is {said} already; there is nothing to do")
    elif command.due and command.due < clocks.local_day(scene.now, scene.policy.zone):
        yield warn("date", f"{day_name(command.due)} is past; it will be late from the start")


def _against_owner(command: SetOwner, scene: Scene) -> Iterator[Objection]:
    owner = command.owner.strip()
    if odd(owner):
        yield stop("owner", f"{owner[:80]!r} is no account's name; write it as the source does")
    elif owner.casefold() == scene.rollout.owner.strip().casefold():
        yield stop("idle", f"the owner is {owner or 'nobody'} already; there is nothing to do")


def _against_status(command: SetStatus, scene: Scene) -> Iterator[Objection]:
    word = command.status.strip()
    if not word or odd(word):
        yield stop("empty", "no status is named; write it as the source does")
    elif word.casefold() == status_of(scene.rollout).casefold():
        yield stop("idle", f"the status is {status_of(scene.rollout)} already; there is nothing to do")
    elif scene.tracker.phase(word) is None:
        yield warn(
            "status-unknown", f"{word[:80]} is no status that is known here; the source decides whether it is one"
        )
    else:
        yield from against_status(command, scene)


def _against_field(command: SetField, scene: Scene) -> Iterator[Objection]:
    name = command.name.strip()
    given = [*(command.values or ()), *command.add, *command.remove]
    both = {value.strip() for value in command.add} & {value.strip() for value in command.remove}
    if not name or odd(name):
        yield stop("empty", "no field is named; write its name as the source does")
    elif command.values is None and not any(value.strip() for value in given):
        yield stop("empty", f"nothing is said about {name}; give its values, or what to add or to remove")
    elif any(odd(value.replace("\n", "")) for value in given):
        yield stop("value", f"a value of {name} holds what cannot be printed; write it anew")
    elif both:
        yield stop("contradiction", f"{min(both)} is to be added and removed at once; decide for one")
    elif values_after(command, scene.rollout) == values_of(scene.rollout, name):
        yield stop("idle", f"{name} is so already; there is nothing to do")
