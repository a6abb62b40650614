"""What a server has in the end, seen from its own side, and what of it each action should have left there."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ppstui.model import (
    Acknowledge,
    Assign,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Poll,
    Remind,
    Reply,
    Report,
    Resolve,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from ppstui.rules.commands import acknowledge_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppstui.model import Command

_MARK = re.compile(r"^\[ppstui (?P<key>\S+) (?P<author>[^\[\]\n]+)\]\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """One message on a ticket."""

    id: int
    ticket: str
    kind: str
    """`Correspond`, `Comment` or `Create`."""
    author: str
    text: str
    files: tuple[tuple[str, int], ...] = ()
    """Name and size of each."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the marks in it that its own author made."""
        return tuple(found["key"] for found in _MARK.finditer(self.text) if found["author"] == self.author)


@dataclass(frozen=True)
class Change:
    """One value that was put into a ticket, or taken out of it."""

    id: int
    ticket: str
    what: str
    value: str
    author: str
    put: bool = True


@dataclass
class Truth:
    """One look at the whole server."""

    said: list[Said] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    values: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """What each ticket has now: (ticket, what) and the values."""
    letters: Counter[str] = field(default_factory=Counter)
    """How often a mail was posted, by its key."""
    parents: dict[str, str] = field(default_factory=dict)
    """The ticket that each is a part of."""
    gone: set[str] = field(default_factory=set)
    """Tickets that the coordinators no longer see."""

    def marked(self, key: str) -> list[Said]:
        """The messages that carry this key."""
        return [message for message in self.said if key in message.keys]

    def had(self, ticket: str, what: str, value: str) -> bool:
        """Whether the value is there, or was."""
        folded = value.casefold()
        now = {each.casefold() for each in self.values.get((ticket, what), set())}
        return folded in now or any(
            (each.ticket, each.what, each.value.casefold()) == (ticket, what, folded) for each in self.changes
        )

    def puts(self, ticket: str, what: str, value: str, authors: Iterable[str]) -> list[Change]:
        """How often one of these accounts put this value in."""
        folded, ours = value.casefold(), set(authors)
        return [
            each
            for each in self.changes
            if (each.ticket, each.what, each.value.casefold()) == (ticket, what, folded)
            and each.put
            and each.author in ours
        ]


@dataclass(frozen=True)
class Due:
    """What an action leaves on its ticket when it is done."""

    texts: tuple[str, ...] = ()
    """Each stands in the message that carries the key; () when it need not write one."""
    kind: str = ""
    """How that message comes; "" when it may be either."""
    file: tuple[str, int] | None = None
    puts: tuple[tuple[str, str], ...] = ()
    """Field or column, and the value it has had."""
    takes: tuple[tuple[str, str], ...] = ()
    """The same, of what it no longer has."""
    above: tuple[tuple[str, str], ...] = ()
    """What the parent is told, where there is one."""


TEAMS, OUTCOME, DOCUMENT = "EA Teams", "Outcome", "DocID"


def due_of(command: Command) -> Due:  # noqa: C901, PLR0912  one line for each kind of action
    """What the server must have of it."""
    match command:
        case Assign():
            return Due(
                puts=tuple((TEAMS, team) for team in command.add), takes=tuple((TEAMS, team) for team in command.remove)
            )
        case Acknowledge():
            return Due(texts=(acknowledge_text(command).strip(),), kind="Correspond")
        case Comment():
            return Due(texts=(command.text,), kind="Comment")
        case Reply() | Remind():
            return Due(texts=(command.text,), kind="Correspond")
        case Poll():
            return Due(texts=(command.to,), kind="Comment")
        case Expose():
            return Due(texts=(command.team or "all", command.on.isoformat()), kind="Correspond")
        case Extend():
            return Due(texts=(command.team or "all", command.until.isoformat(), command.reason), kind="Correspond")
        case Report() if command.waive:
            return Due(texts=(command.team, command.waive), kind="Correspond")
        case Report():
            return Due(texts=(command.name,), kind="Correspond", file=(command.name, command.size))
        case Incident():
            links = (("link", command.url),)
            texts = (command.text,) if command.text and not command.remove else ()
            return Due(texts=texts, takes=links if command.remove else (), puts=() if command.remove else links)
        case Document() if command.document:
            return Due(puts=_documented(command.document))
        case SetOutcome() if command.outcome is not None:
            return Due(texts=_reason(command.reason), puts=((OUTCOME, command.outcome.value),))
        case Resolve():
            puts = _documented(command.document) if command.document else ()
            puts += ((OUTCOME, command.outcome.value),) if command.outcome else ()
            return Due(texts=_reason(command.reason), puts=(*puts, ("status", "resolved")), above=puts)
        case SetDue() if command.due is not None:
            return Due(puts=(("due", command.due.isoformat()),))
        case SetOwner() if command.owner:
            return Due(puts=(("owner", command.owner),))
        case SetStatus():
            return Due(puts=(("status", command.status),))
        case SetField():
            values = (*(command.values or ()), *command.add)
            return Due(
                puts=tuple((command.name, value) for value in values),
                takes=tuple((command.name, value) for value in command.remove),
            )
    return Due()


def _documented(document: str) -> tuple[tuple[str, str], ...]:
    return (DOCUMENT, document), ("link", f"https://documents.egi.eu/document/{document}")


def _reason(reason: str) -> tuple[str, ...]:
    return (reason,) if reason else ()
