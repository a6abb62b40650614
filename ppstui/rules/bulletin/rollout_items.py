"""What is told of one rollout: that it entered or left, how it stands, its row of the table, its outcome, its problems.

Nothing that only an internal note says gets into a line: neither its words nor the tickets it names.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ppstui.model import Item, Outcome, Phase, Rollout, Voice
from ppstui.rules.attention import outcome_of
from ppstui.rules.bulletin.history import Ended, extended_at
from ppstui.rules.bulletin.products import component, count, on, product, short, stack_of, truth, whole_product
from ppstui.rules.clocks import local_day
from ppstui.rules.horizon import day_name
from ppstui.rules.names import read_team
from ppstui.rules.references import incidents
from ppstui.rules.standings import Code, Severity, Stage, Standing, TeamState
from ppstui.rules.vacancies import nobody_accepted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Parent
    from ppstui.rules.bulletin.history import Turn
    from ppstui.rules.policy import Policy
    from ppstui.rules.standings import TeamStanding


class Told(Struct, frozen=True, kw_only=True):
    """A rollout, and what the desk made of it."""

    rollout: Rollout
    standing: Standing
    name: str = ""
    """What status lines call it."""
    ended: Ended | None = None
    """None while it is live."""


def _item(told: Told, kind: str, text: str, true: str, **more: str) -> Item:
    ref = told.rollout.ref
    group = more.get("group", stack_of(told.standing.title))
    return Item(id=f"{kind}/{ref}", text=text, group=group, refs=(ref,), url=told.rollout.url, facts=true)


def _product(told: Told) -> str:
    return product(told.rollout, told.standing.title)


# ------------------------------------------------------------------------------------------------- entered, left, ended


def entered(told: Told, policy: Policy) -> Item:
    """`dpm 1.8.0-1 SL5 x86_64 entered staged rollout on Mon 2026-11-16`."""
    day = _day(told.rollout.created, policy)
    return _item(told, "entered", f"{_product(told)} entered staged rollout{on(day)}", truth(entered=day))


def came_back(told: Told, at: dt.datetime, policy: Policy) -> Item:
    """It had been closed, and is open again."""
    day = _day(at, policy)
    return _item(told, "back", f"{_product(told)} came back to staged rollout{on(day)}", truth(back=day))


def left(told: Told, policy: Policy) -> Item:
    """`dpm 1.8.0-1 SL5 x86_64 left staged rollout on Wed 2026-11-18: ACCEPT`.

    A faulty ticket did not leave it: `rejected` is no outcome (DOMAIN §2).
    """
    rollout, how = told.rollout, _ending(told)
    when = _when(told, policy)
    if rollout.phase is Phase.RESOLVED:
        text = f"{_product(told)} left staged rollout{when}: {how}"
    else:
        text = f"{_product(told)} {how}{when}"
    return _item(told, "left", text, truth(left=_ended_on(told, policy), how=how))


_CLOSED = {Phase.REJECTED: "was closed as a faulty ticket", Phase.DELETED: "was deleted"}


def _ending(told: Told) -> str:
    outcome = outcome_of(told.rollout)
    closed = _CLOSED.get(told.rollout.phase)
    return closed or (outcome.value if outcome else "resolved without an outcome")


def _ended_on(told: Told, policy: Policy) -> dt.date | None:
    """The day it was closed; None when nobody knows."""
    return _day(told.ended.at, policy) if told.ended and told.ended.sure else None


def _when(told: Told, policy: Policy) -> str:
    """` on Wed 2026-11-18`; where only the last change is known, ` by` that day: it is the latest it can have been."""
    day = _day(told.ended.at, policy) if told.ended else None
    if day is None or (told.ended and told.ended.sure):
        return on(day)
    return f" by {day_name(day)}"


def _day(at: dt.datetime | None, policy: Policy) -> dt.date | None:
    return local_day(at, policy.zone) if at else None


def outcome(told: Told, changed: Turn | None = None) -> Item:
    """`dpm 1.8.0-1 SL5 x86_64: ACCEPT, document 734`; `changed`: an outcome that took the place of another since."""
    rollout, found = told.rollout, outcome_of(told.rollout)
    if found is None:
        said = "resolved, the outcome is not set"
    else:
        said = found.value + (f", changed from {short(changed.before)}" if changed else "")
    document = short(rollout.document)
    paper = f"document {document}" if document else "no document" if not rollout.document_url else ""
    text = f"{_product(told)}: {', '.join(filter(None, (said, paper)))}"
    true = truth(outcome=found.value if found else "", document=document, before=changed.before if changed else "")
    return _item(told, "outcome", text, true)


# -------------------------------------------------------------------------------------------------------------- status

_BUSY = (TeamState.ACCEPTED, TeamState.TESTING, TeamState.EXPOSING)


class Count(Struct, frozen=True, kw_only=True):
    """How many early adopters of a rollout stand where; only those that were chosen, but for the volunteers."""

    busy: int
    """Performing the test."""
    reported: int
    waived: int
    """Of these no report is needed: they need not have tested anything."""
    owing: int
    """The exposure is over, and the report is missing."""
    asked: int
    """Still have time to answer."""
    silent: int
    """Let the time for an answer pass."""
    declined: int
    volunteers: int

    @property
    def taking_part(self) -> int:
        """Those that took it on."""
        return self.busy + self.reported + self.waived + self.owing


def counted(teams: tuple[TeamStanding, ...]) -> Count:
    """The early adopters by where they stand."""
    states = [team.state for team in teams if team.assigned]
    waived = sum(team.state is TeamState.REPORTED and bool(team.waived) for team in teams if team.assigned)
    come = (TeamState.ACCEPTED, TeamState.REPORTED)
    return Count(
        busy=sum(state in _BUSY for state in states),
        reported=states.count(TeamState.REPORTED) - waived,
        waived=waived,
        owing=states.count(TeamState.REPORT_MISSING),
        asked=states.count(TeamState.NOTIFIED),
        silent=states.count(TeamState.ACK_OVERDUE),
        declined=states.count(TeamState.REJECTED),
        volunteers=sum(not team.assigned and team.state in come for team in teams),
    )


class Days(Struct, frozen=True, kw_only=True):
    """The exposure as somebody announced or prolonged it; what the rule book assumes is nobody's word."""

    start: dt.date | None = None
    """None while it has begun."""
    end: dt.date | None = None
    extended: bool = False


