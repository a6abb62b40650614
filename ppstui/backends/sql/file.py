"""One SQLite file that holds what nobody else has: opened late, on a thread of its own, and never replaced.

Rollback journal, not WAL: WAL does not work on network file systems, where home folders of login nodes live (SQLite's
manual, "Write-Ahead Logging", section 1).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from ppstui.backends.sql.dialect import in_sqlite
from ppstui.backends.sql.schema import APPLICATION_ID, MIGRATIONS
from ppstui.errors import BackendError, Garbled, NotAuthorised, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ppstui.backends.sql.dialect import Question, Rows, Session

_T = TypeVar("_T")

PATIENCE: Final = 0.7
"""Seconds to wait for another program that is writing: quitting waits for the thread, and must not take a second."""

_LOCKED = "another program keeps it locked; it is tried again by itself"
_UNREADABLE = "you may not read or write it; check its permissions and those of its folder"
_DAMAGED = "it is damaged or no SQLite file; put a backup in its place, or move it away to begin anew"
_SENTENCES: dict[int, tuple[type[BackendError], str]] = {
    sqlite3.SQLITE_BUSY: (Unreachable, _LOCKED),
    sqlite3.SQLITE_LOCKED: (Unreachable, _LOCKED),
    sqlite3.SQLITE_CANTOPEN: (Unreachable, "it cannot be opened; check that its folder exists and may be written"),
    sqlite3.SQLITE_IOERR: (Unreachable, "the disk or the network folder failed; check that it is mounted"),
    sqlite3.SQLITE_FULL: (Unreachable, "the disk is full; free some space"),
    sqlite3.SQLITE_PROTOCOL: (Unreachable, "the network folder does not support locks; keep the file on a local disk"),
    sqlite3.SQLITE_READONLY: (NotAuthorised, _UNREADABLE),
    sqlite3.SQLITE_PERM: (NotAuthorised, _UNREADABLE),
    sqlite3.SQLITE_AUTH: (NotAuthorised, _UNREADABLE),
    sqlite3.SQLITE_CORRUPT: (Garbled, _DAMAGED),
    sqlite3.SQLITE_NOTADB: (Garbled, _DAMAGED),
    sqlite3.SQLITE_FORMAT: (Garbled, _DAMAGED),
    sqlite3.SQLITE_TOOBIG: (Refused, "the text is too long for it"),
}


class FileSession:
    """A transaction on an SQLite file. See `Session`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.executemany = connection.executemany

    def execute(self, sql: str, values: Sequence[object] = ()) -> Rows:
        """Carries out one statement."""
        return self._connection.execute(sql, tuple(values))

    def together(self, *questions: Question) -> list[list[tuple[object, ...]]]:
        """One after the other: nothing is far away."""
        return [self.execute(*question).fetchall() for question in questions]

    def insert(self, sql: str, values: Sequence[object]) -> int:
        """Inserts one row, and returns its number."""
        return int(self._connection.execute(sql, tuple(values)).lastrowid or 0)


