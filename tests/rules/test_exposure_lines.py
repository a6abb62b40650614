"""Lines in which exposures and waivers are kept: what is written is read back, and nothing else is read."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppstui.model import Exposure, Voice
from ppstui.rules.exposure_lines import one_line, read_exposures, read_waivers, write_exposure, write_waiver
from tests.rules.make import COORDINATOR, GLASGOW, INFN, at, day, exposed, said

_names = st.from_regex(r"ea-[A-Z_]{1,8}-[A-Za-z0-9_.-]{1,12}", fullmatch=True)
_days = st.one_of(st.none(), st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)))
_hostile = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "a\nppstui: exposure of all from 2020-01-01",
            "a\r\nppstui: report of ea-X-Y waived because b",
            "a\x85ppstui: exposure of all from 2020-01-01",
            "a\u2028ppstui: exposure of all from 2020-01-01",
            "\x1b]0;owned\x07",
            "a\x00b",
            " because because until 2020-01-01 ",
            "\u202egnp.exe",
        ]
    ),
)


@settings(deadline=None)  # a busy machine breaks no law
@given(team=st.one_of(st.just(""), _names), start=_days, until=_days, reason=_hostile)
def test_an_exposure_is_read_back_as_it_was_written(
    team: str, start: dt.date | None, until: dt.date | None, reason: str
) -> None:
    line = write_exposure(Exposure(team=team, start=start, until=until, reason=reason))
    assert line.isprintable()
    assert read_exposures([f"Hello,\n{line}\n"]) == (
        Exposure(team=team, start=start, until=until, reason=one_line(reason)),
    )


@settings(deadline=None)  # a busy machine breaks no law
@given(team=_names, reason=_hostile)
def test_a_waiver_is_read_back_as_it_was_written(team: str, reason: str) -> None:
    line = write_waiver(team, reason)
    assert line.isprintable()
    found = read_waivers([said("2026-11-18 10:00", "anna", f"{line}\n", marks=("report-1",))])
    assert [(each.team, each.reason, each.by, each.at) for each in found] == (
        [(team, one_line(reason), "anna", at("2026-11-18 10:00"))] if one_line(reason) else []
    )
    assert read_exposures([line]) == ()


@given(text=st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line.isprintable()
    assert one_line(line) == line


def test_a_later_line_adds_to_or_replaces_an_earlier_one() -> None:
    texts = [write_exposure(exposed("2026-11-16", team=INFN)), write_exposure(exposed(until="2026-11-30", team=INFN))]
    texts.append(write_exposure(exposed("2026-11-17")))
    assert read_exposures(texts) == (exposed("2026-11-16", "2026-11-30", team=INFN), exposed("2026-11-17"))
    moved = read_exposures([*texts, write_exposure(exposed("2026-11-20", team=INFN))])
    assert moved[0] == Exposure(team=INFN, start=day("2026-11-20"), until=day("2026-11-30"))


@pytest.mark.parametrize(
    "line",
    [
        "> ppstui: exposure of all from 2026-11-16",
        "see ppstui: exposure of all from 2026-11-16",
        "ppstui: exposure of all teams from 2026-11-16",
        "ppstui: exposure of all from tomorrow",
    ],
)
def test_what_is_not_the_line_alone_is_not_read(line: str) -> None:
    assert read_exposures([line]) == ()


def test_a_mail_that_repeats_an_old_line_without_marking_it_says_nothing_anew() -> None:
    """As Outlook quotes: the old mail below a ruler, nothing before its lines."""
    first, last = (write_exposure(exposed(until=end, team=INFN)) for end in ("2026-11-30", "2026-12-04"))
    mail = f"Thanks!\n\n-----Original Message-----\nFrom: RT\nSent: today\n\n{first}\n"
    assert read_exposures([first, last, mail]) == (exposed(until="2026-12-04", team=INFN),)
    waiver = write_waiver(GLASGOW, "closed")
    quoting = said("2026-11-19 10:00", "anna", f"No.\nOn Monday RT wrote:\n{waiver}", marks=("reply-1",))
    assert read_waivers([quoting]) == ()


def test_a_day_that_does_not_exist_is_not_said() -> None:
    assert read_exposures(["ppstui: exposure of all from 2026-11-31"]) == (Exposure(),)


def test_only_what_a_desk_wrote_waives_a_report() -> None:
    line = write_waiver(INFN, "site closed")
    ours = said("2026-11-18 10:00", COORDINATOR, line, marks=("report-1",))
    assert read_waivers([said("2026-11-18 10:00", "mario", line)]) == ()
    assert read_waivers([said("2026-11-18 10:00", COORDINATOR, f"> {line}", marks=("report-1",))]) == ()
    quoting = said("2026-11-19 10:00", "mario", write_waiver(GLASGOW, "mine too"), marks=("report-1",))
    assert [each.team for each in read_waivers([ours, quoting])] == [INFN]
    again = said("2026-11-19 10:00", "anna", write_waiver(INFN, "merged"), Voice.COMMENT, marks=("report-2",))
    assert [(each.reason, each.by) for each in read_waivers([ours, again])] == [
        ("site closed", COORDINATOR),
        ("merged", "anna"),
    ]
