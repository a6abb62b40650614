"""`ppstui bulletin` without a screen: drafted, edited, checked, published once to each place, corrected."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_poll import OnAnyPort, Post

if TYPE_CHECKING:
    from tests.cli.shell import Answer, Shell

CONFIGURATION = """
me = "carla"
[[meetings]]
name = "EMT"
when = "Mon 14:30, Wed 16:30"
[bulletin.emt]
publish = ["out", "wall"]
greeting = "Dear all,"
[bulletin.sysadmins]
sections = ["releases", "known-issues"]
[targets.out]
type = "file"
path = "{home}/out/{{audience}}.{{issue}}.txt"
[targets.wall]
type = "file"
path = "{home}/wall.html"
format = "html"
"""
MAILED = """
me = "carla"
[bulletin.emt]
publish = ["mail"]
[targets.mail]
type = "smtp"
host = "127.0.0.1"
port = {port}
from = "pps-coordinator@example.org"
to = ["roc-managers@example.org"]
"""
ISSUE = "2026-W47"


@pytest.fixture
def room(shell: Shell, rollout: str) -> Shell:
    """A home with a rollout in it, and two places to publish at."""
    assert rollout == "local:1"
    shell.configure(CONFIGURATION.format(home=shell.home))
    (shell.home / "out").mkdir()
    return shell


def editor(shell: Shell, script: str) -> None:
    """The user's editor: a shell script on the file `$1`."""
    program = shell.home / "editor"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o700)
    shell.env["VISUAL"] = str(program)


def out(shell: Shell) -> str:
    return (shell.home / "out" / f"emt.{ISSUE}.txt").read_text(encoding="utf-8")


def test_an_issue_that_nobody_drafted_is_shown_and_kept_nowhere(room: Shell) -> None:
    shown = room.run("bulletin", "--for", "emt")
    assert shown.code == 0
    assert "arc6 6.15.1 CENTOS7 x86_64 entered staged rollout on Fri 2026-11-20" in shown.out
    assert "not drafted yet" in shown.err
    assert room.run("list", "bulletins", "--all", "--json").records == []


def test_the_same_board_gives_the_same_bytes(room: Shell) -> None:
    first, second = (room.run("bulletin", "show", "--for", "emt", "--format", "html") for _ in range(2))
    assert first.out == second.out
    assert first.out.startswith("<!DOCTYPE html>")


def test_words_by_hand_survive_a_new_draft_and_new_facts_are_offered(room: Shell) -> None:
    assert room.run("bulletin", "draft", "--for", "emt").code == 0
    editor(
        room, "sed -i 's/arc6: no answer yet.*{/arc6: we wait for an answer {/; s/arc6: .*{t/arc6: patience {t/' \"$1\""
    )
    assert room.run("bulletin", "edit", "--for", "emt").code == 0
    assert "arc6: patience" in room.run("bulletin", "show", "--for", "emt").out
    again = room.run("bulletin", "draft", "--for", "emt")
    assert "arc6: patience" in again.out
    assert "new facts" not in again.err
    assert room.run("do", "acknowledge", "local:1", "--team", "INFN-T1", "--answer", "accept").code == 0
    changed = room.run("bulletin", "draft", "--for", "emt")
    assert "arc6: patience" in changed.out
    assert "has new facts" in changed.err
    checked = room.run("bulletin", "check", "--for", "emt")
    assert checked.code == 5
    assert "offer-open" in checked.out


