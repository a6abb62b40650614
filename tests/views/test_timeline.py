"""Pilots on a line of time: the same picture for people without colours, without Unicode and with 80 columns."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import Milestone, Pilot, PilotProlong, PilotRollBack
from ppstui.rules.meetings import Meeting
from ppstui.rules.pilots import PilotCode, PilotPhase, PilotState, pilot_standing
from ppstui.rules.vacancies import Lack
from ppstui.views import pilot_words
from ppstui.views.plain import cell_width
from ppstui.views.rows import Glance, Row
from ppstui.views.timeline import (
    Window,
    Zoom,
    forecast,
    heading_rows,
    layout,
    legend,
    pilot_row,
    plan_row,
    step_lines,
    timeline,
)
from tests.rules.make import ZURICH, day
from tests.rules.pilots.make import REF, after, driven, made, new, noon, stands, wms
from tests.rules.pilots.test_laws import POLICIES, moments, pilots
from tests.views.test_words import PICTURES

if TYPE_CHECKING:
    from ppstui.rules.policy import Policy

EMT = Meeting.parse("EMT", "Mon 14:30, Wed 16:30")


def text(row: Row) -> str:
    return "".join(cell.text for cell in row.cells)


def glance(on: str, *, ascii_only: bool = False) -> Glance:
    return Glance(noon(on), ZURICH, ascii_only)


def bar(pilot: Pilot, on: str, first: str = "2009-02-02", zoom: Zoom = Zoom.DAY, *, ascii_only: bool = True) -> str:
    """What stands right of the titles, without the blanks behind."""
    window = Window(day(first), zoom, layout(80).chart)
    row = pilot_row(pilot, stands(pilot, on), window, 80, glance(on, ascii_only=ascii_only))
    return text(row)[80 - layout(80).chart :].rstrip()


def test_the_pilot_of_2009_is_a_bar_of_seven_fourteen_and_eight_days() -> None:
    assert bar(wms(), "2009-01-30") == "    -------==============~~~~~~~~"
    assert bar(wms(), "2009-02-20") == "    -------=======|======~~~~~~~~"
    assert bar(wms(), "2009-02-20", ascii_only=False) == "    ░░░░░░░▐▐▐▐▐▐▐╎▐▐▐▐▐▐╌╌╌╌╌╌╌╌"


def test_what_is_late_is_drawn_up_to_today_and_pushes_what_follows() -> None:
    assert bar(wms(6), "2009-02-13") == "    -------|=============~~~~~~~~"
    assert bar(wms(6), "2009-02-16") == "    --------!!|=============~~~~~~~~"
    unstarted = driven(made(new()), {2: "2009-02-02", 4: "2009-02-04"})
    assert bar(unstarted, "2009-02-10") == "    .!!!|------==============~~~~~~~~"


def test_a_pilot_that_is_not_shown_says_on_which_side_it_lies() -> None:
    assert bar(wms(), "2009-01-30", "2009-06-01") == "<"
    assert bar(wms(), "2009-01-30", "2008-06-01") == " " * (layout(80).chart - 1) + ">"
    assert bar(wms(), "2009-01-30", "2009-03-06") == "~"
    assert bar(Pilot(ref=REF), "2009-01-30", "2009-06-01") == ""


def test_a_late_report_runs_on_and_is_marked() -> None:
    assert bar(wms(), "2009-03-09") == "    -------==============~~~~~~~!!!|"
    reported = driven(wms(), {8: "2009-02-26", 9: "2009-03-03"})
    assert bar(reported, "2009-03-04") == "    -------==============~~~~~|.."
    assert bar(reported, "2009-03-06") == "    -------==============~~~~~~!|"


def test_what_is_prolonged_has_a_sign_of_its_own() -> None:
    command = PilotProlong(target=REF, until=day("2009-03-05"), reason="x")
    assert bar(after(wms(), command, on="2009-02-25"), "2009-01-30") == "    -------==============>>>>>>>~~~~~~~~"


def test_where_the_plan_was_and_the_bar_is_not_dots_are_left() -> None:
    back = PilotRollBack(target=REF, on=day("2009-02-18"), reason="x")
    assert bar(after(wms(), back, on="2009-02-18"), "2009-01-30") == "    -------======........"
    early = driven(wms(), {8: "2009-02-18", 9: "2009-02-18"})
    assert bar(early, "2009-01-30") == "    -------======~..............."


def test_the_plan_of_the_pilot_that_is_looked_at_stands_below() -> None:
    window = Window(day("2009-02-02"), Zoom.DAY, layout(80).chart)
    row = text(
        plan_row(stands(wms(6, step_7="2009-02-17"), "2009-01-30"), window, 80, glance("2009-01-30", ascii_only=True))
    )
    assert row.startswith("  planned ")
    assert row.rstrip().endswith("-------==============~~~~~~~~")
    assert len(row) == 80


def test_milestones_are_marked_also_on_a_bar() -> None:
    stones = (Milestone(on=day("2009-02-16"), what="first jobs"), Milestone(on=day("2009-03-20"), what="decision"))
    assert bar(structs.replace(wms(), milestones=stones), "2009-01-30") == (
        "    -------===*==========~~~~~~~~             *"
    )


def test_a_week_is_a_cell_and_the_line_of_today_does_not_hide_a_bar() -> None:
    assert bar(wms(), "2009-02-20", zoom=Zoom.WEEK) == "-===~"
    assert bar(wms(), "2009-01-26", "2009-01-26", zoom=Zoom.WEEK) == "|-===~"
    assert bar(wms(), "2009-02-20", "2009-01-01", zoom=Zoom.MONTH) == " =~"


def test_rows_have_the_width_of_the_screen_at_every_width() -> None:
    for width in (80, 81, 100, 132, 200):
        parts = layout(width)
        window = Window.around(day("2009-02-20"), Zoom.DAY, parts.chart)
        for row in (
            *heading_rows(window, width, glance("2009-02-20"), [EMT]),
            *timeline([(wms(), stands(wms(), "2009-02-20"))], window, width, glance("2009-02-20")),
        ):
            assert cell_width(text(row)) == width


def test_the_heading_names_months_mondays_today_and_meetings() -> None:
    window = Window(day("2009-02-02"), Zoom.DAY, layout(80).chart)
    left = 80 - layout(80).chart
    names, ticks, meetings = (text(row)[left:] for row in heading_rows(window, 80, glance("2009-02-20"), [EMT]))
    assert names.startswith("Feb 2009")
    assert names.index("Mar 2009") == 27
    assert ticks.startswith("2      9      16  ▾  23")
    assert meetings.startswith("E E    E E    E E")


def test_weeks_are_numbered_as_bulletins_are_also_the_53rd() -> None:
    window = Window(day("2026-12-14"), Zoom.WEEK, 20)
    assert [window.span(at)[0].isocalendar().week for at in range(4)] == [51, 52, 53, 1]
    names, ticks = (text(row) for row in heading_rows(window, 53, glance("2027-01-01")))
    assert (names[-20:], ticks[-20:]) == ("  '27  Feb Mar Apr  ", "51▾01 04 07 10 13 16")


def test_the_clocks_change_nothing_about_days() -> None:
    window = Window(day("2026-10-19"), Zoom.DAY, 20)
    assert [window.cell(day(each)) for each in ("2026-10-24", "2026-10-25", "2026-10-26")] == [5, 6, 7]
    late = structs.replace(Glance(noon("2026-10-25"), ZURICH), now=dt.datetime(2026, 10, 25, 22, 59, tzinfo=dt.UTC))
    ticks = text(heading_rows(window, 53, late)[1])
    assert ticks[53 - layout(53).chart + 6] == "▾"


def test_titles_of_strangers_are_cut_and_cleaned() -> None:
    nasty = structs.replace(wms(), title="WMS\x1b[31m \u202e" + "x" * 100)
    row = pilot_row(
        nasty, stands(nasty, "2009-02-20"), Window(day("2009-02-02"), Zoom.DAY, 47), 80, glance("2009-02-20")
    )
    assert "\x1b" not in text(row)
    assert cell_width(text(row)) == 80


def test_how_much_it_presses_and_how_long_there_is_stand_in_front() -> None:
    row = pilot_row(
        wms(6), stands(wms(6), "2009-02-16"), Window(day("2009-02-02"), Zoom.DAY, 47), 80, glance("2009-02-16")
    )
    assert text(row).startswith("!░ WMS 3.1")
    assert " 2d late " in text(row)


def test_the_steps_tell_who_when_and_how_late() -> None:
    lines = {line.number: line for line in step_lines(stands(wms(6), "2009-02-16"), {7: 720}, glance("2009-02-16"))}
    assert (lines["5"].sign, lines["5"].done) == ("✓", "Fri 2009-02-06")
    assert lines["7"].done == "3 d late, due Fri 2009-02-13"
    assert (lines["7"].owner, lines["7"].effort, lines["7"].tone.value) == ("NGI_IT-INFN-CNAF", "1.5PD", "late")
    assert (lines["8"].done, lines["8"].planned) == ("by Thu 2009-02-26", "Thu 2009-02-26")


# ------------------------------------------------------------------------------------------------------------- windows


windows = st.builds(
    Window, st.dates(dt.date(1990, 1, 1), dt.date(2050, 1, 1)), st.sampled_from(Zoom), st.integers(1, 120)
)


@given(window=windows, cells=st.integers(-300, 300))
def test_scrolling_there_and_back_shows_the_same_cells(window: Window, cells: int) -> None:
    there = window.moved(cells)
    assert there.moved(-cells).span(0) == window.span(0)
    assert there.span(0) == window.span(cells)


@given(window=windows)
def test_every_day_has_one_cell_and_cells_follow_each_other(window: Window) -> None:
    for at in range(min(window.cells, 30)):
        first, last = window.span(at)
        assert window.cell(first) == window.cell(last) == at
        assert window.span(at + 1)[0] == last + dt.timedelta(days=1)
    assert window.cell(window.span(0)[0] - dt.timedelta(days=1)) is None
    assert window.cell(window.span(window.cells)[0]) is None


@given(window=windows, zoom=st.sampled_from(Zoom), share=st.floats(0, 1, exclude_max=True))
def test_zooming_keeps_today_where_it_was(window: Window, zoom: Zoom, share: float) -> None:
    today = window.span(int(window.cells * share))[0]
    assert window.zoomed(zoom, today).cell(today) == window.cell(today)


def test_the_ends_of_the_calendar_stop_scrolling() -> None:
    window = Window(day("2009-02-02"), Zoom.MONTH, 47)
    assert window.moved(10**9).span(46)[1].year < 9999
    assert window.moved(-(10**9)).span(0)[0].year == 1900


@settings(deadline=None)
@given(pilot=pilots(), policy=POLICIES, now=moments, zoom=st.sampled_from(Zoom), width=st.integers(80, 160))
def test_whatever_a_pilot_holds_its_row_fits(
    pilot: Pilot, policy: Policy, now: dt.datetime, zoom: Zoom, width: int
) -> None:
    standing = pilot_standing(pilot, policy, now)
    seen = Glance(now, policy.zone, ascii_only=True)
    today = now.astimezone(policy.zone).date()
    window = Window.around(today, zoom, layout(width).chart)
    row = text(pilot_row(pilot, standing, window, width, seen))
    assert (len(row), row.isascii()) == (width, True)
    stretches, late = forecast(standing, today)
    assert all(first <= last == today for first, last in late)
    follows = [each for each in stretches if not each.certain and each.phase is PilotPhase.RUN]
    if standing.phase is PilotPhase.SETUP:
        assert all(each.begins and each.begins >= today for each in follows)


# ---------------------------------------------------------------------------------------------------------------- signs


def test_every_state_has_a_sign_of_one_cell_and_a_word() -> None:
    assert set(pilot_words.PILOT_STATES) == set(PilotState)
    assert set(pilot_words.PHASES) == set(PilotPhase)
    assert set(pilot_words.PILOT_CODES) == set(PilotCode)
    assert set(pilot_words.LACKS) == set(Lack)
    single = (pilot_words.PROLONGED, pilot_words.PLANNED, pilot_words.LATE, pilot_words.TODAY, pilot_words.MILESTONE)
    tables = (pilot_words.PILOT_STATES, pilot_words.PHASES, pilot_words.STEPS)
    signs = [*single, pilot_words.HERE, *(sign for table in tables for sign in table.values())]
    for each in signs:
        assert len(each.glyph) == len(each.ascii) == 1
        assert each.ascii.isascii()
        assert unicodedata.east_asian_width(each.glyph) in ("N", "Na", "H")
        assert each.glyph not in PICTURES


@pytest.mark.parametrize("ascii_only", [False, True])
def test_phases_are_told_apart_without_colour(ascii_only: bool) -> None:
    phases = [pilot_words.PHASES[phase] for phase in (PilotPhase.SETUP, PilotPhase.RUN, PilotPhase.REPORT)]
    drawn = [*phases, pilot_words.PROLONGED, pilot_words.PLANNED, pilot_words.LATE, pilot_words.MILESTONE]
    marks = [each.mark(ascii_only=ascii_only) for each in (*drawn, pilot_words.TODAY)]
    assert len(set(marks)) == len(marks)
    told = legend(ascii_only=ascii_only)
    assert len(told) <= 80
    assert all(each.word in told for each in drawn)
    states = [each.mark(ascii_only=ascii_only) for each in pilot_words.PILOT_STATES.values()]
    assert len(set(states)) == len(states)
