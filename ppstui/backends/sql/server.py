"""A PostgreSQL database that a team shares: one connection, opened late, on a thread of its own, and opened again.

Who writes waits for the table of numbers before anything is read (`LOCK TABLE` takes no snapshot), so that writers do
not fail for each other's sake; what fails all the same is done again. Everything that is set is set for a transaction
only, and nothing is prepared: a pool of connections between is no trouble.
"""

from __future__ import annotations

import contextlib
import random
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import psycopg
from psycopg import errors

from ppstui.backends.sql.bench import Bench
from ppstui.backends.sql.dialect import in_postgresql
from ppstui.backends.sql.failures import bare, lost, not_connected, told
from ppstui.backends.sql.schema import APPLICATION_ID, MIGRATIONS
from ppstui.errors import Garbled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ppstui.backends.sql.address import Address
    from ppstui.backends.sql.dialect import Question, Rows, Session
    from ppstui.errors import BackendError

_T = TypeVar("_T")

TRIES: Final = 12
"""How often work is done that loses against somebody else's."""
_PAUSE: Final = 0.02
"""Seconds before work is done again, for the first time; then longer, by chance."""
_LONGEST_PAUSE: Final = 0.5
_SLOWEST: Final = 100_000
"""Bytes a second on the slowest line that may still carry a file."""
_GRACE: Final = 1.25
"""How much longer than the server's own time-out is waited: it should be the one to say so."""
OLDEST: Final = 12
"""The oldest PostgreSQL that is taken; the tests have 15."""
_IDLE: Final = 600
"""Seconds until the server ends a transaction that nobody goes on with, as of a program that was stopped."""
_COUNTED: Final = "SELECT version FROM ppstui_schema"
_LOST_AGAINST: Final = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)
_KEEPALIVE: Final = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


class Patient(psycopg.Connection[tuple[Any, ...]]):
    """A connection that gives a silent server up: the server's own time-outs do not help when it hangs."""

    silence: float = 30.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Waits for an answer, so long and no longer. See `psycopg.Connection`."""
        return super().wait(gen, interval, timeout or self.silence)

    @contextlib.contextmanager
    def given(self, seconds: float) -> Iterator[None]:
        """Waits longer meanwhile: something large is on its way."""
        before, self.silence = self.silence, self.silence + seconds
        try:
            yield
        finally:
            self.silence = before


class ServerSession:
    """A transaction on a server. See `Session`."""

    def __init__(self, wire: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._wire = wire

    def execute(self, sql: str, values: Sequence[object] = ()) -> Rows:
        """Carries out one statement."""
        carried = sum(len(value) for value in values if isinstance(value, bytes))
        longer = self._wire.given(carried / _SLOWEST) if isinstance(self._wire, Patient) else contextlib.nullcontext()
        with longer:
            return self._wire.execute(_placed(sql), tuple(values), binary=True)

    def executemany(self, sql: str, values: Sequence[Sequence[object]]) -> None:
        """Carries out one statement for each row of values, all on one way."""
        with self._wire.cursor() as cursor:
            cursor.executemany(_placed(sql), [tuple(row) for row in values])

    def together(self, *questions: Question) -> list[list[tuple[Any, ...]]]:
        """All on one way there and back."""
        with self._wire.pipeline():
            cursors = [self._wire.execute(_placed(sql), tuple(values), binary=True) for sql, values in questions]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]

    def insert(self, sql: str, values: Sequence[object]) -> int:
        """Inserts one row, and returns its number."""
        found = self.execute(f"{sql} RETURNING number", values).fetchone()
        return int(found[0])


def _placed(sql: str) -> bytes:
    """The statement with the driver's own places for values; no statement of ours has these signs in a text."""
    return sql.replace("%", "%%").replace("?", "%s").encode()


