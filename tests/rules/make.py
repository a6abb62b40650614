"""Records for tests, in a few words: a rollout, its teams, what was said and sent. Times are Zurich wall clocks."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ppstui.model import Assignment, Attachment, Event, Exposure, Link, Message, Phase, Ref, Rollout, Voice
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import Attention, Code, Standing, TeamStanding, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

ZURICH = ZoneInfo("Europe/Zurich")
POLICY = Policy()
REF = Ref("rt", "1234")
TITLE = "Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64"
INFN = "ea-NGI_IT-INFN-T1"
GLASGOW = "ea-NGI_UK-UKI-SCOTGRID-GLASGOW"
CYFRONET = "ea-NGI_PL-CYFRONET-LCG2"
REPORT = "ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1.odt"
COORDINATOR = "coordinator"
LINKS = (
    Link(url="https://example.org/notes", relation="release-notes"),
    Link(url="https://example.org/bugs", relation="bugs"),
    Link(url="https://example.org/docs", relation="documentation"),
)


def at(text: str) -> dt.datetime:
    """`2026-11-20 16:40` on Zurich's wall, or any RFC 3339 instant that says its offset; in UTC, as records have it."""
    moment = dt.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZURICH)).astimezone(dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def chosen(team: str, notified: str = "2026-11-16 10:00", by: str = COORDINATOR) -> Assignment:
    """A team put into the field then; "" for a moment nobody knows."""
    return Assignment(team=team, notified=at(notified) if notified else None, by=by)


def said(
    when: str, author: str, text: str, voice: Voice = Voice.REPLY, *, marks: tuple[str, ...] = (), system: bool = False
) -> Message:
    return Message(
        id=f"{when} {author}", at=at(when), author=author, voice=voice, text=text, marks=marks, system=system
    )


def sent(name: str, when: str = "2026-11-24 12:00", author: str = "someone") -> Attachment:
    return Attachment(
        id=name, name=name, at=at(when) if when else None, author=author, url=f"https://example.org/a/{name}"
    )


def happened(when: str, text: str) -> Event:
    return Event(id=when + text, at=at(when), author=COORDINATOR, text=text)


def exposed(start: str = "", until: str = "", *, team: str = "", reason: str = "") -> Exposure:
    return Exposure(team=team, start=day(start) if start else None, until=day(until) if until else None, reason=reason)


def rollout(  # noqa: PLR0913  a builder has a word for every fact
    *messages: Message,
    teams: Sequence[Assignment | str] = (),
    files: Sequence[Attachment | str] = (),
    exposures: Sequence[Exposure] = (),
    links: Sequence[Link] = LINKS,
    title: str = TITLE,
    phase: Phase = Phase.OPEN,
    status: str = "",
    created: str = "2026-11-16 09:00",
    outcome: str = "",
    document: str = "",
    events: Sequence[Event] = (),
    managers: Sequence[str] = (COORDINATOR,),
    owner: str = "",
    whole: bool = True,
) -> Rollout:
    """A rollout of dpm with every link in place; a team given by name was told on Monday 2026-11-16 at 10:00."""
    return Rollout(
        ref=REF,
        url="https://rt.example.org/1234",
        title=title,
        phase=phase,
        status=status or phase.value,
        owner=owner,
        created=at(created) if created else None,
        assignments=tuple(chosen(team) if isinstance(team, str) else team for team in teams),
        exposures=tuple(exposures),
        messages=messages,
        attachments=tuple(sent(file) if isinstance(file, str) else file for file in files),
        links=tuple(links),
        outcome=outcome,
        document=document,
        events=tuple(events),
        managers=tuple(managers),
        whole=whole,
    )


def stands(record: Rollout, when: str, policy: Policy = POLICY) -> Standing:
    return standing(record, policy, at(when))


def only_team(record: Rollout, when: str, policy: Policy = POLICY) -> TeamStanding:
    (team,) = stands(record, when, policy).teams
    return team


def codes(found: Standing) -> set[Code]:
    return {entry.code for entry in found.attention}


def entry(found: Standing, code: Code) -> Attention:
    (one,) = (each for each in found.attention if each.code is code)
    return one
