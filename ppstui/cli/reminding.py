"""Reminders: to the teams of one rollout, or one digest to every team over everything that is overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.cli.whom import named
from ppstui.errors import Objected
from ppstui.model import Objection, Remind
from ppstui.rules import commands
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
    due: list[Command] = []
    for digest in digests(found, office.desk.policy, office.desk.now()):
        against = [objection for objection in office.desk.plan(digest).objections if objection.rule == "cooldown"]
        if against and not office.options.force:
            for objection in against:
                office.console.complain(f"remind {digest.target}: {objection.text}")
        else:
            due.append(structs.replace(digest, text=text) if text else digest)
    return due
