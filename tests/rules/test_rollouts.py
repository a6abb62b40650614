from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import (
    Answer,
    Assignment,
    Attachment,
    Exposure,
    Link,
    Message,
    Parent,
    Phase,
    Ref,
    Rollout,
    Voice,
)
from ppstui.rules import clocks
from ppstui.rules.attention import RANK
from ppstui.rules.clocks import Calendar, Span
from ppstui.rules.horizon import amber_from
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import EXPLAINED, Code, Mover, Severity, Stage, TeamState, attention_codes, standing, urgency
from tests.rules.make import (
    COORDINATOR,
    CYFRONET,
    GLASGOW,
    INFN,
    LINKS,
    POLICY,
    REF,
    REPORT,
    TITLE,
    ZURICH,
    at,
    chosen,
    codes,
    day,
    entry,
    exposed,
    happened,
    only_team,
    rollout,
    said,
    sent,
    stands,
)

YES = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")
NO = said("2026-11-16 14:00", "mario", "reject NGI_IT-INFN-T1")
GLASGOW_YES = said("2026-11-16 15:00", "graeme", "accept NGI_UK-UKI-SCOTGRID-GLASGOW")
GLASGOW_NO = said("2026-11-16 15:00", "graeme", "reject NGI_UK-UKI-SCOTGRID-GLASGOW")


# ------------------------------------------------------------------------------------- the acknowledgement clock (§3)


@pytest.mark.parametrize(
    ("notified", "due"),
    [
        ("2026-11-20 16:40", "2026-11-23 16:40"),
        ("2026-11-21 11:00", "2026-11-24 00:00"),
        ("2026-10-23T15:00+02:00", "2026-10-26T15:00+01:00"),
        ("2026-03-27T10:00+01:00", "2026-03-30T10:00+02:00"),
        ("2026-11-23T22:30Z", "2026-11-24T23:30+01:00"),
    ],
)
def test_a_team_has_one_working_day_from_its_notification(notified: str, due: str) -> None:
    team = only_team(rollout(teams=[chosen(INFN, notified)]), notified)
    assert team.due == at(due)
    assert team.state is TeamState.NOTIFIED


def test_holidays_are_no_working_days() -> None:
    policy = Policy(calendar=Calendar(closures=frozenset({day("2026-12-24"), day("2026-12-25")})))
    team = only_team(rollout(teams=[chosen(INFN, "2026-12-23 12:00")]), "2026-12-23 12:00", policy)
    assert team.due == at("2026-12-28 12:00")


def test_at_the_due_instant_it_is_in_time_and_one_second_later_overdue() -> None:
    record = rollout(teams=[chosen(INFN, "2026-11-20 16:40")])
    assert only_team(record, "2026-11-23 16:40").state is TeamState.NOTIFIED
    late = only_team(record, "2026-11-23 16:40:01")
    assert late.state is TeamState.ACK_OVERDUE
    assert late.late


@pytest.mark.parametrize("whose", [INFN, "NGI_IT"])
def test_a_site_keeps_its_own_holidays(whose: str) -> None:
    policy = Policy(site_calendars={whose: Calendar(closures=frozenset({day("2026-11-17")}))})
    record = rollout(teams=[INFN, GLASGOW])
    italian, british = stands(record, "2026-11-16 12:00", policy).teams
    assert italian.due == at("2026-11-18 10:00")
    assert british.due == at("2026-11-17 10:00")


def test_a_teams_own_calendar_wins_over_that_of_its_ngi() -> None:
    feast, none = Calendar(closures=frozenset({day("2026-11-17")})), Calendar()
    policy = Policy(site_calendars={"NGI_IT": feast, INFN: none})
    assert only_team(rollout(teams=[INFN]), "2026-11-16 12:00", policy).due == at("2026-11-17 10:00")


def test_each_team_has_its_own_clock() -> None:
    record = rollout(teams=[INFN, chosen(GLASGOW, "2026-11-18 10:00")])
    first, second = stands(record, "2026-11-18 12:00").teams
    assert (first.state, second.state) == (TeamState.ACK_OVERDUE, TeamState.NOTIFIED)


def test_nobody_is_late_who_was_told_at_an_unknown_time() -> None:
    team = only_team(rollout(teams=[chosen(INFN, "")]), "2027-11-16 12:00")
    assert team.state is TeamState.NOTIFIED
    assert team.due is None


def test_four_working_hours_before_the_due_time_the_answer_is_due_soon() -> None:
    record = rollout(teams=[INFN])
    assert entry(stands(record, "2026-11-17 05:59:59"), Code.ACK_DUE).severity is Severity.INFO
    assert entry(stands(record, "2026-11-17 06:00"), Code.ACK_DUE).severity is Severity.SOON


def test_the_weekend_does_not_count_among_the_hours_left() -> None:
    record = rollout(teams=[chosen(INFN, "2026-11-20 02:00")])
    assert entry(stands(record, "2026-11-20 21:59"), Code.ACK_DUE).severity is Severity.INFO
    assert entry(stands(record, "2026-11-20 22:00"), Code.ACK_DUE).severity is Severity.SOON


