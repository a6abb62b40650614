"""Turns the plain values of a TOML file into structs, strictly, and tells everything that is wrong, not the first.

msgspec's own conversion stops at the first fault and cannot name the nearest key, so the types are walked here, by the
same declaration. One walker serves the configuration and every plug-in's `Options`. A value that cannot be used falls
back to its default; a struct that lacks a required value becomes BAD, and its owner goes without it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import NODEFAULT, Struct, ValidationError
from msgspec import inspect as types
from msgspec.structs import fields as fields_of

from ppstui.config.secrets import REFERENCES, is_reference
from ppstui.config.toml_lines import Path, dotted, quoted
from ppstui.errors import PpsError
from ppstui.rules.clocks import Span

Complain = Callable[[Path, str, str], None]
"""Takes where, what is wrong, and what to do ("" when `what` says it)."""
Check = Callable[[str], tuple[str, str] | None]
"""What is wrong with a text and what to do, or None when nothing is."""

BAD: Final = object()
"""Stands for a value that cannot be used; it has been complained about."""

_SECRET_NAME = re.compile(r"(?:^|_)(?:token|password|passwd|passphrase|secret|api_?key)$", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_URL_WITH_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/@\s:]*:[^/@\s]+@")
_SHOWN = 40
"""How many characters of a faulty value are repeated."""
_PLAIN = {types.BoolType: bool, types.DateType: dt.date, types.DateTimeType: dt.datetime, types.TimeType: dt.time}
_COLLECTIONS: dict[type, Callable[[Any], Any]] = {
    types.VarTupleType: tuple,
    types.ListType: list,
    types.SetType: set,
    types.FrozenSetType: frozenset,
}
_NAMES: dict[type, str] = {
    types.StrType: "a text in quotes",
    types.IntType: "a whole number",
    types.FloatType: "a number",
    types.BoolType: "true or false",
    types.DateType: "a day like 2026-12-24",
    types.DateTimeType: "an instant like 2026-12-24T12:00:00Z",
    types.TimeType: "a time like 14:30:00",
    types.TimeDeltaType: 'a length of time like "60s"',
    types.StructType: "a table",
    types.DictType: "a table",
}


class Strict(Struct, frozen=True):
    """One walk over one file."""

    complain: Complain
    checks: Mapping[str, Check]
    """By the `is` of a field's `Meta(extra=…)`."""
    homes: Callable[[], Mapping[str, str]] = dict
    """Where a key that stands in the wrong table belongs: key to its table, "" being the file itself; asked then."""
    also: Mapping[Path, tuple[str, ...]] = {}
    """Keys that are valid in a table besides its struct's own."""

    def struct(self, kind: type[Struct], raw: object, path: Path) -> Any:
        """An instance of that struct, or BAD. Types are looked into only for what stands in the file: 0.8 ms less."""
        return self._struct(kind, raw, path) if isinstance(raw, dict) else self.value(types.type_info(kind), raw, path)

    def value(self, kind: types.Type, raw: object, path: Path, *, secret: bool = False) -> Any:  # noqa: C901, PLR0912 - one case a type
        """The value as that type, or BAD."""
        match kind:
            case types.Metadata():
                return self._marked(kind, raw, path, secret=secret)
            case types.UnionType():
                return self._union(kind, raw, path, secret=secret)
            case types.StructType() if isinstance(raw, dict):
                return self._struct(kind.cls, raw, path)
            case types.DictType() if isinstance(raw, dict):
                items = {key: self.value(kind.value_type, item, (*path, key)) for key, item in raw.items()}
                return {key: item for key, item in items.items() if item is not BAD}
            case types.CollectionType() if isinstance(raw, list):
                return self._list(kind, raw, path)
            case types.TupleType() if isinstance(raw, list) and len(raw) == len(kind.item_types):
                parts = [self.value(part, raw[n], (*path, n)) for n, part in enumerate(kind.item_types)]
                return BAD if any(part is BAD for part in parts) else tuple(parts)
            case types.EnumType() | types.LiteralType():
                return self._choice(kind, raw, path)
            case types.TimeDeltaType() if isinstance(raw, str):
                return self._length(raw, path)
            case types.StrType() if isinstance(raw, str):
                return self._text(kind, raw, path, secret=secret)
            case types.FloatType() if type(raw) in (int, float):
                return self._number(kind, raw, path)
            case types.IntType() if type(raw) is int:
                return self._number(kind, raw, path)
            case types.AnyType():
                return raw
            case _ if type(raw) is _PLAIN.get(type(kind)):
                return raw
        return self._wrong(kind, raw, path, secret=secret)

    def _wrong(self, kind: types.Type, raw: object, path: Path, *, secret: bool = False) -> object:
        stands = "something else" if secret or _hides(path) else shown(raw)
        self.complain(path, f"expected {name_of(kind)}, found {stands}", _correction(kind, raw, path, secret=secret))
        return BAD

    def _marked(self, kind: types.Metadata, raw: object, path: Path, *, secret: bool) -> Any:
        extra = kind.extra or {}
        value = self.value(kind.type, raw, path, secret=secret or extra.get("secret") is True)
        check = self.checks.get(str(extra.get("is", "")))
        wrong = check(value) if check and isinstance(value, str) else None
        if wrong:
            self.complain(path, *wrong)
            return BAD
        return value

    def _union(self, kind: types.UnionType, raw: object, path: Path, *, secret: bool) -> Any:
        arms = [arm for arm in kind.types if not isinstance(arm, types.NoneType)]
        if len(arms) == 1:
            return self.value(arms[0], raw, path, secret=secret)
        closest: list[tuple[Path, str, str]] = []
        for arm in arms:
            heard: list[tuple[Path, str, str]] = []
            quiet = Strict(lambda *words, heard=heard: heard.append(words), self.checks, self.homes, self.also)
            value = quiet.value(arm, raw, path, secret=secret)
            if not heard:
                return value
            if not (heard[0][0] == path and heard[0][1].startswith("expected")):
                closest = heard  # the right kind of value, with something wrong inside
        for words in closest:
            self.complain(*words)
        return BAD if closest else self._wrong(kind, raw, path, secret=secret)

    def _struct(self, kind: type[Struct], raw: dict[str, Any], path: Path) -> Any:
        fields = {part.encode_name: part for part in fields_of(kind)}
        wrong = False
        values: dict[str, Any] = {}
        for key, item in raw.items():
            if key not in fields:
                if key != kind.__struct_config__.tag_field:
                    self.complain((*path, key), "unknown key", self._unknown(key, tuple(fields), path))
                continue
            part = fields[key]
            secret = bool(_SECRET_NAME.search(key))
            blank = item == "" and part.default == ""
            value = item if blank else self._part(part.type, item, (*path, key), secret=secret)
            if value is not BAD:
                values[part.name] = value
            wrong = wrong or (value is BAD and part.required)
        for key, part in fields.items():
            if part.required and key not in raw:
                self.complain(
                    (*path, key),
                    "is missing",
                    f"write {key} = … here; {name_of(types.type_info(part.type))} is expected",
                )
                wrong = True
        if wrong:
            return BAD
        try:
            return kind(**values)
        except (ValueError, TypeError, ValidationError, PpsError) as error:  # what a plug-in's __post_init__ objects to
            self.complain(path, str(error), "")
            return BAD

    def _part(self, kind: Any, raw: object, path: Path, *, secret: bool) -> Any:
        if isinstance(kind, type) and issubclass(kind, Struct):
            return self.struct(kind, raw, path)
        return self.value(types.type_info(kind), raw, path, secret=secret)

    def _unknown(self, key: str, valid: tuple[str, ...], path: Path) -> str:
        valid += self.also.get(path, ())
        table = self.homes().get(key)
        if table == "" and path:
            return f"did you mean {key} of the whole file? Then move it above the first [table]"
        if table and table != dotted(path):
            return f"did you mean {table}.{key}? Then move it into [{table}]"
        return f"did you mean {nearest(key, valid)}? Valid here: {', '.join(sorted(valid))}"

    def _list(self, kind: types.CollectionType, raw: list[Any], path: Path) -> Any:
        items = [self.value(kind.item_type, item, (*path, n)) for n, item in enumerate(raw)]
        if kind.min_length is not None and len(raw) < kind.min_length:
            self.complain(path, f"has {len(raw)} elements", f"at least {kind.min_length} are needed")
            return BAD
        if kind.max_length is not None and len(raw) > kind.max_length:
            self.complain(path, f"has {len(raw)} elements", f"at most {kind.max_length} are allowed")
            return BAD
        return _COLLECTIONS[type(kind)](item for item in items if item is not BAD)

    def _choice(self, kind: types.EnumType | types.LiteralType, raw: object, path: Path) -> Any:
        choices = _choices(kind)
        if type(raw) in {type(choice) for choice in choices} and raw in choices:
            return kind.cls(raw) if isinstance(kind, types.EnumType) else raw
        hint = f"did you mean {quoted(nearest(raw, tuple(map(str, choices))))}?" if isinstance(raw, str) else ""
        self.complain(path, f"expected {name_of(kind)}, found {shown(raw)}", hint)
        return BAD

    def _length(self, raw: str, path: Path) -> Any:
        wrong = hours(raw)
        if wrong:
            self.complain(path, *wrong)
            return BAD
        return Span.parse(raw).calendar

    def _text(self, kind: types.StrType, raw: str, path: Path, *, secret: bool) -> Any:
        if secret and not is_reference(raw):
            what = "a secret must not stand in this file" if raw else "is empty"
            self.complain(path, what, f"write a reference: {REFERENCES}")
            return BAD
        if not secret and _URL_WITH_PASSWORD.match(raw):
            self.complain(
                path, "a password must not stand in an address", "take it out, and give a reference in its own key"
            )
            return BAD
        if path[0] in ("backends", "targets") and path[-1] == "url" and raw and not _ADDRESS.match(raw):
            self.complain(path, f"{shown(raw)} is no address", "begin it with https://")
            return BAD
        short, long = kind.min_length, kind.max_length
        if (short is not None and len(raw) < short) or (long is not None and len(raw) > long):
            span = f"at least {short}" if short is not None and len(raw) < short else f"at most {long}"
            self.complain(path, f"has {len(raw)} characters", f"{span} are expected")
            return BAD
        if kind.pattern is not None and not re.search(kind.pattern, raw):
            self.complain(path, f"{shown(raw)} is not of the expected form", f"it must match {kind.pattern}")
            return BAD
        return raw

    def _number(self, kind: types.IntType | types.FloatType, raw: Any, path: Path) -> Any:
        limits = (
            (kind.ge is not None and raw < kind.ge, f"at least {kind.ge}"),
            (kind.gt is not None and raw <= kind.gt, f"more than {kind.gt}"),
            (kind.le is not None and raw > kind.le, f"at most {kind.le}"),
            (kind.lt is not None and raw >= kind.lt, f"less than {kind.lt}"),
        )
        for broken, limit in limits:
            if broken:
                self.complain(path, f"{raw} is out of range", f"{limit} is expected")
                return BAD
        return float(raw) if isinstance(kind, types.FloatType) else raw


