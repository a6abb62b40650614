"""The faults of HTTP: a transport that plays them in front of a fake or a real server, and the rules that need them."""

# ruff: noqa: D102, S101 (the names of the tests are the sentences; asserts are what a contract is made of)

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

import httpx
import pytest

from ppstui.errors import BackendError, Garbled, Gone, NotAuthorised, Refused, Unreachable
from ppstui.model import command_name
from ppstui.testing.contract import BackendContract
from ppstui.testing.ground import KEY
from ppstui.testing.reading import NOON, read
from ppstui.testing.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ppstui.model import Ref
    from ppstui.port import Backend

Responder = Callable[[httpx.Request], httpx.Response]

LOGIN_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Login</title></head><body><h1>Log in</h1>
<form method="post" action="/NoAuth/Login.html"><input name="user"><input type="password" name="pass"></form>
</body></html>"""
OTHER_PAGE = "<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body><h1>Welcome!</h1></body></html>"


def _is_write(request: httpx.Request) -> bool:
    return request.method not in {"GET", "HEAD", "OPTIONS"}


class Wire(httpx.AsyncBaseTransport):
    """Carries requests to `inner`, or plays a fault instead. Keeps every request, so that a test can count them."""

    def __init__(self, inner: httpx.AsyncBaseTransport, writes: Callable[[httpx.Request], bool] = _is_write) -> None:
        """`writes` tells requests that change something: some servers take searches as POST."""
        self.inner = inner
        self.writes = writes
        self.requests: list[httpx.Request] = []
        self._always: Responder | None = None
        self._refuse = False
        self._lose = False
        self._left: int | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Plays the fault that is set, or asks the server."""
        self.requests.append(request)
        if self._always is not None:
            return self._always(request)
        if not self.writes(request):
            return await self.inner.handle_async_request(request)
        if self._refuse:
            self._refuse = False
            return httpx.Response(422, json={"message": "the contract refuses this"}, request=request)
        if self._left == 0:
            self.be_down()
            raise httpx.ConnectError("the link was cut", request=request)
        response = await self.inner.handle_async_request(request)
        if self._left is not None:
            self._left -= 1
            if not self._left:
                self._lose = True
                self.be_down()
        if self._lose:
            self._lose = False
            await response.aread()
            raise httpx.ReadTimeout("the answer was lost", request=request)
        return response

    async def aclose(self) -> None:
        """Closes the transport behind it."""
        await self.inner.aclose()

    def answer(self, responder: Responder) -> None:
        """Every request is answered so (the responder may raise), until `recover`."""
        self._always = responder

    def recover(self) -> None:
        """No fault any more."""
        self._always = None
        self._refuse = self._lose = False
        self._left = None

    def lose_next_answer(self) -> None:
        """The next write reaches the server and its answer is lost."""
        self._lose = True

    def cut_after(self, writes: int) -> None:
        """So many more writes reach the server, the last of them without an answer; then nothing does."""
        self._left = writes

    def refuse_next(self) -> None:
        """The next write is answered 422 and reaches nobody."""
        self._refuse = True

    def be_down(self) -> None:
        """The connection is refused."""

        def refused(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

        self.answer(refused)

    def expire_credentials(self) -> None:
        """Every request is answered 401."""
        self.answer(lambda request: httpx.Response(401, json={"message": "Unauthorized"}, request=request))


class HttpFaults:
    """The faults of a `World` whose backends speak through `self.wire`."""

    wire: Wire

    def lose_next_answer(self) -> None:
        """See `World`."""
        self.wire.lose_next_answer()

    def cut_after(self, writes: int) -> None:
        """See `World`."""
        self.wire.cut_after(writes)

    def refuse_next(self) -> None:
        """See `World`."""
        self.wire.refuse_next()

    def be_down(self) -> None:
        """See `World`."""
        self.wire.be_down()

    def be_up(self) -> None:
        """See `World`."""
        self.wire.recover()

    def expire_credentials(self) -> None:
        """See `World`."""
        self.wire.expire_credentials()

    def renew_credentials(self) -> None:
        """See `World`."""
        self.wire.recover()


class HttpWorld(World, Protocol):
    """A world behind HTTP; `HttpFaults` gives the faults."""

    wire: Wire


def _raises(error: type[httpx.TransportError]) -> Responder:
    def responder(request: httpx.Request) -> httpx.Response:
        raise error("the contract plays this", request=request)

    return responder


def _says(
    status: int, body: str | bytes = "", kind: str = "text/plain", headers: Mapping[str, str] | None = None
) -> Responder:
    everything = {"content-type": kind, **(headers or {})}
    return lambda request: httpx.Response(status, headers=everything, content=body, request=request)


def _json(status: int, body: str | bytes) -> Responder:
    return _says(status, body, "application/json")


def _page(status: int, body: str) -> Responder:
    return _says(status, body, "text/html; charset=utf-8")


_RETRY_AT = format_datetime(NOON + dt.timedelta(seconds=90), usegmt=True)

EVERYWHERE: dict[str, tuple[Responder, tuple[type[BackendError], ...]]] = {
    "401": (_json(401, '{"message": "Unauthorized"}'), (NotAuthorised,)),
    "401, empty": (_says(401), (NotAuthorised,)),
    "403": (_json(403, '{"message": "Forbidden"}'), (NotAuthorised,)),
    "redirect to a login": (_says(302, headers={"location": "/NoAuth/Login.html"}), (NotAuthorised,)),
    "login page with 200": (_page(200, LOGIN_PAGE), (NotAuthorised,)),
    "other page with 200": (_page(200, OTHER_PAGE), (Garbled,)),
    "plain text with 200": (_says(200, "It works!"), (Garbled,)),
    "nothing with 200": (_json(200, b""), (Garbled,)),
    "truncated JSON": (_json(200, b'{"items": [{"id": "1", "Subject": "Staged Ro'), (Garbled,)),
    "JSON null": (_json(200, b"null"), (Garbled,)),
    "a JSON number": (_json(200, b"42"), (Garbled,)),
    "bytes that are no UTF-8": (_json(200, b'{"items": "\xff\xfe"}'), (Garbled,)),
    "400": (_json(400, '{"message": "Wrong query"}'), (Refused,)),
    "422": (_json(422, '{"message": "Unprocessable"}'), (Refused,)),
    "429": (_says(429, headers={"retry-after": "7"}), (Unreachable,)),
    "500, empty": (_json(500, b""), (Unreachable,)),
    "500 with a page": (_page(500, OTHER_PAGE), (Unreachable,)),
    "502": (_page(502, OTHER_PAGE), (Unreachable,)),
    "503": (_says(503), (Unreachable,)),
    "time-out while reading": (_raises(httpx.ReadTimeout), (Unreachable,)),
    "time-out while connecting": (_raises(httpx.ConnectTimeout), (Unreachable,)),
    "connection reset": (_raises(httpx.ReadError), (Unreachable,)),
    "protocol error": (_raises(httpx.RemoteProtocolError), (Unreachable,)),
    "no free connection": (_raises(httpx.PoolTimeout), (Unreachable,)),
}
"""Answers to whatever is asked, and the errors that are right for them."""


class HttpContract(BackendContract):
    """The contract for a backend that speaks HTTP; its world is an `HttpWorld`, its clock stands at `NOON`."""

    async def all_errors(self, backend: Backend, ref: Ref) -> dict[str, BackendError]:
        """How every kind of call fails; a call that does not is a failure of the test."""
        calls: dict[str, Callable[[], Awaitable[object]]] = {"check": backend.check, "look": partial(backend.look, ref)}
        calls |= {f"read {kind.value}": partial(read, backend, kind) for kind in backend.offer.reads}
        calls |= {
            command_name(kind): partial(backend.apply, self.command(kind, ref), KEY + command_name(kind))
            for kind in backend.offer.writes
        }
        ends = {}
        silent = []
        for name, call in calls.items():
            try:
                await call()
            except BackendError as error:
                ends[name] = error
            else:
                silent.append(name)
        assert not silent, f"no error at {silent}"
        return ends

    @pytest.mark.parametrize("name", EVERYWHERE)
    async def test_each_wrong_answer_is_the_right_error(self, backend: Backend, world: HttpWorld, name: str) -> None:
        ref = self.one(world)
        responder, right = EVERYWHERE[name]
        world.wire.answer(responder)
        ends = await self.all_errors(backend, ref)
        wrong = {call: type(end).__name__ for call, end in ends.items() if not isinstance(end, right)}
        assert not wrong, f"{name} is {[each.__name__ for each in right]}"
        assert {end.source for end in ends.values()} == {self.source}
        for end in ends.values():
            assert "<" not in str(end), "a page is not shown to people"
            assert "\n" not in str(end)
        world.wire.recover()
        await self.everything_works(backend, ref)

    async def everything_works(self, backend: Backend, ref: Ref) -> None:
        """After a fault, nothing is left of it."""
        assert [end for end in await self.everything(backend, ref) if end is not None] == []

    async def test_a_404_says_that_it_is_gone(self, backend: Backend, world: HttpWorld) -> None:
        ref = self.one(world)
        world.wire.answer(_json(404, '{"message": "Not Found"}'))
        with pytest.raises(Gone):
            await backend.look(ref)
        for kind in backend.offer.writes:
            with pytest.raises(Refused):
                await backend.apply(self.command(kind, ref), KEY + "1")

    @pytest.mark.parametrize(("header", "seconds"), [("7", 7), (_RETRY_AT, 90), ("soon", None), ("-3", None)])
    async def test_the_time_to_wait_is_handed_on(
        self, backend: Backend, world: HttpWorld, header: str, seconds: float | None
    ) -> None:
        ref = self.one(world)
        for status in (429, 503):
            world.wire.answer(_says(status, headers={"retry-after": header}))
            for end in (await self.all_errors(backend, ref)).values():
                assert isinstance(end, Unreachable)
                assert end.retry_after == (pytest.approx(seconds, abs=2) if seconds is not None else None)

    async def test_a_page_is_kept_as_a_safe_excerpt(self, backend: Backend, world: HttpWorld) -> None:
        ref = self.one(world)
        world.wire.answer(_says(200, "It works!\x1b[31m\x00\u202e" + "x" * 10_000))
        for end in (await self.all_errors(backend, ref)).values():
            assert isinstance(end, Garbled)
            assert end.excerpt.startswith("It works!")
            assert not any(character in end.excerpt for character in "\x1b\x00\u202e")
            assert len(end.excerpt) < 2_000  # noqa: PLR2004 (a screen)

    async def test_only_what_was_asked_is_sent(self, backend: Backend, world: HttpWorld) -> None:
        ref = self.one(world)
        world.wire.requests.clear()
        await backend.look(ref)
        for kind in backend.offer.reads:
            await read(backend, kind)
        assert not [request for request in world.wire.requests if world.wire.writes(request)], "reading changes nothing"

    async def test_no_secret_stands_in_an_address(self, backend: Backend, world: HttpWorld) -> None:
        ref = self.one(world)
        await self.everything(backend, ref)
        for secret in world.secrets:
            assert not [request for request in world.wire.requests if secret in str(request.url)]
