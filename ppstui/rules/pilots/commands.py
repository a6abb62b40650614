"""What a command to a pilot would do, and what takes it back; pure, so dry run and preview cannot differ.

What stands against it is in `guards`, what a colleague changed meanwhile in `conflicts`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import (
    Comment,
    Ending,
    EndKind,
    Event,
    Message,
    NewPilot,
    Objection,
    Pilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Prolongation,
    Remind,
    Reply,
    Step,
    StepState,
    Update,
    Voice,
)
from ppstui.rules.clocks import local_day
from ppstui.rules.commands import Effect
from ppstui.rules.effort import effort_text, planned_effort, step_effort
from ppstui.rules.horizon import day_name
from ppstui.rules.pilots import pilot_standing, workflow
from ppstui.rules.pilots.reckoning import find, holder
from ppstui.rules.pilots.workflow import RUN, SET_UP, WRAP_UP, begin_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import PilotCommand
    from ppstui.rules.policy import Policy

Spoken = Comment | Reply | Remind
"""Commands of the model that a pilot understands as a rollout does."""

TEXTS = (*("description", "objectives", "metrics", "use_cases", "constraints", "layout", "users", "documentation"),)
"""The texts of a home page, in the order in which it shows them."""


CHANGED = "changed "
"""How the line of a pilot's history begins that tells which fields were edited."""


def planned(command: NewPilot, policy: Policy, now: dt.datetime) -> NewPilot:
    """The command with its start and the plan of its steps put in, as it is to be queued."""
    created = local_day(now, policy.zone)
    start = command.start or workflow.first_start(command.update, created, policy)
    command = structs.replace(command, start=start, service=command.service or command.title)
    return structs.replace(command, steps=command.steps or workflow.planned_steps(command, policy, now))


# ------------------------------------------------------------------------------------------------------------- preview


def pilot_preview(
    command: PilotCommand | Spoken, pilot: Pilot, policy: Policy, now: dt.datetime, by: str, key: str
) -> Pilot:
    """The pilot as it will look, for showing a pending action on the board before the server has it.

    A pilot on which `key` is found already comes back as it is: the server has it.
    """
    if carries(pilot, key):
        return pilot
    match command:
        case NewPilot():
            made, line = _made(planned(command, policy, now), pilot, now), "made"
        case PilotStep():
            made, line = _signed(command, pilot, policy, now, by), _signing(command, policy, now)
        case PilotProlong():
            made, line = _prolonged(command, pilot, now, by), f"prolonged to {command.until}: {command.reason}"
        case PilotRollBack() | PilotCancel() | PilotClose():
            made = _ended(command, pilot, policy, now, by)
            line = f"{ENDINGS[type(command)].value}: {command.reason}".removesuffix(": ")
        case PilotEdit():
            made, line = edited(command, pilot, policy), CHANGED + ", ".join(_named(command))
        case Comment():
            return _said(pilot, command.text, Voice.COMMENT, now, by, key)
        case Reply() | Remind():
            return _said(pilot, command.text, Voice.REPLY, now, by, key)
    event = Event(id=f"pending:{key}", at=now, author=by, text=line)
    return structs.replace(made, events=(*pilot.events, event))


def carries(pilot: Pilot, key: str) -> bool:
    """Whether the effect of a key is on it: a message has the mark, or a line of history is called after it."""
    return bool(key) and (
        any(key in message.marks for message in pilot.messages)
        or any(event.id in (key, f"pending:{key}") for event in pilot.events)
    )


def _said(pilot: Pilot, text: str, voice: Voice, now: dt.datetime, by: str, key: str) -> Pilot:
    message = Message(id=f"pending:{key}", at=now, author=by, voice=voice, text=text, marks=(key,) if key else ())
    return structs.replace(pilot, messages=(*pilot.messages, message))


_COPIED = (
    *("title", "service", "update", "software", "incompatible", "level", "requester", "sites", "vos", "coordinator"),
    *("contact", "start", "setup_days", "feedback_days", "run_weeks", "steps", "description", "objectives", "metrics"),
    *("use_cases", "documentation"),
)
"""What a new pilot takes from the command that makes it."""


def _made(command: NewPilot, pilot: Pilot, now: dt.datetime) -> Pilot:
    fields = {name: getattr(command, name) for name in _COPIED}
    return structs.replace(pilot, created=pilot.created or now, **fields)


