"""An issue onto a page of a wiki with a memory, in both ways in which one is spoken to."""

from __future__ import annotations

import asyncio
import base64
from hashlib import sha256
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.backends.targets.dokuwiki import DokuWiki, Options
from ppstui.errors import Conflict, NotAuthorised, PpsError, Refused, Unreachable
from ppstui.model import WHATEVER
from tests.backends.targets.fake_wiki import PASSWORD, TOKEN, FakeWiki
from tests.backends.targets.issue import KEY, TEXT, correction, issue, tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppstui.model import Publish, Receipt
    from ppstui.port import Exchange, Outlet

PAGE = "bulletins:egee-operations:2026-w47"
NAMES = "bulletins:{audience}:{issue}"


class Desk:
    """A desk before a wiki, over a link that can be cut."""

    def __init__(self, wiki: FakeWiki, api: str = "auto", **options: object) -> None:
        self.wiki = wiki
        self.server: Callable[[httpx.Request], httpx.Response] = wiki
        """What answers."""
        self.told: list[Exchange] = []
        self.options = {"user": "coordinator", "password": "env:WIKI", "page": NAMES, "api": api, **options}
        self.passed = 0
        self.cut_at = -1
        self.arrives = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        cut = self.passed == self.cut_at
        self.passed += 1
        if not cut:
            return self.server(request)
        if self.arrives:
            self.server(request)
            raise httpx.ReadTimeout("no answer", request=request)
        raise httpx.ConnectError("no link", request=request)

    def open(self) -> Outlet:
        given = tools(self.told, "targets.wiki", httpx.MockTransport(self))
        secrets = {"env:WIKI": PASSWORD + "\n", "env:TOKEN": TOKEN, "env:WRONG": "guessed", "env:OLD": "unknown"}
        given = structs.replace(given, secret=secrets.__getitem__)
        return DokuWiki.open(Options(url=self.wiki.url, **self.options), given)  # type: ignore[arg-type]

    async def publish(self, command: Publish, key: str = KEY) -> Receipt:
        """By a desk that knows nothing of what others did."""
        outlet = self.open()
        try:
            return await outlet.publish(command, key)
        finally:
            await outlet.aclose()


@pytest.fixture(params=[True, False], ids=["json", "xml"])
def wiki(request: pytest.FixtureRequest) -> FakeWiki:
    return FakeWiki(json=request.param)


@pytest.fixture
def desk(wiki: FakeWiki) -> Desk:
    return Desk(wiki)


def wiki_issue(**changes: object) -> Publish:
    return issue("wiki", format="dokuwiki", **changes)


def wiki_correction(**changes: object) -> Publish:
    return correction("wiki", format="dokuwiki", **changes)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


async def test_an_issue_is_its_page(wiki: FakeWiki, desk: Desk) -> None:
    receipt = await desk.publish(wiki_issue())
    assert wiki.text(PAGE) == TEXT
    assert wiki.summaries(PAGE) == [("coordinator", f"ppstui {KEY} egee-operations.2026-W47: EGEE operations 2026-W47")]
    assert receipt.id == f"{PAGE}@{wiki.pages[PAGE][0].at}"
    assert f"https://wiki.example.org/dokuwiki/doku.php?id={PAGE}" in receipt.text


async def test_asked_again_it_is_found_again_also_by_another_desk(wiki: FakeWiki, desk: Desk) -> None:
    first = await desk.publish(wiki_issue())
    assert (await desk.publish(wiki_issue())).id == first.id
    for n in range(5):  # more than one page of its history
        wiki.write(PAGE, f"Corrected by hand {n}.")
    again = await desk.publish(wiki_issue())
    assert again.id == first.id
    assert "changed by colleague on 2026-11-23" in again.text
    assert wiki.text(PAGE) == "Corrected by hand 4."
    assert len(wiki.summaries(PAGE)) == 6


@pytest.mark.parametrize("arrives", [False, True], ids=["before", "after"])
async def test_cut_at_any_request_and_asked_again_it_is_there_once(desk: Desk, *, arrives: bool) -> None:
    await desk.publish(wiki_issue())
    requests = desk.passed
    for at in range(requests):
        desk.wiki.pages.clear()
        desk.passed, desk.cut_at, desk.arrives = 0, at, arrives
        with pytest.raises(Unreachable):
            await desk.publish(wiki_issue())
        desk.cut_at = -1
        await desk.publish(wiki_issue())
        await desk.publish(wiki_issue())
        assert [(each.kind, each.text) for each in desk.wiki.pages[PAGE]] == [("C", TEXT)], f"cut at {at}"


