"""What a person had seen: a colleague's change is found, our own earlier wishes never pass for one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest

from ppstui.desk import seeing
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Document,
    Entry,
    Event,
    Extend,
    Message,
    Outcome,
    Phase,
    Ref,
    Remind,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    State,
    Voice,
)
from ppstui.rules.policy import Policy
from ppstui.store import Asked
from tests.desk.world import START, World, rollout

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.desk import Desk
    from ppstui.model import Command

TEAM = "ea-NGI_IT-INFN-T1"
X = "ea-NGI_PL-CYFRONET-LCG2"
Y = "ea-NGI_UK-UKI-SCOTGRID-GLASGOW"
REF = Ref("rt", "1")


def outcome(wanted: Outcome | None, reason: str = "because") -> SetOutcome:
    return SetOutcome(target=REF, outcome=wanted, reason=reason)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


async def ready(world: World, **fields: object) -> Desk:
    world.tracker("rt").has(msgspec.structs.replace(rollout("rt:1", teams=[TEAM]), **fields))
    desk = world.desk()
    await desk.refresh()
    return desk


async def ask(desk: Desk, *wanted: Command) -> list[Entry]:
    return [await desk.submit(command, reason="I know what I do") for command in wanted]


def changes(world: World, **fields: object) -> None:
    """A colleague changes the record."""
    rt = world.trackers["rt"]
    rt.has(msgspec.structs.replace(rt.records[REF], **fields))


def states(desk: Desk, *entries: Entry) -> list[State]:
    found = {entry.id: entry.state for entry in desk.board.entries()}
    return [found[entry.id] for entry in entries]


def there(world: World) -> Rollout:
    record = world.trackers["rt"].records[REF]
    assert isinstance(record, Rollout)
    return record


async def deliver(world: World, desk: Desk, *, lost: int = 0) -> None:
    """Until nothing more can go; the answers to the first `lost` are lost."""
    world.trackers["rt"].lose_answers = lost
    for _ in range(6):
        await desk.deliver()
        world.clock.turn(minutes=1)


@pytest.mark.parametrize(("lost", "bare"), [(0, False), (3, True)])
@pytest.mark.parametrize(
    "wanted",
    [
        (outcome(Outcome.ACCEPT), outcome(Outcome.REJECT)),
        (outcome(Outcome.ACCEPT), outcome(None), outcome(Outcome.REJECT)),
        (outcome(Outcome.REJECT), outcome(Outcome.ACCEPT), outcome(Outcome.REJECT), outcome(None)),
        (Assign(target=REF, add=(X,)), Assign(target=REF, add=(Y,)), Assign(target=REF, remove=(X,))),
        (Assign(target=REF, add=(X,)), Assign(target=REF, remove=(X,)), Assign(target=REF, add=(X,))),
        (SetOwner(target=REF, owner="me"), SetOwner(target=REF, owner=""), SetOwner(target=REF, owner="you")),
        (SetStatus(target=REF, status="stalled"), SetStatus(target=REF, status="open")),
        (Document(target=REF, document="1"), Document(target=REF, document="2"), outcome(Outcome.ACCEPT)),
        (
            SetField(target=REF, name="Note", add=("a",)),
            SetField(target=REF, name="Note", values=("b", "c")),
            SetField(target=REF, name="Note", remove=("c",)),
        ),
        (
            SetDue(target=REF, due=dt.date(2026, 12, 1)),
            SetDue(target=REF, due=None),
            SetDue(target=REF, due=dt.date(2026, 12, 2)),
        ),
        (
            Acknowledge(target=REF, team=TEAM, answer=Answer.REJECT),
            Acknowledge(target=REF, team=TEAM, answer=Answer.ACCEPT),
            Remind(target=REF, teams=(TEAM,), text=f"{TEAM}: please expose it"),
        ),
        (
            Extend(target=REF, until=dt.date(2026, 12, 1), reason="slow"),
            Extend(target=REF, until=dt.date(2026, 12, 4), reason="slower"),
        ),
        (
            outcome(Outcome.REJECT),
            Resolve(target=REF, outcome=Outcome.ACCEPT, document="7"),
            Comment(target=REF, text="so"),
        ),
    ],
)
async def test_what_was_asked_for_in_a_row_arrives_in_a_row(
    world: World, wanted: tuple[Command, ...], lost: int, *, bare: bool
) -> None:
    desk = await ready(world)
    world.trackers["rt"].bare_receipts = bare
    entries = await ask(desk, *wanted)
    await deliver(world, desk, lost=lost)
    told = [entry.last_error for entry in desk.board.entries()]
    assert set(states(desk, *desk.board.entries())) == {State.DONE}, told
    keys = world.trackers["rt"].keys_of()
    assert [key for key in keys if key in {entry.key for entry in entries}] == [entry.key for entry in entries]


@pytest.mark.parametrize("first", [outcome(Outcome.ACCEPT), SetOwner(target=REF, owner="me")])
@pytest.mark.parametrize("at", [0, 1])
async def test_one_that_is_taken_back_out_of_the_middle_is_missed_by_nobody(
    world: World, first: Command, at: int
) -> None:
    desk = await ready(world)
    rest = (outcome(Outcome.REJECT), outcome(None), outcome(Outcome.ACCEPT))
    entries = await ask(desk, first, *rest)
    plain = [entry for entry in entries if entry.command in (first, *rest)]
    await desk.undo(plain[at].id)
    await deliver(world, desk)
    kept = [entry for entry in plain if entry is not plain[at]]
    assert states(desk, *kept) == [State.DONE] * 3
    assert there(world).outcome == "ACCEPT"


async def test_a_team_that_was_only_to_be_added_is_taken_out_without_ado(world: World) -> None:
    desk = await ready(world)
    adding, other, removing = await ask(
        desk, Assign(target=REF, add=(X,)), Assign(target=REF, add=(Y,)), Assign(target=REF, remove=(X,))
    )
    await desk.undo(adding.id)
    await deliver(world, desk)
    assert states(desk, other, removing) == [State.DONE, State.DONE]
    assert [one.team for one in there(world).assignments] == [TEAM, Y]


async def test_a_colleagues_change_is_found_behind_our_own(world: World) -> None:
    desk = await ready(world)
    first, second = await ask(desk, SetOwner(target=REF, owner="me"), outcome(Outcome.ACCEPT))
    changes(world, outcome="REJECT")
    await deliver(world, desk)
    assert states(desk, first, second) == [State.DONE, State.PARKED]
    (difference,) = await desk.differences(second.id)
    assert (difference.what, difference.before, difference.theirs, difference.mine) == (
        "outcome",
        "",
        "REJECT",
        "ACCEPT",
    )
    assert await desk.differences(first.id) == ()


async def test_a_colleagues_change_between_two_of_ours_is_found(world: World) -> None:
    desk = await ready(world)
    first, second = await ask(desk, outcome(Outcome.ACCEPT), SetOwner(target=REF, owner="me"))
    await desk.deliver()
    third, fourth = await ask(desk, SetOwner(target=REF, owner="you"), outcome(Outcome.REJECT))
    changes(world, outcome="")
    await deliver(world, desk)
    assert states(desk, first, second, third, fourth) == [State.DONE, State.DONE, State.DONE, State.PARKED]


async def test_what_a_colleague_made_of_our_effect_before_its_answer_came_is_found_by_the_next(world: World) -> None:
    desk = await ready(world)
    first, second, third = await ask(
        desk, SetOwner(target=REF, owner="me"), outcome(Outcome.ACCEPT), SetOwner(target=REF, owner="you")
    )
    world.trackers["rt"].lose_answers = 1
    await desk.deliver()
    changes(world, owner="a colleague")
    await deliver(world, desk)
    assert states(desk, first, second, third) == [State.DONE, State.DONE, State.PARKED]
    assert there(world).owner == "a colleague"
    (difference,) = await desk.differences(third.id)
    assert (difference.before, difference.theirs, difference.mine) == ("me", "a colleague", "you")


async def test_applying_anyway_overwrites_theirs_and_those_who_come_later_know_it(world: World) -> None:
    desk = await ready(world)
    first, second = await ask(desk, outcome(Outcome.ACCEPT), outcome(None))
    changes(world, outcome="REJECT")
    await deliver(world, desk)
    assert states(desk, first, second) == [State.PARKED, State.WAITING]
    (third,) = await ask(desk, outcome(Outcome.REJECT, "asked with theirs in sight"))
    await desk.retry(first.id)
    assert await desk.differences(first.id) == ()
    await deliver(world, desk)
    assert states(desk, first, second, third) == [State.DONE] * 3
    assert there(world).outcome == "REJECT"
    reversing = await desk.reversal(first.id)
    assert isinstance(reversing, SetOutcome)
    assert reversing.outcome is Outcome.REJECT, "taking it back goes back to theirs"


async def test_what_was_discarded_in_favour_of_theirs_leaves_the_next_in_conflict_with_them(world: World) -> None:
    desk = await ready(world)
    first, second = await ask(desk, outcome(Outcome.ACCEPT), outcome(Outcome.ACCEPT, "again"))
    del second
    changes(world, outcome="REJECT")
    (third,) = await ask(desk, outcome(None))
    await deliver(world, desk)
    await desk.discard(first.id)
    await deliver(world, desk)
    assert State.DONE not in states(desk, third)
    assert there(world).outcome == "REJECT", "nobody has said that it may go"


async def test_what_another_desk_asked_for_unseen_is_ours_too(world: World) -> None:
    desk = await ready(world)
    other = world.desk()
    (first,) = await ask(desk, outcome(Outcome.ACCEPT))
    (second,) = await ask(other, outcome(Outcome.REJECT))
    await deliver(world, desk)
    await desk.catch_up()
    assert states(desk, first, second) == [State.DONE, State.DONE]
    assert there(world).outcome == "REJECT"


async def test_what_the_person_was_looking_at_counts_and_not_what_came_in_since(world: World) -> None:
    desk = await ready(world)
    seen = desk.board.rollout(REF)
    changes(world, outcome="REJECT")
    await desk.refresh()
    late = await desk.submit(outcome(Outcome.ACCEPT), reason="I know", seen=seen)
    await deliver(world, desk)
    assert states(desk, late) == [State.PARKED]
    assert len(await desk.differences(late.id)) == 1


async def test_no_text_is_kept_with_what_was_seen(world: World) -> None:
    secret = Message(id="m", at=START, author="a", voice=Voice.REPLY, text="as long as a letter")
    desk = await ready(world, messages=(secret,))
    await ask(desk, Comment(target=REF, text="hello"), outcome(Outcome.ACCEPT))
    await desk.deliver()
    for seen in world.trackers["rt"].seen:
        assert isinstance(seen, Rollout)
        assert {message.text for message in seen.messages} == {""}


# ------------------------------------------------------------------------------------------------- the rule by itself


def asked(number: int, command: Command, seen: Rollout) -> Asked:
    entry = Entry(id=number, key=f"key-{number}", command=command, asked_at=START, by="me")
    return Asked(entry, seen)


def laid_over(seen: Rollout, *earlier: Asked) -> Rollout:
    """The record as it looked with those pending."""
    from ppstui.desk.judging import overlaid

    shown = seeing.stripped(overlaid(seen, [each.entry for each in earlier], Policy()))
    assert isinstance(shown, Rollout)
    return shown


def test_only_the_parts_that_an_entry_was_to_change_follow_it() -> None:
    base = rollout("rt:1", teams=[TEAM])
    first = asked(1, outcome(Outcome.ACCEPT), base)
    second = asked(2, outcome(None), laid_over(base, first))
    after = msgspec.structs.replace(base, outcome="ACCEPT", owner="a colleague", document="99")
    news = seeing.happened(after, Policy())(first, [second])
    seen = news.get(2, second.seen)
    assert isinstance(seen, Rollout)
    assert (seen.outcome, seen.owner, seen.document) == ("ACCEPT", "", "")


def test_the_servers_own_spelling_and_its_history_are_taken_over() -> None:
    base = rollout("rt:1")
    first = asked(1, SetOwner(target=REF, owner="ME"), base)
    second = asked(2, SetOwner(target=REF, owner="you"), laid_over(base, first))
    told = (Event(id="e", at=START, author="me", text="owner Nobody → me"),)
    after = msgspec.structs.replace(base, owner="me", events=told)
    (seen,) = seeing.happened(after, Policy())(first, [second]).values()
    assert isinstance(seen, Rollout)
    assert (seen.owner, seen.events) == ("me", told)


def test_a_message_of_ours_is_known_by_the_servers_number_afterwards() -> None:
    base = rollout("rt:1")
    first = asked(1, Comment(target=REF, text="hello"), base)
    second = asked(2, Comment(target=REF, text="again"), laid_over(base, first))
    theirs = Message(id="70", at=START, author="team", voice=Voice.REPLY, text="new to us")
    ours = Message(id="71", at=START, author="me", voice=Voice.COMMENT, text="hello", marks=("key-1",))
    after = msgspec.structs.replace(base, messages=(theirs, ours))
    (seen,) = seeing.happened(after, Policy())(first, [second]).values()
    assert isinstance(seen, Rollout)
    assert [(message.id, message.text) for message in seen.messages] == [("71", "")]


def test_what_was_given_up_is_taken_out_up_to_the_next_wish_about_the_same() -> None:
    base = rollout("rt:1", phase=Phase.OPEN)
    first = asked(1, outcome(Outcome.ACCEPT), base)
    owner = asked(2, SetOwner(target=REF, owner="me"), laid_over(base, first))
    second = asked(3, outcome(Outcome.REJECT), laid_over(base, first, owner))
    third = asked(4, outcome(None), laid_over(base, first, owner, second))
    news = seeing.given_up(Policy())(first, [owner, second, third])
    seen = [news.get(each.entry.id, each.seen) for each in (owner, second, third)]
    assert [record.outcome for record in seen if isinstance(record, Rollout)] == ["", "", "REJECT"]


def test_an_effect_that_is_longer_ago_is_known_by_what_it_was_and_by_the_sources_words() -> None:
    base = rollout("rt:1", phase=Phase.NEW)
    first = asked(1, Assign(target=REF, add=(X,)), base)
    second = asked(2, SetStatus(target=REF, status="stalled"), laid_over(base, first))
    now = rollout("rt:1", phase=Phase.OPEN, teams=[X])
    ours = msgspec.structs.replace(now, status="in arbeit")
    theirs = msgspec.structs.replace(now, status="ruht", phase=Phase.STALLED)
    for after, status in ((ours, "in arbeit"), (theirs, "open")):
        (seen,) = seeing.happened(after, Policy(), at_once=False)(first, [second]).values()
        assert isinstance(seen, Rollout)
        assert seen.status == status
        assert [one.notified for one in seen.assignments] == [START]


def test_nothing_follows_an_entry_of_which_nobody_knows_what_came() -> None:
    base = rollout("rt:1")
    first = asked(1, outcome(Outcome.ACCEPT), base)
    second = asked(2, outcome(None), laid_over(base, first))
    assert seeing.happened(None, Policy())(first, [second]) == {}
