"""The documents of `show` and `why` for a pilot and for an entry of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.rules.effort import in_days
from ppstui.views.pilot_records import (
    CommitmentRecord,
    PilotAttentionEntry,
    PilotRecord,
    commitment_record,
    pilot_attention_entry,
    pilot_record,
)
from ppstui.views.records import EntryRecord, entry_record, instant
from ppstui.views.whole import Moment, timeline

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from ppstui.model import Commitment, Entry, Pilot, Wish
    from ppstui.rules.pilots import PilotStanding
    from ppstui.rules.pilots.why import PilotReason
    from ppstui.rules.policy import Policy


class SpentRecord(Struct, frozen=True, kw_only=True):
    """Work that somebody recorded."""

    step: int
    role: str
    site: str | None
    recorded_pd: float
    on: str | None
    by: str | None
    note: str | None


class ProlongationRecord(Struct, frozen=True, kw_only=True):
    """One prolongation of the run."""

    until: str
    reason: str
    by: str | None
    at: str | None


class MilestoneRecord(Struct, frozen=True, kw_only=True):
    """A day that matters beside the steps."""

    on: str
    what: str


class WholePilot(PilotRecord, frozen=True, kw_only=True):
    """What `show REF --json` prints of a pilot. `kind` is what is updated, as in listings; `record` what this is."""

    ppstui: int
    record: str
    generated: str
    messages_known: bool
    """False while only the list columns are known: the timeline is not complete yet."""
    prolongations: tuple[ProlongationRecord, ...]
    milestones: tuple[MilestoneRecord, ...]
    spent: tuple[SpentRecord, ...]
    timeline: tuple[Moment, ...]
    outbox: tuple[EntryRecord, ...]
    """Every write ever asked for on it, newest first."""


class PilotReasonRecord(Struct, frozen=True, kw_only=True):
    """One thing that holds a pilot up, or that it waits for."""

    blocker: str
    unblock: str
    whose_move: str
    code: str | None
    step: int | None


class WhyPilot(Struct, frozen=True, kw_only=True):
    """What `why REF --json` prints of a pilot."""

    ppstui: int
    ref: str
    state: str
    phase: str
    whose_move: str
    blocked: tuple[str, ...]
    unblock: tuple[str, ...]
    reasons: tuple[PilotReasonRecord, ...]
    attention: tuple[PilotAttentionEntry, ...]


class WholeCommitment(CommitmentRecord, frozen=True, kw_only=True):
    """What `show REF --json` prints of a commitment or a wish."""

    ppstui: int
    kind: str
    generated: str


def _fields_of(record: Struct) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def whole_pilot(
    pilot: Pilot, standing: PilotStanding, entries: Sequence[Entry], policy: Policy, now: dt.datetime
) -> WholePilot:
    """The pilot with its timeline and its outbox."""
    zone = policy.zone
    return WholePilot(
        **_fields_of(pilot_record(pilot, standing, policy, entries=entries)),  # type: ignore[arg-type]
        ppstui=1,
        record="pilots",
        generated=instant(now, zone) or "",
        messages_known=pilot.whole,
        prolongations=tuple(
            ProlongationRecord(
                until=each.until.isoformat(), reason=each.reason, by=each.by or None, at=instant(each.at, zone)
            )
            for each in pilot.prolongations
        ),
        milestones=tuple(MilestoneRecord(on=each.on.isoformat(), what=each.what) for each in pilot.milestones),
        spent=tuple(
            SpentRecord(
                step=step.number,
                role=each.role.value,
                site=each.site or None,
                recorded_pd=in_days(each.minutes),
                on=each.on.isoformat() if each.on else None,
                by=each.by or None,
                note=each.note or None,
            )
            for step in pilot.steps
            for each in step.spent
        ),
        timeline=timeline(pilot, zone),
        outbox=tuple(entry_record(entry, zone) for entry in entries),
    )


def why_pilot(pilot: Pilot, standing: PilotStanding, reasons: Sequence[PilotReason], zone: dt.tzinfo) -> WhyPilot:
    """What holds a pilot up."""
    return WhyPilot(
        ppstui=1,
        ref=str(pilot.ref),
        state=standing.state.value,
        phase=standing.phase.value,
        whose_move=standing.mover.value,
        blocked=tuple(reason.blocker for reason in reasons),
        unblock=tuple(dict.fromkeys(reason.unblock for reason in reasons)),
        reasons=tuple(
            PilotReasonRecord(
                blocker=reason.blocker,
                unblock=reason.unblock,
                whose_move=reason.mover.value,
                code=reason.code.value if reason.code else None,
                step=reason.step or None,
            )
            for reason in reasons
        ),
        attention=tuple(pilot_attention_entry(entry, zone) for entry in standing.attention),
    )


def whole_commitment(record: Commitment | Wish, zone: dt.tzinfo, now: dt.datetime) -> WholeCommitment:
    """An entry of the registry."""
    return WholeCommitment(
        **_fields_of(commitment_record(record)),  # type: ignore[arg-type]
        ppstui=1,
        kind=record.kind.value,
        generated=instant(now, zone) or "",
    )