async def test_what_was_saved_twice_in_a_second_hides_nothing_older(wiki: FakeWiki, desk: Desk) -> None:
    first = await desk.publish(wiki_issue())
    for n in range(4):
        wiki.write(PAGE, f"Corrected by hand {n}.")
        wiki.now -= 1
    assert (await desk.publish(wiki_issue())).id == first.id


async def test_a_correction_takes_the_place_of_what_was_published(wiki: FakeWiki, desk: Desk) -> None:
    first = await desk.publish(wiki_issue())
    await desk.publish(wiki_correction(found=digest(TEXT), replaces=first.id), "second")
    assert wiki.text(PAGE).startswith("Correction: two teams.")
    assert wiki.summaries(PAGE)[-1][1].endswith("2026-W47: correction 1: VOMS was tested by two teams")
    again = await desk.publish(wiki_issue())
    assert (again.id, len(wiki.summaries(PAGE))) == (first.id, 2)


async def test_a_page_that_somebody_changed_is_a_conflict_that_names_them(wiki: FakeWiki, desk: Desk) -> None:
    first = await desk.publish(wiki_issue())
    wiki.write(PAGE, "Corrected by hand.")
    asked = wiki_correction(found=digest(TEXT), replaces=first.id)
    with pytest.raises(Conflict, match="was changed by colleague on 2026-11-23 14:00 since it was published"):
        await desk.publish(asked, "second")
    assert wiki.text(PAGE) == "Corrected by hand."
    wiki.write(PAGE, TEXT.rstrip())  # put back, as a form of the wiki ends it
    await desk.publish(asked, "second")
    assert wiki.text(PAGE).startswith("Correction")


async def test_who_has_looked_at_what_others_wrote_may_replace_it(wiki: FakeWiki, desk: Desk) -> None:
    wiki.write(PAGE, "The menu of the canteen.")
    with pytest.raises(Conflict):
        await desk.publish(wiki_issue())
    await desk.publish(structs.replace(wiki_issue(), found=WHATEVER))
    assert wiki.text(PAGE).rstrip() == TEXT.rstrip()


async def test_a_page_that_somebody_deleted_is_a_conflict(wiki: FakeWiki, desk: Desk) -> None:
    first = await desk.publish(wiki_issue())
    wiki.write(PAGE, "")
    with pytest.raises(Conflict, match="was deleted by colleague"):
        await desk.publish(wiki_correction(found=digest(TEXT), replaces=first.id), "second")
    assert not wiki.text(PAGE)


async def test_what_stands_there_already_is_not_written_over(wiki: FakeWiki, desk: Desk) -> None:
    wiki.write(PAGE, "The minutes of 2026-W47.")
    for found in ("", digest("the issue before")):
        with pytest.raises(Conflict, match="holds something already, written by colleague"):
            await desk.publish(wiki_issue(found=found))
    assert wiki.text(PAGE) == "The minutes of 2026-W47."


async def test_another_desk_that_published_the_issue_first_is_a_conflict(wiki: FakeWiki, desk: Desk) -> None:
    first = await desk.publish(wiki_issue())
    same = await desk.publish(wiki_issue(), "another")
    assert (same.id, len(wiki.summaries(PAGE))) == (first.id, 1)
    with pytest.raises(Conflict, match="has this issue already, with another text"):
        await desk.publish(wiki_issue(text="Another text.\n"), "another")
    assert wiki.text(PAGE) == TEXT


async def test_one_page_for_every_issue_makes_room_for_the_next(wiki: FakeWiki) -> None:
    desk = Desk(wiki, page="/bulletins/Latest")
    await desk.publish(wiki_issue())
    await desk.publish(wiki_issue(issue="2026-W48", text="The next one.\n", found=digest(TEXT)), "next")
    assert wiki.text("bulletins:latest") == "The next one.\n"
    wiki.write("bulletins:latest", "Not yet!")
    with pytest.raises(Conflict):
        await desk.publish(wiki_issue(issue="2026-W49", text="The last one.\n"), "last")


async def test_a_copied_summary_is_not_ours(wiki: FakeWiki, desk: Desk) -> None:
    wiki.write(PAGE, "Something else.", said=f"ppstui {KEY} egee-operations.2026-W46: copied")
    with pytest.raises(Conflict):
        await desk.publish(wiki_issue())


async def test_an_empty_text_is_never_sent(wiki: FakeWiki, desk: Desk) -> None:
    wiki.write(PAGE, "Something.")
    with pytest.raises(Refused, match="would delete it"):
        await desk.publish(wiki_issue(text=" \r\n\x00\n", found=digest("Something.")))
    assert not wiki.calls


