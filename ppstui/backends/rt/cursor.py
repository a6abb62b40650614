"""Where a reading of an RT ended, as one opaque text."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from ppstui.backends.rt import Options


class Cursor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the next reading needs to know of the last one."""

    newest: int
    """The newest transaction that was seen; 0 when there was none."""
    tickets: tuple[int, ...] = ()
    """The rollouts on the board, so that one that is no longer listed can be told from one that never was."""
    parents: dict[int, tuple[int, ...]] = {}
    """Their parents, and whose they are."""
    swept: int = 0
    """Up to which ticket the last sweep looked for vanished ones."""
    note: str = ""
    """Which fields this server lacks; said again with every reading, until a ticket shows otherwise."""
    words: tuple[str, ...] = ()
    """Its status words that the configuration does not know; kept until everything is read anew."""
    me: str = ""
    """The name of our account: what was known of it needs no question."""
    settings: str = ""
    """A fingerprint of the settings it was made with: other settings read something else."""

    def text(self) -> str:
        """As the desk keeps it."""
        return msgspec.json.encode(self).decode()


def read_cursor(text: str, options: Options) -> Cursor | None:
    """The cursor in a text; None when it makes no sense here, so that the reading must start again."""
    try:
        cursor = msgspec.json.decode(text, type=Cursor)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return cursor if cursor.settings == fingerprint(options) else None


def fingerprint(options: Options) -> str:
    """Changes when a setting changes that decides what is read."""
    said = (options.url, options.queue, options.parent_queue, options.fields, options.status, options.parent_status)
    more = (options.incident_urls, options.document_url, options.closed_for)
    return hashlib.sha256(msgspec.json.encode((said, more))).hexdigest()[:16]
