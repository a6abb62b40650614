"""Why a request got no answer, in plain words with what to do: by the numbers of the system, never by its English.

httpx wraps what happened several times over; the chain of causes is walked down to the error of the operating system,
of its resolver or of TLS. Importing this costs nothing: it is imported when something failed.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_NAME: Final = frozenset(
    number for name in ("EAI_NONAME", "EAI_NODATA", "EAI_FAIL") if (number := getattr(socket, name, None)) is not None
)
_NUMBER: Final = re.compile(r"\[Errno (\d{1,4})\]")
"""How Python writes the system's number; a transport that keeps no cause leaves only that."""
_NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
_CUT: Final = frozenset({errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM})
_FULL: Final = frozenset({errno.EMFILE, errno.ENFILE})
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"})
_OLD_TLS: Final = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"})
_WANTS_CLIENT: Final = frozenset({"TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_HANDSHAKE_FAILURE"})


def reason_of(error: BaseException, host: str, place: str) -> str:
    """Why that failed and what to do, without an end; "" when nothing in its causes says.

    `host` is the name that was looked up and `place` the address with its port, both fit to be shown.
    """
    found = list(_causes(error))
    for each in found:
        if isinstance(each, ssl.SSLCertVerificationError):
            return _certificate(each, host)
    for each in found:
        if isinstance(each, ssl.SSLError):
            return _tls(each)
    for each in found:
        if isinstance(each, socket.gaierror):
            return _name(each, host)
    numbers = [each.errno for each in found if isinstance(each, OSError) and each.errno]
    numbers = numbers or [int(said[1]) for each in found if (said := _NUMBER.search(str(each)))]
    # An address of each family is tried: that one of them leads nowhere says less than that the other was refused.
    return _system(errno.ECONNREFUSED if errno.ECONNREFUSED in numbers else numbers[0], place) if numbers else ""


def from_parser(error: BaseException) -> bool:
    """Whether something came that is no HTTP or not whole: then the parser stands among the causes."""
    return any(type(each).__module__.partition(".")[0] in ("h11", "h2") for each in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it was raised from, each once; the nearest first."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = each.exceptions if isinstance(each, BaseExceptionGroup) else ()
        waiting += [cause for cause in (each.__cause__, each.__context__, *inner) if cause is not None]


def _certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    match error.verify_code:  # OpenSSL's X509_V_ERR_…
        case 9:
            return "the server's certificate is not valid yet; check this machine's clock, or ask who runs the server"
        case 10:
            return "the server's certificate has expired; who runs the server must renew it (or this clock is wrong)"
        case 62 | 64:
            return f"the server's certificate is for another host than {host}; write in url the name that it is for"
    return "the server's certificate is not trusted; name the PEM file of those who signed it in ca_file"


def _tls(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if reason in _NO_TLS:
        return "plain HTTP is spoken there, not TLS; begin url with http://, or name the port that speaks TLS"
    if reason in _OLD_TLS:
        return "the server speaks only a version of TLS that is too old to be trusted; it must be renewed"
    if reason in _WANTS_CLIENT:
        return "the server ended the TLS handshake: it may demand a client certificate, which ppstui has none of"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "the server hung up during the TLS handshake; check that the port in url speaks TLS"
    words = f" ({reason.replace('_', ' ').lower()})" if reason else ""
    return f"TLS failed{words}; check that url names the right host and port"


def _name(error: socket.gaierror, host: str) -> str:
    if error.errno in _NO_NAME:
        return f"the name {host} is not known (DNS); check the host in url"
    if error.errno == getattr(socket, "EAI_SERVICE", None):
        return "the port in url is none; it is a number up to 65535"
    return f"the name {host} cannot be looked up now (DNS gives no answer); check the network"


def _system(number: int, place: str) -> str:
    if number == errno.ECONNREFUSED:
        return f"nobody listens there (connection refused); is the server up, and {place} in url right?"
    if number in _NO_WAY:
        return "no way leads there (network or host unreachable); check the network, and VPN where one is needed"
    if number in _CUT:
        return "the server cut the connection (reset)"
    if number == errno.ETIMEDOUT:
        return f"nothing comes back from {place} (timed out); check the network and url"
    if number in _FORBIDDEN:
        return "this machine does not let the connection out (its firewall or sandbox)"
    if number in _FULL:
        return "this machine has too many files open; close some programs"
    return f"the connection failed ({os.strerror(number).lower()}); check url and the network"
