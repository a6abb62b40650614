"""The local store: two SQLite files in the state folder.

`cache.sqlite` holds what sources said and can be thrown away; `outbox.sqlite` holds what people asked for and cannot.
They are apart so that damage to the first never touches the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import StoreError
from ppstui.store._sqlite import TooNew
from ppstui.store.asked import Asked, Claim, Exchanged, Happening, Rebase, Wanted
from ppstui.store.cache import Cache, News, Place, Placed, Reading, Stored, Tally
from ppstui.store.lease import Holder, Lease
from ppstui.store.outbox import Outbox

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "Asked",
    "Cache",
    "Claim",
    "Exchanged",
    "Happening",
    "Holder",
    "Lease",
    "News",
    "Outbox",
    "Place",
    "Placed",
    "Reading",
    "Rebase",
    "Stored",
    "Tally",
    "Wanted",
    "open_store",
]


def open_store(folder: Path, clock: Callable[[], dt.datetime], say: Callable[[str], None]) -> tuple[Cache, Outbox]:
    """Opens both files in the state folder, making what is missing.

    `say` gets one sentence for what the user should know: a file was damaged and rebuilt, the disk refuses. It may be
    called later, and from any thread. Where the disk refuses, the cache lives in memory, and the outbox raises
    StoreError for whoever wants to queue something. Raises StoreError when a newer ppstui wrote a file.
    """
    cache = Cache(folder / "cache.sqlite", clock, say)
    try:
        cache.open()
    except TooNew:
        raise
    except StoreError as error:
        say(f"{error}. Until then the board is kept in memory only.")
        cache = Cache(None, clock, say)
        cache.open()
    outbox = Outbox(folder / "outbox.sqlite", clock, say)
    try:
        outbox.open()
    except TooNew:
        raise
    except StoreError as error:
        say(f"{error}. Until then nothing can be queued.")
    return cache, outbox
