"""What counts as a colleague's change: by value, by history, by what was said; one example for each."""

from __future__ import annotations

import pytest
from msgspec import structs

from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Attachment,
    Command,
    Comment,
    Document,
    Event,
    Expose,
    Extend,
    Incident,
    Link,
    Message,
    NewRollout,
    Outcome,
    Phase,
    Poll,
    Ref,
    Remind,
    Reply,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    Voice,
    Waiver,
)
from ppstui.rules.commands import preview
from ppstui.rules.conflicts import Difference, differences
from tests.rules.make import COORDINATOR, GLASGOW, INFN, POLICY, REF, REPORT, at, day, exposed, rollout, said, sent

SEEN_AT = at("2026-11-18 12:00")
SINCE = "2026-11-18 13:00"
COLLEAGUE = "colleague"


def seen(*messages: Message, **more: object) -> Rollout:
    """A rollout as it was looked at on the 18th at noon."""
    return structs.replace(rollout(*messages, teams=[INFN, GLASGOW]), updated=SEEN_AT, **more)


def changed(record: Rollout, *lines: str, by: str = COLLEAGUE, when: str = SINCE, **more: object) -> Rollout:
    """What a colleague made of it an hour later, with lines in its history."""
    events = tuple(Event(id=f"{when} {n}", at=at(when), author=by, text=line) for n, line in enumerate(lines))
    return structs.replace(record, events=(*record.events, *events), updated=at(when), **more)


def heard(record: Rollout, author: str, text: str, *marks: str, voice: Voice = Voice.REPLY) -> Rollout:
    message = said(SINCE, author, text, voice, marks=marks)
    return structs.replace(record, messages=(*record.messages, message), updated=at(SINCE))


def told(command: Command, before: Rollout, now: Rollout, key: str = "") -> list[tuple[str, str, str, str, str]]:
    return [
        (each.what, each.before, each.theirs, each.mine, each.by) for each in differences(command, before, now, key)
    ]


def what(command: Command, before: Rollout, now: Rollout, key: str = "") -> list[str]:
    return [each.what for each in differences(command, before, now, key)]


ACCEPT = SetOutcome(target=REF, outcome=Outcome.ACCEPT)

# --------------------------------------------------------------------------------------------------------- plain values


def test_another_outcome_is_told_with_all_three_and_who() -> None:
    now = changed(seen(), "outcome (empty) → REJECT", outcome="REJECT")
    assert differences(ACCEPT, seen(), now) == (
        Difference(what="outcome", before="", theirs="REJECT", mine="ACCEPT", by=COLLEAGUE),
    )


def test_an_address_alone_meets_another_address() -> None:
    command = Document(target=REF, url="https://d/7")
    assert told(command, seen(), seen(document_url="https://d/8")) == [
        ("document link", "", "https://d/8", "https://d/7", "")
    ]
    assert told(command, seen(), seen(document_url="https://d/7")) == []
    assert told(Document(target=REF, document="7", url="https://d/7"), seen(), seen(document_url="https://d/8")) == []


def test_without_a_history_the_value_alone_tells() -> None:
    assert told(ACCEPT, seen(), seen(outcome="REJECT")) == [("outcome", "", "REJECT", "ACCEPT", "")]


def test_what_is_mine_already_is_no_difference_whoever_set_it() -> None:
    assert told(ACCEPT, seen(), changed(seen(), "outcome (empty) → ACCEPT", outcome="accept ")) == []


def test_other_values_are_in_nobodys_way() -> None:
    now = changed(seen(), "owner (empty) → anna", "due (empty) → 2026-12-01", owner="anna", due=day("2026-12-01"))
    assert told(ACCEPT, seen(), now) == []
    assert told(Document(target=REF, document="7"), seen(), now) == []


def test_what_was_set_and_taken_back_is_not_set_again() -> None:
    """The answer to mine was lost, and a colleague did not want it so."""
    mine = changed(seen(), "outcome (empty) → ACCEPT", by="me", outcome="ACCEPT")
    back = changed(mine, "outcome ACCEPT → (empty)", when="2026-11-18 14:00", outcome="")
    assert told(ACCEPT, seen(), mine) == []
    assert told(ACCEPT, seen(), back) == [("outcome", "", "", "ACCEPT", COLLEAGUE)]
    assert told(ACCEPT, back, back) == []


