"""The words of a command line mean the same wherever they stand, and every mistake is one sentence."""

from __future__ import annotations

import pytest

from ppstui.cli.arguments import COMMANDS, actions, overview, parse
from ppstui.errors import UsageError


@pytest.mark.parametrize(
    "line", ["--demo list rollouts --json", "list --demo rollouts --json", "list rollouts --json --demo"]
)
def test_global_options_stand_before_and_after_the_command(line: str) -> None:
    found = parse(line.split())
    assert (found.command, found.kind, found.json, found.demo, found.offline) == ("list", "rollouts", True, True, False)


def test_a_value_may_begin_with_a_dash() -> None:
    found = parse(["list", "rollouts", "--where", "-is:late", "--sort", "-due"])
    assert (found.where, found.sort) == ("-is:late", "-due")


def test_a_missing_value_is_noticed_before_the_next_option() -> None:
    with pytest.raises(UsageError, match="--where"):
        parse(["list", "rollouts", "--where", "--json"])


@pytest.mark.parametrize("line", ["", "--demo", "rollouts", "--config x.toml", "--ascii rollouts --mouse"])
def test_without_a_command_it_is_the_dashboard(line: str) -> None:
    assert parse(line.split()).command == ""


@pytest.mark.parametrize("line", ["", "--offline", "--demo --ascii", "--mouse --fresh --read-only --low-bandwidth"])
def test_switches_alone_mean_the_same_without_the_parser(line: str) -> None:
    switches = line.split()
    assert vars(parse(switches)) == {**vars(parse([*switches, "rollouts"])), "pane": None}


def test_the_dashboard_takes_a_pane_and_its_options() -> None:
    found = parse(["--config", "list", "acks", "--theme", "ppstui-light", "--no-low-bandwidth"])
    assert (found.pane, found.config, found.theme) == ("acks", "list", "ppstui-light")
    assert found.no_low_bandwidth
    assert not found.low_bandwidth


def test_an_action_takes_its_references_and_options_in_any_order() -> None:
    found = parse(["do", "assign", "--team", "INFN-T1", "rt:1", "--team", "pic", "rt:2", "--dry-run"])
    assert (found.action, found.ref, found.team, found.remove) == ("assign", ["rt:1", "rt:2"], ["INFN-T1", "pic"], [])
    assert found.dry_run
    assert found.wait is None
    assert parse(["do", "--wait", "0", "comment", "rt:1", "--text", "-1"]).wait == 0.0


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "x", "1e9"])
def test_a_wait_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="seconds"):
        parse(["do", "comment", "rt:1", "--wait", text])


@pytest.mark.parametrize("line", ["show local:\udcff", "do comment rt:1 --text \udcff", "list rollouts --where \udcff"])
def test_bytes_that_are_no_characters_are_refused_before_anything_is_told_to_anybody(line: str) -> None:
    with pytest.raises(UsageError, match="holds bytes that are no characters"):
        parse(line.split())
    assert parse(["do", "report", "rt:1", "--file", "\udcff.odt"]).file == "\udcff.odt", "files are called so"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lst", "did you mean list"),
        ("bulletins", "there are list, show"),
        ("list", "list: .*required.*; see ppstui list --help"),
        ("list rollouts --jsn", "unrecognized.*--jsn"),
        ("list rollouts extra", "unrecognized.*extra"),
        ("do", "which action; .*assign, acknowledge"),
        ("do clear-beta rt:1", "no action 'clear-beta'.*assign, acknowledge, comment, .* wish and mention"),
        ("do outcome rt:1", "required: ACCEPT|REJECT"),
        ("do resolve rt:1 --outcome MAYBE", "ACCEPT"),
        ("do asign rt:1", "did you mean assign"),
        ("do assign", "required: REF"),
        ("do comment rt:1 --team x", "unrecognized"),
        ("do acknowledge rt:1 --answer maybe", "accept"),
        ("config chek", "check"),
        ("completion tcsh", "bash"),
        ("--unknown", "--unknown"),
    ],
)
def test_a_mistake_is_one_sentence_that_helps(line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        parse(line.split())
    assert "\n" not in str(caught.value)


def test_every_command_and_action_has_help() -> None:
    for verb in COMMANDS:
        shown = parse([verb.name, "--help"]).text
        assert verb.name in shown
        assert f"  {verb.name} " in overview() or f"  {verb.name:<12}" in overview()
    for action in actions():
        assert action.name in parse(["do", "--help"]).text
        wanted = parse(["do", action.name, "--help"])
        assert (wanted.command, "--dry-run" in wanted.text) == ("help", True)
    assert parse(["--version"]).text.startswith("ppstui ")
    assert "commands:" in parse(["--help"]).text
    assert parse(["help"]).text == parse(["--help"]).text
