"""What takes a command back once it has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import (
    Acknowledge,
    Assign,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    NewRollout,
    Objection,
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
from ppstui.rules.attention import outcome_of
from ppstui.rules.commands.scene import status_of, teams_changed, values_after, values_of

if TYPE_CHECKING:
    from ppstui.model import Command, Rollout

_BACK = "set back to what it was"
"""The reason of an outcome that is set back: one may be asked for."""


def reverse(command: Command, before: Rollout) -> Command | None:
    """The command that takes it back once it has happened, given what was there before; None when nothing can.

    A changed choice of teams can be changed back (the teams were told, and the status stays open), and so can a value.
    What was resolved is opened again: its outcome and document stay. What was written to people cannot be unsaid: a
    wrong answer is corrected by acknowledging anew. Nothing takes back what changed nothing.
    """
    target = command.target
    match command:
        case Assign():
            added, removed = teams_changed(command, before)
            return Assign(target=target, add=tuple(removed), remove=tuple(added)) if added or removed else None
        case Incident():
            linked = any(link.url == command.url for link in before.links)
            return (
                Incident(target=target, url=command.url, remove=not command.remove)
                if linked is command.remove
                else None
            )
        case Document():
            return _document_back(command, before)
        case SetOutcome():
            return _outcome_back(command, before)
        case Resolve():
            return SetStatus(target=target, status=status_of(before)) if before.phase.live else None
        case SetDue() | SetOwner() | SetStatus() | SetField():
            return _edit_back(command, before)
        case _:
            return None


def _document_back(command: Document, before: Rollout) -> Document | None:
    document, url = command.document.strip(), command.url.strip()
    if document == before.document and (url == before.document_url or (document and not url)):
        return None
    return Document(target=command.target, document=before.document, url=before.document_url)


def _outcome_back(command: SetOutcome, before: Rollout) -> SetOutcome | None:
    """None also where the field said what no outcome is: that cannot be said again."""
    was = outcome_of(before)
    if was is command.outcome or (was is None and before.outcome.strip()):
        return None
    return SetOutcome(target=command.target, outcome=was, reason=_BACK)


def _edit_back(command: SetDue | SetOwner | SetStatus | SetField, before: Rollout) -> Command | None:
    target = command.target
    match command:
        case SetDue():
            return SetDue(target=target, due=before.due) if command.due != before.due else None
        case SetOwner():
            same = command.owner.strip().casefold() == before.owner.casefold()
            return None if same else SetOwner(target=target, owner=before.owner)
        case SetStatus():
            same = command.status.strip().casefold() == status_of(before).casefold()
            return None if same else SetStatus(target=target, status=status_of(before))
        case SetField():
            was, now = values_of(before, command.name), values_after(command, before)
            if was == now:
                return None
            if command.values is not None:
                return SetField(target=target, name=command.name, values=was)
            add = tuple(value for value in was if value not in now)
            remove = tuple(value for value in now if value not in was)
            return SetField(target=target, name=command.name, add=add, remove=remove)


def irreversible(command: Command) -> Objection:
    """What stands against taking back a command that had its effect and has no reverse."""
    text = f"{command_name(command)} on {command.target} cannot be taken back: {_why(command)}"
    return Objection(rule="irreversible", text=text)


def _why(command: Command) -> str:
    match command:
        case Assign():
            return "it changed no team, as far as is known; assign again what should be otherwise"
        case NewRollout():
            return "the rollout is there for others to see; close it where it is kept"
        case Acknowledge():
            return "others may have read it already; acknowledge anew to correct it"
        case Poll():
            return "the mail has gone to everybody on the list; write again to correct it"
        case Expose() | Extend():
            return "others may have read it already; set another day to correct it"
        case Report():
            if command.waive:
                return "others may have read it already; a report that comes in still counts"
            return "the file stays on the record; attach the right one, the newest counts"
        case Comment() | Reply() | Remind():
            return "others may have read it already; write again to correct it"
        case _:
            return "it changed nothing, as far as is known; set again what should be otherwise"
