from __future__ import annotations

import pytest

from tests.backends.indico.fake import IndicoWorld
from tests.backends.meetings import MeetingContract


class TestIndico(MeetingContract):
    @pytest.fixture
    def world(self) -> IndicoWorld:
        return IndicoWorld()
