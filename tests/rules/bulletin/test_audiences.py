from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.errors import UsageError
from ppstui.model import Bulletin, Gathered, Publication, Ref
from ppstui.rules.bulletin.audiences import (
    DEFAULT_SECTIONS,
    Audience,
    bulletins_evidence,
    coming_issue,
    issue_of,
    meeting_of,
    next_issue,
    parse_issue,
    previous_issue,
    section_title,
    weeks_between,
    window,
)
from tests.rules.make import ZURICH, at, day

OPERATIONS = Audience(name="egee-operations")


def bulletin(issue: str, frozen: str = "", published: str = "", audience: str = "egee-operations") -> Bulletin:
    publications: tuple[Publication, ...] = ()
    if published:
        publications = (
            Publication(key="k", target="mail", at=at(published), by="ada", format="text", digest="0" * 64),
        )
    return Bulletin(
        ref=Bulletin.ref_of("local", audience, issue),
        audience=audience,
        issue=issue,
        frozen_at=at(frozen) if frozen else None,
        publications=publications,
    )


# ---------------------------------------------------------------------------------------------------------- issues


@pytest.mark.parametrize(
    ("on", "issue"),
    [("2026-11-18", "2026-W47"), ("2026-12-31", "2026-W53"), ("2027-01-03", "2026-W53"), ("2027-01-04", "2027-W01")],
)
def test_an_issue_is_the_iso_week_of_its_day(on: str, issue: str) -> None:
    assert issue_of(day(on)) == issue


@given(st.dates(min_value=dt.date(1000, 1, 4), max_value=dt.date(9999, 12, 1)))
def test_an_issue_is_read_back_as_its_monday_and_the_next_one_is_a_week_later(on: dt.date) -> None:
    monday = parse_issue(issue_of(on))
    assert monday <= on < monday + dt.timedelta(days=7)
    assert parse_issue(next_issue(issue_of(on))) == monday + dt.timedelta(days=7)
    assert weeks_between(issue_of(on), next_issue(issue_of(on))) == 1


@pytest.mark.parametrize(
    "text", ["2026-W54", "2025-W53", "2026-W00", "W47", "2026-11-18", "", "\uff12\uff10\uff12\uff16-W47", "0000-W01"]
)
def test_what_is_no_issue_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="2026-W47"):
        parse_issue(text)


def test_the_last_week_of_the_calendar_has_no_next_one() -> None:
    with pytest.raises(UsageError, match="earlier"):
        next_issue("9999-W52")


def test_the_coming_issue_is_this_weeks_until_it_is_frozen_or_published() -> None:
    now = at("2026-11-18 10:00")
    draft, other = bulletin("2026-W47"), bulletin("2026-W47", "2026-11-18 09:00", audience="emt")
    assert coming_issue(OPERATIONS, (draft, other), now, ZURICH) == "2026-W47"
    frozen, published = bulletin("2026-W47", "2026-11-18 09:00"), bulletin("2026-W48", published="2026-11-18 09:30")
    assert coming_issue(OPERATIONS, (frozen,), now, ZURICH) == "2026-W48"
    assert coming_issue(OPERATIONS, (frozen, published), now, ZURICH) == "2026-W49"


def test_the_week_is_that_of_the_desks_zone() -> None:
    assert coming_issue(OPERATIONS, (), at("2026-11-16 00:30"), ZURICH) == "2026-W47"
    assert at("2026-11-16 00:30").date() == day("2026-11-15")


def test_the_previous_issue_is_one_that_readers_have() -> None:
    old, draft = bulletin("2026-W45", "2026-11-04 15:00"), bulletin("2026-W46")
    other = bulletin("2026-W46", "2026-11-11 15:00", audience="emt")
    later = bulletin("2026-W47", "2026-11-18 09:00")
    assert previous_issue(OPERATIONS, (draft, later, other, old), "2026-W47") == old
    assert previous_issue(OPERATIONS, (draft,), "2026-W47") is None


# ---------------------------------------------------------------------------------------------------------- window


def test_a_first_issue_tells_of_seven_days() -> None:
    now = at("2026-11-18 10:00")
    assert window(None, now) == (at("2026-11-11 10:00"), now)


def test_an_issue_begins_where_the_facts_of_the_previous_one_ended_though_it_was_frozen_later() -> None:
    gathered = Gathered(
        audience="egee-operations", issue="2026-W46", since=at("2026-11-04 14:00"), until=at("2026-11-11 14:00")
    )
    previous = Bulletin(
        ref=Ref("local", "x"),
        audience="egee-operations",
        issue="2026-W46",
        gathered=gathered,
        frozen_at=at("2026-11-11 15:30"),
    )
    assert window(previous, at("2026-11-18 10:00")) == (at("2026-11-11 14:00"), at("2026-11-18 10:00"))
    assert window(bulletin("2026-W46", "2026-11-11 15:30"), at("2026-11-18 10:00"))[0] == at("2026-11-11 15:30")


def test_a_window_never_ends_before_it_begins() -> None:
    since, until = window(bulletin("2026-W46", "2026-11-11 15:30"), at("2026-11-10 10:00"))
    assert since == until


# -------------------------------------------------------------------------------------------------- audiences, meetings


def test_known_audiences_have_the_sections_of_the_rule_book_and_others_the_usual_ones() -> None:
    assert {"releases", "pilots", "vacancies", "problems"} <= set(OPERATIONS.told)
    wlcg = Audience(name="wlcg-operations").told
    assert {"releases", "status"} <= set(wlcg)
    assert not {"pilots", "vacancies", "problems"} & set(wlcg)
    emt = Audience(name="emt").told
    assert {"releases", "wrap-ups", "problems"} <= set(emt)
    assert not {"pilots", "vacancies"} & set(emt)
    assert Audience(name="site-admins").told == DEFAULT_SECTIONS
    assert Audience(name="egi-operations").told == OPERATIONS.told
    assert Audience(name="emt", sections=("notes", "known-issues", "notes")).told == ("notes", "known-issues")


def test_a_section_by_hand_is_called_as_its_words() -> None:
    assert section_title("known-issues") == "Known issues"
    assert section_title("pilots") == "Pilots"
    assert Audience(name="wlcg-operations").heading == "WLCG operations bulletin"
    assert Audience(name="emt", title="EMT notes").heading == "EMT notes"


def test_a_bulletin_is_for_the_meeting_it_names_or_is_called_after() -> None:
    meetings = ("EMT", "EGEE Operations")
    assert meeting_of("egee-operations", "", meetings) == "EGEE Operations"
    assert meeting_of("egee-operations", "EMT", meetings) == "EMT"
    assert meeting_of("site-admins", "", meetings) == ""


def test_duties_learn_which_issue_each_meeting_had_last() -> None:
    audiences = (OPERATIONS, Audience(name="emt"), Audience(name="site-admins"))
    issues = (bulletin("2026-W46", published="2026-11-11 15:00"), bulletin("2026-W47", "2026-11-18 09:00"))
    found = bulletins_evidence(audiences, issues, ("EMT", "EGEE Operations", "T1SCM"))
    assert found == {"EGEE Operations": "2026-W46", "EMT": ""}


def test_of_two_bulletins_for_one_meeting_the_one_behind_counts() -> None:
    audiences = (OPERATIONS, Audience(name="emt", meeting="EGEE Operations"))
    issues = (bulletin("2026-W47", published="2026-11-18 09:00"),)
    for several in (audiences, audiences[::-1]):
        assert bulletins_evidence(several, issues, ("EGEE Operations",)) == {"EGEE Operations": ""}
