"""The screen with the panes: a head, one list, its details, a foot. The table of actions says what keys ask for.

Widgets read only the board, through the panes. What costs something waits: details and key bar follow the cursor after
a short rest, counts are gathered in slices after the first frame, and a burst of news is one redraw.
"""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding
from textual.screen import Screen

from ppstui.desk import Changed, OutboxChanged, Said, SourceChanged
from ppstui.errors import PpsError
from ppstui.model import Kind, State
from ppstui.ui.choosing import Choice
from ppstui.ui.finding import Survey, Surveyor
from ppstui.ui.lineedit import LineEdit
from ppstui.ui.lines import Bar, Page
from ppstui.ui.looking import Looking
from ppstui.ui.panes import URGENCY, AcksPane, BulletinPane, OutboxPane, PilotsPane, RolloutsPane
from ppstui.ui.table import Table
from ppstui.ui.telling import Telling
from ppstui.views.rows import Glance
from ppstui.views.words import of_source

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from ppstui.desk import Desk, Event
    from ppstui.model import Entry, Ref
    from ppstui.ui.actions import Action, Keymap
    from ppstui.ui.app import Dashboard, Options
    from ppstui.ui.dialogs import Setting
    from ppstui.ui.panes import Listing, Pane
    from ppstui.ui.theme import Palette
    from ppstui.ui.writing import Writing

_REST = 0.12
"""Seconds of rest after which details and key bar follow the cursor."""
_BURST = 0.08
"""Seconds in which news is gathered into one redraw."""
_MOMENT = 0.001
"""Long enough for a key to be seen to."""
_SHOWING = 0.25
"""Seconds between two looks at what a long search has found."""
_READING = 10.0
"""Seconds after which a sentence gives its place back."""
_WIDE, _TALL = 110, 32
_KEPT = 50
"""Sentences that can be read again."""
_TINY = (60, 15)


