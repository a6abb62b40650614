"""Plain edits of a ticket: outcome, due day, owner, status, and any further field."""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.backends.rt.rows import instant
from ppstui.backends.rt.writing.errand import Step
from ppstui.errors import Gone
from ppstui.model import Phase, Receipt
from ppstui.rules import commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ppstui.backends.rt.rows import ChoiceRow, FieldValue, TicketRow
    from ppstui.backends.rt.writing.errand import Errand
    from ppstui.model import Rollout, SetDue, SetField, SetOutcome, SetOwner, SetStatus

_NOBODY = "Nobody"
_NEVER = "1970-01-01 00:00:00"
"""How RT writes a day that is not set; anything else that is no instant it takes, and shows as not set."""
_LISTED = 8
_ENOUGH = 3


async def set_outcome(errand: Errand, command: SetOutcome) -> Receipt:
    """The outcome, then the reason as a note."""
    row, etag = await errand.ticket(f"setting the outcome of ticket {errand.number}")
    step = outcome_step(errand, row, command.outcome.value if command.outcome else "")
    text = commands.outcome_text(command)
    note = await errand.written("comment") if text else ""
    if not note:  # it comes last: where it stands all was done, and what is otherwise now a colleague made so
        await errand.check(row)
        await errand.take(step, row, etag)
        note = await errand.write("comment", text) if text else ""
    return await errand.done(
        lambda record: f"ticket {record.ref.id}: outcome is {record.outcome or 'empty'}", [step], note
    )


def outcome_step(errand: Errand, row: TicketRow, outcome: str) -> Step:
    """The outcome's field as it is to be."""
    return field_step(errand, errand.field(row, errand.options.fields.outcome, "outcome"), "outcome", outcome)


def field_step(errand: Errand, field: FieldValue, name: str, value: str) -> Step:
    """A custom field of one value as it is to be; "" empties it."""
    number = str(field.id)

    def shown(row: TicketRow) -> str:
        texts = row.custom[field.name].texts if field.name in row.custom else ()
        return texts[0].strip() if texts else ""

    def body(_row: TicketRow) -> dict[str, object]:
        # An empty list would leave an empty value in a field of one value, and the epoch in one that is a day.
        return {"CustomFields": {number: value or None}}

    async def hint(_row: TicketRow) -> str:
        choices = await errand.known.field(number)
        return near(value, choices.names) if choices and value else ""

    return Step(
        name=name,
        wanted=value,
        there=lambda row: shown(row).casefold() == value.casefold(),
        shown=shown,
        bodies=(body,),
        hint=hint,
    )


def day_field_step(errand: Errand, field: FieldValue, name: str, day: dt.date) -> Step:
    """A custom field that holds a day: a date, or an instant that falls on it in the desk's zone.

    A date is taken as it is. An instant RT reads in the account's zone: where the day read back is another one, what it
    was off by is taken off.
    """
    number = str(field.id)
    noon = _noon(errand, day)

    def texts(row: TicketRow) -> tuple[str, ...]:
        return row.custom[field.name].texts if field.name in row.custom else ()

    def shown(row: TicketRow) -> str:
        found = errand.reader.day(texts(row)[0]) if texts(row) else None
        return found.isoformat() if found else "".join(texts(row)[:1])

    def corrected(row: TicketRow) -> dict[str, object]:
        got = instant("".join(texts(row)[:1]))
        at = dt.datetime.combine(day, dt.time(12)) + (noon - got if got else dt.timedelta())
        return body(f"{at:%Y-%m-%d %H:%M:%S}")

    def body(value: str) -> dict[str, object]:
        return {"CustomFields": {number: value}}

    return Step(
        name=name,
        wanted=day.isoformat(),
        there=lambda row: shown(row) == day.isoformat(),
        shown=shown,
        bodies=(lambda _row: body(day.isoformat()), lambda _row: body(f"{day.isoformat()} 12:00:00"), corrected),
    )


def _noon(errand: Errand, day: dt.date) -> dt.datetime:
    """Noon of that day at the desk's place, which is the same day for nearly everybody."""
    return dt.datetime.combine(day, dt.time(12), errand.reader.zone).astimezone(dt.UTC)


# ---------------------------------------------------------------------------------------------------------- due, owner


async def set_due(errand: Errand, command: SetDue) -> Receipt:
    """The ticket's own due day."""
    row, etag = await errand.ticket(f"setting the due day of ticket {errand.number}")
    await errand.check(row)
    step = _due_step(errand, command.due)
    await errand.take(step, row, etag)
    return await errand.done(
        lambda record: f"ticket {record.ref.id}: due {record.due.isoformat() if record.due else 'on no day'}", [step]
    )


