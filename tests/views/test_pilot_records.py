"""The JSON of pilots and of what surrounds them: stable keys, unknown as null, days as days."""

from __future__ import annotations

import datetime as dt
import json

import msgspec
from msgspec import structs

from ppstui.model import Commitment, Level, PilotProlong, PilotRollBack, Ref, Role, Spent, Team, Update, Wish
from ppstui.rules.duties import Duty, Rhythm
from ppstui.rules.effort import TABLE, Sum
from ppstui.rules.health import TeamHealth
from ppstui.rules.vacancies import Lack, Vacancy
from ppstui.views.pilot_records import (
    PILOT_PATHS,
    CommitmentRecord,
    DutyRecord,
    PilotRecord,
    SumRecord,
    VacancyRecord,
    commitment_record,
    duty_record,
    health_record,
    partner_record,
    pilot_record,
    sum_record,
    vacancy_record,
)
from tests.rules.make import ZURICH, at, day
from tests.rules.pilots.make import CNAF, POLICY, REF, after, made, new, sign, stands, wms

PROMISED = (
    *("ref", "title", "service", "update", "kind", "level", "sites", "state", "phase", "start", "setup_due"),
    *("run_start", "end", "prolonged", "steps", "effort", "attention", "whose_move"),
)


def test_a_pilot_is_told_as_the_surface_promises() -> None:
    record = json.loads(msgspec.json.encode(pilot_record(wms(), stands(wms(), "2009-02-20"), POLICY)))
    assert set(PROMISED) <= set(record)
    assert {name: record[name] for name in ("ref", "update", "kind", "level", "state", "phase", "whose_move")} == {
        "ref": "local:pilot-1",
        "update": "major",
        "kind": "server",
        "level": "gold",
        "state": "running",
        "phase": "run",
        "whose_move": "partner-site",
    }
    days = [record[name] for name in ("start", "setup_due", "run_start", "end", "prolonged")]
    assert days == ["2009-02-06", "2009-02-13", "2009-02-13", "2009-02-26", None]
    step = next(step for step in record["steps"] if step["number"] == 7)
    assert {name: step[name] for name in ("what", "state", "planned", "done", "owner", "effort_pd", "credits")} == {
        "what": "set up the service",
        "state": "done",
        "planned": "2009-02-13",
        "done": "2009-02-13",
        "owner": CNAF,
        "effort_pd": 1.5,
        "credits": 12.0,
    }
    assert (record["effort"]["computed"], record["effort"]["document"]) == (11.5, None)


def test_what_is_not_known_is_null_and_nothing_is_guessed() -> None:
    record = pilot_record(made(new()), stands(made(new()), "2009-01-27"), POLICY)
    assert (record.run_start, record.feedback_due, record.ending, record.url) == (None, None, None, None)
    assert (record.end, record.planned_end) == ("2009-02-26", True)


def test_the_documents_figure_stands_beside_where_it_states_one() -> None:
    three = made(new(weeks=3))
    record = pilot_record(three, stands(three, "2009-01-27"), POLICY)
    assert record.effort.document == 12.75
    assert [each.reason for each in record.effort.sums if each.what == "coordination"] != [None]
    dearer = tuple(structs.replace(line, minutes=2 * line.minutes) for line in TABLE)
    assert pilot_record(three, stands(three, "2009-01-27"), POLICY, dearer).effort.computed == 29.0


def test_recorded_effort_and_endings_are_told() -> None:
    booked = structs.replace(sign(7, "2009-02-13"), spent=(Spent(role=Role.SITE, minutes=720, site=CNAF),))
    command = PilotRollBack(target=REF, on=day("2009-02-18"), reason="jobs were lost")
    pilot = after(after(wms(6), booked, on="2009-02-13"), command, on="2009-02-18")
    record = pilot_record(pilot, stands(pilot, "2009-02-19"), POLICY)
    assert (record.effort.recorded, next(s.recorded_pd for s in record.steps if s.number == 7)) == (1.5, 1.5)
    assert (record.state, record.ending, record.ended) == ("rolled-back", "rolled-back", "2009-02-18")
    assert record.ending_reason == "jobs were lost"


def test_a_prolonged_pilot_tells_to_when_and_why() -> None:
    pilot = after(wms(), PilotProlong(target=REF, until=day("2009-03-12"), reason="more jobs"), on="2009-02-25")
    record = pilot_record(pilot, stands(pilot, "2009-02-28"), POLICY)
    assert (record.state, record.prolonged, record.prolonged_reason) == ("prolonged", "2009-03-12", "more jobs")


def test_attention_has_its_step_and_instants_their_offset() -> None:
    (entry,) = pilot_record(wms(6), stands(wms(6), "2009-02-14"), POLICY).attention
    assert (entry.code, entry.severity, entry.step, entry.team) == ("step-overdue", "late", 7, None)
    assert entry.due == "2009-02-13T23:59:59+01:00"


def test_the_others_are_told_alike() -> None:
    vacancy = Vacancy(component="dpm", wanted=2, committed=1, missing=1, why=Lack.NO_EA, ref=Ref("rt", "7"))
    assert (vacancy_record(vacancy).why, vacancy_record(vacancy).stack, vacancy_record(vacancy).level) == (
        *("no-ea", None, None),
    )
    assert vacancy_record(structs.replace(vacancy, level=Level.GOLD)).level == "gold"
    duty = Duty(code="acks", rhythm=Rhythm.DAILY, text="x", due=at("2026-11-24 23:59"), key="acks:2026-11-24")
    assert duty_record(duty, ZURICH).due == "2026-11-24T23:59:00+01:00"
    health = health_record(TeamHealth(team="ea-A-b", median_response=dt.timedelta(hours=18)), ZURICH)
    assert (health.median_response_hours, health.last_answered) == (18.0, None)
    assert sum_record(Sum(key="", planned=480, recorded=60)) == SumRecord(
        key=None, planned_pd=1.0, recorded_pd=0.125, planned_credits=8.0, recorded_credits=1.0
    )
    commitment = commitment_record(Commitment(ref=Ref("l", "1"), party=CNAF, level=Level.GOLD))
    assert (commitment.entry, commitment.name, commitment.level, commitment.minimum) == (
        "commitment",
        CNAF,
        "gold",
        None,
    )
    wish = commitment_record(Wish(ref=Ref("l", "2"), component="dpm", minimum=2))
    assert (wish.entry, wish.name, wish.level, wish.minimum) == ("wish", None, None, 2)
    partner = partner_record(Team(ref=Ref("l", "3"), name=CNAF), ["gold"])
    assert (partner.levels, partner.contact) == (("gold",), None)


def test_every_column_of_the_csv_is_a_key_of_its_record() -> None:
    kinds = {
        "pilots": PilotRecord,
        "vacancies": VacancyRecord,
        "tasks": DutyRecord,
        "effort": SumRecord,
        "wishes": CommitmentRecord,
        "commitments": CommitmentRecord,
    }
    assert set(kinds) == set(PILOT_PATHS)
    for kind, record in kinds.items():
        assert {path.partition(".")[0] for path in PILOT_PATHS[kind]} <= set(record.__struct_fields__)


def test_a_minor_pilot_tells_its_update() -> None:
    minor = made(new(Update.MINOR))
    assert pilot_record(minor, stands(minor, "2009-01-27"), POLICY).weeks == 1
