"""The hole in the wall through which every backend enters; beside `model` and `errors` all that a third party imports.

A backend is a plug-in class with an `Options` struct (its configuration table, strict) and `open(options, tools)`. The
module that holds it must be cheap to import: clients and vendor libraries are imported inside `open` or later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from ppstui.model import Command, Kind, Record, Ref
from ppstui.rules.policy import Policy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ppstui.model import Publish, Receipt


class Offer(Struct, frozen=True):
    """What a backend can do, in the domain's own types; anything else it must refuse with `Unsupported`."""

    reads: frozenset[Kind] = frozenset()
    writes: frozenset[type[Command]] = frozenset()
    incremental: bool = False
    """Whether `fetch` honours `since`."""
    watchers: bool = True
    """Whether choosing a team also makes it a watcher of the record (AdminCc, DOMAIN §2 T1)."""


class Since(Struct, frozen=True):
    """Where the last reading ended."""

    cursor: str
    """The `cursor` of the last batch, as this backend made it."""
    known: Callable[[Ref], Record | None]
    """What the desk holds already, so that an adapter need not read again what has not changed."""


class Batch(Struct, frozen=True):
    """A part of the answer to `fetch`; the desk stores it and shows it before asking for the next."""

    records: tuple[Record, ...] = ()
    gone: tuple[Ref, ...] = ()
    """Deleted, merged or no longer visible."""
    complete: bool = False
    """With this batch the records of this fetch are all there are: what the desk holds beyond them is dropped.
    Set on the last batch only."""
    cursor: str = ""
    """Where to continue; kept from the last batch only, so that an interrupted reading starts again."""
    note: str = ""
    """A sentence for the source's status: something is missing that the user should know (a field the server does not
    have, rights that are lacking). "" when all is well."""


class Health(Struct, frozen=True):
    """The answer to `check`, for `ppstui doctor` and `config init`."""

    text: str
    """One sentence: what the server is, as whom we are known, what is missing."""
    user: str = ""
    version: str = ""
    problems: tuple[str, ...] = ()
    """Sentences, each with what to do."""
    fields: tuple[str, ...] = ()
    """The names of the custom fields it has, for `config init` to offer; () when they cannot be asked."""
    skew: float | None = None
    """Seconds its clock is ahead of ours; None when it does not say."""


class Exchange(Struct, frozen=True):
    """One request that changes something, and what came of it: for the action log, so secrets are masked before."""

    key: str
    """The idempotency key of the command it was made for."""
    request: str
    """Method, address and body as sent; of files their names and sizes."""
    answer: str
    """Status and body as received, cut where they are long; the error, when nothing came."""


def _unwitnessed(exchange: Exchange) -> None:
    """Where nobody keeps a log."""


class Toolbox(Struct, frozen=True):
    """The only way to the outside world, so a test needs no patching."""

    name: str
    """The source's name in [backends], or `targets.NAME` of a target."""
    clock: Callable[[], dt.datetime]
    secret: Callable[[str], str]
    """Resolves a secret reference (`env:`, `file:`, `command:`, `keyring:`) when it is used; raises ConfigError."""
    zone: dt.tzinfo
    """The desk's time zone."""
    transport: Any = None
    """An httpx.AsyncBaseTransport in tests; None: the network. `Any`, because httpx must not be imported here."""
    paths: Mapping[str, str] = {}
    """`data`: the folder of the embedded store. `cache`: one for what can be had again at any time."""
    witness: Callable[[Exchange], None] = _unwitnessed
    """Is told every request that changes something. Returns at once; may be called from any thread."""
    policy: Policy | None = None
    """The desk's deadlines and calendars, for a backend that works out what a command does; None: the usual ones."""


