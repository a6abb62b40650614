"""Many seeded runs, and what came of them: `python -m tests.faults.seeds 0 2000`.

Against the RT with a memory; `PPSTUI_SEED=n` plays one seed alone, and tells its story.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ppstui.model import State, command_name
from tests.faults.fake_ground import run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.play import Play

ONE = int(os.environ["PPSTUI_SEED"]) if os.environ.get("PPSTUI_SEED") else None


@dataclass
class Tally:
    """What came of many runs."""

    plays: int = 0
    entries: Counter[State] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    """Delivered, by the action's name."""
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """The seed, what does not hold, and the story."""

    def add(self, seed: int, found: list[str], play: Play) -> None:
        """One run came to its end."""
        self.plays += 1
        for entry in (entry for book in play.books() for entry in book.entries):
            self.entries[entry.state] += 1
            self.done[command_name(entry.command)] += entry.state is State.DONE
        for line in play.story:
            if "/REST/" in line or " MAIL " in line:
                self.faults[line.rpartition(": ")[2]] += 1
        if found:
            told = "\n".join((f"seed {seed} (again with PPSTUI_SEED={seed}):", *found, "the story:", *play.story))
            self.wrong.append(told)

    @property
    def delivered(self) -> float:
        """The part of all that was asked for which had its effect."""
        return self.entries[State.DONE] / max(sum(self.entries.values()), 1)

    def __str__(self) -> str:
        entries = ", ".join(f"{count} {state.value}" for state, count in self.entries.most_common())
        done = ", ".join(f"{name} {count}" for name, count in sorted(self.done.items()))
        faults = ", ".join(f"{name} {count}" for name, count in self.faults.most_common())
        return f"{self.plays} runs, {len(self.wrong)} wrong\nentries: {entries}\ndone: {done}\nrequests: {faults}"


def played(seeds: Iterable[int]) -> Tally:
    """Plays these seeds, one after the other."""
    tally = Tally()
    for seed in seeds:
        found, play = run(seed)
        tally.add(seed, found, play)
    return tally


def main() -> None:
    """Plays the seeds from the first to before the last."""
    start = time.monotonic()
    first, last = (ONE, ONE + 1) if ONE is not None else (int(sys.argv[1]), int(sys.argv[2]))
    tally = played(range(first, last))
    for wrong in tally.wrong[:3]:
        print(wrong, end="\n\n")
    print(f"seeds {first} to {last - 1}, {time.monotonic() - start:.0f} s: {tally}")
    sys.exit(bool(tally.wrong))


if __name__ == "__main__":
    main()
