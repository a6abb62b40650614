"""Choosing teams: their field, their AdminCc and the status in one change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ppstui.backends import _http
from ppstui.backends.rt.client import Stumbled
from ppstui.backends.rt.rows import Thing
from ppstui.backends.rt.writing.errand import SLIPS, said_of
from ppstui.backends.rt.writing.fields import merged, near
from ppstui.errors import Conflict, Refused
from ppstui.model import Phase, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ppstui.backends.rt.rows import FieldValue, TicketRow
    from ppstui.backends.rt.writing.errand import Errand
    from ppstui.model import Assign, Event, Rollout

_TURNS = 3
"""How often teams that our own change took out unasked are put back, should it happen again and again."""


async def assign(errand: Errand, command: Assign) -> Receipt:
    """Teams merge by value: those that colleagues chose meanwhile stay, also where RT let two changes in at once."""
    receipt = Receipt(text="")
    for _ in range(_TURNS):
        receipt, lost = await _assign(errand, command)
        if not lost:
            break
        command = type(command)(target=command.target, add=(*command.add, *lost), remove=command.remove)
    return receipt


async def _assign(errand: Errand, command: Assign) -> tuple[Receipt, list[str]]:
    """One change, prepared anew where somebody was faster, and once where the server stumbled over it."""
    slips = stumbles = 0
    while True:
        try:
            return await _once(errand, command, last=stumbles > 0)
        except Stumbled:
            if stumbles:
                raise
            stumbles += 1
        except Conflict as error:
            slips += 1
            if error.current is not None:
                raise
            if slips == SLIPS:
                current = await errand.reader.look(errand.target)
                raise Conflict(str(error), source=errand.source, current=current) from error


@dataclass(slots=True)
class _Change:
    """What is sent, and what came of it."""

    since: int
    """The newest transaction before it."""
    body: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    said: Sequence[str] = ()

    @property
    def status(self) -> str:
        return str(self.body.get("Status", ""))


async def _once(errand: Errand, command: Assign, *, last: bool) -> tuple[Receipt, list[str]]:
    what = f"choosing teams on ticket {errand.number}"
    options = errand.options
    row, etag = await errand.ticket(what)
    teams = errand.field(row, options.fields.teams, "teams")
    newest = etag.strip('W/"')
    change = _Change(since=int(newest) if newest.isdigit() else 0)
    wanted = _wanted(teams.texts, command)
    if wanted != list(teams.texts):
        await errand.check(row)
        wanted = await _as_defined(errand, teams, wanted)
        change.body["CustomFields"] = {str(teams.id): wanted}
        choices = await errand.known.field(teams.id)
        if choices is None or not choices.names:  # nobody knows whether it takes them: nothing else may happen yet
            change.said = await _put(errand, change.body, etag, what, last=last)
            row, etag = await errand.ticket(what)
            teams = row.custom.get(options.fields.teams, teams)
            _check_taken(errand, command, teams.texts, change)
            del change.body["CustomFields"]
    if wanted and errand.reader.phase(row) is Phase.NEW and options.status.open:
        change.body["Status"] = options.status.open[0]
    change.notes += await _admin_cc(errand, row, command, wanted, change.body)
    if change.body:
        change.said = await _put(errand, change.body, etag, what, last=last)
    return await _assigned(errand, command, change)


async def _put(errand: Errand, body: dict[str, object], etag: str, what: str, *, last: bool) -> Sequence[str]:
    """Sends a change; returns RT's sentences.

    RT answers 500 to a value it trips over, for ever, and has done what came before it. The first time that is
    Stumbled: what is there is looked at, and what is not there sent again. The `last` time it is Refused, unless
    the teams are there: reading back tells what is not.
    """
    try:
        return await errand.put(errand.number, body, etag, what)
    except Stumbled as error:
        if not last:
            raise
        _row, now = await errand.client.ticket(errand.number, what)
        if now != etag or "CustomFields" not in body:
            return (f"{what}: the server failed over it twice",)
        sent = "; ".join(f"{name} {_http.plain(str(value), 120)}" for name, value in body.items())
        text = f"{error.source}: {what}: the server failed twice over what was sent ({sent}), and did not take it"
        raise Refused(text, source=errand.source) from error


async def _assigned(errand: Errand, command: Assign, change: _Change) -> tuple[Receipt, list[str]]:
    """Reads back, and says what is there now; with it teams that our change took out unasked."""
    after = await errand.reader.look(errand.target)
    teams = [each.team for each in after.assignments]
    _check_taken(errand, command, teams, change, after)
    chosen = {*teams, *command.remove}
    if change.body.get("AdminCc") is not None:
        row, _etag = await errand.client.ticket(errand.number, "reading AdminCc back")
        asked = change.body["AdminCc"]
        if set(_members(row)) != set(map(str, asked if isinstance(asked, list) else [])):
            why = said_of(change.said, {"AdminCc"}, {*chosen, change.status}, ": ")
            change.notes.append(f"AdminCc did not change as asked{why}")
    if change.status and after.phase is Phase.NEW:
        why = said_of(change.said, {change.status}, {*chosen, "AdminCc"}, ": ")
        change.notes.append(f"the status stayed {after.status}{why}")
    text = f"ticket {command.target.id}: teams are {', '.join(teams) or 'none'}; status {after.status}"
    receipt = Receipt(text="; ".join((text, *change.notes)), record=after)
    return receipt, _lost(errand, command, after, change)


def _check_taken(
    errand: Errand, command: Assign, teams: Sequence[str], change: _Change, after: Rollout | None = None
) -> None:
    """Raises Refused when the field does not hold what was asked for: a colleague's write won, or the server's will."""
    there = {team.casefold() for team in teams}
    added = {team.casefold() for team in command.add}
    lost = [team for team in command.add if team.casefold() not in there]
    kept = [team for team in command.remove if team.casefold() in there - added]
    wrong = [f"{team} is not in it" for team in lost] + [f"{team} is still in it" for team in kept]
    if not wrong:
        return
    where = f"{errand.source}: ticket {command.target.id}: {errand.options.fields.teams}"
    others = {f"teams - {team}".casefold() for team in lost} | {f"teams + {team}".casefold() for team in kept}
    for event in _since(after, change) if after else ():
        if event.text.casefold() in others:  # our own change did the contrary
            text = f"{where}: {', '.join(wrong)}: {event.author} changed the teams in the same moment"
            raise Conflict(f"{text}: a colleague's write won", source=errand.source, current=after)
    done = {*command.add, *command.remove, "AdminCc", change.status}
    answer = said_of(change.said, {*lost, *kept}, done - {*lost, *kept}, "; the server said: ")
    raise Refused(f"{where} did not change as asked: {', '.join(wrong)}{answer}", source=errand.source)


def _lost(errand: Errand, command: Assign, after: Rollout, change: _Change) -> list[str]:
    """Teams that a colleague chose in the same instant, and that our list, made before, took out again.

    RT lets changes in that arrive at once, and a list of values takes out what it does not name: what was chosen after
    the list was made.
    """
    there = {each.team.casefold() for each in after.assignments} | {team.casefold() for team in command.remove}
    chosen: set[str] = set()
    gone: list[str] = []
    for event in _since(after, change):
        sign, _, team = event.text.removeprefix("teams ").partition(" ")
        if event.text == f"teams + {team}":
            chosen.add(team)
        elif sign == "-" and team in chosen and event.author == errand.client.known_me:
            gone.append(team)
    return [team for team in dict.fromkeys(gone) if team.casefold() not in there]


def _since(after: Rollout, change: _Change) -> list[Event]:
    """What happened after the look that the change was made from."""
    return [event for event in after.events if event.id.isdigit() and int(event.id) > change.since]


async def _as_defined(errand: Errand, teams: FieldValue, wanted: list[str]) -> list[str]:
    """The teams as the server spells them. Raises Refused for one it does not have.

    Sending a value the field does not take would lose others: RT refuses it and still takes out what is left out.
    """
    choices = await errand.known.field(teams.id, wanted)
    names = choices.names if choices else ()
    known = {name.casefold(): name for name in names}
    if not known:
        return wanted
    for team in wanted:
        if team.casefold() not in known and team not in teams.texts:
            hint = near(team, names, listed=False) or f"; it takes {len(known)} others"
            text = f"{errand.source}: {errand.options.fields.teams} has no {_http.plain(team, 80)}{hint}"
            raise Refused(text, source=errand.source)
    return [known.get(team.casefold(), team) for team in wanted]


async def _admin_cc(
    errand: Errand, row: TicketRow, command: Assign, teams: Sequence[str], body: dict[str, object]
) -> list[str]:
    """Adds the AdminCc to the change, as a whole list, and returns what the user should know.

    Only groups that were found are sent: RT answers a name it does not know with 500 and changes nothing at all.
    """
    if not errand.options.admin_cc:
        return []
    groups = errand.known.groups
    present_teams = row.custom[errand.options.fields.teams].texts
    spelt = {team.casefold(): team for team in (*command.remove, *present_teams, *teams)}
    come = [_group_name(errand, spelt[team.casefold()]) for team in command.add]
    gone = [name for team in command.remove if (name := _group_name(errand, spelt[team.casefold()])) not in come]
    unknown = [name for name in (*come, *gone) if name not in groups]
    if unknown:
        groups |= await errand.client.groups(unknown)
    present = _members(row)
    leaving = {groups[name] for name in gone if name in groups}
    staying = [member for member in present if member not in leaving]
    wanted = list(dict.fromkeys([*staying, *(groups[name] for name in come if name in groups)]))
    if set(wanted) != set(present):
        body["AdminCc"] = wanted
    lost = [name for name in come if name not in groups]
    if not lost:
        return []
    return [f"no group {', '.join(lost)} is visible to this account (SeeGroup), so AdminCc was left alone for it"]


def _group_name(errand: Errand, team: str) -> str:
    prefix = errand.options.team_group_prefix
    return team if team.casefold().startswith(prefix.casefold()) else prefix + team


def _wanted(present: Iterable[str], command: Assign) -> list[str]:
    """The values the field should have, those that are there first."""
    removed = {team.casefold() for team in command.remove} - {team.casefold() for team in command.add}
    return merged([team for team in present if team.casefold() not in removed], command.add)


def _members(row: TicketRow) -> list[str]:
    """The AdminCc as RT takes them back: users by name, groups by number."""
    return [str(each.id) for each in row.admin_cc if isinstance(each, Thing)]
