"""Indico's rows as records. Its texts are HTML, its times stand on the wall of a zone, its lists are in no order."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import msgspec

from ppstui.backends.indico.rows import ItemRow
from ppstui.model import Agenda, AgendaItem, Ref
from ppstui.rules.html_mail import html_to_text
from ppstui.rules.meetings import says_cancelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.backends.indico.rows import EventRow, Label, Speaker, When

_TAG = re.compile(
    r"</?(?:a|b|br|code|div|em|font|h[1-6]|i|li|ol|p|pre|span|strong|sub|sup|table|td|tr|u|ul)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
"""What tells HTML from a text that has a `<` in it."""
_BULLET = re.compile(r"<li\b[^<>]{0,500}>", re.IGNORECASE)
_NOT_HAPPENING = re.compile(r"\b(?:cancell?ed|called off|postponed|annul|abgesagt|entf\w+llt)", re.IGNORECASE)
"""A label named so means it, whatever Indico's own mark says: that may be left false."""
_TITLE = 300


def text_of(html: str | None) -> str:
    """A text of Indico as plain text; its lists keep their bullets."""
    if not html:
        return ""
    if not _TAG.search(html):
        return unescape(html).strip()
    return html_to_text(_BULLET.sub("<li>- ", html)).strip()


def title_of(html: str | None) -> str:
    """A title: one line."""
    return " ".join(text_of(html).split())[:_TITLE]


def instant(when: When, zone: str) -> dt.datetime:
    """An instant in UTC. Raises ValueError for what is none."""
    at = dt.datetime.fromisoformat(f"{when.date}T{when.time}")
    if at.tzinfo is None:
        at = at.replace(tzinfo=_zone(when.tz or zone))
    return at.astimezone(dt.UTC)


def _zone(name: str) -> dt.tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # none, no name at all, or a folder of zones
        raise ValueError(f"{name[:40]!r} is no time zone") from error


def agenda(row: EventRow, source: str, web: str, items: Iterable[ItemRow] | None = None) -> Agenda:
    """An event as a record, with these items of its agenda; None: those it came with. Raises ValueError."""
    zone = row.timezone or "UTC"
    label = row.label
    title = title_of(row.title) or "(no title)"
    if items is None and row.contributions is not None:
        items = contributions(row.contributions)
    number = str(row.id)
    return Agenda(
        ref=Ref(source, number),
        url=_address(row.url, web) or f"{web}/event/{number}/",
        title=title,
        start=instant(row.starts, zone),
        end=instant(row.ends, zone) if row.ends else None,
        category=title_of(row.category),
        room=_room(row),
        cancelled=_called_off(label) or says_cancelled(title),
        description="\n\n".join(filter(None, (_why(label), text_of(row.description)))),
        agenda=in_order(items or (), zone, web),
        minutes=text_of(row.note.html if row.note else ""),
        whole=items is not None,
    )


def contributions(rows: Sequence[msgspec.Raw]) -> list[ItemRow]:
    """Those that can be read: one that nobody can read is no reason to do without the others."""
    found = []
    for raw in rows:
        try:
            found.append(msgspec.json.decode(raw, type=ItemRow))
        except msgspec.DecodeError:
            continue
    return found


def in_order(rows: Iterable[ItemRow], zone: str, web: str) -> tuple[AgendaItem, ...]:
    """What is on the agenda in the order in which it is spoken about; what has no time yet comes last."""
    items = [item for row in rows for item in _items(row, zone, web)]
    return tuple(sorted(items, key=lambda item: item.start.timestamp() if item.start else float("inf")))


def _items(row: ItemRow, zone: str, web: str) -> Iterator[AgendaItem]:
    """One item; of a session what is in it, itself when there is nothing."""
    if row.entries:
        for entry in row.entries.values():
            yield from _items(entry, zone, web)
        return
    start = None
    if row.starts is not None:
        try:
            start = instant(row.starts, zone)
        except ValueError:
            start = None  # it is spoken about, at a time that nobody can read
    minutes = int(row.duration) if row.duration is not None and 0 <= row.duration < 10_000 else None  # noqa: PLR2004
    yield AgendaItem(
        title=title_of(row.title) or "(no title)",
        start=start,
        minutes=minutes,
        speakers=tuple(filter(None, (_name(each) for each in (*(row.speakers or ()), *(row.presenters or ()))))),
        url=_address(row.url, web),
    )


def _name(speaker: Speaker) -> str:
    parts = f"{speaker.first_name or ''} {speaker.last_name or ''}".strip()
    return title_of(parts or speaker.full_name or speaker.name)


def _room(row: EventRow) -> str:
    """`28-R-06 (CERN)`, as Indico's calendars have it."""
    room, place = title_of(row.room) or title_of(row.full_room), title_of(row.location)
    return f"{room} ({place})" if room and place else room or place


def _address(url: str | None, web: str) -> str:
    """A whole address of the web; "" for anything else."""
    try:
        whole = urljoin(f"{web}/", (url or "").strip()) if url else ""
    except ValueError:  # a bracket that is not closed
        return ""
    return whole if whole.startswith(("http://", "https://")) and not re.search(r"[\s\x00-\x1f<>\"]", whole) else ""


def _called_off(label: Label | None) -> bool:
    return label is not None and (label.is_event_not_happening or bool(_NOT_HAPPENING.search(label.title or "")))


def _why(label: Label | None) -> str:
    """What an event was marked with, as a sentence: `Cancelled: public holiday`."""
    if label is None:
        return ""
    return ": ".join(filter(None, (title_of(label.title), title_of(label.message))))
