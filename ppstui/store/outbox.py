"""Every write ever asked for, and how it ended. What is in here when a call returns is on the disk.

Order is kept per record: an entry goes only when no earlier one about the same record is still pending. Settled entries
stay `KEPT` as the action log, with every request that was made for them; the file that a report carries goes as soon as
it is settled.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from ppstui.errors import StoreError, UsageError
from ppstui.model import Bulletin, Entry, State, command_name
from ppstui.store import lease
from ppstui.store._sqlite import DatabaseFile
from ppstui.store.asked import (
    ANYWAY,
    LEAVING,
    Asked,
    Claim,
    Exchanged,
    Happening,
    doubt_of,
    must_be,
    must_be_without_effect,
    unreadable,
)
from ppstui.store.outbox_schema import MIGRATIONS
from ppstui.store.rows import (
    LONGEST_TEXT,
    Cell,
    about,
    clean,
    decoded,
    instant,
    packed,
    parted,
    put,
    readable,
    text,
    unpacked,
    unpacked_registry,
    whole,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from ppstui.model import Record, Ref
    from ppstui.port import Exchange
    from ppstui.rules.registry import Registry
    from ppstui.store.asked import Rebase, Wanted
    from ppstui.store.unread import Unread

KEPT = dt.timedelta(days=30)
"""How long settled entries stay (ARCHITECTURE §5: the audit trail)."""

REST = dt.timedelta(seconds=30)
"""What was broken off goes again only after so long: its server may still be at it, and would do it twice."""

LONGEST_WAIT = dt.timedelta(hours=6)
"""No entry waits longer than this, whatever a server asks for or a clock that was wrong once wrote."""


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
        return unpacked(self._before(entry_id))

    def registry_before(self, entry_id: int) -> Registry | None:
        """The registry as it was before the entry had its effect; None when unknown."""
        return unpacked_registry(self._before(entry_id))

    def _before(self, entry_id: int) -> bytes | None:
        sql = "SELECT record_before FROM entry WHERE id = ?"
        row = self._file.read(lambda connection: connection.execute(sql, (entry_id,)).fetchone())
        return row[0] if row else None

    def seen(self, entry_id: int) -> Record | None:
        """The record that the person was looking at, while the entry is pending; None when unknown."""
        row = self._file.read(
            lambda connection: connection.execute("SELECT seen FROM entry WHERE id = ?", (entry_id,)).fetchone()
        )
        return unpacked(row[0]) if row else None

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
        return tuple(Happening(instant(at), State(state), told) for at, state, told in rows)

    def content(self, entry_id: int) -> bytes:
        """The file that a pending report carries; empty for everything else."""
        row = self._file.read(
            lambda connection: connection.execute("SELECT content FROM blob WHERE entry = ?", (entry_id,)).fetchone()
        )
        return bytes(row[0]) if row else b""

    def exchanges(self, entry_id: int) -> tuple[Exchanged, ...]:
        """Every request that was made for an entry, oldest first."""
        rows = self._file.read(
            lambda connection: connection.execute(
                "SELECT at, request, answer FROM exchange WHERE entry = ? ORDER BY no", (entry_id,)
            ).fetchall()
        )
        return tuple(Exchanged(instant(at), request, answer) for at, request, answer in rows)

    def unread(self, *, pending: bool = False) -> tuple[Unread, ...]:
        """What this version cannot read, newest first; all, or what is pending."""
        from ppstui.store.unread import unread  # nobody looks for any before the first frame

        return self._file.read(lambda connection: unread(connection, pending=pending))

    def give_up(self, entry_id: int) -> Unread:
        """Discards an entry that cannot be read; later ones about its record may go then. Raises UsageError."""
        from ppstui.store.unread import give_up

        return self._file.write(lambda connection: give_up(connection, entry_id, self._clock(), self._log))

    def version(self) -> int:
        """Changes when another ppstui wrote to the file."""
        return self._file.read(lambda connection: int(connection.execute("PRAGMA data_version").fetchone()[0]))

    # ------------------------------------------------------------------------------------------------------- asking

    def add(self, *wanted: Wanted) -> tuple[Entry, ...]:
        """Queues them, all or none; when this returns they are on the disk. Raises UsageError for text that is none."""
        parts = [parted(one.command) for one in wanted]
        return self._queued(lambda connection: self._all_added(connection, wanted, parts))

    def keep_comment(self, entry_id: int, *wanted: Wanted, rebase: Rebase | None = None) -> tuple[Entry, ...]:
        """Gives up an entry and queues these in its place, both or neither; it comes first in what is returned."""
        parts = [parted(one.command) for one in wanted]

        def work(connection: sqlite3.Connection) -> tuple[Entry, ...]:
            must_be_without_effect(self._known(connection, entry_id))
            given_up = self._given_up(connection, entry_id, State.DISCARDED, "discarded, but for a comment", rebase)
            return (given_up, *self._all_added(connection, wanted, parts))

        return self._queued(work)

    def _queued(self, work: Callable[[sqlite3.Connection], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        try:
            return self._file.write(work)
        except StoreError as error:
            raise type(error)(f"{error}. Nothing was queued") from error

    def _all_added(
        self, connection: sqlite3.Connection, wanted: Sequence[Wanted], parts: Sequence[tuple[str, bytes]]
    ) -> tuple[Entry, ...]:
        return tuple(self._added(connection, one, *part) for one, part in zip(wanted, parts, strict=True))

    def _added(self, connection: sqlite3.Connection, wanted: Wanted, command: str, content: bytes) -> Entry:
        target = wanted.command.target
        number = connection.execute(
            "INSERT INTO entry (key, name, source, target, about, command, asked_at, asked_by, base_rev, reason,"
            " before, record_before, reverses, seen, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')",
            (
                wanted.key,
                command_name(wanted.command),
                target.source,
                str(target),
                about(wanted.command, wanted.key),
                command,
                text(self._clock()),
                clean(wanted.by),
                wanted.base_rev,
                clean(wanted.reason),
                clean(wanted.before),
                packed(wanted.record),
                wanted.reverses,
                packed(wanted.seen),
            ),
        ).lastrowid
        if content:
            connection.execute("INSERT INTO blob (entry, content) VALUES (?, ?)", (number, content))
        told = f"asked for by {wanted.by}" + (f"; reason: {wanted.reason}" if wanted.reason else "")
        return self._logged(connection, int(number or 0), told)

    def undo(self, entry_id: int, rebase: Rebase | None = None) -> Entry:
        """Takes back an entry that has not left. Raises UsageError when it has, or is being sent right now."""
        return self._file.write(
            lambda connection: self._given_up(connection, entry_id, State.UNDONE, "taken back", rebase)
        )

    def discard(self, entry_id: int, rebase: Rebase | None = None) -> Entry:
        """Gives up an entry that has not been delivered. Raises UsageError."""
        return self._file.write(
            lambda connection: self._given_up(connection, entry_id, State.DISCARDED, "discarded", rebase)
        )

    def _given_up(
        self, connection: sqlite3.Connection, entry_id: int, state: State, told: str, rebase: Rebase | None
    ) -> Entry:
        entry = self._known(connection, entry_id)
        must_be(entry, State.WAITING, State.HELD, State.PARKED)
        if entry.mail:
            told += "; its mail may have left" if entry.mail == LEAVING else "; its mail went before"
        elif entry.tries and entry.state is not State.PARKED:
            told += f"; an earlier attempt may have reached {entry.command.target.source}, look at the record"
        self._settled(connection, entry, rebase, state=state.value, due=None)
        return self._logged(connection, entry_id, told)

    def _settled(self, connection: sqlite3.Connection, entry: Entry, rebase: Rebase | None, **columns: Cell) -> None:
        """Ends an entry, and lets later ones about the record know what came of it.

        Its file goes at once: a settled entry is never sent again, what a report says is on the record or with the
        person who wanted to send it, and fifty megabytes a report would soon fill a home folder. Its name, size and
        digest stay in the log.
        """
        if rebase is not None:
            self._follow(connection, entry, rebase)
        put(connection, entry.id, settled_at=text(self._clock()), seen=None, **columns)
        connection.execute("DELETE FROM blob WHERE entry = ?", (entry.id,))

    def _follow(self, connection: sqlite3.Connection, entry: Entry, rebase: Rebase) -> None:
        rows = connection.execute(
            "SELECT id, seen FROM entry WHERE about = (SELECT about FROM entry WHERE id = ?) AND id >= ?"
            " AND settled_at IS NULL AND seen IS NOT NULL ORDER BY id",
            (entry.id, entry.id),
        ).fetchall()
        asked = [
            Asked(found, seen)
            for number, blob in rows
            if (found := self._find(connection, number)) is not None and (seen := unpacked(blob)) is not None
        ]
        if len(asked) > 1 and asked[0].entry.id == entry.id:
            for number, seen in rebase(asked[0], asked[1:]).items():
                # The draft of an issue is asked for by what it was made from.
                base = {"base_rev": seen.rev} if isinstance(seen, Bulletin) else {}
                put(connection, number, seen=packed(seen), **base)

    def retry(self, entry_id: int, seen: Record | None = None) -> tuple[Entry, ...]:
        """Lets an entry go again, at once; with a held one, all of its source.

        Of a parked one the person has now looked at `seen` (None: at what it had), and wants its mail sent again.
        Raises UsageError when the entry is neither waiting, held nor parked.
        """

        def work(connection: sqlite3.Connection) -> tuple[Entry, ...]:
            entry = self._known(connection, entry_id)
            must_be(entry, State.WAITING, State.HELD, State.PARKED)
            if entry.state is State.PARKED and seen is not None:
                before = {"record_before": packed(seen)} if entry.conflict else {}  # nothing was changed so far
                put(connection, entry_id, seen=packed(seen), base_rev=seen.rev, **before)
            elif entry.conflict:
                put(connection, entry_id, base_rev=ANYWAY)
            again = {"mail": ""} if entry.mail == LEAVING else {}
            put(connection, entry_id, state="waiting", due=None, crashes=0, conflict=0, **again)
            released = self._released(connection, entry.command.target.source) if entry.state is State.HELD else ()
            return (self._logged(connection, entry_id, "to be tried again"), *released)

        return self._file.write(work)

    # ---------------------------------------------------------------------------------------------------- delivering

    def claim(self, source: str, me: lease.Holder, *, only: Ref | None = None) -> Claim | None:
        """The next entry for that source that may go, marked as being sent; None when there is none.

        Nothing is handed out to who does not hold the lease, which is prolonged.
        """

        def work(connection: sqlite3.Connection) -> Claim | None:
            now = self._clock()
            target = str(only) if only else None
            if not lease.keep(connection, me, now):
                return None
            rows = connection.execute(
                "SELECT id FROM entry e WHERE state = 'waiting' AND source = ?"
                " AND (due IS NULL OR due <= ? OR due > ?) AND (? IS NULL OR target = ?)"
                " AND NOT EXISTS (SELECT 1 FROM entry p WHERE p.about = e.about AND p.id < e.id"
                " AND p.settled_at IS NULL) ORDER BY id",
                (source, text(now), text(now + LONGEST_WAIT), target, target),
            )
            numbers = (row[0] for row in rows if self._find(connection, row[0]) is not None)
            if (number := next(numbers, None)) is None:
                return None
            connection.execute(
                "UPDATE entry SET state = 'sending', holder = ?, tries = tries + 1, due = NULL WHERE id = ?",
                (me.id, number),
            )
            return self._claimed(connection, number)

        return self._file.write(work)

    def _claimed(self, connection: sqlite3.Connection, number: int) -> Claim:
        entry = self._logged(connection, number, "sent")
        seen, content = connection.execute(
            "SELECT seen, content FROM entry LEFT JOIN blob ON blob.entry = entry.id WHERE id = ?", (number,)
        ).fetchone()
        return Claim(entry, whole(entry.command, content or b""), unpacked(seen))

    def note_before(self, entry_id: int, record: Record | Registry) -> None:
        """Keeps it as it is just before the first attempt: what the reverse must go back to."""
        blob = packed(record)
        self._file.write(lambda connection: put(connection, entry_id, record_before=blob))

    def note_exchange(self, exchange: Exchange) -> None:
        """Writes a request and its answer into the action log of the entry it was made for; of no other."""
        told = (clean(exchange.request)[:LONGEST_TEXT], clean(exchange.answer)[:LONGEST_TEXT])
        self._file.write(
            lambda connection: connection.execute(
                "INSERT INTO exchange (entry, at, request, answer) SELECT id, ?, ?, ? FROM entry WHERE key = ?",
                (text(self._clock()), *told, exchange.key),
            )
        )

    def leaving(self, entry: Entry, me: lease.Holder) -> Entry | None:
        """Just before its mail is handed over; None when it is no longer for this courier to hand over."""

        def work(connection: sqlite3.Connection) -> Entry | None:
            if not lease.keep(connection, me, self._clock()) or not self._mine(connection, entry, me):
                return None
            put(connection, entry.id, mail=LEAVING)
            return self._logged(connection, entry.id, "the mail is handed over")

        return self._file.write(work)

    def mailed(self, entry: Entry, me: lease.Holder, answer: str) -> Entry:
        """The mail server took it over and said this. Whatever became of the entry meanwhile, that is known now."""

        def work(connection: sqlite3.Connection) -> Entry:
            lease.keep(connection, me, self._clock())
            # Who has claimed it since then has another mail under way.
            found = connection.execute(
                "SELECT 1 FROM entry WHERE id = ? AND holder = ? AND mail = ?", (entry.id, me.id, LEAVING)
            ).fetchone()
            if found:
                put(connection, entry.id, mail=clean(answer) or "sent")
            return self._logged(connection, entry.id, f"the mail went: {answer}")

        return self._file.write(work)

    def done(
        self,
        entry: Entry,
        receipt: str,
        rebase: Rebase | None = None,
        *,
        mail: str | None = None,
        then: Wanted | None = None,
    ) -> tuple[Entry, ...]:
        """The effect is there. Later entries about the record were asked for by people who had that in mind.

        `then` is what follows from it: queued with it or not at all, and once whoever finds the effect. `mail`: what is
        known of what it sent. Returns every entry that changed.
        """
        parts = parted(then.command) if then else None

        def work(connection: sqlite3.Connection) -> tuple[Entry, ...]:
            found = connection.execute("SELECT state, reverses FROM entry WHERE id = ?", (entry.id,)).fetchone()
            if found is None:
                return ()
            changed: list[Entry] = []
            if then and parts and not connection.execute("SELECT 1 FROM entry WHERE key = ?", (then.key,)).fetchone():
                changed.append(self._added(connection, then, *parts))
            if not State(found[0]).pending:
                self._log(connection, entry.id, f"it had its effect: {receipt}")
                return tuple(changed)
            if mail is not None:
                put(connection, entry.id, mail=clean(mail))
            self._settled(
                connection, entry, rebase, state="done", receipt=clean(receipt), last_error="", crashes=0, conflict=0
            )
            changed.append(self._logged(connection, entry.id, f"done: {receipt}"))
            if found[1] is not None and self._find(connection, found[1]) is not None:
                put(connection, found[1], state="undone")
                changed.append(self._logged(connection, found[1], f"taken back by {entry.id}"))
            return tuple(changed)

        return self._file.write(work)

    def wait(self, entry: Entry, me: lease.Holder, error: str, due: dt.datetime, *, mail: str | None = None) -> Entry:
        """The attempt came to nothing, or nobody knows; again at `due`. `mail`: how far that is, if known better."""
        return self._failed(entry, me, State.WAITING, error, due=text(due), mail=mail)

    def hold(self, entry: Entry, me: lease.Holder, error: str, due: dt.datetime, *, mail: str | None = None) -> Entry:
        """The source does not know us; nothing goes to it until it is released, and this one not before `due`."""
        return self._failed(entry, me, State.HELD, error, due=text(due), mail=mail)

    def park(
        self, entry: Entry, me: lease.Holder, error: str, *, conflict: bool = False, mail: str | None = None
    ) -> Entry:
        """The server will not, or the record moved on (`conflict`); a person decides."""
        return self._failed(entry, me, State.PARKED, error, due=None, conflict=int(conflict), mail=mail)

    def _failed(self, entry: Entry, me: lease.Holder, state: State, error: str, **columns: Cell) -> Entry:
        known = {name: value for name, value in columns.items() if name != "mail" or value is not None}

        def work(connection: sqlite3.Connection) -> Entry:
            if self._mine(connection, entry, me):
                columns_now = {"conflict": 0, "crashes": 0, "last_error": clean(error), **known}
                put(connection, entry.id, **columns_now, state=state.value)
                told = self._logged(connection, entry.id, error)
                if told.mail == LEAVING and state is not State.PARKED:
                    # Interrupted just then: nobody knows, so it is not for a courier to go on with.
                    self._doubt(connection, entry.id)
            # Where another courier took over meanwhile, what it finds out stands.
            return self._known(connection, entry.id)

        return self._file.write(work)

    def _mine(self, connection: sqlite3.Connection, entry: Entry, me: lease.Holder) -> bool:
        """Whether this courier is the one that sends it."""
        return bool(
            connection.execute(
                "SELECT 1 FROM entry WHERE id = ? AND state = 'sending' AND holder = ?", (entry.id, me.id)
            ).fetchone()
        )

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

    def elect(self, me: lease.Holder, under_way: Collection[int] = ()) -> lease.Lease:
        """Makes this desk the courier of the home, or says who is. A new courier takes up what the last one left.

        So does one that could not write down what came of something: only what is in `under_way` is still being sent.
        """

        def work(connection: sqlite3.Connection) -> lease.Lease:
            found = lease.take(connection, me, self._clock())
            if found.mine:
                from ppstui.store.taking_up import Hand, take_up  # nothing is carried before the first frame

                hand = Hand(
                    lambda number, told: self._log(connection, number, told),
                    lambda number: self._doubt(connection, number),
                )
                take_up(connection, self._clock(), me, under_way, hand, new=found.new)
            return found

        return self._file.write(work)

    def resign(self, me: lease.Holder) -> None:
        """Lets another ppstui be the courier at once; what was being sent goes again with it, after a rest."""

        def work(connection: sqlite3.Connection) -> None:
            rows = connection.execute(
                "SELECT id, mail FROM entry WHERE state = 'sending' AND holder = ?", (me.id,)
            ).fetchall()
            for number, mail in rows:
                if mail == LEAVING:
                    self._doubt(connection, number)
                else:
                    put(connection, number, state="waiting", due=text(self._clock() + REST))
            lease.give_up(connection, me)

        held = self._file.read(
            lambda connection: connection.execute("SELECT 1 FROM lease WHERE holder = ?", (me.id,)).fetchone()
        )
        if held:
            self._file.write(work)

    def _doubt(self, connection: sqlite3.Connection, number: int) -> None:
        told = doubt_of(found.command if (found := self._find(connection, number)) else None)
        put(connection, number, state="parked", last_error=told)
        self._log(connection, number, f"ppstui ended while its mail was leaving: {told}")

    def prune(self) -> int:
        """Forgets entries that were settled longer than `KEPT` ago. Returns how many."""
        limit = (text(self._clock() - KEPT),)
        found = self._file.read(
            lambda connection: connection.execute("SELECT COUNT(*) FROM entry WHERE settled_at < ?", limit).fetchone()[
                0
            ]
        )
        if found:

            def work(connection: sqlite3.Connection) -> None:
                for table in ("log", "exchange", "blob"):
                    connection.execute(
                        f"DELETE FROM {table} WHERE entry IN (SELECT id FROM entry WHERE settled_at < ?)",  # noqa: S608 (our names)
                        limit,
                    )
                connection.execute("DELETE FROM entry WHERE settled_at < ?", limit)

            self._file.write(work)
        return int(found)

    # ------------------------------------------------------------------------------------------------------ the inside

    def _find(self, connection: sqlite3.Connection, entry_id: int) -> Entry | None:
        row = connection.execute("SELECT * FROM shown WHERE id = ?", (entry_id,)).fetchone()
        return None if row is None else self._entry(row)

    def _known(self, connection: sqlite3.Connection, entry_id: int) -> Entry:
        entry = self._find(connection, entry_id)
        if entry is None:
            raise UsageError(f"there is no entry {entry_id} in the outbox; `ppstui outbox list` shows them")
        return entry

    def _logged(self, connection: sqlite3.Connection, entry_id: int, told: str) -> Entry:
        self._log(connection, entry_id, told)
        return self._known(connection, entry_id)

    def _log(self, connection: sqlite3.Connection, entry_id: int, told: str) -> None:
        connection.execute(
            "INSERT INTO log (entry, at, state, text) SELECT ?, ?, state, ? FROM entry WHERE id = ?",
            (entry_id, text(self._clock()), clean(told), entry_id),
        )

    def _entry(self, row: tuple[Cell, ...]) -> Entry | None:
        """The entry in a row. One that this version cannot read stays in the file, and is mentioned once."""
        try:
            return decoded(row)
        except (msgspec.MsgspecError, ValueError):
            number = int(row[0] or 0)
            if number not in self._unreadable and row[5] != State.DISCARDED.value:  # who gave it up knows
                self._unreadable.add(number)
                self._say(f"{self._file.path}: {unreadable(number, settled=bool(row[13]))}")
            return None

    def _rescue(self, aside: Path | None, connection: sqlite3.Connection) -> None:
        """Copies what can still be read of a damaged outbox into the new file, row by row."""
        if aside is None:
            return
        from ppstui.store.salvage import salvage  # wanted by nobody whose file is whole

        saved, lost = salvage(aside, connection, readable=readable)
        told = f"{self._file.path}: it was damaged and is kept as {aside.name}; "
        told += f"{saved} of its entries could be read and are kept" if saved else "no entry in it could be read"
        self._say(told + (f", {lost} could not" if saved and lost else ""))
