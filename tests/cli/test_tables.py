"""Tables keep a stranger's text in its cell: nothing is executed by a spreadsheet, nothing becomes markup."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.cli.tables import Column, aligned, csv_lines, markdown
from ppstui.views.plain import cell_width

COLUMNS = (Column("REF"), Column("DUE", rank=1), Column("TITLE", flexible=True), Column("NEEDS", flexible=True, rank=2))
cells = st.lists(st.tuples(*[st.text(max_size=40)] * 4), max_size=6)


def test_columns_are_aligned_and_nothing_is_cut_without_a_width() -> None:
    rows = [("rt:1", "2 h left", "x" * 30, "a\tb\nc"), ("rt:1234", "", "中文", "")]
    assert aligned(COLUMNS, rows, None) == [
        "REF      DUE       " + "TITLE".ljust(32) + "NEEDS",
        "rt:1     2 h left  " + "x" * 30 + "  a b c",
        "rt:1234            中文",
    ]


def test_an_endless_title_is_whole_and_does_not_make_every_line_endless() -> None:
    lines = aligned(COLUMNS, [("rt:1", "", "x" * 10_000, "n"), ("rt:2", "", "y", "n")], None)
    assert "x" * 10_000 + "  n" in lines[1]
    assert len(lines[2]) < 120


@given(cells, st.integers(1, 120))
def test_every_line_fits_the_terminal(rows: list[tuple[str, ...]], width: int) -> None:
    for line in aligned(COLUMNS, rows, width):
        assert cell_width(line) <= width
        assert "\n" not in line


def test_a_narrow_terminal_loses_the_least_column_first() -> None:
    lines = aligned(COLUMNS, [("rt:1", "2 h left", "t" * 30, "n" * 30)], 30)
    assert lines[0].split() == ["REF", "DUE", "TITLE"]
    assert "2 h left" in lines[1]


@given(st.lists(st.text(max_size=20), min_size=2, max_size=5))
def test_csv_comes_back_as_it_went(texts: list[str]) -> None:
    # A spreadsheet's cell holds no NUL; everything else survives, with an apostrophe where it would be executed.
    read = next(csv.reader(io.StringIO(csv_lines([], [texts]).removeprefix("\r\n"), newline="")), [""])
    assert [cell.removeprefix("'") for cell in read] == [text.replace("\0", "").removeprefix("'") for text in texts]


@pytest.mark.parametrize(
    "text", ["=cmd|'/C calc'!A0", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1", "\n=1"]
)
def test_a_spreadsheet_executes_nothing(text: str) -> None:
    line = csv_lines([], [[text]]).removeprefix("\r\n")
    assert line.removeprefix('"').startswith("'")


def test_a_quote_a_comma_and_a_line_end_stay_in_their_cell() -> None:
    assert csv_lines(["a", "b"], [['say "x", y', "l1\nl2"]]) == 'a,b\r\n"say ""x"", y","l1\nl2"\r\n'


def test_markdown_shows_markup_and_does_not_obey_it() -> None:
    text = markdown(["a|b"], [["[x](http://e) | <b> `c` *d* _e_ NGI_IT \\ &amp;\nnext"]])
    assert text.splitlines() == [
        r"| a\|b |",
        "| --- |",
        r"| \[x\](http://e) \| \<b\> \`c\` \*d\* \_e\_ NGI_IT \\ &amp;amp; next |",
    ]
