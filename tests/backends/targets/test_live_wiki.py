"""An issue onto a page of a real DokuWiki, Debian's of 2022: what it does where its documentation is silent."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec import structs

from ppstui.backends.targets.dokuwiki import DokuWiki, Options
from ppstui.errors import BackendError, Conflict, Garbled, NotAuthorised, Refused, Unreachable
from ppstui.testing import Wire
from tests.backends.targets.issue import KEY, TEXT, correction, issue, tools
from tests.servers.dokuwiki_site import PASSWORD, Wiki, start_wiki

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Publish
    from ppstui.port import Exchange, Outlet

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("dokuwiki"), pytest.mark.timeout(120)]

PAGE = "bulletins:egee-operations:2026-w47"


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiki]:
    yield from start_wiki(tmp_path_factory.mktemp("dokuwiki"))


@pytest.fixture
def wiki(_server: Wiki) -> Wiki:
    """A wiki without a page."""
    _server.reset()
    return _server


def saves(request: httpx.Request) -> bool:
    return b"putPage" in request.content


class Desk:
    """One account's outlet, and every request it made."""

    def __init__(self, wiki: Wiki, user: str = "coordinator", password: str = PASSWORD, **options: object) -> None:
        self.told: list[Exchange] = []
        self.wire = Wire(httpx.AsyncHTTPTransport(), writes=saves)
        given = tools(self.told, "targets.wiki", self.wire)
        secrets = {"env:WIKI": password}
        given = structs.replace(given, secret=secrets.__getitem__, clock=lambda: dt.datetime.now(dt.UTC))
        page = {"page": "bulletins:{audience}:{issue}"}
        chosen: dict[str, object] = {"url": wiki.url, **page, "user": user, "password": "env:WIKI", **options}
        self.outlet: Outlet = DokuWiki.open(Options(**chosen), given)  # type: ignore[arg-type]


def wiki_issue(**changes: object) -> Publish:
    return issue("wiki", format="dokuwiki", **changes)


def wiki_correction(**changes: object) -> Publish:
    return correction("wiki", format="dokuwiki", **changes)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


HOSTILE = "====== <b>&amp; ]]> 東京 🚀 ======\n\n  * %%//%% ~~NOCACHE~~ <file>\n| a | b |\n\nthe end"


async def test_an_issue_is_its_page_once_through_lost_answers_and_a_correction(wiki: Wiki) -> None:
    first = Desk(wiki)
    first.wire.lose_next_answer()
    with pytest.raises(Unreachable):
        await first.outlet.publish(wiki_issue(), KEY)
    receipt = await Desk(wiki).outlet.publish(wiki_issue(), KEY)
    assert wiki.text(PAGE) == TEXT
    said = f"ppstui {KEY} egee-operations.2026-W47: EGEE operations 2026-W47"
    assert wiki.history(PAGE) == [("coordinator", said)]
    asked = wiki_correction(text=HOSTILE, found=digest(TEXT), replaces=receipt.id)
    corrected = await first.outlet.publish(asked, "second")
    assert wiki.text(PAGE) == HOSTILE + "\n"
    assert corrected.id.startswith(f"{PAGE}@")
    assert corrected.id != receipt.id
    assert (await first.outlet.publish(wiki_issue(), KEY)).id == receipt.id
    assert (await first.outlet.publish(asked, "second")).id == corrected.id
    assert [by for by, _ in wiki.history(PAGE)] == ["coordinator", "coordinator"]
    assert "東京 🚀" in wiki.shown(PAGE)
    await first.outlet.aclose()


async def test_what_others_wrote_is_a_conflict_and_stays(wiki: Wiki) -> None:
    desk = Desk(wiki)
    receipt = await desk.outlet.publish(wiki_issue(), KEY)
    wiki.write(PAGE, "Corrected by hand.")
    asked = wiki_correction(found=digest(TEXT), replaces=receipt.id)
    with pytest.raises(Conflict, match="was changed by colleague on 20"):
        await desk.outlet.publish(asked, "second")
    wiki.write(PAGE, "")
    with pytest.raises(Conflict, match="was deleted by colleague"):
        await desk.outlet.publish(asked, "second")
    assert wiki.text(PAGE) == ""
    again = await desk.outlet.publish(wiki_issue(), KEY)  # this wiki shows two revisions of a history at once
    assert again.id == receipt.id
    assert "deleted by colleague" in again.text


async def test_a_page_that_somebody_has_open_is_waited_for(wiki: Wiki) -> None:
    wiki.ask("dokuwiki.setLocks", {"lock": [PAGE], "unlock": []}, who="colleague")
    desk = Desk(wiki)
    with pytest.raises(Unreachable, match="open in the wiki"):
        await desk.outlet.publish(wiki_issue(), KEY)
    wiki.ask("dokuwiki.setLocks", {"lock": [], "unlock": [PAGE]}, who="colleague")
    await desk.outlet.publish(wiki_issue(), KEY)
    assert wiki.text(PAGE) == TEXT


async def test_who_may_not_is_told_so(wiki: Wiki) -> None:
    refused: dict[str, tuple[Desk, type[BackendError], str]] = {
        "a guess": (Desk(wiki, password="guessed"), NotAuthorised, "does not know us; check user and password"),
        "nobody": (Desk(wiki, "nobody"), NotAuthorised, "does not know us"),
        "not let in": (Desk(wiki, "outsider"), Refused, "forbids it to outsider"),
        "a closed page": (Desk(wiki, page="closed:{issue}"), Refused, "forbids it to coordinator"),
        "elsewhere": (Desk(wiki, url=f"{wiki.url}/wiki"), Garbled, "check url"),
        "no JSON here": (Desk(wiki, api="jsonrpc"), Garbled, "check url"),
    }
    for desk, kind, says in refused.values():
        with pytest.raises(kind, match=says):
            await desk.outlet.publish(wiki_issue(), KEY)
    with wiki.without_api(), pytest.raises(NotAuthorised, match="switched off"):
        await Desk(wiki).outlet.publish(wiki_issue(), KEY)
    assert wiki.history(PAGE) == []


async def test_it_says_what_it_is_and_what_we_may(wiki: Wiki) -> None:
    health = await Desk(wiki).outlet.check()
    assert health.version == 'Release 2022-07-31b "Igor"'
    assert (health.user, health.problems) == ("coordinator", ())
    assert "over XML-RPC, as coordinator, page bulletins:{audience}:{issue}: nothing is missing" in health.text
    closed = await Desk(wiki, page="closed:{issue}").outlet.check()
    assert closed.problems == (
        "coordinator may not write pages like closed:2026-w01; have the right granted in the wiki's access rules",
    )
    with pytest.raises(NotAuthorised):
        await Desk(wiki, password="guessed").outlet.check()


async def test_a_wiki_that_hangs_is_given_up_and_has_it_once(wiki: Wiki) -> None:
    desk = Desk(wiki, read_timeout=dt.timedelta(seconds=0.5))
    with wiki.frozen(), pytest.raises(Unreachable, match="read_timeout"):
        await desk.outlet.publish(wiki_issue(), KEY)
    await desk.outlet.publish(wiki_issue(), KEY)
    assert len(wiki.history(PAGE)) == 1
