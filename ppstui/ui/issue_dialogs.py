"""Dialogs of the bulletin: a line in a person's words, words in paragraphs, how it will look, the check list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import PpsError
from ppstui.rules.bulletin.checking import EXPLAINED
from ppstui.ui.dialogs import CHROME, Dialog, Pick, give_room, scroll, text_page
from ppstui.ui.lineedit import LineEdit
from ppstui.ui.lines import Bar, Page
from ppstui.ui.table import Table
from ppstui.ui.texts import Write
from ppstui.views.details import Para
from ppstui.views.issue_rows import problem_para
from ppstui.views.plain import cell_width, clean_lines, cut
from ppstui.views.rows import Column, Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.widgets import TextArea

    from ppstui.rules.bulletin.checking import Problem
    from ppstui.ui.dialogs import Setting
    from ppstui.ui.lines import Look
    from ppstui.views.rows import Glance

PAUSE = 0.3
"""Seconds without a key after which what was typed is kept."""
_ROWS = 6
"""Rows that a line is written in before the first of them leave the screen."""


class EditLine(Dialog[str]):
    """One line, however long, written in as many rows as it needs; kept after every pause of the keyboard."""

    def __init__(
        self,
        setting: Setting,
        title: str,
        about: tuple[Para, ...],
        text: str,
        keep: Callable[[str], None],
        *,
        generated: str = "",
        hint: str = "",
    ) -> None:
        """`keep` takes what stands there after a pause; `generated`: what tab puts there instead, "" for nothing."""
        tab = "tab the generated words  " if generated else ""
        super().__init__(setting, title, f"enter keeps it  {tab}esc leaves it as it was")
        self._about, self._keep, self._generated = about, keep, generated
        self.edit = LineEdit(text, hint)
        self._wait: Timer | None = None

    def body(self) -> ComposeResult:
        """What it is about, and the line."""
        yield text_page(self, self._about, "about")
        yield Bar(self.palette, rest="field", id="line")

    def opened(self) -> None:
        """The line has the keys."""
        self.query_one("#about", Page).can_focus = False
        self.set_focus(None)
        self._tell()

    def on_resize(self) -> None:
        """The rows anew, as wide as there is room now."""
        super().on_resize()
        self._tell()

    def _tell(self) -> None:
        bar, width = self.query_one("#line", Bar), self.inner - 2
        found = list(_rows(self.edit, width))
        under = next(
            (place for place, (start, end, _) in enumerate(found) if start <= self.edit.at < end), len(found) - 1
        )
        first = max(0, under - _ROWS + 1)
        shown = found[first : first + _ROWS]
        for place, (start, _, text) in enumerate(shown):
            bar.say(place, [(" ", "field"), *_spans(text, self.edit.at - start, active=first + place == under)])
        if not self.edit.text:
            bar.say(0, [(" ", "field"), *self.edit.spans(width)])
        bar.styles.height = max(len(shown), 1)

    def on_paste(self, event: events.Paste) -> None:
        """Into the line."""
        event.stop()
        self.edit.paste(event.text)
        self._changed()

    def on_key(self, event: events.Key) -> None:
        """Letters of the line."""
        event.stop()
        if event.key == "enter":
            self.dismiss(self.edit.text)
        elif event.key == "tab" and self._generated:
            self.edit = LineEdit(self._generated, self.edit.hint)
            self._changed()
        elif event.key in {"pagedown", "pageup"}:
            scroll(self.query_one("#about", Page), event.key)
        elif self.edit.key(event.key, event.character):
            self._changed()

    def _changed(self) -> None:
        self._tell()
        if self._wait is not None:
            self._wait.stop()
        self._wait = self.set_timer(PAUSE, lambda: self._keep(self.edit.text))


def _rows(edit: LineEdit, width: int) -> Iterator[tuple[int, int, str]]:
    """The text in rows: where each begins and ends in it; the last one has room for a cursor behind it."""
    text = "".join(char if char.isprintable() else "?" for char in edit.text)
    start = 0
    while True:
        end, used, space = start, 0, 0
        while end < len(text) and used + cell_width(text[end]) <= width:
            used += cell_width(text[end])
            end += 1
            if text[end - 1] == " ":
                space = end
        if end >= len(text):
            yield start, end + 1, text[start:]
            return
        end = space or max(end, start + 1)
        yield start, end, text[start:end]
        start = end


def _spans(text: str, at: int, *, active: bool) -> list[Look]:
    if not active:
        return [(text, "field")]
    return [(text[:at], "field"), (text[at : at + 1] or " ", "cursor"), (text[at + 1 :], "field")]


class WriteWords(Write):
    """Words in paragraphs, kept after every pause of the keyboard."""

    def __init__(self, setting: Setting, title: str, text: str, keep: Callable[[str], None]) -> None:
        """`keep` takes what stands there after a pause."""
        super().__init__(setting, title, (), draft=text, may_be_empty=True)
        self._keep = keep
        self._wait: Timer | None = None

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Something was typed: kept once nothing more is."""
        event.stop()
        if self._wait is not None:
            self._wait.stop()
        self._wait = self.set_timer(PAUSE, lambda: self._keep(self._area.text))


