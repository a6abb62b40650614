"""The promises about the bulletin: what is noted, drafted and published is kept once, and no draft is written over."""

# ruff: noqa: D102, S101 (the names of the tests are the sentences; asserts are what a contract is made of)

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from ppstui.errors import Conflict, Gone, Refused, Unreachable, Unsupported
from ppstui.model import Bulletin, KeepPublication, Kind, Mention, SaveBulletin
from ppstui.testing import bulletin_samples as samples
from ppstui.testing.ground import KEY, Ground, each_of, needs, reads
from ppstui.testing.reading import known_to, read
from ppstui.testing.texts import CONTROLS, NASTY, same

if TYPE_CHECKING:
    from ppstui.model import Command, Ref
    from ppstui.port import Backend
    from ppstui.testing.world import World

_LONGEST = 12
"""More writes than any command takes."""


class BulletinRules(Ground):
    """Issues that several coordinators note, draft and publish."""

    # --------------------------------------------------------------------------------------------------- helpers

    async def issue(self, backend: Backend, number: int = 1) -> Bulletin:
        """The issue, looked at whole."""
        record = await backend.look(samples.ref(self.source, number))
        assert isinstance(record, Bulletin)
        return record

    def noted(self, world: World, number: int = 1) -> Ref:
        """An issue for which a note was taken."""
        return world.seed([samples.bulletin(self.source, number)])[0]

    async def at_another_desk(self, world: World, *commands: Command) -> None:
        """A colleague gives these commands."""
        another = world.open()
        try:
            for number, command in enumerate(commands):
                await another.apply(command, f"{KEY}theirs-{number}")
        finally:
            await another.aclose()

    # --------------------------------------------------------------------------------------------------- reading

    @reads(Kind.BULLETIN)
    async def test_an_issue_is_read_whole(self, backend: Backend, world: World) -> None:
        self.readable(backend, Kind.BULLETIN)
        there = samples.full_bulletin(self.source)
        (ref,) = world.seed([there])
        listed = (await read(backend, Kind.BULLETIN)).records[ref]
        assert isinstance(listed, Bulletin)
        assert listed == await self.issue(backend)
        assert structs.replace(listed, rev="", url="") == there

    @reads(Kind.BULLETIN)
    async def test_an_issue_that_was_removed_is_dropped(self, backend: Backend, world: World) -> None:
        self.readable(backend, Kind.BULLETIN)
        first, second = self.noted(world), self.noted(world, 2)
        before = await read(backend, Kind.BULLETIN)
        world.remove(second)
        after = await read(backend, Kind.BULLETIN, known_to(before) if backend.offer.incremental else None)
        assert set(after.onto(before.records)) == {first}
        with pytest.raises(Gone):
            await backend.look(second)

    @needs(Mention)
    async def test_what_changed_on_an_issue_since_is_read_again(self, backend: Backend, world: World) -> None:
        self.offered(backend, Mention)
        first, second = self.noted(world), self.noted(world, 2)
        before = await read(backend, Kind.BULLETIN)
        await self.at_another_desk(
            world, samples.mention(self.source, number=2), samples.mention(self.source, number=3)
        )
        after = await read(backend, Kind.BULLETIN, known_to(before) if backend.offer.incremental else None)
        held = after.onto(before.records)
        assert set(held) == {first, second, samples.ref(self.source, 3)}
        assert [held[ref] for ref in (first, second)] == [await self.issue(backend, number) for number in (1, 2)]

    # ---------------------------------------------------------------------------------------------- the effects

    @each_of(samples.BULLETIN_COMMANDS, offered=False)
    async def test_a_command_to_an_issue_that_is_not_offered_is_refused(
        self, backend: Backend, kind: type[Command]
    ) -> None:
        if kind in backend.offer.writes:
            pytest.skip("it is offered")
        with pytest.raises(Unsupported):
            await backend.apply(samples.bulletin_command(kind, self.source), KEY + "1")

    @needs(Mention)
    async def test_a_note_makes_its_issue_and_another_joins_it(self, backend: Backend) -> None:
        self.offered(backend, Mention)
        first, second = samples.mention(self.source), samples.mention(self.source, "")
        receipt = await backend.apply(first, KEY + "1")
        assert receipt.text.strip()
        assert "\n" not in receipt.text
        assert receipt.record in (None, await self.issue(backend))
        await backend.apply(second, KEY + "2")
        await backend.apply(second, KEY + "2")
        record = await self.issue(backend)
        assert (record.audience, record.issue) == (samples.AUDIENCE, samples.issue())
        told = [(each.id, each.about, each.text, each.title, each.url) for each in record.notes]
        assert told == [
            (f"{KEY}{number}", each.about, each.text, each.title, each.url)
            for number, each in enumerate((first, second), 1)
        ]
        assert all(each.by and each.at.tzinfo for each in record.notes)
        assert (record.gathered, record.draft, record.holder) == (None, None, "")

    @needs(SaveBulletin)
    async def test_a_draft_is_kept_as_it_is(self, backend: Backend) -> None:
        self.offered(backend, SaveBulletin)
        command = samples.save(self.source)
        receipt = await backend.apply(command, KEY + "1")
        record = await self.issue(backend)
        assert receipt.record in (None, record)
        assert (record.gathered, record.draft) == (command.gathered, command.draft)
        assert (record.audience, record.issue, record.frozen_at) == (samples.AUDIENCE, samples.issue(), None)
        assert record.updated
        assert record.updated_by

    @needs(SaveBulletin)
    async def test_a_draft_takes_the_place_of_the_one_it_was_made_from(self, backend: Backend, world: World) -> None:
        self.offered(backend, SaveBulletin)
        ref = self.noted(world)
        await backend.apply(samples.save(self.source), KEY + "1")
        first = await self.issue(backend)
        command = samples.save(self.source, "And more.", first.rev)
        await backend.apply(command, KEY + "2")
        second = await self.issue(backend)
        assert (second.ref, second.draft) == (ref, command.draft)
        assert second.rev != first.rev
        assert second.notes == samples.bulletin(self.source).notes, "what was noted stays"

    @needs(SaveBulletin)
    async def test_a_draft_that_is_there_already_moves_nothing(self, backend: Backend) -> None:
        self.offered(backend, SaveBulletin)
        await backend.apply(samples.save(self.source), KEY + "1")
        before = await self.issue(backend)
        await backend.apply(samples.save(self.source, base=before.rev), KEY + "2")
        assert await self.issue(backend) == before

    @needs(SaveBulletin)
    async def test_whoever_goes_on_editing_holds_it_until_it_is_let_go(self, backend: Backend) -> None:
        self.offered(backend, SaveBulletin)
        await backend.apply(samples.save(self.source, hold=True), KEY + "1")
        held = await self.issue(backend)
        assert held.holder == held.updated_by
        assert held.held_at
        await backend.apply(samples.save(self.source, "The end.", held.rev), KEY + "2")
        free = await self.issue(backend)
        assert (free.holder, free.held_at) == ("", None)

    @needs(SaveBulletin, Mention, KeepPublication)
    async def test_what_is_frozen_keeps_its_facts_and_only_its_words_are_corrected(self, backend: Backend) -> None:
        self.offered(backend, SaveBulletin, Mention, KeepPublication)
        await backend.apply(samples.save(self.source, hold=True), KEY + "1")
        base = (await self.issue(backend)).rev
        await backend.apply(samples.save(self.source, base=base, freeze=True), KEY + "2")
        frozen = await self.issue(backend)
        assert frozen.frozen_at
        assert frozen.holder == ""
        words = samples.save(self.source, "In other words.", frozen.rev, freeze=True)
        thawing = structs.replace(words, freeze=False)
        fresh = structs.replace(words, gathered=samples.gathered(text="VOMS: no EA"))
        for number, command in enumerate((thawing, fresh)):
            with pytest.raises(Refused):
                await backend.apply(command, f"{KEY}late-{number}")
        assert await self.issue(backend) == frozen
        await backend.apply(samples.mention(self.source), KEY + "3")
        await backend.apply(samples.keep(self.source), KEY + "4")
        await backend.apply(words, KEY + "5")
        after = await self.issue(backend)
        assert (after.frozen_at, after.gathered, after.draft) == (frozen.frozen_at, frozen.gathered, words.draft)
        assert (len(after.notes), len(after.publications)) == (1, 1)

    @needs(KeepPublication)
    async def test_what_went_where_is_written_down_once(self, backend: Backend, world: World) -> None:
        self.offered(backend, KeepPublication)
        self.noted(world)
        for number, correction in enumerate((0, 1, 0)):  # the last one catches up with what it does not know of
            await backend.apply(samples.keep(self.source, correction=correction), f"{KEY}{number}")
        found = await self.issue(backend)
        assert found.publications == (samples.publication(), samples.publication(1))

    @needs(KeepPublication)
    async def test_nothing_is_written_down_on_an_issue_that_is_gone(self, backend: Backend, world: World) -> None:
        self.offered(backend, KeepPublication)
        ref, other = self.noted(world), self.noted(world, 2)
        world.remove(ref)
        with pytest.raises(Gone):
            await backend.apply(samples.keep(self.source), KEY + "1")
        assert set((await read(backend, Kind.BULLETIN)).records) == {other}

    @needs(Mention, SaveBulletin)
    async def test_nasty_text_survives_in_an_issue(self, backend: Backend) -> None:
        self.offered(backend, Mention, SaveBulletin)
        command = structs.replace(samples.save(self.source), draft=samples.draft(*NASTY.values()))
        note = samples.mention(self.source, "\n".join(NASTY.values()))
        await backend.apply(command, KEY + "1")
        await backend.apply(note, KEY + "2")
        record = await self.issue(backend)
        assert record.draft == command.draft
        assert [same(each.text) for each in record.notes] == [same(note.text)]

    @each_of((Mention, SaveBulletin))
    async def test_control_characters_do_an_issue_no_harm(self, backend: Backend, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = samples.bulletin_command(kind, self.source, f"before {CONTROLS} \ud800 after")
        await backend.apply(command, KEY + "1")
        before = await self.issue(backend)
        told = [each.text for each in before.notes]
        told += [line.text or "" for part in (before.draft.parts if before.draft else ()) for line in part.lines]
        assert sum(text.startswith("before ") and text.endswith(" after") for text in told) == 1
        if isinstance(command, SaveBulletin):
            await backend.apply(command, KEY + "2")
            assert await self.issue(backend) == before, "it is known again, though not every character was kept"

    # ----------------------------------------------------------------------------------------------------- once

    @each_of(samples.BULLETIN_COMMANDS)
    async def test_wherever_the_link_is_cut_an_issue_is_changed_once(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        for writes in itertools.count():
            number = 1 + writes
            self.noted(world, number)
            command = samples.bulletin_command(kind, self.source, number=number)
            world.cut_after(writes)
            try:
                await backend.apply(command, f"{KEY}cut-{writes}")
            except Unreachable:
                cut = True
            else:
                cut = False
            world.be_up()
            another = world.open()
            try:
                await another.apply(command, f"{KEY}cut-{writes}")
            finally:
                await another.aclose()
            self.check_once(await self.issue(backend, number), command, f"{KEY}cut-{writes}")
            if not cut:
                break
            assert writes < _LONGEST, "it never ends"
        assert writes, "nothing was ever cut"

    @staticmethod
    def check_once(found: Bulletin, command: Command, key: str) -> None:
        """That the issue of `noted` shows what was asked for, once, and nothing else."""
        assert [each.id for each in found.notes] == [samples.note(1).id, *[key] * isinstance(command, Mention)]
        assert found.publications == ((command.publication,) if isinstance(command, KeepPublication) else ())
        assert found.draft == (command.draft if isinstance(command, SaveBulletin) else None)

    @each_of(samples.BULLETIN_COMMANDS)
    async def test_a_refusal_leaves_an_issue_as_it_was(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        self.noted(world)
        before = await self.issue(backend)
        command = samples.bulletin_command(kind, self.source)
        world.refuse_next()
        with pytest.raises(Refused):
            await backend.apply(command, KEY + "1")
        assert await self.issue(backend) == before
        await backend.apply(command, KEY + "1")
        self.check_once(await self.issue(backend), command, KEY + "1")

    # ------------------------------------------------------------------------------------------------ colleagues

    @needs(SaveBulletin)
    async def test_a_draft_that_a_colleague_saved_meanwhile_is_a_conflict(self, backend: Backend, world: World) -> None:
        self.offered(backend, SaveBulletin)
        await backend.apply(samples.save(self.source), KEY + "1")
        base = (await self.issue(backend)).rev
        await self.at_another_desk(world, samples.save(self.source, "Theirs.", base))
        theirs = await self.issue(backend)
        for number, stale in enumerate(("", base, "no rev at all", "9" * 30)):
            with pytest.raises(Conflict) as raised:
                await backend.apply(samples.save(self.source, "Mine.", stale), f"{KEY}mine-{number}")
            assert raised.value.current == theirs
            assert "\n" not in str(raised.value)
        assert await self.issue(backend) == theirs, "nothing was written over the colleague's work"
        mine = samples.save(self.source, "Mine, and theirs.", theirs.rev)
        await backend.apply(mine, KEY + "2")
        assert (await self.issue(backend)).draft == mine.draft

    @needs(SaveBulletin)
    async def test_a_colleague_who_saved_the_very_same_draft_is_no_conflict(
        self, backend: Backend, world: World
    ) -> None:
        self.offered(backend, SaveBulletin)
        await self.at_another_desk(world, samples.save(self.source))
        theirs = await self.issue(backend)
        await backend.apply(samples.save(self.source), KEY + "1")
        assert await self.issue(backend) == theirs

    @needs(SaveBulletin, Mention, KeepPublication)
    async def test_what_is_noted_or_published_meanwhile_is_in_no_drafts_way(
        self, backend: Backend, world: World
    ) -> None:
        self.offered(backend, SaveBulletin, Mention, KeepPublication)
        await backend.apply(samples.save(self.source), KEY + "1")
        base = (await self.issue(backend)).rev
        await self.at_another_desk(world, samples.mention(self.source), samples.keep(self.source))
        command = samples.save(self.source, "Mine.", base)
        await backend.apply(command, KEY + "2")
        found = await self.issue(backend)
        assert found.draft == command.draft
        assert (len(found.notes), len(found.publications)) == (1, 1)

    @needs(SaveBulletin)
    async def test_of_two_who_save_at_once_one_is_told(self, backend: Backend, world: World) -> None:
        self.offered(backend, SaveBulletin)
        await backend.apply(samples.save(self.source), KEY + "1")
        base = (await self.issue(backend)).rev
        texts = ("Mine.", "Theirs.")
        another = world.open()
        try:
            ends = await asyncio.gather(
                *(
                    self.given(desk, samples.save(self.source, text, base), f"{KEY}at-once-{text}")
                    for desk, text in zip((backend, another), texts, strict=True)
                )
            )
        finally:
            await another.aclose()
        assert sorted(end is None for end in ends) == [False, True]
        found = await self.issue(backend)
        assert found.draft == samples.draft(texts[ends.index(None)])
        (told,) = [end for end in ends if end is not None]
        assert told.current == found

    @needs(Mention)
    async def test_notes_that_are_taken_at_two_desks_at_once_are_all_kept(self, backend: Backend, world: World) -> None:
        self.offered(backend, Mention)
        another = world.open()
        try:
            ends = await asyncio.gather(
                *(
                    self.given(desk, samples.mention(self.source, f"note {number}"), f"{KEY}at-once-{number}")
                    for number, desk in enumerate((backend, another) * 2)
                )
            )
        finally:
            await another.aclose()
        assert ends == [None] * 4
        assert sorted(each.text for each in (await self.issue(backend)).notes) == [f"note {n}" for n in range(4)]

    @staticmethod
    async def given(backend: Backend, command: Command, key: str) -> Conflict | None:
        """Gives a command again while nobody answers; what stood against it."""
        for _ in range(20):
            try:
                await backend.apply(command, key)
            except Unreachable:
                continue
            except Conflict as error:
                return error
            else:
                return None
        raise AssertionError("nobody ever answered")
