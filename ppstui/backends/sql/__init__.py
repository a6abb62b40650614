"""Rollouts, pilots, a registry and the bulletin in tables: in one SQLite file, or in a PostgreSQL of a team.

Nothing of either is imported before the backend is opened.

    address   the server in a `url`
    dialect   what differs between the two, and what is alike
    schema    the tables, and how older ones become today's
    file      an SQLite file
    server    a PostgreSQL; `failures` are its errors, `bench` is its thread
    layout    which table holds what
    rows      records to rows and back
    backend   reading by a counter of changes, writing once per key
    writes    what each command to a rollout does; `course`, `edits` and `hand` with it
    previews  what each command to a pilot and to the registry does
    bulletins what each command to an issue of the bulletin does
    shelf     copies of the files in it, for a person to open
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, get_args

from msgspec import Meta, Struct

from ppstui.errors import ConfigError, ConfigProblem, NotAuthorised
from ppstui.model import Command, Correct, Kind, Publish
from ppstui.port import Offer

if TYPE_CHECKING:
    from ppstui.backends.sql.dialect import Store
    from ppstui.port import Backend, Toolbox

_SQLITE: Final = "sqlite:///"
_DEFAULT: Final = "sqlite:///default"
_WEB: Final = ("https://", "http://")


class SqlOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of a store in the configuration."""

    url: str = _DEFAULT
    """`sqlite:///default`, `sqlite:////absolute/path` or `sqlite:///~/path`; or `postgresql://user@host/database`, with
    libpq's own parameters, as in `?sslmode=verify-full&sslrootcert=/path/ca.pem`. Never a password."""
    password: Annotated[str, Meta(extra={"secret": True})] = ""
    """A reference to the password of the PostgreSQL role; "" when none is needed or libpq has it, as from ~/.pgpass."""
    user: str = ""
    """In whose name is written; "" takes the login name, on PostgreSQL the role."""
    document_url: str = ""
    """Where a document of the document server is, `{id}` being its id; "" makes no link of an id."""

    connect_timeout: dt.timedelta = dt.timedelta(seconds=5)
    """How long a connection to PostgreSQL may take."""
    statement_timeout: dt.timedelta = dt.timedelta(seconds=20)
    """How long PostgreSQL may take to answer one question."""

    def __post_init__(self) -> None:
        if _on_a_server(self.url):
            from ppstui.backends.sql.address import server_in  # nobody else needs it

            server_in(self.url)
        else:
            path_in(self.url)
            if self.password:
                raise ValueError("password: a file has none; take it out, or write the url of a PostgreSQL database")
        if self.document_url and not (self.document_url.startswith(_WEB) and "{id}" in self.document_url):
            raise ValueError("document_url: write an address with {id} in it, as in https://docs.example.org/{id}")


class SQL:
    """The plug-in `sql`."""

    Options = SqlOptions
    offer = Offer(
        reads=frozenset(Kind) - {Kind.MEETING},
        writes=frozenset(get_args(Command)) - {Publish, Correct},  # what targets do
        incremental=True,
        watchers=False,
    )

    @staticmethod
    def open(options: SqlOptions, tools: Toolbox) -> Backend:
        """A backend on the file or the database that `url` names. Raises ConfigError where the driver is missing."""
        # sqlite3 and asyncio's threads: 10 ms, after the first paint
        from ppstui.backends.sql.backend import SqlBackend

        if _on_a_server(options.url):
            store, me = _server(options, tools), options.user
        else:
            store, me = _file(options, tools), options.user or login_name()
        return SqlBackend(tools.name, store, tools.clock, me, options.document_url, tools.policy)


def _file(options: SqlOptions, tools: Toolbox) -> Store:
    from ppstui.backends.sql.file import DataFile

    return DataFile(path_in(options.url) or Path(tools.paths["data"]) / "local.sqlite", tools.name)


def _server(options: SqlOptions, tools: Toolbox) -> Store:
    from ppstui.backends.sql.address import server_in

    try:
        from ppstui.backends.sql.server import DataServer  # psycopg: 115 ms, and an extra
    except ImportError:
        what, hint = "the package psycopg is not installed", "run: pip install 'ppstui[postgres]'"
        raise ConfigError([ConfigProblem("backends", None, tools.name, what, hint)]) from None

    def password() -> str:
        try:
            return tools.secret(options.password)
        except ConfigError as error:
            raise NotAuthorised(f"{tools.name}: {error}", source=tools.name) from error

    cache = tools.paths.get("cache")
    return DataServer(
        server_in(options.url),
        tools.name,
        password if options.password else None,
        connect_timeout=options.connect_timeout.total_seconds(),
        statement_timeout=options.statement_timeout.total_seconds(),
        shelf=Path(cache) / "files" if cache else None,
    )


def _on_a_server(url: str) -> bool:
    return url.lower().startswith(("postgresql:", "postgres:"))


def path_in(url: str) -> Path | None:
    """The file a `url` names; None for the default one.

    Raises ValueError, a sentence that does not repeat the URL: it may hold a password.
    """
    if url == _DEFAULT:
        return None
    hint = f"write {_DEFAULT} or {_SQLITE}/absolute/path"
    if not url.startswith(_SQLITE):
        raise ValueError(f"url: this is no address of a store; {hint}, or postgresql://user@host/database")
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