class Backend(Protocol):
    """One opened source. All methods may be called from one event loop; cancelling a call leaves the backend usable."""

    @property
    def offer(self) -> Offer:
        """What it can do, known without asking the server."""

    def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """Reads all records of a kind, or what changed since; list columns first, so that a screen fills early.

        Internal notes (`Voice.COMMENT`) may come without the texts that no rule needs: those are left to `look`.
        Of records that seldom change it may answer with an empty batch and the same cursor, asking the server nothing.

        Raises BackendError; what was yielded before stays good.
        """

    async def look(self, ref: Ref) -> Record:
        """Reads one record whole, with its history. Raises Gone when it is no longer there, BackendError otherwise."""

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """Carries out a command, exactly once per `key`: asked again with the same key it finds its own effect.

        Success is what reading back shows, not what the server said. `seen` is the record the person was looking at
        (its messages without their texts): where `rules.conflicts.differences` finds what it has now to differ in what
        the command touches, raises Conflict with the present record, and changes nothing. None: no such check.
        A command of several steps goes on where it was left. Raises BackendError.
        """

    async def check(self) -> Health:
        """Asks the server who it is and who we are. Raises BackendError."""

    async def aclose(self) -> None:
        """Lets go of everything; calling it twice is fine."""


class Letter(Struct, frozen=True, kw_only=True):
    """A mail to send."""

    key: str
    """Its Message-ID is made of it, so that it is the same whenever and however often it is tried."""
    to: tuple[str, ...]
    subject: str
    text: str


class Mailer(Protocol):
    """Sends mail: what cannot be looked up afterwards, so never sent again where it may have left."""

    async def send(self, letter: Letter) -> str:
        """Hands the mail over; returns what the server said.

        Raises Doubtful when it may have left; every other BackendError says that it has not: Unreachable to wait,
        NotAuthorised for credentials, Refused for what must change.
        """

    async def check(self) -> Health:
        """Asks the server who it is; sends nothing. Raises BackendError."""


class Outlet(Protocol):
    """One opened target: a place where issues of the bulletin are published."""

    async def publish(self, command: Publish, key: str) -> Receipt:
        """Publishes what the command carries, exactly once per `key`; `Receipt.id` is what the place calls it.

        Where the plug-in says that it leaves traces, asked again with the same key it finds what it published, and
        answers as before. Where the place holds something else than was published there last (`command.found`, or
        anything at all where that is ""), and it is not our own: raises Conflict, and changes nothing; where `found` is
        `model.WHATEVER` a person has looked at it and wants it replaced.

        Where it leaves none, the desk asks once; it raises Doubtful when the issue may have left, and every other
        BackendError says that it has not. Success is what reading back shows, where the place can be read.
        """

    def preview(self, command: Publish) -> bytes:
        """The exact bytes that would go there, connecting to nothing."""

    async def check(self) -> Health:
        """Asks the place who it is and who we are; publishes nothing. Raises BackendError."""

    async def aclose(self) -> None:
        """Lets go of everything; calling it twice is fine."""


class TargetPlugin(Protocol):
    """What the table of targets in `ppstui.backends`, or an entry point of `ppstui.targets`, names."""

    Options: type[Struct]
    """Its own configuration table: frozen, keyword-only, unknown fields forbidden."""
    formats: tuple[str, ...]
    """The formats it takes, the usual one first: of `text`, `markdown`, `html`, `twiki`, `dokuwiki`, `json`."""
    traces: bool
    """Whether what was published can be found again by its key."""

    def open(self, options: Any, tools: Toolbox) -> Outlet:
        """Makes the outlet; connects to nothing yet."""


class Plugin(Protocol):
    """What the table in `ppstui.backends`, or an entry point of `ppstui.backends`, names.

    It should also have `offer: Offer`, what every backend it opens can do: then nothing need be opened, nor its client
    imported, before the first screen.
    """

    Options: type[Struct]
    """Its own configuration table: frozen, keyword-only, unknown fields forbidden."""

    def open(self, options: Any, tools: Toolbox) -> Backend:
        """Makes the backend; connects to nothing yet."""
