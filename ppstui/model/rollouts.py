"""What every record has, and the facts of staged rollouts and of the teams and sites that try them."""

from __future__ import annotations

import datetime as dt
import re
from enum import Enum
from typing import ClassVar

from msgspec import Struct

from ppstui.errors import UsageError


class Kind(Enum):
    """A kind of record that a source can serve."""

    ROLLOUT = "rollouts"
    TEAM = "teams"
    PILOT = "pilots"
    COMMITMENT = "commitments"
    WISH = "wishes"
    BULLETIN = "bulletins"
    MEETING = "meetings"

    @property
    def served_as(self) -> str:
        """The key of [sources] in the configuration: who serves the teams serves what they are asked to test, too."""
        return Kind.TEAM.value if self in (Kind.COMMITMENT, Kind.WISH) else self.value


_REF = r"(?P<source>[A-Za-z0-9_.-]+):(?P<id>[^\s/]+)(?:/(?P<part>\S+))?\Z"


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
        found = re.match(_REF, text.strip())
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
    """An early adopter or a partner site, as a registry or a tracker's roster knows it."""

    kind: ClassVar[Kind] = Kind.TEAM

    ref: Ref
    url: str = ""
    rev: str = ""
    name: str
    """As the source spells it: as a rule `ea-<NGI>-<Site-name>` for a team, `<NGI>-<Site-name>` for a site."""
    ngi: str = ""
    site: str = ""
    contact: str = ""
    components: tuple[str, ...] = ()
    active: bool = True
    note: str = ""
