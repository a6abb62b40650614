"""How it looks: few pictures, of the demo world at a frozen clock. What it does is asserted elsewhere.

pytest tests/ui/test_snapshots.py --snapshot-update
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol

import pytest

from ppstui.ui.actions import Keymap
from ppstui.ui.app import Dashboard, Options, choose
from tests.ui.bench import demo
from tests.ui.person import VIEWS, Ear, Person, demo_desk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot

MADE_WITH = {"textual": "8.2.8", "rich": "15.0.0"}
"""Another version draws another picture of the same thing: there they prove nothing, and must not be made anew."""


class Compare(Protocol):
    def __call__(
        self, app: Dashboard, *, terminal_size: tuple[int, int], run_before: Callable[[Pilot[int]], Awaitable[None]]
    ) -> bool: ...


@pytest.fixture(autouse=True)
def _same_painters(request: pytest.FixtureRequest) -> None:
    here = {name: version(name) for name in MADE_WITH}
    if here != MADE_WITH:
        if request.config.getoption("--snapshot-update"):
            pytest.fail(f"pictures are made with {MADE_WITH}, not with {here}")
        pytest.skip(f"pictures were made with {MADE_WITH}, here is {here}")


@pytest.mark.parametrize(
    ("size", "theme", "keys"),
    [
        ((120, 40), "ppstui-dark", ""),
        ((80, 24), "ppstui-light", ""),
        ((120, 40), "ppstui-contrast", "2jja+"),
        ((80, 24), "ppstui-terminal", "3"),
        ((80, 24), "ppstui-light", "jjjjXa"),
        ((80, 24), "ppstui-light", "4"),
    ],
    ids=["rollouts", "rollouts-narrow", "acknowledging", "outbox-empty", "resolving", "pilots"],
)
def test_it_looks_as_it_did(
    snap_compare: Compare, tmp_path: Path, size: tuple[int, int], theme: str, keys: str
) -> None:
    ear = Ear()
    options = Options(
        views=VIEWS, me=frozenset({"sro-manager"}), demo=True, theme=theme, env={"TERM": "xterm-256color"}
    )
    desk = demo_desk(tmp_path, ear)
    desk.begin()
    app = Dashboard(desk, options, Keymap({}), choose(options))
    ear.hear = app.tell

    async def drive(pilot: Pilot[int]) -> None:
        me = Person(pilot, app)
        await me.sees("rt, umd up to date", "rt:18307")
        await me.until(lambda: me.calm, "the board never came to rest:")
        for key in keys:
            await me.presses({"+": "plus"}.get(key, key))
        await me.until(lambda: me.calm, "the board never came to rest:")

    assert snap_compare(app, terminal_size=size, run_before=drive)


def test_the_bulletin_looks_as_it_did(snap_compare: Compare, tmp_path: Path) -> None:
    with demo(tmp_path) as made:
        options = Options(demo=True, theme="ppstui-light", env={"TERM": "xterm-256color"}, newsroom=made.newsroom)
        made.desk.begin()
        app = Dashboard(made.desk, options, Keymap({}), choose(options))
        made.ear.hear = app.tell

        async def drive(pilot: Pilot[int]) -> None:
            me = Person(pilot, app)
            await me.sees("rt, umd, indico, local up to date", "rt:18307")
            await me.presses("5", "D")
            await me.sees("2026-W47 draft", " new")
            await me.has_sent("bulletin-save")
            await me.presses(*"jjjjxoours", "enter", "j")
            await me.until(lambda: me.calm and "pending" not in me.shown, "the board never came to rest:")

        assert snap_compare(app, terminal_size=(80, 24), run_before=drive)
