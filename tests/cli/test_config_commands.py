"""`config check`, `schema`, `blame` and `paths`."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from ppstui import backends
from ppstui.cli.config_commands import blame, check, schema, show_paths
from ppstui.config.paths import find_paths
from tests.config.desks import fresh, load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.shell import Shell


def test_a_good_configuration_is_praised_with_its_backends(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    loaded = load(
        tmp_path, '[backends.rt]\ntype = "tracker"\nurl = "https://rt.test"\n[backends.local]\ntype = "sql"\n'
    )
    assert check(loaded, out, err) == 0
    assert out.getvalue() == f"{tmp_path}/config.toml: nothing is wrong; backends: rt (tracker), local (sql)\n"
    assert err.getvalue() == ""


def test_no_configuration_is_nothing_wrong(tmp_path: Path) -> None:
    out = io.StringIO()
    assert check(fresh(tmp_path), out, io.StringIO()) == 0
    assert "no configuration file" in out.getvalue()


def test_every_problem_is_a_line_on_standard_error_and_the_code_is_3(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    loaded = load(tmp_path, 'ascii = "no"\nthem = "x"\n[backends.rt]\ntype = "tracker"\ntoken = "hunter2"\n')
    assert check(loaded, out, err) == 3
    lines = err.getvalue().splitlines()
    assert len(lines) == 4
    assert all(line.startswith(f"ppstui: {tmp_path}/config.toml:") for line in lines)
    assert lines[0].endswith(':1: ascii: expected true or false, found "no"; write true or false, without quotes')
    assert out.getvalue() == ""
    assert "hunter2" not in err.getvalue()


def test_the_schema_is_one_json_document_with_our_backends() -> None:
    out = io.StringIO()
    targets = {name: backends.find_target(name).Options for name in backends.known_targets()}
    assert schema({name: backends.find(name).Options for name in backends.known_types()}, targets, out) == 0
    document = json.loads(out.getvalue())
    branches = document["properties"]["backends"]["additionalProperties"]["oneOf"]
    assert [branch["title"] for branch in branches] == sorted(backends.known_types())
    places = document["properties"]["targets"]["additionalProperties"]["oneOf"]
    assert [place["title"] for place in places] == sorted(backends.known_targets())
    branches += places
    assert all(
        part.get("description") for branch in branches for key, part in branch["properties"].items() if key != "type"
    )


def test_blame_says_where_each_value_comes_from(tmp_path: Path) -> None:
    out = io.StringIO()
    assert blame(load(tmp_path, '\ntheme = "dusk"\n'), out) == 0
    lines = {line.split(" = ")[0]: line for line in out.getvalue().splitlines()}
    assert lines["theme"].endswith(f"# {tmp_path}/config.toml:2")
    assert lines["timezone"].endswith("# default")


def test_paths_are_all_told_and_whether_something_is_there(tmp_path: Path) -> None:
    out = io.StringIO()
    (tmp_path / "mine.toml").write_text("")
    env = {"PPSTUI_CONFIG": str(tmp_path / "mine.toml"), "XDG_DATA_HOME": str(tmp_path / "d")}
    assert show_paths(find_paths(env, tmp_path), out) == 0
    lines = {line.split()[0]: line for line in out.getvalue().splitlines()}
    assert lines["configuration"].endswith("mine.toml  (named by PPSTUI_CONFIG)")
    assert lines["data"].endswith(f"{tmp_path}/d/ppstui  (not there)")
    assert {"state", "cache", "themes", "templates", "store", "outbox"} <= set(lines)


def test_init_complains_on_standard_error(shell: Shell) -> None:
    shell.configure("")
    answer = shell.run("config", "init", "--yes")
    assert answer.code != 0
    assert answer.err.startswith("ppstui: ")
    assert "config.toml" in answer.err
