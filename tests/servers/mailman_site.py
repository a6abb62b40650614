"""A real Mailman 3 for tests: the REST of its core on a folder of its own, started once, with lists as they are asked.

Of the core only what answers questions is started: no mail is taken, and none is sent.
"""

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
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).resolve().parent / "mailman"
REQUIRED = os.environ.get("PPSTUI_REQUIRE_LIVE") == "1"
RUNNER = "/usr/lib/mailman3/bin/runner"
USER = "restadmin"
PASSWORD = "sesame-and-lilies"
HOST = "lists.example.org"

CONFIGURATION = """\
[mailman]
site_owner: owner@example.org
layout: here
[paths.here]
var_dir: {folder}/var
bin_dir: /usr/lib/mailman3/bin
[database]
class: mailman.database.sqlite.SQLiteDatabase
url: sqlite:///{folder}/mailman.db
[webservice]
hostname: 127.0.0.1
port: {port}
admin_user: {user}
admin_pass: {password}
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.null.NullMTA
"""


@dataclass
class Site:
    """A running core."""

    url: str
    """As `mailman` of a target has it."""
    process: subprocess.Popen[bytes]
    _lists: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Any:
        """The core's own answer, without ppstui between."""
        answer = httpx.request(method, f"{self.url}/{path}", data=form, auth=(USER, PASSWORD), timeout=30)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def make_list(self, *members: str) -> str:
        """A new list with these members; its address."""
        address = f"list-{next(self._lists)}@{HOST}"
        self.ask("POST", "lists", {"fqdn_listname": address})
        for member in members:
            self.add(address, member)
        return address

    def add(self, address: str, member: str) -> None:
        """One more member of a list."""
        words = {"list_id": address.replace("@", "."), "subscriber": member, "send_welcome_message": "false"}
        sure = {"pre_verified": "true", "pre_confirmed": "true", "pre_approved": "true"}
        self.ask("POST", "members", words | sure)

    def prefer(self, address: str, member: str, status: str) -> None:
        """Whether a member wants mail: `enabled`, `by_user`, `by_moderator`, …"""
        roster = self.ask("GET", f"lists/{address}/roster/member")
        (number,) = [entry["member_id"] for entry in roster["entries"] if entry["email"] == member]
        self.ask("PATCH", f"members/{number}/preferences", {"delivery_status": status})

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A core that accepts and never answers, while this lasts."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)


def start_mailman() -> Iterator[Site]:
    """Starts a core and ends it; skips loudly where Mailman is not installed, and fails where it must be."""
    installed = subprocess.run(["sh", HERE / "install.sh", "--check"], check=False, capture_output=True).returncode == 0
    if not installed:
        reason = "Mailman 3 is not installed: as root on Debian 12, sh tests/servers/mailman/install.sh"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Not pytest's own folder, which only its owner may enter: a server does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="ppstui-mailman-"))
    try:
        process = _start(folder, port)
        try:
            site = Site(f"http://127.0.0.1:{port}/3.1", process)
            _wait(site, folder)
            site.ask("POST", "domains", {"mail_host": HOST})
            yield site
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    text = CONFIGURATION.format(folder=folder, port=port, user=USER, password=PASSWORD)
    (folder / "mailman.cfg").write_text(text, encoding="utf-8")
    as_whom = ["setpriv", "--pdeathsig=KILL"]
    if os.geteuid() == 0:
        who = pwd.getpwnam("list")
        for path in (folder, *folder.iterdir()):
            os.chown(path, who.pw_uid, who.pw_gid)
        as_whom += [f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]
    # Debian's own Python, which has Mailman: not that of the tests.
    words = [*as_whom, "/usr/bin/python3", RUNNER, "-C", str(folder / "mailman.cfg"), "-r", "rest:0:1"]
    return subprocess.Popen(
        words,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"},
        stdout=(folder / "log").open("wb"),
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait(site: Site, folder: Path) -> None:
    """Until it answers, within a minute."""
    until = time.monotonic() + 60
    with httpx.Client(auth=(USER, PASSWORD), timeout=30) as client:
        while True:
            try:
                client.get(f"{site.url}/system/versions").raise_for_status()
            except httpx.HTTPError:
                log = (folder / "log").read_text(encoding="utf-8", errors="replace")
                assert site.process.poll() is None, f"Mailman did not start: {log[-2000:]}"
                assert time.monotonic() < until, f"Mailman does not answer: {log[-2000:]}"
            else:
                return
