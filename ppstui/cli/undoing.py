"""`ppstui undo`: what would be taken back and what stays is said first, then it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.cli.doing import EffectRecord, effect_records, outcome, say_effects, say_outcome, settled
from ppstui.cli.failing import DONE, OBJECTED
from ppstui.cli.office import whole_number
from ppstui.errors import NoSuchRecord, Objected
from ppstui.model import Assign, Incident, Resolve, SetOutcome, State
from ppstui.views import words
from ppstui.views.plain import clean
from ppstui.views.records import EntryRecord, entry_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Command, Entry


class Undone(EntryRecord, frozen=True, kw_only=True):
    """What `undo --json` prints: the entry taken back, or the new one that reverses it."""

    ppstui: int
    kind: str
    reverses: bool
    """Whether this is a new write that reverses a delivered one."""
    stays: tuple[str, ...]
    """What cannot be taken back."""


class Undoing(EntryRecord, frozen=True, kw_only=True):
    """What `undo --dry-run --json` prints: the entry that would be taken back, and how."""

    ppstui: int
    kind: str
    dry_run: bool
    reverses: bool
    """Whether it was delivered, so that a new write would reverse it."""
    reverse: str | None
    """What that write would say; null where the entry has not left yet."""
    effects: tuple[EffectRecord, ...]
    stays: tuple[str, ...]
    """What cannot be taken back."""


async def undo(office: Office) -> int:
    """The command."""
    number = whole_number(office.options.id, "undo") if office.options.id else None
    await office.fill()
    entry = office.board.entry(number) if number is not None else await office.desk.undoable()
    if entry is None:
        raise NoSuchRecord(f"undo: there is no entry {number}; ppstui outbox lists them")
    reverse = await office.desk.reversal(entry.id)
    if entry.state is State.DONE and reverse is None:
        raise Objected([office.desk.book(entry.command).irreversible(entry.command)])
    stays = [*(await _passed_over(office, entry) if number is None else ()), *_stays(entry)]
    for sentence in stays:
        office.console.complain(f"undo: {sentence}")
    if office.options.dry_run:
        return _preview(office, entry, reverse, stays)
    known = {each.id for each in office.board.entries()}
    taken = await office.desk.undo(entry.id)
    reverses = taken.id not in known
    taken = await settled(office, taken) if reverses else taken
    code = outcome(office, taken)
    if office.options.json:
        fields = _fields_of(office, taken)
        _json(office, Undone(**fields, ppstui=1, kind="outbox", reverses=reverses, stays=tuple(stays)))  # type: ignore[arg-type]
    elif reverses:
        _say(office, f"entry {taken.id} takes it back: {words.command_title(taken.command)}")
        say_outcome(office, taken, code)
    else:
        _say(office, f"{taken.id}  {words.command_title(taken.command)}: taken back before it was sent")
    return code


async def _passed_over(office: Office, chosen: Entry) -> list[str]:
    """What was done since and nothing takes back, newest first: the person may have meant one of these."""
    return [
        f"entry {entry.id}: {office.desk.book(entry.command).irreversible(entry.command).text}"
        for entry in office.board.entries()
        if entry.id > chosen.id and entry.state is State.DONE and await office.desk.reversal(entry.id) is None
    ]


def _stays(entry: Entry) -> list[str]:
    """What of an entry that was delivered stays, though it can be taken back."""
    if entry.state is not State.DONE:
        return []
    match entry.command:
        case Assign():
            stays = "the teams stay told, and the status stays as it is"
        case Resolve():
            stays = "outcome and document stay, and so does what the parent was told"
        case SetOutcome(reason=text) | Incident(text=text) if text.strip():
            stays = "what was written to the record stays"
        case _:
            return []
    return [f"entry {entry.id}: {stays}"]


def _preview(office: Office, entry: Entry, reverse: Command | None, stays: Sequence[str]) -> int:
    plan = office.desk.plan(reverse) if reverse is not None else None
    code = OBJECTED if plan is not None and plan.blocked else DONE
    if office.options.json:
        document = Undoing(
            **_fields_of(office, entry),  # type: ignore[arg-type]
            ppstui=1,
            kind="outbox",
            dry_run=True,
            reverses=reverse is not None,
            reverse=words.command_text(reverse) if reverse is not None else None,
            effects=effect_records(plan.effects) if plan is not None else (),
            stays=tuple(stays),
        )
        _json(office, document)
    elif plan is None:
        _say(office, f"undo would take back entry {entry.id}, {words.command_title(entry.command)}, before it is sent")
    else:
        _say(office, f"undo would take back entry {entry.id}, {words.command_title(entry.command)}:")
        say_effects(office, plan)
    return code


def _fields_of(office: Office, entry: Entry) -> dict[str, object]:
    record = entry_record(entry, office.zone)
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _say(office: Office, text: str) -> None:
    office.console.say(clean(text, ascii_only=office.ascii_only))


def _json(office: Office, document: Struct) -> None:
    office.console.write_utf8(msgspec.json.encode(document) + b"\n")
