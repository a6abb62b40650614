"""The mail of the demo: its lists are invented, so nothing is sent, and that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ppstui.model import Receipt
from ppstui.port import Health

if TYPE_CHECKING:
    from ppstui.model import Publish
    from ppstui.port import Letter, Toolbox


class DemoMailer:
    """Takes every letter and sends none. See `Mailer`."""

    async def send(self, letter: Letter) -> str:
        """Says that nothing left, and to whom it would have gone."""
        return f"nothing was sent, this is the demo; it would have gone to {', '.join(letter.to)}"

    async def check(self) -> Health:
        """Says the same beforehand."""
        return Health(text="the demo's mail: it takes every letter and sends none")


class DemoTargetOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the demo's issues would go."""

    to: tuple[str, ...] = ("roc-managers@example.org",)
    """Addresses."""


class DemoOutlet:
    """Takes every issue and sends none. See `Outlet`."""

    def __init__(self, options: DemoTargetOptions) -> None:
        """`options` name the addresses."""
        self._to = ", ".join(options.to)

    async def publish(self, command: Publish, key: str) -> Receipt:
        """Says that nothing left, and to whom it would have gone."""
        said = f"nothing was sent, this is the demo; it would have gone to {self._to}"
        return Receipt(text=said, id=f"<{key}@demo.example.org>" if command.text else "")

    def preview(self, command: Publish) -> bytes:
        """The mail, with a short head."""
        return f"To: {self._to}\nSubject: {command.subject}\n\n{command.text}".encode()

    async def check(self) -> Health:
        """Says that it sends nothing."""
        return Health(text="the demo's mail: it takes every issue and sends none")

    async def aclose(self) -> None:
        """Nothing was opened."""


class DemoTarget:
    """The plug-in. See `TargetPlugin`."""

    Options: type[Struct] = DemoTargetOptions
    formats: Final = ("text",)
    traces: Final = False

    def open(self, options: DemoTargetOptions, tools: Toolbox) -> DemoOutlet:  # noqa: ARG002  it has nothing to do with the world
        """Makes the outlet."""
        return DemoOutlet(options)
