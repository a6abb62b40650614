"""What stands around the list: panes and views above, sentence, freshness and keys below, and why there are no rows.

Empty, loading, failed and filtered out are four different things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.ui.actions import ACTIONS
from ppstui.ui.lines import Bar
from ppstui.ui.panes import URGENCY
from ppstui.views import status
from ppstui.views.plain import cell_width, wrap
from ppstui.views.rows import Tone
from ppstui.views.words import of_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.ui.lineedit import LineEdit
    from ppstui.ui.lines import Look
    from ppstui.ui.screen import Main


_BY_HAND = frozenset({"outbox", "bulletin"})
"""Panes that hold what was done here: where they are empty, nothing is being waited for."""


class Telling:
    """Says it; each line is repainted only when it says something else."""

    def __init__(self, main: Main) -> None:
        self._main = main

    def head(self) -> None:
        """Panes with what needs attention, views with counts, what narrows the list."""
        head = self._main.query_one("#head", Bar)
        modes = [
            word
            for word, on in (
                ("demo", self._main.options.demo),
                ("read-only", self._main.options.read_only),
                ("offline", self._main.options.offline),
            )
            if on
        ]
        said = f"{', '.join(modes)} " if modes else ""
        coming = f"{self._main.coming}  " if self._main.coming else ""
        spans, width = self._tabs(short=False), self._main.size.width
        if _width(spans) + cell_width(coming + said) > width:
            spans = self._tabs(short=True)
        below = _width(spans) + cell_width(coming + said) > width
        head.say(0, spans, [("" if below else coming, "tab"), (said, "key")])
        if self._main.has_class("tiny"):
            return
        views, narrowing = self._view_spans(), self._narrowing()
        if below and _width(views) + _width(narrowing) + cell_width(coming) <= width:
            narrowing.append((coming, Tone.DIM))
        head.say(1, views, narrowing, rest=Tone.PLAIN)

    def _tabs(self, *, short: bool) -> list[tuple[str, str | Tone]]:
        """The panes with how much waits in each; `short` where the long names leave no room for the modes."""
        spans: list[tuple[str, str | Tone]] = [(" ", "tab")]
        for index, pane in enumerate(self._main.panes, 1):
            waiting = pane.waiting(self._main.survey)
            name = {"acks": "Acks"}.get(pane.id, pane.title) if short else pane.title
            text = f" {index} {name}" + (f" {waiting}" if waiting else "") + " "
            spans += [(text, "tab-active" if pane is self._main.pane else "tab"), ("" if short else " ", "tab")]
        return spans

    def _view_spans(self) -> list[tuple[str, str | Tone]]:
        pane, listing = self._main.pane, self._main.listing
        total = listing.total if listing else 0
        spans: list[tuple[str, str | Tone]] = [(" ", Tone.PLAIN)]
        names = [self._main.glance().text(name) for name in pane.tabs]
        counts = {(pane.id, 0): total, **self._main.view_counts} if pane.id != "bulletin" else {}
        for index, name in enumerate(names):
            count = counts.get((pane.id, index))
            text = f" {name}" + ("" if count is None else f" {count}") + " "
            spans += [(text, Tone.STRONG if index == pane.view else Tone.DIM), (" ", Tone.PLAIN)]
            if index == pane.view and len(names) > 1:
                spans[-2] = (f"[{text.strip()}]", Tone.STRONG)
        return spans

    def _narrowing(self) -> list[tuple[str, str | Tone]]:
        pane, listing = self._main.pane, self._main.listing
        said: list[tuple[str, str | Tone]] = []
        if listing is None:
            return said
        glance = self._main.glance()
        if pane.closed:
            said.append(("closed too  ", Tone.SOON))
        if pane.marks:
            hidden = len(pane.marks - set(listing.keys))
            said.append(
                (f"{len(pane.marks)} marked" + (f" ({hidden} not shown)" if hidden else "") + "  ", Tone.MARKED)
            )
        if pane.sort != URGENCY:
            said.append((f"by {pane.sort}  ", Tone.DIM))
        if pane.filter and self._main.prompt is None:
            said.append(
                (f"/{glance.text(pane.filter)}  {status.counted(len(listing.keys), listing.total)} ", Tone.SOON)
            )
        return said

    def foot(self) -> None:
        """A sentence, or what is wrong; freshness; and the key bar."""
        foot, glance = self._main.query_one("#foot", Bar), self._main.glance()
        statuses = self._main.desk.board.sources()
        fresh, failing = status.freshness(statuses, glance)
        text, bad = self._main.sentence
        if not text:
            text, bad = status.trouble(statuses, glance), True
        if self._main.prompt is not None:
            self._filter(self._main.prompt)
            return
        if self._main.has_class("tiny"):
            foot.say(0, [(" small window: one pane, no key bar", "bar")])
            return
        right: list[tuple[str, str | Tone]] = [
            (f"{said}  ", "key") for said, _ in status.outgoing(self._main.desk.board.entries())
        ]
        right.append((f"{fresh} ", "bad" if failing else "bar"))
        said = " " + glance.text(text)
        taken = sum(cell_width(each) for each, _ in right)
        if self._main.sentence[0] and cell_width(said) + taken >= self._main.size.width:
            right = []  # a sentence stays a few seconds, freshness is there again after it
        foot.say(0, [(said, "bad" if bad and text else "bar")], right)
        self.keys()

    def keys(self) -> None:
        """The key bar: what can be done here and now; what cannot stands in brackets."""
        if self._main.has_class("tiny") or self._main.prompt is not None:
            return
        left: list[tuple[str, str | Tone]] = [(" ", "bar")]
        if self._main.entered:
            left += [(self._main.keymap.first("list.clear"), "key"), (" back to the list  ", "bar")]
        wanted: list[list[tuple[str, str | Tone]]] = []
        right: list[tuple[str, str | Tone]] = [("  ", "bar")]
        shown = sorted((a for a in ACTIONS.values() if a.bar and self._main.pane.id in a.panes), key=lambda a: a.bar)
        for action in shown:
            key = self._main.keymap.first(action.id)
            if not key or (self._main.entered and action.id == "details.open"):
                continue
            why_not = self._main.choice.why_not(action)
            if why_not and action.id == "outbox.retry" and self._main.pane.id != "outbox":
                continue
            spans: list[tuple[str, str | Tone]] = [(key, "key"), (f" {action.label}  ", "bar")]
            if why_not:
                spans = [(f"({key} {action.label})  ", "bar")]
            if action.group == "Desk":
                right += spans  # the way out is there on the narrowest screen
            else:
                wanted.append(spans)
        room = self._main.size.width + 2 - sum(cell_width(text) for text, _ in (*left, *right))  # gaps may overlap
        for spans in wanted:  # whole ones only: half a word is no help
            room -= sum(cell_width(text) for text, _ in spans)
            if room < 0:
                break
            left += spans
        self._main.query_one("#foot", Bar).say(1, left, right)

    def _filter(self, prompt: LineEdit) -> None:
        listing, foot = self._main.listing, self._main.query_one("#foot", Bar)
        foot.say(0, [(" /", "key"), *prompt.spans(self._main.size.width - 3)])
        text, bad = "", False
        if listing is not None and listing.problem:
            text, bad = listing.problem, True
        elif listing is not None:
            done = f" ({listing.searched} searched)" if listing.searched else ""
            text = f"{len(listing.keys)} of {listing.total} match{done}; enter keeps the filter, esc clears it"
        foot.say(1, [(" " + self._main.glance().text(text), "bad" if bad else "bar")])

    def empty(self) -> None:
        """Empty, loading, failed and filtered out are four different things."""
        pane, listing = self._main.pane, self._main.listing
        if listing is None or listing.keys:
            return
        statuses = self._main.desk.board.sources()
        failed = [each for each in statuses if not each.ok]
        unread = [each for each in statuses if each.ok and each.as_of is None]
        esc = self._main.keymap.first("list.clear") or "esc"
        if listing.searched:
            self._main.table.say_empty(f"Searching: {listing.searched}.", f"{esc} stops.")
        elif listing.total:
            what = f"{len(listing.keys)} of {listing.total} match."
            why = (
                f"{esc} clears the filter."
                if pane.filter
                else "This saved view holds nothing now; [ and ] change the view."
            )
            self._main.table.say_empty(what, why)
        elif failed and pane.id not in _BY_HAND:
            self._main.table.say_empty("Nothing could be read.", *(of_source(each.name, each.error) for each in failed))
        elif (unread or not self._main.survey.complete) and pane.id not in _BY_HAND and not self._main.options.offline:
            names = ", ".join(each.name for each in unread) or "the board"
            self._main.table.say_empty(f"Reading {names}...", "Rows appear as they come.")
        else:
            glance = self._main.glance()
            said = [glance.text(sentence) for sentence in self._main.options.sentences]
            more = [
                line for sentence in said for line in ("", *wrap(sentence, max(self._main.table.size.width - 4, 8)))
            ]
            self._main.table.say_empty(*pane.nothing, *more)


def _width(spans: Sequence[Look]) -> int:
    """The cells that they take."""
    return sum(cell_width(text) for text, _ in spans)
