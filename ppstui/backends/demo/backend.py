"""A demo source: the embedded store, filled with a world that goes on a little while one looks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ppstui.backends.demo.world import happened, of_source
from ppstui.backends.sql import rows
from ppstui.backends.sql.backend import SqlBackend
from ppstui.backends.sql.file import DataFile
from ppstui.errors import Unreachable, Unsupported
from ppstui.model import Kind, Message, Voice, command_name
from ppstui.port import Health, Offer

if TYPE_CHECKING:
    import datetime as dt
    import sqlite3
    from collections.abc import AsyncIterator, Callable, Sequence

    from ppstui.backends.demo.world import Happened
    from ppstui.model import Command, Receipt, Record, Ref
    from ppstui.port import Backend, Batch, Since, Toolbox

_ME: Final = "sro-manager"


def open_demo(world: str, file: str, tools: Toolbox) -> Backend:
    """A backend on one source of the world; it is made at its first question, as of that instant."""
    if world == "down":
        return DownBackend(tools.name)

    def first(connection: sqlite3.Connection) -> None:
        for record in of_source(world, tools.name, tools.clock(), tools.zone):
            rows.put(connection, record)

    data = DataFile(Path(file) if file else None, tools.name, first=first)
    return DemoBackend(tools.name, world, data, tools.clock)


class DemoBackend:
    """A source that a world keeps happening to; everything else is the embedded store's."""

    offer: Final = SqlBackend.offer

    def __init__(self, name: str, world: str, file: DataFile, clock: Callable[[], dt.datetime]) -> None:
        """`world` is one of `WORLDS`; an empty `world` stays as it is."""
        self._world = world
        self._file = file
        self._clock = clock
        self._store = SqlBackend(name, file, clock, _ME)
        self._opened: dt.datetime | None = None
        self._done = 0

    def __repr__(self) -> str:
        return f"DemoBackend({self._world!r}, {self._file.place!r})"

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """Reads, after what happened meanwhile has happened. See `Backend`."""
        await self._go_on()
        async for batch in self._store.fetch(kind, since):
            yield batch

    async def look(self, ref: Ref) -> Record:
        """One record whole. See `Backend`."""
        await self._go_on()
        return await self._store.look(ref)

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """Carries out a command. See `Backend`."""
        return await self._store.apply(command, key, seen)

    async def check(self) -> Health:
        """Says that nothing here is real. See `Backend`."""
        health = await self._store.check()
        return Health(text=f"an invented world, nothing of it is real; {health.text}", user=_ME, version=health.version)

    async def aclose(self) -> None:
        """Forgets the world, unless it is kept in a file; twice is fine."""
        await self._store.aclose()

    async def _go_on(self) -> None:
        now = self._clock()
        if self._opened is None:
            self._opened = now
        due = [each for each in happened(self._world, self._opened, now) if each.number > self._done]
        if due:
            await self._file.write(lambda connection: self._happen(connection, due))
            self._done = due[-1].number

    def _happen(self, connection: sqlite3.Connection, due: Sequence[Happened]) -> None:
        for each in due:
            row = rows.find(connection, Kind.ROLLOUT, each.what.id)
            if row is None:
                continue
            message = Message(
                id=f"live-{each.number}", at=each.at, author=each.what.author, voice=Voice.REPLY, text=each.what.text
            )
            rows.move(connection, row, each.at)
            rows.append(connection, row, "messages", (message,))


class DownBackend:
    """A source that nobody ever hears from: what a board shows of it is part of the demo."""

    offer: Final = Offer(reads=frozenset(Kind))

    def __init__(self, name: str) -> None:
        """`name` is the source's."""
        self._name = name

    def _nobody(self) -> Unreachable:
        return Unreachable(f"{self._name}: nobody answers at archive.example.org; it is tried again", source=self._name)

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """Raises Unreachable."""
        del kind, since
        batches: tuple[Batch, ...] = ()
        for batch in batches:
            yield batch
        raise self._nobody()

    async def look(self, ref: Ref) -> Record:
        """Raises Unreachable."""
        del ref
        raise self._nobody()

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """Raises Unsupported: nothing is offered."""
        del key, seen
        raise Unsupported(f"{self._name}: {command_name(command)} is not offered here", source=self._name)

    async def check(self) -> Health:
        """Raises Unreachable."""
        raise self._nobody()

    async def aclose(self) -> None:
        """There is nothing to let go of."""
