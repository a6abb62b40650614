"""Reads sources and puts what they say into the store and onto the board."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from ppstui.desk.events import Changed, Said, SourceChanged
from ppstui.desk.judging import place
from ppstui.errors import Gone, NotAuthorised, PpsError, StoreError, Unreachable
from ppstui.port import Since
from ppstui.store import Reading, Stored

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable, Iterable

    from ppstui.desk.aside import Aside
    from ppstui.desk.board import Board
    from ppstui.desk.channels import Channel
    from ppstui.desk.events import Event
    from ppstui.model import Kind, Record, Ref
    from ppstui.port import Backend, Batch
    from ppstui.store import Cache, Place


class Reader:
    """Reads one channel at a time each; a failure ends up in the channel, never with the caller."""

    def __init__(
        self,
        cache: Cache,
        board: Board,
        aside: Aside,
        clock: Callable[[], dt.datetime],
        emit: Callable[[Event], None],
        patience: float,
    ) -> None:
        """`patience`: seconds a source may take from one batch to the next."""
        self._cache = cache
        self._board = board
        self._aside = aside
        self._clock = clock
        self._emit = emit
        self._patience = patience

    async def read(self, channel: Channel) -> bool:
        """Reads every kind the source serves here. Whether all came; who finds a reading under way waits for it."""
        seen = channel.readings
        async with channel.reading_now:
            if channel.readings != seen:
                return not channel.error
            if channel.barred(self._clock()):
                return False
            self._emit(SourceChanged(channel.name))
            try:
                failure, note = await self._read_kinds(channel)
            finally:
                channel.progress = ""
            channel.readings += 1
        self._settle(channel, failure, note)
        return failure is None

    async def read_again(self, channel: Channel, kinds: Iterable[Kind]) -> None:
        """Reads some kinds once more, because we changed them; what fails comes with the next reading."""
        async with channel.reading_now:
            try:
                backend = await channel.backend()
                for kind in kinds:
                    if kind in channel.source.kinds:
                        await self._read_kind(channel, backend, kind)
            except (PpsError, TimeoutError):
                channel.next_reading = None
            finally:
                channel.progress = ""

    async def look(self, channel: Channel, ref: Ref) -> Record:
        """Reads one record whole. Raises BackendError, ConfigError."""
        backend = await channel.backend()
        try:
            async with asyncio.timeout(self._patience):
                record = await backend.look(ref)
        except TimeoutError as error:
            raise Unreachable(self._silent(channel), source=channel.name) from error
        except Gone:
            known = self._board.known(ref)
            if known is not None:
                await self.store(channel.name, known.kind, (), gone=(ref,))
            raise
        await self.store(channel.name, record.kind, (record,))
        return record

    async def store(
        self,
        source: str,
        kind: Kind,
        records: Iterable[Record],
        *,
        gone: Iterable[Ref] = (),
        keep: frozenset[Ref] | None = None,
        reading: Reading | None = None,
    ) -> None:
        """Puts records into the cache and what differs onto the board, and tells so. Raises StoreError."""
        scene = self._board.scene(kind)

        def judge(record: Record) -> Place:
            return place(record, scene)

        stored = await self._aside.run(
            lambda: self._cache.put(source, kind, records, judge=judge, gone=gone, keep=keep, reading=reading)
        )
        self.show(kind, stored)

    async def catch_up(self) -> None:
        """Puts onto the board what another ppstui on this home stored. Raises StoreError."""
        news = await self._aside.run(self._cache.news)
        changed: dict[Kind, set[Ref]] = {}
        for kind, (ref, at) in news.placed:
            self._board.renewed(kind, ref, at)
            changed.setdefault(kind, set()).add(ref)
        for kind, ref in news.dropped:
            self._board.drop(kind, ref)
            changed.setdefault(kind, set()).add(ref)
        for kind, tally in news.tallies:
            self._board.counted(kind, tally)
        for kind, refs in changed.items():
            self._emit(Changed(kind, frozenset(refs)))

    def show(self, kind: Kind, stored: Stored) -> None:
        """Puts onto the board what the store took."""
        for record, at in stored.changed:
            self._board.put(record, at)
        for ref in stored.dropped:
            self._board.drop(kind, ref)
        self._board.counted(kind, stored.tally)
        refs = frozenset([record.ref for record, _ in stored.changed]).union(stored.dropped)
        if refs:
            self._emit(Changed(kind, refs))

    def changed(self, kind: Kind, ref: Ref | None = None) -> None:
        """Tells that a record, or any of its kind, looks different: something about it is or was pending."""
        self._emit(Changed(kind, None if ref is None else frozenset([ref])))

    async def _read_kinds(self, channel: Channel) -> tuple[PpsError | None, str]:
        failure: PpsError | None = None
        notes: list[str] = []
        if channel.is_target:
            return await self._asked_again(channel), ""
        for kind in sorted(channel.source.kinds, key=lambda kind: kind.value):
            try:
                backend = await channel.backend()
                notes.extend(await self._read_kind(channel, backend, kind))
            except (Unreachable, NotAuthorised) as error:
                return error, ""
            except TimeoutError:
                return Unreachable(self._silent(channel), source=channel.name), ""
            except PpsError as error:
                # One kind that is refused says nothing about the next.
                failure = failure or error
        return failure, " ".join(dict.fromkeys(notes))

    async def _asked_again(self, channel: Channel) -> PpsError | None:
        """Nothing is read from a target; one that did not know us, or could not be opened, is asked whether it does."""
        if not channel.held:
            return None
        try:
            async with asyncio.timeout(self._patience):
                await (await channel.backend()).check()
        except PpsError as error:
            return error
        except TimeoutError:
            return Unreachable(self._silent(channel), source=channel.name)
        return None

    async def _read_kind(self, channel: Channel, backend: Backend, kind: Kind) -> list[str]:
        """Raises TimeoutError when the source went silent, BackendError, StoreError."""
        cursor = await self._aside.run(lambda: self._cache.cursor(channel.name, kind))
        batches = backend.fetch(kind, Since(cursor, self._board.known) if cursor else None)
        seen: set[Ref] = set()
        notes: list[str] = []
        last: Batch | None = None
        try:
            while (batch := await self._next(batches)) is not None:
                last = batch
                seen.update(record.ref for record in batch.records)
                notes.extend(filter(None, [batch.note]))
                await self.store(channel.name, kind, batch.records, gone=batch.gone)
                # How many there will be nobody knows: a reading that continues brings only what changed.
                channel.progress = str(len(seen))
                self._emit(SourceChanged(channel.name))
        finally:
            if isinstance(batches, AsyncGenerator):
                await batches.aclose()
        if last is not None:
            note = " ".join(dict.fromkeys(notes))
            reading = Reading(channel.name, kind, last.cursor, self._clock(), note)
            keep = frozenset(seen) if last.complete else None
            await self.store(channel.name, kind, (), keep=keep, reading=reading)
        return notes

    async def _next(self, batches: AsyncIterator[Batch]) -> Batch | None:
        async with asyncio.timeout(self._patience):
            return await anext(batches, None)

    def _settle(self, channel: Channel, failure: PpsError | None, note: str) -> None:
        now = self._clock()
        if failure is None:
            if channel.read_well(now, note):
                self._emit(Said(f"{channel.name} is back"))
        else:
            retry_after = failure.retry_after if isinstance(failure, Unreachable) else None
            if channel.read_badly(now, str(failure), retry_after):
                self._emit(Said(_sentence(channel.name, failure), bad=True))
            if isinstance(failure, NotAuthorised):
                channel.held = str(failure)
        self._emit(SourceChanged(channel.name))

    def _silent(self, channel: Channel) -> str:
        return (
            f"{channel.name}: it accepted the connection and did not answer for {self._patience:g} s; "
            "it is asked again later"
        )


def _sentence(source: str, error: PpsError) -> str:
    """The error, saying which source it is about."""
    text = str(error)
    return text if text.startswith(source) or isinstance(error, StoreError) else f"{source}: {text}"