def test_hours_that_stand_still_all_weekend_are_few_from_friday_midnight_on() -> None:
    record = rollout(teams=[chosen(INFN, "2026-11-20 04:00")])
    assert entry(stands(record, "2026-11-20 23:59"), Code.ACK_DUE).severity is Severity.INFO
    assert entry(stands(record, "2026-11-21 00:00"), Code.ACK_DUE).severity is Severity.SOON


def test_an_overdue_team_is_the_coordinators_to_remind() -> None:
    found = stands(rollout(teams=[INFN]), "2026-11-18 10:00")
    late = entry(found, Code.ACK_OVERDUE)
    assert (late.severity, late.mover, late.team) == (Severity.LATE, Mover.COORDINATOR, INFN)
    assert late.due == late.since == at("2026-11-17 10:00")
    assert found.mover is Mover.COORDINATOR
    assert found.due == at("2026-11-17 10:00")


# --------------------------------------------------------------------------------------------------- answers (§2, §4.2)


def test_an_answer_is_quoted_with_its_author_and_time() -> None:
    team = only_team(rollout(YES, teams=[INFN]), "2026-11-16 15:00")
    assert team.answer is Answer.ACCEPT
    assert team.answered == at("2026-11-16 14:00")
    assert team.evidence == "accept NGI_IT-INFN-T1 (mario, Mon 2026-11-16 14:00 +01:00)"
    assert team.evidence_id == YES.id
    assert not team.late


def test_the_last_answer_wins_and_the_earlier_one_is_kept() -> None:
    again = said("2026-11-16 16:00", "mario", "reject NGI_IT-INFN-T1")
    team = only_team(rollout(YES, again, teams=[INFN]), "2026-11-16 17:00")
    assert team.state is TeamState.REJECTED
    assert team.earlier == ("accept NGI_IT-INFN-T1 (mario, Mon 2026-11-16 14:00 +01:00)",)


def test_an_answer_after_the_due_time_is_accepted_and_late() -> None:
    answer = said("2026-11-17 10:00:01", "mario", "accept NGI_IT-INFN-T1")
    team = only_team(rollout(answer, teams=[INFN]), "2026-11-17 12:00")
    assert (team.state, team.late) == (TeamState.ACCEPTED, True)


def test_an_answer_at_the_due_instant_is_in_time() -> None:
    answer = said("2026-11-17 10:00", "mario", "accept NGI_IT-INFN-T1")
    assert not only_team(rollout(answer, teams=[INFN]), "2026-11-17 12:00").late


@pytest.mark.parametrize("text", ["I accept", "accept NGI_IT INFN-T1", "<accept|reject> <NGI>-<Site-name>"])
def test_what_is_no_answer_leaves_the_team_waiting(text: str) -> None:
    assert only_team(rollout(said("2026-11-16 14:00", "mario", text), teams=[INFN]), "2026-11-16 15:00").answer is None


def test_an_internal_note_is_no_answer() -> None:
    note = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1", Voice.COMMENT)
    assert only_team(rollout(note, teams=[INFN]), "2026-11-16 15:00").answer is None


def test_the_tracker_itself_never_answers() -> None:
    automatic = said("2026-11-16 14:00", "RT_System", "accept NGI_IT-INFN-T1", system=True)
    assert only_team(rollout(automatic, teams=[INFN]), "2026-11-16 15:00").answer is None


INSTRUCTION = "Dear all, please answer with one of\n\naccept NGI_IT-INFN-T1\nreject NGI_IT-INFN-T1\n\nThanks"


@pytest.mark.parametrize("voice", [Voice.REPLY, Voice.DESCRIPTION])
def test_the_managers_instruction_is_no_answer(voice: Voice) -> None:
    mail = said("2026-11-16 10:05", "COORDINATOR", INSTRUCTION, voice)
    assert only_team(rollout(mail, teams=[INFN]), "2026-11-16 11:00").answer is None


def test_whoever_chose_a_team_or_owns_the_ticket_instructs_too() -> None:
    mail = said("2026-11-16 10:05", "ana", "Please write\naccept NGI_IT-INFN-T1")
    by_chooser = rollout(mail, teams=[chosen(INFN, by="Ana")], managers=())
    by_owner = rollout(mail, teams=[chosen(INFN, by="")], managers=(), owner="ana")
    by_stranger = rollout(mail, teams=[chosen(INFN, by="")], managers=())
    assert [only_team(each, "2026-11-16 11:00").answer for each in (by_chooser, by_owner)] == [None, None]
    assert only_team(by_stranger, "2026-11-16 11:00").answer is Answer.ACCEPT


def test_a_manager_who_enters_an_answer_by_hand_is_believed() -> None:
    entered = said("2026-11-16 14:00", COORDINATOR, "\naccept NGI_IT-INFN-T1\n\n(Mario told me on the phone.)")
    team = only_team(rollout(entered, teams=[INFN]), "2026-11-16 15:00")
    assert team.answer is Answer.ACCEPT
    assert team.on_behalf


