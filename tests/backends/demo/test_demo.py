"""The invented world: it shows everything the rules know, whenever it is opened, and it goes on a little."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppstui.backends import find
from ppstui.backends.demo import Demo, DemoOptions, bulk, demo_world
from ppstui.backends.demo.backend import DemoBackend
from ppstui.backends.demo.mail import DemoMailer
from ppstui.backends.demo.world import BEAT, HAPPENINGS
from ppstui.errors import Unreachable, Unsupported
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Commitment,
    Document,
    Expose,
    Kind,
    Level,
    Outcome,
    Pilot,
    Record,
    Ref,
    Report,
    Resolve,
    Rollout,
    SetOutcome,
    Team,
    Wish,
    command_name,
)
from ppstui.port import Letter
from ppstui.rules.commands import objections
from ppstui.rules.names import report_name
from ppstui.rules.pilots import PilotCode, PilotStanding, PilotState, pilot_standing
from ppstui.rules.policy import Policy
from ppstui.rules.registry import Registry
from ppstui.rules.rollouts import Code, Severity, Stage, Standing, TeamState, standing
from ppstui.rules.titles import read_title
from ppstui.rules.vacancies import Lack, vacancies
from ppstui.testing import BackendContract, known_to, read, samples, toolbox
from ppstui.testing.reading import NOON
from tests.backends.sql.world import SqlWorld

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.model import Command
    from ppstui.port import Backend, Toolbox

ZURICH = ZoneInfo("Europe/Zurich")
FROM_ELSEWHERE = {Code.CONFLICT, Code.BETA_LEFT}
"""Attention that follows from the outbox, or from a service registry, and not from a rollout's facts."""

instants = st.integers(0, 7 * 365 * 86_400).map(
    lambda seconds: dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
)


class DemoWorld(SqlWorld):
    def open(self) -> Backend:
        return DemoBackend(self.source, "", self._file(), lambda: NOON)


class TestDemo(BackendContract):
    offer = Demo.offer
    page = 200

    @pytest.fixture
    def world(self, tmp_path: Path) -> DemoWorld:
        return DemoWorld(tmp_path / "there.sqlite")


def judged(world: tuple[Record, ...], now: dt.datetime) -> list[Standing]:
    policy = Policy(zone=ZURICH, roster=tuple(each.name for each in world if isinstance(each, Team)))
    return [standing(each, policy, now) for each in world if isinstance(each, Rollout)]


# --------------------------------------------------------------------------------------------------------- the world


def test_the_world_shows_every_stage_every_state_and_every_attention() -> None:
    seen = judged(demo_world(NOON, ZURICH), NOON)
    assert len(seen) >= 40
    assert {each.stage for each in seen} == set(Stage)
    assert {team.state for each in seen for team in each.teams} == set(TeamState)
    assert {entry.code for each in seen for entry in each.attention} == set(Code) - FROM_ELSEWHERE
    assert {entry.severity for each in seen for entry in each.attention} == set(Severity)


@given(instants)
@settings(max_examples=40, deadline=None)
def test_it_does_so_whenever_it_is_opened(now: dt.datetime) -> None:
    seen = judged(demo_world(now, ZURICH), now)
    assert {each.stage for each in seen} == set(Stage)
    assert {team.state for each in seen for team in each.teams} == set(TeamState)
    assert {entry.code for each in seen for entry in each.attention} == set(Code) - FROM_ELSEWHERE


@given(instants)
@settings(max_examples=40, deadline=None)
def test_nothing_in_it_has_happened_in_the_future(now: dt.datetime) -> None:
    for each in demo_world(now, ZURICH):
        if isinstance(each, Rollout):
            times = [each.created, each.updated, *(message.at for message in each.messages)]
            times += [event.at for event in each.events] + [file.at for file in each.attachments]
            times += [assignment.notified for assignment in each.assignments]
            assert max(time for time in times if time) <= now, each.ref
            assert each.created == min(time for time in times if time), each.ref


def pilots_of(now: dt.datetime) -> list[tuple[Pilot, PilotStanding]]:
    """Every pilot of the world, and how it stands."""
    world = demo_world(now, ZURICH)
    known = [each for each in world if isinstance(each, Commitment)]
    policy = Policy(zone=ZURICH)
    return [(each, pilot_standing(each, policy, now, known)) for each in world if isinstance(each, Pilot)]


