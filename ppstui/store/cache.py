"""What sources said, kept for the next start. Everything in it can be read again from the sources.

`line` holds what a list shows, `body` the record itself, so that listing a hundred thousand never touches the bodies.
`tally` is kept by triggers: counting costs nothing at start. Writings are numbered, so that two ppstui on one home see
what the other stored: they share the cursors, so neither would read it again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, get_args

import msgspec
from msgspec import Struct

from ppstui.errors import StoreError
from ppstui.model import Kind, Record, Ref
from ppstui.store._sqlite import Damaged, DatabaseFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE line (
            no INTEGER PRIMARY KEY,
            kind TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL,
            live INTEGER NOT NULL, urgency REAL NOT NULL, changes_at REAL, text TEXT NOT NULL, rev TEXT NOT NULL,
            stored INTEGER NOT NULL, UNIQUE (kind, source, id))""",
        "CREATE INDEX news ON line (stored)",
        """CREATE TABLE went (
            kind TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, stored INTEGER NOT NULL,
            PRIMARY KEY (kind, source, id))""",
        "CREATE TABLE writing (n INTEGER NOT NULL)",
        "INSERT INTO writing VALUES (0)",
        "CREATE INDEX pressing ON line (kind, live, urgency, source, id)",
        "CREATE TABLE body (no INTEGER PRIMARY KEY, record BLOB NOT NULL)",
        """CREATE TABLE tally (
            kind TEXT NOT NULL, live INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (kind, live))""",
        """CREATE TRIGGER line_came AFTER INSERT ON line BEGIN
            INSERT INTO tally SELECT new.kind, new.live, 0
                WHERE NOT EXISTS (SELECT 1 FROM tally WHERE kind = new.kind AND live = new.live);
            UPDATE tally SET n = n + 1 WHERE kind = new.kind AND live = new.live;
        END""",
        """CREATE TRIGGER line_went AFTER DELETE ON line BEGIN
            UPDATE tally SET n = n - 1 WHERE kind = old.kind AND live = old.live;
            DELETE FROM body WHERE no = old.no;
        END""",
        """CREATE TRIGGER line_moved AFTER UPDATE OF live ON line WHEN old.live <> new.live BEGIN
            UPDATE tally SET n = n - 1 WHERE kind = old.kind AND live = old.live;
            INSERT INTO tally SELECT new.kind, new.live, 0
                WHERE NOT EXISTS (SELECT 1 FROM tally WHERE kind = new.kind AND live = new.live);
            UPDATE tally SET n = n + 1 WHERE kind = new.kind AND live = new.live;
        END""",
        """CREATE TABLE reading (
            source TEXT NOT NULL, kind TEXT NOT NULL, cursor TEXT NOT NULL, at REAL NOT NULL, note TEXT NOT NULL,
            PRIMARY KEY (source, kind))""",
        """CREATE TABLE holiday (
            country TEXT NOT NULL, subdivision TEXT NOT NULL, year INTEGER NOT NULL, days TEXT NOT NULL,
            PRIMARY KEY (country, subdivision, year))""",
        "CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ),
)


class Place(NamedTuple):
    """Where a record stands on the board, as the rules say it."""

    live: bool
    """Whether somebody may still have to act on it."""
    urgency: float
    """Smaller presses more."""
    changes_at: dt.datetime | None
    """Until then this holds while the record stays the same; None: for ever."""
    text: str
    """Everything shown of it, case-folded."""


class Placed(NamedTuple):
    """One record's line, without the record."""

    ref: Ref
    place: Place


class Tally(NamedTuple):
    """How many records of a kind there are."""

    live: int
    closed: int


class Stored(Struct, frozen=True):
    """What a `put` changed, and how many there are now."""

    changed: tuple[tuple[Record, Place], ...] = ()
    dropped: tuple[Ref, ...] = ()
    tally: Tally = Tally(0, 0)


class News(Struct, frozen=True):
    """What another ppstui on this home stored or dropped."""

    placed: tuple[tuple[Kind, Placed], ...] = ()
    dropped: tuple[tuple[Kind, Ref], ...] = ()
    tallies: tuple[tuple[Kind, Tally], ...] = ()


