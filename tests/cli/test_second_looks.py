"""What did not go as asked: conflicts and their three ways out, many at once, retries, second thoughts, and the log."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.cli.tracker import IT, UK

if TYPE_CHECKING:
    from tests.cli.shell import Answer, Shell
    from tests.cli.tracker import Desk

VERDICT = 8
"""The number of the outcome field on the tracker."""


@pytest.fixture
def conflict(desk: Desk) -> str:
    """An outcome that a colleague has set otherwise since the person looked; the number of its parked entry."""
    desk.run("list", "rollouts")
    desk.rt.set_field(1, VERDICT, ["REJECT"], "colleague")
    answer = desk.run("do", "outcome", "tracker:1", "ACCEPT", "--reason", "all tests passed", "--json")
    assert (answer.code, answer.json["state"], answer.json["conflict"]) == (5, "parked", True), answer.err
    return str(answer.json["id"])


def comments(desk: Desk, ticket: int = 1) -> list[str]:
    rows = [row.id for row in desk.rt.transactions if row.ticket == ticket and row.type == "Comment"]
    return [part.content for part in desk.rt.parts if part.transaction in rows]


# ----------------------------------------------------------------------------------------------------------- conflicts


def test_two_colleagues_who_add_different_teams_are_not_in_each_others_way(desk: Desk) -> None:
    desk.run("list", "rollouts")
    desk.rt.set_field(1, 7, [UK], "colleague")
    answer = desk.run("do", "assign", "tracker:1", "--team", IT, "--json")
    assert (answer.code, answer.json["state"]) == (0, "done"), answer.err
    assert set(desk.rt.tickets[1].fields[7]) == {IT, UK}


def test_a_conflict_shows_before_theirs_and_mine_and_the_ways_out(desk: Desk, conflict: str) -> None:
    shown = desk.run("outbox", "show", conflict, "--json")
    (difference,) = shown.items("differences")
    assert (difference["what"], difference["before"]) == ("outcome", None)
    assert (difference["theirs"], difference["mine"]) == ("REJECT", "ACCEPT")
    page = desk.run("outbox", "show", conflict).out
    for said in ("What changed since you looked", "theirs", "REJECT", f"ppstui outbox comment {conflict}"):
        assert said in page
    assert desk.rt.tickets[1].fields[VERDICT] == ["REJECT"], "nothing was written"


def test_a_conflict_may_be_applied_anyway(desk: Desk, conflict: str) -> None:
    answer = desk.run("outbox", "retry", conflict, "--json")
    assert (answer.code, answer.json["state"]) == (0, "done"), answer.err
    assert desk.rt.tickets[1].fields[VERDICT] == ["ACCEPT"]


def test_of_a_conflict_only_my_comment_may_be_kept(desk: Desk, conflict: str) -> None:
    answer = desk.run("outbox", "comment", conflict, "--json")
    assert (answer.code, answer.json["state"], answer.json["action"]) == (0, "done", "comment"), answer.err
    assert desk.rt.tickets[1].fields[VERDICT] == ["REJECT"]
    (said,) = comments(desk)
    assert "ACCEPT" in said
    assert "all tests passed" in said
    assert desk.run("outbox", "show", conflict, "--json").json["state"] == "discarded"
    assert desk.run("outbox", "comment", conflict).code == 2, "it is settled"
    assert desk.run("outbox", "comment", "99").code == 4


def test_a_conflict_may_be_given_up(desk: Desk, conflict: str) -> None:
    assert desk.run("outbox", "discard", conflict).code == 0
    assert comments(desk) == []
    assert desk.run("sync").code == 0


# --------------------------------------------------------------------------------------------------------- many at once


@pytest.fixture
def three(desk: Desk) -> Desk:
    """Three rollouts, the second of which the tracker lets nobody write to."""
    for version in ("1.38", "1.39"):
        desk.rt.make(f"Staged Rollout CA {version}", queue="sr-new", text="Please test.").status = "fresh"
    desk.run("list", "rollouts")
    desk.sealed.add(2)
    return desk


def bulk(desk: Desk, *words: str) -> Answer:
    return desk.run("do", "comment", "tracker:1", "tracker:2", "tracker:3", "--text", "hello", *words)


def test_many_records_are_told_one_by_one_and_counted(three: Desk) -> None:
    answer = bulk(three)
    assert answer.code == 1, "the worst of them"
    assert answer.out.count("comment tracker:") == 2
    assert answer.err.splitlines()[-1] == "ppstui: do comment: 2 done, 1 parked"
    assert [len(comments(three, ticket)) for ticket in (1, 2, 3)] == [1, 0, 1]


def test_many_records_are_counted_for_scripts_too(three: Desk) -> None:
    answer = bulk(three, "--json")
    assert answer.json["tally"] == {"done": 2, "parked": 1}
    assert [each["exit_code"] for each in answer.items("entries")] == [0, 1, 0]
    planned = bulk(three, "--dry-run", "--json")
    assert planned.json["tally"] == {"would go": 3}


def test_only_what_failed_is_tried_again(three: Desk) -> None:
    bulk(three)
    still = three.run("outbox", "retry", "--failed", "--json")
    assert (still.code, still.json["tally"]) == (1, {"parked": 1})
    three.sealed.clear()
    again = three.run("outbox", "retry", "--failed")
    assert again.code == 0, again.err
    assert "comment tracker:2" in again.out
    assert "tracker:1" not in again.out
    assert again.err == "ppstui: outbox: 1 done\n"
    assert [len(comments(three, ticket)) for ticket in (1, 2, 3)] == [1, 1, 1], "once each"
    nothing = three.run("outbox", "retry", "--failed")
    assert (nothing.code, nothing.err) == (0, "ppstui: outbox: nothing is parked; nothing to retry\n")


def test_a_conflict_is_not_swept_away_with_the_rest(desk: Desk, conflict: str) -> None:
    answer = desk.run("outbox", "retry", "--failed", "--json")
    assert (answer.code, answer.json["tally"]) == (5, {"parked": 1})
    assert f"outbox show {conflict}" in answer.err
    assert desk.rt.tickets[1].fields[VERDICT] == ["REJECT"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "1", "--failed"), "--failed goes with retry"),
        (("retry", "1", "--failed"), "retry --failed takes no number"),
        (("log", "1"), "log takes no number"),
        (("list", "--csv"), "--csv and --md go with log"),
        (("log", "--csv", "--json"), "exclude each other"),
        (("comment",), "which entry"),
    ],
)
def test_what_does_not_go_together_is_said(shell: Shell, words: tuple[str, ...], said: str) -> None:
    answer = shell.run("outbox", *words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


# -------------------------------------------------------------------------------------------------------------- the log


def test_the_log_has_what_was_sent_and_answered_without_the_secret(desk: Desk) -> None:
    desk.run("list", "rollouts")
    desk.run("do", "comment", "tracker:1", "--text", "hello there")
    log = desk.run("outbox", "log", "--json")
    (entry,) = log.records
    exchanges = entry["exchanges"]
    assert isinstance(exchanges, list)
    (exchange,) = exchanges
    assert isinstance(exchange, dict)
    assert "POST" in str(exchange["request"])
    assert "hello there" in str(exchange["request"])
    assert "201" in str(exchange["answer"])
    every = [log, *(desk.run("outbox", "log", *form) for form in ((), ("--csv",), ("--md",)))]
    shown = [*every, desk.run("outbox", "show", "1"), desk.run("outbox", "show", "1", "--json")]
    for answer in shown:
        assert answer.code == 0
        assert "POST" in answer.out
        assert desk.rt.token not in answer.out
        assert "uthorization" not in answer.out


def test_no_cell_of_the_log_is_a_formula(shell: Shell, rollout: str) -> None:
    for text in ("=1+1", "@cmd", "\t=1", "- a list"):
        assert shell.run("do", "comment", rollout, "--text", text).code == 0
    rows = list(csv.reader(io.StringIO(shell.run("outbox", "log", "--csv").out)))
    cells = [cell for row in rows[1:] for cell in row]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_an_empty_log_is_said(shell: Shell) -> None:
    assert shell.run("outbox", "log").err.startswith("ppstui: outbox: empty")
    assert shell.run("outbox", "log", "--json").json["records"] == []


# ------------------------------------------------------------------------------------------------------ second thoughts


def test_what_undo_passes_over_because_nothing_takes_it_back_is_said_first(shell: Shell, rollout: str) -> None:
    number = shell.run("do", "reply", rollout, "--text", "Dear all", "--json").json["id"]
    planned = shell.run("undo", "--dry-run")
    assert planned.code == 0
    assert "would take back" in planned.out
    assert f"entry {number}" in planned.err
    assert "cannot be taken back" in planned.err
    assert len(shell.run("outbox", "--json").records) == 3, "a preview takes nothing back"
    back = shell.run("undo")
    assert (back.code, f"entry {number}" in back.err) == (0, True)
    refused = shell.run("undo", str(number), "--dry-run", "--json")
    assert (refused.code, "cannot be taken back" in refused.err) == (5, True)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("outcome", "ACCEPT"), "outcome"),
        (("document", "--id", "700"), "document"),
        (("owner", "carla"), "owner"),
        (("status", "stalled"), "status"),
    ],
)
def test_what_was_set_is_set_back(shell: Shell, rollout: str, words: tuple[str, ...], key: str) -> None:
    before = shell.run("show", rollout, "--json").json[key]
    assert shell.run("do", words[0], rollout, *words[1:]).code == 0
    assert shell.run("show", rollout, "--json").json[key] != before
    back = shell.run("undo", "--json")
    assert (back.code, back.json["reverses"]) == (0, True), back.err
    assert shell.run("show", rollout, "--json").json[key] == before
