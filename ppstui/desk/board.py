"""What is known, with pending actions laid over it; all that a face reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.desk.sources import SourceStatus
    from ppstui.model import Entry, Kind, Record, Ref, Rollout
    from ppstui.rules.rollouts import Standing


class Line:
    """One record on the board, cheap to hold by the hundred thousand: decoded and judged only when somebody looks."""

    __slots__ = ("ref", "text", "urgency")

    ref: Ref
    urgency: float
    """Smaller presses more: the order of the board."""
    text: str
    """Everything shown of it, case-folded, for filtering by bare words."""


class Board:
    """What is known, and all that widgets read. Pending actions are laid over the facts."""

    def count(self, kind: Kind, *, closed: bool = False) -> int:
        """How many there are, also while not all are loaded yet."""
        raise NotImplementedError

    def lines(self, kind: Kind, *, closed: bool = False) -> Sequence[Line]:
        """The loaded ones, most pressing first; without `closed` only records somebody may still have to act on."""
        raise NotImplementedError

    def rollout(self, ref: Ref) -> Rollout | None:
        """One rollout with what is pending laid over it; None when unknown."""
        raise NotImplementedError

    def standing(self, ref: Ref) -> Standing | None:
        """Where that rollout stands now; remembered until it may change."""
        raise NotImplementedError

    def record(self, ref: Ref) -> Record | None:
        """Any record, by reference."""
        raise NotImplementedError

    def entries(self, ref: Ref | None = None) -> tuple[Entry, ...]:
        """The outbox, newest first: all, or those about one record."""
        raise NotImplementedError

    def sources(self) -> tuple[SourceStatus, ...]:
        """Every source in configured order."""
        raise NotImplementedError