class Preview(Dialog[bool]):
    """How an issue looks, target by target and format by format: exactly what goes, line by line."""

    DEFAULT_CSS = """
    Preview > #box { width: 100%; max-width: 104; padding: 0; max-height: 100%; }
    """

    def __init__(self, setting: Setting, title: str, tabs: Sequence[tuple[str, Callable[[], str]]]) -> None:
        """`tabs`: a name, and what makes the text; it may raise PpsError, which is shown in its place."""
        super().__init__(setting, title, "left/right another one  j/k and PgUp/PgDn scroll  esc closes")
        self._tabs, self._at, self._rows = tuple(tabs), 0, 1

    def body(self) -> ComposeResult:
        """The tabs, and the text."""
        yield Bar(self.palette, rest=Tone.PLAIN, id="tabs")
        yield text_page(self, ())

    def opened(self) -> None:
        """The first one."""
        self._show()

    def on_resize(self) -> None:
        """Long lines anew."""
        super().on_resize()
        self._show()

    @property
    def inner(self) -> int:
        """Cells of a line inside the box: all of a narrow screen."""
        return max(min(int(self.app.size.width), 104) - 2, 10)

    def share_room(self, room: int) -> None:
        """As much as there is, so that the box does not jump from tab to tab."""
        page = self.query_one("#page", Page)
        page.styles.height = max(room + 3 - self._rows, 3)

    def _show(self) -> None:
        name, make = self._tabs[self._at]
        spans: list[Look] = []
        for place, (other, _) in enumerate(self._tabs):
            spans.append((f"[{other}] " if place == self._at else f" {other}  ", _LOOKS[place == self._at]))
        first, second = _in_two(spans, self.inner)
        bar = self.query_one("#tabs", Bar)
        bar.say(0, first)
        bar.say(1, second)
        self._rows = 2 if second else 1
        bar.styles.height = self._rows
        self.share_room(self.app.size.height - CHROME)
        try:
            paras = tuple(self._exact(make()))
        except PpsError as error:
            paras = (Para(((f"{name}: {error}", Tone.LATE),)),)
        self.query_one("#page", Page).show(paras)

    def _exact(self, text: str) -> Iterator[Para]:
        """Each line as it is; one that is too long goes on below, behind a mark."""
        for line in clean_lines(text, ascii_only=self.ascii_only):
            rest = line
            mark = ""
            while True:
                piece = cut(rest, self.inner - len(mark), "")
                yield Para(((mark, Tone.DIM), (piece, Tone.PLAIN)), verbatim=True)
                rest = rest[len(piece) :]
                if not rest or not piece:
                    break
                mark = "\\ "

    def on_key(self, event: events.Key) -> None:
        """From tab to tab, scrolling and closing."""
        event.stop()
        step = {"right": 1, "l": 1, "tab": 1, "left": -1, "h": -1, "shift+tab": -1}.get(event.key)
        if step is not None:
            self._at = (self._at + step) % len(self._tabs)
            self._show()
        elif event.key in {"q", "enter", "v"}:
            self.dismiss(None)
        else:
            scroll(self.query_one("#page", Page), event.key)


_LOOKS: dict[bool, Tone] = {True: Tone.STRONG, False: Tone.DIM}


def _in_two(spans: Sequence[Look], width: int) -> tuple[list[Look], list[Look]]:
    """The tabs in one row, or in two where there are many."""
    first: list[Look] = []
    used = 0
    for place, (text, look) in enumerate(spans):
        used += cell_width(text)
        if used > width:
            return first, list(spans[place:])
        first.append((text, look))
    return first, []


_EXPLAINED_IN = 6
"""Lines for the item under the cursor."""
_AROUND_LIST = _EXPLAINED_IN + 8
"""Lines of the check list's dialog that are not its list."""


class CheckList(Pick):
    """What stands against publishing: one item under the other, the one under the cursor whole below them."""

    columns = (Column("", "", 26), Column("", "", 20, 90))

    def __init__(self, setting: Setting, title: str, problems: Sequence[Problem], glance: Glance) -> None:
        """The blocking ones come first, as they were found."""
        choices: list[tuple[Hashable, str, str]] = [
            (place, f"{'blocks ' if each.blocking else 'warning'} {each.code}", glance.text(each.text))
            for place, each in enumerate(problems)
        ]
        super().__init__(setting, title, choices)
        self._keys = "type to narrow  down/up move  enter goes to the line  esc closes"
        self._problems, self._glance = tuple(problems), glance

    def body(self) -> ComposeResult:
        """The list, and the item under the cursor."""
        yield from super().body()
        yield text_page(self, (), "about")

    def opened(self) -> None:
        """The first item."""
        super().opened()
        self.share_room(0)
        self.query_one("#about", Page).can_focus = False
        self._explain(self.query_one(Table).key)

    def share_room(self, room: int) -> None:
        """The list gives way, so that the item and the keys stay in sight."""
        del room
        left = self.app.size.height - _AROUND_LIST
        self.query_one(Table).styles.height = max(2, min(len(self._problems), left, 14))
        give_room(self.query_one("#about", Page), _EXPLAINED_IN)

    def on_table_moved(self, message: Table.Moved) -> None:
        """The item under the cursor, whole."""
        message.stop()
        self._explain(message.key)

    def _explain(self, key: Hashable | None) -> None:
        page = self.query_one("#about", Page)
        if isinstance(key, int):
            problem = self._problems[key]
            why = EXPLAINED.get(problem.code, "")
            page.show((Para(()), problem_para(problem, self._glance), Para(((why, Tone.DIM),))))
            page.refresh(layout=True)
