"""The reminder to whoever owns the step whose turn it is (SURFACE §2, `remind`; DOMAIN §5.1, step 8)."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

from ppstui.model import Role, Update
from ppstui.rules.horizon import day_name
from ppstui.rules.pilots.standings import PilotCode
from ppstui.rules.pilots.workflow import POST_MORTEM, RUN, SET_UP, WRAP_UP

if TYPE_CHECKING:
    from ppstui.model import Pilot
    from ppstui.rules.pilots.standings import PilotStanding, StepStanding

_WIDTH = 76
_LONGEST_TITLE = 200
_LATE = frozenset({PilotCode.STEP_OVERDUE, PilotCode.REPORT_OVERDUE})


def reminded_step(standing: PilotStanding) -> StepStanding | None:
    """The step that a reminder is about: the one whose turn it is, or the one it keeps waiting when it may be left out.

    None when nobody owes anything, or when the coordinator would remind himself.
    """
    current = standing.current
    if current is None:
        return None
    late = {entry.step for entry in standing.attention if entry.code in _LATE}
    kept_waiting = (step for step in standing.steps if step.number in late and not step.optional)
    step = next(kept_waiting, current)
    return step if step.lead not in (Role.COORDINATOR, Role.NOBODY) or step.owner_named else None


def pilot_reminder(pilot: Pilot, standing: PilotStanding) -> str:
    """One message to the owner of the step whose turn it is, in plain text of 76 columns; "" when nobody owes anything.

    Only names and addresses that are longer than a line break that width.
    """
    step = reminded_step(standing)
    if step is None:
        return ""
    who = step.owner or _PLURAL.get(step.lead, step.lead.value.replace("-", " "))
    parts = [
        _filled(f"Dear {_plain(who)},"),
        _filled(f"this is a reminder about the {pilot.update.value} pilot"),
        _indented(_plain(pilot.title) or str(pilot.ref)) + (f"\n    {pilot.url}" if pilot.url else ""),
        _filled(_owed(step, standing, pilot)),
    ]
    if pilot.contact:
        parts.append(_filled(f"Please keep {_plain(pilot.contact)} in copy of every change to the service."))
    parts.append("Thank you.")
    return "\n\n".join(parts) + "\n"


_PLURAL = {Role.SITE: "service managers", Role.ITR: "integration team", Role.VO: "VO managers"}


def _owed(step: StepStanding, standing: PilotStanding, pilot: Pilot) -> str:
    name = f"Step {step.number}, {step.what},"
    if step.number == SET_UP and step.due:
        return f"{name} was agreed for {day_name(step.due)}. Please tell us when the installation is complete."
    if step.number == RUN and standing.end:
        return f"The service runs until {day_name(standing.end)}. Please tell us how it is going, and what you changed."
    if step.number == POST_MORTEM and standing.end and step.due:
        return (
            f"The run ended on {day_name(standing.end)}, and your post-mortem report is due on {day_name(step.due)}:"
            " how the set-up went, and what you found that is not functional. Please attach it to this record."
        )
    if step.number == WRAP_UP:
        where = " on the agenda of the EMT" if pilot.update is Update.MINOR else ""
        return f"{name} is still to be held{where}."
    when = f" was due on {day_name(step.due)}" if step.due else " is open"
    return f"{name}{when}. Please sign it off here, or say what it waits for."


def _plain(text: str) -> str:
    """Foreign text in one line, without what could drive a terminal or break the mail."""
    kept = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in text[:_LONGEST_TITLE])
    return " ".join(kept.split())


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _indented(text: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent="    ", subsequent_indent="    ", break_long_words=True, break_on_hyphens=False
    )
