"""What README says is what the product does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from ppstui.backends import find
from ppstui.cli.arguments import parse
from ppstui.cli.compose import usual_names
from ppstui.config.read import read_text
from ppstui.ui.actions import ACTIONS, shown

TOP = Path(__file__).resolve().parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")


def key_table() -> str:
    """Every action with its keys, as README shows them."""
    rows = ["| keys | does | id for `[keys]` |", "| --- | --- | --- |"]
    for action in ACTIONS.values():
        keys = " ".join(f"`{shown(key)}`" for key in action.keys)
        rows.append(f"| {keys} | {action.help} | `{action.id}` |")
    return "\n".join(rows)


def test_the_key_table_is_the_one_of_the_program() -> None:
    assert key_table() in README, "put this into README, under Keys:\n" + key_table()


def test_the_two_commands_come_first_one_line_each() -> None:
    commands = [line.strip() for line in README.splitlines() if line.startswith("    ")]
    assert commands[0].startswith("python3 -m venv")
    assert commands[0].endswith("--demo")
    assert commands[1] == "python3 tests/run.py"


def test_every_command_line_in_it_is_understood() -> None:
    lines = re.findall(r"^ {4}(ppstui [^#\n]+)", README, re.MULTILINE)
    assert len(lines) > 5
    for line in lines:
        options = parse(re.findall(r'"[^"]*"|\S+', line)[1:])
        assert options.command, line


def test_the_configuration_in_it_is_one() -> None:
    samples = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert samples
    tracker = next(sample for sample in samples if "queue =" in sample)
    for sample in samples:
        whole = sample if "[backends.rt]" in sample else tracker + sample
        text = "\n".join(line.removeprefix("   ") for line in whole.splitlines())
        found = read_text(text.encode(), Path("README.md"), {"HOME": "/"}, find, usual_names())
        assert [str(each) for each in found.problems if "secret" not in each.what] == []
        assert [each.type for each in found.backends if each.name == "rt"] == ["rt"]


def test_the_picture_is_the_screen_of_a_test() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert (TOP / unquote(picture)).is_file(), picture


@pytest.mark.parametrize("word", ["rollouts", "list", "show", "why", "do", "outbox", "undo", "sync", "watch", "doctor"])
def test_help_names_every_command(word: str) -> None:
    said = subprocess.run([sys.executable, "-m", "ppstui", "--help"], capture_output=True, text=True, check=True)
    assert re.search(rf"\b{word}\b", said.stdout)