class DataServer:
    """A database, its thread and its connection. See `Store`."""

    def __init__(
        self,
        address: Address,
        source: str,
        password: Callable[[], str] | None = None,
        *,
        connect_timeout: float = 5.0,
        statement_timeout: float = 20.0,
        shelf: Path | None = None,
    ) -> None:
        """`password` is asked at every connecting; None: there is none, or libpq knows where it is."""
        self.place = address.place
        self.engine = ("PostgreSQL", "")
        self.role = ""
        self.shelf = shelf
        self.near = False
        self._address = address
        self._source = source
        self._password = password
        self._connect_timeout = connect_timeout
        self._statement_timeout = statement_timeout
        self._wire: Patient | None = None
        self._bench: Bench | None = None
        self._closed = threading.Event()

    async def read(self, work: Callable[[Session], _T]) -> _T:
        """What the work returns; it sees one state of the database. Raises BackendError."""
        begin = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {self._limits()}; {_COUNTED}"
        return await self._off(lambda: self._run(work, begin, b"ROLLBACK"))

    async def write(self, work: Callable[[Session], _T]) -> _T:
        """What the work returns, once it is kept. Raises BackendError. See `Store`."""
        lock = "LOCK TABLE numbers IN SHARE ROW EXCLUSIVE MODE"
        begin = f"BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE; {self._limits()}; {lock}; {_COUNTED}"
        return await self._off(lambda: self._run(work, begin, b"COMMIT"))

    def shortfalls(self, session: Session) -> tuple[str, ...]:
        """What is amiss with the line and with our rights."""
        may = session.execute("SELECT has_table_privilege('applied', 'INSERT')").fetchone()[0]
        said = [] if may else ["it may only be read; ask its owner for the right to write"]
        if not self._address.near and self._wire is not None and not self._wire.pgconn.ssl_in_use:
            said.append("nothing on the line is encrypted; add sslmode=verify-full and sslrootcert to url")
        elif not self._address.near and not self._address.verified:
            said.append("nobody checks the server's certificate; add sslmode=verify-full and sslrootcert to url")
        return tuple(said)

    async def aclose(self) -> None:
        """Closes; a second time is fine. A transaction that is being written is finished by the thread."""
        self._closed.set()
        if self._bench is not None:
            self._bench.close(self._drop)
            self._bench = None

    # ------------------------------------------------------------------------------------------------ on the thread

    async def _off(self, job: Callable[[], _T]) -> _T:
        if self._closed.is_set():
            raise Unreachable(f"{self._source}: {self.place}: it is closed", source=self._source)
        if self._bench is None:
            self._bench = Bench(f"ppstui-{self._source}")
        return await self._bench.do(job)

    def _limits(self) -> str:
        limit = int(self._statement_timeout * 1000)
        limits = {
            "statement_timeout": limit,
            "lock_timeout": limit // 2,  # before the other one, which counts waiting too: then it can be said why
            "idle_in_transaction_session_timeout": _IDLE * 1000,
        }
        return "; ".join(f"SET LOCAL {name} = {value}" for name, value in limits.items())

    def _run(self, work: Callable[[Session], _T], begin: str, end: bytes) -> _T:
        for tries in range(1, TRIES + 1):
            try:
                wire = self._begun(begin)
                result = work(ServerSession(wire))
                wire.execute(end)
            except msgspec.DecodeError as error:
                raise Garbled(
                    f"{self._source}: {self.place}: it holds what no ppstui wrote ({error})", source=self._source
                ) from error
            except _LOST_AGAINST as error:
                if tries == TRIES:
                    raise told(error, self._source, self._address, self.role) from bare(error)
            except psycopg.Error as error:
                raise self._ended(error) from bare(error)
            else:
                return result
            finally:
                self._rewind()
            self._closed.wait(random.uniform(0.2, 1) * min(_PAUSE * 2**tries, _LONGEST_PAUSE))  # noqa: S311 (no secret)
        raise AssertionError("the last try returns or raises")

    def _begun(self, begin: str) -> Patient:
        """A connection inside a transaction, the schema being ours."""
        kept = self._wire
        if kept is not None:
            try:
                return self._ready(kept, begin)
            except psycopg.OperationalError as error:
                if not (kept.closed or lost(error)):
                    raise
                self._drop()  # it ended while nobody used it; nothing was asked of it yet
        return self._ready(self._connected(), begin)

    def _connected(self) -> Patient:
        chosen = {"connect_timeout": max(1, round(self._connect_timeout)), **_KEEPALIVE}
        own = {name: value for name, value in chosen.items() if name not in self._address.given}
        password = self._password() if self._password else None
        try:
            wire = Patient.connect(
                self._address.url,
                autocommit=True,
                prepare_threshold=None,
                password=password,
                client_encoding="utf8",
                fallback_application_name="ppstui",
                **own,  # type: ignore[arg-type]  # libpq's own parameters
            )
        except psycopg.Error as error:
            has_password = password is not None
            raise not_connected(error, self._source, self._address, has_password=has_password) from bare(error)
        wire.silence = self._statement_timeout * _GRACE
        self._wire = wire
        self.role = wire.info.user
        major, minor = divmod(wire.info.server_version, 10_000)
        self.engine = ("PostgreSQL", f"{major}.{minor}")
        if major < OLDEST:
            raise self._garbled(f"PostgreSQL {major} is too old; {OLDEST} or newer is needed")
        return wire

    def _ready(self, wire: Patient, begin: str) -> Patient:
        try:
            have = self._version(wire.execute(begin.encode()))
        except errors.UndefinedTable:
            have = 0
        if have < len(MIGRATIONS):
            wire.execute(b"ROLLBACK")
            self._migrate(wire)
            self._version(wire.execute(begin.encode()))
        return wire

    def _version(self, counted: psycopg.Cursor[tuple[Any, ...]]) -> int:
        """The schema's version, which is the last thing that was asked for. Raises Garbled for one not ours yet."""
        while counted.nextset():
            pass
        row = counted.fetchone()
        have = int(row[0]) if row else 0
        if have > len(MIGRATIONS):
            known = f"schema {have}, this one knows up to {len(MIGRATIONS)}"
            raise self._garbled(f"a newer ppstui wrote it ({known}); upgrade ppstui, or name another database in url")
        return have

    def _migrate(self, wire: Patient) -> None:
        """Makes the tables of today, all of them or none; of several that would, one does."""
        # Not our own isolation: who waited for the lock must see what was done meanwhile.
        begin = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {self._limits()}"
        wire.execute(f"{begin}; SELECT pg_advisory_xact_lock({APPLICATION_ID})".encode())
        there = wire.execute("SELECT to_regclass('ppstui_schema') IS NOT NULL, current_setting('server_encoding')")
        known, encoding = there.fetchone() or (False, "")
        if not known:
            if encoding != "UTF8":
                raise self._garbled(f"it keeps texts in {encoding}; make a database with ENCODING 'UTF8'")
            wire.execute("CREATE TABLE ppstui_schema (version BIGINT NOT NULL)")
            wire.execute("INSERT INTO ppstui_schema VALUES (0)")
        have = self._version(wire.execute(_COUNTED))
        for steps in MIGRATIONS[have:]:
            for statement in in_postgresql(steps):
                wire.execute(statement.encode())
        wire.execute("UPDATE ppstui_schema SET version = %s", (len(MIGRATIONS),))
        wire.execute(b"COMMIT")

    def _garbled(self, text: str) -> Garbled:
        return Garbled(f"{self._source}: {self.place}: {text}", source=self._source)

    def _ended(self, error: psycopg.Error) -> BackendError:
        if lost(error):
            if self._wire is not None and not self._wire.closed:
                self._drop()  # alive, and silent: what it says later is the answer to nothing
                text = f"{self._source}: {self.place}: no answer within the time set by statement_timeout"
                return Unreachable(text, source=self._source)
            self._drop()
        return told(error, self._source, self._address, self.role)

    def _rewind(self) -> None:
        """Takes back what was begun and not ended."""
        wire = self._wire
        if wire is not None and wire.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            with contextlib.suppress(psycopg.Error):
                wire.execute(b"ROLLBACK")
                return
            self._drop()

    def _drop(self) -> None:
        if self._wire is not None:
            self._wire.close()
        self._wire = None
