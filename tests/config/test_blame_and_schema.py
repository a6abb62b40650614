"""Where values come from, and what an editor is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ppstui.backends import find_target, known_targets
from ppstui.backends.targets.smtp import Options
from ppstui.config.blame import blame
from ppstui.config.jsonschema import field_docs, json_schema
from ppstui.config.schema import Config
from tests.config.desks import FileOptions, TrackerOptions, load

if TYPE_CHECKING:
    from pathlib import Path


def test_every_value_in_use_is_told_with_its_origin(tmp_path: Path) -> None:
    text = (
        'timezone = "Europe/Rome"\n[keys]\n"desk.refresh" = "r"\n[backends.rt]\ntype = "tracker"\nurl = "https://rt.test"\n'
        'token = "env:T"\n[backends.rt.status]\nnew = ["neu"]\n[targets.mail]\ntype = "smtp"\nfrom = "a@b.test"\n'
    )
    file = str(tmp_path / "config.toml")
    told = {line.key: (line.value, str(line.origin)) for line in blame(load(tmp_path, text, theme="dusk"))}
    assert told["timezone"] == ('"Europe/Rome"', f"{file}:1")
    assert told["theme"] == ('"dusk"', "--theme")
    assert told["low_bandwidth"] == ("unset", "default")
    assert told["deadlines.exposure.minimum"] == ('"5d"', "default")
    assert told['keys."desk.refresh"'] == ('"r"', f"{file}:3")
    assert told["backends.rt.token"] == ('"env:T"', f"{file}:7")
    assert told["backends.rt.refresh"] == ('"1m"', "default")
    assert told["backends.rt.status.new"] == ('["neu"]', f"{file}:9")
    assert told["targets.mail.from"] == ('"a@b.test"', f"{file}:12")
    assert told["sources.rollouts"] == ('["rt"]', "default")


def test_refused_secrets_do_not_come_out_here_either(tmp_path: Path) -> None:
    text = (
        '[backends.rt]\ntype = "tracker"\nurl = "x"\ntoken = "hunter2"\n[targets.m]\ntype = "smtp"\ntoken = "hunter2"\n'
    )
    assert not any("hunter2" in line.value for line in blame(load(tmp_path, text)))


def test_the_schema_says_everything_with_its_meaning() -> None:
    schema: dict[str, Any] = json_schema({"tracker": TrackerOptions, "sql": FileOptions}, {"smtp": Options})
    json.dumps(schema)
    assert set(schema["properties"]) == {*Config.__struct_encode_fields__, "backends"}
    assert all(part["description"] for part in schema["properties"].values())
    branches = {
        branch["properties"]["type"]["const"]: branch
        for branch in schema["properties"]["backends"]["additionalProperties"]["oneOf"]
    }
    assert set(branches) == {"tracker", "sql"}
    tracker = branches["tracker"]
    assert tracker["required"] == ["type", "url"]
    assert tracker["properties"]["queue"]["description"] == "The queue of the rollouts."
    assert tracker["additionalProperties"] is False
    assert tracker["properties"]["refresh"]["pattern"]
    assert tracker["properties"]["patience"]["pattern"]
    (mail,) = schema["properties"]["targets"]["additionalProperties"]["oneOf"]
    assert set(mail["properties"]) >= {"type", "format", "read_only", "from", "to", "tls"}
    assert mail["properties"]["to"]["description"]


def references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*(references(item) for item in value.values()))
    return set().union(*(references(item) for item in value)) if isinstance(value, list) else set()


def test_the_schema_points_at_nothing_that_it_does_not_hold() -> None:
    targets = {name: find_target(name).Options for name in known_targets()}
    schema = json_schema({"tracker": TrackerOptions, "sql": FileOptions}, targets)
    assert references(schema) <= {f"#/$defs/{name}" for name in schema["$defs"]}


def test_every_key_of_the_schema_has_its_meaning_under_it() -> None:
    from ppstui.config import schema as module

    for table in vars(module).values():
        if isinstance(table, type) and table.__module__ == module.__name__ and not table.__name__.startswith("_"):
            missing = (
                set(getattr(table, "__struct_fields__", ())) - set(field_docs(table)) - {"name", "type", "refresh"}
            )
            assert not missing, f"{table.__name__}: {missing}"
