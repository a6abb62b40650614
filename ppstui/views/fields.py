"""What can be asked of each kind of record, by name: for `--where`, the panes' filter, saved views and sorting.

The names are the JSON keys of SURFACE §3; short aliases stand beside them. A field's value comes from a subject: the
facts of a record together with what the rules say about it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from ppstui.errors import UsageError
from ppstui.model import Answer, Commitment, Entry, Level, Rollout, State, Team, command_name
from ppstui.query import FieldKind, Value
from ppstui.rules.rollouts import Code, Severity, Stage, Standing, TeamStanding, TeamState
from ppstui.views import words
from ppstui.views.dues import due_of_team

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ppstui.query import Row, Scalar
    from ppstui.rules.health import TeamHealth  # noqa: TC004  nobody decodes it, and the first frame needs none of it
    from ppstui.rules.rollouts import Attention


class Subject(Struct, frozen=True):
    """A rollout under question."""

    rollout: Rollout
    standing: Standing
    entries: tuple[Entry, ...] = ()
    """Its outbox entries."""
    me: frozenset[str] = frozenset()
    """How the trackers know the user, case-folded."""


class Part(Struct, frozen=True):
    """One team's part of a rollout under question."""

    whole: Subject
    team: TeamStanding


class Roster(Struct, frozen=True):
    """A team of the roster under question, and its parts of open rollouts."""

    team: Team
    parts: tuple[TeamStanding, ...] = ()
    committed: tuple[Commitment, ...] = ()
    """What it stands for now."""
    health: TeamHealth | None = None
    """How it answers; None while it was never asked."""


class Queued(Struct, frozen=True):
    """An outbox entry under question."""

    entry: Entry
    me: frozenset[str] = frozenset()


S = TypeVar("S")


class Field(Struct, Generic[S], frozen=True):
    """One thing that can be asked."""

    name: str
    kind: FieldKind
    value: Callable[[S], Value]
    aliases: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    """The words in the order in which they sort, where that is not the alphabet's."""


class Fields(Generic[S]):
    """Everything that can be asked of one kind."""

    def __init__(
        self, flags: tuple[str, ...], flagged: Callable[[S], Iterable[str]], fields: Sequence[Field[S]]
    ) -> None:
        """`flagged` tells which of the flags hold."""
        self.flags = flags
        """What may follow `is:`."""
        marks: Field[S] = Field("is", FieldKind.FLAG, lambda subject: tuple(flagged(subject)))
        self._by_name = {name: field for field in (*fields, marks) for name in (field.name, *field.aliases)}
        self._shown = [field for field in fields if field.kind in (FieldKind.TEXT, FieldKind.WORD)]
        self.kinds: Mapping[str, FieldKind] = {name: field.kind for name, field in self._by_name.items()}
        """Every name and alias with its kind, as `query.parse` wants them."""
        self.names = tuple(field.name for field in fields)
        """The names without their aliases."""

    def row(self, subject: S) -> Row:
        """The subject seen through the fields."""
        return lambda name: self._by_name[name].value(subject)

    def text(self, subject: S) -> str:
        """Everything that is text about it, case-folded, for bare words."""
        found = (str(each) for field in self._shown for each in _each(field.value(subject)))
        return "\n".join(dict.fromkeys(text.casefold() for text in found if text))

    def sort(self, subjects: Iterable[S], column: str) -> list[S]:
        """Sorted by a column, `-column` the other way round; what has nothing there comes last either way.

        "" and `attention` leave the order as it is, most pressing first. Raises UsageError naming the nearest column.
        """
        name = column.removeprefix("-").strip().casefold()
        backward = column.startswith("-")
        if name in ("", "attention", "urgency"):
            return list(subjects)[:: -1 if backward else 1]
        field = self._by_name.get(name)
        if field is None or field.kind is FieldKind.FLAG:
            near = get_close_matches(name, self._by_name, 1)
            hint = f"did you mean {near[0]}" if near else f"there are {', '.join(self.names)}"
            raise UsageError(f"sort: there is no column {name[:40]!r}; {hint}")
        empty: list[S] = []
        full: list[tuple[tuple[tuple[int, float, str], ...], S]] = []
        for subject in subjects:
            values = _each(field.value(subject))
            if values:
                full.append((_key(values[0], field.order), subject))
            else:
                empty.append(subject)
        full.sort(key=lambda pair: pair[0], reverse=backward)
        return [subject for _, subject in full] + empty


