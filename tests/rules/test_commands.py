from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Command,
    Comment,
    Link,
    NewRollout,
    Objection,
    Phase,
    Ref,
    Remind,
    Reply,
    Rollout,
    Voice,
)
from ppstui.rules.answers import find_answers
from ppstui.rules.commands import acknowledge_text, draft, effects, objections, preview, reverse
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import TeamState
from ppstui.rules.tracker import Tracker
from tests.rules.make import (
    COORDINATOR,
    CYFRONET,
    GLASGOW,
    INFN,
    POLICY,
    REF,
    REPORT,
    TITLE,
    at,
    chosen,
    exposed,
    rollout,
    said,
    stands,
)

YES = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")
NOW = "2026-11-18 12:00"


def against(command: Command, record: Rollout | None, when: str = NOW) -> list[Objection]:
    return list(objections(command, record, POLICY, at(when)))


def rules(command: Command, record: Rollout | None, when: str = NOW) -> list[tuple[str, bool]]:
    """The rules against a command, and whether each blocks."""
    return [(objection.rule, objection.blocking) for objection in against(command, record, when)]


def does(command: Command, record: Rollout | None, when: str = NOW) -> list[tuple[str, str, str]]:
    return [(effect.what, effect.before, effect.after) for effect in effects(command, record, POLICY, at(when))]


def assign(*add: str, remove: tuple[str, ...] = ()) -> Assign:
    return Assign(target=REF, add=add, remove=remove)


def acknowledge(team: str = INFN, answer: Answer = Answer.ACCEPT, note: str = "") -> Acknowledge:
    return Acknowledge(target=REF, team=team, answer=answer, note=note)


def remind(*teams: str, text: str = f"{INFN}: your answer, please") -> Remind:
    return Remind(target=REF, teams=teams, text=text)


# ------------------------------------------------------------------------------------------------------------- assign


def test_a_free_team_may_be_assigned() -> None:
    assert rules(assign(INFN), rollout(phase=Phase.NEW)) == []


def test_assigning_says_field_watchers_status_and_the_new_clock() -> None:
    assert does(assign(GLASGOW, INFN), rollout(teams=[CYFRONET], phase=Phase.NEW, status="nuovo")) == [
        ("teams", CYFRONET, f"{CYFRONET}, {GLASGOW}, {INFN}"),
        ("AdminCc", "", f"+ {GLASGOW}, + {INFN}"),
        ("status", "nuovo", "open"),
        (f"answer of {GLASGOW} due", "", "Thu 2026-11-19 12:00 +01:00"),
        (f"answer of {INFN} due", "", "Thu 2026-11-19 12:00 +01:00"),
    ]


def test_a_source_without_watchers_gets_none() -> None:
    record = rollout(phase=Phase.NEW)
    here, there = (
        [effect.what for effect in effects(assign(INFN), record, POLICY, at(NOW), Tracker(watchers=watchers))]
        for watchers in (False, True)
    )
    assert there == ["teams", "AdminCc", "status", f"answer of {INFN} due"]
    assert here == [what for what in there if what != "AdminCc"]


def test_an_open_rollout_stays_open() -> None:
    assert "status" not in [what for what, _, _ in does(assign(INFN), rollout())]


def test_removing_a_team_changes_field_and_watchers() -> None:
    assert does(assign(remove=("NGI_IT-INFN-T1",)), rollout(teams=[INFN, GLASGOW])) == [
        ("teams", f"{INFN}, {GLASGOW}", GLASGOW),
        ("AdminCc", "", f"- {INFN}"),
    ]


def test_assigning_whom_is_assigned_is_nothing_to_do() -> None:
    record = rollout(teams=[INFN])
    (objection,) = against(assign("EA-ngi_it-infn-t1"), record)
    assert (objection.rule, objection.blocking, objection.overridable) == ("assigned", True, False)
    assert does(assign(INFN), record) == []


def test_beside_a_new_team_an_assigned_one_is_only_a_warning() -> None:
    assert rules(assign(INFN, GLASGOW), rollout(teams=[INFN])) == [("assigned", False)]


