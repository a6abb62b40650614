"""Issues as mails: what leaves, to whom, and how a correction is known to belong to what it corrects."""

from __future__ import annotations

import email
import re
from email import policy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppstui.backends._http import sendable
from ppstui.backends.targets.mailing import message_id
from ppstui.backends.targets.smtp import Mail, Options
from ppstui.errors import BackendError, Doubtful, NotAuthorised, Refused, Unreachable
from tests.backends.office import PASSWORD, Door, Office, serving
from tests.backends.targets.issue import KEY, NOW, PAGE, TEXT, correction, issue, tools

if TYPE_CHECKING:
    from email.message import EmailMessage

    from ppstui.model import Publish
    from ppstui.port import Exchange, Outlet

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

SENDER = "pps-coordinator@example.org"
MANAGERS = "roc-managers@example.org"
OTHERS = "oat@example.net"


def outlet(port: int = 1, told: list[Exchange] | None = None, **changes: object) -> Outlet:
    """A mail target to an office."""
    words = {"host": "127.0.0.1", "port": port, "sender": SENDER, "to": (MANAGERS,)}
    return Mail.open(Options(**{**words, **changes}), tools([] if told is None else told))  # type: ignore[arg-type]


def read(mail: bytes) -> EmailMessage:
    return email.message_from_bytes(mail, policy=policy.default)


def part(mail: EmailMessage, subtype: str) -> str:
    """The text of one of its parts."""
    (found,) = [part for part in mail.walk() if part.get_content_type() == f"text/{subtype}"]
    return str(found.get_content()).replace("\r\n", "\n")


# -------------------------------------------------------------------------------------------------------- what leaves


async def test_an_issue_goes_as_text_and_as_a_page(office: Office) -> None:
    told: list[Exchange] = []
    async with serving(office) as port:
        receipt = await outlet(port, told, to=(MANAGERS, OTHERS), reply_to=OTHERS).publish(issue(html=PAGE), KEY)
    mail = office.mail()
    assert office.took[0].rcpt_tos == [MANAGERS, OTHERS]
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert (part(mail, "plain"), part(mail, "html")) == (TEXT, PAGE)
    assert (mail["From"], mail["To"], mail["Reply-To"]) == (SENDER, f"{MANAGERS}, {OTHERS}", OTHERS)
    assert (mail["Subject"], mail["Date"].datetime, mail["MIME-Version"]) == ("EGEE operations 2026-W47", NOW, "1.0")
    assert receipt.id == mail["Message-ID"]
    assert receipt.text == "250 OK queued as 4711; to 2 addresses"
    (exchange,) = told
    assert exchange.key == KEY
    assert "Subject: EGEE operations 2026-W47" in exchange.request


async def test_an_issue_without_a_page_is_plain_text(office: Office) -> None:
    async with serving(office) as port:
        await outlet(port, html=False).publish(issue(html=PAGE), KEY)
        await outlet(port).publish(issue(), KEY)
    for mail in office.mails():
        assert (mail.get_content_type(), part(mail, "plain")) == ("text/plain", TEXT)
        assert mail["Reply-To"] is None


async def test_an_issue_that_is_a_page_goes_as_one(office: Office) -> None:
    async with serving(office) as port:
        await outlet(port).publish(issue(format="html", text=PAGE), KEY)
    assert (office.mail().get_content_type(), part(office.mail(), "html")) == ("text/html", PAGE)


async def test_what_is_previewed_is_what_leaves(office: Office) -> None:
    async with serving(office) as port:
        target = outlet(port)
        before = target.preview(issue(html=PAGE))
        await target.publish(issue(html=PAGE), KEY)
    assert office.took[0].content == before
    assert target.preview(issue(html=PAGE)) == before


async def test_what_nobody_can_see_is_to_nobody_in_the_head() -> None:
    assert read(outlet(to=()).preview(issue()))["To"] == "undisclosed-recipients:;"
    with pytest.raises(
        Refused, match=r"goes to nobody; name an address in to, or a list in rosters, of \[targets.mail]"
    ):
        await outlet(to=()).publish(issue(), KEY)


async def test_an_address_that_stands_twice_gets_one(office: Office) -> None:
    async with serving(office) as port:
        await outlet(port, to=(MANAGERS, OTHERS, MANAGERS.upper())).publish(issue(), KEY)
    assert office.took[0].rcpt_tos == [MANAGERS, OTHERS]


@pytest.mark.parametrize("changes", [{"to": ("a b@c.org",)}, {"reply_to": "x@y\r\nBcc: z@y"}, {"sender": ""}])
async def test_an_address_that_is_none_never_gets_to_the_server(office: Office, changes: dict[str, object]) -> None:
    async with serving(office) as port:
        with pytest.raises(Refused, match="is no mail address"):
            await outlet(port, None, **changes).publish(issue(), KEY)
    assert office.steps == []


async def test_an_empty_issue_is_not_sent(office: Office) -> None:
    async with serving(office) as port:
        with pytest.raises(Refused, match="is empty"):
            await outlet(port).publish(issue(text=" \n"), KEY)
    assert office.steps == []


# ----------------------------------------------------------------------------------------------------------- the number


def number(command: Publish, **changes: object) -> str:
    return str(read(outlet(1, None, **changes).preview(command))["Message-ID"])


