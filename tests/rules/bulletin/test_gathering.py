from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import Link, Note, Parent, Phase, PilotRollBack, Ref, Rollout, Update, Voice, Waiver, Wish
from ppstui.rules.bulletin.audiences import Audience
from ppstui.rules.bulletin.gathering import gather, matters, needs_history
from ppstui.rules.registry import Registry
from ppstui.rules.tracker import Tracker
from tests.rules.bulletin.make import OPERATIONS, closed, facts, issue, items, lines, named, rows
from tests.rules.make import (
    CYFRONET,
    GLASGOW,
    INFN,
    POLICY,
    REPORT,
    at,
    chosen,
    exposed,
    happened,
    rollout,
    said,
)
from tests.rules.pilots.make import REF as PILOT
from tests.rules.pilots.make import after as pilot_after
from tests.rules.pilots.make import driven, made, new, wms

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from ppstui.model import Gathered, Item, Pilot

INFN_ACCEPTS = said("2026-11-16 12:00", "mario", "accept NGI_IT-INFN-T1")
GLASGOW_ACCEPTS = said("2026-11-16 13:00", "gareth", "accept NGI_UK-UKI-SCOTGRID-GLASGOW")
INFN_DECLINES = said("2026-11-16 12:00", "mario", "reject NGI_IT-INFN-T1")
WLCG = Audience(name="wlcg-operations")
EMT = Audience(name="emt")


# --------------------------------------------------------------------------------------- how a rollout stands, in words


def status_of(record: Rollout, when: str = "2026-11-17 09:00") -> str:
    (line,) = lines(issue(facts(record, when=when), when), "status")
    return line


def test_the_lines_have_the_shapes_of_real_bulletins() -> None:
    testing = rollout(INFN_ACCEPTS, teams=[INFN])
    nobody = rollout(INFN_DECLINES, teams=[INFN])
    leak = rollout(
        INFN_ACCEPTS,
        teams=[INFN],
        links=[Link(url="https://ggus.eu/ticket/1", relation="incident", title="dpm: a memory leak")],
    )
    assert status_of(testing) == "dpm: 1 EA performing the test"
    assert status_of(nobody) == "dpm: no EA"
    assert status_of(leak) == "dpm: 1 EA has found problems, a memory leak"


@pytest.mark.parametrize(
    ("record", "when", "words"),
    [
        (rollout(phase=Phase.NEW), "2026-11-17 09:00", "no EA chosen yet"),
        (rollout(teams=[INFN, GLASGOW]), "2026-11-16 12:00", "waiting for the answer of 2 EAs"),
        (
            rollout(INFN_DECLINES, teams=[INFN, GLASGOW, chosen(CYFRONET, "2026-11-18 10:00")]),
            "2026-11-18 12:00",
            "waiting for the answer of 2 EAs, 1 of them overdue, 1 declined",
        ),
        (rollout(teams=[INFN]), "2026-11-18 12:00", "no EA, 1 asked without an answer"),
        (
            rollout(INFN_DECLINES, said("2026-11-16 15:00", "coordinator", "who?", marks=("poll-1",)), teams=[INFN]),
            "2026-11-17 09:00",
            "no EA, the early adopters' list was asked",
        ),
        (
            rollout(INFN_ACCEPTS, GLASGOW_ACCEPTS, teams=[INFN, GLASGOW], exposures=[exposed("2026-11-16")]),
            "2026-11-17 09:00",
            "2 EAs performing the test, exposed until Sun 2026-11-22",
        ),
        (
            rollout(INFN_ACCEPTS, teams=[INFN], exposures=[exposed("2026-11-19")]),
            "2026-11-17 09:00",
            "1 EA performing the test, exposure from Thu 2026-11-19 to Wed 2026-11-25",
        ),
        (
            rollout(INFN_ACCEPTS, teams=[INFN, chosen(GLASGOW, "2026-11-16 11:00")]),
            "2026-11-16 15:00",
            "1 EA performing the test, waiting for the answer of 1 EA",
        ),
        (
            rollout(INFN_ACCEPTS, teams=[INFN], exposures=[exposed("2026-11-16")]),
            "2026-11-24 09:00",
            "exposure over, 1 report missing",
        ),
        (
            rollout(INFN_ACCEPTS, GLASGOW_ACCEPTS, teams=[INFN, GLASGOW], files=[REPORT]),
            "2026-11-24 09:00",
            "1 EA has reported, exposure over, 1 report missing",
        ),
        (rollout(INFN_ACCEPTS, teams=[INFN], files=[REPORT]), "2026-11-24 09:00", "tested by 1 EA, the report is in"),
        (
            structs.replace(
                rollout(INFN_ACCEPTS, GLASGOW_ACCEPTS, teams=[INFN, GLASGOW], files=[REPORT]),
                waivers=(Waiver(team=GLASGOW, reason="it closed"),),
            ),
            "2026-11-24 09:00",
            "tested by 1 EA, the report is in, 1 report waived",
        ),
        (rollout(INFN_ACCEPTS, teams=[INFN], phase=Phase.STALLED), "2026-11-17 09:00", "on hold"),
        (
            rollout(GLASGOW_ACCEPTS, phase=Phase.NEW),
            "2026-11-17 09:00",
            "no EA chosen yet, 1 volunteer to be confirmed",
        ),
        (rollout(teams=[INFN], whole=False), "2026-11-17 09:00", "in staged rollout, its details are not read yet"),
    ],
)
def test_every_stage_has_its_words(record: Rollout, when: str, words: str) -> None:
    assert status_of(record, when) == f"dpm: {words}"


