"""Who is committed to what in the invented world, and what is wished for: some of it met, some of it by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ppstui.backends.demo.pilots import CERN, CNAF, GLASGOW, KARLSRUHE, PIC, PRAGUE, T1
from ppstui.backends.demo.teams import teams
from ppstui.model import Commitment, Level, Ref, Wish

if TYPE_CHECKING:
    from ppstui.backends.demo.telling import Times

_LEVELS: Final = (
    ("rt", T1, Level.GOLD, None),
    ("rt", T1, Level.PLATINUM, -30),
    ("rt", PIC, Level.GOLD, None),
    ("rt", CERN, Level.PLATINUM, 200),
    ("rt", GLASGOW, Level.GOLD, 40),
    ("rt", PRAGUE, Level.SILVER, None),
    ("rt", CNAF, Level.GOLD, None),
    ("umd", KARLSRUHE, Level.GOLD, None),
)
"""Source, site, the level it holds, and its last day from today; Platinum of one of them ran out a month ago."""

_SYSTEMS: Final = {"rt": ("EMI", "1..3", "SL6"), "umd": ("UMD", "4..", "")}
"""Stack, major versions and OS of what the teams of a source are committed to."""

_WISHES: Final = (
    ("rt", "dpm", "EMI", 2, "used by a third of the sites"),
    ("rt", "cream-ce", "EMI", 2, ""),
    ("rt", "storm", "EMI", 2, "INFN asks for a second site"),
    ("rt", "globus-gram5", "IGE", 1, ""),
    ("rt", "glexec-wn", "EMI", 1, ""),
    ("rt", "unicore-gateway6", "EMI", 1, ""),
    ("umd", "xrootd", "UMD", 2, ""),
    ("umd", "htcondor-ce", "UMD", 2, ""),
    ("umd", "davix", "UMD", 1, ""),
)
"""Source, component, stack, how many are wished for, and why."""

_SINCE: Final = -400
"""When the commitments began, in days from today."""


def commitments(times: Times) -> tuple[Commitment, ...]:
    """The levels of the sites, and each team's components."""
    told: list[Commitment] = []

    def add(source: str, **facts: object) -> None:
        number = 1 + sum(each.ref.source == source for each in told)
        since = times.day(_SINCE)
        told.append(Commitment(ref=Ref(source, f"commitment-{number}"), since=since, **facts))  # type: ignore[arg-type]

    for source, site, level, left in _LEVELS:
        add(source, party=site, level=level, until=times.day(left) if left is not None else None)
    for team in teams():
        stack, majors, os = _SYSTEMS[team.ref.source]
        for component in team.components:
            add(team.ref.source, party=team.name, component=component, stack=stack, majors=majors, os=os)
    return tuple(told)


def wishes() -> tuple[Wish, ...]:
    """What is wished for."""
    told: list[Wish] = []
    for source, component, stack, minimum, note in _WISHES:
        ref = Ref(source, f"wish-{1 + sum(each.ref.source == source for each in told)}")
        told.append(Wish(ref=ref, component=component, stack=stack, minimum=minimum, note=note))
    return tuple(told)
