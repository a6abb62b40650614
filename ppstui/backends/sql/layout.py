"""What lies in which table: for each kind of record its own table, those of its parts, and how its ids begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ppstui.model import (
    Assignment,
    Attachment,
    Bulletin,
    Commitment,
    Draft,
    Ending,
    Event,
    Exposure,
    Gathered,
    Kind,
    Link,
    Message,
    Milestone,
    Note,
    Pilot,
    Prolongation,
    Publication,
    Rollout,
    Spent,
    Step,
    Team,
    Waiver,
    Wish,
)

if TYPE_CHECKING:
    import msgspec


APART: Final = frozenset({"spent"})
"""Fields of parts that have a table of their own."""


class Part(NamedTuple):
    """A table of parts, each a row with a position."""

    table: str
    field: str
    """Where the record has them."""
    struct: type[msgspec.Struct]
    """Its fields are the columns, but those that are kept `APART`."""
    single: bool = False
    """Whether there is one or none, and not several."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold a part, in the struct's own order."""
        return tuple(name for name in self.struct.__struct_fields__ if name not in APART)


class Layout(NamedTuple):
    """How the records of a kind lie; their own table is called as the kind is."""

    record: type[Rollout | Team | Pilot | Commitment | Wish | Bulletin]
    owner: str
    """The column by which a part names its record."""
    plain: tuple[str, ...]
    """Fields that are columns of the record's own table."""
    prefix: str = ""
    """What the ids begin with that are made here."""
    parts: tuple[Part, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    """Tables of plain names, each with the field that holds them."""
    more: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Tables that are read in a way of their own, with their columns."""
    whole: tuple[tuple[str, type[msgspec.Struct]], ...] = ()
    """Those of the plain fields that are kept as one text, as JSON: nobody asks the store for a part of them."""


PARENT: Final = ("url", "title", "status", "progress", "outcome", "document")
_SELECTOR: Final = ("component", "stack", "majors", "os", "arch")

LAYOUTS: Final[dict[Kind, Layout]] = {
    Kind.ROLLOUT: Layout(
        record=Rollout,
        owner="rollout",
        plain=(
            *("url", "title", "status", "phase", "owner", "created", "updated", "due"),
            *("outcome", "document", "document_url"),
        ),
        parts=(
            Part("assignments", "assignments", Assignment),
            Part("exposures", "exposures", Exposure),
            Part("waivers", "waivers", Waiver),
            Part("messages", "messages", Message),
            Part("attachments", "attachments", Attachment),
            Part("links", "links", Link),
            Part("events", "events", Event),
        ),
        names=(("managers", "managers"),),
        more=(("fields", ("name", "value")), ("parents", ("source", "id", *PARENT))),
    ),
    Kind.TEAM: Layout(
        record=Team,
        owner="team",
        plain=("url", "name", "ngi", "site", "contact", "active", "note"),
        prefix="team-",
        names=(("components", "components"),),
    ),
    Kind.PILOT: Layout(
        record=Pilot,
        owner="pilot",
        plain=(
            *("url", "title", "service", "update", "software", "incompatible", "level", "status", "requester"),
            *("coordinator", "contact", "start", "setup_days", "feedback_days", "run_weeks", "follow_up"),
            *("description", "objectives", "metrics", "use_cases", "constraints", "layout", "users", "documentation"),
            *("created", "updated"),
        ),
        prefix="pilot-",
        parts=(
            Part("pilot_steps", "steps", Step),
            Part("pilot_prolongations", "prolongations", Prolongation),
            Part("pilot_endings", "ending", Ending, single=True),
            Part("pilot_milestones", "milestones", Milestone),
            Part("pilot_messages", "messages", Message),
            Part("pilot_attachments", "attachments", Attachment),
            Part("pilot_links", "links", Link),
            Part("pilot_events", "events", Event),
        ),
        names=(("pilot_sites", "sites"), ("pilot_vos", "vos")),
        more=(("pilot_spent", ("step", *Spent.__struct_fields__)),),
    ),
    Kind.COMMITMENT: Layout(
        record=Commitment,
        owner="commitment",
        plain=("url", "party", "level", *_SELECTOR, "since", "until", "note"),
        prefix="commitment-",
    ),
    Kind.WISH: Layout(
        record=Wish,
        owner="wish",
        plain=("url", *_SELECTOR, "minimum", "note"),
        prefix="wish-",
    ),
    Kind.BULLETIN: Layout(
        record=Bulletin,
        owner="bulletin",
        plain=(
            *("url", "audience", "issue", "gathered", "draft", "frozen_at", "holder", "held_at"),
            *("updated", "updated_by"),
        ),
        parts=(
            Part("bulletin_notes", "notes", Note),
            Part("bulletin_publications", "publications", Publication),
        ),
        whole=(("gathered", Gathered), ("draft", Draft)),
    ),
}

OWNERS: Final[dict[str, str]] = {
    **{part.table: layout.owner for layout in LAYOUTS.values() for part in layout.parts},
    **{table: layout.owner for layout in LAYOUTS.values() for table, _ in (*layout.names, *layout.more)},
}
"""The column by which the rows of each table name their record."""
