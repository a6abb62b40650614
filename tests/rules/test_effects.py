"""What a dry run says and what is written: every action by its example, in the order in which it happens."""

from __future__ import annotations

import pytest
from msgspec import structs

from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Command,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Link,
    NewRollout,
    Outcome,
    Parent,
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
)
from ppstui.rules import commands
from ppstui.rules.commands import as_comment, effects, incident_note, irreversible, preview, reverse
from ppstui.rules.rollouts import Stage, TeamState
from ppstui.rules.tracker import Tracker
from tests.rules.make import COORDINATOR, INFN, POLICY, REF, REPORT, at, day, exposed, rollout, said, sent, stands

YES = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")
NOW = "2026-11-18 12:00"
TRACKER = Tracker(
    words={Phase.OPEN: ("aperto",), Phase.RESOLVED: ("risolto",)}, document_url="https://d.example.org/{id}"
)
GGUS = "https://ggus.example.org/ticket/1"


def does(command: Command, record: Rollout | None, tracker: Tracker = TRACKER) -> list[tuple[str, str, str]]:
    found = effects(command, record, POLICY, at(NOW), tracker)
    return [(effect.what, effect.before, effect.after) for effect in found]


def shown(command: Command, record: Rollout, key: str = "key-1") -> Rollout:
    return preview(command, record, POLICY, at(NOW), COORDINATOR, key, TRACKER)


# ------------------------------------------------------------------------------------------------------------ resolve


def test_resolving_goes_document_outcome_reason_status_and_then_the_parent() -> None:
    record = structs.replace(rollout(), parent=Parent(ref=Ref("rt", "25"), outcome="", document="6"))
    command = Resolve(target=REF, outcome=Outcome.ACCEPT, document="700", reason="all\nwell")
    assert does(command, record) == [
        ("document link", "", "https://d.example.org/700"),
        ("document", "", "700"),
        ("outcome", "", "ACCEPT"),
        ("comment", "", "Outcome ACCEPT: all well"),
        ("status", "open", "risolto"),
        ("outcome of rt:25", "", "ACCEPT"),
        ("document of rt:25", "6", "700"),
    ]
    after = shown(command, record)
    assert (after.outcome, after.document, after.phase, after.status) == ("ACCEPT", "700", Phase.RESOLVED, "risolto")
    assert after.parent is not None
    assert (after.parent.outcome, after.parent.document) == ("ACCEPT", "700")
    assert stands(after, NOW).stage is Stage.CLOSED_ACCEPT
    assert [(each.voice, each.marks) for each in after.messages] == [(Voice.COMMENT, ("key-1",))]


def test_resolving_with_what_is_there_changes_the_status_alone() -> None:
    record = rollout(outcome="ACCEPT", document="7")
    assert does(Resolve(target=REF), record, Tracker()) == [("status", "open", "resolved")]
    record = structs.replace(record, parent=Parent(ref=Ref("rt", "25"), outcome="ACCEPT", document="7"))
    assert does(Resolve(target=REF), record, Tracker()) == [("status", "open", "resolved")]
    assert does(Resolve(target=REF), structs.replace(record, phase=Phase.RESOLVED, status="done")) == []


def test_a_document_is_linked_before_it_is_named_and_taken_out_with_its_link() -> None:
    assert does(Document(target=REF, document="7"), rollout()) == [
        ("document link", "", "https://d.example.org/7"),
        ("document", "", "7"),
    ]
    own = Document(target=REF, document="7", url="https://own.example.org/x")
    assert does(own, rollout(), Tracker())[0] == ("document link", "", "https://own.example.org/x")
    assert does(Document(target=REF, document="7"), rollout(), Tracker()) == [("document", "", "7")]
    there = structs.replace(rollout(document="7"), document_url="https://d.example.org/7")
    assert does(Document(target=REF), there) == [
        ("document link", "https://d.example.org/7", ""),
        ("document", "7", ""),
    ]


