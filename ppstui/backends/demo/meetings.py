"""The demo's agenda server: the meetings of the rule book (DOMAIN §7) around the week that one looks in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from ppstui.errors import Gone, Unsupported
from ppstui.model import Agenda, AgendaItem, Kind, Ref, command_name
from ppstui.port import Batch, Health, Offer
from ppstui.rules.clocks import instant, local_day

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ppstui.model import Command, Receipt, Record
    from ppstui.port import Since, Toolbox

_BACK, _AHEAD = 3, 5
"""Weeks that it lists."""
_EMT = (("Patches in certification", 15), ("Patches in staged rollout", 15), ("Production incidents", 10), ("AOB", 5))
_OPS = (
    ("gLite release status", 15),
    ("Active pilot services", 10),
    ("Early Adopter vacancies", 5),
    ("ROC reports [red]unread[/red]", 20),
)
_SCM = (("Release update", 15), ("GGUS summary", 10))


class _Series(NamedTuple):
    """Meetings of one kind."""

    title: str
    category: str
    weekday: int
    at: dt.time
    minutes: int
    items: tuple[tuple[str, int], ...] = ()
    weeks: int = 1
    room: str = "28-R-06 (CERN)"
    minutes_text: str = ""


_ALL: Final = (
    _Series("EMT meeting (Monday)", "EMT meetings", 0, dt.time(14, 30), 60, _EMT),
    _Series(
        "Weekly Operations meeting",
        "EGEE Operations meetings",
        0,
        dt.time(16),
        75,
        _OPS,
        minutes_text="Minutes\n- Two releases entered staged rollout.\n- Pilot WMS 3.2 extended by one week.",
    ),
    _Series("WLCG Operations", "WLCG Operations meetings", 2, dt.time(15), 30, (("Release status", 10),), room="vidyo"),
    _Series("EMT meeting (Wednesday)", "EMT meetings", 2, dt.time(16, 30), 45, _EMT[:1]),
    _Series("Tier1 Service Coordination Meeting", "Service Coordination", 3, dt.time(15, 30), 90, _SCM, weeks=2),
)
_FIRST = dt.date(2010, 1, 4)
"""The week from which every second one is counted."""
_OFF = 2
"""In so many weeks the meeting of Wednesday is cancelled."""


def demo_meetings(source: str, now: dt.datetime, zone: dt.tzinfo) -> Iterator[Agenda]:
    """Every meeting that is listed at `now`. The same week, the same meetings, but for what was written down."""
    today = local_day(now, zone)
    monday = today - dt.timedelta(days=today.weekday())
    for week in range(-_BACK, _AHEAD + 1):
        for number, series in enumerate(_ALL):
            day = monday + dt.timedelta(weeks=week, days=series.weekday)
            if (day - _FIRST).days // 7 % series.weeks == 0:
                yield _agenda(source, series, day, now, zone, number=number, cancelled=(week, number) == (_OFF, 3))


def _agenda(
    source: str, series: _Series, day: dt.date, now: dt.datetime, zone: dt.tzinfo, *, number: int, cancelled: bool
) -> Agenda:
    start = instant(day, series.at, zone)
    end = start + dt.timedelta(minutes=series.minutes)
    url = f"https://indico.example.org/event/{day:%Y%m%d}{number}/"
    items: list[AgendaItem] = []
    at = start
    for title, length in series.items:
        items.append(AgendaItem(title=title, start=at, minutes=length, url=f"{url}contributions/{len(items) + 1}/"))
        at += dt.timedelta(minutes=length)
    return Agenda(
        ref=Ref(source, f"{day:%Y%m%d}{number}"),
        url=url,
        title=series.title,
        start=start,
        end=end,
        category=series.category,
        room=series.room,
        cancelled=cancelled,
        description="Cancelled: public holiday" if cancelled else "",
        agenda=tuple(items),
        minutes=series.minutes_text if end < now else "",
    )


class DemoMeetings:
    """Lists meetings, and can do nothing else."""

    offer: Final = Offer(reads=frozenset({Kind.MEETING}))

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools

    def _now(self) -> dict[Ref, Agenda]:
        tools = self._tools
        return {each.ref: each for each in demo_meetings(tools.name, tools.clock(), tools.zone)}

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """See `port.Backend.fetch`."""
        del since
        if kind is not Kind.MEETING:
            raise Unsupported(f"{self._tools.name}: {kind.value} are not offered here", source=self._tools.name)
        yield Batch(records=tuple(self._now().values()), complete=True)

    async def look(self, ref: Ref) -> Record:
        """See `port.Backend.look`."""
        found = self._now().get(ref)
        if found is None:
            raise Gone(f"{self._tools.name}: there is no meeting {ref.id[:40]!r}", source=self._tools.name)
        return found

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """See `port.Backend.apply`: nothing is offered."""
        del key, seen
        name = self._tools.name
        raise Unsupported(f"{name}: {command_name(command)} is not offered here", source=name)

    async def check(self) -> Health:
        """See `port.Backend.check`."""
        return Health(text=f"{self._tools.name}: {len(self._now())} invented meetings")

    async def aclose(self) -> None:
        """There is nothing to let go of."""
