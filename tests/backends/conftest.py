"""What the suites against real servers leave to the fakes, which meet everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

REAL = ("test_live_contract.py", "test_team_contract.py")
"""The conformance suite against a server that takes a second for what a fake does at once."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A real server meets each nasty text with one kind of command; the fakes meet every text with every kind."""
    places: dict[tuple[str, str], int] = {}

    def place(what: str, value: object) -> int:
        return places.setdefault((what, str(value)), sum(known == what for known, _ in places))

    def in_turn(item: pytest.Item) -> bool:
        given: dict[str, object] = dict(getattr(getattr(item, "callspec", None), "params", {}))
        if item.path.name not in REAL or "nasty" not in item.name or not {"kind", "name"} <= given.keys():
            return True
        family = item.name.partition("[")[0]
        return place("text", given["name"]) % KINDS == place(family, given["kind"]) % KINDS

    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        (kept if in_turn(item) else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


KINDS = 4
"""At least so many kinds of commands carry texts; of more, some go together."""
