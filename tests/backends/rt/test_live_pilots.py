"""Pilots on a real RT: from request to close, cut anywhere, signed off in RT's web page; seen from RT's own side."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from ppstui.errors import Conflict, Gone, Unreachable
from ppstui.model import (
    Comment,
    EndKind,
    Kind,
    NewPilot,
    Pilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Ref,
    Reply,
    Role,
    Software,
    Spent,
    StepState,
    Update,
)
from ppstui.rules.pilots import PilotState, pilot_standing
from ppstui.rules.policy import Policy
from ppstui.testing import known_to, read
from ppstui.testing.texts import NASTY, same
from tests.backends.rt.live import SOURCE, Desk, said, there
from tests.backends.rt.test_live_journey import Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ppstui.model import Command, Receipt
    from ppstui.port import Exchange
    from tests.servers.rt_site import Site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt-journeys"), pytest.mark.timeout(600)]

SITE = "NGI_IT-INFN-CNAF"
WEEK = dt.timedelta(days=7)


def today() -> dt.date:
    """The day at the desk, which late in the evening is not that of UTC."""
    return dt.datetime.now(Policy().zone).date()


def minor(title: str = "DPM 1.7.4") -> NewPilot:
    return NewPilot(
        target=Ref(SOURCE, "new"),
        title=title,
        service="DPM",
        update=Update.MINOR,
        software=Software.SERVER,
        requester=Role.DEVELOPER,
        sites=(SITE,),
        coordinator="sro-manager",
        start=today() - 3 * WEEK,
        mirror=False,
        description='two lines\nof "text" — ünïcode 👩‍🔬',
    )


def desk_of(site: Site, witness: Callable[[Exchange], None] = lambda _exchange: None) -> Desk:
    return Desk(site, pilot_queue="pilots", witness=witness)


def tickets(site: Site) -> list[dict[str, Any]]:
    """Every ticket of the pilots' queue, as the server itself shows it."""
    with site.client() as client:
        found = client.get("/tickets", params={"query": "Queue='pilots'", "per_page": "100"}).json()["items"]
    return [there(site, int(row["id"])) for row in found]


def steps_of(site: Site, pilot: int) -> dict[str, dict[str, Any]]:
    """The tickets of a pilot's steps, by the beginnings of their subjects; the server says whose members they are."""
    with site.client() as client:
        query = {"query": f"MemberOf={pilot}", "per_page": "100"}
        found = client.get("/tickets", params=query).json()["items"]
    rows = [there(site, int(row["id"])) for row in found]
    return {row["Subject"].partition(":")[0]: row for row in rows}


async def asked(desk: Desk, command: Command, key: str) -> Receipt:
    return await desk.backend.apply(command, key)


def person(home: Path, site: Site) -> Person:
    """Somebody at a shell, whose RT keeps pilots."""
    me = Person(home, site)
    config = home / "config.toml"
    text = config.read_text().replace('rollouts = ["rt"]', 'rollouts = ["rt"]\npilots = ["rt"]')
    config.write_text(text + 'pilot_queue = "pilots"\n')
    return me


async def looked(desk: Desk, ref: Ref) -> Pilot:
    record = await desk.backend.look(ref)
    assert isinstance(record, Pilot)
    return record


