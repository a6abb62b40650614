"""One digest to a team, not one mail a record; and what counts for the cooldown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import Phase, Ref, Remind, Rollout
from ppstui.rules.answers import find_answers
from ppstui.rules.commands import draft, objections, poll_address, poll_subject, preview
from ppstui.rules.policy import Policy
from ppstui.rules.reminders import digests, reminded_in
from ppstui.rules.rollouts import Code, Severity
from ppstui.rules.teams import team_key
from tests.rules.make import (
    COORDINATOR,
    CYFRONET,
    GLASGOW,
    INFN,
    POLICY,
    REF,
    REPORT,
    at,
    chosen,
    exposed,
    rollout,
    said,
    stands,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

YES = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")
NOW = "2026-11-25 12:00"


def numbered(number: int, record: Rollout, source: str = "rt") -> Rollout:
    ref = Ref(source, str(number))
    return structs.replace(record, ref=ref, url=f"https://{source}.example.org/{number}")


def all_of(*records: Rollout, when: str = NOW, policy: Policy = POLICY) -> tuple[Remind, ...]:
    return digests([(record, stands(record, when, policy)) for record in records], policy, at(when))


def told(found: Sequence[Remind]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(str(each.target), each.teams, tuple(map(str, each.also))) for each in found]


# ------------------------------------------------------------------------------------------------------------ digests


def test_one_team_gets_one_digest_on_the_record_that_waits_longest() -> None:
    records = [
        numbered(1, rollout(teams=[chosen(INFN, "2026-11-18 10:00")])),
        numbered(2, rollout(teams=[chosen(INFN, "2026-11-17 10:00")])),
        numbered(3, rollout(teams=[chosen(INFN, "2026-11-19 10:00")])),
    ]
    (digest,) = all_of(*records)
    assert (str(digest.target), digest.teams, tuple(map(str, digest.also))) == ("rt:2", (INFN,), ("rt:1", "rt:3"))
    for record in records:
        assert f"    {record.ref}\n" in digest.text
        assert record.url in digest.text
    assert digest.text.count("accept NGI_IT-INFN-T1") == 3
    assert "was due on Wed 2026-11-18 10:00 +01:00." in " ".join(digest.text.split())
    assert digest.text.index("rt:2") < digest.text.index("rt:1") < digest.text.index("rt:3")
    assert find_answers(digest.text) == ()
    assert max(map(len, digest.text.splitlines())) <= 76


def test_teams_that_are_late_with_the_very_same_share_one_and_others_do_not() -> None:
    both = [numbered(1, rollout(teams=[INFN, GLASGOW])), numbered(2, rollout(teams=[GLASGOW, INFN]))]
    alone = numbered(3, rollout(teams=[CYFRONET]))
    assert told(all_of(*both, alone)) == [
        ("rt:1", (INFN, GLASGOW), ("rt:2",)),
        ("rt:3", (CYFRONET,), ()),
    ]


def test_one_record_alone_is_the_usual_reminder() -> None:
    record = rollout(teams=[INFN])
    assert all_of(record) == (
        Remind(target=REF, teams=(INFN,), text=draft("remind", record, (INFN,), POLICY, at(NOW))),
    )


def test_late_reports_are_asked_for_by_name_and_with_the_template() -> None:
    policy = Policy(template_url="https://documents.example.org/254")
    late = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])
    (digest,) = all_of(numbered(1, late), numbered(2, rollout(teams=[INFN])), policy=policy, when="2026-11-30 12:00")
    assert REPORT in digest.text
    assert policy.template_url in digest.text
    assert "accept NGI_IT-INFN-T1" in digest.text
    answers = [numbered(number, rollout(teams=[INFN])) for number in (1, 2)]
    for some in (answers, answers[:1]):
        (digest,) = all_of(*some, policy=policy)
        assert policy.template_url not in digest.text


def test_what_is_not_late_is_left_alone() -> None:
    assert all_of(rollout(teams=[INFN]), when="2026-11-17 10:00") == ()
    missing = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])
    assert all_of(missing, when="2026-11-24 12:00") == ()
    assert all_of(rollout(teams=[INFN], phase=Phase.RESOLVED)) == ()


def test_sources_are_kept_apart() -> None:
    record = rollout(teams=[INFN])
    assert told(all_of(numbered(1, record), numbered(2, record, "jira"))) == [
        ("jira:2", (INFN,), ()),
        ("rt:1", (INFN,), ()),
    ]


def test_what_a_team_was_just_reminded_of_is_left_out_while_there_is_more() -> None:
    mail = said("2026-11-25 10:00", COORDINATOR, f"{INFN}: please", marks=("remind-1",))
    fresh, cooling = numbered(1, rollout(teams=[INFN])), numbered(2, rollout(mail, teams=[INFN]))
    assert told(all_of(fresh, cooling)) == [("rt:1", (INFN,), ())]
    (last,) = all_of(cooling)
    assert told([last]) == [("rt:2", (INFN,), ())]
    assert [each.rule for each in objections(last, cooling, POLICY, at(NOW))] == ["cooldown"]


def test_a_digest_goes_without_objection_and_counts_on_every_record_it_names() -> None:
    one, two = numbered(12, rollout(teams=[INFN])), numbered(123, rollout(teams=[INFN, GLASGOW]))
    first, second = all_of(one, two)
    assert told([first, second]) == [("rt:12", (INFN,), ("rt:123",)), ("rt:123", (GLASGOW,), ())]
    assert objections(first, one, POLICY, at(NOW)) == ()
    sent = preview(first, one, POLICY, at(NOW), COORDINATOR, "remind-1")
    assert reminded_in(two, [sent, two]) == ((INFN, at(NOW)),)
    again = draft("remind", two, (INFN,), POLICY, at(NOW))
    command = Remind(target=two.ref, teams=(INFN,), text=again)
    assert objections(command, two, POLICY, at(NOW)) == ()
    (against,) = objections(command, two, POLICY, at("2026-11-26 11:59"), reminded=reminded_in(two, [sent]))
    assert (against.rule, against.overridable) == ("cooldown", True)
    assert objections(command, two, POLICY, at("2026-11-26 12:00"), reminded=reminded_in(two, [sent])) == ()
    assert told(all_of(sent, two)) == [("rt:12", (INFN,), ("rt:123",)), ("rt:123", (GLASGOW,), ())]


def test_a_digest_about_others_counts_for_nothing() -> None:
    record = numbered(12, rollout(teams=[INFN]))
    for text, marks in (
        (f"{INFN}: rt:123", ("remind-1",)),
        (f"{INFN}: rt:12.5", ("remind-1",)),
        (f"{INFN}: start:12", ("remind-1",)),
        (f"{INFN}: rt:12", ("reply-1",)),
        (f"{GLASGOW}: rt:12", ("remind-1",)),
    ):
        other = numbered(1, rollout(said("2026-11-25 10:00", COORDINATOR, text, marks=marks), teams=[INFN]))
        assert reminded_in(record, [other]) == ()
        assert reminded_in(record, [structs.replace(other, ref=Ref("jira", "1"))]) == ()
    other = numbered(1, rollout(said(NOW, COORDINATOR, f"{INFN}: rt:12.", marks=("remind-1",)), teams=[INFN]))
    assert reminded_in(record, [other]) == ((INFN, at(NOW)),)
    itself = numbered(12, rollout(*other.messages, teams=[INFN]))
    assert reminded_in(itself, [itself]) == ()


@st.composite
def boards(draw: st.DrawFn) -> list[Rollout]:
    """Boards on which some teams are late, some are reminded, and some have reported."""
    names = (INFN, GLASGOW, CYFRONET)
    records = []
    for number in range(draw(st.integers(0, 5))):
        teams = draw(st.lists(st.sampled_from(names), unique=True))
        record = rollout(
            *([YES] if draw(st.booleans()) else []),
            *([said("2026-11-25 10:00", COORDINATOR, "please", marks=("remind-1",))] if draw(st.booleans()) else []),
            teams=[chosen(team, draw(st.sampled_from(["2026-11-16 10:00", "2026-11-25 11:00"]))) for team in teams],
            exposures=[exposed("2026-11-16")] if draw(st.booleans()) else [],
            phase=draw(st.sampled_from([Phase.OPEN, Phase.OPEN, Phase.STALLED, Phase.RESOLVED])),
        )
        records.append(numbered(number, record, draw(st.sampled_from(["rt", "rt", "jira"]))))
    return records


@settings(deadline=None)  # a busy machine breaks no law
@given(records=boards(), when=st.sampled_from([NOW, "2026-11-30 12:00"]))
def test_every_late_team_is_reminded_exactly_once_and_nobody_else(records: list[Rollout], when: str) -> None:
    late = {
        (record.ref.source, team_key(entry.team))
        for record in records
        for entry in stands(record, when).attention
        if entry.code in (Code.ACK_OVERDUE, Code.REPORT_MISSING) and entry.severity is Severity.LATE
    }
    found = all_of(*records, when=when)
    reminded = [(each.target.source, team_key(team)) for each in found for team in each.teams]
    assert sorted(reminded) == sorted(late)
    for each in found:
        assert len({each.target, *each.also}) == 1 + len(each.also)
        assert all(ref.source == each.target.source for ref in each.also)
        assert find_answers(each.text) == ()
        assert all(str(ref) in each.text for ref in each.also)


# --------------------------------------------------------------------------------------------------------------- poll


def test_the_call_to_the_list_says_what_and_how_and_reads_as_no_answer() -> None:
    text = draft("poll", rollout(), (), POLICY, at(NOW))
    assert "Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64" in text
    assert "https://rt.example.org/1234" in text
    assert "accept <NGI>-<Site-name>" in text
    assert "5 to 7 days" in text
    assert find_answers(text) == ()
    assert max(map(len, text.splitlines())) <= 76


def test_an_unreadable_title_is_told_without_what_could_break_the_mail() -> None:
    record = rollout(title="SR\r\nBcc: everybody\x1b[31m")
    assert poll_subject(record, POLICY).isprintable()
    assert poll_subject(rollout(title=""), POLICY) == "Early adopters wanted: rt:1234"
    odd = rollout(title="Re: staged  rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64")
    assert poll_subject(odd, POLICY) == poll_subject(rollout(), POLICY)
    assert poll_subject(rollout(), POLICY) == "Early adopters wanted: Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64"


def test_the_list_is_that_of_the_stack() -> None:
    assert poll_address(rollout(), POLICY) == "early-adopters-emi@mailman.egi.eu"
    unicore = rollout(title="Staged Rollout UNICORE-6 x 1.0 SL5 x86_64")
    policy = Policy(poll_address="ea-{stack}@example.org", poll_lists={"emi": "dpm@example.org", "ARC": ""})
    assert poll_address(unicore, policy) == "ea-unicore@example.org"
    assert poll_address(rollout(), policy) == "dpm@example.org"
    assert poll_address(rollout(title="Staged Rollout ARC-1 x 1.0 SL5 x86_64"), policy) == ""
    assert poll_address(rollout(title="SR dpm"), policy) == ""
    assert poll_address(rollout(title="Staged Rollout XYZ-1 x 1.0 SL5 x86_64"), policy) == ""
