"""A DokuWiki with a memory, in both ways in which one is spoken to.

JSON-RPC is as releases since 2024 have it (API 12 to 14): the media type must be its very own, a fault comes with 400,
a stranger gets 401, who may not gets 403. XML-RPC is as Debian's release of 2022 has it: what should be a fault is an
empty structure, with the status of success.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from xmlrpc import client

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

MONDAY = 1795438800
"""Seconds since 1970: 2026-11-23 13:00 UTC."""
PASSWORD = "päss-word-of-the-wiki"
TOKEN = "eyJ.token-of-the-wiki.x"


class Wrong(Exception):
    """The wiki says something against a call."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Denied(Exception):
    """The account may not."""


@dataclass
class Revision:
    at: int
    by: str
    kind: str
    said: str
    text: str


@dataclass
class FakeWiki:
    """One wiki. Its clock goes on by a second with every request."""

    url: str = "https://wiki.example.org/dokuwiki"
    json: bool = True
    """Whether it has JSON-RPC."""
    switched_on: bool = True
    pages: dict[str, list[Revision]] = field(default_factory=dict)
    locks: dict[str, str] = field(default_factory=dict)
    users: frozenset[str] = frozenset({"coordinator", "colleague"})
    closed: str = "closed:"
    """What pages may be read only begin with."""
    recent: int = 3
    bad_word: str = "casino"
    makes: Callable[[str], str] | None = None
    """What it keeps of a text, where plug-ins see to that."""
    now: int = MONDAY
    ticks: int = 1
    calls: list[str] = field(default_factory=list)

    # ----------------------------------------------------------------------------------------------- behind its back

    def write(self, page: str, text: str, by: str = "colleague", said: str = "by hand") -> None:
        """Somebody saves a page, or deletes it."""
        kept = self.pages.setdefault(page, [])
        there = bool(kept) and kept[-1].kind != "D"
        kind = "D" if not text.strip() else "E" if there else "C"
        kept.append(Revision(self.now, by, kind, said, text))
        self.now += 1

    def text(self, page: str) -> str:
        """What a page says; "" when there is none."""
        kept = self.pages.get(page, ())
        return kept[-1].text if kept and kept[-1].kind != "D" else ""

    def summaries(self, page: str) -> list[tuple[str, str]]:
        """Who saved it and what they said, oldest first."""
        return [(each.by, each.said) for each in self.pages.get(page, ())]

    # --------------------------------------------------------------------------------------------------- on the wire

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.now += self.ticks
        path = request.url.path.removeprefix(httpx.URL(self.url).path)
        if path == "/lib/exe/xmlrpc.php":
            response = self._xml(request)
        elif path == "/lib/exe/jsonrpc.php" and self.json:
            response = self._json(request)
        else:
            response = httpx.Response(404, html="<!doctype html><title>404 Not Found</title>")
        response.headers["date"] = formatdate(self.now, usegmt=True)
        return response

    def _json(self, request: httpx.Request) -> httpx.Response:
        if not self.switched_on:
            return _wrong(404, -32605, "JSON-RPC server not enabled.")
        if request.method != "POST":
            return _wrong(405, -32606, "JSON-RPC server only accepts POST requests.")
        if request.headers.get("content-type") != "application/json":
            return _wrong(415, -32606, "JSON-RPC server only accepts application/json requests.")
        call = json.loads(request.content)
        try:
            result = self._core(call["method"], call["params"], self._user(request))
        except Denied:
            if not self._user(request):
                return _wrong(401, -32603, f"server error. not authorized to call method {call['method']}")
            return _wrong(403, -32604, f"server error. forbidden to call the method {call['method']}")
        except Wrong as wrong:
            return _wrong(400, wrong.code, str(wrong))
        return httpx.Response(200, json={"id": call["id"], "jsonrpc": call["jsonrpc"], "result": result})

    def _xml(self, request: httpx.Request) -> httpx.Response:
        if not self.switched_on:
            return _xml_of(client.Fault(-32605, "XML-RPC server not enabled."))
        arguments, method = client.loads(request.content)
        try:
            return _xml_of(self._legacy(str(method), list(arguments), self._user(request)))
        except Denied:
            return _xml_of({}, 403 if self._user(request) else 401)
        except Wrong:
            return _xml_of({})

    def _user(self, request: httpx.Request) -> str:
        kind, _, word = request.headers.get("authorization", "").partition(" ")
        if kind == "Bearer":
            return "coordinator" if word == TOKEN else ""
        name, _, password = base64.b64decode(word).decode().partition(":")
        return name.lower() if name.lower() in self.users and password == PASSWORD else ""

    # --------------------------------------------------------------------------------------------------------- calls

    def _core(self, method: str, given: list[Any], user: str) -> Any:
        self.calls.append(method)
        match method, given:
            case "core.getAPIVersion", []:
                return 14
            case _ if not user:
                raise Denied
            case "core.getWikiVersion", []:
                return 'Release 2026-07-14b "Mort"'
            case "core.whoAmI", []:
                return {"login": user, "name": user, "mail": "", "groups": ["user"], "isadmin": False}
            case "core.aclCheck", [page]:
                return self._rights(page)
            case "core.getPage", [page]:
                return self.text(_clean(page)) or "a template of the namespace"
            case "core.getPageInfo", [page]:
                last = self._last(page)
                return {"id": _clean(page), "revision": last.at, "size": len(last.text), "author": "", "hash": ""}
            case "core.getPageHistory", [page, first]:
                names = ("revision", "author", "summary")
                return [{"id": _clean(page), "ip": "::1", **row} for row in self._history(page, first, names)]
            case "core.savePage", [page, text, summary, False]:
                return self._save(page, text, summary, user)
        raise Wrong(-32601, "Method does not exist")

    def _legacy(self, method: str, given: list[Any], user: str) -> Any:
        self.calls.append(method)
        match method, given:
            case "dokuwiki.login", [name, password]:
                return name in self.users and password == PASSWORD
            case _ if not user:
                raise Denied
            case "dokuwiki.getVersion", []:
                return 'Release 2022-07-31b "Igor"'
            case "wiki.aclCheck", [page]:
                return self._rights(page)
            case "wiki.getPage", [page]:
                return self.text(_clean(page)) or "a template of the namespace"
            case "wiki.getPageInfo", [page]:
                last = self._last(page)
                return {"name": _clean(page), "author": last.by, "version": last.at}
            case "wiki.getPageVersions", [page, first]:
                return self._history(page, first, ("version", "user", "sum"))
            case "wiki.putPage", [page, text, {"sum": summary, "minor": False}]:
                return self._save(page, text, summary, user)
            case "dokuwiki.setLocks", [{"lock": pages, "unlock": _}]:
                others = [page for page in pages if self.locks.get(page, user) != user]
                return {"locked": [page for page in pages if page not in others], "lockfail": others}
        raise Wrong(-32601, "Method does not exist")

    def _rights(self, page: str) -> int:
        return 1 if page.startswith(self.closed) else 8

    def _last(self, page: str) -> Revision:
        kept = self.pages.get(_clean(page), [])
        if not kept or kept[-1].kind == "D":
            raise Wrong(121, "The requested page (revision) does not exist")
        return kept[-1]

    def _history(self, page: str, first: int, names: tuple[str, str, str]) -> list[dict[str, object]]:
        kept = self.pages.get(_clean(page), [])[::-1][first : first + self.recent]
        return [dict(zip((*names, "type"), (each.at, each.by, each.said, each.kind), strict=True)) for each in kept]

    def _save(self, page: str, text: str, summary: str, user: str) -> bool:
        page = _clean(page)
        if self._rights(page) < 2:
            raise Denied
        if not text.strip() and not self.text(page):
            raise Wrong(132, "Refusing to write an empty new wiki page")
        if self.locks.get(page, user) != user:
            raise Wrong(133, "The page is currently locked")
        if self.bad_word in text:
            raise Wrong(134, "The page content was blocked by the spam filter")
        kept = self.makes(text) if self.makes else text
        if kept != self.text(page):
            self.write(page, kept, user, summary)
        return True


def _clean(page: str) -> str:
    return page.lower().replace(" ", "_").strip(":")


def _wrong(status: int, code: int, text: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": text}})


def _xml_of(value: Any, status: int = 200) -> httpx.Response:
    said = value if isinstance(value, client.Fault) else (value,)
    body = client.dumps(said, methodresponse=True)
    return httpx.Response(status, content=body.encode(), headers={"content-type": "text/xml;charset=UTF-8"})