def test_several_that_test_have_found_problems_together_and_a_problem_without_words_has_its_tickets_name() -> None:
    link = Link(url="https://ggus.eu/index.php?mode=ticket_info&ticket_id=71304", relation="incident")
    both = rollout(INFN_ACCEPTS, GLASGOW_ACCEPTS, teams=[INFN, GLASGOW], links=[link])
    assert status_of(both) == "dpm: 2 EAs performing the test; problems found: GGUS 71304"
    assert "://" not in status_of(both)


def test_an_extension_is_told_with_the_day_on_which_it_was_given() -> None:
    line = said("2026-11-20 11:00", "coordinator", "ppstui: exposure of all until 2026-11-29 because of the network")
    record = rollout(
        INFN_ACCEPTS, line, teams=[INFN], exposures=[exposed("2026-11-16", "2026-11-29", reason="of the network")]
    )
    expected = "dpm: 1 EA performing the test, exposed until Sun 2026-11-29, extended on Fri 2026-11-20"
    assert status_of(record, "2026-11-23 09:00") == expected
    for words in ("exposure end (empty) → 2026-11-29", "exposure end of all 2026-11-25 → 2026-11-29"):
        fielded = rollout(
            INFN_ACCEPTS,
            teams=[INFN],
            exposures=[exposed("2026-11-16", "2026-11-29")],
            events=[happened("2026-11-20 11:00", words)],
        )
        assert status_of(fielded, "2026-11-23 09:00") == expected
    unknown = structs.replace(fielded, events=())
    assert status_of(unknown, "2026-11-23 09:00").endswith("exposed until Sun 2026-11-29, extended")


def test_components_that_are_there_twice_are_told_apart_by_what_differs() -> None:
    first = rollout(phase=Phase.NEW)
    on_sl6 = named(first, "2", "Staged Rollout EMI-1.0 dpm 1.8.0-1 SL6 x86_64")
    assert lines(issue(facts(first, on_sl6)), "status") == ["dpm SL5: no EA chosen yet", "dpm SL6: no EA chosen yet"]
    other_stack = named(first, "3", "Staged Rollout EMI-2 dpm 1.8.0-1 SL5 x86_64")
    assert lines(issue(facts(first, other_stack)), "status") == ["dpm: no EA chosen yet"] * 2
    twin = named(first, "4")
    assert lines(issue(facts(first, twin)), "status") == [
        "dpm (rt:4): no EA chosen yet",
        "dpm (rt:1234): no EA chosen yet",
    ]


def test_rollouts_come_in_the_fixed_order_and_versions_count_as_numbers() -> None:
    titles = [
        "Staged Rollout EMI-2 dpm 1.9.0-1 SL5 x86_64",
        "Staged Rollout EMI-2 dpm 1.10.0-1 SL5 i386",
        "Staged Rollout EMI-2 dpm 1.10.0-1 SL5 x86_64",
        "Staged Rollout EMI-2 dpm 1.10.0-1 SL10 x86_64",
        "Staged Rollout EMI-2 lfc 1.0.0-1 SL5 x86_64",
        "Staged Rollout EMI-10 dpm 1.0.0-1 SL5 x86_64",
        "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64",
        "please test the new thing",
    ]
    records = [named(rollout(phase=Phase.NEW), str(90 - number), title) for number, title in enumerate(titles)]
    told = [item.refs[0].id for item in items(issue(facts(*reversed(records))), "status")]
    assert told == [str(90 - number) for number in range(len(titles))]
    groups = dict.fromkeys(item.group for item in items(issue(facts(*records)), "status"))
    assert list(groups) == ["EMI-2", "EMI-10", "UMD-4", "Other"]


def test_what_only_a_note_says_is_not_told() -> None:
    link = "see https://ggus.eu/ws/ticket_info.php?ticket=4711"
    private = rollout(INFN_ACCEPTS, said("2026-11-17 08:00", "coordinator", link, Voice.COMMENT), teams=[INFN])
    gathered = issue(facts(private, when="2026-11-17 09:00"), "2026-11-17 09:00")
    assert lines(gathered, "status") == ["dpm: 1 EA performing the test"]
    assert lines(gathered, "problems") == []
    assert "4711" not in repr(gathered)
    public = rollout(INFN_ACCEPTS, said("2026-11-17 08:00", "mario", link), teams=[INFN])
    assert status_of(public) == "dpm: 1 EA has found problems, GGUS 4711"


