"""The ground of the quick runs: the RT with a memory, time that only turns, homes in memory."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ppstui.model import Ref
from ppstui.testing.reading import NOON
from tests.backends.rt.fake import FakeRT
from tests.faults.asking import Asking
from tests.faults.laws import Book
from tests.faults.play import Play
from tests.faults.schedule import Fault, Schedule
from tests.faults.seat import Account, Postbox, Seat
from tests.faults.transport import PATIENCE, FaultyTransport
from tests.faults.truth import Change, Said, Truth
from tests.faults.turning import Clock, TurningLoop, at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import httpx

    from tests.backends.rt.fake import Transaction

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Ten thousands of commits: on a disk they take ten times as long, and show no more."""

TEAMS = tuple(f"ea-NGI_{country}-SITE-{number}" for country in ("IT", "UK", "CZ") for number in (1, 2))
TITLES = (
    "Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64",
    "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64",
    "Staged Rollout EMI-1.0 bdii-site 1.1.0-1 SL5 x86_64",
)
TOKENS = {
    "sro-manager": "1-49-0123456789abcdef0123456789abcdef",
    "sro-manager2": "1-50-fedcba9876543210fedcba9876543210",
}
SHAPES = ("one desk", "two homes", "one home")


def served(rt: FakeRT, token: str) -> Callable[[httpx.Request], httpx.Response]:
    """The server as an account is served: who is asking is told by the token."""

    def answer(request: httpx.Request) -> httpx.Response:
        rt.token = token
        return rt(request)

    return answer


