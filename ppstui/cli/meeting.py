"""`ppstui meeting [NAME]`: the next meeting with its agenda, and what is to be decided there; and `list meetings`.

Its time follows from [[meetings]]; where a source of meetings lists it, that source knows better.
"""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.cli.failing import DONE, FAILED
from ppstui.cli.sheets import Sheet, chosen, limited, way
from ppstui.cli.tables import Column
from ppstui.cli.week import NEEDS, duties_now
from ppstui.errors import NoSuchRecord, UsageError
from ppstui.model import Agenda, Kind
from ppstui.rules.clocks import local_day
from ppstui.rules.meetings import Appointment, Meeting, appointment_of, appointments, named, next_appointment
from ppstui.views import meetings as views
from ppstui.views.details import lay
from ppstui.views.pilot_records import DutyRecord, duty_record
from ppstui.views.records import SourceRecord, instant
from ppstui.views.rows import Glance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ppstui.cli.office import Office
    from ppstui.query import Query
    from ppstui.rules.duties import Duty
    from ppstui.views.details import Para

_BACK, _AHEAD, _FAR = 31, 31, 92
"""Days that are listed: before now with --all, after it, and with --all."""
_MEMORY = 400
"""Days back in which minutes are looked for."""
_WIDEST = 100


class MeetingSheet(Struct, frozen=True, kw_only=True):
    """What `meeting --json` prints."""

    ppstui: int
    kind: str
    generated: str
    sources: tuple[SourceRecord, ...]
    meeting: views.MeetingRecord
    before: tuple[DutyRecord, ...]
    """What is to be done before it."""
    decisions: tuple[views.DecisionRecord, ...]


async def meeting(office: Office) -> int:
    """The command `meeting`."""
    await office.fill()
    await office.read(Kind.MEETING, *NEEDS, everything=False)
    sources = office.sources((Kind.MEETING,))
    office.complain_of(sources)
    for source in sources:
        if source.note and not office.options.json:
            office.console.complain(source.note)
    planned, agendas = tuple(meetings_of(office)), agendas_of(office)
    name = _name(office, planned, agendas)
    if office.options.minutes:
        found, duties, decisions = _with_minutes(office, planned, agendas, name), [], []
    else:
        coming = next_appointment(planned, agendas, office.desk.now(), office.zone, name)
        if coming is None:
            raise NoSuchRecord(_none(office, name))
        found = await _whole(office, coming)
        duties = [each for each in duties_now(office) if each.meeting == found.name]
        decisions = list(views.decisions(office.rollouts(), office.pilots(), office.zone))
    _print(office, found, duties, decisions)
    return FAILED if office.failed((Kind.MEETING,)) and found.agenda is None else DONE


def meetings_of(office: Office) -> Iterator[Meeting]:
    """The meetings of the configuration; one that nobody can understand is said, and left out."""
    for each in office.config.meetings:
        try:
            yield Meeting.parse(each.name, each.when, each.minutes, each.anchor)
        except UsageError as error:
            office.console.complain(f"meetings: {each.name}: {error}")


def agendas_of(office: Office) -> tuple[Agenda, ...]:
    """What sources list, of all times that are stored."""
    records = (office.board.record(line.ref) for line in office.lines(Kind.MEETING, closed=True))
    return tuple(record for record in records if isinstance(record, Agenda))


def agenda_shown(office: Office, agenda: Agenda) -> int:
    """What `show` says of a meeting that a source lists."""
    now, zone = office.desk.now(), office.zone
    found = appointment_of(agenda, tuple(meetings_of(office)))
    if office.options.json:
        office.console.write_utf8(msgspec.json.encode(views.meeting_record(found, now, zone)) + b"\n")
        return DONE
    for line in _laid(office, views.page(found, Glance(now, zone, office.ascii_only))):
        office.console.say(line)
    return DONE


def _name(office: Office, planned: Sequence[Meeting], agendas: Sequence[Agenda]) -> str:
    """The name of the meeting that was asked for, "" for any. Raises NoSuchRecord, UsageError."""
    asked = office.options.name
    if not asked:
        return ""
    found = named(planned, agendas, asked)
    if len(found) == 1:
        return found[0]
    known = list(dict.fromkeys((*(each.name for each in planned), *(each.title for each in agendas))))
    if found:
        raise UsageError(f"meeting: {asked[:60]!r} may be {', '.join(found[:5])}; say which")
    near = get_close_matches(asked, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known[:8])}" if known else _HOW
    raise NoSuchRecord(f"meeting: no meeting is called {asked[:60]!r}; {hint}")


