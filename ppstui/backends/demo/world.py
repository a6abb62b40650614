"""The invented world: two sources whose deadlines are alive whenever it is opened; and worlds of any size."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import structs

from ppstui.backends.demo import letters, rt_world, umd_world
from ppstui.backends.demo.pilots import pilots
from ppstui.backends.demo.registry import commitments, wishes
from ppstui.backends.demo.teams import sites, teams
from ppstui.backends.demo.telling import Teller, Times
from ppstui.model import Ref, Rollout
from ppstui.rules.names import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Record

WORLDS: Final = ("rt", "umd")
"""The two sources, by name."""

BEAT: Final = dt.timedelta(seconds=150)
"""How often something happens while one looks on."""


def demo_world(now: dt.datetime, zone: dt.tzinfo) -> tuple[Record, ...]:
    """Every record of both sources, as it stands at `now`; days are days of `zone`. The same `now`, the same world.

    Rollouts in every stage of DOMAIN §2, teams in every state, titles that break programs, then the teams and the
    partner sites, pilots in every state of DOMAIN §5, and who is committed to what.
    """
    times = Times(now, zone)
    rollouts = (*rt_world.rollouts(times), *umd_world.rollouts(times))
    return (*rollouts, *teams(), *sites(), *pilots(times), *commitments(times), *wishes())


class Happening(NamedTuple):
    """What a team does while one looks on."""

    source: str
    id: str
    author: str
    text: str


class Happened(NamedTuple):
    """It has happened: as the how manyth, and when."""

    number: int
    at: dt.datetime
    what: Happening


def says(source: str, record_id: str, team: str, verb: str = "accept", letter: str = letters.PLAIN) -> Happening:
    """A team's answer, as its site would send it."""
    site = short(team).partition("-")[2].lower().replace("_", "-")
    text = letter.replace("{line}", f"{verb} {short(team)}")
    return Happening(source, record_id, f"grid-admin@{site}.example.org", text)


HAPPENINGS: Final = (
    says("rt", "18305", rt_world.GLASGOW, letter=letters.QUOTED),
    says("umd", "UMD-229", umd_world.PROTVINO, letter=letters.SIGNED),
    says("rt", "18306", rt_world.PRAGUE, letter=letters.OVER_TO_YOU),
    says("rt", "18307", rt_world.CERN, "reject", letters.ASIDE),
    says("umd", "UMD-230", umd_world.KARLSRUHE, letter=letters.BELOW),
    says("rt", "18304", rt_world.T1),
    Happening("umd", "UMD-228", "grid-admin@hg-03-auth.example.org", "20,000 jobs now; still quiet.\n"),
    says("rt", "18308", rt_world.HELSINKI, letter=letters.OUTLOOK),
)
"""In this order, one a beat, and then no more: enough to see a refresh show something, too little to annoy."""


def happened(source: str, opened: dt.datetime, now: dt.datetime) -> tuple[Happened, ...]:
    """What happened at one source since the demo was opened, in order."""
    beats = int((now - opened) / BEAT)
    return tuple(
        Happened(number, opened + BEAT * number, each)
        for number, each in enumerate(HAPPENINGS, 1)
        if number <= beats and each.source == source
    )


def of_source(world: str, name: str, now: dt.datetime, zone: dt.tzinfo) -> tuple[Record, ...]:
    """The records of one of the two sources, under the name it has in a configuration."""
    return tuple(_named(record, name) for record in demo_world(now, zone) if record.ref.source == world)


def _named(record: Record, name: str) -> Record:
    ref = Ref(name, record.ref.id)
    if isinstance(record, Rollout) and record.parent is not None:
        parent = structs.replace(record.parent, ref=Ref(name, record.parent.ref.id))
        return structs.replace(record, ref=ref, parent=parent)
    return structs.replace(record, ref=ref)


_COMPONENTS: Final = (
    "dpm",
    "cream-ce",
    "wms",
    "bdii-site",
    "voms-mysql",
    "argus",
    "storm",
    "dcache",
    "lb",
    "arc6",
    "xrootd",
)
_ASKED: Final = (
    *(rt_world.T1, rt_world.PADOVA, rt_world.LISBON, rt_world.PIC, rt_world.PRAGUE, rt_world.HELSINKI, rt_world.KNU),
    *(rt_world.ZAGREB, rt_world.GLASGOW, rt_world.CERN, rt_world.ATHENS, rt_world.KRAKOW, rt_world.MATRIX),
)


def bulk(
    n: int, now: dt.datetime, source: str = "rt", live: float = 0.4, zone: dt.tzinfo = dt.UTC
) -> Iterator[Rollout]:
    """So many rollouts, one after the other, the given share of them live; the same arguments, the same rollouts."""
    times = Times(now, zone)
    for number in range(n):
        teller = Teller(source, times, "https://rt.example.org/rt/Ticket/Display.html?id={}")
        component = _COMPONENTS[number % len(_COMPONENTS)]
        title = (
            f"Staged Rollout UMD-{4 + number % 2} {component} {1 + number % 9}.{number % 23}.{number % 7}-1 EL9 x86_64"
        )
        first, second = _ASKED[number % len(_ASKED)], _ASKED[(number * 5 + 1) % len(_ASKED)]
        lives = (number * 37) % 100 < live * 100
        days = 1 + number % 20 if lives else 21 + number % 700
        story = teller.tell(str(20_000 + number), title, days=days)
        if lives and number % 11 == 0:
            yield story.record()
            continue
        story.ask(*dict.fromkeys((first, second)), at=times.ago(days=days * 0.9))
        letter = letters.LETTERS[number % len(letters.LETTERS)]
        if not lives or number % 3:
            story.answer(first, times.ago(days=days * 0.85), letter=letter)
        if not lives or number % 5 == 0:
            story.expose(times.today - dt.timedelta(days=int(days * 0.8)))
        if not lives:
            story.report(first, times.ago(days=days * 0.5))
            story.decide("ACCEPT" if number % 10 else "REJECT", str(number)).close(times.ago(days=days * 0.4))
        yield story.record()
