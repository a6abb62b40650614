"""Where each team of a rollout stands: its answer, its exposure, its report (DOMAIN §2, §3, §4.2)."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, get_args

from msgspec import Struct

from ppstui.model import Acknowledge, Answer, Command, Voice, command_name
from ppstui.rules import clocks
from ppstui.rules.answers import find_answers, match_team
from ppstui.rules.horizon import Horizon, midnight, moment, over, plausible
from ppstui.rules.names import read_report, read_team, report_name
from ppstui.rules.standings import ReportStanding, TeamStanding, TeamState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.model import Assignment, Message, Rollout
    from ppstui.rules.answers import AnswerLine
    from ppstui.rules.clocks import Calendar
    from ppstui.rules.policy import Policy
    from ppstui.rules.titles import TitleStanding


def team_key(team: str) -> str:
    """What two spellings of one team have in common: without `ea-` (DOMAIN §11.7), case-folded."""
    return team.strip().casefold().removeprefix("ea-")


def calendar_of(team: TeamStanding, policy: Policy) -> Calendar:
    """The team's working days: its own calendar by whole name, else its NGI's, else the desk's."""
    return _calendar(team.team, team.ngi, policy)


def _calendar(name: str, ngi: str, policy: Policy) -> Calendar:
    own = policy.site_calendars
    return own.get(name) or own.get(ngi) or policy.calendar if own else policy.calendar


def team_standings(
    rollout: Rollout, title: TitleStanding, policy: Policy, horizon: Horizon
) -> tuple[tuple[TeamStanding, ...], tuple[ReportStanding, ...]]:
    """The teams, and the reports of which nobody can say whose they are.

    Assigned teams in the order of assignment, then volunteers, then those that answered and were taken out again.
    """
    assigned = tuple(assignment.team for assignment in rollout.assignments)
    heard = _hear(rollout, assigned, policy)
    filed = _file(rollout, assigned, heard, title, policy)
    teams: dict[str, TeamStanding] = {}
    for assignment in rollout.assignments:
        name = team_key(assignment.team)
        if name not in teams:
            teams[name] = _assigned(rollout, assignment, heard, filed.best.get(name), policy, horizon)
    strangers = {name: said for name, said in heard.answers.items() if name not in teams}
    removed = _removed(rollout) if strangers else set()
    unassigned = [
        _unassigned(said, filed.best.get(name), policy, gone=name in removed) for name, said in strangers.items()
    ]
    unassigned.sort(key=lambda team: team.state is TeamState.WITHDRAWN)
    return (*teams.values(), *unassigned), tuple(filed.unclaimed)


# ------------------------------------------------------------------------------------------------------ what was said


class Heard(Struct, frozen=True, kw_only=True):
    """One answer of one team, as somebody wrote it."""

    team: str
    answer: Answer
    at: dt.datetime
    author: str
    line: str
    message: str
    on_behalf: bool


class _Ledger(Struct, frozen=True):
    """Everything said on a rollout that concerns its teams, by `team_key`."""

    answers: dict[str, list[Heard]]
    """Oldest first."""
    reminded: dict[str, dt.datetime]


def heard(rollout: Rollout, policy: Policy) -> tuple[Heard, ...]:
    """Every answer of every team, also of those that nobody chose, oldest first."""
    assigned = tuple(assignment.team for assignment in rollout.assignments)
    said = (each for answers in _hear(rollout, assigned, policy).answers.values() for each in answers)
    return tuple(sorted(said, key=lambda each: each.at))


_OTHER_COMMANDS = tuple(f"{command_name(kind)}-" for kind in get_args(Command) if kind is not Acknowledge)
"""How the keys of commands begin that answer for nobody."""


