"""What goes into the outbox and what comes out of it, beside the entries themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from ppstui.errors import UsageError
from ppstui.model import Command, Entry, Publish, Record, State

if TYPE_CHECKING:
    from ppstui.rules.registry import Registry  # noqa: TC004  nobody decodes it, and the first frame needs none of it


class Wanted(Struct, frozen=True):
    """A write that a person asks for, before it has a number."""

    command: Command
    key: str
    by: str
    seen: Record | None = None
    """The record the person was looking at, its messages without their texts."""
    base_rev: str = ""
    reason: str = ""
    before: str = ""
    """What was there before, in a line."""
    record: Record | Registry | None = None
    """The record or the registry before, so that the reverse can be found later."""
    reverses: int | None = None
    """The entry that this one takes back."""


class Claim(Struct, frozen=True):
    """An entry that is to be sent now, and what that needs beyond what is shown of it."""

    entry: Entry
    command: Command
    """With the file it carries."""
    seen: Record | None = None


class Asked(NamedTuple):
    """An entry and the record that its person was looking at."""

    entry: Entry
    seen: Record


class Exchanged(Struct, frozen=True):
    """One request that changed something, and what came of it."""

    at: dt.datetime
    request: str
    answer: str


class Happening(Struct, frozen=True):
    """One line of the action log."""

    at: dt.datetime
    state: State
    text: str


Rebase = Callable[[Asked, Sequence[Asked]], Mapping[int, Record]]
"""What the persons behind the later entries would have seen, had they known what came of the first: by entry, and only
where it differs from what they saw."""


def must_be(entry: Entry, *states: State) -> None:
    """Raises UsageError when the entry is in none of these states, with what to do instead."""
    if entry.state in states:
        return
    if entry.state is State.SENDING:
        raise UsageError(f"entry {entry.id} is being sent right now; wait for the answer")
    if entry.state is State.DONE:
        raise UsageError(
            f"entry {entry.id} was delivered already; `ppstui undo {entry.id}` takes it back where possible"
        )
    raise UsageError(f"entry {entry.id} is {entry.state.value} already")


def must_be_without_effect(entry: Entry) -> None:
    """Raises UsageError for an entry that was tried and not answered: a comment in its place might deny what it did."""
    if entry.tries and entry.state in (State.WAITING, State.HELD):
        hint = f"wait for its answer, or `ppstui outbox discard {entry.id}`"
        raise UsageError(f"entry {entry.id} was tried and may have had its effect; {hint}")


def unreadable(number: int, *, settled: bool = False) -> str:
    """What is said of an entry that this version cannot read."""
    if settled:
        told = f"entry {number} is damaged, or was asked for with another version of ppstui"
        return f"{told}; it was settled, so nothing waits for it"
    return (
        f"entry {number} is damaged, or was asked for with another version of ppstui; it is not sent, and what is "
        f"about the same record waits for it: `ppstui outbox show {number}` tells what is known, "
        f"`ppstui outbox discard {number}` gives it up"
    )


# ---------------------------------------------------------------------- what leaves no trace to be found again by

ANYWAY: Final = "anyway"
"""The base of what a person lets go again in spite of a conflict with something that is no record, as a wiki's page."""
LEAVING: Final = "leaving"
"""`Entry.mail` while nobody knows whether the mail has left: a person decides, it is never sent again unasked."""

DOUBT: Final = (
    "the mail may have left; look in the list's archive: retry sends it again, discard or keeping only the comment "
    "leaves it as it is"
)

DOUBT_OF_ISSUE: Final = (
    "the issue may have gone; look for it where it goes to: retry sends it again, keeping only the comment writes down "
    "that it went, discard leaves it as it is"
)
"""The same for an issue of the bulletin."""


def doubt_of(command: Command | None) -> str:
    """What a person is asked about something that may have left; None: about what this version cannot read."""
    return DOUBT_OF_ISSUE if isinstance(command, Publish) else DOUBT