def _each(value: Value) -> tuple[Scalar, ...]:
    return tuple(one for one in (value if isinstance(value, tuple) else (value,)) if one not in (None, ""))


_DIGITS = re.compile(r"([0-9]{1,18})")


def _key(value: Scalar, order: tuple[str, ...]) -> tuple[tuple[int, float, str], ...]:
    """A key that compares numbers as numbers, also inside words: `rt:9` before `rt:10`, 1.9 before 1.10."""
    if isinstance(value, dt.datetime):
        return ((0, value.timestamp(), ""),)
    if isinstance(value, dt.date):
        return ((0, value.toordinal() * 86400.0, ""),)
    if isinstance(value, (bool, int, float)):
        return ((0, float(value), ""),)
    if order and value in order:
        return ((0, float(order.index(str(value))), ""),)
    parts = _DIGITS.split(str(value).casefold())
    return tuple((0, float(part), "") if place % 2 else (1, 0.0, part) for place, part in enumerate(parts) if part)


# ----------------------------------------------------------------------------------------------------------- rollouts

_LIVE = "open"
_TEXT, _WORD, _NUMBER = FieldKind.TEXT, FieldKind.WORD, FieldKind.NUMBER
_FUTURE, _PAST = FieldKind.FUTURE, FieldKind.PAST
_STAGES = tuple(stage.value for stage in Stage)
_STATES = tuple(state.value for state in TeamState)
_SEVERITIES = tuple(severity.value for severity in Severity)


def _severity_flags(entries: Iterable[Attention]) -> set[str]:
    return {entry.severity.value for entry in entries if entry.severity is not Severity.INFO}


def in_conflict(entries: Iterable[Entry]) -> bool:
    """Whether a newer change on the server stopped one of a record's entries, and a person is to decide.

    So it is of every part of the record: what is asked for later about any of them waits in its line.
    """
    return any(entry.conflict and entry.state is State.PARKED for entry in entries)


def _rollout_flags(subject: Subject) -> Iterable[str]:
    rollout, standing = subject.rollout, subject.standing
    marks = _severity_flags(standing.attention)
    codes = {entry.code for entry in standing.attention}
    marks.add(_LIVE if rollout.phase.live else "closed")
    marks.update(
        name
        for name, holds in (
            ("mine", rollout.owner.casefold() in subject.me),
            ("pending", any(entry.state.pending for entry in subject.entries)),
            ("conflict", in_conflict(subject.entries)),
            ("overdue", Code.ACK_OVERDUE in codes),
            ("unassigned", standing.stage is Stage.NEW_UNASSIGNED),
            ("ready", standing.stage is Stage.READY_TO_CLOSE),
            ("stalled", standing.stage is Stage.STALLED),
            ("unparsed", not standing.title.parsed),
            ("volunteer", Code.UNASSIGNED_VOLUNTEER in codes),
            ("attention", bool(standing.attention)),
        )
        if holds
    )
    return marks


def _platform(subject: Subject) -> str:
    return f"{subject.standing.title.os} {subject.standing.title.arch}".strip()


def _stack(subject: Subject) -> tuple[str, ...]:
    title = subject.standing.title
    return tuple(dict.fromkeys((title.stack_string, title.stack))) if title.stack else ()


