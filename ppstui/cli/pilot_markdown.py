"""A pilot as a page of Markdown, for a wiki: its days planned beside actual, its steps, its cost, its home page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.cli.tables import escaped, markdown
from ppstui.rules.effort import beside, effort_text, planned_effort, step_effort, total
from ppstui.rules.pilots import level_words
from ppstui.views import pilot_words, words
from ppstui.views.pilot_details import HOME
from ppstui.views.plain import clean_lines

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from ppstui.model import Pilot
    from ppstui.rules.pilots import PilotStanding
    from ppstui.rules.policy import Policy


def pilot_markdown(pilot: Pilot, standing: PilotStanding, policy: Policy, now: dt.datetime) -> str:
    """The whole page; markup in what others wrote is shown, not obeyed."""
    parts = (
        _facts(pilot, standing),
        _attention(standing, now),
        _time(standing),
        _steps(pilot, standing, policy),
        _effort(pilot, policy),
        *_home(pilot),
    )
    return f"# {escaped(pilot.title) or escaped(str(pilot.ref))}\n\n" + "\n".join(part for part in parts if part)


def _facts(pilot: Pilot, standing: PilotStanding) -> str:
    software = pilot.software.value.replace("-", " ")
    breaking = ", breaks what was there" if pilot.incompatible else ""
    ending = pilot.ending
    facts = (
        ("Record", str(pilot.ref)),
        ("Address", pilot.url),
        ("Service", pilot.service),
        ("Kind", f"{pilot.update.value} update of a {software}{breaking}; {level_words(standing.level)}"),
        ("Status", pilot_words.PILOT_STATES[standing.state].word),
        ("Start Date", words.day(standing.start) if standing.start else ""),
        ("End Date", words.day(standing.end) if standing.end else ""),
        ("Prolonged", standing.prolonged_reason if standing.prolonged else ""),
        ("Sites", ", ".join(pilot.sites)),
        ("VOs", ", ".join(pilot.vos)),
        ("Coordinator", pilot.coordinator),
        ("Contact e-mail", pilot.contact),
        ("Ended", f"{ending.how.value.replace('-', ' ')} {ending.on or ''} {ending.reason}".strip() if ending else ""),
        ("Follow-up", pilot.follow_up),
    )
    return "".join(f"- **{name}:** {escaped(text)}\n" for name, text in facts if text)


def _attention(standing: PilotStanding, now: dt.datetime) -> str:
    lines = [
        f"- {entry.severity.value}: {escaped(entry.text)}"
        + (f" ({words.left(entry.due, now)})" if entry.due else "")
        + f"; {pilot_words.ROLES[entry.mover]}\n"
        for entry in standing.attention
    ]
    return "## Attention\n\n" + "".join(lines) if lines else ""


def _time(standing: PilotStanding) -> str:
    def day(on: dt.date | None) -> str:
        return on.isoformat() if on else ""

    rows = [
        (
            pilot_words.PHASES[each.phase].word,
            day(each.planned_from),
            day(each.planned_to),
            day(each.begins),
            day(each.ends) + (" (prolonged)" if each.prolonged_from else ""),
        )
        for each in standing.stretches
    ]
    table = markdown(("Phase", "Planned from", "Planned to", "From", "To"), rows)
    return f"## Time\n\n{table}" if rows else ""


def _steps(pilot: Pilot, standing: PilotStanding, policy: Policy) -> str:
    lines = planned_effort(pilot, policy)
    rows = [
        (
            str(step.number),
            step.what,
            step.state.value,
            step.planned.isoformat() if step.planned else "",
            step.done.isoformat() if step.done else "",
            step.by or step.owner or step.lead.value.replace("-", " "),
            effort_text(step_effort(lines, step.number)),
            effort_text(total(step.step.spent)) if step.step and step.step.spent else "",
            step.note,
        )
        for step in standing.steps
    ]
    titles = ("Step", "What", "State", "Planned", "Done", "Who", "Effort", "Recorded", "Note")
    return "## Steps\n\n" + markdown(titles, rows)


def _effort(pilot: Pilot, policy: Policy) -> str:
    rows = [
        (
            each.what,
            effort_text(each.computed),
            effort_text(each.document) if each.document is not None else "",
            each.reason,
        )
        for each in beside(pilot, policy)
    ]
    return "## Effort\n\n" + markdown(("What", "Computed", "Document", "Why they differ"), rows)


def _home(pilot: Pilot) -> Iterator[str]:
    for name, title in HOME:
        lines = clean_lines(str(getattr(pilot, name)).strip())
        if any(lines):
            yield f"## {title}\n\n" + "".join(f"{escaped(line)}\n" if line.strip() else "\n" for line in lines)
