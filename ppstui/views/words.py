"""How times, states and actions are said, in one place for the dashboard, the command line and the log.

Times are relative ("2 h left") or carry their offset; never a bare clock time. Every state has a sign of one cell, an
ASCII sign and a word, so that nothing is said by colour alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    KeepPublication,
    Mention,
    NewRollout,
    Poll,
    Publish,
    Remind,
    Reply,
    Report,
    Resolve,
    SaveBulletin,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    State,
    command_name,
)
from ppstui.rules.rollouts import Code, Mover, Severity, Stage, TeamState

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.model import Command
    from ppstui.rules.rollouts import Attention

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


# ------------------------------------------------------------------------------------------------------------- times


def span(seconds: float, *, compact: bool = False) -> str:
    """A length of time by its largest fitting unit, rounded down: `42 s`, `20 min`, `2 h`, `3 d`; compact `2h`."""
    whole = int(abs(seconds))
    gap = "" if compact else " "
    if whole < 2 * _MINUTE:
        return f"{whole}{gap}s"
    if whole < 2 * _HOUR:
        return f"{whole // _MINUTE}{gap}{'m' if compact else 'min'}"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}{gap}h"
    return f"{whole // _DAY}{gap}d"


def left(due: dt.datetime, now: dt.datetime, *, compact: bool = False) -> str:
    """`2 h left`, `due now`, `3 d late`. At the very due instant it is still in time (DOMAIN §3)."""
    seconds = (due - now).total_seconds()
    if seconds < 0:
        return f"{span(seconds, compact=compact)} late"
    return f"{span(seconds, compact=compact)} left" if seconds >= 1 else "due now"


def ago(at: dt.datetime, now: dt.datetime, *, compact: bool = False) -> str:
    """`42 s ago`, `just now`, or `in 20 min` for what is still to come."""
    seconds = (now - at).total_seconds()
    if seconds <= -1:
        return f"in {span(seconds, compact=compact)}"
    return f"{span(seconds, compact=compact)} ago" if seconds >= 1 else "just now"


def moment(at: dt.datetime, zone: dt.tzinfo) -> str:
    """An instant in the desk's zone with its offset: `Mon 2026-11-23 16:40 +01:00`."""
    local = at.astimezone(zone)
    return f"{_WEEKDAYS[local.weekday()]} {local.isoformat(' ', 'minutes')[:16]} {local.isoformat()[-6:]}"


def day(at: dt.date) -> str:
    """A day with its weekday: `Mon 2026-11-23`."""
    return f"{_WEEKDAYS[at.weekday()]} {at.isoformat()[:10]}"


def deadline(due: dt.datetime, now: dt.datetime, zone: dt.tzinfo) -> str:
    """The long form: `2 h left, due Mon 2026-11-23 16:40 +01:00`."""
    return f"{left(due, now)}, due {moment(due, zone)}"


def attention(entry: Attention, now: dt.datetime) -> str:
    """What needs attention and how long there is: `no answer from ea-NGI_IT-INFN-T1 (3 d late)`."""
    return f"{entry.text} ({left(entry.due, now)})" if entry.due else entry.text


def of_source(name: str, text: str) -> str:
    """What is said of a source, led by its name once: the errors of most sources bring it along."""
    return text if text.startswith(f"{name}:") else f"{name}: {text}"


# ------------------------------------------------------------------------------------------------------------ states


class Sign(Struct, frozen=True):
    """How a state is shown."""

    glyph: str
    """One cell wide on every terminal: no ambiguous width, and nothing that some fonts draw as a picture."""
    ascii: str
    """The same in one ASCII character."""
    word: str
    """What a person calls it."""

    def mark(self, *, ascii_only: bool = False) -> str:
        """The sign for this terminal."""
        return self.ascii if ascii_only else self.glyph


