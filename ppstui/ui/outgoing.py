"""From an issue to its readers: how it looks, what changed, the check list, publishing, correcting, earlier issues.

Nothing goes out before a person has seen what stands against it and where it goes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ppstui.bulletin.formats import FORMATS
from ppstui.errors import PpsError, UsageError
from ppstui.model import Entry
from ppstui.ui import dialogs
from ppstui.ui.forms import Form, Text
from ppstui.ui.issue_dialogs import CheckList, Preview
from ppstui.ui.issuing import AtIssues
from ppstui.ui.sending import Asked, named
from ppstui.views import issue_rows as views
from ppstui.views.details import BLANK, Para, heading
from ppstui.views.issue_rows import Spot
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence

    from ppstui.model import Bulletin
    from ppstui.rules.bulletin.audiences import Audience
    from ppstui.rules.bulletin.checking import Problem
    from ppstui.ui.choosing import Chosen
    from ppstui.ui.issues import Issues
    from ppstui.views.rows import Glance


class Outgoing(AtIssues):
    """Answers to the keys that show an issue as others will see it, and send it."""

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {
            "bulletin.preview": self._preview,
            "bulletin.compare": self._compare,
            "bulletin.check": self._check,
            "bulletin.publish": self._publish,
            "bulletin.correct": self._correct,
            "bulletin.history": self._history,
            "rollouts.mention": self._mention,
        }

    # --------------------------------------------------------------------------------------------------------- looking

    async def _preview(self) -> None:
        issues, main = self.issues, self._main
        found = self._shown()
        if found is None:
            return
        room = issues.room
        tabs: list[tuple[str, Callable[[], str]]] = [
            (main.glance().text(f"{name}: {room.setting.places[name].format}"), partial(self._bytes, found, name))
            for name in self._usable(found)
        ]
        tabs += [(format_, partial(room.render, found, format_)) for format_ in FORMATS]
        title = f"{issues.sheet.audience} {found.issue}, as it will look"
        await main.app.push_screen_wait(Preview(main.setting, title, tabs))

    def _bytes(self, found: Bulletin, target: str) -> str:
        """The exact bytes that would go there, as far as they are text."""
        return self.issues.room.preview(found, target).decode("utf-8", "replace")

    def _usable(self, found: Bulletin) -> list[str]:
        """Where the issue goes, as far as the configuration of each is understood."""
        room = self.issues.room
        return [name for name in room.targets(found) if name in room.setting.places]

    async def _compare(self) -> None:
        main, sheet = self._main, self.issues.sheet
        paras = tuple(views.compared(sheet.changes, main.glance()))
        title = f"{sheet.audience} {sheet.issue}: since the last issue"
        await main.app.push_screen_wait(dialogs.Show(main.setting, title, paras))

    async def _check(self) -> None:
        main = self._main
        found = self._shown()
        problems = await self._problems(found) if found else None
        if problems is None:
            return
        title = f"Check list of {self.issues.sheet.issue}"
        if not problems:
            paras = (Para((("Nothing stands against publishing it.", Tone.DONE),)),)
            await main.app.push_screen_wait(dialogs.Show(main.setting, title, paras))
            return
        blocking = sum(each.blocking for each in problems)
        dialog = CheckList(main.setting, f"{title}: {blocking} blocking of {len(problems)}", problems, main.glance())
        picked = await main.app.push_screen_wait(dialog)
        if picked:
            (place,) = picked
            line = problems[int(str(place))].line_id
            if not line or not main.table.go_to(Spot("line", line)):
                main.say("that is about the issue as a whole")

    async def _problems(self, found: Bulletin) -> tuple[Problem, ...] | None:
        """The check list, asked now; None where it could not be asked."""
        main = self._main
        main.say("looking at the check list, and trying the links...")
        try:
            problems = await self.issues.room.check(found)
        except PpsError as error:
            main.say(str(error), bad=True)
            return None
        self.issues.checked(found, problems)
        main.forget_keys()  # nobody has seen yet what they would answer
        main.say(f"{sum(each.blocking for each in problems)} blocking, {len(problems)} in all")
        main.fill()
        return problems

    # ------------------------------------------------------------------------------------------------------- going out

    async def _publish(self) -> None:
        issues, main = self.issues, self._main
        found = await self._settled_words()
        if found is None:
            return
        targets = await self._targets(found)
        if not targets:
            return
        problems = await self._problems(found)
        if problems is None:
            return
        blocking = sum(each.blocking for each in problems)
        verdict = dialogs.Verdict(0 if blocking else len(targets), len(targets), len(targets) if blocking else 0)
        title = f"Publish {issues.sheet.audience} {found.issue}"
        paras = (*self._goes(found, targets), *_against(problems, main.glance()))
        dialog = dialogs.Confirm(main.setting, title, paras, does="publishes {}", verdict=verdict)
        reason = await main.app.push_screen_wait(dialog)
        if reason is None:
            main.say("left; nothing was published")
            return
        main.say(f"freezing {found.issue}, so that every target gets the same...")
        await self._out(found, targets, issues.room.publish(found, targets, reason=reason))

    async def _settled_words(self) -> Bulletin | None:
        """The issue once nobody else's draft is in question."""
        issues = self.issues
        found = self._shown()
        if found is not None and issues.question()[0] in {"behind", "held"}:
            if not await self._may():
                return None
            found = self._shown()
        return found

    async def _targets(self, found: Bulletin, *, had: bool = False) -> list[str]:
        """Those that a person chooses; `had`: of those that have the issue."""
        issues, main, glance = self.issues, self._main, self._main.glance()
        places = issues.room.setting.places
        goals = {goal.name: goal for goal in issues.sheet.goals}
        names = [name for name, goal in goals.items() if name in places and (goal.published or not had)]
        if not names:
            where = f"name some: publish = [...] in [bulletin.{issues.audience.name}]"
            main.say("no target has had this issue" if had else f"no target; {where}", bad=True)
            return []
        choices: list[tuple[Hashable, str, str]] = [
            (
                name,
                glance.text(name),
                glance.text(f"{goals[name].format}, {views.goal_state(goals[name], issues.sheet)[0]}"),
            )
            for name in names
        ]
        marked = frozenset(name for name in names if had or not goals[name].published)
        title = f"{'Correct' if had else 'Publish'} {found.issue}: where"
        picked = await main.app.push_screen_wait(
            dialogs.Pick(main.setting, title, choices, several=True, marked=marked)
        )
        if not picked:
            main.say("left; nothing was published")
        return [name for name in names if name in (picked or ())]

    def _goes(self, found: Bulletin, targets: Sequence[str], correction: str = "") -> tuple[Para, ...]:
        """What goes where, in so many bytes."""
        room, glance = self.issues.room, self._main.glance()
        paras = [Para((("What goes where", Tone.HEADING),))]
        for name in targets:
            place = room.setting.places[name]
            try:
                size = f"{len(room.preview(found, name, correction))} bytes"
            except PpsError as error:
                size = str(error)
            text = f"as {place.format}{' and html' if place.html else ''} ({place.type}), {size}"
            paras.append(Para(((f"{glance.text(name)}  ", Tone.STRONG), (glance.text(text), Tone.PLAIN)), 2))
        return tuple(paras)

    async def _out(
        self, found: Bulletin, targets: Sequence[str], going: Coroutine[None, None, tuple[Entry | PpsError, ...]]
    ) -> None:
        """Waits until it is queued, and says what was not."""
        main = self._main
        try:
            asked = await going
        except PpsError as error:
            main.fill()
            main.say(str(error), bad=True)
            return
        self.issues.chosen = ""
        if self.issues.issue != found.issue:
            self.issues.chosen = found.issue
        main.refill()
        refused = [f"{name}: {each}" for name, each in zip(targets, asked, strict=True) if not isinstance(each, Entry)]
        queued = [name for name, each in zip(targets, asked, strict=True) if isinstance(each, Entry)]
        if refused:
            main.say("; ".join(refused), bad=True)
        elif queued:
            main.say(f"queued for {', '.join(queued)}; the last rows here say how it goes")
        main.table.go_to(Spot("goes"))

    async def _correct(self) -> None:
        issues, main = self.issues, self._main
        found = await self._settled_words()
        if found is None:
            return
        if not found.publications:
            main.say(f"{found.issue} has not been published, so there is nothing to correct; P publishes it", bad=True)
            return
        targets = await self._targets(found, had=True)
        if not targets:
            return

        def weigh(values: Mapping[str, str]) -> dialogs.Weighed:
            what = values["what"]
            if not what:
                return dialogs.Weighed((), dialogs.Verdict(0, len(targets)), "what was wrong, in a sentence?")
            sure = dialogs.Verdict(len(targets), len(targets))
            return dialogs.Weighed(self._goes(found, targets, what), sure)

        inputs = [Text("what", "It corrects", "what was wrong: readers see this sentence")]
        about = (Para(((main.glance().text(f"{issues.sheet.audience} {found.issue}"), Tone.STRONG),)),)
        title = f"Correct {found.issue}"
        filled = await main.app.push_screen_wait(Form(main.setting, title, about, inputs, weigh, does="sends {}"))
        if filled is None:
            main.say("left; nothing was published")
            return
        what = filled.values["what"]
        await self._out(found, targets, issues.room.correct(found, targets, what))

    # --------------------------------------------------------------------------------------------------------- history

    async def _history(self) -> None:
        issues, main, glance = self.issues, self._main, self._main.glance()
        every = issues.room.history(issues.audience)
        if not every:
            main.say(f"{issues.sheet.audience} has had no issue yet")
            return
        zone = self._desk.policy.zone
        choices: list[tuple[Hashable, str, str]] = [
            (
                each.issue,
                f"{each.issue} {views.state_word(each)}",
                glance.text(views.went_where(each.publications, issues.sheet.now, zone)),
            )
            for each in every
        ]
        title = f"Issues for {glance.text(issues.sheet.audience)}: enter opens one"
        picked = await main.app.push_screen_wait(dialogs.Pick(main.setting, title, choices, at=issues.sheet.issue))
        if picked:
            (issue,) = picked
            issues.chosen = "" if issue == issues.room.latest(issues.audience) else str(issue)
            main.fill(fresh=True)
            if issues.chosen:
                main.say(f"{issue}, as it was; esc goes back")

    # -------------------------------------------------------------------------------------------------------- mentions

    async def _mention(self) -> None:
        main = self._main
        targets: list[Chosen] = list({target.ref.whole: target for target in main.choice.chosen()}.values())
        try:
            issues = self.issues
            audiences = await self._readers(issues)
        except UsageError as error:
            main.say(str(error), bad=True)
            return
        if not targets or not audiences:
            return
        hint = "what there is to say; empty: the name alone"

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            return [
                Asked(command)
                for target in targets
                for command in issues.room.mentions(target.record, values["text"], audiences)
            ]

        title = f"Mention {named(targets)} in the bulletin"
        filled = await self._filled(title, targets, [Text("text", "Note", hint)], asked)
        if filled is not None:
            await self._sending.submit(title, filled[0], filled[1].reason)

    async def _readers(self, issues: Issues) -> Sequence[Audience]:
        """The audiences that are to hear of it: a person takes out those that are not."""
        if len(issues.audiences) == 1:
            return issues.audiences
        choices: list[tuple[Hashable, str, str]] = [
            (each.name, title, f"issue {issues.room.coming(each)}")
            for each, title in zip(issues.audiences, issues.titles, strict=True)
        ]
        every = frozenset(each.name for each in issues.audiences)
        dialog = dialogs.Pick(
            self._main.setting, "Mention it to: space takes one out", choices, several=True, marked=every
        )
        picked = await self._main.app.push_screen_wait(dialog)
        return [each for each in issues.audiences if each.name in (picked or ())]


def _against(problems: Sequence[Problem], glance: Glance) -> tuple[Para, ...]:
    """The check list, blocking things first."""
    if not problems:
        return (BLANK, Para((("Nothing stands against it.", Tone.DONE),)))
    return (*heading("Check list"), *views.check_list(problems, glance))
