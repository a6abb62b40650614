"""A coordinator at work: one desk on one home, with the account and the wire it has to the server."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ppstui.backends.rt import RT, Options
from ppstui.desk import Desk, OutboxChanged, Said, Source
from ppstui.errors import Doubtful, NotAuthorised, Unreachable
from ppstui.model import Kind
from ppstui.port import Health, Toolbox
from ppstui.rules.policy import Policy
from ppstui.store import open_store
from tests.faults.schedule import RETRY_AFTER, Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from ppstui.desk import Event
    from ppstui.port import Backend, Letter, Mailer
    from tests.faults.laws import Book
    from tests.faults.schedule import Schedule

POLICY = Policy()


class Postbox:
    """A mail server that counts what was posted, with the faults of a schedule before it. See `port.Mailer`."""

    def __init__(self, schedule: Schedule, who: str) -> None:
        self.posted: list[str] = []
        """The key of every letter that is on its way."""
        self._schedule = schedule
        self._who = who

    async def send(self, letter: Letter) -> str:
        """Takes it, or plays the fault that is due."""
        match self._schedule.next(self._who, "MAIL", letter.to[0]):
            case Fault.PASS | Fault.DELAY:
                self.posted.append(letter.key)
                return "250 2.0.0 Ok: queued"
            case Fault.CUT | Fault.E500 | Fault.E502 | Fault.E503:
                raise Unreachable("mail: nobody there", source="mail")
            case Fault.TOO_MANY:
                raise Unreachable("mail: 450 try later", source="mail", retry_after=RETRY_AFTER)
            case Fault.LOGIN:
                raise NotAuthorised("mail: 535 who are you", source="mail")
            case Fault.STALL:
                raise Doubtful("mail: the connection broke off in the middle", source="mail")
        self.posted.append(letter.key)
        raise Doubtful("mail: the answer was lost", source="mail")

    async def check(self) -> Health:
        """Is there."""
        return Health("mail: a postbox")


@dataclass(frozen=True)
class Account:
    """Who a coordinator is on the server."""

    name: str
    token: str
    url: str


@dataclass
class Seat:
    """One home, its desk, and the book of what was asked there."""

    name: str
    home: Path
    account: Account
    clock: Callable[[], dt.datetime]
    wire: Callable[[str], httpx.AsyncBaseTransport | None]
    """Makes the way to the server; None: the network."""
    book: Book
    schedule: Schedule
    mailer: Mailer
    patience: float = 60.0
    options: dict[str, object] = field(default_factory=dict)
    desk: Desk = field(init=False)
    transport: httpx.AsyncBaseTransport | None = field(init=False, default=None)

    @property
    def story(self) -> list[str]:
        """What happened, with everything else that did."""
        return self.schedule.story

    def open(self) -> Desk:
        """Sits down at a new desk, as a new process would."""
        self.transport = self.wire(self.name)
        cache, outbox = open_store(self.home, self.clock, self.story.append)
        self.desk = Desk(
            cache=cache,
            outbox=outbox,
            sources=[self._source()],
            policy=POLICY,
            clock=self.clock,
            emit=self._hear,
            by=self.account.name,
            patience=self.patience,
            mailer=lambda: self.mailer,
            mail_source="mail",
        )
        self.desk.begin()
        return self.desk

    def _source(self) -> Source:
        return Source(
            name="rt",
            open=self._backend,
            kinds=frozenset({Kind.ROLLOUT}),
            refresh=dt.timedelta(minutes=5),
            offers=RT.offer.writes,
        )

    def _backend(self) -> Backend:
        tools = Toolbox(
            name="rt",
            clock=self.clock,
            secret=lambda _reference: self.account.token,
            zone=POLICY.zone,
            transport=self.transport,
        )
        options = {"url": self.account.url, "token": "env:RT_TOKEN", **self.options}
        return RT.open(Options(**options), tools)  # type: ignore[arg-type]

    def _hear(self, event: Event) -> None:
        if isinstance(event, OutboxChanged):
            entry = event.entry
            why = entry.last_error if entry.state.pending and entry.last_error else entry.receipt
            self.story.append(f"{self.name}: entry {entry.id} {entry.key} {entry.state.value} {why}".rstrip())
        elif isinstance(event, Said):
            self.story.append(f"{self.name} says: {event.text}")
