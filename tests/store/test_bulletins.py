"""Issues and meetings in the store: in the cache beside everything else, their commands in line."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest

from ppstui.model import (
    Agenda,
    AgendaItem,
    Bulletin,
    BulletinCommand,
    Draft,
    Gathered,
    Item,
    KeepPublication,
    Kind,
    Line,
    Mention,
    NewPilot,
    Note,
    Part,
    Publication,
    Ref,
    Section,
    State,
    Update,
    about_bulletins,
)
from ppstui.store import Cache, Holder, Outbox, Place, Wanted
from tests.desk.press import OF, correcting, publishing, saving
from tests.desk.world import START, Clock

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.model import Command, Record

ITEM = Item(id="entered/rt:1", text="VOMS", refs=(Ref("rt", "1"),), url="https://rt.example.org/1", facts="x", since="")
BULLETIN = Bulletin(
    ref=OF,
    rev="3",
    audience="egee-operations",
    issue="2026-W47",
    gathered=Gathered(
        audience="egee-operations",
        issue="2026-W47",
        since=START - dt.timedelta(days=7),
        until=START,
        sections=(Section(id="releases", title="Releases", columns=("a",), items=(ITEM,)),),
    ),
    draft=Draft(parts=(Part(id="releases", title="Releases", lines=(Line(id=ITEM.id, item=ITEM, text="mine"),)),)),
    notes=(Note(id="m", about=Ref("rt", "1"), text="look", at=START, by="anna"),),
    publications=(Publication(key="p", target="mail", at=START, by="anna", format="text", digest="d"),),
)
AGENDA = Agenda(ref=Ref("indico", "1"), title="EMT", start=START, agenda=(AgendaItem(title="Minutes"),))
COMMANDS: tuple[BulletinCommand, ...] = (
    Mention(target=OF, about=Ref("rt", "1"), text="mention this"),
    saving(),
    KeepPublication(target=OF, publication=BULLETIN.publications[0]),
    publishing(),
    correcting(),
)
ME = Holder.this()


def place(record: Record) -> Place:
    return Place(live=True, urgency=0.0, changes_at=None, text=str(record.ref))


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    made = Outbox(tmp_path / "outbox.sqlite", Clock(), lambda _: None)
    made.open()
    made.elect(ME)
    return made


@pytest.mark.parametrize("record", [BULLETIN, AGENDA])
def test_they_come_back_from_the_cache_as_they_were(tmp_path: Path, record: Bulletin | Agenda) -> None:
    for _ in range(2):
        cache = Cache(tmp_path / "cache.sqlite", Clock(), lambda _: None)
        cache.open()
        cache.put(record.ref.source, record.kind, [record], judge=place)
        assert cache.get(record.kind, record.ref) == record
        assert cache.every(record.kind) == (record,)
        cache.close()


def test_every_command_comes_back_from_the_outbox_and_is_about_an_issue(outbox: Outbox) -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(BulletinCommand))
    for number, command in enumerate(COMMANDS):
        (entry,) = outbox.add(Wanted(command=command, key=f"k{number}", by="anna", seen=BULLETIN, record=BULLETIN))
        assert about_bulletins(entry.command)
        assert entry.command == command
        assert outbox.seen(entry.id) == BULLETIN
        assert outbox.record_before(entry.id) == BULLETIN


def test_what_is_asked_of_one_issue_goes_in_order_and_others_are_not_kept_waiting(outbox: Outbox) -> None:
    other = Ref("local", "emt.2026-W47")
    outbox.add(
        Wanted(command=saving(), key="first", by="anna"),
        Wanted(command=COMMANDS[0], key="second", by="anna"),
        Wanted(command=Mention(target=other, about=other, text=""), key="third", by="anna"),
    )
    claims = [outbox.claim("local", ME) for _ in range(3)]
    assert [claim and claim.entry.key for claim in claims] == ["first", "third", None]


def test_what_has_no_name_yet_waits_for_nothing(outbox: Outbox) -> None:
    new = NewPilot(target=Ref("local", "new"), title="WMS", update=Update.MINOR)
    outbox.add(*(Wanted(command=new, key=f"k{number}", by="anna") for number in range(2)))
    assert [claim is not None for claim in (outbox.claim("local", ME), outbox.claim("local", ME))] == [True, True]


def test_what_follows_from_an_effect_is_queued_with_it_and_once(outbox: Outbox) -> None:
    outbox.add(Wanted(command=publishing(), key="p", by="anna"))
    then = Wanted(command=COMMANDS[2], key="p-kept", by="anna")
    claim = outbox.claim("targets.mail", ME)
    assert claim is not None
    kept, done = outbox.done(claim.entry, "250 queued", mail="250 queued", then=then)
    assert (kept.key, kept.state, done.state, done.mail) == ("p-kept", State.WAITING, State.DONE, "250 queued")
    assert outbox.done(claim.entry, "250 queued", mail="250 queued", then=then) == ()
    assert len(outbox.entries()) == 2


def test_what_went_although_it_was_given_up_meanwhile_is_written_down_all_the_same(outbox: Outbox) -> None:
    (entry,) = outbox.add(Wanted(command=publishing(), key="p", by="anna"))
    claim = outbox.claim("targets.mail", ME)
    assert claim is not None
    outbox.leaving(claim.entry, ME)
    outbox.park(claim.entry, ME, "no answer")
    outbox.discard(entry.id)
    (kept,) = outbox.done(claim.entry, "250", mail="250", then=Wanted(command=COMMANDS[2], key="p-kept", by="anna"))
    assert kept.key == "p-kept"
    found = outbox.entry(entry.id)
    assert found is not None
    assert found.state is State.DISCARDED
    assert outbox.log(entry.id)[-1].text == "it had its effect: 250"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_the_same_after_json(command: Command) -> None:
    assert msgspec.json.decode(msgspec.json.encode(command), type=BulletinCommand) == command


def test_every_kind_says_who_serves_it() -> None:
    assert {kind.served_as for kind in Kind} == {"rollouts", "teams", "pilots", "bulletins", "meetings"}
    assert str(Bulletin.ref_of("local", "egee-operations", "2026-W47")) == "local:egee-operations.2026-W47"
    assert Ref.parse("targets.mail:egee-operations.2026-W47") == Ref("targets.mail", OF.id)
