"""How RT 5.0.3 takes changes, as measured: 200 with sentences whatever happened, part by part, nothing rolled back.

In a PUT the columns go first, then custom fields, roles, links. A status may be none of the lifecycle, an owner none of
the queue's, a value none of the field's. A field of one value emptied with a list keeps an empty value; a field of many
set to null gets two. `Due` is taken as it is sent, and is not set where that is no instant in UTC.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
from typing import TYPE_CHECKING, Any

import httpx

from tests.backends.rt.fake_search import Row, says

if TYPE_CHECKING:
    from tests.backends.rt.fake import FakeRT, Ticket

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")


def put(rt: FakeRT, ticket: Ticket, body: Row) -> list[str]:
    """A PUT to a ticket; returns what RT says."""
    if "ModifyTicket" not in rt.may:
        return [f"Ticket {ticket.id}: Permission Denied"]
    said: list[str] = []
    if "Due" in body and body["Due"] is not None and body["Due"] != ticket.due:
        rt.log(ticket.id, "Set", rt.me, field="Due", old=ticket.due, new=body["Due"])
        ticket.due = body["Due"]
        said.append(f"Ticket {ticket.id}: Due changed")
    _subject(rt, ticket, body.get("Subject") or ticket.subject)
    if "Owner" in body:
        said += _owner(rt, ticket, str(body["Owner"]))
    if body.get("Status") and body["Status"].lower() != ticket.status.lower():
        said += _status(rt, ticket, body["Status"])
    for name, value in body.get("CustomFields", {}).items():
        number = next((n for n, each in rt.names_on(ticket).items() if name in (str(n), each)), None)
        if number is not None:
            said += _field(rt, ticket, number, value)
    if "AdminCc" in body and set(body["AdminCc"]) != set(ticket.admin_cc):
        rt.log(ticket.id, "AddWatcher", rt.me, field="AdminCc")
        ticket.admin_cc = list(body["AdminCc"])
    for name in ("AddRefersTo", "DeleteRefersTo"):
        if body.get(name):
            said.append(_link(rt, ticket, str(body[name]), add=name.startswith("Add")))
    return said


def create(rt: FakeRT, body: Row) -> httpx.Response:
    """A POST of a ticket: an owner it may not have is nobody, without a word."""
    if "CreateTicket" not in rt.may or body["Queue"] not in rt.queues:
        return says(403, f"No permission to create tickets in the queue '{body['Queue']}'")
    ticket = rt.make(body["Subject"], queue=body["Queue"], by=rt.me, text=body["Content"])
    ticket.due = body.get("Due", "")
    ticket.member_of = [int(body["MemberOf"])] if "MemberOf" in body else []
    if body.get("Owner") in rt.owners:
        ticket.owner = body["Owner"]
    return httpx.Response(201, json={"id": str(ticket.id), "type": "ticket", "_url": "x"})


def due_of(ticket: Ticket) -> str:
    """How RT shows the day: 1970 for everything that is no instant."""
    return f"{ticket.due.replace(' ', 'T')}Z" if _INSTANT.match(ticket.due) else "1970-01-01T00:00:00Z"


def _subject(rt: FakeRT, ticket: Ticket, subject: str) -> None:
    if subject != ticket.subject:
        rt.log(ticket.id, "Set", rt.me, field="Subject", old=ticket.subject, new=subject)
        ticket.subject = subject


def _owner(rt: FakeRT, ticket: Ticket, wanted: str) -> list[str]:
    numbers = {str(number): name for name, number in rt.users.items()}
    name = next((each for each in rt.users if each.lower() == wanted.lower()), numbers.get(wanted, ""))
    if wanted.lower() in ("nobody", "6"):
        name = "Nobody"
    if not name:
        return [f"Ticket {ticket.id}: That user does not exist"]
    if name == (ticket.owner or "Nobody"):
        return []
    if name not in (*rt.owners, "Nobody"):
        return [f"Ticket {ticket.id}: That user may not own tickets in that queue"]
    rt.set_owner(ticket.id, "" if name == "Nobody" else name, rt.me)
    return [f"Ticket {ticket.id}: Owner changed"]


def _status(rt: FakeRT, ticket: Ticket, word: str) -> list[str]:
    active = {*rt.lifecycle.values(), *rt.words} - {"new"}
    known = {each.lower(): each for each in (*rt.lifecycle, *active, "new", *rt.inactive)}
    if word.lower() not in known:
        return [f"Ticket {ticket.id}: Status '{word}' isn't a valid status for this ticket."]
    old, new = ticket.status, known[word.lower()]
    plain = ticket.queue == "pilots"
    closes = new in rt.inactive and (plain or not (new == rt.inactive[0] and (old == "new" or old in rt.lifecycle)))
    opens = new in active and (old in active or old in rt.inactive)
    if ticket.id in rt.stubborn or not (rt.lifecycle.get(old) == new or closes or opens):
        return [f"Ticket {ticket.id}: You can't change status from '{old}' to '{new}'."]
    if new == "deleted" and "DeleteTicket" not in rt.may:
        return [f"Ticket {ticket.id}: Permission Denied"]
    rt.set_status(ticket.id, new, rt.me)
    if rt.automation and new == rt.inactive[0]:
        _tell_parents(rt, ticket)
    return [f"Ticket {ticket.id}: Status changed from '{old}' to '{new}'"]


def _tell_parents(rt: FakeRT, ticket: Ticket) -> None:
    """The process' own automation: the parent gets outcome and document, and a mail that says so (DOMAIN §2 T8)."""
    for number in ticket.member_of:
        outcome, document = (rt.value(ticket, each) for each in (8, 9))
        rt.say(number, "Correspond", "RT_System", f"Staged rollout outcome: {outcome}\nDocument: {document}\n")
        for field, value in ((8, outcome), (9, document)):
            if value and field in rt.names_on(rt.tickets[number]):
                rt.set_field(number, field, [value], "RT_System")


