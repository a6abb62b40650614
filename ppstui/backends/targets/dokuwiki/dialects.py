"""A call of a DokuWiki's remote API and its answer, in the two ways in which it is spoken to.

XML-RPC is what every wiki up to the release of 2023 has, under names of its own (`wiki.putPage`). JSON-RPC came with
the release of 2024 (`core.savePage`), after the contract that the wiki publishes at `lib/exe/openapi.php`.

Debian's wiki of 2022 answers what should be a fault with an empty structure and the status of success: so nothing but
what a call is known to answer counts as an answer.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")

_UNKNOWN = 0


class Answer(Struct, frozen=True):
    """What came: a value, or a fault in the place of one."""

    value: Any = None
    fault: Fault | None = None


class Fault(Struct, frozen=True):
    """What the wiki says against a call."""

    code: int
    """As DokuWiki numbers them; 0 where it does not say."""
    text: str = ""


class NoAnswer(ValueError):
    """What came is nothing that this dialect says."""


NOT_THERE, LOCKED, SPAM = 121, 133, 134
"""Of a page: there is none; somebody edits it; the wiki's list of words stands against its text."""
FORBIDDEN = (-32604, 111, 112)
SWITCHED_OFF, UNKNOWN_METHOD = -32605, -32601


class Dialect(Protocol):
    """One of the ways."""

    name: str
    path: str
    """Where it is spoken, below the address of the wiki."""
    media: str
    """The media type of its calls; the wiki compares it letter by letter."""
    methods: dict[str, str]
    """What a call is named here, by the name it has in this package."""

    def write(self, method: str, arguments: tuple[object, ...]) -> bytes:
        """A call."""

    def read(self, content: bytes) -> Answer:
        """Its answer. Raises NoAnswer."""

    def saving(self, page: str, text: str, summary: str) -> tuple[object, ...]:
        """The arguments with which a page is saved."""


class XmlRpc:
    """Names and shapes of the wiki's first remote API."""

    name = "XML-RPC"
    path = "/lib/exe/xmlrpc.php"
    media = "text/xml"
    methods: dict[str, str] = {  # noqa: RUF012 - a Protocol has it so
        "version": "dokuwiki.getVersion",
        "login": "dokuwiki.login",
        "me": "core.whoAmI",
        "may": "wiki.aclCheck",
        "info": "wiki.getPageInfo",
        "history": "wiki.getPageVersions",
        "text": "wiki.getPage",
        "save": "wiki.putPage",
        "lock": "dokuwiki.setLocks",
    }

    def write(self, method: str, arguments: tuple[object, ...]) -> bytes:
        """A call."""
        from xmlrpc.client import dumps

        return dumps(arguments, method, encoding="utf-8").encode()  # type: ignore[arg-type]  # what it takes is private

    def read(self, content: bytes) -> Answer:
        """Its answer. Raises NoAnswer."""
        from xml.parsers.expat import ExpatError
        from xmlrpc import client

        try:
            (value,) = _unpacked(content)
        except client.Fault as fault:
            code = fault.faultCode if isinstance(fault.faultCode, int) else _UNKNOWN
            return Answer(fault=Fault(code, str(fault.faultString)))
        except (ExpatError, client.Error, ValueError, LookupError, TypeError, ArithmeticError) as error:
            raise NoAnswer(type(error).__name__) from error
        # An empty structure answers no call that we make: Debian's wiki puts it where a fault should be.
        return Answer(fault=Fault(_UNKNOWN)) if value == {} else Answer(value)

    def saving(self, page: str, text: str, summary: str) -> tuple[object, ...]:
        """The arguments with which a page is saved."""
        return page, text, {"sum": summary, "minor": False}


