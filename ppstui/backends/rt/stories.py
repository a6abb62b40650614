"""What happened on many tickets at once: their transactions, and the texts and files of their messages.

RT tells no end for transactions and attachments, and takes out what an account may not see only after it has cut a
page: a short page may have more behind it. A request for an empty page costs as much as one for a full page, so the end
is known by other means: every ticket's history begins with its `Create`, and a text that is the outermost part of a
message is all of that message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends.rt.client import COPIES, PAGE
from ppstui.backends.rt.parse import VOICES, Story
from ppstui.rules.html_mail import html_to_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ppstui.backends.rt.client import Condition, RTClient
    from ppstui.backends.rt.rows import PartRow, TransactionRow

_BLIND_PAGES = 3
"""How many pages may hold nothing this account sees before the history is taken to end."""
_FEW = 40
"""Up to so many messages, plain text and HTML are asked for together; passed over so many, there is more HTML."""
_PLAIN, _HTML = "text/plain", "text/html"
_TELLING = ("://", "ppstui: exposure of ", "[ppstui poll-", "accept", "reject")
"""What rules look for in a text: addresses of incidents, exposures, polls, and answers."""


class Stories:
    """Reads the stories of tickets."""

    def __init__(self, client: RTClient) -> None:
        self._client = client

    async def of(self, tickets: Mapping[int, str], newest: Sequence[TransactionRow] = ()) -> dict[int, Story]:
        """The messages of these tickets, and who was put into their field for teams; `tickets` gives that field's id.

        Where it saves requests, the texts of internal notes are left out that no rule needs: no answer counts in a
        note, so those with an address, an exposure or a poll are enough. `whole` has them.

        `newest`: transactions that were read already, newest first and without a gap.
        """
        fields = sorted({field for field in tickets.values() if field})
        have = [each for each in newest if each.ticket_number in tickets and _wanted(each, fields)]
        below = min((each.number for each in newest), default=0)
        types = [*VOICES, *(["CustomField"] if fields else [])]
        conditions: list[Condition] = [
            {"field": "Type", "operator": "IN", "value": types},
            {"field": "Field", "operator": "IS", "value": "NULL"},
            *({"field": "Field", "operator": "=", "value": field, "entry_aggregator": "OR"} for field in fields),
        ]
        history = [*have, *await self._older(list(tickets), conditions, have, below)]
        return await self.told(history, tickets, brief=True)

    async def whole(self, ticket: int) -> Story:
        """Everything that happened to one ticket."""
        return (await self.entire([ticket]))[ticket]

    async def entire(self, tickets: Sequence[int]) -> dict[int, Story]:
        """Everything that happened to each of these tickets."""
        conditions: list[Condition] = [{"field": "Type", "operator": "NOT IN", "value": list(COPIES)}]
        return await self.told(await self._older(list(tickets), conditions, (), 0), tickets)

    async def _older(
        self, tickets: list[int], conditions: Sequence[Condition], have: Sequence[TransactionRow], below: int
    ) -> list[TransactionRow]:
        """What happened to these tickets before `below` (0: ever), newest first, until each one's `Create` was seen."""
        if not tickets:
            return []
        waiting = set(tickets) - {each.ticket_number for each in have if each.type == "Create"}
        found: list[TransactionRow] = []
        blind = 0
        while waiting and blind < _BLIND_PAGES:
            asked: list[Condition] = [{"field": "ObjectId", "operator": "IN", "value": tickets}, *conditions]
            if below:
                asked.append({"field": "id", "operator": "<", "value": below})
            rows = await self._client.transactions(asked, "reading what happened", page=blind + 1)
            rows = [row for row in rows if not below or row.number < below]
            if not rows:
                blind += 1
                continue
            blind = 0
            below = min(row.number for row in rows)
            found += rows
            waiting -= {row.ticket_number for row in rows if row.type == "Create"}
        return found

    async def told(
        self,
        history: Sequence[TransactionRow],
        tickets: Collection[int],
        *,
        left_out: Mapping[int, int] | None = None,
        brief: bool = False,
    ) -> dict[int, Story]:
        """Transactions by ticket, with the texts and files of those that are messages.

        `left_out`: known messages, with their tickets, whose texts are asked for on this occasion. `brief`: see `of`.
        """
        stories = {number: Story() for number in tickets}
        owner: dict[int, int] = {}
        notes: list[int] = []
        for row in history:
            if row.ticket_number in stories:
                stories[row.ticket_number].history.append(row)
                if row.type in VOICES:
                    owner[row.number] = row.ticket_number
                    if row.type == "Comment":
                        notes.append(row.number)
        new = set(owner)
        owner |= left_out or {}
        if not owner:
            return stories
        parts = await (self._telling(sorted(owner), set(notes)) if brief else self._texts(sorted(owner)))
        single = {part.message for part in parts if part.outermost}
        for message, text in _read(parts).items():
            stories[owner[message]].texts[message] = text
        for part in await self._files(sorted(new - single)):
            if part.message in owner:
                stories[owner[part.message]].files.append(part)
        return stories

    # ----------------------------------------------------------------------------------------------------- texts

    async def _telling(self, messages: list[int], notes: Collection[int]) -> list[PartRow]:
        """Like `_texts`, without the notes that no rule needs, if that saves a page.

        A text that RT keeps encoded, as it does with broken characters, may not be found by what it says.
        """
        spoken = [message for message in messages if message not in notes]
        if _full_pages(len(messages)) <= _full_pages(len(spoken)) + 1:
            return await self._texts(messages)
        unsure: set[int] = set()
        parts = await self._texts(spoken, unsure)
        said: list[Condition] = [
            {"field": "Content", "operator": "LIKE", "value": text, "entry_aggregator": "OR"} for text in _TELLING
        ]
        return parts + await self._pages(sorted({*notes, *unsure}), [_kinds(_PLAIN, _HTML), *said])

    async def _texts(self, messages: list[int], unsure: set[int] | None = None) -> list[PartRow]:
        """The parts of these messages that are text; `unsure`: see `_pages`.

        Plain text is asked for first, as most mail has it, with HTML beside it. Both are asked for where it is missing.
        """
        if len(messages) <= _FEW:
            return await self._pages(messages, [_kinds(_PLAIN, _HTML)])
        parts = await self._pages(messages, [_kinds(_PLAIN)], unsure, passing=_FEW)
        there = _read(parts)
        missing = [message for message in messages if message not in there]
        return parts + await self._pages(missing, [_kinds(_PLAIN, _HTML)], unsure)

    async def _pages(
        self, messages: list[int], kinds: list[Condition], unsure: set[int] | None = None, passing: int = 0
    ) -> list[PartRow]:
        """The texts of these messages of that kind, page by page; ends early where so many were passed over.

        When a full page ends with the last message, that may have further parts behind it. One more page tells, or the
        message is put among the `unsure`.
        """
        found: dict[int, PartRow] = {}
        waiting = set(messages)
        conditions: list[Condition] = [{"field": "TransactionId", "operator": "IN", "value": messages}, *kinds]
        while messages:
            after: list[Condition] = [{"field": "id", "operator": ">", "value": max(found)}] if found else []
            rows = await self._client.texts([*conditions, *after], "reading messages")
            fresh = {row.number: row for row in rows if row.number not in found}
            found |= fresh
            waiting -= {row.message for row in rows}
            if len(rows) < PAGE or not fresh or (not waiting and rows[-1].outermost):
                break
            if not waiting and unsure is not None:
                unsure.add(rows[-1].message)
                break
            last = rows[-1].message
            if passing and sum(message < last for message in waiting) > passing:
                return [row for row in found.values() if row.message != last or row.outermost]
        return list(found.values())

    async def _files(self, messages: list[int]) -> list[PartRow]:
        """The named files of these messages; all of them are ours to see, so a short page is the last."""
        found: dict[int, PartRow] = {}
        conditions: list[Condition] = [{"field": "TransactionId", "operator": "IN", "value": messages}]
        while messages:
            after: list[Condition] = [{"field": "id", "operator": ">", "value": max(found)}] if found else []
            rows = await self._client.files([*conditions, *after], "listing files")
            fresh = {row.number: row for row in rows if row.number not in found}
            found |= fresh
            if len(rows) < PAGE or not fresh:
                break
        return list(found.values())


def _wanted(row: TransactionRow, fields: Sequence[str]) -> bool:
    return row.type in VOICES or (row.type == "CustomField" and str(row.field) in fields)


def _full_pages(rows: int) -> int:
    return -(-rows // PAGE)


def _kinds(*kinds: str) -> Condition:
    return {"field": "ContentType", "operator": "IN", "value": list(kinds)}


def _read(parts: Sequence[PartRow]) -> dict[int, str]:
    """The text of each message: its plain text, or its HTML where there is no plain text or nothing in it."""
    plain = _by_message(parts, _PLAIN)
    texts = {message: "\n".join(pieces) for message, pieces in plain.items() if any(map(str.strip, pieces))}
    for message, pieces in _by_message(parts, _HTML).items():
        if message not in texts:
            texts[message] = "\n".join(map(html_to_text, pieces))
    return texts


def _by_message(parts: Sequence[PartRow], kind: str) -> dict[int, list[str]]:
    """The contents of parts of one kind, by message, in the order of the parts."""
    found: dict[int, list[str]] = {}
    for _, part in sorted({part.number: part for part in parts}.items()):
        if part.kind.partition(";")[0].strip().lower() == kind and not part.filename:
            found.setdefault(part.message, []).append(part.content or "")
    return found
