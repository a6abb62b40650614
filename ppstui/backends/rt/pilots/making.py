"""A new pilot: its ticket first, then one for each step, then the steps that are signed from the start.

The first message of the pilot's ticket holds the whole plan and carries the key, those of the steps carry the key and
the step's number: whoever asks again, anywhere, finds what there is, and makes what is missing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.backends import _http
from ppstui.backends.rt.pilots.sheet import first_lines, is_free, step_subject
from ppstui.errors import Refused, Unreachable
from ppstui.model import Pilot, Receipt, Ref, StepState
from ppstui.rules.pilots import lines
from ppstui.rules.pilots.commands import pilot_preview, planned

if TYPE_CHECKING:
    from ppstui.backends.rt.pilots.sheet import Told
    from ppstui.backends.rt.pilots.writing import Hand
    from ppstui.model import NewPilot, Step

_LATE = 5.0
"""Seconds that a ticket which was asked for without an answer is given to appear, at most."""


async def make_pilot(hand: Hand, command: NewPilot) -> Receipt:
    """Makes what is missing of it; the receipt names the pilot."""
    command = planned(command, hand.policy, hand.now)
    check_title(hand, command.title)
    number = await _find(hand)
    if not number and hand.errand.key in hand.errand.known.unsure:
        await asyncio.sleep(min(hand.errand.options.read_timeout.total_seconds(), _LATE))
        number = await _find(hand)
    if not number:
        number = await _make(hand, command)
    ref = Ref(hand.errand.source, str(number))
    await _steps(hand, command, ref)
    record = await hand.reader.look(ref)
    text = f"pilot {number} is made, with {len(record.steps)} steps"
    return Receipt(text="; ".join((text, *hand.errand.notes)), id=str(number), record=record)


def check_title(hand: Hand, title: str) -> None:
    """Raises Refused for one that only a step may have."""
    if not is_free(title):
        text = f"{hand.errand.source}: a pilot cannot be called {_http.plain(title, 60)!r}: so steps are called"
        raise Refused(f"{text}; choose another title", source=hand.errand.source)


async def _find(hand: Hand) -> int:
    """The ticket that carries the key; 0 while there is none."""
    client = hand.errand.client
    me = await client.me()
    async for rows in hand.reader.beginnings():
        tickets = {row.number: row.ticket_number for row in rows if row.author == me}
        for part in await client.own_texts(list(tickets)) if tickets else ():
            if hand.errand.key in _http.unmarked(part.content or "", me)[1]:
                return tickets[part.message]
    return 0


async def _make(hand: Hand, command: NewPilot) -> int:
    """The pilot's ticket, with everything there is to say of it."""
    errand = hand.errand
    me = await errand.client.me()
    pilot = pilot_preview(command, Pilot(ref=command.target), hand.policy, hand.now, me, "")
    body: dict[str, object] = {
        "Queue": errand.options.pilot_queue,
        "Subject": " ".join(_http.sendable(command.title).split()),
        "Content": _http.marked("\n".join(first_lines(pilot)), errand.key, me),
        "ContentType": "text/plain",
    }
    if owner := await hand.account(command.coordinator):
        body["Owner"] = owner
    return await _create(hand, body, "making the pilot", errand.key)


async def _create(hand: Hand, body: dict[str, object], what: str, mark: str) -> int:
    known = hand.errand.known
    try:
        async with hand.errand.client.rights(what, "CreateTicket"):
            number = await hand.errand.client.create(body, what, hand.errand.key)
    except Unreachable as error:
        if not _http.never_left(error):
            known.unsure.add(mark)
        raise
    known.unsure.discard(mark)
    return number


async def _steps(hand: Hand, command: NewPilot, ref: Ref) -> None:
    """The tickets of the steps that have none, and the state of those that were never touched."""
    told = await hand.reader.whole(ref)
    what = {step.number: step.what for step in command.steps}
    steps = [
        structs.replace(step, what=what.get(step.number) or step.what)
        for step in hand.reader.pilot(told).steps
        if told.child(step.number) is None
    ]
    late = [step for step in steps if _mark(hand, step) in hand.errand.known.unsure]
    if late:
        await asyncio.sleep(min(hand.errand.options.read_timeout.total_seconds(), _LATE))
        told = await hand.reader.whole(ref)
    for step in steps:
        if told.child(step.number) is None:
            await _make_step(hand, step, told.row.number)
    await _sign(hand, await hand.reader.whole(ref))


def _mark(hand: Hand, step: Step) -> str:
    return f"{hand.errand.key[:60]}-step-{step.number}"


async def _make_step(hand: Hand, step: Step, pilot: int) -> None:
    me = await hand.errand.client.me()
    said = [lines.write_planned(step), *([lines.write_owner(step)] if step.owner else [])]
    body: dict[str, object] = {
        "Queue": hand.errand.options.pilot_queue,
        "Subject": _http.sendable(step_subject(step)),
        "MemberOf": str(pilot),
        "Content": _http.marked("\n".join(said), _mark(hand, step), me),
        "ContentType": "text/plain",
    }
    if step.planned:
        noon = dt.datetime.combine(step.planned, dt.time(12), hand.reader.reading.zone).astimezone(dt.UTC)
        body["Due"] = f"{noon:%Y-%m-%d %H:%M:%S}"
    if owner := await hand.account(step.owner):
        body["Owner"] = owner
    await _create(hand, body, f"making step {step.number} of pilot {pilot}", _mark(hand, step))


async def _sign(hand: Hand, told: Told) -> None:
    """Signs the tickets of steps that the plan has signed, unless anybody has changed their status since."""
    written = hand.reader.written(told)
    for step in written.steps:
        row = told.child(step.number)
        if row is not None and step.state is not StepState.OPEN and row.number not in told.signings:
            await hand.settle(row.number, step, step, status=True)
