"""What is looked at before an issue is published: what would be wrong to send, and what is worth a second look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from ppstui.model import Gathered, Objection, Pilot, Ref, Rollout
from ppstui.rules.pilots.standings import PilotStanding
from ppstui.rules.standings import Standing

if TYPE_CHECKING:
    from ppstui.model import Bulletin


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that stands against publishing an issue as it is, or that is worth a second look."""

    code: str
    """`unanswered-ea`, `outcome-missing`, `dead-link`, …: every one is in `EXPLAINED`."""
    text: str
    """One sentence: what it is, where, what to do."""
    blocking: bool = True
    """False: a warning that stops nothing."""
    line_id: str = ""
    """The line it is on; "" when it is on none."""
    refs: tuple[Ref, ...] = ()

    @property
    def objection(self) -> Objection:
        """The same as what stands against the command; a reason lifts it."""
        return Objection(rule=self.code, text=self.text, blocking=self.blocking, overridable=self.blocking)


class CheckScene(Struct, frozen=True, kw_only=True):
    """What a check looks at beside the issue itself; what is left out is not checked."""

    now: dt.datetime
    current: Gathered | None = None
    """What would be gathered now; None where nobody gathered."""
    rollouts: tuple[tuple[Rollout, Standing], ...] = ()
    """The records its lines are made from, whole: with the texts of their internal notes."""
    pilots: tuple[tuple[Pilot, PilotStanding], ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    """Addresses that somebody tried, each with what is wrong with it; "" when it answers."""
    allowed: frozenset[str] = frozenset()
    """Mail addresses that may be told: those of lists and of the desk. `@example.org` allows all of a domain."""
    me: str = ""
    """The coordinator, as the source of bulletins calls it."""
    hold: dt.timedelta = dt.timedelta(hours=4)
    """After which another's hold is stale."""


EXPLAINED: dict[str, str] = {}
"""What each code means, in a sentence, for help and documentation."""


def check(bulletin: Bulletin, scene: CheckScene) -> tuple[Problem, ...]:
    """Everything that stands against publishing an issue as it is, blocking things first, then as it is read."""
    raise NotImplementedError
