"""A real Request Tracker for tests: one server for each kind of site, started once, put back before every test."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent / "rt"
REQUIRED = os.environ.get("PPSTUI_REQUIRE_LIVE") == "1"


@dataclass(frozen=True)
class Site:
    """A running RT."""

    url: str
    directory: Path
    pid: int
    tokens: dict[str, dict[str, str]]

    def token(self, who: str) -> str:
        return self.tokens[who]["token"]

    def user(self, who: str) -> str:
        return self.tokens[who]["user"]

    def client(self, who: str = "root") -> httpx.Client:
        """The server's own REST, without ppstui between."""
        return httpx.Client(
            base_url=f"{self.url}/REST/2.0", headers={"Authorization": f"token {self.token(who)}"}, timeout=60
        )

    def reset(self) -> None:
        """The pristine database is put back."""
        subprocess.run([HERE / "reset", self.directory], check=True, capture_output=True)

    def mail(self, ticket: int, user: str, shape: str, *lines: str) -> None:
        """A mail from an account, in one of the shapes that mail programs make; see `rt-site.pl mail`."""
        site = {"RT_SITE_CONFIG": str(self.directory / "RT_SiteConfig.pm"), "RT_SITE_CONFIG_DIR": "/dev/null"}
        call = ["perl", str(HERE / "rt-site.pl"), "mail", str(self.directory), str(ticket), user, shape, *lines]
        subprocess.run(call, check=True, capture_output=True, env=os.environ | site)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A server that accepts and never answers, while this lasts."""
        os.killpg(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.pid, signal.SIGCONT)


def start_site(directory: Path, *options: str) -> Iterator[Site]:
    """Starts a site and ends it; skips loudly where RT is not installed, and fails where it must be."""
    installed = subprocess.run(["sh", HERE / "install.sh", "--check"], check=False, capture_output=True).returncode == 0
    if not installed:
        reason = "Request Tracker 5 is not installed: as root on Debian 12, sh tests/servers/rt/install.sh"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = subprocess.run(
        [HERE / "start", directory, "--port", str(port), *options], check=False, capture_output=True, text=True
    )
    assert said.returncode == 0, f"RT did not start: {said.stderr[-2000:]}"
    facts = json.loads(said.stdout)
    tokens = json.loads((directory / "tokens.json").read_text())
    try:
        yield Site(facts["url"], directory, facts["pid"], tokens)
    finally:
        subprocess.run([HERE / "stop", directory, "--remove"], check=False, capture_output=True)
