"""The files of a store, laid out beside it: what stands in a table has no address, and a person wants to open it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.backends.sql import rows

if TYPE_CHECKING:
    import sqlite3

    from ppstui.model import Rollout


class Shelf:
    """A folder beside the store, `local.files` for `local.sqlite`: copies only, made again when they are missing."""

    def __init__(self, store: Path | None) -> None:
        """`store` None is one in memory; its files have no address."""
        self._folder = store.with_suffix(".files") if store else None

    def laid_out(self, connection: sqlite3.Connection, row: int, record: Rollout) -> Rollout:
        """The record, its attachments with the addresses of their copies; those without content are left alone."""
        if self._folder is None or not record.attachments:
            return record
        held = connection.execute(
            "SELECT id, name, length(content) FROM attachments WHERE rollout = ? AND content IS NOT NULL", (row,)
        ).fetchall()
        found = {}
        for number, name, size in held:
            with contextlib.suppress(OSError):  # a folder that may not be written: then there is no address
                copy = self._copy(self._folder, connection, row, (str(number), str(name), int(size)))
                found[str(number)] = copy.as_uri()
        files = tuple(structs.replace(each, url=found.get(each.id, each.url)) for each in record.attachments)
        return structs.replace(record, attachments=files)

    @staticmethod
    def _copy(folder: Path, connection: sqlite3.Connection, row: int, file: tuple[str, str, int]) -> Path:
        """Where the copy of a file (id, name, size) is. Raises OSError when it cannot be made."""
        number, name, size = file
        if Path(name).name != name or "\0" in name:
            raise OSError(name)
        # The same numbers in another store are another file.
        of = hashlib.sha256(f"{rows.number(connection, 'store')}/{row}/{number}".encode()).hexdigest()[:16]
        path = folder / of / name
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size == size:
                return path
        content = connection.execute(
            "SELECT content FROM attachments WHERE rollout = ? AND id = ?", (row, number)
        ).fetchone()[0]
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = path.with_name(f".{os.getpid()}")
        # For this user's eyes, as the store is; and never seen half written.
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
            copy.write(content)
        half.replace(path)
        return path
