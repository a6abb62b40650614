"""One line to write in, without a widget: keys come in, spans come out.

A widget would take the focus a moment after it was asked for, and a person's next letters, already on their way over a
slow line, would be taken for commands. This takes every key in its turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.views.plain import cell_width, clean
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppstui.ui.lines import Look

_MOST = 1000


def _word_back(before: str, after: str) -> tuple[str, str]:
    kept = before.rstrip()
    return kept[: kept.rfind(" ") + 1], after


_KEYS: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "backspace": lambda before, after: (before[:-1], after),
    "delete": lambda before, after: (before, after[1:]),
    "ctrl+u": lambda _, after: ("", after),
    "ctrl+k": lambda before, _: (before, ""),
    "ctrl+w": _word_back,
    "left": lambda before, after: (before[:-1], before[-1:] + after),
    "right": lambda before, after: (before + after[:1], after[1:]),
    "home": lambda before, after: ("", before + after),
    "end": lambda before, after: (before + after, ""),
}
"""What comes before the cursor and after it, once a key was pressed; as in a shell."""
_KEYS |= {short: _KEYS[name] for short, name in (("ctrl+a", "home"), ("ctrl+e", "end"), ("ctrl+h", "backspace"))}


class LineEdit:
    """The text and where the cursor stands in it."""

    def __init__(self, text: str = "", hint: str = "") -> None:
        """`hint` stands there while there is no text."""
        self.text, self.hint = text, hint
        self.at = len(text)

    def key(self, key: str, character: str | None) -> bool:
        """Takes a key; False when it means nothing to a line of text."""
        known = _KEYS.get(key)
        before, after = self.text[: self.at], self.text[self.at :]
        if known is not None:
            before, after = known(before, after)
        elif character is not None and character.isprintable():
            before += character
        else:
            return False
        self.text, self.at = (before + after)[:_MOST], min(len(before), _MOST)
        return True

    def paste(self, text: str) -> None:
        """Takes pasted text, as one line."""
        pasted = clean(text, 2 * _MOST)
        self.text = (self.text[: self.at] + pasted + self.text[self.at :])[:_MOST]
        self.at = min(self.at + len(pasted), _MOST)

    def spans(self, width: int, *, active: bool = True, look: str | Tone = "field") -> list[Look]:
        """The line as it looks, its cursor in sight; without the cursor when somebody else has the keys."""
        text = clean_cells(self.text)
        if not active:
            return [(text or self.hint, look if text else Tone.DIM)]
        start = 0
        while cell_width(text[start : self.at]) >= max(width - 1, 1):
            start += 1
        under = text[self.at : self.at + 1] or " "
        rest = text[self.at + 1 :] if text else self.hint
        return [(text[start : self.at], look), (under, "cursor"), (rest, look if text else Tone.DIM)]


def clean_cells(text: str) -> str:
    """The text with what could drive a terminal replaced sign by sign, so that the cursor's place stays true."""
    return "".join(char if char.isprintable() else "?" for char in text)
