"""`show REF --picture FILE`: a pilot's line of time as SVG or PNG, planned above actual, each step below.

Drawn by Matplotlib, an extra that is imported here and only then. Every phase has a hatching of its own, so nothing is
said by colour alone; the same pilot on the same day gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import os
import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from ppstui.errors import PpsError, StoreError, UsageError
from ppstui.model import StepState
from ppstui.rules.clocks import local_day
from ppstui.rules.horizon import plausible
from ppstui.rules.pilots import PilotPhase
from ppstui.views import pilot_words, words
from ppstui.views.plain import clean
from ppstui.views.timeline import forecast

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ppstui.cli.office import Office
    from ppstui.model import Pilot
    from ppstui.rules.pilots import PilotStanding, StepStanding

FORMS = ("svg", "png")
_MISSING = "show: a picture needs Matplotlib: pip install 'ppstui[picture]'; show REF and show REF --md need nothing"
_DAY = dt.timedelta(days=1)
_LOOKS = {
    PilotPhase.SETUP: ("#dfb95a", "..."),
    PilotPhase.RUN: ("#4d86b8", ""),
    PilotPhase.REPORT: ("#c9c9c9", "---"),
}
"""Colour and hatching of each phase."""
_PROLONGED = ("#8fbbe0", "///")
_LATE = ("#d9534f", "xxx")
_PLANNED_ROW, _ACTUAL_ROW, _FIRST_STEP = 0, 1, 2.4
_TITLE = 90
_INCHES, _ROW_INCHES, _DPI = 10.0, 0.3, 130


def draw(office: Office, pilot: Pilot, path: str) -> None:
    """Draws it into the file and says so. Raises UsageError, PpsError without the library, StoreError."""
    form = Path(path).suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise UsageError(f"show: {path}: a picture is an .svg or a .png file; name it so")
    standing = office.pilot_standing(pilot)
    if not any(_days(standing)):
        raise UsageError(f"show: {pilot.ref} has no day to draw; name one with do pilot-edit {pilot.ref} --on DATE")
    picture = _drawn(office, pilot, standing, form)
    try:
        with open(path, "wb") as file:  # noqa: PTH123 - the name is as the user wrote it
            file.write(picture)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreError(f"{path}: cannot be written: {why}; choose another file") from error
    office.console.complain(f"{path}: shows {pilot.ref}")


def _drawn(office: Office, pilot: Pilot, standing: PilotStanding, form: str) -> bytes:
    """The picture's bytes. Raises PpsError when the library is missing."""
    home = Path(office.console.env.get("HOME") or "/nonexistent")
    cache = office.console.env.get("XDG_CACHE_HOME") or str(home / ".cache")
    os.environ.setdefault("MPLCONFIGDIR", str(Path(cache) / "ppstui" / "matplotlib"))  # it must write somewhere
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PpsError(_MISSING) from error
    out = BytesIO()
    style = mpl.rc_context(
        {
            "font.family": "DejaVu Sans",
            "font.size": 9,
            "hatch.linewidth": 0.5,
            "svg.hashsalt": "ppstui",
            "svg.fonttype": "none",
            "text.parse_math": False,  # a title may hold a dollar
        }
    )
    with style, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a sign that no font has is drawn as a box
        figure = Figure(figsize=(_INCHES, 2.2 + _ROW_INCHES * len(standing.steps)), dpi=_DPI, layout="constrained")
        _paint(figure, pilot, standing, office)
        metadata = {"Date": None, "Creator": "ppstui"} if form == "svg" else {"Software": "ppstui"}
        figure.savefig(out, format=form, metadata=metadata)
    return out.getvalue()


def _days(standing: PilotStanding) -> list[dt.date]:
    """Every day that the picture has to hold."""
    stretches = (
        day for each in standing.stretches for day in (each.planned_from, each.planned_to, each.begins, each.ends)
    )
    steps = (day for step in standing.steps for day in (step.planned, step.done))
    return [plausible(day) for day in (*stretches, *steps) if day]


