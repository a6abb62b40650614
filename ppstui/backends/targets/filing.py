"""Publishes an issue as a file, whole or not at all, whatever breaks.

What is to stand there is written beside it first and takes its place in one step. The same bytes found there are our
own; other bytes than the desk put there last are somebody's work, and stay.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import errno
import fcntl
import hashlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ppstui.backends.smtp import table_of
from ppstui.backends.targets.file import PLACES
from ppstui.errors import BackendError, Conflict, NotAuthorised, Refused, Unreachable
from ppstui.model import WHATEVER, Receipt
from ppstui.port import Exchange, Health

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.backends.targets.file import Options
    from ppstui.model import Publish
    from ppstui.port import Toolbox

_HARMLESS = re.compile(r"[^\w.+-]+")
_LONGEST_NAME = 60
_NOT_OURS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_FILE = frozenset({errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})
_WHOLE = ("html", "json")
"""Formats of which two make no file."""


class Filing:
    """A file as a target. See `Outlet`."""

    def __init__(self, options: Options, tools: Toolbox) -> None:
        self._options = options
        self._tools = tools
        self._name = tools.name

    async def publish(self, command: Publish, key: str) -> Receipt:
        """Puts the issue there, once. Raises Conflict where something else stands there, BackendError otherwise."""
        return await asyncio.to_thread(self._published, command, key)

    def preview(self, command: Publish) -> bytes:
        """The text in UTF-8, as it is."""
        return command.text.encode("utf-8", "replace")

    async def check(self) -> Health:
        """Looks whether the folder is there and takes files; makes none. Raises BackendError."""
        return await asyncio.to_thread(self._checked)

    async def aclose(self) -> None:
        """Holds nothing."""

    # -------------------------------------------------------------------------------------------------------- places

    def _path(self, command: Publish) -> Path:
        """Where the issue goes; what stands for a part of the path never leads out of its folder."""
        words = dict(zip(PLACES, (command.audience, command.issue, str(command.number)), strict=True))
        path = re.sub(r"\{(\w+)\}", lambda place: _one_name(words[place[1]]), self._options.path)
        return self._at_home(path)

    def _folder(self) -> Path:
        """The folder that must be there: the one before the first part that differs from issue to issue."""
        return self._at_home(f"{self._options.path.partition('{')[0]}x").parent

    def _at_home(self, path: str) -> Path:
        try:
            return Path(path).expanduser()
        except RuntimeError as error:
            hint = f"correct path of [{table_of(self._name)}]"
            raise Refused(
                f"{self._name}: nobody here has the home folder of {path}; {hint}", source=self._name
            ) from error

    def _checked(self) -> Health:
        folder = self._folder()
        how = "take the place of the file" if self._options.mode == "replace" else "are added at the end of the file"
        try:
            self._be_there(folder)
            good = os.access(folder, os.W_OK | os.X_OK)
        except OSError as error:
            self._fail(error, folder)
        problem = f"{folder} may not be written to by us; give us the right, or write another path"
        return Health(text=f"issues {how} {self._options.path}", problems=() if good else (problem,))

    # ------------------------------------------------------------------------------------------------------- writing

    def _published(self, command: Publish, key: str) -> Receipt:
        issue = self.preview(command)
        if not command.text.strip():
            raise Refused(f"{self._name}: the issue is empty; nothing was written", source=self._name)
        if self._options.mode == "append" and command.format in _WHOLE:
            hint = f'write mode = "replace" in [{table_of(self._name)}]'
            raise Refused(f"{self._name}: {command.format} cannot be added to a file; {hint}", source=self._name)
        path = self._path(command)
        try:
            self._be_there(self._folder())
            path.parent.mkdir(parents=True, exist_ok=True)
            path = Path(os.path.realpath(path))  # a link stays one
            with self._alone(path.parent):
                text = self._put(command, key, path, issue)
        except OSError as error:
            self._fail(error, path)
        return Receipt(text=text, id=str(path))

    def _put(self, command: Publish, key: str, path: Path, issue: bytes) -> str:
        """A sentence on what stands there now. Raises Conflict, Refused, OSError."""
        present = _read(path)
        if self._options.mode == "append":
            if present is not None and _holds(present, issue):
                return f"{path} holds it already"
            whole = _joined(present or b"", issue)
        else:
            if present == issue:
                return f"{path} holds it already"
            if present is not None and command.found not in (WHATEVER, hashlib.sha256(present).hexdigest()):
                self._object(path, command)
            whole = issue
        try:
            _replace(path, whole, key)
            if _read(path) != whole:
                text = f"{self._name}: {path} does not hold what was written to it; look who else writes there"
                raise Refused(text, source=self._name)
        except (OSError, BackendError) as error:
            self._tell(key, path, issue, str(error))
            raise
        text = f"{path} holds it, {len(issue)} bytes"
        self._tell(key, path, issue, text)
        return text

    def _tell(self, key: str, path: Path, issue: bytes, answer: str) -> None:
        request = f"FILE {self._options.mode} {path}\n{len(issue)} bytes, SHA-256 {hashlib.sha256(issue).hexdigest()}"
        self._tools.witness(Exchange(key, request, answer))

    @contextlib.contextmanager
    def _alone(self, folder: Path) -> Iterator[None]:
        """Keeps other desks from writing there between the look and the step, where the file system can."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                text = f"{self._name}: somebody else publishes in {folder} just now; it is tried again"
                raise Unreachable(text, source=self._name) from error
            except OSError:
                pass  # a file system without locks
            yield
        finally:
            os.close(handle)

    # -------------------------------------------------------------------------------------------------------- wording

    def _be_there(self, folder: Path) -> None:
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))

    def _object(self, path: Path, command: Publish) -> NoReturn:
        """What stands there is not what was published last."""
        known = path.stat()
        at = dt.datetime.fromtimestamp(known.st_mtime, self._tools.zone)
        changed = f"was changed by {_owner(known.st_uid)} on {at:%Y-%m-%d at %H:%M}" if command.found else "is there"
        last = "since it was published last" if command.found else "already and was never published by us"
        hint = "look at it; to try again replaces it"
        raise Conflict(f"{self._name}: {path} {changed} {last}; {hint}", source=self._name)

    def _fail(self, error: OSError, path: Path) -> NoReturn:
        """What the system said against it, sorted by what to do next."""
        place = error.filename if isinstance(error.filename, str) else str(path)
        why = f"{self._name}: {place}: {os.strerror(error.errno) if error.errno else error}"
        table = table_of(self._name)
        if error.errno in _NOT_OURS:
            raise NotAuthorised(f"{why}; give us the right to write there", source=self._name) from error
        if error.errno in _NO_FILE:
            raise Refused(f"{why}; correct path of [{table}]", source=self._name) from error
        if error.errno == errno.ENOENT:
            hint = f"make the folder, or correct path of [{table}]"
            raise Unreachable(f"{why}; {hint}", source=self._name) from error
        raise Unreachable(f"{why}; it is tried again", source=self._name) from error


