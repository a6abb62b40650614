from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import Commitment, Level, Phase, Ref, Team
from ppstui.rules.health import TeamHealth, propose, team_health
from ppstui.rules.registry import Registry, product_of
from ppstui.rules.titles import read_title
from tests.rules.make import CYFRONET, GLASGOW, INFN, POLICY, TITLE, at, chosen, day, rollout, said, stands

if TYPE_CHECKING:
    from ppstui.model import Rollout

PRODUCT = product_of(read_title(TITLE, POLICY.stacks))


def health(*records: Rollout, when: str = "2026-11-27 12:00", team: str = "ngi_it-infn-t1") -> TeamHealth:
    return team_health([(each, stands(each, when)) for each in records], POLICY)[team]


def call(notified: str, answered: str = "", verb: str = "accept", phase: Phase = Phase.OPEN) -> Rollout:
    messages = [said(answered, "mario", f"{verb} NGI_IT-INFN-T1")] if answered else []
    return rollout(*messages, teams=[chosen(INFN, notified)], phase=phase)


def test_a_team_is_known_by_its_answers() -> None:
    found = health(
        call("2026-11-02 10:00", "2026-11-02 12:00", phase=Phase.RESOLVED),
        call("2026-11-06 16:00", "2026-11-09 10:00", "reject"),  # a weekend between: 18 working hours
        call("2026-11-16 10:00", "2026-11-17 10:00"),
    )
    assert (found.asked, found.accepted, found.declined) == (3, 2, 1)
    assert found.median_response == dt.timedelta(hours=18)
    assert found.last_answered == at("2026-11-17 10:00")
    assert (found.open_items, found.unanswered) == (1, 0)


def test_calls_it_let_pass_count_in_a_row_up_to_now() -> None:
    answered = call("2026-11-02 10:00", "2026-11-02 12:00", phase=Phase.RESOLVED)
    passed = call("2026-11-09 10:00", phase=Phase.RESOLVED)
    late, in_time = call("2026-11-16 10:00"), call("2026-11-27 10:00")
    assert health(in_time, late, passed, answered).unanswered == 2
    assert health(in_time).unanswered == 0
    assert health(late, call("2026-11-17 10:00", "2026-11-17 11:00")).unanswered == 0


def test_who_never_answered_has_no_time_and_open_items_are_live_ones() -> None:
    found = health(call("2026-11-16 10:00"), call("2026-11-09 10:00", phase=Phase.RESOLVED))
    assert (found.median_response, found.last_answered, found.open_items) == (None, None, 1)


def test_volunteers_and_list_entries_say_nothing_about_a_team() -> None:
    offer = rollout(said("2026-11-16 14:00", "graeme", "accept NGI_UK-UKI-SCOTGRID-GLASGOW"))
    bare = rollout(teams=[INFN], whole=False)
    assert team_health([(each, stands(each, "2026-11-27 12:00")) for each in (offer, bare)], POLICY) == {}


def proposals(
    registry: Registry, known: dict[str, TeamHealth], assigned: tuple[str, ...] = ()
) -> list[tuple[str, bool]]:
    teams = (INFN, GLASGOW, CYFRONET)
    found = propose(PRODUCT, teams, assigned, registry, known, POLICY, day("2026-11-24"))
    return [(each.team, each.committed) for each in found]


def test_committed_teams_come_first_then_those_that_answer() -> None:
    registry = Registry(commitments=(Commitment(ref=Ref("l", "1"), party=CYFRONET, component="dpm"),))
    known = {"ngi_it-infn-t1": TeamHealth(team=INFN, unanswered=2)}
    assert proposals(registry, known) == [(CYFRONET, True), (GLASGOW, False), (INFN, False)]


def test_the_assigned_and_the_gone_are_left_out() -> None:
    registry = Registry(partners=(Team(ref=Ref("l", "1"), name=GLASGOW, active=False),))
    assert proposals(registry, {}, assigned=("NGI_IT-INFN-T1",)) == [(CYFRONET, False)]


def test_load_then_speed_decide_among_those_that_answer() -> None:
    known = {
        "ngi_it-infn-t1": TeamHealth(team=INFN, open_items=1, median_response=dt.timedelta(hours=1)),
        "ngi_uk-uki-scotgrid-glasgow": TeamHealth(team=GLASGOW, median_response=dt.timedelta(hours=9)),
        "ngi_pl-cyfronet-lcg2": TeamHealth(team=CYFRONET, median_response=dt.timedelta(hours=3)),
    }
    assert [team for team, _ in proposals(Registry(), known)] == [CYFRONET, GLASGOW, INFN]


def test_what_speaks_for_and_against_is_said() -> None:
    registry = Registry(commitments=(Commitment(ref=Ref("l", "1"), party=INFN, component="dpm", stack="EMI"),))
    known = team_health(
        [
            (record, stands(record, "2026-11-27 12:00"))
            for record in (
                call("2026-11-02 10:00", "2026-11-02 12:00"),
                call("2026-11-16 10:00"),
                call("2026-11-18 10:00"),
            )
        ],
        POLICY,
    )
    first = propose(PRODUCT, (GLASGOW,), (), registry, known, POLICY, day("2026-11-24"))[0]
    assert first.reasons == (
        "committed to dpm EMI",
        "silent 2 times in a row",
        "3 open items",
        "answers within 2 working h",
        "last answered on Mon 2026-11-02",
    )
    once = {"ngi_it-infn-t1": TeamHealth(team=INFN, unanswered=1, median_response=dt.timedelta(minutes=20))}
    (only,) = propose(PRODUCT, (INFN,), (), Registry(), once, POLICY, day("2026-11-24"))
    assert only.reasons == ("silent the last time", "answers within the hour")
    other = propose(PRODUCT, (GLASGOW,), (), registry, known, POLICY, day("2026-11-24"))[1]
    assert other.reasons == ("never asked yet",)


def test_a_site_that_holds_a_level_for_pilots_has_committed_to_no_product() -> None:
    host = Registry(commitments=(Commitment(ref=Ref("l", "1"), party=INFN, level=Level.GOLD),))
    (only,) = propose(PRODUCT, (INFN,), (), host, {}, POLICY, day("2026-11-24"))
    assert (only.committed, only.reasons) == (False, ("never asked yet",))


records = st.builds(
    TeamHealth,
    team=st.just(""),
    unanswered=st.integers(0, 3),
    open_items=st.integers(0, 3),
    median_response=st.one_of(st.none(), st.timedeltas(dt.timedelta(0), dt.timedelta(days=9))),
)


@settings(deadline=None)
@given(mine=records, theirs=st.one_of(st.none(), records))
def test_every_team_is_proposed_once_and_silence_never_helps(mine: TeamHealth, theirs: TeamHealth | None) -> None:
    known = {"ngi_it-infn-t1": mine} | ({"ngi_pl-cyfronet-lcg2": theirs} if theirs else {})
    before = [team for team, _ in proposals(Registry(), known)]
    assert sorted(before) == sorted((INFN, GLASGOW, CYFRONET))
    silent = structs.replace(mine, unanswered=mine.unanswered + 1)
    later = [team for team, _ in proposals(Registry(), known | {"ngi_it-infn-t1": silent})]
    assert later.index(INFN) >= before.index(INFN)
