"""The line of time of the pilots' pane: which days are shown, and its rows as the table draws them.

Only rows that are on the screen are ever made; scrolling and zooming ask no record but those for anything.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.errors import UsageError
from ppstui.model import Ref
from ppstui.rules.clocks import local_day
from ppstui.rules.meetings import Meeting
from ppstui.views import timeline, words
from ppstui.views.plain import cut, pad
from ppstui.views.rows import STATE_TONES, Cell, Row, Tone
from ppstui.views.timeline import Window, Zoom

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Hashable, Iterable, Sequence

    from ppstui.config.schema import Meeting as Configured
    from ppstui.desk import Desk
    from ppstui.views.rows import Glance

_ZOOMS = (Zoom.DAY, Zoom.WEEK, Zoom.MONTH)
_STEPS = {Zoom.DAY: 7, Zoom.WEEK: 4, Zoom.MONTH: 3}
"""Cells that one step through time goes: a week, about a month, a quarter."""
_FEWEST = 8
_DUE = 9
"""Cells of what is due, as `timeline.layout` leaves them."""
_BLANK = Row((Cell(""),))


def meetings_of(configured: Iterable[Configured]) -> tuple[Meeting, ...]:
    """The meetings of the configuration; one whose time nobody can understand is left out, `check` says why."""
    found = []
    for each in configured:
        with contextlib.suppress(UsageError):
            found.append(Meeting.parse(each.name, each.when, each.minutes, each.anchor))
    return tuple(found)


class TimeLine:
    """The stretch of time that is shown, and the rows over it."""

    def __init__(self, desk: Desk, meetings: Sequence[Meeting], glance: Glance) -> None:
        self._desk, self._meetings = desk, tuple(meetings)
        self.glance = glance
        """What rows are told with; set anew whenever the list is filled."""
        self._zoom = Zoom.DAY
        self._window: Window | None = None
        self._width = timeline.LEAST - 1
        self._above: tuple[object, tuple[Row, ...]] = (None, ())

    # ----------------------------------------------------------------------------------------------------- which days

    @property
    def today(self) -> dt.date:
        """The day it is at the desk."""
        return local_day(self.glance.now, self.glance.zone)

    def window(self, width: int) -> Window:
        """The days that are shown in a row of that many cells."""
        self._width = width
        cells = timeline.layout(width).chart
        if self._window is None:
            self._window = Window.around(self.today, self._zoom, cells)
        elif self._window.cells != cells:
            self._window = structs.replace(self._window, cells=cells)
        return self._window

    def move(self, steps: int) -> None:
        """Later, or earlier when negative."""
        self._window = self.window(self._width).moved(steps * _STEPS[self._zoom])

    def zoom(self, step: int) -> bool:
        """Coarser, or finer when negative; today stays where it is. False when there is no such zoom."""
        place = _ZOOMS.index(self._zoom) + step
        if not 0 <= place < len(_ZOOMS):
            return False
        window = self.window(self._width)
        self._zoom = _ZOOMS[place]
        self._window = window.zoomed(self._zoom, self.today)
        return True

    def show(self, day: dt.date | None = None) -> None:
        """Goes to a day; None is today."""
        self._window = Window.around(day or self.today, self._zoom, self.window(self._width).cells)

    def show_pilot(self, key: Hashable) -> bool:
        """Goes to where a pilot begins; False when nothing of it has a day."""
        standing = self._desk.board.pilot_standing(key) if isinstance(key, Ref) else None
        stretches = standing.stretches if standing else ()
        days = [day for each in stretches for day in (each.begins, each.planned_from) if day]
        if not days:
            return False
        self.show(min(days))
        return True

    # ------------------------------------------------------------------------------------------------------ the drawing

    @property
    def heads(self) -> int:
        """Names, days, meetings where there are any, and the plan of the row under the cursor."""
        return 4 if self._meetings else 3

    def head(self, y: int, width: int, key: Hashable | None) -> Row:
        """One line above the rows; the last one is the plan of the pilot under the cursor."""
        if y == self.heads - 1:
            standing = self._desk.board.pilot_standing(key) if isinstance(key, Ref) else None
            return timeline.plan_row(standing, self.window(width), width, self.glance) if standing else _BLANK
        window = self.window(width)
        made_for = (window, width, self.today)
        if self._above[0] != made_for:
            rows = timeline.heading_rows(window, width, self.glance, self._meetings)
            self._above = (made_for, (*map(_labelled, rows[:2], self._labels(window)), *rows[2:]))
        return self._above[1][y]

    def _labels(self, window: Window) -> tuple[str, str]:
        """What stands left of the line: what a cell is, and what the columns are."""
        title = timeline.layout(self._width).title
        return f"   a {window.zoom.value} a cell", f"   {'Pilot'.ljust(title)}{'Due'.rjust(_DUE)}"

    def line(self, key: Hashable, width: int) -> Row:
        """One pilot; what is on its way to its source stands beside how much it presses."""
        board = self._desk.board
        pilot, standing = (board.pilot(key), board.pilot_standing(key)) if isinstance(key, Ref) else (None, None)
        if pilot is None or standing is None:
            return Row((Cell(f"  {key} is gone"),), Tone.DIM)
        row = timeline.pilot_row(pilot, standing, self.window(width), width, self.glance)
        moving = next((entry for entry in board.entries(pilot.ref) if entry.state.pending), None)
        if moving is None:
            return row
        sign = f"{row.cells[0].text[:1]}{self.glance.sign(words.ENTRIES[moving.state])} "
        return structs.replace(row, cells=(Cell(sign, STATE_TONES[moving.state]), *row.cells[1:]))

    def foot(self, width: int) -> Row:
        """What the signs mean, as far as there is room."""
        return Row((Cell(timeline.legend(ascii_only=self.glance.ascii_only)[: max(width, _FEWEST)]),), Tone.DIM)


def _labelled(row: Row, label: str) -> Row:
    """A line above the rows with something said where it is empty."""
    blank = row.cells[0].text
    return structs.replace(row, cells=(Cell(pad(cut(label, len(blank), ""), len(blank)), Tone.DIM), *row.cells[1:]))
