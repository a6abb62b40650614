"""`fetch` and `look`: what is on the board, in few and large requests.

The first reading: (1) the newest hundred transactions, whose first says where the next reading continues, (2) the
tickets, page by page, shown at once, (3) their parents, (4) their messages and the choosing of teams, newest first,
until every ticket's `Create` was seen, (5) the texts. Each later one: (1) transactions since, (2) a hundred tickets'
ids, to see what vanished without a transaction, and for what changed only (3) its columns, (4) its new texts.

Continuing goes by the ids of transactions, never by times: RT reads times in the account's own zone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ppstui.backends.rt.client import COPIES, PAGE, sql
from ppstui.backends.rt.cursor import Cursor, fingerprint, read_cursor
from ppstui.backends.rt.notes import note_of_fields, note_of_queue, together, unknown_words
from ppstui.backends.rt.parse import Reading, Story, read_to
from ppstui.backends.rt.rows import instant
from ppstui.backends.rt.stories import Stories
from ppstui.errors import Gone
from ppstui.model import Phase, Rollout, Voice
from ppstui.port import Batch

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.client import RTClient
    from ppstui.backends.rt.rows import TicketRow, TransactionRow
    from ppstui.model import Parent, Record, Ref
    from ppstui.port import Since, Toolbox

SLICE = 200
"""How many tickets' messages are read in one go; each go ends with pages that are not full."""
_DIGITS = 12
_FEED_PAGES = 10
"""A thousand transactions behind, reading everything anew costs no more."""


