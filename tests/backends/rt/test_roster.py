from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.backends.rt import RT, Fields, Options
from ppstui.errors import Gone, NotAuthorised
from ppstui.model import Comment, Kind, Ref, Team
from ppstui.port import Since
from ppstui.testing import Reading, known_to, read, toolbox
from ppstui.testing.reading import NOON
from tests.backends.rt.fake import TEAMS, FakeRT
from tests.backends.rt.worlds import SOURCE, FakeWorld

if TYPE_CHECKING:
    from ppstui.port import Backend


def at(world: FakeWorld, now: dt.datetime) -> Backend:
    tools = toolbox(SOURCE, now=now, secrets={"env:RT_TOKEN": world.rt.token}, transport=world.wire)
    return RT.open(Options(**world.options), tools)  # type: ignore[arg-type]


def names(reading: Reading) -> list[str]:
    return [record.name for record in reading.records.values() if isinstance(record, Team)]


async def test_the_teams_are_what_the_field_takes() -> None:
    reading = await read(FakeWorld().open(), Kind.TEAM)
    assert names(reading) == list(TEAMS)
    team = reading.records[Ref(SOURCE, f"team-{TEAMS[1]}")]
    assert isinstance(team, Team)
    assert (team.ngi, team.site) == ("NGI_UK", "UKI-SCOTGRID-GLASGOW")
    assert (reading.complete, reading.notes) == (True, [])


async def test_teams_cost_one_question_after_the_rollouts_and_none_within_the_hour() -> None:
    world = FakeWorld()
    world.rt.make("x")
    backend = at(world, NOON)
    await read(backend, Kind.ROLLOUT)
    world.wire.requests.clear()
    first = await read(backend, Kind.TEAM)
    assert [request.url.path.rpartition("/")[2] for request in world.wire.requests] == ["7"]
    world.wire.requests.clear()
    soon = await read(at(world, NOON + dt.timedelta(minutes=59)), Kind.TEAM, known_to(first))
    assert not world.wire.requests
    assert (soon.records, soon.complete, soon.cursor) == ({}, False, first.cursor)
    assert soon.onto(first.records) == first.records


async def test_after_an_hour_the_roster_is_read_again_and_who_left_is_dropped() -> None:
    world = FakeWorld()
    first = await read(at(world, NOON), Kind.TEAM)
    world.rt.choices = (*TEAMS[1:], "ea-NGI_PL-CYFRONET-LCG2")
    later = await read(at(world, NOON + dt.timedelta(hours=1)), Kind.TEAM, known_to(first))
    assert {record.name for record in later.onto(first.records).values() if isinstance(record, Team)} == {
        *TEAMS[1:],
        "ea-NGI_PL-CYFRONET-LCG2",
    }


async def test_a_clock_that_was_wrong_and_other_settings_make_the_roster_be_read_again() -> None:
    world = FakeWorld()
    first = await read(at(world, NOON), Kind.TEAM)
    assert (await read(at(world, NOON - dt.timedelta(days=1)), Kind.TEAM, known_to(first))).complete
    other = FakeWorld(world.rt, team_group_prefix="sr-")
    assert (await read(at(other, NOON), Kind.TEAM, known_to(first))).complete


@given(st.text())
def test_no_text_is_too_odd_for_a_cursor_of_the_roster(text: str) -> None:
    world = FakeWorld()
    reading = asyncio.run(read(at(world, NOON), Kind.TEAM, Since(text, lambda _ref: None)))
    assert reading.complete


async def test_where_the_values_may_not_be_listed_the_groups_named_so_are_the_teams() -> None:
    world = FakeWorld()
    world.rt.choices = None
    world.rt.groups = {TEAMS[0]: 36, "staged-rollout": 37, "EA-NGI_X-Y": 38}
    assert names(await read(world.open(), Kind.TEAM)) == [TEAMS[0], "EA-NGI_X-Y"]


