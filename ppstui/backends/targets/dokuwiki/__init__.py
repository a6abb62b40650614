"""A page of a DokuWiki as a target: what its configuration needs, and nothing that costs time.

The wiki keeps every revision with a summary, and ours says under which key it was written: so what was published is
found again, whoever has changed the page since.

    dialects    calls and answers, as XML-RPC and as JSON-RPC say them
    wiki        one account at one wiki
    publishing  an issue onto its page, once
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from ppstui.config.schema import SecretReference

if TYPE_CHECKING:
    from ppstui.port import Outlet, Toolbox

_PLACE = re.compile(r"\{[^{}]*\}")
_PLACES = ("{audience}", "{issue}")
_NO_PAGE = re.compile(r"[\s\x00-\x1f{}?#&<>\[\]|]")


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.NAME]` with `type = "dokuwiki"`."""

    url: str
    """The address of the wiki as browsers use it, with its path: `https://wiki.example.org/dokuwiki`."""
    page: Annotated[str, Meta(min_length=1)]
    """The page an issue goes to, as in `bulletins:{audience}:{issue}`: without `{issue}` every issue takes the place of
    the one before."""
    user: str = ""
    """How we are known there."""
    password: SecretReference = ""
    """A reference to the password of `user`."""
    token: SecretReference = ""
    """A reference to a token (releases since 2024), in the place of user and password."""
    api: Literal["auto", "xmlrpc", "jsonrpc"] = "auto"
    """How the wiki is spoken to: JSON-RPC is there since the release of 2024; `auto` finds out."""
    connect_timeout: dt.timedelta = dt.timedelta(seconds=5)
    """How long a connection may take."""
    read_timeout: dt.timedelta = dt.timedelta(seconds=30)
    """How long the server may be silent."""
    ca_file: str = ""
    """Certificates to trust, a PEM file; "" trusts what the system trusts."""

    def __post_init__(self) -> None:
        """Raises ValueError for an address or a page that can be none, and where nothing says who we are."""
        if bool(self.token) == bool(self.user and self.password):
            raise ValueError("give user and password, or token in their place")
        if ":" in self.user:
            raise ValueError("user holds a colon; no wiki has such an account")
        check_url(self.url)
        named = _PLACE.findall(self.page)
        strange = next((place for place in named if place not in _PLACES), "")
        if strange:
            raise ValueError(f"page holds {strange[:40]}; only {{audience}} and {{issue}} are filled in")
        if _NO_PAGE.search(_PLACE.sub("x", self.page)) or not _PLACE.sub("x", self.page).strip(":/._-"):
            raise ValueError("page is no name of a page; write one like bulletins:{audience}:{issue}")


def check_url(url: str) -> None:
    """Raises ValueError for an address that can be none; its words do not repeat the address."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port of letters or beyond 65535, a bracket that is not closed
        usable, parts = False, urlsplit("")
    if not usable:
        raise ValueError("url is no address; write https://, the host, and the path if there is one")
    if parts.username or parts.password:
        raise ValueError("a password must not stand in url; give user, and a reference in password")


_Options = Options


class _Plugin:
    Options: type[Struct] = _Options
    formats = ("dokuwiki",)
    traces = True

    def open(self, options: _Options, tools: Toolbox) -> Outlet:
        """Makes the outlet; connects to nothing yet."""
        from ppstui.backends.targets.dokuwiki.publishing import WikiOutlet  # deferred: no configuration needs it

        return WikiOutlet(options, tools)


DokuWiki = _Plugin()
"""The plug-in."""
