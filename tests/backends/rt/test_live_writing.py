from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from ppstui.backends.rt import Fields, Status
from ppstui.errors import Conflict, Gone, Refused, Unreachable
from ppstui.model import Acknowledge, Answer, Assign, Comment, Kind, Ref, Remind, Reply
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import standing
from ppstui.testing import known_to, read
from tests.backends.rt.live import SOURCE, Desk, group_names, said, there, values

if TYPE_CHECKING:
    from ppstui.model import Rollout
    from tests.servers.rt_site import Site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt-journeys")]

PADOVA, PRAGUE, BRUNEL, CSCS = (
    "ea-NGI_IT-INFN-PADOVA",
    "ea-NGI_CZ-praguelcg2",
    "ea-NGI_UK-UKI-LT2-Brunel",
    "ea-NGI_CH-CSCS-LCG2",
)
NEW, OPEN = Ref(SOURCE, "26"), Ref(SOURCE, "16")


def answers(record: Rollout) -> dict[str, Answer | None]:
    return {team.team: team.answer for team in standing(record, Policy(), dt.datetime.now(dt.UTC)).teams}


# --------------------------------------------------------------------------------------------------------- assigning


async def test_choosing_teams_sets_field_watchers_and_status(rt_site: Site) -> None:
    desk = Desk(rt_site)
    receipt = await desk.backend.apply(Assign(target=NEW, add=(PADOVA, PRAGUE)), "assign-a")
    ticket = there(rt_site, 26)
    assert values(ticket, "EA Teams") == [PADOVA, PRAGUE]
    assert group_names(rt_site, ticket) == {PADOVA, PRAGUE}
    assert ticket["Status"] == "open"
    assert "AdminCc" not in receipt.text
    assert receipt.record == await desk.look(26)
    assert [each.by for each in (await desk.look(26)).assignments] == ["sro-manager", "sro-manager"]


async def test_taking_a_team_out_leaves_the_others_alone(rt_site: Site) -> None:
    desk = Desk(rt_site)
    await desk.backend.apply(Assign(target=NEW, add=(PADOVA, PRAGUE)), "assign-a")
    await desk.backend.apply(Assign(target=NEW, add=(BRUNEL,), remove=(PADOVA,)), "assign-b")
    ticket = there(rt_site, 26)
    assert set(values(ticket, "EA Teams")) == {PRAGUE, BRUNEL}
    assert group_names(rt_site, ticket) == {PRAGUE, BRUNEL}


async def test_with_the_servers_own_automation_nothing_is_done_twice(rt_automatic: Site) -> None:
    desk = Desk(rt_automatic)
    await desk.backend.apply(Assign(target=NEW, add=(PADOVA, PRAGUE)), "assign-a")
    ticket = there(rt_automatic, 26)
    assert values(ticket, "EA Teams") == [PADOVA, PRAGUE]
    assert group_names(rt_automatic, ticket) == {PADOVA, PRAGUE}
    assert ticket["Status"] == "open"
    events = [event.text for event in (await desk.look(26)).events]
    assert events.count("status new → open") == 1
    assert events.count("AdminCc added") == 2


async def test_a_team_the_server_does_not_have_changes_nothing(rt_site: Site) -> None:
    desk = Desk(rt_site)
    before = values(there(rt_site, 16), "EA Teams")
    with pytest.raises(Refused, match="did you mean ea-NGI_CZ-praguelcg2"):
        await desk.backend.apply(Assign(target=OPEN, add=("ea-NGI_CZ-praguelcg",)), "assign-a")
    assert values(there(rt_site, 16), "EA Teams") == before


async def test_a_colleagues_choice_of_another_team_is_kept_and_of_the_same_one_is_a_conflict(rt_site: Site) -> None:
    desk, colleague = Desk(rt_site), Desk(rt_site, "manager2")
    looked_at = await desk.look(16)
    taken = looked_at.assignments[0].team
    await colleague.backend.apply(Assign(target=OPEN, add=(PADOVA,)), "theirs-1")
    await desk.backend.apply(Assign(target=OPEN, add=(PRAGUE,)), "mine-1", looked_at)
    assert {PADOVA, PRAGUE} <= set(values(there(rt_site, 16), "EA Teams"))
    await colleague.backend.apply(Assign(target=OPEN, remove=(taken,)), "theirs-2")
    await colleague.backend.apply(Assign(target=OPEN, add=(taken,)), "theirs-3")
    with pytest.raises(Conflict, match="sro-manager2") as raised:
        await desk.backend.apply(Assign(target=OPEN, remove=(taken,)), "mine-2", looked_at)
    assert raised.value.current is not None
    await desk.backend.apply(Assign(target=OPEN, remove=(taken,)), "mine-2", raised.value.current)
    assert taken not in values(there(rt_site, 16), "EA Teams")


