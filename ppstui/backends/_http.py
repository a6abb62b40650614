"""What every backend that speaks HTTP needs, once: a client, the errors of the house, safe excerpts, marks in texts.

Importing this costs nothing: httpx (70 ms, and 50 ms more for a TLS context) is imported with the first request.
"""

from __future__ import annotations

import functools
import html
import os
import re
import unicodedata
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from ppstui.errors import BackendError, ConfigError, Conflict, Garbled, Gone, NotAuthorised, Refused, Unreachable

if TYPE_CHECKING:
    import datetime as dt
    import ssl
    from collections.abc import Iterable, Iterator

    import httpx

    from ppstui.port import Toolbox

T = TypeVar("T")

USER_AGENT = "ppstui (terminal dashboard)"
"""Never `Mozilla`: Request Tracker sends browsers to a login page where programs get a 401."""
_EXCERPT = 300
_SENTENCE = 160
_WAIT = frozenset({408, 425, 429})
_PROXY_LOGIN = "the proxy wants a login (407); put user and password into HTTPS_PROXY, or the host into NO_PROXY"
_LOGIN = re.compile(rb"type=[\"']?password|log(?:in|on)[^<]{0,40}</title>", re.IGNORECASE)


# ----------------------------------------------------------------------------------------------------------- clients


@functools.cache
def tls_context(ca_file: str) -> ssl.SSLContext:
    """The TLS context that all clients share: making one costs 50 ms. "" trusts what the system trusts."""
    import ssl

    file = os.path.expanduser(ca_file)  # noqa: PTH111 - unlike Path's it lets a home that nobody has pass
    return ssl.create_default_context(cafile=file or None)


def make_client(
    tools: Toolbox, url: str, *, ca_file: str = "", connect: float, read: float, connections: int = 4
) -> httpx.AsyncClient:
    """A client for one server. Raises NotAuthorised when `ca_file` cannot be used.

    It follows no redirect (a tracker answers with one where it wants a person to log in), keeps no cookie (one would
    turn 401 into a redirect), and takes proxies from the environment like every other program. `connect` and `read` are
    seconds of silence.
    """
    import ssl
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx

    try:
        verify: ssl.SSLContext | bool = tls_context(ca_file) if url.startswith("https:") else False
    except OSError as error:  # TLS' own errors are among them
        shown = plain(ca_file, _SENTENCE)
        why = "holds no certificates in PEM" if isinstance(error, ssl.SSLError) else _unread(error)
        text = f"{tools.name}: the file in ca_file {shown!r} {why}; write the path of a PEM file, or leave ca_file out"
        raise NotAuthorised(text, source=tools.name) from error
    return httpx.AsyncClient(
        transport=tools.transport,
        verify=verify,
        timeout=httpx.Timeout(read, connect=connect, pool=connect + read),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
    )


class Line(Protocol):
    """What the options of every server say of the line to it."""

    @property
    def ca_file(self) -> str:
        """Certificates to trust, "" those of the system."""

    @property
    def connect_timeout(self) -> dt.timedelta:
        """How long a connection may take."""

    @property
    def read_timeout(self) -> dt.timedelta:
        """How long the server may be silent."""


def client_of(tools: Toolbox, url: str, line: Line) -> httpx.AsyncClient:
    """A client for one server over the line that its options describe. Raises as `make_client` does."""
    connect, read = line.connect_timeout.total_seconds(), line.read_timeout.total_seconds()
    return make_client(tools, url, ca_file=line.ca_file, connect=connect, read=read)


def _unread(error: OSError) -> str:
    return "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"


def read_secret(tools: Toolbox, reference: str) -> str:
    """A secret fit for a header; may run a program, so call it in a thread. Raises NotAuthorised, never showing it."""
    try:
        secret = tools.secret(reference).strip()
    except ConfigError as error:
        raise NotAuthorised(f"{tools.name}: {plain(str(error), _SENTENCE)}", source=tools.name) from error
    if not secret or not secret.isascii() or not secret.isprintable():
        kind = "is empty" if not secret else "holds characters no token has"
        text = f"{tools.name}: what {plain(reference, 60)} gives {kind}; put the token there"
        raise NotAuthorised(text, source=tools.name)
    return secret


