"""One RT as a backend: what it offers, and who does it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ppstui.backends.rt import PILOTS, offer_of
from ppstui.backends.rt.client import RTClient
from ppstui.backends.rt.pilots.reading import PilotReader
from ppstui.backends.rt.pilots.writing import SPOKEN, PilotWriter
from ppstui.backends.rt.reading import Reader
from ppstui.backends.rt.roster import Roster
from ppstui.backends.rt.writing import Writer
from ppstui.backends.rt.writing.errand import Known
from ppstui.errors import Unsupported
from ppstui.model import Kind, command_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ppstui.backends.rt import Options
    from ppstui.model import Command, Receipt, Record, Ref
    from ppstui.port import Batch, Health, Offer, Since, Toolbox


class RTBackend:
    """See `port.Backend`."""

    def __init__(self, options: Options, tools: Toolbox) -> None:
        self._options = options
        self._tools = tools
        self._client = RTClient(options, tools)
        self._reader = Reader(options, tools, self._client)
        self._roster = Roster(options, tools, self._client, self._reader)
        self._writer = Writer(options, self._client, self._reader)
        self._pilots = PilotReader(options, tools, self._client)
        known = Known(self._client)
        self._pilot_writer = PilotWriter(options, tools, self._client, self._reader, self._pilots, known)
        self._under_way: dict[str, asyncio.Task[Receipt]] = {}

    def __repr__(self) -> str:
        return f"RTBackend({self._tools.name!r}, {self._client.web!r})"

    @property
    def offer(self) -> Offer:
        """Rollouts and the teams they may have, and pilots where it has a queue for them."""
        return offer_of(self._options)

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """See `port.Backend.fetch`."""
        if kind not in self.offer.reads:
            text = f"{self._tools.name}: {kind.value} are not kept by this RT"
            raise Unsupported(text, source=self._tools.name)
        if kind is Kind.TEAM:
            yield await self._roster.fetch(since)
            return
        reader = self._pilots if kind is Kind.PILOT else self._reader
        async for batch in reader.fetch(since):
            yield batch

    async def look(self, ref: Ref) -> Record:
        """See `port.Backend.look`."""
        if self._roster.names_one(ref):
            return await self._roster.look(ref)
        reader = self._pilots if await self._pilots.names_one(ref) else self._reader
        return await reader.look(ref)

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """See `port.Backend.apply`.

        A call that is cancelled goes on in the background: the server cannot be told to stop, and whoever asks again
        with the same key must find what it did. `aclose` ends it.
        """
        if type(command) not in self.offer.writes:
            text = f"{self._tools.name}: {command_name(command)} is not offered by an RT"
            raise Unsupported(text, source=self._tools.name)
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._written(command, key, seen))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._settled(key, done))
        return await asyncio.shield(task)

    async def _written(self, command: Command, key: str, seen: Record | None) -> Receipt:
        """By whoever writes that kind of record."""
        of_pilots = type(command) in PILOTS
        if isinstance(command, SPOKEN):
            of_pilots = await self._pilots.names_one(command.target)
        return await (self._pilot_writer if of_pilots else self._writer).apply(command, key, seen)

    def _settled(self, key: str, task: asyncio.Task[Receipt]) -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]
        if not task.cancelled():
            task.exception()  # one that nobody waits for any more is no news: the key will be given again

    async def check(self) -> Health:
        """See `port.Backend.check`."""
        from ppstui.backends.rt.health import check_health

        return await check_health(self._options, self._tools, self._client)

    async def aclose(self) -> None:
        """See `port.Backend.aclose`."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()
