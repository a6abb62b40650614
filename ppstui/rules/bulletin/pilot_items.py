"""What is told of one pilot: its timeline, and that the wrap-up of a minor one belongs to the EMT (DOMAIN §5, §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Item, Level, Update
from ppstui.rules.bulletin.products import natural, on, pilot_name, short, truth
from ppstui.rules.horizon import day_name
from ppstui.rules.pilots.standings import PilotCode, PilotState
from ppstui.rules.pilots.workflow import WRAP_UP
from ppstui.rules.standings import Severity

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.model import Pilot
    from ppstui.rules.bulletin.products import Key
    from ppstui.rules.pilots.standings import PilotStanding


def pilot_order(pilot: Pilot) -> tuple[Key, ...]:
    """Where a pilot is told among others: by its service, then as it is called."""
    return natural(pilot.service), natural(pilot.title), natural(str(pilot.ref)), ((1, 0, str(pilot.ref)),)


def pilot_item(pilot: Pilot, standing: PilotStanding) -> Item:
    """`WMS 3.1 (major, at CERN-CERN-PROD for cms): running since Fri 2009-02-13, until Thu 2009-02-26`."""
    words = "; ".join(filter(None, (_words(pilot, standing), _late(standing))))
    text = f"{_introduced(pilot, standing)}: {words}"
    true = truth(
        state=standing.state.value,
        says=words,
        sites=" ".join(sorted(pilot.sites)),
        until=standing.end,
        extended="yes" if standing.prolonged else "no",
    )
    return Item(id=f"pilot/{pilot.ref}", text=text, refs=(pilot.ref,), url=pilot.url, facts=true)


def _introduced(pilot: Pilot, standing: PilotStanding) -> str:
    words = [pilot.update.value]
    if standing.level is not Level.NONE:
        words.append(standing.level.value.capitalize())
    words.append(_where(pilot))
    return f"{pilot_name(pilot)} ({', '.join(filter(None, words))})"


def _where(pilot: Pilot) -> str:
    sites, vos = (", ".join(short(name) for name in names) for names in (pilot.sites, pilot.vos))
    return " ".join(filter(None, (sites and f"at {sites}", vos and f"for {vos}")))


def _words(pilot: Pilot, standing: PilotStanding) -> str:
    """Its state in words with the days that belong to it."""
    state, end = standing.state, standing.end
    if not state.live:
        ended = {
            PilotState.CLOSED: "closed",
            PilotState.ROLLED_BACK: "rolled back",
            PilotState.CANCELLED: "cancelled",
        }[state]
        return f"{ended}{on(pilot.ending.on if pilot.ending else None)}"
    if state in (PilotState.RUNNING, PilotState.PROLONGED):
        until = f", {'prolonged to' if standing.prolonged else 'until'} {day_name(end)}" if end else ""
        since = f" since {day_name(standing.run_start)}" if standing.run_start else ""
        return f"running{since}{until}"
    if state is PilotState.REPORTING:
        late = any(each.code is PilotCode.REPORT_OVERDUE for each in standing.attention)
        return f"the run ended{on(end)}, post-mortem {_due(standing.report_due, late=late)}"
    if state is PilotState.WRAPUP:
        wrap_up = standing.step(WRAP_UP)
        due = wrap_up.due if wrap_up and not wrap_up.settled else None
        late = any(each.code is PilotCode.WRAP_UP_DUE and each.severity is Severity.LATE for each in standing.attention)
        return f"the run ended{on(end)}, the post-mortem is in, wrap-up {_due(due, late=late)}"
    return _before_the_run(standing)


def _due(day: dt.date | None, *, late: bool) -> str:
    return f"{'overdue since' if late else 'due by'} {day_name(day)}" if day else "to come"


_EARLY = {
    PilotState.REQUESTED: "requested",
    PilotState.PRESCREEN: "pre-screened",
    PilotState.INSTRUCTED: "sites instructed",
    PilotState.KICKOFF_PLANNED: "kick-off organised",
    PilotState.KICKED_OFF: "kicked off",
    PilotState.SETUP: "being set up",
}


def _before_the_run(standing: PilotStanding) -> str:
    """The days are facts once set-up has begun, and a plan before that."""
    words = [_EARLY[standing.state]]
    if standing.started:
        words += [f"set-up began{on(standing.start)}"] * bool(standing.start)
        words += [f"to be installed by {day_name(standing.setup_due)}"] if standing.setup_due else []
    elif standing.start:
        words.append(f"set-up planned{on(standing.start)}")
    return ", ".join(words)


_SAID = frozenset({PilotCode.REPORT_OVERDUE, PilotCode.WRAP_UP_DUE})
"""What the words of its state say anyhow."""


def _late(standing: PilotStanding) -> str:
    """The first thing that holds it up; "" while it is in time."""
    pressing = (
        each
        for each in standing.attention
        if each.severity in (Severity.BLOCKED, Severity.LATE) and each.code not in _SAID
    )
    return short(next((each.text for each in pressing), ""))


def wraps_up(pilot: Pilot, standing: PilotStanding) -> bool:
    """Whether its wrap-up belongs on the agenda of the EMT (DOMAIN §11.21)."""
    minor = pilot.update is Update.MINOR
    return minor and any(each.code is PilotCode.WRAP_UP_DUE for each in standing.attention)


def wrap_up_item(pilot: Pilot, standing: PilotStanding) -> Item:
    """A minor pilot whose assessment is due in the EMT."""
    entry = next(each for each in standing.attention if each.code is PilotCode.WRAP_UP_DUE)
    where = _where(pilot)
    name = pilot_name(pilot) + (f" ({where})" if where else "")
    text = f"{name}: the run ended{on(standing.end)}, the post-mortem is in; to be assessed"
    true = truth(state=standing.state.value, until=standing.end, late=entry.severity.value)
    return Item(id=f"wrap-up/{pilot.ref}", text=text, refs=(pilot.ref,), url=pilot.url, facts=true)


def ended_on(pilot: Pilot) -> dt.date | None:
    """The day a pilot ended; None while it is live, and where nobody said."""
    return pilot.ending.on if pilot.ending else None
