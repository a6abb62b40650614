from __future__ import annotations

import pytest
from msgspec import structs

from ppstui.model import (
    Comment,
    Ending,
    EndKind,
    Event,
    Level,
    Milestone,
    Pilot,
    PilotCancel,
    PilotClose,
    PilotCommand,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Remind,
    Reply,
    Role,
    Software,
    Spent,
    Step,
    StepState,
    Update,
)
from ppstui.rules.pilots.commands import pilot_irreversible, pilot_preview, pilot_reverse, planned
from ppstui.rules.pilots.conflicts import pilot_differences
from ppstui.rules.pilots.reckoning import find
from tests.rules.make import day
from tests.rules.pilots.make import (
    CNAF,
    NEW,
    PIC,
    POLICY,
    REF,
    after,
    against,
    does,
    driven,
    gold,
    made,
    new,
    noon,
    rules,
    sign,
    stands,
    wms,
)


def prolong(until: str, reason: str = "CMS asked for more time") -> PilotProlong:
    return PilotProlong(target=REF, until=day(until), reason=reason)


def edit(**changes: object) -> PilotEdit:
    return structs.replace(PilotEdit(target=REF), **changes)


def close(on: str = "", reason: str = "it works") -> PilotClose:
    return PilotClose(target=REF, on=day(on) if on else None, reason=reason)


def finished() -> Pilot:
    return driven(wms(), {8: "2009-02-26", 9: "2009-03-02", 10: "2009-03-04"})


# ------------------------------------------------------------------------------------------------------------ pilot-new


def test_a_whole_major_pilot_may_be_made() -> None:
    assert rules(new(), None, "2009-01-26", [gold(CNAF)]) == []


def test_making_one_tells_every_step_with_owner_day_and_cost() -> None:
    told = does(new(), None, "2009-01-26")
    assert told[:3] == [("title", "", "WMS 3.1"), ("service", "", "WMS 3.1"), ("update", "", "major")]
    assert ("step 7, set up the service", "", f"Fri 2009-02-13, {CNAF}, 1.5PD") in told
    assert ("step 6, mirror the repository", "", "Mon 2009-02-09, repository-manager, 0.5PD") in told


def test_the_plan_travels_in_the_command() -> None:
    command = planned(new(start=""), POLICY, noon("2026-11-20"))
    assert command.start == day("2026-11-27")
    assert [step.number for step in command.steps] == [1, 2, 4, 5, 6, 7, 8, 9, 10]
    assert planned(command, POLICY, noon("2026-12-20")) == command


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (new(title=" "), "empty"),
        (new(setup_days=-1), "dates"),
        (new(weeks=-2), "dates"),
        (new(sites=("NGI IT",)), "site-name"),
        (new(sites=(CNAF, CNAF.lower())), "site-twice"),
    ],
)
def test_what_cannot_be_is_not_made(command: PilotCommand, rule: str) -> None:
    assert (rule, True) in rules(command, None, "2009-01-26")


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (new(sites=()), "sites-missing"),
        (new(vos=()), "vos-missing"),
        (new(weeks=3), "run-length"),
        (new(software=Software.CLIENT), "semi-automatic"),
        (new(Update.MINOR, incompatible=True), "update"),
        (new(start="2009-01-20"), "past"),
        (new(start="2009-02-07"), "not-working"),
    ],
)
def test_what_is_unusual_is_said_and_stops_nothing(command: PilotCommand, rule: str) -> None:
    assert rules(command, None, "2009-01-26") == [(rule, False)]


def test_lengths_of_the_rule_book_and_a_start_today_are_nothing_unusual() -> None:
    assert rules(new(weeks=2, setup_days=0, start="2009-01-26"), None, "2009-01-26") == []
    assert rules(new(Update.MINOR, weeks=1), None, "2009-01-26") == []
    (minor,) = against(new(Update.MINOR, weeks=2), None, "2009-01-26")
    assert minor.text == "a minor pilot runs 1 week as a rule"
    (major,) = against(new(weeks=1), None, "2009-01-26")
    assert major.text == "a major pilot runs 2 weeks as a rule"


