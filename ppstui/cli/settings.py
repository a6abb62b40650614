"""`ppstui config` and `ppstui doctor`, handed what only the composition root knows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.backends import find, find_target, known_targets, known_types
from ppstui.cli import compose, config_commands
from ppstui.config.secrets import Vault

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ppstui.cli.console import Console
    from ppstui.config.read import Known
    from ppstui.config.schema import BackendTable
    from ppstui.port import Backend, Plugin, Toolbox


def config(options: argparse.Namespace, console: Console) -> int:
    """The command `config`."""
    match options.verb:
        case "check":
            return config_commands.check(
                compose.configured(options, console, _everything(options, console)), console.out, console.err
            )
        case "schema":
            backends = {name: plugin.Options for name, plugin in _plugins().items()}
            targets = {name: find_target(name).Options for name in known_targets()}
            return config_commands.schema(backends, targets, console.out)
        case "blame":
            return config_commands.blame(compose.configured(options, console), console.out)
        case "paths":
            return config_commands.show_paths(compose.paths_of(options, console), console.out)
        case _:
            return _init(options, console)


def _plugins() -> dict[str, Plugin]:
    return {name: find(name) for name in known_types()}


def _everything(options: argparse.Namespace, console: Console) -> Known:
    """Every name there is, so that `config check` finds every mistake; this imports the dashboard's parts."""
    from ppstui.config.policy import country_problem
    from ppstui.ui.actions import ACTIONS
    from ppstui.ui.theme import themes

    return structs.replace(
        compose.usual_names(),
        actions=frozenset(ACTIONS),
        themes=tuple(themes(compose.paths_of(options, console).themes)),
        country=country_problem,
    )


def _init(options: argparse.Namespace, console: Console) -> int:
    from ppstui.cli.init import Talk, init

    paths = compose.paths_of(options, console)

    def opened(table: BackendTable, secret: Callable[[str], str]) -> Backend:
        from ppstui.config.read import Loaded
        from ppstui.config.schema import Config

        loaded = Loaded(config=Config(), backends=(table,), folder=paths.config_file.parent)
        return compose.plugin_of(table).open(table.options, compose.toolbox(loaded, paths, console, table.name, secret))

    talk = Talk(console.out, console.err, person=console.stdin.isatty())
    return init(paths.config_file, talk, _plugins(), opened, console.env, yes=options.yes)


def examine(options: argparse.Namespace, console: Console) -> int:
    """The command `doctor`."""
    from ppstui.cli.doctor import doctor
    from ppstui.cli.surroundings import look_around

    loaded = compose.configured(options, console)
    paths = compose.paths_of(options, console)
    vault = Vault(console.env, loaded.folder)

    def opened(table: BackendTable) -> Backend:
        return compose.plugin_of(table).open(table.options, tools(table.name))

    def tools(name: str) -> Toolbox:
        return compose.toolbox(loaded, paths, console, name, vault.resolve)

    targets = [table for table in loaded.config.targets.values() if table.options is not None]
    return doctor(
        loaded,
        paths,
        look_around(console.env, console.out),
        vault.resolve,
        opened,
        console.out,
        outlets={table.name: partial(compose.outlet, loaded, table, tools(table.source)) for table in targets},
        as_json=options.json,
    )
