"""`ppstui outbox` on entries that this version cannot read: what is known of them, and giving them up."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.cli.failing import DONE
from ppstui.errors import NoSuchRecord, UsageError
from ppstui.views import words
from ppstui.views.plain import clean
from ppstui.views.records import Listing
from ppstui.views.whole_text import Page

if TYPE_CHECKING:
    from ppstui.cli.office import Office
    from ppstui.store.unread import Unread


class Line(Struct, frozen=True, kw_only=True):
    """One line of its log."""

    at: str
    state: str
    text: str


class UnreadRecord(Struct, frozen=True, kw_only=True):
    """What is known of an entry that cannot be read; every text as the file has it, which may be damaged."""

    id: int
    action: str
    ref: str
    asked_at: str
    by: str
    state: str
    why: str
    key: str
    last_error: str | None
    settled_at: str | None
    history: tuple[Line, ...]


class Outbox(Listing, frozen=True, kw_only=True):
    """What `outbox --json` prints."""

    unread: tuple[UnreadRecord, ...]
    """What this version cannot read, newest first; it is not counted among the records."""


class WholeUnread(UnreadRecord, frozen=True, kw_only=True):
    """What `outbox show ID --json` and `outbox discard ID --json` print of one."""

    ppstui: int
    kind: str


def record(found: Unread) -> UnreadRecord:
    """Its record for a document."""
    return UnreadRecord(
        id=found.id,
        action=found.name,
        ref=found.target,
        asked_at=found.asked_at,
        by=found.by,
        state=found.state,
        why=found.why,
        key=found.key,
        last_error=found.last_error or None,
        settled_at=found.settled_at or None,
        history=tuple(Line(at=at, state=state, text=told) for at, state, told in found.happened),
    )


def row(found: Unread, office: Office) -> tuple[str, ...]:
    """Its row among the others of `outbox`."""
    state = "unreadable" if found.pending else found.state
    note = f"cannot be read: {found.why}"
    if found.pending:
        note += f"; it is not sent: ppstui outbox discard {found.id} gives it up"
    asked = _instant(found.asked_at)
    when = words.ago(asked, office.desk.now()) if asked else found.asked_at
    return (str(found.id), state, found.name, found.target, when, "", note)


async def one(office: Office, number: int, verb: str) -> int:
    """`outbox show` or `discard` of one that cannot be read. Raises NoSuchRecord when there is none of that number."""
    found = next((each for each in await office.desk.unread() if each.id == number), None)
    if found is None:
        raise NoSuchRecord(f"outbox: there is no entry {number}; ppstui outbox lists them")
    if verb == "discard":
        found = await office.desk.give_up_unread(number)
    elif verb != "show":
        raise UsageError(
            f"outbox: entry {number} cannot be read: {found.why}; "
            f"ppstui outbox show {number} tells what is known, discard {number} gives it up"
        )
    if office.options.json:
        known = record(found)
        fields = {name: getattr(known, name) for name in known.__struct_fields__}
        document = msgspec.json.encode(WholeUnread(**fields, ppstui=1, kind="unread"))
        office.console.write_utf8(document + b"\n")
    elif verb == "discard":
        told = f"{found.id} {found.name} on {found.target}: discarded; nothing of it is sent"
        office.console.say(clean(told, ascii_only=office.ascii_only))
    else:
        _page(office, found)
    return DONE


def _page(office: Office, found: Unread) -> None:
    page = Page(office.desk.now(), office.zone, ascii_only=office.ascii_only)
    page.line(str(found.id), f"{found.name} on {found.target}", "unreadable" if found.pending else found.state)
    page.fact("unreadable", found.why)
    page.fact("asked", f"{page.when(_instant(found.asked_at)) or found.asked_at} by {found.by}")
    page.fact("state", found.state)
    page.fact("tries", found.tries)
    page.fact("mail", "it may have left, nobody knows" if found.mail == "leaving" else found.mail)
    page.fact("error", found.last_error)
    page.head("History")
    for at, state, told in found.happened:
        known = _instant(at)
        page.line(words.moment(known, page.zone) if known else at, state, told, indent=2)
    if found.pending:
        page.head("What you can do")
        page.fact(f"ppstui outbox discard {found.id}", "gives it up: nothing of it is sent, later entries go", 2, 26)
        page.fact("a newer ppstui", "may know it; until then it stays, and later entries of its record wait", 2, 26)
    for line in page.lines:
        office.console.say(line)


def _instant(text: str) -> dt.datetime | None:
    """The instant a cell tells; None when it tells none."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
