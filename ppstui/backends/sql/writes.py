"""What each command does to the tables, in the words of the process (DOMAIN §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ppstui.backends.sql import rows
from ppstui.errors import Refused
from ppstui.model import (
    Acknowledge,
    Assign,
    Assignment,
    Comment,
    Event,
    Kind,
    Message,
    NewRollout,
    Phase,
    Ref,
    Rollout,
    Voice,
    command_name,
)
from ppstui.rules.commands import acknowledge_text

if TYPE_CHECKING:
    import datetime as dt
    import sqlite3

    from msgspec import Struct

    from ppstui.model import Command


class Writer(NamedTuple):
    """Who writes, when, where and under which key."""

    connection: sqlite3.Connection
    source: str
    me: str
    now: dt.datetime
    key: str


class Done(NamedTuple):
    """What a command did: a sentence, and the id of what it made."""

    text: str
    made: str = ""


def carry_out(writer: Writer, command: Command, row: int) -> Done:
    """Does it to the rollout in that row; `row` means nothing to NewRollout. Raises Refused."""
    match command:
        case Assign():
            return _assign(writer, command, row)
        case NewRollout():
            return _make(writer, command)
        case Acknowledge():
            text, voice = acknowledge_text(command), Voice.REPLY
        case Comment():
            text, voice = command.text, Voice.COMMENT
        case _:
            text, voice = command.text, Voice.REPLY
    if not text.strip():
        raise Refused(
            f"{writer.source}: an empty {command_name(command)} is not kept; write a text", source=writer.source
        )
    moved = rows.move(writer.connection, row, writer.now)
    message = _message(writer, f"m{moved}", voice, text)
    rows.append(writer.connection, row, "messages", (message,))
    what = "an internal note" if voice is Voice.COMMENT else "a message to everybody"
    if isinstance(command, Acknowledge):
        what = f"the answer of {command.team}: {command.answer.value}"
    return Done(f"{command.target}: {what} was written", message.id)


def _message(writer: Writer, message_id: str, voice: Voice, text: str) -> Message:
    return Message(id=message_id, at=writer.now, author=writer.me, voice=voice, text=text, marks=(writer.key,))


def _assign(writer: Writer, command: Assign, row: int) -> Done:
    connection = writer.connection
    there = [
        (int(position), str(team))
        for position, team in connection.execute(
            "SELECT position, team FROM assignments WHERE rollout = ? ORDER BY position", (row,)
        )
    ]
    held = {team.casefold() for _position, team in there}
    out = {team.strip().casefold() for team in command.remove}
    leaving = [(position, team) for position, team in there if team.casefold() in out]
    joining: list[str] = []
    for team in (name.strip() for name in command.add):
        if not team or any(character.isspace() for character in team):
            raise Refused(
                f"{writer.source}: {team!r} is no team; write a name like ea-NGI_IT-INFN-T1", source=writer.source
            )
        if team.casefold() not in held:
            joining.append(team)
            held.add(team.casefold())
    opens = _phase(writer, row) is Phase.NEW and bool(command.add)
    if not (leaving or joining or opens):
        return Done(f"{command.target}: the teams were so already")
    moved = rows.move(writer.connection, row, writer.now)
    said = [f"teams + {team}" for team in joining] + [f"teams - {team}" for _position, team in leaving]
    for position, _team in leaving:
        connection.execute("DELETE FROM assignments WHERE rollout = ? AND position = ?", (row, position))
    new = [Assignment(team=team, notified=writer.now, by=writer.me) for team in joining]
    rows.append(connection, row, "assignments", new)
    connection.execute("UPDATE rollouts SET teams_rev = rev WHERE number = ?", (row,))
    if opens:
        said.append("status new → open")
        connection.execute(
            "UPDATE rollouts SET status = 'open', phase = ?, phase_rev = rev WHERE number = ?", (Phase.OPEN.value, row)
        )
    events: list[Struct] = [
        Event(id=f"e{moved}.{n}", at=writer.now, author=writer.me, text=text) for n, text in enumerate(said, 1)
    ]
    rows.append(connection, row, "events", events)
    return Done(f"{command.target}: {', '.join(said)}")


def _phase(writer: Writer, row: int) -> Phase:
    found = writer.connection.execute("SELECT phase FROM rollouts WHERE number = ?", (row,)).fetchone()
    return Phase(found[0])


def _make(writer: Writer, command: NewRollout) -> Done:
    if not command.title.strip():
        raise Refused(f"{writer.source}: a rollout needs a title; give it one", source=writer.source)
    record = Rollout(
        ref=Ref(writer.source, rows.fresh_id(writer.connection, Kind.ROLLOUT)),
        title=command.title,
        status="new",
        phase=Phase.NEW,
        owner=writer.me,
        created=writer.now,
        updated=writer.now,
        messages=(_message(writer, "m0", Voice.DESCRIPTION, command.text),) if command.text.strip() else (),
        links=command.links,
        managers=(writer.me,),
    )
    made = rows.put(writer.connection, record)
    return Done(f"{writer.source}:{made}: the rollout was made", made)
