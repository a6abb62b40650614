"""What an action is about, and why it cannot be done; asked at every rest of the cursor, so it must be cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import NewRollout, Ref, Rollout
from ppstui.rules.rollouts import Standing
from ppstui.ui.panes import known
from ppstui.views import words

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from ppstui.model import Entry
    from ppstui.ui.actions import Action
    from ppstui.ui.screen import Main


class Target(Struct, frozen=True):
    """A rollout as it was when the action was asked for."""

    ref: Ref
    """With the team when the row was about one."""
    rollout: Rollout
    standing: Standing


class Choice:
    """What is chosen on the screen now."""

    def __init__(self, main: Main) -> None:
        self._main = main
        self._desk = main.desk

    def why_not(self, action: Action) -> str:
        """Why this action cannot be done here and now; "" when it can."""
        main = self._main
        if action.makes is NewRollout:
            return "" if self.makers() else "no source here lets ppstui make a rollout"
        if action.makes is not None:
            targets = self.targets()
            if not targets:
                return "nothing is selected"
            reasons = [self._desk.can(action.makes, target.ref.whole) for target in targets]
            return "" if any(not reason for reason in reasons) else reasons[0]
        if action.id in {"outbox.retry", "outbox.discard"}:
            entry = self.entry()
            if entry is None:
                return "nothing is selected"
            if not entry.state.pending:
                return f"it is {words.ENTRIES[entry.state].word} already"
        if action.id.startswith(("rollouts.", "record.")) and main.table.key is None:
            return "nothing is selected"
        return ""

    def targets(self) -> list[Target]:
        """What an action is about: the marked rows, else the one under the cursor."""
        main = self._main
        keys: Iterable[Hashable] = [key for key in main.table.keys if key in main.table.marks]
        keys = [*keys, *(main.table.marks - set(keys))] or [main.table.key]
        found = []
        for key in keys:
            ref = main.pane.record(key) if key is not None else None
            facts = known(self._desk, ref) if ref is not None else None
            if ref is not None and facts is not None:
                found.append(Target(ref, *facts))
        return found

    def makers(self) -> list[str]:
        """The sources in which a rollout can be made."""
        names = [each.name for each in self._desk.board.sources()]
        return [name for name in names if not self._desk.can(NewRollout, Ref(name, "new"))]

    def entry(self) -> Entry | None:
        """The entry under the cursor, in the pane of the outbox."""
        main = self._main
        if main.pane.id != "outbox":
            return None
        return next((entry for entry in self._desk.board.entries() if entry.id == main.table.key), None)
