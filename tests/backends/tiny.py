"""The smallest server and adapter that keep the whole contract, and a hundred ways to break them.

`flaws` names what is wrong with it on purpose; each flaw is one line of the code below, and each rule of the contract
must notice at least one of them.
"""

from __future__ import annotations

import asyncio
import difflib
import email.utils
import unicodedata
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

import httpx
import msgspec
from msgspec import Struct, structs

from ppstui.errors import (
    BackendError,
    Conflict,
    Garbled,
    Gone,
    NotAuthorised,
    Refused,
    Unreachable,
    Unsupported,
)
from ppstui.model import (
    Acknowledge,
    Assign,
    Assignment,
    Command,
    Comment,
    Document,
    Incident,
    Kind,
    Link,
    Message,
    NewRollout,
    Phase,
    Poll,
    Receipt,
    Ref,
    Remind,
    Reply,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    Team,
    Voice,
)
from ppstui.port import Batch, Health, Offer
from ppstui.rules.commands import preview
from ppstui.rules.conflicts import differences
from ppstui.rules.exposure_lines import read_exposures
from ppstui.rules.policy import Policy
from ppstui.testing import HttpFaults, Wire, samples
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from ppstui.model import Record
    from ppstui.port import Backend, Since

PAGE = 20
TOKEN = "s3cr3t-t0k3n"
POLICY = Policy(zone=ZoneInfo("UTC"))
_T = TypeVar("_T")


class Order(Struct):
    command: Command
    key: str
    seen: Rollout | Team | None = None


class Page(Struct):
    changes: int
    items: list[Rollout | Team]
    gone: list[str]
    more: bool


class Greeting(Struct):
    server: str


