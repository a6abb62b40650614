"""What must be so before a rollout is resolved, as a list: what is met, what is missing, what only warns; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Answer
from ppstui.rules.names import short
from ppstui.views import words
from ppstui.views.details import Para, effects, heading, objection
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from ppstui.desk import Plan
    from ppstui.model import Objection, Resolve, Rollout
    from ppstui.rules.rollouts import Standing, TeamStanding
    from ppstui.views.rows import Glance


def gates(command: Resolve, rollout: Rollout, standing: Standing, plan: Plan, glance: Glance) -> tuple[Para, ...]:
    """Every guard of DOMAIN §2 with how it stands, other rules that speak, then what would happen in which order."""
    left = list(plan.objections)

    def against(rule: str, name: str = "") -> Objection | None:
        found = next((each for each in left if each.rule == rule and name in each.text), None)
        if found is not None:
            left.remove(found)
        return found

    outcome = command.outcome.value if command.outcome else rollout.outcome
    paras = [
        _gate("outcome", outcome, against("outcome-missing"), glance),
        _gate("document", command.document or rollout.document, against("document-missing"), glance),
    ]
    for team in standing.teams:
        if team.assigned and team.answer is Answer.ACCEPT:
            met = _reported(team)
            missing = against("report-missing", team.team) or against("report-missing", short(team.team))
            paras.append(_gate(f"report of {short(team.team)}", met, missing, glance))
    paras.append(_gate("links", "release notes, bugs, documentation", against("links-missing"), glance))
    days = f"{words.day(standing.exposure.start)} to {words.day(standing.exposure.end)}" if standing.exposure else ""
    paras.append(_gate("exposure", days, against("exposure-short"), glance))
    if left:
        paras += [objection(each, glance) for each in left]
    if plan.effects:
        final = "" if plan.reversible else "; it cannot be undone"
        paras += [*heading(f"What it does, in this order{final}"), *effects(plan, glance)]
    return tuple(paras)


def _reported(team: TeamStanding) -> str:
    if team.waived:
        return f"not needed: {team.waived}"
    return team.report.name if team.report else ""


def _gate(name: str, met: str, against: Objection | None, glance: Glance) -> Para:
    """`[x] outcome: ACCEPT`, `[ ] document: why it is missing`, `[!] links: what only warns`."""
    if against is None and met:
        box, text, tone = "[x]" if glance.ascii_only else "[✓]", met, Tone.DONE
    elif against is None:
        box, text, tone = "[!]", "none was said", Tone.SOON
    else:
        box, tone = ("[ ]", Tone.BLOCKED) if against.blocking else ("[!]", Tone.SOON)
        text = against.text
    return Para(((f"{box} ", tone), (f"{name}: ", Tone.STRONG), (glance.text(text), tone)), 4)
