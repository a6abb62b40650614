"""The rules for what is asked of an issue of the bulletin, and what a target's answer is written down as.

What was published is known from the issue's record, and from the outbox as long as it is not written down there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.desk.asking import Book
from ppstui.errors import UsageError
from ppstui.model import Bulletin, Publish, State, about_bulletins, command_name
from ppstui.rules.bulletin.commands import (
    bulletin_differences,
    bulletin_effects,
    bulletin_irreversible,
    bulletin_reverse,
    sent,
)
from ppstui.rules.bulletin.guards import (
    USUAL_HOLD,
    Asker,
    UnderWay,
    bulletin_objections,
    digest_of,
    place_of,
)
from ppstui.store import Wanted
from ppstui.store.asked import LEAVING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from ppstui.model import BulletinCommand, Command, Entry, KeepPublication, Objection, Receipt, Record, Ref
    from ppstui.rules.commands import Effect
    from ppstui.rules.conflicts import Difference
    from ppstui.rules.registry import Registry

_NO_ANSWER = "a person says so, there was no answer"


class Issues(Book):
    """The book of the bulletin."""

    def objections(self, command: Command, record: Record | None) -> tuple[Objection, ...]:  # noqa: ARG002  the board knows it
        """Its rules, with all that is under way."""
        if not about_bulletins(command):
            return ()
        bulletin = self.board.bulletin(_issue(command))
        hold = self.policy.hold.get(bulletin.audience, USUAL_HOLD) if bulletin else USUAL_HOLD
        asker = Asker(by=self.by, now=self.now, hold=hold, under_way=tuple(self._under_way(command, bulletin)))
        return bulletin_objections(command, bulletin, asker)

    def effects(self, command: Command, record: Record | None) -> tuple[Effect, ...]:  # noqa: ARG002  the board knows it
        """What it would change on the record, or what would go to the target."""
        return bulletin_effects(command, self.board.bulletin(_issue(command))) if about_bulletins(command) else ()

    def before(self, command: Command, *, pending: bool) -> Record | Registry | None:
        """The issue; of what goes to a target nothing is gone back to."""
        if isinstance(command, Publish):
            return None
        return self.board.bulletin(command.target) if pending else self.board.known(command.target)

    def reverse(self, command: Command, before: Record | Registry | None) -> Command | None:
        """The draft that was there, if nobody has gone on with this one."""
        if not (about_bulletins(command) and isinstance(before, Bulletin)):
            return None
        return bulletin_reverse(command, before, self.board.bulletin(command.target))

    def irreversible(self, command: Command) -> Objection:
        """What is done in the place of taking it back."""
        if not about_bulletins(command):
            raise UsageError(f"{command_name(command)} is about no issue")
        return bulletin_irreversible(command)

    def differences(self, command: Command, seen: Record, current: Record, key: str) -> tuple[Difference, ...]:  # noqa: ARG002  the book is asked
        """Line by line."""
        if not (about_bulletins(command) and isinstance(seen, Bulletin) and isinstance(current, Bulletin)):
            return ()
        return bulletin_differences(command, seen, current)

    def as_comment(self, command: Command) -> str:
        """Of what may have gone to a target, that it went. Raises UsageError for anything else."""
        if not isinstance(command, Publish):
            raise UsageError(f"{command_name(command)} is about an issue of the bulletin, which takes no comments")
        return f"{command.audience} {command.issue} went to {place_of(command)}; {_NO_ANSWER}"

    def in_place_of(self, entry: Entry) -> Command:
        """Of what may have gone to a target, that it went. Raises UsageError where there is nothing to keep."""
        command = entry.command
        if not isinstance(command, Publish):
            return super().in_place_of(entry)
        if entry.mail != LEAVING:
            raise UsageError("it has not gone, so there is nothing to write down; retry or discard it")
        return sent(command, entry.key, self.now, entry.by, "", _NO_ANSWER)

    def _under_way(self, command: BulletinCommand, bulletin: Bulletin | None) -> Iterator[UnderWay]:
        """What goes to that target, has gone, or may have, and is not on the record; oldest first."""
        known = {each.key for each in bulletin.publications} if bulletin else set()
        for entry in reversed(self.board.entries(command.target)):
            asked = entry.command
            if not isinstance(asked, Publish) or entry.key in known or entry.id == self.apart:
                continue
            done = entry.state is State.DONE
            given_up = entry.state is State.DISCARDED and entry.mail == LEAVING
            if entry.state.pending or done or given_up:
                yield UnderWay(
                    entry=entry.id,
                    target=place_of(asked),
                    number=asked.number,
                    digest=digest_of(asked.text),
                    done=done,
                    given_up=given_up,
                )


def _issue(command: BulletinCommand) -> Ref:
    return command.of if isinstance(command, Publish) else command.target


def kept(entry: Entry, receipt: Receipt, at: dt.datetime) -> Wanted | None:
    """What writes down that an issue went; None for an entry that published none.

    Its key follows from the entry's, so that it is written down once, whoever asks for it.
    """
    if not isinstance(entry.command, Publish):
        return None
    command: KeepPublication = sent(entry.command, entry.key, at, entry.by, receipt.id, receipt.text)
    return Wanted(command=command, key=f"{entry.key}-kept", by=entry.by)
