from __future__ import annotations

import asyncio
import datetime as dt
import time
from typing import TYPE_CHECKING, Any

import pytest

from ppstui.backends.rt import Fields, Status
from ppstui.errors import Garbled, Gone, NotAuthorised, Unreachable
from ppstui.model import Answer, Kind, Phase, Ref, Rollout, Team
from ppstui.port import Since
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import standing
from ppstui.testing import Reading, known_to, read
from tests.backends.rt.live import SOURCE, Desk, said
from tests.servers.rt_site import Site

if TYPE_CHECKING:
    from tests.servers.rt_site import Site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt-journeys")]

SHAPES: dict[int, dict[str, str | None]] = {
    2: {"IBERGRID-LIP-Lisbon": "accept", "IBERGRID-CESGA-PPS": "accept"},
    4: {"IBERGRID-LIP-Lisbon": "accept", "NGI_IT-INFN-PADOVA": "accept", "NGI_CZ-praguelcg2": "reject"},
    6: {
        "NGI_IT-INFN-PADOVA": "accept",
        "NGI_CZ-praguelcg2": "reject",
        "NGI_FRANCE-IN2P3-CC-T2": "accept",
        "NGI_DE-FZK-LCG2": None,
    },
    16: {"IBERGRID-LIP-Lisbon": None},
}
"""Answers on demo tickets: text, HTML, multipart/alternative, quoted, with signatures; "We ACCEPT: X" is none."""


async def test_every_demo_answer_is_read_in_whatever_shape_it_was_mailed(rt_site: Site) -> None:
    board = await Desk(rt_site).board()
    now = dt.datetime.now(dt.UTC)
    for number, expected in SHAPES.items():
        answers = {team.team.removeprefix("ea-"): team.answer for team in standing(board[number], Policy(), now).teams}
        for team, answer in expected.items():
            assert answers[team] == (Answer(answer) if answer else None), (number, team)


async def test_the_board_is_all_there_is(rt_site: Site) -> None:
    board = await Desk(rt_site).board()
    with rt_site.client() as client:
        rows = client.get("/tickets", params={"query": "Queue='staged-rollout'", "per_page": "100"}).json()["items"]
    assert set(board) == {int(row["id"]) for row in rows}
    assert all(record.whole for record in board.values())
    assert {record.phase for record in board.values()} == {Phase.NEW, Phase.OPEN, Phase.RESOLVED}
    assert board[24].phase is Phase.NEW
    assert board[2].parent is not None
    assert (board[2].parent.title, board[2].parent.status) == (
        "EMI-1.0 SE-DPM_mysql 1.8.0-1 SL5 x86_64",
        "StageRollOut",
    )
    assert (board[6].outcome, board[6].document) == ("ACCEPT", "602")
    assert all(link.relation == "incident" for link in board[4].links)
    assert {file.name for file in board[2].attachments} == {
        "ea-IBERGRID-LIP-Lisbon-EMI-1.0-SE-DPM_mysql-1.8.0-1.odt",
        "ea-IBERGRID-CESGA-PPS-EMI-1.0-SE-DPM_mysql-1.8.0-1.doc",
    }


async def test_messages_are_what_people_wrote_and_no_copies_of_mail(rt_site: Site) -> None:
    board = await Desk(rt_site).board()
    wrote = [(message.author, message.text.strip()) for message in board[2].messages if message.voice.value == "reply"]
    assert wrote == [(author, text.strip()) for author, text in said(rt_site, 2)]


async def test_a_look_shows_what_a_reading_shows_and_the_whole_history(rt_site: Site) -> None:
    desk = Desk(rt_site)
    board = await desk.board()
    for number in (2, 4, 16, 24):
        desk.wire.requests.clear()
        looked = await desk.look(number)
        assert len(desk.wire.requests) <= 4
        assert (looked.messages, looked.assignments, looked.attachments, looked.rev) == (
            board[number].messages,
            board[number].assignments,
            board[number].attachments,
            board[number].rev,
        )
    history = [event.text for event in (await desk.look(2)).events]
    assert "status new → open" in history
    assert "teams + ea-IBERGRID-LIP-Lisbon" in history


