"""The promises of `fetch`, `look` and `check`."""

# ruff: noqa: D102, S101 (the names of the tests are the sentences; asserts are what a contract is made of)

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import Gone, Unsupported
from ppstui.model import Kind, Phase, Ref, Rollout, Team, Voice
from ppstui.testing import samples
from ppstui.testing.ground import Ground
from ppstui.testing.reading import Reading, known_to, less_history, read
from ppstui.testing.texts import NASTY, same

if TYPE_CHECKING:
    from ppstui.model import Message, Record
    from ppstui.port import Backend
    from ppstui.testing.world import World


class ReadingRules(Ground):
    """What is there is read, whole, once, and nothing that changed is missed."""

    # ------------------------------------------------------------------------------------------------ 1: reading

    async def test_every_offered_kind_is_read(self, backend: Backend, world: World) -> None:
        for kind in backend.offer.reads:
            refs = self.several(world, kind, 3)
            reading = await read(backend, kind)
            assert set(refs) <= set(reading.records)
            assert all(record.kind is kind for record in reading.records.values())
            assert reading.complete, "the first reading is all there is"

    async def test_references_carry_the_source_and_stay(self, backend: Backend, world: World) -> None:
        for kind in backend.offer.reads:
            self.several(world, kind, 3)
            first, second = await read(backend, kind), await read(backend, kind)
            assert set(first.records) == set(second.records)
            assert {ref.source for ref in first.records} == {self.source}
            for ref, record in first.records.items():
                assert ref == record.ref == Ref.parse(str(ref))
                assert not ref.part

    async def test_what_is_there_is_read(self, backend: Backend, world: World) -> None:
        self.readable(backend, Kind.ROLLOUT)
        there = samples.full_rollout(self.source, 7, self.teams[:2])
        (ref,) = world.seed([there])
        record = await self.rollout(backend, ref)
        assert record.title == there.title
        assert record.phase is Phase.OPEN
        assert [each.team for each in record.assignments] == list(self.teams[:2])
        assert all(each.notified and each.notified.tzinfo for each in record.assignments)
        assert {link.url for link in there.links} <= {link.url for link in record.links}
        assert {file.name for file in there.attachments} <= {file.name for file in record.attachments}
        wanted = [(message.voice, same(message.text)) for message in there.messages]
        assert [(message.voice, same(message.text)) for message in record.messages] == wanted
        assert all(message.at.tzinfo and message.author for message in record.messages)

    async def test_every_live_rollout_is_whole_in_the_end(self, backend: Backend, world: World) -> None:
        self.readable(backend, Kind.ROLLOUT)
        self.several(world, Kind.ROLLOUT, 3)
        reading = await read(backend, Kind.ROLLOUT)
        rollouts = [record for record in reading.records.values() if isinstance(record, Rollout)]
        assert rollouts
        assert all(record.whole for record in rollouts if record.phase.live)

    async def test_a_look_and_a_reading_agree(self, backend: Backend, world: World) -> None:
        for kind in backend.offer.reads:
            ref = self.several(world, kind, 3)[0]
            listed, looked = (await read(backend, kind)).records[ref], await backend.look(ref)
            assert looked.ref == listed.ref
            assert looked.rev == listed.rev
            if isinstance(looked, Rollout) and isinstance(listed, Rollout):
                assert (looked.title, looked.phase, looked.assignments) == (
                    listed.title,
                    listed.phase,
                    listed.assignments,
                )
                assert looked.messages == _with_notes_of(looked, listed)
            if isinstance(looked, Team) and isinstance(listed, Team):
                assert (looked.name, looked.ngi, looked.site) == (listed.name, listed.ngi, listed.site)

    async def test_a_record_that_is_not_there_is_gone(self, backend: Backend, world: World) -> None:
        self.one(world)
        for stranger in ("999999", "no-such", "-1", "0x1", "1;2", "1' or '1'='1", "../1", "1?x=1", "ü"):
            with pytest.raises(Gone):
                await backend.look(Ref(self.source, stranger))

    async def test_checking_says_what_it_is(self, backend: Backend, world: World) -> None:
        self.one(world)
        health = await backend.check()
        assert health.text.strip()
        assert "\n" not in health.text

    # -------------------------------------------------------------------------------------------- 2: not offered

    async def test_a_kind_that_is_not_offered_is_refused(self, backend: Backend) -> None:
        missing = set(Kind) - backend.offer.reads
        if not missing:
            pytest.skip("every kind is offered")
        for kind in missing:
            with pytest.raises(Unsupported):
                await read(backend, kind)

    # ------------------------------------------------------------------------------------------------- 3: nothing

    async def test_an_empty_world_is_an_empty_complete_reading(self, backend: Backend) -> None:
        for kind in backend.offer.reads:
            reading = await read(backend, kind)
            assert reading.complete
            if not (kind is Kind.TEAM and self.roster_is_there):
                assert reading.records == {}

    # --------------------------------------------------------------------------------------------- 4: since when

    async def held(self, backend: Backend, kind: Kind = Kind.ROLLOUT) -> Reading:
        """What a desk holds after a first reading; skips where it cannot be continued."""
        self.readable(backend, kind)
        if not backend.offer.incremental:
            pytest.skip("readings are always whole")
        return await read(backend, kind)

    async def test_what_was_touched_since_is_read_again(self, backend: Backend, world: World) -> None:
        first, _second, third = self.several(world, Kind.ROLLOUT, 3)
        before = await self.held(backend)
        world.touch(third)
        world.assign(first, self.teams[2])
        after = await read(backend, Kind.ROLLOUT, known_to(before))
        assert {first, third} <= set(after.records)
        for ref in (first, third):
            assert less_history(after.records[ref]) == less_history(await backend.look(ref))
            assert after.records[ref] != before.records[ref]

    async def test_nothing_is_missed_at_the_boundary(self, backend: Backend, world: World) -> None:
        refs = self.several(world, Kind.ROLLOUT, 3)
        reading = await self.held(backend)
        for ref in (refs[0], refs[0], refs[2], refs[1]):
            world.touch(ref)
            held = reading.records
            reading = await read(backend, Kind.ROLLOUT, known_to(reading))
            assert ref in reading.records
            reading.records = reading.onto(held)
            assert set(reading.records) == set(refs)

    async def test_a_change_during_a_reading_is_not_lost(self, backend: Backend, world: World) -> None:
        refs = self.several(world, Kind.ROLLOUT, 3)
        await self.held(backend)
        held: dict[Ref, Record] = {}
        cursor = ""
        touched = False
        async for batch in backend.fetch(Kind.ROLLOUT):
            if not touched:
                world.touch(refs[0])
                touched = True
            held.update((record.ref, record) for record in batch.records)
            cursor = batch.cursor
        since = known_to(Reading(records=held, cursor=cursor))
        held = (await read(backend, Kind.ROLLOUT, since)).onto(held)
        assert less_history(held[refs[0]]) == less_history(await backend.look(refs[0]))

    async def test_what_is_new_since_is_read(self, backend: Backend, world: World) -> None:
        self.several(world, Kind.ROLLOUT, 2)
        before = await self.held(backend)
        (fresh,) = world.seed([samples.rollout(self.source, 8)])
        after = await read(backend, Kind.ROLLOUT, known_to(before))
        assert fresh in after.records

    async def test_what_was_removed_is_dropped(self, backend: Backend, world: World) -> None:
        self.readable(backend, Kind.ROLLOUT)
        first, second, third = self.several(world, Kind.ROLLOUT, 3)
        before = await read(backend, Kind.ROLLOUT)
        world.remove(second)
        whole = await read(backend, Kind.ROLLOUT)
        assert set(whole.onto(before.records)) == {first, third}
        with pytest.raises(Gone):
            await backend.look(second)
        if backend.offer.incremental:
            after = await read(backend, Kind.ROLLOUT, known_to(before))
            assert set(after.onto(before.records)) == {first, third}

    async def test_a_cursor_that_makes_no_sense_is_no_disaster(self, backend: Backend, world: World) -> None:
        refs = self.several(world, Kind.ROLLOUT, 2)
        before = await self.held(backend)
        for cursor in ("rubbish", "-5", "99999999999999999999", "é"):
            before.cursor = cursor
            after = await read(backend, Kind.ROLLOUT, known_to(before))
            assert set(after.records) == set(refs), "what cannot be continued starts again"
            assert after.complete

    # ------------------------------------------------------------------------------------------------- 12: paging

    @pytest.mark.parametrize("beyond", [None, -1, 0, 1])
    async def test_every_record_is_read_once_however_many(
        self, backend: Backend, world: World, beyond: int | None
    ) -> None:
        self.readable(backend, Kind.ROLLOUT)
        count = 1 if beyond is None else self.page + beyond
        refs = self.several(world, Kind.ROLLOUT, count)
        reading = await read(backend, Kind.ROLLOUT)
        assert set(reading.records) == set(refs)
        assert len(refs) == count
        assert reading.complete

    async def test_a_reading_may_be_left_halfway(self, backend: Backend, world: World) -> None:
        self.readable(backend, Kind.ROLLOUT)
        refs = self.several(world, Kind.ROLLOUT, self.page + 1)
        batches = backend.fetch(Kind.ROLLOUT)
        await anext(batches)
        if isinstance(batches, AsyncGenerator):
            await batches.aclose()
        assert set((await read(backend, Kind.ROLLOUT)).records) == set(refs)

    @pytest.mark.parametrize("name", [name for name in NASTY if name not in ("line ends", "mail", "long")])
    async def test_nasty_text_survives_being_read(self, backend: Backend, world: World, name: str) -> None:
        self.readable(backend, Kind.ROLLOUT)
        text = NASTY[name]
        (ref,) = world.seed([samples.rollout(self.source, 3, self.teams[:1], title=text, text=f"{text}\n\n{text}")])
        record = (await read(backend, Kind.ROLLOUT)).records[ref]
        assert isinstance(record, Rollout)
        assert same(record.title) == same(text)
        assert same(record.messages[0].text) == same(f"{text}\n\n{text}")


def _with_notes_of(looked: Rollout, listed: Rollout) -> tuple[Message, ...]:
    """The messages of a reading; internal notes whose texts it left to the look have them from there."""
    whole = {message.id: message for message in looked.messages if message.voice is Voice.COMMENT}
    return tuple(message if message.text else whole.get(message.id, message) for message in listed.messages)
