"""Two small widgets on the line API: a bar of a few fixed lines, and a page of toned lines that scrolls.

Both take finished text; neither knows markup, wraps anything on its own or asks for a layout when its text changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ppstui.views.plain import cell_width, cut
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style
    from textual.geometry import Size

    from ppstui.ui.theme import Palette
    from ppstui.views.details import Para, TextLine

Look = tuple[str, str | Tone]
"""A piece of text and its part of the screen, or its tone."""


def _style(palette: Palette, look: str | Tone) -> Style:
    return palette.tone(look) if isinstance(look, Tone) else palette.part(look)


def strip_of(spans: Sequence[Look], rest: str | Tone, palette: Palette, width: int) -> Strip:
    """One line of exactly `width` cells; `rest` is the look of what is left over."""
    segments: list[Segment] = []
    used = 0
    for text, look in spans:
        room = width - used
        if room <= 0:
            break
        shown = cut(text, room, "")
        segments.append(Segment(shown, _style(palette, look)))
        used += cell_width(shown)
    if used < width:
        segments.append(Segment(" " * (width - used), _style(palette, rest)))
    return Strip(segments, width)


class Lines(Widget, inherit_css=False):
    """What these and the table have in common: lines painted past Textual's cache of styles, which they do not need.

    Their rules stand in one place, for each class with rules of its own costs 0.5 ms at the start; those that Textual
    has for scroll bars and links concern nothing here.
    """

    ALLOW_SELECT = False
    SCOPED_CSS = False
    DEFAULT_CSS = """
    Lines { height: 1fr; width: 1fr; }
    Bar { height: 1; }
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        """Straight lines: nothing here has a border, a padding or an opacity."""
        width = self.size.width
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.x or crop.right < width:
            return [strip.crop(crop.x, crop.right) for strip in strips]
        return strips


class Bar(Lines):
    """A few lines of fixed height. `say` repaints only the lines that differ."""

    def __init__(self, palette: Callable[[], Palette], *, rest: str | Tone = "bar", id: str | None = None) -> None:  # noqa: A002
        """`rest` is the look of what the text leaves over."""
        super().__init__(id=id)
        self._palette, self._rest = palette, rest
        self._text: list[tuple[tuple[Look, ...], tuple[Look, ...], str | Tone]] = []
        self._strips: dict[int, Strip] = {}
        self._looks: object = None

    def say(self, y: int, left: Sequence[Look], right: Sequence[Look] = (), *, rest: str | Tone | None = None) -> None:
        """What line `y` says, from the left and from the right edge; the left gives way. `rest` as for the bar."""
        while len(self._text) <= y:
            self._text.append(((), (), self._rest))
        new = (tuple(left), tuple(right), self._rest if rest is None else rest)
        if self._text[y] != new:
            self._text[y] = new
            self._strips.pop(y, None)
            self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the bar."""
        palette, width = self._palette(), self.size.width
        if self._looks != (palette, width):
            self._looks = (palette, width)
            self._strips.clear()
        strip = self._strips.get(y)
        if strip is None:
            left, right, rest = self._text[y] if y < len(self._text) else ((), (), self._rest)
            size = sum(cell_width(text) for text, _ in right)
            if right and size < width:
                strips = [strip_of(left, rest, palette, width - size), strip_of(right, rest, palette, size)]
                strip = Strip.join(strips)
            else:
                strip = strip_of(left, rest, palette, width)
            self._strips[y] = strip
        return strip


class Page(Lines, can_focus=True):
    """Paragraphs broken to the page's width; scrolls by whole steps, and says how much is below."""

    def __init__(
        self,
        palette: Callable[[], Palette],
        *,
        margin: int = 1,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """`margin`: empty cells on either side."""
        super().__init__(id=id)
        self._palette, self._margin = palette, margin
        self._more = "v" if ascii_only else "▾"
        self._paras: tuple[Para, ...] = ()
        self._lines: list[TextLine] | None = None
        self._strips: dict[int, Strip] = {}
        self._looks: object = None
        self._title = ""
        self.top = 0

    def show(self, paras: tuple[Para, ...], *, title: str = "", keep: bool = False) -> None:
        """Takes new text; with `keep` it stays scrolled where it was. A title stands above it and does not scroll."""
        if (paras, title) == (self._paras, self._title) and (keep or not self.top):
            return
        self._paras, self._title = paras, title
        self._lines = None
        self._strips.clear()
        if not keep:
            self.top = 0
        self.refresh()

    @property
    def lines(self) -> list[TextLine]:
        """The text as it is broken now."""
        if self._lines is None:
            self._lines = []
            if self._paras:  # the first frame has none
                from ppstui.views.details import lay

                self._lines = lay(self._paras, self.size.width - 2 * self._margin)
            self.top = max(0, min(self.top, len(self._lines) - self.page))
        return self._lines

    @property
    def page(self) -> int:
        """How many lines of text fit."""
        return max(1, self.size.height - bool(self._title))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """For pages of `height: auto`: as many lines as the text has at this width."""
        from ppstui.views.details import lay

        return len(lay(self._paras, width - 2 * self._margin))

    def on_resize(self) -> None:
        """Breaks the text anew."""
        self._lines = None
        self._strips.clear()

    def scroll_lines(self, step: int) -> bool:
        """Scrolls by so many lines; False when there is nothing more that way."""
        top = max(0, min(self.top + step, len(self.lines) - self.page))
        if top == self.top:
            return False
        self.top = top
        self._strips.clear()
        self.refresh()
        return True

    def render_line(self, y: int) -> Strip:
        """One line of the page."""
        palette, width = self._palette(), self.size.width
        if self._looks is not palette:
            self._looks = palette
            self._strips.clear()
        strip = self._strips.get(y)
        if strip is None:
            lines, index = self.lines, self.top + y - bool(self._title)
            if self._title and not y:
                strip = strip_of([(f" {self._title}", "header")], "header", palette, width)
                self._strips[y] = strip
                return strip
            spans: list[Look] = [(" " * self._margin, Tone.PLAIN)]
            spans += lines[index] if index < len(lines) else ()
            if y == self.size.height - 1 and index < len(lines) - 1:
                strip = Strip.join(
                    [
                        strip_of(spans, Tone.PLAIN, palette, width - 2),
                        strip_of([(f"{self._more} ", Tone.DIM)], Tone.PLAIN, palette, 2),
                    ]
                )
            else:
                strip = strip_of(spans, Tone.PLAIN, palette, width)
            self._strips[y] = strip
        return strip