_ROLLOUT: tuple[Field[Subject], ...] = (
    Field("ref", _TEXT, lambda s: str(s.rollout.ref), ("rollout",)),
    Field("source", _WORD, lambda s: s.rollout.ref.source),
    Field("id", _WORD, lambda s: s.rollout.ref.id),
    Field("url", _TEXT, lambda s: s.rollout.url),
    Field("title", _TEXT, lambda s: s.rollout.title),
    Field("title_problem", _TEXT, lambda s: s.standing.title.problem),
    Field("stack", _WORD, _stack),
    Field("major", _WORD, lambda s: s.standing.title.major),
    Field("component", _TEXT, lambda s: s.standing.title.component or s.rollout.title, ("comp",)),
    Field("version", _TEXT, lambda s: s.standing.title.version, ("ver",)),
    Field("os", _WORD, lambda s: s.standing.title.os),
    Field("arch", _WORD, lambda s: s.standing.title.arch),
    Field("platform", _TEXT, _platform),
    Field("status", _WORD, lambda s: s.rollout.status),
    Field("stage", _WORD, lambda s: s.standing.stage.value, (), _STAGES),
    Field("owner", _WORD, lambda s: s.rollout.owner),
    Field("created", _PAST, lambda s: s.rollout.created, ("age",)),
    Field("updated", _PAST, lambda s: s.rollout.updated, ("idle",)),
    Field("due", _FUTURE, lambda s: s.standing.due),
    Field("due_day", _FUTURE, lambda s: s.rollout.due),
    Field("parent", _TEXT, lambda s: (str(s.rollout.parent.ref), s.rollout.parent.title) if s.rollout.parent else None),
    Field("outcome", _WORD, lambda s: s.rollout.outcome),
    Field("document", _TEXT, lambda s: s.rollout.document, ("doc",)),
    Field("team", _TEXT, lambda s: tuple(team.team for team in s.standing.teams)),
    Field("teams", _NUMBER, lambda s: float(len(s.rollout.assignments))),
    Field("ngi", _WORD, lambda s: tuple(team.ngi for team in s.standing.teams)),
    Field("site", _WORD, lambda s: tuple(team.site for team in s.standing.teams)),
    Field("state", _WORD, lambda s: tuple(team.state.value for team in s.standing.teams), (), _STATES),
    Field("answer", _WORD, lambda s: tuple(team.answer.value for team in s.standing.teams if team.answer)),
    Field("answered", _NUMBER, lambda s: float(sum(team.answer is not None for team in s.standing.teams))),
    Field("accepted", _NUMBER, lambda s: float(sum(team.answer is Answer.ACCEPT for team in s.standing.teams))),
    Field("report", _TEXT, lambda s: tuple(team.report.name for team in s.standing.teams if team.report), ("reports",)),
    Field("exposure_start", _PAST, lambda s: s.standing.exposure.start if s.standing.exposure else None),
    Field("exposure_end", _FUTURE, lambda s: s.standing.exposure.end if s.standing.exposure else None, ("exposure",)),
    Field("incident", _TEXT, lambda s: s.standing.incidents, ("incidents",)),
    Field("attention", _WORD, lambda s: tuple(entry.code.value for entry in s.standing.attention), ("code",)),
    Field("severity", _WORD, lambda s: tuple(e.severity.value for e in s.standing.attention), (), _SEVERITIES),
    Field("needs", _TEXT, lambda s: tuple(entry.text for entry in s.standing.attention)),
    Field("whose_move", _WORD, lambda s: s.standing.mover.value, ("move", "mover")),
    Field("pending", _WORD, lambda s: tuple(command_name(e.command) for e in s.entries if e.state.pending)),
    Field("field", _TEXT, lambda s: tuple(value for _, value in s.rollout.fields)),
    Field("polled", _PAST, lambda s: s.standing.polled),
)

ROLLOUTS = Fields[Subject](
    flags=(
        *("late", "soon", "blocked", "mine", "open", "closed", "pending", "overdue", "unassigned", "ready", "stalled"),
        *("unparsed", "volunteer", "attention", "conflict"),
    ),
    flagged=_rollout_flags,
    fields=_ROLLOUT,
)


# ------------------------------------------------------------------------------------------- acknowledgements, reports


def _of_team(part: Part) -> list[Attention]:
    return [entry for entry in part.whole.standing.attention if entry.team == part.team.team]


def part_due(part: Part) -> dt.datetime | None:
    """When something is due from this team; None when nothing is."""
    return due_of_team(part.whole.standing, part.team)