# ----------------------------------------------------------------------------------------------- what entered and left


def test_what_entered_and_left_is_told_per_stack_with_its_days() -> None:
    records = [
        named(rollout(phase=Phase.NEW, created="2026-11-16 09:00"), "2", "arc6"),
        named(closed("2026-11-17 09:00", "REJECT"), "1"),
        named(closed("2026-11-13 23:30", created="2026-11-12 09:00"), "3", "lfc"),
    ]
    gathered = issue(facts(*records))
    assert [(item.group, item.text) for item in items(gathered, "releases")] == [
        ("EMI-1.0", "dpm 1.8.0-1 SL5 x86_64 left staged rollout on Tue 2026-11-17: REJECT"),
        ("EMI-1.0", "lfc 1.8.3-1 SL5 x86_64 entered staged rollout on Thu 2026-11-12"),
        ("EMI-1.0", "lfc 1.8.3-1 SL5 x86_64 left staged rollout on Fri 2026-11-13: ACCEPT"),
        ("UMD-4", "arc6 6.15.1 CENTOS7 x86_64 entered staged rollout on Mon 2026-11-16"),
    ]
    assert lines(gathered, "outcomes") == [
        "dpm 1.8.0-1 SL5 x86_64: REJECT, document 734",
        "lfc 1.8.3-1 SL5 x86_64: ACCEPT, document 734",
    ]
    assert [item.url for item in items(gathered, "outcomes")] == [
        "https://rt.example.org/1",
        "https://rt.example.org/3",
    ]


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("2026-11-11 09:59:59", False),
        ("2026-11-11 10:00:00", False),
        ("2026-11-11 10:00:01", True),
        ("2026-11-18 10:00:00", True),
        ("2026-11-18 10:00:01", False),
    ],
)
def test_an_issue_begins_after_the_previous_one_and_ends_with_its_own_instant(when: str, told: bool) -> None:
    record = structs.replace(closed(when), updated=at("2026-11-18 09:00"))
    gathered = issue(facts(record))
    assert bool(items(gathered, "releases")) is told
    assert bool(items(gathered, "outcomes")) is told
    entered = rollout(phase=Phase.NEW, created=when)
    assert bool(items(issue(facts(entered)), "releases")) is told


def test_a_faulty_ticket_is_no_outcome_and_no_row() -> None:
    events = [happened("2026-11-16 12:00", "status new → rejected")]
    record = structs.replace(closed(outcome="REJECT", events=events), phase=Phase.REJECTED, status="rejected")
    gathered = issue(facts(record))
    assert lines(gathered, "releases") == ["dpm 1.8.0-1 SL5 x86_64 was closed as a faulty ticket on Mon 2026-11-16"]
    assert (lines(gathered, "outcomes"), lines(gathered, "problems"), rows(gathered)) == ([], [], [])


def test_closed_without_an_outcome_is_said_so() -> None:
    gathered = issue(facts(closed(outcome="", document="")))
    assert lines(gathered, "releases") == [
        "dpm 1.8.0-1 SL5 x86_64 left staged rollout on Mon 2026-11-16: resolved without an outcome"
    ]
    assert lines(gathered, "outcomes") == ["dpm 1.8.0-1 SL5 x86_64: resolved, the outcome is not set, no document"]
    assert rows(gathered) == []


def test_of_several_endings_the_last_one_counts() -> None:
    events = [
        happened("2026-10-20 09:00", "status open → resolved"),
        happened("2026-11-12 09:00", "status resolved → open"),
        happened("2026-11-17 09:00", "status open → resolved"),
        happened("2026-11-18 09:00", "status resolved → closed for good"),
    ]
    tracker = Tracker(words={Phase.RESOLVED: ("resolved", "closed for good")})
    record = structs.replace(closed("2026-11-18 09:00", events=events), status="closed for good")
    known = structs.replace(facts(record), trackers={"rt": tracker})
    assert lines(issue(known), "releases") == ["dpm 1.8.0-1 SL5 x86_64 left staged rollout on Tue 2026-11-17: ACCEPT"]


def test_what_came_back_is_told() -> None:
    events = [
        happened("2026-10-20 09:00", "status open → resolved"),
        happened("2026-11-12 09:00", "status resolved → open"),
    ]
    record = rollout(INFN_ACCEPTS, teams=[INFN], created="2026-10-01 09:00", events=events)
    assert lines(issue(facts(record)), "releases") == [
        "dpm 1.8.0-1 SL5 x86_64 came back to staged rollout on Thu 2026-11-12"
    ]


