"""Text for a plain mail: at most 78 columns, whatever words, names and addresses it holds (DOMAIN §8).

Prose and headings begin at the left edge, what is listed under them two columns in; a line of dashes that is nobody's
heading is moved in too. So whoever reads the mail, or parses it, is never wrong about what is a heading.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ppstui.bulletin.addresses import pieces
from ppstui.views.plain import cell_width, cut, pad, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COLUMNS = 78
"""What a plain mail may be wide (DOMAIN §8)."""
_GAP = "  "
_NOTHING = "-"
"""What stands for an empty cell, so that no row begins like the second line of the one above."""
_ONLY_DASHES = re.compile(r"[-=]+(?: [-=]+)*")


def wrapped(text: str, first: str = "") -> str:
    """The text in lines that fit, the first after `first`, the others below it.

    A word that holds an address is never broken: it stands on a line of its own, longer than the others if it must.
    """
    margin = " " * len(first)
    lines = list(_lines(text, COLUMNS - max(1, len(first)))) or [""]
    if not first:
        lines = [f" {line}" if _ONLY_DASHES.fullmatch(line) else line for line in lines]
    return "\n".join((margin if place else first) + line for place, line in enumerate(lines)).rstrip()


def _lines(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        room = width - cell_width(line) - bool(line)
        if line and cell_width(word) <= room:
            line = f"{line} {word}"
            continue
        if line:
            yield line
        line = word
        if cell_width(word) > width and not any(url for _, url in pieces(word)):
            *full, line = wrap(word, width)
            yield from full
    if line:
        yield line


def underlined(text: str, sign: str) -> str:
    """A heading: the text, and below it a line of that sign as wide as it is."""
    lines = wrapped(text).split("\n")
    return "\n".join([*lines, sign * max(3, min(COLUMNS, max(map(cell_width, lines))))])


def labelled(name: str, url: str) -> str:
    """What a row's link leads to, and below it the address where both do not fit in one line."""
    line = f"    {name}: {url}"
    return line if cell_width(line) <= COLUMNS else f"{wrapped(f'{name}:', '    ')}\n      {url}"


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], margin: str = "  ") -> str:
    """The rows under their titles, in columns that fit in one line together; what does not fit goes on below.

    Where a row needs several lines, an empty one stands before each of them.
    """
    heads, *told = [[cell or _NOTHING for cell in row] for row in (titles, *rows)]
    wide = _widths([heads, *told], COLUMNS - len(margin))
    blocks = [_row(row, wide, margin) for row in told]
    apart = "\n\n" if any("\n" in block for block in blocks) else "\n"
    rule = margin + _GAP.join("-" * size for size in wide)
    return apart.join([f"{_row(heads, wide, margin)}\n{rule}", *blocks])


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """As wide as their cells, the widest made narrower until all of them fit."""
    wide = [max(3, *(cell_width(row[place]) for row in rows)) for place in range(len(rows[0]))]
    free = room - len(_GAP) * (len(wide) - 1)
    while sum(wide) > free and max(wide) > 1:
        place = max(range(len(wide)), key=wide.__getitem__)
        wide[place] = max(1, wide[place] - (sum(wide) - free), _second(wide, place))
    return wide


def _second(wide: Sequence[int], place: int) -> int:
    """The widest of the others, one less where they are all alike: how far a column gives way at once."""
    other = max((size for at, size in enumerate(wide) if at != place), default=1)
    return other if other < wide[place] else wide[place] - 1


def _row(cells: Sequence[str], wide: Sequence[int], margin: str) -> str:
    columns = [wrap_cell(cell, size) for cell, size in zip(cells, wide, strict=True)]
    height = max(map(len, columns))
    lines = []
    for at in range(height):
        line = [pad(column[at] if at < len(column) else "", size) for column, size in zip(columns, wide, strict=True)]
        lines.append((margin + _GAP.join(line)).rstrip())
    return "\n".join(lines)


def wrap_cell(text: str, width: int) -> list[str]:
    """A cell in lines of its column; dashes alone are written as hyphens, or they would look like the rule above.

    A character wider than the column is shown as `?`.
    """
    if width == 1:
        text = "".join("?" if cell_width(char) > 1 else char for char in text)
    lines = (cut(line, width, "") for line in wrap(text, width))
    return [line if line.strip("-") or line == _NOTHING else line.replace("-", "\N{HYPHEN}") for line in lines]
