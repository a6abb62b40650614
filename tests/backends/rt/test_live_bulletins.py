"""An issue of the bulletin on a real RT: a ticket of its own with its corrections, and a message on a given one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec import structs

from ppstui.backends.targets.rt import Options, Ticket
from ppstui.errors import Conflict, Gone, Unreachable
from ppstui.testing import Wire
from tests.backends.rt.live import said, there
from tests.backends.rt.worlds import changes_something
from tests.backends.targets.issue import KEY, TEXT, correction, issue, tools

if TYPE_CHECKING:
    from ppstui.port import Exchange, Outlet
    from tests.servers.rt_site import Site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("rt"), pytest.mark.timeout(300)]

QUEUE = "pilots"
"""Any queue does in which the coordinator may make tickets."""
HOSTILE = "Ticket's «title» \\ ' OR Subject LIKE '%' 東京"


class Desk:
    """The coordinator's outlet on a site, and every request it made."""

    def __init__(self, site: Site, **options: object) -> None:
        self.told: list[Exchange] = []
        self.wire = Wire(httpx.AsyncHTTPTransport(), writes=changes_something)
        given = tools(self.told, "targets.rt", self.wire)
        given = structs.replace(given, secret={"env:RT": site.token("manager")}.__getitem__)
        self.outlet: Outlet = Ticket.open(Options(url=site.url, token="env:RT", **options), given)  # type: ignore[arg-type]


async def test_an_issue_is_one_ticket_with_its_corrections(rt_site: Site) -> None:
    first, other = Desk(rt_site, queue=QUEUE), Desk(rt_site, queue=QUEUE)
    assert (await first.outlet.check()).problems == ()
    asked = issue("rt", subject=HOSTILE)
    first.wire.lose_next_answer()
    with pytest.raises(Unreachable):
        await first.outlet.publish(asked, KEY)
    receipt = await other.outlet.publish(asked, KEY)
    number = int(receipt.id)
    assert other.told == []  # it was there
    assert there(rt_site, number)["Subject"] == HOSTILE
    assert [text.startswith(TEXT) for _, text in said(rt_site, number, "Create")] == [True]
    with pytest.raises(Conflict, match=f"ticket {number} of queue pilots is this issue already"):
        await other.outlet.publish(asked, "another")

    corrected = correction("rt", replaces=receipt.id)
    other.wire.lose_next_answer()
    with pytest.raises(Unreachable):
        await other.outlet.publish(corrected, "second")
    again = await first.outlet.publish(corrected, "second")
    assert again.id.startswith(f"{number}#")
    replies = said(rt_site, number)
    assert [(by, text.splitlines()[0]) for by, text in replies] == [(rt_site.user("manager"), "Correction: two teams.")]


async def test_an_issue_is_one_message_on_a_ticket_that_is_named(rt_site: Site) -> None:
    desk = Desk(rt_site, ticket="26", reply=False)
    assert (await desk.outlet.check()).problems == ()
    before = len(said(rt_site, 26, "Comment"))
    first = await desk.outlet.publish(issue("rt"), KEY)
    second = await Desk(rt_site, ticket="26", reply=False).outlet.publish(issue("rt"), KEY)
    assert second.id == first.id
    texts = [text for _, text in said(rt_site, 26, "Comment")]
    assert len(texts) == before + 1
    assert texts[-1].startswith(TEXT)
    with pytest.raises(Gone):
        await Desk(rt_site, ticket="99999").outlet.publish(issue("rt"), KEY)
