"""`fetch` and `look` of pilots.

The first reading: (1) the newest transaction, where the next reading continues, (2) the queue's tickets, page by page,
(3) the tickets of their steps, (4) what happened on the pilots, with texts and files. Each later one: (1) transactions
since, (2) a hundred tickets' ids, to see what vanished, and (3) whole the pilots of which anything changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from ppstui.backends.rt.client import COPIES, PAGE, sql
from ppstui.backends.rt.notes import no_queue
from ppstui.backends.rt.parse import Reading
from ppstui.backends.rt.pilots.sheet import Told, Words, as_written, bare, disagrees, pilot_of, step_number
from ppstui.backends.rt.rows import instant
from ppstui.backends.rt.stories import Stories
from ppstui.errors import Gone
from ppstui.port import Batch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.client import Condition, RTClient
    from ppstui.backends.rt.rows import TicketRow, TransactionRow
    from ppstui.model import Pilot, Ref
    from ppstui.port import Since, Toolbox

SLICE = 50
"""How many pilots are read whole in one go."""
_DIGITS = 12
_FEED_PAGES = 10


class Cursor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a reading of pilots ended."""

    newest: int
    pilots: tuple[int, ...] = ()
    steps: dict[int, int] = {}
    """Tickets of steps, and whose they are."""
    others: tuple[int, ...] = ()
    """Tickets of the queue that belong to no pilot on the board."""
    swept: int = 0
    note: str = ""
    me: str = ""
    settings: str = ""


