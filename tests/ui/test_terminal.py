"""The dashboard on a real terminal: what goes over the line, and how the terminal is left."""

from __future__ import annotations

import re
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.terminal import Terminal

TOP = Path(__file__).resolve().parents[2]
READY = r"rt:18307(?s:.*)rt, umd up to date"
COLOURS = re.compile(rb"\x1b\[(?:[0-9]+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9]+)*m")
BACK = b"\x1b[?1049l"
"""Leaves the second screen: the shell's own is back."""


def stage(
    home: Path, *words: str, size: tuple[int, int] = (120, 40), term: str = "xterm-256color", **env: str
) -> Terminal:
    argv = [sys.executable, "-m", "tests.ui.stage", str(home), *words]
    return Terminal(argv, size=size, term=term, env={"PYTHONPATH": str(TOP), "LC_ALL": "C.UTF-8", **env})


JOURNEY = (
    *("j", "j", "down", "pagedown", "pageup", "G", "g", "J", "K", "space", "space", "*", "escape"),
    *("/", "d", "p", "m", "backspace", "backspace", "backspace", "enter", "escape", "2", "j", "3", "1"),
    *("?", "pagedown", "escape", "w", "escape", ":", "t", "h", "escape", "t", "down", "down", "enter"),
    *(
        "a",
        "+",
        "escape",
        "c",
        "x",
        "escape",
        "escape",
        "s",
        "down",
        "enter",
        "]",
        "[",
        "d",
        "d",
        "enter",
        "escape",
        "z",
    ),
)


@pytest.mark.parametrize(("size", "theme"), [((120, 40), "ppstui-dark"), ((80, 24), "ppstui-terminal")])
def test_the_screen_is_the_same_with_and_without_the_filter(tmp_path: Path, size: tuple[int, int], theme: str) -> None:
    with (
        stage(tmp_path / "lean", "--theme", theme, size=size) as lean,
        stage(tmp_path / "fat", "--fat", "--theme", theme, size=size) as fat,
    ):
        for terminal in (lean, fat):
            terminal.sees(READY)
            terminal.settle(0.3)
        for key in JOURNEY:
            for terminal in (lean, fat):
                terminal.press(key)
            for terminal in (lean, fat):
                terminal.settle(0.25)
            same_in_time(lean, fat, key)
        assert len(lean.raw) < len(fat.raw) / 2


def same_in_time(lean: Terminal, fat: Terminal, key: str) -> None:
    """Both show the same, once what waits for a rest has come on both."""
    end = time.monotonic() + 12
    while visible(lean) != visible(fat) and time.monotonic() < end:
        lean.pump(0.2)
        fat.pump(0.2)
    for y, (one, two) in enumerate(zip(visible(lean), visible(fat), strict=True)):
        assert one == two, f"after {key!r}, line {y}:\n{lean.lines()[y]}\n{fat.lines()[y]}"


def visible(terminal: Terminal) -> list[list[tuple[object, ...]]]:
    """Cell by cell with colours; of a space only what can be seen of it."""
    shown = terminal.screen
    return [
        [
            (c.data, c.bg, c.reverse, c.underscore) if c.data == " " and not c.reverse else tuple(c)
            for c in (shown.buffer[y][x] for x in range(shown.columns))
        ]
        for y in range(shown.lines)
    ]


def test_the_line_is_not_wasted(tmp_path: Path) -> None:
    with stage(tmp_path) as me:
        me.sees(READY)
        me.settle(0.4)
        me.press("d")  # the list alone
        me.settle(0.4)
        downs = [me.cost("down", 0.3).bytes for _ in range(12)]
        assert max(downs) <= 400, downs
        assert me.cost("pagedown", 0.3).bytes <= 7500
        assert me.cost("pageup", 0.3).bytes <= 7500
        me.cost("/", 0.3)
        letters = [me.cost(letter, 0.3).bytes for letter in "emi-1"]
        assert max(letters) <= 9000, letters
        me.cost("escape", 0.3)
        me.cost("r", 0.4)
        assert me.cost("r", 0.4).bytes == 0, "a refresh that changed nothing"


def test_details_beside_the_list_follow_for_twice_their_changed_cells(tmp_path: Path) -> None:
    with stage(tmp_path) as me:
        me.sees(READY)
        me.settle(0.5)
        for _ in range(6):
            cost = me.cost("down", 0.4)
            assert cost.bytes <= 400 + 2 * cost.cells, cost


