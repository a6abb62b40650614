"""The embedded default: rollouts and teams in one SQLite file, without any server.

Nothing of SQLite is imported before the backend is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from msgspec import Struct

from ppstui.model import Kind, RolloutCommand
from ppstui.port import Offer

if TYPE_CHECKING:
    from ppstui.port import Backend, Toolbox

_SQLITE: Final = "sqlite:///"
_DEFAULT: Final = "sqlite:///default"
_WEB: Final = ("https://", "http://")


class SqlOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of an embedded store in the configuration."""

    url: str = _DEFAULT
    """`sqlite:///default`, `sqlite:////absolute/path` or `sqlite:///~/path`."""
    user: str = ""
    """In whose name is written; "" takes the login name."""
    document_url: str = ""
    """Where a document of the document server is, `{id}` being its id; "" makes no link of an id."""

    def __post_init__(self) -> None:
        path_in(self.url)
        if self.document_url and not (self.document_url.startswith(_WEB) and "{id}" in self.document_url):
            raise ValueError("document_url: write an address with {id} in it, as in https://docs.example.org/{id}")


class SQL:
    """The plug-in `sql`."""

    Options = SqlOptions
    offer = Offer(
        reads=frozenset({Kind.ROLLOUT, Kind.TEAM}),
        writes=frozenset(get_args(RolloutCommand)),
        incremental=True,
        watchers=False,
    )

    @staticmethod
    def open(options: SqlOptions, tools: Toolbox) -> Backend:
        """A backend on the file that `url` names."""
        # sqlite3 and asyncio's threads: 10 ms, after the first paint
        from ppstui.backends.sql.backend import SqlBackend
        from ppstui.backends.sql.file import DataFile

        path = path_in(options.url) or Path(tools.paths["data"]) / "local.sqlite"
        file = DataFile(path, tools.name)
        return SqlBackend(tools.name, file, tools.clock, options.user or login_name(), options.document_url)


def path_in(url: str) -> Path | None:
    """The file a `url` names; None for the default one.

    Raises ValueError, a sentence that does not repeat the URL: it may hold a password.
    """
    if url == _DEFAULT:
        return None
    hint = f"write {_DEFAULT} or {_SQLITE}/absolute/path"
    if url.startswith(("postgresql:", "postgres:")):
        raise ValueError(
            f"url: this version keeps its store in SQLite files only; write {_DEFAULT} or {_SQLITE}/absolute/path"
        )
    if not url.startswith(_SQLITE):
        raise ValueError(f"url: this is no address of an SQLite file; {hint}")
    path = Path(url.removeprefix(_SQLITE))
    if str(path).startswith("~"):
        try:
            path = path.expanduser()
        except RuntimeError:
            raise ValueError(f"url: nobody here has that home folder; {hint}") from None
    if not path.is_absolute():
        raise ValueError(f"url: the path of the file is not absolute; {hint}")
    return path


def login_name() -> str:
    """Who is logged in, or `coordinator` where nobody knows."""
    import getpass  # 3 ms

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "coordinator"
