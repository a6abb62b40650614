"""Foreign text made safe to print, and measured in terminal cells.

Titles, mails and names come from strangers: they may hold escape sequences, direction overrides, invisible characters
and towers of accents. What is printed keeps its letters and loses what would drive the terminal or shift a column.
"""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands where a control character was, so that nothing disappears unseen."""

_MOST_MARKS = 3
"""Combining marks kept on one letter: real writing systems need no more, towers of them overflow their line."""

# Compiled by `re` at the first text that needs them, which a screen of plain titles never does: 1 ms.
_SPACES = "[ \t\n\v\f\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
_LINE_ENDS = "\r\n|[\n\v\f\r\x85\u2028\u2029]"
_CONTROLS = "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
_INVISIBLE = (
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_ASCII = str.maketrans(
    {
        "\u2026": "...",
        "\u2192": "->",
        "\u2190": "<-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u00b7": "-",
        "\u2022": "*",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2019": "'",
        "\u2018": "'",
        "\u2713": "+",
        "\u2717": "x",
        "\u25cc": "~",
        "\u00df": "ss",
        "\u00e6": "ae",
        "\u00c6": "AE",
        "\u00f8": "o",
        "\u00d8": "O",
        "\u0142": "l",
        "\u0141": "L",
    },
)


def clean(text: str, width: int | None = None, *, ascii_only: bool = False) -> str:
    """The text in one line, safe for any terminal, cut to `width` cells with `…` (`...` in ASCII).

    Line ends, tabs and odd spaces become single spaces; control characters become a visible replacement; direction
    overrides, invisible characters and surplus accents go.
    """
    ellipsis = "..." if ascii_only else "…"
    more = width is not None and len(text) > (enough := 16 * width + 256)
    if more:
        text = text[:enough]  # a title of 10 kB costs a row no more than a long one
    if not (text.isascii() and text.isprintable() and "  " not in text):
        text = _printable(re.sub(_SPACES, " ", text))
    text = text.strip()
    if ascii_only:
        text = to_ascii(text)
    if width is None:
        return text
    if more and cell_width(text) <= width:
        return cut(text, width - len(ellipsis), "") + ellipsis
    return cut(text, width, ellipsis)


def clean_lines(text: str, *, ascii_only: bool = False) -> list[str]:
    """The text line by line, each as `clean` makes it but with its own spaces and indentation; tabs become spaces."""
    lines = (_printable(line.expandtabs(8)).rstrip() for line in re.split(_LINE_ENDS, text))
    return [to_ascii(line) for line in lines] if ascii_only else list(lines)


def _printable(text: str) -> str:
    if text.isascii():
        return text if text.isprintable() else re.sub(_CONTROLS, REPLACEMENT, text)
    text = re.sub(_INVISIBLE, "", unicodedata.normalize("NFC", re.sub(_CONTROLS, REPLACEMENT, text)))
    return "".join(_steady(text))


def _steady(text: str) -> list[str]:
    """Without what terminals disagree about: joined emoji, skin tones, marks without a letter, towers of marks."""
    kept: list[str] = []
    marks = 0
    for place, char in enumerate(text):
        if char in _JOINERS:
            if _is_letter(text, place - 1) and _is_letter(text, place + 1):
                kept.append(char)
        elif unicodedata.category(char) in ("Mn", "Me"):
            marks += 1
            if kept and kept[-1] != " " and marks <= _MOST_MARKS:
                kept.append(char)
        elif not (ord(char) in _SKIN_TONES and kept and cell_width(kept[-1]) == 2):  # noqa: PLR2004 - a wide emoji
            marks = 0
            kept.append(char)
    return kept


def _is_letter(text: str, place: int) -> bool:
    return 0 <= place < len(text) and unicodedata.category(text[place])[0] in "LM"


def cell_width(text: str) -> int:
    """How many cells a terminal gives the text; meant for cleaned text."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    code = ord(char)
    if code < 0x300:  # noqa: PLR2004 - Latin: no marks, nothing wide
        return 1
    category = unicodedata.category(char)
    # Vowels and final consonants of Korean syllables written apart are drawn into the cell of the first consonant.
    if category in ("Mn", "Me", "Mc", "Cf", "Zl", "Zp") or 0x1160 <= code < 0x1200 or 0xD7B0 <= code < 0xD800:  # noqa: PLR2004
        return 0
    if category == "Cn" and 0x1F300 <= code < 0x1FB00:  # noqa: PLR2004 - emoji younger than Python's tables
        return 2
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """At most `width` cells of cleaned text, ending in the ellipsis when something was left out."""
    if cell_width(text) <= width:
        return text
    room = width - len(ellipsis)
    if room < 0:
        return ellipsis[: max(width, 0)]
    used = 0
    for place, char in enumerate(text):
        used += _char_width(char)
        if used > room:
            return text[:place].rstrip() + ellipsis
    return text


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Cleaned text filled with spaces to `width` cells; `right` puts the spaces before it."""
    spaces = " " * max(width - cell_width(text), 0)
    return spaces + text if right else text + spaces


def wrap(text: str, width: int) -> list[str]:
    """Cleaned text broken at spaces into lines of at most `width` cells; a longer word is broken where it must be."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        rest = word
        if line and cell_width(line) + 1 + cell_width(rest) <= width:
            line = f"{line} {rest}"
            continue
        if line:
            lines.append(line)
        while cell_width(rest) > width:
            head = cut(rest, width, "") or rest[0]
            lines.append(head)
            rest = rest[len(head) :]
        line = rest
    return [*lines, line]


def to_ascii(text: str) -> str:
    """The nearest plain ASCII: accents go, `…` becomes `...`, what has no likeness becomes `?`."""
    if text.isascii():
        return text
    bare = unicodedata.normalize("NFKD", text.translate(_ASCII))
    return "".join(
        char if char.isascii() else "?" for char in bare if char.isascii() or not unicodedata.combining(char)
    )
