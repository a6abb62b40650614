"""A target as the desk sees it: a backend that reads nothing and writes issues of the bulletin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ppstui.errors import Unsupported
from ppstui.model import Correct, Publish, command_name
from ppstui.port import Batch, Offer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ppstui.model import Command, Kind, Receipt, Record, Ref
    from ppstui.port import Health, Outlet, Since

OFFER: Final = Offer(writes=frozenset({Publish, Correct}), watchers=False)
"""What every target does."""


class Publisher:
    """An opened target. See `Backend`."""

    offer: Final = OFFER

    def __init__(self, name: str, outlet: Outlet) -> None:
        """`name` is that of the source it is."""
        self._name = name
        self._outlet = outlet

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:  # noqa: ARG002  as every backend is asked
        """Refuses: there is nothing to read."""
        if kind not in self.offer.reads:
            raise Unsupported(f"{self._name}: {kind.value} are not offered here", source=self._name)
        yield Batch()

    async def look(self, ref: Ref) -> Record:
        """Refuses: what was published is on the issue's own record."""
        raise Unsupported(f"{ref}: nothing is read from a target", source=self._name)

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:  # noqa: ARG002  as every backend is asked
        """Publishes it, once. Raises BackendError."""
        if not isinstance(command, Publish):
            raise Unsupported(f"{self._name}: {command_name(command)} is not offered here", source=self._name)
        return await self._outlet.publish(command, key)

    async def check(self) -> Health:
        """Asks the place who it is. Raises BackendError."""
        return await self._outlet.check()

    async def aclose(self) -> None:
        """Lets go of it."""
        await self._outlet.aclose()
