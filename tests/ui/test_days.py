"""Days and paths as people type them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from ppstui.errors import UsageError
from ppstui.ui.days import read_day
from ppstui.ui.paths import complete_path, complete_word

if TYPE_CHECKING:
    from pathlib import Path

WEDNESDAY = dt.date(2026, 11, 18)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-12-01", "2026-12-01"),
        (" Today ", "2026-11-18"),
        ("tomorrow", "2026-11-19"),
        ("yesterday", "2026-11-17"),
        ("+5d", "2026-11-23"),
        ("+5", "2026-11-23"),
        ("+ 2 weeks", "2026-12-02"),
        ("-1w", "2026-11-11"),
        ("fri", "2026-11-20"),
        ("Monday", "2026-11-23"),
        ("wed", "2026-11-25"),
    ],
)
def test_a_day_is_read_as_people_type_it(typed: str, day: str) -> None:
    assert read_day(typed, WEDNESDAY).isoformat() == day


@pytest.mark.parametrize(("typed", "day"), [("mon", "2026-11-16"), ("fri", "2026-11-13"), ("wed", "2026-11-11")])
def test_a_weekday_of_what_has_been_is_the_last_one(typed: str, day: str) -> None:
    assert read_day(typed, WEDNESDAY, past=True).isoformat() == day


@pytest.mark.parametrize("typed", ["", "f", "32", "2026-02-30", "+99999d", "frix", "5d", "someday"])
def test_what_is_no_day_says_what_can_be_typed(typed: str) -> None:
    with pytest.raises(UsageError, match="today"):
        read_day(typed, WEDNESDAY)


def test_a_path_is_completed_as_far_as_it_is_certain(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    for name in ("dpm-1.odt", "dpm-2.odt", ".hidden"):
        (tmp_path / "reports" / name).touch()
    root = f"{tmp_path}/"
    assert complete_path(f"{root}rep") == (f"{root}reports/", ())
    assert complete_path(f"{root}reports/d") == (f"{root}reports/dpm-", ("dpm-1.odt", "dpm-2.odt"))
    assert complete_path(f"{root}reports/dpm-2") == (f"{root}reports/dpm-2.odt", ())
    assert complete_path(f"{root}reports/.h") == (f"{root}reports/.hidden", ())
    for nothing in (f"{root}nosuch/", f"{root}x", "\0/", "~nosuchuser/"):
        assert complete_path(nothing) == (nothing, ())


def test_a_word_is_completed_whatever_its_case() -> None:
    known = ("open", "opened", "resolved")
    assert complete_word("RES", known) == ("resolved", ())
    assert complete_word("o", known) == ("open", ("open", "opened"))
    assert complete_word("", known) == ("", known)
    assert complete_word("x", known) == ("x", ())
