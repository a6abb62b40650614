"""The mail of the demo: its lists are invented, so nothing is sent, and that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.port import Health

if TYPE_CHECKING:
    from ppstui.port import Letter


class DemoMailer:
    """Takes every letter and sends none. See `Mailer`."""

    async def send(self, letter: Letter) -> str:
        """Says that nothing left, and to whom it would have gone."""
        return f"nothing was sent, this is the demo; it would have gone to {', '.join(letter.to)}"

    async def check(self) -> Health:
        """Says the same beforehand."""
        return Health(text="the demo's mail: it takes every letter and sends none")
