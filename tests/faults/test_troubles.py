"""Troubles of machine and server: full, damaged, ahead of its time, with a clock that jumps, cutting files."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import Objected, StoreError
from ppstui.model import Comment, Incident, Outcome, Poll, SetOutcome, State
from ppstui.store import outbox_schema
from tests.faults.fake_ground import TITLES, played
from tests.faults.laws import broken
from tests.faults.schedule import Fault
from tests.faults.transport import FaultyTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    import httpx

    from ppstui.model import Command, Entry
    from tests.faults.fake_ground import FakeGround
    from tests.faults.play import Play
    from tests.faults.seat import Seat

SETTLED = (State.DONE, State.UNDONE, State.DISCARDED)


class Troubled:
    """One coordinator on a ground without faults; troubles are made by hand."""

    def __init__(self, play: Play, ground: FakeGround) -> None:
        self.play = play
        self.ground = ground
        self.seat: Seat = play.seats[0]
        ground.schedule.over = True
        self.does(self.seat.desk.refresh)

    def does(self, work: Callable[[], Awaitable[object]]) -> None:
        """Waits for it in the time that turns."""

        async def done() -> None:
            await work()

        self.ground.loop.run_until_complete(done())

    @property
    def file(self) -> Path:
        """The outbox on the disk."""
        return self.seat.home / "outbox.sqlite"

    def ask(self, text: str, number: int = 0) -> Entry:
        """Somebody asks for a comment with that text."""
        return self.asked(Comment(target=self.ground.tickets[number], text=text))

    def ask_anything(self, number: int) -> None:
        """Somebody asks for whatever the dice give; a rule may stand against it."""
        with contextlib.suppress(Objected):
            self.asked(self.play.asking.one(self.ground.tickets[number], TITLES[number]))

    def asked(self, command: Command) -> Entry:
        """Somebody asks for that, and is told that it is queued."""
        told: list[Entry] = []

        async def submit() -> None:
            told.append(await self.seat.desk.submit(command, reason="it must be"))

        self.does(submit)
        self.seat.book.told[told[0].id] = told[0].command
        return told[0]

    def start_again(self) -> None:
        """The program is killed and started."""
        self.does(lambda: self.ground.restart(self.seat))

    def entries(self) -> dict[int, Entry]:
        """The outbox, by number."""
        self.seat.book.entries = self.seat.desk._outbox.entries()
        return {entry.id: entry for entry in self.seat.book.entries}

    def wrong(self, *, settled: bool = True) -> list[str]:
        """Which laws do not hold."""
        self.entries()
        return broken(self.play.books(), self.ground.truth(), settled=settled)


@pytest.fixture
def troubled() -> Iterator[Troubled]:
    """One coordinator, no faults."""
    with played(0) as play:
        ground = play.ground
        yield Troubled(play, ground)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ the disk is full


def fill_disk(seat: Seat, pages: int) -> None:
    """Lets the outbox grow by so many pages, then SQLite answers as it does on a full disk."""

    def work(connection: sqlite3.Connection) -> None:
        now = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {now + pages}")

    seat.desk._outbox._file.read(work)


@pytest.mark.parametrize("pages", range(6))
def test_what_a_full_disk_did_not_take_was_never_told_to_be_queued(troubled: Troubled, pages: int) -> None:
    """Wherever it fills up, while asking or between sending and settling: with space again, all is there once."""
    fill_disk(troubled.seat, pages)
    refused = 0
    for number in range(12):
        try:
            troubled.ask(f"text {number} " + "x" * 700, number % 3)
        except StoreError as error:
            refused += "the disk is full" in str(error)
        troubled.does(troubled.seat.desk.deliver)
        assert troubled.wrong(settled=False) == []
    assert refused, "the disk was full"
    fill_disk(troubled.seat, 10_000)
    troubled.does(troubled.play.quiet)
    assert troubled.wrong() == []
    assert {entry.state for entry in troubled.entries().values()} <= {State.DONE}


# ------------------------------------------------------------------------------------------------- the file is damaged


def ruin(file: Path, dice: random.Random) -> None:
    """Some of its pages become garbage or nothing, or its end is lost."""
    content = bytearray(file.read_bytes())
    size = 4096
    pages = len(content) // size
    if dice.random() < 0.3:
        del content[size * dice.randrange(1, pages) :]
    else:
        for _ in range(dice.randint(1, 3)):
            page = dice.randrange(pages)
            content[size * page : size * (page + 1)] = dice.choice((bytes(size), dice.randbytes(size)))
    file.write_bytes(content)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_outbox_doubles_nothing_and_says_what_it_lost(troubled: Troubled, seed: int) -> None:
    dice = random.Random(f"damage {seed}")
    for number in range(12):
        troubled.ask(f"text {number} " + "x" * 900, number % 3)
        if dice.random() < 0.4:
            troubled.does(troubled.seat.desk.deliver)
    told = set(troubled.entries())
    troubled.ground.kill(troubled.seat)
    ruin(troubled.file, dice)
    troubled.ground.open(troubled.seat)
    troubled.does(troubled.play.quiet)
    kept = set(troubled.entries())
    story = "\n".join(troubled.seat.story)
    for number in told - kept:
        said = (
            "it was damaged and is kept as outbox.sqlite.corrupt-" in story
            or f"entry {number} is damaged, or was asked for" in story
        )
        assert said, "what is lost is said"
    wrong = [each for each in troubled.wrong() if not each.startswith(("lost:", "unasked:"))]
    assert wrong == []
    entry = troubled.ask("one more")
    assert entry.id > max(told) or not kept, "numbers are never used twice"
    troubled.does(troubled.seat.desk.deliver)
    assert troubled.entries()[entry.id].state is State.DONE, "and it goes on"


@pytest.mark.parametrize("seed", range(40))
def test_an_older_copy_of_the_outbox_sends_nothing_twice(troubled: Troubled, seed: int, tmp_path: Path) -> None:
    """As after a restore from a backup: what was done since is found on the server."""
    dice = random.Random(f"older {seed}")
    troubled.play.asking.begin(seed * 1_000)

    def ask_some() -> None:
        for _ in range(6):
            troubled.ask_anything(dice.randrange(3))

    troubled.play.asking.leave_out(Poll)  # a mail leaves no trace by which it could be found again
    ask_some()
    troubled.ground.kill(troubled.seat)
    shutil.copy(troubled.file, tmp_path / "copy")
    troubled.ground.open(troubled.seat)
    troubled.does(troubled.play.quiet)
    troubled.ground.kill(troubled.seat)
    shutil.copy(tmp_path / "copy", troubled.file)
    troubled.ground.open(troubled.seat)
    troubled.does(troubled.play.quiet)
    assert [each for each in troubled.wrong() if not each.startswith("unasked:")] == []


def test_an_outbox_of_a_newer_version_is_left_alone(troubled: Troubled) -> None:
    entry = troubled.ask("text 1")
    troubled.ground.kill(troubled.seat)
    version = len(outbox_schema.MIGRATIONS)
    with sqlite3.connect(troubled.file) as file:
        file.execute(f"PRAGMA user_version = {version + 1}")
    file.close()
    before = troubled.file.read_bytes()
    with pytest.raises(StoreError, match="a newer ppstui wrote it"):
        troubled.ground.open(troubled.seat)
    assert troubled.file.read_bytes() == before, "refused, never downgraded"
    with sqlite3.connect(troubled.file) as file:
        file.execute(f"PRAGMA user_version = {version}")
    file.close()
    troubled.ground.open(troubled.seat)
    troubled.does(troubled.play.quiet)
    assert troubled.entries()[entry.id].state is State.DONE
    assert troubled.wrong() == []


# ------------------------------------------------------------------------------------------------------ the clock jumps


@pytest.mark.parametrize("seed", range(20))
def test_a_clock_that_jumps_by_years_neither_loses_nor_doubles(seed: int) -> None:
    dice = random.Random(f"clock {seed}")
    with played(seed * 3) as play:
        troubled = Troubled(play, play.ground)  # type: ignore[arg-type]
        troubled.ground.schedule.over = False
        for _ in range(12):
            troubled.ground.turn(dice.choice((1, 35, 4_000, 90_000, 40_000_000)) * dice.choice((1, -1)))
            troubled.ask_anything(dice.randrange(3))
            troubled.does(troubled.seat.desk.deliver)
            troubled.does(troubled.ground.arrive)
        assert troubled.wrong(settled=False) == []
        troubled.ground.schedule.over = True
        troubled.does(play.quiet)
        assert troubled.wrong() == [], "\n".join(play.story)


# ------------------------------------------------------------------------------------------ the server cuts files


@pytest.mark.parametrize("how", ["truncate", "drop"])
def test_a_report_that_the_server_cuts_is_parked_and_nothing_else_stops(troubled: Troubled, how: str) -> None:
    troubled.ground.rt.longest, troubled.ground.rt.over_limit = 1_000, how
    ref, title = troubled.ground.tickets[2], TITLES[2]
    report = troubled.play.asking.report(ref, title, b"x" * 5_000)
    parked = troubled.asked(report)
    behind, beside = troubled.ask("text 1", 2), troubled.ask("text 2", 1)
    troubled.does(troubled.seat.desk.deliver)
    entries = troubled.entries()
    assert entries[parked.id].state is State.PARKED
    assert report.name in entries[parked.id].last_error
    assert "discard this and report it anew" in entries[parked.id].last_error, "what to do"
    assert entries[behind.id].state is State.WAITING, "about the same record nothing overtakes it"
    assert entries[beside.id].state is State.DONE
    shown = [entry.id for entry in troubled.seat.desk.board.entries() if entry.state is State.PARKED]
    assert shown == [parked.id]

    troubled.ground.rt.longest = None
    troubled.does(lambda: troubled.seat.desk.discard(parked.id))
    troubled.does(troubled.seat.desk.refresh)  # what is left of the first try is nobody's news then
    anew = troubled.asked(report)
    troubled.does(troubled.seat.desk.deliver)
    entries = troubled.entries()
    assert {entries[each.id].state for each in (anew, behind, beside)} == {State.DONE}
    files = [file for message in troubled.ground.truth().said for file in message.files]
    listed = 2 if how == "truncate" else 1  # RT goes on listing a file that it cut at its old length
    assert files.count((report.name, 5_000)) == listed
    assert troubled.wrong() == []


# ------------------------------------------------------------------------------------- what a colleague changed since


@pytest.mark.parametrize("what", ["outcome", "incident"])
def test_what_a_colleague_changed_after_it_had_happened_is_left_as_it_is(troubled: Troubled, what: str) -> None:
    """The answer to the last look was lost; when it is tried again the effect is there, and is history already."""
    ref, url, rt = troubled.ground.tickets[1], "https://ggus.example.org/?ticket=1", troubled.ground.rt
    number, schedule, wire = int(ref.id), troubled.ground.schedule, troubled.seat.transport
    commands: dict[str, Command] = {
        "outcome": SetOutcome(target=ref, outcome=Outcome.ACCEPT, reason="all is well"),
        "incident": Incident(target=ref, url=url, text="it broke"),
    }
    entry = troubled.asked(commands[what])
    assert isinstance(wire, FaultyTransport)
    server = wire.server

    def silent_after_the_note(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/comment"):
            schedule.over, schedule.coming = False, [Fault.DROP] * 2
        return server(request)

    wire.server = silent_after_the_note
    troubled.does(troubled.seat.desk.deliver)
    assert troubled.entries()[entry.id].state is State.WAITING
    schedule.over = True
    if what == "outcome":
        rt.set_field(number, 8, ["REJECT"], "colleague")
    else:
        rt.tickets[number].refers_to.clear()
        rt.log(number, "DeleteLink", "colleague", field="RefersTo", old=url)
    troubled.does(troubled.play.quiet)
    done = troubled.entries()[entry.id]
    assert done.state is State.DONE
    assert "a colleague's write won" in done.receipt
    assert (rt.tickets[number].fields.get(8, []), rt.tickets[number].refers_to)[what == "incident"] in (["REJECT"], [])
    assert troubled.wrong() == []


# ---------------------------------------------------------------------------------- the desk is never held up by it


def test_asking_answers_at_once_while_every_delivery_hangs(troubled: Troubled) -> None:
    """No time passes on the loop's clock between the wish and the word that it is queued; then it is on the disk."""
    troubled.ground.hang()

    async def ask() -> None:
        delivering = asyncio.ensure_future(troubled.seat.desk.deliver())
        await asyncio.sleep(1)
        loop = asyncio.get_running_loop()
        for number in range(3):
            asked = loop.time()
            entry = await troubled.seat.desk.submit(Comment(target=troubled.ground.tickets[0], text=f"more {number}"))
            assert loop.time() == asked
            with sqlite3.connect(f"file:{troubled.file}?mode=ro", uri=True) as file:
                assert file.execute("SELECT key FROM entry WHERE id = ?", (entry.id,)).fetchone() == (entry.key,)
        delivering.cancel()

    troubled.ask("text 1")
    troubled.does(ask)
