"""The source `rt`: EMI, gLite, IGE and certificate releases in an old ticket system, with parents."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from ppstui.backends.demo import letters
from ppstui.backends.demo.telling import Teller
from ppstui.model import Phase

if TYPE_CHECKING:
    from ppstui.backends.demo.telling import Times
    from ppstui.model import Rollout

T1: Final = "ea-NGI_IT-INFN-T1"
PADOVA: Final = "ea-NGI_IT-INFN-PADOVA"
LISBON: Final = "ea-NGI_IBERGRID-LIP-Lisbon"
PIC: Final = "ea-NGI_IBERGRID-pic"
PRAGUE: Final = "ea-NGI_CZ-praguelcg2"
HELSINKI: Final = "ea-NGI_FI-FI_HIP_T2"
KNU: Final = "ea-AsiaPacific-LCG_KNU"
ZAGREB: Final = "ea-NGI_HR-egee.srce.hr"
GLASGOW: Final = "ea-NGI_UK-UKI-SCOTGRID-GLASGOW"
CERN: Final = "ea-CERN-CERN-PROD"
ATHENS: Final = "ea-NGI_GRNET-HG-03-AUTH"
KRAKOW: Final = "ea-NGI_PL-CYFRONET-LCG2"
MATRIX: Final = "ea-NGI_NL-SARA-MATRIX"
LA_PLATA: Final = "ea-ROC_LA-EELA-UNLP"

HOUR: Final = dt.timedelta(hours=1)
DAY: Final = dt.timedelta(days=1)


def rollouts(times: Times) -> tuple[Rollout, ...]:
    """Every rollout of this source, most of them in some kind of trouble."""
    teller = Teller("rt", times, "https://rt.example.org/rt/Ticket/Display.html?id={}", first_parent=18_100)
    _new(teller, times)
    _awaiting(teller, times)
    _testing(teller, times)
    _reporting(teller, times)
    _ending(teller, times)
    _strange(teller, times)
    return teller.records()


def _new(teller: Teller, times: Times) -> None:
    teller.tell("18301", "Staged Rollout EMI-2 emi-storm-globus-gridftp-mp 1.11.2-1 SL6 x86_64", days=0.05, owner="")
    story = teller.tell("18302", "Staged Rollout IGE-3.1 globus-gram5 13.53-2 SL6 x86_64", days=4, owner="")
    story.without("bugs", "documentation").note(times.ago(days=3), "Who has a GRAM5 in production? Ask on the list.")
    teller.tell("18303", "Staged Rollout CA 1.131", days=1.2).without("release-notes")


def _awaiting(teller: Teller, times: Times) -> None:
    story = teller.tell("18304", "Staged Rollout EMI-1.0 SE-DPM_mysql 1.8.0-1 SL5 x86_64", days=2)
    story.ask(T1, PADOVA, left=2 * HOUR).answer(PADOVA, times.ago(hours=1), letter=letters.QUOTED)
    story = teller.tell("18305", "Staged Rollout EMI-1.0 bdii-site 1.1.0-1 SL5 x86_64", days=3)
    story.ask(GLASGOW, left=dt.timedelta(minutes=20))
    story = teller.tell("18306", "Staged Rollout EMI-2 cream-ce 1.14.1-1 SL6 x86_64", days=8)
    story.ask(PRAGUE, left=-3 * DAY).ask(LISBON, left=-3 * DAY).remind(PRAGUE, times.ago(days=1, hours=3))
    story.answer(LISBON, times.ago(days=6), letter=letters.SIGNED)
    story = teller.tell("18307", "Staged Rollout EMI-2 wms 3.4.0-1 SL5 x86_64", days=12)
    story.ask(KRAKOW, CERN, left=-6 * DAY).remind(KRAKOW, times.ago(days=4)).remind(CERN, times.ago(days=4))
    story.note(times.ago(days=2), "Kraków is between two admins; ring Tomasz.")
    story = teller.tell("18308", "Staged Rollout gLite-3.2 glite-CREAM 3.2.8-0 SL5 x86_64", days=1)
    story.ask(KNU, HELSINKI, left=16 * HOUR).mail(
        times.ago(hours=2), "grid@lcg-knu.example.org", "accepted, thank you! We begin on Monday.\n"
    )
    story = teller.tell("18309", "Staged Rollout EMI-2 voms-mysql 2.0.8-1 SL6 x86_64", days=2.4)
    story.ask(ATHENS, left=3 * HOUR).mail(
        times.ago(hours=5),
        "volunteer@unlp.example.org",
        "Nobody asked us, but we run this very service:\n\naccept ROC_LA-EELA-UNLP\n",
    )


def _testing(teller: Teller, times: Times) -> None:
    story = teller.tell("18310", "Staged Rollout EMI-2 argus 1.5.0-1 SL6 x86_64", days=4)
    story.ask(T1, at=times.ago(days=3)).answer(T1, times.ago(days=2, hours=20), letter=letters.BELOW)
    story = teller.tell("18311", "Staged Rollout EMI-2 lfc_mysql 1.8.3-1 SL5 x86_64", days=5)
    story.ask(GLASGOW, MATRIX, at=times.ago(days=4)).answer(GLASGOW, times.ago(days=3, hours=8), letter=letters.OUTLOOK)
    story.answer(MATRIX, times.ago(days=3), "reject", letters.ASIDE).expose(times.day(2))
    story.incident(71_304, times.ago(days=1), "lfc_mysql: configuration fails when /etc/my.cnf exists")
    story = teller.tell("18312", "Staged Rollout EMI-2 unicore-tsi6 6.5.0-2 SL6 noarch", days=4)
    story.ask(ZAGREB, at=times.ago(days=3)).answer(ZAGREB, times.ago(hours=4), letter=letters.HTML)
    story.note(times.ago(hours=3), "Late, but it is in. They test on the old cluster first.")
    story = teller.tell("18313", "Staged Rollout EMI-2 dcache 1.9.12-17 SL5 x86_64", days=6)
    story.ask(PIC, PRAGUE, at=times.ago(days=5)).answer(PIC, times.ago(days=4, hours=20), letter=letters.OVER_TO_YOU)
    story.answer(PRAGUE, times.ago(days=4, hours=12)).expose(times.day(-2), team=PIC).expose(times.day(1), team=PRAGUE)


def _reporting(teller: Teller, times: Times) -> None:
    story = teller.tell("18314", "Staged Rollout EMI-1.0 px 1.3.11-1 SL5 x86_64", days=9)
    story.ask(LISBON, at=times.ago(days=8)).answer(LISBON, times.ago(days=7, hours=20)).expose(times.day(-6))
    story = teller.tell("18315", "Staged Rollout EMI-2 emi-ui 2.0.0-1 SL6 x86_64", days=18)
    story.ask(T1, HELSINKI, at=times.ago(days=17)).answer(T1, times.ago(days=16, hours=18), letter=letters.QUOTED)
    story.answer(HELSINKI, times.ago(days=16)).expose(times.working_day(7) - 6 * DAY).report(T1, times.ago(days=5))
    story = teller.tell("18316", "Staged Rollout EMI-2 emi-wn 2.0.0-1 SL6 x86_64", days=11)
    story.ask(KRAKOW, at=times.ago(days=10)).answer(KRAKOW, times.ago(days=9, hours=20)).expose(
        times.working_day(1) - 6 * DAY
    )
    story = teller.tell("18317", "Staged Rollout EMI-1.0 glexec-wn 1.0.2-1 SL5 x86_64", days=14)
    story.ask(MATRIX, at=times.ago(days=13)).answer(MATRIX, times.ago(days=12, hours=18)).expose(times.day(-9))
    story.report(MATRIX, times.ago(days=1), "ea-NGI_NL-SARA-MATRIX-EMI-glexec-wn-1.0.1-1.odt")
    story = teller.tell("18318", "Staged Rollout EMI-1.0 lb 3.0.11-1 SL5 x86_64", days=13)
    story.ask(PRAGUE, at=times.ago(days=12)).answer(PRAGUE, times.ago(days=11, hours=18)).expose(times.day(-10))
    story.report(PRAGUE, times.ago(days=2), "LB report Prague final (2).pdf")
    story = teller.tell("18319", "Staged Rollout gLite-3.2 glite-LFC_oracle 3.2.7-2 SL5 x86_64", days=16)
    story.ask(CERN, at=times.ago(days=15)).answer(CERN, times.ago(days=14, hours=20)).expose(
        times.day(-11), times.day(3), "the database was down for four days"
    )


def _ending(teller: Teller, times: Times) -> None:
    story = teller.tell("18320", "Staged Rollout EMI-1.0 dpm 1.8.2-1 SL5 x86_64", days=15)
    story.ask(T1, GLASGOW, at=times.ago(days=14)).answer(T1, times.ago(days=13, hours=20)).answer(
        GLASGOW, times.ago(days=13, hours=18)
    )
    story.expose(times.day(-11)).report(T1, times.ago(days=3)).report(GLASGOW, times.ago(days=2))
    story = teller.tell("18321", "Staged Rollout IGE-3.0 globus-32-bit 5.2.4 SL6 i686", days=14)
    story.ask(LISBON, at=times.ago(days=13)).answer(LISBON, times.ago(days=12, hours=20)).expose(times.day(-5))
    story.report(LISBON, times.ago(days=3)).decide("ACCEPT")
    story = teller.tell("18322", "Staged Rollout EMI-1.0 hydra 3.1.0-1 SL5 x86_64", days=10)
    story.ask(PIC, KNU, at=times.ago(days=9)).answer(PIC, times.ago(days=8, hours=20), "reject", letters.ASIDE)
    story.answer(KNU, times.ago(days=8), "reject").note(times.ago(days=6), "Polled the list; nobody has a hydra.")
    story = teller.tell("18323", "Staged Rollout EMI-1.0 amga 2.1.2-1 SL5 x86_64", days=40)
    story.ask(KNU, at=times.ago(days=39)).answer(KNU, times.ago(days=38)).stall(times.ago(days=30))
    story.note(times.ago(days=30), "The developers withdrew the packages; on hold until 2.1.3.")
    story = teller.tell("18290", "Staged Rollout EMI-1.0 mpi 1.0.0-1 SL5 x86_64", days=30)
    story.ask(LISBON, at=times.ago(days=29)).answer(LISBON, times.ago(days=28)).expose(times.day(-25))
    story.report(LISBON, times.ago(days=17)).decide("ACCEPT", "734").close(times.ago(days=15))
    story = teller.tell("18291", "Staged Rollout EMI-1.0 fts 2.2.6-1 SL5 x86_64", days=33)
    story.ask(CERN, at=times.ago(days=32)).answer(CERN, times.ago(days=31)).expose(times.day(-28))
    story.incident(70_891, times.ago(days=25), "fts: transfers hang after a restart of the agents")
    story.report(CERN, times.ago(days=20)).decide("REJECT", "735").close(times.ago(days=18))
    story = teller.tell("18292", "Staged Rollout EMI-1.0 cluster 1.0.1-1 SL5 x86_64", days=26)
    story.note(times.ago(days=25), "Twin of 18290's sister; made by mistake.").close(
        times.ago(days=25), Phase.REJECTED, told=False
    )
    story = teller.tell("18293", "Staged Rollout EMI-1.0 torque-server 2.5.7-1 SL5 x86_64", days=28)
    story.ask(ZAGREB, at=times.ago(days=27)).answer(ZAGREB, times.ago(days=26)).expose(times.day(-22))
    story.report(ZAGREB, times.ago(days=12)).decide("ACCEPT", "741").close(times.ago(days=10), told=False)


def _strange(teller: Teller, times: Times) -> None:
    """Titles that break programs, and tickets that break rules."""
    title = "Staged Rollout EMI-2 [red]frontier-squid[/red] 2.7.9-19 SL6 x86_64"
    teller.tell("18324", title, days=1).ask(GLASGOW, left=22 * HOUR)
    teller.tell("18325", "boom [/foo] please test the new VOMS [bold", days=2, owner="").without("bugs")
    story = teller.tell(
        "18326", "Staged Rollout EMI-2 \x1b[31;5mvomses\x1b[0m\x1b]0;owned\x07 2.0.9-1 SL6 x86_64", days=2
    )
    story.ask(LISBON, left=5 * HOUR).mail(
        times.ago(hours=6), "\x1b[2Jroot", "\x1b[1;1Haccept NGI_XX-NOBODY\x00\x9b31m\n"
    )
    story = teller.tell("18327", "Staged Rollout EMI-2 lb\x00client 3.2.1-1 SL6 x86_64\x00", days=2)
    story.ask(PRAGUE, left=-1 * DAY).answer(PRAGUE, times.ago(hours=6), letter=letters.SIGNED)
    story = teller.tell("18328", "Staged Rollout EMI-2 \u202e68_46x 6LS\u202c 1.2.3-1 \u2066SL6\u2069 x86_64", days=3)
    story.ask(ATHENS, at=times.ago(days=2)).answer(ATHENS, times.ago(days=1, hours=20), letter=letters.OVER_TO_YOU)
    story = teller.tell("18329", f"Staged Rollout EMI-2 {'very-long-component-' * 500}end 1.0-1 SL6 x86_64", days=2)
    story.ask(KRAKOW, left=19 * HOUR)
    title = "[rt.example.org #18330] Re: Staged  rollout   EMI-2 gridsite 1.7.19-1 SL6 x86_64"
    teller.tell("18330", title, days=2).ask(T1, PIC, left=4 * HOUR).answer(T1, times.ago(hours=2), letter=letters.HTML)
    story = teller.tell("18331", "Staged Rollout EMI-2 saga-python 1.5.2-1 SL6 noarch", days=6).parent("Unverified")
    story.ask("ea-INFN-T1", "EA_NGI_DE-FZK-LCG2", at=times.ago(days=1.2)).mail(
        times.ago(hours=20), "storage@infn-t1.example.org", "INFN-T1 Accept\n"
    )
    story = teller.tell("18332", "Staged Rollout EMI-2 proxyrenewal 1.3.22-1 SL6 x86_64", days=7)
    story.ask(PADOVA, KNU, at=times.ago(days=6)).answer(KNU, times.ago(days=5, hours=20)).answer(
        PADOVA, times.ago(days=5, hours=12)
    )
    story.drop(KNU, times.ago(days=4)).note(times.ago(days=4), "KNU has a cooling failure and is out.")
    story.answer(PADOVA, times.ago(days=3), "reject", letters.ASIDE)
    story.mail(
        times.ago(days=2),
        "grid-admin@infn-padova.example.org",
        "We found a node after all.\n\naccept NGI_IT-INFN-PADOVA\n",
    )
