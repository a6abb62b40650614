"""`do`, `outbox`, `undo` and `sync`: checked before, durable, delivered once, and truthful about how it ended."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import sqlite3
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.views.test_records import ENTRY_KEYS

if TYPE_CHECKING:
    from tests.cli.shell import Shell

IT, NL = "ea-NGI_IT-INFN-T1", "ea-NGI_NL-SARA-MATRIX"


def team(shell: Shell, rollout: str, name: str) -> dict[str, object]:
    teams = shell.run("show", rollout, "--json").items("teams")
    return next(dict(each) for each in teams if each["team"] == name)


def test_a_dry_run_says_the_effect_and_queues_nothing(shell: Shell) -> None:
    made = shell.run("do", "rollout-new", "--title", "Staged Rollout CA 1.138", "--json").json["ref"]
    answer = shell.run("do", "assign", str(made), "--team", "INFN-T1", "--team", NL, "--dry-run", "--json")
    assert answer.code == 2, "INFN-T1 alone is nobody this store knows"
    answer = shell.run("do", "assign", str(made), "--team", "NGI_IT-INFN-T1", "--team", NL, "--dry-run", "--json")
    document = answer.json
    assert (answer.code, document["dry_run"], document["id"], document["state"]) == (0, True, None, None)
    assert set(document) >= {*ENTRY_KEYS, "effects", "objections"}
    effects = {str(effect["what"]): effect["after"] for effect in answer.items("effects")}
    assert effects["teams"] == f"{IT}, {NL}"
    assert effects["status"] == "open"
    assert "AdminCc" not in effects, "the embedded store keeps no watchers"
    assert len(shell.run("outbox", "--json").records) == 1, "only the rollout itself was asked for"
    text = shell.run("do", "assign", str(made), "--team", NL, "--dry-run")
    assert (text.code, text.err) == (0, "")
    assert f"teams: {NL}" in text.out


def test_a_text_of_many_lines_is_shown_as_a_block_and_listed_by_its_first_line(shell: Shell, rollout: str) -> None:
    text = "first\n\n  second\x1b[2J\n"
    plan = shell.run("do", "reply", rollout, "--text", text, "--dry-run").out
    assert "  reply:\n    | first\n    |\n    |   second" in plan
    assert "\x1b" not in plan
    assert shell.run("do", "reply", rollout, "--text", text).code == 0
    for listed in (shell.run("outbox").out, shell.run("list", "outbox").out):
        assert "first …" in listed
        assert "second" not in listed
    assert "second" in shell.run("outbox", "show", "3").out
    short = shell.run("do", "reply", rollout, "--text", "one line\n", "--dry-run").out
    assert "  reply: one line\n" in short


def test_an_outbox_that_cannot_be_read_is_not_called_empty(shell: Shell) -> None:
    (shell.home / "file").write_text("")
    shell.env["XDG_STATE_HOME"] = str(shell.home / "file")
    answer = shell.run("outbox")
    assert (answer.code, "empty" in answer.err) == (1, False)
    listed = shell.run("list", "rollouts")
    assert listed.err.count("outbox.sqlite") == 1, "once, however often it is stumbled over"


def test_an_entry_that_cannot_be_read_is_listed_shown_and_given_up_so_that_later_ones_go(
    shell: Shell, rollout: str
) -> None:
    for word in ("first", "second"):
        assert shell.run("do", "comment", rollout, "--text", word, "--offline").code == 6
    first, second = "3", "4"
    (path,) = shell.home.rglob("outbox.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("""UPDATE entry SET command = '{"do":"teleport\x1b[2J"}' WHERE id = ?""", (first,))
    stuck = shell.run("sync")
    assert (stuck.code, f"ppstui outbox discard {first}" in stuck.err) == (6, True)
    assert f"entry {first} on the same record cannot be read; ppstui outbox discard {first} gives it up" in stuck.err
    begun = time.monotonic()
    third = shell.run("do", "comment", rollout, "--text", "third", "--wait", "30")
    assert (third.code, f"entry {first} on the same record" in third.err) == (6, True)
    assert time.monotonic() - begun < 20, "nobody waits for what cannot go"
    assert shell.run("undo", "5").code == 0
    page = shell.run("outbox").out
    assert re.search(rf"(?m)^{second} .*\n{first} +unreadable +comment +{rollout} .*outbox discard {first}", page)
    listing = shell.run("outbox", "--json")
    assert [str(each["id"]) for each in listing.records] == ["5", second, "2", "1"]
    (told,) = listing.items("unread")
    assert (told["id"], told["state"], told["ref"]) == (3, "waiting", rollout)
    shown = shell.run("outbox", "show", first)
    assert (shown.code, "\x1b" in shown.out, "damaged" in shown.out) == (0, False, True)
    assert shell.run("outbox", "show", first, "--json").json["kind"] == "unread"
    for verb in ("retry", "comment"):
        refused = shell.run("outbox", verb, first)
        assert (refused.code, "cannot be read" in refused.err) == (2, True)
    assert shell.run("outbox", "discard", first).out.startswith(f"{first} comment on {rollout}: discarded")
    assert shell.run("outbox", "discard", first).code == 2
    assert re.search(rf"(?m)^{first} +discarded ", shell.run("outbox").out)
    assert shell.run("sync").code == 0
    assert shell.run("outbox", "show", second, "--json").json["state"] == "done"
    assert "first" not in shell.run("show", rollout).out, "nothing of it was sent"


def test_an_assignment_is_delivered_and_prints_its_outbox_entry(shell: Shell, rollout: str) -> None:
    answer = shell.run("do", "assign", rollout, "--team", "ea-CERN-CERN-PROD", "--remove", "SARA-MATRIX", "--json")
    assert (answer.code, answer.json["state"], answer.json["action"]) == (0, "done", "assign")
    assert answer.json["text"] == "+ea-CERN-CERN-PROD -ea-NGI_NL-SARA-MATRIX"
    assert set(answer.json) >= set(ENTRY_KEYS)
    assert {str(t["team"]) for t in shell.run("show", rollout, "--json").items("teams") if t["assigned"]} == {
        IT,
        "ea-CERN-CERN-PROD",
    }


@pytest.mark.parametrize("name", ["INFN-T1", "infn-t1", "NGI_IT-INFN-T1", IT])
def test_a_team_is_meant_by_any_of_its_names(shell: Shell, rollout: str, name: str) -> None:
    answer = shell.run("do", "acknowledge", rollout, "--team", name, "--answer", "accept", "--note", "gladly", "--json")
    assert (answer.code, answer.json["text"]) == (0, "accept NGI_IT-INFN-T1: gladly")
    assert team(shell, rollout, IT)["answer"] == "accept"


def test_a_part_of_a_rollout_names_its_team(shell: Shell, rollout: str) -> None:
    assert shell.run("do", "acknowledge", f"{rollout}/{NL}", "--answer", "reject").code == 0
    part = shell.run("show", f"{rollout}/SARA-MATRIX", "--json").json
    assert (part["ref"], part["answer"], part["state"]) == (f"{rollout}/{NL}", "reject", "rejected")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("comment", "local:1", "--text", "x", "--force"), 2, "--force needs --reason"),
        (("comment", "local:1", "--text", "x", "--reason", "y"), 2, "--reason goes with --force"),
        (("comment", "local:1"), 2, "which text"),
        (("comment", "local:1", "--text", "  "), 2, "text is empty"),
        (("comment", "local:1", "--text", "x", "--file", "y"), 2, "exclude each other"),
        (("comment", "local:1", "--file", "no-such-file"), 2, "no-such-file: cannot be read"),
        (("comment", "rt:1", "--text", "x"), 4, "no such source; configured are local"),
        (("comment", "local:99", "--text", "x"), 4, "local:99"),
        (("comment", "1234", "--text", "x"), 2, "SOURCE:ID"),
        (("assign", "local:1"), 2, "which teams"),
        (("acknowledge", "local:1", "--team", "pic"), 2, "which answer"),
        (("acknowledge", "local:1", "--answer", "accept"), 2, "which team"),
        (("remind",), 2, "which record"),
        (("rollout-new",), 2, "which title"),
        (("rollout-new", "--title", "x", "--link", "nonsense=http://e"), 2, "no relation"),
        (("clear-beta", "local:1"), 2, "this version has no action 'clear-beta'.*assign, acknowledge, comment"),
    ],
)
def test_what_is_asked_wrongly_changes_nothing(
    shell: Shell, rollout: str, words: tuple[str, ...], code: int, said: str
) -> None:
    assert rollout == "local:1"
    before = shell.run("outbox", "--json").records
    answer = shell.run("do", *words, "--json")
    assert (answer.code, answer.out) == (code, "")
    assert re.search(said, answer.err), answer.err
    assert answer.err.startswith("ppstui: ")
    assert answer.err.count("\n") == 1
    assert shell.run("outbox", "--json").records == before


def test_a_rule_against_it_is_said_and_a_reason_lifts_it_where_it_may(shell: Shell, rollout: str) -> None:
    words = ("do", "acknowledge", rollout, "--team", "ea-CERN-CERN-PROD", "--answer", "accept", "--json")
    answer = shell.run(*words)
    assert (answer.code, answer.json["state"], answer.json["blocked"]) == (5, None, True)
    (objection,) = [each for each in answer.items("objections") if each["blocking"]]
    assert (objection["rule"], objection["overridable"]) == ("not-assigned", True)
    assert "not assigned" in answer.err
    assert shell.run(*words, "--dry-run").code == 5
    assert shell.run(*words, "--dry-run", "--force", "--reason", "they called").code == 0
    forced = shell.run(*words, "--force", "--reason", "they called")
    assert (forced.code, forced.json["state"]) == (0, "done")


def test_read_only_refuses_every_write(shell: Shell, rollout: str) -> None:
    answer = shell.run("--read-only", "do", "comment", rollout, "--text", "x", "--json")
    assert answer.code == 5
    assert "read only" in answer.err
    force = ("--force", "--reason", "I insist")
    assert shell.run("--read-only", "do", "comment", rollout, "--text", "x", *force).code == 5
    assert shell.run("--read-only", "do", "comment", rollout, "--text", "x", *force, "--dry-run").code == 5
    assert not [entry for entry in shell.run("outbox", "--json").records if entry["action"] == "comment"]


def test_reminding_a_team_that_is_not_assigned_says_that_first(shell: Shell, rollout: str) -> None:
    answer = shell.run("do", "remind", rollout, "--team", "ea-NGI_PL-CYFRONET-LCG2")
    assert answer.code == 5
    assert answer.err.startswith(f"ppstui: remind {rollout}: ea-NGI_PL-CYFRONET-LCG2 is not assigned to {rollout}; ")


def test_read_only_is_why_no_rollout_can_be_made(shell: Shell) -> None:
    answer = shell.run("do", "rollout-new", "--title", "Staged Rollout CA 1.38", "--read-only")
    assert (answer.code, "read only" in answer.err) == (5, True)


def test_offline_it_is_queued_and_sync_delivers_it(shell: Shell, rollout: str) -> None:
    queued = shell.run("do", "comment", rollout, "--text", "later", "--offline", "--json")
    assert (queued.code, queued.json["state"]) == (6, "waiting")
    spoken = shell.run("do", "comment", rollout, "--text", "later too", "--offline")
    assert (spoken.code, spoken.out) == (6, "")
    assert re.search(r"safely queued as entry \d+, not yet delivered: working offline", spoken.err)
    synced = shell.run("sync", "--json")
    assert synced.code == 0
    assert [entry["text"] for entry in synced.items("delivered")][::-1] == ["later", "later too"]
    assert synced.items("waiting") == []
    texts = [moment["text"] for moment in shell.run("show", rollout, "--json").items("timeline")]
    assert (texts.count("later"), texts.count("later too")) == (1, 1)


def test_without_waiting_it_is_only_queued(shell: Shell, rollout: str) -> None:
    queued = shell.run("do", "comment", rollout, "--text", "no hurry", "--wait", "0", "--json")
    assert (queued.code, queued.json["state"], queued.json["tries"]) == (6, "waiting", 0)
    assert shell.run("outbox", "retry", str(queued.json["id"]), "--json").code in (0, 2)


def test_an_unreachable_source_keeps_it_queued_and_says_why(shell: Shell) -> None:
    shell.env["RT_TOKEN"] = "1-23-x"
    shell.configure(
        '[backends.rt]\ntype = "rt"\nurl = "http://127.0.0.1:9/rt"\ntoken = "env:RT_TOKEN"\n'
        '[sources]\nrollouts = ["rt"]\n',
    )
    unknown = shell.run("do", "comment", "rt:7", "--text", "x")
    assert unknown.code == 1
    assert "rt" in unknown.err
    synced = shell.run("sync", "--json")
    assert synced.code == 1
    (source,) = synced.items("sources")
    assert source["ok"] is False


def test_undo_takes_back_what_has_not_left_and_reverses_what_has(shell: Shell, rollout: str) -> None:
    shell.run("do", "comment", rollout, "--text", "oops", "--offline")
    back = shell.run("undo", "--json")
    assert (back.code, back.json["state"], back.json["reverses"]) == (0, "undone", False)
    reverse = shell.run("undo", "--json")
    assert (reverse.code, reverse.json["state"], reverse.json["reverses"]) == (0, "done", True)
    assert reverse.json["text"] == f"-{IT} -{NL}"
    assert shell.run("show", rollout, "--json").json["stage"] == "new-unassigned"
    nothing = shell.run("undo")
    assert nothing.code == 2
    assert "taken back" in nothing.err
    assert shell.run("undo", "x").code == 2
    assert shell.run("undo", "77").code == 4


def test_what_cannot_be_taken_back_is_refused_by_a_rule(shell: Shell, rollout: str) -> None:
    number = shell.run("do", "reply", rollout, "--text", "Dear all", "--json").json["id"]
    answer = shell.run("undo", str(number))
    assert (answer.code, answer.out) == (5, "")
    assert answer.err.startswith(f"ppstui: reply on {rollout} cannot be taken back: others may have read it already; ")
    made = shell.run("undo", "1")
    assert (made.code, "close it where it is kept" in made.err) == (5, True)


def test_the_outbox_shows_every_entry_and_its_history(shell: Shell, rollout: str) -> None:
    number = str(shell.run("do", "reply", rollout, "--text", "\x1b[31mDear all", "--offline", "--json").json["id"])
    listing = shell.run("outbox", "--json")
    assert listing.json["kind"] == "outbox"
    assert [entry["action"] for entry in listing.records] == ["reply", "assign", "rollout-new"]
    shown = shell.run("outbox", "show", number, "--json")
    assert shown.json["text"] == "\x1b[31mDear all"
    assert [each["state"] for each in shown.items("history")] == ["waiting"]
    page = shell.run("outbox", "show", number).out
    assert "\x1b" not in page
    assert "Dear all" in page
    assert shell.run("outbox", "discard", number).code == 0
    assert shell.run("outbox", "show", number, "--json").json["state"] == "discarded"
    assert shell.run("outbox", "discard", number).code == 2
    assert shell.run("outbox", "show", "999").code == 4
    assert shell.run("outbox", "show").code == 2
    assert shell.run("outbox", "shw").code == 2
    retried = shell.run("outbox", "retry", "1")
    assert retried.code == 2, "what is done cannot be tried again"


def test_a_reminder_is_drafted_and_refused_inside_the_cooldown(shell: Shell, rollout: str) -> None:
    shell.now += dt.timedelta(days=5)
    overdue = shell.run("do", "remind", "--all-overdue", "--dry-run", "--json")
    assert overdue.code == 0
    (planned,) = overdue.items("entries")
    assert planned["ref"] == rollout
    assert all(name in str(planned["text"]) for name in (IT, NL, "accept NGI_IT-INFN-T1"))
    first = shell.run("do", "remind", rollout, "--team", "INFN-T1", "--json")
    assert (first.code, first.json["state"]) == (0, "done")
    again = shell.run("do", "remind", rollout, "--team", "INFN-T1")
    assert again.code == 5
    assert "was reminded on Wed 2026-11-25 12:00 +01:00" in again.err
    rest = shell.run("do", "remind", rollout, "--all-overdue", "--json")
    assert (rest.code, str(rest.json["text"]).split(":")[0]) == (0, NL)
    assert IT in rest.err, "who may not be reminded yet is said"
    nobody = shell.run("do", "remind", "--all-overdue", "--json")
    assert (nobody.code, nobody.items("entries")) == (0, [])


def test_a_text_comes_from_a_file_or_standard_input(shell: Shell, rollout: str) -> None:
    file = shell.home / "note.txt"
    file.write_text("from a file\nsecond line", encoding="utf-8")
    assert shell.run("do", "comment", rollout, "--file", str(file)).code == 0
    assert shell.run("do", "reply", rollout, "--file", "-", stdin="from a pipe").code == 0
    texts = [moment["text"] for moment in shell.run("show", rollout, "--json").items("timeline")]
    assert "from a file\nsecond line" in texts
    assert "from a pipe" in texts


@pytest.mark.parametrize(
    ("editor", "code", "said"),
    [
        ("import sys; open(sys.argv[1], 'w').write('typed by hand\\n# left out\\n')", 0, ""),
        ("import sys; open(sys.argv[1], 'w').write('# nothing\\n\\n')", 2, "the text is empty; nothing was queued"),
        ("import sys; sys.exit(3)", 2, "ended with 3; nothing was queued"),
    ],
)
def test_a_person_is_given_the_editor(shell: Shell, rollout: str, editor: str, code: int, said: str) -> None:
    shell.env["EDITOR"] = f'{sys.executable} -c "{editor}"'
    answer = shell.run("do", "comment", rollout, person=True)
    assert answer.code == code
    assert said in answer.err
    texts = [moment["text"] for moment in shell.run("show", rollout, "--json").items("timeline")]
    assert ("typed by hand" in texts) is (code == 0)
    shell.env["EDITOR"] = "no-such-editor"
    assert "cannot be started" in shell.run("do", "comment", rollout, person=True).err


def test_several_records_get_their_own_entries(shell: Shell, rollout: str) -> None:
    other = str(shell.run("do", "rollout-new", "--title", "Staged Rollout CA 1.139", "--json").json["ref"])
    answer = shell.run("do", "comment", rollout, other, "--text", "for both", "--json")
    assert answer.code == 0
    assert [entry["ref"] for entry in answer.items("entries")] == [rollout, other]
    twice = shell.run("do", "comment", rollout, rollout, "--text", "once is enough", "--json")
    assert (twice.code, twice.json["ref"]) == (0, rollout), "what is named twice is meant once"
    missing = shell.run("do", "comment", rollout, "local:77", "--text", "for both")
    assert missing.code == 4
    assert len(shell.run("list", "outbox", "--where", "action:comment", "--json").records) == 3, "all or none"


def test_the_demo_world_takes_every_action(shell: Shell) -> None:
    answer = shell.run("--demo", "do", "comment", "rt:18307", "--text", "hello", "--json")
    assert (answer.code, answer.json["state"]) == (0, "done")
    planned = shell.run("--demo", "do", "assign", "rt:18301", "--team", "INFN-T1", "--dry-run", "--json")
    assert (planned.code, planned.json["text"]) == (0, f"+{IT}")
    refused = shell.run("--demo", "--read-only", "do", "comment", "rt:18307", "--text", "hello")
    assert refused.code == 5