def _hear(rollout: Rollout, assigned: tuple[str, ...], policy: Policy) -> _Ledger:
    """Reads every message once."""
    answers: dict[str, list[Heard]] = {}
    reminded: dict[str, dt.datetime] = {}
    managers = {name.casefold() for name in (*rollout.managers, rollout.owner, *_choosers(rollout)) if name}
    for message, marks in marked(rollout.messages):
        if any(mark.startswith("remind-") for mark in marks):
            reminded.update((name, message.at) for name in named(message.text, assigned))
            continue
        if message.system or not _may_answer(message.text):
            continue
        lines = find_answers(message.text)
        by_desk = bool(marks) or message.author.casefold() in managers
        on_behalf = any(not mark.startswith(_OTHER_COMMANDS) for mark in marks)
        if not _counts(message, lines, by_desk=by_desk, on_behalf=on_behalf):
            continue
        for line in lines:
            team, _ = match_team(line.team, assigned, policy.roster)
            if not team:
                continue
            answers.setdefault(team_key(team), []).append(
                Heard(
                    team=team,
                    answer=line.answer,
                    at=message.at,
                    author=message.author,
                    line=line.line.strip(),
                    message=message.id,
                    on_behalf=by_desk,
                )
            )
    return _Ledger(answers, reminded)


def marked(messages: Iterable[Message]) -> Iterator[tuple[Message, tuple[str, ...]]]:
    """Each message with the marks that are its own.

    A mark stands for the first message that carries it: mail that quotes that message carries it too, and is its
    sender's own word.
    """
    seen: set[str] = set()
    for message in messages:
        marks = tuple(mark for mark in message.marks if mark not in seen)
        seen.update(marks)
        yield message, marks


def polled(messages: Iterable[Message]) -> dt.datetime | None:
    """When a desk last asked the early-adopters list; None when none ever did."""
    asked = (each.at for each, marks in marked(messages) if any(mark.startswith("poll-") for mark in marks))
    return max(asked, default=None)


def _may_answer(text: str) -> bool:
    """Whether a text is worth reading for answers: ten times as fast as a pattern that ignores case."""
    lower = text.lower()
    return "accept" in lower or "reject" in lower


def _choosers(rollout: Rollout) -> Iterator[str]:
    return (assignment.by for assignment in rollout.assignments)


def _counts(message: Message, lines: Sequence[AnswerLine], *, by_desk: bool, on_behalf: bool) -> bool:
    """Whether answer lines in a message are answers (DOMAIN §4.2).

    Always when a desk wrote them on the team's behalf; never in an internal note otherwise. Of a coordinator's message
    only when it is nothing else: the one answer line comes first, entered by hand. The rest of what coordinators write
    tells teams how to answer.
    """
    if on_behalf or not lines:
        return bool(lines)
    if message.voice is Voice.COMMENT:
        return False
    if not by_desk:
        return True
    opening = next((line for line in message.text.splitlines() if line.strip()), "")
    return len(lines) == 1 and opening.strip() == lines[0].line.strip()


def named(text: str, assigned: Sequence[str]) -> list[str]:
    """The assigned teams that a text names, by `team_key`; all of them when it names none."""
    folded = text.casefold()
    names = [team_key(team) for team in assigned]
    return [name for name in names if mentions(folded, name)] or names


def mentions(folded: str, name: str) -> bool:
    """Whether a case-folded text holds a team's `team_key` as a whole name, with or without `ea-`."""
    at = folded.find(name)
    while at >= 0:
        before = folded[max(at - 4, 0) : at].removesuffix("ea-")[-1:]
        rest = folded[at + len(name) : at + len(name) + 2]
        after = rest[1:2] if rest[:1] in ("-", ".") else rest[:1]
        if not (before.isalnum() or before in ("_", "-")) and not (after.isalnum() or after == "_"):
            return True
        at = folded.find(name, at + 1)
    return False


_REMOVAL = r"(?i)teams?\b.*?\s(?P<sign>[+\-\u2212\u2013])\s*(?P<team>\S+)"


def _removed(rollout: Rollout) -> set[str]:
    """Teams that the history says were taken out, by `team_key` (events read `teams - ea-NGI_IT-INFN-T1`)."""
    gone: set[str] = set()
    for event in rollout.events:
        found = re.match(_REMOVAL, event.text)
        if found:
            (gone.discard if found["sign"] == "+" else gone.add)(team_key(found["team"].rstrip(",;")))
    return gone


