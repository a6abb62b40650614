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
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.backends.sql.dialect import Question, Session

_KINDS: Final = (Kind.ROLLOUT, Kind.TEAM)
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
_UNKEPT = re.compile("[\0\ud800-\udfff]")

Value = str | int | None


def bound(value: object) -> Value:
    """A value as every database takes it. Halves of surrogate pairs and NUL, which not all can hold, become U+FFFD."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else _UNKEPT.sub("\ufffd", value)
    if value is None:
        return None
    if isinstance(value, int):
        return int(value)  # truth is a number
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


def numbers(connection: Session, *names: str) -> list[int]:
    """Some of the numbers that the store keeps: changes, rollouts and teams ever made, and which store it is."""
    found = connection.together(*(("SELECT value FROM numbers WHERE name = ?", (name,)) for name in names))
    return [int(rows[0][0]) for rows in found]


def count(connection: Session, name: str) -> int:
    """Moves a number on by one, and returns it."""
    _, found = connection.together(
        ("UPDATE numbers SET value = value + 1 WHERE name = ?", (name,)),
        ("SELECT value FROM numbers WHERE name = ?", (name,)),
    )
    return int(found[0][0])


def fresh_id(connection: Session, kind: Kind) -> str:
    """An id that no record of that kind ever had, as in `1` and `team-1`."""
    value = count(connection, kind.value)
    return str(value) if kind is Kind.ROLLOUT else f"team-{value}"


def _taken(connection: Session, kind: Kind, record_id: str) -> None:
    """Keeps an id that came with a record from being given again."""
    digits = record_id.removeprefix("team-") if kind is Kind.TEAM else record_id
    if digits.isascii() and digits.isdigit() and len(digits) < len(str(2**62)):
        given = int(digits)
        connection.execute("UPDATE numbers SET value = ? WHERE name = ? AND value < ?", (given, kind.value, given))


# -------------------------------------------------------------------------------------------------------- writing


def put(connection: Session, record: Record) -> str:
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
        row = connection.insert(f"INSERT INTO {table} ({_quoted(own)}) VALUES ({places})", tuple(own.values()))
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


def _put_rollout_parts(connection: Session, row: int, record: Rollout) -> None:
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


def put_fields(connection: Session, row: int, fields: Iterable[tuple[str, str]]) -> None:
    """Writes the further fields of a rollout, over those it has."""
    connection.execute("DELETE FROM fields WHERE rollout = ?", (row,))
    told = [(row, position, bound(name), bound(value)) for position, (name, value) in enumerate(fields)]
    connection.executemany("INSERT INTO fields VALUES (?, ?, ?, ?)", told)


def fields_of(connection: Session, row: int) -> tuple[tuple[str, str], ...]:
    """The further fields of a rollout, in order."""
    sql = "SELECT name, value FROM fields WHERE rollout = ? ORDER BY position"
    return tuple((str(name), str(value)) for name, value in connection.execute(sql, (row,)))


def append(connection: Session, row: int, table: str, parts: Sequence[msgspec.Struct]) -> None:
    """Adds parts to a rollout, behind those it has."""
    if not parts:
        return
    names = columns(type(parts[0]))
    places = "?, " * len(names)
    behind = f"SELECT {places}coalesce(max(position), 0) + 1, ? FROM {table} WHERE rollout = ?"
    connection.executemany(
        f"INSERT INTO {table} ({_quoted(names)}, position, rollout) {behind}",
        [(*(bound(getattr(part, name)) for name in names), row, row) for part in parts],
    )


def move(connection: Session, row: int, at: dt.datetime) -> int:
    """Moves a rollout on at that instant; returns the count of all changes, which names what was made by it."""
    now = "(SELECT value FROM numbers WHERE name = 'changes')"
    moves = f"UPDATE rollouts SET rev = rev + 1, changed = {now}, updated = ? WHERE number = ?"
    _, _, found = connection.together(
        ("UPDATE numbers SET value = value + 1 WHERE name = 'changes'", ()),
        (moves, (bound(at), row)),
        ("SELECT value FROM numbers WHERE name = 'changes'", ()),
    )
    return int(found[0][0])


# -------------------------------------------------------------------------------------------------------- reading


def find(connection: Session, kind: Kind, record_id: str) -> int | None:
    """The row number of a record, or None."""
    found = connection.execute(f"SELECT number FROM {kind.value} WHERE id = ?", (bound(record_id),)).fetchone()
    return int(found[0]) if found else None


def find_any(connection: Session, record_id: str) -> list[tuple[Kind, int]]:
    """The records of that id, each as its kind and row number."""
    asked = [(f"SELECT number FROM {kind.value} WHERE id = ?", (bound(record_id),)) for kind in _KINDS]
    found = zip(_KINDS, connection.together(*asked), strict=True)
    return [(kind, int(rows[0][0])) for kind, rows in found if rows]


def changed(connection: Session, kind: Kind, after: int | None) -> tuple[list[int], list[str]]:
    """The row numbers of what changed after that count, and the ids of what went; None: of everything there is.

    Live rollouts come first, so that a screen fills with them.
    """
    order = "number"
    if kind is Kind.ROLLOUT:
        live = ", ".join(f"'{phase.value}'" for phase in Phase if phase.live)
        order = f"phase NOT IN ({live}), number"
    there, gone = connection.together(
        (f"SELECT number FROM {kind.value} WHERE changed > ? ORDER BY {order}", (after or 0,)),
        ("SELECT id FROM gone WHERE kind = ? AND changed > ? ORDER BY changed", (kind.value, after or 0)),
    )
    return [int(row) for (row,) in there], [str(each) for (each,) in gone] if after is not None else []


def records(connection: Session, kind: Kind, numbers: Sequence[int], source: str, me: str) -> dict[int, Record]:
    """These records by row, in the order asked for; what is gone is left out. `me` is one of the managers."""
    found: dict[int, Record] = {}
    for start in range(0, len(numbers), _CHUNK):
        some = numbers[start : start + _CHUNK]
        if kind is Kind.TEAM:
            found |= _teams(connection, some, source)
        else:
            found |= _rollouts(connection, some, source, me)
    return {row: found[row] for row in numbers if row in found}


def _selection(table: str, names: Sequence[str], key: str, numbers: Sequence[int]) -> Question:
    """Asks for rows of a table, each with the number of the record it belongs to, in order of position."""
    places = ", ".join("?" * len(numbers))
    position = key if table in _SINGLE else f"{key}, position"
    return f'SELECT "{key}", {_quoted(names)} FROM {table} WHERE "{key}" IN ({places}) ORDER BY {position}', numbers


def _named(names: Sequence[str], found: Iterable[Sequence[Value]]) -> Iterator[tuple[int, dict[str, Value]]]:
    """The rows of an answer to `_selection`."""
    for row in found:
        yield int(row[0] or 0), dict(zip(names, row[1:], strict=True))


def _rollouts(connection: Session, numbers: Sequence[int], source: str, me: str) -> dict[int, Record]:
    asked = [(table, columns(part), "rollout") for table, part in _PARTS]
    asked += [("managers", ("name",), "rollout"), ("fields", ("name", "value"), "rollout")]
    asked += [("parents", ("source", "id", *_PARENT), "rollout"), ("rollouts", ("id", "rev", *_PLAIN), "number")]
    answers = connection.together(*(_selection(*each, numbers) for each in asked))
    told = {table: list(_named(names, rows)) for (table, names, _), rows in zip(asked, answers, strict=True)}
    parts: dict[str, dict[int, list[object]]] = {}
    for table, part in _PARTS:
        mine = parts.setdefault(table, {})
        for row, values in told[table]:
            marks = {"marks": str(values["marks"]).splitlines()} if part is Message else {}
            mine.setdefault(row, []).append({**values, **marks})
    managers: dict[int, list[object]] = {}
    for row, values in told["managers"]:
        managers.setdefault(row, []).append(values["name"])
    fields: dict[int, list[object]] = {}
    for row, values in told["fields"]:
        fields.setdefault(row, []).append((values["name"], values["value"]))
    parents = dict(told["parents"])
    found: dict[int, Record] = {}
    for row, plain in told["rollouts"]:
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


def _teams(connection: Session, numbers: Sequence[int], source: str) -> dict[int, Record]:
    named, plain_ones = connection.together(
        _selection("components", ("name",), "team", numbers),
        _selection("teams", ("id", "rev", *_TEAM), "number", numbers),
    )
    components: dict[int, list[Value]] = {}
    for row, values in _named(("name",), named):
        components.setdefault(row, []).append(values["name"])
    found: dict[int, Record] = {}
    for row, plain in _named(("id", "rev", *_TEAM), plain_ones):
        whole: dict[str, object] = dict(plain)
        whole["ref"] = Ref(source, str(whole.pop("id")))
        whole["rev"] = str(whole["rev"])
        whole["components"] = components.get(row, [])
        found[row] = msgspec.convert(whole, Team, strict=False)
    return found
