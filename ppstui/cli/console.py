"""Where the command line meets its surroundings: streams, environment, clock. Tests hand in their own."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from msgspec import Struct, field

from ppstui.views.plain import clean, to_ascii


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _open(stream: TextIO | None) -> TextIO:
    """The stream, or one that leads nowhere: Python has None where a shell closed it with `>&-`."""
    return stream if stream is not None else Path(os.devnull).open("r+", encoding="utf-8")


class Console(Struct, frozen=True):
    """The streams, the environment and the clock of one run."""

    out: TextIO = field(default_factory=lambda: _open(sys.stdout))
    err: TextIO = field(default_factory=lambda: _open(sys.stderr))
    stdin: TextIO = field(default_factory=lambda: _open(sys.stdin))
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    now: Callable[[], dt.datetime] = _now
    """The present instant, aware, UTC."""
    patience: float = 10.0
    """Seconds that a person waits for news while there is something to show."""
    transport: object = None
    """An HTTP transport for tests; None: the network."""

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads standard output."""
        return self.out.isatty()

    @property
    def has_person(self) -> bool:
        """Whether somebody can be asked."""
        return self.stdin.isatty() and self.err.isatty()

    @property
    def ascii_only(self) -> bool:
        """Whether standard output cannot carry more than ASCII."""
        return not (self.out.encoding or "ascii").lower().replace("-", "").startswith("utf")

    @property
    def draws_ascii(self) -> bool:
        """Whether the locale promises no more than ASCII to a screen: LC_ALL, else LC_CTYPE, else LANG decides.

        Python writes UTF-8 under `C` and `POSIX` all the same, so the stream's encoding does not tell.
        """
        locale = next((self.env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if self.env.get(name)), "C")
        return "utf8" not in locale.lower().replace("-", "")

    @property
    def width(self) -> int:
        """The columns of the terminal; COLUMNS wins, 80 when nobody knows."""
        told = self.env.get("COLUMNS", "")
        if told.isascii() and told.isdigit() and int(told) > 0:
            return int(told)
        try:
            return os.get_terminal_size(self.out.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def say(self, line: str = "") -> None:
        """One line on standard output, as far as its encoding can carry it."""
        self.out.write((to_ascii(line) if self.ascii_only else line) + "\n")

    def write_utf8(self, text: bytes) -> None:
        """A document for machines: UTF-8 whatever the locale says."""
        self.out.flush()
        raw = getattr(self.out, "buffer", None)
        if raw is None:
            self.out.write(text.decode())
        else:
            raw.write(text)
            raw.flush()

    def complain(self, sentence: str) -> None:
        """One sentence on standard error: `ppstui: SUBJECT: WHAT; WHAT TO DO`."""
        encoding = (self.err.encoding or "ascii").lower().replace("-", "")
        line = clean(sentence, ascii_only=not encoding.startswith("utf"))
        self.err.write(f"ppstui: {line}\n")
        self.err.flush()