async def test_a_page_that_somebody_has_open_is_waited_for(wiki: FakeWiki, desk: Desk) -> None:
    wiki.locks[PAGE] = "colleague"
    with pytest.raises(Unreachable, match="open in the wiki") as failed:
        await desk.publish(wiki_issue())
    assert failed.value.retry_after == 60
    wiki.locks.clear()
    await desk.publish(wiki_issue())
    assert wiki.text(PAGE) == TEXT


async def test_what_the_wiki_will_not_have_is_refused(wiki: FakeWiki, desk: Desk) -> None:
    with pytest.raises(Refused, match="forbidden words") as failed:
        await desk.publish(wiki_issue(text="Win in the casino!"))
    assert not isinstance(failed.value, Conflict)
    closed = Desk(wiki, page="closed:{issue}")
    with pytest.raises(Refused, match="forbids it to coordinator"):
        await closed.publish(wiki_issue())


async def test_success_is_what_reading_back_shows(wiki: FakeWiki, desk: Desk) -> None:
    wiki.makes = lambda text: text.replace("VOMS", "VOMS ((see there))")
    with pytest.raises(Refused, match="made something else of the text"):
        await desk.publish(wiki_issue())
    assert len(wiki.summaries(PAGE)) == 1
    wiki.pages.clear()
    wiki.makes = lambda _text: wiki.text(PAGE)
    with pytest.raises(Refused, match="does not show what was written"):
        await desk.publish(wiki_issue())


async def test_what_was_written_in_the_same_moment_is_told_of(wiki: FakeWiki, desk: Desk) -> None:
    first = await desk.publish(wiki_issue())

    def slip_in(text: str) -> str:
        wiki.makes = None
        wiki.write(PAGE, "Just a second!")
        return text

    wiki.makes = slip_in
    receipt = await desk.publish(wiki_correction(found=digest(TEXT), replaces=first.id), "second")
    assert "what colleague on 2026-11-23 14:00 wrote in the same moment is in its history only" in receipt.text


async def test_what_is_written_while_the_page_is_read_is_seen(wiki: FakeWiki, desk: Desk) -> None:
    first = await desk.publish(wiki_issue())

    def meanwhile(request: httpx.Request) -> httpx.Response:
        response = wiki(request)
        if wiki.calls[-1] in ("wiki.getPage", "core.getPage"):
            desk.server = wiki
            wiki.write(PAGE, "Just a second!")
        return response

    desk.server = meanwhile
    with pytest.raises(Conflict, match="was changed by colleague"):
        await desk.publish(wiki_correction(found=digest(TEXT), replaces=first.id), "second")
    assert wiki.text(PAGE) == "Just a second!"


async def test_what_the_wiki_made_of_our_text_is_still_ours(wiki: FakeWiki, desk: Desk) -> None:
    wiki.makes = lambda text: f"{text}~~DISCUSSION~~\n"
    with pytest.raises(Refused):
        await desk.publish(wiki_issue())
    first = await desk.publish(wiki_issue())
    with pytest.raises(Refused):
        await desk.publish(wiki_correction(found=digest(TEXT), replaces=first.id), "second")
    assert wiki.text(PAGE).startswith("Correction")


async def test_two_revisions_never_share_a_second(wiki: FakeWiki) -> None:
    """The wiki names them by it, and the second would take the first one's place."""
    desk = Desk(wiki, page="bulletins:latest")
    wiki.write("bulletins:latest", "The issue before.", "coordinator", "ppstui before egee-operations.2026-W46: before")
    wiki.ticks, wiki.now = 0, wiki.now - 1
    asyncio.get_running_loop().call_later(0.3, setattr, wiki, "now", wiki.now + 1)
    await desk.publish(wiki_issue())
    before, after = wiki.pages["bulletins:latest"]
    assert before.at < after.at


# ------------------------------------------------------------------------------------------------------- who we are


@pytest.mark.parametrize("api", ["auto", "jsonrpc"])
async def test_a_token_does_in_the_place_of_a_password(api: str) -> None:
    wiki = FakeWiki()
    desk = Desk(wiki, api, user="", password="", token="env:TOKEN")
    await desk.publish(wiki_issue())
    assert (await desk.open().check()).user == "coordinator"
    assert wiki.summaries(PAGE)[0][0] == "coordinator"


async def test_a_token_for_a_wiki_that_knows_none_is_said_to_be_one() -> None:
    wiki = FakeWiki(json=False)
    desk = Desk(wiki, user="", password="", token="env:OLD")
    with pytest.raises(NotAuthorised, match="wikis of before 2024 know none"):
        await desk.publish(wiki_issue())


