"""What leaves no trace by which it could be found again, while nobody knows whether it has left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ppstui.model import Publish

if TYPE_CHECKING:
    from ppstui.model import Command

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


def doubt_of(command: Command) -> str:
    """What a person is asked about something that may have left."""
    return DOUBT_OF_ISSUE if isinstance(command, Publish) else DOUBT
