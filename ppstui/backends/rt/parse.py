"""RT's rows into the records of ppstui; pure, so that every shape of answer can be tested without a server."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import replace

from ppstui.backends import _http
from ppstui.backends.rt.rows import instant
from ppstui.model import Assignment, Attachment, Event, Exposure, Link, Message, Parent, Phase, Ref, Rollout, Voice
from ppstui.rules.exposure_lines import read_exposures, read_waivers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.rows import PartRow, TicketRow, TransactionRow

VOICES = {"Create": Voice.DESCRIPTION, "Correspond": Voice.REPLY, "Comment": Voice.COMMENT}
SYSTEM = "RT_System"
"""The account under which RT's own automation writes."""
_LOCAL = re.compile(r"fsck\.com-rt://[^/]*/ticket/(\d+)\Z")
_EVENT = 200
_NOBODY = "6"
"""The number of the account that owns what nobody owns, in every RT."""


@dataclass(slots=True)
class Story:
    """What was read of one ticket beside its columns."""

    history: list[TransactionRow] = field(default_factory=list)
    """Messages and changes, in any order."""
    texts: dict[int, str] = field(default_factory=dict)
    """By transaction."""
    files: list[PartRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """What all records of one reading have in common."""

    options: Options
    source: str
    web: str
    zone: dt.tzinfo
    me: Callable[[], str]
    """The name of our account as far as it has come up; "" before."""
    accounts: Callable[[], dict[str, str]] = dict
    """Names of accounts by number, as far as they have come up."""

    def ref(self, number: int) -> Ref:
        """The reference of a ticket."""
        return Ref(self.source, str(number))

    def url(self, number: int) -> str:
        """The page of a ticket."""
        return f"{self.web}/Ticket/Display.html?id={number}"

    # -------------------------------------------------------------------------------------------------- rollouts

    def rollout(
        self, row: TicketRow, story: Story | None, parent: Parent | None = None, before: Rollout | None = None
    ) -> Rollout:
        """The record of a ticket: its columns, and its story added to what was known `before`.

        Without a story only the columns are known, and the record is not whole.
        """
        teams = row.custom.get(self.options.fields.teams)
        assigned = teams.texts if teams else ()
        phase = self.phase(row)
        document = self.value(row, self.options.fields.document)
        record = Rollout(
            ref=self.ref(row.number),
            url=self.url(row.number),
            title=row.subject,
            status=row.status,
            phase=phase,
            owner=row.owner_name,
            created=instant(row.created),
            updated=instant(row.updated),
            due=self.day(row.due),
            parent=parent,
            outcome=self.value(row, self.options.fields.outcome),
            document=document,
            document_url=self.options.document_url.replace("{id}", document) if document else "",
            assignments=tuple(Assignment(team=team) for team in assigned),
            links=self.links(row),
            fields=self.others(row),
            whole=False,
        )
        return record if story is None else self._with_story(record, row, story, before)

    def _with_story(self, record: Rollout, row: TicketRow, story: Story, before: Rollout | None) -> Rollout:
        field_id = teams.id if (teams := row.custom.get(self.options.fields.teams)) else ""
        history = sorted(story.history, key=lambda each: each.number)
        chosen = [each for each in history if each.type == "CustomField" and str(each.field) == str(field_id)]
        messages = self.messages(history, story.texts)
        names, accounts = self.field_names(row), self.owners(record, history)
        events = tuple(event for each in history if (event := self.told(each, names, accounts)))
        files = tuple(self.attachment(part) for part in story.files)
        if before is not None:
            messages = _joined(_completed(before.messages, story.texts), messages)
            events = _joined(before.events, events)
            files = _joined(before.attachments, files)
        assignments = _assignments(record, chosen, before)
        rev = max(
            [each.number for each in history if each.type in VOICES] + [each.number for each in chosen], default=0
        )
        newest = max(rev, read_to(before) if before else 0)
        return replace(
            record,
            rev=f"{newest}.{_digest(record):08x}" if newest else "",
            assignments=assignments,
            messages=messages,
            events=events,
            attachments=files,
            exposures=self.exposures(row, messages),
            waivers=read_waivers(messages),
            managers=_unique((self.me(), *(each.by for each in assignments))),
            whole=True,
        )

    def messages(self, history: Iterable[TransactionRow], texts: dict[int, str]) -> tuple[Message, ...]:
        """The messages among transactions, oldest first, each with the marks its own writer made."""
        found = []
        for each in history:
            voice = VOICES.get(each.type)
            if voice is None or (voice is Voice.DESCRIPTION and each.number not in texts):
                continue
            system = each.author == SYSTEM
            message = Message(id=str(each.number), at=each.at, author=each.author, voice=voice, system=system)
            found.append(_with_text(message, texts.get(each.number, "")))
        return tuple(found)

    def attachment(self, part: PartRow) -> Attachment:
        """A file on a ticket."""
        length = str(part.length or "")
        creator = part.creator.id if not isinstance(part.creator, str) else part.creator
        name = part.filename or ""
        return Attachment(
            id=str(part.number),
            name=name,
            at=instant(part.created),
            author=str(creator),
            size=int(length) if length.isdigit() else None,
            url=f"{self.web}/Ticket/Attachment/{part.message}/{part.number}/",
        )

    def exposures(self, row: TicketRow, messages: Sequence[Message]) -> tuple[Exposure, ...]:
        """What was said of exposure: in the configured fields for all teams, in messages for each."""
        names = self.options.fields
        start, until = self.day(self.value(row, names.exposure_start)), self.day(self.value(row, names.exposure_end))
        fielded = (Exposure(start=start, until=until),) if start or until else ()
        return (*fielded, *read_exposures(message.text for message in messages))

    def links(self, row: TicketRow) -> tuple[Link, ...]:
        """What the ticket refers to, in RT's order."""
        found = []
        for link in row.hyperlinks:
            if link.ref != "refers-to":
                continue
            local = link.type == "ticket" and link.id
            url = self.url(int(link.id)) if local else link.url
            found.append(Link(url=url, relation="" if local else self.relation(url)))
        return tuple(sorted(found, key=lambda link: link.url))

    def relation(self, url: str) -> str:
        """What an address is to a rollout, as far as the configuration tells; RT says nothing of it."""
        folded = url.casefold()
        if any(part.casefold() in folded for part in self.options.incident_urls if part):
            return "incident"
        documents = self.options.document_url.partition("{id}")[0].casefold()
        return "document" if documents and folded.startswith(documents) else ""

    def others(self, row: TicketRow) -> tuple[tuple[str, str], ...]:
        """Fields that are nothing else here and have a value, in the order of their ids: RT's own order is random."""
        names = self.options.fields
        known = {names.teams, names.outcome, names.document, names.progress, names.exposure_start, names.exposure_end}
        rest = sorted(
            (each for name, each in row.custom.items() if name not in known), key=lambda each: int(each.id or 0)
        )
        return tuple((each.name, ", ".join(each.texts)) for each in rest if each.texts)

    # --------------------------------------------------------------------------------------------------- parents

    def parent(self, row: TicketRow) -> Parent:
        """The release ticket a rollout belongs to."""
        progress = self.value(row, self.options.fields.progress)
        in_rollout = {word.casefold() for word in self.options.parent_status.rollout}
        if not progress and row.status.casefold() in in_rollout:
            progress = "StageRollOut"
        return Parent(
            ref=self.ref(row.number),
            url=self.url(row.number),
            title=row.subject,
            status=row.status,
            progress=progress,
            outcome=self.value(row, self.options.fields.outcome),
            document=self.value(row, self.options.fields.document),
        )

    # ------------------------------------------------------------------------------------------------------ events

    def field_names(self, row: TicketRow) -> dict[str, str]:
        """What custom fields are called in a ticket's history, by their ids: what the process knows, by its name."""
        own = self.options.fields
        known = {
            own.teams: "teams",
            own.outcome: "outcome",
            own.document: "document",
            own.exposure_start: "exposure start",
            own.exposure_end: "exposure end",
        }
        return {str(each.id): known.get(name, name) for name, each in row.custom.items()}

    def owners(self, record: Rollout, history: Sequence[TransactionRow]) -> dict[str, str]:
        """Names of accounts by number, that of the present owner among them: history has numbers only."""
        last = next((each.new for each in history[::-1] if each.type == "Set" and each.field == "Owner"), "")
        return self.accounts() | ({last: record.owner} if last and record.owner else {}) | {_NOBODY: "nobody"}

    def told(self, row: TransactionRow, names: dict[str, str], accounts: dict[str, str]) -> Event | None:
        """A transaction in plain words; None for messages and for what nobody needs to know.

        `names`: what fields are called, by id. `accounts`: names of accounts by number.
        """
        old, new, what = row.old or "", row.new or "", row.field or ""
        link = {"AddLink": "+", "DeleteLink": "-"}.get(row.type)
        if row.type in VOICES or (row.type == "SetWatcher" and what == "Owner"):  # told once more as Set
            return None
        if row.type == "Status":
            text = f"status {old} → {new}"
        elif row.type == "CustomField":
            text = _of_field(names.get(what, f"field {what}"), old, new)
        elif link:
            address = _LOCAL.sub(r"ticket \1", new if link == "+" else old)
            text = f"link {link} {what} {address}"
        elif row.type in ("AddWatcher", "DelWatcher"):
            text = f"{what} {'added' if row.type == 'AddWatcher' else 'removed'}"
        elif what == "Owner":
            before, after = (accounts.get(each) or f"account {each}" for each in (old or _NOBODY, new or _NOBODY))
            text = f"owner {before} → {after}"
        elif row.type == "SetWatcher":
            text = f"{what.lower()} changed"
        elif row.type == "Set":
            text = f"{what.lower()} {self._set(what, old)} → {self._set(what, new)}"
        else:
            text = _of_file(row.type, old, new) or " ".join(part for part in (row.type, what) if part)
        return Event(id=str(row.number), at=row.at, author=row.author, text=_http.plain(text, _EVENT))

    def _set(self, what: str, value: str) -> str:
        """A column's value; a day for what is an instant, in UTC without saying so."""
        if what == "Due":
            day = self.day(value)
            return day.isoformat() if day else "(empty)"
        return value or "(empty)"

    # ---------------------------------------------------------------------------------------------------- columns

    def value(self, row: TicketRow, name: str) -> str:
        """The first value of a custom field; "" when it has none, or there is no such field."""
        texts = row.custom[name].texts if name and name in row.custom else ()
        return texts[0].strip() if texts else ""

    def word(self, row: TicketRow) -> Phase | None:
        """What the configuration says of its status word; None when it says nothing."""
        status, word = self.options.status, row.status.casefold()
        if word == "deleted":  # RT's own word in every lifecycle
            return Phase.DELETED
        for phase in Phase:
            if word in {each.casefold() for each in getattr(status, phase.value)}:
                return phase
        return None

    def phase(self, row: TicketRow) -> Phase:
        """What its status means; an unknown word means open, or resolved once RT has set the day it was closed."""
        return self.word(row) or (Phase.RESOLVED if instant(row.resolved) else Phase.OPEN)

    def day(self, text: str) -> dt.date | None:
        """A day as RT writes days and instants; an instant is the day it falls on in the desk's zone."""
        if not text:
            return None
        if "T" in text or ":" in text:
            at = instant(text)
            return at.astimezone(self.zone).date() if at else None
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return None


def read_to(record: Rollout) -> int:
    """The newest transaction that is told of in a record that was read whole; 0 when its rev does not say."""
    number = record.rev.partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() else 0


def _digest(record: Rollout) -> int:
    """A number for what a ticket's columns say, less what is its parent's."""
    said = (record.title, record.status, record.owner, record.due, record.outcome, record.document)
    return zlib.crc32(msgspec.json.encode((said, record.assignments, record.links, record.fields)))


def _assignments(record: Rollout, chosen: Sequence[TransactionRow], before: Rollout | None) -> tuple[Assignment, ...]:
    """Since when each team is in the field, and who put it there; set when the ticket was made, it is since then.

    A team that was taken out and put back is notified anew (DOMAIN §11.10).
    """
    put = {each.new.casefold(): each for each in chosen if each.new}
    known = {each.team.casefold(): each for each in before.assignments} if before else {}
    found = []
    for assignment in record.assignments:
        name = assignment.team.casefold()
        if name in put:
            assignment = Assignment(team=assignment.team, notified=put[name].at, by=put[name].author)  # noqa: PLW2901
        elif name in known and known[name].notified:
            assignment = known[name]  # noqa: PLW2901
        else:
            assignment = Assignment(team=assignment.team, notified=record.created)  # noqa: PLW2901
        found.append(assignment)
    return tuple(found)


CUT, DROPPED = "file cut", "file dropped"
"""How the history begins to tell of a file that was over the server's limit."""


def _of_file(kind: str, size: str, limit: str) -> str:
    """What became of a file that was over the server's limit, or could not be kept; "" for all else."""
    match kind:
        case "AttachmentTruncate":
            return f"{CUT} from {size} to {limit} bytes"
        case "AttachmentDrop":
            return f"{DROPPED}, being of {size} bytes where {limit} are the limit"
        case "AttachmentError":
            return f"{DROPPED}: the server could not keep it"
    return ""


def _of_field(name: str, old: str, new: str) -> str:
    """A change of a custom field; of teams what went and what came."""
    if name == "teams":
        taken, put = f" - {old}" if old else "", f" + {new}" if new else ""
        return f"teams{taken}{put}"
    return f"{name} {old or '(empty)'} → {new or '(empty)'}"


def _completed(messages: Iterable[Message], texts: dict[int, str]) -> tuple[Message, ...]:
    """Messages that were known without their texts, with these."""
    return tuple(
        message if message.text or int(message.id) not in texts else _with_text(message, texts[int(message.id)])
        for message in messages
    )


def _with_text(message: Message, said: str) -> Message:
    """A message with its text, and the marks its own writer made."""
    text, marks = _http.unmarked(said, message.author)
    return replace(message, text=text, marks=marks)


_Kept = TypeVar("_Kept", bound=Message | Event | Attachment)


def _joined(before: tuple[_Kept, ...], after: tuple[_Kept, ...]) -> tuple[_Kept, ...]:
    """Old and new without doubles, by id, in the order of ids; what was read again replaces what was known."""
    found = {each.id: each for each in (*before, *after)}
    return tuple(sorted(found.values(), key=lambda each: int(each.id) if each.id.isdigit() else 0))


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
