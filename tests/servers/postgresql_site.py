"""A real PostgreSQL for tests: one server, started once by whom root is not, and a schema for every store."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    import psycopg

HERE = Path(__file__).resolve().parent / "postgresql"
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
REQUIRED = os.environ.get("PPSTUI_REQUIRE_LIVE") == "1"
ROLE = "anna"
PASSWORD = "pa55word-of-anna"
OTHER = "bob"
"""A colleague, with the same password."""

HBA = """\
host    all     postgres    127.0.0.1/32    trust
hostssl guarded all         127.0.0.1/32    scram-sha-256
host    closed  all         127.0.0.1/32    reject
host    all     all         127.0.0.1/32    scram-sha-256
"""


@dataclass
class Cluster:
    """A running server with one database, `pps`, for everything but what is about databases."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes]
    _admins: dict[str, psycopg.Connection[tuple[Any, ...]]] = field(default_factory=dict)
    _schemas: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def certificate(self) -> Path:
        """Whom the server's TLS is signed by: itself, for localhost."""
        return self.directory / "server.crt"

    def admin(self, database: str = "pps") -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of the superuser, each statement by itself; the same one again for the same database."""
        import psycopg

        kept = self._admins.get(database)
        if kept is None or kept.closed:
            kept = psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True)
            self._admins[database] = kept
        return kept

    def ask(self, sql: str, values: Sequence[object] = (), database: str = "pps") -> list[tuple[Any, ...]]:
        """What one statement of the superuser answers."""
        cursor = self.admin(database).execute(sql.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def schema(self) -> str:
        """A new, empty schema that belongs to `ROLE`."""
        name = f"s{next(self._schemas)}"
        self.ask(f"CREATE SCHEMA {name} AUTHORIZATION {ROLE}")
        return name

    def url(self, schema: str = "", *, port: int = 0, user: str = ROLE, database: str = "pps", more: str = "") -> str:
        """The address of a store, as it is configured."""
        options = f"options={quote(f'-csearch_path={schema}')}" if schema else ""
        query = "&".join(part for part in (options, more) if part)
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}{'?' if query else ''}{query}"

    def end_connections(self, user: str = ROLE) -> None:
        """Every connection of a role breaks."""
        self.ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", (user,))

    def frozen(self) -> AbstractContextManager[None]:
        """A server that accepts and never answers, while this lasts."""
        return _Frozen(self.process.pid)


class _Frozen:
    def __init__(self, pid: int) -> None:
        self._pids = [pid, *_children(pid)]

    def __enter__(self) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGSTOP)

    def __exit__(self, *_failed: object) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def start_cluster() -> Iterator[Cluster]:
    """Starts a server and ends it; skips loudly where PostgreSQL is not installed, and fails where it must be."""
    installed = subprocess.run(["sh", HERE / "install.sh", "--check"], check=False, capture_output=True).returncode == 0
    if not installed:
        reason = "PostgreSQL 15 is not installed: as root on Debian 12, sh tests/servers/postgresql/install.sh"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Not pytest's own folder, which only its owner may enter: a server does not run as root.
    directory = Path(tempfile.mkdtemp(prefix="ppstui-postgresql-"))
    try:
        process = _start(directory, port)
        cluster = Cluster(directory, port, process)
        try:
            _furnish(cluster)
            yield cluster
        finally:
            for connection in cluster._admins.values():
                connection.close()
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _start(directory: Path, port: int) -> subprocess.Popen[bytes]:
    certificate = directory / "server.crt"
    key = directory / "server.key"
    request = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 9 -subj /CN=localhost"
    words = [*request.split(), "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(words, check=True, capture_output=True)
    as_whom = _unprivileged(directory)
    data = directory / "data"
    options = f"-D {data} -U postgres --no-sync -A trust -E UTF8 --locale=C.UTF-8"
    initdb = [*as_whom, str(PROGRAMS / "initdb"), *options.split()]
    said = subprocess.run(initdb, check=False, capture_output=True, text=True)
    assert said.returncode == 0, f"initdb: {said.stderr[-2000:]}"
    (data / "pg_hba.conf").write_text(HBA, encoding="ascii")
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": "60",
        "ssl": "on",
        "ssl_cert_file": str(certificate),
        "ssl_key_file": str(key),
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [*as_whom, PROGRAMS / "postgres", "-D", data, *words],
        stdout=(directory / "log").open("wb"),
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _unprivileged(directory: Path) -> list[str]:
    """The words before a command that make it nobody's who matters, and end it with us."""
    end = ["setpriv", "--pdeathsig=QUIT"]
    if os.geteuid() != 0:
        return end
    names = {entry.pw_name for entry in pwd.getpwall()}
    who = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    for path in (directory, *directory.iterdir()):
        os.chown(path, who.pw_uid, who.pw_gid)
    return [*end, f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]


def _furnish(cluster: Cluster) -> None:
    import psycopg

    until = time.monotonic() + 60
    while True:
        try:
            cluster.ask("SELECT 1", database="postgres")
            break
        except psycopg.OperationalError:
            log = (cluster.directory / "log").read_text(encoding="utf-8", errors="replace")
            assert cluster.process.poll() is None, f"PostgreSQL did not start: {log[-2000:]}"
            assert time.monotonic() < until, f"PostgreSQL does not answer: {log[-2000:]}"
    for role in (ROLE, OTHER):
        cluster.ask(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'", database="postgres")
    cluster.ask(f"CREATE DATABASE pps OWNER {ROLE}", database="postgres")
