"""What can go wrong, sorted by what to do next.

PpsError                       str() is one sentence fit for a status line; `__cause__` keeps the rest for the log
├── UsageError                 ask differently          an unknown field, a reference that is none, a missing option
├── ConfigError(problems)      edit the file            every problem at once: file, line, key, what, nearest valid key
├── NoSuchRecord(ref)          look at the reference
├── Objected(objections)       a rule stands against it blocking, or to be overridden with a reason
├── StoreError                 the disk or the schema   newer than this ppstui: refused, never downgraded
└── BackendError(source)
    ├── Unreachable(retry_after)   wait                 time-outs, DNS, 429, 5xx; the effect may have happened
    ├── NotAuthorised              fix credentials      401, 403, a login page, an expired token or certificate
    ├── Refused                    change the action    400, 404, 422, or read back without the effect
    │   ├── Conflict(current)      look again           409, 412, the record moved on; carries the server's record
    │   └── Gone(ref)              nothing left to do   deleted, merged, or no longer visible
    ├── Doubtful                   ask a person         it may have happened and nobody can find out: never repeated
    ├── Unsupported                never offered        a bug in ppstui, or a configuration that routes wrongly
    └── Garbled(excerpt)           report it            an answer that is not the service we know

A class exists only where somebody handles it differently. Vendor exceptions are translated once, at the adapter's edge.
No message ever holds a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Objection, Record


class PpsError(Exception):
    """Something that a person should read. `str()` is one sentence: what, where, what to do."""


class UsageError(PpsError):
    """The question was put wrongly; nothing was changed."""


class ConfigProblem:
    """One thing that is wrong in a configuration file."""

    __slots__ = ("backend", "file", "hint", "key", "line", "what")

    def __init__(self, file: str, line: int | None, key: str, what: str, hint: str = "", backend: str = "") -> None:
        """`backend` is the entry in [backends] that this problem disables, or "" when it concerns everything."""
        self.file, self.line, self.key, self.what, self.hint, self.backend = file, line, key, what, hint, backend

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.what}" + (f"; {self.hint}" if self.hint else "")


class ConfigError(PpsError):
    """The configuration cannot be used; carries every problem found, not the first."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


class NoSuchRecord(PpsError):
    """No source knows this reference."""


class Objected(PpsError):
    """A rule stands against the action; `objections` says which, and which of them a reason can override."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        self.objections = tuple(objections)
        super().__init__("; ".join(objection.text for objection in self.objections))


class StoreError(PpsError):
    """The local store cannot be read or written; says which file and what to do."""


class BackendError(PpsError):
    """A source failed; `source` is its name in [backends]."""

    def __init__(self, message: str, *, source: str) -> None:
        super().__init__(message)
        self.source = source


class Unreachable(BackendError):
    """Nobody answered. The effect may have happened; the same key may be sent again."""

    def __init__(self, message: str, *, source: str, retry_after: float | None = None) -> None:
        """`retry_after`: seconds the server asked us to wait, or None."""
        super().__init__(message, source=source)
        self.retry_after = retry_after


class NotAuthorised(BackendError):
    """The server does not know us, or does not let us; nothing is sent to it until the credentials change."""


class Refused(BackendError):
    """The server understood and will not; the action itself must change."""


class Conflict(Refused):
    """The record moved on since the user looked; `current` is what the server has now."""

    def __init__(self, message: str, *, source: str, current: Record | None = None) -> None:
        super().__init__(message, source=source)
        self.current = current


class Gone(Refused):
    """The record is deleted, merged away or no longer visible to this account."""


class Doubtful(BackendError):
    """It may have had its effect, and there is no way to find out: a person decides, nothing is repeated unasked."""


class Unsupported(BackendError):
    """This backend does not offer that; the interface should not have asked."""


class Garbled(BackendError):
    """An answer that is not the service we know; `excerpt` is its beginning, made safe to print."""

    def __init__(self, message: str, *, source: str, excerpt: str = "") -> None:
        super().__init__(message, source=source)
        self.excerpt = excerpt
