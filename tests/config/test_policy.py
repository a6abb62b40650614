"""From the configuration to the rules, and how holidays are remembered."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ppstui.config.policy import HolidayBook, country_problem, holidays_of, make_policy
from ppstui.errors import ConfigError
from ppstui.model import Pilot, Ref, Role, Update
from ppstui.rules.clocks import Span
from ppstui.rules.effort import Line, planned_effort
from ppstui.rules.policy import STACKS, PilotTimes, Policy
from tests.config.desks import load

if TYPE_CHECKING:
    from pathlib import Path

TODAY = dt.date(2026, 11, 22)
YEARS = range(2026, 2028)


class Almanac:
    """Knows one holiday a year, and who asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, country: str, subdivision: str, years: range) -> frozenset[dt.date]:
        self.asked.append((country, subdivision))
        return frozenset(dt.date(year, 8, 1) for year in years)


def test_the_defaults_are_those_of_the_rule_book(tmp_path: Path) -> None:
    assert make_policy(load(tmp_path, "").config, Almanac(), TODAY) == Policy()


def test_everything_configured_reaches_the_rules(tmp_path: Path) -> None:
    almanac = Almanac()
    text = """
timezone = "Europe/Rome"
[calendar]
country = "ch"
subdivision = "GE"
closures = [2026-12-24]
site_countries = { NGI_IT = "IT", ea-NGI_DE-KIT = "DE-BW", NGI_XX = "" }
[deadlines]
acknowledge = "2wd"
exposure = { minimum = "1w", maximum = "10d" }
report = "3d"
soon = "90m"
reminder_cooldown = "8h"
[names]
stacks = ["UMD"]
teams = ["ea-NGI_IT-INFN-T1"]
report_stack = "name"
template_url = "https://doc.test/254"
[pilots]
prescreen = "4wd"
kick_off = "5wd"
mirror = "0wd"
setup = "2w"
feedback = "21d"
minor_weeks = 3
major_weeks = 4
report = "10d"
wrap_up = "2wd"
[[effort]]
role = "coordinator"
what = "pre-screen"
effort = "1PD 2PH"
step = 2
[[effort]]
role = "sam-client-administrator"
what = "support"
effort = "30min"
updates = ["major"]
weekly = true
optional = true
use = "mqs"
"""
    loaded = load(tmp_path, text)
    assert loaded.problems == ()
    policy = make_policy(loaded.config, almanac, TODAY)
    assert str(policy.zone) == "Europe/Rome"
    assert almanac.asked == [("CH", "GE"), ("IT", ""), ("DE", "BW")]
    assert {dt.date(2026, 12, 24), dt.date(2026, 8, 1), dt.date(2016, 8, 1)} <= policy.calendar.closures
    assert dt.date(2026, 12, 24) not in policy.site_calendars["NGI_IT"].closures
    assert policy.site_calendars["NGI_XX"].closures == frozenset()
    assert (policy.acknowledge, policy.exposure_minimum, policy.exposure_maximum) == (Span(working_days=2), 7, 10)
    assert policy.report_warning == Span(calendar=dt.timedelta(days=3))
    assert policy.soon == dt.timedelta(minutes=90)
    assert policy.reminder_cooldown == Span(calendar=dt.timedelta(hours=8))
    assert (policy.stacks, policy.roster, policy.report_stack) == (("UMD",), ("ea-NGI_IT-INFN-T1",), "name")
    assert policy.template_url == "https://doc.test/254"
    assert policy.pilots == PilotTimes(
        prescreen=4,
        kick_off=5,
        mirror=0,
        setup_days=14,
        feedback_days=21,
        minor_weeks=3,
        major_weeks=4,
        report_days=10,
        wrap_up=2,
    )
    assert policy.effort == (
        Line(role=Role.COORDINATOR, what="pre-screen", minutes=600, step=2),
        Line(
            role=Role.SAM_CLIENT,
            what="support",
            minutes=30,
            updates=frozenset({Update.MAJOR}),
            weekly=True,
            optional=True,
            use="mqs",
        ),
    )
    assert make_policy(load(tmp_path, "").config, almanac, TODAY).stacks == STACKS


