"""An hour of work in foul weather: two coordinators, a flaky proxy, a real Request Tracker.

    python -m tests.faults.soak --minutes 60 [--seed 1] [--pause 4]

Two processes with homes of their own ask for actions of every kind and deliver as a running desk does, through proxies
that do what a schedule says. In the end the proxies are honest, everything arrives, and the laws are checked in RT's
own database. Every process says now and then how much memory it has; after the first third that must not grow.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ppstui.errors import Objected, PpsError
from ppstui.model import Entry, Ref, State
from tests.faults.asking import Asking
from tests.faults.laws import Book, broken
from tests.faults.live_ground import READ_TIMEOUT, TEAMS, TurnedClock, highest, look
from tests.faults.proxy import Proxy
from tests.faults.schedule import Schedule
from tests.faults.seat import Account, Postbox, Seat
from tests.servers.rt_site import Site, start_site

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
TICKETS = ("2", "4", "8", "12", "14", "16", "20", "24", "26")
WHO = ("manager", "manager2")
GROWTH = 1.10
"""How much more memory than at the end of the first third a process may have in the end."""
LONG = 600.0
"""Seconds after which memory must have come to rest."""
HURRY = 20.0
"""The clocks go so much faster than time: what waits half an hour comes again in this run."""


class HurryingClock(TurnedClock):
    """A wall clock that hurries from the moment it is made."""

    def __init__(self) -> None:
        super().__init__()
        self._start = super().__call__()

    def __call__(self) -> dt.datetime:
        now = super().__call__()
        return now + (now - self._start) * (HURRY - 1)


# ------------------------------------------------------------------------------------------------ one coordinator


def memory() -> int:
    """What this process has in memory, in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def says(**what: object) -> None:
    """Tells the parent something, a line of JSON each."""
    print(json.dumps(what), flush=True)


class Worker:
    """One coordinator's process."""

    def __init__(self, home: Path, account: Account, who: str, seed: int, pause: float) -> None:
        schedule = Schedule(seed, over=True)
        self.pause = pause
        options: dict[str, object] = {"read_timeout": dt.timedelta(seconds=READ_TIMEOUT)}
        self.postbox = Postbox(Schedule(seed), who)
        book, self.clock = Book(account.name), HurryingClock()
        self.seat = Seat(who, home, account, self.clock, lambda _: None, book, schedule, self.postbox, options=options)
        self.dice = random.Random(f"soak {seed} {who}")
        self.asking = Asking(self.dice, TEAMS, TurnedClock()().date())
        self.asking.begin(1_000_000 * (1 + WHO.index(who)))

    async def run(self, seconds: float) -> None:
        """Works so long, then waits for everything to arrive, then says what was asked."""
        desk = self.seat.open()
        await desk.load()
        running = asyncio.ensure_future(desk.run())
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self._step()
            self.seat.story.clear()
            says(who=self.seat.name, memory=memory())
            await asyncio.sleep(2 * self.pause * self.dice.random())
        says(who=self.seat.name, working=False)
        await asyncio.to_thread(sys.stdin.readline)  # from now on the proxy is honest
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await self._quiet()
        entries = await desk._aside.run(desk._outbox.entries)
        left = msgspec.json.encode(entries).decode()
        told = {number: msgspec.to_builtins(command.target) for number, command in self.seat.book.told.items()}
        says(who=self.seat.name, left=left, told=told, let_go=self.seat.book.let_go, posted=self.postbox.posted)
        await desk.aclose()

    async def _step(self) -> None:
        desk, ref = self.seat.desk, Ref("rt", self.dice.choice(TICKETS))
        rollout = desk.board.rollout(ref)
        if rollout is not None and self.dice.random() < 0.7:
            try:
                self._told(await desk.submit(self.asking.one(ref, rollout.title), reason="the soak wants it"))
            except Objected:
                return
        elif entries := desk.board.entries():
            await self._decide(
                self.dice.choice(entries), self.dice.choice(("undo", "retry", "discard", "keep_comment"))
            )

    def _told(self, entry: Entry) -> None:
        self.seat.book.told[entry.id] = entry.command

    async def _decide(self, entry: Entry, what: str) -> None:
        if what == "retry":
            self.seat.book.let_go[entry.id] += 1
        try:
            made = await getattr(self.seat.desk, what)(entry.id)
        except PpsError:
            return
        if made.id != entry.id:
            self._told(made)

    async def _quiet(self) -> None:
        desk = self.seat.desk
        for _ in range(20):
            self.clock.offset += dt.timedelta(seconds=2100)
            await desk.refresh()
            await desk.deliver()
            pending = [entry for entry in desk.board.entries() if entry.state.pending]
            if not pending:
                return
            for entry in pending:
                if entry.state is State.PARKED:
                    await self._decide(entry, "discard")


# ----------------------------------------------------------------------------------------------------- the parent


