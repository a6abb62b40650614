"""What a desk sees to beyond single records: the week's duties, vacancies and the registry, the effort of all pilots.

All of it is gathered when it is asked for, in slices, so that keys stay answered however much there is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ppstui.model import Kind
from ppstui.rules.clocks import local_day
from ppstui.rules.duties import Evidence, duties
from ppstui.rules.effort import By, summary
from ppstui.rules.health import team_health
from ppstui.rules.vacancies import vacancies
from ppstui.ui import dialogs
from ppstui.ui.filling import Filling
from ppstui.ui.panes import known, known_pilot
from ppstui.ui.timing import meetings_of
from ppstui.views import week_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ppstui.desk import Desk
    from ppstui.model import Pilot, Rollout
    from ppstui.rules.pilots.standings import PilotStanding
    from ppstui.rules.rollouts import Standing
    from ppstui.rules.vacancies import Vacancy
    from ppstui.views.details import Para

MOST = 2000
"""Records looked at, the most pressing first."""
_SLICE = 25
"""Records judged between two looks at the keyboard."""
_SILENT = 3
"""Calls in a row that a team let pass, after which its place on the list is looked at."""


class Weekly(Filling):
    """Answers to the keys that show what is to be done, what is missing and what it cost."""

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {"desk.duties": self._duties, "desk.vacancies": self._vacancies, "desk.effort": self._effort}

    async def _show(self, title: str, paras: tuple[Para, ...]) -> None:
        await self._main.app.push_screen_wait(dialogs.Show(self._main.setting, title, paras))

    async def _duties(self) -> None:
        desk = self._desk
        rollouts, pilots = await judged_rollouts(desk), await judged_pilots(desk)
        health = team_health(rollouts, desk.policy)
        evidence = Evidence(
            rollouts=tuple(rollouts),
            pilots=tuple(pilots),
            meetings=meetings_of(self._main.options.meetings),
            vacancies=len(self._vacant(rollouts, pilots)),
            silent_teams=tuple(sorted(each.team for each in health.values() if each.unanswered >= _SILENT)),
        )
        found = duties(evidence, desk.policy, desk.now())
        title = f"Duties open now ({len(found)})" if found else "Duties open now"
        await self._show(title, week_pages.duties(found, self._main.glance()))

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
