"""The guards of DOMAIN §2: each by an example of what it stops, what it only warns of and what it lets go."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec import structs

from ppstui.model import (
    Command,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Link,
    Objection,
    Outcome,
    Phase,
    Poll,
    Reply,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    Waiver,
)
from ppstui.rules.commands import objections
from ppstui.rules.policy import Policy
from ppstui.rules.tracker import Tracker
from tests.rules.make import (
    COORDINATOR,
    GLASGOW,
    INFN,
    POLICY,
    REF,
    REPORT,
    at,
    chosen,
    day,
    exposed,
    rollout,
    said,
    sent,
)

YES = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")
NO = said("2026-11-16 14:00", "mario", "reject NGI_IT-INFN-T1")
NOW = "2026-11-18 12:00"
LATER = "2026-11-25 12:00"
WORDS = Tracker(words={Phase.NEW: ("nuovo",), Phase.OPEN: ("aperto",), Phase.RESOLVED: ("risolto", "fatto")})

Found = list[tuple[str, str]]


def against(command: Command, record: Rollout, when: str = NOW, tracker: Tracker | None = None) -> list[Objection]:
    if tracker is None:
        return list(objections(command, record, POLICY, at(when)))
    return list(objections(command, record, POLICY, at(when), tracker))


def rules(command: Command, record: Rollout, when: str = NOW, tracker: Tracker | None = None) -> Found:
    """Each rule and how hard it is: `stop`, `override` where a reason lifts it, `warn`."""
    kinds = {(True, False): "stop", (True, True): "override", (False, False): "warn"}
    return [(each.rule, kinds[each.blocking, each.overridable]) for each in against(command, record, when, tracker)]


def reported(**more: object) -> Rollout:
    """INFN accepted, was exposed from the 16th on and reported on the 24th."""
    record = rollout(YES, teams=[INFN], files=[sent(REPORT)], exposures=[exposed("2026-11-16")])
    return structs.replace(record, **more)


# ------------------------------------------------------------------------------------------------------------ resolve


def resolve(outcome: Outcome | None = None, document: str = "", reason: str = "") -> Resolve:
    return Resolve(target=REF, outcome=outcome, document=document, reason=reason)


def test_with_outcome_document_and_reports_it_may_be_resolved() -> None:
    assert rules(resolve(Outcome.ACCEPT, "700"), reported(), LATER) == []
    assert rules(resolve(), reported(outcome="accept", document="700"), LATER) == []
    assert rules(resolve(), reported(outcome="ACCEPT", document_url="https://documents.example.org/7"), LATER) == []


def test_without_outcome_or_document_resolving_needs_a_reason() -> None:
    assert rules(resolve(), reported(), LATER) == [("outcome-missing", "override"), ("document-missing", "override")]
    assert rules(resolve(Outcome.ACCEPT), reported(), LATER) == [("document-missing", "override")]
    assert rules(resolve(document="700"), reported(outcome="maybe"), LATER) == [("outcome-missing", "override")]
    assert "'maybe'" in against(resolve(document="700"), reported(outcome="maybe"), LATER)[0].text


def test_a_rejected_rollout_needs_its_document_too_and_a_reason() -> None:
    assert rules(resolve(Outcome.REJECT, reason="crashes"), reported(), LATER) == [("document-missing", "override")]
    assert rules(resolve(Outcome.REJECT, "700"), reported(), LATER) == [("reason-missing", "stop")]
    assert rules(resolve(Outcome.REJECT, "700"), reported(outcome="REJECT"), LATER) == []


def test_every_team_that_accepted_has_to_report_first() -> None:
    both = (YES, said("2026-11-16 15:00", "graeme", "accept NGI_UK-UKI-SCOTGRID-GLASGOW"))
    found = against(resolve(Outcome.ACCEPT, "700"), rollout(*both, teams=[INFN, GLASGOW], files=[sent(REPORT)]), LATER)
    assert [(each.rule, each.blocking, each.overridable) for each in found] == [("report-missing", True, True)]
    assert GLASGOW in found[0].text
    assert "waive" in found[0].text


def test_a_misnamed_report_does_not_do_and_a_waiver_does() -> None:
    record = rollout(YES, teams=[INFN], files=[sent("report.pdf", author="mario")])
    (missing,) = against(resolve(Outcome.ACCEPT, "700"), record, LATER)
    assert missing.rule == "report-missing"
    assert "report.pdf" in missing.text
    waived = structs.replace(record, waivers=(Waiver(team="ngi_it-infn-t1", reason="site closed"),))
    assert rules(resolve(Outcome.ACCEPT, "700"), waived, LATER) == []


def test_a_declined_team_owes_no_report_and_a_silent_one_is_warned_of() -> None:
    record = rollout(YES, NO, teams=[INFN, GLASGOW])
    found = rules(resolve(Outcome.ACCEPT, "700"), structs.replace(record, attachments=()), LATER)
    assert found == [("answer-pending", "warn"), ("no-ea", "warn")]


def test_missing_links_and_a_short_exposure_are_warned_of() -> None:
    assert rules(resolve(Outcome.ACCEPT, "700"), reported(links=()), LATER) == [("links-missing", "warn")]
    short = reported(exposures=(exposed("2026-11-21"),))
    assert rules(resolve(Outcome.ACCEPT, "700"), short, LATER) == [("exposure-short", "warn")]
    assert "4 days" in against(resolve(Outcome.ACCEPT, "700"), short, LATER)[0].text
    enough = reported(exposures=(exposed("2026-11-20"),))
    assert rules(resolve(Outcome.ACCEPT, "700"), enough, LATER) == []


def test_a_team_still_exposed_lacks_its_report_and_its_days() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])
    assert rules(resolve(Outcome.ACCEPT, "700"), record, NOW) == [
        ("report-missing", "override"),
        ("exposure-short", "warn"),
    ]


def test_only_days_that_somebody_counts_can_be_too_few() -> None:
    accepted = rollout(YES, teams=[INFN])
    assert rules(resolve(Outcome.ACCEPT, "700"), accepted, "2026-11-17 12:00") == [("report-missing", "override")]
    silent = rollout(teams=[INFN], files=[sent(REPORT)])
    assert rules(resolve(Outcome.ACCEPT, "700"), silent, LATER) == []


def test_resolving_checks_the_document_it_names() -> None:
    command = Resolve(target=REF, outcome=Outcome.ACCEPT, document="7 00", url="ftp://x")
    assert rules(command, reported(), LATER) == [("document", "stop"), ("document", "stop")]


def test_of_a_list_entry_only_columns_are_held_against_resolving() -> None:
    bare = structs.replace(reported(), whole=False, messages=(), attachments=(), links=())
    assert rules(resolve(), bare, LATER) == [("outcome-missing", "override"), ("document-missing", "override")]


# ------------------------------------------------------------------------------------------------------------- status


def status(word: str) -> SetStatus:
    return SetStatus(target=REF, status=word)


def test_closing_by_the_status_alone_is_guarded_as_resolving_is() -> None:
    record = rollout(YES, teams=[INFN], status="aperto")
    missing = [("outcome-missing", "override"), ("document-missing", "override"), ("report-missing", "override")]
    for word in ("Risolto", "fatto"):
        assert rules(status(word), record, LATER, WORDS) == missing
    assert rules(status("resolved"), rollout(YES, teams=[INFN]), LATER) == missing
    assert rules(status("risolto"), reported(outcome="ACCEPT", document="7", status="aperto"), LATER, WORDS) == []


def test_other_words_are_free_and_an_unknown_one_is_the_servers_to_judge() -> None:
    record = rollout(YES, teams=[INFN])
    assert rules(status("stalled"), record) == []
    assert rules(status("rejected"), record) == []
    assert rules(status("frozen"), record) == [("status-unknown", "warn")]


def test_the_same_status_again_is_nothing_to_do() -> None:
    assert rules(status(" OPEN "), rollout()) == [("idle", "stop")]
    assert rules(status(" "), rollout()) == [("empty", "stop")]
    assert rules(status("open\nresolved"), rollout()) == [("empty", "stop")]


def test_what_is_closed_may_be_opened_again_and_nothing_else() -> None:
    closed = rollout(phase=Phase.RESOLVED, status="fatto")
    assert rules(status("aperto"), closed, NOW, WORDS) == []
    assert rules(status("risolto"), closed, NOW, WORDS) == [("closed", "override")]
    assert rules(status("frozen"), closed, NOW, WORDS) == [("closed", "override"), ("status-unknown", "warn")]
    assert rules(status("open"), rollout(phase=Phase.DELETED), NOW) == [("closed", "stop")]


@pytest.mark.parametrize(
    "command",
    [
        Poll(target=REF, to="early-adopters-emi@example.org", subject="s", text="t"),
        Expose(target=REF, team=INFN, on=day("2026-11-17")),
        Extend(target=REF, team=INFN, until=day("2026-12-24"), reason="x"),
        Report(target=REF, team=INFN, name=REPORT, size=1),
        Report(target=REF, team=INFN, waive="x"),
        Incident(target=REF, url="https://ggus.example.org/ticket/1"),
        Document(target=REF, document="1"),
        SetOutcome(target=REF, outcome=Outcome.ACCEPT),
        SetDue(target=REF, due=day("2026-12-01")),
        SetOwner(target=REF, owner="somebody"),
        SetField(target=REF, name="X", values=("y",)),
        Resolve(target=REF, outcome=Outcome.ACCEPT, document="1"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_closed_rollout_is_changed_only_with_a_reason(command: Command) -> None:
    found = rules(command, rollout(YES, teams=[INFN], phase=Phase.RESOLVED))
    assert ("closed", "override") in found
    assert rules(Comment(target=REF, text="x"), rollout(phase=Phase.RESOLVED)) == []


# ------------------------------------------------------------------------------------------------------------ outcome


def outcome(value: Outcome | None, reason: str = "") -> SetOutcome:
    return SetOutcome(target=REF, outcome=value, reason=reason)


def test_an_outcome_after_all_reports_needs_no_reason_unless_it_rejects() -> None:
    assert rules(outcome(Outcome.ACCEPT), reported(), LATER) == []
    assert rules(outcome(Outcome.REJECT), reported(), LATER) == [("reason-missing", "stop")]
    assert rules(outcome(Outcome.REJECT, " \n"), reported(), LATER) == [("reason-missing", "stop")]
    assert rules(outcome(Outcome.REJECT, "it crashes"), reported(), LATER) == []


def test_an_outcome_before_a_report_has_a_reason_and_is_warned_of() -> None:
    record = rollout(YES, teams=[INFN])
    assert rules(outcome(Outcome.ACCEPT), record) == [("reason-missing", "stop"), ("report-missing", "warn")]
    assert rules(outcome(Outcome.ACCEPT, "by phone"), record) == [("report-missing", "warn")]


def test_the_outcome_may_be_taken_out_and_the_same_one_is_nothing_to_do() -> None:
    assert rules(outcome(None), reported(outcome="ACCEPT")) == []
    assert rules(outcome(None), reported(outcome="maybe")) == []
    assert rules(outcome(None), reported()) == [("idle", "stop")]
    assert rules(outcome(Outcome.ACCEPT), reported(outcome="accept"), LATER) == [("idle", "stop")]
    assert rules(outcome(Outcome.ACCEPT, "once more"), reported(outcome="accept"), LATER) == []


# ----------------------------------------------------------------------------------------------------------- document


def document(number: str = "", url: str = "") -> Document:
    return Document(target=REF, document=number, url=url)


def test_a_document_is_named_by_id_or_address() -> None:
    assert rules(document("700"), rollout()) == []
    assert rules(document("10.5281/zenodo.123", "https://zenodo.example.org/123"), rollout()) == []
    assert rules(document(url="https://documents.example.org/7"), rollout()) == [("document-id", "warn")]
    assert rules(document(), rollout()) == [("empty", "stop")]


def test_naming_none_takes_out_the_one_there_is() -> None:
    assert rules(document(), rollout(document="700")) == [("document-missing", "warn")]


@pytest.mark.parametrize("number", ["7 00", "7\n0", "<7>", '"7"', "7\x00"])
def test_an_odd_document_id_is_refused(number: str) -> None:
    assert rules(document(number), rollout()) == [("document", "stop")]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:x", "https://", "https://a b", "7", "https://a\x1b"])
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    assert ("document", "stop") in rules(document("7", url), rollout())
    assert rules(Incident(target=REF, url=url), rollout()) == [("url", "stop")]


def test_the_same_document_again_is_nothing_to_do() -> None:
    assert rules(document("700"), rollout(document="700")) == [("idle", "stop")]
    assert rules(document("700", "https://new.example.org"), rollout(document="700")) == []


# ---------------------------------------------------------------------------------------------------- expose, extend


def expose(on: str, team: str = INFN) -> Expose:
    return Expose(target=REF, team=team, on=day(on))


def extend(until: str, reason: str = "node was down", team: str = INFN) -> Extend:
    return Extend(target=REF, team=team, until=day(until), reason=reason)


def test_an_exposure_before_its_team_was_told_is_warned_of() -> None:
    record = rollout(YES, teams=[INFN])
    assert rules(expose("2026-11-16"), record) == []
    assert rules(expose("2026-11-18"), record) == []
    assert rules(expose("2026-11-15"), record) == [("date", "warn")]
    assert rules(expose("2026-11-15", ""), record) == [("date", "warn")]
    assert INFN in against(expose("2026-11-15"), record)[0].text
    assert "the first team" in against(expose("2026-11-15", ""), record)[0].text


def test_an_exposure_of_all_is_about_those_who_accepted() -> None:
    silent_before = rollout(YES, teams=[chosen(GLASGOW, "2026-11-12 10:00"), chosen(INFN)])
    assert rules(expose("2026-11-14", ""), silent_before) == [("date", "warn")]


def test_an_exposure_to_come_is_warned_of() -> None:
    (objection,) = against(expose("2026-11-19"), rollout(YES, teams=[INFN]))
    assert (objection.rule, objection.blocking) == ("future", False)
    assert f"{INFN} is testing" in objection.text
    (all_teams,) = against(expose("2026-11-19", ""), rollout(YES, teams=[INFN]))
    assert "the teams are testing" in all_teams.text


def test_who_has_not_accepted_is_not_exposed_without_a_reason() -> None:
    assert rules(expose("2026-11-17"), rollout(teams=[INFN])) == [("not-accepted", "override")]
    assert rules(expose("2026-11-17"), rollout(NO, teams=[INFN])) == [("not-accepted", "override")]
    assert rules(expose("2026-11-17", ""), rollout(teams=[INFN])) == [("not-accepted", "override")]
    assert rules(expose("2026-11-17", GLASGOW), rollout(YES, teams=[INFN])) == [("not-assigned", "override")]
    assert rules(extend("2026-12-24"), rollout(teams=[INFN])) == [("not-accepted", "override")]
    assert rules(extend("2026-12-24", team=GLASGOW), rollout(YES, teams=[INFN])) == [("not-assigned", "override")]


def test_the_same_start_again_is_nothing_to_do_and_none_lies_after_the_end() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-17", "2026-11-20", team=INFN)])
    assert rules(expose("2026-11-17"), record) == [("idle", "stop")]
    assert rules(expose("2026-11-21"), record, LATER) == [("date", "stop")]
    assert rules(expose("2026-11-20"), record, LATER) == []


def test_an_extension_has_a_later_day_and_a_reason() -> None:
    record = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])
    assert rules(extend("2026-11-23"), record) == []
    assert rules(extend("2026-11-22"), record) == [("date", "stop")]
    assert rules(extend("2026-11-15"), record) == [("date", "stop")]
    assert rules(extend("2026-11-23", " \x00\n"), record) == [("reason-missing", "stop")]
    assert rules(extend("2026-11-23", team=""), record) == []
    assert rules(extend("2026-11-22", team=""), record) == [("date", "stop")]


def test_an_assumed_exposure_can_be_extended_too() -> None:
    assert rules(extend("2026-11-23"), rollout(YES, teams=[INFN])) == []
    (objection,) = against(extend("2026-11-22"), rollout(YES, teams=[INFN]))
    assert "Sun 2026-11-22" in objection.text


# ------------------------------------------------------------------------------------------------------------- report


def report(name: str = REPORT, size: int = 1000, team: str = INFN) -> Report:
    return Report(target=REF, team=team, name=name, size=size)


def test_a_report_goes_under_its_canonical_name_only() -> None:
    record = rollout(YES, teams=[INFN])
    for ext in ("odt", "doc", "docx"):
        assert rules(report(REPORT.replace(".odt", f".{ext}")), record) == []
    (objection,) = against(report("report.odt"), record)
    assert (objection.rule, objection.blocking, objection.overridable) == ("report-name", True, False)
    assert REPORT in objection.text


@pytest.mark.parametrize("name", ["report.pdf", REPORT.replace(".odt", ".ODT"), "ea-x", "../" + REPORT, REPORT + "\n"])
def test_what_is_no_report_by_its_ending_is_refused(name: str) -> None:
    assert rules(report(name), rollout(YES, teams=[INFN])) == [("report-name", "stop")]


def test_the_name_follows_the_settings_of_the_desk() -> None:
    policy, record = Policy(report_stack="name"), rollout(YES, teams=[INFN])
    short = "ea-NGI_IT-INFN-T1-EMI-dpm-1.8.0-1.odt"
    assert objections(report(short), record, policy, at(NOW)) == ()
    assert [each.rule for each in objections(report(REPORT), record, policy, at(NOW))] == ["report-name"]


def test_under_an_unreadable_title_nobody_can_say_the_name() -> None:
    assert rules(report("ea-x.odt"), rollout(YES, teams=[INFN], title="SR dpm")) == [("report-name", "warn")]


def test_an_empty_or_huge_file_is_no_report() -> None:
    record = rollout(YES, teams=[INFN])
    assert rules(report(size=0), record) == [("empty", "stop")]
    assert rules(report(size=50_000_000), record) == []
    assert rules(report(size=50_000_001), record) == [("too-large", "stop")]


def test_a_second_report_replaces_the_first_and_says_so() -> None:
    assert rules(report(), reported(), LATER) == [("replaces", "warn")]
    misnamed = rollout(YES, teams=[INFN], files=[sent("report.pdf", author="mario")])
    assert rules(report(), misnamed, LATER) == []


def test_a_report_of_a_team_nobody_chose_needs_a_reason() -> None:
    name = REPORT.replace(INFN, GLASGOW)
    assert rules(report(name, team=GLASGOW), rollout(YES, teams=[INFN])) == [("not-assigned", "override")]
    assert ("team-name", "stop") in rules(report(team="a b"), rollout())


def test_a_report_is_waived_for_a_reason() -> None:
    record = rollout(YES, teams=[INFN])
    assert rules(Report(target=REF, team=INFN, waive="site closed"), record) == []
    assert rules(Report(target=REF, team=INFN, waive=" \n"), record) == [("reason-missing", "stop")]
    assert rules(Report(target=REF, team=INFN), record) == [("reason-missing", "stop")]
    assert rules(Report(target=REF, team=GLASGOW, waive="x"), record) == [("not-assigned", "override")]


def test_what_is_there_or_waived_is_not_waived_again_unsaid() -> None:
    command = Report(target=REF, team=INFN, waive="site closed")
    assert rules(command, reported(), LATER) == [("idle", "stop")]
    waived = rollout(YES, teams=[INFN])
    waived = structs.replace(waived, waivers=(Waiver(team=INFN, reason="before"),))
    assert rules(command, waived) == [("waived", "warn")]
    assert rules(command, rollout(teams=[INFN])) == [("not-accepted", "warn")]


# ----------------------------------------------------------------------------------------------------------- incident

GGUS = "https://ggus.example.org/ticket/1"


def test_an_incident_is_linked_once_and_taken_out_once() -> None:
    linked = rollout(links=[Link(url=GGUS, relation="incident")])
    assert rules(Incident(target=REF, url=GGUS), rollout()) == []
    assert rules(Incident(target=REF, url=GGUS), linked) == [("idle", "stop")]
    assert rules(Incident(target=REF, url=GGUS, remove=True), linked) == []
    assert rules(Incident(target=REF, url=GGUS, remove=True), rollout()) == [("idle", "stop")]


# --------------------------------------------------------------------------------------------------------------- poll

LIST = "early-adopters-emi@mailman.egi.eu"


def poll(to: str = LIST, subject: str = "wanted", text: str = "who?") -> Poll:
    return Poll(target=REF, to=to, subject=subject, text=text)


def test_a_list_is_polled_while_nobody_accepted() -> None:
    assert rules(poll(), rollout(NO, teams=[INFN])) == []
    (objection,) = against(poll(), rollout(YES, teams=[INFN]))
    assert (objection.rule, objection.blocking) == ("accepted", False)
    assert INFN in objection.text


def test_a_list_is_not_polled_again_inside_the_cooldown() -> None:
    asked = said("2026-11-18 10:00", COORDINATOR, "Asked the list", marks=("poll-1",))
    record = rollout(NO, asked, teams=[INFN])
    (objection,) = against(poll(), record, "2026-11-19 09:59:59")
    assert (objection.rule, objection.blocking, objection.overridable) == ("cooldown", True, True)
    assert "Wed 2026-11-18 10:00 +01:00" in objection.text
    assert "Thu 2026-11-19 10:00 +01:00" in objection.text
    assert rules(poll(), record, "2026-11-19 10:00") == []


@pytest.mark.parametrize("to", ["", "nobody", "a@b, c@d", "a@b\nBcc: x@y", "<a@b>", "a b@c", "a@b c", "@c", "a@"])
def test_what_is_no_address_is_not_written_to(to: str) -> None:
    assert rules(poll(to), rollout()) == [("address", "stop")]


def test_a_poll_has_a_subject_of_one_line_and_a_text() -> None:
    assert rules(poll(subject=" "), rollout()) == [("empty", "stop")]
    assert rules(poll(subject="a\nBcc: x@y"), rollout()) == [("empty", "stop")]
    assert rules(poll(text="\n"), rollout()) == [("empty", "stop")]


# -------------------------------------------------------------------------------------------------- due, owner, field


def test_a_due_day_that_is_past_is_warned_of_and_the_same_is_nothing_to_do() -> None:
    record = structs.replace(rollout(), due=day("2026-12-01"))
    assert rules(SetDue(target=REF, due=day("2026-11-18")), record) == []
    assert rules(SetDue(target=REF, due=day("2026-11-17")), record) == [("date", "warn")]
    assert rules(SetDue(target=REF, due=day("2026-12-01")), record) == [("idle", "stop")]
    assert rules(SetDue(target=REF, due=None), record) == []
    assert rules(SetDue(target=REF, due=None), rollout()) == [("idle", "stop")]
    assert isinstance(record.due, dt.date)


def test_the_same_owner_again_is_nothing_to_do() -> None:
    record = rollout(owner="Anna")
    assert rules(SetOwner(target=REF, owner="bruno"), record) == []
    assert rules(SetOwner(target=REF, owner=" anna "), record) == [("idle", "stop")]
    assert rules(SetOwner(target=REF, owner=""), record) == []
    assert rules(SetOwner(target=REF, owner=""), rollout()) == [("idle", "stop")]
    assert rules(SetOwner(target=REF, owner="a\nb"), record) == [("owner", "stop")]


def test_a_field_is_named_and_changed() -> None:
    record = structs.replace(rollout(), fields=(("Sites", "one, two"),))
    field = SetField(target=REF, name="Sites")
    assert rules(structs.replace(field, add=("three",)), record) == []
    assert rules(structs.replace(field, values=()), record) == []
    assert rules(field, record) == [("empty", "stop")]
    assert rules(structs.replace(field, add=("two",)), record) == [("idle", "stop")]
    assert rules(structs.replace(field, remove=("three",)), record) == [("idle", "stop")]
    assert rules(structs.replace(field, values=("one", "two")), record) == [("idle", "stop")]
    assert rules(structs.replace(field, add=("x",), remove=("x",)), record) == [("contradiction", "stop")]
    assert rules(structs.replace(field, add=("x\x1b",)), record) == [("value", "stop")]
    assert rules(SetField(target=REF, name=" ", values=("x",)), record) == [("empty", "stop")]


# ------------------------------------------------------------------------------------------------------ comment, reply


@pytest.mark.parametrize("kind", [Comment, Reply])
def test_a_text_that_would_set_an_exposure_or_waive_a_report_is_warned_of(kind: type[Comment | Reply]) -> None:
    exposure, waiver = "ppstui: exposure of all from 2026-11-17", f"ppstui: report of {INFN} waived because x"
    assert rules(kind(target=REF, text=f"so:\n{exposure}"), rollout()) == [("reads-as-exposure", "warn")]
    assert rules(kind(target=REF, text=waiver), rollout()) == [("reads-as-waiver", "warn")]
    assert rules(kind(target=REF, text=f"> {exposure}\n> {waiver}"), rollout()) == []
