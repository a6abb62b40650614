"""Asks the core of a Mailman 3 who is on a list, by its REST.

A roster does not say who wants no mail at present: that is asked of each member, a few at once.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from msgspec import Struct

from ppstui.backends import _http
from ppstui.backends.smtp import table_of
from ppstui.errors import BackendError, Gone, NotAuthorised, Refused, Unreachable
from ppstui.rules.addresses import is_mail_address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

    from ppstui.backends.targets.smtp import Options
    from ppstui.port import Toolbox

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds for all lists together: what is left of a mail's own time must do for the mail."""
_CONNECT, _READ = 5.0, 15.0
_PAGE = 200
_AT_ONCE = 4
_ENABLED = "enabled"
"""Of Mailman's `enabled`, `by_user`, `by_bounces`, `by_moderator` and `unknown` the one that wants mail."""


class Enrolled(Struct, frozen=True):
    """Who is on lists and wants their mail."""

    addresses: tuple[str, ...] = ()
    """Each once, in the order of the lists."""
    silent: int = 0
    """Members whose delivery is switched off, by themselves or for them."""
    odd: int = 0
    """Members whose address is none that we write to."""


class _Member(Struct, frozen=True):
    email: str
    member_id: str | int


class _Page(Struct, frozen=True):
    total_size: int
    entries: tuple[_Member, ...] = ()


class _Preferences(Struct, frozen=True):
    delivery_status: str


class _Versions(Struct, frozen=True):
    mailman_version: str


class Mailman:
    """One account at one core."""

    def __init__(self, options: Options, tools: Toolbox, patience: float = PATIENCE) -> None:
        """`patience`: seconds for all that is asked at one time."""
        self._options = options
        self._tools = tools
        self._name = tools.name
        self._patience = patience
        self._rest = options.mailman.rstrip("/")
        self._client: httpx.AsyncClient | None = None
        self._login: tuple[str, str] = ("", "")

    async def enrolled(self, lists: tuple[str, ...]) -> Enrolled:
        """Who is on these lists and wants their mail. Raises BackendError: then nobody was written to."""
        what = f"asking Mailman who is on {', '.join(lists)}"
        async with self._in_time(what):
            members = [member for name in lists for member in await self._roster(name)]
            addresses = {str(member.member_id): member.email for member in members}
            wanted: dict[str, bool] = {}
            await self._ask_each(iter(addresses), wanted)
        return _counted([(address, wanted[number]) for number, address in addresses.items()])

    async def check(self) -> str:
        """What it calls itself. Raises BackendError, also for a list that it does not know."""
        what = "asking Mailman who it is"
        async with self._in_time(what):
            versions = await self._get("system/versions", _Versions, what)
            for name in self._options.rosters:
                await self._page(name, 1, 1)
        return _http.plain(versions.mailman_version, 80)

    async def aclose(self) -> None:
        """Lets go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # ------------------------------------------------------------------------------------------------------- rosters

    async def _roster(self, name: str) -> list[_Member]:
        members: list[_Member] = []
        number = 1
        while True:
            page = await self._page(name, number, _PAGE)
            members += page.entries
            if len(members) >= page.total_size or not page.entries:
                return members
            number += 1

    async def _page(self, name: str, number: int, size: int) -> _Page:
        path = f"lists/{quote(name, safe='@')}/roster/member?count={size}&page={number}"
        try:
            return await self._get(path, _Page, f"asking Mailman who is on {name}")
        except Gone as error:
            hint = f"correct rosters of [{table_of(self._name)}], or mailman"
            raise Refused(f"{self._name}: Mailman knows no list {name}; {hint}", source=self._name) from error

    async def _ask_each(self, numbers: Iterator[str], wanted: dict[str, bool]) -> None:
        """Whether each of them wants mail; the first thing that goes wrong ends it."""

        async def ask() -> None:
            for number in numbers:
                path = f"members/{quote(number, safe='')}/all/preferences"
                try:
                    preferences = await self._get(path, _Preferences, "asking Mailman who wants mail")
                except Gone:  # who left the list since wants none
                    wanted[number] = False
                else:
                    wanted[number] = preferences.delivery_status == _ENABLED

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(ask())
        except* BackendError as errors:
            raise _first(errors) from None

    # ------------------------------------------------------------------------------------------------------ requests

    async def _get(self, path: str, kind: type[T], what: str) -> T:
        import httpx

        client = await self._opened()
        with _http.translated(self._name, what):
            try:
                response = await client.get(f"{self._rest}/{path}", auth=self._login)
            except httpx.TimeoutException as error:
                raise self._late(what) from error
        if response.status_code in (401, 403):
            hint = f"correct mailman_user and mailman_password of [{table_of(self._name)}]"
            text = f"{self._name}: {what}: it answered {response.status_code}; {hint}"
            raise NotAuthorised(text, source=self._name)
        _http.raise_for_status(response, self._name, what, self._tools.clock())
        return _http.decoded(response, kind, self._name, what)

    async def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            options = self._options
            if options.mailman_password:
                read = _http.read_secret
                password = await asyncio.to_thread(lambda: read(self._tools, options.mailman_password))
                self._login = (options.mailman_user, password)
            self._client = _http.make_client(
                self._tools,
                options.mailman,
                ca_file=options.ca_file,
                connect=_CONNECT,
                read=_READ,
                connections=_AT_ONCE,
            )
        return self._client

    @asynccontextmanager
    async def _in_time(self, what: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience):
                yield
        except TimeoutError as error:
            raise self._late(what) from error

    def _late(self, what: str) -> Unreachable:
        return Unreachable(f"{self._name}: {what}: it did not answer in time; nothing has left", source=self._name)


def _first(errors: BaseExceptionGroup[BackendError]) -> BackendError:
    """The one that ended the others."""
    error = errors.exceptions[0]
    return error if isinstance(error, BackendError) else _first(error)


def _counted(members: list[tuple[str, bool]]) -> Enrolled:
    """Each address once, however often and in whatever case it was written; `members` are addresses and their wish."""
    addresses: dict[str, str] = {}
    silent = odd = 0
    for address, wants_mail in members:
        if not wants_mail:
            silent += 1
        elif not is_mail_address(address):
            odd += 1
        else:
            addresses.setdefault(address.casefold(), address)
    return Enrolled(tuple(addresses.values()), silent, odd)
