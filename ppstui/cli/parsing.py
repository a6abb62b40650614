"""The declared commands as parsers of the standard library, which cost 3 ms: a plain `ppstui` does without them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from ppstui.cli.arguments import GLOBALS
from ppstui.errors import UsageError

if TYPE_CHECKING:
    from ppstui.cli.arguments import Option, Verb


class Usage(argparse.ArgumentParser):
    """A parser that raises instead of printing and exiting."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError in the form of SURFACE §1."""
        name = self.prog.removeprefix("ppstui").strip()
        raise UsageError(f"{name + ': ' if name else ''}{message}; see {self.prog} --help")


def parser_of(verb: Verb) -> Usage:
    """The parser of one command; global options are welcome in any place."""
    parser = Usage(
        prog=f"ppstui {verb.name}".strip(),
        description=verb.help[:1].upper() + verb.help[1:] + "." if verb.help else None,
        allow_abbrev=False,
        add_help=False,
    )
    for positional in verb.positionals:
        nargs = ("*" if positional.optional else "+") if positional.many else "?" if positional.optional else None
        parser.add_argument(
            positional.name,
            help=positional.help,
            nargs=nargs,
            metavar=positional.shown or "|".join(positional.choices) or positional.name.upper(),
            choices=positional.choices if positional.choices and positional.checked else None,
        )
    for option in verb.options:
        _add(parser, option)
    parser.add_argument("-h", "--help", action="store_true", help="this text", default=argparse.SUPPRESS)
    group = parser.add_argument_group("everywhere")
    for option in GLOBALS:
        if option.name not in {each.name for each in verb.options}:
            _add(group, option)
    return parser


def _add(parser: argparse._ActionsContainer, option: Option) -> None:
    # Unset stays absent (SUPPRESS), so that `parse_intermixed_args`, which parses twice, cannot reset a value.
    if not option.value:
        parser.add_argument(option.name, action="store_true", help=option.help, default=argparse.SUPPRESS)
        return
    parser.add_argument(
        option.name,
        metavar=option.value,
        help=option.help.replace("%", "%%"),
        action="append" if option.repeatable else "store",
        choices=option.choices or None,
        type=_whole_number if option.whole_number else _seconds if option.seconds else str,
        default=argparse.SUPPRESS,
    )


def _whole_number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86400:  # noqa: PLR2004 - a day
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number of seconds between 0 and 86400")
    return seconds
