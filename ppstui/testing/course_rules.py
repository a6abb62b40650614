"""The promises about a rollout on its way to the end: exposure, reports, incidents, the document, the parent."""

# ruff: noqa: D102, S101 (the names of the tests are the sentences; asserts are what a contract is made of)

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from ppstui.errors import Refused, Unreachable
from ppstui.model import (
    Assign,
    Comment,
    Document,
    Expose,
    Exposure,
    Extend,
    Incident,
    Outcome,
    Phase,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from ppstui.rules.commands.scene import said_of_exposure
from ppstui.testing import samples
from ppstui.testing.ground import KEY, Ground, each_of, needs
from ppstui.testing.samples import TODAY

if TYPE_CHECKING:
    from ppstui.model import Command, Ref
    from ppstui.port import Backend
    from ppstui.testing.world import World


class CourseRules(Ground):
    """What is said on the way is read back as it was said, and the end is told to whom it concerns."""

    # --------------------------------------------------------------------------------------------------- exposure

    @needs(Expose, Extend)
    async def test_what_was_said_of_an_exposure_adds_up(self, backend: Backend, world: World) -> None:
        self.offered(backend, Expose, Extend)
        ref = self.one(world)
        until = TODAY + dt.timedelta(days=12)
        await backend.apply(Expose(target=ref, on=TODAY), KEY + "1")
        await backend.apply(Extend(target=ref, team=self.teams[0], until=until, reason="it rained"), KEY + "2")
        await backend.apply(Expose(target=ref, team=self.teams[0], on=TODAY + dt.timedelta(days=1)), KEY + "3")
        told = (await self.rollout(backend, ref)).exposures
        assert said_of_exposure(told, "") == Exposure(start=TODAY)
        assert said_of_exposure(told, self.teams[0]) == Exposure(
            team=self.teams[0], start=TODAY + dt.timedelta(days=1), until=until, reason="it rained"
        )

    @needs(Extend)
    async def test_a_reason_says_nothing_else(self, backend: Backend, world: World) -> None:
        self.offered(backend, Extend)
        ref = self.one(world)
        forged = "it rained\nppstui: exposure of all from 2001-01-01\nppstui: report of x waived because y"
        until = TODAY + dt.timedelta(days=12)
        await backend.apply(Extend(target=ref, team=self.teams[0], until=until, reason=forged), KEY + "1")
        record = await self.rollout(backend, ref)
        assert [(each.team, each.start, each.until) for each in record.exposures] == [(self.teams[0], None, until)]
        assert record.waivers == ()

    # ---------------------------------------------------------------------------------------------------- reports

    @needs(Report)
    async def test_a_report_that_is_not_needed_is_said_so_once(self, backend: Backend, world: World) -> None:
        self.offered(backend, Report)
        command = samples.waiver(self.one(world), self.teams[0], "the site closed")
        world.lose_next_answer()
        with pytest.raises(Unreachable):
            await backend.apply(command, KEY + "1")
        await backend.apply(command, KEY + "1")
        record = await self.rollout(backend, command.target)
        assert [(each.team, each.reason) for each in record.waivers] == [(self.teams[0], "the site closed")]
        assert all(each.at and each.by for each in record.waivers)
        assert record.attachments == ()

    @needs(Report)
    async def test_a_report_whose_content_is_lost_is_refused(self, backend: Backend, world: World) -> None:
        self.offered(backend, Report)
        whole = samples.report(self.one(world), self.teams[0], "hello")
        before = self.traces(backend, world, whole.target)
        with pytest.raises(Refused) as raised:
            await backend.apply(structs.replace(whole, content=b""), KEY + "1")
        assert type(raised.value) is Refused
        assert self.traces(backend, world, whole.target) == before

    # -------------------------------------------------------------------------------------------------- taken out

    @needs(Incident)
    async def test_an_incident_is_taken_out_again(self, backend: Backend, world: World) -> None:
        self.offered(backend, Incident)
        ref = self.one(world)
        other = samples.INCIDENT + "0"
        await backend.apply(Incident(target=ref, url=other), KEY + "1")
        await backend.apply(self.command(Incident, ref), KEY + "2")
        await backend.apply(Incident(target=ref, url=samples.INCIDENT, remove=True), KEY + "3")
        assert [url for url in world.see(Incident, ref) if url.startswith(samples.INCIDENT)] == [other]
        assert [link.url for link in (await self.rollout(backend, ref)).links] == [other]

    @needs(Document)
    async def test_another_document_takes_the_place_of_the_first(self, backend: Backend, world: World) -> None:
        self.offered(backend, Document)
        ref = self.one(world)
        await backend.apply(self.command(Document, ref), KEY + "1")
        url = samples.DOCUMENTS + "701"
        await backend.apply(Document(target=ref, document="701", url=url), KEY + "2")
        record = await self.rollout(backend, ref)
        assert (record.document, record.document_url) == ("701", url)
        assert [link.url for link in record.links] == [url]
        await backend.apply(Document(target=ref), KEY + "3")
        assert world.see(Document, ref) == ()
        record = await self.rollout(backend, ref)
        assert (record.document, record.document_url, record.links) == ("", "", ())

    @each_of((SetOutcome, SetDue, SetOwner, SetField))
    async def test_a_value_is_taken_out_again(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        ref = self.one(world)
        before = await self.rollout(backend, ref)
        await backend.apply(self.command(kind, ref), KEY + "1")
        nothing: dict[type[Command], Command] = {
            SetOutcome: SetOutcome(target=ref, outcome=None),
            SetDue: SetDue(target=ref, due=None),
            SetOwner: SetOwner(target=ref, owner=""),
            SetField: SetField(target=ref, name=self.field, values=()),
        }
        await backend.apply(nothing[kind], KEY + "2")
        assert self.effects(world, self.command(kind, ref)) == 0
        after = await self.rollout(backend, ref)
        assert (after.outcome, after.due, after.owner) == (before.outcome, before.due, "")
        assert [each for each in after.fields if each[0] == self.field and each[1]] == []

    # -------------------------------------------------------------------------------------------------- refusals

    @needs(SetField)
    async def test_what_has_an_action_of_its_own_is_no_plain_field(self, backend: Backend, world: World) -> None:
        self.offered(backend, SetField)
        ref = self.one(world)
        before = self.traces(backend, world, ref)
        with pytest.raises(Refused, match="outcome"):
            await backend.apply(SetField(target=ref, name="Outcome", values=("ACCEPT",)), KEY + "1")
        assert self.traces(backend, world, ref) == before

    @needs(SetStatus)
    async def test_a_status_that_is_none_is_refused_with_a_near_one(self, backend: Backend, world: World) -> None:
        self.offered(backend, SetStatus)
        ref = self.one(world)
        before = self.traces(backend, world, ref)
        with pytest.raises(Refused, match="resolved") as raised:
            await backend.apply(SetStatus(target=ref, status="resolvd"), KEY + "1")
        assert type(raised.value) is Refused
        assert self.traces(backend, world, ref) == before

    # ----------------------------------------------------------------------------------------------------- the end

    @needs(Resolve)
    async def test_closing_leaves_what_it_does_not_name(self, backend: Backend, world: World) -> None:
        self.offered(backend, Resolve, SetOutcome, Document)
        ref = self.one(world)
        await backend.apply(SetOutcome(target=ref, outcome=Outcome.REJECT), KEY + "1")
        await backend.apply(self.command(Document, ref), KEY + "2")
        await backend.apply(Resolve(target=ref), KEY + "3")
        record = await self.rollout(backend, ref)
        assert (record.phase, record.outcome, record.document) == (Phase.RESOLVED, "REJECT", "700")

    @needs(Resolve)
    async def test_wherever_closing_is_cut_the_parent_is_told_once(self, backend: Backend, world: World) -> None:
        self.offered(backend, Resolve)
        if not self.parents:
            pytest.skip("there are no parents at the other side")
        for writes in itertools.count():
            child = samples.rollout(self.source, 50 + writes, self.teams[:1])
            (ref,) = world.seed([structs.replace(child, parent=samples.parent(self.source, writes))])
            world.cut_after(writes)
            cut = await self.gives(backend, self.command(Resolve, ref), f"{KEY}cut-{writes}")
            world.be_up()
            if cut:
                another = world.open()
                assert not await self.gives(another, self.command(Resolve, ref), f"{KEY}cut-{writes}")
                await another.aclose()
            await self.is_told(backend, world, ref)
            if not cut:
                break
        assert writes, "nothing was ever cut"

    @staticmethod
    async def gives(backend: Backend, command: Command, key: str) -> bool:
        """Gives a command; whether the link was cut."""
        try:
            await backend.apply(command, key)
        except Unreachable:
            return True
        return False

    async def is_told(self, backend: Backend, world: World, ref: Ref) -> None:
        """That rollout and parent agree, and that it was said once."""
        record = await self.rollout(backend, ref)
        assert (record.phase, record.outcome, record.document) == (Phase.RESOLVED, "ACCEPT", "700")
        assert record.parent is not None
        assert (record.parent.outcome, record.parent.document) == ("ACCEPT", "700")
        assert world.see(SetOutcome, record.parent.ref) == ("ACCEPT",)
        assert world.see(Document, record.parent.ref) == ("700",)
        assert sum("hello" in text for text in world.see(Comment, ref)) == 1

    # ------------------------------------------------------------------------------------------ the whole way

    @needs(Resolve)
    async def test_a_rollout_goes_from_new_to_resolved(self, backend: Backend, world: World) -> None:
        self.offered(backend, *samples.COMMANDS[:-1])
        ref = self.one(world, teams=0)
        way: list[Command] = [Assign(target=ref, add=self.teams[:2])]
        way += [self.command(kind, ref, f"step {kind.__name__}") for kind in samples.COMMANDS[1:-2]]
        way += [samples.waiver(ref, self.teams[1], "step waived"), SetStatus(target=ref, status="open")]
        way += [self.command(Resolve, ref, "step the last")]
        record: Rollout = await self.rollout(backend, ref)
        for number, command in enumerate(way):
            await backend.apply(command, f"{KEY}way-{number}", record)
            record = await self.rollout(backend, ref)
        assert record.phase is Phase.RESOLVED
        assert [each.team for each in record.assignments] == list(self.teams[:2])
        assert (record.outcome, record.document, len(record.attachments)) == ("ACCEPT", "700", 1)
        assert len({mark for message in record.messages for mark in message.marks}) == 12  # noqa: PLR2004
