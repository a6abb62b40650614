"""The promises about colleagues: what they changed meanwhile is merged where it can be, and never written over."""

# ruff: noqa: D102, S101 (the names of the tests are the sentences; asserts are what a contract is made of)

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from ppstui.errors import Conflict, Unreachable
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    NewRollout,
    Reply,
    Rollout,
    SetField,
    SetOutcome,
    SetStatus,
)
from ppstui.testing import samples
from ppstui.testing.ground import KEY, Ground, each_command, each_of, needs
from ppstui.testing.samples import OTHER_WORD

if TYPE_CHECKING:
    from ppstui.model import Command, Ref
    from ppstui.port import Backend
    from ppstui.testing.world import World


class ConflictRules(Ground):
    """A command is held against what the person had seen, value by value."""

    async def seen(self, backend: Backend, ref: Ref) -> Rollout:
        """The record as a person sees it now, and as the outbox remembers it: without the texts of its messages."""
        record = await self.rollout(backend, ref)
        return structs.replace(record, messages=tuple(structs.replace(each, text="") for each in record.messages))

    async def colleague(self, world: World, *commands: Command) -> None:
        """A colleague gives these commands at a desk of their own."""
        another = world.open()
        try:
            for number, command in enumerate(commands):
                await another.apply(command, f"{KEY}colleague-{number}")
        finally:
            await another.aclose()

    def rival(self, backend: Backend, command: Command) -> Command:
        """What stands in the way of the command; skips where a colleague cannot ask for it."""
        rival = samples.rival(command, self.owners[1])
        assert rival is not None
        self.offered(backend, type(rival))
        return rival

    # ----------------------------------------------------------------------------------------------- 9: conflicts

    @each_of(samples.SET)
    async def test_a_value_that_a_colleague_set_is_a_conflict(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        ref = self.one(world)
        command = SetStatus(target=ref, status=OTHER_WORD) if kind is SetStatus else self.command(kind, ref)
        seen = await self.seen(backend, command.target)
        await self.colleague(world, self.rival(backend, command))
        await self.stands_against(backend, world, command, seen)

    @needs(Acknowledge)
    async def test_an_answer_that_came_meanwhile_is_a_conflict(self, backend: Backend, world: World) -> None:
        self.offered(backend, Acknowledge)
        command = self.command(Acknowledge, self.one(world))
        seen = await self.seen(backend, command.target)
        answer = Acknowledge(target=command.target, team=self.teams[0], answer=Answer.REJECT)
        await self.colleague(world, answer)
        await self.stands_against(backend, world, command, seen)

    async def stands_against(self, backend: Backend, world: World, command: Command, seen: Rollout) -> None:
        """That a colleague's change is shown, kept, and written over only by who has seen it."""
        theirs = self.traces(backend, world, command.target)
        assert self.effects(world, command) == 0
        with pytest.raises(Conflict) as raised:
            await backend.apply(command, KEY + "1", seen)
        assert self.traces(backend, world, command.target) == theirs, "nothing was written over the colleague's work"
        current = raised.value.current
        assert isinstance(current, Rollout)
        now = await self.rollout(backend, command.target)
        assert (current.ref, current.rev, current.messages) == (now.ref, now.rev, now.messages)
        await backend.apply(command, KEY + "2", current)
        assert self.effects(world, command) == 1

    @each_of(samples.SET)
    async def test_a_colleague_who_set_the_very_same_is_no_conflict(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        seen = await self.seen(backend, command.target)
        await self.colleague(world, command)
        await backend.apply(command, KEY + "1", seen)
        assert self.effects(world, command) == 1

    @each_command
    async def test_a_key_that_was_seen_is_no_conflict_with_itself(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        seen = None if kind is NewRollout else await self.seen(backend, command.target)
        world.lose_next_answer()
        with pytest.raises(Unreachable):
            await backend.apply(command, KEY + "1", seen)
        await backend.apply(command, KEY + "1", seen)
        assert self.effects(world, command) == 1

    @each_command
    async def test_a_colleagues_note_is_no_conflict(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        ref = self.one(world)
        seen = await self.seen(backend, ref)
        world.touch(ref)
        command = self.command(kind, ref)
        await backend.apply(command, KEY + "1", None if kind is NewRollout else seen)
        assert self.effects(world, command) == 1

    @each_of((Comment, Reply))
    async def test_a_remark_never_conflicts(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        seen = await self.seen(backend, command.target)
        world.touch(command.target)
        world.assign(command.target, self.teams[2])
        if SetOutcome in backend.offer.writes:
            await self.colleague(world, self.command(SetOutcome, command.target, "It works."))
        await backend.apply(command, KEY + "1", seen)
        assert self.effects(world, command) == 1

    # ------------------------------------------------------------------------------------------------- merged values

    @needs(Assign)
    async def test_teams_that_a_colleague_chose_are_kept(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        ref = self.one(world, teams=1)
        seen = await self.seen(backend, ref)
        world.assign(ref, self.teams[1])
        await backend.apply(Assign(target=ref, add=(self.teams[2],), remove=(self.teams[0],)), KEY + "1", seen)
        assert set(world.see(Assign, ref)) == set(self.teams[1:])

    @needs(Assign)
    async def test_teams_that_are_chosen_at_two_desks_at_once_are_all_chosen(
        self, backend: Backend, world: World
    ) -> None:
        self.offered(backend, Assign)
        ref = self.one(world, teams=0)
        seen = await self.seen(backend, ref)
        another = world.open()
        try:
            await asyncio.gather(
                self.insists(backend, Assign(target=ref, add=(self.teams[0],)), KEY + "1", seen),
                self.insists(another, Assign(target=ref, add=(self.teams[1],)), KEY + "2", seen),
            )
        finally:
            await another.aclose()
        assert sorted(world.see(Assign, ref)) == sorted(self.teams[:2])

    @staticmethod
    async def insists(backend: Backend, command: Command, key: str, seen: Rollout) -> None:
        """Gives a command as a person does who insists: again while nobody answers, and when told that another won."""
        for _ in range(20):
            try:
                await backend.apply(command, key, seen)
            except Unreachable:
                continue
            except Conflict as error:
                seen = error.current if isinstance(error.current, Rollout) else seen
            else:
                return
        raise AssertionError("nobody ever answered")

    @needs(SetField)
    async def test_values_that_a_colleague_added_are_kept(self, backend: Backend, world: World) -> None:
        self.offered(backend, SetField)
        ref = self.one(world)
        await backend.apply(self.field_of(ref, add=("one", "two")), KEY + "1")
        seen = await self.seen(backend, ref)
        await self.colleague(world, self.field_of(ref, add=("theirs",)))
        await backend.apply(self.field_of(ref, add=("mine",), remove=("one",)), KEY + "2", seen)
        told = {text for text in world.see(SetField, ref) if text.startswith(f"{self.field}: ")}
        assert told == {f"{self.field}: {value}" for value in ("two", "theirs", "mine")}

    def field_of(self, ref: Ref, *, add: tuple[str, ...], remove: tuple[str, ...] = ()) -> SetField:
        """A command that adds to the further field of `field`, and takes from it."""
        return SetField(target=ref, name=self.field, add=add, remove=remove)
