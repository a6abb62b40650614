"""The example shows every key, at the value it has when left out; it cannot lie."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import inspect as types

from ppstui import backends
from ppstui.config.read import Known, read_config
from ppstui.config.schema import Config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.config.read import Loaded

TEXT = (Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8")
EXAMPLES = {"smtp": "mail", "file": "archive", "dokuwiki": "wiki", "rt": "ticket"}
"""What the example calls its target of each type."""
ALTERNATIVE = re.compile(r'^# (?=\[|"?[a-z_.]+"? = )', re.MULTILINE)


def strict(folder: Path, text: str) -> Loaded:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    known = Known(types=backends.known_types(), target=backends.find_target, target_types=backends.known_targets())
    return read_config(file, {"HOME": str(folder)}, backends.find, known)


def keys(kind: types.Type, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every key of a struct; names chosen by users are `*`."""
    match kind:
        case types.Metadata():
            yield from keys(kind.type, path)
        case types.StructType():
            for part in kind.fields:
                yield (*path, part.encode_name)
                yield from keys(part.type, (*path, part.encode_name))
        case types.DictType():
            yield from keys(kind.value_type, (*path, "*"))
        case types.VarTupleType():
            yield from keys(kind.item_type, path)


def written(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            star = "*" if path == ("bulletin",) else key
            yield (*path, star)
            yield from written(item, (*path, star))
    elif isinstance(value, list):
        for item in value:
            yield from written(item, path)


def test_the_example_is_what_ppstui_does_without_it(tmp_path: Path) -> None:
    loaded = strict(tmp_path, TEXT)
    assert loaded.problems == ()
    assert loaded.config == Config()
    without = strict(tmp_path, "")
    assert loaded.backends == without.backends


def test_every_alternative_in_it_is_valid(tmp_path: Path) -> None:
    loaded = strict(tmp_path, ALTERNATIVE.sub("", TEXT))
    assert loaded.problems == ()
    assert {table.name for table in loaded.backends} == {"local", "team", *backends.known_types()} - {"sql"}


def test_every_key_is_shown() -> None:
    shown = set(written(tomllib.loads(ALTERNATIVE.sub("", TEXT))))
    wanted = {path for path in keys(types.type_info(Config), ()) if path[0] != "targets"}
    for kind in backends.known_targets():
        path = ("targets", EXAMPLES[kind])
        wanted |= {(*path, common) for common in ("type", "format", "read_only")}
        wanted |= set(keys(types.type_info(backends.find_target(kind).Options), path))
    for kind in backends.known_types():
        path = ("backends", "local" if kind == "sql" else kind)
        wanted |= {(*path, common) for common in ("type", "refresh", "read_only")}
        wanted |= set(keys(types.type_info(backends.find(kind).Options), path))
    assert wanted - shown == set()


def test_every_type_of_backend_is_shown() -> None:
    tables = tomllib.loads(ALTERNATIVE.sub("", TEXT))["backends"].values()
    assert {table["type"] for table in tables} == set(backends.known_types())


def test_alternatives_show_defaults_too(tmp_path: Path) -> None:
    table = next(table for table in strict(tmp_path, ALTERNATIVE.sub("", TEXT)).backends if table.name == "rt")
    options = table.options
    assert options is not None
    assert options == type(options)(url="https://rt.example.org/rt", token="env:PPSTUI_RT_TOKEN")


def test_lines_are_short_enough_to_read() -> None:
    assert max(map(len, TEXT.splitlines())) <= 130
