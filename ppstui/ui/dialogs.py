"""Dialogs: small screens over the board, made when they are asked for. Each names the item it is about.

What they show and act on was captured by value before they opened, so that no refresh behind them changes the target.
The key that confirms is never the one that opened; esc always leaves without doing anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, TypeVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from ppstui.ui.lineedit import LineEdit
from ppstui.ui.lines import Bar, Page
from ppstui.ui.table import Table
from ppstui.views.plain import cell_width
from ppstui.views.rows import Cell, Column, Row, Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from ppstui.ui.theme import Palette
    from ppstui.views.details import Para

T = TypeVar("T")

CHROME = 9
"""Lines of a dialog that are not its page, and a little of the board around it."""

_LOW = 20
"""Lines of a screen below which a dialog has no empty ones."""

Setting = tuple["Callable[[], Palette]", bool]
"""What every dialog is painted with: the looks of now, and whether the terminal knows only ASCII."""


class Dialog(ModalScreen[T | None], Generic[T], inherit_bindings=False):
    """A box with a title, a body and a line that says its keys."""

    ALLOW_SELECT = False
    AUTO_FOCUS = ""  # none: each dialog says who has the keys
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", priority=True),
        Binding("ctrl+c", "cancel", priority=True),
    ]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; overflow: hidden; }
    Dialog > #box { width: 92%; max-width: 96; height: auto; max-height: 96%; border: round $primary; padding: 0 1; }
    Dialog.plain > #box { border: ascii $primary; }
    Dialog > #box.tall { height: 70%; min-height: 14; }
    Dialog #box > Page { height: auto; }
    Dialog #box > Table { height: auto; min-height: 1; max-height: 14; }
    Dialog #title { margin-bottom: 1; }
    Dialog #keys { margin-top: 1; }
    Dialog.low #title { margin-bottom: 0; }
    Dialog.low #keys { margin-top: 0; }
    Dialog TextArea { height: 1fr; min-height: 3; padding: 0; margin-top: 1; scrollbar-size: 0 0; }
    Dialog TextArea, Dialog TextArea:focus { background: transparent; }
    """

    def __init__(self, setting: Setting, title: str, keys: str) -> None:
        """`keys`: what its keys do, in one line."""
        super().__init__()
        self.palette, self.ascii_only = setting
        self._title, self._keys, self._bad = title, keys, False

    def compose(self) -> ComposeResult:
        """The title, what the dialog is about, its keys."""
        with Vertical(id="box"):
            title = Bar(self.palette, rest=Tone.PLAIN, id="title")
            title.say(0, [(self._title, Tone.HEADING)])
            yield title
            yield from self.body()
            yield Bar(self.palette, rest=Tone.PLAIN, id="keys")

    def on_mount(self) -> None:
        """Frames of plain characters where the terminal knows no others."""
        self.set_class(self.ascii_only, "plain")
        self.on_resize()
        self.opened()

    def on_resize(self) -> None:
        """A long page gives way, so that the keys stay in sight."""
        self.set_class(self.app.size.height < _LOW, "low")
        self.tell_keys(self._keys, bad=self._bad)
        self.share_room(self.app.size.height - CHROME)

    def share_room(self, room: int) -> None:
        """How high each page may become when there are so many lines for pages."""
        for page in self.query(Page):
            give_room(page, room if page.id == "page" else room // 3)

    def body(self) -> ComposeResult:
        """What stands between title and keys."""
        raise NotImplementedError

    def opened(self) -> None:
        """Once everything is there."""

    def tell_keys(self, text: str, *, bad: bool = False) -> None:
        """Another line of keys, or why it cannot go on; in a narrow window two lines, broken between keys."""
        self._keys, self._bad = text, bad
        bar = self.query_one("#keys", Bar)
        lines = _broken(text, self.inner)
        for place in range(max(len(lines), 1)):
            bar.say(place, [(lines[place] if lines else "", Tone.LATE if bad else Tone.DIM)])
        bar.styles.height = max(len(lines), 1)

    @property
    def inner(self) -> int:
        """Cells of a line inside the box, by its styles: asked before there is a layout, too."""
        return max(min(int(self.app.size.width * 0.92), 96) - 4, 10)

    def action_cancel(self) -> None:
        """Leaves without doing anything."""
        self.dismiss(None)


def give_room(page: Page, most: int) -> None:
    """Lets a page become so high, no higher."""
    share = page.styles.max_height
    page.styles.max_height = max(1, most)
    if share != page.styles.max_height:
        page.refresh(layout=True)


def _broken(text: str, width: int) -> list[str]:
    """A line of keys in as many lines as it needs; keys stand two spaces apart and are never torn from their words."""
    lines: list[str] = []
    for part in text.split("  "):
        if lines and cell_width(lines[-1]) + 2 + cell_width(part) <= width:
            lines[-1] += f"  {part}"
        else:
            lines.append(part)
    return lines


def text_page(dialog: Dialog[T], paras: tuple[Para, ...], id_: str = "page") -> Page:
    """A page with this text."""
    page = Page(dialog.palette, margin=0, ascii_only=dialog.ascii_only, id=id_)
    page.show(paras)
    return page


class Field(Bar):
    """One line to write in, painted; its dialog hands it the keys."""

    def __init__(self, palette: Callable[[], Palette], hint: str, id_: str) -> None:
        super().__init__(palette, rest="field", id=id_)
        self.edit = LineEdit(hint=hint)

    def tell(self, *, active: bool = True) -> None:
        """Paints the line as it is now."""
        self.say(0, [(" ", "field"), *self.edit.spans(max(self.size.width - 2, 20), active=active)])

    def on_resize(self) -> None:
        """As much of it as fits."""
        self.tell()


class Show(Dialog[bool]):
    """A page to read; any of esc, q and enter closes it."""

    def __init__(self, setting: Setting, title: str, paras: tuple[Para, ...]) -> None:
        super().__init__(setting, title, "j/k and PgUp/PgDn scroll  esc closes")
        self._paras = paras

    def body(self) -> ComposeResult:
        """The page."""
        yield text_page(self, self._paras)

    def on_key(self, event: events.Key) -> None:
        """Scrolling and closing."""
        event.stop()
        if event.key in {"q", "enter", "question_mark"}:
            self.dismiss(None)
        else:
            scroll(self.query_one("#page", Page), event.key)


def scroll(page: Page, key: str) -> bool:
    """Scrolls a page by the usual keys; False when the key is none of them."""
    height = max(page.size.height, 1)
    step = {
        "j": 1, "down": 1, "k": -1, "up": -1,
        "pagedown": height, "space": height, "ctrl+f": height, "pageup": -height, "ctrl+b": -height,
        "g": -page_end(page), "home": -page_end(page), "G": page_end(page), "end": page_end(page),
    }.get(key)  # fmt: skip
    if step is None:
        return False
    page.scroll_lines(step)
    return True


def page_end(page: Page) -> int:
    """More lines than the page has."""
    return len(page.lines)


class Verdict(NamedTuple):
    """What the rules say about commands that are asked for together."""

    ready: int
    """So many may go."""
    total: int
    liftable: int = 0
    """So many more may go with a reason."""

    def keys(self, does: str) -> str:
        """The keys that go on; `does` is what they do to one command or to many, as in "queues {}"."""
        if not self.ready:
            lift = ": o overrides it with a reason" if self.liftable else ""
            return f"a rule stands against it{lift}"
        if self.ready == self.total:
            return "y " + does.format("it" if self.total == 1 else f"all {self.total}")
        lift = f"  o the other {self.liftable} too, with a reason" if self.liftable else ""
        return "y " + does.format(f"{self.ready} of {self.total}") + lift


SURE = Verdict(1, 1)
"""No rule speaks."""


class Weighed(NamedTuple):
    """What would happen, as a dialog shows it before it asks."""

    paras: tuple[Para, ...]
    verdict: Verdict
    problem: str = ""
    """What is missing before it can be said what would happen; "" when nothing is."""


class Confirm(Dialog[str]):
    """Shows the exact effect and asks. Answers with "" for a plain yes, or with the reason that overrides a rule."""

    def __init__(
        self, setting: Setting, title: str, paras: tuple[Para, ...], *, does: str, verdict: Verdict = SURE
    ) -> None:
        """`does`: what `y` does, as in "queues {}". What no rule lets through has no `y`; `o` asks for a reason."""
        self._does, self._verdict = does, verdict
        super().__init__(setting, title, f"{verdict.keys(does)}  n or esc leaves it")
        self._paras = paras
        self._reason: Field | None = None

    def body(self) -> ComposeResult:
        """The effects and objections."""
        yield text_page(self, self._paras)

    def opened(self) -> None:
        """Nothing has the focus that a stray key could press."""
        self.set_focus(None)

    def on_key(self, event: events.Key) -> None:
        """`y`, or `o` and a reason; everything else is safe."""
        event.stop()
        if self._reason is not None:
            self._key_of_reason(self._reason, event)
        elif event.key == "y" and self._verdict.ready:
            self.dismiss("")
        elif event.key == "o" and self._verdict.liftable:
            self._reason = ask_reason(self)
            self.tell_keys(f"enter {self._does.format('it')} with this reason  esc leaves it")
        elif event.key in {"n", "q"}:
            self.dismiss(None)
        else:
            scroll(self.query_one("#page", Page), event.key)

    def _key_of_reason(self, reason: Field, event: events.Key) -> None:
        if event.key != "enter":
            reason.edit.key(event.key, event.character)
            reason.tell()
        elif reason.edit.text.strip():
            self.dismiss(reason.edit.text.strip())
        else:
            self.tell_keys("an override needs a reason", bad=True)

    def on_paste(self, event: events.Paste) -> None:
        """Into the reason, and nowhere else."""
        event.stop()
        if self._reason is not None:
            self._reason.edit.paste(event.text)
            self._reason.tell()


def ask_reason(dialog: Dialog[T], begun: str = "") -> Field:
    """A line for the reason, above the dialog's keys; `begun` is what stands in it."""
    reason = Field(dialog.palette, "why the rule does not hold here; it is written to the record", "reason")
    reason.edit = LineEdit(begun, reason.edit.hint)
    dialog.query_one("#box").mount(reason, before="#keys")
    reason.tell()
    return reason


class Choices:
    """The rows of a picker."""

    def __init__(self, choices: Sequence[tuple[Hashable, str, str]]) -> None:
        self.keys = tuple(key for key, _, _ in choices)
        self._texts = {key: (name, note) for key, name, note in choices}

    def row(self, key: Hashable) -> Row:
        """Name and note."""
        name, note = self._texts[key]
        return Row((Cell(f" {name}"), Cell(note, Tone.DIM)))


PICKED = (Column("", "", 20, 44), Column("", "", 8, 60, rank=1))


def choice_table(dialog: Dialog[T]) -> Table:
    """A list to choose from, its keys handed to it by the dialog."""
    plain = dialog.ascii_only
    table = Table(dialog.palette, header=False, mark="x" if plain else "✓", ellipsis="~" if plain else "\u203a")
    table.can_focus = False
    return table


class Pick(Dialog["frozenset[Hashable]"]):
    """A list to choose from: one, or several with space. Typing narrows it, at once and in the order of the keys."""

    columns: Sequence[Column] = PICKED

    def __init__(
        self,
        setting: Setting,
        title: str,
        choices: Sequence[tuple[Hashable, str, str]],
        *,
        several: bool = False,
        marked: frozenset[Hashable] = frozenset(),
        at: Hashable | None = None,
        free: bool = False,
        preview: Callable[[Hashable], None] | None = None,
    ) -> None:
        """`choices`: key, name, note. `free`: enter takes a text that matches nothing as one more choice."""
        keys = "type to narrow  down/up move  " + ("space marks  " if several else "") + "enter takes  esc leaves"
        super().__init__(setting, title, keys)
        self._choices, self._several, self._marked, self._at = list(choices), several, marked, at
        self._free, self._preview = free, preview

    def body(self) -> ComposeResult:
        """A line to narrow by, and the list."""
        yield Field(self.palette, "type to narrow", "narrow")
        yield choice_table(self)

    def opened(self) -> None:
        """Shows everything."""
        table = self._table
        table.styles.height = max(1, min(len(self._choices), 14))
        table.marks = set(self._marked)
        table.show(Choices(self._choices), self.columns, at=self._at)
        self._field.tell()

    @property
    def _table(self) -> Table:
        return self.query_one(Table)

    @property
    def _field(self) -> Field:
        return self.query_one("#narrow", Field)

    def _narrow(self) -> None:
        self._field.tell()
        typed = self._field.edit.text.strip()
        wanted = typed.casefold().split()
        found = [each for each in self._choices if all(word in f"{each[1]} {each[2]}".casefold() for word in wanted)]
        if wanted:
            found.sort(key=lambda each: not all(word in each[1].casefold() for word in wanted))  # names before notes
        self._table.show(Choices(found), self.columns, keep=False)
        self._table.say_empty("", "nothing matches" + (f"; enter adds {typed!r}" if self._free else ""))

    def on_table_moved(self, message: Table.Moved) -> None:
        """Shows what it would be like."""
        message.stop()
        if self._preview is not None and message.key is not None:
            self._preview(message.key)

    def on_paste(self, event: events.Paste) -> None:
        """Into the line."""
        event.stop()
        self._field.edit.paste(event.text)
        self._narrow()

    def on_key(self, event: events.Key) -> None:
        """The list moves while the line is written."""
        event.stop()
        if event.key in {"down", "up"}:
            self._table.move(1 if event.key == "down" else -1)
        elif event.key in {"pagedown", "pageup"}:
            self._table.turn(1 if event.key == "pagedown" else -1)
        elif event.key == "space" and self._several:
            self._table.toggle_mark()
        elif event.key == "enter":
            self._take()
        elif self._field.edit.key(event.key, event.character):
            self._narrow()

    def _take(self) -> None:
        table, typed = self._table, self._field.edit.text.strip()
        if self._free and typed and not table.keys:
            self._choices.insert(0, (typed, typed, "added by hand"))
            self._field.edit = LineEdit(hint=self._field.edit.hint)
            self._narrow()
            if self._several:
                table.toggle_mark()
            return
        if self._several:
            chosen = frozenset(table.marks)
            # Nothing was marked or unmarked: the person means the row under the cursor.
            one = frozenset() if table.key is None or chosen != self._marked else frozenset({table.key})
            self.dismiss(chosen | one)
        elif table.key is not None:
            self.dismiss(frozenset({table.key}))
