"""The contract for what reads meetings and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ppstui.backends.indico import Indico
from ppstui.model import Kind
from ppstui.testing import HttpContract, read

if TYPE_CHECKING:
    from ppstui.model import Ref
    from ppstui.port import Backend
    from ppstui.testing import World


class MeetingContract(HttpContract):
    offer = Indico.offer

    def several(self, world: World, kind: Kind, count: int) -> tuple[Ref, ...]:
        if kind is not Kind.MEETING:
            pytest.skip(f"{kind.value} are not offered")
        return super().several(world, kind, count)

    def one(self, world: World, number: int = 1, teams: int = 2) -> Ref:
        del teams
        return self.several(world, Kind.MEETING, number)[-1]

    async def test_a_reading_that_is_given_up_leaves_it_usable(self, backend: Backend, world: World) -> None:
        refs = self.several(world, Kind.MEETING, 3)
        for rounds in range(6):
            task = asyncio.ensure_future(read(backend, Kind.MEETING))
            for _ in range(rounds):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert set((await read(backend, Kind.MEETING)).records) == set(refs)

    async def test_a_meeting_that_was_removed_is_dropped(self, backend: Backend, world: World) -> None:
        first, second, third = self.several(world, Kind.MEETING, 3)
        before = await read(backend, Kind.MEETING)
        world.remove(second)
        after = await read(backend, Kind.MEETING)
        assert set(after.onto(before.records)) == {first, third}
