"""The facts of the middleware preview: pilots, who committed to what, what is wished for, and the commands to them.

Days are those of the desk's time zone; effort is kept in whole minutes of one person's work, so that sums are exact.
"", 0 or None means unknown, as each field says. Partners are `Team`s: `ea-<NGI>-<Site-name>`, or a site's own name.
"""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import ClassVar, TypeGuard

from msgspec import Struct

from ppstui.model.commands import Asking, Comment, Remind, Reply, RolloutCommand
from ppstui.model.rollouts import Attachment, Event, Kind, Link, Message, Ref, Rollout, Team

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


Record = Rollout | Team | Pilot | Commitment | Wish


# ------------------------------------------------------------------------------------------------------------ commands

_PILOT = frozenset({Kind.PILOT})
REGISTRY_KINDS = frozenset({Kind.TEAM, Kind.COMMITMENT, Kind.WISH})
"""What registries are made of."""


class NewPilot(Asking, frozen=True, kw_only=True, tag="pilot-new"):
    """Make a pilot and its steps from the template of its kind (DOMAIN §5.1)."""

    kinds: ClassVar[frozenset[Kind]] = _PILOT
    makes: ClassVar[bool] = True

    title: str
    service: str = ""
    """"" takes the title."""
    update: Update
    software: Software = Software.SERVER
    incompatible: bool = False
    level: Level | None = None
    requester: Role | None = None
    sites: tuple[str, ...] = ()
    vos: tuple[str, ...] = ()
    coordinator: str = ""
    contact: str = ""
    start: dt.date | None = None
    """None: as soon as the sites can have been chosen."""
    setup_days: int = 7
    feedback_days: int = 14
    run_weeks: int = 0
    """0: what the workflow fixes."""
    mirror: bool = True
    """Whether the repository has to be mirrored (step 6, "may be not needed in some cases")."""
    description: str = ""
    objectives: str = ""
    metrics: str = ""
    use_cases: str = ""
    documentation: str = ""
    steps: tuple[Step, ...] = ()
    """The plan, put in when it is asked for (`rules.pilots.commands.planned`), so that every source makes the same."""


class PilotStep(Asking, frozen=True, kw_only=True, tag="pilot-step"):
    """Sign a step off, or open it again; step 7 done starts the run."""

    kinds: ClassVar[frozenset[Kind]] = _PILOT

    number: int
    state: StepState = StepState.DONE
    on: dt.date | None = None
    """The day it was finished; None: today."""
    by: str = ""
    """Who finished it; "" is whoever gives the command."""
    note: str = ""
    spent: tuple[Spent, ...] = ()
    """Work to record with it."""


class PilotProlong(Asking, frozen=True, kw_only=True, tag="pilot-prolong"):
    """Set a new last day of the run; a pilot whose run was signed off runs again."""

    kinds: ClassVar[frozenset[Kind]] = _PILOT

    until: dt.date
    """Inclusive."""
    reason: str


class PilotRollBack(Asking, frozen=True, kw_only=True, tag="pilot-roll-back"):
    """Take the installed version out again and end the pilot."""

    kinds: ClassVar[frozenset[Kind]] = _PILOT

    on: dt.date | None = None
    """None: today."""
    reason: str


class PilotCancel(Asking, frozen=True, kw_only=True, tag="pilot-cancel"):
    """Give a pilot up."""

    kinds: ClassVar[frozenset[Kind]] = _PILOT

    on: dt.date | None = None
    """None: today."""
    reason: str


class PilotClose(Asking, frozen=True, kw_only=True, tag="pilot-close"):
    """Close a pilot after its wrap-up."""

    kinds: ClassVar[frozenset[Kind]] = _PILOT

    on: dt.date | None = None
    """None: today."""
    reason: str = ""
    """The assessment."""
    follow_up: str = ""


class PilotEdit(Asking, frozen=True, kw_only=True, tag="pilot-edit"):
    """Change fields of a pilot's home page, its dates and the plan of its steps; None leaves what is there."""

    kinds: ClassVar[frozenset[Kind]] = _PILOT

    title: str | None = None
    service: str | None = None
    sites: tuple[str, ...] | None = None
    vos: tuple[str, ...] | None = None
    coordinator: str | None = None
    contact: str | None = None
    start: dt.date | None = None
    setup_days: int | None = None
    feedback_days: int | None = None
    run_weeks: int | None = None
    planned: tuple[tuple[int, dt.date], ...] = ()
    """New planned days of steps, by number. A new `start` moves those that are open and not named here."""
    owners: tuple[tuple[int, str], ...] = ()
    """New owners of steps, by number."""
    milestones: tuple[Milestone, ...] | None = None
    description: str | None = None
    objectives: str | None = None
    metrics: str | None = None
    use_cases: str | None = None
    constraints: str | None = None
    layout: str | None = None
    users: str | None = None
    documentation: str | None = None


class Commit(Asking, frozen=True, kw_only=True, tag="commit"):
    """Enter a partner's commitment into the registry. Target: the source's `SOURCE:new`."""

    kinds: ClassVar[frozenset[Kind]] = REGISTRY_KINDS

    party: str
    level: Level = Level.NONE
    component: str = ""
    stack: str = ""
    majors: str = ""
    os: str = ""
    arch: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    note: str = ""


class Withdraw(Asking, frozen=True, kw_only=True, tag="withdraw"):
    """Take a partner's commitments out: those of this level that lie within what is named, "" naming everything."""

    kinds: ClassVar[frozenset[Kind]] = REGISTRY_KINDS

    party: str
    level: Level = Level.NONE
    component: str = ""
    stack: str = ""
    majors: str = ""
    os: str = ""
    arch: str = ""
    reason: str = ""
    exact: bool = False
    """Only the one commitment to exactly these products and days: what takes a `Commit` back."""
    since: dt.date | None = None
    until: dt.date | None = None
    """Both count with `exact` only."""


class WishFor(Asking, frozen=True, kw_only=True, tag="wish"):
    """Wish for early adopters of a product; a minimum of 0 takes the wish out."""

    kinds: ClassVar[frozenset[Kind]] = REGISTRY_KINDS

    component: str
    stack: str = ""
    majors: str = ""
    os: str = ""
    arch: str = ""
    minimum: int = 1
    note: str = ""


class ImportRegistry(Asking, frozen=True, kw_only=True, tag="registry-import"):
    """Take entries of a file over into the registry, all of them or none; what has an id that is known replaces it."""

    kinds: ClassVar[frozenset[Kind]] = REGISTRY_KINDS

    partners: tuple[Team, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    wishes: tuple[Wish, ...] = ()
    remove: tuple[Ref, ...] = ()
    """Entries that go, because the file no longer has them."""


PilotCommand = NewPilot | PilotStep | PilotProlong | PilotRollBack | PilotCancel | PilotClose | PilotEdit
RegistryCommand = Commit | Withdraw | WishFor | ImportRegistry
"""All of these are about a registry as a whole: their target is its source's `SOURCE:new`."""

Command = RolloutCommand | PilotCommand | RegistryCommand


def about_pilots(command: Command) -> TypeGuard[PilotCommand | Comment | Reply | Remind]:
    """Whether a pilot understands it."""
    return Kind.PILOT in command.kinds


def about_registry(command: Command) -> TypeGuard[RegistryCommand]:
    """Whether a registry understands it."""
    return Kind.COMMITMENT in command.kinds
