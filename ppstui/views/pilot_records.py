"""The JSON records of pilots, vacancies, partners, duties and effort (SURFACE §3); `records` has those of rollouts.

The keys are a contract: add, never rename. Unknown is None, never "" and never a guess; days are ISO texts, inclusive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.rules.effort import (
    beside,
    credits_of,
    in_days,
    planned_effort,
    recorded_effort,
    step_effort,
    total,
)
from ppstui.rules.pilots.commands import TEXTS
from ppstui.views.records import EntryRecord, entry_record, instant

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from ppstui.model import Commitment, Entry, Pilot, Team, Wish
    from ppstui.rules.duties import Duty
    from ppstui.rules.effort import Compared, Line, Planned, Sum
    from ppstui.rules.health import TeamHealth
    from ppstui.rules.pilots.standings import PilotAttention, PilotStanding, StepStanding, Stretch
    from ppstui.rules.policy import Policy
    from ppstui.rules.vacancies import Vacancy


class StepRecord(Struct, frozen=True, kw_only=True):
    """One step of a pilot."""

    number: int
    who: tuple[str, ...]
    """The roles of the workflow."""
    what: str
    state: str
    planned: str | None
    due: str | None
    done: str | None
    by: str | None
    note: str | None
    owner: str | None
    optional: bool
    current: bool
    effort_pd: float
    credits: float
    recorded_pd: float


class ComparedRecord(Struct, frozen=True, kw_only=True):
    """A computed sum of effort beside the document's, in person days."""

    what: str
    computed: float
    document: float | None
    reason: str | None


class EffortRecord(Struct, frozen=True, kw_only=True):
    """What a pilot costs, in person days."""

    computed: float
    """Everybody's, from the table."""
    document: float | None
    """What the document states for coordination, site and expert; None where it states nothing."""
    recorded: float
    credits: float
    sums: tuple[ComparedRecord, ...]


class PilotAttentionEntry(Struct, frozen=True, kw_only=True):
    """One thing that somebody has to see to."""

    code: str
    severity: str
    since: str | None
    due: str | None
    team: str | None
    """The site it is about."""
    step: int | None
    text: str
    whose_move: str


class StretchRecord(Struct, frozen=True, kw_only=True):
    """One phase, planned and as it is or will be."""

    phase: str
    planned_start: str | None
    planned_end: str | None
    start: str | None
    end: str | None
    certain: bool
    """Its first day is a fact."""


class PilotRecord(Struct, frozen=True, kw_only=True):
    """A pilot with everything that follows from its facts."""

    ref: str
    source: str
    id: str
    url: str | None
    title: str
    service: str | None
    update: str
    kind: str
    incompatible: bool
    level: str
    status: str | None
    sites: tuple[str, ...]
    volunteers: tuple[str, ...]
    vos: tuple[str, ...]
    coordinator: str | None
    contact: str | None
    state: str
    phase: str
    start: str | None
    setup_due: str | None
    run_start: str | None
    end: str | None
    planned_end: bool
    """`end` is only planned: the run has not begun."""
    prolonged: str | None
    """The last day of the prolonged run."""
    prolonged_reason: str | None
    feedback_due: str | None
    report_due: str | None
    weeks: int
    phases: tuple[StretchRecord, ...]
    steps: tuple[StepRecord, ...]
    effort: EffortRecord
    attention: tuple[PilotAttentionEntry, ...]
    whose_move: str
    pending: tuple[EntryRecord, ...]
    ending: str | None
    ended: str | None
    ending_reason: str | None
    follow_up: str | None
    description: str | None
    objectives: str | None
    metrics: str | None
    use_cases: str | None
    constraints: str | None
    layout: str | None
    users: str | None
    documentation: str | None
    created: str | None
    updated: str | None
    rev: str | None
    whole: bool


class VacancyRecord(Struct, frozen=True, kw_only=True):
    """Something that too few test."""

    component: str
    stack: str | None
    major: str | None
    os: str | None
    arch: str | None
    wanted: int
    committed: int
    missing: int
    teams: tuple[str, ...]
    why: str
    ref: str
    level: str | None


class DutyRecord(Struct, frozen=True, kw_only=True):
    """One thing for a coordinator to do now."""

    code: str
    rhythm: str
    text: str
    due: str | None
    refs: tuple[str, ...]
    teams: tuple[str, ...]
    meeting: str | None
    key: str
    by_hand: bool


class HealthRecord(Struct, frozen=True, kw_only=True):
    """How well a team answers."""

    team: str
    asked: int
    accepted: int
    declined: int
    last_answered: str | None
    median_response_hours: float | None
    """Working hours."""
    open_items: int
    unanswered: int