@given(instants)
@settings(max_examples=25, deadline=None)
def test_it_shows_a_pilot_in_every_state_whenever_it_is_opened(now: dt.datetime) -> None:
    seen = pilots_of(now)
    assert {standing.state for _, standing in seen} == set(PilotState)
    codes = {entry.code for _, standing in seen for entry in standing.attention}
    assert {PilotCode.STEP_OVERDUE, PilotCode.RUN_ENDING, PilotCode.REPORT_DUE, PilotCode.REPORT_OVERDUE} <= codes
    assert {PilotCode.READY_TO_CLOSE, PilotCode.SITES_MISSING, PilotCode.WRAP_UP_DUE} <= codes
    for pilot, _ in seen:
        times = [pilot.updated, *(each.at for each in pilot.messages), *(each.at for each in pilot.events)]
        assert max(time for time in times if time) <= now, pilot.ref
        assert pilot.created
        assert pilot.created <= min(each.at for each in pilot.events), pilot.ref


def test_the_pilot_of_long_ago_ran_from_the_13th_to_the_26th_of_february_2009() -> None:
    old = next(standing for pilot, standing in pilots_of(NOON) if pilot.ref == Ref("rt", "pilot-1"))
    assert (old.run_start, old.end) == (dt.date(2009, 2, 13), dt.date(2009, 2, 26))
    assert old.state is PilotState.CLOSED


def test_some_wishes_are_met_and_some_are_not() -> None:
    world = demo_world(NOON, ZURICH)
    registry = Registry(
        partners=tuple(each for each in world if isinstance(each, Team)),
        commitments=tuple(each for each in world if isinstance(each, Commitment)),
        wishes=tuple(each for each in world if isinstance(each, Wish)),
    )
    rollouts = [(each, standing(each, Policy(zone=ZURICH), NOON)) for each in world if isinstance(each, Rollout)]
    found = vacancies(registry, rollouts, pilots_of(NOON), NOON.date())
    assert {each.why for each in found} == set(Lack)
    lacking = {each.component for each in found if each.why is Lack.WISH}
    assert 0 < len(lacking) < len(registry.wishes)
    assert {each.level for each in registry.commitments} == set(Level)


def test_the_same_instant_is_the_same_world() -> None:
    assert demo_world(NOON, ZURICH) == demo_world(NOON, ZURICH)
    assert demo_world(NOON, ZURICH) != demo_world(NOON + dt.timedelta(hours=1), ZURICH)


def test_there_are_two_sources_and_a_registry() -> None:
    world = demo_world(NOON, ZURICH)
    rollouts = Counter(each.ref.source for each in world if isinstance(each, Rollout))
    assert set(rollouts) == {"rt", "umd"}
    assert min(rollouts.values()) >= 15
    assert len({each.ref for each in world}) == len(world)
    assert sum(isinstance(each, Team) for each in world) >= 15


def test_the_first_deadlines_are_near() -> None:
    dues = {each.ref.id: each.due for each in judged(demo_world(NOON, ZURICH), NOON)}
    assert dues["18305"] == NOON + dt.timedelta(minutes=20)
    assert dues["18304"] == NOON + dt.timedelta(hours=2)
    assert dues["18306"] == NOON - dt.timedelta(days=5), "three days ago was a Sunday: it fell due on Friday"


@pytest.mark.parametrize("day", [16, 17, 18, 19, 20])
def test_on_every_working_day_somebody_has_twenty_minutes_left(day: int) -> None:
    now = dt.datetime(2026, 11, day, 9, 0, tzinfo=dt.UTC)
    dues = {each.ref.id: each.due for each in judged(demo_world(now, ZURICH), now)}
    assert dues["18305"] == now + dt.timedelta(minutes=20)


def test_titles_are_hostile_on_purpose() -> None:
    titles = "\n".join(each.title for each in demo_world(NOON, ZURICH) if isinstance(each, Rollout))
    for nasty in (
        "[red]",
        "[/foo]",
        "\x1b[",
        "\x1b]0;",
        "\x00",
        "\u202e",
        "\u2066",
        "\u0394",
        "\u0449",
        "ب",
        "新",
        "👩\u200d🔬",
    ):
        assert nasty in titles, nasty
    assert max(len(title) for title in titles.split("\n")) > 10_000