class TinyServer:
    """A tracker in memory that answers HTTP."""

    def __init__(self, flaws: frozenset[str]) -> None:
        self.flaws = flaws
        self.records: dict[str, Record] = {}
        self.changed: dict[str, int] = {}
        self.team_changes: dict[str, int] = {}
        self.gone: dict[str, int] = {}
        self.keys: dict[str, Receipt] = {}
        self.changes = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.method, [unquote(part) for part in request.url.raw_path.decode().split("?")[0].split("/")[1:]]:
            case "GET", ["check"]:
                return self._json(Greeting("tiny"))
            case "GET", ["list", kind]:
                after, page = int(request.url.params["after"]), int(request.url.params["page"])
                return self._json(self._page(Kind(kind), after, page))
            case "GET", ["record", record_id] if record_id in self.records:
                return self._json(self.records[record_id])
            case "POST", ["apply"]:
                return self._apply(msgspec.json.decode(request.content, type=Order))
        return httpx.Response(404, json={"message": "no such thing"})

    def _json(self, value: object, status: int = 200) -> httpx.Response:
        return httpx.Response(status, content=msgspec.json.encode(value), headers={"content-type": "application/json"})

    def _page(self, kind: Kind, after: int, page: int) -> Page:
        late = after + 1 if "misses the boundary" in self.flaws and after else after
        ids = [
            each for each, record in self.records.items() if record.kind is kind and self.changed.get(each, 0) > late
        ]
        if "forgets what is new" in self.flaws and after:
            ids = [each for each in ids if each != "8"]
        gone = [each for each, when in self.gone.items() if when > after]
        some = ids[page * PAGE : (page + 1) * PAGE]
        more = len(ids) > (page + 1) * PAGE and "reads one page" not in self.flaws
        items = [record for each in some if isinstance(record := self.records[each], Rollout | Team)]
        return Page(self.changes, items, gone, more)

    def put(self, record: Record, *, teams: bool = False) -> None:
        """Stores a record as changed; a rollout gets a new rev."""
        self.changes += 1
        if not (record.ref.id in self.records and "keeps the rev" in self.flaws):
            record = structs.replace(record, rev=str(self.changes))
        self.records[record.ref.id] = record
        if not (teams and "touching teams is no change" in self.flaws):
            self.changed[record.ref.id] = self.changes
        if teams:
            self.team_changes[record.ref.id] = self.changes

    def say(self, record: Rollout, message: Message) -> Rollout:
        return structs.replace(record, messages=(*record.messages, message))

    def _apply(self, order: Order) -> httpx.Response:
        command, key = order.command, order.key
        if key in self.keys and "forgets keys" not in self.flaws and "conflicts with itself" not in self.flaws:
            return self._json(self.keys[key])
        if isinstance(command, NewRollout):
            return self._made(command, key)
        record = self.records.get(command.target.id)
        if not isinstance(record, Rollout):
            return httpx.Response(404, json={"message": "gone"})
        if isinstance(order.seen, Rollout) and self._differs(order, order.seen, record):
            return self._json(record, 409)
        if key in self.keys and "forgets keys" not in self.flaws:
            return self._json(self.keys[key])
        reason = self._unfit(command)
        if reason:
            return httpx.Response(422, json={"message": reason})
        if isinstance(command, Assign):
            self.put(self._assigned(record, command, order.seen), teams=True)
        elif "writes nothing" not in self.flaws:
            self._write(record, command, key, order.seen)
        after = self.records[record.ref.id]
        receipt = Receipt(text="done", id="", record=after if isinstance(after, Rollout) else None)
        self.keys[key] = receipt
        return self._json(receipt)

    def _differs(self, order: Order, seen: Rollout, record: Rollout) -> bool:
        if "writes over colleagues" in self.flaws:
            return False
        changed = differences(order.command, seen, record, order.key)
        return bool(changed) or ("compares the whole rev" in self.flaws and seen.rev != record.rev)

    def _unfit(self, command: Command) -> str:
        """Why the command is refused."""
        if isinstance(command, Report) and not command.waive and "takes empty files" not in self.flaws:
            return "" if len(command.content) == command.size else "the file is not what it was"
        if isinstance(command, SetField) and "takes any field" not in self.flaws:
            return "use the action outcome" if command.name == "Outcome" else ""
        if isinstance(command, SetStatus) and "takes any word" not in self.flaws:
            words = [phase.value for phase in Phase]
            near = difflib.get_close_matches(command.status, words, n=1)
            return "" if command.status in words else f"did you mean {', '.join(near)}"
        return ""

    def _write(self, record: Rollout, command: Command, key: str, seen: Record | None) -> None:
        """Everything but teams and new rollouts."""
        if isinstance(command, Acknowledge | Comment | Reply | Remind):
            message = self._message(command, key)
            if not ("drops the same text" in self.flaws and message.text in [each.text for each in record.messages]):
                self.put(self.say(record, message))
            return
        if "writes fields whole" in self.flaws and isinstance(command, SetField) and isinstance(seen, Rollout):
            record = structs.replace(record, fields=seen.fields)
        mark = f"{key} {self.changes}" if "forgets keys" in self.flaws else key
        after = preview(command, record, POLICY, NOON, "me", mark)
        if isinstance(command, Document | Resolve) and (command.url or isinstance(command, Document)):
            kept = tuple(
                link for link in record.links if link.url != record.document_url or "keeps old links" in self.flaws
            )
            after = structs.replace(after, links=(*kept, *([Link(url=command.url)] if command.url else [])))
        if "never takes out" in self.flaws and getattr(command, "remove", None):
            after = structs.replace(after, links=record.links)
        if "never empties" in self.flaws:
            after = structs.replace(
                after,
                outcome=after.outcome or record.outcome,
                due=after.due or record.due,
                owner=after.owner or record.owner,
                fields=after.fields or record.fields,
            )
        self.put(self._told(record, after, command))

    def _told(self, record: Rollout, after: Rollout, command: Command) -> Rollout:
        """The rollout as its history is told, in the ways of the flaws."""
        if "forgets what was said" in self.flaws:
            after = structs.replace(after, exposures=after.exposures[-1:])
        if "believes every line" in self.flaws:
            more = read_exposures([getattr(command, "reason", "")])
            after = structs.replace(after, exposures=(*after.exposures, *more))
        if "clears what is not named" in self.flaws and isinstance(command, Resolve) and not command.outcome:
            after = structs.replace(after, outcome="")
        if "tells no parent" in self.flaws:
            after = structs.replace(after, parent=record.parent)
        if "speaks ASCII" in self.flaws and after.messages != record.messages:
            said = after.messages[-1]
            text = unicodedata.normalize("NFKD", said.text).encode("ascii", "ignore").decode()
            after = structs.replace(after, messages=(*after.messages[:-1], structs.replace(said, text=text)))
        return after

    def _made(self, command: NewRollout, key: str) -> httpx.Response:
        made = Message(id="0", at=NOON, author="me", voice=Voice.DESCRIPTION, text=command.text)
        new_id = str(len(self.records) + 100)
        self.put(Rollout(ref=Ref("there", new_id), title=command.title, messages=(made,)))
        record = self.records[new_id]
        self.keys[key] = Receipt(text="made", id=new_id, record=record if isinstance(record, Rollout) else None)
        return self._json(self.keys[key])

    def _assigned(self, record: Rollout, command: Assign, seen: Record | None) -> Rollout:
        if "writes fields whole" in self.flaws and isinstance(seen, Rollout):
            record = structs.replace(record, assignments=seen.assignments)
        again = "tells every team again" in self.flaws
        out = () if "never takes out" in self.flaws else command.remove
        kept = [
            Assignment(team=each.team, notified=NOON if again else each.notified)
            for each in record.assignments
            if each.team not in out
        ]
        held = {each.team for each in kept}
        new = [Assignment(team=team, notified=NOON) for team in command.add if team not in held]
        phase = record.phase if "never opens" in self.flaws else Phase.OPEN
        return structs.replace(record, assignments=(*kept, *new), phase=phase)

    def _message(self, command: Acknowledge | Comment | Reply | Remind, key: str) -> Message:
        if isinstance(command, Acknowledge):
            line = f"{command.answer.value} {command.team.removeprefix('ea-')}"
            text = f"{line}\n\n{command.note}" if "mumbles" not in self.flaws else f"We {line} {command.note}"
        else:
            text = command.text
        if "speaks ASCII" in self.flaws:
            text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        voice = Voice.COMMENT if isinstance(command, Comment) else Voice.REPLY
        marks = () if "loses marks" in self.flaws else (key,)
        return Message(id=f"m{self.changes}", at=NOON, author="me", voice=voice, text=text, marks=marks)


