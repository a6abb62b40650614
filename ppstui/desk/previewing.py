"""How pilots, commitments and wishes are judged; loaded when the first of them is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ppstui.desk.judging import Judge, Simple, folded, stopped_text
from ppstui.model import Commitment, Kind, Level, Pilot, Role, Wish, about_pilots
from ppstui.rules.clocks import local_day
from ppstui.rules.horizon import over, plausible
from ppstui.rules.pilots import PilotAttention, PilotCode, PilotStanding, pilot_standing, pilot_urgency
from ppstui.rules.pilots.commands import pilot_preview
from ppstui.rules.rollouts import Severity
from ppstui.store import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

    from ppstui.desk.judging import Scene
    from ppstui.model import Entry
    from ppstui.rules.policy import Policy


class _Pilots(Judge[Pilot, PilotStanding]):
    def standing(self, record: Pilot, scene: Scene) -> PilotStanding:
        return pilot_standing(record, scene.policy, scene.now, scene.commitments)

    def place(self, record: Pilot, found: PilotStanding, scene: Scene) -> Place:
        words = folded(_pilot_words(record, found))
        return Place(found.state.live, pilot_urgency(found, scene.now), found.changes_at, words)

    def stopped(self, found: PilotStanding, conflicts: Sequence[Entry]) -> PilotStanding:
        told = tuple(
            PilotAttention(
                code=PilotCode.CONFLICT, severity=Severity.BLOCKED, text=stopped_text(entry), mover=Role.COORDINATOR
            )
            for entry in conflicts
        )
        return msgspec.structs.replace(found, attention=(*told, *found.attention), mover=Role.COORDINATOR)

    def preview(self, record: Pilot, entry: Entry, policy: Policy) -> Pilot:
        command = entry.command
        if not about_pilots(command):
            return record
        return pilot_preview(command, record, policy, entry.asked_at, entry.by, entry.key)


def _pilot_words(pilot: Pilot, found: PilotStanding) -> Iterator[str]:
    yield from (str(pilot.ref), pilot.title, pilot.service, pilot.status, pilot.coordinator, pilot.contact)
    yield from (pilot.update.value, pilot.software.value, found.level.value)
    yield from (found.state.value, found.phase.value, found.mover.value)
    yield from (*pilot.sites, *pilot.vos)
    for entry in found.attention:
        yield from (entry.code.value, entry.severity.value, entry.text)


class _Commitments(Simple[Commitment]):
    def place(self, record: Commitment, found: None, scene: Scene) -> Place:  # noqa: ARG002  as every judge is asked
        """One that is over is no longer live; it turns with the day after its last."""
        today = local_day(scene.now, scene.policy.zone)
        live = record.until is None or today <= record.until
        turns = over(plausible(record.until), scene.policy.zone) if live and record.until else None
        level = record.level.value if record.level is not Level.NONE else ""
        words = (str(record.ref), record.party, level, *_product_words(record), record.note)
        return Place(live, 0.0, turns, folded(words))


class _Wishes(Simple[Wish]):
    def place(self, record: Wish, found: None, scene: Scene) -> Place:  # noqa: ARG002  as every judge is asked
        return Place(
            live=True,
            urgency=0.0,
            changes_at=None,
            text=folded((str(record.ref), *_product_words(record), record.note)),
        )


def _product_words(record: Commitment | Wish) -> tuple[str, ...]:
    return record.component, record.stack, record.majors, record.os, record.arch


def take_part(judges: MutableMapping[Kind, object]) -> None:
    """Puts the judges of these kinds into the table."""
    judges.update({Kind.PILOT: _Pilots(), Kind.COMMITMENT: _Commitments(), Kind.WISH: _Wishes()})
