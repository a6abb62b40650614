from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ppstui.backends.sql import SQL
from ppstui.testing import BackendContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.backends.sql.team_world import TeamWorld
    from tests.servers.postgresql_site import Cluster

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("postgresql")]


class TestTeam(BackendContract):
    """The same promises, kept by a real PostgreSQL over a line that breaks."""

    offer = SQL.offer
    page = 200

    @pytest.fixture
    def world(self, cluster: Cluster) -> Iterator[TeamWorld]:
        from tests.backends.sql.team_world import TeamWorld

        world = TeamWorld(cluster)
        yield world
        world.close()
