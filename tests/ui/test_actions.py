"""The table of actions: complete, without clashes, and safe by its keys."""

from __future__ import annotations

import pytest

from ppstui.ui.actions import ACTIONS, EMERGENCY, PANES, Keymap, normal, problems, shown
from ppstui.ui.looking import Looking
from ppstui.ui.writing import Writing

FORBIDDEN = {f"ctrl+{letter}" for letter in "abdukhjlsqzc"}
"""Keys that terminals, shells and editors have taught fingers something else for."""


class Nothing:
    """Stands for a screen that is never asked."""

    def __getattr__(self, name: str) -> Nothing:
        return self

    def get(self, _key: str, default: str) -> str:
        return default


def test_every_action_is_done_by_somebody_and_nobody_does_more() -> None:
    main = Nothing()
    done = {*Looking(main).table(), *Writing(main).table()}  # type: ignore[arg-type]
    assert done == set(ACTIONS)


@pytest.mark.parametrize("pane", PANES)
def test_no_key_means_two_things_in_a_pane(pane: str) -> None:
    keys = [key for action in ACTIONS.values() if pane in action.panes for key in action.keys]
    assert len(keys) == len(set(keys))
    assert EMERGENCY not in keys


def test_nothing_writes_on_a_control_key_or_a_movement() -> None:
    for action in ACTIONS.values():
        if action.makes or action.group == "Acting":
            assert not FORBIDDEN & set(action.keys), action.id
            assert not {"j", "k", "g", "G", "up", "down", "enter", "space"} & set(action.keys), action.id


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Ctrl-R", "ctrl+r"),
        ("esc", "escape"),
        ("PgDn", "pagedown"),
        ("A", "A"),
        ("/", "/"),
        (" ", "space"),
        ("F5", "f5"),
    ],
)
def test_keys_are_read_as_people_write_them(written: str, key: str) -> None:
    assert normal(written) == key


def test_a_keymap_gives_and_takes_keys() -> None:
    keymap = Keymap({"rollouts.comment": "v, ctrl+r", "rollouts.reply": "", "desk.refresh": "a"})
    assert keymap.keys("rollouts.comment") == ("v", "ctrl+r")
    assert keymap.keys("rollouts.reply") == ()
    assert keymap.keys("rollouts.acknowledge") == (), "a key that was given away is gone from its old action"
    action = keymap.action("a", "a", "rollouts")
    assert action is not None
    assert action.id == "desk.refresh"
    assert keymap.action("c", "c", "rollouts") is None
    assert keymap.text("rollouts.comment") == "v, ^r"


def test_one_key_may_mean_different_things_in_panes_that_never_meet() -> None:
    keymap = Keymap({"outbox.discard": "A"})
    found = {pane: keymap.action("A", "A", pane) for pane in PANES}
    assert {pane: action.id for pane, action in found.items() if action} == {
        "rollouts": "rollouts.assign",
        "acks": "rollouts.assign",
        "outbox": "outbox.discard",
    }
    assert problems({"outbox.discard": "B", "rollouts.assign": "B"}) == []


def test_printed_characters_are_known_by_what_they_print() -> None:
    keymap = Keymap({})
    for key, character, wanted in (
        ("slash", "/", "list.filter"),
        ("question_mark", "?", "desk.help"),
        ("A", "A", "rollouts.assign"),
    ):
        action = keymap.action(key, character, "rollouts")
        assert action is not None
        assert action.id == wanted


def test_what_is_wrong_with_a_keymap_is_said_with_the_nearest_name() -> None:
    found = dict(problems({"rollouts.acknowlege": "a", "desk.quit": "ctrl+q", "rollouts.assign": "ctrl+a"}))
    assert "did you mean rollouts.acknowledge" in found["rollouts.acknowlege"]
    assert "always leaves" in found["desk.quit"]
    assert "control key" in found["rollouts.assign"]
    assert problems({"desk.help": "f2", "desk.sources": "f3"}) == []
    assert "already the key" in dict(problems({"desk.help": "f2", "desk.sources": "f2"}))["desk.sources"]


def test_keys_are_shown_short() -> None:
    assert [shown(key) for key in ("escape", "ctrl+l", "pagedown", "a")] == ["esc", "^l", "PgDn", "a"]
