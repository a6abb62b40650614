"""The meetings that come and the last ones: a list, and a page for each, from which its address is a key away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.errors import PpsError
from ppstui.model import Agenda
from ppstui.ui import dialogs, diary
from ppstui.ui.filling import Filling
from ppstui.ui.weekly import judged_pilots, judged_rollouts
from ppstui.views import meetings as views
from ppstui.views.details import Para
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

    from textual import events

    from ppstui.rules.meetings import Appointment

_HOW = (
    "No meeting is known. [[meetings]] in the configuration plans some; `meetings` in [sources] names an Indico or a "
    "calendar feed that lists them."
)


class MeetingPage(dialogs.Show):
    """A meeting to read; answers with True when its agenda is wanted in the browser."""

    def __init__(self, setting: dialogs.Setting, title: str, paras: tuple[Para, ...], *, linked: bool) -> None:
        """`linked`: whether it has an address."""
        super().__init__(setting, title, paras)
        self._linked = linked
        if linked:
            self._keys = f"o opens its agenda  {self._keys}"

    def on_key(self, event: events.Key) -> None:
        """`o`, and what every page has."""
        if event.key == "o" and self._linked:
            event.stop()
            self.dismiss(True)  # noqa: FBT003 - the answer
        else:
            super().on_key(event)


class Meetings(Filling):
    """Answers to the key that asks for meetings."""

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {"desk.meeting": self._choose}

    async def _choose(self) -> None:
        """The next one is under the cursor."""
        main, glance = self._main, self._main.glance()
        found = diary.entries(main)
        if not found:
            await main.app.push_screen_wait(dialogs.Show(main.setting, "Meetings", (Para(((_HOW, Tone.PLAIN),)),)))
            return
        choices: list[tuple[Hashable, str, str]] = [
            (number, glance.text(each.name), views.note(each, glance)) for number, each in enumerate(found)
        ]
        title = "Meetings: enter shows the agenda, and what is to be decided"
        picked = await main.app.push_screen_wait(dialogs.Pick(main.setting, title, choices))
        if picked:
            (number,) = picked
            await self._show(found[int(str(number))])

    async def _show(self, appointment: Appointment) -> None:
        main, glance = self._main, self._main.glance()
        appointment = await self._read_whole(appointment)
        decisions: tuple[views.DecisionRecord, ...] = ()
        if appointment.end > glance.now:
            rollouts, pilots = await judged_rollouts(self._desk), await judged_pilots(self._desk)
            decisions = views.decisions(rollouts, pilots, glance.zone)
        paras = views.page(appointment, glance, (), decisions)
        title = glance.text(appointment.name)
        page = MeetingPage(main.setting, title, paras, linked=bool(appointment.url))
        if await main.app.push_screen_wait(page):
            main.looking.open_address(appointment.url)

    async def _read_whole(self, appointment: Appointment) -> Appointment:
        """With its agenda read, where that is still to be done and can be."""
        agenda = appointment.agenda
        if agenda is None or agenda.whole or self._main.options.offline:
            return appointment
        try:
            record = await self._desk.look(agenda.ref)
        except PpsError as error:
            self._main.say(str(error), bad=True)
            return appointment
        return structs.replace(appointment, agenda=record) if isinstance(record, Agenda) else appointment