class PilotReader:
    """Reads the pilots' queue of one RT."""

    def __init__(self, options: Options, tools: Toolbox, client: RTClient) -> None:
        self._options = options
        self._tools = tools
        self._client = client
        self._stories = Stories(client)
        self.reading = Reading(
            options, client.source, client.web, tools.zone, lambda: client.known_me, lambda: client.accounts
        )
        self.words = Words(options.pilot_status)
        self._seen: set[int] = set()
        self._others: set[int] = set()
        """Tickets that were asked for and are in other queues."""

    async def fetch(self, since: Since | None) -> AsyncIterator[Batch]:
        """See `port.Backend.fetch`."""
        cursor = self._cursor(since.cursor) if since else None
        if cursor is not None:
            batch = await self._changes(cursor)
            if batch is not None:
                yield batch
                return
        async for batch in self._everything():
            yield batch

    async def look(self, ref: Ref) -> Pilot:
        """See `port.Backend.look`."""
        return self.pilot(await self.whole(ref))

    async def whole(self, ref: Ref) -> Told:
        """Everything about one pilot. Raises Gone when it is none, or none any more."""
        number = self.number(ref)
        row, _etag = await self._client.ticket(number, f"reading ticket {number}")
        self._check(row)
        return (await self._told([row]))[0]

    def pilot(self, told: Told, *, but_of: str = "") -> Pilot:
        """The record; see `sheet.pilot_of`."""
        return pilot_of(self.reading, self.words, told, but_of=but_of)

    def written(self, told: Told) -> Pilot:
        """The pilot as its lines alone have it."""
        return as_written(self.reading, told)

    def number(self, ref: Ref) -> int:
        """A ticket's number. Raises Gone for what is none."""
        if not (ref.id.isascii() and ref.id.isdigit() and len(ref.id) <= _DIGITS):
            text = f"{self._client.source}: there is no ticket {ref.id[:40]!r}; write its number"
            raise Gone(text, source=self._client.source)
        return int(ref.id)

    async def beginnings(self) -> AsyncIterator[list[TransactionRow]]:
        """How the queue's tickets began, newest first, page by page; a page may lack what is not for this account."""
        queue, below = sql(self._options.pilot_queue), ""
        while True:
            query = f"ObjectType='RT::Ticket' AND TicketQueue={queue} AND Type='Create'{below}"
            rows = await self._client.feed(query, "looking for the pilot")
            if not rows:
                return
            yield rows
            below = f" AND id < {rows[-1].number}"

    async def names_one(self, ref: Ref) -> bool:
        """Whether a ticket is in the pilots' queue; asked of RT where no reading has shown it."""
        if not self._options.pilot_queue or not (ref.id.isascii() and ref.id.isdigit()):
            return False
        number = self.number(ref)
        if number in self._seen or number in self._others:
            return number in self._seen
        found = await self._client.tickets(f"id={number}", f"reading ticket {number}")
        ours = any(self._is_ours(row) for row in found.items)
        (self._seen if ours else self._others).add(number)
        return ours

    def _check(self, row: TicketRow) -> None:
        source, queue = self._client.source, self._options.pilot_queue
        if self.words.deleted(row):
            raise Gone(f"{source}: ticket {row.number} was deleted", source=source)
        if not self._is_ours(row):
            text = f"{source}: ticket {row.number} is in queue {row.queue_name}, not in {queue}"
            raise Gone(f"{text}: it is no pilot", source=source)
        if step_number(row):
            text = f"{source}: ticket {row.number} is a step"
            whose = (
                f" of pilot {row.parents[0]}; go on with {source}:{row.parents[0]}" if row.parents else " of no pilot"
            )
            raise Gone(text + whose, source=source)

    def _is_ours(self, row: TicketRow) -> bool:
        return row.effective_number == row.number and row.queue_name.casefold() == self._options.pilot_queue.casefold()

    def _shown(self, row: TicketRow) -> bool:
        """Whether a ticket is a pilot that belongs on the board."""
        if not self._is_ours(row) or step_number(row) or self.words.deleted(row):
            return False
        closed = instant(row.resolved)
        recent = closed is None or closed > self._tools.clock() - self._options.closed_for
        return recent or not self.words.closed(row)

    # ---------------------------------------------------------------------------------------------- everything

    async def _everything(self) -> AsyncIterator[Batch]:
        newest = await self._client.feed(self._queue_feed(), "asking what is new")
        rows: list[TicketRow] = []
        async for page in self._pages(self._ours, "listing the pilots"):
            found = [row for row in page if self._shown(row)]
            rows += found
            yield Batch(records=tuple(bare(self.reading, row) for row in found))
        rows.sort(key=lambda row: (self.words.closed(row), -row.number))
        steps: dict[int, int] = {}
        for start in range(0, len(rows), SLICE):
            told = await self._told(rows[start : start + SLICE])
            steps |= _steps_of(told)
            yield Batch(records=tuple(map(self.pilot, told)))
        note = "" if rows else await self._note_of_queue()
        cursor = Cursor(
            newest=max((each.number for each in newest), default=0),
            pilots=tuple(sorted(row.number for row in rows)),
            steps=steps,
            note=note,
            me=self._client.known_me,
            settings=self._fingerprint(),
        )
        yield Batch(complete=True, cursor=msgspec.json.encode(cursor).decode(), note=note)

    async def _pages(self, query: Callable[[int], str], what: str) -> AsyncIterator[list[TicketRow]]:
        """Tickets page by page, by id: `query` makes the query for those after a number."""
        last = 0
        while True:
            page = await self._client.tickets(query(last), what)
            rows = [row for row in page.items if row.number > last]
            if rows:
                last = max(row.number for row in rows)
                yield rows
            if not rows or (page.total is not None and page.total <= len(page.items)):
                return

    async def _told(self, rows: Sequence[TicketRow]) -> list[Told]:
        """Pilots with the tickets of their steps and their whole stories."""
        if not rows:
            return []
        numbers = [row.number for row in rows]
        self._seen.update(numbers)
        members = " OR ".join(f"MemberOf={number}" for number in numbers)
        queue = sql(self._options.pilot_queue)
        children: dict[int, list[TicketRow]] = {number: [] for number in numbers}
        async for page in self._pages(lambda last: f"Queue={queue} AND id > {last} AND ({members})", "reading steps"):
            for row in page:
                for parent in row.parents if step_number(row) and not self.words.deleted(row) else ():
                    children.get(parent, []).append(row)
        stories = await self._stories.entire(numbers)
        told = [Told(row=row, story=stories[row.number], children=tuple(children[row.number])) for row in rows]
        return await self._with_signings(told)

    async def _with_signings(self, told: list[Told]) -> list[Told]:
        """Who changed the status of steps of which nobody wrote so."""
        asked: set[int] = set()
        for each in told:
            written = as_written(self.reading, each)
            asked |= {row.number for row in each.children if disagrees(written, self.words, row)}
        found: dict[int, TransactionRow] = {}
        waiting = set(asked)
        below = 0
        while waiting:
            conditions: list[Condition] = [
                {"field": "ObjectId", "operator": "IN", "value": sorted(waiting)},
                {"field": "Type", "operator": "=", "value": "Status"},
            ]
            if below:
                conditions.append({"field": "id", "operator": "<", "value": below})
            rows = await self._client.transactions(conditions, "asking who signed steps")
            for row in rows:
                found.setdefault(row.ticket_number, row)
            if len(rows) < PAGE:
                break
            below = min(row.number for row in rows)
            waiting -= set(found)
        return [
            replace(each, signings={n: row for n, row in found.items() if n in {c.number for c in each.children}})
            for each in told
        ]

    # -------------------------------------------------------------------------------------------- what changed

    async def _changes(self, cursor: Cursor) -> Batch | None:
        """What changed since; None when all is to be read anew."""
        self._client.known_me = self._client.known_me or cursor.me
        feed = await self._feed(cursor.newest)
        if feed is None:
            return None
        swept, strangers, lost = await self._sweep(cursor)
        touched = {row.ticket_number for row in feed if row.number > cursor.newest} | strangers
        wanted = {cursor.steps.get(number, number) for number in touched}
        rows = {row.number: row for row in await self._client.tickets_by_id(wanted, "reading what changed")}
        new = {parent for row in rows.values() if step_number(row) for parent in row.parents} - set(rows)
        rows |= {row.number: row for row in await self._client.tickets_by_id(new, "reading what changed")}
        ours = [row for row in rows.values() if self._shown(row)]
        numbers = {row.number for row in ours}
        gone = (set(cursor.pilots) & (wanted | lost)) - numbers
        told = await self._told(ours)
        kept = {step: pilot for step, pilot in cursor.steps.items() if pilot not in numbers | gone}
        after = structs.replace(
            cursor,
            newest=max([cursor.newest, *(row.number for row in feed)]),
            pilots=tuple(sorted((set(cursor.pilots) - gone) | numbers)),
            steps=kept | _steps_of(told),
            others=tuple(sorted((set(cursor.others) | strangers) - numbers - set(_steps_of(told)))),
            swept=swept,
            note="" if numbers else cursor.note,
            me=self._client.known_me,
        )
        return Batch(
            records=tuple(map(self.pilot, told)),
            gone=tuple(self.reading.ref(number) for number in sorted(gone)),
            cursor=msgspec.json.encode(after).decode(),
            note=after.note,
        )

    async def _feed(self, newest: int) -> list[TransactionRow] | None:
        """The transactions since, newest first, down to the last one known."""
        found: list[TransactionRow] = []
        for _ in range(_FEED_PAGES):
            upper = f" AND id < {found[-1].number}" if found else ""
            rows = await self._client.feed(self._queue_feed(newest) + upper, "asking what is new")
            found += rows
            if not rows or rows[-1].number <= newest:
                break
        else:
            return None
        if not found and newest:
            latest = await self._client.feed(self._queue_feed(), "asking what is new", rows=1)
            if not latest or latest[0].number < newest:
                return None
        return found

    async def _sweep(self, cursor: Cursor) -> tuple[int, set[int], set[int]]:
        """Looks a hundred tickets' ids further, as `reading.Reader` does."""
        page = await self._client.tickets(self._ours(cursor.swept), "looking for vanished pilots", bare=True)
        listed = {row.number for row in page.items}
        over = not listed or (page.total is not None and page.total <= len(page.items))
        end = 0 if over else max(listed)
        expected = {number for number in cursor.pilots if number > cursor.swept and (over or number <= end)}
        return end, listed - {*cursor.pilots, *cursor.steps, *cursor.others}, expected - listed

    async def _note_of_queue(self) -> str:
        name, source = self._options.pilot_queue, self._client.source
        if await self._client.queue(name) is not None:
            return ""
        return f"{no_queue(name)}; check pilot_queue in [backends.{source}]"

    # ------------------------------------------------------------------------------------------------- queries

    def _ours(self, after: int) -> str:
        days = max(self._options.closed_for.days, 0)
        live = f"(Status='__Active__' OR Resolved > '{days} days ago')"
        return f"Queue={sql(self._options.pilot_queue)} AND id > {after} AND {live}"

    def _queue_feed(self, newest: int = 0) -> str:
        copies = " AND ".join(f"Type != '{copy}'" for copy in COPIES)
        queue = f"TicketQueue={sql(self._options.pilot_queue)}"
        return f"ObjectType='RT::Ticket' AND {queue} AND id >= {newest} AND {copies}"

    def _cursor(self, text: str) -> Cursor | None:
        try:
            cursor = msgspec.json.decode(text, type=Cursor)
        except (msgspec.DecodeError, UnicodeError):
            return None
        return cursor if cursor.settings == self._fingerprint() else None

    def _fingerprint(self) -> str:
        options = self._options
        said = (options.url, options.pilot_queue, options.pilot_status, options.closed_for)
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]


def _steps_of(told: Iterable[Told]) -> dict[int, int]:
    """Tickets of steps, and whose they are."""
    return {row.number: each.row.number for each in told for row in each.children}
