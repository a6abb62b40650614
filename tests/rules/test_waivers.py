"""A waived report is waited for no more; a poll is told where nobody takes part."""

from __future__ import annotations

from msgspec import structs

from ppstui.model import Phase, Rollout, Waiver
from ppstui.rules.rollouts import Code, Mover, Stage, TeamState
from ppstui.rules.why import why
from tests.rules.make import (
    COORDINATOR,
    GLASGOW,
    INFN,
    POLICY,
    REPORT,
    at,
    chosen,
    codes,
    entry,
    exposed,
    only_team,
    rollout,
    said,
    sent,
    stands,
)

YES = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")
NO = said("2026-11-16 14:00", "mario", "reject NGI_IT-INFN-T1")
LATE = "2026-11-30 12:00"
WAIVER = Waiver(team=INFN, reason="the site closed", by=COORDINATOR, at=at("2026-11-24 12:00"))


def waived(record: Rollout, *waivers: Waiver) -> Rollout:
    return structs.replace(record, waivers=waivers or (WAIVER,))


def test_a_waived_report_is_missed_no_more_and_the_rollout_may_close() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])
    assert {Code.REPORT_MISSING, Code.EXPOSURE_OVER} <= codes(stands(record, LATE))
    found = stands(waived(record), LATE)
    assert codes(found) == {Code.READY_TO_CLOSE, Code.OUTCOME_MISSING, Code.DOCUMENT_MISSING}
    assert (found.stage, found.mover) == (Stage.READY_TO_CLOSE, Mover.COORDINATOR)
    assert entry(found, Code.READY_TO_CLOSE).text == "every team that accepted has reported or need not"
    (team,) = found.teams
    assert (team.state, team.waived, team.report) == (TeamState.REPORTED, "the site closed", None)


def test_the_last_word_on_a_waiver_holds_and_each_is_one_teams() -> None:
    later = Waiver(team="NGI_IT-INFN-T1", reason="merged with another")
    record = rollout(YES, teams=[INFN, GLASGOW])
    first, second = stands(waived(record, WAIVER, later), "2026-11-16 15:00").teams
    assert (first.waived, second.waived) == ("merged with another", "")
    assert second.state is TeamState.NOTIFIED


def test_a_misnamed_file_of_a_waived_team_needs_no_right_name() -> None:
    record = rollout(YES, teams=[INFN], files=[sent("report.pdf", author="mario")])
    assert Code.REPORT_MISNAMED in codes(stands(record, LATE))
    assert Code.REPORT_MISNAMED not in codes(stands(waived(record), LATE))


def test_a_report_that_comes_in_all_the_same_counts() -> None:
    team = only_team(waived(rollout(YES, teams=[INFN], files=[sent(REPORT)])), LATE)
    assert (team.state, team.waived) == (TeamState.REPORTED, "")
    assert team.report is not None


def test_who_declined_stays_so_and_a_silent_team_is_settled() -> None:
    assert only_team(waived(rollout(NO, teams=[INFN])), LATE).state is TeamState.REJECTED
    assert only_team(waived(rollout(teams=[chosen(INFN)])), LATE).state is TeamState.REPORTED


# --------------------------------------------------------------------------------------------------------------- poll

ASKED = said("2026-11-17 10:00", COORDINATOR, "Asked the list", marks=("poll-1",))
QUOTED = said("2026-11-18 10:00", "mario", "> Asked the list", marks=("poll-1",))


def test_the_last_poll_is_the_last_one_that_a_desk_sent() -> None:
    assert stands(rollout(teams=[INFN]), LATE).polled is None
    assert stands(rollout(NO, ASKED, QUOTED, teams=[INFN]), LATE).polled == at("2026-11-17 10:00")
    other = said("2026-11-19 10:00", COORDINATOR, "Asked again", marks=("poll-2",))
    assert stands(rollout(NO, ASKED, other, teams=[INFN]), LATE).polled == at("2026-11-19 10:00")


def test_where_nobody_takes_part_the_poll_is_told_and_what_follows_from_it() -> None:
    record = rollout(NO, ASKED, teams=[INFN])
    found = stands(record, LATE)
    assert found.stage is Stage.NO_EA
    assert "polled on Tue 2026-11-17 10:00 +01:00" in entry(found, Code.NO_EA).text
    reason = why(found, record, POLICY, at(LATE))[0]
    assert reason.unblock.startswith("assign a team that answers the poll (polled on Tue 2026-11-17 10:00 +01:00)")
    before = rollout(NO, teams=[INFN])
    assert why(stands(before, LATE), before, POLICY, at(LATE))[0].unblock == (
        "poll the early-adopters list and assign another team"
    )


def test_a_late_report_may_be_asked_for_or_waived() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])
    (reason,) = (
        each for each in why(stands(record, LATE), record, POLICY, at(LATE)) if each.code is Code.REPORT_MISSING
    )
    assert "waive" in reason.unblock


def test_notes_of_other_actions_answer_for_no_team() -> None:
    """A note written through a desk may hold an answering line in what it quotes."""
    for action in ("poll", "outcome", "resolve", "incident", "report", "expose", "extend", "document"):
        note = said("2026-11-17 10:00", COORDINATOR, "well:\naccept NGI_IT-INFN-T1", marks=(f"{action}-1",))
        assert only_team(rollout(note, teams=[INFN], phase=Phase.OPEN), LATE).answer is None
