"""Plain edits on a real RT: due day, owner, status, further fields, links; and two coordinators at once."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

import httpx
import pytest

from ppstui.errors import Conflict, Gone, Refused
from ppstui.model import (
    Assign,
    Document,
    Incident,
    Outcome,
    Poll,
    Ref,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from tests.backends.rt.live import SOURCE, Desk, said, there, values
from tests.backends.rt.test_live_closing import changes, links

if TYPE_CHECKING:
    from ppstui.model import Command
    from ppstui.port import Exchange
    from tests.servers.rt_site import Site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt-journeys")]

OPEN = Ref(SOURCE, "16")
DAY = dt.date(2026, 12, 1)
PADOVA, PRAGUE, CYFRONET, HG = (
    "ea-NGI_IT-INFN-PADOVA",
    "ea-NGI_CZ-praguelcg2",
    "ea-NGI_PL-CYFRONET-LCG2",
    "ea-NGI_GRNET-HG-01-GRNET",
)
EVERY: list[Command] = [
    SetDue(target=OPEN, due=DAY),
    SetOwner(target=OPEN, owner="sro-manager"),
    SetStatus(target=OPEN, status="stalled"),
    SetField(target=OPEN, name="Remarks", add=("x",)),
    SetOutcome(target=OPEN, outcome=Outcome.ACCEPT),
    Document(target=OPEN, document="7"),
    Incident(target=OPEN, url="https://ggus.example.org/9"),
]


@pytest.mark.parametrize("zone", ["", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"])
async def test_a_due_day_is_that_day_whatever_the_accounts_zone(rt_site: Site, zone: str) -> None:
    with rt_site.client() as client:
        client.put("/user/sro-manager", json={"Timezone": zone})
    desk = Desk(rt_site)
    await desk.backend.apply(SetDue(target=OPEN, due=DAY), "due-1")
    record = await desk.look(16)
    assert record.due == DAY
    assert record.events[-1].text == "due (empty) → 2026-12-01"
    await desk.backend.apply(SetDue(target=OPEN, due=None), "due-2")
    assert there(rt_site, 16)["Due"].startswith("1970")
    assert (await desk.look(16)).due is None


async def test_an_owner_is_an_account_or_nobody_and_a_wrong_one_is_told_who_may_be_meant(rt_site: Site) -> None:
    desk = Desk(rt_site)
    await desk.backend.apply(SetOwner(target=OPEN, owner="sro-manager2"), "owner-1")
    assert there(rt_site, 16)["Owner"]["id"] == "sro-manager2"
    record = await desk.look(16)
    assert (record.owner, record.events[-1].text) == ("sro-manager2", "owner nobody → sro-manager2")
    with pytest.raises(Refused, match="did you mean sro-manager2"):
        await desk.backend.apply(SetOwner(target=OPEN, owner="sro-manager-2"), "owner-2")
    with pytest.raises(Refused, match="the server said: Ticket 16: That user may not own tickets in that queue"):
        await desk.backend.apply(SetOwner(target=OPEN, owner="observer"), "owner-3")
    with pytest.raises(Refused, match="14 is no account's name"):
        await desk.backend.apply(SetOwner(target=OPEN, owner="14"), "owner-4")
    await desk.backend.apply(SetOwner(target=OPEN, owner=""), "owner-5")
    assert there(rt_site, 16)["Owner"]["id"] == "Nobody"


async def test_a_status_is_set_and_one_the_server_has_not_is_told_which_there_are(rt_site: Site) -> None:
    desk = Desk(rt_site)
    await desk.backend.apply(SetStatus(target=OPEN, status="stalled"), "status-1")
    assert there(rt_site, 16)["Status"] == "stalled"
    with pytest.raises(Refused, match=r"isn't a valid status.*did you mean rejected"):
        await desk.backend.apply(SetStatus(target=OPEN, status="reject"), "status-2")
    with pytest.raises(Refused, match="Permission Denied"):
        await desk.backend.apply(SetStatus(target=OPEN, status="deleted"), "status-3")
    assert there(rt_site, 16)["Status"] == "stalled"


async def test_fields_of_one_and_of_many_values_are_set_merged_and_emptied(rt_site: Site) -> None:
    desk = Desk(rt_site)

    async def put(key: str, name: str, **how: tuple[str, ...]) -> list[str]:
        await desk.backend.apply(SetField(target=OPEN, name=name, **how), key)
        return values(there(rt_site, 16), name)

    assert await put("f1", "Remarks", values=("b", "a")) == ["b", "a"]
    assert await put("f2", "Remarks", add=("c", "ü €"), remove=("b",)) == ["a", "c", "ü €"]
    assert await put("f3", "Remarks", values=("only",)) == ["only"]
    assert await put("f4", "Remarks", remove=("only",)) == []
    assert await put("f5", "Version", values=("2.0",)) == ["2.0"]
    assert await put("f6", "Version", values=()) == []
    assert await put("f7", "Deadline", values=("2026-12-24",)) == ["2026-12-24"]
    assert await put("f8", "Deadline", values=()) == []
    assert await put("f9", "Platform", values=("sl6 X86_64",)) == ["SL6 x86_64"]
    with pytest.raises(Refused, match="Platform has no value 'SL7 x86_64'; did you mean SL6 x86_64"):
        await put("g1", "Platform", values=("SL7 x86_64",))
    with pytest.raises(Refused, match="there is no field 'Remark'; did you mean Remarks"):
        await put("g2", "Remark", values=("x",))
    with pytest.raises(Refused, match="EA Teams is not set by hand: use assign"):
        await put("g3", "EA Teams", values=(PADOVA,))


async def test_a_document_number_the_field_does_not_take_is_told_in_the_servers_words(rt_site: Site) -> None:
    desk = Desk(rt_site)
    with pytest.raises(Refused, match=r"document did not change as asked: .*Input must match \[Digits\]"):
        await desk.backend.apply(Document(target=OPEN, document="abc"), "doc-1")
    await desk.backend.apply(Document(target=OPEN, document="700"), "doc-2")
    await desk.backend.apply(Document(target=OPEN, document="701"), "doc-3")
    ticket = there(rt_site, 16)
    assert values(ticket, "DocID") == ["701"]
    assert [url for url in links(ticket) if "document/70" in url] == ["https://documents.egi.eu/document/701"]
    await desk.backend.apply(Document(target=OPEN, url="https://zenodo.org/records/1"), "doc-address")
    ticket = there(rt_site, 16)
    assert (values(ticket, "DocID"), [url for url in links(ticket) if "document/70" in url]) == ([], [])
    assert "https://zenodo.org/records/1" in links(ticket)
    await desk.backend.apply(Document(target=OPEN, document="702"), "doc-number")
    assert values(there(rt_site, 16), "DocID") == ["702"]
    await desk.backend.apply(Document(target=OPEN), "doc-4")
    ticket = there(rt_site, 16)
    assert (values(ticket, "DocID"), [url for url in links(ticket) if "document/70" in url]) == ([], [])


async def test_an_incident_is_linked_noted_and_taken_out(rt_site: Site) -> None:
    desk = Desk(rt_site)
    url = "https://ggus.example.org/ws/ticket_info.php?ticket=4711&x=ü#top"
    receipt = await desk.backend.apply(Incident(target=OPEN, url=url, title="It fails", text="Look."), "incident-1")
    assert receipt.id
    assert url in links(there(rt_site, 16))
    assert "It fails" in said(rt_site, 16, "Comment")[-1][1]
    assert "incident" in {link.relation for link in (await desk.look(16)).links if link.url == url}
    await desk.backend.apply(Incident(target=OPEN, url=url, remove=True), "incident-2")
    assert url not in links(there(rt_site, 16))
    with pytest.raises(Refused, match="Couldn't resolve"):
        await desk.backend.apply(Incident(target=OPEN, url="no address"), "incident-3")


async def test_a_poll_leaves_its_note(rt_site: Site) -> None:
    desk = Desk(rt_site)
    poll = Poll(target=OPEN, to="early-adopters-emi@mailman.egi.eu", subject="Who tests?", text="Please answer.")
    await desk.backend.apply(poll, "poll-1")
    await desk.backend.apply(poll, "poll-1")
    notes = [text for _, text in said(rt_site, 16, "Comment") if "early-adopters-emi@mailman.egi.eu" in text]
    assert len(notes) == 1


# ----------------------------------------------------------------------------------------------- what stands against it


@pytest.mark.parametrize("command", EVERY, ids=lambda command: type(command).__name__)
async def test_who_may_only_read_is_refused_and_who_sees_nothing_finds_it_gone(rt_site: Site, command: Command) -> None:
    before = there(rt_site, 16)
    with pytest.raises(Refused, match=r"Permission Denied|CommentOnTicket|did not change"):
        await Desk(rt_site, "observer").backend.apply(command, "key-o")
    with pytest.raises(Gone, match="ShowTicket"):
        await Desk(rt_site, "outsider").backend.apply(command, "key-x")
    after = there(rt_site, 16)
    assert {name: after[name] for name in ("Status", "Owner", "Due", "LastUpdated")} == {
        name: before[name] for name in ("Status", "Owner", "Due", "LastUpdated")
    }


@pytest.mark.parametrize("command", EVERY, ids=lambda command: type(command).__name__)
async def test_a_deleted_or_merged_ticket_says_so(rt_site: Site, command: Command) -> None:
    with rt_site.client() as client:
        client.put("/ticket/16", json={"Status": "deleted"})
    with pytest.raises(Gone, match="ticket 16 was deleted"):
        await Desk(rt_site).backend.apply(command, "key-d")
    with rt_site.client() as client:
        client.put("/ticket/16", json={"Status": "open"})
        client.put("/ticket/16", json={"MergeInto": 26})
    with pytest.raises(Gone, match="go on with rt:26"):
        await Desk(rt_site).backend.apply(command, "key-m")


@pytest.mark.parametrize(
    ("mine", "theirs", "named"),
    [
        (SetDue(target=OPEN, due=DAY), SetDue(target=OPEN, due=dt.date(2027, 1, 1)), "due is 2027-01-01"),
        (
            SetOwner(target=OPEN, owner="sro-manager"),
            SetOwner(target=OPEN, owner="sro-manager2"),
            "owner is sro-manager2",
        ),
        (
            SetOutcome(target=OPEN, outcome=Outcome.ACCEPT),
            SetOutcome(target=OPEN, outcome=Outcome.REJECT),
            "outcome is REJECT",
        ),
        (Document(target=OPEN, document="7"), Document(target=OPEN, document="8"), "document is 8"),
        (
            SetField(target=OPEN, name="Version", values=("1",)),
            SetField(target=OPEN, name="Version", values=("2",)),
            "Version is 2",
        ),
        (SetStatus(target=OPEN, status="rejected"), SetStatus(target=OPEN, status="stalled"), "status is stalled"),
    ],
    ids=["due", "owner", "outcome", "document", "field", "status"],
)
async def test_what_a_colleague_set_meanwhile_is_a_conflict_that_names_them(
    rt_site: Site, mine: Command, theirs: Command, named: str
) -> None:
    desk = Desk(rt_site)
    looked_at = await desk.look(16)
    await Desk(rt_site, "manager2").backend.apply(theirs, "theirs-1")
    with pytest.raises(Conflict, match=rf"{named} now \(sro-manager2\)") as raised:
        await desk.backend.apply(mine, "mine-1", looked_at)
    assert raised.value.current == await desk.look(16)
    await desk.backend.apply(mine, "mine-1", raised.value.current)


async def test_four_desks_that_choose_at_once_leave_all_their_teams_chosen(rt_site: Site) -> None:
    """RT lets all in that arrive at once: who took out another's team unasked puts it back."""
    teams = (PADOVA, PRAGUE, CYFRONET, HG)
    for turn in range(3):
        desks = [Desk(rt_site, who) for who in ("manager", "manager2", "manager", "manager2")]
        looked_at = [await desk.look(26) for desk in desks]
        target = Ref(SOURCE, "26")
        tasks = [
            desk.backend.apply(Assign(target=target, add=(team,)), f"at-once-{turn}-{team}", seen)
            for desk, team, seen in zip(desks, teams, looked_at, strict=True)
        ]
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        for desk, team, end in zip(desks, teams, ends, strict=True):
            if isinstance(end, BaseException):
                assert isinstance(end, Conflict), end
                assert "a colleague's write won" in str(end) or "changed it meanwhile" in str(end)
                await desk.backend.apply(Assign(target=target, add=(team,)), f"at-once-{turn}-{team}")
        assert set(teams) <= set(values(there(rt_site, 26), "EA Teams"))
        await desks[0].backend.apply(Assign(target=target, remove=teams), f"away-{turn}")


