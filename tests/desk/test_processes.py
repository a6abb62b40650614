"""Real processes on one home: killed without a word, and side by side."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ppstui.model import State
from ppstui.store.asked import DOUBT, LEAVING
from tests.desk.world import World, rollout

if TYPE_CHECKING:
    from ppstui.desk import Desk

ROOT = Path(__file__).parents[2]

QUEUES_AND_IS_KILLED = """
import asyncio, os, pathlib, signal, sys
from ppstui.model import Comment, Poll, Ref
from tests.desk.world import World, rollout

POLL = Poll(target=Ref("rt", "1"), to="early-adopters-emi@mailman.egi.eu", subject="Who?", text="Please answer.")

async def main():
    world = World(pathlib.Path(sys.argv[1]))
    rt = world.tracker("rt")
    rt.has(rollout("rt:1"))
    desk = world.desk()
    await desk.refresh()
    mails = sys.argv[2] in ("leaving", "mailed")
    await desk.submit(POLL if mails else Comment(target=Ref("rt", "1"), text="hello"))
    print("queued", flush=True)
    if mails:
        rt.silent = True
        if sys.argv[2] == "leaving":
            world.mailer.gate = asyncio.Event()
        delivering = asyncio.ensure_future(desk.deliver())
        await (world.mailer if sys.argv[2] == "leaving" else rt).arrivals.get()
        print(sys.argv[2], flush=True)
    if sys.argv[2] == "sending":
        rt.silent = True
        delivering = asyncio.ensure_future(desk.deliver())
        await rt.arrivals.get()
        print("sending", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "state")
    world.tracker("rt").has(rollout("rt:1"))
    return world


def killed(world: World, when: str) -> str:
    """What a process said that queued a comment and was killed then."""
    done = subprocess.run(
        [sys.executable, "-c", QUEUES_AND_IS_KILLED, str(world.home), when],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    return done.stdout


async def opened(world: World) -> Desk:
    desk = world.desk()
    await desk.load()
    return desk


async def test_what_was_told_to_be_queued_survives_a_kill(world: World) -> None:
    assert killed(world, "waiting") == "queued\n"
    desk = await opened(world)
    assert [entry.state for entry in desk.board.entries()] == [State.WAITING]
    shown = desk.board.rollout(desk.board.entries()[0].command.target)
    assert shown is not None, "the cache was written before"
    assert [message.text for message in shown.messages] == ["hello"]
    await desk.deliver()
    assert world.trackers["rt"].texts("rt:1") == ["hello"]


async def test_a_delivery_that_was_killed_is_taken_up_by_the_next_on_this_machine(world: World) -> None:
    assert killed(world, "sending") == "queued\nsending\n"
    desk = await opened(world)
    assert [entry.state for entry in desk.board.entries()] == [State.SENDING]
    await desk.deliver()
    assert [entry.state for entry in desk.board.entries()] == [State.WAITING], "the server may still be at it"
    world.clock.turn(seconds=31)
    await desk.deliver()
    (entry,) = desk.board.entries()
    assert entry.state is State.DONE
    assert world.trackers["rt"].keys_of() == [entry.key], "under the same key"
    assert "half sent" in " ".join(happening.text for happening in await desk.history(entry.id))


async def test_a_mail_that_was_leaving_when_the_program_was_killed_is_never_sent_again_by_itself(world: World) -> None:
    assert killed(world, "leaving") == "queued\nleaving\n"
    mailer = world.mailer
    assert mailer is not None
    desk = await opened(world)
    for _ in range(3):
        await desk.deliver()
        world.clock.turn(hours=1)
    (entry,) = desk.board.entries()
    assert (entry.state, entry.mail, entry.last_error) == (State.PARKED, LEAVING, DOUBT)
    assert mailer.tries == 0
    assert world.trackers["rt"].effects == [], "the record is not told of what nobody knows"
    await desk.retry(entry.id)
    await desk.deliver()
    assert mailer.tries == 1, "a person has decided"


async def test_of_a_mail_that_had_gone_when_the_program_was_killed_only_the_note_is_written(world: World) -> None:
    assert killed(world, "mailed") == "queued\nmailed\n"
    mailer = world.mailer
    assert mailer is not None
    desk = await opened(world)
    await desk.deliver()
    world.clock.turn(seconds=31)
    await desk.deliver()
    (entry,) = desk.board.entries()
    assert (entry.state, entry.mail) == (State.DONE, "250 queued")
    assert mailer.tries == 0
    assert world.trackers["rt"].keys_of() == [entry.key]


def test_a_disk_that_hangs_does_not_keep_the_program_from_ending() -> None:
    program = "import threading; from ppstui.desk.aside import Aside; Aside().post(threading.Event().wait)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=20, check=False).returncode == 0
