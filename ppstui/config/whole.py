"""Files written whole or not at all, readable by their owner alone."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(file: Path, text: str) -> None:
    """Puts the text in the place of the file, with mode 0600; a crash leaves the old one. Raises OSError."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        _write(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), text)
        part.replace(file)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def write_new(file: Path, text: str) -> None:
    """Makes the file, with mode 0600. Raises FileExistsError when it is there, also as a dangling link; OSError."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), text)


def _write(descriptor: int, text: str) -> None:
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
