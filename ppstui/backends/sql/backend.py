"""The tables as a backend: reading by a counter of changes, writing once per key.

Who writes holds the counter until the change is kept (SQLite has one writer, on PostgreSQL the row of the counter is
locked), so a reading that knows of a change knows of all before it: none is missed for having been kept late.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from ppstui.backends.sql import SQL, rows
from ppstui.backends.sql.hand import Writer
from ppstui.backends.sql.schema import MIGRATIONS
from ppstui.backends.sql.shelf import Shelf, missing
from ppstui.backends.sql.writes import carry_out
from ppstui.errors import BackendError, Conflict, Gone, Unsupported
from ppstui.model import Kind, NewRollout, Receipt, Ref, Rollout, command_name
from ppstui.port import Batch, Health
from ppstui.rules.conflicts import differences
from ppstui.rules.tracker import Tracker

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from ppstui.backends.sql.dialect import Session, Store
    from ppstui.backends.sql.shelf import Kept
    from ppstui.model import Command, Record
    from ppstui.port import Since
    from ppstui.rules.conflicts import Difference

_BATCH: Final = 200
"""Records handed over at a time: a tenth of a second's work."""


class SqlBackend:
    """Rollouts and teams that no tracker has: one's own in a file, or a team's in a database."""

    offer: Final = SQL.offer

    def __init__(
        self, name: str, store: Store, clock: Callable[[], dt.datetime], me: str, document_url: str = ""
    ) -> None:
        """`name` is the source's, `me` the account in whose name everything is written; see `SqlOptions`."""
        self._name = name
        self._tracker = Tracker(watchers=False, document_url=document_url)
        self._shelf = Shelf(store.shelf)
        self._store = store
        self._clock = clock
        self._named = str(rows.bound(me))

    def __repr__(self) -> str:
        return f"SqlBackend({self._name!r}, {self._store.place!r})"

    @property
    def _me(self) -> str:
        """In whose name is written; known inside a transaction."""
        return self._named or self._store.role

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """Reads what changed since, or everything; live rollouts first. See `Backend`."""

        def begin(session: Session) -> tuple[str, int | None, list[int], list[str], list[Record]]:
            store, changes = rows.numbers(session, "store", "changes")
            after = _continued(since, store, changes)
            numbers, gone = rows.changed(session, kind, after)
            return f"{store}:{changes}", after, numbers, gone, self._records(session, kind, numbers[:_BATCH])

        cursor, after, numbers, gone, found = await self._store.read(begin)
        for start in range(0, max(len(numbers), 1), _BATCH):
            some = numbers[start : start + _BATCH]
            last = start + _BATCH >= len(numbers)
            if start:
                found = await self._store.read(lambda session, some=some: self._records(session, kind, some))  # type: ignore[misc]
            yield Batch(
                records=tuple(found),
                gone=tuple(Ref(self._name, each) for each in gone) if last else (),
                complete=last and after is None,
                cursor=cursor if last else "",
            )

    async def look(self, ref: Ref) -> Record:
        """One record whole. See `Backend`."""
        record = await self._store.read(lambda session: self._look(session, ref))
        if self._store.near or not (isinstance(record, Rollout) and record.attachments):
            return record
        return await self._with_copies(record)

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """Carries out a command in one transaction with its key. See `Backend`."""
        if type(command) not in self.offer.writes:
            raise Unsupported(f"{self._name}: {command_name(command)} is not offered here", source=self._name)
        return await self._store.write(lambda session: self._apply(session, command, key, seen))

    async def check(self) -> Health:
        """Opens the store and counts. See `Backend`."""

        def counts(session: Session) -> tuple[int, int, tuple[str, ...]]:
            rollouts, teams = session.together(
                ("SELECT count(*) FROM rollouts", ()), ("SELECT count(*) FROM teams", ())
            )
            return int(rollouts[0][0]), int(teams[0][0]), self._store.shortfalls(session)

        rollouts, teams, problems = await self._store.read(counts)
        engine, version = self._store.engine
        text = (
            f"{self._store.place}: {_many(rollouts, 'rollout')}, {_many(teams, 'team')}, schema {len(MIGRATIONS)}, "
            f"{engine} {version}, as {self._me}"
        )
        return Health(text=text, user=self._me, version=version, problems=problems)

    async def put(self, records: Iterable[Record]) -> tuple[Ref, ...]:
        """Brings in records whole, over those of the same id, and returns their references; `new` makes an id.

        All of them, or none. Raises BackendError.
        """
        brought = tuple(records)

        def bring(session: Session) -> tuple[str, ...]:
            return tuple(rows.put(session, record) for record in brought)

        return tuple(Ref(self._name, each) for each in await self._store.write(bring))

    async def aclose(self) -> None:
        """Lets go of the store; twice is fine."""
        await self._store.aclose()

    # ------------------------------------------------------------------------------------- inside one transaction

    def _records(self, session: Session, kind: Kind, numbers: Sequence[int]) -> list[Record]:
        """These records, with the addresses of their files."""
        found = rows.records(session, kind, numbers, self._name, self._me)
        files = self._shelf.kept(session, found)
        for file in missing(files) if self._store.near else ():
            with contextlib.suppress(OSError):  # a folder that may not be written: then there is no address
                self._shelf.lay_out(session, file)
        return list(self._shelf.addressed(found, files).values())

    def _look(self, session: Session, ref: Ref) -> Record:
        for kind, row in rows.find_any(session, ref.id):
            return self._records(session, kind, [row])[0]
        raise Gone(f"{ref}: {self._absent(session, ref, 'record')}", source=self._name)

    async def _with_copies(self, record: Rollout) -> Record:
        """The record, its files fetched, each by itself: one that does not come only costs its address."""

        def held(session: Session) -> tuple[int | None, list[Kept]]:
            row = rows.find(session, Kind.ROLLOUT, record.ref.id)
            return row, self._shelf.kept(session, {row: record}) if row is not None else []

        row, files = await self._store.read(held)
        for file in missing(files):
            with contextlib.suppress(OSError, BackendError):
                await self._store.read(lambda session, file=file: self._shelf.lay_out(session, file))  # type: ignore[misc]
        return self._shelf.addressed({row: record}, files)[row] if row is not None else record

    @staticmethod
    def _absent(session: Session, ref: Ref, what: str) -> str:
        """What to say of a record that is not there: the store remembers those that once were."""
        was = session.execute("SELECT 1 FROM gone WHERE id = ?", (rows.bound(ref.id),)).fetchone()
        return f"there is no such {what}" + (" any more; refresh" if was else "; look at the reference")

    def _apply(self, session: Session, command: Command, key: str, seen: Record | None) -> Receipt:
        target, row = command.target.whole, 0
        known, found = session.together(
            ("SELECT text, made, target FROM applied WHERE key = ?", (rows.bound(key),)),
            ("SELECT number FROM rollouts WHERE id = ?", (rows.bound(target.id),)),
        )
        if known:
            text, made, was = map(str, known[0])
            return self._receipt(session, Ref(self._name, was), text, made)
        if not isinstance(command, NewRollout):
            if not found:
                raise Gone(f"{target}: {self._absent(session, target, 'rollout')}", source=self._name)
            row = int(found[0][0])
            self._check_unchanged(session, command, row, key, seen)
        now = self._clock()
        done = carry_out(Writer(session, self._name, self._me, now, key, self._tracker), command, row)
        if isinstance(command, NewRollout):
            target = Ref(self._name, done.made)
        session.execute(
            "INSERT INTO applied (key, at, command, target, text, made) VALUES (?, ?, ?, ?, ?, ?)",
            tuple(map(rows.bound, (key, now, command_name(command), target.id, done.text, done.made))),
        )
        return self._receipt(session, target, done.text, done.made)

    def _check_unchanged(self, session: Session, command: Command, row: int, key: str, seen: Record | None) -> None:
        """Raises Conflict when somebody changed what the command touches after it was `seen` so."""
        if not isinstance(seen, Rollout):
            return
        target = command.target.whole
        (current,) = self._records(session, Kind.ROLLOUT, [row])
        if not isinstance(current, Rollout):
            return
        changed = differences(command, seen, current, key)
        if changed:
            raise Conflict(f"{target}: {_changes(changed)}", source=self._name, current=current)

    def _receipt(self, session: Session, target: Ref, text: str, made: str) -> Receipt:
        row = rows.find(session, Kind.ROLLOUT, target.id)
        found = self._records(session, Kind.ROLLOUT, [row]) if row is not None else []
        return Receipt(text=text, id=made, record=found[0] if found else None)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _continued(since: Since | None, store: int, changes: int) -> int | None:
    """The count of changes to continue after; None where a reading must start again, as in another file."""
    if since is None:
        return None
    was, _, after = since.cursor.partition(":")
    if was != str(store) or not (after.isascii() and after.isdigit()) or len(after) > len(str(changes)):
        return None
    return int(after) if int(after) <= changes else None


def _changes(found: Sequence[Difference]) -> str:
    """What was changed meanwhile, by whom, in one sentence."""
    said = [f"{each.by or 'somebody'} changed {each.what} to {each.theirs or 'nothing'}" for each in found]
    return f"{'; '.join(said)} since you looked; look again and decide anew"
