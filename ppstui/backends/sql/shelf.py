"""The files of a store, laid out beside it: what stands in a table has no address, and a person wants to open it.

Those of an SQLite file are copied as soon as they are read. Those of a server are fetched when somebody looks at the
whole record, into the cache folder; a reading tells only of the copies that are there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import structs

from ppstui.model import Rollout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ppstui.backends.sql.dialect import Session
    from ppstui.model import Record

_PIECE: Final = 1 << 20
"""Bytes of content asked for at a time: no question takes long, however slow the line."""


class Kept(NamedTuple):
    """A file in the store, and where its copy is or would be."""

    row: int
    id: str
    size: int
    copy: Path

    @property
    def laid_out(self) -> bool:
        """Whether the copy is there, whole."""
        try:
            return self.copy.stat().st_size == self.size
        except OSError:
            return False


class Shelf:
    """A folder of copies only: made again when they are missing."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` None: the files have no address."""
        self._folder = folder

    def kept(self, session: Session, records: Mapping[int, Record]) -> list[Kept]:
        """The files of these records, by row, that have a content and a name that a folder takes."""
        with_files = [row for row, each in records.items() if isinstance(each, Rollout) and each.attachments]
        if self._folder is None or not with_files:
            return []
        places = ", ".join("?" * len(with_files))
        sql = (
            "SELECT rollout, id, name, length(content) FROM attachments"  # noqa: S608 (places, not values)
            f" WHERE rollout IN ({places}) AND content IS NOT NULL ORDER BY rollout, position"
        )
        held, store = session.together(
            (sql, with_files),
            ("SELECT value FROM numbers WHERE name = 'store'", ()),
        )
        found = []
        for row, number, name, size in held:
            # The same numbers in another store are another file.
            of = hashlib.sha256(f"{store[0][0]}/{row}/{number}".encode()).hexdigest()[:16]
            path = self._folder / of / str(name)
            if path.name == name and "\0" not in path.name:
                found.append(Kept(int(row), str(number), int(size), path))
        return found

    @staticmethod
    def lay_out(session: Session, file: Kept) -> None:
        """Makes the copy. Raises OSError when it cannot be made."""
        file.copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = file.copy.with_name(f".{os.getpid()}")
        # For this user's eyes, as the store is; and never seen half written.
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
            for start in range(0, file.size, _PIECE):
                piece = session.execute(
                    "SELECT substr(content, ?, ?) FROM attachments WHERE rollout = ? AND id = ?",
                    (start + 1, _PIECE, file.row, file.id),
                ).fetchone()
                copy.write(piece[0] if piece else b"")
        half.replace(file.copy)

    @staticmethod
    def addressed(records: Mapping[int, Record], files: Iterable[Kept]) -> dict[int, Record]:
        """The records, their attachments with the addresses of the copies that are there."""
        urls: dict[int, dict[str, str]] = {}
        for file in files:
            with contextlib.suppress(ValueError):  # a relative folder has no address
                if file.laid_out:
                    urls.setdefault(file.row, {})[file.id] = file.copy.as_uri()
        return {row: _with_urls(each, urls[row]) if row in urls else each for row, each in records.items()}


def _with_urls(record: Record, urls: Mapping[str, str]) -> Record:
    if not isinstance(record, Rollout):
        return record
    files = tuple(structs.replace(each, url=urls.get(each.id, each.url)) for each in record.attachments)
    return structs.replace(record, attachments=files)


def missing(files: Sequence[Kept]) -> list[Kept]:
    """Those without a copy."""
    return [file for file in files if not file.laid_out]