_HOW = "[[meetings]] in the configuration plans some, and `meetings` in [sources] reads them from a server"


def _none(office: Office, name: str) -> str:
    if name:
        return f"meeting: {name} has no time within a year"
    asked = " is known to be coming" if office.config.meetings or office.sources((Kind.MEETING,)) else " is known"
    return f"meeting: no meeting{asked}; {_HOW}"


async def _whole(office: Office, appointment: Appointment) -> Appointment:
    """The meeting with its agenda read, where that is still to be done."""
    agenda = appointment.agenda
    if agenda is None or agenda.whole or office.options.offline:
        return appointment
    record = await office.find(agenda.ref, live=True)
    return msgspec.structs.replace(appointment, agenda=record) if isinstance(record, Agenda) else appointment


def _with_minutes(office: Office, planned: Sequence[Meeting], agendas: Sequence[Agenda], name: str) -> Appointment:
    """The last time it took place of which there are minutes. Raises NoSuchRecord."""
    now, today = office.desk.now(), local_day(office.desk.now(), office.zone)
    held = appointments(planned, agendas, today - dt.timedelta(days=_MEMORY), today, office.zone)
    for each in reversed(held):
        if each.start <= now and name in ("", each.name) and each.agenda and each.agenda.minutes:
            return each
    what = name or "any meeting"
    raise NoSuchRecord(f"meeting: no minutes of {what} are here; a source of meetings has them once they are written")


def _print(
    office: Office, found: Appointment, duties: Sequence[Duty], decisions: Sequence[views.DecisionRecord]
) -> None:
    now, zone = office.desk.now(), office.zone
    if office.options.json:
        sheet = MeetingSheet(
            ppstui=1,
            kind="meeting",
            generated=instant(now, zone) or "",
            sources=office.sources((Kind.MEETING,)),
            meeting=views.meeting_record(found, now, zone),
            before=tuple(duty_record(each, zone) for each in duties),
            decisions=tuple(decisions),
        )
        office.console.write_utf8(msgspec.json.encode(sheet) + b"\n")
        return
    glance = Glance(now, zone, office.ascii_only)
    paras = (
        views.minutes_page(found, glance) if office.options.minutes else views.page(found, glance, duties, decisions)
    )
    for line in _laid(office, paras):
        office.console.say(line)


def _laid(office: Office, paras: Sequence[Para]) -> Iterator[str]:
    """Lines as wide as the terminal; into a pipe, broken nowhere that a reader would mind."""
    width = min(office.console.width, _WIDEST) if office.console.is_terminal else 10_000
    for line in lay(paras, width):
        yield "".join(text for text, _ in line).rstrip()


# --------------------------------------------------------------------------------------------------------- the list


COLUMNS = (
    Column("REF", rank=1),
    Column("IN"),
    Column("WHEN"),
    Column("MEETING", flexible=True, least=12),
    Column("TITLE", flexible=True, rank=2),
    Column("ROOM", flexible=True, rank=3),
    Column("ITEMS", rank=4),
)


def _sheet(office: Office, query: Query, column: str) -> Sheet:
    now, zone = office.desk.now(), office.zone
    today = local_day(now, zone)
    first = today - dt.timedelta(days=_BACK if office.options.all else 1)
    last = today + dt.timedelta(days=_FAR if office.options.all else _AHEAD)
    every = appointments(tuple(meetings_of(office)), agendas_of(office), first, last, zone)
    subjects = [each for each in every if office.options.all or each.end > now]
    found = chosen(office, views.MEETINGS, subjects, query, column)
    shown = limited(office, found)
    return Sheet(
        records=[views.meeting_record(each, now, zone) for each in shown],
        rows=[_row(each, now, zone) for each in shown],
        total=len(subjects),
        matched=len(found),
    )


def _row(each: Appointment, now: dt.datetime, zone: dt.tzinfo) -> tuple[str, ...]:
    agenda = each.agenda
    return (
        str(agenda.ref) if agenda else "",
        "cancelled" if each.cancelled else views.soon(each, now),
        f"{each.start.astimezone(zone):%a %Y-%m-%d %H:%M}",
        each.name,
        each.title if each.title != each.name else "",
        agenda.room if agenda else "",
        str(len(agenda.agenda)) if agenda and agenda.agenda else "",
    )


WAY = way("meeting", (Kind.MEETING,), views.MEETINGS, COLUMNS, _sheet, closes=True)
"""How they are listed; `--all` shows what is over, too, and further ahead."""
