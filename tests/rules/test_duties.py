from __future__ import annotations

from msgspec import structs

from ppstui.model import Agenda, Phase, Pilot, Ref, Rollout, Update
from ppstui.rules.clocks import Calendar
from ppstui.rules.duties import Duty, Evidence, closing_day, duties, week_name
from ppstui.rules.meetings import Meeting
from ppstui.rules.policy import Policy
from tests.rules import make
from tests.rules.make import INFN, POLICY, REPORT, at, day, exposed, rollout, said
from tests.rules.pilots.make import driven, made, new, stands, wms

EMT = Meeting.parse("EMT", "Mon 14:30, Wed 16:30")
EGEE = Meeting.parse("EGEE Operations", "Mon 16:00")
NOTHING = Evidence()
YES = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")


def due(when: str, *records: Rollout | Pilot, known: Evidence = NOTHING, policy: Policy = POLICY) -> dict[str, Duty]:
    evidence = structs.replace(
        known,
        rollouts=tuple((each, make.stands(each, when)) for each in records if isinstance(each, Rollout)),
        pilots=tuple((each, stands(each, when)) for each in records if isinstance(each, Pilot)),
    )
    return {each.code: each for each in duties(evidence, policy, at(when))}


def codes(when: str, *records: Rollout | Pilot, known: Evidence = NOTHING, policy: Policy = POLICY) -> list[str]:
    """Without what a coordinator ticks every day or week."""
    found = due(when, *records, known=known, policy=policy)
    return [code for code in found if code not in ("problem-reports", "credits")]


def refs(duty: Duty) -> tuple[Ref, ...]:
    return duty.refs


def test_a_new_rollout_is_to_be_assigned_until_it_is() -> None:
    assert codes("2026-11-17 09:00", rollout()) == ["assign"]
    assert codes("2026-11-17 09:00", rollout(YES, teams=[INFN])) == []


def test_answers_exposures_and_reports_come_up_when_they_fall_due() -> None:
    waiting = rollout(teams=[INFN])
    assert codes("2026-11-16 12:00", waiting) == []
    assert codes("2026-11-17 07:00", waiting) == ["acks"]
    exposing = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")])
    assert codes("2026-11-19 12:00", exposing) == []
    assert codes("2026-11-20 12:00", exposing) == ["exposures"]
    assert codes("2026-11-23 12:00", exposing) == ["exposures", "reports"]
    reported = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")], files=[REPORT])
    assert codes("2026-11-24 12:30", reported) == []


def test_what_was_declined_is_to_be_polled_and_a_volunteer_to_be_confirmed() -> None:
    no = said("2026-11-16 14:00", "mario", "reject NGI_IT-INFN-T1")
    assert codes("2026-11-17 12:00", rollout(no, teams=[INFN])) == ["poll"]
    offer = said("2026-11-16 14:00", "graeme", "accept NGI_UK-UKI-SCOTGRID-GLASGOW")
    assert "volunteers" in codes("2026-11-17 12:00", rollout(offer))


def test_pilots_that_fall_due_are_a_daily_duty_and_requests_are_judged() -> None:
    assert codes("2009-01-27 12:00", made(new())) == ["feasibility"]
    assert codes("2009-02-10 12:00", wms(6)) == []
    assert codes("2009-02-16 12:00", wms(6)) == ["pilots"]


def test_a_meeting_brings_its_notes_and_the_wrap_ups_until_it_is_over() -> None:
    minor = driven(
        made(new(Update.MINOR)), {2: "2009-02-04", 3: "2009-02-06", 7: "2009-02-13", 8: "2009-02-19", 9: "2009-02-20"}
    )
    known = Evidence(meetings=(EMT,), notes=frozenset({"EMT"}))
    found = due("2009-02-23 09:00", minor, known=known)
    assert (found["notes"].due, found["wrap-ups"].due) == (at("2009-02-23 14:30"), at("2009-02-23 14:30"))
    assert refs(found["wrap-ups"]) == (minor.ref,)
    assert "notes" in codes("2009-02-23 15:29", minor, known=known)
    assert "notes" not in codes("2009-02-23 15:30", minor, known=known)
    assert "notes" not in codes("2009-02-24 12:00", minor, known=known)
    done = driven(minor, {10: "2009-02-23"})
    assert "wrap-ups" not in codes("2009-02-23 09:00", done, known=known)
    major = driven(wms(), {8: "2009-02-20", 9: "2009-02-20"})
    assert "wrap-ups" not in codes("2009-02-23 09:00", major, known=known)


