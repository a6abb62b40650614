"""Taking back: what it will do is shown first, and what cannot be taken back says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Comment, Outcome, Ref, Rollout, SetOutcome, State
from tests.desk.world import rollout
from tests.ui.person import Watched

if TYPE_CHECKING:
    from pathlib import Path

ONE = "rt:1"


def world_of_one(home: Path) -> Watched:
    world = Watched(home)
    world.tracker("rt").has(rollout(ONE))
    return world


async def test_undo_shows_what_it_does_and_what_was_done_since_and_stays(tmp_path: Path) -> None:
    world = world_of_one(tmp_path)
    async with world.watching(ready="rt up to date") as me:
        await me.stands_on(ONE)
        await me.does("rollouts.outcome")
        await me.presses("a", "ctrl+s", "y")
        await me.has_sent("outcome")
        await me.does("rollouts.comment")
        await me.types("done")
        await me.presses("ctrl+s")
        await me.has_sent("comment")
        await me.does("desk.undo")
        await me.sees(f"Undo outcome {ONE}", "outcome: ACCEPT -> none", "Done since, and it stays", "y takes it back")
        await me.sees(f"comment on {ONE} cannot be taken back", "others may have read it already")
        await me.presses("y")
        await me.sees("taken back")
        await me.until(lambda: len(me.asked) == 3, "nothing was queued:")
        assert isinstance(me.asked[2], SetOutcome)
        await me.until(lambda: me.desk.board.entries()[0].state is State.DONE, "it was not delivered:")
        record = world.trackers["rt"].records[Ref.parse(ONE)]
        assert isinstance(record, Rollout)
        assert record.outcome == ""


async def test_what_has_no_receipt_yet_is_taken_out_and_not_tried_again(tmp_path: Path) -> None:
    world = world_of_one(tmp_path)
    async with world.watching(ready="rt up to date") as me:
        world.trackers["rt"].down = True
        await me.stands_on(ONE)
        await me.does("rollouts.comment")
        await me.types("not yet")
        await me.presses("ctrl+s")
        await me.until(lambda: bool(me.asked) and me.desk.board.entries()[0].tries > 0, "it was never tried:")
        await me.does("desk.undo")
        await me.sees("No receipt has come", "y takes it back")
        await me.presses("y")
        await me.until(lambda: me.desk.board.entries()[0].state is State.UNDONE, "it is still there:")
        assert world.trackers["rt"].texts(ONE) == []


async def test_what_was_never_tried_is_said_not_to_have_left(tmp_path: Path) -> None:
    world = world_of_one(tmp_path)
    async with world.watching(ready="rt up to date") as me:
        pass
    async with world.watching(ready="offline", offline=True) as me:
        await me.stands_on(ONE)
        await me.does("rollouts.comment")
        await me.types("later")
        await me.presses("ctrl+s")
        await me.sees("queued: comment")
        await me.does("desk.undo")
        await me.sees("It has not left yet")
        await me.presses("y")
        await me.until(lambda: me.desk.board.entries()[0].state is State.UNDONE, "it is still there:")


async def test_where_nothing_can_be_taken_back_it_is_said_why(tmp_path: Path) -> None:
    world = world_of_one(tmp_path)
    async with world.watching(ready="rt up to date") as me:
        await me.stands_on(ONE)
        await me.does("desk.undo")
        await me.sees("there is nothing in the outbox that can be taken back")
        await me.does("rollouts.comment")
        await me.types("said is said")
        await me.presses("ctrl+s")
        await me.has_sent("comment")
        await me.does("desk.undo")
        await me.sees("There is nothing to take back", "others may have read it already")
        await me.presses("escape")
        await me.does("pane.outbox")
        await me.does("desk.undo")
        await me.sees(f"Undo comment {ONE}", "others may have read it already")
        await me.presses("y", "escape")
        assert me.asked == [Comment(target=Ref.parse(ONE), text="said is said")]


async def test_the_outbox_shows_the_log_of_an_entry_with_what_was_sent_and_answered(tmp_path: Path) -> None:
    world = world_of_one(tmp_path)
    async with world.watching(ready="rt up to date") as me:
        await me.stands_on(ONE)
        await me.does("rollouts.outcome")
        await me.presses("a", "ctrl+s", "y")
        await me.has_sent("outcome")
        assert me.asked == [SetOutcome(target=Ref.parse(ONE), outcome=Outcome.ACCEPT)]
        await me.does("pane.outbox")
        await me.does("details.open")
        await me.sees("by coordinator", "What is sent", "Log", "Request,", "POST outcome", "200 rt:1 shows it")
