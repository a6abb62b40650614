"""The pilots' pane by its keys, on the demo world: the line of time, every action, and what follows from each."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.config.schema import Meeting, View, Views
from ppstui.model import (
    Comment,
    Milestone,
    NewPilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Ref,
    Remind,
    Role,
    Spent,
    StepState,
    Update,
)
from ppstui.rules.pilots import PilotState
from tests.ui.person import Person, person

if TYPE_CHECKING:
    from pathlib import Path

SETTING_UP = "rt:pilot-4"
"""StoRM, whose installation is late."""
RUNNING = "rt:pilot-2"
PROLONGED = "rt:pilot-3"
WRAPPING_UP = "rt:pilot-7"


async def looks_at(me: Person, ref: str) -> None:
    """Goes to that pilot."""
    await me.does("pane.pilots")
    await me.sees("a day a cell")
    await me.stands_on(ref)


def state(me: Person, ref: str) -> PilotState:
    standing = me.desk.board.pilot_standing(Ref.parse(ref))
    assert standing is not None
    return standing.state


def line(me: Person, title: str) -> str:
    """The row of a pilot."""
    return next(each for each in me.shown.splitlines() if title in each)


# ---------------------------------------------------------------------------------------------------- the line of time


async def test_phases_lateness_and_prolongation_are_told_without_colour_at_80_columns(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 24)) as me:
        await looks_at(me, SETTING_UP)
        await me.sees("Nov 2026", "Pilot", "Due", "set-up  ▐ run  ▸ prolonged  ╌ report  ⋅ planned  ! late")
        await me.sees_line("StoRM", "3d late", "░", "!!!╎", "▐", "╌")
        assert "▐▸" in line(me, "CREAM")
        assert "✦" in line(me, "DPM")
        assert all(len(each) <= 80 for each in me.shown.splitlines())


async def test_the_plan_of_the_pilot_under_the_cursor_stands_above_the_rows(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 24)) as me:
        await looks_at(me, SETTING_UP)
        before = line(me, "planned  ")
        assert "░" in before
        await me.stands_on(WRAPPING_UP)
        await me.until(lambda: line(me, "planned  ") != before, "the plan stayed the same:")


async def test_a_terminal_without_the_signs_gets_letters(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 24), ascii=True) as me:
        await looks_at(me, SETTING_UP)
        await me.sees_line("StoRM", "-", "!!!|", "=", "~")
        assert me.shown.isascii()


async def test_time_is_zoomed_and_scrolled_and_today_is_a_key_away(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 24)) as me:
        await looks_at(me, SETTING_UP)
        days = me.shown
        await me.does("time.zoom-out")
        await me.sees("a week a cell", "'27")
        await me.does("time.zoom-out")
        await me.sees("a month a cell", "2028")
        await me.does("time.zoom-out")
        await me.sees("months are the coarsest")
        await me.does("time.zoom-in")
        await me.does("time.zoom-in")
        await me.sees("a day a cell", "Dec 2026")
        for _ in range(12):
            await me.does("time.later")
        await me.sees("Feb 2027")
        await me.sees_no_more("Nov 2026", "╎ today ╎")
        await me.does("time.today")
        await me.until(lambda: me.shown.splitlines()[3:20] == days.splitlines()[3:20], "today did not come back:")
        await me.does("time.earlier")
        await me.until(lambda: me.shown.splitlines()[3:20] != days.splitlines()[3:20], "time did not move:")


async def test_a_pilot_of_long_ago_is_found_by_its_days(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 24)) as me:
        await me.does("pane.pilots")
        everything = len(me.rows)
        await me.does("list.closed")
        await me.until(lambda: len(me.rows) > everything, "no closed ones came:")
        await me.does("list.filter")
        await me.types("3.1.100")
        await me.presses("enter")
        await me.until(lambda: len(me.rows) == 1, "the old one was not found:")
        await me.does("time.pilot")
        await me.sees("Feb 2009")
        await me.sees_line("WMS", "░░░", "▐▐▐")


async def test_meetings_of_the_configuration_are_marked(tmp_path: Path) -> None:
    meetings = (Meeting(name="EMT", when="Mon 14:30"), Meeting(name="nobody knows", when="whenever"))
    async with person(tmp_path, size=(80, 24), meetings=meetings) as me:
        await looks_at(me, SETTING_UP)
        await me.sees_line("E EMT", "E      E      E")
        assert "whenever" not in me.shown


async def test_filter_sort_and_saved_views_are_those_of_every_pane(tmp_path: Path) -> None:
    views = Views(pilots=(View(title="Running", where="is:running", sort="end"),))
    async with person(tmp_path, views=views) as me:
        await me.does("pane.pilots")
        everything = len(me.rows)
        await me.sees("Running 2")
        await me.does("list.next-view")
        await me.until(lambda: len(me.rows) == 2, "the view holds something else:")
        await me.does("list.previous-view")
        await me.does("list.filter")
        await me.types("state:setup")
        await me.until(lambda: 0 < len(me.rows) < everything, "the filter found nothing:")
        assert SETTING_UP in me.rows
        await me.presses("escape")
        await me.does("list.sort")
        await me.types("title")
        await me.presses("enter")
        await me.until(lambda: me.rows[-1] == "umd:pilot-3", "XRootD is not the last by title:")


async def test_the_details_tell_steps_with_who_signed_them_effort_and_what_is_next(tmp_path: Path) -> None:
    async with person(tmp_path, size=(160, 60)) as me:
        await looks_at(me, RUNNING)
        await me.sees("Needs", "Next", "Steps", "signed by", "to take", "Milestone")
        await me.does("details.open")
        await me.does("list.last")
        await me.sees("Messages, newest first")


# ------------------------------------------------------------------------------------------------------------- actions


async def test_a_step_is_signed_with_day_note_and_effort_and_the_new_end_is_told_first(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, SETTING_UP)
        await me.does("pilots.sign")
        await me.sees("7 set up the service", "run ends: Fri 2026-11-27 -> Tue 2026-12-01")
        await me.types("yesterday")
        await me.sees("run ends: Fri 2026-11-27 -> Mon 2026-11-30")
        await me.presses("enter", "enter")
        await me.types("one node")
        await me.presses("enter")
        await me.types("4PH")
        await me.sees("effort on step 7: 0.5PD, partner-site at NGI_IT-INFN-T1")
        await me.presses("ctrl+s", "y")
        await me.sees("queued: pilot-step")
        day = dt.date(2026, 11, 17)
        assert me.asked == [
            PilotStep(
                target=Ref.parse(SETTING_UP),
                number=7,
                on=day,
                note="one node",
                spent=(Spent(role=Role.SITE, minutes=240, site="NGI_IT-INFN-T1", on=day),),
            )
        ]
        await me.has_sent("pilot-step")
        assert state(me, SETTING_UP) is PilotState.RUNNING


async def test_a_day_or_an_amount_that_is_none_is_said_so_and_nothing_is_queued(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, SETTING_UP)
        await me.does("pilots.sign")
        await me.types("soonish")
        await me.sees("no day", "on which day?")
        await me.presses("ctrl+u", "enter", "enter", "enter")
        await me.types("much")
        await me.sees("no amount of work", "write 4PH, 0.75PD")
        await me.presses("ctrl+s", "y", "escape")
        assert me.asked == []


async def test_a_step_before_its_turn_is_held_up_and_goes_with_a_reason(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, SETTING_UP)
        await me.does("pilots.sign")
        await me.presses("up", "up")
        await me.types("post")
        await me.presses("ctrl+s")
        await me.sees("a rule stands against it")
        await me.presses("y")
        assert me.asked == []


async def test_what_was_signed_is_taken_back(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, SETTING_UP)
        await me.does("pilots.sign")
        await me.presses("ctrl+s", "y")
        await me.has_sent("pilot-step")
        await me.does("desk.undo")
        await me.sees("What takes it back", "-> open")
        await me.presses("y")
        await me.until(lambda: state(me, SETTING_UP) is PilotState.SETUP, "it was not taken back:")
        assert [command.state for command in me.asked if isinstance(command, PilotStep)][-1] is StepState.OPEN


async def test_a_run_is_prolonged_with_a_reason_or_not_at_all(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, RUNNING)
        await me.does("pilots.prolong")
        await me.types("+2w")
        await me.presses("enter", "enter")
        await me.sees("a rule stands against it")
        await me.presses("enter", "enter")
        await me.types("the farm was down")
        await me.presses("enter")
        await me.sees("run ends:", "y queues it")
        await me.presses("y")
        await me.has_sent("pilot-prolong")
        until = dt.date(2026, 12, 2)
        assert me.asked == [PilotProlong(target=Ref.parse(RUNNING), until=until, reason="the farm was down")]
        await me.sees_line("DPM", "▸▸▸")


async def test_a_pilot_is_rolled_back_and_another_cancelled_each_with_a_reason(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, RUNNING)
        await me.does("pilots.roll-back")
        await me.types("it lost jobs")
        await me.presses("ctrl+s", "y")
        await me.has_sent("pilot-roll-back")
        await me.until(lambda: RUNNING not in me.rows, "it is still in the list of live ones:")
        await me.stands_on(SETTING_UP)
        await me.does("pilots.cancel")
        await me.types("nobody wants it")
        await me.presses("ctrl+s", "y")
        await me.has_sent("pilot-cancel")
        assert me.asked == [
            PilotRollBack(target=Ref.parse(RUNNING), reason="it lost jobs"),
            PilotCancel(target=Ref.parse(SETTING_UP), reason="nobody wants it"),
        ]


async def test_a_pilot_is_closed_with_what_was_decided(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, WRAPPING_UP)
        await me.does("pilots.sign")
        await me.sees("10 wrap-up")
        await me.presses("ctrl+s", "y")
        await me.has_sent("pilot-step")
        await me.does("pilots.close")
        await me.types("it works")
        await me.presses("enter")
        await me.types("release it")
        await me.sees("agenda of the EMT")
        await me.presses("ctrl+s", "y")
        await me.has_sent("pilot-close")
        assert me.asked[-1] == PilotClose(target=Ref.parse(WRAPPING_UP), reason="it works", follow_up="release it")
        assert state(me, WRAPPING_UP) is PilotState.CLOSED


async def test_whoever_owns_the_step_is_reminded_with_a_text_that_can_be_changed(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, SETTING_UP)
        await me.does("pilots.remind")
        await me.sees("Remind on rt:pilot-4", "7 set up the service", "this is a reminder about the major pilot")
        await me.presses("ctrl+s")
        await me.has_sent("remind")
        (command,) = me.asked
        assert isinstance(command, Remind)
        assert command.teams == ("NGI_IT-INFN-T1",)


async def test_a_comment_goes_to_every_marked_pilot_and_the_marks_go_with_it(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, SETTING_UP)
        await me.does("list.mark")
        await me.stands_on(RUNNING)
        await me.does("list.mark")
        await me.does("rollouts.comment")
        await me.sees("Comment on 2 pilots")
        await me.types("seen")
        await me.presses("ctrl+s")
        await me.sees("y queues all 2")
        await me.presses("y")
        await me.until(lambda: len(me.asked) == 2, "two comments were not queued:")
        assert {type(command) for command in me.asked} == {Comment}
        assert {str(command.target) for command in me.asked} == {SETTING_UP, RUNNING}


async def test_a_new_pilot_gets_its_steps_and_days_as_they_were_shown(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 24)) as me:
        await me.does("pane.pilots")
        await me.does("pilots.new")
        await me.sees("New pilot in")
        await me.presses("enter")
        await me.types("CREAM 2")
        await me.presses("ctrl+s")
        await me.sees("minor or major?")
        await me.presses("enter", "enter")
        await me.types("min")
        await me.presses("enter", "enter", "enter")
        await me.types("NGI_IT-INFN-T1")
        await me.presses("ctrl+s")
        await me.sees("step 2, pre-screen", "step 3, instruct the sites")
        await me.presses("y")
        await me.sees("queued: pilot-new")
        (command,) = me.asked
        assert isinstance(command, NewPilot)
        assert (command.title, command.update, command.sites) == ("CREAM 2", Update.MINOR, ("NGI_IT-INFN-T1",))
        assert [step.number for step in command.steps] == [1, 2, 3, 6, 7, 8, 9, 10]
        await me.has_sent("pilot-new")
        await me.sees_line("CREAM 2", "░░░░░░░▐▐▐▐▐▐▐╌")


async def picks(me: Person, what: str) -> None:
    """Chooses what to edit."""
    await me.does("pilots.edit")
    await me.types(what)
    await me.presses("enter")


async def test_an_edit_of_days_tells_the_new_end_and_the_later_steps_before_it_is_saved(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, "umd:pilot-3")
        await picks(me, "days of")
        await me.sees("nothing is different yet")
        await me.presses("enter", "ctrl+u")
        await me.types("9")
        await me.sees("plan of step 7:", "run ends:", "post-mortem due:")
        await me.presses("ctrl+s", "y")
        await me.has_sent("pilot-edit")
        assert me.asked == [PilotEdit(target=Ref.parse("umd:pilot-3"), setup_days=9)]


async def test_a_length_that_is_no_number_is_asked_for_again(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, "umd:pilot-3")
        await picks(me, "days of")
        await me.presses("enter", "ctrl+u")
        await me.types("week")
        await me.sees("no number", "Set-up: how many days?")
        await me.presses("ctrl+s", "y")
        assert me.asked == []


async def test_steps_hosts_people_and_milestones_are_edited_by_small_forms(tmp_path: Path) -> None:
    target = Ref.parse(SETTING_UP)
    async with person(tmp_path) as me:
        await looks_at(me, SETTING_UP)
        await picks(me, "planned day")
        await me.presses("enter")
        await me.types("mario")
        await me.presses("ctrl+s", "y")
        await me.sees("queued: pilot-edit")
        await picks(me, "sites and")
        await me.presses("enter", "ctrl+u")
        await me.types("alice, cms, cms")
        await me.presses("ctrl+s", "y")
        await me.until(lambda: len(me.asked) == 2, "the VOs were not queued:")
        await picks(me, "title,")
        await me.presses("enter", "enter", "enter", "ctrl+u")
        await me.types("help@example.org")
        await me.presses("ctrl+s", "y")
        await me.until(lambda: len(me.asked) == 3, "the contact was not queued:")
        await picks(me, "milestones: ")
        await me.presses("escape")
        await picks(me, "milestones")
        await me.types("2026-11-20")
        await me.presses("enter")
        await me.types("first jobs")
        await me.presses("ctrl+s", "y")
        await me.until(lambda: len(me.asked) == 4, "the milestone was not queued:")
        assert me.asked == [
            PilotEdit(target=target, owners=((7, "mario"),)),
            PilotEdit(target=target, vos=("alice", "cms")),
            PilotEdit(target=target, contact="help@example.org"),
            PilotEdit(target=target, milestones=(Milestone(on=dt.date(2026, 11, 20), what="first jobs"),)),
        ]


async def test_a_part_of_the_home_page_is_written_as_a_text_and_shown_before_it_goes(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, SETTING_UP)
        await picks(me, "use cases")
        await me.types("grid jobs")
        await me.presses("ctrl+s")
        await me.sees("use cases: grid jobs")
        await me.presses("y")
        await me.has_sent("pilot-edit")
        assert me.asked == [PilotEdit(target=Ref.parse(SETTING_UP), use_cases="grid jobs")]


async def test_nothing_can_be_written_where_only_reading_is_allowed(tmp_path: Path) -> None:
    async with person(tmp_path, read_only=True) as me:
        await looks_at(me, SETTING_UP)
        for action in ("pilots.sign", "pilots.new", "pilots.edit", "pilots.close"):
            await me.does(action)
            await me.sees("read-only")
        assert me.asked == []


# --------------------------------------------------------------------------------------------------- beyond one record


async def test_why_says_what_stands_in_the_way_and_whose_move_it_is(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await looks_at(me, SETTING_UP)
        await me.does("rollouts.why")
        await me.sees("step 7, set up the service, was due on Sat 2026-11-14", "lifted by:", "whose move:")


async def test_duties_vacancies_and_effort_are_a_key_away_in_every_pane(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("desk.duties")
        await me.sees("Duties open now", "choose early adopters for new rollouts")
        await me.presses("escape")
        await me.does("pane.pilots")
        await me.does("desk.vacancies")
        await me.sees("Vacancies (", "Too few committed", "Nobody accepted")
        await me.presses("escape")
        await me.does("desk.effort")
        await me.sees("Effort of", "By pilot", "planned  recorded")
        await me.presses("G")
        await me.sees("By month", "together")


async def test_a_duty_leads_to_the_record_that_presses_most_whatever_hid_it(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("list.filter")
        await me.types("nothing like it")
        await me.presses("enter")
        await me.until(lambda: not me.rows, "the filter hides nothing:")
        await me.does("desk.duties")
        await me.types("see to pilots")
        await me.presses("enter")
        await me.until(lambda: me.on == SETTING_UP, "the cursor is elsewhere:")
        await me.does("desk.duties")
        await me.types("collect reports")
        await me.presses("enter")
        await me.until(lambda: me.on == "rt:18315", "the cursor is elsewhere:")


async def test_a_duty_that_leaves_no_trace_is_ticked_and_stays_so(tmp_path: Path) -> None:
    ticks = tmp_path / "ticks.toml"
    for time in ("once", "again"):
        async with person(tmp_path / "home", ticks=ticks) as me:
            await me.does("desk.duties")
            await me.types("problem reports")
            if time == "again":
                await me.sees("nothing matches")
                continue
            await me.presses("enter")
            await me.sees("Tick a duty that leaves no trace", "y ticks it")
            await me.presses("n")
            assert not ticks.exists()
            await me.does("desk.duties")
            await me.types("problem reports")
            await me.presses("enter", "y")
            await me.sees("ticked: look through software problem reports")
            assert ticks.exists()


async def test_ticks_that_cannot_be_read_are_said_and_nothing_is_hidden(tmp_path: Path) -> None:
    ticks = tmp_path / "ticks.toml"
    ticks.mkdir()
    async with person(tmp_path / "home", ticks=ticks) as me:
        await me.does("desk.duties")
        await me.sees("look through software problem reports")
        await me.presses("escape")
        await me.sees("ticks.toml: cannot be read")


async def test_teams_are_proposed_with_what_speaks_for_them_and_none_is_chosen(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.stands_on("rt:18302")
        await me.does("rollouts.assign")
        await me.sees("Teams for rt:18302")
        await me.until(lambda: "open item" in me.shown or "committed to" in me.shown, "no reason is told:")
        assert "✓" not in me.shown
        assert "NGI_IT-INFN-CNAF" not in me.shown.replace("ea-NGI_IT-INFN-CNAF", ""), "a host of pilots adopts nothing"
        await me.presses("escape")
        assert me.asked == []
