"""What is different in an issue from the one before: the "since the last issue" view."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from ppstui.model import Ref
from ppstui.rules.bulletin.audiences import weeks_between
from ppstui.rules.bulletin.products import read_truth
from ppstui.rules.bulletin.rollout_items import DONE, REJECTED
from ppstui.rules.pilots.standings import PilotState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Gathered, Item


class How(Enum):
    """What became of something since the previous issue."""

    NEW = "new"
    MOVED = "moved"
    CLOSED = "closed"
    EXTENDED = "extended"
    CARRIED = "carried"
    """Told before, and nothing has changed."""


class Change(Struct, frozen=True, kw_only=True):
    """One difference between two issues."""

    how: How
    item: str
    """The id of the item it is about."""
    text: str
    """What is told now; of what closed without another word, how it stood last."""
    before: str = ""
    """What was told in the previous issue; "" for what is new."""
    section: str = ""
    group: str = ""
    weeks: int = 0
    """For how many weeks it has been told."""
    refs: tuple[Ref, ...] = ()
    url: str = ""


class _Placed(NamedTuple):
    """An item where it stands."""

    section: str
    item: Item

    @property
    def kind(self) -> str:
        return self.item.id.partition("/")[0]

    @property
    def text(self) -> str:
        return self.item.text or " | ".join(self.item.cells)


_ONCE = frozenset({"entered", "back", "left", "outcome", "broken", "note"})
"""What is told once, so that nothing closes when it is told no more."""


def since_last(previous: Gathered | None, current: Gathered) -> tuple[Change, ...]:
    """What changed since the previous issue, in the order of the current one; what closed comes where it stood.

    A rollout is told once however many sections speak of it: as new where it entered, as closed where it left. The rows
    of the table count only where no issue has status lines.
    """
    return tuple(_Comparison(previous, current).changes())


class _Comparison:
    """Two issues side by side."""

    def __init__(self, previous: Gathered | None, current: Gathered) -> None:
        self.current = current
        self.last = previous.issue if previous else current.issue
        bare = not any(section.id == "status" for each in (previous, current) if each for section in each.sections)
        self.before = _placed(previous, tables=bare)
        self.now = _placed(current, tables=bare)
        self.gone = {ref for each in self.now.values() if each.kind == "left" for ref in each.item.refs}
        self.gone |= {ref for each in self.now.values() if each.kind == "outcome" for ref in each.item.refs}
        self.come = {ref for each in self.now.values() if each.kind in ("entered", "back") for ref in each.item.refs}

    def changes(self) -> Iterator[Change]:
        """Section by section; sections that the current issue lacks come last."""
        order = dict.fromkeys(section.id for section in self.current.sections)
        order |= dict.fromkeys(each.section for each in self.before.values())
        for section in order:
            for each in self.now.values():
                if each.section == section:
                    yield from self._of(each)
            for each in self.before.values():
                if each.section == section:
                    yield from self._closed(each)

    def _of(self, each: _Placed) -> Iterator[Change]:
        item, prior = each.item, self.before.get(each.item.id)
        if each.kind == "left":
            yield self._change(How.CLOSED, each, self._stood(item))
        elif each.kind == "outcome":
            if f"left/{item.refs[0]}" not in self.now:
                how = How.MOVED if read_truth(item.facts).get("before") else How.CLOSED
                yield self._change(how, each, self._stood(item))
        elif self._told_elsewhere(each):
            return
        elif prior is None:
            yield self._change(How.NEW, each)
        elif prior.item.facts == item.facts:
            yield self._change(How.CARRIED, each, prior)
        else:
            yield self._change(_moved(prior.item, item), each, prior)

    def _told_elsewhere(self, each: _Placed) -> bool:
        """Whether another line tells what became of the rollout: that it entered, or how it ended."""
        refs = each.item.refs
        entered = each.kind in ("status", "row") and not self.come.isdisjoint(refs)
        rejected = each.kind == "broken" and each.item.id not in self.before
        return entered or ((each.kind == "row" or rejected) and not self.gone.isdisjoint(refs))

    def _closed(self, each: _Placed) -> Iterator[Change]:
        """What was told and is told no more, unless it is told how it ended."""
        ended = each.kind in ("status", "row") and not self.gone.isdisjoint(each.item.refs)
        ended = ended or read_truth(each.item.facts).get("rollout") in (DONE, REJECTED)
        if each.item.id not in self.now and each.kind not in _ONCE and not ended:
            yield self._change(How.CLOSED, each, each)

    def _stood(self, item: Item) -> _Placed | None:
        ref = item.refs[0]
        return self.before.get(f"status/{ref}") or self.before.get(f"row/{ref}") or self.before.get(item.id)

    def _change(self, how: How, each: _Placed, prior: _Placed | None = None) -> Change:
        item = each.item
        first = (prior.item.since or self.last) if prior else item.since or self.current.issue
        return Change(
            how=how,
            item=item.id,
            text=each.text,
            before=prior.text if prior else "",
            section=each.section,
            group=item.group,
            weeks=weeks_between(first, self.current.issue),
            refs=item.refs,
            url=item.url,
        )


def _placed(gathered: Gathered | None, *, tables: bool) -> dict[str, _Placed]:
    """Its items by id, in their order."""
    sections = gathered.sections if gathered else ()
    return {
        item.id: _Placed(section.id, item)
        for section in sections
        if tables or section.id != "table"
        for item in section.items
    }


_ENDED = frozenset(state.value for state in PilotState if not state.live)


def _moved(before: Item, now: Item) -> How:
    """How something is different: it ended, somebody gave it more time, or it moved on."""
    was, true = read_truth(before.facts), read_truth(now.facts)
    if now.id.startswith("pilot/") and true.get("state") in _ENDED:
        return How.CLOSED
    later = "" < was.get("until", "") < true.get("until", "")
    return How.EXTENDED if later and true.get("extended") == "yes" else How.MOVED
