"""What is different in an issue from the one before: the "since the last issue" view."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Ref

if TYPE_CHECKING:
    from ppstui.model import Gathered


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
    """How many weeks it has been told."""
    refs: tuple[Ref, ...] = ()
    url: str = ""


def since_last(previous: Gathered | None, current: Gathered) -> tuple[Change, ...]:
    """What changed since the previous issue, in the order of the current one; what closed comes where it stood."""
    raise NotImplementedError