STAGES = {
    Stage.NEW_UNASSIGNED: Sign("✱", "*", "new, no team yet"),
    Stage.AWAITING_ACK: Sign("◷", "?", "awaiting answers"),
    Stage.NO_EA: Sign("∅", "0", "no early adopter"),
    Stage.TESTING: Sign("⚑", "t", "testing"),
    Stage.EXPOSURE: Sign("▸", ">", "exposed to production"),
    Stage.REPORTS_DUE: Sign("✎", "r", "reports due"),
    Stage.READY_TO_CLOSE: Sign("»", "!", "ready to close"),
    Stage.CLOSED_ACCEPT: Sign("✓", "+", "closed, accepted"),
    Stage.CLOSED_REJECT: Sign("✗", "x", "closed, rejected"),
    Stage.CLOSED: Sign("∎", ".", "closed without an outcome"),
    Stage.STALLED: Sign("=", "=", "stalled"),
}

TEAMS = {
    TeamState.NOTIFIED: Sign("◷", "?", "told, no answer yet"),
    TeamState.ACK_OVERDUE: Sign("!", "!", "answer overdue"),
    TeamState.ACCEPTED: Sign("✓", "+", "accepted"),
    TeamState.REJECTED: Sign("✗", "x", "declined"),
    TeamState.TESTING: Sign("⚑", "t", "testing"),
    TeamState.EXPOSING: Sign("▸", ">", "exposed to production"),
    TeamState.REPORT_MISSING: Sign("✎", "r", "report missing"),
    TeamState.REPORTED: Sign("◉", "v", "reported"),
    TeamState.WITHDRAWN: Sign("⊘", "-", "withdrawn"),
}

SEVERITIES = {
    Severity.BLOCKED: Sign("⊘", "#", "blocked"),
    Severity.LATE: Sign("!", "!", "late"),
    Severity.SOON: Sign("◷", "~", "soon"),
    Severity.INFO: Sign("i", "i", "to know"),
}

MOVERS = {
    Mover.COORDINATOR: Sign("⌂", "C", "coordinator"),
    Mover.EARLY_ADOPTER: Sign("⚑", "E", "early adopter"),
    Mover.DEVELOPER: Sign("⌘", "D", "developer"),
    Mover.NOBODY: Sign("-", ".", "nobody"),
}

ENTRIES = {
    State.WAITING: Sign("◌", "~", "waiting"),
    State.SENDING: Sign("↻", ">", "sending"),
    State.HELD: Sign("=", "=", "held"),
    State.PARKED: Sign("!", "!", "parked"),
    State.DONE: Sign("✓", "+", "done"),
    State.UNDONE: Sign("⊘", "-", "undone"),
    State.DISCARDED: Sign("✗", "x", "discarded"),
}

ANSWERS = {Answer.ACCEPT: Sign("✓", "+", "accept"), Answer.REJECT: Sign("✗", "x", "reject")}

CODES = {
    Code.UNASSIGNED: "no team chosen",
    Code.ACK_DUE: "answer due",
    Code.ACK_OVERDUE: "answer overdue",
    Code.NO_EA: "no early adopter",
    Code.UNASSIGNED_VOLUNTEER: "volunteer to confirm",
    Code.EXPOSURE_SHORT: "exposure too short",
    Code.EXPOSURE_ENDING: "exposure ends",
    Code.EXPOSURE_OVER: "exposure over",
    Code.REPORT_MISSING: "report missing",
    Code.REPORT_MISNAMED: "report misnamed",
    Code.OUTCOME_MISSING: "outcome missing",
    Code.DOCUMENT_MISSING: "document missing",
    Code.LINKS_MISSING: "links missing",
    Code.INCIDENT_OPEN: "incident open",
    Code.BETA_LEFT: "beta flag left on",
    Code.READY_TO_CLOSE: "ready to close",
    Code.CONFLICT: "conflict",
    Code.TITLE_UNPARSED: "title unreadable",
    Code.PARENT_OUT_OF_STEP: "parent out of step",
    Code.STALLED: "stalled",
}
"""The short name of each attention code, for narrow columns."""


