"""What people ask for, what stands against it, what came of it, and how it stands in the outbox."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import ClassVar, TypeGuard

from msgspec import Struct

from ppstui.model.bulletins import Draft, Gathered, Publication, Record
from ppstui.model.previews import (
    Commitment,
    Level,
    Milestone,
    Role,
    Software,
    Spent,
    Step,
    StepState,
    Update,
    Wish,
)
from ppstui.model.rollouts import Answer, Kind, Link, Outcome, Ref, Team


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
    """Its id in the document server; "" takes it out, also beside an address: the id there names another document."""
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


# --------------------------------------------------------------------------------------------- pilots and the registry

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


# -------------------------------------------------------------------------------------------------------- the bulletin

_BULLETIN = frozenset({Kind.BULLETIN})


class Mention(Asking, frozen=True, kw_only=True, tag="mention"):
    """Note that a record is to be mentioned in an issue. Target: the issue, which is made where there is none yet."""

    kinds: ClassVar[frozenset[Kind]] = _BULLETIN
    makes: ClassVar[bool] = True

    about: Ref
    text: str
    title: str = ""
    """What the record is called now."""
    url: str = ""


class SaveBulletin(Asking, frozen=True, kw_only=True, tag="bulletin-save"):
    """Keep the draft of an issue, where colleagues find it. Target: the issue, made where there is none yet."""

    kinds: ClassVar[frozenset[Kind]] = _BULLETIN
    makes: ClassVar[bool] = True

    audience: str
    issue: str
    gathered: Gathered
    draft: Draft
    base: str = ""
    """The revision it was made from, "" for none: where the source has another one by then, that is a conflict."""
    hold: bool = False
    """Whether whoever saves it goes on editing."""
    by: str = ""
    """Who that is, as the desk knows them; "" takes the name of the account at the source."""
    freeze: bool = False
    """Whether it is what will be published: nothing is gathered for it any more."""


class KeepPublication(Asking, frozen=True, kw_only=True, tag="bulletin-published"):
    """Write down what went where. Target: the issue. Given by the desk itself, when a target has answered."""

    kinds: ClassVar[frozenset[Kind]] = _BULLETIN

    publication: Publication


class Publish(Asking, frozen=True, kw_only=True, tag="publish"):
    """Publish an issue at one target, once. Target: `targets.NAME:AUDIENCE.ISSUE`.

    It carries what goes, as it was rendered when it was asked for: what is sent later is what was looked at.
    """

    kinds: ClassVar[frozenset[Kind]] = _BULLETIN
    makes: ClassVar[bool] = True

    of: Ref
    """The issue's own reference."""
    audience: str
    issue: str
    subject: str
    format: str
    """What `text` is written in: `text`, `markdown`, `html`, `twiki`, `dokuwiki`, `json`."""
    text: str
    html: str = ""
    """The same as a page, for mails that carry both; "" for none."""
    number: int = 0
    """0 for the issue itself, n for its n-th correction at this target."""
    corrects: str = ""
    """What a correction corrects; "" for the issue itself."""
    replaces: str = ""
    """The `Publication.id` that it goes in the place of; "" when there was none."""
    found: str = ""
    """SHA-256 of what was published there last; other words there by then are a conflict, unless this is WHATEVER."""


class Correct(Publish, frozen=True, kw_only=True, tag="correct"):
    """Publish a correction of an issue that a target has already: it says what it corrects."""


BulletinCommand = Mention | SaveBulletin | KeepPublication | Publish | Correct

Command = RolloutCommand | PilotCommand | RegistryCommand | BulletinCommand


def command_name(command: Asking | type[Asking]) -> str:
    """The action's name in the table of SURFACE §2, as in `assign`."""
    tag = (command if isinstance(command, type) else type(command)).__struct_config__.tag
    return str(tag)


def about_pilots(command: Command) -> TypeGuard[PilotCommand | Comment | Reply | Remind]:
    """Whether a pilot understands it."""
    return Kind.PILOT in command.kinds


def about_registry(command: Command) -> TypeGuard[RegistryCommand]:
    """Whether a registry understands it."""
    return Kind.COMMITMENT in command.kinds


def about_bulletins(command: Command) -> TypeGuard[BulletinCommand]:
    """Whether it is about an issue of the bulletin."""
    return Kind.BULLETIN in command.kinds


# --------------------------------------------------------------------------------------------------- what becomes of it


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
    record: Record | None = None
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
