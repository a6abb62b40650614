"""What a person does to the words of an issue: drafting, editing, moving, sharing. All of it is on the disk at once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.errors import PpsError, UsageError
from ppstui.rules.bulletin import drafting, writing
from ppstui.rules.bulletin.audiences import settled
from ppstui.ui import dialogs
from ppstui.ui.filling import Filling
from ppstui.ui.issue_dialogs import EditLine, WriteWords
from ppstui.ui.panes import BulletinPane
from ppstui.ui.texts import edit_with
from ppstui.views.details import Para, fact
from ppstui.views.issue_rows import Spot
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ppstui.bulletin.newsroom import Drafted
    from ppstui.model import Bulletin, Draft, Line
    from ppstui.ui.issues import Issues

_PATIENCE = 0.4
"""Seconds that leaving waits until the last words are queued; they are on the disk anyway."""


class AtIssues(Filling):
    """What the flows of the bulletin have in common: the issue that is shown, and what is asked before it changes."""

    @property
    def issues(self) -> Issues:
        """The issues of the pane. Raises UsageError where none can be made."""
        pane = next(pane for pane in self._main.panes if isinstance(pane, BulletinPane))
        found = pane.opened()
        if found is None:
            raise UsageError("no bulletin can be made here; [bulletin.NAME] in the configuration describes one")
        return found

    def _shown(self) -> Bulletin | None:
        """The issue, as it is on the disk now."""
        issues = self.issues
        issues.sheet = issues.read()
        return issues.sheet.bulletin

    def _keep(self, bulletin: Bulletin) -> bool:
        """On the disk, or it is said why not."""
        try:
            self.issues.keep(bulletin)
        except PpsError as error:
            self._main.say(str(error), bad=True)
            return False
        return True

    async def _may(self) -> bool:
        """Whether the issue may be edited; asks where somebody else is concerned."""
        issues, main = self.issues, self._main
        while True:
            question, text = issues.question()
            if not question:
                return True
            if question == "behind":
                if not await self._whose():
                    return False
                continue
            paras = (Para(((main.glance().text(text), Tone.SOON),)),)
            sure = dialogs.Verdict(0, 1, 1) if question == "held" else dialogs.SURE
            dialog = dialogs.Confirm(main.setting, "Edit it all the same?", paras, does="goes on", verdict=sure)
            reason = await main.app.push_screen_wait(dialog)
            if reason is None:
                main.say("left as it was")
                return False
            issues.say_yes(question, reason)

    async def _whose(self) -> bool:
        """A colleague has shared another draft meanwhile: whose counts. Whatever is chosen, no word is lost."""
        issues, main, glance = self.issues, self._main, self._main.glance()
        found = self._shown()
        shared = issues.room.shared(issues.audience, issues.sheet.issue)
        if found is None or found.draft is None or shared is None or shared.draft is None:
            return False
        who = glance.text(shared.updated_by or "a colleague")
        choices = [
            ("theirs", "theirs", "yours is kept beside it, as a text"),
            ("mine", "mine", "over theirs, when it is shared"),
            ("both", "both", "yours; theirs is kept beside it, as a text"),
        ]
        title = f"{who} shared another draft of {issues.sheet.issue}: whose counts?"
        picked = await main.app.push_screen_wait(dialogs.Pick(main.setting, title, list(choices)))
        if not picked:
            main.say("left as it was")
            return False
        (whose,) = picked
        try:
            place = None
            if whose != "mine":
                other = found.draft if whose == "theirs" else shared.draft
                place = issues.room.put_aside(found, writing.write(other, found.issue))
            if whose == "theirs":
                issues.room.forget(found)
            else:
                issues.keep(structs.replace(found, rev=shared.rev))
            await issues.discard_conflicts(found)
        except PpsError as error:
            main.say(str(error), bad=True)
            return False
        main.fill()
        main.say(f"{whose} counts" + (f"; the other one is in {place}" if place else ""))
        return whose != "theirs"


class Issuing(AtIssues):
    """Answers to the keys that change what an issue says."""

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {
            "bulletin.draft": self._draft,
            "bulletin.edit": self._edit,
            "bulletin.add": self._add,
            "bulletin.editor": self._in_editor,
            "bulletin.share": self._share,
        }

    def at_once(self) -> dict[str, Callable[[], Coroutine[None, None, None] | None]]:
        """Actions that ask nothing, as a rule; what they answer with has to be asked first."""
        return {
            "bulletin.drop": lambda: self._change(self._drop),
            "bulletin.take": lambda: self._change(self._take),
            "bulletin.leave": lambda: self._change(self._leave),
            "bulletin.up": lambda: self._change(lambda: self._move(-1)),
            "bulletin.down": lambda: self._change(lambda: self._move(1)),
        }

    # -------------------------------------------------------------------------------------------------------- drafting

    async def _draft(self) -> None:
        issues, main = self.issues, self._main
        found = self._shown()
        if found is not None and settled(found):
            issues.chosen = ""  # it stays as it is: the next one is drafted
        elif not await self._may():
            return
        audience = issues.audience
        issue = issues.chosen or issues.room.coming(audience)
        main.say(f"gathering what there is to tell in {issue}...")
        try:
            drafted = await issues.room.draft(audience, issue)
        except PpsError as error:
            main.say(str(error), bad=True)
            return
        main.fill()
        main.say(_merged(drafted), bad=bool(drafted.merged.offers))
        self.share_words()

    # --------------------------------------------------------------------------------------------------------- editing

    async def _edit(self) -> None:
        key = self._main.table.key
        if not isinstance(key, Spot) or not await self._may():
            return
        draft = self._now()
        line = self.issues.line(key)
        if line is not None:
            await self._edit_line(line)
        elif key.kind == "title":
            await self._edit_title(draft)
        elif key.kind in {"greeting", "closing", "part", "words"}:
            await self._edit_words(key)
        elif key.kind in {"goes", "target"}:
            self._main.say("v shows what goes there, P publishes it")
        else:
            self._main.say("this row is no line; o adds one below")

    def _now(self) -> Draft:
        found = self._shown()
        if found is None or found.draft is None:
            raise UsageError("nothing is drafted yet")
        return found.draft

    def _put(self, change: Callable[[Draft], Draft]) -> bool:
        """The draft as it is now, with one thing changed."""
        found = self._shown()
        if found is None or found.draft is None:
            return False
        try:
            return self._keep(structs.replace(found, draft=change(found.draft)))
        except UsageError as error:
            self._main.say(str(error), bad=True)
            return False

    async def _written(self, dialog: EditLine | WriteWords, keep: Callable[[str], None]) -> None:
        """Shows the dialog; what it comes to is kept, and esc brings back what was there."""
        main, before = self._main, self._shown()
        answer = await main.app.push_screen_wait(dialog)
        if answer is not None:
            keep(answer if isinstance(answer, str) else answer.text)
        elif before is not None and self._shown() != before:
            self._keep(before)
        main.fill()

    async def _edit_line(self, line: Line) -> None:
        main, glance = self._main, self._main.glance()

        def keep(text: str) -> None:
            self._put(lambda draft: drafting.put(draft, line.id, text))

        generated = drafting.said(line.item) if line.item else ""
        about = [fact("Generated", glance.text(generated))] if line.text is not None and generated else []
        if line.offer is not None:
            about.append(fact("Now", glance.text(drafting.said(line.offer)), Tone.LATE))
        about += [
            Para(((f"{glance.text(str(ref))}  {glance.text(self.issues.sheet.title_of(ref))}", Tone.DIM),), 2)
            for ref in line.refs[:3]
        ]
        title = "A row: its cells have | between them" if drafting.is_row(line) else "The line in your words"
        text = drafting.shown(line)
        dialog = EditLine(
            main.setting, title, tuple(about), text, keep, generated=generated, hint="no words: it is taken out"
        )
        await self._written(dialog, keep)

    async def _edit_title(self, draft: Draft) -> None:
        def keep(text: str) -> None:
            if text.strip():
                self._put(lambda draft: drafting.retitle(draft, text))

        dialog = EditLine(self._main.setting, "The title of the issue", (), draft.title, keep, hint="a title")
        await self._written(dialog, keep)

    async def _edit_words(self, key: Spot) -> None:
        draft, name = self._now(), key.name

        def keep(text: str) -> None:
            change: dict[str, Callable[[Draft], Draft]] = {
                "greeting": lambda draft: drafting.greet(draft, text),
                "closing": lambda draft: drafting.close(draft, text),
            }
            self._put(change.get(key.kind, lambda draft: drafting.put_text(draft, name, text)))

        part = next((part for part in draft.parts if part.id == name), None)
        text = {"greeting": draft.greeting, "closing": draft.closing}.get(key.kind, part.text if part else "")
        what = {"greeting": "The greeting, above everything", "closing": "The words at the end"}.get(
            key.kind, f"Words above the lines of: {self._main.glance().text(part.title if part else name)}"
        )
        await self._written(WriteWords(self._main.setting, what, text, keep), keep)

    async def _add(self) -> None:
        key = self._main.table.key
        if not isinstance(key, Spot) or not await self._may():
            return
        draft, line = self._now(), self.issues.line(key)
        if line is None and key.kind in {"part", "words", "title", "greeting", "closing"}:
            await self._edit_words(Spot("greeting") if key.kind == "title" else key)
            return
        part = next((part for part in draft.parts if line in part.lines), None) if line else None
        if part is None:
            part = next((part for part in draft.parts if key.name.partition("/")[0] == part.id), None)
        if part is None:
            self._main.say("a line is added in a section: go to one of its rows", bad=True)
            return
        own, section, after = drafting.next_id(draft), part.id, line.id if line else ""

        def keep(text: str) -> None:
            there = drafting.find(self._now(), own)
            if there is not None:
                self._put(lambda draft: drafting.put(draft, own, text))
            elif text.strip():
                self._put(lambda draft: drafting.add(draft, section, text, after))

        title = f"A line of your own in: {self._main.glance().text(part.title)}"
        await self._written(EditLine(self._main.setting, title, (), "", keep, hint="what it says"), keep)
        self._main.table.go_to(Spot("line", own))

    async def _in_editor(self) -> None:
        main, issues = self._main, self.issues
        if not await self._may():
            return
        found = self._shown()
        if found is None or found.draft is None:
            return
        text = begun = writing.write(found.draft, found.issue)
        edit = edit_with(main.options.editor, main.options.env)
        while True:
            with main.dashboard.lent():
                after = await asyncio.to_thread(edit, text)
            if after is None:
                main.say("the editor ended with an error; the issue is as it was", bad=True)
                return
            if after.strip() == begun.strip():
                main.say("nothing was changed")
                return
            try:
                draft = writing.read(after, found.draft)
            except UsageError as error:
                if not await self._again(found, after, error):
                    return
                text = after
                continue
            break
        if self._keep(structs.replace(found, draft=draft)):
            main.fill()
            main.say(f"{issues.sheet.issue} is as you wrote it")

    async def _again(self, found: Bulletin, text: str, error: UsageError) -> bool:
        """A text that cannot be read is kept beside the draft, and opened again with what is wrong."""
        main = self._main
        try:
            place = self.issues.room.put_aside(found, text)
        except PpsError as trouble:
            main.say(str(trouble), bad=True)
            return True
        glance = main.glance()
        paras = tuple(Para(((glance.text(each), Tone.LATE),), 2) for each in str(error).split("; "))
        paras += (Para(((f"Your text is kept in {place}", Tone.DIM),)),)
        dialog = dialogs.Confirm(main.setting, "This text cannot be read", paras, does="opens it again")
        if await main.app.push_screen_wait(dialog) is None:
            main.say(f"the issue is as it was; your text is kept in {place}", bad=True)
            return False
        return True

    # ------------------------------------------------------------------------------------------------ without a dialog

    def _change(self, change: Callable[[], str]) -> Coroutine[None, None, None] | None:
        """Makes a change and says what it came to; where something is to be asked first, answers with that."""
        self._shown()
        if self.issues.question()[0]:
            return self._asked_first(change)
        self._changed(change)
        return None

    async def _asked_first(self, change: Callable[[], str]) -> None:
        if await self._may():
            self._changed(change)

    def _changed(self, change: Callable[[], str]) -> None:
        said = change()
        self._main.fill()
        if said:
            self._main.say(said)

    def _lines(self) -> list[Line]:
        """The marked lines, else the one under the cursor."""
        table = self._main.table
        marked = [line for key in table.keys if key in table.marks and (line := self.issues.line(key))]
        under = self.issues.line(table.key)
        return marked or ([under] if under else [])

    def _to_each(self, lines: list[Line], change: Callable[[Draft, str], Draft]) -> bool:
        def all_(draft: Draft) -> Draft:
            for line in lines:
                draft = change(draft, line.id)
            return draft

        done = self._put(all_)
        if done:
            self._main.table.marks -= {Spot("line", line.id) for line in lines}
        return done

    def _drop(self) -> str:
        lines = self._lines()
        if not lines:
            return "only lines are taken out; a section without lines is left out by itself"
        out = [line for line in lines if not line.dropped]
        if out:
            return "taken out; x puts it back" if self._to_each(out, drafting.drop) else ""
        return "put back" if self._to_each(lines, drafting.restore) else ""

    def _take(self) -> str:
        lines = [line for line in self._lines() if line.offer]
        if not lines:
            return "no new facts are offered here; those lines bear a !"
        return "as the new facts say it" if self._to_each(lines, drafting.take) else ""

    def _leave(self) -> str:
        lines = [line for line in self._lines() if line.offer]
        if not lines:
            return "no new facts are offered here; those lines bear a !"
        return "yours stays" if self._to_each(lines, drafting.leave) else ""

    def _move(self, by: int) -> str:
        line = self.issues.line(self._main.table.key)
        if line is None:
            return "only lines are moved; sections stand as [bulletin.NAME] sections has them"
        self._put(lambda draft: drafting.move(draft, line.id, by))
        return ""

    # --------------------------------------------------------------------------------------------------------- sharing

    async def _share(self) -> None:
        main, issues = self._main, self.issues
        if not await self._may():
            return
        self._shown()
        found = issues.to_share
        if found is None:
            main.say("colleagues see it as it is")
            return
        try:
            await issues.share(found)
        except PpsError as error:
            main.say(str(error), bad=True)
            return
        main.fill()
        main.say(f"{found.issue} is queued for where colleagues find it")

    def share_words(self) -> None:
        """Queues what was written for where colleagues find it, without asking."""
        found = None if self.issues.sheet.behind or self._main.options.read_only else self.issues.to_share
        if found is not None:
            self._main.run_worker(self._share_quietly(found), group="share")

    async def _share_quietly(self, found: Bulletin) -> None:
        try:
            await self.issues.share(found)
        except PpsError as error:
            self._main.say(f"not shared: {error}", bad=True)

    def part(self, then: Callable[[], None]) -> None:
        """Shares what was written and lets go of what is held; `then` follows, soon in any case."""
        self._main.run_worker(self._part(then), group="share")

    async def _part(self, then: Callable[[], None]) -> None:
        with contextlib.suppress(PpsError, TimeoutError):  # it is on the disk, and shared the next time
            async with asyncio.timeout(_PATIENCE):
                for each in self.issues.to_part_with():
                    entry = await self.issues.share(each, hold=False)
                    await self._desk.settle(entry.id, _PATIENCE)
        then()


def _merged(drafted: Drafted) -> str:
    """`3 new, 1 changed, 1 gone; 2 lines you edited have new facts`."""
    merged = drafted.merged
    told = (
        (len(merged.added), "new"),
        (len(merged.changed), "changed"),
        (len(merged.removed), "gone"),
        (len(merged.kept), "kept though nothing makes them now"),
    )
    empty = not any(part.lines or part.text for part in merged.draft.parts)
    bare = "there is nothing to report, and it will say so" if empty else "nothing has changed"
    parts = ", ".join(f"{count} {word}" for count, word in told if count) or bare
    many = len(merged.offers)
    if not many:
        return parts
    lines = "a line you edited has" if many == 1 else f"{many} lines you edited have"
    return f"{parts}; {lines} new facts: y takes, Y keeps yours"
