"""Backends that are well, ill, or asleep, for the commands that ask them how they are."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ppstui.errors import NotAuthorised, Unreachable
from ppstui.model import Acknowledge, Assign, Kind
from ppstui.port import Batch, Health, Offer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ppstui.model import Command, Publish, Receipt, Record, Ref
    from ppstui.port import Since


class Patient:
    """A backend that answers `check` as its name says."""

    offer = Offer(reads=frozenset({Kind.ROLLOUT}), writes=frozenset({Assign, Acknowledge}))

    def __init__(self, name: str, mood: str = "well", fields: tuple[str, ...] = ()) -> None:
        self.name, self.mood, self.fields = name, mood, fields
        self.closed = False

    async def check(self) -> Health:
        """One sentence, or trouble."""
        match self.mood:
            case "away":
                raise Unreachable(f"{self.name}: nobody answers at rt.test", source=self.name)
            case "closed":
                raise NotAuthorised(f"{self.name}: the token is not accepted", source=self.name)
            case "odd":
                raise ZeroDivisionError("a stranger's mistake")
            case "asleep":
                threading.Event().wait()  # blocks its whole thread, for ever
            case "poorly":
                problems = ('the server has no custom field "EA Teams"; there are: Sites, Result',)
                return Health(text="RT 5.0.3, known as anna", problems=problems, fields=self.fields, skew=400.0)
        return Health(text="RT 5.0.3, known as anna", user="anna", version="5.0.3", fields=self.fields, skew=-1.0)

    async def aclose(self) -> None:
        """Remembers it."""
        self.closed = True

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        """Nothing to read."""
        del kind, since
        yield Batch(complete=True)

    async def look(self, ref: Ref) -> Record:
        """Nobody asks."""
        raise NotImplementedError(str(ref))

    async def publish(self, command: Publish, key: str) -> Receipt:
        """Nobody asks."""
        raise NotImplementedError(str(command), key)

    def preview(self, command: Publish) -> bytes:
        """Nobody asks."""
        raise NotImplementedError(str(command))

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        """Nobody asks."""
        raise NotImplementedError(f"{command} {key} {seen}")
