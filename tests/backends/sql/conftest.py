from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.backends.sql.places import FilePlace, TeamPlace
from tests.servers.postgresql_site import Cluster, start_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.backends.sql.places import Place

LIVE = (pytest.mark.live, pytest.mark.xdist_group("postgresql"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    yield from start_cluster()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=LIVE)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """One store after the other."""
    if request.param == "sqlite":
        return FilePlace(tmp_path / "local.sqlite")
    return TeamPlace(request.getfixturevalue("cluster"))