class Reader:
    """Reads one queue of one RT."""

    def __init__(self, options: Options, tools: Toolbox, client: RTClient) -> None:
        self._options = options
        self._tools = tools
        self._client = client
        self._stories = Stories(client)
        self._reading = Reading(
            options, client.source, client.web, tools.zone, lambda: client.known_me, lambda: client.accounts
        )
        self.teams_field = ""
        """The id of the teams' field as far as a ticket showed it."""

    async def fetch(self, since: Since | None) -> AsyncIterator[Batch]:
        """See `port.Backend.fetch`."""
        cursor = read_cursor(since.cursor, self._options) if since else None
        if since is not None and cursor is not None:
            batch = await self._changes(cursor, since.known)
            if batch is not None:
                yield batch
                return
        async for batch in self._everything():
            yield batch

    async def look(self, ref: Ref) -> Rollout:
        """See `port.Backend.look`: the ticket with its parents, its whole history, texts, files."""
        return (await self.whole(ref))[0]

    async def whole(self, ref: Ref) -> tuple[Rollout, TicketRow]:
        """Like `look`, with the ticket's columns as RT has them."""
        number = self.number(ref)
        what = f"reading ticket {number}"
        found = await self._client.tickets(f"id={number} OR HasMember={number}", what)
        rows = {row.number: row for row in found.items}
        row = rows.pop(number, None)
        if row is None or _merged(row):
            row, _etag = await self._client.ticket(number, what)
        self.check_ours(row)
        parent = _parent_of(row, self._as_parents(rows.values()))
        return self._reading.rollout(row, await self._stories.whole(number), parent), row

    def columns(self, row: TicketRow) -> Rollout:
        """What a ticket's columns alone say."""
        return self._reading.rollout(row, None)

    def as_parent(self, row: TicketRow) -> Parent:
        """A ticket as the release that rollouts belong to."""
        return self._reading.parent(row)

    def day(self, text: str) -> dt.date | None:
        """A day as RT writes days and instants, in the desk's zone."""
        return self._reading.day(text)

    @property
    def zone(self) -> dt.tzinfo:
        """The desk's zone."""
        return self._tools.zone

    def url(self, number: int) -> str:
        """The page of a ticket."""
        return self._reading.url(number)

    def number(self, ref: Ref) -> int:
        """A ticket's number. Raises Gone for what is none."""
        if not (ref.id.isascii() and ref.id.isdigit() and len(ref.id) <= _DIGITS):
            text = f"{self._client.source}: there is no ticket {ref.id[:40]!r}; write its number"
            raise Gone(text, source=self._client.source)
        return int(ref.id)

    def check_ours(self, row: TicketRow) -> None:
        """Raises Gone for a ticket that is deleted or in another queue."""
        source, queue = self._client.source, self._options.queue
        if self.phase(row) is Phase.DELETED:
            raise Gone(f"{source}: ticket {row.number} was deleted", source=source)
        if row.queue_name and row.queue_name.casefold() != queue.casefold():
            text = f"{source}: ticket {row.number} is in queue {row.queue_name}, not in {queue}"
            raise Gone(f"{text}; if it belongs here, move it back, or see queue in [backends.{source}]", source=source)

    def phase(self, row: TicketRow) -> Phase:
        """What a ticket's status means here."""
        return self._reading.phase(row)

    # ---------------------------------------------------------------------------------------------- everything

    async def _everything(self) -> AsyncIterator[Batch]:
        newest = await self._client.feed(self._both_queues(), "asking what is new")
        reading = self._reading
        rows: list[TicketRow] = []
        async for page in self._listing():
            rows += page
            yield Batch(records=tuple(reading.rollout(row, None) for row in page))
        rows.sort(key=lambda row: (not reading.phase(row).live, -row.number))
        lacking = note_of_fields(reading, rows) if rows else await self._note_of_queue()
        words = unknown_words(reading, rows)
        note = together(self._client.source, lacking, words)
        parents = await self._parents(rows)
        for start in range(0, len(rows), SLICE):
            part = rows[start : start + SLICE]
            stories = await self._stories.of({row.number: self._teams_field(row) for row in part}, newest)
            told = (reading.rollout(row, stories[row.number], _parent_of(row, parents)) for row in part)
            yield Batch(records=tuple(told), note=note)
        cursor = Cursor(
            newest=max((each.number for each in newest), default=0),
            tickets=tuple(sorted(row.number for row in rows)),
            parents=_children((row.number, _parent_of(row, parents)) for row in rows),
            note=lacking,
            words=tuple(sorted(words)),
            me=self._client.known_me,
            settings=fingerprint(self._options),
        )
        yield Batch(complete=True, cursor=cursor.text(), note=note)

    async def _listing(self) -> AsyncIterator[list[TicketRow]]:
        """The rollouts page by page, by id: pages by number would shift while tickets come and go."""
        last = 0
        while True:
            page = await self._client.tickets(self._ours(last), "listing the rollouts")
            rows = [row for row in page.items if row.number > last]
            if rows:
                last = max(row.number for row in rows)
                yield [row for row in rows if self._shown(row) and not _merged(row)]
            if not rows or (page.total is not None and page.total <= len(page.items)):
                return

    async def _parents(self, rows: Sequence[TicketRow]) -> dict[int, Parent]:
        """The parents of live tickets; of closed ones too, as far as the same pages have room for them."""
        wanted = {number for row in rows if self.phase(row).live for number in row.parents}
        spare = sorted({number for row in rows for number in row.parents} - wanted, reverse=True)
        room = max(-(-len(wanted) // PAGE), 1) * PAGE - len(wanted)
        found = await self._client.tickets_by_id({*wanted, *spare[:room]}, "reading the releases")
        return self._as_parents(found)

    def _as_parents(self, rows: Iterable[TicketRow]) -> dict[int, Parent]:
        """By number, those of the parents' queue first."""
        queue = self._options.parent_queue.casefold()
        ordered = sorted(rows, key=lambda row: (row.queue_name.casefold() != queue, row.number))
        return {row.number: self._reading.parent(row) for row in ordered}

    # ------------------------------------------------------------------------------------------------- what changed

    async def _changes(self, cursor: Cursor, known: Callable[[Ref], Record | None]) -> Batch | None:
        """What changed since; None when too much did, or the server has gone back in time: all is to be read anew."""
        self._client.known_me = self._client.known_me or cursor.me
        feed = await self._feed(cursor.newest)
        if feed is None:
            return None
        swept, strangers, lost = await self._sweep(cursor)
        touched = {row.ticket_number for row in feed if row.number > cursor.newest} | strangers
        reading = self._reading
        rows = await self._client.tickets_by_id(touched, "reading what changed")
        ours = {row.number: row for row in rows if self._is_ours(row) and self._shown(row)}
        gone = (set(cursor.tickets) & (touched | lost)) - set(ours)
        releases = [row for row in rows if row.number in cursor.parents and row.number not in ours]
        held = {number: record for number in ours if (record := _held(known(reading.ref(number)))) is not None}
        parents = self._as_parents(releases)
        parents |= await self._new_parents(ours, held, parents)
        stories = await self._stories_since(ours, held, feed)
        records = {
            number: reading.rollout(
                row, stories[number], self._parent_now(row, parents, held.get(number)), held.get(number)
            )
            for number, row in ours.items()
        }
        records |= dict(_moved_parents(cursor, parents, records, known, reading))
        lacking = note_of_fields(reading, list(ours.values())) if ours else cursor.note
        words = {*cursor.words, *unknown_words(reading, list(ours.values()))}
        note = together(self._client.source, lacking, words)
        tickets = tuple(sorted((set(cursor.tickets) - gone) | set(ours)))
        after = Cursor(
            newest=max([cursor.newest, *(row.number for row in feed)]),
            tickets=tickets,
            parents=_merged_children(cursor, tickets, records),
            swept=swept,
            note=lacking,
            words=tuple(sorted(words)),
            me=self._client.known_me,
            settings=cursor.settings,
        )
        return Batch(
            records=tuple(records.values()),
            gone=tuple(reading.ref(number) for number in sorted(gone)),
            cursor=after.text(),
            note=note,
        )

    async def _feed(self, newest: int) -> list[TransactionRow] | None:
        """The transactions since, newest first; the last one already known ends the pages: no empty page is needed."""
        what = "asking what is new"
        found: list[TransactionRow] = []
        for _ in range(_FEED_PAGES):
            upper = f" AND id < {found[-1].number}" if found else ""
            rows = await self._client.feed(self._both_queues(newest) + upper, what)
            found += rows
            if not rows or rows[-1].number <= newest:
                break
        else:
            return None
        if (
            not found and newest
        ):  # the last known one is not to be seen any more: deleted, moved, or the server was set back
            latest = await self._client.feed(self._both_queues(), what, rows=1)
            if not latest or latest[0].number < newest:
                return None
        return found

    async def _sweep(self, cursor: Cursor) -> tuple[int, set[int], set[int]]:
        """Looks a hundred tickets' ids further for what came or went without a transaction that shows it.

        Returns up to where it looked (0: to the end), numbers that are new, and numbers that are no longer listed.
        """
        page = await self._client.tickets(self._ours(cursor.swept), "looking for vanished tickets", bare=True)
        listed = {row.number for row in page.items}
        over = not listed or (page.total is not None and page.total <= len(page.items))
        end = 0 if over else max(listed)
        expected = {number for number in cursor.tickets if number > cursor.swept and (over or number <= end)}
        return end, listed - set(cursor.tickets), expected - listed

    async def _stories_since(
        self, ours: dict[int, TicketRow], held: dict[int, Rollout], feed: Sequence[TransactionRow]
    ) -> dict[int, Story]:
        """What is new on tickets that are known, and the whole story of those that are not."""
        fresh = [row for row in feed if row.ticket_number in held and row.number > read_to(held[row.ticket_number])]
        left_out = {
            int(message.id): number
            for number, record in held.items()
            for message in record.messages
            if message.voice is Voice.COMMENT and not message.text and not message.marks
        }
        stories = await self._stories.told(fresh, held, left_out=left_out)
        strangers = {number: self._teams_field(row) for number, row in ours.items() if number not in held}
        return stories | (await self._stories.of(strangers) if strangers else {})

    async def _new_parents(
        self, ours: dict[int, TicketRow], held: dict[int, Rollout], have: dict[int, Parent]
    ) -> dict[int, Parent]:
        """The parents that changed tickets have now and had not before."""
        kept = {int(record.parent.ref.id) for record in held.values() if record.parent}
        wanted = {number for row in ours.values() for number in row.parents} - kept - set(have)
        return self._as_parents(await self._client.tickets_by_id(wanted, "reading the releases"))

    def _parent_now(self, row: TicketRow, parents: dict[int, Parent], before: Rollout | None) -> Parent | None:
        found = _parent_of(row, parents)
        kept = before.parent if before else None
        return found or (kept if kept and int(kept.ref.id) in row.parents else None)

    async def _note_of_queue(self) -> str:
        """An unknown queue looks like an empty one in every listing, so it is asked for by name."""
        return note_of_queue(self._options, self._client.source, await self._client.queue(self._options.queue))

    # ------------------------------------------------------------------------------------------------------ queries

    def _ours(self, after: int) -> str:
        """TicketSQL for what is on the board, from the ticket after that one. A relative time knows no zone."""
        days = max(self._options.closed_for.days, 0)
        live = f"(Status='__Active__' OR Resolved > '{days} days ago')"
        return f"Queue={sql(self._options.queue)} AND id > {after} AND {live}"

    def _both_queues(self, newest: int = 0) -> str:
        """TransactionSQL for what happens in both queues, from that transaction on, without RT's copies of mail."""
        queues = f"(TicketQueue={sql(self._options.queue)} OR TicketQueue={sql(self._options.parent_queue)})"
        copies = " AND ".join(f"Type != '{copy}'" for copy in COPIES)
        return f"ObjectType='RT::Ticket' AND {queues} AND id >= {newest} AND {copies}"

    def _teams_field(self, row: TicketRow) -> str:
        field = row.custom.get(self._options.fields.teams)
        self.teams_field = str(field.id) if field else self.teams_field
        return str(field.id) if field else ""

    def _is_ours(self, row: TicketRow) -> bool:
        return not _merged(row) and row.queue_name.casefold() == self._options.queue.casefold()

    def _shown(self, row: TicketRow) -> bool:
        """Whether a ticket belongs on the board: not deleted, and not closed too long ago."""
        phase = self.phase(row)
        if phase is Phase.DELETED:
            return False
        closed = instant(row.resolved)
        return phase.live or closed is None or closed > self._tools.clock() - self._options.closed_for


def _merged(row: TicketRow) -> bool:
    return row.effective_number != row.number


def _parent_of(row: TicketRow, parents: dict[int, Parent]) -> Parent | None:
    """The ticket's parent: of several the first in `parents`, which begins with those of the parents' queue."""
    return next((parent for number, parent in parents.items() if number in row.parents), None)


def _held(record: Record | None) -> Rollout | None:
    """A rollout the desk holds, if new messages can be added to it."""
    return record if isinstance(record, Rollout) and record.whole and read_to(record) else None


def _children(pairs: Iterable[tuple[int, Parent | None]]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for number, parent in pairs:
        if parent is not None:
            found[int(parent.ref.id)] = (*found.get(int(parent.ref.id), ()), number)
    return found


def _merged_children(cursor: Cursor, tickets: Sequence[int], records: dict[int, Rollout]) -> dict[int, tuple[int, ...]]:
    """Whose parents are whose, after these records were read."""
    found = _children((number, record.parent) for number, record in records.items())
    unread = set(tickets) - set(records)
    for parent, children in cursor.parents.items():
        kept = tuple(number for number in children if number in unread)
        if kept:
            found[parent] = (*found.get(parent, ()), *kept)
    return found


def _moved_parents(
    cursor: Cursor,
    parents: dict[int, Parent],
    records: dict[int, Rollout],
    known: Callable[[Ref], Record | None],
    reading: Reading,
) -> Iterator[tuple[int, Rollout]]:
    """Rollouts of which only the parent changed."""
    for number, parent in parents.items():
        for child in cursor.parents.get(number, ()):
            record = known(reading.ref(child))
            if child not in records and isinstance(record, Rollout) and record.parent != parent:
                yield child, replace(record, parent=parent)
