"""One command on its way to one ticket: what all that write do alike.

A change is a `Step`: how it looks when it is there, and what to send while it is not. `Errand.take` looks first, sends
it with the ETag just read, and believes only what a further look shows. RT's ETag is a check and no lock: of changes
that arrive in the same instant all are let in, so the last look decides whose write won.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.backends.rt.client import Stumbled
from ppstui.errors import Conflict, Refused, Unreachable
from ppstui.model import Receipt
from ppstui.rules.conflicts import differences

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

    import httpx

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.client import RTClient, Upload
    from ppstui.backends.rt.reading import Reader
    from ppstui.backends.rt.rows import ChoiceRow, FieldValue, TicketRow
    from ppstui.model import Command, Message, Ref, Rollout

SLIPS = 3
"""How often a change is prepared anew because somebody was faster, or because the server stumbled over it."""
_LATE = 5.0
"""Seconds that a message which was sent without an answer is given to arrive, at most."""
_SENTENCES = 2
_SHOWN = 120
_LOCATION = re.compile(r"/transaction/(\d+)\Z")
KINDS = {"comment": "Comment", "correspond": "Correspond"}
"""RT's ways to write a message, and what it calls the message then."""
RIGHTS = {"comment": "CommentOnTicket", "correspond": "ReplyToTicket"}
CHANGING = "ModifyTicket or ModifyCustomField"