def _signed(command: PilotStep, pilot: Pilot, policy: Policy, now: dt.datetime, by: str) -> Pilot:
    old = find(pilot, command.number) or Step(number=command.number)
    spent = tuple(
        structs.replace(each, on=each.on or local_day(now, policy.zone), by=each.by or by) for each in command.spent
    )
    opened = command.state is StepState.OPEN
    new = structs.replace(
        old,
        state=command.state,
        done=None if opened else command.on or local_day(now, policy.zone),
        by="" if opened else command.by or by,
        note=command.note or ("" if opened else old.note),
        spent=(*old.spent, *spent),
    )
    return structs.replace(pilot, steps=_with(pilot.steps, new))


def _with(steps: tuple[Step, ...], new: Step) -> tuple[Step, ...]:
    others = [step for step in steps if step.number != new.number]
    return tuple(sorted((*others, new), key=lambda step: step.number))


def _signing(command: PilotStep, policy: Policy, now: dt.datetime) -> str:
    when = "" if command.state is StepState.OPEN else f" on {command.on or local_day(now, policy.zone)}"
    who = f" by {command.by}" if command.by else ""
    return f"step {command.number} {command.state.value}{when}{who}"


def _prolonged(command: PilotProlong, pilot: Pilot, now: dt.datetime, by: str) -> Pilot:
    """The run and the wrap-up that was held are open again; a post-mortem that was handed in stays."""
    added = Prolongation(until=command.until, reason=command.reason, by=by, at=now)
    steps = tuple(
        structs.replace(step, state=StepState.OPEN, done=None, by="") if step.number in (RUN, WRAP_UP) else step
        for step in pilot.steps
    )
    return structs.replace(pilot, steps=steps, prolongations=(*pilot.prolongations, added))


ENDINGS = {
    PilotRollBack: EndKind.ROLLED_BACK,
    PilotCancel: EndKind.CANCELLED,
    PilotClose: EndKind.CLOSED,
}
"""How each of these commands ends a pilot."""


def _ended(
    command: PilotRollBack | PilotCancel | PilotClose, pilot: Pilot, policy: Policy, now: dt.datetime, by: str
) -> Pilot:
    day = command.on or local_day(now, policy.zone)
    ending = Ending(how=ENDINGS[type(command)], on=day, reason=command.reason, by=by)
    follow_up = command.follow_up if isinstance(command, PilotClose) else ""
    return structs.replace(pilot, ending=ending, follow_up=follow_up or pilot.follow_up)


# ------------------------------------------------------------------------------------------------------------- editing


def edited(command: PilotEdit, pilot: Pilot, policy: Policy) -> Pilot:
    """The pilot with these fields; open steps that nobody planned by hand move with its start and lengths.

    A new planned day for the step on which set-up begins is a new start, one for the installation a new set-up time.
    """
    changes = {name: value for name in PLAIN if (value := getattr(command, name)) is not None}
    days = dict(command.planned)
    if command.start or begin_step(pilot.update) in days:
        changes["start"] = command.start or days[begin_step(pilot.update)]
    start = changes.get("start", pilot.start)
    if SET_UP in days and isinstance(start, dt.date):
        changes["setup_days"] = max((days[SET_UP] - start).days, 0)
    made = structs.replace(pilot, **changes)
    created = local_day(pilot.created, policy.zone) if pilot.created else dt.date.max
    old, new = workflow.plan(pilot, created, policy), workflow.plan(made, created, policy)
    owners = dict(command.owners)
    steps = []
    for step in pilot.steps:
        by_hand = step.planned is not None and step.planned != old.get(step.number)
        own = days.get(step.number)
        moved = step.planned if step.state is not StepState.OPEN or by_hand else new.get(step.number, step.planned)
        steps.append(structs.replace(step, planned=own or moved, owner=owners.get(step.number, step.owner)))
    return structs.replace(made, steps=tuple(steps))


PLAIN = (
    *("title", "service", "sites", "vos", "coordinator", "contact", "setup_days", "feedback_days", "run_weeks"),
    *("milestones", *TEXTS),
)
"""The fields that an edit sets as they are."""