def address_problem(url: str) -> str:
    """Why no server can be at that address, without repeating it; "" when one can."""
    from urllib.parse import urlsplit  # a configuration is read before the first frame, mostly without any address

    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:  # a port of letters or beyond 65535, a bracket that is not closed
        return "host or port is none; a port is a number from 1 to 65535"
    if port == 0:
        return "host or port is none; a port is a number from 1 to 65535"
    if parts.scheme not in ("http", "https") or not host:
        return "names no server; write https://, the host, and the path if there is one"
    return ""


# ------------------------------------------------------------------------------------------------------------ errors


@contextmanager
def translated(source: str, what: str) -> Iterator[None]:
    """The one place where httpx's exceptions become errors of the house; `what` says what was being done."""
    import httpx

    try:
        yield
    except httpx.ConnectTimeout as error:
        raise _unreachable(source, what, "no connection within the time set by connect_timeout") from error
    except httpx.TimeoutException as error:
        raise _unreachable(source, what, "no answer within the time set by read_timeout") from error
    except httpx.ProxyError as error:
        if str(error).startswith("407"):
            raise NotAuthorised(f"{source}: {what}: {_PROXY_LOGIN}", source=source) from error
        why = f"the proxy did not let the request through ({plain(str(error), 80)}); check HTTPS_PROXY and NO_PROXY"
        raise _unreachable(source, what, why) from error
    except httpx.UnsupportedProtocol as error:
        text = f"{source}: {what}: that is no address; url begins with https://"
        raise Refused(text, source=source) from error
    except httpx.TransportError as error:
        raise _unreachable(source, what, _why(error)) from error
    except httpx.InvalidURL as error:
        raise Refused(f"{source}: {what}: that makes no address; check url and the reference", source=source) from error
    except httpx.DecodingError as error:
        raise Garbled(f"{source}: {what}: the answer cannot be unpacked; is url right?", source=source) from error


def _why(error: httpx.TransportError) -> str:
    """What stood in the way of an answer, and what to do about it."""
    import httpx

    from ppstui.backends._outages import from_parser, reason_of  # deferred: most runs see no failure

    host, place, scheme, proxied = _whom(error)
    by = f"; the way there is the proxy {place} of the environment" if proxied else ""
    reason = reason_of(error, host, place)
    if reason:
        return reason + by
    said = f" ({plain(str(error), 80)})" if str(error).strip() else ""
    if isinstance(error, httpx.ConnectError):
        return f"the server cannot be reached{said}; check url and the network{by}"
    if not isinstance(error, httpx.RemoteProtocolError):
        return f"the connection broke{said}{by}"
    if from_parser(error):
        return f"what came is not HTTP, or not whole; if it stays so, check the port in url{by}"
    tls = "; should it speak TLS, begin url with https://" if scheme == "http" and not proxied else ""
    return f"the server hung up without an answer{tls}{by}"


