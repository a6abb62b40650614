"""`fetch`, `look` and `check` of an Indico.

One request brings the meetings of every category with their agendas and minutes. Without a token two further questions
may follow: a category that shows nothing may be one that shows nothing to strangers.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import msgspec

from ppstui.backends import _http
from ppstui.backends.indico.client import PAGE, IndicoClient
from ppstui.backends.indico.parse import agenda
from ppstui.backends.indico.rows import EventRow
from ppstui.errors import Garbled, Gone, Unsupported
from ppstui.model import Kind, command_name
from ppstui.port import Batch, Health, Offer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from ppstui.backends.indico import Options
    from ppstui.model import Agenda, Command, Receipt, Record, Ref
    from ppstui.port import Since, Toolbox

_MOST = 100
"""Pages before a server that never ends is left; ten thousand meetings."""
_NUMBER = re.compile(r"[0-9]{1,12}\Z")
_LOOPBACK = re.compile(r"http://(?:localhost|127\.[0-9.]+|\[::1\])(?:[:/]|\Z)")


class IndicoBackend:
    """See `port.Backend`; it only reads."""

    offer = Offer(reads=frozenset({Kind.MEETING}))

    def __init__(self, options: Options, tools: Toolbox) -> None:
        self._options, self._tools = options, tools
        self._client = IndicoClient(options, tools)
        self._name = tools.name

    def __repr__(self) -> str:
        return f"IndicoBackend({self._name!r})"

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """See `port.Backend.fetch`; always whole, for agendas change without any trace that could be asked for."""
        del since
        if kind is not Kind.MEETING:
            raise Unsupported(f"{self._name}: {kind.value} are not offered here", source=self._name)
        seen: set[str] = set()
        shown: set[str] = set()
        unread = 0
        for page in range(_MOST):
            raws = await self._client.events(self._options.numbers, *self._window(), offset=page * PAGE)
            rows = self._rows(raws)
            unread += len(raws) - len(rows)
            fresh = [row for row in rows if str(row.id) not in seen]
            records, unclear = self._records(fresh)
            unread += unclear
            seen |= {str(row.id) for row in fresh}
            shown |= {str(row.series) for row in fresh}
            if len(raws) < PAGE or not fresh:
                break
            yield Batch(records=records)
        else:
            records = ()
        if unread and not seen:
            text = f"{self._name}: reading meetings: no meeting of the answer can be read; is this an Indico 3?"
            raise Garbled(text, source=self._name)
        notes = [f"{self._name}: {unread} meetings could not be read and are missing"] if unread else []
        notes += await self._hidden(number for number in self._options.numbers if str(number) not in shown)
        yield Batch(records=records, complete=True, note=" ".join(notes))

    async def look(self, ref: Ref) -> Record:
        """See `port.Backend.look`: where no contribution is on the agenda, what its timetable has."""
        gone = f"{self._name}: there is no meeting {ref.id[:40]!r} here that this account may see"
        if ref.part or not _NUMBER.match(ref.id):
            raise Gone(gone, source=self._name)
        row = await self._client.event(ref.id)
        if row is None or str(row.id) != ref.id:
            raise Gone(gone, source=self._name)
        items = None
        if not row.contributions:
            days = (await self._client.timetable(ref.id)).get(ref.id, {})
            items = [entry for day in days.values() for entry in day.values()]
        try:
            return agenda(row, self._name, self._client.web, items)
        except ValueError as error:
            text = f"{self._name}: reading meeting {ref.id}: its times cannot be read ({_http.plain(str(error), 80)})"
            raise Garbled(text, source=self._name) from error

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """See `port.Backend.apply`: nothing is offered."""
        del key, seen
        raise Unsupported(f"{self._name}: {command_name(command)} is not offered here", source=self._name)

    async def check(self) -> Health:
        """See `port.Backend.check`."""
        problems = []
        counts = []
        for number in self._options.numbers:
            found = self._rows(await self._client.events([number], *self._window(), limit=PAGE))
            counts.append(f"{len(found)} in category {number}")
            if not found:
                why = "it may be empty, or not for this account" if self._client.known else "set token if it should be"
                problems.append(f"no meeting is visible in category {number} now; {why}")
        user = await self._client.user() if self._client.known else None
        mail = (user.email or "") if user else ""
        if self._client.known and self._client.web.startswith("http://") and not _LOOPBACK.match(self._client.web):
            problems.append("the token travels unencrypted: url begins with http://; use https://")
        who = "without a token" if not self._client.known else f"as {mail}" if mail else "with a token"
        text = f"{self._name}: Indico, {who}: meetings now {', '.join(counts)}"
        return Health(text=_http.plain(text, 300), user=_http.plain(mail, 80), problems=tuple(problems))

    async def aclose(self) -> None:
        """See `port.Backend.aclose`."""
        await self._client.aclose()

    # ------------------------------------------------------------------------------------------------------- inside

    def _window(self) -> tuple[dt.date, dt.date]:
        """The days that are read."""
        now = self._tools.clock().astimezone(dt.UTC)
        return (now - self._options.back).date(), (now + self._options.ahead).date()

    def _rows(self, raws: Iterable[msgspec.Raw]) -> list[EventRow]:
        """The events that can be read; a broken one costs nobody the others."""
        found = []
        for raw in raws:
            try:
                row = msgspec.json.decode(raw, type=EventRow)
            except msgspec.DecodeError:
                continue
            if _NUMBER.match(str(row.id)):
                found.append(row)
        return found

    def _records(self, rows: Iterable[EventRow]) -> tuple[tuple[Agenda, ...], int]:
        """Their records, and of how many the times make no sense."""
        records: list[Agenda] = []
        unclear = 0
        for row in rows:
            try:
                records.append(agenda(row, self._name, self._client.web))
            except (ValueError, OverflowError):
                unclear += 1
        return tuple(records), unclear

    async def _hidden(self, numbers: Iterable[int]) -> list[str]:
        """Says of which of these categories a stranger is shown nothing: that is no proof that there is nothing.

        What a category includes carries other numbers, so each is asked for by itself.
        """
        if self._client.known:
            return []
        empty = [str(each) for each in numbers if not await self._client.events([each], *self._window(), limit=1)]
        if not empty:
            return []
        which = f"category {empty[0]}" if len(empty) == 1 else f"categories {', '.join(empty)}"
        return [f"{self._name}: nothing is visible in {which} without a token; empty or protected: set token to know"]
