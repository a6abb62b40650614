"""Reading a configuration: everything wrong is said at once, each with its place and the nearest right thing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.backends.targets.smtp import Options
from ppstui.config.read import Known, read_config
from ppstui.model import Kind
from ppstui.port import Offer
from tests.config.desks import KNOWN, FakePlugin, FileOptions, TrackerOptions, find_plugin, fresh, load, told

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.port import Plugin

RT = '[backends.rt]\ntype = "tracker"\nurl = "https://rt.test"\n'

SAMPLE = """
timezone = "Europe/Zurich"
theme = "ppstui-dark"
[sources]
rollouts = ["rt", "jira"]
pilots = ["local"]
teams = ["gocdb", "local"]
incidents = ["ggus"]
meetings = ["indico"]
bulletins = ["local"]
[backends.rt]
type = "tracker"
url = "https://rt.example.org/rt"
token = "env:PPSTUI_RT_TOKEN"
queue = "staged-rollout"
refresh = "60s"
read_only = false
[backends.rt.fields]
teams = "EA Teams"
[backends.rt.status]
new = ["new"]
[backends.local]
type = "sql"
url = "sqlite:///default"
[calendar]
country = "CH"
closures = [2026-12-24]
site_countries = { NGI_IT = "IT" }
[deadlines]
acknowledge = "1wd"
exposure = { minimum = "5d", maximum = "7d" }
[[meetings]]
name = "EMT"
when = "Mon 14:30, Wed 16:30"
minutes = 60
[[views.rollouts]]
title = "Late"
where = "is:late"
sort = "due"
[bulletin.egee-operations]
sections = ["releases", "pilots", "vacancies", "problems"]
publish = ["mail", "wiki"]
[targets.mail]
type = "smtp"
host = "localhost"
port = 25
tls = "none"
from = "pps-coordinator@example.org"
to = ["roc-managers@example.org"]
[keys]
"rollouts.acknowledge" = "a"
"""


def test_the_sample_of_the_contract_is_read_and_only_missing_backends_are_told(tmp_path: Path) -> None:
    loaded = load(tmp_path, SAMPLE)
    assert {problem.backend for problem in loaded.problems} == {"jira", "gocdb", "ggus", "indico", "targets.wiki"}
    assert loaded.fatal == ()
    assert loaded.config.sources.rollouts == ("rt", "jira")
    assert loaded.config.sources.teams == ("gocdb", "local")
    assert loaded.config.targets["mail"].options == Options(
        host="localhost", sender="pps-coordinator@example.org", to=("roc-managers@example.org",)
    )
    assert loaded.config.meetings[0].minutes == 60
    assert [table.name for table in loaded.backends if table.options is not None] == ["rt", "local"]


def test_without_a_file_the_embedded_backend_serves_everything(tmp_path: Path) -> None:
    loaded = fresh(tmp_path)
    assert loaded.problems == ()
    assert loaded.file is None
    assert loaded.config.sources.rollouts == loaded.config.sources.teams == ("local",)
    assert [(table.name, table.type, table.options) for table in loaded.backends] == [("local", "sql", FileOptions())]


def test_the_file_is_looked_for_where_the_flag_then_the_variable_then_xdg_say(tmp_path: Path) -> None:
    for name, theme in (("flag", "a"), ("variable", "b"), ("xdg/ppstui/config", "c"), (".config/ppstui/config", "d")):
        file = tmp_path / f"{name}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'theme = "{theme}"')
    variable = {"PPSTUI_CONFIG": str(tmp_path / "variable.toml")}
    xdg = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert fresh(tmp_path, variable | xdg, tmp_path / "flag.toml").config.theme == "a"
    assert fresh(tmp_path, variable | xdg).config.theme == "b"
    assert fresh(tmp_path, xdg).config.theme == "c"
    assert fresh(tmp_path, {"XDG_CONFIG_HOME": "relative"}).config.theme == "d"


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_a_file_that_somebody_named_must_exist(tmp_path: Path, how: str) -> None:
    gone = tmp_path / "gone.toml"
    loaded = fresh(tmp_path, {"PPSTUI_CONFIG": str(gone)}) if how == "variable" else fresh(tmp_path, {}, gone)
    (problem,) = loaded.fatal
    assert str(gone) in str(problem)
    assert "there is no such file" in problem.what


def test_every_problem_is_told_at_once_with_line_and_nearest_key(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        'timezone = "Europe/Zuerich"\n'  # 1
        "tehme = 'x'\n"
        "ascii = 1\n"
        "[deadlines]\n"  # 4
        'acknowledge = "one day"\n'
        'soon = "1wd"\n'
        'exposure = { minimum = "36h", maxmum = "7d" }\n'  # 7
        "[calendar]\n"
        'country = "Switzerland"\n'
        'closures = ["2026-12-24", 2026-12-25]\n'  # 10
        "[[views.rollouts]]\n"
        'title = "Good"\n'
        "[[views.rollouts]]\n"  # 13
        'titel = "Late"\n'
        "[targets.mail]\n"
        'type = "smtp"\n'  # 16
        "port = 70000\n"
        'tls = "ssl"\n',
    )
    problems = told(loaded)
    assert problems["timezone"] == (1, '"Europe/Zuerich" is no known time zone', 'did you mean "Europe/Zurich"?')
    assert problems["tehme"][:2] == (2, "unknown key")
    assert "did you mean theme?" in problems["tehme"][2]
    assert problems["ascii"] == (3, "expected true or false, found 1", "write true or false, without quotes")
    assert problems["deadlines.acknowledge"][0] == 5
    assert "working days" in problems["deadlines.soon"][1]
    assert problems["deadlines.exposure.minimum"][:2] == (7, '"36h" is not in whole calendar days')
    assert "did you mean maximum?" in problems["deadlines.exposure.maxmum"][2]
    assert problems["calendar.country"][0] == 9
    assert problems["calendar.closures[1]"][0] == 10
    assert "did you mean title?" in problems["views.rollouts[2].titel"][2]
    assert problems["views.rollouts[2].title"][:2] == (13, "is missing")
    assert "65535" in problems["targets.mail.port"][2]
    assert 'expected "none" or "starttls" or "tls"' in problems["targets.mail.tls"][1]
    assert len(problems) == 13
    assert {problem.backend for problem in loaded.problems} - {""} == {"targets.mail"}
    # What is right is still used; what is wrong is as if it were not written.
    assert loaded.config.timezone == "Europe/Zurich"
    assert loaded.config.calendar.closures == (dt.date(2026, 12, 25),)
    assert [view.title for view in loaded.config.views.rollouts] == ["Good"]
    assert loaded.config.deadlines.acknowledge == "1wd"


def test_a_problem_reads_file_line_key_what_and_hint(tmp_path: Path) -> None:
    (problem,) = load(tmp_path, "\nascii = 'yes'\n").problems
    file = tmp_path / "config.toml"
    assert str(problem) == (
        f'{file}:2: ascii: expected true or false, found "yes"; write true or false, without quotes'
    )


def test_a_key_in_the_wrong_table_is_sent_home(tmp_path: Path) -> None:
    problems = told(load(tmp_path, 'country = "CH"\n[deadlines]\ntimezone = "Europe/Rome"\n'))
    assert "move it into [calendar]" in problems["country"][2]
    assert "above the first [table]" in problems["deadlines.timezone"][2]


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("theme = \n", ":1:", "Invalid value"),
        ("ok = 1\n[a\n", ":2:", "this is not TOML"),
        ("[a]\n[a]\n", ":2:", "Cannot declare"),
        ('x = "open', ":1:end", "Unterminated string"),
    ],
)
def test_a_text_that_is_not_toml_is_told_with_line_and_column(tmp_path: Path, text: str, place: str, what: str) -> None:
    (problem,) = load(tmp_path, text).fatal
    assert place in str(problem)
    assert what in str(problem)


def test_a_file_that_is_not_text_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"a = 1\nb = '\xff'\n")
    (problem,) = fresh(tmp_path, {}, tmp_path / "c.toml").fatal
    assert (problem.line, problem.what) == (2, "this line is not UTF-8 text")


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (problem,) = fresh(tmp_path, {}, tmp_path).fatal
    assert "cannot be read" in problem.what


def test_the_mark_some_editors_put_first_and_their_line_ends_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"\xef\xbb\xbftheme = 'x'\r\nnope = 1\r\n")
    loaded = fresh(tmp_path, {}, tmp_path / "c.toml")
    assert loaded.config.theme == "x"
    assert told(loaded)["nope"][0] == 2


# ---------------------------------------------------------------------------------------------------------- backends


def test_a_bad_entry_disables_that_backend_only(tmp_path: Path) -> None:
    loaded = load(tmp_path, RT + '[backends.odd]\ntype = "tracker"\nurl = 3\nqueu = "x"\nrefesh = "1m"\n')
    assert loaded.fatal == ()
    assert {problem.backend for problem in loaded.problems} == {"odd"}
    assert loaded.usable("rt")
    assert not loaded.usable("odd")
    problems = told(loaded)
    assert problems["backends.odd.url"] == (6, "expected a text in quotes, found 3", 'write "3"')
    assert "did you mean queue?" in problems["backends.odd.queu"][2]
    assert "did you mean refresh?" in problems["backends.odd.refesh"][2]


def test_a_backend_of_an_unknown_or_missing_or_broken_type_is_told(tmp_path: Path) -> None:
    problems = told(
        load(tmp_path, '[backends.a]\ntype = "traker"\n[backends.b]\nurl = "x"\n[backends.c]\ntype = "broken"\n')
    )
    assert problems["backends.a.type"][:2] == (2, 'there is no backend type "traker"')
    assert problems["backends.a.type"][2] == 'did you mean "tracker"? (known types: tracker, registry, sql, broken)'
    assert problems["backends.b.type"][:2] == (3, "is missing")
    assert problems["backends.c.type"][1:] == ("the package oddity does not import", "reinstall oddity")


def test_every_kind_of_option_is_read(tmp_path: Path) -> None:
    text = """
