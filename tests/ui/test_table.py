"""The virtual table: what is placed, cut and painted, and where the cursor goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from ppstui.ui import theme
from ppstui.ui.table import Table, place
from ppstui.views.plain import cell_width
from ppstui.views.rows import ACKS, OUTBOX, ROLLOUTS, Cell, Column, Row, Tone

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

PALETTE = theme.Palette(theme.load(theme.DARK, None))
COLUMNS = (
    Column("name", "Name", 8, 12),
    Column("note", "Note", 6, 40, rank=1),
    Column("n", "N", 3, rank=2, right=True),
)


class Numbers:
    """Rows that say their own key."""

    def __init__(self, keys: Sequence[Hashable], tone: Tone = Tone.PLAIN) -> None:
        self.keys = tuple(keys)
        self.asked: list[Hashable] = []
        self._tone = tone

    def row(self, key: Hashable) -> Row:
        self.asked.append(key)
        return Row((Cell(f"row {key}"), Cell("some words", self._tone), Cell(str(key))))


class Alone(App[None]):
    """The table, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table(lambda: PALETTE, ellipsis="~")
        self.moves: list[Hashable | None] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_table_moved(self, message: Table.Moved) -> None:
        self.moves.append(message.key)


def under(table: Table) -> Hashable | None:
    return table.key


def lines(table: Table) -> list[str]:
    return [table.render_line(y).text for y in range(table.size.height)]


@given(st.sampled_from([ROLLOUTS, ACKS, OUTBOX, COLUMNS]), st.integers(1, 300))
def test_columns_never_overflow_and_the_ones_of_rank_0_stay_longest(columns: tuple[Column, ...], width: int) -> None:
    placed = place(columns, width)
    assert placed
    assert sum(p.width + 1 for p in placed) - 1 <= max(width, 1)
    ranks = [columns[p.place].rank for p in placed]
    dropped = [c.rank for i, c in enumerate(columns) if i not in {p.place for p in placed}]
    assert not dropped or max(ranks) <= min(dropped)


def test_a_narrow_screen_keeps_what_matters() -> None:
    shown = {ROLLOUTS[p.place].id for p in place(ROLLOUTS, 79)}
    assert {"attention", "due", "ref", "component", "needs", "whose_move"} <= shown
    assert {"stage", "stack", "platform"} <= {ROLLOUTS[p.place].id for p in place(ROLLOUTS, 150)}


async def test_only_the_rows_on_the_screen_are_asked_for() -> None:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = Numbers(range(100_000))
        app.table.show(rows, COLUMNS)
        await pilot.pause()
        assert set(rows.asked) <= set(range(10))
        app.table.go(1 << 40)
        await pilot.pause()
        assert under(app.table) == 99_999
        assert len(set(rows.asked)) < 30


async def test_every_line_fills_its_width_whatever_is_in_it() -> None:
    app = Alone()
    async with app.run_test(size=(31, 6)) as pilot:
        app.table.show(Numbers(["日本語のとても長い題", "e\u0301" * 30, "a" * 200, ""]), COLUMNS)
        await pilot.pause()
        for text in lines(app.table):
            assert cell_width(text) == 31, repr(text)
        assert "~" in lines(app.table)[1]


async def test_the_cursor_stays_on_its_record_when_rows_move() -> None:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(Numbers(range(50)), COLUMNS)
        app.table.go(20)
        await pilot.pause()
        assert app.table.show(Numbers([*range(30, 50), *range(30)]))
        assert under(app.table) == 20
        app.table.show(Numbers(range(15, 25)))
        assert under(app.table) == 20


async def test_when_its_record_leaves_the_cursor_goes_to_the_nearest_neighbour() -> None:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(Numbers("abcdef"), COLUMNS)
        app.table.go(3)
        await pilot.pause()
        app.moves.clear()
        assert not app.table.show(Numbers("abcef"))
        assert under(app.table) == "e"
        assert not app.table.show(Numbers("abc"))
        assert under(app.table) == "c", "the last row left: the one before it"
        app.table.show(Numbers(""))
        assert under(app.table) is None
        await pilot.pause()
        assert app.moves[-1] is None


async def test_pages_are_turned_at_the_edges_and_the_cursor_stays_in_sight() -> None:
    app = Alone()
    async with app.run_test(size=(40, 11)) as pilot:
        app.table.show(Numbers(range(100)), COLUMNS)
        await pilot.pause()
        tops = set()
        for _ in range(30):
            app.table.move(1)
            tops.add(app.table.top)
            assert app.table.top <= app.table.cursor < app.table.top + app.table.page
        assert len(tops) <= 5, "it scrolled line by line"


async def test_marks_stay_with_their_records() -> None:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(Numbers("abc"), COLUMNS)
        await pilot.pause()
        app.table.toggle_mark()
        app.table.show(Numbers("cba"))
        assert [line[0] for line in lines(app.table)[1:4]] == [" ", " ", "*"]
        app.table.mark_all()
        assert app.table.marks == set("abc")
        app.table.mark_all()
        assert app.table.marks == set()


async def test_an_empty_table_says_why() -> None:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(Numbers(()), COLUMNS)
        app.table.say_empty("Nothing here.", "Make some.")
        await pilot.pause()
        assert [line.strip() for line in lines(app.table)[2:4]] == ["Nothing here.", "Make some."]


async def test_equal_looks_are_one_segment() -> None:
    app = Alone()
    async with app.run_test(size=(60, 10)) as pilot:
        app.table.show(Numbers("ab"), COLUMNS)
        await pilot.pause()
        assert len(list(app.table.render_line(1))) == 1, "the cursor's line"
        assert len(list(app.table.render_line(2))) == 1, "a plain line"
        app.table.show(Numbers("ab", Tone.LATE))
        assert len(list(app.table.render_line(2))) == 3
