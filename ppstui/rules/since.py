"""What is new on a record since a person saw it: messages, files, answers, and what its history tells of a value."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ppstui.model import Voice
from ppstui.rules.names import read_report
from ppstui.rules.policy import STACKS, Policy
from ppstui.rules.teams import heard, marked, team_key
from ppstui.rules.titles import read_title

if TYPE_CHECKING:
    from ppstui.model import Attachment, Event, Message, Rollout
    from ppstui.rules.teams import Heard

_EMPTY = "(empty)"
_SIGNED = re.compile(r"([+\-\u2212\u2013])\s*(\S+)")


class Move(NamedTuple):
    """One change of one value, as the history tells it; "" for nothing."""

    before: str
    after: str
    by: str


class Since:
    """A record as a person saw it, and as it is now."""

    def __init__(self, seen: Rollout, current: Rollout, key: str = "") -> None:
        """`seen` may lack texts and history. `key`: the mark of the command that is asked about."""
        self.seen, self.current, self._key = seen, current, key

    @property
    def carried_out(self) -> bool:
        """Whether the command's own mark is on the record."""
        return bool(self._key) and any(self._key in message.marks for message in self.current.messages)

    @cached_property
    def messages(self) -> tuple[tuple[Message, tuple[str, ...]], ...]:
        """New messages of others, each with the marks that are its own; the description is never new."""
        known = {message.id for message in self.seen.messages}
        own = {mark for message in self.seen.messages for mark in message.marks} | {self._key}
        return tuple(
            (message, marks)
            for message, marks in marked(self.current.messages)
            if message.voice is not Voice.DESCRIPTION and message.id not in known and own.isdisjoint(marks)
            if self.seen.whole or (self.seen.updated is not None and message.at > self.seen.updated)
        )

    @cached_property
    def answers(self) -> tuple[Heard, ...]:
        """New answers of teams, or on their behalf, oldest first."""
        new = {message.id for message, _ in self.messages}
        return tuple(each for each in heard(self.current, Policy()) if each.message in new)

    def answers_before(self, team: str) -> tuple[Heard, ...]:
        """What a team had answered when the person looked, oldest first."""
        new = {message.id for message, _ in self.messages}
        said = heard(self.current, Policy())
        return tuple(each for each in said if each.message not in new and team_key(each.team) == team_key(team))

    @cached_property
    def reports(self) -> tuple[tuple[str, Attachment], ...]:
        """New valid reports, each with its team."""
        known = {file.id for file in self.seen.attachments}
        found = []
        for file in self.current.attachments:
            if file.id in known or any(_alike(file, other) for other in self.seen.attachments):
                continue
            if not self.seen.whole and (self.seen.updated is None or file.at is None or file.at <= self.seen.updated):
                continue
            team = self.reported_by(file)
            if team:
                found.append((team, file))
        return tuple(found)

    def reported_by(self, file: Attachment) -> str:
        """The team whose valid report a file is by its name; "" when it is none."""
        assigned = [assignment.team for assignment in self.current.assignments]
        reading = read_report(file.name, read_title(self.current.title, STACKS), assigned, (), STACKS)
        return reading.team if reading.kind == "report" and not reading.problem else ""

    @cached_property
    def _events(self) -> tuple[Event, ...]:
        """New lines of the history, and those of the very instant at which the person looked."""
        seen = self.seen
        known = {event.id for event in seen.events}
        instants = [event.at for event in seen.events] + [message.at for message in seen.messages]
        looked = seen.updated or max(instants, default=None)
        if looked is None:
            return ()
        return tuple(event for event in self.current.events if event.id not in known and event.at >= looked)

    def moves(self, name: str) -> tuple[Move, ...]:
        """What the history tells of a value since then, oldest first: lines like `NAME old → new`."""
        found, head = [], f"{name} ".casefold()
        empty = (_EMPTY, "nobody") if name == "owner" else (_EMPTY,)
        for event in self._events:
            if not event.text.casefold().startswith(head):
                continue
            before, arrow, after = event.text[len(head) :].partition(" → ")
            if arrow:
                before, after = ("" if value.strip() in empty else value.strip() for value in (before, after))
                found.append(Move(before, after, event.author))
        return tuple(found)

    def signed_moves(self, name: str, value: str) -> tuple[Move, ...]:
        """What the history tells of one member of a value since then: lines like `NAME + value`, `NAME - value`."""
        found, head = [], f"{name} ".casefold()
        for event in self._events:
            if event.text.casefold().startswith(head):
                for sign, member in _SIGNED.findall(event.text[len(head) - 1 :]):
                    if team_key(member.rstrip(",;")) == team_key(value):
                        found.append(Move("", value, event.author) if sign == "+" else Move(value, "", event.author))
        return tuple(found)

    def member_moves(self, name: str, member: str) -> tuple[Move, ...]:
        """What the history tells of one value of a field that has several."""
        found = []
        for move in self.moves(name):
            before, after = (member if member in value.split(", ") else "" for value in (move.before, move.after))
            if before != after:
                found.append(Move(before, after, move.by))
        return tuple(found)

    def link_moves(self, url: str) -> tuple[Move, ...]:
        """What the history tells of a link since then: lines like `link + RefersTo https://…`."""
        found = []
        for event in self._events:
            words = event.text.split()
            if len(words) > 2 and words[0] == "link" and words[-1] == url:  # noqa: PLR2004  link, sign, address
                found.append(Move("", url, event.author) if words[1] == "+" else Move(url, "", event.author))
        return tuple(found)


def _alike(file: Attachment, other: Attachment) -> bool:
    """The same file under another id: one that was shown before the server had it."""
    return file.name == other.name and (file.size == other.size or None in (file.size, other.size))


def since_seen(moves: tuple[Move, ...], before: str) -> tuple[Move, ...]:
    """The moves from the first one on that goes on from the value that was seen; what came before it was seen too."""
    folded = before.strip().casefold()
    starts = (at for at, move in enumerate(moves) if move.before.strip().casefold() == folded)
    return moves[next(starts, len(moves)) :]
