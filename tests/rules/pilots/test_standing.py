from __future__ import annotations

import datetime as dt

import pytest
from msgspec import structs

from ppstui.model import Level, Pilot, PilotProlong, PilotRollBack, Prolongation, Role, StepState, Update
from ppstui.rules.pilots import (
    PilotCode,
    PilotPhase,
    PilotState,
    pilot_codes,
    pilot_standing,
    pilot_urgency,
)
from ppstui.rules.standings import Severity
from tests.rules.make import at, day
from tests.rules.pilots.make import (
    CNAF,
    PIC,
    POLICY,
    REF,
    after,
    codes,
    driven,
    entry,
    gold,
    made,
    new,
    noon,
    sign,
    stands,
    wms,
)


def prolong(until: str, reason: str = "CMS asked for more time") -> PilotProlong:
    return PilotProlong(target=REF, until=day(until), reason=reason)


# ------------------------------------------------------------------------------------------------------- the real pilot


@pytest.mark.parametrize(
    ("on", "state", "phase", "mover"),
    [
        ("2009-02-13 00:00", PilotState.RUNNING, PilotPhase.RUN, Role.SITE),
        ("2009-02-20 12:00", PilotState.RUNNING, PilotPhase.RUN, Role.SITE),
        ("2009-02-25 23:59", PilotState.RUNNING, PilotPhase.RUN, Role.SITE),
        ("2009-02-26 00:00", PilotState.RUNNING, PilotPhase.RUN, Role.COORDINATOR),
        ("2009-02-26 23:59", PilotState.RUNNING, PilotPhase.RUN, Role.COORDINATOR),
        ("2009-02-27 00:00", PilotState.REPORTING, PilotPhase.REPORT, Role.SITE),
        ("2009-03-05 23:59", PilotState.REPORTING, PilotPhase.REPORT, Role.SITE),
        ("2009-03-06 00:00", PilotState.REPORTING, PilotPhase.REPORT, Role.COORDINATOR),
    ],
)
def test_the_pilot_of_february_2009_runs_from_friday_13_to_thursday_26(
    on: str, state: PilotState, phase: PilotPhase, mover: Role
) -> None:
    found = stands(wms(), on)
    assert (found.run_start, found.end) == (day("2009-02-13"), day("2009-02-26"))
    assert (found.state, found.phase, found.mover) == (state, phase, mover)


def test_the_days_around_it_follow() -> None:
    found = stands(wms(), "2009-02-20")
    assert found.start == day("2009-02-06")
    assert found.setup_due == day("2009-02-13")
    assert found.feedback_due == day("2009-02-26")
    assert found.report_due == day("2009-03-05")
    assert [(each.phase.value, str(each.begins), str(each.ends)) for each in found.stretches] == [
        ("set-up", "2009-02-06", "2009-02-12"),
        ("run", "2009-02-13", "2009-02-26"),
        ("report", "2009-02-27", "2009-03-06"),
    ]


def test_day_for_day_it_is_in_set_up_then_running_then_reporting() -> None:
    record = wms()
    seen = []
    for number in range(40):
        on = day("2009-02-06") + dt.timedelta(days=number)
        found = [
            each.phase.value
            for each in stands(record, str(on)).stretches
            if each.begins and each.ends
            if each.begins <= on <= each.ends
        ]
        seen += found
    assert seen == ["set-up"] * 7 + ["run"] * 14 + ["report"] * 8


@pytest.mark.parametrize(
    ("installed", "last_second", "end"),
    [
        ("2026-10-19", "2026-10-25T22:59:59+00:00", "2026-10-25"),  # the day on which summer time ends
        ("2026-03-23", "2026-03-29T21:59:59+00:00", "2026-03-29"),  # the day on which it begins
        ("2026-12-28", "2027-01-03T22:59:59+00:00", "2027-01-03"),  # the whole of ISO week 53
    ],
)
def test_a_week_ends_with_its_own_midnight_whatever_the_clocks_and_the_year_do(
    installed: str, last_second: str, end: str
) -> None:
    start = str(day(installed) - dt.timedelta(days=7))
    record = driven(made(new(Update.MINOR, start=start), start), {2: start, 3: start, 7: installed})
    last = at(last_second)
    assert pilot_standing(record, POLICY, last).end == day(end)
    assert pilot_standing(record, POLICY, last).state is PilotState.RUNNING
    assert pilot_standing(record, POLICY, last + dt.timedelta(seconds=1)).state is PilotState.REPORTING


