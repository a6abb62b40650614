"""Finds a backend by the `type` of its table: our own from a table of strings, a stranger's among installed plug-ins.

    find("rt") -> Plugin                  raises ConfigError: unknown, or installed and broken
    known_types() -> ("rt", "sql", …)     our own; what a misspelt type is compared with

Our own cost one import of a cheap module. Entry points are scanned (20 ms) only for a name that is not ours.
"""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, cast

from ppstui.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from ppstui.port import Plugin

_BUILT_IN = {"rt": "ppstui.backends.rt:RT", "sql": "ppstui.backends.sql:SQL", "demo": "ppstui.backends.demo:Demo"}
GROUP = "ppstui.backends"
"""The entry-point group in which others offer a backend."""


def known_types() -> tuple[str, ...]:
    """The types ppstui brings itself."""
    return tuple(_BUILT_IN)


def find(name: str) -> Plugin:
    """The plug-in for a backend type. Raises ConfigError: naming the nearest type, or the broken distribution."""
    home = _BUILT_IN.get(name)
    if home is not None:
        module, _, attribute = home.partition(":")
        return cast("Plugin", getattr(importlib.import_module(module), attribute))
    from importlib.metadata import entry_points  # deferred: 15 ms that only strangers' plug-ins are worth

    strangers = {point.name: point for point in entry_points(group=GROUP)}
    if name in strangers:
        return _load(strangers[name])
    types = [*_BUILT_IN, *strangers]
    near = difflib.get_close_matches(name, types, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(types))}"
    raise ConfigError([ConfigProblem("", None, "type", f"no backend is called {name[:60]!r}", hint)])


def _load(point: EntryPoint) -> Plugin:
    """A stranger's plug-in; whatever is wrong with it becomes one sentence that says whose it is."""
    owner = point.dist.name if point.dist else "an unknown distribution"
    where = f"the backend {point.name!r} of the package {owner}"
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
        what = f"{where} cannot be loaded: {type(error).__name__}: {str(error)[:200]}"
        raise ConfigError([ConfigProblem("", None, "type", what, hint)]) from error
    plugin = plugin() if isinstance(plugin, type) else plugin
    if not hasattr(plugin, "Options") or not hasattr(plugin, "open"):
        raise ConfigError([ConfigProblem("", None, "type", f"{where} has no Options or no open()", hint)])
    return cast("Plugin", plugin)
