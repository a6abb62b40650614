"""Issues of the bulletin as records for JSON, as fields to ask for, and how commands about them are said.

Pure; read when the first issue is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Bulletin, Correct, KeepPublication, Mention, Publish, SaveBulletin
from ppstui.query import FieldKind
from ppstui.views.fields import Field, Fields
from ppstui.views.records import instant

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from ppstui.model import BulletinCommand, Publication

_TEXT, _WORD, _NUMBER, _PAST = FieldKind.TEXT, FieldKind.WORD, FieldKind.NUMBER, FieldKind.PAST
STATES = ("notes", "draft", "frozen", "published")
"""How far an issue is."""


class PublicationRecord(Struct, frozen=True, kw_only=True):
    """What went where."""

    target: str
    number: int
    """0 for the issue, n for its n-th correction there."""
    at: str | None
    by: str
    id: str | None
    """What the target calls it."""
    format: str
    digest: str
    corrects: str | None
    receipt: str | None


class IssueRecord(Struct, frozen=True, kw_only=True):
    """One issue for one audience."""

    ref: str
    source: str
    id: str
    url: str | None
    audience: str
    issue: str
    title: str | None
    state: str
    """One of `STATES`."""
    meeting: str | None
    meeting_at: str | None
    since: str | None
    until: str | None
    frozen_at: str | None
    updated: str | None
    updated_by: str | None
    holder: str | None
    lines: int
    notes: int
    targets: tuple[str, ...]
    """Where it was published."""
    publications: tuple[PublicationRecord, ...]
    rev: str | None


ISSUE_PATHS: dict[str, tuple[str, ...]] = {
    "bulletins": (
        *("ref", "source", "id", "url", "audience", "issue", "title", "state", "meeting", "meeting_at", "since"),
        *("until", "frozen_at", "updated", "updated_by", "holder", "lines", "notes", "targets", "rev"),
    )
}
"""The columns of a CSV."""


def state_of(issue: Bulletin) -> str:
    """How far an issue is."""
    if issue.publications:
        return "published"
    if issue.frozen_at:
        return "frozen"
    return "draft" if issue.draft else "notes"


def targets_of(issue: Bulletin) -> tuple[str, ...]:
    """Where it was published, in the order in which it went."""
    return tuple(dict.fromkeys(each.target for each in issue.publications))


def line_count(issue: Bulletin) -> int:
    """How many lines it tells."""
    return sum(not line.dropped for part in (issue.draft.parts if issue.draft else ()) for line in part.lines)


def issue_record(issue: Bulletin, zone: dt.tzinfo) -> IssueRecord:
    """The JSON of an issue."""
    gathered = issue.gathered
    return IssueRecord(
        ref=str(issue.ref),
        source=issue.ref.source,
        id=issue.ref.id,
        url=issue.url or None,
        audience=issue.audience,
        issue=issue.issue,
        title=(issue.draft.title if issue.draft else "") or None,
        state=state_of(issue),
        meeting=(gathered.meeting if gathered else "") or None,
        meeting_at=instant(gathered.meeting_at, zone) if gathered else None,
        since=instant(gathered.since, zone) if gathered else None,
        until=instant(gathered.until, zone) if gathered else None,
        frozen_at=instant(issue.frozen_at, zone),
        updated=instant(issue.updated, zone),
        updated_by=issue.updated_by or None,
        holder=issue.holder or None,
        lines=line_count(issue),
        notes=len(issue.notes),
        targets=targets_of(issue),
        publications=tuple(_publication(each, zone) for each in issue.publications),
        rev=issue.rev or None,
    )


def _publication(each: Publication, zone: dt.tzinfo) -> PublicationRecord:
    return PublicationRecord(
        target=each.target,
        number=each.number,
        at=instant(each.at, zone),
        by=each.by,
        id=each.id or None,
        format=each.format,
        digest=each.digest,
        corrects=each.corrects or None,
        receipt=each.receipt or None,
    )


def _flags(issue: Bulletin) -> Iterable[str]:
    yield state_of(issue)
    if issue.holder:
        yield "held"


ISSUES = Fields[Bulletin](
    flags=(*STATES, "held"),
    flagged=_flags,
    fields=(
        Field("ref", _TEXT, lambda i: str(i.ref)),
        Field("source", _WORD, lambda i: i.ref.source),
        Field("audience", _WORD, lambda i: i.audience),
        Field("issue", _WORD, lambda i: i.issue, ("week",)),
        Field("title", _TEXT, lambda i: i.draft.title if i.draft else ""),
        Field("state", _WORD, state_of, order=STATES),
        Field("meeting", _TEXT, lambda i: i.gathered.meeting if i.gathered else ""),
        Field("target", _WORD, targets_of, ("targets",)),
        Field("holder", _WORD, lambda i: i.holder),
        Field("lines", _NUMBER, lambda i: float(line_count(i))),
        Field("notes", _NUMBER, lambda i: float(len(i.notes))),
        Field("updated", _PAST, lambda i: i.updated),
        Field("frozen", _PAST, lambda i: i.frozen_at, ("frozen_at",)),
    ),
)
"""An issue of the bulletin."""


def bulletin_text(command: BulletinCommand) -> str:
    """What such an entry says: the note, what is kept, what goes out."""
    match command:
        case Mention():
            return f"{command.about}: {command.text}"
        case SaveBulletin():
            lines = sum(not line.dropped for part in command.draft.parts for line in part.lines)
            frozen = ", frozen" if command.freeze else ""
            return f"{command.audience} {command.issue}, {lines} line{'' if lines == 1 else 's'}{frozen}"
        case KeepPublication():
            each = command.publication
            return f"{each.target} has it" + (f" as {each.id}" if each.id else "")
        case Correct():
            return f"{command.subject} ({command.corrects})\n\n{command.text}"
        case Publish():
            return f"{command.subject}\n\n{command.text}"
