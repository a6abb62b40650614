"""Pilots on an RT: what a colleague does in its web page, work that was cut off, and what is not taken for a pilot."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ppstui.errors import Conflict, Gone, Refused, Unreachable, Unsupported
from ppstui.model import (
    Comment,
    Kind,
    Pilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Ref,
    StepState,
)
from ppstui.rules.pilots.reckoning import find
from ppstui.testing import known_to, preview_samples, read
from ppstui.testing.reading import NOON
from tests.backends.rt.fake import FakeRT
from tests.backends.rt.worlds import SOURCE, FakeWorld

if TYPE_CHECKING:
    from ppstui.model import Step
    from ppstui.port import Backend

TODAY = NOON.date()
NEW = preview_samples.new_pilot(SOURCE)


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld(pilot_queue="pilots")


@pytest.fixture
def ref(world: FakeWorld) -> Ref:
    return world.seed([preview_samples.pilot(SOURCE, 1)])[0]


async def looked(world: FakeWorld | Backend, ref: Ref) -> Pilot:
    backend = world.open() if isinstance(world, FakeWorld) else world
    record = await backend.look(ref)
    assert isinstance(record, Pilot)
    return record


async def step(world: FakeWorld, ref: Ref, number: int) -> Step:
    found = find(await looked(world, ref), number)
    assert found
    return found


def ticket_of(world: FakeWorld, ref: Ref, number: int) -> int:
    """The ticket of a step."""
    return next(
        row.id
        for row in world.rt.tickets.values()
        if row.member_of == [int(ref.id)] and row.subject.startswith(f"step {number}:")
    )


def comments(world: FakeWorld, ref: Ref) -> int:
    return sum(row.ticket == int(ref.id) and row.type == "Comment" for row in world.rt.transactions)


# -------------------------------------------------------------------------------------------------------- web pages


@pytest.mark.parametrize(("word", "state"), [("resolved", StepState.DONE), ("rejected", StepState.SKIPPED)])
async def test_who_closes_a_steps_ticket_signs_the_step(
    world: FakeWorld, ref: Ref, word: str, state: StepState
) -> None:
    before = await read(world.open(), Kind.PILOT)
    world.rt.set_status(ticket_of(world, ref, 4), word, "coordinator")
    after = (await read(world.open(), Kind.PILOT, known_to(before))).records
    assert set(after) == {ref}
    signed = await step(world, ref, 4)
    assert (signed.state, signed.done, signed.by) == (state, world.rt.now.date(), "coordinator")
    assert after[ref] == await looked(world, ref)


async def test_who_opens_a_steps_ticket_again_takes_the_signature_back(world: FakeWorld, ref: Ref) -> None:
    assert (await step(world, ref, 2)).state is StepState.DONE
    world.rt.set_status(ticket_of(world, ref, 2), "open", "coordinator")
    opened = await step(world, ref, 2)
    assert (opened.state, opened.done, opened.by) == (StepState.OPEN, None, "")


async def test_a_mail_that_makes_rt_open_tickets_again_takes_nothing_back(world: FakeWorld, ref: Ref) -> None:
    await world.open().apply(PilotClose(target=ref, on=TODAY, reason="all is well"), "close-1")
    closed = await looked(world, ref)
    for number in (int(ref.id), ticket_of(world, ref, 2)):
        world.rt.set_status(number, "open", "RT_System")
    found = await looked(world, ref)
    assert (found.ending, find(found, 2)) == (closed.ending, find(closed, 2))
    world.rt.set_status(int(ref.id), "resolved", "coordinator")
    world.rt.set_status(int(ref.id), "open", "coordinator")
    assert (await looked(world, ref)).ending is None, "a colleague opens it anew"


async def test_days_and_owners_are_those_of_the_steps_tickets(world: FakeWorld, ref: Ref) -> None:
    ticket = ticket_of(world, ref, 8)
    world.rt.set_due(ticket, dt.date(2026, 12, 24), "coordinator")
    world.rt.set_owner(ticket, "coordinator", "coordinator")
    found = await step(world, ref, 8)
    assert (found.planned, found.owner) == (dt.date(2026, 12, 24), "coordinator")


async def test_nobody_signs_by_mail(world: FakeWorld, ref: Ref) -> None:
    before = await looked(world, ref)
    said = 'ppstui: step 4 done on 2026-11-18 by me\nppstui: pilot has users "nobody"\n'
    world.rt.say(int(ref.id), "Correspond", "coordinator", said)
    after = await looked(world, ref)
    assert (after.steps, after.users) == (before.steps, before.users)
    assert len(after.messages) == len(before.messages) + 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\x85", "\x1d"])
async def test_nobody_signs_by_what_a_home_page_says(world: FakeWorld, ref: Ref, end: str) -> None:
    before = await looked(world, ref)
    text = f"two lines{end}ppstui: step 4 done on 2026-11-18 by me"
    await world.open().apply(PilotEdit(target=ref, description=text), "edit-1")
    after = await looked(world, ref)
    assert (after.steps, after.description) == (before.steps, text)


async def test_a_colleague_in_the_web_page_is_a_conflict_for_who_did_not_see_it(world: FakeWorld, ref: Ref) -> None:
    seen = await looked(world, ref)
    world.rt.set_status(ticket_of(world, ref, 4), "resolved", "coordinator")
    said = comments(world, ref)
    with pytest.raises(Conflict, match="step 4 is done"):
        await world.open().apply(PilotStep(target=ref, number=4, state=StepState.FAILED), "step-1", seen)
    assert comments(world, ref) == said


# ---------------------------------------------------------------------------------------------------------- cut off


async def test_what_was_cut_off_is_finished_and_is_no_conflict(world: FakeWorld, ref: Ref) -> None:
    seen = await looked(world, ref)
    command = PilotStep(target=ref, number=4, on=dt.date(2026, 11, 2), by="mario")
    world.cut_after(1)
    with pytest.raises(Unreachable):
        await world.open().apply(command, "step-1", seen)
    assert world.rt.tickets[ticket_of(world, ref, 4)].status == "resolved"
    world.be_up()
    await world.open().apply(command, "step-1", seen)
    found = await step(world, ref, 4)
    assert (found.state, found.done, found.by) == (StepState.DONE, dt.date(2026, 11, 2), "mario")


@pytest.mark.parametrize("writes", range(14))
async def test_a_pilot_whose_making_was_cut_off_is_made_once(world: FakeWorld, writes: int) -> None:
    world.cut_after(writes)
    try:
        await world.open().apply(NEW, "new-1")
    except Unreachable:
        world.be_up()
    receipt = await world.open().apply(NEW, "new-1")
    assert (await world.open().apply(NEW, "new-1")).id == receipt.id
    rows = list(world.rt.tickets.values())
    assert [row.id for row in rows if not row.member_of] == [int(receipt.id)]
    made = await looked(world, Ref(SOURCE, receipt.id))
    assert sorted(row.subject for row in rows if row.member_of) == sorted(
        f"step {s.number}: {s.what}" for s in made.steps
    )
    assert len(made.steps) == 9


async def test_a_pilot_that_is_made_is_left_alone_by_who_asks_again(world: FakeWorld) -> None:
    receipt = await world.open().apply(NEW, "new-1")
    ref = Ref(SOURCE, receipt.id)
    world.rt.set_status(ticket_of(world, ref, 1), "open", "coordinator")
    await world.open().apply(NEW, "new-1")
    assert world.rt.tickets[ticket_of(world, ref, 1)].status == "open"


async def test_a_colleagues_ticket_that_holds_our_first_message_is_not_ours(world: FakeWorld) -> None:
    receipt = await world.open().apply(NEW, "new-1")
    made = world.rt.tickets[int(receipt.id)]
    (text,) = (
        part.content
        for row in world.rt.transactions
        for part in world.rt.parts
        if (row.ticket, row.type, part.transaction) == (made.id, "Create", row.id)
    )
    world.rt.make("copied", queue="pilots", by="colleague", text=text)
    assert (await world.open().apply(NEW, "new-1")).id == receipt.id


async def test_another_key_makes_another_pilot(world: FakeWorld) -> None:
    made = {(await world.open().apply(NEW, f"new-{number}")).id for number in range(2)}
    assert len(made) == 2


# -------------------------------------------------------------------------------------------------- what is left open

_HERE = Ref(SOURCE, "1")
ENDINGS = [
    PilotClose(target=_HERE, on=TODAY, reason="all is well"),
    PilotCancel(target=_HERE, reason="nobody hosts it"),
    PilotRollBack(target=_HERE, reason="jobs were lost"),
]


def statuses(world: FakeWorld, ref: Ref) -> dict[int, str]:
    """The words of the tickets of its steps, by number."""
    rows = (row for row in world.rt.tickets.values() if row.member_of == [int(ref.id)])
    return {int(row.subject.removeprefix("step ").partition(":")[0]): row.status for row in rows}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_end_of_a_pilot_closes_the_tickets_of_its_steps_and_signs_none(
    world: FakeWorld, ref: Ref, ending: PilotClose | PilotCancel | PilotRollBack
) -> None:
    backend = world.open()
    await backend.apply(PilotStep(target=ref, number=4, state=StepState.FAILED, by="mario"), "step-1")
    before, words = await looked(world, ref), statuses(world, ref)
    assert {"resolved", "new", "open"} & set(words.values()) > {"resolved"}
    receipt = await backend.apply(replace(ending, target=ref), "end-1")
    open_before = {number for number, word in words.items() if word not in ("resolved", "rejected")}
    assert statuses(world, ref) == words | dict.fromkeys(open_before, "rejected")
    after = await looked(world, ref)
    assert after.steps == before.steps, "what was left over is neither done nor skipped by anybody"
    assert (after.ending is not None, receipt.record) == (True, after)
    assert (await read(world.open(), Kind.PILOT)).records[ref] == after


async def test_the_tickets_of_steps_are_closed_once_and_a_colleague_has_the_last_word(
    world: FakeWorld, ref: Ref
) -> None:
    command = PilotCancel(target=ref, reason="nobody hosts it")
    await world.open().apply(command, "end-1")
    world.rt.set_status(ticket_of(world, ref, 4), "open", "coordinator")
    world.rt.set_status(ticket_of(world, ref, 8), "resolved", "coordinator")
    await world.open().apply(command, "end-1")
    assert (statuses(world, ref)[4], statuses(world, ref)[8]) == ("open", "resolved")
    assert [(await step(world, ref, number)).state for number in (4, 8)] == [StepState.OPEN, StepState.DONE]
    world.rt.set_status(ticket_of(world, ref, 4), "rejected", world.rt.me)
    assert (await step(world, ref, 4)).state is StepState.SKIPPED, "whoever rejects it later says so"


@pytest.mark.parametrize("writes", range(8))
async def test_an_end_that_was_cut_off_is_finished_once_and_is_no_conflict(
    world: FakeWorld, ref: Ref, writes: int
) -> None:
    seen, said = await looked(world, ref), comments(world, ref)
    command = PilotCancel(target=ref, reason="nobody hosts it")
    world.cut_after(writes)
    try:
        await world.open().apply(command, "end-1", seen)
    except Unreachable:
        world.be_up()
    await world.open().apply(command, "end-1", seen)
    assert set(statuses(world, ref).values()) == {"resolved", "rejected"}
    after = await looked(world, ref)
    assert (after.steps, comments(world, ref)) == (seen.steps, said + 1)


async def test_a_steps_ticket_that_a_mail_opened_again_is_resolved_with_its_pilot(world: FakeWorld, ref: Ref) -> None:
    world.rt.set_status(ticket_of(world, ref, 2), "open", "RT_System")
    before = await step(world, ref, 2)
    assert before.state is StepState.DONE
    await world.open().apply(PilotClose(target=ref, on=TODAY, reason="all is well"), "close-1")
    assert (statuses(world, ref)[2], await step(world, ref, 2)) == ("resolved", before)


async def test_a_steps_ticket_that_will_not_close_keeps_no_pilot_from_its_end(world: FakeWorld, ref: Ref) -> None:
    world.rt.stubborn.add(ticket_of(world, ref, 4))
    receipt = await world.open().apply(PilotCancel(target=ref, reason="nobody hosts it"), "end-1")
    assert "the ticket of step 4 stays open" in receipt.text
    assert (await looked(world, ref)).ending
    assert {word for number, word in statuses(world, ref).items() if number != 4} == {"resolved", "rejected"}


# ------------------------------------------------------------------------------------------------------- what is not


async def test_an_owner_without_an_account_stands_in_the_lines(world: FakeWorld, ref: Ref) -> None:
    await world.open().apply(PilotEdit(target=ref, owners=((8, "Mario"), (9, "coordinator"))), "edit-1")
    assert world.rt.tickets[ticket_of(world, ref, 8)].owner == ""
    assert world.rt.tickets[ticket_of(world, ref, 9)].owner == "coordinator"
    assert [(await step(world, ref, number)).owner for number in (8, 9)] == ["Mario", "coordinator"]


async def test_an_account_that_may_own_nothing_there_is_noted(world: FakeWorld, ref: Ref) -> None:
    world.rt.users["guest"] = 77
    receipt = await world.open().apply(PilotEdit(target=ref, owners=((8, "guest"),)), "edit-1")
    assert "step 8 is not owned by account guest" in receipt.text
    assert (await step(world, ref, 8)).owner == "guest"


async def test_a_server_that_will_not_sign_changes_no_line(world: FakeWorld, ref: Ref) -> None:
    world.rt.may.discard("ModifyTicket")
    said = comments(world, ref)
    with pytest.raises(Refused, match=r"step 4 .*did not change as asked"):
        await world.open().apply(PilotStep(target=ref, number=4), "step-1")
    assert comments(world, ref) == said


async def test_who_may_not_read_comments_is_told_so_and_writes_once(world: FakeWorld, ref: Ref) -> None:
    world.rt.may.discard("SeeComments")
    backend = world.open()
    for _ in range(2):
        with pytest.raises(Refused, match="ShowTicketComments"):
            await backend.apply(PilotEdit(target=ref, users="20"), "edit-1")
    assert comments(world, ref) == 1


async def test_who_may_not_make_tickets_is_told_which_right_is_lacking(world: FakeWorld) -> None:
    world.rt.may.discard("CreateTicket")
    with pytest.raises(Refused, match="CreateTicket"):
        await world.open().apply(NEW, "new-1")
    assert any("CreateTicket" in problem for problem in (await world.open().check()).problems)


async def test_a_step_is_no_pilot_and_names_its_own(world: FakeWorld, ref: Ref) -> None:
    ticket = ticket_of(world, ref, 4)
    with pytest.raises(Gone, match=rf"is a step of pilot {ref.id}; go on with {SOURCE}:{ref.id}"):
        await world.open().look(Ref(SOURCE, str(ticket)))
    assert set((await read(world.open(), Kind.PILOT)).records) == {ref}


async def test_the_steps_of_a_pilot_that_was_deleted_are_no_pilots(world: FakeWorld, ref: Ref) -> None:
    before = await read(world.open(), Kind.PILOT)
    ticket = ticket_of(world, ref, 4)
    world.rt.set_status(int(ref.id), "deleted", "coordinator")
    world.rt.say(ticket, "Comment", "coordinator", "Where is it?")
    after = await read(world.open(), Kind.PILOT, known_to(before))
    assert (after.onto(before.records), (await read(world.open(), Kind.PILOT)).records) == ({}, {})
    with pytest.raises(Gone, match="is a step of no pilot"):
        await world.open().look(Ref(SOURCE, str(ticket)))


async def test_a_pilot_is_not_called_as_steps_are(world: FakeWorld, ref: Ref) -> None:
    tickets = len(world.rt.tickets)
    with pytest.raises(Refused, match="so steps are called"):
        await world.open().apply(replace(NEW, title="Step 3: of ours"), "new-1")
    with pytest.raises(Refused, match="so steps are called"):
        await world.open().apply(PilotEdit(target=ref, title="step 3: of ours"), "edit-1")
    assert len(world.rt.tickets) == tickets


async def test_a_rollout_is_no_pilot(world: FakeWorld) -> None:
    ticket = world.rt.make("x", text="Please test.")
    with pytest.raises(Gone, match="it is no pilot"):
        await world.open().apply(PilotCancel(target=Ref(SOURCE, str(ticket.id)), reason="none"), "cancel-1")
    await world.open().apply(Comment(target=Ref(SOURCE, str(ticket.id)), text="hello"), "comment-1")


async def test_whether_a_ticket_is_a_pilot_is_asked_once(world: FakeWorld) -> None:
    ticket = Ref(SOURCE, str(world.rt.make("x", text="Please test.").id))
    backend = world.open()
    await backend.look(ticket)
    first = len(world.wire.requests)
    await backend.look(ticket)
    assert len(world.wire.requests) - first == first - 1


async def test_without_a_queue_no_pilots_are_kept(ref: Ref, world: FakeWorld) -> None:
    plain = FakeWorld(world.rt).open()
    assert Kind.PILOT not in plain.offer.reads
    with pytest.raises(Unsupported):
        await read(plain, Kind.PILOT)
    with pytest.raises(Unsupported):
        await plain.apply(PilotProlong(target=ref, until=TODAY, reason="x"), "longer-1")


async def test_a_queue_that_is_not_there_is_said_to_be_so() -> None:
    world = FakeWorld(FakeRT(queues={"staged-rollout", "sw-rel"}), pilot_queue="pilots")
    reading = await read(world.open(), Kind.PILOT)
    assert "there is no queue 'pilots'" in reading.notes[-1]
    assert "check pilot_queue in [backends.there]" in reading.notes[-1]


# ---------------------------------------------------------------------------------------------------------- reading


async def test_nothing_new_costs_two_requests(world: FakeWorld) -> None:
    world.seed([preview_samples.pilot(SOURCE, 1)])
    before = await read(world.open(), Kind.PILOT)
    world.wire.requests.clear()
    after = await read(world.open(), Kind.PILOT, known_to(before))
    assert (after.records, len(world.wire.requests)) == ({}, 2)


async def test_a_pilot_that_is_new_or_moved_away_is_noticed(world: FakeWorld, ref: Ref) -> None:
    before = await read(world.open(), Kind.PILOT)
    (other,) = world.seed([preview_samples.pilot(SOURCE, 2)])
    world.rt.tickets[int(ref.id)].queue = "staged-rollout"
    after = await read(world.open(), Kind.PILOT, known_to(before))
    assert set(after.onto(before.records)) == {other}


async def test_a_pilot_that_ended_long_ago_is_not_on_the_board_and_its_steps_are_not_asked_for_again(
    world: FakeWorld, ref: Ref
) -> None:
    world.rt.set_status(int(ref.id), "resolved", "coordinator")
    world.rt.tickets[int(ref.id)].resolved = NOON - dt.timedelta(days=60)
    before = await read(world.open(), Kind.PILOT)
    assert before.records == {}
    second = await read(world.open(), Kind.PILOT, known_to(before))
    world.wire.requests.clear()
    await read(world.open(), Kind.PILOT, known_to(second))
    assert len(world.wire.requests) == 2
    assert (await looked(world, ref)).ending
