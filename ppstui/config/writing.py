"""Composes the text of a new configuration from answers and the example, with every other key as a comment.

Nothing here touches a file that exists: what a person wrote is never rewritten.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import inspect as types

from ppstui.config.blame import spelled
from ppstui.config.jsonschema import field_docs
from ppstui.config.schema import BackendTable
from ppstui.config.strict import BAD, default_of
from ppstui.config.toml_lines import dotted, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msgspec import Struct

_TABLE = re.compile(r"^(?:# )?\[+([^\]]+)\]+$", re.MULTILINE)
_ACTIVE = re.compile(r'^(?=\[|"?[A-Za-z_.]+"? = )', re.MULTILINE)
_WIDTH = 118

_INTRO = """\
# The configuration of ppstui, written by `ppstui config init`; from here on it is yours, ppstui never writes into it.
# Lines that begin with "# " and a key or a [table] show the defaults: take the "# " away, from the line and from the
# line of its [table], to change them. `ppstui config check` names every mistake at once, `ppstui config blame` tells
# where each value in use comes from.
#
# Lengths of time are written 90s, 15m, 4h, 5d, 2w, or 1wd for working days."""


@dataclass(frozen=True, slots=True)
class Described:
    """One [backends.NAME] as it was answered for."""

    kind: str
    """Its `type`."""
    options: type[Struct]
    values: Mapping[str, Any] = field(default_factory=dict)
    """Keys of `options` with their plain values; tables as mappings."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first run asked."""

    backends: Mapping[str, Described]
    teams: tuple[str, ...]
    """Which of them, or `local`, serve teams and the registry; rollouts are served by all of them."""
    timezone: str = "Europe/Zurich"
    country: str = ""
    me: str = ""
    """The name that the server knows the user by."""
    pilots: tuple[str, ...] = ("local",)
    """Which of them, or `local`, keep pilots."""


def example_text() -> str:
    """The example configuration: shipped inside the package, or beside it in a checkout. Raises OSError."""
    import ppstui

    package = Path(ppstui.__file__).parent
    inside = package / "config.example.toml"
    return (inside if inside.exists() else package.parent / inside.name).read_text(encoding="utf-8")


def compose(answers: Answers, example: str) -> str:
    """A whole configuration file: the answers as values, everything else as the example's defaults in comments."""
    _, *paragraphs = example.strip().split("\n\n")
    parts = [_INTRO]
    for paragraph in paragraphs:
        found = _TABLE.search(paragraph)
        table = found[1] if found else ""
        if table == "sources":
            parts.append(_sources(paragraph, answers))
            parts += [part for name, one in answers.backends.items() for part in _backend(name, one)]
        elif table == "calendar" and answers.country:
            chosen = paragraph.replace('country = ""', f"country = {quoted(answers.country)}", 1)
            parts.append(_commented(chosen, keep=("[calendar]", "country = ")))
        elif not table.startswith("backends."):
            chosen = paragraph.replace('timezone = "Europe/Zurich"', f"timezone = {quoted(answers.timezone)}")
            if answers.me:
                chosen = chosen.replace('\nme = ""', f"\nme = {quoted(answers.me)}", 1)
            parts.append(_commented(chosen, keep=("timezone = ", *(("me = ",) if answers.me else ()))))
    return "\n\n".join(parts) + "\n"


def _commented(paragraph: str, keep: tuple[str, ...]) -> str:
    """The paragraph with its keys and tables as comments, but for those lines that begin so."""
    lines = [line if line.startswith(keep) else _ACTIVE.sub("# ", line) for line in paragraph.split("\n")]
    return "\n".join(lines)


def _sources(paragraph: str, answers: Answers) -> str:
    chosen = paragraph.replace('rollouts = ["local"]', f"rollouts = {spelled(list(answers.backends))}")
    chosen = chosen.replace('teams = ["local"]', f"teams = {spelled(answers.teams)}")
    chosen = chosen.replace('pilots = ["local"]', f"pilots = {spelled(answers.pilots)}")
    return _commented(chosen, keep=("[sources]", "rollouts = ", "teams = ", "pilots = "))


def _backend(name: str, described: Described) -> Iterator[str]:
    path = ("backends", name)
    lines = [
        *_remark(f"Its records are called {name}:… after the name of this table."),
        f"[{dotted(path)}]",
        f"type = {quoted(described.kind)}",
    ]
    lines += _keys(described.options, described.values)
    docs = field_docs(BackendTable)
    common = types.type_info(BackendTable)
    for part in common.fields if isinstance(common, types.StructType) else ():
        if part.encode_name in ("refresh", "read_only"):
            lines += [*_remark(docs.get(part.name, "")), f"# {part.encode_name} = {spelled(part.default)}"]
    yield "\n".join(lines)
    for key, kind, remark in _tables(described.options):
        values = described.values.get(key, {})
        head = f"[{dotted((*path, key))}]"
        body = [*_remark(remark), head if values else f"# {head}", *_keys(kind, values)]
        yield "\n".join(body)


def _keys(kind: type, values: Mapping[str, Any]) -> Iterator[str]:
    info, docs = types.type_info(kind), field_docs(kind)
    for part in info.fields if isinstance(info, types.StructType) else ():
        key, default = part.encode_name, default_of(part)
        if isinstance(part.type, types.StructType):
            continue
        if key in values:
            yield from _remark(docs.get(part.name, ""))
            yield f"{key} = {spelled(values[key])}"
        elif default is not BAD and default is not None:
            yield from _remark(docs.get(part.name, ""))
            yield f"# {key} = {spelled(default)}"


def _tables(kind: type) -> Iterator[tuple[str, type, str]]:
    info, docs = types.type_info(kind), field_docs(kind)
    for part in info.fields if isinstance(info, types.StructType) else ():
        if isinstance(part.type, types.StructType):
            yield part.encode_name, part.type.cls, docs.get(part.name, "")


def _remark(words: str) -> list[str]:
    lines = textwrap.wrap(words, _WIDTH - 3)
    return [f"#  {line}" if line.startswith("[") else f"# {line}" for line in lines]  # `# [` would look like a table
