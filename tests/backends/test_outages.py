from __future__ import annotations

import asyncio
import errno
import re
import shutil
import socket
import ssl
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from ppstui.backends import _http
from ppstui.errors import NotAuthorised, Refused, Unreachable
from ppstui.testing import toolbox
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOISE = re.compile(r"\[Errno|\[SSL|_ssl\.c|All connection attempts|Server disconnected|Error\b|Exception")


async def told(url: str, ca_file: str = "", transport: httpx.AsyncBaseTransport | None = None) -> str:
    """What a person reads when that address is asked."""
    tools = toolbox("rt", transport=transport)
    async with _http.make_client(tools, url, ca_file=ca_file, connect=5, read=5) as client:
        with pytest.raises(Unreachable) as raised, _http.translated("rt", "reading"):
            await client.get(url)
    text = str(raised.value)
    assert text.startswith("rt: reading: ")
    assert not NOISE.search(text)
    return text


@asynccontextmanager
async def listening(answer: bytes = b"", tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that says this to whatever is asked, and hangs up; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_a_port_where_nobody_listens_is_said_so_with_its_address() -> None:
    port = unused_port()
    text = await told(f"http://127.0.0.1:{port}/rt")
    assert "nobody listens there (connection refused)" in text
    assert f"127.0.0.1:{port}" in text


async def test_a_server_that_hangs_up_without_a_word() -> None:
    async with listening() as port:
        text = await told(f"http://127.0.0.1:{port}/rt")
    assert "the server hung up without an answer; should it speak TLS, begin url with https://" in text


async def test_something_that_speaks_no_http() -> None:
    async with listening(b"220 mail.example.org ESMTP\r\n\r\n") as port:
        assert "what came is not HTTP" in await told(f"http://127.0.0.1:{port}/rt")


async def test_plain_http_where_tls_was_expected() -> None:
    async with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "plain HTTP is spoken there, not TLS" in await told(f"https://127.0.0.1:{port}/rt")


async def test_a_server_that_hangs_up_while_tls_is_agreed_upon() -> None:
    async with listening() as port:
        assert "hung up during the TLS handshake" in await told(f"https://127.0.0.1:{port}/rt")


# ------------------------------------------------------------------------------------------------------ certificates


def signed_for(name: str, folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's TLS with a certificate that it signed itself, and the file to trust."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    named = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run([*made, *named, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


async def test_a_certificate_nobody_trusts_names_ca_file(tmp_path: Path) -> None:
    context, _certificate = signed_for("localhost", tmp_path)
    async with listening(tls=context) as port:
        text = await told(f"https://localhost:{port}/rt")
    assert "certificate is not trusted" in text
    assert "ca_file" in text


async def test_a_certificate_for_another_host_names_the_host_that_was_asked(tmp_path: Path) -> None:
    context, certificate = signed_for("rt.example.org", tmp_path)
    async with listening(tls=context) as port:
        assert "for another host than localhost" in await told(f"https://localhost:{port}/rt", ca_file=certificate)


class Failing(httpx.AsyncBaseTransport):
    """Fails as httpx does: its own error, with what happened somewhere among the causes."""

    def __init__(self, cause: BaseException, error: type[httpx.TransportError] = httpx.ConnectError) -> None:
        self.cause, self.error = cause, error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        between = OSError("All connection attempts failed")
        between.__cause__ = self.cause
        raise self.error(str(between), request=request) from between


def certificate_error(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] fehlgeschlagen (_ssl.c:1006)")
    error.verify_code = code
    return error


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] (_ssl.c:1006)")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Der Name ist unbekannt"), "the name rt.test is not known (DNS)"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "the name rt.test cannot be looked up now (DNS"),
        (OSError(errno.EHOSTUNREACH, "Kein Weg"), "no way leads there"),
        (OSError(errno.ECONNRESET, "reset"), "the server cut the connection"),
        (OSError(errno.ETIMEDOUT, "aus"), "nothing comes back from rt.test"),
        (OSError(errno.EACCES, "nein"), "does not let the connection out"),
        (OSError(errno.EMFILE, "voll"), "too many files open"),
        (OSError(errno.EADDRNOTAVAIL, "?"), "the connection failed (cannot assign requested address)"),
        (OSError("[Errno 111] Connection refused"), "nobody listens there (connection refused)"),
        (
            ExceptionGroup("2 tries", [OSError(errno.ENETUNREACH, "v6"), OSError(errno.ECONNREFUSED, "v4")]),
            "nobody listens there (connection refused)",
        ),
        (certificate_error(10), "has expired"),
        (certificate_error(9), "is not valid yet"),
        (certificate_error(64), "for another host than rt.test"),
        (certificate_error(20), "ca_file"),
        (tls_error("UNSUPPORTED_PROTOCOL"), "too old"),
        (tls_error("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "client certificate"),
        (tls_error("BAD_SIGNATURE"), "TLS failed (bad signature)"),
    ],
)
async def test_the_cause_is_told_by_its_number(cause: BaseException, words: str) -> None:
    assert words in await told("https://rt.test/rt", transport=Failing(cause))


async def test_a_connection_that_breaks_off_while_reading_is_told_by_its_number_too() -> None:
    broken = Failing(OSError(errno.ECONNRESET, "reset"), httpx.ReadError)
    assert "the server cut the connection" in await told("https://rt.test/rt", transport=broken)


async def test_a_name_that_is_not_known_is_told() -> None:
    assert re.search(
        r"the name no-such-host.invalid (is not known|cannot be)", await told("http://no-such-host.invalid/")
    )


# ------------------------------------------------------------------------------------------------- proxies and waits


def refused_by_proxy(request: httpx.Request) -> httpx.Response:
    raise httpx.ProxyError("407 Proxy Authentication Required", request=request)


@pytest.mark.parametrize("server", [refused_by_proxy, lambda _request: httpx.Response(407)])
async def test_a_proxy_that_wants_a_login_is_not_the_server(server: object) -> None:
    async def asking() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as client:  # type: ignore[arg-type]
            with _http.translated("rt", "reading"):
                response = await client.get("http://rt.test/")
            _http.raise_for_status(response, "rt", "reading", NOON)

    with pytest.raises(NotAuthorised, match=r"the proxy wants a login \(407\).*HTTPS_PROXY"):
        await asking()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("30", "it asks for 30 s before the next try"),
        ("900", "it asks for 15 min before the next try"),
        ("10800", "it asks for 3 h before the next try"),
        ("", "it is tried again"),
        ("soon", "it is tried again"),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_to_wait_is_quoted(status: int, asked: str, words: str) -> None:
    with pytest.raises(Unreachable, match=words):
        _http.raise_for_status(httpx.Response(status, headers={"retry-after": asked}), "rt", "reading", NOON)


def refusal(scheme: str, kind: str) -> str:
    request = httpx.Request("GET", f"{scheme}://rt.test:443/")
    answer = httpx.Response(400, text='{"message": "no"}', headers={"content-type": kind}, request=request)
    with pytest.raises(Refused) as raised:
        _http.raise_for_status(answer, "rt", "reading", NOON)
    return str(raised.value)


def test_a_web_server_that_refuses_plain_http_may_speak_tls() -> None:
    assert "begin url with https://" in refusal("http", "text/html")
    assert "https://" not in refusal("https", "text/html")
    assert "https://" not in refusal("http", "application/json")
