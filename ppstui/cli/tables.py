"""Rows as aligned text, CSV and Markdown. Whatever a stranger wrote in a title stays one cell in each of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ppstui.views.plain import cell_width, clean, cut, pad

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = 2
_AMPLE = 80
"""Cells a column is padded to at most where nothing is cut: one endless title must not make every line endless."""
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width forms start formulas too

_MARKUP = re.compile(r"[\\`*\[\]<>|~]")
_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")
"""Inside a word, as in NGI_IT, an underscore is only a letter."""


class Column(NamedTuple):
    """A column of a text table."""

    title: str
    flexible: bool = False
    """May be cut when the line does not fit."""
    least: int = 12
    """Cells that a flexible column keeps: below that it says nothing any more."""
    rank: int = 0
    """Columns of the highest rank are left out first when cutting is not enough; 0 stays."""


def aligned(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None, *, ascii_only: bool = False
) -> list[str]:
    """The rows under their titles. With a width every line fits in it; without one nothing is cut."""
    cells = [[clean(cell, ascii_only=ascii_only) for cell in row] for row in rows]
    wide = [
        max([cell_width(column.title), *(cell_width(row[place]) for row in cells)])
        for place, column in enumerate(columns)
    ]
    kept = list(range(len(columns)))
    if width is not None:
        _squeeze(columns, wide, kept, width)
    else:
        wide = [min(size, _AMPLE) for size in wide]
    dots = "..." if ascii_only else "…"

    def line(row: Sequence[str]) -> str:
        shown = [row[place] if width is None else cut(row[place], wide[place], dots) for place in kept]
        padded = [*(pad(text, wide[place]) for text, place in zip(shown[:-1], kept, strict=False)), shown[-1]]
        return (" " * _GAP).join(padded).rstrip()

    lines = [line([column.title for column in columns]), *(line(row) for row in cells)]
    return lines if width is None else [cut(each, max(width, 1), dots) for each in lines]


def _squeeze(columns: Sequence[Column], wide: list[int], kept: list[int], width: int) -> None:
    """Narrows flexible columns, the widest first, and then leaves columns out, until a line fits."""
    full = list(wide)
    while True:
        excess = sum(wide[place] for place in kept) + _GAP * (len(kept) - 1) - width
        if excess <= 0:
            return
        flexible = [place for place in kept if columns[place].flexible and wide[place] > columns[place].least]
        if flexible:
            widest = max(flexible, key=lambda place: wide[place])
            others = [wide[place] for place in flexible if wide[place] < wide[widest]]
            floor = max([columns[widest].least, *others])
            wide[widest] -= min(excess, max(wide[widest] - floor, 1))
            continue
        spare = max(kept, key=lambda place: columns[place].rank)
        if not columns[spare].rank:
            return
        kept.remove(spare)
        wide[:] = full  # what is left may be as wide as it was


def csv_lines(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """RFC 4180. A cell that a spreadsheet would execute is led by an apostrophe."""
    return "".join(",".join(map(_csv_cell, row)) + "\r\n" for row in [titles, *rows])


def _csv_cell(text: str) -> str:
    text = text.replace("\0", "")
    if text.lstrip().startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")):
        text = f"'{text}"
    if any(char in text for char in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; markup in a cell is shown, not obeyed."""
    lines = [[escaped(cell) for cell in row] for row in [titles, *rows]]
    lines.insert(1, ["---"] * len(titles))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def escaped(text: str) -> str:
    """A text of one line whose markup is shown, not obeyed."""
    shown = _MARKUP.sub(r"\\\g<0>", clean(text).replace("&", "&amp;"))
    return _UNDERSCORE.sub(r"\\_", shown)