async def test_a_prefix_before_the_teams_name_is_none_of_it() -> None:
    world = FakeWorld(team_group_prefix="rollout-")
    world.rt.choices = None
    world.rt.groups = {f"rollout-{TEAMS[0]}": 36, "rollout-managers": 37}
    assert names(await read(world.open(), Kind.TEAM)) == [TEAMS[0], "rollout-managers"]


@pytest.mark.parametrize("count", [99, 100, 101, 250])
async def test_however_many_groups_there_are(count: int) -> None:
    world = FakeWorld()
    world.rt.choices = ()
    world.rt.groups = {f"ea-NGI_{n}-SITE": n for n in range(1, count + 1)}
    assert len((await read(world.open(), Kind.TEAM)).records) == count


async def test_without_the_rights_the_note_names_them_and_is_said_again() -> None:
    world = FakeWorld()
    world.rt.choices, world.rt.groups = None, {}
    first = await read(world.open(), Kind.TEAM)
    assert (first.records, first.complete) == ({}, True)
    assert "SeeCustomField" in first.notes[0]
    assert "SeeGroup" in first.notes[0]
    world.wire.requests.clear()
    again = await read(world.open(), Kind.TEAM, known_to(first))
    assert again.notes == first.notes
    assert not world.wire.requests


async def test_no_prefix_makes_no_group_a_team() -> None:
    world = FakeWorld(team_group_prefix="")
    world.rt.choices = None
    assert (await read(world.open(), Kind.TEAM)).records == {}
    assert not [request for request in world.wire.requests if request.url.path.endswith("/groups")]


async def test_groups_that_may_not_be_asked_for_are_no_locked_door() -> None:
    world = FakeWorld()
    world.rt.choices = None

    def server(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/groups"):
            return httpx.Response(403, json={"message": "Forbidden"})
        return world.rt(request)

    world.wire.inner = httpx.MockTransport(server)
    assert "SeeGroup" in (await read(world.open(), Kind.TEAM)).notes[0]
    world.wire.answer(lambda request: httpx.Response(403, json={"message": "Forbidden"}, request=request))
    with pytest.raises(NotAuthorised):
        await read(world.open(), Kind.TEAM)


async def test_a_misspelt_field_leaves_the_groups() -> None:
    world = FakeWorld(fields=Fields(teams="Teems"))
    world.rt.make("x")
    backend = world.open()
    await read(backend, Kind.ROLLOUT)
    assert names(await read(backend, Kind.TEAM)) == list(TEAMS)


@given(st.lists(st.text(min_size=1, max_size=30).filter(str.strip), max_size=5, unique=True))
def test_every_name_makes_a_reference_of_its_own(teams: list[str]) -> None:
    world = FakeWorld(FakeRT(choices=tuple(teams), groups={}))
    reading = asyncio.run(read(world.open(), Kind.TEAM))
    assert names(reading) == teams
    for ref, record in reading.records.items():
        assert Ref.parse(str(ref)) == ref == record.ref


async def test_a_team_is_looked_at_and_gone_when_it_left() -> None:
    world = FakeWorld()
    ref = Ref(SOURCE, f"team-{TEAMS[0]}")
    backend = world.open()
    assert (await backend.look(ref)) == (await read(backend, Kind.TEAM)).records[ref]
    world.rt.choices = TEAMS[1:]
    with pytest.raises(Gone, match=TEAMS[0]):
        await backend.look(ref)
    with pytest.raises(Gone):
        await backend.apply(Comment(target=ref, text="x"), "comment-1")


async def test_values_told_as_objects_are_read_too() -> None:
    world = FakeWorld()

    def server(request: httpx.Request) -> httpx.Response:
        answer = world.rt(request)
        if request.url.path.endswith("/customfield/7"):
            told = json.loads(answer.content)
            return httpx.Response(200, json=told | {"Values": [{"name": name} for name in told["Values"]]})
        return answer

    world.wire.inner = httpx.MockTransport(server)
    assert names(await read(world.open(), Kind.TEAM)) == list(TEAMS)


def test_the_plug_in_says_so_before_it_is_opened() -> None:
    assert Kind.TEAM in RT.offer.reads
    assert RT.offer == FakeWorld().open().offer
