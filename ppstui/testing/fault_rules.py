"""What happens when something goes wrong: the right error, no effect, no secret told, and nothing broken afterwards."""

# ruff: noqa: D102, S101 (the names of the tests are the sentences; asserts are what a contract is made of)

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import Gone, NotAuthorised, Refused, Unreachable
from ppstui.model import Comment, Kind
from ppstui.testing.ground import KEY, Ground, each_command, each_of, needs
from ppstui.testing.reading import read
from ppstui.testing.samples import COMMANDS

if TYPE_CHECKING:
    from ppstui.model import Command, Receipt
    from ppstui.port import Backend
    from ppstui.testing.reading import Reading
    from ppstui.testing.world import World


class FaultRules(Ground):
    """The other side fails, or the call is interrupted."""

    # ------------------------------------------------------------------------------------------------ 10: faults

    async def test_nobody_answers(self, backend: Backend, world: World) -> None:
        ref = self.one(world)
        world.be_down()
        ends = await self.everything(backend, ref)
        assert [type(end) for end in ends] == [Unreachable] * len(ends)
        assert {end.source for end in ends if end} == {self.source}
        world.be_up()
        assert await self.everything(backend, ref) == [None] * len(ends)

    async def test_credentials_that_ended(self, backend: Backend, world: World) -> None:
        ref = self.one(world)
        world.expire_credentials()
        ends = await self.everything(backend, ref)
        assert [type(end) for end in ends] == [NotAuthorised] * len(ends)
        assert {end.source for end in ends if end} == {self.source}
        world.renew_credentials()
        assert await self.everything(backend, ref) == [None] * len(ends)

    @each_command
    async def test_a_refusal_has_no_effect(self, backend: Backend, world: World, kind: type[Command]) -> None:
        self.offered(backend, kind)
        command = self.command(kind, self.one(world))
        world.refuse_next()
        with pytest.raises(Refused) as raised:
            await backend.apply(command, KEY + "1")
        assert type(raised.value) is Refused
        assert self.effects(world, command) == 0
        await backend.apply(command, KEY + "1")
        assert self.effects(world, command) == 1, "refused once is not refused for ever"

    @each_of(COMMANDS[:-1])  # NewRollout has no record yet
    async def test_a_command_on_a_record_that_is_gone(
        self, backend: Backend, world: World, kind: type[Command]
    ) -> None:
        self.offered(backend, kind)
        ref, other = self.several(world, Kind.ROLLOUT, 2)
        world.remove(ref)
        with pytest.raises(Gone):
            await backend.apply(self.command(kind, ref), KEY + "1")
        assert self.effects(world, self.command(kind, other)) == 0

    async def test_an_error_is_one_sentence(self, backend: Backend, world: World) -> None:
        ref = self.one(world)
        world.be_down()
        for end in await self.everything(backend, ref):
            assert end is not None
            text = str(end)
            assert text.strip() == text != ""
            assert not any(ord(character) < ord(" ") for character in text)
            assert len(text) < 400  # noqa: PLR2004 (five lines of a terminal)

    # ------------------------------------------------------------------------------------------- 13: interruptions

    async def test_a_cancelled_call_leaves_it_usable(self, backend: Backend, world: World) -> None:
        refs = self.several(world, Kind.ROLLOUT, 3)
        for rounds in range(6):
            for kind in backend.offer.reads:
                await _interrupted(asyncio.ensure_future(read(backend, kind)), rounds)
            for number, kind_of in enumerate(backend.offer.writes):
                task = asyncio.ensure_future(backend.apply(self.command(kind_of, refs[0]), f"{KEY}{rounds}-{number}"))
                await _interrupted(task, rounds)
        reading = await read(backend, Kind.ROLLOUT)
        assert set(refs) <= set(reading.records)
        if Comment in backend.offer.writes:
            command = self.command(Comment, refs[1])
            await backend.apply(command, KEY + "9")
            assert self.effects(world, command) == 1

    @needs(Comment)
    async def test_a_cancelled_command_may_be_given_again(self, backend: Backend, world: World) -> None:
        self.offered(backend, Comment)
        command = self.command(Comment, self.one(world))
        for rounds in range(6):
            await _interrupted(asyncio.ensure_future(backend.apply(command, KEY + "1")), rounds)
        await backend.apply(command, KEY + "1")
        assert self.effects(world, command) == 1

    async def test_closing_twice_is_fine(self, world: World) -> None:
        backend = world.open()
        await backend.aclose()
        await backend.aclose()
        used = world.open()
        await used.check()
        await used.aclose()
        await used.aclose()

    # ------------------------------------------------------------------------------------------------ 14: secrets

    async def test_no_secret_is_ever_told(
        self, backend: Backend, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ref = self.one(world)
        told = [repr(backend), str(backend), repr(await backend.check())]
        world.be_down()
        told += [_all_of(end) for end in await self.everything(backend, ref)]
        world.be_up()
        world.expire_credentials()
        told += [_all_of(end) for end in await self.everything(backend, ref)]
        told.append(caplog.text)
        for secret in world.secrets:
            assert not [text for text in told if secret in text], "a secret was told"


async def _interrupted(task: asyncio.Future[Receipt] | asyncio.Future[Reading], rounds: int) -> None:
    """Cancels a call after it had so many turns of the loop."""
    for _ in range(rounds):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _all_of(error: BaseException | None) -> str:
    """Everything that a log could show of an error and its causes."""
    texts: list[str] = []
    while error is not None:
        texts += [str(error), repr(error), repr(vars(error))]
        error = error.__cause__
    return " ".join(texts)
