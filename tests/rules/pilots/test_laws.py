from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import (
    Ending,
    EndKind,
    Level,
    NewPilot,
    Pilot,
    PilotCancel,
    PilotClose,
    PilotCommand,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Prolongation,
    Software,
    Step,
    StepState,
    Update,
)
from ppstui.rules.attention import RANK
from ppstui.rules.clocks import Calendar
from ppstui.rules.pilots import PilotCode, pilot_standing, workflow
from ppstui.rules.pilots.commands import pilot_effects, pilot_preview, pilot_reverse
from ppstui.rules.pilots.conflicts import pilot_differences
from ppstui.rules.pilots.guards import pilot_objections
from ppstui.rules.pilots.reminders import pilot_reminder
from ppstui.rules.pilots.why import pilot_why
from ppstui.rules.policy import Policy
from tests.rules.make import at, day
from tests.rules.pilots.make import CNAF, PIC, REF, noon

TICK = dt.timedelta(microseconds=1)
POLICIES = st.sampled_from(
    [
        Policy(),
        Policy(zone=ZoneInfo("America/Santiago")),  # clocks there change at midnight
        Policy(calendar=Calendar(closures=frozenset({day("2026-10-26"), day("2026-12-24"), day("2026-12-25")}))),
    ]
)
BASES = (day("2026-10-12"), day("2026-03-16"), day("2026-12-21"), day("2020-12-21"))
"""Around both changes of the clocks, and around ISO week 53."""


@st.composite
def pilots(draw: st.DrawFn) -> Pilot:
    """Pilots in any state, also such as no workflow allows: sources hold what people typed."""
    base = draw(st.sampled_from(BASES))
    near = st.integers(0, 40).map(lambda number: base + dt.timedelta(days=number))
    days = st.one_of(near, near, near, st.sampled_from([dt.date.min, dt.date.max]))
    update = draw(st.sampled_from(Update))
    steps = []
    for each in workflow.template(update):
        state = draw(st.sampled_from([StepState.OPEN, StepState.DONE, StepState.DONE, *StepState]))
        done = draw(st.one_of(st.none(), days)) if state is not StepState.OPEN else None
        steps.append(Step(number=each.number, state=state, done=done, planned=draw(st.one_of(st.none(), days))))
    ending = Ending(how=draw(st.sampled_from(EndKind)), on=draw(st.one_of(st.none(), days)))
    return Pilot(
        ref=REF,
        title="WMS 3.1",
        update=update,
        software=draw(st.sampled_from(Software)),
        incompatible=draw(st.booleans()),
        start=draw(st.one_of(st.none(), days)),
        setup_days=draw(st.sampled_from([0, 7, 20, -1, 10**9])),
        feedback_days=draw(st.sampled_from([0, 14, -1, 10**9])),
        run_weeks=draw(st.sampled_from([0, 1, 4, -1, 10**9])),
        sites=tuple(draw(st.lists(st.sampled_from([CNAF, PIC]), unique=True))),
        steps=tuple(step for step in steps if draw(st.integers(0, 9))),
        prolongations=tuple(Prolongation(until=until, reason="x") for until in draw(st.lists(days, max_size=2))),
        ending=draw(st.sampled_from([None, None, None, ending])),
        created=draw(st.one_of(st.none(), st.just(noon(str(base))))),
    )


moments = st.builds(
    lambda base, minutes: at(f"{base} 00:00") + dt.timedelta(minutes=minutes),
    st.sampled_from(BASES),
    st.integers(0, 60 * 24 * 90),
)


@settings(deadline=None)  # a busy machine breaks no law
@given(pilot=pilots(), policy=POLICIES, now=moments, share=st.floats(0, 1, exclude_max=True))
def test_a_standing_holds_until_it_says_it_may_change(
    pilot: Pilot, policy: Policy, now: dt.datetime, share: float
) -> None:
    found = pilot_standing(pilot, policy, now)
    if found.changes_at is None:
        assert pilot_standing(pilot, policy, now + dt.timedelta(days=3650)) == found
        return
    assert found.changes_at > now
    for instant in (now + (found.changes_at - now) * share, found.changes_at - TICK):
        assert pilot_standing(pilot, policy, instant) == found
    assert pilot_standing(pilot, policy, found.changes_at) != found


