"""Request Tracker 5, by its REST 2.0: rollouts in one queue, their parents in another, and the teams to choose from.

This module holds what the configuration needs and imports nothing that costs time; the rest is imported by `open`.

    client    requests and pages, as RT cuts them
    rows      RT's JSON as typed rows
    parse     rows into the records of ppstui
    cursor    where a reading ended
    reading   `fetch` and `look`: few, large requests
    roster    the teams, read once an hour
    writing   `apply`: once per key, read back
    pilots    pilots with their steps, in a queue of their own
    health    `check`
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from ppstui.model import (
    Acknowledge,
    Assign,
    Command,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Kind,
    NewPilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Poll,
    Remind,
    Reply,
    Report,
    Resolve,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from ppstui.port import Offer

if TYPE_CHECKING:
    from ppstui.port import Backend, Toolbox


READS = frozenset({Kind.ROLLOUT, Kind.TEAM})
"""What an RT serves."""
WRITES: Final[frozenset[type[Command]]] = frozenset(
    {
        Assign,
        Acknowledge,
        Comment,
        Reply,
        Remind,
        Poll,
        Expose,
        Extend,
        Report,
        Incident,
        Document,
        SetOutcome,
        Resolve,
        SetDue,
        SetOwner,
        SetStatus,
        SetField,
    }
)
"""What can be done on an RT."""
PILOTS: Final[frozenset[type[Command]]] = frozenset(
    {NewPilot, PilotStep, PilotProlong, PilotEdit, PilotRollBack, PilotCancel, PilotClose}
)
"""What can be done besides on one that keeps pilots."""

_OWN_WORDS: Final = {word: (word,) for word in ("new", "open", "stalled", "resolved", "rejected", "deleted")}


class Fields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The names this server gives its custom fields; letter case counts."""

    teams: str = "EA Teams"
    """Early-adopter teams, several values."""
    outcome: str = "Outcome"
    """ACCEPT or REJECT; the same name on the parent. "" when there is none."""
    document: str = "DocID"
    """The document's id; the same name on the parent. "" when there is none."""
    progress: str = ""
    """`RolloutProgress` on the parent; "" when its status says it."""
    exposure_start: str = ""
    """First day of exposure, a date; "" when it is written down in messages only."""
    exposure_end: str = ""
    """Last day of an extended exposure, a date; "" when it is written down in messages only."""


