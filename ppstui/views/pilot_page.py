"""A pilot as a page of text, for `show` and `why`: what needs whom first, then its time, steps, cost and home page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.rules.clocks import local_day
from ppstui.rules.effort import beside, effort_text, planned_effort, step_effort, total
from ppstui.rules.pilots.why import pilot_why
from ppstui.rules.pilots.workflow import level_words
from ppstui.views import pilot_words, words
from ppstui.views.pilot_details import HOME
from ppstui.views.plain import cut, pad
from ppstui.views.rows import Glance
from ppstui.views.timeline import Window, Zoom, heading_rows, layout, legend, pilot_row, plan_row, step_lines

if TYPE_CHECKING:
    from ppstui.model import Pilot
    from ppstui.rules.pilots.standings import PilotStanding
    from ppstui.rules.policy import Policy
    from ppstui.views.rows import Row
    from ppstui.views.whole_text import Page

_WIDE = 17
_WHAT, _DONE = 22, 30
"""Cells of a step's name, and of when it was or is to be done."""
_MARGIN = 2
_DAYS = 56
"""Above that a run is drawn in weeks: it would not fit in 80 columns."""


def pilot_page(page: Page, pilot: Pilot, standing: PilotStanding, policy: Policy, width: int = 80) -> None:
    """A pilot, whole, but for what is asked for on it and its history."""
    page.line(str(pilot.ref), pilot.title)
    page.fact("address", pilot.url)
    page.fact("service", pilot.service)
    page.fact("kind", _kind(pilot, standing))
    page.fact("state", page.sign(pilot_words.PILOT_STATES[standing.state]))
    page.fact("whose move", pilot_words.ROLES[standing.mover])
    page.fact("sites", ", ".join(_site(site, standing) for site in pilot.sites) or "none chosen")
    page.fact("VOs", ", ".join(pilot.vos))
    page.fact("coordinator", "  ".join(filter(None, (pilot.coordinator, pilot.contact))))
    if not pilot.whole:
        page.line("Only the list columns are known yet; --refresh reads the rest.")
    _attention(page, standing)
    _time(page, pilot, standing, width)
    _steps(page, pilot, standing, policy)
    _effort(page, pilot, policy)
    _home_page(page, pilot)


def _kind(pilot: Pilot, standing: PilotStanding) -> str:
    breaking = ", breaks what was there" if pilot.incompatible else ""
    software = pilot.software.value.replace("-", " ")
    return f"{pilot.update.value} update of a {software}{breaking}; {level_words(standing.level)}"


def _site(site: str, standing: PilotStanding) -> str:
    return f"{site} (volunteer)" if site in standing.volunteers else site


def _attention(page: Page, standing: PilotStanding) -> None:
    page.head("Attention")
    for entry in standing.attention:
        mark = words.SEVERITIES[entry.severity].mark(ascii_only=page.ascii_only)
        due = f" ({words.left(entry.due, page.now)})" if entry.due else ""
        page.line(f"{mark} {entry.text}{due}; {_move(entry.mover.value)}", indent=_MARGIN)
    if not standing.attention:
        page.line("nothing needs anybody now", indent=_MARGIN)


def _move(role: str) -> str:
    return f"{role.replace('-', ' ')}'s move"