def _paint(figure: Figure, pilot: Pilot, standing: PilotStanding, office: Office) -> None:
    axes = figure.subplots()
    today = local_day(office.desk.now(), office.zone)
    stretches, late = forecast(standing, today)
    for each in standing.stretches:
        _bar(axes, _PLANNED_ROW, each.planned_from, each.planned_to, _LOOKS[each.phase])
    for each in stretches:
        _bar(axes, _ACTUAL_ROW, each.begins, each.ends, _LOOKS[each.phase])
        _bar(axes, _ACTUAL_ROW, each.prolonged_from, each.ends, _PROLONGED)
    for first, last in late:
        _bar(axes, _ACTUAL_ROW, first, last, _LATE)
    for number, step in enumerate(standing.steps):
        _mark(axes, _FIRST_STEP + number, step)
    for stone in pilot.milestones:
        axes.plot(_noon(stone.on), _ACTUAL_ROW, marker="*", markersize=11, color="black", zorder=5)
        axes.text(_noon(stone.on), _ACTUAL_ROW + 0.4, clean(stone.what, _TITLE), fontsize=7, ha="center", va="top")
    others = [*(stone.on for stone in pilot.milestones), *(last for _, last in late)]
    known = [*_days(standing), *map(plausible, (*others, *(each.ends for each in stretches if each.ends)))]
    first, last = min(known), max(known)
    margin = max((last - first) // 30, _DAY)
    if first - margin <= today <= last + margin:
        axes.axvline(_noon(today), color="black", linestyle=":", linewidth=1.2)
        axes.text(_noon(today), -0.75, "today", fontsize=8, ha="center", va="bottom")
    _frame(axes, standing, first - margin, last + margin)
    axes.set_title(_heading(pilot, standing), loc="left", fontsize=10, pad=14)
    _legend(axes, prolonged=standing.prolonged, late=bool(late))


def _heading(pilot: Pilot, standing: PilotStanding) -> str:
    state = pilot_words.PILOT_STATES[standing.state].word
    begins = standing.run_start or standing.setup_due
    runs = f", run {words.day(begins)} to {words.day(standing.end)}" if begins and standing.end else ""
    return f"{clean(pilot.title or str(pilot.ref), _TITLE)}\n{pilot.ref}: {state}{runs}"


def _noon(day: dt.date) -> float:
    return float(day.toordinal()) + 0.5


def _bar(axes: Axes, row: float, first: dt.date | None, last: dt.date | None, looks: tuple[str, str]) -> None:
    """From one day to another, both inclusive; nothing when a day is not known or they are the wrong way round."""
    if first is None or last is None or last < first:
        return
    colour, hatch = looks
    begin, length = float(first.toordinal()), float((last - first).days + 1)
    axes.barh(row, length, left=begin, height=0.62, color=colour, hatch=hatch, edgecolor="#333333", linewidth=0.6)


_DONE = {StepState.DONE: ("o", "#2e7d32"), StepState.SKIPPED: ("X", "#777777"), StepState.FAILED: ("X", "#b71c1c")}


def _mark(axes: Axes, row: float, step: StepStanding) -> None:
    """A step: an empty diamond where it was planned, a full sign where it was signed, a line between the two."""
    if step.planned and step.done and step.planned != step.done:
        axes.plot([_noon(step.planned), _noon(step.done)], [row, row], color="#999999", linewidth=1, zorder=2)
    if step.planned:
        axes.plot(_noon(step.planned), row, marker="D", markersize=6, color="#333333", fillstyle="none", zorder=3)
    if step.done:
        sign, colour = _DONE.get(step.state, _DONE[StepState.DONE])
        axes.plot(_noon(step.done), row, marker=sign, markersize=6, color=colour, zorder=4)


def _frame(axes: Axes, standing: PilotStanding, first: dt.date, last: dt.date) -> None:
    rows = [_FIRST_STEP + number for number in range(len(standing.steps))]
    names = [f"{step.number} {clean(step.what, 32)}" for step in standing.steps]
    axes.set_yticks([_PLANNED_ROW, _ACTUAL_ROW, *rows], ["planned", "actual", *names])
    axes.set_ylim(_FIRST_STEP + len(rows) - 0.4, -0.8)
    axes.set_xlim(float(first.toordinal()), float(last.toordinal() + 1))
    ticks = _ticks(first, last)
    axes.set_xticks(
        [float(day.toordinal()) for day in ticks], [day.isoformat() for day in ticks], rotation=45, ha="right"
    )
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


_MOST_TICKS = 16


def _ticks(first: dt.date, last: dt.date) -> list[dt.date]:
    """Mondays, so many weeks apart that the dates can be read."""
    monday = first + dt.timedelta(days=-first.weekday() % 7)
    weeks = max((last - monday).days // 7, 0)
    apart = weeks // _MOST_TICKS + 1
    found = [monday + dt.timedelta(weeks=number) for number in range(0, weeks + 1, apart)]
    return [day for day in found if day <= last] or [first]


def _legend(axes: Axes, *, prolonged: bool, late: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    looks = {pilot_words.PHASES[phase].word: look for phase, look in _LOOKS.items()}
    looks |= {"prolonged": _PROLONGED} if prolonged else {}
    looks |= {"late": _LATE} if late else {}
    patches = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="#333333", label=name) for name, (colour, hatch) in looks.items()
    ]
    lines = [
        Line2D([], [], marker="D", fillstyle="none", color="#333333", linestyle="", label="step planned"),
        Line2D([], [], marker="o", color="#2e7d32", linestyle="", label="step done"),
    ]
    axes.legend(
        handles=[*patches, *lines], loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=7, fontsize=8, frameon=False
    )
