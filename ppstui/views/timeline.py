"""Pilots on a line of time: rows of plain cells for a given width; pure, so a screen and a picture draw the same.

Each phase has a sign of its own, so nothing is said by colour alone. A bar shows what was and, from today on, what will
be as things stand: what should have happened already is drawn late up to today, and everything after it moves along.
Where the plan lay and the bar does not, dots are left. Everything is reckoned from the window, so a row costs the same
however many pilots there are.
"""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ppstui.rules.clocks import local_day
from ppstui.rules.effort import effort_text
from ppstui.rules.meetings import occurrences
from ppstui.rules.pilots.standings import PilotPhase, PilotStanding, Stretch
from ppstui.rules.pilots.workflow import POST_MORTEM, WRAP_UP
from ppstui.views import pilot_words, words
from ppstui.views.plain import clean, pad
from ppstui.views.rows import SEVERITY_TONES, Cell, Row, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ppstui.model import Pilot
    from ppstui.rules.meetings import Meeting
    from ppstui.rules.pilots.standings import StepStanding
    from ppstui.views.rows import Glance
    from ppstui.views.words import Sign

_DAY = dt.timedelta(days=1)
_WEEK = 7
LEAST = 80
"""The narrowest screen that it is made for; narrower ones get a shorter line of time."""
_SIGNS, _DUE, _GAP = 3, 9, 1
_TITLE, _TITLE_MOST = 19, 34
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not strftime's, which speaks the language of the process."""


