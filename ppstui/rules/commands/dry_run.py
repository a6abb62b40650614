"""What a command would change, in the order in which it will happen."""

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
)
from ppstui.rules.commands import Effect
from ppstui.rules.commands.overlay import preview
from ppstui.rules.commands.scene import (
    PROCESS,
    Scene,
    names_document,
    said_of_exposure,
    status_of,
    teams_changed,
    values_after,
    values_of,
)
from ppstui.rules.commands.wording import (
    acknowledge_text,
    document_link,
    exposure_text,
    incident_note,
    outcome_text,
    poll_note,
    report_text,
)
from ppstui.rules.horizon import moment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from ppstui.model import Command, Rollout
    from ppstui.rules.policy import Policy
    from ppstui.rules.tracker import Tracker

_WATCHERS = "AdminCc"
"""The watchers of a rollout, by the name that DOMAIN §2 T1 gives them."""


def effects(
    command: Command, rollout: Rollout | None, policy: Policy, now: dt.datetime, tracker: Tracker = PROCESS
) -> tuple[Effect, ...]:
    """The exact effect, in the order in which it will happen; () when nothing would change.

    `tracker` is the source the rollout is kept in: its status words, its links to documents.
    """
    if isinstance(command, NewRollout):
        return tuple(_of_new(command))
    if rollout is None:
        return tuple(_of_words(command))
    scene = Scene(rollout, policy, now, tracker)
    match command:
        case Assign():
            found = _of_assign(command, scene)
        case Acknowledge():
            found = _of_acknowledge(command, scene)
        case Expose() | Extend():
            found = _of_exposure(command, scene)
        case Report():
            found = _of_report(command, scene)
        case Incident():
            found = _of_incident(command, scene)
        case Document() | SetOutcome() | Resolve():
            found = _of_closing(command, scene)
        case SetDue() | SetOwner() | SetStatus() | SetField():
            found = _of_edit(command, scene)
        case _:
            found = _of_words(command)
    return tuple(found)


def _changed(what: str, before: str, after: str) -> Iterator[Effect]:
    if before != after:
        yield Effect(what=what, before=before, after=after)


def _said(what: str, text: str) -> Iterator[Effect]:
    if text:
        yield Effect(what=what, before="", after=text)


def _of_new(command: NewRollout) -> Iterator[Effect]:
    yield Effect(what="title", before="", after=command.title)
    if command.text:
        yield Effect(what="description", before="", after=command.text)
    for link in command.links:
        yield Effect(what=link.relation or "link", before="", after=link.url)


def _of_words(command: Command) -> Iterator[Effect]:
    """What only says something, and so needs no record to tell what it does."""
    match command:
        case Comment():
            yield Effect(what="comment", before="", after=command.text)
        case Reply():
            yield Effect(what="reply", before="", after=command.text)
        case Remind():
            yield Effect(what=f"reply to {', '.join(command.teams)}", before="", after=command.text)
            if command.also:
                yield Effect(what="also reminds of", before="", after=", ".join(map(str, command.also)))
        case Poll():
            yield Effect(what=f"mail to {command.to}", before="", after=f"{command.subject}\n\n{command.text}")
            yield Effect(what="comment", before="", after=poll_note(command))
        case Acknowledge():
            yield Effect(what="reply", before="", after=acknowledge_text(command))
            yield Effect(what=f"answer of {command.team}", before="", after=command.answer.value)
        case _:
            return


# ---------------------------------------------------------------------------------------------------- teams and tests


def _of_assign(command: Assign, scene: Scene) -> Iterator[Effect]:
    """The field, the watchers, the status, then the clocks that start with them (DOMAIN §2 T1)."""
    rollout = scene.rollout
    added, removed = teams_changed(command, rollout)
    if not added and not removed:
        return
    before = [assignment.team for assignment in rollout.assignments]
    after = [team for team in before if team not in removed] + added
    yield Effect(what="teams", before=", ".join(before), after=", ".join(after))
    if scene.tracker.watchers:
        changes = [f"+ {team}" for team in added] + [f"- {team}" for team in removed]
        yield Effect(what=_WATCHERS, before="", after=", ".join(changes))
    if added and rollout.phase is Phase.NEW:
        yield Effect(what="status", before=status_of(rollout), after=scene.tracker.word(Phase.OPEN))
    afterwards = Scene(preview(command, rollout, scene.policy, scene.now, "", ""), scene.policy, scene.now)
    for team in afterwards.teams:
        if team.team in added and team.due:
            yield Effect(what=f"answer of {team.team} due", before="", after=moment(team.due, scene.policy.zone))