def announced(teams: tuple[TeamStanding, ...]) -> Days:
    """The days of the teams that perform the test: the last end, and the first start where none has begun."""
    busy = [team for team in teams if team.assigned and team.state in _BUSY]
    said = [team for team in busy if not team.exposure_assumed or team.exposure_extended]
    end = max((team.exposure_end for team in said if team.exposure_end), default=None)
    coming = all(team.state is TeamState.TESTING for team in said)
    start = min((team.exposure_start for team in said if team.exposure_start), default=None)
    return Days(
        start=start if coming else None,
        end=end,
        extended=any(team.exposure_extended and team.exposure_end == end for team in said),
    )


def status(told: Told, policy: Policy) -> Item:
    """`VOMS: 1 EA performing the test`, `LFC: no EA`, `DPM: 1 EA has found problems, a memory leak` (DOMAIN §8)."""
    rollout, standing = told.rollout, told.standing
    tally, days, problems = counted(standing.teams), announced(standing.teams), open_incidents(rollout, standing)
    words = status_words(told, tally, problems, policy)
    true = truth(says=words, until=days.end, extended="yes" if days.extended else "no")
    return _item(told, "status", f"{told.name}: {words}", true)


def status_words(told: Told, tally: Count, problems: tuple[str, ...], policy: Policy) -> str:
    """How a live rollout stands, in the words of bulletins."""
    rollout, standing = told.rollout, told.standing
    if not rollout.whole:
        return "in staged rollout, its details are not read yet"
    if standing.stage is Stage.STALLED:
        words = ["on hold"]
    elif tally.taking_part:
        words = list(_testing(told, tally, policy))
    else:
        words = [_waiting(told, tally)]
    if tally.volunteers:
        words.append(f"{count(tally.volunteers, 'volunteer')} to be confirmed")
    if not problems:
        return ", ".join(words)
    what = _what_is_wrong(told, problems)
    if tally.taking_part == 1 and standing.stage is not Stage.STALLED:
        rest = [word for word in words if not word.startswith(_ONE)]
        return "; ".join((f"1 EA has found problems, {what}", *rest))
    return f"{', '.join(words)}; problems found: {what}"


_ONE = "1 EA performing the test"


def _waiting(told: Told, tally: Count) -> str:
    """Nobody took it on yet: nobody was asked, nobody answered, or nobody will."""
    standing = told.standing
    if standing.stage is Stage.NEW_UNASSIGNED:
        return "no EA chosen yet"
    if nobody_accepted(told.rollout, standing):
        silent = f", {tally.silent} asked without an answer" if tally.silent else ""
        return f"no EA{silent}" + (", the early adopters' list was asked" if standing.polled else "")
    words = [f"waiting for the answer of {count(tally.asked + tally.silent, 'EA')}"]
    words += [f"{tally.silent} of them overdue"] * bool(tally.silent)
    words += [f"{tally.declined} declined"] * bool(tally.declined)
    return ", ".join(words)


