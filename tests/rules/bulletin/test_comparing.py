from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import Note, Phase, PilotProlong, PilotRollBack, Ref, Rollout
from ppstui.rules.bulletin.audiences import Audience
from ppstui.rules.bulletin.comparing import Change, How, since_last
from tests.rules.bulletin.make import OPERATIONS, closed, facts, issue, items, named
from tests.rules.make import INFN, at, day, exposed, rollout, said
from tests.rules.pilots.make import REF as PILOT
from tests.rules.pilots.make import after, wms

if TYPE_CHECKING:
    from ppstui.model import Gathered, Pilot

FIRST, SECOND = "2026-11-18 10:00", "2026-11-25 10:00"
ACCEPTS = said("2026-11-16 12:00", "mario", "accept NGI_IT-INFN-T1")
TESTING = rollout(ACCEPTS, teams=[INFN], exposures=[exposed("2026-11-18", "2026-11-24")])


def two(
    before: tuple[Rollout | Pilot, ...],
    now: tuple[Rollout | Pilot, ...],
    audience: Audience = OPERATIONS,
    notes: tuple[Note, ...] = (),
) -> tuple[Gathered, Gathered]:
    """An issue, and the one a week later."""
    first = issue(facts(*before, when=FIRST, notes=notes), FIRST, audience=audience)
    return first, issue(facts(*now, when=SECOND, previous=first), SECOND, audience=audience)


def told(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.how.value, change.item) for change in changes]


def test_each_rollout_is_told_once_with_what_became_of_it() -> None:
    new = named(rollout(phase=Phase.NEW, created="2026-11-23 09:00"), "2", "lfc")
    extended = structs.replace(TESTING, exposures=(exposed("2026-11-18", "2026-11-29"),))
    before = (named(TESTING, "1"), named(TESTING, "3", "arc6"), named(TESTING, "4", "arc6"))
    now = (named(closed("2026-11-20 12:00"), "1"), new, named(extended, "3", "arc6"), named(rollout(), "4", "arc6"))
    changes = [change for change in since_last(*two(before, now)) if change.section in ("releases", "status")]
    assert [(change.how, change.refs[0].id) for change in changes] == [
        (How.CLOSED, "1"),
        (How.NEW, "2"),
        (How.EXTENDED, "3"),
        (How.MOVED, "4"),
    ]
    left, _, longer, _ = changes
    assert left.text == "dpm 1.8.0-1 SL5 x86_64 left staged rollout on Fri 2026-11-20: ACCEPT"
    assert left.before == "dpm: 1 EA performing the test, exposed until Tue 2026-11-24, extended"
    assert (left.weeks, left.group, left.url) == (1, "EMI-1.0", "https://rt.example.org/1")
    assert longer.text.endswith("exposed until Sun 2026-11-29, extended")
    assert longer.before.endswith("exposed until Tue 2026-11-24, extended")


def test_what_is_as_it_was_is_carried_over_and_counts_its_weeks() -> None:
    hold = structs.replace(rollout(ACCEPTS, teams=[INFN]), phase=Phase.STALLED)
    first, second = two((hold,), (hold,))
    assert [(each.how, each.weeks) for each in since_last(first, second)] == [(How.CARRIED, 1)]
    third = issue(facts(hold, when="2026-12-02 10:00", previous=second), "2026-12-02 10:00")
    (change,) = since_last(second, third)
    assert (change.how, change.weeks, change.text, change.before) == (How.CARRIED, 2, "dpm: on hold", "dpm: on hold")


def test_a_name_that_is_only_told_apart_is_no_change() -> None:
    hold = structs.replace(rollout(ACCEPTS, teams=[INFN]), phase=Phase.STALLED)
    twin = named(hold, "2", "Staged Rollout EMI-1.0 dpm 1.8.0-1 SL6 x86_64")
    first, second = two((hold,), (hold, twin))
    changes = {each.refs[0].id: each for each in since_last(first, second) if each.section == "status"}
    assert (changes["1234"].how, changes["1234"].text) == (How.CARRIED, "dpm SL5: on hold")


def test_what_is_no_longer_wrong_is_closed_where_it_stood() -> None:
    silent = rollout(teams=[INFN])
    first, second = two((silent,), (TESTING,))
    assert [item.id for item in items(first, "problems")] == ["overdue/rt:1234"]
    changes = since_last(first, second)
    closing = next(each for each in changes if each.item == "overdue/rt:1234")
    assert (closing.how, closing.section, closing.text) == (How.CLOSED, "problems", items(first, "problems")[0].text)
    assert ("closed", "vacancy/rt:1234") in told(changes)


def test_what_vanished_without_a_word_is_closed() -> None:
    first, second = two((TESTING,), ())
    assert told(since_last(first, second)) == [("closed", "status/rt:1234")]