def _of_acknowledge(command: Acknowledge, scene: Scene) -> Iterator[Effect]:
    yield Effect(what="reply", before="", after=acknowledge_text(command))
    team = scene.team(command.team)
    before = team.answer.value if team and team.answer else ""
    if before != command.answer.value:
        yield Effect(what=f"answer of {team.team if team else command.team}", before=before, after=command.answer.value)


def _of_exposure(command: Expose | Extend, scene: Scene) -> Iterator[Effect]:
    yield Effect(what="reply", before="", after=exposure_text(command))
    before = said_of_exposure(scene.rollout.exposures, command.team)
    whose = command.team or "all teams"
    if isinstance(command, Expose):
        start = before.start.isoformat() if before.start else ""
        yield from _changed(f"exposure of {whose} from", start, command.on.isoformat())
        return
    team = scene.team(command.team) if command.team else None
    whole = scene.standing.exposure
    end = (team.exposure_end if team else None) if command.team else (whole.end if whole else None)
    end = end or before.until
    yield from _changed(f"exposure of {whose} until", end.isoformat() if end else "", command.until.isoformat())


def _of_report(command: Report, scene: Scene) -> Iterator[Effect]:
    team = scene.team(command.team)
    before = (team.report.name if team.report else team.waived and "waived") if team else ""
    name = team.team if team else command.team
    if not command.waive:
        yield Effect(what="attachment", before="", after=f"{command.name} ({command.size} bytes)")
    yield Effect(what="reply", before="", after=report_text(command))
    yield from _changed(f"report of {name}", before, "waived" if command.waive else command.name)


def _of_incident(command: Incident, scene: Scene) -> Iterator[Effect]:
    linked = any(link.url == command.url for link in scene.rollout.links)
    before, after = command.url if linked else "", "" if command.remove else command.url
    yield from _changed("incident", before, after)
    yield from _said("comment", incident_note(command))


# ------------------------------------------------------------------------------------------------- closing and fields


def _of_closing(command: Document | SetOutcome | Resolve, scene: Scene) -> Iterator[Effect]:
    """Document link, document, outcome, why, status, then the parent: in this order (DOMAIN §2, T7, T8)."""
    rollout = scene.rollout
    after = preview(command, rollout, scene.policy, scene.now, "", "", scene.tracker)
    if isinstance(command, Document) or (isinstance(command, Resolve) and names_document(command)):
        link = document_link(command, scene.tracker)
        linked = rollout.document_url or next((each.url for each in rollout.links if each.url == link), "")
        yield from _changed("document link", linked, link)
    yield from _changed("document", rollout.document, after.document)
    yield from _changed("outcome", rollout.outcome, after.outcome)
    if not isinstance(command, Document):
        yield from _said("comment", outcome_text(command))
    yield from _changed("status", status_of(rollout), status_of(after))
    if rollout.parent and after.parent:
        yield from _changed(f"outcome of {rollout.parent.ref}", rollout.parent.outcome, after.parent.outcome)
        yield from _changed(f"document of {rollout.parent.ref}", rollout.parent.document, after.parent.document)


def _of_edit(command: SetDue | SetOwner | SetStatus | SetField, scene: Scene) -> Iterator[Effect]:
    rollout = scene.rollout
    match command:
        case SetDue():
            before, after = (day.isoformat() if day else "" for day in (rollout.due, command.due))
            yield from _changed("due", before, after)
        case SetOwner():
            yield from _changed("owner", rollout.owner, command.owner.strip())
        case SetStatus():
            yield from _changed("status", status_of(rollout), command.status.strip())
        case SetField():
            now, then = values_of(rollout, command.name), values_after(command, rollout)
            yield from _changed(command.name.strip(), ", ".join(now), ", ".join(then))