async def test_a_minor_pilot_goes_from_its_request_to_its_close(rt_site: Site) -> None:
    exchanges: list[Exchange] = []
    desk = desk_of(rt_site, exchanges.append)
    assert (await desk.backend.check()).problems == ()
    receipt = await asked(desk, minor(), "key-new")
    ref = Ref(SOURCE, receipt.id)
    made = await looked(desk, ref)
    assert (made.title, made.description, made.sites) == (minor().title, minor().description, (SITE,))
    assert made == receipt.record
    start = today() - 3 * WEEK

    steps = steps_of(rt_site, int(ref.id))
    assert len(steps) == len(made.steps)
    assert (steps["step 1"]["Status"], steps["step 6"]["Status"]) == ("resolved", "rejected")
    assert steps["step 7"]["Due"].startswith((start + WEEK).isoformat())
    assert there(rt_site, int(ref.id))["Owner"]["id"] == "sro-manager"

    spent = (Spent(role=Role.SITE, minutes=720, site=SITE, note="two people"),)
    for number, day in ((2, start), (3, start), (7, start + WEEK), (8, start + 2 * WEEK), (9, today())):
        command = PilotStep(target=ref, number=number, on=day, by="mario", spent=spent if number == 7 else ())
        await desk.backend.apply(command, f"key-step{number}", await looked(desk, ref))
        assert steps_of(rt_site, int(ref.id))[f"step {number}"]["Status"] == "resolved"
    await asked(desk, PilotStep(target=ref, number=10, on=today(), by="anna"), "key-step10")
    closing = PilotClose(target=ref, on=today(), reason="all is well", follow_up="release it")
    await asked(desk, closing, "key-close")

    assert there(rt_site, int(ref.id))["Status"] == "resolved"
    closed = await looked(desk, ref)
    assert closed.ending
    assert (closed.ending.how, closed.ending.reason, closed.follow_up) == (EndKind.CLOSED, "all is well", "release it")
    set_up = next(step for step in closed.steps if step.number == 7)
    assert (set_up.done, set_up.by, set_up.spent[0].minutes) == (start + WEEK, "mario", 720)
    standing = pilot_standing(closed, Policy(), dt.datetime.now(dt.UTC))
    assert standing.state is PilotState.CLOSED
    assert standing.end == start + 2 * WEEK - dt.timedelta(days=1), "a week from the installation on, both days counted"
    read_again = (await read(desk.backend, Kind.PILOT)).records[ref]
    assert read_again == closed
    assert len([each for each in exchanges if each.key == "key-new"]) >= 1 + len(steps)
    assert not [each for each in exchanges if rt_site.token("manager") in each.request + each.answer]
    await desk.backend.aclose()


async def test_wherever_the_making_is_cut_there_is_one_pilot_with_one_ticket_for_each_step(rt_site: Site) -> None:
    for writes in (0, 1, 2, 5, 9):
        key = f"key-cut-{writes}"
        first = desk_of(rt_site)
        first.wire.cut_after(writes)
        with pytest.raises(Unreachable):
            await asked(first, minor(f"cut after {writes}"), key)
        await first.backend.aclose()
        second = desk_of(rt_site)
        receipt = await asked(second, minor(f"cut after {writes}"), key)
        assert (await asked(second, minor(f"cut after {writes}"), key)).id == receipt.id
        await second.backend.aclose()
        subjects = [row["Subject"] for row in tickets(rt_site) if row["Subject"] == f"cut after {writes}"]
        assert len(subjects) == 1
        steps = steps_of(rt_site, int(receipt.id))
        pilot = receipt.record
        assert isinstance(pilot, Pilot)
        assert set(steps) == {f"step {step.number}" for step in pilot.steps}
        with_parents = [row for row in tickets(rt_site) if row["Subject"].startswith("step ")]
        assert len(with_parents) == len(steps) * (1 + (0, 1, 2, 5, 9).index(writes))
        assert {step.number for step in pilot.steps if step.state.settled} == {1, 6}


async def test_a_step_whose_ticket_a_colleague_resolves_is_signed_off(rt_site: Site) -> None:
    desk = desk_of(rt_site)
    ref = Ref(SOURCE, (await asked(desk, minor(), "key-new")).id)
    before = await read(desk.backend, Kind.PILOT)
    seen = before.records[ref]
    assert isinstance(seen, Pilot)
    ticket = int(steps_of(rt_site, int(ref.id))["step 2"]["id"])
    with rt_site.client("manager2") as client:
        client.put(f"/ticket/{ticket}", json={"Status": "resolved", "Due": "2026-12-01 12:00:00"})
    after = (await read(desk.backend, Kind.PILOT, known_to(before))).records[ref]
    assert isinstance(after, Pilot)
    step = next(each for each in after.steps if each.number == 2)
    assert (step.state, step.done, step.by) == (StepState.DONE, today(), "sro-manager2")
    assert step.planned == dt.date(2026, 12, 1)
    with pytest.raises(Conflict):
        await desk.backend.apply(PilotStep(target=ref, number=2, state=StepState.FAILED), "key-late", seen)
    with rt_site.client("manager2") as client:
        client.put(f"/ticket/{ticket}", json={"Status": "open"})
    opened = await looked(desk, ref)
    assert next(each for each in opened.steps if each.number == 2).state is StepState.OPEN
    with pytest.raises(Gone):
        await desk.backend.look(Ref(SOURCE, str(ticket)))
    await desk.backend.aclose()


