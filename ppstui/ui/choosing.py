"""What an action is about, and why it cannot be done; asked at every rest of the cursor, so it must be cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from ppstui.model import NewRollout, Ref, Rollout, State
from ppstui.rules.rollouts import Standing
from ppstui.ui.panes import BulletinPane, known, known_pilot
from ppstui.views import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppstui.model import Command, Entry, Pilot
    from ppstui.rules.pilots.standings import PilotStanding
    from ppstui.ui.actions import Action
    from ppstui.ui.screen import Main


class Target(Struct, frozen=True):
    """A rollout as it was when the action was asked for."""

    ref: Ref
    """With the team when the row was about one."""
    rollout: Rollout
    standing: Standing

    @property
    def record(self) -> Rollout:
        """What it is about."""
        return self.rollout


class PilotTarget(NamedTuple):
    """A pilot as it was when the action was asked for."""

    ref: Ref
    pilot: Pilot
    standing: PilotStanding

    @property
    def record(self) -> Pilot:
        """What it is about."""
        return self.pilot


Chosen = Target | PilotTarget


_ISSUES_ALONE = frozenset({"bulletin.draft", "bulletin.history", "bulletin.details", "bulletin.browse"})
"""What is done about an issue that nobody has drafted."""
_GOING_OUT = frozenset({"bulletin.publish", "bulletin.correct"})


class Choice:
    """What is chosen on the screen now."""

    def __init__(self, main: Main) -> None:
        self._main = main
        self._desk = main.desk

    def why_not(self, action: Action) -> str:
        """Why this action cannot be done here and now; "" when it can."""
        main = self._main
        for kind in action.makes:
            if kind.makes:
                what = "rollout" if kind is NewRollout else "pilot"
                return "" if self.makers(kind) else f"no source here lets ppstui make a {what}"
        if action.makes:
            return self._why_none(action.makes)
        if action.id.startswith("outbox."):
            return self._why_not_outbox(action)
        if action.group == "Bulletin":
            return self._why_not_bulletin(action)
        if action.id == "list.remark" and not main.last_acted:
            return "nothing was acted on yet"
        if action.id.startswith(("rollouts.", "record.", "time.pilot")) and main.table.key is None:
            return "nothing is selected"
        return ""

    def _why_none(self, makes: Iterable[type[Command]]) -> str:
        """Why none of these can be done to any of the targets; "" when one can to one."""
        targets = self.chosen()
        if not targets:
            return "nothing is selected"
        first = ""
        for target in targets:
            for kind in makes:
                reason = self._desk.can(kind, target.ref.whole)
                if not reason:
                    return ""
                first = first or reason
        return first

    def _why_not_outbox(self, action: Action) -> str:
        if self._main.pane.id != "outbox":
            return "" if self.stuck() else "nothing of it is parked or held"
        entry = self.entry()
        if entry is None:
            return "nothing is selected"
        if not entry.state.pending:
            return f"it is {words.ENTRIES[entry.state].word} already"
        if action.id == "outbox.keep-comment" and (reason := self._desk.why_not_kept(entry)):
            return reason
        return ""

    def _why_not_bulletin(self, action: Action) -> str:
        main = self._main
        issues = main.pane.issues if isinstance(main.pane, BulletinPane) else None
        if issues is None:
            return "no bulletin can be made here"
        if action.id in _ISSUES_ALONE:
            return ""
        if issues.sheet.draft is None:
            return f"nothing is drafted yet; {main.keymap.first('bulletin.draft')} drafts it"
        if action.id in _GOING_OUT and main.options.read_only:
            return "nothing is published from a session that only reads; start without --read-only"
        if action.id in _GOING_OUT and main.options.offline:
            return "nothing is published offline; start without --offline"
        return ""

    def targets(self) -> list[Target]:
        """The rollouts that an action is about: the marked rows, else the one under the cursor."""
        return [Target(ref, *facts) for ref in self._refs() if (facts := known(self._desk, ref)) is not None]

    def pilots(self) -> list[PilotTarget]:
        """The same in the pane of pilots."""
        return [PilotTarget(ref, *facts) for ref in self._refs() if (facts := known_pilot(self._desk, ref)) is not None]

    def chosen(self) -> list[Target] | list[PilotTarget]:
        """Whatever this pane lists."""
        return self.pilots() if self._main.pane.id == "pilots" else self.targets()

    def _refs(self) -> list[Ref]:
        table, marks = self._main.table, self._main.table.marks
        keys = [key for key in table.keys if key in marks] if marks else []  # asked often, and there may be 100,000
        keys = [*keys, *(marks - set(keys))] or [table.key]
        refs = (self._main.pane.record(key) for key in keys if key is not None)
        return [ref for ref in refs if ref is not None]

    def makers(self, kind: type[Command] = NewRollout) -> list[str]:
        """The sources in which such a record can be made."""
        names = [each.name for each in self._desk.board.sources()]
        return [name for name in names if not self._desk.can(kind, Ref(name, "new"))]

    def entry(self) -> Entry | None:
        """The entry under the cursor, in the pane of the outbox."""
        main = self._main
        if main.pane.id != "outbox":
            return None
        return next((entry for entry in self._desk.board.entries() if entry.id == main.table.key), None)

    def stuck(self) -> Entry | None:
        """The entry under the cursor; elsewhere the oldest one of the record that waits for a person."""
        main = self._main
        if main.pane.id == "outbox":
            return self.entry()
        if isinstance(main.pane, BulletinPane):
            return main.pane.issues.stuck(main.table.key) if main.pane.issues is not None else None
        ref = main.pane.record(main.table.key) if main.table.key is not None else None
        entries = self._desk.board.entries(ref) if ref is not None else ()
        return next((entry for entry in reversed(entries) if entry.state in (State.PARKED, State.HELD)), None)
