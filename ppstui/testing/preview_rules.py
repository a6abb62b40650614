"""The promises about pilots and the registry: what the rules' preview shows is what is there afterwards, once."""

# ruff: noqa: D102, S101 (the names of the tests are the sentences; asserts are what a contract is made of)

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from ppstui.errors import BackendError, Conflict, Gone, Refused, Unreachable, Unsupported
from ppstui.model import (
    REGISTRY_KINDS,
    Assign,
    Comment,
    Commit,
    Commitment,
    ImportRegistry,
    Kind,
    NewPilot,
    Pilot,
    PilotEdit,
    PilotStep,
    Ref,
    Remind,
    Reply,
    Team,
    Voice,
    Wish,
    WishFor,
    Withdraw,
)
from ppstui.rules.pilots.commands import pilot_preview, planned
from ppstui.rules.registry import Registry, registry_preview
from ppstui.testing import preview_samples as samples
from ppstui.testing.ground import KEY, Ground, each_of, needs, reads
from ppstui.testing.preview_samples import POLICY, entries, pilot_facts
from ppstui.testing.reading import NOON, known_to, read
from ppstui.testing.texts import NASTY, same

if TYPE_CHECKING:
    from ppstui.model import Command
    from ppstui.port import Backend
    from ppstui.testing.world import World

_LONGEST = 12
"""More writes than any command takes."""