def test_a_site_without_the_level_needs_a_reason() -> None:
    (objection,) = against(new(), None, "2009-01-26", [gold(PIC)])
    assert (objection.rule, objection.blocking, objection.overridable) == ("level", True, True)
    assert "committed itself to no level" in objection.text
    (other,) = against(new(incompatible=True), None, "2009-01-26", [gold(CNAF)])
    assert other.text.startswith(f"{CNAF} is no Platinum site; it is gold")
    ended = [gold(CNAF, until="2009-02-05"), gold(CNAF, Level.SILVER)]
    assert rules(new(), None, "2009-01-26", ended) == [("level", True)]


def test_where_nobody_holds_the_level_a_site_is_a_volunteer() -> None:
    assert rules(new(), None, "2009-01-26", []) == [("level", False)]
    assert rules(new(), None, "2009-01-26", [gold(PIC, Level.SILVER)]) == [("level", False)]
    assert rules(new(), None, "2009-01-26", [gold(PIC, until="2009-02-05")]) == [("level", False)]


def test_a_pilot_of_the_past_is_entered_afterwards_day_for_day() -> None:
    today = "2026-11-25"
    record = made(new(), today)
    days = {1: "2009-01-20", 2: "2009-01-26", 4: "2009-02-02", 5: "2009-02-06", 6: "2009-02-10", 7: "2009-02-13"}
    for number, text in (days | {8: "2009-02-26", 9: "2009-03-02", 10: "2009-03-04"}).items():
        assert [rule for rule, blocks in rules(sign(number, text), record, today) if blocks] == []
        record = after(record, sign(number, text), on=today)
        assert "dates-wrong" not in [each.code.value for each in stands(record, today).attention]
    assert rules(close("2009-03-05"), record, today) == []
    found = stands(record, today)
    assert (found.run_start, found.end) == (day("2009-02-13"), day("2009-02-26"))
    unsigned = driven(made(new(), today), {2: "2009-01-26", 4: "2009-02-02"})
    assert rules(sign(5, "2009-02-06"), unsigned, today) == []


# ----------------------------------------------------------------------------------------------------------- pilot-step


def test_step_seven_starts_the_run_and_says_so_before() -> None:
    assert does(sign(7, "2009-02-13"), wms(6), "2009-02-13") == [
        ("step 7, set up the service", "open", "done on Fri 2009-02-13"),
        ("run begins", "", "Fri 2009-02-13"),
        ("feedback due", "", "Thu 2009-02-26"),
        ("state", "setup", "running"),
    ]


def test_a_late_installation_shows_what_it_moves() -> None:
    told = does(sign(7, "2009-02-17"), wms(6), "2009-02-17")
    assert ("run ends", "Thu 2009-02-26", "Mon 2009-03-02") in told
    assert ("post-mortem due", "Thu 2009-03-05", "Mon 2009-03-09") in told


def test_signed_without_a_day_it_was_today_and_by_whoever_signs() -> None:
    step = find(after(wms(6), PilotStep(target=REF, number=7), on="2009-02-13"), 7)
    assert step is not None
    assert (step.done, step.by) == (day("2009-02-13"), "antonio")


def test_a_step_waits_for_those_before_it() -> None:
    (objection,) = against(sign(7, "2009-02-05"), made(new()), "2009-02-05")[:1]
    assert (objection.rule, objection.blocking, objection.overridable) == ("predecessor", True, True)
    assert "4 (organise the kick-off), 5 (kick-off)" in objection.text
    assert "6 (" not in objection.text


