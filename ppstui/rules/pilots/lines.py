"""How a pilot is written down where a source has no field for it: one line in a message, known here alone.

ppstui: pilot start 2009-02-06, set-up 7 days, feedback 14 days, run 2 weeks
ppstui: pilot prolonged until 2009-03-12 because CMS asked for more time
ppstui: pilot rolled-back on 2009-02-18 because jobs were lost
ppstui: pilot follow-up: a patch is asked for
ppstui: pilot milestone 2009-02-20: first user jobs
ppstui: step 7 planned for 2009-02-13
ppstui: step 7 owned by Mario Rossi
ppstui: step 7 done on 2009-02-13 by mario: no changes to YAIM
ppstui: step 7 took 720 min of partner-site at NGI_IT-INFN-CNAF on 2009-02-13: two people

Only what a desk wrote counts, so a message without a mark of its own is not read: nobody signs a step by mail. A later
line adds to an earlier one or replaces it.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import Ending, EndKind, Milestone, Pilot, Prolongation, Role, Spent, Step, StepState
from ppstui.rules.answers import own_lines
from ppstui.rules.exposure_lines import one_line
from ppstui.rules.pilots.reckoning import find
from ppstui.rules.teams import marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ppstui.model import Message

_HEAD = "ppstui: "
_DATE = r"\d{4}-\d\d-\d\d"
_START = re.compile(
    rf"pilot start (?P<start>{_DATE}|unknown), set-up (?P<setup>\d{{1,4}}) days,"
    r" feedback (?P<feedback>\d{1,4}) days, run (?P<weeks>\d{1,4}) weeks"
)
_PROLONGED = re.compile(rf"pilot prolonged until (?P<until>{_DATE}) because (?P<reason>.+)")
_ENDED = re.compile(
    rf"pilot (?P<how>{'|'.join(kind.value for kind in EndKind)}) on (?P<on>{_DATE})(?: because (?P<reason>.+))?"
)
_FOLLOW_UP = re.compile(r"pilot follow-up: (?P<text>.+)")
_MILESTONE = re.compile(rf"pilot milestone (?P<on>{_DATE}): (?P<what>.+)")
_PLANNED = re.compile(rf"step (?P<number>\d{{1,3}}) planned for (?P<on>{_DATE}|no day)")
_OWNED = re.compile(r"step (?P<number>\d{1,3}) owned by (?P<owner>.+)")
_SIGNED = re.compile(
    rf"step (?P<number>\d{{1,3}}) (?P<state>{'|'.join(state.value for state in StepState)})"
    rf"(?: on (?P<on>{_DATE}))?(?: by (?P<by>[^:]+))?(?:: (?P<note>.+))?"
)
_TOOK = re.compile(
    r"step (?P<number>\d{1,3}) took (?P<minutes>-?\d{1,7}) min of"
    rf" (?P<role>{'|'.join(role.value for role in Role)})"
    rf"(?: at (?P<site>\S+))?(?: on (?P<on>{_DATE}))?(?:: (?P<note>.+))?"
)
_NOBODY = "nobody"


# ------------------------------------------------------------------------------------------------------------- writing


def write_pilot(pilot: Pilot) -> Iterator[str]:
    """Every line of a pilot, for a source that keeps none of it in fields; `read_pilot` gives it back."""
    yield write_plan(pilot)
    for step in pilot.steps:
        if step.planned:
            yield write_planned(step)
        if step.owner:
            yield write_owner(step)
        if step.state is not StepState.OPEN or step.note:
            yield write_signed(step)
        yield from (write_spent(step.number, spent) for spent in step.spent)
    yield from map(write_prolongation, pilot.prolongations)
    yield from map(write_milestone, pilot.milestones)
    if pilot.ending and pilot.ending.on:
        yield write_ending(pilot.ending)
    if one_line(pilot.follow_up):
        yield write_follow_up(pilot.follow_up)


def write_plan(pilot: Pilot) -> str:
    """The line of its start and lengths; 0 weeks are those that the workflow fixes."""
    start = pilot.start.isoformat() if pilot.start else "unknown"
    lengths = f"set-up {pilot.setup_days} days, feedback {pilot.feedback_days} days, run {pilot.run_weeks} weeks"
    return f"{_HEAD}pilot start {start}, {lengths}"


def write_prolongation(prolongation: Prolongation) -> str:
    """The line of a prolongation."""
    reason = one_line(prolongation.reason) or "no reason was given"
    return f"{_HEAD}pilot prolonged until {prolongation.until.isoformat()} because {reason}"


def write_ending(ending: Ending) -> str:
    """The line of an ending whose day is known."""
    reason = f" because {one_line(ending.reason)}" if one_line(ending.reason) else ""
    return f"{_HEAD}pilot {ending.how.value} on {ending.on}{reason}"


def write_follow_up(text: str) -> str:
    """The line of what the wrap-up decided."""
    return f"{_HEAD}pilot follow-up: {one_line(text)}"


def write_milestone(milestone: Milestone) -> str:
    """The line of a milestone."""
    return f"{_HEAD}pilot milestone {milestone.on.isoformat()}: {one_line(milestone.what)}"


def write_planned(step: Step) -> str:
    """The line of a step's planned day."""
    return f"{_HEAD}step {step.number} planned for {step.planned.isoformat() if step.planned else 'no day'}"


def write_owner(step: Step) -> str:
    """The line of a step's owner."""
    return f"{_HEAD}step {step.number} owned by {one_line(step.owner) or _NOBODY}"


