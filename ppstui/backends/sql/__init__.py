"""The embedded default: rollouts and teams in one SQLite file, without any server.

Nothing of SQLite is imported before the backend is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ppstui.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from ppstui.port import Backend, Toolbox

_SQLITE: Final = "sqlite:///"
_DEFAULT: Final = "sqlite:///default"


class SqlOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of an embedded store in the configuration."""

    url: str = _DEFAULT
    """`sqlite:///default`, `sqlite:////absolute/path` or `sqlite:///~/path`."""
    user: str = ""
    """In whose name is written; "" takes the login name."""


class SQL:
    """The plug-in `sql`."""

    Options = SqlOptions

    @staticmethod
    def open(options: SqlOptions, tools: Toolbox) -> Backend:
        """A backend on the file that `url` names. Raises ConfigError."""
        from ppstui.backends.sql.backend import (
            SqlBackend,
        )  # sqlite3 and asyncio's threads: 10 ms, after the first paint
        from ppstui.backends.sql.file import DataFile

        file = DataFile(located(options.url, tools), tools.name)
        return SqlBackend(tools.name, file, tools.clock, options.user or login_name())


def located(url: str, tools: Toolbox) -> Path:
    """The file a `url` names. Raises ConfigError; the URL itself is not repeated, it may hold a password."""
    what, hint = "", f"write {_DEFAULT} or {_SQLITE}/absolute/path"
    if url == _DEFAULT:
        return Path(tools.paths["data"]) / "local.sqlite"
    if url.startswith(("postgresql:", "postgres:")):
        what, hint = "this ppstui keeps its store in SQLite only, PostgreSQL comes later", f"write {_DEFAULT} for now"
    elif not url.startswith(_SQLITE):
        what = "this is no address of an SQLite file"
    else:
        path = Path(url.removeprefix(_SQLITE))
        if str(path).startswith("~"):
            try:
                path = path.expanduser()
            except RuntimeError:
                what = "nobody here has that home folder"
        if path.is_absolute() and not path.is_dir():
            return path
        what = what or ("that is a folder, not a file" if path.is_dir() else "the path to the file must be absolute")
    raise ConfigError([ConfigProblem("configuration", None, f"backends.{tools.name}.url", what, hint, tools.name)])


def login_name() -> str:
    """Who is logged in, or `coordinator` where nobody knows."""
    import getpass  # 3 ms

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "coordinator"