@pytest.mark.parametrize(
    ("command", "before", "line", "back"),
    [
        (SetOwner(target=REF, owner="anna"), "", "owner (empty) → anna", "owner anna → (empty)"),
        (SetOwner(target=REF, owner="anna"), "", "owner nobody → anna", "owner anna → nobody"),
        (SetStatus(target=REF, status="stalled"), "open", "status open → stalled", "status stalled → open"),
        (SetDue(target=REF, due=day("2026-12-01")), "", "due (empty) → 2026-12-01", "due 2026-12-01 → (empty)"),
        (Document(target=REF, document="7"), "", "document (empty) → 7", "document 7 → (empty)"),
        (SetField(target=REF, name="My Field", values=("x",)), "", "My Field (empty) → x", "My Field x → (empty)"),
        (SetField(target=REF, name="My Field", add=("x",)), "", "my field (empty) → x", "my field x → (empty)"),
        (Assign(target=REF, remove=(INFN,)), INFN, f"teams - {INFN}", f"teams + {INFN}"),
        (Incident(target=REF, url="https://g/1"), "", "link + RefersTo https://g/1", "link - RefersTo https://g/1"),
        (Expose(target=REF, on=day("2026-11-20")), "", "exposure start (empty) → 2026-11-20", ""),
    ],
)
def test_to_and_fro_counts_for_every_value(command: Command, before: str, line: str, back: str) -> None:
    back = back or "exposure start 2026-11-20 → (empty)"
    (difference,) = differences(command, seen(), changed(seen(), line, back))
    assert (difference.before, difference.theirs, difference.by) == (before, before, COLLEAGUE)


def test_a_move_that_was_seen_and_is_listed_only_now_counts_for_nothing() -> None:
    """A list entry has the value and not its history."""
    before = seen(outcome="REJECT")
    now = changed(before, "outcome (empty) → REJECT", when="2026-11-18 12:00")
    assert told(ACCEPT, before, now) == []
    assert told(ACCEPT, before, changed(before, "outcome REJECT → ACCEPT", "outcome ACCEPT → REJECT")) == [
        ("outcome", "REJECT", "REJECT", "ACCEPT", COLLEAGUE)
    ]


def test_what_the_person_had_before_them_counts_for_nothing_whether_listed_or_not() -> None:
    lines = ("outcome (empty) → ACCEPT", "outcome ACCEPT → (empty)")
    assert told(ACCEPT, seen(), changed(seen(), *lines, when="2026-11-18 11:59")) == []
    listed = changed(seen(), *lines, when="2026-11-18 12:00")
    assert what(ACCEPT, seen(), listed) == ["outcome"]
    assert told(ACCEPT, structs.replace(seen(), events=listed.events), listed) == []


def test_a_line_that_does_not_go_on_from_what_was_seen_was_seen_too() -> None:
    add, link = Assign(target=REF, add=("ea-X-Y",)), Incident(target=REF, url="https://g/1")
    assert told(add, seen(), changed(seen(), "teams - ea-X-Y")) == []
    assert told(link, seen(), changed(seen(), "link - RefersTo https://g/1")) == []
    assert told(ACCEPT, seen(), changed(seen(), "outcome REJECT → (empty)")) == []


def test_what_was_shown_before_the_server_had_it_is_no_colleagues_change() -> None:
    """Two actions of one person, queued one after the other: the second was asked with the first in sight."""
    first = SetOutcome(target=REF, outcome=Outcome.REJECT, reason="crashes")
    shown = preview(first, seen(), POLICY, at(SINCE), "me", "outcome-1")
    now = heard(seen(), "me", "Outcome REJECT: crashes", "outcome-1", voice=Voice.COMMENT)
    now = changed(now, "outcome (empty) → REJECT", by="me", outcome="REJECT")
    assert told(ACCEPT, shown, now) == []
    assert told(ACCEPT, seen(), now) == [("outcome", "", "REJECT", "ACCEPT", "me")]


def test_owner_due_and_status_differ_by_value() -> None:
    now = changed(seen(), owner="anna", due=day("2026-12-01"), status="stalled", phase=Phase.STALLED)
    assert told(SetOwner(target=REF, owner="me"), seen(), now) == [("owner", "", "anna", "me", "")]
    assert told(SetDue(target=REF, due=day("2026-12-02")), seen(), now) == [("due", "", "2026-12-01", "2026-12-02", "")]
    assert told(SetStatus(target=REF, status="resolved"), seen(), now) == [
        ("status", "open", "stalled", "resolved", "")
    ]
    assert told(SetStatus(target=REF, status="STALLED"), seen(), now) == []


