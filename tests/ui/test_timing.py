"""The line of time as the table paints it: only what is on the screen is made, however many pilots there are."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from ppstui.config.schema import Meeting
from ppstui.model import Pilot, Ref
from ppstui.rules.pilots import pilot_standing
from ppstui.rules.policy import Policy
from ppstui.ui.table import Table
from ppstui.ui.timing import TimeLine, meetings_of
from ppstui.views.plain import cell_width
from ppstui.views.rows import Cell, Glance, Row
from tests.rules.make import at
from tests.rules.pilots.make import made, new
from tests.ui.test_table import PALETTE, Alone, lines

if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Self

    from textual.geometry import Region

    from ppstui.rules.pilots import PilotStanding

POLICY = Policy()
NOW = at("2009-02-20 12:00")
GLANCE = Glance(NOW, POLICY.zone)


class Shelf:
    """A board that counts who is looked at."""

    def __init__(self, count: int) -> None:
        self.known = {Ref("l", f"pilot-{n}"): made(new(title=f"WMS {n}")) for n in range(count)}
        self.asked: list[Ref] = []

    def pilot(self, ref: Ref) -> Pilot | None:
        self.asked.append(ref)
        return self.known.get(ref)

    def pilot_standing(self, ref: Ref) -> PilotStanding | None:
        pilot = self.known.get(ref)
        return pilot_standing(pilot, POLICY, NOW) if pilot else None

    def entries(self, _ref: Ref) -> tuple[()]:
        return ()


class Desk:
    def __init__(self, count: int) -> None:
        self.board, self.policy = Shelf(count), POLICY


class Rows:
    """Keys whose rows the drawing makes."""

    def __init__(self, shelf: Shelf) -> None:
        self.keys = tuple(shelf.known)

    def row(self, key: Hashable) -> Row:
        raise AssertionError(key)


def time_of(desk: Desk, *meetings: Meeting) -> TimeLine:
    return TimeLine(desk, meetings_of(meetings), GLANCE)  # type: ignore[arg-type]  # as much of a desk as it asks


async def asked_by(count: int) -> dict[str, int]:
    """How many pilots are looked at, for each key that moves time."""
    desk, app = Desk(count), Alone()
    time, found = time_of(desk), {}
    async with app.run_test(size=(80, 20)) as pilot:
        app.table.show(Rows(desk.board), (), drawing=time)
        await pilot.pause()
        for name, change in (
            ("later", lambda: time.move(1)),
            ("earlier", lambda: time.move(-1)),
            ("out", lambda: time.zoom(1)),
            ("in", lambda: time.zoom(-1)),
            ("today", time.show),
        ):
            desk.board.asked.clear()
            change()
            app.table.forget()
            lines(app.table)
            found[name] = len(desk.board.asked)
    return found


async def test_scrolling_and_zooming_look_at_the_rows_on_the_screen_alone() -> None:
    few, many = await asked_by(17), await asked_by(500)
    assert set(many) == {"later", "earlier", "out", "in", "today"}
    assert few == many == dict.fromkeys(many, 17), "17 rows fit under three lines"


class Watched(Table):
    """A table that remembers which lines it had painted again."""

    painted: frozenset[int] = frozenset()

    def refresh(self, *regions: Region, **more: bool) -> Self:
        self.painted |= {y for region in regions for y in region.line_range}
        return super().refresh(*regions, **more)


async def test_the_plan_above_the_rows_is_painted_again_with_the_row_it_belongs_to() -> None:
    desk, app = Desk(3), Alone()
    app.table = Watched(lambda: PALETTE)
    async with app.run_test(size=(80, 9)) as pilot:
        app.table.show(Rows(desk.board), (), drawing=time_of(desk))
        await pilot.pause()
        app.table.painted = frozenset()
        app.table.move(1)
        assert app.table.painted == {0, 1, 2, 3, 4}, "three lines above, the row left and the row come to"


async def test_every_line_is_as_wide_as_the_table_and_the_legend_gives_way_to_rows() -> None:
    desk, app = Desk(3), Alone()
    async with app.run_test(size=(80, 9)) as pilot:
        app.table.show(Rows(desk.board), (), drawing=time_of(desk))
        await pilot.pause()
        assert [cell_width(line) for line in lines(app.table)] == [80] * 9
        assert "a day a cell" in lines(app.table)[0]
        assert "Pilot" in lines(app.table)[1]
        assert "planned" in lines(app.table)[2]
        assert "set-up" in lines(app.table)[-1]
        await pilot.resize_terminal(80, 6)
        await pilot.pause()
        assert "WMS 2" in lines(app.table)[-1]


def test_the_window_keeps_its_first_day_when_the_room_changes() -> None:
    time = time_of(Desk(1))
    first = time.window(79).first
    assert time.window(119).first == first
    assert time.window(119).cells > time.window(79).cells


def test_zooming_stops_at_days_and_months_and_keeps_today_where_it_was() -> None:
    time = time_of(Desk(1))
    place = time.window(79).cell(time.today)
    assert not time.zoom(-1)
    assert time.zoom(1)
    assert time.zoom(1)
    assert not time.zoom(1)
    assert time.window(79).cell(time.today) == place


@pytest.mark.parametrize("steps", [1, -1, 40, -40])
def test_going_there_and_back_is_where_it_was(steps: int) -> None:
    time = time_of(Desk(1))
    before = time.window(79)
    time.move(steps)
    assert time.window(79) != before
    time.move(-steps)
    assert time.window(79) == before


def test_a_pilots_own_days_are_found_and_one_without_any_is_said() -> None:
    desk = Desk(1)
    time, (ref,) = time_of(desk), desk.board.known
    time.move(60)
    assert time.show_pilot(ref)
    assert time.window(79).cell(dt.date(2009, 2, 6)) is not None
    assert not time.show_pilot(Ref("l", "nobody"))
    desk.board.known[ref] = Pilot(ref=ref)
    assert not time.show_pilot(ref)


def test_meetings_take_a_line_and_one_that_nobody_understands_is_left_out() -> None:
    good, bad = Meeting(name="EMT", when="Mon 14:30"), Meeting(name="x", when="sometime")
    assert time_of(Desk(1), bad).heads == 3
    time = time_of(Desk(1), good, bad)
    assert time.heads == 4
    assert "E EMT" in "".join(cell.text for cell in time.head(2, 79, None).cells)
    assert time.head(3, 79, None) == Row((Cell(""),))


def test_one_that_left_a_moment_ago_is_told_so() -> None:
    assert time_of(Desk(0)).line(Ref("l", "pilot-9"), 79).cells[0].text.strip() == "l:pilot-9 is gone"
