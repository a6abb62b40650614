"""A configuration to read in tests: files in a folder, and plug-ins that no product has."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct, field

from ppstui import backends
from ppstui.config.read import Known, Loaded, read_config
from ppstui.errors import ConfigError, ConfigProblem, UsageError
from ppstui.model import Kind
from ppstui.port import Offer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ppstui.port import Backend, Plugin, Toolbox


class Fields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of custom fields."""

    teams: str = "EA Teams"
    """The teams that were chosen."""
    outcome: str = "Outcome"
    document: str = "DocID"


class Depth(Enum):
    """How much is read."""

    LISTS = "lists"
    WHOLE = "whole"


class TrackerOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tracker with one of everything."""

    url: str
    """Where it is."""
    token: Annotated[str, Meta(extra={"secret": True})] = ""
    """A reference to the token."""
    door_code: Annotated[str, Meta(extra={"secret": True})] | None = None
    admin_password: str = ""
    queue: str = "staged-rollout"
    """The queue of the rollouts."""
    fields: Fields = Fields()
    status: dict[str, tuple[str, ...]] = field(default_factory=dict)
    page: Annotated[int, Meta(ge=1, le=100)] = 50
    patience: dt.timedelta = dt.timedelta(seconds=30)
    since: dt.date | None = None
    depth: Depth = Depth.LISTS
    auth: Literal["token", "basic"] = "token"
    window: tuple[int, int] = (0, 24)
    ratio: float = 0.5
    teams: tuple[str, ...] | str = ()

    def __post_init__(self) -> None:
        """Objects to a combination that no field alone can see."""
        if self.window[0] > self.window[1]:
            raise ValueError("window begins after it ends")


class FileOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The embedded store."""

    url: str = "sqlite:///default"


@dataclass
class FakePlugin:
    """Known by its options alone."""

    Options: type[Struct]
    offer: Offer = dataclasses.field(default_factory=Offer)

    def open(self, options: Any, tools: Toolbox) -> Backend:
        """Nothing here needs it."""
        raise NotImplementedError


PLUGINS: dict[str, Plugin] = {
    "tracker": FakePlugin(TrackerOptions, Offer(reads=frozenset({Kind.ROLLOUT}))),
    "registry": FakePlugin(FileOptions, Offer(reads=frozenset({Kind.TEAM}))),
    "sql": FakePlugin(FileOptions),
}


def find_plugin(name: str) -> Plugin:
    """As `ppstui.backends` finds them."""
    if name == "broken":
        raise ConfigError([ConfigProblem("", None, "type", "the package oddity does not import", "reinstall oddity")])
    if name not in PLUGINS:
        raise UsageError(f"no backend {name}")
    return PLUGINS[name]


KNOWN = Known(
    types=("tracker", "registry", "sql", "broken"), target=backends.find_target, target_types=backends.known_targets()
)


def load(folder: Path, text: str, known: Known = KNOWN, **flags: bool | str) -> Loaded:
    """The configuration with that text."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return read_config(file, {"HOME": str(folder)}, find_plugin, known, flags=flags)


def told(loaded: Loaded) -> dict[str, tuple[int | None, str, str]]:
    """The problems by key: line, what is wrong, what to do."""
    return {problem.key: (problem.line, problem.what, problem.hint) for problem in loaded.problems}


def fresh(folder: Path, env: Mapping[str, str] | None = None, path: Path | None = None) -> Loaded:
    """What a start with that environment finds."""
    return read_config(path, {"HOME": str(folder), **(env or {})}, find_plugin, KNOWN)