def test_the_mirror_may_be_left_out() -> None:
    assert rules(sign(7, "2009-02-13"), wms(5), "2009-02-13") == [("optional-open", False)]
    assert rules(sign(6, "2009-02-10", StepState.SKIPPED), wms(5), "2009-02-10") == []
    (objection,) = against(sign(5, "2009-02-06", StepState.SKIPPED), wms(4), "2009-02-06")
    assert (objection.rule, objection.overridable) == ("skipped", True)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (sign(7, "2009-02-16"), "still to come"),
        (sign(7, "2009-02-05"), "before step 5 was"),
        (sign(2, "2009-02-05"), "after step 4 was"),
    ],
)
def test_the_days_of_steps_keep_their_order(command: PilotStep, said: str) -> None:
    found = [each for each in against(command, wms(6), "2009-02-13") if each.rule == "dates"]
    assert len(found) >= 1
    assert found[0].blocking
    assert not found[0].overridable
    assert any(said in each.text for each in found)


def test_steps_may_share_a_day() -> None:
    assert rules(sign(7, "2009-02-10"), wms(6), "2009-02-13") == []
    assert rules(sign(7, "2009-02-06"), wms(5), "2009-02-13") == [("optional-open", False)]
    assert rules(sign(5, "2009-02-13"), wms(), "2009-02-13") == [("signed", False)]


def test_the_mirror_may_come_before_the_kick_off() -> None:
    assert rules(sign(6, "2009-02-05"), wms(5), "2009-02-10") == []


def test_signing_again_replaces_and_opening_what_is_open_is_nothing() -> None:
    assert rules(sign(7, "2009-02-12"), wms(), "2009-02-14") == [("signed", False)]
    assert rules(sign(7, state=StepState.OPEN), wms(6), "2009-02-14") == [("idle", True)]
    assert rules(sign(5, state=StepState.OPEN), wms(), "2009-02-14") == [("later-steps", False)]
    assert rules(sign(3, "2009-02-06"), wms(4), "2009-02-06") == [("no-step", True)]


def test_what_the_home_page_lacks_is_said_when_it_is_looked_for() -> None:
    bare = structs.replace(made(new(sites=())), documentation="", metrics="")
    assert rules(sign(2, "2009-02-02"), bare, "2009-02-02") == [
        ("sites-missing", False),
        ("documentation-missing", False),
    ]
    assert rules(sign(2, "2009-02-02"), made(new()), "2009-02-02") == []
    screened = driven(bare, {2: "2009-02-02", 4: "2009-02-04"})
    assert rules(sign(5, "2009-02-06"), screened, "2009-02-06") == [("objectives-missing", False)]
    assert rules(sign(5, "2009-02-06"), wms(4), "2009-02-06") == []
    assert rules(sign(9, "2009-03-02"), wms(), "2009-03-02") == [("report-missing", False)]


def test_nobody_can_set_up_where_no_site_is_named() -> None:
    record = structs.replace(wms(6), sites=())
    assert rules(sign(7, "2009-02-13"), record, "2009-02-13") == [("sites-missing", True)]


def test_a_run_that_is_signed_off_early_is_said_and_one_whose_time_is_over_need_not_be() -> None:
    assert rules(sign(8, "2009-02-25"), wms(), "2009-02-25") == [("run-short", False)]
    assert rules(sign(8, "2009-02-26"), wms(), "2009-02-26") == []
    note = structs.replace(sign(9, "2009-03-02"), note="in the agenda")
    assert rules(note, wms(), "2009-03-02") == []
    assert ("predecessor", True) in rules(note, wms(), "2009-02-26")


def test_effort_is_booked_with_a_step_and_can_be_taken_back_no_further() -> None:
    spent = (Spent(role=Role.SITE, minutes=600, site=CNAF),)
    booking = structs.replace(sign(7, "2009-02-13"), spent=spent)
    record = after(wms(6), booking, on="2009-02-13")
    step = find(record, 7)
    assert step is not None
    assert [(each.minutes, each.on, each.by) for each in step.spent] == [(600, day("2009-02-13"), "antonio")]
    assert ("effort on step 7", "", f"1.25PD, partner-site at {CNAF}") in does(booking, wms(6), "2009-02-13")
    whole = structs.replace(booking, spent=(structs.replace(spent[0], minutes=-600),))
    assert rules(whole, record, "2009-02-14") == [("signed", False)]
    for other in (structs.replace(spent[0], minutes=-1, site=PIC), structs.replace(spent[0], minutes=-1, role=Role.VO)):
        assert ("effort", True) in rules(structs.replace(booking, spent=(other,)), record, "2009-02-14")
    back = structs.replace(booking, spent=(structs.replace(spent[0], minutes=-601),))
    assert ("effort", True) in rules(back, record, "2009-02-14")
    assert ("effort", True) in rules(
        structs.replace(booking, spent=(structs.replace(spent[0], minutes=0),)), record, "2009-02-14"
    )


