"""What there is to tell one audience, from the board and its history between two issues (DOMAIN §8)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import Struct, field

from ppstui.model import Gathered, Note, Pilot, Ref, Rollout
from ppstui.rules.pilots.standings import PilotStanding
from ppstui.rules.registry import Registry
from ppstui.rules.standings import Standing
from ppstui.rules.tracker import Tracker

if TYPE_CHECKING:
    from ppstui.rules.bulletin.audiences import Audience
    from ppstui.rules.policy import Policy


class Facts(Struct, frozen=True, kw_only=True):
    """Everything an issue is made from, read at one instant; only what concerns the audience."""

    rollouts: tuple[tuple[Rollout, Standing], ...] = ()
    """Live ones, and those that are closed as far back as sources list them."""
    pilots: tuple[tuple[Pilot, PilotStanding], ...] = ()
    registry: Registry = Registry()
    notes: tuple[Note, ...] = ()
    """What was collected for this issue during the week."""
    previous: Gathered | None = None
    """What the previous issue was made from."""
    meeting: str = ""
    meeting_at: dt.datetime | None = None
    stale: tuple[str, ...] = ()
    """Sentences on sources that could not be read lately."""
    beta_left: tuple[Ref, ...] = ()
    """Endpoints that carry the beta flag though their rollout ended: of a team's part of a rollout, as a rule."""
    trackers: dict[str, Tracker] = field(default_factory=dict)
    """The status words of sources that have their own, by source."""


def needs_history(facts: Facts, since: dt.datetime) -> tuple[Ref, ...]:
    """The rollouts whose end is told but not when it came: `Desk.look` at them before gathering, and it will be."""
    raise NotImplementedError


def gather(
    audience: Audience, facts: Facts, issue: str, since: dt.datetime, until: dt.datetime, policy: Policy
) -> Gathered:
    """The facts of an issue: what happened after `since` up to `until`, and how everything stands at `until`."""
    raise NotImplementedError
