"""Every action on a rollout by the command line: what is written, what stands against it, what is said to whom."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.shell import Answer, JsonValue, Shell

IT, NL = "ea-NGI_IT-INFN-T1", "ea-NGI_NL-SARA-MATRIX"
REPORT = "ea-NGI_IT-INFN-T1-UMD-4-arc6-6.15.1"
FORCE = ("--force", "--reason", "as agreed")


def team(shell: Shell, rollout: str, name: str = IT) -> dict[str, JsonValue]:
    teams = shell.run("show", rollout, "--json").items("teams")
    return next(each for each in teams if each["team"] == name)


def effects(answer: Answer) -> dict[str, tuple[JsonValue, JsonValue]]:
    return {str(each["what"]): (each["before"], each["after"]) for each in answer.items("effects")}


def rules(answer: Answer) -> set[str]:
    return {str(each["rule"]) for each in answer.items("objections") if each["blocking"]}


@pytest.fixture
def accepted(shell: Shell, rollout: str) -> str:
    """A rollout that one of its two teams accepted."""
    assert shell.run("do", "acknowledge", rollout, "--team", "INFN-T1", "--answer", "accept").code == 0
    return rollout


@pytest.fixture
def report(shell: Shell) -> str:
    file = shell.home / f"{REPORT}.odt"
    file.write_bytes(b"PK\x03\x04 tested")
    return str(file)


# ------------------------------------------------------------------------------------------------ asked in a wrong way


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("poll", "local:1", "--list", " "), 2, "which address"),
        (("expose", "local:1"), 2, "since which day; .*2026-12-01"),
        (("expose", "local:1", "--on", "tomorow"), 2, "'tomorow' is no day; write YEAR-MONTH-DAY, as in 2026-12-01"),
        (("expose", "local:1", "--on", "2026-02-30"), 2, "is no day"),
        (("expose", "local:1", "--on", "20261201"), 2, "is no day"),
        (("expose", "local:1", "--on", "01.12.2026"), 2, "is no day"),
        (("expose", "local:1", "--team", "nobody", "--on", "today"), 2, "'nobody' is no team of local:1: .*teams are"),
        (("expose", "local:1/SOMEWHERE", "--on", "today"), 2, "is no team of local:1"),
        (("extend", "local:1", "--reason", "slow"), 2, "until which day"),
        (("extend", "local:1", "--until", "2026-12-24"), 2, "why; --reason TEXT"),
        (("extend", "local:1", "--until", "Christmas", "--reason", "slow"), 2, "is no day"),
        (("report", "local:1", "--team", IT), 2, "which file; --file FILE"),
        (("report", "local:1", "--waive"), 2, "--waive needs --reason"),
        (("report", "local:1", "--waive", "--reason", "ill"), 2, "which team"),
        (("report", "local:1", "--waive", "--file", "x.odt", "--reason", "ill"), 2, "exclude each other"),
        (("report", "local:1", "--team", IT, "--team", NL, "--file", "x.odt"), 2, "one file is the report of one team"),
        (("report", "local:1", "--team", IT, "--file", "no-such-file.odt"), 2, "no-such-file.odt: cannot be read"),
        (("report", "local:1", "--team", IT, "--file", "/"), 2, "/: cannot be read: Is a directory"),
        (("report", "local:1", "--team", IT, "--file", "-"), 2, "a report is a file with a name"),
        (("report", "local:1", "--team", IT, "--file", "x.odt", "--reason", "y"), 2, "--reason goes with --force"),
        (("incident", "local:1"), 2, "no incident backend is configured"),
        (("incident", "local:1", "--title", "crash", "--to", "DPM"), 2, "no incident backend is configured"),
        (("incident", "local:1", "--unlink"), 2, "which link"),
        (("document", "local:1"), 2, "which document"),
        (("document", "local:1", "--register"), 2, "no document backend is configured"),
        (("document", "local:1", "--id", "none", "--url", "https://e.org/1"), 2, "choose one"),
        (("outcome", "local:1", "PASS"), 2, "'PASS' is no outcome; write ACCEPT or REJECT"),
        (("outcome", "local:1"), 2, "required: ACCEPT|REJECT"),
        (("resolve", "local:1", "--outcome", "maybe"), 2, "ACCEPT"),
        (("due", "local:1", "soon"), 2, "is no day"),
        (("due", "local:1", " "), 2, "which day"),
        (("owner", "local:1", " "), 2, "which account"),
        (("status", "local:1", " "), 2, "which status"),
        (("field", "local:1", "--value", "x"), 2, "which field"),
        (("field", "local:1", "--name", "Notes"), 2, "which value"),
        (("field", "local:1", "--name", "Notes", "--value", "x", "--add", "y"), 2, "exclude each other"),
        (("field", "local:1", "--name", "Notes", "--value", "x", "--clear"), 2, "exclude each other"),
        (("outcome", "ACCEPT", "local:1"), 2, "'ACCEPT' is not a reference"),
        (("resolve", "local:77"), 4, "local:77"),
        (("due", "nowhere:1", "none"), 4, "no such source"),
    ],
)
def test_what_is_asked_wrongly_changes_nothing(
    shell: Shell, rollout: str, words: tuple[str, ...], code: int, said: str
) -> None:
    assert rollout == "local:1"
    before = shell.run("outbox", "--json").records
    answer = shell.run("do", *words, "--json")
    assert (answer.code, answer.out) == (code, ""), answer.err
    assert re.search(said, answer.err), answer.err
    assert answer.err.startswith("ppstui: ")
    assert answer.err.count("\n") == 1
    assert shell.run("outbox", "--json").records == before


# ------------------------------------------------------------------------------------------------------------ exposure


def test_an_exposure_is_said_for_a_team_or_for_all(shell: Shell, accepted: str) -> None:
    answer = shell.run("do", "expose", f"{accepted}/INFN-T1", "--on", "2026-11-20", "--json")
    assert (answer.code, answer.json["state"]) == (0, "done"), answer.err
    assert (team(shell, accepted)["exposure_start"], team(shell, accepted)["exposure_end"]) == (
        "2026-11-20",
        "2026-11-26",
    )
    later = shell.run("do", "expose", accepted, "--on", "2026-11-23", "--json")
    assert later.code == 0
    assert "2026-11-23" in str(later.json["text"])
    assert team(shell, accepted)["exposure_start"] == "2026-11-20", "what was said for the team counts for it"


def test_an_extension_needs_a_later_day_and_keeps_its_reason(shell: Shell, accepted: str) -> None:
    assert shell.run("do", "expose", accepted, "--on", "2026-11-20").code == 0
    early = shell.run("do", "extend", accepted, "--until", "2026-11-19", "--reason", "slow", "--json")
    assert (early.code, early.json["state"], "date" in rules(early)) == (5, None, True)
    assert shell.run("do", "extend", accepted, "--until", "2026-11-19", *FORCE).code == 5, "no reason lifts that"
    answer = shell.run("do", "extend", accepted, "--until", "2026-12-04", "--reason", "the farm was down", "--json")
    assert answer.code == 0, answer.err
    exposure = shell.run("show", accepted, "--json").json["exposure"]
    assert isinstance(exposure, dict)
    assert (exposure["end"], exposure["extended"], exposure["reason"]) == ("2026-12-04", True, "the farm was down")


# ------------------------------------------------------------------------------------------------------------- reports


@pytest.mark.parametrize(
    "name",
    [
        "my report.odt",
        f"{REPORT} (1).odt",
        f"{REPORT.upper()}.ODT",
        "ea-INFN-T1-arc6.odt",
        "\x1b[2J.odt",
        "caf\udce9.odt",
    ],
)
def test_a_report_with_a_wrong_name_is_attached_under_the_right_one_and_that_is_said(
    shell: Shell, accepted: str, name: str
) -> None:
    file = shell.home / name
    file.write_bytes(b"tested")
    words = ("do", "report", accepted, "--team", "INFN-T1", "--file", str(file))
    planned = shell.run(*words, "--dry-run")
    assert planned.code == 0, planned.err
    assert f"attached as {REPORT}.odt; the file is called " in planned.out
    answer = shell.run(*words, "--json")
    assert (answer.code, answer.json["attached_as"]) == (0, f"{REPORT}.odt"), answer.err
    told = name.replace("\udce9", "\ufffd")
    assert answer.json["corrected"] == f"attached as {REPORT}.odt; the file is called {told}"
    assert f"attached as {REPORT}.odt" in answer.err
    assert "\x1b" not in planned.out + answer.err
    found = team(shell, accepted)["report"]
    assert isinstance(found, dict)
    assert (found["name"], found["valid"]) == (f"{REPORT}.odt", True)


def test_whose_report_it_is_may_be_told_by_its_name(shell: Shell, accepted: str, report: str) -> None:
    answer = shell.run("do", "report", accepted, "--file", report, "--json")
    assert (answer.code, answer.json["attached_as"], answer.json["corrected"]) == (0, f"{REPORT}.odt", None)
    odd = shell.home / "results.docx"
    odd.write_bytes(b"x")
    unknown = shell.run("do", "report", accepted, "--file", str(odd))
    assert (unknown.code, "whose report it is; --team TEAM" in unknown.err) == (2, True)


@pytest.mark.parametrize("ext", ["doc", "docx", "odt"])
def test_a_lawful_extension_is_kept(shell: Shell, accepted: str, ext: str) -> None:
    file = shell.home / f"anything.{ext}"
    file.write_bytes(b"tested")
    answer = shell.run("do", "report", accepted, "--team", IT, "--file", str(file), "--dry-run", "--json")
    assert (answer.code, answer.json["attached_as"]) == (0, f"{REPORT}.{ext}")


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [("report.pdf", b"%PDF", "report-name"), ("report", b"text", "report-name"), (f"{REPORT}.odt", b"", "empty")],
)
def test_a_file_that_can_be_no_report_is_refused(
    shell: Shell, accepted: str, name: str, content: bytes, rule: str
) -> None:
    file = shell.home / name
    file.write_bytes(content)
    answer = shell.run("do", "report", accepted, "--team", IT, "--file", str(file), *FORCE, "--json")
    assert (answer.code, answer.json["state"], answer.json["blocked"]) == (5, None, True)
    assert rule in rules(answer)
    assert answer.err.count("\n") == 1


def test_a_file_that_is_too_large_is_not_read_to_its_end(shell: Shell, accepted: str) -> None:
    file = shell.home / f"{REPORT}.odt"
    with file.open("wb") as out:
        out.truncate(80 * 1024 * 1024)
    answer = shell.run("do", "report", accepted, "--team", IT, "--file", str(file), *FORCE, "--json")
    assert (answer.code, "too-large" in rules(answer)) == (5, True), answer.err


def test_a_report_of_a_team_that_nobody_chose_needs_a_reason(shell: Shell, accepted: str) -> None:
    file = shell.home / "cern.odt"
    file.write_bytes(b"tested")
    words = ("do", "report", accepted, "--team", "ea-CERN-CERN-PROD", "--file", str(file), "--json")
    refused = shell.run(*words)
    assert (refused.code, rules(refused)) == (5, {"not-assigned"})
    assert shell.run(*words, *FORCE).code == 0


def test_a_report_is_waived_with_a_reason_that_stays_to_be_seen(shell: Shell, accepted: str) -> None:
    assert team(shell, accepted)["waived"] is None
    answer = shell.run("do", "report", accepted, "--team", "INFN-T1", "--waive", "--reason", "hardware broke", "--json")
    assert (answer.code, answer.json["attached_as"]) == (0, None), answer.err
    waived = team(shell, accepted)
    assert (waived["waived"], waived["state"], waived["report"]) == ("hardware broke", "reported", None)
    for words in (("show", accepted), ("show", f"{accepted}/INFN-T1")):
        assert "hardware broke" in shell.run(*words).out


# ---------------------------------------------------------------------------------------- incident, document, outcome


def test_an_incident_is_linked_once_and_its_link_can_be_taken_out(shell: Shell, rollout: str) -> None:
    url = "https://ggus.example.org/ticket/4711"
    words = ("do", "incident", rollout, "--url", url, "--json")
    assert shell.run(*words, "--title", "crash", "--text", "it crashes at start").code == 0
    assert shell.run("show", rollout, "--json").json["incidents"] == [url]
    again = shell.run(*words)
    assert (again.code, again.json["blocked"]) == (5, True)
    assert shell.run("do", "incident", rollout, "--url", "javascript:alert(1)").code == 5
    assert shell.run(*words, "--unlink").code == 0
    assert shell.run("show", rollout, "--json").json["incidents"] == []


@pytest.mark.parametrize(
    ("words", "document"),
    [
        (("--id", "700"), "700"),
        (("--url", "https://documents.example.org/document/701"), "701"),
        (("--url", "https://documents.example.org/public/ShowDocument?docid=702"), "702"),
        (("--url", "https://documents.example.org/files/reports", "--id", "703"), "703"),
    ],
)
def test_a_document_is_named_by_its_id_or_its_address(
    shell: Shell, rollout: str, words: tuple[str, ...], document: str
) -> None:
    answer = shell.run("do", "document", rollout, *words, "--json")
    assert (answer.code, answer.json["state"]) == (0, "done"), answer.err
    record = shell.run("show", rollout, "--json").json
    assert record["document"] == document
    if "--url" in words:
        assert record["document_url"] == words[words.index("--url") + 1]
    assert shell.run("do", "document", rollout, "--id", "none").code == 0
    record = shell.run("show", rollout, "--json").json
    assert (record["document"], record["document_url"]) == (None, None)


def test_an_outcome_is_a_word_of_the_process_in_any_case(shell: Shell, rollout: str) -> None:
    refused = shell.run("do", "outcome", rollout, "reject", "--json")
    assert (refused.code, "reason-missing" in rules(refused)) == (5, True)
    answer = shell.run("do", "outcome", rollout, "reject", "--reason", "it loses jobs", "--json")
    assert answer.code == 0
    logged = shell.run("outbox", "show", str(answer.json["id"]), "--json").json
    assert logged["reason"] is None, "no rule was overridden"
    assert shell.run("show", rollout, "--json").json["outcome"] == "REJECT"
    assert shell.run("do", "outcome", rollout, "none", "--json").code == 0
    assert shell.run("show", rollout, "--json").json["outcome"] is None


def test_closing_is_stopped_by_what_is_missing_and_says_which(shell: Shell, accepted: str) -> None:
    answer = shell.run("do", "resolve", accepted, "--json")
    assert (answer.code, answer.json["state"]) == (5, None)
    assert {"outcome-missing", "document-missing", "report-missing"} <= rules(answer)
    assert IT in answer.err
    assert shell.run("do", "resolve", accepted, "--reason", "no matter").code == 5, "a reason alone forces nothing"
    rest = shell.run("do", "resolve", accepted, "--outcome", "ACCEPT", "--document", "700", "--json")
    assert (rest.code, rules(rest)) == (5, {"report-missing"})
    by_status = shell.run("do", "status", accepted, "resolved", "--json")
    assert (by_status.code, "report-missing" in rules(by_status)) == (5, True), "no way around by the plain edit"


def test_closing_all_the_same_needs_a_reason_which_goes_to_the_record(shell: Shell, accepted: str) -> None:
    words = ("do", "resolve", accepted, "--outcome", "ACCEPT", "--document", "700", "--force")
    answer = shell.run(*words, "--reason", "the site is gone", "--json")
    assert (answer.code, answer.json["state"]) == (0, "done"), answer.err
    record = shell.run("show", accepted, "--json")
    assert (record.json["stage"], record.json["document"]) == ("closed-accept", "700")
    assert any("the site is gone" in str(moment["text"]) for moment in record.items("timeline"))


def test_closing_takes_from_the_record_what_is_not_given(shell: Shell, rollout: str) -> None:
    url = "https://documents.example.org/document/700"
    assert shell.run("do", "document", rollout, "--url", url).code == 0
    planned = shell.run("do", "resolve", rollout, "--outcome", "ACCEPT", "--dry-run", "--json")
    assert "document-missing" not in rules(planned)
    assert effects(planned)["status"] == ("open", "resolved")
    assert f"700 {url}" in str(planned.json["text"])
    other = "https://documents.example.org/document/800"
    renamed = shell.run("do", "resolve", rollout, "--outcome", "ACCEPT", "--url", other, "--dry-run", "--json")
    assert f"800 {other}" in str(renamed.json["text"])


# --------------------------------------------------------------------------------------------------------- plain edits


def test_the_due_day_is_set_and_taken_out(shell: Shell, rollout: str) -> None:
    planned = shell.run("do", "due", rollout, "2026-12-01", "--dry-run", "--json")
    assert (planned.code, list(effects(planned).values())) == (0, [(None, "2026-12-01")]) or "2026-12-01" in planned.out
    assert shell.run("do", "due", rollout, "2026-12-01", "--json").json["state"] == "done"
    again = shell.run("do", "due", rollout, "2026-12-01", "--json")
    assert (again.code, again.json["blocked"]) == (5, True), "it is so already"
    assert shell.run("do", "due", rollout, "none", "--json").json["state"] == "done"


def test_an_owner_is_given_and_taken_away(shell: Shell, rollout: str) -> None:
    assert shell.run("do", "owner", rollout, "carla").code == 0
    assert shell.run("show", rollout, "--json").json["owner"] == "carla"
    assert shell.run("do", "owner", rollout, "nobody").code == 0
    assert shell.run("show", rollout, "--json").json["owner"] is None


def test_a_status_is_set_in_the_sources_own_word(shell: Shell, rollout: str) -> None:
    assert shell.run("do", "status", rollout, "stalled").code == 0
    assert shell.run("show", rollout, "--json").json["stage"] == "stalled"
    odd = shell.run("do", "status", rollout, "paused", "--json")
    assert odd.code in (1, 5)
    assert "paused" in odd.err
    assert shell.run("show", rollout, "--json").json["status"] == "stalled"


def test_a_field_is_set_and_its_values_merged(shell: Shell, rollout: str) -> None:
    def fields() -> str:
        return str(shell.run("show", rollout, "--json").json["fields"])

    assert shell.run("do", "field", rollout, "--name", "Sites", "--value", "one", "--value", "two").code == 0
    assert "one" in fields()
    assert shell.run("do", "field", rollout, "--name", "Sites", "--add", "three", "--remove", "one").code == 0
    assert ("one" in fields(), "two" in fields(), "three" in fields()) == (False, True, True)
    assert shell.run("do", "field", rollout, "--name", "Sites", "--clear").code == 0
    assert "two" not in fields()


# ---------------------------------------------------------------------------------------------------- polls, reminders


def test_a_poll_needs_a_mail_target(shell: Shell, rollout: str) -> None:
    answer = shell.run("do", "poll", rollout, "--json")
    assert answer.code in (1, 3, 5)
    assert "mail" in answer.err or "smtp" in answer.err
    planned = shell.run("do", "poll", rollout, "--dry-run", "--list", "adopters@example.org", "--json")
    assert "adopters@example.org" in planned.out


@pytest.mark.usefixtures("rollout")
def test_one_digest_goes_to_each_team_whatever_it_owes_where(shell: Shell) -> None:
    other = str(shell.run("do", "rollout-new", "--title", "Staged Rollout CA 1.139", "--json").json["ref"])
    assert shell.run("do", "assign", other, "--team", IT).code == 0
    shell.now += dt.timedelta(days=5)
    planned = shell.run("do", "remind", "--all-overdue", "--dry-run", "--json")
    assert planned.code == 0, planned.err
    texts = {str(each["text"]) for each in planned.items("entries")}
    mine = [text for text in texts if IT in text]
    assert len(mine) == 1, "one digest to a team, not one mail a record"
    assert all(word in mine[0] for word in ("CA 1.139", "arc6"))
    assert len(shell.run("outbox", "--json").records) == 4, "a preview queues nothing"
    shown = shell.run("do", "remind", "--all-overdue", "--dry-run").out
    assert ("CA 1.139" in shown, "accept NGI_IT-INFN-T1" in shown) == (True, True)
    sent = shell.run("do", "remind", "--all-overdue", "--json")
    assert {each["state"] for each in sent.items("entries")} == {"done"}
    again = shell.run("do", "remind", "--all-overdue", "--json")
    assert (again.code, again.items("entries")) == (0, [])
    assert (IT in again.err, NL in again.err) == (True, True), "who may not be reminded yet is said"
    forced = shell.run("do", "remind", "--all-overdue", *FORCE, "--dry-run", "--json")
    assert len(forced.items("entries")) == len(planned.items("entries"))
