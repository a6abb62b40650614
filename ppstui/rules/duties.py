"""The coordinator's weekly checklist: what appears when it is due and goes when the board shows it done (DOMAIN §10).

Most duties are seen on the board: nobody ticks "assign the new rollouts", it goes when none is left. The few that leave
no trace are ticked by hand, by their key. Nothing is due on a day on which nobody works.
"""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from ppstui.model import Agenda, Pilot, Ref, Rollout, Update
from ppstui.rules.clocks import end_of_day, local_day
from ppstui.rules.meetings import Appointment, Meeting, appointments, last_appointment
from ppstui.rules.pilots.standings import PilotCode, PilotStanding, PilotState
from ppstui.rules.standings import Code, Severity, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ppstui.rules.pilots.standings import PilotAttention
    from ppstui.rules.policy import Policy
    from ppstui.rules.standings import Attention


class Rhythm(Enum):
    """When a duty comes up."""

    DAILY = "daily"
    MEETING = "meeting"
    WEEKLY = "weekly"
    EVENT = "event"


class Duty(Struct, frozen=True, kw_only=True):
    """One thing for a coordinator to do now."""

    code: str
    rhythm: Rhythm
    text: str
    due: dt.datetime
    refs: tuple[Ref, ...] = ()
    """What it is about, most pressing first; () for what is about no record."""
    teams: tuple[str, ...] = ()
    meeting: str = ""
    key: str
    """Names this duty of this day or week, for ticking it by hand."""
    by_hand: bool = False
    """No board can show that it was done."""


class Evidence(Struct, frozen=True, kw_only=True):
    """What a desk knows, as far as duties need it."""

    rollouts: tuple[tuple[Rollout, Standing], ...] = ()
    pilots: tuple[tuple[Pilot, PilotStanding], ...] = ()
    meetings: tuple[Meeting, ...] = ()
    agendas: tuple[Agenda, ...] = ()
    """What servers list of them: what was moved or cancelled there is (DOMAIN §7)."""
    bulletins: dict[str, str] = field(default_factory=dict)
    """The meetings that a bulletin is for, each with the issue that was published last, as `2026-W47`; "" for none."""
    notes: frozenset[str] = frozenset()
    """The meetings that take notes: priorities to raise, decisions."""
    agenda: str = "EMT"
    """The meeting to whose agenda minor pilots' wrap-ups go."""
    vacancies: int = 0
    """How many are to be published with the bulletins that carry them."""
    beta_left: tuple[Ref, ...] = ()
    """Endpoints that still carry the beta flag after their rollout ended."""
    silent_teams: tuple[str, ...] = ()
    """Teams that let several calls in a row pass."""
    ticked: frozenset[str] = frozenset()


_FRIDAY = 4


def duties(evidence: Evidence, policy: Policy, now: dt.datetime) -> tuple[Duty, ...]:
    """What is to be done now, the soonest first."""
    today = local_day(now, policy.zone)
    if not policy.calendar.working(today):
        return ()
    found = [
        *_daily(evidence, policy, today),
        *_before_meetings(evidence, policy, now, today),
        *_weekly(evidence, policy, today),
        *_on_event(evidence, policy, today),
    ]
    return tuple(sorted((each for each in found if each.key not in evidence.ticked), key=lambda each: each.due))


# --------------------------------------------------------------------------------------------------------------- daily

_LATE_ENOUGH = (Severity.BLOCKED, Severity.LATE, Severity.SOON)
_DAILY: tuple[tuple[str, str, frozenset[Code]], ...] = (
    ("assign", "choose early adopters for new rollouts", frozenset({Code.UNASSIGNED})),
    ("poll", "poll the lists for rollouts nobody accepted", frozenset({Code.NO_EA})),
    ("volunteers", "confirm or decline volunteers", frozenset({Code.UNASSIGNED_VOLUNTEER})),
    ("acks", "see to answers that are due or overdue", frozenset({Code.ACK_DUE, Code.ACK_OVERDUE})),
    ("exposures", "see to exposures that end", frozenset({Code.EXPOSURE_ENDING, Code.EXPOSURE_OVER})),
    ("reports", "collect reports", frozenset({Code.REPORT_MISSING, Code.REPORT_MISNAMED})),
)


