"""What is made of answers that are none: clear errors, never a traceback, and nothing that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xmlrpc import client

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppstui.backends.targets.dokuwiki import dialects
from ppstui.backends.targets.dokuwiki.dialects import JsonRpc, NoAnswer, XmlRpc
from ppstui.errors import BackendError, Garbled, NotAuthorised, Refused, Unreachable
from tests.backends.targets.fake_wiki import FakeWiki
from tests.backends.targets.issue import KEY
from tests.backends.targets.test_wiki import Desk, wiki_issue

if TYPE_CHECKING:
    from collections.abc import Callable

BOMB = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha">{}]>
<methodResponse><params><param><value><string>&a9;</string></value></param></params></methodResponse>""".format(
    "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else chr(0)};".replace(chr(0), "") * 20}">' for n in range(10))
)
LOGIN = "<html><title>Login</title><form><input type=password></form></html>"
XML = {"content-type": "text/xml"}


def xml(value: str, status: int = 200) -> httpx.Response:
    text = f"<methodResponse><params><param><value>{value}</value></param></params></methodResponse>"
    return httpx.Response(status, text=text, headers=XML)


def page(status: int, text: str = "<html><title>Oops</title>Oops</html>", **headers: str) -> httpx.Response:
    return httpx.Response(status, html=text, headers=headers)


def _broken() -> httpx.Response:
    raise httpx.ReadError("reset by peer")