def test_an_outcome_that_was_changed_after_the_end_is_told_again() -> None:
    events = [
        happened("2026-11-01 09:00", "outcome (empty) → ACCEPT"),
        happened("2026-11-02 09:00", "status open → resolved"),
        happened("2026-11-17 09:00", "outcome ACCEPT → REJECT"),
    ]
    record = closed("2026-11-17 09:00", "REJECT", created="2026-10-10 09:00", events=events)
    assert lines(issue(facts(record, when="2026-11-25 10:00"), "2026-11-25 10:00"), "outcomes") == []
    gathered = issue(facts(record))
    assert lines(gathered, "outcomes") == ["dpm 1.8.0-1 SL5 x86_64: REJECT, changed from ACCEPT, document 734"]
    assert lines(gathered, "releases") == []


# ---------------------------------------------------------------------------------------------- when nobody knows when


def test_where_no_history_tells_the_end_the_last_change_is_the_latest_it_can_be() -> None:
    known = facts(closed("2026-11-16 12:00", events=()))
    assert lines(issue(known), "releases") == ["dpm 1.8.0-1 SL5 x86_64 left staged rollout by Mon 2026-11-16: ACCEPT"]
    assert needs_history(known, at("2026-11-11 10:00")) == (Ref("rt", "1234"),)
    assert needs_history(known, at("2026-11-17 10:00")) == ()
    assert needs_history(facts(closed("2026-11-16 12:00")), at("2026-11-11 10:00")) == ()


def test_a_history_that_does_not_lead_to_the_present_word_is_not_believed() -> None:
    behind = closed("2026-11-16 12:00", events=[happened("2026-11-03 12:00", "status new → open")])
    assert "by Mon 2026-11-16" in lines(issue(facts(behind)), "releases")[0]
    other = closed("2026-11-16 12:00", events=[happened("2026-11-03 12:00", "status open → done")])
    known = structs.replace(facts(other), trackers={"rt": Tracker(words={Phase.RESOLVED: ("resolved", "done")})})
    assert "by Mon 2026-11-16" in lines(issue(known), "releases")[0]


@pytest.mark.parametrize("section", ["status", "table"])
def test_the_previous_issue_decides_where_no_history_does(section: str) -> None:
    audience = Audience(name="x", sections=("releases", section))
    record = rollout(INFN_ACCEPTS, teams=[INFN], created="2026-10-01 09:00")
    told = named(closed("2026-11-10 12:00", created="2026-10-01 09:00"), "8", "arc6")
    first = issue(facts(record, told, when="2026-11-11 10:00"), "2026-11-11 10:00", audience=audience)
    gone = closed("2026-11-16 12:00", created="2026-10-01 09:00", events=())
    second = facts(gone, named(gone, "99", "lfc"), named(gone, "8", "arc6"), previous=first)
    assert lines(issue(second, audience=audience), "releases") == [
        "dpm 1.8.0-1 SL5 x86_64 left staged rollout by Mon 2026-11-16: ACCEPT"
    ]


def test_what_a_source_told_too_late_for_its_own_issue_is_told_in_the_next() -> None:
    record = rollout(INFN_ACCEPTS, teams=[INFN], created="2026-10-01 09:00")
    first = issue(facts(record, when="2026-11-11 10:00"), "2026-11-11 10:00")
    gone = closed("2026-11-10 12:00", created="2026-10-01 09:00")
    late = named(rollout(phase=Phase.NEW, created="2026-11-10 09:00"), "7", "lfc")
    second = issue(facts(gone, late, previous=first))
    assert lines(second, "releases") == [
        "dpm 1.8.0-1 SL5 x86_64 left staged rollout on Tue 2026-11-10: ACCEPT",
        "lfc 1.8.3-1 SL5 x86_64 entered staged rollout on Tue 2026-11-10",
    ]
    third = issue(facts(gone, late, when="2026-11-25 10:00", previous=second), "2026-11-25 10:00")
    assert lines(third, "releases") == []
    long_gone = closed("2026-10-20 12:00", created="2026-10-01 09:00")
    assert lines(issue(facts(long_gone, previous=first)), "releases") == [
        "dpm 1.8.0-1 SL5 x86_64 left staged rollout on Tue 2026-10-20: ACCEPT"
    ]


def test_old_rollouts_matter_only_where_the_previous_issue_speaks_of_them() -> None:
    live, old = named(rollout(), "1"), closed("2026-10-20 12:00", created="2026-10-01 09:00")
    first = issue(facts(live, named(old, "2"), when="2026-11-11 10:00"), "2026-11-11 10:00")
    matter = matters(first, first.until)
    late = structs.replace(named(old, "4"), updated=at("2026-11-09 12:00"))
    fresh = named(closed("2026-11-12 12:00"), "5")
    unknown = structs.replace(named(old, "6"), updated=None)
    world = (live, named(old, "1"), named(old, "2"), late, fresh, unknown)
    assert [matter(each) for each in world] == [True, True, False, True, True, True]
    assert not matters(None, first.until)(late)
    known = facts(*world, previous=first)
    kept = structs.replace(known, rollouts=tuple(each for each in known.rollouts if matter(each[0])))
    assert issue(kept) == issue(known)