class Status(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The status words of the rollouts' queue and what they mean; letter case does not count.

    A word in no list counts as open, or as resolved once the server has closed the ticket; the source's status line
    then names it. A word belongs into one list.
    """

    new: tuple[str, ...] = _OWN_WORDS["new"]
    """No team chosen yet."""
    open: tuple[str, ...] = _OWN_WORDS["open"]
    """Teams chosen; the first word is what choosing teams sets."""
    stalled: tuple[str, ...] = _OWN_WORDS["stalled"]
    """Waiting, no clock runs."""
    resolved: tuple[str, ...] = _OWN_WORDS["resolved"]
    """Done."""
    rejected: tuple[str, ...] = _OWN_WORDS["rejected"]
    """Faulty or duplicate; never the outcome REJECT."""
    deleted: tuple[str, ...] = _OWN_WORDS["deleted"]
    """Thrown away; not shown."""

    def __post_init__(self) -> None:
        """Words that are listed leave the lists that were left as they are.

        Raises ValueError for a word in two lists that were both written.
        """
        # What was left out is the very object of the defaults; the same words written down are another one.
        written = [name for name, own in _OWN_WORDS.items() if getattr(self, name) is not own]
        listed: dict[str, str] = {}
        for name in written:
            for word in getattr(self, name):
                other = listed.setdefault(word.casefold(), name)
                if other != name:
                    raise ValueError(f"the status {word!r} stands in both {other} and {name}; take it out of one")
        for name, own in _OWN_WORDS.items():
            if name not in written and not listed.keys().isdisjoint(own):
                force_setattr(self, name, tuple(word for word in own if word not in listed))


class ParentStatus(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Status words of the parents' queue where they are not those of the rule book; letter case does not count."""

    rollout: tuple[str, ...] = ()
    """Words that mean `StageRollOut`: the parent is in staged rollout."""


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[backends.NAME]` with `type = "rt"`."""

    url: str
    """The address of RT as browsers use it, with its path: `https://rt.example.org/rt`."""
    token: Annotated[str, Meta(extra={"secret": True})]
    """A reference to an authentication token: RT gives them under Settings, Auth Tokens."""
    queue: Annotated[str, Meta(min_length=1)] = "staged-rollout"
    """The queue of the rollouts."""
    parent_queue: str = "sw-rel"
    """The queue of the releases they belong to."""
    pilot_queue: str = ""
    """The queue of the pilots, one ticket for each and for each of its steps; "" when this RT keeps no pilots."""
    pilot_status: Status = Status()
    """Status words of the pilots and of their steps; the first of each list is what is set."""
    fields: Fields = Fields()
    """Names of custom fields."""
    status: Status = Status()
    """Status words of the rollouts."""
    parent_status: ParentStatus = ParentStatus()
    """Status words of the releases."""
    document_url: str = "https://documents.egi.eu/document/{id}"
    """Where a document is, `{id}` being its id; "" makes no links."""
    incident_urls: tuple[str, ...] = ("ggus", "helpdesk")
    """A link whose address holds one of these is an incident."""
    team_group_prefix: str = "ea-"
    """How the names of the teams' groups begin; put before a team's name that lacks it when its group is looked for.
    Where the values of `fields.teams` may not be listed, the groups named so are the teams; "" looks for none."""
    admin_cc: bool = True
    """Whether chosen teams' groups become AdminCc (if the server's own automation has not done so)."""
    closed_for: dt.timedelta = dt.timedelta(days=30)
    """How far back closed rollouts are read."""
    connect_timeout: dt.timedelta = dt.timedelta(seconds=5)
    """How long a connection may take."""
    read_timeout: dt.timedelta = dt.timedelta(seconds=30)
    """How long the server may be silent."""
    ca_file: str = ""
    """Certificates to trust, a PEM file; "" trusts what the system trusts."""

    def __post_init__(self) -> None:
        """Raises ValueError for an address or a queue that can be none; the words do not repeat the address."""
        if not self.queue.strip():
            raise ValueError("queue is empty; write the name of the rollouts' queue")
        queues = {self.queue.strip().casefold(), self.parent_queue.strip().casefold()}
        if self.pilot_queue.strip() and self.pilot_queue.strip().casefold() in queues:
            raise ValueError("pilot_queue is a queue of rollouts or releases; pilots need one of their own")
        for name in ("open", "resolved", "rejected"):
            if self.pilot_queue and not getattr(self.pilot_status, name):
                raise ValueError(f"pilot_status.{name} is empty; steps of pilots are signed by its first word")
        try:
            port, host = urlsplit(self.url).port, urlsplit(self.url).hostname
        except ValueError:  # a port of letters or beyond 65535, a bracket that is not closed
            port, host = 0, ""
        if port == 0:
            raise ValueError("url: host or port is none; a port is a number from 1 to 65535")
        if not host:
            raise ValueError("url names no host; write https://, the host, and the path if there is one")


def offer_of(options: Options) -> Offer:
    """What an RT offers: rollouts and the teams they may have, and pilots where it has a queue for them."""
    reads, writes = (READS | {Kind.PILOT}, WRITES | PILOTS) if options.pilot_queue else (READS, WRITES)
    return Offer(reads=reads, writes=writes, incremental=True)


_Options = Options


class _Plugin:
    Options: type[Struct] = _Options
    offer = Offer(
        reads=READS,
        writes=WRITES,
        incremental=True,
    )

    def offer_of(self, options: _Options) -> Offer:
        """What an RT with these options offers."""
        return offer_of(options)

    def open(self, options: _Options, tools: Toolbox) -> Backend:
        """Makes the backend; connects to nothing yet."""
        from ppstui.backends.rt.backend import RTBackend  # deferred: nothing of it is needed to read a configuration

        return RTBackend(options, tools)


RT = _Plugin()
"""The plug-in."""
