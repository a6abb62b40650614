"""One rollout from new to resolved, by keys alone, and its parent told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Answer, Phase, Ref
from ppstui.rules.rollouts import Stage
from tests.ui.person import person

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.person import Person

ROLLOUT = "rt:18302"
TEAM = "ea-NGI_CZ-praguelcg2"


def stage(me: Person) -> Stage:
    standing = me.desk.board.standing(Ref.parse(ROLLOUT))
    assert standing is not None
    return standing.stage


async def goes_to(me: Person, ref: str) -> None:
    """Finds it again wherever it went on the board."""
    await me.presses("escape", "escape")
    await me.does("list.filter")
    await me.types(Ref.parse(ref).id)
    await me.presses("enter")
    await me.until(lambda: me.on.startswith(ref), f"not on {ref}:")


async def is_assigned(me: Person) -> None:
    await me.does("rollouts.assign")
    await me.types("praguelcg2")
    await me.presses("enter")
    await me.sees("y queues it")
    await me.presses("y")
    await me.has_sent("assign", ROLLOUT)
    assert stage(me) is Stage.AWAITING_ACK


async def is_answered(me: Person) -> None:
    await me.does("rollouts.acknowledge")
    await me.presses("plus")
    await me.sees("y queues it")
    await me.presses("y")
    await me.has_sent("acknowledge", ROLLOUT)


async def is_exposed(me: Person) -> None:
    await me.does("rollouts.expose")
    await me.types("today")
    await me.presses("enter", "y")
    await me.has_sent("expose", ROLLOUT)
    assert stage(me) is Stage.EXPOSURE


async def is_reported(me: Person, folder: Path) -> None:
    (folder / "what they sent.docx").write_bytes(b"all is well" * 50)
    await me.does("rollouts.report")
    await me.types(f"{folder}/what")
    await me.presses("tab", "enter")
    await me.sees("y queues it", "will be attached as")
    await me.presses("y")
    await me.has_sent("report", ROLLOUT)
    assert stage(me) is Stage.READY_TO_CLOSE


async def has_document_and_outcome(me: Person) -> None:
    await me.does("rollouts.document")
    await me.types("700")
    await me.presses("ctrl+s", "y")
    await me.has_sent("document", ROLLOUT)
    await me.does("rollouts.outcome")
    await me.presses("a", "ctrl+s")
    await me.sees("y queues it")
    await me.presses("y")
    await me.has_sent("outcome", ROLLOUT)


async def is_resolved(me: Person) -> None:
    await me.does("rollouts.resolve")
    await me.sees("(x) as it is (ACCEPT)", "[✓] outcome: ACCEPT", "[✓] document: 700", "[✓] report of NGI_CZ")
    await me.presses("ctrl+s")
    await me.sees("y queues it")
    await me.presses("y")
    await me.has_sent("resolve", ROLLOUT)


async def test_a_rollout_goes_from_new_to_resolved_by_keys(tmp_path: Path) -> None:
    async with person(tmp_path / "home") as me:
        await goes_to(me, ROLLOUT)
        assert stage(me) is Stage.NEW_UNASSIGNED
        assert (parent := me.rollout(ROLLOUT).parent) is not None
        assert (parent.outcome, parent.document) == ("", "")
        await is_assigned(me)
        await is_answered(me)
        await is_exposed(me)
        await is_reported(me, tmp_path)
        await has_document_and_outcome(me)
        await is_resolved(me)
        rollout, standing = me.rollout(ROLLOUT), me.desk.board.standing(Ref.parse(ROLLOUT))
        assert standing is not None
        (team,) = standing.teams
        assert (rollout.phase, rollout.outcome, rollout.document) == (Phase.RESOLVED, "ACCEPT", "700")
        assert (team.team, team.answer) == (TEAM, Answer.ACCEPT)
        assert team.report is not None
        assert team.report.valid
        assert team.report.name == f"{TEAM}-IGE-3.1-globus-gram5-13.53-2.docx"
        assert rollout.parent is not None
        assert (rollout.parent.outcome, rollout.parent.document) == ("ACCEPT", "700")
        await me.does("list.closed")
        await goes_to(me, ROLLOUT)
        await me.sees("told: outcome ACCEPT, document 700")


async def test_the_same_in_a_small_window_without_colours(tmp_path: Path) -> None:
    async with person(tmp_path, size=(60, 15), env={"NO_COLOR": "1"}, ascii=True, theme="ppstui-terminal") as me:
        await goes_to(me, ROLLOUT)
        for keys in (("A", *"praguelcg2", "enter"), ("a", "plus"), ("e", *"today", "enter")):
            await me.presses(*keys)
            await me.sees("y queues it")
            await me.presses("y")
            await me.until(lambda: not any(e.state.pending for e in me.desk.board.entries()), "not delivered:")
        assert stage(me) is Stage.EXPOSURE
        await me.does("rollouts.resolve")
        await me.sees("Resolve rt:18302", "> Outcome", "esc leaves it")
