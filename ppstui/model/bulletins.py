"""The facts of the weekly bulletin and of the meetings it is made for.

An issue is frozen with the facts it was made from: `Gathered` is what the desk found, `Draft` what a person made of it.
Instants are aware datetimes in UTC. Texts are plain: what they look like in a mail or a wiki is decided when they are
rendered.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from msgspec import Struct

from ppstui.model.previews import Commitment, Pilot, Wish
from ppstui.model.rollouts import Kind, Ref, Rollout, Team

TARGET = "targets."
"""What the names of targets begin with among the sources of a desk: `[targets.mail]` is `targets.mail`."""


class Item(Struct, frozen=True, kw_only=True):
    """One line of a section, made from records and from nothing else."""

    id: str
    """Stable from one gathering to the next, and from one issue to the next: `entered/rt:1234`, `status/umd-4/arc6`."""
    text: str
    """What it says, one plain line without its address; "" for a row of a table."""
    group: str = ""
    """What it stands under in its section, as a rule the stack: `UMD-4`; "" for none."""
    cells: tuple[str, ...] = ()
    """The cells of a row, one for each of the section's columns."""
    refs: tuple[Ref, ...] = ()
    """The records it is made from; only a line by hand may have none."""
    url: str = ""
    """Where its first record is."""
    facts: str = ""
    """What was true when it was made, in a canonical form: another text means that something has changed."""
    since: str = ""
    """The issue it first stood in, `2026-W45`, where it has been carried over; "" when it is new."""


class Section(Struct, frozen=True, kw_only=True):
    """What an issue says under one heading, in its fixed order."""

    id: str
    """`releases`, `status`, `table`, `outcomes`, `pilots`, `vacancies`, `problems`, `carried`, `beta`, `notes`, …"""
    title: str
    columns: tuple[str, ...] = ()
    """The headings of a table; () for a list."""
    items: tuple[Item, ...] = ()


class Gathered(Struct, frozen=True, kw_only=True):
    """What there was to tell one audience between two issues; the same records give the same value."""

    audience: str
    issue: str
    """The ISO week: `2026-W47`."""
    since: dt.datetime
    """When the previous issue was frozen (exclusive), else seven days before `until`."""
    until: dt.datetime
    meeting: str = ""
    """The meeting it is for; "" when the audience has none."""
    meeting_at: dt.datetime | None = None
    sections: tuple[Section, ...] = ()
    stale: tuple[str, ...] = ()
    """Sentences on sources that could not be read lately: what they have may be missing."""


class Line(Struct, frozen=True, kw_only=True):
    """One line of a draft: as it was generated, as a person wrote it, or both."""

    id: str
    """The item's id; `own/1` for one that was written by hand."""
    item: Item | None = None
    """As it was generated when it was last looked at; None for one that was written by hand."""
    text: str | None = None
    """As a person wrote it; of a row the cells, with ` | ` between them. None: as it was generated."""
    dropped: bool = False
    """A person took it out; it stays out until its facts change."""
    offer: Item | None = None
    """As it would be generated now, where a person changed it and its facts have changed since: to be taken or left."""
    gone: bool = False
    """Nothing generates it any more; it stays because a person wrote it."""

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The records it is made from."""
        return self.item.refs if self.item else ()


class Part(Struct, frozen=True, kw_only=True):
    """One section of a draft."""

    id: str
    title: str
    columns: tuple[str, ...] = ()
    text: str = ""
    """Words by hand above its lines, paragraphs with an empty line between them; "" for none."""
    lines: tuple[Line, ...] = ()


class Draft(Struct, frozen=True, kw_only=True):
    """An issue as a person edits it."""

    title: str = ""
    greeting: str = ""
    closing: str = ""
    parts: tuple[Part, ...] = ()


class Note(Struct, frozen=True, kw_only=True):
    """A record that is to be mentioned in the coming issue, and why; collected during the week."""

    id: str
    """The idempotency key of the command that brought it."""
    about: Ref
    text: str
    at: dt.datetime
    by: str
    title: str = ""
    """What the record was called; "" when unknown."""
    url: str = ""


class Publication(Struct, frozen=True, kw_only=True):
    """What went where, when and by whom; never changed afterwards."""

    key: str
    """The idempotency key it was published under."""
    target: str
    """Its name in [targets]."""
    number: int = 0
    """0 for the issue, 1 for its first correction there, and so on."""
    at: dt.datetime
    by: str
    id: str = ""
    """What the target calls it: a Message-ID, a page and its revision, a ticket."""
    format: str
    digest: str
    """SHA-256 of what went, in hexadecimal digits."""
    corrects: str = ""
    """What a correction corrects, in a sentence; "" for the issue itself."""
    receipt: str = ""
    """What the target said."""


class Bulletin(Struct, frozen=True, kw_only=True, tag="bulletin"):
    """One issue of the bulletin for one audience."""

    kind: ClassVar[Kind] = Kind.BULLETIN

    ref: Ref
    """`SOURCE:AUDIENCE.ISSUE`, as in `local:egee-operations.2026-W47`."""
    url: str = ""
    rev: str = ""
    audience: str
    issue: str
    gathered: Gathered | None = None
    """None while only notes were collected."""
    draft: Draft | None = None
    frozen_at: dt.datetime | None = None
    """Since when it gathers nothing any more; None while it is a draft."""
    notes: tuple[Note, ...] = ()
    """Oldest first."""
    publications: tuple[Publication, ...] = ()
    """Oldest first."""
    holder: str = ""
    """Who edits it; "" when nobody does."""
    held_at: dt.datetime | None = None
    updated: dt.datetime | None = None
    updated_by: str = ""

    @staticmethod
    def ref_of(source: str, audience: str, issue: str) -> Ref:
        """How an issue is called."""
        return Ref(source, f"{audience}.{issue}")


class AgendaItem(Struct, frozen=True, kw_only=True):
    """One item of a meeting's agenda."""

    title: str
    start: dt.datetime | None = None
    minutes: int | None = None
    speakers: tuple[str, ...] = ()
    url: str = ""


class Agenda(Struct, frozen=True, kw_only=True, tag="meeting"):
    """One time that a meeting takes place, as an agenda server has it."""

    kind: ClassVar[Kind] = Kind.MEETING

    ref: Ref
    url: str = ""
    rev: str = ""
    title: str
    start: dt.datetime
    end: dt.datetime | None = None
    category: str = ""
    """The series it belongs to, as its server calls it."""
    room: str = ""
    cancelled: bool = False
    description: str = ""
    """Plain text."""
    agenda: tuple[AgendaItem, ...] = ()
    minutes: str = ""
    """What was written down there; "" when nothing was."""
    whole: bool = True
    """False while the agenda has not been read."""


WHATEVER = "whatever"
"""`Publish.found` where a person has looked at what others wrote at a place, and wants it replaced."""

Record = Rollout | Team | Pilot | Commitment | Wish | Bulletin | Agenda
