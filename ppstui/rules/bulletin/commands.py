"""What commands to an issue of the bulletin do to it, before they are done and to take them back; pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import (
    Bulletin,
    Correct,
    Draft,
    KeepPublication,
    Mention,
    Note,
    Objection,
    Publication,
    Publish,
    SaveBulletin,
    command_name,
)
from ppstui.rules.bulletin.guards import digest_of, place_of
from ppstui.rules.commands import Effect
from ppstui.rules.conflicts import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import BulletinCommand, Line, Ref


def blank(ref: Ref) -> Bulletin:
    """An issue of which nothing is known but how it is called."""
    audience, _, issue = ref.id.rpartition(".")
    return Bulletin(ref=ref.whole, audience=audience, issue=issue)


def bulletin_preview(command: BulletinCommand, bulletin: Bulletin, at: dt.datetime, by: str, key: str) -> Bulletin:
    """The issue as it will be once the command has gone through; as it is where the command is about a target."""
    match command:
        case Mention() if all(note.id != key for note in bulletin.notes):
            note = Note(
                id=key, about=command.about, text=command.text, at=at, by=by, title=command.title, url=command.url
            )
            return structs.replace(bulletin, notes=(*bulletin.notes, note))
        case SaveBulletin():
            holds = command.hold and not command.freeze
            return structs.replace(
                bulletin,
                gathered=command.gathered,
                draft=command.draft,
                frozen_at=bulletin.frozen_at or (at if command.freeze else None),
                holder=by if holds else "",
                held_at=at if holds else None,
                updated=at,
                updated_by=by,
            )
        case KeepPublication() if all(each.key != command.publication.key for each in bulletin.publications):
            return structs.replace(bulletin, publications=(*bulletin.publications, command.publication))
    return bulletin


def bulletin_effects(command: BulletinCommand, bulletin: Bulletin | None) -> tuple[Effect, ...]:
    """What would change, as a person reads it."""
    known = bulletin or blank(command.target)
    match command:
        case Mention():
            told = f"{command.about}" + (f" {command.title}" if command.title else "")
            return (Effect(what="note", before="", after=f"{told}: {command.text}" if command.text else told),)
        case SaveBulletin():
            found = [Effect(what="draft", before=_size(known.draft), after=_size(command.draft))]
            if command.freeze and known.frozen_at is None:
                found.append(Effect(what="frozen", before="no", after="yes, nothing is gathered for it any more"))
            return tuple(found)
        case KeepPublication():
            went = command.publication
            return (Effect(what=f"published at {went.target}", before="", after=went.receipt or went.id),)
        case Publish():
            return (_publishing(command, known),)


def _publishing(command: Publish, known: Bulletin) -> Effect:
    place = place_of(command)
    before = next((each for each in reversed(known.publications) if each.target == place), None)
    what = f"correction {command.number} at {place}" if isinstance(command, Correct) else f"issue at {place}"
    text = f"{command.subject}\n\n{command.text}" if command.subject else command.text
    return Effect(what=what, before=f"{before.at:%Y-%m-%d %H:%M} UTC: {before.id}" if before else "", after=text)


def _size(draft: Draft | None) -> str:
    if draft is None:
        return ""
    lines = sum(not line.dropped for part in draft.parts for line in part.lines)
    return (
        f"{lines} line{'' if lines == 1 else 's'} in {len(draft.parts)} section{'' if len(draft.parts) == 1 else 's'}"
    )


# ----------------------------------------------------------------------------------------------------- taken back


def bulletin_reverse(command: BulletinCommand, before: Bulletin, now: Bulletin | None) -> BulletinCommand | None:
    """What goes back to the draft that was there; None where nothing can, or a colleague has gone on since."""
    if not isinstance(command, SaveBulletin) or command.freeze or now is None or now.draft != command.draft:
        return None
    if before.draft is None or before.gathered is None or before.frozen_at or now.frozen_at:
        return None
    return structs.replace(command, gathered=before.gathered, draft=before.draft, base=now.rev, hold=False)


def bulletin_irreversible(command: BulletinCommand) -> Objection:
    """What stands against taking it back where nothing can."""
    match command:
        case Publish():
            hint = "what readers have cannot be taken from them; publish a correction"
        case Mention():
            hint = "leave the line out of the draft"
        case SaveBulletin() if command.freeze:
            hint = "what is frozen stays so; a mistake in its words can be corrected"
        case _:
            hint = "edit the issue and save it again"
    return Objection(rule="irreversible", text=f"{command_name(command)} cannot be taken back; {hint}")


def sent(command: Publish, key: str, at: dt.datetime, by: str, id_: str, receipt: str) -> KeepPublication:
    """What writes down that it went."""
    return KeepPublication(
        target=command.of,
        publication=Publication(
            key=key,
            target=place_of(command),
            number=command.number,
            at=at.astimezone(dt.UTC),
            by=by,
            id=id_,
            format=command.format,
            digest=digest_of(command.text),
            corrects=command.corrects,
            receipt=receipt,
        ),
    )


# ------------------------------------------------------------------------------------------------- what differs


def bulletin_differences(command: BulletinCommand, seen: Bulletin, current: Bulletin) -> tuple[Difference, ...]:
    """What a colleague wrote that a draft would write over: line by line; () for what is in nobody's way."""
    if not isinstance(command, SaveBulletin):
        return ()
    before, theirs, mine = (_texts(draft) for draft in (seen.draft, current.draft, command.draft))
    by = current.updated_by if current.updated_by != seen.updated_by or current.rev != seen.rev else ""
    found = [
        Difference(
            what=what,
            before=before.get(what, ""),
            theirs=theirs.get(what, ""),
            mine=mine.get(what, ""),
            by=by,
        )
        for what in dict.fromkeys((*before, *theirs, *mine))
        if theirs.get(what, "") != before.get(what, "") and theirs.get(what, "") != mine.get(what, "")
    ]
    if current.frozen_at is not None and seen.frozen_at is None:
        mine_too = "yes" if command.freeze else "no"
        found.append(Difference(what="frozen", before="no", theirs="yes", mine=mine_too, by=by))
    return tuple(found)


def _texts(draft: Draft | None) -> dict[str, str]:
    return dict(_named(draft)) if draft is not None else {}


def _named(draft: Draft) -> Iterator[tuple[str, str]]:
    yield from (("title", draft.title), ("greeting", draft.greeting), ("closing", draft.closing))
    for part in draft.parts:
        yield f"{part.title}", part.text
        for line in part.lines:
            yield f"{part.title}: {line.id}", "(taken out)" if line.dropped else _shown(line)


def _shown(line: Line) -> str:
    if line.text is not None:
        return line.text
    return "" if line.item is None else line.item.text or " | ".join(line.item.cells)
