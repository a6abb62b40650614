"""What a ticket refers to: incidents, and the document that holds the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends.rt.writing.errand import Step
from ppstui.backends.rt.writing.fields import field_step
from ppstui.errors import Refused
from ppstui.rules import commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.backends.rt.rows import Hyperlink, TicketRow
    from ppstui.backends.rt.writing.errand import Errand
    from ppstui.model import Document, Incident, Receipt


async def link_incident(errand: Errand, command: Incident) -> Receipt:
    """The link first, then the note; or the link out."""
    row, etag = await errand.ticket(f"linking an incident on ticket {errand.number}")
    step = link_step(errand, command.url, gone=command.remove)
    text = commands.incident_note(command)
    note = await errand.written("comment") if text else ""
    if not note:  # it comes last: where it stands all was done, and what is otherwise now a colleague made so
        await errand.check(row)
        await errand.take(step, row, etag)
        note = await errand.write("comment", text) if text else ""
    said = "is no longer linked" if command.remove else "is linked"
    return await errand.done(lambda record: f"ticket {record.ref.id}: {command.url} {said}", [step], note)


async def name_document(errand: Errand, command: Document) -> Receipt:
    """The link first, then the field."""
    row, etag = await errand.ticket(f"naming the document of ticket {errand.number}")
    await errand.check(row)
    steps = document_steps(errand, row, command.document, command.url)
    await take_document(errand, steps, row, etag)
    return await errand.done(
        lambda record: f"ticket {record.ref.id}: document {record.document or command.url or 'is empty'}", steps
    )


async def take_document(errand: Errand, steps: Sequence[Step], row: TicketRow, etag: str) -> tuple[TicketRow, str]:
    """Takes the steps of `document_steps`; where the field refuses the id, the link that was made for it goes again."""
    linked = bool(steps) and not steps[0].there(row)
    for step in steps:
        try:
            row, etag = await errand.take(step, row, etag)
        except Refused as error:
            if type(error) is Refused and linked and step is steps[-1] and step is not steps[0] and steps[0].back:
                row, etag = await errand.ticket("taking the document's link out again")
                await errand.take(steps[0].back, row, etag)
            raise
    return row, etag


def document_steps(errand: Errand, row: TicketRow, document: str, url: str) -> list[Step]:
    """The document's link, then its field; an address alone empties it: the id there names another document.

    Between them the link goes to the document that was named before: while the field still names that one it is known
    which link is to go, also by a second try.
    """
    steps = []
    address = url or document_address(errand, document)
    if address:
        steps.append(link_step(errand, address))
    columns = errand.reader.columns(row)
    if document or not url or columns.document:
        old = columns.document_url
        if old and old.casefold() != address.casefold():
            steps.append(link_step(errand, old, gone=True))
        field = errand.field(row, errand.options.fields.document, "document")
        steps.append(field_step(errand, field, "document", document))
    return steps


def document_address(errand: Errand, document: str) -> str:
    """Where a document is; "" when this source makes no links."""
    return errand.options.document_url.replace("{id}", document) if document else ""


def link_step(errand: Errand, url: str, *, gone: bool = False) -> Step:
    """A link as it is to be: there, or gone. RT does not tell links apart by letter case."""

    def found(row: TicketRow) -> Hyperlink | None:
        return refers_to(row, url, errand)

    def body(row: TicketRow) -> dict[str, object]:
        link = found(row)
        if link is not None and gone:
            return {"DeleteRefersTo": str(link.id) if link.type == "ticket" else link.url}
        return {"AddRefersTo": url}

    return Step(
        name=f"link {url}",
        wanted="gone" if gone else "there",
        there=lambda row: (found(row) is None) is gone,
        shown=lambda row: "there" if found(row) else "",
        bodies=(body,),
        back=None if gone else link_step(errand, url, gone=True),
    )


def refers_to(row: TicketRow, url: str, errand: Errand) -> Hyperlink | None:
    """The ticket's link to that address, or to the ticket of this RT whose page it is."""
    for link in row.hyperlinks:
        if link.ref == "refers-to":
            address = errand.reader.url(int(link.id)) if link.type == "ticket" and link.id else link.url
            if address.casefold() == url.casefold():
                return link
    return None