async def test_other_names_are_written_as_configured(rt_site: Site) -> None:
    with rt_site.client("manager") as client:
        number = int(client.post("/ticket", json={"Queue": "rollouts-x", "Subject": "x", "Content": "x"}).json()["id"])
    words = Status(new=("untouched",), open=("running",))
    desk = Desk(rt_site, queue="rollouts-x", fields=Fields(teams="Teams chosen", outcome="Verdict"), status=words)
    await desk.backend.apply(Assign(target=Ref(SOURCE, str(number)), add=(CSCS,)), "assign-x")
    ticket = there(rt_site, number)
    assert (values(ticket, "Teams chosen"), ticket["Status"]) == ([CSCS], "running")


async def test_who_may_only_read_is_refused(rt_site: Site) -> None:
    desk = Desk(rt_site, "observer")
    for command, why in (
        (Assign(target=NEW, add=(PADOVA,)), "the server said: .*Permission Denied"),
        (Reply(target=NEW, text="x"), "ReplyToTicket"),
        (Comment(target=NEW, text="x"), "CommentOnTicket"),
    ):
        with pytest.raises(Refused, match=why):
            await desk.backend.apply(command, "key-o")
    assert values(there(rt_site, 26), "EA Teams") == []


async def test_who_does_not_see_the_ticket_has_it_gone_and_the_source_is_not_held(rt_site: Site) -> None:
    desk = Desk(rt_site, "outsider")
    for command in (Assign(target=NEW, add=(PADOVA,)), Reply(target=NEW, text="x"), Comment(target=NEW, text="x")):
        with pytest.raises(Gone, match="ShowTicket"):
            await desk.backend.apply(command, "key-o")
    assert values(there(rt_site, 26), "EA Teams") == []


async def test_a_merged_ticket_takes_nothing_and_names_the_one_it_went_into(rt_site: Site) -> None:
    with rt_site.client() as client:
        client.put("/ticket/26", json={"MergeInto": 16})
    desk = Desk(rt_site)
    for command in (Assign(target=NEW, add=(PADOVA,)), Reply(target=NEW, text="x"), Comment(target=NEW, text="x")):
        with pytest.raises(Gone, match="go on with rt:16"):
            await desk.backend.apply(command, "key-m")
    assert PADOVA not in values(there(rt_site, 16), "EA Teams")
    assert not [text for _, text in said(rt_site, 16) if text.startswith("x")]