token = "env:T"
page = 7
patience = "2m"
since = 2026-01-02
depth = "whole"
auth = "basic"
window = [8, 18]
ratio = 1
teams = "one"
refresh = "90s"
read_only = true
fields.teams = "Teams"
status = { new = ["neu"] }
"""
    loaded = load(tmp_path, RT + text)
    assert loaded.problems == ()
    (table,) = (table for table in loaded.backends if table.name == "rt")
    assert (table.refresh, table.read_only) == (dt.timedelta(seconds=90), True)
    options = table.options
    assert isinstance(options, TrackerOptions)
    assert (options.page, options.patience, options.since) == (7, dt.timedelta(minutes=2), dt.date(2026, 1, 2))
    assert (options.depth.value, options.auth, options.window, options.ratio) == ("whole", "basic", (8, 18), 1.0)
    assert (options.teams, options.fields.teams, options.status) == ("one", "Teams", {"new": ("neu",)})
    assert options.token == "env:T"


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [
        ("page = 0", "page", "0 is out of range; at least 1"),
        ("page = 1.5", "page", "expected a whole number, found 1.5"),
        ("page = true", "page", "expected a whole number, found true"),
        ("patience = 30", "patience", 'write "30s" for 30 seconds'),
        ('patience = "0s"', "patience", "no time at all"),
        ("since = 2026-01-02T10:00:00", "since", "expected a day like"),
        ('depth = "hole"', "depth", 'did you mean "whole"?'),
        ('auth = "tokn"', "auth", 'expected "basic" or "token"'),
        ("window = [1]", "window", "expected a list of 2"),
        ("window = [9, 8]", "", "window begins after it ends"),
        ("teams = 3", "teams", "expected a list, each item a text in quotes or a text in quotes, found 3"),
        ("teams = [3]", "teams[1]", "expected a text in quotes, found 3"),
        ('fields = { taems = "x" }', "fields.taems", "did you mean teams?"),
        ("fields = 3", "fields", "expected a table, found 3"),
        ('status = { new = "neu" }', "status.new", 'write new = ["neu"]'),
        ('url2 = "x"', "url2", "did you mean url?"),
        ('read_only = "no"', "read_only", "expected true or false"),
        ('refresh = "often"', "refresh", "is not a length of time"),
        ('queue = "x"\nurl3 = 1', "url3", "unknown key"),
    ],
)
def test_a_wrong_option_is_told_under_its_own_key(tmp_path: Path, line: str, key: str, says: str) -> None:
    (problem,) = load(tmp_path, RT + line).problems
    assert problem.key == ("backends.rt." + key).rstrip(".")
    assert says in str(problem)
    assert problem.backend == "rt"
    assert problem.line is not None


def test_two_backends_that_say_the_same_are_one_too_many(tmp_path: Path) -> None:
    loaded = load(tmp_path, RT + '[backends.rt2]\ntype = "tracker"\nurl = "https://rt.test"\nrefresh = "5m"\n')
    (problem,) = loaded.problems
    assert (problem.backend, problem.line) == ("rt2", 4)
    assert "[backends.rt]" in problem.what
    assert loaded.usable("rt")
    assert not loaded.usable("rt2")


def test_a_name_that_no_reference_could_hold_is_refused(tmp_path: Path) -> None:
    (problem,) = load(tmp_path, '[backends."my rt"]\ntype = "sql"\n').problems
    assert problem.backend == "my rt"


# ----------------------------------------------------------------------------------------------------------- sources


def test_without_sources_every_backend_serves_what_it_can(tmp_path: Path) -> None:
    loaded = load(tmp_path, RT + '[backends.who]\ntype = "registry"\n[backends.any]\ntype = "sql"\n')
    assert loaded.config.sources.rollouts == ("rt", "any")
    assert loaded.config.sources.teams == ("who", "any")
    assert not loaded.usable("local")


def test_who_serves_teams_or_what_is_asked_of_them_serves_both(tmp_path: Path) -> None:
    more: dict[str, Plugin] = {
        "wishes": FakePlugin(FileOptions, Offer(reads=frozenset({Kind.WISH}))),
        "previews": FakePlugin(FileOptions, Offer(reads=frozenset({Kind.PILOT}))),
    }
    file = tmp_path / "config.toml"
    file.write_text('[backends.book]\ntype = "wishes"\n[backends.tests]\ntype = "previews"\n' + RT)
    loaded = read_config(file, {"HOME": str(tmp_path)}, lambda name: more.get(name) or find_plugin(name), KNOWN)
    assert loaded.config.sources.teams == ("book",)
    assert loaded.config.sources.pilots == ("tests",)
    assert loaded.config.sources.rollouts == ("rt",)


@pytest.mark.parametrize(
    ("line", "key", "what"),
    [
        ('pilots.setup = "3wd"', "pilots.setup", "is not in whole calendar days"),
        ('pilots.prescreen = "3d"', "pilots.prescreen", "is not in working days"),
        ('pilots.prescreen = "soon"', "pilots.prescreen", "is not a length of time"),
        ("pilots.minor_weeks = 0", "pilots.minor_weeks", "out of range"),
        ('[[meetings]]\nname = "EMT"\nwhen = "Mon 14:30, Moon 16:30"', "meetings[1].when", "no time of a meeting"),
        ('[[meetings]]\nname = "T1"\nwhen = "every 2 weeks Thu 15:30"', "meetings[1].when", "every so many weeks"),
        ('[[effort]]\nrole = "cook"\nwhat = "x"\neffort = "1PH"', "effort[1].role", "expected"),
        ('[[effort]]\nrole = "vo"\nwhat = "x"\neffort = "much"', "effort[1].effort", "is no amount of work"),
        ('[[effort]]\nrole = "vo"\neffort = "1PH"', "effort[1].what", "is missing"),
    ],
)
def test_what_is_wrong_with_pilots_and_effort_is_told_at_its_place(
    tmp_path: Path, line: str, key: str, what: str
) -> None:
    assert what in told(load(tmp_path, line))[key][1]


def test_the_embedded_backend_can_be_named_without_being_described(tmp_path: Path) -> None:
    loaded = load(tmp_path, 'sources.teams = ["local"]\n' + RT)
    assert loaded.problems == ()
    assert loaded.usable("local")


def test_an_unknown_source_is_told_and_stays_visible_as_a_disabled_one(tmp_path: Path) -> None:
    loaded = load(tmp_path, 'sources.rollouts = ["tr", "rt"]\n' + RT)
    assert told(loaded)["sources.rollouts[1]"][1:] == (
        'there is no backend "tr"',
        'did you mean "rt"? Otherwise describe it in [backends.tr], with a type of tracker, registry, sql, broken',
    )
    assert loaded.config.sources.rollouts == ("tr", "rt")
    assert [(table.name, table.options is None) for table in loaded.backends] == [("rt", False), ("tr", True)]
    assert loaded.fatal == ()


def test_sources_without_brackets_are_told_how_to_be_written(tmp_path: Path) -> None:
    loaded = load(tmp_path, 'sources.rollouts = "rt"\n' + RT)
    assert told(loaded)["sources.rollouts"][2] == 'write rollouts = ["rt"]'
    assert loaded.config.sources.rollouts == ("rt",)


# --------------------------------------------------------------------------------------------- safety and secrets


@pytest.mark.parametrize("key", ["token", "door_code", "admin_password"])
@pytest.mark.parametrize("literal", ["hunter2-s3cret", "Env:HUNTER2", "env: ", 271828])
def test_a_literal_secret_is_refused_and_never_printed(tmp_path: Path, key: str, literal: str | int) -> None:
    value = f'"{literal}"' if isinstance(literal, str) else literal
    loaded = load(tmp_path, RT + f"{key} = {value}\n")
    (problem,) = loaded.problems
    assert (problem.key, problem.backend, problem.line) == (f"backends.rt.{key}", "rt", 4)
    assert str(literal) not in str(problem)
    assert "env:NAME" in problem.hint
    assert not loaded.usable("rt")
    assert str(literal) not in repr(loaded)


def test_a_password_in_an_address_is_refused_and_never_printed(tmp_path: Path) -> None:
    loaded = load(tmp_path, '[backends.rt]\ntype = "tracker"\nurl = "https://me:hunter2@rt.test/"\n')
    (problem,) = loaded.problems
    assert "hunter2" not in str(problem)
    assert "hunter2" not in repr(loaded)


def test_a_misspelt_secret_is_not_printed_either(tmp_path: Path) -> None:
    loaded = load(tmp_path, RT + 'tokn = "hunter2"\n[targets.x]\ntype = "smtp"\npassword = ["hunter2"]\n')
    assert {problem.key for problem in loaded.problems} == {"backends.rt.tokn", "targets.x.password"}
    assert not any("hunter2" in str(problem) for problem in loaded.problems)


def test_an_empty_secret_is_none_at_all(tmp_path: Path) -> None:
    assert load(tmp_path, RT + 'token = ""\n').problems == ()


def test_a_secret_file_that_others_can_read_disables_its_backend(tmp_path: Path) -> None:
    secret = tmp_path / "rt.token"
    secret.write_text("hunter2")
    secret.chmod(0o640)
    (problem,) = load(tmp_path, RT + 'token = "file:rt.token"\n').problems
    assert problem.hint == f"run: chmod 600 {secret}"
    assert (problem.key, problem.backend) == ("backends.rt.token", "rt")
    secret.chmod(0o600)
    assert load(tmp_path, RT + 'token = "file:rt.token"\n').problems == ()


def test_a_mistake_in_read_only_does_not_open_the_door(tmp_path: Path) -> None:
    assert load(tmp_path, 'read_only = "yes"\n').config.read_only
    loaded = load(tmp_path, RT + 'read_only = "yes"\n')
    assert [table.read_only for table in loaded.backends] == [True]


# --------------------------------------------------------------------------------- what other floors know


def test_themes_actions_and_filters_are_checked_by_those_who_know_them(tmp_path: Path) -> None:
    known = Known(
        types=KNOWN.types,
        actions=frozenset({"rollouts.acknowledge", "desk.refresh"}),
        themes=("ppstui-dark", "ppstui-light"),
        where=lambda pane, text: f"{pane} have no field lat" if "lat:" in text else "",
        sort=lambda pane, column: f"{pane} have no column {column}" if column != "due" else "",
    )
    text = 'theme = "ppstui-drak"\n[keys]\n"rollouts.acknowlege" = "a"\n[[views.acks]]\ntitle = "T"\nwhere = "lat:x"\n'
    text += 'sort = "deu"\n[[views.outbox]]\ntitle = "O"\nsort = "due"\n'
    problems = told(load(tmp_path, text, known))
    assert problems["theme"][2].startswith('did you mean "ppstui-dark"?')
    assert problems['keys."rollouts.acknowlege"'] == (3, "unknown action", "did you mean rollouts.acknowledge?")
    assert problems["views.acks[1].where"] == (6, "acks have no field lat", "")
    assert problems["views.acks[1].sort"] == (7, "acks have no column deu", "")
    assert len(problems) == 4


def test_countries_are_checked_where_somebody_asks(tmp_path: Path) -> None:
    def country(code: str, part: str) -> tuple[str, str] | None:
        return None if (code, part) in {("CH", "GE"), ("IT", "")} else (f"no {code} {part}", "look again")

    known = Known(types=KNOWN.types, country=country)
    good = '[calendar]\ncountry = "CH"\nsubdivision = "GE"\nsite_countries = { A = "IT" }\n'
    assert load(tmp_path, good, known).problems == ()
    problems = told(load(tmp_path, good.replace("GE", "XX").replace('"IT"', '"QQ"'), known))
    assert problems == {
        "calendar.subdivision": (3, "no CH XX", "look again"),
        "calendar.site_countries.A": (4, "no QQ ", "look again"),
    }


def test_a_subdivision_of_nothing_and_an_exposure_upside_down_are_told(tmp_path: Path) -> None:
    text = '[calendar]\nsubdivision = "GE"\n[deadlines.exposure]\nminimum = "8d"\n'
    assert set(told(load(tmp_path, text))) == {"calendar.subdivision", "deadlines.exposure"}


# ------------------------------------------------------------------------------------------------- where it came from


def test_every_value_has_an_origin(tmp_path: Path) -> None:
    loaded = load(tmp_path, 'theme = "x"\n' + RT + "[[views.rollouts]]\ntitle = 'T'\n", read_only=True)
    file = tmp_path / "config.toml"
    assert str(loaded.origin(("theme",))) == f"{file}:1"
    assert str(loaded.origin(("backends", "rt", "url"))) == f"{file}:4"
    assert str(loaded.origin(("backends", "rt", "queue"))) == "default"
    assert str(loaded.origin(("views", "rollouts", 0, "title"))) == f"{file}:6"
    assert str(loaded.origin(("views", "rollouts", 0, "where"))) == "default"
    assert str(loaded.origin(("read_only",))) == "--read-only"
    assert loaded.config.read_only


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text("ab[]\x1b", max_size=4)
    | st.dates()
    | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["title", "url", "type", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
TABLES = [
    "timezone",
    "sources",
    "calendar",
    "deadlines",
    "names",
    "views",
    "keys",
    "meetings",
    "targets",
    "backends",
    "zzz",
]


@given(st.dictionaries(st.sampled_from(TABLES), VALUES, max_size=4))
def test_no_shape_of_file_is_an_accident(tmp_path_factory: pytest.TempPathFactory, document: dict[str, object]) -> None:
    import tomli_w

    def spoken(value: object) -> object:
        """TOML has no null."""
        if isinstance(value, dict):
            return {key: spoken(item) for key, item in value.items()}
        return [spoken(item) for item in value] if isinstance(value, list) else ("" if value is None else value)

    text = tomli_w.dumps({key: spoken(value) for key, value in document.items()})
    loaded = load(tmp_path_factory.mktemp("any"), text)
    assert all("\x1b" not in str(problem) for problem in loaded.problems)
    assert all(problem.line for problem in loaded.problems)
