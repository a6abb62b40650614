"""What stands against plain edits, closing and reports: each refusal with a sentence, and nothing half done."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import httpx
import pytest
from msgspec.structs import replace

from ppstui.backends.rt import RT, Fields, Options
from ppstui.errors import Conflict, Gone, Refused, Unreachable
from ppstui.model import (
    Assign,
    Document,
    Expose,
    Extend,
    Incident,
    Outcome,
    Ref,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from ppstui.rules.commands import preview
from ppstui.rules.policy import Policy
from ppstui.rules.tracker import Tracker
from ppstui.testing import toolbox
from ppstui.testing.reading import NOON
from tests.backends.rt.fake import TEAMS
from tests.backends.rt.worlds import SOURCE, FakeWorld

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppstui.model import Command
    from ppstui.port import Backend, Exchange

ONE = Ref(SOURCE, "1")
DAY = dt.date(2026, 12, 1)
ACCEPT = SetOutcome(target=ONE, outcome=Outcome.ACCEPT)
ZENODO = "https://zenodo.org/records/1"
FILE = b"PK\x03\x04" + bytes(range(256)) * 20
REPORT = Report(target=ONE, team=TEAMS[0], name=f"{TEAMS[0]}-UMD-4-x-1.odt", size=len(FILE), content=FILE)


@pytest.fixture
def world() -> FakeWorld:
    world = FakeWorld()
    world.rt.make("x", text="Please test.")
    world.rt.set_field(1, 7, [TEAMS[0]], "colleague")
    world.rt.set_status(1, "open", "colleague")
    return world


def parent(world: FakeWorld) -> int:
    number = world.rt.make("p", queue="sw-rel").id
    world.rt.tickets[1].member_of = [number]
    return number


def behind(world: FakeWorld, change: Callable[[], None], *, times: int = 1, first: bool = False) -> None:
    """A colleague's change that arrives right behind each of the next PUTs, or right before."""
    left = [times]

    def server(request: httpx.Request) -> httpx.Response:
        hit = request.method == "PUT" and left[0] > 0
        if hit and first:
            change()
        response = world.rt(request)
        if hit and not first:
            change()
        left[0] -= hit
        return response

    world.wire.inner = httpx.MockTransport(server)


def writes(world: FakeWorld) -> list[httpx.Request]:
    return [request for request in world.wire.requests if world.wire.writes(request)]


def columns(record: Rollout) -> tuple[object, ...]:
    said = (record.status, record.owner, record.due, record.outcome, record.document, record.fields)
    return (*said, record.links, record.assignments, record.messages)


async def seen(world: FakeWorld) -> Rollout:
    record = await world.open().look(ONE)
    assert isinstance(record, Rollout)
    return record


# ------------------------------------------------------------------------------------------------------------ refusals

