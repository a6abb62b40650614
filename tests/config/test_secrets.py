"""Secrets by reference: fetched when used, never shown."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ppstui.config.secrets import Vault, is_reference
from ppstui.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


class HandTurned:
    """A clock for tests."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def vault(folder: Path, clock: HandTurned | None = None, *, patience: float = 5.0, **env: str) -> Vault:
    surroundings = {"HOME": str(folder), "PATH": "/usr/bin:/bin", **env}
    return Vault(surroundings, folder, clock or HandTurned(), command_seconds=patience)


def trouble(found: Vault, reference: str) -> str:
    with pytest.raises(ConfigError) as caught:
        found.resolve(reference)
    return str(caught.value)


def python(code: str) -> str:
    return f"command:{sys.executable} -c '{code}'"


def test_a_variable_is_read(tmp_path: Path) -> None:
    assert vault(tmp_path, RT="hunter2").resolve("env:RT") == "hunter2"


def test_a_variable_that_is_not_set_or_empty_is_told(tmp_path: Path) -> None:
    assert "env:RT: this environment variable is not set; export RT=" in trouble(vault(tmp_path), "env:RT")
    assert "empty" in trouble(vault(tmp_path, RT=""), "env:RT")


@pytest.mark.parametrize("named", ["file:{}/rt.token", "file:rt.token", "file:~/rt.token"])
def test_a_file_is_read_by_its_whole_path_from_home_or_beside_the_configuration(tmp_path: Path, named: str) -> None:
    (tmp_path / "rt.token").write_text("hunter2\n")
    (tmp_path / "rt.token").chmod(0o600)
    assert vault(tmp_path).resolve(named.format(tmp_path)) == "hunter2"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_touch_is_refused_with_the_command_to_run(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "rt.token"
    file.write_text("hunter2")
    file.chmod(mode)
    said = trouble(vault(tmp_path), "file:rt.token")
    assert f"run: chmod 600 {file}" in said
    assert "hunter2" not in said


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert f"put the secret in {tmp_path}/rt.token" in trouble(vault(tmp_path), "file:rt.token")


def test_a_file_with_several_lines_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "rt.token").write_text("hunter2\nhunter3\n")
    (tmp_path / "rt.token").chmod(0o600)
    said = trouble(vault(tmp_path), "file:rt.token")
    assert "more than one line" in said
    assert "hunter" not in said


def test_a_command_gives_its_first_line(tmp_path: Path) -> None:
    assert vault(tmp_path).resolve(python('print("hunter2"); print("url: x")')) == "hunter2"


def test_a_command_is_run_without_a_shell(tmp_path: Path) -> None:
    assert vault(tmp_path, X="leaked").resolve("command:echo $X ; `id`") == "$X ; `id`"


def test_a_command_that_fails_is_told_without_its_words_and_its_arguments(tmp_path: Path) -> None:
    said = trouble(vault(tmp_path), python('import sys; print("hunter2", file=sys.stderr); sys.exit(3)'))
    assert "failed with exit status 3" in said
    assert "hunter2" not in said


def test_a_command_that_is_not_there_or_not_a_command_is_told(tmp_path: Path) -> None:
    assert "command:/nonesuch: cannot be run" in trouble(vault(tmp_path), "command:/nonesuch x")
    assert "cannot be run" in trouble(vault(tmp_path), "command:echo 'open")


def test_a_command_that_asks_gets_no_answer_and_no_terminal(tmp_path: Path) -> None:
    asks = 'import os, sys; print("empty:" + sys.stdin.read() + str(os.getsid(0) == os.getpid()))'
    assert vault(tmp_path).resolve(python(asks)) == "empty:True"


def test_a_command_does_not_eat_what_is_meant_for_ppstui(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys\n"
        "from ppstui.config.secrets import Vault\n"
        "print(Vault(os.environ, pathlib.Path()).resolve('command:wc -c'), sys.stdin.read())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input="typed", capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.split() == ["0", "typed"]


def test_a_command_that_hangs_is_given_up(tmp_path: Path) -> None:
    said = trouble(vault(tmp_path, patience=0.2), "command:sleep 60")
    assert "did not answer within 0.2 s" in said


def test_a_secret_is_remembered_for_a_minute(tmp_path: Path) -> None:
    clock, file = HandTurned(), tmp_path / "rt.token"
    file.write_text("old")
    file.chmod(0o600)
    found = vault(tmp_path, clock)
    assert found.resolve("file:rt.token") == "old"
    file.write_text("new")
    clock.now = 59
    assert found.resolve("file:rt.token") == "old"
    clock.now = 61
    assert found.resolve("file:rt.token") == "new"
    file.write_text("newer")
    found.forget()
    assert found.resolve("file:rt.token") == "newer"


def test_the_keyring_is_asked_or_its_absence_told(tmp_path: Path) -> None:
    assert "keyring" in trouble(vault(tmp_path), "keyring:ppstui-nonesuch/nobody")


def test_a_literal_is_refused_without_being_repeated(tmp_path: Path) -> None:
    assert "hunter2" not in trouble(vault(tmp_path), "hunter2")
    assert not is_reference("hunter2")
    assert not is_reference("env:")
    assert is_reference("command:pass show rt")


def test_what_can_be_printed_shows_the_reference_only(tmp_path: Path) -> None:
    found = vault(tmp_path, RT="hunter2")
    secret = found.secret("env:RT")
    assert secret.reveal() == "hunter2"
    assert repr(secret) == str(secret) == "Secret('env:RT')"
    assert "hunter2" not in repr(found)
    assert "hunter2" not in repr(found.secret("hunter2"))
