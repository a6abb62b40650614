"""What the live tests share: a backend on a real RT through a counting wire, and mail as teams send it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import httpx
from msgspec.structs import replace

from ppstui.backends.rt import RT, Options
from ppstui.model import Kind, Ref, Rollout
from ppstui.testing import Wire, read, toolbox
from tests.backends.rt.worlds import changes_something

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppstui.port import Backend, Exchange
    from tests.servers.rt_site import Site

SOURCE = "rt"


class Desk:
    """One account's backend on a site, and every request it made."""

    def __init__(
        self,
        site: Site,
        who: str = "manager",
        *,
        token: str = "",
        url: str = "",
        witness: Callable[[Exchange], None] = lambda _exchange: None,
        **options: Any,
    ) -> None:
        self.wire = Wire(httpx.AsyncHTTPTransport(), writes=changes_something)
        tools = toolbox(
            SOURCE,
            now=dt.datetime.now(dt.UTC),
            secrets={"env:RT_TOKEN": token or site.token(who)},
            transport=self.wire,
        )
        tools = replace(tools, witness=witness)
        self.backend: Backend = RT.open(Options(url=url or site.url, token="env:RT_TOKEN", **options), tools)

    async def board(self) -> dict[int, Rollout]:
        """Every rollout by its number."""
        reading = await read(self.backend, Kind.ROLLOUT)
        return {int(ref.id): record for ref, record in reading.records.items() if isinstance(record, Rollout)}

    async def note(self) -> str:
        """What the source says is missing."""
        reading = await read(self.backend, Kind.ROLLOUT)
        return reading.notes[-1] if reading.notes else ""

    async def look(self, number: int) -> Rollout:
        record = await self.backend.look(Ref(SOURCE, str(number)))
        assert isinstance(record, Rollout)
        return record


def there(site: Site, number: int) -> dict[str, Any]:
    """A ticket as the server itself shows it."""
    with site.client() as client:
        answer: dict[str, Any] = client.get(f"/ticket/{number}").json()
    return answer


def values(ticket: dict[str, Any], field: str) -> list[str]:
    """A custom field's values on it."""
    return next((each["values"] for each in ticket["CustomFields"] if each["name"] == field), [])


def group_names(site: Site, ticket: dict[str, Any]) -> set[str]:
    """The groups in its AdminCc, by name."""
    with site.client() as client:
        ids = [each["id"] for each in ticket["AdminCc"] if each["type"] == "group"]
        return {client.get(f"/group/{number}").json()["Name"] for number in ids}


def said(site: Site, number: int, kind: str = "Correspond") -> list[tuple[str, str]]:
    """Who wrote what on a ticket, oldest first."""
    with site.client() as client:
        rows = client.get(
            f"/ticket/{number}/history", params={"per_page": "100", "fields": "Type,Creator", "orderby": "id"}
        ).json()["items"]
        found = []
        for row in rows:
            if row["Type"] != kind:
                continue
            parts = client.get(f"/transaction/{row['id']}/attachments", params={"fields": "ContentType,Content"}).json()
            text = next((p["Content"] for p in parts["items"] if p["ContentType"] == "text/plain"), "")
            found.append((row["Creator"]["id"], text))
    return found