def test_what_a_server_whose_clock_is_ahead_has_closed_is_told_in_the_next_issue() -> None:
    record = closed("2026-11-18 10:02", created="2026-11-16 09:00")
    first = issue(facts(record))
    assert lines(first, "releases") == ["dpm 1.8.0-1 SL5 x86_64 entered staged rollout on Mon 2026-11-16"]
    second = issue(facts(record, when="2026-11-25 10:00", previous=first), "2026-11-25 10:00")
    assert lines(second, "releases") == ["dpm 1.8.0-1 SL5 x86_64 left staged rollout on Wed 2026-11-18: ACCEPT"]


MOMENTS = st.integers(0, 28 * 24 * 60 - 1).map(lambda minutes: at("2026-11-01 00:00") + dt.timedelta(minutes=minutes))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(MOMENTS, MOMENTS, st.booleans(), st.booleans()), max_size=5),
    st.lists(st.integers(0, 6 * 24), min_size=6, max_size=6),
)
def test_over_a_month_of_issues_everything_enters_and_leaves_exactly_once(
    lives: list[tuple[dt.datetime, dt.datetime, bool, bool]], delays: list[int]
) -> None:
    """Whatever a source is behind when an issue is made, and whether or not its history is known."""
    told: list[str] = []
    previous: Gathered | None = None
    for week, delay in enumerate([*delays, 0]):
        now = at("2026-11-01 12:00") + dt.timedelta(days=7 * week)
        seen = now - dt.timedelta(hours=delay if week < len(delays) else 0)
        records = [
            record
            for number, (begin, end, ends, known) in enumerate(lives)
            if (record := _as_seen(number, min(begin, end), max(begin, end) if ends else None, seen, known=known))
        ]
        known_facts = facts(*records, when=now.isoformat(), previous=previous)
        since = previous.until if previous else at("2026-10-25 00:00")
        matter = matters(previous, since)
        needed = tuple(each for each in known_facts.rollouts if matter(each[0]))
        sure = gather(OPERATIONS, known_facts, f"2026-W{44 + week}", since, now, POLICY)
        lean = structs.replace(known_facts, rollouts=needed)
        previous = gather(OPERATIONS, lean, f"2026-W{44 + week}", since, now, POLICY)
        assert previous == sure
        told += [item.id for item in items(previous, "releases")]
        outcomes = [item.refs for item in items(previous, "outcomes")]
        assert outcomes == [item.refs for item in items(previous, "releases") if item.id.startswith("left/")]
    expected = [f"entered/rt:{number}" for number in range(len(lives))]
    expected += [f"left/rt:{number}" for number, (_, _, ends, _) in enumerate(lives) if ends]
    assert sorted(told) == sorted(expected)


def _as_seen(
    number: int, begin: dt.datetime, end: dt.datetime | None, seen: dt.datetime, *, known: bool
) -> Rollout | None:
    """A rollout as its source had it at that moment; None when it was not there yet."""
    if begin > seen:
        return None
    if end is None or end > seen:
        return named(rollout(phase=Phase.NEW, created=begin.isoformat()), str(number))
    record = closed(end.isoformat(), created=begin.isoformat(), events=None if known else ())
    return named(record, str(number))


# --------------------------------------------------------------------------------------------------------------- table


def with_parent(record: Rollout, progress: str) -> Rollout:
    return structs.replace(
        record, parent=Parent(ref=Ref("rt", "1001"), url="https://rt.example.org/1001", progress=progress)
    )


