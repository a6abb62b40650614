from __future__ import annotations

import pytest

from ppstui.model import (
    Answer,
    Voice,
)
from ppstui.rules.clocks import Calendar
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import Code, Mover, Severity, Stage, TeamState
from tests.rules.make import (
    COORDINATOR,
    GLASGOW,
    INFN,
    REPORT,
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