def test_a_record_looked_at_without_any_instant_is_compared_by_value_alone() -> None:
    before = structs.replace(seen(), updated=None)
    assert told(ACCEPT, before, changed(before, "outcome (empty) → ACCEPT", "outcome ACCEPT → (empty)")) == []


# ---------------------------------------------------------------------------------------------------------------- teams


def test_teams_are_merged_one_by_one() -> None:
    now = changed(seen(), "teams + ea-X-Y", assignments=(*seen().assignments, *rollout(teams=["ea-X-Y"]).assignments))
    assert told(Assign(target=REF, add=("ea-X-Z",)), seen(), now) == []
    assert told(Assign(target=REF, add=("EA-x-y",)), seen(), now) == []
    assert told(Assign(target=REF, remove=(INFN,)), seen(), now) == []
    assert told(Assign(target=REF, remove=("ea-X-Y",)), seen(), now) == [("teams", "", "ea-X-Y", "", COLLEAGUE)]


def test_a_team_added_and_taken_out_by_a_colleague_is_not_added_again() -> None:
    now = changed(seen(), "teams + ea-X-Y", "teams - ea-X-Y")
    assert told(Assign(target=REF, add=("ea-X-Y",)), seen(), now) == [("teams", "", "", "ea-X-Y", COLLEAGUE)]
    replaced = changed(seen(), "teams - ea-X-Z + ea-X-Y", "teams - ea-X-Y + ea-X-Z")
    assert what(Assign(target=REF, add=("ea-X-Y",)), seen(), replaced) == ["teams"]


# ------------------------------------------------------------------------------------------------- fields of the source


def test_values_of_a_field_are_merged_one_by_one_and_set_as_a_whole() -> None:
    before = seen(fields=(("Sites", "one"),))
    now = changed(before, "Sites (empty) → two", fields=(("Sites", "one, two"),))
    field = SetField(target=REF, name="sites")
    assert told(structs.replace(field, add=("three",)), before, now) == []
    assert told(structs.replace(field, add=("two",)), before, now) == []
    assert told(structs.replace(field, remove=("one",)), before, now) == []
    assert told(structs.replace(field, values=("two", "one")), before, now) == []
    assert told(structs.replace(field, values=("three",)), before, now) == [
        ("sites", "one", "one, two", "three", COLLEAGUE)
    ]


def test_a_whole_field_was_touched_when_one_of_its_values_was() -> None:
    before = seen(fields=(("Sites", "one, two"),))
    now = changed(before, "Sites (empty) → three", "Sites three → (empty)")
    assert what(SetField(target=REF, name="Sites", values=("three",)), before, now) == ["Sites"]


# ------------------------------------------------------------------------------------------------------- what teams say


@pytest.mark.parametrize("answer", ["accept", "reject"])
def test_nobody_speaks_for_a_team_that_answered_or_presses_it(answer: str) -> None:
    now = heard(seen(), "mario", f"{answer} NGI_IT-INFN-T1")
    ours = Acknowledge(target=REF, team="INFN-T1", answer=Answer.ACCEPT)
    assert told(ours, seen(), now) == [(f"answer of {INFN}", "", answer, "accept", "mario")]
    assert what(Remind(target=REF, teams=(INFN,), text="x"), seen(), now) == [f"answer of {INFN}"]
    assert what(Remind(target=REF, teams=(GLASGOW,), text="x"), seen(), now) == []
    assert what(Acknowledge(target=REF, team=GLASGOW, answer=Answer.ACCEPT), seen(), now) == []


def test_an_answer_that_was_seen_stands_against_nothing_and_is_told_as_before() -> None:
    before = seen(said("2026-11-17 10:00", "mario", "accept NGI_IT-INFN-T1"))
    ours = Acknowledge(target=REF, team=INFN, answer=Answer.REJECT)
    assert told(ours, before, before) == []
    assert told(ours, before, heard(before, "mario", "reject NGI_IT-INFN-T1"))[0][1:3] == ("accept", "reject")


def test_who_a_colleague_reminded_is_not_reminded_again() -> None:
    now = heard(seen(), COLLEAGUE, f"{INFN}: please answer", "remind-theirs")
    remind = Remind(target=REF, teams=(INFN, GLASGOW), text="please")
    assert told(remind, seen(), now) == [
        (f"reminder of {INFN}", "", "reminded on 2026-11-18 12:00 UTC", "reminded", COLLEAGUE)
    ]


