"""What changed on a pilot since a person looked, as far as a command touches it; values are held against each other.

The history tells of a pilot in lines that `commands.pilot_preview` and the adapters write alike: `step 7 done on
2009-02-13 by mario`, `step 7 open`, `prolonged to 2009-03-12: REASON`, `closed: REASON`, `changed users, start`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import (
    Comment,
    NewPilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Remind,
    Reply,
)
from ppstui.rules.conflicts import Difference
from ppstui.rules.horizon import day_name
from ppstui.rules.pilots.commands import CHANGED, ENDINGS, PLAIN, carries, shown, signed
from ppstui.rules.pilots.reckoning import find

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from ppstui.model import Pilot, PilotCommand
    from ppstui.rules.pilots.commands import Spoken


def pilot_differences(
    command: PilotCommand | Spoken, seen: Pilot, current: Pilot, key: str = ""
) -> tuple[Difference, ...]:
    """What stands between the command and the pilot; () when it may go, also when it is there already.

    A colleague who signed another step, or changed another field, is in nobody's way. What was changed to and fro
    since counts as changed. A message or line of the history that carries `key` is the command's own effect.
    """
    since = _Since(seen, current)
    if since.carried_out(key):
        return ()
    match command:
        case PilotStep():
            found = list(_of_step(command, since))
        case PilotProlong():
            found = list(_of_prolonging(command, since))
        case PilotEdit():
            found = list(_of_edit(command, since))
        case PilotRollBack() | PilotCancel() | PilotClose():
            found = []
        case NewPilot() | Comment() | Reply() | Remind():
            return ()
    if current.ending != seen.ending and not _ours(command, current):
        mine = str(type(command).__struct_config__.tag)
        found.append(since.difference("ending", _ending(seen), _ending(current), mine))
    return tuple(found)


class _Since:
    """A pilot as a person saw it, and as it is now."""

    def __init__(self, seen: Pilot, current: Pilot) -> None:
        self.seen, self.current = seen, current
        known = {event.id for event in seen.events}
        looked = seen.updated or max((event.at for event in seen.events), default=None)
        self.events = [
            event for event in current.events if event.id not in known and (looked is None or event.at >= looked)
        ]

    def carried_out(self, key: str) -> bool:
        """Whether the command's own mark is on the record."""
        return carries(self.current, key)

    def moved(self, head: str) -> bool:
        """Whether the history tells of something since then, by the beginning of its lines."""
        return bool(self.seen.events or self.seen.updated) and any(event.text.startswith(head) for event in self.events)

    def edited(self, name: str) -> bool:
        """Whether the history tells that a field was changed since then."""
        lines = (
            event.text.removeprefix(CHANGED).split(", ") for event in self.events if event.text.startswith(CHANGED)
        )
        return bool(self.seen.events or self.seen.updated) and any(name in line for line in lines)

    def difference(self, what: str, before: str, theirs: str, mine: str) -> Difference:
        """As a person is told it; by whoever changed the pilot last."""
        by = self.events[-1].author if self.events else ""
        return Difference(what=what, before=before, theirs=theirs, mine=mine, by=by)


def _ours(command: PilotCommand | Spoken, current: Pilot) -> bool:
    """Whether the pilot ended in just the way that the command wants."""
    how = next((each for kind, each in ENDINGS.items() if isinstance(command, kind)), None)
    return how is not None and current.ending is not None and how is current.ending.how


def _of_step(command: PilotStep, since: _Since) -> Iterator[Difference]:
    before, theirs = find(since.seen, command.number), find(since.current, command.number)
    if signed(before) == signed(theirs) and not since.moved(f"step {command.number} "):
        return
    if theirs and theirs.state is command.state and command.on in (None, theirs.done):
        return
    mine = command.state.value + (f" on {day_name(command.on)}" if command.on else "")
    yield since.difference(f"step {command.number}", signed(before), signed(theirs), mine)


def _of_prolonging(command: PilotProlong, since: _Since) -> Iterator[Difference]:
    before, theirs = _until(since.seen), _until(since.current)
    mine = day_name(command.until)
    if theirs not in (before, mine):
        yield since.difference("prolonged to", before, theirs, mine)


def _until(pilot: Pilot) -> str:
    return day_name(pilot.prolongations[-1].until) if pilot.prolongations else ""


def _of_edit(command: PilotEdit, since: _Since) -> Iterator[Difference]:
    for name in (*PLAIN, "start"):
        wanted = getattr(command, name)
        before, theirs = getattr(since.seen, name), getattr(since.current, name)
        what = name.replace("_", " ")
        if wanted is not None and theirs != wanted and (before != theirs or since.edited(what)):
            yield since.difference(what, shown(before), shown(theirs), shown(wanted))
    for number, day in command.planned:
        before, theirs = (_planned(pilot, number) for pilot in (since.seen, since.current))
        what = f"plan of step {number}"
        if theirs != day and (before != theirs or since.edited(what)):
            yield since.difference(what, shown(before), shown(theirs), shown(day))
    for number, owner in command.owners:
        before, theirs = (_owner(pilot, number) for pilot in (since.seen, since.current))
        what = f"owner of step {number}"
        if theirs != owner and (before != theirs or since.edited(what)):
            yield since.difference(what, before, theirs, owner)


def _planned(pilot: Pilot, number: int) -> dt.date | None:
    step = find(pilot, number)
    return step.planned if step else None


def _owner(pilot: Pilot, number: int) -> str:
    step = find(pilot, number)
    return step.owner if step else ""


def _ending(pilot: Pilot) -> str:
    return pilot.ending.how.value if pilot.ending else ""
