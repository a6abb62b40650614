"""Texts written in the user's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ppstui.errors import UsageError

if TYPE_CHECKING:
    from ppstui.cli.office import Office


def written(office: Office, start: str) -> str:
    """What the user made of `start` in the editor, less the lines that begin with `#`. "" when nothing was written.

    Raises UsageError when the editor cannot be started or ends with an error: then nothing was meant.
    """
    text = edited(office, "\n" + start)
    return "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip()


def edited(office: Office, start: str) -> str:
    """The whole text as the user left it in the editor. Raises UsageError as `written` does."""
    env = office.console.env
    editor = office.config.editor or env.get("VISUAL") or env.get("EDITOR") or "vi"
    # mkstemp makes the file readable by its owner alone: it may hold what is not public yet.
    handle, name = tempfile.mkstemp(prefix="ppstui-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(start)
        try:
            done = subprocess.run([*shlex.split(editor), name], env=dict(env), check=False)
        except (OSError, ValueError) as error:
            raise UsageError(f"editor: {editor} cannot be started: {error}; set editor, $VISUAL or $EDITOR") from error
        if done.returncode:
            raise UsageError(f"editor: {editor} ended with {done.returncode}; nothing was queued")
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"editor: {editor} left no text ({error.strerror or error}); nothing was queued") from error
    finally:
        path.unlink(missing_ok=True)
