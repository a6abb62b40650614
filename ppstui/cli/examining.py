"""Asks several servers at once how they are; one that hangs spoils its own answer only."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ppstui.errors import NotAuthorised, PpsError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ppstui.port import Backend, Health, Offer, Outlet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Examined:
    """What one server said, or what kept it from saying anything."""

    health: Health | None = None
    offer: Offer | None = None
    trouble: str = ""
    """A sentence; "" when the server answered."""
    fix: str = ""


def side_by_side(tasks: Mapping[str, Callable[[], T]], limit: float) -> dict[str, T]:
    """What each task returns, run all at once; those that take longer than `limit` seconds are left out.

    A task that hangs is left behind in a thread that dies with the process.
    """
    answers: dict[str, T] = {}

    def run(name: str, task: Callable[[], T]) -> None:
        answers[name] = task()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in tasks.items()]
    end = time.monotonic() + limit
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))
    return dict(answers)


def examine(openers: Mapping[str, Callable[[], Backend | Outlet]], limit: float) -> dict[str, Examined]:
    """Opens and checks every backend or target within `limit` seconds for all; never raises for what they do.

    Each has an event loop of its own, so that also one that blocks without awaiting holds up nobody.
    """
    answers = side_by_side({name: partial(_ask, make) for name, make in openers.items()}, limit)
    fix = "look at its address, and whether a firewall swallows what is sent"
    late = Examined(trouble=f"did not answer within {limit:g} s", fix=fix)
    return {name: answers.get(name, late) for name in openers}


def _ask(make: Callable[[], Backend | Outlet]) -> Examined:
    async def ask() -> Examined:
        # Gathering turns whatever a plug-in raises into a value: a stranger's mistake is a line, not a crash.
        (found,) = await asyncio.gather(_look(make), return_exceptions=True)
        return found if isinstance(found, Examined) else _explained(found)

    return asyncio.run(ask())


async def _look(make: Callable[[], Backend | Outlet]) -> Examined:
    """A target offers nothing to list."""
    asked = make()
    offer: Offer | None = getattr(asked, "offer", None)
    try:
        return Examined(health=await asked.check(), offer=offer)
    finally:
        await asked.aclose()


def _explained(error: BaseException) -> Examined:
    what, _, own = str(error).partition("; ")  # most errors bring their own remedy
    match error:
        case NotAuthorised():
            return Examined(
                trouble=f"does not let us in: {what}", fix=own or "look at its secret and the rights behind it"
            )
        case Unreachable():
            return Examined(trouble=f"cannot be reached: {what}", fix=own or "look at its address and at the network")
        case PpsError():
            return Examined(trouble=what, fix=own)
    what = f"{type(error).__name__}: {error}"
    return Examined(trouble=f"fails in an unexpected way ({what[:200]})", fix="report it to whoever made this backend")
