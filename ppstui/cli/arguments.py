"""The commands and options of SURFACE §1 and §2, declared once: the parser, the help and the completions read these.

Global options stand before or after the command. A value may begin with a dash (`--where -is:late`). Every mistake is a
`UsageError` with one sentence.
"""

from __future__ import annotations

from difflib import get_close_matches
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from ppstui import __version__
from ppstui.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

KINDS = (
    *("rollouts", "acks", "reports", "pilots", "vacancies", "tasks", "teams", "commitments", "wishes", "meetings"),
    *("bulletins", "outbox"),
)
"""What `list` can list now."""
LATER_KINDS = ("downtimes",)
"""Kinds that the surface names and no source here serves."""
PANES = ("rollouts", "acks", "pilots")
"""Panes the dashboard can open on; `ppstui outbox` is the command, its pane is a key away."""
OUTBOX_VERBS = ("list", "show", "retry", "discard", "comment", "log")
BULLETIN_VERBS = ("show", "draft", "edit", "check", "publish", "correct", "history")
FORMATS = ("text", "markdown", "html", "twiki", "dokuwiki", "json")
REGISTRY_VERBS = ("export", "import")
CONFIG_VERBS = ("check", "init", "schema", "blame", "paths")
SHELLS = ("bash", "zsh", "fish")


BY = ("team", "site", "role", "pilot", "month", "quarter")
"""How `effort` groups; a team and a site are the same partner."""


class Option(Struct, frozen=True, kw_only=True):
    """One option: `--name`, and what it takes."""

    name: str
    help: str
    value: str = ""
    """The placeholder of its value; "" for a switch."""
    choices: tuple[str, ...] = ()
    repeatable: bool = False
    whole_number: bool = False
    seconds: bool = False

    @property
    def field(self) -> str:
        """Its name in the parsed arguments."""
        return self.name.removeprefix("--").replace("-", "_")


class Positional(Struct, frozen=True, kw_only=True):
    """One argument without a name."""

    name: str
    help: str
    choices: tuple[str, ...] = ()
    many: bool = False
    optional: bool = False
    checked: bool = True
    """False: `choices` are offered, and the command itself says in its own words what is none of them."""
    shown: str = ""
    """The placeholder in help texts; "" for the choices, or the name in capitals."""


class Verb(Struct, frozen=True, kw_only=True):
    """One command, or one action of `do`."""

    name: str
    help: str
    positionals: tuple[Positional, ...] = ()
    options: tuple[Option, ...] = ()


_JSON = Option(name="--json", help="one JSON document on standard output")
_WHERE = Option(name="--where", value="QUERY", help="only what matches, as in: is:late team:INFN-T1 due:<2d")
_WAIT = Option(
    name="--wait", value="SECONDS", help="how long to wait for the delivery (10); 0 only queues", seconds=True
)
_REF = Positional(name="ref", help="SOURCE:ID, or SOURCE:ID/TEAM for one team's part")

GLOBALS = (
    Option(name="--config", value="FILE", help="read this configuration file"),
    Option(name="--demo", help="a made-up world with every kind of trouble; touches nothing of yours"),
    Option(name="--read-only", help="refuse every write"),
    Option(name="--offline", help="answer from the local store and open no connection"),
    Option(name="--theme", value="NAME", help="colours of the dashboard"),
    Option(name="--ascii", help="draw with plain ASCII"),
    Option(name="--low-bandwidth", help="send fewer bytes to the terminal (by itself over SSH)"),
    Option(name="--no-low-bandwidth", help="do not save bytes, also over SSH"),
    Option(name="--mouse", help="let the dashboard use the mouse"),
    Option(name="--fresh", help="forget the pane, filter and sorting of last time"),
)