class SumRecord(Struct, frozen=True, kw_only=True):
    """Planned against recorded effort of one group, in person days and credits."""

    key: str | None
    planned_pd: float
    recorded_pd: float
    planned_credits: float
    recorded_credits: float


class CommitmentRecord(Struct, frozen=True, kw_only=True):
    """A commitment or a wish of the registry."""

    ref: str
    entry: str
    name: str | None
    level: str | None
    component: str | None
    stack: str | None
    majors: str | None
    os: str | None
    arch: str | None
    since: str | None
    until: str | None
    minimum: int | None
    note: str | None


class PartnerRecord(Struct, frozen=True, kw_only=True):
    """A partner of the registry."""

    ref: str
    name: str
    contact: str | None
    active: bool
    levels: tuple[str, ...]
    note: str | None


# -------------------------------------------------------------------------------------------------------------- making


def _day(on: dt.date | None) -> str | None:
    return on.isoformat() if on else None


def pilot_record(
    pilot: Pilot,
    standing: PilotStanding,
    policy: Policy,
    table: Sequence[Line] | None = None,
    entries: Iterable[Entry] = (),
) -> PilotRecord:
    """The pilot as SURFACE §3 promises it. `table`: another effort table than the policy's.

    `entries`: its outbox entries, of which those are told that may still have an effect.
    """
    lines, compared = planned_effort(pilot, policy, table), beside(pilot, policy, table)
    ending, zone = pilot.ending, policy.zone
    return PilotRecord(
        ref=str(pilot.ref),
        source=pilot.ref.source,
        id=pilot.ref.id,
        url=pilot.url or None,
        title=pilot.title,
        service=pilot.service or None,
        update=pilot.update.value,
        kind=pilot.software.value,
        incompatible=pilot.incompatible,
        level=standing.level.value,
        status=pilot.status or None,
        sites=pilot.sites,
        volunteers=standing.volunteers,
        vos=pilot.vos,
        coordinator=pilot.coordinator or None,
        contact=pilot.contact or None,
        state=standing.state.value,
        phase=standing.phase.value,
        start=_day(standing.start),
        setup_due=_day(standing.setup_due),
        run_start=_day(standing.run_start),
        end=_day(standing.end),
        planned_end=standing.run_start is None,
        prolonged=_day(standing.end) if standing.prolonged else None,
        prolonged_reason=standing.prolonged_reason or None,
        feedback_due=_day(standing.feedback_due),
        report_due=_day(standing.report_due),
        weeks=standing.weeks,
        phases=tuple(_stretch(each) for each in standing.stretches),
        steps=tuple(_step(step, lines) for step in standing.steps),
        effort=_effort(pilot, lines, compared),
        attention=tuple(pilot_attention_entry(entry, zone) for entry in standing.attention),
        whose_move=standing.mover.value,
        pending=tuple(entry_record(entry, zone) for entry in entries if entry.state.pending),
        ending=ending.how.value if ending else None,
        ended=_day(ending.on) if ending else None,
        ending_reason=ending.reason or None if ending else None,
        follow_up=pilot.follow_up or None,
        **{name: getattr(pilot, name) or None for name in TEXTS},
        created=instant(pilot.created, zone),
        updated=instant(pilot.updated, zone),
        rev=pilot.rev or None,
        whole=pilot.whole,
    )


def _stretch(stretch: Stretch) -> StretchRecord:
    return StretchRecord(
        phase=stretch.phase.value,
        planned_start=_day(stretch.planned_from),
        planned_end=_day(stretch.planned_to),
        start=_day(stretch.begins),
        end=_day(stretch.ends),
        certain=stretch.certain,
    )


def _step(step: StepStanding, lines: Sequence[Planned]) -> StepRecord:
    minutes = step_effort(lines, step.number)
    return StepRecord(
        number=step.number,
        who=tuple(role.value for role in step.roles),
        what=step.what,
        state=step.state.value,
        planned=_day(step.planned),
        due=_day(step.due),
        done=_day(step.done),
        by=step.by or None,
        note=step.note or None,
        owner=step.owner or None,
        optional=step.optional,
        current=step.current,
        effort_pd=in_days(minutes),
        credits=credits_of(minutes),
        recorded_pd=in_days(total(step.step.spent) if step.step else 0),
    )


_STATED = "with expert"
"""The widest total that the document states."""


def _effort(pilot: Pilot, lines: Sequence[Planned], compared: Sequence[Compared]) -> EffortRecord:
    minutes = total(lines)
    document = next((each.document for each in compared if each.what == _STATED), None)
    return EffortRecord(
        computed=in_days(minutes),
        document=in_days(document) if document is not None else None,
        recorded=in_days(total(spent for _, spent in recorded_effort(pilot))),
        credits=credits_of(minutes),
        sums=tuple(
            ComparedRecord(
                what=each.what,
                computed=in_days(each.computed),
                document=in_days(each.document) if each.document is not None else None,
                reason=each.reason or None,
            )
            for each in compared
        ),
    )


