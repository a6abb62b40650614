"""What is asked of each kind of record: what it would do, what stands against it, what takes it back.

One table says by which rules; nobody else asks what a command is about.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from ppstui.desk.digests import digested
from ppstui.errors import UsageError
from ppstui.model import (
    Comment,
    Commit,
    Kind,
    NewPilot,
    Objection,
    Pilot,
    Remind,
    Reply,
    Rollout,
    about_bulletins,
    about_pilots,
    about_registry,
    command_name,
)
from ppstui.rules import commands
from ppstui.rules.tracker import Tracker

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from ppstui.desk.board import Board
    from ppstui.model import Command, Entry, Record
    from ppstui.rules.commands import Effect
    from ppstui.rules.conflicts import Difference
    from ppstui.rules.policy import Policy
    from ppstui.rules.registry import Registry

KINDS = {
    Kind.ROLLOUT: "rollouts",
    Kind.PILOT: "pilots",
    Kind.TEAM: "partners",
    Kind.COMMITMENT: "commitments",
    Kind.WISH: "wishes",
    Kind.BULLETIN: "issues of the bulletin",
    Kind.MEETING: "meetings",
}
"""Kinds of records as sentences name them."""


class Book(ABC):
    """The rules for what is asked of one kind of record."""

    def __init__(
        self, board: Board, policy: Policy, now: dt.datetime, tracker: Tracker | None, by: str = "", apart: int = 0
    ) -> None:
        """`tracker` is the source that is asked; None when there is none of that name any more. `by`: who asks.

        `apart` is an entry that is asked about while it is in the outbox already; 0 for none.
        """
        self.board, self.policy, self.now, self.tracker = board, policy, now, tracker or Tracker()
        self.by, self.apart = by, apart

    def planned(self, command: Command) -> Command:
        """The command as it is to be queued."""
        return command

    @abstractmethod
    def objections(self, command: Command, record: Record | None) -> tuple[Objection, ...]:
        """The rules that stand against it."""

    @abstractmethod
    def effects(self, command: Command, record: Record | None) -> tuple[Effect, ...]:
        """What it would change."""

    def before(self, command: Command, *, pending: bool) -> Record | Registry | None:
        """What taking it back goes back to, as it is now; `pending`: with what is asked for laid over it."""
        target = command.target
        return self.board.record(target) if pending else self.board.known(target)

    @abstractmethod
    def reverse(self, command: Command, before: Record | Registry | None) -> Command | None:
        """What takes it back; None when nothing can."""

    @abstractmethod
    def irreversible(self, command: Command) -> Objection:
        """What stands against taking it back where nothing can."""

    @abstractmethod
    def differences(self, command: Command, seen: Record, current: Record, key: str) -> tuple[Difference, ...]:
        """What a colleague changed that stands against it."""

    @abstractmethod
    def as_comment(self, command: Command) -> str:
        """What it was to say or do, as a comment on its record. Raises UsageError where there is none."""

    def in_place_of(self, entry: Entry) -> Command:
        """What is left on the record of an entry that is given up. Raises UsageError where there is none."""
        return Comment(target=entry.command.target, text=self.as_comment(entry.command))


class _Rollouts(Book):
    def objections(self, command: Command, record: Record | None) -> tuple[Objection, ...]:
        reminded: Sequence[tuple[str, dt.datetime]] = (
            digested(self.board, command) if isinstance(command, Remind) else ()
        )
        rollout = record if isinstance(record, Rollout) else None
        return commands.objections(command, rollout, self.policy, self.now, self.tracker, reminded)

    def effects(self, command: Command, record: Record | None) -> tuple[Effect, ...]:
        rollout = record if isinstance(record, Rollout) else None
        return commands.effects(command, rollout, self.policy, self.now, self.tracker)

    def reverse(self, command: Command, before: Record | Registry | None) -> Command | None:
        return commands.reverse(command, before) if isinstance(before, Rollout) else None

    def irreversible(self, command: Command) -> Objection:
        return commands.irreversible(command)

    def differences(self, command: Command, seen: Record, current: Record, key: str) -> tuple[Difference, ...]:
        from ppstui.rules.conflicts import differences  # what merges is wanted when something does not

        if not (isinstance(seen, Rollout) and isinstance(current, Rollout)):
            return ()
        return differences(command, seen, current, key)

    def as_comment(self, command: Command) -> str:
        if command.makes:
            raise UsageError("it makes a new rollout, and there is no record to write a comment on")
        return commands.as_comment(command)


class _Pilots(Book):
    def planned(self, command: Command) -> Command:
        from ppstui.rules.pilots.commands import planned

        return planned(command, self.policy, self.now) if isinstance(command, NewPilot) else command

    def objections(self, command: Command, record: Record | None) -> tuple[Objection, ...]:
        from ppstui.rules.pilots.guards import pilot_objections

        if not about_pilots(command):
            return ()
        pilot = record if isinstance(record, Pilot) else None
        return pilot_objections(command, pilot, self.policy, self.now, self.board.commitments)

    def effects(self, command: Command, record: Record | None) -> tuple[Effect, ...]:
        from ppstui.rules.pilots.commands import pilot_effects

        if not about_pilots(command):
            return ()
        return pilot_effects(command, record if isinstance(record, Pilot) else None, self.policy, self.now)

    def reverse(self, command: Command, before: Record | Registry | None) -> Command | None:
        from ppstui.rules.pilots.commands import pilot_reverse

        if not (about_pilots(command) and isinstance(before, Pilot)):
            return None
        return pilot_reverse(command, before, self.policy)

    def irreversible(self, command: Command) -> Objection:
        from ppstui.rules.pilots.commands import pilot_irreversible

        return pilot_irreversible(command) if about_pilots(command) else commands.irreversible(command)

    def differences(self, command: Command, seen: Record, current: Record, key: str) -> tuple[Difference, ...]:
        from ppstui.rules.pilots.conflicts import pilot_differences

        if not (about_pilots(command) and isinstance(seen, Pilot) and isinstance(current, Pilot)):
            return ()
        return pilot_differences(command, seen, current, key)

    def as_comment(self, command: Command) -> str:
        if command.makes:
            raise UsageError("it makes a new pilot, and there is no record to write a comment on")
        if isinstance(command, Comment | Reply | Remind):
            return command.text
        changes = self.effects(command, self.board.known(command.target))
        wanted = "".join(f"\n{each.what}: {each.after or '(nothing)'}" for each in changes)
        return f"wanted to do {command_name(command)}" + (f":{wanted}" if wanted else "")


class _Registries(Book):
    def objections(self, command: Command, record: Record | None) -> tuple[Objection, ...]:  # noqa: ARG002  the book is asked
        from ppstui.rules.registry import registry_objections

        if not about_registry(command):
            return ()
        book = self.board.registry(command.target.source)
        if isinstance(command, Commit):
            book = self._with_all_partners(book)
        return registry_objections(command, book, self.policy, self.now)

    def effects(self, command: Command, record: Record | None) -> tuple[Effect, ...]:  # noqa: ARG002  the book is asked
        from ppstui.rules.registry import registry_effects

        return registry_effects(command, self.board.registry(command.target.source)) if about_registry(command) else ()

    def before(self, command: Command, *, pending: bool) -> Record | Registry | None:
        source = command.target.source
        return self.board.registry(source) if pending else self.board.known_registry(source)

    def reverse(self, command: Command, before: Record | Registry | None) -> Command | None:
        from ppstui.rules.registry import Registry, registry_reverse

        if not (about_registry(command) and isinstance(before, Registry)):
            return None
        return registry_reverse(command, before)

    def irreversible(self, command: Command) -> Objection:
        text = (
            f"{command_name(command)} in {command.target.source} cannot be taken back: it was no single entry that went"
        )
        return Objection(rule="irreversible", text=f"{text}; enter each again, or import a file of the registry")

    def differences(self, command: Command, seen: Record, current: Record, key: str) -> tuple[Difference, ...]:  # noqa: ARG002  entries overlap, they do not differ
        return ()

    def as_comment(self, command: Command) -> str:
        raise UsageError(f"{command_name(command)} is about the registry, and there is no record to write a comment on")

    def _with_all_partners(self, book: Registry) -> Registry:
        """A partner may be known from another source than the one that keeps its commitments."""
        from msgspec import structs

        return structs.replace(book, partners=self.board.registry().partners)


def book_of(command: Command, record: Record | None) -> type[Book]:
    """Whose rules it is checked and shown by; `record` is what it is about, None for what is no single record."""
    if about_registry(command):
        return _Registries
    if about_bulletins(command):
        from ppstui.desk.publishing import Issues  # most desks have no bulletin

        return Issues
    if isinstance(record, Pilot) or (record is None and Kind.ROLLOUT not in command.kinds):
        return _Pilots
    return _Rollouts


def mistaken(command: Command, record: Record) -> tuple[Objection, ...]:
    """That a command is not for such a record, if it is not."""
    if record.kind in command.kinds:
        return ()
    wanted = " and ".join(KINDS[kind] for kind in Kind if kind in command.kinds)
    text = f"{command_name(command)} is for {wanted}; {record.ref} is among the {KINDS[record.kind]}"
    return (Objection(rule="wrong-kind", text=text),)
