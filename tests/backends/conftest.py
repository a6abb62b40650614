"""What the suites against real servers leave to the fakes, which meet everything."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

REAL = ("test_live_contract.py", "test_team_contract.py")
"""The conformance suite against a server that takes a second for what a fake does at once."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A real server meets each nasty text with one kind of command, and cuts where a command takes several steps.

    The fakes meet every text with every kind, and every kind cut everywhere. PPSTUI_LIVE_ALL=1 leaves nothing out.
    """
    if os.environ.get("PPSTUI_LIVE_ALL"):
        return
    places: dict[tuple[str, str], int] = {}

    def place(what: str, value: object) -> int:
        return places.setdefault((what, str(value)), sum(known == what for known, _ in places))

    def in_turn(item: pytest.Item) -> bool:
        given: dict[str, object] = dict(getattr(getattr(item, "callspec", None), "params", {}))
        if item.path.name not in REAL:
            return True
        if "wherever_the_link_is_cut" in item.name and "kind" in given:
            return any(name in item.name for name in STEPS)
        if "nasty" not in item.name or not {"kind", "name"} <= given.keys():
            return True
        family = item.name.partition("[")[0]
        return place("text", given["name"]) % KINDS == place(family, given["kind"]) % KINDS

    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        (kept if in_turn(item) else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


STEPS = ("assign", "report", "document", "resolve", "pilot-step", "pilot-close", "bulletin-save")
"""Commands that take several requests, of each kind of record."""
KINDS = 4
"""At least so many kinds of commands carry texts; of more, some go together."""
