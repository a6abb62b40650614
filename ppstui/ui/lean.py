"""Sends to the terminal only what it does not show already.

Textual writes every line of every region that was marked dirty, each segment with its full colours and a reset. This
filter remembers the cells that were sent and writes the changed ones, with the shortest colour change: 300 bytes for a
cursor line instead of 1,200, and nothing at all for a refresh that changed nothing. Put `LeanOutput` before `App`.

It leans on two private hooks of Textual, `App._display` and the updates of `textual._compositor`; the minor version is
pinned, and a test compares the emulated screens with and without it, cell by cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, get_character_cell_size
from textual import _compositor as compositor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.color import ColorSystem
    from rich.console import Console, RenderableType
    from rich.style import Style
    from textual.screen import Screen
    from textual.strip import Strip

_GAP = 6
"""Unchanged cells between two changed ones that are cheaper to send again than to jump over."""


class _Pen(NamedTuple):
    """Attributes and colours as parameters of the SGR sequence."""

    attributes: str
    front: str
    back: str


_PLAIN = _Pen("", "", "")
_Cell = tuple[str, _Pen]
_FORGOTTEN: _Cell = ("\0", _PLAIN)
"""A cell whose looks are not known: it differs from everything that can be shown."""
_VISIBLE_ON_BLANKS = frozenset({"4", "7", "9", "21", "53"})
"""Attributes that show on a space: underlines, reverse, strike, overline."""


class Piece(NamedTuple):
    """A part of a frame: `strip` begins in column x of line y."""

    y: int
    x: int
    strip: Strip


class Glass:
    """What the terminal shows, and the shortest way from there to the next frame."""

    def __init__(self, width: int, height: int) -> None:
        """Knows nothing of the terminal yet: the first frame is sent whole."""
        self.size = (width, height)
        self._cells: list[list[_Cell]] = [[_FORGOTTEN] * (width + 2) for _ in range(height)]
        self._strips: list[dict[int, Strip]] = [{} for _ in range(height)]
        self._pens: dict[Style | None, _Pen] = {None: _PLAIN}
        self._blanks: dict[_Pen, bool] = {}

    def encode(self, pieces: Iterable[Piece], system: ColorSystem | None) -> str:
        """The control sequences that bring the terminal from what it shows to this frame."""
        out: list[str] = []
        pen, at = _PLAIN, (-1, -1)
        width, height = self.size
        for y, x, strip in pieces:
            if not 0 <= y < height or x >= width or self._strips[y].get(x) is strip:
                continue
            new = self._line(strip, system)
            old = self._remember(y, x, strip, new)
            for start, stop in _runs(old, new):
                out.append(_jump(at, (y, x + start)))
                for cell in new[start:stop]:
                    char, wanted = cell
                    if wanted is not pen and wanted != pen and not (char == " " and self._same_blank(pen, wanted)):
                        out.append(_change(pen, wanted))
                        pen = wanted
                    out.append(char)
                # Past the last column terminals disagree about where the cursor is.
                at = (y, x + stop) if x + stop < width else (-1, -1)
        if pen != _PLAIN:
            out.append("\x1b[0m")
        return "".join(out)

    def _pen(self, style: Style | None, system: ColorSystem | None) -> _Pen:
        pen = self._pens.get(style)
        if pen is None and style is not None:
            front = back = ""
            if system is not None:
                front = ";".join(style.color.downgrade(system).get_ansi_codes()) if style.color else ""
                back = (
                    ";".join(style.bgcolor.downgrade(system).get_ansi_codes(foreground=False)) if style.bgcolor else ""
                )
            pen = self._pens[style] = _Pen(";".join(_attributes(style)), front, back)
        return pen or _PLAIN

    def _line(self, strip: Strip, system: ColorSystem | None) -> list[_Cell]:
        cells: list[_Cell] = []
        for text, style, control in strip:
            if control:
                continue
            pen = self._pen(style, system)
            if text.isascii():
                cells += [(char, pen) for char in text]
                continue
            for char in text:
                size = get_character_cell_size(char)
                if size > 0:
                    cells.append((char, pen))
                    cells += [("", pen)] * (size - 1)
                elif cells:
                    last = len(cells) - 1
                    while last and not cells[last][0]:
                        last -= 1
                    cells[last] = (cells[last][0] + char, cells[last][1])
        if len(cells) != strip.cell_length:
            # A sequence that Textual measures as a whole: sent as one, so that no cell is ever counted wrongly.
            return self._opaque(strip, system)
        return cells

    def _opaque(self, strip: Strip, system: ColorSystem | None) -> list[_Cell]:
        cells: list[_Cell] = []
        for text, style, control in strip:
            if control or not text:
                continue
            pen = self._pen(style, system)
            size = cell_len(text)
            cells += [(text, pen), *[("", pen)] * (size - 1)] if size else []
        return cells

    def _remember(self, y: int, x: int, strip: Strip, new: list[_Cell]) -> list[_Cell]:
        """Notes the line's new cells and returns the old ones.

        Half a wide character that is overwritten takes its other half with it on the terminal. That needs no note: the
        character can only come back whole, and then its changed half is sent with the other one.
        """
        line, end = self._cells[y], x + len(new)
        old = line[x:end]
        line[x:end] = new
        strips = self._strips[y]
        for other in [o for o, was in strips.items() if o < end and o + was.cell_length > x]:
            del strips[other]
        strips[x] = strip
        return old

    def _same_blank(self, pen: _Pen, wanted: _Pen) -> bool:
        """Whether a space looks the same with either pen: only its background shows."""
        return pen.back == wanted.back and self._blank(pen) and self._blank(wanted)

    def _blank(self, pen: _Pen) -> bool:
        known = self._blanks.get(pen)
        if known is None:
            known = self._blanks[pen] = not _VISIBLE_ON_BLANKS & set(pen.attributes.split(";"))
        return known


def _attributes(style: Style) -> Iterator[str]:
    for wanted, code in (
        (style.bold, "1"),
        (style.dim, "2"),
        (style.italic, "3"),
        (style.underline, "4"),
        (style.blink, "5"),
        (style.blink2, "6"),
        (style.reverse, "7"),
        (style.conceal, "8"),
        (style.strike, "9"),
        (style.underline2, "21"),
        (style.frame, "51"),
        (style.encircle, "52"),
        (style.overline, "53"),
    ):
        if wanted:
            yield code


def _runs(old: list[_Cell], new: list[_Cell]) -> list[tuple[int, int]]:
    """The stretches to send, beginning and ending between characters."""
    if new and old and old[0] is _FORGOTTEN and old.count(_FORGOTTEN) == len(old):
        return [(0, len(new))]  # the first frame
    runs: list[tuple[int, int]] = []
    start = last = -1
    for index, cell in enumerate(new):
        if index < len(old) and old[index] == cell:
            continue
        if start < 0:
            start = index
        elif index - last > _GAP:
            runs.append(_whole(start, last + 1, new))
            start = index
        last = index
    if start >= 0:
        runs.append(_whole(start, last + 1, new))
    return runs


def _whole(start: int, stop: int, cells: list[_Cell]) -> tuple[int, int]:
    while start and not cells[start][0]:
        start -= 1
    while stop < len(cells) and not cells[stop][0]:
        stop += 1
    return start, stop


def _jump(at: tuple[int, int], to: tuple[int, int]) -> str:
    if at == to:
        return ""
    if at[0] == to[0] and at[1] < to[1]:
        return f"\x1b[{to[1] - at[1]}C"
    return f"\x1b[{to[0] + 1};{to[1] + 1}H"


_OFF = {"1": "22", "2": "22", "21": "24", "53": "55"} | {code: f"2{code}" for code in "345789"}
"""What takes an attribute away without taking the colours with it."""


def _change(pen: _Pen, wanted: _Pen) -> str:
    """The shortest SGR sequence from one pen to the other: by what differs, or by a reset and the whole pen."""
    if wanted == _PLAIN:
        return "\x1b[0m"
    afresh = ";".join(part for part in ("0", *wanted) if part)
    if (pen.front and not wanted.front) or (pen.back and not wanted.back):
        return f"\x1b[{afresh}m"
    had, wants = pen.attributes.split(";"), wanted.attributes.split(";")
    gone = {_OFF.get(code, "0") for code in had if code and code not in wants}
    parts = sorted(gone) + [code for code in wants if code and (code not in had or _OFF.get(code) in gone)]
    parts += [new for new, was in ((wanted.front, pen.front), (wanted.back, pen.back)) if new != was]
    step = ";".join(parts)
    return f"\x1b[{step if len(step) < len(afresh) and '0' not in gone else afresh}m"


def pieces(update: compositor.CompositorUpdate) -> Iterator[Piece]:
    """What an update draws: every strip with its place."""
    if isinstance(update, compositor.LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for part in line:
                yield Piece(y, x, part)
                x += part.cell_length
    elif isinstance(update, compositor.ChopsUpdate):
        for y, left, right in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x <= right and end > left:
                    whole = left <= x < right and end <= right
                    yield Piece(y, x, strip if whole else strip.crop(0, min(end, right) - x))


class _Encoded(compositor.CompositorUpdate):
    """A frame that is finished text already."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:  # noqa: ARG002 - Textual's signature
        return self._text


