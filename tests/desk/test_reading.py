"""Reading sources: what comes onto the board, what stays, what a source that fails does to the others."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import msgspec
import pytest

from ppstui.desk import SourceChanged
from ppstui.errors import Gone, NoSuchRecord, Unreachable, UsageError
from ppstui.model import Kind, Message, Phase, Ref, Rollout, Voice
from ppstui.rules.clocks import Span
from ppstui.rules.policy import Policy
from tests.desk.world import START, World, rollout, team

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.desk import Desk, Event


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


def titles(desk: Desk, *, closed: bool = False) -> list[str]:
    found = (desk.board.rollout(line.ref) for line in desk.board.lines(Kind.ROLLOUT, closed=closed))
    return sorted(record.title for record in found if record)


async def test_what_a_source_has_is_on_the_board_and_still_there_at_the_next_start(world: World) -> None:
    world.tracker("rt").has(rollout("rt:1", "one"), rollout("rt:2", "two", phase=Phase.RESOLVED))
    desk = world.desk()
    await desk.refresh()
    assert titles(desk) == ["one"]
    assert titles(desk, closed=True) == ["one", "two"]
    await desk.aclose()

    again = world.desk(offline=True)
    assert titles(again) == ["one"]
    assert again.board.count(Kind.ROLLOUT, closed=True) == 2
    await again.load()
    assert titles(again, closed=True) == ["one", "two"]
    (status,) = again.board.sources()
    assert status.ok
    assert status.as_of == START
    assert world.opened == ["rt"]


async def test_progress_counts_what_this_source_has_brought(tmp_path: Path) -> None:
    class Watched(World):
        progress: ClassVar[list[str]] = []

        def emit(self, event: Event) -> None:
            if isinstance(event, SourceChanged) and event.source == "local":
                self.progress.extend(status.progress for status in desk.board.sources() if status.name == "local")

    world = Watched(tmp_path / "state")
    world.tracker("rt").has(*(rollout(f"rt:{number}") for number in range(24)))
    local = world.tracker("local")
    local.has(*(rollout(f"local:{number}") for number in range(3)))
    local.page = 2
    desk = world.desk()
    await desk.refresh(["rt"])
    await desk.refresh(["local"])
    assert world.progress == ["", "2", "3", ""]


async def test_nothing_is_opened_before_it_is_asked(world: World) -> None:
    world.tracker("rt")
    desk = world.desk()
    await desk.load()
    assert world.opened == []


async def test_an_unchanged_reading_tells_of_no_record(world: World) -> None:
    rt = world.tracker("rt")
    rt.incremental = False
    rt.has(rollout("rt:1"), rollout("rt:2"))
    desk = world.desk()
    await desk.refresh()
    assert world.changed() == [Ref("rt", "1"), Ref("rt", "2")]
    await desk.refresh()
    assert world.changed() == []
    record = rt.records[Ref("rt", "2")]
    assert isinstance(record, Rollout)
    rt.has(msgspec.structs.replace(record, owner="someone"))
    await desk.refresh()
    assert world.changed() == [Ref("rt", "2")]


async def test_only_changes_are_asked_for_after_the_first_reading(world: World) -> None:
    rt = world.tracker("rt")
    rt.has(*(rollout(f"rt:{number}") for number in range(5)))
    desk = world.desk()
    await desk.refresh()
    rt.has(rollout("rt:9", "new one"))
    rt.loses(Ref("rt", "3"))
    world.events.clear()
    await desk.refresh()
    assert world.changed() == [Ref("rt", "3"), Ref("rt", "9")]
    assert desk.board.count(Kind.ROLLOUT) == 5


async def test_a_complete_reading_drops_what_is_no_longer_there(world: World) -> None:
    rt = world.tracker("rt")
    rt.incremental = False
    rt.has(rollout("rt:1"), rollout("rt:2"))
    desk = world.desk()
    await desk.refresh()
    rt.loses(Ref("rt", "1"))
    await desk.refresh()
    assert [line.ref for line in desk.board.lines(Kind.ROLLOUT)] == [Ref("rt", "2")]
    assert desk.board.record(Ref("rt", "1")) is None


async def test_an_interrupted_reading_keeps_what_came_and_starts_again(world: World) -> None:
    rt = world.tracker("rt")
    rt.page = 2
    rt.has(*(rollout(f"rt:{number}") for number in range(4)))
    rt.calls_left = 1
    desk = world.desk()
    await desk.refresh()
    assert desk.board.count(Kind.ROLLOUT) == 2
    (status,) = desk.board.sources()
    assert not status.ok
    assert status.as_of is None
    rt.calls_left = None
    await desk.refresh()
    assert desk.board.count(Kind.ROLLOUT) == 4


async def test_a_source_that_is_down_marks_only_itself_and_says_so_once(world: World) -> None:
    rt, jira = world.tracker("rt"), world.tracker("jira")
    rt.has(rollout("rt:1"))
    jira.has(rollout("jira:1"))
    desk = world.desk()
    await desk.refresh()
    rt.down = True
    jira.has(rollout("jira:2"))
    await desk.refresh()
    await desk.refresh()
    assert [status.ok for status in desk.board.sources()] == [False, True]
    assert desk.board.count(Kind.ROLLOUT) == 3
    assert world.said == ["rt: nobody answers; check the network"]
    rt.down = False
    await desk.refresh()
    assert world.said[1:] == ["rt is back"]
    assert desk.board.sources()[0].ok


async def test_a_source_that_accepts_and_never_answers_delays_nobody(world: World) -> None:
    rt, jira = world.tracker("rt"), world.tracker("jira")
    jira.has(rollout("jira:1"))
    rt.silent = True
    desk = world.desk(patience=0.05)
    await desk.refresh()
    assert [status.ok for status in desk.board.sources()] == [False, True]
    assert "did not answer" in desk.board.sources()[0].error
    assert desk.board.count(Kind.ROLLOUT) == 1


async def test_a_server_that_asks_to_wait_is_left_alone(world: World) -> None:
    rt = world.tracker("rt")
    rt.down, rt.retry_after = True, 120
    desk = world.desk()
    await desk.refresh()
    rt.down = False
    await desk.refresh()
    assert rt.asked == ["fetch rollouts"]
    world.clock.turn(seconds=121)
    await desk.refresh()
    assert desk.board.sources()[0].ok


async def test_list_columns_do_not_wipe_out_what_is_known_whole(world: World) -> None:
    rt = world.tracker("rt")
    message = Message(id="1", at=START, author="ea", voice=Voice.REPLY, text="accept NGI_IT-INFN-T1")
    rt.has(msgspec.structs.replace(rollout("rt:1", "old", teams=["ea-NGI_IT-INFN-T1"]), messages=(message,)))
    desk = world.desk()
    await desk.refresh()
    rt.has(Rollout(ref=Ref("rt", "1"), title="new", status="stalled", phase=Phase.STALLED, whole=False))
    await desk.refresh()
    shown = desk.board.rollout(Ref("rt", "1"))
    assert shown is not None
    assert (shown.title, shown.phase, shown.whole) == ("new", Phase.STALLED, True)
    assert shown.messages == (message,)


async def test_looking_reads_one_record_whole(world: World) -> None:
    rt = world.tracker("rt")
    rt.has(rollout("rt:7", "seven"))
    desk = world.desk()
    found = await desk.look(Ref("rt", "7", "ea-NGI_IT-INFN-T1"))
    assert isinstance(found, Rollout)
    assert found.title == "seven"
    assert titles(desk) == ["seven"]
    rt.loses(Ref("rt", "7"))
    with pytest.raises(Gone):
        await desk.look(Ref("rt", "7"))
    assert titles(desk) == []
    with pytest.raises(NoSuchRecord, match="no source 'nowhere'"):
        await desk.look(Ref("nowhere", "7"))


async def test_looking_at_a_silent_source_ends(world: World) -> None:
    world.tracker("rt").silent = True
    with pytest.raises(Unreachable, match="did not answer"):
        await world.desk(patience=0.05).look(Ref("rt", "7"))


async def test_working_offline_opens_nothing(world: World) -> None:
    world.tracker("rt").has(rollout("rt:1"))
    desk = world.desk(offline=True)
    await desk.refresh()
    with pytest.raises(Unreachable, match="offline"):
        await desk.look(Ref("rt", "1"))
    await desk.sync()
    assert world.opened == []


async def test_two_kinds_from_one_source(world: World) -> None:
    rt = world.tracker("rt", kinds=(Kind.ROLLOUT, Kind.TEAM))
    rt.has(rollout("rt:1"), team("rt:ea-NGI_IT-INFN-T1", "ea-NGI_IT-INFN-T1"))
    desk = world.desk()
    await desk.refresh()
    assert desk.board.count(Kind.ROLLOUT) == 1
    assert desk.board.count(Kind.TEAM) == 1


async def test_an_unknown_source_is_a_usage_error(world: World) -> None:
    world.tracker("rt")
    with pytest.raises(UsageError, match="no source 'rtt'"):
        await world.desk().refresh(["rtt"])


async def test_who_asks_while_a_reading_is_under_way_waits_for_that_one(world: World) -> None:
    rt = world.tracker("rt")
    desk = world.desk()
    await asyncio.gather(desk.refresh(), desk.refresh(), desk.refresh())
    assert rt.asked.count("fetch rollouts") == 1


async def test_time_alone_changes_the_board(world: World) -> None:
    world.tracker("rt").has(rollout("rt:1", teams=["ea-NGI_IT-INFN-T1"]))
    desk = world.desk()
    await desk.refresh()
    before = desk.board.lines(Kind.ROLLOUT)[0]
    await desk._pace.tick()
    world.events.clear()
    world.clock.turn(days=2)
    await desk._pace.tick()
    after = desk.board.lines(Kind.ROLLOUT)[0]
    assert "ack-overdue" in after.text
    assert "ack-overdue" not in before.text
    assert after.urgency < before.urgency
    assert world.changed() == [Ref("rt", "1")]
    await desk.aclose()
    assert "ack-overdue" in world.desk(offline=True).board.lines(Kind.ROLLOUT)[0].text


async def test_other_deadlines_make_the_board_be_judged_anew(world: World) -> None:
    world.tracker("rt").has(rollout("rt:1", teams=["ea-NGI_IT-INFN-T1"]))
    desk = world.desk()
    await desk.refresh()
    await desk.load()
    await desk.aclose()
    world.clock.turn(hours=2)
    stricter = world.desk(offline=True, policy=Policy(acknowledge=Span(calendar=dt.timedelta(hours=1))))
    await stricter.load()
    assert "ack-overdue" in stricter.board.lines(Kind.ROLLOUT)[0].text


async def test_what_another_desk_on_this_home_reads_comes_onto_this_board_too(world: World) -> None:
    rt = world.tracker("rt")
    rt.has(rollout("rt:1", "one"), rollout("rt:2", "two"))
    desk = world.desk()
    await desk.refresh()
    other = world.desk()
    rt.has(rollout("rt:2", "two, changed"), rollout("rt:3", "three"))
    rt.loses(Ref("rt", "1"))
    world.clock.turn(seconds=10)
    await other.refresh()
    world.events.clear()
    await desk.catch_up()
    assert titles(desk) == ["three", "two, changed"]
    assert world.changed() == [Ref("rt", "1"), Ref("rt", "2"), Ref("rt", "3")]
    assert desk.board.sources()[0].as_of == world.clock.now
    await desk.catch_up()
    assert world.changed() == []


async def test_a_reading_brings_also_what_another_desk_read_before_under_the_shared_cursor(world: World) -> None:
    rt = world.tracker("rt")
    desk, other = world.desk(), world.desk()
    rt.has(rollout("rt:1", "one"))
    await other.refresh()
    await desk.refresh()
    assert titles(desk) == ["one"]
