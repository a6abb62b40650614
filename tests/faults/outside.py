"""The places that issues of the bulletin go to, with what goes wrong on the way there, and a ppstui that they can kill.

    python -m tests.faults.outside 2026-11-06T09:00:00+00:00 bulletin publish   # one life, at that hour

What is to happen is dealt beforehand: to requests that write and to requests that only look, and to each mail.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import email
import os
import subprocess
import sys
import threading
from email import policy
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from aiosmtpd.smtp import SMTP

from ppstui.cli import main
from ppstui.cli.console import Console
from tests.faults.proxy import Proxy
from tests.faults.schedule import Fault, Schedule

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from email.message import EmailMessage

    from aiosmtpd.smtp import Envelope, Session

    from tests.servers.dokuwiki_site import Wiki
    from tests.servers.rt_site import Site

ROOT = Path(__file__).parents[2]
T = TypeVar("T")


class Victim:
    """The ppstui that lives now, if it is one of those that may be killed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.killed = 0

    def kill(self) -> None:
        """Ends it without a word."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.killed += 1

    def live(self, at: dt.datetime, env: dict[str, str], *argv: str) -> tuple[int, str]:
        """A life: its exit code, negative where it was killed, and what it complained about."""
        words = [sys.executable, "-m", "tests.faults.outside", at.isoformat(), *argv]
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("XDG_", "PPSTUI_"))}
        self.process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=kept | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _, err = self.process.communicate(timeout=60)
            return self.process.returncode, err
        finally:
            self.process.kill()
            self.process = None


class Blow(NamedTuple):
    """What happens to one request."""

    fault: Fault = Fault.PASS
    kills: bool = False
    """Whether who asked is killed before."""


class Way(Proxy):
    """The way to one server."""

    def __init__(self, server: str, who: str, victim: Victim, story: list[str]) -> None:
        super().__init__(server, Schedule(0), who)
        self.writes: list[Blow] = []
        """What happens to the next requests that change something there."""
        self.looks: list[Blow] = []
        """What happens to the next that do not."""
        self._name, self._victim, self._story = who, victim, story

    @property
    def kills(self) -> bool:
        """Whether somebody is still to be killed on it."""
        return any(blow.kills for blow in (*self.writes, *self.looks))

    def fault(self, request: bytes) -> Fault:
        """See `Proxy.fault`."""
        writes = _writes(request)
        row = self.writes if writes else self.looks
        blow = row.pop(0) if row else Blow()
        if blow != Blow():
            killed = ", and ppstui is killed" * blow.kills
            self._story.append(f"{self._name}: a {'write' if writes else 'look'}: {blow.fault.value}{killed}")
        if blow.kills:
            self._victim.kill()
        return blow.fault


def _writes(request: bytes) -> bool:
    method, path, _ = request.split(b"\r\n", 1)[0].decode().split(" ", 2)
    if "xmlrpc" in path:
        return b"putPage" in request
    return method == "POST" and "/ticket" in path and not path.partition("?")[0].endswith("/tickets")


class Mishap(Enum):
    """What happens to one mail."""

    NONE = "nothing"
    LATER = "not now"
    HUNG_UP = "gone before the mail"
    LOST = "gone after the dot, and the mail with it"
    UNHEARD = "taken, and the answer lost"
    KILLED_BEFORE = "ppstui is killed before the mail"
    KILLED_AFTER = "ppstui is killed after the dot, the mail is taken"


class Postroom:
    """A mail server: hooks of aiosmtpd, and the mails it took."""

    def __init__(self, victim: Victim, story: list[str]) -> None:
        self.took: list[bytes] = []
        self.coming: list[Mishap] = []
        self._now = Mishap.NONE
        self._victim, self._story = victim, story

    def mails(self) -> list[EmailMessage]:
        """Everything it took, oldest first."""
        return [email.message_from_bytes(mail, policy=policy.default) for mail in self.took]

    async def handle_MAIL(  # noqa: N802  as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """A mail begins."""
        self._now = self.coming.pop(0) if self.coming else Mishap.NONE
        if self._now is not Mishap.NONE:
            self._story.append(f"mail: {self._now.value}")
        envelope.mail_from = address
        return "451 4.3.0 come again later" if self._now is Mishap.LATER else "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """The last moment before the mail itself."""
        if self._now is Mishap.KILLED_BEFORE:
            self._victim.kill()
        if self._now in (Mishap.HUNG_UP, Mishap.KILLED_BEFORE):
            _abort(server)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """The mail, to its dot."""
        assert isinstance(envelope.content, bytes)
        if self._now is Mishap.KILLED_AFTER:
            self._victim.kill()
        if self._now is not Mishap.LOST:
            self.took.append(envelope.content)
        if self._now is not Mishap.NONE:
            _abort(server)
        return "250 2.0.0 Ok: queued"


def _abort(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


class Outside:
    """Everything beyond ppstui, at work in a thread of its own."""

    def __init__(self, rt: Site, wiki: Wiki) -> None:
        self.story: list[str] = []
        self.victim = Victim()
        self.rt, self.wiki = rt, wiki
        self.to_rt = Way(rt.url, "ticket", self.victim, self.story)
        self.to_wiki = Way(wiki.url, "wiki", self.victim, self.story)
        self.post = Postroom(self.victim, self.story)
        self.mail_port = 0

    @contextlib.contextmanager
    def open(self) -> Iterator[Outside]:
        """Serves, while this lasts."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()

        def done(work: Coroutine[object, object, T]) -> T:
            return asyncio.run_coroutine_threadsafe(work, loop).result(20)

        async def listening() -> asyncio.Server:
            return await loop.create_server(lambda: SMTP(self.post, hostname="mail.example.org"), "127.0.0.1", 0)

        try:
            for way in (self.to_rt, self.to_wiki):
                done(way.__aenter__())
            server = done(listening())
            self.mail_port = server.sockets[0].getsockname()[1]
            yield self
            loop.call_soon_threadsafe(server.close)
            for way in (self.to_rt, self.to_wiki):
                done(way.__aexit__(None, None, None))
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(20)
            loop.close()

    def left(self) -> list[str]:
        """What was dealt and has not happened."""
        rows = {"ticket": self.to_rt, "wiki": self.to_wiki}
        blows = [(name, blow) for name, way in rows.items() for blow in (*way.writes, *way.looks) if blow != Blow()]
        found = [f"{name}: {blow.fault.value}" for name, blow in blows]
        return found + [f"mail: {mishap.value}" for mishap in self.post.coming]


def live() -> int:
    """One run of ppstui at the hour that is told."""
    now = dt.datetime.fromisoformat(sys.argv[1])
    return main(sys.argv[2:], Console(now=lambda: now))


if __name__ == "__main__":
    sys.exit(live())