class Reading(Struct, frozen=True):
    """The last complete reading of one kind from one source."""

    source: str
    kind: Kind
    cursor: str
    at: dt.datetime
    note: str = ""


class _Row(Struct, frozen=True):
    record: Record
    place: Place
    blob: bytes


_KINDS = {kind.value: kind for kind in Kind}
_TYPES: dict[Kind, type[Record]] = {record.kind: record for record in get_args(Record)}
_ENCODER = msgspec.msgpack.Encoder()
_REMEMBERED = 10_000
"""So many writings after it went a record is no longer news: days of them."""

_CHUNK = 200
"""Lines read at once: a millisecond, so that keys are answered while everything is loaded."""


@cache
def _decoder(kind: Kind) -> msgspec.msgpack.Decoder[Record]:
    """Made when a record of that kind is first wanted: to learn what one may hold takes its time."""
    return msgspec.msgpack.Decoder(_TYPES[kind])


class Cache:
    """The records, cursors and holidays of the last time. Synchronous; any thread may call, one at a time is served.

    When the disk refuses, what could not be written is kept in memory and written with the next thing that can: the
    board goes on, and `say` gets one sentence.
    """

    def __init__(self, path: Path | None, clock: Callable[[], dt.datetime], say: Callable[[str], None]) -> None:
        """`path` None keeps the cache in memory. `say` may be called from any thread."""
        self._say = say
        self._file = DatabaseFile(path, MIGRATIONS, synchronous="NORMAL", clock=clock, rescue=self._rescue)
        self._unsaved: dict[tuple[Kind, Ref], _Row | None] = {}
        self._spoiled: set[tuple[Kind, Ref]] = set()
        self._seen: int | None = None
        """The last writing that this cache made or knows; None: it has not looked yet."""

    def open(self) -> None:
        """Opens the file. Raises StoreError."""
        self._file.open()

    def close(self) -> None:
        """Closes the file for good."""
        self._file.close()

    def _rescue(self, aside: Path | None, _connection: sqlite3.Connection) -> None:
        if aside is not None:
            self._say(
                f"{self._file.path}: it was damaged and is kept as {aside.name}; "
                "the board is being filled again from the sources"
            )

    # ------------------------------------------------------------------------------------------------------ reading

    def first(self, kind: Kind, limit: int) -> tuple[tuple[Placed, ...], Tally]:
        """The most pressing live records, and how many there are at all; reads no more than it returns."""

        def work(connection: sqlite3.Connection) -> tuple[tuple[Placed, ...], Tally]:
            if self._seen is None:
                self._seen = _writings(connection)
            rows = connection.execute(
                "SELECT source, id, live, urgency, changes_at, text FROM line WHERE kind = ? AND live = 1"
                " ORDER BY urgency, source, id LIMIT ?",
                (kind.value, limit),
            ).fetchall()
            return tuple(_placed(*row) for row in rows), _tally(connection, kind)

        return self._file.read(work)

    def records(self, kind: Kind, limit: int) -> tuple[Record, ...]:
        """The most pressing live records themselves, read at once: one by one a screenful takes five times as long."""

        def work(connection: sqlite3.Connection) -> list[tuple[bytes]]:
            return connection.execute(
                "SELECT (SELECT record FROM body WHERE body.no = line.no) FROM line WHERE kind = ? AND live = 1"
                " ORDER BY urgency, source, id LIMIT ?",
                (kind.value, limit),
            ).fetchall()

        found: list[Record] = []
        for (record,) in self._file.read(work):
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):  # `get` sees to those
                found.append(_decoder(kind).decode(record))
        return tuple(found)

    def every(self, kind: Kind) -> tuple[Record, ...]:
        """All records of a kind at once, in the order of their references: for kinds of which there are few."""
        rows = self._file.read(
            lambda connection: connection.execute(
                "SELECT source, id, record FROM line JOIN body USING (no) WHERE kind = ?", (kind.value,)
            ).fetchall()
        )
        found: dict[Ref, Record] = {}
        for source, id_, record in rows:
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):  # `get` sees to those
                found[Ref(source, id_)] = _decoder(kind).decode(record)
        for (of, ref), row in tuple(self._unsaved.items()):
            if of is kind:
                found.pop(ref, None)
                found |= {ref: row.record} if row else {}
        return tuple(found[ref] for ref in sorted(found))

    def lines(self, kind: Kind, *, live: bool, chunk: int = _CHUNK) -> Iterator[tuple[Placed, ...]]:
        """All records of a kind, most pressing first, in chunks; between two chunks nothing is locked."""
        last: tuple[float, str, str] = (float("-inf"), "", "")
        while True:
            rows = self._file.read(lambda connection, last=last: self._next(connection, kind, live, last, chunk))  # type: ignore[misc]
            if not rows:
                return
            yield rows
            end = rows[-1]
            last = (end.place.urgency, end.ref.source, end.ref.id)

    @staticmethod
    def _next(
        connection: sqlite3.Connection, kind: Kind, live: bool, last: tuple[float, str, str], chunk: int
    ) -> tuple[Placed, ...]:
        rows = connection.execute(
            "SELECT source, id, live, urgency, changes_at, text FROM line WHERE kind = ? AND live = ?"
            " AND (urgency, source, id) > (?, ?, ?) ORDER BY urgency, source, id LIMIT ?",
            (kind.value, int(live), *last, chunk),
        ).fetchall()
        return tuple(_placed(*row) for row in rows)

    def get(self, kind: Kind, ref: Ref) -> Record | None:
        """One record, or None when it is not held. One that no longer decodes is forgotten and read again."""
        if (kind, ref) in self._unsaved:
            row = self._unsaved[(kind, ref)]
            return row.record if row else None
        found = self._file.read(
            lambda connection: connection.execute(
                "SELECT record FROM body WHERE no = (SELECT no FROM line WHERE kind = ? AND source = ? AND id = ?)",
                (kind.value, ref.source, ref.id),
            ).fetchone()
        )
        if found is None:
            return None
        try:
            return _decoder(kind).decode(found[0])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._spoiled.add((kind, ref))
            return None

    def news(self) -> News:
        """What another ppstui stored since this was asked last; nothing when there is no other."""

        def work(connection: sqlite3.Connection) -> News:
            newest = _writings(connection)
            if self._seen in (None, newest):
                self._seen = newest
                return News()
            rows = connection.execute(
                "SELECT kind, source, id, live, urgency, changes_at, text FROM line WHERE stored > ?", (self._seen,)
            ).fetchall()
            went = connection.execute(
                "SELECT kind, source, id FROM went WHERE stored > ? AND NOT EXISTS"
                " (SELECT 1 FROM line l WHERE l.kind = went.kind AND l.source = went.source AND l.id = went.id)",
                (self._seen,),
            ).fetchall()
            self._seen = newest
            return News(
                tuple((_KINDS[kind], _placed(*rest)) for kind, *rest in rows if kind in _KINDS),
                tuple((_KINDS[kind], Ref(source, id_)) for kind, source, id_ in went if kind in _KINDS),
                tuple((kind, _tally(connection, kind)) for kind in Kind),
            )

        return self._file.read(work)

    def version(self) -> int:
        """Changes when another ppstui wrote to the file."""
        return self._file.read(lambda connection: int(connection.execute("PRAGMA data_version").fetchone()[0]))

    def readings(self) -> tuple[Reading, ...]:
        """Where every source's last good reading ended."""
        rows = self._file.read(
            lambda connection: connection.execute("SELECT source, kind, cursor, at, note FROM reading").fetchall()
        )
        return tuple(
            Reading(source, _KINDS[kind], cursor, _instant(at), note)
            for source, kind, cursor, at, note in rows
            if kind in _KINDS
        )

    def cursor(self, source: str, kind: Kind) -> str:
        """Where the last reading ended; "" when everything is to be read. Throws out first what no longer decodes."""
        spoiled = [entry for entry in self._spoiled if entry[0] is kind and entry[1].source == source]
        if spoiled:
            self._file.write(lambda connection: _forget(connection, source, kind, [ref for _, ref in spoiled]))
            self._spoiled.difference_update(spoiled)
        found = self._file.read(
            lambda connection: connection.execute(
                "SELECT cursor FROM reading WHERE source = ? AND kind = ?", (source, kind.value)
            ).fetchone()
        )
        return str(found[0]) if found else ""

    # ------------------------------------------------------------------------------------------------------ writing

    def put(
        self,
        source: str,
        kind: Kind,
        records: Iterable[Record] = (),
        *,
        judge: Callable[[Record], Place],
        gone: Iterable[Ref] = (),
        keep: frozenset[Ref] | None = None,
        reading: Reading | None = None,
    ) -> Stored:
        """Stores what differs, in one transaction. `keep` drops every other record of this source and kind.

        A record with list columns only is merged into the whole one that is known. `reading` is noted with it.
        Judging happens outside the lock, because it takes longer than writing.
        """
        rows = tuple(self._differing(kind, records, judge))
        dropped = self._to_drop(source, kind, gone, keep)
        wanted: dict[tuple[Kind, Ref], _Row | None] = dict.fromkeys(((kind, ref) for ref in dropped), None)
        wanted.update({(row.record.kind, row.record.ref): row for row in rows})
        if wanted or reading:
            self._save(wanted, reading)
        tally = self._file.read(lambda connection: _tally(connection, kind))
        return Stored(tuple((row.record, row.place) for row in rows), dropped, tally)

    def move(self, kind: Kind, placed: Iterable[Placed]) -> None:
        """Stores new places of records that did not change themselves."""
        rows = [(*_columns(entry.place), kind.value, entry.ref.source, entry.ref.id) for entry in placed]
        try:
            self._file.write(
                lambda connection: connection.executemany(
                    "UPDATE line SET live = ?, urgency = ?, changes_at = ?, text = ?"
                    " WHERE kind = ? AND source = ? AND id = ?",
                    rows,
                )
            )
        except StoreError as error:
            self._complain(error)

    def _differing(self, kind: Kind, records: Iterable[Record], judge: Callable[[Record], Place]) -> Iterator[_Row]:
        from ppstui.store.merging import merged  # nothing comes in before the first frame

        for record in records:
            known = self.get(kind, record.ref)
            row = record if known is None else merged(known, record)
            if known is not None and row == known:
                continue
            try:
                blob = _ENCODER.encode(row)
            except UnicodeEncodeError:
                row = _scrubbed(row)
                blob = _ENCODER.encode(row)
                if row == known:
                    continue
            yield _Row(row, judge(row), blob)

    def _to_drop(self, source: str, kind: Kind, gone: Iterable[Ref], keep: frozenset[Ref] | None) -> tuple[Ref, ...]:
        going = [ref for ref in gone if self.get(kind, ref) is not None or (kind, ref) in self._spoiled]
        if keep is not None:
            held = self._file.read(
                lambda connection: connection.execute(
                    "SELECT id FROM line WHERE kind = ? AND source = ?", (kind.value, source)
                ).fetchall()
            )
            refs = {Ref(source, row[0]) for row in held}
            refs.update(ref for of, ref in self._unsaved if of is kind and ref.source == source)
            going.extend(sorted(refs - keep))
        return tuple(dict.fromkeys(going))

    def _save(self, wanted: dict[tuple[Kind, Ref], _Row | None], reading: Reading | None) -> None:
        everything = {**self._unsaved, **wanted}
        try:
            before, after = self._file.write(lambda connection: _write(connection, everything, reading))
        except StoreError as error:
            self._complain(error)
            self._unsaved = everything
        else:
            self._unsaved = {}
            if self._seen in (None, before):
                self._seen = after

    def _complain(self, error: StoreError) -> None:
        if not self._unsaved:
            self._say(f"{error}. Until then the board is kept in memory only.")

    # ----------------------------------------------------------------------------------------------------- the rest

    def holidays(self, country: str, subdivision: str, year: int) -> frozenset[dt.date] | None:
        """The public holidays kept for that year; None when nobody asked yet."""
        found = self._file.read(
            lambda connection: connection.execute(
                "SELECT days FROM holiday WHERE country = ? AND subdivision = ? AND year = ?",
                (country, subdivision, year),
            ).fetchone()
        )
        return None if found is None else frozenset(dt.date.fromisoformat(day) for day in found[0].split())

    def keep_holidays(self, country: str, subdivision: str, year: int, days: Iterable[dt.date]) -> None:
        """Keeps the answer, so that the slow library is asked once a year. Raises StoreError."""
        text = " ".join(day.isoformat() for day in sorted(days))
        self._file.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO holiday VALUES (?, ?, ?, ?)", (country, subdivision, year, text)
            )
        )

    def note(self, name: str) -> str:
        """A small thing remembered; "" when it is not."""
        found = self._file.read(
            lambda connection: connection.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        )
        return str(found[0]) if found else ""

    def keep_note(self, name: str, value: str) -> None:
        """Remembers a small thing; when the disk refuses, it is forgotten."""
        try:
            self._file.write(
                lambda connection: connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))
            )
        except StoreError as error:
            self._complain(error)