def test_a_manager_who_names_two_answers_instructs() -> None:
    mail = said("2026-11-16 14:00", COORDINATOR, "accept NGI_IT-INFN-T1\nreject NGI_IT-INFN-T1")
    assert only_team(rollout(mail, teams=[INFN]), "2026-11-16 15:00").answer is None


@pytest.mark.parametrize("voice", [Voice.REPLY, Voice.COMMENT])
def test_an_answer_written_through_a_desk_counts_for_the_team(voice: Voice) -> None:
    text = "On the team's behalf:\naccept NGI_IT-INFN-T1"
    entered = said("2026-11-16 14:00", COORDINATOR, text, voice, marks=("acknowledge-8f3k",))
    team = only_team(rollout(entered, teams=[INFN]), "2026-11-16 15:00")
    assert (team.answer, team.on_behalf) == (Answer.ACCEPT, True)


def test_a_reminder_is_never_an_answer_and_is_remembered() -> None:
    mail = said("2026-11-18 14:00", COORDINATOR, "accept NGI_IT-INFN-T1", marks=("remind-8f3k",))
    team = only_team(rollout(mail, teams=[INFN]), "2026-11-18 15:00")
    assert team.answer is None
    assert team.reminded == at("2026-11-18 14:00")


def test_a_reminder_counts_for_the_teams_it_names() -> None:
    other = "ea-NGI_IT-INFN-T10"
    mail = said("2026-11-18 14:00", COORDINATOR, "ea-NGI_IT-INFN-T10: your answer?", marks=("remind-8f3k",))
    first, second = stands(rollout(mail, teams=[INFN, other]), "2026-11-18 15:00").teams
    assert (first.reminded, second.reminded) == (None, at("2026-11-18 14:00"))


def test_a_reminder_that_names_nobody_counts_for_everybody() -> None:
    mail = said("2026-11-18 14:00", COORDINATOR, "Please answer!", marks=("remind-8f3k",))
    assert all(team.reminded for team in stands(rollout(mail, teams=[INFN, GLASGOW]), "2026-11-18 15:00").teams)


def test_a_team_that_quotes_a_reminder_with_its_mark_answers_all_the_same() -> None:
    mail = said("2026-11-18 14:00", COORDINATOR, "NGI_IT-INFN-T1: your answer?", marks=("remind-8f3k",))
    reply = said("2026-11-18 15:00", "mario", "accept NGI_IT-INFN-T1\n> remind-8f3k", marks=("remind-8f3k",))
    team = only_team(rollout(mail, reply, teams=[INFN]), "2026-11-18 16:00")
    assert team.answer is Answer.ACCEPT
    assert not team.on_behalf
    assert team.reminded == at("2026-11-18 14:00")


def test_an_answer_to_an_earlier_call_does_not_count_for_a_new_one() -> None:
    old = said("2026-11-10 14:00", "mario", "accept NGI_IT-INFN-T1")
    assert only_team(rollout(old, teams=[INFN]), "2026-11-16 15:00").state is TeamState.NOTIFIED
    assert only_team(rollout(old, teams=[chosen(INFN, "")]), "2026-11-16 15:00").answer is Answer.ACCEPT


def test_a_team_that_nobody_chose_is_a_volunteer_for_the_manager_to_confirm() -> None:
    found = stands(rollout(GLASGOW_YES, teams=[INFN]), "2026-11-16 16:00")
    volunteer = found.teams[1]
    assert (volunteer.team, volunteer.assigned, volunteer.state) == (GLASGOW, False, TeamState.ACCEPTED)
    assert entry(found, Code.UNASSIGNED_VOLUNTEER).mover is Mover.COORDINATOR
    assert found.stage is Stage.AWAITING_ACK


def test_a_stranger_who_declines_bothers_nobody() -> None:
    found = stands(rollout(GLASGOW_NO, teams=[INFN]), "2026-11-16 16:00")
    assert found.teams[1].state is TeamState.REJECTED
    assert Code.UNASSIGNED_VOLUNTEER not in codes(found)


def test_a_team_taken_out_after_it_answered_is_withdrawn() -> None:
    events = [happened("2026-11-16 10:00", f"teams + {GLASGOW}"), happened("2026-11-17 10:00", f"teams - {GLASGOW}")]
    found = stands(rollout(GLASGOW_YES, teams=[INFN], events=events), "2026-11-17 12:00")
    assert found.teams[1].state is TeamState.WITHDRAWN
    assert Code.UNASSIGNED_VOLUNTEER not in codes(found)


# ------------------------------------------------------------------------------------------------- exposure (§2 T5, §3)


def test_without_a_word_the_exposure_is_counted_from_the_acceptance() -> None:
    found = stands(rollout(YES, teams=[INFN]), "2026-11-18 12:00")
    assert found.exposure is not None
    assert found.exposure.assumed
    assert (found.exposure.start, found.exposure.earliest_end, found.exposure.end) == (
        day("2026-11-16"),
        day("2026-11-20"),
        day("2026-11-22"),
    )
    assert found.teams[0].state is TeamState.ACCEPTED


