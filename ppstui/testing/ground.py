"""What all rules of the contract stand on: the fixtures, the exemptions, and what they do with a world."""

# ruff: noqa: S101 (asserts are what a contract is made of)

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import pytest
import pytest_asyncio

from ppstui.errors import BackendError
from ppstui.model import Commit, Kind, Ref, Rollout, command_name
from ppstui.testing import bulletin_samples, preview_samples, samples
from ppstui.testing.reading import read
from ppstui.testing.texts import same

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Mapping

    from ppstui.model import Command
    from ppstui.port import Backend, Offer
    from ppstui.testing.world import World

KEY = "0195c1de-0000-7000-8000-00000000000"
"""The beginning of idempotency keys; a digit makes one."""

_Rule = TypeVar("_Rule", bound=Callable[..., Any])


def each_of(kinds: tuple[type[Command], ...], *, offered: bool = True) -> Callable[[_Rule], _Rule]:
    """A rule for each of these kinds of command, its argument `kind`; with `offered` False for those that are not."""

    def decorate(rule: _Rule) -> _Rule:
        rule.kinds, rule.offered = kinds, offered  # type: ignore[attr-defined]
        return rule

    return decorate


def needs(*kinds: type[Command]) -> Callable[[_Rule], _Rule]:
    """A rule that gives these kinds of command."""

    def decorate(rule: _Rule) -> _Rule:
        rule.needs = kinds  # type: ignore[attr-defined]
        return rule

    return decorate


def reads(*kinds: Kind) -> Callable[[_Rule], _Rule]:
    """A rule that reads these kinds of record."""

    def decorate(rule: _Rule) -> _Rule:
        rule.reads = kinds  # type: ignore[attr-defined]
        return rule

    return decorate


each_command = each_of(samples.COMMANDS)
each_written = each_of(samples.WRITTEN)


class Ground:
    """A world, a backend opened on it, and what the rules do with both."""

    offer: ClassVar[Offer | None] = None
    """What the backend offers, where it is known before it is opened: rules about anything else are then left out.
    None: every rule is there, and is skipped where what it needs is not offered."""
    source: ClassVar[str] = "there"
    """The name the world opens its backends under."""
    teams: ClassVar[tuple[str, str, str]] = (
        "ea-NGI_IT-INFN-T1",
        "ea-NGI_UK-UKI-SCOTGRID-GLASGOW",
        "ea-NGI_HR-egee.srce.hr",
    )
    """Teams that exist at the other side."""
    owners: ClassVar[tuple[str, str]] = ("colleague", "coordinator")
    """Accounts at the other side that a rollout may be given to; a rollout that was seeded has neither."""
    field: ClassVar[str] = "Remarks"
    """A further field at the other side that holds several values."""
    parents: ClassVar[bool] = True
    """Whether the other side has parents, so that a rollout can be seeded with one."""
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
        if cls.offer is not None:
            for rule in [name for name in dir(cls) if name.startswith("test_")]:
                if not _concerns(getattr(cls, rule), cls.offer):
                    setattr(cls, rule, None)  # what is no function is no test

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Makes a test of a rule for each kind of command it is about."""
        kinds = kinds_of(metafunc.function, self.offer)
        if kinds:
            metafunc.parametrize("kind", kinds, ids=command_name)

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

    def readable(self, backend: Backend, *kinds: Kind) -> None:
        """Skips the test where one of the kinds is not offered."""
        for kind in kinds:
            if kind not in backend.offer.reads:
                pytest.skip(f"{kind.value} are not offered")

    def one(self, world: World, number: int = 1, teams: int = 2) -> Ref:
        """One rollout with so many teams."""
        return world.seed([samples.rollout(self.source, number, self.teams[:teams])])[0]

    def several(self, world: World, kind: Kind, count: int) -> tuple[Ref, ...]:
        """So many records of a kind; there are only three teams, and 13 issues."""
        if kind is Kind.TEAM:
            return world.seed([samples.team(self.source, name) for name in self.teams[:count]])
        numbers = range(1, count + 1)
        if kind is Kind.PILOT:
            return world.seed([preview_samples.pilot(self.source, n) for n in numbers])
        if kind is Kind.COMMITMENT:
            return world.seed([preview_samples.commitment(self.source, n, self.teams[0]) for n in numbers])
        if kind is Kind.WISH:
            return world.seed([preview_samples.wish(self.source, n) for n in numbers])
        if kind is Kind.BULLETIN:
            return world.seed([bulletin_samples.bulletin(self.source, n) for n in numbers])
        if kind is Kind.MEETING:
            return world.seed([bulletin_samples.agenda(self.source, n) for n in numbers])
        return world.seed([samples.rollout(self.source, n, self.teams[: n % 2]) for n in numbers])

    def command(self, kind: type[Command], ref: Ref, text: str = "hello from the contract") -> Command:
        """A command of that kind; see `effects`, which tells of commands to rollouts only."""
        if kind in preview_samples.REGISTRY_COMMANDS:
            return preview_samples.registry_command(kind, self.source, self.teams)
        if kind in preview_samples.PILOT_COMMANDS:
            return preview_samples.pilot_command(kind, ref, text)
        if kind in bulletin_samples.BULLETIN_COMMANDS:
            return bulletin_samples.bulletin_command(kind, self.source, text)
        return samples.command(kind, ref, self.teams, text, owner=self.owners[0], field=self.field)

    def effects(self, world: World, command: Command, text: str = "hello from the contract") -> int:
        """How often the effect of `command(...)` is there."""
        wanted = same(samples.shown(command, text))
        return sum(wanted in same(effect) for effect in world.see(type(command), command.target))

    def traces(self, backend: Backend, world: World, ref: Ref, *keys: str) -> dict[str, tuple[str, ...]]:
        """Everything that commands can leave on a rollout, whatever key they were given."""
        found: dict[str, tuple[str, ...]] = {}
        for kind in samples.TRACES:
            if kind in backend.offer.writes:
                texts = world.see(kind, ref)
                for key in keys:
                    texts = tuple(text.replace(key, "KEY") for text in texts)
                found[command_name(kind)] = texts
        return found

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
            partial(backend.apply, self.command(kind, ref), KEY + command_name(kind))
            for kind in samples.COMMANDS
            if kind in backend.offer.writes
        ]
        made: tuple[Command, ...] = (
            preview_samples.new_pilot(ref.source),
            preview_samples.registry_command(Commit, ref.source, self.teams),
            bulletin_samples.mention(ref.source),
            bulletin_samples.save(ref.source),
        )
        calls += [
            partial(backend.apply, each, KEY + command_name(each))
            for each in made
            if type(each) in backend.offer.writes
        ]
        for call in calls:
            try:
                await call()
            except BackendError as error:
                ends.append(error)
            else:
                ends.append(None)
        return ends


def kinds_of(rule: Callable[..., Any], offer: Offer | None) -> tuple[type[Command], ...]:
    """The kinds of command that a rule is about, as far as this offer tells; () for one that is about none."""
    kinds: tuple[type[Command], ...] = getattr(rule, "kinds", ())
    if offer is None:
        return kinds
    return tuple(kind for kind in kinds if (kind in offer.writes) is rule.offered)  # type: ignore[attr-defined]


def _concerns(rule: Any, offer: Offer) -> bool:
    """Whether a backend that offers this can keep the rule, or break it."""
    if hasattr(rule, "kinds") and not kinds_of(rule, offer):
        return False
    return set(getattr(rule, "needs", ())) <= offer.writes and set(getattr(rule, "reads", ())) <= offer.reads
