"""A pilot out of its ticket, the tickets of its steps and its messages; and what is written of it. Pure.

Where a step's ticket and what was written of it disagree, somebody used RT's web page, and the ticket holds: it is done
on the day it was resolved, by whoever resolved it.
"""

from __future__ import annotations

import datetime as dt
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from ppstui.backends.rt.parse import SYSTEM
from ppstui.backends.rt.rows import instant
from ppstui.model import (
    Ending,
    EndKind,
    Event,
    Level,
    Milestone,
    Pilot,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotStep,
    Role,
    Software,
    Step,
    StepState,
    Update,
    Voice,
)
from ppstui.rules.pilots import lines
from ppstui.rules.pilots.commands import CHANGED, PLAIN, TEXTS
from ppstui.rules.pilots.reckoning import find
from ppstui.rules.pilots.workflow import template
from ppstui.rules.teams import marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ppstui.backends.rt import Status
    from ppstui.backends.rt.parse import Reading, Story
    from ppstui.backends.rt.rows import TicketRow, TransactionRow
    from ppstui.model import Message, PilotCancel, PilotRollBack

_HEAD = "ppstui: "
_TYPES: dict[str, object] = {
    "service": str,
    "update": Update,
    "software": Software,
    "incompatible": bool,
    "level": Level | None,
    "requester": Role | None,
    "sites": tuple[str, ...],
    "vos": tuple[str, ...],
    "coordinator": str,
    "contact": str,
    "start": dt.date | None,
    "setup_days": int,
    "feedback_days": int,
    "run_weeks": int,
    "milestones": tuple[Milestone, ...],
    **dict.fromkeys(TEXTS, str),
}
"""What of a pilot is written as `ppstui: pilot has NAME VALUE`, VALUE being JSON: texts of many lines fit into one."""
_FACT = re.compile(r"pilot has (?P<name>[a-z_]{1,40}) (?P<value>.+)")
_PLANNED = re.compile(r"step (?P<number>\d{1,3}) planned for .+")
_OWNED = re.compile(r"step (?P<number>\d{1,3}) owned by .+")
_PROLONGED = re.compile(r"pilot prolonged until (?P<until>\S+) because (?P<reason>.+)")
_ENDED = re.compile(r"pilot (?P<how>closed|rolled-back|cancelled) on \S+(?: because (?P<reason>.+))?")
_STEP = re.compile(r"\s*step (?P<number>\d{1,3})\s*:\s*(?P<what>.*?)\s*\Z", re.IGNORECASE | re.DOTALL)
_ODD = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What JSON leaves as it is and ends a line, or is no character of a text."""


@dataclass(frozen=True, slots=True)
class Words:
    """The status words of the pilots' queue."""

    status: Status

    def closed(self, row: TicketRow) -> bool:
        """Whether a ticket is resolved or rejected."""
        return self.resolved(row) or self.rejected(row)

    def resolved(self, row: TicketRow) -> bool:
        """Whether a ticket is resolved; so is one with an unknown word that the server closed."""
        word = row.status.casefold()
        listed = (*self.status.new, *self.status.open, *self.status.stalled, *self.status.rejected)
        if word in map(str.casefold, self.status.resolved):
            return True
        return instant(row.resolved) is not None and word not in map(str.casefold, listed)

    def rejected(self, row: TicketRow) -> bool:
        """Whether a ticket is rejected."""
        return row.status.casefold() in map(str.casefold, self.status.rejected)

    def deleted(self, row: TicketRow) -> bool:
        """Whether a ticket is thrown away."""
        return row.status.casefold() in map(str.casefold, self.status.deleted)

    def of(self, state: StepState, row: TicketRow) -> str:
        """The word that a step's ticket is to have in this state; its own where that says it already."""
        if state is StepState.DONE:
            return row.status if self.resolved(row) else self.status.resolved[0]
        if state is StepState.SKIPPED:
            return row.status if self.rejected(row) else self.status.rejected[0]
        return self.status.open[0] if self.closed(row) else row.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was read of one pilot."""

    row: TicketRow
    story: Story
    children: tuple[TicketRow, ...] = ()
    """The tickets of its steps."""
    signings: Mapping[int, TransactionRow] = field(default_factory=dict)
    """The last change of status of tickets, by number, as far as anybody needs to know it."""

    def child(self, number: int) -> TicketRow | None:
        """The ticket of a step; of several the oldest."""
        return next((row for row in self.children if step_number(row) == number), None)


def step_number(row: TicketRow) -> int:
    """Which step a ticket is; 0 for one that is none.

    Its subject says so, and not its parent: RT shows no links to a pilot that was deleted.
    """
    found = _STEP.match(row.subject)
    return int(found["number"]) if found else 0


def is_free(title: str) -> bool:
    """Whether a pilot may be called so, and is not taken for a step."""
    return _STEP.match(title) is None


def step_subject(step: Step) -> str:
    """The subject of a step's ticket."""
    what = " ".join(step.what.split())[:150]
    return f"step {step.number}: {what}"


