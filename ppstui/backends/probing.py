"""Whether the addresses in a bulletin lead anywhere, asked before it is published; nothing is read but the status."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.errors import BackendError
from ppstui.rules.bulletin.checking import NOTHING_THERE

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from ppstui.port import Toolbox

_DEAD = (404, 410)
"""Answers that say that nothing is there. A page that wants a login (401, 403, a redirect) is there."""
_NO_HEAD = (400, 405, 501)
_AT_ONCE = 6
_CONNECT, _READ = 2.0, 3.0
PATIENCE = 5.0
"""Seconds that a person waits for all of them."""


async def probe(urls: Iterable[str], tools: Toolbox, patience: float = PATIENCE) -> dict[str, str]:
    """What is wrong with each of these addresses, "" where somebody answers. Raises nothing.

    Where nobody answers at a host, that is told of one address, and the others there are not tried; nor is what is left
    when `patience` seconds are over. What was not tried is not in the answer: nothing is known of it.
    """
    wanted = [url for url in dict.fromkeys(urls) if url.startswith(("http://", "https://"))]
    if not wanted:
        return {}
    clients = {
        scheme: _http.make_client(tools, f"{scheme}:", connect=_CONNECT, read=_READ) for scheme in _schemes(wanted)
    }
    asking = _Asking(clients, tools.name)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await asyncio.gather(*(asking.ask(url) for url in wanted))
    finally:
        for client in clients.values():
            await client.aclose()
    return {url: asking.found[url] for url in wanted if url in asking.found}


def _schemes(urls: Iterable[str]) -> set[str]:
    return {url.partition(":")[0] for url in urls}


class _Asking:
    """The questions of one probe."""

    def __init__(self, clients: dict[str, httpx.AsyncClient], source: str) -> None:
        self.found: dict[str, str] = {}
        self._clients, self._source = clients, source
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._silent: set[str] = set()
        """Hosts at which nobody answered."""

    async def ask(self, url: str) -> None:
        """Tries one address, unless its host has been silent."""
        host = url.split("/", 3)[2]
        async with self._gate:
            if host in self._silent:
                return
            try:
                code = await self._status(self._clients[url.partition(":")[0]], url)
            except BackendError as error:
                if host not in self._silent:
                    self.found[url] = str(error).removeprefix(f"{self._source}: looking at a link: ")
                self._silent.add(host)
                return
            self.found[url] = f"{NOTHING_THERE} ({code})" if code in _DEAD else ""

    async def _status(self, client: httpx.AsyncClient, url: str) -> int:
        with _http.translated(self._source, "looking at a link"):
            code = (await client.head(url)).status_code
            if code in _NO_HEAD:  # a server that answers no HEAD; the body is not read
                async with client.stream("GET", url) as answer:
                    code = answer.status_code
        return code
