"""A thousand seeded runs against the RT with a memory, and some against a real one: what is asked happens once.

`python -m tests.faults.seeds 0 2000` plays twice as many.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ppstui.backends.rt import RT
from ppstui.model import command_name
from tests.faults import live_ground
from tests.faults.fake_ground import run
from tests.faults.seeds import ONE, Tally, played
from tests.servers.rt_site import Site, start_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS, RUNS = 10, 100
LIVE_ROUNDS, LIVE_RUNS = int(os.environ.get("PPSTUI_LIVE_ROUNDS", "3")), 10
"""A run before a real server takes seconds; PPSTUI_LIVE_ROUNDS=20 plays two hundred of them."""


def seeds(number: int, runs: int) -> range:
    """The seeds of one round; the one that was asked for, where one was."""
    return range(number * runs, (number + 1) * runs) if ONE is None else range(ONE, ONE + 1)


@pytest.mark.parametrize("number", range(ROUNDS if ONE is None else 1))
def test_whatever_goes_wrong_each_action_happens_once(number: int) -> None:
    tally = played(seeds(number, RUNS))
    assert not tally.wrong, "\n\n".join(tally.wrong[:2])
    if ONE is None:
        missing = {command_name(kind) for kind in RT.offer.writes} - {
            name for name, count in tally.done.items() if count
        }
        assert not missing, "every action was there"
        assert tally.delivered > 0.6, f"most of what was asked for had its effect: {tally}"


@pytest.fixture(scope="session")
def flaky_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    for site in start_site(tmp_path_factory.mktemp("rt-faults"), "--seed", "demo", "--workers", "2"):
        live_ground.trim(site)
        yield site


@pytest.mark.live
@pytest.mark.parametrize(
    "number",
    [pytest.param(number, marks=pytest.mark.xdist_group(f"rt-faults-{number % 2}")) for number in range(LIVE_ROUNDS)],
)
async def test_whatever_goes_wrong_before_a_real_server_each_action_happens_once(
    number: int, flaky_server: Site, tmp_path: Path
) -> None:
    tally = Tally()
    for seed in seeds(number, LIVE_RUNS):
        async with live_ground.played(seed, flaky_server, tmp_path / str(seed), steps=8) as play:
            tally.add(seed, await play.run(), play)
    assert not tally.wrong, "\n\n".join(tally.wrong[:2])


def test_a_seed_repeats() -> None:
    """The same faults strike the same requests, and the same comes of it."""

    def told(seed: int) -> list[str]:
        found, play = run(seed)
        keys = {entry.key: f"key {entry.id}" for book in play.books() for entry in book.entries}
        lines = "\n".join([*found, *play.story])
        for key, name in keys.items():
            lines = lines.replace(key, name)
        return lines.splitlines()

    for seed in (1, 2, 3):
        assert told(seed) == told(seed)
