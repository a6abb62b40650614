"""A file as a target: what its configuration needs, and nothing that costs time.

What is there is what was published, so it is found again by its bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from ppstui.port import Outlet, Toolbox

PLACES = ("audience", "issue", "number")
"""What may stand in braces in a path."""
_BRACES = re.compile(r"\{([^{}]*)\}")


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.NAME]` with `type = "file"`."""

    path: str
    """The file, with its whole path: `/srv/www/bulletin/{audience}-{issue}.html`. In it `{audience}` and `{issue}` are
    those of what is published, `{number}` is 0 or the number of the correction. Folders are made below the first."""
    mode: Literal["replace", "append"] = "replace"
    """Whether an issue is the whole file, or stands at its end behind those before."""

    def __post_init__(self) -> None:
        """Raises ValueError for a path that is none."""
        if not self.path.startswith(("/", "~")) or self.path.endswith("/") or not self.path.isprintable():
            raise ValueError("path is not the whole path of a file; begin it with / or ~")
        unknown = [name for name in _BRACES.findall(self.path) if name not in PLACES]
        if unknown or "{" in _BRACES.sub("", self.path) or "}" in _BRACES.sub("", self.path):
            raise ValueError("path holds braces that stand for nothing; {audience}, {issue} and {number} do")


_Options = Options


class _Plugin:
    Options: type[Struct] = _Options
    formats = ("text", "markdown", "html", "twiki", "dokuwiki", "json")
    traces = True

    def open(self, options: _Options, tools: Toolbox) -> Outlet:
        """Makes the outlet; touches no file yet."""
        from ppstui.backends.targets.filing import Filing  # deferred: no configuration needs it to be read

        return Filing(options, tools)


Files = _Plugin()
"""The plug-in."""
