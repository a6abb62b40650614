"""Pilots, registry entries and commands to both, for the contract."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from msgspec import structs

from ppstui.model import (
    Attachment,
    Commit,
    Commitment,
    Ending,
    EndKind,
    Event,
    ImportRegistry,
    Level,
    Link,
    Message,
    Milestone,
    NewPilot,
    Pilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Prolongation,
    Ref,
    Role,
    Software,
    Spent,
    StepState,
    Team,
    Update,
    Voice,
    Wish,
    WishFor,
    Withdraw,
)
from ppstui.rules.pilots.commands import pilot_preview
from ppstui.rules.pilots.workflow import SET_UP
from ppstui.rules.policy import Policy
from ppstui.testing.reading import NOON
from ppstui.testing.samples import TODAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Command, PilotCommand, RegistryCommand
    from ppstui.rules.registry import Registry

PILOT_CHANGES: tuple[type[Command], ...] = (
    *(PilotStep, PilotProlong, PilotEdit, PilotRollBack, PilotCancel, PilotClose),
)
"""Commands that change a pilot that is there."""
PILOT_COMMANDS: tuple[type[Command], ...] = (NewPilot, *PILOT_CHANGES)
REGISTRY_COMMANDS: tuple[type[Command], ...] = (Commit, Withdraw, WishFor, ImportRegistry)
POLICY: Final = Policy()
"""What backends work with that are opened without one."""

SITE: Final = "NGI_IT-INFN-CNAF"
_OTHER: Final = "NGI_IBERGRID-pic"


def new_pilot(source: str, title: str = "WMS 3.1") -> NewPilot:
    """A pilot that is asked for, without its plan: a desk puts that in."""
    return NewPilot(
        target=Ref(source, "new"),
        title=title,
        service="WMS",
        update=Update.MAJOR,
        software=Software.SERVER,
        incompatible=True,
        level=Level.GOLD,
        requester=Role.VO,
        sites=(SITE,),
        vos=("cms", "atlas"),
        coordinator="Antonio",
        contact="pps-support@example.org",
        start=TODAY - dt.timedelta(days=3),
        setup_days=5,
        run_weeks=3,
        objectives="replace the WMS of CMS",
    )


def pilot(source: str, number: int) -> Pilot:
    """A pilot that has been asked for and screened."""
    asked = NOON - dt.timedelta(days=20)
    made = pilot_preview(
        new_pilot(source, f"WMS 3.{number}"), Pilot(ref=Ref(source, f"pilot-{number}")), POLICY, asked, "antonio", ""
    )
    signed = PilotStep(target=made.ref, number=2, on=TODAY - dt.timedelta(days=8), by="antonio")
    return structs.replace(
        pilot_preview(signed, made, POLICY, NOON - dt.timedelta(days=8), "antonio", ""), events=(), updated=asked
    )


def full_pilot(source: str, number: int) -> Pilot:
    """A pilot with something of everything."""
    at = NOON - dt.timedelta(days=1)
    spent = (
        Spent(role=Role.SITE, minutes=720, site=SITE, on=TODAY, by="mario", note="two people"),
        Spent(role=Role.VO, minutes=-60, site="cms"),
    )
    plain = pilot(source, number)
    steps = [
        structs.replace(each, spent=spent, owner="Mario Rossi") if each.number == SET_UP else each
        for each in plain.steps
    ]
    return structs.replace(
        plain,
        steps=tuple(steps),
        prolongations=tuple(
            Prolongation(until=TODAY + dt.timedelta(days=n), reason=f"reason {n}", by="antonio", at=at) for n in (9, 12)
        ),
        ending=Ending(how=EndKind.ROLLED_BACK, on=TODAY, reason="jobs were lost", by="antonio"),
        follow_up="a patch is asked for",
        milestones=(Milestone(on=TODAY, what="first user jobs"),),
        metrics="10,000 jobs a day",
        users="20 of CMS",
        messages=(
            Message(id="m1", at=at, author="site admin", voice=Voice.REPLY, text="It runs.\n"),
            Message(id="m2", at=at, author="antonio", voice=Voice.COMMENT, text="Ring them.", marks=("key-of-old",)),
        ),
        links=(Link(url="https://wiki.example.org/wms", relation="documentation", title="WMS"),),
        attachments=(Attachment(id="a1", name="post-mortem.odt", at=at, size=12),),
        events=(Event(id="e1", at=at, author="antonio", text="step 2 done"),),
    )


def commitment(source: str, number: int, party: str) -> Commitment:
    """A team's commitment to one component, no other being committed to that."""
    return Commitment(
        ref=Ref(source, f"commitment-{number}"),
        party=party,
        component=f"arc{number}",
        stack="UMD",
        majors="4..5",
        os="EL9",
        arch="x86_64",
        since=TODAY - dt.timedelta(days=400),
        until=TODAY + dt.timedelta(days=400),
        note="by mail",
    )


