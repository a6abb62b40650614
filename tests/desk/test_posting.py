"""A poll's mail goes at most once, and what is known of it stands on the disk before anything else is done."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import ConfigError, ConfigProblem, NotAuthorised, Objected, Refused, Unreachable
from ppstui.model import Comment, Poll, Ref, State, Voice
from ppstui.store.asked import DOUBT, LEAVING
from tests.desk.world import FakeMailer, World, rollout

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.desk import Desk
    from ppstui.model import Entry

REF = Ref("rt", "1")
LIST = "early-adopters-emi@mailman.egi.eu"
POLL = Poll(target=REF, to=LIST, subject="Who takes part in rt:1?", text="Please answer in the ticket.\n")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


def server(world: World) -> FakeMailer:
    assert world.mailer is not None
    return world.mailer


async def ready(world: World, patience: float = 5.0) -> Desk:
    world.tracker("rt").has(rollout("rt:1"), rollout("rt:2"))
    desk = world.desk(patience=patience)
    await desk.refresh()
    return desk


def found(desk: Desk, entry: Entry) -> Entry:
    known = desk.board.entry(entry.id)
    assert known is not None
    return known


async def later(world: World, desk: Desk) -> None:
    """Some time passes, and what is due then is delivered."""
    world.clock.turn(hours=1)
    await desk.deliver()


async def test_the_mail_goes_and_then_the_record_is_told(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(POLL)
    await desk.deliver()
    done = found(desk, entry)
    assert (done.state, done.mail) == (State.DONE, "250 queued")
    (letter,) = server(world).sent
    assert (letter.key, letter.to, letter.subject, letter.text) == (entry.key, (LIST,), POLL.subject, POLL.text)
    record = desk.board.rollout(REF)
    assert record is not None
    assert [(message.voice, message.marks) for message in record.messages] == [(Voice.COMMENT, (entry.key,))]
    assert [each.text for each in await desk.history(entry.id)][1:4] == [
        "sent",
        "the mail is handed over",
        "the mail went: 250 queued",
    ]


async def test_the_disk_knows_of_a_mail_before_it_is_handed_over_and_of_its_answer_before_the_note(
    world: World,
) -> None:
    desk = await ready(world)
    entry = await desk.submit(POLL)
    gate = server(world).gate = asyncio.Event()
    tracker = world.trackers["rt"]
    tracker.gate = asyncio.Event()
    delivering = asyncio.ensure_future(desk.deliver())
    await server(world).arrivals.get()
    assert on_disk(world, entry) == LEAVING
    gate.set()
    await tracker.arrivals.get()
    assert on_disk(world, entry) == "250 queued"
    tracker.gate.set()
    await delivering
    assert found(desk, entry).state is State.DONE


def on_disk(world: World, entry: Entry) -> str:
    with contextlib.closing(sqlite3.connect(world.home / "outbox.sqlite")) as other:
        return str(other.execute("SELECT mail FROM entry WHERE id = ?", (entry.id,)).fetchone()[0])


async def test_a_mail_whose_answer_is_lost_asks_a_person_and_is_not_sent_again_unasked(world: World) -> None:
    desk = await ready(world)
    server(world).lose_answers = 1
    entry = await desk.submit(POLL)
    other = await desk.submit(Comment(target=Ref("rt", "2"), text="hello"))
    await desk.deliver()
    parked = found(desk, entry)
    assert (parked.state, parked.mail, parked.conflict) == (State.PARKED, LEAVING, False)
    assert parked.last_error == f"mail: it took the whole mail and gave no answer; {DOUBT}"
    assert found(desk, other).state is State.DONE, "nothing else stops"
    for _ in range(3):
        await later(world, desk)
    assert len(server(world).sent) == 1
    await desk.retry(entry.id)
    await desk.deliver()
    assert found(desk, entry).state is State.DONE
    assert len(server(world).sent) == 2, "a person wanted it so"
    assert {letter.key for letter in server(world).sent} == {entry.key}


async def test_leaving_it_as_it_is_keeps_a_comment_and_sends_nothing(world: World) -> None:
    desk = await ready(world)
    server(world).lose_answers = 1
    entry = await desk.submit(POLL)
    await desk.deliver()
    comment = await desk.keep_comment(entry.id)
    await later(world, desk)
    assert found(desk, entry).state is State.DISCARDED
    assert found(desk, comment).state is State.DONE
    assert len(server(world).sent) == 1


async def test_a_mail_server_that_never_answers_leaves_a_doubt(world: World) -> None:
    desk = await ready(world, patience=0.05)
    server(world).gate = asyncio.Event()
    entry = await desk.submit(POLL)
    await desk.deliver()
    parked = found(desk, entry)
    assert (parked.state, parked.mail) == (State.PARKED, LEAVING)
    assert parked.last_error == f"mail: no answer for 0.05 s; {DOUBT}"


async def test_a_mail_that_did_not_leave_waits_and_goes_later_once(world: World) -> None:
    desk = await ready(world)
    server(world).failure = Unreachable("mail: nobody answers; nothing has left", source="mail")
    entry = await desk.submit(POLL)
    other = await desk.submit(Comment(target=Ref("rt", "2"), text="hello"))
    await desk.deliver()
    waiting = found(desk, entry)
    assert (waiting.state, waiting.mail) == (State.WAITING, "")
    assert waiting.due is not None
    assert waiting.due > world.clock.now
    assert found(desk, other).state is State.DONE, "the tracker is there, only the mail server is not"
    server(world).failure = None
    await later(world, desk)
    assert found(desk, entry).state is State.DONE
    assert len(server(world).sent) == 1


async def test_a_mail_server_may_name_a_time(world: World) -> None:
    desk = await ready(world)
    server(world).failure = Unreachable("mail: later", source="mail", retry_after=600)
    entry = await desk.submit(POLL)
    await desk.deliver()
    due = found(desk, entry).due
    assert due is not None
    assert (due - world.clock.now).total_seconds() == 600


@pytest.mark.parametrize(
    "failure",
    [
        Refused("mail: 550 no such list", source="mail"),
        NotAuthorised("mail: 535 wrong password", source="mail"),
        ConfigError([ConfigProblem("config.toml", 3, "targets.mail.password", "is not set")]),
    ],
)
async def test_a_mail_that_may_not_go_is_parked_and_holds_nothing_else_up(world: World, failure: Exception) -> None:
    desk = await ready(world)
    server(world).failure = failure
    entry = await desk.submit(POLL)
    other = await desk.submit(Comment(target=Ref("rt", "2"), text="hello"))
    await desk.deliver()
    parked = found(desk, entry)
    assert (parked.state, parked.mail, parked.last_error) == (State.PARKED, "", str(failure))
    assert found(desk, other).state is State.DONE
    assert desk.board.sources()[0].held == ""
    server(world).failure = None
    await desk.retry(entry.id)
    await desk.deliver()
    assert len(server(world).sent) == 1


async def test_a_note_that_fails_is_tried_again_without_the_mail(world: World) -> None:
    desk = await ready(world)
    world.trackers["rt"].lose_answers = 2
    entry = await desk.submit(POLL)
    await desk.deliver()
    assert (found(desk, entry).state, found(desk, entry).mail) == (State.WAITING, "250 queued")
    await later(world, desk)
    world.trackers["rt"].refuse = 1
    await later(world, desk)
    assert found(desk, entry).state is State.DONE
    assert len(server(world).sent) == 1
    assert len(world.trackers["rt"].effects) == 1


async def test_who_stops_waiting_stops_no_mail(world: World) -> None:
    desk = await ready(world)
    gate = server(world).gate = asyncio.Event()
    entry = await desk.submit(POLL)
    settling = asyncio.ensure_future(desk.settle(entry.id, 60))
    await server(world).arrivals.get()
    settling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await settling
    assert found(desk, entry).state is State.SENDING
    await desk.deliver()
    assert server(world).tries == 1, "it is still under way"
    gate.set()
    while found(desk, entry).state is State.SENDING:
        await world.told.get()
    assert found(desk, entry).state is State.DONE
    assert len(server(world).sent) == 1


async def test_quitting_in_the_middle_leaves_a_doubt_for_the_next_start(world: World) -> None:
    desk = await ready(world)
    server(world).gate = asyncio.Event()
    entry = await desk.submit(POLL)
    delivering = asyncio.ensure_future(desk.deliver())
    await server(world).arrivals.get()
    delivering.cancel()
    await desk.aclose()
    again = world.desk()
    await later(world, again)
    parked = found(again, entry)
    assert (parked.state, parked.mail, parked.last_error) == (State.PARKED, LEAVING, DOUBT)
    assert server(world).tries == 1


async def test_a_mailer_with_a_bug_is_not_hidden_and_its_mail_is_doubtful(world: World) -> None:
    desk = await ready(world)
    server(world).failure = ZeroDivisionError("a bug in the mailer")
    entry = await desk.submit(POLL)
    with pytest.raises(ExceptionGroup):
        await desk.deliver()
    server(world).failure = None
    await later(world, desk)
    assert (found(desk, entry).state, found(desk, entry).mail) == (State.PARKED, LEAVING)
    assert server(world).tries == 1


async def test_a_disk_that_cannot_keep_the_answer_leaves_a_doubt(world: World) -> None:
    desk = await ready(world)
    gate = server(world).gate = asyncio.Event()
    entry = await desk.submit(POLL)
    delivering = asyncio.ensure_future(desk.deliver())
    await server(world).arrivals.get()
    desk._outbox._file.read(lambda connection: connection.execute("PRAGMA query_only=1"))
    gate.set()
    await delivering
    assert any("check its permissions" in text for text in world.said)
    desk._outbox._file.read(lambda connection: connection.execute("PRAGMA query_only=0"))
    await later(world, desk)
    assert (found(desk, entry).state, found(desk, entry).mail) == (State.PARKED, LEAVING)
    assert len(server(world).sent) == 1


async def test_without_a_mail_server_polls_are_not_offered(world: World) -> None:
    world.mailer = None
    desk = await ready(world)
    assert "no mail server" in desk.can(Poll, REF)
    assert desk.can(Comment, REF) == ""
    with pytest.raises(Objected, match="no mail server to send a poll with"):
        await desk.submit(POLL, reason="please")


async def test_a_poll_that_was_queued_before_the_mail_server_went_is_parked_with_what_to_do(world: World) -> None:
    desk = await ready(world)
    entry = await desk.submit(POLL)
    await desk.aclose()
    world.mailer = None
    desk = world.desk()
    await later(world, desk)
    parked = found(desk, entry)
    assert (parked.state, parked.mail) == (State.PARKED, "")
    assert "describe one in [targets]" in parked.last_error
