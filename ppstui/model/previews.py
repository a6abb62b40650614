"""The facts of the middleware preview: pilots, who committed to what, and what is wished for.

Days are those of the desk's time zone; effort is kept in whole minutes of one person's work, so that sums are exact.
"", 0 or None means unknown, as each field says. Partners are `Team`s: `ea-<NGI>-<Site-name>`, or a site's own name.
"""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import ClassVar

from msgspec import Struct

from ppstui.model.rollouts import Attachment, Event, Kind, Link, Message, Ref

# ----------------------------------------------------------------------------------------------------------- the words


class Update(Enum):
    """Which workflow a pilot takes (DOMAIN §5.1, §11.14): a field of its own, never derived from the version."""

    MINOR = "minor"
    MAJOR = "major"


class Software(Enum):
    """What is updated (DOMAIN §5)."""

    CLIENT = "client"
    SERVER = "server"
    NEW_SERVICE = "new-service"


class Level(Enum):
    """What a partner site commits itself to; commitments of their own, none includes another (DOMAIN §5)."""

    NONE = "none"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


class Role(Enum):
    """Who does something in a preview (DOMAIN §5.1, §6)."""

    COORDINATOR = "coordinator"
    SITE = "partner-site"
    """The Gold or Platinum site, as service manager."""
    EXPERT = "service-expert"
    """Site, ITR or developers: whoever provides it (DOMAIN §6)."""
    ITR = "itr"
    DEVELOPER = "developer"
    VO = "vo"
    REPOSITORY_MANAGER = "repository-manager"
    RELEASE_MANAGER = "release-manager"
    SAM_CLIENT = "sam-client-administrator"
    SAM_PORTAL = "sam-portal-administrator"
    SAM_SERVER = "sam-server-administrator"
    PRODUCTION_SITE = "production-site"
    NOBODY = "nobody"


class StepState(Enum):
    """How a step of the workflow was signed."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"

    @property
    def settled(self) -> bool:
        """Whether the next step may begin."""
        return self in (StepState.DONE, StepState.SKIPPED)


class EndKind(Enum):
    """How a pilot came to its end."""

    CLOSED = "closed"
    ROLLED_BACK = "rolled-back"
    CANCELLED = "cancelled"


# ------------------------------------------------------------------------------------------------------------- records


class Spent(Struct, frozen=True, kw_only=True):
    """Work that somebody recorded on a step."""

    role: Role
    minutes: int
    site: str = ""
    """`<NGI>-<Site-name>`, or the VO or person it is booked on; "" when nobody in particular."""
    on: dt.date | None = None
    by: str = ""
    note: str = ""


class Step(Struct, frozen=True, kw_only=True):
    """One step of a pilot's workflow (DOMAIN §5.1); a value inside its pilot, never a record of its own."""

    number: int
    what: str = ""
    """As the source calls it; "" takes the workflow's words."""
    state: StepState = StepState.OPEN
    owner: str = ""
    """Who does it, by name; "" leaves it to the roles of the workflow."""
    planned: dt.date | None = None
    done: dt.date | None = None
    """The day it was finished, as whoever signed it says."""
    by: str = ""
    """Who signed it."""
    note: str = ""
    spent: tuple[Spent, ...] = ()
    ref: Ref | None = None
    """The source's own record of the step, where it keeps one."""


class Prolongation(Struct, frozen=True, kw_only=True):
    """A new last day of a run, set explicitly and with a reason (DOMAIN §5.1, step 10)."""

    until: dt.date
    """Inclusive."""
    reason: str
    by: str = ""
    at: dt.datetime | None = None


class Ending(Struct, frozen=True, kw_only=True):
    """How a pilot ended, when and why."""

    how: EndKind
    on: dt.date | None = None
    reason: str = ""
    by: str = ""


class Milestone(Struct, frozen=True, kw_only=True):
    """A day that matters to a pilot beside its workflow."""

    on: dt.date
    what: str


class Pilot(Struct, frozen=True, kw_only=True, tag="pilot"):
    """A preview of a service with partner sites and user communities, as its source has it."""

    kind: ClassVar[Kind] = Kind.PILOT

    ref: Ref
    url: str = ""
    rev: str = ""
    """The backend's opaque version token; "" when it has none."""
    title: str = ""
    service: str = ""
    """The service or component that is previewed."""
    update: Update = Update.MINOR
    software: Software = Software.SERVER
    incompatible: bool = False
    """Whether the update breaks what was there before; it then needs another level of partner (DOMAIN §5)."""
    level: Level | None = None
    """The level that was agreed on; None: the one that the table asks for."""
    status: str = ""
    """The backend's own word."""
    requester: Role | None = None
    sites: tuple[str, ...] = ()
    """Hosting sites, `<NGI>-<Site-name>`."""
    vos: tuple[str, ...] = ()
    coordinator: str = ""
    contact: str = ""
    start: dt.date | None = None
    """The day set-up is to begin: kick-off of a major pilot, instruction of a minor one."""
    setup_days: int = 7
    """Set-up time agreed at kick-off, "e.g. 1 week" (DOMAIN §3)."""
    feedback_days: int = 14
    """Time for the feedback of the VOs, "e.g. 2 weeks"; counts for major pilots only."""
    run_weeks: int = 0
    """Length of the run; 0: what the workflow fixes."""
    steps: tuple[Step, ...] = ()
    """In the order of their numbers."""
    prolongations: tuple[Prolongation, ...] = ()
    """Oldest first; the last one holds."""
    ending: Ending | None = None
    follow_up: str = ""
    """What was decided at the wrap-up."""
    milestones: tuple[Milestone, ...] = ()
    description: str = ""
    objectives: str = ""
    metrics: str = ""
    """How success is measured."""
    use_cases: str = ""
    constraints: str = ""
    layout: str = ""
    """What is installed where."""
    users: str = ""
    documentation: str = ""
    """Where the technical documentation is."""
    created: dt.datetime | None = None
    updated: dt.datetime | None = None
    links: tuple[Link, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    messages: tuple[Message, ...] = ()
    """Oldest first."""
    events: tuple[Event, ...] = ()
    """Oldest first."""
    whole: bool = True
    """False while only the list columns are known."""


class Commitment(Struct, frozen=True, kw_only=True, tag="commitment"):
    """A partner's word to cover a product, or to hold a level; "" in a field covers everything there."""

    kind: ClassVar[Kind] = Kind.COMMITMENT

    ref: Ref
    url: str = ""
    rev: str = ""
    party: str
    """The partner's name."""
    level: Level = Level.NONE
    """NONE: an early adopter's commitment; else the level it holds as a partner site."""
    component: str = ""
    stack: str = ""
    majors: str = ""
    """`3`, `3.2`, `1..3`, `2..` or `..3`; see `rules.registry.covers_major`."""
    os: str = ""
    arch: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    """The last day, inclusive; None: until it is withdrawn."""
    note: str = ""


class Wish(Struct, frozen=True, kw_only=True, tag="wish"):
    """A product that early adopters should cover, and how many of them (DOMAIN §9)."""

    kind: ClassVar[Kind] = Kind.WISH

    ref: Ref
    url: str = ""
    rev: str = ""
    component: str
    stack: str = ""
    majors: str = ""
    os: str = ""
    arch: str = ""
    minimum: int = 1
    note: str = ""