def _unpacked(content: bytes) -> tuple[Any, ...]:
    """The values of an XML-RPC answer. What declares a document type is none: with that, entities begin to grow."""
    from xml.parsers import expat
    from xmlrpc.client import Unmarshaller

    def refuse(*_what: object) -> None:
        raise NoAnswer("a document type")

    target = Unmarshaller()
    parser = expat.ParserCreate()
    parser.StartElementHandler = target.start
    parser.EndElementHandler = target.end
    parser.CharacterDataHandler = target.data
    parser.StartDoctypeDeclHandler = refuse
    target.xml("", None)  # what expat hands over is decoded already
    parser.Parse(content, True)  # noqa: FBT003 - expat takes it by position only
    return tuple(target.close())


class JsonRpc:
    """Names and shapes of the API since 2024, as JSON-RPC 2.0 calls them."""

    name = "JSON-RPC"
    path = "/lib/exe/jsonrpc.php"
    media = "application/json"
    methods: dict[str, str] = {  # noqa: RUF012 - a Protocol has it so
        "api": "core.getAPIVersion",
        "version": "core.getWikiVersion",
        "me": "core.whoAmI",
        "may": "core.aclCheck",
        "info": "core.getPageInfo",
        "history": "core.getPageHistory",
        "text": "core.getPage",
        "save": "core.savePage",
    }

    def write(self, method: str, arguments: tuple[object, ...]) -> bytes:
        """A call."""
        return msgspec.json.encode({"jsonrpc": "2.0", "id": "ppstui", "method": method, "params": arguments})

    def read(self, content: bytes) -> Answer:
        """Its answer. Raises NoAnswer."""
        try:
            said = msgspec.json.decode(content, type=_Said)
        except (ValueError, RecursionError) as error:
            raise NoAnswer(type(error).__name__) from error
        if said.error is not None and said.error.code:
            return Answer(fault=Fault(said.error.code, said.error.message))
        if said.result is msgspec.UNSET:
            raise NoAnswer("no result")
        return Answer(said.result)

    def saving(self, page: str, text: str, summary: str) -> tuple[object, ...]:
        """The arguments with which a page is saved."""
        return page, text, summary, False


class _Wrong(Struct):
    code: int = 1
    message: str = ""


class _Said(Struct):
    result: Any = msgspec.UNSET
    error: _Wrong | None = None


# ------------------------------------------------------------------------------------------------- what calls answer


class Revision(Struct, frozen=True):
    """One revision of a page, as its history tells it."""

    at: int
    """When, in seconds since 1970; it is the revision's name as well."""
    by: str
    """The account, or the address where nobody was logged in."""
    summary: str
    kind: str = ""
    """`C` created, `E` and `e` edited, `R` put back, `D` deleted."""

    @property
    def deleted(self) -> bool:
        """Whether there was no page any more then."""
        return self.kind == "D"


class _Row(Struct):
    version: int | None = None
    revision: int | None = None
    user: str | None = None
    author: str | None = None
    ip: str | None = None
    sum: str | None = None
    summary: str | None = None
    type: str | None = None


class _User(Struct):
    login: str = ""


class _Locks(Struct):
    lockfail: list[str] = []
    locked: list[str] = []


def revision(value: object) -> Revision:
    """What `info` answers, or one row of `history`. Raises NoAnswer."""
    row = _as(value, _Row)
    at = row.version if row.version is not None else row.revision
    if at is None:
        raise NoAnswer("no revision")
    return Revision(at, row.user or row.author or row.ip or "", row.summary or row.sum or "", row.type or "")


def revisions(value: object) -> list[Revision]:
    """What `history` answers. Raises NoAnswer."""
    return [revision(each) for each in _as(value, list[Any])]


def account(value: object) -> str:
    """What `me` answers. Raises NoAnswer."""
    return _as(value, _User).login


def locks(value: object) -> tuple[list[str], list[str]]:
    """What `lock` answers: what is ours now, and what somebody else has. Raises NoAnswer."""
    found = _as(value, _Locks)
    return found.locked, found.lockfail


def text(value: object) -> str:
    """What answers with a text. Raises NoAnswer."""
    return _as(value, str)


def number(value: object) -> int:
    """What answers with a number, or with yes and no. Raises NoAnswer."""
    return int(value) if isinstance(value, bool) else _as(value, int)


def _as(value: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise NoAnswer(type(error).__name__) from error
