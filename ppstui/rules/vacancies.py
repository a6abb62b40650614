"""What nobody tests: wishes that too few committed to, rollouts nobody accepted, pilots without a site (DOMAIN §9)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Level, Ref
from ppstui.rules.pilots.standings import PilotPhase
from ppstui.rules.registry import Product, committed_parties, holds_level, product_of
from ppstui.rules.standings import Stage, TeamState

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from ppstui.model import Pilot, Rollout
    from ppstui.rules.pilots.standings import PilotStanding
    from ppstui.rules.registry import Registry
    from ppstui.rules.standings import Standing


class Lack(Enum):
    """Why there is a vacancy (SURFACE §3)."""

    WISH = "wish"
    NO_EA = "no-ea"
    PILOT = "pilot"


class Vacancy(Struct, frozen=True, kw_only=True):
    """Something that too few test."""

    component: str
    stack: str = ""
    major: str = ""
    """As the wish writes its range, or the major version of the rollout."""
    os: str = ""
    arch: str = ""
    wanted: int
    committed: int
    missing: int
    teams: tuple[str, ...] = ()
    """Who has committed to it: for a wish those that count, for the others whom to ask."""
    why: Lack
    ref: Ref
    """The wish, the rollout, or the pilot."""
    level: Level = Level.NONE
    """The level that a pilot's site should have."""


def vacancies(
    registry: Registry,
    rollouts: Iterable[tuple[Rollout, Standing]],
    pilots: Iterable[tuple[Pilot, PilotStanding]],
    on: dt.date,
) -> tuple[Vacancy, ...]:
    """Every vacancy on that day, in the order of bulletins: stack, component, major version, OS, architecture.

    Records that are not whole make none: nobody can say yet who accepted.
    """
    found = [
        *_of_wishes(registry, on),
        *(each for rollout, standing in rollouts for each in _of_rollout(rollout, standing, registry, on)),
        *(each for pilot, standing in pilots for each in _of_pilot(pilot, standing, registry, on)),
    ]
    return tuple(sorted(found, key=_order))


def _order(vacancy: Vacancy) -> tuple[str, ...]:
    words = (vacancy.stack, vacancy.component, vacancy.major, vacancy.os, vacancy.arch, vacancy.why.value)
    return (*(word.casefold() for word in words), str(vacancy.ref))


def _of_wishes(registry: Registry, on: dt.date) -> Iterator[Vacancy]:
    for wish in registry.wishes:
        teams = committed_parties(wish, registry, on)
        if len(teams) < wish.minimum:
            yield Vacancy(
                component=wish.component,
                stack=wish.stack,
                major=wish.majors,
                os=wish.os,
                arch=wish.arch,
                wanted=wish.minimum,
                committed=len(teams),
                missing=wish.minimum - len(teams),
                teams=teams,
                why=Lack.WISH,
                ref=wish.ref,
            )


_NO_HELP = frozenset({TeamState.REJECTED, TeamState.WITHDRAWN, TeamState.ACK_OVERDUE})


def nobody_accepted(rollout: Rollout, standing: Standing) -> bool:
    """Whether everybody who was asked declined, or let the time for an answer pass."""
    if not rollout.whole or not rollout.phase.live:
        return False
    if standing.stage is Stage.NO_EA:
        return True
    asked = [team.state for team in standing.teams if team.assigned]
    return standing.stage is Stage.AWAITING_ACK and bool(asked) and all(state in _NO_HELP for state in asked)


def _of_rollout(rollout: Rollout, standing: Standing, registry: Registry, on: dt.date) -> Iterator[Vacancy]:
    if not nobody_accepted(rollout, standing):
        return
    product = product_of(standing.title) if standing.title.parsed else Product(component=rollout.title)
    yield Vacancy(
        component=product.component,
        stack=product.stack,
        major=product.major,
        os=product.os,
        arch=product.arch,
        wanted=1,
        committed=0,
        missing=1,
        teams=committed_parties(product, registry, on) if standing.title.parsed else (),
        why=Lack.NO_EA,
        ref=rollout.ref,
    )


def _of_pilot(pilot: Pilot, standing: PilotStanding, registry: Registry, on: dt.date) -> Iterator[Vacancy]:
    """A pilot that has not begun to run and none of whose sites has the level; volunteers do not fill it."""
    if not (pilot.whole and standing.phase in (PilotPhase.PREPARATION, PilotPhase.SETUP)):
        return
    level = standing.level
    fit = [
        site
        for site in pilot.sites
        if level is Level.NONE or holds_level(site, level, registry.commitments, standing.start or on)
    ]
    if fit:
        return
    hosts = {
        each.party: None
        for each in registry.commitments
        if each.level is level and level is not Level.NONE and holds_level(each.party, level, [each], on)
    }
    yield Vacancy(
        component=pilot.service or pilot.title,
        wanted=1,
        committed=0,
        missing=1,
        teams=tuple(hosts),
        why=Lack.PILOT,
        ref=pilot.ref,
        level=level,
    )
