"""Requests to Indico's export interface, and what its answers mean.

It answers a token it does not take with 400 and a page of 39 kB, and a category one may not see with 200 and nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ppstui.backends import _http
from ppstui.backends.indico.rows import EventRow, Message, Result, Timetable, UserRow
from ppstui.errors import Garbled, NotAuthorised

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import httpx

    from ppstui.backends.indico import Options
    from ppstui.port import Toolbox

T = TypeVar("T")

PAGE = 100
"""So many events are asked for at once; of those with their contributions Indico gives 500 at most."""
_REFUSED = 400
_FORBIDDEN = 403
_NOT_TAKEN = (
    "the token is not accepted; make one with the scope Classic API (read only) under My profile, Settings, API tokens"
)


class IndicoClient:
    """One account on one Indico, or nobody."""

    def __init__(self, options: Options, tools: Toolbox) -> None:
        self._options = options
        self._tools = tools
        self.source = tools.name
        self.web = options.url.rstrip("/")
        self._client: httpx.AsyncClient | None = None
        self._token = ""

    def __repr__(self) -> str:
        return f"IndicoClient({self.source!r})"

    @property
    def known(self) -> bool:
        """Whether it is asked as somebody."""
        return bool(self._options.token)

    async def events(
        self, categories: Sequence[int], first: dt.date, last: dt.date, *, offset: int = 0, limit: int = PAGE
    ) -> list[msgspec.Raw]:
        """A page of the events of these categories from day to day, both inclusive, by their start."""
        numbers = "-".join(map(str, categories))
        params = {"from": first.isoformat(), "to": last.isoformat(), "order": "start", "tz": "UTC"}
        params |= {"detail": "contributions", "limit": str(limit), "offset": str(offset)}
        return await self._results(f"/export/categ/{numbers}.json", params, "reading meetings", list[msgspec.Raw])

    async def event(self, number: str) -> EventRow | None:
        """One event with its contributions; None when it is not there, or not to be seen."""
        params = {"detail": "contributions", "tz": "UTC"}
        what = f"reading meeting {number}"
        rows = await self._results(f"/export/event/{number}.json", params, what, list[EventRow])
        return rows[0] if rows else None

    async def timetable(self, number: str) -> Timetable:
        """The entries of one event."""
        what = f"reading the timetable of meeting {number}"
        return await self._results(f"/export/timetable/{number}.json", {"tz": "UTC"}, what, Timetable)

    async def user(self) -> UserRow | None:
        """Whose token it is; None where it has no right to say."""
        response = await self._get("/api/user/", {}, "asking who we are")
        if response.status_code in (_REFUSED, _FORBIDDEN, 401, 404):
            return None
        self._judge(response, "asking who we are")
        return _http.decoded(response, UserRow, self.source, "asking who we are")

    async def _results(self, path: str, params: Mapping[str, str], what: str, kind: type[T]) -> T:
        """What an answer holds, as that type; an empty one of another type is empty."""
        known = {"onlyauthed": "yes"} if self.known else {}
        response = await self._get(path, {**params, **known}, what)
        self._judge(response, what)
        results = bytes(_http.decoded(response, Result, self.source, what).results).strip()
        try:
            return msgspec.json.decode(results, type=kind)
        except msgspec.DecodeError as error:
            if results.replace(b" ", b"") in (b"[]", b"{}"):
                return msgspec.json.decode(b"[]" if results.startswith(b"{") else b"{}", type=kind)
            text = f"{self.source}: {what}: the answer is not built as Indico's are; check url"
            raise Garbled(text, source=self.source, excerpt=_http.excerpt(response)) from error

    async def _get(self, path: str, params: Mapping[str, str], what: str) -> httpx.Response:
        if self._client is None:
            self._client = _http.client_of(self._tools, self.web, self._options)
        if self.known and not self._token:
            self._token = await asyncio.to_thread(_http.read_secret, self._tools, self._options.token)
        headers = {"Authorization": f"Bearer {self._token}"} if self.known else {}
        with _http.translated(self.source, what):
            return await self._client.get(self.web + path, params=params, headers=headers)

    def _judge(self, response: httpx.Response, what: str) -> None:
        """Raises the error of the house for what is no success."""
        status = response.status_code
        said = _said(response)
        if self.known and status == _REFUSED and said is None:
            self._token = ""  # somebody may put a new one in its place
            raise NotAuthorised(f"{self.source}: {what}: {_NOT_TAKEN}", source=self.source)
        if self.known and status == _FORBIDDEN and said is not None and "scope" in said.error:
            self._token = ""
            raise NotAuthorised(f"{self.source}: {what}: {_NOT_TAKEN}", source=self.source)
        try:
            _http.raise_for_status(response, self.source, what, self._tools.clock())
        except NotAuthorised:
            self._token = ""
            raise

    async def aclose(self) -> None:
        """Closes the connections; calling it twice is fine."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _said(response: httpx.Response) -> Message | None:
    """What a refusal says for machines; None when it is a page for people."""
    try:
        return msgspec.json.decode(response.content, type=Message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