# ------------------------------------------------------------------------------------------------- checks of texts


def length(text: str) -> tuple[str, str] | None:
    """Whether the text is a length of time, in working or calendar time."""
    try:
        Span.parse(text)
    except (PpsError, ValueError):
        return (
            f"{shown(text)} is not a length of time",
            'write it as in "90s", "15m", "4h", "5d", "2w" or "1wd" (working days)',
        )
    return None


def hours(text: str) -> tuple[str, str] | None:
    """Whether the text is a length of time by the clock, longer than nothing."""
    wrong = length(text)
    if wrong:
        return wrong
    span = Span.parse(text)
    if span.working_days:
        return f"{shown(text)} counts working days", 'clock time is expected, as in "90s", "15m" or "4h"'
    return None if span.calendar > dt.timedelta(0) else (f"{shown(text)} is no time at all", 'write it as in "60s"')


def days(text: str) -> tuple[str, str] | None:
    """Whether the text is a length of time in whole calendar days."""
    wrong = length(text)
    if wrong:
        return wrong
    span = Span.parse(text)
    whole = not span.working_days and span.calendar % dt.timedelta(days=1) == dt.timedelta(0)
    return None if whole else (f"{shown(text)} is not in whole calendar days", 'write it as in "5d"')


def working_days(text: str) -> tuple[str, str] | None:
    """Whether the text is a length of time in whole working days."""
    wrong = length(text)
    if wrong:
        return wrong
    span = Span.parse(text)
    return None if not span.calendar else (f"{shown(text)} is not in working days", 'write it as in "2wd"')