def test_a_team_that_is_not_there_cannot_be_taken_out() -> None:
    assert rules(assign(remove=(GLASGOW,)), rollout(teams=[INFN])) == [("not-assigned", True)]


def test_a_doubtful_team_name_is_a_warning_and_an_impossible_one_is_refused() -> None:
    assert rules(assign("ea-INFN-T1"), rollout()) == [("team-name", False)]
    assert rules(assign("ea-NGI_IT-INFN T1"), rollout()) == [("team-name", True)]
    assert rules(assign(""), rollout()) == [("team-name", True)]


def test_nobody_is_added_and_removed_at_once() -> None:
    assert ("contradiction", True) in rules(assign(INFN, remove=(INFN,)), rollout(teams=[INFN]))


def test_an_assignment_of_nobody_is_empty() -> None:
    assert rules(assign(), rollout()) == [("empty", True)]


def test_taking_out_a_team_that_accepted_is_warned_of() -> None:
    assert rules(assign(remove=(INFN,)), rollout(YES, teams=[INFN])) == [("answered", False)]


@pytest.mark.parametrize("command", [assign(GLASGOW), acknowledge(), remind(INFN)])
def test_a_closed_rollout_is_only_written_to_with_a_reason(command: Command) -> None:
    closed = against(command, rollout(teams=[INFN], phase=Phase.RESOLVED, status="done"))[0]
    assert (closed.rule, closed.blocking, closed.overridable) == ("closed", True, True)
    assert "done" in closed.text


@pytest.mark.parametrize("command", [assign(INFN), Comment(target=REF, text="x"), Reply(target=REF, text="x")])
def test_nothing_is_written_to_a_deleted_rollout(command: Command) -> None:
    deleted = against(command, rollout(phase=Phase.DELETED))[0]
    assert (deleted.rule, deleted.blocking, deleted.overridable) == ("closed", True, False)


def test_the_previewed_rollout_has_its_teams_told_now_and_is_open() -> None:
    shown = preview(assign(INFN), rollout(phase=Phase.NEW), POLICY, at(NOW), COORDINATOR, "assign-1")
    assert shown.phase is Phase.OPEN
    team = stands(shown, NOW).teams[0]
    assert (team.team, team.state, team.notified) == (INFN, TeamState.NOTIFIED, at(NOW))


def test_a_changed_choice_can_be_changed_back() -> None:
    before = rollout(teams=[INFN])
    command = assign(GLASGOW, INFN, remove=(INFN, CYFRONET))
    assert reverse(assign(GLASGOW, remove=(INFN,)), before) == assign(INFN, remove=(GLASGOW,))
    assert reverse(command, before) == assign(remove=(GLASGOW,))
    assert reverse(assign(INFN), before) is None


_teams = st.lists(st.sampled_from([INFN, GLASGOW, CYFRONET]), unique=True)


@settings(deadline=None)  # a busy machine breaks no law
@given(there=_teams, add=_teams, remove=_teams)
def test_the_reverse_brings_back_the_same_teams(there: list[str], add: list[str], remove: list[str]) -> None:
    before = rollout(teams=there)
    command = Assign(target=REF, add=tuple(add), remove=tuple(remove))
    after = preview(command, before, POLICY, at(NOW), COORDINATOR, "assign-1")
    back = reverse(command, before)
    if back is None:
        assert after.assignments == before.assignments
        assert effects(command, before, POLICY, at(NOW)) == ()
    else:
        again = preview(back, after, POLICY, at(NOW), COORDINATOR, "assign-2")
        assert {each.team for each in again.assignments} == set(there)


@settings(deadline=None)  # a busy machine breaks no law
@given(there=_teams, add=_teams, remove=_teams)
def test_dry_run_and_preview_name_the_same_teams(there: list[str], add: list[str], remove: list[str]) -> None:
    before = rollout(teams=there)
    command = Assign(target=REF, add=tuple(add), remove=tuple(remove))
    shown = {effect.what: effect.after for effect in effects(command, before, POLICY, at(NOW))}
    after = preview(command, before, POLICY, at(NOW), COORDINATOR, "assign-1")
    assert shown.get("teams", ", ".join(there)) == ", ".join(each.team for each in after.assignments)