def test_what_a_pilot_costs_follows_the_configured_lines(tmp_path: Path) -> None:
    text = '[[effort]]\nrole = "coordinator"\nwhat = "everything"\neffort = "4PH"\n'
    policy = make_policy(load(tmp_path, text).config, Almanac(), TODAY)
    assert [line.minutes for line in planned_effort(Pilot(ref=Ref("local", "1")), policy)] == [240]


def test_the_first_start_has_no_holidays_at_hand_and_the_next_has(tmp_path: Path) -> None:
    file, almanac = tmp_path / "cache" / "holidays.json", Almanac()
    first = HolidayBook(file, TODAY, almanac)
    assert first.at_hand("CH", "", YEARS) == frozenset()
    assert first.missing
    assert almanac.asked == []
    assert len(first.days("CH", "", YEARS)) == 2
    second = HolidayBook(file, TODAY, almanac)
    assert len(second.at_hand("CH", "", YEARS)) == 2
    assert not second.missing
    assert len(second.days("CH", "", YEARS)) == 2
    assert almanac.asked == [("CH", "")]


def test_holidays_are_asked_anew_for_other_years_other_places_and_after_a_month(tmp_path: Path) -> None:
    file, almanac = tmp_path / "holidays.json", Almanac()
    HolidayBook(file, TODAY, almanac).days("CH", "", YEARS)
    book = HolidayBook(file, TODAY + dt.timedelta(days=31), almanac)
    assert book.at_hand("CH", "", YEARS)
    assert book.missing
    book.days("CH", "", YEARS)
    book.days("CH", "GE", YEARS)
    book.days("CH", "", range(2026, 2029))
    assert almanac.asked == [("CH", ""), ("CH", ""), ("CH", "GE"), ("CH", "")]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"CH": 3}', '{"CH": {"asked": "x", "years": [1, 2], "days": []}}', "\0"]
)
def test_a_spoilt_cache_is_asked_for_again(tmp_path: Path, text: str) -> None:
    file = tmp_path / "holidays.json"
    file.write_text(text)
    book = HolidayBook(file, TODAY, Almanac())
    assert book.at_hand("CH", "", YEARS) == frozenset()
    assert book.days("CH", "", YEARS)
    assert "CH" in json.loads(file.read_text())


def test_a_cache_that_cannot_be_written_does_not_stop_anything(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert HolidayBook(tmp_path / "file" / "holidays.json", TODAY, Almanac()).days("CH", "", YEARS)


def test_real_holidays_are_known() -> None:
    assert dt.date(2026, 8, 1) in holidays_of("CH", "", range(2026, 2027))
    geneva = dt.date(2026, 9, 10)
    assert geneva in holidays_of("CH", "GE", range(2026, 2027))
    assert geneva not in holidays_of("CH", "", range(2026, 2027))


def test_an_unknown_country_or_part_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"calendar\.country: no public holidays are known for \"QQ\"; did you mean"):
        holidays_of("QQ", "", YEARS)
    with pytest.raises(ConfigError, match=r"calendar\.subdivision: CH has no subdivision \"GEN\"; did you mean \"GE\""):
        holidays_of("CH", "GEN", YEARS)
    assert country_problem("CH-GE", "") is None
    assert country_problem("VA", "X") == (
        "VA has no subdivisions with holidays of their own",
        "leave the subdivision out",
    )


def test_start_up_imports_neither_holidays_nor_anything_else_that_is_slow() -> None:
    code = (
        "import sys, pathlib, ppstui.config.read, ppstui.config.policy, ppstui.config.state, ppstui.config.secrets\n"
        "from ppstui.config.blame import blame\n"
        "import tests.config.desks as desks\n"
        "desks.fresh(pathlib.Path('/nonexistent'))\n"
        "slow = {'holidays', 'httpx', 'keyring', 'subprocess', 'difflib', 'tomli_w', 'asyncio'}\n"
        "print(*sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
