"""The pane of the bulletin by keys in the demo world: an issue from its first draft to its correction."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from ppstui.model import Bulletin, Item, Mention, Publish, SaveBulletin, State
from ppstui.rules.bulletin.drafting import all_lines
from tests.ui.bench import demo
from tests.ui.person import Person, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ppstui.bulletin.newsroom import Newsroom
    from ppstui.model import Draft, Line
    from ppstui.ui.issues import Issues

ISSUE = "2026-W47"


class Desk:
    """A coordinator's desk in the demo world; its clock stands still until it is turned."""

    def __init__(self, me: Person, room: Newsroom) -> None:
        self.me, self.room = me, room

    @property
    def issues(self) -> Issues:
        main = self.me.app.main
        assert main is not None
        pane = main.panes[4]
        found = pane.opened()  # type: ignore[attr-defined]  # the pane of bulletins
        assert found is not None
        return found  # type: ignore[no-any-return]

    @property
    def bulletin(self) -> Bulletin:
        """The issue as it is on the disk."""
        found = self.room.issue(self.issues.audience, self.issues.issue)
        assert found is not None
        return found

    @property
    def draft(self) -> Draft:
        """What it says."""
        assert self.bulletin.draft is not None
        return self.bulletin.draft

    def line(self, id_: str) -> Line:
        """One of its lines."""
        return next(line for line in all_lines(self.draft) if line.id == id_)

    @property
    def lines(self) -> list[str]:
        """The ids of its lines."""
        return [line.id for line in all_lines(self.draft)]

    def facts_change(self, id_: str, text: str) -> None:
        """The line was made from other facts than there are now: what is generated now says something else."""
        draft = self.draft

        def older(line: Line) -> Line:
            if line.id != id_ or line.item is None:
                return line
            item: Item = structs.replace(line.item, facts="older", text=text)
            return structs.replace(line, item=item)

        parts = tuple(structs.replace(part, lines=tuple(older(line) for line in part.lines)) for part in draft.parts)
        self.room.keep(structs.replace(self.bulletin, draft=structs.replace(draft, parts=parts)))

    @property
    def aside(self) -> Path:
        """The text that was put beside the draft last, as the sentence says."""
        main = self.me.app.main
        assert main is not None
        return Path(next(said for said in reversed(main.said) if "is in /" in said).partition(" is in ")[2])

    async def writes(self, id_: str, text: str) -> None:
        """Puts a line into other words."""
        await self.me.stands_on(f"line {id_}")
        await self.me.does("bulletin.edit")
        await self.me.sees("The line in your words")
        await self.me.presses("ctrl+u")
        await self.me.types(text)
        await self.me.presses("enter")
        await self.me.sees_line("*", text)

    async def drafted(self, title: str = "WLCG operations") -> None:
        """Opens the pane and drafts the issue."""
        await self.me.does("pane.bulletin")
        await self.me.sees(f"[{title}]", "not drafted")
        await self.me.does("bulletin.draft")
        await self.me.sees(f"{ISSUE} draft", " new")


@contextlib.asynccontextmanager
async def desk(home: Path, *, size: tuple[int, int] = (120, 40), **options: object) -> AsyncIterator[Desk]:
    """A person before the demo as `ppstui --demo` makes it, at NOW; every link that is tried answers."""
    flags = [f"--{name.replace('_', '-')}" for name in ("read_only", "offline") if options.get(name)]
    with demo(home, *flags) as made:
        async with person(
            home,
            size=size,
            desk=made.desk,
            ear=made.ear,  # type: ignore[arg-type]  # it hears as the tests' own does
            newsroom=made.newsroom,
            meetings=made.config.meetings,
            bulletins=frozenset(made.config.bulletin),
            demo=True,
            ready="rt, umd, indico, local up to date|offline",
            **options,  # type: ignore[arg-type]  # each test names the options it means
        ) as me:
            yield Desk(me, made.newsroom())


