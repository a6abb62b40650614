"""What a command would do, what stands against it, what takes it back; pure, so dry run and preview cannot differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Assignment,
    Comment,
    Event,
    Message,
    NewRollout,
    Objection,
    Phase,
    Remind,
    Reply,
    Voice,
    command_name,
)
from ppstui.rules import clocks
from ppstui.rules.answers import find_answers, match_team
from ppstui.rules.horizon import moment
from ppstui.rules.names import read_team, short, team_of
from ppstui.rules.reminders import owes, reminder
from ppstui.rules.rollouts import standing
from ppstui.rules.teams import calendar_of, mentions, team_key
from ppstui.rules.titles import read_title

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from ppstui.model import Command, Rollout
    from ppstui.rules.policy import Policy
    from ppstui.rules.rollouts import TeamStanding


class Effect(Struct, frozen=True, kw_only=True):
    """One thing that would change, before and after, as a person reads it."""

    what: str
    before: str
    after: str


_OPEN = Phase.OPEN.value
"""What `status` turns to where nobody says the server's own word for open; the adapter writes that."""

_WATCHERS = "AdminCc"
"""The watchers of a rollout, by the name that DOMAIN §2 T1 gives them."""


# --------------------------------------------------------------------------------------------------------- objections


def objections(command: Command, rollout: Rollout | None, policy: Policy, now: dt.datetime) -> tuple[Objection, ...]:
    """The rules that stand against the command now, blocking ones first; () when it may go.

    `rollout` is None for what is not about a rollout that exists. Of a rollout that is not whole only what its columns
    say is held against a command, so look at it first.
    """
    if isinstance(command, NewRollout):
        found = list(_against_new(command, policy))
    elif rollout is None:
        return ()
    else:
        found = list(_against_closed(command, rollout))
        match command:
            case Assign():
                found += _against_assign(command, rollout, policy, now)
            case Acknowledge():
                found += _against_acknowledge(command, rollout, policy, now)
            case Remind():
                found += _against_remind(command, rollout, policy, now)
            case Comment():
                found += _against_empty(command.text, "comment")
            case Reply():
                found += _against_empty(command.text, "reply")
                found += _against_answering(command.text)
    return tuple(sorted(found, key=lambda objection: not objection.blocking))


def _stop(rule: str, text: str, *, overridable: bool = False) -> Objection:
    return Objection(rule=rule, text=text, overridable=overridable)


def _warn(rule: str, text: str) -> Objection:
    return Objection(rule=rule, text=text, blocking=False)


def _against_closed(command: Command, rollout: Rollout) -> Iterator[Objection]:
    if rollout.phase is Phase.DELETED:
        yield _stop("closed", f"{rollout.ref} is deleted; nothing can be written to it")
    elif not rollout.phase.live and isinstance(command, Reply):
        yield _warn("closed", f"{rollout.ref} is {_status(rollout)}; a reply may open it again")
    elif not rollout.phase.live and not isinstance(command, Comment):
        yield _stop(
            "closed", f"{rollout.ref} is {_status(rollout)}; reopen it first, or give a reason", overridable=True
        )
    elif rollout.phase is Phase.STALLED and isinstance(command, Remind):
        yield _warn("stalled", f"{rollout.ref} is on hold; nobody's clock runs until it is opened again")


def _against_empty(text: str, what: str) -> Iterator[Objection]:
    if not text.strip():
        yield _stop("empty", f"the {what} has no text; write one")


def _against_answering(text: str) -> Iterator[Objection]:
    lines = find_answers(text)
    opening = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(lines) == 1 and lines[0].line.strip() == opening:
        yield _warn("reads-as-answer", f"this will count as the answer of {lines[0].team}; acknowledge says it as such")


def _against_assign(command: Assign, rollout: Rollout, policy: Policy, now: dt.datetime) -> Iterator[Objection]:
    if not command.add and not command.remove:
        yield _stop("empty", "no team is named; say which to add or to remove")
    yield from _against_adding(command, rollout, policy)
    yield from _against_removing(command, rollout, policy, now)


