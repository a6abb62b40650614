"""One action on many rollouts: seen before it goes, told item by item, and only what failed is tried again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import (
    Acknowledge,
    Assign,
    Comment,
    Expose,
    Outcome,
    Ref,
    Remind,
    Rollout,
    SetDue,
    SetOutcome,
    State,
)
from tests.desk.world import rollout
from tests.ui.person import Watched

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.person import Person

THREE = ("rt:1", "rt:2", "rt:3")


def world_of_three(home: Path) -> Watched:
    world = Watched(home)
    world.tracker("rt").has(*(rollout(ref, teams=["ea-NGI_IT-INFN-T1"]) for ref in THREE))
    return world


async def marks_all(me: Person) -> None:
    await me.until(lambda: len(me.rows) == len(THREE), "they never came:")
    await me.does("list.mark-all")
    await me.sees("3 marked")


async def test_one_that_fails_is_told_apart_and_tried_again_alone(tmp_path: Path) -> None:
    world = world_of_three(tmp_path)
    tracker = world.trackers["rt"]
    async with world.watching(ready="rt up to date") as me:
        await marks_all(me)
        tracker.refuse = 1
        await me.does("rollouts.comment")
        await me.sees("Comment on 3 rollouts")
        await me.types("all of you")
        await me.presses("ctrl+s")
        await me.sees("y queues all 3", *(f"comment {ref}" for ref in THREE))
        await me.presses("y")
        await me.sees("2 done, 1 parked", "r tries the 1 that failed again")
        await me.sees_line("parked", "it will not")
        await me.sees_line("done", "shows it")
        first = [key for key, _ in tracker.effects]
        assert len(first) == 2
        await me.presses("r")
        await me.sees("3 done")
        assert [key for key, _ in tracker.effects][:2] == first
        assert len(tracker.effects) == 3
        assert all(len(tracker.texts(ref)) == 1 for ref in THREE)
        await me.presses("escape")
        await me.sees_no_more("3 done")


async def test_the_list_of_results_can_be_left_open_or_closed_while_it_goes_on(tmp_path: Path) -> None:
    world = world_of_three(tmp_path)
    tracker = world.trackers["rt"]
    async with world.watching(ready="rt up to date") as me:
        await marks_all(me)
        tracker.down = True
        await me.does("rollouts.comment")
        await me.types("later")
        await me.presses("ctrl+s", "y")
        await me.sees("3 waiting", "nobody answers")
        await me.presses("escape")
        await me.sees("3 pending")
        tracker.down = False
        world.clock.turn(hours=1)
        me.desk.nudge()
        await me.sees("Comment on 3 rollouts: 3 done")


async def test_what_was_acted_on_is_marked_again_for_the_next_action(tmp_path: Path) -> None:
    world = world_of_three(tmp_path)
    async with world.watching(ready="rt up to date") as me:
        await me.until(lambda: len(me.rows) == 3, "they never came:")
        await me.does("list.remark")
        await me.sees("nothing was acted on yet")
        await me.presses("space", "space")
        marked = set(me.rows[:2])
        await me.does("rollouts.comment")
        await me.types("first this")
        await me.presses("ctrl+s", "y")
        await me.sees("2 done")
        await me.presses("escape")
        await me.sees_no_more("2 marked")
        await me.does("list.remark")
        await me.sees("2 marked", "2 marked again")
        await me.does("rollouts.reply")
        await me.types("then that")
        await me.presses("ctrl+s", "y")
        await me.until(lambda: len(me.asked) == 4, "the second was not queued:")
        assert {str(command.target) for command in me.asked[2:]} == marked


async def test_a_colleagues_change_on_one_of_many_is_decided_from_the_list(tmp_path: Path) -> None:
    world = world_of_three(tmp_path)
    tracker = world.trackers["rt"]
    async with world.watching(ready="rt up to date") as me:
        await marks_all(me)
        changed = tracker.records[Ref.parse("rt:2")]
        assert isinstance(changed, Rollout)
        tracker.has(structs.replace(changed, outcome="REJECT"))
        await me.does("rollouts.outcome")
        await me.sees("Outcome of 3 rollouts")
        await me.presses("a", "ctrl+s")
        await me.sees("y queues all 3")
        await me.presses("y")
        await me.sees("2 done, 1 parked")
        await me.presses("g")
        for _ in THREE:
            if "p decides the conflict" in me.shown:
                break
            await me.presses("j")
        await me.sees_line("conflict")
        assert "r tries" not in me.shown, "a conflict is not simply tried again"
        await me.presses("p")
        await me.sees("met a newer change")
        await me.presses("a", "y")
        await me.sees("3 done")
        assert all(command == SetOutcome(target=command.target, outcome=Outcome.ACCEPT) for command in me.asked)


async def test_teams_are_added_to_all_and_none_is_taken_out(tmp_path: Path) -> None:
    world = world_of_three(tmp_path)
    async with world.watching(ready="rt up to date") as me:
        await marks_all(me)
        await me.does("rollouts.assign")
        await me.sees("Teams to add to 3 rollouts", "on 3 of 3 already")
        await me.types("ea-CERN-CERN-PROD")
        await me.presses("enter", "enter")
        await me.sees("y queues all 3", "ea-NGI_IT-INFN-T1 -> ea-NGI_IT-INFN-T1, ea-CERN-CERN-PROD")
        await me.presses("y")
        await me.sees("3 done")
        assert [command for command in me.asked if isinstance(command, Assign)] == [
            Assign(target=command.target, add=("ea-CERN-CERN-PROD",)) for command in me.asked
        ]


async def test_many_are_acknowledged_exposed_and_given_a_due_day(tmp_path: Path) -> None:
    world = world_of_three(tmp_path)
    async with world.watching(ready="rt up to date") as me:
        await marks_all(me)
        await me.does("rollouts.acknowledge")
        await me.presses("plus", "y")
        await me.sees("3 done")
        await me.presses("escape")
        await me.does("list.remark")
        await me.does("rollouts.expose")
        await me.sees("Exposure of 3 rollouts")
        await me.types("today")
        await me.presses("enter")
        await me.sees("y queues all 3")
        await me.presses("y")
        await me.sees("3 done")
        await me.presses("escape")
        await me.does("list.remark")
        await me.does("rollouts.edit")
        await me.types("due")
        await me.presses("enter")
        await me.types("+5d")
        await me.presses("enter", "y")
        await me.until(lambda: len(me.asked) == 9, "the due days were not queued:")
        kinds = [type(command) for command in me.asked]
        assert kinds == [Acknowledge] * 3 + [Expose] * 3 + [SetDue] * 3
        assert {command.due for command in me.asked if isinstance(command, SetDue)} == {dt.date(2026, 11, 21)}


async def test_a_team_that_owes_on_several_gets_one_digest(tmp_path: Path) -> None:
    world = world_of_three(tmp_path)
    world.clock.turn(days=3)
    async with world.watching(ready="rt up to date") as me:
        await marks_all(me)
        await me.does("rollouts.remind")
        await me.sees("Remind about 3 rollouts: 1 digest", "reply to ea-NGI_IT-INFN-T1", "y queues it")
        await me.presses("y")
        await me.has_sent("remind")
        (command,) = me.asked
        assert isinstance(command, Remind)
        assert command.teams == ("ea-NGI_IT-INFN-T1",)
        assert sorted(map(str, (command.target, *command.also))) == list(THREE)
        await me.does("rollouts.remind")
        await me.until(lambda: "cooldown" in me.shown, "a second digest was not held back:")


async def test_what_a_rule_forbids_is_left_out_and_said(tmp_path: Path) -> None:
    world = world_of_three(tmp_path)
    world.trackers["rt"].has(rollout("rt:2", teams=["ea-NGI_IT-INFN-T1", "ea-CERN-CERN-PROD"]))
    async with world.watching(ready="rt up to date") as me:
        await marks_all(me)
        await me.does("rollouts.edit")
        await me.types("due")
        await me.presses("enter")
        await me.types("2026-12-01")
        await me.presses("enter", "y")
        await me.sees("3 done")
        await me.presses("escape")
        assert all(entry.state is State.DONE for entry in me.desk.board.entries())
        await me.does("list.remark")
        await me.presses("g", "space")
        await me.sees("2 marked")
        await me.does("rollouts.edit")
        await me.types("due")
        await me.presses("enter")
        await me.types("2026-12-02")
        await me.presses("enter", "y")
        await me.sees("2 done")
        await me.presses("escape")
        await me.does("list.mark-all")
        await me.does("rollouts.edit")
        await me.types("due")
        await me.presses("enter")
        await me.types("2026-12-02")
        await me.presses("enter")
        await me.sees("y queues 1 of 3")
        await me.presses("y")
        await me.sees("1 done, 2 not queued")
        assert len(me.asked) == 6


async def test_a_bulk_comment_says_the_same_to_each_and_once(tmp_path: Path) -> None:
    world = world_of_three(tmp_path)
    async with world.watching(ready="rt up to date") as me:
        await marks_all(me)
        await me.does("rollouts.comment")
        await me.types("once")
        await me.presses("ctrl+s", "y", "y", "y")
        await me.sees("3 done")
        assert [command.text for command in me.asked if isinstance(command, Comment)] == ["once"] * 3
