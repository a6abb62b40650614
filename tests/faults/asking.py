"""Random actions of every kind, each with a text or a value of its own: its effect can be told from all others."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from ppstui.backends.rt import RT
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Outcome,
    Poll,
    Ref,
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
from ppstui.rules.names import report_name
from ppstui.rules.policy import Policy
from ppstui.rules.titles import read_title

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from ppstui.model import Command

POLICY = Policy()
OWNERS = ("sro-manager", "sro-manager2")
WORDS = ("open", "stalled", "resolved", "rejected")


class Asking:
    """Makes up what coordinators ask for. Numbers never repeat, whoever asks."""

    def __init__(self, dice: random.Random, teams: Sequence[str], today: dt.date, *, policy: Policy = POLICY) -> None:
        self._dice = dice
        self._today = today
        self._teams = teams
        self._kinds = sorted(RT.offer.writes, key=command_name)
        self._policy = policy
        self._asked = 0

    def begin(self, number: int) -> None:
        """Counts from there on: for who makes things up beside others."""
        self._asked = number

    def leave_out(self, kind: type[Command]) -> None:
        """Nobody asks for that any more."""
        self._kinds.remove(kind)

    def one(self, ref: Ref, title: str) -> Command:
        """Something about that record."""
        return self.of(self._dice.choice(self._kinds), ref, title)

    def of(self, kind: type[Command], ref: Ref, title: str) -> Command:
        """An action of that kind."""
        self._asked += 1
        text = f"text {self._asked} for {ref}"
        team = self._dice.choice(self._teams)
        if kind is Assign:
            return self._assign(ref)
        if kind is Acknowledge:
            return Acknowledge(target=ref, team=team, answer=self._dice.choice(list(Answer)), note=text)
        if kind in (Comment, Reply):
            return Comment(target=ref, text=text) if kind is Comment else Reply(target=ref, text=text)
        if kind is Remind:
            return Remind(target=ref, teams=(team,), text=f"{text}: {team} please answer")
        if kind is Poll:
            return Poll(target=ref, to=f"list-{self._asked}@example.org", subject="Who can test it?", text=text)
        if kind is Report:
            return self._report(ref, team, title, text)
        return self._field(kind, ref, team, text)

    def _assign(self, ref: Ref) -> Assign:
        chosen = self._dice.sample(list(self._teams), self._dice.choice((1, 1, 2)))
        if self._dice.random() < 0.3:
            return Assign(target=ref, remove=tuple(chosen))
        return Assign(target=ref, add=tuple(chosen))

    def _report(self, ref: Ref, team: str, title: str, text: str) -> Report:
        if self._dice.random() < 0.3:
            return Report(target=ref, team=team, waive=text)
        return self.report(ref, title, f"{text} ".encode() * self._dice.choice((1, 40, 900)), team)

    def report(self, ref: Ref, title: str, content: bytes, team: str = "") -> Report:
        """A report with that content; of the team, or of the first."""
        team = team or self._teams[0]
        name = report_name(team, read_title(title, self._policy.stacks))
        digest = hashlib.sha256(content).hexdigest()
        return Report(target=ref, team=team, name=name, size=len(content), digest=digest, content=content)

    def _field(self, kind: type[Command], ref: Ref, team: str, text: str) -> Command:
        dice, number = self._dice, self._asked
        day = self._today + dt.timedelta(days=number % 5)
        if kind is Expose:
            return Expose(target=ref, team=dice.choice((team, "")), on=day)
        if kind is Extend:
            return Extend(target=ref, team=dice.choice((team, "")), until=day + dt.timedelta(days=60), reason=text)
        if kind is Incident:
            url = f"https://ggus.example.org/?ticket={100_000 + number}"
            return Incident(target=ref, url=url, text=dice.choice((text, "")))
        if kind is Document:
            return Document(target=ref, document=str(7_000 + number))
        if kind is SetOutcome:
            return SetOutcome(target=ref, outcome=dice.choice(list(Outcome)), reason=text)
        if kind is Resolve:
            outcome = dice.choice((*Outcome, None))
            return Resolve(target=ref, outcome=outcome, document=str(9_000 + number), reason=dice.choice((text, "")))
        if kind is SetDue:
            return SetDue(target=ref, due=dt.date(2027, 1, 1) + dt.timedelta(days=number % 300_000))
        if kind is SetOwner:
            return SetOwner(target=ref, owner=dice.choice(OWNERS))
        if kind is SetStatus:
            return SetStatus(target=ref, status=dice.choice(WORDS))
        assert kind is SetField, kind
        return SetField(target=ref, name="Version", values=(f"1.8.0-{number}",))
