"""Records and commands that the contract works with."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Assignment,
    Attachment,
    Comment,
    Link,
    Message,
    NewRollout,
    Phase,
    Ref,
    Remind,
    Reply,
    Rollout,
    Team,
    Voice,
)
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Command

COMMANDS: tuple[type[Command], ...] = (Assign, Acknowledge, Comment, Reply, Remind, NewRollout)
WRITTEN: tuple[type[Command], ...] = (Acknowledge, Comment, Reply, Remind)
"""Commands whose effect is a message, so that giving them twice makes two."""


def rollout(source: str, number: int, teams: Sequence[str] = (), *, title: str = "", text: str = "") -> Rollout:
    """A plain rollout, open when teams are given."""
    made = NOON - dt.timedelta(days=2)
    description = Message(
        id=f"d{number}", at=made, author="staged-rollout", voice=Voice.DESCRIPTION, text=text or "Please test."
    )
    return Rollout(
        ref=Ref(source, str(number)),
        title=title or f"Staged Rollout UMD-4 arc6 6.15.{number} CENTOS7 x86_64",
        phase=Phase.OPEN if teams else Phase.NEW,
        status="open" if teams else "new",
        created=made,
        updated=made,
        assignments=tuple(Assignment(team=team, notified=made) for team in teams),
        messages=(description,),
    )


def full_rollout(source: str, number: int, teams: Sequence[str]) -> Rollout:
    """A rollout with something of everything."""
    plain = rollout(source, number, teams)
    at = NOON - dt.timedelta(days=1)
    answer = f"accept {teams[0].removeprefix('ea-')}"
    return Rollout(
        ref=plain.ref,
        title=plain.title,
        phase=plain.phase,
        status=plain.status,
        created=plain.created,
        updated=at,
        assignments=plain.assignments,
        messages=(
            *plain.messages,
            Message(id=f"r{number}", at=at, author="site admin", voice=Voice.REPLY, text=f"Dear all,\n\n{answer}\n"),
            Message(id=f"c{number}", at=at, author="manager", voice=Voice.COMMENT, text="Ring them on Monday."),
        ),
        links=(
            Link(url="https://example.org/release-notes/arc6", relation="release-notes"),
            Link(url="https://ggus.example.org/ticket/4711", relation="incident"),
        ),
        attachments=(Attachment(id=f"a{number}", name=f"{teams[0]}-UMD-4-arc6-6.15.{number}.odt", at=at, size=12),),
    )


def team(source: str, name: str) -> Team:
    """A team as a registry has it."""
    ngi, _, site = name.removeprefix("ea-").partition("-")
    return Team(ref=Ref(source, name), name=name, ngi=ngi, site=site, contact=f"grid@{site.lower()}.example.org")


def command(kind: type[Command], ref: Ref, teams: Sequence[str], text: str) -> Command:
    """A command of that kind on that record, recognised at the other side by `text` or by the last of `teams`."""
    if kind is Assign:
        return Assign(target=ref, add=(teams[-1],))
    if kind is Acknowledge:
        return Acknowledge(target=ref, team=teams[0], answer=Answer.ACCEPT, note=text)
    if kind is Comment:
        return Comment(target=ref, text=text)
    if kind is Reply:
        return Reply(target=ref, text=text)
    if kind is Remind:
        return Remind(target=ref, teams=(teams[0],), text=text)
    if kind is NewRollout:
        return NewRollout(target=Ref(ref.source, "new"), title=text, text=f"About {text}.")
    raise LookupError(f"the contract has no sample of {kind.__name__}")
