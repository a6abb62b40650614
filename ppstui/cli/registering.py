"""`ppstui registry export|import FILE`: partners, commitments and wishes to a file that people edit, and back.

A file with mistakes changes nothing: every one of them is told with its line and column. With `--keep-good` what is
right is taken over all the same, as one action, all of it or nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ppstui.cli.doing import perform
from ppstui.cli.failing import DONE, WRONG_USAGE
from ppstui.config.registries import read_registry_csv, read_registry_toml, registry_csv, registry_toml
from ppstui.config.whole import write_whole
from ppstui.errors import NoSuchRecord, StoreError, UsageError
from ppstui.model import REGISTRY_KINDS, ImportRegistry, Ref
from ppstui.rules.registry import registry_import

if TYPE_CHECKING:
    from ppstui.cli.office import Office
    from ppstui.config.registries import Reading
    from ppstui.rules.registry import Registry

_PIPE = "-"
_LARGEST = 20_000_000
"""Bytes of a file that somebody edits; more is another file by mistake."""


async def registry(office: Office) -> int:
    """The command."""
    options = office.options
    _check(office)
    source, form = _source(office), _form(office)
    reading = None if options.verb == "export" else _read(office, source, form)
    await office.fill()
    await office.read(*REGISTRY_KINDS, everything=False)
    if reading is None:
        return _export(office, source, form)
    return await _import(office, source, reading)


def _check(office: Office) -> None:
    """Refuses what does not go together. Raises UsageError."""
    options = office.options
    given = [f"--{name.replace('_', '-')}" for name in ("keep_good", "replace", "dry_run") if getattr(options, name)]
    if options.verb == "export" and given:
        raise UsageError(f"registry: {', '.join(given)} goes with import, not with export")
    if options.replace and options.keep_good:
        raise UsageError(
            "registry: --replace takes out what the file has not, and --keep-good passes wrong rows over; choose one"
        )


def _source(office: Office) -> str:
    """Whose registry: the one that is named, else the only one that takes files. Raises UsageError, NoSuchRecord."""
    given: str | None = office.options.source
    keeping = [channel.name for channel in office.desk.channels() if ImportRegistry in channel.source.offers]
    serving = [name for name in keeping if office.serves.get(name, frozenset()) & REGISTRY_KINDS]
    if given:
        if given not in office.serves:
            raise NoSuchRecord(f"{given}: there is no such source; configured are {', '.join(office.serves)}")
        if given not in keeping:
            raise UsageError(f"registry: {given} keeps none; {', '.join(keeping) or 'no configured source'} does")
        return given
    if len(serving) == 1:
        return serving[0]
    if not serving:
        raise UsageError("registry: no configured source keeps one; name one as teams under [sources]")
    raise UsageError(f"registry: whose; --source NAME, and {', '.join(serving)} keep one")


def _form(office: Office) -> str:
    """CSV or TOML, as asked or as the name says. Raises UsageError."""
    asked: str | None = office.options.format
    form = asked or Path(office.options.path).suffix.lower().removeprefix(".")
    if form not in ("csv", "toml"):
        raise UsageError(f"registry: {office.options.path}: csv or toml; --format says which it is")
    return form


# -------------------------------------------------------------------------------------------------------------- export


def _export(office: Office, source: str, form: str) -> int:
    book, path = office.board.registry(source), office.options.path
    text = registry_csv(book) if form == "csv" else registry_toml(book)
    if path == _PIPE:
        office.console.write_utf8(text.encode("utf-8", "replace"))
        return DONE
    try:
        write_whole(Path(path), text)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreError(f"{path}: cannot be written: {why}; choose another file") from error
    office.console.complain(f"{path}: holds {_counted(book)} of {source}")
    return DONE


def _counted(book: Registry) -> str:
    parts = (
        (len(book.partners), "partner", "partners"),
        (len(book.commitments), "commitment", "commitments"),
        (len(book.wishes), "wish", "wishes"),
    )
    return ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in parts)


# -------------------------------------------------------------------------------------------------------------- import


def _read(office: Office, source: str, form: str) -> Reading:
    """What the file says; its mistakes with it. Raises UsageError for what cannot be read at all."""
    path = office.options.path
    try:
        if path == _PIPE:
            text = office.console.stdin.read(_LARGEST + 1)
        else:
            with open(path, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - the name is as the user wrote it
                text = file.read(_LARGEST + 1)
    except UnicodeDecodeError as error:
        raise UsageError(f"registry: {path}: is not UTF-8 text; save it as UTF-8") from error
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        raise UsageError(
            f"registry: {path}: cannot be read: {getattr(error, 'strerror', None) or error}; look at its name"
        ) from error
    if len(text) > _LARGEST:
        raise UsageError(f"registry: {path}: is larger than any registry; look whether it is the right file")
    return read_registry_csv(text, source) if form == "csv" else read_registry_toml(text, source)


async def _import(office: Office, source: str, reading: Reading) -> int:
    options, path = office.options, office.options.path
    for mistake in reading.mistakes:
        office.console.complain(f"{path}: {mistake}")
    good = len(reading.registry.partners) + len(reading.registry.commitments) + len(reading.registry.wishes)
    if reading.mistakes and not options.keep_good:
        others = f"; --keep-good takes the {_counted(reading.registry)} that are right" if good else ""
        office.console.complain(f"registry: {path}: nothing was imported; correct the file{others}")
        return WRONG_USAGE
    if not good and not options.replace:
        what = "no entry that is right" if reading.mistakes else "no entry"
        office.console.complain(f"registry: {path}: holds {what}; nothing was imported")
        return WRONG_USAGE if reading.mistakes else DONE
    target = Ref(source, "new")
    command = registry_import(target, office.board.registry(source), reading.registry, replace=options.replace)
    if not (command.partners or command.commitments or command.wishes or command.remove):
        office.console.complain(f"registry: {source} has all of {path} already; there is nothing to do")
        if not options.json:
            return DONE
    options.action, options.ref, options.force, options.reason = "registry-import", [], False, None
    return await perform(office, [command])
