"""An issue of the bulletin as a page: what it says, in its order, before anybody decides how it looks (DOMAIN §8).

A page is made from a draft and from nothing else, so the same draft gives the same page. Its texts are clean (one line,
nothing that drives a terminal) but no format's markup yet: `rendering` writes them down so that none of them can change
the structure. Addresses are links to the web or nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui import errors
from ppstui.bulletin.addresses import web_address
from ppstui.model import Bulletin
from ppstui.rules.bulletin.drafting import cells, shown
from ppstui.views import words
from ppstui.views.plain import cell_width, clean, clean_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.model import Draft, Gathered, Item, Line, Part
    from ppstui.rules.bulletin.audiences import Audience

_TOLD_WHEN_EMPTY = frozenset(
    {"releases", "status", "outcomes", "pilots", "wrap-ups", "vacancies", "problems", "broken"}
)
"""Sections whose emptiness is news: readers should see that they were looked at."""
_WRAPPED_AT = 66
"""Cells of a line that ends where it was full: what follows it goes on in the same breath."""

Paragraph = tuple[str, ...]
"""Its lines: breaks that a person meant. What was only wrapped is one line again."""


class Link(Struct, frozen=True):
    """Where a record can be looked at."""

    name: str
    """The record's reference, as in `rt:1234`."""
    url: str


class PageLine(Struct, frozen=True, kw_only=True):
    """One line of a list."""

    text: str
    links: tuple[Link, ...] = ()
    refs: tuple[str, ...] = ()
    """The records it is made from; () for one that was written by hand."""
    since: str = ""
    """The issue it first stood in, said in its text too; "" when it is new."""


class Cell(Struct, frozen=True):
    """One cell of a row."""

    text: str
    url: str = ""
    """Where its record is, in the one cell of the row that names it."""


class PageRow(Struct, frozen=True, kw_only=True):
    """One row of a table: as many cells as the section has columns."""

    cells: tuple[Cell, ...]
    links: tuple[Link, ...] = ()
    refs: tuple[str, ...] = ()


class Group(Struct, frozen=True, kw_only=True):
    """What stands together in a section, as a rule one stack: lines of a list, or rows of a table."""

    title: str = ""
    """`UMD-4`; "" for what stands first and under nothing."""
    lines: tuple[PageLine, ...] = ()
    rows: tuple[PageRow, ...] = ()


class PageSection(Struct, frozen=True, kw_only=True):
    """What the issue says under one heading."""

    id: str
    title: str
    text: tuple[Paragraph, ...] = ()
    columns: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()


