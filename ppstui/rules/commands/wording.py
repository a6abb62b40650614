"""The texts that commands write, and those that people start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import (
    Acknowledge,
    Assign,
    Comment,
    Document,
    Expose,
    Exposure,
    Extend,
    Incident,
    Poll,
    Remind,
    Reply,
    Report,
    Resolve,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    command_name,
)
from ppstui.rules.answers import match_team
from ppstui.rules.exposure_lines import one_line, write_exposure, write_waiver
from ppstui.rules.names import short, team_of
from ppstui.rules.reminders import call, owes, reminder, subject
from ppstui.rules.rollouts import standing
from ppstui.rules.teams import team_key
from ppstui.rules.titles import read_title

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.model import Command, Rollout
    from ppstui.rules.policy import Policy
    from ppstui.rules.tracker import Tracker

# --------------------------------------------------------------------------------------------- what commands write


def acknowledge_text(command: Acknowledge) -> str:
    """What is written on the team's behalf: the line of DOMAIN §2 T2 first, then the note."""
    line = f"{command.answer.value} {short(team_of(command.team))}"
    note = command.note.strip()
    return f"{line}\n\n{note}\n" if note else f"{line}\n"


def exposure_text(command: Expose | Extend) -> str:
    """The message by which a team's exposure, or everybody's, is set: its line and nothing else."""
    if isinstance(command, Expose):
        return write_exposure(Exposure(team=command.team, start=command.on))
    return write_exposure(Exposure(team=command.team, until=command.until, reason=command.reason))


def report_text(command: Report) -> str:
    """The message with which a report is attached, or the line that waives it."""
    if command.waive:
        return write_waiver(command.team, command.waive)
    return f"Report of {command.team}: {command.name}"


def outcome_text(command: SetOutcome | Resolve) -> str:
    """The internal comment that says why; "" when no reason is given."""
    reason = one_line(command.reason)
    if not reason:
        return ""
    if isinstance(command, SetOutcome) and command.outcome is None:
        return f"Outcome taken out: {reason}"
    return f"Outcome {command.outcome.value}: {reason}" if command.outcome else f"Resolved: {reason}"


def poll_note(command: Poll) -> str:
    """The internal comment that says what was asked of whom."""
    return f"Asked {command.to} for early adopters: {one_line(command.subject)}\n\n{command.text.strip()}\n"


def incident_note(command: Incident) -> str:
    """The internal comment that goes with an incident; "" when there is nothing to say beyond the link."""
    title, text = one_line(command.title), command.text.strip()
    if not title and not text:
        return ""
    head = f"Incident {'' if command.remove else command.url}".rstrip() + (" is no more linked" * command.remove)
    head = f"{head}: {title}" if title else head
    return f"{head}\n\n{text}\n" if text else f"{head}\n"


def document_link(command: Document | Resolve, tracker: Tracker) -> str:
    """The address of the document it names: its own, else as the source makes it of the id; "" when there is none."""
    document = command.document.strip()
    return command.url.strip() or (tracker.document_url.replace("{id}", document) if document else "")


def as_comment(command: Command) -> str:
    """What was to be said or done, as an internal comment for when nothing else of it is kept.

    It has no effect of its own: no line of it is read as an exposure or a waiver.
    """
    match command:
        case Comment() | Reply() | Remind() | Poll():
            return command.text
        case Incident():
            return f"wanted to {_wanted(command)}" + (f"\n\n{command.text.strip()}" if command.text.strip() else "")
        case _:
            return f"wanted to {_wanted(command)}"


def _wanted(command: Command) -> str:
    match command:
        case Assign():
            signed = [f"+ {team}" for team in command.add] + [f"- {team}" for team in command.remove]
            return f"change the teams: {', '.join(signed)}"
        case Acknowledge():
            return f"answer {command.answer.value} for {team_of(command.team)}" + _because(command.note)
        case Expose():
            return f"set the exposure of {command.team or 'all teams'} to begin on {command.on.isoformat()}"
        case Extend():
            whose = command.team or "all teams"
            return f"extend the exposure of {whose} until {command.until.isoformat()}" + _because(command.reason)
        case Report():
            if command.waive:
                return f"waive the report of {command.team}" + _because(command.waive)
            return f"attach the report of {command.team}: {command.name}"
        case Incident():
            verb = "take out the link to" if command.remove else "link"
            return f"{verb} the incident {one_line(command.url)}" + _because(command.title)
        case _:
            return _wanted_value(command)


def _wanted_value(command: Command) -> str:
    match command:
        case Document():
            name = " ".join(filter(None, (command.document, command.url))) or "none"
            return f"set document to {one_line(name)}"
        case SetOutcome():
            return f"set outcome to {command.outcome.value if command.outcome else 'none'}" + _because(command.reason)
        case Resolve():
            with_what = [f"outcome {command.outcome.value}"] if command.outcome else []
            with_what += [f"document {command.document or command.url}"] if command.document or command.url else []
            told = f" with {' and '.join(with_what)}" if with_what else ""
            return f"resolve it{told}" + _because(command.reason)
        case SetDue():
            return f"set due to {command.due.isoformat() if command.due else 'none'}"
        case SetOwner():
            return f"set owner to {command.owner or 'nobody'}"
        case SetStatus():
            return f"set status to {command.status}"
        case SetField():
            values = [] if command.values is None else [", ".join(command.values) or "none"]
            signed = [f"+ {value}" for value in command.add] + [f"- {value}" for value in command.remove]
            return f"set {one_line(command.name)} to {one_line(', '.join((*values, *signed)))}"
        case _:
            return f"{command_name(command)} {command.target}"


def _because(reason: str) -> str:
    told = one_line(reason)
    return f" ({told})" if told else ""


# ------------------------------------------------------------------------------------------ what people start from


def draft(command_name: str, rollout: Rollout, teams: tuple[str, ...], policy: Policy, now: dt.datetime) -> str:
    """The text a person starts from: the reminder to these teams, saying what each owes and since when.

    Without teams: to every team that owes something. For `poll` the call to the list. "" for commands that have nothing
    to start from, for teams nobody chose, and when nobody owes anything.
    """
    if command_name == "poll":
        return call(rollout, read_title(rollout.title, policy.stacks), policy)
    if command_name != "remind":
        return ""
    found = standing(rollout, policy, now)
    if teams:
        wanted = {
            team_key(match_team(team, [each.team for each in found.teams], policy.roster)[0] or team) for team in teams
        }
        chosen = [team for team in found.teams if team.assigned and team_key(team.team) in wanted]
    else:
        chosen = [team for team in found.teams if owes(team)]
    return reminder(rollout, found, chosen, policy) if chosen else ""


def poll_subject(rollout: Rollout, policy: Policy) -> str:
    """The subject of the mail that asks a list for early adopters."""
    return f"Early adopters wanted: {subject(rollout, read_title(rollout.title, policy.stacks))}"


def poll_address(rollout: Rollout, policy: Policy) -> str:
    """The early-adopters list of the rollout's stack (DOMAIN §11.8); "" when the stack is unknown."""
    title = read_title(rollout.title, policy.stacks)
    if not title.parsed or title.stack.casefold() not in {stack.casefold() for stack in policy.stacks}:
        return ""
    folded = {stack.casefold(): address for stack, address in policy.poll_lists.items()}
    own = folded.get(title.stack.casefold())
    return policy.poll_address.replace("{stack}", title.stack.lower()) if own is None else own