# ---------------------------------------------------------------------------------------------------- the backend


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now


def tools(name: str, clock: Clock) -> Toolbox:
    return msgspec.structs.replace(toolbox(name), clock=clock)


async def test_a_source_serves_its_part_of_the_world_under_its_configured_name() -> None:
    backend = find("demo").open(DemoOptions(world="umd"), tools("mine", Clock()))
    reading = await read(backend, Kind.ROLLOUT)
    assert Ref("mine", "UMD-231") in reading.records
    assert {ref.source for ref in reading.records} == {"mine"}
    there = {each.ref.id: each for each in demo_world(NOON, ZURICH) if each.ref.source == "umd"}
    for ref, record in reading.records.items():
        assert isinstance(record, Rollout)
        told = there[ref.id]
        assert msgspec.structs.replace(record, ref=told.ref, rev="") == told
    assert len((await read(backend, Kind.TEAM)).records) == 3
    assert "nothing of it is real" in (await backend.check()).text
    await backend.aclose()


async def test_the_parents_are_of_the_same_source() -> None:
    backend = Demo.open(DemoOptions(world="rt"), tools("mine", Clock()))
    found = (await read(backend, Kind.ROLLOUT)).records.values()
    assert {each.parent.ref.source for each in found if isinstance(each, Rollout) and each.parent} == {"mine"}
    await backend.aclose()


POLICY = Policy(zone=ZURICH, roster=tuple(each.name for each in demo_world(NOON, ZURICH) if isinstance(each, Team)))


async def test_a_rollout_goes_from_new_to_resolved_while_one_looks() -> None:
    """The journey of DOMAIN §2: the teams answer by themselves, everything else the coordinator does."""
    clock = Clock()
    backend = Demo.open(DemoOptions(world="rt"), tools("rt", clock))
    ref, teams = Ref("rt", "18301"), ("ea-NGI_IT-INFN-T1", "ea-NGI_IBERGRID-LIP-Lisbon")

    async def look() -> Rollout:
        record = await backend.look(ref)
        assert isinstance(record, Rollout)
        return record

    async def does(command: Command, stage: Stage) -> None:
        seen = await look()
        assert not [each.text for each in objections(command, seen, POLICY, clock.now) if each.blocking]
        await backend.apply(command, f"{command_name(command)}-{clock.now.isoformat()}", seen)
        assert standing(await look(), POLICY, clock.now).stage is stage
        clock.now += BEAT

    assert standing(await look(), POLICY, clock.now).stage is Stage.NEW_UNASSIGNED
    await does(Assign(target=ref, add=teams), Stage.AWAITING_ACK)
    found = standing(await look(), POLICY, clock.now)
    assert found.stage is Stage.TESTING, "both teams answered after a while, and once"
    assert [each.on_behalf for each in found.teams] == [False, False]
    assert len((await look()).messages) == 3
    today = clock.now.astimezone(ZURICH).date()
    await does(Expose(target=ref, on=today), Stage.EXPOSURE)
    clock.now += dt.timedelta(days=8)
    title = read_title((await look()).title, POLICY.stacks)
    await does(samples.report(ref, teams[0], "It works.", report_name(teams[0], title)), Stage.REPORTS_DUE)
    await does(Report(target=ref, team=teams[1], waive="their disk died"), Stage.READY_TO_CLOSE)
    await does(Document(target=ref, document="900"), Stage.READY_TO_CLOSE)
    await does(SetOutcome(target=ref, outcome=Outcome.ACCEPT, reason="one report will do"), Stage.READY_TO_CLOSE)
    await does(Resolve(target=ref), Stage.CLOSED_ACCEPT)
    record = await look()
    assert record.document_url == "https://documents.example.org/document/900"
    assert record.document_url in [link.url for link in record.links]
    assert record.parent is not None
    assert (record.parent.outcome, record.parent.document) == ("ACCEPT", "900")
    await backend.aclose()


async def test_a_world_that_stands_still_answers_nobody(tmp_path: Path) -> None:
    world = DemoWorld(tmp_path / "there.sqlite")
    (ref,) = world.seed([samples.rollout("there", 1)])
    backend = world.open()
    await backend.apply(Assign(target=ref, add=("ea-CERN-CERN-PROD",)), "assign-1")
    record = await backend.look(ref)
    assert isinstance(record, Rollout)
    assert len(record.messages) == 1
    await backend.aclose()


