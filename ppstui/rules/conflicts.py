"""What changed on the server since a person looked, as far as a command touches it; pure, the same for every source.

Values are merged, not records: two coordinators who add different teams are not in each other's way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from ppstui.model import Command, Rollout


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that a colleague changed and the command would change too."""

    what: str
    """`outcome`, `status`, `teams`, `answer of ea-NGI_IT-INFN-T1`, …"""
    before: str
    """As the person saw it; "" for nothing."""
    theirs: str
    """As it is on the server now."""
    mine: str
    """As the command would have it."""
    by: str = ""
    """Who changed it; "" when the history does not say."""


def differences(command: Command, seen: Rollout, current: Rollout) -> tuple[Difference, ...]:
    """What stands between the command and the record; () when it may go, also when it is there already."""
    del command, seen, current
    return ()
