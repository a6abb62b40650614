"""New pilots, and the days, steps, hosts and home page of those there are; what follows is shown before it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import Milestone, NewPilot, PilotEdit, Ref, Software, Update
from ppstui.rules.pilots.workflow import level_needed, level_words
from ppstui.ui import dialogs
from ppstui.ui.days import HINT
from ppstui.ui.filling import NONE, Filling
from ppstui.ui.forms import OneOf, Text
from ppstui.ui.sending import Asked
from ppstui.ui.texts import write_on
from ppstui.views import words
from ppstui.views.pilot_details import HOME
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Mapping

    from ppstui.ui.choosing import PilotTarget
    from ppstui.ui.forms import Input

_NUMBERS = {"setup_days": "Set-up", "feedback_days": "Feedback", "run_weeks": "Run"}
_UNITS = {"setup_days": "days", "feedback_days": "days, of the VOs", "run_weeks": "weeks; 0: as its kind has it"}
_PEOPLE = {"title": "Title", "service": "Service", "coordinator": "Owner", "contact": "Contact"}
_LONGEST = 999


class Planning(Filling):
    """Answers to the keys that plan."""

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {"pilots.new": self._new, "pilots.edit": self._edit}

    # ------------------------------------------------------------------------------------------------------ new pilots

    async def _new(self) -> None:
        main = self._main
        makers = main.choice.makers(NewPilot)
        source = makers[0]
        if len(makers) > 1:
            choices: list[tuple[Hashable, str, str]] = [(name, name, "") for name in makers]
            picked = await main.app.push_screen_wait(dialogs.Pick(main.setting, "New pilot in", choices))
            if picked is None:
                return
            source = str(next(iter(picked)))

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            made = self._made(Ref(source, "new"), values)
            return made if isinstance(made, str) else [Asked(made)]

        await self._fill(f"New pilot in {source}", [], self._lines_of_new(), asked)

    def _lines_of_new(self) -> list[Input]:
        times = self._desk.policy.pilots
        kinds = [(each.value, each.value.replace("-", " "), "") for each in Software]
        updates = [(each.value, each.value, "") for each in Update]
        breaks = [("no", "no: backward compatible", ""), ("yes", "yes", "")]
        return [
            Text("title", "Title", "as in  gLite 3.2 CREAM pilot"),
            OneOf("update", "Update", updates),
            OneOf("software", "Of a", kinds, Software.SERVER.value),
            OneOf("breaks", "Breaks", breaks, "no"),
            Text("sites", "Sites", "NGI-Site, several with commas; may be chosen later"),
            Text("vos", "VOs", "several with commas"),
            Text("start", "Set-up on", f"{HINT}; empty: as soon as can be", reads=self._reads_day),
            Text("setup_days", "Set-up", _UNITS["setup_days"], f"{times.setup_days}", reads=_number),
            Text(
                *("feedback_days", "Feedback", _UNITS["feedback_days"], f"{times.feedback_days}"),
                reads=_number,
                when=_is_major,
            ),
            Text("run_weeks", "Run", _UNITS["run_weeks"], "0", reads=_number),
            OneOf("mirror", "Mirror", [("yes", "the repository is mirrored", ""), ("no", "not needed", "")], "yes"),
        ]

    def _reads_day(self, text: str) -> tuple[str, Tone]:
        day = self._read(text)
        return (words.day(day), Tone.PLAIN) if day else ("no day", Tone.LATE)

    def _made(self, target: Ref, values: Mapping[str, str]) -> NewPilot | str:
        """The command, or what is missing."""
        start = self._read(values["start"]) if values["start"] else None
        if values["start"] and start is None:
            return "set-up begins on which day?"
        if not values["title"]:
            return "what is it called?"
        if not values["update"]:
            return "minor or major?"
        numbers = _numbers(values)
        if isinstance(numbers, str):
            return numbers
        made = NewPilot(
            target=target,
            title=values["title"],
            update=Update(values["update"]),
            software=Software(values["software"]),
            incompatible=values["breaks"] == "yes",
            sites=_several(values["sites"]),
            vos=_several(values["vos"]),
            coordinator=min(self._main.options.me, default=""),
            start=start,
            mirror=values["mirror"] == "yes",
        )
        return structs.replace(made, **numbers)

    # ---------------------------------------------------------------------------------------------------------- edits

    async def _edit(self) -> None:
        main = self._main
        targets = {target.ref.whole: target for target in main.choice.pilots()}
        if len(targets) != 1:
            main.say("pilots are edited one at a time; esc takes the marks away", bad=True)
            return
        target = next(iter(targets.values()))
        title = f"Edit {target.ref.whole}: what"
        picked = await main.app.push_screen_wait(dialogs.Pick(main.setting, title, self._choices(target)))
        if not picked:
            return
        what = str(next(iter(picked)))
        flows = {
            "days": self._days,
            "steps": self._steps,
            "hosts": self._hosts,
            "people": self._people,
            "milestones": self._milestones,
        }
        if what in flows:
            await flows[what](target)
        else:
            await self._text(target, what)

    def _choices(self, target: PilotTarget) -> list[tuple[Hashable, str, str]]:
        """What can be changed, with what stands there now."""
        pilot, say = target.pilot, self._main.glance().text
        start = words.day(pilot.start) if pilot.start else "no start"
        found: list[tuple[Hashable, str, str]] = [
            ("days", "days of set-up and run", f"{start}, {pilot.setup_days} days of set-up"),
            ("steps", "planned day or owner of a step", ""),
            ("hosts", "sites and VOs", say(", ".join((*pilot.sites, *pilot.vos))) or "none"),
            (
                "people",
                "title, service, owner, contact",
                say(", ".join(filter(None, (pilot.coordinator, pilot.contact)))),
            ),
            ("milestones", "milestones", say(", ".join(each.what for each in pilot.milestones)) or "none"),
        ]
        for name, title in HOME:
            found.append((name, title.casefold(), say(str(getattr(pilot, name))) or "nothing yet"))
        return found

    async def _changed(
        self,
        target: PilotTarget,
        what: str,
        lines: list[Input],
        make: Callable[[Mapping[str, str]], PilotEdit | str],
    ) -> None:
        """A form for one edit: its consequence is told while it is filled in."""

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            command = make(values)
            if isinstance(command, str):
                return command
            same = command == PilotEdit(target=command.target)
            return "nothing is different yet" if same else [Asked(command, target.pilot)]

        await self._fill(f"Edit {target.ref.whole}: {what}", [target], lines, asked)

    async def _days(self, target: PilotTarget) -> None:
        pilot = target.pilot
        now = {name: str(getattr(pilot, name)) for name in _NUMBERS}

        def make(values: Mapping[str, str]) -> PilotEdit | str:
            start = self._read(values["start"]) if values["start"] else None
            if values["start"] and start is None:
                return "set-up begins on which day?"
            numbers = _numbers({name: text for name, text in values.items() if text != now.get(name)})
            if isinstance(numbers, str):
                return numbers
            edit = PilotEdit(target=target.ref.whole, start=start if start != pilot.start else None)
            return structs.replace(edit, **numbers)

        begun = pilot.start.isoformat() if pilot.start else ""
        lines: list[Input] = [Text("start", "Set-up on", HINT, begun, reads=self._reads_day)]
        lines += [Text(name, label, _UNITS[name], now[name], reads=_number) for name, label in _NUMBERS.items()]
        await self._changed(target, "days", lines, make)

    async def _steps(self, target: PilotTarget) -> None:
        steps = {str(step.number): step for step in target.standing.steps}
        options = []
        for number, step in steps.items():
            planned = words.day(step.planned) if step.planned else "no day"
            options.append((number, f"{number} {self._main.glance().text(step.what)}", planned))

        def make(values: Mapping[str, str]) -> PilotEdit | str:
            if not values["step"]:
                return "which step?"
            day = self._read(values["day"]) if values["day"] else None
            if values["day"] and day is None:
                return "on which day?"
            number = int(values["step"])
            owner = "" if values["owner"].casefold() in NONE else values["owner"]
            return PilotEdit(
                target=target.ref.whole,
                planned=((number, day),) if day else (),
                owners=((number, owner),) if values["owner"] else (),
            )

        current = target.standing.current
        lines: list[Input] = [
            OneOf("step", "Step", options, str(current.number) if current else ""),
            self._day("day", "Planned"),
            Text("owner", "Owner", "who does it; none: whoever has the role"),
        ]
        await self._changed(target, "a step", lines, make)

    async def _hosts(self, target: PilotTarget) -> None:
        now = {"sites": ", ".join(target.pilot.sites), "vos": ", ".join(target.pilot.vos)}

        def make(values: Mapping[str, str]) -> PilotEdit | str:
            changed = {name: _several(values[name]) for name, text in now.items() if values[name] != text}
            return structs.replace(PilotEdit(target=target.ref.whole), **changed)

        level = level_words(
            target.pilot.level or level_needed(target.pilot.software, incompatible=target.pilot.incompatible)
        )
        lines: list[Input] = [
            Text("sites", "Sites", f"NGI-Site, several with commas; {level}", now["sites"]),
            Text("vos", "VOs", "several with commas", now["vos"]),
        ]
        await self._changed(target, "sites and VOs", lines, make)

    async def _people(self, target: PilotTarget) -> None:
        now = {name: str(getattr(target.pilot, name)) for name in _PEOPLE}

        def make(values: Mapping[str, str]) -> PilotEdit | str:
            changed = {name: values[name] for name, text in now.items() if values[name] != text.strip()}
            if changed.get("title") == "":
                return "what is it called?"
            return structs.replace(PilotEdit(target=target.ref.whole), **changed)

        lines: list[Input] = [Text(name, label, "", now[name]) for name, label in _PEOPLE.items()]
        await self._changed(target, "title and people", lines, make)

    async def _milestones(self, target: PilotTarget) -> None:
        stones = target.pilot.milestones
        options = [("add", "add one", "")]
        options += [(str(n), f"take out {self._main.glance().text(each.what)}", "") for n, each in enumerate(stones)]

        def make(values: Mapping[str, str]) -> PilotEdit | str:
            how = values["how"]
            if how not in ("", "add"):
                kept = tuple(each for n, each in enumerate(stones) if str(n) != how)
                return PilotEdit(target=target.ref.whole, milestones=kept)
            day = self._read(values["day"])
            if day is None or not values["what"]:
                return "which day, and what is it?"
            new = (*stones, Milestone(on=day, what=values["what"]))
            return PilotEdit(target=target.ref.whole, milestones=tuple(sorted(new, key=lambda each: each.on)))

        adds = Text("what", "What", "as in  release of UMD 1.2", when=_adds)
        day = self._day("day", "Day")
        day.when = _adds
        await self._changed(target, "milestones", [OneOf("how", "Change", options, "add"), day, adds], make)

    async def _text(self, target: PilotTarget, name: str) -> None:
        """A part of the home page, written as a text."""
        main, title = self._main, dict(HOME)[name]
        now = str(getattr(target.pilot, name))
        about = self._sending.about([target])
        dialog = write_on(main, f"{title} of {target.ref.whole}", about, text=now, may_be_empty=True)
        written = await main.app.push_screen_wait(dialog)
        if written is None:
            return
        if written.text == now.strip():
            main.say("it is as it was; nothing was queued")
            return
        command = structs.replace(PilotEdit(target=target.ref.whole), **{name: written.text})
        await self._sending.confirmed(f"{title} of {target.ref.whole}", [Asked(command, target.pilot)], always=True)


def _adds(values: Mapping[str, str]) -> bool:
    return values["how"] in ("", "add")


def _is_major(values: Mapping[str, str]) -> bool:
    return values["update"] == Update.MAJOR.value


def _several(text: str) -> tuple[str, ...]:
    """The names in a line, each once."""
    return tuple(dict.fromkeys(part for part in (piece.strip() for piece in text.split(",")) if part))


def _number(text: str) -> tuple[str, Tone]:
    return ("", Tone.PLAIN) if text.isascii() and text.isdigit() and int(text) <= _LONGEST else ("no number", Tone.LATE)


def _numbers(values: Mapping[str, str]) -> dict[str, int] | str:
    """Lengths that are written there; else which of them is no number."""
    found: dict[str, int] = {}
    for name, label in _NUMBERS.items():
        text = values.get(name, "")
        if not text:
            continue
        if _number(text)[0]:
            return f"{label}: how many {_UNITS[name].partition(',')[0].partition(';')[0]}?"
        found[name] = int(text)
    return found
