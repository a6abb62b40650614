"""The documents of `show` and `why`: one record whole, with its history and everything ever asked for on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Voice
from ppstui.views.records import (
    AckRecord,
    AttentionEntry,
    EntryRecord,
    RolloutRecord,
    TeamRecord,
    ack_records,
    attention_entry,
    entry_record,
    instant,
    rollout_record,
    team_record,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from ppstui.model import Commitment, Entry, Pilot, Ref, Rollout, Team
    from ppstui.rules.rollouts import Mover, Standing, TeamStanding
    from ppstui.rules.why import Reason
    from ppstui.views.pilot_records import HealthRecord


class Moment(Struct, frozen=True, kw_only=True):
    """One line of a record's timeline."""

    at: str | None
    kind: str
    """`description`, `reply`, `comment`, `event` or `attachment`."""
    author: str | None
    text: str
    id: str
    url: str | None


class WholeRollout(RolloutRecord, frozen=True, kw_only=True):
    """What `show REF --json` prints of a rollout."""

    ppstui: int
    kind: str
    generated: str
    messages_known: bool
    """False while only the list columns are known: the timeline is not complete yet."""
    timeline: tuple[Moment, ...]
    outbox: tuple[EntryRecord, ...]
    """Every write ever asked for on it, newest first."""


class WholePart(AckRecord, frozen=True, kw_only=True):
    """What `show REF/TEAM --json` prints: one team's part of a rollout."""

    ppstui: int
    kind: str
    generated: str
    attention: tuple[AttentionEntry, ...]
    whose_move: str
    timeline: tuple[Moment, ...]
    outbox: tuple[EntryRecord, ...]


class WholeTeam(TeamRecord, frozen=True, kw_only=True):
    """What `show REF --json` prints of a team of the roster."""

    ppstui: int
    kind: str
    generated: str
    parts: tuple[str, ...]
    """References of its parts of open rollouts."""


class ReasonRecord(Struct, frozen=True, kw_only=True):
    """One thing that holds a rollout up."""

    blocker: str
    unblock: str
    whose_move: str
    code: str | None
    team: str | None


class WhyRecord(Struct, frozen=True, kw_only=True):
    """What `why REF --json` prints."""

    ppstui: int
    ref: str
    stage: str
    whose_move: str
    blocked: tuple[str, ...]
    """What stands in the way, a sentence each."""
    unblock: tuple[str, ...]
    """What would lift it, a sentence each."""
    reasons: tuple[ReasonRecord, ...]
    """The same in pairs, with whose move each is."""
    attention: tuple[AttentionEntry, ...]


# ------------------------------------------------------------------------------------------------------------ making


def _fields_of(record: Struct) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def whole_rollout(
    rollout: Rollout, standing: Standing, entries: Sequence[Entry], zone: dt.tzinfo, now: dt.datetime
) -> WholeRollout:
    """The rollout with its timeline and its outbox."""
    record = rollout_record(rollout, standing, entries, zone)
    return WholeRollout(
        **_fields_of(record),  # type: ignore[arg-type]
        ppstui=1,
        kind="rollouts",
        generated=instant(now, zone) or "",
        messages_known=rollout.whole,
        timeline=timeline(rollout, zone),
        outbox=tuple(entry_record(entry, zone) for entry in entries),
    )


def whole_part(
    rollout: Rollout,
    standing: Standing,
    team: TeamStanding,
    entries: Sequence[Entry],
    zone: dt.tzinfo,
    now: dt.datetime,
) -> WholePart:
    """One team's part of a rollout, with what in the history is about that team."""
    record = next(
        each for each in ack_records(rollout_record(rollout, standing, entries, zone)) if each.team == team.team
    )
    mine = [entry for entry in standing.attention if entry.team == team.team]
    return WholePart(
        **_fields_of(record),  # type: ignore[arg-type]
        ppstui=1,
        kind="acks",
        generated=instant(now, zone) or "",
        attention=tuple(attention_entry(entry, zone) for entry in mine),
        whose_move=(mine[0].mover if mine else standing.mover).value,
        timeline=tuple(
            moment
            for moment in timeline(rollout, zone)
            if moment.id == team.evidence_id or team.site.casefold() in moment.text.casefold()
        )
        if team.site
        else (),
        outbox=tuple(entry_record(entry, zone) for entry in entries),
    )


def whole_team(
    team: Team,
    parts: Iterable[tuple[str, TeamStanding]],
    zone: dt.tzinfo,
    now: dt.datetime,
    committed: Iterable[Commitment] = (),
    health: HealthRecord | None = None,
) -> WholeTeam:
    """A team of the roster with its parts of open rollouts, references and standings, and what it stands for."""
    mine = tuple(parts)
    return WholeTeam(
        **_fields_of(team_record(team, (part for _, part in mine), committed, health)),  # type: ignore[arg-type]
        ppstui=1,
        kind="teams",
        generated=instant(now, zone) or "",
        parts=tuple(ref for ref, _ in mine),
    )


def timeline(record: Rollout | Pilot, zone: dt.tzinfo) -> tuple[Moment, ...]:
    """Everything that happened on a record, oldest first; what has no date comes first."""
    dated: list[tuple[float, Moment]] = []

    def add(at: dt.datetime | None, kind: str, author: str, text: str, key: str, url: str = "") -> None:
        moment = Moment(at=instant(at, zone), kind=kind, author=author or None, text=text, id=key, url=url or None)
        dated.append((at.timestamp() if at else float("-inf"), moment))

    # Trackers tell seconds: within one, a team is chosen before it answers, and an answer brings its files along.
    for message in record.messages:
        if message.voice is Voice.DESCRIPTION:
            add(message.at, message.voice.value, message.author, message.text, message.id)
    for event in record.events:
        add(event.at, "event", event.author, event.text, event.id)
    for message in record.messages:
        if message.voice is not Voice.DESCRIPTION:
            add(message.at, message.voice.value, message.author, message.text, message.id)
    for file in record.attachments:
        add(file.at, "attachment", file.author, file.name, file.id, file.url)
    return tuple(moment for _, moment in sorted(dated, key=lambda pair: pair[0]))


def why_record(ref: Ref, standing: Standing, reasons: Sequence[Reason], mover: Mover, zone: dt.tzinfo) -> WhyRecord:
    """What holds a rollout up, or one team's part of it; `reasons` and `mover` are those of that part."""
    return WhyRecord(
        ppstui=1,
        ref=str(ref),
        stage=standing.stage.value,
        whose_move=mover.value,
        blocked=tuple(reason.blocker for reason in reasons),
        unblock=tuple(dict.fromkeys(reason.unblock for reason in reasons)),
        reasons=tuple(
            ReasonRecord(
                blocker=reason.blocker,
                unblock=reason.unblock,
                whose_move=reason.mover.value,
                code=reason.code.value if reason.code else None,
                team=reason.team or None,
            )
            for reason in reasons
        ),
        attention=tuple(
            attention_entry(entry, zone)
            for entry in standing.attention
            if not ref.part or entry.team in _teams(reasons)
        ),
    )


def _teams(reasons: Iterable[Reason]) -> set[str]:
    return {reason.team for reason in reasons if reason.team}
