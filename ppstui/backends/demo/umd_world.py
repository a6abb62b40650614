"""The source `umd`: releases of UMD and CMD in a newer tracker, and what people write in their own alphabets."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from ppstui.backends.demo import letters
from ppstui.backends.demo.rt_world import (
    ATHENS,
    CERN,
    GLASGOW,
    HELSINKI,
    KNU,
    KRAKOW,
    LA_PLATA,
    LISBON,
    PIC,
    PRAGUE,
    T1,
    ZAGREB,
)
from ppstui.backends.demo.telling import Teller

if TYPE_CHECKING:
    from ppstui.backends.demo.telling import Times
    from ppstui.model import Rollout

KARLSRUHE: Final = "ea-NGI_DE-FZK-LCG2"
PROTVINO: Final = "ea-Russia-RU-Protvino-IHEP"
HOUR: Final = dt.timedelta(hours=1)
DAY: Final = dt.timedelta(days=1)


def rollouts(times: Times) -> tuple[Rollout, ...]:
    """Every rollout of this source; it keeps no parents."""
    teller = Teller("umd", times, "https://jira.example.org/browse/{}")
    _live(teller, times)
    _closed(teller, times)
    _alphabets(teller, times)
    return teller.records()


def _live(teller: Teller, times: Times) -> None:
    teller.tell("UMD-231", "Staged Rollout UMD-5 xrootd 5.6.3 EL9 x86_64", days=0.3, owner="")
    story = teller.tell("UMD-230", "Staged Rollout UMD-5 htcondor-ce 6.0.1 EL9 x86_64", days=2)
    story.ask(KARLSRUHE, GLASGOW, left=6 * HOUR).answer(GLASGOW, times.ago(hours=3), letter=letters.SIGNED)
    story = teller.tell("UMD-229", "Staged Rollout UMD-5 arc-ce 6.18.0 EL9 x86_64", days=3)
    story.ask(HELSINKI, PROTVINO, left=-4 * HOUR).answer(HELSINKI, times.ago(hours=20), letter=letters.BELOW)
    story = teller.tell("UMD-228", "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64", days=7)
    story.ask(HELSINKI, ATHENS, at=times.ago(days=6)).answer(HELSINKI, times.ago(days=5, hours=20))
    story.answer(ATHENS, times.ago(days=5, hours=8), letter=letters.OVER_TO_YOU).expose(times.day(-3))
    story.mail(
        times.ago(days=1),
        "grid-admin@fi-hip-t2.example.org",
        "Upgraded two of four nodes; 12,000 jobs so far, nothing odd in the logs.\n",
    )
    story = teller.tell("UMD-227", "Staged Rollout UMD-4 cvmfs 2.11.2 CENTOS7 x86_64", days=8)
    story.ask(CERN, PIC, at=times.ago(days=7)).answer(CERN, times.ago(days=6, hours=20)).answer(PIC, times.ago(days=6))
    story.expose(times.day(-5), times.day(4), "the squids are replaced this week")
    story = teller.tell("UMD-226", "Staged Rollout UMD-4 dmlite 1.15.2 CENTOS7 x86_64", days=12)
    story.ask(ZAGREB, at=times.ago(days=11)).answer(ZAGREB, times.ago(days=10, hours=20)).expose(
        times.working_day(2) - 6 * DAY
    )
    story = teller.tell("UMD-225", "Staged Rollout UMD-4 frontier-squid 5.9.1-1 CENTOS7 x86_64", days=13)
    story.ask(LISBON, at=times.ago(days=12)).answer(LISBON, times.ago(days=11, hours=20)).expose(times.day(-8))
    story.report(LISBON, times.ago(days=1)).decide("", "812")
    story = teller.tell("UMD-224", "Staged Rollout UMD-4 davix 0.8.5 CENTOS7 x86_64", days=10)
    story.ask(PRAGUE, at=times.ago(days=9)).answer(PRAGUE, times.ago(days=8, hours=20)).decide("ACCEPT", "813")
    story.expose(times.day(-8)).report(PRAGUE, times.ago(hours=5))
    story = teller.tell("UMD-223", "Staged Rollout CMD-1 cloud-info-provider 0.13.0 UBUNTU2204 amd64", days=3)
    story.ask(KARLSRUHE, at=times.ago(days=2.5)).answer(KARLSRUHE, times.ago(hours=30), "reject", letters.ASIDE)
    story = teller.tell("UMD-222", "Staged Rollout SAM-1 argo-ncg 0.4.16 CENTOS7 noarch", days=2)
    story.ask(KRAKOW, left=20 * HOUR).answer(KRAKOW, times.ago(minutes=50), letter=letters.QUOTED)
    story = teller.tell("UMD-221", "Staged rollout UMD-4 gfal2 2.21.5 CENTOS7 x86_64", days=5)
    story.ask(T1, at=times.ago(days=4)).answer(T1, times.ago(days=3, hours=20)).expose(times.day(-1))
    story.incident(163_044, times.ago(hours=7), "gfal2: checksum of a file of 0 bytes is wrong over https")
    teller.tell("UMD-220", "Staged Rollout UMD-4 CENTOS7", days=6, owner="").without("documentation")


def _closed(teller: Teller, times: Times) -> None:
    names = (
        ("UMD-219", "Staged Rollout UMD-4 canl-c 3.0.0-8 CENTOS7 x86_64", PIC, "ACCEPT", "801"),
        ("UMD-218", "Staged Rollout UMD-4 egi-cvmfs 4.7-1 CENTOS7 noarch", CERN, "ACCEPT", "802"),
        ("UMD-217", "Staged Rollout UMD-4 voms-clients-java 3.3.3 CENTOS7 noarch", KNU, "REJECT", "803"),
        ("UMD-216", "Staged Rollout UMD-4 storm 1.11.22 CENTOS7 x86_64", T1, "ACCEPT", ""),
        ("UMD-215", "Staged Rollout UMD-4 unicore-uas 8.0.4 CENTOS7 noarch", KRAKOW, "", ""),
    )
    for number, (record_id, title, team, outcome, document) in enumerate(names):
        days = 20 + 6 * number
        story = teller.tell(record_id, title, days=days)
        letter = letters.LETTERS[number % len(letters.LETTERS)]
        story.ask(team, at=times.ago(days=days - 1)).answer(team, times.ago(days=days - 2), letter=letter)
        story.expose(times.day(3 - days)).report(team, times.ago(days=days - 11))
        story.decide(outcome, document).close(times.ago(days=days - 13))


def _alphabets(teller: Teller, times: Times) -> None:
    """Titles as they come when nobody reads the instructions, in four alphabets and without any."""
    story = teller.tell("UMD-214", "Δοκιμή: νέα έκδοση του ARC-CE για το HG-03-AUTH (επείγον)", days=3)  # noqa: RUF001 (Greek)
    story.ask(ATHENS, left=7 * HOUR)
    story = teller.tell("UMD-213", "Обновление dCache 9.2 на площадке RU-Protvino-IHEP — ещё одна проверка", days=4)
    story.ask(PROTVINO, at=times.ago(days=3)).answer(PROTVINO, times.ago(days=2, hours=20), letter=letters.OVER_TO_YOU)
    story = teller.tell("UMD-212", "اختبار الإصدار الجديد من VOMS قبل يوم الخميس", days=5)
    story.ask(LA_PLATA, left=21 * HOUR)
    story = teller.tell("UMD-211", "段階的導入: 新しい版 xrootd 5.6.3 の試験 (EL9) をお願いします", days=2)
    story.ask(KNU, left=18 * HOUR).mail(
        times.ago(hours=2), "grid@lcg-knu.example.org", "확인했습니다.\n\naccept AsiaPacific-LCG_KNU\n"
    )
    title = (
        "👩‍🔬👨‍👩‍👧‍👦🏳️‍🌈 e\u0301\u0323\u0323\u0323 \u200b\ufeffnew squid!!! 🚀🚀🚀 \t %WIKI% <script>alert(1)</script>"
    )
    teller.tell("UMD-210", title, days=1, owner="")
