"""What commands to an issue of the bulletin do to the tables.

Notes and publications are added beside each other, in nobody's way. A draft takes the place of the one that it was made
from, and of no other: of two coordinators who save at once, the second is told. What is frozen keeps its facts; its
words can still be corrected.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from ppstui.backends.sql import rows
from ppstui.backends.sql.hand import Done
from ppstui.errors import Conflict, UsageError
from ppstui.model import Bulletin, KeepPublication, Kind, Mention, Note, Ref, SaveBulletin, command_name

if TYPE_CHECKING:
    from ppstui.backends.sql.hand import Writer
    from ppstui.backends.sql.rows import Value
    from ppstui.model import BulletinCommand, Draft, Gathered

_Whole = TypeVar("_Whole", bound=msgspec.Struct)

_NAMED: Final = re.compile(r"(?P<audience>[^\s/]+)\.(?P<issue>[0-9]{4}-W[0-5][0-9])")


class _There(NamedTuple):
    """An issue that the store has."""

    row: int
    bulletin: Bulletin
    draft_rev: int
    """Its rev when its draft last changed."""
    draft_by: str

    def was_seen(self, base: str) -> bool:
        """Whether who looked at that revision has seen the draft as it is."""
        looked = int(base) if base.isascii() and base.isdigit() and len(base) <= len(self.bulletin.rev) else 0
        return self.draft_rev <= looked <= int(self.bulletin.rev)


def change_bulletin(writer: Writer, command: BulletinCommand) -> Done:
    """Does it to the issue, which is made where there is none. Raises Conflict or Refused."""
    there = _find(writer, command.target)
    match command:
        case Mention():
            return _mention(writer, command, there)
        case SaveBulletin():
            return _save(writer, command, there)
        case KeepPublication() if there:
            return _keep(writer, command, there)
        case _:
            raise writer.refused(f"{command_name(command)} is not for a store; name a target")


def _find(writer: Writer, target: Ref) -> _There | None:
    row = rows.find(writer.connection, Kind.BULLETIN, target.id)
    if row is None:
        return None
    asked = "SELECT draft_rev, draft_by FROM bulletins WHERE number = ?"
    rev, by = writer.connection.execute(asked, (row,)).fetchone()
    found = rows.records(writer.connection, Kind.BULLETIN, [row], writer.source, writer.me)[row]
    return _There(row, found, int(rev), str(by)) if isinstance(found, Bulletin) else None


# -------------------------------------------------------------------------------------------------- what is added


def _mention(writer: Writer, command: Mention, there: _There | None) -> Done:
    try:
        about = Ref.parse(str(rows.bound(command.about)))
    except UsageError as error:
        raise writer.refused(str(error)) from error
    note = Note(
        id=writer.key,
        about=about,
        text=command.text,
        at=writer.now,
        by=writer.me,
        title=command.title,
        url=command.url,
    )
    text = f"{command.target.whole}: {about} is to be mentioned"
    if there is not None:
        rows.append(writer.connection, there.row, "bulletin_notes", (note,))
        _move(writer, there.row, {})
        return Done(text)
    audience, issue = _named(writer, command.target)
    made = Bulletin(ref=command.target.whole, audience=audience, issue=issue, notes=(note,))
    return Done(text, _make(writer, made))


def _keep(writer: Writer, command: KeepPublication, there: _There) -> Done:
    went = command.publication
    text = f"{command.target.whole}: what went to {went.target} "
    if rows.bound(went.key) in [each.key for each in there.bulletin.publications]:
        return Done(text + "was written down already")
    rows.append(writer.connection, there.row, "bulletin_publications", (went,))
    _move(writer, there.row, {})
    return Done(text + "is written down")


# ------------------------------------------------------------------------------------------------------- the draft


def _save(writer: Writer, command: SaveBulletin, there: _There | None) -> Done:
    target = command.target.whole
    if Bulletin.ref_of(target.source, command.audience, command.issue) != target:
        raise writer.refused(f"{target} is not {command.audience}.{command.issue}; save it as what it is")
    gathered, draft = _kept(command.gathered), _kept(command.draft)
    writer = writer._replace(me=str(rows.bound(command.by)) or writer.me)
    holder, held_at = (writer.me, writer.now) if command.hold and not command.freeze else ("", None)
    froze, kept = "it was frozen", "the draft was kept"
    if there is None:
        audience, issue = _named(writer, target)
        made = Bulletin(
            ref=target,
            audience=audience,
            issue=issue,
            gathered=gathered,
            draft=draft,
            frozen_at=writer.now if command.freeze else None,
            holder=holder,
            held_at=held_at,
        )
        return Done(f"{target}: {froze if command.freeze else kept}", _make(writer, made))
    before = there.bulletin
    _check(writer, command, there, draft, gathered)
    freezes = command.freeze and not before.frozen_at
    if before.frozen_at or (before.draft == draft and before.holder != writer.me and not command.hold and not freezes):
        holder, held_at = before.holder, before.held_at  # theirs, who go on with what is there
    wanted: dict[str, object] = {"gathered": gathered, "draft": draft, "holder": holder, "held_at": held_at}
    if freezes:
        wanted["frozen_at"] = writer.now
    changed = {name: rows.bound(value) for name, value in wanted.items() if getattr(before, name) != value}
    if not changed:
        return Done(f"{target}: it was so already")
    if {"draft", "frozen_at"} & set(changed):
        changed |= {"draft_rev": int(before.rev) + 1, "draft_by": writer.me}
    _move(writer, there.row, changed)
    return Done(f"{target}: {froze if freezes else kept}")


def _check(writer: Writer, command: SaveBulletin, there: _There, draft: Draft, gathered: Gathered) -> None:
    """Raises Conflict over a draft that whoever saves has not seen, and Refused over facts that are frozen."""
    before, target = there.bulletin, command.target.whole
    if before.draft != draft and before.draft is not None and not there.was_seen(command.base):
        what = "froze another text" if before.frozen_at else "saved another draft"
        told = f"{target}: {there.draft_by or 'somebody'} {what} since yours was begun; look at both and save it again"
        raise Conflict(told, source=writer.source, current=before)
    only_words = before.gathered == gathered and (command.freeze or before.draft == draft)
    if before.frozen_at and not only_words:
        raise writer.refused(f"{target} was frozen with its facts; only its words can still be corrected, and frozen")


# ---------------------------------------------------------------------------------------------------- what is kept


def _kept(value: _Whole) -> _Whole:
    """As the store will read it back."""
    return msgspec.json.decode(str(rows.bound(value)), type=type(value))


def _named(writer: Writer, target: Ref) -> tuple[str, str]:
    """The audience and the issue. Raises Refused for what is none."""
    found = _NAMED.fullmatch(str(rows.bound(target.id)))
    if found is None:
        raise writer.refused(f"{target.whole} is no issue; write it as {writer.source}:AUDIENCE.2026-W47")
    return found["audience"], found["issue"]


def _make(writer: Writer, bulletin: Bulletin) -> str:
    made = msgspec.structs.replace(bulletin, updated=writer.now, updated_by=writer.me)
    return rows.put(writer.connection, made)


def _move(writer: Writer, row: int, settings: dict[str, Value]) -> None:
    """Moves the issue on, and sets these columns."""
    own = settings | {"updated": rows.bound(writer.now), "updated_by": writer.me}
    named = "".join(f', "{name}" = ?' for name in own)
    now = "(SELECT value FROM numbers WHERE name = 'changes')"
    writer.connection.together(
        ("UPDATE numbers SET value = value + 1 WHERE name = 'changes'", ()),
        (f"UPDATE bulletins SET rev = rev + 1, changed = {now}{named} WHERE number = ?", (*own.values(), row)),  # noqa: S608 (our columns)
    )
