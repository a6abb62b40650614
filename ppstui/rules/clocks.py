"""Working days and deadlines (DOMAIN §3)."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct


class Calendar(Struct, frozen=True, kw_only=True):
    """Which days count: weekdays minus holidays and closures."""

    weekend: frozenset[int] = frozenset({5, 6})
    """Monday is 0."""
    closures: frozenset[dt.date] = frozenset()
    """Public holidays and days the house is closed."""


class Span(Struct, frozen=True, kw_only=True):
    """A length of time as the rule book writes it: working days, or calendar time."""

    working_days: int = 0
    calendar: dt.timedelta = dt.timedelta(0)
