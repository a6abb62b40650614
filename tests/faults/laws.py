"""What holds whatever happens, checked from the server's side: one effect, never two; order; nothing lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ppstui.model import Poll, Resolve, State
from tests.faults.truth import DOCUMENT, OUTCOME, due_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ppstui.model import Command, Entry
    from tests.faults.truth import Truth


@dataclass
class Book:
    """What was asked at one home, and what people decided since."""

    account: str
    told: dict[int, Command] = field(default_factory=dict)
    """Everything that a person was told to be queued."""
    told_at: dict[int, int] = field(default_factory=dict)
    """After which transaction of the server each was asked for, where that is known."""
    let_go: Counter[int] = field(default_factory=Counter)
    """How often a person looked at an entry and let it go again."""
    entries: Sequence[Entry] = ()
    """The outbox as it is at the end."""


def broken(books: Sequence[Book], truth: Truth, *, settled: bool) -> list[str]:
    """A sentence for each law that does not hold. `settled`: all was well again and had time to arrive."""
    found: list[str] = []
    for book in books:
        found += _lost(book)
        found += _not_done(book, truth)
        found += _out_of_order(book, truth)
        found += _done_after_all(book, truth)
        found += _stuck(book) if settled else ()
        found += _posted_twice(book, truth)
        found += _overwritten(book, truth)
    return [*found, *_twice(books, truth), *_set_twice(books, truth)]


def _name(entry: Entry) -> str:
    return f"entry {entry.id} {entry.key} ({entry.state.value}, {entry.tries} tries)"


def _lost(book: Book) -> Iterator[str]:
    """Nothing that was told to be queued is lost, and nothing else is there."""
    kept = {entry.id: entry for entry in book.entries}
    for number, command in book.told.items():
        if number not in kept:
            yield f"lost: entry {number} was told to be queued and is in no outbox"
        elif kept[number].command.target != command.target or type(kept[number].command) is not type(command):
            yield f"changed: {_name(kept[number])} is not what was asked for"


def _not_done(book: Book, truth: Truth) -> Iterator[str]:
    """Done means that the effect is there."""
    for entry in book.entries:
        ticket, due = entry.command.target.id, due_of(entry.command)
        if entry.state is not State.DONE or ticket in truth.gone:
            continue
        messages = truth.marked(entry.key)
        if isinstance(entry.command, Poll) and not truth.letters[entry.key]:
            yield f"no mail: {_name(entry)} is done, and no mail was posted"
        if due.texts and not messages:
            yield f"not there: {_name(entry)} is done, and no message carries its key"
        for message in messages:
            if message.ticket != ticket or (due.kind and message.kind != due.kind):
                yield f"elsewhere: {_name(entry)} is a {message.kind} on ticket {message.ticket}"
            yield from (
                f"other text: {_name(entry)} lacks {text!r}" for text in due.texts if not _holds(message.text, text)
            )
            if due.file and list(message.files).count(due.file) != 1:
                yield f"no file: {_name(entry)} has {message.files}, not {due.file} once"
        yield from (
            f"not set: {_name(entry)} is done, and {what} never was {value!r}"
            for what, value in due.puts
            if not truth.had(ticket, what, value)
        )
        parent = truth.parents.get(ticket, "")
        yield from (
            f"not told: {_name(entry)} is done, and {what} of its parent {parent} never was {value!r}"
            for what, value in due.above
            if parent and what != "link" and not truth.had(parent, what, value)
        )


def _holds(message: str, text: str) -> bool:
    return " ".join(text.split()) in " ".join(message.split())


def _twice(books: Sequence[Book], truth: Truth) -> Iterator[str]:
    """No message twice, by its mark and by its text, and none that nobody asked for."""
    known = {entry.key: entry for book in books for entry in book.entries}
    keys = Counter(key for message in truth.said for key in message.keys)
    for key, count in keys.items():
        if count > 1:
            yield f"twice: {count} messages carry {key}"
        if key not in known:
            yield f"unasked: a message carries {key}, which is in no outbox"
    for entry in known.values():
        ticket = entry.command.target.id
        for text in (each for each in due_of(entry.command).texts if each.startswith("text ")):
            there = sum(message.ticket == ticket and _holds(message.text, text) for message in truth.said)
            asked = sum(text in str(other.command) for other in known.values())
            if there > asked:
                yield f"twice: {text!r} stands in {there} messages of ticket {ticket}, asked for {asked} times"
    files = Counter((message.ticket, file) for message in truth.said for file in message.files)
    wanted = Counter((entry.command.target.id, due_of(entry.command).file) for entry in known.values())
    for (ticket, file), count in files.items():
        if count > wanted[ticket, file] > 0:
            yield f"twice: the file {file} is {count} times on ticket {ticket}, asked for {wanted[ticket, file]} times"


def _posted_twice(book: Book, truth: Truth) -> Iterator[str]:
    """No mail goes twice, unless a person let it go again."""
    for entry in book.entries:
        if truth.letters[entry.key] > 1 + book.let_go[entry.id]:
            yield f"posted twice: {_name(entry)} {truth.letters[entry.key]} times"


def _set_twice(books: Sequence[Book], truth: Truth) -> Iterator[str]:
    """No value is put in more often than it was asked for, no parent told more often than children were closed."""
    allowed: Counter[tuple[str, str, str]] = Counter()
    for book in books:
        for entry in book.entries:
            if not entry.tries:
                continue
            due, ticket, times = due_of(entry.command), entry.command.target.id, 1 + book.let_go[entry.id]
            allowed.update({(ticket, what, value.casefold()): times for what, value in due.puts})
            if isinstance(entry.command, Resolve):
                allowed.update(
                    {(truth.parents.get(ticket, ""), what, ""): times for what in (OUTCOME, DOCUMENT, "link")}
                )
    accounts, parents = {book.account for book in books}, set(truth.parents.values())
    puts = Counter(
        (each.ticket, each.what, "" if each.ticket in parents else each.value.casefold())
        for each in truth.changes
        if each.put and each.author in accounts
    )
    for (ticket, what, value), count in puts.items():
        if count > allowed[ticket, what, value] and what != "status":
            yield f"set twice: ticket {ticket} {what} {value!r}: {count} times for {allowed[ticket, what, value]}"


def _overwritten(book: Book, truth: Truth) -> Iterator[str]:
    """What a colleague put in after an action was asked for is not overwritten by it, unless a person let it go."""
    for entry in book.entries:
        asked, ticket = book.told_at.get(entry.id), entry.command.target.id
        if asked is None or book.let_go[entry.id]:
            continue
        values = [(what, value) for what, value in due_of(entry.command).puts if what == DOCUMENT]
        for what, value in values:
            for mine in truth.puts(ticket, what, value, {book.account}):
                # What stood there: a colleague's value that another action of ours was let go over is none any more.
                before = [
                    each
                    for each in truth.changes
                    if each.put and (each.ticket, each.what) == (ticket, what) and each.id < mine.id
                ]
                stood = max(before, key=lambda each: each.id, default=None)
                if stood is not None and stood.author == "colleague" and asked < stood.id:
                    yield f"overwritten: {_name(entry)} put {what} {value!r} over what a colleague had put there since"


def _out_of_order(book: Book, truth: Truth) -> Iterator[str]:
    """About each record, what was asked first had its effect first."""
    last: dict[str, tuple[int, Entry]] = {}
    for entry in sorted(book.entries, key=lambda entry: entry.id):
        if entry.state is not State.DONE:
            continue
        ticket = entry.command.target.id
        ids = [message.id for message in truth.marked(entry.key)]
        if not ids:
            continue
        if ticket in last and min(ids) < last[ticket][0]:
            yield f"order: {_name(entry)} came before {_name(last[ticket][1])}"
        last[ticket] = max(ids), entry


def _done_after_all(book: Book, truth: Truth) -> Iterator[str]:
    """What was taken back or given up before it was tried never happens."""
    for entry in book.entries:
        if entry.state in (State.UNDONE, State.DISCARDED) and not entry.tries and truth.marked(entry.key):
            yield f"done after all: {_name(entry)} never left, and is there"


def _stuck(book: Book) -> Iterator[str]:
    """When all is well, whatever is not settled is parked with its sentence, or waits behind what is."""
    by_record: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(book.entries, key=lambda entry: entry.id):
        by_record[str(entry.command.target)].append(entry)
    for entries in by_record.values():
        pending = [entry for entry in entries if entry.state.pending]
        if pending and pending[0].state is not State.PARKED:
            yield f"stuck: {_name(pending[0])}: {pending[0].last_error or 'no word why'}"
        for entry in pending:
            if entry.state is State.PARKED and not entry.last_error:
                yield f"silent: {_name(entry)} is parked without a sentence"
