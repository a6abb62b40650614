"""Pilots and the registry in the store: in the cache beside rollouts, their commands in the outbox, what comes back."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import TYPE_CHECKING

import msgspec
import pytest

from ppstui.model import (
    Commit,
    Commitment,
    Kind,
    Level,
    Message,
    NewPilot,
    Pilot,
    PilotStep,
    Ref,
    Team,
    Update,
    Voice,
    Wish,
    WishFor,
    Withdraw,
)
from ppstui.rules.registry import Registry
from ppstui.store import Cache, Holder, Outbox, Place, Wanted
from ppstui.store.merging import merged
from tests.desk.world import START, Clock, rollout
from tests.store.test_files import fill_up

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.model import Command, Record

PILOT = Pilot(
    ref=Ref("local", "pilot-1"),
    title="WMS 3.1",
    rev="3",
    update=Update.MAJOR,
    start=dt.date(2009, 2, 6),
    messages=(Message(id="1", at=START, author="antonio", voice=Voice.COMMENT, text="kick-off on Friday"),),
)
TEAM = Team(ref=Ref("local", "t1"), name="ea-NGI_IT-INFN-T1", note="night shifts only")
GOLD = Commitment(ref=Ref("local", "c1"), party="NGI_IT-INFN-CNAF", level=Level.GOLD)
WISH = Wish(ref=Ref("local", "w1"), component="dpm", minimum=2)
NEW = Ref("local", "new")
ME = Holder.this()


def judged(record: Record) -> Place:
    return Place(live=True, urgency=0.0, changes_at=None, text=str(record.ref))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache.sqlite", Clock(), print)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.sqlite", Clock(), print)


def test_every_kind_lies_in_the_cache_as_it_is(cache: Cache) -> None:
    for record in (rollout("local:1"), TEAM, PILOT, GOLD, WISH):
        cache.put("local", record.kind, [record], judge=judged)
        assert cache.get(record.kind, record.ref) == record
        assert cache.records(record.kind, 5) == cache.every(record.kind) == (record,)
    assert cache.get(Kind.WISH, PILOT.ref) is None


def test_all_of_a_kind_are_read_at_once_and_one_that_no_longer_decodes_is_left_out(
    cache: Cache, tmp_path: Path
) -> None:
    several = [msgspec.structs.replace(WISH, ref=Ref("local", name)) for name in ("w3", "w1", "w2")]
    cache.put("local", Kind.WISH, several, judge=judged)
    assert [record.ref.id for record in cache.every(Kind.WISH)] == ["w1", "w2", "w3"]
    with sqlite3.connect(tmp_path / "cache.sqlite") as other:
        other.execute("UPDATE body SET record = x'c1' WHERE no = (SELECT no FROM line WHERE id = 'w2')")
    assert [record.ref.id for record in cache.every(Kind.WISH)] == ["w1", "w3"]


def test_what_the_disk_did_not_take_is_among_all_of_a_kind(cache: Cache) -> None:
    cache.put("local", Kind.WISH, [WISH], judge=judged)
    fill_up(cache._file)
    more = [msgspec.structs.replace(WISH, ref=Ref("local", f"x{n}"), note="y" * 3000) for n in range(50)]
    cache.put("local", Kind.WISH, more, gone=[WISH.ref], judge=judged)
    assert set(cache.every(Kind.WISH)) == set(more)


def test_a_list_entry_of_a_pilot_changes_only_what_it_says() -> None:
    news = Pilot(ref=PILOT.ref, rev="9", title="WMS 3.2", coordinator="Maria", whole=False)
    assert merged(PILOT, news) == msgspec.structs.replace(PILOT, title="WMS 3.2", coordinator="Maria")
    whole = msgspec.structs.replace(news, whole=True)
    assert merged(PILOT, whole) is whole
    assert merged(news, Pilot(ref=PILOT.ref, title="WMS 3.3", whole=False)).rev == "", "nothing more was known"


COMMANDS: tuple[Command, ...] = (
    NewPilot(target=NEW, title="WMS 3.1", update=Update.MAJOR),
    PilotStep(target=PILOT.ref, number=7),
    Commit(target=NEW, party=TEAM.name, component="dpm"),
    Withdraw(target=NEW, party=TEAM.name),
    WishFor(target=NEW, component="dpm"),
)


def test_commands_of_every_kind_are_read_again(outbox: Outbox) -> None:
    for number, command in enumerate(COMMANDS):
        outbox.add(Wanted(command=command, key=f"key-{number}", by="me"))
    assert tuple(entry.command for entry in reversed(outbox.entries())) == COMMANDS


def claimed(outbox: Outbox) -> list[str]:
    """The keys of what may go at once, in order."""
    outbox.elect(ME)
    keys = []
    while (claim := outbox.claim("local", ME)) is not None:
        keys.append(claim.entry.key)
    return keys


def test_a_registry_is_one_line_and_what_makes_a_record_waits_for_nothing(outbox: Outbox) -> None:
    asked = (*COMMANDS, COMMANDS[0], PilotStep(target=PILOT.ref, number=8))
    for number, command in enumerate(asked):
        outbox.add(Wanted(command=command, key=f"{number}", by="me"))
    assert claimed(outbox) == ["0", "1", "2", "5"], "the other registry entries and the second step wait"


def test_the_registry_before_is_kept_for_taking_it_back(outbox: Outbox) -> None:
    before = Registry(partners=(TEAM,), commitments=(GOLD,), wishes=(WISH,))
    (entry,) = outbox.add(Wanted(command=COMMANDS[3], key="a", by="me", record=before))
    assert outbox.registry_before(entry.id) == before
    outbox.note_before(entry.id, Registry(wishes=(WISH,)))
    assert outbox.registry_before(entry.id) == Registry(wishes=(WISH,))
    assert outbox.registry_before(99) is None


def test_a_pilot_that_was_seen_is_kept(outbox: Outbox) -> None:
    (entry,) = outbox.add(Wanted(command=COMMANDS[1], key="a", by="me", seen=PILOT, record=PILOT))
    assert outbox.seen(entry.id) == outbox.record_before(entry.id) == PILOT
