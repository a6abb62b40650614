"""A page written down in one of the formats, by a template that a user may replace (DOMAIN §8).

The built-in templates are in `templates/`. A user's are in a folder of theirs, as `AUDIENCE.FORMAT.j2` or `FORMAT.j2`;
they may extend the built-in one as `built-in/FORMAT.j2`. Whatever they do, what strangers wrote is escaped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ppstui import errors
from ppstui.bulletin.formats import FORMATS
from ppstui.views.plain import clean

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.bulletin.environments import Environment
    from ppstui.bulletin.pages import Page

_INSTEAD = "correct it, or use the built-in one with --template built-in"
_CLASS = re.compile(r"'[\w.<>]*?(\w+) object'")


class Templates:
    """Where templates are looked for: in the user's folder, then among the built-in ones."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` None: the built-in ones alone, as `--template built-in` asks for."""
        self.folder = folder
        self._opened: dict[str, Environment] = {}

    def environment(self, name: str) -> Environment:
        """Jinja2 for a format; made when it is first asked for, and a template that changes is read again."""
        if name not in self._opened:
            from ppstui.bulletin.environments import Environment

            self._opened[name] = Environment(name, self.folder)
        return self._opened[name]


def render(page: Page, format: str, templates: Templates | None = None) -> str:  # noqa: A002  (its name everywhere)
    """The page in that format, a line end at its end; the same page gives the same text.

    Raises UsageError for a format that is none, and for a template with an error: file, line, what, what to do.
    """
    if format not in FORMATS:
        raise errors.UsageError(f"{format[:40]!r} is no format of the bulletin; choose one of {', '.join(FORMATS)}")
    from jinja2 import TemplateError

    environment = (templates or Templates()).environment(format)
    try:
        template = environment.select_template([f"{page.audience}.{format}.j2", f"{format}.j2"])
        return _tidy(template.render(page=page))
    except (TemplateError, OSError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise errors.UsageError(_sentence(error, format)) from error
    except (RecursionError, MemoryError) as error:
        raise errors.UsageError(f"the template for {format} never ends; {_INSTEAD}") from error


def _tidy(text: str) -> str:
    """No spaces at the end of a line, no two empty lines together, no empty line at either end."""
    lines: list[str] = []
    for line in text.split("\n"):
        bare = line.rstrip()
        if bare or (lines and lines[-1]):
            lines.append(bare)
    return "\n".join(lines).rstrip("\n") + "\n"


def _sentence(error: Exception, name: str) -> str:
    """What is wrong, where, and what to do."""
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    file, line = _place(error)
    what = _CLASS.sub(r"\1", clean(str(error), 200)) or type(error).__name__
    if isinstance(error, TemplateSyntaxError):
        file, line, what = error.filename or file, error.lineno, clean(error.message or "", 200)
    elif isinstance(error, TemplateNotFound):
        what = f"there is no template {clean(str(error), 80)!r}"
    elif isinstance(error, OSError):
        file, what = str(error.filename or file), (error.strerror or what).lower()
    place = f"{file}:{line}" if file and line else file or f"the template for {name}"
    return f"{place}: {what}; {_INSTEAD}"


def _place(error: Exception) -> tuple[str, int]:
    """The template and its line in which it came up; Jinja2 writes both into the traceback."""
    found = ("", 0)
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            found = (file, trace.tb_lineno)
        trace = trace.tb_next
    return found