def test_nothing_is_sent_while_nobody_touches_it(tmp_path: Path) -> None:
    with stage(tmp_path) as me:
        me.sees(READY)
        me.settle(0.5)
        size = len(me.raw)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            me.pump(0.2)
        assert len(me.raw) == size


def test_plain_characters_are_all_that_is_sent_where_the_terminal_knows_no_others(tmp_path: Path) -> None:
    with stage(tmp_path, "--ascii") as me:
        me.sees(READY)
        for key in ("G", "g", "2", "1", "?", "escape", "a", "escape", "c", "escape", "enter", "escape", "t", "escape"):
            me.press(key)
            me.settle(0.2)
        assert max(me.raw) < 0x80
        assert b"\\u" not in me.raw


def test_no_colour_means_no_colour(tmp_path: Path) -> None:
    with stage(tmp_path, NO_COLOR="1") as me:
        me.sees(READY)
        for key in ("j", "2", "1", "?", "escape", "c", "x", "escape", "escape", "t", "down", "escape"):
            me.press(key)
            me.settle(0.2)
        assert not COLOURS.search(bytes(me.raw))
        assert b"\x1b[7m" in me.raw or b";7m" in me.raw, "the cursor is seen by its reverse"


@pytest.mark.parametrize("term", ["screen", "linux", "vt100", "xterm"])
def test_few_colours_are_the_terminals_own(tmp_path: Path, term: str) -> None:
    with stage(tmp_path, term=term) as me:
        me.sees(READY)
        assert b"38;5;" not in me.raw
        assert b"38;2;" not in me.raw


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_it_is_left_within_a_second_also_during_a_hung_request(tmp_path: Path, key: str) -> None:
    with stage(tmp_path, "--hang", "--keys", "desk.quit=q,ctrl+c") as me:
        me.sees("Reading rt")
        me.settle(0.3)
        began = time.monotonic()
        me.press(key)
        assert me.wait(5) == 0
        assert time.monotonic() - began < 1.3
        assert BACK in me.raw


def test_the_emergency_exit_survives_any_keymap(tmp_path: Path) -> None:
    with stage(tmp_path, "--keys", "desk.quit=") as me:
        me.sees(READY)
        me.press("q", "c", "ctrl+q")
        assert me.wait(5) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(tmp_path: Path, number: signal.Signals) -> None:
    with stage(tmp_path) as me:
        me.sees(READY)
        me.signal(number)
        assert me.wait(5) == 128 + number
        assert BACK in me.raw
        assert b"\x1b[?25h" in me.raw.rpartition(BACK)[2], "the cursor is visible again"
        assert b"\x1b[?2004l" in me.raw, "pasting is plain again"
        assert b"\x1b[?1000h" not in me.raw, "the mouse was never taken"
        assert "Traceback" not in me.text


def test_a_window_that_shrinks_and_grows_is_survived(tmp_path: Path) -> None:
    with stage(tmp_path) as me:
        me.sees(READY)
        for size in ((20, 5), (3, 2), (59, 14), (80, 24), (120, 40)):
            me.resize(*size)
            me.settle(0.3)
            me.press("j")
        me.sees(READY)
        me.sees("Component")


def test_what_is_typed_ahead_waits_for_its_dialog(tmp_path: Path) -> None:
    with stage(tmp_path) as me:
        me.sees(READY)
        me.settle(0.4)
        me.write(b"cqy looks fine")
        me.sees("qy looks fine")
        me.write(b"\x13")  # ctrl+s
        me.sees("queued: comment")
        me.write(b"/dpm")
        me.sees(r"\d+ of \d+ match")
        me.sees("/dpm")


def test_the_editor_has_the_terminal_to_itself(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho EDITING\nread line\necho "from the editor" > "$1"\n')
    editor.chmod(0o755)
    with stage(tmp_path / "home", "--editor", str(editor)) as me:
        me.sees(READY)
        me.press("c")
        me.sees("Comment on")
        me.write(b"x\x1b")
        me.sees("e opens the editor")
        me.press("e")
        me.sees("EDITING")
        me.press("enter")
        me.sees("from the editor")
        me.sees("Comment on")