# --------------------------------------------------------------------------------------------------------- acknowledge


def test_acknowledging_writes_the_line_then_the_note() -> None:
    command = acknowledge(note="told me on the phone\n")
    assert acknowledge_text(command) == "accept NGI_IT-INFN-T1\n\ntold me on the phone\n"
    assert does(command, rollout(teams=[INFN])) == [
        ("reply", "", "accept NGI_IT-INFN-T1\n\ntold me on the phone\n"),
        (f"answer of {INFN}", "", "accept"),
    ]


def test_the_answer_that_was_there_is_shown_before_the_new_one() -> None:
    record = rollout(YES, teams=[INFN])
    assert does(acknowledge(answer=Answer.REJECT), record)[1] == (f"answer of {INFN}", "accept", "reject")
    assert rules(acknowledge(answer=Answer.REJECT), record) == [("answered", False)]


def test_the_same_answer_again_is_nothing_to_do() -> None:
    (objection,) = against(acknowledge(), rollout(YES, teams=[INFN]))
    assert (objection.rule, objection.blocking, objection.overridable) == ("answered", True, False)


def test_a_team_nobody_chose_is_acknowledged_only_with_a_reason() -> None:
    (objection,) = against(acknowledge(GLASGOW), rollout(teams=[INFN]))
    assert (objection.rule, objection.blocking, objection.overridable) == ("not-assigned", True, True)


def test_a_team_may_be_named_by_its_site_alone() -> None:
    assert rules(acknowledge("INFN-T1"), rollout(teams=[INFN]), "2026-11-16 12:00") == []


def test_a_late_answer_is_said_to_be_late() -> None:
    assert rules(acknowledge(), rollout(teams=[INFN])) == [("late", False)]
    assert rules(acknowledge(), rollout(teams=[INFN]), "2026-11-17 10:00") == []


def test_a_note_cannot_smuggle_in_another_answer() -> None:
    assert ("note", True) in rules(acknowledge(note="reject NGI_IT-INFN-T1"), rollout(teams=[INFN]))


@pytest.mark.parametrize("team", ["", "two words", "NGI_IT-INFN-T1\nreject NGI_PL-CYFRONET-LCG2", "<NGI>-<Site-name>"])
def test_what_makes_no_answer_line_is_no_team(team: str) -> None:
    found = against(acknowledge(team), rollout(teams=[INFN, CYFRONET]))
    assert found[0].blocking
    assert not found[0].overridable


@pytest.mark.parametrize("key", ["acknowledge-8f3k", "k1"])
@pytest.mark.parametrize("answer", list(Answer))
def test_the_preview_of_an_answer_is_read_back_as_that_answer(answer: Answer, key: str) -> None:
    command = acknowledge(answer=answer, note="by phone")
    shown = preview(command, rollout(teams=[INFN]), POLICY, at(NOW), "somebody", key)
    team = stands(shown, NOW).teams[0]
    assert (team.answer, team.answered) == (answer, at(NOW))


def test_what_the_server_has_already_is_not_shown_twice() -> None:
    once = preview(acknowledge(), rollout(teams=[INFN]), POLICY, at(NOW), COORDINATOR, "acknowledge-1")
    assert preview(acknowledge(), once, POLICY, at(NOW), COORDINATOR, "acknowledge-1") is once


def test_what_was_written_cannot_be_unsaid() -> None:
    for command in (acknowledge(), remind(INFN), Comment(target=REF, text="x"), Reply(target=REF, text="x")):
        assert reverse(command, rollout(teams=[INFN])) is None


# ------------------------------------------------------------------------------------------------------ comment, reply


@pytest.mark.parametrize("kind", [Comment, Reply])
def test_an_empty_text_is_not_sent(kind: type[Comment | Reply]) -> None:
    assert rules(kind(target=REF, text=" \n"), rollout()) == [("empty", True)]


