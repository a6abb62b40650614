"""The address of a PostgreSQL server, judged before anybody is asked, and without the driver.

What follows `?` are libpq's own parameters. No text made here repeats the address: it may hold a password.
"""

from __future__ import annotations

import difflib
import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

_FORM: Final = "write postgresql://user@host/database"
_SECRETS: Final = ("password", "sslpassword", "oauth_client_secret")
_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_PARAMETERS: Final = frozenset(
    (
        *("host", "hostaddr", "port", "dbname", "user", "options", "application_name", "passfile", "service"),
        *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "sslsni", "sslcertmode"),
        *("sslnegotiation", "sslcompression", "ssl_min_protocol_version", "ssl_max_protocol_version"),
        *("channel_binding", "require_auth", "requirepeer", "krbsrvname", "gsslib", "gssencmode", "gssdelegation"),
        *("target_session_attrs", "load_balance_hosts", "connect_timeout", "tcp_user_timeout"),
        *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "client_encoding"),
    )
)
"""What libpq knows, less what takes secrets."""
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[^\s:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_PORTS: Final = range(1, 65536)


class Address(NamedTuple):
    """A database on a server."""

    url: str
    place: str
    """Host and database, for a sentence."""
    given: frozenset[str]
    """The parameters after `?`."""
    near: bool
    """Whether nothing goes over a network."""
    verified: bool
    """Whether TLS is demanded, with a certificate that is checked."""


def server_in(url: str) -> Address:
    """The database a `url` names. Raises ValueError, a sentence that does not repeat the URL."""
    try:
        parts = urlsplit(url)
        password = parts.password
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise ValueError(f"url: this is no address of a database; {_FORM}") from None
    if password is not None or any(key.lower() in _SECRETS for key in given):
        raise ValueError("url: a password must not stand in it; take it out, and give a reference in `password`")
    if not url.isprintable() or parts.fragment or not url.startswith(("postgresql://", "postgres://")):
        raise ValueError(f"url: this is no address of a database; {_FORM}")
    _check(given)
    hosts = parts.netloc.rpartition("@")[2].split(",")
    for host in hosts:
        found = _HOST.fullmatch(unquote(host))
        if found is None or (found["port"] and int(found["port"]) not in _PORTS):
            raise ValueError(f"url: host or port is none; {_FORM}, with host:5433 for another port than 5432")
    database = given.get("dbname") or unquote(parts.path).strip("/")
    if not database:
        raise ValueError(f"url: it names no database; {_FORM}")
    # Of several, those in the query count.
    named = [host for host in (given["host"].split(",") if "host" in given else map(unquote, hosts)) if host]
    near = all(_is_near(host) for host in named)
    verified = given.get("sslmode") in ("verify-ca", "verify-full")
    return Address(url, f"{','.join(named) or 'this machine'}/{database}", frozenset(given), near, verified)


def _check(given: dict[str, str]) -> None:
    for key in given:
        if key not in _PARAMETERS:
            near = difflib.get_close_matches(key, sorted(_PARAMETERS), n=1)
            hint = f"did you mean {near[0]}?" if near else "as in ?sslmode=verify-full"
            raise ValueError(f"url: there is no parameter {key[:40]!r}; {hint}")
    mode = given.get("sslmode", _MODES[0])
    if mode not in _MODES:
        raise ValueError(f"url: there is no sslmode {mode[:40]!r}; it is one of {', '.join(_MODES)}")


def _is_near(host: str) -> bool:
    name = host if host.startswith("/") else host.partition(":")[0] if not host.startswith("[") else host[1:-1]
    return name.startswith(("/", "@", "127.")) or name in ("localhost", "::1")