def test_the_day_of_acceptance_is_that_of_the_desks_zone() -> None:
    near_midnight = said("2026-11-16T23:30Z", "mario", "accept NGI_IT-INFN-T1")
    assert only_team(rollout(near_midnight, teams=[INFN]), "2026-11-17 12:00").exposure_start == day("2026-11-17")


def test_a_team_is_testing_until_its_announced_start_and_exposing_after() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-18")])
    assert only_team(record, "2026-11-17 23:59:59").state is TeamState.TESTING
    assert only_team(record, "2026-11-18 00:00").state is TeamState.EXPOSING
    assert stands(record, "2026-11-18 12:00").stage is Stage.EXPOSURE


def test_seven_days_from_wednesday_end_with_tuesday_inclusive() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-18")])
    assert only_team(record, "2026-11-24 23:59:59").state is TeamState.EXPOSING
    over = only_team(record, "2026-11-25 00:00")
    assert over.state is TeamState.REPORT_MISSING
    assert over.exposure_end == day("2026-11-24")


def test_an_explicit_extension_moves_the_end_inclusive() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-18", "2026-11-30", reason="kernel update")])
    found = stands(record, "2026-11-30 23:59")
    assert found.teams[0].state is TeamState.EXPOSING
    assert found.exposure is not None
    assert (found.exposure.extended, found.exposure.end, found.exposure.reason) == (
        True,
        day("2026-11-30"),
        "kernel update",
    )
    assert only_team(record, "2026-12-01 00:00").state is TeamState.REPORT_MISSING


@pytest.mark.parametrize(
    ("start", "until"), [("9999-12-31", ""), ("", "9999-12-31"), ("0001-01-01", ""), ("", "0001-01-01")]
)
def test_days_at_the_ends_of_the_calendar_are_no_trouble(start: str, until: str) -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed(start, until)])
    assert stands(record, "2026-11-18 12:00").teams[0].answer is Answer.ACCEPT


def test_a_teams_own_exposure_wins_over_that_for_all() -> None:
    record = rollout(
        YES,
        GLASGOW_YES,
        teams=[INFN, GLASGOW],
        exposures=[exposed("2026-11-20", team="NGI_UK-UKI-SCOTGRID-GLASGOW"), exposed("2026-11-17")],
    )
    found = stands(record, "2026-11-17 12:00")
    assert [team.state for team in found.teams] == [TeamState.EXPOSING, TeamState.TESTING]
    assert found.exposure is not None
    assert (found.exposure.start, found.exposure.end, found.exposure.assumed) == (
        day("2026-11-17"),
        day("2026-11-26"),
        False,
    )


def test_the_last_working_day_of_an_exposure_is_announced() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])  # over with Sunday the 22nd
    assert Code.EXPOSURE_ENDING not in codes(stands(record, "2026-11-19 23:59:59"))
    ending = entry(stands(record, "2026-11-20 00:00"), Code.EXPOSURE_ENDING)
    assert (ending.severity, ending.due) == (Severity.SOON, at("2026-11-23 00:00"))


def test_an_exposure_past_its_end_is_over_unless_it_was_extended() -> None:
    plain = stands(rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")]), "2026-11-23 12:00")
    longer = stands(rollout(YES, teams=[INFN], exposures=[exposed("2026-11-10", "2026-11-20")]), "2026-11-23 12:00")
    assert {Code.EXPOSURE_OVER, Code.REPORT_MISSING} <= codes(plain)
    assert Code.REPORT_MISSING in codes(longer)
    assert Code.EXPOSURE_OVER not in codes(longer)


@pytest.mark.parametrize(("when", "short"), [("2026-11-19 23:00", True), ("2026-11-20 01:00", False)])
def test_a_report_before_the_fifth_day_is_short(when: str, *, short: bool) -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")], files=[sent(REPORT, when)])
    assert (Code.EXPOSURE_SHORT in codes(stands(record, "2026-11-25 12:00"))) is short


# ----------------------------------------------------------------------------------------------------- reports (§2 T6)


def test_a_valid_report_makes_the_team_reported() -> None:
    team = only_team(rollout(YES, teams=[INFN], files=[REPORT]), "2026-11-24 13:00")
    assert team.state is TeamState.REPORTED
    assert team.report is not None
    assert (team.report.valid, team.report.problem) == (True, "")


def test_a_report_speaks_for_a_team_that_never_answered() -> None:
    found = stands(rollout(teams=[INFN], files=[REPORT]), "2026-11-24 13:00")
    assert found.teams[0].state is TeamState.REPORTED
    assert found.stage is Stage.READY_TO_CLOSE
    assert Code.ACK_OVERDUE not in codes(found)


def test_a_missing_report_turns_late_two_working_days_after_the_end() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])
    first = entry(stands(record, "2026-11-23 00:00"), Code.REPORT_MISSING)
    assert (first.severity, first.mover, first.since) == (
        Severity.SOON,
        Mover.EARLY_ADOPTER,
        at("2026-11-23 00:00"),
    )
    assert first.due == at("2026-11-25 00:00")
    late = entry(stands(record, "2026-11-25 00:00:01"), Code.REPORT_MISSING)
    assert (late.severity, late.mover) == (Severity.LATE, Mover.COORDINATOR)


