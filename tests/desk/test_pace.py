"""A desk that runs by itself: when it reads, when it delivers, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from ppstui.desk import Changed, OutboxChanged, SourceChanged
from ppstui.model import Comment, Kind, Ref, State
from tests.desk.world import World, rollout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from ppstui.desk import Desk


class Running:
    """A desk that runs, and what it tells."""

    def __init__(self, world: World, *, patience: float = 5.0) -> None:
        self.world = world
        self.desk: Desk = world.desk(patience=patience)
        self.task = asyncio.ensure_future(self.desk.run())

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Waits until it is so, looking whenever something is told."""
        async with asyncio.timeout(10):
            while not wanted():
                await self.world.told.get()

    async def end(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        await self.desk.aclose()


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "state")
    world.tracker("rt").has(rollout("rt:1"))
    return world


@pytest.fixture
async def running(world: World) -> AsyncIterator[Running]:
    running = Running(world)
    yield running
    await running.end()


def reads(world: World, name: str = "rt") -> int:
    return world.trackers[name].asked.count("fetch rollouts")


async def test_it_reads_at_once_and_then_at_the_pace_of_the_source(world: World, running: Running) -> None:
    desk = running.desk
    await running.until(lambda: bool(desk.board.sources()[0].as_of) and not desk.board.sources()[0].reading)
    assert desk.board.count(Kind.ROLLOUT) == 1
    assert reads(world) == 1
    world.clock.turn(seconds=50)
    desk.nudge()
    await asyncio.sleep(0)
    assert reads(world) == 1
    world.clock.turn(seconds=20)
    desk.nudge()
    await running.until(lambda: reads(world) == 2)


async def test_what_is_queued_goes_by_itself(world: World, running: Running) -> None:
    desk = running.desk
    await running.until(lambda: desk.board.count(Kind.ROLLOUT) == 1)
    entry = await desk.submit(Comment(target=Ref("rt", "1"), text="hello"))
    await running.until(lambda: "1 done" in world.states())
    second = await desk.submit(Comment(target=Ref("rt", "1"), text="again"))
    await running.until(lambda: "2 done" in world.states())
    assert (entry.id, second.id) == (1, 2)
    assert world.trackers["rt"].texts("rt:1") == ["hello", "again"]


async def test_what_waits_goes_when_its_time_has_come(world: World, running: Running) -> None:
    desk, rt = running.desk, world.trackers["rt"]
    await running.until(lambda: desk.board.count(Kind.ROLLOUT) == 1)
    rt.lose_answers = 1
    await desk.submit(Comment(target=Ref("rt", "1"), text="hello"))
    await running.until(lambda: world.states()[-1:] == ["1 waiting"] and "1 sending" in world.states())
    world.clock.turn(seconds=15)
    desk.nudge()
    await running.until(lambda: "1 done" in world.states())
    assert rt.texts("rt:1") == ["hello"]


async def test_a_source_that_is_down_is_asked_less_and_less_often(world: World) -> None:
    world.trackers["rt"].down = True
    running = Running(world)
    (channel,) = running.desk.channels()
    waits = []
    for count in range(1, 7):
        await running.until(lambda count=count: channel.readings == count and not channel.status().reading)  # type: ignore[misc]
        assert channel.next_reading is not None
        waits.append((channel.next_reading - world.clock.now).total_seconds())
        world.clock.now = channel.next_reading
        running.desk.nudge()
    await running.end()
    for wait, rate in zip(waits, [60, 120, 240, 480, 600, 600], strict=True):
        assert 0.9 * rate <= wait <= 1.1 * rate


async def test_a_server_that_names_a_time_is_not_asked_before(world: World) -> None:
    rt = world.trackers["rt"]
    rt.down, rt.retry_after = True, 900
    running = Running(world)
    (channel,) = running.desk.channels()
    await running.until(lambda: channel.readings == 1 and not channel.status().reading)
    assert channel.next_reading is not None
    assert (channel.next_reading - world.clock.now).total_seconds() == 900
    await running.end()


async def test_a_hung_source_stops_neither_the_others_nor_the_end(world: World) -> None:
    world.tracker("jira").has(rollout("jira:1"))
    world.trackers["rt"].silent = True
    running = Running(world, patience=60)
    await running.until(lambda: running.desk.board.count(Kind.ROLLOUT) == 1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await running.end()
    assert loop.time() - began < 1


async def test_a_backend_that_will_not_close_does_not_hold_up_the_end(world: World) -> None:
    running = Running(world)
    await running.until(lambda: running.desk.board.count(Kind.ROLLOUT) == 1)
    (channel,) = running.desk.channels()

    class Stubborn:
        async def aclose(self) -> None:
            await asyncio.Event().wait()

    channel._backend = Stubborn()  # type: ignore[assignment]
    loop = asyncio.get_running_loop()
    began = loop.time()
    await running.end()
    assert loop.time() - began < 1


async def test_what_another_desk_queues_is_seen_and_delivered(world: World, running: Running) -> None:
    desk = running.desk
    await running.until(lambda: desk.board.count(Kind.ROLLOUT) == 1)
    await desk.submit(Comment(target=Ref("rt", "1"), text="one"))
    await running.until(lambda: "1 done" in world.states())
    other = world.desk()
    entry = await other.submit(Comment(target=Ref("rt", "1"), text="two"))
    settled = await other.settle(entry.id, 10)
    assert settled.state is State.DONE
    await other.aclose()
    assert world.trackers["rt"].texts("rt:1") == ["one", "two"]
    assert len(world.trackers["rt"].effects) == 2


async def test_offline_it_only_judges(world: World) -> None:
    desk = world.desk(offline=True)
    task = asyncio.ensure_future(desk.run())
    await desk.load()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await desk.aclose()
    assert world.opened == []
    assert {type(event) for event in world.events} <= {Changed, OutboxChanged, SourceChanged}
