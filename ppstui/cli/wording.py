"""The texts that an action carries: given on the command line, from a file, or written in the user's own editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Ref


def wrong(office: Office, what: str) -> UsageError:
    """The sentence on an action that was asked for in the wrong way."""
    return UsageError(f"do {office.options.action}: {what}")


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
