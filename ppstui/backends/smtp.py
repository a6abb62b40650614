"""Hands a mail over to a mail server, and tells exactly what is known of it afterwards.

Until the dot that ends the mail nothing has left, whatever breaks: no server may deliver a mail without it (RFC 5321,
section 4.1.1.4). Once the dot is on its way and no answer comes, nobody can find out: that is `Doubtful`. smtplib's own
`sendmail` tells the two apart no more, so the steps are taken one by one here.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, NoReturn

from ppstui.errors import BackendError, ConfigError, Doubtful, NotAuthorised, Refused, Unreachable
from ppstui.port import Exchange, Health
from ppstui.rules.addresses import is_mail_address

if TYPE_CHECKING:
    import smtplib
    import ssl
    from email.message import EmailMessage

    from ppstui.config.schema import Target
    from ppstui.port import Letter, Toolbox

PATIENCE = 50.0
"""Seconds for one mail, from the connection to the answer to its last dot; shorter than a desk waits for a delivery."""

_BEFORE = 0.5
"""How much of that everything before the dot may take: what is short then must not be the answer that tells."""

_DONE, _GO_ON, _LATER, _NEVER = 2, 3, 4, 5
"""What the first figure of a reply says (RFC 5321, section 4.2.1)."""

_LOGIN = "the login"
_LONGEST_SAID = 300
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_DOT = re.compile(rb"(?m)^\.")
_UNKNOWN_HERE = frozenset({530, 534, 535, 538})
"""Replies about who we are, at whatever step they come."""


class Smtp:
    """A mail server, as `[targets.NAME]` with type `smtp` describes it. Each mail has a connection of its own."""

    def __init__(self, target: Target, tools: Toolbox, patience: float = PATIENCE) -> None:
        """`patience`: seconds for one mail."""
        self._target = target
        self._tools = tools
        self._patience = patience

    async def send(self, letter: Letter) -> str:
        """Hands it over; returns what the server said. Raises as `port.Mailer` says."""
        mail = self._written(letter)
        return await asyncio.to_thread(lambda: _Handover(self._target, self._tools, self._patience).send(letter, mail))

    async def check(self) -> Health:
        """Asks the server who it is, as whom we are known; sends nothing. Raises BackendError."""
        return await asyncio.to_thread(lambda: _Handover(self._target, self._tools, self._patience).check())

    def _written(self, letter: Letter) -> bytes:
        """The mail as bytes: plain text, its head on one line each. Raises Refused for an address that is none."""
        name, sender = self._tools.name, self._target.sender
        for address in (sender, *letter.to):
            if not is_mail_address(address):
                raise Refused(f"{name}: {address[:80]!r} is no mail address; correct it", source=name)
        if not letter.to:
            raise Refused(f"{name}: the mail goes to nobody; name an address", source=name)
        return _mail(letter, sender, self._tools).as_bytes()


def _mail(letter: Letter, sender: str, tools: Toolbox) -> EmailMessage:
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import format_datetime

    # Seven bits: not every server on the way says that it takes eight.
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["From"] = sender
    mail["To"] = ", ".join(letter.to)
    mail["Subject"] = _one_line(letter.subject)
    mail["Date"] = format_datetime(tools.clock())
    mail["Message-ID"] = f"<{_one_line(letter.key)}@{sender.rpartition('@')[2]}>"
    mail.set_content(_clean(letter.text), charset="utf-8")
    return mail


def _one_line(text: str) -> str:
    """Nothing in it can end a line of the head, or drive a terminal where the mail is read."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in _clean(text)).split())


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


class _Handover:
    """One mail, in a thread of its own."""

    def __init__(self, target: Target, tools: Toolbox, patience: float) -> None:
        import time

        self._target = target
        self._tools = tools
        self._name = tools.name
        self._time = time.monotonic
        self._start, self._patience = self._time(), patience
        self._share = _BEFORE
        self._password = ""
        self._step = "the connection"

    def send(self, letter: Letter, mail: bytes) -> str:
        """Hands it over. Raises BackendError."""
        server = self._opened()
        try:
            answer = self._handed_over(server, letter, mail)
        except BackendError as error:
            self._tell(letter, mail, str(error))
            raise
        finally:
            self._close(server)
        self._tell(letter, mail, answer)
        return answer

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
            why = f"its certificate is not trusted ({error.verify_message}); see ca_file of [targets.{self._name}]"
            raise NotAuthorised(f"{self._name}: {why}", source=self._name) from error
        except ssl.SSLError as error:
            why = f"no protected line could be made ({error.reason or 'no reason given'}); check tls and port"
            raise Refused(f"{self._name}: {why}", source=self._name) from error
        except UnicodeError:
            # Its words would show a part of what it could not say.
            why = f"user or password of [targets.{self._name}] hold characters that no server can be told"
            raise NotAuthorised(f"{self._name}: {why}", source=self._name) from None
        except smtplib.SMTPResponseException as error:
            self._refuse(error.smtp_code, error.smtp_error)
        except smtplib.SMTPServerDisconnected as error:
            raise self._unreachable(error) from error
        except smtplib.SMTPException as error:
            why = f"{self._safe(str(error))}; check tls, user and port of [targets.{self._name}]"
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
            why = f"ca_file {self._target.ca_file} cannot be read; correct it in [targets.{self._name}]"
            raise NotAuthorised(f"{self._name}: {why}", source=self._name) from error

    # ------------------------------------------------------------------------------------------------------- the mail

    def _handed_over(self, server: smtplib.SMTP, letter: Letter, mail: bytes) -> str:
        self._ask(server, f"MAIL FROM:<{self._target.sender}>")
        # Every one of them must be taken before the mail is: half a list is not polled twice.
        for address in letter.to:
            self._ask(server, f"RCPT TO:<{address}>")
        self._ask(server, "DATA", _GO_ON)
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
        return f"{code} {self._safe(said)}"

    def _ask(self, server: smtplib.SMTP, line: str, expected: int = _DONE) -> None:
        """One command before the mail itself; whatever goes wrong here, nothing has left."""
        self._step = line
        try:
            self._wait(server)
            code, said = server.docmd(line)
        except (OSError, ValueError) as error:
            raise self._unreachable(error) from error
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
            raise NotAuthorised(f"{text}; correct user and password of [targets.{self._name}]", source=self._name)
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
        return _one_line(text.replace(self._password, "***") if self._password else text)[:_LONGEST_SAID]

    def _tell(self, letter: Letter, mail: bytes, answer: str) -> None:
        """To the action log."""
        to, head = ", ".join(letter.to), f"MAIL {self._target.host}:{self._target.port} from {self._target.sender}"
        request = f"{head} to {to}\nSubject: {_one_line(letter.subject)}\n{len(mail)} bytes\n\n{letter.text}"
        self._tools.witness(Exchange(letter.key, request[:_LONGEST_TOLD], answer))

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
    return _one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)[:_LONGEST_SAID]
