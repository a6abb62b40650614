"""A virtual table on Textual's line API: it asks for the rows it shows, and knows nothing of what they are about.

One strip per line, neighbouring cells of one look merged into one segment, no state per row and no scroll bar: turning
pages at the edge instead of scrolling makes a held key thirteen times cheaper on the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from ppstui.ui.lines import Lines
from ppstui.views.plain import cut, pad, wrap
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from textual import events

    from ppstui.ui.theme import Palette
    from ppstui.views.rows import Column, Drawing, Row

_CACHED = 2000
"""Rendered lines kept."""


class Rows(Protocol):
    """Where the rows come from; both answers must be cheap, for they are asked while painting."""

    @property
    def keys(self) -> Sequence[Hashable]:
        """What identifies each row, in the order of the table; never changed in place."""

    def row(self, key: Hashable) -> Row:
        """What stands in this row."""


class Placed(Struct, frozen=True):
    """A column and the cells it gets at the present width."""

    place: int
    width: int
    right: bool


def place(columns: Sequence[Column], width: int) -> tuple[Placed, ...]:
    """Shares the width: columns of low rank go first when it does not suffice, then the flexible ones take the rest."""
    shown = list(range(len(columns)))

    def needed() -> int:
        return sum(columns[index].width + 1 for index in shown) - 1

    while len(shown) > 1 and needed() > width:
        shown.remove(max(shown, key=lambda index: (columns[index].rank, index)))
    spare = max(width - needed(), 0)
    widths = {index: columns[index].width for index in shown}
    growing = [index for index in shown if columns[index].most > widths[index]]
    while spare and growing:
        share = max(spare // len(growing), 1)
        for index in list(growing):
            more = min(share, columns[index].most - widths[index], spare)
            widths[index] += more
            spare -= more
            if widths[index] >= columns[index].most:
                growing.remove(index)
    if len(shown) == 1:
        widths[shown[0]] = min(widths[shown[0]], width)
    return tuple(Placed(index, widths[index], columns[index].right) for index in shown)


class _None:
    keys: Sequence[Hashable] = ()

    def row(self, key: Hashable) -> Row:
        raise KeyError(key)


def _pieces(row: Row) -> list[tuple[str, Tone]]:
    """A drawn row as pieces of text, each in its tone."""
    return [(cell.text, cell.tone or row.tone) for cell in row.cells]


def _strip(parts: Iterable[tuple[str, Tone]], tone: Tone, palette: Palette, width: int) -> Strip:
    """One line of exactly `width` cells, neighbours of one tone merged; blanks take the tone they stand beside."""
    merged: list[Segment] = []
    text, look = "", tone
    for piece, own in (*parts, (" " * width, tone)):
        if own is not look and piece.strip():
            if text:
                merged.append(Segment(text, palette.tone(look)))
            text, look = "", own
        text += piece
    merged.append(Segment(text, palette.tone(look)))
    return Strip(merged).crop(0, width)


class Table(Lines, can_focus=True):
    """One line per row under a line of titles; `show` is all there is to filling, filtering and sorting it."""

    class Moved(Message):
        """The cursor is on another row, or on another record because its own one left."""

        def __init__(self, table: Table, key: Hashable | None) -> None:
            super().__init__()
            self.table, self.key = table, key

        @property
        def control(self) -> Table:
            """The table it is about."""
            return self.table

        def can_replace(self, message: Message) -> bool:
            """A held key is one move in the end."""
            return isinstance(message, Table.Moved) and message.table is self.table

    def __init__(
        self,
        palette: Callable[[], Palette],
        *,
        header: bool = True,
        mark: str = "*",
        ellipsis: str = "…",
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """`palette` is asked at every repaint, so that a change of theme needs no telling."""
        super().__init__(id=id)
        self._palette = palette
        self._titled = 1 if header else 0
        self._mark, self._ellipsis = mark, ellipsis
        self._columns: Sequence[Column] = ()
        self._placed: tuple[Placed, ...] | None = None
        self._rows: Rows = _None()
        self._drawing: Drawing | None = None
        self._empty: tuple[str, ...] = ()
        self._strips: dict[tuple[int, bool], Strip] = {}
        self._looks: object = None
        self.cursor = 0
        self.top = 0
        self.marks: set[Hashable] = set()
        self.busy_mark = ""

    # -------------------------------------------------------------------------------------------------- what it holds

    @property
    def key(self) -> Hashable | None:
        """What identifies the row under the cursor; None when there is none."""
        keys = self._rows.keys
        return keys[self.cursor] if self.cursor < len(keys) else None

    @property
    def keys(self) -> Sequence[Hashable]:
        """What identifies the rows shown, in order."""
        return self._rows.keys

    def show(
        self,
        rows: Rows,
        columns: Sequence[Column] | None = None,
        *,
        keep: bool = True,
        at: Hashable | None = None,
        drawing: Drawing | None = None,
    ) -> bool:
        """Takes new rows; with `keep` the cursor stays on its record, or goes to its nearest neighbour.

        `at` names the record to stand on instead; with a `drawing` the rows are drawn by it and there are no columns.
        Returns whether the record under the cursor is still the same one.
        """
        before = self.key
        goal = before if at is None else at
        old, was = self._rows.keys, self.cursor
        self._rows, self._drawing = rows, drawing
        if columns is not None and columns is not self._columns:
            self._columns = columns
            self._placed = None
        self._strips.clear()
        self.cursor = 0 if not keep and at is None else self._find(goal, old, was)
        self._turn()
        self.refresh()
        same = self.key == before
        if not same:
            self.post_message(self.Moved(self, self.key))
        return same

    def say_empty(self, *lines: str) -> None:
        """What stands where rows would be when there are none."""
        if lines != self._empty:
            self._empty = lines
            if not self._rows.keys:
                self.refresh()

    def forget(self) -> None:
        """Renders every line afresh: what is in the rows may have changed, but not which there are."""
        self._strips.clear()
        self.refresh()

    def _find(self, goal: Hashable | None, old: Sequence[Hashable], was: int) -> int:
        keys = self._rows.keys
        if not keys or goal is None:
            return 0
        if was < len(keys) and keys[was] == goal:
            return was
        places = {key: index for index, key in enumerate(keys)}
        if goal in places:
            return places[goal]
        if was < len(old) and old[was] == goal:  # it left: the next one that stayed, else the one before
            for other in (*old[was + 1 :], *reversed(old[:was])):
                if other in places:
                    return places[other]
        return min(was, len(keys) - 1)

    # ------------------------------------------------------------------------------------------------------- painting

    def render_line(self, y: int) -> Strip:
        """One line of the table."""
        palette, width = self._palette(), self.size.width
        if self._looks is not palette or self._placed is None:
            self._looks = palette
            self._strips.clear()
            self._placed = place(self._columns, width - 1)
        drawing = self._drawing
        if y < self._header:
            return self._titles(palette, width) if drawing is None else self._drawn(drawing, y, palette, width)
        index = self.top + y - self._header
        keys = self._rows.keys
        if index >= len(keys):
            if drawing is not None and keys and y == self.size.height - 1:
                return _strip([(" ", Tone.DIM), *_pieces(drawing.foot(width - 1))], Tone.DIM, palette, width)
            return self._nothing(y - self._header if not keys else -1, palette, width)
        known = (index, index == self.cursor)
        strip = self._strips.get(known)
        if strip is None:
            if len(self._strips) > _CACHED:
                self._strips.clear()
            strip = self._strips[known] = self._line(keys[index], palette, width, under=known[1])
        return strip

    @property
    def _header(self) -> int:
        """Lines above the rows."""
        return self._titled if self._drawing is None else self._drawing.heads

    def _drawn(self, drawing: Drawing, y: int, palette: Palette, width: int) -> Strip:
        row = drawing.head(y, width - 1, self.key)
        return _strip([(" ", row.tone), *_pieces(row)], row.tone, palette, width)

    def _titles(self, palette: Palette, width: int) -> Strip:
        texts = (self._cell(self._columns[p.place].title, p) for p in self._placed or ())
        text = " " + " ".join(texts)
        return Strip([Segment(pad(text, width), palette.part("header"))], width)

    def _nothing(self, y: int, palette: Palette, width: int) -> Strip:
        first, *others = self._empty or ("",)
        lines = [first, *(line for other in others for line in wrap(other, max(width - 3, 1)))]
        text = lines[y - 1] if 0 < y <= len(lines) else ""
        style = palette.tone(Tone.STRONG if y == 1 else Tone.PLAIN)
        return Strip([Segment(pad(cut("  " + text, width, self._ellipsis), width), style)], width)

    def _line(self, key: Hashable, palette: Palette, width: int, *, under: bool) -> Strip:
        row = self._rows.row(key) if self._drawing is None else self._drawing.line(key, width - 1)
        lead = self._mark if key in self.marks else " "
        parts: list[tuple[str, Tone]] = [(lead, Tone.MARKED if lead != " " else row.tone)]
        parts += self._parts(row) if self._drawing is None else _pieces(row)
        if under:
            text = "".join(text for text, _ in parts) + " " * width
            return Strip([Segment(text, palette.part("cursor"))]).crop(0, width)
        return _strip(parts, row.tone, palette, width)

    def _parts(self, row: Row) -> Iterator[tuple[str, Tone]]:
        """What stands in the columns."""
        sep = ""
        for place_ in self._placed or ():
            cell = row.cells[place_.place]
            yield sep + self._cell(cell.text, place_), cell.tone or row.tone
            sep = " "

    def _cell(self, text: str, place_: Placed) -> str:
        return pad(cut(text, place_.width, self._ellipsis), place_.width, right=place_.right)

    # --------------------------------------------------------------------------------------------------------- moving

    @property
    def page(self) -> int:
        """How many rows fit."""
        return max(1, self.size.height - self._header)

    def move(self, step: int) -> None:
        """The cursor, by so many rows; at the edge a page is turned, as mutt does."""
        self.go(self.cursor + step)

    def go(self, index: int) -> None:
        """The cursor to this row, or to the last one when it is negative or beyond."""
        count = len(self._rows.keys)
        new = max(0, min(index, count - 1))
        if new == self.cursor or not count:
            return
        old, self.cursor = self.cursor, new
        if self._turn():
            self.refresh()
        else:
            self._repaint(old)
            self._repaint(new)
            if self._drawing is not None:
                self.refresh(Region(0, 0, self.size.width, self._header))
        self.post_message(self.Moved(self, self.key))

    def turn(self, step: int) -> None:
        """Whole pages; the cursor keeps its place on the screen where it can."""
        count = len(self._rows.keys)
        top = max(0, min(self.top + step * self.page, count - self.page))
        new = max(0, min(self.cursor + step * self.page, count - 1))
        if (top, new) == (self.top, self.cursor):
            return
        self.top, self.cursor = top, new
        self._turn()
        self.refresh()
        self.post_message(self.Moved(self, self.key))

    def go_to(self, key: Hashable) -> bool:
        """The cursor to this record; False when it is not shown."""
        keys = self._rows.keys
        if key not in keys:
            return False
        self.go(keys.index(key))
        return True

    def _turn(self) -> bool:
        """Makes the cursor's page the one shown; a quarter of the old page stays for orientation."""
        page, count, top = self.page, len(self._rows.keys), self.top
        if self.cursor < top:
            self.top = self.cursor - page + 1 + page // 4
        elif self.cursor >= top + page:
            self.top = self.cursor - page // 4
        self.top = max(0, min(self.top, count - page))
        return self.top != top

    def _repaint(self, index: int) -> None:
        self.refresh(Region(0, index - self.top + self._header, self.size.width, 1))

    # ---------------------------------------------------------------------------------------------------------- marks

    def toggle_mark(self) -> None:
        """Marks or unmarks the row under the cursor, and goes on to the next."""
        key = self.key
        if key is None:
            return
        self.marks ^= {key}
        self._strips.clear()
        self._repaint(self.cursor)
        self.move(1)

    def mark_all(self) -> None:
        """Marks every row shown; unmarks them when they all are marked already."""
        shown = set(self._rows.keys)
        if shown <= self.marks:
            self.marks -= shown
        else:
            self.marks |= shown
        self.forget()

    def unmark(self) -> None:
        """No marks, wherever they are."""
        if self.marks:
            self.marks.clear()
            self.forget()

    # --------------------------------------------------------------------------------------------------------- events

    def on_resize(self) -> None:
        """Columns are placed anew; the cursor stays in sight."""
        self._placed = None
        self._strips.clear()
        self._turn()

    def on_click(self, event: events.Click) -> None:
        """With a mouse: the row that was clicked."""
        if event.y >= self._header:
            self.go(min(self.top + event.y - self._header, len(self._rows.keys) - 1))

    def on_mouse_scroll_down(self) -> None:
        """With a mouse: half a page on."""
        self.move(max(1, self.page // 2))

    def on_mouse_scroll_up(self) -> None:
        """With a mouse: half a page back."""
        self.move(-max(1, self.page // 2))
