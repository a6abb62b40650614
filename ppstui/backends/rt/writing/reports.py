"""Reports: the file under its canonical name, read back by name and size; or the word that none is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.backends.rt.client import Upload
from ppstui.backends.rt.parse import CUT, DROPPED
from ppstui.backends.rt.writing.errand import carrying
from ppstui.backends.rt.writing.messages import reply
from ppstui.model import Receipt
from ppstui.rules import commands

if TYPE_CHECKING:
    from ppstui.backends.rt.writing.errand import Errand
    from ppstui.model import Report, Rollout

_KINDS = {
    "odt": "application/vnd.oasis.opendocument.text",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "doc": "application/msword",
}
_ANY = "application/octet-stream"


async def hand_in(errand: Errand, command: Report) -> Receipt:
    """A reply that carries the file. RT cuts or drops what is over its limit, and answers 201 all the same."""
    if command.waive:
        return await reply(errand, commands.report_text(command))
    before = await errand.reader.look(errand.target)
    if (done := carrying(before.messages, errand.key)) is not None:
        return _receipt(errand, command, before, done.id)
    errand.check_whole(before)
    if command.size and not command.content:
        raise errand.refused(f"the content of {command.name} is no longer there; report it anew from the file")
    kind = _KINDS.get(command.name.rpartition(".")[2].casefold(), _ANY)
    upload = Upload(name=command.name, kind=kind, content=command.content)
    made = await errand.write("correspond", commands.report_text(command), [upload])
    after = await errand.reader.look(errand.target)
    done = carrying(after.messages, errand.key)
    return _receipt(errand, command, after, done.id if done else made)


def _receipt(errand: Errand, command: Report, record: Rollout, message: str) -> Receipt:
    """What is on the ticket. Raises Refused when it is not the file that was sent."""
    files = [each for each in record.attachments if f"/Ticket/Attachment/{message}/" in each.url]
    fault = _told(record, message)
    if not fault and any(each.name == command.name and each.size == command.size for each in files):
        text = f"report {command.name} ({command.size} bytes) is on ticket {record.ref.id}"
        return Receipt(text="; ".join((text, *errand.notes)), id=message, record=record)
    if not fault:
        other = ", ".join(f"{_http.plain(each.name, 80)} of {each.size} bytes" for each in files) or "no file"
        fault = f"the reply is there with {other}"
    text = f"{command.name} ({command.size} bytes) did not arrive whole: {fault}"
    raise errand.refused(
        f"{text}; have its limit for attachments raised or take a smaller file, then discard this and report it anew"
    )


def _told(record: Rollout, message: str) -> str:
    """What the history tells of the file, right behind its message; "" when it arrived as it was.

    A file that is cut keeps the size it had in RT's listing: only the history tells.
    """
    if not message.isdigit():
        return ""
    later = [int(each.id) for each in record.messages if each.id.isdigit() and int(each.id) > int(message)]
    behind = range(int(message) + 1, min(later)) if later else None
    for event in record.events:
        number = int(event.id) if event.id.isdigit() else 0
        if event.text.startswith((CUT, DROPPED)) and (number in behind if behind else number > int(message)):
            return f"the server says: {event.text}"
    return ""
