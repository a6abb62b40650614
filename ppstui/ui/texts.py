"""Dialogs in which a person writes: a text, and an answer on a team's behalf. The same manners as in `dialogs`."""

from __future__ import annotations

import asyncio
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from ppstui.model import Answer
from ppstui.ui.dialogs import PICKED, Choices, Dialog, field, scroll, text_page
from ppstui.ui.lines import Bar, Page
from ppstui.ui.table import Table
from ppstui.views import words
from ppstui.views.plain import clean
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import Input, TextArea

    from ppstui.ui.dialogs import Setting
    from ppstui.views.details import Para


class Written(NamedTuple):
    """What a person wrote."""

    text: str
    line: str = ""
    """The line above the text, where one was asked for."""


class Write(Dialog[Written]):
    """A text about an item that is named above it. ctrl+s goes on; esc leaves the text, then the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "go_on", priority=True)]
    _KEYS = "ctrl+s goes on  esc leaves the text"
    _OUTSIDE = "y goes on  e opens the editor  enter back to the text  esc throws it away"

    def __init__(
        self,
        setting: Setting,
        title: str,
        about: tuple[Para, ...],
        *,
        draft: str = "",
        line: str | None = None,
        may_be_empty: bool = False,
        edit: Callable[[str], str | None] | None = None,
        lend: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        """`line`: the hint of a line above the text, None for none. `edit` runs the editor while `lend` lasts."""
        super().__init__(setting, title, self._KEYS)
        self._about, self._draft, self._line, self._may_be_empty = about, draft, line, may_be_empty
        self._edit, self._lend = edit, lend

    def body(self) -> ComposeResult:
        """What it is about, and where to write."""
        from textual.widgets import TextArea  # 40 ms, and most sessions never write a text

        yield text_page(self, self._about)
        if self._line is not None:
            yield field("", self._line)
        area = TextArea(
            self._draft,
            soft_wrap=True,
            show_line_numbers=False,
            compact=True,
            tab_behavior="focus",
            placeholder="write here",
        )
        area.cursor_blink = False
        area.highlight_cursor_line = False
        yield area

    def opened(self) -> None:
        """Begins to write where something is missing."""
        from textual.widgets import Input

        self.query_one("#box").add_class("tall")
        page = self.query_one("#page", Page)
        page.can_focus = False
        page.styles.max_height = "40%"
        (self.query_one(Input) if self._line is not None else self._area).focus()

    @property
    def _area(self) -> TextArea:
        from textual.widgets import TextArea

        return self.query_one(TextArea)

    def _outside(self) -> bool:
        return self.focused is None

    def action_cancel(self) -> None:
        """Out of the text first, so that no stray esc throws words away."""
        if self._outside() or self._area.text == self._draft:
            self.dismiss(None)
            return
        self.set_focus(None)
        self.tell_keys(self._OUTSIDE if self._edit else self._OUTSIDE.replace("e opens the editor  ", ""))

    def action_go_on(self) -> None:
        """With the text, if there is one."""
        from textual.widgets import Input

        line = self.query_one(Input).value.strip() if self._line is not None else ""
        if self._line is not None and not line:
            self.tell_keys("the first line is missing", bad=True)
        elif not self._area.text.strip() and not self._may_be_empty:
            self.tell_keys("there is no text yet  ctrl+s goes on  esc leaves", bad=True)
        else:
            self.dismiss(Written(self._area.text.strip(), line))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From the line into the text."""
        event.stop()
        self._area.focus()

    def on_key(self, event: events.Key) -> None:
        """Outside the text, letters are keys again."""
        if not self._outside():
            return
        event.stop()
        if event.key == "y":
            self.action_go_on()
        elif event.key == "e" and self._edit is not None:
            self.run_worker(self._in_editor(), exclusive=True)
        elif event.key in {"enter", "tab", "i"}:
            self._area.focus()
            self.tell_keys(self._KEYS)
        elif event.key in {"n", "q"}:
            self.dismiss(None)

    async def _in_editor(self) -> None:
        """The person's own editor; what is unchanged, or left with an error, changes nothing here."""
        if self._edit is None or self._lend is None:
            return
        before = self._area.text
        with self._lend():
            after = await asyncio.to_thread(self._edit, before)
        if after is None:
            self.tell_keys("the editor ended with an error; the text is as it was  " + self._OUTSIDE, bad=True)
        elif after.strip() == before.strip():
            self.tell_keys("nothing was changed  " + self._OUTSIDE)
        else:
            self._area.text = after
            self.tell_keys(self._OUTSIDE)


def edit_with(command: str, env: Mapping[str, str]) -> Callable[[str], str | None]:
    """Runs an editor on a text; answers with the new one, or None when it could not run or ended with an error."""
    words_ = shlex.split(command or env.get("VISUAL", "") or env.get("EDITOR", "") or "vi")

    def edit(text: str) -> str | None:
        import subprocess  # only when somebody edits

        with tempfile.TemporaryDirectory(prefix="ppstui-") as folder:
            file = Path(folder) / "text.txt"
            file.write_text(text + "\n", encoding="utf-8")
            try:
                done = subprocess.run([*words_, str(file)], check=False)
                after = file.read_text(encoding="utf-8", errors="replace")
            except OSError:
                return None
            return after.rstrip("\n") if done.returncode == 0 else None

    return edit


class Answered(NamedTuple):
    """What a person wants to be written on teams' behalf."""

    teams: frozenset[Hashable]
    answer: Answer
    note: str
    reason: str
    """Why a rule was overridden, or ""."""


