"""Where everything is."""

from __future__ import annotations

from pathlib import Path

from ppstui.config.paths import find_paths

HOME = Path("/home/anna")


def test_without_variables_everything_is_under_home() -> None:
    paths = find_paths({}, HOME)
    assert paths.config_file == HOME / ".config/ppstui/config.toml"
    assert paths.config_from == "XDG"
    assert paths.data == HOME / ".local/share/ppstui"
    assert {paths.store, paths.outbox} == {HOME / f".local/state/ppstui/{name}.sqlite" for name in ("cache", "outbox")}
    assert paths.holidays.parent == HOME / ".cache/ppstui"
    assert paths.themes == HOME / ".config/ppstui/themes"


def test_xdg_moves_each_folder_and_relative_ones_are_ignored() -> None:
    env = {"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "./here"}
    paths = find_paths(env, HOME)
    assert (paths.config, paths.data, paths.state) == (Path("/c/ppstui"), Path("/d/ppstui"), Path("/s/ppstui"))
    assert paths.cache == HOME / ".cache/ppstui"


def test_the_flag_wins_over_the_variable_and_a_tilde_is_home() -> None:
    env = {"PPSTUI_CONFIG": "~/mine.toml"}
    assert (find_paths(env, HOME).config_file, find_paths(env, HOME).config_from) == (
        HOME / "mine.toml",
        "PPSTUI_CONFIG",
    )
    assert find_paths(env, HOME, "other.toml").config_file == Path("other.toml")
    assert find_paths({"PPSTUI_CONFIG": ""}, HOME).config_from == "XDG"


def test_all_paths_have_a_name() -> None:
    paths = find_paths({}, HOME)
    named = dict(paths.named())
    assert {paths.config_file, paths.data, paths.state, paths.cache, paths.themes} <= set(named.values())
