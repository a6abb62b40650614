"""What a rollout goes through until it is closed: exposure, reports, incidents, its document, its outcome, its end."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from ppstui.backends.sql import rows
from ppstui.backends.sql.hand import Hand
from ppstui.model import Expose, Exposure, Extend, Kind, Phase, Voice, Waiver
from ppstui.rules.commands import document_link, exposure_text, incident_note, outcome_text, report_text
from ppstui.rules.exposure_lines import one_line
from ppstui.rules.teams import team_key

if TYPE_CHECKING:
    from ppstui.backends.sql.hand import Done
    from ppstui.model import Document, Incident, Report, Resolve, SetOutcome

_PARENT: Final = ("outcome", "document")
"""What a parent is told (DOMAIN §2 T8)."""


def expose(hand: Hand, command: Expose | Extend) -> Done:
    """Keeps the new day, and says so in a message; what is said of a team adds to what was said of it before."""
    held = hand.connection.execute(
        "SELECT position, team, start, until, reason FROM exposures WHERE rollout = ? ORDER BY position", (hand.row,)
    ).fetchall()
    mine = [each for each in held if team_key(str(each[1])) == team_key(command.team)]
    if not mine:
        rows.append(hand.connection, hand.row, "exposures", (Exposure(team=command.team),))
    which, day = ("start", command.on) if isinstance(command, Expose) else ("until", command.until)
    before = str(mine[-1][2 if which == "start" else 3] or "") if mine else ""
    sql = f"UPDATE exposures SET {which} = ? WHERE rollout = ? AND position = ?"  # noqa: S608 (one of two columns)
    position = mine[-1][0] if mine else _last(hand, "exposures")
    hand.connection.execute(sql, (rows.bound(day), hand.row, position))
    if isinstance(command, Extend):
        hand.connection.execute(
            "UPDATE exposures SET reason = ? WHERE rollout = ? AND position = ?",
            (rows.bound(one_line(command.reason)), hand.row, position),
        )
    hand.say(Voice.REPLY, exposure_text(command))
    what = "exposure start" if which == "start" else "exposure end"
    hand.changed(f"{what} of {command.team or 'all'}", before, day.isoformat())
    return hand.done(command.target, "")


def _last(hand: Hand, table: str) -> int:
    sql = f"SELECT max(position) FROM {table} WHERE rollout = ?"  # noqa: S608 (a table of this package)
    return int(hand.connection.execute(sql, (hand.row,)).fetchone()[0])


def report(hand: Hand, command: Report) -> Done:
    """Attaches the file, content and all, or keeps the word that none is needed."""
    if command.waive:
        waiver = Waiver(team=command.team, reason=one_line(command.waive), by=hand.writer.me, at=hand.writer.now)
        rows.append(hand.connection, hand.row, "waivers", (waiver,))
        hand.happened(f"report of {command.team} waived")
    else:
        _check_file(hand, command)
        number = f"a{hand.moved()}"
        hand.connection.execute(
            "INSERT INTO attachments (rollout, position, id, name, at, author, size, url, content)"
            " SELECT ?, coalesce(max(position), 0) + 1, ?, ?, ?, ?, ?, '', ? FROM attachments WHERE rollout = ?",
            (
                *(hand.row, number, rows.bound(command.name), rows.bound(hand.writer.now), hand.writer.me),
                *(len(command.content), command.content, hand.row),
            ),
        )
        hand.happened(f"file + {command.name}")
    hand.say(Voice.REPLY, report_text(command))
    return hand.done(command.target, "")


def _check_file(hand: Hand, command: Report) -> None:
    """Raises Refused for a file that is not the one that was meant."""
    if not command.name.strip(" .") or not command.name.isprintable() or {"/", "\\"} & set(command.name):
        raise hand.writer.refused(f"{command.name[:80]!r} is no name for a file; give it the name of a report")
    if command.size and not command.content:
        raise hand.writer.refused("the file's content is no longer there; attach it again")
    if not command.content:
        raise hand.writer.refused(f"{command.name} is empty; attach a report with something in it")
    digest = hashlib.sha256(command.content).hexdigest()
    if len(command.content) != command.size or command.digest not in ("", digest):
        raise hand.writer.refused(f"{command.name} is not the file that was chosen; attach it again")


def incident(hand: Hand, command: Incident) -> Done:
    """Links the ticket or takes the link out, and says so in a note where there is something to say."""
    title = one_line(command.title)
    if command.remove:
        hand.unlink(command.url)
    else:
        hand.link(command.url, "incident", title)
    note = incident_note(command)
    if note:
        hand.say(Voice.COMMENT, note)
    return hand.done(command.target, "the link was so already")


def document(hand: Hand, command: Document) -> Done:
    """Names the document: the link first, then the field; taking it out takes the link out too."""
    _name_document(hand, command)
    return hand.done(command.target, "the document was so already")


def _name_document(hand: Hand, command: Document | Resolve) -> None:
    address = document_link(command, hand.writer.tracker)
    old = str(hand.column("document_url"))
    if old and old != address:
        hand.unlink(old)
    if address:
        hand.link(address, "document")
    hand.put("document_url", address)
    hand.set("document", command.document.strip())


def decide(hand: Hand, command: SetOutcome) -> Done:
    """Sets the outcome, and keeps the reason in a note."""
    hand.set("outcome", command.outcome.value if command.outcome else "")
    _give_reason(hand, command)
    return hand.done(command.target, "the outcome was so already")


def _give_reason(hand: Hand, command: SetOutcome | Resolve) -> None:
    text = outcome_text(command)
    if text:
        hand.say(Voice.COMMENT, text)


def resolve(hand: Hand, command: Resolve) -> Done:
    """Closes it in the order of DOMAIN §2 T7, and tells the parent."""
    if command.document or command.url:
        _name_document(hand, command)
    if command.outcome:
        hand.set("outcome", command.outcome.value)
    _give_reason(hand, command)
    hand.to(Phase.RESOLVED)
    note = _tell_parent(hand)
    done = hand.done(command.target, "it was resolved already")
    return done._replace(text=f"{done.text}; {note}") if note else done


def _tell_parent(hand: Hand) -> str:
    """Outcome and document go to the parent, where it is kept here; what the user should know."""
    found = hand.connection.execute(
        "SELECT source, id, outcome, document FROM parents WHERE rollout = ?", (hand.row,)
    ).fetchone()
    if found is None:
        return ""
    source, number, *before = map(str, found)
    if source:
        return f"its parent {source}:{number} is kept elsewhere and was not told"
    told = [str(hand.column(name) or "") for name in _PARENT]
    changed = [(name, value) for name, value, was in zip(_PARENT, told, before, strict=True) if value and value != was]
    if not changed:
        return ""
    hand.moved()
    own = rows.find(hand.connection, Kind.ROLLOUT, number)
    for name, value in changed:
        if own is not None:
            Hand(hand.writer, own).set(name, value)
    for row in _children(hand, number):
        if row != hand.row:
            rows.move(hand.connection, row, hand.writer.now)
        for name, value in changed:
            sql = f"UPDATE parents SET {name} = ? WHERE rollout = ?"  # noqa: S608 (one of two columns)
            hand.connection.execute(sql, (value, row))
    return f"its parent {hand.writer.source}:{number} was told: " + ", ".join(f"{n} {value}" for n, value in changed)


def _children(hand: Hand, parent: str) -> list[int]:
    """The rollouts of one parent, each of which shows what it knows."""
    found = hand.connection.execute("SELECT rollout FROM parents WHERE source = '' AND id = ?", (parent,))
    return [int(row) for (row,) in found.fetchall()]
