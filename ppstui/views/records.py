"""The JSON records of SURFACE §3, made from what the board knows and what the rules say about it.

Pure functions into typed structs; the keys are a contract: add, never rename. Unknown is None, never "" and never a
guess. Instants are RFC 3339 texts with the offset of the desk's zone, days are ISO texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from msgspec import Struct

from ppstui.model import Level, command_name
from ppstui.rules.registry import described
from ppstui.rules.rollouts import TeamState
from ppstui.views import words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from ppstui.model import Commitment, Entry, Parent, Rollout, Team
    from ppstui.rules.rollouts import Attention, ExposureStanding, Standing, TeamStanding
    from ppstui.views.issues import IssueRecord
    from ppstui.views.meetings import MeetingRecord
    from ppstui.views.pilot_records import CommitmentRecord, DutyRecord, HealthRecord, PilotRecord, VacancyRecord


class ReportRecord(Struct, frozen=True, kw_only=True):
    """The file that is, or wants to be, a team's report."""

    name: str
    valid: bool
    problem: str | None
    url: str | None


class TeamEntry(Struct, frozen=True, kw_only=True):
    """One team's part of a rollout."""

    team: str
    ngi: str | None
    site: str | None
    state: str
    notified: str | None
    due: str | None
    answered: str | None
    late: bool
    answer: str | None
    evidence: str | None
    report: ReportRecord | None
    assigned: bool
    problem: str | None
    exposure_start: str | None
    exposure_end: str | None
    reminded: str | None
    waived: str | None
    """Why its report is not needed."""


class AttentionEntry(Struct, frozen=True, kw_only=True):
    """One thing that somebody has to see to."""

    code: str
    severity: str
    since: str | None
    due: str | None
    team: str | None
    text: str
    whose_move: str


class ExposureRecord(Struct, frozen=True, kw_only=True):
    """The exposure to production of a rollout; days, inclusive."""

    start: str
    earliest_end: str
    end: str
    extended: bool
    reason: str | None
    assumed: bool


class LinksRecord(Struct, frozen=True, kw_only=True):
    """The checklist of links a rollout should carry."""

    release_notes: str | None
    bugs: str | None
    documentation: str | None


class EntryRecord(Struct, frozen=True, kw_only=True):
    """One write ever asked for, and how it ended."""

    id: int
    action: str
    ref: str
    text: str
    asked_at: str
    state: str
    tries: int
    last_error: str | None
    receipt: str | None
    base_rev: str | None
    by: str
    due: str | None
    settled_at: str | None
    reason: str | None
    before: str | None
    conflict: bool
    """It met a newer change on the server and waits for a decision."""
    mail: str | None
    """How far its mail is: `leaving` while nobody knows, else what the server said; null where none was sent."""


class ParentRecord(Struct, frozen=True, kw_only=True):
    """The release ticket a rollout belongs to."""

    ref: str
    url: str | None
    title: str | None
    status: str | None
    progress: str | None
    outcome: str | None
    document: str | None


class RolloutRecord(Struct, frozen=True, kw_only=True):
    """A staged rollout with everything that follows from its facts."""

    ref: str
    source: str
    id: str
    url: str | None
    title: str
    title_problem: str | None
    stack: str | None
    major: str | None
    component: str | None
    version: str | None
    os: str | None
    arch: str | None
    status: str | None
    stage: str
    owner: str | None
    created: str | None
    updated: str | None
    due: str | None
    parent: str | None
    parent_record: ParentRecord | None
    outcome: str | None
    document: str | None
    document_url: str | None
    teams: tuple[TeamEntry, ...]
    exposure: ExposureRecord | None
    incidents: tuple[str, ...]
    links: LinksRecord
    attention: tuple[AttentionEntry, ...]
    whose_move: str
    pending: tuple[EntryRecord, ...]
    rev: str | None
    whole: bool
    fields: dict[str, str]
    due_day: str | None
    """The record's own due day; `due` is the next deadline that anybody has on it."""
    polled: str | None
    """When the early-adopters list of its stack was last asked."""


class AckRecord(TeamEntry, frozen=True, kw_only=True):
    """One team's answer to one open rollout: the team entry, and which rollout it is about."""

    ref: str
    """The team's part: `rt:1234/ea-NGI_IT-INFN-T1`."""
    rollout: str
    source: str
    url: str | None
    title: str
    component: str | None
    version: str | None
    stage: str
    pending: tuple[EntryRecord, ...]


class ReportLine(Struct, frozen=True, kw_only=True):
    """One team's report on one rollout, there or still owed."""

    ref: str
    rollout: str
    source: str
    url: str | None
    title: str
    stack: str | None
    component: str | None
    version: str | None
    team: str
    ngi: str | None
    site: str | None
    state: str
    name: str | None
    valid: bool | None
    problem: str | None
    report_url: str | None
    at: str | None
    exposure_end: str | None


