"""Secrets by reference: the configuration says where a secret is, and it is fetched when it is used.

`env:NAME` an environment variable; `file:PATH` a file of mode 0600 or stricter, ours; `command:CMD` the first line that
a program prints; `keyring:SERVICE` or `keyring:SERVICE/USER` the desktop's keyring. No text made here holds a secret.
"""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ppstui.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REFERENCES: Final = '"env:NAME", "file:PATH" (mode 0600), "command:CMD" or "keyring:SERVICE/USER"'
"""The kinds of reference, as hints name them."""
KEPT_SECONDS: Final = 60.0
"""How long a secret is remembered: longer than a burst of requests, shorter than one waits for a change to be seen."""
COMMAND_SECONDS: Final = 10.0
"""How long a secret's command may take."""

_REFERENCE = r"(?s)(?P<scheme>env|file|command|keyring):(?P<rest>.*\S.*)\Z"


def is_reference(text: str) -> bool:
    """Whether the text says where a secret is, rather than being one."""
    return re.match(_REFERENCE, text) is not None


class Secret:
    """A reference that may be shown; the secret itself is only in what `reveal` returns."""

    __slots__ = ("_vault", "reference")

    def __init__(self, reference: str, vault: Vault) -> None:
        self.reference = reference if is_reference(reference) else "(not a reference)"
        self._vault = vault

    def reveal(self) -> str:
        """The secret. Raises ConfigError."""
        return self._vault.resolve(self.reference)

    def __repr__(self) -> str:
        return f"Secret({self.reference!r})"


class Vault:
    """Resolves references when they are used, from any thread."""

    def __init__(
        self,
        env: Mapping[str, str],
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
        command_seconds: float = COMMAND_SECONDS,
    ) -> None:
        """`folder`: where relative paths of `file:` start, the configuration's own."""
        self._env, self._folder, self._clock, self._command_seconds = env, folder, clock, command_seconds
        self._kept: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "Vault()"

    def secret(self, reference: str) -> Secret:
        """The reference as a thing that can be handed about and printed."""
        return Secret(reference, self)

    def resolve(self, reference: str) -> str:
        """The secret behind a reference; asked again only after a minute. Raises ConfigError with what to do."""
        found = re.match(_REFERENCE, reference)
        if found is None:
            raise _trouble("secret", "is not a reference to a secret", f"write {REFERENCES}")
        with self._lock:
            kept = self._kept.get(reference)
            if kept and self._clock() - kept[0] < KEPT_SECONDS:
                return kept[1]
        value = self._fetch(found["scheme"], found["rest"].strip())
        if not value:
            raise _trouble(reference, "gives an empty secret")
        if re.search(r"[\x00-\x1f\x7f]", value):
            raise _trouble(
                reference, "gives more than one line or holds control characters", "a secret is one line of text"
            )
        with self._lock:
            self._kept[reference] = (self._clock(), value)
        return value

    def forget(self) -> None:
        """Asks everything anew: after a server said that a secret does not work."""
        with self._lock:
            self._kept.clear()

    def _fetch(self, scheme: str, rest: str) -> str:
        match scheme:
            case "env":
                value = self._env.get(rest)
                if value is None:
                    raise _trouble(f"env:{rest}", "this environment variable is not set", f"export {rest}=…")
                return value.strip()
            case "file":
                return self._read(rest)
            case "command":
                return self._run(rest)
        return _from_keyring(rest)

    def _read(self, rest: str) -> str:
        path = expanded(rest, self._folder, self._env)
        try:
            with path.open(encoding="utf-8") as file:
                wrong = _loose(os.fstat(file.fileno()), path)
                if wrong:
                    raise _trouble(f"file:{rest}", *wrong)
                return file.read(65536).strip()
        except UnicodeDecodeError:
            raise _trouble(f"file:{rest}", "is not a text file") from None
        except OSError as error:
            raise _trouble(
                f"file:{rest}", f"cannot be read: {error.strerror or error}", f"put the secret in {path}"
            ) from error

    def _run(self, command: str) -> str:
        import shlex
        import subprocess

        try:
            words = shlex.split(command)
            done = subprocess.run(
                [
                    str(expanded(words[0], self._folder, self._env)) if words[0].startswith("~") else words[0],
                    *words[1:],
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._command_seconds,
                check=False,
                env=dict(self._env),
                start_new_session=True,  # without a terminal of its own it can neither ask on ours nor scribble on it
            )
        except subprocess.TimeoutExpired:
            limit = f"{self._command_seconds:g} s"
            raise _trouble(
                _named(command), f"did not answer within {limit}", "run it by hand; it must not ask questions"
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise _trouble(_named(command), f"cannot be run: {reason}", "give the whole path of the program") from error
        if done.returncode:
            raise _trouble(_named(command), f"failed with exit status {done.returncode}", "run it by hand to see why")
        lines = done.stdout.decode(errors="replace").splitlines()
        return lines[0].strip() if lines else ""


def loose_file(reference: str, folder: Path, env: Mapping[str, str]) -> tuple[str, str] | None:
    """What is wrong with the rights of a `file:` secret, and the command that mends it; None when it is not there."""
    found = re.match(_REFERENCE, reference)
    if found is None or found["scheme"] != "file":
        return None
    path = expanded(found["rest"].strip(), folder, env)
    try:
        return _loose(path.stat(), path)
    except OSError:
        return None


def expanded(text: str, folder: Path, env: Mapping[str, str]) -> Path:
    """The path with `~` at its beginning replaced; a relative one starts at `folder`."""
    if text == "~" or text.startswith("~/"):
        home = env.get("HOME")
        return Path(home) / text[2:] if home else Path(text).expanduser()
    return folder / text


def _loose(status: os.stat_result, path: Path) -> tuple[str, str] | None:
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid != os.getuid():
        return "the file belongs to somebody else", f"run: chown {os.getuid()} {path}"
    if mode & 0o077:
        return f"others may read this file (mode {mode:04o})", f"run: chmod 600 {path}"
    return None


def _named(command: str) -> str:
    """The program without its arguments, which may say more than a screen should."""
    return f"command:{command.split(maxsplit=1)[0]}"


def _from_keyring(rest: str) -> str:
    service, _, user = rest.partition("/")
    try:
        import keyring  # 120 ms, and an extra: login nodes seldom have a secret service
        import keyring.errors
    except ImportError:
        raise _trouble(
            f"keyring:{rest}", "the package keyring is not installed", "run: pip install 'ppstui[keyring]'"
        ) from None
    if not user:
        import getpass

        user = getpass.getuser()
    try:
        value = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise _trouble(
            f"keyring:{rest}", f"the keyring does not answer ({type(error).__name__})", "unlock it, or use file:"
        ) from error
    if value is None:
        raise _trouble(
            f"keyring:{rest}", "the keyring holds nothing by this name", f"run: keyring set {service} {user}"
        )
    return str(value)


def _trouble(reference: str, what: str, hint: str = "") -> ConfigError:
    return ConfigError([ConfigProblem("secret", None, reference, what, hint)])