# --------------------------------------------------------------------------------------------------- prolonging, ending


def test_prolonging_shows_the_new_days() -> None:
    assert does(prolong("2009-03-12"), wms(), "2009-02-25") == [
        ("prolonged", "", "to Thu 2009-03-12: CMS asked for more time"),
        ("run ends", "Thu 2009-02-26", "Thu 2009-03-12"),
        ("post-mortem due", "Thu 2009-03-05", "Thu 2009-03-19"),
    ]


@pytest.mark.parametrize(
    ("command", "record", "rule"),
    [
        (prolong("2009-03-12", " "), wms(), "reason-missing"),
        (prolong("2009-02-26"), wms(), "dates"),
        (prolong("2009-02-01"), wms(), "dates"),
        (prolong("2009-03-12"), wms(6), "not-running"),
        (prolong("2009-02-24"), driven(wms(), {8: "2009-02-20"}), "dates"),
        (PilotRollBack(target=REF, reason="x"), wms(6), "not-running"),
        (PilotRollBack(target=REF, reason=""), wms(), "reason-missing"),
        (PilotRollBack(target=REF, reason="x", on=day("2009-02-12")), wms(), "dates"),
        (PilotCancel(target=REF, reason=" "), wms(6), "reason-missing"),
        (PilotCancel(target=REF, reason="x", on=day("2009-12-01")), wms(6), "dates"),
        (close("2009-03-01"), finished(), "dates"),
        (close("2009-12-01"), finished(), "dates"),
    ],
)
def test_an_end_before_its_start_or_without_a_reason_is_refused(
    command: PilotCommand, record: Pilot, rule: str
) -> None:
    found = [each for each in against(command, record, "2009-03-05") if each.blocking]
    assert [(each.rule, each.overridable) for each in found] == [(rule, False)]


def test_a_day_that_is_past_already_prolongs_with_a_word() -> None:
    assert rules(prolong("2009-03-04"), wms(), "2009-03-05") == [("past", False)]
    assert rules(prolong("2009-03-05"), wms(), "2009-03-05") == []
    assert rules(prolong("2009-02-27"), wms(), "2009-02-26") == []


def test_who_gives_up_a_running_pilot_is_told_of_rolling_back() -> None:
    cancel = PilotCancel(target=REF, reason="x")
    assert rules(cancel, wms(), "2009-02-20") == [("running", False)]
    assert rules(cancel, wms(6), "2009-02-12") == []
    assert rules(PilotRollBack(target=REF, reason="x"), wms(), "2009-02-20") == []
    assert rules(PilotRollBack(target=REF, reason="x"), wms(), "2009-03-02") == []


def test_closing_asks_for_every_step_and_tells_the_emt_of_a_minor_one() -> None:
    (objection,) = [each for each in against(close("2009-02-20"), wms(), "2009-02-20") if each.blocking]
    assert (objection.rule, objection.overridable) == ("steps-open", True)
    assert rules(close("2009-03-04"), finished(), "2009-03-04") == []
    assert rules(close("2009-03-04", ""), finished(), "2009-03-04") == [("assessment-missing", False)]
    minor = driven(made(new(Update.MINOR)), {2: "2009-02-04", 3: "2009-02-06", 7: "2009-02-13", 9: "2009-02-20"})
    minor = driven(minor, {8: "2009-02-19", 10: "2009-02-23"})
    assert ("agenda of the EMT", "", "wrap-up of WMS 3.1") in does(close("2009-02-23"), minor, "2009-02-23")
    assert "agenda of the EMT" not in [what for what, _, _ in does(close("2009-03-04"), finished(), "2009-03-04")]


