"""Where polls go: every address is looked at, and the mail server is one that is there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from ppstui.cli.compose import mail_target
from ppstui.config.policy import make_policy
from ppstui.config.schema import Config
from ppstui.rules.addresses import is_list_address, is_mail_address
from ppstui.rules.policy import Policy
from tests.config.desks import load, told

if TYPE_CHECKING:
    from pathlib import Path

MAIL = """[targets.mail]
type = "smtp"
host = "localhost"
from = "pps-coordinator@example.org"
"""
NEWS = MAIL.replace("targets.mail", "targets.news")


def test_polls_go_to_the_list_of_the_rule_book_by_the_only_mail_server(tmp_path: Path) -> None:
    loaded = load(tmp_path, MAIL)
    assert loaded.problems == ()
    assert mail_target(loaded.config) == "mail"
    assert loaded.config.poll.address == Policy().poll_address


def test_lists_and_addresses_reach_the_rules(tmp_path: Path) -> None:
    loaded = load(
        tmp_path, '[poll]\naddress = "ea-{stack}@lists.example.org"\nlists = { ARC = "arc-testers@example.org" }\n'
    )
    assert loaded.problems == ()
    policy = make_policy(loaded.config, lambda _country, _part, _years: frozenset(), dt.date(2026, 11, 22))
    assert policy.poll_address == "ea-{stack}@lists.example.org"
    assert policy.poll_lists == {"ARC": "arc-testers@example.org"}


def test_of_several_mail_servers_one_is_named(tmp_path: Path) -> None:
    assert mail_target(load(tmp_path, MAIL + NEWS).config) == ""
    assert mail_target(load(tmp_path, '[poll]\nvia = "news"\n' + MAIL + NEWS).config) == "news"
    assert mail_target(Config()) == ""


def test_a_server_that_cannot_be_used_is_not_taken_for_one(tmp_path: Path) -> None:
    assert mail_target(load(tmp_path, MAIL.replace('host = "localhost"\n', "")).config) == ""
    assert mail_target(load(tmp_path, MAIL.replace("from", "# from")).config) == ""
    assert mail_target(load(tmp_path, MAIL.replace('"smtp"', '"wiki"')).config) == ""


@pytest.mark.parametrize(
    ("text", "key", "line", "what", "hint"),
    [
        ('[poll]\nvia = "mial"\n' + MAIL, "poll.via", 2, 'there is no mail target "mial"', 'did you mean "mail"?'),
        ('[poll]\nvia = "mail"\n', "poll.via", 2, "there is no mail target", "describe it in [targets.mail]"),
        ('[poll]\naddress = "early adopters"\n', "poll.address", 2, "is no mail address", "{stack}"),
        ('[poll]\naddress = "ea-{stak}@example.org"\n', "poll.address", 2, "is no mail address", "{stack}"),
        ('[poll]\naddress = "ea@{stack}@example.org"\n', "poll.address", 2, "is no mail address", "{stack}"),
        ('[poll.lists]\nARC = "arc-testers"\n', "poll.lists.ARC", 2, '"arc-testers" is no mail address', "NAME@HOST"),
        ('[poll.lists]\nARK = "a@example.org"\n', "poll.lists.ARK", 2, 'there is no stack "ARK"', 'mean "ARC"?'),
        ('[poll]\nvai = "mail"\n', "poll.vai", 2, "unknown key", "did you mean via?"),
        (
            MAIL + 'to = ["roc@example.org", "roc managers"]\n',
            "targets.mail.to[2]",
            5,
            "is no mail address",
            "NAME@HOST",
        ),
        (MAIL.replace("@example.org", ""), "targets.mail.from", 4, "is no mail address", "NAME@HOST"),
        (MAIL + 'tls = "ssl"\n', "targets.mail.tls", 5, 'expected "none" or "starttls" or "tls"', "did you mean"),
        (MAIL + 'password = "hunter2"\n', "targets.mail.password", 5, "a secret must not stand in this file", "env:"),
        (
            '[poll]\nvia = "mail"\n' + MAIL.replace('host = "localhost"\n', ""),
            "targets.mail",
            3,
            "polls are sent by it, and it has no host",
            "write host = …",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_key(
    tmp_path: Path, text: str, key: str, line: int, what: str, hint: str
) -> None:
    loaded = load(tmp_path, text)
    assert [problem.key for problem in loaded.problems] == [key]
    (problem,) = loaded.problems
    assert problem.line == line
    assert what in problem.what
    assert hint in problem.hint
    assert "hunter2" not in str(problem)


def test_stacks_of_the_house_have_lists_too(tmp_path: Path) -> None:
    text = '[names]\nstacks = ["Own"]\n[poll.lists]\nown = "a@example.org"\nARC = "b@example.org"\n'
    assert list(told(load(tmp_path, text))) == ["poll.lists.ARC"]


@pytest.mark.parametrize(
    "good", ["a@b", "early-adopters-emi@mailman.egi.eu", "a.b+c_d@x-y.example.org", "O'Hara@example.org"]
)
def test_what_a_mail_address_is(good: str) -> None:
    assert is_mail_address(good)
    assert is_list_address(good)


@pytest.mark.parametrize(
    "bad",
    [
        *("", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a@b\n", "a@b\nc", "<a@b>", "A <a@b>", "a@b,c@d", '"a"@b'),
        *("a@-b", "a@b-", "a@.b", "a@b..c", ".a@b", "a.@b", "a..b@c", "ä@b", "a@ä", "a@b\u2028", "a@" + "b" * 300),
    ],
)
def test_what_none_is(bad: str) -> None:
    assert not is_mail_address(bad)
