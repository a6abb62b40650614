"""What each command to a rollout does to the tables, in the words of the process (DOMAIN §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.backends.sql import course, edits, rows
from ppstui.backends.sql.hand import Done, Hand
from ppstui.model import (
    Acknowledge,
    Assign,
    Assignment,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Kind,
    Message,
    NewRollout,
    Phase,
    Poll,
    Ref,
    Remind,
    Reply,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    Voice,
    command_name,
)
from ppstui.rules.commands import acknowledge_text, poll_note

if TYPE_CHECKING:
    from ppstui.backends.sql.hand import Writer
    from ppstui.model import RolloutCommand


def carry_out(writer: Writer, command: RolloutCommand, row: int) -> Done:  # noqa: C901, PLR0912 (one case a command)
    """Does it to the rollout in that row; `row` means nothing to NewRollout. Raises Refused."""
    hand = Hand(writer, row)
    match command:
        case NewRollout():
            return _make(writer, command)
        case Assign():
            return _assign(hand, command)
        case Acknowledge():
            what = f"the answer of {command.team}: {command.answer.value}"
            return _write(hand, command, Voice.REPLY, acknowledge_text(command), what)
        case Comment():
            return _write(hand, command, Voice.COMMENT, command.text, "an internal note")
        case Poll():
            return _write(hand, command, Voice.COMMENT, poll_note(command), "a note of the poll")
        case Reply() | Remind():
            return _write(hand, command, Voice.REPLY, command.text, "a message to everybody")
        case Expose() | Extend():
            return course.expose(hand, command)
        case Report():
            return course.report(hand, command)
        case Incident():
            return course.incident(hand, command)
        case Document():
            return course.document(hand, command)
        case SetOutcome():
            return course.decide(hand, command)
        case Resolve():
            return course.resolve(hand, command)
        case SetDue():
            return edits.fall_due(hand, command)
        case SetOwner():
            return edits.own(hand, command)
        case SetStatus():
            return edits.turn(hand, command)
        case SetField():
            return edits.fill(hand, command)


def _write(hand: Hand, command: RolloutCommand, voice: Voice, text: str, what: str) -> Done:
    if not text.strip():
        raise hand.writer.refused(f"an empty {command_name(command)} is not kept; write a text")
    return Done(f"{command.target}: {what} was written", hand.say(voice, text))


def _assign(hand: Hand, command: Assign) -> Done:
    writer, connection = hand.writer, hand.connection
    there = [
        (int(position), str(team))
        for position, team in connection.execute(
            "SELECT position, team FROM assignments WHERE rollout = ? ORDER BY position", (hand.row,)
        )
    ]
    held = {team.casefold() for _position, team in there}
    out = {team.strip().casefold() for team in command.remove}
    leaving = [(position, team) for position, team in there if team.casefold() in out]
    joining: list[str] = []
    for team in (name.strip() for name in command.add):
        if not team or any(character.isspace() for character in team):
            raise writer.refused(f"{team!r} is no team; write a name like ea-NGI_IT-INFN-T1")
        if team.casefold() not in held:
            joining.append(team)
            held.add(team.casefold())
    for team in joining:
        hand.happened(f"teams + {team}")
    for position, team in leaving:
        connection.execute("DELETE FROM assignments WHERE rollout = ? AND position = ?", (hand.row, position))
        hand.happened(f"teams - {team}")
    new = [Assignment(team=team, notified=writer.now, by=writer.me) for team in joining]
    rows.append(connection, hand.row, "assignments", new)
    if command.add and hand.column("phase") == Phase.NEW.value:
        hand.to(Phase.OPEN)
    return hand.done(command.target, "the teams were so already")


def _make(writer: Writer, command: NewRollout) -> Done:
    if not command.title.strip():
        raise writer.refused("a rollout needs a title; give it one")
    description = Message(
        id="m0", at=writer.now, author=writer.me, voice=Voice.DESCRIPTION, text=command.text, marks=(writer.key,)
    )
    record = Rollout(
        ref=Ref(writer.source, rows.fresh_id(writer.connection, Kind.ROLLOUT)),
        title=command.title,
        status="new",
        phase=Phase.NEW,
        owner=writer.me,
        created=writer.now,
        updated=writer.now,
        messages=(description,) if command.text.strip() else (),
        links=command.links,
        managers=(writer.me,),
    )
    made = rows.put(writer.connection, record)
    return Done(f"{writer.source}:{made}: the rollout was made", made)
