"""`ppstui effort`: what pilots were to cost and what was recorded, and the document's own figures beside the sums.

Pilots that are over count too. With a period, work whose day nobody knows is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.cli.failing import DONE, FAILED
from ppstui.cli.tables import Column, aligned, csv_lines
from ppstui.cli.wording import day_of
from ppstui.errors import UsageError
from ppstui.model import Kind
from ppstui.rules.effort import By, beside, credits_of, effort_text, in_days, summary
from ppstui.views.pilot_records import ComparedRecord, SumRecord, sum_record
from ppstui.views.plain import clean
from ppstui.views.records import SourceRecord, instant

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Pilot
    from ppstui.rules.effort import Compared, Sum

_BY = {"team": By.SITE}
"""A team and a site are the same partner."""
_WIDEST = "with expert"
"""The widest total that the document states."""


class BesideRecord(Struct, frozen=True, kw_only=True):
    """The computed sums of one pilot beside the document's."""

    ref: str
    title: str
    sums: tuple[ComparedRecord, ...]


class EffortSheet(Struct, frozen=True, kw_only=True):
    """What `effort --json` prints."""

    ppstui: int
    kind: str
    generated: str
    by: str
    since: str | None
    until: str | None
    total: int
    shown: int
    truncated: bool
    sources: tuple[SourceRecord, ...]
    records: tuple[SumRecord, ...]
    planned_pd: float
    recorded_pd: float
    beside: tuple[BesideRecord, ...]
    """For each pilot what is computed beside what the document states; null where it states nothing."""


async def effort(office: Office) -> int:
    """The command."""
    options = office.options
    since, until = _period(office)
    await office.fill()
    await office.read(Kind.PILOT, everything=options.refresh)
    pilots = [pilot for pilot, _ in office.pilots(closed=True)]
    word = options.by or By.PILOT.value
    by = _BY.get(word) or By(word)
    rows = summary(pilots, by, office.desk.policy, since, until)
    compared = [(pilot, beside(pilot, office.desk.policy)) for pilot in pilots]
    if options.json:
        _json(office, rows, compared, (since, until))
    elif options.csv:
        office.console.write_utf8(_csv(rows, by, compared).encode("utf-8", "replace"))
    else:
        _text(office, rows, by, compared)
    office.complain_of(office.sources([Kind.PILOT]))
    failed = office.failed([Kind.PILOT])
    return FAILED if failed and (options.refresh or not pilots) else DONE


def _period(office: Office) -> tuple[dt.date | None, dt.date | None]:
    """The days of --since and --until. Raises UsageError."""
    options = office.options
    if options.json and options.csv:
        raise UsageError("effort: --json and --csv exclude each other; choose one")
    if options.offline and options.refresh:
        raise UsageError("effort: --refresh reads the sources and --offline forbids it; choose one")
    days = tuple(
        day_of(text, office.desk.now(), office.zone, f"effort: {name}") if text else None
        for name, text in (("--since", options.since), ("--until", options.until))
    )
    since, until = days
    if since and until and until < since:
        raise UsageError(f"effort: --until {until} is before --since {since}; a period ends after it begins")
    return since, until


def _json(
    office: Office,
    rows: Sequence[Sum],
    compared: Sequence[tuple[Pilot, Sequence[Compared]]],
    period: tuple[dt.date | None, dt.date | None],
) -> None:
    since, until = period
    document = EffortSheet(
        ppstui=1,
        kind="effort",
        generated=instant(office.desk.now(), office.zone) or "",
        by=office.options.by or By.PILOT.value,
        since=since.isoformat() if since else None,
        until=until.isoformat() if until else None,
        total=len(rows),
        shown=len(rows),
        truncated=False,
        sources=office.sources([Kind.PILOT]),
        records=tuple(map(sum_record, rows)),
        planned_pd=in_days(sum(row.planned for row in rows)),
        recorded_pd=in_days(sum(row.recorded for row in rows)),
        beside=tuple(
            BesideRecord(ref=str(pilot.ref), title=pilot.title, sums=tuple(map(_compared, sums)))
            for pilot, sums in compared
        ),
    )
    office.console.write_utf8(msgspec.json.encode(document) + b"\n")


def _compared(each: Compared) -> ComparedRecord:
    return ComparedRecord(
        what=each.what,
        computed=in_days(each.computed),
        document=in_days(each.document) if each.document is not None else None,
        reason=each.reason or None,
    )


def _csv(rows: Sequence[Sum], by: By, compared: Sequence[tuple[Pilot, Sequence[Compared]]]) -> str:
    """A row a group; by pilot also its title, and what the document states for the whole pilot."""
    titles = ["key", "planned_pd", "recorded_pd", "planned_credits", "recorded_credits"]
    found = {str(pilot.ref): (pilot, sums) for pilot, sums in compared}
    lines = []
    for row in rows:
        amounts = (in_days(row.planned), in_days(row.recorded), credits_of(row.planned), credits_of(row.recorded))
        cells = [row.key, *(f"{amount:g}" for amount in amounts)]
        if by is By.PILOT:
            pilot, sums = found[row.key]
            stated = next((each for each in sums if each.what == _WIDEST), None)
            document = f"{in_days(stated.document):g}" if stated and stated.document is not None else ""
            computed = f"{in_days(stated.computed):g}" if stated else ""
            cells += [pilot.title, computed, document, stated.reason if stated else ""]
        lines.append(cells)
    if by is By.PILOT:
        titles += ["title", "computed_with_expert_pd", "document_pd", "reason"]
    return csv_lines(titles, lines)


def _text(office: Office, rows: Sequence[Sum], by: By, compared: Sequence[tuple[Pilot, Sequence[Compared]]]) -> None:
    if not rows:
        office.console.complain("effort: no work is planned or recorded in that time; ppstui list pilots --all")
        return
    names = {str(pilot.ref): pilot.title for pilot, _ in compared}
    columns = [Column(by.value.upper(), flexible=True), Column("PLANNED"), Column("RECORDED"), Column("CREDITS")]
    if by is By.PILOT:
        columns.append(Column("TITLE", flexible=True, rank=1))
    cells = [
        (
            row.key or "(nobody in particular)",
            effort_text(row.planned),
            effort_text(row.recorded),
            f"{credits_of(row.planned):g}",
            *((names.get(row.key, ""),) if by is By.PILOT else ()),
        )
        for row in rows
    ]
    planned, recorded = sum(row.planned for row in rows), sum(row.recorded for row in rows)
    cells.append(
        (
            "together",
            effort_text(planned),
            effort_text(recorded),
            f"{credits_of(planned):g}",
            *(("",) if by is By.PILOT else ()),
        )
    )
    say, ascii_only = office.console.say, office.ascii_only
    width = office.console.width if office.console.is_terminal else None
    for line in aligned(columns, cells, width, ascii_only=ascii_only):
        say(line)
    stated = [(pilot, sums) for pilot, sums in compared if any(each.document is not None for each in sums)]
    for pilot, sums in stated:
        say()
        say(clean(f"{pilot.ref} {pilot.title}, computed beside what the document states", ascii_only=ascii_only))
        for each in sums:
            document = f"the document says {effort_text(each.document)}" if each.document is not None else ""
            told = "; ".join(filter(None, (effort_text(each.computed), document, each.reason)))
            say("  " + clean(f"{each.what}: {told}", ascii_only=ascii_only))
