"""`apply` on pilots: the columns of tickets first, then the lines that say all of it, carrying the key.

The lines come last, so where they stand all was done: of a pilot that ends also that the tickets of its steps are
closed, which is therefore done once. What our own account did to the tickets without a word of it is
work that was cut off, and stands in nobody's way.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.backends.rt.pilots.making import check_title, make_pilot
from ppstui.backends.rt.pilots.sheet import lines_of, step_number
from ppstui.backends.rt.writing.errand import SLIPS, Errand, carrying, noun
from ppstui.errors import Conflict, Refused, Unsupported
from ppstui.model import (
    Comment,
    NewPilot,
    Pilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Receipt,
    Remind,
    Reply,
    StepState,
    command_name,
)
from ppstui.rules.pilots.commands import carries, pilot_preview
from ppstui.rules.pilots.conflicts import pilot_differences
from ppstui.rules.pilots.reckoning import find
from ppstui.rules.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.client import RTClient
    from ppstui.backends.rt.pilots.reading import PilotReader
    from ppstui.backends.rt.pilots.sheet import Told
    from ppstui.backends.rt.reading import Reader
    from ppstui.backends.rt.rows import TicketRow
    from ppstui.backends.rt.writing.errand import Known
    from ppstui.model import Command, Record, Step
    from ppstui.port import Toolbox

SPOKEN = (Comment, Reply, Remind)
"""Commands that a pilot understands as a rollout does."""
_NOBODY = "Nobody"
_NEVER = "1970-01-01 00:00:00"
_Change = PilotStep | PilotProlong | PilotRollBack | PilotCancel | PilotClose | PilotEdit


@dataclass(frozen=True, slots=True)
class Hand:
    """One command on its way to a pilot."""

    errand: Errand
    reader: PilotReader
    policy: Policy
    now: dt.datetime

    async def account(self, name: str) -> str:
        """The account of that name; "" when there is none, or nobody may ask."""
        wanted = name.strip()
        if not wanted or wanted.isdigit() or wanted.casefold() == _NOBODY.casefold():
            return ""
        there = await self.errand.client.accounts_like(wanted)
        return next((each for each in there if each.casefold() == wanted.casefold()), "")

    async def settle(self, number: int, step: Step, before: Step | None, *, status: bool) -> None:
        """Brings a step's ticket to what the step is; `status` False leaves its status alone."""
        moved = before is None or before.planned != step.planned
        handed = before is None or before.owner != step.owner
        owner = (await self.account(step.owner) or _NOBODY) if handed else ""
        words = self.reader.words

        def wanted(row: TicketRow) -> dict[str, object]:
            body: dict[str, object] = {}
            if status and (word := words.of(step.state, row)).casefold() != row.status.casefold():
                body["Status"] = word
            if moved and self.reader.reading.day(row.due) != step.planned:
                body["Due"] = self._noon(step.planned)
            if owner and (row.owner_name or _NOBODY).casefold() != owner.casefold():
                body["Owner"] = owner
            return body

        await self.take(number, wanted, f"step {step.number}")

    def _noon(self, day: dt.date | None) -> str:
        if day is None:
            return _NEVER
        noon = dt.datetime.combine(day, dt.time(12), self.reader.reading.zone).astimezone(dt.UTC)
        return f"{noon:%Y-%m-%d %H:%M:%S}"

    async def take(self, number: int, wanted: Callable[[TicketRow], Mapping[str, object]], name: str) -> None:
        """Changes columns of a ticket until they are as they are to be; `wanted` says what is still to be sent.

        A status that a new ticket may not have at once is reached by way of an open one. An owner whom the server will
        not have is noted: whoever owns a step stands in its lines all the same.
        """
        what = f"changing {name} of pilot {self.errand.target.id}"
        said: tuple[str, ...] = ()
        lacking: dict[str, object] = {}
        for tried in range(SLIPS + 1):
            row, etag = await self.errand.client.ticket(number, what)
            lacking = dict(wanted(row))
            if not lacking:
                return
            if tried and set(lacking) == {"Owner"}:
                self.errand.notes.append(f"{name} is not owned by account {lacking['Owner']}: {' '.join(said[:1])}")
                return
            if tried == SLIPS:
                break
            closing = row.status.casefold() in map(str.casefold, self.reader.words.status.new)
            if tried and closing and "Status" in lacking:
                lacking["Status"] = self.reader.words.status.open[0]
            try:
                said = await self.errand.put(number, lacking, etag, what)
            except Conflict:
                continue
        answer = f"; the server said: {' '.join(said[:2])}" if said else ""
        raise self.errand.refused(f"{name} (ticket {number}): {', '.join(lacking)} did not change as asked{answer}")


class PilotWriter:
    """Writes to the pilots' queue of one RT."""

    def __init__(
        self,
        options: Options,
        tools: Toolbox,
        client: RTClient,
        rollouts: Reader,
        reader: PilotReader,
        known: Known,
    ) -> None:
        self._options = options
        self._tools = tools
        self._client = client
        self._rollouts = rollouts
        self._reader = reader
        self._known = known

    async def apply(self, command: Command, key: str, seen: Record | None) -> Receipt:
        """See `port.Backend.apply`."""
        errand = Errand(self._options, self._client, self._rollouts, self._known, command, key, None)
        policy = self._tools.policy or Policy()
        hand = Hand(errand, self._reader, policy, self._tools.clock())
        looked_at = seen if isinstance(seen, Pilot) else None
        match command:
            case NewPilot():
                return await make_pilot(hand, command)
            case Comment() | Reply() | Remind():
                return await _say(hand, command, looked_at)
            case PilotStep() | PilotProlong() | PilotRollBack() | PilotCancel() | PilotClose() | PilotEdit():
                return await _change(hand, command, looked_at)
        source = self._client.source
        raise Unsupported(f"{source}: {command_name(command)} is not offered for pilots of an RT", source=source)


