"""A demo source: the embedded store, filled with a world that goes on a little while one looks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from ppstui.backends.demo import letters
from ppstui.backends.demo.world import BEAT, happened, of_source, says
from ppstui.backends.sql import rows
from ppstui.backends.sql.backend import SqlBackend
from ppstui.backends.sql.file import DataFile
from ppstui.errors import Unreachable, Unsupported
from ppstui.model import Kind, Message, Voice, command_name
from ppstui.port import Health, Offer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from ppstui.backends.demo import DemoOptions
    from ppstui.backends.demo.world import Happened
    from ppstui.backends.sql.dialect import Session
    from ppstui.model import Command, Receipt, Record, Ref
    from ppstui.port import Backend, Batch, Since, Toolbox
    from ppstui.rules.policy import Policy

_ME: Final = "sro-manager"


def open_demo(options: DemoOptions, tools: Toolbox) -> Backend:
    """A backend on one source of the world; it is made at its first question, as of that instant."""
    if options.world == "down":
        return DownBackend(tools.name)

    def first(connection: Session) -> None:
        for record in of_source(options.world, tools.name, tools.clock(), tools.zone):
            rows.put(connection, record)

    data = DataFile(Path(options.file) if options.file else None, tools.name, first=first)
    return DemoBackend(tools.name, options.world, data, tools.clock, options.document_url, tools.policy)


class DemoBackend:
    """A source that a world keeps happening to; everything else is the embedded store's."""

    offer: Final = SqlBackend.offer

    def __init__(
        self,
        name: str,
        world: str,
        file: DataFile,
        clock: Callable[[], dt.datetime],
        document_url: str = "",
        policy: Policy | None = None,
    ) -> None:
        """`world` is one of `WORLDS`; an empty `world` stays as it is. See `SqlBackend`."""
        self._world = world
        self._file = file
        self._clock = clock
        self._store = SqlBackend(name, file, clock, _ME, document_url, policy)
        self._opened: dt.datetime | None = None
        self._done = 0
        self._heard: set[Chosen] = set()

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
        if self._world:
            opened = self._opened
            chosen = await self._file.read(lambda connection: _chosen(connection, opened, now - BEAT))
            asked = [each for each in chosen if each not in self._heard]
            if asked:
                await self._file.write(lambda connection: _answer(connection, asked, now))
                self._heard.update(asked)

    def _happen(self, connection: Session, due: Sequence[Happened]) -> None:
        for each in due:
            row = rows.find(connection, Kind.ROLLOUT, each.what.id)
            if row is None:
                continue
            message = Message(
                id=f"live-{each.number}", at=each.at, author=each.what.author, voice=Voice.REPLY, text=each.what.text
            )
            rows.move(connection, row, each.at)
            rows.append(connection, row, "messages", (message,))


class Chosen(NamedTuple):
    """A team that somebody chose while the world was looked at."""

    row: int
    team: str
    at: dt.datetime


def _chosen(connection: Session, opened: dt.datetime, before: dt.datetime) -> list[Chosen]:
    """The teams that were chosen since then, long enough ago to have answered."""
    found = connection.execute("SELECT rollout, team, notified FROM assignments WHERE notified NOT NULL")
    chosen = [Chosen(int(row), str(team), dt.datetime.fromisoformat(at)) for row, team, at in found]
    return [each for each in chosen if opened <= each.at <= before]


def _answer(connection: Session, asked: Sequence[Chosen], at: dt.datetime) -> None:
    """Each of them accepts, in its own manner."""
    for each in asked:
        said = says("", "", each.team, letter=letters.LETTERS[len(each.team) % len(letters.LETTERS)])
        changed = rows.move(connection, each.row, at)
        message = Message(id=f"answer-{changed}", at=at, author=said.author, voice=Voice.REPLY, text=said.text)
        rows.append(connection, each.row, "messages", (message,))


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
