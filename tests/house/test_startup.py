"""What is loaded before the first data is on the screen, counted in modules: a clock would tell about the machine.

Python's own record of imports goes to the terminal like the frames do, so one stream says what came before what.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.home import fill
from tests.terminal import Terminal

BARE = str(Path(__file__).parents[1] / "benchmarks" / "bare.py")
RECORD = re.compile(rb"import time:\s+\d+ \|\s+\d+ \|\s+([\w.]+)")
MOST = 110
"""Modules beyond those of a bare Textual program. Each one more costs everybody 0.1 ms and more at every start."""
LATER = (
    *(
        "argparse",
        "dataclasses",
        "getpass",
        "hashlib",
        "html",
        "json",
        "secrets",
        "unittest",
        "pdb",
        "importlib.metadata",
    ),
    *("httpx", "holidays", "keyring", "jinja2", "tomli_w", "psycopg", "email", "webbrowser"),
    *("markupsafe", "icalendar", "recurring_ical_events", "ppstui.bulletin", "ppstui.bulletin.pages"),
    *("rich.markdown", "textual.widgets._markdown", "textual.widgets._data_table", "textual.widgets._text_area"),
    *("ppstui.backends.rt.client", "ppstui.backends.sql.backend", "ppstui.query.reading", "ppstui.rules.html_mail"),
    *("ppstui.rules.why", "ppstui.cli.parsing", "ppstui.cli.office", "ppstui.cli.doctor", "ppstui.cli.listing"),
    *("ppstui.rules.pilots", "ppstui.rules.registry", "ppstui.rules.effort", "ppstui.desk.asking", "ppstui.desk.books"),
    *("ppstui.desk.previewing", "ppstui.desk.seeing", "ppstui.store.merging"),
    *("ppstui.query", "ppstui.views.fields", "ppstui.views.details"),
    *("ppstui.views.records", "ppstui.ui.dialogs", "ppstui.ui.writing", "ppstui.ui.texts", "ppstui.ui.help"),
)
"""What must wait, unless Textual brings it anyway."""


def loaded(argv: tuple[str, ...], env: dict[str, str], until: re.Pattern[bytes]) -> frozenset[str]:
    """The modules that were loaded when that text was written to the terminal."""
    with Terminal((sys.executable, "-X", "importtime", *argv), env=env) as terminal:
        end = time.monotonic() + 30
        while not until.search(terminal.raw) and not terminal.ended and time.monotonic() < end:
            terminal.pump(0.1)
    found = until.search(terminal.raw)
    assert found, terminal.text
    return frozenset(name.decode() for name in RECORD.findall(terminal.raw[: found.start()]))


@pytest.fixture(scope="module")
def newcomers(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """What the dashboard loads for its first data beyond what Textual needs to say hello."""
    env = fill(tmp_path_factory.mktemp("home"), 20)
    return loaded(("-m", "ppstui", "--offline"), env, re.compile(rb"rt:\d")) - loaded(
        (BARE,), env, re.compile(b"Hello")
    )


@pytest.mark.parametrize("name", LATER)
def test_what_the_first_frame_does_not_show_is_loaded_after_it(newcomers: frozenset[str], name: str) -> None:
    assert name not in newcomers


def test_the_first_frame_needs_few_modules(newcomers: frozenset[str]) -> None:
    assert "ppstui.ui.screen" in newcomers
    assert len(newcomers) <= MOST, f"{len(newcomers)} modules: {', '.join(sorted(newcomers))}"
