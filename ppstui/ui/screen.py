"""The screen with the panes: a head, one list, its details, a foot. The table of actions says what keys ask for.

Widgets read only the board, through the panes. What costs something waits: details and key bar follow the cursor after
a short rest, counts are gathered in slices after the first frame, and a burst of news is one redraw.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding
from textual.containers import Container
from textual.screen import Screen

from ppstui.desk import Changed, OutboxChanged, Said, SourceChanged
from ppstui.model import State
from ppstui.ui.actions import ACTIONS
from ppstui.ui.choosing import Choice
from ppstui.ui.lineedit import LineEdit
from ppstui.ui.lines import Bar, Page
from ppstui.ui.looking import Looking
from ppstui.ui.panes import URGENCY, AcksPane, OutboxPane, RolloutsPane, Survey, Surveyor
from ppstui.ui.table import Table
from ppstui.views import status
from ppstui.views.rows import Glance, Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from ppstui.desk import Desk, Event
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
_READING = 10.0
"""Seconds after which a sentence gives its place back."""
_WIDE, _TALL = 110, 32
_KEPT = 50
"""Sentences that can be read again."""
_TINY = (60, 15)


class Main(Screen[None], inherit_bindings=False):
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
        )
        self.survey = Survey()
        self.surveyor = Surveyor(desk)
        self.listing: Listing | None = None
        self.history: Hashable | None = None
        self.sentence: tuple[str, bool] = ("", False)
        self.said: list[str] = []
        """The sentences said in this session, newest last."""
        self.prompt: LineEdit | None = None
        """The filter while it is being written."""
        self.held: list[events.Key] | None = None
        """Keys that came while a dialog was on its way: they are meant for it."""
        self._flow = ""
        self.wants_details: bool | None = None
        self.entered = False
        self._view_counts: dict[tuple[str, int], int] = {}
        self._surveying: Iterator[Survey] | None = None
        self._stale = False
        self._waits: dict[str, Timer] = {}
        self.pane: Pane = self.panes[0]
        self.choice = Choice(self)
        self.looking = Looking(self)
        self._doers = self.looking.table()
        self._writing: Writing | None = None
        self._recall()

    def compose(self) -> ComposeResult:
        """Five widgets; the prompt comes when it is asked for."""
        plain = self.options.ascii
        yield Bar(self.palette, rest="tab", id="head")
        with Container(id="body", classes=self._place()):
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
            self.say(sentences[0] + (more if len(sentences) > 1 else ""))
            self.said = list(sentences)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        gc.freeze()  # what is there now stays: later collections need not walk through it
        gc.enable()
        self.run_worker(self.desk.load(), group="load")
        if not self.options.offline:
            self.run_worker(self.desk.run(), group="desk")
        self.set_interval(60, self.retell)
        self._resurvey()

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
                    self.say(f"{entry.command.target}: {entry.last_error}", bad=True)
                self.surveyor.forget([entry.command.target])
                self.later("fill", _BURST, self.refill)
            case Changed(refs=refs):
                self.surveyor.forget(refs)
                self.later("fill", _BURST, self.refill)

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
        self.refill()
        self.tell_foot()

    # ------------------------------------------------------------------------------------------------------- the list

    def fill(self, *, fresh: bool = False) -> None:
        """Asks the pane for its rows; the cursor stays on its record."""
        pane, table = self.pane, self.table
        self.listing = pane.listing(self.survey, self.glance(), typing=self.prompt is not None)
        before = table.key
        table.marks = pane.marks
        if fresh:
            table.show(self.listing, pane.columns, keep=False, at=pane.key)
        elif not pane.touched and not table.cursor:
            table.show(self.listing, pane.columns, keep=False)
        elif not table.show(self.listing, pane.columns) and before is not None and not pane.filter:
            record = pane.record(before)
            self.say(f"{record or before} is no longer in this list")
        pane.key = table.key
        self._say_empty()
        self.tell_head()
        self.tell_details()
        self.tell_foot()

    def _say_empty(self) -> None:
        """Empty, loading, failed and filtered out are four different things."""
        pane, listing = self.pane, self.listing
        if listing is None or listing.keys:
            return
        statuses = self.desk.board.sources()
        failed = [each for each in statuses if not each.ok]
        unread = [each for each in statuses if each.ok and each.as_of is None]
        esc = self.keymap.first("list.clear") or "esc"
        if listing.total:
            what = f"{len(listing.keys)} of {listing.total} match."
            why = (
                f"{esc} clears the filter."
                if pane.filter
                else "This saved view holds nothing now; [ and ] change the view."
            )
            self.table.say_empty(what, why)
        elif failed and pane.id != "outbox":
            self.table.say_empty("Nothing could be read.", *(f"{each.name}: {each.error}" for each in failed))
        elif (unread or not self.survey.complete) and pane.id != "outbox" and not self.options.offline:
            names = ", ".join(each.name for each in unread) or "the board"
            self.table.say_empty(f"Reading {names}...", "Rows appear as they come.")
        else:
            self.table.say_empty(*pane.nothing)

    def on_table_moved(self, message: Table.Moved) -> None:
        """The cursor is elsewhere; what follows it does so after a rest."""
        message.stop()
        self.pane.key = message.key
        self.history = None
        self.later("details", _REST, self._followed, push=True)

    def _followed(self) -> None:
        self.tell_details()
        self.tell_keys()

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
                self.tell_head()
                self._say_empty()
        self.call_later(self._survey_on)

    def _count_views(self) -> None:
        """The numbers in the tabs of saved views, of the pane that is shown."""
        if self.pane.views:
            for index, count in self.pane.counts(self.survey):
                self._view_counts[self.pane.id, index] = count
            self.tell_head()

    # ------------------------------------------------------------------------------------------------ head and foot

    def tell_head(self) -> None:
        """Panes with what needs attention, views with counts, what narrows the list."""
        head = self.query_one("#head", Bar)
        spans: list[tuple[str, str | Tone]] = [(" ", "tab")]
        narrow = self.size.width < 80  # noqa: PLR2004 - the least width everything fits in
        for index, pane in enumerate(self.panes, 1):
            waiting = pane.waiting(self.survey)
            name = {"acks": "Acks"}.get(pane.id, pane.title) if narrow else pane.title
            text = f" {index} {name}" + (f" {waiting}" if waiting else "") + " "
            spans += [(text, "tab-active" if pane is self.pane else "tab"), (" ", "tab")]
        modes = [
            word
            for word, on in (
                ("demo", self.options.demo),
                ("read-only", self.options.read_only),
                ("offline", self.options.offline),
            )
            if on
        ]
        head.say(0, spans, [(f"{', '.join(modes)} " if modes else "", "key")])
        if self.has_class("tiny"):
            return
        head.say(1, self._view_spans(), self._narrowing(), rest=Tone.PLAIN)

    def _view_spans(self) -> list[tuple[str, str | Tone]]:
        pane, listing = self.pane, self.listing
        total = listing.total if listing else 0
        spans: list[tuple[str, str | Tone]] = [(" ", Tone.PLAIN)]
        names = ["All", *(self.glance().text(view.title) for view in pane.views)]
        for index, name in enumerate(names):
            count = total if index == 0 else self._view_counts.get((pane.id, index))
            text = f" {name}" + ("" if count is None else f" {count}") + " "
            spans += [(text, Tone.STRONG if index == pane.view else Tone.DIM), (" ", Tone.PLAIN)]
            if index == pane.view and len(names) > 1:
                spans[-2] = (f"[{text.strip()}]", Tone.STRONG)
        return spans

    def _narrowing(self) -> list[tuple[str, str | Tone]]:
        pane, listing = self.pane, self.listing
        said: list[tuple[str, str | Tone]] = []
        if listing is None:
            return said
        glance = self.glance()
        if pane.closed:
            said.append(("closed too  ", Tone.SOON))
        if pane.marks:
            hidden = len(pane.marks - set(listing.keys))
            said.append(
                (f"{len(pane.marks)} marked" + (f" ({hidden} not shown)" if hidden else "") + "  ", Tone.MARKED)
            )
        if pane.sort != URGENCY:
            said.append((f"by {pane.sort}  ", Tone.DIM))
        if pane.filter and self.prompt is None:
            said.append(
                (f"/{glance.text(pane.filter)}  {status.counted(len(listing.keys), listing.total)} ", Tone.SOON)
            )
        return said

    def tell_foot(self) -> None:
        """A sentence, or what is wrong; freshness; and the key bar."""
        foot, glance = self.query_one("#foot", Bar), self.glance()
        statuses = self.desk.board.sources()
        fresh, failing = status.freshness(statuses, glance)
        text, bad = self.sentence
        if not text:
            text, bad = status.trouble(statuses, glance), True
        if self.prompt is not None:
            self._tell_filter(self.prompt)
            return
        if self.has_class("tiny"):
            foot.say(0, [(" small window: one pane, no key bar", "bar")])
            return
        right: list[tuple[str, str | Tone]] = [
            (f"{said}  ", "key") for said, _ in status.outgoing(self.desk.board.entries())
        ]
        right.append((f"{fresh} ", "bad" if failing else "bar"))
        foot.say(0, [(" " + glance.text(text), "bad" if bad and text else "bar")], right)
        self.tell_keys()

    def tell_keys(self) -> None:
        """The key bar: what can be done here and now; what cannot stands in brackets."""
        if self.has_class("tiny") or self.prompt is not None:
            return
        left: list[tuple[str, str | Tone]] = [(" ", "bar")]
        if self.entered:
            left += [(self.keymap.first("list.clear"), "key"), (" back to the list  ", "bar")]
        right: list[tuple[str, str | Tone]] = []
        shown = sorted((a for a in ACTIONS.values() if a.bar and self.pane.id in a.panes), key=lambda a: a.bar)
        for action in shown:
            key = self.keymap.first(action.id)
            if not key or (self.entered and action.id == "details.open"):
                continue
            spans = right if action.group == "Desk" else left  # the way out is there on the narrowest screen
            if self.choice.why_not(action):
                spans.append((f"({key} {action.label})  ", "bar"))
            else:
                spans += [(key, "key"), (f" {action.label}  ", "bar")]
        self.query_one("#foot", Bar).say(1, left, right)

    def say(self, text: str, *, bad: bool = False) -> None:
        """A sentence in the foot; it gives its place back after a while."""
        self.sentence = (text, bad)
        self.said = [*self.said[1 - _KEPT :], text]
        self.tell_foot()
        self.later("sentence", _READING * (2 if bad else 1), self._said, push=True)

    def _said(self) -> None:
        self.sentence = ("", False)
        self.tell_foot()

    # ---------------------------------------------------------------------------------------------------- the details

    def place_details(self) -> None:
        """Where the details go: beside when wide, below when tall, alone when they were gone into."""
        width, height = self.app.size
        self.set_class(width < _TINY[0] or height < _TINY[1], "tiny")
        body, place = self.query_one("#body"), self._place()
        for name in ("beside", "stacked", "alone"):
            body.set_class(name == place, name)
        if self.listing is not None:
            self.tell_head()
            self.tell_foot()
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
        return bool(self.query_one("#body").classes & {"beside", "stacked", "alone"})

    def tell_details(self) -> None:
        """What the details say about the record under the cursor; nothing is fetched for it."""
        if not self.details_shown:
            return
        key = self.table.key
        if key is None:
            self.page.show(())
            return
        paras = self.pane.details(key, self.glance(), history=self.history == key)
        record = self.pane.record(key)
        title = self.glance().text(str(record or key)) if self.pane.id != "outbox" else f"entry {key}"
        self.page.show(paras, title=title, keep=key == self._detailed)
        self._detailed = key

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
        """Ends the program."""
        self.dashboard.leave()

    # ----------------------------------------------------------------------------------------------------- the filter

    def ask_filter(self) -> None:
        """A line to write the filter in; the list narrows with every letter."""
        self.prompt = LineEdit(self.pane.filter, "words, team:INFN-T1, is:late, due:<2d; ? explains")
        self.tell_foot()

    def _tell_filter(self, prompt: LineEdit) -> None:
        listing, foot = self.listing, self.query_one("#foot", Bar)
        foot.say(0, [(" /", "key"), *prompt.spans(self.size.width - 3)])
        text, bad = "", False
        if listing is not None and listing.problem:
            text, bad = listing.problem, True
        elif listing is not None:
            text = f"{len(listing.keys)} of {listing.total} match; enter keeps the filter, esc clears it"
        foot.say(1, [(" " + self.glance().text(text), "bad" if bad else "bar")])

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
            self.tell_foot()

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

    def release_keys(self) -> None:
        """Hands the keys that waited to whatever is on the screen now."""
        held, self.held = self.held or [], None
        for event in held:
            self.app.screen.post_message(events.Key(event.key, event.character))

    def end_flow(self) -> None:
        """No dialog follows. Where none ever came, what was typed was meant for it and is dropped."""
        if self._flow == "begun":
            self.held = None
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

    # -------------------------------------------------------------------------------------------------------- panes

    def change_pane(self, pane: Pane) -> None:
        """Another pane; each keeps its own place, filter and marks."""
        if pane is self.pane:
            return
        self.pane = pane
        self.history = None
        if self.entered:
            self.enter(into=False)
        self.fill(fresh=True)
        self._count_views()

    def change_view(self, step: int) -> None:
        """The saved view before or after this one, round and round."""
        pane = self.pane
        if not pane.views:
            self.say("there are no saved views here; [[views.rollouts]] in the configuration makes one")
            return
        pane.view = (pane.view + step) % (len(pane.views) + 1)
        self.fill()

    # ------------------------------------------------------------------------------------------- session to session

    def _recall(self) -> None:
        had, wanted = self.options.remembered, self.options.pane or self.options.remembered.get("pane", "")
        for pane in self.panes:
            pane.filter = had.get(f"{pane.id}.filter", "")
            pane.sort = had.get(f"{pane.id}.sort", URGENCY)
            view = had.get(f"{pane.id}.view", "")
            titles = [each.title for each in pane.views]
            pane.view = titles.index(view) + 1 if view in titles else 0
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
            view = pane.views[pane.view - 1].title if pane.view else ""
            kept |= {
                f"{pane.id}.{name}": text
                for name, text in (("filter", pane.filter), ("sort", pane.sort), ("view", view))
                if text
            }
        self.options.remember(kept)
