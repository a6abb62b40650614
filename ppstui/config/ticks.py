"""The duties that leave no trace on any board and were ticked by hand, kept for as long as they may come up again."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import TYPE_CHECKING

from ppstui.config.whole import write_whole
from ppstui.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEPT = dt.timedelta(days=60)
"""A duty is of one day or week; nobody asks for its tick after that."""


def read_ticks(file: Path) -> dict[str, dt.datetime]:
    """When each duty was ticked, by its key; nothing where there is no file. Raises StoreError."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror or error}; ticks are not known") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        aside = file.with_name(f"{file.name}.damaged")
        try:
            file.replace(aside)
        except OSError as error:
            raise StoreError(f"{file}: is damaged and cannot be moved aside; ticks are not known") from error
        return {}
    return {key: at for key, at in document.items() if isinstance(at, dt.datetime) and at.tzinfo is not None}


def write_ticks(file: Path, ticks: Mapping[str, dt.datetime], now: dt.datetime) -> None:
    """Keeps the ticks, whole or not at all, without those that are too old to matter. Raises StoreError."""
    import tomli_w

    try:
        write_whole(file, tomli_w.dumps({key: at for key, at in ticks.items() if now - at < KEPT}))
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {error.strerror or error}; nothing was ticked") from error
