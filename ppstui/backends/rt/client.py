"""Requests to RT's REST 2.0, and pages as RT cuts them.

Every request costs the server a third of a second before it begins (RT hashes tokens like passwords, with bcrypt), so
listings are as large as RT allows: 100 rows. Searches with long conditions go as POST; they change nothing.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from msgspec import Struct

from ppstui.backends import _http
from ppstui.backends.rt.rows import (
    ChoiceRow,
    Made,
    Page,
    PartRow,
    QueueRow,
    TicketRow,
    TransactionRow,
    UserRow,
    VersionRow,
)
from ppstui.errors import Gone, NotAuthorised, Refused, Unreachable
from ppstui.port import Exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence

    import httpx

    from ppstui.backends.rt import Options
    from ppstui.port import Toolbox

T = TypeVar("T")

PAGE = 100
"""RT cuts larger pages to this without a word."""
HIDDEN = 403
_SAID = 120
COPIES = ("EmailRecord", "CommentEmailRecord")
"""RT's copies of outgoing mail: they repeat the question and every answer."""
_TICKET = {
    "fields": "Subject,Status,Queue,Owner,EffectiveId,Created,LastUpdated,Resolved,Due,CustomFields,_hyperlinks",
    "fields[Queue]": "Name",
}
_TRANSACTION = {
    "fields": "Type,Field,OldValue,NewValue,ObjectId,Created,Creator",
    "fields[Creator]": "id,Name",  # the number is what a token names its owner by
    "orderby": "id",
    "order": "DESC",
}
_TEXT = {"fields": "TransactionId,ContentType,Filename,Content,MessageId,Subject", "orderby": "id"}
_FILE = {"fields": "TransactionId,ContentType,Filename,ContentLength,Created,Creator", "orderby": "id"}
_TOKEN_OWNER = re.compile(r"1-(\d{1,12})-")
_WAITING = frozenset({502, 503, 504})
_GATEWAY = re.compile(rb"\b50[234]\b|bad gateway|unavailable|time-?out", re.IGNORECASE)

Condition = dict[str, Any]
"""One condition of RT's search by JSON; several on one field may be alternatives, different fields never are."""


class Upload(Struct, frozen=True):
    """A file to put on a ticket."""

    name: str
    kind: str
    """Its media type. RT recodes what is text/*, so a file that must arrive as it is never says so."""
    content: bytes


class Deed(Struct, frozen=True):
    """What makes a request one that changes something."""

    key: str
    """The key of the command it is done for."""
    files: tuple[Upload, ...] = ()


class Hidden(NotAuthorised):
    """403, RT's answer for what is not for this account: the token itself may be good."""


class Stumbled(Unreachable):
    """RT itself failed, and not what stands before it: so it answers a value it trips over."""