# ------------------------------------------------------------------------------------------------------------- reading


def bare(reading: Reading, row: TicketRow) -> Pilot:
    """A pilot of which only the list columns are known."""
    return Pilot(
        ref=reading.ref(row.number),
        url=reading.url(row.number),
        title=row.subject,
        status=row.status,
        created=instant(row.created),
        updated=instant(row.updated),
        whole=False,
    )


def pilot_of(reading: Reading, words: Words, told: Told, *, but_of: str = "") -> Pilot:
    """The pilot; what the account `but_of` did to the tickets without a word of it is left out: its own half work."""
    history = sorted(told.story.history, key=lambda each: each.number)
    messages = reading.messages(history, told.story.texts)
    pilot = structs.replace(bare(reading, told.row), links=reading.links(told.row), whole=True)
    pilot = lines.read_pilot(_with_facts(pilot, messages), messages)
    changes = {each.number: each for row in told.children if (each := told.signings.get(row.number))}
    cleared = list(_clearings(history, messages))
    for row in sorted(told.children, key=lambda each: each.number, reverse=True):  # of several the oldest has the say
        signing = told.signings.get(row.number)
        signed = None if signing and any(each.holds(signing) for each in cleared) else signing
        pilot = _with_child(reading, words, pilot, row, signed, but_of)
    names = {each.number: each.what for each in template(pilot.update)}
    steps = tuple(structs.replace(each, what=each.what or names.get(each.number, "")) for each in pilot.steps)
    newest = max([each.number for each in history] + list(changes), default=0)
    columns = sorted((row.number, row.status, row.subject, row.due, row.owner_name) for row in told.children)
    digest = zlib.crc32(repr((told.row.status, told.row.subject, columns)).encode("utf-8", "replace"))
    stamps = [at for row in (told.row, *told.children) if (at := instant(row.updated))]
    return structs.replace(
        pilot,
        steps=steps,
        ending=_ending(reading, words, pilot, told, but_of),
        rev=f"{newest}.{digest:08x}",
        updated=max(stamps, default=None),
        attachments=tuple(reading.attachment(part) for part in told.story.files),
        messages=tuple(message for message in messages if not _is_form(message)),
        events=_events(reading, history, messages, told),
    )


def _with_facts(pilot: Pilot, messages: Sequence[Message]) -> Pilot:
    """The pilot with what its home page says, from the oldest message on; what is nonsense is not said."""
    found: dict[str, object] = {}
    for message, marks in marked(messages):
        for line in _lines(message) if marks else ():
            fact = _FACT.fullmatch(line)
            if fact and fact["name"] in _TYPES:
                try:
                    found[fact["name"]] = msgspec.json.decode(fact["value"], type=_TYPES[fact["name"]])
                except (msgspec.DecodeError, UnicodeError):
                    continue
    return structs.replace(pilot, **found)


def _lines(message: Message) -> Iterator[str]:
    """What our own lines in a message say."""
    for line in message.text.split("\n"):
        if line.startswith(_HEAD):
            yield line[len(_HEAD) :].rstrip()


