"""One account at one DokuWiki: the calls that publishing needs, each with its answer or an error of the house."""

from __future__ import annotations

import asyncio
import sys
from base64 import b64encode
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from ppstui.backends import _http
from ppstui.backends.targets.dokuwiki import dialects
from ppstui.backends.targets.dokuwiki.dialects import Answer, Fault, JsonRpc, NoAnswer, XmlRpc
from ppstui.errors import BackendError, ConfigError, Garbled, NotAuthorised, Refused, Unreachable
from ppstui.port import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from ppstui.backends.targets.dokuwiki import Options
    from ppstui.backends.targets.dokuwiki.dialects import Dialect, Revision
    from ppstui.port import Toolbox

T = TypeVar("T")

_MOST = 8 * 1024 * 1024
"""Bytes of an answer that are read at most: bulletins are a thousandth of that."""
_PAGES = 40
"""Pages of a history that are read at most."""
_SAID = 160
UNKNOWN, FORBIDDEN, TOO_MANY = 401, 403, 429
_ELSEWHERE = frozenset({200, 404, 405, 410, 501})
"""What a wiki without JSON-RPC answers where that should be: nothing, or a page of its own."""


class Faulted(Refused):
    """The wiki understood the call and says something against it."""

    def __init__(self, message: str, *, source: str, code: int) -> None:
        super().__init__(message, source=source)
        self.code = code