def test_the_number_is_made_of_the_issue_and_of_nothing_else() -> None:
    one = number(issue())
    assert re.fullmatch(r"<ppstui\.egee-operations\.2026-W47\.0\.[0-9a-f]{12}@example\.org>", one)
    assert one == number(issue(text="worded otherwise", subject="Otherwise", html=PAGE), to=(OTHERS,))
    others = [
        number(issue(issue="2026-W48")),
        number(issue(audience="emt")),
        number(correction()),
        message_id(issue(), "targets.list", SENDER),
    ]
    assert len({one, *others}) == 5


def test_names_that_look_alike_in_a_number_have_another_one() -> None:
    assert number(issue(audience="a.b")) != number(issue(audience="a-b"))


def test_a_correction_belongs_to_its_issue() -> None:
    first = number(issue())
    one = read(outlet().preview(correction(replaces=first)))
    assert (one["In-Reply-To"], one["References"]) == (first, first)
    two = read(outlet().preview(correction(number=2, replaces=str(one["Message-ID"]))))
    assert (two["In-Reply-To"], two["References"]) == (first, f"{first} {one['Message-ID']}")
    assert read(outlet().preview(issue()))["In-Reply-To"] is None


def test_a_correction_belongs_to_what_really_went() -> None:
    first = number(issue(), sender="old@former.example.net")
    second = number(correction(), sender="old@former.example.net")
    for replaces in (first, second):
        mail = read(outlet().preview(correction(number=2, replaces=replaces)))
        assert mail["In-Reply-To"] == first


@pytest.mark.parametrize("replaces", ["", "targets", "<a@b>\r\nBcc: victim@example.org", "<ppstui.a.b.1@x>"])
def test_a_number_that_is_none_of_ours_gets_into_no_head(replaces: str) -> None:
    mail = read(outlet().preview(correction(replaces=replaces)))
    assert (mail["In-Reply-To"], mail["References"], mail["Bcc"]) == (number(issue()), number(issue()), None)


# ------------------------------------------------------------------------------------------------------- hostile text


NASTY = st.text(
    st.one_of(st.characters(), st.sampled_from('\r\n\t\x00\x1b\x85\u2028\u202e =?._-:<>@,;"\\')), max_size=200
)
HEAD = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type"]


@settings(max_examples=100, deadline=None)
@given(NASTY, NASTY, NASTY, NASTY, st.integers(0, 400))
def test_no_text_changes_what_a_mail_is_made_of(name: str, subject: str, text: str, html: str, length: int) -> None:
    long = f"{'x' * length} {subject}\r\nBcc: victim@example.org"
    command = correction(audience=name, subject=long, text=f"{text}.", html=f"{html}.", replaces=name)
    raw = outlet().preview(command)
    assert raw.isascii()
    assert [line for line in raw.split(b"\r\n") if len(line) > 78 and b"@example.org>" not in line] == []
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    mail = read(raw)
    assert mail.keys() == HEAD
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not [defect for part in mail.walk() for defect in part.defects]
    assert "Bcc: victim@example.org" in mail["Subject"]
    assert part(mail, "plain") == f"{sendable(text.encode('utf-8', 'replace').decode())}.\n"
    assert re.fullmatch(r"<ppstui\.[\w-]+\.2026-W47\.1\.[0-9a-f]{12}@example\.org>", mail["Message-ID"], re.ASCII)


def test_words_that_look_encoded_arrive_as_they_were_written() -> None:
    subject = "=?utf-8?q?From=3A_the_director?= and LFC"
    assert read(outlet().preview(issue(subject=subject)))["Subject"] == subject


def test_text_that_looks_like_the_end_of_a_part_ends_none() -> None:
    raw = outlet().preview(issue(html=PAGE))
    boundary = str(read(raw).get_boundary())
    text = f"before\n--{boundary}--\nafter\n"
    mail = read(outlet().preview(issue(text=text, html=f"{PAGE}--{boundary}--\n")))
    assert part(mail, "plain") == text
    assert len(list(mail.walk())) == 3


# ----------------------------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("step", "says", "kind"),
    [
        ("RCPT", "550 no such list", Refused),
        ("RCPT", "450 later", Unreachable),
        ("MAIL", "530 who are you", NotAuthorised),
        ("DATA", "554 looks like spam", Refused),
        ("DATA", "sort of", Doubtful),
    ],
)
async def test_an_answer_is_sorted_by_what_to_do_next(
    office: Office, step: str, says: str, kind: type[BackendError]
) -> None:
    office.says[step] = says
    async with serving(office) as port:
        with pytest.raises(kind):
            await outlet(port).publish(issue(), KEY)


async def test_who_hangs_up_after_the_dot_may_have_taken_it(office: Office) -> None:
    office.hangs_up = "DATA"
    async with serving(office) as port:
        with pytest.raises(Doubtful, match="was given the whole mail"):
            await outlet(port).publish(issue(), KEY)


async def test_who_is_not_known_is_told_where_to_correct_it(office: Office) -> None:
    async with serving(office, door=Door()) as port:
        with pytest.raises(NotAuthorised, match=r"correct user and password of \[targets.mail\]"):
            await outlet(port, user="you", password="env:MAIL").publish(issue(), KEY)
        health = await outlet(port, user="me", password="env:MAIL").check()
    assert health.text == f"127.0.0.1:{port} takes mail from us as me"
    assert PASSWORD not in repr(health)