async def _say(hand: Hand, command: Comment | Reply | Remind, seen: Pilot | None) -> Receipt:
    """A message, looked for by its mark before it is sent, and again afterwards."""
    kind = "comment" if isinstance(command, Comment) else "correspond"
    told = await hand.reader.whole(command.target)
    pilot = hand.reader.pilot(told)
    found = carrying(pilot.messages, hand.errand.key)
    made = found.id if found else await hand.errand.written(kind)
    if not made:
        _check(hand, command, seen, pilot)
        made = await hand.errand.write(kind, command.text)
        pilot = await hand.reader.look(command.target)
        found = carrying(pilot.messages, hand.errand.key)
    shown = found.id if found else made
    return Receipt(text=f"{noun(kind)} {shown} is on pilot {pilot.ref.id}".replace("  ", " "), id=shown, record=pilot)


async def _change(hand: Hand, command: _Change, seen: Pilot | None) -> Receipt:
    """Columns, then lines, then a further look."""
    errand = hand.errand
    if isinstance(command, PilotEdit) and command.title is not None:
        check_title(hand, command.title)
    told = await hand.reader.whole(command.target)
    before = hand.reader.pilot(told)
    if not carries(before, errand.key):
        me = await errand.client.me()
        _check(hand, command, seen, hand.reader.pilot(told, but_of=me) if me else before)
        after = pilot_preview(command, before, hand.policy, hand.now, me, errand.key)
        if errand.key not in errand.known.made:
            await _columns(hand, command, told, before, after)
            await errand.write("comment", "\n".join(lines_of(command, before, after)))
        before = await hand.reader.look(command.target)
        if not carries(before, errand.key):
            text = "it does not show what was written; this account needs the right ShowTicketComments there"
            raise errand.refused(text)
    event = next(each for each in before.events if each.id == errand.key)
    text = f"pilot {before.ref.id}: {_http.plain(event.text, 200)}"
    return Receipt(text="; ".join((text, *errand.notes)), id=before.ref.id, record=before)


def _check(hand: Hand, command: _Change | Comment | Reply | Remind, seen: Pilot | None, current: Pilot) -> None:
    """Raises Conflict when a colleague changed what the command would change too."""
    found = pilot_differences(command, seen, current, hand.errand.key) if seen else ()
    if not found:
        return
    said = []
    for each in found:
        who = f" ({_http.plain(each.by, 40)})" if each.by else ""
        said.append(f"{each.what} is {_http.plain(each.theirs, 120) or 'empty'} now{who}")
    source = hand.errand.source
    text = f"{source}: pilot {current.ref.id} changed since you looked: {'; '.join(said)}; look again"
    raise Conflict(text, source=source, current=current)


async def _columns(hand: Hand, command: _Change, told: Told, before: Pilot, after: Pilot) -> None:
    """What RT has columns for: of the steps' tickets, and of the pilot's own."""
    for step in after.steps:
        old = find(before, step.number)
        row = told.child(step.number)
        meant = isinstance(command, PilotStep) and command.number == step.number
        signed = meant or (old.state if old else StepState.OPEN) is not step.state
        if row is not None and (signed or old is None or (old.planned, old.owner) != (step.planned, step.owner)):
            await hand.settle(row.number, step, old, status=signed)
    number, words = told.row.number, hand.reader.words
    match command:
        case PilotEdit() if command.title is not None:
            title = " ".join(_http.sendable(command.title).split())
            await hand.take(number, lambda row: {"Subject": title} if row.subject != title else {}, "the title")
        case PilotRollBack() | PilotCancel():
            await hand.take(number, lambda row: _status(words.of(StepState.SKIPPED, row), row), "the ending")
        case PilotClose():
            await hand.take(number, lambda row: _status(words.of(StepState.DONE, row), row), "the ending")
        case _:
            return
    if isinstance(command, PilotRollBack | PilotCancel | PilotClose):
        await _clear(hand, told, before)


async def _clear(hand: Hand, told: Told, pilot: Pilot) -> None:
    """Closes the tickets of steps that are left open, after the pilot's own; one that will not close is noted."""
    words = hand.reader.words
    for child in told.children:
        step = find(pilot, number := step_number(child))
        state = StepState.DONE if step and step.state is StepState.DONE else StepState.SKIPPED

        def wanted(row: TicketRow, state: StepState = state) -> dict[str, object]:
            return {} if words.closed(row) or words.deleted(row) else _status(words.of(state, row), row)

        try:
            await hand.take(child.number, wanted, f"step {number}")
        except Refused as error:
            hand.errand.notes.append(f"the ticket of step {number} stays open: {_http.plain(str(error), 200)}")


def _status(word: str, row: TicketRow) -> dict[str, object]:
    return {"Status": word} if word.casefold() != row.status.casefold() else {}
