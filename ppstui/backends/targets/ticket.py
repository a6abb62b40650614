"""An issue of the bulletin onto a ticket of Request Tracker, once: by the means of the adapter that reads RT.

Every message carries its key in its last line and is looked for before it is sent, always. A new ticket is looked for
among those of the same subject first, then among what its queue was given lately: somebody may have renamed it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.backends import _http
from ppstui.backends.rt import Options as RTOptions
from ppstui.backends.rt.client import RTClient, sql
from ppstui.backends.rt.notes import no_queue
from ppstui.backends.rt.reading import Reader
from ppstui.backends.rt.writing.errand import KINDS, Errand, Known, noun
from ppstui.errors import Conflict, Gone, Refused, Unreachable
from ppstui.model import Comment, Receipt, Ref, Reply
from ppstui.port import Health

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ppstui.backends.rt.rows import TransactionRow
    from ppstui.backends.targets.rt import Options
    from ppstui.model import Publish
    from ppstui.port import Toolbox

_LATE = 5.0
"""Seconds that a ticket which was asked for without an answer is given to appear, at most."""
_PAGES = 5
"""Pages of a queue's beginnings that are looked at for a ticket that was renamed: the newest five hundred."""
_SUBJECT = 190
"""Characters of a subject; RT keeps two hundred."""
_REPLY, _COMMENT = "correspond", "comment"


class Said(Struct, frozen=True):
    """What we wrote on a ticket."""

    message: str
    """Its number."""
    ticket: int
    text: str
    """Without the mark."""
    keys: tuple[str, ...]


