"""A rollout as it will look once a command went through."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from ppstui.model import (
    Acknowledge,
    Assign,
    Assignment,
    Attachment,
    Comment,
    Document,
    Event,
    Expose,
    Exposure,
    Extend,
    Incident,
    Link,
    Message,
    NewRollout,
    Phase,
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
    Voice,
    Waiver,
)
from ppstui.rules.commands.scene import PROCESS, names_document, status_of, teams_changed, values_after, values_of
from ppstui.rules.commands.wording import (
    acknowledge_text,
    document_link,
    exposure_text,
    incident_note,
    outcome_text,
    poll_note,
    report_text,
)
from ppstui.rules.exposure_lines import one_line

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.model import Command, Rollout
    from ppstui.rules.policy import Policy
    from ppstui.rules.tracker import Tracker


class _Pen(NamedTuple):
    """Who writes, when, under which key and where."""

    now: dt.datetime
    by: str
    key: str
    tracker: Tracker


def preview(
    command: Command,
    rollout: Rollout,
    policy: Policy,  # noqa: ARG001  one signature for all four questions
    now: dt.datetime,
    by: str,
    key: str,
    tracker: Tracker = PROCESS,
) -> Rollout:
    """The rollout as it will look, for showing a pending action on the board before the server has it.

    A rollout on which `key` is found already comes back as it is: the server has it. So does one whose values are what
    the command sets. `tracker` is the source it is kept in.
    """
    if key and any(key in message.marks for message in rollout.messages):
        return rollout
    pen = _Pen(now, by, key, tracker)
    match command:
        case NewRollout():
            made = structs.replace(rollout, title=command.title, links=command.links, created=rollout.created or now)
            return _said(made, command.text, Voice.DESCRIPTION, pen)
        case Assign():
            return _assigned(command, rollout, pen)
        case Report():
            return _reported(command, rollout, pen)
        case Expose() | Extend():
            return _exposed(command, rollout, pen)
        case Incident():
            return _said(_linked(command, rollout, pen), incident_note(command), Voice.COMMENT, pen)
        case Document() | SetOutcome() | Resolve():
            return _towards_closing(command, rollout, pen)
        case SetDue() | SetOwner() | SetStatus() | SetField():
            return _edited(command, rollout, pen)
        case Acknowledge() | Comment() | Reply() | Remind() | Poll():
            return _spoken(command, rollout, pen)
        case _:
            return rollout


def _spoken(command: Acknowledge | Comment | Reply | Remind | Poll, rollout: Rollout, pen: _Pen) -> Rollout:
    match command:
        case Acknowledge():
            return _said(rollout, acknowledge_text(command), Voice.REPLY, pen)
        case Comment():
            return _said(rollout, command.text, Voice.COMMENT, pen)
        case Poll():
            return _said(rollout, poll_note(command), Voice.COMMENT, pen)
        case _:
            return _said(rollout, command.text, Voice.REPLY, pen)


def _said(rollout: Rollout, text: str, voice: Voice, pen: _Pen) -> Rollout:
    if not text:
        return rollout
    marks = (pen.key,) if pen.key else ()
    message = Message(id=f"pending:{pen.key}", at=pen.now, author=pen.by, voice=voice, text=text, marks=marks)
    return structs.replace(rollout, messages=(*rollout.messages, message))


def _told(rollout: Rollout, text: str, pen: _Pen) -> Rollout:
    """With one more line in its history."""
    event = Event(id=f"pending:{pen.key}:{text}", at=pen.now, author=pen.by, text=text)
    return structs.replace(rollout, events=(*rollout.events, event))


def _moved(rollout: Rollout, what: str, before: str, after: str, pen: _Pen) -> Rollout:
    if before == after:
        return rollout
    return _told(rollout, f"{what} {before or '(empty)'} → {after or '(empty)'}", pen)


def _assigned(command: Assign, rollout: Rollout, pen: _Pen) -> Rollout:
    added, removed = teams_changed(command, rollout)
    kept = [assignment for assignment in rollout.assignments if assignment.team not in removed]
    fresh = [Assignment(team=team, notified=pen.now, by=pen.by) for team in added]
    after = structs.replace(rollout, assignments=(*kept, *fresh))
    for sign, team in [("+", team) for team in added] + [("-", team) for team in removed]:
        after = _told(after, f"teams {sign} {team}", pen)
    if added and rollout.phase is Phase.NEW:
        after = structs.replace(after, phase=Phase.OPEN, status=pen.tracker.word(Phase.OPEN))
    return after


def _reported(command: Report, rollout: Rollout, pen: _Pen) -> Rollout:
    after = _said(rollout, report_text(command), Voice.REPLY, pen)
    if command.waive:
        waiver = Waiver(team=command.team, reason=one_line(command.waive), by=pen.by, at=pen.now)
        return structs.replace(after, waivers=(*after.waivers, waiver))
    file = Attachment(id=f"pending:{pen.key}", name=command.name, at=pen.now, author=pen.by, size=command.size)
    return structs.replace(after, attachments=(*after.attachments, file))


def _exposed(command: Expose | Extend, rollout: Rollout, pen: _Pen) -> Rollout:
    after = _said(rollout, exposure_text(command), Voice.REPLY, pen)
    if isinstance(command, Expose):
        said = Exposure(team=command.team, start=command.on)
    else:
        said = Exposure(team=command.team, until=command.until, reason=one_line(command.reason))
    return structs.replace(after, exposures=(*after.exposures, said))


def _linked(command: Incident, rollout: Rollout, pen: _Pen) -> Rollout:
    linked = any(link.url == command.url for link in rollout.links)
    if linked is not command.remove:
        return rollout
    if command.remove:
        links = tuple(link for link in rollout.links if link.url != command.url)
        return _told(structs.replace(rollout, links=links), f"link - {command.url}", pen)
    link = Link(url=command.url, relation="incident", title=one_line(command.title))
    return _told(structs.replace(rollout, links=(*rollout.links, link)), f"link + {command.url}", pen)


# ------------------------------------------------------------------------------------------------- closing and fields


def _towards_closing(command: Document | SetOutcome | Resolve, rollout: Rollout, pen: _Pen) -> Rollout:
    after = rollout
    if isinstance(command, Document) or (isinstance(command, Resolve) and names_document(command)):
        document = command.document.strip()
        after = structs.replace(after, document=document, document_url=document_link(command, pen.tracker))
        after = _moved(after, "document", rollout.document, document, pen)
    if isinstance(command, SetOutcome) or (isinstance(command, Resolve) and command.outcome):
        outcome = command.outcome.value if command.outcome else ""
        after = structs.replace(after, outcome=outcome)
        after = _moved(after, "outcome", rollout.outcome, outcome, pen)
    if not isinstance(command, Document):
        after = _said(after, outcome_text(command), Voice.COMMENT, pen)
    return _resolved(after, pen) if isinstance(command, Resolve) else after


def _resolved(rollout: Rollout, pen: _Pen) -> Rollout:
    """Closed, and its parent told of outcome and document (DOMAIN §2 T8)."""
    after = rollout
    if rollout.phase is not Phase.RESOLVED:
        after = _status(rollout, pen.tracker.word(Phase.RESOLVED), Phase.RESOLVED, pen)
    parent = rollout.parent
    if parent is None:
        return after
    outcome, document = rollout.outcome or parent.outcome, rollout.document or parent.document
    return structs.replace(after, parent=structs.replace(parent, outcome=outcome, document=document))


def _status(rollout: Rollout, word: str, phase: Phase | None, pen: _Pen) -> Rollout:
    after = structs.replace(rollout, status=word, phase=phase or rollout.phase)
    return _moved(after, "status", status_of(rollout), word, pen)


def _edited(command: SetDue | SetOwner | SetStatus | SetField, rollout: Rollout, pen: _Pen) -> Rollout:
    match command:
        case SetDue():
            before, then = (day.isoformat() if day else "" for day in (rollout.due, command.due))
            return _moved(structs.replace(rollout, due=command.due), "due", before, then, pen)
        case SetOwner():
            owner = command.owner.strip()
            return _moved(structs.replace(rollout, owner=owner), "owner", rollout.owner, owner, pen)
        case SetStatus():
            word = command.status.strip()
            return _status(rollout, word, pen.tracker.phase(word), pen)
        case SetField():
            return _fielded(command, rollout, pen)


def _fielded(command: SetField, rollout: Rollout, pen: _Pen) -> Rollout:
    """The field in its place, or at the end; a field without values is not told."""
    name, value = command.name.strip(), ", ".join(values_after(command, rollout))
    before = values_of(rollout, name)
    places = [field.casefold() for field, _ in rollout.fields]
    at = places.index(name.casefold()) if name.casefold() in places else len(places)
    rest = [(field, each) for field, each in rollout.fields if field.casefold() != name.casefold()]
    if value:
        rest.insert(at, (rollout.fields[at][0] if at < len(places) else name, value))
    return _moved(structs.replace(rollout, fields=tuple(rest)), name, ", ".join(before), value, pen)
