"""`ppstui outbox`, `ppstui undo` and `ppstui sync`: every write ever asked for, second thoughts, and deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.cli.doing import outcome, say_outcome, settled
from ppstui.cli.failing import DONE, FAILED, OBJECTED, QUEUED
from ppstui.cli.listing import COLUMNS, entry_row
from ppstui.cli.office import Progress, whole_number
from ppstui.cli.tables import aligned
from ppstui.errors import NoSuchRecord, UsageError
from ppstui.model import Kind, State
from ppstui.views import words
from ppstui.views.plain import clean
from ppstui.views.records import EntryRecord, Listing, SourceRecord, entry_record, instant
from ppstui.views.whole_text import Page

if TYPE_CHECKING:
    from ppstui.cli.office import Office
    from ppstui.model import Entry


class HappeningRecord(Struct, frozen=True, kw_only=True):
    """One line of an entry's own history."""

    at: str
    state: str
    text: str | None


class WholeEntry(EntryRecord, frozen=True, kw_only=True):
    """What `outbox show ID --json` prints."""

    ppstui: int
    kind: str
    history: tuple[HappeningRecord, ...]


class Undone(EntryRecord, frozen=True, kw_only=True):
    """What `undo --json` prints: the entry taken back, or the new one that reverses it."""

    ppstui: int
    kind: str
    reverses: bool
    """Whether this is a new write that reverses a delivered one."""


class Sync(Struct, frozen=True, kw_only=True):
    """What `sync --json` prints."""

    ppstui: int
    generated: str
    sources: tuple[SourceRecord, ...]
    delivered: tuple[EntryRecord, ...]
    waiting: tuple[EntryRecord, ...]


def _json(office: Office, document: Struct) -> None:
    office.console.write_utf8(msgspec.json.encode(document) + b"\n")


# ------------------------------------------------------------------------------------------------------------- outbox


async def outbox(office: Office) -> int:
    """The command `outbox`."""
    verb = office.options.verb or "list"
    if verb == "list":
        if office.options.id:
            raise UsageError("outbox: list takes no number; ppstui outbox show ID shows one entry")
        await office.fill()
        await office.desk.history(0)  # asks the file itself: an outbox that cannot be read is not an empty one
        return _list(office)
    if not office.options.id:
        raise UsageError(f"outbox: which entry; ppstui outbox {verb} ID, and ppstui outbox lists them")
    number = whole_number(office.options.id, "outbox")
    await office.fill()
    entry = office.board.entry(number)
    if entry is None:
        raise NoSuchRecord(f"outbox: there is no entry {number}; ppstui outbox lists them")
    if verb == "show":
        return await _show(office, entry)
    if verb == "discard":
        return _told(office, await office.desk.discard(number), DONE)
    entry = await settled(office, await office.desk.retry(number))
    return _told(office, entry, outcome(office, entry))


def _list(office: Office) -> int:
    entries = office.board.entries()
    if office.options.json:
        document = Listing(
            ppstui=1,
            kind="outbox",
            generated=instant(office.desk.now(), office.zone) or "",
            total=len(entries),
            shown=len(entries),
            truncated=False,
            sources=office.sources(Kind),
            records=tuple(entry_record(entry, office.zone) for entry in entries),
        )
        _json(office, document)
    elif entries:
        width = office.console.width if office.console.is_terminal else None
        rows = [entry_row(entry, office) for entry in entries]
        for line in aligned(COLUMNS["outbox"], rows, width, ascii_only=office.ascii_only):
            office.console.say(line)
    else:
        office.console.complain("outbox: empty; nothing was ever asked for here")
    return DONE


