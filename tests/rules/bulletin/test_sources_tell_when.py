"""What the history of real sources tells an issue: the words are theirs, the instants must be right."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import Extend, Kind, Outcome, Ref, Resolve, Rollout
from ppstui.rules.bulletin.audiences import Audience
from ppstui.rules.bulletin.gathering import Facts, gather, needs_history
from ppstui.rules.bulletin.history import Ended, ended, extended_at
from ppstui.rules.clocks import local_day
from ppstui.rules.horizon import day_name
from ppstui.rules.rollouts import standing
from ppstui.rules.tracker import Tracker
from ppstui.testing import known_to, read, samples
from tests.backends.rt.fake import FIELDS
from tests.backends.rt.worlds import SOURCE, FakeWorld
from tests.backends.sql.places import FilePlace
from tests.rules.bulletin.make import TITLES, lines
from tests.rules.make import POLICY

if TYPE_CHECKING:
    from pathlib import Path

RELEASES = Audience(name="x", sections=("releases",))


def told(record: Rollout, now: dt.datetime) -> tuple[list[str], tuple[Ref, ...]]:
    """What an issue of the last hour says of it, and whose history it lacks."""
    facts = Facts(rollouts=((record, standing(record, POLICY, now)),))
    since = now - dt.timedelta(hours=1)
    return lines(gather(RELEASES, facts, "2026-W47", since, now, POLICY), "releases"), needs_history(facts, since)


async def test_rt_read_in_bulk_tells_no_end_until_it_is_looked_at() -> None:
    world = FakeWorld()
    rt, ticket = world.rt, world.rt.make(TITLES["dpm"], text="Please test.").id
    rt.set_status(ticket, "open", "ada")
    rt.set_field(ticket, next(number for number, name in FIELDS.items() if name == "Outcome"), ["ACCEPT"], "ada")
    rt.set_status(ticket, "resolved", "ada")
    end = rt.transactions[-1].created
    rt.now += dt.timedelta(days=3)
    rt.say(ticket, "Comment", "ada", "a word after the end")
    ref = Ref(SOURCE, str(ticket))

    reading = await read(world.open(), Kind.ROLLOUT)
    record = reading.records[ref]
    assert isinstance(record, Rollout)
    assert ended(record, Tracker()) == Ended(at=record.updated, sure=False)
    assert told(record, rt.now) == (
        ["dpm 1.8.0-1 SL5 x86_64 left staged rollout by " + _day(rt.now) + ": ACCEPT"],
        (ref,),
    )

    seen = await world.open().look(ref)
    assert isinstance(seen, Rollout)
    assert ended(seen, Tracker()) == Ended(at=end, sure=True)
    assert told(seen, rt.now) == ([], ())


async def test_rt_that_was_read_before_the_end_tells_it_in_the_next_reading() -> None:
    world = FakeWorld()
    rt, ticket = world.rt, world.rt.make(TITLES["dpm"], text="Please test.").id
    reading = await read(world.open(), Kind.ROLLOUT)
    rt.set_status(ticket, "resolved", "ada")
    end = rt.transactions[-1].created
    record = (await read(world.open(), Kind.ROLLOUT, known_to(reading))).records[Ref(SOURCE, str(ticket))]
    assert isinstance(record, Rollout)
    assert ended(record, Tracker()) == Ended(at=end, sure=True)


async def test_a_store_of_ones_own_tells_ends_and_extensions(tmp_path: Path) -> None:
    backend = FilePlace(tmp_path / "local.sqlite").desk()
    ref = Ref("local", "1")
    await backend.put([samples.rollout("local", 1, ("ea-NGI_IT-INFN-T1",))])
    until = dt.date(2027, 1, 8)
    await backend.apply(Extend(target=ref, team="ea-NGI_IT-INFN-T1", until=until, reason="a holiday"), "extend-1")
    await backend.apply(Resolve(target=ref, outcome=Outcome.REJECT, document="7"), "resolve-1")
    record = await backend.look(ref)
    await backend.aclose()
    assert isinstance(record, Rollout)
    assert ended(record, Tracker()) == Ended(at=record.updated, sure=True)
    assert extended_at(record, until) == record.messages[-1].at


def _day(at: dt.datetime) -> str:
    return day_name(local_day(at, POLICY.zone))
