"""What stands against choosing, answering for, reminding and looking for teams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Acknowledge, Answer, Assign, Objection, Poll, Remind
from ppstui.rules import clocks
from ppstui.rules.addresses import is_mail_address
from ppstui.rules.answers import find_answers
from ppstui.rules.commands.scene import odd, stop, teams_changed, warn
from ppstui.rules.commands.wording import acknowledge_text
from ppstui.rules.horizon import moment
from ppstui.rules.names import read_team
from ppstui.rules.reminders import cooling, owes
from ppstui.rules.teams import mentions, team_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Rollout
    from ppstui.rules.commands.scene import Scene
    from ppstui.rules.policy import Policy
    from ppstui.rules.rollouts import TeamStanding


def against(command: Assign | Acknowledge | Remind | Poll, scene: Scene) -> Iterator[Objection]:
    """The rules that stand against it."""
    match command:
        case Assign():
            return _against_assign(command, scene)
        case Acknowledge():
            return _against_acknowledge(command, scene)
        case Remind():
            return _against_remind(command, scene)
        case Poll():
            return _against_poll(command, scene)


# ------------------------------------------------------------------------------------------------------------- assign


def _against_assign(command: Assign, scene: Scene) -> Iterator[Objection]:
    if not command.add and not command.remove:
        yield stop("empty", "no team is named; say which to add or to remove")
    yield from _against_adding(command, scene.rollout, scene.policy)
    yield from _against_removing(command, scene)


def _against_adding(command: Assign, rollout: Rollout, policy: Policy) -> Iterator[Objection]:
    assigned = {team_key(assignment.team) for assignment in rollout.assignments}
    for team in command.add:
        if not team.strip() or any(sign.isspace() or not sign.isprintable() for sign in team):
            yield stop("team-name", f"{team[:80]!r} is no team's name; write ea-<NGI>-<Site-name>")
        elif team_key(team) in assigned:
            yield _idle("assigned", f"{team} is assigned already", command, rollout)
        elif problem := read_team(team, policy.roster).problem:
            yield warn("team-name", f"{team}: {problem}")


def _against_removing(command: Assign, scene: Scene) -> Iterator[Objection]:
    rollout = scene.rollout
    assigned = {team_key(assignment.team) for assignment in rollout.assignments}
    wanted = {team_key(team) for team in command.add}
    for name in command.remove:
        if team_key(name) in wanted:
            yield stop("contradiction", f"{name} is to be added and removed at once; decide for one")
        elif team_key(name) not in assigned:
            yield _idle("not-assigned", f"{name} is not assigned", command, rollout)
    _, removed = teams_changed(command, rollout)
    if removed and rollout.whole:
        for team in scene.teams:
            if team.team in removed and (team.answer is Answer.ACCEPT or team.report):
                what = "handed in a report" if team.report else "accepted"
                yield warn("answered", f"{team.team} {what}; taken out, it counts no more")


def _idle(rule: str, text: str, command: Assign, rollout: Rollout) -> Objection:
    """A warning while other teams of the command still change something, else the end of it."""
    return warn(rule, text) if any(teams_changed(command, rollout)) else stop(rule, f"{text}; there is nothing to do")


# --------------------------------------------------------------------------------------------------------- acknowledge


def _against_acknowledge(command: Acknowledge, scene: Scene) -> Iterator[Objection]:
    lines = find_answers(acknowledge_text(command))
    if not lines or lines[0].answer is not command.answer:
        yield stop("team-name", f"{command.team[:80]!r} is no team's name; write ea-<NGI>-<Site-name>")
        return
    if len(lines) > 1:
        yield stop("note", f"the note holds the answer line {lines[1].line.strip()!r}; word it otherwise")
    team, rollout, zone = scene.team(command.team), scene.rollout, scene.policy.zone
    if team is None or not team.assigned:
        name = team.team if team else command.team
        text = f"{name} is not assigned to {rollout.ref}; assign it first, or give a reason to record a volunteer"
        yield stop("not-assigned", text, overridable=True)
    if team is None or not rollout.whole:
        return
    if team.answer is command.answer:
        yield stop("answered", f"{team.team} has answered {command.answer.value} already; there is nothing to do")
    elif team.answer is not None:
        yield warn(
            "answered", f"{team.team} has answered {team.answer.value}; this replaces it, and both stay to be seen"
        )
    elif team.late and team.due:
        yield warn("late", f"the answer of {team.team} was due on {moment(team.due, zone)}; it will count as late")


# ------------------------------------------------------------------------------------------------------------- remind


def _against_remind(command: Remind, scene: Scene) -> Iterator[Objection]:
    rollout = scene.rollout
    if not command.teams:
        yield stop("empty", "no team is named; say which to remind")
    folded = command.text.casefold()
    for name in command.teams:
        team = scene.team(name)
        if team is None or not team.assigned:
            text = f"{name} is not assigned to {rollout.ref}; assign it first, or give a reason"
            yield stop("not-assigned", text, overridable=True)
            continue
        if not rollout.whole:
            continue
        if not owes(team):
            text = f"{team.team} owes nothing now: it is {team.state.value.replace('-', ' ')}"
            yield stop("owes-nothing", text, overridable=True)
        yield from _against_haste(team, scene)
        if command.text.strip() and not mentions(folded, team_key(team.team)):
            yield warn("unnamed", f"the text does not name {team.team}, which then cannot tell that it is meant")
    if not command.text.strip():  # last: nothing is drafted for a team that is not assigned
        yield stop("empty", "the reminder has no text; write one")


def _against_haste(team: TeamStanding, scene: Scene) -> Iterator[Objection]:
    """The cooldown; a message on another record that reminded of this one too counts like one here."""
    told = cooling(team, scene.reminded, scene.policy, scene.now)
    if told is not None:
        last, again = (moment(at, scene.policy.zone) for at in told)
        text = f"{team.team} was reminded on {last}; the next reminder may go on {again}"
        yield stop("cooldown", text, overridable=True)


# --------------------------------------------------------------------------------------------------------------- poll


def _against_poll(command: Poll, scene: Scene) -> Iterator[Objection]:
    policy, ref = scene.policy, scene.rollout.ref
    if not command.to.strip():
        yield stop("address", f"no early-adopters list is known for the stack of {ref}; name the list")
    elif not is_mail_address(command.to):
        yield stop("address", f"{command.to[:80]!r} is no mail address; write LIST@HOST")
    if not command.subject.strip() or odd(command.subject):
        yield stop("empty", "the mail has no subject of one line; write one")
    if not command.text.strip():
        yield stop("empty", "the mail has no text; write one")
    if not scene.rollout.whole:
        return
    accepted = [team.team for team in scene.teams if team.answer is Answer.ACCEPT]
    if accepted:
        yield warn(
            "accepted", f"{', '.join(accepted)} accepted already; more early adopters are asked for all the same"
        )
    polled = scene.standing.polled
    if polled is None:
        return
    again = clocks.add(polled, policy.reminder_cooldown, policy.zone, policy.calendar)
    if scene.now < again:
        text = (
            f"the list was asked about {ref} on {moment(polled, policy.zone)};"
            f" the next mail may go on {moment(again, policy.zone)}"
        )
        yield stop("cooldown", text, overridable=True)