def wish(source: str, number: int) -> Wish:
    """A wish for one component."""
    return Wish(ref=Ref(source, f"wish-{number}"), component=f"arc{number}", stack="UMD", minimum=2, note="asked for")


def pilot_command(kind: type[Command], ref: Ref, text: str = "hello from the contract") -> PilotCommand:
    """A command of that kind on that pilot."""
    every: tuple[PilotCommand, ...] = (
        new_pilot(ref.source, text),
        PilotStep(
            target=ref,
            number=SET_UP,
            on=TODAY,
            by="mario",
            note=text,
            spent=(Spent(role=Role.SITE, minutes=720, site=SITE, on=TODAY, note="two people"),),
        ),
        PilotProlong(target=ref, until=TODAY + dt.timedelta(days=30), reason=text),
        PilotEdit(
            target=ref,
            start=TODAY - dt.timedelta(days=1),
            users=text,
            sites=(SITE, _OTHER),
            milestones=(Milestone(on=TODAY + dt.timedelta(days=9), what="first jobs"),),
            planned=((9, TODAY + dt.timedelta(days=40)),),
            owners=((8, "Mario Rossi"),),
        ),
        PilotRollBack(target=ref, on=TODAY, reason=text),
        PilotCancel(target=ref, on=TODAY, reason=text),
        PilotClose(target=ref, on=TODAY, reason=text, follow_up="a patch is asked for"),
    )
    return next(each for each in every if type(each) is kind)


def pilot_rival(command: PilotCommand) -> PilotCommand:
    """What a colleague asks for that stands against it."""
    target = command.target
    match command:
        case PilotStep():
            return PilotStep(target=target, number=command.number, state=StepState.FAILED, on=TODAY, by="anna")
        case PilotProlong():
            return PilotProlong(target=target, until=TODAY + dt.timedelta(days=44), reason="theirs")
        case PilotEdit():
            return PilotEdit(target=target, users="theirs")
        case PilotCancel():
            return PilotRollBack(target=target, on=TODAY, reason="theirs")
        case _:
            return PilotCancel(target=target, on=TODAY, reason="theirs")


def pilot_facts(pilot: Pilot) -> Pilot:
    """What a pilot says, without what each source says in its own way: names of accounts, revs, what hangs on it."""
    steps = tuple(
        structs.replace(each, by="", ref=None, spent=tuple(structs.replace(spent, by="") for spent in each.spent))
        for each in pilot.steps
    )
    return structs.replace(
        pilot,
        url="",
        rev="",
        status="",
        steps=steps,
        prolongations=tuple(structs.replace(each, by="", at=None) for each in pilot.prolongations),
        ending=structs.replace(pilot.ending, by="") if pilot.ending else None,
        created=None,
        updated=None,
        links=(),
        attachments=(),
        messages=(),
        events=(),
    )


def registry_command(kind: type[Command], source: str, teams: Sequence[str]) -> RegistryCommand:
    """A command of that kind to a registry that has `commitment` 1 and 2 of the first two teams, and `wish` 1."""
    target = Ref(source, "new")
    first = commitment(source, 1, teams[0])
    every: tuple[RegistryCommand, ...] = (
        Commit(target=target, party=teams[2], level=Level.GOLD, since=TODAY, note="hello"),
        Withdraw(target=target, party=teams[0], component=first.component, reason="they closed"),
        WishFor(target=target, component="dpm", stack="UMD", majors="5", minimum=3, note="hello"),
        ImportRegistry(
            target=target,
            partners=(Team(ref=Ref(source, "team-9"), name="NGI_XX-NEW", note="of the file"),),
            commitments=(structs.replace(first, note="of the file"), commitment(source, 9, "NGI_XX-NEW")),
            wishes=(Wish(ref=Ref(source, "wish-9"), component="dpm"),),
            remove=(Ref(source, "commitment-2"), Ref(source, "wish-1")),
        ),
    )
    return next(each for each in every if type(each) is kind)


def entries(registry: Registry) -> list[str]:
    """What the entries of a registry say, in any order; their ids and revs are the source's."""
    return sorted(
        repr(structs.replace(each, ref=Ref("", ""), rev="", url=""))
        for each in (*registry.partners, *registry.commitments, *registry.wishes)
    )