class TinyBackend:
    """The adapter. `known` is what a careless one would keep to itself."""

    def __init__(self, wire: Wire, flaws: frozenset[str]) -> None:
        self._flaws = flaws
        self._http = httpx.AsyncClient(transport=wire, base_url="https://tiny.test", headers={"x-token": TOKEN})
        self._busy = False
        self._closed = False
        self._known: dict[str, Receipt] = {}
        writes: set[type[Command]] = set(samples.COMMANDS)
        writes -= {Comment} if "answers what it never offered" in flaws else set()
        reads = {Kind.ROLLOUT} if "answers what it never offered" in flaws else {Kind.ROLLOUT, Kind.TEAM}
        self.offer = Offer(reads=frozenset(reads), writes=frozenset(writes), incremental=True)

    def __repr__(self) -> str:
        return f"TinyBackend({TOKEN!r})" if "tells the token" in self._flaws else "TinyBackend()"

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        if kind not in self.offer.reads and "answers what it never offered" not in self._flaws:
            raise Unsupported(f"there: no {kind.value}", source="there")
        if "serves one reader" in self._flaws:
            assert not self._busy
            self._busy = True
        after = self._after(since)
        cursor, more, number = "", True, 0
        while more:
            page = await self._ask(Page, "GET", f"/list/{kind.value}?after={after}&page={number}")
            number, more = number + 1, page.more
            if not cursor or "takes the cursor last" in self._flaws:
                cursor = str(page.changes)
            yield Batch(
                records=tuple(self._read(each) for each in page.items),
                gone=() if "forgets the dead" in self._flaws else tuple(Ref("there", each) for each in page.gone),
                complete=not more and not after and "is never complete" not in self._flaws,
                cursor="" if more else cursor,
            )
            if "takes the cursor last" in self._flaws:
                cursor = str((await self._ask(Page, "GET", f"/list/{kind.value}?after={after}&page=0")).changes)
                yield Batch(complete=True, cursor=cursor)
        if "serves one reader" in self._flaws:
            self._busy = False

    def _after(self, since: Since | None) -> int:
        if since is None:
            return 0
        if "trusts cursors" in self._flaws:
            return int(since.cursor)
        return int(since.cursor) if since.cursor.isascii() and since.cursor.isdigit() and len(since.cursor) < 9 else 0

    def _read(self, record: Record) -> Record:
        if "signs with another name" in self._flaws:
            return structs.replace(record, ref=Ref("elsewhere", record.ref.id))
        if isinstance(record, Rollout):
            links = () if "drops links" in self._flaws else record.links
            title = record.title.encode("ascii", "replace").decode() if "reads ASCII" in self._flaws else record.title
            rev = "list" if "lists another rev" in self._flaws else record.rev
            whole = "reads half" not in self._flaws
            return structs.replace(record, links=links, title=title, rev=rev, whole=whole)
        return record

    async def look(self, ref: Ref) -> Record:
        if "crashes on strangers" in self._flaws and not ref.id.isdigit():
            raise LookupError(ref.id)
        record = await self._ask(Rollout | Team, "GET", f"/record/{quote(ref.id, safe='')}", gone=Gone)
        assert isinstance(record, Rollout | Team)
        return (
            structs.replace(record, links=())
            if "drops links" in self._flaws and isinstance(record, Rollout)
            else record
        )

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        if type(command) not in self.offer.writes and "answers what it never offered" not in self._flaws:
            raise Unsupported("there: not that", source="there")
        if "keeps keys to itself" in self._flaws and key in self._known:
            return self._known[key]
        if "stays busy" in self._flaws:
            assert not self._busy
            self._busy = True
        safe = _without_halves(command) if "chokes on halves" not in self._flaws else command
        seen = seen if isinstance(seen, Rollout | Team) else None
        body = msgspec.json.encode(Order(safe, key, seen))
        if "writes when reading" in self._flaws:
            await self._ask(Greeting, "POST", "/list/rollouts?after=0&page=0")
        receipt: Receipt = await self._ask(Receipt, "POST", "/apply", body, gone=Gone)
        if "asks once more" in self._flaws:
            again = msgspec.json.encode(Order(safe, f"{key} again", seen))
            await self._ask(Receipt, "POST", "/apply", again, gone=Gone)
        await asyncio.sleep(0)
        self._known[key] = receipt
        self._busy = False
        return structs.replace(receipt, text="") if "has nothing to say" in self._flaws else receipt

    async def check(self) -> Health:
        greeting = await self._ask(Greeting, "GET", "/check")
        return Health(text="" if "has nothing to say" in self._flaws else f"{greeting.server} answers")

    async def aclose(self) -> None:
        if "closes once" in self._flaws:
            assert not self._closed
        self._closed = True
        await self._http.aclose()

    async def _ask(
        self, kind: Any, method: str, path: str, body: bytes = b"", gone: type[BackendError] = Refused
    ) -> Any:
        if "writes when looking" in self._flaws and method == "GET":
            method = "PATCH" if path.startswith("/record") else method
        if "puts the token in addresses" in self._flaws:
            path += ("&" if "?" in path else "?") + f"token={TOKEN}"
        try:
            answer = await self._http.request(method, path, content=body)
        except httpx.TransportError as error:
            if "lets strangers' errors through" in self._flaws:
                raise
            raise self._error(Unreachable, "nobody answers") from error
        self._judge(answer, gone)
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            if "lets strangers' errors through" in self._flaws:
                raise
            if b'type="password"' in answer.content and "reads no pages" not in self._flaws:
                raise self._error(NotAuthorised, "it wants a login") from error
            excerpt = "".join(each for each in answer.text if each.isprintable())[:300]
            raw = answer.text if "keeps raw pages" in self._flaws else excerpt
            raise Garbled("there: no such service", source="there", excerpt=raw) from error

    def _judge(self, answer: httpx.Response, gone: type[BackendError]) -> None:
        code = answer.status_code
        if code in (401, 403) or 300 <= code < 400:
            raise self._error(Refused if "takes 401 for a refusal" in self._flaws else NotAuthorised, "not for us")
        if code == 409:
            current = None if "keeps the news" in self._flaws else msgspec.json.decode(answer.content, type=Rollout)
            raise Conflict("there: somebody was quicker", source="there", current=current)
        if code == 404:
            raise self._error(Refused if "knows no death" in self._flaws else gone, "not there")
        if code == 429 or code >= 500:
            wait = None if "does not wait" in self._flaws else _seconds(answer.headers.get("retry-after", ""))
            raise Unreachable("there: later", source="there", retry_after=wait)
        if code >= 400:
            raise self._error(Refused, f"it will not: {answer.json()['message']}")

    def _error(self, kind: type[BackendError], text: str) -> BackendError:
        if "talks in two lines" in self._flaws:
            text = f"{text}\nand more"
        if "tells the token" in self._flaws:
            text = f"{text} to {TOKEN}"
        return kind(f"there: {text}", source="there" if "signs errors" not in self._flaws else "elsewhere")