class Zoom(Enum):
    """What one cell stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Window(Struct, frozen=True):
    """The stretch of time that is shown."""

    first: dt.date
    """A day in the first cell."""
    zoom: Zoom
    cells: int

    @classmethod
    def around(cls, day: dt.date, zoom: Zoom, cells: int) -> Window:
        """A window with that day a third of its way in: what is to come needs more room than what was."""
        return cls(day, zoom, cells).moved(-(cells // 3))

    def moved(self, cells: int) -> Window:
        """The window that many cells later, or earlier when negative; it stops where the calendar does."""
        index = min(max(_index(self.first, self.zoom) + cells, _index(_FIRST, self.zoom)), _index(_LAST, self.zoom))
        return Window(_start(index, self.zoom), self.zoom, self.cells)

    def zoomed(self, zoom: Zoom, keep: dt.date | None = None) -> Window:
        """Another zoom with the same day (as a rule today) where it was, or else with the same middle."""
        held = keep if keep and self.cell(keep) is not None else self.span(self.cells // 2)[0]
        at = self.cell(held) or 0
        return Window(held, zoom, self.cells).moved(-at)

    def place(self, day: dt.date) -> int:
        """The cell of a day, also outside: negative before the window."""
        return _index(day, self.zoom) - _index(self.first, self.zoom)

    def cell(self, day: dt.date) -> int | None:
        """The cell of a day; None when it is not shown."""
        at = self.place(day)
        return at if 0 <= at < self.cells else None

    def span(self, cell: int) -> tuple[dt.date, dt.date]:
        """The first and the last day of a cell."""
        index = _index(self.first, self.zoom) + cell
        return _start(index, self.zoom), _start(index + 1, self.zoom) - _DAY


_FIRST, _LAST = dt.date(1900, 1, 1), dt.date(8000, 1, 1)


def _index(day: dt.date, zoom: Zoom) -> int:
    """The number of a day, ISO week or month, counted from the beginning of the calendar."""
    match zoom:
        case Zoom.DAY:
            return day.toordinal()
        case Zoom.WEEK:
            return (day.toordinal() - 1) // _WEEK
        case Zoom.MONTH:
            return day.year * 12 + day.month - 1


def _start(index: int, zoom: Zoom) -> dt.date:
    """The first day of the day, week or month of that number."""
    match zoom:
        case Zoom.DAY:
            return dt.date.fromordinal(index)
        case Zoom.WEEK:
            return dt.date.fromordinal(index * _WEEK + 1)
        case Zoom.MONTH:
            return dt.date(index // 12, index % 12 + 1, 1)


class Layout(Struct, frozen=True):
    """How wide the parts of a row are."""

    title: int
    chart: int


def layout(width: int) -> Layout:
    """The parts of a row of that many cells: the title takes a share of what there is beyond 80."""
    title = min(_TITLE + max(width - LEAST, 0) // 4, _TITLE_MOST)
    return Layout(title, max(width - title - _SIGNS - _DUE - 2 * _GAP, 1))


# ---------------------------------------------------------------------------------------------------------------- bars


Days = tuple[dt.date, dt.date]
"""A first and a last day, inclusive."""


def forecast(standing: PilotStanding, today: dt.date) -> tuple[tuple[Stretch, ...], tuple[Days, ...]]:
    """The phases as they will be when what is late happens today at the earliest, and the days of lateness so far."""
    if not standing.state.live:
        return standing.stretches, ()
    late: list[Days] = []
    found: list[Stretch] = []
    slip = dt.timedelta(0)
    for each in standing.stretches:
        begins, ends = _moved(each.begins, slip), _moved(each.ends, slip)
        if begins and begins < today and not each.certain and _is_next(each, standing):
            if found:
                found[-1] = structs.replace(found[-1], ends=begins)
            late.append((begins + _DAY, today))
            slip += today - begins
            begins, ends = today, _moved(each.ends, slip)
        elif each.phase is PilotPhase.REPORT and each.certain:
            due = _owed(standing)
            if due and due < today:
                late.append((due + _DAY, today))
                ends = max(ends or today, today)
        prolonged = _moved(each.prolonged_from, slip)
        found.append(structs.replace(each, begins=begins, ends=ends, prolonged_from=prolonged))
    return tuple(found), tuple(late)


def _moved(day: dt.date | None, slip: dt.timedelta) -> dt.date | None:
    return day + slip if day else None


def _is_next(stretch: Stretch, standing: PilotStanding) -> bool:
    """Whether a phase should have begun: it follows the one the pilot is in."""
    if stretch.phase is PilotPhase.SETUP:
        return standing.phase is PilotPhase.PREPARATION
    return stretch.phase is PilotPhase.RUN and standing.phase is PilotPhase.SETUP


def _owed(standing: PilotStanding) -> dt.date | None:
    """The day by which the post-mortem, or once that is there the wrap-up, was or is due."""
    steps = (standing.step(number) for number in (POST_MORTEM, WRAP_UP))
    return next((step.due for step in steps if step and not step.settled), None)


class _Chart:
    """One row of cells; what is painted later covers what was painted before."""

    def __init__(self, window: Window, *, ascii_only: bool) -> None:
        self.window, self.ascii_only = window, ascii_only
        self.text = [" "] * window.cells
        self.tones: list[Tone | None] = [None] * window.cells

    def paint(self, first: dt.date | None, last: dt.date | None, sign: Sign, tone: Tone | None) -> None:
        """From one day to another, both inclusive; nothing when a day is not known or they are the wrong way round."""
        if first is None or last is None or last < first:
            return
        begin, end = max(self.window.place(first), 0), min(self.window.place(last), self.window.cells - 1)
        mark = sign.mark(ascii_only=self.ascii_only)
        for at in range(begin, end + 1):
            self.text[at], self.tones[at] = mark, tone

    def line(self, today: dt.date) -> None:
        """The line of today; where a cell is more than a day it goes behind the bars, which it would hide whole."""
        at = self.window.cell(today)
        if at is not None and (self.window.zoom is Zoom.DAY or self.tones[at] in (None, Tone.DIM)):
            self.paint(today, today, pilot_words.TODAY, Tone.HEADING)

    def elsewhere(self, *stretches: tuple[Stretch, ...]) -> None:
        """At the edge, on which side all of it lies when nothing of it is shown."""
        each = [stretch for found in stretches for stretch in found]
        days = [day for s in each for day in (s.planned_from, s.planned_to, s.begins, s.ends) if day]
        first, last = self.window.span(0)[0], self.window.span(self.window.cells - 1)[1]
        if days and max(days) < first:
            self.paint(first, first, pilot_words.EARLIER, Tone.DIM)
        elif days and min(days) > last:
            self.paint(last, last, pilot_words.LATER, Tone.DIM)

    def cells(self) -> list[Cell]:
        """Runs of cells of one tone, in order."""
        found: list[Cell] = []
        begin = 0
        for at in range(1, len(self.text) + 1):
            if at == len(self.text) or self.tones[at] is not self.tones[begin]:
                found.append(Cell("".join(self.text[begin:at]), self.tones[begin]))
                begin = at
        return found


_TONES = {PilotPhase.SETUP: Tone.SOON, PilotPhase.RUN: Tone.STRONG, PilotPhase.REPORT: Tone.PLAIN}
_COVERING = (PilotPhase.REPORT, PilotPhase.SETUP, PilotPhase.RUN)
"""Where a cell holds several phases, the last of these that is in it is shown."""


def chart(pilot: Pilot, standing: PilotStanding, window: Window, glance: Glance) -> list[Cell]:
    """The bar of one pilot: plan, phases, what is prolonged, what is late, milestones, and the line of today."""
    today = local_day(glance.now, glance.zone)
    drawn = _Chart(window, ascii_only=glance.ascii_only)
    stretches, late = forecast(standing, today)
    for each in standing.stretches:
        drawn.paint(each.planned_from, each.planned_to, pilot_words.PLANNED, Tone.DIM)
    by_phase = {each.phase: each for each in stretches}
    live = standing.state.live
    for phase in _COVERING:
        found = by_phase.get(phase)
        if found:
            drawn.paint(found.begins, found.ends, pilot_words.PHASES[phase], _TONES[phase] if live else Tone.DIM)
            drawn.paint(found.prolonged_from, found.ends, pilot_words.PROLONGED, Tone.SOON if live else Tone.DIM)
    for first, last in late:
        drawn.paint(first, last, pilot_words.LATE, Tone.LATE)
    drawn.elsewhere(standing.stretches, stretches)
    drawn.line(today)
    for stone in pilot.milestones:
        drawn.paint(stone.on, stone.on, pilot_words.MILESTONE, Tone.LINK)
    return drawn.cells()


def plan_chart(standing: PilotStanding, window: Window, glance: Glance) -> list[Cell]:
    """The plan of one pilot alone, in the signs of its phases: what the bar is held against."""
    drawn = _Chart(window, ascii_only=glance.ascii_only)
    for phase in _COVERING:
        for each in standing.stretches:
            if each.phase is phase:
                drawn.paint(each.planned_from, each.planned_to, pilot_words.PHASES[phase], Tone.DIM)
    today = local_day(glance.now, glance.zone)
    drawn.line(today)
    return drawn.cells()


# ---------------------------------------------------------------------------------------------------------------- rows


def pilot_row(pilot: Pilot, standing: PilotStanding, window: Window, width: int, glance: Glance) -> Row:
    """One pilot: how much it presses, its title, what is due, and its bar; together exactly `width` cells."""
    parts = layout(width)
    first = standing.attention[0] if standing.attention else None
    tone = SEVERITY_TONES[first.severity] if first else None
    severity = words.SEVERITIES[first.severity] if first else None
    state = pilot_words.PILOT_STATES[standing.state]
    signs = (glance.sign(severity) if severity else " ") + glance.sign(state)
    due = next((entry.due for entry in standing.attention if entry.due and entry.mover is standing.mover), None)
    left = words.left(due, glance.now, compact=True) if due else ""
    title = clean(pilot.title or str(pilot.ref), parts.title, ascii_only=glance.ascii_only)
    return Row(
        (
            Cell(pad(signs, _SIGNS), tone),
            Cell(pad(title, parts.title) + " " * _GAP),
            Cell(pad(clean(left, _DUE, ascii_only=glance.ascii_only), _DUE, right=True) + " " * _GAP, tone),
            *chart(pilot, standing, window, glance),
        ),
        Tone.PLAIN if standing.state.live else Tone.DIM,
    )


def plan_row(standing: PilotStanding, window: Window, width: int, glance: Glance) -> Row:
    """The plan below the bar of the pilot that is looked at."""
    parts = layout(width)
    label = pad("  planned", _SIGNS + parts.title + _DUE + 2 * _GAP)
    return Row((Cell(label, Tone.DIM), *plan_chart(standing, window, glance)), Tone.DIM)


def timeline(
    pilots: Iterable[tuple[Pilot, PilotStanding]], window: Window, width: int, glance: Glance
) -> tuple[Row, ...]:
    """The rows of these pilots, in their order; give it those that are on the screen."""
    return tuple(pilot_row(pilot, standing, window, width, glance) for pilot, standing in pilots)


def heading_rows(window: Window, width: int, glance: Glance, meetings: Sequence[Meeting] = ()) -> tuple[Row, ...]:
    """What stands above: the names of months or weeks, the days or dates with today marked, and the meetings."""
    parts = layout(width)
    today = local_day(glance.now, glance.zone)
    blank = Cell(" " * (_SIGNS + parts.title + _DUE + 2 * _GAP))
    rows = [
        Row((blank, Cell(_labels(window), Tone.HEADING))),
        Row((blank, *_ticks(window, today, ascii_only=glance.ascii_only))),
    ]
    if meetings:
        marks = Cell(_meetings(window, meetings, glance.zone), Tone.DIM)
        names = ", ".join(f"{meeting.name[:1]} {meeting.name}" for meeting in meetings)
        room = _SIGNS + parts.title + _DUE + 2 * _GAP
        rows.append(Row((Cell(pad(clean(names, room - 1, ascii_only=glance.ascii_only), room), Tone.DIM), marks)))
    return tuple(rows)


def _labels(window: Window) -> str:
    """Names where a month, or in the coarsest zoom a year, begins, and in the first cell where there is room for it."""
    names = {at: name for at in range(window.cells) if (name := _label(*window.span(at), window.zoom))}
    first = window.span(0)[0]
    opening = f"{first.year}" if window.zoom is Zoom.MONTH else f"{_MONTHS[first.month - 1]} {first.year}"
    if min(names, default=window.cells) > len(opening):
        names[0] = opening
    text = [" "] * window.cells
    for at, name in names.items():
        if at + len(name) <= window.cells:
            text[at : at + len(name)] = name
    return "".join(text)


def _label(first: dt.date, last: dt.date, zoom: Zoom) -> str:
    """What begins in a cell; "" when nothing does."""
    match zoom:
        case Zoom.DAY:
            return f"{_MONTHS[first.month - 1]} {first.year}" if first.day == 1 else ""
        case Zoom.WEEK:
            name = _MONTHS[last.month - 1] if last.month > 1 else f"'{last.year % 100:02}"
            return name if last.day <= _WEEK else ""
        case Zoom.MONTH:
            return f"{first.year}" if first.month == 1 else ""


def _ticks(window: Window, today: dt.date, *, ascii_only: bool) -> list[Cell]:
    """Mondays by their day of the month, weeks by their ISO number, months by their first letter."""
    text = [" "] * window.cells
    free = 0
    for at in range(window.cells):
        first, _ = window.span(at)
        label = _tick(first, window.zoom)
        if label and at >= free and at + len(label) <= window.cells:
            text[at : at + len(label)] = label
            free = at + len(label) + (window.zoom is not Zoom.MONTH)
    at_today = window.cell(today)
    if at_today is None:
        return [Cell("".join(text), Tone.DIM)]
    mark = pilot_words.HERE.mark(ascii_only=ascii_only)
    before, after = "".join(text[:at_today]), "".join(text[at_today + 1 :])
    return [cell for cell in (Cell(before, Tone.DIM), Cell(mark, Tone.HEADING), Cell(after, Tone.DIM)) if cell.text]


def _tick(first: dt.date, zoom: Zoom) -> str:
    match zoom:
        case Zoom.DAY:
            return f"{first.day}" if first.weekday() == 0 else ""
        case Zoom.WEEK:
            return f"{first.isocalendar().week:02}"
        case Zoom.MONTH:
            return _MONTHS[first.month - 1][0]


def _meetings(window: Window, meetings: Sequence[Meeting], zone: dt.tzinfo) -> str:
    """Each meeting by the first letter of its name, in the day zoom only: elsewhere every cell would hold one."""
    text = [" "] * window.cells
    if window.zoom is Zoom.DAY and window.cells:
        for meeting in meetings:
            for each in occurrences(meeting, window.span(0)[0], window.span(window.cells - 1)[1], zone):
                at = window.cell(each.on)
                if at is not None and text[at] == " ":
                    text[at] = meeting.name[:1].upper() if meeting.name[:1].isascii() else "*"
    return "".join(text)


def legend(*, ascii_only: bool = False) -> str:
    """The signs of the chart and what they mean, in one line."""
    signs = (
        pilot_words.PHASES[PilotPhase.SETUP],
        pilot_words.PHASES[PilotPhase.RUN],
        pilot_words.PROLONGED,
        pilot_words.PHASES[PilotPhase.REPORT],
        pilot_words.PLANNED,
        pilot_words.LATE,
        pilot_words.MILESTONE,
        pilot_words.TODAY,
    )
    return "  ".join(f"{sign.mark(ascii_only=ascii_only)} {sign.word}" for sign in signs)


# --------------------------------------------------------------------------------------------------------------- steps


class StepLine(Struct, frozen=True):
    """One step of a pilot as a list shows it; plain texts."""

    sign: str
    number: str
    what: str
    owner: str
    planned: str
    done: str
    """The day it was finished, or when it is due, with how late."""
    by: str
    effort: str
    tone: Tone


def step_lines(standing: PilotStanding, efforts: dict[int, int], glance: Glance) -> tuple[StepLine, ...]:
    """The steps of one pilot with sign-off, effort in minutes by number, and what is late."""
    today = local_day(glance.now, glance.zone)
    live = standing.state.live
    return tuple(_step_line(step, efforts.get(step.number, 0), today, glance, live=live) for step in standing.steps)


def _step_line(step: StepStanding, effort: int, today: dt.date, glance: Glance, *, live: bool) -> StepLine:
    overdue = live and not step.settled and step.due is not None and step.due < today
    if step.done:
        when = words.day(step.done)
    elif step.due is None:
        when = ""
    elif overdue:
        when = f"{(today - step.due).days} d late, due {words.day(step.due)}"
    else:
        when = f"by {words.day(step.due)}"
    tone = Tone.LATE if overdue and not step.optional else Tone.STRONG if step.current else Tone.PLAIN
    return StepLine(
        sign=glance.sign(pilot_words.STEPS[step.state]),
        number=str(step.number),
        what=glance.text(step.what),
        owner=glance.text(step.owner or pilot_words.ROLES[step.lead]),
        planned=words.day(step.planned) if step.planned else "",
        done=when,
        by=glance.text(step.by),
        effort=effort_text(effort) if effort else "",
        tone=Tone.DIM if step.settled else tone,
    )
