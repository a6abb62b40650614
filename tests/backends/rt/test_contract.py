from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ppstui.model import Kind, Pilot, Rollout
from ppstui.testing import HttpContract, Reading, known_to, preview_samples, read
from ppstui.testing.samples import DOCUMENTS
from ppstui.testing.texts import same
from tests.backends.rt.fake import TEAMS
from tests.backends.rt.worlds import FakeWorld

if TYPE_CHECKING:
    from ppstui.model import Record
    from ppstui.port import Backend
    from ppstui.testing import World

HISTORY = "a reading has the changes it came across, `look` the whole history; kept below for all but `events`"


class TestRT(HttpContract):
    teams = (TEAMS[0], TEAMS[1], TEAMS[2])
    roster_is_there = True
    page = 100
    exempt = {  # noqa: RUF012 - declared as a ClassVar by the contract
        "test_what_was_touched_since_is_read_again": HISTORY,
        "test_a_change_during_a_reading_is_not_lost": HISTORY,
    }

    @pytest.fixture
    def world(self) -> FakeWorld:
        return FakeWorld(document_url=f"{DOCUMENTS}{{id}}", pilot_queue="pilots")

    async def test_what_was_touched_is_read_as_a_look_shows_it(self, backend: Backend, world: FakeWorld) -> None:
        first, second, third = self.several(world, Kind.ROLLOUT, 3)
        before = await read(backend, Kind.ROLLOUT)
        world.touch(third)
        world.assign(first, self.teams[2])
        after = await read(backend, Kind.ROLLOUT, known_to(before))
        assert set(after.records) == {first, third}
        for ref in (first, third):
            assert less_history(after.records[ref]) == less_history(await backend.look(ref))
            assert after.records[ref] != before.records[ref]
        assert second not in after.records

    async def test_a_change_while_reading_is_read_the_next_time(self, backend: Backend, world: FakeWorld) -> None:
        refs = self.several(world, Kind.ROLLOUT, 3)
        held: dict[object, Record] = {}
        cursor = ""
        async for batch in backend.fetch(Kind.ROLLOUT):
            if not held:
                world.touch(refs[0])
                world.rt.set_status(int(refs[0].id), "stalled", "colleague")
            held.update((record.ref, record) for record in batch.records)
            cursor = batch.cursor
        reading = Reading(records={record.ref: record for record in held.values()}, cursor=cursor)
        now = (await read(backend, Kind.ROLLOUT, known_to(reading))).onto(reading.records)
        assert less_history(now[refs[0]]) == less_history(await backend.look(refs[0]))

    async def test_a_pilot_is_read_whole(self, backend: Backend, world: World) -> None:
        """RT names files and links in its own way; everything else is as the contract has it."""
        there = preview_samples.full_pilot(self.source, 7)
        (ref,) = world.seed([there])
        for found in ((await read(backend, Kind.PILOT)).records[ref], await self.looked(backend, ref)):
            assert isinstance(found, Pilot)
            assert less_files(found) == less_files(replace(there, ref=ref))
            assert [(each.name, each.size) for each in found.attachments] == [("post-mortem.odt", 12)]
            assert [link.url for link in found.links] == [link.url for link in there.links]
            told = [(each.voice, same(each.text), each.marks) for each in found.messages]
            assert told == [(each.voice, same(each.text), each.marks) for each in there.messages]


def less_files(pilot: Pilot) -> Pilot:
    return replace(preview_samples.pilot_facts(pilot), links=(), attachments=())


def less_history(record: Record) -> Rollout:
    assert isinstance(record, Rollout)
    return replace(record, events=())
