"""`ppstui completion bash|zsh|fish`: static scripts made from the same tables as the parser."""

from __future__ import annotations

from ppstui.cli.arguments import COMMANDS, EVERY_ACTION, GLOBALS, PANES, Option, Verb, actions, options_of

ACTIONS = actions()


def script(shell: str) -> str:
    """The completion script of that shell."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _flags(options: tuple[Option, ...]) -> str:
    return " ".join(dict.fromkeys(option.name for option in (*options, *GLOBALS)))


def _choices(verb: Verb) -> str:
    return " ".join(choice for positional in verb.positionals for choice in positional.choices)


def _cases() -> list[tuple[str, str]]:
    """What may follow each command, and each action of `do`."""
    cases = [(verb.name, f"{_choices(verb)} {_flags(verb.options)}".strip()) for verb in COMMANDS if verb.name != "do"]
    cases.append(("do", f"{' '.join(action.name for action in ACTIONS)} {_flags(EVERY_ACTION)}"))
    return cases + [
        (f"do {action.name}", f"{_choices(action)} {_flags(options_of(action))}".strip()) for action in ACTIONS
    ]


_EVERY = (*GLOBALS, *EVERY_ACTION, *(option for verb in (*COMMANDS, *ACTIONS) for option in verb.options))


def _valued() -> str:
    """Every option that takes a value, as a shell pattern: what follows it is no command."""
    return "|".join(dict.fromkeys(option.name for option in _EVERY if option.value))


def _files() -> str:
    """Every option that takes a file, as a shell pattern."""
    return "|".join(dict.fromkeys(option.name for option in _EVERY if option.value == "FILE"))


def _chosen() -> dict[str, str]:
    """What may follow each option whose values are known."""
    return {option.name: " ".join(option.choices) for option in _EVERY if option.choices}


def _bash() -> str:
    cases = "\n".join(f'        "{name}") words="{words}" ;;' for name, words in _cases())
    values = "\n".join(
        f'        {name}) COMPREPLY=($(compgen -W "{words}" -- "$word")); return ;;'
        for name, words in _chosen().items()
    )
    top = " ".join([*(verb.name for verb in COMMANDS), *PANES, *(option.name for option in GLOBALS)])
    return f"""# bash completion for ppstui: source it, or put it where your completions are
_ppstui() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command="" words="" skip="" each
    case "$previous" in
        {_files()}) compopt -o default; COMPREPLY=(); return ;;
{values}
    esac
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        if [ -n "$skip" ]; then skip=""; continue; fi
        case "$each" in
            {_valued()}) skip=1 ;;
            -*) ;;
            *) if [ -z "$command" ]; then command=$each
               elif [ "$command" = do ]; then command="do $each"; fi ;;
        esac
    done
    case "$command" in
{cases}
        *) words="{top}" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -F _ppstui ppstui
"""


def _quoted(text: str) -> str:
    return text.replace("'", "`").replace("[", "(").replace("]", ")").replace(":", " -")


def _zsh() -> str:
    commands = "\n".join(f"        '{verb.name}:{_quoted(verb.help)}'" for verb in COMMANDS)
    doings = "\n".join(f"        '{action.name}:{_quoted(action.help)}'" for action in ACTIONS)
    cases = "\n".join(f"        '{name}') compadd -- {words} ;;" for name, words in _cases() if name != "do")
    values = "\n".join(f"        {name}) compadd {words}; return ;;" for name, words in _chosen().items())
    return f"""#compdef ppstui
# zsh completion for ppstui: put it as _ppstui into a folder of $fpath
_ppstui() {{
    local command="" skip="" each
    local -a commands actions
    commands=(
{commands}
    )
    actions=(
{doings}
    )
    case "$words[CURRENT-1]" in
        {_files()}) _files; return ;;
{values}
    esac
    for each in "${{(@)words[2,CURRENT-1]}}"; do
        if [[ -n "$skip" ]]; then skip=""; continue; fi
        case "$each" in
            {_valued()}) skip=1 ;;
            -*) ;;
            *) if [[ -z "$command" ]]; then command=$each
               elif [[ "$command" == do ]]; then command="do $each"; fi ;;
        esac
    done
    case "$command" in
        '') _describe command commands; compadd -- {" ".join(PANES)} {" ".join(option.name for option in GLOBALS)} ;;
        'do') _describe action actions; compadd -- {_flags(EVERY_ACTION)} ;;
{cases}
    esac
}}
if [ "$funcstack[1]" = "_ppstui" ]; then _ppstui "$@"; else compdef _ppstui ppstui; fi
"""


def _fish() -> str:
    lines = [
        "# fish completion for ppstui: put it as ppstui.fish into ~/.config/fish/completions",
        "complete -c ppstui -f",
    ]
    names = " ".join([*(verb.name for verb in COMMANDS), *PANES])
    bare = f"not __fish_seen_subcommand_from {names}"
    for verb in COMMANDS:
        lines.append(f"complete -c ppstui -n '{bare}' -a {verb.name} -d '{_quoted(verb.help)}'")
        seen = f"__fish_seen_subcommand_from {verb.name}"
        if choices := _choices(verb):
            lines.append(f"complete -c ppstui -n '{seen}' -a '{choices}'")
        lines.extend(_fish_option(option, seen) for option in verb.options)
    lines.append(f"complete -c ppstui -n '{bare}' -a '{' '.join(PANES)}' -d 'the dashboard'")
    every = " ".join(action.name for action in ACTIONS)
    for action in ACTIONS:
        seen = f"__fish_seen_subcommand_from do; and not __fish_seen_subcommand_from {every}"
        lines.append(f"complete -c ppstui -n '{seen}' -a {action.name} -d '{_quoted(action.help)}'")
        seen = f"__fish_seen_subcommand_from do; and __fish_seen_subcommand_from {action.name}"
        if choices := _choices(action):
            lines.append(f"complete -c ppstui -n '{seen}' -a '{choices}'")
        lines.extend(_fish_option(option, seen) for option in options_of(action))
    lines.extend(_fish_option(option, "") for option in GLOBALS)
    return "\n".join(lines) + "\n"


def _fish_option(option: Option, seen: str) -> str:
    where = f" -n '{seen}'" if seen else ""
    takes = "" if not option.value else " -r -F" if option.value == "FILE" else " -x"
    values = f" -a '{' '.join(option.choices)}'" if option.choices else ""
    return f"complete -c ppstui{where} -l {option.name[2:]}{takes}{values} -d '{_quoted(option.help)}'"
