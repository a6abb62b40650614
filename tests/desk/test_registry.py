"""The registry on a desk: one book of many entries, with what is pending laid over it, and what pilots are held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ppstui.errors import Objected
from ppstui.model import Commit, Commitment, Kind, Level, NewPilot, Ref, State, Team, Update, Wish, WishFor, Withdraw
from tests.desk.world import World
from tests.rules.pilots.make import CNAF, PIC

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.desk import Desk

NEW = Ref("local", "new")
TEAM = "ea-NGI_IT-INFN-T1"
KINDS = (Kind.PILOT, Kind.TEAM, Kind.COMMITMENT, Kind.WISH)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


async def ready(world: World) -> Desk:
    world.tracker("local", kinds=KINDS).has(
        Team(ref=Ref("local", "team-1"), name=TEAM),
        Commitment(ref=Ref("local", "c1"), party=TEAM, component="dpm", stack="EMI"),
        Commitment(ref=Ref("local", "c2"), party=CNAF, level=Level.GOLD),
        Wish(ref=Ref("local", "w1"), component="dpm", minimum=2),
    )
    desk = world.desk()
    await desk.refresh()
    return desk


def commit(component: str = "lfc", party: str = TEAM) -> Commit:
    return Commit(target=NEW, party=party, component=component)


def components(desk: Desk) -> list[str]:
    return [each.component for each in desk.board.registry().commitments if each.level is Level.NONE]


async def test_the_registry_is_put_together_from_its_records(world: World) -> None:
    registry = (await ready(world)).board.registry()
    assert [each.name for each in registry.partners] == [TEAM]
    assert [str(each.ref) for each in registry.commitments] == ["local:c1", "local:c2"]
    assert [each.minimum for each in registry.wishes] == [2]


async def test_what_is_asked_is_in_the_registry_at_once_and_stays_when_it_went(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(commit())
    assert components(desk) == ["dpm", "lfc"]
    assert len(desk.board.known_registry("local").commitments) == 2
    assert (await desk.settle(entry.id, 5)).state is State.DONE
    assert components(desk) == ["dpm", "lfc"], "read again by then, and not there twice"
    assert desk.board.count(Kind.COMMITMENT) == 3


async def test_what_was_not_sent_is_taken_back(world: World) -> None:
    desk = await ready(world)
    await desk.submit(commit())
    await desk.undo()
    assert components(desk) == ["dpm"]


async def test_what_was_withdrawn_is_committed_again(world: World) -> None:
    desk = await ready(world)
    entry = await desk.settle((await desk.submit(Withdraw(target=NEW, party=TEAM, component="dpm"))).id, 5)
    assert components(desk) == []
    back = await desk.undo(entry.id)
    assert back.command == Commit(target=NEW, party=TEAM, component="dpm", stack="EMI")
    await desk.settle(back.id, 5)
    assert components(desk) == ["dpm"]


async def test_the_reverse_is_that_of_the_moment_it_was_sent(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(WishFor(target=NEW, component="dpm", minimum=3))
    world.trackers["local"].has(Wish(ref=Ref("local", "w1"), component="dpm", minimum=5))
    await desk.refresh()
    await desk.settle(entry.id, 5)
    back = await desk.reversal(entry.id)
    assert isinstance(back, WishFor)
    assert back.minimum == 5


async def test_several_that_went_together_do_not_come_back_by_themselves(world: World) -> None:
    desk = await ready(world)
    world.trackers["local"].has(Commitment(ref=Ref("local", "c3"), party=TEAM, component="lfc"))
    await desk.refresh()
    entry = await desk.settle((await desk.submit(Withdraw(target=NEW, party=TEAM))).id, 5)
    assert components(desk) == []
    with pytest.raises(Objected, match="enter each again"):
        await desk.undo(entry.id)


async def test_rules_stand_against_what_is_there_already_also_while_it_is_pending(world: World) -> None:
    desk = await ready(world)
    await desk.submit(commit())
    with pytest.raises(Objected, match="is committed to lfc already"):
        await desk.submit(commit())


async def test_entries_about_a_registry_go_one_after_the_other(world: World) -> None:
    desk = await ready(world)
    local = world.trackers["local"]
    local.refuse = 1
    first, second = await desk.submit(commit("lfc")), await desk.submit(commit("wms"))
    await desk.deliver()
    pilot = await desk.submit(NewPilot(target=NEW, title="WMS", update=Update.MINOR, sites=(CNAF,)))
    await desk.deliver()
    states = {entry.id: entry.state for entry in desk.board.entries()}
    assert (states[first.id], states[second.id], states[pilot.id]) == (State.PARKED, State.WAITING, State.DONE)
    assert components(desk) == ["dpm", "wms"], "what was refused is not shown as done"
    await desk.discard(first.id)
    assert (await desk.settle(second.id, 5)).state is State.DONE


async def test_a_registry_takes_back_only_what_is_its_own(world: World) -> None:
    world.tracker("team", kinds=KINDS).has(Commitment(ref=Ref("team", "c9"), party=TEAM, component="dpm"))
    desk = await ready(world)
    assert len(desk.board.registry().commitments) == 3
    await desk.submit(Withdraw(target=NEW, party=TEAM))
    assert [str(each.ref) for each in desk.board.registry().commitments] == ["local:c2", "team:c9"]
    assert [str(each.ref) for each in desk.board.registry("local").commitments] == ["local:c2"]


async def test_a_partner_may_be_known_from_another_source(world: World) -> None:
    world.tracker("rt", kinds=(Kind.TEAM,)).has(Team(ref=Ref("rt", "team-7"), name="ea-NGI_PL-CYFRONET-LCG2"))
    desk = await ready(world)
    assert desk.plan(commit(party="ea-NGI_PL-CYFRONET-LCG2")).objections == ()
    assert [each.rule for each in desk.plan(commit(party="ea-NGI_PL-OTHER")).objections] == ["unknown-party"]


async def pilot_at(desk: Desk, site: str) -> Ref:
    command = NewPilot(target=NEW, title="WMS", update=Update.MAJOR, sites=(site,))
    await desk.settle((await desk.submit(command, reason="it volunteered")).id, 5)
    return desk.board.lines(Kind.PILOT)[0].ref


def volunteers(desk: Desk, ref: Ref) -> tuple[str, ...]:
    standing = desk.board.pilot_standing(ref)
    assert standing is not None
    return standing.volunteers


async def test_a_site_holds_its_level_as_soon_as_it_is_committed_to_it(world: World) -> None:
    desk = await ready(world)
    ref = await pilot_at(desk, PIC)
    assert volunteers(desk, ref) == (PIC,)
    entry = await desk.submit(Commit(target=NEW, party=PIC, level=Level.GOLD))
    assert volunteers(desk, ref) == ()
    before = desk.board.lines(Kind.PILOT)[0]
    await desk.settle(entry.id, 5)
    await desk.refresh()
    assert volunteers(desk, ref) == ()
    assert desk.board.lines(Kind.PILOT)[0].text != before.text, "its line was judged again, too"


async def test_what_a_colleague_commits_counts_with_the_next_reading(world: World) -> None:
    desk = await ready(world)
    ref = await pilot_at(desk, PIC)
    text = desk.board.lines(Kind.PILOT)[0].text
    assert volunteers(desk, ref) == (PIC,)
    world.trackers["local"].has(Commitment(ref=Ref("local", "c7"), party=PIC, level=Level.GOLD))
    await desk.refresh()
    assert volunteers(desk, ref) == ()
    assert desk.board.lines(Kind.PILOT)[0].text != text


async def test_where_no_source_keeps_a_registry_nobody_is_a_volunteer(world: World) -> None:
    world.tracker("local", kinds=(Kind.PILOT, Kind.TEAM))
    desk = world.desk()
    assert desk.board.commitments is None
    assert volunteers(desk, await pilot_at(desk, PIC)) == ()


async def test_a_commitment_that_is_over_is_no_longer_live(world: World) -> None:
    desk = await ready(world)
    today = world.clock().date()
    world.trackers["local"].has(Commitment(ref=Ref("local", "c4"), party=TEAM, component="x", until=today))
    await desk.refresh()
    assert desk.board.count(Kind.COMMITMENT) == 3
    (line,) = [line for line in desk.board.lines(Kind.COMMITMENT) if line.ref.id == "c4"]
    world.clock.now = line.changes_at or world.clock.now
    await desk.refresh()
    later = world.desk()
    await later.load()
    assert line.live