def _is_form(message: Message) -> bool:
    """Whether a message holds nothing but our lines: those are told as history, and are nobody's words."""
    said = [line for line in message.text.split("\n") if line.strip()]
    return bool(message.marks and said) and all(line.startswith(_HEAD) for line in said)


def _with_child(
    reading: Reading, words: Words, pilot: Pilot, row: TicketRow, signing: TransactionRow | None, but_of: str
) -> Pilot:
    """The pilot with what a step's ticket says."""
    number = step_number(row)
    found = _STEP.match(row.subject)
    if not number or found is None or words.deleted(row):
        return pilot
    step = find(pilot, number) or Step(number=number)
    step = structs.replace(
        step,
        ref=reading.ref(row.number),
        what=found["what"],
        planned=reading.day(row.due),
        owner=row.owner_name or step.owner,
    )
    # Without a change of its status a ticket is as it was made, and says nothing; RT opens it again for a mail.
    by = signing.author if signing else ""
    if by and by != but_of and (by != SYSTEM or words.closed(row)):
        step = _signed(reading, words, step, row, by)
    others = (each for each in pilot.steps if each.number != number)
    return structs.replace(pilot, steps=tuple(sorted((*others, step), key=lambda each: each.number)))


def _signed(reading: Reading, words: Words, step: Step, row: TicketRow, by: str) -> Step:
    state = StepState.DONE if words.resolved(row) else StepState.SKIPPED if words.rejected(row) else None
    if state is None:
        return structs.replace(step, state=StepState.OPEN, done=None, by="") if step.state.settled else step
    if step.state is state:
        return step
    return structs.replace(step, state=state, done=reading.day(row.resolved), by=by, note="")


@dataclass(frozen=True, slots=True)
class _Clearing:
    """When a desk ended the pilot: the tickets of its steps that it closed between were left over, and sign nothing."""

    by: str
    after: int
    before: int

    def holds(self, change: TransactionRow) -> bool:
        return change.author == self.by and self.after < change.number < self.before


def _clearings(history: Sequence[TransactionRow], messages: Sequence[Message]) -> Iterator[_Clearing]:
    """From the last change of the pilot's own status to the message that says how it ended, by who wrote that."""
    statuses = [each.number for each in history if each.type == "Status"]
    for message, marks in marked(messages):
        if marks and any(_ENDED.fullmatch(line) for line in _lines(message)):
            told = int(message.id)
            after = max((number for number in statuses if number < told), default=0)
            yield _Clearing(by=message.author, after=after, before=told)


def disagrees(pilot: Pilot, words: Words, row: TicketRow) -> bool:
    """Whether a step's ticket says something else than what was written of the step."""
    step = find(pilot, step_number(row))
    state = step.state if step else StepState.OPEN
    return words.of(state, row).casefold() != row.status.casefold()


def as_written(reading: Reading, told: Told) -> Pilot:
    """The pilot as its lines alone have it."""
    history = sorted(told.story.history, key=lambda each: each.number)
    messages = reading.messages(history, told.story.texts)
    return lines.read_pilot(bare(reading, told.row), messages)


def _ending(reading: Reading, words: Words, pilot: Pilot, told: Told, but_of: str) -> Ending | None:
    """How it ended: as was written, unless the ticket's status says otherwise since.

    RT itself opens a resolved ticket again when somebody writes to it; that begins no pilot anew.
    """
    row, written = told.row, pilot.ending
    last = max(
        (each for each in told.story.history if each.type == "Status"), key=lambda each: each.number, default=None
    )
    by = last.author if last else ""
    if not words.closed(row):
        return written if by == SYSTEM or (but_of and by == but_of) else None
    closed = words.resolved(row)
    fits = written is not None and (written.how is EndKind.CLOSED) is closed
    if fits or (but_of and by == but_of):
        return written
    return Ending(how=EndKind.CLOSED if closed else EndKind.CANCELLED, on=reading.day(row.resolved), by=by)


