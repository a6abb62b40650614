"""`ppstui outbox` and `ppstui sync`: every write ever asked for, what becomes of it, and deliveries."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.cli import unread
from ppstui.cli.doing import outcome, say_outcome, settled, tally, word_of, worst
from ppstui.cli.failing import DONE, FAILED, OBJECTED, QUEUED
from ppstui.cli.listing import COLUMNS, entry_row
from ppstui.cli.logbook import LoggedEntry, entry_page, log, logged, story
from ppstui.cli.office import Progress, whole_number
from ppstui.cli.tables import aligned
from ppstui.errors import UsageError
from ppstui.model import Kind, Publish, State
from ppstui.views.plain import clean
from ppstui.views.records import EntryRecord, SourceRecord, entry_record, instant
from ppstui.views.whole_text import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Entry, Ref
    from ppstui.store.unread import Unread


class DifferenceRecord(Struct, frozen=True, kw_only=True):
    """One thing that a colleague changed and the entry would change too."""

    what: str
    before: str | None
    theirs: str | None
    mine: str | None
    by: str | None


class WholeEntry(LoggedEntry, frozen=True, kw_only=True):
    """What `outbox show ID --json` prints."""

    ppstui: int
    kind: str
    differences: tuple[DifferenceRecord, ...]
    """What stands between a parked entry and the record."""


class Retried(Struct, frozen=True, kw_only=True):
    """What `outbox retry --failed --json` prints."""

    ppstui: int
    kind: str
    entries: tuple[EntryRecord, ...]
    tally: dict[str, int]
    """How many of them ended in which way."""


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
    _check(office, verb)
    if verb == "list":
        await office.fill()
        await office.desk.history(0)  # asks the file itself: an outbox that cannot be read is not an empty one
        return _list(office, await office.desk.unread())
    if verb == "log":
        return await log(office)
    if office.options.failed:
        await office.fill()
        return await _retry_failed(office)
    number = whole_number(office.options.id, "outbox")
    await office.fill()
    entry = office.board.entry(number)
    if entry is None:
        return await unread.one(office, number, verb)
    match verb:
        case "show":
            return await _show(office, entry)
        case "discard":
            return _told(office, await office.desk.discard(number), DONE)
        case "comment":
            entry = await settled(office, await office.desk.keep_comment(number))
        case _:
            entry = await settled(office, await office.desk.retry(number))
    return _told(office, entry, outcome(office, entry))


def _check(office: Office, verb: str) -> None:
    """Refuses what does not go together. Raises UsageError."""
    options = office.options
    if options.failed and verb != "retry":
        raise UsageError(f"outbox: --failed goes with retry, not with {verb}")
    if (options.csv or options.md) and verb != "log":
        raise UsageError("outbox: --csv and --md go with log; ppstui list outbox has them too")
    if options.id and (verb in ("list", "log") or options.failed):
        what = "retry --failed" if options.failed else verb
        raise UsageError(f"outbox: {what} takes no number; ppstui outbox show ID shows one entry")
    if not options.id and verb not in ("list", "log") and not options.failed:
        raise UsageError(f"outbox: which entry; ppstui outbox {verb} ID, and ppstui outbox lists them")


async def _retry_failed(office: Office) -> int:
    """Lets everything go again that was refused; what needs a look first is said and left alone."""
    parked = [entry for entry in reversed(office.board.entries()) if entry.state is State.PARKED]
    undecided = [entry for entry in parked if _needs_a_look(entry)]
    going = [await office.desk.retry(entry.id) for entry in parked if entry not in undecided]
    by_record: dict[Ref, list[Entry]] = {}
    for entry in going:
        by_record.setdefault(entry.command.target, []).append(entry)
    ended = await asyncio.gather(*(_in_turn(office, mine) for mine in by_record.values()))
    entries = sorted([*undecided, *(entry for mine in ended for entry in mine)], key=lambda entry: entry.id)
    codes = [OBJECTED if entry in undecided else outcome(office, entry) for entry in entries]
    counted = [word_of(entry) for entry in entries]
    if office.options.json:
        records = tuple(entry_record(entry, office.zone) for entry in entries)
        _json(office, Retried(ppstui=1, kind="outbox", entries=records, tally=dict(Counter(counted))))
    for entry, code in zip(entries, codes, strict=True):
        if entry in undecided or not office.options.json:
            say_outcome(office, entry, code)
    office.console.complain(f"outbox: {tally(counted)}" if entries else "outbox: nothing is parked; nothing to retry")
    return worst(codes)


def _needs_a_look(entry: Entry) -> bool:
    """Whether retrying would go over a colleague's change, or send a mail that may have left already."""
    return entry.conflict or entry.mail == "leaving"


async def _in_turn(office: Office, entries: Sequence[Entry]) -> list[Entry]:
    return [await settled(office, entry) for entry in entries]


def _list(office: Office, unreadable: Sequence[Unread]) -> int:
    entries = office.board.entries()
    if office.options.json:
        document = unread.Outbox(
            ppstui=1,
            kind="outbox",
            generated=instant(office.desk.now(), office.zone) or "",
            total=len(entries),
            shown=len(entries),
            truncated=False,
            sources=office.sources(Kind),
            records=tuple(entry_record(entry, office.zone) for entry in entries),
            unread=tuple(unread.record(each) for each in unreadable),
        )
        _json(office, document)
    elif entries or unreadable:
        width = office.console.width if office.console.is_terminal else None
        told = [(entry.id, entry_row(entry, office)) for entry in entries]
        told += [(each.id, unread.row(each, office)) for each in unreadable]
        rows = [row for _, row in sorted(told, reverse=True)]
        for line in aligned(COLUMNS["outbox"], rows, width, ascii_only=office.ascii_only):
            office.console.say(line)
    else:
        office.console.complain("outbox: empty; nothing was ever asked for here")
    return DONE


async def _show(office: Office, entry: Entry) -> int:
    told = await story(office, entry)
    differences = await office.desk.differences(entry.id) if entry.state is State.PARKED else ()
    if office.options.json:
        record = logged(office, told)
        document = WholeEntry(
            **{name: getattr(record, name) for name in record.__struct_fields__},
            ppstui=1,
            kind="outbox",
            differences=tuple(
                DifferenceRecord(
                    what=each.what,
                    before=each.before or None,
                    theirs=each.theirs or None,
                    mine=each.mine or None,
                    by=each.by or None,
                )
                for each in differences
            ),
        )
        _json(office, document)
        return DONE
    page = Page(office.desk.now(), office.zone, ascii_only=office.ascii_only)
    entry_page(page, told, differences)
    if entry.state is State.PARKED:
        again = "sends it again" if entry.mail == "leaving" else "applies it anyway" if differences else "tries again"
        page.head("What you can do")
        doubted = isinstance(entry.command, Publish) and entry.mail == "leaving"
        kept = "writes down that it went" if doubted else "keeps only your comment"
        for verb, what in (("retry", again), ("comment", kept), ("discard", "gives it up")):
            page.fact(f"ppstui outbox {verb} {entry.id}", what, 2, 26)
    for line in page.lines:
        office.console.say(line)
    return DONE


def _told(office: Office, entry: Entry, code: int) -> int:
    if office.options.json:
        _json(office, entry_record(entry, office.zone))
    else:
        say_outcome(office, entry, code)
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
