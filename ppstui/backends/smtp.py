"""Hands a mail over to a mail server, and tells exactly what is known of it afterwards.

Until the dot that ends the mail nothing has left, whatever breaks: no server may deliver a mail without it (RFC 5321,
section 4.1.1.4). Once the dot is on its way and no answer comes, nobody can find out: that is `Doubtful`. smtplib's own
`sendmail` tells the two apart no more, so the steps are taken one by one here.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Literal, NoReturn, Protocol

from msgspec import Struct

from ppstui.backends._mime import Head, one_line, written
from ppstui.errors import BackendError, ConfigError, Doubtful, NotAuthorised, Refused, Unreachable
from ppstui.port import Exchange, Health
from ppstui.rules.addresses import is_mail_address

if TYPE_CHECKING:
    import smtplib
    import ssl
    from collections.abc import Iterable

    from ppstui.port import Letter, Toolbox

PATIENCE = 50.0
"""Seconds for one mail, from the connection to the answer to its last dot; shorter than a desk waits for a delivery."""

_BEFORE = 0.5
"""How much of that everything before the dot may take: what is short then must not be the answer that tells."""

_DONE, _GO_ON, _LATER, _NEVER = 2, 3, 4, 5
"""What the first figure of a reply says (RFC 5321, section 4.2.1)."""

_TOO_MANY, _ALWAYS_TAKEN = 452, 100
"""What is said to a recipient too many, and how many every server must take (RFC 5321, section 4.5.3.1)."""

_LOGIN = "the login"
_LONGEST_SAID = 300
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_DOT = re.compile(rb"(?m)^\.")
_UNKNOWN_HERE = frozenset({530, 534, 535, 538})
"""Replies about who we are, at whatever step they come."""


def table_of(source: str) -> str:
    """The table of the configuration that a target is described in, whether it is called `mail` or `targets.mail`."""
    return f"targets.{source.removeprefix('targets.')}"


class Server(Protocol):
    """What must be known of a mail server; `[targets.NAME]` with type `smtp` says it."""

    @property
    def host(self) -> str:
        """Its name or address."""

    @property
    def port(self) -> int:
        """Its port."""

    @property
    def tls(self) -> Literal["none", "starttls", "tls"]:
        """How the line to it is protected."""

    @property
    def sender(self) -> str:
        """The address mails come from."""

    @property
    def user(self) -> str:
        """How we are known there; "" where we need not be."""

    @property
    def password(self) -> str:
        """A reference to the password of `user`."""

    @property
    def ca_file(self) -> str:
        """Certificates to trust; "" trusts what the system trusts."""


class Parcel(Struct, frozen=True, kw_only=True):
    """A mail as it goes over the line, and to whom."""

    key: str
    """For the action log."""
    mail: bytes
    to: tuple[str, ...]
    """Who must get it: where the server refuses one of them, it goes to nobody."""
    members: tuple[str, ...] = ()
    """Who gets it besides, unless the server refuses one for good: a list is not kept waiting for who left it."""
    subject: str
    text: str
    """What it says, for the action log."""


class Handed(Struct, frozen=True, kw_only=True):
    """What is known of a mail that was handed over."""

    said: str
    """What the server said to it."""
    members: tuple[str, ...] = ()
    """Those that it took the mail for."""
    left_out: tuple[str, ...] = ()
    """Those that it would not take it for, each with what it said."""


class Smtp:
    """A mail server. Each mail has a connection of its own."""

    def __init__(self, server: Server, tools: Toolbox, patience: float = PATIENCE) -> None:
        """`patience`: seconds for one mail."""
        self._server = server
        self._tools = tools
        self._patience = patience

    async def send(self, letter: Letter) -> str:
        """Hands a letter over; returns what the server said. Raises as `port.Mailer` says."""
        self.accept(letter.to)
        if not letter.to:
            name = self._tools.name
            raise Refused(f"{name}: the mail goes to nobody; name an address", source=name)
        sender = self._server.sender
        id_ = f"<{one_line(letter.key)}@{sender.rpartition('@')[2]}>"
        head = Head(sender=sender, to=letter.to, subject=letter.subject, date=self._tools.clock(), id=id_)
        mail = written(head, letter.text)
        parcel = Parcel(key=letter.key, mail=mail, to=letter.to, subject=letter.subject, text=letter.text)
        return (await self.hand_over(parcel)).said

    def accept(self, addresses: Iterable[str]) -> None:
        """Raises Refused where the sender or one of the addresses is none."""
        name = self._tools.name
        for address in (self._server.sender, *addresses):
            if not is_mail_address(address):
                raise Refused(f"{name}: {address[:80]!r} is no mail address; correct it", source=name)

    async def hand_over(self, parcel: Parcel, spent: float = 0.0) -> Handed:
        """Hands a mail over; `spent`: seconds of the patience that are gone already.

        Raises Doubtful when it may have left; every other BackendError says that it has not.
        """
        patience = max(self._patience - spent, 1.0)
        return await asyncio.to_thread(lambda: _Handover(self._server, self._tools, patience).send(parcel))

    async def check(self) -> Health:
        """Asks the server who it is, as whom we are known; sends nothing. Raises BackendError."""
        return await asyncio.to_thread(lambda: _Handover(self._server, self._tools, self._patience).check())


class _Handover:
    """One mail, in a thread of its own."""

    def __init__(self, target: Server, tools: Toolbox, patience: float) -> None:
        import time

        self._target = target
        self._tools = tools
        self._name = tools.name
        self._time = time.monotonic
        self._start, self._patience = self._time(), patience
        self._share = _BEFORE
        self._password = ""
        self._step = "the connection"
        self._code, self._full = 0, False

    def send(self, parcel: Parcel) -> Handed:
        """Hands it over. Raises BackendError."""
        server = self._opened()
        try:
            handed = self._handed_over(server, parcel)
        except BackendError as error:
            self._tell(parcel, str(error))
            raise
        finally:
            self._close(server)
        self._tell(parcel, handed.said, len(handed.members))
        return handed

    def check(self) -> Health:
        """Raises BackendError."""
        server = self._opened()
        try:
            self._ask(server, "NOOP")
            text = f"{self._target.host}:{self._target.port} takes mail"
            known = f" from us as {self._target.user}" if self._target.user else ""
            return Health(text=text + known, user=self._target.user)
        finally:
            self._close(server)

    # ------------------------------------------------------------------------------------------------- the connection

    def _opened(self) -> smtplib.SMTP:
        """A server that knows us, over a line as it was asked for. Raises BackendError."""
        import smtplib
        import ssl

        try:
            return self._greeted()
        except ConfigError as error:
            # A secret that cannot be had; its words name the reference and never the secret.
            raise NotAuthorised(f"{self._name}: {error}", source=self._name) from error
        except ssl.SSLCertVerificationError as error:
            why = f"its certificate is not trusted ({error.verify_message}); see ca_file of [{table_of(self._name)}]"
            raise NotAuthorised(f"{self._name}: {why}", source=self._name) from error
        except ssl.SSLError as error:
            why = f"no protected line could be made ({error.reason or 'no reason given'}); check tls and port"
            raise Refused(f"{self._name}: {why}", source=self._name) from error
        except UnicodeError:
            # Its words would show a part of what it could not say.
            why = f"user or password of [{table_of(self._name)}] hold characters that no server can be told"
            raise NotAuthorised(f"{self._name}: {why}", source=self._name) from None
        except smtplib.SMTPResponseException as error:
            self._refuse(error.smtp_code, error.smtp_error)
        except smtplib.SMTPServerDisconnected as error:
            raise self._unreachable(error) from error
        except smtplib.SMTPException as error:
            why = f"{self._safe(str(error))}; check tls, user and port of [{table_of(self._name)}]"
            raise Refused(f"{self._name}: {why}", source=self._name) from error
        except (OSError, ValueError) as error:
            raise self._unreachable(error) from error

    def _greeted(self) -> smtplib.SMTP:
        import smtplib

        host, port = self._target.host, self._target.port
        hello, left = _hello(), self._left()
        if self._target.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, hello, timeout=left, context=self._trust())
        else:
            server = smtplib.SMTP(host, port, hello, timeout=left)
        with contextlib.ExitStack() as unless_known:
            unless_known.callback(server.close)
            self._step = "EHLO"
            self._wait(server)
            server.ehlo_or_helo_if_needed()
            if self._target.tls == "starttls":
                self._step = "STARTTLS"
                self._wait(server)
                server.starttls(context=self._trust())
                self._wait(server)
                server.ehlo_or_helo_if_needed()
            if self._target.user:
                self._step = _LOGIN
                self._password = self._tools.secret(self._target.password) if self._target.password else ""
                self._wait(server)
                server.login(self._target.user, self._password)
            unless_known.pop_all()
        return server

    def _trust(self) -> ssl.SSLContext:
        import ssl

        try:
            return ssl.create_default_context(cafile=self._target.ca_file or None)
        except OSError as error:
            why = f"ca_file {self._target.ca_file} cannot be read; correct it in [{table_of(self._name)}]"
            raise NotAuthorised(f"{self._name}: {why}", source=self._name) from error

    # ------------------------------------------------------------------------------------------------------- the mail

    def _handed_over(self, server: smtplib.SMTP, parcel: Parcel) -> Handed:
        self._ask(server, f"MAIL FROM:<{self._target.sender}>")
        # Every one of them must be taken before the mail is: half a list is not polled twice.
        for taken, address in enumerate(parcel.to):
            self._name_recipient(server, address, taken)
        members, left_out = self._members(server, parcel)
        self._ask(server, "DATA", _GO_ON)
        mail = parcel.mail
        body = _DOT.sub(b"..", mail if mail.endswith(b"\r\n") else mail + b"\r\n")
        self._put(server, body)
        self._step, self._share = "the mail", 1.0
        try:
            self._wait(server)
            server.send(b".\r\n")
            code, said = server.getreply()
        except (OSError, ValueError) as error:  # smtplib's own errors are an OSError
            raise self._doubtful(f"did not answer ({_reason(error)})") from error
        if code // 100 in (_LATER, _NEVER):
            self._refuse(code, said)
        if code // 100 != _DONE:
            raise self._doubtful(f"answered what no mail server says: {code} {self._safe(said)}")
        return Handed(said=f"{code} {self._safe(said)}", members=members, left_out=left_out)

    def _members(self, server: smtplib.SMTP, parcel: Parcel) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Those of the members that the server takes the mail for, and those it never will. Raises BackendError."""
        members: list[str] = []
        left_out: list[str] = []
        for address in parcel.members:
            try:
                self._name_recipient(server, address, len(parcel.to) + len(members))
            except Refused as error:
                if self._full:
                    raise
                left_out.append(str(error).removeprefix(f"{self._name}: "))
            else:
                members.append(address)
        if not parcel.to and not members:
            why = (
                f"the server takes it for nobody ({left_out[0]})" if left_out else "it goes to nobody; name an address"
            )
            raise Refused(f"{self._name}: {why}", source=self._name)
        return tuple(members), tuple(left_out)

    def _name_recipient(self, server: smtplib.SMTP, address: str, taken: int) -> None:
        """Raises BackendError; Refused also where so many stand in one mail that no more go in, now or later."""
        try:
            self._ask(server, f"RCPT TO:<{address}>")
        except Unreachable as error:
            if self._code != _TOO_MANY or taken < _ALWAYS_TAKEN:
                raise
            self._full = True
            why = f"{self._target.host} takes a mail for {taken} at once and not for more"
            hint = "publish at the list's own address, or let its server take more"
            raise Refused(f"{self._name}: {why}; {hint}", source=self._name) from error

    def _ask(self, server: smtplib.SMTP, line: str, expected: int = _DONE) -> None:
        """One command before the mail itself; whatever goes wrong here, nothing has left."""
        self._step = line
        try:
            self._wait(server)
            code, said = server.docmd(line)
        except (OSError, ValueError) as error:
            raise self._unreachable(error) from error
        self._code = code
        if code // 100 != expected:
            self._refuse(code, said)

    def _put(self, server: smtplib.SMTP, body: bytes) -> None:
        """The mail without its last dot."""
        self._step = "the mail"
        try:
            self._wait(server)
            server.send(body)
        except (OSError, ValueError) as error:
            raise self._unreachable(error) from error

    def _close(self, server: smtplib.SMTP) -> None:
        """Says goodbye where somebody listens; what comes of that changes nothing any more."""
        try:
            if server.sock is not None:
                server.sock.settimeout(1.0)
                server.docmd("QUIT")
        except (OSError, ValueError):
            pass
        finally:
            server.close()

    # -------------------------------------------------------------------------------------------------------- wording

    def _refuse(self, code: int, said: bytes | str) -> NoReturn:
        """What the server said against it, sorted by what to do next."""
        text = f"{self._name}: {self._target.host} answered {code} {self._safe(said)} to {self._step}".rstrip()
        kind = code // 100
        if code in _UNKNOWN_HERE or (self._step == _LOGIN and kind == _NEVER):
            raise NotAuthorised(f"{text}; correct user and password of [{table_of(self._name)}]", source=self._name)
        if kind == _NEVER:
            raise Refused(text, source=self._name)
        odd = "" if kind == _LATER else ", which is no answer of a mail server"
        raise Unreachable(f"{text}{odd}", source=self._name)

    def _doubtful(self, why: str) -> Doubtful:
        return Doubtful(f"{self._name}: {self._target.host} was given the whole mail and {why}", source=self._name)

    def _unreachable(self, error: Exception) -> Unreachable:
        why = f"{self._target.host}:{self._target.port} was lost at {self._step} ({_reason(error)})"
        return Unreachable(f"{self._name}: {why}; nothing has left", source=self._name)

    def _safe(self, said: bytes | str) -> str:
        """What the server said, on one line, short, and without the password that it may have repeated."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return one_line(text.replace(self._password, "***") if self._password else text)[:_LONGEST_SAID]

    def _tell(self, parcel: Parcel, answer: str, members: int = 0) -> None:
        """To the action log, which is told how many members of lists got it and not who."""
        to = ", ".join(parcel.to) + (f" and {members} members" if members else "")
        head = f"MAIL {self._target.host}:{self._target.port} from {self._target.sender} to {to}"
        told = f"{head}\nSubject: {one_line(parcel.subject)}\n{len(parcel.mail)} bytes\n\n{parcel.text}"
        self._tools.witness(Exchange(parcel.key, told[:_LONGEST_TOLD], answer))

    def _left(self) -> float:
        """Seconds that are left for this mail. Raises TimeoutError when there are none."""
        left = self._start + self._patience * self._share - self._time()
        if left <= 0:
            raise TimeoutError("it took too long")
        return left

    def _wait(self, server: smtplib.SMTP) -> None:
        """Lets the next step take no longer than what is left."""
        if server.sock is not None:
            server.sock.settimeout(self._left())


_LONGEST_TOLD = 2000
"""Characters of a mail that the action log keeps."""


def _hello() -> str:
    """How we introduce ourselves; smtplib would ask the name servers, which may take longer than the mail."""
    import os

    name = os.uname().nodename
    return name if _HOST.fullmatch(name) else "[127.0.0.1]"


def _reason(error: Exception) -> str:
    # smtplib makes an error of its own out of the time-out that it met.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "it did not answer in time"
    return one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)[:_LONGEST_SAID]