def _daily(evidence: Evidence, policy: Policy, today: dt.date) -> Iterator[Duty]:
    for code, text, codes in _DAILY:
        refs = _rollouts(evidence, codes, calm=code == "exposures")
        if refs:
            yield _duty(code, Rhythm.DAILY, text, today, policy, refs)
    incidents = _rollouts(evidence, frozenset({Code.INCIDENT_OPEN}), calm=True)
    if incidents:
        yield _duty("incidents", Rhythm.DAILY, "follow open incident tickets", today, policy, incidents, by_hand=True)
    pilots = tuple(
        pilot.ref
        for pilot, standing in evidence.pilots
        if any(entry.code not in _WEEKLY_PILOTS and entry.severity in _LATE_ENOUGH for entry in standing.attention)
    )
    if pilots:
        yield _duty("pilots", Rhythm.DAILY, "see to pilots that fall due", today, policy, pilots)
    yield _duty("problem-reports", Rhythm.DAILY, "look through software problem reports", today, policy, by_hand=True)


def _rollouts(evidence: Evidence, codes: frozenset[Code], *, calm: bool = False) -> tuple[Ref, ...]:
    """The rollouts with such an entry; `calm` takes also what only is to know."""
    return _refs(((rollout.ref, standing.attention) for rollout, standing in evidence.rollouts), codes, calm=calm)


def _refs(
    board: Iterable[tuple[Ref, tuple[Attention, ...] | tuple[PilotAttention, ...]]],
    codes: frozenset[Code] | frozenset[PilotCode],
    *,
    calm: bool,
) -> tuple[Ref, ...]:
    return tuple(
        ref
        for ref, attention in board
        if any(entry.code in codes and (calm or entry.severity in _LATE_ENOUGH) for entry in attention)
    )


def _duty(
    code: str,
    rhythm: Rhythm,
    text: str,
    on: dt.date,
    policy: Policy,
    refs: tuple[Ref, ...] = (),
    *,
    teams: tuple[str, ...] = (),
    by_hand: bool = False,
) -> Duty:
    when = week_name(on) if rhythm is Rhythm.WEEKLY else on.isoformat()
    due = end_of_day(on, policy.zone)
    key = f"{code}:{when}"
    return Duty(code=code, rhythm=rhythm, text=text, due=due, refs=refs, teams=teams, key=key, by_hand=by_hand)


