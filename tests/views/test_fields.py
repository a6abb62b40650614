"""Every kind can be asked and sorted by the names its records have in JSON."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest

from ppstui.errors import UsageError
from ppstui.model import Phase, Pilot, Ref, State, Team
from ppstui.query import FieldKind, Moment, parse
from ppstui.rules.pilots import pilot_standing
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import Attention, Code, Mover, Severity, TeamState, standing
from ppstui.views import fields, rows
from ppstui.views.dues import due_of_mover
from ppstui.views.fields import Part, Queued, Roster, Subject
from ppstui.views.pilot_fields import PILOTS, PilotSubject
from ppstui.views.pilot_records import CommitmentRecord, DutyRecord, PilotRecord, VacancyRecord
from ppstui.views.records import AckRecord, EntryRecord, RolloutRecord, TeamRecord
from ppstui.views.registry_fields import COMMITMENTS, DUTIES, VACANCIES, WISHES
from tests.views.samples import NOW, REF, SILENT, TEAM, entry, rollout

if TYPE_CHECKING:
    from ppstui.model import Entry, Rollout

POLICY = Policy()
CLOCK = Moment(now=NOW, zone=POLICY.zone, calendar=POLICY.calendar)
STRUCTURES = {"teams", "links", "parent_record", "fields", "whole", "rev", "document_url", "report", "notified"}
"""JSON keys that are asked by the names of what they hold, or not at all."""


def subject(facts: Rollout | None = None, me: str = "carla") -> Subject:
    facts = facts or rollout()
    return Subject(facts, standing(facts, POLICY, NOW), (entry(),), frozenset({me}))


def passes(where: str, facts: Rollout | None = None) -> bool:
    asked, about = fields.ROLLOUTS, subject(facts)
    return parse(where, asked.kinds, asked.flags).matches(asked.row(about), asked.text(about), CLOCK)


def part_passes(where: str, team: str) -> bool:
    whole = subject()
    part = next(Part(whole, each) for each in whole.standing.teams if each.team == team)
    asked = fields.ACKS
    return parse(where, asked.kinds, asked.flags).matches(asked.row(part), asked.text(part), CLOCK)


@pytest.mark.parametrize(
    "where",
    [
        "ref:4711",
        "rollout:tracker:4711",
        "source:tracker",
        "id:4711",
        "title:arc6",
        "stack:umd",
        "stack:UMD-4",
        "major:4",
        "component:arc6",
        "version:6.15",
        "version:6.*",
        "os:centos7",
        "arch:x86_64",
        "platform:centos7",
        'status:"in progress"',
        "owner:carla",
        "parent:4700",
        "team:INFN-T1",
        "site:infn-t1",
        "ngi:NGI_NL",
        "state:ack-overdue",
        "answer:accept",
        "teams:2",
        "answered:1",
        "accepted:>=1",
        "due:<2d",
        "due:<0d",
        "created:>3d",
        "updated:<2d",
        "updated:>=2026-11-01",
        "attention:ack-overdue",
        "code:links-missing",
        "severity:late",
        "whose_move:coordinator",
        "move:coordinator,developer",
        "pending:acknowledge",
        "is:late",
        "is:mine",
        "is:open",
        "is:pending",
        "is:overdue",
        "-is:closed",
        "-document:*",
        "exposure:>1d",
        "field:high",
        "arc6 carla",
        '"in progress"',
        "nothing or arc6",
    ],
)
def test_a_rollout_is_found_by_what_it_is(where: str) -> None:
    assert passes(where)
    assert not passes(f"-({where})")


@pytest.mark.parametrize("where", ["is:closed", "stack:EMI", "team:pic", "due:>1w", "answer:reject", "is:unassigned"])
def test_a_rollout_is_not_found_by_what_it_is_not(where: str) -> None:
    assert not passes(where)


def test_marks_follow_the_facts() -> None:
    assert passes("is:closed", rollout(phase=Phase.RESOLVED, outcome="ACCEPT"))
    assert passes("is:unassigned", rollout(phase=Phase.NEW, assignments=(), messages=(), exposures=()))
    assert passes("is:unparsed", rollout(title="what is this"))
    assert not passes("is:mine", rollout(owner="dora"))
    assert not passes("is:mine", rollout(owner=""))


@pytest.mark.parametrize(
    ("queued", "found"),
    [
        (entry(state=State.PARKED, conflict=True), True),
        (entry(state=State.PARKED), False),
        (entry(state=State.DISCARDED, conflict=True), False),
    ],
)
def test_what_a_newer_change_stopped_is_found_as_long_as_nobody_decided(queued: Entry, *, found: bool) -> None:
    whole = msgspec.structs.replace(subject(), entries=(entry(), queued))
    pilot = Pilot(ref=Ref("local", "1"), title="DPM")
    previewed = PilotSubject(pilot, pilot_standing(pilot, POLICY, NOW), (queued,))
    for asked, row in (
        (fields.ROLLOUTS, fields.ROLLOUTS.row(whole)),
        (fields.ACKS, fields.ACKS.row(Part(whole, whole.standing.teams[0]))),
        (PILOTS, PILOTS.row(previewed)),
    ):
        assert parse("is:conflict", asked.kinds, asked.flags).matches(row, "", CLOCK) is found


def test_a_part_is_found_by_its_own_team_only() -> None:
    for where in ("is:silent", "is:overdue", "is:late", "state:ack-overdue", "due:<0d", "-answer:*", "late:yes"):
        assert part_passes(where, SILENT), where
        assert not part_passes(where, TEAM), where
    for where in ("is:accepted", "answer:accept", "team:INFN", "evidence:accept", "answered:<1w"):
        assert part_passes(where, TEAM), where
        assert not part_passes(where, SILENT), where
    assert part_passes("component:arc6 owner:carla is:mine is:open", TEAM)


def test_the_due_time_beside_a_name_is_that_persons() -> None:
    facts = subject().standing
    late = Attention(code=Code.READY_TO_CLOSE, severity=Severity.SOON, text="x", mover=Mover.COORDINATOR)
    asked = Attention(code=Code.ACK_DUE, severity=Severity.INFO, text="x", mover=Mover.EARLY_ADOPTER, due=NOW)
    other = msgspec.structs.replace(facts, mover=Mover.COORDINATOR, attention=(late, asked))
    assert other.due == NOW
    assert due_of_mover(other) is None
    own = msgspec.structs.replace(asked, mover=Mover.COORDINATOR)
    assert due_of_mover(msgspec.structs.replace(other, attention=(late, asked, own))) == NOW


def test_who_reported_without_an_answer_owes_no_answer() -> None:
    whole = subject()
    team = next(each for each in whole.standing.teams if each.team == SILENT)
    assert fields.part_due(fields.Part(whole, team)) == team.due
    reported = msgspec.structs.replace(team, state=TeamState.REPORTED)
    calm = msgspec.structs.replace(whole, standing=msgspec.structs.replace(whole.standing, attention=()))
    assert fields.part_due(fields.Part(calm, reported)) is None


def test_an_entry_and_a_team_are_found() -> None:
    queued, asked = Queued(entry(last_error="not reached"), frozenset({"carla"})), fields.OUTBOX
    for where in ("is:pending", "is:mine", "action:acknowledge", "ref:4711", "text:SARA", "error:reached", "id:7"):
        assert parse(where, asked.kinds, asked.flags).matches(asked.row(queued), asked.text(queued), CLOCK), where
    parts = tuple(team for team in subject().standing.teams if team.team == SILENT)
    team, of = Roster(Team(ref=Ref("registry", "x"), name=SILENT, ngi="NGI_NL"), parts), fields.TEAMS
    for where in ("is:active", "is:busy", "is:late", "team:SARA", "open_rollouts:1", "answers_overdue:>0", "-site:*"):
        assert parse(where, of.kinds, of.flags).matches(of.row(team), of.text(team), CLOCK), where


def test_the_json_keys_are_names_of_fields() -> None:
    for record, asked in (
        (RolloutRecord, fields.ROLLOUTS.kinds),
        (AckRecord, fields.ACKS.kinds),
        (TeamRecord, fields.TEAMS.kinds),
        (EntryRecord, fields.OUTBOX.kinds),
        (VacancyRecord, VACANCIES.kinds),
        (DutyRecord, DUTIES.kinds),
    ):
        missing = set(record.__struct_fields__) - set(asked) - STRUCTURES - {"before"}
        assert not missing, f"{record.__name__}: {missing}"


def test_the_json_keys_of_a_pilot_are_names_of_fields() -> None:
    structures = {"phases", "steps", "effort", "planned_end", "rev", "whole"}
    assert set(PilotRecord.__struct_fields__) - set(PILOTS.kinds) <= structures


def test_the_json_keys_of_the_registry_are_names_of_fields() -> None:
    asked = {*COMMITMENTS.kinds, *WISHES.kinds}
    assert set(CommitmentRecord.__struct_fields__) - asked <= {"entry"}


def test_the_columns_of_the_panes_can_be_sorted_by() -> None:
    for columns, asked in ((rows.ROLLOUTS, fields.ROLLOUTS.kinds), (rows.ACKS, fields.ACKS.kinds)):
        for column in columns:
            assert not column.id or column.id in asked, column
    assert all(column.id in fields.OUTBOX.kinds for column in rows.OUTBOX if column.id)


def test_everything_sorts_and_what_is_empty_comes_last() -> None:
    some = [
        subject(rollout(ref=Ref("rt", number), owner=owner))
        for number, owner in (("10", "zoe"), ("9", ""), ("2", "Amy"))
    ]
    for name in fields.ROLLOUTS.names:
        assert len(fields.ROLLOUTS.sort(some, name)) == len(fields.ROLLOUTS.sort(some, f"-{name}")) == 3
    ids = [each.rollout.ref.id for each in fields.ROLLOUTS.sort(some, "ref")]
    assert ids == ["2", "9", "10"], "numbers are compared as numbers"
    assert [each.rollout.ref.id for each in fields.ROLLOUTS.sort(some, "owner")] == ["2", "10", "9"]
    assert [each.rollout.ref.id for each in fields.ROLLOUTS.sort(some, "-owner")] == ["10", "2", "9"]
    assert fields.ROLLOUTS.sort(some, "") == some
    assert fields.ROLLOUTS.sort(some, "-attention") == some[::-1]
    with pytest.raises(UsageError, match="did you mean owner"):
        fields.ROLLOUTS.sort(some, "ownr")


def test_stages_sort_in_the_order_of_the_process() -> None:
    new = subject(rollout(phase=Phase.NEW, assignments=(), messages=(), exposures=()))
    closed = subject(rollout(phase=Phase.RESOLVED, outcome="ACCEPT"))
    assert fields.ROLLOUTS.sort([closed, subject(), new], "stage") == [new, subject(), closed]


def test_times_are_instants_or_days_and_never_texts() -> None:
    timed = [name for name, kind in fields.ROLLOUTS.kinds.items() if kind in (FieldKind.FUTURE, FieldKind.PAST)]
    row = fields.ROLLOUTS.row(subject())
    for name in timed:
        assert row(name) is None or isinstance(row(name), dt.date), name
    assert subject().rollout.ref == REF
