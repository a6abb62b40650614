"""How an exposure is written down in a message: one line, read and written here alone.

ppstui: exposure of ea-NGI_IT-INFN-T1 from 2026-11-20
ppstui: exposure of all until 2026-11-29 because the first node was down
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from ppstui.model import Exposure

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE = re.compile(
    r"ppstui: exposure of (?P<team>\S+)(?: from (?P<start>\d{4}-\d\d-\d\d))?(?: until (?P<until>\d{4}-\d\d-\d\d))?"
    r"(?: because (?P<reason>.+))?"
)


def write_exposure(exposure: Exposure) -> str:
    """The line for it; `read_exposures` gives it back."""
    words = [f"ppstui: exposure of {exposure.team or 'all'}"]
    if exposure.start:
        words.append(f"from {exposure.start.isoformat()}")
    if exposure.until:
        words.append(f"until {exposure.until.isoformat()}")
    reason = " ".join(exposure.reason.split())
    if reason:
        words.append(f"because {reason}")
    return " ".join(words)


def read_exposures(texts: Iterable[str]) -> tuple[Exposure, ...]:
    """What was said of each team, and of all, in texts from the oldest on; a later line adds to or replaces an earlier.

    Only lines that are nothing else count: a quoted one begins with its quotation mark. A day that does not exist is
    not said.
    """
    said: dict[str, Exposure] = {}
    for text in texts:
        if "ppstui: exposure of " not in text:
            continue
        for line in text.splitlines():
            found = _LINE.fullmatch(line.rstrip())
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
