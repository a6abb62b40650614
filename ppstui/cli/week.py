"""What follows from the board as a whole: what nobody tests, and the duties of the day."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ppstui.config.ticks import read_ticks
from ppstui.errors import UsageError
from ppstui.model import Agenda, Kind
from ppstui.rules.bulletin.audiences import Audience, bulletins_evidence
from ppstui.rules.clocks import local_day
from ppstui.rules.duties import Evidence, duties
from ppstui.rules.health import team_health
from ppstui.rules.meetings import Meeting
from ppstui.rules.registry import in_force
from ppstui.rules.teams import team_key
from ppstui.rules.vacancies import vacancies
from ppstui.views.pilot_records import health_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Commitment
    from ppstui.rules.duties import Duty
    from ppstui.rules.health import TeamHealth
    from ppstui.rules.vacancies import Vacancy
    from ppstui.views.pilot_records import HealthRecord

_SILENT = 3
"""After so many calls in a row that a team let pass it is time to ask whether it is still there (DOMAIN §10)."""


_REMEMBERED = 5000
"""Rollouts that teams are judged by, the open ones first: how they answered long ago says little of today."""


def health_of(office: Office) -> dict[str, TeamHealth]:
    """How well each team answers that was ever asked, by `team_key`."""
    return team_health(islice(office.rollouts(closed=True), _REMEMBERED), office.desk.policy)


def vacancies_now(office: Office) -> list[Vacancy]:
    """Every vacancy of today."""
    today = local_day(office.desk.now(), office.zone)
    return list(vacancies(office.board.registry(), office.rollouts(), office.pilots(), today))


NEEDS = (Kind.ROLLOUT, Kind.PILOT, Kind.TEAM, Kind.COMMITMENT, Kind.WISH, Kind.BULLETIN)
"""What follows from the board as a whole follows from all of these."""


def duties_now(office: Office, ticked: frozenset[str] | None = None) -> list[Duty]:
    """What is to be done now, the soonest first, without what was ticked by hand. Raises StoreError."""
    if ticked is None:
        ticked = frozenset(read_ticks(office.ticks))
    rollouts = tuple(office.rollouts())
    health = health_of(office)
    meetings = tuple(_meetings(office))
    evidence = Evidence(
        rollouts=rollouts,
        pilots=tuple(office.pilots()),
        meetings=meetings,
        agendas=tuple(_agendas(office)),
        bulletins=_published(office, [each.name for each in meetings]),
        vacancies=len(vacancies_now(office)),
        silent_teams=tuple(each.team for each in health.values() if each.unanswered >= _SILENT),
        ticked=ticked,
    )
    return list(duties(evidence, office.desk.policy, office.desk.now()))


def _agendas(office: Office) -> Iterator[Agenda]:
    """What servers list of meetings."""
    for line in office.board.lines(Kind.MEETING, closed=True):
        record = office.board.record(line.ref)
        if isinstance(record, Agenda):
            yield record


def _published(office: Office, meetings: Sequence[str]) -> dict[str, str]:
    """The meetings that a bulletin is for, each with the issue that was published last."""
    audiences = (Audience(name=name, meeting=table.meeting) for name, table in office.config.bulletin.items())
    lines = office.board.lines(Kind.BULLETIN, closed=True)
    issues = [issue for line in lines if (issue := office.board.bulletin(line.ref)) is not None]
    return bulletins_evidence(audiences, issues, meetings)


def name_of(duty: Duty, every: Sequence[Duty]) -> str:
    """What a duty is ticked with: its code, or its key where several have that code now."""
    return duty.code if sum(each.code == duty.code for each in every) == 1 else duty.key


class TeamBook:
    """What teams have committed themselves to now, and how well they answer; looked up once for all of them."""

    def __init__(self, office: Office) -> None:
        self._zone = office.zone
        self._health = health_of(office)
        self._committed: dict[str, list[Commitment]] = {}
        today = local_day(office.desk.now(), office.zone)
        for each in office.board.registry().commitments:
            if in_force(each, today):
                self._committed.setdefault(team_key(each.party), []).append(each)

    def committed(self, team: str) -> tuple[Commitment, ...]:
        """What it stands for today."""
        return tuple(self._committed.get(team_key(team), ()))

    def health(self, team: str) -> TeamHealth | None:
        """How well it answers; None while it was never asked."""
        return self._health.get(team_key(team))

    def told(self, team: str) -> HealthRecord | None:
        """The same for JSON."""
        health = self.health(team)
        return health_record(health, self._zone) if health else None


def _meetings(office: Office) -> Iterator[Meeting]:
    """The meetings of the configuration; one that nobody can understand is said, and left out."""
    for each in office.config.meetings:
        try:
            yield Meeting.parse(each.name, each.when, each.minutes, each.anchor)
        except UsageError as error:
            office.console.complain(f"meetings: {each.name}: {error}")