@settings(deadline=None)
@given(pilot=pilots(), policy=POLICIES, now=moments)
def test_a_run_has_whole_weeks_and_its_stretches_never_meet(pilot: Pilot, policy: Policy, now: dt.datetime) -> None:
    found = pilot_standing(pilot, policy, now)
    if found.run_start and found.first_end:
        assert (found.first_end - found.run_start).days + 1 == 7 * workflow.weeks_of(pilot, policy)
    if found.prolonged and pilot.ending is None and found.end and found.first_end:
        assert found.end <= max(found.first_end, pilot.prolongations[-1].until)
    known = {each.phase: (each.begins, each.ends) for each in found.stretches if each.begins and each.ends}
    for begins, ends in known.values():
        assert begins is not None
        assert ends is not None
    run = next((each for each in found.stretches if each.phase.value == "run"), None)
    report = next((each for each in found.stretches if each.phase.value == "report"), None)
    if run and report and run.ends and report.begins:
        assert run.ends + dt.timedelta(days=1) == report.begins


@settings(deadline=None)
@given(pilot=pilots(), policy=POLICIES, now=moments)
def test_what_is_said_about_a_pilot_fits_together(pilot: Pilot, policy: Policy, now: dt.datetime) -> None:
    found = pilot_standing(pilot, policy, now)
    ranks = [RANK[each.severity] for each in found.attention]
    assert ranks == sorted(ranks)
    assert sum(step.current for step in found.steps) <= 1
    assert (found.current is None) or not found.current.settled
    reasons = pilot_why(found, pilot, policy, now)
    assert bool(reasons) == found.state.live
    assert {reason.code for reason in reasons} >= {entry.code for entry in found.attention}
    assert all(len(line) <= 76 for line in pilot_reminder(pilot, found).splitlines())


@st.composite
def requests(draw: st.DrawFn) -> NewPilot:
    """Pilots that people may ask for, and that nothing stands against."""
    start = draw(st.sampled_from(BASES)) + dt.timedelta(days=draw(st.integers(0, 30)))
    return NewPilot(
        target=REF,
        title="WMS 3.1",
        update=draw(st.sampled_from(Update)),
        software=Software.SERVER,
        level=draw(st.sampled_from([None, *Level])),
        sites=(CNAF,),
        vos=("cms",),
        start=start,
        setup_days=draw(st.integers(0, 20)),
        run_weeks=draw(st.integers(0, 4)),
        mirror=draw(st.booleans()),
    )


@settings(deadline=None)
@given(command=requests(), policy=POLICIES, gaps=st.lists(st.integers(0, 6), min_size=9, max_size=9))
def test_signed_in_order_nothing_stands_against_a_pilot_from_request_to_close(
    command: NewPilot, policy: Policy, gaps: list[int]
) -> None:
    assert command.start is not None
    on = command.start - dt.timedelta(days=10)
    now = noon(str(on))
    pilot = pilot_preview(command, Pilot(ref=REF), policy, now, "antonio", "new")
    for number, step in enumerate(workflow.template(command.update)[1:]):
        on += dt.timedelta(days=gaps[number])
        now = noon(str(on))
        signing = PilotStep(target=REF, number=step.number, on=on)
        against = pilot_objections(signing, pilot, policy, now)
        assert not [each for each in against if each.blocking], against
        assert pilot_differences(signing, pilot, pilot) == ()
        pilot = pilot_preview(signing, pilot, policy, now, "antonio", f"step-{step.number}")
    close = PilotClose(target=REF, on=on, reason="it works")
    assert pilot_objections(close, pilot, policy, now) == ()
    over = pilot_standing(pilot_preview(close, pilot, policy, now, "antonio", "close"), policy, now)
    assert (over.state.value, over.attention) == ("closed", ())


@settings(deadline=None)
@given(command=requests(), policy=POLICIES, data=st.data())
def test_a_step_that_jumps_ahead_is_always_stopped(command: NewPilot, policy: Policy, data: st.DataObject) -> None:
    assert command.start is not None
    now = noon(str(command.start))
    pilot = pilot_preview(command, Pilot(ref=REF), policy, now, "antonio", "new")
    number = data.draw(st.sampled_from([step.number for step in workflow.template(command.update)[2:]]))
    against = pilot_objections(PilotStep(target=REF, number=number), pilot, policy, now)
    assert [each.overridable for each in against if each.rule == "predecessor"] == [True]


