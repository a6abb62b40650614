"""The dashboard over the demo world at a frozen clock, for tests that need a real terminal.

python -m tests.ui.stage HOME [--fat] [--ascii] [--hang] [--theme NAME] [--editor COMMAND]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ppstui.desk import Desk, Source
from ppstui.model import Kind
from ppstui.rules.policy import Policy
from ppstui.store import open_store
from ppstui.ui.app import Options, run
from tests.ui.person import NOW, VIEWS, Ear, demo_desk

if TYPE_CHECKING:
    from ppstui.port import Backend


def hanging_desk(home: Path, ear: Ear) -> Desk:
    """A desk whose one source takes a thread and never gives it back, as a resolver without a network does."""

    def opener() -> Backend:
        threading.Event().wait()
        raise AssertionError

    cache, outbox = open_store(home, lambda: NOW, lambda _: None)
    source = Source("rt", opener, frozenset({Kind.ROLLOUT}), dt.timedelta(minutes=1))
    return Desk(
        cache=cache, outbox=outbox, sources=[source], policy=Policy(), clock=lambda: NOW, emit=ear, by="somebody"
    )


def main() -> int:
    """Runs it; answers with its exit code."""
    words = argparse.ArgumentParser()
    words.add_argument("home", type=Path)
    for flag in ("fat", "ascii", "hang", "low"):
        words.add_argument(f"--{flag}", action="store_true")
    words.add_argument("--theme", default="")
    words.add_argument("--editor", default="")
    words.add_argument("--keys", default="")
    asked = words.parse_args()
    ear = Ear()

    def listen(hear: object) -> None:
        ear.hear = hear  # type: ignore[assignment]

    options = Options(
        theme=asked.theme,
        ascii=asked.ascii,
        low_bandwidth=asked.low,
        editor=asked.editor,
        keys=dict(pair.split("=") for pair in asked.keys.split(";") if pair),
        views=VIEWS,
        me=frozenset({"sro-manager"}),
        demo=True,
        env=os.environ,
        listen=listen,
        lean=not asked.fat,
    )
    return run(hanging_desk(asked.home, ear) if asked.hang else demo_desk(asked.home, ear), options)


if __name__ == "__main__":
    sys.exit(main())
