"""Puts list columns into the whole record that is known; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ppstui.model import Pilot, Rollout

if TYPE_CHECKING:
    from ppstui.model import Assignment, Record

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


_DETAILS = frozenset({"ref", "rev", "updated", "whole", "messages", "attachments", "links", "events"})
"""What lists never show of a pilot."""


def merged(known: Record, news: Record) -> Record:
    """The record after `news` came in.

    A whole record replaces what was known. One with list columns only changes the columns it fills and takes nothing
    away: messages, attachments, links, history and what follows from them stay until the whole record is read.
    """
    match known, news:
        case Rollout(whole=True), Rollout(whole=False):
            return _rollout(known, news)
        case Pilot(whole=True), Pilot(whole=False):
            return _pilot(known, news)
        case _:
            return news


def _pilot(known: Pilot, news: Pilot) -> Pilot:
    """What a list says of a pilot is what differs from a pilot of which nothing is said."""
    silent = Pilot(ref=news.ref)
    said = {
        name: value
        for name in news.__struct_fields__
        if name not in _DETAILS and (value := getattr(news, name)) != getattr(silent, name)
    }
    return msgspec.structs.replace(known, **said)


def _rollout(known: Rollout, news: Rollout) -> Rollout:
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
