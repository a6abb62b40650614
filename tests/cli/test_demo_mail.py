from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.shell import Shell


def test_a_poll_in_the_demo_leaves_a_note_and_no_mail(shell: Shell) -> None:
    answer = shell.run("--demo", "do", "poll", "rt:18302", "--wait", "10", "--json")
    assert (answer.code, answer.json["state"]) == (0, "done"), answer.err
    assert answer.json["mail"] == (
        "nothing was sent, this is the demo; it would have gone to early-adopters-ige@mailman.egi.eu"
    )
    assert answer.json["receipt"] == "rt:18302: a note of the poll was written"
