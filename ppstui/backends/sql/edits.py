"""Plain edits of one rollout: its owner, its due day, its status, and further fields."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from ppstui.backends.sql import rows
from ppstui.model import Phase, Rollout
from ppstui.rules.commands.scene import values_after, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.backends.sql.hand import Done, Hand
    from ppstui.model import SetDue, SetField, SetOwner, SetStatus

_GOVERNED: Final = {
    "teams": "assign",
    "outcome": "outcome",
    "document": "document",
    "document_url": "document",
    "exposure": "expose",
    "exposure_start": "expose",
    "exposure_end": "extend",
    "status": "status",
    "owner": "owner",
    "due": "due",
}
"""Fields with an action of their own, which knows what follows from them."""


def own(hand: Hand, command: SetOwner) -> Done:
    """Gives it to somebody; the store knows no accounts, so any name on one line will do."""
    owner = command.owner.strip()
    if not owner.isprintable():
        raise hand.writer.refused("the name of the owner holds what cannot be shown; write it on one line")
    hand.set("owner", owner)
    return hand.done(command.target, f"the owner was {owner or 'nobody'} already")


def fall_due(hand: Hand, command: SetDue) -> Done:
    """Sets its own due day."""
    hand.set("due", command.due)
    return hand.done(command.target, f"it was due {command.due or 'on no day'} already")


def turn(hand: Hand, command: SetStatus) -> Done:
    """Sets the status to one of the process' own words."""
    words = {phase.value: phase for phase in Phase}
    word = command.status.strip().casefold()
    if word not in words:
        near = difflib.get_close_matches(word, list(words), n=1)
        hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(words)}"
        raise hand.writer.refused(f"{command.status[:80]!r} is no status here; {hint}")
    hand.to(words[word])
    return hand.done(command.target, f"the status was {word} already")


def fill(hand: Hand, command: SetField) -> Done:
    """Sets a further field, or adds to and takes from what it holds; a name nobody used before makes a new one."""
    name = command.name.strip()
    if not name or not name.isprintable():
        raise hand.writer.refused(f"{command.name[:80]!r} names no field; write its name on one line")
    action = _GOVERNED.get(name.casefold().replace(" ", "_"))
    if action:
        raise hand.writer.refused(f"{name} is set by the action {action}, which also does what follows from it")
    held = rows.fields_of(hand.connection, hand.row)
    before = Rollout(ref=command.target, fields=held)
    values = values_after(command, before)
    if values != values_of(before, name):
        name = next((spelt for spelt, _ in held if spelt.casefold() == name.casefold()), name)
        _rewrite(hand, name, held, values)
        hand.changed(name, ", ".join(values_of(before, name)), ", ".join(values))
    return hand.done(command.target, f"{name} was so already")


def _rewrite(hand: Hand, name: str, held: Sequence[tuple[str, str]], values: Sequence[str]) -> None:
    """Puts the values, as one text, where the field stood, or behind all others."""
    names = [spelt.casefold() for spelt, _ in held]
    at = names.index(name.casefold()) if name.casefold() in names else len(held)
    fields = [each for each in held if each[0].casefold() != name.casefold()]
    if values:
        fields.insert(at, (name, ", ".join(values)))
    rows.put_fields(hand.connection, hand.row, fields)