def _time(page: Page, pilot: Pilot, standing: PilotStanding, width: int) -> None:
    page.head("Time")
    begun = "" if standing.started else " (planned)"
    page.fact("set-up from", f"{words.day(standing.start)}{begun}" if standing.start else "no day named", 2, _WIDE)
    page.fact("installation due", words.day(standing.setup_due) if standing.setup_due else "", 2, _WIDE)
    page.fact("run from", words.day(standing.run_start) if standing.run_start else "not installed yet", 2, _WIDE)
    planned = "" if standing.run_start else " (planned)"
    page.fact("run until", f"{words.day(standing.end)}{planned}" if standing.end else "", 2, _WIDE)
    if standing.prolonged and standing.first_end:
        reason = f": {standing.prolonged_reason}" if standing.prolonged_reason else ""
        page.fact("prolonged", f"it was to end on {words.day(standing.first_end)}{reason}", 2, _WIDE)
    page.fact("feedback due", words.day(standing.feedback_due) if standing.feedback_due else "", 2, _WIDE)
    page.fact("post-mortem due", words.day(standing.report_due) if standing.report_due else "", 2, _WIDE)
    if pilot.ending:
        on = f" on {words.day(pilot.ending.on)}" if pilot.ending.on else ""
        reason = f": {pilot.ending.reason}" if pilot.ending.reason else ""
        page.fact("ended", f"{pilot.ending.how.value.replace('-', ' ')}{on}{reason}", 2, _WIDE)
    page.fact("follow-up", pilot.follow_up, 2, _WIDE)
    for stone in pilot.milestones:
        page.fact("milestone", f"{words.day(stone.on)}: {stone.what}", 2, _WIDE)
    if standing.stretches:
        page.lines.append("")
        for row in _drawing(page, pilot, standing, width):
            page.lines.append("".join(cell.text for cell in row.cells).rstrip())
        page.lines.append(legend(ascii_only=page.ascii_only))


def _drawing(page: Page, pilot: Pilot, standing: PilotStanding, width: int) -> tuple[Row, ...]:
    """Its bar and its plan, with all of both in sight where that is possible."""
    glance = Glance(page.now, page.zone, page.ascii_only)
    days = [day for each in standing.stretches for day in (each.begins, each.ends, each.planned_from, each.planned_to)]
    known = [day for day in days if day]
    first, last = min(known), max(known)
    today = local_day(page.now, page.zone)
    zoom = Zoom.DAY if (max(last, min(today, last)) - first).days < min(layout(width).chart, _DAYS) else Zoom.WEEK
    window = Window(first, zoom, layout(width).chart)
    return (
        *heading_rows(window, width, glance),
        pilot_row(pilot, standing, window, width, glance),
        plan_row(standing, window, width, glance),
    )


def _steps(page: Page, pilot: Pilot, standing: PilotStanding, policy: Policy) -> None:
    page.head("Steps")
    lines = planned_effort(pilot, policy)
    efforts = {step.number: step_effort(lines, step.number) for step in standing.steps}
    for line in step_lines(standing, efforts, Glance(page.now, page.zone, page.ascii_only)):
        who = f"signed by {line.by}" if line.by else line.owner
        what = cut(line.what, _WHAT, "..." if page.ascii_only else "…")
        told = f"{line.sign} {line.number:>2} {pad(what, _WHAT)}  {pad(line.done, _DONE)}  {line.effort:>6}  {who}"
        page.lines.append((" " * _MARGIN + told).rstrip())
    for reason in pilot_why(standing, pilot, policy, page.now)[:1]:
        page.fact("next", reason.unblock, _MARGIN)


def _effort(page: Page, pilot: Pilot, policy: Policy) -> None:
    page.head("Effort")
    for each in beside(pilot, policy):
        document = f"the document says {effort_text(each.document)}" if each.document is not None else ""
        page.fact(each.what, "; ".join(filter(None, (effort_text(each.computed), document, each.reason))), 2, 22)
    recorded = total(spent for step in pilot.steps for spent in step.spent)
    page.fact("recorded", effort_text(recorded) if recorded else "nothing yet", 2, 22)


def _home_page(page: Page, pilot: Pilot) -> None:
    for name, title in HOME:
        text = getattr(pilot, name)
        if text.strip():
            page.head(title)
            page.quote(text, _MARGIN)


def pilot_why_page(page: Page, pilot: Pilot, standing: PilotStanding, policy: Policy) -> None:
    """What blocks a pilot, whose move it is, what would unblock it."""
    page.line(str(pilot.ref), page.sign(pilot_words.PILOT_STATES[standing.state]))
    page.fact("whose move", pilot_words.ROLES[standing.mover])
    reasons = pilot_why(standing, pilot, policy, page.now)
    for head, sentences in (
        ("What stands in the way", [reason.blocker for reason in reasons]),
        ("What would lift it", list(dict.fromkeys(reason.unblock for reason in reasons))),
    ):
        page.head(head)
        for sentence in sentences or ("nothing",):
            page.line(sentence, indent=_MARGIN)
    _attention(page, standing)
