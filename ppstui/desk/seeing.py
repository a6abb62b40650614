"""What a person was looking at when asking, and how that changes when their own earlier wishes come true or do not.

An entry keeps the record its person saw, with everything laid over it that was then pending. A source takes whatever
differs from that for a colleague's change; so when an earlier entry is settled, what later ones saw is brought up to
date in exactly the parts which that entry was to change. A colleague's change to any other part stays to be found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ppstui.desk.judging import expected
from ppstui.model import Bulletin, Pilot, Rollout, SaveBulletin, Step
from ppstui.rules.teams import team_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ppstui.model import Event, Record
    from ppstui.rules.policy import Policy
    from ppstui.store import Asked, Rebase

_Part = tuple[str, object]
"""A field, and what tells one of its values from the others; "" where it has but one."""

_NO_PARTS = frozenset({"ref", "rev", "updated", "events", "whole"})
"""Fields that no command is about."""

_VALUES: dict[str, Callable[..., object]] = {
    "assignments": lambda assignment: team_key(assignment.team),
    "exposures": lambda exposure: team_key(exposure.team),
    "waivers": lambda waiver: team_key(waiver.team),
    "messages": lambda message: message.marks or message.id,
    "attachments": lambda attachment: attachment.name,
    "links": lambda link: link.url,
    "fields": lambda field: field[0],
    "managers": lambda manager: manager,
    "prolongations": lambda prolongation: prolongation.until,
}
"""Fields of several values, and by what one is the same in two versions of a record."""

_STEPS = "steps"


class _OfStep(NamedTuple):
    """A field of a step: what one signs another may plan."""

    number: int
    name: str


_MEMBERS = frozenset({"assignments", "waivers", "messages", "attachments", "links"})
"""Of these it counts only which there are; the rest of each is the source's to say."""


def stripped(record: Record | None) -> Record | None:
    """The record without the texts of its messages, which nothing is compared by."""
    if not isinstance(record, Rollout | Pilot):
        return record
    messages = tuple(msgspec.structs.replace(message, text="") for message in record.messages)
    return msgspec.structs.replace(record, messages=messages)


def happened(after: Record | None, policy: Policy, *, at_once: bool = True) -> Rebase:
    """For an entry that had its effect: `after` is the record with it, None when nobody knows it yet.

    `at_once`: it was read back right after its effect. Where that may be longer ago, a value that is not what the entry
    wished for is a colleague's change since then, and later entries must find it.
    """

    def rebase(first: Asked, later: Sequence[Asked]) -> Mapping[int, Record]:
        came = stripped(after)
        if isinstance(came, Bulletin):
            return _drafted(first, later, came)
        wished = _wished(first, policy)
        if not at_once and isinstance(came, Rollout) and wished is not None:
            came = _as_wished(came, first.seen, wished)
        return _followed(first, later, came, policy, given_up=False)

    return rebase


def given_up(policy: Policy) -> Rebase:
    """For an entry that is not to have its effect any more."""
    return lambda first, later: _followed(first, later, first.seen, policy, given_up=True)


def _drafted(first: Asked, later: Sequence[Asked], came: Bulletin) -> Mapping[int, Record]:
    """Drafts of one person are made one from the other: who saved the first has seen what came of it.

    Not where a colleague has gone on since: theirs is for the next draft to find.
    """
    command = first.entry.command
    if not isinstance(command, SaveBulletin) or came.draft != command.draft:
        return {}
    return {
        each.entry.id: came
        for each in later
        if isinstance(each.entry.command, SaveBulletin) and each.entry.base_rev == first.entry.base_rev
    }


