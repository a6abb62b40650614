"""The registry from the command line: who committed to what, what is wished for, and all of it to a file and back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.shell import Shell

IT, NL = "ea-NGI_IT-INFN-T1", "ea-NGI_NL-SARA-MATRIX"
CNAF = "NGI_IT-INFN-CNAF"
HEAD = "entry,id,name,contact,active,level,component,stack,majors,os,arch,since,until,minimum,note\n"
GOOD = (
    HEAD
    + f"partner,,{IT},ops@infn.example.org,yes,,,,,,,,,,first of all\n"
    + f"commitment,,{CNAF},,,gold,,,,,,2026-01-01,2026-12-31,,\n"
    + f"commitment,,{IT},,,,dpm,EMI,3..,SL6,x86_64,,,,=HYPERLINK(1)\n"
    + "wish,,,,,,dpm,EMI,3,SL6,x86_64,,,2,\n"
)


@pytest.fixture
def filled(shell: Shell) -> Shell:
    """A machine whose store has partners, commitments and a wish."""
    file = shell.home / "in.csv"
    file.write_text(GOOD, encoding="utf-8")
    answer = shell.run("registry", "import", str(file))
    assert answer.code == 0, answer.err
    return shell


def count(shell: Shell) -> tuple[int, int, int]:
    return tuple(len(shell.run("list", kind, "--all", "--json").records) for kind in ("teams", "commitments", "wishes"))  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------------ by one command


def test_a_wish_less_commitments_is_a_vacancy(shell: Shell) -> None:
    assert shell.run("do", "wish", "dpm", "--stack", "EMI-3", "--os", "SL6", "--minimum", "2").code == 0
    (vacancy,) = shell.run("list", "vacancies", "--json").records
    assert (vacancy["component"], vacancy["stack"], vacancy["major"], vacancy["wanted"]) == ("dpm", "EMI", "3", 2)
    assert (vacancy["committed"], vacancy["missing"], vacancy["why"]) == (0, 2, "wish")
    assert shell.run("do", "commit", IT, "--component", "dpm", "--stack", "EMI").code == 0
    (vacancy,) = shell.run("list", "vacancies", "--json").records
    assert (vacancy["committed"], vacancy["missing"], vacancy["teams"]) == (1, 1, [IT])
    assert shell.run("do", "commit", "--team", NL, "--component", "dpm").code == 0
    assert shell.run("list", "vacancies", "--json").records == []
    assert shell.run("do", "withdraw", NL, "--component", "dpm", "--reason", "no hands").code == 0
    assert len(shell.run("list", "vacancies", "--where", "why:wish", "--json").records) == 1
    assert shell.run("do", "wish", "dpm", "--stack", "EMI-3", "--os", "SL6", "--minimum", "0").code == 0
    assert shell.run("list", "wishes", "--json").records == []


def test_commitments_are_listed_shown_and_taken_back(shell: Shell) -> None:
    made = shell.run("do", "commit", CNAF, "--level", "gold", "--until", "2026-12-31", "--json")
    assert (made.code, made.json["state"]) == (0, "done")
    (record,) = shell.run("list", "commitments", "--json").records
    assert (record["name"], record["level"], record["until"]) == (CNAF, "gold", "2026-12-31")
    ref = str(record["ref"])
    assert shell.run("show", ref, "--json").json["name"] == CNAF
    assert "commitment of NGI_IT-INFN-CNAF" in shell.run("show", ref).out
    assert shell.run("list", "commitments", "--where", "level:silver", "--json").records == []
    assert CNAF in shell.run("list", "commitments", "--csv").out
    assert shell.run("undo").code == 0
    assert shell.run("list", "commitments", "--json").records == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["commit"], 2, "name a team or site"),
        (["commit", CNAF], 5, "no component is named"),
        (["commit", CNAF, "--level", "bronze"], 2, "--level"),
        (["commit", CNAF, "--level", "gold", "--since", "2026-12-02", "--until", "2026-12-01"], 5, "before it begins"),
        (["commit", CNAF, "--level", "gold", "--until", "someday"], 2, "is no day"),
        (["commit", IT, "--component", "dpm", "--majors", "x..y"], 5, "x..y"),
        (["commit", IT, "--team", NL, "--component", "dpm"], 2, "are two; name one"),
        (["commit", IT, "--component", "dpm", "--source", "nowhere"], 4, "no such source"),
        (["withdraw", CNAF, "--level", "gold"], 5, "is not committed"),
        (["wish"], 2, "which component"),
        (["wish", "dpm", "--minimum", "0"], 5, "nobody wishes for dpm"),
        (["wish", "dpm", "--minimum", "-1"], 2, "is not a whole number"),
    ],
)
def test_what_cannot_be_entered_is_said_in_a_sentence(shell: Shell, words: list[str], code: int, said: str) -> None:
    answer = shell.run("do", *words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert count(shell) == (0, 0, 0)


def test_overlapping_commitments_are_refused(shell: Shell) -> None:
    assert shell.run("do", "commit", IT, "--component", "dpm", "--stack", "EMI", "--majors", "1..3").code == 0
    answer = shell.run("do", "commit", IT, "--component", "dpm", "--stack", "EMI", "--majors", "3..")
    assert answer.code == 5
    assert "is committed to dpm EMI-1..3 already; withdraw that first" in answer.err
    assert len(shell.run("list", "commitments", "--json").records) == 1


# --------------------------------------------------------------------------------------------------------- by a file


@pytest.mark.parametrize("form", ["csv", "toml"])
def test_a_registry_goes_to_a_file_and_back_without_loss(filled: Shell, tmp_path: Path, form: str) -> None:
    first = tmp_path / f"out.{form}"
    assert filled.run("registry", "export", str(first)).code == 0
    before = [filled.run("list", kind, "--json", "--all").records for kind in ("teams", "commitments", "wishes")]
    again = filled.run("registry", "import", str(first))
    assert (again.code, again.out) == (0, "")
    assert "already; there is nothing to do" in again.err

    other = type(filled)(tmp_path / "elsewhere")
    other.home.mkdir()
    assert other.run("registry", "import", str(first)).code == 0
    after = [other.run("list", kind, "--json", "--all").records for kind in ("teams", "commitments", "wishes")]
    assert after == before
    second = tmp_path / f"second.{form}"
    assert other.run("registry", "export", str(second)).code == 0
    assert second.read_bytes() == first.read_bytes()


def test_a_spreadsheet_that_opens_the_export_runs_nothing(filled: Shell) -> None:
    out = filled.run("registry", "export", "-", "--format", "csv").out
    assert "'=HYPERLINK(1)" in out
    notes = {str(each["note"]) for each in filled.run("list", "commitments", "--json").records}
    assert "=HYPERLINK(1)" in notes


BAD = (
    GOOD
    + f"commitment,,{NL},,,bronze,,,,,,,,,\n"
    + f"commitment,,{NL},,,gold,,,,,,2026-02-30,,,\n"
    + "wish,,,,,,,,,,,,,many,\n"
    + "pilot,,x,,,,,,,,,,,,\n"
)


def test_every_bad_row_is_told_with_its_place_and_nothing_is_imported(shell: Shell) -> None:
    file = shell.home / "bad.csv"
    file.write_text(BAD, encoding="utf-8")
    answer = shell.run("registry", "import", str(file))
    assert (answer.code, answer.out) == (2, "")
    for place in (
        "line 6, column 6: level",
        "line 7, column 12: since",
        "line 8, column 14: minimum",
        "line 9, column 1",
    ):
        assert f"bad.csv: {place}" in answer.err, answer.err
    assert (
        "nothing was imported; correct the file; --keep-good takes the 1 partner, 2 commitments, 1 wish" in answer.err
    )
    assert count(shell) == (0, 0, 0)


def test_good_rows_are_kept_only_when_asked_for_and_as_one_action(shell: Shell) -> None:
    file = shell.home / "bad.csv"
    file.write_text(BAD, encoding="utf-8")
    plan = shell.run("registry", "import", str(file), "--keep-good", "--dry-run")
    assert plan.code == 0
    assert IT in plan.out
    assert count(shell) == (0, 0, 0)
    answer = shell.run("registry", "import", str(file), "--keep-good", "--json")
    assert (answer.code, answer.json["state"], answer.json["action"]) == (0, "done", "registry-import")
    assert "line 6, column 6" in answer.err
    assert count(shell) == (1, 2, 1)
    assert shell.run("undo").code == 0
    assert count(shell) == (0, 0, 0)


def test_what_the_file_has_not_stays_unless_it_replaces_the_registry(filled: Shell) -> None:
    file = filled.home / "less.csv"
    file.write_text(HEAD + "wish,,,,,,voms,EMI,,,,,,1,\n", encoding="utf-8")
    assert filled.run("registry", "import", str(file)).code == 0
    assert count(filled) == (1, 2, 2)
    assert filled.run("registry", "import", str(file), "--replace").code == 0
    assert count(filled) == (0, 0, 1)


def test_a_file_that_contradicts_what_is_there_is_refused_whole(filled: Shell) -> None:
    file = filled.home / "clash.csv"
    rows = f"commitment,other,{IT},,,,dpm,EMI,4,SL6,x86_64,,,,\nwish,,,,,,voms,,,,,,,1,\n"
    file.write_text(HEAD + rows, encoding="utf-8")
    answer = filled.run("registry", "import", str(file))
    assert answer.code == 5
    assert "twice" in answer.err
    assert count(filled) == (1, 2, 1)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["export", "out.txt"], 2, "csv or toml"),
        (["import", "nothere.csv"], 2, "cannot be read: No such file"),
        (["import", "latin.csv"], 2, "is not UTF-8"),
        (["import", "broken.toml"], 2, "line 1, column"),
        (["import", "empty.csv"], 0, "holds no entry; nothing was imported"),
        (["export", "missing/dir\0/x.csv"], 1, "cannot be written"),
        (["export", "out.csv", "--replace"], 2, "--replace goes with import"),
        (["import", "empty.csv", "--replace", "--keep-good"], 2, "choose one"),
        (["import", "empty.csv", "--source", "nowhere"], 4, "no such source"),
        (["burn", "x.csv"], 2, "export"),
    ],
)
def test_what_is_no_registry_file_is_said_in_a_sentence(shell: Shell, words: list[str], code: int, said: str) -> None:
    (shell.home / "latin.csv").write_bytes(HEAD.encode() + b"wish,,,,,,caf\xe9,,,,,,,1,\n")
    (shell.home / "broken.toml").write_text("[[wish]\n")
    (shell.home / "empty.csv").write_text("")
    before = os.getcwd()  # noqa: PTH109
    os.chdir(shell.home)
    try:
        answer = shell.run("registry", *words)
    finally:
        os.chdir(before)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert count(shell) == (0, 0, 0)


def test_a_team_tells_what_it_stands_for_and_how_it_answers(shell: Shell) -> None:
    teams = {str(each["name"]): each for each in shell.run("--demo", "list", "teams", "--json").records}
    partner = teams["ea-NGI_IT-INFN-T1"]
    assert partner["levels"] == ["gold"]
    assert "dpm EMI-1..3 SL6" in list(partner["committed"] or ())  # type: ignore[arg-type]
    assert partner["last_answered"] is not None
    assert {"median_response_hours", "unanswered"} <= set(partner)
    page = shell.run("--demo", "show", str(partner["ref"])).out
    assert "committed    gold of every product" in page
    assert "working h, the median" in page
    gold = shell.run("--demo", "list", "teams", "--where", "level:gold", "--json").records
    assert {str(each["ref"]) for each in gold} == {
        str(each["ref"])
        for each in teams.values()
        if "gold" in list(each["levels"] or ())  # type: ignore[arg-type]
    }


def test_a_proposal_names_committed_teams_first_and_chooses_none(shell: Shell) -> None:
    ref = "rt:18301"
    answer = shell.run("--demo", "do", "assign", ref, "--propose", "--json")
    assert answer.code == 0
    proposals = answer.items("proposals")
    committed = [bool(each["committed"]) for each in proposals]
    assert committed == sorted(committed, reverse=True)
    assert all(each["reasons"] and each["ref"] == ref for each in proposals)
    assigned = [str(each["team"]) for each in shell.run("--demo", "show", ref, "--json").items("teams")]
    assert not set(assigned) & {str(each["team"]) for each in proposals}
    text = shell.run("--demo", "do", "assign", ref, "--propose").out.splitlines()
    assert text[0].split() == ["ROLLOUT", "TEAM", "WHY"]
    assert len(text) == len(proposals) + 1
    assert shell.run("--demo", "do", "assign", ref, "--propose", "--team", IT).code == 2
