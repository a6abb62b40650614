"""What people ask for: what every command has, and the commands to rollouts."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from msgspec import Struct

from ppstui.model.rollouts import Answer, Kind, Link, Outcome, Ref


class Asking(Struct, frozen=True, kw_only=True, tag_field="do"):
    """What every command has."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ROLLOUT})
    """What it can be about."""
    makes: ClassVar[bool] = False
    """Whether it makes the record that it is about; that has nothing to wait for."""

    target: Ref
    """The record it is about, always whole: teams are named in the command. `SOURCE:new` for what is to be made."""


class Assign(Asking, frozen=True, kw_only=True, tag="assign"):
    """Choose early-adopter teams, or take some out: field, AdminCc, status new → open (DOMAIN §2 T1)."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class Acknowledge(Asking, frozen=True, kw_only=True, tag="acknowledge"):
    """Write the `<accept|reject> <NGI>-<Site-name>` line on a team's behalf (DOMAIN §2 T2)."""

    team: str
    answer: Answer
    note: str = ""


class Comment(Asking, frozen=True, kw_only=True, tag="comment"):
    """An internal note."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ROLLOUT, Kind.PILOT})

    text: str


class Reply(Asking, frozen=True, kw_only=True, tag="reply"):
    """Correspondence that everybody on the record sees."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ROLLOUT, Kind.PILOT})

    text: str


class Remind(Asking, frozen=True, kw_only=True, tag="remind"):
    """Correspondence to teams that owe something; refused inside the cooldown (SURFACE §2)."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ROLLOUT, Kind.PILOT})

    teams: tuple[str, ...]
    text: str
    also: tuple[Ref, ...] = ()
    """Further records that the text speaks of: one digest to a team, not one mail a record."""


class Poll(Asking, frozen=True, kw_only=True, tag="poll"):
    """Mail to the early-adopters list of the stack, and a note on the record that it went (DOMAIN §2 T2b).

    The desk sends the mail itself; a backend writes the note.
    """

    to: str
    """The list's address."""
    subject: str
    text: str


class Expose(Asking, frozen=True, kw_only=True, tag="expose"):
    """Say since when a team, or every team, is under production load (DOMAIN §2 T5)."""

    team: str = ""
    """"" for all teams."""
    on: dt.date


class Extend(Asking, frozen=True, kw_only=True, tag="extend"):
    """Set a new last day of exposure, explicitly and with a reason (DOMAIN §3)."""

    team: str = ""
    """"" for all teams."""
    until: dt.date
    """Inclusive."""
    reason: str


class Report(Asking, frozen=True, kw_only=True, tag="report"):
    """Attach a team's report under its canonical name, or waive it with a reason (DOMAIN §2 T6, §4.3)."""

    team: str
    name: str = ""
    """The file's name on the record; "" when the report is waived."""
    size: int = 0
    """Bytes."""
    digest: str = ""
    """SHA-256 of the content, in hexadecimal digits."""
    content: bytes = b""
    """The file. The outbox keeps it apart: an entry that is listed has none, the one that is sent has it."""
    waive: str = ""
    """Why no report is needed; "" when there is one."""


class Incident(Asking, frozen=True, kw_only=True, tag="incident"):
    """Link an incident ticket (DOMAIN §2 T4), or take the link out again."""

    url: str
    title: str = ""
    text: str = ""
    """Written to the record as an internal comment; "" writes none."""
    remove: bool = False


class Document(Asking, frozen=True, kw_only=True, tag="document"):
    """Name the document that holds the reports: its id in the field, and a link to it (DOMAIN §2 T7b, c)."""

    document: str = ""
    """Its id in the document server; "" takes it out."""
    url: str = ""
    """Its address; "" takes the one the source makes of the id."""


class SetOutcome(Asking, frozen=True, kw_only=True, tag="outcome"):
    """Set the outcome (DOMAIN §2 T7d); None takes it out."""

    outcome: Outcome | None
    reason: str = ""
    """Written to the record; "" where no rule asks for one."""


class Resolve(Asking, frozen=True, kw_only=True, tag="resolve"):
    """Close it: document and link, outcome, status, in this order; then the parent is told (DOMAIN §2 T7, T8)."""

    outcome: Outcome | None = None
    """None leaves what the record has."""
    document: str = ""
    """"" leaves what the record has."""
    url: str = ""
    reason: str = ""


class SetDue(Asking, frozen=True, kw_only=True, tag="due"):
    """Set the record's own due day; None takes it out."""

    due: dt.date | None


class SetOwner(Asking, frozen=True, kw_only=True, tag="owner"):
    """Give it to an account of the source; "" to nobody."""

    owner: str


class SetStatus(Asking, frozen=True, kw_only=True, tag="status"):
    """Set the status, in the source's own word. Closing this way is guarded as `Resolve` is."""

    status: str


class SetField(Asking, frozen=True, kw_only=True, tag="field"):
    """Set a further field of the source: to these values, or by adding and removing values."""

    name: str
    values: tuple[str, ...] | None = None
    """All values it is to have, () for none; None: only `add` and `remove` count."""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class NewRollout(Asking, frozen=True, kw_only=True, tag="rollout-new"):
    """Make a rollout where the source lets us: the embedded store has no tracker to make it. Target: `SOURCE:new`."""

    makes: ClassVar[bool] = True

    title: str
    text: str = ""
    links: tuple[Link, ...] = ()


RolloutCommand = (
    Assign
    | Acknowledge
    | Comment
    | Reply
    | Remind
    | Poll
    | Expose
    | Extend
    | Report
    | Incident
    | Document
    | SetOutcome
    | Resolve
    | SetDue
    | SetOwner
    | SetStatus
    | SetField
    | NewRollout
)


def command_name(command: Asking | type[Asking]) -> str:
    """The action's name in the table of SURFACE §2, as in `assign`."""
    tag = (command if isinstance(command, type) else type(command)).__struct_config__.tag
    return str(tag)