def _followed(
    first: Asked, later: Sequence[Asked], came: Record | None, policy: Policy, *, given_up: bool
) -> Mapping[int, Record]:
    wished = _wished(first, policy)
    if not isinstance(came, Rollout | Pilot) or wished is None:
        return {}
    before, hoped, there = _parts(first.seen), _parts(wished), _parts(came)
    touched = _differing(before, hoped)
    changed: dict[int, Record] = {}
    for each in later:
        own = _wished(each, policy)
        if own is None or not isinstance(each.seen, Rollout | Pilot):
            continue
        seen = _parts(each.seen)
        # What was given up is taken out where it was seen; what happened is known to all who come after it.
        moved = {part for part in touched if not given_up or seen.get(part) == hoped.get(part)}
        news = {part: there[part] for part in moved if part in there}
        parts = {part: value for part, value in seen.items() if part not in moved} | news
        # The history goes with it: lines that tell of our own effect are nobody else's change.
        events = each.seen.events if given_up else came.events or each.seen.events
        if parts != seen or events != each.seen.events:
            changed[each.entry.id] = _put_together(each.seen, parts, events)
        # From here on it is this entry's own wish that later ones saw.
        touched -= _differing(seen, _parts(own))
    return changed


def _as_wished(came: Rollout | Pilot, before: Record, wished: Record) -> Rollout | Pilot:
    """The record with the entry's effect as it was at first, whatever a colleague made of it since."""
    hoped, there = _parts(wished), _parts(came)
    lost = {part for part in _differing(_parts(before), hoped) if not _alike(part, hoped, there)}
    if not lost:
        return came
    parts = {part: value for part, value in there.items() if part not in lost}
    # Without its history: who made the change is told by the lines that are new to the person.
    return _put_together(came, parts | {part: hoped[part] for part in lost if part in hoped}, ())


def _alike(part: _Part, hoped: Mapping[_Part, object], there: Mapping[_Part, object]) -> bool:
    """Whether that is what was hoped for, as the source words it."""
    field, one, other = part[0], hoped.get(part), there.get(part)
    if field in _MEMBERS:
        return (one is None) == (other is None)
    if field == "status":
        return hoped.get(("phase", "")) == there.get(("phase", ""))
    if isinstance(one, str) and isinstance(other, str):
        return one.strip().casefold() == other.strip().casefold()
    return one == other


def _wished(asked: Asked, policy: Policy) -> Record | None:
    """The record as the person expects it with the entry's effect; None for what nothing is laid over."""
    entry, seen = asked
    return stripped(expected(seen, entry, policy)) if isinstance(seen, Rollout | Pilot) else None


def _parts(record: Record) -> dict[_Part, object]:
    """The record in parts that are changed one by one."""
    parts: dict[_Part, object] = {}
    for field in record.__struct_fields__:
        value = getattr(record, field)
        if field == _STEPS:
            for step in value:
                parts |= {(field, _OfStep(step.number, name)): getattr(step, name) for name in step.__struct_fields__}
        elif field in _VALUES:
            for each in value:
                part = field, _VALUES[field](each)
                parts[part] = (*parts.get(part, ()), each)  # type: ignore[misc]  # of one field
        elif field not in _NO_PARTS:
            parts[field, ""] = value
    return parts


def _put_together(record: Rollout | Pilot, parts: Mapping[_Part, object], events: tuple[Event, ...]) -> Rollout | Pilot:
    """That record with these parts and this history in the place of its own."""
    fields: dict[str, object] = {name: () for name in record.__struct_fields__ if name in _VALUES}
    steps: dict[int, Step] = {}
    for (field, which), value in parts.items():
        if isinstance(which, _OfStep):
            step = steps.get(which.number, Step(number=which.number))
            steps[which.number] = msgspec.structs.replace(step, **{which.name: value})
        else:
            fields[field] = (*fields[field], *value) if field in _VALUES else value  # type: ignore[misc]  # of one field
    if isinstance(record, Pilot):
        fields[_STEPS] = tuple(steps[number] for number in sorted(steps))
    return msgspec.structs.replace(record, events=events, **fields)


def _differing(one: Mapping[_Part, object], other: Mapping[_Part, object]) -> set[_Part]:
    return {part for part in one.keys() | other.keys() if one.get(part) != other.get(part)}