def _one_name(word: str) -> str:
    """A word as a part of a file's name: no folder, nothing hidden, nothing that a shell would trip over."""
    name = _HARMLESS.sub("_", word)[:_LONGEST_NAME]
    return f"_{name[1:]}" if name.startswith((".", "-")) else name or "_"


def _read(path: Path) -> bytes | None:
    """What stands there; None when there is no file. Raises OSError, also for what is none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _holds(present: bytes, issue: bytes) -> bool:
    """Whether the issue is a part of what stands there, from the beginning of a line to the end of one."""
    bare = issue.rstrip(b"\n")
    return b"\n" + bare + b"\n" in b"\n" + present + b"\n"


def _joined(present: bytes, issue: bytes) -> bytes:
    """The issue behind what stands there, with an empty line between them."""
    if not present:
        return issue
    return present + (b"\n" if present.endswith(b"\n") else b"\n\n") + issue


def _replace(path: Path, content: bytes, key: str) -> None:
    """The file, whole or as it was; its rights stay as they were. Raises OSError."""
    beside = path.with_name(f".ppstui-{hashlib.sha256(key.encode()).hexdigest()[:20]}")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()  # of a try that was killed
    with contextlib.ExitStack() as unless_done:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        unless_done.callback(lambda: beside.unlink(missing_ok=True))
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            os.fsync(file.fileno())
        beside.replace(path)
        unless_done.pop_all()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _owner(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
