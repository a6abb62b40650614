"""What changed on a pilot since a person looked, as far as a command touches it; values are held against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Comment, Remind, Reply
from ppstui.previews import NewPilot, PilotCancel, PilotClose, PilotEdit, PilotProlong, PilotRollBack, PilotStep
from ppstui.rules.conflicts import Difference
from ppstui.rules.horizon import day_name
from ppstui.rules.pilots.commands import ENDINGS, PLAIN, shown, signed
from ppstui.rules.pilots.reckoning import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.previews import Pilot, PilotCommand
    from ppstui.rules.pilots.commands import Spoken


def pilot_differences(command: PilotCommand | Spoken, seen: Pilot, current: Pilot) -> tuple[Difference, ...]:
    """What stands between the command and the pilot; () when it may go, also when it is there already.

    A colleague who signed another step, or changed another field, is in nobody's way.
    """
    match command:
        case NewPilot() | Comment() | Reply() | Remind():
            return ()
        case PilotStep():
            found = list(_of_step(command, seen, current))
        case PilotProlong():
            found = list(_of_prolonging(command, seen, current))
        case PilotEdit():
            found = list(_of_edit(command, seen, current))
        case PilotRollBack() | PilotCancel() | PilotClose():
            found = []
    if current.ending != seen.ending and not _ours(command, current):
        what = type(command).__struct_config__.tag
        found.append(_difference("ending", _ending(seen), _ending(current), str(what), seen, current))
    return tuple(found)


def _ours(command: PilotCommand | Spoken, current: Pilot) -> bool:
    """Whether the pilot ended in just the way that the command wants."""
    how = next((each for kind, each in ENDINGS.items() if isinstance(command, kind)), None)
    return how is not None and current.ending is not None and how is current.ending.how


def _difference(what: str, before: str, theirs: str, mine: str, seen: Pilot, current: Pilot) -> Difference:
    known = {event.id for event in seen.events}
    by = next((event.author for event in reversed(current.events) if event.id not in known), "")
    return Difference(what=what, before=before, theirs=theirs, mine=mine, by=by)


def _of_step(command: PilotStep, seen: Pilot, current: Pilot) -> Iterator[Difference]:
    before, theirs = find(seen, command.number), find(current, command.number)
    if signed(before) == signed(theirs):
        return
    if theirs and theirs.state is command.state and command.on in (None, theirs.done):
        return
    mine = command.state.value + (f" on {day_name(command.on)}" if command.on else "")
    yield _difference(f"step {command.number}", signed(before), signed(theirs), mine, seen, current)


def _of_prolonging(command: PilotProlong, seen: Pilot, current: Pilot) -> Iterator[Difference]:
    before, theirs = _until(seen), _until(current)
    mine = day_name(command.until)
    if theirs not in (before, mine):
        yield _difference("prolonged to", before, theirs, mine, seen, current)


def _until(pilot: Pilot) -> str:
    return day_name(pilot.prolongations[-1].until) if pilot.prolongations else ""


def _of_edit(command: PilotEdit, seen: Pilot, current: Pilot) -> Iterator[Difference]:
    for name in (*PLAIN, "start"):
        wanted = getattr(command, name)
        before, theirs = getattr(seen, name), getattr(current, name)
        if wanted is not None and before != theirs != wanted:
            what = name.replace("_", " ")
            yield _difference(what, shown(before), shown(theirs), shown(wanted), seen, current)
    for number, day in command.planned:
        before, theirs = find(seen, number), find(current, number)
        old, new = (before.planned if before else None), (theirs.planned if theirs else None)
        if old != new != day:
            yield _difference(f"plan of step {number}", shown(old), shown(new), shown(day), seen, current)
    for number, owner in command.owners:
        before, theirs = find(seen, number), find(current, number)
        was, now = (before.owner if before else ""), (theirs.owner if theirs else "")
        if was != now != owner:
            yield _difference(f"owner of step {number}", was, now, owner, seen, current)


def _ending(pilot: Pilot) -> str:
    return pilot.ending.how.value if pilot.ending else ""
