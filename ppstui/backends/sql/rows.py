"""Records to rows and back, inside a transaction that somebody else began and ends."""

# ruff: noqa: S608 (names of tables and columns come from the structs below, values are always bound)

from __future__ import annotations

import datetime as dt
import re
from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec

from ppstui.model import (
    Assignment,
    Attachment,
    Event,
    Exposure,
    Kind,
    Link,
    Message,
    Parent,
    Phase,
    Record,
    Ref,
    Rollout,
    Team,
    Waiver,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

_PARTS: Final = (
    ("assignments", Assignment),
    ("exposures", Exposure),
    ("waivers", Waiver),
    ("messages", Message),
    ("attachments", Attachment),
    ("links", Link),
    ("events", Event),
)
"""What a rollout consists of: the table, which is also the field, and the struct, whose fields are the columns."""

_PLAIN: Final = (
    *("url", "title", "status", "phase", "owner", "created", "updated", "due"),
    *("outcome", "document", "document_url"),
)
_PARENT: Final = ("url", "title", "status", "progress", "outcome", "document")
_TEAM: Final = ("url", "name", "ngi", "site", "contact", "active")
_SINGLE: Final = ("rollouts", "teams", "parents")
"""Tables with one row for a record; the others have positions."""
_CHUNK: Final = 500
"""How many ids go into one question; old SQLite takes 999."""
_LONE = re.compile("[\ud800-\udfff]")

Value = str | int | None


def bound(value: object) -> Value:
    """A value as SQLite takes it. Halves of surrogate pairs, which no file can hold, become U+FFFD."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value) if not value.isascii() else value
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "\n".join(str(bound(each)) for each in value)
    raise TypeError(f"no column holds a {type(value).__name__}")


def columns(part: type[msgspec.Struct]) -> tuple[str, ...]:
    """The columns of a part's table, in the struct's own order."""
    return part.__struct_fields__


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


# -------------------------------------------------------------------------------------------------------- numbers


def number(connection: sqlite3.Connection, name: str) -> int:
    """One of the numbers that the file keeps: changes, rollouts and teams ever made, and which store it is."""
    return int(connection.execute("SELECT value FROM numbers WHERE name = ?", (name,)).fetchone()[0])


def count(connection: sqlite3.Connection, name: str, least: int = 0) -> int:
    """Moves a number on by one, or to `least` where that is more, and returns it."""
    value = max(number(connection, name) + 1, least)
    connection.execute("UPDATE numbers SET value = ? WHERE name = ?", (value, name))
    return value


def fresh_id(connection: sqlite3.Connection, kind: Kind) -> str:
    """An id that no record of that kind ever had, as in `1` and `team-1`."""
    value = count(connection, kind.value)
    return str(value) if kind is Kind.ROLLOUT else f"team-{value}"


def _taken(connection: sqlite3.Connection, kind: Kind, record_id: str) -> None:
    """Keeps an id that came with a record from being given again."""
    digits = record_id.removeprefix("team-") if kind is Kind.TEAM else record_id
    if digits.isascii() and digits.isdigit() and len(digits) < len(str(2**62)):
        given = int(digits)
        if given > number(connection, kind.value):
            connection.execute("UPDATE numbers SET value = ? WHERE name = ?", (given, kind.value))


# -------------------------------------------------------------------------------------------------------- writing


def put(connection: sqlite3.Connection, record: Record) -> str:
    """Writes a record whole, over one of the same id, and returns its id; an id of "" or `new` makes a fresh one."""
    kind = record.kind
    record_id = str(bound(record.ref.id))
    if record_id in ("", "new"):
        record_id = fresh_id(connection, kind)
    else:
        _taken(connection, kind, record_id)
    changed = count(connection, "changes")
    table = kind.value
    held = connection.execute(f"SELECT number, rev FROM {table} WHERE id = ?", (record_id,)).fetchone()
    rev = held[1] + 1 if held else 1
    own: dict[str, Value] = {"id": record_id, "rev": rev, "changed": changed}
    if isinstance(record, Rollout):
        own |= {"teams_rev": rev, "phase_rev": rev}
    own |= {name: bound(getattr(record, name)) for name in (_PLAIN if isinstance(record, Rollout) else _TEAM)}
    if held is None:
        places = ", ".join("?" * len(own))
        cursor = connection.execute(f"INSERT INTO {table} ({_quoted(own)}) VALUES ({places})", tuple(own.values()))
        row = int(cursor.lastrowid or 0)
        connection.execute("DELETE FROM gone WHERE kind = ? AND id = ?", (kind.value, record_id))
    else:
        row = int(held[0])
        settings = ", ".join(f'"{name}" = ?' for name in own)
        connection.execute(f"UPDATE {table} SET {settings} WHERE number = ?", (*own.values(), row))
    if isinstance(record, Rollout):
        _put_rollout_parts(connection, row, record)
    else:
        connection.execute("DELETE FROM components WHERE team = ?", (row,))
        rows = [(row, position, bound(name)) for position, name in enumerate(record.components)]
        connection.executemany("INSERT INTO components VALUES (?, ?, ?)", rows)
    return record_id


def _put_rollout_parts(connection: sqlite3.Connection, row: int, record: Rollout) -> None:
    for table, _part in _PARTS:
        connection.execute(f"DELETE FROM {table} WHERE rollout = ?", (row,))
        append(connection, row, table, getattr(record, table))
    connection.execute("DELETE FROM managers WHERE rollout = ?", (row,))
    managers = [(row, position, bound(name)) for position, name in enumerate(record.managers)]
    connection.executemany("INSERT INTO managers VALUES (?, ?, ?)", managers)
    put_fields(connection, row, record.fields)
    connection.execute("DELETE FROM parents WHERE rollout = ?", (row,))
    if record.parent is not None:
        parent = record.parent
        source = "" if parent.ref.source == record.ref.source else parent.ref.source
        values = (row, source, parent.ref.id, *(getattr(parent, name) for name in _PARENT))
        connection.execute(f"INSERT INTO parents VALUES ({', '.join('?' * len(values))})", tuple(map(bound, values)))


def put_fields(connection: sqlite3.Connection, row: int, fields: Iterable[tuple[str, str]]) -> None:
    """Writes the further fields of a rollout, over those it has."""
    connection.execute("DELETE FROM fields WHERE rollout = ?", (row,))
    told = [(row, position, bound(name), bound(value)) for position, (name, value) in enumerate(fields)]
    connection.executemany("INSERT INTO fields VALUES (?, ?, ?, ?)", told)


def fields_of(connection: sqlite3.Connection, row: int) -> tuple[tuple[str, str], ...]:
    """The further fields of a rollout, in order."""
    sql = "SELECT name, value FROM fields WHERE rollout = ? ORDER BY position"
    return tuple((str(name), str(value)) for name, value in connection.execute(sql, (row,)))


def append(connection: sqlite3.Connection, row: int, table: str, parts: Sequence[msgspec.Struct]) -> None:
    """Adds parts to a rollout, behind those it has."""
    if not parts:
        return
    found = connection.execute(f"SELECT coalesce(max(position), 0) FROM {table} WHERE rollout = ?", (row,)).fetchone()
    names = columns(type(parts[0]))
    rows = [
        (row, position, *(bound(getattr(part, name)) for name in names))
        for position, part in enumerate(parts, int(found[0]) + 1)
    ]
    places = ", ".join("?" * (2 + len(names)))
    connection.executemany(f"INSERT INTO {table} (rollout, position, {_quoted(names)}) VALUES ({places})", rows)


def move(connection: sqlite3.Connection, row: int, at: dt.datetime) -> int:
    """Moves a rollout on at that instant; returns the count of all changes, which names what was made by it."""
    changed = count(connection, "changes")
    connection.execute(
        "UPDATE rollouts SET rev = rev + 1, changed = ?, updated = ? WHERE number = ?", (changed, bound(at), row)
    )
    return changed


# -------------------------------------------------------------------------------------------------------- reading


def find(connection: sqlite3.Connection, kind: Kind, record_id: str) -> int | None:
    """The row number of a record, or None."""
    found = connection.execute(f"SELECT number FROM {kind.value} WHERE id = ?", (bound(record_id),)).fetchone()
    return int(found[0]) if found else None


def in_order(connection: sqlite3.Connection, kind: Kind, after: int = 0) -> list[int]:
    """The row numbers of what changed after that count; live rollouts first, so that a screen fills with them."""
    if kind is Kind.TEAM:
        sql = "SELECT number FROM teams WHERE changed > ? ORDER BY number"
    else:
        live = ", ".join(f"'{phase.value}'" for phase in Phase if phase.live)
        sql = f"SELECT number FROM rollouts WHERE changed > ? ORDER BY phase NOT IN ({live}), number"
    return [int(row) for (row,) in connection.execute(sql, (after,))]


def records(
    connection: sqlite3.Connection, kind: Kind, numbers: Sequence[int], source: str, me: str
) -> dict[int, Record]:
    """These records by row, in the order asked for; what is gone is left out. `me` is one of the managers."""
    found: dict[int, Record] = {}
    for start in range(0, len(numbers), _CHUNK):
        some = numbers[start : start + _CHUNK]
        if kind is Kind.TEAM:
            found |= _teams(connection, some, source)
        else:
            found |= _rollouts(connection, some, source, me)
    return {row: found[row] for row in numbers if row in found}


def _selected(
    connection: sqlite3.Connection, table: str, names: Sequence[str], key: str, numbers: Sequence[int]
) -> Iterator[tuple[int, dict[str, Value]]]:
    """Rows of a table, each with the number of the record it belongs to, in order of position."""
    places = ", ".join("?" * len(numbers))
    position = key if table in _SINGLE else f"{key}, position"
    sql = f'SELECT "{key}", {_quoted(names)} FROM {table} WHERE "{key}" IN ({places}) ORDER BY {position}'
    for row in connection.execute(sql, tuple(numbers)):
        yield int(row[0]), dict(zip(names, row[1:], strict=True))


def _rollouts(connection: sqlite3.Connection, numbers: Sequence[int], source: str, me: str) -> dict[int, Record]:
    parts: dict[str, dict[int, list[object]]] = {}
    for table, part in _PARTS:
        mine = parts.setdefault(table, {})
        for row, values in _selected(connection, table, columns(part), "rollout", numbers):
            marks = {"marks": str(values["marks"]).splitlines()} if part is Message else {}
            mine.setdefault(row, []).append({**values, **marks})
    managers: dict[int, list[object]] = {}
    for row, values in _selected(connection, "managers", ("name",), "rollout", numbers):
        managers.setdefault(row, []).append(values["name"])
    fields: dict[int, list[object]] = {}
    for row, values in _selected(connection, "fields", ("name", "value"), "rollout", numbers):
        fields.setdefault(row, []).append((values["name"], values["value"]))
    parents = dict(_selected(connection, "parents", ("source", "id", *_PARENT), "rollout", numbers))
    found: dict[int, Record] = {}
    for row, plain in _selected(connection, "rollouts", ("id", "rev", *_PLAIN), "number", numbers):
        whole: dict[str, object] = dict(plain)
        whole["ref"] = Ref(source, str(whole.pop("id")))
        whole["rev"] = str(whole["rev"])
        whole |= {table: mine.get(row, []) for table, mine in parts.items()}
        whole["managers"] = list(dict.fromkeys([*managers.get(row, []), me]))
        whole["fields"] = fields.get(row, [])
        if row in parents:
            parent: dict[str, object] = dict(parents[row])
            parent["ref"] = Ref(str(parent.pop("source")) or source, str(parent.pop("id")))
            whole["parent"] = msgspec.convert(parent, Parent)
        found[row] = msgspec.convert(whole, Rollout, strict=False)
    return found


def _teams(connection: sqlite3.Connection, numbers: Sequence[int], source: str) -> dict[int, Record]:
    components: dict[int, list[Value]] = {}
    for row, values in _selected(connection, "components", ("name",), "team", numbers):
        components.setdefault(row, []).append(values["name"])
    found: dict[int, Record] = {}
    for row, plain in _selected(connection, "teams", ("id", "rev", *_TEAM), "number", numbers):
        whole: dict[str, object] = dict(plain)
        whole["ref"] = Ref(source, str(whole.pop("id")))
        whole["rev"] = str(whole["rev"])
        whole["components"] = components.get(row, [])
        found[row] = msgspec.convert(whole, Team, strict=False)
    return found