REFUSALS: dict[str, tuple[Command, str]] = {
    "status of no lifecycle": (SetStatus(target=ONE, status="stalling"), "isn't a valid status.*did you mean stalled"),
    "status that does not follow": (SetStatus(target=ONE, status="new"), "You can't change status.*it offers resolved"),
    "status that takes a right": (
        SetStatus(target=ONE, status="deleted"),
        "it is open, not deleted.*Permission Denied",
    ),
    "owner that is none": (SetOwner(target=ONE, owner="coleague"), "does not exist.*did you mean colleague"),
    "owner that may not own": (SetOwner(target=ONE, owner="RT_System"), "may not own tickets in that queue"),
    "owner that is a number": (SetOwner(target=ONE, owner="51"), "51 is no account's name"),
    "document that is no number": (
        Document(target=ONE, document="x1"),
        r"it is empty, not x1.*Input must match \[Digits",
    ),
    "field that is none": (
        SetField(target=ONE, name="Verson", values=("1",)),
        "no field 'Verson'; did you mean Version",
    ),
    "teams by hand": (SetField(target=ONE, name="ea teams", add=("x",)), "ea teams is not set by hand: use assign"),
    "outcome by hand": (SetField(target=ONE, name="Outcome", values=("ACCEPT",)), "use outcome"),
    "document by hand": (SetField(target=ONE, name="DocID", values=("1",)), "use document"),
    "two values where one fits": (
        SetField(target=ONE, name="Version", values=("1", "2")),
        "Version holds one value; write one, not 2",
    ),
    "link that is none": (Incident(target=ONE, url="see there"), "Couldn't resolve 'see there' into a link"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_what_the_server_does_not_take_is_refused_in_a_sentence(world: FakeWorld, name: str) -> None:
    command, why = REFUSALS[name]
    before = await seen(world)
    with pytest.raises(Refused, match=why) as raised:
        await world.open().apply(command, "key-1", before)
    assert not isinstance(raised.value, Conflict)
    assert str(raised.value).startswith(f"{SOURCE}: ticket 1: ")
    assert len(str(raised.value)) < 300
    assert columns(await seen(world)) == columns(before)


async def test_a_field_the_ticket_does_not_have_is_named(world: FakeWorld) -> None:
    world.rt.names = {7: "EA Teams", 4: "Version"}
    for command, name in ((ACCEPT, "Outcome"), (Document(target=ONE, document="7"), "DocID")):
        with pytest.raises(Refused, match=f"ticket 1 has no field '{name}'; there are: EA Teams, Version"):
            await world.open().apply(command, "key-1")
    assert not writes(world) or {request.method for request in writes(world)} == {"PUT"}


async def test_a_field_that_is_not_configured_is_asked_for() -> None:
    world = FakeWorld(fields=Fields(outcome=""))
    world.rt.make("x")
    with pytest.raises(Refused, match=rf"write its name as outcome in \[backends.{SOURCE}.fields\]"):
        await world.open().apply(ACCEPT, "key-1")


async def test_a_value_that_is_not_taken_is_told_with_those_that_are(world: FakeWorld) -> None:
    world.rt.values[8] = ("Good", "Bad")
    with pytest.raises(
        Refused, match=r"it is empty, not ACCEPT; the server said: Invalid value.*; there are Good, Bad"
    ):
        await world.open().apply(ACCEPT, "key-1")


async def test_a_ticket_that_was_to_be_deleted_is_not_found_gone(world: FakeWorld) -> None:
    world.rt.may.add("DeleteTicket")
    for _ in range(2):
        receipt = await world.open().apply(SetStatus(target=ONE, status="deleted"), "key-1")
        assert receipt.text == "ticket 1: status deleted"
    assert len(writes(world)) == 1
    with pytest.raises(Gone, match="was deleted"):
        await world.open().apply(SetStatus(target=ONE, status="open"), "key-2")


# ---------------------------------------------------------------------------------------------------- fields' own ways


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "hidden"])
async def test_fields_are_emptied_as_their_kind_takes_it(world: FakeWorld, *, listed: bool) -> None:
    world.rt.choices = TEAMS if listed else None
    world.rt.names[21], world.rt.days = "Deadline", {21}
    for number, values in ((4, ["1"]), (12, ["a", "b"]), (21, ["2026-12-24"])):
        world.rt.set_field(1, number, values, "colleague")
    for name in ("Version", "Remarks", "Deadline"):
        await world.open().apply(SetField(target=ONE, name=name, values=()), f"empty-{name}")
    assert [world.rt.tickets[1].fields[number] for number in (4, 12, 21)] == [[], [], []]


async def test_values_are_merged_into_what_a_colleague_put_there(world: FakeWorld) -> None:
    world.rt.set_field(1, 12, ["old"], "colleague")
    looked_at = await seen(world)
    world.rt.set_field(1, 12, ["old", "theirs"], "colleague")
    await world.open().apply(SetField(target=ONE, name="remarks", add=("mine",), remove=("old",)), "key-1", looked_at)
    assert world.rt.tickets[1].fields[12] == ["theirs", "mine"]


