"""An Indico with a memory: as much of its export interface as ppstui speaks, with the habits of Indico 3.2.

What one may not see is not there, a token it does not take is a page of 39 kB with 400, times stand on the wall of the
zone that was asked for, and a parent category includes its children.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx

from ppstui.backends.indico import Indico, Options
from ppstui.model import Agenda, Ref
from ppstui.testing import HttpFaults, Wire, toolbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Command, Record
    from ppstui.port import Backend

SOURCE = "there"
PAGE_OF_39_KB = (
    "<!DOCTYPE html>\n<html><head><title>Indico</title></head><body>" + "<p>Oops</p>" * 3500 + "</body></html>"
)
EMT, OPS, SCM = 7, 8, 9


@dataclass
class Item:
    title: str
    start: dt.datetime | None = None
    minutes: int = 15
    speakers: tuple[str, ...] = ()


@dataclass
class Event:
    id: int
    category: int
    title: str
    start: dt.datetime
    end: dt.datetime
    zone: str = "Europe/Zurich"
    description: str = ""
    note: str = ""
    label: dict[str, Any] | None = None
    room: str = "28-R-06"
    location: str = "CERN"
    items: list[Item] = field(default_factory=list)
    breaks: list[Item] = field(default_factory=list)
    """What only its timetable has."""


@dataclass
class FakeIndico:
    """One server; `protected` categories are for whoever has the token."""

    url: str = "https://indico.example.org"
    token: str = "indp_0123456789abcdefghijklmnopqrstuvwxyz"
    scopes: tuple[str, ...] = ("read:legacy_api", "read:user")
    parents: dict[int, int] = field(default_factory=lambda: {EMT: 1, OPS: 1, SCM: 1})
    protected: set[int] = field(default_factory=set)
    events: dict[int, Event] = field(default_factory=dict)
    names: dict[int, str] = field(
        default_factory=lambda: {EMT: "EMT meetings", OPS: "EGEE Operations meetings", SCM: "Service Coordination"}
    )

    def add(self, title: str, start: str, category: int = EMT, minutes: int = 60, **more: Any) -> Event:
        """A meeting that begins at that time of Zürich's walls."""
        begins = dt.datetime.fromisoformat(start).replace(tzinfo=ZoneInfo("Europe/Zurich"))
        number = max(self.events, default=4) + 1
        event = Event(number, category, title, begins, begins + dt.timedelta(minutes=minutes), **more)
        self.events[number] = event
        return event

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answers as Indico does."""
        path, asked = request.url.path, dict(request.url.params)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        known = bearer == self.token
        if path == "/api/user/":
            if not known or "read:user" not in self.scopes:
                return httpx.Response(403, json={"error": "insufficient_scope"}, request=request)
            return httpx.Response(200, json={"id": 3, "email": "ada@example.org", "first_name": "Ada"}, request=request)
        if bearer and (not known or "read:legacy_api" not in self.scopes):
            return _page(400, request)
        if asked.get("onlyauthed") == "yes" and not bearer:
            return _message(403, "Not authenticated", request)
        if found := re.fullmatch(r"/export/categ/([^/]+)\.json", path):
            return self._categories(found[1], asked, request, known=known)
        if found := re.fullmatch(r"/export/(event|timetable)/([^/]+)\.json", path):
            event = self.events.get(int(found[2])) if found[2].isdigit() else None
            if event is not None and self._hidden(event, known=known):
                event = None
            if found[1] == "event":
                return _ok([self._event(event, asked)] if event else [], request)
            return _ok(self._timetable(event, asked) if event else {}, request)
        return _page(404, request)

    def _hidden(self, event: Event, *, known: bool) -> bool:
        return event.category in self.protected and not known

    def _categories(
        self, numbers: str, asked: dict[str, str], request: httpx.Request, *, known: bool
    ) -> httpx.Response:
        if not all(each.isdigit() for each in numbers.split("-")):
            return _message(400, "Category IDs must be numeric", request)
        wanted = {int(each) for each in numbers.split("-")}
        zone = ZoneInfo(asked.get("tz", "UTC"))
        try:
            first = dt.datetime.fromisoformat(asked["from"]).replace(tzinfo=zone)
            last = dt.datetime.fromisoformat(asked["to"]).replace(tzinfo=zone) + dt.timedelta(days=1)
        except ValueError:
            return _message(400, f"Impossible to parse {asked['from']!r}", request)
        found = [
            event
            for event in self.events.values()
            if (event.category in wanted or self.parents.get(event.category) in wanted)
            and event.end > first
            and event.start < last
            and not self._hidden(event, known=known)
        ]
        found.sort(key=lambda event: event.start if asked.get("order") == "start" else event.id)
        start, limit = int(asked.get("offset", 0)), int(asked.get("limit", 500))
        return _ok([self._event(event, asked) for event in found[start : start + limit]], request)

    def _event(self, event: Event, asked: dict[str, str]) -> dict[str, Any]:
        zone = asked.get("tz", event.zone)
        row: dict[str, Any] = {
            "_type": "Conference",
            "id": str(event.id),
            "title": event.title,
            "description": event.description,
            "startDate": _when(event.start, zone),
            "endDate": _when(event.end, zone),
            "timezone": event.zone,
            "room": event.room,
            "location": event.location,
            "roomFullname": event.room,
            "type": "meeting",
            "categoryId": event.category,
            "category": self.names.get(event.category, "?"),
            "note": {"html": event.note, "url": f"{self.url}/event/{event.id}/note/"} if event.note else {},
            "url": f"{self.url}/event/{event.id}/",
            "label": event.label,
            "creator": {"fullName": "Coordinator, Ada", "email": "coordinator@example.org"},
        }
        if asked.get("detail") == "contributions":
            row["contributions"] = [
                {
                    "_type": "Contribution",
                    "title": item.title,
                    "startDate": _when(item.start, zone) if item.start else None,
                    "endDate": None,
                    "duration": item.minutes,
                    "speakers": [{"fullName": name, "first_name": "", "last_name": name} for name in item.speakers],
                    "url": f"{self.url}/event/{event.id}/contributions/{number}/",
                }
                for number, item in enumerate(event.items, 1)
            ]
        return row

    def _timetable(self, event: Event, asked: dict[str, str]) -> dict[str, Any]:
        zone = asked.get("tz", event.zone)
        entries = {
            f"b{number}": {
                "title": item.title,
                "startDate": _when(item.start or event.start, zone),
                "duration": float(item.minutes),
                "entryType": "Break",
                "url": None,
            }
            for number, item in enumerate(event.breaks)
        }
        return {str(event.id): {f"{event.start:%Y%m%d}": entries}}


def _when(at: dt.datetime, zone: str) -> dict[str, str]:
    there = at.astimezone(ZoneInfo(zone))
    return {"date": f"{there:%Y-%m-%d}", "time": f"{there:%H:%M:%S}", "tz": zone}


def _ok(results: object, request: httpx.Request) -> httpx.Response:
    body = {"count": 0, "url": str(request.url), "results": results, "ts": 1795329552, "_type": "HTTPAPIResult"}
    return httpx.Response(200, json=body, request=request)


def _message(status: int, text: str, request: httpx.Request) -> httpx.Response:
    return httpx.Response(status, json={"message": text}, request=request)


def _page(status: int, request: httpx.Request) -> httpx.Response:
    return httpx.Response(status, html=PAGE_OF_39_KB, request=request)


class IndicoWorld(HttpFaults):
    """That Indico, and what a desk knows of it."""

    def __init__(self, indico: FakeIndico | None = None, **options: object) -> None:
        self.indico = indico or FakeIndico()
        self.wire = Wire(httpx.MockTransport(self.indico))
        self.options = {"url": self.indico.url, "categories": (1,), "token": "env:INDICO", **options}

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.indico.token,)

    def open(self) -> Backend:
        tools = toolbox(SOURCE, secrets={"env:INDICO": self.indico.token}, transport=self.wire)
        return Indico.open(Options(**self.options), tools)  # type: ignore[arg-type]

    def seed(self, records: Sequence[Record]) -> tuple[Ref, ...]:
        refs = []
        for record in records:
            assert isinstance(record, Agenda)
            number = max(self.indico.events, default=4) + 1
            end = record.end or record.start
            items = [Item(each.title, each.start, each.minutes or 0) for each in record.agenda]
            self.indico.events[number] = Event(number, EMT, record.title, record.start, end, items=items)
            refs.append(Ref(SOURCE, str(number)))
        return tuple(refs)

    def see(self, command: type[Command], ref: Ref) -> tuple[str, ...]:
        raise NotImplementedError(command, ref)  # nothing is written here

    def touch(self, ref: Ref) -> None:
        self.indico.events[int(ref.id)].note = "<p>somebody wrote something down</p>"

    def assign(self, ref: Ref, team: str) -> None:
        raise NotImplementedError(ref, team)

    def remove(self, ref: Ref) -> None:
        del self.indico.events[int(ref.id)]