def _named(command: PilotEdit) -> list[str]:
    """What an edit changes, in words."""
    names = [name.replace("_", " ") for name in (*PLAIN, "start") if getattr(command, name) is not None]
    names += [f"plan of step {number}" for number, _ in command.planned]
    return names + [f"owner of step {number}" for number, _ in command.owners]


# ------------------------------------------------------------------------------------------------------------- effects


def pilot_effects(
    command: PilotCommand | Spoken, pilot: Pilot | None, policy: Policy, now: dt.datetime
) -> tuple[Effect, ...]:
    """The exact effect, then what follows from it for days, state and whose move it is; () when nothing changes."""
    match command:
        case NewPilot():
            return tuple(_of_new(planned(command, policy, now), policy))
        case Comment():
            return (Effect(what="comment", before="", after=command.text),)
        case Reply():
            return (Effect(what="reply", before="", after=command.text),)
        case Remind():
            return (Effect(what=f"reply to {', '.join(command.teams)}", before="", after=command.text),)
    if pilot is None:
        return ()
    after = pilot_preview(command, pilot, policy, now, "", "")
    found = [*_changes(pilot, after), *consequences(pilot, after, policy, now)]
    if isinstance(command, PilotClose) and pilot.update is Update.MINOR:
        found.append(Effect(what="agenda of the EMT", before="", after=f"wrap-up of {pilot.title or pilot.ref}"))
    return tuple(found)


def _of_new(command: NewPilot, policy: Policy) -> Iterator[Effect]:
    level = command.level or workflow.level_needed(command.software, incompatible=command.incompatible)
    yield Effect(what="title", before="", after=command.title)
    facts = (
        ("service", command.service),
        ("update", command.update.value),
        ("level", level.value),
        ("sites", ", ".join(command.sites)),
        ("VOs", ", ".join(command.vos)),
        ("coordinator", command.coordinator),
        ("contact", command.contact),
    )
    for what, text in facts:
        if text:
            yield Effect(what=what, before="", after=text)
    lines = planned_effort(command, policy)
    stand_in = Pilot(ref=command.target, coordinator=command.coordinator, sites=command.sites, vos=command.vos)
    leads = {each.number: each.lead for each in workflow.template(command.update)}
    for step in command.steps:
        lead = leads.get(step.number)
        who = step.owner or (holder(stand_in, lead) or lead.value if lead else "")
        when = day_name(step.planned) if step.planned else ""
        cost = step_effort(lines, step.number)
        words = [step.state.value if step.state is not StepState.OPEN else "", when, who]
        words += [effort_text(cost)] if cost else []
        yield Effect(
            what=f"step {step.number}, {step.what}", before="", after=", ".join(word for word in words if word)
        )


def _changes(before: Pilot, after: Pilot) -> Iterator[Effect]:
    """The facts that differ, in words."""
    for name in (*PLAIN, "start", "follow_up"):
        old, new = shown(getattr(before, name)), shown(getattr(after, name))
        if old != new:
            yield Effect(what=name.replace("_", " "), before=old, after=new)
    for step in after.steps:
        yield from _step_changes(find(before, step.number), step)
    for added in after.prolongations[len(before.prolongations) :]:
        yield Effect(what="prolonged", before="", after=f"to {day_name(added.until)}: {added.reason}")
    if after.ending and after.ending != before.ending:
        on = f" on {day_name(after.ending.on)}" if after.ending.on else ""
        reason = f": {after.ending.reason}" if after.ending.reason else ""
        yield Effect(what="ending", before="", after=f"{after.ending.how.value}{on}{reason}")


def _step_changes(old: Step | None, new: Step) -> Iterator[Effect]:
    name = f"step {new.number}, {new.what}" if new.what else f"step {new.number}"
    if signed(old) != signed(new):
        yield Effect(what=name, before=signed(old), after=signed(new))
    if (old.planned if old else None) != new.planned:
        before = day_name(old.planned) if old and old.planned else ""
        yield Effect(
            what=f"plan of step {new.number}", before=before, after=day_name(new.planned) if new.planned else ""
        )
    if (old.owner if old else "") != new.owner:
        yield Effect(what=f"owner of step {new.number}", before=old.owner if old else "", after=new.owner)
    for spent in new.spent[len(old.spent) if old else 0 :]:
        who = " at ".join(word for word in (spent.role.value, spent.site) if word)
        yield Effect(what=f"effort on step {new.number}", before="", after=f"{effort_text(spent.minutes)}, {who}")


