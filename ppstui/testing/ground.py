"""What all rules of the contract stand on: the fixtures, the exemptions, and what they do with a world."""

# ruff: noqa: S101 (asserts are what a contract is made of)

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

import pytest
import pytest_asyncio

from ppstui.errors import BackendError
from ppstui.model import Assign, Kind, Ref, Rollout, command_name
from ppstui.testing import samples
from ppstui.testing.reading import read
from ppstui.testing.texts import same

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from ppstui.model import Command
    from ppstui.port import Backend
    from ppstui.testing.world import World

KEY = "0195c1de-0000-7000-8000-00000000000"
"""The beginning of idempotency keys; a digit makes one."""

each_command = pytest.mark.parametrize("kind", samples.COMMANDS, ids=command_name)
each_written = pytest.mark.parametrize("kind", samples.WRITTEN, ids=command_name)


class Ground:
    """A world, a backend opened on it, and what the rules do with both."""

    source: ClassVar[str] = "there"
    """The name the world opens its backends under."""
    teams: ClassVar[tuple[str, str, str]] = (
        "ea-NGI_IT-INFN-T1",
        "ea-NGI_UK-UKI-SCOTGRID-GLASGOW",
        "ea-NGI_HR-egee.srce.hr",
    )
    """Teams that exist at the other side."""
    roster_is_there: ClassVar[bool] = False
    """Whether the other side has its teams by itself, `teams` among them: seeding one then only names its reference."""
    page: ClassVar[int] = 20
    """How many records the backend reads with one question."""
    exempt: ClassVar[Mapping[str, str]] = {}
    """Rules this backend cannot keep, by the name of the test, each with the reason."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for rule, reason in cls.exempt.items():
            if not callable(getattr(cls, rule, None)):
                raise TypeError(f"{cls.__name__}.exempt names {rule}, which is no rule of the contract")
            if not reason.strip():
                raise TypeError(f"{cls.__name__}.exempt gives no reason for {rule}")

    @pytest.fixture(autouse=True)
    def _declared_exemptions(self, request: pytest.FixtureRequest) -> None:
        reason = self.exempt.get(getattr(request.node, "originalname", ""))
        if reason is not None:
            pytest.skip(f"exempt: {reason}")

    @pytest_asyncio.fixture
    async def backend(self, world: World) -> AsyncIterator[Backend]:
        """The backend under test, closed afterwards."""
        backend = world.open()
        yield backend
        await backend.aclose()

    # --------------------------------------------------------------------------------------------------- helpers

    def offered(self, backend: Backend, *commands: type[Command]) -> None:
        """Skips the test where one of the commands is not offered."""
        for kind in commands:
            if kind not in backend.offer.writes:
                pytest.skip(f"{command_name(kind)} is not offered")

    def readable(self, backend: Backend, kind: Kind) -> None:
        """Skips the test where the kind is not offered."""
        if kind not in backend.offer.reads:
            pytest.skip(f"{kind.value} are not offered")

    def one(self, world: World, number: int = 1, teams: int = 2) -> Ref:
        """One rollout with so many teams."""
        return world.seed([samples.rollout(self.source, number, self.teams[:teams])])[0]

    def several(self, world: World, kind: Kind, count: int) -> tuple[Ref, ...]:
        """So many records of a kind; there are only three teams."""
        if kind is Kind.TEAM:
            return world.seed([samples.team(self.source, name) for name in self.teams[:count]])
        return world.seed([samples.rollout(self.source, n, self.teams[: n % 2]) for n in range(1, count + 1)])

    def command(self, kind: type[Command], ref: Ref, text: str = "hello from the contract") -> Command:
        """A command of that kind; see `effects`."""
        return samples.command(kind, ref, self.teams, text)

    def effects(self, world: World, command: Command, text: str = "hello from the contract") -> int:
        """How often the effect of `command(...)` is there."""
        seen = world.see(type(command), command.target)
        if isinstance(command, Assign):
            return sum(team == name for team in command.add for name in seen)
        return sum(same(text) in same(effect) for effect in seen)

    async def rollout(self, backend: Backend, ref: Ref) -> Rollout:
        """The record, looked at whole."""
        record = await backend.look(ref)
        assert isinstance(record, Rollout)
        return record

    async def everything(self, backend: Backend, ref: Ref) -> list[BackendError | None]:
        """How every kind of call ends: its error, or None."""
        ends: list[BackendError | None] = []
        calls: list[Callable[[], Awaitable[object]]] = [backend.check, partial(backend.look, ref)]
        calls += [partial(read, backend, kind) for kind in backend.offer.reads]
        calls += [
            partial(backend.apply, self.command(kind, ref), KEY + command_name(kind)) for kind in backend.offer.writes
        ]
        for call in calls:
            try:
                await call()
            except BackendError as error:
                ends.append(error)
            else:
                ends.append(None)
        return ends
