"""The embedded store as a backend: reading by a counter of changes, writing once per key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ppstui.backends.sql import SQL, rows
from ppstui.backends.sql.hand import Writer
from ppstui.backends.sql.schema import MIGRATIONS
from ppstui.backends.sql.shelf import Shelf
from ppstui.backends.sql.writes import carry_out
from ppstui.errors import Conflict, Gone, Unsupported
from ppstui.model import Kind, NewRollout, Receipt, Ref, Rollout, command_name
from ppstui.port import Batch, Health
from ppstui.rules.conflicts import differences
from ppstui.rules.tracker import Tracker

if TYPE_CHECKING:
    import datetime as dt
    import sqlite3
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from ppstui.backends.sql.file import DataFile
    from ppstui.model import Command, Record
    from ppstui.port import Since
    from ppstui.rules.conflicts import Difference

_BATCH: Final = 200
"""Records handed over at a time: a tenth of a second's work."""


class SqlBackend:
    """One file of rollouts and teams that no server has."""

    offer: Final = SQL.offer

    def __init__(
        self, name: str, file: DataFile, clock: Callable[[], dt.datetime], me: str, document_url: str = ""
    ) -> None:
        """`name` is the source's, `me` the account in whose name everything is written; see `SqlOptions`."""
        self._name = name
        self._tracker = Tracker(watchers=False, document_url=document_url)
        self._shelf = Shelf(file.path)
        self._file = file
        self._clock = clock
        self._me = me

    def __repr__(self) -> str:
        return f"SqlBackend({self._name!r}, {self._file.place!r})"

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """Reads what changed since, or everything; live rollouts first. See `Backend`."""

        def begin(connection: sqlite3.Connection) -> tuple[str, int | None, list[int], list[str]]:
            store, changes = rows.number(connection, "store"), rows.number(connection, "changes")
            after = _continued(since, store, changes)
            gone = connection.execute(
                "SELECT id FROM gone WHERE kind = ? AND changed > ? ORDER BY changed", (kind.value, after or 0)
            )
            ids = [str(each) for (each,) in gone] if after is not None else []
            return f"{store}:{changes}", after, rows.in_order(connection, kind, after or 0), ids

        cursor, after, numbers, gone = await self._file.read(begin)
        for start in range(0, max(len(numbers), 1), _BATCH):
            some = numbers[start : start + _BATCH]
            last = start + _BATCH >= len(numbers)
            found = await self._file.read(lambda c, some=some: self._records(c, kind, some))  # type: ignore[misc]
            yield Batch(
                records=tuple(found),
                gone=tuple(Ref(self._name, each) for each in gone) if last else (),
                complete=last and after is None,
                cursor=cursor if last else "",
            )

    async def look(self, ref: Ref) -> Record:
        """One record whole. See `Backend`."""
        return await self._file.read(lambda connection: self._look(connection, ref))

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """Carries out a command in one transaction with its key. See `Backend`."""
        if type(command) not in self.offer.writes:
            raise Unsupported(f"{self._name}: {command_name(command)} is not offered here", source=self._name)
        return await self._file.write(lambda connection: self._apply(connection, command, key, seen))

    async def check(self) -> Health:
        """Opens the file and counts. See `Backend`."""

        def counts(connection: sqlite3.Connection) -> tuple[int, int, str]:
            rollouts = connection.execute("SELECT count(*) FROM rollouts").fetchone()[0]
            teams = connection.execute("SELECT count(*) FROM teams").fetchone()[0]
            return int(rollouts), int(teams), str(connection.execute("SELECT sqlite_version()").fetchone()[0])

        rollouts, teams, version = await self._file.read(counts)
        text = (
            f"{self._file.place}: {_many(rollouts, 'rollout')}, {_many(teams, 'team')}, schema {len(MIGRATIONS)}, "
            f"SQLite {version}, as {self._me}"
        )
        return Health(text=text, user=self._me, version=version)

    async def put(self, records: Iterable[Record]) -> tuple[Ref, ...]:
        """Brings in records whole, over those of the same id, and returns their references; `new` makes an id.

        All of them, or none. Raises BackendError.
        """
        brought = tuple(records)

        def bring(connection: sqlite3.Connection) -> tuple[str, ...]:
            return tuple(rows.put(connection, record) for record in brought)

        return tuple(Ref(self._name, each) for each in await self._file.write(bring))

    async def aclose(self) -> None:
        """Lets go of the file; twice is fine."""
        await self._file.aclose()

    # ------------------------------------------------------------------------------------- inside one transaction

    def _records(self, connection: sqlite3.Connection, kind: Kind, numbers: Sequence[int]) -> list[Record]:
        """These records, their files laid out."""
        found = rows.records(connection, kind, numbers, self._name, self._me)
        return [
            self._shelf.laid_out(connection, row, record) if isinstance(record, Rollout) else record
            for row, record in found.items()
        ]

    def _look(self, connection: sqlite3.Connection, ref: Ref) -> Record:
        for kind in (Kind.ROLLOUT, Kind.TEAM):
            row = rows.find(connection, kind, ref.id)
            if row is not None:
                return self._records(connection, kind, [row])[0]
        raise Gone(f"{ref}: {self._absent(connection, ref, 'record')}", source=self._name)

    @staticmethod
    def _absent(connection: sqlite3.Connection, ref: Ref, what: str) -> str:
        """What to say of a record that is not there: the file remembers those that once were."""
        was = connection.execute("SELECT 1 FROM gone WHERE id = ?", (ref.id,)).fetchone()
        return f"there is no such {what}" + (" any more; refresh" if was else "; look at the reference")

    def _apply(self, connection: sqlite3.Connection, command: Command, key: str, seen: Record | None) -> Receipt:
        known = connection.execute("SELECT text, made, target FROM applied WHERE key = ?", (key,)).fetchone()
        if known is not None:
            return self._receipt(connection, Ref(self._name, str(known[2])), str(known[0]), str(known[1]))
        target, row = command.target.whole, 0
        if not isinstance(command, NewRollout):
            found = rows.find(connection, Kind.ROLLOUT, target.id)
            if found is None:
                raise Gone(f"{target}: {self._absent(connection, target, 'rollout')}", source=self._name)
            row = found
            self._check_unchanged(connection, command, key, seen)
        now = self._clock()
        done = carry_out(Writer(connection, self._name, self._me, now, key, self._tracker), command, row)
        if isinstance(command, NewRollout):
            target = Ref(self._name, done.made)
        connection.execute(
            "INSERT INTO applied (key, at, command, target, text, made) VALUES (?, ?, ?, ?, ?, ?)",
            (key, rows.bound(now), command_name(command), target.id, done.text, done.made),
        )
        return self._receipt(connection, target, done.text, done.made)

    def _check_unchanged(self, connection: sqlite3.Connection, command: Command, key: str, seen: Record | None) -> None:
        """Raises Conflict when somebody changed what the command touches after it was `seen` so."""
        target = command.target.whole
        current = self._look(connection, target)
        if not (isinstance(seen, Rollout) and isinstance(current, Rollout)):
            return
        changed = differences(command, seen, current, key)
        if changed:
            raise Conflict(f"{target}: {_changes(changed)}", source=self._name, current=current)

    def _receipt(self, connection: sqlite3.Connection, target: Ref, text: str, made: str) -> Receipt:
        row = rows.find(connection, Kind.ROLLOUT, target.id)
        found = self._records(connection, Kind.ROLLOUT, [row]) if row is not None else []
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
