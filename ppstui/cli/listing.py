"""`ppstui list KIND`: the records of a kind, as a table, JSON, CSV or Markdown.

Exit code 1 when a source failed and there is nothing to show, or when `--refresh` was asked for and a source failed;
the JSON document is printed all the same.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import msgspec

from ppstui.cli.arguments import KINDS, LATER_KINDS
from ppstui.cli.failing import DONE, FAILED
from ppstui.cli.sheets import Sheet, Way, chosen, left, limited, way
from ppstui.cli.tables import Column, aligned, csv_lines, markdown
from ppstui.cli.week import TeamBook
from ppstui.errors import UsageError
from ppstui.model import Kind, Team, command_name
from ppstui.query import parse
from ppstui.rules.rollouts import TeamState
from ppstui.rules.teams import team_key
from ppstui.views import fields, flat, words
from ppstui.views.dues import due_of_mover
from ppstui.views.records import (
    Listing,
    ack_records,
    entry_record,
    instant,
    report_records,
    rollout_record,
    team_record,
)
from ppstui.views.words import of_source

if TYPE_CHECKING:
    from ppstui.cli.office import Office
    from ppstui.model import Entry
    from ppstui.query import Query
    from ppstui.rules.rollouts import TeamStanding
    from ppstui.views.fields import Part, Subject
    from ppstui.views.records import AnyRecord

COLUMNS = {
    "rollouts": (
        Column("REF"),
        Column("DUE"),
        Column("MOVE", rank=1),
        Column("STAGE", rank=3),
        Column("TITLE", flexible=True, least=28),
        Column("NEEDS", flexible=True, least=20, rank=2),
    ),
    "acks": (
        Column("ROLLOUT"),
        Column("TEAM", flexible=True, least=24),
        Column("STATE"),
        Column("DUE"),
        Column("MOVE", rank=1),
        Column("TITLE", flexible=True, rank=2),
    ),
    "reports": (
        Column("ROLLOUT"),
        Column("TEAM", flexible=True),
        Column("STATE"),
        Column("REPORT", flexible=True),
        Column("PROBLEM", flexible=True, rank=1),
    ),
    "teams": (
        Column("REF", rank=3),
        Column("NAME", flexible=True),
        Column("OPEN"),
        Column("OVERDUE"),
        Column("REPORTS"),
        Column("LEVELS", rank=1),
        Column("SILENT", rank=1),
        Column("CONTACT", flexible=True, rank=2),
    ),
    "outbox": (
        Column("ID"),
        Column("STATE"),
        Column("ACTION"),
        Column("REF"),
        Column("ASKED", rank=1),
        Column("TEXT", flexible=True, rank=2),
        Column("NOTE", flexible=True),
    ),
}


async def list_records(office: Office) -> int:
    """The command."""
    options = office.options
    kind = _kind(options.kind)
    query, column = _question(office, kind)
    await office.fill()
    needs = _way(kind).reads
    await office.read(*needs, *_way(kind).also, everything=options.refresh)
    sheet = _way(kind).sheet(office, query, column)
    _print(office, kind, sheet)
    if needs:
        sources = office.sources(needs)
        office.complain_of(sources)
        for source in sources:
            if source.note and not options.json:
                office.console.complain(of_source(source.name, source.note))
    failed = office.failed(needs)
    return FAILED if failed and (options.refresh or not sheet.total) else DONE


def _kind(word: str) -> str:
    if word in KINDS:
        return word
    if word in LATER_KINDS:
        raise UsageError(f"list: no source here serves {word}; this version lists {', '.join(KINDS)}")
    near = get_close_matches(word, KINDS, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise UsageError(f"list: {word[:40]!r} is not a kind of record; {hint}this version lists {', '.join(KINDS)}")


def _question(office: Office, kind: str) -> tuple[Query, str]:
    """The filter and the column to sort by, checked before anything is read. Raises UsageError."""
    options = office.options
    if sum(map(bool, (options.json, options.csv, options.md))) > 1:
        raise UsageError("list: --json, --csv and --md exclude each other; choose one")
    if options.offline and options.refresh:
        raise UsageError("list: --refresh reads the sources and --offline forbids it; choose one")
    where, column = options.where or "", options.sort or ""
    if options.view:
        views = getattr(office.config.views, kind, ())
        wanted = options.view.casefold()
        view = next((each for each in views if each.title.casefold() == wanted), None)
        if view is None:
            known = ", ".join(each.title for each in views) or "none"
            raise UsageError(f"list: there is no view {options.view[:60]!r} of {kind}; configured are {known}")
        where = f"({view.where}) ({where})" if view.where and where else view.where or where
        column = column or view.sort
    asked = _way(kind)
    try:
        query = parse(where, asked.kinds, asked.flags)
    except UsageError as error:
        raise UsageError(f"list: {error}") from error
    asked.check(column)
    return query, column


def _subjects(office: Office) -> list[Subject]:
    return [
        fields.Subject(rollout, standing, office.board.entries(rollout.ref), office.me)
        for rollout, standing in office.rollouts(closed=office.options.all)
    ]


def _title(office: Office, subject: Subject) -> str:
    """The title; where room is short, without the words that every title has."""
    title = subject.standing.title
    if not office.console.is_terminal or office.options.md or not title.parsed:
        return subject.rollout.title if subject.rollout.title.strip() else "(no title)"
    return " ".join(filter(None, (title.component, title.version, title.stack_string, title.os, title.arch)))


def _rollouts(office: Office, query: Query, column: str) -> Sheet:
    subjects = _subjects(office)
    found = chosen(office, fields.ROLLOUTS, subjects, query, column)
    shown = limited(office, found)
    return Sheet(
        records=[rollout_record(each.rollout, each.standing, each.entries, office.zone) for each in shown],
        rows=[
            (
                str(each.rollout.ref),
                left(office, due_of_mover(each.standing)),
                words.MOVERS[each.standing.mover].word,
                words.STAGES[each.standing.stage].word,
                _title(office, each),
                "; ".join(entry.text for entry in each.standing.attention),
            )
            for each in shown
        ],
        total=len(subjects),
        matched=len(found),
    )


def _parts(office: Office) -> list[Part]:
    return [fields.Part(whole, team) for whole in _subjects(office) for team in whole.standing.teams]


def _acks(office: Office, query: Query, column: str) -> Sheet:
    parts = _pressing(_parts(office))
    found = chosen(office, fields.ACKS, parts, query, column)
    shown = limited(office, found)
    return Sheet(
        records=[_ack(office, part) for part in shown],
        rows=[
            (
                str(part.whole.rollout.ref),
                part.team.team,
                words.TEAMS[part.team.state].word,
                left(office, fields.part_due(part)),
                next(
                    (words.MOVERS[e.mover].word for e in part.whole.standing.attention if e.team == part.team.team), ""
                ),
                _title(office, part.whole),
            )
            for part in shown
        ],
        total=len(parts),
        matched=len(found),
    )


def _pressing(parts: list[Part]) -> list[Part]:
    """Most pressing first: by what each team's part needs, then in the board's order."""
    ranks = {severity: rank for rank, severity in enumerate(words.SEVERITIES)}

    def urgency(part: Part) -> tuple[int, float]:
        mine = [entry for entry in part.whole.standing.attention if entry.team == part.team.team]
        if not mine:
            return len(ranks), 0.0
        due = min((entry.due.timestamp() for entry in mine if entry.due), default=float("inf"))
        return min(ranks[entry.severity] for entry in mine), due

    return sorted(parts, key=urgency)


def _ack(office: Office, part: Part) -> AnyRecord:
    whole = rollout_record(part.whole.rollout, part.whole.standing, part.whole.entries, office.zone)
    return next(record for record in ack_records(whole) if record.team == part.team.team)


def _reports(office: Office, query: Query, column: str) -> Sheet:
    by_ref = {
        line.ref: (part, line)
        for part in _parts(office)
        for line in report_records(part.whole.rollout, part.whole.standing, office.zone)
        if line.team == part.team.team
    }
    parts = [part for part, _ in by_ref.values()]
    found = chosen(office, fields.ACKS, parts, query, column)
    lines = [by_ref[f"{part.whole.rollout.ref}/{part.team.team}"][1] for part in limited(office, found)]
    return Sheet(
        records=list(lines),
        rows=[
            (
                line.rollout,
                line.team,
                words.TEAMS[TeamState(line.state)].word,
                line.name or "",
                line.problem or "",
            )
            for line in lines
        ],
        total=len(parts),
        matched=len(found),
    )


def _teams(office: Office, query: Query, column: str) -> Sheet:
    parts: dict[str, list[TeamStanding]] = {}
    for _, standing in office.rollouts():
        for team in standing.teams:
            if team.assigned:
                parts.setdefault(team_key(team.team), []).append(team)
    records = [office.board.record(line.ref) for line in office.lines(Kind.TEAM, closed=office.options.all)]
    known = TeamBook(office)
    roster = [
        fields.Roster(
            team,
            tuple(parts.get(team_key(team.name), ())),
            known.committed(team.name),
            known.health(team.name),
        )
        for team in records
        if isinstance(team, Team)
    ]
    found = chosen(office, fields.TEAMS, roster, query, column)
    lines = [
        team_record(each.team, each.parts, each.committed, known.told(each.team.name))
        for each in limited(office, found)
    ]
    return Sheet(
        records=list(lines),
        rows=[
            (
                line.ref,
                line.name,
                str(line.open_rollouts),
                str(line.answers_overdue),
                str(line.reports_missing),
                ", ".join(line.levels),
                str(line.unanswered or ""),
                line.contact or "",
            )
            for line in lines
        ],
        total=len(roster),
        matched=len(found),
    )


def _outbox(office: Office, query: Query, column: str) -> Sheet:
    entries = [fields.Queued(entry, office.me) for entry in office.board.entries()]
    found = chosen(office, fields.OUTBOX, entries, query, column)
    shown = limited(office, found)
    return Sheet(
        records=[entry_record(each.entry, office.zone) for each in shown],
        rows=[entry_row(each.entry, office) for each in shown],
        total=len(entries),
        matched=len(found),
    )


def entry_row(entry: Entry, office: Office) -> tuple[str, ...]:
    """An outbox entry as short texts."""
    return (
        str(entry.id),
        words.ENTRIES[entry.state].word,
        command_name(entry.command),
        str(entry.command.target),
        words.ago(entry.asked_at, office.desk.now()),
        _first_line(words.command_text(entry.command)),
        entry.last_error or entry.receipt,
    )


def _first_line(text: str) -> str:
    """The first line that says something, with a sign that there is more."""
    first, _, rest = text.strip().partition("\n")
    return f"{first.rstrip()} …" if rest.strip() else first


_WAYS = {
    "rollouts": way("rollout", (Kind.ROLLOUT,), fields.ROLLOUTS, COLUMNS["rollouts"], _rollouts, closes=True),
    "acks": way("team's part", (Kind.ROLLOUT,), fields.ACKS, COLUMNS["acks"], _acks, closes=True),
    "reports": way("report", (Kind.ROLLOUT,), fields.ACKS, COLUMNS["reports"], _reports, closes=True),
    "teams": way("team", (Kind.TEAM,), fields.TEAMS, COLUMNS["teams"], _teams, closes=True, also=(Kind.COMMITMENT,)),
    "outbox": way("entry", (), fields.OUTBOX, COLUMNS["outbox"], _outbox),
}


def _way(kind: str) -> Way:
    """How that kind is listed; those of the second half of the process are loaded when they are wanted."""
    if kind in _WAYS:
        return _WAYS[kind]
    if kind == "bulletins":
        from ppstui.cli.issue_sheets import WAY as ISSUES

        return ISSUES
    if kind == "meetings":
        from ppstui.cli.meeting import WAY

        return WAY
    from ppstui.cli.preview_sheets import WAYS

    return WAYS[kind]


# ----------------------------------------------------------------------------------------------------------- printing


def _print(office: Office, kind: str, sheet: Sheet) -> None:
    options, console = office.options, office.console
    if options.json:
        document = Listing(
            ppstui=1,
            kind=kind,
            generated=instant(office.desk.now(), office.zone) or "",
            total=sheet.total,
            shown=len(sheet.records),
            truncated=len(sheet.records) < sheet.matched,
            sources=office.sources(_way(kind).reads or Kind),
            records=tuple(sheet.records),
        )
        console.write_utf8(msgspec.json.encode(document) + b"\n")
        return
    if options.csv:
        rows = [flat.row(kind, record) for record in sheet.records]
        console.write_utf8(csv_lines(flat.titles(kind), rows).encode("utf-8", "replace"))
        return
    columns = _way(kind).columns
    if options.md:
        titles = [column.title.capitalize() for column in columns]
        console.write_utf8(markdown(titles, sheet.rows).encode("utf-8", "replace"))
        return
    if sheet.rows:
        width = console.width if console.is_terminal else None
        for line in aligned(columns, sheet.rows, width, ascii_only=office.ascii_only):
            console.say(line)
    elif note := _nothing(office, kind, sheet):
        console.complain(note)


def _nothing(office: Office, kind: str, sheet: Sheet) -> str:
    """Why nothing is shown: empty, filtered out, never read and failed are different things."""
    asked = _way(kind)
    if sheet.total:
        return f"list: none of {sheet.total} {kind} passes the filter"
    sources = office.sources(asked.reads)
    if any(not source.ok for source in sources):
        return ""
    if asked.reads and not office.sources(asked.reads[:1]):
        return f"list: no source here serves {kind}; name one under [sources] in the configuration"
    hint = " open; --all shows closed ones" if asked.closes and not office.options.all else ""
    return f"list: there is no {asked.name}{hint}"