def test_an_outcome_is_followed_by_its_reason() -> None:
    command = SetOutcome(target=REF, outcome=Outcome.REJECT, reason="it\ncrashes")
    assert does(command, rollout()) == [("outcome", "", "REJECT"), ("comment", "", "Outcome REJECT: it crashes")]
    back = SetOutcome(target=REF, outcome=None, reason="too early")
    assert does(back, rollout(outcome="ACCEPT")) == [
        ("outcome", "ACCEPT", ""),
        ("comment", "", "Outcome taken out: too early"),
    ]


# --------------------------------------------------------------------------------------------------- while teams test


def test_an_exposure_is_one_line_and_the_board_shows_it() -> None:
    record = rollout(YES, teams=[INFN])
    expose = Expose(target=REF, team=INFN, on=day("2026-11-17"))
    assert does(expose, record) == [
        ("reply", "", f"ppstui: exposure of {INFN} from 2026-11-17"),
        (f"exposure of {INFN} from", "", "2026-11-17"),
    ]
    exposing = shown(expose, record)
    assert stands(exposing, NOW).teams[0].state is TeamState.EXPOSING
    extend = Extend(target=REF, team=INFN, until=day("2026-11-30"), reason="node\ndown")
    assert does(extend, exposing) == [
        ("reply", "", f"ppstui: exposure of {INFN} until 2026-11-30 because node down"),
        (f"exposure of {INFN} until", "2026-11-23", "2026-11-30"),
    ]
    extended = stands(shown(extend, exposing, "key-2"), NOW).teams[0]
    assert (extended.exposure_end, extended.exposure_reason) == (day("2026-11-30"), "node down")
    assert does(Expose(target=REF, on=day("2026-11-17")), record)[0][2] == "ppstui: exposure of all from 2026-11-17"
    everybody = Extend(target=REF, until=day("2026-11-30"), reason="x")
    assert does(everybody, rollout(exposures=[exposed("2026-11-17")]))[1] == (
        "exposure of all teams until",
        "2026-11-23",
        "2026-11-30",
    )


def test_a_report_is_attached_and_counts_at_once() -> None:
    record = rollout(YES, teams=[INFN])
    command = Report(target=REF, team=INFN, name=REPORT, size=1234, content=b"x")
    assert does(command, record) == [
        ("attachment", "", f"{REPORT} (1234 bytes)"),
        ("reply", "", f"Report of {INFN}: {REPORT}"),
        (f"report of {INFN}", "", REPORT),
    ]
    after = shown(command, record)
    assert stands(after, NOW).teams[0].state is TeamState.REPORTED
    assert (after.attachments[-1].size, after.messages[-1].marks) == (1234, ("key-1",))
    misnamed = rollout(YES, teams=[INFN], files=[sent("report.pdf", author="mario")])
    assert does(command, misnamed)[-1] == (f"report of {INFN}", "report.pdf", REPORT)


def test_a_waived_report_is_one_line() -> None:
    record = rollout(YES, teams=[INFN])
    command = Report(target=REF, team=INFN, waive="site\nclosed")
    assert does(command, record) == [
        ("reply", "", f"ppstui: report of {INFN} waived because site closed"),
        (f"report of {INFN}", "", "waived"),
    ]
    after = shown(command, record)
    assert stands(after, NOW).teams[0].waived == "site closed"
    assert does(command, after)[-1][0] == "reply"


def test_an_incident_is_linked_with_a_word_where_there_is_one() -> None:
    assert does(Incident(target=REF, url=GGUS), rollout()) == [("incident", "", GGUS)]
    told = Incident(target=REF, url=GGUS, title="crash\non start", text="see there\n")
    assert does(told, rollout())[1] == ("comment", "", f"Incident {GGUS}: crash on start\n\nsee there\n")
    assert incident_note(Incident(target=REF, url=GGUS)) == ""
    assert GGUS not in incident_note(Incident(target=REF, url=GGUS, text="solved", remove=True))
    linked = shown(told, rollout())
    assert stands(linked, NOW).incidents == (GGUS,)
    assert linked.messages[-1].voice is Voice.COMMENT
    out = Incident(target=REF, url=GGUS, remove=True)
    assert does(out, linked) == [("incident", GGUS, "")]
    assert Link(url=GGUS, relation="incident", title="crash on start") not in shown(out, linked, "key-2").links