def test_a_misnamed_report_is_told_its_right_name_and_does_not_count() -> None:
    wrong = "ea_NGI_IT-INFN-T1-EMI-1.0-dpm-1.8.0-1.odt"
    found = stands(rollout(YES, teams=[INFN, GLASGOW], files=[wrong]), "2026-11-24 13:00")
    misnamed = entry(found, Code.REPORT_MISNAMED)
    assert misnamed.team == INFN
    assert REPORT in misnamed.text
    assert found.teams[0].state is TeamState.REPORT_MISSING


def test_a_nameless_report_belongs_to_the_team_whose_person_sent_it() -> None:
    found = stands(
        rollout(YES, GLASGOW_YES, teams=[INFN, GLASGOW], files=[sent("my report.pdf", author="Graeme")]),
        "2026-11-24 13:00",
    )
    assert entry(found, Code.REPORT_MISNAMED).team == GLASGOW


def test_a_report_of_nobody_known_is_still_told() -> None:
    found = stands(rollout(YES, GLASGOW_YES, teams=[INFN, GLASGOW], files=["report.pdf"]), "2026-11-24 13:00")
    assert [file.name for file in found.unclaimed] == ["report.pdf"]
    assert entry(found, Code.REPORT_MISNAMED).team == ""


def test_a_report_that_names_a_team_nobody_chose_is_not_given_to_another() -> None:
    found = stands(
        rollout(YES, teams=[INFN], files=["ea-NGI_PL-CYFRONET-LCG2-EMI-1.0-dpm-1.8.0-1.odt"]), "2026-11-24 13:00"
    )
    assert found.teams[0].report is None
    assert "not assigned" in found.unclaimed[0].problem


def test_the_newest_valid_report_wins_over_newer_misnamed_ones() -> None:
    files = [sent(REPORT, "2026-11-23 09:00"), sent(REPORT, "2026-11-24 09:00"), sent("ea-NGI_IT-INFN-T1-x.pdf")]
    team = only_team(rollout(YES, teams=[INFN], files=files), "2026-11-24 13:00")
    assert team.report is not None
    assert (team.report.valid, team.report.at) == (True, at("2026-11-24 09:00"))


def test_log_files_are_no_reports() -> None:
    found = stands(rollout(YES, teams=[INFN], files=["yaim.log", "screen.png"]), "2026-11-18 13:00")
    assert found.teams[0].report is None
    assert found.unclaimed == ()


# --------------------------------------------------------------------------------------------------------- stages (§2)


@pytest.mark.parametrize("phase", [Phase.NEW, Phase.OPEN])
def test_without_teams_a_rollout_is_unassigned(phase: Phase) -> None:
    found = stands(rollout(phase=phase), "2026-11-16 12:00")
    assert (found.stage, found.mover) == (Stage.NEW_UNASSIGNED, Mover.COORDINATOR)


def test_an_unassigned_rollout_is_late_after_a_working_day() -> None:
    record = rollout(phase=Phase.NEW, created="2026-11-20 16:40")
    assert entry(stands(record, "2026-11-23 16:40"), Code.UNASSIGNED).severity is Severity.SOON
    assert entry(stands(record, "2026-11-23 16:40:01"), Code.UNASSIGNED).severity is Severity.LATE


def test_while_somebody_may_answer_the_rollout_awaits_it() -> None:
    record = rollout(NO, teams=[INFN, GLASGOW])
    assert stands(record, "2026-11-16 16:00").stage is Stage.AWAITING_ACK
    assert stands(record, "2026-11-20 16:00").stage is Stage.AWAITING_ACK


def test_when_all_declined_there_is_no_early_adopter_and_a_poll_is_wanted() -> None:
    found = stands(rollout(NO, GLASGOW_NO, teams=[INFN, GLASGOW]), "2026-11-16 16:00")
    assert (found.stage, found.mover) == (Stage.NO_EA, Mover.COORDINATOR)
    blocked = entry(found, Code.NO_EA)
    assert (blocked.severity, blocked.since) == (Severity.BLOCKED, at("2026-11-16 15:00"))


def test_one_acceptance_starts_the_test_whatever_the_others_say() -> None:
    assert stands(rollout(YES, GLASGOW_NO, teams=[INFN, GLASGOW]), "2026-11-16 16:00").stage is Stage.TESTING


def test_reports_are_due_when_nobody_is_busy_any_more() -> None:
    record = rollout(YES, GLASGOW_YES, teams=[INFN, GLASGOW], exposures=[exposed("2026-11-16")], files=[REPORT])
    assert stands(record, "2026-11-20 12:00").stage is Stage.EXPOSURE
    assert stands(record, "2026-11-23 12:00").stage is Stage.REPORTS_DUE


