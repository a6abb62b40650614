"""One SQLite file of the state folder: opened, migrated, guarded against damage.

Rollback journal, not WAL: home folders on login nodes are often network file systems, where WAL does not work (SQLite's
own manual, "Write-Ahead Logging", section 1). Only SQL that old enterprise SQLite understands.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from typing import TYPE_CHECKING, TypeVar

from ppstui.errors import StoreError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_T = TypeVar("_T")

_BUSY_SECONDS = 5.0
"""How long a statement waits for another ppstui that is just committing."""

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_OTHER_SCHEMA = (
    "no such table",
    "no such column",
    "has no column named",
    "values were supplied",
    "already exists",
    "duplicate column name",
)
"""What SQLite says when tables are not those of the version that the file claims; it has no code for that."""

_SENTENCES = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and try again",
    sqlite3.SQLITE_READONLY: "it may not be written; check its permissions and those of its folder",
    sqlite3.SQLITE_PERM: "it may not be read; check its permissions",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and may be written",
    sqlite3.SQLITE_BUSY: "another program keeps it locked; close that one, or wait and try again",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked; close that one, or wait and try again",
    sqlite3.SQLITE_IOERR: "the disk or the network folder failed; check that it is mounted and has space",
    sqlite3.SQLITE_PROTOCOL: "the network folder does not support locks; put the state folder on a local disk",
}


class Damaged(StoreError):
    """The file is no database any more, parts of it cannot be read, or its tables are not those of its version."""


class TooNew(StoreError):
    """A newer ppstui wrote the file; it is refused, never downgraded."""


class DatabaseFile:
    """A database file that several threads may use, one at a time; each piece of work is one transaction.

    A damaged file is renamed to `NAME.corrupt-YYYYMMDD-HHMMSS`, a new one is made, `rescue` may copy into it what it
    can still read of the old one, and the work is done again on the new file.
    """

    def __init__(
        self,
        path: Path | None,
        migrations: Sequence[Sequence[str]],
        *,
        synchronous: str,
        clock: Callable[[], dt.datetime],
        rescue: Callable[[Path | None, sqlite3.Connection], None],
    ) -> None:
        """`path` None keeps everything in memory. `migrations[n]` brings a file from version n to n + 1."""
        self.path = path
        self._migrations = migrations
        self._synchronous = synchronous
        self._clock = clock
        self._rescue = rescue
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._closed = False

    def open(self) -> None:
        """Opens, and migrates where needed. Raises StoreError, TooNew when the file is from the future."""
        self.read(lambda _connection: None)

    def read(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Does work that changes nothing. Raises StoreError."""
        return self._run(work, write=False)

    def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Does work in one transaction; when it returns, it is on the disk. Raises StoreError."""
        return self._run(work, write=True)

    def close(self) -> None:
        """Closes the file for good."""
        with self._lock:
            self._closed = True
            self._drop_connection()

    def _run(self, work: Callable[[sqlite3.Connection], _T], *, write: bool) -> _T:
        with self._lock:
            try:
                return self._attempt(work, write=write)
            except Damaged:
                self._rebuild()
                return self._attempt(work, write=write)

    def _attempt(self, work: Callable[[sqlite3.Connection], _T], *, write: bool) -> _T:
        try:
            connection = self._connected(fresh=write)
            if not write:
                return work(connection)
            with _transaction(connection):
                return work(connection)
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error

    def _translated(self, error: sqlite3.DatabaseError) -> Exception:
        """A sentence for what the disk did; what only a bug in our SQL can cause stays as it is."""
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            # Python's own: SQLite did read the text, and it is none.
            garbage = str(error).startswith("Could not decode to UTF-8")
            return Damaged(f"{self.path}: it is damaged (a text in it is none)") if garbage else error
        foreign = code == sqlite3.SQLITE_ERROR and any(words in str(error) for words in _OTHER_SCHEMA)
        if foreign and (newer := self._newer()) is not None:
            return newer
        if foreign or code & 0xFF in _CORRUPT or code == sqlite3.SQLITE_IOERR_SHORT_READ:
            return Damaged(f"{self.path}: it is damaged ({error})")
        sentence = _SENTENCES.get(code & 0xFF)
        return StoreError(f"{self.path}: {sentence}") if sentence else error

    def _connected(self, *, fresh: bool) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(f"{self.path}: it is closed already")
        if fresh and self._connection is not None and self._identity != self._on_disk():
            # Somebody moved the file away: a commit into the nameless rest of it would be lost.
            self._drop_connection()
        if self._connection is None:
            self._connection = self._opened()
            self._identity = self._on_disk()
        return self._connection

    def _on_disk(self) -> tuple[int, int] | None:
        if self.path is None:
            return None
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _opened(self) -> sqlite3.Connection:
        if self.path is not None:
            _prepare(self.path)
        connection = sqlite3.connect(
            ":memory:" if self.path is None else self.path,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        with contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            have = int(connection.execute("PRAGMA user_version").fetchone()[0])
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            connection.execute(f"PRAGMA synchronous={self._synchronous}")
            if have != len(self._migrations):
                self._migrate(connection)
            stack.pop_all()
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Brings the file up to date, one version and its note in one transaction."""
        want = have = len(self._migrations)
        while True:
            with _transaction(connection):
                # Read again inside the transaction: another ppstui may have been quicker.
                have = int(connection.execute("PRAGMA user_version").fetchone()[0])
                if have < want:
                    for statement in self._migrations[have]:
                        connection.execute(statement)
                    have += 1
                    connection.execute(f"PRAGMA user_version={have}")
            if have == want:
                return
            if have > want:
                raise self._too_new(have)

    def _newer(self) -> TooNew | None:
        """What is wrong when a newer ppstui brought the file to its own version while it was open here."""
        try:
            row = self._connection.execute("PRAGMA user_version").fetchone() if self._connection else (0,)
        except sqlite3.Error:
            return None
        return self._too_new(int(row[0])) if row[0] > len(self._migrations) else None

    def _too_new(self, have: int) -> TooNew:
        return TooNew(
            f"{self.path}: a newer ppstui wrote it (schema version {have}, this one knows up to "
            f"{len(self._migrations)}); upgrade ppstui, or move the file away"
        )

    def _rebuild(self) -> None:
        """Puts the damaged file aside and makes a new one."""
        same = self._connection is None or self._identity == self._on_disk()
        self._drop_connection()
        # Another ppstui that saw the damage first has made a new file already; that one is good.
        aside = self._put_aside() if same else None
        self._attempt(lambda connection: self._rescue(aside, connection), write=True)

    def _put_aside(self) -> Path | None:
        if self.path is None:
            return None
        stem = f"{self.path.name}.corrupt-{self._clock():%Y%m%d-%H%M%S}"
        aside, number = self.path.with_name(stem), 1
        while aside.exists():
            number += 1
            aside = self.path.with_name(f"{stem}-{number}")
        try:
            self.path.rename(aside)
            journal = self.path.with_name(self.path.name + "-journal")
            if journal.exists():
                journal.rename(aside.with_name(aside.name + "-journal"))
        except OSError as error:
            raise StoreError(
                f"{self.path}: it is damaged and cannot be moved away ({error.strerror}); "
                "check the permissions of its folder"
            ) from error
        return aside

    def _drop_connection(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; when it is left without an error it is on the disk."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")


def _prepare(path: Path) -> None:
    """Makes the folder and the file for this user's eyes only: tickets hold names and private notes."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"{path}: it cannot be opened ({error.strerror}); check that its folder exists and may be written"
        ) from error