def _against_adding(command: Assign, rollout: Rollout, policy: Policy) -> Iterator[Objection]:
    assigned = {team_key(assignment.team) for assignment in rollout.assignments}
    for team in command.add:
        if not team.strip() or any(sign.isspace() or not sign.isprintable() for sign in team):
            yield _stop("team-name", f"{team[:80]!r} is no team's name; write ea-<NGI>-<Site-name>")
        elif team_key(team) in assigned:
            yield _idle("assigned", f"{team} is assigned already", command, rollout)
        elif problem := read_team(team, policy.roster).problem:
            yield _warn("team-name", f"{team}: {problem}")


def _against_removing(command: Assign, rollout: Rollout, policy: Policy, now: dt.datetime) -> Iterator[Objection]:
    assigned = {team_key(assignment.team) for assignment in rollout.assignments}
    wanted = {team_key(team) for team in command.add}
    for name in command.remove:
        if team_key(name) in wanted:
            yield _stop("contradiction", f"{name} is to be added and removed at once; decide for one")
        elif team_key(name) not in assigned:
            yield _idle("not-assigned", f"{name} is not assigned", command, rollout)
    _, removed = _change(command, rollout)
    if removed and rollout.whole:
        for team in standing(rollout, policy, now).teams:
            if team.team in removed and (team.answer is Answer.ACCEPT or team.report):
                what = "handed in a report" if team.report else "accepted"
                yield _warn("answered", f"{team.team} {what}; taken out, it counts no more")


def _idle(rule: str, text: str, command: Assign, rollout: Rollout) -> Objection:
    """A warning while other teams of the command still change something, else the end of it."""
    return _warn(rule, text) if any(_change(command, rollout)) else _stop(rule, f"{text}; there is nothing to do")


def _against_acknowledge(
    command: Acknowledge, rollout: Rollout, policy: Policy, now: dt.datetime
) -> Iterator[Objection]:
    lines = find_answers(acknowledge_text(command))
    if not lines or lines[0].answer is not command.answer:
        yield _stop("team-name", f"{command.team[:80]!r} is no team's name; write ea-<NGI>-<Site-name>")
        return
    if len(lines) > 1:
        yield _stop("note", f"the note holds the answer line {lines[1].line.strip()!r}; word it otherwise")
    team = _team(command.team, rollout, policy, now)
    if team is None or not team.assigned:
        name = team.team if team else command.team
        text = f"{name} is not assigned to {rollout.ref}; assign it first, or give a reason to record a volunteer"
        yield _stop("not-assigned", text, overridable=True)
    if team is None or not rollout.whole:
        return
    if team.answer is command.answer:
        yield _stop("answered", f"{team.team} has answered {command.answer.value} already; there is nothing to do")
    elif team.answer is not None:
        yield _warn(
            "answered", f"{team.team} has answered {team.answer.value}; this replaces it, and both stay to be seen"
        )
    elif team.late and team.due:
        yield _warn(
            "late", f"the answer of {team.team} was due on {moment(team.due, policy.zone)}; it will count as late"
        )


def _against_remind(command: Remind, rollout: Rollout, policy: Policy, now: dt.datetime) -> Iterator[Objection]:
    if not command.teams:
        yield _stop("empty", "no team is named; say which to remind")
    folded = command.text.casefold()
    for name in command.teams:
        team = _team(name, rollout, policy, now)
        if team is None or not team.assigned:
            text = f"{name} is not assigned to {rollout.ref}; assign it first, or give a reason"
            yield _stop("not-assigned", text, overridable=True)
            continue
        if not rollout.whole:
            continue
        if not owes(team):
            text = f"{team.team} owes nothing now: it is {team.state.value.replace('-', ' ')}"
            yield _stop("owes-nothing", text, overridable=True)
        if team.reminded:
            again = clocks.add(team.reminded, policy.reminder_cooldown, policy.zone, calendar_of(team, policy))
            if now < again:
                text = (
                    f"{team.team} was reminded on {moment(team.reminded, policy.zone)};"
                    f" the next reminder may go on {moment(again, policy.zone)}"
                )
                yield _stop("cooldown", text, overridable=True)
        if command.text.strip() and not mentions(folded, team_key(team.team)):
            yield _warn("unnamed", f"the text does not name {team.team}, which then cannot tell that it is meant")
    yield from _against_empty(command.text, "reminder")  # last: nothing is drafted for a team that is not assigned