def test_with_all_reports_in_it_is_ready_to_close() -> None:
    found = stands(rollout(YES, teams=[INFN], files=[REPORT]), "2026-11-24 13:00")
    assert found.stage is Stage.READY_TO_CLOSE
    assert found.mover is Mover.COORDINATOR
    assert {Code.READY_TO_CLOSE, Code.OUTCOME_MISSING, Code.DOCUMENT_MISSING} <= codes(found)
    assert found.attention[0].code is Code.READY_TO_CLOSE


def test_outcome_and_document_are_not_missed_before_the_reports_are_in() -> None:
    found = stands(rollout(YES, teams=[INFN]), "2026-11-18 13:00")
    assert not codes(found) & {Code.OUTCOME_MISSING, Code.DOCUMENT_MISSING, Code.READY_TO_CLOSE}


def test_a_silent_team_holds_up_closing_only_while_it_is_in_time() -> None:
    record = rollout(YES, teams=[INFN, chosen(GLASGOW, "2026-11-24 10:00")], files=[sent(REPORT, "2026-11-24 09:00")])
    assert stands(record, "2026-11-24 13:00").stage is Stage.TESTING
    assert stands(record, "2026-11-25 13:00").stage is Stage.READY_TO_CLOSE


@pytest.mark.parametrize(
    ("phase", "outcome", "stage"),
    [
        (Phase.RESOLVED, "ACCEPT", Stage.CLOSED_ACCEPT),
        (Phase.RESOLVED, " accept", Stage.CLOSED_ACCEPT),
        (Phase.RESOLVED, "REJECT", Stage.CLOSED_REJECT),
        (Phase.RESOLVED, "", Stage.CLOSED),
        (Phase.RESOLVED, "maybe", Stage.CLOSED),
        (Phase.REJECTED, "", Stage.CLOSED),
        (Phase.REJECTED, "REJECT", Stage.CLOSED),
        (Phase.DELETED, "ACCEPT", Stage.CLOSED),
        (Phase.STALLED, "", Stage.STALLED),
    ],
)
def test_the_tracker_closes_and_the_outcome_says_how(phase: Phase, outcome: str, stage: Stage) -> None:
    found = stands(rollout(YES, teams=[INFN], phase=phase, outcome=outcome, document="77"), "2027-11-18 13:00")
    assert found.stage is stage


def test_a_closed_rollout_presses_nobody() -> None:
    found = stands(rollout(teams=[INFN], phase=Phase.RESOLVED, outcome="ACCEPT", document="77"), "2027-11-18 13:00")
    assert found.attention == ()
    assert found.mover is Mover.NOBODY


def test_a_rollout_resolved_bare_misses_outcome_and_document() -> None:
    found = stands(rollout(YES, teams=[INFN], phase=Phase.RESOLVED, outcome="ok"), "2026-11-24 13:00")
    assert codes(found) == {Code.OUTCOME_MISSING, Code.DOCUMENT_MISSING}
    assert "'ok'" in entry(found, Code.OUTCOME_MISSING).text


def test_a_document_known_by_its_address_alone_is_no_missing_one() -> None:
    record = structs.replace(
        rollout(phase=Phase.RESOLVED, outcome="ACCEPT"), document_url="https://documents.example.org/7"
    )
    assert Code.DOCUMENT_MISSING not in codes(stands(record, "2026-11-24 13:00"))


def test_on_hold_no_clock_presses() -> None:
    found = stands(rollout(teams=[INFN], phase=Phase.STALLED), "2027-11-18 13:00")
    assert codes(found) == {Code.STALLED}


def test_of_a_list_entry_only_the_title_and_the_phase_are_spoken() -> None:
    bare = rollout(YES, teams=[INFN], title="SR dpm", whole=False, files=[REPORT])
    found = stands(bare, "2027-11-18 13:00")
    assert (found.stage, found.teams, found.mover, found.changes_at) == (Stage.AWAITING_ACK, (), Mover.NOBODY, None)
    assert codes(found) == {Code.TITLE_UNPARSED}
    assert stands(rollout(phase=Phase.NEW, whole=False), "2027-11-18 13:00").stage is Stage.NEW_UNASSIGNED


# ------------------------------------------------------------------------------------------- links, incidents, parents


def test_links_are_recognised_in_the_description() -> None:
    text = (
        "New release.\n1. Release Notes: https://example.org/rn.\n2. Bugs or issues fixed - <https://example.org/b>\n"
        "Documentation\n   https://example.org/d (also https://example.org/other)"
    )
    found = stands(rollout(said("2026-11-16 09:00", "tp", text, Voice.DESCRIPTION), links=()), "2026-11-16 12:00")
    links = found.links
    assert (links.release_notes, links.bugs, links.documentation) == (
        "https://example.org/rn",
        "https://example.org/b",
        "https://example.org/d",
    )
    assert Code.LINKS_MISSING not in codes(found)


def test_an_address_is_what_its_words_say_first_of_all() -> None:
    text = "Release notes with the bugs fixed: https://example.org/rn"
    links = stands(rollout(said("2026-11-16 09:00", "tp", text, Voice.DESCRIPTION), links=()), "2026-11-16 12:00").links
    assert (links.release_notes, links.bugs) == ("https://example.org/rn", "")


