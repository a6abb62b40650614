"""The hand that writes to one rollout: the record moves on once, however much is written, and history tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ppstui.backends.sql import rows
from ppstui.errors import Refused
from ppstui.model import Event, Link, Message, Phase, Voice

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.backends.sql.dialect import Session
    from ppstui.backends.sql.rows import Value
    from ppstui.rules.tracker import Tracker


class Writer(NamedTuple):
    """Who writes, when, where and under which key."""

    connection: Session
    source: str
    me: str
    now: dt.datetime
    key: str
    tracker: Tracker
    """The store's own ways: the process' words, and where its documents are."""

    def refused(self, text: str) -> Refused:
        """What is raised when a command cannot be carried out; nothing of it is kept then."""
        return Refused(f"{self.source}: {text}", source=self.source)


class Done(NamedTuple):
    """What a command did: a sentence, and the id of what it made."""

    text: str
    made: str = ""


class Hand:
    """Writes to the rollout in one row, inside a transaction that somebody else ends."""

    def __init__(self, writer: Writer, row: int) -> None:
        self.writer = writer
        self.row = row
        self.said: list[str] = []
        """What changed, in the words of the history."""
        self.made = ""
        """The id of the message that was written."""
        self._moved = 0

    @property
    def connection(self) -> Session:
        """The store, inside its transaction."""
        return self.writer.connection

    def moved(self) -> int:
        """The count of all changes after this one; the record moves on when it is first asked for."""
        if not self._moved:
            self._moved = rows.move(self.connection, self.row, self.writer.now)
        return self._moved

    def done(self, target: object, otherwise: str) -> Done:
        """The receipt: what changed, or that it was so already."""
        return Done(f"{target}: {', '.join(self.said) or otherwise}", self.made)

    # ---------------------------------------------------------------------------------------------- what is written

    def happened(self, text: str) -> None:
        """One line of history."""
        self.said.append(text)
        number = f"e{self.moved()}.{len(self.said)}"
        event = Event(id=number, at=self.writer.now, author=self.writer.me, text=text)
        rows.append(self.connection, self.row, "events", (event,))

    def say(self, voice: Voice, text: str) -> str:
        """A message that carries the key; returns its id."""
        self.made = f"m{self.moved()}"
        message = Message(
            id=self.made,
            at=self.writer.now,
            author=self.writer.me,
            voice=voice,
            text=text,
            marks=(self.writer.key,),
        )
        rows.append(self.connection, self.row, "messages", (message,))
        return self.made

    def column(self, name: str) -> Value:
        """What a column of the rollout holds."""
        sql = f'SELECT "{name}" FROM rollouts WHERE number = ?'  # noqa: S608 (names of columns stand in this package)
        found: Value = self.connection.execute(sql, (self.row,)).fetchone()[0]
        return found

    def put(self, name: str, value: object) -> bool:
        """Sets a column that history does not tell of; whether it held something else."""
        wanted = rows.bound(value)
        if self.column(name) == wanted:
            return False
        self.moved()
        sql = f'UPDATE rollouts SET "{name}" = ? WHERE number = ?'  # noqa: S608 (as above)
        self.connection.execute(sql, (wanted, self.row))
        return True

    def set(self, name: str, value: object) -> bool:
        """Sets a column and tells of it: `outcome (empty) → ACCEPT`; whether it held something else."""
        before = self.column(name)
        if not self.put(name, value):
            return False
        self.changed(name, str(before or ""), str(rows.bound(value) or ""))
        return True

    def changed(self, what: str, before: str, after: str) -> None:
        """One line of history in the form that every source gives it."""
        self.happened(f"{what} {before or '(empty)'} → {after or '(empty)'}")

    def to(self, phase: Phase) -> bool:
        """Gives it the store's own word for that phase; whether it had another."""
        self.put("phase", phase)
        return self.set("status", phase.value)

    def link(self, url: str, relation: str, title: str = "") -> bool:
        """Links an address, unless it is linked; whether it was not."""
        held = self.connection.execute(
            "SELECT 1 FROM links WHERE rollout = ? AND url = ?", (self.row, rows.bound(url))
        ).fetchone()
        if held is not None:
            return False
        rows.append(self.connection, self.row, "links", (Link(url=url, relation=relation, title=title),))
        self.happened(f"link + {url}")
        return True

    def unlink(self, url: str) -> bool:
        """Takes an address out; whether it was there."""
        gone = self.connection.execute(
            "DELETE FROM links WHERE rollout = ? AND url = ?", (self.row, rows.bound(url))
        ).rowcount
        if gone:
            self.happened(f"link - {url}")
        return bool(gone)