class Wiki:
    """Calls to one wiki. They may come from one event loop; cancelling one leaves it usable."""

    def __init__(self, options: Options, tools: Toolbox) -> None:
        self._options = options
        self._tools = tools
        self.source = tools.name
        self.web = options.url.rstrip("/").removesuffix("/doku.php")
        self._client: httpx.AsyncClient | None = None
        self._headers: dict[str, str] = {}
        self._secrets: tuple[str, ...] = ()
        named: dict[str, Dialect] = {"xmlrpc": XmlRpc(), "jsonrpc": JsonRpc()}
        self._dialect = named.get(options.api)
        self._me = ""
        self.clock: int | None = None
        """What its clock said when it answered last, in seconds since 1970; None where it does not say."""

    def __repr__(self) -> str:
        return f"Wiki({self.source!r}, {self.web!r})"

    @property
    def table(self) -> str:
        """Where its configuration is."""
        return f"[{self.source}]" if self.source.startswith("targets.") else f"[targets.{self.source}]"

    # -------------------------------------------------------------------------------------------------------- calls

    async def info(self, page: str) -> Revision | None:
        """The revision that is there now; None while there is no such page."""
        what = f"looking at page {page}"
        try:
            return await self._asked("info", (page,), what, dialects.revision)
        except Faulted as error:
            # Debian's wiki of 2022 does not say what it has against a call; against this one there is nothing else.
            if error.code in (dialects.NOT_THERE, 0):
                return None
            raise

    async def history(self, page: str) -> list[Revision]:
        """Its revisions, newest first, those of a page that was deleted among them."""
        what = f"reading the history of page {page}"
        found: dict[int, Revision] = {}
        passed = 0
        for _ in range(_PAGES):
            rows = await self._asked("history", (page, passed), what, dialects.revisions)
            if not rows:
                break
            passed += len(rows)
            # Of two that were saved in one second the wiki knows the later one only, and tells it twice.
            found |= {row.at: row for row in rows if row.at not in found}
        return sorted(found.values(), key=lambda row: -row.at)

    async def text(self, page: str) -> str:
        """What it says now; of a page that is not there what the wiki proposes."""
        return await self._asked("text", (page,), f"reading page {page}", dialects.text)

    async def save(self, page: str, text: str, summary: str, key: str) -> None:
        """Saves it: a text that is there already makes no new revision. Raises Faulted."""
        dialect = await self.dialect()
        arguments = dialect.saving(page, text, summary)
        await self._asked("save", arguments, f"writing page {page}", dialects.number, key)

    async def is_locked(self, page: str) -> bool:
        """Whether somebody else edits it; False where the wiki cannot be asked."""
        dialect = await self.dialect()
        if "lock" not in dialect.methods:
            return False
        what = f"asking who edits page {page}"
        try:
            ours, others = await self._asked("lock", ({"lock": [page], "unlock": []},), what, dialects.locks)
            if ours:
                await self._asked("lock", ({"lock": [], "unlock": ours},), what, dialects.locks)
        except Refused:
            return False
        return bool(others)

    async def me(self) -> str:
        """The account as the wiki knows it; asked at most once."""
        if not self._me:
            if self._options.user:
                self._me = self._options.user
            else:
                self._me = await self._asked("me", (), "asking who we are", dialects.account)
        return self._me

    async def version(self) -> str:
        """What it is, as in `Release 2022-07-31b "Igor"`."""
        return await self._asked("version", (), "asking for its version", dialects.text)

    async def lets_in(self) -> bool:
        """Whether it knows the account: a wiki that everybody may read answers strangers as well."""
        dialect = await self.dialect()
        if "login" not in dialect.methods or self._options.token:
            return bool(await self._asked("me", (), "asking who we are", dialects.account))
        user, password = self._options.user, await self._secret(self._options.password)
        return bool(await self._asked("login", (user, password), "logging in", dialects.number))

    async def may(self, page: str) -> int:
        """What the account may do there: 1 read, 2 edit, 4 make pages; more includes less."""
        return await self._asked("may", (page,), f"asking for the rights on page {page}", dialects.number)

    async def dialect(self) -> Dialect:
        """How it is spoken to; found out at most once."""
        if self._dialect is None:
            self._dialect = await self._found_out()
        return self._dialect

    async def aclose(self) -> None:
        """Closes the connections; calling it twice is fine."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # ----------------------------------------------------------------------------------------------------- requests

    async def _found_out(self) -> Dialect:
        """JSON-RPC where it is there."""
        new, what = JsonRpc(), "asking for its API"
        response = await self._sent(new, new.write(new.methods["api"], ()), what)
        try:
            answer = new.read(response.content)
        except NoAnswer:
            if response.status_code in _ELSEWHERE:
                return XmlRpc()
            _http.raise_for_status(response, self.source, what, self._tools.clock())
            raise self._garbled(response, what, new) from None
        if answer.fault is not None:
            self._refuse(answer.fault, response, what)
        return new

    async def _asked(
        self, call: str, arguments: tuple[object, ...], what: str, read: Callable[[object], T], key: str = ""
    ) -> T:
        """One call and its answer; with a `key` it changes something, and the witness is told."""
        dialect = await self.dialect()
        body = dialect.write(dialect.methods[call], arguments)
        response = await self._sent(dialect, body, what, key)
        answer = self._answer(dialect, response, what)
        if answer.fault is not None:
            self._refuse(answer.fault, response, what)
        if response.status_code >= 300:  # noqa: PLR2004 - no success
            _http.raise_for_status(response, self.source, what, self._tools.clock())
        try:
            return read(answer.value)
        except NoAnswer as error:
            raise self._garbled(response, what, dialect) from error

    def _answer(self, dialect: Dialect, response: httpx.Response, what: str) -> Answer:
        """What it answered. Raises BackendError where that is none."""
        try:
            return dialect.read(response.content)
        except NoAnswer as error:
            _http.raise_for_status(response, self.source, what, self._tools.clock())
            _http.decoded(response, bytes, self.source, what)  # says so of a web page, and of one to log in above all
            raise self._garbled(response, what, dialect) from error

    async def _sent(self, dialect: Dialect, body: bytes, what: str, key: str = "") -> httpx.Response:
        """One request and its answer, whatever its status."""
        if self._client is None:
            self._client = _http.client_of(self._tools, self.web, self._options)
        if not self._headers:
            self._headers = await self._known_by()
        headers = {**self._headers, "Content-Type": dialect.media, "Accept": dialect.media}
        request = self._client.build_request("POST", self.web + dialect.path, content=body, headers=headers)
        answer = ""
        try:
            with _http.translated(self.source, what):
                response = await self._read(self._client, request, what)
            answer = _http.answered(response, self._secrets)
        finally:  # also when it is given up
            if key:
                why = sys.exception()
                answer = answer or "no answer: " + _http.masked(_http.plain(f"{type(why).__name__} {why}", _SAID), ())
                sent = _http.sent(f"POST {request.url}", body.decode("utf-8", "replace"), (), self._secrets)
                self._tools.witness(Exchange(key=key, request=sent, answer=answer))
        self.clock = _clock(response)
        if response.status_code == UNKNOWN:
            self._headers = {}  # the next request asks for the secret again: somebody may have put a new one there
        return response

    async def _read(self, client: httpx.AsyncClient, request: httpx.Request, what: str) -> httpx.Response:
        """The answer whole, unless it is larger than any answer can be."""
        response = await client.send(request, stream=True)
        try:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > _MOST:
                    text = f"{self.source}: {what}: the answer is larger than any of a wiki; check url"
                    raise Garbled(text, source=self.source)
        finally:
            await response.aclose()
        import httpx

        kept = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_WAY]
        return httpx.Response(response.status_code, headers=kept, content=bytes(body), request=request)

    async def _known_by(self) -> dict[str, str]:
        """The headers that say who we are."""
        if self._options.token:
            token = await asyncio.to_thread(_http.read_secret, self._tools, self._options.token)
            self._secrets = (token,)
            # The second one passes web servers that keep the first from what they run.
            return {"Authorization": f"Bearer {token}", "X-DokuWiki-Token": token}
        password = await self._secret(self._options.password)
        basic = b64encode(f"{self._options.user}:{password}".encode("utf-8", "replace")).decode()
        self._secrets = (basic, password)
        return {"Authorization": f"Basic {basic}"}

    async def _secret(self, reference: str) -> str:
        """A password: unlike a token it may hold any character. Raises NotAuthorised, never showing it."""
        try:
            secret = (await asyncio.to_thread(self._tools.secret, reference)).strip("\r\n")
        except ConfigError as error:
            raise NotAuthorised(f"{self.source}: {_http.plain(str(error), _SAID)}", source=self.source) from error
        if not secret:
            text = f"{self.source}: what {_http.plain(reference, 60)} gives is empty; put the password there"
            raise NotAuthorised(text, source=self.source)
        return secret

    # ------------------------------------------------------------------------------------------------------- wording

    def _refuse(self, fault: Fault, response: httpx.Response, what: str) -> None:
        """Raises what is to be made of a fault."""
        status, said = response.status_code, _http.plain(fault.text, _SAID)
        says = f": {said}" if said else ""
        error: BackendError
        if status >= 500 or status == TOO_MANY:  # noqa: PLR2004 - the server's own failures
            _http.raise_for_status(response, self.source, what, self._tools.clock())
        if fault.code == dialects.SWITCHED_OFF or "API is not enabled" in said:
            text = (
                f"{self.source}: {what}: the wiki's remote API is switched off; have `remote` set in its configuration"
            )
            error = NotAuthorised(text, source=self.source)
        elif status == UNKNOWN:
            error = self.unknown(what, says)
        elif fault.code == dialects.UNKNOWN_METHOD:
            text = f"{self.source}: {what}: the wiki does not know this call{says}; see api in {self.table}"
            error = Garbled(text, source=self.source)
        elif status == FORBIDDEN:
            who = self._options.user or "the token's account"
            text = f"{self.source}: {what}: the wiki forbids it to {who}{says}; have the right granted, and see that"
            error = Faulted(f"{text} `remoteuser` lets the account in", source=self.source, code=-32604)
        elif fault.code == dialects.LOCKED:
            error = self.locked(what)
        else:
            text = f"{self.source}: {what}: the wiki refused{says or ', and does not say why'}"
            error = Faulted(text, source=self.source, code=fault.code)
        raise error

    def unknown(self, what: str, says: str = "") -> NotAuthorised:
        """The account is none, or its name does not reach the wiki."""
        if self._options.token:
            old = (
                " (wikis of before 2024 know none; give user and password)" if isinstance(self._dialect, XmlRpc) else ""
            )
            do = f"check token in {self.table}{old}"
        else:
            colon = self._secrets and ":" in self._secrets[-1]
            cut = " (a password with a colon is cut there by wikis of before 2024)" if colon else ""
            do = f"check user and password in {self.table}{cut}"
        text = f"{self.source}: {what}: the wiki does not know us{says}; {do}, and that its web server hands on the"
        return NotAuthorised(f"{text} header Authorization", source=self.source)

    def locked(self, what: str) -> Unreachable:
        """The error for a page that somebody has open."""
        text = f"{self.source}: {what}: somebody has it open in the wiki just now; it is tried again"
        return Unreachable(text, source=self.source, retry_after=60.0)

    def _garbled(self, response: httpx.Response, what: str, dialect: Dialect) -> Garbled:
        text = (
            f"{self.source}: {what}: the answer is none of a wiki's {dialect.name}; check url and api in {self.table}"
        )
        return Garbled(text, source=self.source, excerpt=_http.excerpt(response))


_OF_THE_WAY = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers that say how an answer was sent."""


def _clock(response: httpx.Response) -> int | None:
    try:
        return int(parsedate_to_datetime(response.headers.get("date", "")).timestamp())
    except (TypeError, ValueError, OverflowError):
        return None
