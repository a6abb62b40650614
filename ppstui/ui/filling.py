"""A form about what is chosen on the screen: the item is named, the effect told live, and nothing queued unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import UsageError
from ppstui.rules.names import short
from ppstui.rules.rollouts import TeamState
from ppstui.ui.days import HINT, read_day
from ppstui.ui.forms import Form, OneOf, Text, nothing_yet
from ppstui.ui.panes import part
from ppstui.views import words
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from ppstui.ui.choosing import Chosen, Target
    from ppstui.ui.dialogs import Weighed
    from ppstui.ui.forms import Filled, Input
    from ppstui.ui.screen import Main
    from ppstui.ui.sending import Asked, Sending

ALL = "*"
"""Stands in a form for every team."""
NONE = frozenset({"none", "nobody", "-"})
"""What takes a value out."""
_AT_ONCE = 12
"""So many records at most are weighed at every letter; more of them once, at the end."""


class Filling:
    """What the flows that ask for a form have in common."""

    def __init__(self, main: Main, sending: Sending) -> None:
        self._main = main
        self._desk = main.desk
        self._sending = sending

    def _whole(self) -> list[Target]:
        return list({target.ref.whole: target for target in self._main.choice.targets()}.values())

    def _one(self, what: str) -> Target | None:
        """The one rollout it is about; several are refused, saying what goes to one at a time."""
        targets = self._whole()
        if len(targets) == 1:
            return self._main.choice.targets()[0]
        self._main.say(f"{what} one rollout at a time; esc takes the marks away", bad=True)
        return None

    def _today(self) -> dt.date:
        return self._desk.now().astimezone(self._desk.policy.zone).date()

    def _day(self, name: str, label: str, *, past: bool = False, none: str = "") -> Text:
        """A line for a day, which says how it is understood."""

        def reads(text: str) -> tuple[str, Tone]:
            if none and text.casefold() in NONE:
                return none, Tone.PLAIN
            try:
                return words.day(read_day(text, self._today(), past=past)), Tone.PLAIN
            except UsageError:
                return "no day", Tone.LATE

        return Text(name, label, HINT + (", none" if none else ""), reads=reads)

    def _read(self, text: str, *, past: bool = False) -> dt.date | None:
        """The day in a line, None when it is none."""
        try:
            return read_day(text, self._today(), past=past)
        except UsageError:
            return None

    async def _filled(
        self,
        title: str,
        targets: Sequence[Chosen],
        inputs: Sequence[Input],
        asked: Callable[[Mapping[str, str]], list[Asked] | str],
        *,
        weigh: Callable[[Sequence[Asked]], Weighed] | None = None,
    ) -> tuple[list[Asked], Filled] | None:
        """Shows the form; answers with what it came to. `asked` gives the commands, or says what is missing."""

        def weighed(values: Mapping[str, str]) -> Weighed:
            found = asked(values)
            if isinstance(found, str):
                return nothing_yet(found, len(targets))
            return (weigh or self._sending.weigh)(found)

        main = self._main
        begin = next((place for place, each in enumerate(inputs) if not each.value), 0)
        form = Form(
            main.setting, title, self._sending.about(targets), inputs, weighed,
            live=len(targets) <= _AT_ONCE, begin=begin,
        )  # fmt: skip
        filled = await main.app.push_screen_wait(form)
        if filled is None:
            main.say("left; nothing was queued")
            return None
        found = asked(filled.values)
        return None if isinstance(found, str) else (found, filled)

    async def _fill(
        self,
        title: str,
        targets: Sequence[Chosen],
        inputs: Sequence[Input],
        asked: Callable[[Mapping[str, str]], list[Asked] | str],
        *,
        weigh: Callable[[Sequence[Asked]], Weighed] | None = None,
    ) -> None:
        """Shows the form and queues what it came to."""
        done = await self._filled(title, targets, inputs, asked, weigh=weigh)
        if done is not None:
            await self._sending.submit(title, done[0], done[1].reason)

    def _team(self, targets: Sequence[Target], *, all_: bool) -> list[Input]:
        """Which team, where there is a choice; with several records the rows have chosen."""
        if len(targets) != 1:
            return []
        target = targets[0]
        teams = [team for team in target.standing.teams if team.state is not TeamState.WITHDRAWN]
        options = [(team.team, short(team.team), words.TEAMS[team.state].word) for team in teams]
        if all_:
            options.insert(0, (ALL, "all teams", ""))
        single = options[0][0] if len(options) == 1 else ALL if all_ else ""
        return [OneOf("team", "Team", options, part(target.ref) or single)] if options else []


def chosen_team(values: Mapping[str, str], target: Target) -> str:
    """The team that was chosen in the form, else the row's own; "" for all."""
    team = values.get("team", part(target.ref))
    return "" if team == ALL else team
