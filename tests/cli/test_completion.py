"""The completions know every command, action and option, and the shells can read them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ppstui.cli.arguments import COMMANDS, GLOBALS, SHELLS, actions
from ppstui.cli.completion import script


@pytest.mark.parametrize("shell", SHELLS)
def test_everything_that_can_be_said_is_offered(shell: str) -> None:
    text = script(shell)
    for verb in (*COMMANDS, *actions()):
        assert verb.name in text
        for option in (*verb.options, *GLOBALS):
            assert option.name.removeprefix("--") in text


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_can_read_it(shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed here")
    told = subprocess.run([program, "-n"], input=script(shell), capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ppstui", ""], {"list", "do", "doctor", "--demo"}),
        (["ppstui", "--demo", "list", ""], {"rollouts", "acks", "--where", "--json"}),
        (["ppstui", "do", ""], {"assign", "remind", "--dry-run"}),
        (["ppstui", "do", "acknowledge", "rt:1", "--answer", ""], {"accept", "reject"}),
        (["ppstui", "--config", "do", "config", ""], {"check", "blame"}),
    ],
)
def test_bash_offers_what_fits_the_place(words: list[str], offered: set[str]) -> None:
    program = shutil.which("bash")
    if program is None:
        pytest.skip("bash is not installed here")
    line = " ".join(f'"{word}"' for word in words)
    ask = f'\nCOMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _ppstui; echo "${{COMPREPLY[@]}}"'
    told = subprocess.run([program, "-c", script("bash") + ask], capture_output=True, text=True, check=True)
    assert offered <= set(told.stdout.split())
