"""What a person sees when something is wrong: the server, the text, the keymap, or the program itself."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from ppstui.model import Kind
from tests.desk.world import rollout
from tests.ui.person import Watched, person

if TYPE_CHECKING:
    from pathlib import Path


HOSTILE = (
    "boom [/foo] [red]x[/red] [@click=app.quit]y[/]",
    "\x1b[31mred\x1b]52;c;aGk=\x07\x9b2Jgone",
    "a\x00b\rc\nd\te\u202eevil\u2066",
    "日本語の題名 " * 900,
    "e\u0301\u0301\u0301\u0301\u0301 \N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL} \ufdfd",
    "",
)


async def test_a_source_that_was_never_read_is_not_an_empty_one(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    world.tracker("rt").silent = True
    async with world.watching(ready="Reading rt") as me:
        await me.sees("Rows appear as they come.")


async def test_a_source_that_fails_says_so_in_its_own_sentence(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    world.tracker("rt").down = True
    async with world.watching(ready="Nothing could be read") as me:
        await me.sees("rt: nobody answers; check the network", "rt failing")


async def test_an_empty_source_is_empty(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    world.tracker("rt")
    async with world.watching(ready="No open rollouts") as me:
        await me.sees("rt up to date")


async def test_the_last_good_data_stay_when_a_source_goes_down(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    rt, other = world.tracker("rt"), world.tracker("umd")
    rt.has(rollout("rt:1"))
    other.has(rollout("umd:1"))
    async with world.watching(ready="umd:1") as me:
        await me.sees("rt:1")
        rt.down = True
        await me.does("desk.refresh-all")
        await me.sees("rt failing", "umd up to date", "rt:1", "nobody answers")


async def test_a_refused_write_is_parked_and_can_be_sent_again(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    rt = world.tracker("rt")
    rt.has(rollout("rt:1"))
    rt.refuse = 1
    async with world.watching(ready="rt:1") as me:
        await me.does("rollouts.comment")
        await me.types("try")
        await me.presses("ctrl+s")
        await me.sees("1 parked")
        await me.does("pane.outbox")
        await me.sees("parked", "comment")
        await me.does("outbox.retry")
        await me.sees_line("done", "comment")
        assert len(rt.effects) == 1


async def test_a_bulk_says_which_items_failed_and_keeps_them_marked(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    world.tracker("rt").has(rollout("rt:1"), rollout("rt:2"))
    world.tracker("ro", read_only=True).has(rollout("ro:1"))
    async with world.watching(ready="ro:1") as me:
        await me.until(lambda: len(me.rows) == 3, "not all came:")
        await me.does("list.mark-all")
        await me.does("rollouts.comment")
        await me.types("all")
        await me.presses("ctrl+s")
        await me.sees("comment ro:1", "read-only", "y queues")
        await me.presses("y")
        await me.sees("2 queued")
        await me.sees("1 marked")


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_hostile_texts_stay_text(tmp_path: Path, ascii_only: bool) -> None:
    world = Watched(tmp_path)
    rt = world.tracker("rt", kinds=(Kind.ROLLOUT,))
    rt.has(*(rollout(f"rt:{number}", title or " ") for number, title in enumerate(HOSTILE)))
    async with world.watching(ready="rt:5", ascii_only=ascii_only) as me:
        for _ in HOSTILE:
            await me.presses("j")
            await me.until(lambda: me.on in me.shown, "the details did not follow:")
            text = me.shown.replace("\n", "")
            assert not [char for char in text if unicodedata.category(char) in {"Cc", "Zl", "Zp"}]
            assert "\u202e" not in text
            assert text.isascii() or not ascii_only
        await me.sees("boom [/foo]")
        for action in ("rollouts.comment", "rollouts.assign", "rollouts.why"):
            await me.does(action)
            await me.presses("escape")
        assert me.app.is_running


async def test_what_must_be_known_at_the_start_can_be_read_whole(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    world.tracker("rt")
    sentences = (f"No configuration at {tmp_path}: {'words ' * 30}at last the first.", "The second.")
    async with person(
        tmp_path, ear=world.ear, desk=world.desk(), ready="No open", rest=False, sentences=sentences
    ) as me:
        await me.sees("and 1 more")
        await me.sees("No configuration at", "first.", "The second.")
