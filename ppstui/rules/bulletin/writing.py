"""An issue as a text for the person's own editor, and what that person made of it.

== Releases {s1}
Words above its lines.

- VOMS: 1 EA performing the test {t1 rt:1234}
#- a line that was taken out {t2 rt:1235}
#? what would be generated now in the place of an edited line {t1}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppstui.model import Draft


def write(draft: Draft, issue: str = "", remarks: Sequence[str] = ()) -> str:
    """The draft as a text to edit; `remarks` are sentences to show above it. `read` gives the draft back."""
    raise NotImplementedError


def read(text: str, draft: Draft) -> Draft:
    """What a person made of `write(draft)`. Raises UsageError, with line numbers, when it cannot be understood.

    A line without a tag is a line by hand; one whose tag is missing is dropped; one that says what it said before
    is as it was.
    """
    raise NotImplementedError
