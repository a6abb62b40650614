"""A form: a few lines to fill in, and what would happen, told while they are filled in. The manners of `dialogs`.

Enter goes from line to line; after the last one, or with ctrl+s, letters are keys and `y` queues it. Nothing is queued
from inside a line, so that no letter of a text can be a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ppstui.ui.dialogs import Dialog, Field, Verdict, Weighed, ask_reason, give_room, scroll, text_page
from ppstui.ui.lineedit import LineEdit
from ppstui.ui.lines import Bar, Page
from ppstui.views.details import Para
from ppstui.views.plain import cell_width, cut
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from ppstui.ui.dialogs import Setting
    from ppstui.ui.lines import Look
    from ppstui.ui.paths import Completion

_LABEL = 12
_LEAST = 16
"""Cells a line to write in keeps, whatever is said beside it."""


class Input:
    """One line of a form."""

    def __init__(self, name: str, label: str, when: Callable[[Mapping[str, str]], bool] | None = None) -> None:
        """`when`: whether it is asked for at all, given what stands in the others."""
        self.name, self.label, self.when = name, label, when

    @property
    def value(self) -> str:
        """What stands in it."""
        raise NotImplementedError

    @property
    def below(self) -> str:
        """What is said in a line under it, "" for nothing."""
        return ""

    def key(self, key: str, character: str | None) -> bool:
        """Takes a key; False when it means nothing to it."""
        raise NotImplementedError

    def tab(self) -> bool:
        """Takes tab, when there is something to complete."""
        return False

    def paste(self, text: str) -> None:
        """Takes pasted text, if it takes any."""

    def spans(self, width: int, *, active: bool) -> tuple[list[Look], list[Look]]:
        """How it looks in so many cells, from the left and from the right."""
        raise NotImplementedError


class Text(Input):
    """A line to write in."""

    def __init__(
        self,
        name: str,
        label: str,
        hint: str = "",
        text: str = "",
        *,
        when: Callable[[Mapping[str, str]], bool] | None = None,
        reads: Callable[[str], tuple[str, Tone]] | None = None,
        completes: Callable[[str], Completion] | None = None,
    ) -> None:
        """`reads` says beside it how the text is understood; `completes` is what tab does."""
        super().__init__(name, label, when)
        self.edit = LineEdit(text, hint)
        self._reads, self.completes = reads, completes
        self._choices: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        """The text without what surrounds it."""
        return self.edit.text.strip()

    @property
    def below(self) -> str:
        """What it may be completed to."""
        return "  ".join(self._choices)

    def key(self, key: str, character: str | None) -> bool:
        """As a line takes it."""
        taken = self.edit.key(key, character)
        if taken:
            self._choices = ()
        return taken

    def tab(self) -> bool:
        """Completes; False when there is nothing to complete."""
        if self.completes is None:
            return False
        done = self.completes(self.edit.text)
        news = done.text != self.edit.text or done.choices != self._choices
        if done.text != self.edit.text:
            self.edit = LineEdit(done.text, self.edit.hint)
        self._choices = done.choices
        return news

    def paste(self, text: str) -> None:
        """As one line."""
        self.edit.paste(text)

    def spans(self, width: int, *, active: bool) -> tuple[list[Look], list[Look]]:
        """The line, and beside it how it is understood."""
        right: list[Look] = []
        if self._reads is not None and self.value:
            text, tone = self._reads(self.value)
            text = cut(text, max(width - _LEAST - 2, 0))
            right = [(f"  {text}", tone)] if text else []
        room = width - sum(cell_width(text) for text, _ in right)
        line = self.edit.spans(room - 1, active=active)
        used = 1 + sum(cell_width(text) for text, _ in line)
        return [(" ", "field"), *line, (" " * max(room - used, 0), "field")], right


class OneOf(Input):
    """A choice between a few things, none of them made beforehand unless it was asked for."""

    def __init__(
        self,
        name: str,
        label: str,
        options: Sequence[tuple[str, str, str]],
        at: str = "",
        *,
        when: Callable[[Mapping[str, str]], bool] | None = None,
    ) -> None:
        """`options`: value, word, note. `at`: the value that is chosen, "" for none yet."""
        super().__init__(name, label, when)
        self._options = tuple(options)
        self._at = next((index for index, option in enumerate(self._options) if at and option[0] == at), -1)
        self._typed = ""

    @property
    def value(self) -> str:
        """The value chosen, "" for none."""
        return self._options[self._at][0] if self._at >= 0 else ""

    def key(self, key: str, character: str | None) -> bool:
        """Arrows and space go round; letters go to the word they are found in."""
        step = {"right": 1, "space": 1, "left": -1}.get(key)
        if step is not None:
            self._typed = ""
            many = len(self._options)
            self._at = (self._at + step) % many if self._at >= 0 else (0 if step > 0 else many - 1)
            return True
        if character is None or not character.isprintable():
            return False
        for typed in (self._typed + character, character):
            found = self._find(typed.casefold())
            if found is not None:
                self._typed, self._at = typed, found
                return True
        return False

    def _find(self, typed: str) -> int | None:
        """The first word that begins so, else one that holds it."""
        folded = [word.casefold() for _, word, _ in self._options]
        begins = next((index for index, word in enumerate(folded) if word.startswith(typed)), None)
        return begins if begins is not None else next((i for i, word in enumerate(folded) if typed in word), None)

    def spans(self, width: int, *, active: bool) -> tuple[list[Look], list[Look]]:
        """All of them where they fit, else the one that is chosen and how many there are."""
        all_ = "   ".join(f"( ) {word}" for _, word, _ in self._options)
        if cell_width(all_) <= width:
            spans: list[Look] = []
            for index, (_, word, _) in enumerate(self._options):
                chosen = index == self._at
                look: str | Tone = ("field" if active else Tone.STRONG) if chosen else Tone.PLAIN
                spans += [(f"({'x' if chosen else ' '}) {word}", look), ("   ", Tone.PLAIN)]
            return spans, []
        _, word, note = self._options[self._at] if self._at >= 0 else ("", "none chosen", "left and right choose")
        look = "field" if active else Tone.STRONG if self._at >= 0 else Tone.DIM
        many = f"  {self._at + 1 or '-'} of {len(self._options)}"
        return [(f"< {word} >", look), (f"  {note}", Tone.DIM)], [(many, Tone.DIM)]


class Filled(NamedTuple):
    """What a person filled in."""

    values: Mapping[str, str]
    reason: str
    """Why a rule was overridden, or ""."""


class Form(Dialog[Filled]):
    """A few lines about an item that is named above them, and the effect below them."""

    DEFAULT_CSS = """
    Form #effect { margin-top: 1; }
    Form.low #effect { margin-top: 0; }
    """

    def __init__(
        self,
        setting: Setting,
        title: str,
        about: tuple[Para, ...],
        inputs: Sequence[Input],
        weigh: Callable[[Mapping[str, str]], Weighed],
        *,
        does: str = "queues {}",
        live: bool = True,
        begin: int = 0,
    ) -> None:
        """`weigh` says what would happen, without doing it; without `live` only once all lines are filled in.

        `begin`: the line to begin in.
        """
        super().__init__(setting, title, "")
        self._about, self._inputs, self._weigh = about, tuple(inputs), weigh
        self._does, self._live = does, live
        self._at: Input | None = self._inputs[begin]
        self._begun = self._values()
        self._now: Weighed | None = None
        self._reason: Field | None = None
        self._told_reason = ""

    def body(self) -> ComposeResult:
        """Item, lines, effect."""
        yield text_page(self, self._about, "about")
        for each in self._inputs:
            yield Bar(self.palette, rest=Tone.PLAIN, id=f"in-{each.name}")
        yield text_page(self, (), "effect")

    def opened(self) -> None:
        """The first line has the keys."""
        for page in self.query(Page):
            page.can_focus = False
        self.set_focus(None)
        self._tell()

    def on_resize(self) -> None:
        """The lines anew, as wide as there is room now."""
        super().on_resize()
        self._tell()

    # ------------------------------------------------------------------------------------------------------- the lines

    def _values(self) -> dict[str, str]:
        values = {each.name: each.value for each in self._inputs}
        for each in self._inputs:
            if each.when is not None and not each.when(values):
                values[each.name] = ""
        return values

    def _asked(self) -> list[Input]:
        values = {each.name: each.value for each in self._inputs}
        return [each for each in self._inputs if each.when is None or each.when(values)]

    def _go(self, step: int) -> None:
        """To the line before or after this one; after the last one letters are keys."""
        asked = self._asked()
        if self._at is None:
            self._at = asked[0] if step > 0 else asked[-1]
            return
        place = (asked.index(self._at) if self._at in asked else 0) + step
        self._at = asked[place] if 0 <= place < len(asked) else None if place > 0 else asked[0]

    # --------------------------------------------------------------------------------------------------------- painting

    def _tell(self, problem: str = "") -> None:
        asked = self._asked()
        width = self.inner - _LABEL - 2
        for each in self._inputs:
            bar = self.query_one(f"#in-{each.name}", Bar)
            bar.display = each in asked
            active = each is self._at and self._reason is None
            left, right = each.spans(width, active=active)
            label = f"{'>' if active else ' '} {each.label}".ljust(_LABEL + 2)
            bar.say(0, [(label, Tone.STRONG if active else Tone.DIM), *left], right)
            below = each.below if active else ""
            bar.say(1, [(" " * (_LABEL + 3) + below, Tone.DIM)])
            bar.styles.height = 2 if below else 1
        values = self._values()
        if self._live or self._at is None:
            self._now = self._weigh(values)
        effect = self.query_one("#effect", Page)
        if self._now is not None:
            missing = (Para(((self._now.problem, Tone.SOON),)),) if self._now.problem else ()
            effect.show((*missing, *self._now.paras), keep=True)
            effect.refresh(layout=True)
        self.share_room(0)
        self.tell_keys(problem or self._keys_now(), bad=bool(problem))

    def share_room(self, room: int) -> None:
        """The item gives way first, then the effect; the lines only once they are filled in and it is to be read."""
        del room
        height, low = self.app.size.height, self.app.size.height < 20  # noqa: PLR2004 - as in the rules above
        asked, effect = self._asked(), self.query_one("#effect", Page)
        lines = sum(2 if each.below and each is self._at else 1 for each in asked)
        chrome = 4 + (2 if low else 5) + (1 if self._reason is not None else 0)
        left = int(height * 0.96) - chrome - lines
        about = self.query_one("#about", Page)
        give_room(about, min(max(left // 3, 1), 6))
        share = min(about.get_content_height(self.app.size, self.app.size, self.inner), max(left // 3, 1), 6)
        needed = effect.get_content_height(self.app.size, self.app.size, self.inner)
        folded = self._at is None and needed > left - share
        for each in asked:
            self.query_one(f"#in-{each.name}", Bar).display = not folded
        give_room(effect, left - share + (lines if folded else 0))

    def _keys_now(self) -> str:
        if self._at is not None:
            tab = "tab completes  " if isinstance(self._at, Text) and self._at.completes else ""
            choose = "left/right choose  " if isinstance(self._at, OneOf) else ""
            return f"{choose}enter goes on  {tab}ctrl+s to the end  esc leaves it"
        if self._now is None or self._now.problem:
            return "enter back to the lines  esc leaves it"
        return f"{self._now.verdict.keys(self._does)}  enter back to the lines  esc leaves it"

    # ------------------------------------------------------------------------------------------------------------ keys

    def _review(self) -> None:
        """To the end: nothing is queued by this."""
        if self._reason is None:
            self._at = None
            self._tell()

    def action_cancel(self) -> None:
        """Out of the lines first, where something was written, so that no stray esc throws words away."""
        if self._at is not None and self._values() != self._begun:
            self._at = None
            self._tell()
        else:
            self.dismiss(None)

    def on_paste(self, event: events.Paste) -> None:
        """Into the line that is written in."""
        event.stop()
        if self._reason is not None:
            self._reason.edit.paste(event.text)
            self._reason.tell()
        elif self._at is not None:
            self._at.paste(event.text)
            self._tell()

    def on_key(self, event: events.Key) -> None:
        """Letters of the lines; outside them, keys. ctrl+s waits for the letters that were typed before it."""
        event.stop()
        if event.key == "ctrl+s":
            self._review()
        elif self._reason is not None:
            self._key_of_reason(self._reason, event)
        elif event.key in {"pagedown", "pageup"}:
            scroll(self.query_one("#effect", Page), event.key)
        elif self._at is not None:
            self._key_of_line(self._at, event)
        else:
            self._key_at_the_end(event)

    def _key_of_line(self, line: Input, event: events.Key) -> None:
        if event.key == "tab" and line.tab():
            pass
        elif event.key in {"enter", "tab", "down"}:
            self._go(1)
        elif event.key in {"shift+tab", "up"}:
            self._go(-1)
        elif not line.key(event.key, event.character):
            return
        self._tell()

    def _key_at_the_end(self, event: events.Key) -> None:
        now = self._now
        if event.key == "y":
            self._take("")
        elif event.key == "o" and now is not None and not now.problem and now.verdict.liftable:
            self._reason = ask_reason(self, self._values().get("reason", ""))
            self._tell()
            self.tell_keys(f"enter {self._does.format('it')} with this reason  esc leaves it")
        elif event.key in {"enter", "tab", "i"}:
            self._go(1)
            self._tell()
        elif event.key in {"shift+tab", "up"}:
            self._go(-1)
            self._tell()
        elif event.key in {"n", "q"}:
            self.dismiss(None)
        else:
            scroll(self.query_one("#effect", Page), event.key)

    def _take(self, reason: str) -> None:
        now = self._now
        if now is None or now.problem:
            self._tell(now.problem if now else "nothing to do")
        elif now.verdict.ready or reason:
            self.dismiss(Filled(self._values(), reason))

    def _key_of_reason(self, reason: Field, event: events.Key) -> None:
        if event.key != "enter":
            reason.edit.key(event.key, event.character)
            reason.tell()
        elif reason.edit.text.strip():
            self._take(reason.edit.text.strip())
        else:
            self.tell_keys("an override needs a reason", bad=True)


def nothing_yet(problem: str, total: int = 1) -> Weighed:
    """What a form shows while something is missing."""
    return Weighed((), Verdict(0, total), problem)
