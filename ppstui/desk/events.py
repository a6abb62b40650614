"""What the desk tells through `emit`; frozen values, safe to hand to any face."""

from __future__ import annotations

from msgspec import Struct

from ppstui.model import Entry, Kind, Ref


class Changed(Struct, frozen=True):
    """Records of this kind came, went or moved; refs is None when it may be any of them."""

    kind: Kind
    refs: frozenset[Ref] | None = None


class OutboxChanged(Struct, frozen=True):
    """An entry was queued, settled, parked, held, undone or discarded."""

    entry: Entry


class SourceChanged(Struct, frozen=True):
    """A source began or ended a reading, went down or came back."""

    source: str


class Said(Struct, frozen=True):
    """A sentence the user should see once: a store was rebuilt, a source came back."""

    text: str
    bad: bool = False


Event = Changed | OutboxChanged | SourceChanged | Said
