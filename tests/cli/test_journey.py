"""A whole rollout from the command line alone, on the embedded store: made, tested, documented, closed, and logged."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.shell import Answer, Shell

IT, NL = "ea-NGI_IT-INFN-T1", "ea-NGI_NL-SARA-MATRIX"
REPORT = "ea-NGI_IT-INFN-T1-UMD-4-arc6-6.15.1.odt"
STEPS = ("rollout-new", "assign", "acknowledge", "acknowledge", "expose", "report", "document", "outcome", "resolve")


class Journey:
    """One rollout, and what is asked for on it one after the other."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        made = shell.run(
            *("do", "rollout-new", "--title", "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64", "--json"),
            *("--link", "release-notes=https://notes.example.org", "--link", "bugs=https://bugs.example.org"),
            *("--link", "documentation=https://docs.example.org"),
        )
        self.ref = str(made.json["ref"])

    def do(self, action: str, *words: str) -> Answer:
        answer = self.shell.run("do", action, self.ref, *words, "--json")
        assert (answer.code, answer.json["state"]) == (0, "done"), answer.err
        return answer

    def fact(self, key: str) -> object:
        return self.shell.run("show", self.ref, "--json").json[key]

    def team(self, name: str) -> dict[str, object]:
        teams = self.shell.run("show", self.ref, "--json").items("teams")
        return next(dict(each) for each in teams if each["team"] == name)


@pytest.fixture
def closed(shell: Shell) -> Journey:
    """The journey, each step looked at when it is made."""
    journey = Journey(shell)
    journey.do("assign", "--team", IT, "--team", NL)
    assert journey.fact("stage") == "awaiting-ack"
    journey.do("acknowledge", "--team", "INFN-T1", "--answer", "accept")
    journey.do("acknowledge", "--team", "SARA-MATRIX", "--answer", "reject")
    shell.now += dt.timedelta(days=1)
    journey.do("expose", "--team", "INFN-T1", "--on", "today")
    exposed = journey.team(IT)
    assert (exposed["state"], exposed["exposure_start"], exposed["exposure_end"]) == (
        "exposing",
        "2026-11-21",
        "2026-11-27",
    )
    shell.now += dt.timedelta(days=8)
    assert journey.team(IT)["state"] == "report-missing"
    file = shell.home / REPORT
    file.write_bytes(b"an OpenDocument text, as far as anybody knows")
    filed = journey.do("report", "--team", "INFN-T1", "--file", str(file))
    assert (filed.json["attached_as"], filed.json["corrected"], filed.err) == (REPORT, None, "")
    report = journey.team(IT)["report"]
    assert isinstance(report, dict)
    assert (report["name"], report["valid"]) == (REPORT, True)
    assert journey.fact("stage") == "ready-to-close"
    journey.do("document", "--id", "700", "--url", "https://documents.example.org/document/700")
    journey.do("outcome", "ACCEPT")
    shell.now += dt.timedelta(minutes=5)
    journey.do("resolve")
    return journey


def test_a_rollout_is_taken_from_new_to_resolved(closed: Journey) -> None:
    record = closed.shell.run("show", closed.ref, "--json").json
    assert (record["stage"], record["outcome"], record["document"]) == ("closed-accept", "ACCEPT", "700")
    assert record["document_url"] == "https://documents.example.org/document/700"
    assert (record["status"], record["whose_move"], record["pending"]) == ("resolved", "nobody", [])
    assert closed.team(IT)["state"] == "reported"
    assert closed.team(NL)["answer"] == "reject"


def test_the_log_tells_the_whole_journey(closed: Journey) -> None:
    log = closed.shell.run("outbox", "log", "--json")
    assert (log.code, log.json["kind"], log.json["total"]) == (0, "log", len(STEPS))
    assert tuple(each["action"] for each in log.records) == STEPS
    assert {each["state"] for each in log.records} == {"done"}
    assert all(each["by"] == "carla" and each["receipt"] and each["key"] for each in log.records)
    before = {str(each["action"]): str(each["before"]) for each in log.records}
    assert "status: open" in before["resolve"]
    for entry in log.records:
        states = [happened["state"] for happened in entry["history"]]  # type: ignore[union-attr, index, call-overload]
        assert states == ["waiting", "sending", "done"], entry["action"]


def test_the_log_is_told_in_every_form(closed: Journey) -> None:
    text = closed.shell.run("outbox", "log").out
    places = [text.index(f"{action} {closed.ref}") for action in STEPS[1:2] + STEPS[4:]]
    assert places == sorted(places), "oldest first"
    rows = list(csv.DictReader(io.StringIO(closed.shell.run("outbox", "log", "--csv").out)))
    assert [row["action"] for row in rows] == list(STEPS)
    assert all(row["result"] and row["by"] == "carla" for row in rows)
    table = closed.shell.run("outbox", "log", "--md").out.splitlines()
    assert len(table) == len(STEPS) + 2
    assert table[1].startswith("| --- |")


def test_what_is_closed_is_opened_again_by_its_status_or_by_taking_it_back(closed: Journey) -> None:
    back = closed.shell.run("undo", "--json")
    assert (back.code, back.json["reverses"], back.json["action"]) == (0, True, "status")
    assert closed.fact("stage") == "ready-to-close"
    assert (closed.fact("outcome"), closed.fact("document")) == ("ACCEPT", "700")