@pytest.mark.parametrize(
    ("record", "row"),
    [
        (with_parent(rollout(phase=Phase.NEW), "StageRollOut"), ("rt:1001", "DONE", "Not Started", "")),
        (rollout(phase=Phase.NEW), ("rt:1234", "DONE", "Not Started", "")),
        (rollout(INFN_DECLINES, teams=[INFN]), ("rt:1234", "DONE", "Not Started", "")),
        (
            with_parent(rollout(INFN_ACCEPTS, teams=[INFN]), "Unverified"),
            ("rt:1001", "Not Started", "OnGoing", "Sun 2026-11-22"),
        ),
        (
            with_parent(rollout(INFN_ACCEPTS, teams=[INFN], exposures=[exposed("2026-11-18")]), "In Verification"),
            ("rt:1001", "OnGoing", "OnGoing", "Tue 2026-11-24"),
        ),
        (
            structs.replace(rollout(teams=[INFN]), due=dt.date(2026, 12, 1)),
            ("rt:1234", "DONE", "Not Started", "Tue 2026-12-01"),
        ),
        (structs.replace(rollout(teams=[INFN]), due=dt.date(2026, 11, 1)), ("rt:1234", "DONE", "Not Started", "")),
        (rollout(INFN_ACCEPTS, teams=[INFN], files=[REPORT]), ("rt:1234", "DONE", "OnGoing", "")),
        (rollout(INFN_ACCEPTS, teams=[INFN], phase=Phase.STALLED), ("rt:1234", "DONE", "onHOLD", "")),
        (with_parent(closed(), "Production"), ("rt:1001", "DONE", "DONE", "Mon 2026-11-16")),
        (with_parent(closed(outcome="REJECT"), "Rejected"), ("rt:1001", "DONE", "Rejected", "Mon 2026-11-16")),
        (with_parent(rollout(phase=Phase.NEW), "Rejected"), ("rt:1001", "Rejected", "Not Started", "")),
        (closed(events=()), ("rt:1234", "DONE", "DONE", "")),
        (rollout(phase=Phase.NEW, whole=False), ("rt:1234", "DONE", "Not Started", "")),
        (rollout(teams=[INFN], whole=False), ("rt:1234", "DONE", "OnGoing", "")),
    ],
)
def test_the_table_has_the_words_of_the_trade(record: Rollout, row: tuple[str, ...]) -> None:
    gathered = issue(facts(record, when="2026-11-17 09:00"), "2026-11-17 09:00")
    assert rows(gathered) == [("dpm 1.8.0-1 SL5 x86_64", *row)]
    (section,) = (each for each in gathered.sections if each.id == "table")
    assert section.columns == ("Product", "sw-rel ticket", "Verification", "Staged Rollout", "ETA(finish)")


# ------------------------------------------------------------------------------------------------------------ problems


def test_problems_are_broken_releases_incidents_and_those_who_are_late() -> None:
    link = Link(url="https://ggus.eu/ticket/71304", relation="incident", title="dpm: the daemon dies")
    records = [
        rollout(INFN_ACCEPTS, teams=[INFN, GLASGOW], links=[link]),
        named(closed(outcome="REJECT"), "2", "lfc"),
        named(
            rollout(INFN_ACCEPTS, teams=[INFN], exposures=[exposed("2026-11-03")], created="2026-11-02 09:00"),
            "3",
            "arc6",
        ),
    ]
    gathered = issue(facts(*records))
    assert [(item.group, item.text) for item in items(gathered, "problems")] == [
        ("Broken releases", "EMI-1.0 lfc 1.8.3-1 SL5 x86_64 was rejected in staged rollout on Mon 2026-11-16"),
        ("Incidents", "EMI-1.0 dpm 1.8.0-1 SL5 x86_64: GGUS 71304, the daemon dies"),
        (
            "Answers overdue",
            "EMI-1.0 dpm 1.8.0-1 SL5 x86_64: no answer from NGI_UK-UKI-SCOTGRID-GLASGOW, overdue since Tue 2026-11-17",
        ),
        (
            "Reports missing",
            "UMD-4 arc6 6.15.1 CENTOS7 x86_64: no report from NGI_IT-INFN-T1, overdue since Thu 2026-11-12",
        ),
    ]
    told = lines(issue(facts(*records), audience=WLCG), "broken")
    assert [line.split()[1] for line in told] == ["lfc", "dpm"]


@pytest.mark.parametrize("sections", [("broken", "problems"), ("problems", "broken")])
def test_a_broken_release_stands_in_the_section_of_its_own_where_there_is_one(sections: tuple[str, ...]) -> None:
    audience = Audience(name="x", sections=sections)
    gathered = issue(facts(closed(outcome="REJECT")), audience=audience)
    assert (len(items(gathered, "broken")), items(gathered, "problems")) == (1, ())


# ------------------------------------------------------------------------------------------------- pilots and vacancies


def pilot_line(pilot: Pilot, when: str, since: str = "2009-01-01 00:00") -> list[str]:
    return lines(issue(facts(pilot, when=when), when, since), "pilots")


def test_pilots_are_told_with_the_facts_of_their_timeline() -> None:
    who = "WMS 3.1 (major, Gold, at NGI_IT-INFN-CNAF for cms)"
    asked = made(new())
    assert pilot_line(asked, "2009-01-27 09:00") == [f"{who}: requested, set-up planned on Fri 2009-02-06"]
    assert pilot_line(wms(up_to=6), "2009-02-11 09:00") == [
        f"{who}: being set up, set-up began on Fri 2009-02-06, to be installed by Fri 2009-02-13"
    ]
    assert pilot_line(wms(), "2009-02-16 09:00") == [f"{who}: running since Fri 2009-02-13, until Thu 2009-02-26"]
    assert pilot_line(wms(), "2009-02-27 09:00") == [
        f"{who}: the run ended on Thu 2009-02-26, post-mortem due by Thu 2009-03-05"
    ]
    assert pilot_line(wms(), "2009-03-10 09:00") == [
        f"{who}: the run ended on Thu 2009-02-26, post-mortem overdue since Thu 2009-03-05"
    ]