def test_a_poll_is_a_mail_and_a_note() -> None:
    command = Poll(target=REF, to="list@example.org", subject="wanted", text="who?\n")
    assert does(command, rollout()) == [
        ("mail to list@example.org", "", "wanted\n\nwho?\n"),
        ("comment", "", "Asked list@example.org for early adopters: wanted\n\nwho?\n"),
    ]
    after = shown(command, rollout(), "poll-1")
    assert after.messages[-1].voice is Voice.COMMENT
    assert stands(after, NOW).polled == at(NOW)


def test_a_digest_names_the_records_it_also_speaks_of() -> None:
    command = Remind(target=REF, teams=(INFN,), text="please", also=(Ref("rt", "7"), Ref("rt", "9")))
    assert does(command, rollout(teams=[INFN])) == [
        (f"reply to {INFN}", "", "please"),
        ("also reminds of", "", "rt:7, rt:9"),
    ]


# --------------------------------------------------------------------------------------------------------- plain edits


def test_plain_edits_show_before_and_after() -> None:
    record = structs.replace(rollout(owner="anna"), fields=(("Sites", "one, two"), ("Notes", "x")))
    assert does(SetDue(target=REF, due=day("2026-12-01")), record) == [("due", "", "2026-12-01")]
    assert does(SetOwner(target=REF, owner=""), record) == [("owner", "anna", "")]
    assert does(SetStatus(target=REF, status="stalled"), record) == [("status", "open", "stalled")]
    field = SetField(target=REF, name="sites", add=("three",), remove=("one",))
    assert does(field, record) == [("sites", "one, two", "two, three")]
    assert shown(field, record).fields == (("Sites", "two, three"), ("Notes", "x"))
    assert shown(SetField(target=REF, name="Sites", values=()), record).fields == (("Notes", "x"),)
    assert shown(SetField(target=REF, name="New", values=("y",)), record).fields[-1] == ("New", "y")
    assert shown(SetStatus(target=REF, status="Risolto"), record).phase is Phase.RESOLVED
    assert shown(SetStatus(target=REF, status="frozen"), record).phase is Phase.OPEN


def test_the_history_tells_of_what_is_on_its_way() -> None:
    after = shown(SetOutcome(target=REF, outcome=Outcome.ACCEPT), rollout())
    assert [(each.text, each.author) for each in after.events] == [("outcome (empty) → ACCEPT", COORDINATOR)]


def test_without_a_record_what_is_said_is_shown_and_nothing_else() -> None:
    assert does(Reply(target=REF, text="x"), None) == [("reply", "", "x")]
    assert does(SetOwner(target=REF, owner="x"), None) == []


# ------------------------------------------------------------------------------------------------------------- undoing


def test_what_was_set_is_set_back_with_a_reason_where_one_may_be_asked_for() -> None:
    back = reverse(SetOutcome(target=REF, outcome=Outcome.ACCEPT), rollout(outcome="reject"))
    assert isinstance(back, SetOutcome)
    assert (back.outcome, bool(back.reason)) == (Outcome.REJECT, True)
    assert reverse(SetOutcome(target=REF, outcome=Outcome.ACCEPT), rollout(outcome="maybe")) is None
    assert reverse(Document(target=REF, document="7"), rollout(document="6")) == Document(target=REF, document="6")
    assert reverse(SetStatus(target=REF, status="stalled"), rollout(status="aperto")) == SetStatus(
        target=REF, status="aperto"
    )
    assert reverse(Resolve(target=REF), rollout(status="aperto")) == SetStatus(target=REF, status="aperto")
    assert reverse(Resolve(target=REF), rollout(phase=Phase.RESOLVED)) is None


FINAL: list[Command] = [
    Acknowledge(target=REF, team=INFN, answer=Answer.ACCEPT),
    Comment(target=REF, text="x"),
    Reply(target=REF, text="x"),
    Remind(target=REF, teams=(INFN,), text="x"),
    Poll(target=REF, to="l@example.org", subject="s", text="t"),
    Expose(target=REF, on=day("2026-11-17")),
    Extend(target=REF, until=day("2026-11-30"), reason="x"),
    Report(target=REF, team=INFN, name=REPORT, size=1),
    Report(target=REF, team=INFN, waive="x"),
    NewRollout(target=Ref("local", "new"), title="x"),
]


