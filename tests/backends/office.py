"""A mail server that reads the protocol for itself and does as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import email
from email import policy
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, AuthResult, Envelope

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from email.message import EmailMessage

    from aiosmtpd.smtp import Session

PASSWORD = "swordfish-and-chips"


class Office:
    """The other side: the mails it took, and how it misbehaves. `step` is EHLO, MAIL, RCPT or DATA."""

    def __init__(self) -> None:
        self.took: list[Envelope] = []
        self.steps: list[str] = []
        self.says: dict[str, str] = {}
        """What it answers at a step, or to a recipient."""
        self.hangs_up = ""
        """The step at which it is gone."""
        self.silent = ""
        """The step from which on it says nothing more."""
        self.over = asyncio.Event()

    async def _does(self, server: SMTP, step: str) -> str | None:
        self.steps.append(step)
        if step == self.silent:
            await self.over.wait()
        if step == self.hangs_up:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.says.get(step)

    async def handle_EHLO(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        said = await self._does(server, "EHLO")
        return [said] if said else responses

    async def handle_MAIL(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        envelope.mail_from = address
        return await self._does(server, "MAIL") or "250 OK"

    async def handle_RCPT(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        said = await self._does(server, "RCPT") or self.says.get(address, "250 OK")
        if said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.took.append(envelope)
        return await self._does(server, "DATA") or "250 OK queued as 4711"

    def mails(self) -> list[EmailMessage]:
        """What it took, read."""
        contents = [envelope.content for envelope in self.took if isinstance(envelope.content, bytes)]
        return [email.message_from_bytes(content, policy=policy.default) for content in contents]

    def mail(self) -> EmailMessage:
        """The only one."""
        (mail,) = self.mails()
        return mail


class Door:
    """Knows one person."""

    def __init__(self, says: str = "") -> None:
        """What it says to others, their password behind it; "": as servers do."""
        self.says = says

    def __call__(self, _server: SMTP, _session: object, _e: object, _mechanism: str, data: object) -> AuthResult:
        login, password = getattr(data, "login", b""), getattr(data, "password", b"")
        good = (login, password) == (b"me", PASSWORD.encode())
        message = None if good or not self.says else f"535 {self.says}{password.decode()}"
        return AuthResult(success=good, handled=False, message=message)


@contextlib.asynccontextmanager
async def serving(
    office: Office,
    *,
    door: Door | None = None,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """The office on a port of its own; behind a door nobody is let in unknown. `tls`: from the first byte."""
    loop = asyncio.get_running_loop()

    def made() -> SMTP:
        return SMTP(
            office,
            hostname="mail.example.org",
            loop=loop,
            authenticator=door,
            auth_required=door is not None,
            auth_require_tls=door is None or starttls is not None,
            tls_context=starttls,
            require_starttls=starttls is not None and door is not None,
        )

    server = await loop.create_server(made, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        office.over.set()
        server.close()
