from __future__ import annotations

import pytest

from tests.backends.ical.feeds import FeedWorld
from tests.backends.meetings import MeetingContract


class TestICal(MeetingContract):
    @pytest.fixture
    def world(self) -> FeedWorld:
        return FeedWorld()
