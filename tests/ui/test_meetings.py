"""The next meeting in the head of the dashboard, and the meetings by a key."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from ppstui.config.schema import Meeting
from ppstui.model import Agenda, AgendaItem, Kind, Ref
from tests.ui.person import Watched, person

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.desk.world import Tracker
    from tests.ui.person import Person

PLANNED = (Meeting(name="EMT", when="Mon 14:30, Wed 16:30"), Meeting(name="EGEE Operations", when="Mon 16:00"))
MONDAY = dt.datetime(2026, 11, 23, 13, 30, tzinfo=dt.UTC)
"""14:30 in Geneva."""


def agenda(title: str, start: dt.datetime = MONDAY, **more: Any) -> Agenda:
    values = {"title": title, "start": start, "url": "https://indico.example.org/event/7/", **more}
    return Agenda(ref=Ref("indico", "7"), **values)


class Diary:
    """A world with rollouts and an agenda server; it is 13:48 on the Monday, 42 minutes before the EMT."""

    def __init__(self, home: Path) -> None:
        self.world = Watched(home)
        self.world.clock.now = MONDAY - dt.timedelta(minutes=42)
        self.rollouts = self.world.tracker("rt")
        self.indico: Tracker = self.world.tracker("indico", kinds=frozenset({Kind.MEETING}), offers=frozenset())

    def watched(
        self, *, size: tuple[int, int] = (120, 40), planned: tuple[Meeting, ...] = PLANNED, modes: bool = False
    ) -> AbstractAsyncContextManager[Person]:
        return person(
            self.world.home,
            ear=self.world.ear,
            desk=self.world.desk(),
            ready="indico up to date",
            rest=False,
            size=size,
            meetings=planned,
            demo=modes,
            read_only=modes,
        )


def head(me: Person) -> str:
    return me.shown.splitlines()[0]


async def minute(me: Person, diary: Diary, minutes: float = 1) -> None:
    """Time passes; the dashboard looks at its clock once a minute."""
    diary.world.clock.turn(minutes=minutes)
    assert me.app.main is not None
    me.app.main.retell()
    await me.pilot.pause()


async def test_the_head_counts_down_to_the_next_meeting_minute_by_minute(tmp_path: Path) -> None:
    diary = Diary(tmp_path)
    async with diary.watched() as me:
        await me.sees("EMT in 42 min")
        assert "EMT in 42 min" in head(me)
        await minute(me, diary)
        assert "EMT in 41 min" in head(me)
        await minute(me, diary, 41)
        assert "EMT now" in head(me)
        await minute(me, diary, 60)
        assert "EGEE Operations in 30 min" in head(me)


async def test_the_head_is_painted_anew_only_when_the_minute_changes(tmp_path: Path) -> None:
    diary = Diary(tmp_path)
    diary.world.clock.turn(seconds=-20)
    async with diary.watched() as me:
        await me.sees("EMT in 42 min")
        main = me.app.main
        assert main is not None
        bar = main.query_one("#head")
        before = list(bar._text)  # type: ignore[attr-defined]
        diary.world.clock.turn(seconds=15)
        main.refill()
        main.look_ahead()
        assert [new is old for new, old in zip(bar._text, before, strict=True)] == [True, True]  # type: ignore[attr-defined]


async def test_what_a_server_lists_comes_into_the_head_and_a_cancelled_meeting_goes(tmp_path: Path) -> None:
    diary = Diary(tmp_path)
    async with diary.watched() as me:
        await me.sees("EMT in 42 min")
        diary.indico.has(agenda("EMT meeting", cancelled=True))
        await me.does("desk.refresh-all")
        await me.sees("EGEE Operations in 2 h")
        diary.indico.has(agenda("EMT meeting", MONDAY + dt.timedelta(minutes=15)))
        await me.does("desk.refresh-all")
        await me.sees("EMT in 57 min")


async def test_titles_of_strangers_are_no_markup_and_cut_in_the_head(tmp_path: Path) -> None:
    diary = Diary(tmp_path)
    diary.indico.has(agenda("[red]GDB[/red] \x1b[2J of a very long name indeed"))
    async with diary.watched(planned=()) as me:
        await me.sees("[red]GDB[/red]")
        assert "\x1b" not in head(me)
        assert "indeed" not in head(me)
        assert "in 42 min" in head(me)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 24)])
async def test_the_modes_stay_on_the_screen_beside_the_countdown(tmp_path: Path, size: tuple[int, int]) -> None:
    diary = Diary(tmp_path)
    async with diary.watched(size=size, modes=True) as me:
        await me.sees("demo, read-only")
        assert head(me).rstrip().endswith("demo, read-only")
        if size[0] > 60:
            assert any("EMT in 42 min" in line for line in me.shown.splitlines()[:2])


async def test_a_key_shows_the_agenda_and_what_is_to_be_decided_and_opens_its_address(tmp_path: Path) -> None:
    diary = Diary(tmp_path)
    items = (AgendaItem(title="Patches in staged rollout", start=MONDAY, minutes=15, speakers=("Ada",)),)
    diary.indico.has(agenda("EMT meeting (Monday)", agenda=items, room="28-R-06", description="bring notes"))
    async with diary.watched() as me:
        await me.sees("EMT in 42 min")
        await me.does("desk.meeting")
        await me.sees("Meetings: enter shows the agenda", "in 42 min, Mon 23 Nov 14:30", "EGEE Operations")
        await me.presses("enter")
        await me.sees("14:30  15 min  Patches in staged rollout  Ada", "28-R-06", "bring notes", "o opens its agenda")
        await me.presses("o")
        await me.sees("Its address", "https://indico.example.org/event/7/")
        await me.presses("escape")
        await me.sees_no_more("Its address")


async def test_an_agenda_that_was_not_read_is_read_when_it_is_looked_at(tmp_path: Path) -> None:
    diary = Diary(tmp_path)
    diary.indico.has(agenda("EMT meeting (Monday)", whole=False))
    async with diary.watched() as me:
        await me.sees("EMT in 42 min")
        diary.indico.records[Ref("indico", "7")] = agenda("EMT meeting (Monday)", agenda=(AgendaItem(title="AOB"),))
        await me.does("desk.meeting")
        await me.sees("Meetings: enter")
        await me.presses("enter")
        await me.sees("AOB")


async def test_without_any_meeting_the_head_is_silent_and_the_key_says_how_to_have_some(tmp_path: Path) -> None:
    diary = Diary(tmp_path)
    async with diary.watched(planned=()) as me:
        await me.does("desk.meeting")
        await me.sees("No meeting is known. [[meetings]] in the configuration plans some;")
        assert " min" not in head(me)
