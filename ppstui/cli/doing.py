"""`ppstui do ACTION REF...`: what a person asks for, checked against the rules, queued durably, delivered if possible.

Exit code of several records: the worst of theirs.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.cli import filing
from ppstui.cli.asking import commands_for
from ppstui.cli.checking import prepare
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
from ppstui.desk import Plan
from ppstui.errors import Objected, PpsError, UsageError
from ppstui.model import Entry, Ref, Report, State, about_bulletins, command_name
from ppstui.store.rows import about
from ppstui.views import words
from ppstui.views.plain import clean, clean_lines
from ppstui.views.records import entry_record
from ppstui.views.words import of_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Command, Objection
    from ppstui.rules.commands import Effect
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
    conflict: bool
    mail: str | None
    attached_as: str | None
    """The name a report gets; null for everything else."""
    corrected: str | None
    """What was wrong with the name of the file that was given; null when it was right."""
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
    tally: dict[str, int]
    """How many of them ended in which way: `done`, `queued`, `held`, `parked`, `refused`, `failed`, `would go`."""


async def do(office: Office) -> int:
    """The command."""
    prepare(office)
    await office.fill()
    if office.options.action == "assign" and office.options.propose:
        from ppstui.cli.proposing import proposals

        return await proposals(office)
    return await perform(office, await commands_for(office))


async def perform(office: Office, commands: Sequence[Command]) -> int:
    """Plans, queues and follows these, and says how each of them ended. Returns the worst exit code."""
    options = office.options
    items = [_Item(plan=office.desk.plan(command)) for command in commands]
    await _queue(office, items)
    await _follow(office, items)
    for item in items:
        _tell(office, item)
    if options.json:
        _print_json(office, items)
    elif not items:
        office.console.say("nothing to do: nobody owes anything that is overdue")
    if len(items) > 1:
        office.console.complain(f"do {options.action}: {tally(_words(office, items))}")
    return worst([item.code for item in items])


def worst(codes: Sequence[int]) -> int:
    """The exit code of several; that of nothing is 0."""
    return max(codes, key=_WORST.index, default=DONE)


class _Item(Struct):
    """One command, and how far it came."""

    plan: Plan
    code: int = DONE
    entry: Entry | None = None
    said: str = ""
    """Why nothing was queued."""


async def _queue(office: Office, items: Sequence[_Item]) -> None:
    """Queues those that nothing stands against, in one go; says nothing yet. Raises StoreError when none is kept."""
    for item in items:
        if against := _standing_against(office, item.plan):
            item.code, item.said = OBJECTED, str(Objected(against))
    if office.options.dry_run:
        return
    reason = office.options.reason or "" if office.options.force else ""
    going = [item for item in items if not item.said]
    asked = await office.desk.submit_all([(item.plan.command, reason, None) for item in going])
    for item, found in zip(going, asked, strict=True):
        if isinstance(found, PpsError):
            item.code, item.said = exit_code(found), str(found)
        else:
            item.entry = found


async def _follow(office: Office, items: Sequence[_Item]) -> None:
    """Waits until every queued one is answered, records side by side: many take no longer than the slowest."""
    by_record: dict[Ref, list[_Item]] = {}
    for item in items:
        if item.entry is not None:
            by_record.setdefault(item.plan.command.target, []).append(item)
    await asyncio.gather(*(_follow_in_turn(office, mine) for mine in by_record.values()))


async def _follow_in_turn(office: Office, items: Sequence[_Item]) -> None:
    for item in items:
        if item.entry is not None:
            item.entry = await settled(office, item.entry)
            item.code = outcome(office, item.entry)


def _tell(office: Office, item: _Item) -> None:
    """Says how one of them ended: what was done on standard output, everything else on standard error."""
    plan, entry, console = item.plan, item.entry, office.console
    title = words.command_title(plan.command)
    if office.options.dry_run:
        if not office.options.json:
            _say_plan(office, plan)
        return
    if item.said:
        console.complain(f"{title}: {item.said}")
    if entry is None:
        return
    for objection in plan.objections:
        if not objection.blocking:
            console.complain(f"{title}: {objection.text}")
    if corrected := filing.correction(office, plan.command):
        console.complain(f"{title}: {corrected}")
    if not office.options.json:
        say_outcome(office, entry, item.code)


def _words(office: Office, items: Sequence[_Item]) -> list[str]:
    """How each of several ended, in a word."""
    if office.options.dry_run:
        return ["refused" if item.code else "would go" for item in items]
    return [word_of(item.entry) if item.entry else "refused" if item.code == OBJECTED else "failed" for item in items]


def word_of(entry: Entry) -> str:
    """How an entry stands, for a tally of many."""
    return "queued" if entry.state in (State.WAITING, State.SENDING) else words.ENTRIES[entry.state].word


def tally(ended: Sequence[str]) -> str:
    """`3 done, 1 parked, 1 refused`, in the order in which they first appear."""
    return ", ".join(f"{count} {word}" for word, count in Counter(ended).items())


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
    if office.options.offline or not seconds or _before(office, entry) or _unread_before(office, entry):
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
            # An issue may be new, and of a place that it goes to nothing is ever known.
            of_record = target.id != "new" and not about_bulletins(entry.command)
            return NO_SUCH_RECORD if of_record and office.board.known(target) is None else FAILED
        case _:
            return QUEUED


def say_outcome(office: Office, entry: Entry, code: int) -> None:
    """One line on how it stands: what was done on standard output, what went wrong on standard error."""
    title = f"{words.command_title(entry.command)}"
    if code == DONE:
        target = entry.command.target
        said = entry.receipt.removeprefix(f"{target}: ").removeprefix(f"{target.source}: ")
        said = said or words.ENTRIES[entry.state].word
        office.console.say(clean(f"{entry.id}  {title}: {said}", ascii_only=office.ascii_only))
    elif code == QUEUED:
        why = (entry.last_error or _why_not(office, entry)).removeprefix(f"{entry.command.target.source}: ")
        office.console.complain(f"{title}: safely queued as entry {entry.id}, not yet delivered: {why}")
    else:
        advice = f"ppstui outbox retry {entry.id} or ppstui outbox discard {entry.id}"
        if code == OBJECTED:
            advice = (
                f"look with ppstui outbox show {entry.id}, then ppstui outbox retry {entry.id} applies it anyway,"
                f" comment {entry.id} keeps only your comment, discard {entry.id} gives it up"
            )
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


def _unread_before(office: Office, entry: Entry) -> int:
    """The number of an entry on the same record that cannot be read, and lets none pass; 0 for none."""
    waits_for = about(entry.command, entry.key)
    return next((each.id for each in office.unread if each.id < entry.id and each.about == waits_for), 0)


def _why_not(office: Office, entry: Entry) -> str:
    """Why an entry waits that nobody has refused."""
    if (before := _before(office, entry)) is not None:
        decide = f"ppstui outbox retry {before.id} or ppstui outbox discard {before.id}"
        return f"entry {before.id} on the same record waits for your decision; {decide}"
    if unread := _unread_before(office, entry):
        return f"entry {unread} on the same record cannot be read; ppstui outbox discard {unread} gives it up"
    if office.options.offline:
        return "working offline; ppstui sync delivers it"
    if office.desk.courier:
        return f"{office.desk.courier} delivers for this home"
    held = next((s.held for s in office.board.sources() if s.name == entry.command.target.source and s.held), "")
    return held or "the source has not answered yet; ppstui sync tries again"


def _deed(office: Office, item: _Item) -> Deed:
    plan, entry = item.plan, item.entry
    command = plan.command
    record: EntryRecord | None = entry_record(entry, office.zone) if entry else None
    return Deed(
        ppstui=1,
        dry_run=bool(office.options.dry_run),
        id=record.id if record else None,
        action=command_name(command),
        ref=str(_made(office, entry) or command.target),
        text=words.command_text(command),
        asked_at=record.asked_at if record else None,
        state=record.state if record else None,
        tries=record.tries if record else 0,
        last_error=record.last_error if record else None,
        receipt=record.receipt if record else None,
        base_rev=record.base_rev if record else None,
        by=record.by if record else None,
        conflict=record.conflict if record else False,
        mail=record.mail if record else None,
        attached_as=(command.name or None) if isinstance(command, Report) else None,
        corrected=filing.correction(office, command) or None,
        effects=effect_records(plan.effects),
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
        exit_code=item.code,
    )


def effect_records(effects: Iterable[Effect]) -> tuple[EffectRecord, ...]:
    """What would change, for JSON."""
    return tuple(
        EffectRecord(what=effect.what, before=effect.before or None, after=effect.after or None) for effect in effects
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
    office.console.say(clean(f"{words.command_title(plan.command)} would:", ascii_only=office.ascii_only))
    if corrected := filing.correction(office, plan.command):
        office.console.say("  " + clean(f"name: {corrected}", ascii_only=office.ascii_only))
    say_effects(office, plan)
    office.console.say("  it can be taken back" if plan.reversible else "  it cannot be taken back")


def say_effects(office: Office, plan: Plan) -> None:
    """What a plan would change and what stands against it, a line or a block each."""
    say, ascii_only = office.console.say, office.ascii_only
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
            # what that server lacks may stand in its way
            say("  " + clean(f"note: {of_source(source.name, source.note)}", ascii_only=ascii_only))


def _print_json(office: Office, items: Sequence[_Item]) -> None:
    import msgspec

    bulk = office.options.action == "remind" and office.options.all_overdue and not office.options.ref
    document: Deed | Deeds
    if len(items) == 1 and not bulk:
        document = _deed(office, items[0])
    else:
        document = Deeds(
            ppstui=1,
            dry_run=bool(office.options.dry_run),
            action=office.options.action,
            entries=tuple(_deed(office, item) for item in items),
            tally=dict(Counter(_words(office, items))),
        )
    office.console.write_utf8(msgspec.json.encode(document) + b"\n")