def _write(
    connection: sqlite3.Connection, rows: dict[tuple[Kind, Ref], _Row | None], reading: Reading | None
) -> tuple[int, int]:
    """Returns the numbers of the last writing before this one and of this one."""
    before = _writings(connection)
    this = before + 1 if rows else before
    connection.execute("UPDATE writing SET n = ?", (this,))
    for (kind, ref), row in rows.items():
        identity = (kind.value, ref.source, ref.id)
        if row is None:
            connection.execute("DELETE FROM line WHERE kind = ? AND source = ? AND id = ?", identity)
            connection.execute("INSERT OR REPLACE INTO went VALUES (?, ?, ?, ?)", (*identity, this))
            connection.execute("DELETE FROM went WHERE stored < ?", (this - _REMEMBERED,))
            continue
        columns = (*_columns(row.place), row.record.rev, this)
        found = connection.execute("SELECT no FROM line WHERE kind = ? AND source = ? AND id = ?", identity).fetchone()
        if found is None:
            number = connection.execute(
                "INSERT INTO line (live, urgency, changes_at, text, rev, stored, kind, source, id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*columns, *identity),
            ).lastrowid
        else:
            number = found[0]
            connection.execute(
                "UPDATE line SET live = ?, urgency = ?, changes_at = ?, text = ?, rev = ?, stored = ? WHERE no = ?",
                (*columns, number),
            )
        connection.execute("INSERT OR REPLACE INTO body VALUES (?, ?)", (number, row.blob))
    if reading is not None:
        connection.execute(
            "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?)",
            (reading.source, reading.kind.value, reading.cursor, reading.at.timestamp(), reading.note),
        )
    return before, this


