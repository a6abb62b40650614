"""The demo: an invented world of two sources, on the embedded store, in memory; it touches nothing of anybody's.

demo_world(now, zone)   every record as it stands at `now`
bulk(n, now)            rollouts by the thousand, for benchmarks
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from ppstui.backends.sql import SQL
from ppstui.model import Kind
from ppstui.port import Offer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from ppstui.model import Record, Rollout
    from ppstui.port import Backend, Toolbox


class DemoOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of a demo source in the configuration."""

    world: Literal["rt", "umd", "indico", "down"] = "rt"
    """Which source of the invented world it is: trackers, the agendas of meetings, or `down`, that never answers."""
    file: str = ""
    """Where it is kept, as an absolute path; "" keeps it in memory."""
    document_url: str = "https://documents.example.org/document/{id}"
    """Where its documents would be."""


class Demo:
    """The plug-in `demo`."""

    Options = DemoOptions
    offer = SQL.offer

    @staticmethod
    def offer_of(options: DemoOptions) -> Offer:
        """What that source offers: who lists meetings does nothing else."""
        return Offer(reads=frozenset({Kind.MEETING})) if options.world == "indico" else SQL.offer

    @staticmethod
    def open(options: DemoOptions, tools: Toolbox) -> Backend:
        """A source of the invented world, as it stands when it is first asked."""
        if options.world == "indico":
            from ppstui.backends.demo.meetings import DemoMeetings

            return DemoMeetings(tools)
        from ppstui.backends.demo.backend import open_demo  # sqlite3 and the world: 15 ms, after the first paint

        return open_demo(options, tools)


def demo_world(now: dt.datetime, zone: dt.tzinfo) -> tuple[Record, ...]:
    """Every record of both sources, as it stands at `now`. The same `now`, the same world."""
    from ppstui.backends.demo import world

    return world.demo_world(now, zone)


def bulk(n: int, now: dt.datetime, source: str = "rt", live: float = 0.4) -> Iterator[Rollout]:
    """So many rollouts, the given share of them live. The same arguments, the same rollouts."""
    from ppstui.backends.demo import world

    return world.bulk(n, now, source, live)
