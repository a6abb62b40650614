"""What goes wrong, and when: a row of faults, one for each request, made of a number and the same every time.

    schedule = Schedule(4711)
    schedule.next("desk 1", "POST", "/REST/2.0/ticket/3/comment")  # Fault.DROP

The proxy before a real server and the transport before the fake one ask the same schedule.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum

PAGE = (
    "<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>{status} The server is on holiday</h1></body>"
    "</html>"
)
"""What stands before a tracker answers with pages, whatever was asked for."""

RETRY_AFTER = 7
"""Seconds that a server which is asked too often asks for."""


class Fault(Enum):
    """What happens to one request."""

    PASS = "pass"
    CUT = "cut before"
    """The connection breaks before anything was forwarded."""
    DROP = "drop the answer"
    """The server has done it, and nothing of its answer comes through."""
    HALF = "half an answer"
    """The server has done it, and its answer breaks off in the middle."""
    DELAY = "delay"
    E500 = "500"
    E502 = "502"
    E503 = "503"
    E502_DONE = "502 after the effect"
    """What stands before the server lost patience; the server did not."""
    LOGIN = "401"
    TOO_MANY = "429"
    STALL = "stall"
    """Accepted, never forwarded, never answered."""
    LATE = "late"
    """Forwarded only when nobody waits for the answer any more."""


STATUS = {
    Fault.E500: 500,
    Fault.E502: 502,
    Fault.E503: 503,
    Fault.E502_DONE: 502,
    Fault.LOGIN: 401,
    Fault.TOO_MANY: 429,
}
"""The faults that are answers."""

_COMMON = (Fault.CUT, Fault.DROP, Fault.HALF, Fault.E502_DONE)
_SELDOM = (Fault.DELAY, Fault.E500, Fault.E502, Fault.E503, Fault.LOGIN, Fault.TOO_MANY, Fault.STALL, Fault.LATE)
_WEATHERS = (0.03, 0.08, 0.2, 0.4)
_BURST = 0.04
"""How often a fault comes to stay for some requests."""


@dataclass
class Schedule:
    """Faults as the seed has them; `over` ends them all."""

    seed: int
    story: list[str] = field(default_factory=list)
    """Every request, and what happened to it."""
    over: bool = False
    coming: list[Fault] | None = None
    """What comes next, where somebody decides instead of the dice; then nothing but passes."""

    def __post_init__(self) -> None:
        self._dice = random.Random(f"faults {self.seed}")
        self._weather = self._dice.choice(_WEATHERS)
        self._burst: list[Fault] = []

    def next(self, who: str, method: str, path: str) -> Fault:
        """The fault for the next request."""
        fault = Fault.PASS if self.over else self._drawn()
        self.story.append(f"{who} {method} {path}: {fault.value}")
        return fault

    def _drawn(self) -> Fault:
        dice = self._dice
        if self.coming is not None:
            return self.coming.pop(0) if self.coming else Fault.PASS
        if self._burst:
            return self._burst.pop()
        if dice.random() >= self._weather:
            return Fault.PASS
        fault = dice.choice(_COMMON if dice.random() < 0.6 else _SELDOM)
        if dice.random() < _BURST / self._weather and fault is not Fault.STALL:
            self._burst = [fault] * dice.randint(1, 12)
        return fault