class Known:
    """What was learnt of a server for all errands: values of fields, ids of groups."""

    def __init__(self, client: RTClient) -> None:
        self._client = client
        self._fields: dict[str, ChoiceRow] = {}
        self.groups: dict[str, str] = {}
        """Ids of groups, by name."""
        self.unsure: set[str] = set()
        """Keys whose message was sent, and may still be under way."""
        self.made: dict[str, str] = {}
        """Messages that RT took, by their keys: an account that may not read its comments finds them nowhere else."""

    async def field(self, number: str | int, needed: Iterable[str] = ()) -> ChoiceRow | None:
        """A custom field with the values it takes; asked again where one that is needed is not among them.

        None: this account may not ask.
        """
        row = self._fields.get(str(number))
        if row is None or any(each.casefold() not in map(str.casefold, row.names) for each in needed):
            row = await self._client.choices(number)
            if row is not None:
                self._fields[str(number)] = row
        return row


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a ticket's columns."""

    name: str
    """What is changed, as its history says it: `outcome`, `due`, …"""
    wanted: str
    """How it is to be, for a sentence; "" for empty."""
    there: Callable[[TicketRow], bool]
    """Whether it is as it is to be."""
    shown: Callable[[TicketRow], str]
    """How it is, for a sentence."""
    bodies: tuple[Callable[[TicketRow], Mapping[str, object]], ...]
    """What to send, one after the other until it is there; each is given the ticket as it was read last."""
    hint: Callable[[TicketRow], Awaitable[str]] | None = None
    """What it could be instead; "" when nobody knows."""
    back: Step | None = None
    """What takes it back, where it is of no use without the step behind it."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One command, its key, and what the person had seen."""

    options: Options
    client: RTClient
    reader: Reader
    known: Known
    command: Command
    key: str
    seen: Rollout | None
    notes: list[str] = field(default_factory=list)
    """What the user should know beside the effect."""

    @property
    def target(self) -> Ref:
        """The record it is about."""
        return self.command.target

    @property
    def number(self) -> int:
        """The ticket. Raises Gone for what is none."""
        return self.reader.number(self.target)

    @property
    def source(self) -> str:
        """The RT's name."""
        return self.client.source

    def refused(self, text: str) -> Refused:
        """The error that says so of this ticket."""
        return Refused(f"{self.source}: ticket {self.target.id}: {text}", source=self.source)

    # --------------------------------------------------------------------------------------------------- looking

    async def ticket(self, what: str) -> tuple[TicketRow, str]:
        """The ticket and its ETag. Raises Gone when it is merged, deleted, hidden or elsewhere."""
        row, etag = await self.client.ticket(self.number, what)
        self.reader.check_ours(row)
        return row, etag

    async def check(self, row: TicketRow) -> None:
        """Raises Conflict when a colleague changed what the command would change too.

        Nothing that happened since it was seen changed nothing; else the history is read, which tells what, and who.
        """
        if self.seen is None:
            return
        now = self.reader.columns(row)
        if now.updated != self.seen.updated or differences(self.command, self.seen, now, self.key):
            self.check_whole(await self.reader.look(self.target))

    def check_whole(self, current: Rollout) -> None:
        """The same with a record that was read whole."""
        found = differences(self.command, self.seen, current, self.key) if self.seen is not None else ()
        if not found:
            return
        said = []
        for each in found:
            who = f" ({_http.plain(each.by, 40)})" if each.by else ""
            said.append(f"{each.what} is {_http.plain(each.theirs, _SHOWN) or 'empty'} now{who}")
        text = f"{self.source}: ticket {self.target.id} changed since you looked: {'; '.join(said)}; look again"
        raise Conflict(text, source=self.source, current=current)

    def field(self, row: TicketRow, name: str, key: str) -> FieldValue:
        """A custom field of the ticket; `key` is its setting. Raises Refused when the ticket has none such."""
        where = f"[backends.{self.source}.fields]"
        if not name:
            raise self.refused(f"no field is configured for it; write its name as {key} in {where}")
        found = row.custom.get(name)
        if found is None:
            there = ", ".join(sorted(_http.plain(each, 40) for each in row.custom)) or "none that this account sees"
            text = f"{self.source}: ticket {row.number} has no field {name!r}; there are: {there}; see {where}"
            raise Refused(text, source=self.source)
        return found

    # --------------------------------------------------------------------------------------------------- changing

    async def put(self, number: int, body: Mapping[str, object], etag: str, what: str) -> tuple[str, ...]:
        """Changes a ticket; returns RT's sentences."""
        async with self.client.rights(what, CHANGING):
            return await self.client.put(number, body, what, etag, self.key)

    async def take(self, step: Step, row: TicketRow, etag: str) -> tuple[TicketRow, str]:
        """Brings one step about, unless it is there; returns the ticket as it is then, with its ETag."""
        if step.there(row):
            return row, etag
        before = step.shown(row)
        what = f"setting {step.name} on ticket {self.number}"
        said: tuple[str, ...] = ()
        tried = slips = 0
        while tried < len(step.bodies):
            try:
                said = await self.put(self.number, step.bodies[tried](row), etag, what)
                tried += 1
            except Conflict as error:
                slips += 1
                if slips == SLIPS:
                    current = await self.reader.look(self.target)
                    raise Conflict(str(error), source=self.source, current=current) from error
            except Stumbled:
                slips += 1
                if slips == SLIPS:
                    raise self.refused(f"{step.name} {step.wanted}: the server fails over it every time") from None
            row, etag = await self.ticket(what)
            if step.there(row):
                return row, etag
            if not tried:
                await self.check(row)
            elif step.shown(row) == before:  # it was not taken at all: put otherwise, it would not be either
                break
        raise await self._failed(step, before, row, said)

    async def _failed(self, step: Step, before: str, row: TicketRow, said: Sequence[str]) -> Refused:
        """Why a step is not there after it was sent: a colleague's write won, or the server would not have it."""
        now = _http.plain(step.shown(row), _SHOWN) or "empty"
        if step.shown(row) != before:
            record = await self.reader.look(self.target)
            who = next((each.author for each in record.events[::-1] if each.text.startswith(f"{step.name} ")), "")
            if who and who != self.client.known_me:
                text = f"{self.source}: ticket {self.target.id}: {who} changed {step.name} to {now} in the same moment"
                return Conflict(f"{text}: a colleague's write won", source=self.source, current=record)
            return self.refused(f"the server made {now} of {step.name} {step.wanted}")
        hint = await step.hint(row) if step.hint else ""
        wanted = _http.plain(step.wanted, _SHOWN) or "empty"
        answer = f"; the server said: {' '.join(said[:_SENTENCES])}" if said else ""
        return self.refused(f"{step.name} did not change as asked: it is {now}, not {wanted}{answer}{hint}")

    async def done(self, text: Callable[[Rollout], str], steps: Sequence[Step] = (), message: str = "") -> Receipt:
        """Reads everything back: the receipt for a command whose steps were taken."""
        record, row = await self.reader.whole(self.target)
        self.overtaken(steps, row)
        return Receipt(text="; ".join((text(record), *self.notes)), id=message, record=record)

    def overtaken(self, steps: Sequence[Step], row: TicketRow) -> None:
        """Notes which of the steps that were taken somebody has overwritten already."""
        for step in steps:
            if not step.there(row):
                now = _http.plain(step.shown(row), _SHOWN) or "empty"
                self.notes.append(f"{step.name} is {now} now: a colleague's write won")

    # ---------------------------------------------------------------------------------------------------- writing

    async def written(self, kind: str) -> str:
        """The id of the message that carries our key; "" while there is none."""
        if self.key in self.known.made:
            return self.known.made[self.key]
        own = await self.client.own_messages(self.number, KINDS[kind], "looking for what was written")
        me = await self.client.me()
        if not own:
            return ""
        for part in await self.client.own_texts([row.number for row in own]):
            if self.key in _http.unmarked(part.content or "", me)[1]:
                return str(part.message)
        return ""

    async def write(self, kind: str, text: str, files: Sequence[Upload] = ()) -> str:
        """Puts a message on the ticket, with our mark; returns its id as far as RT tells it.

        One that was sent before without an answer may still be at work in a server that hung until just now: it is
        given its time, and looked for once more.
        """
        if self.key in self.known.unsure:
            await asyncio.sleep(min(self.options.read_timeout.total_seconds(), _LATE))
            if done := await self.written(kind):
                return done
        content = _http.marked(text, self.key, await self.client.me())
        what = f"writing a {noun(kind)} on ticket {self.number}"
        right = RIGHTS[kind]
        async with self.client.rights(what, right):
            try:
                response = await self.client.post(self.number, kind, content, what, self.key, files)
            except Unreachable as error:
                if not _http.never_left(error):
                    self.known.unsure.add(self.key)
                raise
            except Refused as error:  # RT says 400 to who may not, so the right is named then
                if type(error) is not Refused:
                    raise
                lacking = f"{error}; perhaps this account lacks the right {right} there"
                raise Refused(lacking, source=self.source) from error
        self.known.unsure.discard(self.key)
        made = self.known.made[self.key] = _made_by(response)
        return made

    async def note(self, text: str) -> str:
        """An internal comment beside a change, written once; its id."""
        return await self.written("comment") or await self.write("comment", text)


def noun(kind: str) -> str:
    """What a person calls such a message."""
    return "comment" if kind == "comment" else "reply"


def _made_by(response: httpx.Response) -> str:
    """The id of the message that RT made; "" when it does not say."""
    made = _LOCATION.search(response.headers.get("location", ""))
    return made[1] if made else ""


def carrying(messages: Iterable[Message], key: str) -> Message | None:
    """The message with our mark."""
    return next((message for message in messages if key in message.marks), None)


def said_of(said: Sequence[str], failed: Collection[str], done: Collection[str], before: str) -> str:
    """What RT said of what failed, with `before` in front; "" when it said nothing.

    Sentences name what they are about in any language: those that name what failed, or else those that do not name
    what was done; the first two, where none is either.
    """
    about = [text for text in said if _names(text, failed)] or [text for text in said if not _names(text, done)]
    chosen = list(dict.fromkeys(about or said))[:_SENTENCES]
    return before + " ".join(chosen) if chosen else ""


def _names(text: str, things: Collection[str]) -> bool:
    """Whether a sentence names one of these, as a whole word."""
    return any(re.search(rf"(?<![\w.-]){re.escape(thing)}(?![\w-])", text, re.IGNORECASE) for thing in things if thing)
