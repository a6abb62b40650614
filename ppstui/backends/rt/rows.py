"""RT's JSON as typed rows.

RT writes `""` where a value is missing or may not be read, ids as texts in lists and as
numbers elsewhere, and 1970-01-01 for "not set"; here that is smoothed out.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")


class Page(Struct, Generic[T]):
    """One page of a listing."""

    items: list[T]
    total: int | None = None
    """None where RT does not count: transactions, attachments, and tickets for some accounts."""


class Thing(Struct):
    """A user, group, queue or ticket that something points to."""

    id: str | int = ""
    type: str = ""
    name: str = msgspec.field(name="Name", default="")


class FieldValue(Struct):
    """A custom field of a ticket with its values."""

    id: str | int = ""
    name: str = ""
    values: list[Any] = []

    @property
    def texts(self) -> tuple[str, ...]:
        """The values that are texts; images and files are none."""
        return tuple(value for value in self.values if isinstance(value, str) and value)


class Hyperlink(Struct):
    """One entry of `_hyperlinks`."""

    ref: str = ""
    type: str = ""
    id: str | int = ""
    to: str = ""
    """Of a `lifecycle` entry: the status it leads to."""
    url: str = msgspec.field(name="_url", default="")


class TicketRow(Struct):
    """A ticket, of a list or by itself."""

    id: str | int
    subject: str = msgspec.field(name="Subject", default="")
    status: str = msgspec.field(name="Status", default="")
    queue: Thing | str = msgspec.field(name="Queue", default="")
    owner: Thing | str = msgspec.field(name="Owner", default="")
    effective: Thing | str | int = msgspec.field(name="EffectiveId", default="")
    created: str = msgspec.field(name="Created", default="")
    updated: str = msgspec.field(name="LastUpdated", default="")
    resolved: str = msgspec.field(name="Resolved", default="")
    due: str = msgspec.field(name="Due", default="")
    fields: list[FieldValue] | str = msgspec.field(name="CustomFields", default="")
    links: list[Hyperlink] | str = msgspec.field(name="_hyperlinks", default="")
    admin_cc: list[Thing] | str = msgspec.field(name="AdminCc", default="")

    @property
    def number(self) -> int:
        """Its id."""
        return int(self.id)

    @property
    def effective_number(self) -> int:
        """The ticket it was merged into; its own id when it was not, or when that was not asked for."""
        effective = self.effective.id if isinstance(self.effective, Thing) else self.effective
        return int(effective or self.id)

    @property
    def queue_name(self) -> str:
        """Its queue, where it was asked for with its name."""
        return self.queue.name if isinstance(self.queue, Thing) else ""

    @property
    def owner_name(self) -> str:
        """The account that owns it; "" for nobody."""
        name = str(self.owner.id) if isinstance(self.owner, Thing) else ""
        return "" if name == "Nobody" else name

    @property
    def custom(self) -> dict[str, FieldValue]:
        """Its custom fields by name."""
        return {each.name: each for each in self.fields} if isinstance(self.fields, list) else {}

    @property
    def parents(self) -> tuple[int, ...]:
        """Tickets it is a member of."""
        return tuple(
            int(link.id) for link in self.hyperlinks if link.ref == "parent" and link.type == "ticket" and link.id
        )

    @property
    def hyperlinks(self) -> list[Hyperlink]:
        """Its links and what may be done with it."""
        return self.links if isinstance(self.links, list) else []


class TransactionRow(Struct):
    """One thing that happened to a ticket."""

    id: str | int
    type: str = msgspec.field(name="Type", default="")
    field: str | None = msgspec.field(name="Field", default="")
    old: str | None = msgspec.field(name="OldValue", default="")
    new: str | None = msgspec.field(name="NewValue", default="")
    ticket: str | int = msgspec.field(name="ObjectId", default="")
    created: str = msgspec.field(name="Created", default="")
    creator: Thing | str = msgspec.field(name="Creator", default="")

    @property
    def number(self) -> int:
        """Its id: ids grow with time, over all tickets."""
        return int(self.id)

    @property
    def ticket_number(self) -> int:
        """The ticket it happened to."""
        return int(self.ticket or 0)

    @property
    def author(self) -> str:
        """The account that did it."""
        return (self.creator.name or str(self.creator.id)) if isinstance(self.creator, Thing) else ""

    @property
    def author_id(self) -> str:
        """The number of that account, where it was asked for."""
        return str(self.creator.id) if isinstance(self.creator, Thing) else ""

    @property
    def at(self) -> dt.datetime:
        """When it happened, UTC."""
        return instant(self.created) or dt.datetime.fromtimestamp(0, dt.UTC)


class PartRow(Struct):
    """One part of a message: its text, or a file."""

    id: str | int
    transaction: str | int = msgspec.field(name="TransactionId", default="")
    kind: str = msgspec.field(name="ContentType", default="")
    filename: str | None = msgspec.field(name="Filename", default="")
    content: str | None = msgspec.field(name="Content", default="")
    message_id: str | None = msgspec.field(name="MessageId", default="")
    subject: str | None = msgspec.field(name="Subject", default="")
    length: str | int | None = msgspec.field(name="ContentLength", default="")
    created: str = msgspec.field(name="Created", default="")
    creator: Thing | str = msgspec.field(name="Creator", default="")

    @property
    def number(self) -> int:
        """Its id."""
        return int(self.id)

    @property
    def outermost(self) -> bool:
        """Whether it is surely no part of something larger: only a message itself has a subject or a Message-ID."""
        return bool(self.message_id or self.subject)

    @property
    def message(self) -> int:
        """The transaction it belongs to."""
        return int(self.transaction or 0)


class UserRow(Struct):
    """An account."""

    name: str = msgspec.field(name="Name", default="")


class QueueRow(Struct):
    """A queue, as asked for by itself."""

    id: str | int = ""
    fields: list[FieldValue] = msgspec.field(name="TicketCustomFields", default_factory=list)
    links: list[Hyperlink] = msgspec.field(name="_hyperlinks", default_factory=list)


class ChoiceRow(Struct):
    """A custom field with the values it takes."""

    name: str = msgspec.field(name="Name", default="")
    most: str | int | None = msgspec.field(name="MaxValues", default=None)
    """How many values it holds, 0 for any number; None where RT does not say."""
    values: list[Any] = msgspec.field(name="Values", default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """The values: RT writes them as texts or as objects with a name."""
        texts = (value.get("name", "") if isinstance(value, dict) else value for value in self.values)
        return tuple(text for text in texts if isinstance(text, str) and text)


class Made(Struct):
    """What RT says of a ticket that it made."""

    id: str | int = ""


class VersionRow(Struct):
    """What `/rt` says."""

    version: str = msgspec.field(name="Version", default="")


def instant(text: str) -> dt.datetime | None:
    """RT's `2026-11-22T06:36:33Z` as an aware instant; None for 1970, which means "not set", and for nonsense."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    found = found.replace(tzinfo=found.tzinfo or dt.UTC).astimezone(dt.UTC)
    return None if found.year <= 1970 else found  # noqa: PLR2004 - the epoch
