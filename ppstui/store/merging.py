"""Puts list columns into the whole record that is known; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ppstui.model import Assignment, Rollout

_COLUMNS = (
    "url",
    "title",
    "status",
    "owner",
    "created",
    "due",
    "parent",
    "outcome",
    "document",
    "document_url",
    "exposures",
    "managers",
    "fields",
)
"""What lists show of a rollout, when they say it at all. `rev` and `updated` are not among them: they say up to where
the details are known, and an adapter that finds them moved on must still read those details."""


def merged(known: Rollout, news: Rollout) -> Rollout:
    """The rollout after `news` came in.

    A whole record replaces what was known. One with list columns only changes the columns it fills and takes nothing
    away: messages, attachments, links, history and what follows from them stay until the whole record is read.
    """
    if news.whole or not known.whole:
        return news
    said = {name: value for name in _COLUMNS if (value := getattr(news, name))}
    return msgspec.structs.replace(known, phase=news.phase, assignments=_assignments(known, news), **said)


def _assignments(known: Rollout, news: Rollout) -> tuple[Assignment, ...]:
    """The teams as listed now, each with when it was told, where that is known."""
    if not news.assignments:
        return known.assignments
    told = {assignment.team: assignment for assignment in known.assignments}
    return tuple(
        told.get(assignment.team, assignment) if assignment.notified is None else assignment
        for assignment in news.assignments
    )
