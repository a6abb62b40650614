"""Dialogs in which a person writes: a text, and an answer on a team's behalf. The same manners as in `dialogs`."""

from __future__ import annotations

import asyncio
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ppstui.model import Answer
from ppstui.ui.dialogs import PICKED, Choices, Dialog, Field, ask_reason, choice_table, scroll, text_page
from ppstui.ui.forms import Text
from ppstui.ui.lines import Bar, Page
from ppstui.ui.table import Table
from ppstui.views import words
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import TextArea

    from ppstui.ui.dialogs import Setting, Weighed
    from ppstui.ui.screen import Main
    from ppstui.views.details import Para


class Written(NamedTuple):
    """What a person wrote."""

    text: str
    lines: tuple[str, ...] = ()
    """The lines above the text, as many as were asked for."""


class Above(NamedTuple):
    """A line to write above the text."""

    label: str
    hint: str
    text: str = ""


class Write(Dialog[Written]):
    """A text about an item that is named above it. ctrl+s goes on; esc leaves the text, then the dialog."""

    _KEYS = "ctrl+s goes on  esc leaves the text"
    _OUTSIDE = "y goes on  e opens the editor  enter back to the text  esc throws it away"

    def __init__(
        self,
        setting: Setting,
        title: str,
        about: tuple[Para, ...],
        *,
        draft: str = "",
        lines: Sequence[Above] = (),
        may_be_empty: bool = False,
        edit: Callable[[str], str | None] | None = None,
        lend: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        """`lines` are written above the text. `edit` runs the editor while `lend` lasts."""
        super().__init__(setting, title, self._KEYS)
        self._about, self._draft, self._may_be_empty = about, draft, may_be_empty
        self._lines = [Text(f"line{place}", *above) for place, above in enumerate(lines)]
        self._edit, self._lend = edit, lend
        self._place: Text | str = ""
        """The line that is written in, `text`, or "" for neither: then letters are keys."""
        self._begun = self._said()

    def body(self) -> ComposeResult:
        """What it is about, and where to write."""
        from textual.widgets import TextArea  # 40 ms, and most sessions never write a text

        yield text_page(self, self._about, "about")
        for line in self._lines:
            yield Bar(self.palette, rest=Tone.PLAIN, id=line.name)
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
        self.query_one("#box").add_class("tall")
        self.query_one("#about", Page).can_focus = False
        missing = next((line for line in self._lines if not line.value), None)
        self._write_in(missing or "text")

    def on_resize(self) -> None:
        """The lines anew, as wide as there is room now."""
        super().on_resize()
        self._tell_lines()

    @property
    def _area(self) -> TextArea:
        from textual.widgets import TextArea

        return self.query_one(TextArea)

    def _said(self) -> tuple[str, ...]:
        return tuple(line.value for line in self._lines)

    def _write_in(self, place: Text | str) -> None:
        self._place = place
        self.set_focus(self._area if place == "text" else None)
        self._tell_lines()
        outside = self._OUTSIDE if self._edit else self._OUTSIDE.replace("e opens the editor  ", "")
        self.tell_keys(self._KEYS if place else outside)

    def _tell_lines(self) -> None:
        width = max((len(line.label) for line in self._lines), default=0) + 2
        for line in self._lines:
            active = line is self._place
            label = f"{'>' if active else ' '} {line.label}".ljust(width + 1)
            left, right = line.spans(self.inner - width - 1, active=active)
            self.query_one(f"#{line.name}", Bar).say(0, [(label, Tone.STRONG if active else Tone.DIM), *left], right)

    def _next(self, step: int) -> None:
        """From line to line, and into the text after the last one."""
        place = self._lines.index(self._place) + step if isinstance(self._place, Text) else 0
        self._write_in(self._lines[max(place, 0)] if place < len(self._lines) else "text")

    def action_cancel(self) -> None:
        """Out of the text first, so that no stray esc throws words away."""
        if not self._place or (self._area.text == self._draft and self._said() == self._begun):
            self.dismiss(None)
        else:
            self._write_in("")

    def _go_on(self) -> None:
        """With the text, if there is one."""
        missing = next((line for line in self._lines if not line.value), None)
        if missing is not None:
            self._write_in(missing)
            self.tell_keys(f"the {missing.label.casefold()} is missing", bad=True)
        elif not self._area.text.strip() and not self._may_be_empty:
            self.tell_keys("there is no text yet  ctrl+s goes on  esc leaves", bad=True)
        else:
            self.dismiss(Written(self._area.text.strip(), self._said()))

    def on_paste(self, event: events.Paste) -> None:
        """Into the line; the text takes its own."""
        event.stop()
        if isinstance(self._place, Text):
            self._place.paste(event.text)
            self._tell_lines()

    def on_key(self, event: events.Key) -> None:
        """Letters of the line; letters that came before the text was ready; outside both, keys.

        ctrl+s is no binding: one that goes first would overtake letters that are still on their way to the text.
        """
        if event.key == "ctrl+s":
            event.stop()
            self._go_on()
            return
        if self._place == "text":
            if event.is_printable and event.character and not self._area.has_focus:
                self._area.insert(event.character)
            return
        event.stop()
        if isinstance(self._place, Text):
            self._key_of_line(self._place, event)
        elif event.key == "y":
            self._go_on()
        elif event.key == "e" and self._edit is not None:
            self.run_worker(self._in_editor(), exclusive=True)
        elif event.key in {"enter", "tab", "i"}:
            self._write_in(self._lines[0] if self._lines else "text")
        elif event.key in {"n", "q"}:
            self.dismiss(None)

    def _key_of_line(self, line: Text, event: events.Key) -> None:
        if event.key in {"enter", "tab", "down"}:
            self._next(1)
        elif event.key in {"up", "shift+tab"}:
            self._next(-1)
        elif line.key(event.key, event.character):
            self._tell_lines()

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
        effects: Callable[[frozenset[Hashable], Answer, str], Weighed],
    ) -> None:
        """`teams`: key, name, state. `effects` says what an answer would do, without doing it."""
        super().__init__(setting, title, "")
        self._about, self._teams, self._marked, self._effects = about, tuple(teams), marked, effects
        self._answer: Answer | None = None
        self._now: Weighed | None = None
        self._in_note = False
        self._reason: Field | None = None

    def body(self) -> ComposeResult:
        """Item, teams, answer, note, effect."""
        yield text_page(self, self._about, "about")
        yield choice_table(self)
        yield Bar(self.palette, rest=Tone.PLAIN, id="answer")
        yield Field(self.palette, "note (optional)", "note")
        yield text_page(self, (), "effect")

    def opened(self) -> None:
        """The list has the keys; the note is a tab away."""
        table = self.query_one(Table)
        table.styles.height = max(1, min(len(self._teams), 8))
        table.marks = set(self._marked)
        first = next((key for key, _, _ in self._teams if key in self._marked), None)
        table.show(Choices(self._teams), PICKED, at=first)
        for page in self.query(Page):
            page.can_focus = False
        self.set_focus(None)
        self._tell()

    @property
    def _note(self) -> Field:
        return self.query_one("#note", Field)

    def _tell(self, problem: str = "") -> None:
        table = self.query_one(Table)
        spans: list[tuple[str, str | Tone]] = [("Answer  ", Tone.DIM)]
        for key, answer in (("+", Answer.ACCEPT), ("-", Answer.REJECT)):
            chosen = answer is self._answer
            box = f"({'x' if chosen else ' '})"
            spans.append((f"{box} {key} {words.ANSWERS[answer].word}   ", Tone.STRONG if chosen else Tone.PLAIN))
        self.query_one("#answer", Bar).say(0, spans)
        self._note.tell(active=self._in_note)
        self._now = None
        if self._answer is not None and table.marks:
            self._now = self._effects(frozenset(table.marks), self._answer, self._note.edit.text.strip())
        effect = self.query_one("#effect", Page)
        effect.show(self._now.paras if self._now else ())
        effect.refresh(layout=True)
        self.tell_keys(problem or self._keys_now(), bad=bool(problem))

    def _keys_now(self) -> str:
        choose = (
            "space marks a team  " if len(self._teams) > 1 else ""
        ) + "+ accept  - reject  tab note  esc leaves it"
        if self._in_note:
            return "enter or tab back to the list  esc leaves it"
        if self._now is None:
            return choose
        return f"{self._now.verdict.keys('queues {}')}  {choose}"

    def on_key(self, event: events.Key) -> None:
        """Keys of the list; in the note and the reason letters are letters."""
        event.stop()
        if self._reason is not None:
            self._key_of_reason(self._reason, event)
        elif self._in_note:
            self._key_of_note(event)
        elif event.key in {"n", "q"}:
            self.dismiss(None)
        elif not self._key_of_list(event):
            scroll(self.query_one("#effect", Page), event.key)

    def _key_of_note(self, event: events.Key) -> None:
        if event.key in {"tab", "enter", "up", "down"}:
            self._in_note = False
        else:
            self._note.edit.key(event.key, event.character)
        self._tell()

    def _key_of_list(self, event: events.Key) -> bool:
        table = self.query_one(Table)
        if event.character in {"+", "-"}:
            self._answer = Answer.ACCEPT if event.character == "+" else Answer.REJECT
            self._tell()
        elif event.key == "space":
            table.toggle_mark()
            self._tell()
        elif event.key in {"down", "j", "up", "k"}:
            table.move(1 if event.key in {"down", "j"} else -1)
        elif event.key == "tab":
            self._in_note = True
            self._tell()
        elif event.key == "y":
            self._go()
        elif event.key == "o" and self._now is not None and self._now.verdict.liftable:
            self._reason = ask_reason(self)
            self.tell_keys("enter queues it with this reason  esc leaves it")
        else:
            return False
        return True

    def on_paste(self, event: events.Paste) -> None:
        """Into the note or the reason."""
        event.stop()
        if self._reason is not None:
            self._reason.edit.paste(event.text)
            self._reason.tell()
        elif self._in_note:
            self._note.edit.paste(event.text)
            self._tell()

    def _go(self, reason: str = "") -> None:
        marks = frozenset(self.query_one(Table).marks)
        if not marks:
            self._tell("no team is marked: space marks one")
        elif self._answer is None:
            self._tell("choose an answer first: + accept or - reject")
        elif self._now is not None and (self._now.verdict.ready or reason):
            self.dismiss(Answered(marks, self._answer, self._note.edit.text.strip(), reason))

    def _key_of_reason(self, reason: Field, event: events.Key) -> None:
        if event.key != "enter":
            reason.edit.key(event.key, event.character)
            reason.tell()
        elif reason.edit.text.strip():
            self._go(reason.edit.text.strip())
        else:
            self.tell_keys("an override needs a reason", bad=True)


def write_on(
    main: Main,
    title: str,
    about: tuple[Para, ...],
    *,
    text: str = "",
    lines: Sequence[Above] = (),
    may_be_empty: bool = False,
) -> Write:
    """The dialog for a text, with the editor of this session; `text` is what it begins with."""
    return Write(
        main.setting, title, about, draft=text, lines=lines, may_be_empty=may_be_empty,
        edit=edit_with(main.options.editor, main.options.env), lend=main.dashboard.lent,
    )  # fmt: skip
