"""The output filter: whatever is painted, the terminal shows the same with it and without it, for fewer bytes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ppstui.ui.lean import Glass, Piece

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH, HEIGHT = 24, 6
LOOKS = [
    Style(),
    Style(color="red"),
    Style(bold=True, color="#ff8800", bgcolor="#112233"),
    Style(bgcolor="#112233"),
    Style(reverse=True),
    Style(underline=True, color="blue"),
    Style(bold=True),
]
TEXTS = ["abc", "  ", "日本", "x", "late", "é", " mail ", "    ", "0123456789"]
CONSOLE = Console(color_system="256", force_terminal=True)


def screen() -> tuple[pyte.Screen, pyte.Stream]:
    shown = pyte.Screen(WIDTH, HEIGHT)
    shown.reset_mode(pyte.modes.DECAWM)
    return shown, pyte.Stream(shown)


def plainly(pieces: Iterable[Piece]) -> str:
    """As Textual sends it: every segment with all its colours."""
    return "".join(f"\x1b[{y + 1};{x + 1}H{strip.render(CONSOLE)}" for y, x, strip in pieces)


def strip(spans: list[tuple[str, int]], width: int) -> Strip:
    made = Strip([Segment(text, LOOKS[look]) for text, look in spans])
    return made.adjust_cell_length(width, Style()).crop(0, width)


def cells(shown: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """Cell by cell with colours; what cannot be seen on a space does not count."""
    return [
        [
            (c.data, c.bg, c.reverse, c.underscore) if c.data == " " and not c.reverse else tuple(c)
            for c in (shown.buffer[y][x] for x in range(WIDTH))
        ]
        for y in range(HEIGHT)
    ]


Painted = tuple[int, int, list[tuple[str, int]], int]
"""Line, column, what is written there, and how wide the strip is."""
spans = st.lists(st.tuples(st.sampled_from(TEXTS), st.integers(0, len(LOOKS) - 1)), min_size=1, max_size=5)
painted = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 3), spans, st.integers(1, WIDTH))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(painted, min_size=1, max_size=6), min_size=1, max_size=8))
def test_the_screen_is_the_same_with_and_without_the_filter(
    frames: list[list[tuple[int, int, list[tuple[str, int]], int]]],
) -> None:
    glass = Glass(WIDTH, HEIGHT)
    (lean, lean_in), (fat, fat_in) = screen(), screen()
    for frame in frames:
        pieces = [Piece(y, x, strip(spans, min(width, WIDTH - x))) for y, x, spans, width in frame]
        lean_in.feed(glass.encode(pieces, ColorSystem.EIGHT_BIT))
        fat_in.feed(plainly(pieces))
        assert cells(lean) == cells(fat)


def test_nothing_is_sent_for_a_frame_that_changed_nothing() -> None:
    glass = Glass(WIDTH, HEIGHT)
    frame = [Piece(y, 0, strip([("abc", 2), ("def", 0)], WIDTH)) for y in range(HEIGHT)]
    assert glass.encode(frame, ColorSystem.EIGHT_BIT)
    again = [Piece(y, 0, strip([("abc", 2), ("def", 0)], WIDTH)) for y in range(HEIGHT)]
    assert glass.encode(again, ColorSystem.EIGHT_BIT) == ""


def test_one_changed_cell_costs_one_jump_and_one_letter() -> None:
    glass = Glass(WIDTH, HEIGHT)
    glass.encode([Piece(0, 0, strip([("hello", 0)], WIDTH))], ColorSystem.EIGHT_BIT)
    assert glass.encode([Piece(0, 0, strip([("hallo", 0)], WIDTH))], ColorSystem.EIGHT_BIT) == "\x1b[1;2Ha"


def test_what_was_forgotten_is_sent_whole() -> None:
    frame = [Piece(0, 0, strip([("hello", 2)], WIDTH))]
    first = Glass(WIDTH, HEIGHT).encode(frame, ColorSystem.EIGHT_BIT)
    assert Glass(WIDTH, HEIGHT).encode(frame, ColorSystem.EIGHT_BIT) == first


def test_without_colours_no_colour_is_sent() -> None:
    sent = Glass(WIDTH, HEIGHT).encode([Piece(0, 0, strip([("hello", 2)], WIDTH))], None)
    assert "38" not in sent
    assert "48" not in sent
    assert sent.startswith("\x1b[1;1H\x1b[1mhello")


def test_a_joined_emoji_is_never_counted_apart() -> None:
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    glass = Glass(WIDTH, HEIGHT)
    made = Strip([Segment(family + "!")]).adjust_cell_length(WIDTH)
    assert family in glass.encode([Piece(0, 0, made)], ColorSystem.EIGHT_BIT)


def test_random_frames_cost_less_than_they_did() -> None:
    dice = random.Random(7)
    glass, lean, fat = Glass(WIDTH, HEIGHT), 0, 0
    for _ in range(200):
        y = dice.randrange(HEIGHT)
        frame = [Piece(y, 0, strip([(dice.choice(TEXTS), dice.randrange(len(LOOKS))) for _ in range(4)], WIDTH))]
        lean += len(glass.encode(frame, ColorSystem.EIGHT_BIT))
        fat += len(plainly(frame))
    assert lean < fat
