"""Themes: complete, readable, and of the terminal's own colours where they say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.color import ColorSystem
from rich.style import Style

from ppstui.errors import UsageError
from ppstui.ui import theme
from ppstui.ui.app import Options, choose
from ppstui.views.rows import Tone
from tests.ui.person import person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHIPPED = sorted(theme.themes())


def looks(palette: theme.Palette) -> Iterator[tuple[str, Style]]:
    for tone in Tone:
        yield tone.value, palette.tone(tone)
    for part in theme.PARTS:
        yield part, palette.part(part)


def luminance(red: int, green: int, blue: int) -> float:
    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(style: Style) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    one, two = (luminance(*colour.get_truecolor()) for colour in (style.color, style.bgcolor))
    return (max(one, two) + 0.05) / (min(one, two) + 0.05)


def test_the_four_themes_are_there() -> None:
    assert {"ppstui-dark", "ppstui-light", "ppstui-contrast", "ppstui-terminal"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_theme_says_every_tone_and_every_part(name: str) -> None:
    file = theme.load(name, None)
    assert file.name == name
    assert set(file.tones) == {tone.value for tone in Tone}
    assert set(file.parts) == set(theme.PARTS)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != theme.TERMINAL])
def test_every_look_can_be_read(name: str) -> None:
    least = 7 if name == "ppstui-contrast" else 4.5
    for what, style in looks(theme.Palette(theme.load(name, None))):
        assert contrast(style) >= least, f"{what}: {contrast(style):.1f}"


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != theme.TERMINAL])
def test_every_look_can_be_read_in_256_colours(name: str) -> None:
    for what, style in looks(theme.Palette(theme.load(name, None))):
        assert style.color is not None
        assert style.bgcolor is not None
        few = Style(
            color=style.color.downgrade(ColorSystem.EIGHT_BIT), bgcolor=style.bgcolor.downgrade(ColorSystem.EIGHT_BIT)
        )
        assert contrast(few) >= 4, f"{what}: {contrast(few):.1f}"


def test_the_terminal_theme_has_the_terminals_own_colours_alone() -> None:
    for what, style in looks(theme.Palette(theme.load(theme.TERMINAL, None))):
        for colour in (style.color, style.bgcolor):
            assert colour is None or (colour.number is not None and colour.number < 16), what


@pytest.mark.parametrize("name", SHIPPED)
def test_without_colours_the_cursor_and_the_tab_are_still_seen(name: str) -> None:
    palette = theme.Palette(theme.load(name, None), colours=False)
    for what, style in looks(palette):
        assert style.color is None, what
        assert style.bgcolor is None, what
    assert palette.part("cursor").reverse
    assert palette.part("tab-active").reverse


def test_a_users_theme_wins_and_a_broken_one_is_named(tmp_path: Path) -> None:
    text = (theme.shipped_folder() / "ppstui-dark.toml").read_text()
    (tmp_path / "mine.toml").write_text(text.replace("ppstui-dark", "mine"))
    (tmp_path / "bad.toml").write_text(text.replace('dim = "', 'dimm = "'))
    (tmp_path / "worse.toml").write_text("tones = 3")
    assert theme.load("mine", tmp_path).name == "mine"
    with pytest.raises(UsageError, match=r"bad\.toml: unknown dimm"):
        theme.load("bad", tmp_path)
    with pytest.raises(UsageError, match=r"worse\.toml"):
        theme.load("worse", tmp_path)
    with pytest.raises(UsageError, match=r"no theme 'nosuch'; there are .*ppstui-dark"):
        theme.load("nosuch", tmp_path)


def test_a_look_that_is_none_is_named() -> None:
    file = theme.load(theme.DARK, None)
    broken = theme.ThemeFile(**{**{f: getattr(file, f) for f in file.__struct_fields__}, "tones": {"dim": "sparkling"}})
    with pytest.raises(UsageError, match="'sparkling' is no look"):
        theme.Palette(broken)


@pytest.mark.parametrize(
    ("env", "options", "wanted"),
    [
        ({"TERM": "xterm-256color"}, {}, theme.DARK),
        ({"TERM": "screen"}, {}, theme.TERMINAL),
        ({"TERM": "linux"}, {}, theme.TERMINAL),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, {}, theme.DARK),
        ({"TERM": "xterm-256color"}, {"low_bandwidth": True}, theme.TERMINAL),
        ({"TERM": "screen"}, {"theme": "ppstui-light"}, "ppstui-light"),
        ({"TERM": "xterm-256color"}, {"remembered": {"theme": "ppstui-light"}}, "ppstui-light"),
        ({"TERM": "xterm-256color"}, {"remembered": {"theme": "removed since"}}, theme.DARK),
    ],
)
def test_a_theme_is_chosen_for_the_terminal(env: dict[str, str], options: dict[str, object], wanted: str) -> None:
    assert choose(Options(env=env, **options)).file.name == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SHIPPED)
async def test_each_theme_can_be_worn(tmp_path: Path, name: str) -> None:
    async with person(tmp_path, theme=name) as me:
        await me.does("rollouts.comment")
        await me.sees("Comment on")
