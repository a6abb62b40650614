"""The demo as `ppstui --demo` makes it, bulletins and their targets included, at a clock that stands still."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx

from ppstui.cli.arguments import parse
from ppstui.cli.compose import composed
from ppstui.cli.console import Console
from tests.cli.shell import Stream
from tests.ui.person import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ppstui.cli.compose import Composition


@contextlib.contextmanager
def demo(home: Path, *flags: str) -> Iterator[Composition]:
    """Composed at NOW; every link that is tried answers."""
    console = Console(
        out=Stream(),
        err=Stream(),
        stdin=Stream(),
        env={"HOME": str(home), "USER": "carla", "TERM": "xterm"},
        now=lambda: NOW,
        patience=10.0,
        transport=httpx.MockTransport(lambda _: httpx.Response(200)),
    )
    with composed(parse(["--demo", *flags]), console) as made:
        yield made
