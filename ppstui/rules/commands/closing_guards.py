"""What stands against closing a rollout, and against what is set for it (DOMAIN §2, guards before `resolved`)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.model import Answer, Document, Objection, Outcome, Phase, Resolve, SetOutcome, SetStatus
from ppstui.rules import clocks
from ppstui.rules.attention import outcome_of
from ppstui.rules.commands.scene import names_document, odd, stop, warn
from ppstui.rules.commands.testing_guards import is_address
from ppstui.rules.exposure_lines import one_line
from ppstui.rules.standings import TeamState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.rules.commands.scene import Scene
    from ppstui.rules.rollouts import TeamStanding


def against(command: Document | SetOutcome | Resolve, scene: Scene) -> Iterator[Objection]:
    """The rules that stand against it."""
    match command:
        case Document():
            return _against_document(command, scene)
        case SetOutcome():
            return _against_outcome(command, scene)
        case Resolve():
            return _against_resolve(command, scene)


# ----------------------------------------------------------------------------------------------- document and outcome


def _against_document(command: Document, scene: Scene) -> Iterator[Objection]:
    """Naming none takes out the one there is, where there is one."""
    rollout = scene.rollout
    yield from _against_naming(command)
    if not names_document(command):
        if rollout.document or rollout.document_url:
            yield warn(
                "document-missing", f"{rollout.document or rollout.document_url} is taken out; none is named then"
            )
        else:
            yield stop("empty", "no document is named; give its id or its address")
    elif not command.document.strip():
        yield warn("document-id", "the document is named without its id, so the parent can be told none")
    elif command.document.strip() == rollout.document and command.url.strip() in ("", rollout.document_url):
        yield stop("idle", f"the document is {rollout.document} already; there is nothing to do")


def _against_naming(command: Document | Resolve) -> Iterator[Objection]:
    document, url = command.document.strip(), command.url.strip()
    if odd(document) or any(sign.isspace() or sign in "<>\"'" for sign in document):
        yield stop("document", f"{document[:80]!r} is no document's id; write it as the document server does")
    if url and not is_address(url):
        yield stop("document", f"{url[:120]!r} is no web address; write https://…")


def _against_outcome(command: SetOutcome, scene: Scene) -> Iterator[Objection]:
    reason = one_line(command.reason)
    if command.outcome is outcome_of(scene.rollout) and (command.outcome or not scene.rollout.outcome.strip()):
        if not reason:
            said = command.outcome.value if command.outcome else "not set"
            yield stop("idle", f"the outcome is {said} already; there is nothing to do")
        return
    if command.outcome is None:
        return
    missing = _unreported(scene)
    for team in missing:
        yield warn("report-missing", f"{team.team} accepted and there is no report of it; {_lifted_by(team)}")
    yield from _against_silence(command.outcome, missing, reason)


def _against_silence(outcome: Outcome, missing: list[TeamStanding], reason: str) -> Iterator[Objection]:
    if reason:
        return
    if outcome is Outcome.REJECT:
        yield stop("reason-missing", "the outcome REJECT has a reason; give it")
    elif missing:
        names = ", ".join(team.team for team in missing)
        yield stop("reason-missing", f"an outcome without the report of {names} has a reason; give it")


# ------------------------------------------------------------------------------------------------------------ resolve


def _against_resolve(command: Resolve, scene: Scene) -> Iterator[Objection]:
    """The guards before `resolved`; an outcome that it sets is held to the rule of `outcome` on reasons."""
    yield from _against_naming(command)
    if command.outcome is Outcome.REJECT and outcome_of(scene.rollout) is not Outcome.REJECT:
        yield from _against_silence(command.outcome, [], one_line(command.reason))
    yield from against_closing(
        command.outcome or outcome_of(scene.rollout), scene, documented=_documented(scene) or names_document(command)
    )


def against_status(command: SetStatus, scene: Scene) -> Iterator[Objection]:
    """The same guards against closing by the status alone."""
    closes = scene.tracker.phase(command.status) is Phase.RESOLVED
    if closes and scene.rollout.phase is not Phase.RESOLVED:
        yield from against_closing(outcome_of(scene.rollout), scene, documented=_documented(scene))


def _documented(scene: Scene) -> bool:
    return bool(scene.rollout.document.strip() or scene.rollout.document_url.strip())


def against_closing(outcome: Outcome | None, scene: Scene, *, documented: bool) -> Iterator[Objection]:
    """What has to be there before `resolved` (DOMAIN §2); with that outcome, and a document or none."""
    if outcome is None:
        said = scene.rollout.outcome.strip()
        text = f"the outcome says {said[:40]!r}, not ACCEPT or REJECT" if said else "the outcome is not set"
        yield stop("outcome-missing", f"{text}; set it, or give a reason", overridable=True)
    if not documented:
        yield stop("document-missing", "no document is named; name it, or give a reason", overridable=True)
    if not scene.rollout.whole:
        return
    for team in _unreported(scene):
        text = f"{team.team} accepted and there is no report of it; {_lifted_by(team)}, or give a reason"
        yield stop("report-missing", text, overridable=True)
    yield from _beside(scene)


def _unreported(scene: Scene) -> list[TeamStanding]:
    """The chosen teams that accepted, without a valid report or a waiver; () while messages are not read."""
    if not scene.rollout.whole:
        return []
    return [
        team
        for team in scene.teams
        if team.assigned and team.answer is Answer.ACCEPT and team.state is not TeamState.REPORTED
    ]


def _lifted_by(team: TeamStanding) -> str:
    if team.report:
        return f"attach {team.report.name[:120]} under its right name, or waive it"
    return "attach it, or waive it"


def _beside(scene: Scene) -> Iterator[Objection]:
    """What a coordinator should know before closing and what holds nothing up."""
    links = scene.standing.links
    wanted = (
        ("release notes", links.release_notes),
        ("fixed bugs", links.bugs),
        ("documentation", links.documentation),
    )
    missing = [name for name, url in wanted if not url]
    if missing:
        yield warn("links-missing", f"missing links: {', '.join(missing)}")
    chosen = [team for team in scene.teams if team.assigned]
    for team in chosen:
        if team.state in (TeamState.NOTIFIED, TeamState.ACK_OVERDUE):
            yield warn("answer-pending", f"{team.team} has not answered; closed, its answer counts for nothing")
    if not any(team.answer is Answer.ACCEPT or team.state is TeamState.REPORTED for team in chosen):
        yield warn("no-ea", "no team has accepted; the outcome then rests on nobody's test")
    for team in chosen:
        yield from _against_hurry(team, scene)


def _against_hurry(team: TeamStanding, scene: Scene) -> Iterator[Objection]:
    """Fewer days under load than the minimum: up to the report, or up to today while there is none."""
    least, zone = scene.policy.exposure_minimum, scene.policy.zone
    start = team.exposure_start
    if start is None or team.state not in (TeamState.EXPOSING, TeamState.REPORTED):
        return
    reported = team.report.at if team.report and team.report.valid else None
    days = (clocks.local_day(reported or scene.now, zone) - start) // dt.timedelta(days=1) + 1
    if days < least:
        text = (
            f"{team.team} has had {max(days, 0)} days of exposure, fewer than {least}; extend it, or let it be enough"
        )
        yield warn("exposure-short", text)
