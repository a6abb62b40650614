"""Issues for tests: rollouts with a history, put before one audience, week after week."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import Commitment, Phase, Pilot, Ref, Rollout
from ppstui.rules.bulletin.audiences import Audience, issue_of
from ppstui.rules.bulletin.gathering import Facts, gather
from ppstui.rules.clocks import local_day
from ppstui.rules.pilots import pilot_standing
from ppstui.rules.registry import Registry
from ppstui.rules.rollouts import standing
from tests.rules.make import POLICY, ZURICH, at, happened, rollout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Event, Gathered, Item, Note
    from ppstui.rules.policy import Policy

OPERATIONS = Audience(name="egee-operations")
TITLES = {
    "dpm": "Staged Rollout EMI-1.0 dpm 1.8.0-1 SL5 x86_64",
    "lfc": "Staged Rollout EMI-1.0 lfc 1.8.3-1 SL5 x86_64",
    "arc6": "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64",
}


def named(record: Rollout, number: str, title: str = "") -> Rollout:
    """The same rollout under another number, and title."""
    title = TITLES.get(title, title) or record.title
    return structs.replace(record, ref=Ref("rt", number), url=f"https://rt.example.org/{number}", title=title)


def closed(
    when: str = "2026-11-16 12:00",
    outcome: str = "ACCEPT",
    *,
    created: str = "2026-11-02 09:00",
    document: str = "734",
    events: Sequence[Event] | None = None,
) -> Rollout:
    """A rollout that was resolved and last changed then; its history says so unless `events` say something else."""
    history = (happened(when, "status open → resolved"),) if events is None else events
    made = rollout(
        status="resolved", phase=Phase.RESOLVED, outcome=outcome, document=document, created=created, events=history
    )
    return structs.replace(made, updated=at(when))


def facts(
    *records: Rollout | Pilot | Commitment,
    when: str = "2026-11-18 10:00",
    previous: Gathered | None = None,
    registry: Registry | None = None,
    notes: Sequence[Note] = (),
    beta: Sequence[Ref] = (),
    policy: Policy = POLICY,
) -> Facts:
    """What a desk knows of these records at that moment."""
    now = at(when)
    commitments = [record for record in records if isinstance(record, Commitment)]
    return Facts(
        rollouts=tuple((record, standing(record, policy, now)) for record in records if isinstance(record, Rollout)),
        pilots=tuple(
            (record, pilot_standing(record, policy, now, commitments))
            for record in records
            if isinstance(record, Pilot)
        ),
        registry=registry or Registry(commitments=tuple(commitments)),
        notes=tuple(notes),
        previous=previous,
        beta_left=tuple(beta),
    )


def issue(known: Facts, when: str = "2026-11-18 10:00", since: str = "", audience: Audience = OPERATIONS) -> Gathered:
    """The issue that is gathered at that moment; it begins where the previous one ended, else seven days before."""
    until = at(when)
    before = known.previous.until if known.previous else until - dt.timedelta(days=7)
    number = issue_of(local_day(until, ZURICH))
    return gather(audience, known, number, at(since) if since else before, until, POLICY)


def items(gathered: Gathered, section: str) -> tuple[Item, ...]:
    (found,) = (each.items for each in gathered.sections if each.id == section)
    return found


def lines(gathered: Gathered, section: str) -> list[str]:
    return [item.text for item in items(gathered, section)]


def rows(gathered: Gathered) -> list[tuple[str, ...]]:
    return [item.cells for item in items(gathered, "table")]
