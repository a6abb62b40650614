"""Records as rows of named texts, for CSV: one column per fact, the same columns whatever a record lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.views.issues import ISSUE_PATHS
from ppstui.views.meetings import MEETING_PATHS, AgendaItemRecord
from ppstui.views.pilot_records import PILOT_PATHS, PilotAttentionEntry
from ppstui.views.records import AttentionEntry, EntryRecord, TeamEntry

if TYPE_CHECKING:
    from ppstui.views.records import AnyRecord

PATHS: dict[str, tuple[str, ...]] = {
    **PILOT_PATHS,
    **MEETING_PATHS,
    **ISSUE_PATHS,
    "rollouts": (
        *("ref", "source", "id", "url", "title", "title_problem", "stack", "major", "component", "version", "os"),
        *("arch", "status", "stage", "owner", "created", "updated", "due", "parent", "outcome", "document", "teams"),
        *("exposure.start", "exposure.earliest_end", "exposure.end", "exposure.extended", "exposure.reason"),
        *("incidents", "links.release_notes", "links.bugs", "links.documentation", "attention", "whose_move"),
        *("pending", "rev", "due_day", "polled"),
    ),
    "acks": (
        *("ref", "rollout", "source", "title", "component", "version", "stage", "team", "ngi", "site", "state"),
        *("notified", "due", "answered", "late", "answer", "evidence", "report.name", "report.valid"),
        *("report.problem", "report.url", "url", "waived"),
    ),
    "reports": (
        *("ref", "rollout", "source", "title", "stack", "component", "version", "team", "ngi", "site", "state"),
        *("name", "valid", "problem", "report_url", "at", "exposure_end", "url"),
    ),
    "teams": (
        *("ref", "source", "id", "name", "ngi", "site", "contact", "components", "active", "open_rollouts"),
        *("answers_overdue", "reports_missing", "levels", "committed", "last_answered", "median_response_hours"),
        *("unanswered", "url"),
    ),
    "outbox": (
        *("id", "action", "ref", "text", "asked_at", "state", "tries", "last_error", "receipt", "base_rev", "by"),
        *("due", "settled_at", "reason", "before", "conflict", "mail"),
    ),
}
"""The columns of each kind, as paths into its records; a column's title has `_` for the dot."""


def titles(kind: str) -> list[str]:
    """The column titles of a kind."""
    return [path.replace(".", "_") for path in PATHS[kind]]


def row(kind: str, record: AnyRecord) -> list[str]:
    """The record as one row: lists joined by `; `, unknown as ""."""
    return [_text(_at(record, path)) for path in PATHS[kind]]


def _at(record: object, path: str) -> object:
    for name in path.split("."):
        record = getattr(record, name, None)
    return record


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return "; ".join(map(_text, value))
        case TeamEntry():
            return f"{value.team} {value.state}"
        case AttentionEntry():
            return f"{value.severity} {value.code}" + (f" {value.team}" if value.team else "")
        case PilotAttentionEntry():
            return f"{value.severity} {value.code}" + (f" step {value.step}" if value.step else "")
        case AgendaItemRecord():
            return value.title
        case EntryRecord():
            return f"{value.id} {value.action} {value.state}"
        case _:
            return str(value)
