"""A mail server that counts what was posted, and kills whoever is talking to it at the step that was chosen."""

from __future__ import annotations

import asyncio
import email
import os
import signal
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session


class MailServer:
    """Hooks of aiosmtpd: each is one step of a mail."""

    def __init__(self) -> None:
        self.posted: list[str] = []
        """The key of every mail that came to its dot."""
        self.victim = 0
        """The process that is killed; 0: nobody."""
        self.left = -1
        """So many steps are harmless before."""

    async def open(self) -> int:
        """Begins to listen. Returns the port."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, hostname="mail.example.org"), "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Who it comes from."""
        self._step()
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Who it goes to."""
        self._step()
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The mail, to its dot: from here on it is posted, whoever hears of it."""
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content)
        self.posted.append(str(mail["Message-ID"]).strip("<>").partition("@")[0])
        self._step()
        return "250 2.0.0 Ok: queued"

    def _step(self) -> None:
        if self.left == 0 and self.victim:
            os.kill(self.victim, signal.SIGKILL)
        self.left -= 1
