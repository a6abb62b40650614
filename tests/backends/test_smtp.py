"""Mails against a server that reads the protocol for itself: what leaves, and what is known when something breaks."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import pytest

from ppstui.backends.smtp import Smtp
from ppstui.backends.targets.smtp import Options
from ppstui.errors import BackendError, ConfigError, ConfigProblem, Doubtful, NotAuthorised, Refused, Unreachable
from ppstui.port import Exchange, Letter, Toolbox
from tests.backends.office import PASSWORD, Door, Office, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

NOW = dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)
KEY = "poll-abcdefgh23456789"
SENDER = "pps-coordinator@example.org"
LIST = "early-adopters-emi@mailman.egi.eu"
OTHER = "early-adopters-arc@mailman.egi.eu"
TEXT = (
    "Dear early adopters,\n\n.a line that begins with a dot\nİstanbul, Łódź, 東京\n" + "x" * 2000 + "\n.\nThank you.\n"
)


@pytest.fixture
def office() -> Office:
    return Office()


class Desk:
    """A mailer and what it told to the action log."""

    def __init__(
        self,
        port: int,
        *,
        patience: float = 10.0,
        secret: Callable[[str], str] | None = None,
        host: str = "127.0.0.1",
        sender: str = SENDER,
        user: str = "",
        tls: Literal["none", "starttls", "tls"] = "none",
        ca_file: str = "",
    ) -> None:
        self.told: list[Exchange] = []
        password = "env:MAIL" if user else ""
        server = Options(host=host, port=port, sender=sender, user=user, password=password, tls=tls, ca_file=ca_file)
        tools = Toolbox(
            name="mail",
            clock=lambda: NOW,
            secret=secret or {"env:MAIL": PASSWORD}.__getitem__,
            zone=ZoneInfo("Europe/Zurich"),
            witness=self.told.append,
        )
        self.mailer = Smtp(server, tools, patience)

    async def send(self, *to: str, subject: str = "Who takes part?", text: str = TEXT, key: str = KEY) -> str:
        return await self.mailer.send(Letter(key=key, to=to or (LIST,), subject=subject, text=text))

    async def fails(self, *to: str) -> BackendError:
        """The error, which never holds the password; nor does what it was made of."""
        with pytest.raises(BackendError) as caught:
            await self.send(*to)
        error: BaseException | None = caught.value
        while error is not None:
            assert PASSWORD not in str(error)
            error = error.__cause__
        assert PASSWORD not in repr(self.told)
        assert caught.value.source == "mail"
        return caught.value


# -------------------------------------------------------------------------------------------------------- what leaves


async def test_a_mail_arrives_as_it_was_written(office: Office) -> None:
    async with serving(office) as port:
        assert await Desk(port).send(LIST, OTHER) == "250 OK queued as 4711"
    mail = office.mail()
    assert (office.took[0].mail_from, office.took[0].rcpt_tos) == (SENDER, [LIST, OTHER])
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, f"{LIST}, {OTHER}", "Who takes part?")
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{KEY}@example.org>"
    assert (mail.get_content_type(), mail.get_content_charset()) == ("text/plain", "utf-8")
    assert mail["Content-Type"].params == {"charset": "utf-8"}, "no format=flowed"
    assert mail.get_content().replace("\r\n", "\n") == TEXT
    content = office.took[0].content
    assert isinstance(content, bytes)
    assert max(map(len, content.splitlines())) < 998
    assert content.isascii(), "it passes through servers that take seven bits only"


async def test_the_same_mail_has_the_same_number_whenever_it_is_tried(office: Office) -> None:
    async with serving(office) as port:
        await Desk(port).send()
        await Desk(port).send(text="worded otherwise")
        await Desk(port).send(key="poll-another")
    numbers = [mail["Message-ID"] for mail in office.mails()]
    assert numbers == [f"<{KEY}@example.org>", f"<{KEY}@example.org>", "<poll-another@example.org>"]


@pytest.mark.parametrize(
    "subject",
    [
        "Who?\r\nBcc: victim@example.org",
        "Who?\nBcc: victim@example.org\n\nanother text",
        "Who?\rBcc: victim@example.org",
        "Who?\x00\x0b\x0c\x1c\x85\u2028\u2029Bcc: victim@example.org",
    ],
)
async def test_nothing_in_a_subject_becomes_a_line_of_the_head(office: Office, subject: str) -> None:
    async with serving(office) as port:
        await Desk(port).send(subject=subject, key="poll-a\r\nBcc: victim@example.org")
    mail = office.mail()
    assert mail["Subject"].startswith("Who? Bcc: victim@example.org")
    assert mail["Bcc"] is None
    assert mail.get_content().replace("\r\n", "\n") == TEXT
    assert office.took[0].rcpt_tos == [LIST]


async def test_a_subject_in_any_alphabet_arrives_whole(office: Office) -> None:
    subject = "Wer macht mit? Łódź 東京 " + "sehr lang " * 30
    async with serving(office) as port:
        await Desk(port).send(subject=subject)
    assert office.mail()["Subject"] == subject.strip()


async def test_text_that_no_mail_can_hold_is_sent_without_what_it_cannot(office: Office) -> None:
    async with serving(office) as port:
        await Desk(port).send(subject="Who \ud800?", text="a \ud800 b\n")
    assert (office.mail()["Subject"], office.mail().get_content().strip()) == ("Who ??", "a ? b")


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b@c", "a b@c.org", "a@c.org\r\nRCPT TO:<victim@example.org>", "<a@c.org>", "Łódź@example.org"],
)
async def test_an_address_that_is_none_never_gets_to_the_server(office: Office, address: str) -> None:
    async with serving(office) as port:
        error = await Desk(port).fails(LIST, address)
        assert isinstance(await Desk(port, sender=address).fails(), Refused)
    assert isinstance(error, Refused)
    assert "is no mail address" in str(error)
    assert office.steps == []


async def test_a_mail_to_nobody_is_refused() -> None:
    desk = Desk(1)
    with pytest.raises(Refused, match="goes to nobody"):
        await desk.mailer.send(Letter(key=KEY, to=(), subject="Who?", text=TEXT))


# -------------------------------------------------------------------------------------------- before the dot, and after


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT"])
async def test_who_hangs_up_before_the_mail_has_not_taken_it(office: Office, step: str) -> None:
    office.hangs_up = step
    async with serving(office) as port:
        error = await Desk(port).fails()
    assert isinstance(error, Unreachable)
    assert "nothing has left" in str(error)
    assert office.took == []


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT"])
async def test_who_says_nothing_before_the_mail_has_not_taken_it(office: Office, step: str) -> None:
    office.silent = step
    async with serving(office) as port:
        error = await Desk(port, patience=0.6).fails()
    assert isinstance(error, Unreachable)
    assert "it did not answer in time" in str(error)


async def test_who_is_gone_in_the_middle_of_the_mail_has_not_taken_it() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while (line := await reader.readline()) and not line.startswith(b"DATA"):
            writer.write(b"250 OK\r\n")
        writer.write(b"354 go on\r\n")
        await reader.readexactly(1000)
        writer.transport.abort()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    desk = Desk(server.sockets[0].getsockname()[1])
    with pytest.raises(Unreachable, match="nothing has left"):
        await desk.send(text="a line of some length\n" * 1_000_000)
    server.close()


async def test_who_hangs_up_after_the_dot_may_have_taken_it(office: Office) -> None:
    office.hangs_up = "DATA"
    async with serving(office) as port:
        desk = Desk(port)
        error = await desk.fails()
    assert isinstance(error, Doubtful)
    assert "was given the whole mail and did not answer" in str(error)
    assert len(office.took) == 1
    assert desk.told[0].answer == str(error)


async def test_who_says_nothing_after_the_dot_may_have_taken_it(office: Office) -> None:
    office.silent = "DATA"
    async with serving(office) as port:
        assert isinstance(await Desk(port, patience=0.6).fails(), Doubtful)


async def test_an_answer_to_the_dot_that_is_none_is_a_doubt(office: Office) -> None:
    office.says["DATA"] = "OK, sort of"
    async with serving(office) as port:
        assert isinstance(await Desk(port).fails(), Doubtful)


@pytest.mark.parametrize(
    ("step", "said", "kind"),
    [
        ("EHLO", "502 not here", None),
        ("MAIL", "451 try later", Unreachable),
        ("MAIL", "421 closing down", Unreachable),
        ("MAIL", "553 not from you", Refused),
        ("MAIL", "530 5.7.0 authentication required", NotAuthorised),
        ("RCPT", "450 greylisted", Unreachable),
        ("RCPT", "550 no such list", Refused),
        ("DATA", "451 no space", Unreachable),
        ("DATA", "554 looks like spam", Refused),
    ],
)
async def test_an_answer_is_sorted_by_what_to_do_next(
    office: Office, step: str, said: str, kind: type[BackendError] | None
) -> None:
    office.says[step] = said
    async with serving(office) as port:
        if kind is None:
            assert await Desk(port).send(), "it is greeted the old way"
            return
        error = await Desk(port).fails()
    assert type(error) is kind
    assert f"127.0.0.1 answered {said} to " in str(error)


@pytest.mark.parametrize(("said", "kind"), [("550 no such list", Refused), ("451 later", Unreachable)])
async def test_a_mail_goes_to_all_or_to_nobody(office: Office, said: str, kind: type[BackendError]) -> None:
    office.says[OTHER] = said
    async with serving(office) as port:
        error = await Desk(port).fails(LIST, OTHER)
    assert type(error) is kind
    assert f"RCPT TO:<{OTHER}>" in str(error)
    assert office.took == []


async def test_nobody_there_is_said_so() -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    error = await Desk(port).fails()
    assert isinstance(error, Unreachable)
    assert "Connection refused" in str(error)
    with pytest.raises(Unreachable):
        await Desk(port).mailer.check()


async def test_what_does_not_greet_is_no_mail_server() -> None:
    async def web(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(web, "127.0.0.1", 0)
    error = await Desk(server.sockets[0].getsockname()[1]).fails()
    assert isinstance(error, Unreachable)
    server.close()


# ------------------------------------------------------------------------------------------------------ who we are


async def test_who_we_are_is_said_when_the_mail_goes(office: Office) -> None:
    async with serving(office, door=Door()) as port:
        desk = Desk(port, user="me")
        assert await desk.send()
        health = await desk.mailer.check()
    assert (health.text, health.user) == (f"127.0.0.1:{port} takes mail from us as me", "me")
    assert len(office.took) == 1


async def test_who_is_not_known_is_told_where_to_correct_it(office: Office) -> None:
    async with serving(office, door=Door()) as port:
        wrong = await Desk(port, user="you").fails()
        nobody = await Desk(port).fails()
        assert isinstance(await Desk(port, user="me", secret=lambda _: "hünter2").fails(), NotAuthorised)
    for error in (wrong, nobody):
        assert isinstance(error, NotAuthorised)
        assert "correct user and password of [targets.mail]" in str(error)
    assert office.took == []


async def test_a_password_that_a_server_repeats_is_not_repeated_by_us(office: Office) -> None:
    async with serving(office, door=Door("you said ")) as port:
        error = await Desk(port, user="you").fails()
    assert isinstance(error, NotAuthorised)
    office.says["RCPT"] = f"550 {PASSWORD} is a fine word"
    async with serving(office, door=Door()) as port:
        error = await Desk(port, user="me").fails()
    assert "550 *** is a fine word" in str(error)


async def test_a_password_that_cannot_be_had_keeps_the_mail_here(office: Office) -> None:
    def secret(reference: str) -> str:
        raise ConfigError([ConfigProblem("config.toml", 7, "targets.mail.password", f"{reference} is not set")])

    async with serving(office, door=Door()) as port:
        error = await Desk(port, user="me", secret=secret).fails()
    assert isinstance(error, NotAuthorised)
    assert "config.toml:7: targets.mail.password: env:MAIL is not set" in str(error)


async def test_a_server_that_knows_nobody_is_not_told_a_password(office: Office) -> None:
    async with serving(office) as port:
        error = await Desk(port, user="me").fails()
    assert isinstance(error, Refused)
    assert "check tls, user and port of [targets.mail]" in str(error)


# ------------------------------------------------------------------------------------------------------ the line


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 that nobody trusts, and a server's use of it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


async def test_a_protected_line_is_protected_before_anybody_is_named(
    office: Office, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    file, context = certificate
    async with serving(office, door=Door(), starttls=context) as port:
        await Desk(port, tls="starttls", ca_file=str(file), user="me").send()
        plain = await Desk(port).fails()
    assert len(office.took) == 1
    assert isinstance(plain, NotAuthorised)


async def test_a_line_that_is_protected_from_the_first_byte(
    office: Office, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    file, context = certificate
    async with serving(office, tls=context) as port:
        await Desk(port, tls="tls", ca_file=str(file)).send()
    assert len(office.took) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_certificate_that_nobody_trusts_ends_it(
    office: Office, certificate: tuple[Path, ssl.SSLContext], tls: Literal["starttls", "tls"]
) -> None:
    _, context = certificate
    first, later = (context, None) if tls == "tls" else (None, context)
    async with serving(office, tls=first, starttls=later) as port:
        error = await Desk(port, tls=tls).fails()
        elsewhere = await Desk(port, tls=tls, host="localhost", ca_file=str(certificate[0])).fails()
    for each in (error, elsewhere):
        assert isinstance(each, NotAuthorised)
        assert "certificate is not trusted" in str(each)
        assert "ca_file of [targets.mail]" in str(each)
    assert office.took == []


async def test_a_server_without_protection_is_not_spoken_to_in_clear(office: Office) -> None:
    async with serving(office) as port:
        first = await Desk(port, tls="starttls", user="me").fails()
        second = await Desk(port, tls="tls").fails()
    assert isinstance(first, Refused)
    assert "STARTTLS" in str(first)
    assert isinstance(second, Refused)
    assert "check tls and port" in str(second)
    assert office.took == []


async def test_a_ca_file_that_cannot_be_read_is_named(office: Office, tmp_path: Path) -> None:
    async with serving(office) as port:
        error = await Desk(port, tls="tls", ca_file=str(tmp_path / "none.pem")).fails()
    assert "none.pem cannot be read" in str(error)


# --------------------------------------------------------------------------------------------------------- the log


async def test_the_log_is_told_what_was_handed_over_and_what_was_said(office: Office) -> None:
    async with serving(office, door=Door()) as port:
        desk = Desk(port, user="me")
        await desk.send()
    (told,) = desk.told
    assert told.key == KEY
    assert told.request.startswith(f"MAIL 127.0.0.1:{port} from {SENDER} to {LIST}\nSubject: Who takes part?\n")
    assert told.answer == "250 OK queued as 4711"
    assert len(told.request) <= 2000
    assert PASSWORD not in repr(told)
