"""Reminders: to the teams of one rollout, or one digest to every team over everything that is overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.cli.piloting import reminder as pilot_remind
from ppstui.cli.whom import named
from ppstui.errors import Objected
from ppstui.model import Objection, Remind
from ppstui.rules import commands
from ppstui.rules.pilots import PilotCode
from ppstui.rules.pilots.reminders import reminded_step
from ppstui.rules.reminders import digests, owes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Command, Ref, Rollout
    from ppstui.rules.rollouts import Standing


def reminder(office: Office, ref: Ref, rollout: Rollout, text: str | None) -> Sequence[Command]:
    """One message to the teams that are named, else to all that owe something. Raises Objected when nobody does."""
    names = named(office, ref, rollout)
    if not names:
        names = tuple(team.team for team in office.standing(rollout).teams if team.assigned and owes(team))
    if not names:
        sentence = (
            f"nobody owes anything on {rollout.ref} now; --team TEAM --force --reason TEXT reminds one all the same"
        )
        raise Objected([Objection(rule="owes-nothing", text=sentence)])
    drafted = text or commands.draft("remind", rollout, names, office.desk.policy, office.desk.now())
    return [Remind(target=rollout.ref, teams=names, text=drafted)]


def overdue(office: Office, found: Sequence[tuple[Rollout, Standing]], text: str | None) -> Sequence[Command]:
    """One digest to every team whose answers or reports are overdue on these rollouts, each source by itself.

    Who was reminded too recently is left out, which is said; `--force` leaves nobody out.
    """
    return [
        structs.replace(digest, text=text) if text else digest
        for digest in digests(found, office.desk.policy, office.desk.now())
        if not _too_soon(office, digest)
    ]


def overdue_pilots(office: Office, text: str | None) -> Sequence[Command]:
    """One reminder to the owner of every step that is late, but where that is the coordinator."""
    due: list[Command] = []
    for pilot, standing in office.pilots():
        late = {entry.step for entry in standing.attention if entry.code in _LATE}
        step = reminded_step(standing)
        if step is None or step.number not in late:
            continue
        reminder = pilot_remind(pilot, standing, text)
        if not _too_soon(office, reminder):
            due.append(reminder)
    return due


_LATE = frozenset({PilotCode.STEP_OVERDUE, PilotCode.REPORT_OVERDUE})


def _too_soon(office: Office, reminder: Remind) -> bool:
    """Whether the last one is too recent, which is then said; `--force` lets it go all the same."""
    against = [objection for objection in office.desk.plan(reminder).objections if objection.rule == "cooldown"]
    if not against or office.options.force:
        return False
    for objection in against:
        office.console.complain(f"remind {reminder.target}: {objection.text}")
    return True