async def test_a_group_the_server_trips_over_leaves_the_teams_chosen_and_is_told(rt_site: Site) -> None:
    """RT answers 500 to an AdminCc it does not know, every time, after it has taken the teams and the status."""
    desk = Desk(rt_site)
    known = httpx.AsyncHTTPTransport()

    class Dead(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await known.handle_async_request(request)
            if request.url.path.endswith("/groups"):
                page = json.loads(await response.aread())
                items = [row | {"id": "999999"} for row in page["items"]]
                return httpx.Response(200, json=page | {"items": items})
            return response

    desk.wire.inner = Dead()
    receipt = await desk.backend.apply(Assign(target=NEW, add=(PADOVA,)), "assign-d")
    assert "AdminCc did not change as asked" in receipt.text
    assert len([request for request in desk.wire.requests if request.method == "PUT"]) == 2
    ticket = there(rt_site, 26)
    assert (values(ticket, "EA Teams"), ticket["Status"]) == ([PADOVA], "open")


# ---------------------------------------------------------------------------------------------------------- messages


@pytest.mark.parametrize("shape", ["text", "html", "alternative", "quoted", "outlook"])
async def test_a_team_answers_a_reminder_by_mail(rt_site: Site, shape: str) -> None:
    """The answer is the team's own; the mark and the instruction it quotes are not."""
    desk = Desk(rt_site)
    await desk.backend.apply(Assign(target=NEW, add=(PADOVA, PRAGUE)), "assign-a")
    reading = await read(desk.backend, Kind.ROLLOUT)
    text = "Dear all,\n\nplease answer with one of\n\naccept NGI_CZ-praguelcg2\nreject NGI_CZ-praguelcg2\n"
    await desk.backend.apply(Remind(target=NEW, teams=(PADOVA, PRAGUE), text=text), "remind-a")
    rt_site.mail(26, "ea-infn-padova", shape, "accept NGI_IT-INFN-PADOVA")
    after = await read(desk.backend, Kind.ROLLOUT, known_to(reading))
    record = await desk.look(26)
    assert answers(record) == {PADOVA: Answer.ACCEPT, PRAGUE: None}
    assert [message.author for message in record.messages if message.marks] == ["sro-manager"]
    refreshed = after.records[NEW]
    assert refreshed.messages == record.messages  # type: ignore[union-attr]


async def test_what_is_written_is_seen_from_the_servers_side(rt_site: Site) -> None:
    desk = Desk(rt_site)
    team = values(there(rt_site, 16), "EA Teams")[0]
    await desk.backend.apply(Remind(target=OPEN, teams=(team,), text="Please answer."), "remind-1")
    await desk.backend.apply(Acknowledge(target=OPEN, team=team, answer=Answer.REJECT, note="By phone."), "ack-1")
    await desk.backend.apply(Comment(target=OPEN, text="They have no hardware."), "comment-1")
    replies = [text for author, text in said(rt_site, 16) if author == "sro-manager"]
    assert replies[-2].startswith("Please answer.")
    assert f"reject {team.removeprefix('ea-')}" in replies[-1].splitlines()
    assert "By phone." in replies[-1]
    assert said(rt_site, 16, "Comment")[-1][1].startswith("They have no hardware.")
    assert answers(await desk.look(16))[team] is Answer.REJECT


async def test_an_answer_that_came_meanwhile_stands_against_speaking_for_the_team(rt_site: Site) -> None:
    desk = Desk(rt_site)
    looked_at = await desk.look(16)
    team = looked_at.assignments[0].team
    rt_site.mail(16, "ea-member", "text", f"accept {team.removeprefix('ea-')}")
    for command in (
        Acknowledge(target=OPEN, team=team, answer=Answer.REJECT),
        Remind(target=OPEN, teams=(team,), text="Please."),
    ):
        with pytest.raises(Conflict, match=f"answer of {team} is accept now .ea-member."):
            await desk.backend.apply(command, "key-c", looked_at)


async def test_a_lost_answer_and_a_killed_desk_make_one_reply(rt_site: Site) -> None:
    desk = Desk(rt_site)
    command = Reply(target=OPEN, text="Once only.")
    desk.wire.lose_next_answer()
    with pytest.raises(Unreachable):
        await desk.backend.apply(command, "reply-1")
    receipt = await Desk(rt_site).backend.apply(command, "reply-1")
    assert receipt.id
    assert sum("Once only." in text for _, text in said(rt_site, 16)) == 1


async def test_a_call_that_is_cancelled_and_given_again_makes_one_reply(rt_site: Site) -> None:
    desk = Desk(rt_site)
    command = Reply(target=OPEN, text="Never twice.")
    for turns in range(0, 60, 6):
        task = asyncio.ensure_future(desk.backend.apply(command, "reply-c"))
        for _ in range(turns):
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await desk.backend.apply(command, "reply-c")
    assert sum("Never twice." in text for _, text in said(rt_site, 16)) == 1


async def test_quitting_during_a_hung_write_is_immediate(rt_site: Site) -> None:
    desk = Desk(rt_site)
    await desk.look(16)
    loop = asyncio.get_running_loop()
    with rt_site.frozen():
        task = asyncio.ensure_future(desk.backend.apply(Reply(target=OPEN, text="x"), "reply-q"))
        await asyncio.sleep(0.2)
        start = loop.time()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await desk.backend.aclose()
        assert loop.time() - start < 0.5


async def test_if_match_is_not_sent_with_messages(rt_site: Site) -> None:
    desk = Desk(rt_site)
    await desk.backend.apply(Reply(target=OPEN, text="Hello."), "reply-m")
    assert not [request for request in desk.wire.requests if "if-match" in request.headers]
    await desk.backend.apply(Assign(target=OPEN, add=(PRAGUE,)), "assign-m")
    assert [request.method for request in desk.wire.requests if "if-match" in request.headers] == ["PUT"]


async def test_a_change_between_reading_and_writing_is_looked_at_again(rt_site: Site) -> None:
    """A comment that slips in between ETag and PUT makes RT answer 412, and the change is prepared anew."""
    desk = Desk(rt_site)
    slipped: list[httpx.Request] = []

    class Slip(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PUT" and not slipped:
                slipped.append(request)
                with rt_site.client("manager2") as client:
                    client.post("/ticket/16/comment", json={"Content": "slip", "ContentType": "text/plain"})
            return await super().handle_async_request(request)

    desk.wire.inner = Slip()
    await desk.backend.apply(Assign(target=OPEN, add=(PRAGUE,)), "assign-s")
    assert slipped
    assert PRAGUE in values(there(rt_site, 16), "EA Teams")
    assert len([request for request in desk.wire.requests if request.method == "PUT"]) == 2