def effort(text: str) -> tuple[str, str] | None:
    """Whether the text is an amount of work."""
    from ppstui.rules.effort import parse_effort  # seldom there is one

    try:
        parse_effort(text)
    except PpsError as error:
        what, _, hint = str(error).partition("; ")
        return what, hint
    return None


def zone(text: str) -> tuple[str, str] | None:
    """Whether the text names a time zone that this machine knows."""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(text, tuple(sorted(zoneinfo.available_timezones())))
        return f"{shown(text)} is no known time zone", f"did you mean {quoted(near)}?"
    return None


def address(text: str) -> tuple[str, str] | None:
    """Whether the text is a mail address."""
    from ppstui.rules.addresses import is_mail_address  # seldom there is one

    return None if not text or is_mail_address(text) else (f"{shown(text)} is no mail address", "write NAME@HOST")


def list_address(text: str) -> tuple[str, str] | None:
    """Whether the text is a mail address that may hold `{stack}`."""
    from ppstui.rules.addresses import is_list_address  # seldom there is one

    if not text or is_list_address(text):
        return None
    return f"{shown(text)} is no mail address", "write LIST@HOST; {stack} in it stands for the stack's name"


# ------------------------------------------------------------------------------------------------------ wording


def nearest(word: str, choices: tuple[str, ...]) -> str:
    """The choice that looks most like the word; "" when there is none."""
    from difflib import get_close_matches  # 3 ms, paid only when something is wrong

    folded: dict[str, str] = {}
    for choice in choices:
        folded.setdefault(choice.casefold(), choice)
    found = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0)
    return folded[found[0]] if found else ""