class FakeGround:
    """See `play.Ground`."""

    def __init__(self, seed: int, loop: TurningLoop) -> None:
        self.schedule = Schedule(seed)
        self.loop = loop
        self.clock = Clock(loop)
        self.rt = FakeRT(
            groups={name: 36 + n for n, name in enumerate(TEAMS)},
            choices=TEAMS,
            users={"RT_System": 1, "sro-manager": 49, "sro-manager2": 50, "colleague": 51},
        )
        self.seats: list[Seat] = []
        self.kills: dict[str, Callable[[], None]] = {}
        self.dead: list[object] = []
        self.postbox = Postbox(self.schedule, "mail")
        self.said = 0
        self.tickets: Sequence[Ref] = [self._ticket(number, title) for number, title in enumerate(TITLES)]

    def _ticket(self, number: int, title: str) -> Ref:
        parent = self.rt.make(f"Release {number}", queue="sw-rel")
        ticket = self.rt.make(title, text="Please test.")
        ticket.member_of.append(parent.id)
        if number:
            self.rt.set_field(ticket.id, 7, list(TEAMS[number : number + 2]), "colleague")
            self.rt.set_status(ticket.id, "open", "colleague")
        if number == 2:
            self.rt.say(ticket.id, "Correspond", "colleague", f"accept {TEAMS[number].removeprefix('ea-')}")
        return Ref("rt", str(ticket.id))

    def sit(self, name: str, home: Path, account: str, book: Book) -> Seat:
        """A coordinator sits down at a desk."""
        token = TOKENS[account]

        def wire(who: str) -> FaultyTransport:
            return FaultyTransport(served(self.rt, token), self.schedule, who)

        seat = Seat(
            name, home, Account(account, token, self.rt.url), self.clock, wire, book, self.schedule, self.postbox
        )
        self.open(seat)
        self.seats.append(seat)
        return seat

    def open(self, seat: Seat) -> None:
        """Starts a program on the seat's home."""
        seat.open()
        self.kills[seat.name] = at_once(seat.desk)

    # ---------------------------------------------------------------------------------------------- what happens

    def turn(self, seconds: float) -> None:
        """See `play.Ground`."""
        self.clock.turn(seconds)

    async def moment(self, dice: random.Random) -> None:
        """See `play.Ground`."""
        for _ in range(dice.randint(1, 12)):
            await asyncio.sleep(dice.choice((0, 0, 0.01)))

    async def time_passes(self) -> None:
        """See `play.Ground`."""
        await asyncio.sleep(2 * PATIENCE)

    async def arrive(self) -> None:
        """See `play.Ground`."""
        for seat in self.seats:
            if isinstance(seat.transport, FaultyTransport):
                seat.transport.arrive()

    async def restart(self, seat: Seat) -> None:
        """See `play.Ground`."""
        self.kill(seat)
        self.open(seat)

    def kill(self, seat: Seat) -> None:
        """The seat's program is gone, whatever it was doing."""
        assert isinstance(seat.transport, FaultyTransport)
        seat.transport.alive = False
        kill = self.kills[seat.name]
        kill()
        self.dead += [kill, seat.transport]

    def hang(self) -> None:
        """From now on the server accepts everything and answers nothing."""
        self.schedule.over = False
        self.schedule.coming = [Fault.STALL] * 1_000

    async def colleague(self, dice: random.Random) -> str:
        """See `play.Ground`."""
        ref = dice.choice(self.tickets)
        number, rt = int(ref.id), self.rt
        self.said += 1
        what = dice.choice(
            ("says", "notes", "answers", "adds", "removes", "outcome", "document", "status", "hides", "document")
        )
        ticket = rt.tickets[number]
        team = dice.choice(TEAMS)
        chosen = ticket.fields.get(7, [])
        match what:
            case "says" | "notes":
                rt.say(number, "Correspond" if what == "says" else "Comment", "colleague", f"word {self.said}")
            case "answers":
                rt.say(number, "Correspond", "colleague", f"accept {team.removeprefix('ea-')}")
            case "adds":
                rt.set_field(number, 7, [*chosen, *([] if team in chosen else [team])], "colleague")
            case "removes":
                rt.set_field(number, 7, [each for each in chosen if each != team], "colleague")
            case "outcome":
                rt.set_field(number, 8, [dice.choice(("ACCEPT", "REJECT"))], "colleague")
            case "document":
                rt.set_field(number, 9, [str(100 + self.said)], "colleague")
            case "status":
                rt.set_status(number, dice.choice(("open", "stalled", "resolved")), "colleague")
            case "hides" if dice.random() < 0.2:
                ticket.hidden = True
        return f"a colleague {what} on {ref}"

    # ------------------------------------------------------------------------------------------------- the truth

    def truth(self) -> Truth:
        """See `play.Ground`."""
        truth = Truth(
            letters=Counter(self.postbox.posted),
            gone={str(number) for number, ticket in self.rt.tickets.items() if ticket.hidden},
        )
        for row in self.rt.transactions:
            ticket = str(row.ticket)
            if row.type in ("Correspond", "Comment", "Create"):
                parts = [part for part in self.rt.parts if part.transaction == row.id]
                text = next((part.content for part in parts if part.kind == "text/plain" and not part.filename), "")
                files = tuple((part.filename, part.length) for part in parts if part.filename)
                truth.said.append(Said(row.id, ticket, row.type, row.creator, text, files))
            else:
                truth.changes += self._changes(row)
        for number, ticket_row in self.rt.tickets.items():
            truth.parents |= {str(number): str(parent) for parent in ticket_row.member_of}
            for field_number, values in ticket_row.fields.items():
                truth.values[str(number), self.rt.names[field_number]] = set(values)
            truth.values[str(number), "status"] = {ticket_row.status}
            truth.values[str(number), "link"] = set(ticket_row.refers_to)
            truth.values[str(number), "owner"] = {ticket_row.owner}
            truth.values[str(number), "due"] = {ticket_row.due[:10]}
        return truth

    def newest(self) -> int:
        """See `play.Ground`."""
        return self.rt.transactions[-1].id

    def _changes(self, row: Transaction) -> Iterator[Change]:
        field = row.field or ""
        named = self.rt.names.get(int(field), "") if field.isdigit() else ""
        kinds = {
            "CustomField": named,
            "Status": "status",
            "AddLink": "link",
            "DeleteLink": "link",
            "Set": field.lower(),
        }
        what = kinds.get(row.type, "")
        for value, put in ((row.old, False), (row.new, True)):
            if what and (shown := self._plain(what, value)):
                yield Change(row.id, str(row.ticket), what, shown, row.creator, put=put)

    def _plain(self, what: str, value: str) -> str:
        if what == "owner":
            return next((name for name, number in self.rt.users.items() if str(number) == value), "")
        return value[:10].replace("1970-01-01", "") if what == "due" else value


@contextmanager
def played(seed: int, *, steps: int = 18) -> Iterator[Play]:
    """A play of that seed, ready to run in its own loop; see `run`."""
    loop = TurningLoop()
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        ground = FakeGround(seed, loop)
        shape = SHAPES[seed % 3]
        ground.schedule.story.append(f"--- seed {seed}: {shape}")
        book = Book("sro-manager")
        seats = [ground.sit("anna", Path(folder) / "anna", "sro-manager", book)]
        if shape == "one home":
            seats.append(ground.sit("anna again", Path(folder) / "anna", "sro-manager", book))
        if shape == "two homes":
            seats.append(ground.sit("bert", Path(folder) / "bert", "sro-manager2", Book("sro-manager2")))
        asking = Asking(random.Random(f"asking {seed}"), TEAMS, NOON.date())
        try:
            yield Play(seed, ground, seats, asking, steps=steps)
        finally:
            ended(loop, ground)


def run(seed: int, *, steps: int = 18) -> tuple[list[str], Play]:
    """Plays one seed. Returns what is wrong, and the play with its story."""
    with played(seed, steps=steps) as play:
        assert isinstance(play.ground, FakeGround)
        found = play.ground.loop.run_until_complete(play.run())
    return found, play


def ended(loop: TurningLoop, ground: FakeGround) -> None:
    """Everybody dies, and the loop is closed."""
    for kill in ground.kills.values():
        kill()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()