async def test_the_mail_of_the_demo_stays_here_and_says_so() -> None:
    letter = Letter(key="poll-1", to=("early-adopters-umd@example.org",), subject="Who tests?", text="Hello")
    mailer = DemoMailer()
    said = await mailer.send(letter)
    assert said == "nothing was sent, this is the demo; it would have gone to early-adopters-umd@example.org"
    assert "sends none" in (await mailer.check()).text


async def test_all_actions_work_on_it() -> None:
    backend = Demo.open(DemoOptions(), tools("rt", Clock()))
    await read(backend, Kind.ROLLOUT)
    command = Acknowledge(target=Ref("rt", "18305"), team="ea-NGI_UK-UKI-SCOTGRID-GLASGOW", answer=Answer.ACCEPT)
    receipt = await backend.apply(command, "acknowledge-1")
    assert receipt.record is not None
    (stood,) = judged((receipt.record,), NOON)
    assert stood.stage is Stage.TESTING
    await backend.aclose()


async def test_the_world_goes_on_while_one_looks_and_each_thing_happens_once() -> None:
    clock = Clock()
    backend = Demo.open(DemoOptions(world="rt"), tools("rt", clock))
    first = await read(backend, Kind.ROLLOUT)
    clock.now += BEAT - dt.timedelta(seconds=1)
    assert (await read(backend, Kind.ROLLOUT, known_to(first))).records == {}
    clock.now += dt.timedelta(seconds=1)
    second = await read(backend, Kind.ROLLOUT, known_to(first))
    (record,) = second.records.values()
    assert isinstance(record, Rollout)
    assert record.ref == Ref("rt", "18305")
    assert record.messages[-1].text == HAPPENINGS[0].text
    (stood,) = judged((record,), clock.now)
    assert stood.stage is Stage.TESTING
    clock.now += BEAT * 1000
    third = await read(backend, Kind.ROLLOUT, known_to(second))
    assert {ref.id for ref in third.records} == {each.id for each in HAPPENINGS[1:] if each.source == "rt"}
    assert (await read(backend, Kind.ROLLOUT, known_to(third))).records == {}
    await backend.aclose()


def test_what_happens_concerns_rollouts_that_are_there() -> None:
    there = {(each.ref.source, each.ref.id) for each in demo_world(NOON, ZURICH)}
    assert {(each.source, each.id) for each in HAPPENINGS} <= there


async def test_a_world_kept_in_a_file_is_made_once(tmp_path: Path) -> None:
    options = DemoOptions(file=str(tmp_path / "demo.sqlite"))
    backend = Demo.open(options, tools("rt", Clock()))
    await backend.apply(Comment(target=Ref("rt", "18305"), text="Seen."), "comment-1")
    await backend.aclose()
    again = Demo.open(options, tools("rt", Clock()))
    record = await again.look(Ref("rt", "18305"))
    assert isinstance(record, Rollout)
    assert [message.text for message in record.messages].count("Seen.") == 1
    await again.aclose()


async def test_a_source_that_never_answers_can_be_shown() -> None:
    backend = Demo.open(DemoOptions(world="down"), tools("archive", Clock()))
    for call in (read(backend, Kind.ROLLOUT), backend.look(Ref("archive", "1")), backend.check()):
        with pytest.raises(Unreachable, match="archive: nobody answers"):
            await call
    with pytest.raises(Unsupported):
        await backend.apply(Comment(target=Ref("archive", "1"), text="x"), "comment-1")
    await backend.aclose()
    await backend.aclose()


# -------------------------------------------------------------------------------------------------------------- bulk


def test_bulk_makes_as_many_as_asked_with_the_given_share_alive() -> None:
    made = list(bulk(1_000, NOON))
    assert len({each.ref for each in made}) == 1_000
    assert sum(each.phase.live for each in made) == 400
    assert made == list(bulk(1_000, NOON))
    stages = Counter(each.stage for each in judged(tuple(made), NOON))
    assert len(stages) >= 6
    assert sum(each.phase.live for each in bulk(100, NOON, live=1.0)) == 100