class DataFile:
    """A file, its thread and its connection. Work is a function of the connection and runs as one transaction."""

    def __init__(
        self,
        path: Path | None,
        source: str,
        *,
        first: Callable[[Session], None] | None = None,
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect,
        patience: float = PATIENCE,
    ) -> None:
        """`path` None keeps everything in memory. `first` fills a file that was just made, in the same transaction."""
        self.path = path
        self.place = str(path) if path else "memory"
        self.engine = ("SQLite", sqlite3.sqlite_version)
        self.role = ""
        self.shelf = path.with_suffix(".files") if path else None
        self.near = True
        self._source = source
        self._first = first
        self._connect = connect
        self._patience = patience
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._closed = False

    async def read(self, work: Callable[[Session], _T]) -> _T:
        """What the work returns; it sees one state of the file. Raises BackendError."""
        return await self._off(lambda: self._run(work, "BEGIN"))

    async def write(self, work: Callable[[Session], _T]) -> _T:
        """What the work returns, once it is on the disk. Raises BackendError; then nothing was changed, or all was."""
        return await self._off(lambda: self._run(work, "BEGIN IMMEDIATE"))

    def shortfalls(self, session: Session) -> tuple[str, ...]:  # noqa: ARG002 (a file has no rights of its own)
        """Nothing is amiss with a file that could be read."""
        return ()

    async def aclose(self) -> None:
        """Closes; a second time is fine. A transaction that is being written is finished by the thread."""
        self._closed = True
        if self._thread is not None:
            self._thread.submit(self._drop)
            self._thread.shutdown(wait=False)
            self._thread = None

    async def _off(self, job: Callable[[], _T]) -> _T:
        if self._closed:
            raise Unreachable(f"{self._source}: {self.place}: it is closed", source=self._source)
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, f"ppstui-{self._source}")
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    def _run(self, work: Callable[[Session], _T], begin: str) -> _T:
        try:
            connection = self._open()
            connection.execute(begin)
            result = work(FileSession(connection))
            connection.commit()
        except msgspec.DecodeError as error:
            raise Garbled(
                f"{self._source}: {self.place}: it holds what no ppstui wrote ({error})", source=self._source
            ) from error
        except (sqlite3.Error, OSError) as error:
            if self.path is not None and not isinstance(error, sqlite3.IntegrityError):
                self._drop()  # rolls back; the next call looks at the disk again
            raise self._translated(error) from error
        finally:
            self._rewind()
        return result

    def _rewind(self) -> None:
        """Takes back what was begun and not committed; after a commit there is nothing to take back."""
        if self._connection is not None and self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.rollback()

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._identity != self._on_disk():
            # Somebody moved the file away: what is written into the nameless rest of it would be lost.
            self._drop()
        if self._connection is None:
            if self.path is not None:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                # For this user's eyes: tickets hold names and private notes.
                os.close(os.open(self.path, os.O_RDONLY | os.O_CREAT, 0o600))
            self._connection = self._connect(
                ":memory:" if self.path is None else self.path,
                timeout=self._patience,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.execute("PRAGMA foreign_keys=ON")
            self._identity = self._on_disk()
            self._migrate(self._connection)
        return self._connection

    def _on_disk(self) -> tuple[int, int] | None:
        if self.path is None:
            return None
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")  # one state of the file: another ppstui may be making it just now
        have = self._version(connection)
        connection.rollback()
        if have == len(MIGRATIONS):
            return
        connection.execute("BEGIN IMMEDIATE")
        # Asked again inside the transaction: another ppstui may have been quicker.
        have = self._version(connection)
        for number, statements in enumerate(MIGRATIONS[have:], have + 1):
            for statement in in_sqlite(statements):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={number}")
        if have == 0:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            if self._first is not None:
                self._first(FileSession(connection))
        connection.commit()

    def _version(self, connection: sqlite3.Connection) -> int:
        """The file's schema version. Raises Garbled for files that are not ours, or not ours yet."""
        have = int(connection.execute("PRAGMA user_version").fetchone()[0])
        owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if owner != APPLICATION_ID and not (empty and have == owner == 0):
            raise Garbled(
                f"{self._source}: {self.place}: it belongs to another program; name another file in `url`",
                source=self._source,
            )
        if have > len(MIGRATIONS):
            raise Garbled(
                f"{self._source}: {self.place}: a newer ppstui wrote it (schema {have}, this one knows up to "
                f"{len(MIGRATIONS)}); upgrade ppstui, or name another file in `url`",
                source=self._source,
            )
        return have

    def _translated(self, error: sqlite3.Error | OSError) -> BackendError:
        where = f"{self._source}: {self.place}"
        if isinstance(error, PermissionError):
            return NotAuthorised(f"{where}: {_UNREADABLE}", source=self._source)
        if isinstance(error, OSError):
            return Unreachable(
                f"{where}: {error.strerror or 'it cannot be opened'}; check the path", source=self._source
            )
        if isinstance(error, sqlite3.IntegrityError):
            return Refused(f"{where}: it does not take that ({error})", source=self._source)
        code = int(getattr(error, "sqlite_errorcode", 0) or 0)
        kind, sentence = _SENTENCES.get(code & 0xFF, (Garbled, f"it answers in a way nobody expected ({error})"))
        if code == sqlite3.SQLITE_ERROR and str(error).startswith(("no such table", "no such column")):
            kind, sentence = Garbled, _DAMAGED
        if code == getattr(sqlite3, "SQLITE_READONLY_DBMOVED", -1):
            kind, sentence = Unreachable, "it was moved away; it is opened anew"
        return kind(f"{where}: {sentence}", source=self._source)