# ---------------------------------------------------------------------------------------------------------- the states


def test_each_step_of_a_major_pilot_names_its_state() -> None:
    record, seen = made(new()), []
    days = {2: "2009-02-02", 4: "2009-02-04", 5: "2009-02-06", 6: "2009-02-10", 7: "2009-02-13", 8: "2009-02-26"}
    days |= {9: "2009-03-03", 10: "2009-03-05"}
    for number, text in days.items():
        record = after(record, sign(number, text), on=text)
        seen.append(stands(record, text).state.value)
    assert seen == [
        *("prescreen", "kickoff-planned", "kicked-off", "setup", "running", "reporting", "wrapup", "wrapup"),
    ]


def test_a_minor_pilot_is_instructed_and_a_mirror_nobody_needs_is_not_waited_for() -> None:
    screened = driven(made(new(Update.MINOR, mirror=False)), {2: "2009-02-04"})
    assert stands(screened, "2009-02-05").state is PilotState.PRESCREEN
    assert stands(driven(screened, {3: "2009-02-06"}), "2009-02-06").state is PilotState.SETUP
    waited = driven(made(new(Update.MINOR)), {2: "2009-02-04", 3: "2009-02-06"})
    assert stands(waited, "2009-02-06").state is PilotState.INSTRUCTED


def test_a_new_pilot_is_requested_and_plans_its_end_but_knows_no_start_of_the_run() -> None:
    found = stands(made(new()), "2009-01-26")
    assert (found.state, found.phase) == (PilotState.REQUESTED, PilotPhase.PREPARATION)
    assert (found.run_start, found.first_end, found.end) == (None, day("2009-02-26"), day("2009-02-26"))


def test_a_late_installation_moves_everything_after_it() -> None:
    found = stands(wms(6, step_7="2009-02-17"), "2009-02-18")
    assert (found.setup_due, found.run_start, found.end) == tuple(map(day, ("2009-02-13", "2009-02-17", "2009-03-02")))
    run = found.stretches[1]
    assert (run.planned_from, run.planned_to) == (day("2009-02-13"), day("2009-02-26"))
    assert (run.begins, run.ends) == (day("2009-02-17"), day("2009-03-02"))


def test_prolonged_it_runs_on_and_says_so_beyond_its_first_end() -> None:
    record = after(wms(), prolong("2009-03-12"), on="2009-02-25")
    inside, beyond = stands(record, "2009-02-26 23:59"), stands(record, "2009-02-27 00:00")
    assert (inside.state, beyond.state) == (PilotState.RUNNING, PilotState.PROLONGED)
    assert (inside.end, inside.first_end, inside.prolonged) == (day("2009-03-12"), day("2009-02-26"), True)
    assert beyond.phase is PilotPhase.RUN
    assert beyond.stretches[1].prolonged_from == day("2009-02-27")
    assert stands(record, "2009-03-13").state is PilotState.REPORTING


def test_prolonging_after_the_wrap_up_opens_run_and_wrap_up_and_keeps_the_report() -> None:
    record = driven(wms(), {8: "2009-02-26", 9: "2009-03-02", 10: "2009-03-04"})
    again = after(record, prolong("2009-03-20"), on="2009-03-04")
    assert [step.number for step in again.steps if step.state is StepState.OPEN] == [8, 10]
    found = stands(again, "2009-03-05")
    assert found.end == day("2009-03-20")