def test_the_history_tells_each_command_in_one_line() -> None:
    lines = [
        after(wms(6), command, on="2009-02-13").events[-1].text
        for command in (
            sign(7, "2009-02-13", by="mario"),
            sign(7, "2009-02-12"),
            sign(5, state=StepState.OPEN),
            prolong("2009-03-12"),
            close(),
            PilotClose(target=REF),
            edit(users="CMS", owners=((6, "Louis"),)),
        )
    ]
    assert lines == [
        "step 7 done on 2009-02-13 by mario",
        "step 7 done on 2009-02-12",
        "step 5 open",
        "prolonged to 2009-03-12: CMS asked for more time",
        "closed: it works",
        "closed",
        "changed users, owner of step 6",
    ]


def test_an_ending_is_told_with_its_day_and_its_reason() -> None:
    told = does(close("2009-03-04"), finished(), "2009-03-04")
    assert ("ending", "", "closed on Wed 2009-03-04: it works") in told
    assert ("state", "wrapup", "closed") in told
    over = after(finished(), close("2009-03-04"), on="2009-03-04")
    assert does(edit(users="CMS"), over, "2009-03-05") == [("users", "", "CMS")]


def test_a_pilot_whose_making_nobody_dated_is_planned_back_from_its_start() -> None:
    record = structs.replace(made(new()), created=None)
    moved = after(record, edit(start=day("2009-02-09")), on="2009-02-01")
    assert [str(step.planned) for step in moved.steps if step.number in (2, 4, 5)] == [
        *("2009-02-02", "2009-02-04", "2009-02-09"),
    ]


def test_what_ended_takes_no_command_but_a_comment() -> None:
    over = after(finished(), close("2009-03-04"), on="2009-03-04")
    assert stands(over, "2009-03-05").state.value == "closed"
    assert rules(close(), over, "2009-03-05") == [("closed", True)]
    (objection,) = [each for each in against(edit(users="x"), over, "2009-03-05") if each.blocking]
    assert (objection.rule, objection.overridable) == ("closed", True)
    assert ("closed", True) in rules(prolong("2009-04-01"), over, "2009-03-05")
    assert rules(Comment(target=REF, text="well done"), over, "2009-03-05") == []
    assert rules(Reply(target=REF, text="thanks"), over, "2009-03-05") == [("closed", False)]
    (said,) = against(Reply(target=REF, text=" "), wms(), "2009-02-14")
    assert said.text == "the reply has no text; write one"
    assert against(close(), over, "2009-03-05")[0].text.startswith(f"{REF} is closed since Wed 2009-03-04;")
    undated = structs.replace(over, ending=Ending(how=EndKind.ROLLED_BACK))
    assert against(prolong("2009-04-01"), undated, "2009-03-05")[0].text.startswith(f"{REF} is rolled back;")


# -------------------------------------------------------------------------------------------------------------- editing


def test_a_new_start_moves_what_nobody_planned_by_hand() -> None:
    record = after(made(new()), edit(planned=((9, day("2009-03-03")),)), on="2009-01-27")
    moved = after(record, edit(start=day("2009-02-09")), on="2009-01-27")
    days = {step.number: str(step.planned) for step in moved.steps}
    assert days == {
        1: "2009-01-26",
        2: "2009-02-02",
        4: "2009-02-04",
        5: "2009-02-09",
        6: "2009-02-10",
        7: "2009-02-16",
        8: "2009-03-01",
        9: "2009-03-03",
        10: "2009-03-09",
    }


def test_editing_a_day_shows_its_consequences() -> None:
    told = does(edit(planned=((7, day("2009-02-18")),)), made(new()), "2009-01-27")
    assert ("setup days", "7", "12") in told
    assert ("installation due", "Fri 2009-02-13", "Wed 2009-02-18") in told
    assert ("run ends", "Thu 2009-02-26", "Tue 2009-03-03") in told


