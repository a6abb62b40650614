"""SIGKILL at every step of the mail that an issue is: never sent twice, and a person is asked where nobody knows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STEPS = 3
"""Who it is from, who it goes to, and its dot."""


def test_an_issue_that_is_killed_while_it_is_mailed_is_not_mailed_again() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.killing_publishing"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    *deaths, life = json.loads(done.stdout)
    assert len(deaths) == STEPS
    assert [each["posted"] for each in deaths] == [[0, 0], [0, 0], [1, 1]], "nothing was sent by the next start"
    for each in deaths:
        assert (each["states"], each["mail"], each["written"]) == (["parked"], ["leaving"], []), "a person is asked"
    assert (life["killed"], life["ended"], life["posted"], life["states"]) == (False, [0, 0], [1, 1], ["done"])
    (id_,) = life["written"]
    assert id_.startswith("<ppstui.egee-operations.2026-W47.0.")