def _field(rt: FakeRT, ticket: Ticket, number: int, value: Any) -> list[str]:
    name = rt.names[number]
    taken = rt.values.get(number) or (rt.choices or rt.teams if number == rt.teams_field else None)
    known = {each.lower(): each for each in taken or ()}
    old = ticket.fields.get(number, [])

    def defined(each: str) -> str | None:
        if number == 9 and not each.isdigit():
            return None
        return known.get(each.lower()) if taken is not None else each

    refused = f"Could not add a new value to custom field '{name}': Input must match [Digits]"
    refused = "Invalid value for custom field" if taken is not None else refused
    if number in rt.many:
        asked = ["", ""] if value is None else value if isinstance(value, list) else [value]
        fine = [made for each in asked if (made := defined(each) if each else "") is not None]
        rt.set_field(ticket.id, number, fine, rt.me)
        if rt.automation and number == rt.teams_field:
            rt.follow(ticket)
        return [refused for each in asked if each and defined(each) is None]
    if isinstance(value, list):
        value = value[0] if value else ""
        if not value and number in rt.days:
            value = "1969-12-31"
    if value is None:
        rt.set_field(ticket.id, number, [], rt.me)
        return [f"{old[0]} is no longer a value for custom field {name}"] if old else []
    if value and (value := defined(value)) is None:
        return [refused]
    if [value] == old:
        return []
    rt.set_field(ticket.id, number, [value], rt.me)
    return [f"{name} {value} added"]


def _link(rt: FakeRT, ticket: Ticket, url: str, *, add: bool) -> str:
    there = next((each for each in ticket.refers_to if each.lower() == url.lower()), None)
    if add:
        if there is not None:
            return "Link already exists"
        if not re.match(r"[a-z][a-z+.-]*:\S|\d+\Z", url, re.IGNORECASE) or " " in url:
            return f"Couldn't resolve '{url}' into a link."
        rt.log(ticket.id, "AddLink", rt.me, field="RefersTo", new=url)
        ticket.refers_to.append(url)
        return f"Ticket {ticket.id} refers to URI {url}."
    if there is None:
        return "Link not found"
    rt.log(ticket.id, "DeleteLink", rt.me, field="RefersTo", old=there)
    ticket.refers_to.remove(there)
    return f"Ticket {ticket.id} no longer refers to URI {url}."


# ------------------------------------------------------------------------------------------------------------ messages


def message(rt: FakeRT, request: httpx.Request, ticket: Ticket, action: str) -> httpx.Response:
    """A POST of a comment or of correspondence, with files or without."""
    right = "ReplyToTicket" if action == "/correspond" else "CommentOnTicket"
    if "if-match" in request.headers:
        return says(412, "Precondition Failed")
    if right not in rt.may:
        return says(400, "Permission Denied")
    body, files = _parts(request)
    if any(not content for _, content in files):
        return says(400, "FileContent is a required field for each attachment in Attachments")
    kind = "Correspond" if action == "/correspond" else "Comment"
    dropped = {name for name, content in files if _over(rt, content) and rt.over_limit == "drop"}
    kept = [(f"{name}.txt" if name in dropped else name, len(content)) for name, content in files]
    made = rt.say(ticket.id, kind, rt.me, body["Content"], files=kept)
    for _name, content in files:
        if _over(rt, content):  # the listing keeps the size it had: only the history tells
            note = {"truncate": "AttachmentTruncate", "drop": "AttachmentDrop"}[rt.over_limit]
            rt.log(ticket.id, note, rt.me, old=str(len(content)), new=str(rt.longest))
    if action == "/correspond" and ticket.status in rt.lifecycle:
        rt.set_status(ticket.id, rt.lifecycle[ticket.status], rt.me)
    where = {"location": f"/REST/2.0/transaction/{made}"}
    return httpx.Response(201, json=["Correspondence added"], headers=where)


def _parts(request: httpx.Request) -> tuple[Row, list[tuple[str, bytes]]]:
    kind = request.headers["content-type"]
    if not kind.startswith("multipart/"):
        body: Row = json.loads(request.content)
        return body, []
    head = f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    body, files = {}, []
    for part in parts.walk():
        content = part.get_payload(decode=True)
        if part.get_param("name", header="content-disposition") == "JSON":
            body = json.loads(content)  # type: ignore[arg-type]
        elif part.get_filename():
            files.append((str(part.get_filename()), content))
    return body, files  # type: ignore[return-value]


def _over(rt: FakeRT, content: bytes) -> bool:
    return rt.longest is not None and len(content) > rt.longest
