"""Where everything is: the XDG folders, as every other program finds them.

The environment is a parameter, so tests need no patch, and the rules are the same on every system: `platformdirs` reads
the process's own environment and answers differently on macOS.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Paths(Struct, frozen=True):
    """Every file and folder in use; none of them need exist."""

    config_file: Path
    config_from: str
    """Who named `config_file`: `--config`, `PPSTUI_CONFIG` or `XDG`."""
    config: Path
    """The folder of the user's own themes and templates."""
    data: Path
    """The embedded store of backend `sql`: facts that exist nowhere else."""
    state: Path
    """The local copy of the boards, the outbox and the action log: needed after a reboot."""
    cache: Path
    """What can be had again at any time."""

    @property
    def store(self) -> Path:
        """The local copy of what the sources said."""
        return self.state / "cache.sqlite"

    @property
    def outbox(self) -> Path:
        """Every write ever asked for."""
        return self.state / "outbox.sqlite"

    @property
    def remembered(self) -> Path:
        """What the dashboard remembers between two runs; never the configuration."""
        return self.state / "state.toml"

    @property
    def holidays(self) -> Path:
        """Public holidays asked before."""
        return self.cache / "holidays.json"

    @property
    def themes(self) -> Path:
        """The user's own themes; they win over those of ppstui."""
        return self.config / "themes"

    @property
    def templates(self) -> Path:
        """The user's own templates; they win over those of ppstui."""
        return self.config / "templates"

    def named(self) -> tuple[tuple[str, Path], ...]:
        """All of them with the words `config paths` uses."""
        return (
            ("configuration", self.config_file),
            ("themes", self.themes),
            ("templates", self.templates),
            ("data", self.data),
            ("state", self.state),
            ("store", self.store),
            ("outbox", self.outbox),
            ("remembered", self.remembered),
            ("cache", self.cache),
            ("holidays", self.holidays),
        )


def find_paths(env: Mapping[str, str], home: Path, config: str | Path | None = None) -> Paths:
    """The paths under this environment; `config` is the file named on the command line."""
    folder = _xdg(env, "XDG_CONFIG_HOME", home / ".config")
    named = (config, "--config") if config else (env.get("PPSTUI_CONFIG", ""), "PPSTUI_CONFIG")
    file, source = (_absolute(named[0], home), named[1]) if named[0] else (folder / "config.toml", "XDG")
    return Paths(
        config_file=file,
        config_from=source,
        config=folder,
        data=_xdg(env, "XDG_DATA_HOME", home / ".local" / "share"),
        state=_xdg(env, "XDG_STATE_HOME", home / ".local" / "state"),
        cache=_xdg(env, "XDG_CACHE_HOME", home / ".cache"),
    )


def _xdg(env: Mapping[str, str], name: str, default: Path) -> Path:
    value = env.get(name, "")
    # The specification says that relative paths are to be ignored.
    return (Path(value) if value.startswith("/") else default) / "ppstui"


def _absolute(file: str | Path, home: Path) -> Path:
    text = str(file)
    return home / text[2:] if text.startswith("~/") else Path(text)
