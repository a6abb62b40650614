"""A Request Tracker with a memory: as much of REST 2.0 as ppstui speaks, with the habits of RT 5.0.3.

Rights are taken out of pages after they were cut, totals are missing for transactions and attachments, custom fields
come in no order, a PUT answers 200 with sentences whatever happened, an unknown queue is an empty one.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

import httpx

from ppstui.testing.reading import NOON
from tests.backends.rt.fake_search import Row, Sql, cut, meets, page_of, says, stamp
from tests.backends.rt.fake_writes import create, due_of, message, put

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELDS = {7: "EA Teams", 8: "Outcome", 9: "DocID", 4: "Version", 12: "Remarks"}
TEAMS = ("ea-NGI_IT-INFN-T1", "ea-NGI_UK-UKI-SCOTGRID-GLASGOW", "ea-NGI_HR-egee.srce.hr", "ea-NGI_CZ-praguelcg2")
ALONE = (
    *("Subject", "Status", "Queue", "Owner", "EffectiveId", "Created", "LastUpdated", "Resolved", "Due"),
    *("CustomFields", "_hyperlinks"),
)
"""What a ticket asked for by itself is told with."""
NEVER = "1970-01-01T00:00:00Z"


@dataclass
class Ticket:
    id: int
    subject: str
    queue: str = "staged-rollout"
    status: str = "new"
    created: dt.datetime = NOON
    updated: dt.datetime = NOON
    resolved: dt.datetime | None = None
    owner: str = ""
    due: str = ""
    """As it was sent: RT keeps it so."""
    fields: dict[int, list[str]] = field(default_factory=dict)
    admin_cc: list[str] = field(default_factory=list)
    refers_to: list[str] = field(default_factory=list)
    member_of: list[int] = field(default_factory=list)
    hidden: bool = False
    merged_into: int = 0


@dataclass
class Transaction:
    id: int
    ticket: int
    type: str
    creator: str
    created: dt.datetime
    field: str | None = None
    old: str = ""
    new: str = ""
    hidden: bool = False


@dataclass
class Part:
    id: int
    transaction: int
    kind: str
    content: str = ""
    filename: str | None = None
    message_id: str = ""
    subject: str = ""
    parent: int = 0
    length: int = 0


@dataclass
class FakeRT:
    """One server. `me` is the account whose token is `token`."""

    token: str = "1-49-0123456789abcdef0123456789abcdef"
    url: str = "https://rt.example.org/rt"
    lifecycle: dict[str, str] = field(default_factory=lambda: {"new": "open"})
    """Which status may follow which, as far as it matters: everything may be set to an inactive one."""
    inactive: tuple[str, ...] = ("resolved", "rejected", "deleted")
    groups: dict[str, int] = field(default_factory=lambda: {name: 36 + n for n, name in enumerate(TEAMS)})
    words: tuple[str, ...] = ("new", "open", "stalled")
    """Further status words; those that are not inactive follow one another as they like."""
    choices: tuple[str, ...] | None = TEAMS
    """The values `EA Teams` takes; None: this account may not list the values of any field."""
    teams: tuple[str, ...] = TEAMS
    """What it takes where that may not be listed."""
    teams_field: int = 7
    values: dict[int, tuple[str, ...]] = field(default_factory=lambda: {8: ("ACCEPT", "REJECT")})
    """What other fields take, where they take only that; `DocID` takes digits."""
    many: set[int] = field(default_factory=lambda: {7, 12})
    """Fields of several values."""
    days: set[int] = field(default_factory=set)
    """Fields that are a day."""
    names: dict[int, str] = field(default_factory=lambda: dict(FIELDS))
    bare: set[str] = field(default_factory=lambda: {"pilots"})
    """Queues whose tickets have no fields."""
    queues: set[str] = field(default_factory=lambda: {"staged-rollout", "sw-rel", "pilots"})
    may: set[str] = field(
        default_factory=lambda: {"CreateTicket", "ModifyTicket", "ReplyToTicket", "CommentOnTicket", "SeeComments"}
    )
    counts: bool = True
    """Whether tickets are counted: RT does not for every account."""
    stubborn: set[int] = field(default_factory=set)
    """Tickets whose status stays as it is: so a site's own conditions have it."""
    automation: bool = False
    """Whether the server follows the process by itself: AdminCc and status with the teams, and the parent is told."""
    longest: int | None = None
    """The largest file it keeps."""
    over_limit: str = "truncate"
    """What it does with a larger one: `truncate`, or `drop`."""
    lists_merged: bool = False
    """Whether what was merged away is still listed, naming the ticket it went into."""
    tickets: dict[int, Ticket] = field(default_factory=dict)
    transactions: list[Transaction] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    users: dict[str, int] = field(
        default_factory=lambda: {"RT_System": 1, "sro-manager": 49, "colleague": 51, "coordinator": 52}
    )
    owners: set[str] = field(default_factory=lambda: {"sro-manager", "sro-manager2", "colleague", "coordinator"})
    """Accounts that may own a ticket."""
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    now: dt.datetime = NOON - dt.timedelta(days=1)

    # -------------------------------------------------------------------------------------------- its own side

    def tick(self) -> dt.datetime:
        self.now += dt.timedelta(seconds=1)
        return self.now

    def make(self, subject: str, *, queue: str = "staged-rollout", by: str = "RT_System", text: str = "") -> Ticket:
        ticket = Ticket(max(self.tickets, default=0) + 1, subject, queue, created=self.tick())
        self.tickets[ticket.id] = ticket
        made = self.log(ticket.id, "Create", by)
        if text:
            self.attach(made, "text/plain", text, subject=subject)
        return ticket

    def log(self, ticket: int, kind: str, by: str, **more: Any) -> Transaction:
        self.users.setdefault(by, 100 + len(self.users))
        last = self.transactions[-1].id if self.transactions else 100
        row = Transaction(last + self.rng.randint(1, 3), ticket, kind, by, self.tick(), **more)
        self.transactions.append(row)
        self.tickets[ticket].updated = row.created
        return row

    def attach(self, row: Transaction, kind: str, content: str = "", **more: Any) -> Part:
        part = Part((self.parts[-1].id if self.parts else 0) + 1, row.id, kind, content, **more)
        self.parts.append(part)
        return part

    def say(
        self,
        ticket: int,
        kind: str,
        by: str,
        text: str = "",
        *,
        html: str = "",
        files: Iterable[str | tuple[str, int]] = (),
    ) -> int:
        """A message: single text, HTML, alternative, with files, each by its name or by name and size."""
        row = self.log(ticket, kind, by)
        mail = {"message_id": f"m{row.id}@example.org", "subject": "Re: it"}
        names = [each if isinstance(each, tuple) else (each, 12) for each in files]
        parent = 0
        if names or (text and html):
            parent = self.attach(row, "multipart/mixed" if names else "multipart/alternative", **mail).id
            mail = {}
        if text or not html:
            self.attach(row, "text/plain", text, parent=parent, **mail)
        if html:
            self.attach(row, "text/html", html, parent=parent, **mail)
        for name, length in names:
            self.attach(row, "application/octet-stream", "\ufffd" * 9, filename=name, parent=parent, length=length)
        copy = self.log(ticket, "EmailRecord" if kind == "Correspond" else "CommentEmailRecord", "RT_System")
        self.attach(copy, "text/plain", f"> {text or html}")
        return row.id

    def set_field(self, ticket: int, number: int, values: list[str], by: str) -> None:
        old = self.tickets[ticket].fields.get(number, [])
        for value in old:
            if value not in values:
                self.log(ticket, "CustomField", by, field=str(number), old=value)
        for value in values:
            if value not in old:
                self.log(ticket, "CustomField", by, field=str(number), new=value)
        self.tickets[ticket].fields[number] = [
            *(each for each in old if each in values),
            *(v for v in values if v not in old),
        ]

    def set_status(self, ticket: int, status: str, by: str) -> None:
        row = self.tickets[ticket]
        self.log(ticket, "Status", by, old=row.status, new=status)
        row.status = status
        row.resolved = self.now if status in self.inactive else row.resolved

    def set_owner(self, ticket: int, owner: str, by: str) -> None:
        row = self.tickets[ticket]
        before, after = (str(self.users[name]) if name else "6" for name in (row.owner, owner))
        for kind in ("Set", "SetWatcher"):  # RT tells it twice
            self.log(ticket, kind, by, field="Owner", old=before, new=after)
        row.owner = owner

    def set_due(self, ticket: int, day: dt.date, by: str) -> None:
        row = self.tickets[ticket]
        due = f"{day.isoformat()} 09:00:00"
        self.log(ticket, "Set", by, field="Due", old=row.due, new=due)
        row.due = due

    def link(self, ticket: int, url: str, by: str) -> None:
        self.log(ticket, "AddLink", by, field="RefersTo", new=url)
        self.tickets[ticket].refers_to.append(url)

    def value(self, ticket: Ticket, number: int) -> str:
        return next((each for each in ticket.fields.get(number, []) if each), "")

    def names_on(self, ticket: Ticket) -> dict[int, str]:
        return {} if ticket.queue in self.bare else self.names

    # -------------------------------------------------------------------------------------------------- the wire

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.path)
        base = httpx.URL(self.url).path.rstrip("/") + "/REST/2.0"
        if not path.startswith(base):
            return httpx.Response(404, html="<html><title>not here</title></html>", headers={"set-cookie": "RT_SID=1"})
        if request.headers.get("authorization") != f"token {self.token}":
            return httpx.Response(401, json={"message": "Unauthorized"})
        if "mozilla" in request.headers.get("user-agent", "").lower() or "cookie" in request.headers:
            return httpx.Response(302, headers={"location": "/"})
        if "if-modified-since" in request.headers:
            return httpx.Response(500, headers={"content-type": "application/json"})
        return self.route(request, path.removeprefix(base))

    def route(self, request: httpx.Request, path: str) -> httpx.Response:
        params = {
            name: values[0] for name, values in parse_qs(request.url.query.decode(), keep_blank_values=True).items()
        }
        if path == "/tickets":
            form = parse_qs(request.content.decode()) if request.method == "POST" else {}
            return self.list_tickets(params | {name: values[0] for name, values in form.items()})
        if path == "/transactions":
            return self.list_transactions(params, json.loads(request.content) if request.method == "POST" else None)
        if path == "/attachments":
            return self.list_parts(params, json.loads(request.content))
        if path == "/users":
            names = [{"id": name, "Name": name, "type": "user"} for name in self.users]
            return page_of([row for row in names if meets(json.loads(request.content), row.__getitem__)])
        if path == "/groups":
            rows = [{"id": n, "Name": name, "Domain": "UserDefined"} for name, n in self.groups.items()]
            conditions = json.loads(request.content)
            return page_of(
                [
                    row | {"id": str(row["id"])}
                    for row in cut([r for r in rows if meets(conditions, r.__getitem__)], params)
                ]
            )
        if path == "/ticket":
            return create(self, json.loads(request.content))
        if found := re.fullmatch(r"/ticket/(\d+)(/correspond|/comment)?", path):
            return self.one_ticket(request, int(found[1]), found[2] or "")
        return self.small(path)

    def small(self, path: str) -> httpx.Response:
        kind, _, name = path.strip("/").partition("/")
        if kind == "rt":
            return httpx.Response(200, json={"Version": "5.0.3"}, headers={"date": "Wed, 18 Nov 2026 11:00:00 GMT"})
        if kind == "user":
            users = {str(number): user for user, number in self.users.items()}
            return (
                httpx.Response(200, json={"id": int(name), "Name": users[name]})
                if name in users
                else says(404, "Not Found")
            )
        if kind == "queue":
            if name not in self.queues:
                return says(403, "Forbidden")
            fields = [{"id": str(number), "name": each, "ref": "customfield"} for number, each in self.names.items()]
            links = [{"ref": "create", "type": "ticket"}] if "CreateTicket" in self.may else []
            return httpx.Response(200, json={"id": 4, "Name": name, "TicketCustomFields": fields, "_hyperlinks": links})
        if kind == "customfield" and self.choices is not None:
            number = int(name)
            taken = self.choices if number == self.teams_field else self.values.get(number, ())
            most = "0" if number in self.many else "1"
            row = {"id": number, "Name": self.names[number], "MaxValues": most, "Values": list(taken)}
            return httpx.Response(200, json=row)
        return says(403 if kind == "customfield" else 404, "Forbidden" if kind == "customfield" else "Not Found")

    # ------------------------------------------------------------------------------------------------- listings

    def list_tickets(self, params: dict[str, str]) -> httpx.Response:
        listed = (t for t in self.tickets.values() if self.lists_merged or not t.merged_into)
        rows = [t for t in listed if t.status != "deleted" and self.sees(t.id)]
        wanted = Sql(params.get("query", "")).predicate()
        found = sorted((t for t in rows if wanted(partial(self.column, t))), key=lambda t: t.id)
        size = min(int(params.get("per_page", 20)), 100)
        columns = params.get("fields", "").split(",")
        items = [self.shown(t, columns) for t in found[:size]]
        return page_of(items, total=len(found) if self.counts else None)

    def column(self, ticket: Ticket, name: str, value: str) -> Any:
        if name == "Status" and value == "__Active__":
            return "__Active__" if ticket.status not in self.inactive else ticket.status
        if name == "Resolved":
            assert value.endswith("days ago"), "RT reads other times in the account's own zone"
            since = NOON - dt.timedelta(days=int(value.partition(" ")[0]))
            return "9" if ticket.resolved and ticket.resolved > since else "0"
        if name == "HasMember":
            child = self.tickets.get(int(value))
            return value if child and ticket.id in child.member_of else ""
        if name == "MemberOf":
            return value if int(value) in ticket.member_of else ""
        return {"id": ticket.id, "Queue": ticket.queue, "Status": ticket.status, "Subject": ticket.subject}[name]

    def sees(self, number: int) -> bool:
        return not self.tickets[number].hidden

    def shown(self, ticket: Ticket, columns: list[str]) -> Row:
        row: Row = {"id": str(ticket.id), "type": "ticket"}
        whole: Row = {
            "Subject": ticket.subject,
            "Status": ticket.status,
            "Queue": {"id": "4", "type": "queue", "Name": ticket.queue},
            "Owner": {"id": ticket.owner or "Nobody", "type": "user"},
            "EffectiveId": {"id": str(ticket.merged_into or ticket.id), "type": "ticket"},
            "Created": stamp(ticket.created),
            "LastUpdated": stamp(ticket.updated),
            "Resolved": stamp(ticket.resolved) if ticket.resolved else NEVER,
            "Due": due_of(ticket),
            "CustomFields": self.shuffled(ticket),
            "_hyperlinks": self.links(ticket),
        }
        return row | {name: whole.get(name, "") for name in columns if name}

    def shuffled(self, ticket: Ticket) -> list[Row]:
        fields: list[Row] = [
            {"id": str(n), "name": name, "values": [value or None for value in ticket.fields.get(n, [])]}
            for n, name in self.names_on(ticket).items()
        ]
        self.rng.shuffle(fields)
        return fields

    def links(self, ticket: Ticket) -> list[Row]:
        found: list[Row] = [{"ref": "self", "type": "ticket", "id": ticket.id}]
        parents = [number for number in ticket.member_of if self.tickets[number].status != "deleted"]
        found += [{"ref": "parent", "type": "ticket", "id": str(number), "_url": "x"} for number in parents]
        found += [
            {"ref": "refers-to", "type": "ticket", "id": url, "_url": "x"}
            if url.isdigit()
            else {"ref": "refers-to", "type": "external", "_url": url}
            for url in ticket.refers_to
        ]
        if ticket.status in self.lifecycle.values():
            found.append({"ref": "lifecycle", "from": ticket.status, "to": self.inactive[0], "_url": "x"})
        found += [{"ref": "correspond"}] * ("ReplyToTicket" in self.may) + [{"ref": "comment"}] * (
            "CommentOnTicket" in self.may
        )
        return found

    def visible(self, row: Transaction) -> bool:
        ours = self.sees(row.ticket) and not row.hidden
        return ours and (row.type not in ("Comment", "CommentEmailRecord") or "SeeComments" in self.may)

    def list_transactions(self, params: dict[str, str], conditions: list[Row] | None) -> httpx.Response:
        rows = sorted(self.transactions, key=lambda each: -each.id if params.get("order") == "DESC" else each.id)
        if conditions is None:
            wanted = Sql(params["query"]).predicate()
            rows = [each for each in rows if wanted(partial(self.transaction_column, each))]
        else:
            rows = [each for each in rows if meets(conditions, partial(self.transaction_column, each))]
        rows = cut(rows, params)
        items = [
            {
                "id": str(each.id),
                "type": "transaction",
                "Type": each.type,
                "Field": each.field or "",
                "OldValue": each.old,
                "NewValue": each.new,
                "ObjectId": str(each.ticket),
                "Created": stamp(each.created),
                "Creator": {"id": self.users[each.creator], "type": "user", "Name": each.creator},
            }
            for each in rows
            if self.visible(each)
        ]
        return page_of(items)

    def transaction_column(self, row: Transaction, name: str, _value: str = "") -> Any:
        if name == "TicketQueue":
            return self.tickets[row.ticket].queue
        values = {
            "id": row.id,
            "ObjectType": "RT::Ticket",
            "ObjectId": row.ticket,
            "Type": row.type,
            "Field": row.field,
            "Creator": self.users[row.creator],
        }
        return values[name]

    def list_parts(self, params: dict[str, str], conditions: list[Row]) -> httpx.Response:
        owners = {row.id: row for row in self.transactions}
        rows = [part for part in self.parts if meets(conditions, partial(_part_column, part))]
        rows = [part for part in cut(rows, params) if self.visible(owners[part.transaction])]
        return page_of(
            [
                {
                    "id": str(part.id),
                    "TransactionId": str(part.transaction),
                    "ContentType": part.kind,
                    "Filename": part.filename or "",
                    "MessageId": part.message_id,
                    "Subject": part.subject,
                    "ContentLength": str(part.length),
                    "Created": stamp(owners[part.transaction].created),
                    "Creator": {"id": owners[part.transaction].creator, "type": "user"},
                    **({"Content": part.content} if "Content," in params["fields"] else {}),
                }
                for part in rows
            ]
        )

    # ------------------------------------------------------------------------------------------------- one ticket

    def one_ticket(self, request: httpx.Request, number: int, action: str) -> httpx.Response:
        ticket = self.tickets.get(number)
        if ticket is None or not self.sees(number):
            return says(404, "Not Found") if ticket is None else says(400 if action else 403, "Forbidden")
        if action:
            return message(self, request, ticket, action)
        if request.method == "GET":
            target = self.tickets[ticket.merged_into] if ticket.merged_into else ticket
            row = self.shown(target, list(ALONE))
            cc = [{"id": each, "type": "group" if each.isdigit() else "user"} for each in ticket.admin_cc]
            return httpx.Response(
                200, json=row | {"id": target.id, "AdminCc": cc}, headers={"etag": f'"{self.etag(number)}"'}
            )
        if request.headers.get("if-match", f'"{self.etag(number)}"') != f'"{self.etag(number)}"':
            return says(412, "Precondition Failed")
        return httpx.Response(200, json=self.put(ticket, json.loads(request.content)))

    def etag(self, number: int) -> int:
        return max(row.id for row in self.transactions if row.ticket == number and self.visible(row))

    def put(self, ticket: Ticket, body: Row) -> list[str]:
        return put(self, ticket, body)

    def follow(self, ticket: Ticket) -> None:
        """The process' own automation: chosen teams become AdminCc, and the ticket opens."""
        for name in ticket.fields.get(self.teams_field, []):
            group = str(self.groups[name])
            if group not in ticket.admin_cc:
                self.log(ticket.id, "AddWatcher", "RT_System", field="AdminCc")
                ticket.admin_cc.append(group)
        if ticket.status in self.lifecycle:
            self.set_status(ticket.id, self.lifecycle[ticket.status], "RT_System")

    @property
    def me(self) -> str:
        number = int(self.token.split("-")[1])
        return next(name for name, each in self.users.items() if each == number)


def _part_column(part: Part, name: str) -> Any:
    return {
        "id": part.id,
        "TransactionId": part.transaction,
        "ContentType": part.kind,
        "Filename": part.filename,
        "Content": part.content,
    }[name]
