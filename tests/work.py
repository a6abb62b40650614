"""Counts the work a function does, in lines of Python run: the same on every machine, unlike seconds."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from _typeshed import TraceFunction


def lines_run(task: Callable[[], object]) -> int:
    """How many lines of Python `task` runs, those of the functions it calls included."""
    count = 0

    def trace(_frame: FrameType, event: str, _arg: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return trace

    before, collects = sys.gettrace(), gc.isenabled()
    gc.disable()  # what others left behind would be finished off in the middle of it, and counted
    sys.settrace(trace)
    try:
        task()
    finally:
        sys.settrace(before)
        if collects:
            gc.enable()
    return count