def _events(
    reading: Reading, history: Sequence[TransactionRow], messages: Sequence[Message], told: Told
) -> tuple[Event, ...]:
    """What happened: what desks wrote in the words of the process, and RT's own changes of the pilot's ticket."""
    accounts = reading.accounts() | {"6": "nobody"}
    names = reading.field_names(told.row)
    found = [event for each in history if (event := reading.told(each, names, accounts))]
    for message, marks in marked(messages):
        for number, text in enumerate(_told(message) if marks else ()):
            found.append(
                Event(
                    id=marks[0] if not number else f"{marks[0]}.{number}",
                    at=message.at,
                    author=message.author,
                    text=text,
                )
            )
    return tuple(sorted(found, key=lambda each: each.at))


def _told(message: Message) -> list[str]:
    """Our lines in a message as the history tells them."""
    found = list(_lines(message))
    if found and message.voice is Voice.DESCRIPTION:
        return ["made"]
    changed: list[str] = []
    said: list[str] = []
    for line in found:
        if fact := _FACT.fullmatch(line):
            changed.append(fact["name"].replace("_", " "))
        elif planned := _PLANNED.fullmatch(line):
            changed.append(f"plan of step {planned['number']}")
        elif owned := _OWNED.fullmatch(line):
            changed.append(f"owner of step {owned['number']}")
        elif prolonged := _PROLONGED.fullmatch(line):
            said.append(f"prolonged to {prolonged['until']}: {prolonged['reason']}")
        elif ended := _ENDED.fullmatch(line):
            said.append(f"{ended['how']}: {ended['reason'] or ''}".removesuffix(": "))
        else:
            said.append(line)
    return [*said, *([CHANGED + ", ".join(changed)] if changed else [])]


# ------------------------------------------------------------------------------------------------------------- writing


def fact(pilot: Pilot, name: str) -> str:
    """The line of one field; the title's is for the history only."""
    value = msgspec.json.encode(getattr(pilot, name)).decode()
    return f"{_HEAD}pilot has {name} " + _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", value)


def first_lines(pilot: Pilot) -> list[str]:
    """Everything that there is to say of a pilot that is made; what is not said is as it is where nothing is known."""
    nothing = Pilot(ref=pilot.ref)
    said = [fact(pilot, name) for name in _TYPES if getattr(pilot, name) != getattr(nothing, name) or name == "update"]
    plan = lines.write_plan(pilot)  # start and lengths are facts like any other here: edited one by one
    return [*said, *(line for line in lines.write_pilot(structs.replace(pilot, milestones=())) if line != plan)]


def lines_of(
    command: PilotStep | PilotProlong | PilotRollBack | PilotCancel | PilotClose | PilotEdit,
    before: Pilot,
    after: Pilot,
) -> list[str]:
    """What is written of a command, `after` being how the pilot is then."""
    match command:
        case PilotStep():
            old, new = find(before, command.number), find(after, command.number)
            if new is None:
                return []
            spent = new.spent[len(old.spent) if old else 0 :]
            return [lines.write_signed(new), *(lines.write_spent(new.number, each) for each in spent)]
        case PilotProlong():
            opened = [step for step in after.steps if step != find(before, step.number)]
            return [lines.write_prolongation(after.prolongations[-1]), *map(lines.write_signed, opened)]
        case PilotEdit():
            return list(_of_edit(command, before, after))
        case _:
            found = [lines.write_ending(after.ending)] if after.ending else []
            decided = isinstance(command, PilotClose) and command.follow_up.strip()
            return found + ([lines.write_follow_up(after.follow_up)] if decided else [])


def _of_edit(command: PilotEdit, before: Pilot, after: Pilot) -> Iterator[str]:
    for name in (*PLAIN, "start"):
        if getattr(command, name) is not None or getattr(before, name) != getattr(after, name):
            yield fact(after, name)
    planned, owned = dict(command.planned), dict(command.owners)
    for step in after.steps:
        old = find(before, step.number)
        if step.number in planned or (old.planned if old else None) != step.planned:
            yield lines.write_planned(step)
        if step.number in owned or (old.owner if old else "") != step.owner:
            yield lines.write_owner(step)