async def test_a_value_that_a_field_does_not_take_is_never_sent(world: FakeWorld) -> None:
    """RT would refuse it, and still take out what is left out."""
    world.rt.names[21], world.rt.values[21] = "Platforms", ("SL5", "SL6")
    world.rt.many.add(21)
    world.rt.set_field(1, 21, ["SL5"], "colleague")
    with pytest.raises(Refused, match=r"Platforms has no value 'SL66'; did you mean SL6\?"):
        await world.open().apply(SetField(target=ONE, name="Platforms", values=("SL66",)), "key-1")
    assert not writes(world)
    await world.open().apply(SetField(target=ONE, name="Platforms", values=("sl6",)), "key-2")
    assert world.rt.tickets[1].fields[21] == ["SL6"]


async def test_an_outcome_taken_out_leaves_nothing(world: FakeWorld) -> None:
    world.rt.set_field(1, 8, ["ACCEPT"], "colleague")
    receipt = await world.open().apply(SetOutcome(target=ONE, outcome=None, reason="Too early."), "key-1")
    assert world.rt.tickets[1].fields[8] == []
    assert receipt.text == "ticket 1: outcome is empty"
    assert receipt.id == str(next(row.id for row in world.rt.transactions if row.type == "Comment"))


async def test_another_document_takes_the_place_of_the_first_and_of_its_link(world: FakeWorld) -> None:
    backend = world.open()
    await backend.apply(Document(target=ONE, document="700"), "key-1")
    await backend.apply(Document(target=ONE, document="701"), "key-2")
    assert world.rt.tickets[1].refers_to == ["https://documents.egi.eu/document/701"]
    assert [link.relation for link in (await seen(world)).links] == ["document"]


@pytest.mark.parametrize(
    "command", [Document(target=ONE, url=ZENODO), Resolve(target=ONE, outcome=Outcome.ACCEPT, url=ZENODO)]
)
async def test_a_document_that_is_named_by_its_address_alone_leaves_no_number_of_another(
    world: FakeWorld, command: Document | Resolve
) -> None:
    await world.open().apply(Document(target=ONE, document="701"), "key-1")
    before = await seen(world)
    after = preview(command, before, Policy(), NOON, "sro-manager", "key-2", Tracker())
    for _ in range(2):
        await world.open().apply(command, "key-2")
        assert world.rt.tickets[1].fields[9] == []
        assert world.rt.tickets[1].refers_to == [ZENODO]
        assert (await seen(world)).document == after.document == ""


async def test_an_address_alone_is_linked_where_no_field_holds_a_number(world: FakeWorld) -> None:
    world.rt.names.pop(9)
    await world.open().apply(Document(target=ONE, url=ZENODO), "key-1")
    assert world.rt.tickets[1].refers_to == [ZENODO]


def opened(world: FakeWorld, zone: str) -> Backend:
    tools = toolbox(SOURCE, secrets={"env:RT_TOKEN": world.rt.token}, transport=world.wire)
    return RT.open(Options(url=world.rt.url, token="env:RT_TOKEN"), replace(tools, zone=ZoneInfo(zone)))


