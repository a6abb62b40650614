"""What a failure becomes: one sentence on standard error and an exit code; for our own mistakes, a report in a file."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ppstui.errors import ConfigError, Conflict, Gone, NoSuchRecord, Objected, PpsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.console import Console

DONE, FAILED, WRONG_USAGE, CONFIGURATION, NO_SUCH_RECORD, OBJECTED, QUEUED, INTERRUPTED = range(8)
"""The exit codes of SURFACE §1."""


_OUTPUT = frozenset({errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT})


def exit_code(error: PpsError) -> int:
    """The exit code of an error."""
    if isinstance(error, UsageError):
        return WRONG_USAGE
    if isinstance(error, ConfigError):
        return CONFIGURATION
    if isinstance(error, NoSuchRecord | Gone):
        return NO_SUCH_RECORD
    return OBJECTED if isinstance(error, Objected | Conflict) else FAILED


def report_of(error: BaseException, argv: Sequence[str], console: Console) -> int:
    """Says what happened on standard error and returns the exit code."""
    if isinstance(error, BrokenPipeError):
        _let_go_of_the_pipe(console)
        return DONE
    if isinstance(error, KeyboardInterrupt):
        console.complain("interrupted; what was queued stays in the outbox")
        return INTERRUPTED
    if isinstance(error, ConfigError) and error.problems:
        for problem in error.problems:
            console.complain(str(problem))
        return CONFIGURATION
    if isinstance(error, OSError) and error.filename is None and error.errno in _OUTPUT:
        # Everything that has a name of its own was translated where it was opened; what is left is standard output.
        console.complain(f"standard output: cannot be written: {error.strerror}; nothing was lost")
        _let_go_of_the_pipe(console)
        return FAILED
    if isinstance(error, PpsError):
        console.complain(str(error) or type(error).__name__)
        return exit_code(error)
    where = _written(error, argv, console)
    console.complain(
        f"internal mistake: {type(error).__name__}; nothing was lost, "
        + (f"please send {where} to the makers of ppstui" if where else "and no report could be written"),
    )
    return FAILED


def _let_go_of_the_pipe(console: Console) -> None:
    """The reader went away, as `| head` does. Python flushes once more at exit: give it somewhere to flush to."""
    if console.out is sys.stdout:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


def _written(error: BaseException, argv: Sequence[str], console: Console) -> str:
    """The report's path, "" when it could not be written: the code's path to the mistake, and our own words."""
    import platform
    import tempfile
    import traceback

    from ppstui import __version__
    from ppstui.cli.arguments import COMMANDS, KINDS, actions
    from ppstui.config.paths import find_paths

    folder = find_paths(console.env, Path(console.env.get("HOME") or tempfile.gettempdir())).state
    file = folder / f"mistake-{console.now():%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    trace = "".join(traceback.format_exception(error))
    ours = {verb.name for verb in (*COMMANDS, *actions())} | set(KINDS)
    command = " ".join(word.partition("=")[0] for word in argv if word.startswith("--") or word in ours)
    text = f"ppstui {__version__}, Python {platform.python_version()}, {platform.platform()}\n{command}\n\n{trace}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(text)
    except OSError:
        return ""
    return str(file)
