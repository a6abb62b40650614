"""Time that passes only when everybody waits for it, and work aside that is done at once: runs that repeat exactly."""

from __future__ import annotations

import asyncio
import datetime as dt
import queue
import selectors
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppstui.desk import Desk

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    """Waits for nothing: the time that would have been waited has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing is going to happen")
        self.now += timeout
        return super().select(0)


class TurningLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to what is waited for next. Threads have no place in it: see `at_once`."""

    def __init__(self) -> None:
        self._turned = _Selector()
        super().__init__(self._turned)
        self.set_default_executor(_HereAndNow())

    def time(self) -> float:
        return self._turned.now


class _HereAndNow(ThreadPoolExecutor):
    """Does what it is given while it is given."""

    def submit(self, fn: Callable[..., T], /, *args: object, **kwargs: object) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  handed on, as a thread would
            done.set_exception(error)
        return done


class Clock:
    """The wall clock of a turning loop: it goes with the loop, and can be put forward and back."""

    def __init__(self, loop: TurningLoop) -> None:
        self._loop = loop
        self._offset = 0.0

    def __call__(self) -> dt.datetime:
        return NOON + dt.timedelta(seconds=self._loop.time() + self._offset)

    def turn(self, seconds: float) -> None:
        """Puts it forward, or back, by so much."""
        self._offset += seconds


class _Steps(queue.SimpleQueue["Callable[[], None] | None"]):
    """The queue of a desk's store thread, without the thread."""

    def __init__(self) -> None:
        super().__init__()
        self.alive = True
        self.undone: list[Callable[[], None]] = []
        """What a dead process had still to do; kept, so that who waits for it waits for ever."""

    def put(self, item: Callable[[], None] | None, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002
        if item is not None and self.alive:
            item()
        elif item is not None:
            self.undone.append(item)


def at_once(desk: Desk) -> Callable[[], None]:
    """The desk's store works in the loop's own thread from now on. Returns what kills it: nothing is stored after."""
    steps = _Steps()
    desk._aside._work = steps
    desk._aside._thread = threading.current_thread()

    def kill() -> None:
        steps.alive = False
        desk._outbox.close()
        desk._cache.close()

    return kill