def sql(text: str) -> str:
    """A text as a constant of TicketSQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


class RTClient:
    """One account on one RT."""

    def __init__(self, options: Options, tools: Toolbox) -> None:
        self._options = options
        self._tools = tools
        self.source = tools.name
        self.web = options.url.rstrip("/")
        self._rest = f"{self.web}/REST/2.0"
        self._client: httpx.AsyncClient | None = None
        self._token = ""
        self.known_me = ""
        """The name of our account as far as it has come up; `me` asks."""
        self.accounts: dict[str, str] = {}
        """Names of accounts by number, as far as they have come up."""

    def __repr__(self) -> str:
        return f"RTClient({self.source!r}, {self.web!r})"

    # --------------------------------------------------------------------------------------------------- requests

    async def request(
        self,
        method: str,
        path: str,
        what: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        deed: Deed | None = None,
    ) -> httpx.Response:
        """One request and its successful answer; everything else is an error of the house that says `what` was done.

        A `deed` changes something, and the witness is told.
        """
        if self._client is None:
            self._client = _http.client_of(self._tools, self.web, self._options)
        if not self._token:
            self._token = await asyncio.to_thread(_http.read_secret, self._tools, self._options.token)
        files = deed.files if deed else ()
        asking = self._client.request(
            method,
            self._rest + path,
            params=params,
            json=None if files else body,
            data={"JSON": json.dumps(body)} if files else form,
            files=[("Attachments", (each.name, each.content, each.kind)) for each in files] or None,
            headers={"Authorization": f"token {self._token}", **(headers or {})},
        )
        with _http.translated(self.source, what):
            response = await (self._witnessed(asking, f"{method} {self._rest}{path}", body, deed) if deed else asking)
        try:
            _http.raise_for_status(response, self.source, what, self._tools.clock())
        except NotAuthorised as error:
            if response.status_code == HIDDEN:
                raise Hidden(str(error), source=self.source) from error
            self._token = ""  # the next request asks for it again: somebody may have put a new one in its place
            raise
        except Unreachable as error:
            if _is_its_own_failure(response):
                raise Stumbled(str(error), source=self.source, retry_after=error.retry_after) from error
            raise
        return response

    async def _witnessed(
        self, asking: Awaitable[httpx.Response], address: str, body: Any, deed: Deed
    ) -> httpx.Response:
        """Awaits the answer, and tells the witness what was sent and what came."""
        secrets = (self._token,)
        files = [(each.name, len(each.content)) for each in deed.files]
        request = _http.sent(address, json.dumps(body, ensure_ascii=False), files, secrets)
        answer = ""
        try:
            response = await asking
            answer = _http.answered(response, secrets)
            return response
        finally:  # also when it is given up
            if not answer:
                why = sys.exception()
                answer = "no answer: " + _http.masked(_http.plain(f"{type(why).__name__} {why}", _SAID), secrets)
            self._tools.witness(Exchange(key=deed.key, request=request, answer=answer))

    async def ask(self, path: str, kind: type[T], what: str, **params: str) -> T:
        """One thing by GET, as that type."""
        return self._decoded(await self.request("GET", path, what, params=params), kind, what)

    async def put(self, number: int, body: Mapping[str, object], what: str, etag: str, key: str) -> tuple[str, ...]:
        """Changes a ticket if nobody did since; returns RT's sentences, in the account's language: only for showing."""
        response = await self.request(
            "PUT",
            f"/ticket/{number}",
            what,
            body=_clean(body),
            headers={"If-Match": etag} if etag else None,
            deed=Deed(key),
        )
        return self.sentences(response, what)

    def sentences(self, response: httpx.Response, what: str) -> tuple[str, ...]:
        """What RT said to a change."""
        said = self._decoded(response, list[Any], what)
        return tuple(text for each in said if isinstance(each, str) and (text := _http.plain(each, _SAID)))

    async def post(
        self, number: int, kind: str, content: str, what: str, key: str, files: Sequence[Upload] = ()
    ) -> httpx.Response:
        """Puts a message on a ticket: `kind` is comment or correspond."""
        body = {"Content": content, "ContentType": "text/plain"}
        return await self.request("POST", f"/ticket/{number}/{kind}", what, body=body, deed=Deed(key, tuple(files)))

    async def create(self, body: Mapping[str, object], what: str, key: str) -> int:
        """Makes a ticket; returns its number. Raises Refused when RT does not say that it made one."""
        response = await self.request("POST", "/ticket", what, body=_clean(body), deed=Deed(key))
        made = self._decoded(response, Made, what)
        if not str(made.id).isdigit():
            raise Refused(f"{self.source}: {what}: the server made no ticket of it", source=self.source)
        return int(made.id)

    @asynccontextmanager
    async def rights(self, what: str, needed: str) -> AsyncIterator[None]:
        """Writing to one ticket: a 403 concerns this action alone, so it is Refused, naming the rights it needs."""
        try:
            yield
        except Hidden as error:
            await self.version()  # raises when it is the account that is not let in
            text = f"{self.source}: {what}: the server answered 403: this account lacks the right {needed} there"
            text += "; have it granted on the queue, or use another token"
            raise Refused(text, source=self.source) from error

    def _decoded(self, response: httpx.Response, kind: type[T], what: str) -> T:
        return _http.decoded(response, kind, self.source, what)

    async def aclose(self) -> None:
        """Closes the connections; calling it twice is fine."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # --------------------------------------------------------------------------------------------------- tickets

    async def tickets(self, query: str, what: str, *, bare: bool = False) -> Page[TicketRow]:
        """One page of tickets, by id; `bare` asks for ids alone, which costs the server almost nothing."""
        form = {"query": query, "per_page": str(PAGE), "orderby": "id"}
        response = await self.request("POST", "/tickets", what, form=form if bare else form | _TICKET)
        return self._decoded(response, Page[TicketRow], what)

    async def tickets_by_id(self, numbers: Iterable[int], what: str) -> list[TicketRow]:
        """These tickets, as far as this account sees them."""
        wanted = sorted(set(numbers))
        found: list[TicketRow] = []
        for start in range(0, len(wanted), PAGE):
            query = " OR ".join(f"id={number}" for number in wanted[start : start + PAGE])
            found += (await self.tickets(query, what)).items
        return found

    async def ticket(self, number: int, what: str) -> tuple[TicketRow, str]:
        """One ticket and its ETag. Raises Gone when it is not there, or not for this account."""
        try:
            response = await self.request("GET", f"/ticket/{number}", what, params={"fields[Queue]": "Name"})
        except Hidden as error:
            await self.version()  # raises when it is the account that is not let in, and not the ticket that is hidden
            text = (
                f"{self.source}: ticket {number} is not visible to this account: have the right ShowTicket granted on"
            )
            raise Gone(f"{text} its queue, unless the ticket is gone", source=self.source) from error
        except Gone as error:
            text = f"{self.source}: there is no ticket {number} (any more); check the number"
            raise Gone(text, source=self.source) from error
        row = self._decoded(response, TicketRow, what)
        if row.effective_number != number or row.number != number:
            into = row.number if row.number != number else row.effective_number
            text = f"{self.source}: ticket {number} was merged into {into}; go on with {self.source}:{into}"
            raise Gone(text, source=self.source)
        return row, response.headers.get("etag", "")

    # --------------------------------------------------------------------------------------------------- history

    async def feed(self, query: str, what: str, rows: int = PAGE) -> list[TransactionRow]:
        """The newest transactions that a TransactionSQL query finds, newest first."""
        params = {**_TRANSACTION, "query": query, "per_page": str(rows)}
        return self._met((await self.ask("/transactions", Page[TransactionRow], what, **params)).items)

    async def transactions(self, conditions: Sequence[Condition], what: str, page: int = 1) -> list[TransactionRow]:
        """The newest transactions of tickets under these conditions, newest first.

        RT cuts the page first and takes out what the account may not see afterwards: a short page is not the last one.
        """
        body = [{"field": "ObjectType", "value": "RT::Ticket"}, *conditions]
        params = {**_TRANSACTION, "per_page": str(PAGE), "page": str(page)}
        response = await self.request("POST", "/transactions", what, params=params, body=body)
        return self._met(self._decoded(response, Page[TransactionRow], what).items)

    def _met(self, rows: list[TransactionRow]) -> list[TransactionRow]:
        """Learns our account's name where our own transactions pass by: that saves a question."""
        owner = _TOKEN_OWNER.match(self._token)
        if owner and not self.known_me:
            self.known_me = next((row.author for row in rows if row.author_id == owner[1]), "")
        self.accounts.update((row.author_id, row.author) for row in rows if row.author_id.isdigit())
        return rows

    async def texts(self, conditions: Sequence[Condition], what: str) -> list[PartRow]:
        """Parts that are text and no file, oldest first, with their content."""
        body = [{"field": "Filename", "operator": "IS", "value": "NULL"}, *conditions]
        return await self._parts(_TEXT, body, what)

    async def own_texts(self, messages: Sequence[int]) -> list[PartRow]:
        """The plain texts of messages that this account wrote, oldest first."""
        wanted: list[Condition] = [
            {"field": "TransactionId", "operator": "IN", "value": list(messages)},
            {"field": "ContentType", "operator": "IN", "value": ["text/plain"]},
        ]
        found: list[PartRow] = []
        while True:  # all of them are ours to see, so a page that is not full is the last
            after: list[Condition] = [{"field": "id", "operator": ">", "value": found[-1].number}] if found else []
            rows = await self.texts([*wanted, *after], "looking for what was written")
            found += rows
            if len(rows) < PAGE:
                return found

    async def files(self, conditions: Sequence[Condition], what: str) -> list[PartRow]:
        """Parts that have a file name, oldest first, without their content."""
        body = [{"field": "Filename", "operator": "IS NOT", "value": "NULL"}, *conditions]
        return await self._parts(_FILE, body, what)

    async def own_messages(self, number: int, kind: str, what: str) -> list[TransactionRow]:
        """What this account wrote on a ticket, newest first: comments, or correspondence."""
        conditions: list[Condition] = [
            {"field": "ObjectId", "operator": "=", "value": number},
            {"field": "Type", "operator": "=", "value": kind},
        ]
        if (owner := await self._owner()) is not None:
            conditions.append({"field": "Creator", "operator": "=", "value": owner})
        found: list[TransactionRow] = []
        while True:  # of one type an account sees all or none, so a page that is not full is the last
            below: list[Condition] = [{"field": "id", "operator": "<", "value": found[-1].number}] if found else []
            rows = await self.transactions([*conditions, *below], what)
            found += rows
            if len(rows) < PAGE:
                return found

    async def _parts(self, params: Mapping[str, str], body: list[Condition], what: str) -> list[PartRow]:
        asked = {**params, "per_page": str(PAGE)}
        response = await self.request("POST", "/attachments", what, params=asked, body=body)
        return self._decoded(response, Page[PartRow], what).items

    # ------------------------------------------------------------------------------------------------------ others

    async def me(self) -> str:
        """The name of our account, asked at most once; "" when RT does not tell. The token names its owner's number."""
        if not self.known_me:
            owner = await self._owner()
            if owner is None:
                return ""
            try:
                self.known_me = (await self.ask(f"/user/{owner}", UserRow, "asking who we are")).name
            except Refused:
                return ""
        return self.known_me

    async def _owner(self) -> int | None:
        """The number of our account, as the token names it."""
        if not self._token:
            self._token = await asyncio.to_thread(_http.read_secret, self._tools, self._options.token)
        owner = _TOKEN_OWNER.match(self._token)
        return int(owner[1]) if owner else None

    async def version(self) -> VersionRow:
        """RT's version; the cheapest question that shows whether we are let in."""
        return await self.ask("/rt", VersionRow, "asking for its version")

    async def queue(self, name: str) -> QueueRow | None:
        """A queue; None when there is none, or none for this account: RT does not tell the two apart."""
        try:
            return await self.ask(f"/queue/{quote(name, safe='')}", QueueRow, f"asking for queue {name}")
        except (Hidden, Gone):
            await self.version()
            return None

    async def choices(self, field: str | int) -> ChoiceRow | None:
        """The values a custom field takes; None when this account may not list them (SeeCustomField, globally)."""
        try:
            return await self.ask(f"/customfield/{field}", ChoiceRow, "asking for the values there are")
        except (Hidden, Gone):
            return None

    async def accounts_like(self, name: str) -> tuple[str, ...]:
        """Accounts whose names hold that, as far as this one may ask; () when it may not."""
        body = [{"field": "Name", "operator": "LIKE", "value": name}]
        params = {"fields": "Name", "per_page": str(PAGE)}
        try:
            response = await self.request("POST", "/users", "asking for accounts", params=params, body=body)
            return tuple(row.name for row in self._decoded(response, Page[UserRow], "asking for accounts").items)
        except (Hidden, Refused):
            return ()

    async def groups(self, names: Sequence[str]) -> dict[str, str]:
        """Ids of the groups of these names that this account sees (SeeGroup), by name."""
        try:
            return await self._groups([{"field": "Name", "operator": "IN", "value": list(names)}])
        except Hidden:
            return {}

    async def groups_like(self, prefix: str) -> tuple[str, ...]:
        """The names of the user-defined groups that begin so, as far as this account sees them (SeeGroup)."""
        found: dict[str, str] = {}
        page = 1
        try:
            while len(found) >= (page - 1) * PAGE:
                found |= await self._groups([{"field": "Name", "operator": "STARTSWITH", "value": prefix}], page)
                page += 1
        except Hidden:
            await self.version()
        return tuple(name for name in found if name.casefold().startswith(prefix.casefold()))

    async def _groups(self, conditions: Sequence[Condition], page: int = 1) -> dict[str, str]:
        what = "asking for the teams' groups"
        body = [*conditions, {"field": "Domain", "value": "UserDefined"}]
        params = {"fields": "Name,Domain", "per_page": str(PAGE), "page": str(page), "orderby": "id"}
        response = await self.request("POST", "/groups", what, params=params, body=body)
        found = self._decoded(response, Page[dict[str, Any]], what).items
        return {str(row.get("Name")): str(row.get("id")) for row in found if row.get("Domain") == "UserDefined"}


def _clean(value: Any) -> Any:
    """A body without what no server can store."""
    if isinstance(value, str):
        return _http.sendable(value)
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value


def _is_its_own_failure(response: httpx.Response) -> bool:
    """Whether RT itself failed: what stands before it says 502 to 504, in the status or on its page."""
    status = response.status_code
    return status >= 500 and status not in _WAITING and not _GATEWAY.search(response.content)  # noqa: PLR2004 - failures
