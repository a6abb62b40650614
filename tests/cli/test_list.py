"""`list` in every form: what scripts get is whole and truthful, what people get fits."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest

from ppstui.cli.arguments import KINDS, LATER_KINDS
from tests.views.test_records import ATTENTION_KEYS, ENTRY_KEYS, ROLLOUT_KEYS, TEAM_KEYS

if TYPE_CHECKING:
    from tests.cli.shell import Shell

DOWN = """
[backends.rt]
type = "rt"
url = "http://127.0.0.1:9/rt"
token = "env:RT_TOKEN"
connect_timeout = "2s"
[backends.local]
type = "sql"
[sources]
rollouts = ["rt", "local"]
teams = ["local"]
"""


def test_the_demo_world_has_the_promised_document(shell: Shell) -> None:
    answer = shell.run("--demo", "list", "rollouts", "--json")
    assert answer.code == 0
    assert answer.err == ""
    document = answer.json
    assert list(document) == ["ppstui", "kind", "generated", "total", "shown", "truncated", "sources", "records"]
    assert (document["ppstui"], document["kind"], document["truncated"]) == (1, "rollouts", False)
    assert document["generated"] == "2026-11-20T12:00:00+01:00"
    assert document["total"] == document["shown"] == len(answer.records)
    assert len(answer.records) > 20
    sources = answer.items("sources")
    assert [source["name"] for source in sources] == ["rt", "umd"]
    for source in sources:
        assert (source["ok"], source["age_seconds"], source["error"]) == (True, 0, None)
    for record in answer.records:
        assert set(record) >= ROLLOUT_KEYS
        teams, attention = record["teams"], record["attention"]
        assert isinstance(teams, list)
        assert isinstance(attention, list)
        assert all(isinstance(team, dict) and set(team) >= set(TEAM_KEYS) for team in teams)
        assert all(isinstance(entry, dict) and set(entry) >= set(ATTENTION_KEYS) for entry in attention)
    assert {str(record["stage"]) for record in answer.records} >= {"new-unassigned", "awaiting-ack", "no-ea", "testing"}


def test_the_demo_leaves_nothing_behind(shell: Shell) -> None:
    assert shell.run("--demo", "list", "acks", "--json").code == 0
    assert list(shell.home.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_listed_in_every_form(shell: Shell, kind: str) -> None:
    document = shell.run("--demo", "list", kind, "--json", "--all")
    assert document.code == 0
    assert document.json["kind"] == kind
    table = shell.run("--demo", "list", kind, "--all")
    spreadsheet = list(csv.reader(io.StringIO(shell.run("--demo", "list", kind, "--csv", "--all").out)))
    markdown = shell.run("--demo", "list", kind, "--md", "--all").out.splitlines()
    assert len(spreadsheet) - 1 == len(markdown) - 2 == document.json["shown"]
    assert len(table.out.splitlines()) == (int(str(document.json["shown"])) + 1 if document.json["shown"] else 0)
    for row in spreadsheet:
        assert len(row) == len(spreadsheet[0])
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)
    assert "\x1b" not in table.out


@pytest.mark.parametrize("kind", LATER_KINDS)
def test_a_kind_that_no_source_serves_is_said_in_one_sentence(shell: Shell, kind: str) -> None:
    answer = shell.run("list", kind, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"ppstui: list: no source here serves {kind};")
    assert answer.err.count("\n") == 1


def test_acks_are_the_teams_of_open_rollouts(shell: Shell) -> None:
    rollouts = shell.run("--demo", "list", "rollouts", "--json").records
    acks = shell.run("--demo", "list", "acks", "--json").records
    parts = {f"{r['ref']}/{team['team']}" for r in rollouts for team in r["teams"]}  # type: ignore[union-attr,call-overload,index]
    assert {str(ack["ref"]) for ack in acks} == parts
    for ack in acks:
        assert set(ack) >= {*TEAM_KEYS, "ref", "rollout"}


def test_the_filter_the_view_and_the_order_work_together(shell: Shell) -> None:
    shell.configure('[[views.rollouts]]\ntitle = "Late"\nwhere = "is:late"\nsort = "-created"\n')
    late = shell.run("--demo", "list", "rollouts", "--where", "is:late", "--sort", "due", "--json")
    assert 0 < len(late.records) < int(str(late.json["total"]))
    dues = [str(record["due"]) for record in late.records if record["due"]]
    assert dues == sorted(dues)
    view = shell.run("--demo", "list", "rollouts", "--view", "late", "--where", "-stack:EMI", "--json")
    assert 0 < len(view.records) < len(late.records)
    assert not [record for record in view.records if record["stack"] == "EMI"]
    some = shell.run("--demo", "list", "rollouts", "--limit", "3", "--json")
    assert (some.json["shown"], some.json["truncated"]) == (3, True)
    assert some.json["total"] == late.json["total"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--where", "stge:new"), "nearest is stage"),
        (("--where", "is:latte"), "is:late"),
        (("--sort", "ownr"), "owner"),
        (("--view", "nothing"), "no view 'nothing'.*Late, Mine, Unassigned"),
        (("--json", "--csv"), "exclude each other"),
        (("--offline", "--refresh"), "choose one"),
        (("--limit", "-1"), "whole number"),
    ],
)
def test_a_wrong_question_is_refused_before_anything_is_read(shell: Shell, options: tuple[str, ...], said: str) -> None:
    answer = shell.run("--demo", "list", "rollouts", *options)
    assert (answer.code, answer.out) == (2, "")
    assert re.search(said, answer.err), answer.err
    assert answer.err.count("\n") == 1


def test_without_any_configuration_the_embedded_store_answers(shell: Shell) -> None:
    answer = shell.run("list", "rollouts", "--json")
    assert (answer.code, answer.json["total"]) == (0, 0)
    assert "there is no rollout open" in shell.run("list", "rollouts").err


def test_what_the_login_name_owns_is_mine(shell: Shell) -> None:
    store = '[backends.local]\ntype = "sql"\nuser = "carla"\n'
    shell.configure(store)
    assert shell.run("do", "rollout-new", "--title", "Staged Rollout CA 1.38").code == 0
    mine = ("list", "rollouts", "--where", "is:mine", "--json")
    assert [record["ref"] for record in shell.run(*mine).records] == ["local:1"]
    shell.configure('me = "dora"\n' + store)
    assert shell.run(*mine).records == []


def test_the_store_answers_again_without_its_source(shell: Shell, rollout: str) -> None:
    answer = shell.run("list", "rollouts", "--offline", "--json")
    assert [record["ref"] for record in answer.records] == [rollout]
    pending = shell.run("do", "comment", rollout, "--text", "hello", "--offline", "--json")
    assert (pending.code, pending.json["state"]) == (6, "waiting")
    (record,) = shell.run("list", "rollouts", "--offline", "--json").records
    pendings = record["pending"]
    assert isinstance(pendings, list)
    assert len(pendings) == 1
    waiting = pendings[0]
    assert isinstance(waiting, dict)
    assert (waiting["action"], waiting["text"]) == ("comment", "hello")
    (entry,) = shell.run("list", "outbox", "--where", "is:pending", "--json").records
    assert set(entry) >= set(ENTRY_KEYS)


def test_offline_before_the_first_reading_says_so(shell: Shell) -> None:
    answer = shell.run("list", "rollouts", "--offline", "--json")
    (source,) = answer.items("sources")
    assert (answer.code, source["ok"], source["age_seconds"], source["error"]) == (0, False, None, "never read")


def test_a_source_that_is_down_fails_the_command_only_when_nothing_can_be_shown(shell: Shell, rollout: str) -> None:
    shell.env["RT_TOKEN"] = "1-23-secret"
    shell.configure(DOWN)
    answer = shell.run("list", "rollouts", "--json")
    assert answer.code == 0
    assert [record["ref"] for record in answer.records] == [rollout]
    sources = {source["name"]: source for source in answer.items("sources")}
    assert (sources["rt"]["ok"], sources["local"]["ok"]) == (False, True)
    assert sources["rt"]["error"]
    assert "ppstui: rt: " in answer.err
    assert "secret" not in answer.err + answer.out
    again = shell.run("list", "rollouts", "--refresh", "--json")
    assert again.code == 1
    assert [record["ref"] for record in again.records] == [rollout], "the document is printed all the same"
    shell.configure(DOWN.replace('["rt", "local"]', '["rt"]'))
    nothing = shell.run("list", "rollouts", "--json")
    assert (nothing.code, nothing.json["total"]) == (1, 0)


def test_a_mistake_in_one_backend_disables_that_one_only(shell: Shell, rollout: str) -> None:
    shell.configure(DOWN.replace("url =", "ulr ="))
    answer = shell.run("list", "rollouts", "--json")
    assert answer.code == 0
    assert [record["ref"] for record in answer.records] == [rollout]
    sources = {source["name"]: source for source in answer.items("sources")}
    assert sources["rt"]["ok"] is False
    assert "ulr" in str(sources["rt"]["error"])
    assert answer.err.count("ulr") == 1, "said once"
    shell.configure(DOWN.replace("http://127.0.0.1:9/rt", "rt.example.org"))
    answer = shell.run("config", "check")
    assert answer.code == 3
    assert 'config.toml:4: backends.rt.url: "rt.example.org" is no address; begin it with https://' in answer.err


def test_a_mistake_that_concerns_everything_stops_the_command(shell: Shell) -> None:
    shell.configure('timezone = "Europe/Zurch"\nthem = "x"\n')
    answer = shell.run("list", "rollouts", "--json")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.count("ppstui: ") == 2, "all mistakes at once"
    assert "config.toml:1" in answer.err
    assert "config.toml:2" in answer.err


def test_a_saved_view_is_sorted_by_a_column_that_there_is(shell: Shell) -> None:
    shell.configure('[[views.rollouts]]\ntitle = "Late"\nsort = "-deu"\n')
    answer = shell.run("list", "rollouts")
    assert answer.code == 3
    assert "config.toml:3: views.rollouts[1].sort: there is no column 'deu'; did you mean due" in answer.err


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_a_table_on_a_terminal_fits_it(shell: Shell, columns: int) -> None:
    from ppstui.views.plain import cell_width

    shell.env["COLUMNS"] = str(columns)
    lines = shell.run("--demo", "list", "rollouts", "--all", terminal=True).out.splitlines()
    assert max(map(cell_width, lines)) <= columns
    assert re.search(r"\d [hd] (left|late)", "\n".join(lines))


@pytest.mark.parametrize("options", [(), ("--ascii",)])
def test_a_terminal_without_unicode_gets_ascii(shell: Shell, options: tuple[str, ...]) -> None:
    shell.env["COLUMNS"] = "80"
    encoding = "utf-8" if options else "ascii"
    answer = shell.run("--demo", "list", "rollouts", "--all", *options, terminal=True, encoding=encoding)
    assert answer.code == 0
    assert answer.out.isascii()
    assert "\\u" not in answer.out


def test_json_is_utf8_whatever_the_locale_says(shell: Shell) -> None:
    shell.run("do", "rollout-new", "--title", "Прокат 中文 🚀")
    answer = shell.run("list", "rollouts", "--json", encoding="latin-1")
    assert "Прокат 中文 🚀" in answer.out.encode("latin-1").decode("utf-8")