async def test_an_issue_is_drafted_from_the_board_and_is_on_the_disk_and_with_colleagues(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.sees(f"{ISSUE} draft, {len(at.lines)} lines", "for WLCG Operations Wed 15:00 in 5 h")
        await at.me.has_sent("bulletin-save")
        shared = at.room.shared(at.issues.audience, ISSUE)
        assert shared is not None
        assert shared.draft == at.bulletin.draft
        assert shared.holder == "sro-manager"


async def test_a_line_is_written_and_drafting_again_leaves_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        one = at.lines[0]
        await at.me.stands_on(f"line {one}")
        await at.me.does("bulletin.edit")
        await at.me.sees("The line in your words")
        await at.me.presses("ctrl+u")
        await at.me.types("CA is there")
        await at.me.until(lambda: at.line(one).text == "CA is there", "the pause did not keep it:")
        await at.me.presses("enter")
        await at.me.sees_line("*", "CA is there")
        await at.me.does("bulletin.draft")
        await at.me.sees("nothing has changed")
        assert at.line(one).text == "CA is there"


async def test_esc_brings_back_what_stood_there_before_the_pause_kept_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        one = at.lines[0]
        await at.me.stands_on(f"line {one}")
        await at.me.does("bulletin.edit")
        await at.me.types("!!")
        await at.me.until(lambda: (at.line(one).text or "").endswith("!!"), "the pause did not keep it:")
        await at.me.presses("escape")
        await at.me.until(lambda: at.line(one).text is None, "esc did not bring it back:")


@pytest.mark.parametrize(("key", "text"), [("bulletin.take", None), ("bulletin.leave", "mine")])
async def test_new_facts_of_an_edited_line_are_offered_and_taken_or_left(
    tmp_path: Path, key: str, text: str | None
) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        one = at.lines[0]
        await at.writes(one, "mine")
        at.facts_change(one, "as it was last week")
        await at.me.does("bulletin.draft")
        await at.me.sees("a line you edited has new facts", "1 new fact")
        await at.me.sees_line("!", "mine")
        await at.me.does(key)
        await at.me.until(lambda: at.line(one).offer is None, "it is still offered:")
        assert at.line(one).text == text


async def test_lines_are_added_taken_out_put_back_and_moved(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        one = at.lines[0]
        await at.me.stands_on(f"line {one}")
        await at.me.does("bulletin.add")
        await at.me.types("one of mine")
        await at.me.presses("enter")
        await at.me.until(lambda: at.me.on == "line own/1", "the cursor is not on it:")
        assert at.lines[:2] == [one, "own/1"]
        await at.me.does("bulletin.up")
        assert at.lines[:2] == ["own/1", one]
        await at.me.does("bulletin.down")
        assert at.lines[:2] == [one, "own/1"]
        await at.me.does("bulletin.drop")
        await at.me.sees_line("x", "one of mine")
        assert at.line("own/1").dropped
        await at.me.does("bulletin.drop")
        assert not at.line("own/1").dropped


async def test_words_stand_on_a_heading_and_marks_never_do(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.stands_on("part releases")
        await at.me.does("list.mark")
        assert "marked" not in at.me.shown
        await at.me.stands_on("part releases")
        await at.me.does("bulletin.add")
        await at.me.sees("Words above the lines of")
        await at.me.types("A quiet week.")
        await at.me.until(lambda: "A quiet week." in str(at.draft), "the pause did not keep it:")
        await at.me.presses("ctrl+s")
        await at.me.sees_line("A quiet week.")


async def test_the_whole_issue_goes_through_the_editor_and_a_mistake_comes_back(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import sys, pathlib\nfile = pathlib.Path(sys.argv[1])\ntext = file.read_text()\n"
        "file.write_text(text.replace('{t1 ', '{t99999 ', 1))\n"
    )
    async with desk(tmp_path, editor=f"python3 {wrong}") as at:
        await at.drafted()
        before = at.bulletin
        await at.me.does("bulletin.editor")
        await at.me.sees("This text cannot be read", "there is no line {t99999}", "y opens it again")
        await at.me.presses("n")
        await at.me.sees("the issue is as it was; your text is kept in")
        assert at.bulletin.draft == before.draft


async def test_a_preview_shows_what_goes_to_each_target_and_every_format(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.does("bulletin.preview")
        await at.me.sees("[mail: text]", f"Subject: WLCG operations bulletin {ISSUE}")
        await at.me.presses("right", "right", "right")
        await at.me.sees("[markdown]", "# WLCG operations bulletin")
        await at.me.presses("escape")
        await at.me.sees_no_more("[markdown]")


async def test_the_check_list_says_each_problem_whole_and_leads_to_its_line(tmp_path: Path) -> None:
    async with desk(tmp_path, size=(80, 24)) as at:
        await at.drafted()
        await at.me.does("bulletin.check")
        await at.me.sees(f"Check list of {ISSUE}", "enter goes to the line")
        await at.me.types("unanswered")
        await at.me.sees("An early adopter was asked and has not answered.")
        await at.me.presses("enter")
        problems = at.issues.sheet.problems
        assert problems is not None
        first = next(each for each in problems if each.code == "unanswered-ea")
        await at.me.until(lambda: at.me.on == f"line {first.line_id}", "the cursor is not on its line:")


async def test_what_changed_since_the_last_issue_is_told(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.does("bulletin.compare")
        await at.me.sees("since the last issue", "New (")


async def test_it_goes_to_a_file_and_by_mail_once_and_is_corrected_saying_what(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.does("bulletin.publish")
        await at.me.sees(f"Publish {ISSUE}: where", "mail", "archive")
        await at.me.presses("enter")
        await at.me.sees("What goes where", "Check list", "bytes")
        if "o overrides it" in at.me.shown:
            await at.me.presses("o")
            await at.me.types("readers know")
            await at.me.presses("enter")
        else:
            await at.me.presses("y")
        await at.me.until(lambda: len(at.bulletin.publications) == 2, "it is not written down in both places:")
        await at.me.sees_line("archive (file, text)", "published")
        await at.me.sees_line("mail (", "published")
        assert at.bulletin.frozen_at is not None
        await at.me.does("desk.duties")
        await at.me.types("publish the bulletin for WLCG")
        await at.me.sees("nothing matches")
        await at.me.presses("escape")

        await at.me.does("list.first")
        await at.me.stands_on(f"line {at.lines[0]}")
        await at.me.does("bulletin.edit")
        await at.me.sees("Edit it all the same?", "What you change now goes out only as a")
        await at.me.presses("y")
        await at.me.sees("The line in your words")
        await at.me.presses("ctrl+u")
        await at.me.types("it was another one")
        await at.me.presses("enter")
        await at.me.sees_line("*", "it was another one")
        await at.me.does("bulletin.correct")
        await at.me.sees(f"Correct {ISSUE}: where")
        await at.me.presses("enter")
        await at.me.sees("what was wrong, in a sentence?")
        await at.me.types("the first line")
        await at.me.presses("ctrl+s", "y")
        await at.me.until(lambda: len(at.bulletin.publications) == 4, "the correction is not written down:")
        await at.me.sees_line("archive (file, text)", "corrected (1)")
        assert {each.corrects for each in at.bulletin.publications} == {"", "the first line"}
        went = [entry for entry in at.me.desk.board.entries() if isinstance(entry.command, Publish)]
        assert [entry.state for entry in went] == [State.DONE] * 4

        await at.me.does("bulletin.draft")
        await at.me.sees("2026-W48 draft")
        await at.me.does("bulletin.history")
        await at.me.sees(f"{ISSUE} published")
        await at.me.types(ISSUE)
        await at.me.presses("enter")
        await at.me.sees(f"{ISSUE} published", "esc goes back")
        await at.me.presses("escape")
        await at.me.sees("2026-W48 draft")


async def test_the_duty_to_publish_leads_to_its_issue(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.me.does("desk.duties")
        await at.me.types("publish the bulletin for WLCG")
        await at.me.sees("publish the bulletin for WLCG Operations")
        await at.me.presses("enter")
        await at.me.sees("[WLCG operations]", f"{ISSUE} not drafted")


async def test_nothing_is_published_from_a_session_that_only_reads_yet_it_drafts(tmp_path: Path) -> None:
    async with desk(tmp_path, read_only=True) as at:
        await at.drafted()
        await at.me.does("bulletin.publish")
        await at.me.sees("nothing is published from a session that only reads")
        assert not at.me.asked


async def test_nothing_is_published_offline_yet_it_drafts(tmp_path: Path) -> None:
    async with desk(tmp_path, offline=True) as at:
        await at.drafted()
        await at.me.does("bulletin.publish")
        await at.me.sees("nothing is published offline")


async def test_what_met_a_newer_draft_is_a_key_away_and_its_decision_settles_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.has_sent("bulletin-save")
        begun = at.bulletin
        await _colleague_writes(at)
        mine = structs.replace(begun, draft=structs.replace(at.draft, title="words of mine"))
        at.room.keep(mine)
        await at.room.share(mine, hold=True)
        await at.me.sees("3 Outbox 1", "shared another draft", "p retry")
        await at.me.does("outbox.retry")
        await at.me.sees("met a newer change")
        await at.me.presses("escape")
        await at.me.sees_no_more("met a newer change")
        await at.me.does("bulletin.share")
        await at.me.sees("whose counts?")
        await at.me.types("mine")
        await at.me.presses("enter")
        await at.me.until(lambda: not any(e.state.pending for e in at.me.desk.board.entries()), "something waits:")
        shared = at.room.shared(at.issues.audience, ISSUE)
        assert shared is not None
        assert shared.draft == mine.draft


async def test_a_record_is_mentioned_to_the_audiences_that_a_person_chooses(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        ref = at.me.on
        await at.me.does("rollouts.mention")
        await at.me.sees("Mention it to", "EMT", "WLCG operations")
        await at.me.presses("space", "enter")
        await at.me.sees(f"Mention {ref} in the bulletin")
        await at.me.types("look at this")
        await at.me.presses("ctrl+s", "y")
        await at.me.until(lambda: len(at.me.asked) == 2, "it was not queued for two:")
        found = [command for command in at.me.asked if isinstance(command, Mention)]
        assert {command.target.id for command in found} == {f"wlcg-operations.{ISSUE}", f"emt.{ISSUE}"}
        assert {(command.text, str(command.about)) for command in found} == {("look at this", ref)}


async def test_what_was_written_is_shared_when_the_pane_is_left(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.has_sent("bulletin-save")
        await at.me.stands_on(f"line {at.lines[0]}")
        await at.me.does("bulletin.drop")
        assert at.issues.to_share is not None
        await at.me.does("pane.rollouts")
        await at.me.until(
            lambda: sum(isinstance(each, SaveBulletin) for each in at.me.asked) == 2, "it was not shared:"
        )


async def test_who_leaves_the_program_shares_their_words_and_lets_go_of_the_issue(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.has_sent("bulletin-save")
        await at.writes(at.lines[0], "in the end")
        await at.me.does("desk.quit")
        await at.me.until(lambda: not at.me.app.is_running, "it never left:")
        shared = at.room.shared(at.issues.audience, ISSUE)
        assert shared is not None
        assert shared.draft == at.draft
        assert shared.holder == ""


async def test_a_colleague_s_other_draft_is_asked_about_before_anything_is_written_over(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.has_sent("bulletin-save")
        await at.me.stands_on(f"line {at.lines[0]}")
        await at.me.does("bulletin.drop")
        mine = at.bulletin
        await _colleague_writes(at)
        await at.me.sees("shared another draft")
        await at.me.does("bulletin.drop")
        await at.me.sees("whose counts?", "theirs", "mine", "both")
        await at.me.types("both")
        await at.me.presses("enter")
        await at.me.sees_no_more("whose counts?")
        assert "anna's title" in at.aside.read_text()
        assert mine.draft is not None
        assert at.draft != mine.draft, "the key was not done in the end"
        assert at.draft.title == mine.draft.title
        await at.me.does("bulletin.share")
        await at.me.sees("is queued for where colleagues find it")
        await at.me.has_sent("bulletin-save")
        shared = at.room.shared(at.issues.audience, ISSUE)
        assert shared is not None
        assert shared.draft == at.draft


async def test_a_note_of_a_colleague_is_no_other_draft(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        drafted = await at.room.draft(at.room.audience("wlcg-operations"), ISSUE)
        entry = await at.room.share(drafted.bulletin)
        await at.me.desk.settle(entry.id, 5)
        await at.me.does("pane.bulletin")
        await at.me.sees(f"{ISSUE} draft")
        await at.writes(at.lines[0], "words of mine")
        rollout = at.me.rollout("rt:18303")
        for command in at.room.mentions(rollout, "look", [at.issues.audience]):
            entry = await at.me.desk.submit(command)
            await at.me.desk.settle(entry.id, 5)
        await at.me.until(lambda: len(at.bulletin.notes) == 1, "the note never came:")
        at.issues.sheet = at.issues.read()
        assert not at.issues.sheet.behind
        await at.me.does("bulletin.share")
        await at.me.sees("is queued for where colleagues find it")
        await at.me.has_sent("bulletin-save")
        shared = at.room.shared(at.issues.audience, ISSUE)
        assert shared is not None
        assert shared.draft == at.draft


async def test_who_takes_theirs_has_their_own_words_beside_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.has_sent("bulletin-save")
        await at.writes(at.lines[0], "words of mine")
        await _colleague_writes(at)
        await at.me.sees("shared another draft")
        await at.me.does("bulletin.share")
        await at.me.sees("whose counts?")
        await at.me.types("theirs")
        await at.me.presses("enter")
        await at.me.sees("anna's title")
        assert "words of mine" in at.aside.read_text()
        assert at.issues.to_share is None


async def _colleague_writes(at: Desk) -> None:
    """A colleague shares a draft with another title, made from the one that is shared."""
    shared = at.room.shared(at.issues.audience, ISSUE)
    assert shared is not None
    assert shared.draft is not None
    theirs = structs.replace(shared, draft=structs.replace(shared.draft, title="anna's title"))
    entry = await at.room.share(theirs, hold=True)
    await at.me.desk.settle(entry.id, 5)


async def test_help_says_what_the_signs_of_lines_mean(tmp_path: Path) -> None:
    async with desk(tmp_path, size=(120, 140)) as at:
        await at.drafted()
        await at.me.does("desk.help")
        await at.me.sees("Signs of lines", "its facts have changed since you edited it", "carried over from")


async def test_who_else_edits_it_is_said_before_the_first_edit_and_a_reason_goes_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.drafted()
        await at.me.has_sent("bulletin-save")
        shared = at.room.shared(at.issues.audience, ISSUE)
        assert shared is not None
        at.room.setting = structs.replace(at.room.setting, me="carla")
        at.issues.room.setting = at.room.setting
        await at.me.stands_on(f"line {at.lines[0]}")
        await at.me.does("bulletin.drop")
        await at.me.sees("sro-manager has been editing", "o overrides it with a reason")
        await at.me.presses("escape")
        await at.me.sees("left as it was")
        assert not at.line(at.lines[0]).dropped
        await at.me.does("bulletin.drop")
        await at.me.sees("o overrides it with a reason")
        await at.me.presses("o")
        await at.me.types("we spoke")
        await at.me.presses("enter")
        await at.me.until(lambda: at.line(at.lines[0]).dropped, "it was not done:")
