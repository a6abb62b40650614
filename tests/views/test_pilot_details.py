"""Pilots as toned lines, their commands in the outbox, and the pages of duties, vacancies and effort."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from ppstui.model import (
    Commit,
    Commitment,
    ImportRegistry,
    Level,
    Message,
    Milestone,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Ref,
    Role,
    Spent,
    StepState,
    Team,
    Voice,
    Wish,
    WishFor,
    Withdraw,
)
from ppstui.rules.duties import Duty, Rhythm
from ppstui.rules.effort import By, Sum, summary
from ppstui.rules.policy import Policy
from ppstui.rules.registry import Registry
from ppstui.rules.vacancies import vacancies
from ppstui.views import pilot_details, week_pages
from ppstui.views.details import lay
from ppstui.views.plain import cell_width
from ppstui.views.rows import Glance
from ppstui.views.words import command_text
from tests.rules.make import at, day
from tests.rules.pilots.make import CNAF, after, driven, made, new, stands

if TYPE_CHECKING:
    from ppstui.model import Command, Pilot
    from ppstui.views.details import Para

POLICY = Policy()
REF = Ref("local", "pilot-1")
NEW = Ref("local", "new")


def glance(on: str, *, ascii_only: bool = False) -> Glance:
    return Glance(at(f"{on} 12:00"), POLICY.zone, ascii_only)


def text(paras: tuple[Para, ...], width: int = 76) -> str:
    return "\n".join("".join(piece for piece, _ in line) for line in lay(paras, width))


def running() -> Pilot:
    pilot = driven(made(new()), {1: "2009-01-26", 2: "2009-01-28", 4: "2009-02-02", 5: "2009-02-06", 6: "2009-02-09"})
    spent = Spent(role=Role.SITE, minutes=240, site=CNAF, note="one node")
    sign = PilotStep(target=REF, number=7, on=day("2009-02-13"), by="daniele", note="installed", spent=(spent,))
    return after(pilot, sign, on="2009-02-13")


def told(pilot: Pilot, on: str, *, history: bool = False, ascii_only: bool = False) -> str:
    look = glance(on, ascii_only=ascii_only)
    return text(pilot_details.pilot(pilot, stands(pilot, on), (), POLICY, look, history=history))


def test_the_details_begin_with_what_it_is_then_what_it_needs_and_what_is_next() -> None:
    page = told(running(), "2009-02-16")
    places = [page.index(part) for part in ("WMS 3.1", "Needs", "Next", "Days", "Steps", "Effort", "Objectives")]
    assert places == sorted(places)
    assert "Run ends   Thu 2009-02-26" in page
    assert "major update of a server" in page


def test_a_step_says_who_signed_it_when_what_it_took_and_its_note() -> None:
    page = told(running(), "2009-02-16")
    assert "✓  7 set up the service" in page
    assert "Fri 2009-02-13, signed by daniele, to take 1.5PD" in page
    assert "installed" in page
    assert f"took 0.5PD, partner site, {CNAF}: one node" in page
    assert "8 run  now" in page


def test_prolongation_ending_follow_up_and_milestones_are_told() -> None:
    pilot = after(running(), PilotProlong(target=REF, until=day("2009-03-06"), reason="more jobs"), on="2009-02-20")
    pilot = structs.replace(pilot, milestones=(Milestone(on=day("2009-02-18"), what="first jobs"),))
    assert "it was to end on Thu 2009-02-26: more jobs" in told(pilot, "2009-02-20")
    assert "Wed 2009-02-18: first jobs" in told(pilot, "2009-02-20")
    over = after(pilot, PilotRollBack(target=REF, reason="it lost jobs"), on="2009-03-02")
    assert "rolled back on Mon 2009-03-02: it lost jobs" in told(over, "2009-03-03")
    closed = structs.replace(over, follow_up="ask again in May")
    assert "ask again in May" in told(closed, "2009-03-03")


def test_what_strangers_wrote_cannot_drive_the_terminal_and_plain_terminals_get_letters() -> None:
    nasty = "\x1b[31mred\x07"
    message = Message(id="1", at=at("2009-02-16 10:00"), author=nasty, voice=Voice.COMMENT, text=nasty)
    pilot = structs.replace(running(), title=nasty, objectives=nasty, sites=(nasty,), messages=(message,))
    for history in (False, True):
        page = told(pilot, "2009-02-16", history=history)
        assert "\x1b" not in page
        assert "\x07" not in page
        assert told(pilot, "2009-02-16", history=history, ascii_only=True).isascii()


def test_one_without_a_start_or_known_by_its_list_entry_says_so() -> None:
    bare = structs.replace(made(new(sites=())), start=None, steps=(), whole=False)
    page = told(bare, "2009-02-16")
    assert "no day is named for set-up" in page
    assert "none chosen" in page
    assert "h reads the rest" in page


def test_why_says_what_lifts_it_and_whose_move_it_is() -> None:
    pilot = driven(made(new()), {1: "2009-01-26", 2: "2009-01-28", 4: "2009-02-02", 5: "2009-02-06"})
    page = text(pilot_details.why(pilot, stands(pilot, "2009-02-20"), POLICY, glance("2009-02-20")))
    assert "set up the service" in page
    assert "lifted by: " in page
    assert "whose move: " in page
    over = after(pilot, PilotCancel(target=REF, reason="no"), on="2009-02-20")
    assert "nobody owes anything" in text(
        pilot_details.why(over, stands(over, "2009-02-21"), POLICY, glance("2009-02-21"))
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (new(), "WMS 3.1 (major)"),
        (
            PilotStep(target=REF, number=7, on=dt.date(2009, 2, 13), note="one node"),
            "step 7 done on 2009-02-13: one node",
        ),
        (PilotStep(target=REF, number=7, state=StepState.OPEN), "step 7 open again"),
        (PilotProlong(target=REF, until=dt.date(2009, 3, 6), reason="more jobs"), "until 2009-03-06: more jobs"),
        (PilotCancel(target=REF, on=dt.date(2009, 3, 6), reason="no"), "on 2009-03-06: no"),
        (PilotClose(target=REF), ""),
        (
            PilotEdit(target=REF, start=dt.date(2009, 3, 6), sites=(), vos=("cms", "alice"), contact="", setup_days=9),
            "vos: cms alice, contact: none, start 2009-03-06, setup days: 9, sites: none",
        ),
        (
            PilotEdit(target=REF, planned=((7, dt.date(2009, 3, 6)),), owners=((8, ""), (9, "mario"))),
            "step 7 on 2009-03-06, step 8 to nobody, step 9 to mario",
        ),
        (
            PilotEdit(target=REF, milestones=(Milestone(on=dt.date(2009, 3, 6), what="first jobs"),)),
            "milestones: first jobs",
        ),
        (Commit(target=NEW, party=CNAF, level=Level.GOLD), f"+{CNAF} gold"),
        (Withdraw(target=NEW, party="ea-X-Y", component="dpm", stack="EMI"), "-ea-X-Y EMI dpm"),
        (WishFor(target=NEW, component="dpm", stack="EMI", minimum=2), "2 for EMI dpm"),
        (ImportRegistry(target=NEW, partners=(Team(ref=REF, name="X"),), remove=(REF,)), "1 entry of a file, 1 out"),
    ],
)
def test_the_outbox_says_what_each_command_is_to_do(command: Command, said: str) -> None:
    assert command_text(command) == said


def test_vacancies_are_grouped_by_why_with_who_is_committed() -> None:
    wish = Wish(ref=Ref("l", "w1"), component="dpm", stack="EMI", minimum=2)
    book = Registry(wishes=(wish,), commitments=(Commitment(ref=Ref("l", "c1"), party="ea-X-Y", component="dpm"),))
    found = vacancies(book, (), (), day("2009-02-20"))
    page = text(week_pages.vacancies(found, glance("2009-02-20")))
    assert page.splitlines()[0] == "Too few committed (1)"
    assert "EMI dpm  1 of 2 committed, l:w1" in page
    assert "committed: ea-X-Y" in page
    assert "Nothing that is wished for" in text(week_pages.vacancies((), glance("2009-02-20")))
    assert "ea-X-Y  dpm" in text(week_pages.registry(book, glance("2009-02-20")))
    assert "nobody yet" in text(week_pages.registry(Registry(), glance("2009-02-20")))


def test_duties_tell_how_long_there_is_and_name_a_few_of_many_records() -> None:
    refs = tuple(Ref("rt", str(n)) for n in range(8))
    due = at("2009-02-20 18:00")
    duty = Duty(code="assign", rhythm=Rhythm.DAILY, text="choose teams", due=due, refs=refs, key="k")
    assert week_pages.duty_note(duty, glance("2009-02-20")) == "6 h left; rt:0, rt:1, rt:2 and 5 more"
    teams = structs.replace(duty, due=at("2009-02-18 12:00"), refs=(), teams=("ea-X-Y",), by_hand=True)
    assert week_pages.duty_note(teams, glance("2009-02-20")) == "2 d late; ticked by hand; ea-X-Y"
    assert "checklist is open" in text(week_pages.no_duties())


def test_effort_is_summed_under_its_columns() -> None:
    pilot = running()
    sums = {by: summary([pilot], by, POLICY) for by in (By.PILOT, By.ROLE)}
    page = text(week_pages.effort(sums, {str(pilot.ref): pilot.title}, glance("2009-02-20")))
    assert "By pilot" in page
    assert "local:pilot-1 WMS 3.1" in page
    assert page.count("together") == 2
    assert all(cell_width(line) <= 76 for line in page.splitlines())
    nobody = {By.SITE: (Sum(key="", planned=60, recorded=0),)}
    assert "(nobody in particular)" in text(week_pages.effort(nobody, {}, glance("2009-02-20")))
    assert "No pilot costs anything" in text(week_pages.effort({By.SITE: ()}, {}, glance("2009-02-20")))