@pytest.mark.parametrize("desk", ["Europe/Zurich", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("hours", [0, 14, -11, 9])
async def test_a_due_day_is_that_day_also_where_the_server_reads_it_in_the_accounts_zone(
    world: FakeWorld, desk: str, hours: int
) -> None:
    """RT 5.0.3 takes it as it is sent; one that took it for the account's time would be off by `hours`."""

    def server(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            body = json.loads(request.content)
            at = dt.datetime.fromisoformat(body["Due"]) - dt.timedelta(hours=hours)
            request = httpx.Request(
                "PUT",
                request.url,
                json=body | {"Due": f"{at:%Y-%m-%d %H:%M:%S}"},
                headers={name: value for name, value in request.headers.items() if name != "content-length"},
            )
        return world.rt(request)

    world.wire.inner = httpx.MockTransport(server)
    backend = opened(world, desk)
    await backend.apply(SetDue(target=ONE, due=DAY), "key-1")
    record = await backend.look(ONE)
    assert isinstance(record, Rollout)
    assert record.due == DAY


async def test_a_due_day_that_is_there_at_another_hour_is_there(world: FakeWorld) -> None:
    world.rt.set_due(1, DAY, "colleague")
    receipt = await world.open().apply(SetDue(target=ONE, due=DAY), "key-1")
    assert (receipt.text, writes(world)) == ("ticket 1: due 2026-12-01", [])


async def test_the_history_tells_each_edit_once_in_the_words_of_the_process(world: FakeWorld) -> None:
    backend = world.open()
    known = len((await seen(world)).events)
    edits: tuple[Command, ...] = (
        SetOwner(target=ONE, owner="coordinator"),
        SetOwner(target=ONE, owner=""),
        SetDue(target=ONE, due=DAY),
        ACCEPT,
        Document(target=ONE, document="700"),
        SetStatus(target=ONE, status="stalled"),
        Assign(target=ONE, remove=(TEAMS[0],)),
    )
    for number, command in enumerate(edits):
        await backend.apply(command, f"key-{number}")
    assert [event.text for event in (await seen(world)).events[known:]] == [
        "owner nobody → account 52",
        "owner account 52 → nobody",
        "due (empty) → 2026-12-01",
        "outcome (empty) → ACCEPT",
        "link + RefersTo https://documents.egi.eu/document/700",
        "document (empty) → 700",
        "status open → stalled",
        f"teams - {TEAMS[0]}",
    ]
    await backend.apply(SetOwner(target=ONE, owner="coordinator"), "key-9")
    assert (await seen(world)).events[-1].text == "owner nobody → coordinator"


# ------------------------------------------------------------------------------------------------- two people at once


async def test_who_is_faster_again_and_again_is_a_conflict_with_what_is_there(world: FakeWorld) -> None:
    behind(world, lambda: world.touch(ONE), times=99, first=True)
    with pytest.raises(Conflict) as raised:
        await world.open().apply(ACCEPT, "key-1")
    assert isinstance(raised.value.current, Rollout)
    assert len(writes(world)) == 3
    assert not world.rt.tickets[1].fields.get(8)


async def test_who_was_faster_once_is_looked_at_before_it_is_tried_again(world: FakeWorld) -> None:
    looked_at = await seen(world)
    behind(world, lambda: world.rt.set_field(1, 8, ["REJECT"], "colleague"), first=True)
    with pytest.raises(Conflict, match=r"outcome is REJECT now \(colleague\)"):
        await world.open().apply(ACCEPT, "key-1", looked_at)
    assert world.rt.tickets[1].fields[8] == ["REJECT"]


async def test_what_a_colleague_set_and_took_back_is_a_conflict_too(world: FakeWorld) -> None:
    looked_at = await seen(world)
    world.rt.set_field(1, 8, ["REJECT"], "colleague")
    world.rt.set_field(1, 8, [], "colleague")
    with pytest.raises(Conflict, match=r"outcome is empty now \(colleague\)"):
        await world.open().apply(ACCEPT, "key-1", looked_at)
    assert not writes(world)


async def test_what_is_overwritten_after_it_was_read_back_is_in_the_receipt(world: FakeWorld) -> None:
    looks: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/tickets") and not looks:
            looks.append(request)
            world.rt.set_field(1, 8, ["REJECT"], "colleague")
        return world.rt(request)

    world.wire.inner = httpx.MockTransport(server)
    receipt = await world.open().apply(ACCEPT, "key-1")
    assert receipt.text == "ticket 1: outcome is REJECT; outcome is REJECT now: a colleague's write won"


async def test_a_colleagues_write_right_behind_ours_has_won_and_is_named(world: FakeWorld) -> None:
    behind(world, lambda: world.rt.set_field(1, 8, ["REJECT"], "colleague"))
    with pytest.raises(
        Conflict, match="colleague changed outcome to REJECT in the same moment: a colleague's write won"
    ):
        await world.open().apply(ACCEPT, "key-1")


async def test_teams_that_our_list_took_out_unasked_are_put_back(world: FakeWorld) -> None:
    """RT lets both in where two lists arrive at once: the later one takes out what it does not name."""
    turns: list[int] = []

    def server(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT" and not turns:
            turns.append(1)
            chosen = [*world.rt.tickets[1].fields[7], TEAMS[3]]
            world.rt.set_field(1, 7, chosen, "colleague")
            del request.headers["if-match"]  # read before it, compared before it, done after it
        return world.rt(request)

    world.wire.inner = httpx.MockTransport(server)
    receipt = await world.open().apply(Assign(target=ONE, add=(TEAMS[1],)), "key-1")
    assert set(world.rt.tickets[1].fields[7]) == {TEAMS[0], TEAMS[1], TEAMS[3]}
    assert TEAMS[3] in receipt.text


async def test_a_colleague_who_takes_our_team_out_in_the_same_moment_has_won(world: FakeWorld) -> None:
    behind(world, lambda: world.rt.set_field(1, 7, [TEAMS[0]], "colleague"))
    with pytest.raises(
        Conflict, match=f"{TEAMS[1]} is not in it: colleague changed the teams.*a colleague's write won"
    ):
        await world.open().apply(Assign(target=ONE, add=(TEAMS[1],)), "key-1")


@pytest.mark.parametrize("arrives", [False, True])
async def test_a_change_the_server_trips_over_every_time_is_refused_or_there(
    world: FakeWorld, *, arrives: bool
) -> None:
    def server(request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return world.rt(request)
        if arrives:
            world.rt(request)
        return httpx.Response(500, headers={"content-type": "application/json"})

    world.wire.inner = httpx.MockTransport(server)
    if arrives:
        await world.open().apply(ACCEPT, "key-1")
        assert len(writes(world)) == 1
        return
    with pytest.raises(Refused, match="outcome ACCEPT: the server fails over it every time"):
        await world.open().apply(ACCEPT, "key-1")


async def test_a_gateway_that_waits_is_no_refusal(world: FakeWorld) -> None:
    world.wire.inner = httpx.MockTransport(
        lambda request: httpx.Response(502) if request.method == "PUT" else world.rt(request)
    )
    with pytest.raises(Unreachable):
        await world.open().apply(ACCEPT, "key-1")


# ------------------------------------------------------------------------------------------------------------- closing

RESOLVE = Resolve(target=ONE, outcome=Outcome.ACCEPT, document="700", reason="All is well.")


async def test_document_outcome_reason_and_status_come_in_that_order_and_the_parent_last(world: FakeWorld) -> None:
    number = parent(world)
    receipt = await world.open().apply(RESOLVE, "key-1")
    said = [json.loads(request.content) for request in writes(world)]
    assert [next(iter(body)) for body in said] == [
        *("AddRefersTo", "CustomFields", "CustomFields", "Content", "Status"),
        "CustomFields",
    ]
    assert [writes(world)[-1].url.path.endswith(f"/ticket/{number}"), said[1], said[2]] == [
        True,
        {"CustomFields": {"9": "700"}},
        {"CustomFields": {"8": "ACCEPT"}},
    ]
    assert said[-1]["AddRefersTo"] == "https://documents.egi.eu/document/700"
    assert (
        receipt.text == f"ticket 1: status resolved, outcome ACCEPT; the parent there:{number} has ACCEPT, document 700"
    )
    assert receipt.record == await seen(world)


@pytest.mark.parametrize("automation", [False, True])
async def test_the_parent_is_told_once(world: FakeWorld, *, automation: bool) -> None:
    number = parent(world)
    world.rt.automation = automation
    await world.open().apply(RESOLVE, "key-1")
    told = [(row.field, row.new) for row in world.rt.transactions if row.ticket == number and row.type == "CustomField"]
    assert sorted(told) == [("8", "ACCEPT"), ("9", "700")]
    puts = [request for request in writes(world) if request.url.path.endswith(f"/ticket/{number}")]
    assert len(puts) == (not automation)


async def test_a_parent_without_such_fields_is_no_failure_and_is_said(world: FakeWorld) -> None:
    number = parent(world)
    world.rt.bare = {"sw-rel"}
    receipt = await world.open().apply(RESOLVE, "key-1")
    assert f"the parent there:{number} has no field 'DocID', so its document was not set" in receipt.text
    assert f"the parent there:{number} has no field 'Outcome', so its outcome was not set" in receipt.text


@pytest.mark.parametrize("how", ["hidden", "refused", "merged"])
async def test_a_parent_that_cannot_be_told_parks_and_the_next_try_tells_it_alone(world: FakeWorld, how: str) -> None:
    number = parent(world)
    ticket = world.rt.tickets[number]
    if how == "hidden":
        ticket.hidden, why = True, "not visible to this account"
    elif how == "refused":
        world.rt.values[8], why = ("Good",), "it does not take outcome ACCEPT; the server said: .*Invalid value"
        world.rt.set_field(1, 8, ["ACCEPT"], "colleague")
    else:
        ticket.merged_into, why = world.rt.make("q", queue="sw-rel").id, "merged into"
    with pytest.raises(Refused, match=f"ticket 1: resolved; the parent there:{number} was not told: .*{why}") as raised:
        await world.open().apply(RESOLVE, "key-1")
    assert not isinstance(raised.value, Gone)
    assert world.rt.tickets[1].status == "resolved"
    ticket.hidden, ticket.merged_into, world.rt.values[8] = False, 0, ("ACCEPT",)
    world.wire.requests.clear()
    await world.open().apply(RESOLVE, "key-1")
    assert [request.url.path.rpartition("/")[2] for request in writes(world)] == [str(number)]
    assert (ticket.fields[8], ticket.fields[9]) == (["ACCEPT"], ["700"])


async def test_of_what_the_rollout_has_not_the_parent_is_told_nothing(world: FakeWorld) -> None:
    number = parent(world)
    world.rt.set_field(number, 8, ["ACCEPT"], "colleague")
    await world.open().apply(Resolve(target=ONE), "key-1")
    assert world.rt.tickets[1].status == "resolved"
    assert world.rt.tickets[number].fields == {8: ["ACCEPT"]}


async def test_a_deleted_parent_is_told_nothing(world: FakeWorld) -> None:
    number = parent(world)
    world.rt.tickets[number].status = "deleted"
    await world.open().apply(RESOLVE, "key-1")
    assert not world.rt.tickets[number].fields


async def test_a_status_that_does_not_follow_leaves_the_rest_and_the_parent_untold(world: FakeWorld) -> None:
    number = parent(world)
    world.rt.tickets[1].status = "new"
    with pytest.raises(Refused, match="status did not change as asked: it is new, not resolved"):
        await world.open().apply(RESOLVE, "key-1")
    assert world.rt.tickets[1].fields[8] == ["ACCEPT"]
    assert not world.rt.tickets[number].fields


# ------------------------------------------------------------------------------------------------------------- reports


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ("truncate", f"did not arrive whole: the server says: file cut from {len(FILE)} to 1000 bytes"),
        ("drop", f"the server says: file dropped, being of {len(FILE)} bytes where 1000 are the limit"),
    ],
)
async def test_a_report_that_is_cut_or_dropped_is_told_however_often_it_is_asked_for(
    world: FakeWorld, over: str, why: str
) -> None:
    world.rt.longest, world.rt.over_limit = 1000, over
    for _ in range(2):
        with pytest.raises(Refused, match=why):
            await world.open().apply(REPORT, "key-1")
    assert len(writes(world)) == 1
    world.rt.longest = None
    assert f"({len(FILE)} bytes) is on ticket 1" in (await world.open().apply(REPORT, "key-2")).text


async def test_a_report_of_another_size_is_told_also_where_no_history_tells(world: FakeWorld) -> None:
    def server(request: httpx.Request) -> httpx.Response:
        response = world.rt(request)
        for part in world.rt.parts:
            part.length = min(part.length, 77)
        return response

    world.wire.inner = httpx.MockTransport(server)
    with pytest.raises(
        Refused, match=rf"\({len(FILE)} bytes\) did not arrive whole: the reply is there with .* of 77 bytes"
    ):
        await world.open().apply(REPORT, "key-1")


async def test_a_report_without_its_content_is_looked_for_and_never_sent(world: FakeWorld) -> None:
    empty = replace(REPORT, content=b"")
    with pytest.raises(Refused, match="no longer there; report it anew"):
        await world.open().apply(empty, "key-1")
    await world.open().apply(REPORT, "key-1")
    assert "is on ticket 1" in (await world.open().apply(empty, "key-1")).text
    assert len(writes(world)) == 1


async def test_an_exposure_of_all_sets_the_field_first_and_a_second_try_leaves_it_alone() -> None:
    world = FakeWorld(fields=Fields(exposure_start="From", exposure_end="Until"))
    world.rt.names |= {21: "From", 22: "Until"}
    world.rt.make("x")
    backend = world.open()
    await backend.apply(Expose(target=ONE, on=DAY), "key-1")
    await backend.apply(Extend(target=ONE, until=DAY, reason="r"), "key-2")
    assert (world.rt.tickets[1].fields[21], world.rt.tickets[1].fields[22]) == (["2026-12-01"], ["2026-12-01"])
    world.rt.set_field(1, 21, ["2026-11-30"], "colleague")
    await backend.apply(Expose(target=ONE, on=DAY), "key-1")
    assert world.rt.tickets[1].fields[21] == ["2026-11-30"]


async def test_an_exposure_that_a_colleague_said_meanwhile_is_a_conflict(world: FakeWorld) -> None:
    looked_at = await seen(world)
    world.rt.say(1, "Correspond", "colleague", f"ppstui: exposure of {TEAMS[0]} from 2026-11-02")
    for command in (
        Expose(target=ONE, team=TEAMS[0], on=DAY),
        Extend(target=ONE, team=TEAMS[0], until=DAY, reason="r"),
    ):
        with pytest.raises(Conflict, match=f"exposure of {TEAMS[0]} is from 2026-11-02 now"):
            await world.open().apply(command, "key-1", looked_at)
    await world.open().apply(Expose(target=ONE, team=TEAMS[1], on=DAY), "key-2", looked_at)


async def test_a_reason_that_this_account_may_not_read_is_written_once_where_the_rest_is_tried_again(
    world: FakeWorld,
) -> None:
    world.rt.may.discard("SeeComments")
    backend = world.open()
    command = SetOutcome(target=ONE, outcome=Outcome.ACCEPT, reason="All is well.")

    def server(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/tickets"):
            raise httpx.ReadTimeout("no answer", request=request)
        return world.rt(request)

    world.wire.inner = httpx.MockTransport(server)
    with pytest.raises(Unreachable):
        await backend.apply(command, "key-1")
    world.wire.inner = httpx.MockTransport(world.rt)
    await backend.apply(command, "key-1")
    assert sum(row.type == "Comment" for row in world.rt.transactions) == 1


# ----------------------------------------------------------------------------------------------------------- witnesses


async def test_every_change_is_witnessed_with_its_answer_and_without_secret_or_file(world: FakeWorld) -> None:
    seen: list[Exchange] = []
    tools = toolbox(SOURCE, secrets={"env:RT_TOKEN": world.rt.token}, transport=world.wire)
    backend = RT.open(Options(url=world.rt.url, token="env:RT_TOKEN"), replace(tools, witness=seen.append))
    await backend.apply(
        SetOutcome(target=ONE, outcome=Outcome.ACCEPT, reason=f"{world.rt.token} {'x' * 5000}"), "key-1"
    )
    await backend.apply(REPORT, "key-2")
    world.be_down()
    with pytest.raises(Unreachable):
        await backend.apply(ACCEPT, "key-3")
    world.be_up()
    world.lose_next_answer()
    with pytest.raises(Unreachable):
        await backend.apply(SetOutcome(target=ONE, outcome=Outcome.REJECT), "key-4")
    assert [each.key for each in seen] == ["key-1", "key-1", "key-2", "key-4"]
    put, note, report, lost = seen
    assert put.request == f'PUT {world.rt.url}/REST/2.0/ticket/1\n{{"CustomFields": {{"8": "ACCEPT"}}}}'
    assert put.answer.startswith("200 application/json\n")
    assert len(note.request) < 2300
    assert "characters)" in note.request
    assert f"[file {REPORT.name}, {len(FILE)} bytes]" in report.request
    assert lost.answer.startswith("no answer: ReadTimeout")
    everything = "".join(each.request + each.answer for each in seen)
    assert world.rt.token not in everything
    assert "(secret)" in everything
    assert "PK\x03" not in everything
