"""Indico, by its HTTP export interface: the meetings of some categories with their agendas and minutes, read only.

This module holds what the configuration needs and imports nothing that costs time; the rest is imported by `open`.

    client    requests, and what Indico's answers mean
    rows      Indico's JSON as typed rows
    parse     rows into the records of ppstui
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
    """`[backends.NAME]` with `type = "indico"`."""

    url: str
    """The address of Indico as browsers use it, with its path: `https://indico.example.org`."""
    categories: Annotated[tuple[int | str, ...], Meta(min_length=1)]
    """The numbers of the categories whose meetings are read, as in [1146, 258]; one includes those below it."""
    token: Annotated[str, Meta(extra={"secret": True})] = ""
    """A reference to an API token with the scope "Classic API (read only)"; "" reads what everybody may see."""
    back: dt.timedelta = dt.timedelta(days=35)
    """How far back meetings are read: so long can their minutes be found."""
    ahead: dt.timedelta = dt.timedelta(days=60)
    """How far ahead meetings are read."""
    connect_timeout: dt.timedelta = dt.timedelta(seconds=5)
    """How long a connection may take."""
    read_timeout: dt.timedelta = dt.timedelta(seconds=30)
    """How long the server may be silent."""
    ca_file: str = ""
    """Certificates to trust, a PEM file; "" trusts what the system trusts."""

    def __post_init__(self) -> None:
        """Raises ValueError for an address or a category that can be none; the words do not repeat the address."""
        if problem := address_problem(self.url):
            raise ValueError(f"url: {problem}")
        for each in self.categories:
            if not (str(each).isascii() and str(each).isdigit() and len(str(each)) < 10):  # noqa: PLR2004 - a billion
                raise ValueError(f"categories: {str(each)[:40]!r} is no number; the address of a category ends with it")

    @property
    def numbers(self) -> tuple[int, ...]:
        """The categories, each once."""
        return tuple(dict.fromkeys(int(each) for each in self.categories))


_Options = Options


class _Plugin:
    Options: type[Struct] = _Options
    offer = Offer(reads=frozenset({Kind.MEETING}))

    def open(self, options: _Options, tools: Toolbox) -> Backend:
        """Makes the backend; connects to nothing yet."""
        from ppstui.backends.indico.backend import IndicoBackend  # deferred: a configuration needs nothing of it

        return IndicoBackend(options, tools)


Indico = _Plugin()
"""The plug-in."""