# ----------------------------------------------------------------------------------------------------------- actions


def bare_team(team: str) -> str:
    """The team as the acknowledgement line writes it: without `ea-` (DOMAIN §4.2)."""
    return team[3:] if team[:3].casefold() == "ea-" else team


def size(octets: int) -> str:
    """How big a file is: `812 bytes`, `14 kB`, `2.3 MB`."""
    if octets < _KILO:
        return f"{octets} byte{'' if octets == 1 else 's'}"
    return f"{octets / _KILO:.0f} kB" if octets < _KILO * _KILO else f"{octets / _KILO / _KILO:.1f} MB"


_KILO = 1000


def command_text(command: Command) -> str:
    """What an outbox entry says: the text that is sent, the teams, the values that are set."""
    match command:
        case Comment() | Reply():
            return command.text
        case NewRollout():
            return command.title
        case Poll():
            return f"{command.to}: {command.subject}\n\n{command.text}"
        case Remind():
            also = f" (also {', '.join(map(str, command.also))})" if command.also else ""
            return f"{', '.join(command.teams)}{also}: {command.text}"
        case Assign() | Acknowledge() | Expose() | Extend() | Report():
            return _of_teams(command)
        case Incident() | Document() | SetOutcome() | Resolve() | SetDue() | SetOwner() | SetStatus() | SetField():
            return _of_values(command)
        case Mention() | SaveBulletin() | KeepPublication() | Publish():
            from ppstui.views.issues import bulletin_text  # nor of these

            return bulletin_text(command)
        case _:
            from ppstui.views.preview_commands import preview_text  # most outboxes hold none of these

            return preview_text(command)


def _of_teams(command: Assign | Acknowledge | Expose | Extend | Report) -> str:
    match command:
        case Assign():
            return " ".join([f"+{team}" for team in command.add] + [f"-{team}" for team in command.remove])
        case Acknowledge():
            line = f"{command.answer.value} {bare_team(command.team)}"
            return f"{line}: {command.note}" if command.note else line
        case Expose():
            return f"{command.team or 'all teams'} from {command.on.isoformat()}"
        case Extend():
            return f"{command.team or 'all teams'} until {command.until.isoformat()}: {command.reason}"
        case Report():
            if command.waive:
                return f"{command.team}: no report needed: {command.waive}"
            return f"{command.team}: {command.name} ({size(command.size)})"


def _of_values(
    command: Incident | Document | SetOutcome | Resolve | SetDue | SetOwner | SetStatus | SetField,
) -> str:
    match command:
        case Incident():
            said = f"{'-' if command.remove else '+'}{command.url} {command.title}".strip()
            return f"{said}: {command.text}" if command.text else said
        case Document():
            return f"{command.document} {command.url}".strip() or "none"
        case SetOutcome():
            return _because(command.outcome.value if command.outcome else "none", command.reason)
        case Resolve():
            outcome = command.outcome.value if command.outcome else "the outcome it has"
            document = f"document {command.document}" if command.document else "the document it has"
            return _because(f"{outcome}, {document} {command.url}".strip(), command.reason)
        case SetDue():
            return command.due.isoformat() if command.due else "none"
        case SetOwner():
            return command.owner or "nobody"
        case SetStatus():
            return command.status
        case SetField():
            return " ".join([f"{command.name}:", *_values(command)])


def _because(text: str, reason: str) -> str:
    return f"{text}: {reason}" if reason else text


def _values(command: SetField) -> list[str]:
    changes = [f"+{value}" for value in command.add] + [f"-{value}" for value in command.remove]
    if command.values is None:
        return changes
    return [", ".join(command.values) or "none", *changes]


def command_title(command: Command) -> str:
    """Names an action and its record, for dialogs and lists: `acknowledge rt:1234`."""
    return f"{command_name(command)} {command.target}"
