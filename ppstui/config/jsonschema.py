"""The JSON Schema of the configuration file, made from the structs that read it; for editors with completion."""

from __future__ import annotations

import ast
import inspect
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from ppstui.config.schema import BackendTable, Config, TargetTable

if TYPE_CHECKING:
    from collections.abc import Mapping

_LENGTH = {"type": "string", "pattern": r"^\s*(\d+\s*(s|m|h|d|w|wd)\s*)+$"}
"""A length of time as the configuration writes it; msgspec would describe ISO 8601."""


def json_schema(options: Mapping[str, type[Struct]], targets: Mapping[str, type[Struct]] = {}) -> dict[str, Any]:
    """The schema of the whole file, with a branch of [backends] and of [targets] for each of these types' `Options`."""
    plugins = dict.fromkeys((*options.values(), *targets.values()))
    kinds: list[type[Struct]] = [Config, BackendTable, TargetTable, *plugins]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    names: dict[object, str] = {
        kind: schema["$ref"].rpartition("/")[2] for kind, schema in zip(kinds, schemas, strict=True)
    }
    _describe(components, _reachable(kinds), names)
    whole: dict[str, Any] = components[names[Config]]
    whole["properties"]["backends"] = {
        "type": "object",
        "description": "The servers, each under the name that its records carry: [backends.NAME].",
        "additionalProperties": _branches(options, components, names, BackendTable, ("refresh", "read_only")),
    }
    whole["properties"]["targets"]["additionalProperties"] = _branches(
        targets, components, names, TargetTable, ("format", "read_only")
    )
    for kind in (Config, BackendTable, TargetTable, *plugins):
        components.pop(names[kind], None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "ppstui configuration"}
    done: dict[str, Any] = _lengths({**whole, **head, "$defs": components})
    return done


def _branches(
    options: Mapping[str, type[Struct]],
    components: dict[str, Any],
    names: Mapping[object, str],
    table: type[Struct],
    shared: tuple[str, ...],
) -> dict[str, Any]:
    """One of the types, each with the keys that all of them have."""
    common = {key: components[names[table]]["properties"][key] for key in shared}
    branches = [_branch(name, components[names[kind]], common) for name, kind in sorted(options.items())]
    return {"oneOf": branches} if branches else {"type": "object"}


def _branch(name: str, table: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    properties = {"type": {"const": name}, **common, **table["properties"]}
    required = ["type", *table.get("required", ())]
    return {**table, "title": name, "properties": properties, "required": required, "additionalProperties": False}


def _lengths(schema: Any) -> Any:
    if isinstance(schema, dict):
        if schema.get("format") == "duration":
            rest = {key: value for key, value in schema.items() if key not in ("format", "default")}
            return {**rest, **_LENGTH}
        return {key: _lengths(value) for key, value in schema.items()}
    return [_lengths(item) for item in schema] if isinstance(schema, list) else schema


def _reachable(kinds: list[type[Struct]]) -> list[type[Struct]]:
    """These structs and all that stand in their modules: nested tables are declared beside them."""
    found: dict[type[Struct], None] = {}
    for kind in kinds:
        module = vars(sys.modules[kind.__module__])
        beside = [item for item in module.values() if isinstance(item, type) and issubclass(item, Struct)]
        found |= dict.fromkeys((kind, *beside))
    return list(found)


def _describe(components: dict[str, Any], kinds: list[type[Struct]], names: Mapping[object, str]) -> None:
    """`names`: what those are called that share their own name with others, as `Options` of plug-ins do."""
    for kind in kinds:
        properties = components.get(names.get(kind, kind.__name__), {}).get("properties", {})
        encoded = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
        for name, words in field_docs(kind).items():
            if encoded.get(name) in properties:
                properties[encoded[name]]["description"] = words


def field_docs(kind: type) -> dict[str, str]:
    """The text under each field of a class, by field; nothing where the source is not at hand."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = next(
        (node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == kind.__name__), []
    )
    docs: dict[str, str] = {}
    for field, after in pairwise(body):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                docs[name] = inspect.cleandoc(words).replace("\n", " ")
    return docs