# ------------------------------------------------------------------------------------------------------- what was sent


class _Filed(Struct, frozen=True):
    """The files that are, or want to be, reports."""

    best: dict[str, ReportStanding]
    """By team (`team_key`): the newest valid one, or the newest misnamed one while none is valid."""
    unclaimed: list[ReportStanding]


def _file(rollout: Rollout, assigned: tuple[str, ...], heard: _Ledger, title: TitleStanding, policy: Policy) -> _Filed:
    """Sorts the attachments by team: as the name says, else by who sent it, else to the only team there is.

    A file that names a team nobody chose is only taken for a slip of the pen when its sender answered for a team.
    """
    best: dict[str, ReportStanding] = {}
    unclaimed: list[ReportStanding] = []
    known = {team_key(team): team for team in assigned}
    known.update((name, said[-1].team) for name, said in heard.answers.items() if name not in known)
    for attachment in rollout.attachments:
        reading = read_report(attachment.name, title, assigned, policy.roster, policy.stacks)
        if reading.kind != "report":
            continue
        team, problem = team_key(reading.team), reading.problem
        if team not in known:
            problem = problem or f"{reading.team or 'its team'} is not assigned to this rollout"
            alone = next(iter(known)) if len(known) == 1 and not reading.team else ""
            team = _sender(attachment.author, heard) or alone
        expected = report_name(known[team], title, reading.ext, policy.report_stack) if team and title.parsed else ""
        file = ReportStanding(
            name=attachment.name,
            valid=not problem,
            problem=_told(problem, expected) if problem else "; ".join(reading.warnings),
            url=attachment.url,
            at=attachment.at,
        )
        if not team:
            unclaimed.append(file)
        elif team not in best or _succeeds(file, best[team]):
            best[team] = file
    return _Filed(best, unclaimed)


def _told(problem: str, expected: str) -> str:
    return f"{problem}; it should be {expected}" if expected else problem


def _succeeds(file: ReportStanding, other: ReportStanding) -> bool:
    if file.valid is not other.valid:
        return file.valid
    return file.at is None or other.at is None or file.at >= other.at


def _sender(author: str, heard: _Ledger) -> str:
    """The team, by `team_key`, for which this account alone answered itself; "" when that is none or several."""
    folded = author.casefold()
    teams = [
        name
        for name, said in heard.answers.items()
        if folded and any(each.author.casefold() == folded and not each.on_behalf for each in said)
    ]
    return teams[0] if len(teams) == 1 else ""


# ------------------------------------------------------------------------------------------------------- one team


def _assigned(
    rollout: Rollout,
    assignment: Assignment,
    heard: _Ledger,
    report: ReportStanding | None,
    policy: Policy,
    horizon: Horizon,
) -> TeamStanding:
    name = read_team(assignment.team, policy.roster)
    notified = assignment.notified
    due = None
    if notified is not None:
        calendar = _calendar(assignment.team, name.ngi, policy)
        due = clocks.add(notified, policy.acknowledge, policy.zone, calendar).astimezone(dt.UTC)
    said = [
        each for each in heard.answers.get(team_key(assignment.team), ()) if notified is None or each.at >= notified
    ]
    last = said[-1] if said else None
    if last is None:
        late = due is not None and horizon.past(due)
    else:
        late = due is not None and last.at.astimezone(dt.UTC) > due
    accepted = last is not None and last.answer is Answer.ACCEPT
    waived = "" if report and report.valid else _waived(rollout, assignment.team)
    exposed = (
        window(rollout, assignment.team, last.at if last and accepted else None, policy) if accepted else _NO_WINDOW
    )
    return TeamStanding(
        team=assignment.team,
        ngi=name.ngi,
        site=name.site,
        problem=name.problem,
        state=_state(last, exposed, policy, horizon, late=late, settled=bool(waived or (report and report.valid))),
        notified=notified,
        due=due,
        answer=last.answer if last else None,
        answered=last.at if last else None,
        late=late,
        evidence=_evidence(last, policy) if last else "",
        evidence_id=last.message if last else "",
        earlier=tuple(_evidence(each, policy) for each in said[:-1]),
        on_behalf=last.on_behalf if last else False,
        report=report,
        waived=waived,
        exposure_start=exposed.start,
        exposure_assumed=exposed.assumed,
        exposure_end=exposed.end,
        exposure_extended=exposed.extended,
        exposure_reason=exposed.reason,
        reminded=heard.reminded.get(team_key(assignment.team)),
    )


