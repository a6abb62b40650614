"""Members of lists as recipients: who they are is known before the first byte goes, or nothing goes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from ppstui.backends.targets.mailing import Mailing
from ppstui.backends.targets.mailman import Mailman
from ppstui.backends.targets.smtp import Options
from ppstui.errors import BackendError, Garbled, NotAuthorised, Refused, Unreachable
from tests.backends.office import Office, serving
from tests.backends.targets.issue import KEY, issue, tools
from tests.servers.mailman_site import HOST, Site, start_mailman

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ppstui.port import Exchange

SENDER = "pps-coordinator@example.org"
MANAGERS = "roc-managers@example.org"
LIST = f"early-adopters@{HOST}"


def outlet(port: int = 1, transport: httpx.AsyncBaseTransport | None = None, **changes: object) -> Mailing:
    """A mail target that asks a Mailman."""
    words = {"host": "127.0.0.1", "port": port, "sender": SENDER, "to": (MANAGERS,), "rosters": (LIST,)}
    mailman = {"mailman": "http://lists.example.org:8001/3.1", "mailman_password": "env:MAILMAN"}
    told: list[Exchange] = []
    return Mailing(Options(**{**words, **mailman, **changes}), tools(told, transport=transport))  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------------------------- a real Mailman


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    yield from start_mailman()


@pytest.mark.live
@pytest.mark.xdist_group("mailman")
async def test_who_is_on_real_lists_and_wants_mail_gets_it_and_nobody_sees_who(site: Site, office: Office) -> None:
    one = site.make_list("anna@example.com", "bob@example.com", "carla@example.com", MANAGERS)
    other = site.make_list("bob@example.com", "dora@example.net", "emil@example.net")
    nobody = site.make_list()
    site.prefer(one, "carla@example.com", "by_user")
    site.prefer(other, "emil@example.net", "by_bounces")
    async with serving(office) as port:
        target = outlet(port, mailman=site.url, rosters=(one, other, nobody))
        receipt = await target.publish(issue(), KEY)
        health = await target.check()
        await target.aclose()
    expected = [MANAGERS, "anna@example.com", "bob@example.com", "dora@example.net"]
    assert office.took[0].rcpt_tos == expected
    content = office.took[0].content
    assert isinstance(content, bytes)
    assert office.mail()["To"] == MANAGERS
    assert not re.search(rb"anna|bob|dora", content)
    assert receipt.text == "250 OK queued as 4711; to 1 address and 3 members of lists; 2 members want no mail"
    assert health.problems == ()
    assert "GNU Mailman 3" in health.text


@pytest.mark.live
@pytest.mark.xdist_group("mailman")
async def test_a_real_mailman_that_cannot_say_who_is_on_a_list_keeps_the_mail_here(site: Site, office: Office) -> None:
    there = site.make_list("anna@example.com")
    async with serving(office) as port:
        unknown = outlet(port, mailman=site.url, rosters=(there, f"nix@{HOST}"))
        with pytest.raises(Refused, match=rf"knows no list nix@{HOST}; correct rosters of \[targets.mail\]"):
            await unknown.publish(issue(), KEY)
        assert f"knows no list nix@{HOST}" in (await unknown.check()).problems[0]
        with pytest.raises(NotAuthorised, match="correct mailman_user and mailman_password"):
            await outlet(port, mailman=site.url, rosters=(there,), mailman_user="nobody").publish(issue(), KEY)
        with site.frozen():
            mailman = Mailman(Options(mailman=site.url), tools([]), patience=0.3)
            with pytest.raises(Unreachable, match="did not answer in time; nothing has left"):
                await mailman.enrolled((there,))
    assert "MAIL" not in office.steps


# -------------------------------------------------------------------------------------------------- a Mailman of paper


def answering(answer: Callable[[str], httpx.Response | None], members: int = 3) -> httpx.MockTransport:
    """A Mailman with one list, which answers otherwise where it is told to; it gives no more than was asked for."""

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"].startswith("Basic ")
        path = request.url.path
        otherwise = answer(path)
        if otherwise is not None:
            return otherwise
        if path.endswith("/all/preferences"):
            return httpx.Response(200, json={"delivery_status": "enabled"})
        size, page = int(request.url.params["count"]), int(request.url.params["page"])
        numbers = range(members)[(page - 1) * size : page * size]
        entries = [{"email": f"m{number}@example.com", "member_id": f"{number:x}"} for number in numbers]
        return httpx.Response(200, json={"total_size": members} | ({"entries": entries} if entries else {}))

    return httpx.MockTransport(handle)


async def test_a_long_list_is_read_to_its_end(office: Office) -> None:
    async with serving(office) as port:
        receipt = await outlet(port, answering(lambda _: None, 450)).publish(issue(), KEY)
    assert office.took[0].rcpt_tos == [MANAGERS, *(f"m{number}@example.com" for number in range(450))]
    assert "and 450 members of lists" in receipt.text


async def test_who_left_since_or_has_an_address_that_is_none_is_left_out(office: Office) -> None:
    entries = [
        {"email": email, "member_id": number} for number, email in enumerate(("a b@x.org", "c@x.org", "d@x.org"))
    ]

    def answer(path: str) -> httpx.Response | None:
        if path.endswith("2/all/preferences"):
            return httpx.Response(404, json={"title": "404 Not Found"})
        return httpx.Response(200, json={"total_size": 3, "entries": entries}) if "roster" in path else None

    async with serving(office) as port:
        receipt = await outlet(port, answering(answer)).publish(issue(), KEY)
    assert office.took[0].rcpt_tos == [MANAGERS, "c@x.org"]
    assert "1 member wants no mail; 1 member has an address that is none" in receipt.text


def _lost(_path: str) -> httpx.Response:
    raise httpx.ConnectError("no route to it")


def _late(_path: str) -> httpx.Response:
    raise httpx.ReadTimeout("too long")


def _after_the_roster(answer: httpx.Response) -> Callable[[str], httpx.Response | None]:
    return lambda path: answer if "preferences" in path else None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (_lost, Unreachable),
        (_late, Unreachable),
        (lambda _: httpx.Response(503), Unreachable),
        (lambda _: httpx.Response(200, html="<form><input type=password></form>"), NotAuthorised),
        (lambda _: httpx.Response(200, html="<h1>Welcome</h1>"), Garbled),
        (lambda _: httpx.Response(200, json={"total_size": "many"}), Garbled),
        (_after_the_roster(httpx.Response(500, text="oops")), Unreachable),
        (_after_the_roster(httpx.Response(200, json={})), Garbled),
        (_after_the_roster(httpx.Response(401, json={})), NotAuthorised),
    ],
)
async def test_a_mailman_that_says_anything_else_keeps_the_mail_here(
    office: Office, answer: Callable[[str], httpx.Response | None], kind: type[BackendError]
) -> None:
    async with serving(office) as port:
        with pytest.raises(BackendError) as caught:
            await outlet(port, answering(answer)).publish(issue(), KEY)
    assert type(caught.value) is kind
    assert "sesame" not in str(caught.value)
    assert "_timeout" not in str(caught.value), "no key of a configuration that has none"
    assert office.steps == []


# ----------------------------------------------------------------------------------------------- what a server refuses


async def test_a_member_the_server_will_never_have_keeps_nobody_else_waiting(office: Office) -> None:
    office.says["m1@example.com"] = "550 no such user"
    async with serving(office) as port:
        receipt = await outlet(port, answering(lambda _: None)).publish(issue(), KEY)
    assert office.took[0].rcpt_tos == [MANAGERS, "m0@example.com", "m2@example.com"]
    assert "left out 1 member: 127.0.0.1 answered 550 no such user to RCPT TO:<m1@example.com>" in receipt.text


async def test_a_member_the_server_may_have_later_keeps_the_mail_here(office: Office) -> None:
    office.says["m1@example.com"] = "450 later"
    async with serving(office) as port:
        with pytest.raises(Unreachable):
            await outlet(port, answering(lambda _: None)).publish(issue(), KEY)
    assert office.took == []


async def test_a_mail_that_the_server_takes_for_no_member_is_refused(office: Office) -> None:
    office.says["RCPT"] = "550 no such user"
    async with serving(office) as port:
        with pytest.raises(Refused, match="the server takes it for nobody"):
            await outlet(port, answering(lambda _: None), to=()).publish(issue(), KEY)
        with pytest.raises(Refused, match="it goes to nobody"):
            await outlet(port, answering(lambda _: None, 0), to=()).publish(issue(), KEY)
    assert office.took == []


@pytest.mark.parametrize(("limit", "kind"), [(99, Unreachable), (100, Refused)])
async def test_more_members_than_one_mail_may_have_are_a_matter_for_a_person(
    office: Office, limit: int, kind: type[BackendError]
) -> None:
    office.says[f"m{limit}@example.com"] = "452 4.5.3 too many recipients"
    async with serving(office) as port:
        with pytest.raises(BackendError) as caught:
            await outlet(port, answering(lambda _: None, 120), to=()).publish(issue(), KEY)
    assert type(caught.value) is kind
    assert ("takes a mail for 100 at once and not for more" in str(caught.value)) is (kind is Refused)
    assert office.took == []


# ------------------------------------------------------------------------------------------------- the configuration


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"mailman": ""}, "rosters need mailman"),
        ({"mailman": "lists.example.org:8001"}, "mailman is no address of a REST"),
        ({"mailman": "http://lists.example.org:0/3.1"}, "mailman is no address of a REST"),
        ({"mailman": "http://[lists/3.1"}, "mailman is no address of a REST"),
        ({"mailman": "http://me:secret@lists.example.org/3.1"}, "a password must not stand in mailman"),
    ],
)
def test_an_address_of_mailman_that_is_none_is_said_at_once(changes: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        outlet(1, None, **changes)
    assert "secret" not in str(caught.value)
