"""`ppstui config check | schema | blame | paths`; `config init` is in `init`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from ppstui.cli.console import Console
from ppstui.cli.failing import CONFIGURATION, DONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

    from ppstui.config.paths import Paths
    from ppstui.config.read import Loaded


def check(loaded: Loaded, out: TextIO, err: TextIO) -> int:
    """Every problem, one a line; 0 when there is none, 3 otherwise."""
    console = Console(out=out, err=err)
    for problem in loaded.problems:
        console.complain(str(problem))
    if loaded.problems:
        return CONFIGURATION
    names = ", ".join(f"{table.name} ({table.type})" for table in loaded.backends)
    file = str(loaded.file) if loaded.file else "no configuration file, so the defaults are used"
    places = ", ".join(f"{table.name} ({table.type})" for table in loaded.config.targets.values())
    console.say(f"{file}: nothing is wrong; backends: {names}" + (f"; targets: {places}" if places else ""))
    return DONE


def schema(backends: Mapping[str, type[Struct]], targets: Mapping[str, type[Struct]], out: TextIO) -> int:
    """The JSON Schema of the configuration file, with these types of backends and targets and their `Options`."""
    from ppstui.config.jsonschema import json_schema

    text = json.dumps(json_schema(backends, targets), indent=2, ensure_ascii=True)
    Console(out=out).say(text)
    return DONE


def blame(loaded: Loaded, out: TextIO) -> int:
    """Every value in use and where it comes from."""
    from ppstui.config.blame import blame as blamed

    console = Console(out=out)
    lines = [(f"{line.key} = {line.value}", str(line.origin)) for line in blamed(loaded)]
    width = min(max(len(text) for text, _ in lines), 60)
    for text, origin in lines:
        console.say(f"{text:{width}}  # {origin}")
    return DONE


def show_paths(paths: Paths, out: TextIO) -> int:
    """Every path in use and whether something is there."""
    console = Console(out=out)
    named = paths.named()
    width = max(len(name) for name, _ in named)
    for name, path in named:
        there = "" if path.exists() else "  (not there)"
        by = f"  (named by {paths.config_from})" if path == paths.config_file and paths.config_from != "XDG" else ""
        console.say(f"{name:{width}}  {path}{by}{there}")
    return DONE
