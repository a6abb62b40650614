"""The pilots of the invented world: one in every state, told by the commands that brought it there, and an old one.

The old one is the example of DOMAIN §5.1: set up on Friday 13 February 2009, run for two weeks to Thursday the 26th.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from msgspec import structs

from ppstui.backends.demo.telling import MANAGER
from ppstui.model import (
    Comment,
    Milestone,
    NewPilot,
    Pilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Ref,
    Reply,
    Role,
    Software,
    Spent,
    StepState,
    Update,
)
from ppstui.rules.pilots.commands import pilot_preview
from ppstui.rules.policy import Policy

if TYPE_CHECKING:
    from ppstui.backends.demo.telling import Times
    from ppstui.model import PilotCommand

CNAF: Final = "NGI_IT-INFN-CNAF"
T1: Final = "NGI_IT-INFN-T1"
PIC: Final = "NGI_IBERGRID-pic"
CERN: Final = "CERN-CERN-PROD"
GLASGOW: Final = "NGI_UK-UKI-SCOTGRID-GLASGOW"
PRAGUE: Final = "NGI_CZ-praguelcg2"
KARLSRUHE: Final = "NGI_DE-FZK-LCG2"

_WIKI: Final = "https://wiki.example.org/pilots"


class _Story:
    """One pilot as it went; each method gives a command on a day, and returns the story."""

    def __init__(self, times: Times, ref: Ref, asked: dt.date, new: NewPilot) -> None:
        self._times = times
        self._policy = Policy(zone=times.zone) if isinstance(times.zone, ZoneInfo) else Policy()
        self._given = 0
        self.pilot = Pilot(ref=ref, url=f"{_WIKI}/{ref.id}")
        self.does(new, asked)

    def does(self, command: PilotCommand | Comment | Reply, on: dt.date, by: str = MANAGER) -> _Story:
        """Somebody gives a command on that day."""
        self._given += 1
        key = f"demo-{self._given}"
        noon = dt.datetime.combine(on, dt.time(12), self._times.zone).astimezone(dt.UTC)
        at = min(noon, self._times.ago(minutes=1 + 60 / self._given))
        made = pilot_preview(command, self.pilot, self._policy, at, by, key)
        # Nothing of this is pending, and no desk ever wrote it.
        messages = tuple(structs.replace(each, id=each.id.removeprefix("pending:"), marks=()) for each in made.messages)
        events = tuple(structs.replace(each, id=each.id.removeprefix("pending:")) for each in made.events)
        self.pilot = structs.replace(made, messages=messages, events=events, updated=at)
        return self

    def sign(
        self, number: int, on: dt.date, *spent: Spent, state: StepState = StepState.DONE, note: str = "", by: str = ""
    ) -> _Story:
        """A step is signed."""
        step = PilotStep(
            target=self.pilot.ref, number=number, on=on, spent=spent, state=state, note=note, by=by or MANAGER
        )
        return self.does(step, on)

    def plans(self, on: dt.date, **changes: Any) -> _Story:
        """The home page is edited."""
        return self.does(PilotEdit(target=self.pilot.ref, **changes), on)

    def writes(self, on: dt.date, by: str, text: str) -> _Story:
        """Somebody writes to everybody."""
        return self.does(Reply(target=self.pilot.ref, text=text), on, by)

    def prolongs(self, until: dt.date, reason: str, on: dt.date) -> _Story:
        """The run is prolonged."""
        return self.does(PilotProlong(target=self.pilot.ref, until=until, reason=reason), on)


def _work(role: Role, hours: float, site: str = "", note: str = "") -> Spent:
    return Spent(role=role, minutes=round(60 * hours), site=site, note=note)


class _Teller:
    """Tells the pilots of one source."""

    def __init__(self, source: str, times: Times) -> None:
        self.times = times
        self.source = source
        self.told: list[_Story] = []

    def asks(
        self,
        title: str,
        asked: dt.date,
        start: dt.date,
        *sites: str,
        update: Update = Update.MINOR,
        vos: tuple[str, ...] = (),
        **more: Any,
    ) -> _Story:
        """A pilot is asked for."""
        ref = Ref(self.source, f"pilot-{len(self.told) + 1}")
        more = {
            "service": title.partition(" ")[0],
            "coordinator": "Antonio Retico",
            "contact": "pps-support@example.org",
            "objectives": f"see that {title} carries the load of production",
            "metrics": "no job lost and no ticket open for five days",
            "documentation": f"{_WIKI}/{ref.id}/documentation",
            "requester": Role.VO if update is Update.MAJOR else Role.DEVELOPER,
            **more,
        }
        new = NewPilot(
            target=Ref(self.source, "new"), title=title, update=update, start=start, sites=sites, vos=vos, **more
        )
        story = _Story(self.times, ref, asked, new)
        self.told.append(story)
        return story


def pilots(times: Times) -> tuple[Pilot, ...]:
    """Every pilot of both sources."""
    first, second = _Teller("rt", times), _Teller("umd", times)
    _long_ago(first)
    _running(first)
    _ending(first)
    _beginning(first)
    _elsewhere(second)
    _over(second)
    return tuple(story.pilot for teller in (first, second) for story in teller.told)


def _long_ago(teller: _Teller) -> None:
    def day(text: str) -> dt.date:
        return dt.date.fromisoformat(f"2009-{text}")

    story = teller.asks(
        "WMS 3.1.100 with ICE",
        day("01-26"),
        day("02-06"),
        CNAF,
        update=Update.MAJOR,
        vos=("cms", "atlas"),
        description="The WMS that submits to CREAM by ICE, before it goes to production.",
        use_cases="analysis jobs of CMS by CRAB; production of ATLAS by Panda",
    )
    story.sign(2, day("02-02"), _work(Role.COORDINATOR, 6)).sign(4, day("02-03"), _work(Role.COORDINATOR, 2))
    story.sign(5, day("02-06"), _work(Role.COORDINATOR, 1), _work(Role.SITE, 1, CNAF), _work(Role.VO, 2, "cms"))
    story.sign(6, day("02-09"), _work(Role.REPOSITORY_MANAGER, 1))
    story.plans(day("02-09"), layout="wms011.example.org, LB on lb007.example.org", users="20 of CMS, 5 of ATLAS")
    story.sign(7, day("02-13"), _work(Role.SITE, 16, CNAF, "two people, one day each"), by="Daniele Cesini")
    story.plans(day("02-13"), milestones=(Milestone(on=day("02-20"), what="10,000 jobs a day"),))
    story.writes(day("02-20"), "crab-operator@cms.example.org", "10,217 jobs yesterday, none lost. It feels faster.\n")
    story.sign(8, day("02-26"), _work(Role.SITE, 8, CNAF), _work(Role.VO, 6, "cms"), by="Daniele Cesini")
    story.sign(9, day("03-03"), _work(Role.SITE, 4, CNAF), by="Daniele Cesini").sign(10, day("03-05"))
    closing = PilotClose(
        target=story.pilot.ref,
        on=day("03-05"),
        reason="stable under the load of CMS",
        follow_up="patch 2597 to certify",
    )
    story.does(closing, day("03-05"))


def _running(teller: _Teller) -> None:
    times = teller.times
    story = teller.asks("DPM 1.8.0", times.day(-20), times.day(-12), T1, PRAGUE, vos=("atlas",))
    story.sign(2, times.day(-15), _work(Role.COORDINATOR, 4)).sign(3, times.day(-12)).sign(6, times.day(-11))
    story.sign(7, times.day(-6), _work(Role.SITE, 12, T1), by="Elisabetta Ronchieri")
    story.plans(times.day(-6), milestones=(Milestone(on=times.day(-2), what="first 50 TB over https"),))
    story.writes(
        times.day(-1), "grid-admin@infn-t1.example.org", "Restarted srmv2.2 after a change of its threads: 40.\n"
    )
    story = teller.asks(
        "CREAM 1.14.1", times.day(-40), times.day(-28), PIC, update=Update.MAJOR, vos=("cms",), incompatible=False
    )
    story.sign(2, times.day(-34)).sign(4, times.day(-33)).sign(5, times.day(-28), _work(Role.COORDINATOR, 2))
    story.sign(6, times.day(-27)).sign(7, times.day(-21), _work(Role.SITE, 20, PIC), by="Marc Rodriguez")
    story.prolongs(times.day(5), "CMS lost a week to a broken proxy renewal", times.day(-8))
    story = teller.asks("StoRM 1.11.22", times.day(-24), times.day(-11), T1, update=Update.MAJOR, vos=("alice", "lhcb"))
    story.sign(2, times.day(-18)).sign(4, times.day(-17)).sign(5, times.day(-11)).sign(6, times.day(-10))
    story.does(Comment(target=story.pilot.ref, text="The site waits for a disk server; ring them."), times.day(-2))


def _ending(teller: _Teller) -> None:
    times = teller.times
    story = teller.asks("BDII 1.1.0", times.day(-30), times.day(-20), GLASGOW)
    story.sign(2, times.day(-22)).sign(3, times.day(-20)).sign(
        6, times.day(-20), state=StepState.SKIPPED, note="no need"
    )
    story.sign(7, times.day(-13), by="Stuart Purdie").sign(8, times.day(-7), by="Stuart Purdie")
    story = teller.asks("gLExec 0.9.6", times.day(-34), times.day(-24), T1)
    story.sign(2, times.day(-27)).sign(3, times.day(-24)).sign(6, times.day(-23)).sign(7, times.day(-17))
    story.sign(8, times.day(-11), by="Elisabetta Ronchieri")
    story = teller.asks("LB 4.0.1", times.day(-36), times.day(-26), PRAGUE, T1)
    story.sign(2, times.day(-29)).sign(3, times.day(-26)).sign(6, times.day(-25)).sign(7, times.day(-20))
    story.sign(8, times.day(-14)).sign(9, times.day(-2), _work(Role.SITE, 4, PRAGUE), by="Jan Kundrat")


def _beginning(teller: _Teller) -> None:
    times = teller.times
    story = teller.asks(
        "VOMS 2.0.8", times.day(-6), times.day(4), CERN, update=Update.MAJOR, vos=("atlas", "cms"), incompatible=True
    )
    story.sign(2, times.day(-2), _work(Role.COORDINATOR, 3)).sign(4, times.day(-1))
    teller.asks(
        "WMS 4.0.0",
        times.day(-3),
        times.day(11),
        update=Update.MAJOR,
        vos=("biomed",),
        incompatible=True,
        objectives="",
    )


def _elsewhere(teller: _Teller) -> None:
    times = teller.times
    story = teller.asks("ARC-CE 6.18.0", times.day(-9), times.day(-1), KARLSRUHE)
    story.sign(2, times.day(-4)).sign(3, times.day(-1))
    story = teller.asks(
        "HTCondor-CE 6.0.1", times.day(-12), times.day(-1), KARLSRUHE, update=Update.MAJOR, vos=("belle",)
    )
    story.sign(2, times.day(-6)).sign(4, times.day(-5)).sign(5, times.day(-1))
    story = teller.asks("XRootD 5.6.3", times.day(-5), times.day(5), GLASGOW, software=Software.CLIENT)
    story.sign(2, times.day(-1))
    story = teller.asks("cloud-info-provider 0.13", times.day(-12), times.day(-3), PIC, software=Software.NEW_SERVICE)
    story.sign(2, times.day(-6)).sign(3, times.day(-3)).sign(6, times.day(-2))


def _over(teller: _Teller) -> None:
    times = teller.times
    story = teller.asks("canl-c 3.0.0", times.day(-40), times.day(-30), PIC)
    story.sign(2, times.day(-33)).sign(3, times.day(-30)).sign(6, times.day(-29)).sign(7, times.day(-23))
    story.sign(8, times.day(-17)).sign(9, times.day(-12), _work(Role.SITE, 2, PIC)).sign(10, times.day(-1))
    story = teller.asks("dCache 9.2.0", times.day(-60), times.day(-50), KARLSRUHE, update=Update.MAJOR, vos=("belle",))
    story.sign(2, times.day(-54)).sign(4, times.day(-53)).sign(5, times.day(-50)).sign(6, times.day(-49))
    story.sign(7, times.day(-44), _work(Role.SITE, 18, KARLSRUHE))
    back = PilotRollBack(target=story.pilot.ref, on=times.day(-39), reason="pools lost their metadata at restart")
    story.does(back, times.day(-39))
    story = teller.asks("FTS 3.12.2", times.day(-45), times.day(-30), CERN)
    given_up = PilotCancel(
        target=story.pilot.ref, on=times.day(-33), reason="a newer release is announced for next week"
    )
    story.sign(2, times.day(-38)).does(given_up, times.day(-33))
    story = teller.asks("Argus 1.7.4", times.day(-70), times.day(-60), PIC)
    story.sign(2, times.day(-63)).sign(3, times.day(-60)).sign(6, times.day(-59)).sign(7, times.day(-53))
    story.sign(8, times.day(-47)).sign(9, times.day(-43), _work(Role.SITE, 4, PIC)).sign(10, times.day(-42))
    closing = PilotClose(target=story.pilot.ref, on=times.day(-42), reason="no complaints", follow_up="into UMD-4.19")
    story.does(closing, times.day(-42))
