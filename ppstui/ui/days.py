"""Days as people type them: `2026-12-01`, `today`, `+5d`, `-1w`, `fri`; pure."""

from __future__ import annotations

import datetime as dt
import re

from ppstui.errors import UsageError

HINT = "2026-12-01, today, +5d, fri"
"""What can be typed, in a few words."""

_NAMED = {"today": 0, "tomorrow": 1, "yesterday": -1}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST = 2
_STEP = re.compile(r"(?P<sign>[+-])\s*(?P<many>[0-9]{1,4})\s*(?P<unit>d|w|)(?:ays?|eeks?)?\Z")
_WEEK = 7


def read_day(text: str, today: dt.date, *, past: bool = False) -> dt.date:
    """The day that is meant. A weekday is the next one after today; with `past` the last one before it.

    Raises UsageError with what can be typed.
    """
    typed = text.strip().casefold()
    if typed in _NAMED:
        return today + dt.timedelta(days=_NAMED[typed])
    try:
        if step := _STEP.match(typed):
            days = int(step["many"]) * (_WEEK if step["unit"] == "w" else 1)
            return today + dt.timedelta(days=-days if step["sign"] == "-" else days)
        if len(typed) >= _SHORTEST:
            for number, name in enumerate(_WEEKDAYS):
                if name.startswith(typed):
                    behind, ahead = today.weekday() - number, number - today.weekday()
                    days = -((behind - 1) % _WEEK + 1) if past else (ahead - 1) % _WEEK + 1
                    return today + dt.timedelta(days=days)
        return dt.date.fromisoformat(typed)
    except (ValueError, OverflowError):
        raise UsageError(f"{text.strip()[:30]!r} is no day; write it as {HINT}") from None
