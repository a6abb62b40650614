"""What changed on the server since a person looked, as far as a command touches it; pure, the same for every source.

Values are merged, not records: two coordinators who add different teams are not in each other's way. A value counts as
changed when it is another now, and also when it is the same again after a change that the person did not see: so a
command whose answer was lost, and whose effect a colleague took back, is not given a second time.

The history tells of a value in lines that the adapters write alike: `outcome ACCEPT → REJECT`, with `(empty)` for
nothing (and `nobody` for no owner), and so `status document due owner` and further fields by their names;
`teams + ea-…`, `teams - ea-…`; `link + … https://…`; `exposure start` and `exposure end` where a source keeps them in
fields. A line is trusted as far as it goes on from what the person saw: a history that was not read whole makes no
false alarm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import (
    Acknowledge,
    Answer,
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
    Report,
    Resolve,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from ppstui.rules.answers import match_team
from ppstui.rules.commands.scene import names_document, said_of_exposure, status_of, values_after, values_of
from ppstui.rules.since import Move, Since, since_seen
from ppstui.rules.teams import named, team_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ppstui.model import Command, Exposure, Rollout


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that a colleague changed and the command would change too."""

    what: str
    """`outcome`, `status`, `teams`, `answer of ea-NGI_IT-INFN-T1`, …"""
    before: str
    """As the person saw it; "" for nothing."""
    theirs: str
    """As it is on the server now."""
    mine: str
    """As the command would have it."""
    by: str = ""
    """Who changed it; "" when the history does not say."""


def differences(command: Command, seen: Rollout, current: Rollout, key: str = "") -> tuple[Difference, ...]:
    """What stands between the command and the record; () when it may go, also when it is there already.

    `seen` may lack texts and history; `current` is whole. A message that carries `key`, the command's own mark, is its
    own effect; one with a mark that `seen` has was there already, under another id.
    """
    since = Since(seen, current, key)
    if isinstance(command, Comment | NewRollout) or (since.carried_out and not isinstance(command, Resolve)):
        return ()
    values = tuple(_values(command, since))
    if values and all(value.there for value in values):
        return ()
    found = [value.difference() for value in values if value.changed]
    if not any(each.what == "status" for each in found):
        found = [*_closed(command, since), *found]
    return (*found, *_said(command, since))


def _closed(command: Command, since: Since) -> Iterator[Difference]:
    """A record that was closed is written to no more unasked; a reply, too, would open it again."""
    before, theirs = status_of(since.seen), status_of(since.current)
    if since.seen.phase.live and not since.current.phase.live:
        moves = since_seen(since.moves("status"), before)
        mine = Phase.RESOLVED.value if isinstance(command, Resolve) else before
        yield Difference(what="status", before=before, theirs=theirs, mine=mine, by=moves[-1].by if moves else "")


# ------------------------------------------------------------------------------------------------------------- values


class _Value(Struct, frozen=True, kw_only=True):
    """One value that a command sets, seen and now."""

    what: str
    before: str
    theirs: str
    mine: str
    moves: tuple[Move, ...] = ()
    """What the history tells of it since the person looked."""

    @property
    def there(self) -> bool:
        """Whether it is what the command would make it."""
        return _folded(self.theirs) == _folded(self.mine)

    @property
    def changed(self) -> bool:
        """Whether it is not, and somebody changed it meanwhile, also to and fro."""
        moved = _folded(self.theirs) != _folded(self.before) or bool(since_seen(self.moves, self.before))
        return moved and not self.there

    def difference(self) -> Difference:
        """As a person is told it."""
        by = self.moves[-1].by if self.moves else ""
        return Difference(what=self.what, before=self.before, theirs=self.theirs, mine=self.mine, by=by)


def _folded(value: str) -> str:
    return " ".join(value.split()).casefold()


def _values(command: Command, since: Since) -> Iterator[_Value]:
    """The values that the command sets; () for what only says something."""
    match command:
        case Assign():
            return _of_teams(command, since)
        case Expose() | Extend():
            return _of_exposure(command, since)
        case Report():
            return _of_report(command, since)
        case Incident():
            return _of_link(command, since)
        case Document() | SetOutcome():
            return _of_closing(command, since)
        case Resolve():
            return _of_resolving(command, since)
        case SetDue() | SetOwner() | SetStatus():
            return _of_edit(command, since)
        case SetField():
            return _of_field(command, since)
        case _:
            return iter(())


def _of_teams(command: Assign, since: Since) -> Iterator[_Value]:
    """Each team by itself: who adds one is in nobody's way who adds another."""
    seen, current = (
        {team_key(assignment.team) for assignment in record.assignments} for record in (since.seen, since.current)
    )
    out = {team_key(team): team.strip() for team in command.remove}
    come = {team_key(team): team.strip() for team in command.add}
    for name, team in {**out, **come}.items():
        before, theirs, mine = (team if name in teams else "" for teams in (seen, current, come))
        moves = since.signed_moves("teams", team)
        yield _Value(what="teams", before=before, theirs=theirs, mine=mine, moves=moves)


