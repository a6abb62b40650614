"""A key press is answered at once, also when no server ever answers: nothing in a flow waits for the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from ppstui.model import Ref, State
from tests.desk.world import rollout
from tests.ui.person import Watched

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.ui.person import Person

ONE = "rt:1"


async def comments(me: Person) -> None:
    await me.does("rollouts.comment")
    await me.types("hello")
    await me.presses("ctrl+s")


async def sets_outcome(me: Person) -> None:
    await me.does("rollouts.outcome")
    await me.presses("a", "enter")
    await me.types("as agreed")
    await me.presses("ctrl+s", "y")


async def resolves(me: Person) -> None:
    await me.does("rollouts.resolve")
    await me.presses("a", "enter")
    await me.types("700")
    await me.presses("ctrl+s", "y")


async def edits(me: Person) -> None:
    await me.does("rollouts.edit")
    await me.types("owner")
    await me.presses("enter")
    await me.types("somebody")
    await me.presses("enter", "y")


@pytest.mark.parametrize("whole", [True, False], ids=["read-whole", "known-by-its-columns"])
@pytest.mark.parametrize("flow", [comments, sets_outcome, resolves, edits])
async def test_it_is_queued_while_the_server_hangs(
    tmp_path: Path, flow: Callable[[Person], Awaitable[None]], *, whole: bool
) -> None:
    world = Watched(tmp_path)
    tracker = world.tracker("rt")
    tracker.has(structs.replace(rollout(ONE), whole=whole))
    async with world.watching(ready="rt up to date") as me:
        await me.stands_on(ONE)
        tracker.silent = True
        await flow(me)
        await me.sees("queued: ")
        (entry,) = me.desk.board.entries(Ref.parse(ONE))
        assert entry.state in (State.WAITING, State.SENDING)
        assert tracker.effects == []


async def test_undo_and_the_outbox_answer_while_the_server_hangs(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    tracker = world.tracker("rt")
    tracker.has(rollout(ONE))
    async with world.watching(ready="rt up to date") as me:
        await me.stands_on(ONE)
        await sets_outcome(me)
        await me.has_sent("outcome")
        tracker.silent = True
        await me.does("desk.undo")
        await me.sees("y takes it back")
        await me.presses("y")
        await me.sees("taken back")
        await me.does("pane.outbox")
        await me.sees("What is sent")
