"""What the rules must know of the source that a rollout is kept in: its words, and what it does by itself."""

from __future__ import annotations

from msgspec import Struct, field

from ppstui.model import Phase


class Tracker(Struct, frozen=True, kw_only=True):
    """One source's ways; the default is those of the process (DOMAIN §2)."""

    words: dict[Phase, tuple[str, ...]] = field(default_factory=dict)
    """Its status words by what they mean; the first one of a phase is the one that is set."""
    watchers: bool = True
    """Whether a chosen team also becomes a watcher (AdminCc, DOMAIN §2 T1)."""
    document_url: str = ""
    """Where a document of the document server is, `{id}` being its id; "" when it makes no links."""

    def word(self, phase: Phase) -> str:
        """The word it sets for that phase; the process' own where it lists none."""
        words = self.words.get(phase)
        return words[0] if words else phase.value

    def phase(self, word: str) -> Phase | None:
        """What a status word means there; letter case does not count. None: the source may know it, we do not."""
        folded = word.strip().casefold()
        for phase in Phase:
            if folded in {each.casefold() for each in self.words.get(phase) or (phase.value,)}:
                return phase
        return None