class Main(Screen[None], inherit_bindings=False, inherit_css=False):
    """Head, list, details, foot."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", priority=True)]
    ALLOW_SELECT = False

    def __init__(self, desk: Desk, options: Options, keymap: Keymap) -> None:
        """The panes remember what they were left with last time."""
        super().__init__()
        self.desk, self.options, self.keymap = desk, options, keymap
        self.panes: tuple[Pane, ...] = (
            RolloutsPane(desk, options.views.rollouts, options.me),
            AcksPane(desk, options.views.acks, options.me),
            OutboxPane(desk, options.views.outbox, options.me),
            PilotsPane(desk, options.views.pilots, options.me, options.meetings),
            BulletinPane(desk, options.newsroom),
        )
        self.survey = Survey()
        self.surveyor = Surveyor(desk)
        self.listing: Listing | None = None
        self.history: Hashable | None = None
        self.sentence: tuple[str, bool] = ("", False)
        self.said: list[str] = []
        """The sentences said in this session, newest last."""
        self.coming = ""
        """The next meeting, as the head says it: `EMT in 42 min`."""
        self.prompt: LineEdit | None = None
        """The filter while it is being written."""
        self.held: list[events.Key] | None = None
        self.listeners: list[Callable[[], None]] = []
        """Who is told that something in the outbox moved."""
        self.acting: frozenset[Ref] = frozenset()
        """What the action under way is about."""
        self.last_acted: frozenset[Ref] = frozenset()
        """What the last action was about, to be marked again."""
        self._later: list[events.Key] = []
        """Keys that came while a dialog was on its way: they are meant for it."""
        self._flow = ""
        self._begun = False
        self.wants_details: bool | None = None
        self.entered = False
        self.view_counts: dict[tuple[str, int], int] = {}
        self._surveying: Iterator[Survey] | None = None
        self._stale = False
        self._waits: dict[str, Timer] = {}
        self.pane: Pane = self.panes[0]
        self.choice = Choice(self)
        self.telling = Telling(self)
        self.looking = Looking(self)
        self._doers = self.looking.table()
        self._writing: Writing | None = None
        self._recall()
        if place := self._place():
            self.add_class(place, update=False)

    def compose(self) -> ComposeResult:
        """Four widgets; the prompt is written in the foot."""
        plain = self.options.ascii
        yield Bar(self.palette, rest="tab", id="head")
        yield Table(self.palette, ellipsis="~" if plain else "\u203a", id="list")
        yield Page(self.palette, ascii_only=plain, id="details")
        yield Bar(self.palette, id="foot")

    @property
    def dashboard(self) -> Dashboard:
        """The app, as what it is."""
        from ppstui.ui.app import Dashboard

        app = self.app
        assert isinstance(app, Dashboard)  # noqa: S101 - a screen of this app alone
        return app

    def palette(self) -> Palette:
        """The looks of now."""
        return self.dashboard.palette

    @property
    def table(self) -> Table:
        """The list."""
        return self.query_one("#list", Table)

    @property
    def page(self) -> Page:
        """The details."""
        return self.query_one("#details", Page)

    def glance(self) -> Glance:
        """What rows are told with."""
        return Glance(self.desk.now(), self.desk.policy.zone, self.options.ascii)

    # ------------------------------------------------------------------------------------------------------- starting

    def on_mount(self) -> None:
        """The first frame holds what the store knew; everything else waits for it."""
        self.place_details()
        self.table.focus()
        self.fill(fresh=True)
        sentences = self.options.sentences
        if sentences:
            more = f" (and {len(sentences) - 1} more, {self.keymap.first('desk.sources')} shows them)"
            self.say((more.strip() + " " if len(sentences) > 1 else "") + sentences[0])
            self.said = list(sentences)
        # A moment later, so that nothing stands between the first frame and the terminal.
        self.call_after_refresh(self.later, "begin", _BURST, self._begin)

    def _begin(self) -> None:
        self._begun = True
        gc.freeze()  # what is there now stays: later collections need not walk through it
        gc.enable()
        self.run_worker(self.desk.load(), group="load")
        if not self.options.offline:
            self.run_worker(self.desk.run(), group="desk")
        self.set_interval(60, self.retell)
        self._resurvey()
        self.look_ahead()

    def on_resize(self) -> None:
        """Details beside, below or alone, as there is room."""
        self.place_details()

    # ------------------------------------------------------------------------------------------------------ news, time

    def heard(self, event: Event) -> None:
        """News from the desk; a burst is one redraw."""
        match event:
            case Said(text=text, bad=bad):
                self.say(text, bad=bad)
            case SourceChanged():
                self.later("fill", _BURST, self.refill)  # rows and freshness are told together
            case OutboxChanged(entry=entry):
                if entry.state is State.PARKED:
                    key = self.keymap.first("outbox.retry") if entry.conflict else ""
                    decides = f"; {key} on it shows theirs and yours" if key else ""
                    self.say(of_source(str(entry.command.target), entry.last_error) + decides, bad=True)
                self.surveyor.forget([entry.command.target])
                self.later("fill", _BURST, self.refill)
                for listener in tuple(self.listeners):
                    listener()
            case Changed(kind=kind, refs=refs):
                self.surveyor.forget(refs)
                self.later("fill", _BURST, self.refill)
                if kind is Kind.MEETING:
                    self.later("coming", _BURST, self.look_ahead)

    def later(self, name: str, seconds: float, what: Callable[[], None], *, push: bool = False) -> None:
        """Does it soon, once, however often it is asked for; `push` starts the wait again."""
        running = self._waits.get(name)
        if running is not None:
            if not push:
                return
            running.stop()

        def done() -> None:
            if self._waits.get(name) is timer:  # else it was pushed on after it had rung
                del self._waits[name]
                what()

        timer = self._waits[name] = self.set_timer(seconds, done)

    def refill(self) -> None:
        """The lists again, after something changed."""
        self.fill()
        self._resurvey()

    def retell(self) -> None:
        """Once a minute: what is told relative to now."""
        self.look_ahead()
        self.refill()
        self.telling.foot()

    def look_ahead(self) -> None:
        """What the head says of the next meeting; it is asked for once a minute, and when an agenda came in."""
        from ppstui.ui.diary import coming  # the first frame knows no meetings

        self.coming = coming(self)
        self.telling.head()

    # ------------------------------------------------------------------------------------------------------- the list

    def fill(self, *, fresh: bool = False) -> None:
        """Asks the pane for its rows; the cursor stays on its record."""
        pane, table = self.pane, self.table
        self.listing = pane.listing(self.survey, self.glance(), typing=self.prompt is not None)
        before = table.key
        table.marks = pane.marks
        drawing = self.listing.drawing
        if fresh:
            table.show(self.listing, pane.columns, keep=False, at=pane.key, drawing=drawing)
        elif not pane.touched and not table.cursor:
            table.show(self.listing, pane.columns, keep=False, drawing=drawing)
        elif not table.show(self.listing, pane.columns, drawing=drawing) and before is not None and not pane.filter:
            record = pane.record(before)
            self.say(f"{record or before} is no longer in this list")
        pane.key = table.key
        if self.listing.searched:
            self.later("search", _MOMENT, self._search_on)
        self.telling.empty()
        self.telling.head()
        if self._begun:  # the first frame is the list's; details follow after the first rest
            self.tell_details()
        self.telling.foot()

    def _search_on(self) -> None:
        """Searches on between two keys; shows what was found four times a second, and in the end."""
        if self.pane.search_on():
            self.later("search", _MOMENT, self._search_on)
            self.later("found", _SHOWING, self.fill)
        elif self.listing is not None and self.listing.searched:
            self.fill()

    def on_table_moved(self, message: Table.Moved) -> None:
        """The cursor is elsewhere; what follows it does so after a rest."""
        message.stop()
        self.pane.key = message.key
        self.history = None
        self.later("details", _REST, self._followed, push=True)

    def _followed(self) -> None:
        self.tell_details()
        self.telling.keys()

    def _resurvey(self) -> None:
        """Judges the open records again, in slices."""
        self._stale = True
        if self._surveying is None:
            self._surveying = iter(())
            self.call_later(self._survey_on)

    def _survey_on(self) -> None:
        found = next(self._surveying, None) if self._surveying is not None else None
        if found is None and self._stale:
            self._stale = False
            self._surveying = self.surveyor.look()
        elif found is None:
            self._surveying = None
            self._count_views()
            return
        elif found.complete:
            changed = found != self.survey
            self.survey = found
            if changed and self.pane.id == "acks":
                self.fill()
            elif changed:
                self.telling.head()
                self.telling.empty()
        self.call_later(self._survey_on)

    def _count_views(self) -> None:
        """The numbers in the tabs of saved views, of the pane that is shown."""
        if self.pane.views:
            for index, count in self.pane.counts(self.survey):
                self.view_counts[self.pane.id, index] = count
            self.telling.head()

    # ------------------------------------------------------------------------------------------------------ sentences

    def say(self, text: str, *, bad: bool = False) -> None:
        """A sentence in the foot; it gives its place back after a while."""
        self.sentence = (text, bad)
        self.said = [*self.said[1 - _KEPT :], text]
        self.telling.foot()
        self.later("sentence", _READING * (2 if bad else 1), self._said, push=True)

    def _said(self) -> None:
        self.sentence = ("", False)
        self.telling.foot()

    # ---------------------------------------------------------------------------------------------------- the details

    def place_details(self) -> None:
        """Where the details go: beside when wide, below when tall, alone when they were gone into."""
        width, height = self.app.size
        self.set_class(width < _TINY[0] or height < _TINY[1], "tiny")
        place = self._place()
        for name in ("beside", "stacked", "alone"):
            self.set_class(name == place, name)
        if self.listing is not None:
            self.telling.head()
            self.telling.foot()
            if self._begun:  # as in `fill`; whether the size is told before the first frame is a matter of luck
                self.tell_details()

    def _place(self) -> str:
        width, height = self.app.size
        if self.entered:
            return "alone"
        wanted = self.wants_details if self.wants_details is not None else width >= _WIDE
        if not wanted or width < _TINY[0] or height < _TINY[1]:
            return ""
        return "beside" if width >= _WIDE else "stacked" if height >= _TALL else ""

    @property
    def details_shown(self) -> bool:
        """Whether there is any room for them now."""
        return bool(self.classes & {"beside", "stacked", "alone"})

    def tell_details(self) -> None:
        """What the details say about the record under the cursor; nothing is fetched for it."""
        if not self.details_shown:
            return
        key = self.table.key
        if key is None:
            self.page.show(())
            return
        paras = self.pane.details(key, self.glance(), history=self.history == key)
        if isinstance(self.pane, OutboxPane) and (entry := self.pane.unknown(key)) is not None:
            self.run_worker(self._learn(self.pane, entry), group="story", exclusive=True)
        self.page.show(paras, title=self.glance().text(self.pane.name_of(key)), keep=key == self._detailed)
        self._detailed = key

    async def _learn(self, pane: OutboxPane, entry: Entry) -> None:
        """What the action log has of an entry comes from the disk, a moment after the rest."""
        with contextlib.suppress(PpsError):
            await pane.learn(entry)
            if self.pane is pane and self.table.key == entry.id:
                self.tell_details()

    _detailed: Hashable | None = None

    def enter(self, *, into: bool) -> None:
        """Goes into the details, or back to the list."""
        self.entered = into
        self.place_details()
        (self.page if into else self.table).focus()

    @property
    def has_room(self) -> bool:
        """Whether details fit beside or below the list."""
        return not self.has_class("tiny") and (self.size.width >= _WIDE or self.size.height >= _TALL)

    @property
    def setting(self) -> Setting:
        """What dialogs are painted with."""
        return self.palette, self.options.ascii

    def dashboard_redraw(self) -> None:
        """The whole screen again."""
        self.dashboard.redraw()

    def leave(self) -> None:
        """Ends the program; what was written in an issue is queued for colleagues first."""
        opened = any(isinstance(pane, BulletinPane) and pane.issues is not None for pane in self.panes)
        if opened and not self.options.read_only:
            self.writing.part(self.dashboard.leave)
        else:
            self.dashboard.leave()

    # ----------------------------------------------------------------------------------------------------- the filter

    def ask_filter(self) -> None:
        """A line to write the filter in; the list narrows with every letter."""
        self.prompt = LineEdit(self.pane.filter, "words, team:INFN-T1, is:late, due:<2d; ? explains")
        self.telling.foot()

    def _key_while_asking(self, prompt: LineEdit, event: events.Key) -> None:
        """Letters narrow the list, arrows move in it, enter keeps the filter, esc clears it."""
        if event.key in {"escape", "enter"}:
            if event.key == "escape":
                self.pane.filter = ""
            self._stop_asking()
        elif event.key in {"down", "up"}:
            self.table.move(1 if event.key == "down" else -1)
        elif event.key in {"pagedown", "pageup"}:
            self.table.turn(1 if event.key == "pagedown" else -1)
        elif prompt.key(event.key, event.character):
            self._narrow(prompt)

    def _narrow(self, prompt: LineEdit) -> None:
        if prompt.text != self.pane.filter:
            self.pane.filter = prompt.text
            self.fill()
        else:
            self.telling.foot()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is never a key: it goes into the filter when that is being written, and nowhere else."""
        event.stop()
        if self.prompt is not None:
            self.prompt.paste(event.text)
            self._narrow(self.prompt)

    def _stop_asking(self) -> None:
        self.prompt = None
        self.fill()

    def action_interrupt(self) -> None:
        """ctrl+c: out of the filter, else what the keymap says."""
        if self.prompt is not None:
            self._stop_asking()
        elif action := self.keymap.action("ctrl+c", None, self.pane.id):
            self.do(action)

    # ------------------------------------------------------------------------------------------------------- the keys

    def on_key(self, event: events.Key) -> None:
        """The table of actions says what a key asks for; a key it does not know does nothing."""
        if self.held is not None:
            self.held.append(event)
            event.stop()
            return
        if self.prompt is not None:
            event.stop()
            self._key_while_asking(self.prompt, event)
            return
        action = self.keymap.action(event.key, event.character, self.pane.id)
        if action is None:
            return
        event.stop()
        event.prevent_default()
        self.do(action)

    def do(self, action: Action) -> None:
        """Does it, or says why it cannot be done."""
        reason = self.choice.why_not(action)
        if reason:
            self.say(f"{action.label}: {reason}", bad=True)
            return
        self.pane.touched = True
        doer = self._doers.get(action.id) or self.writing.table()[action.id]
        doer()

    @property
    def writing(self) -> Writing:
        """The flows that write, read at the first of them: 10 ms."""
        if self._writing is None:
            from ppstui.ui.writing import Writing

            self._writing = Writing(self)
        return self._writing

    def hold_keys(self, *, flow: bool = False) -> None:
        """From now on keys wait: a dialog is on its way, and what was typed after the key that asked for it is its.

        `flow`: several dialogs may follow each other; `end_flow` ends it.
        """
        self.held = [] if self.held is None else self.held
        self._flow = "begun" if flow else ""

    def keeps_back(self, key: events.Key) -> bool:
        """Whether a key has to wait behind those that are still in this screen's own queue.

        A dialog is over this screen already, and has not been given what was typed before it came.
        """
        if self.held is None or self.app.screen is self:
            return False
        self._later.append(key)
        return True

    def release_keys(self) -> None:
        """Hands the keys that waited to whatever is on the screen now."""
        held, self.held = [*(self.held or []), *self._later], None
        self._later = []
        for event in held:
            self.app.screen.post_message(events.Key(event.key, event.character))

    def forget_keys(self) -> None:
        """What was typed while something was being looked at is dropped: it was no answer to what comes now."""
        self.held, self._later = self.held and [], []

    def end_flow(self) -> None:
        """No dialog follows. Where none ever came, what was typed was meant for it and is dropped."""
        if self._flow == "begun":
            self.held, self._later = None, []
        self._flow = ""
        self.release_keys()

    def on_screen_suspend(self) -> None:
        """The dialog is there."""
        self._flow = self._flow and "shown"
        self.release_keys()

    def on_screen_resume(self) -> None:
        """A dialog went; the next one of the same flow may be on its way."""
        if self._flow:
            self.held = [] if self.held is None else self.held

    # ---------------------------------------------------------------------------------------------------------- panes

    def change_pane(self, pane: Pane) -> None:
        """Another pane; each keeps its own place, filter and marks."""
        if pane is self.pane:
            return
        self._share_words()
        self.pane = pane
        self.history = None
        if self.entered:
            self.enter(into=False)
        self.fill(fresh=True)
        self._count_views()

    def change_view(self, step: int) -> None:
        """The saved view before or after this one, round and round."""
        pane = self.pane
        if len(pane.tabs) <= 1:
            self.say("there are no saved views here; [[views.rollouts]] in the configuration makes one")
            return
        self._share_words()
        pane.view = (pane.view + step) % len(pane.tabs)
        self.fill()

    def _share_words(self) -> None:
        """Who leaves an issue that was edited shares it."""
        if isinstance(self.pane, BulletinPane) and self.pane.issues is not None:
            self.writing.share_words()

    # ------------------------------------------------------------------------------------------- session to session

    def _recall(self) -> None:
        had, wanted = self.options.remembered, self.options.pane or self.options.remembered.get("pane", "")
        for pane in self.panes:
            pane.filter = had.get(f"{pane.id}.filter", "")
            pane.sort = had.get(f"{pane.id}.sort", URGENCY)
            pane.recall(had.get(f"{pane.id}.view", ""))
            if pane.id == wanted:
                self.pane = pane
        if had.get("details") in {"yes", "no"}:
            self.wants_details = had["details"] == "yes"

    def remember(self) -> None:
        """What the next session should begin with."""
        if self.options.remember is None:
            return
        kept = {"pane": self.pane.id}
        if self.wants_details is not None:
            kept["details"] = "yes" if self.wants_details else "no"
        if chosen := self.looking.theme:
            kept["theme"] = chosen
        for pane in self.panes:
            kept |= {
                f"{pane.id}.{name}": text
                for name, text in (("filter", pane.filter), ("sort", pane.sort), ("view", pane.view_name))
                if text
            }
        self.options.remember(kept)
