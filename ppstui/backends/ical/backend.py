"""`fetch`, `look` and `check` of a calendar feed. It is read whole each time: the format does not tell what changed."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.errors import Garbled, Gone, Unreachable, Unsupported
from ppstui.model import Kind, command_name
from ppstui.port import Batch, Health, Offer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator

    import httpx

    from ppstui.backends.ical import Options
    from ppstui.backends.ical.calendar import Feed
    from ppstui.model import Command, Receipt, Record, Ref
    from ppstui.port import Since, Toolbox

_WHAT = "reading the calendar"
_KEPT = ("content-type", "location", "retry-after")
"""Headers that tell what an answer is."""
_MOST = 10_000_000
"""Bytes of a calendar; what is longer is none that a person keeps."""


class FeedBackend:
    """See `port.Backend`; it only reads."""

    offer = Offer(reads=frozenset({Kind.MEETING}))

    def __init__(self, options: Options, tools: Toolbox) -> None:
        self._options, self._tools = options, tools
        self._name = tools.name
        self._client: httpx.AsyncClient | None = None

    def __repr__(self) -> str:
        return f"FeedBackend({self._name!r})"

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """See `port.Backend.fetch`."""
        del since
        if kind is not Kind.MEETING:
            raise Unsupported(f"{self._name}: {kind.value} are not offered here", source=self._name)
        feed = await self._read()
        yield Batch(records=feed.meetings, complete=True, note=self._note(feed))

    async def look(self, ref: Ref) -> Record:
        """See `port.Backend.look`."""
        feed = await self._read()
        for each in feed.meetings:
            if each.ref == ref:
                return each
        raise Gone(f"{self._name}: there is no meeting {ref.id[:40]!r} in this calendar now", source=self._name)

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """See `port.Backend.apply`: nothing is offered."""
        del key, seen
        raise Unsupported(f"{self._name}: {command_name(command)} is not offered here", source=self._name)

    async def check(self) -> Health:
        """See `port.Backend.check`."""
        feed = await self._read()
        note = self._note(feed).removeprefix(f"{self._name}: ")
        text = f"{self._name}: a calendar with {len(feed.meetings)} meetings from {self._told()}"
        return Health(text=_http.plain(text, 300), problems=(note,) if note else ())

    async def aclose(self) -> None:
        """See `port.Backend.aclose`."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # ------------------------------------------------------------------------------------------------------- inside

    def _span(self) -> tuple[dt.datetime, dt.datetime]:
        now = self._tools.clock()
        return now - self._options.back, now + self._options.ahead

    def _told(self) -> str:
        first, last = self._span()
        zone = self._tools.zone
        return f"{first.astimezone(zone):%Y-%m-%d} to {last.astimezone(zone):%Y-%m-%d}"

    def _note(self, feed: Feed) -> str:
        parts = []
        if feed.unread:
            one = feed.unread == 1
            parts.append(
                f"{feed.unread} {'entry' if one else 'entries'} could not be read and {'is' if one else 'are'} missing"
            )
        if feed.unfollowed:
            one = feed.unfollowed == 1
            parts.append(
                f"{feed.unfollowed} {'entry repeats' if one else 'entries repeat'} as no meeting does and "
                f"{'is' if one else 'are'} shown once"
            )
        return f"{self._name}: {', '.join(parts)}" if parts else ""

    async def _read(self) -> Feed:
        """The calendar of now, read in a thread: a large one takes its time."""
        data = await (self._asked() if self._options.url else asyncio.to_thread(self._from_file))
        return await asyncio.to_thread(self._parsed, data)

    def _parsed(self, data: bytes) -> Feed:
        from ppstui.backends.ical.calendar import is_calendar, is_whole, read_calendar  # a tenth of a second, once

        if not is_calendar(data):  # of a file: an answer has been looked at
            text = f"{self._name}: {_WHAT}: the file in file is no calendar; it should begin with BEGIN:VCALENDAR"
            raise Garbled(text, source=self._name)
        if not is_whole(data):
            text = f"{self._name}: {_WHAT}: it has no end (END:VCALENDAR), so a part is missing; it is read again"
            raise Garbled(text, source=self._name)
        try:
            return read_calendar(data, self._name, self._tools.zone, self._span(), self._options.category)
        except ValueError as error:
            why = _http.plain(str(error), 80)
            text = f"{self._name}: {_WHAT}: it is written in a way that cannot be read ({why}); have it mended"
            raise Garbled(text, source=self._name) from error

    def _from_file(self) -> bytes:
        path = Path(self._options.file)
        try:
            with path.expanduser().open("rb") as file:
                data = file.read(_MOST + 1)
        except (OSError, RuntimeError) as error:  # RuntimeError: nobody's home
            why = "does not exist" if isinstance(error, FileNotFoundError) else "cannot be read"
            text = f"{self._name}: {_WHAT}: the file {_http.plain(str(path), 160)} {why}; check file"
            raise Unreachable(text, source=self._name) from error
        self._limited(len(data))
        return data

    def _limited(self, size: int) -> None:
        if size > _MOST:
            text = f"{self._name}: {_WHAT}: it is larger than {_MOST // 1_000_000} MB; that is no calendar"
            raise Garbled(text, source=self._name)

    async def _asked(self) -> bytes:
        import httpx

        from ppstui.backends.ical.calendar import is_calendar

        options = self._options
        if self._client is None:
            self._client = _http.client_of(self._tools, options.url, options)
        headers = {"Accept": "text/calendar, */*;q=0.1", **await asyncio.to_thread(self._login)}
        data = bytearray()
        with _http.translated(self._name, _WHAT):
            async with self._client.stream("GET", options.url, headers=headers) as answer:
                async for piece in answer.aiter_bytes():
                    data += piece
                    self._limited(len(data))
        kept = {
            name: value for name, value in answer.headers.items() if name in ("content-type", "location", "retry-after")
        }
        response = httpx.Response(answer.status_code, headers=kept, content=bytes(data), request=answer.request)
        _http.raise_for_status(response, self._name, _WHAT, self._tools.clock())
        if not is_calendar(response.content):
            raise _http.unlike(response, self._name, _WHAT, "a calendar")
        return response.content

    def _login(self) -> dict[str, str]:
        """What says who we are; may run a program."""
        options = self._options
        if options.token:
            return {"Authorization": f"Bearer {_http.read_secret(self._tools, options.token)}"}
        if options.user:
            pair = f"{options.user}:{_http.read_secret(self._tools, options.password)}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        return {}
