"""What a terminal can show, as its environment says."""

from __future__ import annotations

import io

import pytest

from ppstui.cli.console import Console


@pytest.mark.parametrize(
    ("env", "ascii_only"),
    [
        ({}, True),
        ({"LANG": "C"}, True),
        ({"LANG": "en_GB.UTF-8"}, False),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "en_GB.UTF-8", "LC_CTYPE": "POSIX"}, True),
        ({"LANG": "C", "LC_CTYPE": "de_CH.utf8"}, False),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": ""}, False),
        ({"LANG": "de_CH.ISO-8859-1"}, True),
    ],
)
def test_the_locale_decides_whether_a_screen_is_drawn_in_ascii(env: dict[str, str], ascii_only: bool) -> None:
    assert Console(out=io.StringIO(), err=io.StringIO(), env=env).draws_ascii is ascii_only
