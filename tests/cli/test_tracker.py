"""A coordinator's day at the command line, on a Request Tracker with names of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

import httpx

from tests.cli.tracker import CONFIGURATION, IT, UK

if TYPE_CHECKING:
    from tests.cli.tracker import Desk


def test_the_day_from_a_new_ticket_to_an_answer(desk: Desk) -> None:
    (new,) = desk.run("list", "rollouts", "--json").records
    assert (new["ref"], new["stage"], new["status"], new["component"]) == (
        "tracker:1",
        "new-unassigned",
        "fresh",
        "SE-DPM_mysql",
    )
    assigned = desk.run("do", "assign", "tracker:1", "--team", IT, "--team", UK, "--json")
    assert (assigned.code, assigned.json["state"]) == (0, "done")
    assert desk.rt.tickets[1].fields[7] == [IT, UK]
    assert desk.rt.tickets[1].status == "under way"
    desk.rt.say(1, "Correspond", "site@infn.example", "accept NGI_IT-INFN-T1\n")
    stale = {ack["team"]: ack["answer"] for ack in desk.run("list", "acks", "--json").records}
    assert stale == {IT: None, UK: None}, "the store is asked, not the tracker"
    fresh = {ack["team"]: ack["answer"] for ack in desk.run("list", "acks", "--refresh", "--json").records}
    assert fresh == {IT: "accept", UK: None}
    why = desk.run("why", "tracker:1", "--json")
    assert any(UK in str(each) for each in (why.json["blocked"] or ()))  # type: ignore[union-attr]


def test_the_store_answers_without_a_request(desk: Desk) -> None:
    desk.run("list", "rollouts")
    before = desk.requests
    for words in (("list", "rollouts"), ("list", "acks", "--csv")):
        assert desk.run(*words).code == 0
    for words in (("list", "rollouts"), ("list", "acks"), ("show", "tracker:1"), ("why", "tracker:1")):
        desk.shell.now += dt.timedelta(hours=1)
        assert desk.run(*words, "--offline").code == 0
    desk.shell.now = desk.rt.now
    assert desk.run("do", "assign", "tracker:1", "--team", IT, "--dry-run").code == 0
    assert desk.requests == before


def test_a_record_is_shown_as_the_tracker_has_it_now(desk: Desk) -> None:
    desk.run("list", "rollouts")
    desk.rt.set_field(1, 7, [UK], "colleague")
    for command in ("show", "why"):
        assert UK in desk.run(command, "tracker:1").out
    desk.down = True
    stored = desk.run("show", "tracker:1")
    assert (stored.code, UK in stored.out) == (0, True)
    assert stored.err.endswith("what is shown was read before\n")
    assert desk.run("show", "tracker:1", "--refresh").code == 1
    desk.down = False
    del desk.rt.tickets[1]
    assert desk.run("show", "tracker:1").code == 4, "what is gone is not shown from memory"


def test_a_reading_that_has_aged_is_made_anew(desk: Desk) -> None:
    desk.run("list", "rollouts")
    desk.rt.set_field(1, 7, [UK], "colleague")
    assert desk.run("list", "acks", "--json").records == []
    desk.shell.now += dt.timedelta(minutes=1)
    assert [ack["team"] for ack in desk.run("list", "acks", "--json").records] == [UK]
    desk.shell.now += dt.timedelta(hours=3)
    desk.down = True
    stored = desk.run("list", "acks")
    assert (stored.code, UK in stored.out) == (0, True)
    assert stored.err.count("ppstui: tracker: ") == 2
    assert stored.err.endswith("ppstui: tracker: was last read 3 h ago\n")


async def _silence(_request: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


def test_nobody_waits_long_for_a_silent_source_beside_others(desk: Desk) -> None:
    desk.run("list", "rollouts")
    desk.shell.configure(CONFIGURATION.replace('["tracker"]', '["tracker", "local"]'))
    desk.shell.now += dt.timedelta(hours=1)
    desk.shell.transport, desk.shell.patience = httpx.MockTransport(_silence), 0.05
    answer = desk.run("list", "rollouts", "--json")
    assert (answer.code, answer.json["total"]) == (0, 1)
    sources = {source["name"]: source for source in answer.items("sources")}
    assert (sources["tracker"]["ok"], sources["local"]["ok"]) == (False, True)
    assert str(sources["tracker"]["error"]).startswith("tracker: has not answered for 0.05 s")
    assert "tracker: has not answered" in answer.err
    shown = desk.run("show", "tracker:1")
    assert (shown.code, "has not answered" in shown.err) == (0, True)


def test_a_plan_says_the_status_word_that_this_tracker_gets(desk: Desk) -> None:
    answer = desk.run("do", "assign", "tracker:1", "--team", IT, "--dry-run", "--json")
    effects = {str(effect["what"]): (effect["before"], effect["after"]) for effect in answer.items("effects")}
    assert effects["status"] == ("fresh", "under way")
    assert "status: fresh -> under way\n" in desk.run("do", "assign", "tracker:1", "--team", IT, "--dry-run").out


def test_a_failing_source_is_named_once(desk: Desk) -> None:
    desk.shell.env["MY_TOKEN"] = "1-49-wrongwrongwrong"
    for words in (("list", "rollouts"), ("list", "rollouts", "--json"), ("sync",), ("sync", "--json")):
        answer = desk.run(*words)
        assert answer.code == 1
        assert answer.err.count("401") == 1, words
        assert "tracker: tracker:" not in answer.err


def test_what_the_tracker_lacks_is_said_beside_the_list(desk: Desk) -> None:
    desk.shell.configure(CONFIGURATION.replace("Adopters", "Adoptees"))
    answer = desk.run("list", "rollouts")
    assert "ppstui: tracker: " in answer.err
    assert "Adoptees" in answer.err
    document = desk.run("list", "rollouts", "--json")
    assert document.err == ""
    assert "Adoptees" in str(document.items("sources")[0]["note"])


def test_what_the_tracker_lacks_is_said_in_a_dry_run(desk: Desk) -> None:
    desk.shell.configure(CONFIGURATION.replace("Adopters", "Adoptees"))
    desk.run("sync")
    said = desk.run("do", "assign", "tracker:1", "--team", IT, "--dry-run").out
    assert "note: tracker: " in said
    assert "Adoptees" in said


def test_an_entry_behind_a_parked_one_says_so_and_does_not_wait(desk: Desk) -> None:
    desk.run("list", "rollouts")
    desk.rt.may.clear()
    first = desk.run("do", "comment", "tracker:1", "--text", "x", "--json")
    assert first.json["state"] == "parked"
    second = desk.run("do", "reply", "tracker:1", "--text", "x", "--wait", "600")
    assert second.code == 6
    assert "entry 1 on the same record waits for your decision; ppstui outbox retry 1" in second.err


def test_a_team_that_another_rollout_has_is_known_by_its_site(desk: Desk) -> None:
    desk.rt.make("Staged Rollout CA 1.38", queue="sr-new", text="Please test.").status = "fresh"
    desk.rt.set_field(1, 7, [UK], "colleague")
    desk.run("list", "rollouts")
    answer = desk.run("do", "assign", "tracker:2", "--team", "UKI-SCOTGRID-GLASGOW", "--dry-run", "--json")
    assert (answer.code, answer.json["text"]) == (0, f"+{UK}")


def test_a_colleagues_newer_change_is_a_conflict(desk: Desk) -> None:
    desk.run("list", "rollouts")
    desk.rt.set_field(1, 8, ["REJECT"], "colleague")
    answer = desk.run("do", "outcome", "tracker:1", "ACCEPT", "--json")
    assert (answer.code, answer.json["state"]) == (5, "parked")
    (listed,) = desk.run("list", "rollouts", "--where", "attention:conflict", "--json").records
    first = listed["attention"][0]  # type: ignore[index]
    assert (first["code"], first["severity"], listed["whose_move"]) == ("conflict", "blocked", "coordinator")  # type: ignore[index, call-overload]
    assert "met a newer change" in desk.run("why", "tracker:1").out
    told = desk.run("sync").err
    assert "look with ppstui outbox show 1, then ppstui outbox retry 1 applies it anyway" in told
    assert "look again" not in told, "that is what it says how to do"
    assert "outcome tracker:1: tracker: " not in told
    spoken = desk.run("outbox", "retry", str(answer.json["id"]))
    assert spoken.code == 0
    assert desk.rt.tickets[1].fields[8] == ["ACCEPT"]


def test_a_refusal_is_not_a_conflict(desk: Desk) -> None:
    desk.run("list", "rollouts")
    desk.rt.may.clear()
    answer = desk.run("do", "comment", "tracker:1", "--text", "x", "--json")
    assert answer.code in (1, 6)
    assert answer.json["last_error"]
    assert answer.json["state"] in ("parked", "held")


def test_what_is_written_while_the_tracker_is_away_arrives_once(desk: Desk) -> None:
    desk.run("list", "rollouts")
    desk.down = True
    queued = desk.run("do", "comment", "tracker:1", "--text", "hello", "--wait", "0.5", "--json")
    assert (queued.code, queued.json["state"]) == (6, "waiting")
    assert queued.json["last_error"]
    assert desk.run("list", "rollouts", "--refresh").code == 1
    desk.down = False
    desk.shell.now += dt.timedelta(minutes=10)
    synced = desk.run("sync", "--json")
    assert (synced.code, len(synced.items("delivered"))) == (0, 1)
    assert desk.run("sync", "--json").items("delivered") == []
    assert [row.type for row in desk.rt.transactions if row.ticket == 1].count("Comment") == 1


def test_a_wrong_token_is_one_sentence_without_the_token(desk: Desk) -> None:
    desk.shell.env["MY_TOKEN"] = "1-49-wrongwrongwrong"
    answer = desk.run("list", "rollouts", "--json")
    assert (answer.code, answer.json["total"]) == (1, 0)
    (source,) = answer.items("sources")
    assert source["ok"] is False
    assert "wrongwrong" not in answer.out + answer.err
    del desk.shell.env["MY_TOKEN"]
    missing = desk.run("list", "rollouts", "--json")
    assert missing.code == 1
    assert "MY_TOKEN" in missing.err


def test_a_ticket_that_is_gone_is_said(desk: Desk) -> None:
    assert desk.run("show", "tracker:999").code == 4
    assert desk.run("do", "comment", "tracker:999", "--text", "x").code == 4


def test_an_action_that_the_tracker_does_not_offer_is_refused(desk: Desk) -> None:
    answer = desk.run("do", "rollout-new", "--title", "Staged Rollout CA 1.138", "--source", "tracker")
    assert answer.code == 5
    assert "tracker does not offer rollout-new" in answer.err


def test_the_whole_way_to_closing_leaves_its_marks_on_the_tracker(desk: Desk) -> None:
    parent = desk.rt.make("EMI.SE-DPM_mysql.sl5.x86_64", queue="releases")
    parent.status = "under way"
    desk.rt.tickets[1].member_of.append(parent.id)
    desk.run("list", "rollouts")
    report = desk.shell.home / "results.odt"
    report.write_bytes(b"PK tested")
    name = "ea-NGI_IT-INFN-T1-EMI-1.0-SE-DPM_mysql-1.8.0-1.odt"
    steps: tuple[tuple[str, ...], ...] = (
        ("assign", "tracker:1", "--team", IT),
        ("acknowledge", "tracker:1/INFN-T1", "--answer", "accept"),
        ("expose", "tracker:1/INFN-T1", "--on", "today"),
        ("extend", "tracker:1/INFN-T1", "--until", "2026-12-24", "--reason", "the farm was down"),
        ("report", "tracker:1/INFN-T1", "--file", str(report)),
        ("document", "tracker:1", "--url", "https://documents.example.org/document/700"),
        ("outcome", "tracker:1", "ACCEPT"),
        ("resolve", "tracker:1"),
    )
    for step in steps:
        answer = desk.run("do", *step, "--json")
        assert (answer.code, answer.json["state"]) == (0, "done"), (step, answer.err)
    ticket = desk.rt.tickets[1]
    assert (ticket.status, ticket.fields[8], ticket.fields[9]) == ("finished", ["ACCEPT"], ["700"])
    assert [part.filename for part in desk.rt.parts if part.filename] == [name]
    assert (parent.fields[8], parent.fields[9]) == (["ACCEPT"], ["700"]), "the parent is told"
    record = desk.run("show", "tracker:1", "--json").json
    assert (record["stage"], record["outcome"], record["document"]) == ("closed-accept", "ACCEPT", "700")
    actions = [entry["action"] for entry in desk.run("outbox", "log", "--json").records]
    assert actions == [step[0] for step in steps]