def _against_new(command: NewRollout, policy: Policy) -> Iterator[Objection]:
    if not command.title.strip():
        yield _stop("empty", "the rollout has no title; write one")
        return
    title = read_title(command.title, policy.stacks)
    if title.problem:
        rule = "title-odd" if title.parsed else "title-unparsed"
        yield _warn(rule, f"the title does not follow the grammar: {title.problem}")


# ------------------------------------------------------------------------------------------------------------ effects


def effects(
    command: Command,
    rollout: Rollout | None,
    policy: Policy,
    now: dt.datetime,
    *,
    opening: str = _OPEN,
    watchers: bool = True,
) -> tuple[Effect, ...]:
    """The exact effect, in the order in which it will happen; () when nothing would change.

    `opening` is the status word that this rollout's source gives to a rollout whose teams are chosen; `watchers` says
    whether that source also keeps the chosen teams as watchers of the record.
    """
    match command:
        case NewRollout():
            return tuple(_of_new(command))
        case Assign():
            found = tuple(_of_assign(command, rollout, policy, now, opening)) if rollout else ()
            return tuple(effect for effect in found if watchers or effect.what != _WATCHERS)
        case Acknowledge():
            return tuple(_of_acknowledge(command, rollout, policy, now))
        case Comment():
            return (Effect(what="comment", before="", after=command.text),)
        case Reply():
            return (Effect(what="reply", before="", after=command.text),)
        case Remind():
            return (Effect(what=f"reply to {', '.join(command.teams)}", before="", after=command.text),)


def _of_new(command: NewRollout) -> Iterator[Effect]:
    yield Effect(what="title", before="", after=command.title)
    if command.text:
        yield Effect(what="description", before="", after=command.text)
    for link in command.links:
        yield Effect(what=link.relation or "link", before="", after=link.url)


def _of_assign(command: Assign, rollout: Rollout, policy: Policy, now: dt.datetime, opening: str) -> Iterator[Effect]:
    """The field, the watchers, the status, then the clocks that start with them (DOMAIN §2 T1)."""
    added, removed = _change(command, rollout)
    if not added and not removed:
        return
    before = [assignment.team for assignment in rollout.assignments]
    after = [team for team in before if team not in removed] + added
    yield Effect(what="teams", before=", ".join(before), after=", ".join(after))
    changes = [f"+ {team}" for team in added] + [f"- {team}" for team in removed]
    yield Effect(what=_WATCHERS, before="", after=", ".join(changes))
    if added and rollout.phase is Phase.NEW:
        yield Effect(what="status", before=_status(rollout), after=opening)
    for team in _team_standings(preview(command, rollout, policy, now, "", ""), policy, now):
        if team.team in added and team.due:
            yield Effect(what=f"answer of {team.team} due", before="", after=moment(team.due, policy.zone))


def _of_acknowledge(
    command: Acknowledge, rollout: Rollout | None, policy: Policy, now: dt.datetime
) -> Iterator[Effect]:
    yield Effect(what="reply", before="", after=acknowledge_text(command))
    team = _team(command.team, rollout, policy, now) if rollout else None
    before = team.answer.value if team and team.answer else ""
    yield Effect(what=f"answer of {team.team if team else command.team}", before=before, after=command.answer.value)


# ------------------------------------------------------------------------------------------------------------ preview


def preview(
    command: Command,
    rollout: Rollout,
    policy: Policy,  # noqa: ARG001  one signature for all four questions
    now: dt.datetime,
    by: str,
    key: str,
) -> Rollout:
    """The rollout as it will look, for showing a pending action on the board before the server has it.

    A rollout on which `key` is found already comes back as it is: the server has it.
    """
    if key and any(key in message.marks for message in rollout.messages):
        return rollout
    match command:
        case Assign():
            return _assigned(command, rollout, now, by)
        case Acknowledge():
            return _said(rollout, acknowledge_text(command), Voice.REPLY, now, by, key)
        case Comment():
            return _said(rollout, command.text, Voice.COMMENT, now, by, key)
        case Reply() | Remind():
            return _said(rollout, command.text, Voice.REPLY, now, by, key)
        case NewRollout():
            made = structs.replace(rollout, title=command.title, links=command.links, created=rollout.created or now)
            return _said(made, command.text, Voice.DESCRIPTION, now, by, key) if command.text else made


