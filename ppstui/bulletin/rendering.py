"""A page written down in one of the formats, by a template that a user may replace (DOMAIN §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.bulletin.pages import Page


class Templates:
    """Where templates are: the built-in ones, and before them those of the user's folder, `AUDIENCE.FORMAT.j2` or
    `FORMAT.j2`."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` None: the built-in ones alone, as `--template built-in` asks for."""
        self.folder = folder


def render(page: Page, format: str, templates: Templates | None = None) -> str:  # noqa: A002  (its name everywhere)
    """The page in that format, one line end at its end; the same page gives the same text.

    Raises UsageError for a format that is none, and for a template with an error: file, line, what, what to do.
    """
    raise NotImplementedError
