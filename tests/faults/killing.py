"""Kills ppstui at every boundary of the write path, one after the other, and looks at what is left.

    python -m tests.faults.killing comment   # prints one line of JSON

A process of its own, with one thread: it serves the fake, forks a child that does the action and dies at boundary n,
forks another that starts on the same home and delivers, and checks the laws from the server's side; n = 0, 1, 2, …
until a child comes to its end alive. Boundaries are before and after every commit of the outbox and every request; for
a mail every step of its handing over as well, where the mail server kills whoever is talking to it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import random
import re
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio._backends._asyncio
import httpcore
import httpx
import msgspec

import ppstui.backends.rt.backend
from ppstui.backends.rt import RT
from ppstui.backends.smtp import Smtp
from ppstui.backends.targets.smtp import Options as MailOptions
from ppstui.errors import PpsError
from ppstui.model import Assign, Command, Entry, Poll, State, command_name
from ppstui.store._sqlite import DatabaseFile
from ppstui.store.asked import DOUBT
from ppstui.testing import toolbox
from ppstui.testing.reading import NOON
from tests.faults.asking import Asking
from tests.faults.fake_ground import MEMORY, TEAMS, TOKENS, FakeGround, served
from tests.faults.laws import Book, broken
from tests.faults.live_ground import TurnedClock
from tests.faults.mail_server import MailServer
from tests.faults.schedule import Schedule
from tests.faults.seat import Account, Seat
from tests.faults.serving import Served
from tests.faults.turning import TurningLoop

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

MOST = 200
"""No action has so many boundaries; one that seems to never ends."""

KILLED = -signal.SIGKILL

PLACES = ("desk", "server", "mail")
"""Where it dies: at a boundary of its own, while the server works at a write, at a step of a mail."""

SLOW = 0.4
"""Seconds that a server works at a write; more than the next start of ppstui takes."""

_WRITE = re.compile(r"/ticket/\d+(/comment|/correspond)?$")

T = TypeVar("T")


class Boundaries:
    """Counts them; at the one that was chosen the process ends without a word."""

    def __init__(self, chosen: int) -> None:
        self.left = chosen

    def reached(self) -> None:
        """Here is one."""
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1

    def watch(self, seat: Seat) -> None:
        """From now on the commits of this seat's outbox are boundaries."""
        watched = _Watched.__new__(_Watched)
        watched.__dict__.update(seat.desk._outbox._file.__dict__)
        watched.reached = self.reached
        seat.desk._outbox._file = watched


class _Watched(DatabaseFile):
    """A database file that tells before and after each commit."""

    reached: Callable[[], None]

    def _connected(self, *, fresh: bool) -> sqlite3.Connection:
        connection = super()._connected(fresh=fresh)
        connection.set_trace_callback(lambda statement: self.reached() if statement == "COMMIT" else None)
        return connection

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """See `DatabaseFile`."""
        done = super().write(work)
        self.reached()
        return done


class _Wire(httpx.AsyncBaseTransport):
    """The network, with a boundary on both sides of every request."""

    def __init__(self, reached: Callable[[], None]) -> None:
        self.reached = reached
        self.inner = httpx.AsyncHTTPTransport(verify=False)  # making a TLS context costs more than a whole life here

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.reached()
        response = await self.inner.handle_async_request(request)
        await response.aread()
        self.reached()
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()


@dataclass
class Scene:
    """One fresh server and one fresh home."""

    ground: FakeGround
    home: Path
    command: Command
    what: str
    mail_port: int

    def seat(self, port: int, boundaries: Boundaries, clock: TurnedClock) -> Seat:
        """A new process' desk."""
        account = Account("sro-manager", TOKENS["sro-manager"], f"http://127.0.0.1:{port}/rt")
        server = MailOptions(host="127.0.0.1", port=self.mail_port, sender="sro-manager@example.org")
        mailer = Smtp(server, toolbox("mail"))
        book, schedule = Book("sro-manager"), Schedule(0, over=True)
        seat = Seat("anna", self.home, account, clock, lambda _: _Wire(boundaries.reached), book, schedule, mailer)
        seat.open()
        return seat


async def _work(scene: Scene, port: int, chosen: int, told: Path) -> None:
    """The action, from the key press to its end, with a death somewhere."""
    boundaries = Boundaries(-1)
    seat = scene.seat(port, boundaries, TurnedClock())
    await seat.desk.refresh()
    if scene.what == "undo":
        entry = await seat.desk.submit(scene.command, reason="it is to be taken back")
        await seat.desk.settle(entry.id, 20)
    boundaries.watch(seat)
    boundaries.left = chosen
    if scene.what == "undo":
        entry = await seat.desk.undo(entry.id)
    else:
        entry = await seat.desk.submit(scene.command, reason="a reason, where one is wanted")
    _write(told, str(entry.id).encode())
    await seat.desk.settle(entry.id, 20)
    await seat.desk.deliver()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def _recover(scene: Scene, port: int, left: Path, pause: float) -> None:
    """The next start on that home: everything that was asked for arrives, at once or when time has passed.

    `pause`: real seconds from the first attempt to the next, which the clock takes for a minute.
    """
    clock = TurnedClock()
    seat = scene.seat(port, Boundaries(-1), clock)
    await seat.desk.load()
    for _ in range(4):
        await seat.desk.refresh()
        await seat.desk.deliver()
        if not any(entry.state in (State.WAITING, State.SENDING) for entry in seat.desk.board.entries()):
            break
        await asyncio.sleep(pause)
        clock.offset += dt.timedelta(minutes=1)
    entries = await seat.desk._aside.run(seat.desk._outbox.entries)
    _write(left, msgspec.msgpack.encode(entries))
    await seat.desk.aclose()


