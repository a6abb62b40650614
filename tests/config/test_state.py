"""What the dashboard remembers."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from ppstui.config.state import State, read_state, write_state
from ppstui.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_remembered_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.toml"
    state = State(theme="dusk", details=False, filters={"rollouts": 'team:"a b" is:late', "acks": "\x1b\n]"})
    write_state(file, state)
    assert read_state(file) == (state, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [found.name for found in file.parent.iterdir()] == ["state.toml"]


def test_nothing_remembered_is_nothing_wrong(tmp_path: Path) -> None:
    assert read_state(tmp_path / "state.toml") == (State(), "")


@pytest.mark.parametrize("text", [b"theme = ", b"theme = 3", b"\xff", b"details = 'x'"])
def test_a_damaged_file_is_kept_aside_and_said(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "state.toml"
    file.write_bytes(text)
    state, sentence = read_state(file)
    assert state == State()
    assert "is damaged and was kept as state.toml.damaged" in sentence
    assert (tmp_path / "state.toml.damaged").read_bytes() == text
    assert not file.exists()


def test_what_a_newer_ppstui_remembered_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "state.toml").write_text('theme = "dusk"\nwidgets = 3\n')
    assert read_state(tmp_path / "state.toml") == (State(theme="dusk"), "")


def test_a_file_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    assert "cannot be read" in read_state(tmp_path)[1]
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        write_state(tmp_path / "file" / "state.toml", State())


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "state.toml"
    folder.mkdir()
    with pytest.raises(StoreError):
        write_state(folder, State())
    assert [found.name for found in tmp_path.iterdir()] == ["state.toml"]
