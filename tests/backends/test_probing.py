"""Links that lead nowhere are told from pages that only want a login."""

from __future__ import annotations

import asyncio
import datetime as dt

import httpx
import pytest
from msgspec import structs

from ppstui.backends.probing import probe
from ppstui.port import Toolbox


def tools(answers: dict[str, int | Exception]) -> Toolbox:
    def answer(request: httpx.Request) -> httpx.Response:
        found = answers[f"{request.method} {request.url}"]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found)

    return Toolbox(
        name="links",
        clock=lambda: dt.datetime(2026, 11, 25, tzinfo=dt.UTC),
        secret=lambda _: "",
        zone=dt.UTC,
        transport=httpx.MockTransport(answer),
    )


@pytest.mark.parametrize("code", [200, 301, 401, 403, 500])
async def test_a_page_that_answers_is_there_whatever_it_wants(code: int) -> None:
    assert await probe(["https://rt.example.org/1"], tools({"HEAD https://rt.example.org/1": code})) == {
        "https://rt.example.org/1": ""
    }


@pytest.mark.parametrize("code", [404, 410])
async def test_a_page_that_is_gone_is_dead(code: int) -> None:
    found = await probe(["https://rt.example.org/1"], tools({"HEAD https://rt.example.org/1": code}))
    assert found == {"https://rt.example.org/1": f"nothing is there ({code})"}


async def test_a_server_that_answers_no_head_is_asked_once_more() -> None:
    asked = tools({"HEAD https://a.example.org/": 405, "GET https://a.example.org/": 404})
    assert (await probe(["https://a.example.org/"], asked))["https://a.example.org/"] == "nothing is there (404)"


async def test_a_server_that_is_not_there_is_told_and_stops_no_other() -> None:
    asked = tools({"HEAD https://a.example.org/": httpx.ConnectError("refused"), "HEAD https://b.example.org/": 200})
    found = await probe(["https://a.example.org/", "https://b.example.org/"], asked)
    assert found["https://b.example.org/"] == ""
    assert found["https://a.example.org/"]


async def test_what_is_no_address_of_the_web_is_not_asked() -> None:
    assert await probe(["mailto:a@example.org", "", "file:///etc/passwd"], tools({})) == {}


async def test_of_a_host_where_nobody_answers_one_address_is_told_and_the_others_are_not_tried() -> None:
    down, up = "https://down.example.org", "https://up.example.org/1"
    urls = [f"{down}/{number}" for number in range(200)]
    answers: dict[str, int | Exception] = {f"HEAD {url}": httpx.ConnectError("refused") for url in urls}
    found = await probe([*urls, up], tools({**answers, f"HEAD {up}": 200}))
    assert found.pop(up) == ""
    assert len(found) == 1, "what was not tried is not told"


async def test_a_server_that_never_answers_keeps_nobody_waiting() -> None:
    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError(request.url)

    silent = structs.replace(tools({}), transport=Silent())
    assert await probe(["https://a.example.org/1"], silent, patience=0.05) == {}
