"""`ppstui do ACTION REF...`: what a person asks for, checked against the rules, queued durably, delivered if possible.

Exit code of several records: the worst of theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.cli.asking import commands_for, prepare
from ppstui.cli.failing import (
    CONFIGURATION,
    DONE,
    FAILED,
    NO_SUCH_RECORD,
    OBJECTED,
    QUEUED,
    WRONG_USAGE,
    exit_code,
)
from ppstui.errors import Objected, PpsError, UsageError
from ppstui.model import Ref, State, command_name
from ppstui.views import words
from ppstui.views.plain import clean, clean_lines
from ppstui.views.records import entry_record
from ppstui.views.words import of_source

if TYPE_CHECKING:
    from ppstui.cli.office import Office
    from ppstui.desk import Plan
    from ppstui.model import Command, Entry, Objection
    from ppstui.views.records import EntryRecord

WAIT = 10.0
"""Seconds to wait for a delivery when nobody says how long."""

_WORST = (DONE, QUEUED, FAILED, NO_SUCH_RECORD, OBJECTED, CONFIGURATION, WRONG_USAGE)
"""Exit codes from best to worst."""


class EffectRecord(Struct, frozen=True, kw_only=True):
    """One thing that would change."""

    what: str
    before: str | None
    after: str | None


class ObjectionRecord(Struct, frozen=True, kw_only=True):
    """A rule that stands against it."""

    rule: str
    text: str
    blocking: bool
    overridable: bool


class Deed(Struct, frozen=True, kw_only=True):
    """What `do --json` prints for one record: an outbox entry (null where nothing was queued), and the plan."""

    ppstui: int
    dry_run: bool
    id: int | None
    action: str
    ref: str
    text: str
    asked_at: str | None
    state: str | None
    tries: int
    last_error: str | None
    receipt: str | None
    base_rev: str | None
    by: str | None
    effects: tuple[EffectRecord, ...]
    objections: tuple[ObjectionRecord, ...]
    blocked: bool
    reversible: bool
    exit_code: int


class Deeds(Struct, frozen=True, kw_only=True):
    """What `do --json` prints for several records."""

    ppstui: int
    dry_run: bool
    action: str
    entries: tuple[Deed, ...]


async def do(office: Office) -> int:
    """The command."""
    options = office.options
    if options.force and not (options.reason or "").strip():
        raise UsageError(f"do {options.action}: --force needs --reason TEXT; the reason is written to the record")
    if options.reason and not options.force:
        raise UsageError(f"do {options.action}: --reason goes with --force; nothing is overridden without it")
    prepare(office)
    await office.fill()
    commands = await commands_for(office)
    deeds = [await _one(office, command) for command in commands]
    if options.json:
        _print_json(office, deeds)
    elif not deeds:
        office.console.say("nothing to do: nobody owes anything that is overdue")
    return max((deed.exit_code for deed in deeds), key=_WORST.index, default=DONE)


async def _one(office: Office, command: Command) -> Deed:
    plan = office.desk.plan(command)
    against = _standing_against(office, plan)
    if office.options.dry_run:
        deed = _deed(office, plan, None, OBJECTED if against else DONE)
        if not office.options.json:
            _say_plan(office, plan)
        return deed
    if against:
        office.console.complain(f"{words.command_title(command)}: {Objected(against)}")
        return _deed(office, plan, None, OBJECTED)
    try:
        entry = await office.desk.submit(command, reason=office.options.reason or "")
    except Objected as error:
        # The record was known by its list columns only, and has been read whole since the plan was made.
        office.console.complain(f"{words.command_title(command)}: {error}")
        return _deed(office, office.desk.plan(command), None, OBJECTED)
    except PpsError as error:
        office.console.complain(f"{words.command_title(command)}: {error}")
        return _deed(office, plan, None, exit_code(error))
    entry = await settled(office, entry)
    for objection in plan.objections:
        if not objection.blocking:
            office.console.complain(f"{words.command_title(command)}: {objection.text}")
    code = outcome(office, entry)
    if not office.options.json:
        say_outcome(office, entry, code)
    return _deed(office, plan, entry, code)


def _standing_against(office: Office, plan: Plan) -> tuple[Objection, ...]:
    """What really stops it: with `--force` only what no reason lifts."""
    return tuple(
        objection
        for objection in plan.objections
        if objection.blocking and not (office.options.force and objection.overridable)
    )


async def settled(office: Office, entry: Entry) -> Entry:
    """The entry after the time a person is willing to wait; at once when offline or `--wait 0`."""
    wait = getattr(office.options, "wait", None)
    seconds = WAIT if wait is None else float(wait)
    if office.options.offline or not seconds or _before(office, entry):
        return entry
    return await office.desk.settle(entry.id, seconds)


def outcome(office: Office, entry: Entry) -> int:
    """The exit code for an entry as it stands now."""
    match entry.state:
        case State.DONE | State.UNDONE | State.DISCARDED:
            return DONE
        case State.PARKED:
            if entry.conflict:
                return OBJECTED
            target = entry.command.target
            return NO_SUCH_RECORD if target.id != "new" and office.board.known(target) is None else FAILED
        case _:
            return QUEUED


def say_outcome(office: Office, entry: Entry, code: int) -> None:
    """One line on how it stands: what was done on standard output, what went wrong on standard error."""
    title = f"{words.command_title(entry.command)}"
    if code == DONE:
        said = entry.receipt or words.ENTRIES[entry.state].word
        office.console.say(clean(f"{entry.id}  {title}: {said}", ascii_only=office.ascii_only))
    elif code == QUEUED:
        why = (entry.last_error or _why_not(office, entry)).removeprefix(f"{entry.command.target.source}: ")
        office.console.complain(f"{title}: safely queued as entry {entry.id}, not yet delivered: {why}")
    else:
        advice = f"ppstui outbox retry {entry.id} or ppstui outbox discard {entry.id}"
        if code == OBJECTED:
            advice = f"look with ppstui show {entry.command.target} --refresh, then {advice}"
        refused = (entry.last_error or "refused").removeprefix(f"{entry.command.target.source}: ")
        office.console.complain(f"{title}: {refused.removesuffix('; look again')}; {advice}")


def _before(office: Office, entry: Entry) -> Entry | None:
    """The entry on the same record that waits for a person, and lets none pass."""
    target = entry.command.target.whole
    return next(
        (
            each
            for each in office.board.entries(target)
            if each.id < entry.id and each.state is State.PARKED and target.id != "new"
        ),
        None,
    )


def _why_not(office: Office, entry: Entry) -> str:
    """Why an entry waits that nobody has refused."""
    if (before := _before(office, entry)) is not None:
        decide = f"ppstui outbox retry {before.id} or ppstui outbox discard {before.id}"
        return f"entry {before.id} on the same record waits for your decision; {decide}"
    if office.options.offline:
        return "working offline; ppstui sync delivers it"
    if office.desk.courier:
        return f"{office.desk.courier} delivers for this home"
    held = next((s.held for s in office.board.sources() if s.name == entry.command.target.source and s.held), "")
    return held or "the source has not answered yet; ppstui sync tries again"


def _deed(office: Office, plan: Plan, entry: Entry | None, code: int) -> Deed:
    record: EntryRecord | None = entry_record(entry, office.zone) if entry else None
    return Deed(
        ppstui=1,
        dry_run=bool(office.options.dry_run),
        id=record.id if record else None,
        action=command_name(plan.command),
        ref=str(_made(office, entry) or plan.command.target),
        text=words.command_text(plan.command),
        asked_at=record.asked_at if record else None,
        state=record.state if record else None,
        tries=record.tries if record else 0,
        last_error=record.last_error if record else None,
        receipt=record.receipt if record else None,
        base_rev=record.base_rev if record else None,
        by=record.by if record else None,
        effects=tuple(
            EffectRecord(what=effect.what, before=effect.before or None, after=effect.after or None)
            for effect in plan.effects
        ),
        objections=tuple(
            ObjectionRecord(
                rule=objection.rule,
                text=objection.text,
                blocking=objection.blocking,
                overridable=objection.overridable,
            )
            for objection in plan.objections
        ),
        blocked=bool(_standing_against(office, plan)),
        reversible=plan.reversible,
        exit_code=code,
    )


def _made(office: Office, entry: Entry | None) -> Ref | None:
    """The record that a delivered command made: its receipt begins with the reference, and the board has it."""
    if entry is None or entry.command.target.id != "new" or entry.state is not State.DONE:
        return None
    try:
        ref = Ref.parse(entry.receipt.partition(": ")[0])
    except UsageError:
        return None
    return ref if office.board.known(ref) else None


def _say_plan(office: Office, plan: Plan) -> None:
    say, ascii_only = office.console.say, office.ascii_only

    def line(text: str) -> None:
        say(clean(text, ascii_only=ascii_only))

    line(f"{words.command_title(plan.command)} would:")
    for effect in plan.effects:
        after = effect.after.strip()
        if "\n" in after and not effect.before:
            say("  " + clean(f"{effect.what}:", ascii_only=ascii_only))
            for each in clean_lines(after, ascii_only=ascii_only):
                say(f"    | {each}".rstrip())
            continue
        change = f"{effect.before} -> {after or '(nothing)'}" if effect.before else after
        say("  " + clean(f"{effect.what}: {change}", ascii_only=ascii_only))
    if not plan.effects:
        say("  change nothing")
    for objection in plan.objections:
        kind = "note" if not objection.blocking else "blocked, --force --reason lifts it" * objection.overridable
        say("  " + clean(f"{kind or 'blocked'}: {objection.text}", ascii_only=ascii_only))
    for source in office.desk.board.sources():
        if source.note and source.name == plan.command.target.source:
            line(f"  note: {of_source(source.name, source.note)}")  # what that server lacks may stand in its way
    say("  it can be taken back" if plan.reversible else "  it cannot be taken back")


def _print_json(office: Office, deeds: list[Deed]) -> None:
    import msgspec

    bulk = office.options.action == "remind" and office.options.all_overdue and not office.options.ref
    document: Deed | Deeds
    if len(deeds) == 1 and not bulk:
        document = deeds[0]
    else:
        document = Deeds(
            ppstui=1, dry_run=bool(office.options.dry_run), action=office.options.action, entries=tuple(deeds)
        )
    office.console.write_utf8(msgspec.json.encode(document) + b"\n")