# ------------------------------------------------------------------------------------------------------- budgets


async def test_the_first_reading_of_200_rollouts_keeps_to_its_requests(rt_full: Site) -> None:
    desk = Desk(rt_full)
    shown_after = 0
    on_screen: set[Ref] = set()
    held: dict[Ref, Rollout] = {}
    cursor = ""
    async for batch in desk.backend.fetch(Kind.ROLLOUT):
        on_screen |= {record.ref for record in batch.records}
        if len(on_screen) == 200 and not shown_after:
            shown_after = len(desk.wire.requests)
        held.update((record.ref, record) for record in batch.records if isinstance(record, Rollout))
        cursor = batch.cursor
    roster = await read(desk.backend, Kind.TEAM)
    assert len(roster.records) == 12
    assert len(desk.wire.requests) <= 30
    assert shown_after <= 3
    assert all(record.whole and len(record.messages) == 5 and len(record.assignments) == 2 for record in held.values())
    assert all(each.notified for record in held.values() for each in record.assignments)
    assert all(record.parent and record.parent.status == "StageRollOut" for record in held.values())
    assert len(held) == 200

    desk.wire.requests.clear()
    again = await read(desk.backend, Kind.ROLLOUT, Since(cursor, dict(held).get))
    assert not again.records
    assert not (await read(desk.backend, Kind.TEAM, known_to(roster))).records
    assert len(desk.wire.requests) <= 2

    with rt_full.client("manager2") as client:
        client.post(
            "/ticket/80/correspond", json={"Content": "accept IBERGRID-LIP-Lisbon", "ContentType": "text/plain"}
        )
    desk.wire.requests.clear()
    after = await read(desk.backend, Kind.ROLLOUT, Since(again.cursor, dict(held).get))
    assert [ref.id for ref in after.records] == ["80"]
    assert len(desk.wire.requests) <= 6


async def test_another_desk_goes_on_where_the_last_one_ended(rt_site: Site) -> None:
    before = await read(Desk(rt_site).backend, Kind.ROLLOUT)
    desk = Desk(rt_site)
    after = await read(desk.backend, Kind.ROLLOUT, known_to(before))
    assert (after.records, after.gone) == ({}, set())
    assert len(desk.wire.requests) <= 2


# --------------------------------------------------------------------------------------------------- what changes


async def refreshed(desk: Desk, reading: Reading) -> Reading:
    after = await read(desk.backend, Kind.ROLLOUT, known_to(reading))
    after.records = after.onto(reading.records)
    return after


async def test_what_leaves_the_queue_leaves_the_board(rt_site: Site) -> None:
    desk = Desk(rt_site)
    reading = await read(desk.backend, Kind.ROLLOUT)
    with rt_site.client() as client:
        client.post("/queue", json={"Name": "elsewhere", "Lifecycle": "staged-rollout"})
        client.put("/ticket/24", json={"Queue": "elsewhere"})
        client.put("/ticket/26", json={"Status": "deleted"})
        client.put("/ticket/16", json={"MergeInto": 14})
    reading = await refreshed(desk, reading)
    assert not {"24", "26", "16"} & {ref.id for ref in reading.records}
    assert Ref(SOURCE, "14") in reading.records
    assert set(reading.records) == set((await read(desk.backend, Kind.ROLLOUT)).records)
    for number in (24, 26, 16):
        with pytest.raises(Gone):
            await desk.look(number)


