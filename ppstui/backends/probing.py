"""Whether the addresses in a bulletin lead anywhere, asked before it is published; nothing is read but the status."""

from __future__ import annotations

import asyncio
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
_CONNECT, _READ = 3.0, 5.0


async def probe(urls: Iterable[str], tools: Toolbox) -> dict[str, str]:
    """What is wrong with each of these addresses, "" where somebody answers; seconds, however many there are.

    An address without an answer is told as that: it may only be out of reach from here. Raises nothing.
    """
    wanted = [url for url in dict.fromkeys(urls) if url.startswith(("http://", "https://"))]
    if not wanted:
        return {}
    gate = asyncio.Semaphore(_AT_ONCE)
    clients = {
        scheme: _http.make_client(tools, f"{scheme}:", connect=_CONNECT, read=_READ) for scheme in _schemes(wanted)
    }
    try:
        found = await asyncio.gather(*(_asked(clients[url.partition(":")[0]], url, gate, tools.name) for url in wanted))
    finally:
        for client in clients.values():
            await client.aclose()
    return dict(zip(wanted, found, strict=True))


def _schemes(urls: Iterable[str]) -> set[str]:
    return {url.partition(":")[0] for url in urls}


async def _asked(client: httpx.AsyncClient, url: str, gate: asyncio.Semaphore, source: str) -> str:
    async with gate:
        try:
            with _http.translated(source, "looking at a link"):
                code = (await client.head(url)).status_code
                if code in _NO_HEAD:  # a server that answers no HEAD; the body is not read
                    async with client.stream("GET", url) as answer:
                        code = answer.status_code
        except BackendError as error:
            return str(error).removeprefix(f"{source}: looking at a link: ")
        except TimeoutError:
            return "no answer"
        return f"{NOTHING_THERE} ({code})" if code in _DEAD else ""