async def _show(office: Office, entry: Entry) -> int:
    happened = await office.desk.history(entry.id)
    record = entry_record(entry, office.zone)
    if office.options.json:
        document = WholeEntry(
            **{name: getattr(record, name) for name in record.__struct_fields__},
            ppstui=1,
            kind="outbox",
            history=tuple(
                HappeningRecord(
                    at=instant(each.at, office.zone) or "",
                    state=each.state.value,
                    text=each.text or None,
                )
                for each in happened
            ),
        )
        _json(office, document)
        return DONE
    page = Page(office.desk.now(), office.zone, ascii_only=office.ascii_only)
    page.line(str(entry.id), words.command_title(entry.command), page.sign(words.ENTRIES[entry.state]))
    page.fact("asked", f"{page.when(entry.asked_at)} by {entry.by}")
    page.fact("reason", entry.reason)
    page.fact("before", entry.before)
    page.fact("tries", str(entry.tries))
    page.fact("not before", page.when(entry.due))
    page.fact("error", entry.last_error)
    page.fact("receipt", entry.receipt)
    page.head("What is written")
    page.quote(words.command_text(entry.command), 2)
    page.head("History")
    for each in happened:
        page.line(words.moment(each.at, office.zone), words.ENTRIES[each.state].word, each.text, indent=2)
    for line in page.lines:
        office.console.say(line)
    return DONE


def _told(office: Office, entry: Entry, code: int) -> int:
    if office.options.json:
        _json(office, entry_record(entry, office.zone))
    else:
        say_outcome(office, entry, code)
    return code


# --------------------------------------------------------------------------------------------------------------- undo


async def undo(office: Office) -> int:
    """The command `undo`."""
    number = whole_number(office.options.id, "undo") if office.options.id else None
    await office.fill()
    known = {entry.id for entry in office.board.entries()}
    if number is not None and number not in known:
        raise NoSuchRecord(f"undo: there is no entry {number}; ppstui outbox lists them")
    entry = await office.desk.undo(number)
    reverses = entry.id not in known
    entry = await settled(office, entry) if reverses else entry
    code = outcome(office, entry)
    if office.options.json:
        record = entry_record(entry, office.zone)
        fields = {name: getattr(record, name) for name in record.__struct_fields__}
        _json(office, Undone(**fields, ppstui=1, kind="outbox", reverses=reverses))
    elif reverses:
        text = f"entry {entry.id} takes it back: {words.command_title(entry.command)}"
        office.console.say(clean(text, ascii_only=office.ascii_only))
        say_outcome(office, entry, code)
    else:
        text = f"{words.command_title(entry.command)}: taken back before it was sent"
        office.console.say(clean(f"{entry.id}  {text}", ascii_only=office.ascii_only))
    return code


# --------------------------------------------------------------------------------------------------------------- sync


async def sync(office: Office) -> int:
    """The command `sync`: exit 1 when a source failed or refused, 5 for conflicts, 6 when something still waits."""
    if office.options.offline:
        raise UsageError("sync: reads and delivers, and --offline forbids both; leave one out")
    await office.fill()
    with Progress(office):
        done = await office.desk.sync()
    sources = office.sources(Kind)
    codes = {outcome(office, entry) for entry in done.left}
    if office.options.json:
        _json(
            office,
            Sync(
                ppstui=1,
                generated=instant(office.desk.now(), office.zone) or "",
                sources=sources,
                delivered=tuple(entry_record(entry, office.zone) for entry in done.delivered),
                waiting=tuple(entry_record(entry, office.zone) for entry in done.left),
            ),
        )
    else:
        _say_sync(office, sources, done.delivered, done.left)
    if office.failed(Kind) or FAILED in codes or any(entry.state is State.PARKED for entry in done.left):
        return OBJECTED if codes == {OBJECTED} and not office.failed(Kind) else FAILED
    return QUEUED if done.left else DONE


def _say_sync(
    office: Office, sources: tuple[SourceRecord, ...], delivered: tuple[Entry, ...], left: tuple[Entry, ...]
) -> None:
    office.complain_of(sources)
    for source in sources:
        if source.ok:
            note = f"; {source.note}" if source.note else ""
            office.console.say(clean(f"{source.name}: read{note}", ascii_only=office.ascii_only))
        if source.held and source.held != source.error:
            held = source.held.removeprefix(f"{source.name}: ")
            office.console.complain(f"{source.name}: nothing is sent: {held}")
    for entry in delivered:
        say_outcome(office, entry, DONE)
    for entry in left:
        say_outcome(office, entry, outcome(office, entry))
