"""The address of a team's store is judged before anybody is asked, and never repeated."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from ppstui.backends.sql import SqlOptions
from ppstui.backends.sql.address import server_in


@pytest.mark.parametrize(
    ("url", "place", "near", "verified"),
    [
        ("postgresql://anna@db.example.org/pps", "db.example.org/pps", False, False),
        ("postgres://db.example.org:5433/pps?sslmode=verify-full", "db.example.org:5433/pps", False, True),
        ("postgresql://anna@[2001:db8::1]:5433/pps?sslmode=require", "[2001:db8::1]:5433/pps", False, False),
        ("postgresql://one:5432,two:5433/pps?target_session_attrs=read-write", "one:5432,two:5433/pps", False, False),
        ("postgresql://localhost/pps", "localhost/pps", True, False),
        ("postgresql://anna@127.0.0.1:5433/pps", "127.0.0.1:5433/pps", True, False),
        ("postgresql://[::1]/pps", "[::1]/pps", True, False),
        ("postgresql:///pps?host=/run/postgresql", "/run/postgresql/pps", True, False),
        ("postgresql://%2Frun%2Fpostgresql/pps", "/run/postgresql/pps", True, False),
        ("postgresql:///pps", "this machine/pps", True, False),
        ("postgresql://anna@db/?dbname=pps", "db/pps", False, False),
        ("postgresql://anna%40example.org@db/pps%20team", "db/pps team", False, False),
    ],
)
def test_a_url_names_a_database(url: str, place: str, near: bool, verified: bool) -> None:
    address = server_in(url)
    assert (address.place, address.near, address.verified) == (place, near, verified)
    assert SqlOptions(url=url, password="env:X").url == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (
            "postgresql://anna:pa55word@db/pps",
            "url: a password must not stand in it; take it out, and give a reference",
        ),
        ("postgresql://anna:pa55@word@db/pps", "a password must not stand in it"),
        ("postgresql://anna:@db/pps", "a password must not stand in it"),
        ("postgresql://anna@db/pps?password=pa55word", "a password must not stand in it"),
        ("postgresql://anna@db/pps?sslpassword=pa55word", "a password must not stand in it"),
        ("POSTGRESQL://anna:pa55word@db/pps", "a password must not stand in it"),
        ("postgresql://anna@db", "it names no database; write postgresql://user@host/database"),
        ("postgresql://anna@db/", "it names no database"),
        ("postgresql://anna@db:54321x/pps", "host or port is none"),
        ("postgresql://anna@db:70000/pps", "host or port is none"),
        ("postgresql://anna@[::1/pps", "no address of a database"),
        ("postgresql://anna@db/pps#pa55word", "no address of a database"),
        ("POSTGRESQL://anna@db/pps", "no address of a database"),
        ("postgresql:pps", "no address of a database"),
        ("postgresql://db/pps?sslmod=require", "there is no parameter 'sslmod'; did you mean sslmode?"),
        ("postgresql://db/pps?sslmode=verify", "there is no sslmode 'verify'; it is one of disable, allow, prefer,"),
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str, says: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert({"url": url}, SqlOptions)
    assert str(raised.value).startswith("url: ")
    assert says in str(raised.value)
    assert "pa55" not in str(raised.value)


def test_a_file_has_no_password() -> None:
    with pytest.raises(ValueError, match=r"^password: a file has none"):
        SqlOptions(password="env:X")


@pytest.mark.parametrize("url", ["sqlite:///default", "postgresql://anna@db/pps"])
def test_the_driver_is_loaded_by_those_who_use_it(url: str) -> None:
    """Also where it is not installed: then who needs it is told what to do."""
    program = f"""
import sys
sys.modules["psycopg"] = None
from ppstui.backends.sql import SQL
from ppstui.errors import ConfigError
from ppstui.testing import toolbox
try:
    SQL.open(SQL.Options(url={url!r}), toolbox("team", paths={{"data": "/nowhere"}}))
except ConfigError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    missing = "backends: team: the package psycopg is not installed; run: pip install 'ppstui[postgres]'\n"
    assert said == ("" if url.startswith("sqlite") else missing)
