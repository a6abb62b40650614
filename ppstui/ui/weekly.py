"""What a desk sees to beyond single records: the week's duties, vacancies and the registry, the effort of all pilots.

All of it is gathered when it is asked for, in slices, so that keys stay answered however much there is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ppstui.config.ticks import read_ticks, write_ticks
from ppstui.errors import PpsError, StoreError
from ppstui.model import Kind
from ppstui.rules.bulletin.audiences import bulletins_evidence, meeting_of
from ppstui.rules.clocks import local_day
from ppstui.rules.duties import Evidence, duties
from ppstui.rules.effort import By, summary
from ppstui.rules.health import team_health
from ppstui.rules.vacancies import vacancies
from ppstui.ui import dialogs
from ppstui.ui.diary import agendas
from ppstui.ui.filling import Filling
from ppstui.ui.panes import BulletinPane, known, known_pilot
from ppstui.ui.timing import meetings_of
from ppstui.views import week_pages
from ppstui.views.details import Para
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Sequence

    from ppstui.desk import Desk
    from ppstui.model import Pilot, Rollout
    from ppstui.rules.bulletin.audiences import Audience
    from ppstui.rules.duties import Duty
    from ppstui.rules.pilots.standings import PilotStanding
    from ppstui.rules.rollouts import Standing
    from ppstui.rules.vacancies import Vacancy
    from ppstui.ui.issues import Issues
    from ppstui.ui.screen import Main
    from ppstui.ui.sending import Sending

MOST = 2000
"""Records looked at, the most pressing first."""
_SLICE = 25
"""Records judged between two looks at the keyboard."""
_SILENT = 3
"""Calls in a row that a team let pass, after which its place on the list is looked at."""


class Weekly(Filling):
    """Answers to the keys that show what is to be done, what is missing and what it cost."""

    def __init__(self, main: Main, sending: Sending) -> None:
        super().__init__(main, sending)
        self._ticked: set[str] = set()

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {"desk.duties": self._duties, "desk.vacancies": self._vacancies, "desk.effort": self._effort}

    async def _show(self, title: str, paras: tuple[Para, ...]) -> None:
        await self._main.app.push_screen_wait(dialogs.Show(self._main.setting, title, paras))

    async def _duties(self) -> None:
        """What is open; enter goes to what a duty is about, or ticks one that no board can show done."""
        main, glance = self._main, self._main.glance()
        found = await self._open_duties()
        if not found:
            await self._show("Duties open now", week_pages.no_duties())
            return
        choices: list[tuple[Hashable, str, str]] = [
            (duty.key, glance.text(duty.text), week_pages.duty_note(duty, glance)) for duty in found
        ]
        title = f"Duties open now ({len(found)}): enter goes there, or ticks what leaves no trace"
        picked = await main.app.push_screen_wait(dialogs.Pick(main.setting, title, choices))
        if picked:
            duty = next(each for each in found if each.key in picked)
            if duty.code == "bulletin" and self._to_bulletin(duty.meeting):
                return
            await (self._tick(duty) if duty.by_hand or not duty.refs else self._go_to(duty))

    def _issues(self) -> Issues | None:
        """What the pane of the bulletin works on; None where no bulletin can be made."""
        pane = next(pane for pane in self._main.panes if isinstance(pane, BulletinPane))
        try:
            return pane.opened()
        except PpsError as error:
            self._main.say(str(error), bad=True)
            return None

    def _audiences(self) -> Sequence[Audience]:
        issues = self._issues()
        return issues.audiences if issues is not None else ()

    def _to_bulletin(self, meeting: str) -> bool:
        """To the issue that is for this meeting; False where none can be made here."""
        main, issues = self._main, self._issues()
        if issues is None:
            return False
        names = [each.name for each in issues.room.setting.meetings]
        for each in issues.audiences:
            if meeting_of(each.name, each.meeting, names) == meeting:
                issues.choose(each.name)
        pane = next(pane for pane in main.panes if isinstance(pane, BulletinPane))
        pane.view = issues.at
        main.change_pane(pane)
        return True

    async def _go_to(self, duty: Duty) -> None:
        """To the most pressing record that it is about, in the list of its kind."""
        main, ref = self._main, duty.refs[0]
        pilots = self._desk.board.pilot(ref) is not None
        main.change_pane(next(pane for pane in main.panes if pane.id == ("pilots" if pilots else "rollouts")))
        if main.table.go_to(ref):
            return
        main.pane.filter, main.pane.view = "", 0  # they hid it
        main.fill()
        if not main.table.go_to(ref):
            main.say(f"{ref} is not in this list", bad=True)

    async def _tick(self, duty: Duty) -> None:
        main, glance = self._main, self._main.glance()
        paras = (Para(((glance.text(duty.text), Tone.PLAIN),)), Para(((week_pages.duty_note(duty, glance), Tone.DIM),)))
        dialog = dialogs.Confirm(main.setting, "Tick a duty that leaves no trace", paras, does="ticks {}")
        if await main.app.push_screen_wait(dialog) is None:
            return
        try:
            file, now = main.options.ticks, self._desk.now()
            if file is not None:
                write_ticks(file, {**read_ticks(file), duty.key: now}, now)
        except StoreError as error:
            main.say(str(error), bad=True)
            return
        self._ticked.add(duty.key)
        main.say(f"ticked: {duty.text}")

    def _ticks(self) -> frozenset[str]:
        """What was ticked; a file that cannot be read is said, and then nothing was."""
        file = self._main.options.ticks
        try:
            return frozenset({*self._ticked, *(read_ticks(file) if file is not None else ())})
        except StoreError as error:
            self._main.say(str(error), bad=True)
            return frozenset(self._ticked)

    async def _open_duties(self) -> tuple[Duty, ...]:
        desk, options = self._desk, self._main.options
        rollouts, pilots = await judged_rollouts(desk), await judged_pilots(desk)
        health = team_health(rollouts, desk.policy)
        meetings = meetings_of(options.meetings)
        audiences = [each for each in self._audiences() if each.name in options.bulletins]
        lines = desk.board.lines(Kind.BULLETIN, closed=True)
        issues = [issue for line in lines if (issue := desk.board.bulletin(line.ref)) is not None]
        evidence = Evidence(
            rollouts=tuple(rollouts),
            pilots=tuple(pilots),
            meetings=meetings,
            agendas=agendas(self._main),
            bulletins=bulletins_evidence(audiences, issues, [each.name for each in meetings]),
            vacancies=len(self._vacant(rollouts, pilots)),
            silent_teams=tuple(sorted(each.team for each in health.values() if each.unanswered >= _SILENT)),
            ticked=self._ticks(),
        )
        return duties(evidence, desk.policy, desk.now())

    async def _vacancies(self) -> None:
        desk, glance = self._desk, self._main.glance()
        found = self._vacant(await judged_rollouts(desk), await judged_pilots(desk))
        paras = (*week_pages.vacancies(found, glance), *week_pages.registry(desk.board.registry(), glance))
        await self._show(f"Vacancies ({len(found)})", paras)

    def _vacant(
        self, rollouts: list[tuple[Rollout, Standing]], pilots: list[tuple[Pilot, PilotStanding]]
    ) -> tuple[Vacancy, ...]:
        today = local_day(self._desk.now(), self._desk.policy.zone)
        return vacancies(self._desk.board.registry(), rollouts, pilots, today)

    async def _effort(self) -> None:
        desk = self._desk
        pilots = [pilot for pilot, _ in await judged_pilots(desk, closed=True)]
        sums = {by: summary(pilots, by, desk.policy) for by in (By.PILOT, By.ROLE, By.SITE, By.MONTH)}
        titles = {str(pilot.ref): pilot.title for pilot in pilots}
        await self._show(f"Effort of {len(pilots)} pilots", week_pages.effort(sums, titles, self._main.glance()))


async def judged_rollouts(desk: Desk, *, closed: bool = False, most: int = MOST) -> list[tuple[Rollout, Standing]]:
    """Rollouts and where they stand, the most pressing first."""
    found: list[tuple[Rollout, Standing]] = []
    for count, line in enumerate(desk.board.lines(Kind.ROLLOUT, closed=closed)[:most], 1):
        if (each := known(desk, line.ref)) is not None:
            found.append(each)
        if not count % _SLICE:
            await asyncio.sleep(0)  # a key pressed meanwhile is seen to
    return found


async def judged_pilots(desk: Desk, *, closed: bool = False) -> list[tuple[Pilot, PilotStanding]]:
    """Pilots and where they stand, the most pressing first."""
    found: list[tuple[Pilot, PilotStanding]] = []
    for count, line in enumerate(desk.board.lines(Kind.PILOT, closed=closed)[:MOST], 1):
        if (each := known_pilot(desk, line.ref)) is not None:
            found.append(each)
        if not count % _SLICE:
            await asyncio.sleep(0)
    return found