class PreviewRules(Ground):
    """Pilots with their steps, and who is committed to what."""

    # --------------------------------------------------------------------------------------------------- helpers

    def pilot(self, world: World, number: int = 1) -> Ref:
        """A pilot that has been asked for and screened."""
        return world.seed([samples.pilot(self.source, number)])[0]

    async def looked(self, backend: Backend, ref: Ref) -> Pilot:
        """The pilot, looked at whole."""
        record = await backend.look(ref)
        assert isinstance(record, Pilot)
        return record

    async def pilot_seen(self, backend: Backend, ref: Ref) -> Pilot:
        """The pilot as a person sees it now, and as the outbox remembers it: without the texts of its messages."""
        record = await self.looked(backend, ref)
        return structs.replace(record, messages=tuple(structs.replace(each, text="") for each in record.messages))

    async def registry(self, backend: Backend) -> Registry:
        """Everything that the registry holds."""
        found = [record for kind in REGISTRY_KINDS for record in (await read(backend, kind)).records.values()]
        return Registry(
            partners=tuple(each for each in found if isinstance(each, Team)),
            commitments=tuple(each for each in found if isinstance(each, Commitment)),
            wishes=tuple(each for each in found if isinstance(each, Wish)),
        )

    def furnished(self, world: World) -> None:
        """A registry with two commitments and a wish."""
        held = [samples.commitment(self.source, n, self.teams[n - 1]) for n in (1, 2)]
        world.seed([*held, samples.wish(self.source, 1)])

    async def elsewhere(self, world: World, command: Command, key: str) -> None:
        """The command is given at another desk."""
        another = world.open()
        try:
            await another.apply(command, key)
        finally:
            await another.aclose()

    # --------------------------------------------------------------------------------------------------- reading

    @reads(Kind.PILOT)
    async def test_a_pilot_is_read_whole(self, backend: Backend, world: World) -> None:
        self.readable(backend, Kind.PILOT)
        there = samples.full_pilot(self.source, 7)
        (ref,) = world.seed([there])
        record = (await read(backend, Kind.PILOT)).records[ref]
        assert isinstance(record, Pilot)
        looked = await self.looked(backend, ref)
        for found in (record, looked):
            wanted = structs.replace(there, ref=ref)
            assert pilot_facts(found) == pilot_facts(wanted)
            assert [each.url for each in found.links] == [each.url for each in there.links]
            files = [(each.name, each.size) for each in found.attachments]
            assert files == [(each.name, each.size) for each in there.attachments]
            told = [(each.voice, same(each.text), each.marks) for each in found.messages]
            assert told == [(each.voice, same(each.text), each.marks) for each in there.messages]

    @reads(*REGISTRY_KINDS)
    async def test_what_the_registry_holds_is_read_whole(self, backend: Backend, world: World) -> None:
        self.readable(backend, *REGISTRY_KINDS)
        self.furnished(world)
        held = [samples.commitment(self.source, n, self.teams[n - 1]) for n in (1, 2)]
        registry = await self.registry(backend)
        wanted = Registry(commitments=tuple(held), wishes=(samples.wish(self.source, 1),))
        assert entries(structs.replace(registry, partners=())) == entries(wanted)

    @needs(PilotStep)
    async def test_what_changed_on_a_pilot_since_is_read_again(self, backend: Backend, world: World) -> None:
        self.offered(backend, PilotStep)
        first, second = self.pilot(world), self.pilot(world, 2)
        before = await read(backend, Kind.PILOT)
        await self.elsewhere(world, samples.pilot_command(PilotStep, second), KEY + "1")
        after = await read(backend, Kind.PILOT, known_to(before))
        assert second in after.records
        held = after.onto(before.records)
        assert set(held) == {first, second}
        assert held[second] == await self.looked(backend, second)

    @needs(Withdraw, Commit)
    async def test_what_was_withdrawn_since_is_dropped(self, backend: Backend, world: World) -> None:
        self.offered(backend, Withdraw, Commit)
        self.furnished(world)
        before = await read(backend, Kind.COMMITMENT)
        kinds: tuple[type[Command], ...] = (Withdraw, Commit)
        for number, kind in enumerate(kinds):
            await self.elsewhere(world, samples.registry_command(kind, self.source, self.teams), f"{KEY}{number}")
        after = await read(backend, Kind.COMMITMENT, known_to(before))
        assert after.onto(before.records) == (await read(backend, Kind.COMMITMENT)).records

    @reads(Kind.PILOT)
    async def test_a_pilot_that_was_removed_is_dropped(self, backend: Backend, world: World) -> None:
        self.readable(backend, Kind.PILOT)
        first, second = self.pilot(world), self.pilot(world, 2)
        before = await read(backend, Kind.PILOT)
        world.remove(second)
        after = await read(backend, Kind.PILOT, known_to(before) if backend.offer.incremental else None)
        assert set(after.onto(before.records)) == {first}
        with pytest.raises(Gone):
            await backend.look(second)

    # ---------------------------------------------------------------------------------------------- the effects

    @each_of((*samples.PILOT_COMMANDS, *samples.REGISTRY_COMMANDS), offered=False)
    async def test_a_preview_command_that_is_not_offered_is_refused(
        self, backend: Backend, kind: type[Command]
    ) -> None:
        if kind in backend.offer.writes:
            pytest.skip("it is offered")
        if kind in samples.REGISTRY_COMMANDS:
            command: Command = samples.registry_command(kind, self.source, self.teams)
        else:
            command = samples.pilot_command(kind, Ref(self.source, "1"))
        with pytest.raises(Unsupported):
            await backend.apply(command, KEY + "1")

    @needs(NewPilot)
    @pytest.mark.parametrize("plan", [True, False])
    async def test_a_pilot_is_made_as_it_is_previewed(self, backend: Backend, world: World, plan: bool) -> None:
        self.offered(backend, NewPilot)
        command = samples.new_pilot(self.source)
        asked = planned(command, POLICY, NOON) if plan else command
        world.lose_next_answer()
        with pytest.raises(Unreachable):
            await backend.apply(asked, KEY + "1")
        receipt = await backend.apply(asked, KEY + "1")
        assert (await backend.apply(asked, KEY + "1")).id == receipt.id
        (made,) = (await read(backend, Kind.PILOT)).records.values()
        assert isinstance(made, Pilot)
        assert made.ref == Ref(self.source, receipt.id)
        assert made.created
        assert pilot_facts(made) == pilot_facts(pilot_preview(command, Pilot(ref=made.ref), POLICY, NOON, "", ""))

    @each_of(samples.PILOT_CHANGES)
    async def test_what_a_preview_shows_of_a_pilot_is_what_is_there(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        ref = self.pilot(world)
        before = await self.looked(backend, ref)
        command = samples.pilot_command(kind, ref)
        receipt = await backend.apply(command, KEY + "1", before)
        assert receipt.text.strip()
        assert "\n" not in receipt.text
        after = await self.looked(backend, ref)
        assert pilot_facts(after) == pilot_facts(pilot_preview(command, before, POLICY, NOON, "", KEY + "1"))
        assert pilot_facts(after) != pilot_facts(before)
        assert not after.rev or after.rev != before.rev
        assert receipt.record is None or receipt.record == after
        assert pilot_preview(command, after, POLICY, NOON, "", KEY + "1") == after, "nobody lays it over itself"

    @each_of(samples.REGISTRY_COMMANDS)
    async def test_what_a_preview_shows_of_the_registry_is_what_is_there(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        self.furnished(world)
        before = await self.registry(backend)
        command = samples.registry_command(kind, self.source, self.teams)
        await backend.apply(command, KEY + "1")
        after = await self.registry(backend)
        assert entries(after) == entries(registry_preview(command, before, KEY + "1"))
        assert entries(after) != entries(before)

    @needs(WishFor)
    async def test_a_wish_is_changed_and_taken_out(self, backend: Backend) -> None:
        self.offered(backend, WishFor)
        for number, minimum in enumerate((2, 5, 0)):
            wished = WishFor(target=Ref(self.source, "new"), component="dpm", minimum=minimum)
            await backend.apply(wished, f"{KEY}{number}")
            told = [each.minimum for each in (await self.registry(backend)).wishes]
            assert told == [minimum] * (minimum > 0)

    @each_of((Comment, Reply, Remind))
    async def test_what_is_said_on_a_pilot_is_said_once(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind, PilotEdit)
        ref = self.pilot(world)
        command = self.command(kind, ref)
        world.lose_next_answer()
        with pytest.raises(Unreachable):
            await backend.apply(command, KEY + "1")
        await backend.apply(command, KEY + "1")
        found = [(each.voice, same(each.text), each.marks) for each in (await self.looked(backend, ref)).messages]
        voice = Voice.COMMENT if kind is Comment else Voice.REPLY
        assert found == [(voice, "hello from the contract", (KEY + "1",))]

    @needs(PilotEdit)
    @pytest.mark.parametrize("name", NASTY)
    async def test_nasty_text_survives_on_a_home_page(self, backend: Backend, world: World, name: str) -> None:
        self.offered(backend, PilotEdit)
        ref = self.pilot(world)
        await backend.apply(PilotEdit(target=ref, description=NASTY[name]), KEY + "1")
        assert same((await self.looked(backend, ref)).description) == same(NASTY[name])

    # ----------------------------------------------------------------------------------------------------- once

    @each_of(samples.PILOT_CHANGES)
    async def test_wherever_the_link_is_cut_a_pilot_is_changed_once(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        for writes in itertools.count():
            ref = self.pilot(world, 2 + writes)
            before = await self.looked(backend, ref)
            command, key = samples.pilot_command(kind, ref), f"{KEY}cut-{writes}"
            cut = await self.cut_off(backend, world, command, key, writes)
            after = pilot_facts(await self.looked(backend, ref))
            assert after == pilot_facts(pilot_preview(command, before, POLICY, NOON, "", key))
            if not cut:
                break
            assert writes < _LONGEST, "it never ends"
        assert writes, "nothing was ever cut"

    @each_of(samples.REGISTRY_COMMANDS)
    async def test_wherever_the_link_is_cut_the_registry_is_changed_once(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        self.furnished(world)
        before = await self.registry(backend)
        command = samples.registry_command(kind, self.source, self.teams)
        assert await self.cut_off(backend, world, command, KEY + "1", 1)
        assert entries(await self.registry(backend)) == entries(registry_preview(command, before, KEY + "1"))

    async def cut_off(self, backend: Backend, world: World, command: Command, key: str, writes: int) -> bool:
        """Gives the command over a link that is cut after so many writes, then at another desk; whether it was cut."""
        world.cut_after(writes)
        try:
            await backend.apply(command, key)
        except Unreachable:
            cut = True
        else:
            cut = False
        world.be_up()
        await self.elsewhere(world, command, key)
        return cut

    @needs(ImportRegistry)
    async def test_a_file_is_taken_over_whole_or_not_at_all(self, backend: Backend, world: World) -> None:
        self.offered(backend, ImportRegistry)
        self.furnished(world)
        before = await self.registry(backend)
        command = samples.registry_command(ImportRegistry, self.source, self.teams)
        world.refuse_next()
        with pytest.raises(Refused):
            await backend.apply(command, KEY + "1")
        assert await self.registry(backend) == before

    # ------------------------------------------------------------------------------------------------ colleagues

    @each_of(samples.PILOT_CHANGES)
    async def test_what_a_colleague_did_to_a_pilot_meanwhile_is_a_conflict(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        ref = self.pilot(world)
        command = samples.pilot_command(kind, ref)
        rival = samples.pilot_rival(command)
        self.offered(backend, type(rival))
        seen = await self.pilot_seen(backend, ref)
        await self.elsewhere(world, rival, KEY + "theirs")
        theirs = await self.looked(backend, ref)
        with pytest.raises(Conflict) as raised:
            await backend.apply(command, KEY + "1", seen)
        assert await self.looked(backend, ref) == theirs, "nothing was written over the colleague's work"
        current = raised.value.current
        assert isinstance(current, Pilot)
        assert (current.ref, pilot_facts(current)) == (ref, pilot_facts(theirs))
        await backend.apply(command, KEY + "2", current)
        mine = pilot_preview(command, theirs, POLICY, NOON, "", KEY + "2")
        assert pilot_facts(await self.looked(backend, ref)) == pilot_facts(mine)

    @needs(PilotStep, PilotEdit, Comment)
    async def test_a_colleague_elsewhere_on_a_pilot_is_in_nobodys_way(self, backend: Backend, world: World) -> None:
        self.offered(backend, PilotStep, PilotEdit, Comment)
        ref = self.pilot(world)
        seen = await self.pilot_seen(backend, ref)
        others: tuple[Command, ...] = (
            PilotStep(target=ref, number=6),
            PilotEdit(target=ref, metrics="theirs"),
            Comment(target=ref, text="theirs"),
        )
        for number, theirs in enumerate(others):
            await self.elsewhere(world, theirs, f"{KEY}theirs-{number}")
        await backend.apply(samples.pilot_command(PilotStep, ref), KEY + "1", seen)
        await backend.apply(PilotEdit(target=ref, users="mine"), KEY + "2", seen)
        found = await self.looked(backend, ref)
        assert {step.number for step in found.steps if step.done} == {1, 2, 6, 7}
        assert (found.metrics, found.users) == ("theirs", "mine")

    @each_of(samples.PILOT_CHANGES)
    async def test_a_colleague_who_did_the_same_to_a_pilot_is_no_conflict(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        ref = self.pilot(world)
        seen = await self.pilot_seen(backend, ref)
        command = samples.pilot_command(kind, ref)
        await self.elsewhere(world, command, KEY + "theirs")
        theirs = await self.looked(backend, ref)
        await backend.apply(command, KEY + "1", seen)
        mine = pilot_preview(command, theirs, POLICY, NOON, "", KEY + "1")
        assert pilot_facts(await self.looked(backend, ref)) == pilot_facts(mine)

    @needs(Commit)
    async def test_a_commitment_is_entered_once_and_none_overlaps_it(self, backend: Backend, world: World) -> None:
        self.offered(backend, Commit)
        command = Commit(target=Ref(self.source, "new"), party=self.teams[0], component="dpm", stack="UMD")
        await self.elsewhere(world, command, KEY + "theirs")
        await backend.apply(command, KEY + "1")
        with pytest.raises(Refused):
            await backend.apply(structs.replace(command, stack=""), KEY + "2")
        assert [each.stack for each in (await self.registry(backend)).commitments] == ["UMD"]

    # ------------------------------------------------------------------------------------------------ what is not

    @each_of(samples.PILOT_CHANGES)
    async def test_a_command_on_a_pilot_that_is_gone(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        ref, other = self.pilot(world), self.pilot(world, 2)
        world.remove(ref)
        with pytest.raises(Gone):
            await backend.apply(samples.pilot_command(kind, ref), KEY + "1")
        assert set((await read(backend, Kind.PILOT)).records) == {other}

    @needs(PilotEdit, Assign)
    async def test_what_is_asked_of_the_wrong_kind_is_refused(self, backend: Backend, world: World) -> None:
        self.offered(backend, PilotEdit, Assign)
        ref = self.pilot(world)
        before = await self.looked(backend, ref)
        with pytest.raises(BackendError):
            await backend.apply(Assign(target=ref, add=self.teams[:1]), KEY + "1")
        assert await self.looked(backend, ref) == before
