"""The desk without a face: the board of what is known, the refreshing of sources, delivery.

The dashboard and the command line are two faces of the same desk. It knows no backend (openers are handed in), no
widget and no configuration file. Everything that happens is told through `emit` as an event.
"""

from __future__ import annotations

from ppstui.desk.board import Board, Line
from ppstui.desk.desk import Desk
from ppstui.desk.events import Changed, Event, OutboxChanged, Said, SourceChanged
from ppstui.desk.plans import Plan, Synced
from ppstui.desk.sources import Source, SourceStatus

__all__ = [
    "Board",
    "Changed",
    "Desk",
    "Event",
    "Line",
    "OutboxChanged",
    "Plan",
    "Said",
    "Source",
    "SourceChanged",
    "SourceStatus",
    "Synced",
]
