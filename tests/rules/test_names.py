"""Names of teams, reports, summaries and documents: every example of DOMAIN §4.2 and §4.3, round trips, ambiguities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ppstui.rules.names import (
    ReportReading,
    document_description,
    read_report,
    read_team,
    report_name,
    short,
    summary_name,
    team_of,
)
from ppstui.rules.policy import STACKS
from ppstui.rules.titles import TitleStanding, read_title

if TYPE_CHECKING:
    from collections.abc import Sequence

INFN, CERN, GLASGOW = "ea-NGI_IT-INFN-T1", "ea-CERN-CERN-PROD", "ea-NGI_UK-UKI-SCOTGRID-GLASGOW"
DPM = read_title("Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64", STACKS)
CA = read_title("Staged Rollout CA 1.38-1", STACKS)
UNREAD = TitleStanding(parsed=False)
EXPECTED = "ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1.odt"


def read(
    name: str, title: TitleStanding = DPM, assigned: Sequence[str] = (INFN, CERN), roster: Sequence[str] = ()
) -> ReportReading:
    return read_report(name, title, assigned, roster, STACKS)


# -------------------------------------------------------------------------------------------------------------- teams


@pytest.mark.parametrize(
    ("name", "ngi", "site"),
    [
        ("ea-NGI_IT-INFN-T1", "NGI_IT", "INFN-T1"),
        ("ea-CERN-CERN-PROD", "CERN", "CERN-PROD"),
        ("ea-NGI_UK-UKI-SCOTGRID-GLASGOW", "NGI_UK", "UKI-SCOTGRID-GLASGOW"),
        ("ea-EGI.eu-egee.srce.hr", "EGI.eu", "egee.srce.hr"),
        ("ea-ROC_LA-EELA-UNLP", "ROC_LA", "EELA-UNLP"),
        ("ea-AsiaPacific-LCG_KNU", "AsiaPacific", "LCG_KNU"),
        ("ea-Russia-pic", "Russia", "pic"),
        ("ea-IBERGRID-LIP-Lisbon", "IBERGRID", "LIP-Lisbon"),
        ("ea-NGI_NL-2site", "NGI_NL", "2site"),
    ],
)
def test_a_team_is_its_ngi_up_to_the_first_hyphen_and_its_site(name: str, ngi: str, site: str) -> None:
    team = read_team(name)
    assert (team.name, team.ngi, team.site, team.problem) == (name, ngi, site, "")


def test_an_ngi_that_looks_like_none_is_doubted() -> None:
    assert "'INFN' is no NGI known here" in read_team("ea-INFN-T1").problem


def test_what_the_roster_knows_is_right() -> None:
    assert read_team("ea-INFN-T1", ["ea-INFN-T1"]).problem == ""
    assert read_team("ea-Atlantis-Site-2", ["ea-Atlantis-Site-1"]).problem == ""
    assert "the roster spells it ea-NGI_IT-INFN-T1" in read_team("ea-ngi_it-infn-t1", [INFN]).problem


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("EA_NGI_IT-INFN-T1", 'it does not begin with "ea-"'),
        ("ea-NGI_IT-", "the site is missing"),
        ("ea-NGI_IT", "the site is missing"),
        ("ea--INFN-T1", "it is not ea-<NGI>-<Site-name>"),
        ("ea-NGI_IT-INFN T1", "it is not ea-<NGI>-<Site-name>"),
        ("ea-NGI_IT-INFN-T1\n", "it is not ea-<NGI>-<Site-name>"),
        ("", 'it does not begin with "ea-"'),
    ],
)
def test_what_is_no_team_name_is_not_split(name: str, problem: str) -> None:
    team = read_team(name)
    assert (team.name, team.ngi, team.site) == (name, "", "")
    assert problem in team.problem


def test_a_known_ngi_is_split_off_without_the_prefix_too_and_the_prefix_missed() -> None:
    team = read_team("NGI_IT-INFN-T1")
    assert (team.ngi, team.site, team.problem) == ("NGI_IT", "INFN-T1", 'it does not begin with "ea-"')


def test_the_prefix_is_put_on_and_taken_off() -> None:
    assert team_of("NGI_IT-INFN-T1") == INFN
    assert team_of(INFN) == INFN
    assert short(INFN) == "NGI_IT-INFN-T1"


# ------------------------------------------------------------------------------------------------------------ reports


@pytest.mark.parametrize(
    ("name", "team", "stack", "component", "version"),
    [
        ("ea-NGI_IT-INFN-T1-EMI-dpm-1.8.0-1.odt", INFN, "EMI", "dpm", "1.8.0-1"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1.odt", INFN, "EMI-1.0", "dpm", "1.8.0-1"),
        ("ea-NGI_UK-UKI-SCOTGRID-GLASGOW-EMI-bdii-site-1.1.0-1.doc", GLASGOW, "EMI", "bdii-site", "1.1.0-1"),
        ("ea-NGI_GRNET-HG-03-AUTH-UMD-4-arc6-6.15.1.docx", "ea-NGI_GRNET-HG-03-AUTH", "UMD-4", "arc6", "6.15.1"),
        (
            "ea-NGI_IBERGRID-LIP-Lisbon-IGE-globus-32-bit-5.2.4.odt",
            "ea-NGI_IBERGRID-LIP-Lisbon",
            "IGE",
            "globus-32-bit",
            "5.2.4",
        ),
        ("ea-CERN-CERN-PROD-gLite-3.2-SE-DPM_mysql-1.8.0-1.odt", CERN, "gLite-3.2", "SE-DPM_mysql", "1.8.0-1"),
        ("ea-NGI_IBERGRID-LIP-Lisbon-CA-1.38-1.odt", "ea-NGI_IBERGRID-LIP-Lisbon", "CA", "", "1.38-1"),
        (
            "ea-NGI_HR-egee.srce.hr-EMI-unicore-tsi6-4.2.0-2.odt",
            "ea-NGI_HR-egee.srce.hr",
            "EMI",
            "unicore-tsi6",
            "4.2.0-2",
        ),
        ("ea-NGI_NL-SARA-MATRIX-EMI-1-glexec-wn-1.2.0.odt", "ea-NGI_NL-SARA-MATRIX", "EMI-1", "glexec-wn", "1.2.0"),
        ("ea-ROC_LA-EELA-UNLP-UMD-4-htcondor-ce-5.1.3.odt", "ea-ROC_LA-EELA-UNLP", "UMD-4", "htcondor-ce", "5.1.3"),
    ],
)
def test_the_hyphens_alone_give_exactly_one_reading(
    name: str, team: str, stack: str, component: str, version: str
) -> None:
    reading = read(name, UNREAD, assigned=())
    assert (reading.team, reading.stack, reading.component, reading.version) == (team, stack, component, version)
    assert reading.kind == "report"
    assert reading.problem == ""
    assert reading.candidates == ()
    assert not reading.sure


def test_several_readings_are_listed_and_none_is_chosen() -> None:
    reading = read("ea-NGI_IT-INFN-T1-EMI-foo-2011-1.odt", UNREAD, assigned=(INFN,))
    assert reading.candidates == (("foo", "2011-1"), ("foo-2011", "1"))
    assert (reading.component, reading.version) == ("", "")
    assert "ambiguous" in reading.problem
    assert reading.team == INFN


def test_the_rollout_decides_what_the_hyphens_leave_open() -> None:
    title = read_title("Staged Rollout EMI-1.0 foo 2011-1 SL5 x86_64", STACKS)
    reading = read("ea-NGI_IT-INFN-T1-EMI-foo-2011-1.odt", title)
    assert (reading.component, reading.version, reading.problem, reading.sure) == ("foo", "2011-1", "", True)


@pytest.mark.parametrize("stack", ["EMI", "EMI-1.0"])
@pytest.mark.parametrize("ext", ["odt", "doc", "docx"])
def test_the_stack_may_be_written_with_and_without_its_major_version(stack: str, ext: str) -> None:
    reading = read(f"ea-NGI_IT-INFN-T1-{stack}-dpm-1.8.0-1.{ext}")
    assert (reading.team, reading.stack, reading.problem, reading.warnings, reading.sure) == (INFN, stack, "", (), True)
    assert reading.expected == f"ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1.{ext}"


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1.ODT", "in capitals"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1(1).odt", "the browser's (1)"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1 (2).odt", "the browser's (2)"),
        ("ea-ngi_it-infn-t1-emi-1.0-DPM-1.8.0-1.odt", "another case"),
        ("ea-NGI_IT-INFN-T1-EMI-1-dpm-1.8.0-1.odt", "its stack is written EMI-1 for EMI-1.0"),
        ("ea-NGI_FR-GRIF-EMI-1.0-dpm-1.8.0-1.odt", "ea-NGI_FR-GRIF is not assigned"),
    ],
)
def test_what_is_odd_is_valid_and_said(name: str, warning: str) -> None:
    reading = read(name)
    assert reading.problem == ""
    assert warning in "; ".join(reading.warnings)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1.pdf", "not a pdf"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1", "no extension"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm.odt", "the version is missing"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-1.8.0-1.odt", "the component is missing"),
        ("ea-NGI_IT-INFN-T1-dpm-1.8.0-1.odt", "'dpm' is no software stack known here"),
        ("ea_NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1.odt", "it begins with 'ea_' instead of"),
        ("ea-NGI_IT-INFN-T1 EMI-1.0 dpm 1.8.0-1.odt", "it has spaces"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1 final.odt", "it has spaces"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.9.0-1.odt", "another version: EMI-1.0 dpm 1.9.0-1, while this rollout is"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0.odt", "another version"),
        ("ea-NGI_IT-INFN-T1-EMI-dpm-9.odt", "another version"),
        ("ea-NGI_IT-INFN-T1-EMI-1.0-lfc-1.8.0-1.odt", "another component"),
        ("ea-NGI_IT-INFN-T1-EMI-2.0-dpm-1.8.0-1.odt", "another stack"),
        ("ea-NGI_IT-INFN-T1-UMD-1.0-dpm-1.8.0-1.odt", "another stack"),
        ("report.odt", "it is not named ea-<NGI>-<Site-name>-<MW stack>-<component>-<version>"),
    ],
)
def test_what_is_wrong_is_said_in_words(name: str, problem: str) -> None:
    reading = read(name)
    assert reading.kind == "report"
    assert problem in reading.problem
    assert reading.expected == ("" if name == "report.odt" else EXPECTED)


def test_the_longest_known_team_is_taken_even_when_nothing_after_it_can_be_read() -> None:
    roster = ("ea-NGI_IT-INFN", "ea-NGI_IT-INFN-T1")
    assert read("ea-NGI_IT-INFN-T1-EMI-1.0-dpm-1.9.odt", DPM, (), roster).team == INFN
    assert read("ea-NGI_IT-INFN-T1-hello.odt", DPM, (), roster).team == INFN


def test_a_team_whose_site_looks_like_a_stack_is_found_by_the_rollouts_own_words() -> None:
    title = read_title("Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64", STACKS)
    reading = read("ea-NGI_X-SITE-CA-EMI-1.0-dpm-1.8.0-1.odt", title, assigned=())
    assert (reading.team, reading.problem) == ("ea-NGI_X-SITE-CA", "")


def test_a_site_that_is_called_like_a_stack_is_still_a_site() -> None:
    reading = read("ea-NGI_X-CA-EMI-dpm-1.8.0-1.odt", UNREAD, assigned=())
    assert (reading.team, reading.stack, reading.component) == ("ea-NGI_X-CA", "EMI", "dpm")


def test_stack_tokens_are_told_from_components_by_their_case() -> None:
    reading = read("ea-NGI_HR-zagreb-EMI-globus-gram5-5.0.odt", UNREAD, assigned=())
    assert (reading.stack, reading.component) == ("EMI", "globus-gram5")


@pytest.mark.parametrize(
    "name",
    [
        "install.log",
        "screenshot.png",
        "ea-NGI_IT-INFN-T1.log",
        "yaim.tar.gz",
        "notes.odt",
        "epic.pdf",
        "",
        ".odt",
        "INFN-T1.txt",
    ],
)
def test_other_files_are_no_reports(name: str) -> None:
    assert read(name, assigned=(INFN, "ea-ES-pic")) == ReportReading(name=name, ext=read(name).ext)


@pytest.mark.parametrize(
    ("name", "team"),
    [
        ("Staged-Rollout-Report.doc", ""),
        ("infn-t1 results.pdf", INFN),
        ("results_INFN_T1.docx", INFN),
        ("NGI_IT-INFN-T1.odt", INFN),
        ("EA_INFN-T1.odt", INFN),
        ("CERN-PROD and INFN-T1.odt", ""),
    ],
)
def test_a_document_that_speaks_of_a_team_or_a_report_is_a_misnamed_report(name: str, team: str) -> None:
    reading = read(name)
    assert (reading.kind, reading.team) == ("report", team)
    assert reading.problem
    assert reading.expected == (report_name(team, DPM, reading.ext if reading.ext != "pdf" else "odt") if team else "")


# ---------------------------------------------------------------------------------------------- summary, description


def test_the_summary_and_the_document_are_named_as_the_rule_book_says() -> None:
    assert summary_name(DPM) == "summary-EMI-1.0-dpm-1.8.0-1.odt"
    assert summary_name(DPM, "doc", "name") == "summary-EMI-dpm-1.8.0-1.doc"
    assert document_description(DPM) == "Staged rollout EMI-1.0 dpm 1.8.0-1"
    assert document_description(CA) == "Staged rollout CA 1.38-1"
    assert report_name("NGI_IT-INFN-T1", CA, "doc") == "ea-NGI_IT-INFN-T1-CA-1.38-1.doc"


def test_a_summary_is_read() -> None:
    reading = read("summary-EMI-1.0-dpm-1.8.0-1.odt")
    assert (reading.kind, reading.stack, reading.component, reading.version) == ("summary", "EMI-1.0", "dpm", "1.8.0-1")
    assert (reading.problem, reading.warnings, reading.sure) == ("", (), True)


def test_a_summary_for_something_else_or_misnamed_is_said() -> None:
    assert "another version" in read("summary-EMI-1.0-dpm-1.9.odt").problem
    assert "it is not named summary-" in read("summary.odt").problem
    assert read("summary of all.odt").expected == "summary-EMI-1.0-dpm-1.8.0-1.odt"
    assert "doc or odt" in read("summary-EMI-1.0-dpm-1.8.0-1.docx").warnings[0]


# --------------------------------------------------------------------------------------------------------------- laws

NGIS = st.sampled_from(["NGI_IT", "NGI_UK", "CERN", "EGI.eu", "ROC_LA", "AsiaPacific", "Russia"])
SITES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.]{0,6}(-[A-Za-z0-9_.]{1,6}){0,3}", fullmatch=True)
TEAMS = st.builds(lambda ngi, site: f"ea-{ngi}-{site}", NGIS, SITES)
TITLES = st.builds(
    TitleStanding,
    stack=st.sampled_from(STACKS),
    major=st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}", fullmatch=True),
    component=st.from_regex(r"[A-Za-z][A-Za-z0-9_.+]{0,8}(-[A-Za-z0-9_.+]{1,6}){0,2}", fullmatch=True),
    version=st.from_regex(r"[0-9][A-Za-z0-9_.+~]{0,8}(-[0-9][A-Za-z0-9_.+~]{0,5})?", fullmatch=True),
)
FORMS = st.sampled_from(["full", "name"])
EXTS = st.sampled_from(["odt", "doc", "docx"])


@given(TEAMS, TITLES, EXTS, FORMS, st.lists(TEAMS, max_size=3))
def test_the_name_written_for_a_team_reads_back(
    team: str, title: TitleStanding, ext: str, form: str, others: list[str]
) -> None:
    reading = read_report(report_name(team, title, ext, form), title, (*others, team), (), STACKS)
    assert reading.sure
    assert reading.problem == ""
    assert (reading.component, reading.version, reading.ext) == (title.component, title.version, ext)
    assert reading.team == team


@given(TEAMS, TITLES, EXTS, FORMS)
def test_a_volunteers_canonical_name_reads_back_too(team: str, title: TitleStanding, ext: str, form: str) -> None:
    reading = read_report(report_name(team, title, ext, form), title, (), (), STACKS)
    assert reading.problem == ""
    assert reading.team == team


@given(TEAMS, TITLES, EXTS)
def test_a_name_read_without_a_rollout_is_written_back_the_same(team: str, title: TitleStanding, ext: str) -> None:
    name = report_name(team, title, ext)
    reading = read_report(name, UNREAD, (), (), STACKS)
    assume(reading.version)
    parts = TitleStanding(stack=reading.stack, component=reading.component, version=reading.version)
    assert report_name(reading.team, parts, reading.ext) == name


@given(TITLES, EXTS, FORMS)
def test_the_summarys_name_reads_back(title: TitleStanding, ext: str, form: str) -> None:
    reading = read_report(summary_name(title, ext, form), title, (), (), STACKS)
    assert (reading.kind, reading.problem, reading.sure) == ("summary", "", True)


@given(st.text(), st.sampled_from(["", "ea-", "ea-NGI_IT-INFN-T1-", "ea-NGI_IT-INFN-T1-EMI-", "summary-"]), EXTS)
def test_no_file_name_raises_and_what_is_wrong_is_one_line(tail: str, head: str, ext: str) -> None:
    for name in (head + tail, f"{head}{tail}.{ext}"):
        reading = read(name)
        assert reading.name == name
        assert "\n" not in reading.problem


@pytest.mark.parametrize("piece", ["-", "a-", "1-", "EMI-", "1.0-", "ea-", ".", " ", "(1)", "INFN-T1"])
def test_endless_file_names_are_read_in_reasonable_time(piece: str) -> None:
    name = f"ea-NGI_IT-INFN-T1-EMI-{piece * (50_000 // len(piece))}.odt"
    assert read(name).kind == "report"
    assert read(f"ea-NGI_FR-{piece * (50_000 // len(piece))}.odt").kind == "report"


def test_of_teams_that_differ_by_case_alone_the_exact_one_is_meant() -> None:
    assert read("ea-CERN-a-EMI-dpm-1.8.0-1.odt", DPM, ("ea-CERN-A", "ea-CERN-a")).team == "ea-CERN-a"
    assert read("ea-CERN-a-EMI-dpm-1.9.odt", DPM, ("ea-CERN-A", "ea-CERN-a")).team == "ea-CERN-a"