@dataclass
class Found:
    """What came of all the deaths of one kind of action."""

    what: str
    boundaries: int = 0
    wrong: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)


def _child(work: Callable[[], object]) -> int:
    """Does it in a process of its own. Its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    except PpsError as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(3)
    except BaseException:  # noqa: BLE001  a child must never come back into its parent's code
        traceback.print_exc()
        os._exit(4)
    os._exit(0)


async def _ended(pid: int) -> int:
    """Waits, and serves meanwhile. How it ended."""
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)  # noqa: ASYNC222  it does not wait
        if done:
            return os.waitstatus_to_exitcode(status)
        await asyncio.sleep(0.002)


class Nursery:
    """Where children are born, and die."""

    def __init__(self, what: str, folder: Path) -> None:
        self.found = Found(what)
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.server = Served(lambda _: httpx.Response(500))
        self.server.arrived = self._arrived
        self.victim = 0
        self.writes_left = -1
        self.port = self.loop.run_until_complete(self.server.open())
        self.mail = MailServer()
        self.mail_port = self.loop.run_until_complete(self.mail.open())

    def run(self) -> Found:
        """Every boundary, until one is beyond the end; then while a server works; then every step of a mail."""
        for place in PLACES:
            for chosen in range(MOST):
                if self._one(chosen, place) != KILLED:
                    break
                self.found.boundaries += 1
            else:
                self.found.wrong.append(f"more than {MOST} boundaries")
        return self.found

    def _scene(self, chosen: int) -> Scene:
        random.seed(chosen)
        ground = FakeGround(0, TurningLoop())
        command = command_of(self.found.what, ground)
        self.server.answer = served(ground.rt, TOKENS["sro-manager"])
        self.mail.posted.clear()
        home = Path(tempfile.mkdtemp(dir=self.folder))
        return Scene(ground, home, command, self.found.what, self.mail_port)

    def _one(self, chosen: int, place: str) -> int:
        """One life, one death, one life after."""
        scene = self._scene(chosen)
        told, left = self.folder / "told", self.folder / "left"
        told.unlink(missing_ok=True)
        left.unlink(missing_ok=True)
        self.mail.left = chosen if place == "mail" else -1
        self.writes_left = chosen if place == "server" else -1
        ended = self._lived(lambda: asyncio.run(_work(scene, self.port, chosen if place == "desk" else -1, told)))
        self.mail.left = self.writes_left = -1
        pause = SLOW if place == "server" else 0.0
        again = self._lived(lambda: asyncio.run(_recover(scene, self.port, left, pause)))
        self.loop.run_until_complete(self.server.rest())
        if ended not in (0, KILLED) or again != 0:
            self.found.wrong.append(f"boundary {chosen}: the children ended with {ended} and {again}")
            return 0
        self._check(chosen, scene, told, left)
        return ended

    def _arrived(self, method: str, path: str) -> float:
        """A write that has arrived while its sender is to die: the server works at it for a while."""
        if method == "GET" or not _WRITE.search(path) or self.writes_left < 0:
            return 0.0
        self.writes_left -= 1
        if self.writes_left >= 0:
            return 0.0
        os.kill(self.victim, signal.SIGKILL)
        return SLOW

    def _lived(self, work: Callable[[], object]) -> int:
        self.mail.victim = self.victim = pid = _child(work)
        return self.loop.run_until_complete(_ended(pid))

    def _check(self, chosen: int, scene: Scene, told: Path, left: Path) -> None:
        entries = msgspec.msgpack.decode(left.read_bytes(), type=tuple[Entry, ...])
        book = Book("sro-manager", entries=entries)
        if told.exists():
            number = int(told.read_text())
            book.told[number] = next((entry.command for entry in entries if entry.id == number), scene.command)
        truth = scene.ground.truth()
        truth.letters.update(self.mail.posted)
        wrong = broken([book], truth, settled=True)
        wrong += [
            f"not delivered: {entry.id} {entry.state.value}: {entry.last_error}"
            for entry in entries
            if entry.state not in (State.DONE, State.UNDONE) and not _asks_about_its_mail(entry)
        ]
        for entry in entries:
            self.found.states[entry.state.value] = self.found.states.get(entry.state.value, 0) + 1
        self.found.wrong += [f"boundary {chosen}: {sentence}" for sentence in wrong]


def _asks_about_its_mail(entry: Entry) -> bool:
    """Nobody can find out whether the mail left: a person decides, and the mail was not sent again."""
    return isinstance(entry.command, Poll) and entry.state is State.PARKED and DOUBT in entry.last_error


def command_of(what: str, ground: FakeGround) -> Command:
    """The action of that name, on a rollout where it may happen."""
    kinds = {command_name(kind): kind for kind in RT.offer.writes}
    asking = Asking(random.Random("killing"), (TEAMS[2],), NOON.date())
    ref = ground.tickets[2]
    if what == "undo":
        return Assign(target=ground.tickets[0], add=(TEAMS[0],))
    if what == "assign":
        return Assign(target=ground.tickets[0], add=(TEAMS[0],))
    return asking.of(kinds[what], ref, ground.rt.tickets[int(ref.id)].subject)


def main() -> None:
    """Prints what was found."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        found = Nursery(sys.argv[1], Path(folder)).run()
    print(json.dumps(found.__dict__))


_IMPORTED_BEFORE_THE_FORK = (anyio._backends._asyncio, httpcore, ppstui.backends.rt.backend)
"""Or every child would import them anew."""

if __name__ == "__main__":
    main()