class Effects(NamedTuple):
    """What would happen, as the dialog shows it."""

    paras: tuple[Para, ...]
    blocked: bool
    overridable: bool


class AskAnswer(Dialog[Answered]):
    """Which teams, accept or reject, a note, and the lines that would be written.

    Nothing is chosen beforehand but the team that was asked for.
    """

    def __init__(
        self,
        setting: Setting,
        title: str,
        about: tuple[Para, ...],
        teams: Sequence[tuple[Hashable, str, str]],
        marked: frozenset[Hashable],
        effects: Callable[[frozenset[Hashable], Answer, str], Effects],
    ) -> None:
        """`teams`: key, name, state. `effects` says what an answer would do, without doing it."""
        super().__init__(setting, title, "")
        self._about, self._teams, self._marked, self._effects = about, tuple(teams), marked, effects
        self._answer: Answer | None = None
        self._now: Effects | None = None
        self._asking_reason = False

    def body(self) -> ComposeResult:
        """Item, teams, answer, note, effect."""
        yield text_page(self, self._about, "about")
        yield Table(
            self.palette,
            header=False,
            mark="x" if self.ascii_only else "✓",
            ellipsis="~" if self.ascii_only else "\u203a",
        )
        yield Bar(self.palette, rest=Tone.PLAIN, id="answer")
        yield field("", "note (optional)")
        yield text_page(self, (), "effect")

    def opened(self) -> None:
        """The list has the focus; the note is a tab away."""
        table = self.query_one(Table)
        table.styles.height = max(1, min(len(self._teams), 8))
        table.marks = set(self._marked)
        table.show(Choices(self._teams), PICKED, at=next(iter(sorted(map(str, self._marked))), None))
        for page in ("#about", "#effect"):
            self.query_one(page, Page).can_focus = False
        table.focus()
        self._tell()

    def _tell(self, problem: str = "") -> None:
        table = self.query_one(Table)
        spans: list[tuple[str, str | Tone]] = [("Answer  ", Tone.DIM)]
        for key, answer in (("+", Answer.ACCEPT), ("-", Answer.REJECT)):
            chosen = answer is self._answer
            box = f"({'x' if chosen else ' '})"
            spans.append((f"{box} {key} {words.ANSWERS[answer].word}   ", Tone.STRONG if chosen else Tone.PLAIN))
        self.query_one("#answer", Bar).say(0, spans)
        self._now = None
        if self._answer is not None and table.marks:
            self._now = self._effects(frozenset(table.marks), self._answer, self._note())
        effect = self.query_one("#effect", Page)
        effect.show(self._now.paras if self._now else ())
        effect.refresh(layout=True)
        several = "space marks a team  " if len(self._teams) > 1 else ""
        if problem:
            keys = problem
        elif self._now is None:
            keys = f"{several}+ accept  - reject  tab note  esc leaves it"
        elif self._now.blocked:
            keys = (
                "a rule stands against it"
                + (": o overrides it with a reason" if self._now.overridable else "")
                + "  esc leaves it"
            )
        else:
            keys = f"y queues it  {several}+ accept  - reject  tab note  esc leaves it"
        self.tell_keys(keys, bad=bool(problem))

    def _note(self) -> str:
        from textual.widgets import Input

        return clean(self.query_one(Input).value)

    def on_key(self, event: events.Key) -> None:
        """Keys of the list; in the note letters are letters."""
        from textual.widgets import Input

        table = self.query_one(Table)
        if isinstance(self.focused, Input):
            if event.key == "tab":
                event.stop()
                table.focus()
            return
        event.stop()
        if event.character in {"+", "-"}:
            self._answer = Answer.ACCEPT if event.character == "+" else Answer.REJECT
            self._tell()
        elif event.key == "space":
            table.toggle_mark()
            self._tell()
        elif event.key in {"down", "j", "up", "k"}:
            table.move(1 if event.key in {"down", "j"} else -1)
        elif event.key == "tab":
            self.query_one(Input).focus()
        elif event.key == "y":
            self._go()
        elif event.key == "o" and self._now is not None and self._now.blocked and self._now.overridable:
            self._ask_reason()
        elif event.key in {"n", "q"}:
            self.dismiss(None)
        else:
            scroll(self.query_one("#effect", Page), event.key)

    def _go(self, reason: str = "") -> None:
        marks = frozenset(self.query_one(Table).marks)
        if not marks:
            self._tell("no team is marked: space marks one")
        elif self._answer is None:
            self._tell("choose an answer first: + accept or - reject")
        elif self._now is not None and (not self._now.blocked or reason):
            self.dismiss(Answered(marks, self._answer, self._note(), reason))

    def _ask_reason(self) -> None:
        from textual.widgets import Input

        self._asking_reason = True
        made = field("", "why the rule does not hold here; it is written to the record")
        made.id = "reason"
        self.query_one("#box").mount(made, before="#keys")
        made.focus()
        self.tell_keys("enter queues it with this reason  esc leaves it")
        self.query_one(Input).disabled = True

    def on_input_changed(self, event: Input.Changed) -> None:
        """The note is in the effect."""
        event.stop()
        if not self._asking_reason:
            self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From the note back to the list; from the reason on."""
        event.stop()
        if not self._asking_reason:
            self.query_one(Table).focus()
        elif event.value.strip():
            self._go(event.value.strip())
        else:
            self.tell_keys("an override needs a reason", bad=True)