async def test_a_pilot_is_edited_prolonged_and_given_up(rt_site: Site) -> None:
    desk = desk_of(rt_site)
    ref = Ref(SOURCE, (await asked(desk, minor(), "key-new")).id)
    later = today() + WEEK
    edit = PilotEdit(
        target=ref, title="DPM 1.7.5", users="20", start=today(), owners=((8, "sro-manager2"), (9, "Mario"))
    )
    await asked(desk, edit, "key-edit")
    pilot, steps = await looked(desk, ref), steps_of(rt_site, int(ref.id))
    owners = {step.number: step.owner for step in pilot.steps}
    assert (pilot.title, pilot.users, pilot.start, owners[8], owners[9]) == (
        *("DPM 1.7.5", "20", today(), "sro-manager2", "Mario"),
    )
    assert there(rt_site, int(ref.id))["Subject"] == "DPM 1.7.5"
    assert steps["step 7"]["Due"].startswith(later.isoformat())
    assert (steps["step 8"]["Owner"]["id"], steps["step 9"]["Owner"]["id"]) == ("sro-manager2", "Nobody")
    await asked(desk, PilotStep(target=ref, number=8, on=today()), "key-run")
    until = later + 3 * WEEK
    await asked(desk, PilotProlong(target=ref, until=until, reason="more jobs"), "key-longer")
    assert steps_of(rt_site, int(ref.id))["step 8"]["Status"] == "open"
    assert [each.until for each in (await looked(desk, ref)).prolongations] == [until]
    await asked(desk, Comment(target=ref, text="ring them"), "key-comment")
    await asked(desk, Reply(target=ref, text="how is it?"), "key-reply")
    assert [text.partition("\n")[0] for _, text in said(rt_site, int(ref.id))] == ["how is it?"]
    assert [each.text.strip() for each in (await looked(desk, ref)).messages] == ["ring them", "how is it?"]
    await asked(desk, PilotRollBack(target=ref, reason="jobs were lost"), "key-back")
    assert there(rt_site, int(ref.id))["Status"] == "rejected"
    assert (await looked(desk, ref)).ending
    other = Ref(SOURCE, (await asked(desk, minor("another"), "key-new-2")).id)
    await asked(desk, PilotCancel(target=other, reason="nobody hosts it"), "key-cancel")
    ending = (await looked(desk, other)).ending
    assert ending
    assert (ending.how, ending.reason) == (EndKind.CANCELLED, "nobody hosts it")
    await desk.backend.aclose()


async def test_the_end_of_a_pilot_closes_the_tickets_of_its_steps_wherever_it_is_cut(rt_site: Site) -> None:
    endings: tuple[type[PilotCancel | PilotRollBack], ...] = (PilotCancel, PilotRollBack, PilotCancel)
    for writes, ending in zip((1, 3, 99), endings, strict=True):
        desk = desk_of(rt_site)
        ref = Ref(SOURCE, (await asked(desk, minor(f"cut after {writes}"), f"key-new-{writes}")).id)
        seen = await looked(desk, ref)
        command = ending(target=ref, reason="jobs were lost")
        if writes < len(seen.steps):
            desk.wire.cut_after(writes)
            with pytest.raises(Unreachable):
                await desk.backend.apply(command, f"key-end-{writes}", seen)
        await desk.backend.aclose()
        second = desk_of(rt_site)
        await second.backend.apply(command, f"key-end-{writes}", seen)
        words = {name: row["Status"] for name, row in steps_of(rt_site, int(ref.id)).items()}
        signed = {f"step {step.number}": step.state for step in seen.steps}
        assert words == {name: "resolved" if state is StepState.DONE else "rejected" for name, state in signed.items()}
        ended = await looked(second, ref)
        assert (ended.ending is not None, ended.steps) == (True, seen.steps)
        listed = (await read(second.backend, Kind.PILOT)).records[ref]
        assert isinstance(listed, Pilot)
        assert listed.steps == seen.steps
        ticket = int(steps_of(rt_site, int(ref.id))["step 2"]["id"])
        with rt_site.client("manager2") as client:
            client.put(f"/ticket/{ticket}", json={"Status": "open"})
        await second.backend.apply(command, f"key-end-{writes}", seen)
        assert there(rt_site, ticket)["Status"] == "open", "done once"
        await second.backend.aclose()


