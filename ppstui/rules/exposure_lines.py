"""How an exposure, or a report that is not needed, is written down in a message: one line, known here alone.

ppstui: exposure of ea-NGI_IT-INFN-T1 from 2026-11-20
ppstui: exposure of all until 2026-11-29 because the first node was down
ppstui: report of ea-NGI_IT-INFN-T1 waived because the site closed
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING

from ppstui.model import Exposure, Waiver
from ppstui.rules.answers import own_lines
from ppstui.rules.teams import marked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppstui.model import Message

_EXPOSURE = re.compile(
    r"ppstui: exposure of (?P<team>\S+)(?: from (?P<start>\d{4}-\d\d-\d\d))?(?: until (?P<until>\d{4}-\d\d-\d\d))?"
    r"(?: because (?P<reason>.+))?"
)
_WAIVER = re.compile(r"ppstui: report of (?P<team>\S+) waived because (?P<reason>.+)")


def one_line(text: str) -> str:
    """A text on one line, without what would end the line or drive a terminal."""
    return " ".join("".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text).split())


# ---------------------------------------------------------------------------------------------------------- exposures


def write_exposure(exposure: Exposure) -> str:
    """The line for it; `read_exposures` gives it back."""
    words = [f"ppstui: exposure of {exposure.team or 'all'}"]
    if exposure.start:
        words.append(f"from {exposure.start.isoformat()}")
    if exposure.until:
        words.append(f"until {exposure.until.isoformat()}")
    reason = one_line(exposure.reason)
    if reason:
        words.append(f"because {reason}")
    return " ".join(words)


def read_exposures(texts: Iterable[str]) -> tuple[Exposure, ...]:
    """What was said of each team, and of all, in texts from the oldest on; a later line adds to or replaces an earlier.

    Only lines that are nothing else count, in what the writer wrote: a quoted line begins with its quotation mark, and
    what stands below "On … wrote:" or a signature was said before. A day that does not exist is not said.
    """
    said: dict[str, Exposure] = {}
    for text in texts:
        if "ppstui: exposure of " not in text:
            continue
        for line in own_lines(text):
            found = _EXPOSURE.fullmatch(line.rstrip())
            if found is None:
                continue
            team = "" if found["team"] == "all" else found["team"]
            before = said.get(team, Exposure(team=team))
            start, until = _day(found["start"]), _day(found["until"])
            said[team] = Exposure(
                team=team,
                start=start or before.start,
                until=until or before.until,
                reason=found["reason"].strip() if found["reason"] else before.reason,
            )
    return tuple(said.values())


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------------------------ waivers


def write_waiver(team: str, reason: str) -> str:
    """The line for it; `read_waivers` gives it back. A reason that says nothing makes no line that counts."""
    return f"ppstui: report of {team} waived because {one_line(reason)}"


def read_waivers(messages: Iterable[Message]) -> tuple[Waiver, ...]:
    """The reports that coordinators waived, from messages from the oldest on.

    Only what a desk wrote counts, so a message without a mark of its own is not read: no team excuses itself by mail.
    """
    found: list[Waiver] = []
    for message, marks in marked(messages):
        if not marks or "ppstui: report of " not in message.text:
            continue
        for line in own_lines(message.text):
            said = _WAIVER.fullmatch(line.rstrip())
            if said is not None:
                reason = said["reason"].strip()
                found.append(Waiver(team=said["team"], reason=reason, by=message.author, at=message.at))
    return tuple(found)
