"""The JSON of SURFACE §3: every promised key, its type, and null where nothing is known."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ppstui.cli.tables import csv_lines
from ppstui.model import Exposure, Message, Phase, Ref, Rollout, State, Team, Voice, Waiver
from ppstui.rules.meetings import Appointment
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import Standing, TeamStanding, TeamState, standing
from ppstui.views import flat, whole, whole_text
from ppstui.views.issues import ISSUE_PATHS
from ppstui.views.meetings import meeting_record
from ppstui.views.pilot_records import PILOT_PATHS
from ppstui.views.records import (
    AnyRecord,
    ack_records,
    entry_record,
    report_records,
    rollout_record,
    team_record,
)
from tests.views.samples import NOW, REF, SILENT, TEAM, entry, rollout

ZURICH = ZoneInfo("Europe/Zurich")
POLICY = Policy()

ROLLOUT_KEYS = {
    "ref",
    "source",
    "id",
    "url",
    "title",
    "title_problem",
    "stack",
    "major",
    "component",
    "version",
    "os",
    "arch",
    "status",
    "stage",
    "owner",
    "created",
    "updated",
    "parent",
    "outcome",
    "document",
    "teams",
    "exposure",
    "incidents",
    "links",
    "attention",
    "whose_move",
    "pending",
    "rev",
}
TEAM_KEYS = ["team", "ngi", "site", "state", "notified", "due", "answered", "late", "answer", "evidence", "report"]
ATTENTION_KEYS = ["code", "severity", "since", "due", "team", "text"]
ENTRY_KEYS = ["id", "action", "ref", "text", "asked_at", "state", "tries", "last_error", "receipt", "base_rev", "by"]
WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")

JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | int | float | bool | None


def standing_of(subject: Rollout) -> Standing:
    return standing(subject, POLICY, NOW)


def as_json(record: msgspec.Struct) -> dict[str, JsonValue]:
    decoded: dict[str, JsonValue] = json.loads(msgspec.json.encode(record))
    return decoded


def the_record() -> dict[str, JsonValue]:
    subject = rollout()
    return as_json(rollout_record(subject, standing_of(subject), [entry(), entry(id=8, state=State.DONE)], ZURICH))


def test_a_rollout_has_every_promised_key_and_type() -> None:
    record = the_record()
    assert set(record) >= ROLLOUT_KEYS
    assert (record["ref"], record["source"], record["id"]) == ("tracker:4711", "tracker", "4711")
    assert (record["stack"], record["major"], record["component"]) == ("UMD", "4", "arc6")
    assert (record["version"], record["os"], record["arch"]) == ("6.15.1", "CENTOS7", "x86_64")
    assert (record["status"], record["owner"], record["rev"]) == ("in progress", "carla", '"abc"')
    assert record["parent"] == "tracker:4700"
    assert record["title_problem"] is None
    assert record["outcome"] is None
    assert record["document"] is None
    assert record["created"] == "2026-11-18T10:00:00+01:00"
    exposure = record["exposure"]
    assert isinstance(exposure, dict)
    assert {"start", "earliest_end", "end", "extended", "reason"} <= set(exposure)
    assert exposure["start"] == "2026-11-23"
    assert exposure["extended"] is False
    links = record["links"]
    assert isinstance(links, dict)
    assert links["release_notes"] == "https://example.org/notes"
    assert links["bugs"] is None
    assert record["incidents"] == []


def test_a_team_entry_has_every_promised_key() -> None:
    teams = the_record()["teams"]
    assert isinstance(teams, list)
    by_name = {team["team"]: team for team in teams if isinstance(team, dict)}
    assert set(by_name) == {TEAM, SILENT}
    for team in by_name.values():
        assert set(TEAM_KEYS) <= set(team)
    accepted, silent = by_name[TEAM], by_name[SILENT]
    assert (accepted["ngi"], accepted["site"], accepted["answer"]) == ("NGI_IT", "INFN-T1", "accept")
    assert "accept NGI_IT-INFN-T1" in str(accepted["evidence"])
    assert (silent["state"], silent["answer"], silent["late"]) == ("ack-overdue", None, True)
    assert silent["report"] is None
    assert silent["due"] == "2026-11-20T10:00:00+01:00"


def test_attention_and_pending_have_every_promised_key() -> None:
    record = the_record()
    attention = record["attention"]
    assert isinstance(attention, list)
    assert attention
    for each in attention:
        assert isinstance(each, dict)
        assert set(ATTENTION_KEYS) <= set(each)
        assert each["severity"] in {"info", "soon", "late", "blocked"}
    codes = [each["code"] for each in attention if isinstance(each, dict)]
    assert "ack-overdue" in codes
    pending = record["pending"]
    assert isinstance(pending, list)
    assert [each["id"] for each in pending if isinstance(each, dict)] == [7], "what is done is not pending"


def test_every_instant_carries_the_offset_of_the_desk() -> None:
    text = json.dumps(the_record())
    instants = re.findall(r'"(\d{4}-\d\d-\d\dT[^"]*)"', text)
    assert instants
    assert all(WITH_OFFSET.fullmatch(each) and each.endswith("+01:00") for each in instants)


def test_an_empty_rollout_is_null_where_nothing_is_known() -> None:
    bare = Rollout(ref=Ref("tracker", "1"), title="\x1b]0;boo\x07 what is this", phase=Phase.NEW)
    record = as_json(rollout_record(bare, standing_of(bare), [], ZURICH))
    for key in (
        "url",
        "stack",
        "component",
        "owner",
        "created",
        "updated",
        "parent",
        "outcome",
        "document",
        "exposure",
    ):
        assert record[key] is None, key
    assert record["title"] == "\x1b]0;boo\x07 what is this", "scripts get the title as it came"
    assert record["title_problem"]
    assert record["teams"] == []


@pytest.mark.parametrize(("field", "told"), [("ACCEPT", "ACCEPT"), ("reject", "REJECT"), ("maybe", None), ("", None)])
def test_only_accept_and_reject_are_outcomes(field: str, told: str | None) -> None:
    subject = rollout(outcome=field)
    assert rollout_record(subject, standing_of(subject), [], ZURICH).outcome == told


def test_an_acknowledgement_record_is_a_team_entry_that_knows_its_rollout() -> None:
    subject = rollout()
    acks = [as_json(ack) for ack in ack_records(rollout_record(subject, standing_of(subject), [], ZURICH))]
    assert [ack["ref"] for ack in acks] == [f"tracker:4711/{TEAM}", f"tracker:4711/{SILENT}"]
    for ack in acks:
        assert set(TEAM_KEYS) <= set(ack)
        assert ack["rollout"] == "tracker:4711"
        assert ack["component"] == "arc6"


def test_reports_are_listed_for_the_teams_that_owe_one() -> None:
    subject = rollout()
    assert [line.team for line in report_records(subject, standing_of(subject), ZURICH)] == [TEAM]


def test_a_team_of_the_roster_tells_its_load() -> None:
    subject = rollout()
    silent = [team for team in standing_of(subject).teams if team.team == SILENT]
    record = team_record(Team(ref=Ref("registry", SILENT), name=SILENT, ngi="NGI_NL"), silent)
    assert (record.open_rollouts, record.answers_overdue, record.site) == (1, 1, None)


def test_an_outbox_entry_has_every_promised_key() -> None:
    record = as_json(entry_record(entry(last_error="not reached"), ZURICH))
    assert set(ENTRY_KEYS) <= set(record)
    assert (record["action"], record["ref"], record["text"]) == (
        "acknowledge",
        "tracker:4711",
        "reject NGI_NL-SARA-MATRIX",
    )
    assert (record["state"], record["tries"], record["receipt"]) == ("waiting", 0, None)


def test_what_a_desk_did_besides_is_told() -> None:
    poll = Message(id="9", at=NOW, author="carla", voice=Voice.COMMENT, text="Asked the list", marks=("poll-abc",))
    facts = rollout()
    subject = rollout(
        waivers=(Waiver(team=TEAM, reason="the disks broke"),),
        exposures=(Exposure(start=dt.date(2026, 11, 10)),),
        messages=(*facts.messages, poll),
        due=dt.date(2026, 12, 1),
    )
    record = as_json(rollout_record(subject, standing_of(subject), [], ZURICH))
    assert record["polled"] == "2026-11-25T10:00:00+01:00"
    assert record["due_day"] == "2026-12-01"
    teams = {str(team["team"]): team for team in record["teams"] if isinstance(team, dict)}  # type: ignore[union-attr]
    assert (teams[TEAM]["waived"], teams[TEAM]["report"], teams[TEAM]["state"]) == ("the disks broke", None, "reported")
    assert teams[SILENT]["waived"] is None
    page = whole_text.Page(NOW, ZURICH)
    whole_text.rollout_page(page, subject, standing_of(subject), [])
    for said in ("not needed: the disks broke", "polled", "Tue 2026-12-01"):
        assert said in page.text(), said
    bare = as_json(rollout_record(facts, standing_of(facts), [], ZURICH))
    assert (bare["polled"], bare["due_day"]) == (None, None)


def test_an_entry_tells_its_conflict_and_its_mail() -> None:
    record = entry_record(entry(state=State.PARKED, conflict=True, mail="leaving"), ZURICH)
    assert (record.conflict, record.mail) == (True, "leaving")
    assert (entry_record(entry(), ZURICH).conflict, entry_record(entry(), ZURICH).mail) == (False, None)


def test_show_tells_the_timeline_in_order() -> None:
    subject = rollout()
    record = whole.whole_rollout(subject, standing_of(subject), [entry()], ZURICH, NOW)
    assert [moment.kind for moment in record.timeline] == ["description", "event", "reply", "comment", "attachment"]
    assert record.ppstui == 1
    assert record.kind == "rollouts"
    part = whole.whole_part(subject, standing_of(subject), standing_of(subject).teams[0], [], ZURICH, NOW)
    assert part.ref == f"tracker:4711/{TEAM}"
    assert [moment.id for moment in part.timeline] == ["2"]
    told = whole.whole_team(Team(ref=Ref("registry", "x"), name="x"), [("tracker:1/x", part_of())], ZURICH, NOW)
    assert told.parts == ("tracker:1/x",)


def test_within_a_second_a_team_is_chosen_before_it_answers() -> None:
    facts = rollout()
    subject = rollout(
        messages=tuple(msgspec.structs.replace(each, at=NOW) for each in facts.messages),
        events=tuple(msgspec.structs.replace(each, at=NOW) for each in facts.events),
        attachments=tuple(msgspec.structs.replace(each, at=NOW) for each in facts.attachments),
    )
    record = whole.whole_rollout(subject, standing_of(subject), [], ZURICH, NOW)
    assert [moment.kind for moment in record.timeline] == ["description", "event", "reply", "comment", "attachment"]
    page = whole_text.Page(NOW, ZURICH)
    whole_text.rollout_page(page, subject, standing_of(subject), [])
    places = [page.text().rindex(each) for each in (": description", "status new", ": reply", "attached notes")]
    assert places == sorted(places)


def test_only_who_offers_itself_is_called_a_volunteer() -> None:
    page = whole_text.Page(NOW, ZURICH)
    whole_text.team_lines(page, msgspec.structs.replace(part_of(), assigned=False))
    assert "volunteer" in page.text()
    page = whole_text.Page(NOW, ZURICH)
    whole_text.team_lines(page, msgspec.structs.replace(part_of(), assigned=False, state=TeamState.WITHDRAWN))
    assert "withdrawn" in page.text()
    assert "volunteer" not in page.text()


def part_of() -> TeamStanding:
    return standing_of(rollout()).teams[1]


@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_page_of_a_rollout_is_safe_and_says_what_needs_whom(ascii_only: bool) -> None:
    subject = rollout()
    page = whole_text.Page(NOW, ZURICH, ascii_only=ascii_only)
    whole_text.rollout_page(page, subject, standing_of(subject), [entry()])
    text = page.text()
    assert "\x1b" not in text
    assert text.isascii() is ascii_only
    for said in (
        "tracker:4711  Staged Rollout UMD-4",
        "5 d late",
        TEAM,
        "| accept NGI_IT-INFN-T1",
        "[-] bugs",
        "missing",
    ):
        assert said in text, said
    assert "7  acknowledge tracker:4711" in text
    assert "| second" in text, "somebody's words keep their lines"


def test_the_pages_of_a_part_and_a_team_are_about_that_team() -> None:
    subject = rollout()
    page = whole_text.Page(NOW, ZURICH)
    whole_text.part_page(page, subject, standing_of(subject), part_of(), [])
    assert SILENT in page.text()
    assert TEAM not in page.text()
    page = whole_text.Page(NOW, ZURICH)
    whole_text.team_page(page, Team(ref=Ref("registry", SILENT), name=SILENT), [(f"{REF}/{SILENT}", part_of())])
    assert "answer overdue" in page.text()


def test_every_kind_has_its_columns_in_a_spreadsheet() -> None:
    subject = rollout()
    facts = standing_of(subject)
    record = rollout_record(subject, facts, [entry()], ZURICH)
    samples: dict[str, AnyRecord] = {
        "rollouts": record,
        "acks": ack_records(record)[0],
        "reports": report_records(subject, facts, ZURICH)[0],
        "teams": team_record(Team(ref=Ref("registry", "x"), name="x")),
        "outbox": entry_record(entry(), ZURICH),
        "meetings": meeting_record(Appointment(name="EMT", start=NOW, end=NOW), NOW, ZURICH),
    }
    assert set(samples) | set(PILOT_PATHS) | set(ISSUE_PATHS) == set(flat.PATHS)
    for kind, sample in samples.items():
        for path in flat.PATHS[kind]:
            assert path.split(".")[0] in sample.__struct_fields__, path
        rows = list(csv.reader(io.StringIO(csv_lines(flat.titles(kind), [flat.row(kind, sample)]))))
        assert rows[0] == flat.titles(kind)
        assert len(rows[1]) == len(rows[0])
    row = dict(zip(flat.titles("rollouts"), flat.row("rollouts", record), strict=True))
    assert row["teams"] == f"{TEAM} exposing; {SILENT} ack-overdue"
    assert row["exposure_start"] == "2026-11-23"
    assert row["outcome"] == ""


def test_a_summer_instant_carries_the_summer_offset() -> None:
    subject = rollout(created=dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    record = rollout_record(subject, standing_of(subject), [], ZURICH)
    assert record.created == "2026-07-01T02:00:00+02:00"