def _whom(error: httpx.TransportError) -> tuple[str, str, str, bool]:
    """Who was connected to: host, host with port, the scheme of the address, and whether that is a proxy."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass  # 10 ms: only after a failure

    try:
        url = error.request.url
    except RuntimeError:  # raised without a request, as some transports do
        return "of the server", "the address", "", False
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all") or ""
    if proxy and not proxy_bypass(url.host):
        way = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        place = way.netloc.rpartition("@")[2]  # before it may stand a password
        return plain(way.hostname or "of the proxy", 80), plain(place, 80), url.scheme, True
    return plain(url.host, 80), plain(url.netloc.decode("ascii", "replace"), 80), url.scheme, False


def _unreachable(source: str, what: str, why: str) -> Unreachable:
    return Unreachable(f"{source}: {what}: {why}", source=source)


def never_left(error: Unreachable) -> bool:
    """Whether the request surely did not reach the server: no connection came about."""
    import httpx

    return isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def raise_for_status(response: httpx.Response, source: str, what: str, now: dt.datetime) -> None:
    """Raises the error of the house for any answer that is not 2xx; `now` is for a Retry-After that names a date."""
    status = response.status_code
    if 200 <= status < 300:  # noqa: PLR2004 - success
        return
    said = server_sentence(response)
    says = f": {said}" if said else ""
    text = f"{source}: {what}: the server answered {status}{says}"
    error: BackendError
    if 300 <= status < 400:  # noqa: PLR2004 - redirects
        to = plain(response.headers.get("location", "").partition("?")[0], 80)
        towards = f" to {to}" if to else ""
        error = NotAuthorised(f"{text} and points elsewhere{towards}: not logged in, or url is wrong", source=source)
    elif status in (401, 403):
        error = NotAuthorised(f"{text}; check the token and its rights", source=source)
    elif status == 407:  # noqa: PLR2004 - the proxy speaks, not the server
        error = NotAuthorised(f"{source}: {what}: {_PROXY_LOGIN}", source=source)
    elif status in (404, 410) and _is_json(response):
        error = Gone(text, source=source)
    elif status in (404, 405, 410):
        what_came = f"{text}, and not as this service does; check url, its path above all"
        error = Garbled(what_came, source=source, excerpt=excerpt(response))
    elif status in (409, 412):
        error = Conflict(f"{text}; somebody changed it meanwhile", source=source)
    elif status >= 500 or status in _WAIT:  # noqa: PLR2004 - the server's own failures
        wait = retry_after(response, now)
        then = "it is tried again" if wait is None else f"it asks for {_span(wait)} before the next try"
        error = Unreachable(f"{text}; {then}", source=source, retry_after=wait)
    else:
        error = Refused(text + _tls_hint(response), source=source)
    raise error


def _tls_hint(response: httpx.Response) -> str:
    """Web servers answer 400 with a page to plain HTTP on the port where they speak TLS."""
    try:
        plainly = response.request.url.scheme == "http"
    except RuntimeError:  # an answer that no request led to
        return ""
    page = response.status_code == 400 and _is_page(response)  # noqa: PLR2004 - bad request
    return "; if TLS is spoken on that port, begin url with https://" if plainly and page else ""


def _span(seconds: float) -> str:
    """A time to wait, in the largest unit that gives more than one."""
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def decoded(response: httpx.Response, kind: type[T], source: str, what: str) -> T:
    """A JSON answer as that type. Raises NotAuthorised for a login page, Garbled for everything else that is not it."""
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unlike(response, source, what) from error


def unlike(response: httpx.Response, source: str, what: str, wanted: str = "what this service says") -> BackendError:
    """The error for an answer that is not `wanted`: NotAuthorised for a login page, Garbled for everything else."""
    if _is_page(response) and _LOGIN.search(response.content):
        return NotAuthorised(
            f"{source}: {what}: the server shows its login page; check the token, and url", source=source
        )
    wrong = f"a web page or plain text ({_content_type(response)})" if not _is_json(response) else "broken data"
    text = f"{source}: {what}: the answer is {wrong}, not {wanted}; check url"
    return Garbled(text, source=source, excerpt=excerpt(response))


def retry_after(response: httpx.Response, now: dt.datetime) -> float | None:
    """Seconds the server asked us to wait, or None. Understands seconds and dates; nonsense is None."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:  # noqa: PLR2004 - 30 years will do
        return float(value)
    try:
        seconds = (parsedate_to_datetime(value) - now).total_seconds()
    except (TypeError, ValueError):
        return None
    return max(seconds, 0.0)


def server_sentence(response: httpx.Response) -> str:
    """The sentence a JSON error carries, made safe and short; "" when there is none."""
    if not _is_json(response):
        return ""
    try:
        said: Any = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    if isinstance(said, dict):
        said = next((said[name] for name in ("message", "error", "detail") if isinstance(said.get(name), str)), "")
    return plain(said, _SENTENCE) if isinstance(said, str) else ""


