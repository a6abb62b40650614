"""What becomes of a pilot: steps signed off, the run prolonged, the end, whatever it is, and reminders on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import UsageError
from ppstui.model import PilotCancel, PilotClose, PilotProlong, PilotRollBack, PilotStep, Remind, Role, Spent, StepState
from ppstui.rules.effort import effort_text, parse_effort
from ppstui.rules.pilots.reminders import pilot_reminder, reminded_step
from ppstui.ui.filling import Filling
from ppstui.ui.forms import OneOf, Text
from ppstui.ui.sending import Asked, named
from ppstui.ui.texts import write_on
from ppstui.views import details, pilot_words
from ppstui.views.details import Para
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from ppstui.model import Command
    from ppstui.rules.pilots.standings import StepStanding
    from ppstui.ui.choosing import PilotTarget
    from ppstui.ui.forms import Input

TURN = "turn"
"""Stands in a form for the step whose turn it is, whichever that is of each pilot."""
LEAD = "lead"
"""Stands for the role that leads the step."""


class Piloting(Filling):
    """Answers to the keys that carry a pilot on, or end it."""

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {
            "pilots.sign": self._sign,
            "pilots.prolong": self._prolong,
            "pilots.roll-back": self._roll_back,
            "pilots.cancel": self._cancel,
            "pilots.close": self._close,
            "pilots.remind": self._remind,
        }

    def _pilots(self) -> list[PilotTarget]:
        return list({target.ref.whole: target for target in self._main.choice.pilots()}.values())

    # ---------------------------------------------------------------------------------------------------------- steps

    async def _sign(self) -> None:
        targets = self._pilots()
        one = targets[0] if len(targets) == 1 else None

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            found: list[Asked] = []
            for each in targets:
                command = self._signed(each, values)
                if isinstance(command, str):
                    return command
                found.append(Asked(command, each.pilot))
            return found

        await self._fill(f"Sign a step of {named(targets)}", targets, self._lines_to_sign(targets, one), asked)

    def _lines_to_sign(self, targets: Sequence[PilotTarget], one: PilotTarget | None) -> list[Input]:
        steps = {step.number: step for target in targets for step in target.standing.steps}
        options = [] if one else [(TURN, "whose turn it is", "")]
        for number, step in sorted(steps.items()):
            note = pilot_words.STEPS[step.state].word if one else ""
            options.append((str(number), f"{number} {self._main.glance().text(step.what)}", note))
        current = one.standing.current if one else None
        sites = [(site, site, "") for site in dict.fromkeys(site for each in targets for site in each.pilot.sites)]
        states = [(each.value, each.value if each.value != "open" else "open again", "") for each in _SIGNED]
        worked: Callable[[Mapping[str, str]], bool] = lambda values: bool(values["effort"])  # noqa: E731 - read once
        lines: list[Input] = [
            OneOf("step", "Step", options, str(current.number) if current else "" if one else TURN),
            OneOf("state", "Signed", states, StepState.DONE.value),
            self._day("on", "On", past=True),
            Text("by", "By", "who did it; empty: you"),
            Text("note", "Note", "optional; written to the record"),
            Text("effort", "Effort", "what it took: 4PH, 0.75PD, 90min; empty: not said", reads=_amount),
            OneOf("role", "Worked as", [(LEAD, "who leads it", ""), *_roles(targets)], LEAD, when=worked),
        ]
        if len(sites) > 1:
            lines.append(OneOf("site", "At", sites, when=worked))
        return lines

    def _signed(self, target: PilotTarget, values: Mapping[str, str]) -> Command | str:
        """The command for one pilot, or what is missing."""
        step = _step(target, values["step"])
        if step is None:
            return "which step?" if values["step"] != TURN else f"{target.ref.whole}: no step is open"
        on = self._read(values["on"], past=True) if values["on"] else None
        if values["on"] and on is None:
            return "on which day?"
        spent: tuple[Spent, ...] = ()
        if values["effort"]:
            try:
                minutes = parse_effort(values["effort"])
            except UsageError as error:
                return str(error)
            role = step.lead if values["role"] in ("", LEAD) else Role(values["role"])
            sites = target.pilot.sites
            site = values.get("site", "") or (sites[0] if len(sites) == 1 else "")
            spent = (Spent(role=role, minutes=minutes, site=site if role in _AT_SITES else "", on=on),)
        return PilotStep(
            target=target.ref.whole,
            number=step.number,
            state=StepState(values["state"] or StepState.DONE.value),
            on=on,
            by=values["by"],
            note=values["note"],
            spent=spent,
        )

    # ------------------------------------------------------------------------------------------------------------ ends

    async def _prolong(self) -> None:
        targets = self._pilots()

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            until = self._read(values["until"])
            if until is None:
                return "until which day?"
            return [
                Asked(PilotProlong(target=each.ref.whole, until=until, reason=values["why"]), each.pilot)
                for each in targets
            ]

        lines = [self._day("until", "Until"), Text("why", "Reason", "why it goes on; written to the record")]
        await self._fill(f"Prolong {named(targets)}", targets, lines, asked)

    async def _roll_back(self) -> None:
        await self._give_up("Roll back", PilotRollBack)

    async def _cancel(self) -> None:
        await self._give_up("Cancel", PilotCancel)

    async def _give_up(self, does: str, kind: type[PilotRollBack | PilotCancel]) -> None:
        targets = self._pilots()

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            on = self._on(values)
            if isinstance(on, str):
                return on
            return [Asked(kind(target=each.ref.whole, on=on, reason=values["why"]), each.pilot) for each in targets]

        lines = [Text("why", "Reason", "written to the record"), self._day("on", "On", past=True)]
        await self._fill(f"{does} {named(targets)}", targets, lines, asked)

    async def _close(self) -> None:
        targets = self._pilots()

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            on = self._on(values)
            if isinstance(on, str):
                return on
            return [
                Asked(
                    PilotClose(target=each.ref.whole, on=on, reason=values["why"], follow_up=values["follow"]),
                    each.pilot,
                )
                for each in targets
            ]

        lines = [
            Text("why", "Assessment", "how it went; optional"),
            Text("follow", "Follow-up", "what was decided at the wrap-up; optional"),
            self._day("on", "On", past=True),
        ]
        await self._fill(f"Close {named(targets)}", targets, lines, asked)

    def _on(self, values: Mapping[str, str]) -> dt.date | str | None:
        """The day that is named, None when none is; else that it is no day."""
        if not values["on"]:
            return None
        return self._read(values["on"], past=True) or "on which day?"

    # ------------------------------------------------------------------------------------------------------- reminding

    async def _remind(self) -> None:
        main = self._main
        owing = [(target, step) for target in self._pilots() if (step := reminded_step(target.standing)) is not None]
        if not owing:
            main.say("nobody but you owes anything there now", bad=True)
            return
        asked = [
            Asked(
                Remind(
                    target=target.ref.whole,
                    teams=(_owner(step),),
                    text=pilot_reminder(target.pilot, target.standing),
                ),
                target.pilot,
            )
            for target, step in owing
        ]
        if len(owing) > 1:
            await self._sending.confirmed(f"Remind about {len(owing)} pilots", asked, always=True)
            return
        target, step = owing[0]
        about = self._sending.about([target])
        glance = main.glance()
        about += (details.fact("To", glance.text(_owner(step))), details.fact("Step", f"{step.number} {step.what}"))
        about += tuple(
            Para(((glance.text(each.text), Tone.SOON),)) for each in self._desk.plan(asked[0].command).objections
        )
        title = f"Remind on {target.ref.whole}"
        draft = pilot_reminder(target.pilot, target.standing)
        written = await main.app.push_screen_wait(write_on(main, title, about, text=draft))
        if written is not None:
            command = Remind(target=target.ref.whole, teams=(_owner(step),), text=written.text)
            await self._sending.confirmed(title, [Asked(command, target.pilot)])


_SIGNED = (StepState.DONE, StepState.SKIPPED, StepState.FAILED, StepState.OPEN)
_AT_SITES = frozenset({Role.SITE, Role.EXPERT})
"""Whose work is booked on a site."""


def _owner(step: StepStanding) -> str:
    """Whoever is to do it, by name or by role."""
    return step.owner or step.lead.value


def _step(target: PilotTarget, chosen: str) -> StepStanding | None:
    if chosen == TURN:
        return target.standing.current
    return target.standing.step(int(chosen)) if chosen else None


def _roles(targets: Sequence[PilotTarget]) -> list[tuple[str, str, str]]:
    """The roles that take part in any step, and the expert, whom no step names."""
    steps = (step for target in targets for step in target.standing.steps)
    roles = dict.fromkeys((*(role for step in steps for role in step.roles), Role.EXPERT))
    return [(role.value, role.value.replace("-", " "), "") for role in roles]


def _amount(text: str) -> tuple[str, Tone]:
    try:
        return effort_text(parse_effort(text)), Tone.PLAIN
    except UsageError:
        return "no amount of work", Tone.LATE
