"""How the items of one action over many records ended: told as it is on the board, never as it was hoped for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import PpsError
from ppstui.model import State
from ppstui.ui.dialogs import Dialog
from ppstui.ui.table import Table
from ppstui.views import words
from ppstui.views.rows import STATE_TONES, Cell, Column, Row, Tone

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.timer import Timer

    from ppstui.desk import Desk
    from ppstui.model import Command, Entry, Rollout
    from ppstui.ui.screen import Main
    from ppstui.views.rows import Glance

_COLUMNS = (
    Column("", "", 2),
    Column("", "State", 10),
    Column("", "Record", 11, 20),
    Column("", "How it went", 16, 70),
)
_ENDED = frozenset({State.DONE, State.UNDONE, State.DISCARDED})
_TOLD = (State.DONE, State.SENDING, State.WAITING, State.HELD, State.PARKED, State.UNDONE, State.DISCARDED)

_BURST = 0.15
"""Seconds in which news is gathered."""


class Item:
    """One command of many, and where it is now."""

    def __init__(self, command: Command, seen: Rollout | None) -> None:
        self.command, self.seen = command, seen
        self.entry_id: int | None = None
        self.reason = ""
        self.problem = ""
        """Why it was not queued; "" when it was, or was not tried yet."""


class Batch:
    """All items of one action."""

    def __init__(self, title: str, items: tuple[Item, ...], desk: Desk) -> None:
        self.title, self.items, self._desk = title, items, desk

    async def queue(self, items: Sequence[Item], reason: str = "") -> None:
        """Queues them in one go; a reason goes only where a rule asks for one. What cannot be queued says why."""
        for item in items:
            item.problem, item.reason = "", item.reason or reason
        try:
            ended = await self._desk.submit_all([(item.command, self._needed(item), item.seen) for item in items])
        except PpsError as error:
            for item in items:
                item.problem = str(error)
            return
        for item, end in zip(items, ended, strict=True):
            if isinstance(end, PpsError):
                item.problem = str(end)
            else:
                item.entry_id = end.id

    def _needed(self, item: Item) -> str:
        """The reason, where a rule stands against it."""
        try:
            return item.reason if item.reason and self._desk.plan(item.command).blocked else ""
        except PpsError:
            return ""

    def entry(self, item: Item) -> Entry | None:
        """Its entry in the outbox, as it is now; None when it was not queued."""
        return self._desk.board.entry(item.entry_id) if item.entry_id is not None else None

    @property
    def queued(self) -> int:
        """So many are in the outbox."""
        return sum(item.entry_id is not None for item in self.items)

    @property
    def missed(self) -> int:
        """So many were not queued."""
        return len(self.items) - self.queued

    @property
    def failed(self) -> tuple[Item, ...]:
        """What can be tried again as it is: not queued, or refused. A conflict is decided, not tried again."""
        return tuple(item for item in self.items if self._failed(item))

    def _failed(self, item: Item) -> bool:
        entry = self.entry(item)
        if entry is None:
            return bool(item.problem)
        return entry.state is State.PARKED and not entry.conflict and not entry.mail

    @property
    def settled(self) -> bool:
        """Whether nothing more will happen by itself."""
        entries = [entry for item in self.items if (entry := self.entry(item)) is not None]
        return all(entry.state in _ENDED or entry.state is State.PARKED for entry in entries)

    async def retry(self) -> None:
        """Lets go again what failed, and nothing else."""
        failed = self.failed
        for item in failed:
            if item.entry_id is not None:
                try:
                    await self._desk.retry(item.entry_id)
                except PpsError as error:
                    item.problem = str(error)
        if missed := [item for item in failed if item.entry_id is None]:
            await self.queue(missed)

    def counts(self) -> str:
        """`7 done, 1 parked, 1 not queued`."""
        entries = [self.entry(item) for item in self.items]
        said = [
            f"{many} {words.ENTRIES[state].word}"
            for state in _TOLD
            if (many := sum(entry is not None and entry.state is state for entry in entries))
        ]
        if missed := sum(entry is None for entry in entries):
            said.append(f"{missed} not queued")
        return ", ".join(said)


class _Rows:
    """The items as a table asks for them."""

    def __init__(self, batch: Batch, glance: Glance) -> None:
        self.keys: Sequence[Hashable] = tuple(range(len(batch.items)))
        self._batch, self._glance = batch, glance

    def row(self, key: Hashable) -> Row:
        """State by sign and word, record, and receipt or reason."""
        item = self._batch.items[key if isinstance(key, int) else 0]
        entry, glance = self._batch.entry(item), self._glance
        record = Cell(glance.text(str(item.command.target)))
        if entry is None:
            sign = glance.sign(words.ENTRIES[State.PARKED])
            return Row((Cell(sign, Tone.LATE), Cell("not queued", Tone.LATE), record, Cell(glance.text(item.problem))))
        sign_, tone = words.ENTRIES[entry.state], STATE_TONES[entry.state]
        word = "conflict" if entry.conflict and entry.state is State.PARKED else sign_.word
        text = entry.receipt if entry.state is State.DONE else entry.last_error
        said = glance.text(text.removeprefix(f"{item.command.target}: "))  # the record stands beside it
        return Row((Cell(glance.sign(sign_), tone), Cell(word, tone), record, Cell(said)))


class Results(Dialog["Entry"]):
    """Every item and how it stands, live. Answers with an entry in conflict that is to be decided, or nothing."""

    def __init__(self, main: Main, batch: Batch) -> None:
        super().__init__(main.setting, batch.title, "")
        self._main, self._batch = main, batch
        self._soon: Timer | None = None

    def body(self) -> ComposeResult:
        """The items."""
        yield Table(self.palette, ellipsis="~" if self.ascii_only else "\u203a")

    def opened(self) -> None:
        """Listens from now on."""
        table = self.query_one(Table)
        table.can_focus = False
        table.styles.height = min(len(self._batch.items), 13) + 1
        table.say_empty("")
        self._main.listeners.append(self._heard)
        self._tell()

    def on_unmount(self) -> None:
        """Listens no more."""
        self._main.listeners.remove(self._heard)

    def _heard(self) -> None:
        """A dialog is painted with all that is behind it, so a burst of news is told once."""
        if self._soon is None:
            self._soon = self.set_timer(_BURST, self._tell)

    def _tell(self) -> None:
        self._soon = None
        batch, table = self._batch, self.query_one(Table)
        table.show(_Rows(batch, self._main.glance()), _COLUMNS)
        again = f"r tries the {len(batch.failed)} that failed again  " if batch.failed else ""
        decide = "p decides the conflict  " if self._conflict() is not None else ""
        self.tell_keys(f"{batch.counts()}  {again}{decide}esc closes this, what is queued goes on")

    def _conflict(self) -> Entry | None:
        key = self.query_one(Table).key
        entry = self._batch.entry(self._batch.items[key]) if isinstance(key, int) else None
        return entry if entry is not None and entry.conflict and entry.state is State.PARKED else None

    def on_table_moved(self, message: Table.Moved) -> None:
        """Another item may be one to decide."""
        message.stop()
        self._tell()

    def on_key(self, event: events.Key) -> None:
        """Moving, trying again, deciding, closing."""
        event.stop()
        table, key = self.query_one(Table), event.key
        if key in {"j", "down", "k", "up"}:
            table.move(1 if key in {"j", "down"} else -1)
        elif key in {"pagedown", "pageup"}:
            table.turn(1 if key == "pagedown" else -1)
        elif key in {"g", "home", "G", "end"}:
            table.go(0 if key in {"g", "home"} else len(table.keys) - 1)
        elif key == "r" and self._batch.failed:
            self.run_worker(self._retry(), exclusive=True)
        elif key == "p" and (entry := self._conflict()) is not None:
            self.dismiss(entry)
        elif key == "q":
            self.dismiss(None)

    async def _retry(self) -> None:
        await self._batch.retry()
        self._tell()
