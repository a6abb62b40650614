from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ppstui.backends.sql import SQL
from ppstui.testing import BackendContract
from tests.backends.sql.world import SqlWorld

if TYPE_CHECKING:
    from pathlib import Path


class TestSql(BackendContract):
    offer = SQL.offer
    page = 200

    @pytest.fixture
    def world(self, tmp_path: Path) -> SqlWorld:
        return SqlWorld(tmp_path / "there.sqlite")