def _testing(told: Told, tally: Count, policy: Policy) -> Iterator[str]:
    """Somebody took it on."""
    if tally.busy:
        yield f"{count(tally.busy, 'EA')} performing the test"
        yield from _exposed(told, policy)
    if tally.reported and not (tally.busy or tally.owing or tally.asked):
        reports = "the report is" if tally.reported == 1 else "all reports are"
        yield f"tested by {count(tally.reported, 'EA')}, {reports} in"
    elif tally.reported:
        yield f"{count(tally.reported, 'EA')} {'has' if tally.reported == 1 else 'have'} reported"
    if tally.owing:
        yield f"exposure over, {count(tally.owing, 'report')} missing"
    if tally.waived:
        yield f"{count(tally.waived, 'report')} waived"
    if tally.asked:
        yield f"waiting for the answer of {count(tally.asked, 'EA')}"


def _exposed(told: Told, policy: Policy) -> Iterator[str]:
    days = announced(told.standing.teams)
    if days.end is None:
        return
    exposing = any(team.state is TeamState.EXPOSING for team in told.standing.teams if team.assigned)
    if days.start:
        yield f"exposure from {day_name(days.start)} to {day_name(days.end)}"
    elif exposing:
        yield f"exposed until {day_name(days.end)}"
    if days.extended:
        to = "" if days.start or exposing else f" to {day_name(days.end)}"
        yield f"extended{to}{on(_day(extended_at(told.rollout, days.end), policy))}"


# ------------------------------------------------------------------------------------------------------------ problems

_NUMBER = re.compile(r"([0-9]{1,12})[^0-9]*\Z")


def open_incidents(rollout: Rollout, standing: Standing) -> tuple[str, ...]:
    """Addresses of incident tickets that everybody may know: a link, or what was written to all; no internal note."""
    if not standing.incidents:
        return ()
    public = tuple(message for message in rollout.messages if message.voice is not Voice.COMMENT)
    return incidents(structs.replace(rollout, messages=public))


def ticket_name(url: str) -> str:
    """What people call an incident ticket: `GGUS 71304`; no address."""
    host, _, path = url.partition("://")[2].partition("/")
    found = _NUMBER.search(path)
    kind = "GGUS" if "ggus" in host.casefold() else "ticket"
    return f"{kind} {found[1]}" if found else f"a {kind} ticket" if kind == "GGUS" else "an incident ticket"


def _what_is_wrong(told: Told, problems: tuple[str, ...]) -> str:
    """In the words of the first link that has any, without the component before them; else the tickets' names."""
    called = component(told.standing.title, told.rollout)
    titles = {link.url: short(link.title) for link in told.rollout.links if link.title and "://" not in link.title}
    said = next((titles[url] for url in problems if titles.get(url)), "")
    if said.casefold().startswith(f"{called.casefold()}: "):
        said = said[len(called) + 2 :].lstrip()
    return said or " and ".join(dict.fromkeys(ticket_name(url) for url in problems))


BROKEN, INCIDENTS = "Broken releases", "Incidents"
OVERDUE, MISSING = "Answers overdue", "Reports missing"
PROBLEMS = (BROKEN, INCIDENTS, OVERDUE, MISSING)
"""What problems stand under, in this order."""


def _whole(told: Told) -> str:
    return whole_product(told.rollout, told.standing.title)


def broken(told: Told, policy: Policy) -> Item:
    """A release that staged rollout rejected."""
    problems = open_incidents(told.rollout, told.standing)
    why = f", {_what_is_wrong(told, problems)}" if problems else ""
    text = f"{_whole(told)} was rejected in staged rollout{_when(told, policy)}{why}"
    true = truth(left=_ended_on(told, policy), how=Outcome.REJECT.value, problems=" ".join(problems))
    return _item(told, "broken", text, true, group=BROKEN)