def test_a_run_signed_off_early_ends_that_day() -> None:
    found = stands(driven(wms(), {8: "2009-02-20"}), "2009-02-20")
    assert (found.end, found.phase, found.report_due) == (day("2009-02-20"), PilotPhase.REPORT, day("2009-02-27"))


def test_rolled_back_the_run_ends_there_and_nobody_moves() -> None:
    command = PilotRollBack(target=REF, on=day("2009-02-18"), reason="jobs were lost")
    found = stands(after(wms(), command, on="2009-02-18"), "2009-02-19")
    assert (found.state, found.phase, found.mover) == (PilotState.ROLLED_BACK, PilotPhase.OVER, Role.NOBODY)
    assert (found.end, found.attention) == (day("2009-02-18"), ())
    assert [each.phase for each in found.stretches] == [PilotPhase.SETUP, PilotPhase.RUN]


# ------------------------------------------------------------------------------------------------------------ attention


def test_what_a_fresh_pilot_lacks_is_told() -> None:
    bare = structs.replace(made(new(sites=())), objectives="", metrics="", documentation="")
    assert codes(bare, "2009-01-27") == ["sites-missing", "objectives-missing", "documentation-missing"]
    assert entry(bare, PilotCode.SITES_MISSING, "2009-01-27").text == (
        "no site is chosen; it needs Gold sites, or volunteers"
    )
    assert entry(bare, PilotCode.SITES_MISSING, "2009-01-27").severity is Severity.SOON
    screened = driven(bare, {2: "2009-01-28"})
    assert entry(screened, PilotCode.SITES_MISSING, "2009-01-28").severity is Severity.BLOCKED


def test_a_step_falls_due_on_its_last_working_day_and_is_late_when_the_day_is_over() -> None:
    record = made(new())
    assert "step-due" not in codes(record, "2009-01-29 23:59")
    due = entry(record, PilotCode.STEP_DUE, "2009-01-30 00:00")
    assert (due.step, due.severity, due.mover) == (2, Severity.SOON, Role.COORDINATOR)
    assert due.due == at("2009-01-30 23:59:59")
    late = entry(record, PilotCode.STEP_OVERDUE, "2009-01-31 00:00")
    assert (late.severity, late.since) == (Severity.LATE, at("2009-01-31 00:00"))


def test_a_step_due_on_a_sunday_is_announced_on_friday() -> None:
    record = driven(made(new(setup_days=9)), {2: "2009-02-02", 4: "2009-02-04", 5: "2009-02-06"})
    assert [each.step for each in stands(record, "2009-02-13 00:00").attention if each.code is PilotCode.STEP_DUE] == [
        7
    ]


def test_a_late_site_is_the_coordinators_move() -> None:
    late = entry(wms(6), PilotCode.STEP_OVERDUE, "2009-02-14")
    assert (late.step, late.mover) == (7, Role.COORDINATOR)
    assert stands(wms(6), "2009-02-14").mover is Role.COORDINATOR
    assert stands(wms(6), "2009-02-12").mover is Role.SITE


def test_an_optional_step_presses_less_and_does_not_hide_the_next() -> None:
    record = wms(5)
    found = {each.step: each.severity for each in stands(record, "2009-02-14").attention if each.step}
    assert found == {6: Severity.SOON, 7: Severity.LATE}


def test_a_failed_step_blocks_and_a_passed_one_is_noted() -> None:
    failed = after(wms(6), sign(7, "2009-02-12", StepState.FAILED), on="2009-02-12")
    assert codes(failed, "2009-02-12") == ["step-failed"]
    passed = driven(made(new()), {2: "2009-02-02", 7: "2009-02-05"})
    notes = [each.step for each in stands(passed, "2009-02-05").attention if each.code is PilotCode.STEP_SKIPPED]
    assert notes == [4, 5]
    assert stands(passed, "2009-02-05").mover is Role.SITE