def test_a_link_by_title_and_a_field_by_name_fill_the_list() -> None:
    record = structs.replace(
        rollout(links=[Link(url="https://example.org/rn", title="Release Notes")]),
        fields=(("Bug list", "https://example.org/b"), ("Owner", "nobody")),
    )
    links = stands(record, "2026-11-16 12:00").links
    assert (links.release_notes, links.bugs) == ("https://example.org/rn", "https://example.org/b")


def test_missing_links_are_listed_and_hold_nothing_up() -> None:
    found = stands(rollout(YES, teams=[INFN], links=LINKS[:1]), "2026-11-16 16:00")
    missing = entry(found, Code.LINKS_MISSING)
    assert missing.severity is Severity.INFO
    assert missing.text == "missing links: fixed bugs, documentation"
    assert found.mover is Mover.EARLY_ADOPTER


@pytest.mark.parametrize(
    "url",
    [
        "https://ggus.eu/ws/ticket_info.php?ticket=1234",
        "https://helpdesk.ggus.eu/#ticket/zoom/4711",
        "https://helpdesk.example.org/Ticket/Display?id=3",
    ],
)
def test_an_incident_in_a_message_is_the_developers_to_answer(url: str) -> None:
    mail = said("2026-11-17 14:00", "mario", f"We opened {url}.")
    found = stands(rollout(YES, mail, teams=[INFN]), "2026-11-17 16:00")
    assert found.incidents == (url,)
    assert entry(found, Code.INCIDENT_OPEN).mover is Mover.DEVELOPER
    assert Code.INCIDENT_OPEN not in codes(
        stands(rollout(YES, mail, teams=[INFN], phase=Phase.RESOLVED), "2026-11-17 16:00")
    )


def test_a_linked_incident_is_known_by_its_relation_and_other_links_are_none() -> None:
    links = (Link(url="https://tracker.example.org/77", relation="incident"), Link(url="https://ggus.eu/faq"))
    assert stands(rollout(links=links), "2026-11-17 16:00").incidents == ("https://tracker.example.org/77",)


def with_parent(progress: str, status: str = "open", *, phase: Phase = Phase.OPEN, **told: str) -> set[Code]:
    parent = Parent(ref=Ref("rt", "99"), status=status, progress=progress, **told)
    record = rollout(phase=phase, outcome="ACCEPT" if phase is Phase.RESOLVED else "", document="77")
    return codes(stands(structs.replace(record, parent=parent), "2026-11-16 12:00"))


@pytest.mark.parametrize("word", ["StageRollOut", "Staged Rollout", "stage rollout", "staged-rollout"])
def test_a_live_rollout_is_in_step_with_a_parent_in_staged_rollout(word: str) -> None:
    assert Code.PARENT_OUT_OF_STEP not in with_parent(word)


@pytest.mark.parametrize(
    ("progress", "status"), [("InVerification", "open"), ("UMDStore", "open"), ("", "Unverified"), ("", "resolved")]
)
def test_a_live_rollout_is_out_of_step_with_any_other_parent(progress: str, status: str) -> None:
    assert Code.PARENT_OUT_OF_STEP in with_parent(progress, status)


def test_a_parents_own_open_says_nothing() -> None:
    assert Code.PARENT_OUT_OF_STEP not in with_parent("", "open")


def test_a_resolved_rollout_has_told_its_parent_outcome_and_document() -> None:
    assert Code.PARENT_OUT_OF_STEP in with_parent("UMDStore", phase=Phase.RESOLVED)
    assert Code.PARENT_OUT_OF_STEP in with_parent("UMDStore", phase=Phase.RESOLVED, outcome="ACCEPT")
    told = {"outcome": "accept", "document": "77"}
    assert Code.PARENT_OUT_OF_STEP not in with_parent("UMDStore", phase=Phase.RESOLVED, **told)


# ---------------------------------------------------------------------------------------------------------- the order


def test_attention_comes_most_pressing_first() -> None:
    record = rollout(YES, teams=[INFN, chosen(CYFRONET, "2026-11-17 09:00"), GLASGOW], title="SR", links=())
    found = stands(record, "2026-11-18 08:00")
    assert [each.code for each in found.attention] == [
        Code.ACK_OVERDUE,
        Code.ACK_DUE,
        Code.LINKS_MISSING,
        Code.TITLE_UNPARSED,
    ]


def test_the_board_is_ordered_by_severity_then_due_time_with_closed_ones_last() -> None:
    now = "2026-11-18 08:00"
    blocked = rollout(NO, teams=[INFN])
    late = rollout(teams=[INFN])
    less_late = rollout(teams=[chosen(INFN, "2026-11-16 11:00")])
    soon = rollout(phase=Phase.NEW, created="2026-11-17 12:00")
    calm = rollout(teams=[chosen(INFN, "2026-11-18 07:00")])
    quiet = rollout(YES, teams=[INFN])
    closed = rollout(phase=Phase.RESOLVED, outcome="", document="")
    order = [urgency(stands(each, now), at(now)) for each in (blocked, late, less_late, soon, calm, quiet, closed)]
    assert order == sorted(order)
    assert len(set(order)) == len(order)


