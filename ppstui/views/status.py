"""What the head and the foot of the dashboard say: counts, freshness, modes; pure.

Ages are told only when they matter, so that a refresh that changed nothing changes nothing on the screen.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import State
from ppstui.views import words
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ppstui.desk import SourceStatus
    from ppstui.model import Entry
    from ppstui.views.rows import Glance

STALE = dt.timedelta(minutes=5)
"""Data younger than this is called up to date; its exact time is in the list of sources."""


def freshness(statuses: Iterable[SourceStatus], glance: Glance) -> tuple[str, bool]:
    """How fresh the sources are, in a few words; and whether one of them is failing."""
    fresh: list[str] = []
    said: list[str] = []
    failing = False
    for each in statuses:
        name, age = glance.text(each.name), glance.now - each.as_of if each.as_of else None
        if not each.ok:
            failing = True
            said.append(
                f"{name} failing" + (f", data {words.span(age.total_seconds())} old" if age is not None else "")
            )
        elif age is None:
            said.append(
                f"reading {name} {glance.text(each.progress)}".rstrip() if each.reading else f"{name} not read yet"
            )
        elif age > STALE:
            said.append(f"{name} {words.span(age.total_seconds())} old")
        else:
            fresh.append(name)
        if each.held:
            said.append(f"{name} held")
            failing = True
    if fresh:
        said.append(f"{', '.join(fresh)} up to date")
    return "; ".join(said) or "no source", failing


def trouble(statuses: Iterable[SourceStatus], glance: Glance) -> str:
    """The sentence of the first source that fails, is held or lacks something; "" when all is well."""
    statuses = tuple(statuses)
    for text in (
        *(each.error for each in statuses),
        *(each.held for each in statuses),
        *(each.note for each in statuses),
    ):
        if text:
            return glance.text(text)
    return ""


def outgoing(entries: Sequence[Entry]) -> list[tuple[str, Tone]]:
    """What has not reached its server: `2 pending`, `1 parked`."""
    parked = sum(entry.state is State.PARKED for entry in entries)
    moving = sum(entry.state.pending for entry in entries) - parked
    said = []
    if moving:
        said.append((f"{moving} pending", Tone.PENDING))
    if parked:
        said.append((f"{parked} parked", Tone.LATE))
    return said


def counted(shown: int, total: int, loaded: int | None = None) -> str:
    """`12`, or `3 of 41` when something narrows the list; `200+` while not everything is loaded."""
    more = "+" if loaded is not None and loaded > total else ""
    return f"{shown}{more}" if shown == total else f"{shown} of {total}{more}"
