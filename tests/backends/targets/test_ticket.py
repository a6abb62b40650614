"""An issue onto a ticket of an RT with a memory, once."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec import structs

from ppstui.backends._http import marked
from ppstui.backends.rt import Options as RTOptions
from ppstui.backends.targets.rt import Options, Ticket
from ppstui.errors import BackendError, ConfigError, Conflict, Gone, Refused, Unreachable
from tests.backends.rt.fake import FakeRT
from tests.backends.targets.issue import KEY, TEXT, correction, issue, tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppstui.model import Publish, Receipt
    from ppstui.port import Exchange, Outlet

QUEUE, SUBJECT = "bulletins", "EGEE operations 2026-W47"


class Desk:
    """A desk before an RT, over a link that can be cut."""

    def __init__(self, rt: FakeRT | None = None, **options: object) -> None:
        queues = {"staged-rollout", "sw-rel", "pilots", QUEUE}
        self.rt = rt or FakeRT(queues=queues, bare={"pilots", QUEUE})
        self.server: Callable[[httpx.Request], httpx.Response] = self.rt
        """What answers."""
        self.told: list[Exchange] = []
        self.options = options or {"queue": QUEUE}
        self.passed, self.cut_at, self.arrives = 0, -1, False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        cut = self.passed == self.cut_at
        self.passed += 1
        if not cut:
            return self.server(request)
        if self.arrives:
            self.server(request)
            raise httpx.ReadTimeout("no answer", request=request)
        raise httpx.ConnectError("no link", request=request)

    def open(self) -> Outlet:
        given = tools(self.told, "targets.rt", httpx.MockTransport(self))
        given = structs.replace(given, secret={"env:RT": self.rt.token}.__getitem__)
        return Ticket.open(Options(url=self.rt.url, token="env:RT", **self.options), given)  # type: ignore[arg-type]

    async def publish(self, command: Publish, key: str = KEY) -> Receipt:
        """By a desk that knows nothing of what others did."""
        outlet = self.open()
        try:
            return await outlet.publish(command, key)
        finally:
            await outlet.aclose()

    def said(self, number: int, kind: str) -> list[str]:
        """What our account wrote on a ticket."""
        mine = {row.id for row in self.rt.transactions if row.ticket == number and row.type == kind}
        return [part.content for part in self.rt.parts if part.transaction in mine and part.kind == "text/plain"]


def placed(*, ticket: bool = True, reply: bool = True) -> Desk:
    desk = Desk(**({"ticket": "1", "reply": reply} if ticket else {"queue": QUEUE}))
    desk.rt.make("What the operations meeting is told", queue="staged-rollout")
    return desk


async def test_an_issue_is_a_ticket_of_its_own() -> None:
    desk = Desk()
    receipt = await desk.publish(issue("rt"))
    ticket = desk.rt.tickets[int(receipt.id)]
    assert (ticket.queue, ticket.subject) == (QUEUE, SUBJECT)
    assert desk.said(ticket.id, "Create") == [marked(TEXT, KEY, desk.rt.me)]
    assert receipt.text == f"ticket {ticket.id} is in queue bulletins: {desk.rt.url}/Ticket/Display.html?id={ticket.id}"
    (told,) = desk.told
    assert (told.key, desk.rt.token in told.request) == (KEY, False)


async def test_its_corrections_are_replies_on_it() -> None:
    desk = Desk()
    first = await desk.publish(issue("rt"))
    second = await desk.publish(correction("rt", replaces=first.id), "second")
    third = await desk.publish(correction("rt", replaces=second.id, text="Correction: none.\n"), "third")
    assert [each.partition("#")[0] for each in (second.id, third.id)] == [first.id, first.id]
    assert (await desk.publish(correction("rt", replaces=first.id), "second")).id == second.id
    texts = desk.said(int(first.id), "Correspond")
    assert [text.splitlines()[0] for text in texts] == ["Correction: two teams.", "Correction: none."]
    assert len(desk.rt.tickets) == 1
    with pytest.raises(Refused, match="no ticket that could be corrected"):
        await desk.publish(correction("rt", replaces="<1@example.org>"), "fourth")


@pytest.mark.parametrize(("reply", "kind", "noun"), [(True, "Correspond", "reply"), (False, "Comment", "comment")])
async def test_an_issue_is_a_message_on_a_ticket_that_is_named(reply: bool, kind: str, noun: str) -> None:
    desk = placed(reply=reply)
    receipt = await desk.publish(issue("rt"))
    assert desk.said(1, kind) == [marked(TEXT, KEY, desk.rt.me)]
    assert receipt.text.startswith(f"{noun} {receipt.id.removeprefix('1#')} is on ticket 1: https://")
    assert (await desk.publish(issue("rt"))).id == receipt.id
    await desk.publish(correction("rt", replaces=receipt.id), "second")
    assert len(desk.said(1, kind)) == 2


@pytest.mark.parametrize("ticket", [True, False], ids=["ticket", "queue"])
@pytest.mark.parametrize("arrives", [False, True], ids=["before", "after"])
async def test_cut_at_any_request_and_asked_again_it_is_there_once(*, arrives: bool, ticket: bool) -> None:
    before = placed(ticket=ticket)
    await before.publish(issue("rt"))
    for at in range(before.passed):
        desk = placed(ticket=ticket)
        desk.cut_at, desk.arrives = at, arrives
        with pytest.raises(Unreachable):
            await desk.publish(issue("rt"))
        desk.cut_at = -1
        first = await desk.publish(issue("rt"))
        assert (await desk.publish(issue("rt"))).id == first.id
        assert len(desk.rt.tickets) == len(before.rt.tickets)
        assert (desk.said(1, "Correspond"), desk.said(2, "Create")) == (
            before.said(1, "Correspond"),
            before.said(2, "Create"),
        )


async def test_a_ticket_that_was_renamed_is_found_again() -> None:
    desk = Desk()
    first = await desk.publish(issue("rt"))
    desk.rt.tickets[int(first.id)].subject = "For the meeting of Monday"
    assert (await desk.publish(issue("rt"))).id == first.id
    assert len(desk.rt.tickets) == 1


@pytest.mark.parametrize("ticket", [True, False], ids=["ticket", "queue"])
async def test_another_desk_that_published_the_issue_first_is_a_conflict(*, ticket: bool) -> None:
    desk = placed(ticket=ticket)
    await desk.publish(issue("rt"))
    with pytest.raises(Conflict, match="this issue already"):
        await desk.publish(issue("rt"), "another")
    assert (len(desk.said(1, "Correspond")), len(desk.rt.tickets)) == ((1, 1) if ticket else (0, 2))


async def test_a_ticket_that_was_deleted_makes_room() -> None:
    desk = Desk()
    await desk.publish(issue("rt"))
    desk.rt.tickets[1].status = "deleted"
    assert (await desk.publish(issue("rt"), "another")).id == "2"


async def test_a_strangers_ticket_of_the_same_subject_is_not_ours() -> None:
    desk = Desk()
    desk.rt.make(SUBJECT, queue=QUEUE, by="colleague", text=marked(TEXT, KEY, "colleague"))
    receipt = await desk.publish(issue("rt"))
    assert receipt.id == "2"


async def test_a_ticket_that_was_asked_for_without_an_answer_is_given_time_to_appear() -> None:
    desk = Desk(queue=QUEUE, read_timeout=dt.timedelta(seconds=0.2))
    outlet = desk.open()
    late: list[httpx.Request] = []
    arrived = asyncio.Event()

    def arrive(request: httpx.Request) -> None:
        desk.rt(request)
        arrived.set()

    def hangs(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/ticket") or late:
            return desk.rt(request)
        late.append(request)
        asyncio.get_running_loop().call_later(0.1, arrive, request)
        raise httpx.ReadTimeout("no answer", request=request)

    desk.server = hangs
    with pytest.raises(Unreachable):
        await outlet.publish(issue("rt"), KEY)
    assert not desk.rt.tickets
    assert (await outlet.publish(issue("rt"), KEY)).id == "1"
    await arrived.wait()
    assert len(desk.rt.tickets) == 1


async def test_a_call_that_is_given_up_goes_on_and_is_found() -> None:
    desk = Desk()
    outlet = desk.open()
    asking = asyncio.create_task(outlet.publish(issue("rt"), KEY))
    await asyncio.sleep(0)
    asking.cancel()
    receipt = await outlet.publish(issue("rt"), KEY)
    assert (receipt.id, len(desk.rt.tickets)) == ("1", 1)
    await outlet.aclose()


async def test_what_cannot_be_is_said() -> None:
    deleted = Desk(ticket="1")
    deleted.rt.make("x").status = "deleted"
    mute = placed()
    mute.rt.may -= {"ReplyToTicket"}
    idle = Desk()
    idle.rt.may -= {"CreateTicket"}
    refused: list[tuple[Desk, type[BackendError], str]] = [
        (Desk(ticket="99"), Gone, "no ticket 99"),
        (deleted, Gone, "was deleted"),
        (mute, Refused, "ReplyToTicket"),
        (idle, Refused, "CreateTicket"),
    ]
    for desk, kind, says in refused:
        with pytest.raises(kind, match=says):
            await desk.publish(issue("rt"))
    with pytest.raises(Refused, match="is empty"):
        await Desk().publish(issue("rt", text=" \n"))


async def test_it_is_asked_what_it_is_and_what_we_may() -> None:
    desk = Desk()
    health = await desk.open().check()
    assert (health.version, health.user, health.problems) == ("5.0.3", desk.rt.me, ())
    assert "Request Tracker 5.0.3" in health.text
    (problem,) = (await Desk(queue="none").open().check()).problems
    assert "no queue 'none'" in problem
    desk.rt.may -= {"CreateTicket"}
    (problem,) = (await desk.open().check()).problems
    assert "CreateTicket" in problem
    assert (await placed().open().check()).problems == ()


def test_the_preview_is_what_goes_there() -> None:
    assert Desk(ticket="1").open().preview(issue("rt")) == TEXT.encode()
    assert Desk().open().preview(issue("rt")) == f"Queue: bulletins\nSubject: {SUBJECT}\n\n{TEXT}".encode()
    assert Desk().open().preview(correction("rt", replaces="7#9")).startswith(b"Correction: two teams.")


# --------------------------------------------------------------------------------------------------- configuration


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"queue": ""}, "give ticket"),
        ({"ticket": "7"}, "give ticket"),
        ({"queue": "", "ticket": "seven"}, "no number"),
        ({"token": ""}, "no token"),
        ({"url": ""}, "give backend"),
        ({"url": "rt.example.org"}, "no address"),
    ],
)
def test_what_is_not_clear_is_said_when_it_is_read(changes: dict[str, str], says: str) -> None:
    given = {"url": "https://rt.example.org/rt", "token": "env:RT", "queue": QUEUE}
    with pytest.raises(ValueError, match=says):
        Options(**{**given, **changes})  # type: ignore[arg-type]


def test_a_backends_address_and_token_can_be_used() -> None:
    asked = Options(backend="rt", queue=QUEUE)
    lent = RTOptions(url="https://rt.example.org/rt", token="env:RT", ca_file="/etc/ca.pem")
    found = Ticket.borrow(asked, {"local": None, "rt": lent})
    assert (found.url, found.token, found.ca_file, found.queue) == (lent.url, lent.token, lent.ca_file, QUEUE)
    assert Ticket.borrow(asked, {"local": None}) is asked
    with pytest.raises(ConfigError, match="no table of type rt in \\[backends\\] is called 'rt'"):
        Ticket.open(asked, tools([], "targets.rt"))
