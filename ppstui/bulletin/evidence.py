"""What a board knows that concerns an audience: what an issue is made from, read in slices so keys stay answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from msgspec import structs

from ppstui.errors import PpsError
from ppstui.model import Kind, Pilot, Rollout
from ppstui.query import Moment, parse
from ppstui.rules.bulletin.gathering import Facts, matters, needs_history
from ppstui.rules.pilots import pilot_standing
from ppstui.rules.rollouts import standing
from ppstui.views import fields

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable, Iterator

    from ppstui.bulletin.newsroom import Setting
    from ppstui.desk import Desk
    from ppstui.model import Gathered, Note, Record, Ref
    from ppstui.rules.bulletin.audiences import Audience
    from ppstui.rules.rollouts import Standing

_SLICE = 25
"""Records judged between two looks at the keyboard."""
_PATIENCE = 20.0
"""Seconds that the histories of all records may take to be read; what is not there by then is told as stale."""
_AT_ONCE = 4

_R = TypeVar("_R", bound="Record")


async def evidence(
    desk: Desk,
    setting: Setting,
    audience: Audience,
    *,
    since: dt.datetime,
    notes: tuple[Note, ...],
    previous: Gathered | None,
    meeting: str,
    meeting_at: dt.datetime | None,
) -> Facts:
    """Everything that an issue is made from, as the sources had it; nothing that only waits in the outbox.

    Rollouts that ended nobody knows when are read whole at their sources, unless the desk is offline.
    """
    facts = Facts(
        rollouts=await _rollouts(desk, setting, audience, matters(previous, since)),
        pilots=tuple(
            [
                (pilot, pilot_standing(pilot, desk.policy, desk.now(), desk.board.commitments))
                async for pilot in _known(desk, Kind.PILOT, Pilot)
            ]
        ),
        registry=desk.board.registry(),
        notes=notes,
        previous=previous,
        meeting=meeting,
        meeting_at=meeting_at,
        stale=tuple(_stale(desk)),
        trackers={channel.name: channel.source.tracker for channel in desk.channels()},
    )
    unread = await read_whole(desk, needs_history(facts, since)) if not desk.offline else ()
    if not needs_history(facts, since):
        return facts
    again = await _rollouts(desk, setting, audience, matters(previous, since))
    return structs.replace(facts, rollouts=again, stale=(*facts.stale, *unread))


async def _rollouts(
    desk: Desk, setting: Setting, audience: Audience, matter: Callable[[Rollout], bool]
) -> tuple[tuple[Rollout, Standing], ...]:
    """Those that matter to the issue; only what concerns the audience."""
    concerns = _concerns(desk, setting, audience)
    now = desk.now()
    found = []
    async for rollout in _known(desk, Kind.ROLLOUT, Rollout):
        if not matter(rollout):
            continue
        judged = standing(rollout, desk.policy, now)
        if concerns(rollout, judged):
            found.append((rollout, judged))
    return tuple(found)


def _concerns(desk: Desk, setting: Setting, audience: Audience) -> Callable[[Rollout, Standing], bool]:
    """Whether a rollout is for that audience, as its `where` says."""
    where = setting.wheres.get(audience.name, "")
    if not where:
        return lambda _rollout, _standing: True
    moment = Moment(now=desk.now(), zone=desk.policy.zone, calendar=desk.policy.calendar)
    test = parse(where, fields.ROLLOUTS.kinds, fields.ROLLOUTS.flags).at(moment)
    me = frozenset({setting.me.casefold()})

    def holds(rollout: Rollout, judged: Standing) -> bool:
        subject = fields.Subject(rollout=rollout, standing=judged, me=me)
        return test(fields.ROLLOUTS.row(subject), fields.ROLLOUTS.text(subject))

    return holds


async def _known(desk: Desk, kind: Kind, type_: type[_R]) -> AsyncIterator[_R]:
    """Every record of a kind as its source had it."""
    for count, line in enumerate(desk.board.lines(kind, closed=True), 1):
        record = desk.board.known(line.ref)
        if isinstance(record, type_):
            yield record
        if not count % _SLICE:
            await asyncio.sleep(0)  # a key pressed meanwhile is seen to


async def read_whole(desk: Desk, refs: tuple[Ref, ...]) -> tuple[str, ...]:
    """Reads these whole, side by side; sentences on those that could not be."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(ref: Ref) -> str:
        async with gate:
            try:
                await desk.look(ref)
            except PpsError as error:
                return f"{ref}: its history could not be read: {error}"
        return ""

    try:
        async with asyncio.timeout(_PATIENCE):
            told = await asyncio.gather(*(one(ref) for ref in refs))
    except TimeoutError:
        return (f"histories of {len(refs)} rollouts could not be read in {_PATIENCE:g} s",)
    return tuple(text for text in told if text)


def _stale(desk: Desk) -> Iterator[str]:
    """Sentences on sources that could not be read lately."""
    kinds = {Kind.ROLLOUT, Kind.PILOT, Kind.TEAM}
    serving = {channel.name for channel in desk.channels() if channel.source.kinds & kinds}
    for status in desk.board.sources():
        if status.name in serving and (not status.ok or status.as_of is None):
            read = (
                f"was last read {status.as_of.astimezone(desk.policy.zone):%Y-%m-%d %H:%M}"
                if status.as_of
                else "was never read"
            )
            yield f"{status.name} {read}" + (f": {status.error}" if status.error else "")