def _of_exposure(command: Expose | Extend, since: Since) -> Iterator[_Value]:
    """The window as a whole, though only one end of it is set: each end was chosen with the other in sight."""
    seen, current = (said_of_exposure(record.exposures, command.team) for record in (since.seen, since.current))
    if isinstance(command, Expose):
        name, was, mine = "exposure start", seen.start, f"from {command.on.isoformat()}"
        there = current.start == command.on
    else:
        name, was, mine = "exposure end", seen.until, f"until {command.until.isoformat()}"
        there = current.until == command.until
    before, theirs = _window(seen), _window(current)
    moves = () if command.team else since_seen(since.moves(name), was.isoformat() if was else "")
    said = [message.author for message, _ in since.messages if "ppstui: exposure of " in message.text]
    by = moves[-1].by if moves else said[-1] if said and before != theirs else ""
    yield _Value(
        what=f"exposure of {command.team or 'all teams'}",
        before=before,
        theirs=mine if there else theirs,
        mine=mine,
        moves=(Move(before, theirs, by),) if by else (),
    )


def _window(exposure: Exposure) -> str:
    days = (("from", exposure.start), ("until", exposure.until))
    return " ".join(f"{word} {day.isoformat()}" for word, day in days if day)


def _of_report(command: Report, since: Since) -> Iterator[_Value]:
    name = team_key(command.team)
    new = [file for team, file in since.reports if team_key(team) == name]
    old = [file.name for file in since.seen.attachments if team_key(since.reported_by(file)) == name]
    before, mine = (old[-1] if old else "", "waived" if command.waive else f"{command.name} ({command.size} bytes)")
    theirs, moves = before, tuple[Move, ...]()
    if new:
        theirs = f"{new[-1].name} ({new[-1].size} bytes)"
        moves = (Move(before, theirs, new[-1].author),)
    if command.waive:
        there = any(team_key(waiver.team) == name for waiver in since.current.waivers)
    else:
        files = since.current.attachments
        there = any(file.name == command.name and file.size in (None, command.size) for file in files)
    yield _Value(
        what=f"report of {command.team}", before=before, theirs=mine if there else theirs, mine=mine, moves=moves
    )


def _of_link(command: Incident, since: Since) -> Iterator[_Value]:
    seen, current = ({link.url for link in record.links} for record in (since.seen, since.current))
    before, theirs = (command.url if command.url in links else "" for links in (seen, current))
    mine = "" if command.remove else command.url
    yield _Value(what="incident", before=before, theirs=theirs, mine=mine, moves=since.link_moves(command.url))


def _of_closing(command: Document | SetOutcome, since: Since) -> Iterator[_Value]:
    if isinstance(command, SetOutcome):
        yield _outcome(since, command.outcome.value if command.outcome else "")
        return
    yield _document(since, command.document)
    if command.url and not command.document:
        before, theirs = since.seen.document_url, since.current.document_url
        yield _Value(what="document link", before=before, theirs=theirs, mine=command.url)


def _outcome(since: Since, mine: str) -> _Value:
    before, theirs = since.seen.outcome, since.current.outcome
    return _Value(what="outcome", before=before, theirs=theirs, mine=mine, moves=since.moves("outcome"))


def _document(since: Since, mine: str) -> _Value:
    before, theirs = since.seen.document, since.current.document
    return _Value(what="document", before=before, theirs=theirs, mine=mine, moves=since.moves("document"))


def _of_resolving(command: Resolve, since: Since) -> Iterator[_Value]:
    """Outcome and document also where the command leaves them: the person resolves with what was in sight."""
    yield _outcome(since, command.outcome.value if command.outcome else since.seen.outcome)
    yield _document(since, command.document if names_document(command) else since.seen.document)
    before, theirs = status_of(since.seen), status_of(since.current)
    if since.current.phase is Phase.RESOLVED:
        yield _Value(what="status", before=before, theirs=theirs, mine=theirs)
    elif _folded(theirs) == _folded(before) or not since.current.phase.live:
        mine, moves = Phase.RESOLVED.value, since.moves("status")
        yield _Value(what="status", before=before, theirs=theirs, mine=mine, moves=moves)
    else:  # on its way: opened, or on hold
        yield _Value(what="status", before=theirs, theirs=theirs, mine=Phase.RESOLVED.value)


