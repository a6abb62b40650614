"""Every write ever asked for, and how it ended. What is in here when a call returns is on the disk.

Order is kept per record: an entry goes only when no earlier one about the same record is still pending. Settled entries
stay `KEPT` as the action log.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.errors import UsageError
from ppstui.model import Command, Entry, NewRollout, Record, Ref, State, command_name
from ppstui.store import lease
from ppstui.store._sqlite import DatabaseFile
from ppstui.store.salvage import salvage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

KEPT = dt.timedelta(days=30)
"""How long settled entries stay (ARCHITECTURE §5: the audit trail)."""

LONGEST_WAIT = dt.timedelta(hours=6)
"""No entry waits longer than this, whatever a server asks for or a clock that was wrong once wrote."""

CRASHES_ALLOWED = 3
"""After so many ends of the program in the middle of sending it, an entry is parked, not tried again."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE entry (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, about TEXT NOT NULL, command TEXT NOT NULL,
            asked_at TEXT NOT NULL, asked_by TEXT NOT NULL, base_rev TEXT NOT NULL, reason TEXT NOT NULL,
            before TEXT NOT NULL, record_before BLOB, reverses INTEGER,
            state TEXT NOT NULL, holder TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0,
            crashes INTEGER NOT NULL DEFAULT 0, due TEXT, last_error TEXT NOT NULL DEFAULT '',
            receipt TEXT NOT NULL DEFAULT '', settled_at TEXT)""",
        "CREATE INDEX standing ON entry (state, source, id)",
        """CREATE VIEW shown AS SELECT id, key, command, asked_at, asked_by, state, tries, due, last_error, receipt,
            base_rev, reason, before, settled_at FROM entry""",
        "CREATE INDEX about ON entry (about, id)",
        """CREATE TABLE log (
            no INTEGER PRIMARY KEY, entry INTEGER NOT NULL,
            at TEXT NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL)""",
        "CREATE INDEX logged ON log (entry, no)",
        """CREATE TABLE lease (
            one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL,
            until TEXT NOT NULL)""",
    ),
    (
        "ALTER TABLE entry ADD COLUMN conflict INTEGER NOT NULL DEFAULT 0",
        "DROP VIEW shown",
        """CREATE VIEW shown AS SELECT id, key, command, asked_at, asked_by, state, tries, due, last_error, receipt,
            base_rev, reason, before, settled_at, conflict FROM entry""",
    ),
)

_COMMANDS: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_JSON = msgspec.json.Encoder()
_RECORDS: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)
_MSGPACK = msgspec.msgpack.Encoder()

_Cell = str | int | float | bytes | None


class Wanted(Struct, frozen=True):
    """A write that a person asks for, before it has a number."""

    command: Command
    key: str
    by: str
    base_rev: str = ""
    reason: str = ""
    before: str = ""
    """What was there before, in a line."""
    record: Record | None = None
    """The record before, so that the reverse can be found later."""
    reverses: int | None = None
    """The entry that this one takes back."""


class Happening(Struct, frozen=True):
    """One line of the action log."""

    at: dt.datetime
    state: State
    text: str


class Outbox:
    """The durable queue. Synchronous; any thread may call, one at a time is served. Every method raises StoreError."""

    def __init__(self, path: Path | None, clock: Callable[[], dt.datetime], say: Callable[[str], None]) -> None:
        """`say` gets a sentence when the file was damaged; it may be called from any thread."""
        self._say = say
        self._clock = clock
        self._file = DatabaseFile(path, MIGRATIONS, synchronous="FULL", clock=clock, rescue=self._rescue)
        self._unreadable: set[int] = set()

    def open(self) -> None:
        """Opens the file. Raises StoreError."""
        self._file.open()

    def close(self) -> None:
        """Closes the file for good."""
        self._file.close()

    # ------------------------------------------------------------------------------------------------------ reading

    def entries(self, limit: int = -1) -> tuple[Entry, ...]:
        """Newest first: all that are pending, and the newest `limit` of the settled ones (all: -1)."""
        rows = self._file.read(
            lambda connection: connection.execute(
                "SELECT * FROM shown WHERE settled_at IS NULL OR id IN"
                " (SELECT id FROM entry WHERE settled_at IS NOT NULL ORDER BY id DESC LIMIT ?) ORDER BY id DESC",
                (limit,),
            ).fetchall()
        )
        return tuple(entry for row in rows if (entry := self._entry(row)) is not None)

    def entry(self, entry_id: int) -> Entry | None:
        """One entry, or None."""
        return self._file.read(lambda connection: self._find(connection, entry_id))

    def record_before(self, entry_id: int) -> Record | None:
        """The record as it was before the entry had its effect; None when unknown."""
        row = self._file.read(
            lambda connection: connection.execute(
                "SELECT record_before FROM entry WHERE id = ?", (entry_id,)
            ).fetchone()
        )
        if row is None or row[0] is None:
            return None
        try:
            return _RECORDS.decode(row[0])
        except msgspec.MsgspecError:
            return None

    def reversals(self) -> dict[int, int]:
        """Which pending or delivered entry takes back which: {reversing: reversed}."""
        return dict(
            self._file.read(
                lambda connection: connection.execute(
                    "SELECT id, reverses FROM entry WHERE reverses IS NOT NULL"
                    " AND (state = 'done' OR settled_at IS NULL)"
                ).fetchall()
            )
        )

    def log(self, entry_id: int) -> tuple[Happening, ...]:
        """What happened to an entry, oldest first."""
        rows = self._file.read(
            lambda connection: connection.execute(
                "SELECT at, state, text FROM log WHERE entry = ? ORDER BY no", (entry_id,)
            ).fetchall()
        )
        return tuple(Happening(_instant(at), State(state), text) for at, state, text in rows)

    def version(self) -> int:
        """Changes when another ppstui wrote to the file."""
        return self._file.read(lambda connection: int(connection.execute("PRAGMA data_version").fetchone()[0]))

    # ------------------------------------------------------------------------------------------------------- asking

    def add(self, *wanted: Wanted) -> tuple[Entry, ...]:
        """Queues them, all or none; when this returns they are on the disk. Raises UsageError for text that is none."""
        try:
            texts = [_JSON.encode(one.command).decode() for one in wanted]
        except UnicodeEncodeError as error:
            raise UsageError("the text holds bytes that are no characters; write it in UTF-8") from error

        def work(connection: sqlite3.Connection) -> tuple[Entry, ...]:
            return tuple(self._added(connection, one, text) for one, text in zip(wanted, texts, strict=True))

        return self._file.write(work)

    def _added(self, connection: sqlite3.Connection, wanted: Wanted, command: str) -> Entry:
        target = wanted.command.target
        number = connection.execute(
            "INSERT INTO entry (key, name, source, target, about, command, asked_at, asked_by, base_rev, reason,"
            " before, record_before, reverses, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')",
            (
                wanted.key,
                command_name(wanted.command),
                target.source,
                str(target),
                # What does not exist yet has nothing to wait for.
                wanted.key if isinstance(wanted.command, NewRollout) else str(target),
                command,
                _text(self._clock()),
                _clean(wanted.by),
                wanted.base_rev,
                _clean(wanted.reason),
                _clean(wanted.before),
                None if wanted.record is None else _packed(wanted.record),
                wanted.reverses,
            ),
        ).lastrowid
        text = f"asked for by {wanted.by}" + (f"; reason: {wanted.reason}" if wanted.reason else "")
        return self._logged(connection, int(number or 0), text)

    def undo(self, entry_id: int) -> Entry:
        """Takes back an entry that has not left. Raises UsageError when it has, or is being sent right now."""
        return self._give_up(entry_id, State.UNDONE, "taken back")

    def discard(self, entry_id: int) -> Entry:
        """Gives up an entry that has not been delivered. Raises UsageError."""
        return self._give_up(entry_id, State.DISCARDED, "discarded")

    def _give_up(self, entry_id: int, state: State, text: str) -> Entry:
        def work(connection: sqlite3.Connection) -> Entry:
            entry = self._known(connection, entry_id)
            _must_be(entry, State.WAITING, State.HELD, State.PARKED)
            source = entry.command.target.source
            doubt = f"; an earlier attempt may have reached {source}, look at the record" if entry.tries else ""
            doubt = "" if entry.state is State.PARKED else doubt
            _set(connection, entry_id, state=state.value, settled_at=_text(self._clock()), due=None)
            return self._logged(connection, entry_id, text + doubt)

        return self._file.write(work)

    def retry(self, entry_id: int, base_rev: str | None) -> tuple[Entry, ...]:
        """Lets an entry go again, at once; with a held one, all of its source. The person has looked at `base_rev`.

        Raises UsageError when the entry is neither waiting, held nor parked.
        """

        def work(connection: sqlite3.Connection) -> tuple[Entry, ...]:
            entry = self._known(connection, entry_id)
            _must_be(entry, State.WAITING, State.HELD, State.PARKED)
            if entry.state is State.PARKED and base_rev is not None:
                _set(connection, entry_id, base_rev=base_rev)
            _set(connection, entry_id, state="waiting", due=None, crashes=0, conflict=0)
            released = self._released(connection, entry.command.target.source) if entry.state is State.HELD else ()
            return (self._logged(connection, entry_id, "to be tried again"), *released)

        return self._file.write(work)

    # ---------------------------------------------------------------------------------------------------- delivering

    def claim(self, source: str, me: lease.Holder, *, only: Ref | None = None) -> Entry | None:
        """The next entry for that source that may go, marked as being sent; None when there is none.

        Nothing is handed out to who does not hold the lease, which is prolonged.
        """

        def work(connection: sqlite3.Connection) -> Entry | None:
            now = self._clock()
            target = str(only) if only else None
            if not lease.keep(connection, me, now):
                return None
            rows = connection.execute(
                "SELECT id FROM entry e WHERE state = 'waiting' AND source = ?"
                " AND (due IS NULL OR due <= ? OR due > ?) AND (? IS NULL OR target = ?)"
                " AND NOT EXISTS (SELECT 1 FROM entry p WHERE p.about = e.about AND p.id < e.id"
                " AND p.settled_at IS NULL) ORDER BY id",
                (source, _text(now), _text(now + LONGEST_WAIT), target, target),
            )
            readable = (row[0] for row in rows if self._find(connection, row[0]) is not None)
            if (number := next(readable, None)) is None:
                return None
            connection.execute(
                "UPDATE entry SET state = 'sending', holder = ?, tries = tries + 1, due = NULL WHERE id = ?",
                (me.id, number),
            )
            return self._logged(connection, number, "sent")

        return self._file.write(work)

    def note_before(self, entry_id: int, record: Record) -> None:
        """Keeps the record as it is just before the first attempt: what the reverse must go back to."""
        blob = _packed(record)
        self._file.write(lambda connection: _set(connection, entry_id, record_before=blob))

    def done(self, entry: Entry, receipt: str, rev: str) -> tuple[Entry, ...]:
        """The effect is there. Later entries about the record that were based on the same rev now follow `rev`.

        Returns every entry that changed.
        """

        def work(connection: sqlite3.Connection) -> tuple[Entry, ...]:
            now = _text(self._clock())
            found = connection.execute("SELECT state, reverses FROM entry WHERE id = ?", (entry.id,)).fetchone()
            if found is None or not State(found[0]).pending:
                return ()
            _set(connection, entry.id, state="done", settled_at=now, receipt=_clean(receipt), last_error="", crashes=0)
            changed = [self._logged(connection, entry.id, f"done: {receipt}")]
            if entry.base_rev and rev:
                connection.execute(
                    "UPDATE entry SET base_rev = ? WHERE about = (SELECT about FROM entry WHERE id = ?) AND id > ?"
                    " AND base_rev = ? AND settled_at IS NULL",
                    (rev, entry.id, entry.id, entry.base_rev),
                )
            if found[1] is not None and self._find(connection, found[1]) is not None:
                _set(connection, found[1], state="undone")
                changed.append(self._logged(connection, found[1], f"taken back by {entry.id}"))
            return tuple(changed)

        return self._file.write(work)

    def wait(self, entry: Entry, me: lease.Holder, error: str, due: dt.datetime) -> Entry:
        """The attempt came to nothing, or nobody knows; again at `due`."""
        return self._failed(entry, me, State.WAITING, error, due)

    def hold(self, entry: Entry, me: lease.Holder, error: str, due: dt.datetime) -> Entry:
        """The source does not know us; nothing goes to it until it is released, and this one not before `due`."""
        return self._failed(entry, me, State.HELD, error, due)

    def park(self, entry: Entry, me: lease.Holder, error: str, *, conflict: bool = False) -> Entry:
        """The server will not, or the record moved on (`conflict`); a person decides."""
        return self._failed(entry, me, State.PARKED, error, None, conflict=conflict)

    def _failed(
        self,
        entry: Entry,
        me: lease.Holder,
        state: State,
        error: str,
        due: dt.datetime | None,
        *,
        conflict: bool = False,
    ) -> Entry:
        def work(connection: sqlite3.Connection) -> Entry:
            mine = connection.execute(
                "SELECT 1 FROM entry WHERE id = ? AND state = 'sending' AND holder = ?", (entry.id, me.id)
            ).fetchone()
            if mine:
                _set(
                    connection,
                    entry.id,
                    state=state.value,
                    last_error=_clean(error),
                    due=_text(due) if due else None,
                    crashes=0,
                    conflict=int(conflict),
                )
                return self._logged(connection, entry.id, error)
            # Another courier took over meanwhile; what it finds out stands.
            return self._known(connection, entry.id)

        return self._file.write(work)

    def hold_all(self, source: str) -> tuple[Entry, ...]:
        """Holds every waiting entry of a source. Returns those that changed."""
        return self._file.write(lambda connection: self._turned(connection, source, State.WAITING, State.HELD))

    def release(self, source: str) -> tuple[Entry, ...]:
        """Lets the held entries of a source go again. Returns those that changed."""
        held = self._file.read(
            lambda connection: connection.execute(
                "SELECT 1 FROM entry WHERE state = 'held' AND source = ? LIMIT 1", (source,)
            ).fetchone()
        )
        return self._file.write(lambda connection: self._released(connection, source)) if held else ()

    def _released(self, connection: sqlite3.Connection, source: str) -> tuple[Entry, ...]:
        return self._turned(connection, source, State.HELD, State.WAITING)

    def _turned(self, connection: sqlite3.Connection, source: str, old: State, new: State) -> tuple[Entry, ...]:
        rows = connection.execute(
            "SELECT id FROM entry WHERE state = ? AND source = ? ORDER BY id", (old.value, source)
        ).fetchall()
        connection.execute("UPDATE entry SET state = ? WHERE state = ? AND source = ?", (new.value, old.value, source))
        return tuple(entry for row in rows if (entry := self._find(connection, row[0])) is not None)

    # ----------------------------------------------------------------------------------------------------- the lease

    def elect(self, me: lease.Holder) -> lease.Lease:
        """Makes this desk the courier of the home, or says who is. A new courier takes up what the last one left."""

        def work(connection: sqlite3.Connection) -> lease.Lease:
            found = lease.take(connection, me, self._clock())
            if found.mine and found.new:
                self._take_up(connection, me)
            return found

        return self._file.write(work)

    def resign(self, me: lease.Holder) -> None:
        """Lets another ppstui be the courier at once; what was being sent goes again with it."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE entry SET state = 'waiting' WHERE state = 'sending' AND holder = ?", (me.id,))
            lease.give_up(connection, me)

        held = self._file.read(
            lambda connection: connection.execute("SELECT 1 FROM lease WHERE holder = ?", (me.id,)).fetchone()
        )
        if held:
            self._file.write(work)

    def _take_up(self, connection: sqlite3.Connection, me: lease.Holder) -> None:
        """What was being sent goes again (same key, one effect); what was held is tried with today's credentials."""
        rows = connection.execute(
            "SELECT id, crashes FROM entry WHERE state = 'sending' AND holder <> ?", (me.id,)
        ).fetchall()
        for number, crashes in rows:
            if crashes + 1 >= CRASHES_ALLOWED:
                error = f"ppstui ended {crashes + 1} times while sending this; see its log, then retry or discard"
                _set(connection, number, state="parked", last_error=error, crashes=crashes + 1)
                self._log(connection, number, error)
            else:
                _set(connection, number, state="waiting", crashes=crashes + 1)
                self._log(connection, number, "found half sent at start; goes again under the same key")
        connection.execute("UPDATE entry SET state = 'waiting' WHERE state = 'held'")

    def prune(self) -> int:
        """Forgets entries that were settled longer than `KEPT` ago. Returns how many."""
        limit = (_text(self._clock() - KEPT),)
        found = self._file.read(
            lambda connection: connection.execute("SELECT COUNT(*) FROM entry WHERE settled_at < ?", limit).fetchone()[
                0
            ]
        )
        if found:

            def work(connection: sqlite3.Connection) -> None:
                connection.execute("DELETE FROM log WHERE entry IN (SELECT id FROM entry WHERE settled_at < ?)", limit)
                connection.execute("DELETE FROM entry WHERE settled_at < ?", limit)

            self._file.write(work)
        return int(found)

    # ------------------------------------------------------------------------------------------------------ the inside

    def _find(self, connection: sqlite3.Connection, entry_id: int) -> Entry | None:
        row = connection.execute(
            "SELECT * FROM shown WHERE id = ?",
            (entry_id,),
        ).fetchone()
        return None if row is None else self._entry(row)

    def _known(self, connection: sqlite3.Connection, entry_id: int) -> Entry:
        entry = self._find(connection, entry_id)
        if entry is None:
            raise UsageError(f"there is no entry {entry_id} in the outbox; `ppstui outbox list` shows them")
        return entry

    def _logged(self, connection: sqlite3.Connection, entry_id: int, text: str) -> Entry:
        self._log(connection, entry_id, text)
        return self._known(connection, entry_id)

    def _log(self, connection: sqlite3.Connection, entry_id: int, text: str) -> None:
        connection.execute(
            "INSERT INTO log (entry, at, state, text) SELECT ?, ?, state, ? FROM entry WHERE id = ?",
            (entry_id, _text(self._clock()), _clean(text), entry_id),
        )

    def _entry(self, row: tuple[_Cell, ...]) -> Entry | None:
        """The entry in a row. One that this version cannot read stays in the file, and is mentioned once."""
        try:
            return _decoded(row)
        except (msgspec.MsgspecError, ValueError):
            number = int(row[0] or 0)
            if number not in self._unreadable:
                self._unreadable.add(number)
                self._say(
                    f"{self._file.path}: entry {number} was asked for with another version of ppstui and cannot be "
                    "read by this one; it stays there, undelivered"
                )
            return None

    def _rescue(self, aside: Path | None, connection: sqlite3.Connection) -> None:
        """Copies what can still be read of a damaged outbox into the new file, row by row."""
        if aside is None:
            return
        saved, lost = salvage(aside, connection, readable=_readable)
        text = f"{self._file.path}: it was damaged and is kept as {aside.name}; "
        text += f"{saved} of its entries could be read and are kept" if saved else "no entry in it could be read"
        self._say(text + (f", {lost} could not" if saved and lost else ""))


