"""Closing a rollout, and telling the release it belongs to.

The order is that of the process: the document's link and id, the outcome, why, the status last, so that a server whose
own automation looks at a ticket that is resolved finds them there. The parent is read only after that: what the
automation told it is not told again. Each step is looked for before it is taken, so that a second try goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ppstui.backends.rt.client import Stumbled
from ppstui.backends.rt.writing.fields import outcome_step, status_step
from ppstui.backends.rt.writing.links import document_address, document_steps, refers_to, take_document
from ppstui.errors import Conflict, Refused
from ppstui.model import Phase, Receipt
from ppstui.rules import commands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppstui.backends.rt.rows import TicketRow
    from ppstui.backends.rt.writing.errand import Errand, Step
    from ppstui.model import Parent, Resolve, Rollout

_TRIES = 3


async def resolve(errand: Errand, command: Resolve) -> Receipt:
    """Document, outcome, reason, status; then the parent."""
    what = f"resolving ticket {errand.number}"
    row, etag = await errand.ticket(what)
    await errand.check(row)
    steps: list[Step] = []
    if command.document or command.url:
        steps += document_steps(errand, row, command.document, command.url)
        row, etag = await take_document(errand, steps, row, etag)
    if command.outcome is not None:
        steps.append(outcome_step(errand, row, command.outcome.value))
        row, etag = await errand.take(steps[-1], row, etag)
    note = ""
    if text := commands.outcome_text(command):
        note = await errand.note(text)
        row, etag = await errand.ticket(what)
    if errand.reader.phase(row) is not Phase.RESOLVED:
        words = errand.options.status.resolved
        await errand.take(status_step(errand, words[0] if words else Phase.RESOLVED.value), row, etag)
    record, row = await errand.reader.whole(errand.target)
    errand.overtaken(steps, row)
    parent = int(record.parent.ref.id) if record.parent else next(iter(row.parents), 0)
    if parent:
        record = replace(record, parent=await _tell(errand, parent, record, command.url))
    text = f"ticket {record.ref.id}: status {record.status}, outcome {record.outcome or 'empty'}"
    return Receipt(text="; ".join((text, *errand.notes)), id=note, record=record)


# --------------------------------------------------------------------------------------------------------- the parent


async def _tell(errand: Errand, number: int, record: Rollout, url: str) -> Parent:
    """Sees to it that the parent has outcome and document; returns it as it is then.

    Raises Refused when it cannot be told: the rollout is resolved all the same, and the next try does the rest alone.
    """
    try:
        return await _told(errand, number, record, url)
    except Refused as error:
        why = str(error).removeprefix(f"{errand.source}: ")
        raise errand.refused(f"resolved; the parent {errand.source}:{number} was not told: {why}") from error


async def _told(errand: Errand, number: int, record: Rollout, url: str) -> Parent:
    what = f"telling the release ticket {number}"
    said: tuple[str, ...] = ()
    for _ in range(_TRIES):
        row, etag = await errand.client.ticket(number, what)
        lacking = _lacking(errand, row, record)
        if not lacking:
            break
        try:
            said = await errand.put(number, _telling(errand, row, record, lacking, url), etag, what)
        except (Conflict, Stumbled):
            continue
        row, etag = await errand.client.ticket(number, what)
        lacking = _lacking(errand, row, record)
        break
    else:
        raise Refused("somebody or something changes it again and again; try once more", source=errand.source)
    if lacking:
        wanted = ", ".join(f"{name} {value}" for name, (_, value) in lacking.items())
        answer = f"; the server said: {' '.join(said[:2])}" if said else ""
        raise Refused(f"it does not take {wanted}{answer}", source=errand.source)
    parent = errand.reader.as_parent(row)
    known = ", ".join(filter(None, (parent.outcome, parent.document and f"document {parent.document}")))
    if known:
        errand.notes.append(f"the parent {parent.ref} has {known}")
    return parent


def _lacking(errand: Errand, row: TicketRow, record: Rollout) -> dict[str, tuple[str, str]]:
    """What the parent does not have yet: the ids of its fields and the values, by what they are.

    A parent without such a field is told nothing of it: that is no failure, and is said.
    """
    names = errand.options.fields
    found = {}
    for what, name, value in (
        ("document", names.document, record.document),
        ("outcome", names.outcome, record.outcome),
    ):
        field = row.custom.get(name) if name else None
        if not value or row.status.casefold() == Phase.DELETED.value:
            continue
        if field is None:
            note = f"the parent {errand.source}:{row.number} has no field {name!r}, so its {what} was not set"
            if note not in errand.notes:
                errand.notes.append(note)
        elif value.casefold() not in {each.strip().casefold() for each in field.texts[:1]}:
            found[what] = (str(field.id), value)
    return found


def _telling(
    errand: Errand, row: TicketRow, record: Rollout, lacking: Mapping[str, tuple[str, str]], url: str
) -> dict[str, object]:
    """One change with all of it: nobody acts on a release whose fields come in an order."""
    body: dict[str, object] = {"CustomFields": dict(lacking.values())}
    address = url or document_address(errand, record.document)
    if address and refers_to(row, address, errand) is None:
        body["AddRefersTo"] = address
    return body
