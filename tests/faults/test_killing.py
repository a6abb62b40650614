"""SIGKILL at every boundary of the write path of every action: after the next start it has happened once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ppstui.backends.rt import RT
from ppstui.model import command_name

ROOT = Path(__file__).parents[2]
ACTIONS = (*sorted(map(command_name, RT.offer.writes)), "undo")
FEWEST = 16
"""Commits: asked for, claimed, before noted, done; requests: looking, writing, looking. Before and after each."""


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_anywhere_it_happens_once(action: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.killing", action],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["wrong"] == [], done.stderr[-3000:]
    assert found["boundaries"] >= FEWEST, "the boundaries were found"
