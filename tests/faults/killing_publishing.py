"""Kills ppstui at every step of the mail that an issue of the bulletin is, and looks at what is left.

    python -m tests.faults.killing_publishing   # prints one line of JSON

One process with one thread: it is the mail server, forks a child that publishes and dies at step n of the conversation,
forks another that starts on the same home, and holds what that finds against what was really posted.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import ppstui.backends.sql.backend
import ppstui.backends.targets.mailing
from ppstui.backends.targets.publisher import OFFER, Publisher
from ppstui.backends.targets.smtp import Mail, Options
from ppstui.desk import Source
from ppstui.model import Bulletin, Publish
from ppstui.testing import toolbox
from tests.desk.press import OF, Press, publishing
from tests.desk.world import World
from tests.faults.mail_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

MOST = 20
KILLED = -signal.SIGKILL


def _press(home: Path, port: int) -> Press:
    """A home with a mail target."""
    press = Press(World(home / "state"))
    options = Options(
        host="127.0.0.1", port=port, sender="pps@example.org", to=("roc-managers@example.org",), html=False
    )
    press.world.sources.append(
        Source(
            "targets.mail",
            lambda: Publisher("targets.mail", Mail.open(options, toolbox("targets.mail"))),
            frozenset(),
            dt.timedelta(minutes=15),
            offers=OFFER.writes,
            traces=Mail.traces,
        )
    )
    return press


async def _publish(home: Path, port: int) -> None:
    desk = await _press(home, port).opened()
    await desk.submit(publishing())
    await desk.deliver()


async def _start_again(home: Path, port: int) -> None:
    """What the next start finds, an hour and two hours later."""
    press = _press(home, port)
    desk = press.world.desk()
    await desk.load()
    for _ in range(2):
        press.world.clock.turn(hours=1)
        await desk.refresh()
        await desk.deliver()
    record = desk.board.known(OF)
    entries = [each for each in desk.board.entries() if isinstance(each.command, Publish)]
    found = {
        "states": [each.state.value for each in entries],
        "mail": [each.mail for each in entries],
        "written": [each.id for each in record.publications] if isinstance(record, Bulletin) else [],
    }
    _write(home, json.dumps(found))
    await desk.aclose()


def _write(home: Path, text: str) -> None:
    (home / "found").write_text(text)


def _child(work: Callable[[], Coroutine[object, object, None]]) -> int:
    """Does it in a process of its own. Its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        asyncio.run(work())
    except BaseException:  # noqa: BLE001  a child must never come back into its parent's code
        traceback.print_exc()
        os._exit(4)
    os._exit(0)


async def _ended(pid: int) -> int:
    """Waits, and serves meanwhile. How it ended."""
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)  # noqa: ASYNC222  it does not wait
        if done:
            return os.waitstatus_to_exitcode(status)
        await asyncio.sleep(0.002)


def main() -> None:
    """Prints what was found after each death, and after a life without one."""
    loop = asyncio.new_event_loop()
    server = MailServer()
    port = loop.run_until_complete(server.open())
    lives: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for step in range(MOST):
            home = Path(folder) / str(step)
            home.mkdir()
            server.posted.clear()
            server.left = step
            server.victim = _child(lambda home=home: _publish(home, port))  # type: ignore[misc]
            ended = loop.run_until_complete(_ended(server.victim))
            server.left, posted = -1, len(server.posted)
            again = loop.run_until_complete(_ended(_child(lambda home=home: _start_again(home, port))))  # type: ignore[misc]
            found = json.loads((home / "found").read_text()) if again == 0 else {}
            lives.append(
                {"killed": ended == KILLED, "ended": [ended, again], "posted": [posted, len(server.posted)], **found}
            )
            if ended != KILLED:
                break
    sys.stdout.write(json.dumps(lives) + "\n")


_IMPORTED_BEFORE_THE_FORK = (ppstui.backends.sql.backend, ppstui.backends.targets.mailing)
"""Or every child would import them anew."""

if __name__ == "__main__":
    main()
