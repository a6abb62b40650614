"""Ticket titles: every example of DOMAIN §4.1, round trips, and titles nobody should send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.rules.policy import STACKS
from ppstui.rules.titles import TitleStanding, product_title, read_title, write_title
from tests.work import lines_run

DPM = TitleStanding(stack="EMI", major="1.0", component="dpm", version="1.8.0-1", os="SL5", arch="x86_64")
CANONICAL = "Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64"


@pytest.mark.parametrize(
    ("title", "fields"),
    [
        (
            "Staged Rollout EMI-1.0 SE-DPM_mysql 1.8.0-1 SL5 x86_64",
            ("EMI", "1.0", "SE-DPM_mysql", "1.8.0-1", "SL5", "x86_64"),
        ),
        ("Staged Rollout CA 1.38", ("CA", "", "", "1.38", "", "")),
        (
            "Staged Rollout gLite-3.2 glite-CREAM 3.2.8-0 SL5 x86_64",
            ("gLite", "3.2", "glite-CREAM", "3.2.8-0", "SL5", "x86_64"),
        ),
        ("Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64", ("UMD", "4", "arc6", "6.15.1", "CENTOS7", "x86_64")),
    ],
)
def test_the_titles_of_the_rule_book_are_read_and_written_back(title: str, fields: tuple[str, ...]) -> None:
    read = read_title(title, STACKS)
    assert (read.stack, read.major, read.component, read.version, read.os, read.arch) == fields
    assert read.parsed
    assert read.problem == ""
    assert write_title(read) == title


@pytest.mark.parametrize(
    ("title", "oddity"),
    [
        ("Staged rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64", "another case"),
        ("Staged  Rollout EMI-1.0 dpm 1.8.0-1  SL5 x86_64", "odd spaces"),
        ("Staged Rollout EMI-1.0\u00a0dpm 1.8.0-1 SL5 x86_64", "odd spaces"),
        ("[rt.egi.eu #1234] Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64", "mail prefix"),
        ("Re: Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64", "mail prefix"),
        ("AW: Re: [support.example.org #7] Re: Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64", "mail prefix"),
        ("Staged Rollout emi-1.0 dpm 1.8.0-1 SL5 x86_64", "the stack is written 'emi-1.0'"),
        ("Staged Rollout EMI-1.0 \u202edpm 1.8.0-1 SL5 x86_64", "invisible characters"),
        ("Staged Rollout EMI-1.0 dp\0m 1.8.0-1 SL5 x86_64", "invisible characters"),
    ],
)
def test_what_is_odd_is_read_all_the_same_and_said(title: str, oddity: str) -> None:
    read = read_title(title, STACKS)
    assert read.parsed
    assert oddity in read.problem
    assert write_title(read) == CANONICAL


def test_an_unknown_stack_is_read_and_doubted() -> None:
    read = read_title("Staged Rollout NorduGrid-6 arex 6.1 EL8 aarch64", STACKS)
    assert read.parsed
    assert read.stack_string == "NorduGrid-6"
    assert "'NorduGrid' is not among the stacks known here" in read.problem
    assert read_title("Staged Rollout NorduGrid-6 arex 6.1 EL8 aarch64", ("NorduGrid",)).problem == ""


@pytest.mark.parametrize(
    ("title", "problem"),
    [
        ("Staged Rollout EMI dpm 1.8.0-1 SL5 x86_64", "the major version is missing after 'EMI'"),
        ("Staged Rollout EMI-1.0 dpm SL5 x86_64", "the version is missing"),
        ("Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5", "the architecture is missing"),
        ("SR EMI-1.0 dpm 1.8.0-1 SL5 x86_64", 'it does not begin with "Staged Rollout"'),
        ("Staged Rollout EMI-1.0 dpm 1.8.0-1 x86_64", "the OS is missing"),
        ("Staged Rollout EMI-1.0 1.8.0-1 SL5 x86_64", "the component is missing"),
        ("Staged Rollout EMI-1.0 dpm", "the version and the architecture are missing"),
        ("Staged Rollout -1.0 dpm 1.8.0-1 SL5 x86_64", "the software stack is missing"),
        ("Staged Rollout 1.0 dpm 1.8.0-1 SL5 x86_64", "the software stack is missing"),
        ("Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 sparc", "'sparc' is no architecture"),
        ("Staged Rollout EMI-1.0 dpm v1.8 SL5 x86_64", "the version is missing"),
        ("Staged Rollout EMI-1.0 dpm 1.8 SL5 extra x86_64", "more words"),
        ("Staged Rollout CA", "the version is missing"),
        ("Staged Rollout CA 1.38 SL5", 'is "Staged Rollout CA <VERSION>"'),
        ("Staged Rollout EMI 1.38", "the major version is missing"),
        ("Staged Rollout", "the software stack, component, version, OS and architecture are missing"),
        ("", 'it does not begin with "Staged Rollout"'),
    ],
)
def test_what_is_missing_is_said_in_words_and_nothing_is_guessed(title: str, problem: str) -> None:
    read = read_title(title, STACKS)
    assert not read.parsed
    assert problem in read.problem
    assert read == TitleStanding(parsed=False, problem=read.problem)


def test_a_title_of_ten_kilobytes_is_read_and_its_problem_stays_short() -> None:
    assert read_title(f"Staged Rollout EMI-1.0 {'x' * 10_000} 1.0 SL5 x86_64", STACKS).component == "x" * 10_000
    assert len(read_title(f"Staged Rollout EMI-1.0 dpm 1.0 SL5 {'x' * 10_000}", STACKS).problem) < 200
    assert len(read_title("Staged Rollout " + "é" * 10_000, STACKS).problem) < 200


@pytest.mark.parametrize(
    "piece",
    [
        "Re: ",
        "[a #1] ",
        "[",
        "[rt ",
        "[rt #",
        "Staged Rollout ",
        " ",
        "1",
        "-1",
        "1.",
        "a-",
        "\u202e",
        "\0",
        "x ",
        "re",
    ],
)
@pytest.mark.parametrize("head", ["", "Staged Rollout ", "Staged Rollout EMI-1.0 dpm "])
def test_hostile_titles_cost_work_in_proportion_to_their_length(head: str, piece: str) -> None:
    def work(size: int) -> int:
        title = head + piece * (size // len(piece))
        return lines_run(lambda: read_title(title, STACKS))

    assert work(100_000) <= 10.5 * work(10_000) + 1000


@given(st.text())
def test_no_title_raises_and_what_is_unread_says_why(raw: str) -> None:
    for title in (raw, f"Staged Rollout {raw}", f"Staged Rollout EMI-1.0 dpm {raw} SL5 x86_64"):
        read = read_title(title, STACKS)
        assert read.parsed or read.problem
        assert "\0" not in read.problem
        assert "\x1b" not in read.problem


TITLES = st.builds(
    TitleStanding,
    stack=st.sampled_from(STACKS),
    major=st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}", fullmatch=True),
    component=st.from_regex(r"[A-Za-z][A-Za-z0-9_.+-]{0,20}", fullmatch=True),
    version=st.from_regex(r"[0-9][A-Za-z0-9_.+~]{0,8}(-[0-9][A-Za-z0-9_.+~]{0,5})?", fullmatch=True),
    os=st.sampled_from(["SL5", "SL6", "CENTOS7", "EL9", "Debian12"]),
    arch=st.sampled_from(["i386", "i686", "x86_64", "amd64", "aarch64", "noarch"]),
)


@given(TITLES)
def test_every_title_written_reads_back(title: TitleStanding) -> None:
    assert read_title(write_title(title), STACKS) == title


def test_a_parent_product_becomes_the_title_of_its_rollout() -> None:
    assert write_title(product_title("EMI.dpm.sl5.x86_64", "1.8.0-1", "1.0")) == CANONICAL
    dotted = product_title("UMD.egee.bdii.centos7.noarch", "5.2", "4")
    assert (dotted.stack, dotted.component, dotted.os, dotted.arch) == ("UMD", "egee.bdii", "CENTOS7", "noarch")


@pytest.mark.parametrize("ppa", ["", "EMI", "EMI.dpm.sl5", "EMI.dpm.sl5.sparc", "EMI..sl5.x86_64", "...x86_64"])
def test_what_is_no_product_has_no_title(ppa: str) -> None:
    assert not product_title(ppa, "1.0", "1").parsed
