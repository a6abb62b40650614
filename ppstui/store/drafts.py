"""The issues that a person is editing, each in a file of its own: on the disk whole before the next key, or as before.

A draft that is shared lives in the source of the bulletins as well; this is the working copy, which survives a program
that ends at any moment. A file that cannot be understood is moved aside and never written over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ppstui.config.whole import write_whole
from ppstui.errors import StoreError, UsageError
from ppstui.model import Bulletin

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_JSON = msgspec.json.Encoder()


class Drafts:
    """The working copies in one folder, which is made when the first is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, audience: str, issue: str) -> Bulletin | None:
        """The working copy of an issue; its `rev` is that of the shared one it was made from. None: there is none.

        Raises StoreError when it cannot be read, and once when it was damaged and moved aside.
        """
        file = self._file(audience, issue)
        try:
            return msgspec.json.decode(file.read_bytes(), type=Bulletin)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{file}: cannot be read ({error.strerror or error}); the draft is not shown") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            aside = file.with_name(f"{file.name}.damaged")
            try:
                file.replace(aside)
            except OSError as trouble:
                text = f"{file}: is damaged and cannot be moved aside ({trouble.strerror or trouble})"
                raise StoreError(f"{text}; move it away, the draft begins anew then") from error
            raise StoreError(f"{file}: is damaged and was kept as {aside.name}; the draft begins anew") from error

    def write(self, bulletin: Bulletin) -> None:
        """Keeps the working copy; when it returns it is on the disk. Raises StoreError, then nothing has changed."""
        file = self._file(bulletin.audience, bulletin.issue)
        try:
            write_whole(file, _JSON.encode(bulletin).decode())
        except UnicodeEncodeError as error:
            raise UsageError("the draft holds bytes that are no characters; write it in UTF-8") from error
        except OSError as error:
            text = f"{file}: cannot be written ({error.strerror or error}); the draft is as it was before"
            raise StoreError(text) from error

    def put_aside(self, audience: str, issue: str, text: str) -> Path:
        """Keeps a text that could not be read as a draft beside it, and returns where. Raises StoreError."""
        file = self._file(audience, issue).with_suffix(".txt")
        try:
            write_whole(file, text.encode("utf-8", "replace").decode())
        except OSError as error:
            raise StoreError(
                f"{file}: cannot be written ({error.strerror or error}); your text was not kept"
            ) from error
        return file

    def forget(self, audience: str, issue: str) -> None:
        """Takes the working copy away, because the shared one says the same or is what is wanted. Raises StoreError."""
        file = self._file(audience, issue)
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{file}: cannot be taken away ({error.strerror or error})") from error

    def _file(self, audience: str, issue: str) -> Path:
        for name in (audience, issue):
            if not _NAME.match(name):
                raise UsageError(f"{name[:60]!r} is no name of a bulletin; letters, digits, dots, dashes, underscores")
        return self._folder / f"{audience}.{issue}.json"
