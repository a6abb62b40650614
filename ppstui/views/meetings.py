"""Meetings as records for JSON, as fields to ask for, and as pages: when one is, its agenda, what is decided there.

Pure. Every text of a server is cleaned where it becomes a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Role
from ppstui.query import FieldKind
from ppstui.rules.meetings import Appointment, countdown
from ppstui.rules.rollouts import Mover
from ppstui.views import words
from ppstui.views.details import BLANK, Para, fact, heading
from ppstui.views.fields import Field, Fields
from ppstui.views.plain import clean, clean_lines, pad
from ppstui.views.records import instant
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from ppstui.model import Agenda, AgendaItem, Pilot, Rollout
    from ppstui.rules.duties import Duty
    from ppstui.rules.pilots import PilotStanding
    from ppstui.rules.rollouts import Standing
    from ppstui.rules.titles import TitleStanding
    from ppstui.views.rows import Glance

_TEXT, _WORD, _FUTURE = FieldKind.TEXT, FieldKind.WORD, FieldKind.FUTURE
_TIME, _LENGTH = 7, 8
_NAME = 24
"""Cells of a meeting's name in the head of the dashboard."""


class AgendaItemRecord(Struct, frozen=True, kw_only=True):
    """One item of an agenda."""

    title: str
    start: str | None
    minutes: int | None
    speakers: tuple[str, ...]
    url: str | None


class MeetingRecord(Struct, frozen=True, kw_only=True):
    """One time that a meeting takes place."""

    ref: str | None
    """None where no server lists it."""
    source: str | None
    id: str | None
    url: str | None
    name: str
    title: str
    start: str | None
    end: str | None
    in_minutes: int
    """Full minutes until it begins, negative once it has."""
    countdown: str
    category: str | None
    room: str | None
    cancelled: bool
    configured: bool
    description: str | None
    agenda: tuple[AgendaItemRecord, ...]
    minutes: str | None
    whole: bool
    rev: str | None


class DecisionRecord(Struct, frozen=True, kw_only=True):
    """What waits for the coordinator, to be decided or reported at a meeting."""

    ref: str
    title: str
    text: str
    due: str | None
    url: str | None


MEETING_PATHS: dict[str, tuple[str, ...]] = {
    "meetings": (
        *("ref", "source", "id", "url", "name", "title", "start", "end", "in_minutes", "countdown", "category", "room"),
        *("cancelled", "configured", "description", "agenda", "minutes", "whole", "rev"),
    )
}
"""The columns of a CSV."""