def _content_type(response: httpx.Response) -> str:
    return plain(str(response.headers.get("content-type", "no type")), 60).partition(";")[0].lower()


def _is_json(response: httpx.Response) -> bool:
    return "json" in _content_type(response)


def _is_page(response: httpx.Response) -> bool:
    return "html" in _content_type(response) or response.content[:200].lstrip()[:1] == b"<"


# ------------------------------------------------------------------------------------------------------------- texts


def plain(text: str, most: int) -> str:
    """One line without what could drive a terminal or pass for a tag, at most so many characters."""
    kept = "".join(" " if char.isspace() else char for char in text[: 4 * most] if _harmless(char))
    kept = " ".join(kept.replace("<", "(").replace(">", ")").split())
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def excerpt(response: httpx.Response) -> str:
    """The beginning of an answer, safe to print."""
    text = response.content[: 4 * _EXCERPT].decode("utf-8", "replace")
    if _is_page(response):
        text = html.unescape(re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>", " ", text))
    return plain(text, _EXCERPT)


def sendable(text: str) -> str:
    """A text as any server can store it: line ends as LF, no controls but tabs, no halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))
    return kept.encode("utf-8", "replace").decode("utf-8")


def _harmless(char: str) -> bool:
    return char.isspace() or not unicodedata.category(char).startswith("C")


# ---------------------------------------------------------------------------------------------------------- witnesses

_BODY = 2000
"""So much of a body is kept in the log of what was sent and answered."""


def sent(address: str, body: str, files: Iterable[tuple[str, int]] = (), secrets: Iterable[str] = ()) -> str:
    """A request as the log keeps it: no headers, secrets masked, of files their names and sizes.

    `address` begins with the method.
    """
    carried = "".join(f"\n[file {plain(name, 200)}, {size} bytes]" for name, size in files)
    return masked(f"{address}\n{_cut(masked(body, secrets))}{carried}", secrets)


def answered(response: httpx.Response, secrets: Iterable[str] = ()) -> str:
    """An answer as the log keeps it."""
    head = f"{response.status_code} {_content_type(response)}"
    body = masked(response.content[: 4 * _BODY].decode("utf-8", "replace"), secrets)
    return f"{head}\n{_cut(body)}".strip()


def masked(text: str, secrets: Iterable[str]) -> str:
    """A text without these secrets, and without what no log can show."""
    for secret in secrets:
        text = text.replace(secret, "(secret)") if secret else text
    return sendable(text).strip()


def _cut(text: str) -> str:
    return text if len(text) <= _BODY else f"{text[:_BODY]}… ({len(text)} characters)"


# ------------------------------------------------------------------------------------------------------------- marks

_MARK = re.compile(r"\[ppstui (?P<key>[A-Za-z0-9_.:-]{1,80}) (?P<author>[^\[\]\n]{1,200})\]")


def marked(text: str, key: str, author: str) -> str:
    """The text with the mark that lets us find it again: its last line, naming the key and the writing account.

    The account is part of it because mail programs quote without any sign: a team's reply that drags our text along
    carries our mark too, but not our account.
    """
    return f"{sendable(text).rstrip()}\n\n[ppstui {key} {_account(author)}]\n"


def unmarked(text: str, author: str) -> tuple[str, tuple[str, ...]]:
    """The text without its marks, and their keys: only marks on a line of their own (unquoted), made by `author`."""
    if "[ppstui " not in text:
        return text, ()
    kept: list[str] = []
    keys: list[str] = []
    for line in text.splitlines(keepends=True):
        found = _MARK.fullmatch(line.strip())
        if found and found["author"] == _account(author):
            keys.append(found["key"])
        else:
            kept.append(line)
    return ("".join(kept).rstrip() + "\n" if keys else text), tuple(dict.fromkeys(keys))


def _account(name: str) -> str:
    return re.sub(r"[\[\]\s]+", "_", name)[:200] or "_"