def test_home_page_fields_are_set_as_they_are() -> None:
    stones = (Milestone(on=day("2009-02-20"), what="first user jobs"),)
    record = after(
        made(new()), edit(objectives="", users="CMS", milestones=stones, owners=((6, "Louis"),)), on="2009-01-27"
    )
    step = find(record, 6)
    assert (record.objectives, record.users, record.milestones) == ("", "CMS", stones)
    assert step is not None
    assert step.owner == "Louis"


@pytest.mark.parametrize(
    ("command", "record", "rule"),
    [
        (edit(), made(new()), "idle"),
        (edit(title=" "), made(new()), "empty"),
        (edit(setup_days=-3), made(new()), "dates"),
        (edit(start=day("2009-02-10")), wms(5), "dates"),
        (edit(setup_days=9), wms(), "dates"),
        (edit(planned=((7, day("2009-02-04")),)), made(new()), "dates"),
        (edit(planned=((8, day("2009-03-04")),)), made(new()), "dates"),
        (edit(planned=((4, day("2009-02-10")),)), made(new()), "dates"),
        (edit(planned=((10, day("2009-03-01")),)), made(new()), "dates"),
        (edit(planned=((3, day("2009-02-10")),)), made(new()), "no-step"),
        (edit(sites=("a b",)), made(new()), "site-name"),
    ],
)
def test_an_edit_that_contradicts_itself_is_refused(command: PilotEdit, record: Pilot, rule: str) -> None:
    found = [each for each in against(command, record, "2009-02-14") if each.blocking]
    assert rule in [each.rule for each in found]
    assert not any(each.overridable for each in found)


def test_a_shorter_run_that_would_be_over_already_is_said() -> None:
    assert rules(edit(run_weeks=1), wms(), "2009-02-20") == [("past", False)]
    assert rules(edit(run_weeks=1), wms(), "2009-02-19") == []
    assert rules(edit(run_weeks=3), wms(), "2009-02-20") == []
    assert rules(edit(run_weeks=1), wms(6), "2009-02-28") == []
    assert rules(edit(users="CMS"), wms(), "2009-02-28") == []


def test_steps_may_be_planned_for_one_day_and_the_mirror_for_any() -> None:
    on = "2009-01-27"
    assert rules(edit(planned=((4, day("2009-02-06")),)), made(new()), on) == []
    assert rules(edit(planned=((6, day("2009-02-02")),)), made(new()), on) == []
    both = edit(planned=((5, day("2009-02-10")), (7, day("2009-02-09"))))
    assert ("dates", True) in rules(both, made(new()), on)
    startless = structs.replace(made(new()), start=None, steps=(Step(number=7),))
    assert ("dates", True) in rules(edit(planned=((7, day("2009-02-09")),)), startless, on)
    assert rules(edit(planned=((5, day("2009-02-09")), (7, day("2009-02-16")))), made(new()), on) == []


def test_a_new_site_is_held_to_the_level_and_an_old_one_is_not() -> None:
    assert rules(edit(sites=(CNAF, PIC)), made(new()), "2009-01-27", [gold(PIC)]) == []
    assert rules(edit(sites=(CNAF, PIC)), made(new()), "2009-01-27", [gold(CNAF)]) == [("level", True)]
    assert rules(edit(sites=(PIC,)), wms(), "2009-02-14", [gold(PIC)]) == [("installed", False)]
    (gone,) = against(edit(sites=(PIC,)), structs.replace(wms(), sites=(CNAF, PIC)), "2009-02-14")
    assert gone.text == f"the version is installed at {CNAF}; who takes it out again?"


# --------------------------------------------------------------------------------------------------- undo and conflicts


