"""Hostile text loses its teeth and keeps its letters; widths are those of a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ppstui.views.plain import cell_width, clean, clean_lines, cut, pad, to_ascii, wrap

anything = st.text(st.characters(codec=None, categories=None), max_size=60)

HAZARDS = "\x1b\x07\x08\x7f\x9b\u202e\u2066\u200b\ufeff\u2028\n\r\t\U000e0041"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Staged Rollout CA 1.38", "Staged Rollout CA 1.38"),
        ("  two  spaces\tand\na line ", "two spaces and a line"),
        ("\x1b[31mred\x1b[0m", "�[31mred�[0m"),
        ("\x9b31mred", "�31mred"),
        ("a\u202eb\u2066c\u200bd\ufeff\xade", "abcde"),
        ("nul\x00 and bell\x07", "nul� and bell�"),
        ("lone \ud800 half", "lone � half"),
        ("[red]markup[/red]", "[red]markup[/red]"),
        ("Z" + "\u0335\u0336\u0337" * 9, "Z\u0335\u0336\u0337"),
        ("\u0301leading mark", "leading mark"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("👍🏽 ☀\ufe0f", "👍 ☀"),
        ("لی\u200cلی", "لی\u200cلی"),
        ("क्\u200dष", "क्\u200dष"),
        ("\u3000wide\u3000space", "wide space"),
        ("e\u0301", "é"),
        ("\u2028 line\u2029paragraph", "line paragraph"),
    ],
)
def test_text_is_shown_in_one_safe_line(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(anything)
def test_nothing_that_drives_a_terminal_passes(text: str) -> None:
    shown = clean(text)
    assert not set(shown) & set(HAZARDS)
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert shown == shown.strip()
    shown.encode()


@given(anything)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(anything, st.integers(0, 30))
def test_a_cut_text_fits(text: str, width: int) -> None:
    assert cell_width(clean(text, width)) <= width
    assert cell_width(clean(text, width, ascii_only=True)) <= width


@given(anything, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    shown = clean(text)
    lines = wrap(shown, width)
    assert all(cell_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == shown.replace(" ", "")


@given(anything)
def test_ascii_is_ascii(text: str) -> None:
    assert to_ascii(clean(text)).isascii()


@given(anything)
def test_no_line_of_many_holds_a_control(text: str) -> None:
    for line in clean_lines(text):
        assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in line)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "été",
        "中文字",
        "ﾊﾝｶｸ",
        "ハンカク",
        "한글",
        "नमस्ते",
        "สวัสดี",
        "தமிழ்",
        "שלום",
        "Привет",
        "☀ ✓ ◌ …",
        "👍",
        "🇮🇹",
        "①",
        "\uff21",
        "a\u0308",
    ],
)
def test_widths_are_those_the_dashboard_measures(text: str) -> None:
    assert cell_width(clean(text)) == cell_len(clean(text))


def test_a_cut_never_halves_a_wide_character() -> None:
    assert cut("中文字", 5) == "中文…"
    assert cut("中文字", 4) == "中…"
    assert cut("中文字", 6) == "中文字"
    assert cut("ab", 1) == "…"
    assert cut("ab", 0) == ""
    assert cut("abcdef", 5, "...") == "ab..."


def test_a_very_long_title_is_cut_and_says_so() -> None:
    assert clean("x" * 10_000, 10) == "xxxxxxxxx…"
    assert clean("\u200b" * 10_000 + "x", 10).endswith("…")


def test_lines_keep_their_indentation_and_tabs_become_spaces() -> None:
    assert clean_lines("a\r\n  b\tc\x1b[2J\n\nd ") == ["a", "  b     c�[2J", "", "d"]


def test_padding_counts_cells() -> None:
    assert pad("中", 4) == "中  "
    assert pad("7", 3, right=True) == "  7"
    assert pad("long", 2) == "long"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße → Köln…", "Grusse -> Koln..."),
        ("Łódź", "Lodz"),
        ("中文", "??"),
        ("“quoted” \u2013 it\u2019s", '"quoted" - it\'s'),
    ],
)
def test_ascii_stays_as_near_as_it_can(text: str, shown: str) -> None:
    assert to_ascii(text) == shown
