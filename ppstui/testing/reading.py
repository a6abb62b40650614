"""Reading a backend in one go, and a toolbox for tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from msgspec import structs

from ppstui.model import Rollout
from ppstui.port import Since, Toolbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppstui.model import Kind, Record, Ref
    from ppstui.port import Backend

NOON = dt.datetime(2026, 11, 18, 11, 0, tzinfo=dt.UTC)
"""Wednesday 18 November 2026, noon in Geneva: an ordinary working day."""


@dataclass(slots=True)
class Reading:
    """All batches of one `fetch`, put together as a desk does it: what comes later replaces what came first."""

    records: dict[Ref, Record] = field(default_factory=dict)
    gone: set[Ref] = field(default_factory=set)
    complete: bool = False
    cursor: str = ""
    notes: list[str] = field(default_factory=list)
    batches: int = 0

    def onto(self, held: Mapping[Ref, Record]) -> dict[Ref, Record]:
        """What a desk that held these records holds after this reading."""
        left = {} if self.complete else {ref: record for ref, record in held.items() if ref not in self.gone}
        return left | self.records


async def read(backend: Backend, kind: Kind, since: Since | None = None) -> Reading:
    """Reads a kind to its end. Raises what the backend raises."""
    reading = Reading()
    async for batch in backend.fetch(kind, since):
        reading.records.update((record.ref, record) for record in batch.records)
        reading.gone |= set(batch.gone)
        reading.complete = batch.complete
        reading.cursor = batch.cursor
        reading.batches += 1
        if batch.note:
            reading.notes.append(batch.note)
    return reading


def less_history(record: Record) -> Record:
    """The record without the events, which are complete only after a look."""
    return structs.replace(record, events=()) if isinstance(record, Rollout) else record


def known_to(reading: Reading) -> Since:
    """What a desk that holds this reading hands to the next one."""
    return Since(cursor=reading.cursor, known=reading.records.get)


def _no_secret(reference: str) -> str:
    raise LookupError(f"this test has no secret called {reference}")


def toolbox(
    name: str,
    *,
    now: dt.datetime = NOON,
    secrets: Mapping[str, str] | None = None,
    transport: Any = None,
    paths: Mapping[str, str] | None = None,
) -> Toolbox:
    """A toolbox whose clock stands still at `now` and whose secrets are these, by reference (`env:TOKEN`)."""
    return Toolbox(
        name=name,
        clock=lambda: now,
        secret=secrets.__getitem__ if secrets is not None else _no_secret,
        zone=ZoneInfo("Europe/Zurich"),
        transport=transport,
        paths=paths or {},
    )
