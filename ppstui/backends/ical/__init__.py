"""Any calendar feed in the iCalendar format (RFC 5545), from a server or from a file: its meetings, read only.

This module holds what the configuration needs and imports nothing that costs time; the rest is imported by `open`.

    calendar  a feed as records: repetitions, exceptions, zones
    backend   `fetch`, `look` and `check`
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from ppstui.backends._http import address_problem
from ppstui.model import Kind
from ppstui.port import Offer

if TYPE_CHECKING:
    from ppstui.port import Backend, Toolbox


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[backends.NAME]` with `type = "ical"`."""

    url: str = ""
    """The address of the feed; either this or `file`."""
    file: str = ""
    """An absolute path of a calendar on this machine, or one that begins with ~/."""
    token: Annotated[str, Meta(extra={"secret": True})] = ""
    """A reference to a token that goes along as `Authorization: Bearer`; "" when none is needed."""
    user: str = ""
    """Who logs in with `password`; "" when nobody does."""
    password: Annotated[str, Meta(extra={"secret": True})] = ""
    """A reference to the password of `user`."""
    category: str = ""
    """The series its meetings belong to; "" takes what the calendar says."""
    back: dt.timedelta = dt.timedelta(days=35)
    """How far back meetings are read."""
    ahead: dt.timedelta = dt.timedelta(days=60)
    """How far ahead meetings are read."""
    connect_timeout: dt.timedelta = dt.timedelta(seconds=5)
    """How long a connection may take."""
    read_timeout: dt.timedelta = dt.timedelta(seconds=30)
    """How long the server may be silent."""
    ca_file: str = ""
    """Certificates to trust, a PEM file; "" trusts what the system trusts."""

    def __post_init__(self) -> None:
        """Raises ValueError for what names no feed, or two; the words do not repeat the address."""
        if bool(self.url) == bool(self.file):
            raise ValueError("write url, the address of a feed, or file, the path of a calendar, and not both")
        if self.url and (problem := address_problem(self.url)):
            raise ValueError(f"url: {problem}")
        if self.file and not self.file.startswith(("/", "~/")):
            raise ValueError("file: write an absolute path, or one that begins with ~/")
        if bool(self.user) != bool(self.password) or (self.user and self.token):
            raise ValueError("user and password go together, and not with a token")


_Options = Options


class _Plugin:
    Options: type[Struct] = _Options
    offer = Offer(reads=frozenset({Kind.MEETING}))

    def open(self, options: _Options, tools: Toolbox) -> Backend:
        """Makes the backend; connects to nothing yet."""
        from ppstui.backends.ical.backend import FeedBackend  # deferred: a configuration needs nothing of it

        return FeedBackend(options, tools)


ICal = _Plugin()
"""The plug-in."""