def _due_step(errand: Errand, day: dt.date | None) -> Step:
    """An instant in RT, kept as it is sent and shown in each account's zone.

    Should the server have read it in the account's zone, the day read back is another one, and what it was off by is
    taken off.
    """
    wanted = _noon(errand, day) if day else None

    def body(_row: TicketRow) -> dict[str, object]:
        return {"Due": f"{wanted:%Y-%m-%d %H:%M:%S}" if wanted else _NEVER}

    def corrected(row: TicketRow) -> dict[str, object]:
        got = instant(row.due)
        return {"Due": f"{wanted + (wanted - got):%Y-%m-%d %H:%M:%S}"} if wanted and got else body(row)

    def shown(row: TicketRow) -> str:
        found = errand.reader.day(row.due)
        return found.isoformat() if found else ""

    text = day.isoformat() if day else ""
    return Step(
        name="due",
        wanted=text,
        there=lambda row: shown(row) == text,
        shown=shown,
        bodies=(body, corrected) if day else (body,),
    )


async def set_owner(errand: Errand, command: SetOwner) -> Receipt:
    """An account, or nobody."""
    owner = "" if command.owner.strip().casefold() == _NOBODY.casefold() else command.owner.strip()
    row, etag = await errand.ticket(f"setting the owner of ticket {errand.number}")
    await errand.check(row)
    if owner.isdigit():  # RT would take it for an account's number
        raise errand.refused(f"{owner} is no account's name; write the name")

    async def hint(_row: TicketRow) -> str:
        names = {*errand.client.accounts.values(), *await errand.client.accounts_like(owner[:_ENOUGH])}
        return near(owner, sorted(name for name in names if name and name != _NOBODY), listed=False)

    step = Step(
        name="owner",
        wanted=owner or "nobody",
        there=lambda row: row.owner_name.casefold() == owner.casefold(),
        shown=lambda row: row.owner_name or "nobody",
        bodies=(lambda _row: {"Owner": owner or _NOBODY},),
        hint=hint if owner else None,
    )
    await errand.take(step, row, etag)
    return await errand.done(lambda record: f"ticket {record.ref.id}: owner is {record.owner or 'nobody'}", [step])


# -------------------------------------------------------------------------------------------------------------- status


async def set_status(errand: Errand, command: SetStatus) -> Receipt:
    """A status, in RT's own word."""
    what = f"setting the status of ticket {errand.number}"
    if command.status.strip().casefold() == Phase.DELETED.value:  # found done, it is not found gone
        row, _etag = await errand.client.ticket(errand.number, what)
        if row.status.casefold() == Phase.DELETED.value:
            return Receipt(text=f"ticket {errand.number}: status {row.status}")
    row, etag = await errand.ticket(what)
    await errand.check(row)
    step = status_step(errand, command.status.strip())
    try:
        await errand.take(step, row, etag)
    except Gone:  # so it should be, where it was to be deleted
        row, _etag = await errand.client.ticket(errand.number, "reading the status back")
        if not step.there(row):
            raise
        return Receipt(text=f"ticket {errand.number}: status {row.status}")
    return await errand.done(lambda record: f"ticket {record.ref.id}: status {record.status}", [step])


def status_step(errand: Errand, word: str) -> Step:
    """The status as it is to be. RT tells some of the steps its lifecycle allows; the configuration knows the words."""

    async def hint(row: TicketRow) -> str:
        onward = list(dict.fromkeys(link.to for link in row.hyperlinks if link.ref == "lifecycle" and link.to))
        steps = f"; from {row.status} it offers {', '.join(onward)}" if onward else ""
        listed = errand.options.status
        words = [*listed.new, *listed.open, *listed.stalled, *listed.resolved, *listed.rejected]
        known = word.casefold() in {each.casefold() for each in words}
        return steps if known else near(word, words) + steps

    return Step(
        name="status",
        wanted=word,
        there=lambda row: row.status.casefold() == word.casefold(),
        shown=lambda row: row.status,
        bodies=(lambda _row: {"Status": word},),
        hint=hint,
    )


# ------------------------------------------------------------------------------------------------------ further fields


async def set_field(errand: Errand, command: SetField) -> Receipt:
    """A further custom field: all its values, or some more and some less."""
    what = f"setting a field of ticket {errand.number}"
    row, etag = await errand.ticket(what)
    field = _further(errand, row, command.name)
    await errand.check(row)
    step = await _values_step(errand, field, command)
    await errand.take(step, row, etag)
    shown = _http.plain(field.name, 60)

    def text(record: Rollout) -> str:
        value = dict(record.fields).get(field.name, "")
        return f"ticket {record.ref.id}: {shown} is {_http.plain(value, 120) or 'empty'}"

    return await errand.done(text, [step])


