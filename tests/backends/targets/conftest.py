"""What the targets' tests share."""

from __future__ import annotations

import pytest

from tests.backends.office import Office


@pytest.fixture
def office() -> Office:
    """A mail server that nobody has called yet."""
    return Office()