async def test_any_text_survives_on_a_home_page(rt_site: Site) -> None:
    desk = desk_of(rt_site)
    ref = Ref(SOURCE, (await asked(desk, minor(), "key-new")).id)
    for number, name in enumerate(NASTY):
        await asked(desk, PilotEdit(target=ref, use_cases=NASTY[name]), f"key-{number}")
        assert same((await looked(desk, ref)).use_cases) == same(NASTY[name]), name
    await desk.backend.aclose()


def test_a_minor_pilot_goes_from_its_request_to_its_close_by_the_command_line(rt_site: Site, tmp_path: Path) -> None:
    me = person(tmp_path, rt_site)
    day = (today() - 3 * WEEK).isoformat()
    me.says("list", "pilots", "--refresh")
    made = me.does(
        *("pilot-new", "--title", "DPM 1.7.4", "--update", "minor", "--kind", "server", "--site", SITE, "--on", day),
        *("--source", "rt"),
    )
    (pilot,) = [row for row in tickets(rt_site) if row["Subject"] == "DPM 1.7.4"]
    ref = f"rt:{pilot['id']}"
    assert f"pilot {pilot['id']} is made" in made["receipt"]
    me.says("list", "pilots", "--refresh")
    installed, ran = ((today() - n * WEEK).isoformat() for n in (2, 1))
    for step, on in (
        ("1", day),
        ("2", day),
        ("3", day),
        ("6", day),
        ("7", installed),
        ("8", ran),
        ("9", "today"),
        ("10", "today"),
    ):
        me.does("pilot-step", ref, "--step", step, "--on", on, "--by", "mario")
    me.does("pilot-close", ref, "--reason", "it holds the load", "--follow-up", "release it")
    assert there(rt_site, int(pilot["id"]))["Status"] == "resolved"
    steps = steps_of(rt_site, int(pilot["id"]))
    assert {row["Status"] for row in steps.values()} == {"resolved"}
    record = me.says("show", ref, "--refresh")
    assert record["state"] == "closed"


def test_the_pilot_of_february_2009_is_reproduced_day_for_day(rt_site: Site, tmp_path: Path) -> None:
    me = person(tmp_path, rt_site)
    me.says("list", "pilots", "--refresh")
    me.does(
        *("pilot-new", "--source", "rt", "--title", "WMS 3.1", "--update", "major", "--kind", "server", "--site", SITE),
        *("--vo", "cms", "--requester", "vo", "--on", "2009-02-06"),
    )
    (pilot,) = [row for row in tickets(rt_site) if row["Subject"] == "WMS 3.1"]
    ref = f"rt:{pilot['id']}"
    due = {name: row["Due"][:10] for name, row in steps_of(rt_site, int(pilot["id"])).items()}
    assert (due["step 5"], due["step 7"], due["step 8"]) == ("2009-02-06", "2009-02-13", "2009-02-26")
    signed = ((1, "02-02"), (2, "02-03"), (4, "02-04"), (5, "02-06"), (6, "02-06"), (7, "02-13"), (8, "02-26"))
    for step, day in (*signed, (9, "03-02"), (10, "03-04")):
        me.does("pilot-step", ref, "--step", str(step), "--on", f"2009-{day}", "--by", "mario")
    me.does("pilot-close", ref, "--on", "2009-03-04", "--reason", "it holds the load", "--follow-up", "release it")
    record = me.says("show", ref, "--refresh")
    assert (record["state"], record["run_start"], record["end"]) == ("closed", "2009-02-13", "2009-02-26")
    assert {row["Status"] for row in steps_of(rt_site, int(pilot["id"])).values()} == {"resolved"}
