"""The soak holds for twenty seconds; for an hour it is run by hand, see `soak`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.soak import soak
from tests.servers.rt_site import start_site

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt-soak")]


async def test_two_coordinators_in_foul_weather(tmp_path: Path) -> None:
    for site in start_site(tmp_path / "rt", "--seed", "demo", "--workers", "2"):
        wrong, summary = await soak(site, 20, seed=1, pause=0.4, folder=tmp_path)
        assert not wrong, "\n".join((*wrong, summary))
        assert "memory" in summary
