"""Looking about: what a person sees, and where the cursor stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ppstui.backends.demo import bulk
from ppstui.model import Kind, Ref
from ppstui.ui.actions import ACTIONS
from ppstui.ui.finding import AT_ONCE
from ppstui.ui.help import listed
from tests.ui.person import NOW, Ear, Watched, demo_desk, person

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.person import Person


async def test_what_presses_most_comes_first_with_its_deadline_and_whose_move_it_is(tmp_path: Path) -> None:
    async with person(tmp_path, size=(140, 40)) as me:
        await me.sees_line("d late", "rt:", "you")
        await me.sees_line("h left", "rt:", "EA team")
        await me.sees("rt, umd up to date")


async def test_the_tabs_count_what_needs_somebody(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.until(lambda: "1 Rollouts 2" in me.shown, "the rollouts were never counted:")
        await me.sees("2 Acknowledgements 1")


async def test_each_pane_is_a_key_away_and_keeps_its_place(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.presses("j", "j", "j")
        was = me.on
        await me.does("pane.acks")
        await me.sees("Team", "answer overdue")
        await me.does("pane.outbox")
        await me.sees("Nothing was sent yet.")
        await me.does("pane.next")
        await me.sees("a day a cell", "planned")
        await me.does("pane.next")
        await me.sees("No bulletin can be made here.")
        await me.does("pane.next")
        await me.until(lambda: me.on == was, f"the cursor is not back on {was}:")


async def test_modes_stand_beside_the_tabs_where_long_names_would_hide_them(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 24), read_only=True, offline=False, demo=True) as me:
        await me.sees_line("2 Acks", "5 Bulletin", "demo, read-only")
    async with person(tmp_path, size=(90, 24), demo=True) as me:
        await me.sees_line("2 Acknowledgements", "5 Bulletin", "demo")


async def test_a_filter_narrows_with_every_letter_and_says_of_how_many(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        everything = len(me.rows)
        await me.does("list.filter")
        await me.types("dpm")
        await me.sees(f"of {everything} match; enter keeps the filter")
        assert 0 < len(me.rows) < everything
        await me.presses("enter")
        await me.sees(f"/dpm  {len(me.rows)} of {everything}")
        await me.does("list.clear")
        await me.until(lambda: len(me.rows) == everything, "esc did not clear the filter:")


async def test_the_filter_speaks_the_one_language_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("list.filter")
        await me.types("is:late")
        await me.until(lambda: 0 < len(me.rows) < 15, "is:late did not narrow:")
        await me.types(" stge:new ")
        await me.sees("is no field of the filter; the nearest is stage")


async def test_the_cursor_stays_on_its_record_through_filter_and_sort(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.presses(*"jjjjj")
        was = me.on
        await me.does("list.sort")
        await me.sees("Sort Rollouts by")
        await me.types("component")
        await me.presses("enter")
        await me.sees("by component")
        assert me.on == was
        await me.does("list.filter")
        await me.types(was.partition(":")[2])
        await me.until(lambda: me.rows == [was], "the filter found something else:")
        await me.presses("escape")
        await me.until(lambda: len(me.rows) > 10, "esc did not clear the filter:")
        assert me.on == was


async def test_empty_and_filtered_out_are_two_texts(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("pane.outbox")
        await me.sees("Nothing was sent yet.")
        await me.does("pane.rollouts")
        everything = len(me.rows)
        await me.does("list.filter")
        await me.types("nosuchthing")
        await me.sees(f"0 of {everything} match.", "esc clears the filter")


async def test_saved_views_are_tabs_with_counts(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.until(lambda: " Late 0" not in me.shown and " Late " in me.shown, "the view was never counted:")
        everything = len(me.rows)
        await me.does("list.next-view")
        await me.until(lambda: len(me.rows) < everything, "the view did not narrow:")
        await me.sees(f"[Late {len(me.rows)}]")
        await me.does("list.previous-view")
        await me.until(lambda: len(me.rows) == everything, "back to all:")


async def test_details_follow_the_cursor_and_quote_the_evidence(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("list.filter")
        await me.types("answer:accept")
        await me.presses("enter")
        await me.sees("> accept NGI", "Teams", "Needs attention")
        await me.does("list.clear")
        await me.presses("j")
        await me.until(lambda: me.on.partition("/")[0] in me.shown, "the details did not follow:")


async def test_narrow_details_open_alone_and_esc_comes_back(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 24)) as me:
        await me.sees("Needs")
        ref = me.on
        await me.does("details.open")
        await me.sees_no_more("Component")
        await me.sees(ref, "Stage")
        await me.does("list.clear")
        await me.sees("Component")
        assert me.on == ref


async def test_why_says_whose_move_it_is(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("rollouts.why")
        await me.sees("stands where it stands", "Move")
        await me.presses("escape")
        await me.sees("Component")


async def test_the_whole_history_is_read_on_request_alone(tmp_path: Path) -> None:
    ear = Ear()
    async with person(tmp_path, ear=ear, desk=demo_desk(tmp_path, ear)) as me:
        await me.does("rollouts.history")
        await me.sees("the whole history, newest first", "History, newest first", "status new → open")


@pytest.mark.parametrize("pane", ["rollouts", "acks", "outbox", "bulletin"])
async def test_help_lists_exactly_the_keys_that_are_valid_here(tmp_path: Path, pane: str) -> None:
    async with person(tmp_path, size=(120, 100), keys={"rollouts.comment": "B", "rollouts.reply": ""}) as me:
        await me.does(f"pane.{pane}")
        await me.does("desk.help")
        await me.sees("Keys in")
        text = me.shown
        named = {action.id for action in listed(me.app.keymap, pane)}
        assert named == {a.id for a in ACTIONS.values() if pane in a.panes and a.id != "rollouts.reply"}
        for id_ in named:
            assert ACTIONS[id_].help.split(";")[0].split(",")[0][:20] in text, id_
        if pane in ("rollouts", "acks"):
            assert re.search(r" B +comment ", text)


async def test_the_palette_finds_an_action_by_its_name(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("desk.palette")
        await me.types("sources")
        await me.presses("enter")
        await me.sees("last good reading")


async def test_a_theme_is_tried_on_before_it_is_taken(tmp_path: Path) -> None:
    kept: list[dict[str, str]] = []
    async with person(tmp_path, remember=lambda what: kept.append(dict(what))) as me:
        before = me.app.palette.file.name
        await me.does("desk.theme")
        await me.types("light")
        await me.until(lambda: me.app.palette.file.name == "ppstui-light", "no preview:")
        await me.presses("escape")
        await me.until(lambda: me.app.palette.file.name == before, "esc did not bring the old one back:")
        await me.does("desk.theme")
        await me.types("contrast")
        await me.presses("enter")
        await me.until(lambda: bool(kept) and kept[-1]["theme"] == "ppstui-contrast", "it was not remembered:")


async def test_a_session_begins_where_the_last_one_ended(tmp_path: Path) -> None:
    had = {"pane": "acks", "acks.filter": "INFN", "rollouts.sort": "component", "rollouts.view": "Late"}
    async with person(tmp_path, remembered=had, ready="INFN") as me:
        await me.sees("/INFN")
        await me.does("pane.rollouts")
        await me.sees("[Late", "by component")


async def test_copying_says_sent_and_shows_the_text(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("record.copy-id")
        await me.sees(f"sent to terminal (OSC 52): {me.on}")


async def test_without_a_browser_here_the_address_is_shown(tmp_path: Path) -> None:
    async with person(tmp_path, env={"SSH_CONNECTION": "1 2 3 4", "DISPLAY": ":0"}) as me:
        await me.does("record.browse")
        await me.sees("Its address", "https://")


async def test_a_tiny_window_shows_one_pane_and_says_so(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        for size in ((20, 5), (59, 14), (1, 1), (120, 40)):
            await me.pilot.resize_terminal(*size)
            await me.presses("j")
        await me.pilot.resize_terminal(50, 12)
        await me.sees("small window")
        await me.pilot.resize_terminal(120, 40)
        await me.sees_no_more("small window")


async def test_offline_shows_the_last_known_board(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.sees("rt, umd up to date")
        rows = me.rows
    async with person(tmp_path, offline=True) as me:
        await me.sees("offline")
        await me.until(lambda: sorted(me.rows) == sorted(rows), "another board:")
        await me.does("desk.refresh")
        await me.sees("offline: nothing is read")


async def moves(me: Person, action: str, to: int) -> None:
    await me.does(action)
    main = me.app.main
    assert main is not None
    assert main.table.cursor == to, action


async def test_every_way_of_moving_has_a_key(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 24)) as me:
        last, page = len(me.rows) - 1, 24 - 5
        await moves(me, "list.down", 1)
        await moves(me, "list.up", 0)
        await moves(me, "list.page-down", page)
        await moves(me, "list.page-up", 0)
        await moves(me, "list.last", last)
        await moves(me, "list.first", 0)


async def test_a_long_search_goes_on_between_keys_and_shows_what_it_found(tmp_path: Path) -> None:
    world = Watched(tmp_path)
    world.clock.now = NOW
    tracker = world.tracker("rt")
    tracker.page = 1000
    tracker.has(*bulk(900, NOW, live=1.0))
    reader = world.desk()
    await reader.refresh()
    await reader.aclose()
    async with world.watching(ready="rt:", offline=True) as me:
        everything = me.desk.board.count(Kind.ROLLOUT)
        assert everything > 2 * AT_ONCE, "too few to be searched in steps"
        await me.until(lambda: len(me.rows) == everything, "not all were loaded:")
        await me.does("list.filter")
        await me.types("is:late")
        await me.presses("enter")
        await me.until(lambda: "/is:late" in me.shown and 0 < len(me.rows) < everything, "nothing was found:")
        main = me.app.main
        assert main is not None
        await me.until(lambda: main.listing is not None and not main.listing.searched, "the search never ended:")
        late = [ref for ref in me.rows if is_late(me, ref)]
        assert late == me.rows
        await me.presses("escape", "s")
        await me.types("component")
        await me.presses("enter")
        await me.sees("by component")
        await me.until(lambda: len(me.rows) == everything, "the sorting lost some:")


def is_late(me: Person, ref: str) -> bool:
    standing = me.desk.board.standing(Ref.parse(ref))
    assert standing is not None
    return any(entry.severity.value == "late" for entry in standing.attention)


@pytest.mark.parametrize("width", [64, 72, 80, 100])
async def test_the_key_bar_names_an_action_whole_or_not_at_all(tmp_path: Path, width: int) -> None:
    async with person(tmp_path, size=(width, 24)) as me:
        bar = me.shown.splitlines()[-1]
        entries = [entry.strip(" ()") for entry in re.split(r"\s{2,}", bar.strip())]
        whole = {f"{me.app.keymap.first(action.id)} {action.label}" for action in ACTIONS.values()}
        assert [entry for entry in entries if entry not in whole] == []
        assert "q quit" in entries