def test_a_sign_off_is_taken_back_with_its_effort() -> None:
    spent = (Spent(role=Role.SITE, minutes=600, site=CNAF),)
    command = structs.replace(sign(7, "2009-02-13"), spent=spent)
    back = pilot_reverse(command, wms(6), POLICY)
    assert back is not None
    again = after(wms(6), command, back, on="2009-02-13")
    step = find(again, 7)
    assert step is not None
    assert (step.state, step.done, step.by) == (StepState.OPEN, None, "")
    assert sum(each.minutes for each in step.spent) == 0


def test_an_edit_is_taken_back_with_the_plan_it_moved() -> None:
    command = edit(start=day("2009-02-10"), users="CMS", planned=((10, day("2009-03-20")),), owners=((6, "Louis"),))
    back = pilot_reverse(command, made(new()), POLICY)
    assert back is not None
    again = after(made(new()), command, back, on="2009-01-27")
    assert structs.replace(again, events=()) == structs.replace(made(new()), events=())


@pytest.mark.parametrize(
    "command",
    [new(), prolong("2009-03-12"), PilotRollBack(target=REF, reason="x"), PilotCancel(target=REF, reason="x"), close()],
)
def test_what_cannot_be_taken_back_says_why(command: PilotCommand) -> None:
    assert pilot_reverse(command, wms(), POLICY) is None
    assert "cannot be taken back: " in pilot_irreversible(command).text


def colleague(record: Pilot, command: PilotCommand, on: str = "2009-02-13") -> Pilot:
    changed = pilot_preview(command, record, POLICY, noon(on), "louis", "")
    return structs.replace(changed, events=(*record.events, Event(id="7", at=noon(on), author="louis", text="x")))


def test_a_colleague_who_signed_the_same_step_otherwise_is_named() -> None:
    current = colleague(wms(6), sign(7, "2009-02-12"))
    (difference,) = pilot_differences(sign(7, "2009-02-13"), wms(6), current)
    assert (difference.what, difference.before, difference.by) == ("step 7", "open", "louis")
    assert difference.theirs == "done on Thu 2009-02-12 by louis"
    assert difference.mine == "done on Fri 2009-02-13"


def test_what_a_colleague_did_elsewhere_or_just_so_is_no_conflict() -> None:
    assert pilot_differences(sign(7, "2009-02-13"), wms(6), colleague(wms(6), sign(7, "2009-02-13"))) == ()
    assert pilot_differences(sign(7, "2009-02-13"), wms(6), colleague(wms(6), edit(users="CMS"))) == ()
    assert pilot_differences(edit(users="LHCb"), wms(6), colleague(wms(6), edit(layout="one"))) == ()
    assert pilot_differences(close(), finished(), colleague(finished(), close())) == ()
    assert pilot_differences(prolong("2009-03-12"), wms(), colleague(wms(), prolong("2009-03-12"))) == ()
    text = Comment(target=REF, text="x")
    assert pilot_differences(text, wms(), colleague(wms(), close())) == pilot_differences(new(), wms(), wms()) == ()


@pytest.mark.parametrize(
    ("mine", "theirs", "what"),
    [
        (edit(users="LHCb"), edit(users="CMS"), "users"),
        (edit(start=day("2009-02-09")), edit(start=day("2009-02-10")), "start"),
        (edit(planned=((9, day("2009-03-09")),)), edit(planned=((9, day("2009-03-10")),)), "plan of step 9"),
        (edit(owners=((6, "a"),)), edit(owners=((6, "b"),)), "owner of step 6"),
        (prolong("2009-03-12"), prolong("2009-03-19"), "prolonged to"),
        (sign(8, "2009-02-26"), PilotRollBack(target=REF, reason="x"), "ending"),
        (close(), PilotCancel(target=REF, reason="x"), "ending"),
    ],
)
def test_what_both_changed_stands_between_them(mine: PilotCommand, theirs: PilotCommand, what: str) -> None:
    found = pilot_differences(mine, wms(), colleague(wms(), theirs, "2009-02-26"))
    assert [(each.what, each.by) for each in found] == [(what, "louis")]
    assert found[0].theirs