COMMANDS = (
    Verb(
        name="list",
        help="the records of a kind, most pressing first",
        positionals=(Positional(name="kind", help="what to list", choices=KINDS, checked=False),),
        options=(
            _WHERE,
            Option(name="--view", value="NAME", help="a saved view of the configuration"),
            Option(name="--sort", value="COLUMN", help="sort by a column, -COLUMN the other way round"),
            Option(name="--all", help="closed ones too"),
            Option(name="--limit", value="N", help="at most so many", whole_number=True),
            _JSON,
            Option(name="--csv", help="comma-separated values, safe to open in a spreadsheet"),
            Option(name="--md", help="a Markdown table"),
            Option(
                name="--refresh",
                help="read every source first; else only those not read for as long as their refresh says",
            ),
        ),
    ),
    Verb(
        name="show",
        help="one record, whole: fields, teams, timeline, attention, pending actions",
        positionals=(_REF,),
        options=(
            _JSON,
            Option(name="--md", help="a pilot as a page of Markdown"),
            Option(name="--picture", value="FILE", help="a pilot's line of time as a picture, FILE.svg or FILE.png"),
            Option(name="--refresh", help="fail when its source does not answer, instead of showing what was stored"),
        ),
    ),
    Verb(
        name="why",
        help="what blocks it, whose move it is, what would unblock it",
        positionals=(_REF,),
        options=(
            _JSON,
            Option(name="--refresh", help="fail when its source does not answer, instead of showing what was stored"),
        ),
    ),
    Verb(name="do", help="an action on one or several records; `ppstui do --help` lists the actions"),
    Verb(
        name="bulletin",
        help="the weekly bulletin: drafted from the board, edited, checked, published once",
        positionals=(
            Positional(
                name="verb",
                help="show (usual), draft, edit, check, publish, correct (what is published), or history",
                choices=BULLETIN_VERBS,
                optional=True,
            ),
        ),
        options=(
            Option(name="--for", value="AUDIENCE", help="whose bulletin; left out: the one whose meeting comes first"),
            Option(
                name="--issue",
                value="2026-W47",
                help="which issue, by its ISO week; left out: the one in work, else the last",
            ),
            Option(
                name="--format",
                value="FORMAT",
                help="how it is written down; publish, correct: in place of the target's own",
                choices=FORMATS,
            ),
            Option(name="--template", value="built-in", help="without your own templates", choices=("built-in",)),
            Option(name="--to", value="TARGET", help="publish, correct: only there; may be repeated", repeatable=True),
            Option(name="--what", value="TEXT", help="correct: what the correction corrects, in a sentence"),
            Option(name="--dry-run", help="publish, correct: the exact bytes; draft: keep nothing"),
            Option(
                name="--force", help="publish in spite of the check list, or over a colleague's draft; needs --reason"
            ),
            Option(name="--reason", value="TEXT", help="why; kept with what was done"),
            Option(name="--refresh", help="read every source first; else only those not read lately"),
            _WAIT,
            _JSON,
        ),
    ),
    Verb(
        name="outbox",
        help="every write ever asked for, and how it ended",
        positionals=(
            Positional(
                name="verb",
                help="list, show, retry, discard, comment (keep only my comment), or log (everything, to keep)",
                choices=OUTBOX_VERBS,
                optional=True,
            ),
            Positional(name="id", help="the entry's number", optional=True),
        ),
        options=(
            Option(name="--failed", help="retry: everything that was refused, instead of one entry"),
            _JSON,
            Option(name="--csv", help="log: comma-separated values, safe to open in a spreadsheet"),
            Option(name="--md", help="log: a Markdown table"),
            _WAIT,
        ),
    ),
    Verb(
        name="undo",
        help="takes back the last reversible action, or that one",
        positionals=(Positional(name="id", help="the outbox entry's number", optional=True),),
        options=(
            Option(name="--dry-run", help="say what would be taken back, and what cannot be; change nothing"),
            _JSON,
            _WAIT,
        ),
    ),
    Verb(
        name="sync", help="reads every source once, delivers what is due, says what could not be done", options=(_JSON,)
    ),
    Verb(
        name="meeting",
        help="the next meeting: its agenda, what is to be done before it, what is to be decided there",
        positionals=(Positional(name="name", help="which; left out: whichever comes first", optional=True),),
        options=(
            Option(name="--minutes", help="the minutes of the last time that some were written"),
            _JSON,
        ),
    ),
    Verb(
        name="effort",
        help="what pilots cost: planned beside recorded work, and what the document states",
        options=(
            Option(name="--by", value="team|site|role|pilot", help="how it is grouped (pilot)", choices=BY),
            Option(name="--since", value="DATE", help="from that day on; work of an unknown day is then left out"),
            Option(name="--until", value="DATE", help="up to that day, inclusive"),
            _JSON,
            Option(name="--csv", help="comma-separated values, safe to open in a spreadsheet"),
            Option(name="--refresh", help="read every source of pilots first"),
        ),
    ),
    Verb(
        name="tick",
        help="ticks duties of `list tasks` that no board can show done",
        positionals=(Positional(name="key", help="the duty's code or key; several may be given", many=True),),
        options=(Option(name="--undo", help="take the tick away again"),),
    ),
    Verb(
        name="registry",
        help="partners, commitments and wishes to a file and back",
        positionals=(
            Positional(name="verb", help="export or import", choices=REGISTRY_VERBS),
            Positional(name="path", help="a .csv or .toml file; - for standard output or input", shown="FILE"),
        ),
        options=(
            Option(name="--source", value="NAME", help="whose registry; may be left out when there is one only"),
            Option(name="--format", value="csv|toml", help="when the name does not tell", choices=("csv", "toml")),
            Option(name="--keep-good", help="import: what is right, although other rows are wrong"),
            Option(name="--replace", help="import: take out what the file has not"),
            Option(name="--dry-run", help="import: say what would change; change nothing"),
            _JSON,
            _WAIT,
        ),
    ),
    Verb(
        name="watch",
        help="append-only lines, one per change; for screen readers and logs",
        options=(_WHERE, Option(name="--once", help="the present attention list, then stop")),
    ),
    Verb(
        name="config",
        help="the configuration: check it, make one, its schema, where each value comes from, every path",
        positionals=(Positional(name="verb", help="what to do", choices=CONFIG_VERBS),),
        options=(Option(name="--yes", help="init: take every default without asking"),),
    ),
    Verb(
        name="doctor",
        help="terminal, charset, clock, secrets, every source: is it there, are we let in, what can it do",
        options=(_JSON,),
    ),
    Verb(
        name="completion",
        help="prints the completions of a shell",
        positionals=(Positional(name="shell", help="which shell", choices=SHELLS),),
    ),
)