def write_signed(step: Step) -> str:
    """The line of a step's sign-off, or of its being opened again."""
    on = f" on {step.done.isoformat()}" if step.done else ""
    by = one_line(step.by).replace(":", " ").strip()
    note = one_line(step.note)
    return f"{_HEAD}step {step.number} {step.state.value}{on}{f' by {by}' if by else ''}{f': {note}' if note else ''}"


def write_spent(number: int, spent: Spent) -> str:
    """The line of work on a step."""
    site = f" at {one_line(spent.site).replace(' ', '_')}" if one_line(spent.site) else ""
    on = f" on {spent.on.isoformat()}" if spent.on else ""
    note = f": {one_line(spent.note)}" if one_line(spent.note) else ""
    return f"{_HEAD}step {number} took {spent.minutes} min of {spent.role.value}{site}{on}{note}"


# ------------------------------------------------------------------------------------------------------------- reading


def read_pilot(pilot: Pilot, messages: Iterable[Message]) -> Pilot:
    """The pilot with what desks wrote in messages, from the oldest on. A day that does not exist is not said.

    `pilot` has what the source keeps in fields of its own; steps that only lines speak of are added to its own.
    """
    for message, marks in marked(messages):
        if not marks or _HEAD not in message.text:
            continue
        for line in own_lines(message.text):
            if line.startswith(_HEAD):
                pilot = _told(pilot, line[len(_HEAD) :].rstrip(), message)
    return pilot


def _told(pilot: Pilot, said: str, message: Message) -> Pilot:
    """The pilot after one line; as it is after a line that says nothing about it."""
    for pattern, apply in _READERS:
        found = pattern.fullmatch(said)
        if found is not None:
            return apply(pilot, found.groupdict(), message) or pilot
    return pilot


_Groups = dict[str, str | None]


def _started(pilot: Pilot, said: _Groups, message: Message) -> Pilot | None:  # noqa: ARG001  one shape for all readers
    start = _day(said["start"])
    if start is None and said["start"] != "unknown":
        return None
    lengths = (int(said[name] or 0) for name in ("setup", "feedback", "weeks"))
    setup, feedback, weeks = lengths
    return structs.replace(pilot, start=start, setup_days=setup, feedback_days=feedback, run_weeks=weeks)


def _was_prolonged(pilot: Pilot, said: _Groups, message: Message) -> Pilot | None:
    until = _day(said["until"])
    if until is None:
        return None
    made = Prolongation(until=until, reason=said["reason"] or "", by=message.author, at=message.at)
    return structs.replace(pilot, prolongations=(*pilot.prolongations, made))


def _has_ended(pilot: Pilot, said: _Groups, message: Message) -> Pilot | None:
    on = _day(said["on"])
    if on is None:
        return None
    ending = Ending(how=EndKind(said["how"]), on=on, reason=said["reason"] or "", by=message.author)
    return structs.replace(pilot, ending=ending)


def _follows_up(pilot: Pilot, said: _Groups, message: Message) -> Pilot:  # noqa: ARG001  one shape for all readers
    return structs.replace(pilot, follow_up=said["text"] or "")


def _has_milestone(pilot: Pilot, said: _Groups, message: Message) -> Pilot | None:  # noqa: ARG001  see above
    on = _day(said["on"])
    if on is None:
        return None
    made = Milestone(on=on, what=said["what"] or "")
    return structs.replace(pilot, milestones=(*(each for each in pilot.milestones if each != made), made))


def _is_planned(pilot: Pilot, said: _Groups, message: Message) -> Pilot | None:  # noqa: ARG001  see above
    on = _day(said["on"])
    if on is None and said["on"] != "no day":
        return None
    return _with(pilot, structs.replace(_step(pilot, said), planned=on))


def _is_owned(pilot: Pilot, said: _Groups, message: Message) -> Pilot:  # noqa: ARG001  see above
    owner = said["owner"] or ""
    return _with(pilot, structs.replace(_step(pilot, said), owner="" if owner == _NOBODY else owner))


def _is_signed(pilot: Pilot, said: _Groups, message: Message) -> Pilot | None:
    state, on = StepState(said["state"]), _day(said["on"])
    if said["on"] and on is None:
        return None
    by = said["by"] or ("" if state is StepState.OPEN else message.author)
    return _with(pilot, structs.replace(_step(pilot, said), state=state, done=on, by=by, note=said["note"] or ""))


def _has_taken(pilot: Pilot, said: _Groups, message: Message) -> Pilot | None:
    on = _day(said["on"])
    if said["on"] and on is None:
        return None
    spent = Spent(
        role=Role(said["role"]),
        minutes=int(said["minutes"] or 0),
        site=said["site"] or "",
        on=on,
        by=message.author,
        note=said["note"] or "",
    )
    step = _step(pilot, said)
    return _with(pilot, structs.replace(step, spent=(*step.spent, spent)))


_READERS = (
    (_START, _started),
    (_PROLONGED, _was_prolonged),
    (_ENDED, _has_ended),
    (_FOLLOW_UP, _follows_up),
    (_MILESTONE, _has_milestone),
    (_PLANNED, _is_planned),
    (_OWNED, _is_owned),
    (_TOOK, _has_taken),
    (_SIGNED, _is_signed),
)


def _step(pilot: Pilot, said: _Groups) -> Step:
    number = int(said["number"] or 0)
    return find(pilot, number) or Step(number=number)


def _with(pilot: Pilot, step: Step) -> Pilot:
    others = (each for each in pilot.steps if each.number != step.number)
    return structs.replace(pilot, steps=tuple(sorted((*others, step), key=lambda each: each.number)))


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None
