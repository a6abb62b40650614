from __future__ import annotations

from msgspec import structs

from ppstui.model import Parent, Phase, Ref, Rollout
from ppstui.rules.rollouts import Code, Mover, Stage, attention_codes
from ppstui.rules.why import _REMEDIES, _WAITING, Reason, why
from tests.rules.make import COORDINATOR, GLASGOW, INFN, POLICY, REPORT, at, exposed, rollout, said, stands

YES = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")


def reasons(record: Rollout, when: str) -> tuple[Reason, ...]:
    return why(stands(record, when), record, POLICY, at(when))


def first(record: Rollout, when: str) -> tuple[str, str, Mover]:
    reason = reasons(record, when)[0]
    return reason.blocker, reason.unblock, reason.mover


def test_a_team_that_is_waited_for_is_told_its_line_and_time() -> None:
    assert first(rollout(teams=[INFN]), "2026-11-16 12:00") == (
        f"waiting for the answer of {INFN}, due on Tue 2026-11-17 10:00 +01:00",
        'the line "accept NGI_IT-INFN-T1" or "reject NGI_IT-INFN-T1" from the team',
        Mover.EARLY_ADOPTER,
    )


def test_an_overdue_team_is_the_coordinators_move_and_the_last_reminder_is_told() -> None:
    mail = said("2026-11-18 09:00", COORDINATOR, f"{INFN}: well?", marks=("remind-1",))
    assert first(rollout(mail, teams=[INFN]), "2026-11-18 12:00") == (
        f"no answer from {INFN}, was due on Tue 2026-11-17 10:00 +01:00",
        "remind the team (last reminded Wed 2026-11-18 09:00 +01:00), answer on its behalf, or assign another",
        Mover.COORDINATOR,
    )


def test_without_early_adopters_a_poll_unblocks() -> None:
    no = said("2026-11-16 14:00", "mario", "reject NGI_IT-INFN-T1")
    blocker, unblock, mover = first(rollout(no, teams=[INFN]), "2026-11-16 16:00")
    assert (blocker, mover) == ("every team that was asked declined", Mover.COORDINATOR)
    assert "poll" in unblock


def test_a_missing_report_is_named_as_it_should_be() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])
    assert first(record, "2026-11-23 12:00")[1] == f"the report {REPORT.replace('.odt', '')}.odt attached to rt:1234"


def test_a_quiet_rollout_waits_for_what_its_stage_says() -> None:
    assert reasons(rollout(YES, teams=[INFN]), "2026-11-17 12:00") == (
        Reason(
            blocker="the teams that accepted are testing",
            unblock="their word that the service is in production, then their reports",
            mover=Mover.EARLY_ADOPTER,
        ),
    )


def test_what_holds_nothing_up_comes_after_what_the_stage_waits_for() -> None:
    found = reasons(rollout(YES, teams=[INFN], links=()), "2026-11-17 12:00")
    assert [reason.code for reason in found] == [None, Code.LINKS_MISSING]


def test_a_closed_rollout_waits_for_nothing() -> None:
    record = rollout(YES, teams=[INFN], phase=Phase.RESOLVED, outcome="ACCEPT", document="7")
    assert reasons(record, "2026-11-24 12:00") == ()


def test_of_a_list_entry_it_says_that_it_is_not_known_yet() -> None:
    (reason,) = reasons(rollout(whole=False), "2026-11-24 12:00")
    assert reason.mover is Mover.NOBODY
    assert "list entry" in reason.blocker


def test_a_volunteer_and_a_parent_are_named_in_what_to_do() -> None:
    offer = said("2026-11-16 14:00", "graeme", "accept NGI_UK-UKI-SCOTGRID-GLASGOW")
    record = structs.replace(
        rollout(offer, teams=[INFN]), parent=Parent(ref=Ref("rt", "99"), status="open", progress="Unverified")
    )
    told = {reason.code: reason.unblock for reason in reasons(record, "2026-11-16 16:00")}
    assert GLASGOW in told[Code.UNASSIGNED_VOLUNTEER]
    assert "rt:99" in told[Code.PARENT_OUT_OF_STEP]


def test_every_code_and_every_open_stage_has_a_way_out() -> None:
    worded = {"ack-due", "ack-overdue", "unassigned-volunteer", "report-missing", "parent-out-of-step"}
    assert {code for code, _ in attention_codes()} == worded | {code.value for code in _REMEDIES}
    assert set(Stage) - set(_WAITING) == {Stage.CLOSED, Stage.CLOSED_ACCEPT, Stage.CLOSED_REJECT}
