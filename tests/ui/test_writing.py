"""Writing from the dashboard: what is asked first, what is queued, and what never happens by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from ppstui.model import Acknowledge, Answer, Assign, Comment, NewRollout, Ref, Remind, State
from tests.ui.person import Ear, demo_desk, person

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.model import Command
    from tests.ui.person import Person

SILENT = "rt:18307"
"""Two teams, both overdue."""


def asked(me: Person) -> list[Command]:
    """What was put into the outbox, oldest first."""
    return [entry.command for entry in reversed(me.desk.board.entries())]


async def test_an_answer_is_written_on_a_teams_behalf_and_seen_pending_then_done(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.stands_on(SILENT)
        await me.does("rollouts.acknowledge")
        await me.sees("Acknowledge on a team's behalf", "rt:18307  Staged Rollout", "answer overdue")
        await me.presses("space")
        await me.presses("y")
        await me.sees("choose an answer first")
        await me.presses("plus")
        await me.sees("(x) + accept", "accept NGI_PL-CYFRONET-LCG2", "y queues it")
        await me.presses("y")
        await me.sees("queued: acknowledge rt:18307")
        wanted = Acknowledge(target=Ref("rt", "18307"), team="ea-NGI_PL-CYFRONET-LCG2", answer=Answer.ACCEPT)
        assert asked(me) == [wanted]
        await me.until(lambda: me.desk.board.entries()[0].state is State.DONE, "it was never delivered:")
        assert any("accept NGI_PL-CYFRONET-LCG2" in message.text for message in me.rollout(SILENT).messages)


async def test_the_key_that_asks_is_never_the_key_that_confirms(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.stands_on(SILENT)
        await me.presses("a", "a", "a", "enter", "a")
        await me.sees("Acknowledge on a team's behalf")
        await me.presses("escape")
        await me.presses("A", "A", "A")
        await me.sees("Teams for")
        await me.presses("escape")
        await me.presses("u", "u", "u")
        assert asked(me) == []


async def test_a_comment_is_written_and_queued_with_ctrl_s(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = me.on
        await me.does("rollouts.comment")
        await me.sees(f"Comment on {ref}", "internal")
        await me.types("looked at it")
        await me.presses("ctrl+s")
        await me.sees("queued: comment")
        assert asked(me) == [Comment(target=Ref.parse(ref), text="looked at it")]


async def test_a_text_is_not_thrown_away_by_one_esc(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("rollouts.comment")
        await me.types("precious")
        await me.presses("escape")
        await me.sees("esc throws it away", "precious")
        await me.presses("enter")
        await me.types(" words")
        await me.presses("escape", "y")
        await me.sees("queued: comment")
        assert [command.text for command in asked(me) if isinstance(command, Comment)] == ["precious words"]


async def test_an_editor_that_fails_leaves_the_text_as_it_was(tmp_path: Path) -> None:
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\necho spoilt > "$1"\nexit 3\n')
    script.chmod(0o755)
    async with person(tmp_path, editor=str(script)) as me:
        await me.does("rollouts.comment")
        await me.types("mine")
        await me.presses("escape", "e")
        await me.sees("the editor ended with an error", "mine")
        script.write_text('#!/bin/sh\necho better > "$1"\n')
        await me.presses("e")
        await me.sees("better")
        await me.presses("y")
        await me.sees("queued: comment")
        assert [command.text for command in asked(me) if isinstance(command, Comment)] == ["better"]


async def test_the_target_of_a_dialog_does_not_move_when_the_list_does(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = me.on
        await me.does("rollouts.comment")
        main = me.app.main
        assert main is not None
        main.table.go(7)
        main.refill()
        await me.types("to the first")
        await me.presses("ctrl+s")
        await me.until(lambda: len(asked(me)) == 1, "nothing was queued:")
        assert asked(me)[0].target == Ref.parse(ref)


async def test_pasted_text_asks_for_nothing(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        me.app.post_message(events.Paste("a+yq3Auy"))
        await me.pilot.pause()
        await me.sees("Component")
        assert asked(me) == []
        await me.does("rollouts.comment")
        me.app.post_message(events.Paste("pasted q y"))
        await me.sees("pasted q y")
        assert asked(me) == []


@pytest.mark.parametrize("keys", [("space", "enter"), ("enter",)])
async def test_teams_are_chosen_from_the_roster_and_the_effect_is_shown_first(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """With nothing marked, enter means the row under the cursor."""
    async with person(tmp_path) as me:
        await me.stands_on("rt:18302")
        await me.does("rollouts.assign")
        await me.types("praguelcg2")
        await me.presses(*keys)
        await me.sees("Assign on rt:18302", "ea-NGI_CZ-praguelcg2", "y queues it")
        await me.presses("y")
        await me.until(lambda: len(asked(me)) == 1, "nothing was queued:")
        assert asked(me) == [Assign(target=Ref("rt", "18302"), add=("ea-NGI_CZ-praguelcg2",))]


async def test_a_reminder_says_what_is_owed_and_goes_to_whom_it_says(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.stands_on(SILENT)
        await me.does("rollouts.remind")
        await me.sees("whom", "answer overdue")
        await me.presses("enter")
        await me.sees("Remind on rt:18307", "Dear early adopters", "To")
        await me.presses("ctrl+s")
        await me.until(lambda: bool(asked(me)) or "o overrides it" in me.shown, "neither queued nor stopped:")
        if not asked(me):
            await me.presses("o")
            await me.types("they asked for it")
            await me.presses("enter")
            await me.until(lambda: bool(asked(me)), "the override was not taken:")
        command = asked(me)[0]
        assert isinstance(command, Remind)
        assert command.teams == ("ea-NGI_PL-CYFRONET-LCG2", "ea-CERN-CERN-PROD")


async def test_a_second_reminder_inside_the_cooldown_needs_a_reason(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("pane.acks")
        await me.until(lambda: len(me.rows) > 5, "no teams:")
        for ends in ("queued: remind", "a rule stands against it"):
            await me.does("rollouts.remind")
            await me.sees("Dear early adopters")
            await me.presses("ctrl+s")
            await me.sees(ends)
        await me.sees("cooldown")
        await me.presses("y")
        await me.sees("a rule stands against it")
        await me.presses("o", "enter")
        await me.sees("an override needs a reason")
        await me.types("agreed by phone")
        await me.presses("enter")
        await me.until(lambda: len(asked(me)) > 1, "the override was not taken:")
        second = next(e for e in me.desk.board.entries() if e.id == 2)
        assert (second.reason, type(second.command)) == ("agreed by phone", Remind)


async def test_marked_rows_are_acted_on_together_after_a_preview_of_each(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        refs = me.rows[:3]
        await me.presses("space", "space", "space")
        await me.sees("3 marked")
        await me.does("rollouts.comment")
        await me.sees("Comment on 3 rollouts", *refs)
        await me.types("all of you")
        await me.presses("ctrl+s")
        await me.sees("y queues all 3", *(f"comment {ref}" for ref in refs))
        await me.presses("y")
        await me.sees("3 queued")
        assert [str(command.target) for command in asked(me)] == refs
        await me.sees_no_more("3 marked")


async def test_a_new_rollout_is_made_where_a_source_keeps_its_own(tmp_path: Path) -> None:
    title = "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64"
    async with person(tmp_path) as me:
        await me.does("rollouts.new")
        await me.sees("New rollout in")
        await me.presses("enter")
        await me.types(title)
        await me.presses("ctrl+s")
        await me.sees("y queues it")
        await me.presses("y")
        await me.until(lambda: len(asked(me)) == 1, "nothing was queued:")
        command = asked(me)[0]
        assert isinstance(command, NewRollout)
        assert command.title == title


async def test_undo_names_what_it_takes_back_and_asks(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.stands_on("rt:18302")
        await me.does("rollouts.assign")
        await me.types("praguelcg2")
        await me.presses("space", "enter", "y")
        await me.until(lambda: bool(asked(me)) and me.desk.board.entries()[0].state is State.DONE, "not assigned:")
        await me.does("desk.undo")
        await me.sees("Undo assign rt:18302", "y takes it back")
        await me.presses("y")
        await me.sees("taken back")
        await me.until(lambda: not me.rollout("rt:18302").assignments, "the team is still there:")


async def test_read_only_refuses_every_write_and_says_why(tmp_path: Path) -> None:
    async with person(tmp_path, read_only=True) as me:
        await me.sees("read-only", "(a acknowledge)")
        for action in ("acknowledge", "assign", "remind", "comment", "reply", "new"):
            await me.does(f"rollouts.{action}")
            assert len(me.app.screen_stack) == 1, f"{action} opened a dialog"
        assert asked(me) == []


async def test_the_outbox_shows_how_each_write_ended(tmp_path: Path) -> None:
    ear = Ear()
    async with person(tmp_path, ear=ear, desk=demo_desk(tmp_path, ear)) as me:
        await me.does("rollouts.comment")
        await me.types("for the log")
        await me.presses("ctrl+s")
        await me.until(lambda: bool(asked(me)) and me.desk.board.entries()[0].state is State.DONE, "not done:")
        await me.does("pane.outbox")
        await me.sees_line("done", "comment", "for the log")
        await me.does("outbox.discard")
        await me.sees("it is done already")


async def test_ctrl_c_leaves_a_dialog_before_it_leaves_the_program(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("desk.help")
        await me.presses("ctrl+c")
        await me.until(lambda: len(me.app.screen_stack) == 1, "the dialog is still there:")
        await me.presses("ctrl+c")
        await me.until(lambda: not me.app.is_running or me.app._exit, "ctrl+c did not leave:")