async def test_a_name_in_capitals_is_the_same_account(wiki: FakeWiki) -> None:
    desk = Desk(wiki, user="Coordinator")
    first = await desk.publish(wiki_issue())
    assert (await desk.publish(wiki_issue())).id == first.id


async def test_a_wrong_password_is_said_to_be_one(wiki: FakeWiki) -> None:
    desk = Desk(wiki, password="env:WRONG")
    for asking in (lambda: desk.publish(wiki_issue()), desk.open().check):
        with pytest.raises(NotAuthorised, match=r"check user and password in \[targets.wiki\]"):
            await asking()


async def test_an_api_that_is_switched_off_is_said_to_be(wiki: FakeWiki, desk: Desk) -> None:
    wiki.switched_on = False
    with pytest.raises(NotAuthorised, match="switched off"):
        await desk.publish(wiki_issue())


async def test_it_is_asked_what_it_is_and_what_we_may(wiki: FakeWiki, desk: Desk) -> None:
    health = await desk.open().check()
    assert health.version.startswith("Release 20")
    assert ("JSON-RPC" in health.text) is wiki.json
    assert [problem for problem in health.problems if "clock" not in problem] == []
    closed = await Desk(wiki, page="closed:{issue}").open().check()
    assert any("coordinator may not write pages like closed:2026-w01" in problem for problem in closed.problems)
    assert not wiki.pages


async def test_the_log_is_told_what_was_written_and_no_secret(wiki: FakeWiki, desk: Desk) -> None:
    await desk.publish(wiki_issue())
    (told,) = desk.told
    assert told.key == KEY
    assert "VOMS: 1 EA performing the test" in told.request
    assert told.request.startswith(f"POST {wiki.url}/lib/exe/")
    assert told.answer.startswith("200 ")
    shown = f"{desk.told} {desk.open()!r}"
    assert PASSWORD not in shown
    assert "Basic" not in shown


async def test_a_secret_that_is_sent_back_is_masked(wiki: FakeWiki, desk: Desk) -> None:
    def repeats(request: httpx.Request) -> httpx.Response:
        if b"egee-operations.2026-W47:" not in request.content:
            return wiki(request)
        return httpx.Response(500, text=f"{request.headers['authorization']} {PASSWORD} failed")

    desk.server = repeats
    with pytest.raises(Unreachable) as failed:
        await desk.publish(wiki_issue())
    (told,) = desk.told
    assert "(secret)" in told.answer
    for secret in (PASSWORD, base64.b64encode(f"coordinator:{PASSWORD}".encode()).decode()):
        assert secret not in told.answer
        assert secret not in str(failed.value)


async def test_the_preview_is_what_goes_there(desk: Desk) -> None:
    asked = wiki_issue(text="Lines\r\nof Windows\x07\uffff, and no end of line")
    before = desk.open().preview(asked)
    assert desk.passed == 0
    await desk.publish(asked)
    assert before == desk.wiki.text(PAGE).encode() == b"Lines\nof Windows, and no end of line\n"


TEXTS = st.text(max_size=60)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, subject=TEXTS, json=st.booleans())
async def test_any_text_arrives_as_its_preview_shows_it(text: str, subject: str, json: bool) -> None:
    wiki = FakeWiki(json=json, bad_word="\0")
    desk = Desk(wiki)
    asked = wiki_issue(text=f"x{text}", subject=subject)
    try:
        receipt = await desk.publish(asked)
    except PpsError as error:
        pytest.fail(str(error))
    assert wiki.text(PAGE).encode() == desk.open().preview(asked)
    assert (await desk.publish(asked)).id == receipt.id
    assert len(wiki.summaries(PAGE)) == 1


# --------------------------------------------------------------------------------------------------- configuration


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"page": "{week}"}, "only {audience} and {issue}"),
        ({"page": "a?do=edit"}, "no name of a page"),
        ({"page": "::"}, "no name of a page"),
        ({"url": "wiki.example.org"}, "url is no address"),
        ({"url": "https://wiki.example.org:99999"}, "url is no address"),
        ({"url": "https://anna:secret@wiki.example.org"}, "must not stand in url"),
        ({"password": ""}, "user and password, or token"),
        ({"token": "env:TOKEN"}, "user and password, or token"),
        ({"user": "a:b"}, "colon"),
    ],
)
def test_what_cannot_be_is_said_when_it_is_read(changes: dict[str, str], says: str) -> None:
    given = {"url": "https://wiki.example.org", "page": NAMES, "user": "coordinator", "password": "env:WIKI"}
    with pytest.raises(ValueError, match=says) as failed:
        Options(**{**given, **changes})  # type: ignore[arg-type]
    assert "secret" not in str(failed.value)
