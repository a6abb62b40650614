"""Plain edits: due day, owner, status, and the further fields of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Phase, SetDue, SetField, SetOwner, SetStatus
from ppstui.rules.tracker import Tracker
from ppstui.ui import dialogs
from ppstui.ui.filling import NONE, Filling
from ppstui.ui.forms import OneOf, Text
from ppstui.ui.paths import complete_word
from ppstui.ui.sending import Asked, named
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence

    from ppstui.model import Command
    from ppstui.ui.choosing import Target
    from ppstui.ui.forms import Input

Made = tuple["list[Input]", "Callable[[Target, Mapping[str, str]], Command | str]"]
"""The lines of a form, and the command they come to for one record, or what is missing."""


class Editing(Filling):
    """Answers to the key that edits."""

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {"rollouts.edit": self._edit}

    async def _edit(self) -> None:
        main, targets = self._main, self._whole()
        choices = self._fields(targets)
        title = f"Edit {named(targets)}: what"
        picked = await main.app.push_screen_wait(dialogs.Pick(main.setting, title, choices))
        if not picked:
            return
        what = str(next(iter(picked)))
        inputs, make = {
            "due": self._due, "owner": self._owner, "status": self._status,
        }.get(what, lambda each: self._field(what.removeprefix("field:"), each))(targets)  # fmt: skip

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            found: list[Asked] = []
            for each in targets:
                command = make(each, values)
                if isinstance(command, str):
                    return command
                found.append(Asked(command, each.rollout))
            return found

        await self._fill(f"Edit {named(targets)}: {what.removeprefix('field:')}", targets, inputs, asked)

    def _fields(self, targets: Sequence[Target]) -> list[tuple[Hashable, str, str]]:
        """What can be edited, with what stands there now; what cannot be says why."""
        glance = self._main.glance()
        rollouts = [each.rollout for each in targets]
        found: list[tuple[Hashable, str, str]] = []
        for name, kind, now in (
            ("due", SetDue, [rollout.due.isoformat() if rollout.due else "" for rollout in rollouts]),
            ("owner", SetOwner, [rollout.owner for rollout in rollouts]),
            ("status", SetStatus, [rollout.status for rollout in rollouts]),
        ):
            if not self._desk.can(kind, rollouts[0].ref):
                found.append((name, name, glance.text(_shared(now))))
        if not self._desk.can(SetField, rollouts[0].ref):
            names = dict.fromkeys(name for rollout in rollouts for name, _ in rollout.fields)
            for name in names:
                now = [dict(rollout.fields).get(name, "") for rollout in rollouts]
                found.append((f"field:{name}", glance.text(name), glance.text(_shared(now))))
        return found

    def _due(self, targets: Sequence[Target]) -> Made:
        del targets

        def make(each: Target, values: Mapping[str, str]) -> Command | str:
            if values["value"].casefold() in NONE:
                return SetDue(target=each.ref.whole, due=None)
            due = self._read(values["value"])
            return "which day, or none?" if due is None else SetDue(target=each.ref.whole, due=due)

        return [self._day("value", "Due", none="no due day")], make

    def _owner(self, targets: Sequence[Target]) -> Made:
        people = {name for each in targets for name in (*each.rollout.managers, each.rollout.owner) if name}
        known = (*sorted(people), "nobody")

        def make(each: Target, values: Mapping[str, str]) -> Command | str:
            if not values["value"]:
                return "who, or nobody?"
            owner = "" if values["value"].casefold() in NONE else values["value"]
            return SetOwner(target=each.ref.whole, owner=owner)

        hint = "an account, or nobody; tab completes"
        return [Text("value", "Owner", hint, completes=lambda text: complete_word(text, known))], make

    def _status(self, targets: Sequence[Target]) -> Made:
        tracker = self._tracker(targets[0])
        known = tuple(dict.fromkeys(word for phase in Phase for word in tracker.words.get(phase) or (phase.value,)))

        def reads(text: str) -> tuple[str, Tone]:
            phase = tracker.phase(text)
            return (f"means {phase.value}", Tone.DIM) if phase else ("unknown here", Tone.SOON)

        def make(each: Target, values: Mapping[str, str]) -> Command | str:
            return SetStatus(target=each.ref.whole, status=values["value"]) if values["value"] else "which status?"

        hint = "the tracker's own word; tab completes"
        text = Text("value", "Status", hint, reads=reads, completes=lambda text: complete_word(text, known))
        return [text], make

    def _tracker(self, target: Target) -> Tracker:
        for channel in self._desk.channels():
            if channel.name == target.ref.source:
                return channel.source.tracker
        return Tracker()

    def _field(self, name: str, targets: Sequence[Target]) -> Made:
        del targets

        def make(each: Target, values: Mapping[str, str]) -> Command | str:
            several = tuple(part_ for part_ in (piece.strip() for piece in values["value"].split("|")) if part_)
            ref, how = each.ref.whole, values["how"]
            if not several and how != "set":
                return "which value?"
            if how == "set":
                return SetField(target=ref, name=name, values=several)
            return SetField(target=ref, name=name, **{how: several})

        options = [("set", "set to", ""), ("add", "add", ""), ("remove", "take out", "")]
        hint = "several with | between them; empty takes all out"
        return [OneOf("how", "Change", options, "set"), Text("value", "Value", hint)], make


def _shared(values: Sequence[str]) -> str:
    """What they all say, "" for nothing."""
    return (values[0] or "none") if len(set(values)) == 1 else "not the same everywhere"
