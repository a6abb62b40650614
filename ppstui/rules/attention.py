"""What somebody has to see to on a rollout, how much it presses and whose move it is (SURFACE §3, DOMAIN §2, §3)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import Outcome, Phase
from ppstui.rules import clocks
from ppstui.rules.horizon import Horizon, amber_from, day_name, last_working_day, midnight, moment, over
from ppstui.rules.standings import Attention, Code, Mover, Severity, Stage, Standing, TeamState
from ppstui.rules.teams import calendar_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Parent, Rollout
    from ppstui.rules.policy import Policy
    from ppstui.rules.standings import ReportStanding, TeamStanding

RANK = {Severity.BLOCKED: 0, Severity.LATE: 1, Severity.SOON: 2, Severity.INFO: 3}
"""How much each severity presses; smaller presses more."""

_ORDER = {code: number for number, code in enumerate(Code)} | {Code.READY_TO_CLOSE: -2, Code.STALLED: -1}
"""Among entries that press alike and have no due time: the one that says most first."""

_FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


def attend(so_far: Standing, rollout: Rollout, policy: Policy, horizon: Horizon) -> tuple[Attention, ...]:
    """What needs attention, most pressing first: by severity, then by due time, then as `_ORDER` has it.

    `so_far` is the standing less its attention. Of a rollout that is not whole only the title is spoken of: nothing may
    be derived from messages that were not read. A stalled one has no clocks. `beta-left` and `conflict` are not for
    these rules: the first needs a service registry, the second an outbox.
    """
    entries = list(_of_title(so_far))
    if rollout.whole:
        entries += _of_parent(rollout)
        if so_far.stage is Stage.STALLED:
            entries.append(_entry(Code.STALLED, Severity.INFO, "on hold in its tracker", Mover.COORDINATOR))
        if rollout.phase.live:
            entries += _of_references(so_far)
        if rollout.phase.live and so_far.stage is not Stage.STALLED:
            entries += _of_choice(so_far, rollout, policy, horizon)
            for team in so_far.teams:
                entries += _of_answer(team, policy, horizon)
                entries += _of_exposure(team, policy, horizon)
                entries += _of_report(team, policy, horizon)
            entries += [_misnamed(file) for file in so_far.unclaimed]
        if rollout.phase is Phase.RESOLVED or so_far.stage is Stage.READY_TO_CLOSE:
            entries += _of_closing(so_far, rollout)
    return tuple(sorted(entries, key=_pressing))


def _pressing(entry: Attention) -> tuple[int, dt.datetime, int, str]:
    return RANK[entry.severity], entry.due or _FAR, _ORDER[entry.code], entry.team


def _entry(
    code: Code,
    severity: Severity,
    text: str,
    mover: Mover,
    since: dt.datetime | None = None,
    due: dt.datetime | None = None,
    team: str = "",
) -> Attention:
    return Attention(code=code, severity=severity, text=text, mover=mover, since=since, due=due, team=team)


# ----------------------------------------------------------------------------------------------- the rollout as a whole


def _of_title(so_far: Standing) -> Iterator[Attention]:
    if not so_far.title.parsed:
        yield _entry(Code.TITLE_UNPARSED, Severity.INFO, so_far.title.problem, Mover.COORDINATOR)


def _of_references(so_far: Standing) -> Iterator[Attention]:
    links = so_far.links
    wanted = (
        ("release notes", links.release_notes),
        ("fixed bugs", links.bugs),
        ("documentation", links.documentation),
    )
    missing = [name for name, url in wanted if not url]
    if missing:
        yield _entry(Code.LINKS_MISSING, Severity.INFO, f"missing links: {', '.join(missing)}", Mover.COORDINATOR)
    if so_far.incidents:
        more = f" and {len(so_far.incidents) - 1} more" if len(so_far.incidents) > 1 else ""
        yield _entry(Code.INCIDENT_OPEN, Severity.INFO, f"incident {so_far.incidents[0]}{more}", Mover.DEVELOPER)


def _of_choice(so_far: Standing, rollout: Rollout, policy: Policy, horizon: Horizon) -> Iterator[Attention]:
    if so_far.stage is Stage.NEW_UNASSIGNED:
        due = None
        if rollout.created:
            due = clocks.add(rollout.created, policy.assign, policy.zone, policy.calendar).astimezone(dt.UTC)
        severity = Severity.LATE if due and horizon.past(due) else Severity.SOON
        text = "no early-adopter team is assigned"
        yield _entry(Code.UNASSIGNED, severity, text, Mover.COORDINATOR, rollout.created, due)
    elif so_far.stage is Stage.NO_EA:
        since = max((team.answered for team in so_far.teams if team.assigned and team.answered), default=None)
        asked = f"; the list was polled on {moment(so_far.polled, policy.zone)}" if so_far.polled else ""
        text = f"every team that was asked declined{asked}"
        yield _entry(Code.NO_EA, Severity.BLOCKED, text, Mover.COORDINATOR, since)
    elif so_far.stage is Stage.READY_TO_CLOSE:
        reports = [team.report.at for team in so_far.teams if team.report and team.report.at]
        excused = " or need not" if any(team.waived for team in so_far.teams if team.assigned) else ""
        text = f"every team that accepted has reported{excused}"
        yield _entry(Code.READY_TO_CLOSE, Severity.SOON, text, Mover.COORDINATOR, max(reports, default=None))


def _of_closing(so_far: Standing, rollout: Rollout) -> Iterator[Attention]:
    """What has to be there before `resolved`, and is still missed after it (DOMAIN §2, guards)."""
    if outcome_of(rollout) is None:
        said = rollout.outcome.strip()
        text = f"the outcome says {said[:40]!r}, not ACCEPT or REJECT" if said else "the outcome is not set"
        yield _entry(Code.OUTCOME_MISSING, Severity.SOON, text, Mover.COORDINATOR)
    if not (rollout.document or rollout.document_url):
        text = "no document is named" if so_far.stage is Stage.READY_TO_CLOSE else "resolved without a document"
        yield _entry(Code.DOCUMENT_MISSING, Severity.SOON, text, Mover.COORDINATOR)


def outcome_of(rollout: Rollout) -> Outcome | None:
    """The outcome, however its field spells the two words; None when it says neither (DOMAIN §2)."""
    said = rollout.outcome.strip().upper()
    return Outcome(said) if said in ("ACCEPT", "REJECT") else None


# ----------------------------------------------------------------------------------------------------------- the parent

_PROGRESS = frozenset(
    {"unverified", "inverification", "stagerollout", "umdstore", "production", "umdstoreproduction", "rejected"}
)
"""The words of `RolloutProgress` (DOMAIN §2), as `_plain` leaves them."""
_CLOSED = frozenset({"resolved", "rejected", "deleted", "closed"})


def _plain(word: str) -> str:
    """A progress word for comparing: folded, without spaces and signs, "staged" as "stage" (DOMAIN §11.1)."""
    return "".join(sign for sign in word.casefold() if sign.isalnum()).replace("staged", "stage")


def _of_parent(rollout: Rollout) -> Iterator[Attention]:
    """A live rollout belongs under a parent in StageRollOut; a resolved one has told its parent (DOMAIN §2 T8)."""
    parent, text = rollout.parent, ""
    if parent is None:
        return
    if rollout.phase.live:
        word = _out_of_step(parent)
        text = f"{parent.ref} says {word[:40]} while its rollout is live" if word else ""
    elif rollout.phase is Phase.RESOLVED:
        outcome = outcome_of(rollout)
        untold = ["outcome"] * bool(outcome and parent.outcome.strip().upper() != outcome.value)
        untold += ["document"] * bool(rollout.document and parent.document.strip() != rollout.document.strip())
        text = f"{parent.ref} does not have the {' and the '.join(untold)} of its rollout" if untold else ""
    if text:
        yield _entry(Code.PARENT_OUT_OF_STEP, Severity.INFO, text, Mover.COORDINATOR)


def _out_of_step(parent: Parent) -> str:
    """The word by which a parent is not in StageRollOut, as it writes it; "" when it is, or does not say.

    A source may keep the progress in its status (DOMAIN §11.2); a tracker's own status word says nothing but that the
    parent is closed.
    """
    progress, status = _plain(parent.progress), _plain(parent.status)
    if not progress and status in _PROGRESS:
        progress = status
    if progress and progress != "stagerollout":
        return parent.progress or parent.status
    return parent.status if status in _CLOSED else ""


# --------------------------------------------------------------------------------------------------------- each team


def _of_answer(team: TeamStanding, policy: Policy, horizon: Horizon) -> Iterator[Attention]:
    name = team.team
    if team.state is TeamState.NOTIFIED:
        severity = Severity.INFO
        if team.due:
            amber = amber_from(team.due, policy.soon, policy.zone, calendar_of(team, policy))
            severity = Severity.SOON if horizon.reached(amber) else Severity.INFO
        text = f"waiting for the answer of {name}"
        yield _entry(Code.ACK_DUE, severity, text, Mover.EARLY_ADOPTER, team.notified, team.due, name)
    elif team.state is TeamState.ACK_OVERDUE:
        text = f"no answer from {name}"
        yield _entry(Code.ACK_OVERDUE, Severity.LATE, text, Mover.COORDINATOR, team.due, team.due, name)
    elif not team.assigned and team.state in (TeamState.ACCEPTED, TeamState.REPORTED):
        text = f"{name} accepted without being assigned"
        yield _entry(Code.UNASSIGNED_VOLUNTEER, Severity.SOON, text, Mover.COORDINATOR, team.answered, team=name)


def _of_exposure(team: TeamStanding, policy: Policy, horizon: Horizon) -> Iterator[Attention]:
    name, start, end = team.team, team.exposure_start, team.exposure_end
    if start is None or end is None:
        return
    counted = ", counted from its acceptance" if team.exposure_assumed else ""
    if team.state in (TeamState.ACCEPTED, TeamState.EXPOSING):
        begins = midnight(max(start, last_working_day(end, calendar_of(team, policy))), policy.zone)
        if horizon.reached(begins):
            text = f"the exposure at {name} ends on {day_name(end)}{counted}"
            due = over(end, policy.zone)
            yield _entry(Code.EXPOSURE_ENDING, Severity.SOON, text, Mover.EARLY_ADOPTER, begins, due, name)
    elif team.state is TeamState.REPORT_MISSING and not team.exposure_extended:
        text = f"the exposure at {name} ended on {day_name(end)} and was not extended{counted}"
        yield _entry(Code.EXPOSURE_OVER, Severity.INFO, text, Mover.COORDINATOR, over(end, policy.zone), team=name)
    elif team.state is TeamState.REPORTED and team.report and team.report.at:
        day = clocks.local_day(team.report.at, policy.zone)
        if day < start + dt.timedelta(days=policy.exposure_minimum - 1):
            text = (
                f"{name} reported on {day_name(day)}, before {policy.exposure_minimum} days of exposure"
                f" since {day_name(start)}{counted}"
            )
            yield _entry(Code.EXPOSURE_SHORT, Severity.INFO, text, Mover.COORDINATOR, team.report.at, team=name)


def _of_report(team: TeamStanding, policy: Policy, horizon: Horizon) -> Iterator[Attention]:
    name = team.team
    misnamed = team.report is not None and not team.report.valid and not team.waived
    if team.report and misnamed:
        yield _misnamed(team.report, name)
    if team.state is TeamState.REPORT_MISSING and team.exposure_end:
        since = over(team.exposure_end, policy.zone)
        due = clocks.add(since, policy.report_warning, policy.zone, calendar_of(team, policy)).astimezone(dt.UTC)
        late = horizon.past(due)
        mover = Mover.COORDINATOR if late or misnamed else Mover.EARLY_ADOPTER
        severity = Severity.LATE if late else Severity.SOON
        yield _entry(Code.REPORT_MISSING, severity, f"no report from {name}", mover, since, due, name)


def _misnamed(file: ReportStanding, team: str = "") -> Attention:
    text = f"{file.name[:120]}: {file.problem}"
    return _entry(Code.REPORT_MISNAMED, Severity.SOON, text, Mover.COORDINATOR, file.at, team=team)
