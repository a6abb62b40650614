"""One source as a running desk has it: opened or not yet, how it is doing, when it is to be read next."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from ppstui.desk.sources import SourceStatus
from ppstui.model.bulletins import TARGET

if TYPE_CHECKING:
    from ppstui.desk.sources import Source
    from ppstui.port import Backend

LONGEST_BACKOFF = dt.timedelta(minutes=10)
"""A source that is down is asked at least this often, unless it is read more seldom anyway."""

LONGEST_RETRY_AFTER = dt.timedelta(hours=1)
"""What a server may ask us to wait at most before it is read again: beyond that it has made a mistake."""

_LONGEST_PAUSE = 60.0


def jittered(span: dt.timedelta) -> dt.timedelta:
    """The span, up to a tenth shorter or longer, so that many desks do not knock at the same instant."""
    import random  # 2 ms with the hashes it brings, and not before the first frame

    return span * random.SystemRandom().uniform(0.9, 1.1)


class Channel:
    """The desk's side of one source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.name = source.name
        self.reading_now = asyncio.Lock()
        self.readings = 0
        """How many readings were finished, so that who waited for one need not start another."""
        self.next_reading: dt.datetime | None = None
        """None: at once."""
        self.barred_until: dt.datetime | None = None
        """The server asked not to be read before."""
        self.held = ""
        self.as_of: dt.datetime | None = None
        self.error = ""
        self.note = ""
        self.progress = ""
        self.paused_until: dt.datetime | None = None
        """Deliveries rest until then, because the last ones did not get through."""
        self._failures = 0
        self._setbacks = 0
        self._backend: Backend | None = None
        self._opening = asyncio.Lock()

    @property
    def is_target(self) -> bool:
        """Whether it is a place where issues of the bulletin are published, and nothing else."""
        return self.name.startswith(TARGET)

    def status(self) -> SourceStatus:
        """How it is doing, for the panes."""
        return SourceStatus(
            name=self.name,
            ok=not self.error,
            reading=self.reading_now.locked(),
            as_of=self.as_of,
            error=self.error,
            note=self.note,
            held=self.held,
            progress=self.progress,
        )

    async def backend(self) -> Backend:
        """The backend, opened on first use, in a thread: opening imports clients. Raises what the opener raises."""
        async with self._opening:
            if self._backend is None:
                self._backend = await asyncio.to_thread(self.source.open)
            return self._backend

    async def aclose(self) -> None:
        """Closes the backend, if it was opened."""
        if self._backend is not None:
            await self._backend.aclose()

    def read_well(self, now: dt.datetime, note: str) -> bool:
        """A reading came to its end. Whether the source was down before."""
        was_down = bool(self.error)
        self.as_of, self.error, self.note = now, "", note
        self._failures, self.barred_until = 0, None
        self.next_reading = now + jittered(self.source.refresh)
        return was_down

    def read_badly(self, now: dt.datetime, error: str, retry_after: float | None) -> bool:
        """A reading failed. Whether the source was up before."""
        was_up = not self.error
        self.error = error
        self._failures += 1
        backoff = min(self.source.refresh * 2 ** min(self._failures - 1, 10), max(LONGEST_BACKOFF, self.source.refresh))
        if retry_after is not None:
            asked = min(dt.timedelta(seconds=max(retry_after, 0.0)), LONGEST_RETRY_AFTER)
            self.barred_until = now + asked
            backoff = max(backoff, asked)
        self.next_reading = now + backoff if self.barred_until else now + jittered(backoff)
        return was_up

    def barred(self, now: dt.datetime) -> bool:
        """Whether the server asked to be left alone for now."""
        return self.barred_until is not None and now < self.barred_until <= now + LONGEST_RETRY_AFTER

    def delivered_well(self) -> None:
        """A delivery got an answer, whatever it was."""
        self._setbacks, self.paused_until = 0, None

    def delivered_badly(self, now: dt.datetime) -> None:
        """Nobody answered a delivery: the others of this source wait a little, so that each is not a time-out."""
        pause = min(5.0 * 2 ** min(self._setbacks, 10), _LONGEST_PAUSE)
        self._setbacks += 1
        self.paused_until = now + dt.timedelta(seconds=pause)