class TeamRecord(Struct, frozen=True, kw_only=True):
    """An early adopter as a registry knows it, and what it has on its hands now."""

    ref: str
    source: str
    id: str
    url: str | None
    name: str
    ngi: str | None
    site: str | None
    contact: str | None
    components: tuple[str, ...]
    active: bool
    open_rollouts: int
    answers_overdue: int
    reports_missing: int
    levels: tuple[str, ...]
    """The levels it holds as a partner site."""
    committed: tuple[str, ...]
    """The products it has committed itself to as an early adopter, in words."""
    last_answered: str | None
    median_response_hours: float | None
    """From being told to answering, in working hours."""
    unanswered: int | None
    """How many calls in a row it let pass; None while it was never asked."""
    rev: str | None


class SourceRecord(Struct, frozen=True, kw_only=True):
    """How a source is doing."""

    name: str
    ok: bool
    age_seconds: int | None
    """Since the end of the last good reading; None: there never was one."""
    error: str | None
    note: str | None
    held: str | None
    """Why nothing is sent to it until a person acts."""


class Listing(Struct, frozen=True, kw_only=True):
    """The document that `list KIND --json` prints."""

    ppstui: int
    kind: str
    generated: str
    total: int
    shown: int
    truncated: bool
    sources: tuple[SourceRecord, ...]
    records: tuple[AnyRecord, ...]


AnyRecord = Union[
    RolloutRecord,
    AckRecord,
    ReportLine,
    TeamRecord,
    EntryRecord,
    "PilotRecord",
    "VacancyRecord",
    "DutyRecord",
    "CommitmentRecord",
    "MeetingRecord",
    "IssueRecord",
]


# ------------------------------------------------------------------------------------------------------------ making


def instant(at: dt.datetime | None, zone: dt.tzinfo) -> str | None:
    """RFC 3339 with the zone's offset, to the second; None stays None."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None


def _day(at: dt.date | None) -> str | None:
    return at.isoformat() if at else None


def rollout_record(rollout: Rollout, standing: Standing, pending: Iterable[Entry], zone: dt.tzinfo) -> RolloutRecord:
    """The rollout as SURFACE §3 promises it. `pending`: its outbox entries that may still have an effect."""
    title, parent = standing.title, rollout.parent
    return RolloutRecord(
        ref=str(rollout.ref),
        source=rollout.ref.source,
        id=rollout.ref.id,
        url=rollout.url or None,
        title=rollout.title,
        title_problem=title.problem or None,
        stack=title.stack or None,
        major=title.major or None,
        component=title.component or None,
        version=title.version or None,
        os=title.os or None,
        arch=title.arch or None,
        status=rollout.status or None,
        stage=standing.stage.value,
        owner=rollout.owner or None,
        created=instant(rollout.created, zone),
        updated=instant(rollout.updated, zone),
        due=instant(standing.due, zone),
        parent=str(parent.ref) if parent else None,
        parent_record=_parent(parent) if parent else None,
        outcome=_outcome(rollout.outcome),
        document=rollout.document or None,
        document_url=rollout.document_url or None,
        teams=tuple(team_entry(team, zone) for team in standing.teams),
        exposure=_exposure(standing.exposure) if standing.exposure else None,
        incidents=standing.incidents,
        links=LinksRecord(
            release_notes=standing.links.release_notes or None,
            bugs=standing.links.bugs or None,
            documentation=standing.links.documentation or None,
        ),
        attention=tuple(attention_entry(entry, zone) for entry in standing.attention),
        whose_move=standing.mover.value,
        pending=tuple(entry_record(entry, zone) for entry in pending if entry.state.pending),
        rev=rollout.rev or None,
        whole=rollout.whole,
        fields=dict(rollout.fields),
        due_day=_day(rollout.due),
        polled=instant(standing.polled, zone),
    )


def _parent(parent: Parent) -> ParentRecord:
    return ParentRecord(
        ref=str(parent.ref),
        url=parent.url or None,
        title=parent.title or None,
        status=parent.status or None,
        progress=parent.progress or None,
        outcome=parent.outcome or None,
        document=parent.document or None,
    )


def _exposure(exposure: ExposureStanding) -> ExposureRecord:
    return ExposureRecord(
        start=exposure.start.isoformat(),
        earliest_end=exposure.earliest_end.isoformat(),
        end=exposure.end.isoformat(),
        extended=exposure.extended,
        reason=exposure.reason or None,
        assumed=exposure.assumed,
    )


def _outcome(text: str) -> str | None:
    """ACCEPT, REJECT or None: no other word is an outcome (DOMAIN §2)."""
    word = text.strip().upper()
    return word if word in ("ACCEPT", "REJECT") else None


def team_entry(team: TeamStanding, zone: dt.tzinfo) -> TeamEntry:
    """One team's part of a rollout."""
    return TeamEntry(
        team=team.team,
        ngi=team.ngi or None,
        site=team.site or None,
        state=team.state.value,
        notified=instant(team.notified, zone),
        due=instant(team.due, zone),
        answered=instant(team.answered, zone),
        late=team.late,
        answer=team.answer.value if team.answer else None,
        evidence=team.evidence or None,
        report=ReportRecord(
            name=team.report.name,
            valid=team.report.valid,
            problem=team.report.problem or None,
            url=team.report.url or None,
        )
        if team.report
        else None,
        assigned=team.assigned,
        problem=team.problem or None,
        exposure_start=_day(team.exposure_start),
        exposure_end=_day(team.exposure_end),
        reminded=instant(team.reminded, zone),
        waived=team.waived or None,
    )


