"""From commands to the outbox: what they would do, the question, and how several of them ended.

An action is said to be queued only when `Desk.submit` has returned, for only then it is on the disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ppstui.errors import PpsError
from ppstui.ui import dialogs
from ppstui.ui.dialogs import Verdict, Weighed
from ppstui.ui.panes import part
from ppstui.ui.results import Batch, Item, Results
from ppstui.views import details, words
from ppstui.views.details import Para
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

    from ppstui.desk import Plan
    from ppstui.model import Command, Entry, Ref, Rollout
    from ppstui.ui.choosing import Target
    from ppstui.ui.screen import Main


class Asked(NamedTuple):
    """A command, and the record as the person saw it."""

    command: Command
    seen: Rollout | None = None


class Sending:
    """Weighs, asks, queues and tells."""

    def __init__(self, main: Main) -> None:
        self._main = main
        self._desk = main.desk
        self.decide: Callable[[Entry], Awaitable[None]] | None = None
        """Asks what is to become of an entry that met a newer change."""

    def about(self, targets: Iterable[Target]) -> tuple[Para, ...]:
        """Names the items: id, title, team."""
        glance = self._main.glance()
        named = []
        for target in targets:
            text = glance.text(target.rollout.title) or "(no title)"
            where = glance.text(str(target.ref.whole))
            named.append(Para(((f"{where}  ", Tone.STRONG), (text, Tone.PLAIN)), 2))
            if part(target.ref):
                named.append(Para(((" " * len(where) + f"  {glance.text(part(target.ref))}", Tone.DIM),), 2))
        return tuple(named)

    # ------------------------------------------------------------------------------------------------------- weighing

    def weigh(self, asked: Sequence[Asked], *before: Para) -> Weighed:
        """What these would do and what stands against each; `before` is said above it."""
        try:
            plans = [self._desk.plan(each.command) for each in asked]
        except PpsError as error:
            return Weighed(before, Verdict(0, len(asked)), str(error))
        return Weighed((*before, *details.plan(plans, self._main.glance())), verdict(plans))

    async def confirmed(self, title: str, asked: Sequence[Asked], *, always: bool = False) -> None:
        """Queues what the rules let through; asks when a rule speaks, and always before several at once."""
        main = self._main
        weighed = self.weigh(asked)
        if weighed.problem:
            main.say(weighed.problem, bad=True)
            return
        reason: str | None = ""
        if always or len(asked) > 1 or self._desk.plan(asked[0].command).objections:
            dialog = dialogs.Confirm(main.setting, title, weighed.paras, does="queues {}", verdict=weighed.verdict)
            reason = await main.app.push_screen_wait(dialog)
        if reason is None:
            main.say("left; nothing was queued")
        else:
            await self.submit(title, asked, reason)

    # --------------------------------------------------------------------------------------------------------- queuing

    async def submit(self, title: str, asked: Sequence[Asked], reason: str = "") -> None:
        """Queues them; of several each one's end is shown, and stays to be seen until it is closed."""
        main = self._main
        batch = Batch(title, tuple(Item(each.command, each.seen) for each in asked), self._desk)
        back = len(asked) == 1 and self._reversible(asked[0].command)
        await batch.queue(batch.items, reason)
        gone = {item.command.target for item in batch.items if item.entry_id is not None}
        main.table.marks -= {key for key in main.table.marks if about(main.pane.record(key), gone)}
        if main.acting:
            main.last_acted = main.acting
        main.refill()
        first = batch.items[0]
        if len(batch.items) > 1:
            main.say(f"{batch.queued} queued" + (f", {batch.missed} not; those stay marked" if batch.missed else ""))
            await self._follow(batch)
        elif first.entry_id is None:
            main.say(first.problem, bad=True)
        else:
            main.say(f"queued: {words.command_title(first.command)}" + ("; u takes it back" if back else ""))

    def _reversible(self, command: Command) -> bool:
        try:
            return self._desk.plan(command).reversible
        except PpsError:
            return False

    async def _follow(self, batch: Batch) -> None:
        while True:
            chosen = await self._main.app.push_screen_wait(Results(self._main, batch))
            if chosen is None or self.decide is None:
                break
            await self.decide(chosen)
        if not batch.settled:
            self._main.listeners.append(self._teller(batch))

    def _teller(self, batch: Batch) -> Callable[[], None]:
        """Says how it ended, once all of it has, to whoever has closed the list."""

        def heard() -> None:
            if batch.settled:
                self._main.listeners.remove(heard)
                self._main.say(f"{batch.title}: {batch.counts()}", bad=bool(batch.failed))

        return heard


def verdict(plans: Sequence[Plan]) -> Verdict:
    """How many may go, and how many more with a reason."""
    blocked = [plan for plan in plans if plan.blocked]
    liftable = sum(all(each.overridable for each in plan.objections if each.blocking) for plan in blocked)
    return Verdict(len(plans) - len(blocked), len(plans), liftable)


def about(ref: Ref | None, targets: Collection[Ref]) -> bool:
    """Whether a row is about one of these records."""
    return ref is not None and ref.whole in targets


def named(targets: Sequence[Target]) -> str:
    """`rt:1234`, or `7 rollouts`."""
    refs = {target.ref.whole for target in targets}
    return str(next(iter(refs))) if len(refs) == 1 else f"{len(refs)} rollouts"