async def test_a_parent_that_moves_on_is_seen_on_its_rollout(rt_site: Site) -> None:
    desk = Desk(rt_site)
    reading = await read(desk.backend, Kind.ROLLOUT)
    with rt_site.client() as client:
        client.put("/ticket/1", json={"Status": "InVerification"})
    reading = await refreshed(desk, reading)
    record = reading.records[Ref(SOURCE, "2")]
    assert isinstance(record, Rollout)
    assert record.parent is not None
    assert record.parent.status == "InVerification"


async def test_a_new_rollout_and_a_status_appear(rt_site: Site) -> None:
    desk = Desk(rt_site)
    reading = await read(desk.backend, Kind.ROLLOUT)
    with rt_site.client("manager") as client:
        made = client.post(
            "/ticket",
            json={
                "Queue": "staged-rollout",
                "Subject": "Staged Rollout CA 1.39",
                "Content": "Нова версія",
                "MemberOf": "1",
            },
        ).json()["id"]
        client.put("/ticket/2", json={"Status": "stalled"})
    reading = await refreshed(desk, reading)
    fresh = reading.records[Ref(SOURCE, str(made))]
    assert isinstance(fresh, Rollout)
    assert (fresh.title, fresh.messages[0].text.strip(), fresh.phase) == (
        "Staged Rollout CA 1.39",
        "Нова версія",
        Phase.NEW,
    )
    assert fresh.parent is not None
    assert fresh.parent.ref.id == "1"
    stalled = reading.records[Ref(SOURCE, "2")]
    assert isinstance(stalled, Rollout)
    assert stalled.phase is Phase.STALLED


# -------------------------------------------------------------------------------------------------- other names

OTHER: dict[str, Any] = {
    "queue": "rollouts-x",
    "fields": Fields(teams="Teams chosen", outcome="Verdict", document="Doc", exposure_start="In production since"),
    "status": Status(
        new=("untouched",), open=("running",), stalled=("waiting",), resolved=("finished",), rejected=("dropped",)
    ),
}


async def test_other_names_come_from_the_configuration_alone(rt_site: Site) -> None:
    team = "ea-NGI_IT-INFN-PADOVA"
    with rt_site.client("manager") as client:
        made = client.post(
            "/ticket", json={"Queue": "rollouts-x", "Subject": "anything at all", "Content": "x"}
        ).json()["id"]
        fields = {"Teams chosen": [team], "Verdict": "REJECT", "Doc": "77", "In production since": "2026-11-20"}
        client.put(f"/ticket/{made}", json={"Status": "running", "CustomFields": fields})
    board = await Desk(rt_site, **OTHER).board()
    record = board[int(made)]
    assert (record.phase, record.outcome, record.document) == (Phase.OPEN, "REJECT", "77")
    assert [(each.team, each.by) for each in record.assignments] == [(team, "sro-manager")]
    assert [each.start for each in record.exposures] == [dt.date(2026, 11, 20)]


async def test_a_field_that_is_not_there_is_named_and_the_board_lives(rt_site: Site) -> None:
    desk = Desk(rt_site, fields=Fields(teams="Teems"))
    board = await desk.board()
    assert len(board) == 12
    note = await desk.note()
    assert "'Teems'" in note
    assert "EA Teams" in note
    health = await desk.backend.check()
    assert any("Teems" in problem for problem in health.problems)


async def test_an_unknown_queue_is_said(rt_site: Site) -> None:
    desk = Desk(rt_site, queue="stagedrollout")
    assert await desk.board() == {}
    assert "'stagedrollout'" in await desk.note()


async def test_an_unknown_status_word_counts_as_open_and_is_named(rt_site: Site) -> None:
    desk = Desk(rt_site, status=Status(new=("fresh",), resolved=("done",)))
    board = await desk.board()
    assert board[24].phase is Phase.OPEN
    assert board[6].phase is Phase.RESOLVED
    assert "new" in await desk.note()


# ----------------------------------------------------------------------------------------------------------- rights