def happened(record: Pilot, *lines: str) -> Pilot:
    """The record after colleagues changed something to and fro, of which only its history tells."""
    events = tuple(
        Event(id=f"e{at}", at=noon("2009-02-26"), author="louis", text=line) for at, line in enumerate(lines)
    )
    return structs.replace(record, events=(*record.events, *events))


@pytest.mark.parametrize(
    ("mine", "lines"),
    [
        (sign(8, "2009-02-26"), ("step 8 done on 2009-02-26", "step 8 open")),
        (edit(users="LHCb"), ("changed users", "changed layout, users")),
        (edit(planned=((9, day("2009-03-09")),)), ("changed plan of step 9",)),
        (edit(owners=((6, "a"),)), ("changed owner of step 6",)),
    ],
)
def test_what_was_changed_to_and_fro_counts_as_changed(mine: PilotCommand, lines: tuple[str, ...]) -> None:
    (difference,) = pilot_differences(mine, wms(), happened(wms(), *lines))
    assert (difference.before, difference.by) == (difference.theirs, "louis")
    assert pilot_differences(mine, happened(wms(), *lines), happened(wms(), *lines)) == ()
    assert pilot_differences(mine, wms(), happened(wms(), "step 18 open", "changed users of it, layout")) == ()


def test_a_history_that_was_not_read_whole_makes_no_false_alarm() -> None:
    old = Event(id="e1", at=noon("2009-02-14"), author="louis", text="step 8 open")
    seen = structs.replace(wms(), events=(), updated=noon("2009-02-15"))
    assert pilot_differences(sign(8, "2009-02-26"), seen, structs.replace(seen, events=(old,))) == ()
    new_one = structs.replace(old, at=noon("2009-02-15"))
    assert len(pilot_differences(sign(8, "2009-02-26"), seen, structs.replace(seen, events=(new_one,)))) == 1
    said = structs.replace(new_one, text="users")
    assert pilot_differences(edit(users="LHCb"), seen, structs.replace(seen, events=(said,))) == ()


def test_the_commands_own_effect_is_no_conflict() -> None:
    current = colleague(wms(6), sign(7, "2009-02-12"))
    mine = Reply(target=REF, text="x")
    marked = pilot_preview(mine, current, POLICY, noon("2009-02-13"), "antonio", "k-7")
    assert pilot_differences(sign(7, "2009-02-13"), wms(6), marked, "k-7") == ()
    assert len(pilot_differences(sign(7, "2009-02-13"), wms(6), marked, "k-8")) == 1


def test_a_reminder_keeps_to_the_cooldown() -> None:
    first = Remind(target=REF, teams=(CNAF,), text="how is it going?")
    reminded = pilot_preview(first, wms(), POLICY, noon("2009-02-16"), "antonio", "remind-1")
    assert rules(first, wms(), "2009-02-16") == []
    assert rules(first, reminded, "2009-02-17 11:00"[:10]) == []
    (objection,) = against(first, reminded, "2009-02-16")
    assert (objection.rule, objection.overridable) == ("cooldown", True)
    assert rules(structs.replace(first, text=" "), wms(), "2009-02-16") == [("empty", True)]


def test_a_pilot_that_has_the_key_already_stays_as_it_is() -> None:
    once = pilot_preview(prolong("2009-03-12"), wms(), POLICY, noon("2009-02-25"), "a", "k")
    assert pilot_preview(prolong("2009-03-12"), once, POLICY, noon("2009-02-25"), "a", "k") == once
    said = pilot_preview(Reply(target=REF, text="hello"), wms(), POLICY, noon("2009-02-25"), "a", "k")
    assert pilot_preview(Reply(target=REF, text="hello"), said, POLICY, noon("2009-02-25"), "a", "k") == said


def test_a_new_pilot_has_what_its_command_says() -> None:
    record = made(new(weeks=3))
    assert (record.title, record.sites, record.run_weeks, record.coordinator) == ("WMS 3.1", (CNAF,), 3, "Antonio")
    assert NEW.id == "new"
