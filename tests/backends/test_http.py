from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.backends import _http
from ppstui.errors import BackendError, Conflict, Garbled, Gone, NotAuthorised, Refused, Unreachable
from ppstui.testing import NASTY, toolbox
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from pathlib import Path

KEY = "reply-mzxw6ytboi4dcnbq"
keys = st.from_regex(r"\A[a-z-]{1,12}-[a-z2-7]{16}\Z")


# --------------------------------------------------------------------------------------------------------------- marks


@given(st.text(), keys, st.text(min_size=1, max_size=40))
def test_a_mark_is_found_again_and_leaves_no_trace(text: str, key: str, author: str) -> None:
    written = _http.marked(text, key, author)
    shown, found = _http.unmarked(written, author)
    assert found == (key,)
    assert shown.strip() == _http.unmarked(_http.sendable(text), author)[0].strip()


@given(st.text())
def test_a_text_without_marks_is_left_alone(text: str) -> None:
    if "[ppstui " not in text:
        assert _http.unmarked(text, "sro-manager") == (text, ())


@pytest.mark.parametrize("quote", ["> ", ">> ", " > ", "| ", "JD> "])
def test_a_quoted_mark_is_not_the_replys_own(quote: str) -> None:
    question = _http.marked("Please answer.", KEY, "sro-manager")
    reply = "accept NGI_IT-INFN-T1\n\n" + "".join(f"{quote}{line}\n" for line in question.splitlines())
    assert _http.unmarked(reply, "sro-manager") == (reply, ())


def test_a_mark_dragged_along_without_quotation_marks_is_not_the_writers() -> None:
    reply = "accept NGI_IT-INFN-T1\n\nFrom: Manager\nSent: today\n\n" + _http.marked("Please.", KEY, "sro-manager")
    assert _http.unmarked(reply, "ea-infn-t1") == (reply, ())


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_nasty_text_keeps_its_mark(text: str) -> None:
    assert _http.unmarked(_http.marked(text, KEY, "ä b [c]"), "ä b [c]")[1] == (KEY,)


@given(st.text())
def test_what_is_sent_is_utf_8_without_controls(text: str) -> None:
    sent = _http.sendable(text)
    sent.encode()
    assert not [char for char in sent if ord(char) < 32 and char not in "\n\t"]


# ---------------------------------------------------------------------------------------------------- safe sentences


@given(st.text(), st.integers(1, 200))
def test_a_sentence_has_one_line_no_control_no_tag_and_an_end(text: str, most: int) -> None:
    plain = _http.plain(text, most)
    assert len(plain) <= most
    assert plain.isprintable() or not plain.isascii()
    assert not {"<", ">", "\n", "\x1b", "\u202e", "\x00"} & set(plain)


def answer(status: int, body: str = "", kind: str = "application/json", **headers: str) -> httpx.Response:
    return httpx.Response(status, content=body.encode(), headers={"content-type": kind, **headers})


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, NotAuthorised),
        (302, NotAuthorised),
        (400, Refused),
        (401, NotAuthorised),
        (403, NotAuthorised),
        (404, Gone),
        (408, Unreachable),
        (409, Conflict),
        (410, Gone),
        (412, Conflict),
        (415, Refused),
        (422, Refused),
        (429, Unreachable),
        (500, Unreachable),
        (504, Unreachable),
    ],
)
def test_each_status_is_one_error(status: int, error: type[BackendError]) -> None:
    with pytest.raises(BackendError) as raised:
        _http.raise_for_status(answer(status, '{"message": "no \\u001b[31m<b>way</b>"}'), "rt", "reading", NOON)
    assert type(raised.value) is error
    assert str(raised.value).startswith(f"rt: reading: the server answered {status}: no [31m(b)way(/b)")


def test_a_success_is_no_error() -> None:
    for status in (200, 201, 204):
        _http.raise_for_status(answer(status), "rt", "reading", NOON)


def test_a_404_in_html_is_a_wrong_address_and_no_vanished_record() -> None:
    with pytest.raises(Garbled, match="check url") as raised:
        _http.raise_for_status(answer(404, "<html><h1>Page not found</h1>", "text/html"), "rt", "reading", NOON)
    assert raised.value.excerpt == "Page not found"


def test_a_redirect_says_where_to_without_what_stands_behind_the_question_mark() -> None:
    with pytest.raises(NotAuthorised, match=r"to https://sso.example.org/login: ") as raised:
        _http.raise_for_status(
            answer(302, location="https://sso.example.org/login?ticket=secret"), "rt", "reading", NOON
        )
    assert "secret" not in str(raised.value)


