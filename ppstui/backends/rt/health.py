"""`check`: who the server is, who we are there, and what is missing for the work."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.backends.rt.client import sql
from ppstui.backends.rt.notes import missing_fields, names_there, no_queue
from ppstui.backends.rt.rows import VersionRow
from ppstui.port import Health

if TYPE_CHECKING:
    import datetime as dt

    import httpx

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.client import RTClient
    from ppstui.backends.rt.rows import QueueRow
    from ppstui.port import Toolbox

_LOOPBACK = re.compile(r"http://(?:localhost|127\.[0-9.]+|\[::1\])(?:[:/]|\Z)")
_SKEW = 120
"""Seconds by which two clocks may differ before deadlines become doubtful."""


async def check_health(options: Options, tools: Toolbox, client: RTClient) -> Health:
    """See `port.Backend.check`."""
    response = await client.request("GET", "/rt", "asking for its version")
    version = _http.decoded(response, VersionRow, client.source, "asking for its version").version
    skew = _skew(response, tools.clock())
    user = await client.me()
    problems = []
    if client.web.startswith("http://") and not _LOOPBACK.match(client.web):
        problems.append("the token travels unencrypted: url begins with http://; use https://")
    if skew is not None and abs(skew) > _SKEW:
        problems.append(f"the server's clock and this machine's differ by {abs(skew):.0f} s; set one of them right")
    queue = await client.queue(options.queue)
    if queue is None:
        problems.append(f"{no_queue(options.queue)}; set queue")
    else:
        there = {field.name for field in queue.fields}
        missing = ", ".join(missing_fields(options, there))
        if missing:
            problems.append(f"queue {options.queue} has no field {missing}; it has: {names_there(there)}; set fields")
        problems += await _rights(options, client, queue)
    if await client.queue(options.parent_queue) is None:
        problems.append(f"{no_queue(options.parent_queue)}; set parent_queue")
    problems += await _of_pilots(options, client)
    state = "nothing is missing" if not problems else f"{len(problems)} to see to"
    who = f"Request Tracker {version or '(unknown version)'}, as {user or 'an unknown account'}"
    return Health(
        text=_http.plain(f"{client.source}: {who}, queue {options.queue}: {state}", 300),
        user=_http.plain(user, 60),
        version=_http.plain(version, 40),
        problems=tuple(_http.plain(problem, 400) for problem in problems),
        fields=tuple(sorted(field.name for field in queue.fields)) if queue else (),
        skew=skew,
    )


async def _of_pilots(options: Options, client: RTClient) -> list[str]:
    """What stands against keeping pilots; nothing where this RT is to keep none."""
    if not options.pilot_queue:
        return []
    queue = await client.queue(options.pilot_queue)
    if queue is None:
        return [f"{no_queue(options.pilot_queue)}; set pilot_queue"]
    if "create" in {link.ref for link in queue.links}:
        return []
    return [f"this account may not make tickets in {options.pilot_queue} (CreateTicket): pilot-new will fail"]


async def _rights(options: Options, client: RTClient, queue: QueueRow) -> list[str]:
    """What this account may not do with a ticket of the queue: RT tells it ticket by ticket."""
    query = f"Queue={sql(options.queue)} AND Status='__Active__'"
    rows = (await client.tickets(query, "looking at a ticket")).items
    problems = []
    if rows:
        allowed = {link.ref for link in rows[-1].hyperlinks}
        if "correspond" not in allowed:
            problems.append("this account may not reply (ReplyToTicket): assign, acknowledge, reply, remind will fail")
        if "comment" not in allowed:
            problems.append("this account may not comment (CommentOnTicket): comment will fail")
    teams = next((field for field in queue.fields if field.name == options.fields.teams), None)
    if teams is not None and await client.choices(str(teams.id)) is None:
        text = f"this account may not list the values of {teams.name} (SeeCustomField, granted globally)"
        problems.append(f"{text}: misspelt teams are noticed by the server alone")
    return problems


def _skew(response: httpx.Response, now: dt.datetime) -> float | None:
    """Seconds the server's clock is ahead: acknowledgement clocks are counted from its times."""
    try:
        there = parsedate_to_datetime(response.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return (there - now).total_seconds() if there.tzinfo else None