def attention_entry(entry: Attention, zone: dt.tzinfo) -> AttentionEntry:
    """One thing that somebody has to see to."""
    return AttentionEntry(
        code=entry.code.value,
        severity=entry.severity.value,
        since=instant(entry.since, zone),
        due=instant(entry.due, zone),
        team=entry.team or None,
        text=entry.text,
        whose_move=entry.mover.value,
    )


def ack_records(rollout: RolloutRecord) -> list[AckRecord]:
    """The rollout's team entries, one record each (SURFACE §3)."""
    return [
        AckRecord(
            ref=f"{rollout.ref}/{team.team}",
            rollout=rollout.ref,
            source=rollout.source,
            url=rollout.url,
            title=rollout.title,
            component=rollout.component,
            version=rollout.version,
            stage=rollout.stage,
            pending=rollout.pending,
            **{name: getattr(team, name) for name in TeamEntry.__struct_fields__},
        )
        for team in rollout.teams
    ]


_OWES_REPORT = frozenset(
    state.value
    for state in (
        TeamState.ACCEPTED,
        TeamState.TESTING,
        TeamState.EXPOSING,
        TeamState.REPORT_MISSING,
        TeamState.REPORTED,
    )
)


def report_records(rollout: Rollout, standing: Standing, zone: dt.tzinfo) -> list[ReportLine]:
    """The reports of the teams that accepted, there or still owed, and whatever else was attached as one."""
    return [
        ReportLine(
            ref=f"{rollout.ref}/{team.team}",
            rollout=str(rollout.ref),
            source=rollout.ref.source,
            url=rollout.url or None,
            title=rollout.title,
            stack=standing.title.stack_string or None,
            component=standing.title.component or None,
            version=standing.title.version or None,
            team=team.team,
            ngi=team.ngi or None,
            site=team.site or None,
            state=team.state.value,
            name=team.report.name if team.report else None,
            valid=team.report.valid if team.report else None,
            problem=team.report.problem or None if team.report else None,
            report_url=team.report.url or None if team.report else None,
            at=instant(team.report.at, zone) if team.report else None,
            exposure_end=_day(team.exposure_end),
        )
        for team in standing.teams
        if team.report or team.state.value in _OWES_REPORT
    ]


def team_record(
    team: Team,
    parts: Iterable[TeamStanding] = (),
    committed: Iterable[Commitment] = (),
    health: HealthRecord | None = None,
) -> TeamRecord:
    """A team of the roster; `parts` are its parts of the rollouts that are open now, `committed` what it stands for."""
    mine, words_given = tuple(parts), tuple(committed)
    return TeamRecord(
        ref=str(team.ref),
        source=team.ref.source,
        id=team.ref.id,
        url=team.url or None,
        name=team.name,
        ngi=team.ngi or None,
        site=team.site or None,
        contact=team.contact or None,
        components=team.components,
        active=team.active,
        open_rollouts=len(mine),
        answers_overdue=sum(part.state is TeamState.ACK_OVERDUE for part in mine),
        reports_missing=sum(part.state is TeamState.REPORT_MISSING for part in mine),
        levels=tuple(dict.fromkeys(each.level.value for each in words_given if each.level is not Level.NONE)),
        committed=tuple(described(each) for each in words_given if each.level is Level.NONE),
        last_answered=health.last_answered if health else None,
        median_response_hours=health.median_response_hours if health else None,
        unanswered=health.unanswered if health else None,
        rev=team.rev or None,
    )


def entry_record(entry: Entry, zone: dt.tzinfo) -> EntryRecord:
    """An outbox entry."""
    return EntryRecord(
        id=entry.id,
        action=command_name(entry.command),
        ref=str(entry.command.target),
        text=words.command_text(entry.command),
        asked_at=entry.asked_at.astimezone(zone).isoformat(timespec="seconds"),
        state=entry.state.value,
        tries=entry.tries,
        last_error=entry.last_error or None,
        receipt=entry.receipt or None,
        base_rev=entry.base_rev or None,
        by=entry.by,
        due=instant(entry.due, zone),
        settled_at=instant(entry.settled_at, zone),
        reason=entry.reason or None,
        before=entry.before or None,
        conflict=entry.conflict,
        mail=entry.mail or None,
    )
