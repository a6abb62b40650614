"""From new to resolved on a real RT, seen from its own side: with the process' automation, and without."""

from __future__ import annotations

import base64
import datetime as dt
import os
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ppstui.backends.rt import Fields, Status
from ppstui.errors import Conflict, Refused, Unreachable
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Document,
    Expose,
    Extend,
    Outcome,
    Phase,
    Ref,
    Report,
    Resolve,
    SetOutcome,
    SetStatus,
)
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import standing
from tests.backends.rt.live import SOURCE, Desk, group_names, said, there, values

if TYPE_CHECKING:
    from ppstui.model import Command
    from tests.servers.rt_site import Site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt-journeys")]

PADOVA, PRAGUE = "ea-NGI_IT-INFN-PADOVA", "ea-NGI_CZ-praguelcg2"
NEW, OPEN, PARENT = Ref(SOURCE, "26"), Ref(SOURCE, "16"), 25
TODAY = dt.datetime.now(dt.UTC).date()
DOCUMENTS = "https://documents.egi.eu/document/"


@pytest.fixture(params=["by hand", "automation"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue("rt_automatic" if request.param == "automation" else "rt_site")
    return found


def links(ticket: dict[str, Any]) -> list[str]:
    return [link["_url"] for link in ticket["_hyperlinks"] if link["ref"] == "refers-to"]


def changes(site: Site, number: int, *types: str) -> list[tuple[str, str, str, str]]:
    """What happened to a ticket in those ways: type, who, what before and after, as the server tells it."""
    asked = {"per_page": "100", "fields": "Type,Field,OldValue,NewValue,Creator", "orderby": "id"}
    with site.client() as client:
        rows = client.get(f"/ticket/{number}/history", params=asked).json()["items"]
    return [
        (row["Type"], row["Creator"]["id"], row["OldValue"], row["NewValue"]) for row in rows if row["Type"] in types
    ]


def files(site: Site, number: int) -> dict[str, bytes]:
    with site.client() as client:
        asked = {"fields": "Filename,Content", "per_page": "100"}
        rows = client.get(f"/ticket/{number}/attachments", params=asked).json()["items"]
        found = {row["Filename"]: row["id"] for row in rows if row["Filename"]}
        return {
            name: base64.b64decode(client.get(f"/attachment/{part}").json()["Content"]) for name, part in found.items()
        }


def report(team: str, content: bytes) -> Report:
    name = f"{team}-UMD-1-UNICORE-X-4.1.0-1.odt"
    return Report(target=NEW, team=team, name=name, size=len(content), content=content)


async def test_a_rollout_goes_from_new_to_resolved_and_its_parent_is_told_once(site: Site) -> None:
    desk = Desk(site)
    known = len(changes(site, PARENT, "CustomField"))
    content = b"PK\x03\x04" + os.urandom(3000) + bytes(range(256))
    early: tuple[Command, ...] = (
        Assign(target=NEW, add=(PADOVA, PRAGUE)),
        Acknowledge(target=NEW, team=PRAGUE, answer=Answer.REJECT, note="By phone."),
    )
    for number, command in enumerate(early):
        await desk.backend.apply(command, f"early-{number}", await desk.look(26))
    site.mail(26, "ea-infn-padova", "quoted", "accept NGI_IT-INFN-PADOVA")
    late: tuple[Command, ...] = (
        Expose(target=NEW, team=PADOVA, on=TODAY - dt.timedelta(days=7)),
        Extend(target=NEW, team=PADOVA, until=TODAY, reason="The node was down."),
        report(PADOVA, content),
        Document(target=NEW, document="712"),
        SetOutcome(target=NEW, outcome=Outcome.ACCEPT, reason="One report, all is well."),
        Resolve(target=NEW, outcome=Outcome.ACCEPT, document="712"),
    )
    for number, command in enumerate(late):
        receipt = await desk.backend.apply(command, f"late-{number}", await desk.look(26))
    assert "status resolved, outcome ACCEPT" in receipt.text
    assert "the parent rt:25 has ACCEPT, document 712" in receipt.text
    record = await desk.look(26)
    assert receipt.record == record
    assert [team.state.value for team in standing(record, Policy(), dt.datetime.now(dt.UTC)).teams if team.report]

    ticket, parent = there(site, 26), there(site, PARENT)
    assert ticket["Status"] == "resolved"
    assert (values(ticket, "Outcome"), values(ticket, "DocID")) == (["ACCEPT"], ["712"])
    assert (values(parent, "Outcome"), values(parent, "DocID")) == (["ACCEPT"], ["712"])
    assert f"{DOCUMENTS}712" in links(ticket)
    assert group_names(site, ticket) == {PADOVA, PRAGUE}
    assert files(site, 26)[f"{PADOVA}-UMD-1-UNICORE-X-4.1.0-1.odt"] == content
    texts = [text for _, text in said(site, 26)]
    assert any(f"ppstui: exposure of {PADOVA} until {TODAY.isoformat()} because The node was down." in t for t in texts)
    assert any("Outcome ACCEPT: One report" in text for _, text in said(site, 26, "Comment"))
    told = changes(site, PARENT, "CustomField")[known:]
    assert sorted(new for _, _, _, new in told) == ["712", "ACCEPT"], "each was told once"
    automatic = {who for _, who, _, _ in told} == {"RT_System"}
    assert automatic == ("automatic" in str(site.directory))
    assert (f"{DOCUMENTS}712" in links(parent)) is not automatic
    assert len([each for each in changes(site, 26, "Status") if each[3] == "resolved"]) == 1


async def test_resolving_that_is_cut_anywhere_goes_on_where_it_was_left(site: Site) -> None:
    """Each request is lost once, before it arrives or after; the next desk goes on."""
    command = Resolve(target=OPEN, outcome=Outcome.REJECT, document="713", reason="It does not start.")

    class Cut(httpx.AsyncHTTPTransport):
        def __init__(self, at: int, *, arrives: bool) -> None:
            super().__init__()
            self.left, self.arrives = at, arrives

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.left -= 1
            if self.left >= 0:
                return await super().handle_async_request(request)
            if self.arrives:
                await (await super().handle_async_request(request)).aread()
            raise httpx.ReadTimeout("cut", request=request)

    parent = int(next(link["id"] for link in there(site, 16)["_hyperlinks"] if link["ref"] == "parent"))
    known = len(changes(site, parent, "CustomField"))
    for at in range(40):
        desk = Desk(site)
        desk.wire.inner = Cut(at // 2, arrives=bool(at % 2))
        try:
            await desk.backend.apply(command, "resolve-cut")
            break
        except Unreachable:
            continue
    else:
        pytest.fail("it never got through")
    ticket = there(site, 16)
    assert (ticket["Status"], values(ticket, "Outcome"), values(ticket, "DocID")) == ("resolved", ["REJECT"], ["713"])
    assert values(there(site, parent), "Outcome") == ["REJECT"]
    assert values(there(site, parent), "DocID") == ["713"]
    assert len([each for each in changes(site, 16, "Status") if each[3] == "resolved"]) == 1
    assert [new for _, _, _, new in changes(site, 16, "CustomField")][-2:] == ["713", "REJECT"]
    assert len([each for each in changes(site, 16, "AddLink") if each[3].endswith("713")]) == 1
    assert sum("Outcome REJECT: It does not start." in text for _, text in said(site, 16, "Comment")) == 1
    assert sorted(new for *_, new in changes(site, parent, "CustomField")[known:]) == ["713", "REJECT"]


# ------------------------------------------------------------------------------------------------------ the parent


async def test_a_parent_that_is_hidden_parks_and_the_rollout_is_resolved_all_the_same(rt_site: Site) -> None:
    desk = Desk(rt_site)
    command = Resolve(target=OPEN, outcome=Outcome.ACCEPT, document="714")
    parent = int(next(link["id"] for link in there(rt_site, 16)["_hyperlinks"] if link["ref"] == "parent"))
    with rt_site.client() as client:  # in this queue the managers have no rights
        hidden = client.post("/ticket", json={"Queue": "General", "Subject": "p", "Content": "p"}).json()["id"]
        client.put("/ticket/16", json={"MemberOf": [hidden]})
    for _ in range(2):
        with pytest.raises(Refused, match=rf"resolved; the parent rt:{hidden} was not told: .*ShowTicket"):
            await desk.backend.apply(command, "resolve-p")
    assert there(rt_site, 16)["Status"] == "resolved"
    with rt_site.client() as client:
        client.put("/ticket/16", json={"MemberOf": [parent]})
    desk.wire.requests.clear()
    await desk.backend.apply(command, "resolve-p")
    assert [r.url.path.rpartition("/")[2] for r in desk.wire.requests if desk.wire.writes(r)] == [str(parent)]
    assert values(there(rt_site, parent), "DocID") == ["714"]


async def test_other_words_and_a_parent_without_such_fields(rt_site: Site) -> None:
    with rt_site.client("manager") as client:
        parent = client.post("/ticket", json={"Queue": "sw-rel", "Subject": "p", "Content": "p"}).json()["id"]
        body = {"Queue": "rollouts-x", "Subject": "x", "Content": "x", "MemberOf": parent}
        number = int(client.post("/ticket", json=body).json()["id"])
    words = Status(new=("untouched",), open=("running",), stalled=("waiting",), resolved=("finished",))
    fields = Fields(
        teams="Teams chosen",
        outcome="Verdict",
        document="Doc",
        exposure_start="In production since",
        exposure_end="Exposed until",
    )
    desk = Desk(rt_site, queue="rollouts-x", fields=fields, status=words, document_url="https://docs.example.org/{id}")
    ref = Ref(SOURCE, str(number))
    last = TODAY + dt.timedelta(days=4)
    course: tuple[Command, ...] = (
        Assign(target=ref, add=(PADOVA,)),
        Expose(target=ref, on=TODAY),
        Extend(target=ref, until=last, reason="More time."),
        Resolve(target=ref, outcome=Outcome.ACCEPT, document="A-1"),
    )
    for key, command in enumerate(course):
        receipt = await desk.backend.apply(command, f"other-{key}", await desk.look(number))
    ticket = there(rt_site, number)
    assert (ticket["Status"], values(ticket, "Verdict"), values(ticket, "Doc")) == ("finished", ["ACCEPT"], ["A-1"])
    assert values(ticket, "In production since") == [TODAY.isoformat()]
    assert links(ticket) == ["https://docs.example.org/A-1"]
    assert f"the parent rt:{parent} has no field 'Doc', so its document was not set" in receipt.text
    record = await desk.look(number)
    assert (record.phase, record.outcome, record.document) == (Phase.RESOLVED, "ACCEPT", "A-1")
    assert next((each.team, each.start, each.until) for each in record.exposures) == ("", TODAY, last)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Zurich"])
async def test_an_exposure_of_all_falls_on_its_day_whatever_the_accounts_zone(rt_site: Site, zone: str) -> None:
    with rt_site.client("manager") as client:
        body = {"Queue": "rollouts-x", "Subject": "x", "Content": "x", "Status": "running"}
        number = int(client.post("/ticket", json=body).json()["id"])
    with rt_site.client() as client:
        client.put("/user/sro-manager", json={"Timezone": zone})
    fields = Fields(teams="Teams chosen", exposure_start="Exposed until", exposure_end="In production since")
    desk = Desk(rt_site, queue="rollouts-x", fields=fields, status=Status(open=("running",)))
    ref = Ref(SOURCE, str(number))
    await desk.backend.apply(Expose(target=ref, on=TODAY), "expose-z")
    await desk.backend.apply(Extend(target=ref, until=TODAY, reason="r"), "extend-z")
    assert next((each.start, each.until) for each in (await desk.look(number)).exposures) == (TODAY, TODAY)


# -------------------------------------------------------------------------------------------- what stands against it


async def test_a_step_the_lifecycle_has_not_is_refused_and_what_was_set_stays(rt_site: Site) -> None:
    desk = Desk(rt_site)
    with pytest.raises(Refused, match="status did not change as asked: it is new, not resolved; the server said") as no:
        await desk.backend.apply(Resolve(target=NEW, outcome=Outcome.REJECT, document="9"), "resolve-n")
    assert "from new it offers open" in str(no.value)
    assert values(there(rt_site, 26), "Outcome") == ["REJECT"]
    assert values(there(rt_site, PARENT), "Outcome") == []
    await desk.backend.apply(SetStatus(target=NEW, status="open"), "status-n")
    await desk.backend.apply(Resolve(target=NEW, outcome=Outcome.REJECT, document="9"), "resolve-n")
    assert values(there(rt_site, PARENT), "Outcome") == ["REJECT"]


async def test_an_outcome_that_a_colleague_set_stands_against_resolving(rt_site: Site) -> None:
    desk = Desk(rt_site)
    looked_at = await desk.look(16)
    await Desk(rt_site, "manager2").backend.apply(SetOutcome(target=OPEN, outcome=Outcome.REJECT), "theirs")
    with pytest.raises(Conflict, match=r"outcome is REJECT now \(sro-manager2\)"):
        await desk.backend.apply(Resolve(target=OPEN, outcome=Outcome.ACCEPT, document="1"), "mine", looked_at)
    assert there(rt_site, 16)["Status"] == "open"
    await desk.backend.apply(Resolve(target=OPEN, outcome=Outcome.ACCEPT, document="1"), "mine", await desk.look(16))
    assert values(there(rt_site, 16), "Outcome") == ["ACCEPT"]


async def test_a_report_the_server_cuts_or_drops_is_told_and_not_sent_again(rt_tight: Site) -> None:
    desk = Desk(rt_tight)
    await desk.backend.apply(Assign(target=NEW, add=(PADOVA,)), "assign-t")
    for _ in range(2):
        with pytest.raises(Refused, match=r"the server says: file (cut from 5004 to 1500|dropped, being of 5004)"):
            await desk.backend.apply(report(PADOVA, b"PK\x03\x04" + b"\0x" * 2500), "report-t")
    assert sum("Report of" in text for _, text in said(rt_tight, 26)) == 1
    receipt = await desk.backend.apply(report(PADOVA, b"PK\x03\x04" + b"x" * 900), "report-s")
    assert "(904 bytes) is on ticket 26" in receipt.text


async def test_a_report_whose_content_is_lost_is_found_again_or_asked_for(rt_site: Site) -> None:
    desk = Desk(rt_site)
    await desk.backend.apply(Assign(target=NEW, add=(PADOVA,)), "assign-t")
    full = report(PADOVA, b"PK\x03\x04" + b"x" * 900)
    empty = Report(target=NEW, team=PADOVA, name=full.name, size=full.size)
    with pytest.raises(Refused, match=r"the content of .* is no longer there"):
        await desk.backend.apply(empty, "report-l")
    desk.wire.lose_next_answer()
    with pytest.raises(Unreachable):
        await desk.backend.apply(full, "report-l")
    assert "is on ticket 26" in (await desk.backend.apply(empty, "report-l")).text
    assert len(files(rt_site, 26)) == 1


async def test_a_waiver_counts_from_the_desk_and_not_from_a_mail(rt_site: Site) -> None:
    desk = Desk(rt_site)
    await desk.backend.apply(Assign(target=NEW, add=(PADOVA, PRAGUE)), "assign-w")
    await desk.backend.apply(Report(target=NEW, team=PADOVA, waive="The site closed."), "waive-1")
    rt_site.mail(26, "ea-praguelcg2", "text", f"ppstui: report of {PRAGUE} waived because we say so")
    waivers = (await desk.look(26)).waivers
    assert [(each.team, each.reason, each.by) for each in waivers] == [(PADOVA, "The site closed.", "sro-manager")]
    board = await desk.board()
    assert board[26].waivers == waivers
