"""A ticket of Request Tracker as a target: what its configuration needs, and nothing that costs time.

What is written on a ticket carries its key in a last line, as all that the desk writes to an RT does: so it is found
again.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ppstui.backends.targets.dokuwiki import check_url
from ppstui.config.schema import SecretReference
from ppstui.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppstui.port import Outlet, Toolbox

_DIGITS = 9


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.NAME]` with `type = "rt"`."""

    backend: str = ""
    """The name of a table in [backends], of type `rt`, whose address and token are used; "" for `url` and `token`."""
    url: str = ""
    """The address of RT as browsers use it, with its path: `https://rt.example.org/rt`."""
    token: SecretReference = ""
    """A reference to an authentication token: RT gives them under Settings, Auth Tokens."""
    ticket: str = ""
    """The number of the ticket that every issue is written on; "" where `queue` is given."""
    reply: bool = True
    """Whether an issue on `ticket` is correspondence, which RT mails to everybody on it, or an internal comment."""
    queue: str = ""
    """The queue in which every issue becomes a ticket of its own, and its corrections replies on that."""
    connect_timeout: dt.timedelta = dt.timedelta(seconds=5)
    """How long a connection may take."""
    read_timeout: dt.timedelta = dt.timedelta(seconds=30)
    """How long the server may be silent."""
    ca_file: str = ""
    """Certificates to trust, a PEM file; "" trusts what the system trusts."""

    def __post_init__(self) -> None:
        """Raises ValueError where it is not clear which RT, or which ticket."""
        if bool(self.ticket) == bool(self.queue.strip()):
            raise ValueError("give ticket, the one that issues are written on, or queue for a new one each time")
        if self.ticket and not (self.ticket.isascii() and self.ticket.isdigit() and len(self.ticket) <= _DIGITS):
            raise ValueError("ticket is no number of a ticket")
        if self.url and not self.token:
            raise ValueError("url has no token beside it; give a reference to one")
        if not self.url and not self.backend:
            raise ValueError("give backend, the name of a table in [backends], or url and token")
        if self.url:
            check_url(self.url)


_Options = Options


class _Plugin:
    Options: type[Struct] = _Options
    formats = ("text", "markdown")
    traces = True

    def open(self, options: _Options, tools: Toolbox) -> Outlet:
        """Makes the outlet; connects to nothing yet. Raises ConfigError where `backend` was not filled in."""
        from ppstui.backends.targets.ticket import TicketOutlet  # deferred: no configuration needs it to be read

        if not options.url:
            what = f"no table of type rt in [backends] is called {options.backend[:40]!r}"
            raise ConfigError(
                [ConfigProblem("", None, f"{tools.name}.backend", what, "correct it, or give url, token")]
            )
        return TicketOutlet(options, tools)

    def borrow(self, options: _Options, backends: Mapping[str, Struct | None]) -> _Options:
        """The options with address, token and certificates of the table that `backend` names among those of [backends].

        As they were where it names none, or none of an RT: `open` then says so.
        """
        lent = backends.get(options.backend)
        url, token = getattr(lent, "url", ""), getattr(lent, "token", "")
        if options.url or not url or not token:
            return options
        return structs.replace(options, url=url, token=token, ca_file=options.ca_file or getattr(lent, "ca_file", ""))


Ticket = _Plugin()
"""The plug-in."""
