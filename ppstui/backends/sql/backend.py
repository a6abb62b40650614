"""The tables as a backend: reading by a counter of changes, writing once per key.

Who writes holds the counter until the change is kept (SQLite has one writer, on PostgreSQL the row of the counter is
locked), so a reading that knows of a change knows of all before it: none is missed for having been kept late.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from ppstui.backends.sql import SQL, rows
from ppstui.backends.sql.bulletins import change_bulletin
from ppstui.backends.sql.hand import Writer
from ppstui.backends.sql.previews import change_pilot, change_registry, make_pilot
from ppstui.backends.sql.schema import MIGRATIONS
from ppstui.backends.sql.shelf import Shelf, missing
from ppstui.backends.sql.writes import carry_out
from ppstui.errors import BackendError, Conflict, Gone, Unsupported
from ppstui.model import (
    Kind,
    NewPilot,
    Pilot,
    Receipt,
    Ref,
    Rollout,
    RolloutCommand,
    about_bulletins,
    about_pilots,
    about_registry,
    command_name,
)
from ppstui.port import Batch, Health
from ppstui.rules.conflicts import differences
from ppstui.rules.pilots.conflicts import pilot_differences
from ppstui.rules.policy import Policy
from ppstui.rules.tracker import Tracker

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from ppstui.backends.sql.dialect import Session, Store
    from ppstui.backends.sql.hand import Done
    from ppstui.backends.sql.shelf import Kept
    from ppstui.model import Command, Record
    from ppstui.port import Since
    from ppstui.rules.conflicts import Difference

_WRITTEN: Final = {Kind.ROLLOUT: "rollout", Kind.PILOT: "pilot", Kind.BULLETIN: "issue"}
"""The kinds of record that commands are given to, one at a time."""
_BATCH: Final = 200
"""Records handed over at a time: a tenth of a second's work."""
_ISSUES: Final = 20
"""Issues of the bulletin handed over at a time: each is a hundred lines, as found and as written."""


class SqlBackend:
    """Rollouts, pilots, a registry and the bulletin, of no tracker: one's own in a file, or a team's in a database."""

    offer: Final = SQL.offer

    def __init__(
        self,
        name: str,
        store: Store,
        clock: Callable[[], dt.datetime],
        me: str,
        document_url: str = "",
        policy: Policy | None = None,
    ) -> None:
        """`name` is the source's, `me` the account in whose name everything is written; see `SqlOptions`.

        `policy` is the desk's: what a command does to a pilot's days follows from it.
        """
        self._name = name
        self._tracker = Tracker(watchers=False, document_url=document_url)
        self._shelf = Shelf(store.shelf)
        self._store = store
        self._clock = clock
        self._named = str(rows.bound(me))
        self._policy = policy or Policy()

    def __repr__(self) -> str:
        return f"SqlBackend({self._name!r}, {self._store.place!r})"

    @property
    def _me(self) -> str:
        """In whose name is written; known inside a transaction."""
        return self._named or self._store.role

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """Reads what changed since, or everything; live rollouts first. See `Backend`."""
        if kind not in self.offer.reads:
            raise Unsupported(f"{self._name}: {kind.value} are not offered here", source=self._name)
        size = _ISSUES if kind is Kind.BULLETIN else _BATCH

        def begin(session: Session) -> tuple[str, int | None, list[int], list[str], list[Record]]:
            store, changes = rows.numbers(session, "store", "changes")
            after = _continued(since, store, changes)
            numbers, gone = rows.changed(session, kind, after)
            return f"{store}:{changes}", after, numbers, gone, self._records(session, kind, numbers[:size])

        cursor, after, numbers, gone, found = await self._store.read(begin)
        for start in range(0, max(len(numbers), 1), size):
            some = numbers[start : start + size]
            last = start + size >= len(numbers)
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

        def counts(session: Session) -> tuple[list[int], tuple[str, ...]]:
            kinds = (Kind.ROLLOUT, Kind.TEAM, Kind.PILOT, Kind.BULLETIN)
            told = session.together(*((f"SELECT count(*) FROM {kind.value}", ()) for kind in kinds))  # noqa: S608 (ours)
            return [int(rows[0][0]) for rows in told], self._store.shortfalls(session)

        (rollouts, teams, pilots, issues), problems = await self._store.read(counts)
        engine, version = self._store.engine
        counted = ((rollouts, "rollout"), (teams, "team"), (pilots, "pilot"), (issues, "issue"))
        there = ", ".join(_many(count, what) for count, what in counted)
        text = f"{self._store.place}: {there}, schema {len(MIGRATIONS)}, {engine} {version}, as {self._me}"
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
        target = command.target.whole
        kinds = (
            ()
            if command.makes or about_registry(command)
            else tuple(kind for kind in _WRITTEN if kind in command.kinds)
        )
        known, *there = session.together(
            ("SELECT text, made, target FROM applied WHERE key = ?", (rows.bound(key),)),
            *((f"SELECT number FROM {kind.value} WHERE id = ?", (rows.bound(target.id),)) for kind in kinds),  # noqa: S608 (ours)
        )
        if known:
            text, made, was = map(str, known[0])
            return self._receipt(session, Ref(self._name, was), text, made)
        found = [(kind, int(told[0][0])) for kind, told in zip(kinds, there, strict=True) if told]
        if kinds and not found:
            what = _WRITTEN[kinds[0]]
            raise Gone(f"{target}: {self._absent(session, target, what)}", source=self._name)
        writer = Writer(session, self._name, self._me, self._clock(), key, self._tracker)
        done = self._carry_out(writer, command, found[0] if found else None, seen)
        if done.made and not kinds:
            target = Ref(self._name, done.made)
        session.execute(
            "INSERT INTO applied (key, at, command, target, text, made) VALUES (?, ?, ?, ?, ?, ?)",
            tuple(map(rows.bound, (key, writer.now, command_name(command), target.id, done.text, done.made))),
        )
        return self._receipt(session, target, done.text, done.made)

    def _carry_out(self, writer: Writer, command: Command, at: tuple[Kind, int] | None, seen: Record | None) -> Done:
        """Does it, where nobody changed what it touches. Raises Conflict or Refused."""
        if about_registry(command):
            return change_registry(writer, command)
        if about_bulletins(command):
            return change_bulletin(writer, command)
        if isinstance(command, NewPilot):
            return make_pilot(writer, command, self._policy)
        kind, row = at or (Kind.ROLLOUT, 0)
        if kind is Kind.PILOT and about_pilots(command):
            (pilot,) = self._records(writer.connection, kind, [row])
            if isinstance(pilot, Pilot):
                if isinstance(seen, Pilot):
                    self._check(command, pilot, pilot_differences(command, seen, pilot, writer.key))
                return change_pilot(writer, command, pilot, self._policy)
        if not isinstance(command, RolloutCommand):
            raise writer.refused(f"{command.target.whole} is no pilot; look at the reference")
        if isinstance(seen, Rollout) and at:
            (rollout,) = self._records(writer.connection, kind, [row])
            if isinstance(rollout, Rollout):
                self._check(command, rollout, differences(command, seen, rollout, writer.key))
        return carry_out(writer, command, row)

    def _check(self, command: Command, current: Record, changed: Sequence[Difference]) -> None:
        """Raises Conflict when somebody changed what the command touches after it was seen."""
        if changed:
            raise Conflict(f"{command.target.whole}: {_changes(changed)}", source=self._name, current=current)

    def _receipt(self, session: Session, target: Ref, text: str, made: str) -> Receipt:
        found = [self._records(session, kind, [row])[0] for kind, row in rows.find_any(session, target.id)]
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