async def test_a_colleagues_write_that_wins_is_said(rt_site: Site) -> None:
    """A colleague's change that arrives right behind ours, before we read back."""
    desk = Desk(rt_site)

    class Behind(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            if request.method == "PUT":
                with rt_site.client("manager2") as client:
                    client.put("/ticket/16", json={"CustomFields": {"Outcome": "REJECT"}})
            return response

    desk.wire.inner = Behind()
    with pytest.raises(Conflict, match=r"sro-manager2 changed outcome to REJECT .* a colleague's write won"):
        await desk.backend.apply(SetOutcome(target=OPEN, outcome=Outcome.ACCEPT), "outcome-b")
    assert len([each for each in changes(rt_site, 16, "CustomField") if each[3] in ("ACCEPT", "REJECT")]) == 2


async def test_every_request_that_changes_something_is_witnessed_without_the_token(rt_site: Site) -> None:
    seen: list[Exchange] = []
    desk = Desk(rt_site, witness=seen.append)
    await desk.backend.apply(SetOutcome(target=OPEN, outcome=Outcome.ACCEPT, reason="Because."), "witness-1")
    writes = [request for request in desk.wire.requests if desk.wire.writes(request)]
    assert len(seen) == len(writes) == 2
    assert {each.key for each in seen} == {"witness-1"}
    assert [each.request.split(" ")[0] for each in seen] == ["PUT", "POST"]
    assert [each.answer.split(" ")[0] for each in seen] == ["200", "201"]
    assert not [each for each in seen if rt_site.token("manager") in each.request + each.answer]
