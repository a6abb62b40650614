"""The registry of partners as a file that people edit: CSV for spreadsheets, TOML for editors; there and back.

Reading tells every mistake with its line and column and keeps what is right; whether anything is taken over while there
are mistakes is for the caller to decide. A spreadsheet opens the CSV without running anything that is in it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tomllib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ppstui.config.strict import nearest
from ppstui.config.toml_lines import key_lines
from ppstui.errors import UsageError
from ppstui.model import Commitment, Level, Ref, Team, Wish
from ppstui.rules.registry import Majors, Registry, overlapping
from ppstui.rules.teams import team_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLUMNS = (
    *("entry", "id", "name", "ngi", "site", "contact", "active", "components"),
    *("level", "component", "stack", "majors", "os", "arch", "since", "until", "minimum", "note"),
)
"""The columns of the CSV; `entry` says what a row is, and what it has no use for stays empty."""
FIELDS = {
    "partner": ("id", "name", "ngi", "site", "contact", "active", "components", "note"),
    "commitment": (*("id", "name", "level", "component", "stack", "majors", "os", "arch", "since", "until", "note"),),
    "wish": ("id", "component", "stack", "majors", "os", "arch", "minimum", "note"),
}
"""What each kind of entry has, by the names of the columns."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet would take for a formula, or that is guarded already."""
_YES = {"": True, "yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_SHOWN: Final = 40
"""How many characters of a faulty value are repeated."""


class Misread(Struct, frozen=True, kw_only=True):
    """One thing that is wrong in a registry file."""

    line: int
    column: int = 0
    """Of a CSV the cell in its row, of a TOML file the character; 0 when it concerns the whole line."""
    field: str = ""
    what: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", column {self.column}" if self.column else "")
        return f"{place}: {f'{self.field}: ' if self.field else ''}{self.what}"


class Reading(Struct, frozen=True, kw_only=True):
    """What a registry file says."""

    registry: Registry
    """The entries that are right."""
    mistakes: tuple[Misread, ...] = ()
    """In the order of the file; () when everything was read."""


class _Entry(Struct, frozen=True):
    """One entry as it was written, before anything is known of it."""

    kind: str
    line: int
    values: dict[str, str]
    place: Callable[[str], tuple[int, int]]
    """Where a field stands: line and column."""


# ------------------------------------------------------------------------------------------------------------- writing