def _of_edit(command: SetDue | SetOwner | SetStatus, since: Since) -> Iterator[_Value]:
    seen, current = since.seen, since.current
    match command:
        case SetDue():
            what, mine = "due", command.due.isoformat() if command.due else ""
            before, theirs = (record.due.isoformat() if record.due else "" for record in (seen, current))
        case SetOwner():
            what, mine, before, theirs = "owner", command.owner, seen.owner, current.owner
        case SetStatus():
            what, mine, before, theirs = "status", command.status, status_of(seen), status_of(current)
    yield _Value(what=what, before=before, theirs=theirs, mine=mine, moves=since.moves(what))


def _of_field(command: SetField, since: Since) -> Iterator[_Value]:
    """All its values when all are set, else each value by itself."""
    name = command.name.strip()
    seen, current = values_of(since.seen, name), values_of(since.current, name)
    if command.values is not None:
        theirs, mine = ", ".join(current), ", ".join(values_after(command, since.current))
        before = theirs if set(seen) == set(current) else ", ".join(seen)  # their order is the source's affair
        moved = since_seen(since.moves(name), ", ".join(seen)) or _members_moved(name, seen, since)
        moves = (Move(before, theirs, moved[-1].by),) if moved else ()
        yield _Value(what=name, before=before, theirs=theirs, mine=mine, moves=moves)
        return
    come = {value.strip() for value in command.add}
    for value in dict.fromkeys((*command.remove, *command.add)):
        member = value.strip()
        before, theirs = (member if member in values else "" for values in (seen, current))
        mine = member if member in come else ""
        yield _Value(what=name, before=before, theirs=theirs, mine=mine, moves=since.member_moves(name, member))


def _members_moved(name: str, seen: Sequence[str], since: Since) -> tuple[Move, ...]:
    """What the history tells of the field, where it tells of its values one by one and one of them was moved."""
    moves = since.moves(name)
    if any(move.before and move.after for move in moves):
        return ()
    for member in dict.fromkeys(move.before or move.after for move in moves):
        if since_seen(since.member_moves(name, member), member if member in seen else ""):
            return moves
    return ()


# ------------------------------------------------------------------------------------------------------ what was said


def _said(command: Command, since: Since) -> Iterator[Difference]:
    """What teams and colleagues said since, where it bears on the command."""
    match command:
        case Acknowledge():
            yield from _answered(command.team, command.answer.value, since)
        case Remind():
            for team in command.teams:
                yield from _answered(team, "reminded", since)
                yield from _handed_in(team, "reminded", since)
                yield from _reminded(team, since)
        case Poll():
            yield from _accepted("asked for others", since)
            yield from _polled(command, since)
        case Resolve():
            yield from _accepted("resolved without it", since)
            for team, _ in since.reports:
                yield from _handed_in(team, "resolved without it", since)
        case _:
            return


def _full(team: str, since: Since) -> str:
    assigned = [assignment.team for assignment in since.current.assignments]
    return match_team(team, assigned)[0] or team


def _answered(name: str, mine: str, since: Since) -> Iterator[Difference]:
    team = _full(name, since)
    new = [each for each in since.answers if team_key(each.team) == team_key(team)]
    if new:
        old = since.answers_before(team)
        yield Difference(
            what=f"answer of {team}",
            before=old[-1].answer.value if old else "",
            theirs=new[-1].answer.value,
            mine=mine,
            by=new[-1].author,
        )


def _accepted(mine: str, since: Since) -> Iterator[Difference]:
    """Teams that accepted since, each once."""
    last = {team_key(each.team): each for each in since.answers}
    for each in last.values():
        if each.answer is Answer.ACCEPT:
            yield from _answered(each.team, mine, since)


def _handed_in(name: str, mine: str, since: Since) -> Iterator[Difference]:
    team = _full(name, since)
    new = [file for owner, file in since.reports if team_key(owner) == team_key(team)]
    if new:
        yield Difference(what=f"report of {team}", before="", theirs=new[-1].name, mine=mine, by=new[-1].author)


def _reminded(name: str, since: Since) -> Iterator[Difference]:
    team = _full(name, since)
    assigned = [assignment.team for assignment in since.current.assignments]
    told = [
        message
        for message, marks in since.messages
        if any(mark.startswith("remind-") for mark in marks) and team_key(team) in named(message.text, assigned)
    ]
    if told:
        theirs = f"reminded on {told[-1].at:%Y-%m-%d %H:%M} UTC"
        yield Difference(what=f"reminder of {team}", before="", theirs=theirs, mine="reminded", by=told[-1].author)


def _polled(command: Poll, since: Since) -> Iterator[Difference]:
    told = [message for message, marks in since.messages if any(mark.startswith("poll-") for mark in marks)]
    if told:
        theirs = f"asked on {told[-1].at:%Y-%m-%d %H:%M} UTC"
        yield Difference(what="poll", before="", theirs=theirs, mine=f"ask {command.to}", by=told[-1].author)
