"""`ppstui show REF` and `ppstui why REF`: one record whole, and what stands in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ppstui.cli.failing import DONE
from ppstui.errors import NoSuchRecord, UsageError
from ppstui.model import Agenda, Bulletin, Commitment, Pilot, Ref, Rollout, Team, Wish
from ppstui.rules.rollouts import Mover
from ppstui.rules.teams import team_key
from ppstui.rules.why import why
from ppstui.views import whole, whole_text

if TYPE_CHECKING:
    from msgspec import Struct

    from ppstui.cli.office import Office
    from ppstui.rules.rollouts import TeamStanding
    from ppstui.rules.why import Reason


async def show(office: Office) -> int:
    """The command `show`."""
    ref = _ref(office)
    await office.fill()
    record = await office.find(ref, live=True, insist=office.options.refresh)
    page = _page(office)
    document: Struct
    if isinstance(record, Pilot):
        from ppstui.cli import showing_pilots

        _no_part(ref)
        if office.options.md or office.options.picture:
            showing_pilots.other_form(office, record)
            if not office.options.json:
                return DONE
        document = showing_pilots.shown(office, record, page)
    elif office.options.md or office.options.picture:
        what = "--md" if office.options.md else "--picture"
        raise UsageError(f"show: {what} is for pilots, and {ref} is none")
    elif isinstance(record, Commitment | Wish):
        from ppstui.cli import showing_pilots

        document = showing_pilots.entry_shown(office, record, page)
    elif isinstance(record, Agenda):
        from ppstui.cli.meeting import agenda_shown

        return agenda_shown(office, record)
    elif isinstance(record, Bulletin):
        from ppstui.cli.issue_sheets import issue_shown

        return issue_shown(office, record)
    elif isinstance(record, Team):
        from ppstui.cli.week import TeamBook

        parts, known, name = _parts_of(office, record), TeamBook(office), record.name
        committed = known.committed(name)
        document = whole.whole_team(record, parts, office.zone, office.desk.now(), committed, known.told(name))
        whole_text.team_page(page, record, parts, committed, known.health(name))
    else:
        document = _rollout(office, record, ref, page)
    return _print(office, document, page)


def _rollout(office: Office, rollout: Rollout, ref: Ref, page: whole_text.Page) -> Struct:
    standing, entries = office.standing(rollout), office.board.entries(rollout.ref)
    now = office.desk.now()
    if not ref.part:
        whole_text.rollout_page(page, rollout, standing, entries)
        return whole.whole_rollout(rollout, standing, entries, office.zone, now)
    team = office.part(rollout, ref.part)
    whole_text.part_page(page, rollout, standing, team, entries)
    return whole.whole_part(rollout, standing, team, entries, office.zone, now)


def _parts_of(office: Office, team: Team) -> list[tuple[str, TeamStanding]]:
    return [
        (f"{rollout.ref}/{part.team}", part)
        for rollout, standing in office.rollouts()
        for part in standing.teams
        if part.assigned and team_key(part.team) == team_key(team.name)
    ]


async def explain(office: Office) -> int:
    """The command `why`."""
    ref = _ref(office)
    await office.fill()
    rollout = await office.find(ref, live=True, insist=office.options.refresh)
    if isinstance(rollout, Pilot):
        from ppstui.cli import showing_pilots

        _no_part(ref)
        page = _page(office)
        return _print(office, showing_pilots.explained(office, rollout, page), page)
    if not isinstance(rollout, Rollout):
        raise UsageError(f"why: {ref} is no rollout and no pilot; nothing can block it")
    standing = office.standing(rollout)
    part = office.part(rollout, ref.part) if ref.part else None
    reasons = [
        reason
        for reason in why(standing, rollout, office.desk.policy, office.desk.now())
        if part is None or reason.team in ("", part.team)
    ]
    document = whole.why_record(ref, standing, reasons, _mover(reasons) if part else standing.mover, office.zone)
    page = _page(office)
    whole_text.why_page(page, document, standing)
    return _print(office, document, page)


def _mover(reasons: list[Reason]) -> Mover:
    return reasons[0].mover if reasons else Mover.NOBODY


def _ref(office: Office) -> Ref:
    if office.options.offline and office.options.refresh:
        raise UsageError(f"{office.options.command}: --refresh reads the source and --offline forbids it; choose one")
    if office.options.command == "show" and office.options.json and office.options.md:
        raise UsageError("show: --json and --md exclude each other; choose one")
    return Ref.parse(office.options.ref)


def _no_part(ref: Ref) -> None:
    if ref.part:
        raise NoSuchRecord(f"{ref}: a pilot has no teams' parts; write {ref.whole}")


def _page(office: Office) -> whole_text.Page:
    return whole_text.Page(office.desk.now(), office.zone, ascii_only=office.ascii_only)


def _print(office: Office, document: Struct, page: whole_text.Page) -> int:
    if office.options.json:
        office.console.write_utf8(msgspec.json.encode(document) + b"\n")
    else:
        for line in page.lines:
            office.console.say(line)
    return DONE