def _said(rollout: Rollout, text: str, voice: Voice, now: dt.datetime, by: str, key: str) -> Rollout:
    message = Message(id=f"pending:{key}", at=now, author=by, voice=voice, text=text, marks=(key,) if key else ())
    return structs.replace(rollout, messages=(*rollout.messages, message))


def _assigned(command: Assign, rollout: Rollout, now: dt.datetime, by: str) -> Rollout:
    added, removed = _change(command, rollout)
    kept = [assignment for assignment in rollout.assignments if assignment.team not in removed]
    fresh = [Assignment(team=team, notified=now, by=by) for team in added]
    signed = [("+", team) for team in added] + [("-", team) for team in removed]
    events = [
        Event(id=f"pending:{sign}{team}", at=now, author=by, text=f"teams {sign} {team}") for sign, team in signed
    ]
    opens = bool(added) and rollout.phase is Phase.NEW
    return structs.replace(
        rollout,
        assignments=(*kept, *fresh),
        events=(*rollout.events, *events),
        phase=Phase.OPEN if opens else rollout.phase,
        status=_OPEN if opens else rollout.status,
    )


def reverse(command: Command, before: Rollout) -> Command | None:
    """The command that takes it back once it has happened, given what was there before; None when nothing can.

    A changed choice of teams can be changed back (the teams were told, and the status stays open). What was written to
    people cannot be unsaid: a wrong answer is corrected by acknowledging anew.
    """
    if not isinstance(command, Assign):
        return None
    added, removed = _change(command, before)
    if not added and not removed:
        return None
    return Assign(target=command.target, add=tuple(removed), remove=tuple(added))


def irreversible(command: Command) -> Objection:
    """What stands against taking back a command that had its effect and has no reverse."""
    match command:
        case Assign():
            why = "it changed no team, as far as is known; assign again what should be otherwise"
        case NewRollout():
            why = "the rollout is there for others to see; close it where it is kept"
        case Acknowledge():
            why = "others may have read it already; acknowledge anew to correct it"
        case _:
            why = "others may have read it already; write again to correct it"
    text = f"{command_name(command)} on {command.target} cannot be taken back: {why}"
    return _stop("irreversible", text)


# -------------------------------------------------------------------------------------------------------------- texts


def acknowledge_text(command: Acknowledge) -> str:
    """What is written on the team's behalf: the line of DOMAIN §2 T2 first, then the note."""
    line = f"{command.answer.value} {short(team_of(command.team))}"
    note = command.note.strip()
    return f"{line}\n\n{note}\n" if note else f"{line}\n"


def draft(command_name: str, rollout: Rollout, teams: tuple[str, ...], policy: Policy, now: dt.datetime) -> str:
    """The text a person starts from: the reminder to these teams, saying what each owes and since when.

    Without teams: to every team that owes something. "" for commands that have nothing to start from, for teams nobody
    chose, and when nobody owes anything.
    """
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


# ------------------------------------------------------------------------------------------------------------- shared


def _status(rollout: Rollout) -> str:
    return rollout.status or rollout.phase.value


def _change(command: Assign, rollout: Rollout) -> tuple[list[str], list[str]]:
    """The teams that really come and go: the first as they were asked for, the second as the rollout spells them."""
    assigned = {team_key(assignment.team): assignment.team for assignment in rollout.assignments}
    fresh = {team_key(team): team.strip() for team in command.add if team_key(team) not in {"", *assigned}}
    out = {team_key(team) for team in command.remove} - {team_key(team) for team in command.add}
    return list(fresh.values()), [team for name, team in assigned.items() if name in out]


def _team_standings(rollout: Rollout, policy: Policy, now: dt.datetime) -> tuple[TeamStanding, ...]:
    return standing(structs.replace(rollout, whole=True), policy, now).teams


def _team(written: str, rollout: Rollout, policy: Policy, now: dt.datetime) -> TeamStanding | None:
    """The team that is meant, as an answering line would be understood; None when the rollout knows none such."""
    teams = _team_standings(rollout, policy, now)
    name, _ = match_team(written, [team.team for team in teams if team.assigned], policy.roster)
    return next((team for team in teams if team_key(team.team) == team_key(name or written)), None)
