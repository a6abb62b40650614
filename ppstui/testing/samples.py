"""Records and commands that the contract works with."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Final

from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Assignment,
    Attachment,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Link,
    Message,
    NewRollout,
    Outcome,
    Parent,
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
    Team,
    Voice,
)
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Command

COMMANDS: tuple[type[Command], ...] = (
    *(Assign, Acknowledge, Comment, Reply, Remind, Poll, Expose, Extend, Report, Incident),
    *(Document, SetOutcome, SetDue, SetOwner, SetField, SetStatus, Resolve, NewRollout),
)
"""All there are, in an order in which they may be given to one rollout."""
WRITTEN: tuple[type[Command], ...] = (Acknowledge, Comment, Reply, Remind)
"""Commands that write a person's text, so that giving them twice makes two."""
MARKED: tuple[type[Command], ...] = (*WRITTEN, Poll, Expose, Extend, Report, Incident, SetOutcome, Resolve)
"""Commands that write a message, which carries their key."""
REASONED: tuple[type[Command], ...] = (Extend, Report, Incident, SetOutcome, Resolve)
"""Commands that are given a reason in a person's words; of `Report`, the waiver."""
SET: tuple[type[Command], ...] = (Document, SetOutcome, SetDue, SetOwner, SetField, SetStatus, Resolve)
"""Commands that set what has one value at a time, so that a colleague may have set another."""
TRACES: tuple[type[Command], ...] = (
    *(Assign, Comment, Reply, Report, Incident, Document, SetOutcome, SetDue, SetOwner, SetField, SetStatus),
)
"""Commands that between them show everything that any command leaves."""

TODAY: Final = NOON.date()
ADDRESS: Final = "early-adopters-umd@mailman.example.org"
INCIDENT: Final = "https://ggus.example.org/ticket/4712"
DOCUMENTS: Final = "https://documents.example.org/document/"
"""What the address of a document begins with, its id being the rest: for a backend that makes the one of the other."""
WORD: Final = "stalled"
"""The status that `SetStatus` asks for, and a colleague of whoever asks for the other."""
OTHER_WORD: Final = "rejected"
"""A status that may follow `open` and `stalled` everywhere."""
CLOSED: Final = "resolved"
"""The status that `Resolve` gives."""


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


def parent(source: str, number: int) -> Parent:
    """The release that a rollout belongs to, which was told nothing yet."""
    title = f"UMD.arc6-{number}.centos7.x86_64"
    return Parent(ref=Ref(source, str(900 + number)), title=title, status="open", progress="StageRollout")


def team(source: str, name: str) -> Team:
    """A team as a registry has it."""
    ngi, _, site = name.removeprefix("ea-").partition("-")
    return Team(ref=Ref(source, name), name=name, ngi=ngi, site=site, contact=f"grid@{site.lower()}.example.org")


def command(
    kind: type[Command],
    ref: Ref,
    teams: Sequence[str],
    text: str,
    *,
    owner: str = "colleague",
    field: str = "Remarks",
) -> Command:
    """A command of that kind on that record, recognised at the other side by `shown`."""
    every: tuple[Command, ...] = (
        Assign(target=ref, add=(teams[-1],)),
        Acknowledge(target=ref, team=teams[0], answer=Answer.ACCEPT, note=text),
        Comment(target=ref, text=text),
        Reply(target=ref, text=text),
        Remind(target=ref, teams=(teams[0],), text=text),
        Poll(target=ref, to=ADDRESS, subject="Who tests arc6?", text=text),
        Expose(target=ref, team=teams[0], on=TODAY),
        Extend(target=ref, team=teams[0], until=TODAY + dt.timedelta(days=9), reason=text),
        report(ref, teams[0], text),
        Incident(target=ref, url=INCIDENT, title="arc6 does not start", text=text),
        Document(target=ref, document="700", url=DOCUMENTS + "700"),
        SetOutcome(target=ref, outcome=Outcome.ACCEPT, reason=text),
        Resolve(target=ref, outcome=Outcome.ACCEPT, document="700", url=DOCUMENTS + "700", reason=text),
        SetDue(target=ref, due=TODAY + dt.timedelta(days=14)),
        SetOwner(target=ref, owner=owner),
        SetStatus(target=ref, status=WORD),
        SetField(target=ref, name=field, values=("mine",)),
        NewRollout(target=Ref(ref.source, "new"), title=text, text=f"About {text}."),
    )
    for each in every:
        if type(each) is kind:
            return each
    raise LookupError(f"the contract has no sample of {kind.__name__}")


def report(ref: Ref, team: str, text: str, name: str = "") -> Report:
    """A report of that team whose content is no text, whatever is in it."""
    content = text.encode("utf-8", "replace") + bytes(range(256)) * 3
    digest = hashlib.sha256(content).hexdigest()
    name = name or f"{team}-UMD-4-arc6-6.15.1.odt"
    return Report(target=ref, team=team, name=name, size=len(content), digest=digest, content=content)


def waiver(ref: Ref, team: str, reason: str) -> Report:
    """A coordinator's word that the report of that team is not needed."""
    return Report(target=ref, team=team, waive=reason)


def rival(command: Command, owner: str) -> Command | None:
    """What a colleague asks for who sets the same thing otherwise; None where a second one is in nobody's way."""
    target = command.target
    match command:
        case Document():
            return Document(target=target, document="701", url=DOCUMENTS + "701")
        case SetOutcome() | Resolve():
            return SetOutcome(target=target, outcome=Outcome.REJECT, reason="It does not start.")
        case SetDue():
            return SetDue(target=target, due=TODAY + dt.timedelta(days=21))
        case SetOwner():
            return SetOwner(target=target, owner=owner)
        case SetField():
            return SetField(target=target, name=command.name, values=("theirs",))
        case SetStatus():
            return SetStatus(target=target, status=WORD)
        case _:
            return None


def shown(command: Command, text: str) -> str:  # noqa: C901, PLR0912 (one case a command)
    """What `World.see` shows of it: the whole of a value, and what stands in a message."""
    match command:
        case Assign():
            return command.add[0]
        case Poll():
            return command.to
        case Expose():
            return f"ppstui: exposure of {command.team} from {command.on.isoformat()}"
        case Extend():
            return f"ppstui: exposure of {command.team} until {command.until.isoformat()} because "
        case Report():
            return f"{command.name}: {command.size} bytes"
        case Incident():
            return command.url
        case Document():
            return command.document
        case SetOutcome():
            return command.outcome.value if command.outcome else ""
        case Resolve():
            return CLOSED
        case SetDue():
            return command.due.isoformat() if command.due else ""
        case SetOwner():
            return command.owner
        case SetStatus():
            return command.status
        case SetField():
            return f"{command.name}: {(command.values or command.add)[0]}"
        case _:
            return text
