"""When people meet next: the meetings of the configuration with what sources list laid over them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import Agenda, Kind
from ppstui.rules.clocks import local_day
from ppstui.rules.meetings import appointments, next_appointment
from ppstui.ui.timing import meetings_of
from ppstui.views import meetings as views

if TYPE_CHECKING:
    from ppstui.rules.meetings import Appointment, Meeting
    from ppstui.ui.screen import Main

_AHEAD, _BACK = 31, 14
"""Days whose meetings are shown."""


def planned(main: Main) -> tuple[Meeting, ...]:
    """The meetings of the configuration."""
    return meetings_of(main.options.meetings)


def agendas(main: Main) -> tuple[Agenda, ...]:
    """What sources list."""
    board = main.desk.board
    records = (board.record(line.ref) for line in board.lines(Kind.MEETING, closed=True))
    return tuple(record for record in records if isinstance(record, Agenda))


def coming(main: Main) -> str:
    """What the head says: `EMT in 42 min`; "" when nobody meets."""
    glance = main.glance()
    found = next_appointment(planned(main), agendas(main), glance.now, glance.zone)
    return views.head(found, glance) if found else ""


def entries(main: Main) -> tuple[Appointment, ...]:
    """What comes, the next first, then what was, the last first."""
    glance = main.glance()
    today = local_day(glance.now, glance.zone)
    first, last = today - dt.timedelta(days=_BACK), today + dt.timedelta(days=_AHEAD)
    found = appointments(planned(main), agendas(main), first, last, glance.zone)
    ahead = [each for each in found if each.end > glance.now]
    over = [each for each in found if each.end <= glance.now]
    return (*ahead, *reversed(over))
