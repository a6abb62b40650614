"""The facts of the trade: records that sources deliver, and commands that people give.

Records hold what a source knows, never what follows from it: stages, deadlines and whose move it is are answers of
`ppstui.rules`. Everything here is frozen and pure. Instants are aware datetimes in UTC; days are `datetime.date` in the
desk's time zone. "" or None means unknown, as each field says; nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import Enum
from typing import ClassVar

from msgspec import Struct

from ppstui.errors import UsageError


class Kind(Enum):
    """A kind of record that a source can serve; the keys of [sources] in the configuration."""

    ROLLOUT = "rollouts"
    TEAM = "teams"


_REF = re.compile(r"(?P<source>[A-Za-z0-9_.-]+):(?P<id>[^\s/]+)(?:/(?P<part>\S+))?\Z")


class Ref(Struct, frozen=True, order=True):
    """Names one record for ever, and routes its commands home: `rt:1234`, `rt:1234/ea-NGI_IT-INFN-T1`."""

    source: str
    id: str
    part: str = ""
    """One team's part of a rollout, or "" for the whole record."""

    def __str__(self) -> str:
        return f"{self.source}:{self.id}" + (f"/{self.part}" if self.part else "")

    @property
    def whole(self) -> Ref:
        """The record this is a part of."""
        return Ref(self.source, self.id) if self.part else self

    @classmethod
    def parse(cls, text: str) -> Ref:
        """Reads `SOURCE:ID[/PART]`. Raises UsageError with what was expected."""
        found = _REF.match(text.strip())
        if found is None:
            raise UsageError(f"{text[:80]!r} is not a reference; write SOURCE:ID or SOURCE:ID/TEAM, as in rt:1234")
        return cls(found["source"], found["id"], found["part"] or "")


# --------------------------------------------------------------------------------------------------------- rollouts


class Phase(Enum):
    """What a backend's own status word means in the process; the mapping is [backends.NAME.status]."""

    NEW = "new"
    OPEN = "open"
    STALLED = "stalled"
    RESOLVED = "resolved"
    REJECTED = "rejected"
    """A faulty or duplicate ticket; never a synonym of the outcome REJECT (DOMAIN §2)."""
    DELETED = "deleted"

    @property
    def live(self) -> bool:
        """Whether somebody may still have to do something."""
        return self in (Phase.NEW, Phase.OPEN, Phase.STALLED)


class Outcome(Enum):
    """The result of a staged rollout, upper case as the process writes it (DOMAIN §2 T7d)."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"


class Answer(Enum):
    """A team's answer to the call (DOMAIN §2 T2), not a test result."""

    ACCEPT = "accept"
    REJECT = "reject"


class Assignment(Struct, frozen=True, kw_only=True):
    """A team that was chosen for a rollout (DOMAIN §2 T1)."""

    team: str
    """The team as the source spells it, as a rule `ea-<NGI>-<Site-name>`."""
    notified: dt.datetime | None = None
    """When the team was put into the field and so told: the acknowledgement clock starts here (DOMAIN §3, §11.10)."""
    by: str = ""
    """Who chose it; "" when unknown."""


class Voice(Enum):
    """How a message reached the record."""

    DESCRIPTION = "description"
    """The text the record was created with."""
    REPLY = "reply"
    """Correspondence that everybody on the record sees."""
    COMMENT = "comment"
    """An internal note."""


class Message(Struct, frozen=True, kw_only=True):
    """One text on a record. Mail copies that a server keeps of what it sent are no messages: adapters drop them."""

    id: str
    at: dt.datetime
    author: str
    voice: Voice
    text: str = ""
    """Plain text as sent, quotes and signatures included; HTML is turned into text by the adapter, with quoted blocks
    marked by `> ` so that one rule finds them."""
    marks: tuple[str, ...] = ()
    """Idempotency keys of ppstui found in the message: it was written through a desk."""
    system: bool = False
    """Written by the tracker itself, not by a person."""


class Attachment(Struct, frozen=True, kw_only=True):
    """A file on a record."""

    id: str
    name: str
    at: dt.datetime | None = None
    author: str = ""
    size: int | None = None
    """Bytes, or None when unknown."""
    url: str = ""


class Link(Struct, frozen=True, kw_only=True):
    """An address a record points to."""

    url: str
    relation: str = ""
    """`incident`, `release-notes`, `bugs`, `documentation`, `document`, or "" when only the address is known."""
    title: str = ""


class Event(Struct, frozen=True, kw_only=True):
    """One thing that happened to a record, for its history: status, fields, owner, links."""

    id: str
    at: dt.datetime
    author: str
    text: str
    """One plain line: `status new → open`, `teams + ea-NGI_IT-INFN-T1`."""


class Exposure(Struct, frozen=True, kw_only=True):
    """Production load on the new version (DOMAIN §2 T5): said explicitly, never derived here."""

    team: str = ""
    """The team it holds for, or "" for all."""
    start: dt.date | None = None
    until: dt.date | None = None
    """An explicit new end (inclusive), when it was extended."""
    reason: str = ""


