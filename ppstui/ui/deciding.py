"""Second thoughts: taking back, letting go again, giving up, and what becomes of an action that met a newer change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import PpsError, UsageError
from ppstui.model import State
from ppstui.ui import dialogs
from ppstui.ui.dialogs import Dialog, scroll, text_page
from ppstui.ui.lines import Page
from ppstui.views import details, differing, logged, words
from ppstui.views.details import BLANK, Para
from ppstui.views.plain import clean_lines
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual import events
    from textual.app import ComposeResult

    from ppstui.model import Entry
    from ppstui.rules.conflicts import Difference
    from ppstui.ui.dialogs import Setting
    from ppstui.ui.screen import Main
    from ppstui.ui.sending import Sending
    from ppstui.views.rows import Glance

_MOST_TOLD = 5
"""So many actions that cannot be taken back are named at most."""


class Deciding:
    """Answers to the keys that are about what was asked for already."""

    def __init__(self, main: Main, sending: Sending) -> None:
        self._main = main
        self._desk = main.desk
        self._choice = main.choice
        sending.decide = self._decide

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {
            "desk.undo": self._undo,
            "outbox.retry": self._retry,
            "outbox.keep-comment": self._keep_comment,
            "outbox.discard": self._discard,
        }

    # ------------------------------------------------------------------------------------------------------------ undo

    async def _undo(self) -> None:
        """Shows what would be taken back, and what went since that cannot be, before it asks."""
        main, entry = self._main, self._choice.entry()
        try:
            entry = entry or await self._desk.undoable()
        except PpsError as error:
            passed = await self._cannot(None)
            if passed:
                await main.app.push_screen_wait(dialogs.Show(main.setting, "There is nothing to take back", passed))
            else:
                main.say(str(error))
            return
        title = f"Undo {words.command_title(entry.command)}"
        if entry.state.pending:
            said = "It has not left yet: it is taken out of the outbox, and nothing of it is written."
            if entry.tries:
                said = "No receipt has come: it is taken out of the outbox and not tried again; what arrived, stays."
            paras: tuple[Para, ...] = (Para(((said, Tone.PLAIN),)), BLANK, *logged.entry(entry, main.glance()))
        else:
            reverse = await self._desk.reversal(entry.id)
            if reverse is None:
                await main.app.push_screen_wait(dialogs.Show(main.setting, title, (self._final(entry),)))
                return
            paras = details.plan([self._desk.plan(reverse)], main.glance())
            paras = (*details.heading("What takes it back")[1:], *paras)
        paras += await self._cannot(entry)
        asked = dialogs.Confirm(main.setting, title, paras, does="takes {} back")
        if await main.app.push_screen_wait(asked) is not None:
            await self._told(self._desk.undo(entry.id), "taken back")

    def _final(self, entry: Entry) -> Para:
        """Why an entry cannot be taken back."""
        final = entry.state is State.DONE
        said = (
            self._desk.book(entry.command).irreversible(entry.command).text
            if final
            else f"it is {entry.state.value} already"
        )
        return Para(((self._main.glance().text(said), Tone.SOON),), 2)

    def _kept(self, entry: Entry) -> str:
        """The comment that would be kept of it; "" where there is none."""
        try:
            return self._desk.book(entry.command).as_comment(entry.command)
        except UsageError:
            return ""

    async def _cannot(self, until: Entry | None) -> tuple[Para, ...]:
        """What was done since that entry and stays as it is, and why; the newest few."""
        found: list[Para] = []
        for entry in self._desk.board.entries():
            if (until is not None and entry.id <= until.id) or len(found) >= _MOST_TOLD:
                break
            if entry.state is State.DONE and await self._desk.reversal(entry.id) is None:
                found.append(self._final(entry))
        return (*details.heading("Done since, and it stays"), *found) if found and until else tuple(found)

    # ----------------------------------------------------------------------------------------------------- going again

    async def _retry(self) -> None:
        entry = self._choice.stuck()
        if entry is None:
            return
        if entry.conflict:
            await self._decide(entry)
        elif entry.mail and entry.state is State.PARKED:
            title = f"Send {words.command_title(entry.command)} again"
            if await self._sure(title, entry, "sends {} again, perhaps for the second time"):
                await self._told(self._desk.retry(entry.id), "goes again")
        else:
            await self._told(self._desk.retry(entry.id), "goes again")

    async def _decide(self, entry: Entry) -> None:
        """Theirs, mine, before; and the three ways out."""
        main = self._main
        try:
            found = await self._desk.differences(entry.id)
        except PpsError as error:
            main.say(str(error), bad=True)
            return
        dialog = Conflicting(main.setting, entry, found, self._kept(entry), main.glance())
        way = await main.app.push_screen_wait(dialog)
        doing = {"apply": self._desk.retry, "comment": self._desk.keep_comment, "discard": self._desk.discard}
        said = {"apply": "goes again, over what is there", "comment": "kept as a comment", "discard": "given up"}
        if way is not None:
            await self._told(doing[way](entry.id), said[way])

    async def _keep_comment(self) -> None:
        entry = self._choice.entry()
        if entry is None:
            return
        title = f"Keep only the comment of {words.command_title(entry.command)}"
        paras = (
            *details.heading("What is written instead, as an internal comment")[1:],
            *_quoted(self._kept(entry), self._main.glance()),
        )
        asked = dialogs.Confirm(self._main.setting, title, paras, does="writes {}")
        if await self._main.app.push_screen_wait(asked) is not None:
            await self._told(self._desk.keep_comment(entry.id), "kept as a comment")

    async def _discard(self) -> None:
        entry = self._choice.entry()
        if entry is None:
            return
        if await self._sure(f"Discard {words.command_title(entry.command)}", entry, "gives {} up"):
            await self._told(self._desk.discard(entry.id), "given up")

    async def _sure(self, title: str, entry: Entry, does: str) -> bool:
        paras = logged.entry(entry, self._main.glance())
        asked = dialogs.Confirm(self._main.setting, title, paras, does=does)
        return await self._main.app.push_screen_wait(asked) is not None

    async def _told(self, doing: Coroutine[None, None, Entry], what: str) -> None:
        try:
            entry = await doing
        except PpsError as error:
            self._main.say(str(error), bad=True)
        else:
            self._main.say(f"{what}: {words.command_title(entry.command)}")


def _quoted(comment: str, glance: Glance) -> tuple[Para, ...]:
    """The comment that would be kept."""
    return tuple(Para(((f"  {line}", Tone.PLAIN),), 2) for line in clean_lines(comment, ascii_only=glance.ascii_only))


class Conflicting(Dialog[str]):
    """What was there, what a colleague made of it, what was asked for here; and three ways out.

    A way is chosen with its letter and taken with `y`: no key that opens this, pressed again, does anything. Answers
    with `apply`, `comment` or `discard`.
    """

    _WAYS = "a apply anyway  c keep only my comment  d discard  esc decides later"

    def __init__(
        self, setting: Setting, entry: Entry, found: tuple[Difference, ...], comment: str, glance: Glance
    ) -> None:
        """`comment` is what would be kept of it."""
        title = f"{glance.text(words.command_title(entry.command))} met a newer change"
        super().__init__(setting, title, self._WAYS)
        self._entry, self._found, self._comment, self._glance = entry, found, comment, glance
        self._way = ""

    def body(self) -> ComposeResult:
        """The differences, and what the chosen way does."""
        yield text_page(self, ())

    def opened(self) -> None:
        """No way is chosen."""
        self.query_one("#page", Page).can_focus = False
        self.set_focus(None)
        self._tell()

    def share_room(self, room: int) -> None:
        """A narrower window breaks the table otherwise."""
        super().share_room(room)
        if self.is_mounted:
            self._tell()

    def _tell(self) -> None:
        page = self.query_one("#page", Page)
        paras = differing.table(self._found, self._glance, self.inner)
        if not paras:
            said = self._entry.last_error or "what is there now no longer stands against it"
            paras = (Para(((self._glance.text(said), Tone.SOON),)),)
        page.show((*paras, *self._told_way()))
        page.refresh(layout=True)
        again = f"y does it  {self._WAYS}" if self._way else self._WAYS
        self.tell_keys(again)

    def _told_way(self) -> tuple[Para, ...]:
        text = self._glance.text(words.command_text(self._entry.command))
        match self._way:
            case "apply":
                over = [
                    f"{each.what}: {each.theirs or 'nothing'} becomes {each.mine or 'nothing'}" for each in self._found
                ]
                lines = (Para(((self._glance.text(line), Tone.PLAIN),), 2) for line in over or [text])
                return (*details.heading("Apply anyway"), *lines)
            case "comment":
                return (*details.heading("Keep only my comment"), *_quoted(self._comment, self._glance))
            case "discard":
                said = "Nothing is written; it stays in the log."
                return (*details.heading("Discard"), Para(((said, Tone.PLAIN),)))
        return ()

    def on_key(self, event: events.Key) -> None:
        """A letter chooses, `y` takes what was chosen."""
        event.stop()
        ways = {"a": "apply", "c": "comment", "d": "discard"}
        if event.key in ways:
            self._way = ways[event.key]
            self._tell()
        elif event.key == "y" and self._way:
            self.dismiss(self._way)
        elif event.key in {"n", "q"}:
            self.dismiss(None)
        else:
            scroll(self.query_one("#page", Page), event.key)
