"""What is wrong with the words of `do` in themselves, before any record is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.cli.wording import DAY_FORM as _FORM
from ppstui.cli.wording import day_of, wrong
from ppstui.model import Outcome, Ref

if TYPE_CHECKING:
    import argparse
    import datetime as dt
    from collections.abc import Callable

    from ppstui.cli.office import Office

NONE = "none"
"""The word that takes a value out."""
NOBODY = "nobody"
"""The word that takes an owner away."""


def prepare(office: Office) -> None:
    """Refuses what cannot be meant, before anything is read. Raises UsageError."""
    options = office.options
    for text in getattr(options, "ref", None) or []:
        Ref.parse(text)
    if getattr(options, "text", None) is not None and getattr(options, "file", None) is not None:
        raise wrong(office, "--text and --file exclude each other; choose one")
    if options.force and not (options.reason or "").strip():
        raise wrong(office, "--force needs --reason TEXT; the reason is written to the record")
    if options.reason and not (options.force or _explains_itself(options)):
        raise wrong(office, "--reason goes with --force; nothing is overridden without it")
    check = _CHECKS.get(options.action)
    if check is not None and (what := check(options)):
        raise wrong(office, what)


def day(office: Office, text: str, option: str) -> dt.date:
    """A day as it is written on the command line: ISO, or `today` in the desk's zone. Raises UsageError."""
    return day_of(text, office.desk.now(), office.zone, f"do {office.options.action}: {option}")


def outcome(text: str | None) -> Outcome | None:
    """The outcome that is meant; None for `none` and for nothing."""
    word = (text or NONE).strip()
    return None if word.casefold() == NONE else Outcome(word.upper())


# -------------------------------------------------------------------------------------------------- action by action


def _explains_itself(options: argparse.Namespace) -> bool:
    """Whether the action has a reason of its own, whatever rules say."""
    return options.action in _REASONED or (options.action == "report" and options.waive)


_REASONED = frozenset(
    {
        *("extend", "outcome", "resolve"),
        *("pilot-prolong", "pilot-roll-back", "pilot-cancel", "pilot-close", "withdraw"),
    }
)


def _assign(options: argparse.Namespace) -> str:
    named = options.team or options.remove
    if options.propose:
        return "--propose queues nothing; leave --team and --remove out" if named else ""
    return "" if named else "which teams; --team TEAM puts one in, --remove TEAM takes one out"


def _acknowledge(options: argparse.Namespace) -> str:
    return "" if options.answer else "which answer; --answer accept or --answer reject"


def _remind(options: argparse.Namespace) -> str:
    if options.all_overdue and options.team:
        return "--team and --all-overdue exclude each other; choose one"
    if not options.ref and not options.all_overdue:
        return "which record; give SOURCE:ID, or --all-overdue for the whole board"
    return ""


def _new(options: argparse.Namespace) -> str:
    there = (options.title or "").strip()
    return "" if there else "which title; --title 'Staged Rollout STACK-MAJOR COMPONENT VERSION OS ARCH'"


def _poll(options: argparse.Namespace) -> str:
    if options.list is not None and not options.list.strip():
        return "--list: which address; leave it out for the list of the stack"
    return ""


def _expose(options: argparse.Namespace) -> str:
    return "" if options.on else f"since which day; --on DATE: {_FORM}, or today"


def _extend(options: argparse.Namespace) -> str:
    if not options.until:
        return f"until which day; --until DATE: {_FORM}"
    if not (options.reason or "").strip():
        return "why; --reason TEXT says it, and is written to the record"
    return ""


def _report(options: argparse.Namespace) -> str:
    if options.waive and options.file is not None:
        return "--file and --waive exclude each other; choose one"
    if options.waive:
        return "" if (options.reason or "").strip() else "why; --waive needs --reason TEXT, which goes to the record"
    if not options.file:
        return "which file; --file FILE attaches one, --waive --reason TEXT says that none is needed"
    return "one file is the report of one team; name one" if len(options.team) > 1 else ""


