"""What PostgreSQL and its driver say when they cannot go on, as errors of the house; nobody else reads SQLSTATEs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import psycopg

from ppstui.errors import BackendError, Garbled, NotAuthorised, Refused, Unreachable

if TYPE_CHECKING:
    from ppstui.backends.sql.address import Address

Ending = tuple[type[BackendError], str]

_AGAIN = "it is tried again by itself"
_GRANT = "ask the owner of the tables, as in: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO"
_MAKE = "let the owner of the database open it first: that makes the tables"
_OWNER = "let the owner of the tables open it first: that brings them up to date"
_BY_STATE: Final[dict[str, Ending]] = {
    "3D000": (Unreachable, "there is no such database; check the end of url, or have it made"),
    "3F000": (NotAuthorised, "there is no schema to keep the tables in; ask the owner of the database for one"),
    "25006": (
        Unreachable,
        "it can only be read, as a stand-by can; name the primary, or add target_session_attrs=read-write to url",
    ),
    "40001": (Unreachable, f"others are writing without end; {_AGAIN}"),
    "40P01": (Unreachable, f"others are writing without end; {_AGAIN}"),
    "42P01": (Garbled, "it has lost a table; put a backup in its place, or name another database in url"),
    "42703": (Garbled, "it has lost a column; put a backup in its place, or name another database in url"),
    "42P07": (Garbled, "it belongs to another program; name another database in url"),
    "42723": (Garbled, "it belongs to another program; name another database in url"),
    "55P03": (Unreachable, f"somebody keeps it locked; {_AGAIN}"),
    "57014": (Unreachable, "no answer within the time set by statement_timeout"),
    "57P03": (Unreachable, f"the server is starting or stopping; {_AGAIN}"),
}
_BY_CLASS: Final[dict[str, Ending]] = {
    "08": (Unreachable, f"the connection broke; {_AGAIN}"),
    "25": (Unreachable, f"the server took the connection away; {_AGAIN}"),
    "53": (Unreachable, "the server has no room for it; ask whoever runs it"),
    "57": (Unreachable, f"the server took the connection away; {_AGAIN}"),
    "58": (Unreachable, "the disk of the server failed; ask whoever runs it"),
}
_REFUSALS: Final = ("22", "23", "44", "54", "P0")
"""Classes of what is wrong with the values."""
_LOST: Final = ("08", "57P", "25P03", "25P04")
"""States of a connection that is no more."""
_CONNECTING: Final[tuple[tuple[re.Pattern[str], Ending], ...]] = tuple(
    (re.compile(pattern), ending)
    for pattern, ending in (
        ("timeout expired", (Unreachable, "no connection within the time set by connect_timeout")),
        (
            "no password supplied",
            (NotAuthorised, "it asks for a password; name where it is in `password`, or put it into ~/.pgpass"),
        ),
        ("permission denied for database", (NotAuthorised, "{said}; ask its owner: GRANT CONNECT ON DATABASE … TO …")),
        (
            "authentication failed|role .* does not exist|pg_hba.conf|not permitted to log in|valid client certificate",
            (NotAuthorised, "{said}; check the user in url, or ask whoever runs the server"),
        ),
        ("database .* does not exist", _BY_STATE["3D000"]),
        ("starting up|shutting down|not accepting connections|in recovery", _BY_STATE["57P03"]),
        (
            "too many (?:clients|connections)|remaining connection slots",
            (Unreachable, f"the server has no connection left; {_AGAIN}"),
        ),
        (
            "could not translate|[Nn]ame or service not known|getaddrinfo|resolve",
            (Unreachable, "there is no host of this name; check url and the network"),
        ),
        ("certificate|SSL|TLS", (Unreachable, "{said}; check sslmode and sslrootcert in url")),
        ("refused|No such file", (Unreachable, "nobody listens there; check url, and whether the server runs")),
    )
)
"""What is said when no connection comes about: no SQLSTATE comes with it, the words are libpq's and the server's."""


def lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone; what it was asked last may have been done."""
    state = error.sqlstate or ""
    return isinstance(error, psycopg.OperationalError) and (not state or state.startswith(_LOST))


def told(error: psycopg.Error, source: str, address: Address, role: str) -> BackendError:
    """What a statement ended with."""
    kind, sentence = _of_statement(error, role)
    return kind(f"{source}: {address.place}: {sentence}", source=source)


def _of_statement(error: psycopg.Error, role: str) -> Ending:
    state = error.sqlstate or ""
    said = plain(error.diag.message_primary or str(error))
    if state == "42501":
        schema, owner = "for schema" in said, "must be owner" in said
        hint = _MAKE if schema else _OWNER if owner else f"{_GRANT} {role or 'the role'}"
        return NotAuthorised, f"{said}; {hint}"
    if state.startswith(_REFUSALS):
        return Refused, f"it does not take that ({said})"
    ending = _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
    if ending:
        return ending
    if isinstance(error, psycopg.DataError):
        return Refused, f"it does not take that ({said})"
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not state:
        return Unreachable, f"the connection broke; {_AGAIN}"
    return Garbled, f"it answers in a way nobody expected ({said})"


def not_connected(error: psycopg.Error, source: str, address: Address, *, has_password: bool) -> BackendError:
    """What an attempt to connect ended with."""
    kind, sentence = _of_connecting(error, has_password=has_password)
    return kind(f"{source}: {address.place}: {sentence}", source=source)


def _of_connecting(error: psycopg.Error, *, has_password: bool) -> Ending:
    said = plain(str(error))
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        said = "timeout expired"
    if "password authentication failed" in said:
        hint = "check what `password` gives, and the user in url" if has_password else "name the password in `password`"
        return NotAuthorised, f"the server does not let {_user(said)} in; {hint}"
    for pattern, (kind, sentence) in _CONNECTING:
        if pattern.search(said):
            return kind, sentence.replace("{said}", _reason(said))
    return Unreachable, f"the server cannot be reached ({_reason(said)}); check url and the network"


def _reason(said: str) -> str:
    """The last thing that was said: what stood before names the host once more."""
    return said.rpartition("FATAL: ")[2].rpartition("error: ")[2].rpartition(" failed: ")[2].strip()[:200] or said[:200]


def _user(said: str) -> str:
    found = re.search(r'user "([^"]{1,60})"', said)
    return found[1] if found else "us"


def plain(text: str) -> str:
    """A text of theirs on one line, fit for a sentence."""
    line = " ".join(text.split())
    return "".join(character if character.isprintable() else "\ufffd" for character in line)[:300]


def bare(error: psycopg.Error) -> psycopg.Error:
    """The error for the log, without the connection that hangs on it: that knows the password."""
    return type(error)(str(error))