def meeting_record(appointment: Appointment, now: dt.datetime, zone: dt.tzinfo) -> MeetingRecord:
    """The JSON of a meeting."""
    agenda = appointment.agenda
    return MeetingRecord(
        ref=str(agenda.ref) if agenda else None,
        source=agenda.ref.source if agenda else None,
        id=agenda.ref.id if agenda else None,
        url=appointment.url or None,
        name=appointment.name,
        title=appointment.title,
        start=instant(appointment.start, zone),
        end=instant(appointment.end, zone),
        in_minutes=int((appointment.start - now).total_seconds() // 60),
        countdown=countdown(appointment, now, zone),
        category=(agenda.category or None) if agenda else None,
        room=(agenda.room or None) if agenda else None,
        cancelled=appointment.cancelled,
        configured=appointment.configured,
        description=(agenda.description or None) if agenda else None,
        agenda=tuple(_item_record(each, zone) for each in agenda.agenda) if agenda else (),
        minutes=(agenda.minutes or None) if agenda else None,
        whole=agenda is None or agenda.whole,
        rev=(agenda.rev or None) if agenda else None,
    )


def _item_record(item: AgendaItem, zone: dt.tzinfo) -> AgendaItemRecord:
    return AgendaItemRecord(
        title=item.title,
        start=instant(item.start, zone),
        minutes=item.minutes,
        speakers=item.speakers,
        url=item.url or None,
    )


def decisions(
    rollouts: Iterable[tuple[Rollout, Standing]], pilots: Iterable[tuple[Pilot, PilotStanding]], zone: dt.tzinfo
) -> tuple[DecisionRecord, ...]:
    """What waits for the coordinator, in the order in which it is spoken about (DOMAIN §8): rollouts, then pilots."""
    waiting = [each for each in rollouts if each[1].mover is Mover.COORDINATOR]
    waiting.sort(key=lambda each: (not each[1].title.parsed, *_spoken(each[1].title), each[0].ref))
    found = [_of_rollout(rollout, standing, zone) for rollout, standing in waiting]
    found += [
        _of_pilot(pilot, standing, zone)
        for pilot, standing in sorted(pilots, key=lambda each: (each[0].title.casefold(), each[0].ref))
        if standing.mover is Role.COORDINATOR
    ]
    return tuple(each for each in found if each.text)


def _of_rollout(rollout: Rollout, standing: Standing, zone: dt.tzinfo) -> DecisionRecord:
    mine = [each for each in standing.attention if each.mover is Mover.COORDINATOR]
    return DecisionRecord(
        ref=str(rollout.ref),
        title=" ".join(filter(None, _spoken(standing.title))) if standing.title.parsed else rollout.title,
        text="; ".join(each.text for each in mine),
        due=instant(min((each.due for each in mine if each.due), default=None), zone),
        url=rollout.url or None,
    )


def _of_pilot(pilot: Pilot, standing: PilotStanding, zone: dt.tzinfo) -> DecisionRecord:
    mine = [each for each in standing.attention if each.mover is Role.COORDINATOR]
    return DecisionRecord(
        ref=str(pilot.ref),
        title=pilot.title,
        text="; ".join(each.text for each in mine),
        due=instant(min((each.due for each in mine if each.due), default=None), zone),
        url=pilot.url or None,
    )


def _spoken(title: TitleStanding) -> tuple[str, ...]:
    """Stack, component, version, platform: the fixed order of everything that is told."""
    return (title.stack_string, title.component, title.version, title.os, title.arch)


def _flags(each: Appointment) -> Iterable[str]:
    return (
        *(("cancelled",) if each.cancelled else ()),
        *(("configured",) if each.configured else ()),
        *(("listed",) if each.agenda else ()),
    )


MEETINGS = Fields[Appointment](
    flags=("cancelled", "configured", "listed"),
    flagged=_flags,
    fields=(
        Field("ref", _TEXT, lambda m: str(m.agenda.ref) if m.agenda else None),
        Field("source", _WORD, lambda m: m.agenda.ref.source if m.agenda else None),
        Field("name", _TEXT, lambda m: m.name, ("meeting",)),
        Field("title", _TEXT, lambda m: m.title),
        Field("start", _FUTURE, lambda m: m.start, ("due",)),
        Field("end", _FUTURE, lambda m: m.end),
        Field("category", _TEXT, lambda m: m.agenda.category if m.agenda else None, ("series",)),
        Field("room", _TEXT, lambda m: m.agenda.room if m.agenda else None),
        Field("agenda", _TEXT, lambda m: tuple(each.title for each in m.agenda.agenda) if m.agenda else (), ("item",)),
    ),
)
"""What can be asked of a meeting: `is:listed` is what some server lists."""


# ------------------------------------------------------------------------------------------------------------- texts


def head(appointment: Appointment, glance: Glance) -> str:
    """What the head of the dashboard says: `EMT in 42 min`."""
    name = clean(appointment.name, _NAME, ascii_only=glance.ascii_only)
    return countdown(appointment, glance.now, glance.zone).replace(appointment.name, name, 1)


def when(appointment: Appointment, zone: dt.tzinfo) -> str:
    """Its day and its hours: `Mon 2026-11-23 14:30 +01:00, to 15:30`."""
    end = appointment.end.astimezone(zone)
    same = end.date() == appointment.start.astimezone(zone).date()
    return f"{words.moment(appointment.start, zone)}, to {end:%H:%M}" + ("" if same else f" of {words.day(end.date())}")


def note(appointment: Appointment, glance: Glance) -> str:
    """A meeting in a list, beside its name: how long it is to it, where, how much is on its agenda."""
    agenda = appointment.agenda
    parts = [
        "cancelled" if appointment.cancelled else soon(appointment, glance.now),
        f"{appointment.start.astimezone(glance.zone):%a %d %b %H:%M}",
        agenda.room if agenda else "",
        _many(len(agenda.agenda)) if agenda else "",
        "" if agenda else "no agenda known",
    ]
    return glance.text(", ".join(filter(None, parts)))


def _many(items: int) -> str:
    return f"{items} items" if items > 1 else "1 item" if items else ""


def soon(appointment: Appointment, now: dt.datetime) -> str:
    """How long it is to it: `in 42 min`; `now` while it goes on, how long ago it began when it is over."""
    if appointment.start <= now < appointment.end:
        return "now"
    return words.ago(appointment.start, now)


def page(
    appointment: Appointment, glance: Glance, duties: Sequence[Duty] = (), decisions: Sequence[DecisionRecord] = ()
) -> tuple[Para, ...]:
    """A meeting, whole: when and where, its agenda, what is to be done before it, what is to be decided there."""
    agenda, say = appointment.agenda, glance.text
    told = "cancelled" if appointment.cancelled else countdown(appointment, glance.now, glance.zone)
    paras = [Para(((say(told), Tone.LATE if appointment.cancelled else Tone.STRONG),))]
    if appointment.title != appointment.name or appointment.cancelled:
        paras.append(fact("title", say(appointment.title)))
    paras.append(fact("when", when(appointment, glance.zone)))
    if agenda is not None:
        paras += [
            fact(label, say(text), tone)
            for label, text, tone in (
                ("series", agenda.category, Tone.PLAIN),
                ("room", agenda.room, Tone.PLAIN),
                ("agenda at", agenda.url, Tone.LINK),
                ("record", str(agenda.ref), Tone.DIM),
            )
            if text
        ]
    paras += _agenda(agenda, glance)
    if duties:
        paras += heading("Before it")
        paras += [_duty(each, glance) for each in duties]
    if decisions:
        paras += heading(f"To decide or to tell ({len(decisions)})")
        paras += [_decision(each, glance) for each in decisions]
    return tuple(paras)


def _duty(duty: Duty, glance: Glance) -> Para:
    left = words.left(duty.due, glance.now)
    return Para(((f"- {glance.text(duty.text)}", Tone.PLAIN), (f"  {left}", Tone.DIM)), 2)


def _decision(each: DecisionRecord, glance: Glance) -> Para:
    say = glance.text
    spans = ((say(each.ref), Tone.STRONG), (f"  {say(each.title)}", Tone.PLAIN), (f": {say(each.text)}", Tone.DIM))
    return Para(spans, 2)


def _agenda(agenda: Agenda | None, glance: Glance) -> list[Para]:
    if agenda is None:
        return [BLANK, Para((("No server lists it, so its agenda is not known here.", Tone.DIM),))]
    paras: list[Para] = []
    if agenda.description:
        paras += heading("About it")
        paras += _lines(agenda.description, glance)
    paras += heading("Agenda")
    for item in agenda.agenda:
        start = f"{item.start.astimezone(glance.zone):%H:%M}" if item.start else ""
        length = f"{item.minutes} min" if item.minutes else ""
        speakers = f"  {glance.text(', '.join(item.speakers))}" if item.speakers else ""
        columns = pad(start, _TIME) + pad(length, _LENGTH)
        spans = ((columns, Tone.DIM), (glance.text(item.title), Tone.PLAIN), (speakers, Tone.DIM))
        paras.append(Para(spans, _TIME + _LENGTH))
    if not agenda.agenda:
        unread = "has not been read yet" if not agenda.whole else "holds nothing"
        paras.append(Para(((f"It {unread}.", Tone.DIM),)))
    if agenda.minutes:
        paras += heading("Minutes")
        paras += _lines(agenda.minutes, glance)
    return paras


def minutes_page(appointment: Appointment, glance: Glance) -> tuple[Para, ...]:
    """What was written down at a meeting."""
    agenda = appointment.agenda
    paras = [Para(((glance.text(f"{appointment.name}: minutes"), Tone.STRONG),))]
    if appointment.title != appointment.name:
        paras.append(fact("title", glance.text(appointment.title)))
    paras.append(fact("when", when(appointment, glance.zone)))
    if agenda is not None:
        paras += [fact("agenda at", glance.text(agenda.url), Tone.LINK)] if agenda.url else []
        paras += [BLANK, *_lines(agenda.minutes, glance)]
    return tuple(paras)


def _lines(text: str, glance: Glance) -> list[Para]:
    return [Para(((line, Tone.PLAIN),)) for line in clean_lines(text.strip(), ascii_only=glance.ascii_only)]