def _incident(options: argparse.Namespace) -> str:
    if options.unlink:
        return "" if (options.url or "").strip() else "which link; --url URL says which is to be taken out"
    if options.to is not None:
        return "no incident backend is configured, so none can be opened; --url URL links one that exists"
    if not (options.url or "").strip():
        return "which ticket; --url URL links one that exists, and no incident backend is configured to open one"
    return ""


def _document(options: argparse.Namespace) -> str:
    if options.register:
        return "no document backend is configured, so none can be registered; --id ID or --url URL names one"
    if not ((options.id or "").strip() or (options.url or "").strip()):
        return "which document; --id ID or --url URL"
    if (options.id or "").strip().casefold() == NONE and options.url:
        return f"--id {NONE} takes the document out and --url names one; choose one"
    return ""


def _outcome(options: argparse.Namespace) -> str:
    if options.value.strip().upper() in {NONE.upper(), *(each.value for each in Outcome)}:
        return ""
    return f"{options.value[:40]!r} is no outcome; write ACCEPT or REJECT, or {NONE} to take it out"


def _status(options: argparse.Namespace) -> str:
    return "" if options.value.strip() else "which status; write a word that the source has for one"


def _owner(options: argparse.Namespace) -> str:
    return "" if options.value.strip() else f"which account; write its name, or {NOBODY}"


def _due(options: argparse.Namespace) -> str:
    return "" if options.value.strip() else f"which day; {_FORM}, or {NONE}"


def _field(options: argparse.Namespace) -> str:
    if not (options.name or "").strip():
        return "which field; --name FIELD"
    whole = bool(options.value) + bool(options.clear)
    part = bool(options.add or options.remove)
    if whole + part > 1:
        return "--value, --clear, and --add or --remove exclude each other; choose one"
    return "" if whole or part else "which value; --value TEXT, or --add and --remove TEXT, or --clear"


# --------------------------------------------------------------------------------------------- pilots and the registry


def _pilot_new(options: argparse.Namespace) -> str:
    if not (options.title or "").strip():
        return "which title; --title TITLE"
    if not options.update and not options.requester:
        return "minor or major; --update minor or --update major, or --requester ROLE decides it"
    return ""


def _pilot_step(options: argparse.Namespace) -> str:
    return "" if options.step is not None else "which step; --step N, and ppstui show lists them"


def _prolong(options: argparse.Namespace) -> str:
    return "" if options.until else f"until which day; --until DATE: {_FORM}"


def _pilot_edit(options: argparse.Namespace) -> str:
    given = any(value not in (None, [], False) for name, value in vars(options).items() if name in EDITABLE)
    return "" if given else "what is to change; ppstui do pilot-edit --help lists what can"


EDITABLE = frozenset(
    {
        *("title", "service", "site", "vo", "coordinator", "contact", "on", "set_up", "feedback", "weeks", "plan"),
        *("owner", "milestone", "description", "objectives", "metrics", "use_cases", "documentation", "constraints"),
        *("layout", "users"),
    }
)
"""The options of `pilot-edit` that change something."""


def _party(options: argparse.Namespace) -> str:
    if options.party and options.team and options.party != options.team:
        return f"{options.party[:40]!r} and --team {options.team[:40]!r} are two; name one"
    return "" if (options.party or options.team or "").strip() else "whose; name a team or site, as in NGI_IT-INFN-T1"


def _wish(options: argparse.Namespace) -> str:
    if options.wanted and options.component and options.wanted != options.component:
        return f"{options.wanted[:40]!r} and --component {options.component[:40]!r} are two; name one"
    return "" if (options.wanted or options.component or "").strip() else "which component; name one"


_CHECKS: dict[str, Callable[[argparse.Namespace], str]] = {
    "assign": _assign,
    "acknowledge": _acknowledge,
    "remind": _remind,
    "rollout-new": _new,
    "poll": _poll,
    "expose": _expose,
    "extend": _extend,
    "report": _report,
    "incident": _incident,
    "document": _document,
    "outcome": _outcome,
    "status": _status,
    "owner": _owner,
    "due": _due,
    "field": _field,
    "pilot-new": _pilot_new,
    "pilot-step": _pilot_step,
    "pilot-prolong": _prolong,
    "pilot-edit": _pilot_edit,
    "commit": _party,
    "withdraw": _party,
    "wish": _wish,
}
