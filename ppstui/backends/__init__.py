"""Finds a backend or a target by the `type` of its table: our own from tables of strings, others' among plug-ins.

    find("rt") -> Plugin                  raises ConfigError: unknown, or installed and broken
    known_types() -> ("rt", "sql", …)     our own; what a misspelt type is compared with
    find_target("smtp") -> TargetPlugin   the same for [targets]
    known_targets() -> ("smtp", …)

Our own cost one import of a cheap module. Entry points are scanned (20 ms) only for a name that is not ours.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from ppstui.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

    from ppstui.port import Plugin, TargetPlugin

_BUILT_IN = {
    "rt": "ppstui.backends.rt:RT",
    "sql": "ppstui.backends.sql:SQL",
    "demo": "ppstui.backends.demo:Demo",
    "indico": "ppstui.backends.indico:Indico",
    "ical": "ppstui.backends.ical:ICal",
}
GROUP = "ppstui.backends"
"""The entry-point group in which others offer a backend."""

_TARGETS = {
    "smtp": "ppstui.backends.targets.smtp:Mail",
    "file": "ppstui.backends.targets.file:Files",
    "dokuwiki": "ppstui.backends.targets.dokuwiki:DokuWiki",
    "rt": "ppstui.backends.targets.rt:Ticket",
}
TARGETS = "ppstui.targets"
"""The entry-point group in which others offer a place where the bulletin is published."""


def known_types() -> tuple[str, ...]:
    """The types ppstui brings itself."""
    return tuple(_BUILT_IN)


def known_targets() -> tuple[str, ...]:
    """The types of targets ppstui brings itself."""
    return tuple(_TARGETS)


def find(name: str) -> Plugin:
    """The plug-in for a backend type. Raises ConfigError: naming the nearest type, or the broken distribution."""
    return cast("Plugin", _found(name, _BUILT_IN, GROUP, "backend"))


def find_target(name: str) -> TargetPlugin:
    """The plug-in for a type of target. Raises ConfigError as `find` does."""
    plugin = _found(name, _TARGETS, TARGETS, "target")
    lacking = [each for each in ("formats", "traces") if not hasattr(plugin, each)]
    if lacking:
        what = f"the target {name[:60]!r} does not say its {' and '.join(lacking)}"
        raise ConfigError([ConfigProblem("", None, "type", what, "update the package that brings it")])
    return cast("TargetPlugin", plugin)


def _found(name: str, own: Mapping[str, str], group: str, what: str) -> object:
    home = own.get(name)
    if home is not None:
        module, _, attribute = home.partition(":")
        return getattr(importlib.import_module(module), attribute)
    from importlib.metadata import entry_points  # deferred: 15 ms that only strangers' plug-ins are worth

    strangers = {point.name: point for point in entry_points(group=group)}
    if name in strangers:
        return _load(strangers[name], what)
    import difflib  # 3 ms, and a name is seldom wrong

    types = [*own, *strangers]
    near = difflib.get_close_matches(name, types, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(types))}"
    raise ConfigError([ConfigProblem("", None, "type", f"no {what} is called {name[:60]!r}", hint)])


def _load(point: EntryPoint, what: str) -> object:
    """A stranger's plug-in; whatever is wrong with it becomes one sentence that says whose it is."""
    owner = point.dist.name if point.dist else "an unknown distribution"
    where = f"the {what} {point.name!r} of the package {owner}"
    hint = "update that package, or take its table out of the configuration"
    try:
        plugin = point.load()
    except (
        ImportError,
        AttributeError,
        SyntaxError,
        TypeError,
        ValueError,
        LookupError,
        OSError,
        RuntimeError,
    ) as error:
        told = f"{where} cannot be loaded: {type(error).__name__}: {str(error)[:200]}"
        raise ConfigError([ConfigProblem("", None, "type", told, hint)]) from error
    plugin = plugin() if isinstance(plugin, type) else plugin
    if not hasattr(plugin, "Options") or not hasattr(plugin, "open"):
        raise ConfigError([ConfigProblem("", None, "type", f"{where} has no Options or no open()", hint)])
    return plugin
