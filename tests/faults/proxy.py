"""A flaky proxy: stands between ppstui and a real server, and does to each request what the schedule says.

    async with Proxy("http://127.0.0.1:8085", Schedule(4711), "anna") as proxy:
        ...  # ppstui is configured with proxy.url

HTTP/1.1 by hand, one request to a connection: what comes from the server is handed on as it came, or not.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tests.faults.schedule import PAGE, RETRY_AFTER, STATUS, Fault, Schedule

if TYPE_CHECKING:
    from types import TracebackType

_DELAY = 0.3
"""Seconds; longer than anything in these runs takes by itself, shorter than anybody's patience."""


class Proxy:
    """One way to one server."""

    def __init__(self, server: str, schedule: Schedule, who: str) -> None:
        place = urlsplit(server)
        self._host, self._port, self._path = place.hostname or "", place.port or 80, place.path
        self._schedule = schedule
        self._who = who
        self._late: set[asyncio.Task[bytes]] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in (*self._serving, *self._late):
            task.cancel()
        await asyncio.gather(*self._serving, *self._late, return_exceptions=True)

    @property
    def url(self) -> str:
        """What ppstui is told."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{self._path}"

    async def arrive(self) -> None:
        """Waits until what was late has reached the server."""
        while self._late:
            await asyncio.gather(*self._late, return_exceptions=True)

    def fault(self, request: bytes) -> Fault:
        """What happens to a request: what the schedule says."""
        method, path, _ = request.split(b"\r\n", 1)[0].decode().split(" ", 2)
        return self._schedule.next(self._who, method, path.partition("?")[0])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._served(reader, writer)
        finally:
            self._serving.discard(task)
            writer.close()

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        fault = self.fault(request)
        match fault:
            case Fault.CUT:
                writer.transport.abort()
                return
            case Fault.STALL | Fault.LATE:
                await reader.read()  # until whoever asked has hung up
                if fault is Fault.LATE:
                    late = asyncio.ensure_future(self._forwarded(request))
                    self._late.add(late)
                    late.add_done_callback(self._late.discard)
                return
            case Fault.E500 | Fault.E502 | Fault.E503 | Fault.LOGIN | Fault.TOO_MANY:
                writer.write(_page(fault))
                await writer.drain()
                return
            case Fault.DELAY:
                await asyncio.sleep(_DELAY)
        answer = await self._forwarded(request)
        match fault:
            case Fault.DROP:
                writer.transport.abort()
                return
            case Fault.E502_DONE:
                answer = _page(fault)
            case Fault.HALF:
                answer = answer[: _half(answer)]
        writer.write(answer)
        await writer.drain()

    async def _forwarded(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One request as it goes to the server: whole, and the connection ends with it."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = 0
    kept = []
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        assert name.lower() != b"transfer-encoding", "nobody here sends in chunks"
        if name.lower() != b"connection":
            kept.append(line)
    body = await reader.readexactly(length) if length else b""
    kept.insert(1, b"Connection: close")
    return b"\r\n".join(kept) + body


def _half(answer: bytes) -> int:
    """Where to break it off: in its body, or in its head where it has no body."""
    head = answer.find(b"\r\n\r\n") + 4
    return head + (len(answer) - head) // 2 if len(answer) > head else head // 2


def _page(fault: Fault) -> bytes:
    status = STATUS[fault]
    page = PAGE.format(status=status).encode()
    head = (
        f"HTTP/1.1 {status} Trouble\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\nConnection: close\r\n"
    )
    if fault is Fault.TOO_MANY:
        head += f"Retry-After: {RETRY_AFTER}\r\n"
    return head.encode() + b"\r\n" + page
