"""What stands against what happens while teams test: exposure, reports, incidents (DOMAIN §2 T4 to T6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ppstui.model import Answer, Expose, Extend, Incident, Objection, Report
from ppstui.rules import clocks
from ppstui.rules.commands.scene import odd, said_of_exposure, stop, warn
from ppstui.rules.exposure_lines import one_line
from ppstui.rules.horizon import day_name
from ppstui.rules.names import EXTENSIONS, report_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from ppstui.rules.commands.scene import Scene
    from ppstui.rules.rollouts import TeamStanding

LARGEST = 50_000_000
"""Bytes of a report; a text with a few pictures is far below."""
_URL = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)


def against(command: Expose | Extend | Report | Incident, scene: Scene) -> Iterator[Objection]:
    """The rules that stand against it."""
    match command:
        case Expose():
            return _against_expose(command, scene)
        case Extend():
            return _against_extend(command, scene)
        case Report():
            return (
                _against_waiving(command, scene)
                if command.waive or not command.name
                else _against_report(command, scene)
            )
        case Incident():
            return _against_incident(command, scene)


def is_address(url: str) -> bool:
    """Whether it is a web address that a record can be linked to."""
    return _URL.fullmatch(url) is not None and not odd(url)


# ----------------------------------------------------------------------------------------------------------- exposure


def _against_expose(command: Expose, scene: Scene) -> Iterator[Objection]:
    policy = scene.policy
    yield from _against_untested(command.team, scene)
    told = [team.notified for team in _meant(command.team, scene) if team.notified]
    first = min((clocks.local_day(at, policy.zone) for at in told), default=None)
    before = said_of_exposure(scene.rollout.exposures, command.team)
    if first and command.on < first:  # a field filled late, a site that was quicker than the ticket: not for us to know
        whom = command.team or "the first team"
        yield warn("date", f"{whom} was told on {day_name(first)} only; look at the day again")
    if before.until and command.on > before.until:
        text = f"the exposure was extended until {day_name(before.until)}; give that day or an earlier one"
        yield stop("date", text)
    elif before.start == command.on:
        yield stop("idle", f"the exposure begins on {day_name(command.on)} already; there is nothing to do")
    elif command.on > clocks.local_day(scene.now, policy.zone):
        whom = f"{command.team} is" if command.team else "the teams are"
        yield warn("future", f"{day_name(command.on)} is still to come; until then {whom} testing")


def _against_extend(command: Extend, scene: Scene) -> Iterator[Objection]:
    yield from _against_untested(command.team, scene)
    if not one_line(command.reason):
        yield stop("reason-missing", "an exposure is extended for a reason; give it")
    start, end = _present(command.team, scene)
    if start and command.until < start:
        yield stop("date", f"the exposure begins on {day_name(start)}; give a last day after {day_name(end or start)}")
    elif end and command.until <= end:
        yield stop("date", f"the exposure lasts until {day_name(end)} as it is; give a later day")


def _present(name: str, scene: Scene) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of the exposure as it stands, of a team or of the rollout."""
    said = said_of_exposure(scene.rollout.exposures, name)
    if not name:
        whole = scene.standing.exposure
        return (whole.start, whole.end) if whole else (said.start, said.until)
    team = scene.team(name)
    if team is None or team.exposure_start is None:
        return said.start, said.until
    return team.exposure_start, team.exposure_end


def _meant(name: str, scene: Scene) -> list[TeamStanding]:
    """The team, or the teams that an exposure of all is about: those that accepted, before that those chosen."""
    if name:
        team = scene.team(name)
        return [team] if team else []
    chosen = [team for team in scene.teams if team.assigned]
    return [team for team in chosen if team.answer is Answer.ACCEPT] or chosen


def _against_untested(name: str, scene: Scene) -> Iterator[Objection]:
    """Who did not accept is not exposed to anything."""
    rollout = scene.rollout
    team = scene.team(name) if name else None
    if name and (team is None or not team.assigned):
        text = f"{name} is not assigned to {rollout.ref}; assign it first, or give a reason"
        yield stop("not-assigned", text, overridable=True)
    elif rollout.whole and not any(team.answer is Answer.ACCEPT for team in _meant(name, scene)):
        whom = f"{team.team} has not" if team else "no team has"
        yield stop("not-accepted", f"{whom} accepted; acknowledge it first, or give a reason", overridable=True)


# ------------------------------------------------------------------------------------------------------------- report


def _against_report(command: Report, scene: Scene) -> Iterator[Objection]:
    yield from _against_stranger(command.team, scene)
    yield from _against_name(command, scene)
    if command.size <= 0:
        yield stop("empty", f"{command.name} is empty; attach the report itself")
    elif command.size > LARGEST:
        text = f"{command.name} has {command.size:,} bytes; a report has at most {LARGEST:,}"
        yield stop("too-large", text)
    team = scene.team(command.team)
    if scene.rollout.whole and team and team.report and team.report.valid:
        yield warn("replaces", f"{team.team} handed in {team.report.name}; the newest report counts")


def _against_name(command: Report, scene: Scene) -> Iterator[Objection]:
    """Only the canonical name goes onto the record: a wrong one would not count as the team's report."""
    ext = command.name.rpartition(".")[2]
    if ext not in EXTENSIONS or "/" in command.name or odd(command.name):
        yield stop("report-name", f"{command.name[:120]!r} is no {', '.join(EXTENSIONS)}; a report is one of these")
        return
    title = scene.standing.title
    if not title.parsed:
        text = f"the title of {scene.rollout.ref} cannot be read, so nobody can say whether {command.name} is right"
        yield warn("report-name", text)
        return
    team = scene.team(command.team)
    expected = report_name(team.team if team else command.team, title, ext, scene.policy.report_stack)
    if command.name != expected:
        yield stop("report-name", f"{command.name[:120]} is not the report's name; it should be {expected}")


def _against_waiving(command: Report, scene: Scene) -> Iterator[Objection]:
    yield from _against_stranger(command.team, scene)
    if not one_line(command.waive):
        yield stop("reason-missing", "a report is waived for a reason; give it, or attach the report")
    team = scene.team(command.team)
    if team is None or not scene.rollout.whole:
        return
    if team.report and team.report.valid:
        yield stop("idle", f"{team.team} handed in {team.report.name}; there is nothing to waive")
    elif team.waived:
        yield warn("waived", f"the report of {team.team} was waived already: {team.waived}")
    elif team.answer is not Answer.ACCEPT:
        yield warn("not-accepted", f"{team.team} has not accepted, so no report of it is waited for")


def _against_stranger(name: str, scene: Scene) -> Iterator[Objection]:
    team = scene.team(name)
    if not name.strip() or odd(name) or any(map(str.isspace, name)):
        yield stop("team-name", f"{name[:80]!r} is no team's name; write ea-<NGI>-<Site-name>")
    elif team is None or not team.assigned:
        text = (
            f"{team.team if team else name} is not assigned to {scene.rollout.ref}; assign it first, or give a reason"
        )
        yield stop("not-assigned", text, overridable=True)


# ----------------------------------------------------------------------------------------------------------- incident


def _against_incident(command: Incident, scene: Scene) -> Iterator[Objection]:
    linked = any(link.url == command.url for link in scene.rollout.links)
    if not is_address(command.url):
        yield stop("url", f"{command.url[:120]!r} is no web address; write https://…")
    elif command.remove and not linked:
        yield stop("idle", f"{command.url} is not linked; there is nothing to do")
    elif linked and not command.remove:
        yield stop("idle", f"{command.url} is linked already; there is nothing to do")