ANSWERS: dict[str, tuple[Callable[[], httpx.Response], type[BackendError], str]] = {
    "a page": (lambda: page(200), Garbled, "check url"),
    "a login page": (lambda: page(200, LOGIN), NotAuthorised, "login page"),
    "nothing": (lambda: httpx.Response(200), Garbled, "check url"),
    "moved": (lambda: page(301, location="https://sso.example.org/?secret=1"), NotAuthorised, "points elsewhere to"),
    "unknown": (lambda: page(401), NotAuthorised, "401"),
    "forbidden": (lambda: page(403), NotAuthorised, "403"),
    "no such page": (lambda: page(404), Garbled, "path above all"),
    "too often": (lambda: page(429, **{"retry-after": "120"}), Unreachable, "2 min"),
    "failed": (lambda: page(500), Unreachable, "500"),
    "gateway": (lambda: page(502), Unreachable, "502"),
    "a bomb": (lambda: httpx.Response(200, text=BOMB, headers=XML), Garbled, "check url"),
    "a number": (lambda: xml("<int>5</int>"), Garbled, "XML-RPC"),
    "no number": (lambda: xml("<int>many</int>"), Garbled, "check url"),
    "no price": (lambda: xml("<bigdecimal>much</bigdecimal>"), Garbled, "check url"),
    "no fault": (lambda: httpx.Response(200, text="<methodResponse><fault/></methodResponse>"), Garbled, "check url"),
    "half": (lambda: httpx.Response(200, text="<methodResponse><params>", headers=XML), Garbled, "check url"),
    "a call": (lambda: httpx.Response(200, text=client.dumps((), "wiki.putPage"), headers=XML), Garbled, "check url"),
    "an odd fault": (
        lambda: httpx.Response(
            200,
            text="<methodResponse><fault><value><struct><member><name>x</name><value>1</value></member></struct></value>"
            "</fault></methodResponse>",
            headers=XML,
        ),
        Garbled,
        "check url",
    ),
    "a fault": (
        lambda: httpx.Response(200, text=client.dumps(client.Fault(7, "<b>\x9b31mno"), methodresponse=True)),
        Refused,
        r"refused: \(b\)31mno",
    ),
    "too much": (lambda: xml(f"<string>{'x' * 9_000_000}</string>"), Garbled, "larger than any"),
    "deep": (lambda: xml("<array><data><value>" * 20_000 + "</value></data></array>" * 20_000), Garbled, "check url"),
    "another charset": (lambda: httpx.Response(200, content=BOMB.encode("utf-16"), headers=XML), Garbled, "check url"),
    "a broken line": (_broken, Unreachable, "connection broke"),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_that_is_none_is_an_error_of_the_house(name: str) -> None:
    answer, kind, says = ANSWERS[name]
    asked: list[httpx.Request] = []

    def strange(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer()

    desk = Desk(FakeWiki(), "xmlrpc")
    desk.server = strange
    with pytest.raises(kind, match=says) as failed:
        await desk.publish(wiki_issue())
    assert type(failed.value) is kind or kind is Refused
    assert str(failed.value).startswith("targets.wiki: reading the history of page ")
    assert "secret=1" not in str(failed.value)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "content",
    [
        *(b"[]", b"5", b'"x"', b"{}", b"\xff", b'{"error": "no"}', b'{"result": {}}', b'{"result": [[]]}'),
        b'{"result": [{"revision": "soon"}]}',
        b'{"result": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    ],
)
async def test_an_answer_in_json_that_is_none_is_an_error_of_the_house(content: bytes) -> None:
    desk = Desk(FakeWiki(), "jsonrpc")
    desk.server = lambda _request: httpx.Response(200, content=content, headers={"content-type": "application/json"})
    with pytest.raises(Garbled):
        await desk.publish(wiki_issue())


def test_an_answer_that_declares_entities_is_none_however_small() -> None:
    declared = '<!DOCTYPE a [<!ENTITY me "true">]><methodResponse><params><param><value>&me;</value></param></params>'
    with pytest.raises(NoAnswer):
        XmlRpc().read(f"{declared}</methodResponse>".encode())


async def test_an_api_that_is_open_to_nobody_is_said_to_be_switched_off() -> None:
    desk = Desk(FakeWiki(), "jsonrpc")
    said = (
        "server error. not authorized to call method core.getPageHistory\nThe API is not enabled in the configuration"
    )
    desk.server = lambda _request: httpx.Response(401, json={"error": {"code": -32603, "message": said}})
    with pytest.raises(NotAuthorised, match="switched off"):
        await desk.publish(wiki_issue())


@pytest.mark.parametrize("old", [lambda: page(404), lambda: page(200), lambda: page(405), lambda: page(501)])
async def test_a_wiki_without_json_is_spoken_to_in_xml(old: Callable[[], httpx.Response]) -> None:
    wiki = FakeWiki(json=False)
    desk = Desk(wiki)

    def either(request: httpx.Request) -> httpx.Response:
        return old() if request.url.path.endswith("jsonrpc.php") else wiki(request)

    desk.server = either
    await desk.publish(wiki_issue())
    assert wiki.summaries("bulletins:egee-operations:2026-w47")
    assert set(wiki.calls) <= set(XmlRpc.methods.values())


@pytest.mark.parametrize("status", [302, 401, 403, 429, 503])
async def test_what_does_not_tell_which_wiki_it_is_settles_nothing(status: int) -> None:
    """A gateway that fails for a moment must not make an old wiki of a new one."""
    wiki = FakeWiki()
    desk = Desk(wiki)
    outlet = desk.open()
    desk.server = lambda _request: page(status)
    with pytest.raises((NotAuthorised, Unreachable)):
        await outlet.publish(wiki_issue(), KEY)
    desk.server = wiki
    await outlet.publish(wiki_issue(), KEY)
    assert set(wiki.calls) <= set(JsonRpc.methods.values())


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200) | st.text("<>/&;![]?abcdefmnorstuvxy 0123456789", max_size=200).map(str.encode))
def test_garbage_is_no_answer(content: bytes) -> None:
    for dialect in (XmlRpc(), JsonRpc()):
        for read in (dialects.revisions, dialects.account, dialects.text, dialects.number, dialects.locks):
            try:
                read(dialect.read(content).value)
            except NoAnswer:
                continue


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("abcsumverion", max_size=7), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_whatever_a_wiki_answers_is_what_was_asked_for_or_none(value: object) -> None:
    for read in (
        dialects.revision,
        dialects.revisions,
        dialects.account,
        dialects.text,
        dialects.number,
        dialects.locks,
    ):
        try:
            read(value)
        except NoAnswer:
            continue