def _writings(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT n FROM writing").fetchone()
    if row is None:
        raise Damaged("the cache has lost the number of its writings")
    return int(row[0])


def _tally(connection: sqlite3.Connection, kind: Kind) -> Tally:
    counts = dict(connection.execute("SELECT live, n FROM tally WHERE kind = ?", (kind.value,)).fetchall())
    return Tally(counts.get(1, 0), counts.get(0, 0))


def _forget(connection: sqlite3.Connection, source: str, kind: Kind, refs: Iterable[Ref]) -> None:
    connection.executemany(
        "DELETE FROM line WHERE kind = ? AND source = ? AND id = ?",
        [(kind.value, ref.source, ref.id) for ref in refs],
    )
    connection.execute("DELETE FROM reading WHERE source = ? AND kind = ?", (source, kind.value))


def _columns(place: Place) -> tuple[int, float, float | None, str]:
    changes = place.changes_at.timestamp() if place.changes_at else None
    return int(place.live), place.urgency, changes, _clean(place.text)


def _placed(source: str, id_: str, live: int, urgency: float, changes_at: float | None, text: str) -> Placed:
    return Placed(
        Ref(source, id_), Place(bool(live), urgency, None if changes_at is None else _instant(changes_at), text)
    )


def _instant(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _clean(text: str) -> str:
    """The text with halves of characters replaced: servers send them, UTF-8 cannot hold them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _scrubbed(record: Record) -> Record:
    return msgspec.convert(_scrub(msgspec.to_builtins(record)), _TYPES[record.kind])


def _scrub(value: object) -> object:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, dict):
        return {key: _scrub(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub(inner) for inner in value]
    return value