def test_a_pilot_that_ended_is_told_once() -> None:
    running = wms()
    ended = pilot_after(running, PilotRollBack(target=PILOT, reason="it loses jobs"), on="2009-02-18")
    first = issue(facts(running, when="2009-02-17 10:00"), "2009-02-17 10:00")
    second = issue(facts(ended, when="2009-02-24 10:00", previous=first), "2009-02-24 10:00")
    assert [line.partition("): ")[2] for line in lines(second, "pilots")] == ["rolled back on Wed 2009-02-18"]
    third = issue(facts(ended, when="2009-03-03 10:00", previous=second), "2009-03-03 10:00")
    assert lines(third, "pilots") == []


def test_wrap_ups_of_minor_pilots_are_for_the_emt() -> None:
    minor = made(new(Update.MINOR, sites=("NGI_IBERGRID-pic",), vos=()), on="2009-01-26")
    days = {1: "2009-01-26", 2: "2009-01-27", 3: "2009-02-02", 6: "2009-02-03", 7: "2009-02-06", 8: "2009-02-12"}
    minor = driven(minor, {**days, 9: "2009-02-13"})
    known = facts(minor, wms(), when="2009-02-16 10:00")
    assert lines(issue(known, "2009-02-16 10:00", audience=EMT), "wrap-ups") == [
        "WMS 3.1 (at NGI_IBERGRID-pic): the run ended on Thu 2009-02-12, the post-mortem is in; to be assessed"
    ]


def test_vacancies_are_wishes_rollouts_and_pilots_that_too_few_take() -> None:
    wish = Wish(ref=Ref("local", "wish-1"), component="lfc", stack="EMI", majors="2", os="SL5", minimum=2)
    pilot = made(new(sites=()), on="2026-11-10")
    known = facts(rollout(INFN_DECLINES, teams=[INFN]), pilot, registry=Registry(wishes=(wish,)))
    assert [(item.group, item.text) for item in items(issue(known), "vacancies")] == [
        ("Early adopters", "EMI-1.0 dpm 1.8.0-1 SL5 x86_64: no EA accepted, 1 wanted"),
        ("Early adopters", "EMI-2 lfc SL5: 2 EAs wanted, none committed"),
        ("Pilot sites", "WMS 3.1: a Gold site wanted"),
    ]


# ------------------------------------------------------------------------------------------ notes, beta flags, carried


def note(text: str, about: str = "rt:1234", key: str = "mention-1", when: str = "2026-11-17 09:00") -> Note:
    return Note(id=key, about=Ref.parse(about), text=text, at=at(when), by="ada", title="as it was called")


def test_notes_are_told_with_the_name_of_their_record_oldest_first() -> None:
    notes = [
        note("needs\na second site", key="b", when="2026-11-17 10:00"),
        note("gone, but\tworth a word", "rt:77", "a"),
    ]
    gathered = issue(facts(rollout(), notes=notes))
    assert lines(gathered, "notes") == [
        "as it was called: gone, but worth a word",
        "EMI-1.0 dpm 1.8.0-1 SL5 x86_64: needs a second site",
    ]
    assert [item.id for item in items(gathered, "notes")] == ["note/a", "note/b"]


def test_beta_flags_that_were_left_on_are_told_by_site() -> None:
    beta = [Ref("rt", "1234", INFN), Ref("gocdb", "5")]
    gathered = issue(facts(closed("2026-10-16 12:00"), beta=beta))
    assert lines(gathered, "beta") == [
        "gocdb:5: the beta flag is still on",
        "the endpoint at NGI_IT-INFN-T1 of EMI-1.0 dpm 1.8.0-1 SL5 x86_64: the beta flag is still on",
    ]


def weekly(*worlds: Sequence[Rollout], notes: Sequence[Note] = ()) -> list[Gathered]:
    """Issues on Wednesdays from the 18th of November on; the notes are those of the first."""
    issues: list[Gathered] = []
    for week, world in enumerate(worlds):
        when = (at("2026-11-18 10:00") + dt.timedelta(days=7 * week)).isoformat()
        previous = issues[-1] if issues else None
        issues.append(issue(facts(*world, when=when, previous=previous, notes=() if week else notes), when))
    return issues


def test_a_note_on_what_is_still_going_on_is_carried_over_for_four_weeks() -> None:
    live = (rollout(INFN_ACCEPTS, teams=[INFN]),)
    issues = weekly(live, live, live, live, live, live, notes=[note("watch it")])
    carried = [[(item.text, item.since) for item in items(each, "carried")] for each in issues]
    told = ("EMI-1.0 dpm 1.8.0-1 SL5 x86_64: watch it", "2026-W47")
    assert carried == [[], [told], [told], [told], [told], []]
    again = issue(
        facts(*live, when="2026-11-25 10:00", previous=issues[0], notes=[note("watch it")]), "2026-11-25 10:00"
    )
    assert (lines(again, "carried"), len(lines(again, "notes"))) == ([], 1)
    ended = weekly(live, (closed("2026-11-20 12:00"),), notes=[note("watch it")])
    assert lines(ended[1], "carried") == []


