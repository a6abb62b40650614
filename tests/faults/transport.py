"""The faults of a schedule as an httpx transport: for a server that is an object in the same process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from tests.faults.schedule import PAGE, RETRY_AFTER, STATUS, Fault, Schedule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    Server = Callable[[httpx.Request], httpx.Response]

PATIENCE = 30.0
"""Seconds after which a request that nobody answers is given up, as `read_timeout` has it."""


class FaultyTransport(httpx.AsyncBaseTransport):
    """Between one desk and a server that answers at once."""

    def __init__(self, server: Server, schedule: Schedule, who: str) -> None:
        self.server = server
        self.schedule = schedule
        self.who = who
        self.alive = True
        """False: the desk's process is dead, and nothing it had in hand is sent or answered any more."""
        self.late: list[httpx.Request] = []
        """Requests that nobody waits for any more and that are still on their way."""
        self._for_ever = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Asks the server, or plays the fault that is due."""
        await request.aread()
        fault = self.schedule.next(self.who, request.method, request.url.path)
        await asyncio.sleep(0.01 if fault is not Fault.DELAY else 5.0)
        if not self.alive:
            await self._for_ever.wait()
        return await self._played(fault, request)

    async def _played(self, fault: Fault, request: httpx.Request) -> httpx.Response:
        match fault:
            case Fault.CUT:
                raise httpx.ConnectError("[Errno 111] Connection refused", request=request)
            case Fault.STALL | Fault.LATE:
                if fault is Fault.LATE:
                    self.late.append(request)
                await asyncio.sleep(PATIENCE)
                raise httpx.ReadTimeout("", request=request)
            case Fault.E500 | Fault.E502 | Fault.E503 | Fault.LOGIN | Fault.TOO_MANY:
                return _page(fault, request)
        answer = self.server(request)
        await asyncio.sleep(0.01)
        if not self.alive:
            await self._for_ever.wait()
        match fault:
            case Fault.DROP:
                raise httpx.ReadError("", request=request)
            case Fault.E502_DONE:
                return _page(fault, request)
            case Fault.HALF:
                half = answer.content[: len(answer.content) // 2]
                return httpx.Response(answer.status_code, headers=answer.headers, stream=_BrokenOff(half, request))
        return answer

    def arrive(self) -> None:
        """What is late reaches the server."""
        late, self.late = self.late, []
        for request in late:
            self.server(request)


class _BrokenOff(httpx.AsyncByteStream):
    """The beginning of an answer, and the end of the connection."""

    def __init__(self, half: bytes, request: httpx.Request) -> None:
        self.half = half
        self.request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.half
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def _page(fault: Fault, request: httpx.Request) -> httpx.Response:
    status = STATUS[fault]
    headers = {"retry-after": str(RETRY_AFTER)} if fault is Fault.TOO_MANY else {}
    return httpx.Response(status, html=PAGE.format(status=status), headers=headers, request=request)
