"""Where each key of a TOML text stands; `tomllib` tells values but no places.

The text must have been accepted by `tomllib` first: this reader follows the grammar only as far as places need it.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left

Path = tuple[str | int, ...]
"""A key's way down from the top: names of tables and keys, and numbers (from 0) of list elements."""

# Compiled by `re` when somebody is to be told a line, which a file without mistakes never asks for: 0.3 ms.
_SPACE = r"[ \t]*"
_BLANK = r"(?:[ \t\n]|#[^\n]*)*"
_BARE = r"[A-Za-z0-9_-]+"
_STRING = (
    r'(?s)"""(?:\\.|[^\\])*?"""(?!")'  # up to two quotes may stand directly before the closing three
    r"|'''.*?'''(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_SCALAR = r"[^,\]}#\n]*"


def key_lines(text: str) -> dict[Path, int]:
    """The line, from 1, of every table, key and list element of a valid TOML text."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.lines


def dotted(path: Path) -> str:
    """A key's way as a person writes it: `views.rollouts[1].title`, list elements counted from 1."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            name = part if re.fullmatch(_BARE, part) else quoted(part)
            text += f".{name}" if text else name
    return text


def quoted(text: str) -> str:
    """A TOML basic string of that text, on one line and free of control characters."""
    body = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + re.sub(r"[^\x20-\U0010ffff]|[\x7f-\x9f]", lambda odd: f"\\u{ord(odd[0]):04x}", body) + '"'


class _Scanner:
    """Walks over the text once, left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self._counts: dict[Path, int] = {}
        """How many elements each list of tables has so far: a header's later names go into the last one."""

    def document(self) -> None:
        table: Path = ()
        while self._skip(_BLANK) < len(self.text):
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)

    def _skip(self, pattern: str) -> int:
        found = re.compile(pattern).match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _line(self) -> int:
        return bisect_left(self._ends, self.at) + 1

    def _header(self) -> Path:
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        line = self._line()
        self.at += brackets
        *outer, last = self._names()
        self.at += brackets
        path: Path = ()
        for name in outer:
            path = self._inside((*path, name))
            self.lines.setdefault(path, line)
        path = (*path, last)
        if brackets == 1:
            path = self._inside(path)
        else:
            self.lines.setdefault(path, line)
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            path = (*path, number)
        self.lines[path] = line
        return path

    def _inside(self, path: Path) -> Path:
        count = self._counts.get(path)
        return path if count is None else (*path, count - 1)

    def _names(self) -> list[str]:
        names: list[str] = []
        while True:
            self._skip(_SPACE)
            start = self.at
            if self._skip(_BARE) > start:
                names.append(self.text[start : self.at])
            elif self._skip(_STRING) > start:
                names.append(tomllib.loads(f"name = {self.text[start : self.at]}")["name"])
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for name in self._names():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        first = self.text[self.at]
        if first == "[":
            self._items(path, "]")
        elif first == "{":
            self._items(path, "}")
        elif first in "\"'":
            self._skip(_STRING)
        else:
            self._skip(_SCALAR)

    def _items(self, path: Path, end: str) -> None:
        self.at += 1
        number = 0
        while self._skip(_BLANK) < len(self.text) and self.text[self.at] != end:
            if end == "]":
                self.lines[*path, number] = self._line()
                self._value((*path, number))
                number += 1
            else:
                self._pair(path)
            self._skip(_BLANK)
            if self.text.startswith(",", self.at):
                self.at += 1
        self.at += 1