EVERY_ACTION = (
    Option(name="--dry-run", help="say what would happen and what stands against it; queue nothing"),
    _WAIT,
    Option(name="--force", help="override a rule that may be overridden; needs --reason"),
    Option(name="--reason", value="TEXT", help="why; written to the record"),
    _JSON,
)


def actions() -> tuple[Verb, ...]:
    """Everything that `do` can do. The dashboard, which asks for nothing of it, does not load it."""
    from ppstui.cli.bulletin_actions import BULLETIN_ACTIONS
    from ppstui.cli.preview_actions import PREVIEW_ACTIONS
    from ppstui.cli.rollout_actions import ROLLOUT_ACTIONS

    return (*ROLLOUT_ACTIONS, *PREVIEW_ACTIONS, *BULLETIN_ACTIONS)


# ----------------------------------------------------------------------------------------------------------- reading


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Reads a command line; `command` is its name, "" for the dashboard, "help" or "version" for a text in `text`.

    Raises UsageError.
    """
    if not set(argv) - {option.name for option in GLOBALS if not option.value}:
        return _only_switches(argv)
    place = _first_word(argv, GLOBALS)
    word = argv[place] if place is not None else ""
    before = argv[:place] if place is not None else argv
    if "--help" in before or "-h" in before or word == "help":
        return _help(overview())
    if "--version" in before:
        return _help(f"ppstui {__version__}\n")
    if place is None or word in PANES:
        return _read(Verb(name="", help="", positionals=(Positional(name="pane", help="", optional=True),)), argv)
    verb = _named(word, COMMANDS)
    if verb is None:
        raise UsageError(_unknown(word))
    rest = [*argv[:place], *argv[place + 1 :]]
    return _read_action(rest) if verb.name == "do" else _read(verb, rest)


def _help(text: str) -> argparse.Namespace:
    return cast("argparse.Namespace", SimpleNamespace(command="help", text=text))


def _only_switches(argv: Sequence[str]) -> argparse.Namespace:
    """The dashboard as it is mostly started: nothing to parse, so no parser is loaded and built."""
    given = {option.field: None if option.value else option.name in argv for option in GLOBALS}
    return cast("argparse.Namespace", SimpleNamespace(command="", pane=None, **given))


def _read_action(argv: Sequence[str]) -> argparse.Namespace:
    known = tuple(option for action in actions() for option in action.options)
    place = _first_word(argv, (*GLOBALS, *EVERY_ACTION, *known))
    if place is None:
        if "--help" in argv or "-h" in argv:
            return _help(actions_overview())
        raise UsageError(f"do: which action; this version can do {_names(actions())}")
    action = _named(argv[place], actions())
    if action is None:
        near = get_close_matches(argv[place], [each.name for each in actions()], 1)
        hint = f"did you mean {near[0]}? It" if near else "it"
        raise UsageError(f"do: this version has no action {argv[place]!r}; {hint} can do {_names(actions())}")
    verb = Verb(
        name=f"do {action.name}",
        help=action.help,
        positionals=action.positionals,
        options=options_of(action),
    )
    found = _read(verb, [*argv[:place], *argv[place + 1 :]])
    if found.command != "help":
        found.command, found.action = "do", action.name
    return found


def options_of(action: Verb) -> tuple[Option, ...]:
    """Every option of an action of `do`; what it says itself of one of those that all have counts."""
    own = {option.name for option in action.options}
    return (*action.options, *(option for option in EVERY_ACTION if option.name not in own))


def _read(verb: Verb, argv: Sequence[str]) -> argparse.Namespace:
    from ppstui.cli.parsing import parser_of  # 3 ms with the standard library's parser

    parser = parser_of(verb)
    if "--help" in argv or "-h" in argv:
        return _help(parser.format_help())
    found = parser.parse_intermixed_args(_with_values_joined(argv, (*GLOBALS, *verb.options)))
    for option in GLOBALS + verb.options:
        if not hasattr(found, option.field):
            setattr(found, option.field, [] if option.repeatable else None if option.value else False)
    found.command = verb.name
    _check_characters(found)
    return found


def _check_characters(found: argparse.Namespace) -> None:
    """Refuses words whose bytes are no UTF-8, which no server could be told; names of files may be anything."""
    for name, value in vars(found).items():
        for text in value if isinstance(value, list) else (value,):
            if name in ("file", "config", "path", "picture") or not isinstance(text, str) or text.isascii():
                continue
            if any("\ud800" <= sign <= "\udfff" for sign in text):
                what = f"{found.command}: {name}" if found.command else name
                raise UsageError(f"{what.replace('_', '-')} holds bytes that are no characters; write it in UTF-8")


def _first_word(argv: Sequence[str], options: Sequence[Option]) -> int | None:
    """Where the first token stands that is neither an option nor an option's value."""
    valued = {option.name for option in options if option.value}
    skip = False
    for place, word in enumerate(argv):
        if skip:
            skip = False
        elif word in valued:
            skip = True
        elif not word.startswith("-") or word == "-":
            return place
    return None


