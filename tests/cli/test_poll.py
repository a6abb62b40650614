"""`do poll` with a mail server at the other end: one mail, a note that it went, and the truth when nobody can know."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiosmtpd.smtp import SMTP, Envelope, Session

    from tests.cli.shell import Shell

CONFIGURATION = """
me = "carla"
[sources]
rollouts = ["local"]
[backends.local]
type = "sql"
url = "sqlite:///default"
[targets.mail]
type = "smtp"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "pps-coordinator@example.org"
"""


class Post:
    """A mail server that keeps what it gets, and may die at the very end of a mail."""

    def __init__(self) -> None:
        self.kept: list[Envelope] = []
        self.dies = False

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.kept.append(envelope)
        if self.dies and server.transport is not None:
            server.transport.close()
        return "250 kept as 4711"


class OnAnyPort(Controller):
    """The server on whatever port is free, which its maker does not foresee."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def post(shell: Shell) -> Iterator[Post]:
    server = Post()
    controller = OnAnyPort(server, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        shell.configure(CONFIGURATION.format(port=controller.port))
        yield server
    finally:
        controller.stop()


def test_the_list_of_the_stack_is_asked_once_and_the_record_tells_it(shell: Shell, post: Post, rollout: str) -> None:
    planned = shell.run("do", "poll", rollout, "--dry-run")
    assert (planned.code, "early-adopters-umd@mailman.egi.eu" in planned.out) == (0, True)
    assert post.kept == [], "a dry run sends nothing"
    answer = shell.run("do", "poll", rollout, "--json")
    assert (answer.code, answer.json["state"]) == (0, "done"), answer.err
    assert "4711" in str(answer.json["mail"])
    (mail,) = post.kept
    assert mail.rcpt_tos == ["early-adopters-umd@mailman.egi.eu"]
    assert b"arc6" in (mail.original_content or b"")
    shown = shell.run("show", rollout, "--json")
    assert shown.json["polled"] == "2026-11-20T12:00:00+01:00"
    assert "polled" in shell.run("show", rollout).out
    again = shell.run("do", "poll", rollout, "--json")
    assert (again.code, [o["rule"] for o in again.items("objections") if o["blocking"]]) == (5, ["cooldown"])
    assert len(post.kept) == 1
    assert "4711" in shell.run("outbox", "show", str(answer.json["id"])).out


def test_another_list_and_another_text_may_be_given(shell: Shell, post: Post, rollout: str) -> None:
    words = ("--list", "arc-sites@example.org", "--text", "Who has a free node?")
    assert shell.run("do", "poll", rollout, *words).code == 0
    (mail,) = post.kept
    assert mail.rcpt_tos == ["arc-sites@example.org"]
    assert b"Who has a free node?" in (mail.original_content or b"")


def test_a_mail_that_may_have_left_waits_for_a_person(shell: Shell, post: Post, rollout: str) -> None:
    post.dies = True
    answer = shell.run("do", "poll", rollout, "--json")
    assert (answer.code, answer.json["state"], answer.json["mail"]) == (1, "parked", "leaving"), answer.err
    number = str(answer.json["id"])
    assert "may have left" in answer.err + str(answer.json["last_error"])
    page = shell.run("outbox", "show", number).out
    assert "nobody knows" in page
    assert re.search(rf"ppstui outbox retry {number} +sends it again", page)
    shell.run("sync")
    swept = shell.run("outbox", "retry", "--failed", "--json")
    assert (swept.code, swept.json["tally"]) == (5, {"parked": 1})
    assert len(post.kept) == 1, "nothing is sent again unasked"
    post.dies = False
    assert shell.run("outbox", "retry", number).code == 0
    assert len(post.kept) == 2


def test_of_a_mail_that_may_have_left_the_note_alone_may_be_kept(shell: Shell, post: Post, rollout: str) -> None:
    post.dies = True
    number = str(shell.run("do", "poll", rollout, "--text", "Who can test?", "--json").json["id"])
    kept = shell.run("outbox", "comment", number, "--json")
    assert (kept.code, kept.json["action"], kept.json["state"]) == (0, "comment", "done"), kept.err
    assert len(post.kept) == 1