def _seconds(header: str) -> float | None:
    if header.isdigit():
        return float(header)
    try:
        return (email.utils.parsedate_to_datetime(header) - NOON).total_seconds()
    except ValueError:
        return None


def _without_halves(command: _T) -> _T:
    changes = {
        name: text.encode("utf-8", "replace").decode()
        for name in ("text", "note", "title")
        if isinstance(text := getattr(command, name, None), str)
    }
    return structs.replace(command, **changes)  # type: ignore[type-var]


def _given(value: Any) -> tuple[str, ...]:
    return (str(value),) if value else ()


_SEEN: dict[type[Command], Any] = {
    Report: lambda record: tuple(f"{each.name}: {each.size} bytes" for each in record.attachments),
    Incident: lambda record: tuple(link.url for link in record.links),
    Document: lambda record: _given(record.document),
    SetOutcome: lambda record: _given(record.outcome),
    SetDue: lambda record: _given(record.due),
    SetOwner: lambda record: _given(record.owner),
    SetStatus: lambda record: _given(record.status),
    Resolve: lambda record: _given(record.status),
    SetField: lambda record: tuple(f"{name}: {each}" for name, value in record.fields for each in value.split(", ")),
}


class TinyWorld(HttpFaults):
    """See `ppstui.testing.World`."""

    def __init__(self, flaws: frozenset[str] = frozenset()) -> None:
        self.flaws = flaws
        self.server = TinyServer(flaws)
        self.wire = Wire(httpx.MockTransport(self.server))
        self.secrets: tuple[str, ...] = (TOKEN,)

    def open(self) -> Backend:
        return TinyBackend(self.wire, self.flaws)

    def seed(self, records: Sequence[Record]) -> tuple[Ref, ...]:
        for record in records:
            self.server.put(record)
        return tuple(record.ref for record in records)

    def see(self, command: type[Command], ref: Ref) -> tuple[str, ...]:
        rollouts = [record for record in self.server.records.values() if isinstance(record, Rollout)]
        if command is NewRollout:
            return tuple(record.title for record in rollouts)
        mine = [record for record in rollouts if record.ref == ref]
        if command is Assign:
            return tuple(each.team for record in mine for each in record.assignments)
        voice = Voice.COMMENT if command in (Comment, Poll) else Voice.REPLY
        said = tuple(each.text for record in mine for each in record.messages if each.voice is voice)
        parent = next((each.parent for each in rollouts if each.parent and each.parent.ref == ref), None)
        return said if command not in _SEEN else _SEEN[command](mine[0] if mine else parent)

    def _rollout(self, ref: Ref) -> Rollout:
        record = self.server.records[ref.id]
        assert isinstance(record, Rollout)
        return record

    def touch(self, ref: Ref) -> None:
        note = Message(id="c", at=NOON, author="colleague", voice=Voice.COMMENT, text="Rang them.")
        self.server.put(self.server.say(self._rollout(ref), note))

    def assign(self, ref: Ref, team: str) -> None:
        record = self._rollout(ref)
        more = (*record.assignments, Assignment(team=team, notified=NOON))
        self.server.put(structs.replace(record, assignments=more), teams=True)

    def remove(self, ref: Ref) -> None:
        del self.server.records[ref.id]
        self.server.changes += 1
        self.server.gone[ref.id] = self.server.changes if "forgets the dead" not in self.flaws else 0
