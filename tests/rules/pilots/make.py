"""Pilots for tests, in a few words: asked for, signed step by step, looked at on a day, at noon in Zurich."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import Commitment, Level, NewPilot, Pilot, PilotStep, Ref, Software, StepState, Update
from ppstui.rules.pilots import PilotAttention, PilotCode, PilotStanding, pilot_standing
from ppstui.rules.pilots.commands import pilot_effects, pilot_preview
from ppstui.rules.pilots.guards import pilot_objections
from ppstui.rules.policy import Policy
from tests.rules.make import at, day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Objection, PilotCommand
    from ppstui.rules.pilots.commands import Spoken

POLICY = Policy()
REF = Ref("local", "pilot-1")
NEW = Ref("local", "new")
CNAF = "NGI_IT-INFN-CNAF"
PIC = "NGI_IBERGRID-pic"
NOON = dt.time(12)
MAJOR_STEPS = (1, 2, 4, 5, 6, 7, 8, 9, 10)
MINOR_STEPS = (1, 2, 3, 6, 7, 8, 9, 10)


def new(  # noqa: PLR0913  a builder has a word for every fact
    update: Update = Update.MAJOR,
    *,
    start: str = "2009-02-06",
    title: str = "WMS 3.1",
    sites: Sequence[str] = (CNAF,),
    vos: Sequence[str] = ("cms",),
    weeks: int = 0,
    setup_days: int = 7,
    mirror: bool = True,
    incompatible: bool = False,
    software: Software = Software.SERVER,
) -> NewPilot:
    return NewPilot(
        target=NEW,
        title=title,
        update=update,
        software=software,
        incompatible=incompatible,
        sites=tuple(sites),
        vos=tuple(vos),
        coordinator="Antonio",
        contact="pps-support@cern.ch",
        start=day(start) if start else None,
        setup_days=setup_days,
        run_weeks=weeks,
        mirror=mirror,
        objectives="replace the WMS of CMS",
        metrics="10,000 jobs a day for five days",
        documentation="https://example.org/wms",
    )


def noon(text: str) -> dt.datetime:
    return at(f"{text} 12:00")


def made(command: NewPilot, on: str = "2009-01-26", policy: Policy = POLICY) -> Pilot:
    """The pilot that a command makes."""
    return pilot_preview(command, Pilot(ref=REF), policy, noon(on), "antonio", "new-1")


def sign(number: int, on: str = "", state: StepState = StepState.DONE, **more: str) -> PilotStep:
    return PilotStep(target=REF, number=number, state=state, on=day(on) if on else None, by=more.get("by", ""))


def after(pilot: Pilot, *commands: PilotCommand | Spoken, on: str, policy: Policy = POLICY) -> Pilot:
    """The pilot after these commands, given at noon of that day."""
    for number, command in enumerate(commands):
        pilot = pilot_preview(command, pilot, policy, noon(on), "antonio", f"{on}-{number}-{len(pilot.events)}")
    return pilot


def driven(pilot: Pilot, days: dict[int, str], policy: Policy = POLICY) -> Pilot:
    """The pilot with its steps signed, each on its day."""
    for number, text in days.items():
        pilot = after(pilot, sign(number, text), on=text, policy=policy)
    return pilot


def stands(pilot: Pilot, on: str, policy: Policy = POLICY, known: Sequence[Commitment] | None = None) -> PilotStanding:
    moment = at(on) if " " in on else noon(on)
    return pilot_standing(pilot, policy, moment, known)


def codes(pilot: Pilot, on: str) -> list[str]:
    return [entry.code.value for entry in stands(pilot, on).attention]


def entry(pilot: Pilot, code: PilotCode, on: str) -> PilotAttention:
    (one,) = (each for each in stands(pilot, on).attention if each.code is code)
    return one


def against(
    command: PilotCommand | Spoken, pilot: Pilot | None, on: str, known: Sequence[Commitment] | None = None
) -> list[Objection]:
    return list(pilot_objections(command, pilot, POLICY, noon(on), known))


def rules(
    command: PilotCommand | Spoken, pilot: Pilot | None, on: str, known: Sequence[Commitment] | None = None
) -> list[tuple[str, bool]]:
    """The rules against a command, and whether each blocks."""
    return [(objection.rule, objection.blocking) for objection in against(command, pilot, on, known)]


def does(command: PilotCommand | Spoken, pilot: Pilot | None, on: str) -> list[tuple[str, str, str]]:
    return [(effect.what, effect.before, effect.after) for effect in pilot_effects(command, pilot, POLICY, noon(on))]


def gold(site: str, level: Level = Level.GOLD, since: str = "", until: str = "") -> Commitment:
    return Commitment(
        ref=Ref("local", f"{site}-{level.value}"),
        party=site,
        level=level,
        since=day(since) if since else None,
        until=day(until) if until else None,
    )


WMS = {1: "2009-01-26", 2: "2009-02-02", 4: "2009-02-04", 5: "2009-02-06", 6: "2009-02-10", 7: "2009-02-13"}
"""The steps of the real pilot up to the completed installation."""


def wms(up_to: int = 7, **last: str) -> Pilot:
    """The pilot of WMS 3.1 that ran from Friday 13 to Thursday 26 February 2009 (DOMAIN §3)."""
    return driven(
        made(new()),
        {number: text for number, text in WMS.items() if number <= up_to}
        | {int(number.removeprefix("step_")): text for number, text in last.items()},
    )
