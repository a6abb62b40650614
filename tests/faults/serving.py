"""Serves a fake over a local socket, so that a process of its own can be killed while it talks to it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import httpx

from tests.faults.proxy import read_request

if TYPE_CHECKING:
    from collections.abc import Callable


class Served:
    """One fake behind one socket; `answer` may be replaced while it is served."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.answer = answer
        self.arrived: Callable[[str, str], float] = lambda _method, _path: 0.0
        """Is told what has arrived, and says how many seconds the server works at it."""
        self._working: set[asyncio.Task[bytes]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Begins to listen. Returns the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Listens no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            # The server ends what it has begun, whether somebody still waits for it or not.
            working = asyncio.ensure_future(self._worked(await read_request(reader)))
            self._working.add(working)
            working.add_done_callback(self._working.discard)
            writer.write(await asyncio.shield(working))
            await writer.drain()
        writer.close()

    async def rest(self) -> None:
        """Waits until the server has ended what it has begun."""
        await asyncio.gather(*self._working)

    async def _worked(self, request: bytes) -> bytes:
        method, path, _ = request.split(b"\r\n", 1)[0].decode().split(" ", 2)
        await asyncio.sleep(self.arrived(method, path))
        return answered(request, self.answer)


def answered(raw: bytes, answer: Callable[[httpx.Request], httpx.Response]) -> bytes:
    """A request as it came over the wire, and what goes back."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = [tuple(line.split(": ", 1)) for line in lines]
    response = answer(httpx.Request(method, f"http://127.0.0.1{path}", headers=headers, content=body))  # type: ignore[arg-type]
    content = response.content
    kept = [(name, value) for name, value in response.headers.items() if name != "content-length"]
    told = "".join(f"{name}: {value}\r\n" for name, value in (*kept, ("content-length", str(len(content)))))
    return (
        f"HTTP/1.1 {response.status_code} {response.reason_phrase}\r\n{told}connection: close\r\n\r\n".encode()
        + content
    )
