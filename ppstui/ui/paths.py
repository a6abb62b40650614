"""File names completed as a shell does it; what cannot be read completes to nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 500
"""Names looked at in one folder."""


class Completion(NamedTuple):
    """What a press of tab came to."""

    text: str
    """The line as it is now."""
    choices: tuple[str, ...] = ()
    """What it may go on with, when there is more than one way."""


def complete_path(text: str) -> Completion:
    """Completes a path as far as it is certain; folders end in `/`, hidden names are shown when one is asked for."""
    folder_text, _, begun = text.rpartition("/")
    lead = f"{folder_text}/" if "/" in text else ""
    found: list[str] = []
    try:
        with os.scandir(Path(lead or ".").expanduser()) as entries:
            for entry in entries:
                if entry.name.startswith(begun) and (begun or not entry.name.startswith(".")):
                    found.append(f"{entry.name}/" if entry.is_dir() else entry.name)
                if len(found) >= _MOST:
                    break
    except (OSError, RuntimeError, ValueError):  # also a home of nobody, and signs no name has
        return Completion(text)
    if not found:
        return Completion(text)
    found.sort()
    return Completion(lead + _shared(found), tuple(found) if len(found) > 1 else ())


def complete_word(text: str, words: tuple[str, ...]) -> Completion:
    """Completes one of these words, whatever the case of its letters."""
    folded = text.strip().casefold()
    found = [word for word in words if word.casefold().startswith(folded)]
    if len(found) == 1:
        return Completion(found[0])
    if not found:
        return Completion(text)
    return Completion(_shared(found) if folded else text, tuple(found))


def _shared(names: Sequence[str]) -> str:
    """What they all begin with."""
    first, last = min(names), max(names)
    same = next((at for at, sign in enumerate(first) if sign != last[at : at + 1]), len(first))
    return first[:same]
