"""What can be asked of a pilot, by the names of its JSON: for `--where`, the pane's filter, saved views and sorting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Entry, Pilot, command_name
from ppstui.query import FieldKind
from ppstui.rules.pilots.standings import PilotCode, PilotPhase, PilotStanding, PilotState
from ppstui.rules.standings import Severity
from ppstui.views.fields import Field, Fields, in_conflict

if TYPE_CHECKING:
    from collections.abc import Iterable


class PilotSubject(Struct, frozen=True):
    """A pilot under question."""

    pilot: Pilot
    standing: PilotStanding
    entries: tuple[Entry, ...] = ()
    """Its outbox entries."""
    me: frozenset[str] = frozenset()
    """How the trackers know the user, case-folded."""


_TEXT, _WORD, _NUMBER = FieldKind.TEXT, FieldKind.WORD, FieldKind.NUMBER
_FUTURE, _PAST = FieldKind.FUTURE, FieldKind.PAST
_SEVERITIES = tuple(severity.value for severity in Severity)


def _flags(subject: PilotSubject) -> Iterable[str]:
    pilot, standing = subject.pilot, subject.standing
    marks = {entry.severity.value for entry in standing.attention if entry.severity is not Severity.INFO}
    codes = {entry.code for entry in standing.attention}
    marks.add("open" if standing.state.live else "closed")
    marks.update(
        name
        for name, holds in (
            ("mine", pilot.coordinator.casefold() in subject.me),
            ("pending", any(entry.state.pending for entry in subject.entries)),
            ("conflict", in_conflict(subject.entries)),
            ("running", standing.phase is PilotPhase.RUN and standing.state.live),
            ("prolonged", standing.prolonged),
            ("volunteer", bool(standing.volunteers)),
            ("ready", PilotCode.READY_TO_CLOSE in codes),
            ("attention", bool(standing.attention)),
        )
        if holds
    )
    return marks


PILOTS = Fields[PilotSubject](
    flags=(
        *("late", "soon", "blocked", "mine", "open", "closed", "pending", "running", "prolonged", "volunteer"),
        *("ready", "attention", "conflict"),
    ),
    flagged=_flags,
    fields=(
        Field("ref", _TEXT, lambda s: str(s.pilot.ref), ("pilot",)),
        Field("source", _WORD, lambda s: s.pilot.ref.source),
        Field("id", _WORD, lambda s: s.pilot.ref.id),
        Field("url", _TEXT, lambda s: s.pilot.url),
        Field("title", _TEXT, lambda s: s.pilot.title),
        Field("service", _TEXT, lambda s: s.pilot.service, ("component", "comp")),
        Field("update", _WORD, lambda s: s.pilot.update.value),
        Field("kind", _WORD, lambda s: s.pilot.software.value, ("software",)),
        Field("incompatible", _WORD, lambda s: s.pilot.incompatible),
        Field("level", _WORD, lambda s: s.standing.level.value),
        Field("status", _WORD, lambda s: s.pilot.status),
        Field("site", _TEXT, lambda s: s.pilot.sites, ("sites", "team")),
        Field("volunteers", _TEXT, lambda s: s.standing.volunteers),
        Field("vo", _WORD, lambda s: s.pilot.vos, ("vos",)),
        Field("coordinator", _WORD, lambda s: s.pilot.coordinator, ("owner",)),
        Field("contact", _TEXT, lambda s: s.pilot.contact),
        Field("state", _WORD, lambda s: s.standing.state.value, ("stage",), tuple(each.value for each in PilotState)),
        Field("phase", _WORD, lambda s: s.standing.phase.value, (), tuple(each.value for each in PilotPhase)),
        Field("due", _FUTURE, lambda s: s.standing.due),
        Field("start", _FUTURE, lambda s: s.standing.start),
        Field("setup_due", _FUTURE, lambda s: s.standing.setup_due),
        Field("run_start", _PAST, lambda s: s.standing.run_start),
        Field("end", _FUTURE, lambda s: s.standing.end),
        Field("feedback_due", _FUTURE, lambda s: s.standing.feedback_due),
        Field("report_due", _FUTURE, lambda s: s.standing.report_due),
        Field("weeks", _NUMBER, lambda s: float(s.standing.weeks)),
        Field("step", _NUMBER, lambda s: float(s.standing.current.number) if s.standing.current else None),
        Field("attention", _WORD, lambda s: tuple(each.code.value for each in s.standing.attention), ("code",)),
        Field("severity", _WORD, lambda s: tuple(e.severity.value for e in s.standing.attention), (), _SEVERITIES),
        Field("needs", _TEXT, lambda s: tuple(each.text for each in s.standing.attention)),
        Field("whose_move", _WORD, lambda s: s.standing.mover.value, ("move", "mover")),
        Field("prolonged", _FUTURE, lambda s: s.standing.end if s.standing.prolonged else None),
        Field("prolonged_reason", _TEXT, lambda s: s.standing.prolonged_reason),
        Field("ending", _WORD, lambda s: s.pilot.ending.how.value if s.pilot.ending else None),
        Field("ended", _PAST, lambda s: s.pilot.ending.on if s.pilot.ending else None),
        Field("ending_reason", _TEXT, lambda s: s.pilot.ending.reason if s.pilot.ending else None),
        Field("follow_up", _TEXT, lambda s: s.pilot.follow_up),
        Field("description", _TEXT, lambda s: s.pilot.description),
        Field("objectives", _TEXT, lambda s: s.pilot.objectives),
        Field("metrics", _TEXT, lambda s: s.pilot.metrics),
        Field("use_cases", _TEXT, lambda s: s.pilot.use_cases),
        Field("constraints", _TEXT, lambda s: s.pilot.constraints),
        Field("layout", _TEXT, lambda s: s.pilot.layout),
        Field("users", _TEXT, lambda s: s.pilot.users),
        Field("documentation", _TEXT, lambda s: s.pilot.documentation),
        Field("created", _PAST, lambda s: s.pilot.created, ("age",)),
        Field("updated", _PAST, lambda s: s.pilot.updated, ("idle",)),
        Field("pending", _WORD, lambda s: tuple(command_name(e.command) for e in s.entries if e.state.pending)),
    ),
)
"""Every pilot, live or over."""
