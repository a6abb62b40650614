"""The promises of `apply`: the effect, exactly once, and over nobody's work."""

# ruff: noqa: D102, S101 (the names of the tests are the sentences; asserts are what a contract is made of)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ppstui.errors import Conflict, Unreachable, Unsupported
from ppstui.model import Acknowledge, Assign, Comment, NewRollout, Phase, Ref, Reply, Rollout, command_name
from ppstui.testing.ground import KEY, Ground, each_command, each_written
from ppstui.testing.reading import less_history
from ppstui.testing.texts import CONTROLS, NASTY, same

if TYPE_CHECKING:
    from ppstui.model import Command
    from ppstui.port import Backend
    from ppstui.testing.world import World


class WritingRules(Ground):
    """What was asked for happens, exactly once per key, and not over a colleague's change."""

    # ------------------------------------------------------------------------------------------------ 5: writing

    @each_command
    async def test_a_command_that_is_not_offered_is_refused(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        if kind in backend.offer.writes:
            pytest.skip("it is offered")
        command = self.command(kind, self.one(world))
        with pytest.raises(Unsupported) as raised:
            await backend.apply(command, KEY + "1")
        assert raised.value.source == self.source
        assert self.effects(world, command) == 0

    @each_command
    async def test_every_offered_command_has_its_effect(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        ref = self.one(world)
        command = self.command(kind, ref)
        assert self.effects(world, command) == 0
        receipt = await backend.apply(command, KEY + "1")
        assert receipt.text.strip()
        assert "\n" not in receipt.text
        assert self.effects(world, command) == 1
        target = Ref(self.source, receipt.id) if kind is NewRollout else ref
        record = await self.rollout(backend, target)
        if receipt.record is not None:
            assert less_history(receipt.record) == less_history(record), "the receipt shows what reading back shows"
        if isinstance(command, Assign):
            assert command.add[0] in {each.team for each in record.assignments}
        elif isinstance(command, NewRollout):
            assert record.title == command.title
            assert record.phase is Phase.NEW
            assert any(command.text in message.text for message in record.messages)
        else:
            assert sum("hello from the contract" in message.text for message in record.messages) == 1

    async def test_choosing_teams_opens_and_starts_their_clocks(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        ref = self.one(world, teams=0)
        assert (await self.rollout(backend, ref)).phase is Phase.NEW
        await backend.apply(Assign(target=ref, add=self.teams[:2]), KEY + "1")
        record = await self.rollout(backend, ref)
        assert record.phase is Phase.OPEN
        assert [each.team for each in record.assignments] == list(self.teams[:2])
        assert all(each.notified is not None for each in record.assignments)

    async def test_choosing_one_more_leaves_the_others_clocks_alone(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        ref = self.one(world)
        before = {each.team: each.notified for each in (await self.rollout(backend, ref)).assignments}
        await backend.apply(Assign(target=ref, add=(self.teams[1], self.teams[2])), KEY + "1")
        after = {each.team: each.notified for each in (await self.rollout(backend, ref)).assignments}
        assert set(after) == set(self.teams)
        assert {team: after[team] for team in before} == before

    async def test_a_team_is_taken_out(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        ref = self.one(world)
        await backend.apply(Assign(target=ref, add=(self.teams[2],), remove=(self.teams[0],)), KEY + "1")
        assert set(world.see(Assign, ref)) == set(self.teams[1:])
        assert {each.team for each in (await self.rollout(backend, ref)).assignments} == set(self.teams[1:])

    async def test_an_answer_stands_on_a_line_of_its_own(self, backend: Backend, world: World) -> None:
        self.offered(backend, Acknowledge)
        ref = self.one(world)
        await backend.apply(self.command(Acknowledge, ref), KEY + "1")
        line = f"accept {self.teams[0].removeprefix('ea-')}"
        assert any(line in (each.strip() for each in text.splitlines()) for text in world.see(Acknowledge, ref))

    @each_written
    async def test_what_was_written_carries_its_key(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        ref = self.one(world)
        await backend.apply(self.command(kind, ref), KEY + "1")
        record = await self.rollout(backend, ref)
        assert [message.marks for message in record.messages if message.marks] == [(KEY + "1",)]

    async def test_writing_moves_the_record_on(self, backend: Backend, world: World) -> None:
        self.offered(backend, Comment)
        ref = self.one(world)
        before = await self.rollout(backend, ref)
        if not before.rev:
            pytest.skip("this backend has no revs")
        await backend.apply(self.command(Comment, ref), KEY + "1")
        assert (await self.rollout(backend, ref)).rev != before.rev

    # ----------------------------------------------------------------------------------- 6, 7, 8: exactly once

    @each_command
    async def test_the_same_key_twice_is_one_effect(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        first = await backend.apply(command, KEY + "1")
        second = await backend.apply(command, KEY + "1")
        assert self.effects(world, command) == 1
        assert second.id == first.id

    @each_command
    async def test_a_lost_answer_is_survived(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        world.lose_next_answer()
        with pytest.raises(Unreachable):
            await backend.apply(command, KEY + "1")
        receipt = await backend.apply(command, KEY + "1")
        assert receipt.text.strip()
        assert self.effects(world, command) == 1

    @each_command
    async def test_a_lost_answer_is_survived_by_another_desk(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        world.lose_next_answer()
        with pytest.raises(Unreachable):
            await backend.apply(command, KEY + "1")
        another = world.open()
        try:
            await another.apply(command, KEY + "1")
        finally:
            await another.aclose()
        assert self.effects(world, command) == 1

    async def test_a_key_that_was_seen_is_no_conflict_with_itself(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        command = self.command(Assign, self.one(world))
        seen = await self.rollout(backend, command.target)
        world.lose_next_answer()
        with pytest.raises(Unreachable):
            await backend.apply(command, KEY + "1", seen)
        await backend.apply(command, KEY + "1", seen)
        assert self.effects(world, command) == 1

    @each_written
    async def test_different_keys_are_two_effects(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        await backend.apply(command, KEY + "1")
        await backend.apply(command, KEY + "2")
        assert self.effects(world, command) == 2  # noqa: PLR2004 (two effects)

    # ----------------------------------------------------------------------------------------------- 9: conflicts

    async def test_a_stale_rev_is_a_conflict(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        ref = self.one(world, teams=1)
        looked_at = await self.rollout(backend, ref)
        world.assign(ref, self.teams[1])
        with pytest.raises(Conflict) as raised:
            await backend.apply(self.command(Assign, ref), KEY + "1", looked_at)
        assert set(world.see(Assign, ref)) == set(self.teams[:2]), "nothing was written over the colleague's choice"
        current = raised.value.current
        assert isinstance(current, Rollout)
        assert {each.team for each in current.assignments} == set(self.teams[:2])
        await backend.apply(self.command(Assign, ref), KEY + "2", current)
        assert set(world.see(Assign, ref)) == set(self.teams)

    async def test_a_colleagues_note_is_no_conflict(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        ref = self.one(world)
        looked_at = await self.rollout(backend, ref)
        world.touch(ref)
        await backend.apply(self.command(Assign, ref), KEY + "1", looked_at)
        assert set(world.see(Assign, ref)) == set(self.teams)

    @pytest.mark.parametrize("kind", [Comment, Reply], ids=command_name)
    async def test_a_remark_never_conflicts(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        looked_at = await self.rollout(backend, command.target)
        world.touch(command.target)
        world.assign(command.target, self.teams[2])
        await backend.apply(command, KEY + "1", looked_at)
        assert self.effects(world, command) == 1

    # -------------------------------------------------------------------------------------------- 11: nasty texts

    @each_written
    @pytest.mark.parametrize("name", NASTY)
    async def test_nasty_text_survives_being_written(
        self, backend: Backend, world: World, kind: type[Command], name: str
    ) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world), NASTY[name])
        await backend.apply(command, KEY + "1")
        assert self.effects(world, command, NASTY[name]) == 1
        messages = (await self.rollout(backend, command.target)).messages
        assert sum(same(NASTY[name]) in same(message.text) for message in messages) == 1

    @each_written
    async def test_control_characters_do_no_harm(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world), f"before {CONTROLS} \ud800 after")
        await backend.apply(command, KEY + "1")
        await backend.apply(command, KEY + "1")
        seen = world.see(kind, command.target)
        assert sum("before" in text and "after" in text for text in seen) == 1