class TicketOutlet:
    """See `port.Outlet`."""

    def __init__(self, options: Options, tools: Toolbox) -> None:
        self._options = options
        self._tools = tools
        self._rt = RTOptions(
            url=options.url,
            token=options.token,
            queue=options.queue.strip() or "-",
            parent_queue="",
            connect_timeout=options.connect_timeout,
            read_timeout=options.read_timeout,
            ca_file=options.ca_file,
        )
        self._client = RTClient(self._rt, tools)
        self._reader = Reader(self._rt, tools, self._client)
        self._known = Known(self._client)
        self._under_way: dict[str, asyncio.Task[Receipt]] = {}

    def __repr__(self) -> str:
        return f"TicketOutlet({self._tools.name!r}, {self._client.web!r})"

    async def publish(self, command: Publish, key: str) -> Receipt:
        """See `port.Outlet.publish`.

        A call that is cancelled goes on in the background, as it does with every RT: the server cannot be told to stop.
        """
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._published(command, key))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._settled(key, done))
        return await asyncio.shield(task)

    def preview(self, command: Publish) -> bytes:
        """See `port.Outlet.preview`; the line with the key comes below it when it is sent."""
        text = _http.sendable(command.text)
        if self._ticket_of(command):
            return text.encode()
        return f"Queue: {self._rt.queue}\nSubject: {_subject(command)}\n\n{text}".encode()

    async def check(self) -> Health:
        """See `port.Outlet.check`."""
        version, me = (await self._client.version()).version, await self._client.me()
        where, problems = await (self._check_ticket() if self._options.ticket else self._check_queue())
        state = "nothing is missing" if not problems else f"{len(problems)} to see to"
        text = f"{self._client.source}: Request Tracker {version}, as {me or 'an unknown account'}, {where}: {state}"
        return Health(
            text=_http.plain(text, 300),
            user=_http.plain(me, 60),
            version=_http.plain(version, 40),
            problems=tuple(_http.plain(problem, 400) for problem in problems),
        )

    async def aclose(self) -> None:
        """See `port.Outlet.aclose`."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    # ----------------------------------------------------------------------------------------------------- publishing

    def _settled(self, key: str, task: asyncio.Task[Receipt]) -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]
        if not task.cancelled():
            task.exception()  # one that nobody waits for any more is no news: the key will be given again

    async def _published(self, command: Publish, key: str) -> Receipt:
        if not command.text.strip():
            raise self._refused("there is nothing to write: the issue is empty")
        number = self._ticket_of(command)
        return await (self._say(number, command, key) if number else self._make(command, key))

    def _ticket_of(self, command: Publish) -> int:
        """The ticket to write on; 0 for a new one. Raises Refused where a correction has none."""
        if self._options.ticket:
            return int(self._options.ticket)
        number = command.replaces.partition("#")[0]
        if number and not (number.isascii() and number.isdigit()):
            raise self._refused(f"{number[:40]!r} is no ticket that could be corrected; discard this, and publish anew")
        return int(number or 0)

    async def _say(self, number: int, command: Publish, key: str) -> Receipt:
        """A message on a ticket, unless it is there."""
        kind = _COMMENT if self._options.ticket and not self._options.reply else _REPLY
        row, _ = await self._client.ticket(number, f"looking at ticket {number}")
        if row.status.casefold() == "deleted":
            raise Gone(
                f"{self._client.source}: ticket {number} was deleted; name another one", source=self._client.source
            )
        before = await self._own(number, KINDS[kind])
        if (done := _carrying(before, key)) is not None:
            return self._receipt(number, kind, done.message)
        self._check(before, command, f"ticket {number}")
        made = self._known.made.get(key) or await self._errand(number, kind, command.text, key).write(
            kind, command.text
        )
        done = _carrying(await self._own(number, KINDS[kind]), key)
        if done is None and not made:
            raise self._refused(f"ticket {number} does not show the {noun(kind)}, though the server took it")
        if done is None:
            return Receipt(text=f"{noun(kind)} {made} was taken; this account may not read it", id=f"{number}#{made}")
        return self._receipt(number, kind, done.message)

    async def _make(self, command: Publish, key: str) -> Receipt:
        """A ticket of its own, unless there is one."""
        number = await self._find(command, key)
        if not number and key in self._known.unsure:
            await asyncio.sleep(min(self._rt.read_timeout.total_seconds(), _LATE))
            number = await self._find(command, key)
        if not number:
            number = await self._create(command, key)
            if _carrying(await self._own(number, "Create"), key) is None:
                text = f"ticket {number} was made; this account may not read it: have ShowTicket granted on its queue"
                return Receipt(text=text, id=str(number))
        return Receipt(text=f"ticket {number} is in queue {self._rt.queue}: {self._address(number)}", id=str(number))

    async def _create(self, command: Publish, key: str) -> int:
        body: dict[str, object] = {
            "Queue": self._rt.queue,
            "Subject": _subject(command),
            "Content": _http.marked(command.text, key, await self._client.me()),
            "ContentType": "text/plain",
        }
        what = f"making a ticket in queue {self._rt.queue}"
        try:
            async with self._client.rights(what, "CreateTicket"):
                number = await self._client.create(body, what, key)
        except Unreachable as error:
            if not _http.never_left(error):
                self._known.unsure.add(key)
            raise
        self._known.unsure.discard(key)
        return number

    # -------------------------------------------------------------------------------------------------------- looking

    async def _find(self, command: Publish, key: str) -> int:
        """The ticket that carries the key; 0 while there is none.

        Raises Conflict where another key made a ticket of this very subject: another desk has published it.
        """
        query = f"Queue={sql(self._rt.queue)} AND Subject={sql(_subject(command))}"
        rows = (await self._client.tickets(query, "looking for the issue")).items
        others: list[Said] = []
        for row in rows:
            own = await self._own(row.number, "Create")
            if _carrying(own, key) is not None:
                return row.number
            others += [each for each in own if each.keys]
        async for beginnings in self._beginnings():
            if (found := _carrying(await self._texts(beginnings), key)) is not None:
                return found.ticket
        if others:
            where = f"ticket {others[0].ticket} of queue {self._rt.queue} is this issue already"
            raise self._conflict(f"{where}; look at it, and discard this or publish a correction")
        return 0

    async def _beginnings(self) -> AsyncIterator[list[TransactionRow]]:
        """How the queue's tickets began, newest first, as far as we began them."""
        below, me = "", await self._client.me()
        for _ in range(_PAGES):
            query = f"ObjectType='RT::Ticket' AND TicketQueue={sql(self._rt.queue)} AND Type='Create'{below}"
            rows = await self._client.feed(query, "looking for the issue")
            if not rows:
                return
            yield [row for row in rows if row.author == me]
            below = f" AND id < {rows[-1].number}"

    async def _own(self, number: int, kind: str) -> list[Said]:
        """What this account wrote on a ticket, oldest first."""
        return await self._texts(await self._client.own_messages(number, kind, "looking for what was written"))

    async def _texts(self, rows: list[TransactionRow]) -> list[Said]:
        tickets = {row.number: row.ticket_number for row in rows}
        if not tickets:
            return []
        me = await self._client.me()
        found = []
        for part in await self._client.own_texts(list(tickets)):
            text, keys = _http.unmarked(part.content or "", me)
            found.append(Said(str(part.message), tickets.get(part.message, 0), text, keys))
        return found

    def _check(self, before: list[Said], command: Publish, where: str) -> None:
        """Raises Conflict where the same words are there already under another key: another desk has published it."""
        text = _http.sendable(command.text).strip()
        twice = next((each for each in before if each.keys and each.text.strip() == text), None)
        if twice is not None:
            raise self._conflict(f"{where} has this issue already, as message {twice.message}; discard this")

    async def _check_ticket(self) -> tuple[str, list[str]]:
        number = int(self._options.ticket)
        row, _ = await self._client.ticket(number, f"looking at ticket {number}")
        kind, right = (_REPLY, "ReplyToTicket") if self._options.reply else (_COMMENT, "CommentOnTicket")
        may = {link.ref for link in row.hyperlinks}
        problems = [] if kind in may else [f"this account may not write there ({right}); have the right granted"]
        return f"ticket {number} ({row.subject[:60]})", problems

    async def _check_queue(self) -> tuple[str, list[str]]:
        queue = await self._client.queue(self._rt.queue)
        where = f"queue {self._rt.queue}"
        if queue is None:
            return where, [f"{no_queue(self._rt.queue)}; set queue"]
        if "create" not in {link.ref for link in queue.links}:
            return where, [f"this account may not make tickets in {self._rt.queue} (CreateTicket)"]
        return where, []

    # --------------------------------------------------------------------------------------------------------- wording

    def _errand(self, number: int, kind: str, text: str, key: str) -> Errand:
        """The adapter's own way to write a message."""
        ref = Ref(self._client.source, str(number))
        command = Reply(target=ref, text=text) if kind == _REPLY else Comment(target=ref, text=text)
        return Errand(self._rt, self._client, self._reader, self._known, command, key, None)

    def _receipt(self, number: int, kind: str, message: str) -> Receipt:
        text = f"{noun(kind)} {message} is on ticket {number}: {self._address(number)}"
        return Receipt(text=text, id=f"{number}#{message}")

    def _address(self, number: int) -> str:
        return f"{self._client.web}/Ticket/Display.html?id={number}"

    def _refused(self, why: str) -> Refused:
        return Refused(f"{self._client.source}: {why}", source=self._client.source)

    def _conflict(self, why: str) -> Conflict:
        return Conflict(f"{self._client.source}: {why}", source=self._client.source)


def _carrying(said: list[Said], key: str) -> Said | None:
    return next((each for each in said if key in each.keys), None)


def _subject(command: Publish) -> str:
    return " ".join(_http.sendable(command.subject).split())[:_SUBJECT] or f"{command.audience} {command.issue}"