def week_name(day: dt.date) -> str:
    """The ISO week of a day, as bulletins number their issues: `2026-W53`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


# ------------------------------------------------------------------------------------------------------------ meetings


def _before_meetings(evidence: Evidence, policy: Policy, now: dt.datetime, today: dt.date) -> Iterator[Duty]:
    of_today = appointments(evidence.meetings, evidence.agendas, today, today, policy.zone)
    for meeting in evidence.meetings:
        held = [each for each in of_today if each.name == meeting.name and not each.cancelled]
        yield from _of_bulletin(meeting, evidence, policy, now, held[0] if held else None)
        for each in held:
            if each.end <= now:
                continue
            key = f"{{}}:{meeting.name}:{today}:{each.start:%H%M}"
            if meeting.name in evidence.notes:
                yield Duty(
                    code="notes",
                    rhythm=Rhythm.MEETING,
                    text=f"prepare notes for {meeting.name}",
                    due=each.start,
                    meeting=meeting.name,
                    key=key.format("notes"),
                    by_hand=True,
                )
            wrap_ups = _wrap_ups(evidence) if meeting.name == evidence.agenda else ()
            if wrap_ups:
                yield Duty(
                    code="wrap-ups",
                    rhythm=Rhythm.MEETING,
                    text=f"take wrap-ups of minor pilots to {meeting.name}",
                    due=each.start,
                    refs=wrap_ups,
                    meeting=meeting.name,
                    key=key.format("wrap-ups"),
                )


def _wrap_ups(evidence: Evidence) -> tuple[Ref, ...]:
    return tuple(
        pilot.ref
        for pilot, standing in evidence.pilots
        if pilot.update is Update.MINOR
        if any(entry.code is PilotCode.WRAP_UP_DUE for entry in standing.attention)
    )


def _of_bulletin(
    meeting: Meeting, evidence: Evidence, policy: Policy, now: dt.datetime, coming: Appointment | None
) -> Iterator[Duty]:
    """On the day of the meeting until it is published; a missed one stays until the day of the next."""
    if meeting.name not in evidence.bulletins:
        return
    meant = coming or last_appointment(evidence.meetings, evidence.agendas, now, policy.zone, meeting.name)
    if meant is None:
        return
    on = local_day(meant.start, policy.zone)
    if evidence.bulletins[meeting.name] >= week_name(on):
        return
    also = f", with {_count(evidence.vacancies, 'vacancy', 'vacancies')}" if evidence.vacancies else ""
    yield Duty(
        code="bulletin",
        rhythm=Rhythm.MEETING,
        text=f"publish the bulletin for {meeting.name}{also}",
        due=meant.start,
        meeting=meeting.name,
        key=f"bulletin:{meeting.name}:{on}",
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


# --------------------------------------------------------------------------------------------------- weekly, on event

_WEEKLY_PILOTS = frozenset({PilotCode.READY_TO_CLOSE})


def _weekly(evidence: Evidence, policy: Policy, today: dt.date) -> Iterator[Duty]:
    """On Friday, or the last working day before it when nobody works on Friday."""
    if today != closing_day(today, policy):
        return
    ready = _rollouts(evidence, frozenset({Code.READY_TO_CLOSE}))
    if ready:
        yield _duty("close", Rhythm.WEEKLY, "close rollouts with all reports", today, policy, ready)
    documents = _rollouts(evidence, frozenset({Code.DOCUMENT_MISSING}))
    if documents:
        yield _duty("documents", Rhythm.WEEKLY, "register documents that are missing", today, policy, documents)
    if evidence.beta_left:
        yield _duty("beta", Rhythm.WEEKLY, "clear beta flags left on", today, policy, evidence.beta_left)
    done = _refs(((pilot.ref, each.attention) for pilot, each in evidence.pilots), _WEEKLY_PILOTS, calm=True)
    if done:
        yield _duty("close-pilots", Rhythm.WEEKLY, "close pilots with every step settled", today, policy, done)
    if evidence.silent_teams:
        yield _duty(
            "teams",
            Rhythm.WEEKLY,
            "keep the early adopters' lists: some teams no longer answer",
            today,
            policy,
            teams=evidence.silent_teams,
            by_hand=True,
        )
    yield _duty("credits", Rhythm.WEEKLY, "enter the credits of the week", today, policy, by_hand=True)


def closing_day(today: dt.date, policy: Policy) -> dt.date:
    """The day of that week on which it is tidied up."""
    friday = today + dt.timedelta(days=_FRIDAY - today.weekday())
    monday = friday - dt.timedelta(days=_FRIDAY)
    days = (friday - dt.timedelta(days=back) for back in range(_FRIDAY + 1))
    return next((day for day in days if day >= monday and policy.calendar.working(day)), friday)


def _on_event(evidence: Evidence, policy: Policy, today: dt.date) -> Iterator[Duty]:
    asked = tuple(pilot.ref for pilot, standing in evidence.pilots if standing.state is PilotState.REQUESTED)
    if asked:
        yield _duty("feasibility", Rhythm.EVENT, "judge whether requested pilots are feasible", today, policy, asked)
    odd = frozenset({Code.CONFLICT, Code.PARENT_OUT_OF_STEP})
    refs = _rollouts(evidence, odd, calm=True)
    if refs:
        yield _duty("out-of-step", Rhythm.EVENT, "set records right that contradict each other", today, policy, refs)