@pytest.mark.parametrize("command", FINAL, ids=lambda command: type(command).__name__)
def test_what_people_have_read_is_not_taken_back_and_it_is_said_why(command: Command) -> None:
    assert reverse(command, rollout(teams=[INFN])) is None
    found = irreversible(command)
    assert (found.rule, found.blocking, found.overridable) == ("irreversible", True, False)
    assert str(command.target) in found.text
    assert "; " in found.text


def test_what_changed_nothing_says_so() -> None:
    for command in (Assign(target=REF), SetDue(target=REF, due=None), Resolve(target=REF)):
        assert "changed no" in irreversible(command).text


# ---------------------------------------------------------------------------------------------------------- as comment


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (Comment(target=REF, text="a\nb"), "a\nb"),
        (Remind(target=REF, teams=(INFN,), text="please"), "please"),
        (Poll(target=REF, to="l@example.org", subject="s", text="who?"), "who?"),
        (Assign(target=REF, add=("ea-A-B",), remove=("ea-C-D",)), "wanted to change the teams: + ea-A-B, - ea-C-D"),
        (
            Acknowledge(target=REF, team="A-B", answer=Answer.ACCEPT, note="by\nphone"),
            "wanted to answer accept for ea-A-B (by phone)",
        ),
        (Expose(target=REF, on=day("2026-11-17")), "wanted to set the exposure of all teams to begin on 2026-11-17"),
        (
            Extend(target=REF, team="ea-A-B", until=day("2026-11-30"), reason="down"),
            "wanted to extend the exposure of ea-A-B until 2026-11-30 (down)",
        ),
        (Report(target=REF, team="ea-A-B", name="x.odt"), "wanted to attach the report of ea-A-B: x.odt"),
        (Report(target=REF, team="ea-A-B", waive="closed"), "wanted to waive the report of ea-A-B (closed)"),
        (Incident(target=REF, url=GGUS, title="crash"), f"wanted to link the incident {GGUS} (crash)"),
        (Incident(target=REF, url=GGUS, text="more\n"), f"wanted to link the incident {GGUS}\n\nmore"),
        (Incident(target=REF, url=GGUS, remove=True), f"wanted to take out the link to the incident {GGUS}"),
        (Document(target=REF, document="7"), "wanted to set document to 7"),
        (Document(target=REF), "wanted to set document to none"),
        (SetOutcome(target=REF, outcome=Outcome.ACCEPT, reason="well"), "wanted to set outcome to ACCEPT (well)"),
        (SetOutcome(target=REF, outcome=None), "wanted to set outcome to none"),
        (
            Resolve(target=REF, outcome=Outcome.ACCEPT, document="7"),
            "wanted to resolve it with outcome ACCEPT and document 7",
        ),
        (Resolve(target=REF, reason="done"), "wanted to resolve it (done)"),
        (SetDue(target=REF, due=day("2026-12-01")), "wanted to set due to 2026-12-01"),
        (SetDue(target=REF, due=None), "wanted to set due to none"),
        (SetOwner(target=REF, owner=""), "wanted to set owner to nobody"),
        (SetStatus(target=REF, status="stalled"), "wanted to set status to stalled"),
        (SetField(target=REF, name="Sites", add=("a",), remove=("b",)), "wanted to set Sites to + a, - b"),
        (SetField(target=REF, name="Sites", values=()), "wanted to set Sites to none"),
    ],
)
def test_what_was_wanted_can_be_kept_as_a_comment(command: Command, text: str) -> None:
    assert as_comment(command) == text


def test_the_rules_of_commands_have_one_door() -> None:
    for name in commands.__all__:
        assert getattr(commands, name).__name__ == name
    with pytest.raises(AttributeError, match="nonsense"):
        getattr(commands, "nonsense")  # noqa: B009  the name is none
