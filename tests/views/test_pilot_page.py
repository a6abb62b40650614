"""A pilot as a page of text: the same facts as its record, in 80 columns of any terminal."""

from __future__ import annotations

from msgspec import structs

from ppstui.model import Milestone, Pilot, PilotClose, PilotProlong, Update
from ppstui.views.pilot_page import pilot_page, pilot_why_page
from ppstui.views.whole_text import Page
from tests.rules.make import ZURICH, day
from tests.rules.pilots.make import CNAF, PIC, POLICY, REF, after, driven, gold, made, new, noon, stands, wms


def page(pilot: Pilot, on: str, *, ascii_only: bool = False) -> str:
    written = Page(noon(on), ZURICH, ascii_only=ascii_only)
    pilot_page(written, pilot, stands(pilot, on, known=[gold(CNAF)]), POLICY)
    return written.text()


def why(pilot: Pilot, on: str) -> str:
    written = Page(noon(on), ZURICH)
    pilot_why_page(written, pilot, stands(pilot, on), POLICY)
    return written.text()


def test_what_needs_whom_comes_before_the_facts() -> None:
    text = page(wms(6), "2009-02-16")
    assert "! step 7, set up the service, was due on Fri 2009-02-13 (2 d late); coordinator's move" in text
    assert text.index("Attention") < text.index("Time") < text.index("Steps") < text.index("Effort")
    assert "kind         major update of a server; Gold sites, or volunteers" in text


def test_its_days_are_told_and_drawn() -> None:
    text = page(wms(), "2009-02-20", ascii_only=True)
    assert "run from          Fri 2009-02-13" in text
    assert "run until         Thu 2009-02-26" in text
    assert "-------=======|======~~~~~~~~" in text
    assert "  planned                        -------=======|======~~~~~~~~" in text
    assert text.isascii()


def test_steps_are_a_table_of_who_when_and_how_much() -> None:
    text = page(wms(6), "2009-02-16")
    assert "  ✓  5 kick-off                Fri 2009-02-06                     1PD  signed by antonio" in text
    assert f"  ◌  7 set up the service      3 d late, due Fri 2009-02-13     1.5PD  {CNAF}" in text
    assert f"next         remind {CNAF}, or sign it off" in text
    steps = text[text.index("Steps") : text.index("Effort")]
    assert max(map(len, steps.splitlines())) <= 90


def test_the_documents_figures_stand_beside_the_computed_ones() -> None:
    text = page(made(new(weeks=3)), "2009-01-27")
    assert "coordination           1.5PD; the document says 1.25PD; the document leaves one of" in text
    assert "recorded               nothing yet" in text


def test_what_was_decided_and_what_matters_beside_is_told() -> None:
    stones = (Milestone(on=day("2009-02-16"), what="first jobs"),)
    pilot = structs.replace(made(new(sites=(CNAF, PIC))), milestones=stones, follow_up="a patch")
    text = page(pilot, "2009-01-27")
    assert f"sites        {CNAF}, {PIC} (volunteer)" in text
    assert "milestone         Mon 2009-02-16: first jobs" in text
    assert "follow-up         a patch" in text
    prolonged = after(wms(), PilotProlong(target=REF, until=day("2009-03-12"), reason="more"), on="2009-02-25")
    assert "prolonged         it was to end on Thu 2009-02-26: more" in page(prolonged, "2009-02-28")
    over = after(wms(), PilotClose(target=REF, on=day("2009-03-05"), reason="it works"), on="2009-03-05")
    assert "ended             closed on Thu 2009-03-05: it works" in page(over, "2009-03-06")
    assert "nothing needs anybody now" in page(over, "2009-03-06")


def test_a_long_pilot_is_drawn_in_weeks() -> None:
    text = page(made(new(weeks=20)), "2009-01-27", ascii_only=True)
    assert "====================" in text


def test_the_home_page_is_quoted_safely_part_by_part() -> None:
    text = page(structs.replace(wms(), users="CMS\x1b[31m\nLHCb"), "2009-02-20")
    assert "Users\n  | CMS" in text
    assert "\n  | LHCb" in text
    assert "\x1b" not in text
    assert "Constraints" not in text


def test_a_pilot_that_knows_nothing_is_told_too() -> None:
    text = page(structs.replace(Pilot(ref=REF), whole=False), "2009-02-20")
    assert "Only the list columns are known" in text
    assert "no day named" in text


def test_why_tells_what_would_lift_it_once() -> None:
    minor = driven(made(new(Update.MINOR)), {2: "2009-02-04", 3: "2009-02-06"})
    text = why(minor, "2009-02-16")
    assert "What stands in the way" in text
    assert text.count(f"remind {CNAF}") <= 1
    over = after(wms(), PilotClose(target=REF, on=day("2009-03-05"), reason="x"), on="2009-03-05")
    assert why(over, "2009-03-06").count("  nothing") >= 2