def shown(raw: object) -> str:
    """What stands in the file, short and harmless to print."""
    match raw:
        case bool():
            return "true" if raw else "false"
        case str():
            return quoted(raw if len(raw) <= _SHOWN else raw[: _SHOWN - 1] + "…")
        case dict():
            return "a table"
        case list():
            return "a list"
    return str(raw)


def name_of(kind: types.Type) -> str:
    """What a type expects, in words."""
    match kind:
        case types.Metadata():
            return name_of(kind.type)
        case types.UnionType():
            return " or ".join(name_of(arm) for arm in kind.types if not isinstance(arm, types.NoneType))
        case types.EnumType() | types.LiteralType():
            return " or ".join(shown(choice) for choice in _choices(kind))
        case types.CollectionType():
            return f"a list, each item {name_of(kind.item_type)}"
        case types.TupleType():
            return f"a list of {len(kind.item_types)}: {', '.join(map(name_of, kind.item_types))}"
    return _NAMES.get(type(kind), "another kind of value")


def is_secret(key: str, kind: types.Type) -> bool:
    """Whether a field of that name and type holds a secret's reference."""
    marked = isinstance(kind, types.Metadata) and (kind.extra or {}).get("secret") is True
    return marked or bool(_SECRET_NAME.search(key))


def default_of(part: types.Field) -> Any:
    """What a field holds when the file says nothing; BAD when the file must."""
    if part.default is not NODEFAULT:
        return part.default
    return part.default_factory() if part.default_factory is not NODEFAULT else BAD


def _choices(kind: types.EnumType | types.LiteralType) -> list[Any]:
    return [member.value for member in kind.cls] if isinstance(kind, types.EnumType) else list(kind.values)


def _hides(path: Path) -> bool:
    return any(isinstance(part, str) and _SECRET_NAME.search(part) for part in path)


def _correction(kind: types.Type, raw: object, path: Path, *, secret: bool) -> str:
    """How the value would have to be written, where that is plain."""
    if secret or _hides(path):
        return f"write a reference: {REFERENCES}"
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    match kind:
        case types.CollectionType() if not isinstance(raw, dict):
            return f"write {key} = [{shown(raw)}]"
        case types.StrType() if isinstance(raw, int | float | dt.date | dt.time):
            return f"write {quoted(shown(raw))}"
        case types.TimeDeltaType() if type(raw) in (int, float):
            return f'write "{raw}s" for {raw} seconds'
        case types.BoolType() if isinstance(raw, str | int):
            return "write true or false, without quotes"
        case types.IntType() if isinstance(raw, str):
            return "write it without quotes"
        case types.DateType() if isinstance(raw, str):
            return "write the day without quotes, as in 2026-12-24"
    return ""
