"""The other side of the embedded store: the same file, in the hands of somebody else, on a disk that can fail."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from ppstui.backends.sql import rows
from ppstui.backends.sql.backend import SqlBackend
from ppstui.backends.sql.file import DataFile, FileSession
from ppstui.backends.sql.layout import LAYOUTS
from ppstui.model import (
    Assign,
    Comment,
    Document,
    Incident,
    Message,
    NewRollout,
    Poll,
    Ref,
    Report,
    Resolve,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    Voice,
)
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ppstui.backends.sql.dialect import Session
    from ppstui.model import Command, Record
    from ppstui.port import Backend


_OF = "rollout = (SELECT number FROM rollouts WHERE id = ?) ORDER BY position"
_SAID = f"SELECT text FROM messages WHERE voice = '{{}}' AND {_OF}"
_ONE = "SELECT {0} FROM rollouts WHERE id = ? AND coalesce({0}, '') <> ''"
_ALSO_PARENT = f"{_ONE} UNION ALL SELECT DISTINCT {{0}} FROM parents WHERE id = ? AND {{0}} <> ''"
_SEEN: dict[type[Command], str] = {
    Assign: f"SELECT team FROM assignments WHERE {_OF}",
    Comment: _SAID.format("comment"),
    Poll: _SAID.format("comment"),
    Report: f"SELECT name || ': ' || length(content) || ' bytes' FROM attachments WHERE {_OF}",
    Incident: f"SELECT url FROM links WHERE {_OF}",
    Document: _ALSO_PARENT.format("document"),
    SetOutcome: _ALSO_PARENT.format("outcome"),
    SetDue: _ONE.format("due"),
    SetOwner: _ONE.format("owner"),
    SetStatus: _ONE.format("status"),
    Resolve: _ONE.format("status"),
    SetField: f"SELECT name || ': ' || value FROM fields WHERE {_OF}",
}
"""What shows the effects of each command; of the others it is texts of correspondence."""


class TablesWorld:
    """The facts: what a colleague with a connection of his own does and sees, whatever the database is."""

    source: str

    def _change(self) -> AbstractContextManager[Session]:
        raise NotImplementedError

    def seed(self, records: Sequence[Record]) -> tuple[Ref, ...]:
        with self._change() as connection:
            return tuple(Ref(self.source, rows.put(connection, record)) for record in records)

    def see(self, command: type[Command], ref: Ref) -> tuple[str, ...]:
        with self._change() as connection:
            if command is NewRollout:
                return _column(connection.execute("SELECT title FROM rollouts ORDER BY number"))
            sql = _SEEN.get(command, _SAID.format("reply"))
            found = _column(connection.execute(sql, (ref.id,) * sql.count("?")))
            return found if command is not SetField else tuple(value for each in found for value in _values(each))

    def touch(self, ref: Ref) -> None:
        with self._change() as connection:
            row = self._moved(connection, ref)
            note = Message(id="colleague", at=NOON, author="colleague", voice=Voice.COMMENT, text="Rang them.")
            rows.append(connection, row, "messages", (note,))

    def assign(self, ref: Ref, team: str) -> None:
        with self._change() as connection:
            row = self._moved(connection, ref)
            connection.execute(
                "INSERT INTO assignments SELECT ?, coalesce(max(position), 0) + 1, ?, ?, 'colleague'"
                " FROM assignments WHERE rollout = ?",
                (row, team, NOON.isoformat(), row),
            )

    def remove(self, ref: Ref) -> None:
        with self._change() as connection:
            for kind in LAYOUTS:
                connection.execute(f"DELETE FROM {kind.value} WHERE id = ?", (ref.id,))

    def _moved(self, connection: Session, ref: Ref) -> int:
        changed = rows.count(connection, "changes")
        connection.execute("UPDATE rollouts SET rev = rev + 1, changed = ? WHERE id = ?", (changed, ref.id))
        return int(connection.execute("SELECT number FROM rollouts WHERE id = ?", (ref.id,)).fetchone()[0])


class SqlWorld(TablesWorld):
    """See `ppstui.testing.World`. Faults are SQLite's own: a lock, an authoriser, a trigger, and a failing commit."""

    def __init__(self, path: Path, source: str = "there") -> None:
        self.path = path
        self.source = source
        self.secrets: tuple[str, ...] = ()
        self._lose = self._refuse = self._deny = False
        self._left = 0
        self._locker: sqlite3.Connection | None = None

    def open(self) -> Backend:
        return SqlBackend(self.source, self._file(), lambda: NOON, "coordinator")

    def _file(self) -> DataFile:
        return DataFile(self.path, self.source, connect=self._connect, patience=0.05)

    def _change(self) -> AbstractContextManager[Session]:
        return _Changing(self)

    # ------------------------------------------------------------------------------------------------ the faults

    def lose_next_answer(self) -> None:
        self._lose = True

    def cut_after(self, writes: int) -> None:
        self._left = writes
        if not writes:
            self.be_down()

    def refuse_next(self) -> None:
        with self._change() as connection:
            connection.execute(
                "CREATE TRIGGER IF NOT EXISTS house_rule BEFORE INSERT ON applied WHEN house_rule()"
                " BEGIN SELECT RAISE(ABORT, 'a rule of the house'); END"
            )
        self._refuse = True

    def be_down(self) -> None:
        with self._change():
            pass
        self._locker = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._locker.execute("BEGIN EXCLUSIVE")

    def be_up(self) -> None:
        if self._locker is not None:
            self._locker.close()
        self._locker = None
        self._left = 0

    def expire_credentials(self) -> None:
        self._deny = True

    def renew_credentials(self) -> None:
        self._deny = False

    def _connect(self, path: Path, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(path, factory=self._factory(), cached_statements=0, **options)
        connection.set_authorizer(lambda *_what: sqlite3.SQLITE_DENY if self._deny else sqlite3.SQLITE_OK)
        connection.create_function("house_rule", 0, self._house_rule)
        return connection

    def _house_rule(self) -> bool:
        refuse, self._refuse = self._refuse, False
        return refuse

    def _factory(world) -> type[sqlite3.Connection]:  # noqa: N805 (`self` is the connection below)
        class Forgetful(sqlite3.Connection):
            def commit(self) -> None:
                wrote = self.total_changes
                super().commit()
                if world._left and wrote:
                    world._left -= 1
                    world._lose = not world._left
                    if world._lose:
                        world.be_down()
                if world._lose and wrote:
                    world._lose = False
                    error = sqlite3.OperationalError("disk I/O error")
                    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
                    raise error

        return Forgetful


class _Changing:
    """A colleague's transaction: the same file, another program."""

    def __init__(self, world: SqlWorld) -> None:
        self._file = DataFile(world.path, world.source, connect=_colleague)

    def __enter__(self) -> Session:
        self._connection = self._file._open()
        self._connection.execute("BEGIN IMMEDIATE")
        return FileSession(self._connection)

    def __exit__(self, *failed: object) -> None:
        if failed[0] is None:
            self._connection.commit()
        self._connection.close()


def _colleague(path: Path, **options: Any) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite3.connect(path, **options)
    connection.create_function("house_rule", 0, lambda: False)
    return connection


def _values(told: str) -> Iterator[str]:
    """Each value of a field that holds several, which are kept as one text."""
    name, _, values = told.partition(": ")
    return (f"{name}: {value}" for value in values.split(", "))


def _column(found: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in found)
