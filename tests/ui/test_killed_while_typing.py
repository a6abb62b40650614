"""A line that is being typed is on the disk after a pause at the keyboard, also when the program is killed then."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from tests.benchmarks.home import fill
from tests.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "please somebody try this one"


def dashboard(env: dict[str, str]) -> Terminal:
    return Terminal((sys.executable, "-m", "ppstui", "--fresh"), size=(100, 30), env=env)


def kept(home: Path) -> bool:
    return any(WORDS in file.read_text(encoding="utf-8") for file in home.rglob("*.json"))


def test_what_was_typed_is_there_after_sigkill(tmp_path: Path) -> None:
    env = fill(tmp_path, 3)
    with dashboard(env) as me:
        me.sees(r"rt:\d")
        me.press("5")
        me.sees("D drafts it")
        me.press("D")
        me.sees(r"draft, \d+ lines")
        me.press("j", "j", "j", "j", "e")
        me.sees("enter keeps it")
        me.write(WORDS.encode())
        end = time.monotonic() + 20
        while not kept(tmp_path) and time.monotonic() < end:
            me.pump(0.05)
        me.kill()
    assert kept(tmp_path), "nobody pressed enter, and it is on the disk"
    with dashboard(env) as me:
        me.press("5")
        me.sees(WORDS[:15])