def test_a_reply_to_a_closed_rollout_is_warned_of_and_a_comment_is_not() -> None:
    record = rollout(phase=Phase.RESOLVED)
    assert rules(Reply(target=REF, text="x"), record) == [("closed", False)]
    assert rules(Comment(target=REF, text="x"), record) == []


def test_a_reply_that_reads_as_an_answer_is_warned_of() -> None:
    assert rules(Reply(target=REF, text="accept NGI_IT-INFN-T1"), rollout()) == [("reads-as-answer", False)]


def test_comment_and_reply_show_exactly_their_text() -> None:
    assert does(Comment(target=REF, text="a\nb"), rollout()) == [("comment", "", "a\nb")]
    assert does(Reply(target=REF, text="a\nb"), rollout()) == [("reply", "", "a\nb")]
    note = preview(Comment(target=REF, text="a"), rollout(), POLICY, at(NOW), COORDINATOR, "comment-1").messages[-1]
    mail = preview(Reply(target=REF, text="a"), rollout(), POLICY, at(NOW), COORDINATOR, "reply-1").messages[-1]
    assert (note.voice, mail.voice) == (Voice.COMMENT, Voice.REPLY)


# --------------------------------------------------------------------------------------------------------------- remind

REMINDED = said("2026-11-18 10:00", COORDINATOR, f"{INFN}: please answer", marks=("remind-1",))


def test_a_silent_team_may_be_reminded() -> None:
    assert rules(remind(INFN), rollout(teams=[INFN])) == []


def test_inside_the_cooldown_a_reminder_is_refused_saying_when_the_last_went_out() -> None:
    record = rollout(REMINDED, teams=[INFN])
    (objection,) = against(remind(INFN), record, "2026-11-19 09:59:59")
    assert (objection.rule, objection.blocking, objection.overridable) == ("cooldown", True, True)
    assert "Wed 2026-11-18 10:00 +01:00" in objection.text
    assert "Thu 2026-11-19 10:00 +01:00" in objection.text
    assert rules(remind(INFN), record, "2026-11-19 10:00") == []


def test_the_cooldown_holds_for_each_team_by_itself() -> None:
    record = rollout(REMINDED, teams=[INFN, GLASGOW])
    assert rules(remind(GLASGOW, text=f"{GLASGOW}: please"), record) == []


def test_who_owes_nothing_is_not_reminded() -> None:
    (objection,) = against(remind(INFN), rollout(YES, teams=[INFN]))
    assert (objection.rule, objection.blocking, objection.overridable) == ("owes-nothing", True, True)


def test_whom_nobody_chose_is_not_reminded() -> None:
    assert ("not-assigned", True) in rules(remind(GLASGOW), rollout(teams=[INFN]))


def test_a_reminder_has_teams_and_a_text_that_names_them() -> None:
    record = rollout(teams=[INFN])
    assert ("empty", True) in rules(remind(), record)
    assert ("empty", True) in rules(remind(INFN, text=""), record)
    assert rules(remind(INFN, text="please answer"), record) == [("unnamed", False)]


def test_the_draft_says_what_each_team_owes_and_since_when() -> None:
    record = rollout(YES, teams=[INFN, GLASGOW], exposures=[exposed("2026-11-16")])
    policy = Policy(template_url="https://documents.example.org/254")
    text = draft("remind", record, (INFN, GLASGOW), policy, at("2026-11-23 12:00"))
    assert "accept NGI_UK-UKI-SCOTGRID-GLASGOW" in text
    assert "was due on Tue 2026-11-17 10:00 +01:00." in " ".join(text.split())
    assert REPORT in text
    assert "ended on Sun 2026-11-22." in " ".join(text.split())
    assert policy.template_url in text
    assert max(map(len, text.splitlines())) <= 76
    assert text.isascii()


def test_without_names_the_draft_goes_to_all_who_owe_something() -> None:
    text = draft("remind", rollout(YES, teams=[INFN, GLASGOW]), (), POLICY, at(NOW))
    assert GLASGOW in text
    assert INFN not in text


