"""Meetings from the command line: planned ones, and those that an Indico lists."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.backends.indico.fake import EMT, OPS, SCM, FakeIndico, Item

if TYPE_CHECKING:
    from tests.cli.shell import Answer, Shell

PLANNED = """
[[meetings]]
name = "EMT"
when = "Mon 14:30, Wed 16:30"
[[meetings]]
name = "EGEE Operations"
when = "Mon 16:00"
"""
INDICO = """
[sources]
meetings = ["indico"]
[backends.indico]
type = "indico"
url = "https://indico.example.org"
categories = [7, "8", 9]
"""


def document(answer: Answer) -> dict[str, Any]:
    """The document that was printed."""
    found: dict[str, Any] = answer.json
    return found


def records(answer: Answer) -> list[dict[str, Any]]:
    """The records of a list."""
    return [dict(each) for each in answer.records]


@pytest.fixture
def indico(shell: Shell) -> FakeIndico:
    """An Indico that the shell is configured for, on Friday 20 November 2026, noon in Geneva."""
    there = FakeIndico()
    shell.transport = httpx.MockTransport(there)
    shell.configure(INDICO + PLANNED)
    shell.now = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)
    return there


def test_the_next_meeting_is_told_by_its_rule_alone(shell: Shell) -> None:
    shell.configure(PLANNED)
    shell.now = dt.datetime(2026, 11, 23, 12, 48, tzinfo=dt.UTC)
    answer = shell.run("meeting")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0] == "EMT in 42 min"
    assert "Mon 2026-11-23 14:30 +01:00, to 15:30" in lines[1]
    assert "No server lists it, so its agenda is not known here." in answer.out
    assert shell.run("meeting", "egee").out.splitlines()[0] == "EGEE Operations in 2 h"
    shell.now += dt.timedelta(minutes=45)
    assert shell.run("meeting").out.splitlines()[0] == "EMT now"


def test_a_server_that_lists_it_knows_better_and_has_the_agenda(shell: Shell, indico: FakeIndico) -> None:
    start = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
    items = [Item("Patches [red]", start, 15, ("Ada L",)), Item("AOB", None)]
    indico.add("EMT meeting (Tuesday)", "2026-11-24 10:00", EMT, items=items)
    answer = shell.run("meeting", "emt")
    assert answer.code == 0
    assert answer.out.startswith("EMT Tue 10:00\n")
    assert "agenda at  https://indico.example.org/event/5/" in answer.out
    assert "10:00  15 min  Patches [red]  Ada L\n" in answer.out
    assert "EGEE Operations" not in answer.out


def test_the_document_of_a_meeting_has_what_is_known_and_null_for_what_is_not(shell: Shell, indico: FakeIndico) -> None:
    indico.add("Weekly Operations meeting", "2026-11-23 16:00", OPS, items=[Item("ROC reports")])
    found = document(shell.run("meeting", "EGEE Operations", "--json"))
    meeting = found["meeting"]
    assert (found["ppstui"], found["kind"]) == (1, "meeting")
    assert (meeting["ref"], meeting["name"], meeting["title"]) == (
        "indico:5",
        "EGEE Operations",
        "Weekly Operations meeting",
    )
    assert (meeting["start"], meeting["end"]) == ("2026-11-23T16:00:00+01:00", "2026-11-23T17:00:00+01:00")
    assert meeting["in_minutes"] == 3 * 24 * 60 + 4 * 60
    assert [(item["title"], item["start"]) for item in meeting["agenda"]] == [("ROC reports", None)]
    assert meeting["minutes"] is None
    assert found["decisions"] == []
    emt = document(shell.run("meeting", "EMT", "--json"))["meeting"]
    assert (emt["ref"], emt["url"], emt["configured"], emt["agenda"]) == (None, None, True, [])


def test_minutes_are_those_of_the_last_time_that_has_some(shell: Shell, indico: FakeIndico) -> None:
    indico.add("Weekly Operations meeting", "2026-11-09 16:00", OPS, note="<ul><li>older</li></ul>")
    indico.add(
        "Weekly Operations meeting", "2026-11-16 16:00", OPS, note="<p>Minutes</p><ul><li>\x1b[31mnewer</li></ul>"
    )
    indico.add("EMT", "2026-11-18 16:30", EMT)
    answer = shell.run("meeting", "--minutes")
    assert answer.code == 0
    assert answer.out.startswith("EGEE Operations: minutes\n")
    assert "\n- " in answer.out
    assert "newer" in answer.out
    assert "older" not in answer.out
    assert "\x1b" not in answer.out
    answer = shell.run("meeting", "EMT", "--minutes")
    assert (answer.code, answer.out) == (4, "")
    assert "no minutes of EMT are here" in answer.err


def test_what_waits_for_the_coordinator_is_decided_there_and_duties_come_before_it(shell: Shell) -> None:
    shell.configure(PLANNED + "[bulletin.egee-operations]\n")
    title = "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64"
    assert shell.run("do", "rollout-new", "--title", title).code == 0
    shell.now = dt.datetime(2026, 11, 23, 13, 0, tzinfo=dt.UTC)
    found = document(shell.run("meeting", "EGEE Operations", "--json"))
    assert [each["title"] for each in found["decisions"]] == ["UMD-4 arc6 6.15.1 CENTOS7 x86_64"]
    assert "no early-adopter team is assigned" in found["decisions"][0]["text"]
    assert [each["text"] for each in found["before"]] == ["publish the bulletin for EGEE Operations"]
    told = shell.run("meeting", "EGEE Operations").out
    assert "Before it\n- publish the bulletin for EGEE Operations" in told
    assert "To decide or to tell (1)\n" in told


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("meeting", "EMTT"), 4, "no meeting is called 'EMTT'; did you mean EMT?"),
        (("meeting", "laundry"), 4, "known are EMT, EGEE Operations"),
        (("meeting", "e"), 2, "'e' may be EMT, EGEE Operations; say which"),
    ],
)
def test_a_name_that_is_none_is_answered_with_those_there_are(
    shell: Shell, words: tuple[str, ...], code: int, says: str
) -> None:
    shell.configure(PLANNED)
    answer = shell.run(*words)
    assert (answer.code, answer.out) == (code, "")
    assert says in answer.err


def test_without_any_meeting_it_says_how_to_have_some(shell: Shell) -> None:
    answer = shell.run("meeting")
    assert (answer.code, answer.out) == (4, "")
    assert "[[meetings]] in the configuration plans some" in answer.err
    answer = shell.run("list", "meetings")
    assert answer.code == 0


def test_a_server_that_does_not_answer_leaves_what_the_rules_say(shell: Shell, indico: FakeIndico) -> None:
    del indico

    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    shell.transport = httpx.MockTransport(down)
    answer = shell.run("meeting")
    assert answer.code == 1, "the agenda of what is told could not be asked for"
    assert answer.out.startswith("EMT Mon 14:30\n")
    assert "indico: reading meetings: " in answer.err


def test_a_category_that_shows_nothing_to_strangers_is_named(shell: Shell, indico: FakeIndico) -> None:
    indico.protected = {OPS}
    indico.add("EMT", "2026-11-23 14:30", EMT)
    indico.add("Weekly Operations meeting", "2026-11-23 16:00", OPS)
    answer = shell.run("list", "meetings")
    assert "nothing is visible in categories 8, 9 without a token" in answer.err
    assert answer.code == 0


def test_meetings_are_listed_filtered_and_sorted_like_everything(shell: Shell, indico: FakeIndico) -> None:
    indico.add("EMT meeting (Monday)", "2026-11-23 14:30", EMT)
    indico.add("EMT meeting (Wednesday)", "2026-11-25 16:30", EMT, label={"title": "Cancelled", "message": "holiday"})
    indico.add("Weekly Operations meeting", "2026-11-16 16:00", OPS)
    indico.add("GDB", "2026-11-24 10:00", SCM)
    coming = records(shell.run("list", "meetings", "--where", "start:<6d", "--json"))
    assert [(each["name"], each["start"][5:16], each["cancelled"]) for each in coming] == [
        ("EMT", "11-23T14:30", False),
        ("EGEE Operations", "11-23T16:00", False),
        ("GDB", "11-24T10:00", False),
        ("EMT", "11-25T16:30", True),
    ]
    assert len(records(shell.run("list", "meetings", "--where", "is:cancelled", "--json"))) == 1
    assert len(records(shell.run("list", "meetings", "--where", "-is:configured", "--json"))) == 1
    past = records(shell.run("list", "meetings", "--all", "--where", "is:listed operations", "--json"))
    assert [each["start"][5:10] for each in past] == ["11-16"]
    table = list(csv.DictReader(io.StringIO(shell.run("list", "meetings", "--csv", "--limit", "1").out)))
    assert table[0]["name"] == "EMT"
    last = records(shell.run("list", "meetings", "--sort", "-start", "--limit", "1", "--json"))
    assert last[0]["start"].startswith("2026-12-21")


def test_a_meeting_is_shown_by_its_reference(shell: Shell, indico: FakeIndico) -> None:
    indico.add("Weekly Operations meeting", "2026-11-23 16:00", OPS, description="<p>bring your reports</p>")
    answer = shell.run("show", "indico:5")
    assert answer.code == 0
    assert "EGEE Operations Mon 16:00" in answer.out
    assert "bring your reports" in answer.out
    assert document(shell.run("show", "indico:5", "--json"))["name"] == "EGEE Operations"
    assert shell.run("show", "indico:77").code == 4


def test_offline_the_meetings_of_the_last_reading_are_told(shell: Shell, indico: FakeIndico) -> None:
    indico.add("EMT meeting (Monday)", "2026-11-23 15:00", EMT)
    assert shell.run("list", "meetings").code == 0
    shell.transport = httpx.MockTransport(lambda request: pytest.fail(f"{request.url} was asked for"))
    assert shell.run("meeting", "--offline").out.startswith("EMT Mon 15:00\n")


def test_a_calendar_of_a_file_is_a_source_of_meetings(shell: Shell) -> None:
    file = shell.home / "wlcg.ics"
    shell.configure(f'[sources]\nmeetings = ["wlcg"]\n[backends.wlcg]\ntype = "ical"\nfile = "{file}"\n')
    answer = shell.run("list", "meetings")
    assert answer.code == 1
    assert "does not exist; check file" in answer.err
    event = "UID:a\nSUMMARY:WLCG Operations\nDTSTART:20261125T140000Z\nDTEND:20261125T143000Z"
    file.write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n")
    shell.now = dt.datetime(2026, 11, 25, 13, 18, tzinfo=dt.UTC)
    assert shell.run("meeting").out.startswith("WLCG Operations in 42 min\n")
    doctor = shell.run("doctor")
    assert "wlcg: a calendar with 1 meetings" in doctor.out
