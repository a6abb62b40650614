"""The promises of `apply`: the effect, exactly once."""

# ruff: noqa: D102, S101 (the names of the tests are the sentences; asserts are what a contract is made of)

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import Unreachable, Unsupported
from ppstui.model import (
    Acknowledge,
    Assign,
    Document,
    Expose,
    Extend,
    Incident,
    NewRollout,
    Phase,
    Ref,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from ppstui.rules.exposure_lines import one_line
from ppstui.testing.ground import KEY, Ground, each_command, each_of, each_written, needs
from ppstui.testing.reading import less_history
from ppstui.testing.samples import COMMANDS, MARKED, REASONED, shown, waiver
from ppstui.testing.texts import CONTROLS, NASTY, same

if TYPE_CHECKING:
    from ppstui.model import Command
    from ppstui.port import Backend
    from ppstui.testing.world import World

_LONGEST = 12
"""More writes than any command takes."""


class WritingRules(Ground):
    """What was asked for happens, and exactly once per key."""

    # ------------------------------------------------------------------------------------------------ 5: writing

    async def test_it_offers_what_it_is_known_to_offer(self, backend: Backend) -> None:
        if self.offer is None:
            pytest.skip("it is not known beforehand")
        assert backend.offer == self.offer

    @each_of(COMMANDS, offered=False)
    async def test_a_command_that_is_not_offered_is_refused(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        if kind in backend.offer.writes:
            pytest.skip("it is offered")
        command = self.command(kind, self.one(world))
        with pytest.raises(Unsupported) as raised:
            await backend.apply(command, KEY + "1")
        assert raised.value.source == self.source

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
        check_shown(record, command)

    @needs(Assign)
    async def test_choosing_teams_opens_and_starts_their_clocks(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        ref = self.one(world, teams=0)
        assert (await self.rollout(backend, ref)).phase is Phase.NEW
        await backend.apply(Assign(target=ref, add=self.teams[:2]), KEY + "1")
        record = await self.rollout(backend, ref)
        assert record.phase is Phase.OPEN
        assert [each.team for each in record.assignments] == list(self.teams[:2])
        assert all(each.notified is not None for each in record.assignments)

    @needs(Assign)
    async def test_choosing_one_more_leaves_the_others_clocks_alone(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        ref = self.one(world)
        before = {each.team: each.notified for each in (await self.rollout(backend, ref)).assignments}
        await backend.apply(Assign(target=ref, add=(self.teams[1], self.teams[2])), KEY + "1")
        after = {each.team: each.notified for each in (await self.rollout(backend, ref)).assignments}
        assert set(after) == set(self.teams)
        assert {team: after[team] for team in before} == before

    @needs(Assign)
    async def test_a_team_is_taken_out(self, backend: Backend, world: World) -> None:
        self.offered(backend, Assign)
        ref = self.one(world)
        await backend.apply(Assign(target=ref, add=(self.teams[2],), remove=(self.teams[0],)), KEY + "1")
        assert set(world.see(Assign, ref)) == set(self.teams[1:])
        assert {each.team for each in (await self.rollout(backend, ref)).assignments} == set(self.teams[1:])

    @needs(Acknowledge)
    async def test_an_answer_stands_on_a_line_of_its_own(self, backend: Backend, world: World) -> None:
        self.offered(backend, Acknowledge)
        ref = self.one(world)
        await backend.apply(self.command(Acknowledge, ref), KEY + "1")
        line = f"accept {self.teams[0].removeprefix('ea-')}"
        assert any(line in (each.strip() for each in text.splitlines()) for text in world.see(Acknowledge, ref))

    @each_of(MARKED)
    async def test_what_was_written_carries_its_key(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        ref = self.one(world)
        await backend.apply(self.command(kind, ref), KEY + "1")
        record = await self.rollout(backend, ref)
        assert [message.marks for message in record.messages if message.marks] == [(KEY + "1",)]

    @each_of(MARKED)
    async def test_writing_moves_the_record_on(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        ref = self.one(world)
        before = await self.rollout(backend, ref)
        if not before.rev:
            pytest.skip("this backend has no revs")
        await backend.apply(self.command(kind, ref), KEY + "1")
        assert (await self.rollout(backend, ref)).rev != before.rev

    # ----------------------------------------------------------------------------------- 6, 7, 8: exactly once

    @each_command
    async def test_the_same_key_twice_is_one_effect(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        first = await backend.apply(command, KEY + "1")
        left = {} if kind is NewRollout else self.traces(backend, world, command.target)
        second = await backend.apply(command, KEY + "1")
        assert self.effects(world, command) == 1
        assert kind is NewRollout or self.traces(backend, world, command.target) == left
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
    async def test_wherever_the_link_is_cut_another_desk_completes_it_once(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        whole = self.command(kind, self.one(world))
        await backend.apply(whole, KEY + "whole")
        left = {} if kind is NewRollout else self.traces(backend, world, whole.target, KEY + "whole")
        for writes in itertools.count():
            text = f"made with cut {writes}." if kind is NewRollout else "hello from the contract"
            command = self.command(kind, self.one(world, 2 + writes), text)
            cut = await self._cut(backend, world, command, f"{KEY}cut-{writes}", writes)
            assert self.effects(world, command, text) == 1
            if kind is not NewRollout:
                found = self.traces(backend, world, command.target, f"{KEY}cut-{writes}")
                assert found == left, f"cut after {writes} writes it leaves what it leaves uncut"
            if not cut:
                break
            assert writes < _LONGEST, "it never ends"
        assert writes, "nothing was ever cut"

    @staticmethod
    async def _cut(backend: Backend, world: World, command: Command, key: str, writes: int) -> bool:
        """Gives the command over a link that is cut after so many writes, then at another desk; whether it was cut."""
        world.cut_after(writes)
        try:
            await backend.apply(command, key)
        except Unreachable:
            cut = True
        else:
            cut = False
        world.be_up()
        another = world.open()
        try:
            receipt = await another.apply(command, key)
            assert receipt.text.strip()
        finally:
            await another.aclose()
        return cut

    @each_written
    async def test_different_keys_are_two_effects(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        await backend.apply(command, KEY + "1")
        await backend.apply(command, KEY + "2")
        assert self.effects(world, command) == 2  # noqa: PLR2004 (two effects)

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

    @each_of(REASONED)
    @pytest.mark.parametrize("name", NASTY)
    async def test_nasty_reasons_survive_being_written(
        self, backend: Backend, world: World, kind: type[Command], name: str
    ) -> None:
        self.offered(backend, kind)
        ref = self.one(world)
        text = NASTY[name]
        command = waiver(ref, self.teams[0], text) if kind is Report else self.command(kind, ref, text)
        await backend.apply(command, KEY + "1")
        await backend.apply(command, KEY + "1")
        record = await self.rollout(backend, ref)
        assert sum(one_line(text) in one_line(message.text) for message in record.messages) == 1
        if kind is Extend:
            assert [one_line(exposure.reason) for exposure in record.exposures] == [one_line(text)]
        if kind is Report:
            assert [one_line(each.reason) for each in record.waivers] == [one_line(text)]

    @each_written
    async def test_control_characters_do_no_harm(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world), f"before {CONTROLS} \ud800 after")
        await backend.apply(command, KEY + "1")
        await backend.apply(command, KEY + "1")
        seen = world.see(kind, command.target)
        assert sum("before" in text and "after" in text for text in seen) == 1


def check_shown(record: Rollout, command: Command) -> None:  # noqa: C901, PLR0912 (one case a command)
    """That the record shows what the command asked for."""
    match command:
        case Assign():
            assert command.add[0] in {each.team for each in record.assignments}
        case NewRollout():
            assert record.title == command.title
            assert record.phase is Phase.NEW
            assert any(command.text in message.text for message in record.messages)
        case Expose():
            assert [(each.team, each.start) for each in record.exposures] == [(command.team, command.on)]
        case Extend():
            told = [(each.team, each.until, each.reason) for each in record.exposures]
            assert told == [(command.team, command.until, command.reason)]
        case Report():
            assert (command.name, command.size) in {(each.name, each.size) for each in record.attachments}
        case Incident():
            assert command.url in {link.url for link in record.links}
        case Document():
            check_document(record, command.document, command.url)
        case SetOutcome():
            assert command.outcome
            assert record.outcome == command.outcome.value
        case Resolve():
            check_document(record, command.document, command.url)
            assert command.outcome
            assert (record.phase, record.outcome) == (Phase.RESOLVED, command.outcome.value)
        case SetDue():
            assert record.due == command.due
        case SetOwner():
            assert record.owner == command.owner
        case SetStatus():
            assert record.status == command.status
        case SetField():
            assert command.values
            assert [value for name, value in record.fields if name == command.name] == list(command.values)
        case _:
            text = shown(command, "hello from the contract")
            assert sum(text in message.text for message in record.messages) == 1


def check_document(record: Rollout, number: str, url: str) -> None:
    """That the record names the document and links to it."""
    assert record.document == number
    assert record.document_url == url
    assert [link.url for link in record.links].count(url) == 1