async def test_an_observer_reads_the_board_without_comments(rt_site: Site) -> None:
    board = await Desk(rt_site, "observer").board()
    assert len(board) == 12
    assert not [message for record in board.values() for message in record.messages if message.voice.value == "comment"]
    assert [message.author for message in board[4].messages if message.voice.value == "reply"]


async def test_an_outsider_sees_nothing_and_is_told(rt_site: Site) -> None:
    desk = Desk(rt_site, "outsider")
    assert await desk.board() == {}
    assert "may not see" in await desk.note()
    with pytest.raises(Gone):
        await desk.look(2)


async def test_a_wrong_token_is_not_let_in(rt_site: Site) -> None:
    desk = Desk(rt_site, token="1-49-00000000000000000000000000000000")
    with pytest.raises(NotAuthorised, match="token"):
        await desk.board()


async def test_a_wrong_prefix_is_no_request_tracker(rt_site: Site) -> None:
    for url in (rt_site.url.removesuffix("/rt"), rt_site.url + "/nowhere"):
        with pytest.raises((Garbled, NotAuthorised), match="url"):
            await Desk(rt_site, url=url).board()


async def test_a_server_that_never_answers_is_unreachable_in_time(rt_site: Site) -> None:
    desk = Desk(rt_site, read_timeout=dt.timedelta(seconds=0.3))
    reading = await read(Desk(rt_site).backend, Kind.ROLLOUT)
    with rt_site.frozen():
        start = time.monotonic()
        with pytest.raises(Unreachable, match="read_timeout"):
            await read(desk.backend, Kind.ROLLOUT, known_to(reading))
        assert time.monotonic() - start < 5
    assert len((await refreshed(Desk(rt_site), reading)).records) == 12


async def test_leaving_while_a_server_hangs_is_immediate(rt_site: Site) -> None:
    loop = asyncio.get_running_loop()
    reading = await read(Desk(rt_site).backend, Kind.ROLLOUT)
    with rt_site.frozen():
        desk = Desk(rt_site)
        for call in (
            read(desk.backend, Kind.ROLLOUT),
            read(desk.backend, Kind.ROLLOUT, known_to(reading)),
            read(desk.backend, Kind.TEAM),
            desk.backend.look(Ref(SOURCE, "2")),
        ):
            task = asyncio.ensure_future(call)
            await asyncio.sleep(0.3)
            start = loop.time()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert loop.time() - start < 0.2
        await desk.backend.aclose()


# ------------------------------------------------------------------------------------------------------------ teams


async def test_the_teams_are_the_values_of_the_field_and_the_groups_are_the_same(rt_site: Site) -> None:
    by_field = await read(Desk(rt_site).backend, Kind.TEAM)
    by_group = await read(Desk(rt_site, fields=Fields(teams="Teems")).backend, Kind.TEAM)
    assert len(by_field.records) == 12
    assert by_field.records == by_group.records
    team = by_field.records[Ref(SOURCE, "team-ea-NGI_IT-INFN-PADOVA")]
    assert isinstance(team, Team)
    assert (team.name, team.ngi, team.site) == ("ea-NGI_IT-INFN-PADOVA", "NGI_IT", "INFN-PADOVA")


@pytest.mark.parametrize("who", ["observer", "outsider"])
async def test_who_may_list_neither_is_told_what_is_missing(rt_site: Site, who: str) -> None:
    reading = await read(Desk(rt_site, who).backend, Kind.TEAM)
    assert (reading.records, reading.complete) == ({}, True)
    assert "SeeCustomField" in reading.notes[0]
    assert "SeeGroup" in reading.notes[0]


async def test_a_check_says_who_we_are(rt_site: Site) -> None:
    health = await Desk(rt_site).backend.check()
    assert (health.user, health.problems) == ("sro-manager", ())
    assert health.version.startswith("5.")
    assert "EA Teams" in health.fields
    watching = await Desk(rt_site, "observer").backend.check()
    assert any("ReplyToTicket" in problem for problem in watching.problems)
