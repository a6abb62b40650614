"""One pilot, whole, as toned lines for a view of any width: what needs whom, the next action, days, steps, cost, home.

As `details` for rollouts: pure, and every text from outside is cleaned here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.rules.effort import beside, effort_text, planned_effort, recorded_effort, step_effort, total
from ppstui.rules.pilots.why import pilot_why
from ppstui.rules.pilots.workflow import level_words
from ppstui.views import details, pilot_words, words
from ppstui.views.details import BLANK, Para, fact, heading
from ppstui.views.plain import clean, clean_lines
from ppstui.views.rows import SEVERITY_TONES, Tone
from ppstui.views.timeline import legend, step_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ppstui.model import Entry, Pilot
    from ppstui.rules.pilots.standings import PilotStanding
    from ppstui.rules.policy import Policy
    from ppstui.views.rows import Glance
    from ppstui.views.timeline import StepLine

HOME = (
    ("description", "Description"),
    ("objectives", "Objectives"),
    ("metrics", "Success metrics"),
    ("use_cases", "Use cases"),
    ("constraints", "Constraints and milestones"),
    ("layout", "Pilot layout"),
    ("users", "Users"),
    ("documentation", "Technical documentation"),
)
"""The parts of a home page, as those of the real pilots are called (DOMAIN §5.1)."""

_MOST = 12
"""Lines of one part of the home page; the address has the rest."""


def pilot(
    record: Pilot,
    standing: PilotStanding,
    entries: Sequence[Entry],
    policy: Policy,
    glance: Glance,
    *,
    history: bool = False,
) -> tuple[Para, ...]:
    """A pilot with everything that follows from it; `history` tells what was written and done instead."""
    title = clean(record.title, ascii_only=glance.ascii_only) or "(no title)"
    paras = [Para(((title, Tone.STRONG),))]
    if history:
        return (*paras, *details.happenings(record, glance, whole=True))
    paras += _facts(record, standing, glance)
    paras += _attention(record, standing, policy, glance)
    paras += details.pending(entries, glance)
    paras += _days(record, standing, glance)
    paras += _steps(record, standing, policy, glance)
    paras += _effort(record, policy, glance)
    paras += _home(record, glance)
    paras += details.happenings(record, glance, whole=False)
    return tuple(paras)


def _facts(record: Pilot, standing: PilotStanding, glance: Glance) -> Iterator[Para]:
    say, state = glance.text, pilot_words.PILOT_STATES[standing.state]
    breaking = ", breaks what was there" if record.incompatible else ""
    sites = ", ".join(say(site) + (" (volunteer)" if site in standing.volunteers else "") for site in record.sites)
    yield BLANK
    yield fact("Record", say(str(record.ref)))
    yield fact("State", f"{glance.sign(state)} {state.word}")
    yield fact("Move", _whose(pilot_words.ROLES[standing.mover]))
    yield fact("Kind", f"{record.update.value} update of a {record.software.value.replace('-', ' ')}{breaking}")
    yield fact("Level", level_words(standing.level))
    yield fact("Sites", sites or "none chosen", Tone.PLAIN if sites else Tone.SOON)
    for label, text in (
        ("Service", record.service),
        ("VOs", ", ".join(record.vos)),
        ("Owner", record.coordinator),
        ("Contact", record.contact),
        ("Status", record.status),
    ):
        if text:
            yield fact(label, say(text))
    if not record.whole:
        yield Para((("Only what a list shows is known yet; h reads the rest.", Tone.DIM),))


def _whose(role: str) -> str:
    return "yours (coordinator)" if role == "you" else role


def _attention(record: Pilot, standing: PilotStanding, policy: Policy, glance: Glance) -> Iterator[Para]:
    yield from heading("Needs")
    for entry in standing.attention:
        sign, tone = words.SEVERITIES[entry.severity], SEVERITY_TONES[entry.severity]
        left = f" ({words.left(entry.due, glance.now)})" if entry.due else ""
        yield Para(((f"{glance.sign(sign)} {glance.text(entry.text)}{left}", tone),), 2)
    if not standing.attention:
        yield Para((("nothing needs anybody now", Tone.DIM),))
    for reason in pilot_why(standing, record, policy, glance.now)[:1]:
        yield fact("Next", glance.text(reason.unblock), Tone.STRONG)


def _days(record: Pilot, standing: PilotStanding, glance: Glance) -> Iterator[Para]:
    yield from heading("Days")
    planned = "" if standing.run_start else " (planned)"
    for label, day, note in (
        ("Set-up", standing.start, "" if standing.started else " (planned)"),
        ("Installed", standing.run_start, ""),
        ("Installed", None if standing.run_start else standing.setup_due, " (due)"),
        ("Run ends", standing.end, planned),
        ("Feedback", standing.feedback_due, " (due)"),
        ("Report", standing.report_due, " (due)"),
    ):
        if day:
            yield fact(label, f"{words.day(day)}{note}")
    if standing.prolonged and standing.first_end:
        reason = f": {glance.text(standing.prolonged_reason)}" if standing.prolonged_reason else ""
        yield fact("Prolonged", f"it was to end on {words.day(standing.first_end)}{reason}")
    if record.ending:
        on = f" on {words.day(record.ending.on)}" if record.ending.on else ""
        reason = f": {glance.text(record.ending.reason)}" if record.ending.reason else ""
        yield fact("Ended", f"{record.ending.how.value.replace('-', ' ')}{on}{reason}")
    if record.follow_up:
        yield fact("Follow-up", glance.text(record.follow_up))
    for stone in record.milestones:
        yield fact("Milestone", f"{words.day(stone.on)}: {glance.text(stone.what)}", Tone.LINK)
    if not standing.start:
        yield Para((("no day is named for set-up: nothing can be planned", Tone.SOON),))


def _steps(record: Pilot, standing: PilotStanding, policy: Policy, glance: Glance) -> Iterator[Para]:
    yield from heading("Steps")
    lines = planned_effort(record, policy)
    efforts = {step.number: step_effort(lines, step.number) for step in standing.steps}
    for step, line in zip(standing.steps, step_lines(standing, efforts, glance), strict=True):
        turn = "  now" if step.current else ""
        yield Para(((f"{line.sign} {line.number:>2} {line.what}", line.tone), (turn, Tone.HEADING)), 5)
        for text in _under(line, "; ".join(filter(None, (step.note, "may be left out" if step.optional else "")))):
            yield Para(((f"     {glance.text(text)}", Tone.LATE if line.tone is Tone.LATE else Tone.DIM),), 5)
        for spent in step.step.spent if step.step else ():
            who = ", ".join(filter(None, (spent.role.value.replace("-", " "), glance.text(spent.site))))
            note = f": {glance.text(spent.note)}" if spent.note else ""
            yield Para(((f"     took {effort_text(spent.minutes)}, {who}{note}", Tone.DIM),), 5)


def _under(line: StepLine, note: str) -> Iterator[str]:
    """When and by whom; who is to do it, and what it costs; the note."""
    who = f"signed by {line.by}" if line.by else line.owner
    told = ", ".join(filter(None, (line.done, who, f"to take {line.effort}" if line.effort else "")))
    if told:
        yield told
    if line.planned and line.planned not in line.done:
        yield f"planned {line.planned}"
    if note:
        yield note


def _effort(record: Pilot, policy: Policy, glance: Glance) -> Iterator[Para]:
    yield from heading("Effort")
    for each in beside(record, policy):
        said = [effort_text(each.computed)]
        if each.document is not None:
            said.append(f"the document says {effort_text(each.document)}")
        said += [each.reason] if each.reason else []
        yield Para(((f"{each.what}: ", Tone.DIM), (glance.text("; ".join(said)), Tone.PLAIN)), 2)
    recorded = total(spent for _, spent in recorded_effort(record))
    yield Para((("recorded: ", Tone.DIM), (effort_text(recorded) if recorded else "nothing yet", Tone.PLAIN)), 2)


def _home(record: Pilot, glance: Glance) -> Iterator[Para]:
    for name, title in HOME:
        lines = clean_lines(str(getattr(record, name)).strip(), ascii_only=glance.ascii_only)
        if any(lines):
            yield from heading(title)
            yield from (Para(((line, Tone.PLAIN),)) for line in lines[:_MOST])
            if len(lines) > _MOST:
                yield Para(((f"{len(lines) - _MOST} more lines", Tone.DIM),))
    if record.url:
        yield from heading("Address")
        yield Para(((glance.text(record.url), Tone.LINK),))


def why(record: Pilot, standing: PilotStanding, policy: Policy, glance: Glance) -> tuple[Para, ...]:
    """What blocks a pilot, whose move it is, what would unblock it."""
    state = pilot_words.PILOT_STATES[standing.state]
    paras = [
        fact("State", f"{glance.sign(state)} {state.word}"),
        fact("Move", _whose(pilot_words.ROLES[standing.mover])),
    ]
    reasons = pilot_why(standing, record, policy, glance.now)
    if not reasons:
        paras += [BLANK, Para((("Nothing stands in its way and nobody owes anything now.", Tone.DONE),))]
    for reason in reasons:
        paras += [
            BLANK,
            Para(((glance.text(reason.blocker), Tone.STRONG),), 2),
            Para(((f"  lifted by: {glance.text(reason.unblock)}", Tone.PLAIN),), 4),
            Para(((f"  whose move: {_whose(pilot_words.ROLES[reason.mover])}", Tone.DIM),), 4),
        ]
    return tuple(paras)


def signs(glance: Glance) -> tuple[Para, ...]:
    """What the signs of the line of time and of the states mean."""
    paras = [*heading("Line of time"), Para(((legend(ascii_only=glance.ascii_only), Tone.PLAIN),))]
    paras += heading("States of pilots")
    paras.append(
        Para(
            (("  ".join(f"{glance.sign(sign)} {sign.word}" for sign in pilot_words.PILOT_STATES.values()), Tone.PLAIN),)
        )
    )
    return tuple(paras)