@dataclass
class Colleague:
    """One process as the parent sees it."""

    who: str
    process: asyncio.subprocess.Process
    memory: list[int] = field(default_factory=list)
    book: Book = field(default_factory=lambda: Book(""))
    posted: list[str] = field(default_factory=list)
    resting: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Hears everything it says, until it ends."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            said = json.loads(line)
            if "memory" in said:
                self.memory.append(said["memory"])
            elif "left" in said:
                self.book.entries = msgspec.json.decode(said["left"], type=tuple[Entry, ...])
                by_id = {str(entry.id): entry for entry in self.book.entries}
                self.book.told = {int(number): by_id[number].command for number in said["told"] if number in by_id}
                lost = [number for number in said["told"] if number not in by_id]
                assert not lost, f"{self.who}: told to be queued and in no outbox: {lost}"
                self.book.let_go.update({int(number): count for number, count in said["let_go"].items()})
                self.posted = said["posted"]
            else:
                self.resting.set()
        await self.process.wait()
        self.resting.set()

    @property
    def growth(self) -> float:
        """What it has in the end, by what it had after a third."""
        third, tail = len(self.memory) // 3, max(len(self.memory) // 10, 1)
        early = self.memory[third : third + tail] or [1]
        return (sum(self.memory[-tail:]) / tail) / (sum(early) / len(early)) if self.memory else 0.0


async def soak(site: Site, seconds: float, seed: int, pause: float, folder: Path) -> tuple[list[str], str]:
    """Everything. Returns what is wrong, and a summary."""
    since = highest(site, "Transactions")
    schedules = [Schedule(seed + number) for number in range(len(WHO))]
    async with Proxy(site.url, schedules[0], WHO[0]) as first, Proxy(site.url, schedules[1], WHO[1]) as second:
        crew = [
            Colleague(who, await _started(folder / who, site, proxy.url, who, (seconds, seed, pause)))
            for who, proxy in zip(WHO, (first, second), strict=True)
        ]
        for colleague in crew:
            colleague.book.account = site.user(colleague.who)
        listening = [asyncio.ensure_future(colleague.listen()) for colleague in crew]
        reopening = asyncio.ensure_future(_keep_open(site))
        for colleague in crew:
            await colleague.resting.wait()
        reopening.cancel()
        for schedule, proxy in zip(schedules, (first, second), strict=True):
            schedule.over = True
            await proxy.arrive()
        for colleague in crew:
            assert colleague.process.stdin is not None
            colleague.process.stdin.write(b"well\n")
        await asyncio.gather(*listening)
    truth = look(site, since)
    for colleague in crew:
        truth.letters.update(colleague.posted)
    wrong = broken([colleague.book for colleague in crew], truth, settled=True)
    wrong += [
        f"{each.who}: memory grew by {each.growth - 1:.0%} after the first third"
        for each in crew
        if seconds >= LONG and each.growth > GROWTH
    ]
    wrong += [
        f"{each.who}: the process ended with {each.process.returncode}" for each in crew if each.process.returncode
    ]
    return wrong, _summary(crew, schedules, seconds)


async def _keep_open(site: Site) -> None:
    """A third person opens again what was closed, so that there is always something to do."""

    def reopen() -> None:
        with site.client() as client:
            for ticket in TICKETS:
                if client.get(f"/ticket/{ticket}").json()["Status"] not in ("new", "open"):
                    client.put(f"/ticket/{ticket}", json={"Status": "open"})

    while True:
        await asyncio.sleep(10)
        await asyncio.to_thread(reopen)


async def _started(
    home: Path, site: Site, url: str, who: str, figures: tuple[float, int, float]
) -> asyncio.subprocess.Process:
    words = ("--worker", str(home), url, who, site.user(who), *map(str, figures))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.soak",
        *words,
        cwd=ROOT,
        env=os.environ | {"PPSTUI_SOAK_TOKEN": site.token(who)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=2**26,
    )


def _summary(crew: Sequence[Colleague], schedules: Sequence[Schedule], seconds: float) -> str:
    lines = [f"{seconds / 60:.1f} minutes, {len(crew)} coordinators"]
    for colleague, schedule in zip(crew, schedules, strict=True):
        entries = colleague.book.entries
        by_state = {state: sum(entry.state is state for entry in entries) for state in State}
        states = ", ".join(f"{count} {state.value}" for state, count in by_state.items() if count)
        spoilt = sum(not line.endswith(": pass") for line in schedule.story)
        done = by_state[State.DONE] / max(len(entries), 1)
        lines.append(f"{colleague.who}: {len(entries)} actions ({states}; {done:.0%} done)")
        lines.append(f"  requests: {len(schedule.story)}, spoilt {spoilt / max(len(schedule.story), 1):.0%}")
        lines.append(f"  memory: {_curve(colleague.memory)} MiB, {colleague.growth:.2f} of the first third's")
    return "\n".join(lines)


def _curve(samples: Sequence[int]) -> str:
    step = max(len(samples) // 8, 1)
    return " ".join(f"{sample / 1024:.0f}" for sample in samples[::step])


def main() -> None:
    """The parent, or one of its two workers."""
    if sys.argv[1:2] == ["--worker"]:
        home, url, who, name, seconds, seed, pause = sys.argv[2:]
        account = Account(name, os.environ["PPSTUI_SOAK_TOKEN"], url)
        asyncio.run(Worker(Path(home), account, who, int(seed), float(pause)).run(float(seconds)))
        return
    parser = argparse.ArgumentParser(description="An hour of work in foul weather.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=4.0, help="seconds between two actions of one coordinator")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for site in start_site(Path(folder) / "rt", "--seed", "demo", "--workers", "2"):
            wrong, summary = asyncio.run(soak(site, options.minutes * 60, options.seed, options.pause, Path(folder)))
    print(summary)
    print(*(wrong or ["every law holds"]), sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
