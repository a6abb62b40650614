from __future__ import annotations

import asyncio
import datetime as dt
import json

import httpx
import pytest

from ppstui.errors import Conflict, Gone, NotAuthorised, Refused, Unreachable
from ppstui.model import Acknowledge, Answer, Assign, Command, Comment, Ref, Remind, Reply, Rollout
from tests.backends.rt.fake import TEAMS, FakeRT
from tests.backends.rt.worlds import SOURCE, FakeWorld

ONE = Ref(SOURCE, "1")


@pytest.fixture
def world() -> FakeWorld:
    world = FakeWorld()
    world.rt.make("x", text="Please test.")
    return world


def puts(world: FakeWorld) -> list[dict[str, object]]:
    return [json.loads(request.content) for request in world.wire.requests if request.method == "PUT"]


# ------------------------------------------------------------------------------------------------------------- teams


async def test_choosing_teams_is_one_change_with_the_etag_just_read(world: FakeWorld) -> None:
    receipt = await world.open().apply(Assign(target=ONE, add=TEAMS[:2]), "assign-1")
    (body,) = puts(world)
    assert body == {"CustomFields": {"7": list(TEAMS[:2])}, "Status": "open", "AdminCc": ["36", "37"]}
    assert receipt.text == f"ticket 1: teams are {TEAMS[0]}, {TEAMS[1]}; status open"
    headers = next(request.headers for request in world.wire.requests if request.method == "PUT")
    assert headers["if-match"].strip('"').isdigit()


async def test_watchers_that_are_no_teams_are_kept(world: FakeWorld) -> None:
    world.rt.tickets[1].admin_cc = ["boss", "99"]
    await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    await world.open().apply(Assign(target=ONE, add=(TEAMS[1],), remove=(TEAMS[0],)), "assign-2")
    assert world.rt.tickets[1].admin_cc == ["boss", "99", "37"]


async def test_what_is_there_already_is_not_sent_again(world: FakeWorld) -> None:
    await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    receipt = await world.open().apply(Assign(target=ONE, add=(TEAMS[0].upper(),), remove=(TEAMS[2],)), "assign-2")
    assert len(puts(world)) == 1
    assert "no group" not in receipt.text


async def test_without_a_group_the_field_is_set_and_the_receipt_says_so(world: FakeWorld) -> None:
    world.rt.groups = {}
    receipt = await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert world.rt.tickets[1].fields[7] == [TEAMS[0]]
    assert f"no group {TEAMS[0]} is visible" in receipt.text


async def test_watchers_may_be_left_to_the_server() -> None:
    world = FakeWorld(FakeRT(automation=True), admin_cc=False)
    world.rt.make("x")
    receipt = await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert puts(world) == [{"CustomFields": {"7": [TEAMS[0]]}, "Status": "open"}]
    assert (world.rt.tickets[1].admin_cc, receipt.text.count("AdminCc")) == (["36"], 0)


async def test_a_status_that_does_not_follow_is_said_and_the_teams_stay(world: FakeWorld) -> None:
    world.rt.lifecycle = {}
    receipt = await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert world.rt.tickets[1].fields[7] == [TEAMS[0]]
    assert "the status stayed new: Ticket 1: You can't change status" in receipt.text


