"""The conformance suite that every backend passes, shipped for those who write one.

    from ppstui.testing import BackendContract

    class TestGLPI(BackendContract):
        @pytest.fixture
        def world(self) -> GlpiWorld: ...

`World` says what the other side of the wire must be able to do for a test; `Wire` plays the faults of HTTP in front of
a fake or a real server; `HttpContract` adds the rules that only make sense over HTTP. Needs pytest and pytest-asyncio,
which ppstui itself does not: nothing in the product imports this package.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f"ppstui.testing.{name}"
        for name in (
            "ground",
            "reading_rules",
            "writing_rules",
            "conflict_rules",
            "course_rules",
            "preview_rules",
            "bulletin_rules",
            "fault_rules",
            "http",
        )
    )
)

from ppstui.testing.contract import BackendContract  # noqa: E402 (asserts are rewritten only in modules loaded later)
from ppstui.testing.http import HttpContract, HttpFaults, HttpWorld, Wire  # noqa: E402
from ppstui.testing.reading import Reading, known_to, read, toolbox  # noqa: E402
from ppstui.testing.texts import NASTY  # noqa: E402
from ppstui.testing.world import World  # noqa: E402

__all__ = [
    "NASTY",
    "BackendContract",
    "HttpContract",
    "HttpFaults",
    "HttpWorld",
    "Reading",
    "Wire",
    "World",
    "known_to",
    "read",
    "toolbox",
]
