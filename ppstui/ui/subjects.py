"""What the panes can be asked, and how their items answer; read when somebody filters or sorts for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.ui.finding import Finder
from ppstui.ui.panes import known, known_pilot, team_of
from ppstui.views.fields import ACKS, OUTBOX, ROLLOUTS, Part, Queued, Subject

if TYPE_CHECKING:
    from ppstui.desk import Desk, Line
    from ppstui.model import Entry, Ref
    from ppstui.views.pilot_fields import PilotSubject


def rollouts(desk: Desk, me: frozenset[str]) -> Finder[Line, Subject]:
    """Asks rollouts. `me`: how the trackers know the user, case-folded."""
    return Finder(desk, ROLLOUTS, lambda line: _subject(desk, line.ref, me), lambda line: line.text)


def acks(desk: Desk, me: frozenset[str]) -> Finder[Ref, Part]:
    """Asks the teams of rollouts."""

    def asked(ref: Ref) -> Part | None:
        whole = _subject(desk, ref, me)
        team = team_of(whole.standing, ref.part) if whole else None
        return Part(whole, team) if whole and team else None

    return Finder(desk, ACKS, asked)


def pilots(desk: Desk, me: frozenset[str]) -> Finder[Line, PilotSubject]:
    """Asks pilots."""
    from ppstui.views.pilot_fields import PILOTS, PilotSubject  # who filters rollouts needs no rules of pilots

    def asked(line: Line) -> PilotSubject | None:
        found = known_pilot(desk, line.ref)
        return PilotSubject(*found, desk.board.entries(line.ref), me) if found else None

    return Finder(desk, PILOTS, asked, lambda line: line.text)


def outbox(desk: Desk, me: frozenset[str]) -> Finder[Entry, Queued]:
    """Asks entries of the outbox."""
    return Finder(desk, OUTBOX, lambda entry: Queued(entry, me))


def _subject(desk: Desk, ref: Ref, me: frozenset[str]) -> Subject | None:
    found = known(desk, ref)
    return Subject(*found, desk.board.entries(ref), me) if found else None
