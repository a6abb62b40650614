"""A real DokuWiki for tests: a copy of Debian's, with a data folder of its own, served by PHP itself."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xmlrpc import client

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent / "dokuwiki"
PROGRAM, SETTINGS, PHP = Path("/usr/share/dokuwiki"), Path("/etc/dokuwiki"), "/usr/bin/php8.2"
REQUIRED = os.environ.get("PPSTUI_REQUIRE_LIVE") == "1"
PASSWORD = "pa55word-of-the-wiki"
ACCOUNTS = {"coordinator": "user,remote", "colleague": "user,remote", "outsider": "user"}
"""Who there is, and the groups each is in; the remote API is for `remote` alone."""
FOLDERS = ("attic", "cache", "index", "locks", "log", "media", "media_attic", "media_meta", "meta", "pages", "tmp")


@dataclass(frozen=True)
class Wiki:
    """A running wiki; pages below `closed:` may be read only."""

    url: str
    directory: Path
    pid: int

    def ask(self, method: str, *arguments: Any, who: str = "coordinator") -> Any:
        """The server's own API, without ppstui between."""
        body = client.dumps(arguments, method, encoding="utf-8")
        named = base64.b64encode(f"{who}:{PASSWORD}".encode()).decode()
        headers = {"Content-Type": "text/xml", "Authorization": f"Basic {named}"}
        response = httpx.post(f"{self.url}/lib/exe/xmlrpc.php", content=body.encode(), headers=headers, timeout=30)
        (value,), _ = client.loads(response.content)
        return value

    def write(self, page: str, text: str, said: str = "by hand", who: str = "colleague") -> None:
        """Somebody saves a page, in a second of its own: the wiki names revisions by it."""
        last = self.ask("wiki.getPageInfo", page).get("version", 0)
        while self.ask("dokuwiki.getTime") <= last:
            pass
        assert self.ask("wiki.putPage", page, text, {"sum": said, "minor": False}, who=who) is True

    def history(self, page: str) -> list[tuple[str, str]]:
        """Who saved it, and what they said to it; oldest first."""
        rows: list[dict[str, Any]] = []
        while more := self.ask("wiki.getPageVersions", page, len(rows)):
            rows += more
        return [(row["user"], row["sum"]) for row in reversed(rows)]

    def text(self, page: str) -> str:
        """What it says; a text over the API loses nothing but what XML does with its lines."""
        return str(self.ask("wiki.getPage", page))

    def shown(self, page: str) -> str:
        """The page as a browser gets it."""
        return httpx.get(f"{self.url}/doku.php", params={"id": page}, timeout=30).text

    def reset(self) -> None:
        """No page, no history and no lock is left."""
        shutil.rmtree(self.directory / "data")
        for name in FOLDERS:
            (self.directory / "data" / name).mkdir(parents=True)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """A server that accepts and never answers, while this lasts."""
        os.killpg(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.pid, signal.SIGCONT)

    @contextlib.contextmanager
    def without_api(self) -> Iterator[None]:
        """Its remote API is switched off, while this lasts."""
        settings = self.directory / "conf" / "local.php"
        before = settings.read_text()
        settings.write_text(before.replace("['remote'] = 1", "['remote'] = 0"))
        try:
            yield
        finally:
            settings.write_text(before)


def start_wiki(directory: Path) -> Iterator[Wiki]:
    """Makes a wiki, serves it and ends it; skips loudly where DokuWiki is not installed, and fails where it must be."""
    installed = subprocess.run(["sh", HERE / "install.sh", "--check"], check=False, capture_output=True).returncode == 0
    if not installed:
        reason = "DokuWiki is not installed: as root on Debian 12, sh tests/servers/dokuwiki/install.sh"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    _make(directory)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (directory / "php.log").open("wb") as log:
        server = subprocess.Popen(
            [PHP, "-d", "opcache.enable=0", "-S", f"127.0.0.1:{port}", "-t", directory / "www"],
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PHP_CLI_SERVER_WORKERS": "2"},
        )
    wiki = Wiki(f"http://127.0.0.1:{port}", directory, server.pid)
    try:
        _wait(port, server, directory)
        wiki.reset()
        yield wiki
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


def _make(directory: Path) -> None:
    """The program, its settings and its accounts; of the package nothing is touched."""
    shutil.copytree(PROGRAM, directory / "www", ignore=shutil.ignore_patterns("lang", ".htaccess*"))
    for name in ("inc/lang/en", "lib/plugins/authplain/lang/en"):
        shutil.copytree(PROGRAM / name, directory / "www" / name, dirs_exist_ok=True)
    conf = directory / "conf"
    conf.mkdir()
    for file in SETTINGS.iterdir():
        if file.is_file() and not file.is_symlink() and file.suffix in (".conf", ".php", ".json"):
            shutil.copy(file, conf)
    (directory / "www" / "inc" / "preload.php").write_text(f"<?php define('DOKU_CONF', '{conf}/');\n")
    said = {
        "title": "'Test'",
        "savedir": f"'{directory}/data'",
        "useacl": "1",
        "remote": "1",
        "remoteuser": "'@remote'",
        "recent": "2",
        "updatecheck": "0",
    }
    lines = "".join(f"$conf['{name}'] = {value};\n" for name, value in said.items())
    (conf / "local.php").write_text(f"<?php\n{lines}")
    (conf / "acl.auth.php").write_text("* @ALL 1\n* @user 8\nclosed:* @user 1\n")
    digest = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
    people = [f"{name}:{digest}:{name}:{name}@example.org:{groups}\n" for name, groups in ACCOUNTS.items()]
    (conf / "users.auth.php").write_text("".join(people))
    (directory / "data").mkdir()


def _wait(port: int, server: subprocess.Popen[bytes], directory: Path) -> None:
    """Until it takes connections."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.05)
            pytest.fail(f"PHP ended: {(directory / 'php.log').read_text()[-500:]}")
    pytest.fail("PHP did not take a connection within 20 seconds")