def test_every_code_is_explained() -> None:
    assert set(EXPLAINED) == set(Code)
    assert attention_codes()[0] == ("unassigned", EXPLAINED[Code.UNASSIGNED])


def test_an_attachment_without_a_time_is_taken_as_it_comes() -> None:
    record = rollout(YES, teams=[INFN], files=[Attachment(id="1", name=REPORT)])
    assert only_team(record, "2026-11-24 13:00").state is TeamState.REPORTED


# -------------------------------------------------------------------------------------------------------------- laws


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    """Rollouts of up to three teams around two DST changes, with answers, exposures and reports in any order."""
    base = draw(st.sampled_from([at("2026-10-22 00:00"), at("2026-03-25 00:00"), at("2026-11-18 00:00")]))
    moments = st.integers(0, 14 * 24 * 60).map(lambda minutes: base + dt.timedelta(minutes=minutes))
    names = (INFN, GLASGOW, CYFRONET)
    days = st.one_of(st.none(), moments.map(dt.datetime.date))
    teams = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    messages = sorted(
        (
            Message(id=str(number), at=draw(moments), author="mario", voice=Voice.REPLY, text=draw(_texts))
            for number in range(draw(st.integers(0, 3)))
        ),
        key=lambda message: message.at,
    )
    return Rollout(
        ref=REF,
        title=draw(st.sampled_from([TITLE, "SR dpm"])),
        phase=draw(st.sampled_from([Phase.NEW, Phase.OPEN, Phase.OPEN, Phase.OPEN, Phase.STALLED, Phase.RESOLVED])),
        created=draw(st.one_of(st.none(), moments)),
        assignments=tuple(Assignment(team=team, notified=draw(st.one_of(st.none(), moments))) for team in teams),
        exposures=tuple(
            Exposure(team=draw(st.sampled_from(["", *names])), start=draw(days), until=draw(days))
            for _ in range(draw(st.integers(0, 2)))
        ),
        messages=tuple(messages),
        attachments=tuple(
            Attachment(id=name, name=name, at=draw(moments))
            for name in draw(st.lists(st.sampled_from([REPORT, "report.pdf"]), unique=True))
        ),
    )


_texts = st.sampled_from(
    [f"{verb} {team}" for verb in ("accept", "reject") for team in ("NGI_IT-INFN-T1", "NGI_PL-CYFRONET-LCG2")]
    + ["reject NGI_UK-UKI-SCOTGRID-GLASGOW", "all is well"]
)
_policies = st.sampled_from(
    [
        POLICY,
        Policy(site_calendars={"NGI_IT": Calendar(closures=frozenset({day("2026-10-26"), day("2026-11-20")}))}),
        Policy(zone=ZoneInfo("America/New_York"), acknowledge=Span(calendar=dt.timedelta(hours=30))),
    ]
)


@given(record=rollouts(), policy=_policies, hours=st.integers(-24, 24 * 30), share=st.floats(0, 1, exclude_max=True))
def test_a_standing_holds_until_it_says_it_may_change(
    record: Rollout, policy: Policy, hours: int, share: float
) -> None:
    now = (record.created or at("2026-11-18 00:00")) + dt.timedelta(hours=hours)
    found = standing(record, policy, now)
    if found.changes_at is None:
        assert standing(record, policy, now + dt.timedelta(days=3650)) == found
        return
    assert found.changes_at > now
    between = now + (found.changes_at - now) * share
    for instant in (min(between, found.changes_at - TICK), found.changes_at - TICK):
        assert standing(record, policy, instant) == found
    assert standing(record, policy, found.changes_at) != found


TICK = dt.timedelta(microseconds=1)


@given(record=rollouts(), hours=st.integers(-24, 24 * 30))
def test_every_team_is_shown_once_and_every_entry_names_a_team_that_is_there(record: Rollout, hours: int) -> None:
    found = standing(record, POLICY, at("2026-11-18 00:00") + dt.timedelta(hours=hours))
    names = [team.team for team in found.teams]
    assert len(names) == len(set(names))
    assert {each.team for each in found.attention} <= {"", *names}
    assert [RANK[each.severity] for each in found.attention] == sorted(RANK[each.severity] for each in found.attention)


@given(
    notified=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1)),  # noqa: DTZ001  given the zone below
    before=st.integers(0, 60 * 24 * 6),
    left=st.integers(0, 60 * 60),
)
def test_the_amber_hour_is_the_first_with_so_little_working_time_left(
    notified: dt.datetime, before: int, left: int
) -> None:
    due = clocks.add(notified.replace(tzinfo=ZURICH), Span(working_days=1), ZURICH, Calendar())
    amber = amber_from(due, dt.timedelta(minutes=left), ZURICH, Calendar())
    for instant in (due - dt.timedelta(minutes=before), amber, amber - TICK):
        if instant <= due:
            rest = clocks.working_time_between(instant, due, ZURICH, Calendar())
            assert (rest <= dt.timedelta(minutes=left)) == (instant >= amber)