class Page(Struct, frozen=True, kw_only=True):
    """One issue, ready to be written down in any format."""

    title: str
    audience: str
    issue: str
    meeting: str = ""
    """`EGEE Operations, Mon 2026-11-23 16:00 +01:00`; "" when it is for none."""
    covers: str
    """`Mon 2026-11-16 13:55 +01:00 to Mon 2026-11-23 13:40 +01:00`."""
    since: dt.datetime
    until: dt.datetime
    meeting_at: dt.datetime | None = None
    correction: str = ""
    """What a correction corrects; "" for the issue itself."""
    greeting: tuple[Paragraph, ...] = ()
    sections: tuple[PageSection, ...] = ()
    """Those that say something."""
    nothing: tuple[str, ...] = ()
    """Titles of sections on which there was nothing to report."""
    closing: tuple[Paragraph, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to report at all: a true, short issue."""
        return not self.sections


def page(
    made: Bulletin | Draft,
    gathered: Gathered | None,
    audience: Audience,
    *,
    correction: str = "",
    zone: dt.tzinfo = dt.UTC,
) -> Page:
    """The page of an issue, or of a draft of it; times are told in `zone`.

    `gathered` may be None for an issue that knows what it was made from. Of sources that could not be read it says
    nothing: that is for the check list, as their sentences are for the desk alone. Raises UsageError where nothing has
    been drafted.
    """
    draft = made.draft if isinstance(made, Bulletin) else made
    if isinstance(made, Bulletin):
        gathered = gathered or made.gathered
    if draft is None or gathered is None:
        raise errors.UsageError(f"{audience.name}: nothing has been drafted for this issue; draft it first")
    sections = tuple(_section(part) for part in draft.parts)
    meeting_at = gathered.meeting_at
    when = words.moment(meeting_at, zone) if meeting_at else ""
    return Page(
        title=clean(draft.title) or clean(audience.heading),
        audience=clean(gathered.audience),
        issue=clean(gathered.issue),
        meeting=clean(", ".join(filter(None, (gathered.meeting, when)))),
        covers=f"{words.moment(gathered.since, zone)} to {words.moment(gathered.until, zone)}",
        since=gathered.since,
        until=gathered.until,
        meeting_at=meeting_at,
        correction=clean(correction),
        greeting=paragraphs(draft.greeting),
        sections=tuple(section for section in sections if section.text or section.groups),
        nothing=tuple(
            section.title
            for part, section in zip(draft.parts, sections, strict=True)
            if part.id in _TOLD_WHEN_EMPTY and not (part.lines or section.text)
        ),
        closing=paragraphs(draft.closing),
    )


def subject(told: Page) -> str:
    """The subject of its mail or the title of its ticket: which issue it is, and whether it corrects one."""
    title = told.title if told.issue in told.title else f"{told.title} {told.issue}"
    return f"Correction: {title}" if told.correction else title


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """A text by hand as paragraphs: an empty line ends one; a line that was full is only wrapped, a short one ends."""
    found: list[Paragraph] = []
    lines: list[str] = []
    room = 0
    for raw in [*clean_lines(text), ""]:
        line = clean(raw)
        if not line:
            if lines:
                found.append(tuple(lines))
            lines, room = [], 0
            continue
        if lines and cell_width(line.split(" ", 1)[0]) >= room:
            lines[-1] = f"{lines[-1]} {line}"
        else:
            lines.append(line)
        room = _WRAPPED_AT - cell_width(line)
    return tuple(found)


def _section(part: Part) -> PageSection:
    told = [line for line in part.lines if not line.dropped]
    columns = tuple(clean(column) for column in part.columns)
    return PageSection(
        id=clean(part.id),
        title=clean(part.title) or clean(part.id) or "Section",
        text=paragraphs(part.text),
        columns=columns,
        groups=tuple(_groups(told, columns)),
    )


def _groups(lines: Iterable[Line], columns: Sequence[str]) -> Iterator[Group]:
    """Lines that stand together, in their order; one by hand belongs to what stands before it."""
    title = ""
    titled = False
    kept: list[Line] = []
    for line in lines:
        own = clean(line.item.group) if line.item else title
        if own != title and kept:
            yield _group(title or ("Other" if titled else ""), kept, columns)
            kept = []
        title = own
        titled = titled or bool(title)
        kept.append(line)
    if kept:
        yield _group(title or ("Other" if titled else ""), kept, columns)


def _group(title: str, lines: Iterable[Line], columns: Sequence[str]) -> Group:
    if columns:
        return Group(title=title, rows=tuple(_row(line, columns) for line in lines))
    return Group(title=title, lines=tuple(_line(line) for line in lines))


def _line(line: Line) -> PageLine:
    item = line.item
    text = clean(shown(line))
    since = clean(item.since) if item else ""
    if since and since not in text:
        text = f"{text} (since {since})"
    return PageLine(text=text or "-", links=_links(item), refs=_refs(item), since=since)


def _row(line: Line, columns: Sequence[str]) -> PageRow:
    """As many cells as there are columns: what is too much stays in the last, what is missing is empty."""
    item = line.item
    found = [clean(cell) for cell in cells(line)]
    last = len(columns) - 1
    if len(found) > len(columns):
        found = [*found[:last], " | ".join(found[last:])]
    found += [""] * (len(columns) - len(found))
    links = _links(item)
    told = [Cell(text) for text in found]
    if links:
        place, name = _naming(found, item)
        links = (Link(name or links[0].name, links[0].url),)
        told[place] = Cell(found[place] or links[0].name, links[0].url)
    return PageRow(cells=tuple(told), links=links, refs=_refs(item))


def _naming(texts: Sequence[str], item: Item | None) -> tuple[int, str]:
    """The cell that names a record of the row, which carries the link, and that record; the first where none does."""
    for ref in item.refs if item else ():
        for place, text in enumerate(texts):
            if text in (str(ref), ref.id, f"#{ref.id}"):
                return place, clean(str(ref))
    return 0, ""


def _links(item: Item | None) -> tuple[Link, ...]:
    url = web_address(item.url) if item else ""
    if item is None or not url:
        return ()
    return (Link(clean(str(item.refs[0])) if item.refs else "link", url),)


def _refs(item: Item | None) -> tuple[str, ...]:
    return tuple(clean(str(ref)) for ref in item.refs) if item else ()
