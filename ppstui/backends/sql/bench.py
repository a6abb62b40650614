"""A thread that works for an event loop, one job after the other, and that no exit waits for."""

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


class Bench:
    """Where calls that block are made. A thread of an executor would keep the program until a dead server answers."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def do(self, job: Callable[[], _T]) -> _T:
        """What the job returns or raises; when nobody waits any more, it is finished all the same, or never begun."""
        done: Future[_T] = Future()

        def work() -> None:
            if done.set_running_or_notify_cancel():
                with _Handed(done):
                    done.set_result(job())

        self._jobs.put(work)
        return await asyncio.wrap_future(done)

    def close(self, last: Callable[[], None]) -> None:
        """Ends the thread after what it has to do, and one last thing; waits for neither."""
        self._jobs.put(last)
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


class _Handed:
    """Whatever is raised inside is raised where the result is awaited."""

    def __init__(self, done: Future[_T]) -> None:
        self._done = done

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> bool:
        if error is not None:
            self._done.set_exception(error)
        return True
