"""`list bulletins`, and what `show` says of an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ppstui.cli.failing import DONE
from ppstui.cli.sheets import Sheet, chosen, limited, way
from ppstui.cli.tables import Column
from ppstui.model import Bulletin, Kind
from ppstui.views import issues, words
from ppstui.views.plain import clean, clean_lines

if TYPE_CHECKING:
    from ppstui.cli.office import Office
    from ppstui.model import Publication
    from ppstui.query import Query


def _bulletins(office: Office, query: Query, column: str) -> Sheet:
    """Newest first; without `--all` those that somebody may still have to see to."""
    records = (office.board.record(line.ref) for line in office.lines(Kind.BULLETIN, closed=office.options.all))
    every = [each for each in records if isinstance(each, Bulletin)]
    every.sort(key=lambda each: (each.issue, each.audience), reverse=True)
    found = chosen(office, issues.ISSUES, every, query, column)
    shown = limited(office, found)
    return Sheet(
        records=[issues.issue_record(each, office.zone) for each in shown],
        rows=[_row(office, each) for each in shown],
        total=len(every),
        matched=len(found),
    )


def _row(office: Office, each: Bulletin) -> tuple[str, ...]:
    return (
        str(each.ref),
        issues.state_of(each),
        words.moment(each.gathered.meeting_at, office.zone) if each.gathered and each.gathered.meeting_at else "",
        ", ".join(issues.targets_of(each)),
        str(issues.line_count(each)),
        words.ago(each.updated, office.desk.now()) if each.updated else "",
        each.updated_by,
    )


WAY = way(
    "issue",
    (Kind.BULLETIN,),
    issues.ISSUES,
    (
        Column("REF"),
        Column("STATE"),
        Column("FOR", rank=2),
        Column("PUBLISHED AT", flexible=True),
        Column("LINES", rank=3),
        Column("UPDATED", rank=1),
        Column("BY", rank=4),
    ),
    _bulletins,
    closes=True,
)
"""How issues are listed."""


def issue_shown(office: Office, issue: Bulletin) -> int:
    """What `show` says of an issue: what it says as colleagues see it, and what went where."""
    if office.options.json:
        office.console.write_utf8(msgspec.json.encode(issues.issue_record(issue, office.zone)) + b"\n")
        return DONE
    say, ascii_only = office.console.say, office.ascii_only
    if issue.draft is not None:
        for line in clean_lines(office.newsroom().render(issue, "text"), ascii_only=ascii_only):
            say(line)
        say()
    say(clean(f"{issue.ref}  {issues.state_of(issue)}", ascii_only=ascii_only))
    for note in issue.notes:
        say(clean(f"  to be mentioned: {note.about}: {note.text}", ascii_only=ascii_only))
    for each in issue.publications:
        say(clean(f"  {went(each, office)}", ascii_only=ascii_only))
    return DONE


def went(each: Publication, office: Office) -> str:
    """What went where, when and by whom."""
    at = words.moment(each.at, office.zone)
    what = f"correction {each.number} ({each.corrects})" if each.number else "published"
    return f"{each.target}: {what} {at} by {each.by}" + (f" as {each.id}" if each.id else "")