def _further(errand: Errand, row: TicketRow, name: str) -> FieldValue:
    """The field of that name, letter case aside. Raises Refused for one that an action of its own sets."""
    names = errand.options.fields
    by_action = {
        names.teams: "assign",
        names.outcome: "outcome",
        names.document: "document",
        names.progress: "",
        names.exposure_start: "expose",
        names.exposure_end: "extend",
    }
    wanted = name.strip()
    found = row.custom.get(wanted) or next(
        (each for key, each in row.custom.items() if key.casefold() == wanted.casefold()), None
    )
    governed = {key.casefold(): action for key, action in by_action.items() if key}
    shown = _http.plain(wanted, 60)
    if (found.name if found else wanted).casefold() in governed:
        action = governed[(found.name if found else wanted).casefold()]
        use = f"use {action}" if action else "that is the release ticket's"
        raise errand.refused(f"the field {shown} is not set by hand: {use}")
    if found is None:
        there = sorted(key for key in row.custom if key.casefold() not in governed)
        raise errand.refused(f"there is no field {shown!r}{near(wanted, there)}")
    return found


@dataclass(frozen=True, slots=True)
class _Values:
    """What a further field is to hold."""

    field: FieldValue
    choices: ChoiceRow | None
    command: SetField

    @property
    def single(self) -> bool:
        """Whether it surely holds one value at most."""
        return self.choices is not None and str(self.choices.most) == "1"

    def defined(self, values: Iterable[str]) -> list[str]:
        """Values as the server spells them, each once."""
        names = {each.casefold(): each for each in self.choices.names} if self.choices else {}
        clean = (_http.sendable(each).strip() for each in values)
        return list(dict.fromkeys(names.get(each.casefold(), each) for each in clean if each))

    def have(self, row: TicketRow) -> list[str]:
        """The values it holds."""
        return list(row.custom[self.field.name].texts) if self.field.name in row.custom else []

    def wanted(self, row: TicketRow) -> list[str]:
        """The values it is to hold: those that are there keep their places, and their neighbours'."""
        command = self.command
        base = self.have(row) if command.values is None else self.defined(command.values)
        more = self.defined(command.add)
        gone = {each.casefold() for each in self.defined(command.remove)} - {each.casefold() for each in more}
        return merged([each for each in base if each.casefold() not in gone], more, single=self.single)

    def body(self, row: TicketRow) -> dict[str, object]:
        """One value is sent by itself, which every field takes; none as null or as an empty list.

        Null would put empty values into a field of several, an empty list would leave one in a field of one.
        """
        values = self.wanted(row)
        value: object = values
        if len(values) == 1:
            value = values[0]
        elif not values and (self.single or (self.choices is None and len(self.have(row)) == 1)):
            value = None
        return {"CustomFields": {str(self.field.id): value}}


async def _values_step(errand: Errand, field: FieldValue, command: SetField) -> Step:
    """A further field as it is to be. Raises Refused for a value the server does not have: it is never sent.

    RT would refuse the value, and still take out what is left out.
    """
    asked = [_http.sendable(each).strip() for each in (*(command.values or ()), *command.add)]
    choices = await errand.known.field(field.id, asked)
    names = {each.casefold() for each in choices.names} if choices else set()
    shown = _http.plain(field.name, 60)
    most = len(command.values or command.add)
    if choices and str(choices.most) == "1" and most > 1:
        raise errand.refused(f"{shown} holds one value; write one, not {most}")
    for value in asked:
        if choices and names and value and value.casefold() not in names:
            raise errand.refused(f"{shown} has no value {_http.plain(value, 80)!r}{near(value, choices.names)}")
    values = _Values(field, choices, command)
    return Step(
        name=field.name,
        wanted=", ".join(values.defined(asked)),
        there=lambda row: _same(values.have(row), values.wanted(row)),
        shown=lambda row: ", ".join(values.have(row)),
        bodies=(values.body,),
    )


def _same(have: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a field holds these values: RT keeps their order as it likes, and the ends of lines."""
    return sorted(" ".join(each.split()) for each in have) == sorted(" ".join(each.split()) for each in wanted)


def merged(present: Sequence[str], more: Iterable[str], *, single: bool = False) -> list[str]:
    """Values with further ones behind them, each once, letter case aside; of a field of one value the last counts."""
    found = list(present)
    there = {each.casefold() for each in found}
    for each in more:
        if each.casefold() not in there:
            found.append(each)
            there.add(each.casefold())
    return found[-1:] if single else found


def near(name: str, names: Sequence[str], *, listed: bool = True) -> str:
    """What could have been meant, or what there is, as the end of a sentence; "" when nobody knows."""
    folded = {each.casefold(): each for each in names}
    found = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.5)
    if found:
        return f"; did you mean {_http.plain(folded[found[0]], 60)}?"
    if not names or not listed:
        return ""
    if len(names) > _LISTED:
        return f"; there are {len(names)} others"
    return f"; there are {', '.join(_http.plain(each, 40) for each in names)}"
