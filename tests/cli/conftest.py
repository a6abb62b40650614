"""A shell in a home of its own, and what it may find there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import Shell
from tests.cli.tracker import Desk, staffed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def rollout(shell: Shell) -> str:
    """A rollout in the embedded store, with two teams chosen."""
    made = shell.run("do", "rollout-new", "--title", "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64", "--json")
    ref = made.json["ref"]
    assert isinstance(ref, str)
    assert shell.run("do", "assign", ref, "--team", "ea-NGI_IT-INFN-T1", "--team", "NGI_NL-SARA-MATRIX").code == 0
    return ref


@pytest.fixture
def desk(shell: Shell) -> Desk:
    """A desk on a Request Tracker with names of its own."""
    return staffed(shell)