def test_the_feedback_of_the_vos_is_for_major_pilots_only() -> None:
    assert entry(wms(), PilotCode.FEEDBACK_DUE, "2009-02-20").mover is Role.VO
    minor = driven(made(new(Update.MINOR)), {2: "2009-02-04", 3: "2009-02-06", 7: "2009-02-13"})
    assert codes(minor, "2009-02-20 00:00") == ["report-due", "run-over"]


def test_the_report_is_late_a_week_after_the_run() -> None:
    assert entry(wms(), PilotCode.REPORT_DUE, "2009-03-05 23:59").mover is Role.SITE
    late = entry(wms(), PilotCode.REPORT_OVERDUE, "2009-03-06 00:00")
    assert (late.severity, late.mover, late.due) == (Severity.LATE, Role.COORDINATOR, at("2009-03-05 23:59:59"))


def test_the_wrap_up_of_a_minor_pilot_goes_to_the_emt() -> None:
    minor = driven(
        made(new(Update.MINOR)), {2: "2009-02-04", 3: "2009-02-06", 7: "2009-02-13", 8: "2009-02-19", 9: "2009-02-20"}
    )
    assert "agenda of the EMT" in entry(minor, PilotCode.WRAP_UP_DUE, "2009-02-20").text
    major = driven(wms(), {8: "2009-02-26", 9: "2009-03-02"})
    assert "EMT" not in entry(major, PilotCode.WRAP_UP_DUE, "2009-03-03").text
    assert codes(driven(major, {10: "2009-03-03"}), "2009-03-03") == ["ready-to-close"]


def test_a_volunteer_is_noted_once_a_registry_is_asked() -> None:
    record = made(new(sites=(CNAF, PIC)))
    assert stands(record, "2009-01-27").volunteers == ()
    assert stands(record, "2009-01-27", known=[gold(CNAF)]).volunteers == (PIC,)
    assert stands(record, "2009-01-27", known=[gold(CNAF), gold(PIC, Level.PLATINUM)]).volunteers == (PIC,)
    ended = [gold(CNAF), gold(PIC, until="2009-01-31")]
    assert stands(record, "2009-01-27", known=ended).volunteers == (PIC,)


def test_days_that_contradict_each_other_are_told_not_repaired() -> None:
    odd = driven(made(new()), {2: "2009-02-05", 5: "2009-02-03"})
    assert entry(odd, PilotCode.DATES_WRONG, "2009-02-06").text == "step 5 was finished before step 2"
    short = structs.replace(wms(), prolongations=(Prolongation(until=day("2009-02-10"), reason="?"),))
    assert stands(short, "2009-02-14").end == day("2009-02-26")
    assert "dates-wrong" in codes(short, "2009-02-14")


def test_a_list_entry_has_no_attention_and_the_ended_come_last() -> None:
    assert stands(structs.replace(made(new()), whole=False), "2009-03-14").attention == ()
    over = after(wms(), PilotRollBack(target=REF, reason="x"), on="2009-02-18")
    order = [wms(6), wms(), structs.replace(wms(), run_weeks=9), over]
    keys = [pilot_urgency(stands(each, "2009-02-26"), noon("2009-02-26")) for each in order]
    assert keys == sorted(keys)


def test_a_wrap_up_that_failed_ends_no_report() -> None:
    record = driven(wms(), {8: "2009-02-26", 9: "2009-03-02"})
    failed = after(record, sign(10, "2009-03-20", StepState.FAILED), on="2009-03-20")
    assert stands(failed, "2009-03-20").stretches[2].ends == day("2009-03-03")
    done = after(record, sign(10, "2009-03-20"), on="2009-03-20")
    assert stands(done, "2009-03-20").stretches[2].ends == day("2009-03-20")


def test_every_code_is_explained() -> None:
    assert [code for code, text in pilot_codes() if text] == [code.value for code in PilotCode]


def test_a_pilot_that_knows_nothing_still_stands() -> None:
    found = stands(Pilot(ref=REF), "2026-11-24")
    assert (found.state, found.start, found.end) == (PilotState.REQUESTED, None, None)
    assert "start-missing" in [each.code.value for each in found.attention]
