"""Calendars for tests, and a server of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from ppstui.backends.ical import ICal, Options
from ppstui.model import Agenda, Ref
from ppstui.testing import HttpFaults, Wire, toolbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Command, Record
    from ppstui.port import Backend

SOURCE = "there"
URL = "https://calendar.example.org/private-0123456789/wlcg.ics"
TOKEN = "abcdef0123456789"


def calendar(*entries: str, head: str = "") -> bytes:
    """A calendar of these entries, each written as lines."""
    events = "".join(f"BEGIN:VEVENT\n{entry.strip()}\nEND:VEVENT\n" for entry in entries)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{head}{events}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    ).encode()


class FeedWorld(HttpFaults):
    """A server with one calendar, for whoever has the token."""

    def __init__(self, **options: object) -> None:
        self.meetings: dict[str, str] = {}
        self.feed: bytes | None = None
        """Served as it is, where it is set."""
        self.wire = Wire(httpx.MockTransport(self))
        self.options = {"url": URL, "token": "env:FEED", **options}
        self._names: dict[Ref, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, request=request)
        feed = calendar(*self.meetings.values()) if self.feed is None else self.feed
        return httpx.Response(200, headers={"content-type": "text/calendar"}, content=feed, request=request)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (TOKEN,)

    def open(self) -> Backend:
        tools = toolbox(SOURCE, secrets={"env:FEED": TOKEN, "env:WORD": "s3cret"}, transport=self.wire)
        return ICal.open(Options(**self.options), tools)  # type: ignore[arg-type]

    def seed(self, records: Sequence[Record]) -> tuple[Ref, ...]:
        from ppstui.backends.ical.calendar import name_of

        refs = []
        for record in records:
            assert isinstance(record, Agenda)
            uid = f"{record.ref.id}@calendar.example.org"
            times = f"DTSTART:{record.start:%Y%m%dT%H%M%SZ}\nDTEND:{record.end or record.start:%Y%m%dT%H%M%SZ}"
            self.meetings[uid] = f"UID:{uid}\nSUMMARY:{record.title}\n{times}"
            ref = Ref(SOURCE, name_of(uid))
            self._names[ref] = uid
            refs.append(ref)
        return tuple(refs)

    def see(self, command: type[Command], ref: Ref) -> tuple[str, ...]:
        raise NotImplementedError(command, ref)  # nothing is written here

    def touch(self, ref: Ref) -> None:
        self.meetings[self._names[ref]] += "\nLOCATION:another room"

    def assign(self, ref: Ref, team: str) -> None:
        raise NotImplementedError(ref, team)

    def remove(self, ref: Ref) -> None:
        del self.meetings[self._names[ref]]