def test_who_handed_in_its_report_is_not_reminded_of_it() -> None:
    now = changed(seen(), attachments=(sent(REPORT, SINCE, "mario"),))
    assert told(Remind(target=REF, teams=(INFN,), text="x"), seen(), now) == [
        (f"report of {INFN}", "", REPORT, "reminded", "mario")
    ]


def test_what_carries_the_commands_own_mark_is_its_own() -> None:
    ours = Acknowledge(target=REF, team=INFN, answer=Answer.ACCEPT)
    now = heard(seen(), "me", "accept NGI_IT-INFN-T1", "acknowledge-1")
    assert told(ours, seen(), now, "acknowledge-1") == []
    assert what(ours, seen(), now, "acknowledge-2") == [f"answer of {INFN}"]
    before = heard(seen(), "me", "accept NGI_IT-INFN-T1", "acknowledge-1")
    shown = structs.replace(before, messages=(structs.replace(before.messages[0], id="pending:acknowledge-1"),))
    assert told(Remind(target=REF, teams=(INFN,), text="x"), shown, now) == []


def test_of_a_list_entry_only_what_is_newer_than_it_is_new() -> None:
    old = said("2026-11-17 10:00", "mario", "accept NGI_IT-INFN-T1")
    bare = seen(whole=False)
    ours = Acknowledge(target=REF, team=INFN, answer=Answer.REJECT)
    assert told(ours, bare, structs.replace(bare, messages=(old,), whole=True)) == []
    assert what(ours, bare, structs.replace(heard(bare, "mario", old.text), whole=True)) == [f"answer of {INFN}"]


def test_what_came_at_the_very_instant_of_a_list_entry_belongs_to_it() -> None:
    bare = seen(whole=False)
    at_once = said("2026-11-18 12:00", "mario", "accept NGI_IT-INFN-T1")
    ours = Acknowledge(target=REF, team=INFN, answer=Answer.REJECT)
    assert told(ours, bare, structs.replace(bare, messages=(at_once,), whole=True)) == []
    waive = Report(target=REF, team=INFN, waive="x")
    for when, found in (("2026-11-18 12:00", []), ("", []), (SINCE, [f"report of {INFN}"])):
        assert what(waive, bare, structs.replace(bare, attachments=(sent(REPORT, when),), whole=True)) == found
    unknown = structs.replace(bare, updated=None)
    assert what(waive, unknown, structs.replace(bare, attachments=(sent(REPORT),), whole=True)) == []


# ------------------------------------------------------------------------------------------------ exposures and reports


def test_the_window_of_the_same_team_stands_against_moving_it() -> None:
    now = heard(seen(), COLLEAGUE, f"ppstui: exposure of {INFN} until 2026-11-30", "extend-theirs")
    now = structs.replace(now, exposures=(exposed(until="2026-11-30", team=INFN),))
    extend = Extend(target=REF, team=INFN, until=day("2026-12-02"), reason="x")
    assert told(extend, seen(), now) == [(f"exposure of {INFN}", "", "until 2026-11-30", "until 2026-12-02", COLLEAGUE)]
    assert told(Extend(target=REF, team=INFN, until=day("2026-11-30"), reason="y"), seen(), now) == []
    assert what(Expose(target=REF, team=INFN, on=day("2026-11-20")), seen(), now) == [f"exposure of {INFN}"]
    assert what(Expose(target=REF, team=GLASGOW, on=day("2026-11-20")), seen(), now) == []


def test_a_window_of_all_teams_is_everybodys() -> None:
    now = structs.replace(seen(), exposures=(exposed("2026-11-19"),))
    assert told(Expose(target=REF, team=INFN, on=day("2026-11-20")), seen(), now)[0][2] == "from 2026-11-19"
    assert what(Expose(target=REF, on=day("2026-11-20")), seen(), now) == ["exposure of all teams"]


def test_a_newer_report_of_the_team_stands_against_mine_and_against_a_waiver() -> None:
    theirs = structs.replace(sent(REPORT, SINCE, "mario"), size=10)
    now = changed(seen(), attachments=(theirs,))
    mine = Report(target=REF, team=INFN, name=REPORT, size=20)
    assert told(mine, seen(), now) == [
        (f"report of {INFN}", "", f"{REPORT} (10 bytes)", f"{REPORT} (20 bytes)", "mario")
    ]
    assert what(Report(target=REF, team=INFN, waive="x"), seen(), now) == [f"report of {INFN}"]
    assert told(structs.replace(mine, size=10), seen(), now) == []
    assert told(structs.replace(mine, team=GLASGOW, name=REPORT.replace(INFN, GLASGOW)), seen(), now) == []


