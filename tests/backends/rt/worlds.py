"""Worlds for the conformance suite: the RT with a memory, seen and changed behind the backend's back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from ppstui.backends._http import marked
from ppstui.backends.rt import RT, Options
from ppstui.backends.rt.pilots.sheet import first_lines, step_subject
from ppstui.model import (
    Assign,
    Comment,
    Document,
    EndKind,
    Incident,
    NewRollout,
    Pilot,
    Poll,
    Ref,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    StepState,
    Team,
    Voice,
)
from ppstui.testing import HttpFaults, Wire, toolbox
from tests.backends.rt.fake import FakeRT
from tests.backends.rt.fake_writes import due_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Command, Record
    from ppstui.port import Backend
    from tests.backends.rt.fake import Ticket

SOURCE = "there"
KINDS = {Voice.REPLY: "Correspond", Voice.COMMENT: "Comment"}


def changes_something(request: httpx.Request) -> bool:
    """RT takes long searches as POST."""
    return request.method not in {"GET", "HEAD"} and request.url.path.rpartition("/")[2] not in {
        "tickets",
        "transactions",
        "attachments",
        "groups",
        "users",
    }


def _signed(lines: Sequence[str], key: str, by: str) -> str:
    return marked("\n".join(lines), key, by)


class FakeWorld(HttpFaults):
    """An RT with a memory."""

    def __init__(self, rt: FakeRT | None = None, **options: object) -> None:
        self.rt = rt or FakeRT()
        self.wire = Wire(httpx.MockTransport(self.rt), writes=changes_something)
        self.options = {"url": self.rt.url, "token": "env:RT_TOKEN", **options}

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.rt.token,)

    def open(self) -> Backend:
        tools = toolbox(SOURCE, secrets={"env:RT_TOKEN": self.rt.token}, transport=self.wire)
        return RT.open(Options(**self.options), tools)  # type: ignore[arg-type]

    def seed(self, records: Sequence[Record]) -> tuple[Ref, ...]:
        return tuple(ref for record in records if (ref := self._seeded(record)) is not None)

    def _seeded(self, record: Record) -> Ref | None:
        if isinstance(record, Pilot):
            return self.plant_pilot(record)
        if isinstance(record, Rollout):
            return self.plant(record)
        return Ref(SOURCE, f"team-{record.name}") if isinstance(record, Team) else None

    def plant_pilot(self, record: Pilot) -> Ref:
        """A pilot as another desk has made it: its first message says all of it, its steps have tickets."""
        by = "colleague"
        ticket = self.rt.make(record.title, queue="pilots", by=by, text=_signed(first_lines(record), "of-old", by))
        for step in record.steps:
            text = _signed(["ppstui: step 1 planned for no day"], f"of-old-step-{step.number}", by)
            child = self.rt.make(step_subject(step), queue="pilots", by=by, text=text)
            child.member_of = [ticket.id]
            child.due = f"{step.planned} 09:00:00" if step.planned else ""
            if step.state.settled:
                self.rt.set_status(child.id, "resolved" if step.state is StepState.DONE else "rejected", by)
        for message in record.messages:
            text = _signed([message.text], message.marks[0], message.author) if message.marks else message.text
            self.rt.say(ticket.id, KINDS[message.voice], message.author, text)
        for file in record.attachments:
            self.rt.say(
                ticket.id,
                "Comment",
                by,
                _signed(["ppstui: a file"], "of-old-file", by),
                files=[(file.name, file.size or 0)],
            )
        ticket.refers_to = [link.url for link in record.links]
        if record.ending:
            self.rt.set_status(ticket.id, "resolved" if record.ending.how is EndKind.CLOSED else "rejected", by)
        return Ref(SOURCE, str(ticket.id))

    def plant(self, record: Rollout) -> Ref:
        first, *others = record.messages
        ticket = self.rt.make(record.title, text=first.text, by=first.author)
        ticket.refers_to = [link.url for link in record.links]
        if record.assignments:
            self.rt.set_field(ticket.id, 7, [each.team for each in record.assignments], "colleague")
            self.rt.set_status(ticket.id, "open", "colleague")
        if record.parent is not None:
            release = self.rt.make(record.parent.title, queue="sw-rel", by="sw-rel")
            release.status = record.parent.status
            ticket.member_of.append(release.id)
        files = [(file.name, file.size or 0) for file in record.attachments]
        for message in others:
            self.rt.say(ticket.id, KINDS[message.voice], message.author, message.text, files=files)
            files = []
        assert not files
        return Ref(SOURCE, str(ticket.id))

    def see(self, command: type[Command], ref: Ref) -> tuple[str, ...]:
        if command is NewRollout:
            return tuple(ticket.subject for ticket in self.rt.tickets.values())
        return self.columns(command, self.rt.tickets[int(ref.id)]) or self.said(command, int(ref.id))

    def columns(self, command: type[Command], ticket: Ticket) -> tuple[str, ...]:
        """What a command leaves in a ticket's columns."""
        fields = {name: tuple(filter(None, ticket.fields.get(n, ()))) for n, name in self.rt.names.items()}
        day = due_of(ticket)[:10]
        found: dict[type[Command], tuple[str, ...]] = {
            Assign: fields["EA Teams"],
            SetOutcome: fields["Outcome"],
            Document: fields["DocID"],
            SetField: tuple(f"Remarks: {value}" for value in fields["Remarks"]),
            SetStatus: (ticket.status,),
            Resolve: (ticket.status,),
            SetOwner: (ticket.owner,) if ticket.owner else (),
            SetDue: () if day.startswith("1970") else (day,),
            Incident: tuple(ticket.refers_to),
        }
        return found.get(command, ())

    def said(self, command: type[Command], number: int) -> tuple[str, ...]:
        """What a command leaves in messages."""
        if command in (Assign, SetOutcome, Document, SetField, SetOwner, SetDue, Incident):
            return ()
        kind = "Comment" if command in (Comment, Poll) else "Correspond"
        messages = {row.id for row in self.rt.transactions if row.ticket == number and row.type == kind}
        parts = [part for part in self.rt.parts if part.transaction in messages]
        if command is Report:
            return tuple(f"{part.filename}: {part.length} bytes" for part in parts if part.filename)
        return tuple(part.content for part in parts if part.kind == "text/plain" and not part.filename)

    def touch(self, ref: Ref) -> None:
        self.rt.say(int(ref.id), "Comment", "colleague", "I rang them.")

    def assign(self, ref: Ref, team: str) -> None:
        ticket = self.rt.tickets[int(ref.id)]
        self.rt.set_field(ticket.id, 7, [*ticket.fields.get(7, []), team], "colleague")

    def remove(self, ref: Ref) -> None:
        self.rt.tickets[int(ref.id)].hidden = True