def _unassigned(said: Sequence[Heard], report: ReportStanding | None, policy: Policy, *, gone: bool) -> TeamStanding:
    last = said[-1]
    name = read_team(last.team, policy.roster)
    state = TeamState.REJECTED if last.answer is Answer.REJECT else TeamState.ACCEPTED
    if report and report.valid and state is TeamState.ACCEPTED:
        state = TeamState.REPORTED
    return TeamStanding(
        team=last.team,
        ngi=name.ngi,
        site=name.site,
        problem=name.problem,
        state=TeamState.WITHDRAWN if gone else state,
        answer=last.answer,
        answered=last.at,
        evidence=_evidence(last, policy),
        evidence_id=last.message,
        earlier=tuple(_evidence(each, policy) for each in said[:-1]),
        on_behalf=last.on_behalf,
        assigned=False,
        report=report,
    )


def _waived(rollout: Rollout, team: str) -> str:
    """Why this team's report is not needed, as was said last; "" when it is."""
    reasons = [waiver.reason for waiver in rollout.waivers if team_key(waiver.team) == team_key(team)]
    return reasons[-1] if reasons else ""


def _evidence(heard: Heard, policy: Policy) -> str:
    return f"{heard.line} ({heard.author}, {moment(heard.at, policy.zone)})"


def _state(
    last: Heard | None,
    exposed: Window,
    policy: Policy,
    horizon: Horizon,
    *,
    late: bool,
    settled: bool,
) -> TeamState:
    """DOMAIN §2, per team. A valid report speaks for itself, whether or not its team ever answered; so does a waiver.

    `settled`: there is one or the other.
    """
    if last is not None and last.answer is Answer.REJECT:
        return TeamState.REJECTED
    if settled:
        return TeamState.REPORTED
    if last is None:
        return TeamState.ACK_OVERDUE if late else TeamState.NOTIFIED
    if exposed.start is None or exposed.end is None:
        return TeamState.ACCEPTED
    if not exposed.assumed and not horizon.reached(midnight(exposed.start, policy.zone)):
        return TeamState.TESTING
    if horizon.reached(over(exposed.end, policy.zone)):
        return TeamState.REPORT_MISSING
    return TeamState.ACCEPTED if exposed.assumed else TeamState.EXPOSING


# ---------------------------------------------------------------------------------------------------------- exposure


class Window(Struct, frozen=True, kw_only=True):
    """The days a team is exposed to production load, both inclusive; `ExposureStanding` says how they are counted."""

    start: dt.date | None = None
    end: dt.date | None = None
    assumed: bool = True
    extended: bool = False
    reason: str = ""


_NO_WINDOW = Window()


def window(rollout: Rollout, team: str, accepted: dt.datetime | None, policy: Policy) -> Window:
    """One team's exposure: what was said for it, else for all, else from the day it accepted (DOMAIN §3 [A]).

    It ends after the maximum of days, or on the day it was extended to. What was said last holds.
    """
    start = until = None
    reason = ""
    for wanted in ("", team_key(team)) if team else ("",):
        for exposure in rollout.exposures:
            if (team_key(exposure.team) if exposure.team else "") != wanted:
                continue
            start = exposure.start or start
            if exposure.until:
                until, reason = exposure.until, exposure.reason
    assumed = start is None
    start, until = start and plausible(start), until and plausible(until)
    if start is None and accepted is not None:
        start = clocks.local_day(accepted, policy.zone)
    if start is None:
        return _NO_WINDOW
    end = until or start + dt.timedelta(days=max(policy.exposure_maximum, 1) - 1)
    return Window(start=start, end=end, assumed=assumed, extended=until is not None, reason=reason)
