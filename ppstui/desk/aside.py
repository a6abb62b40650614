"""The store's own thread, so that no disk ever holds up a key press."""

from __future__ import annotations

import asyncio
import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_T = TypeVar("_T")


class Aside:
    """Runs pieces of work one after the other in a thread of its own.

    A daemon thread and not an executor, because the interpreter waits for executors when it ends: a network folder that
    hangs must not keep the program from quitting. Breaking off is safe, the store's files are journalled.
    """

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    async def run(self, work: Callable[[], _T]) -> _T:
        """Does it there, and waits here. It is done even when the caller is cancelled."""
        return await asyncio.wrap_future(self.post(work))

    def post(self, work: Callable[[], _T]) -> Future[_T]:
        """Does it there, without waiting. Any thread may ask."""
        future: Future[_T] = Future()

        def step() -> None:
            awaited = future.set_running_or_notify_cancel()
            with _Handing(future, awaited=awaited):
                result = work()
                if awaited:
                    future.set_result(result)

        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="store", daemon=True)
                self._thread.start()
        self._work.put(step)
        return future

    def stop(self) -> None:
        """Ends the thread when everything asked for so far is done."""
        if self._thread is not None:
            self._work.put(None)

    def _serve(self) -> None:
        while (step := self._work.get()) is not None:
            step()


class _Handing:
    """Hands whatever is raised inside to whoever waits for the future; to nobody, when nobody does any more."""

    def __init__(self, future: Future[_T], *, awaited: bool) -> None:
        self._fail = future.set_exception
        self._awaited = awaited

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None and self._awaited:
            self._fail(error)
        return True