def signed(step: Step | None) -> str:
    """How a step is signed, in words: `open`, `done on Fri 2009-02-13 by mario`."""
    if step is None:
        return StepState.OPEN.value
    when = f" on {day_name(step.done)}" if step.done else ""
    return step.state.value + when + (f" by {step.by}" if step.by else "")


def shown(value: object) -> str:
    """A fact of a pilot as a person reads it."""
    match value:
        case None:
            return ""
        case dt.date():
            return day_name(value)
        case tuple():
            return ", ".join(str(getattr(each, "what", each)) for each in value)
        case _:
            return str(value)


_FOLLOWING = (
    ("start", "set-up begins"),
    ("setup_due", "installation due"),
    ("run_start", "run begins"),
    ("end", "run ends"),
    ("feedback_due", "feedback due"),
    ("report_due", "post-mortem due"),
)


def consequences(before: Pilot, after: Pilot, policy: Policy, now: dt.datetime) -> Iterator[Effect]:
    """What follows from a change for the days, the state and whose move it is: for a person who is about to save it."""
    old, new = pilot_standing(before, policy, now), pilot_standing(after, policy, now)
    for name, what in _FOLLOWING:
        was, will = getattr(old, name), getattr(new, name)
        if was != will:
            yield Effect(what=what, before=shown(was), after=shown(will))
    if old.state is not new.state:
        yield Effect(what="state", before=old.state.value, after=new.state.value)
    if old.mover is not new.mover:
        yield Effect(what="whose move", before=old.mover.value, after=new.mover.value)


# ------------------------------------------------------------------------------------------------------------- undoing


def pilot_reverse(command: PilotCommand | Spoken, before: Pilot, policy: Policy) -> PilotCommand | None:
    """The command that takes it back once it has happened, given what was there before; None when nothing can."""
    match command:
        case PilotStep():
            old = find(before, command.number) or Step(number=command.number)
            if (old.state, old.done) == (command.state, command.on) and not command.spent:
                return None
            spent = tuple(structs.replace(each, minutes=-each.minutes) for each in command.spent)
            return PilotStep(
                target=command.target,
                number=command.number,
                state=old.state,
                on=old.done,
                by=old.by,
                note=old.note,
                spent=spent,
            )
        case PilotEdit():
            return _unedited(command, before, policy)
        case _:
            return None


def _unedited(command: PilotEdit, before: Pilot, policy: Policy) -> PilotEdit | None:
    after = edited(command, before, policy)
    if after == before or (before.start is None and after.start is not None):
        return None
    changes = {name: getattr(before, name) for name in PLAIN if getattr(before, name) != getattr(after, name)}
    derived = (begin_step(before.update), SET_UP, RUN)
    planned_days = tuple(
        (step.number, step.planned)
        for step in before.steps
        if step.planned and step.number not in derived and step.number in dict(command.planned)
    )
    old_owners = tuple((step.number, step.owner) for step in before.steps if step.number in dict(command.owners))
    start = before.start if after.start != before.start else None
    return PilotEdit(target=command.target, start=start, planned=planned_days, owners=old_owners, **changes)


_UNDOABLE = {
    NewPilot: "the pilot is there for others to see; cancel it",
    PilotStep: "it changed nothing, as far as is known",
    PilotProlong: "the sites count on it; close the pilot when it is to end earlier",
    PilotRollBack: "the version is gone from its sites; make a new pilot",
    PilotCancel: "the partners were told; make a new pilot",
    PilotClose: "the pilot was closed before others; prolonging it opens the run again where a reason is given",
    PilotEdit: "there was no start before, or nothing changed; edit it anew",
}


def pilot_irreversible(command: PilotCommand | Spoken) -> Objection:
    """What stands against taking back a command that had its effect and has no reverse."""
    why = next((text for kind, text in _UNDOABLE.items() if isinstance(command, kind)), "")
    text = why or "others may have read it already; write again to correct it"
    tag = type(command).__struct_config__.tag
    return Objection(rule="irreversible", text=f"{tag} on {command.target} cannot be taken back: {text}")
