"""What the desk answers when it is asked what would happen, and what goes into the outbox with a command then."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.desk.sources import SourceStatus
from ppstui.errors import NoSuchRecord, Objected
from ppstui.model import (
    Command,
    Comment,
    Entry,
    Kind,
    Objection,
    Poll,
    Publish,
    Reply,
    Rollout,
    SaveBulletin,
    SetStatus,
    about_registry,
    command_name,
)
from ppstui.rules.commands import Effect
from ppstui.store import Wanted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ppstui.desk.asking import Book
    from ppstui.desk.board import Board
    from ppstui.desk.channels import Channel
    from ppstui.model import Record, Ref
    from ppstui.rules.policy import Policy


class Plan(Struct, frozen=True):
    """What a command would do and what stands against it, before anything is queued."""

    command: Command
    objections: tuple[Objection, ...]
    effects: tuple[Effect, ...]
    reverse: Command | None = None
    """What would take it back once it has happened; None where nothing can."""

    @property
    def reversible(self) -> bool:
        """Whether it can be taken back once it has happened."""
        return self.reverse is not None

    @property
    def blocked(self) -> bool:
        """Whether it cannot go without an override."""
        return any(objection.blocking for objection in self.objections)


class Synced(Struct, frozen=True):
    """What `sync` came to."""

    sources: tuple[SourceStatus, ...]
    """Every source as it is now, in configured order."""
    delivered: tuple[Entry, ...]
    """What was delivered."""
    left: tuple[Entry, ...]
    """What was asked for and is still to be delivered or decided upon, newest first."""


NO_MAIL = (
    "there is no mail server to send a poll with; describe one in [targets] with type smtp, host and from, "
    "and name it in poll.via where there are several"
)


def new_key(command: Command) -> str:
    """A name for this write that no other write ever has, and that survives in mail subjects and URLs."""
    return f"{command_name(command)}-{base64.b32encode(os.urandom(10)).decode().lower()}"


def stripped(record: Record | None) -> Record | None:
    """The record without the texts of its messages, as an entry keeps it."""
    from ppstui.desk import seeing  # nothing is asked before the first frame

    return seeing.stripped(record)


def after_reading(entry: Entry, found: Sequence[Objection]) -> str:
    """What stands against an entry now that its record is known whole, and was not overridden; "" for nothing."""
    blocking = [objection for objection in found if objection.blocking]
    if not blocking or (entry.reason.strip() and all(objection.overridable for objection in blocking)):
        return ""
    told = "; ".join(objection.text for objection in blocking)
    return f"asked for when only the list was known; now that the record was read: {told}. Retry sends it anyway"


MEANWHILE = "since this was asked for: "
"""How it begins what stands against publishing an issue only now."""


def meanwhile(entry: Entry, found: Sequence[Objection]) -> str:
    """What stands against publishing an issue now that it was read again; "" for nothing, or where a person insists."""
    overridden = bool(entry.reason.strip())
    blocking = [each.text for each in found if each.blocking and not (each.overridable and overridden)]
    if not blocking or entry.last_error.startswith(MEANWHILE):
        return ""
    return f"{MEANWHILE}{'; '.join(blocking)}. Discard it, or retry to publish it all the same"


def override_note(command: Command, reason: str, against: Sequence[Objection]) -> Comment:
    """What is written to the record beside a command that goes although these rules stand against it."""
    rules = "\n".join(objection.text for objection in against)
    return Comment(target=command.target, text=f"{_opening(command)}{rules}\nReason: {reason}")


def explains(note: Entry | None, entry: Entry) -> bool:
    """Whether a pending entry is the note that explains that one: it was queued right behind it."""
    if note is None or note.id != entry.id + 1 or not note.state.pending or not isinstance(note.command, Comment):
        return False
    same = note.command.target == entry.command.target and bool(entry.reason) and note.reason == entry.reason
    return same and note.command.text.startswith(_opening(entry.command))


def _opening(command: Command) -> str:
    return f"{command_name(command)} although:\n"


# --------------------------------------------------------------------------------------------------------- the planner


class Planner:
    """Holds what is asked for against the rules."""

    def __init__(
        self,
        board: Board,
        channels: Mapping[str, Channel],
        policy: Policy,
        clock: Callable[[], dt.datetime],
        by: str,
        *,
        read_only: bool,
        mails: bool,
    ) -> None:
        """`by` is who asks. `mails`: whether there is a server that polls can be sent by."""
        self._board = board
        self._channels = channels
        self._policy = policy
        self._clock = clock
        self._by = by
        self._closed = read_only
        self._mails = mails

    def can(self, command: type[Command], ref: Ref) -> str:
        """Why this command is not offered on that record; "" when it is."""
        channel = self._channels.get(ref.source)
        if channel is None:
            return f"there is no source {ref.source!r}"
        if (refusal := self.read_only(channel)) is not None:
            return refusal.text
        if command not in channel.source.offers:
            return f"{channel.name} does not offer {command_name(command)}"
        if command is Poll and not self._mails:
            return NO_MAIL
        if command.makes or Kind.COMMITMENT in command.kinds:
            return ""
        record = self._board.record(ref)
        if record is None or record.kind not in command.kinds:
            return f"{ref} is not known, or is nothing that {command_name(command)} is for"
        if isinstance(record, Rollout) and not record.phase.live and command not in (Comment, Reply, SetStatus):
            return f"{ref} is closed ({record.status})"
        return ""

    def plan(self, command: Command) -> Plan:
        """What it would do and what stands against it; touches nothing. Raises NoSuchRecord."""
        from ppstui.desk.asking import mistaken

        channel = self.channel(command.target)
        record = None
        if not (command.makes or about_registry(command)):
            record = self._board.record(command.target)
            if record is None:
                raise NoSuchRecord(f"{command.target}: no such record is known; refresh, or look at the reference")
            if wrong := mistaken(command, record):
                return Plan(command, (*self._ours(command, channel), *wrong), ())
        book = self.book(command, record)
        command = book.planned(command)
        found = (*self._ours(command, channel), *book.objections(command, record))
        return Plan(
            command=command,
            objections=tuple(sorted(found, key=lambda objection: not objection.blocking)),
            effects=book.effects(command, record),
            reverse=book.reverse(command, book.before(command, pending=True)),
        )

    def book(self, command: Command, record: Record | None = None, apart: int = 0) -> Book:
        """The rules for what is asked of such a record; None: of what is known of the one it is about.

        `apart` is the entry that is asked about, where it is in the outbox already.
        """
        from ppstui.desk.asking import book_of  # nothing is asked before the first frame

        channel = self._channels.get(command.target.source)
        which = book_of(command, record or self._board.known(command.target))
        tracker = channel.source.tracker if channel else None
        return which(self._board, self._policy, self._clock(), tracker, self._by, apart)

    def channel(self, ref: Ref) -> Channel:
        """The source that a record is of. Raises NoSuchRecord."""
        channel = self._channels.get(ref.source)
        if channel is None:
            known = ", ".join(self._channels) or "none"
            raise NoSuchRecord(f"{ref}: there is no source {ref.source!r}; configured are: {known}")
        return channel

    def read_only(self, channel: Channel) -> Objection | None:
        """That nothing is written there, if it is so."""
        if not self._closed and not channel.source.read_only:
            return None
        what = "this ppstui" if self._closed else channel.name
        return Objection(rule="read-only", text=f"{what} is set to read only; nothing is written")

    def _ours(self, command: Command, channel: Channel) -> Iterator[Objection]:
        """What stands against it because of this desk or of that source, whatever the rules say."""
        refusal = self.read_only(channel)
        if refusal is not None:
            yield refusal
        if type(command) not in channel.source.offers:
            text = f"{channel.name} does not offer {command_name(command)}"
            yield Objection(rule="unsupported", text=text)
        elif isinstance(command, Poll) and not self._mails:
            yield Objection(rule="unsupported", text=NO_MAIL)

    def against(self, entry: Entry) -> str:
        """What stands against an entry now that its record is known whole, and was not overridden; "" for nothing."""
        record = self._board.known(entry.command.target)
        book = self.book(entry.command, record, entry.id)
        if isinstance(entry.command, Publish):
            return meanwhile(entry, book.objections(entry.command, None))
        return after_reading(entry, book.objections(entry.command, record) if record is not None else ())

    def asked(self, command: Command, reason: str, seen: Record | None, reverses: int | None) -> tuple[Wanted, ...]:
        """The write, and the note that says why a rule was overridden. Raises Objected, NoSuchRecord."""
        plan = self.plan(command)
        command = plan.command
        blocking = tuple(objection for objection in plan.objections if objection.blocking)
        if blocking and not (reason.strip() and all(objection.overridable for objection in blocking)):
            raise Objected(blocking)
        before = "; ".join(f"{effect.what}: {effect.before}" for effect in plan.effects if effect.before)
        wanted = self.wanted(command, reason, seen, before=before, reverses=reverses)
        return (wanted, *(self._explained(command, reason, blocking) if blocking else ()))

    def wanted(
        self, command: Command, reason: str, seen: Record | None, *, before: str = "", reverses: int | None = None
    ) -> Wanted:
        """What goes into the outbox; `seen` is what the person was looking at, None: what the board has."""
        record = self._board.record(command.target)
        looked_at = seen or record
        return Wanted(
            command=command,
            key=new_key(command),
            by=self._by,
            seen=stripped(looked_at),
            base_rev=command.base if isinstance(command, SaveBulletin) else looked_at.rev if looked_at else "",
            reason=reason,
            before=before,
            record=self.book(command, record).before(command, pending=True),
            reverses=reverses,
        )

    def _explained(self, command: Command, reason: str, against: tuple[Objection, ...]) -> tuple[Wanted, ...]:
        """The note that tells the record why a rule was overridden, where the source takes notes."""
        channel = self.channel(command.target)
        if Comment not in channel.source.offers or command.makes or about_registry(command):
            return ()
        return (self.wanted(override_note(command, reason, against), reason, None),)
