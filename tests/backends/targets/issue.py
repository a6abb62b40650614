"""An issue of the bulletin as the desk hands it to a target, and what a target is opened with."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import structs

from ppstui.model import Correct, Publish, Ref
from ppstui.port import Exchange, Toolbox

if TYPE_CHECKING:
    import httpx

NOW = dt.datetime(2026, 11, 16, 13, 0, tzinfo=dt.UTC)
KEY = "publish-abcdefgh23456789"
ISSUE = Ref("local", "egee-operations.2026-W47")
TEXT = "EGEE operations 2026-W47\n\n* VOMS: 1 EA performing the test\n* İstanbul, Łódź, 東京\n"
PAGE = "<!DOCTYPE html><title>2026-W47</title><p>VOMS: 1 EA performing the test, Łódź\n"


def issue(target: str = "mail", **changes: object) -> Publish:
    """An issue of one week."""
    command = Publish(
        target=Ref(f"targets.{target}", ISSUE.id),
        of=ISSUE,
        audience="egee-operations",
        issue="2026-W47",
        subject="EGEE operations 2026-W47",
        format="text",
        text=TEXT,
    )
    return structs.replace(command, **changes)


def correction(target: str = "mail", **changes: object) -> Correct:
    """Its first correction."""
    command = structs.asdict(issue(target))
    words = {"number": 1, "corrects": "VOMS was tested by two teams", "text": f"Correction: two teams.\n\n{TEXT}"}
    return Correct(**{**command, **words, **changes})


def tools(
    told: list[Exchange], name: str = "targets.mail", transport: httpx.AsyncBaseTransport | None = None
) -> Toolbox:
    """What a target gets from the outside world; the action log is a list."""
    return Toolbox(
        name=name,
        clock=lambda: NOW,
        secret={"env:MAIL": "swordfish-and-chips", "env:MAILMAN": "sesame-and-lilies"}.__getitem__,
        zone=ZoneInfo("Europe/Zurich"),
        witness=told.append,
        transport=transport,
    )
