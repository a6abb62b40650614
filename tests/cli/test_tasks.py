"""The week's duties from the command line: they come when they are due, and go when done or ticked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.shell import Shell

MEETINGS = """
[sources]
rollouts = ["local"]
teams = ["local"]
pilots = ["local"]
[backends.local]
type = "sql"
[[meetings]]
name = "EMT"
when = "Mon 14:30, Wed 16:30"
[[meetings]]
name = "EGEE Operations"
when = "Mon 16:00"
[bulletin.egee-operations]
sections = ["pilots"]
"""


def keys(shell: Shell, *words: str) -> list[str]:
    return [str(each["key"]) for each in shell.run("list", "tasks", *words, "--json").records]


def test_a_duty_that_leaves_no_trace_is_ticked_by_hand_and_comes_back_the_next_day(shell: Shell) -> None:
    assert "problem-reports:2026-11-20" in keys(shell, "--where", "is:by-hand")
    (line,) = (
        line for line in shell.run("list", "tasks", terminal=True).out.splitlines() if "software problem" in line
    )
    assert line.endswith(" problem-reports")
    ticked = shell.run("tick", "problem-reports", "credits:2026-W47")
    assert (ticked.code, ticked.out.splitlines()[0]) == (0, "ticked: look through software problem reports")
    assert keys(shell) == []
    assert shell.run("tick", "--undo", "problem-reports:2026-11-20").code == 0
    assert keys(shell) == ["problem-reports:2026-11-20"]
    shell.now += dt.timedelta(days=3)
    assert keys(shell) == ["problem-reports:2026-11-23"]


def test_what_is_no_duty_is_not_ticked(shell: Shell) -> None:
    answer = shell.run("tick", "problem-reports:2026-11-20", "laundry")
    assert (answer.code, answer.out) == (4, "")
    assert "'laundry' is no duty of now; there are problem-reports, credits" in answer.err
    assert "problem-reports:2026-11-20" in keys(shell)
    assert shell.run("tick").code == 2


def test_a_file_of_ticks_that_is_damaged_is_kept_aside(shell: Shell) -> None:
    assert shell.run("tick", "problem-reports:2026-11-20").code == 0
    (file,) = shell.home.rglob("ticks.toml")
    file.write_text("no toml [")
    assert "problem-reports:2026-11-20" in keys(shell)
    assert file.with_name("ticks.toml.damaged").exists()


@pytest.mark.parametrize(
    ("at", "there"),
    [("2026-11-23T08:00+01:00", True), ("2026-11-23T15:00+01:00", True), ("2026-11-24T08:00+01:00", True)],
)
def test_the_bulletin_is_due_on_the_day_of_its_meeting_and_stays_when_missed(
    shell: Shell, at: str, there: bool
) -> None:
    shell.configure(MEETINGS)
    shell.now = dt.datetime.fromisoformat(at).astimezone(dt.UTC)
    bulletins = [each for each in shell.run("list", "tasks", "--json").records if each["code"] == "bulletin"]
    assert bool(bulletins) is there
    assert all((each["meeting"], each["due"]) == ("EGEE Operations", "2026-11-23T16:00:00+01:00") for each in bulletins)


def test_a_bulletin_that_was_published_is_due_no_more(shell: Shell) -> None:
    target = f'[targets.shelf]\ntype = "file"\npath = "{shell.home}/{{audience}}.{{issue}}.txt"\n'
    shell.configure(MEETINGS.replace("sections", 'publish = ["shelf"]\nsections') + target)
    shell.now = dt.datetime.fromisoformat("2026-11-23T08:00+01:00")
    due = "bulletin:EGEE Operations:2026-11-23"
    assert due in keys(shell)
    assert shell.run("bulletin", "draft", "--for", "egee-operations").code == 0
    assert due in keys(shell)
    published = shell.run("bulletin", "publish", "--for", "egee-operations", "--force", "--reason", "a quiet week")
    assert published.code == 0, published
    assert due not in keys(shell)
    shell.now += dt.timedelta(days=7)
    assert "bulletin:EGEE Operations:2026-11-30" in keys(shell)


def test_a_minor_pilots_wrap_up_is_taken_to_the_emt(shell: Shell) -> None:
    shell.configure(MEETINGS)
    shell.now = dt.datetime(2026, 11, 9, 9, tzinfo=dt.UTC)
    made = shell.run("do", "pilot-new", "--title", "x", "--update", "minor", "--site", "NGI_IT-A", "--on", "2026-11-09")
    assert made.code == 0
    for step, day in (("2", "2026-11-09"), ("3", "2026-11-09"), ("7", "2026-11-13"), ("8", "2026-11-19")):
        shell.now = dt.datetime.fromisoformat(f"{day}T12:00+01:00").astimezone(dt.UTC)
        assert shell.run("do", "pilot-step", "local:pilot-1", "--step", step).code == 0, step
    shell.now = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
    assert shell.run("do", "pilot-step", "local:pilot-1", "--step", "9", "--note", "attached").code == 0
    (task,) = (each for each in shell.run("list", "tasks", "--json").records if each["code"] == "wrap-ups")
    assert (task["meeting"], task["refs"], task["due"]) == ("EMT", ["local:pilot-1"], "2026-11-23T14:30:00+01:00")
    assert shell.run("do", "pilot-step", "local:pilot-1", "--step", "10").code == 0
    assert not any(each["code"] == "wrap-ups" for each in shell.run("list", "tasks", "--json").records)
