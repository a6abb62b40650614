"""Every command, cut at every request, before and after its effect: asked again with its key it has one effect.

What the server holds after a cut and a second try is compared, transaction by transaction, with what it holds after a
try that nothing disturbed.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

import httpx
import pytest

from ppstui.backends.rt import RT, Fields, Options
from ppstui.errors import Unreachable
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Outcome,
    Poll,
    Ref,
    Remind,
    Reply,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from ppstui.testing import toolbox
from tests.backends.rt.fake import TEAMS, FakeRT

if TYPE_CHECKING:
    from ppstui.model import Command
    from ppstui.port import Backend

SOURCE, ONE, KEY = "there", Ref("there", "1"), "0195c1de-0000-7000-8000-000000000001"
DAY = dt.date(2026, 11, 20)
COMMANDS: dict[str, Command] = {
    "assign": Assign(target=ONE, add=(TEAMS[2],), remove=(TEAMS[1],)),
    "acknowledge": Acknowledge(target=ONE, team=TEAMS[0], answer=Answer.ACCEPT, note="By phone."),
    "comment": Comment(target=ONE, text="A note."),
    "reply": Reply(target=ONE, text="A word."),
    "remind": Remind(target=ONE, teams=TEAMS[:2], text="Please answer."),
    "poll": Poll(target=ONE, to="early-adopters-umd@example.org", subject="Who tests?", text="Please."),
    "expose": Expose(target=ONE, team=TEAMS[0], on=DAY),
    "expose all": Expose(target=ONE, on=DAY),
    "extend": Extend(target=ONE, team=TEAMS[0], until=DAY, reason="The node was down."),
    "extend all": Extend(target=ONE, until=DAY, reason="The node was down."),
    "report": Report(target=ONE, team=TEAMS[0], name=f"{TEAMS[0]}-UMD-4-x-1.odt", size=700, content=b"\0x" * 350),
    "waive": Report(target=ONE, team=TEAMS[0], waive="The site closed."),
    "incident": Incident(target=ONE, url="https://ggus.example.org/4", title="It fails", text="Look."),
    "incident out": Incident(target=ONE, url="https://ggus.example.org/1", remove=True),
    "document": Document(target=ONE, document="700"),
    "document out": Document(target=ONE),
    "outcome": SetOutcome(target=ONE, outcome=Outcome.REJECT, reason="It does not start."),
    "no outcome": SetOutcome(target=ONE, outcome=None),
    "resolve": Resolve(target=ONE, outcome=Outcome.ACCEPT, document="701", reason="All is well."),
    "due": SetDue(target=ONE, due=DAY),
    "no due": SetDue(target=ONE, due=None),
    "owner": SetOwner(target=ONE, owner="coordinator"),
    "status": SetStatus(target=ONE, status="stalled"),
    "field": SetField(target=ONE, name="Remarks", add=("third",), remove=("first",)),
    "field empty": SetField(target=ONE, name="Version", values=()),
}


class Server:
    """A rollout in the middle of things with its parent, behind a link that is cut at one request."""

    def __init__(self, *, automation: bool = False) -> None:
        self.rt = rt = FakeRT(automation=automation, days={21, 22})
        rt.names |= {21: "Exposed since", 22: "Exposed until"}
        ticket = rt.make("Staged Rollout UMD-4 x 1 CENTOS7 x86_64", text="Please test.")
        ticket.member_of.append(rt.make("UMD.x.centos7.x86_64", queue="sw-rel").id)
        rt.set_field(1, 7, list(TEAMS[:2]), "colleague")
        ticket.admin_cc = ["36", "37", "boss"]
        rt.set_status(1, "open", "colleague")
        rt.set_field(1, 12, ["first", "second"], "colleague")
        for number, value in ((4, "1.8"), (8, "ACCEPT"), (9, "600")):
            rt.set_field(1, number, [value], "colleague")
        for url in ("https://ggus.example.org/1", "https://documents.egi.eu/document/600"):
            rt.link(1, url, "colleague")
        rt.set_due(1, dt.date(2026, 11, 10), "colleague")
        rt.say(1, "Correspond", "sro-manager", "Dear all, please answer.")
        rt.say(1, "Correspond", "ea-infn-t1", "We are on it.")
        self.passed = 0
        self.cut_at = -1
        self.arrives = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        cut = self.passed == self.cut_at
        self.passed += 1
        if not cut:
            return self.rt(request)
        if self.arrives:
            self.rt(request)
            raise httpx.ReadTimeout("no answer", request=request)
        raise httpx.ConnectError("no link", request=request)

    def open(self) -> Backend:
        fields = Fields(exposure_start="Exposed since", exposure_end="Exposed until")
        tools = toolbox(SOURCE, secrets={"env:T": self.rt.token}, transport=httpx.MockTransport(self))
        return RT.open(Options(url=self.rt.url, token="env:T", fields=fields), tools)

    def cut(self, at: int, *, arrives: bool) -> None:
        """The link is cut at so many requests from now: before the request arrives, or after."""
        self.passed, self.cut_at, self.arrives = 0, at, arrives

    def held(self) -> list[object]:
        """All that the server holds, in the order in which it came, without ids and times."""
        rt = self.rt
        rows = [(row.ticket, row.type, row.creator, row.field, row.old, row.new) for row in rt.transactions]
        parts = [(part.kind, part.content, part.filename, part.length) for part in rt.parts]
        tickets = [
            (t.status, t.owner, t.due, sorted(t.fields.items()), t.admin_cc, t.refers_to) for t in rt.tickets.values()
        ]
        return [rows, parts, tickets]


async def seen_by(server: Server) -> Rollout:
    record = await server.open().look(ONE)
    assert isinstance(record, Rollout)
    return record


async def undisturbed(command: Command, *, automation: bool) -> tuple[list[object], int]:
    """What the server holds after the command, and how many requests that took."""
    server = Server(automation=automation)
    seen = await seen_by(server)
    before = server.held()
    server.cut(-1, arrives=False)
    await server.open().apply(command, KEY, seen)
    assert server.held() != before, "the command has an effect"
    return server.held(), server.passed


@pytest.mark.parametrize("automation", [False, True], ids=["by hand", "automation"])
@pytest.mark.parametrize("arrives", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", COMMANDS)
async def test_cut_at_any_request_and_asked_again_it_has_one_effect(
    name: str, *, arrives: bool, automation: bool
) -> None:
    command = COMMANDS[name]
    held, requests = await undisturbed(command, automation=automation)
    for at in range(requests):
        server = Server(automation=automation)
        seen = await seen_by(server)
        server.cut(at, arrives=arrives)
        with pytest.raises(Unreachable):
            await server.open().apply(command, KEY, seen)
        server.cut(-1, arrives=False)
        await server.open().apply(command, KEY, seen)
        assert server.held() == held, f"cut at request {at} of {requests}"
        receipt = await server.open().apply(command, KEY, seen)
        assert server.held() == held, f"a third time after a cut at request {at} of {requests}"
        assert receipt.text


@pytest.mark.parametrize("name", COMMANDS)
async def test_cut_again_and_again_it_has_one_effect(name: str) -> None:
    command = COMMANDS[name]
    held, requests = await undisturbed(command, automation=True)
    dice = random.Random(name)
    for _ in range(12):
        server = Server(automation=True)
        seen = await seen_by(server)
        cuts = [(dice.randrange(requests), dice.random() < 0.6) for _ in range(3)]
        for at, arrives in cuts:
            server.cut(at, arrives=arrives)
            try:
                await server.open().apply(command, KEY, seen)
            except Unreachable:
                continue
        server.cut(-1, arrives=False)
        await server.open().apply(command, KEY, seen)
        assert server.held() == held, cuts


@pytest.mark.parametrize("name", COMMANDS)
async def test_two_desks_with_one_key_one_after_the_other_make_one_effect(name: str) -> None:
    command = COMMANDS[name]
    held, _ = await undisturbed(command, automation=False)
    server = Server()
    first = await server.open().apply(command, KEY)
    second = await server.open().apply(command, KEY)
    assert (server.held(), second.id) == (held, first.id)


MOST = {"comment": 7, "poll": 7, "reply": 7, "remind": 7, "expose": 7, "due": 6, "owner": 6, "status": 6, "field": 7}
MOST |= {"assign": 8, "report": 8, "outcome": 9, "expose all": 10, "document": 10, "resolve": 19}
"""Requests, the whole record read back at the end among them (three; four, where there are files): each is a bcrypt."""


@pytest.mark.parametrize("name", MOST)
async def test_a_command_costs_no_more_requests_than_that(name: str) -> None:
    _, requests = await undisturbed(COMMANDS[name], automation=False)
    assert requests <= MOST[name]
