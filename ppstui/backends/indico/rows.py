"""Indico's JSON as typed rows: what ppstui reads of it, lenient in what may be missing or null."""

from __future__ import annotations

import msgspec
from msgspec import Struct


class When(Struct, frozen=True):
    """An instant as Indico writes it, by the wall of a zone."""

    date: str
    time: str
    tz: str = ""


class Speaker(Struct, frozen=True, rename={"full_name": "fullName"}):
    """Who speaks; of the timetable a presenter."""

    full_name: str | None = ""
    name: str | None = ""
    first_name: str | None = ""
    last_name: str | None = ""


class ItemRow(Struct, frozen=True, rename={"starts": "startDate"}):
    """One contribution; of the timetable also a break, or a session with entries of its own."""

    title: str | None = ""
    starts: When | None = None
    duration: float | None = None
    """Minutes."""
    url: str | None = ""
    speakers: tuple[Speaker, ...] | None = ()
    presenters: tuple[Speaker, ...] | None = ()
    entries: dict[str, ItemRow] | None = None
    """Of a session what is in it."""


class Note(Struct, frozen=True):
    """Minutes; Indico writes `{}` for none."""

    html: str | None = ""


class Label(Struct, frozen=True):
    """What a meeting was marked with, as in `Cancelled`."""

    title: str | None = ""
    message: str | None = ""
    is_event_not_happening: bool = False


class EventRow(
    Struct,
    frozen=True,
    rename={"starts": "startDate", "ends": "endDate", "full_room": "roomFullname", "series": "categoryId"},
):
    """One event."""

    id: str | int
    starts: When
    title: str | None = ""
    ends: When | None = None
    timezone: str | None = ""
    room: str | None = ""
    full_room: str | None = ""
    location: str | None = ""
    description: str | None = ""
    url: str | None = ""
    category: str | None = ""
    series: int | str | None = None
    note: Note | None = None
    label: Label | None = None
    contributions: list[msgspec.Raw] | None = None
    """None while they were not asked for."""


class Result(Struct, frozen=True):
    """An answer; `results` is a list of events, of a timetable an object, and of none an empty one of either."""

    results: msgspec.Raw


Timetable = dict[str, dict[str, dict[str, ItemRow]]]
"""Entries by event, day and key, in no order."""


class Message(Struct, frozen=True):
    """What Indico says when it refuses."""

    message: str = ""
    error: str = ""


class UserRow(Struct, frozen=True):
    """The account a token belongs to."""

    id: int | str = ""
    email: str | None = ""
    first_name: str | None = ""
    last_name: str | None = ""
