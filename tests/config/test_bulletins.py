"""Bulletins and their targets in the configuration: every name is looked at, and a mistake disables its own target."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from ppstui.backends.targets.file import Options
from ppstui.config.blame import blame
from ppstui.config.policy import make_policy
from ppstui.config.schema import BulletinTable
from tests.config.desks import KNOWN, load, told

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = '[targets.archive]\ntype = "file"\npath = "/srv/{audience}-{issue}.html"\n'
WIKI = '[targets.wiki]\ntype = "dokuwiki"\nurl = "https://wiki.test"\npage = "b:{issue}"\ntoken = "env:WIKI"\n'
MEETING = '[[meetings]]\nname = "EMT"\nwhen = "Mon 14:30"\n'


def test_a_bulletin_and_its_targets_are_read_and_reach_the_rules(tmp_path: Path) -> None:
    text = (
        f'{ARCHIVE}format = "html"\nread_only = true\n{WIKI}{MEETING}[bulletin.emt]\nsections = ["status", "our-own"]\n'
        'publish = ["archive", "wiki"]\nmeeting = "EMT"\nhold = "30m"\ncarry_weeks = 2\n'
    )
    loaded = load(tmp_path, text)
    assert loaded.problems == ()
    archive = loaded.config.targets["archive"]
    assert (archive.name, archive.type, archive.format, archive.read_only) == ("archive", "file", "html", True)
    assert archive.options == Options(path="/srv/{audience}-{issue}.html")
    assert archive.source == "targets.archive"
    table = loaded.config.bulletin["emt"]
    assert table == BulletinTable(
        sections=("status", "our-own"), publish=("archive", "wiki"), meeting="EMT", hold="30m", carry_weeks=2
    )
    policy = make_policy(loaded.config, lambda _country, _part, _years: frozenset(), dt.date(2026, 11, 22))
    assert policy.publish == {"emt": ("archive", "wiki")}
    assert policy.hold == {"emt": dt.timedelta(minutes=30)}
    values = {line.key: line.value for line in blame(loaded)}
    assert values["targets.archive.read_only"] == "true"
    assert values["targets.archive.mode"] == '"replace"'
    assert values["targets.wiki.token"] == '"env:WIKI"'


@pytest.mark.parametrize(
    ("text", "key", "what", "hint"),
    [
        ('[bulletin.emt]\npublish = ["archiv"]\n' + ARCHIVE, "publish[1]", 'no target "archiv"', 'mean "archive"?'),
        ('[bulletin.emt]\npublish = ["page"]\n', "publish[1]", 'no target "page"', "[targets.page]"),
        ('[bulletin.emt]\nmeeting = "EMD"\n' + MEETING, "meeting", 'no meeting "EMD"', 'mean "EMT"?'),
        ('[bulletin.emt]\nmeeting = "EMT"\n', "meeting", 'no meeting "EMT"', "[[meetings]]"),
        ('[bulletin.emt]\nsections = ["relases"]\n', "sections[1]", 'no section "relases"', 'mean "releases"?'),
        ('[bulletin.emt]\nsections = ["status", "status"]\n', "sections[2]", "stands there twice", "take one"),
        ('[bulletin.emt]\nsections = ["Known issues"]\n', "sections[1]", "names no section", "known-issues"),
        ('[bulletin.emt]\nwarn = "1wd"\n', "warn", "counts working days", "clock time"),
        ("[bulletin.emt]\ncarry_weeks = -1\n", "carry_weeks", "out of range", "at least 0"),
        ('[bulletin.emt]\ntitel = "x"\n', "titel", "unknown key", "did you mean title?"),
    ],
)
def test_a_mistake_in_a_bulletin_is_named(tmp_path: Path, text: str, key: str, what: str, hint: str) -> None:
    problems = told(load(tmp_path, text))
    assert list(problems) == [f"bulletin.emt.{key}"]
    _, is_wrong, to_do = problems[f"bulletin.emt.{key}"]
    assert what in is_wrong
    assert hint in to_do


def test_an_audience_that_no_reference_could_name_is_a_mistake(tmp_path: Path) -> None:
    assert "letters, digits" in told(load(tmp_path, '[bulletin."e.m.t"]\n'))['bulletin."e.m.t"'][1]


@pytest.mark.parametrize(
    ("text", "key", "what", "hint"),
    [
        ('type = "dokuwikki"\n', "type", "dokuwikki", "dokuwiki"),
        ('type = "file"\n', "path", "is missing", "path = …"),
        ('type = "file"\npath = "here"\n', "", "not the whole path", ""),
        ('type = "file"\npath = "/x"\nformat = "pdf"\n', "format", 'takes no "pdf"', "html"),
        ('type = "file"\npath = "/x"\nmod = "append"\n', "mod", "unknown key", "did you mean mode?"),
        (WIKI.partition("\n")[2].replace("env:WIKI", "hunter2"), "token", "a secret must not stand", "env:"),
        ('path = "/x"\n', "type", "is missing", "type = …"),
    ],
)
def test_a_mistake_in_a_target_disables_that_target_alone(
    tmp_path: Path, text: str, key: str, what: str, hint: str
) -> None:
    loaded = load(tmp_path, f"[targets.bad]\n{text}{ARCHIVE}")
    problem = min(loaded.problems, key=lambda each: -len(each.key))
    assert problem.key == ("targets.bad." + key).rstrip(".")
    assert {each.backend for each in loaded.problems} == {"targets.bad"}
    assert loaded.fatal == ()
    assert what in problem.what
    assert hint in problem.hint
    assert "hunter2" not in str([*map(str, loaded.problems)])
    bad, archive = loaded.config.targets["bad"], loaded.config.targets["archive"]
    assert (bad.options, archive.options is not None, archive.read_only) == (None, True, False)


def test_a_target_that_borrows_from_no_backend_is_told_with_the_nearest(tmp_path: Path) -> None:
    text = '[backends.rt]\ntype = "sql"\n'
    ticket = '[targets.ticket]\ntype = "rt"\nqueue = "bulletins"\nbackend = "{}"\n'
    assert [str(each) for each in load(tmp_path, text + ticket.format("rt")).problems] == []
    loaded = load(tmp_path, text + ticket.format("rtt") + ARCHIVE)
    (problem,) = loaded.problems
    assert (problem.key, problem.line, problem.backend) == ("targets.ticket.backend", 6, "targets.ticket")
    assert problem.hint == 'did you mean "rt"?'
    assert loaded.config.targets["ticket"].options is None
    assert loaded.config.targets["archive"].options is not None


def test_targets_are_tables_with_names_that_references_can_hold(tmp_path: Path) -> None:
    assert "expected tables" in told(load(tmp_path, "targets = 3\n"))["targets"][1]
    assert "expected a table" in told(load(tmp_path, "[targets]\nmail = 3\n"))["targets.mail"][1]
    text = ARCHIVE.replace("targets.archive", 'targets."a b"')
    assert "letters, digits" in told(load(tmp_path, text))['targets."a b"'][1]
    backend = '[backends."targets.rt"]\ntype = "sql"\n'
    assert "as those of targets do" in told(load(tmp_path, backend))['backends."targets.rt"'][1]


def test_issues_are_kept_by_whoever_can_and_else_by_the_embedded_store(tmp_path: Path) -> None:
    tracker = '[backends.rt]\ntype = "tracker"\nurl = "https://rt.test"\n'
    team = '[backends.team]\ntype = "sql"\n'
    assert load(tmp_path, "").config.sources.bulletins == ("local",)
    assert load(tmp_path, tracker).config.sources.bulletins == (), "nobody asked for a bulletin"
    alone = load(tmp_path, tracker + "[bulletin.emt]\n")
    assert alone.config.sources.bulletins == ("local",)
    assert [table.name for table in alone.backends] == ["rt", "local"]
    assert load(tmp_path, tracker + team + "[bulletin.emt]\n").config.sources.bulletins == ("team",)
    assert load(tmp_path, tracker).config.sources.meetings == ()
    assert KNOWN.target_types[0] == "smtp"
