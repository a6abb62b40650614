"""What is typed while a dialog is taking the screen's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Key
from textual.screen import Screen

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
