"""The listings of pilots, of what nobody tests, of the week's duties, and of the registry of partners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.cli.sheets import Sheet, chosen, left, limited, way
from ppstui.cli.tables import Column
from ppstui.cli.week import NEEDS, duties_now, name_of, vacancies_now
from ppstui.model import Commitment, Kind, Level, Wish
from ppstui.rules.clocks import local_day
from ppstui.rules.registry import described
from ppstui.views import pilot_words
from ppstui.views.pilot_fields import PILOTS, PilotSubject
from ppstui.views.pilot_records import commitment_record, duty_record, pilot_record, vacancy_record
from ppstui.views.registry_fields import COMMITMENTS, DUTIES, VACANCIES, WISHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.cli.office import Office
    from ppstui.query import Query

COLUMNS = {
    "pilots": (
        Column("REF"),
        Column("DUE"),
        Column("MOVE", rank=1),
        Column("STATE", rank=3),
        Column("RUNS TO", rank=4),
        Column("TITLE", flexible=True, least=16),
        Column("NEEDS", flexible=True, least=20, rank=2),
    ),
    "vacancies": (
        Column("WHY"),
        Column("COMPONENT", flexible=True),
        Column("STACK"),
        Column("PLATFORM", rank=1),
        Column("HAVE"),
        Column("REF", rank=2),
        Column("TEAMS", flexible=True, rank=3),
    ),
    "tasks": (
        Column("DUE"),
        Column("WHAT", flexible=True, least=36),
        Column("ABOUT", flexible=True, rank=1),
        Column("RHYTHM", rank=3),
        Column("TICK WITH", rank=2),
    ),
    "commitments": (
        Column("REF", rank=2),
        Column("WHO", flexible=True),
        Column("LEVEL"),
        Column("PRODUCTS", flexible=True),
        Column("UNTIL"),
        Column("NOTE", flexible=True, rank=1),
    ),
    "wishes": (
        Column("REF", rank=1),
        Column("PRODUCT", flexible=True),
        Column("MINIMUM"),
        Column("NOTE", flexible=True, rank=2),
    ),
}
"""The columns for people."""


def _pilots(office: Office, query: Query, column: str) -> Sheet:
    subjects = [
        PilotSubject(pilot, standing, office.board.entries(pilot.ref), office.me)
        for pilot, standing in office.pilots(closed=office.options.all)
    ]
    found = chosen(office, PILOTS, subjects, query, column)
    shown = limited(office, found)
    policy = office.desk.policy
    return Sheet(
        records=[pilot_record(each.pilot, each.standing, policy, entries=each.entries) for each in shown],
        rows=[_pilot_row(office, each) for each in shown],
        total=len(subjects),
        matched=len(found),
    )


def _pilot_row(office: Office, subject: PilotSubject) -> tuple[str, ...]:
    pilot, standing = subject.pilot, subject.standing
    due = next((entry.due for entry in standing.attention if entry.due and entry.mover is standing.mover), None)
    return (
        str(pilot.ref),
        left(office, due),
        pilot_words.ROLES[standing.mover],
        pilot_words.PILOT_STATES[standing.state].word,
        standing.end.isoformat() if standing.end else "",
        pilot.title if pilot.title.strip() else "(no title)",
        "; ".join(entry.text for entry in standing.attention),
    )


def _vacancies(office: Office, query: Query, column: str) -> Sheet:
    every = vacancies_now(office)
    found = chosen(office, VACANCIES, every, query, column)
    shown = limited(office, found)
    return Sheet(
        records=[vacancy_record(each) for each in shown],
        rows=[
            (
                pilot_words.LACKS[each.why],
                each.component,
                "-".join(filter(None, (each.stack, each.major))),
                " ".join(filter(None, (each.os, each.arch))),
                f"{each.committed} of {each.wanted}" + (f" {each.level.value}" if each.level is not Level.NONE else ""),
                str(each.ref),
                ", ".join(each.teams),
            )
            for each in shown
        ],
        total=len(every),
        matched=len(found),
    )


def _tasks(office: Office, query: Query, column: str) -> Sheet:
    every = duties_now(office)
    found = chosen(office, DUTIES, every, query, column)
    shown = limited(office, found)
    return Sheet(
        records=[duty_record(each, office.zone) for each in shown],
        rows=[
            (
                left(office, each.due),
                each.text,
                ", ".join((*map(str, each.refs), *each.teams)),
                each.rhythm.value,
                name_of(each, every) if each.by_hand else "",
            )
            for each in shown
        ],
        total=len(every),
        matched=len(found),
    )


def _entries(office: Office, kind: Kind) -> Iterator[Commitment | Wish]:
    """The entries of the registry with what is pending laid over them; without --all those in force or to come."""
    here = {name for name, kinds in office.serves.items() if kind in kinds}
    today = local_day(office.desk.now(), office.zone)
    book = office.board.registry()
    for each in book.commitments if kind is Kind.COMMITMENT else book.wishes:
        over = isinstance(each, Commitment) and each.until is not None and each.until < today
        if each.ref.source in here and (office.options.all or not over):
            yield each


def _commitments(office: Office, query: Query, column: str) -> Sheet:
    every = [each for each in _entries(office, Kind.COMMITMENT) if isinstance(each, Commitment)]
    found = chosen(office, COMMITMENTS, every, query, column)
    shown = limited(office, found)
    return Sheet(
        records=[commitment_record(each) for each in shown],
        rows=[
            (
                str(each.ref),
                each.party,
                each.level.value if each.level is not Level.NONE else "",
                described(each),
                each.until.isoformat() if each.until else "",
                each.note,
            )
            for each in shown
        ],
        total=len(every),
        matched=len(found),
    )


def _wishes(office: Office, query: Query, column: str) -> Sheet:
    every = [each for each in _entries(office, Kind.WISH) if isinstance(each, Wish)]
    found = chosen(office, WISHES, every, query, column)
    shown = limited(office, found)
    return Sheet(
        records=[commitment_record(each) for each in shown],
        rows=[(str(each.ref), described(each), str(each.minimum), each.note) for each in shown],
        total=len(every),
        matched=len(found),
    )


WAYS = {
    "pilots": way("pilot", (Kind.PILOT,), PILOTS, COLUMNS["pilots"], _pilots, closes=True, also=(Kind.COMMITMENT,)),
    "vacancies": way("vacancy", NEEDS, VACANCIES, COLUMNS["vacancies"], _vacancies),
    "tasks": way("task", NEEDS, DUTIES, COLUMNS["tasks"], _tasks, also=(Kind.MEETING,)),
    "commitments": way(
        "commitment", (Kind.COMMITMENT,), COMMITMENTS, COLUMNS["commitments"], _commitments, closes=True
    ),
    "wishes": way("wish", (Kind.WISH,), WISHES, COLUMNS["wishes"], _wishes),
}
"""How each of them is listed."""
