"""Reports: the file under its canonical name, read back by name and size; or the word that none is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.backends.rt.client import Upload
from ppstui.backends.rt.writing.errand import carrying, made_by
from ppstui.backends.rt.writing.messages import reply
from ppstui.model import Receipt
from ppstui.rules import commands

if TYPE_CHECKING:
    from ppstui.backends.rt.writing.errand import Errand
    from ppstui.model import Attachment, Report, Rollout

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
    response = await errand.write("correspond", commands.report_text(command), [upload])
    after = await errand.reader.look(errand.target)
    done = carrying(after.messages, errand.key)
    return _receipt(errand, command, after, done.id if done else made_by(response))


def _receipt(errand: Errand, command: Report, record: Rollout, message: str) -> Receipt:
    """What is on the ticket. Raises Refused when it is not the file that was sent."""
    files = [each for each in record.attachments if f"/Ticket/Attachment/{message}/" in each.url]
    if any(each.name == command.name and each.size == command.size for each in files):
        text = f"report {command.name} ({command.size} bytes) is on ticket {record.ref.id}"
        return Receipt(text="; ".join((text, *errand.notes)), id=message, record=record)
    hint = "have its limit for attachments raised or take a smaller file, then discard this and report it anew"
    raise errand.refused(f"{_fault(command, files)}; {hint}")


def _fault(command: Report, files: list[Attachment]) -> str:
    """What the server made of the file."""
    cut = next((each for each in files if each.name == command.name), None)
    if cut is not None:
        return f"the server kept {cut.size} of the {command.size} bytes of {command.name}"
    other = ", ".join(_http.plain(each.name, 80) for each in files)
    instead = f" and has {other} in its place" if other else ""
    return f"the server took the reply and dropped {command.name}{instead}"