def test_pilots_are_extended_moved_and_closed() -> None:
    running = wms()
    longer = after(running, PilotProlong(target=PILOT, until=day("2009-03-05"), reason="more users"), on="2009-02-20")
    ended = after(longer, PilotRollBack(target=PILOT, reason="it loses jobs"), on="2009-03-02")
    days = ("2009-02-17 10:00", "2009-02-24 10:00", "2009-03-03 10:00")
    issues: list[Gathered] = []
    for when, pilot in zip(days, (running, longer, ended), strict=True):
        issues.append(issue(facts(pilot, when=when, previous=issues[-1] if issues else None), when))
    assert told(since_last(None, issues[0])) == [("new", "pilot/local:pilot-1")]
    assert told(since_last(issues[0], issues[1])) == [("extended", "pilot/local:pilot-1")]
    assert told(since_last(issues[1], issues[2])) == [("closed", "pilot/local:pilot-1")]


def test_a_later_end_that_nobody_gave_is_a_move() -> None:
    first, second = two((rollout(ACCEPTS, teams=[INFN], exposures=[exposed("2026-11-24")]),), ())
    later = rollout(ACCEPTS, teams=[INFN], exposures=[exposed("2026-11-25")])
    second = issue(facts(later, when=FIRST, previous=first), FIRST)
    assert ("moved", "status/rt:1234") in told(since_last(first, second))


def test_an_outcome_that_was_changed_has_moved() -> None:
    ended = closed("2026-11-16 12:00")
    changed = structs.replace(
        ended,
        outcome="REJECT",
        updated=at("2026-11-20 12:00"),
        events=(
            *ended.events,
            structs.replace(ended.events[0], at=at("2026-11-20 12:00"), text="outcome ACCEPT → REJECT"),
        ),
    )
    changes = since_last(*two((ended,), (changed,)))
    assert told(changes) == [("moved", "outcome/rt:1234")]
    assert changes[0].before == "dpm 1.8.0-1 SL5 x86_64: ACCEPT, document 734"


def test_notes_and_rejected_releases_are_carried_and_a_note_ends_without_a_word() -> None:
    note = Note(id="k", about=Ref("rt", "1234"), text="watch it", at=at(FIRST), by="ada")
    first, second = two(
        (TESTING, named(closed(outcome="REJECT"), "2", "lfc")),
        (TESTING, named(closed(outcome="REJECT"), "2", "lfc")),
        notes=(note,),
    )
    changes = {change.item: change for change in since_last(first, second)}
    assert (changes["note/k"].how, changes["note/k"].section) == (How.CARRIED, "carried")
    assert changes["broken/rt:2"].how is How.CARRIED
    third = issue(facts(when="2026-12-02 10:00", previous=second), "2026-12-02 10:00")
    assert {change.item for change in since_last(second, third)} == {"status/rt:1234", "broken/rt:2"}


def test_without_status_lines_the_rows_of_the_table_are_compared() -> None:
    table = Audience(name="x", sections=("table",))
    first, second = two(
        (TESTING, named(TESTING, "2", "lfc")), (TESTING, named(closed("2026-11-20 12:00"), "2", "lfc")), table
    )
    assert ("moved", "row/rt:2") in told(since_last(first, second))
    third = issue(facts(TESTING, when="2026-12-02 10:00", previous=second), "2026-12-02 10:00", audience=table)
    assert "row/rt:2" not in {change.item for change in since_last(second, third)}


STATES = (
    rollout(phase=Phase.NEW),
    rollout(ACCEPTS, teams=[INFN]),
    TESTING,
    structs.replace(TESTING, exposures=(exposed("2026-11-18", "2026-11-29"),)),
    rollout(teams=[INFN]),
    closed("2026-11-20 12:00"),
    closed("2026-11-16 12:00", "REJECT"),
    None,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STATES), st.sampled_from(STATES)), max_size=4), st.booleans())
def test_every_difference_is_told_and_a_rollout_stands_once_among_releases_and_status(
    lives: list[tuple[Rollout | None, Rollout | None]],
    bare: bool,
) -> None:
    audience = Audience(name="x", sections=("releases", "table", "problems")) if bare else OPERATIONS
    before = tuple(named(was, str(number)) for number, (was, _) in enumerate(lives) if was)
    now = tuple(named(will, str(number)) for number, (_, will) in enumerate(lives) if will)
    first, second = two(before, now, audience)
    changes = since_last(first, second)
    once = [change.refs for change in changes if change.section in ("releases", "status", "table")]
    assert len(set(once)) == len(once)
    assert len({change.item for change in changes}) == len(changes)
    assert all(change.text for change in changes)
    assert all(bool(change.before) is (change.how is not How.NEW) for change in changes if change.item[:5] != "left/")
    for number, (was, will) in enumerate(lives):
        if (was is None or not was.phase.live) is not (will is None or not will.phase.live):
            assert any(change.refs == (Ref("rt", str(number)),) for change in changes)
    assert all(change.how is How.NEW for change in since_last(None, first) if change.item.partition("/")[0] == "status")