@settings(deadline=None)
@given(
    command=requests(),
    policy=POLICIES,
    start=st.one_of(st.none(), st.sampled_from(BASES)),
    setup=st.one_of(st.none(), st.integers(0, 30)),
    weeks=st.one_of(st.none(), st.integers(0, 5)),
    by_hand=st.one_of(st.none(), st.sampled_from(BASES)),
    users=st.one_of(st.none(), st.text(max_size=5)),
)
def test_an_edit_taken_back_leaves_no_trace(
    command: NewPilot,
    policy: Policy,
    start: dt.date | None,
    setup: int | None,
    weeks: int | None,
    by_hand: dt.date | None,
    users: str | None,
) -> None:
    now = noon("2026-03-01")
    pilot = pilot_preview(command, Pilot(ref=REF), policy, now, "antonio", "new")
    edit = PilotEdit(
        target=REF,
        start=start,
        setup_days=setup,
        run_weeks=weeks,
        users=users,
        planned=((9, by_hand),) if by_hand else (),
    )
    back = pilot_reverse(edit, pilot, policy)
    changed = pilot_preview(edit, pilot, policy, now, "antonio", "edit")
    if back is None:
        assert structs.replace(changed, events=()) == structs.replace(pilot, events=())
        return
    again = pilot_preview(back, changed, policy, now, "antonio", "back")
    assert structs.replace(again, events=()) == structs.replace(pilot, events=())


odd_days = st.one_of(
    st.none(),
    st.sampled_from([*BASES, dt.date.min, dt.date.max]),
    st.dates(dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
)
numbers = st.integers(0, 12)
commands = st.one_of(
    st.builds(PilotStep, target=st.just(REF), number=numbers, state=st.sampled_from(StepState), on=odd_days),
    st.builds(PilotProlong, target=st.just(REF), until=odd_days.filter(bool), reason=st.text(max_size=3)),
    st.builds(PilotRollBack, target=st.just(REF), on=odd_days, reason=st.text(max_size=3)),
    st.builds(PilotCancel, target=st.just(REF), on=odd_days, reason=st.text(max_size=3)),
    st.builds(PilotClose, target=st.just(REF), on=odd_days, reason=st.text(max_size=3)),
    st.builds(
        PilotEdit,
        target=st.just(REF),
        start=odd_days,
        setup_days=st.sampled_from([None, 0, 9, -1, 10**9]),
        run_weeks=st.sampled_from([None, 0, 3, -1, 10**9]),
        sites=st.sampled_from([None, (), (PIC,), ("a b", "")]),
        planned=st.lists(st.tuples(numbers, odd_days.filter(bool)), max_size=2).map(tuple),
        owners=st.lists(st.tuples(numbers, st.text(max_size=3)), max_size=2).map(tuple),
    ),
)


@settings(deadline=None)
@given(pilot=pilots(), command=commands, policy=POLICIES, now=moments)
def test_whatever_is_asked_of_whatever_pilot_the_rules_have_an_answer(
    pilot: Pilot, command: PilotCommand, policy: Policy, now: dt.datetime
) -> None:
    against = pilot_objections(command, pilot, policy, now, ())
    assert [each.blocking for each in against] == sorted((each.blocking for each in against), reverse=True)
    assert all(each.text and each.text == " ".join(each.text.split()) for each in against)
    pilot_effects(command, pilot, policy, now)
    once = pilot_preview(command, pilot, policy, now, "antonio", "k")
    assert pilot_preview(command, once, policy, now, "antonio", "k") == once
    assert pilot_standing(once, policy, now).ref == pilot.ref
    assert pilot_differences(command, pilot, pilot) == ()
    assert pilot_differences(command, pilot, once, "k") == ()
    pilot_reverse(command, pilot, policy)


@settings(deadline=None)
@given(pilot=pilots(), command=commands, policy=POLICIES, now=moments)
def test_what_may_go_makes_no_days_that_contradict_each_other(
    pilot: Pilot, command: PilotCommand, policy: Policy, now: dt.datetime
) -> None:
    if any(each.blocking for each in pilot_objections(command, pilot, policy, now)):
        return
    before, after = (
        {entry.text for entry in pilot_standing(each, policy, now).attention if entry.code is PilotCode.DATES_WRONG}
        for each in (pilot, pilot_preview(command, pilot, policy, now, "antonio", "k"))
    )
    assert after <= before