def test_a_report_for_another_version_is_none_of_this_rollout() -> None:
    now = changed(seen(), attachments=(sent(REPORT.replace("1.8.0-1", "1.9.0-1"), SINCE, "mario"),))
    assert told(Report(target=REF, team=INFN, name=REPORT, size=20), seen(), now) == []


def test_a_misnamed_file_is_no_report_and_a_waiver_is_there_already() -> None:
    now = changed(seen(), attachments=(sent("report.pdf", SINCE, "mario"),))
    assert told(Report(target=REF, team=INFN, name=REPORT, size=20), seen(), now) == []
    waived = changed(seen(), attachments=(sent(REPORT, SINCE),), waivers=(Waiver(team=INFN, reason="theirs"),))
    assert told(Report(target=REF, team=INFN, waive="mine"), seen(), waived) == []


# ------------------------------------------------------------------------------------------------------------- incident


def test_a_link_taken_out_meanwhile_is_not_taken_out_twice_nor_put_back_unasked() -> None:
    link = Link(url="https://g/1", relation="incident")
    add = Incident(target=REF, url="https://g/1")
    before, without = seen(links=(link,)), seen(links=())
    assert told(structs.replace(add, remove=True), before, without) == []
    assert told(add, without, before) == []
    assert what(add, before, changed(without, "link - RefersTo https://g/1")) == ["incident"]
    assert told(add, without, changed(without, "link + RefersTo https://g/12", "link - RefersTo https://g/12")) == []


# -------------------------------------------------------------------------------------------------------------- resolve

RESOLVE = Resolve(target=REF, outcome=Outcome.ACCEPT, document="7")


def test_resolving_meets_another_outcome_or_document() -> None:
    now = changed(seen(), "outcome (empty) → REJECT", outcome="REJECT", document="8")
    assert [each[:4] for each in told(RESOLVE, seen(), now)] == [
        ("outcome", "", "REJECT", "ACCEPT"),
        ("document", "", "8", "7"),
    ]
    before = seen(outcome="ACCEPT", document="7")
    assert what(Resolve(target=REF), before, structs.replace(before, outcome="REJECT")) == ["outcome"]
    assert what(Resolve(target=REF), before, structs.replace(before, document="")) == ["document"]


def test_resolving_goes_on_where_it_was_left() -> None:
    half = changed(seen(), "document (empty) → 7", "outcome (empty) → ACCEPT", by="me", outcome="ACCEPT", document="7")
    assert told(RESOLVE, seen(), half) == []
    done = changed(half, "status open → resolved", by="me", status="resolved", phase=Phase.RESOLVED)
    assert told(RESOLVE, seen(), done) == []
    marked = heard(half, "me", "Outcome ACCEPT: well", "resolve-1", voice=Voice.COMMENT)
    assert told(RESOLVE, seen(), marked, "resolve-1") == []
    theirs = changed(marked, "outcome ACCEPT → REJECT", when="2026-11-18 14:00", outcome="REJECT")
    assert what(RESOLVE, seen(), theirs, "resolve-1") == ["outcome"]


def test_an_acceptance_or_a_report_that_came_in_stands_against_resolving() -> None:
    assert told(RESOLVE, seen(), heard(seen(), "mario", "accept NGI_IT-INFN-T1")) == [
        (f"answer of {INFN}", "", "accept", "resolved without it", "mario")
    ]
    assert told(RESOLVE, seen(), heard(seen(), "mario", "reject NGI_IT-INFN-T1")) == []
    now = changed(seen(), attachments=(sent(REPORT, SINCE, "mario"),))
    assert told(RESOLVE, seen(), now) == [(f"report of {INFN}", "", REPORT, "resolved without it", "mario")]


def test_the_own_report_that_was_on_its_way_does_not_stand_against_resolving() -> None:
    shown = seen(attachments=(Attachment(id="pending:report-1", name=REPORT, size=10),))
    now = changed(seen(), attachments=(structs.replace(sent(REPORT, SINCE, "me"), size=10),))
    assert told(RESOLVE, shown, now) == []
    other = changed(seen(), attachments=(structs.replace(sent(REPORT, SINCE, "mario"), size=11),))
    assert what(RESOLVE, shown, other) == [f"report of {INFN}"]