def _decoded(row: tuple[_Cell, ...]) -> Entry:
    """Raises ValueError or MsgspecError when the row is none of ours."""
    number, key, command, asked_at, by, state, tries, due, error, receipt, *rest = row
    base_rev, reason, before, settled, conflict = rest
    return Entry(
        id=int(number or 0),
        key=str(key),
        command=_COMMANDS.decode(str(command)),
        asked_at=_instant(str(asked_at)),
        by=str(by),
        state=State(state),
        tries=int(tries or 0),
        due=_instant(str(due)) if due else None,
        last_error=str(error),
        receipt=str(receipt),
        base_rev=str(base_rev),
        reason=str(reason),
        before=str(before),
        settled_at=_instant(str(settled)) if settled else None,
        conflict=bool(conflict),
    )


def _readable(row: tuple[_Cell, ...]) -> bool:
    try:
        _decoded(row)
    except (msgspec.MsgspecError, ValueError):
        return False
    return True


def _set(connection: sqlite3.Connection, entry_id: int, **columns: _Cell) -> None:
    names = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"UPDATE entry SET {names} WHERE id = ?", (*columns.values(), entry_id))  # noqa: S608 (our names)


def _must_be(entry: Entry, *states: State) -> None:
    if entry.state in states:
        return
    if entry.state is State.SENDING:
        raise UsageError(f"entry {entry.id} is being sent right now; wait for the answer")
    if entry.state is State.DONE:
        raise UsageError(
            f"entry {entry.id} was delivered already; `ppstui undo {entry.id}` takes it back where possible"
        )
    raise UsageError(f"entry {entry.id} is {entry.state.value} already")


def _packed(record: Record) -> bytes | None:
    """The record for keeping; None for one that UTF-8 cannot hold: then it cannot be taken back, and nothing breaks."""
    try:
        return _MSGPACK.encode(record)
    except UnicodeEncodeError:
        return None


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _text(at: dt.datetime) -> str:
    """Of one length, so that comparing texts compares instants."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
