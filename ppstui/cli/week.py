"""What follows from the board as a whole: what nobody tests, and the duties of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import UsageError
from ppstui.rules.clocks import local_day
from ppstui.rules.duties import Evidence, duties
from ppstui.rules.health import team_health
from ppstui.rules.meetings import Meeting
from ppstui.rules.vacancies import vacancies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.cli.office import Office
    from ppstui.rules.duties import Duty
    from ppstui.rules.vacancies import Vacancy

_SILENT = 3
"""After so many calls in a row that a team let pass it is time to ask whether it is still there (DOMAIN §10)."""


def vacancies_now(office: Office) -> list[Vacancy]:
    """Every vacancy of today."""
    today = local_day(office.desk.now(), office.zone)
    return list(vacancies(office.board.registry(), office.rollouts(), office.pilots(), today))


def duties_now(office: Office) -> list[Duty]:
    """What is to be done now, the soonest first."""
    rollouts = tuple(office.rollouts())
    health = team_health(office.rollouts(closed=True), office.desk.policy)
    slug = {"".join(filter(str.isalnum, name.casefold())) for name in office.config.bulletin}
    meetings = tuple(_meetings(office))
    evidence = Evidence(
        rollouts=rollouts,
        pilots=tuple(office.pilots()),
        meetings=meetings,
        bulletins={each.name: "" for each in meetings if "".join(filter(str.isalnum, each.name.casefold())) in slug},
        vacancies=len(vacancies_now(office)),
        silent_teams=tuple(each.team for each in health.values() if each.unanswered >= _SILENT),
    )
    return list(duties(evidence, office.desk.policy, office.desk.now()))


def _meetings(office: Office) -> Iterator[Meeting]:
    """The meetings of the configuration; one that nobody can understand is said, and left out."""
    for each in office.config.meetings:
        try:
            yield Meeting.parse(each.name, each.when, each.minutes, each.anchor)
        except UsageError as error:
            office.console.complain(f"meetings: {each.name}: {error}")