def pilot_attention_entry(entry: PilotAttention, zone: dt.tzinfo) -> PilotAttentionEntry:
    """One thing that somebody has to see to."""
    return PilotAttentionEntry(
        code=entry.code.value,
        severity=entry.severity.value,
        since=instant(entry.since, zone),
        due=instant(entry.due, zone),
        team=entry.site or None,
        step=entry.step or None,
        text=entry.text,
        whose_move=entry.mover.value,
    )


def vacancy_record(vacancy: Vacancy) -> VacancyRecord:
    """A vacancy."""
    level = vacancy.level.value
    return VacancyRecord(
        component=vacancy.component,
        stack=vacancy.stack or None,
        major=vacancy.major or None,
        os=vacancy.os or None,
        arch=vacancy.arch or None,
        wanted=vacancy.wanted,
        committed=vacancy.committed,
        missing=vacancy.missing,
        teams=vacancy.teams,
        why=vacancy.why.value,
        ref=str(vacancy.ref),
        level=level if level != "none" else None,
    )


def duty_record(duty: Duty, zone: dt.tzinfo) -> DutyRecord:
    """A duty."""
    return DutyRecord(
        code=duty.code,
        rhythm=duty.rhythm.value,
        text=duty.text,
        due=instant(duty.due, zone),
        refs=tuple(map(str, duty.refs)),
        teams=duty.teams,
        meeting=duty.meeting or None,
        key=duty.key,
        by_hand=duty.by_hand,
    )


def health_record(health: TeamHealth, zone: dt.tzinfo) -> HealthRecord:
    """A team's health."""
    median = health.median_response
    return HealthRecord(
        team=health.team,
        asked=health.asked,
        accepted=health.accepted,
        declined=health.declined,
        last_answered=instant(health.last_answered, zone),
        median_response_hours=round(median.total_seconds() / 3600, 2) if median is not None else None,
        open_items=health.open_items,
        unanswered=health.unanswered,
    )


def sum_record(row: Sum) -> SumRecord:
    """One row of a summary of effort."""
    return SumRecord(
        key=row.key or None,
        planned_pd=in_days(row.planned),
        recorded_pd=in_days(row.recorded),
        planned_credits=credits_of(row.planned),
        recorded_credits=credits_of(row.recorded),
    )


def commitment_record(entry: Commitment | Wish) -> CommitmentRecord:
    """A commitment or a wish."""
    party, level = getattr(entry, "party", ""), getattr(entry, "level", None)
    return CommitmentRecord(
        ref=str(entry.ref),
        entry="commitment" if party else "wish",
        name=party or None,
        level=level.value if level and level.value != "none" else None,
        component=entry.component or None,
        stack=entry.stack or None,
        majors=entry.majors or None,
        os=entry.os or None,
        arch=entry.arch or None,
        since=_day(getattr(entry, "since", None)),
        until=_day(getattr(entry, "until", None)),
        minimum=getattr(entry, "minimum", None),
        note=entry.note or None,
    )


def partner_record(partner: Team, levels: Sequence[str] = ()) -> PartnerRecord:
    """A partner; `levels` are those it holds now."""
    return PartnerRecord(
        ref=str(partner.ref),
        name=partner.name,
        contact=partner.contact or None,
        active=partner.active,
        levels=tuple(levels),
        note=partner.note or None,
    )


_PRODUCT_PATHS = ("ref", "name", "level", "component", "stack", "majors", "os", "arch", "note", "since")

PILOT_PATHS: dict[str, tuple[str, ...]] = {
    "pilots": (
        *("ref", "source", "id", "url", "title", "service", "update", "kind", "level", "sites", "volunteers", "vos"),
        *("coordinator", "contact", "state", "phase", "start", "setup_due", "run_start", "end", "prolonged"),
        *("prolonged_reason", "feedback_due", "report_due", "effort.computed", "effort.document", "effort.recorded"),
        *("effort.credits", "attention", "whose_move", "pending", "ending", "ended", "ending_reason"),
        *("follow_up", "rev"),
    ),
    "vacancies": (
        *("component", "stack", "major", "os", "arch", "wanted", "committed", "missing", "teams", "why", "level"),
        "ref",
    ),
    "tasks": ("code", "rhythm", "text", "due", "refs", "teams", "meeting", "key", "by_hand"),
    "commitments": (*_PRODUCT_PATHS, "until"),
    "wishes": (*_PRODUCT_PATHS, "minimum"),
    "effort": ("key", "planned_pd", "recorded_pd", "planned_credits", "recorded_credits"),
}
"""The columns of each kind in CSV, as `flat.PATHS` has those of the others."""