def _part_flags(part: Part) -> Iterable[str]:
    team, rollout = part.team, part.whole.rollout
    marks = _severity_flags(_of_team(part))
    marks.add(_LIVE if rollout.phase.live else "closed")
    marks.update(
        name
        for name, holds in (
            ("late", team.late and team.answer is None),
            ("mine", rollout.owner.casefold() in part.whole.me),
            ("pending", any(entry.state.pending for entry in part.whole.entries)),
            ("conflict", in_conflict(part.whole.entries)),
            ("overdue", team.state is TeamState.ACK_OVERDUE),
            ("silent", team.answer is None and team.assigned),
            ("accepted", team.answer is Answer.ACCEPT),
            ("declined", team.answer is Answer.REJECT),
            ("volunteer", not team.assigned and team.state is not TeamState.WITHDRAWN),
            ("withdrawn", team.state is TeamState.WITHDRAWN),
            ("reported", team.report is not None and team.report.valid),
            ("misnamed", team.report is not None and not team.report.valid),
            ("attention", bool(_of_team(part))),
        )
        if holds
    )
    return marks


def _lifted(field: Field[Subject]) -> Field[Part]:
    """A rollout's field, asked of one of its parts."""
    return Field(field.name, field.kind, lambda part: field.value(part.whole), field.aliases, field.order)


_SHARED = {
    *("rollout", "source", "id", "url", "title", "stack", "major", "component", "version", "os", "arch", "platform"),
    *("status", "stage", "owner", "created", "updated", "parent", "outcome", "document", "pending"),
}

_PART: tuple[Field[Part], ...] = (
    Field("ref", _TEXT, lambda p: f"{p.whole.rollout.ref}/{p.team.team}", ("rollout",)),
    Field("team", _TEXT, lambda p: p.team.team),
    Field("ngi", _WORD, lambda p: p.team.ngi),
    Field("site", _WORD, lambda p: p.team.site),
    Field("state", _WORD, lambda p: p.team.state.value, (), _STATES),
    Field("answer", _WORD, lambda p: p.team.answer.value if p.team.answer else None),
    Field("due", _FUTURE, part_due),
    Field("notified", _PAST, lambda p: p.team.notified, ("asked",)),
    Field("answered", _PAST, lambda p: p.team.answered),
    Field("reminded", _PAST, lambda p: p.team.reminded),
    Field("late", _WORD, lambda p: p.team.late),
    Field("assigned", _WORD, lambda p: p.team.assigned),
    Field("evidence", _TEXT, lambda p: p.team.evidence),
    Field("exposure_start", _PAST, lambda p: p.team.exposure_start),
    Field("exposure_end", _FUTURE, lambda p: p.team.exposure_end, ("exposure",)),
    Field("report", _TEXT, lambda p: p.team.report.name if p.team.report else None, ("name",)),
    Field("valid", _WORD, lambda p: p.team.report.valid if p.team.report else None),
    Field("waived", _TEXT, lambda p: p.team.waived),
    Field("problem", _TEXT, lambda p: p.team.report.problem if p.team.report else p.team.problem),
    Field("at", _PAST, lambda p: p.team.report.at if p.team.report else None),
    Field("attention", _WORD, lambda p: tuple(entry.code.value for entry in _of_team(p)), ("code",)),
    Field("severity", _WORD, lambda p: tuple(entry.severity.value for entry in _of_team(p)), (), _SEVERITIES),
    Field("needs", _TEXT, lambda p: tuple(entry.text for entry in _of_team(p))),
    Field(
        "whose_move",
        _WORD,
        lambda p: next((entry.mover.value for entry in _of_team(p)), None),
        ("move", "mover"),
    ),
    *(_lifted(field) for field in _ROLLOUT if field.name in _SHARED),
)

ACKS = Fields[Part](
    flags=(
        *("late", "soon", "blocked", "mine", "open", "closed", "pending", "overdue", "silent", "accepted", "declined"),
        *("volunteer", "withdrawn", "reported", "misnamed", "attention", "conflict"),
    ),
    flagged=_part_flags,
    fields=_PART,
)
"""Also for reports: one team's part of a rollout either way."""


# -------------------------------------------------------------------------------------------------------------- teams


def _levelled(commitment: Commitment) -> bool:
    return commitment.level is not Level.NONE