def test_an_issue_goes_to_each_place_once(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    done = room.run("bulletin", "publish", "--for", "emt", "--json")
    assert done.code == 0
    assert [(entry["state"], entry["action"]) for entry in done.items("entries")] == [("done", "publish")] * 2
    before = out(room)
    assert "Dear all," in before
    assert "<h1" in (room.home / "wall.html").read_text(encoding="utf-8")
    again = room.run("bulletin", "publish", "--for", "emt", "--issue", ISSUE)
    assert again.code == 5
    assert "there is nothing to do" in again.err
    assert out(room) == before
    told = room.run("bulletin", "history", "--for", "emt").out
    assert told.count("published Fri 2026-11-20 12:00 +01:00 by carla") == 2


def test_what_is_published_is_frozen_and_the_next_draft_is_of_the_next_week(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    room.run("bulletin", "publish", "--for", "emt")
    published = out(room)
    room.now += dt.timedelta(days=3)
    room.run("do", "acknowledge", "local:1", "--team", "INFN-T1", "--answer", "accept")
    drafted = room.run("bulletin", "draft", "--for", "emt")
    assert "2026-W48" in drafted.out
    assert "entered staged rollout" not in drafted.out, "it was told last week"
    assert room.run("bulletin", "show", "--for", "emt", "--issue", ISSUE).out == published


def test_an_issue_is_for_the_first_meeting_that_the_one_before_was_not_for(room: Shell) -> None:
    assert "for EMT, Mon 2026-11-23 14:30" in room.run("bulletin", "draft", "--for", "emt").out
    room.run("bulletin", "publish", "--for", "emt")
    assert "for EMT, Wed 2026-11-25 16:30" in room.run("bulletin", "draft", "--for", "emt").out
    later = room.run("bulletin", "draft", "--for", "emt", "--issue", "2026-W50").out
    assert "for EMT, Mon 2026-12-07 14:30" in later


def test_a_correction_says_what_it_corrects(room: Shell) -> None:
    assert room.run("bulletin", "draft", "--for", "emt").code == 0
    early = room.run("bulletin", "correct", "--for", "emt", "--what", "a typo")
    assert (early.code, "has not been published" in early.err) == (2, True)
    room.run("bulletin", "publish", "--for", "emt")
    editor(room, "sed -i 's/^Dear all,/Dear colleagues,/' \"$1\"")
    edited = room.run("bulletin", "edit", "--for", "emt", "--issue", ISSUE)
    assert "bulletin correct" in edited.err
    assert "Dear all," in out(room), "an edit alone sends nothing"
    assert room.run("bulletin", "correct", "--for", "emt", "--issue", ISSUE).code == 2
    done = room.run("bulletin", "correct", "--for", "emt", "--issue", ISSUE, "--what", "you are colleagues")
    assert done.code == 0
    assert "Dear colleagues," in out(room)
    assert "Correction: you are colleagues" in out(room)
    assert room.run("bulletin", "history", "--for", "emt").out.count("correction 1 (you are colleagues)") == 2


def test_the_exact_bytes_are_shown_before_they_go(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    shown = room.run("bulletin", "publish", "--for", "emt", "--to", "out", "--dry-run")
    assert shown.code == 0
    assert not list((room.home / "out").iterdir())
    room.run("bulletin", "publish", "--for", "emt", "--to", "out")
    assert shown.out == out(room)


def test_the_exact_bytes_are_one_document_as_well(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    shown = room.run("bulletin", "publish", "--for", "emt", "--dry-run", "--json")
    assert (shown.code, [each["target"] for each in shown.items("previews")]) == (0, ["out", "wall"])
    room.run("bulletin", "publish", "--for", "emt")
    assert shown.items("previews")[0]["text"] == out(room)


@pytest.mark.parametrize("issue", ["1999-W01", "2026-W20", "2027-W22", "2099-W01"])
def test_an_issue_far_away_is_taken_for_a_slip(room: Shell, issue: str) -> None:
    failed = room.run("bulletin", "draft", "--for", "emt", "--issue", issue)
    assert (failed.code, "this week's issue is 2026-W47" in failed.err) == (2, True)
    assert room.run("bulletin", "draft", "--for", "emt", "--issue", "2026-W45").code == 0


def test_a_publication_that_reached_one_place_goes_on_with_the_others(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    assert room.run("bulletin", "publish", "--for", "emt", "--to", "out").code == 0
    before = out(room)
    done = room.run("bulletin", "publish", "--for", "emt", "--issue", ISSUE)
    assert (done.code, "out: has it already" in done.err) == (0, True)
    assert "<h1" in (room.home / "wall.html").read_text(encoding="utf-8")
    assert out(room) == before


def test_another_format_than_the_target_s_own_goes_where_it_is_taken(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    done = room.run("bulletin", "publish", "--for", "emt", "--to", "out", "--format", "markdown")
    assert done.code == 0
    assert out(room).startswith("# EMT bulletin")
    room.configure(MAILED.format(port=9))
    refused = room.run("bulletin", "publish", "--for", "emt", "--issue", ISSUE, "--to", "mail", "--format", "twiki")
    assert (refused.code, "takes no twiki" in refused.err) == (2, True)


def test_a_place_that_others_wrote_to_is_left_alone_and_the_others_get_theirs(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    (room.home / "wall.html").write_text("the menu of the canteen", encoding="utf-8")
    done = room.run("bulletin", "publish", "--for", "emt")
    assert done.code == 5
    assert "wall" in done.err
    assert (room.home / "wall.html").read_text(encoding="utf-8") == "the menu of the canteen"
    assert "Dear all," in out(room)
    stuck = room.run("list", "outbox", "--where", "state:parked", "--json").records
    assert [entry["conflict"] for entry in stuck] == [True]
    assert room.run("outbox", "retry", str(stuck[0]["id"])).code == 0, "who has looked at it may replace it"
    assert "<h1" in (room.home / "wall.html").read_text(encoding="utf-8")


def test_a_place_that_can_take_nothing_is_a_failure_and_no_record_that_is_missing(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    (room.home / "wall.html").mkdir()
    done = room.run("bulletin", "publish", "--for", "emt")
    assert done.code == 1
    assert "correct path of [targets.wall]" in done.err


def test_a_place_that_the_configuration_spoils_keeps_no_other_from_its_issue(room: Shell) -> None:
    file = room.home / ".config" / "ppstui" / "config.toml"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace('format = "html"', 'format = "hmtl"'), encoding="utf-8")
    room.run("bulletin", "draft", "--for", "emt")
    done = room.run("bulletin", "publish", "--for", "emt")
    assert (done.code, "wall: cannot be used" in done.err) == (3, True)
    assert "Dear all," in out(room)
    assert room.run("bulletin", "publish", "--for", "emt", "--issue", ISSUE, "--to", "wall").code == 2
    file.write_text(whole, encoding="utf-8")
    assert room.run("bulletin", "publish", "--for", "emt", "--issue", ISSUE).code == 0
    assert (room.home / "wall.html").exists()
    file.write_text(whole.replace('format = "html"', 'format = "hmtl"'), encoding="utf-8")
    assert room.run("bulletin", "correct", "--for", "emt", "--what", "a typo").code == 3
    assert "a typo" in out(room)


def test_what_blocks_stops_it_unless_a_reason_is_given(room: Shell) -> None:
    editor(room, "sed -i 's/^Dear all,/Dear all, password: hunter2/' \"$1\"")
    room.run("bulletin", "draft", "--for", "emt")
    room.run("bulletin", "edit", "--for", "emt")
    stopped = room.run("bulletin", "publish", "--for", "emt")
    assert stopped.code == 5
    assert "private-text" in stopped.err
    assert "hunter2" not in stopped.err
    assert not list((room.home / "out").iterdir())
    assert room.run("bulletin", "publish", "--for", "emt", "--force").code == 2
    assert room.run("bulletin", "publish", "--for", "emt", "--force", "--reason", "it is a joke").code == 0


def test_a_record_is_mentioned_in_the_bulletins_that_are_named(room: Shell) -> None:
    assert room.run("do", "mention", "local:1", "--text", "please try it", "--for", "emt").code == 0
    assert "please try it" in room.run("bulletin", "draft", "--for", "emt").out
    assert "please try it" not in room.run("bulletin", "draft", "--for", "sysadmins").out


def test_a_section_by_hand_keeps_its_words(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "sysadmins")
    editor(room, "sed -i '/^== Known issues/a\\\\\\nNone that we know of.' \"$1\"")
    assert room.run("bulletin", "edit", "--for", "sysadmins").code == 0
    again = room.run("bulletin", "draft", "--for", "sysadmins").out
    assert "Known issues" in again
    assert "None that we know of." in again


def test_a_text_that_is_no_draft_is_kept_and_told_with_its_line(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    editor(room, "sed -i 's/{t1/{t99/' \"$1\"")
    failed = room.run("bulletin", "edit", "--for", "emt")
    assert failed.code == 2
    assert failed.err.count("{t99") == 1
    assert "line " in failed.err
    kept = next(Path(word) for word in failed.err.split() if word.endswith(".txt"))
    assert "{t99" in kept.read_text(encoding="utf-8")


def test_a_template_with_an_error_is_told_and_the_built_in_one_offered(room: Shell) -> None:
    templates = room.home / ".config" / "ppstui" / "templates"
    templates.mkdir()
    (templates / "emt.text.j2").write_text("{{ page.title }}\n{% if %}\n", encoding="utf-8")
    failed = room.run("bulletin", "--for", "emt")
    assert failed.code == 2
    assert "emt.text.j2" in failed.err
    assert "built-in" in failed.err
    assert room.run("bulletin", "--for", "emt", "--template", "built-in").code == 0


def test_what_goes_out_can_be_written_with_the_built_in_template_as_well(room: Shell) -> None:
    templates = room.home / ".config" / "ppstui" / "templates"
    templates.mkdir()
    (templates / "text.j2").write_text("{{ 1 / 0 }}\n", encoding="utf-8")
    room.run("bulletin", "draft", "--for", "emt", "--template", "built-in")
    assert room.run("bulletin", "publish", "--for", "emt").code == 2
    assert room.run("bulletin", "publish", "--for", "emt", "--template", "built-in").code == 0
    assert "Dear all," in out(room)


def test_a_correction_is_of_the_last_issue_that_readers_have(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    room.run("bulletin", "publish", "--for", "emt")
    assert "2026-W48" in room.run("bulletin", "draft", "--for", "emt").out
    assert room.run("bulletin", "correct", "--for", "emt", "--what", "a typo").code == 0
    assert "Correction: a typo" in out(room)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("head -c 999 /dev/zero | tr '\\0' '\\351' > \"$1\"", "has a name in {…} any more"),
        ('printf "== Shopping\\n\\n- milk\\n" > "$1"', "has a name in {…} any more"),
        ('rm "$1"', "left no text (No such file or directory)"),
        ("exit 3", "ended with 3"),
    ],
)
def test_an_editor_that_leaves_something_else_changes_nothing(room: Shell, script: str, told: str) -> None:
    before = room.run("bulletin", "draft", "--for", "emt").out
    editor(room, script)
    failed = room.run("bulletin", "edit", "--for", "emt")
    assert failed.code == 2
    assert told in failed.err
    assert room.run("bulletin", "show", "--for", "emt").out == before


@pytest.fixture
def bob(room: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A colleague with a home of his own and the same store as carla, who has drafted an issue there."""
    store = f'[backends.local]\ntype = "sql"\nurl = "sqlite:///{room.home}/team.sqlite"\nuser = "ME"\n'
    colleague = type(room)(tmp_path_factory.mktemp("bob"), env={"USER": "bob"})
    for shell, me in ((room, "carla"), (colleague, "bob")):
        shell.configure((CONFIGURATION.format(home=room.home) + store).replace('"carla"', '"ME"').replace("ME", me))
    room.run("bulletin", "draft", "--for", "sysadmins")
    return colleague


def words(shell: Shell, text: str, *more: str) -> Answer:
    """Writes a line under the section by hand."""
    editor(shell, f"sed -i '/^== Known issues/a\\\\n- {text}' \"$1\"")
    return shell.run("bulletin", "edit", "--for", "sysadmins", *more)


def test_what_a_colleague_shared_meanwhile_stands_in_the_editor_and_can_be_taken_over(room: Shell, bob: Shell) -> None:
    mine = words(room, "The first.")
    assert "what you wrote is kept and shared" in mine.err
    assert "The first." in bob.run("bulletin", "show", "--for", "sysadmins", "--refresh").out
    words(bob, "The second.", "--force", "--reason", "we talked")
    behind = room.run("bulletin", "show", "--for", "sysadmins", "--refresh")
    assert "bob has shared another draft since" in behind.err
    editor(room, "sed -i 's/^#| //' \"$1\"")
    force = ("--force", "--reason", "we talked")
    assert room.run("bulletin", "edit", "--for", "sysadmins", *force).code == 0
    told = bob.run("bulletin", "show", "--for", "sysadmins", "--refresh").out
    assert "The first." in told
    assert "The second." in told


def test_words_that_a_colleagues_frozen_issue_overtook_are_kept_and_the_issue_is_what_readers_got(
    room: Shell, bob: Shell
) -> None:
    assert words(room, "What carla says.").code == 0
    bob.now += dt.timedelta(minutes=1)
    assert words(bob, "What bob says.", "--refresh").code == 5
    assert room.run("bulletin", "publish", "--for", "sysadmins", "--to", "wall").code == 0
    shown = bob.run("bulletin", "show", "--for", "sysadmins", "--refresh")
    assert "What carla says." in shown.out
    assert "What bob says." not in shown.out
    assert "carla has frozen another draft" in shown.err
    kept = Path(shown.err.split()[-1])
    assert "What bob says." in kept.read_text(encoding="utf-8")
    assert words(bob, "What bob says.", "--issue", ISSUE).code == 0
    assert bob.run("bulletin", "correct", "--for", "sysadmins", "--what", "bob's line").code == 0
    assert "What bob says." in (room.home / "wall.html").read_text(encoding="utf-8")


def test_a_week_without_news_is_a_true_short_bulletin(shell: Shell) -> None:
    shown = shell.run("bulletin", "--for", "emt")
    assert shown.code == 0
    assert "othing to report" in shown.out
    assert "2026-W47" in shown.out


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("--for", "nobody"), "no audience 'nobody'"),
        (("--for", "emt", "--issue", "2026-W54"), "W54|week 54|no week"),
        (("check", "--for", "emt"), "nobody has drafted"),
        (("publish", "--for", "emt"), "nobody has drafted"),
        (("show", "--what", "x"), "--what belongs to correct"),
        (("correct", "--for", "emt"), "--what TEXT"),
        (("check", "--dry-run"), "--dry-run belongs to"),
    ],
)
def test_a_mistake_is_one_sentence(room: Shell, argv: tuple[str, ...], told: str) -> None:
    failed = room.run("bulletin", *argv)
    assert failed.code in (2, 4)
    assert any(each in failed.err for each in told.split("|"))
    assert failed.err.count("\n") == 1


def test_a_mail_that_may_have_gone_goes_again_only_with_a_reason_that_is_told_for_what(room: Shell) -> None:
    server = Post()
    server.dies = True
    controller = OnAnyPort(server, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        room.configure(MAILED.format(port=controller.port))
        room.run("bulletin", "draft", "--for", "emt")
        lost = room.run("bulletin", "publish", "--for", "emt", "--json")
        (entry,) = lost.items("entries")
        assert (lost.code, entry["state"], entry["mail"]) == (1, "parked", "leaving")
        room.run("outbox", "discard", str(entry["id"]))
        server.dies = False
        refused = room.run("bulletin", "publish", "--for", "emt", "--issue", ISSUE)
        assert (refused.code, len(server.kept)) == (5, 1)
        assert "may have gone to mail by entry" in refused.err
        insists = ("--force", "--reason", "it never came")
        again = room.run("bulletin", "publish", "--for", "emt", "--issue", ISSUE, *insists)
        assert (again.code, len(server.kept)) == (0, 2)
        assert "in spite of may-have-gone" in again.err
    finally:
        controller.stop()


def test_a_read_only_desk_publishes_nothing(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    refused = room.run("--read-only", "bulletin", "publish", "--for", "emt")
    assert refused.code == 5
    assert "read only" in refused.err
    assert not list((room.home / "out").iterdir())


def test_an_issue_that_cannot_be_frozen_now_goes_nowhere_and_that_is_no_wrong_usage(room: Shell) -> None:
    room.run("bulletin", "draft", "--for", "emt")
    failed = room.run("bulletin", "publish", "--for", "emt", "--offline")
    assert failed.code == 1
    assert "it went nowhere: it is queued and was not written yet" in failed.err
    assert room.run("sync").code == 0
    assert not list((room.home / "out").iterdir())
    assert room.run("bulletin", "publish", "--for", "emt").code == 0
    assert "Dear all," in out(room)
