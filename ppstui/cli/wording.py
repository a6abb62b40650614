"""The texts that an action carries: given on the command line, from a file, or written in the user's own editor."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from ppstui.errors import UsageError
from ppstui.rules.clocks import local_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Ref


def wrong(office: Office, what: str) -> UsageError:
    """The sentence on an action that was asked for in the wrong way."""
    return UsageError(f"do {office.options.action}: {what}")


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
DAY_FORM = "write YEAR-MONTH-DAY, as in 2026-12-01"


def day_of(text: str, now: dt.datetime, zone: dt.tzinfo, what: str) -> dt.date:
    """A day as it is written on the command line: ISO, or `today` in that zone. Raises UsageError led by `what`."""
    word = text.strip()
    if word.casefold() == "today":
        return local_day(now, zone)
    try:
        # Python also takes 20261201 and 2026-W49-2, which nobody types on purpose.
        return dt.date.fromisoformat(word if _ISO.match(word) else "")
    except ValueError:
        raise UsageError(f"{what}: {text[:40]!r} is no day; {DAY_FORM}") from None


def given(office: Office) -> str | None:
    """The text of `--text` or `--file`, None when neither is there. Raises UsageError.

    Standard input can be read once only, so ask once for all records.
    """
    text, file = getattr(office.options, "text", None), getattr(office.options, "file", None)
    if text is None and file is None:
        return None
    if file is not None:
        text = _read(office, file)
    if not str(text).strip():
        raise wrong(office, "the text is empty; nothing was queued")
    return str(text)


def _read(office: Office, file: str) -> str:
    try:
        if file == "-":
            return office.console.stdin.read()
        with open(file, encoding="utf-8") as stream:  # noqa: PTH123 - the name is as the user wrote it
            return stream.read()
    except UnicodeDecodeError as error:
        raise wrong(office, f"{file}: is not UTF-8 text; save it as UTF-8") from error
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        raise wrong(office, f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def needed(office: Office, refs: Sequence[Ref]) -> str:
    """The text that an action cannot be without: given, or written in the editor by a person. Raises UsageError."""
    text = given(office)
    if text is None and office.console.has_person and not office.options.dry_run:
        from ppstui.cli.editing import written

        subjects = ", ".join(map(str, refs))
        text = written(office, f"# {office.options.action} on {subjects}\n# Lines that begin with # are left out.\n")
        if not text.strip():
            raise wrong(office, "the text is empty; nothing was queued")
    if text is None:
        raise wrong(office, "which text; --text TEXT or --file FILE, - for standard input")
    return text
