from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import (
    Ending,
    EndKind,
    Milestone,
    Pilot,
    PilotProlong,
    PilotRollBack,
    Prolongation,
    Role,
    Spent,
    Step,
    StepState,
)
from ppstui.rules.pilots.lines import read_pilot, write_pilot
from ppstui.rules.pilots.reckoning import find
from tests.rules.make import day, said
from tests.rules.pilots.make import CNAF, REF, after, made, new, sign, stands, wms

BARE = Pilot(ref=REF)


def told(*lines: str, mark: str = "k", author: str = "antonio") -> Pilot:
    message = said("2009-02-13 12:00", author, "\n".join(lines), marks=(mark,) if mark else ())
    return read_pilot(BARE, [message])


def test_a_sign_off_is_a_line() -> None:
    step = find(told("ppstui: step 7 done on 2009-02-13 by mario: no changes to YAIM"), 7)
    assert step == Step(number=7, state=StepState.DONE, done=day("2009-02-13"), by="mario", note="no changes to YAIM")
    again = find(told("ppstui: step 7 done on 2009-02-13 by mario", "ppstui: step 7 open"), 7)
    assert again == Step(number=7)


def test_who_signed_is_the_author_when_the_line_names_nobody() -> None:
    step = find(told("ppstui: step 7 skipped on 2009-02-13"), 7)
    assert step is not None
    assert (step.state, step.by) == (StepState.SKIPPED, "antonio")


def test_the_rest_of_a_pilot_is_lines_too() -> None:
    pilot = told(
        "ppstui: pilot start 2009-02-06, set-up 7 days, feedback 14 days, run 2 weeks",
        "ppstui: pilot prolonged until 2009-03-12 because CMS asked for more time",
        "ppstui: pilot milestone 2009-02-20: first user jobs",
        "ppstui: pilot rolled-back on 2009-02-18 because jobs were lost",
        "ppstui: pilot follow-up: a patch",
        "ppstui: step 9 planned for 2009-03-05",
        "ppstui: step 6 owned by Louis Poncet",
        f"ppstui: step 7 took 720 min of partner-site at {CNAF} on 2009-02-13: two people",
    )
    assert (pilot.start, pilot.setup_days, pilot.run_weeks) == (day("2009-02-06"), 7, 2)
    assert [str(each.until) for each in pilot.prolongations] == ["2009-03-12"]
    assert pilot.milestones == (Milestone(on=day("2009-02-20"), what="first user jobs"),)
    assert pilot.ending == Ending(how=EndKind.ROLLED_BACK, on=day("2009-02-18"), reason="jobs were lost", by="antonio")
    assert (pilot.follow_up, [step.number for step in pilot.steps]) == ("a patch", [6, 7, 9])
    (spent,) = pilot.steps[1].spent
    assert (spent.role, spent.minutes, spent.site, spent.note) == (Role.SITE, 720, CNAF, "two people")


@pytest.mark.parametrize(
    "line",
    [
        "> ppstui: step 7 done on 2009-02-13",
        "please write ppstui: step 7 done on 2009-02-13",
        "ppstui: step 7 done on 2009-02-31",
        "ppstui: step 7 finished on 2009-02-13",
        "ppstui: step seven done",
        "ppstui: step 7 took 1e3 min of partner-site",
        "ppstui: step 7 took 10 min of somebody",
        "ppstui: pilot start 2009-02-31, set-up 7 days, feedback 14 days, run 2 weeks",
        "ppstui: pilot prolonged until 2009-03-12",
        "ppstui: pilot prolonged until 2009-02-30 because x",
        "ppstui: pilot milestone 2009-02-30: x",
        "ppstui: pilot closed on 2009-02-30",
        "ppstui: step 7 planned for 2009-02-30",
        "ppstui: step 7 took 10 min of vo on 2009-02-30",
        "-- \nppstui: step 7 done on 2009-02-13",
    ],
)
def test_what_is_no_line_says_nothing(line: str) -> None:
    assert told(line) == BARE


def test_nobody_signs_by_mail_and_a_quote_of_a_desk_is_no_second_time() -> None:
    line = "ppstui: step 7 took 60 min of vo"
    assert told(line, mark="") == BARE
    messages = [
        said("2009-02-13 12:00", "antonio", line, marks=("k",)),
        said("2009-02-14 12:00", "mario", line, marks=("k",)),
    ]
    step = find(read_pilot(BARE, messages), 7)
    assert step is not None
    assert len(step.spent) == 1


