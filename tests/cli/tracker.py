"""A coordinator's machine, and a Request Tracker with names of its own at the other end of the wire."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from tests.backends.rt.fake import FakeRT

if TYPE_CHECKING:
    from tests.cli.shell import Answer, Shell

IT, UK = "ea-NGI_IT-INFN-T1", "ea-NGI_UK-UKI-SCOTGRID-GLASGOW"
CONFIGURATION = """
me = "sro-manager"
[sources]
rollouts = ["tracker"]
[backends.tracker]
type = "rt"
url = "https://rt.example.org/rt"
token = "env:MY_TOKEN"
queue = "sr-new"
parent_queue = "releases"
[backends.tracker.fields]
teams = "Adopters"
outcome = "Verdict"
document = "Paper"
[backends.tracker.status]
new = ["fresh"]
open = ["under way"]
resolved = ["finished"]
"""


@dataclass
class Desk:
    """The coordinator's machine, and the tracker at the other end of the wire."""

    shell: Shell
    rt: FakeRT
    down: bool = False
    requests: int = 0
    sealed: set[int] = field(default_factory=set)
    """Tickets to which the tracker lets nobody write."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.down:
            raise httpx.ConnectError("no route to host", request=request)
        ticket = re.search(r"/ticket/(\d+)/\w+\Z", request.url.path)
        if ticket and request.method == "POST" and int(ticket[1]) in self.sealed:
            return httpx.Response(422, json={"message": "This ticket is sealed"})
        return self.rt(request)

    def run(self, *argv: str) -> Answer:
        self.shell.now = max(self.shell.now, self.rt.now + dt.timedelta(seconds=1))
        return self.shell.run(*argv)


def staffed(shell: Shell) -> Desk:
    """The desk of a coordinator whose tracker holds one new rollout."""
    rt = FakeRT(
        names={7: "Adopters", 8: "Verdict", 9: "Paper"},
        queues={"sr-new", "releases"},
        lifecycle={"fresh": "under way"},
        inactive=("finished", "rejected", "deleted"),
    )
    ticket = rt.make("Staged Rollout EMI-1.0 SE-DPM_mysql 1.8.0-1 SL5 x86_64", queue="sr-new", text="Please test.")
    ticket.status = "fresh"
    made = Desk(shell, rt)
    shell.env["MY_TOKEN"] = rt.token
    shell.transport = httpx.MockTransport(made.answer)
    shell.configure(CONFIGURATION)
    return made