@given(st.binary())
def test_any_body_at_all_is_decoded_or_one_error(body: bytes) -> None:
    response = httpx.Response(200, content=body, headers={"content-type": "application/json"})
    with contextlib.suppress(Garbled, NotAuthorised):
        assert isinstance(_http.decoded(response, dict[str, int], "rt", "reading"), dict)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("", None), ("soon", None), ("-3", None), ("Wed, 18 Nov 2026 11:01:30 GMT", 90.0), ("9" * 400, None)],
)
def test_the_time_to_wait(header: str, seconds: float | None) -> None:
    assert _http.retry_after(answer(503, **{"retry-after": header}), NOON) == seconds


def test_a_date_that_is_past_means_at_once() -> None:
    past = answer(503, **{"retry-after": "Wed, 18 Nov 2026 10:00:00 GMT"})
    assert _http.retry_after(past, NOON + dt.timedelta(hours=1)) == 0


# ----------------------------------------------------------------------------------------------------------- clients


@pytest.mark.parametrize("secret", ["", "  ", "two\nlines", "naïve", "nul\x00"])
def test_a_secret_that_fits_no_header_is_refused_without_being_shown(secret: str) -> None:
    tools = toolbox("rt", secrets={"env:T": secret})
    with pytest.raises(NotAuthorised, match="env:T") as raised:
        _http.read_secret(tools, "env:T")
    assert not secret.strip() or secret not in str(raised.value)


def test_a_secret_is_taken_without_the_line_end_of_its_file() -> None:
    assert _http.read_secret(toolbox("rt", secrets={"env:T": "1-49-abc\n"}), "env:T") == "1-49-abc"


async def test_a_client_keeps_no_cookie_and_follows_no_redirect() -> None:
    asked: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(302, headers={"location": "/login", "set-cookie": "RT_SID=1; path=/"})

    tools = toolbox("rt", transport=httpx.MockTransport(server))
    async with _http.make_client(tools, "http://rt.example.org", connect=1, read=1) as client:
        for _ in range(2):
            assert (await client.get("http://rt.example.org/")).status_code == 302
    assert [request.url.path for request in asked] == ["/", "/"]
    assert not [request for request in asked if "cookie" in request.headers]
    assert "mozilla" not in asked[0].headers["user-agent"].lower()


def test_certificates_that_cannot_be_read_are_one_sentence() -> None:
    with pytest.raises(NotAuthorised, match="ca_file '/no/such/file' does not exist; write the path") as raised:
        _http.make_client(toolbox("rt"), "https://rt.example.org", ca_file="/no/such/file", connect=1, read=1)
    assert "Errno" not in str(raised.value)


def test_a_file_without_certificates_is_told_from_one_that_is_not_there(tmp_path: Path) -> None:
    for name, words in ((__file__, "holds no certificates in PEM"), (str(tmp_path), "cannot be read")):
        with pytest.raises(NotAuthorised, match=words):
            _http.make_client(toolbox("rt"), "https://rt.example.org", ca_file=name, connect=1, read=1)


async def test_an_address_without_a_scheme_says_how_it_begins() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(Refused, match="https://"), _http.translated("rt", "reading"):
            await client.get("rt.example.org/REST/2.0/rt")


# ------------------------------------------------------------------------------------------------------ for the log


def test_a_request_in_the_log_has_no_secret_no_file_and_an_end() -> None:
    said = _http.sent(
        "PUT https://rt.example.org/1", f'{{"a": "s3cret {"x" * 5000}"}}', [("a\x1b.odt", 7)], ["s3cret", ""]
    )
    assert said.startswith('PUT https://rt.example.org/1\n{"a": "(secret) xxx')
    assert said.endswith("… (5018 characters)\n[file a.odt, 7 bytes]")
    assert len(said) < 2200


def test_an_answer_in_the_log_has_its_status_its_kind_and_its_beginning() -> None:
    page = httpx.Response(503, html="<p>s3cret \x1b[31m\x00busy</p>" + "y" * 9000)
    said = _http.answered(page, ["s3cret"])
    assert said.startswith("503 text/html\n<p>(secret) [31mbusy</p>yyy")
    assert len(said) < 2200
    assert _http.answered(httpx.Response(204)) == "204 no type"