def _median(roster: Roster) -> float | None:
    median = roster.health.median_response if roster.health else None
    return median.total_seconds() / 3600 if median is not None else None


def _described(commitment: Commitment) -> str:
    from ppstui.rules.registry import described  # the first frame asks for no commitments

    return described(commitment)


TEAMS = Fields[Roster](
    flags=("active", "inactive", "late", "busy"),
    flagged=lambda r: (
        "active" if r.team.active else "inactive",
        *(("late",) if any(part.state is TeamState.ACK_OVERDUE for part in r.parts) else ()),
        *(("busy",) if r.parts else ()),
    ),
    fields=(
        Field("ref", _TEXT, lambda r: str(r.team.ref)),
        Field("source", _WORD, lambda r: r.team.ref.source),
        Field("id", _WORD, lambda r: r.team.ref.id),
        Field("url", _TEXT, lambda r: r.team.url),
        Field("name", _TEXT, lambda r: r.team.name, ("team",)),
        Field("ngi", _WORD, lambda r: r.team.ngi),
        Field("site", _WORD, lambda r: r.team.site),
        Field("contact", _TEXT, lambda r: r.team.contact),
        Field("components", _TEXT, lambda r: r.team.components, ("component",)),
        Field("active", _WORD, lambda r: r.team.active),
        Field("open_rollouts", _NUMBER, lambda r: float(len(r.parts)), ("rollouts",)),
        Field("answers_overdue", _NUMBER, lambda r: float(sum(p.state is TeamState.ACK_OVERDUE for p in r.parts))),
        Field("reports_missing", _NUMBER, lambda r: float(sum(p.state is TeamState.REPORT_MISSING for p in r.parts))),
        Field(
            "levels", _WORD, lambda r: tuple(each.level.value for each in r.committed if _levelled(each)), ("level",)
        ),
        Field("committed", _TEXT, lambda r: tuple(_described(each) for each in r.committed if not _levelled(each))),
        Field("last_answered", _PAST, lambda r: r.health.last_answered if r.health else None, ("answered",)),
        Field("median_response_hours", _NUMBER, _median, ("median", "response")),
        Field("unanswered", _NUMBER, lambda r: float(r.health.unanswered) if r.health else None, ("silent",)),
    ),
)


# ------------------------------------------------------------------------------------------------------------- outbox

OUTBOX = Fields[Queued](
    flags=("pending", "waiting", "sending", "held", "parked", "done", "undone", "discarded", "mine"),
    flagged=lambda q: (
        q.entry.state.value,
        *(("pending",) if q.entry.state.pending else ()),
        *(("mine",) if q.entry.by.casefold() in q.me else ()),
    ),
    fields=(
        Field("id", _NUMBER, lambda q: float(q.entry.id)),
        Field("action", _WORD, lambda q: command_name(q.entry.command)),
        Field("ref", _TEXT, lambda q: str(q.entry.command.target)),
        Field("source", _WORD, lambda q: q.entry.command.target.source),
        Field("text", _TEXT, lambda q: words.command_text(q.entry.command), ("what",)),
        Field("asked_at", _PAST, lambda q: q.entry.asked_at, ("asked", "age")),
        Field("state", _WORD, lambda q: q.entry.state.value, (), tuple(state.value for state in words.ENTRIES)),
        Field("tries", _NUMBER, lambda q: float(q.entry.tries)),
        Field("last_error", _TEXT, lambda q: q.entry.last_error, ("error",)),
        Field("receipt", _TEXT, lambda q: q.entry.receipt),
        Field("note", _TEXT, lambda q: q.entry.last_error or q.entry.receipt),
        Field("base_rev", _WORD, lambda q: q.entry.base_rev),
        Field("by", _WORD, lambda q: q.entry.by, ("owner",)),
        Field("due", _FUTURE, lambda q: q.entry.due),
        Field("settled_at", _PAST, lambda q: q.entry.settled_at, ("settled",)),
        Field("reason", _TEXT, lambda q: q.entry.reason),
        Field("conflict", _WORD, lambda q: q.entry.conflict),
        Field("mail", _TEXT, lambda q: q.entry.mail),
    ),
)