def test_a_whole_pilot_is_written_down_and_stands_as_it_stood() -> None:
    spent = (Spent(role=Role.SITE, minutes=720, site=CNAF),)
    pilot = after(wms(6), structs.replace(sign(7, "2009-02-13"), spent=spent), on="2009-02-13")
    pilot = after(pilot, PilotProlong(target=REF, until=day("2009-03-12"), reason="x"), on="2009-02-20")
    pilot = after(pilot, PilotRollBack(target=REF, on=day("2009-03-02"), reason="y"), on="2009-03-02")
    fields = structs.replace(made(new()), steps=(), start=None)
    again = read_pilot(fields, [said("2009-02-20 12:00", "antonio", "\n".join(write_pilot(pilot)), marks=("k",))])
    ours, theirs = stands(pilot, "2009-03-05"), stands(again, "2009-03-05")
    assert (ours.state, ours.start, ours.run_start, ours.end, ours.stretches) == (
        *(theirs.state, theirs.start, theirs.run_start, theirs.end, theirs.stretches),
    )


words = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=8).filter(
    lambda word: ":" not in word
)
sentences = st.lists(words, max_size=3).map(" ".join)
days = st.dates(dt.date(2009, 1, 1), dt.date(2035, 12, 31))
maybe = st.one_of(st.none(), days)
spents = st.builds(
    Spent,
    role=st.sampled_from(Role),
    minutes=st.integers(-9999, 99999),
    site=st.one_of(st.just(""), words),
    on=maybe,
    by=st.just("antonio"),
    note=sentences,
)


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    found = []
    for number in draw(st.sets(st.integers(1, 12))):
        state = draw(st.sampled_from(StepState))
        is_open = state is StepState.OPEN
        step = Step(
            number=number,
            state=state,
            owner=draw(words.filter(lambda word: word != "nobody")) if draw(st.booleans()) else "",
            planned=draw(maybe),
            done=None if is_open else draw(maybe),
            by="" if is_open else draw(words),
            note=draw(sentences),
            spent=tuple(draw(st.lists(spents, max_size=2))),
        )
        if step != Step(number=number):
            found.append(step)
    return tuple(sorted(found, key=lambda step: step.number))


@settings(deadline=None)
@given(
    steps=steps(),
    start=maybe,
    lengths=st.tuples(*[st.integers(0, 999)] * 3),
    prolonged=st.lists(st.tuples(days, words), max_size=2),
    stones=st.lists(
        st.builds(Milestone, on=days, what=words), max_size=2, unique_by=lambda stone: (stone.on, stone.what)
    ),
    ending=st.one_of(st.none(), st.builds(Ending, how=st.sampled_from(EndKind), on=days, reason=sentences)),
)
def test_what_was_written_is_read_again(
    steps: tuple[Step, ...],
    start: dt.date | None,
    lengths: tuple[int, int, int],
    prolonged: list[tuple[dt.date, str]],
    stones: list[Milestone],
    ending: Ending | None,
) -> None:
    message = said("2009-02-13 12:00", "antonio", "", marks=("k",))
    pilot = Pilot(
        ref=REF,
        start=start,
        setup_days=lengths[0],
        feedback_days=lengths[1],
        run_weeks=lengths[2],
        steps=steps,
        prolongations=tuple(
            Prolongation(until=until, reason=reason, by="antonio", at=message.at) for until, reason in prolonged
        ),
        milestones=tuple(stones),
        ending=structs.replace(ending, by="antonio") if ending else None,
    )
    again = read_pilot(BARE, [structs.replace(message, text="\n".join(write_pilot(pilot)))])
    assert again == pilot


@settings(deadline=None)
@given(text=st.text(max_size=40), by=st.text(max_size=10))
def test_no_text_of_a_stranger_makes_a_second_line(text: str, by: str) -> None:
    pilot = structs.replace(
        BARE, steps=(Step(number=7, state=StepState.DONE, done=day("2009-02-13"), by=by, note=text),)
    )
    lines = list(write_pilot(pilot))
    assert all(len(line.splitlines()) == 1 for line in lines)
    read = told(*lines)
    assert [(step.number, step.state, step.done) for step in read.steps] == [(7, StepState.DONE, day("2009-02-13"))]