def registry_csv(registry: Registry) -> str:
    """The registry as CSV, one entry a row; what a spreadsheet would run is guarded by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for kind, values in _entries(registry):
        cells = [kind, *(values.get(column, "") for column in COLUMNS[1:])]
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue()


def registry_toml(registry: Registry) -> str:
    """The registry as TOML: a table for each entry, with what is not empty."""
    import tomli_w  # paid when a registry is exported

    tables: dict[str, list[dict[str, object]]] = {}
    for kind, values in _entries(registry):
        table: dict[str, object] = {name: value for name, value in values.items() if value}
        if values.get("active"):
            table["active"] = _YES[values["active"]]
        if values.get("minimum"):
            table["minimum"] = int(values["minimum"])
        for name in ("since", "until"):
            if values.get(name):
                table[name] = dt.date.fromisoformat(values[name])
        tables.setdefault(kind, []).append(table)
    return tomli_w.dumps(tables)


def _entries(registry: Registry) -> Iterator[tuple[str, dict[str, str]]]:
    for partner in registry.partners:
        active = "yes" if partner.active else "no"
        yield (
            "partner",
            {
                "id": partner.ref.id,
                "name": partner.name,
                "ngi": partner.ngi,
                "site": partner.site,
                "contact": partner.contact,
                "active": active,
                "components": ", ".join(partner.components),
                "note": partner.note,
            },
        )
    for each in registry.commitments:
        yield (
            "commitment",
            {
                "id": each.ref.id,
                "name": each.party,
                "level": each.level.value if each.level is not Level.NONE else "",
                **_products(each),
                "since": str(each.since or ""),
                "until": str(each.until or ""),
                "note": each.note,
            },
        )
    for wish in registry.wishes:
        yield "wish", {"id": wish.ref.id, **_products(wish), "minimum": str(wish.minimum), "note": wish.note}


def _products(selector: Commitment | Wish) -> dict[str, str]:
    return {name: getattr(selector, name) for name in ("component", "stack", "majors", "os", "arch")}


# ------------------------------------------------------------------------------------------------------------- reading


def read_registry_csv(text: str, source: str) -> Reading:
    """Reads a registry from CSV, with commas or, as some spreadsheets write it, semicolons. Refs are of `source`."""
    text = text.removeprefix("\ufeff")
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    mistakes: list[Misread] = []
    entries: list[_Entry] = []
    columns: list[str] = []
    before = 0
    try:
        for row in reader:
            line, before = before + 1, reader.line_num
            if not columns:
                columns = [cell.strip().lower() for cell in row]
                mistakes += _headings(columns)
            elif any(cell.strip() for cell in row):
                extra = [number for number, cell in enumerate(row, 1) if number > len(columns) and cell.strip()]
                mistakes += [Misread(line=line, column=at, what="there is no column for this cell") for at in extra]
                entries.append(_row(columns, row, line))
    except csv.Error as error:
        mistakes.append(Misread(line=reader.line_num, what=f"this is no CSV: {error}"))
    return _read(entries, mistakes, source)


def _row(columns: list[str], row: list[str], line: int) -> _Entry:
    cells = dict(zip(columns, (_unguarded(cell) for cell in row), strict=False))
    kind = cells.pop("entry", "").strip().lower()

    def place(field: str) -> tuple[int, int]:
        return line, columns.index(field) + 1 if field in columns else 0

    return _Entry(kind, line, {name: value for name, value in cells.items() if name in COLUMNS}, place)


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _headings(columns: list[str]) -> Iterator[Misread]:
    for number, name in enumerate(columns, 1):
        if name not in COLUMNS:
            what = f"{_cut(name)} is no column; did you mean {nearest(name, COLUMNS)}?"
            yield Misread(line=1, column=number, what=what)
        elif name in columns[: number - 1]:
            yield Misread(line=1, column=number, field=name, what="the column is there twice")
    if "entry" not in columns:
        yield Misread(
            line=1, what="the column entry is missing; it says whether a row is a partner, commitment or wish"
        )


def read_registry_toml(text: str, source: str) -> Reading:
    """Reads a registry from TOML. A file that is none is one mistake, and nothing is read of it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (text.count("\n") + 1, 0)
        what = f"this is no TOML: {str(error).partition(' (at ')[0]}"
        return Reading(registry=Registry(), mistakes=(Misread(line=line, column=column, what=what),))
    lines, written = key_lines(text), text.splitlines()
    mistakes: list[Misread] = []
    entries: list[_Entry] = []
    for kind, tables in document.items():
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            mistakes.append(
                Misread(line=lines.get((kind,), 1), what=f"{_cut(kind)} is no list of tables; write [[{kind}]]")
            )
            continue
        for number, table in enumerate(tables):

            def place(field: str, at: tuple[str, int] = (kind, number)) -> tuple[int, int]:
                line = lines.get((*at, field)) or lines.get(at, 1)
                column = written[line - 1].find(field) + 1 if (*at, field) in lines and line <= len(written) else 0
                return line, column

            for name, value in table.items():
                if isinstance(value, list | dict):
                    line, column = place(name)
                    mistakes.append(Misread(line=line, column=column, field=name, what="one value is wanted here"))
            values = {name: _plain(value) for name, value in table.items()}
            entries.append(_Entry(kind, lines.get((kind, number), 1), values, place))
    entries.sort(key=lambda entry: entry.line)
    return _read(entries, mistakes, source)


