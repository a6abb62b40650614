"""What stands against a command: the guards of DOMAIN §2, and those that keep slips of the hand off the record."""

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
    Message,
    NewRollout,
    Objection,
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
)
from ppstui.rules.answers import find_answers
from ppstui.rules.commands import closing_guards, edit_guards, team_guards, testing_guards
from ppstui.rules.commands.scene import PROCESS, Scene, status_of, stop, warn
from ppstui.rules.exposure_lines import read_exposures, read_waivers
from ppstui.rules.titles import read_title

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from ppstui.model import Command, Rollout
    from ppstui.rules.policy import Policy
    from ppstui.rules.tracker import Tracker


def objections(
    command: Command,
    rollout: Rollout | None,
    policy: Policy,
    now: dt.datetime,
    tracker: Tracker = PROCESS,
    reminded: Sequence[tuple[str, dt.datetime]] = (),
) -> tuple[Objection, ...]:
    """The rules that stand against the command now, blocking ones first; () when it may go.

    `rollout` is None for what is not about a rollout that exists. Of a rollout that is not whole only what its columns
    say is held against a command, so look at it first. `tracker` is the source it is kept in; `reminded` says which
    teams were reminded of it when by messages on other records (`reminders.reminded_in`).
    """
    if isinstance(command, NewRollout):
        found = list(_against_new(command, policy))
    elif rollout is None:
        return ()
    else:
        scene = Scene(rollout, policy, now, tracker, reminded)
        found = [*_against_closed(command, scene), *_against(command, scene)]
    return tuple(sorted(found, key=lambda objection: not objection.blocking))


def _against(command: Command, scene: Scene) -> Iterator[Objection]:
    match command:
        case Comment() | Reply():
            return _against_words(command, scene.now)
        case Assign() | Acknowledge() | Remind() | Poll():
            return team_guards.against(command, scene)
        case Expose() | Extend() | Report() | Incident():
            return testing_guards.against(command, scene)
        case Document() | SetOutcome() | Resolve():
            return closing_guards.against(command, scene)
        case SetDue() | SetOwner() | SetStatus() | SetField():
            return edit_guards.against(command, scene)
        case _:
            return iter(())


def _against_closed(command: Command, scene: Scene) -> Iterator[Objection]:
    """A closed rollout takes internal notes, and the status that opens it again; what else is written has a reason."""
    rollout = scene.rollout
    status = status_of(rollout)
    if rollout.phase is Phase.DELETED:
        yield stop("closed", f"{rollout.ref} is deleted; nothing can be written to it")
    elif rollout.phase.live:
        if rollout.phase is Phase.STALLED and isinstance(command, Remind):
            yield warn("stalled", f"{rollout.ref} is on hold; nobody's clock runs until it is opened again")
    elif isinstance(command, Reply):
        yield warn("closed", f"{rollout.ref} is {status}; a reply may open it again")
    elif not isinstance(command, Comment) and not _reopens(command, scene):
        yield stop("closed", f"{rollout.ref} is {status}; reopen it first, or give a reason", overridable=True)


def _reopens(command: Command, scene: Scene) -> bool:
    phase = scene.tracker.phase(command.status) if isinstance(command, SetStatus) else None
    return phase is not None and phase.live


def _against_words(command: Comment | Reply, now: dt.datetime) -> Iterator[Objection]:
    what = "comment" if isinstance(command, Comment) else "reply"
    if not command.text.strip():
        yield stop("empty", f"the {what} has no text; write one")
    written = Message(id="", at=now, author="", voice=Voice.REPLY, text=command.text, marks=("its own",))
    if read_exposures([command.text]):
        yield warn("reads-as-exposure", "a line of it will count as an exposure; expose and extend say it as such")
    if read_waivers([written]):
        yield warn("reads-as-waiver", "a line of it will waive a report; report says it as such")
    if isinstance(command, Reply):
        yield from _against_answering(command.text)


def _against_answering(text: str) -> Iterator[Objection]:
    lines = find_answers(text)
    opening = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(lines) == 1 and lines[0].line.strip() == opening:
        yield warn("reads-as-answer", f"this will count as the answer of {lines[0].team}; acknowledge says it as such")


def _against_new(command: NewRollout, policy: Policy) -> Iterator[Objection]:
    if not command.title.strip():
        yield stop("empty", "the rollout has no title; write one")
        return
    title = read_title(command.title, policy.stacks)
    if title.problem:
        rule = "title-odd" if title.parsed else "title-unparsed"
        yield warn(rule, f"the title does not follow the grammar: {title.problem}")
