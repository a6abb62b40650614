"""What a command would do, what stands against it, what takes it back; pure, so dry run and preview cannot differ.

The one door to these rules. What they need is loaded when it is first asked for: a dashboard that only shows needs none
of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from ppstui.rules.commands.dry_run import effects
    from ppstui.rules.commands.guards import objections
    from ppstui.rules.commands.overlay import preview
    from ppstui.rules.commands.reversal import irreversible, reverse
    from ppstui.rules.commands.wording import (
        acknowledge_text,
        as_comment,
        document_link,
        draft,
        exposure_text,
        incident_note,
        outcome_text,
        poll_address,
        poll_note,
        poll_subject,
        report_text,
    )

__all__ = [
    "Effect",
    "acknowledge_text",
    "as_comment",
    "document_link",
    "draft",
    "effects",
    "exposure_text",
    "incident_note",
    "irreversible",
    "objections",
    "outcome_text",
    "poll_address",
    "poll_note",
    "poll_subject",
    "preview",
    "report_text",
    "reverse",
]

_ROOMS = {
    "effects": "dry_run",
    "objections": "guards",
    "preview": "overlay",
    "irreversible": "reversal",
    "reverse": "reversal",
}


class Effect(Struct, frozen=True, kw_only=True):
    """One thing that would change, before and after, as a person reads it."""

    what: str
    before: str
    after: str


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS.get(name, 'wording')}"), name)