def _with_values_joined(argv: Sequence[str], options: Sequence[Option]) -> list[str]:
    """`--where X` as `--where=X`, because argparse takes a value that begins with a dash for an option."""
    valued = {option.name for option in options if option.value}
    names = {option.name for option in options}
    joined: list[str] = []
    words = iter(enumerate(argv))
    for place, word in words:
        following = argv[place + 1] if place + 1 < len(argv) else None
        if word == "--":
            joined.extend(argv[place:])
            break
        if word in valued and following is not None and following not in names:
            joined.append(f"{word}={following}")
            next(words)
        else:
            joined.append(word)
    return joined


def _named(name: str, verbs: Sequence[Verb]) -> Verb | None:
    return next((verb for verb in verbs if verb.name == name), None)


def _names(verbs: Sequence[Verb]) -> str:
    names = [verb.name for verb in verbs]
    return ", ".join(names[:-1]) + f" and {names[-1]}"


def _unknown(word: str) -> str:
    known = [verb.name for verb in COMMANDS] + list(PANES)
    near = get_close_matches(word, known, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{word[:60]!r} is not a command; {hint}there are {_names(COMMANDS)}, and the panes {', '.join(PANES)}"


# -------------------------------------------------------------------------------------------------------------- help


def overview() -> str:
    """The text of `ppstui --help`."""
    lines = [
        "usage: ppstui [PANE] [options]        the dashboard",
        "       ppstui COMMAND [options]       `ppstui COMMAND --help` says more",
        "",
        f"panes: {', '.join(PANES)}",
        "",
        "commands:",
        *(f"  {verb.name:<12}{verb.help}" for verb in COMMANDS),
        "",
        "options, before or after the command:",
        *(f"  {(option.name + ' ' + option.value).strip():<20}{option.help}" for option in GLOBALS),
        f"  {'--help':<20}this text",
        f"  {'--version':<20}the version",
        "",
        "exit codes: 0 done, 1 a source refused or failed, 2 wrong usage, 3 configuration, 4 no such record,",
        "            5 a rule or a newer change stands against it, 6 queued and not yet delivered, 7 interrupted",
    ]
    return "\n".join(lines) + "\n"


def actions_overview() -> str:
    """The text of `ppstui do --help`."""
    lines = [
        "usage: ppstui do ACTION REF... [options]        `ppstui do ACTION --help` says more",
        "",
        "actions:",
        *(f"  {action.name:<16}{action.help}" for action in actions()),
        "",
        "options of every action:",
        *(f"  {(option.name + ' ' + option.value).strip():<20}{option.help}" for option in EVERY_ACTION),
    ]
    return "\n".join(lines) + "\n"