def problems_of(told: Told, policy: Policy) -> Iterator[Item]:
    """What is wrong with a live rollout: incidents, answers that are overdue, reports that are late (DOMAIN §8)."""
    found = open_incidents(told.rollout, told.standing)
    if found:
        names = ", ".join(dict.fromkeys(ticket_name(url) for url in found))
        said = _what_is_wrong(told, found)
        what = names if said == names or said.startswith(names) else f"{names}, {said}"
        yield _item(told, "incident", f"{_whole(told)}: {what}", truth(problems=" ".join(found)), group=INCIDENTS)
    silent = [team for team in told.standing.teams if team.assigned and team.state is TeamState.ACK_OVERDUE]
    if silent and told.standing.stage is not Stage.STALLED:
        names = ", ".join(_team(team.team, policy) for team in silent)
        due = min((team.due for team in silent if team.due), default=None)
        since = f", overdue since {day_name(local_day(due, policy.zone))}" if due else ""
        text = f"{_whole(told)}: no answer from {names}{since}"
        yield _item(told, "overdue", text, truth(silent=names, due=_day(due, policy)), group=OVERDUE)
    late = [
        entry
        for entry in told.standing.attention
        if entry.code is Code.REPORT_MISSING and entry.severity is Severity.LATE
    ]
    if late:
        names = ", ".join(_team(entry.team, policy) for entry in late)
        due = min((entry.due for entry in late if entry.due), default=None)
        since = f", overdue since {day_name(local_day(due, policy.zone))}" if due else ""
        text = f"{_whole(told)}: no report from {names}{since}"
        yield _item(told, "report", text, truth(missing=names, due=_day(due, policy)), group=MISSING)


def _team(team: str, policy: Policy) -> str:
    """A team without its prefix, as people call it: `NGI_IT-INFN-T1`."""
    name = read_team(team, policy.roster)
    return short(f"{name.ngi}-{name.site}" if name.ngi and name.site else team)


# --------------------------------------------------------------------------------------------------------------- table

COLUMNS = ("Product", "sw-rel ticket", "Verification", "Staged Rollout", "ETA(finish)")
DONE, ON_GOING, NOT_STARTED, ON_HOLD, REJECTED = "DONE", "OnGoing", "Not Started", "onHOLD", "Rejected"
_STAGES = {
    Stage.NEW_UNASSIGNED: NOT_STARTED,
    Stage.AWAITING_ACK: NOT_STARTED,
    Stage.NO_EA: NOT_STARTED,
    Stage.TESTING: ON_GOING,
    Stage.EXPOSURE: ON_GOING,
    Stage.REPORTS_DUE: ON_GOING,
    Stage.READY_TO_CLOSE: ON_GOING,
    Stage.STALLED: ON_HOLD,
    Stage.CLOSED_ACCEPT: DONE,
    Stage.CLOSED_REJECT: REJECTED,
}
"""A rollout that was closed without an outcome has none of these words, and no row: it is told where it left."""
_PROGRESS = {"unverified": NOT_STARTED, "inverification": ON_GOING, "rejected": REJECTED}
"""Words of `RolloutProgress` (DOMAIN §2); every later one has verification behind it."""


def row(told: Told, policy: Policy, today: dt.date) -> Item | None:
    """One row: `dpm 1.8.0-1 SL5 x86_64 | rt:1001 | DONE | OnGoing | Sun 2026-11-22`; its address is that of its ticket.

    None for what was closed without an outcome.
    """
    rollout, stage = told.rollout, told.standing.stage
    if stage not in _STAGES:
        return None
    parent = rollout.parent
    value = _STAGES[stage] if rollout.whole or rollout.phase is not Phase.OPEN else ON_GOING
    cells = (
        _product(told),
        str(parent.ref if parent else rollout.ref),
        _verification(parent, stage),
        value,
        _finish(told, policy, today),
    )
    return Item(
        id=f"row/{rollout.ref}",
        text="",
        group=stack_of(told.standing.title),
        cells=cells,
        refs=(rollout.ref, *((parent.ref,) if parent else ())),
        url=(parent.url if parent else "") or rollout.url,
        facts=truth(ticket=cells[1], verification=cells[2], rollout=cells[3], finish=cells[4]),
    )


def _verification(parent: Parent | None, stage: Stage) -> str:
    """As the release ticket says; a rollout is only made once verification has passed (DOMAIN §2 T0).

    A release that staged rollout itself rejected had passed it.
    """
    word = (parent.progress or parent.status) if parent else ""
    plain = "".join(filter(str.isalnum, word.casefold()))
    if plain == "rejected" and stage is Stage.CLOSED_REJECT:
        return DONE
    return _PROGRESS.get(plain, DONE)


def _finish(told: Told, policy: Policy, today: dt.date) -> str:
    """The day it ended, else the day that is due, else the end of the exposure; "" when nobody can say.

    A day that has passed is no estimate any more.
    """
    rollout, standing = told.rollout, told.standing
    if told.ended:
        day = _ended_on(told, policy)
        return day_name(day) if day else ""
    exposure = standing.exposure if standing.stage in (Stage.TESTING, Stage.EXPOSURE) else None
    day = rollout.due or (exposure.end if exposure else None)
    return day_name(day) if day and day >= today else ""
