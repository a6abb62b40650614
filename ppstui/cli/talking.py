"""Talking to a person line by line: questions with a default, choices by number, secrets that are not shown."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from ppstui.cli.console import Console

if TYPE_CHECKING:
    from collections.abc import Sequence

Check = Callable[[str], tuple[str, str] | None]
"""What is wrong with an answer and what to do, or None."""


def anything(_answer: str) -> None:
    """Accepts every answer."""
    return


def _somebody() -> bool:
    return sys.stdin.isatty()


@dataclass(frozen=True, slots=True)
class Talk:
    """How to talk to whoever is there. Every question may raise EOFError or KeyboardInterrupt: the person left."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    ask: Callable[[str], str] = input
    """Shows the prompt and returns the answer; raises EOFError when there is none."""
    ask_secret: Callable[[str], str] = getpass.getpass
    """The same, without showing what is typed."""
    person: bool = field(default_factory=_somebody)
    """Whether somebody can answer."""

    def say(self, text: str = "") -> None:
        """One line, harmless to the terminal whatever a server put into it."""
        from ppstui.views.plain import clean

        indent = " " * (len(text) - len(text.lstrip(" ")))
        Console(out=self.out).say(indent + clean(text))

    def complain(self, sentence: str) -> None:
        """One sentence on standard error."""
        Console(err=self.err).complain(sentence)

    def question(self, text: str, default: str = "", check: Check = anything) -> str:
        """An answer that passes the check; nothing but Enter takes the default."""
        while True:
            answer = self.ask(f"{text} [{default}]: " if default else f"{text}: ").strip() or default
            wrong = check(answer) if answer else ("an answer is needed", "Ctrl-D gives up")
            if wrong is None:
                return answer
            self.say(f"  {wrong[0]}; {wrong[1]}")

    def choice(self, text: str, choices: Sequence[str], default: int = 0) -> int:
        """The place of the chosen one, by its number or by its own words."""
        self.say(text)
        for number, one in enumerate(choices, 1):
            self.say(f"  {number}) {one}")
        folded = [one.casefold() for one in choices]
        numbers = [str(number) for number in range(1, len(choices) + 1)]

        def known(answer: str) -> tuple[str, str] | None:
            there = answer in numbers or answer.casefold() in folded
            return None if there else ("that is none of them", f"write a number from 1 to {len(choices)}")

        answer = self.question("Number", str(default + 1), known)
        return numbers.index(answer) if answer in numbers else folded.index(answer.casefold())

    def secret(self, text: str) -> str:
        """Something typed without being shown: one line, not empty."""
        while True:
            answer = self.ask_secret(f"{text} (not shown while you type): ").strip()
            if answer and answer.isprintable():
                return answer
            self.say("  one line of text is needed; Ctrl-D gives up")
