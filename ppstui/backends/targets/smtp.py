"""Mail as a target: what its configuration needs, and nothing that costs time.

A mail leaves no trace by which it could be found again. So the desk asks once, and what may have left is asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

from ppstui.config.schema import Address, SecretReference

if TYPE_CHECKING:
    from ppstui.port import Outlet, Toolbox


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.NAME]` with `type = "smtp"`."""

    host: str = ""
    """The mail server."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 25
    """Its port."""
    tls: Literal["none", "starttls", "tls"] = "none"
    """How the line to the mail server is protected."""
    sender: Address = field(default="", name="from")
    """The address mails come from."""
    to: tuple[Address, ...] = ()
    """Addresses issues go to; everybody can see them."""
    reply_to: Address = ""
    """The address answers go to; "" for the one mails come from."""
    html: bool = True
    """Whether an issue goes as a page besides the plain text."""
    user: str = ""
    """How we are known there."""
    password: SecretReference = ""
    """A reference to the password of `user`."""
    ca_file: str = ""
    """Certificates to trust, a PEM file; "" trusts what the system trusts."""
    mailman: str = ""
    """The address of a Mailman core's REST, as in `http://localhost:8001/3.1`: it says who is on `rosters`."""
    mailman_user: str = "restadmin"
    """How we are known to Mailman."""
    mailman_password: SecretReference = ""
    """A reference to the password of `mailman_user`."""
    rosters: tuple[Address, ...] = ()
    """Lists whose members get an issue besides; nobody can see them."""

    def __post_init__(self) -> None:
        """Raises ValueError for lists that nobody can be asked about, and for an address of Mailman that is none."""
        if self.rosters and not self.mailman:
            raise ValueError("rosters need mailman, the address of the REST that says who is on them")
        if self.mailman:
            _asked_at(self.mailman)


def _asked_at(url: str) -> None:
    """Raises ValueError for an address that cannot be asked over HTTP; its words do not repeat the address."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        usable = port_is_right = False
    if not usable or not port_is_right or parts.query or parts.fragment:
        raise ValueError("mailman is no address of a REST; write http://HOST:8001/3.1")
    if parts.username or parts.password:
        raise ValueError("a password must not stand in mailman; give a reference in mailman_password")


_Options = Options


class _Plugin:
    Options: type[Struct] = _Options
    formats = ("text", "markdown", "html")
    traces = False

    def open(self, options: _Options, tools: Toolbox) -> Outlet:
        """Makes the outlet; connects to nothing yet."""
        from ppstui.backends.targets.mailing import Mailing  # deferred: no configuration needs it to be read

        return Mailing(options, tools)


Mail = _Plugin()
"""The plug-in."""