async def test_of_what_the_server_says_only_what_failed_is_shown(world: FakeWorld) -> None:
    """In the account's language: nothing but the names in it is understood."""
    lines = {
        "status": "Auftrag 1: Status kann nicht von 'new' auf 'open' wechseln.",
        "team": f"EA Teams {TEAMS[0]} hinzugefügt.",
        "watcher": f"{TEAMS[0]} als AdminCc hinzugefügt.",
    }

    def server(request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return world.rt(request)
        world.rt(request)
        return httpx.Response(200, json=[lines["team"], lines["watcher"], lines["status"]])

    world.rt.lifecycle = {}
    world.wire.inner = httpx.MockTransport(server)
    receipt = await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert receipt.text.endswith(f"status new; the status stayed new: {lines['status']}")


async def test_a_refusal_quotes_what_is_about_the_teams_that_failed(world: FakeWorld) -> None:
    said = ["EA Teams ea-FIRST added", "Status changed to open", "Who knows what", "And why", "And when " + "x" * 300]

    def server(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=said) if request.method == "PUT" else world.rt(request)

    world.rt.choices = None
    world.wire.inner = httpx.MockTransport(server)
    with pytest.raises(Refused, match="ea-SECOND is not in it; the server said: EA Teams ea-FIRST added") as raised:
        await world.open().apply(Assign(target=ONE, add=("ea-SECOND",)), "assign-1")
    assert str(raised.value).endswith("added Status changed to open")
    said[2:4] = ["ea-SECOND-NODE added", "Invalid value ea-SECOND"]
    with pytest.raises(Refused) as raised:
        await world.open().apply(Assign(target=ONE, add=("ea-SECOND",)), "assign-2")
    assert str(raised.value).endswith("the server said: Invalid value ea-SECOND")


async def test_a_value_the_server_does_not_have_is_never_sent(world: FakeWorld) -> None:
    with pytest.raises(Refused, match=f"did you mean {TEAMS[0]}"):
        await world.open().apply(Assign(target=ONE, add=(TEAMS[0][:-1],)), "assign-1")
    assert not puts(world)


async def test_where_the_values_may_not_be_listed_reading_back_finds_out(world: FakeWorld) -> None:
    world.rt.choices = None
    with pytest.raises(Refused, match="ea-NOSUCH is not in it; the server said: Invalid value") as raised:
        await world.open().apply(Assign(target=ONE, add=("ea-NOSUCH",)), "assign-1")
    assert "EA Teams did not change as asked" in str(raised.value)
    assert (world.rt.tickets[1].status, world.rt.tickets[1].admin_cc) == ("new", [])
    await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-2")
    assert (world.rt.tickets[1].status, world.rt.tickets[1].admin_cc) == ("open", ["36"])


async def test_a_sentence_with_200_is_no_success(world: FakeWorld) -> None:
    world.rt.may.discard("ModifyTicket")
    with pytest.raises(Refused, match="Permission Denied"):
        await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")


async def test_a_field_the_ticket_does_not_have_is_named(world: FakeWorld) -> None:
    world.rt.names = {8: "Outcome"}
    with pytest.raises(Refused, match="no field 'EA Teams'; there are: Outcome"):
        await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")


async def test_who_is_faster_again_and_again_is_a_conflict(world: FakeWorld) -> None:
    calls = []

    def server(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            calls.append(request)
            world.touch(ONE)
        return world.rt(request)

    world.wire.inner = httpx.MockTransport(server)
    with pytest.raises(Conflict) as raised:
        await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert isinstance(raised.value.current, Rollout)
    assert len(calls) == 3
    assert world.rt.tickets[1].fields.get(7, []) == []


# ---------------------------------------------------------------------------------------------------------- messages


async def test_a_message_is_looked_for_before_it_is_sent(world: FakeWorld) -> None:
    for _ in range(3):
        receipt = await world.open().apply(Reply(target=ONE, text="Hello."), "reply-1")
    assert [row.id for row in world.rt.transactions if row.type == "Correspond"] == [int(receipt.id)]


async def test_a_reply_that_quotes_our_mark_is_not_taken_for_ours(world: FakeWorld) -> None:
    await world.open().apply(Reply(target=ONE, text="Please answer."), "reply-1")
    sent = next(part.content for part in world.rt.parts if "[ppstui reply-1" in part.content)
    world.rt.parts = [part for part in world.rt.parts if part.content != sent]
    world.rt.say(1, "Correspond", "ea-infn-t1", "accept NGI_IT-INFN-T1\n\n" + sent)
    await world.open().apply(Reply(target=ONE, text="Please answer."), "reply-1")
    assert sum(part.content == sent for part in world.rt.parts) == 1


async def test_an_account_that_may_write_comments_and_not_read_them_is_told(world: FakeWorld) -> None:
    world.rt.may.discard("SeeComments")
    receipt = await world.open().apply(Comment(target=ONE, text="blind"), "comment-1")
    assert "may not read it" in receipt.text
    assert receipt.id == str(next(row.id for row in world.rt.transactions if row.type == "Comment"))


@pytest.mark.parametrize("answer", ["accept", "reject"])
async def test_nobody_speaks_for_a_team_that_answered_meanwhile(world: FakeWorld, answer: str) -> None:
    backend = world.open()
    await backend.apply(Assign(target=ONE, add=TEAMS[:2]), "assign-1")
    looked_at = await backend.look(ONE)
    world.rt.say(1, "Correspond", "ea-infn-t1", f"{answer} NGI_IT-INFN-T1")
    for command in (
        Acknowledge(target=ONE, team=TEAMS[0], answer=Answer.ACCEPT),
        Remind(target=ONE, teams=(TEAMS[0],), text="Please answer."),
    ):
        with pytest.raises(Conflict, match=f"answer of {TEAMS[0]} is {answer} now .ea-infn-t1."):
            await backend.apply(command, "key-1", looked_at)
    await backend.apply(Remind(target=ONE, teams=(TEAMS[1],), text="Please answer."), "remind-2", looked_at)
    await backend.apply(Reply(target=ONE, text="Thanks."), "reply-2", looked_at)


async def test_an_answer_that_was_seen_stands_against_nothing(world: FakeWorld) -> None:
    backend = world.open()
    await backend.apply(Assign(target=ONE, add=TEAMS[:2]), "assign-1")
    world.rt.say(1, "Correspond", "ea-infn-t1", "reject NGI_IT-INFN-T1")
    looked_at = await backend.look(ONE)
    await backend.apply(Acknowledge(target=ONE, team=TEAMS[0], answer=Answer.ACCEPT), "ack-1", looked_at)
    assert sum("accept NGI_IT-INFN-T1" in text for text in world.see(Acknowledge, ONE)) == 1


async def test_a_server_that_goes_on_after_we_hung_up_makes_one_reply(world: FakeWorld) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()
    at_work: set[asyncio.Task[httpx.Response]] = set()

    async def slowly(request: httpx.Request) -> httpx.Response:
        arrived.set()
        await go_on.wait()
        return world.rt(request)

    class SlowToWrite(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if not request.url.path.endswith("/correspond"):
                return world.rt(request)
            task = asyncio.create_task(slowly(request))
            at_work.add(task)
            return await asyncio.shield(task)

    world.wire.inner = SlowToWrite()
    backend = world.open()
    first = asyncio.create_task(backend.apply(Reply(target=ONE, text="Hello."), "reply-1"))
    await arrived.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    second = asyncio.create_task(backend.apply(Reply(target=ONE, text="Hello."), "reply-1"))
    for _ in range(10):
        await asyncio.sleep(0)
    go_on.set()
    await second
    await asyncio.gather(*at_work)
    assert len(world.see(Reply, ONE)) == 1


@pytest.mark.parametrize("kind", [Reply, Comment])
async def test_a_message_that_a_hung_server_still_has_in_hand_is_waited_for(kind: type[Reply | Comment]) -> None:
    """Both are let go at once: the message that nobody answered, and the look for it, which is faster."""
    world = FakeWorld(read_timeout=dt.timedelta(seconds=0.02))
    world.rt.make("x")
    in_hand: list[httpx.Request] = []
    looks = 0

    def server(request: httpx.Request) -> httpx.Response:
        nonlocal looks
        if request.url.path.endswith(("/correspond", "/comment")) and not in_hand:
            in_hand.append(request)
            raise httpx.ReadTimeout("hung", request=request)
        looks += bool(in_hand) and request.url.path.endswith("/transactions")
        response = world.rt(request)
        if looks == 1:
            world.rt(in_hand[0])
            looks += 1
        return response

    world.wire.inner = httpx.MockTransport(server)
    backend = world.open()
    command = kind(target=ONE, text="Once.")
    with pytest.raises(Unreachable):
        await backend.apply(command, "key-1")
    await backend.apply(command, "key-1")
    assert len([part for part in world.rt.parts if part.content.startswith("Once.")]) == 1


async def test_no_token_shows_in_what_is_sent_but_in_its_header(world: FakeWorld) -> None:
    backend = world.open()
    await backend.apply(Assign(target=ONE, add=TEAMS[:2]), "assign-1")
    await backend.apply(Reply(target=ONE, text="Hello."), "reply-1")
    for request in world.wire.requests:
        assert world.rt.token not in str(request.url)
        assert world.rt.token.encode() not in request.content
        assert request.headers["authorization"] == f"token {world.rt.token}"


# -------------------------------------------------------------------------------------- one ticket, not the account


def answering(world: FakeWorld, method: str, ending: str, answer: httpx.Response) -> None:
    """The server answers so to requests of that method on addresses that end so."""

    def server(request: httpx.Request) -> httpx.Response:
        hit = request.method == method and request.url.path.endswith(ending)
        return (
            httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
            if hit
            else world.rt(request)
        )

    world.wire.inner = httpx.MockTransport(server)


FORBIDDEN = httpx.Response(403, json={"message": "Forbidden"})
WRITING: list[tuple[Command, str, str, str]] = [
    (Assign(target=ONE, add=(TEAMS[0],)), "PUT", "/ticket/1", "ModifyTicket"),
    (Reply(target=ONE, text="x"), "POST", "/ticket/1/correspond", "ReplyToTicket"),
    (Comment(target=ONE, text="x"), "POST", "/ticket/1/comment", "CommentOnTicket"),
]


@pytest.mark.parametrize(("command", "method", "ending", "right"), WRITING, ids=["assign", "reply", "comment"])
async def test_a_write_that_is_forbidden_concerns_that_action_alone(
    world: FakeWorld, command: Command, method: str, ending: str, right: str
) -> None:
    answering(world, method, ending, FORBIDDEN)
    with pytest.raises(Refused, match=right):
        await world.open().apply(command, "key-1")


@pytest.mark.parametrize(("command", "method", "ending", "right"), WRITING, ids=["assign", "reply", "comment"])
async def test_a_ticket_that_is_hidden_from_us_concerns_that_action_alone(
    world: FakeWorld, command: Command, method: str, ending: str, right: str
) -> None:
    assert method
    assert ending
    assert right
    world.rt.tickets[1].hidden = True
    with pytest.raises(Gone, match="right ShowTicket granted on its queue, unless the ticket is gone"):
        await world.open().apply(command, "key-1")


async def test_a_ticket_that_never_was_is_said_to_be_none(world: FakeWorld) -> None:
    with pytest.raises(Gone, match=r"there is no ticket 99 \(any more\); check the number"):
        await world.open().look(Ref(SOURCE, "99"))
    with pytest.raises(Gone, match="there is no ticket 'x1'; write its number"):
        await world.open().look(Ref(SOURCE, "x1"))


@pytest.mark.parametrize("status", [401, 302])
@pytest.mark.parametrize(("command", "method", "ending", "right"), WRITING, ids=["assign", "reply", "comment"])
async def test_who_is_not_known_any_more_is_not_refused_but_held(
    world: FakeWorld, command: Command, method: str, ending: str, right: str, status: int
) -> None:
    assert right
    answering(world, method, ending, httpx.Response(status, headers={"location": "/"}))
    with pytest.raises(NotAuthorised):
        await world.open().apply(command, "key-1")


async def test_a_locked_account_is_held_also_when_it_is_noticed_on_a_ticket(world: FakeWorld) -> None:
    backend = world.open()

    def server(request: httpx.Request) -> httpx.Response:
        locked = request.method == "PUT" or request.url.path.endswith("/rt")
        return httpx.Response(403, json={"message": "Forbidden"}) if locked else world.rt(request)

    world.wire.inner = httpx.MockTransport(server)
    with pytest.raises(NotAuthorised):
        await backend.apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")


@pytest.mark.parametrize("kind", [Reply, Comment])
async def test_who_may_not_write_is_told_which_right_is_missing(world: FakeWorld, kind: type[Reply | Comment]) -> None:
    right = "ReplyToTicket" if kind is Reply else "CommentOnTicket"
    world.rt.may.discard(right)
    with pytest.raises(Refused, match=f"Permission Denied; perhaps this account lacks the right {right}"):
        await world.open().apply(kind(target=ONE, text="x"), "key-1")


# ---------------------------------------------------------------------------------------------- a server that stumbles


def stumbling(world: FakeWorld, *, after: bool, times: int = 99, page: bytes = b"", status: int = 500) -> list[int]:
    """The server answers PUTs with 500, before or after doing them; returns one entry for each."""
    stumbled: list[int] = []

    def server(request: httpx.Request) -> httpx.Response:
        if request.method != "PUT" or len(stumbled) >= times:
            return world.rt(request)
        stumbled.append(1)
        if after:
            world.rt(request)
        return httpx.Response(status, headers={"content-type": "application/json"}, content=page)

    world.wire.inner = httpx.MockTransport(server)
    return stumbled


async def test_a_change_the_server_trips_over_is_refused_naming_it(world: FakeWorld) -> None:
    stumbled = stumbling(world, after=False)
    with pytest.raises(Refused, match=f"failed twice over what was sent.*{TEAMS[0]}.*did not take it") as raised:
        await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert "AdminCc" in str(raised.value)
    assert len(str(raised.value)) < 400
    assert len(stumbled) == 2


@pytest.mark.parametrize("times", [1, 99])
async def test_a_change_the_server_trips_over_after_making_it_is_a_change(world: FakeWorld, times: int) -> None:
    stumbling(world, after=True, times=times)
    receipt = await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert receipt.text == f"ticket 1: teams are {TEAMS[0]}; status open"
    assert len(puts(world)) == 1


async def test_watchers_the_server_trips_over_leave_the_teams_and_are_told(world: FakeWorld) -> None:
    def server(request: httpx.Request) -> httpx.Response:
        if request.method != "PUT" or "AdminCc" not in (body := json.loads(request.content)):
            return world.rt(request)
        world.rt.put(world.rt.tickets[1], {name: value for name, value in body.items() if name != "AdminCc"})
        return httpx.Response(500, headers={"content-type": "application/json"})

    world.wire.inner = httpx.MockTransport(server)
    receipt = await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert f"teams are {TEAMS[0]}; status open" in receipt.text
    assert "AdminCc did not change as asked" in receipt.text
    assert "the server failed over it twice" in receipt.text


async def test_a_server_that_stumbles_once_is_asked_again(world: FakeWorld) -> None:
    stumbling(world, after=False, times=1)
    await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert world.rt.tickets[1].fields[7] == [TEAMS[0]]


@pytest.mark.parametrize(
    ("status", "page"), [(502, b""), (503, b""), (504, b""), (500, b"<h1>503 Service Unavailable</h1>")]
)
async def test_a_server_behind_a_gateway_that_waits_is_tried_later(world: FakeWorld, status: int, page: bytes) -> None:
    stumbled = stumbling(world, after=False, status=status, page=page)
    with pytest.raises(Unreachable):
        await world.open().apply(Assign(target=ONE, add=(TEAMS[0],)), "assign-1")
    assert len(stumbled) == 1


# ------------------------------------------------------------------------------------------------------------ merged


@pytest.mark.parametrize("lists_merged", [False, True])
async def test_writing_to_a_merged_ticket_names_the_one_it_went_into(world: FakeWorld, *, lists_merged: bool) -> None:
    world.rt.lists_merged = lists_merged
    world.rt.make("y")
    world.rt.tickets[1].merged_into = 2
    for command, *_ in WRITING:
        with pytest.raises(Gone, match=f"merged into 2; go on with {SOURCE}:2"):
            await world.open().apply(command, "key-1")
    assert not [request for request in world.wire.requests if world.wire.writes(request)]
