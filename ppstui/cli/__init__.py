"""The command line: one face of the desk, and the place where the parts meet.

`main` is cheap to import: everything else is imported by the command that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.console import Console

__all__ = ["main"]


def main(argv: Sequence[str] | None = None, console: Console | None = None) -> int:
    """Runs one command line and returns its exit code (SURFACE §1). Never raises, never prints a traceback."""
    import gc
    import sys

    # Walking again and again through what is being imported, and stays, costs 15 ms until the dashboard is there.
    gc.disable()
    from ppstui.cli.console import Console
    from ppstui.cli.failing import report_of

    console = console or Console()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words, console)
        console.out.flush()
    except SystemExit as bye:
        return bye.code if isinstance(bye.code, int) else 1
    except BaseException as error:  # noqa: BLE001 - the last resort: a person gets a sentence, the report gets the rest
        return report_of(error, words, console)
    finally:
        gc.enable()
    return code


def _run(argv: Sequence[str], console: Console) -> int:
    from ppstui.cli.arguments import parse

    options = parse(argv)
    if options.command == "help":
        console.out.write(options.text)
        return 0
    if options.command == "completion":
        from ppstui.cli.completion import script

        console.out.write(script(options.shell))
        return 0
    from ppstui.cli.running import run

    return run(options, console)
