"""What the desk tells through `emit`; frozen values, safe to hand to any face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppstui.model import Entry, Kind, Ref


@dataclass(frozen=True, slots=True)
class Changed:
    """Records of this kind came, went or moved; refs is None when it may be any of them."""

    kind: Kind
    refs: frozenset[Ref] | None = None


@dataclass(frozen=True, slots=True)
class OutboxChanged:
    """An entry was queued, settled, parked, held, undone or discarded."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class SourceChanged:
    """A source began or ended a reading, went down or came back."""

    source: str


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence the user should see once: a store was rebuilt, a source came back."""

    text: str
    bad: bool = False


Event = Changed | OutboxChanged | SourceChanged | Said
