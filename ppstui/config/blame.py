"""Every value in use and where it comes from: what `config blame` prints."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec import inspect as types

from ppstui.config.strict import shown
from ppstui.config.toml_lines import Path, dotted, quoted
from ppstui.rules.clocks import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ppstui.config.read import Loaded, Origin


@dataclass(frozen=True, slots=True)
class Blame:
    """One value and its origin. Secrets are references, so nothing here needs hiding."""

    key: str
    value: str
    """As TOML writes it; `unset` where nothing stands."""
    origin: Origin


def blame(loaded: Loaded) -> list[Blame]:
    """Every value of the configuration in the schema's order, then every target's and every backend's."""
    found = [pair for pair in _leaves(loaded.config, ()) if pair[0][0] != "targets"]
    for target in loaded.config.targets.values():
        common: dict[str, object] = {"type": target.type, "format": target.format, "read_only": target.read_only}
        found += _table(("targets", target.name), common, target.options)
    for table in loaded.backends:
        common = {"type": table.type, "refresh": table.refresh, "read_only": table.read_only}
        found += _table(("backends", table.name), common, table.options)
    return [Blame(dotted(key), spelled(value), loaded.origin(key)) for key, value in found]


def _table(path: Path, common: Mapping[str, object], options: Struct | None) -> Iterator[tuple[Path, object]]:
    yield from (((*path, key), value) for key, value in common.items())
    yield from _leaves(options, path) if options is not None else ()


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    if isinstance(value, Struct):
        kind = types.type_info(type(value))
        for part in kind.fields if isinstance(kind, types.StructType) else ():
            yield from _leaves(getattr(value, part.name), (*path, part.encode_name))
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, tuple | list) and any(isinstance(item, Struct | dict) for item in value):
        for n, item in enumerate(value):
            yield from _leaves(item, (*path, n))
    else:
        yield path, value


def spelled(value: object) -> str:
    """The value as TOML writes it; `unset` for what TOML cannot say."""
    match value:
        case None:
            return "unset"
        case Enum():
            return spelled(value.value)
        case str():
            return quoted(value)
        case dt.timedelta():
            return quoted(str(Span(calendar=value)))
        case tuple() | list() | set() | frozenset():
            return f"[{', '.join(spelled(item) for item in value)}]"
        case dict():
            items = ", ".join(f"{dotted((str(key),))} = {spelled(item)}" for key, item in value.items())
            return f"{{ {items} }}" if items else "{}"
    return shown(value)
