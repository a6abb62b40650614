"""The board: always in order, snapshots that never change, counts that are right while it is still filling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.desk import Line
from ppstui.desk.board import _Order
from ppstui.errors import UsageError
from ppstui.model import Comment, Kind, Phase, Ref
from ppstui.store import Place
from tests.desk.world import World, rollout

if TYPE_CHECKING:
    from pathlib import Path


def line(urgency: float, number: int) -> Line:
    return Line(Ref("rt", str(number)), Place(live=True, urgency=urgency, changes_at=None, text=""))


moves = st.lists(st.tuples(st.integers(0, 120), st.sampled_from([1.0, 2.0, 3.0]), st.booleans()), max_size=400)


@given(moves=moves, every=st.integers(1, 70))
def test_lines_stay_in_order_and_old_snapshots_stay_as_they_were(
    moves: list[tuple[int, float, bool]], every: int
) -> None:
    order, there = _Order(), dict[int, Line]()
    taken: list[tuple[list[Line], list[Line]]] = []
    for count, (number, urgency, stays) in enumerate(moves):
        if number in there:
            order.remove(there.pop(number))
        if stays:
            there[number] = line(urgency, number)
            order.add(there[number])
        if count % every == 0:
            snapshot = order.snapshot()
            taken.append((snapshot, list(snapshot)))
    assert order.snapshot() == sorted(there.values(), key=lambda one: (one.urgency, one.ref))
    assert len(order) == len(there)
    assert all(snapshot == copy for snapshot, copy in taken)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


async def test_the_most_pressing_come_first_also_before_everything_is_loaded(world: World) -> None:
    rt = world.tracker("rt")
    rt.has(*(rollout(f"rt:{number}", phase=Phase.RESOLVED) for number in range(3)))
    rt.has(*(rollout(f"rt:{number}", teams=["ea-NGI_IT-INFN-T1"]) for number in range(10, 40)))
    rt.has(rollout("rt:50", phase=Phase.NEW))
    desk = world.desk()
    await desk.refresh()
    everything = [one.ref for one in desk.board.lines(Kind.ROLLOUT)]
    await desk.aclose()
    desk = world.desk(offline=True)
    desk.begin(5)
    assert desk.board.count(Kind.ROLLOUT) == 31
    assert desk.board.count(Kind.ROLLOUT, closed=True) == 34
    await desk.load()
    assert [one.ref for one in desk.board.lines(Kind.ROLLOUT)] == everything
    assert len(desk.board.lines(Kind.ROLLOUT, closed=True)) == 34
    assert desk.board.lines(Kind.ROLLOUT) is desk.board.lines(Kind.ROLLOUT)


async def test_begin_reads_a_screenful_and_judges_nothing(world: World) -> None:
    rt = world.tracker("rt")
    rt.has(*(rollout(f"rt:{number}") for number in range(90)))
    desk = world.desk()
    await desk.refresh()
    await desk.aclose()
    again = World(world.home)
    again.tracker("rt")
    fresh = again.desk(offline=True)
    few = fresh.board.lines(Kind.ROLLOUT)
    assert len(few) == 60
    assert set(fresh.board._raw) == {line.ref for line in few}
    assert fresh.board._standings == {}, "nothing is judged before somebody looks"
    assert fresh.board.standing(few[0].ref) is not None
    assert set(fresh.board._standings) == {few[0].ref}


async def test_a_part_stands_for_its_record(world: World) -> None:
    world.tracker("rt").has(rollout("rt:1", "one"))
    desk = world.desk()
    await desk.refresh()
    await desk.submit(Comment(target=Ref("rt", "1"), text="hello"))
    part = Ref("rt", "1", "ea-NGI_IT-INFN-T1")
    assert desk.board.rollout(part) is not None
    assert desk.board.standing(part) is not None
    assert len(desk.board.entries(part)) == 1


async def test_pending_text_is_checked_before_it_is_promised(world: World) -> None:
    world.tracker("rt").has(rollout("rt:1"))
    desk = world.desk()
    await desk.refresh()
    with pytest.raises(UsageError, match="UTF-8"):
        await desk.submit(Comment(target=Ref("rt", "1"), text="half \udc80"))
    assert desk.board.entries() == ()
