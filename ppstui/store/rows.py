"""An entry of the outbox as a row, and back; texts and instants as the file holds them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from ppstui.errors import UsageError
from ppstui.model import Command, Entry, Record, Report, RolloutCommand, State, about_registry

if TYPE_CHECKING:
    import sqlite3

    from ppstui.rules.registry import Registry

Cell = str | int | float | bytes | None

LONGEST_TEXT = 20_000
"""Characters of a request or an answer that the action log keeps; adapters cut before, this is for strangers'."""

NEW = "new"
"""The id of what has none before it is made; what is called by its maker, as issues are, has its own."""

_JSON = msgspec.json.Encoder()
_MSGPACK = msgspec.msgpack.Encoder()


def about(command: Command, key: str) -> str:
    """What an entry waits in line for: its record, or the whole registry, or nothing where it makes a new record."""
    if command.makes and command.target.id == NEW:
        return key
    return f"{command.target.source}:registry" if about_registry(command) else str(command.target)


def parted(command: Command) -> tuple[str, bytes]:
    """The command as text, and the file it carries, which is kept apart. Raises UsageError for text that is none."""
    content = b""
    if isinstance(command, Report):
        content, command = command.content, msgspec.structs.replace(command, content=b"")
    try:
        return _JSON.encode(command).decode(), content
    except UnicodeEncodeError as error:
        raise UsageError("the text holds bytes that are no characters; write it in UTF-8") from error


def whole(command: Command, content: bytes) -> Command:
    """The command with its file again."""
    if content and isinstance(command, Report):
        return msgspec.structs.replace(command, content=content)
    return command


def decoded(row: tuple[Cell, ...]) -> Entry:
    """The entry in a row of `shown`. Raises ValueError or MsgspecError when the row is none of ours."""
    number, key, command, asked_at, by, state, tries, due, error, receipt, *rest = row
    base_rev, reason, before, settled, conflict, mail = rest
    return Entry(
        id=int(number or 0),
        key=str(key),
        command=_command(str(command)),
        asked_at=instant(str(asked_at)),
        by=str(by),
        state=State(state),
        tries=int(tries or 0),
        due=instant(str(due)) if due else None,
        last_error=str(error),
        receipt=str(receipt),
        base_rev=str(base_rev),
        reason=str(reason),
        before=str(before),
        settled_at=instant(str(settled)) if settled else None,
        conflict=bool(conflict),
        mail=str(mail),
    )


@cache
def _about_rollouts() -> msgspec.json.Decoder[RolloutCommand]:
    """Made when the first entry is read: to learn what it may hold costs a millisecond, and most outboxes are empty."""
    return msgspec.json.Decoder(RolloutCommand)


def _command(text: str) -> Command:
    """What most entries hold is tried first: to learn all the others costs another millisecond."""
    try:
        return _about_rollouts().decode(text)
    except msgspec.ValidationError:
        command: Command = msgspec.json.decode(text, type=Command)
        return command


def readable(row: tuple[Cell, ...]) -> bool:
    """Whether this version can read that row of `shown`."""
    try:
        decoded(row)
    except (msgspec.MsgspecError, ValueError):
        return False
    return True


def packed(record: Record | Registry | None) -> bytes | None:
    """The record for keeping; None for one that UTF-8 cannot hold: it cannot be gone back to, and nothing breaks."""
    try:
        return None if record is None else _MSGPACK.encode(record)
    except UnicodeEncodeError:
        return None


def unpacked(blob: bytes | None) -> Record | None:
    """The record that was kept; None for none, and for one of another version."""
    try:
        return None if blob is None else msgspec.msgpack.decode(blob, type=Record)
    except msgspec.MsgspecError:
        return None


def unpacked_registry(blob: bytes | None) -> Registry | None:
    """The registry that was kept; None for none, and for one of another version."""
    from ppstui.rules.registry import Registry  # who takes nothing back in it needs none of it

    try:
        return None if blob is None else msgspec.msgpack.decode(blob, type=Registry)
    except msgspec.MsgspecError:
        return None


def put(connection: sqlite3.Connection, entry_id: int, **columns: Cell) -> None:
    """Sets columns of one entry."""
    names = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"UPDATE entry SET {names} WHERE id = ?", (*columns.values(), entry_id))  # noqa: S608 (our names)


def clean(text: str) -> str:
    """Text that UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def text(at: dt.datetime) -> str:
    """Of one length, so that comparing texts compares instants."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str) -> dt.datetime:
    """The instant that `text` wrote."""
    return dt.datetime.fromisoformat(text)
