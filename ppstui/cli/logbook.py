"""The action log: every write ever asked for with what was sent and answered, as text, JSON, CSV or Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.cli.failing import DONE
from ppstui.cli.tables import csv_lines, markdown
from ppstui.errors import UsageError
from ppstui.model import Entry
from ppstui.store import Exchanged, Happening
from ppstui.views import words
from ppstui.views.records import EntryRecord, entry_record, instant
from ppstui.views.whole_text import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.rules.conflicts import Difference


class HappeningRecord(Struct, frozen=True, kw_only=True):
    """One line of an entry's own history."""

    at: str
    state: str
    text: str | None


class ExchangeRecord(Struct, frozen=True, kw_only=True):
    """One request that was to change something, and what came of it; secrets are not in it."""

    at: str
    request: str
    answer: str | None


class LoggedEntry(EntryRecord, frozen=True, kw_only=True):
    """An outbox entry with everything that happened to it."""

    key: str
    """The mark by which it is found again on the server."""
    history: tuple[HappeningRecord, ...]
    exchanges: tuple[ExchangeRecord, ...]


class Log(Struct, frozen=True, kw_only=True):
    """What `outbox log --json` prints."""

    ppstui: int
    kind: str
    generated: str
    total: int
    records: tuple[LoggedEntry, ...]
    """Oldest first."""


class Story(Struct, frozen=True):
    """An entry, and everything that is kept about it."""

    entry: Entry
    happened: tuple[Happening, ...]
    exchanged: tuple[Exchanged, ...]


async def story(office: Office, entry: Entry) -> Story:
    """Everything that is kept about an entry. Raises StoreError."""
    return Story(entry, await office.desk.history(entry.id), await office.desk.exchanges(entry.id))


async def log(office: Office) -> int:
    """The command `outbox log`."""
    options = office.options
    if options.id:
        raise UsageError("outbox: log takes no number; ppstui outbox show ID shows one entry")
    if sum(map(bool, (options.json, options.csv, options.md))) > 1:
        raise UsageError("outbox: --json, --csv and --md exclude each other; choose one")
    await office.fill()
    await office.desk.history(0)  # asks the file itself: an outbox that cannot be read is not an empty one
    stories = [await story(office, entry) for entry in reversed(office.board.entries())]
    if options.json:
        document = Log(
            ppstui=1,
            kind="log",
            generated=instant(office.desk.now(), office.zone) or "",
            total=len(stories),
            records=tuple(logged(office, each) for each in stories),
        )
        office.console.write_utf8(msgspec.json.encode(document) + b"\n")
    elif options.csv or options.md:
        table = (csv_lines if options.csv else markdown)(_TITLES, [_row(office, each) for each in stories])
        office.console.write_utf8(table.encode("utf-8", "replace"))
    elif stories:
        _print(office, stories)
    else:
        office.console.complain("outbox: empty; nothing was ever asked for here")
    return DONE


def logged(office: Office, told: Story) -> LoggedEntry:
    """The record of an entry with all that happened to it."""
    zone = office.zone
    record = entry_record(told.entry, zone)
    return LoggedEntry(
        **{name: getattr(record, name) for name in record.__struct_fields__},
        key=told.entry.key,
        history=tuple(
            HappeningRecord(at=instant(each.at, zone) or "", state=each.state.value, text=each.text or None)
            for each in told.happened
        ),
        exchanges=tuple(
            ExchangeRecord(at=instant(each.at, zone) or "", request=each.request, answer=each.answer or None)
            for each in told.exchanged
        ),
    )


# --------------------------------------------------------------------------------------------------------------- text


def _print(office: Office, stories: Sequence[Story]) -> None:
    page = Page(office.desk.now(), office.zone, ascii_only=office.ascii_only)
    for each in stories:
        if page.lines:
            page.lines.append("")
        entry_page(page, each)
    for line in page.lines:
        office.console.say(line)


def entry_page(page: Page, told: Story, differences: Sequence[Difference] = ()) -> None:
    """An entry with everything that happened to it; `differences` are what stands against a parked one."""
    entry = told.entry
    page.line(str(entry.id), words.command_title(entry.command), page.sign(words.ENTRIES[entry.state]))
    page.fact("asked", f"{page.when(entry.asked_at)} by {entry.by}")
    page.fact("reason", entry.reason)
    page.fact("before", entry.before)
    page.fact("tries", str(entry.tries))
    page.fact("not before", page.when(entry.due))
    page.fact("mail", "it may have left, nobody knows" if entry.mail == "leaving" else entry.mail)
    page.fact("error", entry.last_error)
    page.fact("receipt", entry.receipt)
    if differences:
        _differences(page, differences)
    page.head("What is written")
    page.quote(words.command_text(entry.command), 2)
    page.head("History")
    for each in told.happened:
        page.line(words.moment(each.at, page.zone), words.ENTRIES[each.state].word, each.text, indent=2)
    if told.exchanged:
        page.head("Requests and answers")
    for exchange in told.exchanged:
        page.line(words.moment(exchange.at, page.zone), indent=2)
        page.quote(exchange.request, 4)
        page.quote(exchange.answer or "(no answer)", 6)


def _differences(page: Page, differences: Sequence[Difference]) -> None:
    page.head("What changed since you looked")
    for each in differences:
        page.line(each.what, f"(changed by {each.by})" if each.by else "", indent=2)
        page.fact("before", each.before or "nothing", 4)
        page.fact("theirs", each.theirs or "nothing", 4)
        page.fact("mine", each.mine or "nothing", 4)


# ------------------------------------------------------------------------------------------------------------- tables

_TITLES = (
    *("id", "asked_at", "by", "action", "ref", "text", "reason", "before", "state", "settled_at", "tries", "result"),
    *("mail", "requests", "answers"),
)


def _row(office: Office, told: Story) -> tuple[str, ...]:
    """One entry as a row of texts; of several requests each is led by its number."""
    record = entry_record(told.entry, office.zone)
    return (
        str(record.id),
        record.asked_at,
        record.by,
        record.action,
        record.ref,
        record.text,
        record.reason or "",
        record.before or "",
        record.state,
        record.settled_at or "",
        str(record.tries),
        record.last_error or record.receipt or "",
        record.mail or "",
        _numbered([each.request for each in told.exchanged]),
        _numbered([each.answer or "(no answer)" for each in told.exchanged]),
    )


def _numbered(texts: Sequence[str]) -> str:
    return "\n".join(f"[{number}] {text.strip()}" for number, text in enumerate(texts, 1))
