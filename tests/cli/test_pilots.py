"""Pilots from the command line alone, on the embedded store: made, driven step by step, shown, ended, costed."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from tests.cli.shell import Answer, JsonValue, Shell

CNAF, PIC = "NGI_IT-INFN-CNAF", "NGI_IBERGRID-pic"
ZURICH = ZoneInfo("Europe/Zurich")
SURFACE = (
    *("ref", "title", "service", "update", "kind", "level", "sites", "state", "phase", "start", "setup_due"),
    *("run_start", "end", "prolonged", "steps", "effort", "attention", "whose_move", "pending"),
)
"""The keys of SURFACE §3."""


@dataclass
class Course:
    """One pilot, and the days on which something is done to it."""

    shell: Shell
    ref: str

    def on(self, day: str) -> None:
        """Noon of that day in Zurich."""
        self.shell.now = dt.datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZURICH).astimezone(dt.UTC)

    def do(self, action: str, *words: str) -> Answer:
        answer = self.shell.run("do", action, self.ref, *words, "--json")
        assert (answer.code, answer.json["state"]) == (0, "done"), answer.err + answer.out
        return answer

    def step(self, number: int, day: str, *words: str) -> None:
        """Signed on the day it is finished."""
        self.on(day)
        self.do("pilot-step", "--step", str(number), "--on", day, *words)

    def facts(self, *keys: str) -> list[JsonValue]:
        record = self.shell.run("show", self.ref, "--json").json
        return [record[key] for key in keys]

    def steps(self) -> dict[int, dict[str, JsonValue]]:
        steps = self.shell.run("show", self.ref, "--json").items("steps")
        return {int(str(step["number"])): step for step in steps}


def asked_for(shell: Shell, day: str, *words: str) -> Course:
    """A pilot that is asked for on that day."""
    course = Course(shell, "")
    course.on(day)
    made = shell.run("do", "pilot-new", *words, "--json")
    assert (made.code, made.json["state"]) == (0, "done"), made.err
    course.ref = str(made.json["ref"])
    assert course.ref != "local:new"
    return course


@pytest.fixture
def major(shell: Shell) -> Course:
    """The real pilot of February 2009, asked for in January."""
    assert shell.run("do", "commit", CNAF, "--level", "gold").code == 0
    return asked_for(
        shell,
        "2009-01-26",
        *("--title", "WMS 3.1", "--update", "major", "--kind", "server", "--site", CNAF, "--vo", "cms"),
        *("--on", "2009-02-06", "--source", "local", "--coordinator", "antonio", "--contact", "pps-support@cern.ch"),
        *("--objectives", "replace the WMS of CMS", "--metrics", "10,000 jobs a day", "--documentation", "https://d"),
    )


@pytest.fixture
def minor(shell: Shell) -> Course:
    return asked_for(
        shell, "2026-11-20", *("--title", "CREAM 1.6", "--update", "minor", "--site", CNAF, "--on", "2026-11-25")
    )


# -------------------------------------------------------------------------------------------------- worked examples


def test_the_pilot_of_february_2009_is_driven_from_request_to_close_day_for_day(major: Course) -> None:
    assert major.facts("state", "level", "start", "setup_due", "run_start", "end") == [
        *("requested", "gold", "2009-02-06", "2009-02-13", None, "2009-02-26"),
    ]
    major.step(2, "2009-01-30")
    major.step(4, "2009-02-04")
    assert major.facts("state") == ["kickoff-planned"]
    major.step(5, "2009-02-06", "--effort", "1PD")
    major.step(6, "2009-02-09", "--state", "skipped", "--note", "not needed")
    assert major.facts("state", "phase") == ["setup", "set-up"]
    major.step(7, "2009-02-13", "--by", "daniele", "--effort", "1.5PD")
    # Friday 13 to Thursday 26 February: fourteen days, both of them counted.
    assert major.facts("state", "run_start", "end", "whose_move", "planned_end") == [
        *("running", "2009-02-13", "2009-02-26", "partner-site", False),
    ]
    major.on("2009-02-26")
    assert major.facts("state") == ["running"]
    major.step(8, "2009-02-26")
    assert major.facts("state", "report_due") == ["reporting", "2009-03-05"]
    major.step(9, "2009-03-03", "--note", "https://example.org/post-mortem")
    assert major.facts("state") == ["wrapup"]
    major.step(10, "2009-03-04")
    major.on("2009-03-05")
    major.do("pilot-close", "--reason", "it holds the load of CMS", "--follow-up", "release it")
    assert major.facts("state", "ending", "ended", "ending_reason", "follow_up", "whose_move") == [
        *("closed", "closed", "2009-03-05", "it holds the load of CMS", "release it", "nobody"),
    ]
    done = {number: step["done"] for number, step in major.steps().items()}
    assert done == {
        1: "2009-01-26",
        2: "2009-01-30",
        4: "2009-02-04",
        5: "2009-02-06",
        6: "2009-02-09",
        7: "2009-02-13",
        8: "2009-02-26",
        9: "2009-03-03",
        10: "2009-03-04",
    }
    assert major.steps()[7]["by"] == "daniele"
    assert (major.steps()[7]["effort_pd"], major.steps()[7]["recorded_pd"]) == (1.5, 1.5)


def test_a_pilot_of_the_past_is_entered_afterwards_with_its_own_days(shell: Shell) -> None:
    course = asked_for(
        shell,
        "2026-11-20",
        *("--title", "WMS 3.1", "--update", "major", "--site", CNAF, "--vo", "cms", "--on", "2009-02-06"),
    )
    for number, day in {2: "2009-01-30", 4: "2009-02-04", 5: "2009-02-06", 6: "2009-02-09", 7: "2009-02-13"}.items():
        assert shell.run("do", "pilot-step", course.ref, "--step", str(number), "--on", day).code == 0, number
    assert course.facts("run_start", "end") == ["2009-02-13", "2009-02-26"]


def test_a_minor_pilot_has_no_kick_off_and_its_wrap_up_goes_to_the_emt(minor: Course) -> None:
    assert list(minor.steps()) == [1, 2, 3, 6, 7, 8, 9, 10]
    minor.step(2, "2026-11-23")
    minor.step(3, "2026-11-25")
    minor.step(6, "2026-11-26")
    minor.step(7, "2026-12-02")
    assert minor.facts("run_start", "end", "weeks") == ["2026-12-02", "2026-12-08", 1]
    minor.step(8, "2026-12-08")
    minor.step(9, "2026-12-11", "--note", "https://example.org/post-mortem")
    minor.step(10, "2026-12-14")
    plan = minor.shell.run("do", "pilot-close", minor.ref, "--reason", "fine", "--dry-run").out
    assert "agenda of the EMT: wrap-up of CREAM 1.6" in plan
    minor.do("pilot-close", "--reason", "fine")
    assert minor.facts("state", "whose_move") == ["closed", "nobody"]
    assert [record["ref"] for record in minor.shell.run("list", "pilots", "--json").records] == []
    assert [record["ref"] for record in minor.shell.run("list", "pilots", "--all", "--json").records] == [minor.ref]


@pytest.fixture
def running(major: Course) -> Course:
    """It runs since Friday 13 February 2009."""
    for number, day in {2: "2009-01-30", 4: "2009-02-04", 5: "2009-02-06", 6: "2009-02-09", 7: "2009-02-13"}.items():
        major.step(number, day)
    return major


def test_a_run_is_prolonged_with_a_reason_and_shown_so(running: Course) -> None:
    running.on("2009-02-25")
    bare = running.shell.run("do", "pilot-prolong", running.ref, "--until", "2009-03-12")
    assert bare.code == 5
    assert "with a reason" in bare.err
    entry = running.do("pilot-prolong", "--until", "2009-03-12", "--reason", "CMS wants more jobs").json["id"]
    running.on("2009-03-02")
    assert running.facts("state", "end", "prolonged", "prolonged_reason") == [
        *("prolonged", "2009-03-12", "2009-03-12", "CMS wants more jobs"),
    ]
    (told,) = running.shell.run("show", running.ref, "--json").items("prolongations")
    assert (told["until"], told["reason"]) == ("2009-03-12", "CMS wants more jobs")
    back = running.shell.run("undo", str(entry))
    assert back.code == 5
    assert "the sites count on it" in back.err


def test_a_pilot_is_rolled_back_or_cancelled_once_and_then_is_over(running: Course) -> None:
    running.on("2009-02-18")
    running.do("pilot-roll-back", "--reason", "jobs were lost")
    assert running.facts("state", "ended", "ending_reason") == ["rolled-back", "2009-02-18", "jobs were lost"]
    again = running.shell.run("do", "pilot-cancel", running.ref, "--reason", "once more")
    assert again.code == 5
    assert "rolled back since Wed 2009-02-18" in again.err


def test_a_pilot_that_never_ran_is_cancelled(minor: Course) -> None:
    assert minor.shell.run("do", "pilot-roll-back", minor.ref, "--reason", "x").code == 5
    minor.do("pilot-cancel", "--reason", "the release was withdrawn")
    assert minor.facts("state", "ending_reason") == ["cancelled", "the release was withdrawn"]


# ------------------------------------------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["pilot-step", "--step", "7", "--on", "2026-02-30"], 2, "'2026-02-30' is no day"),
        (["pilot-step", "--step", "7", "--on", "13.2.2009"], 2, "is no day; write YEAR-MONTH-DAY"),
        (["pilot-step", "--on", "2026-11-20"], 2, "which step; --step N"),
        (["pilot-step", "--step", "x"], 2, "is not a whole number"),
        (["pilot-step", "--step", "7"], 5, "step 7 follows 2 (pre-screen), 3 (instruct the sites), not settled yet"),
        (["pilot-step", "--step", "4"], 5, "a minor pilot has no step 4"),
        (["pilot-step", "--step", "99999999999999999999"], 2, "too large"),
        (["pilot-step", "--step", "2", "--on", "2026-11-27"], 5, "is still to come"),
        (["pilot-step", "--step", "2", "--effort", "much"], 2, "is no amount of work"),
        (["pilot-step", "--step", "2", "--effort", "cook=1PD"], 2, "'cook' is no role"),
        (["pilot-prolong", "--until", "2026-12-24", "--reason", "x"], 5, "the run has not begun"),
        (["pilot-prolong", "--reason", "x"], 2, "until which day"),
        (["pilot-edit"], 2, "what is to change"),
        (["pilot-edit", "--on", "none"], 2, "is no day"),
        (["pilot-edit", "--plan", "x=2026-12-01"], 2, "names no step"),
        (["pilot-edit", "--plan", "7=2026-11-01"], 5, "before set-up begins"),
        (["pilot-edit", "--plan", "9=2026-11-26"], 5, "before step 8"),
        (["pilot-edit", "--milestone", "christmas"], 2, "write DATE=TEXT"),
        (["pilot-edit", "--site", "a b"], 5, "is no site's name"),
        (["pilot-close"], 5, "not settled yet: 2 (pre-screen)"),
        (["assign", "--team", "ea-NGI_IT-INFN-T1"], 4, "is a pilot; do assign works on rollouts"),
        (["remind", "--team", "ea-NGI_IT-INFN-T1"], 2, "leave --team out"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_and_changes_nothing(
    minor: Course, words: list[str], code: int, said: str
) -> None:
    before = minor.shell.run("show", minor.ref, "--json").json
    answer = minor.shell.run("do", words[0], minor.ref, *words[1:])
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    after = minor.shell.run("show", minor.ref, "--json").json
    assert before == after


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--update", "minor"], 2, "which title"),
        (["--title", "x"], 2, "minor or major"),
        (["--title", "x", "--update", "huge"], 2, "--update"),
        (["--title", "x", "--update", "minor", "--source", "nowhere"], 4, "no such source"),
        (["--title", "x", "--update", "minor", "--on", "soon"], 2, "'soon' is no day"),
        (["--title", "x", "--update", "minor", "--weeks", "99999"], 5, "run of 99999"),
    ],
)
def test_a_pilot_that_cannot_be_made_is_not(shell: Shell, words: list[str], code: int, said: str) -> None:
    answer = shell.run("do", "pilot-new", *words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert shell.run("list", "pilots", "--all", "--json").records == []


def test_a_step_is_not_finished_before_its_predecessor_nor_the_run_before_it_began(minor: Course) -> None:
    minor.step(2, "2026-11-23")
    early = minor.shell.run("do", "pilot-step", minor.ref, "--step", "3", "--on", "2026-11-20")
    assert early.code == 5
    assert "step 3 cannot be finished on Fri 2026-11-20, before step 2 was, on Mon 2026-11-23" in early.err
    minor.step(3, "2026-11-25")
    minor.step(7, "2026-12-02")
    backward = minor.shell.run("do", "pilot-prolong", minor.ref, "--until", "2026-12-01", "--reason", "x")
    assert backward.code == 5
    assert "before it began on Wed 2026-12-02" in backward.err
    assert minor.facts("end", "prolonged") == ["2026-12-08", None]


def test_a_run_over_the_change_of_clocks_and_week_53_ends_with_its_day(shell: Shell) -> None:
    course = asked_for(
        shell, "2026-10-12", *("--title", "x", "--update", "major", "--site", CNAF, "--on", "2026-10-16")
    )
    for number, day in {2: "2026-10-13", 4: "2026-10-14", 5: "2026-10-16", 6: "2026-10-16", 7: "2026-10-19"}.items():
        course.step(number, day)
    assert course.facts("run_start", "end") == ["2026-10-19", "2026-11-01"]
    shell.now = dt.datetime(2026, 11, 1, 22, 59, tzinfo=dt.UTC)
    assert "run-over" not in {str(each["code"]) for each in shell.run("show", course.ref, "--json").items("attention")}
    shell.now = dt.datetime(2026, 11, 1, 23, 0, tzinfo=dt.UTC)
    assert "run-over" in {str(each["code"]) for each in shell.run("show", course.ref, "--json").items("attention")}
    course.on("2026-11-02")
    course.do("pilot-prolong", "--until", "2027-01-03", "--reason", "over the turn of the year")
    assert course.facts("end", "report_due") == ["2027-01-03", "2027-01-10"]


def test_a_site_without_the_level_needs_a_reason(major: Course) -> None:
    words = ("--title", "VOMS 2", "--update", "minor", "--site", PIC, "--on", "2009-02-06")
    answer = major.shell.run("do", "pilot-new", *words)
    assert answer.code == 5
    assert f"{PIC} is no Gold site" in answer.err
    forced = major.shell.run("do", "pilot-new", *words, "--force", "--reason", "nobody else", "--json")
    assert forced.code == 0
    shown = major.shell.run("show", str(forced.json["ref"]), "--json").json
    assert (shown["sites"], shown["volunteers"]) == ([PIC], [PIC])


def test_a_step_that_was_passed_over_needs_a_reason(minor: Course) -> None:
    words = ("do", "pilot-step", minor.ref, "--step", "3")
    assert minor.shell.run(*words).code == 5
    forced = minor.shell.run(*words, "--force", "--reason", "agreed by phone", "--json")
    assert forced.code == 0, forced.err
    assert minor.facts("state") == ["instructed"]


# ------------------------------------------------------------------------------------------------- what can be edited


def test_the_home_page_and_the_plan_are_edited_with_the_consequence_shown_before(minor: Course) -> None:
    words = ("do", "pilot-edit", minor.ref, "--on", "2026-12-01", "--users", "CMS, LHCb")
    plan = minor.shell.run(*words, "--dry-run").out
    assert "run ends: Tue 2026-12-08 -> Mon 2026-12-14" in plan
    assert minor.facts("start", "users") == ["2026-11-25", None]
    minor.do("pilot-edit", "--on", "2026-12-01", "--users", "CMS, LHCb", "--owner", "7=daniele", "--weeks", "2")
    minor.do("pilot-edit", "--milestone", "2026-12-10=first jobs", "--plan", "7=2026-12-04")
    assert minor.facts("start", "setup_due", "end", "users", "weeks") == [
        *("2026-12-01", "2026-12-04", "2026-12-17", "CMS, LHCb", 2),
    ]
    assert minor.steps()[7]["owner"] == "daniele"
    assert minor.shell.run("show", minor.ref, "--json").items("milestones") == [
        {"on": "2026-12-10", "what": "first jobs"}
    ]
    minor.do("pilot-edit", "--users", "", "--milestone", "")
    assert minor.facts("users", "milestones") == [None, []]
    assert minor.shell.run("undo", "--json").json["action"] == "pilot-edit"
    assert minor.facts("users") == ["CMS, LHCb"]


def test_a_sign_off_is_taken_back(minor: Course) -> None:
    minor.do("pilot-step", "--step", "2", "--effort", "0.75PD")
    assert minor.shell.run("undo").code == 0
    step = minor.steps()[2]
    assert (step["state"], step["done"], step["recorded_pd"]) == ("open", None, 0)


def test_people_write_on_pilots_and_are_reminded_once(major: Course) -> None:
    major.do("comment", "--text", "asked the site")
    major.do("reply", "--text", "kick-off on Friday")
    kinds = [each["kind"] for each in major.shell.run("show", major.ref, "--json").items("timeline")]
    assert {"comment", "reply"} <= set(kinds)
    nobody = major.shell.run("do", "remind", major.ref)
    assert nobody.code == 5
    assert "nobody but you" in nobody.err
    for number, day in {2: "2009-01-30", 4: "2009-02-04", 5: "2009-02-06", 6: "2009-02-09"}.items():
        major.step(number, day)
    major.on("2009-02-16")
    sent = major.do("remind")
    assert "Dear NGI_IT-INFN-CNAF" in str(sent.json["text"])
    again = major.shell.run("do", "remind", major.ref)
    assert again.code == 5
    assert "a reminder went out" in again.err


# --------------------------------------------------------------------------------------------------------- what is seen


def test_a_pilot_is_shown_as_the_contract_says(running: Course) -> None:
    running.on("2009-02-20")
    record = running.shell.run("show", running.ref, "--json").json
    assert set(SURFACE) <= set(record)
    assert {"number", "who", "what", "state", "planned", "done", "owner", "effort_pd", "credits"} <= set(
        running.steps()[7]
    )
    assert {"computed", "document"} <= set(record["effort"] or {})  # type: ignore[arg-type]
    page = running.shell.run("show", running.ref).out
    for head in ("Attention", "Time", "Steps", "Effort", "History"):
        assert f"\n{head}\n" in page
    assert "run until         Thu 2009-02-26" in page
    assert max(map(len, page.splitlines())) <= 120
    queued = running.shell.run("do", "comment", running.ref, "--text", "later", "--wait", "0")
    assert queued.code == 6
    shown = running.shell.run("show", running.ref, "--json", "--offline").json
    assert [each["action"] for each in shown["pending"]] == ["comment"]  # type: ignore[union-attr, index, call-overload]
    assert "\nPending\n" in running.shell.run("show", running.ref, "--offline").out


def test_why_says_what_a_pilot_waits_for(running: Course) -> None:
    running.on("2009-02-28")
    why = running.shell.run("why", running.ref, "--json")
    assert why.code == 0
    assert {"ref", "state", "whose_move", "blocked", "unblock", "reasons", "attention"} <= set(why.json)
    assert any("the run ended" in str(each) or "run" in str(each) for each in why.items("reasons"))
    text = running.shell.run("why", running.ref).out
    assert "What stands in the way" in text
    assert "sign the run off, or prolong it with a reason" in text


def test_a_pilot_as_markdown_holds_plan_and_fact_side_by_side(running: Course) -> None:
    running.do("pilot-edit", "--use-cases", "jobs *with* <b>markup</b>\nand lines")
    text = running.shell.run("show", running.ref, "--md").out
    assert text.startswith("# WMS 3.1\n")
    assert "| run | 2009-02-13 | 2009-02-26 | 2009-02-13 | 2009-02-26 |" in text
    assert "| 7 | set up the service | done | 2009-02-13 | 2009-02-13 |" in text
    assert "jobs \\*with\\* \\<b\\>markup" in text
    assert running.shell.run("show", running.ref, "--md", "--json").code == 2
    rollout = running.shell.run("do", "rollout-new", "--title", "Staged Rollout CA 1.38", "--json").json["ref"]
    assert running.shell.run("show", str(rollout), "--md").code == 2


def test_pilots_are_listed_filtered_and_sorted_in_every_form(running: Course) -> None:
    shell = running.shell
    other = asked_for(shell, "2009-02-14", *("--title", "=cmd|calc", "--update", "minor", "--on", "2009-02-20")).ref
    records = shell.run("list", "pilots", "--json").records
    assert {str(record["ref"]) for record in records} == {running.ref, other}
    assert all(set(SURFACE) <= set(record) for record in records)

    def refs(*words: str) -> list[str]:
        return [str(record["ref"]) for record in shell.run("list", "pilots", *words, "--json").records]

    assert refs("--where", "state:running") == [running.ref]
    assert refs("--where", "update:minor -is:running") == [other]
    assert refs("--where", "site:CNAF end:2009-02-26") == [running.ref]
    assert refs("--sort", "end")[0] == running.ref
    assert refs("--sort", "-title")[0] == running.ref
    assert shell.run("list", "pilots", "--where", "stat:running").code == 2
    rows = list(csv.DictReader(io.StringIO(shell.run("list", "pilots", "--csv").out)))
    assert {row["title"] for row in rows} == {"WMS 3.1", "'=cmd|calc"}
    assert {row["end"] for row in rows if row["ref"] == running.ref} == {"2009-02-26"}
    assert shell.run("list", "pilots", "--md").out.count("\n") == 4
    for line in shell.run("list", "pilots", terminal=True).out.splitlines():
        assert len(line) <= 80


def test_a_pilot_without_a_site_is_a_vacancy_and_a_task(shell: Shell) -> None:
    course = asked_for(shell, "2026-11-20", *("--title", "CREAM 1.6", "--update", "minor"))
    (vacancy,) = shell.run("list", "vacancies", "--json").records
    assert (vacancy["why"], vacancy["ref"], vacancy["level"], vacancy["missing"]) == ("pilot", course.ref, "gold", 1)
    tasks = {str(task["code"]): task for task in shell.run("list", "tasks", "--json").records}
    assert course.ref in tasks["feasibility"]["refs"]  # type: ignore[operator]
    course.do("pilot-step", "--step", "2")
    assert "feasibility" not in {str(task["code"]) for task in shell.run("list", "tasks", "--json").records}


# ------------------------------------------------------------------------------------------------------------- effort


def test_what_was_recorded_stands_beside_what_was_planned(running: Course) -> None:
    running.do(
        "pilot-step", "--step", "8", "--state", "open", "--effort", f"service-expert@{CNAF}=2PD", "--effort", "4PH"
    )
    by_role = {str(each["key"]): each for each in running.shell.run("effort", "--by", "role", "--json").records}
    assert (by_role["service-expert"]["planned_pd"], by_role["service-expert"]["recorded_pd"]) == (4.0, 2.0)
    assert (by_role["partner-site"]["planned_pd"], by_role["partner-site"]["recorded_pd"]) == (4.5, 0.5)
    team = running.shell.run("effort", "--by", "team", "--json")
    assert next(each for each in team.records if each["key"] == CNAF)["recorded_pd"] == 2.5
    text = running.shell.run("effort").out
    assert running.ref in text
    assert "together" in text


def test_the_documents_figures_stand_beside_the_computed_sums_with_the_reason(shell: Shell) -> None:
    asked_for(
        shell,
        "2026-11-20",
        *("--title", "three weeks", "--update", "major", "--site", CNAF, "--vo", "cms"),
        *("--weeks", "3"),
    )
    (pilot,) = shell.run("effort", "--json").items("beside")
    sums = {str(each["what"]): each for each in pilot["sums"]}  # type: ignore[union-attr, index, call-overload]
    assert (sums["coordination"]["computed"], sums["coordination"]["document"]) == (1.5, 1.25)  # type: ignore[index, call-overload]
    assert "coordination rows" in str(sums["coordination"]["reason"])  # type: ignore[index, call-overload]
    text = shell.run("effort").out
    assert "coordination: 1.5PD; the document says 1.25PD; the document leaves" in text
    (row,) = csv.DictReader(io.StringIO(shell.run("effort", "--csv").out))
    assert (row["computed_with_expert_pd"], row["document_pd"]) == ("13", "12.75")
    assert row["reason"]


def test_effort_knows_periods_and_refuses_those_that_are_none(running: Course) -> None:
    shell = running.shell
    whole = shell.run("effort", "--json").json["planned_pd"]
    part = shell.run("effort", "--since", "2009-02-01", "--until", "2009-02-13", "--json").json
    assert (part["since"], part["until"]) == ("2009-02-01", "2009-02-13")
    assert 0 < float(str(part["planned_pd"])) < float(str(whole))
    assert shell.run("effort", "--since", "2009-03-01", "--until", "2009-02-01").code == 2
    assert shell.run("effort", "--since", "yesterday").code == 2
    assert shell.run("effort", "--by", "colour").code == 2
    assert shell.run("effort", "--json", "--csv").code == 2


def test_what_is_only_queued_says_so_and_is_made_by_the_next_sync(shell: Shell) -> None:
    queued = shell.run("do", "pilot-new", "--title", "later", "--update", "minor", "--wait", "0", "--json")
    assert (queued.code, queued.json["state"], queued.json["ref"]) == (6, "waiting", "local:new")
    assert shell.run("list", "pilots", "--offline", "--json").records == []
    assert shell.run("sync").code == 0
    (made,) = shell.run("list", "pilots", "--json").records
    assert made["title"] == "later"
    assert shell.run("sync").code == 0
    assert len(shell.run("list", "pilots", "--json").records) == 1


def test_where_everything_is_read_only_no_pilot_is_touched(minor: Course) -> None:
    for words in (
        ("do", "pilot-step", minor.ref, "--step", "2"),
        ("do", "pilot-new", "--title", "x", "--update", "minor", "--source", "local"),
        ("do", "wish", "dpm", "--source", "local"),
        ("registry", "import", "-", "--format", "csv", "--source", "local"),
    ):
        answer = minor.shell.run("--read-only", *words, stdin="entry,component\nwish,dpm\n")
        assert answer.code == 5, words
        assert "read only" in answer.err
    assert len(minor.shell.run("list", "pilots", "--json").records) == 1
    assert minor.shell.run("list", "wishes", "--json").records == []
    assert minor.steps()[2]["state"] == "open"


def test_a_pilot_has_no_parts(minor: Course) -> None:
    for words in (("show",), ("why",), ("do", "pilot-step", "--step", "2")):
        answer = minor.shell.run(*words, f"{minor.ref}/{CNAF}")
        assert (answer.code, answer.out) == (4, "")
        assert f"write {minor.ref}" in answer.err


def test_owners_of_late_steps_are_reminded_with_everybody_who_is_overdue(major: Course) -> None:
    for number, day in {2: "2009-01-30", 4: "2009-02-04", 5: "2009-02-06", 6: "2009-02-09"}.items():
        major.step(number, day)
    words = ("do", "remind", "--all-overdue", "--json")
    assert major.shell.run(*words).items("entries") == []
    major.on("2009-02-16")
    (sent,) = major.shell.run(*words).items("entries")
    assert (sent["ref"], sent["state"]) == (major.ref, "done")
    assert f"Dear {CNAF}" in str(sent["text"])
    again = major.shell.run(*words)
    assert (again.code, again.items("entries")) == (0, [])
    assert "a reminder went out" in again.err


def test_a_registry_that_cannot_be_reached_does_not_keep_pilots_from_being_listed(shell: Shell) -> None:
    shell.configure(
        '[sources]\nrollouts = []\npilots = ["local"]\nteams = ["away"]\n[backends.local]\ntype = "sql"\n'
        '[backends.away]\ntype = "rt"\nurl = "http://127.0.0.1:9/rt"\ntoken = "env:NOTHING"\n'
    )
    shell.env = {"NOTHING": "1-23-x"}
    answer = shell.run("list", "pilots", "--json")
    assert answer.code == 0
    assert [(each["name"], each["ok"]) for each in answer.items("sources")] == [("local", True)]
    assert shell.run("list", "teams").code == 1
