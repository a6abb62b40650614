"""When something happened to a rollout, as far as its history tells: it never guesses an instant.

A source that was read in bulk may tell of messages and teams alone: the rest of its history comes with `Backend.look`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from ppstui.rules.exposure_lines import read_exposures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Rollout
    from ppstui.rules.tracker import Tracker

_ARROW = " → "
_EMPTY = "(empty)"


class Turn(NamedTuple):
    """One change of one value, as a line of the history tells it: `NAME before → after`; "" for nothing."""

    at: dt.datetime
    before: str
    after: str


class Ended(Struct, frozen=True, kw_only=True):
    """When a rollout was closed."""

    at: dt.datetime | None
    """The instant; where the history does not tell it, the last change of the record, and so the latest it can be."""
    sure: bool


def turns(rollout: Rollout, name: str) -> Iterator[Turn]:
    """What the history tells of a value, oldest first."""
    head = f"{name} "
    for event in rollout.events:
        if event.text.startswith(head):
            before, arrow, after = event.text[len(head) :].partition(_ARROW)
            if arrow:
                before, after = ("" if word.strip() == _EMPTY else word.strip() for word in (before, after))
                yield Turn(event.at, before, after)


def ended(rollout: Rollout, tracker: Tracker) -> Ended | None:
    """When a rollout was closed for good; None while it is live.

    The beginning of its last spell of closed words counts: `resolved` that became `rejected` closed with the first, one
    that was opened again closed the last time. A history that does not lead to the present word is not complete.
    """
    if rollout.phase.live:
        return None
    since, word = _spells(rollout, tracker, closed=True)
    if since is not None and word == rollout.status.strip().casefold():
        return Ended(at=since, sure=True)
    return Ended(at=rollout.updated, sure=False)


def reopened(rollout: Rollout, tracker: Tracker) -> dt.datetime | None:
    """When a live rollout came back from being closed, the last time; None when it never was, as far as is known."""
    if not rollout.phase.live:
        return None
    since, word = _spells(rollout, tracker, closed=False)
    return since if word == rollout.status.strip().casefold() else None


def _spells(rollout: Rollout, tracker: Tracker, *, closed: bool) -> tuple[dt.datetime | None, str]:
    """When the last spell began in which it was closed, or live again after that; and the last word of its status."""
    since, last = None, ""
    for turn in turns(rollout, "status"):
        last = turn.after.casefold()
        before, after = (not _live(rollout, word, tracker) for word in (turn.before, turn.after))
        if before is not after and after is closed:
            since = turn.at
    return since, last


def _live(rollout: Rollout, word: str, tracker: Tracker) -> bool:
    """Whether a status word means that somebody may have to do something; one that nobody knows does."""
    if word.casefold() == rollout.status.strip().casefold():
        return rollout.phase.live
    phase = tracker.phase(word)
    return phase is None or phase.live


def outcome_changed(rollout: Rollout) -> Turn | None:
    """The last time that one outcome took the place of another; None when none did, as far as is known."""
    changes = (turn for turn in turns(rollout, "outcome") if turn.before and turn.after)
    return max(changes, key=lambda turn: turn.at, default=None)


def extended_at(rollout: Rollout, until: dt.date) -> dt.datetime | None:
    """When an exposure was extended to that day, the last time; None when that is not known.

    It stands in a message's line, or in the history of a field: `exposure end (empty) → 2026-11-29`.
    """
    found = [message.at for message in rollout.messages if _extends(message.text, until)]
    found += [turn.at for turn in turns(rollout, "exposure end") if turn.after[:10] == until.isoformat()]
    return max(found, default=None)


def _extends(text: str, until: dt.date) -> bool:
    return any(each.until == until for each in read_exposures((text,)))
