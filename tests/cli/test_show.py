"""`show` and `why`: one record whole, for people and for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.views.test_records import ATTENTION_KEYS, ROLLOUT_KEYS, TEAM_KEYS

if TYPE_CHECKING:
    from tests.cli.shell import Shell


def test_a_rollout_is_shown_whole(shell: Shell) -> None:
    document = shell.run("--demo", "show", "rt:18307", "--json").json
    assert set(document) >= {*ROLLOUT_KEYS, "ppstui", "kind", "generated", "timeline", "outbox"}
    page = shell.run("--demo", "show", "rt:18307").out
    for head in ("Attention", "Teams", "Links", "History", " late, due "):
        assert head in page
    assert "\x1b" not in page


def test_every_record_of_the_demo_world_can_be_shown_and_explained(shell: Shell) -> None:
    # One process each would cost a minute: the pages are made from one listing's records, a sample of them asked for.
    refs = [str(record["ref"]) for record in shell.run("--demo", "list", "rollouts", "--all", "--json").records]
    for ref in refs[:: max(len(refs) // 8, 1)]:
        assert shell.run("--demo", "show", ref).code == 0
        why = shell.run("--demo", "why", ref, "--json")
        assert why.code == 0
        assert set(why.json) >= {"ref", "stage", "whose_move", "blocked", "unblock", "attention"}


def test_a_part_and_a_team_are_shown(shell: Shell) -> None:
    part = shell.run("--demo", "show", "rt:18307/CERN-PROD", "--json").json
    assert part["ref"] == "rt:18307/ea-CERN-CERN-PROD"
    assert set(part) >= set(TEAM_KEYS)
    assert "CERN-PROD" in shell.run("--demo", "show", "rt:18307/ea-CERN-CERN-PROD").out
    team = shell.run("--demo", "show", "rt:team-10", "--json").json
    assert (team["kind"], team["name"]) == ("teams", "ea-CERN-CERN-PROD")
    parts = team["parts"]
    assert isinstance(parts, list)
    assert "rt:18307/ea-CERN-CERN-PROD" in parts
    assert "rt:18307/ea-CERN-CERN-PROD" in shell.run("--demo", "show", "rt:team-10").out


def test_why_says_what_blocks_whose_move_it_is_and_what_would_lift_it(shell: Shell) -> None:
    why = shell.run("--demo", "why", "rt:18307", "--json")
    assert (why.json["ref"], why.json["stage"], why.json["whose_move"]) == ("rt:18307", "awaiting-ack", "coordinator")
    blocked, unblock = why.json["blocked"], why.json["unblock"]
    assert isinstance(blocked, list)
    assert isinstance(unblock, list)
    assert any("ea-CERN-CERN-PROD" in str(each) for each in blocked)
    assert any("remind the team" in str(each) for each in unblock)
    for entry in why.items("attention"):
        assert set(entry) >= set(ATTENTION_KEYS)
    part = shell.run("--demo", "why", "rt:18307/CERN-PROD", "--json")
    assert {reason["team"] for reason in part.items("reasons")} == {"ea-CERN-CERN-PROD"}
    assert "What would lift it" in shell.run("--demo", "why", "rt:18307").out


@pytest.mark.parametrize(
    ("ref", "code", "said"),
    [
        ("rt:1", 4, "rt:1"),
        ("nowhere:1", 4, "no such source; configured are rt, umd"),
        ("18307", 2, "SOURCE:ID"),
        ("rt:18307/ea-NGI_XX-NOBODY", 4, "has no team"),
    ],
)
@pytest.mark.parametrize("command", ["show", "why"])
def test_what_is_not_there_is_said_in_one_sentence(shell: Shell, command: str, ref: str, code: int, said: str) -> None:
    answer = shell.run("--demo", command, ref, "--json")
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_offline_only_the_store_is_asked(shell: Shell, rollout: str) -> None:
    assert shell.run("show", rollout, "--offline").code == 0
    answer = shell.run("show", "local:99", "--offline")
    assert answer.code == 4
    assert "not in the local store" in answer.err
    assert shell.run("show", rollout, "--offline", "--refresh").code == 2


def test_a_teams_kind_of_record_cannot_be_blocked(shell: Shell) -> None:
    assert shell.run("--demo", "why", "rt:team-10").code in (2, 4)
