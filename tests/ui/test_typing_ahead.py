"""What is typed while a dialog is taking the screen's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Key
from textual.screen import Screen

from ppstui.model import Comment, Document
from tests.ui.person import person

if TYPE_CHECKING:
    from pathlib import Path


class Listening(Screen[None]):
    """Stands for a dialog: it only notes the keys it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def on_key(self, event: Key) -> None:
        event.stop()
        self.heard.append(event.key)


async def test_a_key_typed_over_a_fresh_dialog_does_not_overtake_those_before_it(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        main, dialog = me.app.main, Listening()
        assert main is not None
        main.hold_keys()
        main.on_key(Key("q", "q"))
        mounted = me.app.push_screen(dialog)
        await me.app.on_event(Key("y", "y"))
        await mounted
        await me.until(lambda: len(dialog.heard) == 2, "the keys never came:")
        assert dialog.heard == ["q", "y"]


async def test_the_key_that_ends_a_text_does_not_overtake_its_letters(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("rollouts.comment")
        await me.sees("ctrl+s goes on")
        for key, letter in (("h", "h"), ("i", "i"), ("ctrl+s", None)):
            await me.app.on_event(Key(key, letter))
        await me.until(lambda: len(me.asked) == 1, "the comment was never asked for:")
        (comment,) = me.asked
        assert isinstance(comment, Comment)
        assert comment.text == "hi"


async def test_the_key_that_ends_a_form_does_not_overtake_its_letters(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("rollouts.document")
        await me.sees("ctrl+s to the end")
        for key, letter in (("7", "7"), ("0", "0"), ("1", "1"), ("ctrl+s", None), ("y", "y")):
            await me.app.on_event(Key(key, letter))
        await me.until(lambda: len(me.asked) == 1, "the document was never asked for:")
        (document,) = me.asked
        assert isinstance(document, Document)
        assert document.document == "701"