class Waiver(Struct, frozen=True, kw_only=True):
    """A coordinator's word that a team's report is not needed (DOMAIN §2, guards before `resolved`)."""

    team: str
    reason: str
    by: str = ""
    at: dt.datetime | None = None


class Parent(Struct, frozen=True, kw_only=True):
    """The release ticket a rollout belongs to (DOMAIN §2: queue `sw-rel`)."""

    ref: Ref
    url: str = ""
    title: str = ""
    status: str = ""
    """The tracker's own status word."""
    progress: str = ""
    """`RolloutProgress` where the source keeps it apart from the status (DOMAIN §11.2); "" otherwise."""
    outcome: str = ""
    document: str = ""


class Rollout(Struct, frozen=True, kw_only=True, tag="rollout"):
    """A staged rollout as its source has it."""

    kind: ClassVar[Kind] = Kind.ROLLOUT

    ref: Ref
    url: str = ""
    rev: str = ""
    """The backend's opaque version token, for noticing a colleague's change; "" when it has none."""
    title: str = ""
    """As it came, never repaired; `rules.titles` reads it."""
    status: str = ""
    """The backend's own word."""
    phase: Phase = Phase.NEW
    owner: str = ""
    created: dt.datetime | None = None
    updated: dt.datetime | None = None
    due: dt.date | None = None
    parent: Parent | None = None
    outcome: str = ""
    """As the field says; only ACCEPT and REJECT mean something (DOMAIN §2)."""
    document: str = ""
    """The document's id in the document server; "" when none."""
    document_url: str = ""
    assignments: tuple[Assignment, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    """Reports that are not needed, oldest first; only what a desk wrote counts as one."""
    messages: tuple[Message, ...] = ()
    """Oldest first."""
    attachments: tuple[Attachment, ...] = ()
    links: tuple[Link, ...] = ()
    events: tuple[Event, ...] = ()
    """Oldest first; complete only after `Backend.look`."""
    whole: bool = True
    """False while only the list columns are known: nothing may be derived from missing messages yet."""
    managers: tuple[str, ...] = ()
    """Accounts known to act for the coordinators on this record, the desk's own among them: their instructions are no
    answers (DOMAIN §4.2)."""
    fields: tuple[tuple[str, str], ...] = ()
    """Further fields of the source worth showing, name and value, in the source's order."""


class Team(Struct, frozen=True, kw_only=True, tag="team"):
    """An early adopter as a registry or a tracker's roster knows it."""

    kind: ClassVar[Kind] = Kind.TEAM

    ref: Ref
    url: str = ""
    rev: str = ""
    name: str
    ngi: str = ""
    site: str = ""
    contact: str = ""
    components: tuple[str, ...] = ()
    active: bool = True


Record = Rollout | Team


# --------------------------------------------------------------------------------------------------------- commands


class _Command(Struct, frozen=True, kw_only=True, tag_field="do"):
    target: Ref
    """The record it is about; always whole, teams are named in the command."""


class Assign(_Command, frozen=True, kw_only=True, tag="assign"):
    """Choose early-adopter teams, or take some out: field, AdminCc, status new → open (DOMAIN §2 T1)."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class Acknowledge(_Command, frozen=True, kw_only=True, tag="acknowledge"):
    """Write the `<accept|reject> <NGI>-<Site-name>` line on a team's behalf (DOMAIN §2 T2)."""

    team: str
    answer: Answer
    note: str = ""


class Comment(_Command, frozen=True, kw_only=True, tag="comment"):
    """An internal note."""

    text: str


class Reply(_Command, frozen=True, kw_only=True, tag="reply"):
    """Correspondence that everybody on the record sees."""

    text: str


class Remind(_Command, frozen=True, kw_only=True, tag="remind"):
    """Correspondence to teams that owe something; refused inside the cooldown (SURFACE §2)."""

    teams: tuple[str, ...]
    text: str
    also: tuple[Ref, ...] = ()
    """Further records that the text speaks of: one digest to a team, not one mail a record."""


class Poll(_Command, frozen=True, kw_only=True, tag="poll"):
    """Mail to the early-adopters list of the stack, and a note on the record that it went (DOMAIN §2 T2b).

    The desk sends the mail itself; a backend writes the note.
    """

    to: str
    """The list's address."""
    subject: str
    text: str


class Expose(_Command, frozen=True, kw_only=True, tag="expose"):
    """Say since when a team, or every team, is under production load (DOMAIN §2 T5)."""

    team: str = ""
    """"" for all teams."""
    on: dt.date


class Extend(_Command, frozen=True, kw_only=True, tag="extend"):
    """Set a new last day of exposure, explicitly and with a reason (DOMAIN §3)."""

    team: str = ""
    """"" for all teams."""
    until: dt.date
    """Inclusive."""
    reason: str


class Report(_Command, frozen=True, kw_only=True, tag="report"):
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


class Incident(_Command, frozen=True, kw_only=True, tag="incident"):
    """Link an incident ticket (DOMAIN §2 T4), or take the link out again."""

    url: str
    title: str = ""
    text: str = ""
    """Written to the record as an internal comment; "" writes none."""
    remove: bool = False


class Document(_Command, frozen=True, kw_only=True, tag="document"):
    """Name the document that holds the reports: its id in the field, and a link to it (DOMAIN §2 T7b, c)."""

    document: str = ""
    """Its id in the document server; "" takes it out."""
    url: str = ""
    """Its address; "" takes the one the source makes of the id."""


class SetOutcome(_Command, frozen=True, kw_only=True, tag="outcome"):
    """Set the outcome (DOMAIN §2 T7d); None takes it out."""

    outcome: Outcome | None
    reason: str = ""
    """Written to the record; "" where no rule asks for one."""


class Resolve(_Command, frozen=True, kw_only=True, tag="resolve"):
    """Close it: document and link, outcome, status, in this order; then the parent is told (DOMAIN §2 T7, T8)."""

    outcome: Outcome | None = None
    """None leaves what the record has."""
    document: str = ""
    """"" leaves what the record has."""
    url: str = ""
    reason: str = ""


class SetDue(_Command, frozen=True, kw_only=True, tag="due"):
    """Set the record's own due day; None takes it out."""

    due: dt.date | None


class SetOwner(_Command, frozen=True, kw_only=True, tag="owner"):
    """Give it to an account of the source; "" to nobody."""

    owner: str


class SetStatus(_Command, frozen=True, kw_only=True, tag="status"):
    """Set the status, in the source's own word. Closing this way is guarded as `Resolve` is."""

    status: str


class SetField(_Command, frozen=True, kw_only=True, tag="field"):
    """Set a further field of the source: to these values, or by adding and removing values."""

    name: str
    values: tuple[str, ...] | None = None
    """All values it is to have, () for none; None: only `add` and `remove` count."""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class NewRollout(_Command, frozen=True, kw_only=True, tag="rollout-new"):
    """Make a rollout where the source lets us: the embedded store has no tracker to make it. Target: `SOURCE:new`."""

    title: str
    text: str = ""
    links: tuple[Link, ...] = ()


Command = (
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


def command_name(command: Command | type[Command]) -> str:
    """The action's name in the table of SURFACE §2, as in `assign`."""
    tag = (command if isinstance(command, type) else type(command)).__struct_config__.tag
    return str(tag)


class Objection(Struct, frozen=True, kw_only=True):
    """A rule that stands against a command."""

    rule: str
    """A stable code: `outcome-missing`, `cooldown`, `read-only`, …"""
    text: str
    """One sentence: what stands against it, and what would lift it."""
    blocking: bool = True
    """False: a warning that is shown and does not stop anything."""
    overridable: bool = False
    """Whether `--force --reason TEXT` lifts it; the reason is written to the record."""


class Receipt(Struct, frozen=True, kw_only=True):
    """What came back for a command that was applied and read back."""

    text: str
    """One sentence for the log: what the server shows now."""
    id: str = ""
    """The server's id of what was made, "" when nothing was."""
    record: Rollout | Team | None = None
    """The record after the command, when the adapter read it back whole."""


class State(Enum):
    """How an entry of the outbox stands (SURFACE §3)."""

    WAITING = "waiting"
    SENDING = "sending"
    HELD = "held"
    """The whole source waits: credentials, or the user's wish."""
    PARKED = "parked"
    """Refused or in conflict: a person decides; only its own record waits behind it."""
    DONE = "done"
    UNDONE = "undone"
    DISCARDED = "discarded"

    @property
    def pending(self) -> bool:
        """Whether it may still have an effect."""
        return self in (State.WAITING, State.SENDING, State.HELD, State.PARKED)


class Entry(Struct, frozen=True, kw_only=True):
    """One write ever asked for, and how it ended."""

    id: int
    key: str
    """The idempotency key the adapter can find again on the server."""
    command: Command
    asked_at: dt.datetime
    by: str
    state: State = State.WAITING
    tries: int = 0
    due: dt.datetime | None = None
    """Not before this instant; None: at once."""
    last_error: str = ""
    receipt: str = ""
    base_rev: str = ""
    """The record's rev the user was looking at."""
    reason: str = ""
    """Why a rule was overridden, or "" when none was."""
    before: str = ""
    """What was there before, in a line, for the log and for undo."""
    settled_at: dt.datetime | None = None
    conflict: bool = False
    """It was parked because the record had moved on; False again once somebody looked and let it go."""
    mail: str = ""
    """How far its mail is, for what sends one: "" not sent, `leaving` while nobody knows, else what the server said."""
