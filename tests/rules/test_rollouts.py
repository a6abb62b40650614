from __future__ import annotations

import pytest
from msgspec import structs

from ppstui.model import (
    Attachment,
    Link,
    Parent,
    Phase,
    Ref,
    Voice,
)
from ppstui.rules.rollouts import EXPLAINED, Code, Mover, Severity, Stage, TeamState, attention_codes, urgency
from tests.rules.make import (
    CYFRONET,
    GLASGOW,
    INFN,
    LINKS,
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
GLASGOW_YES = said("2026-11-16 15:00", "graeme", "accept NGI_UK-UKI-SCOTGRID-GLASGOW")
GLASGOW_NO = said("2026-11-16 15:00", "graeme", "reject NGI_UK-UKI-SCOTGRID-GLASGOW")


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


def test_what_the_tracker_itself_writes_opens_no_incident() -> None:
    automatic = said("2026-11-17 14:00", "RT_System", "https://ggus.eu/ticket/1", system=True)
    assert stands(rollout(automatic), "2026-11-17 16:00").incidents == ()


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