def test_a_bulletin_is_due_before_its_meeting_and_late_until_it_is_out() -> None:
    known = Evidence(meetings=(EGEE,), bulletins={"EGEE Operations": "2026-W46"}, vacancies=1)
    found = due("2026-11-16 09:00", known=known)["bulletin"]
    assert found.due == at("2026-11-16 16:00")
    assert found.text == "publish the bulletin for EGEE Operations, with 1 vacancy"
    assert due("2026-11-18 09:00", known=known)["bulletin"].due == at("2026-11-16 16:00")
    out = structs.replace(known, bulletins={"EGEE Operations": "2026-W47"})
    assert codes("2026-11-16 09:00", known=out) == []
    assert codes("2026-11-20 09:00", known=out) == []
    assert codes("2026-11-23 00:00", known=out) == ["bulletin"]


def test_a_meeting_that_was_moved_or_cancelled_moves_its_duties() -> None:
    title = "EGEE Operations meeting"
    moved = Agenda(ref=Ref("indico", "1"), title=title, start=at("2026-11-17 10:00"))
    known = Evidence(
        meetings=(EGEE,),
        bulletins={"EGEE Operations": "2026-W46"},
        notes=frozenset({"EGEE Operations"}),
        agendas=(moved,),
    )
    assert codes("2026-11-16 09:00", known=known) == []
    assert due("2026-11-17 09:00", known=known)["notes"].due == at("2026-11-17 10:00")
    assert due("2026-11-17 09:00", known=known)["bulletin"].due == at("2026-11-17 10:00")
    assert due("2026-11-18 09:00", known=known)["bulletin"].due == at("2026-11-17 10:00")
    off = structs.replace(known, agendas=(structs.replace(moved, start=at("2026-11-16 16:00"), cancelled=True),))
    assert codes("2026-11-16 09:00", known=off) == []
    assert codes("2026-11-18 09:00", known=off) == []
    missed = structs.replace(off, bulletins={"EGEE Operations": "2026-W45"})
    assert due("2026-11-18 09:00", known=missed)["bulletin"].due == at("2026-11-09 16:00")


def test_week_53_has_a_bulletin_of_its_own() -> None:
    known = Evidence(meetings=(EGEE,), bulletins={"EGEE Operations": "2026-W52"})
    out = structs.replace(known, bulletins={"EGEE Operations": "2026-W53"})
    assert codes("2026-12-28 09:00", known=known) == ["bulletin"]
    assert codes("2026-12-28 09:00", known=out) == []
    assert codes("2027-01-04 09:00", known=out) == ["bulletin"]
    assert [week_name(day(each)) for each in ("2027-01-03", "2027-01-04")] == ["2026-W53", "2027-W01"]


def test_friday_tidies_up_and_thursday_does_when_friday_is_free() -> None:
    ready = rollout(YES, teams=[INFN], exposures=[exposed("2026-11-16")], files=[REPORT])
    assert codes("2026-11-27 12:00", ready) == ["close", "documents"]
    assert codes("2026-11-26 12:00", ready) == []
    free = Policy(calendar=Calendar(closures=frozenset({day("2026-11-27")})))
    assert closing_day(day("2026-11-23"), free) == day("2026-11-26")
    assert codes("2026-11-26 12:00", ready, policy=free) == ["close", "documents"]
    closed = rollout(YES, teams=[INFN], phase=Phase.RESOLVED, outcome="ACCEPT", document="700")
    assert codes("2026-11-27 12:00", closed) == []


def test_what_a_friday_also_brings() -> None:
    finished = driven(wms(), {8: "2009-02-26", 9: "2009-03-02", 10: "2009-03-04"})
    found = due("2009-03-06 12:00", finished, known=Evidence(silent_teams=(INFN,), beta_left=(finished.ref,)))
    assert {"beta", "close-pilots", "teams", "credits"} <= set(found)
    assert found["teams"].teams == (INFN,)
    assert "pilots" not in found  # it is nothing for every day


def test_nothing_is_due_when_nobody_works() -> None:
    assert due("2026-11-22 12:00", rollout()) == {}


def test_what_leaves_no_trace_is_ticked_and_comes_again() -> None:
    duty = due("2026-11-24 12:00")["problem-reports"]
    assert duty.by_hand
    assert duty.due == at("2026-11-24 23:59:59")
    ticked = Evidence(ticked=frozenset({duty.key}))
    assert due("2026-11-24 12:00", known=ticked) == {}
    assert "problem-reports" in due("2026-11-25 12:00", known=ticked)


def test_the_soonest_comes_first() -> None:
    known = Evidence(meetings=(EGEE,), bulletins={"EGEE Operations": ""})
    found = list(due("2026-11-16 09:00", rollout(), known=known).values())
    assert [each.due for each in found] == sorted(each.due for each in found)
    assert found[0].code == "bulletin"