def test_there_is_no_draft_for_nobody_and_none_for_other_commands() -> None:
    assert draft("remind", rollout(YES, teams=[INFN]), (), POLICY, at(NOW)) == ""
    assert draft("remind", rollout(teams=[INFN]), (GLASGOW,), POLICY, at(NOW)) == ""
    assert draft("reply", rollout(teams=[INFN]), (INFN,), POLICY, at(NOW)) == ""


def test_report_names_in_drafts_follow_the_policy() -> None:
    record = rollout(YES, teams=[INFN])
    text = draft("remind", record, (INFN,), Policy(report_stack="name"), at("2026-11-24 12:00"))
    assert "ea-NGI_IT-INFN-T1-EMI-dpm-1.8.0-1.odt" in text


@pytest.mark.parametrize("when", [NOW, "2026-11-16 12:00", "2026-11-30 12:00"])
@pytest.mark.parametrize("title", [TITLE, "\x1b[31m" + "Ω" * 10_000, "a\nb", ""])
def test_no_line_of_a_draft_reads_as_an_answer_even_quoted_bare(when: str, title: str) -> None:
    record = rollout(YES, teams=[INFN, GLASGOW], title=title)
    text = draft("remind", record, (INFN, GLASGOW), POLICY, at(when))
    assert GLASGOW in text
    assert find_answers(text) == ()
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 76


def test_the_draft_itself_raises_no_objection_and_starts_the_cooldown() -> None:
    record = rollout(teams=[INFN, GLASGOW])
    text = draft("remind", record, (INFN, GLASGOW), POLICY, at(NOW))
    command = Remind(target=REF, teams=(INFN, GLASGOW), text=text)
    assert rules(command, record) == []
    assert does(command, record) == [(f"reply to {INFN}, {GLASGOW}", "", text)]
    shown = preview(command, record, POLICY, at(NOW), COORDINATOR, "remind-1")
    assert [rule for rule, _ in rules(command, shown)] == ["cooldown", "cooldown"]
    assert [team.state for team in stands(shown, NOW).teams] == [TeamState.ACK_OVERDUE] * 2


def test_on_hold_a_reminder_is_warned_of() -> None:
    assert ("stalled", False) in rules(remind(INFN), rollout(teams=[INFN], phase=Phase.STALLED))


# --------------------------------------------------------------------------------------------------------- rollout-new

NEW = NewRollout(
    target=Ref("local", "new"),
    title="Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64",
    text="Please test.",
    links=(Link(url="https://example.org/rn", relation="release-notes"),),
)


def test_a_new_rollout_shows_all_it_will_have() -> None:
    assert rules(NEW, None) == []
    assert does(NEW, None) == [
        ("title", "", NEW.title),
        ("description", "", "Please test."),
        ("release-notes", "", "https://example.org/rn"),
    ]


def test_a_new_rollout_with_an_unreadable_title_is_warned_of_and_without_one_refused() -> None:
    assert rules(structs.replace(NEW, title="SR dpm"), None) == [("title-unparsed", False)]
    assert rules(structs.replace(NEW, title="Staged rollout CA 1.38"), None) == [("title-odd", False)]
    assert rules(structs.replace(NEW, title=" "), None) == [("empty", True)]


def test_the_preview_of_a_new_rollout_has_its_title_links_and_text() -> None:
    blank = Rollout(ref=Ref("local", "new"))
    shown = preview(NEW, blank, POLICY, at(NOW), COORDINATOR, "rollout-new-1")
    assert (shown.title, shown.created, shown.messages[0].text) == (NEW.title, at(NOW), "Please test.")
    assert stands(shown, NOW).links.release_notes == "https://example.org/rn"


def test_without_a_record_there_is_nothing_to_hold_against_a_command() -> None:
    assert rules(assign(INFN), None) == []
    assert does(assign(INFN), None) == []


def test_of_a_list_entry_nothing_is_derived_from_messages_that_were_not_read() -> None:
    record = rollout(YES, teams=[chosen(INFN)], whole=False)
    assert rules(remind(INFN), record) == []
    assert rules(acknowledge(), record) == []