def test_what_was_closed_or_opened_again_meanwhile_is_not_resolved_unasked() -> None:
    rejected = changed(seen(), "status open → rejected", status="rejected", phase=Phase.REJECTED)
    assert told(RESOLVE, seen(), rejected) == [("status", "open", "rejected", "resolved", COLLEAGUE)]
    other = changed(seen(), "status open → resolved", status="resolved", phase=Phase.RESOLVED, outcome="REJECT")
    assert what(RESOLVE, seen(), other) == ["status", "outcome"]
    again = changed(seen(), "status open → resolved", "status resolved → open", outcome="ACCEPT", document="7")
    assert what(RESOLVE, seen(), again) == ["status"]
    held = changed(seen(), "status open → stalled", status="stalled", phase=Phase.STALLED)
    assert told(RESOLVE, seen(), held) == []
    half = heard(structs.replace(held, outcome="ACCEPT", document="7"), "mario", "accept NGI_IT-INFN-T1")
    assert what(RESOLVE, seen(), half) == [f"answer of {INFN}"]


# ----------------------------------------------------------------------------------------------------- closed meanwhile

WRITING = [
    Assign(target=REF, add=("ea-X-Y",)),
    Acknowledge(target=REF, team=INFN, answer=Answer.ACCEPT),
    Reply(target=REF, text="x"),
    Remind(target=REF, teams=(INFN,), text="x"),
    Poll(target=REF, to="a@b", subject="s", text="t"),
    Expose(target=REF, team=INFN, on=day("2026-11-20")),
    Extend(target=REF, team=INFN, until=day("2026-11-20"), reason="x"),
    Report(target=REF, team=INFN, name=REPORT, size=3),
    Report(target=REF, team=INFN, waive="x"),
    Incident(target=REF, url="https://g/1"),
    Document(target=REF, document="7"),
    ACCEPT,
    RESOLVE,
    SetDue(target=REF, due=day("2026-12-01")),
    SetOwner(target=REF, owner="me"),
    SetStatus(target=REF, status="stalled"),
    SetField(target=REF, name="X", add=("y",)),
]


@pytest.mark.parametrize("command", WRITING, ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("phase", [Phase.REJECTED, Phase.DELETED])
def test_what_was_closed_meanwhile_is_not_written_to(command: Command, phase: Phase) -> None:
    now = changed(seen(), f"status open → {phase.value}", status=phase.value, phase=phase)
    (difference,) = differences(command, seen(), now)
    assert (difference.what, difference.theirs, difference.by) == ("status", phase.value, COLLEAGUE)
    wanted = {"Resolve": "resolved", "SetStatus": "stalled"}
    assert difference.mine == wanted.get(type(command).__name__, "open")
    assert differences(command, now, now) == ()


def test_a_note_and_a_new_rollout_meet_nothing() -> None:
    now = changed(seen(), "status open → resolved", status="resolved", phase=Phase.RESOLVED)
    assert told(Comment(target=REF, text="x"), seen(), now) == []
    assert told(NewRollout(target=Ref("rt", "new"), title="x"), seen(), now) == []


def test_what_is_there_already_is_there_though_it_was_closed() -> None:
    now = changed(seen(), status="resolved", phase=Phase.RESOLVED, outcome="ACCEPT")
    assert told(ACCEPT, seen(), now) == []


# ----------------------------------------------------------------------------------------------------------------- poll


def test_a_list_is_not_asked_when_a_team_accepted_or_a_colleague_asked() -> None:
    poll = Poll(target=REF, to="list@example.org", subject="s", text="t")
    assert what(poll, seen(), heard(seen(), "mario", "accept NGI_IT-INFN-T1")) == [f"answer of {INFN}"]
    asked = heard(seen(), COLLEAGUE, "Asked the list", "poll-theirs", voice=Voice.COMMENT)
    assert told(poll, seen(), asked) == [
        ("poll", "", "asked on 2026-11-18 12:00 UTC", "ask list@example.org", COLLEAGUE)
    ]
    assert told(poll, seen(), asked, "poll-theirs") == []


def test_the_history_names_its_author_even_when_many_changed_it() -> None:
    now = changed(seen(), "outcome (empty) → ACCEPT", by=COORDINATOR)
    now = changed(now, "outcome ACCEPT → REJECT", when="2026-11-18 15:00", outcome="REJECT")
    assert told(ACCEPT, seen(), now)[0][-1] == COLLEAGUE