def _plain(value: object) -> str:
    """A value as the CSV would write it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case _:
            return str(value)


# ------------------------------------------------------------------------------------------------------------- entries


def _read(entries: Iterable[_Entry], mistakes: list[Misread], source: str) -> Reading:
    made: dict[str, list[Team | Commitment | Wish]] = {"partner": [], "commitment": [], "wish": []}
    seen: dict[str, int] = {}
    committed: dict[str, int] = {}
    for entry in entries:
        found = list(_wrong(entry))
        record = None if found else _record(entry, source, seen)
        if record is not None:
            found += _twice(entry, record, made, seen, committed)
        mistakes += found
        if record is not None and not found:
            seen[record.ref.id] = entry.line
            committed[record.ref.id] = entry.line
            made[entry.kind].append(record)
    mistakes.sort(key=lambda each: (each.line, each.column))
    registry = Registry(
        partners=tuple(each for each in made["partner"] if isinstance(each, Team)),
        commitments=tuple(each for each in made["commitment"] if isinstance(each, Commitment)),
        wishes=tuple(each for each in made["wish"] if isinstance(each, Wish)),
    )
    return Reading(registry=registry, mistakes=tuple(mistakes))


def _wrong(entry: _Entry) -> Iterator[Misread]:
    """Everything that is wrong in one entry by itself."""
    fields = FIELDS.get(entry.kind)
    if fields is None:
        line, column = entry.place("entry")
        what = f"{_cut(entry.kind)} is no entry; write partner, commitment or wish"
        yield Misread(line=line, column=column, field="entry", what=what)
        return
    for name, value in entry.values.items():
        what = ""
        if name not in fields and value.strip():
            what = f"a {entry.kind} has no {_cut(name)}" + (
                "" if name in COLUMNS else f"; did you mean {nearest(name, fields)}?"
            )
        elif name in fields:
            what = _fault(name, value)
        if what:
            line, column = entry.place(name)
            yield Misread(line=line, column=column, field=name, what=what)
    needed = "component" if entry.kind == "wish" else "name"
    if not entry.values.get(needed, "").strip():
        yield _misread(entry, needed, f"a {entry.kind} needs one")
    if entry.kind == "commitment":
        yield from _wrong_commitment(entry)


def _wrong_commitment(entry: _Entry) -> Iterator[Misread]:
    values = entry.values
    if not values.get("component", "").strip() and values.get("level", "").strip().lower() in ("", "none"):
        yield _misread(entry, "component", "a commitment is to a component, or to a level")
    since, until = _day(values.get("since", "")), _day(values.get("until", ""))
    if since and until and until < since:
        yield _misread(entry, "until", f"{until} is before {since}, when it begins")


def _misread(entry: _Entry, field: str, what: str) -> Misread:
    line, column = entry.place(field)
    return Misread(line=line, column=column, field=field, what=what)


def _fault(name: str, value: str) -> str:
    """What is wrong with the value of a field; "" when nothing is."""
    text = value.strip()
    match name:
        case "id":
            odd = any(sign.isspace() or sign == "/" or not sign.isprintable() for sign in value)
            return f"{_cut(value)} has a space or a slash" if odd else ""
        case "name":
            odd = any(sign.isspace() or not sign.isprintable() for sign in text)
            return f"{_cut(value)} is no partner's name; write ea-<NGI>-<Site-name> or <NGI>-<Site-name>" if odd else ""
        case "active":
            return "" if text.lower() in _YES else f"{_cut(value)} is neither yes nor no"
        case "level":
            known = ("", *(level.value for level in Level))
            return "" if text.lower() in known else f"{_cut(value)} is no level; write silver, gold or platinum"
        case "majors":
            try:
                Majors.parse(text)
            except UsageError as error:
                return str(error)
            return ""
        case "since" | "until":
            return "" if not text or _day(text) else f"{_cut(value)} is no day; write it as 2026-12-24"
        case "minimum":
            good = not text or bool(re.fullmatch(r"[0-9]{1,6}", text) and int(text))
            return "" if good else f"{_cut(value)} is no number of early adopters, 1 or more"
        case _:
            return ""


def _day(text: str) -> dt.date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def _record(entry: _Entry, source: str, seen: dict[str, int]) -> Team | Commitment | Wish:
    """The record of an entry that is right by itself."""
    values = entry.values
    ref = Ref(source, values.get("id", "") or _fresh_id(entry, seen))
    note = values.get("note", "")
    if entry.kind == "partner":
        active = _YES[values.get("active", "").strip().lower()]
        name = values["name"].strip()
        ngi, site, contact = (values.get(part, "") for part in ("ngi", "site", "contact"))
        components = tuple(filter(None, map(str.strip, values.get("components", "").split(","))))
        return Team(
            ref=ref, name=name, ngi=ngi, site=site, contact=contact, components=components, active=active, note=note
        )
    component, stack, majors, os, arch = (
        values.get(name, "").strip() for name in ("component", "stack", "majors", "os", "arch")
    )
    if entry.kind == "wish":
        minimum = int(values.get("minimum", "").strip() or 1)
        return Wish(
            ref=ref, component=component, stack=stack, majors=majors, os=os, arch=arch, minimum=minimum, note=note
        )
    return Commitment(
        ref=ref,
        party=values["name"].strip(),
        level=Level(values.get("level", "").strip().lower() or "none"),
        component=component,
        stack=stack,
        majors=majors,
        os=os,
        arch=arch,
        since=_day(values.get("since", "")),
        until=_day(values.get("until", "")),
        note=note,
    )


def _fresh_id(entry: _Entry, seen: dict[str, int]) -> str:
    """An id made of what the entry says, so that the same file gives the same ids."""
    names = ("name", "level", "component", "stack", "majors", "os", "arch", "since")
    words = [entry.kind, *(entry.values.get(name, "").strip() for name in names)]
    base = re.sub(r"[\s/]+", "_", ":".join(word for word in words if word))
    number = 1
    while (made := base if number == 1 else f"{base}:{number}") in seen:
        number += 1
    return made


def _twice(
    entry: _Entry,
    record: Team | Commitment | Wish,
    made: dict[str, list[Team | Commitment | Wish]],
    seen: dict[str, int],
    lines: dict[str, int],
) -> Iterator[Misread]:
    """What an entry says that another one has said before."""
    if record.ref.id in seen:
        yield _misread(entry, "id", f"line {seen[record.ref.id]} has the id {_cut(record.ref.id)} already")
    match record:
        case Team():
            for each in made["partner"]:
                if isinstance(each, Team) and team_key(each.name) == team_key(record.name):
                    yield _misread(entry, "name", f"line {lines[each.ref.id]} has {record.name} already")
        case Commitment():
            known = (each for each in made["commitment"] if isinstance(each, Commitment))
            for each in overlapping(record, known):
                yield _misread(entry, "component", f"it overlaps with the commitment in line {lines[each.ref.id]}")
        case Wish():
            for each in made["wish"]:
                if isinstance(each, Wish) and _products(each) == _products(record):
                    yield _misread(entry, "component", f"line {lines[each.ref.id]} wishes for the same")


def _cut(word: str) -> str:
    return repr(word if len(word) <= _SHOWN else word[:_SHOWN] + "…")