if TYPE_CHECKING:
    from textual.app import App as _App

    _Base = _App[int]
else:
    _Base = object  # an application class that nobody makes would cost 0.4 ms at every start


class LeanOutput(_Base):
    """An app whose frames go through a `Glass`, unless `lean` is switched off."""

    lean = True
    paused = False
    """Somebody else has the terminal: nothing is drawn."""
    colours = True
    """False sends attributes only, whatever a widget asks for (NO_COLOR)."""
    _glass: Glass | None = None

    def forget_terminal(self) -> None:
        """Call it when something else wrote to the terminal: after a suspension, and for a redraw key."""
        self._glass = None

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if self.paused:
            return
        shown: RenderableType | compositor.CompositorUpdate | None = renderable
        drawn = self._running and not self._closed and not self.is_headless and not self._batch_count
        if self.lean and drawn and isinstance(renderable, (compositor.LayoutUpdate, compositor.ChopsUpdate)):
            if self._glass is None or self._glass.size != tuple(self.size):
                self._glass = Glass(*self.size)
            text = self._glass.encode(pieces(renderable), self.console._color_system if self.colours else None)  # noqa: SLF001 - what Strip.render uses
            if not text and self.screen.outer_size.clamp_offset(self.cursor_position) == self._previous_cursor_position:
                self.post_display_hook()  # nothing to tell the terminal, not even that a frame begins
                return
            shown = _Encoded(text)
        elif renderable is not None and drawn:
            self._glass = None  # written past the filter
        super()._display(screen, shown)  # type: ignore[arg-type]  # Textual tests for this class itself
