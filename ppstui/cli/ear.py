"""Who hears what the desk has to tell, wherever the desk is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.desk import Said

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppstui.desk import Event


class Ear:
    """Where the desk tells its events; whoever is in charge listens. Sentences go to standard error otherwise."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self.hear: Callable[[Event], None] | None = None
        self.takes_sentences = False
        """Whether the listener shows sentences itself."""
        self.told: set[str] = set()
        """The sentences that went to standard error, so that none goes there twice."""

    def __call__(self, event: Event) -> None:
        """Passes one event on."""
        if isinstance(event, Said) and not self.takes_sentences:
            self._tell(event.text)
        if self.hear is not None:
            self.hear(event)

    def say(self, sentence: str) -> None:
        """Passes a sentence on; from any thread."""
        self(Said(sentence, bad=True))

    def _tell(self, text: str) -> None:
        # A file that cannot be opened is stumbled over at every step; the first time it is said with its consequence.
        if not any(each.startswith(text) for each in self.told):
            self.told.add(text)
            self._complain(text)