def test_a_rejected_release_is_carried_over_until_another_version_comes() -> None:
    rejected = closed(outcome="REJECT")
    better = named(
        rollout(phase=Phase.NEW, created="2026-12-01 09:00"), "9", "Staged Rollout EMI-1.0 dpm 1.8.1-1 SL5 x86_64"
    )
    other = named(rollout(phase=Phase.NEW, created="2026-12-01 09:00"), "9", "lfc")
    issues = weekly((rejected,), (rejected,), (rejected, better))
    assert [len(items(each, "carried")) for each in issues] == [0, 1, 0]
    assert [len(items(each, "carried")) for each in weekly((rejected,), (rejected,), (rejected, other))] == [0, 1, 1]


@pytest.mark.parametrize("now", [closed(), rollout(INFN_ACCEPTS, teams=[INFN])], ids=["accepted after all", "reopened"])
def test_a_release_that_is_rejected_no_more_is_not_carried_over(now: Rollout) -> None:
    issues = weekly((closed(outcome="REJECT"),), (closed(outcome="REJECT"),), (now,))
    assert [len(items(each, "carried")) for each in issues] == [0, 1, 0]


def test_what_is_still_so_says_since_which_issue() -> None:
    live = (rollout(INFN_ACCEPTS, teams=[INFN, GLASGOW]),)
    issues = weekly(live, live, live)
    for item in ("status/rt:1234", "row/rt:1234", "overdue/rt:1234"):
        told = [
            each for gathered in issues for section in gathered.sections for each in section.items if each.id == item
        ]
        assert [each.since for each in told] == ["", "2026-W47", "2026-W47"]


# ------------------------------------------------------------------------------------------------------- laws of it all


def test_an_empty_week_has_its_sections_and_nothing_in_them() -> None:
    gathered = issue(facts())
    assert tuple(section.id for section in gathered.sections) == OPERATIONS.told
    assert all(not section.items for section in gathered.sections)


def test_a_section_by_hand_is_there_and_empty_and_the_meeting_is_kept() -> None:
    audience = Audience(name="x", sections=("known-issues", "releases"))
    known = structs.replace(facts(rollout(whole=False)), meeting="EMT", meeting_at=at("2026-11-18 16:30"), stale=("b",))
    gathered = issue(known, audience=audience)
    assert (gathered.sections[0].id, gathered.sections[0].title) == ("known-issues", "Known issues")
    assert (gathered.meeting, gathered.meeting_at) == ("EMT", at("2026-11-18 16:30"))
    assert gathered.stale == ("1 rollout not read in full yet: known by the list entry alone", "b")


TEXTS = st.text(st.sampled_from("ab |*%!<\n\r\t\x1b\u202e\u2028[]{}é;=1."), max_size=30)


@st.composite
def worlds(draw: st.DrawFn) -> list[Rollout]:
    """A few rollouts in any state, with titles of any kind."""
    states = [
        rollout(phase=Phase.NEW),
        rollout(INFN_ACCEPTS, teams=[INFN, GLASGOW]),
        rollout(INFN_DECLINES, teams=[INFN]),
        closed(),
        closed(outcome="REJECT", events=()),
        rollout(
            INFN_ACCEPTS, teams=[INFN], links=[Link(url="https://ggus.eu/ticket/1", relation="incident", title="x")]
        ),
    ]
    found = []
    for number in range(draw(st.integers(0, 6))):
        title = draw(st.one_of(TEXTS, st.sampled_from([rollout().title, "Staged Rollout CA 1.38"])))
        base = draw(st.sampled_from(states))
        found.append(
            named(base, str(number), draw(st.sampled_from([title, f"Staged Rollout EMI-2 {title} 1.0 SL6 noarch"])))
        )
    return found


@settings(max_examples=60, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_same_records_give_the_same_issue_in_whatever_order_they_come(
    world: list[Rollout], shuffler: random.Random
) -> None:
    before = facts(*world)
    order = list(before.rollouts)
    shuffler.shuffle(order)
    after = structs.replace(before, rollouts=tuple(order))
    previous = issue(before, "2026-11-11 10:00")
    assert issue(before) == issue(after)
    assert issue(structs.replace(before, previous=previous)) == issue(structs.replace(after, previous=previous))


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_every_line_is_one_plain_line_with_its_record_and_an_id_of_its_own(world: list[Rollout]) -> None:
    gathered = issue(facts(*world, notes=[note("a\x1b[31m\nb")]))
    every: list[Item] = [item for section in gathered.sections for item in section.items]
    assert len({item.id for item in every}) == len(every)
    for item in every:
        for text in (item.text, item.group, *item.cells, item.facts):
            assert text.isprintable()
            assert text == text.strip()
        assert item.refs
        assert bool(item.text) is not bool(item.cells)
