"""Messages on a ticket: looked for by their mark before they are sent, and again afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends.rt.writing.errand import carrying, noun
from ppstui.model import Acknowledge, Comment, Poll, Receipt
from ppstui.rules import commands

if TYPE_CHECKING:
    from ppstui.backends.rt.writing.errand import Errand
    from ppstui.model import Remind, Reply, Rollout


async def say(errand: Errand, command: Comment | Reply | Poll) -> Receipt:
    """A remark: nothing that changed meanwhile stands against it."""
    kind = "correspond" if not isinstance(command, Comment | Poll) else "comment"
    text = commands.poll_note(command) if isinstance(command, Poll) else command.text
    await errand.ticket(f"writing a {noun(kind)} on ticket {errand.number}")
    done = await errand.written(kind)
    return await write_and_read(errand, kind, text, done)


async def speak_for(errand: Errand, command: Acknowledge | Remind) -> Receipt:
    """Correspondence about teams: what they said since the person looked may stand against it."""
    text = commands.acknowledge_text(command) if isinstance(command, Acknowledge) else command.text
    return await reply(errand, text)


async def reply(errand: Errand, text: str) -> Receipt:
    """Correspondence that depends on what the record holds, so the whole of it is read before."""
    before = await errand.reader.look(errand.target)
    if (done := carrying(before.messages, errand.key)) is not None:
        return receipt_of(errand, before, done.id, "correspond")
    errand.check_whole(before)
    return await write_and_read(errand, "correspond", text)


async def write_and_read(errand: Errand, kind: str, text: str, done: str = "") -> Receipt:
    """Writes it unless it is `done`, and reads it back."""
    made = done or await errand.write(kind, text)
    after = await errand.reader.look(errand.target)
    found = carrying(after.messages, errand.key)
    if found is not None:
        return receipt_of(errand, after, found.id, kind)
    if not made:
        raise errand.refused(f"it does not show the {noun(kind)}, though the server took it")
    return Receipt(text=f"{noun(kind)} {made} was taken; this account may not read it", id=made, record=after)


def receipt_of(errand: Errand, record: Rollout, message: str, kind: str) -> Receipt:
    """The receipt for a message that is on the record."""
    text = "; ".join((f"{noun(kind)} {message} is on ticket {record.ref.id}", *errand.notes))
    return Receipt(text=text, id=message, record=record)
