"""Records to rows and back, inside a transaction that somebody else began and ends."""

# ruff: noqa: S608 (names of tables and columns come from the structs below, values are always bound)

from __future__ import annotations

import datetime as dt
import re
from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec

from ppstui.backends.sql.layout import APART, LAYOUTS, OWNERS, PARENT
from ppstui.model import Bulletin, Kind, Message, Note, Parent, Phase, Pilot, Record, Ref, Rollout, Spent, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.backends.sql.dialect import Question, Session

_SINGLE: Final = frozenset({"parents", *(kind.value for kind in LAYOUTS)})
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
    if isinstance(value, Ref):
        return str(bound(str(value)))
    if isinstance(value, tuple):
        return "\n".join(str(bound(each)) for each in value)
    if isinstance(value, msgspec.Struct):
        return msgspec.json.encode(_kept(msgspec.to_builtins(value))).decode()
    raise TypeError(f"no column holds a {type(value).__name__}")


def _kept(value: object) -> object:
    """What a struct is made of, its texts as `bound` has them."""
    if isinstance(value, dict):
        return {name: _kept(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(each) for each in value]
    return bound(value) if isinstance(value, str) else value


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
    return f"{LAYOUTS[kind].prefix}{count(connection, kind.value)}"


def _taken(connection: Session, kind: Kind, record_id: str) -> None:
    """Keeps an id that came with a record from being given again."""
    digits = record_id.removeprefix(LAYOUTS[kind].prefix)
    if digits.isascii() and digits.isdigit() and len(digits) < len(str(2**62)):
        given = int(digits)
        connection.execute("UPDATE numbers SET value = ? WHERE name = ? AND value < ?", (given, kind.value, given))


# -------------------------------------------------------------------------------------------------------- writing


def put(connection: Session, record: Record) -> str:
    """Writes a record whole, over one of the same id, and returns its id; an id of "" or `new` makes a fresh one."""
    kind, layout = record.kind, LAYOUTS[record.kind]
    record_id = str(bound(record.ref.id))
    if isinstance(record, Bulletin) and record_id in ("", "new"):
        record_id = str(bound(Bulletin.ref_of("", record.audience, record.issue).id))
    elif record_id in ("", "new"):
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
    if isinstance(record, Bulletin):
        own |= {"draft_rev": rev, "draft_by": bound(record.updated_by)}
    own |= {name: bound(getattr(record, name)) for name in layout.plain}
    if held is None:
        places = ", ".join("?" * len(own))
        row = connection.insert(f"INSERT INTO {table} ({_quoted(own)}) VALUES ({places})", tuple(own.values()))
        connection.execute("DELETE FROM gone WHERE kind = ? AND id = ?", (kind.value, record_id))
    else:
        row = int(held[0])
        settings = ", ".join(f'"{name}" = ?' for name in own)
        connection.execute(f"UPDATE {table} SET {settings} WHERE number = ?", (*own.values(), row))
        tables = [*(part.table for part in layout.parts), *(name for name, _ in (*layout.names, *layout.more))]
        connection.together(*((f"DELETE FROM {each} WHERE {layout.owner} = ?", (row,)) for each in tables))
    _put_parts(connection, row, record)
    return record_id


def _put_parts(connection: Session, row: int, record: Record) -> None:
    layout = LAYOUTS[record.kind]
    for part in layout.parts:
        held = getattr(record, part.field)
        append(connection, row, part.table, held if not part.single else () if held is None else (held,))
    for table, field in layout.names:
        named = [(row, position, bound(name)) for position, name in enumerate(getattr(record, field))]
        if named:
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", named)
    if isinstance(record, Rollout):
        put_fields(connection, row, record.fields)
        _put_parent(connection, row, record)
    if isinstance(record, Pilot):
        spent = [(step.number, each) for step in record.steps for each in step.spent]
        append(connection, row, "pilot_spent", [each for _, each in spent], [{"step": step} for step, _ in spent])


def _put_parent(connection: Session, row: int, record: Rollout) -> None:
    if record.parent is not None:
        parent = record.parent
        source = "" if parent.ref.source == record.ref.source else parent.ref.source
        values = (row, source, parent.ref.id, *(getattr(parent, name) for name in PARENT))
        connection.execute(f"INSERT INTO parents VALUES ({', '.join('?' * len(values))})", tuple(map(bound, values)))


def remove(connection: Session, kind: Kind, record_id: str) -> bool:
    """Deletes a record; whether it was there."""
    gone = connection.execute(f"DELETE FROM {kind.value} WHERE id = ?", (bound(record_id),))
    return gone.rowcount > 0


def put_fields(connection: Session, row: int, fields: Iterable[tuple[str, str]]) -> None:
    """Writes the further fields of a rollout, over those it has."""
    connection.execute("DELETE FROM fields WHERE rollout = ?", (row,))
    told = [(row, position, bound(name), bound(value)) for position, (name, value) in enumerate(fields)]
    connection.executemany("INSERT INTO fields VALUES (?, ?, ?, ?)", told)


def fields_of(connection: Session, row: int) -> tuple[tuple[str, str], ...]:
    """The further fields of a rollout, in order."""
    sql = "SELECT name, value FROM fields WHERE rollout = ? ORDER BY position"
    return tuple((str(name), str(value)) for name, value in connection.execute(sql, (row,)))


def append(
    connection: Session,
    row: int,
    table: str,
    parts: Sequence[msgspec.Struct],
    beside: Sequence[dict[str, Value]] | None = None,
) -> None:
    """Adds parts to a record, behind those it has; `beside` has, for each, columns that its struct has not."""
    if not parts:
        return
    owner = OWNERS[table]
    names = [name for name in parts[0].__struct_fields__ if name not in APART]
    others = list(beside[0]) if beside else []
    held = [
        (*(bound(getattr(part, name)) for name in names), *(more[name] for name in others), row, row)
        for part, more in zip(parts, beside or ({},) * len(parts), strict=True)
    ]
    places = "?, " * (len(names) + len(others))
    behind = f"SELECT {places}coalesce(max(position), 0) + 1, ? FROM {table} WHERE {owner} = ?"
    connection.executemany(f"INSERT INTO {table} ({_quoted([*names, *others])}, position, {owner}) {behind}", held)


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


def find_any(connection: Session, record_id: str, kinds: Sequence[Kind] = tuple(LAYOUTS)) -> list[tuple[Kind, int]]:
    """The records of that id, each as its kind and row number."""
    asked = [(f"SELECT number FROM {kind.value} WHERE id = ?", (bound(record_id),)) for kind in kinds]
    found = zip(kinds, connection.together(*asked), strict=True)
    return [(kind, int(rows[0][0])) for kind, rows in found if rows]


def changed(connection: Session, kind: Kind, after: int | None) -> tuple[list[int], list[str]]:
    """The row numbers of what changed after that count, and the ids of what went; None: of everything there is.

    Live rollouts and pilots and late issues come first, so that a screen fills with them.
    """
    order = "number"
    if kind is Kind.ROLLOUT:
        live = ", ".join(f"'{phase.value}'" for phase in Phase if phase.live)
        order = f"phase NOT IN ({live}), number"
    if kind is Kind.PILOT:
        order = "number IN (SELECT pilot FROM pilot_endings), number"
    if kind is Kind.BULLETIN:
        order = "issue DESC, number"
    there, gone = connection.together(
        (f"SELECT number FROM {kind.value} WHERE changed > ? ORDER BY {order}", (after or 0,)),
        ("SELECT id FROM gone WHERE kind = ? AND changed > ? ORDER BY changed", (kind.value, after or 0)),
    )
    return [int(row) for (row,) in there], [str(each) for (each,) in gone] if after is not None else []


def records(connection: Session, kind: Kind, numbers: Sequence[int], source: str, me: str) -> dict[int, Record]:
    """These records by row, in the order asked for; what is gone is left out. `me` is one of a rollout's managers."""
    found: dict[int, Record] = {}
    for start in range(0, len(numbers), _CHUNK):
        found |= _read(connection, kind, numbers[start : start + _CHUNK], source, me)
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


def _read(connection: Session, kind: Kind, numbers: Sequence[int], source: str, me: str) -> dict[int, Record]:
    layout = LAYOUTS[kind]
    asked = [(part.table, part.columns, layout.owner) for part in layout.parts]
    asked += [(table, ("name",), layout.owner) for table, _ in layout.names]
    asked += [(table, names, layout.owner) for table, names in layout.more]
    asked += [(kind.value, ("id", "rev", *layout.plain), "number")]
    answers = connection.together(*(_selection(*each, numbers) for each in asked))
    told = {table: list(_named(names, rows)) for (table, names, _), rows in zip(asked, answers, strict=True)}
    parts: dict[str, dict[int, list[object]]] = {part.table: {} for part in layout.parts}
    for part in layout.parts:
        for row, values in told[part.table]:
            parts[part.table].setdefault(row, []).append(_part(part.struct, values))
    named: dict[str, dict[int, list[object]]] = {table: {} for table, _ in layout.names}
    for table, _ in layout.names:
        for row, values in told[table]:
            named[table].setdefault(row, []).append(values["name"])
    found: dict[int, Record] = {}
    for row, plain in told[kind.value]:
        whole: dict[str, object] = {name: value for name, value in plain.items() if name != "id"}
        whole["ref"] = Ref(source, str(plain["id"]))
        whole["rev"] = str(whole["rev"])
        for name, struct in layout.whole:
            whole[name] = msgspec.json.decode(str(plain[name]), type=struct) if plain[name] is not None else None
        for part in layout.parts:
            held = parts[part.table].get(row, [])
            whole[part.field] = held if not part.single else held[-1] if held else None
        whole |= {field: named[table].get(row, []) for table, field in layout.names}
        found[row] = msgspec.convert(whole, layout.record, strict=False)
    if kind is Kind.ROLLOUT:
        return _with_the_rest(found, told, source, me)
    return _with_efforts(found, told) if kind is Kind.PILOT else found


def _part(struct: type[msgspec.Struct], values: dict[str, Value]) -> dict[str, object]:
    if struct is Message:
        return {**values, "marks": str(values["marks"]).splitlines()}
    if struct is Step:
        return {**values, "ref": Ref.parse(str(values["ref"])) if values["ref"] else None}
    if struct is Note:
        return {**values, "about": Ref.parse(str(values["about"]))}
    return dict(values)


_Told = dict[str, list[tuple[int, "dict[str, Value]"]]]


def _with_the_rest(found: dict[int, Record], told: _Told, source: str, me: str) -> dict[int, Record]:
    """Rollouts with their further fields and their parents; whoever asks is one of the managers."""
    fields: dict[int, list[tuple[str, str]]] = {}
    for row, values in told["fields"]:
        fields.setdefault(row, []).append((str(values["name"]), str(values["value"])))
    parents: dict[int, Parent] = {}
    for row, values in told["parents"]:
        parent: dict[str, object] = dict(values)
        parent["ref"] = Ref(str(parent.pop("source")) or source, str(parent.pop("id")))
        parents[row] = msgspec.convert(parent, Parent)
    return {
        row: msgspec.structs.replace(
            each,
            managers=tuple(dict.fromkeys([*each.managers, me])),
            fields=tuple(fields.get(row, ())),
            parent=parents.get(row),
        )
        for row, each in found.items()
        if isinstance(each, Rollout)
    }


def _with_efforts(found: dict[int, Record], told: _Told) -> dict[int, Record]:
    """Pilots with the work that was recorded on their steps."""
    spent: dict[tuple[int, int], list[Spent]] = {}
    for row, values in told["pilot_spent"]:
        number = int(values["step"] or 0)
        own = {name: value for name, value in values.items() if name != "step"}
        spent.setdefault((row, number), []).append(msgspec.convert(own, Spent, strict=False))

    def whole(row: int, pilot: Pilot) -> Pilot:
        steps = tuple(
            msgspec.structs.replace(step, spent=tuple(spent.pop((row, step.number), ()))) for step in pilot.steps
        )
        return msgspec.structs.replace(pilot, steps=steps)

    return {row: whole(row, each) for row, each in found.items() if isinstance(each, Pilot)}
