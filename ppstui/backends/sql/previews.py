"""What commands to pilots and to the registry do to the tables: what the rules' preview shows is what is kept.

So a preview and the store can never differ; exactly once is the business of the key, which is kept beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.backends.sql import rows
from ppstui.backends.sql.hand import Done
from ppstui.model import (
    Comment,
    Commit,
    Commitment,
    ImportRegistry,
    Kind,
    Level,
    NewPilot,
    Pilot,
    PilotCancel,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Ref,
    Remind,
    Reply,
    Team,
    Wish,
    WishFor,
    command_name,
)
from ppstui.rules.pilots.commands import pilot_preview
from ppstui.rules.pilots.reckoning import find
from ppstui.rules.pilots.workflow import template
from ppstui.rules.registry import Registry, described, overlapping, registry_preview, same_entry, wish_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppstui.backends.sql.hand import Writer
    from ppstui.model import PilotCommand, Record, RegistryCommand
    from ppstui.rules.pilots.commands import Spoken
    from ppstui.rules.policy import Policy

Entry = Team | Commitment | Wish


# ------------------------------------------------------------------------------------------------------------- pilots


def make_pilot(writer: Writer, command: NewPilot, policy: Policy) -> Done:
    """Makes the pilot and its steps. Raises Refused."""
    if not command.title.strip():
        raise writer.refused("a pilot needs a title; give it one")
    nothing = Pilot(ref=Ref(writer.source, rows.fresh_id(writer.connection, Kind.PILOT)))
    made = rows.put(
        writer.connection, _kept(writer, pilot_preview(command, nothing, policy, writer.now, *_pen(writer)))
    )
    return Done(f"{writer.source}:{made}: the pilot was made", made)


def change_pilot(writer: Writer, command: PilotCommand | Spoken, pilot: Pilot, policy: Policy) -> Done:
    """Does it to that pilot, as it stands in the store. Raises Refused."""
    _check(writer, command, pilot)
    after = pilot_preview(command, pilot, policy, writer.now, *_pen(writer))
    target = command.target.whole
    if structs.replace(after, events=pilot.events) == pilot:
        return Done(f"{target}: it was so already")
    kept = _kept(writer, after)
    rows.put(writer.connection, kept)
    if isinstance(command, Comment | Reply | Remind):
        what = "an internal note" if isinstance(command, Comment) else "a message to everybody"
        return Done(f"{target}: {what} was written", kept.messages[-1].id)
    return Done(f"{target}: {' '.join(kept.events[-1].text.split())}")


def _pen(writer: Writer) -> tuple[str, str]:
    return writer.me, writer.key


def _kept(writer: Writer, pilot: Pilot) -> Pilot:
    """What a preview shows as pending has happened: messages are numbered, lines of history are called by their key."""
    (changes,) = rows.numbers(writer.connection, "changes")
    pending = f"pending:{writer.key}"
    messages = tuple(
        structs.replace(each, id=f"m{changes + 1}") if each.id == pending else each for each in pilot.messages
    )
    events = tuple(structs.replace(each, id=writer.key) if each.id == pending else each for each in pilot.events)
    return structs.replace(pilot, messages=messages, events=events, updated=writer.now)


def _check(writer: Writer, command: PilotCommand | Spoken, pilot: Pilot) -> None:
    """Raises Refused for what no pilot can hold."""
    match command:
        case Comment() | Reply() | Remind():
            if not command.text.strip():
                raise writer.refused(f"an empty {command_name(command)} is not kept; write a text")
        case PilotProlong() | PilotRollBack() | PilotCancel():
            if not command.reason.strip():
                raise writer.refused(f"{command_name(command)} needs a reason; give one")
        case PilotStep():
            known = [step.number for step in pilot.steps] or [step.number for step in template(pilot.update)]
            if find(pilot, command.number) is None and command.number not in known:
                steps = ", ".join(map(str, known))
                raise writer.refused(f"there is no step {command.number}; the steps of this pilot are {steps}")


# ----------------------------------------------------------------------------------------------------------- registry


def change_registry(writer: Writer, command: RegistryCommand) -> Done:
    """Does it to the registry, all of it or nothing. Raises Refused where it contradicts what is there."""
    before = registry_of(writer)
    if isinstance(command, Commit):
        twin = _in_the_way(writer, command, before)
        if twin is not None:
            return Done(f"{twin.ref}: {command.party} was committed to {_words(command)} already", twin.ref.id)
    after = registry_preview(command, before, writer.key)
    old = {each.ref: each for each in _entries(before)}
    new = {each.ref: each for each in _entries(after)}
    put = [each for ref, each in new.items() if not same_entry(old.get(ref), each)]
    out = [each for ref, each in old.items() if ref not in new]
    for each in out:
        rows.remove(writer.connection, each.kind, each.ref.id)
    made = [rows.put(writer.connection, _home(writer, each)) for each in put]
    if not (put or out):
        return Done(f"{writer.source}: the registry was so already")
    single = made[0] if len(made) == 1 and not out else ""
    return Done(f"{writer.source}: {_told(command, before, len(put), len(out))}", single)


def registry_of(writer: Writer) -> Registry:
    """Everything that the registry holds."""
    found: dict[Kind, list[Record]] = {}
    for kind in (Kind.TEAM, Kind.COMMITMENT, Kind.WISH):
        there, _ = rows.changed(writer.connection, kind, None)
        found[kind] = list(rows.records(writer.connection, kind, there, writer.source, writer.me).values())
    return Registry(
        partners=tuple(each for each in found[Kind.TEAM] if isinstance(each, Team)),
        commitments=tuple(each for each in found[Kind.COMMITMENT] if isinstance(each, Commitment)),
        wishes=tuple(each for each in found[Kind.WISH] if isinstance(each, Wish)),
    )


def _in_the_way(writer: Writer, command: Commit, registry: Registry) -> Commitment | None:
    """The very same commitment, where somebody has entered it. Raises Refused for one that overlaps."""
    others = overlapping(command, registry.commitments)
    twin = next((each for each in others if _same_products(each, command)), None)
    if twin is None and others:
        first = others[0]
        raise writer.refused(
            f"{first.party} is committed to {_words(first)} already, as {first.ref}; withdraw it first"
        )
    return twin


def _same_products(one: Commitment, other: Commit) -> bool:
    names = ("component", "stack", "majors", "os", "arch", "since", "until")
    return all(_folded(getattr(one, name)) == _folded(getattr(other, name)) for name in names)


def _words(entry: Commitment | Commit) -> str:
    """What somebody is committed to: `dpm EMI-1`, `gold, every product`."""
    level = "" if entry.level is Level.NONE else f"{entry.level.value}, "
    return level + described(entry)


def _folded(value: object) -> object:
    return value.strip().casefold() if isinstance(value, str) else value


def _entries(registry: Registry) -> Iterable[Entry]:
    return (*registry.partners, *registry.commitments, *registry.wishes)


def _home(writer: Writer, entry: Entry) -> Entry:
    """The entry as it is kept: what the preview shows as pending gets an id, a file's keeps its own."""
    fresh = entry.ref.id == f"pending-{writer.key}"
    return structs.replace(entry, ref=Ref(writer.source, "new" if fresh else entry.ref.id))


def _told(command: RegistryCommand, before: Registry, put: int, out: int) -> str:
    match command:
        case Commit():
            return f"{command.party} is committed to {_words(command)}"
        case WishFor():
            was = wish_for(command, before.wishes)
            if not put:
                return f"nobody is wished for {described(command)} any more"
            return f"{command.minimum} are wished for {described(command)}" + (
                f", {was.minimum} were" if was and was.minimum != command.minimum else ""
            )
        case ImportRegistry():
            return f"{put} {'entry' if put == 1 else 'entries'} taken over, {out} taken out"
        case _:
            return f"{command.party} took {out} {'commitment' if out == 1 else 'commitments'} back"
