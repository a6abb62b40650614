"""`apply`: each command once per key, over nobody's work, and read back.

RT answers 200 with sentences in the account's language whether something happened or not, so its sentences are shown,
and what counts is what a second look shows. Messages carry their key in a last line (`_http.marked`) and are looked for
before they are sent, always: whether a call is a repetition cannot be told. Of fields the state itself says whether it
was done, so a command of several steps does what is missing, in its order, and nothing else.

    errand    one command on its way: what all of them do alike
    messages  comment, reply, remind, acknowledge, the note that a poll went out
    teams     assign
    fields    outcome, due, owner, status, and any further field
    links     incident, document
    exposing  expose, extend
    reports   report
    closing   resolve, and the parent that is told
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends.rt import WRITES
from ppstui.backends.rt.writing import closing, exposing, fields, links, messages, reports
from ppstui.backends.rt.writing.errand import Errand, Known
from ppstui.backends.rt.writing.teams import assign
from ppstui.errors import Unsupported
from ppstui.model import (
    Acknowledge,
    Assign,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Poll,
    Remind,
    Reply,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    command_name,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ppstui.backends.rt import Options
    from ppstui.backends.rt.client import RTClient
    from ppstui.backends.rt.reading import Reader
    from ppstui.model import Command, Receipt, Record


class Writer:
    """Writes to one queue of one RT."""

    def __init__(self, options: Options, client: RTClient, reader: Reader) -> None:
        self._options = options
        self._client = client
        self._reader = reader
        self._known = Known(client)

    async def apply(self, command: Command, key: str, seen: Record | None) -> Receipt:
        """See `port.Backend.apply`."""
        source = self._client.source
        if type(command) not in WRITES:
            raise Unsupported(f"{source}: {command_name(command)} is not offered by an RT", source=source)
        looked_at = seen if isinstance(seen, Rollout) else None
        errand = Errand(self._options, self._client, self._reader, self._known, command, key, looked_at)
        return await (_said(errand) or _set(errand))


def _said(errand: Errand) -> Awaitable[Receipt] | None:
    """What is mostly a message."""
    match errand.command:
        case Comment() | Reply() | Poll() as command:
            return messages.say(errand, command)
        case Acknowledge() | Remind() as command:
            return messages.speak_for(errand, command)
        case Expose() | Extend() as command:
            return exposing.say_exposure(errand, command)
        case Report() as command:
            return reports.hand_in(errand, command)
    return None


def _set(errand: Errand) -> Awaitable[Receipt]:
    """What changes columns."""
    match errand.command:
        case Assign() as command:
            return assign(errand, command)
        case SetOutcome() as command:
            return fields.set_outcome(errand, command)
        case SetDue() as command:
            return fields.set_due(errand, command)
        case SetOwner() as command:
            return fields.set_owner(errand, command)
        case SetStatus() as command:
            return fields.set_status(errand, command)
        case SetField() as command:
            return fields.set_field(errand, command)
        case Incident() as command:
            return links.link_incident(errand, command)
        case Document() as command:
            return links.name_document(errand, command)
        case Resolve() as command:
            return closing.resolve(errand, command)
    raise AssertionError(f"{command_name(errand.command)} is offered and not done")
