"""A real server that accepts and never answers: asking is answered at once, and what is told is on the disk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.faults.live_ground import trim
from tests.servers.rt_site import Site, start_site
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt-stopped")]

CONFIG = """
[sources]
rollouts = ["rt"]

[backends.rt]
type = "rt"
url = "{url}"
token = "env:RT_TOKEN"
"""
AT_ONCE = 1.0
"""Seconds on a busy machine; a time-out of the network is five or thirty."""


class Home:
    """Somebody's home with a configuration, and ppstui in it."""

    def __init__(self, folder: Path, site: Site) -> None:
        (folder / "config.toml").write_text(CONFIG.format(url=site.url))
        folders = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "STATE", "CACHE", "CONFIG")}
        self.env = folders | {"HOME": str(folder), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.env |= {"PPSTUI_CONFIG": str(folder / "config.toml"), "RT_TOKEN": site.token("manager")}
        self.file = folder / "state" / "ppstui" / "outbox.sqlite"

    def says(self, *words: str) -> str:
        """What a command line answers."""
        argv = [sys.executable, "-m", "ppstui", *words]
        done = subprocess.run(argv, env=os.environ | self.env, capture_output=True, text=True, check=False, timeout=90)
        return done.stdout + done.stderr

    def kept(self, text: str) -> int:
        """How many entries with that text are on the disk."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as file:
            return len(file.execute("SELECT 1 FROM entry WHERE instr(command, ?)", (text,)).fetchall())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    for site in start_site(tmp_path_factory.mktemp("rt-stopped"), "--seed", "demo"):
        trim(site)
        yield site


@pytest.fixture
def home(tmp_path: Path, site: Site) -> Home:
    """A home that has read everything once."""
    home = Home(tmp_path, site)
    home.says("sync")
    return home


def test_a_command_that_does_not_wait_is_answered_at_once_and_kept(home: Home, site: Site) -> None:
    began = time.monotonic()
    home.says("--version")
    starting = time.monotonic() - began
    with site.frozen():
        began = time.monotonic()
        said = home.says("do", "comment", "rt:16", "--text", "kept while it was stopped", "--wait", "0")
        took = time.monotonic() - began
        assert "queued" in said, said
        assert home.kept("kept while it was stopped") == 1
        assert took < starting + AT_ONCE + 1, f"{took:.2f} s, where starting alone takes {starting:.2f} s"
    assert "comment" in home.says("sync")
    assert "done" in home.says("outbox", "list"), "and it arrives when the server goes on"


def test_a_key_press_is_answered_at_once_while_the_server_is_stopped(home: Home, site: Site) -> None:
    argv = [sys.executable, "-m", "ppstui"]
    with Terminal(argv, env=home.env) as me:
        me.sees("LFC_oracle")
        me.settle(0.5)
        with site.frozen():
            me.press("r")  # a reading that never ends is under way
            me.settle(0.5)
            for number in range(3):
                me.press("c")
                me.sees("ctrl\\+s goes on")
                me.write(f"typed {number} while it was stopped".encode())
                me.sees(f"typed {number} while it was stopped")
                began = time.monotonic()
                me.press("ctrl+s")
                me.sees("queued: ")
                took = time.monotonic() - began
                assert home.kept(f"typed {number} while it was stopped") == 1, "told only when it is on the disk"
                assert took < AT_ONCE, f"{took:.2f} s"
                while "queued: " in me.text:
                    me.pump(0.1)
                me.press("j")
